/* store/value.c - see value.h */
#include "store/value.h"
#include "store/value_limits.h"
#include "base/table.h"
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct loom_value {
    char *type;
    loom_array **arrays;
    loom_attribute **attributes;
    int64_t array_count, attribute_count;
    table array_names, attribute_names; /* by name, once there are many */
};

/* ---- by name --------------------------------------------------------------------------------- */

enum { FEW = 16 }; /* items that are faster looked through than looked up */

static uint64_t name_tag(const char *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++) h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

static bool same_array(const void *item, const void *name)
{
    return !strcmp(((const loom_array *)item)->name, name);
}
static bool same_attribute(const void *item, const void *name)
{
    return !strcmp(((const loom_attribute *)item)->name, name);
}

static bool index_array(loom_value *v, const loom_array *a)
{
    return table_put(&v->array_names, name_tag(a->name), a, same_array, a->name);
}

static bool index_attribute(loom_value *v, const loom_attribute *a)
{
    return table_put(&v->attribute_names, name_tag(a->name), a, same_attribute, a->name);
}

/* Called with every new item at the end of its list: from FEW on they are in the table. */
static bool name_array(loom_value *v)
{
    assert(v->array_count > 0);
    if (v->array_count == FEW)
        for (int64_t i = 0; i < FEW; i++)
            if (!index_array(v, v->arrays[i])) return false;
    return v->array_count <= FEW || index_array(v, v->arrays[v->array_count - 1]);
}

static bool name_attribute(loom_value *v)
{
    assert(v->attribute_count > 0);
    if (v->attribute_count == FEW)
        for (int64_t i = 0; i < FEW; i++)
            if (!index_attribute(v, v->attributes[i])) return false;
    return v->attribute_count <= FEW || index_attribute(v, v->attributes[v->attribute_count - 1]);
}

const loom_array *value_array(const loom_value *v, const char *name)
{
    if (v->array_count > FEW) return table_find(&v->array_names, name_tag(name), same_array, name);
    for (int64_t i = 0; i < v->array_count; i++)
        if (!strcmp(v->arrays[i]->name, name)) return v->arrays[i];
    return NULL;
}

const loom_attribute *value_attribute(const loom_value *v, const char *name)
{
    if (v->attribute_count > FEW)
        return table_find(&v->attribute_names, name_tag(name), same_attribute, name);
    for (int64_t i = 0; i < v->attribute_count; i++)
        if (!strcmp(v->attributes[i]->name, name)) return v->attributes[i];
    return NULL;
}

/* ---------------------------------------------------------------------------------------------- */

loom_value *value_new(const char *type, error *e)
{
    if (!type || !*type || strlen(type) > VALUE_MAX_TYPE) {
        error_set(e, LOOM_E_BUG, "a type is a short word, as in `volume` or `family.type`",
                  "a value has %s type", type && *type ? "too long a" : "no");
        return NULL;
    }
    loom_value *v = calloc(1, sizeof *v);
    if (v) v->type = strdup(type);
    if (!v || !v->type) {
        free(v);
        error_memory(e, "a value");
        return NULL;
    }
    return v;
}

/* An array, and the mapping its data lies in where it is large, or who takes its data back. */
typedef struct held {
    loom_array array;
    void *map;
    size_t map_bytes;
    void (*release)(void *data);
} held;

enum {
    ALIGN = 64,
    MAPPED = 1 << 20, /* from here on: pages of its own, zero without being written */
    HUGE_PAGE = 2 << 20,
};

static void array_free(loom_array *a)
{
    if (!a) return;
    held *h = (held *)a;
    assert(!h->release || !h->map); /* one owner */
    if (h->release) h->release(a->data);
    else if (h->map) munmap(h->map, h->map_bytes);
    else free(a->data);
    free((char *)a->name);
    free((char *)a->unit);
    free(a);
}

static void attribute_free(loom_attribute *a)
{
    if (!a) return;
    free((char *)a->name);
    free((char *)a->text);
    free((char *)a->unit);
    free(a);
}

void value_free(loom_value *v)
{
    if (!v) return;
    for (int64_t i = 0; i < v->array_count; i++) array_free(v->arrays[i]);
    for (int64_t i = 0; i < v->attribute_count; i++) attribute_free(v->attributes[i]);
    table_free(&v->array_names);
    table_free(&v->attribute_names);
    free(v->arrays);
    free(v->attributes);
    free(v->type);
    free(v);
}

const char *value_type(const loom_value *v) { return v->type; }

const loom_array *value_array_at(const loom_value *v, int64_t index)
{
    return index >= 0 && index < v->array_count ? v->arrays[index] : NULL;
}

