/* io/mat5.c - MATLAB files of level 5 (versions 5 to 7): elements, each a tag with type and length,
 * plain or deflated.
 *
 * A deflated element carries a checksum, which is asked for; a plain one carries none. What both
 * have is redundancy: elements must fill the file to its last byte, every part of a variable must
 * fill the variable, and the bytes of its numbers must be its class and dimensions multiplied. All
 * of that is checked for every variable of the file before one is read. */
#include "io/bytes.h"
#include "io/mat_source.h"
#include <stdio.h>

enum { HEADER = 128, TAG = 8, UTF8 = 16, MAX_DEPTH = 32, BLOCK = 16384 };
enum { FLAG_LOGICAL = 0x02, FLAG_COMPLEX = 0x08 };

/* ---- a matrix -------------------------------------------------------------------------------- */

static loom_status take_matrix(mat_source *s, uint64_t left, const char *prefix, bool listed,
                               int depth);

/* A tag that must be of `type`, and its data of at most `room` bytes. */
static loom_status take_part(mat_source *s, uint64_t *left, uint32_t type, const char *what,
                             unsigned char *dst, size_t room, size_t *n)
{
    mat_tag t = { 0 };
    loom_status status = mat_take_tag(s, left, &t);
    if (status) return status;
    if (t.type != type || t.bytes > room)
        return mat_damaged(s->file, "%s of %s are not where they must be", what, s->name);
    *n = (size_t)t.bytes;
    status = mat_take(s, left, dst, t.bytes);
    return status ? status : mat_take(s, left, NULL, t.padded - t.bytes);
}

static loom_status take_dimensions(mat_source *s, uint64_t *left, mat_variable *v)
{
    unsigned char b[4 * MAT_MAX_RANK] = { 0 };
    size_t n = 0;
    mat_tag t = { 0 };
    loom_status status = mat_take_tag(s, left, &t);
    if (status) return status;
    if ((t.type != MAT_S_INT32 && t.type != MAT_S_UINT32)
        || t.bytes > sizeof b) /* some writers: unsigned */
        return mat_damaged(s->file, "the dimensions of %s are not where they must be", s->name);
    n = (size_t)t.bytes;
    status = mat_take(s, left, b, n);
    if (!status) status = mat_take(s, left, NULL, t.padded - n);
    if (status) return status;
    v->rank = (int)(n / 4);
    for (int k = 0; k < v->rank; k++) v->dim[k] = (int32_t)io_u32(b + 4 * k, s->file->big);
    if (n % 4 || v->rank < 2 || !mat_count(v))
        return mat_damaged(s->file, "%s has impossible dimensions", s->name);
    return LOOM_OK;
}

/* The name in the file, or the one that the structure above has for it. */
static loom_status take_name(mat_source *s, uint64_t *left, const char *prefix, mat_variable *v)
{
    unsigned char b[MAT_NAME] = { 0 };
    size_t n;
    mat_tag t = { 0 };
    loom_status status = mat_take_tag(s, left, &t);
    if (status) return status;
    if ((t.type != MAT_S_INT8 && t.type != MAT_S_UINT8 && t.type != UTF8) || t.bytes >= sizeof b)
        return mat_damaged(s->file, "the name of a variable is not where it must be");
    n = (size_t)t.bytes;
    status = mat_take(s, left, b, n);
    if (!status) status = mat_take(s, left, NULL, t.padded - n);
    snprintf(v->name, sizeof v->name, "%s", *prefix ? prefix : (char *)b);
    snprintf(s->name, sizeof s->name, "variable '%s'", v->name);
    return status;
}

/* One tag with numbers as the class and the dimensions ask for; where they lie goes into the
 * variable. */
static loom_status take_numbers(mat_source *s, uint64_t *left, mat_variable *v)
{
    mat_tag t = { 0 };
    loom_status status = mat_take_tag(s, left, &t);
    if (status) return status;
    v->storage = (mat_storage)t.type;
    v->data = s->position;
    if (!mat_may_store(v->class, v->storage, s->packed))
        return mat_damaged(
            s->file, "variable '%s' of class %s holds numbers of type %u, which that class cannot",
            v->name, mat_class_text(v), t.type);
    if ((uint64_t)v->count != t.bytes / mat_storage_bytes(v->storage)
        || t.bytes % mat_storage_bytes(v->storage))
        return mat_damaged(
            s->file, "variable '%s' has %lld numbers by its dimensions and %llu bytes of them",
            v->name, (long long)v->count, (unsigned long long)t.bytes);
    return mat_take(s, left, NULL, t.padded);
}

