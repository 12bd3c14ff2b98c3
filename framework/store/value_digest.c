/* store/value_digest.c - the identity of a value. See value.h */
#include "store/value.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

size_t value_bytes(const loom_value *v)
{
    const loom_array *a;
    size_t bytes = 0;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        bytes += (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype);
    return bytes;
}

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
    assert(a->rank >= 0 && a->rank <= LOOM_MAX_RANK);
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
    const loom_attribute *few[FEW];
    const loom_array *a;
    size_t n = 0, arrays = 0;
    while (value_attribute_at(v, (int64_t)n)) n++;
    while (value_array_at(v, (int64_t)arrays)) arrays++;
    assert(n <= VALUE_MAX_ATTRIBUTES && arrays <= VALUE_MAX_ARRAYS);
    const loom_attribute **attributes = n > FEW ? malloc(n * sizeof *attributes) : few;
    /* a value of more than 64 attributes on a machine without a kilobyte left */
    if (!attributes) abort();
    for (size_t i = 0; i < n; i++) attributes[i] = value_attribute_at(v, (int64_t)i);
    if (n) qsort(attributes, n, sizeof *attributes, by_attribute_name);

    uint64_t counts[2] = { n, arrays };
    piece_text(piece, user, "atomloom value 1");
    piece_text(piece, user, value_type(v));
    piece(user, counts, sizeof counts);
    for (size_t i = 0; i < n; i++) piece_attribute(piece, user, attributes[i]);
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) piece_array(piece, user, a);
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