const loom_attribute *value_attribute_at(const loom_value *v, int64_t index)
{
    return index >= 0 && index < v->attribute_count ? v->attributes[index] : NULL;
}

/* Make room for one more pointer at the end of a list that grows by doubling. */
static bool list_grow(void **list, int64_t count, error *e)
{
    assert(count >= 0);
    if (count & (count - 1)) return true; /* room left: capacity is the next power of two */
    void *bigger = realloc(*list, sizeof(void *) * (size_t)(count ? 2 * count : 1));
    if (!bigger) return error_memory(e, "a value");
    *list = bigger;
    return true;
}

/* Everything that can be said of an array before there is memory for it; its bytes in *bytes. */
static bool may_add(const loom_value *v, const char *name, loom_dtype dtype, int32_t rank,
                    const int64_t *dim, const char *unit, size_t *bytes, error *e)
{
    *bytes = loom_dtype_bytes(dtype);
    if (!value_name_check("array", name, e)) return false;
    if (value_array(v, name))
        return error_set(e, LOOM_E_BUG, "give each array a name of its own",
                         "array '%s' is added twice", name);
    if (v->array_count >= VALUE_MAX_ARRAYS)
        return value_too_many("arrays", VALUE_MAX_ARRAYS, name, e);
    if (unit && !value_unit_check(unit, name, e)) return false;
    if (!*bytes || rank < 0 || rank > LOOM_MAX_RANK || (rank && !dim))
        return error_set(
            e, LOOM_E_BUG, "split it into arrays of fewer axes",
            "array '%s' has dtype %d and rank %d; known are dtypes below %d and ranks 0 to %d",
            name, (int)dtype, (int)rank, (int)LOOM_DTYPE_COUNT, LOOM_MAX_RANK);
    for (int32_t i = 0; i < rank; i++)
        if (dim[i] < 0 || __builtin_mul_overflow(*bytes, (size_t)dim[i], bytes)
            || *bytes > SIZE_MAX / 4)
            return error_set(e, LOOM_E_MEMORY, "check the sizes asked for",
                             "array '%s' would have %lld elements along axis %d", name,
                             (long long)dim[i], (int)i);
    return true;
}

/* Zeros. Large ones come from the kernel as they are, in huge pages where it has them: a gigabyte
 * would be a quarter of a million page faults. */
