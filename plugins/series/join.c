/* series.join - several series into one. */
#include "series/series.h"
#include <stdlib.h>

typedef struct params {
    bool sort;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, sort,
               .doc = "tilts in order of theta; otherwise series after series, in their order"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "series with images of one size, pixel and level", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = { { "tilts", "tilt_series", "all their tilts", 0 }, { 0 } };

/* Pixel sizes that differ by less are measurements of one. */
#define SAME_PIXEL 0.01

/* Tilt `k` of series `from`. */
typedef struct row {
    int64_t from, k, order;
    double theta;
} row;

typedef struct joining {
    loom_call *call;
    series *part; /* [parts] */
    int64_t parts, nt;
    row *rows; /* [nt] */
    loom_value *out;
} joining;

/* ---- what contradicts ------------------------------------------------------------------------ */

static double number_of(const series *s, const char *name)
{
    double number = 0;
    s->call->host->number(s->value, name, &number);
    return number;
}

static bool is_same_number(const joining *j, int64_t i, const char *name, double within,
                           const char *advice)
{
    double a = number_of(&j->part[0], name), b = number_of(&j->part[i], name);
    if (fabs(a - b) <= within * fmax(fabs(a), fabs(b))) return true;
    j->call->host->fail(j->call, LOOM_E_DATA, "tilts",
                        "'%s' is %g in series 0 and %g in series %lld; %s", name, a, b,
                        (long long)i, advice);
    return false;
}

static bool fits_first(const joining *j, int64_t i)
{
    const series *a = &j->part[0], *b = &j->part[i];
    const loom_host *h = j->call->host;
    if (a->ny != b->ny || a->nx != b->nx)
        h->fail(j->call, LOOM_E_DATA, "tilts",
                "images of series 0 have %lld x %lld pixels (y, x), those of series %lld have "
                "%lld x %lld; crop or bin them alike",
                (long long)a->ny, (long long)a->nx, (long long)i, (long long)b->ny,
                (long long)b->nx);
    else if (strcmp(a->images->unit, b->images->unit))
        h->fail(j->call, LOOM_E_DATA, "tilts",
                "images of series 0 are in '%s', those of series %lld in '%s'", a->images->unit,
                (long long)i, b->images->unit);
    else
        return is_same_number(j, i, "pixel_size", SAME_PIXEL, "bin one of them, or correct it")
               && is_same_number(j, i, "counts", 0, "read both as counts or neither")
               && is_same_number(j, i, "background", 1e-6, "bring both to one level first");
    return false;
}

static bool take_parts(joining *j)
{
    const loom_host *h = j->call->host;
    j->parts = h->input_count(j->call, "tilts");
    j->part = h->scratch(j->call, (size_t)j->parts * sizeof *j->part);
    for (int64_t i = 0; j->part && i < j->parts; i++) {
        series *s = &j->part[i];
        if (!series_take_at(j->call, i, s) || !loom_need_finite(j->call, "tilts", s->angles)
            || !fits_first(j, i))
            return false;
        j->nt += s->nt;
    }
    return j->part != NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static int compare_rows(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int by_angle = (x->theta > y->theta) - (x->theta < y->theta);
    return by_angle ? by_angle : (x->order > y->order) - (x->order < y->order);
}

static bool list_rows(joining *j, bool sort)
{
    int64_t n = 0;
    j->rows = j->call->host->scratch(j->call, (size_t)j->nt * sizeof *j->rows);
    if (!j->rows) return false;
    for (int64_t i = 0; i < j->parts; i++)
        for (int64_t k = 0; k < j->part[i].nt; k++, n++) {
            double theta = ((const double *)j->part[i].angles->data)[3 * k + 1];
            j->rows[n] = (row){ .from = i, .k = k, .order = n, .theta = theta };
        }
    if (sort) qsort(j->rows, (size_t)n, sizeof *j->rows, compare_rows);
    return true;
}

/* Does every series have this array, of one type and shape but for the first axis? */
static bool is_in_all(const joining *j, const loom_array *first)
{
    for (int64_t i = 0; i < j->parts; i++) {
        const loom_array *a = j->call->host->array(j->part[i].value, first->name);
        if (!a || a->rank != first->rank || a->dtype != first->dtype
            || strcmp(a->unit, first->unit))
            return false;
        for (int32_t k = 1; k < a->rank; k++)
            if (a->dim[k] != first->dim[k]) return false;
    }
    return true;
}

static bool is_per_tilt(const joining *j, const char *name)
{
    for (int64_t i = 0; i < j->parts; i++) {
        const loom_array *a = j->call->host->array(j->part[i].value, name);
        if (!a->rank || a->dim[0] != j->part[i].nt) return false;
    }
    return true;
}

static bool is_one_content(const joining *j, const loom_array *first)
{
    size_t bytes = (size_t)loom_array_count(first) * loom_dtype_bytes(first->dtype);
    for (int64_t i = 1; i < j->parts; i++) {
        const loom_array *a = j->call->host->array(j->part[i].value, first->name);
        if (loom_array_count(a) != loom_array_count(first) || memcmp(a->data, first->data, bytes))
            return false;
    }
    return true;
}

static bool join_array(const joining *j, const loom_array *first)
{
    const loom_host *h = j->call->host;
    int64_t dim[LOOM_MAX_RANK];
    memcpy(dim, first->dim, sizeof dim);
    dim[0] = j->nt;
    char *dst =
        h->add_array(j->call, j->out, first->name, first->dtype, first->rank, dim, first->unit);
    size_t bytes =
        (size_t)(loom_array_count(first) / first->dim[0]) * loom_dtype_bytes(first->dtype);
    for (int64_t n = 0; dst && n < j->nt; n++) {
        const loom_array *a = h->array(j->part[j->rows[n].from].value, first->name);
        memcpy(dst + (size_t)n * bytes, (const char *)a->data + (size_t)j->rows[n].k * bytes,
               bytes);
    }
    return dst != NULL;
}

/* What belongs to tilts follows them; what is the same everywhere stays. */
static bool join_arrays(const joining *j)
{
    const loom_host *h = j->call->host;
    const loom_array *a;
    for (int64_t i = 0; (a = h->array_at(j->part[0].value, i)); i++) {
        bool good = true, in_all = is_in_all(j, a);
        if (h->array(j->out, a->name)) continue; /* noise, joined already */
        if (in_all && is_per_tilt(j, a->name)) good = join_array(j, a);
        else if (in_all && is_one_content(j, a)) good = loom_pass_array(j->call, a, j->out);
        else h->note(j->call, "array '%s' is not passed on: the series differ", a->name);
        if (!good) return false;
    }
    return true;
}

/* ---- noise and attributes -------------------------------------------------------------------- */

static bool has_noise_arrays(const series *s)
{
    const loom_host *h = s->call->host;
    return h->array(s->value, "noise_gain") || h->array(s->value, "noise_read")
           || h->array(s->value, "offset") || h->array(s->value, "noise_factor");
}

/* Columns that one series lacks have their assumed values there. False after failing. */
static bool join_noise(const joining *j)
{
    const loom_host *h = j->call->host;
    loom_noise *noise = h->scratch(j->call, (size_t)j->nt * sizeof *noise),
               *joined = h->scratch(j->call, (size_t)j->nt * sizeof *joined);
    int64_t first = 0;
    int known = 0;
    bool columns = false;
    if (!noise || !joined) return false;
    for (int64_t i = 0; i < j->parts; first += j->part[i++].nt) {
        int here = loom_noise_read_at(j->call, "tilts", i, j->part[i].nt, noise + first);
        if (here < 0) return false;
        if (i && here != known) {
            h->fail(j->call, LOOM_E_DATA, "tilts",
                    "the noise of series %lld is known, that of series %lld is not; estimate it "
                    "there first (denoise.estimate_noise)",
                    (long long)(known ? 0 : i), (long long)(known ? i : 0));
            return false;
        }
        known = here;
        columns = columns || has_noise_arrays(&j->part[i]);
    }
    for (int64_t n = 0; n < j->nt; n++) joined[n] = noise[j->rows[n].order];
    return !columns || loom_noise_write(j->call, j->out, j->nt, joined, NULL);
}

static bool has_attribute(const series *s, const loom_attribute *a)
{
    const loom_attribute *b;
    for (int64_t i = 0; (b = s->call->host->attribute_at(s->value, i)); i++) {
        if (strcmp(a->name, b->name)) continue;
        if (a->text || b->text) return a->text && b->text && !strcmp(a->text, b->text);
        return a->number <= b->number && a->number >= b->number && !strcmp(a->unit, b->unit);
    }
    return false;
}

static bool all_have(const joining *j, const loom_attribute *a)
{
    for (int64_t i = 1; i < j->parts; i++)
        if (!has_attribute(&j->part[i], a)) return false;
    return true;
}

/* The dose is that of all tilts; where one series says none, nobody knows the sum. */
static void join_dose(const joining *j)
{
    double sum = 0, dose;
    for (int64_t i = 0; i < j->parts; i++) {
        if (!j->call->host->number(j->part[i].value, "dose", &dose)) return;
        sum += dose;
    }
    j->call->host->set_number(j->call, j->out, "dose", sum, "e/angstrom^2");
}

static void join_attributes(const joining *j)
{
    const loom_host *h = j->call->host;
    const loom_attribute *a;
    bool estimated = false;
    for (int64_t i = 0; i < j->parts; i++) {
        const char *model = h->text(j->part[i].value, "noise_model");
        estimated = estimated || (model && !strcmp(model, "estimated"));
    }
    if (estimated) h->set_text(j->call, j->out, "noise_model", "estimated");
    join_dose(j);
    for (int64_t i = 0; (a = h->attribute_at(j->part[0].value, i)); i++) {
        bool ours = !strcmp(a->name, "dose") || (estimated && !strcmp(a->name, "noise_model")),
             checked = !strcmp(a->name, "pixel_size") || !strcmp(a->name, "background");
        if (ours) continue;
        if (!checked && !all_have(j, a))
            h->note(j->call, "'%s' is not passed on: the series differ", a->name);
        else if (a->text) h->set_text(j->call, j->out, a->name, a->text);
        else h->set_number(j->call, j->out, a->name, a->number, a->unit);
    }
}

/* ---- run ------------------------------------------------------------------------------------- */

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    joining j = { .call = call, .out = call->host->output(call, "tilts") };
    if (!j.out) return LOOM_E_MEMORY;
    if (!take_parts(&j)) return LOOM_E_DATA;
    if (!list_rows(&j, p->sort)) return LOOM_E_MEMORY;
    if (!join_noise(&j)) return LOOM_E_DATA;
    if (!join_arrays(&j)) return LOOM_E_MEMORY;
    join_attributes(&j);
    return LOOM_OK;
}

static const loom_op series_join = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.join",
    .summary = "Several tilt series joined into one.",
    .method = "Images and all that belongs to a tilt one after another, or by theta with `sort`. "
              "Doses are added. Where a series of counts meets one whose noise is in columns, the "
              "columns say of the counts what they are (gain 1, the rest 0). Images of different "
              "sizes, pixel sizes that differ by more than 1 % (that of the first is kept), counts "
              "next to images that are none, different `background` and noise known in one series "
              "alone are errors that name both. Other attributes that differ are left out.",
    .cites = "none",
    .limits = "Angles are taken as they are: series from two sessions, or about two axes, need "
              "one orientation first. Intensities are not made alike (`series.normalise`).",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.join", "1.0", "BSD-3-Clause", &series_join);
