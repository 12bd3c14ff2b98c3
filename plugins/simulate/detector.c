/* simulate.detector - what a counting detector makes of simulated images: dose, background,
 * electrons, gain and read noise. */
#include "counting.h"
#include "kit/check.h"
#include <omp.h>
#include <assert.h>

typedef struct params {
    counting_params counting;
} params;
static const loom_param param_table[] = { COUNTING_PARAMS(params, counting), { 0 } };
static const loom_port inputs[] = {
    { "tilts", "tilt_series",
      "fraction of the beam that reaches the detector, 0 to 1 per pixel, as simulate.multislice "
      "and simulate.prism give it",
      0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "what the detector records, frames summed", LOOM_FRESH },
    { "frames", "frames", "the single scans", LOOM_FRESH },
    { "expected", "tilt_series", "expected electrons, background included", LOOM_FRESH },
    { "background", "tilt_series", "the part of `expected` that is background", LOOM_FRESH },
    { 0 }
};

/* What is known of the noise of the images that come in is not true of the counts. */
static const char *const not_of_counts[] = { "noise_gain",   "noise_read",  "offset",
                                             "noise_factor", "noise_model", NULL };

typedef struct exposure {
    counting c;
    int64_t tilts;
    const float *fraction;
    float *sum, *frames, *expected, *background;
} exposure;

/* Fractions of a beam are finite and within 0 .. 1; a blurred image may fall below 0 by rounding.
 */
