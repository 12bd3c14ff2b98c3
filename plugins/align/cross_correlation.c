/* align.cross_correlation - a series whose images lie pixels apart, brought together: each image
 * against the ones before it, outwards from one that stays. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/level.h"
#include "kit/table.h"
#include "register.h"
#include "spectrum.h"
#include <stdlib.h>

typedef struct params {
    double background, max_shift, band;
    int64_t reference, depth;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, reference, .def = -1, .min = -1, .max = 1e9,
               .doc = "number of the image that stays where it is, from 0; -1: the one of the "
                      "smallest tilt"),
    LOOM_PARAM(params, max_shift, .unit = "pixel", .min = 0, .max = 4096,
               .doc = "largest displacement from one image to the next along each axis; 0: "
                      "half the shorter edge"),
    LOOM_PARAM(params, band, .unit = "1/pixel", .def = 0.125, .min = 0.01, .max = 0.5,
               .doc = "highest frequency that counts: coarse shapes stay alike from tilt to tilt, "
                      "atoms do not"),
    LOOM_PARAM(params, depth, .def = 3, .min = 1, .max = 64, .flags = LOOM_ADVANCED,
               .doc = "images, placed before, whose mean an image is compared with"),
    LOOM_PARAM(
        params, background, .min = -1e30, .max = 1e30,
        .doc =
            "level of a pixel without specimen; adds to the attribute `background` of the series"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "images in the order of their tilts", 0 }, { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the images moved; everything else as it was", 0 },
    { "shifts", "table",
      "displacement of every image from the reference, and its correlation with the images that it "
      "was placed by",
      0 },
    { 0 }
};

/* An image below this share of the median correlation shows something else. */
#define MIN_CORRELATION 0.4

typedef struct chain {
    const params *p;
    const float *src;
    int64_t nt, ny, nx, reference;
    double max_px;
    registrar r;
    float complex *spec; /* [nt] spectra, each moved onto the reference once it is placed */
    float complex *pair; /* [2] the mean of those placed, the next image */
    float complex *product;
    float *signal, *work;
    double *shift, *correlation; /* [nt][2], [nt] */
} chain;

/* ---- kernels --------------------------------------------------------------------------------- */

/* Keeps what lies below the band, faded out by a cosine: by powers alone, which know nothing of
 * displacements. */
static void limit_band(const chain *c)
{
    const registrar *r = &c->r;
    for (int64_t y = 0; y < r->ny; y++) {
        int64_t f = 2 * y <= r->ny ? y : y - r->ny;
        double fy = (double)f / (double)r->ny;
        for (int64_t x = 0; x < r->hx; x++) {
            double q = hypot(fy, (double)x / (double)r->nx) / c->p->band;
            c->signal[y * r->hx + x] *= q < 1 ? (float)(0.5 + 0.5 * cos(LOOM_PI * q)) : 0;
        }
    }
}

/* spec moved back by (x, y). */
static void move_back(const registrar *r, double x, double y, float complex *spec)
{
    for (int64_t iy = 0; iy < r->ny; iy++) {
        int64_t f = 2 * iy <= r->ny ? iy : iy - r->ny;
        double py = 2 * LOOM_PI * (double)f * y / (double)r->ny;
        for (int64_t ix = 0; ix < r->hx; ix++)
            spec[iy * r->hx + ix] *=
                (float complex)cexp(I * (py + 2 * LOOM_PI * (double)ix * x / (double)r->nx));
    }
}

/* Image k by the mean of the images from `first`, `count` of them, that were placed before it. */
static void place(const chain *c, int64_t k, int64_t first, int64_t count, const double start[2])
{
    const registrar *r = &c->r;
    float complex *mean = c->pair, *own = c->pair + r->spec;
    double noise[2];
    memset(mean, 0, (size_t)r->spec * sizeof *mean);
    for (int64_t j = first; j < first + count; j++)
        for (int64_t i = 0; i < r->ny * r->hx; i++)
            mean[i] += c->spec[j * r->spec + i] / (float)count;
    memcpy(own, c->spec + k * r->spec, (size_t)r->spec * sizeof *own);
    registrar_power(r, c->pair, 2, c->work, noise, c->signal, NULL);
    limit_band(c);
    registrar_product(r, mean, noise[0], own, noise[1], c->signal, c->product);
    register_result found = registrar_find(r, c->product, start, c->max_px, c->work);
    c->shift[2 * k] = found.x;
    c->shift[2 * k + 1] = found.y;
    c->correlation[k] = found.correlation;
    move_back(r, found.x, found.y, c->spec + k * r->spec);
}

/* From the reference to one end of the series; each image is expected where the one before was. */
static bool follow(loom_call *call, const chain *c, int step, double *done)
{
    for (int64_t k = c->reference + step; k >= 0 && k < c->nt; k += step) {
        int64_t placed = llabs(k - c->reference),
                count = placed < c->p->depth ? placed : c->p->depth,
                first = step > 0 ? k - count : k + 1;
        place(c, k, first, count, c->shift + 2 * (k - step));
        if (!call->host->progress(call, ++*done, (double)c->nt + 1)) return false;
    }
    return true;
}

/* ---- decide ---------------------------------------------------------------------------------- */

static int64_t smallest_tilt(const loom_array *angles)
{
    const double *a = angles->data;
    int64_t best = 0;
    double least = HUGE_VAL;
    for (int64_t k = 0; k < angles->dim[0]; k++) {
        double tilt = hypot(hypot(a[3 * k], a[3 * k + 1]), a[3 * k + 2]);
        if (!(tilt < least)) continue;
        least = tilt;
        best = k;
    }
    return best;
}

