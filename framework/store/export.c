/* store/export.c - see export.h */
#include "store/export.h"
#include "base/json.h"
#include "base/new_file.h"
#include "base/show.h"
#include "base/utf8.h"
#include "store/describe.h"
#include "store/store.h"
#include <atomloom/types.h>
#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IN_JSON = 1000000 };

static bool write_whole(const char *path, const text *head, const void *body, size_t body_bytes,
                        error *e)
{
    assert(body || !body_bytes);
    if (head->failed) return error_memory(e, "writing a file");
    return new_file_whole(path, head->data, head->length, body, body_bytes, e);
}

static void list_arrays(const loom_value *v, text *out)
{
    const loom_array *a;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        text_printf(out, "%s%s ", i ? ", " : "", a->name);
        for (int k = 0; k < a->rank; k++) text_printf(out, "[%lld]", (long long)a->dim[k]);
        if (!a->rank) text_puts(out, "(one number)");
    }
    if (!out->length) text_puts(out, "none");
}

/* The failure of a format that the value does not fit. */
static bool does_not_fit(const loom_value *v, const char *format, const char *why, error *e)
{
    text arrays = { 0 };
    list_arrays(v, &arrays);
    error_set(e, LOOM_E_DATA,
              "export it as .h5, which holds everything, or name one array: FILE.ARRAY.npy",
              "a value of type %s cannot be written as .%s: %s; its arrays: %s", value_type(v),
              format, why, arrays.data ? arrays.data : "?");
    text_free(&arrays);
    return false;
}

/* ---- npy ------------------------------------------------------------------------------------- */

/* "x.density.npy" asks for the array density. */
static const loom_array *named_in(const loom_value *v, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path,
               *end = strrchr(name, '.');
    const loom_array *a, *found = NULL;
    for (int64_t i = 0; end && (a = value_array_at(v, i)); i++) {
        size_t n = strlen(a->name);
        if ((size_t)(end - name) > n && end[-(ptrdiff_t)n - 1] == '.'
            && !strncmp(end - n, a->name, n))
            found = a;
    }
    return found;
}

static const loom_array *npy_array(const loom_value *v, const char *path)
{
    const loom_array *named = named_in(v, path);
    return named ? named : value_main_array(v);
}

static bool npy_fits(const loom_value *v, const char *path, error *e)
{
    return npy_array(v, path) || does_not_fit(v, "npy", "it is not clear which array is meant", e);
}

