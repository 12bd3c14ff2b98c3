/* store/export.c - see export.h */
#include "store/export.h"
#include "base/json.h"
#include "base/show.h"
#include "store/describe.h"
#include "store/export_inside.h"
#include "store/store.h"
#include <atomloom/types.h>
#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IN_JSON = 1000000 };

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
    return npy_array(v, path)
           || export_does_not_fit(v, "npy", "it is not clear which array is meant", e);
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
    bool good = export_whole(path, &head, a->data,
                             (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype), e);
    text_free(&dictionary);
    text_free(&head);
    return good;
}

/* ---- json ------------------------------------------------------------------------------------ */

/* Bytes that are not UTF-8 are written out (\xf6), so that two names stay two. */
static void put_string(const char *s, text *out)
{
    text clean = { 0 };
    if (s && !export_is_clean(s, strlen(s))) {
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
        export_element(a, at, "null", out);
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
        if (isfinite(t->number)) export_real(t->number, false, out);
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
    return export_does_not_fit(v, "json", why, e);
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
    bool good = export_whole(path, &out, NULL, 0, e);
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
                                  { "csv", export_csv_fits, export_csv },
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