static loom_status open_series(loom_call *call, const loom_array *images, chain *c)
{
    const loom_host *h = call->host;
    const loom_array *angles = loom_need(call, "tilts", "angles");
    if (!angles || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    c->src = images->data;
    c->nt = images->dim[0];
    c->ny = images->dim[1];
    c->nx = images->dim[2];
    if (loom_array_count(images) < 1 || c->ny < 8 || c->nx < 8)
        return h->fail(call, LOOM_E_DATA, "tilts",
                       "%lld images of %lld x %lld pixels; expected at least one of 8 x 8",
                       (long long)c->nt, (long long)c->ny, (long long)c->nx);
    if (c->p->reference >= c->nt)
        return h->fail(call, LOOM_E_DATA, "reference", "image %lld of %lld; expected 0 to %lld",
                       (long long)c->p->reference, (long long)c->nt, (long long)(c->nt - 1));
    c->reference = c->p->reference < 0 ? smallest_tilt(angles) : c->p->reference;
    double shorter = (double)(c->ny < c->nx ? c->ny : c->nx);
    c->max_px = c->p->max_shift > 0 ? fmin(c->p->max_shift, shorter / 2 - 1) : shorter / 2 - 1;
    return LOOM_OK;
}

static bool start(loom_call *call, chain *c)
{
    const loom_host *h = call->host;
    if (!registrar_start(call, c->ny, c->nx, &c->r)) return false;
    size_t spec = (size_t)c->r.spec * sizeof(float complex);
    c->spec = h->scratch(call, spec * (size_t)c->nt);
    c->pair = h->scratch(call, 2 * spec);
    c->product = h->scratch(call, spec);
    c->signal = h->scratch(call, (size_t)c->r.spec * sizeof(float));
    c->work = h->scratch(call, (size_t)registrar_work(&c->r) * sizeof(float));
    c->shift = h->scratch(call, (size_t)(3 * c->nt) * sizeof(double));
    if (!c->spec || !c->pair || !c->product || !c->signal || !c->work || !c->shift) return false;
    c->correlation = c->shift + 2 * c->nt;
    return true;
}

/* ---- run ------------------------------------------------------------------------------------- */

static bool find_shifts(loom_call *call, const chain *c)
{
    double done = 0;
    for (int64_t k = 0; k < c->nt; k++)
        registrar_spectrum(&c->r, c->src + k * c->ny * c->nx, c->work, c->spec + k * c->r.spec);
    c->shift[2 * c->reference] = c->shift[2 * c->reference + 1] = 0;
    c->correlation[c->reference] = 1;
    return follow(call, c, 1, &done) && follow(call, c, -1, &done);
}

static void warn_of_strangers(loom_call *call, const chain *c)
{
    int64_t bad = 0, first = 0;
    double mean = 0;
    for (int64_t k = 0; k < c->nt; k++) mean += c->correlation[k] / (double)c->nt;
    for (int64_t k = 0; k < c->nt; k++)
        if (c->correlation[k] < MIN_CORRELATION * mean && !bad++) first = k;
    if (bad)
        call->host->warn(call, "tilts",
                         "%lld of %lld images do not look like their neighbours (the first is "
                         "image %lld, correlation %.2f, mean %.2f): do they show something else? "
                         "leave them out (series.select) or edit their shifts",
                         (long long)bad, (long long)c->nt, (long long)first, c->correlation[first],
                         mean);
}

static bool write_shifts(loom_call *call, const chain *c, double *back)
{
    loom_value *table = call->host->output(call, "shifts");
    double *x = table ? loom_table_column(call, table, "shift_x", c->nt, "pixel") : NULL,
           *y = table ? loom_table_column(call, table, "shift_y", c->nt, "pixel") : NULL,
           *correlation = table ? loom_table_column(call, table, "correlation", c->nt, NULL) : NULL;
    if (!x || !y || !correlation) return false;
    for (int64_t k = 0; k < c->nt; k++) {
        x[k] = c->shift[2 * k];
        y[k] = c->shift[2 * k + 1];
        correlation[k] = c->correlation[k];
        back[2 * k] = -x[k];
        back[2 * k + 1] = -y[k];
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    chain c = { .p = param_struct };
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images) return LOOM_E_DATA;
    loom_status status = open_series(call, images, &c);
    if (status != LOOM_OK) return status;
    double *back = call->host->scratch(call, (size_t)(2 * c.nt) * sizeof *back);
    float *dst = moved_begin(call, images, loom_need(call, "tilts", "angles"));
    bool good = back && dst && start(call, &c), done = good && find_shifts(call, &c);
    registrar_end(&c.r);
    if (!good) return LOOM_E_MEMORY;
    if (!done) return LOOM_E_CANCELLED;
    warn_of_strangers(call, &c);
    if (!write_shifts(call, &c, back)) return LOOM_E_MEMORY;
    return moved_finish(call, images, loom_background(call, "tilts", c.p->background), back, dst);
}

static const loom_citation citations[] = { CITE_GUIZAR_2008, { 0 } };

static const loom_op align_cross_correlation = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "align.cross_correlation",
    .summary = "A series whose images lie pixels apart, each moved onto its neighbours.",
    .method =
        "From the image of the smallest tilt outwards, each image is compared with the mean of the "
        "`depth` images placed before it and moved to where the likelihood of their spectra is "
        "largest: a cross-correlation in which each frequency below `band` counts for what stands "
        "above the noise. Images fade out at their edges; half pixels first, then Newton's "
        "method. Images are moved by Fourier shifts.",
    .citations = citations,
    .limits = "Coarse: neighbours are different projections, and errors add up along the series. "
              "Finish with `align.common_line` or `align.refine`. What leaves an image on one side "
              "enters on the other.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("align.cross_correlation", "1.0", "BSD-3-Clause", &align_cross_correlation);
