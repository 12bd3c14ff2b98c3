/* series.select - some of the tilts. */
#include "series/series.h"
#include <assert.h>

typedef struct params {
    loom_ints indices, drop;
    loom_reals range;
    int64_t every, offset;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, indices, .min = 0, .max = 1e9,
               .doc = "tilts to keep, counted from 0, in this order; empty: all"),
    LOOM_PARAM(params, range, .unit = "degree", .min = -360, .max = 360,
               .flags = LOOM_LENGTH(0) | LOOM_LENGTH(2),
               .doc = "keep those with theta from the first to the second angle; empty: all"),
    LOOM_PARAM(params, drop, .min = 0, .max = 1e9, .doc = "tilts to leave out, counted from 0"),
    LOOM_PARAM(params, every, .def = 1, .min = 1, .max = 1e6,
               .doc = "of what is left, keep every n-th"),
    LOOM_PARAM(params, offset, .min = 0, .max = 1e6, .doc = "which of them: the first kept"),
    { 0 }
};
static const loom_port inputs[] = { { "tilts", "tilt_series", "any series", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the tilts kept", 0 },
    { "others", "tilt_series", "the tilts left out, in their order; not made where none are",
      LOOM_OPTIONAL },
    { 0 }
};

static bool check_indices(const series *s, const char *name, const loom_ints *list)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->v[i] >= s->nt) {
            s->call->host->fail(s->call, LOOM_E_PARAM, name,
                                "'%s' has %lld, but there are %lld tilts, 0 to %lld", name,
                                (long long)list->v[i], (long long)s->nt, (long long)(s->nt - 1));
            return false;
        }
    return true;
}

static bool is_dropped(const params *p, double theta, int64_t k)
{
    for (int64_t i = 0; i < p->drop.n; i++)
        if (p->drop.v[i] == k) return true;
    return p->range.n == 2 && (theta < p->range.v[0] || theta > p->range.v[1]);
}

/* Rows to keep into keep[], those left out into rest[]. */
static int64_t choose(const series *s, const params *p, int64_t *keep, int64_t *rest,
                      int64_t *left_out)
{
    assert(p->every > 0 && p->offset >= 0 && p->offset < p->every);
    int64_t kept = 0, seen = 0, n = p->indices.n ? p->indices.n : s->nt;
    const double *angles = s->angles->data;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = p->indices.n ? p->indices.v[i] : i;
        if (is_dropped(p, angles[3 * k + 1], k)) continue;
        if (seen++ % p->every == p->offset) keep[kept++] = k;
    }
    *left_out = 0;
    for (int64_t k = 0; k < s->nt; k++) {
        bool found = false;
        for (int64_t i = 0; i < kept && !found; i++) found = keep[i] == k;
        if (!found) rest[(*left_out)++] = k;
    }
    return kept;
}

static loom_status copy_rows(const series *s, const char *port, const int64_t *row, int64_t n)
{
    const loom_host *h = s->call->host;
    int64_t pixels = s->ny * s->nx;
    loom_value *out = h->output(s->call, port);
    float *images = h->add_array(s->call, out, "images", LOOM_F32, 3,
                                 (int64_t[]){ n, s->ny, s->nx }, s->images->unit);
    double *angles =
        h->add_array(s->call, out, "angles", LOOM_F64, 2, (int64_t[]){ n, 3 }, s->angles->unit);
    double dose;
    if (!images || !angles) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        assert(row[i] >= 0 && row[i] < s->nt);
        memcpy(images + i * pixels, series_image(s, row[i]), (size_t)pixels * sizeof *images);
        memcpy(angles + 3 * i, (const double *)s->angles->data + 3 * row[i], 3 * sizeof *angles);
    }
    if (h->number(s->value, "dose", &dose)) /* of the whole series, evenly spread */
        h->set_number(s->call, out, "dose", dose * (double)n / (double)s->nt, "e/angstrom^2");
    return loom_pass_rest_rows(s->call, s->value, out, row, n) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    series s;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    if (!check_indices(&s, "indices", &p->indices) || !check_indices(&s, "drop", &p->drop))
        return LOOM_E_PARAM;
    if (p->range.n && (p->range.n != 2 || p->range.v[0] > p->range.v[1]))
        return h->fail(call, LOOM_E_PARAM, "range", "'range' must be two angles, the lesser first");
    if (p->offset >= p->every)
        return h->fail(call, LOOM_E_PARAM, "offset",
                       "'offset' is %lld; expected 0 to every - 1, %lld", (long long)p->offset,
                       (long long)(p->every - 1));
    size_t room = (size_t)(s.nt + p->indices.n);
    int64_t *keep = h->scratch(call, room * sizeof *keep),
            *rest = h->scratch(call, room * sizeof *rest), left_out;
    if (!keep || !rest) return LOOM_E_MEMORY;
    int64_t kept = choose(&s, p, keep, rest, &left_out);
    if (!kept) return h->fail(call, LOOM_E_PARAM, NULL, "no tilt is left of %lld", (long long)s.nt);
    loom_status status = copy_rows(&s, "tilts", keep, kept);
    if (status || !left_out) return status;
    return copy_rows(&s, "others", rest, left_out);
}

static const loom_op series_select = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.select",
    .summary = "Some of the tilts of a series, and the others.",
    .method = "First `indices`, then `range` and `drop`, then one in `every`. "
              "All that belongs to a tilt follows it; the dose is shared by the number of tilts. "
              "With `every: 10` the output `others` has nine tilts in ten to reconstruct from, and "
              "`tilts` those to compare with (R_free).",
    .cites = "none",
    .limits = "Angles are theta; series about several axes are chosen by index.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.select", "1.0", "BSD-3-Clause", &series_select);
