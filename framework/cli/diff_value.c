/* cli/diff_value.c - two values number by number; see diff.h */
#include "cli/diff.h"
#include "store/value.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHORT = 120 };

static double entry(const loom_array *a, int64_t i)
{
    switch (a->dtype) {
    case LOOM_U8: return ((const uint8_t *)a->data)[i];
    case LOOM_I32: return ((const int32_t *)a->data)[i];
    case LOOM_I64: return (double)((const int64_t *)a->data)[i];
    case LOOM_F32: return (double)((const float *)a->data)[i];
    default: return ((const double *)a->data)[i];
    }
}

static void shape_text(const loom_array *a, char out[SHORT])
{
    assert(a->rank >= 0 && a->rank <= LOOM_MAX_RANK);
    int used = snprintf(out, SHORT, "%s", loom_dtype_text(a->dtype));
    for (int32_t k = 0; k < a->rank && used < SHORT; k++)
        used += snprintf(out + used, (size_t)(SHORT - used), "[%lld]", (long long)a->dim[k]);
    if (*a->unit && used < SHORT) snprintf(out + used, (size_t)(SHORT - used), " %s", a->unit);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* The word of a code, or the number itself. */
static void entry_text(const loom_value *v, const loom_array *a, int64_t i, char out[SHORT])
{
    assert(i >= 0 && i < loom_array_count(a));
    char key[VALUE_MAX_NAME + 16];
    snprintf(key, sizeof key, "categories.%s", a->name);
    const loom_attribute *words = a->dtype == LOOM_I32 ? value_attribute(v, key) : NULL;
    const char *w = words ? words->text : NULL;
    for (int64_t code = (int64_t)entry(a, i); w && code > 0; code--)
        w = strchr(w, '\n') ? strchr(w, '\n') + 1 : NULL;
    if (w) snprintf(out, SHORT, "%.*s", (int)strcspn(w, "\n"), w);
    else snprintf(out, SHORT, "%.6g%s%s", entry(a, i), *a->unit ? " " : "", a->unit);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

typedef struct counted {
    int64_t differ, at; /* how many; where the largest difference is */
    double most, squares, sum, scale;
} counted;

static counted count(const loom_array *a, const loom_array *b)
{
    counted c = { .at = -1 };
    int64_t n = loom_array_count(a);
    assert(n == loom_array_count(b));
    for (int64_t i = 0; i < n; i++) {
        double x = entry(a, i), y = entry(b, i), d = y - x;
        bool same = (isnan(x) && isnan(y)) || (x <= y && x >= y);
        c.scale += isnan(x) ? 0 : x * x;
        if (same) continue;
        c.differ++;
        if (isnan(d)) continue;
        c.squares += d * d;
        c.sum += d;
        if (c.at < 0 || fabs(d) > c.most) c.most = fabs(d), c.at = i;
    }
    return c;
}

static void compare_numbers(const char *of, const loom_value *va, const loom_array *a,
                            const loom_value *vb, const loom_array *b, diff_list *out)
{
    int64_t n = loom_array_count(a);
    assert(a->dtype == b->dtype && n == loom_array_count(b));
    char x[SHORT], y[SHORT + 200];
    if (n == 1) {
        entry_text(va, a, 0, x);
        entry_text(vb, b, 0, y);
        double from = entry(a, 0), to = entry(b, 0);
        bool same = (isnan(from) && isnan(to)) || (from <= to && from >= to);
        size_t used = strlen(y);
        if (!same && fabs(from) > 0 && isfinite(to / from) && used + 16 < sizeof y)
            snprintf(y + used, sizeof y - used, " (%+.2g %%)", 100 * (to - from) / fabs(from));
        if (!same || strcmp(x, y) != 0) diff_add(out, of, a->name, x, y);
        return;
    }
    counted c = count(a, b);
    if (!c.differ) return;
    shape_text(a, x);
    double rms = sqrt(c.squares / (double)n), size = sqrt(c.scale / (double)n);
    snprintf(y, sizeof y,
             "%lld of %lld numbers differ, by at most %.4g (number %lld), root mean square %.4g, "
             "mean %.4g; numbers of size %.4g",
             (long long)c.differ, (long long)n, c.most, (long long)c.at, rms, c.sum / (double)n,
             size);
    diff_add(out, of, a->name, x, y);
}

static bool is_same_shape(const loom_array *a, const loom_array *b)
{
    if (a->dtype != b->dtype || a->rank != b->rank || strcmp(a->unit, b->unit) != 0) return false;
    for (int32_t k = 0; k < a->rank; k++)
        if (a->dim[k] != b->dim[k]) return false;
    return true;
}

/* Of arrays of other shapes: what they are, and their mean. */
static void compare_shapes(const char *of, const loom_array *a, const loom_array *b, diff_list *out)
{
    char x[SHORT + 40], y[SHORT + 40];
    const loom_array *both[] = { a, b };
    char *texts[] = { x, y };
    for (int k = 0; k < 2; k++) {
        double sum = 0;
        int64_t n = loom_array_count(both[k]);
        for (int64_t i = 0; i < n; i++) sum += entry(both[k], i);
        shape_text(both[k], texts[k]);
        size_t used = strlen(texts[k]);
        if (n) snprintf(texts[k] + used, 40, ", mean %.6g", sum / (double)n);
    }
    diff_add(out, of, a->name, x, y);
}

static void compare_arrays(const char *of, const loom_value *a, const loom_value *b, diff_list *out)
{
    const loom_array *x, *y;
    char shape[SHORT];
    for (int64_t i = 0; (x = value_array_at(a, i)); i++) {
        y = value_array(b, x->name);
        shape_text(x, shape);
        if (!y) diff_add(out, of, x->name, shape, NULL);
        else if (!is_same_shape(x, y)) compare_shapes(of, x, y, out);
        else compare_numbers(of, a, x, b, y, out);
    }
    for (int64_t i = 0; (y = value_array_at(b, i)); i++) {
        shape_text(y, shape);
        if (!value_array(a, y->name)) diff_add(out, of, y->name, NULL, shape);
    }
}

/* ---- attributes ------------------------------------------------------------------------------ */

static void attribute_text(const loom_attribute *a, char out[SHORT])
{
    if (!a->text) snprintf(out, SHORT, "%.6g%s%s", a->number, *a->unit ? " " : "", a->unit);
    else snprintf(out, SHORT, "%.*s%s", 60, a->text, strlen(a->text) > 60 ? "..." : "");
    for (char *c = out; *c; c++)
        if (*c == '\n') *c = ' ';
}

static bool is_same_attribute(const loom_attribute *a, const loom_attribute *b)
{
    if (!a->text != !b->text || strcmp(a->unit, b->unit) != 0) return false;
    if (a->text) return !strcmp(a->text, b->text);
    return (isnan(a->number) && isnan(b->number))
           || (a->number <= b->number && a->number >= b->number);
}

static void compare_attributes(const char *of, const loom_value *a, const loom_value *b,
                               diff_list *out)
{
    const loom_attribute *x, *y;
    char before[SHORT], after[SHORT];
    for (int64_t i = 0; (x = value_attribute_at(a, i)); i++) {
        y = value_attribute(b, x->name);
        if (y && is_same_attribute(x, y)) continue;
        attribute_text(x, before);
        if (y) attribute_text(y, after);
        diff_add(out, of, x->name, before, y ? after : NULL);
    }
    for (int64_t i = 0; (y = value_attribute_at(b, i)); i++) {
        if (value_attribute(a, y->name)) continue;
        attribute_text(y, after);
        diff_add(out, of, y->name, NULL, after);
    }
}

void diff_values(const char *of, const loom_value *a, const loom_value *b, diff_list *out)
{
    assert(of && a && b);
    if (strcmp(value_type(a), value_type(b)) != 0)
        diff_add(out, of, "type", value_type(a), value_type(b));
    compare_arrays(of, a, b, out);
    compare_attributes(of, a, b, out);
}