static bool get_memory(held *h, size_t bytes)
{
    assert(!h->array.data && !h->map && !h->release);
    if (bytes < MAPPED) {
        size_t padded = (bytes + ALIGN) / ALIGN * ALIGN;
        h->array.data = aligned_alloc(ALIGN, padded);
        if (h->array.data) memset(h->array.data, 0, padded);
        return h->array.data;
    }
    size_t map_bytes = (bytes + 2 * HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *map = mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) return false;
    h->map = map;
    h->map_bytes = map_bytes;
    h->array.data = (void *)(((uintptr_t)map + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    madvise(h->array.data, bytes / HUGE_PAGE * HUGE_PAGE,
            MADV_HUGEPAGE); /* advice: failure costs time only */
    return true;
}

/* The array at the end of the list; its data still NULL. */
static held *add_held(loom_value *v, const char *name, loom_dtype dtype, int32_t rank,
                      const int64_t *dim, const char *unit, error *e)
{
    assert(rank >= 0 && rank <= LOOM_MAX_RANK);
    if (!list_grow((void **)&v->arrays, v->array_count, e)) return NULL;
    held *h = calloc(1, sizeof *h);
    loom_array *a = (loom_array *)h;
    if (a) {
        a->size = sizeof *a;
        a->name = strdup(name);
        a->unit = strdup(unit ? unit : "");
    }
    if (!a || !a->name || !a->unit) {
        array_free(a);
        error_memory(e, "an array");
        return NULL;
    }
    a->dtype = dtype;
    a->rank = rank;
    for (int32_t i = 0; i < LOOM_MAX_RANK; i++) a->dim[i] = i < rank ? dim[i] : 1;
    v->arrays[v->array_count++] = a;
    return h;
}

loom_array *value_add_array(loom_value *v, const char *name, loom_dtype dtype, int32_t rank,
                            const int64_t *dim, const char *unit, error *e)
{
    size_t bytes;
    held *h = may_add(v, name, dtype, rank, dim, unit, &bytes, e)
                  ? add_held(v, name, dtype, rank, dim, unit, e)
                  : NULL;
    if (!h || (get_memory(h, bytes) && name_array(v))) return (loom_array *)h;
    array_free(v->arrays[--v->array_count]);
    error_set(e, LOOM_E_MEMORY, "use smaller data or a machine with more memory",
              "out of memory: array '%s' needs %zu bytes", name, bytes);
    return NULL;
}

loom_array *value_adopt_array(loom_value *v, const char *name, loom_dtype dtype, int32_t rank,
                              const int64_t *dim, const char *unit, void *data,
                              void (*release)(void *data), error *e)
{
    assert(release);
    assert(!data || (uintptr_t)data % ALIGN == 0);
    size_t bytes;
    held *h = may_add(v, name, dtype, rank, dim, unit, &bytes, e)
                  ? add_held(v, name, dtype, rank, dim, unit, e)
                  : NULL;
    if (!h) {
        release(data);
        return NULL;
    }
    h->array.data = data;
    h->release = release;
    if (name_array(v)) return &h->array;
    array_free(v->arrays[--v->array_count]);
    error_memory(e, "an array");
    return NULL;
}

loom_array *value_map_array(loom_value *v, const char *name, loom_dtype dtype, int32_t rank,
                            const int64_t *dim, const char *unit, int fd, int64_t offset, error *e)
{
    assert(fd >= 0);
    size_t bytes;
    struct stat st;
    if (!may_add(v, name, dtype, rank, dim, unit, &bytes, e)) return NULL;
    /* pages beyond the end of the file would be a signal, not zeros */
    if (!bytes || offset < 0 || fstat(fd, &st) || (uint64_t)offset + bytes > (uint64_t)st.st_size) {
        error_set(e, LOOM_E_DATA, "", "array '%s' goes on past the end of its file", name);
        return NULL;
    }
    void *map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, offset);
    held *h = map != MAP_FAILED ? add_held(v, name, dtype, rank, dim, unit, e) : NULL;
    if (!h) {
        if (map != MAP_FAILED) munmap(map, bytes);
        error_set(e, LOOM_E_MEMORY, "", "array '%s' cannot be mapped: %s", name, strerror(errno));
        return NULL;
    }
    h->map = h->array.data = map;
    h->map_bytes = bytes;
    if (name_array(v)) return &h->array;
    array_free(v->arrays[--v->array_count]);
    error_memory(e, "an array");
    return NULL;
}

static bool may_set(const loom_value *v, const char *name, const char *text, const char *unit,
                    error *e)
{
    if (!value_name_check("attribute", name, e)) return false;
    if (v->attribute_count >= VALUE_MAX_ATTRIBUTES && !value_attribute(v, name))
        return value_too_many("attributes", VALUE_MAX_ATTRIBUTES, name, e);
    if (unit && !value_unit_check(unit, name, e)) return false;
    size_t bytes = text ? strlen(text) : 0;
    if (bytes > VALUE_MAX_TEXT)
        return error_set(e, LOOM_E_DATA, "put long data into an array of u8",
                         "the text '%s' has %zu bytes; at most %d are kept", name, bytes,
                         (int)VALUE_MAX_TEXT);
    return !text || value_utf8_check("text", text, name, e);
}

static loom_attribute *attribute_new(const char *name, const char *text, double number,
                                     const char *unit, error *e)
{
    assert(name && (!text || !unit));
    loom_attribute *a = calloc(1, sizeof *a);
    if (a) {
        a->size = sizeof *a;
        a->name = strdup(name);
        a->text = text ? strdup(text) : NULL;
        a->unit = strdup(unit ? unit : "");
        a->number = number == 0 ? 0 : number; /* -0 would be another digest for the same number */
    }
    if (a && a->name && a->unit && (!text || a->text)) return a;
    attribute_free(a);
    error_memory(e, "an attribute");
    return NULL;
}

static bool set_attribute(loom_value *v, const char *name, const char *text, double number,
                          const char *unit, error *e)
{
    loom_attribute *a =
        may_set(v, name, text, unit, e) ? attribute_new(name, text, number, unit, e) : NULL;
    if (!a) return false;
    loom_attribute *before = (loom_attribute *)value_attribute(v, name);
    if (before) { /* stays where it is, with what is new in it */
        loom_attribute old = *before;
        *before = *a;
        *a = old;
        attribute_free(a);
        return true;
    }
    if (!list_grow((void **)&v->attributes, v->attribute_count, e)) {
        attribute_free(a);
        return false;
    }
    v->attributes[v->attribute_count++] = a;
    if (name_attribute(v)) return true;
    attribute_free(v->attributes[--v->attribute_count]);
    return error_memory(e, "an attribute");
}

bool value_set_number(loom_value *v, const char *name, double number, const char *unit, error *e)
{
    return set_attribute(v, name, NULL, number, unit, e);
}

bool value_set_text(loom_value *v, const char *name, const char *text, error *e)
{
    return set_attribute(v, name, text ? text : "", 0, NULL, e);
}