static bool export_npy(const loom_value *v, const char *path, error *e)
{
    static const char *const types[] = { "|u1", "<i4", "<i8", "<f4", "<f8" };
    const loom_array *a = npy_array(v, path);
    assert((size_t)a->dtype < sizeof types / sizeof *types);
    text dictionary = { 0 }, head = { 0 };
    text_printf(&dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (", types[a->dtype]);
    for (int i = 0; i < a->rank; i++)
        text_printf(&dictionary, "%lld,%s", (long long)a->dim[i], i + 1 < a->rank ? " " : "");
    text_puts(&dictionary, "), }");
    /* the data begins at a multiple of 64 */
    while ((10 + dictionary.length + 1) % 64) text_putc(&dictionary, ' ');
    text_putc(&dictionary, '\n');
    uint16_t length = (uint16_t)dictionary.length;
    text_add(&head, "\x93NUMPY\x01\x00", 8);
    text_add(&head, &length, sizeof length);
    if (dictionary.failed) head.failed = true;
    else text_add(&head, dictionary.data, dictionary.length);
    bool good = write_whole(path, &head, a->data,
                            (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype), e);
    text_free(&dictionary);
    text_free(&head);
    return good;
}

/* ---- numbers in text ------------------------------------------------------------------------- */

/* The shortest text that reads back as the same number. 15 digits (6 for a float) hold every
 * shorter one, as %g drops zeros. */
static void put_real(double x, bool is_float, text *out)
{
    char s[40];
    for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (is_float ? strtof(s, NULL) == (float)x : strtod(s, NULL) == x) break;
    }
    text_puts(out, s);
}

static void put_element(const loom_array *a, int64_t i, const char *not_finite, text *out)
{
    assert(i >= 0 && i < loom_array_count(a));
    double x = 0;
    switch (a->dtype) {
    case LOOM_U8: text_printf(out, "%u", ((const uint8_t *)a->data)[i]); return;
    case LOOM_I32: text_printf(out, "%d", ((const int32_t *)a->data)[i]); return;
    case LOOM_I64: text_printf(out, "%lld", (long long)((const int64_t *)a->data)[i]); return;
    case LOOM_F32: x = (double)((const float *)a->data)[i]; break;
    default: x = ((const double *)a->data)[i]; break;
    }
    if (isfinite(x)) put_real(x, a->dtype == LOOM_F32, out);
    else text_puts(out, not_finite ? not_finite : isnan(x) ? "nan" : x < 0 ? "-inf" : "inf");
}

/* ---- csv ------------------------------------------------------------------------------------- */

/* Text that is not UTF-8, or holds control characters, with these written out: \xf6. */
static bool is_clean(const char *s, size_t n)
{
    for (size_t i = 0, bytes; i < n; i += bytes) {
        bytes = utf8_read(s + i, n - i, NULL);
        if (!bytes || ((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\t') || s[i] == 127)
            return false;
    }
    return true;
}

static void put_quoted(const char *s, size_t n, text *out)
{
    bool quote = !n || *s == '#' || strchr(" \t", s[0]) || strchr(" \t", s[n - 1]);
    for (size_t i = 0; i < n; i++) quote = quote || strchr(",;\"\n", s[i]);
    if (quote) text_putc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') text_putc(out, '"');
        text_putc(out, s[i]);
    }
    if (quote) text_putc(out, '"');
}

static void put_field(const char *s, size_t n, text *out)
{
    text clean = { 0 };
    bool good = is_clean(s, n);
    if (!good) show_line(&clean, s, n);
    if (good) put_quoted(s, n, out);
    else if (clean.failed) out->failed = true;
    else put_quoted(clean.data, clean.length, out);
    text_free(&clean);
}

/* What follows the name for column `j` of a rank-2 array: the conventions of types.h for triples,
 * else its number. */
static void put_suffix(const loom_array *a, int64_t j, text *out)
{
    assert(a->rank == 2 && j >= 0 && j < a->dim[1]);
    static const char *const position[] = { "x", "y", "z" }, *const angle[] = { "phi", "theta",
                                                                                "psi" };
    bool triple = a->dim[1] == 3;
    if (triple && !strcmp(a->unit, "angstrom")) text_printf(out, "_%s", position[j]);
    else if (triple && !strcmp(a->unit, "degree")) text_printf(out, "_%s", angle[j]);
    else text_printf(out, "_%lld", (long long)j);
}

static void put_header(const loom_value *v, text *out)
{
    const loom_array *a;
    text name = { 0 };
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        for (int64_t j = 0; j < (a->rank == 2 ? a->dim[1] : 1); j++) {
            text_clear(&name);
            text_puts(&name, a->name);
            if (a->rank == 2) put_suffix(a, j, &name);
            while (a->rank == 2 && name.data && value_array(v, name.data)) text_putc(&name, '_');
            if (*a->unit) text_printf(&name, " [%s]", a->unit);
            if (out->length) text_putc(out, ',');
            if (name.failed) out->failed = true;
            else put_field(name.data, name.length, out);
        }
    text_putc(out, '\n');
    text_free(&name);
}

/* The words of a column of codes, NULL where it has none. */
static const char *words_of(const loom_value *v, const loom_array *a)
{
    assert(strlen(a->name) <= VALUE_MAX_NAME);
    char name[256];
    snprintf(name, sizeof name, "categories.%s", a->name);
    const loom_attribute *t =
        a->dtype == LOOM_I32 && a->rank == 1 ? value_attribute(v, name) : NULL;
    return t ? t->text : NULL;
}

static bool put_word(const char *words, int32_t code, text *out)
{
    const char *end = strchr(words, '\n');
    for (; code > 0 && end; code--, end = strchr(words, '\n')) words = end + 1;
    if (code != 0) return false;
    put_field(words, end ? (size_t)(end - words) : strlen(words), out);
    return true;
}

static void put_row(const loom_value *v, int64_t row, text *out)
{
    assert(row >= 0);
    const loom_array *a;
    size_t start = out->length;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        int64_t columns = a->rank == 2 ? a->dim[1] : 1;
        const char *words = words_of(v, a);
        for (int64_t j = 0; j < columns; j++) {
            if (out->length > start) text_putc(out, ',');
            if (!words || !put_word(words, ((const int32_t *)a->data)[row], out))
                put_element(a, row * columns + j, NULL, out);
        }
    }
    text_putc(out, '\n');
}

static bool csv_fits(const loom_value *v, const char *path, error *e)
{
    const loom_array *first = value_array_at(v, 0), *a;
    (void)path;
    if (!first) return does_not_fit(v, "csv", "it has no arrays", e);
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (a->rank < 1 || a->rank > 2 || a->dim[0] != first->dim[0])
            return does_not_fit(v, "csv",
                                "columns must be arrays of rank 1 or 2 with equally many rows", e);
    return true;
}

static bool export_csv(const loom_value *v, const char *path, error *e)
{
    const loom_array *first = value_array_at(v, 0);
    assert(first /* csv_fits refuses a value without arrays */);
    text out = { 0 };
    put_header(v, &out);
    for (int64_t row = 0; row < first->dim[0] && !out.failed; row++) put_row(v, row, &out);
    bool good = write_whole(path, &out, NULL, 0, e);
    text_free(&out);
    return good;
}

/* ---- json ------------------------------------------------------------------------------------ */

/* Bytes that are not UTF-8 are written out (\xf6), so that two names stay two. */
static void put_string(const char *s, text *out)
{
    text clean = { 0 };
    if (s && !is_clean(s, strlen(s))) {
        show_line(&clean, s, strlen(s));
        out->failed |= clean.failed;
        s = clean.data;
    }
    json_quoted(out, s);
    text_free(&clean);
}

/* Nested lists, slowest axis outermost. */
static int64_t put_nested(const loom_array *a, int axis, int64_t at, text *out)
{
    assert(axis >= 0 && at >= 0 && at <= loom_array_count(a));
    if (axis >= a->rank || axis >= LOOM_MAX_RANK) {
        put_element(a, at, "null", out);
        return at + 1;
    }
    text_putc(out, '[');
    for (int64_t i = 0; i < a->dim[axis] && !out->failed; i++) {
        if (i) text_puts(out, ", ");
        at = put_nested(a, axis + 1, at, out);
    }
    text_putc(out, ']');
    return at;
}

static void put_json_attributes(const loom_value *v, text *out)
{
    const loom_attribute *t;
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++) {
        text_puts(out, i ? ",\n    " : "\n    ");
        put_string(t->name, out);
        text_puts(out, ": ");
        if (t->text) {
            put_string(t->text, out);
            continue;
        }
        text_puts(out, "{\"value\": ");
        if (isfinite(t->number)) put_real(t->number, false, out);
        else text_puts(out, "null");
        text_puts(out, ", \"unit\": ");
        put_string(t->unit, out);
        text_putc(out, '}');
    }
}

static void put_json_arrays(const loom_value *v, text *out)
{
    const loom_array *a;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        text_puts(out, i ? ",\n    " : "\n    ");
        put_string(a->name, out);
        text_printf(out, ": {\"dtype\": \"%s\", \"shape\": [", loom_dtype_text(a->dtype));
        for (int k = 0; k < a->rank; k++)
            text_printf(out, "%s%lld", k ? ", " : "", (long long)a->dim[k]);
        text_puts(out, "], \"unit\": ");
        put_string(a->unit, out);
        text_puts(out, ", \"data\": ");
        put_nested(a, 0, 0, out);
        text_putc(out, '}');
    }
}

