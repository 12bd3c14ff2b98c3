/* store/value.c - see value.h */
#include "store/value.h"
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
};

loom_value *value_new(const char *type, error *e)
{
    loom_value *v = calloc(1, sizeof *v);
    if (v) v->type = strdup(type);
    if (!v || !v->type) {
        free(v);
        error_memory(e, "a value");
        return NULL;
    }
    return v;
}

/* An array, and the mapping its data lies in where it is large. */
typedef struct held { loom_array array; void *map; size_t map_bytes; } held;

enum {
    ALIGN = 64,
    MAPPED = 1 << 20,  /* from here on: pages of its own, zero without being written */
    HUGE_PAGE = 2 << 20,
};

static void array_free(loom_array *a)
{
    if (!a) return;
    held *h = (held *)a;
    if (h->map) munmap(h->map, h->map_bytes);
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

const loom_array *value_array(const loom_value *v, const char *name)
{
    for (int64_t i = 0; i < v->array_count; i++)
        if (!strcmp(v->arrays[i]->name, name)) return v->arrays[i];
    return NULL;
}

const loom_attribute *value_attribute_at(const loom_value *v, int64_t index)
{
    return index >= 0 && index < v->attribute_count ? v->attributes[index] : NULL;
}

const loom_attribute *value_attribute(const loom_value *v, const char *name)
{
    for (int64_t i = 0; i < v->attribute_count; i++)
        if (!strcmp(v->attributes[i]->name, name)) return v->attributes[i];
    return NULL;
}

/* Names become HDF5 link names, column headings and file names. */
static bool name_is_good(const char *name)
{
    if (!name || !*name || strlen(name) > 200 || !strcmp(name, ".") || !strcmp(name, "..")) return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 32 || *c == '/' || *c == 127) return false;
    return true;
}

static const char reserved_todo[] = "names that begin with 'atomloom_' or end in '.unit' belong to the file format";

/* What the HDF5 form of a value uses itself (store/object.h). */
static bool is_reserved(const char *name)
{
    size_t n = strlen(name);
    return !strncmp(name, "atomloom_", 9) || (n >= 5 && !strcmp(name + n - 5, ".unit"));
}

/* Make room for one more pointer at the end of a list that grows by doubling. */
static bool list_grow(void **list, int64_t count, error *e)
{
    if (count & (count - 1)) return true; /* room left: capacity is the next power of two */
    void *bigger = realloc(*list, sizeof(void *) * (size_t)(count ? 2 * count : 1));
    if (!bigger) return error_memory(e, "a value");
    *list = bigger;
    return true;
}

/* Everything that can be said of an array before there is memory for it; its bytes in *bytes. */
static bool may_add(const loom_value *v, const char *name, loom_dtype dtype, int32_t rank, const int64_t *dim, size_t *bytes, error *e)
{
    *bytes = loom_dtype_bytes(dtype);
    if (!name_is_good(name)) return error_set(e, LOOM_E_BUG, "a name is not empty and has no '/'", "bad array name '%s'", name ? name : "");
    if (is_reserved(name)) return error_set(e, LOOM_E_BUG, reserved_todo, "array name '%s' is reserved", name);
    if (value_array(v, name)) return error_set(e, LOOM_E_BUG, "", "array '%s' is added twice", name);
    if (!*bytes || rank < 0 || rank > LOOM_MAX_RANK || (rank && !dim))
        return error_set(e, LOOM_E_BUG, "", "array '%s' has dtype %d and rank %d; known are dtypes below %d and ranks 0 to %d", name, (int)dtype,
                         (int)rank, (int)LOOM_DTYPE_COUNT, LOOM_MAX_RANK);
    for (int32_t i = 0; i < rank; i++)
        if (dim[i] < 0 || __builtin_mul_overflow(*bytes, (size_t)dim[i], bytes) || *bytes > SIZE_MAX / 4)
            return error_set(e, LOOM_E_MEMORY, "check the sizes asked for", "array '%s' would have %lld elements along axis %d", name, (long long)dim[i],
                             (int)i);
    return true;
}

