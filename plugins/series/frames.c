/* series.frames - images of one tilt that follow each other become its frames. */
#include "series/series.h"
#include <assert.h>

typedef struct params {
    int64_t per_tilt;
    double same;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, per_tilt, .min = 0, .max = 1e6,
               .doc = "images of each tilt; 0: as many as have one angle"),
    LOOM_PARAM(params, same, .unit = "degree", .def = 0.01, .min = 0, .max = 10,
               .doc = "angles that differ by no more are those of one tilt"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "several images of each tilt, one after another", 0 }, { 0 }
};
static const loom_port outputs[] = { { "frames", "frames", "the same images by tilt", 0 }, { 0 } };

/* Do images a and b have the same three angles? */
static bool is_one_tilt(const series *s, double same, int64_t a, int64_t b)
{
    assert(a >= 0 && a < s->nt && b >= 0 && b < s->nt);
    const double *angles = s->angles->data;
    for (int i = 0; i < 3; i++)
        if (fabs(angles[3 * a + i] - angles[3 * b + i]) > same) return false;
    return true;
}

/* Images per tilt; 0 after failing. */
static int64_t count_frames(const series *s, const params *p)
{
    const loom_host *h = s->call->host;
    int64_t nf = p->per_tilt > 0 ? p->per_tilt : 1;
    while (!p->per_tilt && nf < s->nt && is_one_tilt(s, p->same, 0, nf)) nf++;
    if (s->nt % nf) {
        h->fail(s->call, LOOM_E_DATA, "tilts",
                "%lld images cannot be tilts of %lld frames each%s; leave images out "
                "(series.select)",
                (long long)s->nt, (long long)nf,
                p->per_tilt ? ", as 'per_tilt' asks" : ", as the first angle has");
        return 0;
    }
    for (int64_t k = 0; k < s->nt; k++) {
        int64_t first = k - k % nf;
        if (is_one_tilt(s, p->same, first, k)) continue;
        h->fail(s->call, LOOM_E_DATA, "tilts",
                "images %lld and %lld are frames of one tilt, %lld each, but have theta %g and %g",
                (long long)first, (long long)k, (long long)nf,
                ((const double *)s->angles->data)[3 * first + 1],
                ((const double *)s->angles->data)[3 * k + 1]);
        return 0;
    }
    return nf;
}

/* Frames have one noise per tilt: images whose noise differs cannot be frames of one. */
static bool is_noise_alike(const series *s, int64_t nf)
{
    assert(nf > 0 && s->nt % nf == 0);
    const loom_host *h = s->call->host;
    loom_noise *noise = h->scratch(s->call, (size_t)s->nt * sizeof *noise);
    int known = noise ? loom_noise_read(s->call, "tilts", s->nt, noise) : -1;
    for (int64_t k = 0; known > 0 && k < s->nt; k++) {
        int64_t first = k - k % nf;
        if (!memcmp(&noise[first], &noise[k], sizeof *noise)) continue;
        h->fail(s->call, LOOM_E_DATA, "tilts",
                "images %lld and %lld are frames of one tilt, but differ in their noise "
                "(noise_gain %g and %g)",
                (long long)first, (long long)k, noise[first].gain, noise[k].gain);
        return false;
    }
    return known >= 0;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    series s;
    if (!series_take(call, &s)) return LOOM_E_DATA;
    int64_t nf = count_frames(&s, param_struct);
    if (!nf || !is_noise_alike(&s, nf)) return LOOM_E_DATA;
    int64_t nt = s.nt / nf, *row = h->scratch(call, (size_t)nt * sizeof *row);
    loom_value *out = h->output(call, "frames");
    float *dst = out ? h->add_array(call, out, "images", LOOM_F32, 4,
                                    (int64_t[]){ nt, nf, s.ny, s.nx }, s.images->unit)
                     : NULL;
    if (!dst || !row) return LOOM_E_MEMORY;
    memcpy(dst, s.images->data, (size_t)loom_array_count(s.images) * sizeof *dst);
    for (int64_t k = 0; k < nt; k++) row[k] = k * nf;
    return loom_pass_rest_rows(call, s.value, out, row, nt) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_op series_frames = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.frames",
    .summary = "Images of one tilt that follow each other become its frames.",
    .method = "For scanners that write every fast scan as an image of its own: images with equal "
              "angles one after another are frames of a tilt, for `align.frames` to register and "
              "add. The noise of a tilt is that of its frames; the dose stays.",
    .cites = "none",
    .limits = "Every tilt has the same number of frames. Columns of a tilt are those of its first "
              "frame. `series.tilts` is the way back.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.frames", "1.0", "BSD-3-Clause", &series_frames);
