/* align/axis.c - see axis.h. The profile of an image along a direction is taken in Fourier space,
 * where noise that is independent between pixels has the same power whatever the direction.
 * Profiles of pixels in real space are smoothed more along some directions than along others, and
 * noise alone would then choose one. */
#include "axis.h"
#include "kit/geometry.h"
#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <string.h>

enum { ANGLES = 21, FINE = 8, PASSES = 3 };
#define CLOSE 0.15 /* what the last pass looks at, as a share of the range */

typedef struct search {
    const axis_job *job;
    int64_t half;         /* frequencies of a profile: ny/2 + 1 */
    double *fine;         /* [FINE ny] */
    double complex *bins; /* its spectrum */
    double complex *spec; /* [nt][half] spectra of the profiles along one direction */
    double complex *mean; /* [half] */
    double *weight;       /* [half] 0 to 1 */
    double *each;         /* [2][nt] disagreement of each tilt, on either side of the axis */
    fftw_plan plan;
} search;

/* Profile of tilt k along a direction turned by `angle` from y towards -x, about its displaced
 * centre, in samples of 1/FINE pixel: each pixel is shared between two of them. */
static void turned_profile(const search *s, int64_t k, double angle)
{
    const axis_job *j = s->job;
    const float *src = j->src + k * j->ny * j->nx;
    double c = FINE * cos(angle), d = FINE * sin(angle),
           x0 = (double)loom_centre(j->nx) + j->shift[2 * k],
           y0 = (double)loom_centre(j->ny) + j->shift[2 * k + 1],
           middle = FINE * (double)loom_centre(j->ny);
    memset(s->fine, 0, sizeof(double) * (size_t)(FINE * j->ny));
    for (int64_t iy = 0; iy < j->ny; iy++)
        for (int64_t ix = 0; ix < j->nx; ix++) {
            double at = c * ((double)iy - y0) - d * ((double)ix - x0) + middle;
            int64_t low = (int64_t)floor(at);
            if (low < 0 || low + 1 >= FINE * j->ny) continue;
            double v = (double)src[iy * j->nx + ix] - j->level, share = at - (double)low;
            s->fine[low] += (1 - share) * v;
            s->fine[low + 1] += share * v;
        }
}

/* spec = spectra of the profiles of all tilts along `angle`, for equal totals. */
static void take_profiles(const search *s, double angle)
{
    for (int64_t k = 0; k < s->job->nt; k++) {
        turned_profile(s, k, angle);
        fftw_execute(s->plan);
        for (int64_t f = 0; f < s->half; f++)
            s->spec[k * s->half + f] = s->bins[f] / s->job->total[k];
    }
}

/* mean[half] of the tilts' spectra. */
static void average(const search *s)
{
    for (int64_t f = 0; f < s->half; f++) {
        s->mean[f] = 0;
        for (int64_t k = 0; k < s->job->nt; k++)
            s->mean[f] += s->spec[k * s->half + f] / (double)s->job->nt;
    }
}

/* The share of a frequency that the profiles have in common: the rest is noise along all
 * directions, and its own changes would hide the axis. Noise is what makes them differ at the upper
 * half of the frequencies, where there is hardly anything else. */
static void find_weights(const search *s)
{
    double n = (double)s->job->nt, noise = 0;
    average(s);
    for (int64_t f = 0; f < s->half; f++) {
        double all = 0;
        for (int64_t k = 0; k < s->job->nt; k++) {
            double complex d = s->spec[k * s->half + f] - s->mean[f];
            all += creal(d * conj(d)) / (n - 1);
        }
        if (2 * f >= s->half) noise += all / (double)(s->half - s->half / 2);
    }
    s->weight[0] = 0;
    for (int64_t f = 1; f < s->half; f++) {
        double shared = creal(s->mean[f] * conj(s->mean[f])) - noise / n;
        s->weight[f] = shared > 0 ? shared / (shared + noise) : 0;
    }
}

