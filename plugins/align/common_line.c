/* align.common_line - a series of one tilt axis aligned without a reconstruction: along the axis by
 * the profile that all tilts share, across it by the centre of mass. */
#include "axis.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/noise.h"
#include "spectrum.h"
#include <assert.h>
#include <complex.h>
#include <fftw3.h>

typedef struct params {
    double background, search, angle_range;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, background, .min = -1e30, .max = 1e30,
               .doc =
                   "level of a pixel without specimen; adds to the attribute `background` of the "
                   "series"),
    LOOM_PARAM(params, search, .unit = "pixel", .def = 8, .min = 0.5, .max = 512,
               .doc = "how far along the axis the profiles may place a tilt from where its centre "
                      "of mass does"),
    LOOM_PARAM(params, angle_range, .unit = "degree", .def = 5, .min = 0, .max = 45,
               .doc = "directions of the tilt axis, about y, that are tried; 0: none"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "the whole specimen in every image, without background", 0 }, { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the images moved; everything else as it was", 0 },
    { "shifts", "table",
      "displacement of every image, its total, how far its profile is from the mean one, and the "
      "direction of the tilt axis from y towards -x (column `rotation`, attribute `axis_angle`)",
      0 },
    { 0 }
};

enum { ROUNDS = 4 };

typedef struct aligner {
    const params *p;
    const float *src;
    int64_t nt, ny, nx, half; /* half = ny/2 + 1 */
    double level;
    double *shift;               /* [nt][2] x, y from the rotation centre */
    double *total, *spread;      /* [nt] */
    double *profile;             /* [nt][ny] */
    double complex *spec, *mean; /* [nt][half], [half] */
    double *weight;              /* [half] */
    double axis_deg, axis_error_deg;
} aligner;

/* ---- profiles -------------------------------------------------------------------------------- */

/* Total, centre of mass from the rotation centre, profile along y. */
static void measure(const aligner *a, int64_t k)
{
    assert(k >= 0 && k < a->nt);
    const float *src = a->src + k * a->ny * a->nx;
    double *profile = a->profile + k * a->ny, total = 0, x = 0, y = 0;
    for (int64_t iy = 0; iy < a->ny; iy++) {
        double row = 0;
        for (int64_t ix = 0; ix < a->nx; ix++) {
            double v = (double)src[iy * a->nx + ix] - a->level;
            row += v;
            x += v * (double)(ix - loom_centre(a->nx));
        }
        profile[iy] = row;
        total += row;
        y += row * (double)(iy - loom_centre(a->ny));
    }
    a->total[k] = total;
    a->shift[2 * k] = x / total;
    a->shift[2 * k + 1] = y / total;
}

static double complex turn(const aligner *a, int64_t f, double shift)
{
    return cexp(2 * LOOM_PI * I * (double)f * shift / (double)a->ny);
}

/* mean[half] = mean spectrum of the profiles moved back by their shifts, of equal totals; the one
 * of tilt `but` left out (-1: none). */
static void average(const aligner *a, int64_t but)
{
    assert(but >= -1 && but < a->nt);
    double n = (double)(a->nt - (but >= 0));
    for (int64_t f = 0; f < a->half; f++) {
        a->mean[f] = 0;
        for (int64_t k = 0; k < a->nt; k++)
            if (k != but)
                a->mean[f] +=
                    a->spec[k * a->half + f] * turn(a, f, a->shift[2 * k + 1]) / a->total[k] / n;
    }
}

/* Weight of a frequency: power that the profiles share over the power of their differences. */
static void find_weights(const aligner *a)
{
    average(a, -1);
    for (int64_t f = 0; f < a->half; f++) {
        double all = 0, shared = creal(a->mean[f] * conj(a->mean[f]));
        for (int64_t k = 0; k < a->nt; k++) {
            double complex d =
                a->spec[k * a->half + f] * turn(a, f, a->shift[2 * k + 1]) / a->total[k]
                - a->mean[f];
            all += creal(d * conj(d)) / fmax((double)(a->nt - 1), 1);
        }
        shared -= all / (double)a->nt; /* the mean has its share of the differences */
        a->weight[f] = f && shared > 0 ? 1 / (all + 1e-9 * shared) : 0;
    }
}

/* Correlation with the mean at a shift, its slope and curvature. */
static double correlate(const aligner *a, int64_t k, double shift, double d[2])
{
    double c = 0;
    d[0] = d[1] = 0;
    for (int64_t f = 1; f < a->half; f++) {
        double complex v =
            conj(a->mean[f]) * a->spec[k * a->half + f] * turn(a, f, shift) * a->weight[f];
        double w = 2 * LOOM_PI * (double)f / (double)a->ny;
        c += creal(v);
        d[0] -= w * cimag(v);
        d[1] -= w * w * creal(v);
    }
    return c;
}

