/* io/image_h5.c - HDF5 files as images: EMD of Velox and of Berkeley, and any dataset by its path;
 * see image_file.h. */
#include "io/h5_images.h"
#include "io/permute.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct h5_state {
    h5_file file;
    char *all; /* in our order */
} h5_state;

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    static const unsigned char mark[8] = "\x89HDF\r\n\x1a\n";
    (void)size;
    return (n >= 8 && !memcmp(head, mark, 8)) || (n >= 520 && !memcmp(head + 512, mark, 8));
}

/* ---- which dataset --------------------------------------------------------------------------- */

typedef enum layout { PLAIN, BERKELEY, VELOX, LAYOUTS } layout;

static layout layout_of(const h5_file *f, const h5_set *set)
{
    if (velox_is_stack(set)) return VELOX;
    return berkeley_is_data(f, set) ? BERKELEY : PLAIN;
}

/* Is it what `wanted` names: its path, a folder on the way to it, or the name of its detector? */
static bool is_named(const h5_file *f, const h5_set *set, const char *wanted)
{
    char detector[64] = "";
    size_t n = strlen(wanted);
    while (*wanted == '/') wanted++, n--;
    const char *slash = strrchr(set->path, '/'), *before = slash;
    while (before && before > set->path && before[-1] != '/') before--;
    if (!strcmp(set->path, wanted)) return true;
    if (before && (size_t)(slash - before) == n && !strncmp(before, wanted, n)) return true;
    if (velox_is_stack(set)) velox_detector(f, set, detector, sizeof detector);
    return *detector && !strcmp(detector, wanted);
}

/* Of several datasets, images are those of the layout that says most, with most axes. */
static int rank_of(const h5_file *f, const h5_set *set, bool stack)
{
    layout l = layout_of(f, set);
    if (set->rank < 2 || set->rank > LOOM_MAX_RANK) return 0;
    if (!strcmp(set->path + (strlen(set->path) > 8 ? strlen(set->path) - 8 : 0), "Metadata"))
        return 0;
    return 1 + 4 * (int)l + (stack && l == PLAIN && set->rank == 3 ? 2 : 0);
}

static const h5_set *choose(const image_file *i, const h5_file *f)
{
    const loom_host *h = i->source.call->host;
    const char *wanted = i->wishes.dataset;
    const h5_set *found = NULL;
    char list[500] = "";
    int best = 0, n = 0;
    for (const h5_set *s = f->first; s; s = s->next) {
        int rank = rank_of(f, s, i->wishes.stack);
        if (rank && strlen(list) + strlen(s->path) + 3 < sizeof list)
            sprintf(list + strlen(list), "%s%s", *list ? ", " : "", s->path);
        if (*wanted ? !rank || !is_named(f, s, wanted) : rank < best || !rank) continue;
        if (!*wanted && rank > best) n = 0;
        best = rank;
        if (!n++) found = s;
    }
    if (n == 1) return found;
    if (!*list)
        io_fail(&i->source, LOOM_E_DATA, "has no dataset of numbers of 2 to 4 axes%s",
                f->has_links ? " of its own; links to other files are not followed" : "");
    else
        h->fail(i->source.call, LOOM_E_PARAM, "dataset",
                n ? "'%s' has %d datasets%s%s; set 'dataset' to one of: %s"
                  : "'%s' has %d datasets of the name%s%s; it has: %s",
                i->source.path, n, *wanted ? " " : "", wanted, list);
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* [y][x][frame] becomes [frame][y][x]. */
static bool put_frames_first(image_file *i, h5_state *s, size_t size)
{
    static const int64_t order[] = { 2, 0, 1 };
    const loom_host *h = i->source.call->host;
    int64_t stored[3] = { i->dim[0], i->dim[1], i->dim[2] };
    char *turned = h->scratch(i->source.call, (size_t)(stored[0] * stored[1] * stored[2]) * size);
    if (!turned) return false;
    io_permute(3, stored, order, size, s->all, turned);
    h->release(i->source.call, s->all);
    s->all = turned;
    for (int k = 0; k < 3; k++) i->dim[k] = stored[order[k]];
    return true;
}

static bool load(image_file *i, h5_state *s, const h5_set *set)
{
    const loom_host *h = i->source.call->host;
    layout l = layout_of(&s->file, set);
    i->rank = set->rank;
    memcpy(i->dim, set->dim, sizeof i->dim);
    if (!h5_dtype(&s->file, set, &i->dtype) || !image_check_shape(i)) return false;
    size_t size = loom_dtype_bytes(i->dtype);
    uint64_t count = (uint64_t)image_count(i) * (uint64_t)image_samples(i);
    if (count / 1100 / size > i->source.size) /* deflate packs no tighter */
        return io_fail(&i->source, LOOM_E_IO, "is damaged: dataset '%s' has impossible lengths",
                       set->path);
    s->all = h->scratch(i->source.call, count * size + 1);
    if (!s->all || !h5_read(&s->file, set, i->dtype, s->all)) return false;
    if (l == VELOX) return put_frames_first(i, s, size) && velox_describe(&s->file, set, i);
    return l != BERKELEY || berkeley_describe(&s->file, set, i);
}

static bool open_h5(image_file *i)
{
    h5_state *s = i->source.call->host->scratch(i->source.call, sizeof *s);
    if (!s) return false;
    *s = (h5_state){ .file = { .id = -1 } };
    i->state = s;
    bool good = h5_open(&s->file, &i->source);
    const h5_set *set = good ? choose(i, &s->file) : NULL;
    good = set && load(i, s, set);
    h5_close(&s->file); /* all is in memory */
    return good;
}

static bool read_h5(image_file *i, int64_t k, void *dst)
{
    const h5_state *s = i->state;
    size_t bytes = (size_t)image_samples(i) * loom_dtype_bytes(i->dtype);
    memcpy(dst, s->all + (size_t)k * bytes, bytes);
    return true;
}

static void close_h5(image_file *i)
{
    const loom_host *h = i->source.call->host;
    h5_state *s = i->state;
    if (s) h->release(i->source.call, s->all);
    h->release(i->source.call, s);
}

const image_format image_h5 = { "HDF5",  ".h5 .hdf5 .emd .nxs .hdf .he5", begins, open_h5, read_h5,
                                close_h5 };
