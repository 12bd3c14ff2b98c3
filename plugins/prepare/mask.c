/* prepare.mask - where the specimen is in each image. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/gaussian.h"
#include "kit/noise.h"
#include "regions.h"
#include <omp.h>
#include <stdlib.h>

typedef struct params {
    double smooth, level, closing, buffer;
    int32_t parts;
} params;
enum { PARTS_LARGEST, PARTS_ALL };
static const char *const part_names[] = { "largest", "all", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, smooth, .unit = "pixel", .min = 0, .max = 32,
               .doc = "width of the Gaussian before thresholding; 0: the narrowest from 2 on after "
                      "which noise is a tenth of the contrast"),
    LOOM_PARAM(params, level, .def = 0.9, .min = 0.05, .max = 2,
               .doc = "threshold between the background's mean (0) and Otsu's threshold (1)"),
    LOOM_PARAM(params, closing, .unit = "pixel", .def = 5, .min = 0, .max = 256,
               .doc = "gaps up to twice this wide are closed"),
    LOOM_PARAM(params, buffer, .unit = "pixel", .def = 10, .min = 0, .max = 1024,
               .doc = "how far the mask reaches beyond the specimen"),
    LOOM_PARAM(params, parts, .choices = part_names,
               .doc = "the largest connected part, or all that are bright"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "a bright specimen on a darker background in every image", 0 }, { 0 }
};
static const loom_port outputs[] = {
    { "mask", "mask_series", "1 on the specimen and within `buffer` of it", 0 },
    { "table", "table", "one row per tilt: threshold, area, parts, whether it touches the edge",
      0 },
    { 0 }
};

/* A part of this share of the largest one is a second specimen. */
#define SECOND_PART 0.2
enum { TROUBLE_NONE, TROUBLE_CONTRAST, TROUBLE_EDGE, TROUBLE_PARTS, TROUBLE_AREA, TROUBLES };

typedef struct row {
    double threshold, sigma;
    int64_t area, parts, second; /* before the buffer; pixels of the second largest part */
    bool touches, empty;
} row;

typedef struct job {
    const params *p;
    const float *src;
    int64_t nt, ny, nx;
    const loom_noise *noise; /* [nt], or NULL */
    uint8_t *dst;
    row *rows;
} job;

typedef struct workspace {
    float *half, *smooth, *work;
    int32_t *label, *stack, *area;
} workspace;

/* ---- kernels --------------------------------------------------------------------------------- */

static void smooth_image(const job *j, int64_t k, double sigma, const workspace *w)
{
    loom_gaussian g;
    loom_gaussian_make(sigma, &g);
    loom_gaussian_axis(&g, LOOM_BORDER_REFLECT, j->src + k * j->ny * j->nx, j->ny, j->nx, 1,
                       w->half, 1);
    loom_gaussian_axis(&g, LOOM_BORDER_REFLECT, w->half, 1, j->ny, j->nx, w->smooth, 1);
}

/* Standard deviation of the noise of a smoothed pixel of the background: as known, or from second
 * differences of the image. */
static double smoothed_noise(const job *j, int64_t k, double level, double sigma)
{
    const float *v = j->src + k * j->ny * j->nx;
    double variance = 0;
    if (j->noise) variance = loom_noise_variance(j->noise + k, level);
    else {
        for (int64_t y = 0; y < j->ny; y++)
            for (int64_t x = 1; x < j->nx - 1; x++) {
                const float *at = v + y * j->nx + x;
                double d = (double)at[-1] - 2 * (double)at[0] + (double)at[1];
                variance += d * d / 6;
            }
        variance /= (double)(j->ny * (j->nx - 2));
    }
    return sqrt(variance / (4 * 3.14159265358979 * sigma * sigma));
}

/* Smooths as little as the noise allows; false where there is no contrast. */
static bool find_threshold(const job *j, int64_t k, const workspace *w, row *r)
{
    const double widest = 12, quiet = 0.1;
    otsu o = { 0 };
    for (r->sigma = j->p->smooth > 0 ? j->p->smooth : 2;; r->sigma *= 1.4) {
        smooth_image(j, k, r->sigma, w);
        if (!regions_otsu(w->smooth, j->ny * j->nx, &o)) return false;
        double noise = smoothed_noise(j, k, o.below, r->sigma), contrast = o.above - o.below;
        r->threshold = o.below + j->p->level * (o.threshold - o.below);
        if (noise <= quiet * contrast) return true;
        if (j->p->smooth > 0 || r->sigma * 1.4 > widest) return contrast > 6 * noise;
    }
}