static loom_status check_fractions(loom_call *call, const loom_array *images)
{
    const loom_host *h = call->host;
    const float *v = images->data;
    int64_t page = images->dim[1] * images->dim[2];
    if (!loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    for (int64_t i = 0; i < images->dim[0] * page; i++)
        if (v[i] < -1e-6F || v[i] > 1)
            return h->fail(call, LOOM_E_DATA, "tilts",
                           "tilt %lld has %g at row %lld, column %lld; expected the fraction of "
                           "the beam that reaches the detector, 0 to 1: connect images as "
                           "simulate.prism gives them, before any scaling",
                           (long long)(i / page), (double)v[i],
                           (long long)(i % page / images->dim[2]), (long long)(i % images->dim[2]));
    return LOOM_OK;
}

static float *start_series(loom_call *call, const char *port, const loom_array *images,
                           const loom_array *angles, double pixel_size, double dose)
{
    const loom_host *h = call->host;
    loom_value *v = h->output(call, port);
    float *made = h->add_array(call, v, "images", LOOM_F32, 3, images->dim, NULL);
    double *to = h->add_array(call, v, "angles", LOOM_F64, 2, angles->dim, "degree");
    if (!made || !to) return NULL;
    memcpy(to, angles->data, sizeof *to * (size_t)(angles->dim[0] * angles->dim[1]));
    h->set_number(call, v, "pixel_size", pixel_size, "angstrom");
    h->set_number(call, v, "dose", dose, "e/angstrom^2");
    h->set_number(call, v, "counts", 0, "");
    return made;
}

static bool start_outputs(loom_call *call, const loom_array *images, double pixel_size, exposure *e)
{
    const loom_host *h = call->host;
    const counting_params *p = e->c.p;
    const loom_array *angles = h->array(h->input(call, "tilts", 0), "angles");
    loom_value *frames = h->output(call, "frames");
    int64_t dim[4] = { e->tilts, p->frames, e->c.ny, e->c.nx };
    double plain = counting_is_plain(p);
    e->sum = start_series(call, "tilts", images, angles, pixel_size, p->dose);
    e->expected = start_series(call, "expected", images, angles, pixel_size, p->dose);
    e->background = start_series(call, "background", images, angles, pixel_size, p->dose);
    e->frames = h->add_array(call, frames, "images", LOOM_F32, 4, dim, NULL);
    double *to = h->add_array(call, frames, "angles", LOOM_F64, 2, angles->dim, "degree");
    if (!e->sum || !e->expected || !e->background || !e->frames || !to) return false;
    memcpy(to, angles->data, sizeof *to * (size_t)(angles->dim[0] * angles->dim[1]));
    h->set_number(call, frames, "pixel_size", pixel_size, "angstrom");
    h->set_number(call, frames, "dose", p->dose, "e/angstrom^2");
    h->set_number(call, frames, "counts", plain, "");
    h->set_number(call, h->output(call, "tilts"), "counts", plain, "");
    return true;
}

static void expose_tilt(const exposure *e, int64_t it, float *field, float *wave)
{
    assert(it >= 0 && it < e->tilts && e->c.p->frames > 0);
    int64_t pixels = e->c.ny * e->c.nx, frames = e->c.p->frames;
    counting_background(&e->c, it, wave, field);
    for (int64_t i = 0; i < pixels; i++) e->background[it * pixels + i] = (float)frames * field[i];
    for (int64_t f = 0; f < frames; f++) {
        int64_t k = it * frames + f;
        counting_detect(&e->c, k, e->fraction + it * pixels, field, e->expected + it * pixels,
                        e->frames + k * pixels, e->sum + it * pixels);
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *images = loom_need(call, "tilts", "images");
    double pixel_size;
    if (!images || !loom_need_number(call, "tilts", "pixel_size", &pixel_size)) return LOOM_E_DATA;
    if (loom_array_count(images) == 0 || !(pixel_size > 0))
        return h->fail(
            call, LOOM_E_DATA, "tilts",
            "%lld images of %lld x %lld pixels of %g angstrom; there is nothing to count",
            (long long)images->dim[0], (long long)images->dim[1], (long long)images->dim[2],
            pixel_size);
    loom_status status = check_fractions(call, images);
    if (status != LOOM_OK) return status;
    exposure e = { .tilts = images->dim[0], .fraction = images->data };
    e.c = counting_begin(&p->counting, e.tilts, images->dim[1], images->dim[2], pixel_size);
    int threads = h->threads(call);
    size_t pixels = (size_t)(e.c.ny * e.c.nx), lane = pixels + counting_wave_floats(e.c.ny, e.c.nx);
    float *work = h->scratch(call, sizeof *work * lane * (size_t)threads);
    if (!work || !start_outputs(call, images, pixel_size, &e)) return LOOM_E_MEMORY;
    int64_t batch = 4 * threads; /* tilts between two reports of progress */
    for (int64_t first = 0; first < e.tilts; first += batch) {
        int64_t end = first + batch < e.tilts ? first + batch : e.tilts;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int64_t it = first; it < end; it++) {
            float *field = work + lane * (size_t)omp_get_thread_num();
            expose_tilt(&e, it, field, field + pixels);
        }
        if (!h->progress(call, (double)end, (double)e.tilts)) return LOOM_E_CANCELLED;
    }
    for (int k = 0; outputs[k].name; k++)
        if (!loom_pass_rest_as(call, h->input(call, "tilts", 0), h->output(call, outputs[k].name),
                               (loom_rest){ .but = not_of_counts }))
            return LOOM_E_MEMORY;
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images) return LOOM_E_DATA;
    out->uses_threads = true;
    out->bytes =
        sizeof(float)
        * (uint64_t)(images->dim[1] * images->dim[2] + 2 * (images->dim[1] + images->dim[2]))
        * (uint64_t)call->host->threads(call);
    return LOOM_OK;
}

static const loom_op simulate_detector = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.detector",
    .summary = "Counts of simulated images: dose, background of the support, electrons, gain and "
               "read noise.",
    .method = "Expected electrons per pixel and frame: dose / (tilts * frames) * (area of a pixel) "
              "* (fraction + background). Background, electrons and detector are those of "
              "simulate.tilt_series, to the bit for the same seed; this op takes images of any "
              "other simulation, such as simulate.prism.",
    .cites = "none",
    .limits = "Images are taken as they are: no displacement, drift or jitter. Every pixel is one "
              "position of the probe, so the pixel is the step of the scan.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("simulate.detector", "1.0", "BSD-3-Clause", &simulate_detector);