static bool json_fits(const loom_value *v, const char *path, error *e)
{
    char why[96];
    const loom_array *a;
    int64_t numbers = 0;
    (void)path;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) numbers += loom_array_count(a);
    if (numbers <= MAX_IN_JSON) return true;
    snprintf(why, sizeof why, "it holds %lld numbers, and at most %d are written as JSON",
             (long long)numbers, MAX_IN_JSON);
    return does_not_fit(v, "json", why, e);
}

static bool export_json(const loom_value *v, const char *path, error *e)
{
    text out = { 0 };
    text_puts(&out, "{\n  \"type\": ");
    put_string(value_type(v), &out);
    text_puts(&out, ",\n  \"attributes\": {");
    put_json_attributes(v, &out);
    text_puts(&out, "\n  },\n  \"arrays\": {");
    put_json_arrays(v, &out);
    text_puts(&out, "\n  }\n}\n");
    bool good = write_whole(path, &out, NULL, 0, e);
    text_free(&out);
    return good;
}

/* ---- by extension ---------------------------------------------------------------------------- */

static bool always_fits(const loom_value *v, const char *path, error *e)
{
    (void)v, (void)path, (void)e;
    return true;
}

typedef bool export_step(const loom_value *v, const char *path, error *e);
typedef struct format {
    const char *extension;
    export_step *fits, *write;
} format;
static const format formats[] = { { "h5", always_fits, value_write_h5 },
                                  { "npy", npy_fits, export_npy },
                                  { "csv", csv_fits, export_csv },
                                  { "json", json_fits, export_json } };
