/* kit/fit_input.c - see fit_input.h */
#include "kit/fit_input.h"
#include "kit/check.h"
#include "kit/column.h"
#include "kit/gaussian.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* standard deviations of the priors about the poses as given: they fix what no image can tell, a */
#define SPREAD_SHIFT_PX 5.0
#define SPREAD_ANGLE_DEG 2.0 /* movement or rotation of the whole experiment */
#define SPREAD_SCALE 0.2
#define SPREAD_BLUR_PX2 0.3
#define WIDTH_UNKNOWN_A 0.5 /* of a corrected probe, a source and thermal vibration */
#define TAIL_MOST 2.0       /* widths, of the wider of the two that a tail starts from */

const char *const loom_hold_names[LOOM_HOLD_COUNT + 1] = { "positions", "heights",    "widths",
                                                           "tail",      "background", "scale",
                                                           "shifts",    "angles",     "blur",
                                                           NULL };

static loom_status read_hold(loom_call *call, loom_strings hold, bool held[LOOM_HOLD_COUNT])
{
    assert(hold.n >= 0 && (hold.v || !hold.n));
    for (int64_t i = 0; i < hold.n; i++) {
        int k = 0;
        while (k < LOOM_HOLD_COUNT && strcmp(hold.v[i], loom_hold_names[k]) != 0) k++;
        if (k == LOOM_HOLD_COUNT)
            return call->host->fail(
                call, LOOM_E_PARAM, "hold",
                "'%s' is not an unknown of the model; known are positions, heights, widths, "
                "tail, background, scale, shifts, angles and blur",
                hold.v[i]);
        held[k] = true;
    }
    return LOOM_OK;
}

loom_status loom_fit_input_read(loom_call *call, loom_strings hold, loom_fit_input *p)
{
    const loom_host *h = call->host;
    p->call = call;
    if (loom_polynomial_degree(p->background) < -1)
        return h->fail(call, LOOM_E_PARAM, "background_terms",
                       "%d terms; a polynomial in the plane has 1, 3, 6, 10 or 15", p->background);
    p->images = loom_need(call, "tilts", "images");
    p->angles = loom_need(call, "tilts", "angles");
    p->position = loom_need_of(call, "atoms", p->which, "position");
    p->species = loom_need_of(call, "atoms", p->which, "species");
    if (!p->images || !p->angles || !p->position || !p->species
        || !loom_need_number(call, "tilts", "pixel_size", &p->pixel_A))
        return LOOM_E_DATA;
    p->nt = p->images->dim[0];
    p->ny = p->images->dim[1];
    p->nx = p->images->dim[2];
    p->n = p->position->dim[0];
    if (p->n < 2)
        return h->fail(call, LOOM_E_DATA, "atoms", "%lld atom%s; a refinement needs at least two",
                       (long long)p->n, p->n == 1 ? "" : "s");
    if (!loom_need_finite(call, "tilts", p->images) || !loom_need_finite(call, "tilts", p->angles)
        || !loom_need_finite(call, "atoms", p->position))
        return LOOM_E_DATA;
    const int32_t *species = p->species->data;
    for (int64_t j = 0; j < p->n; j++) {
        if (species[j] < 0 || species[j] >= LOOM_MAX_CLASSES)
            return h->fail(
                call, LOOM_E_DATA, "atoms",
                "atom %lld has species %d; at most %d species can have a width of their own",
                (long long)j, (int)species[j], LOOM_MAX_CLASSES);
        if (species[j] >= p->classes) p->classes = species[j] + 1;
    }
    return read_hold(call, hold, p->held);
}

/* ---- noise ----------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Variance of white noise in an image, from second differences along x, which a smooth object
 * hardly has. */
static double rough_variance(const float *image, int64_t ny, int64_t nx, float *work)
{
    assert(ny > 0 && nx > 0);
    int64_t n = 0;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 1; x < nx - 1; x++)
            work[n++] =
                fabsf(image[y * nx + x - 1] - 2 * image[y * nx + x] + image[y * nx + x + 1]);
    if (!n) return 0;
    qsort(work, (size_t)n, sizeof *work, ascending);
    double median = (double)work[n / 2] / 0.6745;
    return median * median / 6;
}