/* The best shift within `reach` of `at`: half pixels first, then Newton's method. */
static double find_shift(const aligner *a, int64_t k, double at, double reach)
{
    assert(k >= 0 && k < a->nt && reach >= 0);
    double best = -HUGE_VAL, shift = at, d[2];
    for (double s = at - reach; s <= at + reach; s += 0.5) {
        double c = correlate(a, k, s, d);
        if (!(c > best)) continue;
        best = c;
        shift = s;
    }
    for (int round = 0; round < 10; round++) {
        correlate(a, k, shift, d);
        if (!(d[1] < 0)) break;
        double step = -d[0] / d[1];
        if (fabs(step) > 0.5) step = step > 0 ? 0.5 : -0.5;
        shift += step;
        if (fabs(step) < 1e-6) break;
    }
    return shift;
}

/* Profiles against the mean of the others, several times over; the mean displacement along the axis
 * stays that of the centres of mass. */
static void align_profiles(aligner *a)
{
    double centre = 0, drift = 0;
    for (int64_t k = 0; k < a->nt; k++) centre += a->shift[2 * k + 1] / (double)a->nt;
    for (int round = 0; round < ROUNDS && a->nt > 1; round++) {
        double reach = round ? 1 : a->p->search;
        find_weights(a);
        for (int64_t k = 0; k < a->nt; k++) {
            average(a, k);
            a->shift[2 * k + 1] = find_shift(a, k, a->shift[2 * k + 1], reach);
        }
    }
    for (int64_t k = 0; k < a->nt; k++) drift += a->shift[2 * k + 1] / (double)a->nt;
    for (int64_t k = 0; k < a->nt; k++) a->shift[2 * k + 1] += centre - drift;
}

/* How far each profile is from the mean one, relative to it. */
static void measure_spread(const aligner *a)
{
    average(a, -1);
    double norm = 0;
    for (int64_t f = 0; f < a->half; f++) norm += creal(a->mean[f] * conj(a->mean[f]));
    for (int64_t k = 0; k < a->nt; k++) {
        double sum = 0;
        for (int64_t f = 0; f < a->half; f++) {
            double complex d =
                a->spec[k * a->half + f] * turn(a, f, a->shift[2 * k + 1]) / a->total[k]
                - a->mean[f];
            sum += creal(d * conj(d));
        }
        a->spread[k] = norm > 0 ? sqrt(sum / norm) : 0;
    }
}

/* ---- direction of the axis ------------------------------------------------------------------- */

static bool find_axis(loom_call *call, aligner *a)
{
    axis_job job = { .src = a->src,
                     .nt = a->nt,
                     .ny = a->ny,
                     .nx = a->nx,
                     .level = a->level,
                     .shift = a->shift,
                     .total = a->total,
                     .range_deg = a->p->angle_range };
    if (!axis_find(call, &job, &a->axis_deg, &a->axis_error_deg)) return false;
    if (fabs(a->axis_deg) > fmax(0.5, 4 * a->axis_error_deg + 0.25))
        call->host->warn(call, "tilts",
                         "the profiles agree best along a direction %.2f +- %.2f degrees from y%s: "
                         "turn the images back (align.rotate with these shifts) and align again",
                         a->axis_deg, a->axis_error_deg,
                         fabs(a->axis_deg) < job.range_deg ? "" : ", the end of `angle_range`");
    return true;
}

/* ---- run ------------------------------------------------------------------------------------- */

static loom_status open_series(loom_call *call, aligner *a)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    a->src = images->data;
    a->nt = images->dim[0];
    a->ny = images->dim[1];
    a->nx = images->dim[2];
    a->half = a->ny / 2 + 1;
    h->number(h->input(call, "tilts", 0), "background", &a->level);
    a->level += a->p->background;
    size_t nt = (size_t)a->nt, half = (size_t)a->half;
    a->shift = h->scratch(call, sizeof(double) * (4 * nt + nt * (size_t)a->ny + half));
    a->spec = h->scratch(call, sizeof(double complex) * (nt + 1) * half);
    if (!a->shift || !a->spec) return LOOM_E_MEMORY;
    a->total = a->shift + 2 * nt;
    a->spread = a->total + nt;
    a->profile = a->spread + nt;
    a->weight = a->profile + nt * (size_t)a->ny;
    a->mean = a->spec + nt * half;
    for (int64_t k = 0; k < a->nt; k++) {
        measure(a, k);
        const double *s = a->shift + 2 * k;
        if (!(a->total[k] > 0) || !(fabs(s[0]) < (double)a->nx) || !(fabs(s[1]) < (double)a->ny))
            return h->fail(call, LOOM_E_DATA, "tilts",
                           "image %lld sums to %g above the background %g and has no centre of "
                           "mass; subtract the background first (prepare.background)",
                           (long long)k, a->total[k], a->level);
    }
    return LOOM_OK;
}