/* Zeros. Large ones come from the kernel as they are, in huge pages where it has them: a gigabyte would be a quarter of a million
 * page faults. */
static bool get_memory(held *h, size_t bytes)
{
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
    madvise(h->array.data, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE); /* advice: failure costs time only */
    return true;
}

/* The array at the end of the list; its data still NULL. */
static held *add_held(loom_value *v, const char *name, loom_dtype dtype, int32_t rank, const int64_t *dim, const char *unit, error *e)
{
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

loom_array *value_add_array(loom_value *v, const char *name, loom_dtype dtype, int32_t rank, const int64_t *dim, const char *unit, error *e)
{
    size_t bytes;
    held *h = may_add(v, name, dtype, rank, dim, &bytes, e) ? add_held(v, name, dtype, rank, dim, unit, e) : NULL;
    if (!h || get_memory(h, bytes)) return (loom_array *)h;
    array_free(v->arrays[--v->array_count]);
    error_set(e, LOOM_E_MEMORY, "use smaller data or a machine with more memory", "out of memory: array '%s' needs %zu bytes", name, bytes);
    return NULL;
}

loom_array *value_map_array(loom_value *v, const char *name, loom_dtype dtype, int32_t rank, const int64_t *dim, const char *unit, int fd,
                            int64_t offset, error *e)
{
    size_t bytes;
    struct stat st;
    if (!may_add(v, name, dtype, rank, dim, &bytes, e)) return NULL;
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
    return &h->array;
}

static bool set_attribute(loom_value *v, const char *name, const char *text, double number, const char *unit, error *e)
{
    if (!name_is_good(name)) return error_set(e, LOOM_E_BUG, "a name is not empty and has no '/'", "bad attribute name '%s'", name ? name : "");
    if (is_reserved(name)) return error_set(e, LOOM_E_BUG, reserved_todo, "attribute name '%s' is reserved", name);
    loom_attribute *a = calloc(1, sizeof *a);
    if (a) {
        a->size = sizeof *a;
        a->name = strdup(name);
        a->text = text ? strdup(text) : NULL;
        a->unit = strdup(unit ? unit : "");
        a->number = number == 0 ? 0 : number; /* -0 would be another digest for the same number */
    }
    if (!a || !a->name || !a->unit || (text && !a->text)) {
        attribute_free(a);
        return error_memory(e, "an attribute");
    }
    for (int64_t i = 0; i < v->attribute_count; i++)
        if (!strcmp(v->attributes[i]->name, name)) {
            attribute_free(v->attributes[i]);
            v->attributes[i] = a;
            return true;
        }
    if (!list_grow((void **)&v->attributes, v->attribute_count, e)) {
        attribute_free(a);
        return false;
    }
    v->attributes[v->attribute_count++] = a;
    return true;
}

bool value_set_number(loom_value *v, const char *name, double number, const char *unit, error *e)
{
    return set_attribute(v, name, NULL, number, unit, e);
}

bool value_set_text(loom_value *v, const char *name, const char *text, error *e)
{
    return set_attribute(v, name, text ? text : "", 0, NULL, e);
}

size_t value_bytes(const loom_value *v)
{
    size_t bytes = 0;
    for (int64_t i = 0; i < v->array_count; i++) bytes += (size_t)loom_array_count(v->arrays[i]) * loom_dtype_bytes(v->arrays[i]->dtype);
    return bytes;
}

/* Index of the first number that is not finite, or n. A block at a time without a branch: x - x is 0 for finite x only. */
#define FIRST_NOT_FINITE(name, element) \
    static int64_t name(const element *x, int64_t n) \
    { \
        enum { BLOCK = 4096 }; \
        for (int64_t from = 0; from < n; from += BLOCK) { \
            int64_t to = from + BLOCK < n ? from + BLOCK : n; \
            int finite = 1; \
            for (int64_t i = from; i < to; i++) finite &= x[i] - x[i] == 0; \
            for (int64_t i = from; !finite && i < to; i++) \
                if (!isfinite(x[i])) return i; \
        } \
        return n; \
    }
FIRST_NOT_FINITE(first_not_finite_f32, float)
FIRST_NOT_FINITE(first_not_finite_f64, double)

bool value_check_finite(const loom_value *v, error *e)
{
    for (int64_t k = 0; k < v->array_count; k++) {
        const loom_array *a = v->arrays[k];
        int64_t n = loom_array_count(a), at = n;
        if (a->dtype == LOOM_F32) at = first_not_finite_f32(a->data, n);
        if (a->dtype == LOOM_F64) at = first_not_finite_f64(a->data, n);
        if (at < n)
            return error_set(e, LOOM_E_NUMERIC, "check the inputs and the parameters of this node", "array '%s' holds %f at element %lld of %lld", a->name,
                             a->dtype == LOOM_F32 ? (double)((const float *)a->data)[at] : ((const double *)a->data)[at], (long long)at, (long long)n);
    }
    for (int64_t i = 0; i < v->attribute_count; i++)
        if (!v->attributes[i]->text && !isfinite(v->attributes[i]->number))
            return error_set(e, LOOM_E_NUMERIC, "check the inputs and the parameters of this node", "attribute '%s' is %f",
                             v->attributes[i]->name, v->attributes[i]->number);
    return true;
}

/* ---- identity --------------------------------------------------------------------------------------------------------- */

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "canonical bytes are little-endian: this machine needs byte swapping in value_canonical"
#endif

static int by_attribute_name(const void *a, const void *b)
{
    return strcmp((*(loom_attribute *const *)a)->name, (*(loom_attribute *const *)b)->name);
}

/* Length first, so that no two different lists of texts give the same bytes. */
static void piece_text(value_piece *piece, void *user, const char *s)
{
    uint64_t n = strlen(s);
    piece(user, &n, sizeof n);
    piece(user, s, n);
}

static void piece_array(value_piece *piece, void *user, const loom_array *a)
{
    piece_text(piece, user, a->name);
    piece_text(piece, user, loom_dtype_text(a->dtype));
    piece_text(piece, user, a->unit);
    piece(user, &a->rank, sizeof a->rank);
    piece(user, a->dim, sizeof a->dim[0] * (size_t)a->rank);
    piece(user, a->data, (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype));
}

static void piece_attribute(value_piece *piece, void *user, const loom_attribute *a)
{
    piece_text(piece, user, a->name);
    piece_text(piece, user, a->text ? "text" : "number");
    if (a->text) piece_text(piece, user, a->text);
    else {
        piece(user, &a->number, sizeof a->number);
        piece_text(piece, user, a->unit);
    }
}

void value_canonical(const loom_value *v, value_piece *piece, void *user)
{
    enum { FEW = 64 };
    loom_attribute *few[FEW];
    size_t n = (size_t)v->attribute_count;
    loom_attribute **attributes = n > FEW ? malloc(n * sizeof(loom_attribute *)) : few;
    if (!attributes) abort(); /* a value of more than 64 attributes on a machine without a kilobyte left */
    if (n) memcpy(attributes, v->attributes, n * sizeof(loom_attribute *));
    if (n) qsort(attributes, n, sizeof(loom_attribute *), by_attribute_name);

    uint64_t counts[2] = { n, (uint64_t)v->array_count };
    piece_text(piece, user, "atomloom value 1");
    piece_text(piece, user, v->type);
    piece(user, counts, sizeof counts);
    for (size_t i = 0; i < n; i++) piece_attribute(piece, user, attributes[i]);
    for (int64_t i = 0; i < v->array_count; i++) piece_array(piece, user, v->arrays[i]);
    if (n > FEW) free(attributes);
}

static void into_digest(void *user, const void *bytes, size_t n) { sha256_add(user, bytes, n); }

digest value_digest(const loom_value *v)
{
    sha256 *s = sha256_new();
    if (!s) abort();
    value_canonical(v, into_digest, s);
    return sha256_end(s);
}
