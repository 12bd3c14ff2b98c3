/* io/mat_choose.c - which level of the format a file has, and which of its variables is meant; see
 * mat.h. */
#include "io/mat.h"
#include <stdio.h>
#include <string.h>

/* ---- which variable -------------------------------------------------------------------------- */

/* Appends "Proj [128 x 128 x 60] double"; cut short where `text` is full. */
static void describe(const mat_variable *v, char *text, size_t room)
{
    size_t at = strlen(text);
    at += (size_t)snprintf(text + at, room - at, "%s%s [", at ? ", " : "", v->name);
    for (int k = 0; k < v->rank && at < room; k++)
        at +=
            (size_t)snprintf(text + at, room - at, "%s%lld", k ? " x " : "", (long long)v->dim[k]);
    if (at < room) snprintf(text + at, room - at, "] %s", mat_class_text(v));
}

/* A variable that holds something else than real numbers; for a structure the fields that do. */
static void refuse(const mat_file *f, const char *parameter, const mat_variable *v,
                   const char *seen)
{
    char what[320] = "", fields[500] = "";
    size_t n = strlen(v->name);
    describe(v, what, sizeof what);
    for (const mat_variable *w = f->first; w && v->class == MAT_STRUCT; w = w->next)
        if (mat_is_numeric(w) && !strncmp(w->name, v->name, n) && w->name[n] == '.')
            describe(w, fields, sizeof fields);
    if (*fields)
        f->call->host->fail(f->call, LOOM_E_PARAM, parameter,
                            "variable %s of '%s' is a structure; name one of its fields: %s", what,
                            f->path, fields);
    else
        f->call->host->fail(f->call, LOOM_E_DATA, parameter,
                            "variable %s of '%s' is not a real, full numeric array; save it as "
                            "one, or choose among: %s",
                            what, f->path, seen);
}

/* Axes that are longer than 1, counted from the first. */
static int used_rank(const mat_variable *v)
{
    int n = v->rank;
    while (n > 1 && v->dim[n - 1] == 1) n--;
    return n;
}

static bool fits(const mat_variable *v, const char *wanted, int min_rank, int max_rank)
{
    if (*wanted) return !strcmp(v->name, wanted);
    int rank = used_rank(v);
    return !v->field && mat_is_numeric(v) && rank >= min_rank && rank <= max_rank;
}

const mat_variable *mat_choose(const mat_file *f, const char *parameter, const char *wanted,
                               int min_rank, int max_rank)
{
    const loom_host *h = f->call->host;
    char seen[700] = "";
    const mat_variable *found = NULL;
    int matches = 0, fields = 0;
    for (const mat_variable *v = f->first; v; v = v->next) {
        if (!v->field || mat_is_numeric(v)) describe(v, seen, sizeof seen);
        fields += v->field && mat_is_numeric(v);
        if (!fits(v, wanted, min_rank, max_rank)) continue;
        found = v;
        matches++;
    }
    if (!f->first)
        h->fail(f->call, LOOM_E_IO, f->where, "'%s' holds no variable; is it a whole MATLAB file?",
                f->path);
    else if (*wanted && !matches)
        h->fail(f->call, LOOM_E_PARAM, parameter, "'%s' has no variable '%s'; it has: %s", f->path,
                wanted, seen);
    else if (*wanted && matches > 1)
        h->fail(f->call, LOOM_E_DATA, f->where,
                "'%s' has %d variables of the name '%s'; save it again", f->path, matches, wanted);
    else if (!matches && fields)
        h->fail(f->call, LOOM_E_PARAM, parameter,
                "'%s' holds its numbers in structures: name a field, as in 's.proj'; it has: %s",
                f->path, seen);
    else if (!matches)
        h->fail(f->call, LOOM_E_DATA, f->where, "'%s' has no real, full numeric array; it has: %s",
                f->path, seen);
    else if (matches > 1)
        h->fail(f->call, LOOM_E_PARAM, parameter, "'%s' has %d numeric variables: name one of: %s",
                f->path, matches, seen);
    else if (!mat_is_numeric(found)) refuse(f, parameter, found, seen);
    else return found;
    return NULL;
}

/* ---- from MATLAB's axes to ours -------------------------------------------------------------- */

/* MATLAB's axes reversed, with the trailing ones of length 1 that a longer rank brings dropped down
 * to four. */
bool mat_shape(const mat_variable *v, int32_t *rank, int64_t dim[LOOM_MAX_RANK])
{
    int used = v->rank;
    while (used > LOOM_MAX_RANK && v->dim[used - 1] == 1) used--;
    if (used > LOOM_MAX_RANK) return false;
    for (int k = 0; k < used; k++) dim[used - 1 - k] = v->dim[k];
    *rank = used;
    return true;
}

/* ---- which level of the format --------------------------------------------------------------- */

/* Levels 5 and 7.3 have a version and a mark of the byte order at the end of 128 bytes; level 4
 * begins with its first matrix. */
static loom_status find_level(mat_file *f, loom_status (**list)(mat_file *))
{
    static const unsigned char hdf5[8] = "\x89HDF\r\n\x1a\n";
    const unsigned char *mark = f->bytes + 124;
    bool little = f->size >= 128 && !memcmp(mark + 2, "IM", 2),
         big = f->size >= 128 && !memcmp(mark + 2, "MI", 2);
    unsigned version = little ? mark[0] | mark[1] << 8 : big ? mark[1] | mark[0] << 8 : 0;
    f->big = big;
    if (version == 0x0100) {
        *list = mat5_list;
        f->load = mat5_load;
    } else if (version == 0x0200 && f->size >= 520 && !memcmp(f->bytes + 512, hdf5, 8)) {
        *list = mat73_list;
        f->load = mat73_load;
    } else if (version)
        return mat_damaged(f, "its header has version %u.%u", version >> 8, version & 255);
    else if (mat4_begins(f->bytes, f->size, &f->big)) {
        *list = mat4_list;
        f->load = mat4_load;
    } else if (f->size >= 8 && !memcmp(f->bytes, hdf5, 8))
        return f->call->host->fail(f->call, LOOM_E_IO, f->where,
                                   "'%s' is an HDF5 file without the header of MATLAB 7.3",
                                   f->path);
    else
        return f->call->host->fail(f->call, LOOM_E_IO, f->where,
                                   "'%s' is not a MATLAB file of version 4 to 7.3", f->path);
    return LOOM_OK;
}

loom_status mat_load(mat_file *f, const mat_variable *v, void *dst)
{
    loom_status status = f->load(f, v, dst);
    const unsigned char *flag = dst;
    bool flags = v->logical && mat_dtype(v->class) == LOOM_U8; /* MATLAB 5 has doubles as well */
    for (int64_t i = 0; !status && flags && i < v->count; i++)
        if (flag[i] > 1)
            status = mat_damaged(f, "number %lld of the logical variable '%s' is %u, not 0 or 1",
                                 (long long)i + 1, v->name, flag[i]);
    return status;
}

loom_status mat_begin(mat_file *f)
{
    loom_status (*list)(mat_file *) = NULL;
    f->last = &f->first;
    loom_status status = find_level(f, &list);
    return status ? status : list(f);
}
