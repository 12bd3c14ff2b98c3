/* atomloom/value.h - what a value is, as an op sees it: named arrays and named attributes.
 *
 * A value is immutable once the op that made it has returned. Arrays are C order, slowest axis
 * first. Everything an op reads through these structs is borrowed from the host and lives until
 * `run` returns. */
#ifndef ATOMLOOM_VALUE_H
#define ATOMLOOM_VALUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define LOOM_MAX_RANK 4

/* name, bytes per element, text used in files and messages */
/* clang-format off */
#define LOOM_DTYPE_MAP(X) \
    X(U8, 1, "u8") X(I32, 4, "i32") X(I64, 8, "i64") X(F32, 4, "f32") X(F64, 8, "f64")
/* clang-format on */
typedef enum loom_dtype {
#define X(name, bytes, text) LOOM_##name,
    LOOM_DTYPE_MAP(X)
#undef X
        LOOM_DTYPE_COUNT
} loom_dtype;

/* One array of a value. For inputs `data` must not be written to (the pages may be mapped
 * read-only). */
typedef struct loom_array {
    uint32_t size; /* sizeof(loom_array) as the host knows it */
    loom_dtype dtype;
    const char *name;           /* never NULL */
    const char *unit;           /* "" where the numbers have none */
    int32_t rank;               /* 0 (one number) .. LOOM_MAX_RANK */
    int64_t dim[LOOM_MAX_RANK]; /* slowest first: [tilt][y][x]; entries beyond rank are 1 */
    void *data;                 /* C order, 64-byte aligned */
} loom_array;

/* One attribute of a value: a number with a unit, or a text. */
typedef struct loom_attribute {
    uint32_t size;
    const char *name;
    const char *text; /* NULL for a number */
    double number;    /* 0 for a text */
    const char *unit; /* "" for a text, or where the number has none */
} loom_attribute;

typedef struct loom_value loom_value; /* opaque: a type name, arrays, attributes */

/* Number of elements. [any] */
static inline int64_t loom_array_count(const loom_array *a)
{
    int64_t n = 1;
    for (int32_t i = 0; i < a->rank; i++) n *= a->dim[i];
    return n;
}

/* Bytes of one element; 0 for a dtype this header does not know. [any] */
static inline size_t loom_dtype_bytes(loom_dtype dtype)
{
    static const uint8_t bytes[] = {
#define X(name, n, text) n,
        LOOM_DTYPE_MAP(X)
#undef X
    };
    return (unsigned)dtype < LOOM_DTYPE_COUNT ? bytes[dtype] : 0;
}

/* "f32" and so on; "?" for a dtype this header does not know. [any] */
static inline const char *loom_dtype_text(loom_dtype dtype)
{
    static const char *const texts[] = {
#define X(name, n, text) text,
        LOOM_DTYPE_MAP(X)
#undef X
    };
    return (unsigned)dtype < LOOM_DTYPE_COUNT ? texts[dtype] : "?";
}

#ifdef __cplusplus
}
#endif
#endif