enum { FORMATS = sizeof formats / sizeof *formats };

static const format *format_of(const char *extension)
{
    for (int i = 0; i < FORMATS; i++)
        if (!strcmp(formats[i].extension, extension)) return &formats[i];
    return NULL;
}

bool value_export_known(const char *extension) { return format_of(extension) != NULL; }

const char *value_export_format(int index)
{
    assert(index >= 0);
    return index < FORMATS ? formats[index].extension : NULL;
}

bool value_export_fits(const loom_value *v, const char *path, const char *extension, error *e)
{
    const format *f = format_of(extension);
    if (f) return f->fits(v, path, e);
    return error_set(e, LOOM_E_PARAM,
                     "use .h5, .npy, .csv or .json, or an extension that an op writes (`atomloom "
                     "ops` lists writers)",
                     "no way to write a %s as '.%s'", value_type(v), extension);
}

bool value_export(const loom_value *v, const char *path, const char *extension, error *e)
{
    if (!value_export_fits(v, path, extension, e)) return false;
    /* decimal points, whatever the user's locale */
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
    bool good = format_of(extension)->write(v, path, e);
    uselocale(before);
    if (c) freelocale(c);
    return good;
}

/* ---- what a file does not hold --------------------------------------------------------------- */

/* Attributes without which a value of the type is not whole (types.h). */
static bool is_required(const char *type, const char *name)
{
#define ROW(of, attribute, kind, unit, required, doc) \
    if (required && !strcmp(type, of) && !strcmp(name, attribute)) return true;
    LOOM_TYPE_ATTRIBUTES(ROW)
#undef ROW
    return false;
}

static void put_left_out(text *out, const char *name)
{
    if (out->length) text_puts(out, ", ");
    show_line(out, name, strlen(name));
}

void value_export_left_out(const loom_value *v, const char *path, const char *extension, text *out)
{
    bool npy = !strcmp(extension, "npy");
    const loom_array *a, *written = npy ? npy_array(v, path) : NULL;
    const loom_attribute *t;
    if ((!npy && strcmp(extension, "csv") != 0) || (npy && named_in(v, path))) return;
    for (int64_t i = 0; npy && (a = value_array_at(v, i)); i++)
        if (a != written) put_left_out(out, a->name);
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++)
        if (is_required(value_type(v), t->name)) put_left_out(out, t->name);
}