/* Weighted square of a tilt's difference from the mean. */
static double differs(const search *s, int64_t k)
{
    double all = 0;
    for (int64_t f = 1; f < s->half; f++) {
        double complex d = s->spec[k * s->half + f] - s->mean[f];
        all += s->weight[f] * creal(d * conj(d));
    }
    return all;
}

/* Of the profiles along `angle`; each[nt]: the part of each tilt. */
static double disagreement(const search *s, double angle, double *each)
{
    double sum = 0;
    take_profiles(s, angle);
    average(s);
    for (int64_t k = 0; k < s->job->nt; k++) sum += each[k] = differs(s, k);
    return sum;
}

/* Lowest point of ANGLES values within `range` of `middle`, by the parabola through those about the
 * lowest; *bend: its second derivative, 0 at an end. */
static double lowest(const double *value, double middle, double range, double *bend)
{
    int best = 0;
    double step = 2 * range / (ANGLES - 1);
    *bend = 0;
    for (int i = 0; i < ANGLES; i++)
        if (value[i] < value[best]) best = i;
    double at = middle + best * step - range;
    if (!best || best == ANGLES - 1) return at;
    double second = value[best - 1] - 2 * value[best] + value[best + 1];
    if (!(second > 0)) return at;
    *bend = second / (step * step);
    return at + 0.5 * step * (value[best - 1] - value[best + 1]) / second;
}

/* The tilts' slopes at the axis add up to nothing; how far they are from nothing one by one says
 * how far the lowest point is from where it would be without noise. */
static double find_error(const search *s, double angle, double step, double bend)
{
    double squares = 0;
    double *low = s->each, *high = s->each + s->job->nt;
    disagreement(s, angle - step, low);
    disagreement(s, angle + step, high);
    for (int64_t k = 0; k < s->job->nt; k++) {
        double slope = (high[k] - low[k]) / (2 * step);
        squares += slope * slope;
    }
    return sqrt(squares) / bend;
}

/* Weights are those at the direction found so far; the last pass looks closely. */
static void find_axis(search *s, double *angle, double *error)
{
    double value[ANGLES], range = s->job->range_deg * LOOM_PI / 180, bend = 0;
    *angle = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        double middle = pass == PASSES - 1 ? *angle : 0;
        if (pass == PASSES - 1) range *= CLOSE;
        take_profiles(s, *angle);
        find_weights(s);
        for (int i = 0; i < ANGLES; i++)
            value[i] = disagreement(s, middle + i * 2 * range / (ANGLES - 1) - range, s->each);
        *angle = lowest(value, middle, range, &bend);
    }
    *error = bend > 0 ? find_error(s, *angle, range / ANGLES, bend) : range / CLOSE;
}

bool axis_find(loom_call *call, const axis_job *job, double *angle_deg, double *error_deg)
{
    const loom_host *h = call->host;
    size_t half = (size_t)(job->ny / 2 + 1), fine = FINE * (size_t)job->ny;
    search s = { .job = job,
                 .half = (int64_t)half,
                 .fine = h->scratch(call, sizeof(double) * fine),
                 .bins = h->scratch(call, sizeof(double complex) * (fine / 2 + 1)),
                 .spec = h->scratch(call, sizeof(double complex) * half * (size_t)job->nt),
                 .mean = h->scratch(call, sizeof(double complex) * half),
                 .weight = h->scratch(call, sizeof(double) * half),
                 .each = h->scratch(call, sizeof(double) * 2 * (size_t)job->nt) };
    if (!s.fine || !s.bins || !s.spec || !s.mean || !s.weight || !s.each) return false;
    s.plan = fftw_plan_dft_r2c_1d((int)fine, s.fine, s.bins, FFTW_ESTIMATE);
    if (!s.plan) return false;
    double angle, error;
    find_axis(&s, &angle, &error);
    fftw_destroy_plan(s.plan);
    *angle_deg = angle * 180 / LOOM_PI;
    *error_deg = error * 180 / LOOM_PI;
    return true;
}