static bool estimate_noise(const loom_fit_input *p, loom_fit_noise *noise)
{
    int64_t pixels = p->ny * p->nx;
    float *work = p->call->host->scratch(p->call, (size_t)pixels * sizeof(float));
    if (!work) return false;
    for (int64_t k = 0; k < p->nt; k++) {
        const float *image = (const float *)p->images->data + k * pixels;
        double mean = 0, variance = rough_variance(image, p->ny, p->nx, work);
        for (int64_t i = 0; i < pixels; i++) mean += (double)image[i] / (double)pixels;
        /* shot noise of the mean image; where there is none, one level for all */
        noise[k] = mean > 0 ? (loom_fit_noise){ .gain = fmax(variance / mean, 1e-12) }
                            : (loom_fit_noise){ .gain = 1, .read = sqrt(fmax(variance, 1e-12)) };
    }
    p->call->host->release(p->call, work);
    return true;
}

/* An array of one number per tilt that travels with the series, or NULL. */
static const double *per_tilt(const loom_fit_input *p, const char *name)
{
    const loom_array *a = p->call->host->array(p->call->host->input(p->call, "tilts", 0), name);
    return a && a->dtype == LOOM_F64 && a->rank == 1 && a->dim[0] == p->nt ? a->data : NULL;
}

static bool read_noise(loom_fit_input *p)
{
    const loom_host *h = p->call->host;
    const loom_value *tilts = h->input(p->call, "tilts", 0);
    const double *gain = per_tilt(p, "noise_gain"), *read = per_tilt(p, "noise_read"),
                 *offset = per_tilt(p, "offset");
    double counts = 0;
    p->noise = h->scratch(p->call, (size_t)p->nt * sizeof *p->noise);
    if (!p->noise) return false;
    h->number(tilts, "counts", &counts);
    p->noise_from = gain         ? "the series' noise model"
                    : counts > 0 ? "counts"
                                 : "an estimate from the images";
    if (!gain && !(counts > 0)) {
        h->warn(p->call, "tilts",
                "the series carries no noise model and is not marked as counts; the noise was "
                "estimated from the images, so likelihoods "
                "and standard errors are approximate; pass the raw images with `counts: true`, or "
                "through denoise.estimate_noise");
        return estimate_noise(p, p->noise);
    }
    for (int64_t k = 0; k < p->nt; k++)
        p->noise[k] = (loom_fit_noise){ .gain = gain && gain[k] > 0 ? gain[k] : 1,
                                        .read = read ? read[k] : 0,
                                        .level = offset ? -offset[k] : 0 };
    return true;
}

/* ---- start ----------------------------------------------------------------------------------- */

static const loom_array *column(const loom_fit_input *p, const char *port, int64_t which,
                                const char *name, int64_t n)
{
    const loom_host *h = p->call->host;
    const loom_array *a = h->array(h->input(p->call, port, which), name);
    return a && a->dtype == LOOM_F64 && a->rank == 1 && a->dim[0] == n ? a : NULL;
}

/* Poses: the series' angles, and the columns of the table `poses` by name, of which the shifts must
 * be there: a table of shifts, as aligning makes it, is one of poses. */
static loom_status start_views(const loom_fit_input *p, loom_fit *f)
{
    static const char *const names[] = { "shift_x", "shift_y", "phi", "theta",
                                         "psi",     "scale",   "blur" };
    static const char *const pose_units[] = { "pixel",  "pixel", "degree", "degree",
                                              "degree", NULL,    "pixel^2" };
    const loom_host *h = p->call->host;
    bool table = h->input(p->call, "poses", 0) != NULL;
    int64_t views = VIEW_BACKGROUND + f->background;
    double level = 0;
    h->number(h->input(p->call, "tilts", 0), "background", &level);
    for (int64_t k = 0; k < p->nt; k++) {
        double *v = f->view + k * views;
        memcpy(v + VIEW_PHI, (const double *)p->angles->data + 3 * k, 3 * sizeof(double));
        v[VIEW_SCALE] = 1;
        if (f->background) v[VIEW_BACKGROUND] = level;
    }
    for (int i = 0; table && i < VIEW_BACKGROUND; i++) {
        if (i > VIEW_Y && !h->array(h->input(p->call, "poses", 0), names[i])) continue;
        const double *v =
            loom_need_column(p->call, "poses", names[i], pose_units[i], p->nt, "tilts");
        if (!v) return LOOM_E_DATA;
        for (int64_t k = 0; k < p->nt; k++) f->view[k * views + i] = v[k];
    }
    memcpy(f->view_start, f->view, (size_t)(views * p->nt) * sizeof(double));
    return LOOM_OK;
}