static bool transform(loom_call *call, const aligner *a)
{
    double *in = call->host->scratch(call, sizeof(double) * (size_t)a->ny);
    double complex *out = call->host->scratch(call, sizeof(double complex) * (size_t)a->half);
    fftw_plan plan = in && out ? fftw_plan_dft_r2c_1d((int)a->ny, in, out, FFTW_ESTIMATE) : NULL;
    for (int64_t k = 0; plan && k < a->nt; k++) {
        memcpy(in, a->profile + k * a->ny, sizeof(double) * (size_t)a->ny);
        fftw_execute(plan);
        memcpy(a->spec + k * a->half, out, sizeof(double complex) * (size_t)a->half);
    }
    if (plan) fftw_destroy_plan(plan);
    return plan != NULL;
}

static bool write_shifts(loom_call *call, const aligner *a)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "shifts");
    int64_t nt = a->nt;
    double *x = h->add_array(call, table, "shift_x", LOOM_F64, 1, &nt, "pixel"),
           *y = h->add_array(call, table, "shift_y", LOOM_F64, 1, &nt, "pixel"),
           *total = h->add_array(call, table, "total", LOOM_F64, 1, &nt, NULL),
           *spread = h->add_array(call, table, "spread", LOOM_F64, 1, &nt, NULL),
           *rotation = h->add_array(call, table, "rotation", LOOM_F64, 1, &nt, "degree");
    if (!x || !y || !total || !spread || !rotation) return false;
    for (int64_t k = 0; k < nt; k++) {
        x[k] = a->shift[2 * k];
        y[k] = a->shift[2 * k + 1];
        total[k] = a->total[k];
        spread[k] = a->spread[k];
        rotation[k] = a->axis_deg;
    }
    h->set_number(call, table, "axis_angle", a->axis_deg, "degree");
    h->set_number(call, table, "axis_angle_error", a->axis_error_deg, "degree");
    return true;
}

static loom_status write_series(loom_call *call, aligner *a)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = loom_need(call, "tilts", "angles");
    loom_value *v = h->output(call, "tilts");
    float *dst = v ? h->add_array(call, v, "images", LOOM_F32, 3, images->dim, images->unit) : NULL;
    double *back = h->scratch(call, sizeof(double) * (size_t)(2 * a->nt));
    if (!angles) return LOOM_E_DATA;
    if (!dst || !back || !loom_pass_array(call, angles, v)) return LOOM_E_MEMORY;
    h->set_number(call, v, "counts", 0, "");
    if (!loom_noise_pass(call, "tilts", v, a->nt, NULL)) return LOOM_E_DATA;
    if (!loom_pass_rest_as(call, h->input(call, "tilts", 0), v, (loom_rest){ .moved = "yx" }))
        return LOOM_E_MEMORY;
    for (int64_t i = 0; i < 2 * a->nt; i++) back[i] = -a->shift[i];
    return spectrum_move(call, &(spectrum_job){ .nt = a->nt,
                                                .ny = a->ny,
                                                .nx = a->nx,
                                                .src = a->src,
                                                .level = (float)a->level,
                                                .shift_px = back,
                                                .binning = 1,
                                                .dst = dst,
                                                .threads = h->threads(call) })
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    aligner a = { .p = param_struct };
    loom_status status = open_series(call, &a);
    if (status != LOOM_OK) return status;
    if (!transform(call, &a)) return LOOM_E_MEMORY;
    align_profiles(&a);
    measure_spread(&a);
    if (!call->host->progress(call, 0.5, 1)) return LOOM_E_CANCELLED;
    if (a.p->angle_range > 0 && a.nt > 3 && !find_axis(call, &a)) return LOOM_E_MEMORY;
    return write_shifts(call, &a) ? write_series(call, &a) : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_SCOTT_2012, { 0 } };

static const loom_op align_common_line = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "align.common_line",
    .summary =
        "A series aligned along its tilt axis by the profile that all tilts share, across it "
        "by the centre of mass.",
    .method =
        "Summed perpendicular to a single tilt axis, all projections of a specimen have one "
        "profile along it (the common line). Each tilt's profile is placed where it correlates "
        "best with the mean of the others, each frequency weighted by one over the power of the "
        "profiles' differences; half pixels first, then Newton's method; four rounds. The mean of "
        "all displacements stays where the centres of mass put it. Across the axis the centre of "
        "mass decides. Images are moved by Fourier shifts.\n\n"
        "**Direction of the axis.** Profiles along directions within `angle_range` of y are "
        "compared, in Fourier space, where noise has the same power along all of them: they agree "
        "best along the axis. The angle is reported with its standard error, and a warning beyond "
        "half a degree and the error; "
        "`align.rotate` turns the images.",
    .citations = citations,
    .limits =
        "One tilt axis; the whole specimen in every image; no background: 1 % of the total left "
        "over, evenly spread, pulls the centre across the axis by 1 % of its distance. Errors of "
        "the tilt angles themselves do not show.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("align.common_line", "1.0", "BSD-3-Clause", &align_common_line);