static loom_status take_numeric(mat_source *s, uint64_t *left, mat_variable *v)
{
    mat_variable imaginary = *v;
    loom_status status = take_numbers(s, left, v);
    return status || !v->complex ? status : take_numbers(s, left, &imaginary);
}

/* A matrix inside a matrix. */
static loom_status take_member(mat_source *s, uint64_t *left, const char *prefix, bool listed,
                               int depth)
{
    mat_tag t = { 0 };
    loom_status status = mat_take_tag(s, left, &t);
    if (status) return status;
    if (t.type != MAT_MATRIX || t.padded == 4 || t.bytes > *left)
        return mat_damaged(s->file, "the members of %s are not where they must be", s->name);
    *left -= t.bytes;
    return take_matrix(s, t.bytes, prefix, listed, depth + 1);
}

/* `n` matrices one after the other, not listed: the members of a cell or of an array of structures.
 */
static loom_status take_members(mat_source *s, uint64_t *left, uint64_t n, int depth)
{
    loom_status status = LOOM_OK;
    for (uint64_t k = 0; !status && k < n; k++) status = take_member(s, left, "", false, depth);
    return status;
}

/* The names of a structure's fields, `length` bytes each, as scratch. */
static loom_status take_field_names(mat_source *s, uint64_t *left, char **names, size_t *length,
                                    uint64_t *fields)
{
    unsigned char b[4] = { 0 };
    size_t n = 0;
    mat_tag t = { 0 };
    loom_status status = take_part(s, left, MAT_S_INT32, "the fields", b, sizeof b, &n);
    if (!status) status = mat_take_tag(s, left, &t);
    if (status) return status;
    *length = n == 4 ? io_u32(b, s->file->big) : 0;
    if (t.type != MAT_S_INT8 || !*length || t.bytes % *length || t.bytes > *left)
        return mat_damaged(s->file, "the fields of %s are not where they must be", s->name);
    *fields = t.bytes / *length;
    if (!(*names = s->file->call->host->scratch(s->file->call, (size_t)t.bytes + 1)))
        return LOOM_E_MEMORY;
    status = mat_take(s, left, *names, t.bytes);
    return status ? status : mat_take(s, left, NULL, t.padded - t.bytes);
}

/* The fields of a single structure are listed as NAME.FIELD, those of an array of structures are
 * not. */
static loom_status take_fields(mat_source *s, uint64_t *left, const mat_variable *v, bool listed,
                               int depth)
{
    char *names = NULL, prefix[2 * MAT_NAME];
    size_t length = 0;
    uint64_t fields = 0, members;
    loom_status status = take_field_names(s, left, &names, &length, &fields);
    if (status) return status;
    if (v->count != 1)
        return __builtin_mul_overflow(fields, (uint64_t)v->count, &members)
                   ? mat_ends_early(s)
                   : take_members(s, left, members, depth);
    for (uint64_t k = 0; !status && k < fields; k++) {
        int n = snprintf(prefix, sizeof prefix, "%s.%.*s", v->name,
                         (int)(length < MAT_NAME ? length : MAT_NAME), names + k * length);
        status = take_member(s, left, prefix, listed && n < MAT_NAME, depth);
    }
    return status;
}

/* Data elements of any kind up to the end: of variables that are checked but never read. The matio
 * library writes lengths that are too large for deflated texts; where the checksum is right,
 * nothing is missing. */
static loom_status take_rest(mat_source *s, uint64_t *left)
{
    loom_status status = LOOM_OK;
    while (!status && *left) {
        if (mat_has_ended(s)) *left = 0;
        if (!*left) break;
        mat_tag t = { 0 };
        status = mat_take_tag(s, left, &t);
        if (!status) status = mat_take(s, left, NULL, t.padded);
    }
    return status;
}

/* What follows flags, dimensions and name, by class. */
static loom_status take_content(mat_source *s, uint64_t *left, mat_variable *v, bool listed,
                                int depth)
{
    switch (v->class) {
    case MAT_CELL: return take_members(s, left, (uint64_t)v->count, depth);
    case MAT_STRUCT: return take_fields(s, left, v, listed, depth);
    case MAT_OBJECT:
    case MAT_FUNCTION:
    case MAT_OPAQUE: return mat_take(s, left, NULL, *left);
    case MAT_CHAR:
    case MAT_SPARSE: return take_rest(s, left);
    default: return take_numeric(s, left, v);
    }
}

