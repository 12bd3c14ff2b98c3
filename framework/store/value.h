/* store/value.h - values in memory: what an op is given and what it makes, before and after the
 * store. */
#ifndef ATOMLOOM_STORE_VALUE_H
#define ATOMLOOM_STORE_VALUE_H
#include "base/error.h"
#include "base/sha256.h"

/* What a value may hold: refused when it is made, so that whatever is written can be read back.
 * Bytes without the final NUL. */
enum {
    VALUE_MAX_TYPE = 200,
    VALUE_MAX_NAME = 200,
    VALUE_MAX_UNIT = 200,
    VALUE_MAX_TEXT = 256 << 20,
    /* HDF5 counts attributes, those for units too, with 16 bits */
    VALUE_MAX_ARRAYS = 65536,
    VALUE_MAX_ATTRIBUTES = 32000,
};

/* `loom_value` of the SDK, seen from the host's side. All functions return false (or NULL) with `e`
 * set on failure. */
loom_value *value_new(const char *type, error *e); /* owned; a type is not empty */
void value_free(loom_value *v);                    /* NULL is fine */

/* Borrowed, for the life of the value. NULL where there is none of that name. */
const char *value_type(const loom_value *v);
const loom_array *value_array(const loom_value *v, const char *name);
/* in order of creation; NULL past the end */
const loom_array *value_array_at(const loom_value *v, int64_t index);
const loom_attribute *value_attribute(const loom_value *v, const char *name);
const loom_attribute *value_attribute_at(const loom_value *v, int64_t index);

/* Data zeroed, 64-byte aligned, freed with the value. `dim` is copied, `unit` may be NULL. Refused:
 * a name that is empty, used already, holds '/' or control characters, begins with "atomloom_" or
 * ends in ".unit" (the file format's own); a negative length; a rank above LOOM_MAX_RANK; what is
 * beyond the limits above. */
loom_array *value_add_array(loom_value *v, const char *name, loom_dtype, int32_t rank,
                            const int64_t *dim, const char *unit, error *e);
/* The same, with the data read from a file as it is needed: `bytes` of it from `offset`, a multiple
 * of the page size. The file must never change (an object of the store). Writing to the data is a
 * crash. */
loom_array *value_map_array(loom_value *v, const char *name, loom_dtype, int32_t rank,
                            const int64_t *dim, const char *unit, int fd, int64_t offset, error *e);
/* The same, with data that the caller made, 64-byte aligned: taken, even on failure, and given back
 * to `release`. */
loom_array *value_adopt_array(loom_value *v, const char *name, loom_dtype, int32_t rank,
                              const int64_t *dim, const char *unit, void *data,
                              void (*release)(void *data), error *e);
/* replaces */
bool value_set_number(loom_value *v, const char *name, double number, const char *unit, error *e);
/* replaces */
bool value_set_text(loom_value *v, const char *name, const char *text, error *e);

/* Does the value hold what its type asks for (types.h)? Unknown types pass. The message names the
 * array or attribute. */
bool value_check_type(const loom_value *v, error *e);
/* True when every float array and number is finite; otherwise the message names the array and the
 * index. */
bool value_check_finite(const loom_value *v, error *e);

/* The identity of a value: SHA-256 of its canonical bytes: type, attributes sorted by name, arrays
 * in order of creation (name, dtype, unit, shape, data, little-endian). The order of arrays counts
 * because it shows: it is the order of a table's columns. */
digest value_digest(const loom_value *v);
size_t value_bytes(const loom_value *v); /* memory held by the arrays */

/* The canonical bytes piece by piece, for a digest that is made while the value is written. */
typedef void value_piece(void *user, const void *bytes, size_t n);
void value_canonical(const loom_value *v, value_piece *piece, void *user);
#endif