static void start_atoms(const loom_fit_input *p, loom_fit *f)
{
    assert(p->n <= f->room && p->pixel_A > 0);
    const loom_array *height = column(p, "atoms", p->which, "height", p->n);
    const double *position = p->position->data;
    f->n = p->n;
    for (int64_t j = 0; j < p->n; j++) {
        for (int i = 0; i < 3; i++) f->atom[LOOM_ATOM * j + i] = position[3 * j + i] / p->pixel_A;
        double h = height ? ((const double *)height->data)[j] : 1;
        f->atom[LOOM_ATOM * j + 3] = h > 0 ? h : 1e-3;
        f->class[j] = ((const int32_t *)p->species->data)[j];
    }
}

static void set_free(const loom_fit_input *p, loom_fit *f)
{
    f->free = (loom_fit_free){ .position = !p->held[LOOM_HOLD_POSITIONS],
                               .height = !p->held[LOOM_HOLD_HEIGHTS] };
    bool *view = f->free.view;
    view[VIEW_X] = view[VIEW_Y] = !p->held[LOOM_HOLD_SHIFTS];
    view[VIEW_PHI] = view[VIEW_THETA] = view[VIEW_PSI] = !p->held[LOOM_HOLD_ANGLES];
    view[VIEW_SCALE] = !p->held[LOOM_HOLD_SCALE];
    view[VIEW_BLUR] = !p->held[LOOM_HOLD_BLUR];
    for (int32_t t = 0; t < f->background; t++)
        view[VIEW_BACKGROUND + t] = !p->held[LOOM_HOLD_BACKGROUND];
    for (int32_t c = 0; c < f->classes; c++) f->free.common[c] = !p->held[LOOM_HOLD_WIDTHS];
    f->free.common[f->classes + COMMON_TAIL] = f->free.common[f->classes + COMMON_SPREAD] =
        !p->held[LOOM_HOLD_TAIL];
    f->view_spread[VIEW_X] = f->view_spread[VIEW_Y] = SPREAD_SHIFT_PX;
    f->view_spread[VIEW_PHI] = f->view_spread[VIEW_THETA] = f->view_spread[VIEW_PSI] =
        SPREAD_ANGLE_DEG;
    f->view_spread[VIEW_SCALE] = SPREAD_SCALE;
    f->view_spread[VIEW_BLUR] = SPREAD_BLUR_PX2;
}

/* Far from the true width the first steps take atoms for noise, or noise for atoms. */
static double width_of_starts(const loom_fit_input *p)
{
    const loom_host *h = p->call->host;
    double width;
    for (int64_t i = 0; i < h->input_count(p->call, "atoms"); i++)
        if (h->number(h->input(p->call, "atoms", i), "image_width", &width) && width > 0)
            return width;
    return WIDTH_UNKNOWN_A;
}

loom_status loom_fit_input_open(loom_fit_input *p, double width_A, double tail, double tail_width_A,
                                int64_t room, loom_fit *f)
{
    assert(room >= p->n && width_A >= 0);
    if (!read_noise(p)) return LOOM_E_MEMORY;
    if (!(width_A > 0)) width_A = width_of_starts(p);
    *f = (loom_fit){ .call = p->call,
                     .images = p->images->data,
                     .noise = p->noise,
                     .room = room,
                     .nt = p->nt,
                     .ny = p->ny,
                     .nx = p->nx,
                     .classes = p->classes,
                     .background = p->background,
                     .threads = p->call->host->threads(p->call) };
    set_free(p, f);
    if (!loom_fit_open(f)) return LOOM_E_MEMORY;
    double sigma = width_A / p->pixel_A, wide = tail_width_A / p->pixel_A;
    for (int32_t c = 0; c < f->classes; c++)
        f->common[c] = fmax(LOOM_IMAGING_MIN_SIGMA, fmin(LOOM_IMAGING_MAX_SIGMA, sigma));
    f->common[f->classes + COMMON_TAIL] = tail;
    f->spread_least = sigma * sigma / 4;
    f->spread_most = fmin(TAIL_MOST * TAIL_MOST * fmax(sigma * sigma, wide * wide),
                          LOOM_GAUSSIAN_MAX_SIGMA * LOOM_GAUSSIAN_MAX_SIGMA / 1.1);
    f->common[f->classes + COMMON_SPREAD] =
        fmin(fmax(wide * wide - sigma * sigma, f->spread_least), f->spread_most);
    f->trust_px = 0.5 * sigma;
    start_atoms(p, f);
    return start_views(p, f);
}

bool loom_fit_leave_out(const loom_fit_input *p, int64_t every, loom_fit *f)
{
    assert(every >= 0 && !f->used);
    uint8_t *used = p->call->host->scratch(p->call, (size_t)p->nt);
    if (!used) return false;
    for (int64_t k = 0; k < p->nt; k++) used[k] = !(every > 0 && k % every == every / 2);
    f->used = used;
    return true;
}