static void keep_parts(const job *j, uint8_t *set, const workspace *w, row *r)
{
    int64_t n = j->ny * j->nx, best = 0, second = 0;
    int32_t parts = regions_label(set, j->ny, j->nx, w->label, w->stack), largest = 0;
    for (int32_t i = 0; i <= parts; i++) w->area[i] = 0;
    for (int64_t i = 0; i < n; i++) w->area[w->label[i]] += w->label[i] > 0;
    for (int32_t i = 1; i <= parts; i++) {
        if (w->area[i] > best) {
            second = best;
            best = w->area[i];
            largest = i;
        } else if (w->area[i] > second) second = w->area[i];
    }
    r->parts = parts;
    r->second = second;
    for (int64_t i = 0; i < n && j->p->parts == PARTS_LARGEST; i++) set[i] = w->label[i] == largest;
}

static bool touches_edge(const uint8_t *set, int64_t ny, int64_t nx)
{
    bool touches = false;
    for (int64_t x = 0; x < nx; x++) touches = touches || set[x] || set[(ny - 1) * nx + x];
    for (int64_t y = 0; y < ny; y++) touches = touches || set[y * nx] || set[y * nx + nx - 1];
    return touches;
}

static void make_mask(const job *j, int64_t k, const workspace *w)
{
    int64_t n = j->ny * j->nx;
    uint8_t *set = j->dst + k * n;
    row *r = j->rows + k;
    *r = (row){ 0 };
    if (!find_threshold(j, k, w, r)) {
        r->empty = true;
        r->area = n;
        memset(set, 1, (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++) set[i] = (double)w->smooth[i] > r->threshold;
    keep_parts(j, set, w, r);
    r->touches = touches_edge(set, j->ny, j->nx);
    regions_grow(set, j->ny, j->nx, j->p->closing, w->work);
    regions_fill(set, j->ny, j->nx, w->label, w->stack);
    regions_shrink(set, j->ny, j->nx, j->p->closing, w->work);
    for (int64_t i = 0; i < n; i++) r->area += set[i];
    regions_grow(set, j->ny, j->nx, j->p->buffer, w->work);
}

/* ---- warnings -------------------------------------------------------------------------------- */

static int compare_areas(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int trouble_of(const job *j, const row *r, double median)
{
    if (r->empty) return TROUBLE_CONTRAST;
    if (r->touches) return TROUBLE_EDGE;
    if (j->p->parts == PARTS_LARGEST && (double)r->second > SECOND_PART * (double)r->area)
        return TROUBLE_PARTS;
    return (double)r->area < 0.5 * median || (double)r->area > 2 * median ? TROUBLE_AREA
                                                                          : TROUBLE_NONE;
}

static void warn(loom_call *call, const job *j, double *areas)
{
    static const char *const texts[TROUBLES] = {
        "", "show no contrast between a specimen and its background: the mask is the whole image",
        "have the specimen at an edge of the image: totals and centres of mass will be wrong",
        "show a second bright part of more than a fifth of the largest, which is left out; "
        "`parts: all` takes all",
        "have a specimen of less than half or more than twice the usual area: do they show "
        "something else?"
    };
    int64_t count[TROUBLES] = { 0 }, first[TROUBLES];
    for (int64_t k = 0; k < j->nt; k++) areas[k] = (double)j->rows[k].area;
    qsort(areas, (size_t)j->nt, sizeof *areas, compare_areas);
    for (int64_t k = 0; k < j->nt; k++) {
        int what = trouble_of(j, j->rows + k, areas[j->nt / 2]);
        if (!count[what]++) first[what] = k;
    }
    for (int t = 1; t < TROUBLES; t++)
        if (count[t])
            call->host->warn(call, "tilts", "%lld of %lld tilts (the first is tilt %lld) %s",
                             (long long)count[t], (long long)j->nt, (long long)first[t], texts[t]);
}

/* ---- run ------------------------------------------------------------------------------------- */

static bool write_table(loom_call *call, const job *j)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "table");
    int64_t nt = j->nt;
    int32_t *tilt = h->add_array(call, table, "tilt", LOOM_I32, 1, &nt, NULL),
            *parts = h->add_array(call, table, "parts", LOOM_I32, 1, &nt, NULL),
            *touches = h->add_array(call, table, "touches_edge", LOOM_I32, 1, &nt, NULL);
    double *threshold = h->add_array(call, table, "threshold", LOOM_F64, 1, &nt, NULL),
           *area = h->add_array(call, table, "area", LOOM_F64, 1, &nt, "pixel"),
           *sigma = h->add_array(call, table, "smooth", LOOM_F64, 1, &nt, "pixel");
    if (!tilt || !parts || !touches || !threshold || !area || !sigma) return false;
    for (int64_t k = 0; k < nt; k++) {
        tilt[k] = (int32_t)k;
        parts[k] = (int32_t)j->rows[k].parts;
        touches[k] = j->rows[k].touches;
        threshold[k] = j->rows[k].threshold;
        area[k] = (double)j->rows[k].area;
        sigma[k] = j->rows[k].sigma;
    }
    return true;
}

static bool start(loom_call *call, const job *j, int threads, workspace *w)
{
    const loom_host *h = call->host;
    size_t n = (size_t)(j->ny * j->nx);
    for (int t = 0; t < threads; t++) {
        w[t].half = h->scratch(call, n * sizeof(float));
        w[t].smooth = h->scratch(call, n * sizeof(float));
        w[t].work = h->scratch(call, (2 * n + 4 * (size_t)(j->ny + j->nx) + 8) * sizeof(float));
        w[t].label = h->scratch(call, (3 * n + 1) * sizeof(int32_t));
        if (!w[t].half || !w[t].smooth || !w[t].work || !w[t].label) return false;
        w[t].stack = w[t].label + n;
        w[t].area = w[t].stack + n;
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (loom_array_count(images) < 1 || images->dim[1] < 4 || images->dim[2] < 4)
        return h->fail(call, LOOM_E_DATA, "tilts", "expected at least one image of 4 x 4 pixels");
    job j = { .p = param_struct,
              .src = images->data,
              .nt = images->dim[0],
              .ny = images->dim[1],
              .nx = images->dim[2] };
    int threads = h->threads(call);
    loom_noise *noise = h->scratch(call, (size_t)j.nt * sizeof *noise);
    workspace *w = h->scratch(call, (size_t)threads * sizeof *w);
    double *areas = h->scratch(call, (size_t)j.nt * sizeof *areas);
    j.rows = h->scratch(call, (size_t)j.nt * sizeof *j.rows);
    j.dst = h->add_array(call, h->output(call, "mask"), "mask", LOOM_U8, 3, images->dim, NULL);
    if (!noise || !w || !areas || !j.rows || !j.dst || !start(call, &j, threads, w))
        return LOOM_E_MEMORY;
    int known = loom_noise_read(call, "tilts", j.nt, noise);
    if (known < 0) return LOOM_E_DATA;
    j.noise = known ? noise : NULL;
    for (int64_t first = 0; first < j.nt; first += threads) {
        int64_t end = first + threads < j.nt ? first + threads : j.nt;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int64_t k = first; k < end; k++) make_mask(&j, k, w + (k - first));
        if (!h->progress(call, (double)end, (double)j.nt)) return LOOM_E_CANCELLED;
    }
    warn(call, &j, areas);
    return write_table(call, &j) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "tilts", "images");
    if (!a) return LOOM_E_DATA;
    out->uses_threads = true;
    out->bytes = (uint64_t)call->host->threads(call)
                     * (28 * (uint64_t)(a->dim[1] * a->dim[2])
                        + 16 * (uint64_t)(a->dim[1] + a->dim[2]) + 256)
                 + 128 * (uint64_t)a->dim[0];
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_OTSU_1979, { 0 } };

static const loom_op prepare_mask = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "prepare.mask",
    .summary = "Where the specimen is in each image, with a margin.",
    .method =
        "Every image is smoothed by a Gaussian as wide as its noise requires, thresholded between "
        "the mean of the background and Otsu's threshold, and reduced to its largest connected "
        "part; gaps are closed and holes filled, and the set grows by `buffer` (disks, by exact "
        "distances).",
    .citations = citations,
    .limits = "Bright specimens on a darker background that varies less than they are bright. "
              "Warns of tilts without contrast (their mask is the whole image), of specimens at "
              "an edge, of a second specimen, and of tilts whose area is far from the usual.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("prepare.mask", "1.0", "BSD-3-Clause", &prepare_mask);
