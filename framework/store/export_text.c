/* store/export_text.c - see export_inside.h */
#include "store/export_inside.h"
#include "base/new_file.h"
#include "base/utf8.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool export_whole(const char *path, const text *head, const void *body, size_t body_bytes, error *e)
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
bool export_does_not_fit(const loom_value *v, const char *format, const char *why, error *e)
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

/* The shortest text that reads back as the same number. 15 digits (6 for a float) hold every
 * shorter one, as %g drops zeros. */
void export_real(double x, bool is_float, text *out)
{
    char s[40];
    for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (is_float ? strtof(s, NULL) == (float)x : strtod(s, NULL) == x) break;
    }
    text_puts(out, s);
}

void export_element(const loom_array *a, int64_t i, const char *not_finite, text *out)
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
    if (isfinite(x)) export_real(x, a->dtype == LOOM_F32, out);
    else text_puts(out, not_finite ? not_finite : isnan(x) ? "nan" : x < 0 ? "-inf" : "inf");
}

bool export_is_clean(const char *s, size_t n)
{
    for (size_t i = 0, bytes; i < n; i += bytes) {
        bytes = utf8_read(s + i, n - i, NULL);
        if (!bytes || ((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\t') || s[i] == 127)
            return false;
    }
    return true;
}