static loom_status take_flags(mat_source *s, uint64_t *left, mat_variable *v)
{
    unsigned char b[8] = { 0 };
    size_t n = 0;
    loom_status status = take_part(s, left, MAT_S_UINT32, "the flags", b, sizeof b, &n);
    if (status) return status;
    uint32_t flags = io_u32(b, s->file->big);
    v->class = (mat_class)(flags & 0xff);
    v->logical = flags >> 8 & FLAG_LOGICAL;
    v->complex = flags >> 8 & FLAG_COMPLEX;
    if (n != sizeof b || v->class == MAT_UNKNOWN || v->class >= MAT_CLASSES)
        return mat_damaged(s->file, "a variable has the unknown class %u", flags & 0xff);
    return LOOM_OK;
}

/* The body of a matrix, `left` bytes; listed as `prefix`, or by the name it has in the file where
 * that is empty. */
static loom_status take_matrix(mat_source *s, uint64_t left, const char *prefix, bool listed,
                               int depth)
{
    mat_variable v = { .field = *prefix != 0, .element = s->element };
    if (depth > MAX_DEPTH)
        return mat_damaged(s->file, "%s is nested more than %d times", s->name, MAX_DEPTH);
    if (!left && depth) return LOOM_OK; /* an empty member of a cell */
    loom_status status = take_flags(s, &left, &v);
    if (!status && v.class != MAT_OPAQUE) status = take_dimensions(s, &left, &v);
    if (!status) status = take_name(s, &left, prefix, &v);
    listed = listed && *v.name; /* what has no name belongs to MATLAB itself */
    if (!status && listed && v.class == MAT_STRUCT && !mat_add(s->file, &v)) status = LOOM_E_MEMORY;
    if (!status) status = take_content(s, &left, &v, listed, depth);
    if (!status && left)
        status = mat_damaged(s->file, "variable '%s' has %llu bytes too many", v.name,
                             (unsigned long long)left);
    if (!status && listed && v.class != MAT_STRUCT && !mat_add(s->file, &v)) status = LOOM_E_MEMORY;
    return status;
}

/* ---- top-level elements ---------------------------------------------------------------------- */

static loom_status list_element(mat_file *f, uint64_t at, uint64_t *next)
{
    mat_source s = { 0 };
    uint64_t left = 0, tag_bytes = TAG;
    mat_tag t = { 0 };
    loom_status status = mat_open(&s, f, at, &left, next);
    if (!status && s.packed) {
        status = mat_take_tag(&s, &tag_bytes, &t);
        left = t.bytes;
        if (!status && (t.type != MAT_MATRIX || t.padded == 4))
            status = mat_damaged(f, "no variable is in the element at byte %llu",
                                 (unsigned long long)at);
    }
    if (!status) status = take_matrix(&s, left, "", true, 0);
    if (!status) status = mat_check_end(&s);
    mat_close(&s);
    return status;
}

loom_status mat5_list(mat_file *f)
{
    loom_status status = LOOM_OK;
    for (uint64_t at = HEADER; !status && at < f->size;) status = list_element(f, at, &at);
    return status;
}

loom_status mat5_load(mat_file *f, const mat_variable *v, void *dst)
{
    unsigned char block[BLOCK];
    size_t width = mat_storage_bytes(v->storage), element = loom_dtype_bytes(mat_dtype(v->class));
    uint64_t left = 0, next = 0, all = UINT64_MAX;
    mat_source s = { 0 };
    loom_status status = mat_open(&s, f, v->element, &left, &next);
    if (!status) status = mat_take(&s, &all, NULL, v->data);
    for (int64_t done = 0; !status && done < v->count;) {
        size_t n =
            v->count - done < (int64_t)(BLOCK / width) ? (size_t)(v->count - done) : BLOCK / width;
        status = mat_take(&s, &all, block, n * width);
        if (!status && !mat_convert(f, v, block, n, (char *)dst + (size_t)done * element))
            status = f->call->host->fail(
                f->call, LOOM_E_DATA, "variable",
                "variable '%s' of '%s' holds numbers that its class cannot, or above 2^63 - 1",
                v->name, f->path);
        done += (int64_t)n;
    }
    mat_close(&s);
    return status;
}
