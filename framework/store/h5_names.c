/* store/h5_names.c - see h5_names.h */
#include "store/h5_names.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Texts move while the list grows, so that `text` is an offset until it is complete. */
static herr_t add(h5_names *n, const char *name, int64_t created, bool hard)
{
    assert(n->count <= n->room && name);
    if (n->count == n->room) {
        n->room = n->room ? 2 * n->room : 64;
        h5_name *bigger = realloc(n->item, n->room * sizeof *bigger);
        if (!bigger) return -1;
        n->item = bigger;
    }
    n->item[n->count++] = (h5_name){ (const char *)n->bytes.length, created, hard };
    text_add(&n->bytes, name, strlen(name) + 1);
    return n->bytes.failed ? -1 : 0;
}

static herr_t add_link(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    (void)group;
    return add(user, name, info->corder_valid ? info->corder : -1, info->type == H5L_TYPE_HARD);
}

static herr_t add_attribute(hid_t object, const char *name, const H5A_info_t *info, void *user)
{
    (void)object, (void)info;
    return add(user, name, -1, true);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const h5_name *)a)->text, ((const h5_name *)b)->text);
}

static int by_creation(const void *a, const void *b)
{
    int64_t x = ((const h5_name *)a)->created, y = ((const h5_name *)b)->created;
    return x < y ? -1 : x > y;
}

static bool sort(h5_names *n)
{
    bool created = true;
    for (size_t i = 0; i < n->count; i++) {
        n->item[i].text = n->bytes.data + (size_t)n->item[i].text;
        assert(n->item[i].text < n->bytes.data + n->bytes.length);
        created = created && n->item[i].created >= 0;
    }
    if (n->count) qsort(n->item, n->count, sizeof *n->item, created ? by_creation : by_text);
    return true;
}

bool h5_link_names(hid_t group, h5_names *out)
{
    assert(!out->count);
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_link, out) >= 0 && sort(out);
}

bool h5_attribute_names(hid_t object, h5_names *out)
{
    assert(!out->count);
    return H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_attribute, out) >= 0
           && sort(out);
}

void h5_names_free(h5_names *n)
{
    text_free(&n->bytes);
    free(n->item);
    *n = (h5_names){ 0 };
}
