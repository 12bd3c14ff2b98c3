/* io/npy_header.c - see npy_header.h. The grammar is what numpy writes and no more: whatever else
 * stands there is damage. */
#include "io/npy_header.h"
#include <string.h>

enum { MAX_WORD = 64 };
typedef struct parser {
    const unsigned char *at, *end;
} parser;

static const char damaged[] = "is not the dictionary that NumPy writes";

static void skip_blanks(parser *p)
{
    while (p->at < p->end && *p->at == ' ') p->at++;
}

static bool take(parser *p, char c)
{
    skip_blanks(p);
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

/* A text in quotes of either kind. */
static bool take_text(parser *p, char out[MAX_WORD])
{
    skip_blanks(p);
    if (p->at == p->end || (*p->at != '\'' && *p->at != '"')) return false;
    unsigned char quote = *p->at++;
    size_t n = 0;
    for (; p->at < p->end && *p->at != quote && n < MAX_WORD - 1; n++) out[n] = (char)*p->at++;
    out[n] = 0;
    return take(p, (char)quote);
}

static bool take_bool(parser *p, bool *out)
{
    skip_blanks(p);
    size_t n = (size_t)(p->end - p->at);
    *out = n >= 4 && !memcmp(p->at, "True", 4);
    if (!*out && (n < 5 || memcmp(p->at, "False", 5) != 0)) return false;
    p->at += *out ? 4 : 5;
    return true;
}

/* A whole number without leading zeros, below 2^63; Python 2 wrote an L behind it. */
static bool take_length(parser *p, int64_t *out)
{
    skip_blanks(p);
    const unsigned char *first = p->at;
    for (*out = 0; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        if (__builtin_mul_overflow(*out, 10, out)
            || __builtin_add_overflow(*out, *p->at - '0', out))
            return false;
    if (p->at == first || (*first == '0' && p->at - first > 1)) return false;
    if (p->at < p->end && *p->at == 'L') p->at++;
    return true;
}

/* "(3, 4)", "(3,)" or "()". */
static const char *take_shape(parser *p, npy_header *h)
{
    if (!take(p, '(')) return damaged;
    h->count = 1;
    for (int n = 0; !take(p, ')'); n++) {
        int64_t length;
        if (!take_length(p, &length)) return damaged;
        if (__builtin_mul_overflow(h->count, (size_t)length, &h->count)
            || h->count > INT64_MAX / 16)
            return "has an impossible shape";
        if (n < LOOM_MAX_RANK) h->dim[n] = length;
        h->rank = n + 1;
        bool comma = take(p, ',');
        if (!comma && (p->at == p->end || *p->at != ')' || !n))
            return damaged; /* (3) is no tuple */
    }
    return NULL;
}

/* ---- types of numbers ------------------------------------------------------------------------ */

static const struct type {
    const char *code;
    npy_kind kind;
    size_t width;
    loom_dtype dtype;
} types[] = {
    { "f2", NPY_REAL, 2, LOOM_F32 },     { "f4", NPY_REAL, 4, LOOM_F32 },
    { "f8", NPY_REAL, 8, LOOM_F64 },     { "b1", NPY_UNSIGNED, 1, LOOM_U8 },
    { "u1", NPY_UNSIGNED, 1, LOOM_U8 },  { "u2", NPY_UNSIGNED, 2, LOOM_I32 },
    { "u4", NPY_UNSIGNED, 4, LOOM_I64 }, { "u8", NPY_UNSIGNED, 8, LOOM_I64 },
    { "i1", NPY_SIGNED, 1, LOOM_I32 },   { "i2", NPY_SIGNED, 2, LOOM_I32 },
    { "i4", NPY_SIGNED, 4, LOOM_I32 },   { "i8", NPY_SIGNED, 8, LOOM_I64 },
};

static const char *why_not(const char *code)
{
    switch (*code) {
    case 'c': return "says complex numbers; save their real part or modulus";
    case 'O': return "says Python objects; save an array of numbers (dtype float or int)";
    case 'U':
    case 'S':
    case 'a': return "says texts; save an array of numbers";
    case 'M':
    case 'm': return "says dates or times; save an array of numbers";
    case 'V': return "says records; save one field of them";
    case 'f': return "says reals of a size that is not read; save float32 or float64";
    default: return "says a type that is not a number";
    }
}

static const char *find_type(const char *descr, npy_header *h, bool *unsupported)
{
    if (!*descr || !strchr("<>|=", *descr)) return damaged;
    h->big = *descr == '>';
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(descr + 1, types[i].code) != 0) continue;
        if (*descr == '|' && types[i].width > 1) return damaged;
        h->kind = types[i].kind;
        h->width = types[i].width;
        h->dtype = types[i].dtype;
        h->truth = *types[i].code == 'b';
        return NULL;
    }
    *unsupported = true;
    return why_not(descr + 1);
}

/* ---- the dictionary -------------------------------------------------------------------------- */

enum { DESCR = 1, ORDER = 2, SHAPE = 4 };

static const char *take_value(parser *p, const char *key, npy_header *h, unsigned *seen,
                              char *descr)
{
    unsigned bit = !strcmp(key, "descr")           ? DESCR
                   : !strcmp(key, "fortran_order") ? ORDER
                   : !strcmp(key, "shape")         ? SHAPE
                                                   : 0;
    if (!bit || *seen & bit) return damaged;
    *seen |= bit;
    if (bit == SHAPE) return take_shape(p, h);
    if (bit == ORDER) return take_bool(p, &h->fortran) ? NULL : damaged;
    skip_blanks(p);
    if (p->at < p->end && *p->at == '[')
        return "says records (a structured array); save one field of them";
    return take_text(p, descr) ? NULL : damaged;
}

const char *npy_read_header(const unsigned char *text, size_t n, npy_header *out, bool *unsupported)
{
    parser p = { text, text + n };
    char key[MAX_WORD], descr[MAX_WORD] = "";
    unsigned seen = 0;
    *out = (npy_header){ 0 };
    *unsupported = false;
    if (!n || text[n - 1] != '\n') return "does not end with a line's end";
    p.end--;
    if (!take(&p, '{')) return damaged;
    while (!take(&p, '}')) {
        if (!take_text(&p, key) || !take(&p, ':')) return damaged;
        const char *fault = take_value(&p, key, out, &seen, descr);
        if (fault) {
            *unsupported = fault != damaged && seen == DESCR;
            return fault;
        }
        if (!take(&p, ',') && (p.at == p.end || *p.at != '}')) return damaged;
    }
    skip_blanks(&p);
    if (p.at != p.end || seen != (DESCR | ORDER | SHAPE)) return damaged;
    if (out->rank > LOOM_MAX_RANK) {
        *unsupported = true;
        return "says more than four axes; save one block of it, or reshape it";
    }
    return find_type(descr, out, unsupported);
}
