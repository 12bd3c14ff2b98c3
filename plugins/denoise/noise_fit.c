/* noise_fit.c - see noise_fit.h. */
#include "noise_fit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* BOX: pixels on each side of the square whose mean sorts a pixel into a class. A square, since
 * given their sum Poisson numbers are spread evenly over it: mean and variance of a pixel follow
 * the sum alike, and sorting by a noisy sum does not bias the slope. */
enum { BINS = 128, PASSES = 3, REACH = 3, BOX = 5, MIN_SATURATED = 16 };

/* Binomial differences of order 2, 4, 6 along an axis, normalised to unit sum of squares; the share
 * of independent samples is 1 / (sum of squared autocorrelation)^2. */
static const float kernels[NOISE_ORDERS][2 * REACH + 1] = { { 0, 0, 1, -2, 1, 0, 0 },
                                                            { 0, 1, -4, 6, -4, 1, 0 },
                                                            { 1, -6, 15, -20, 15, -6, 1 } };
static const float norms[NOISE_ORDERS] = { 6, 70, 924 };
static const double correlated[NOISE_ORDERS] = { 3.78, 6.92, 10.03 };

/* of one thread */
typedef struct workspace {
    float *plain, *difference, *half, *high; /* [ny][nx]; plain: mean over frames */
    float *local;                            /* [ny][nx] mean of the pixels that `high` has used */
    float *mean, *sorted;                    /* [ny][nx] mean over the box */
    unsigned char *class;                    /* [ny][nx]; NOISE_CLASSES: not used */
} workspace;

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Means over 2 BOX + 1 samples of a line of n, `step` apart; fewer at its ends. */
static void box_line(const float *src, int64_t n, int64_t step, float *dst)
{
    double sum = 0;
    for (int64_t i = 0; i < BOX && i < n; i++) sum += (double)src[i * step];
    for (int64_t i = 0; i < n; i++) {
        if (i + BOX < n) sum += (double)src[(i + BOX) * step];
        if (i > BOX) sum -= (double)src[(i - BOX - 1) * step];
        int64_t low = i < BOX ? 0 : i - BOX, high = i + BOX < n ? i + BOX : n - 1;
        dst[i * step] = (float)(sum / (double)(high - low + 1));
    }
}

static void average(const noise_job *job, int64_t it, workspace *w)
{
    int64_t n = job->ny * job->nx;
    memset(w->plain, 0, (size_t)n * sizeof(float));
    for (int64_t f = 0; f < job->nf; f++) {
        const float *src = job->images + (it * job->nf + f) * n;
        for (int64_t i = 0; i < n; i++) w->plain[i] += src[i] / (float)job->nf;
    }
    for (int64_t y = 0; y < job->ny; y++)
        box_line(w->plain + y * job->nx, job->nx, 1, w->half + y * job->nx);
    for (int64_t x = 0; x < job->nx; x++) box_line(w->half + x, job->ny, job->nx, w->mean + x);
}

/* A value that many pixels share with the brightest is the end of the detector's range: its
 * neighbourhood is not used. */
static void drop_saturated(const noise_job *job, int64_t it, workspace *w)
{
    int64_t n = job->ny * job->nx, all = n * job->nf, count = 0;
    const float *src = job->images + it * all;
    float most = src[0];
    for (int64_t i = 1; i < all; i++) most = src[i] > most ? src[i] : most;
    for (int64_t i = 0; i < all; i++) count += src[i] >= most;
    if (count < MIN_SATURATED || !(count * 1000 > all) || count * 2 > all) return;
    for (int64_t i = 0; i < all; i++) {
        if (src[i] < most) continue;
        int64_t y = i % n / job->nx, x = i % job->nx;
        for (int64_t v = y < REACH ? 0 : y - REACH; v <= y + REACH && v < job->ny; v++)
            for (int64_t u = x < REACH ? 0 : x - REACH; u <= x + REACH && u < job->nx; u++)
                w->class[v * job->nx + u] = NOISE_CLASSES;
    }
}

/* Classes of equal numbers by the smoothed mean; pixels near the edge belong to none. */
static void make_classes(const noise_job *job, int64_t it, workspace *w)
{
    int64_t nx = job->nx, n = 0;
    memset(w->class, NOISE_CLASSES, (size_t)(job->ny * nx));
    for (int64_t y = REACH; y < job->ny - REACH; y++)
        for (int64_t x = REACH; x < nx - REACH; x++) w->sorted[n++] = w->mean[y * nx + x];
    qsort(w->sorted, (size_t)n, sizeof(float), compare_floats);
    for (int64_t y = REACH; y < job->ny - REACH; y++)
        for (int64_t x = REACH; x < nx - REACH; x++) {
            int low = 0, high = NOISE_CLASSES - 1; /* the last class that begins at or below */
            while (low < high) {
                int middle = (low + high + 1) / 2;
                if (w->mean[y * nx + x] >= w->sorted[n * middle / NOISE_CLASSES]) low = middle;
                else high = middle - 1;
            }
            w->class[y * nx + x] = (unsigned char)low;
        }
    drop_saturated(job, it, w);
}

/* dst = src convolved with the kernel k along both axes, over norm. */
static void convolve(const noise_job *job, const float k[2 * REACH + 1], float norm,
                     const float *src, float *half, float *dst)
{
    int64_t ny = job->ny, nx = job->nx;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = REACH; x < nx - REACH; x++) {
            float sum = 0;
            for (int i = 0; i <= 2 * REACH; i++) sum += k[i] * src[y * nx + x - REACH + i];
            half[y * nx + x] = sum;
        }
    for (int64_t y = REACH; y < ny - REACH; y++)
        for (int64_t x = REACH; x < nx - REACH; x++) {
            float sum = 0;
            for (int i = 0; i <= 2 * REACH; i++) sum += k[i] * half[(y + i - REACH) * nx + x];
            dst[y * nx + x] = sum / norm;
        }
}

/* Differences of that order, and the mean of the pixels in them, weighted as their variances are.
 */
static void differentiate(const noise_job *job, int order, workspace *w)
{
    float square[2 * REACH + 1];
    for (int i = 0; i <= 2 * REACH; i++) square[i] = kernels[order][i] * kernels[order][i];
    convolve(job, kernels[order], norms[order], w->difference, w->half, w->high);
    convolve(job, square, norms[order] * norms[order], w->plain, w->half, w->local);
}

/* What is differentiated: an image, or the difference of frame f and the next over sqrt 2. */
static void load_difference(const noise_job *job, int64_t it, int64_t f, workspace *w)
{
    int64_t n = job->ny * job->nx;
    const float *a = job->images + (it * job->nf + f) * n, *b = a + n;
    for (int64_t i = 0; i < n; i++)
        w->difference[i] = job->nf == 1 ? a[i] : (a[i] - b[i]) * 0.70710678f;
}

/* A first scale of each class that outliers do not reach: the median of the squares, from a
 * histogram of their logarithms. */
static void median_squares(const noise_job *job, const workspace *w, double scale[NOISE_CLASSES])
{
    static const double median_of_chi2 = 0.4549;
    int64_t histogram[NOISE_CLASSES][BINS];
    memset(histogram, 0, sizeof histogram);
    for (int64_t i = 0; i < job->ny * job->nx; i++) {
        if (w->class[i] == NOISE_CLASSES) continue;
        int exponent = 0;
        double mantissa = frexp((double)w->high[i] * (double)w->high[i], &exponent);
        int bin = mantissa > 0 ? 2 * exponent + (mantissa >= 0.7071) + BINS / 2 : 0;
        histogram[w->class[i]][bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
    }
    for (int c = 0; c < NOISE_CLASSES; c++) {
        int64_t total = 0, sum = 0;
        int bin = 0;
        for (int b = 0; b < BINS; b++) total += histogram[c][b];
        while (bin < BINS - 1 && 2 * (sum += histogram[c][bin]) < total) bin++;
        scale[c] = bin ? exp2((bin - BINS / 2) / 2.0) / median_of_chi2 : 0;
    }
}

/* The largest square that still counts as noise: 4.5 standard deviations, or, where events are
 * rare, three of them in one pixel. */
static double limit_of(double scale, double event, int order)
{
    double peak =
        (double)kernels[order][REACH] * (double)kernels[order][REACH] / (double)norms[order];
    return 20 * scale + 9 * event * event * peak * peak;
}

/* Adds one difference image of one order to the classes of its tilt. */
static void add_squares(const noise_job *job, int order, const workspace *w, noise_classes *to)
{
    double scale[NOISE_CLASSES], n[NOISE_CLASSES], mean[NOISE_CLASSES], square[NOISE_CLASSES];
    median_squares(job, w, scale);
    for (int pass = 0; pass < PASSES; pass++) {
        double vm = 0, mm = 0, limit[NOISE_CLASSES];
        for (int c = 0; c < NOISE_CLASSES && pass; c++)
            if (n[c] > 0) {
                vm += square[c] * fabs(mean[c]) / n[c];
                mm += mean[c] * mean[c] / n[c];
                scale[c] = fmax(scale[c], square[c] / n[c]);
            }
        for (int c = 0; c < NOISE_CLASSES; c++) {
            limit[c] = limit_of(scale[c], mm > 0 ? vm / mm : 0, order);
            if (!(limit[c] > 0)) limit[c] = HUGE_VAL; /* counts are so rare that the median is 0 */
            n[c] = mean[c] = square[c] = 0;
        }
        for (int64_t i = 0; i < job->ny * job->nx; i++) {
            int c = w->class[i];
            double r2 = (double)w->high[i] * (double)w->high[i];
            if (c == NOISE_CLASSES || r2 > limit[c]) continue;
            n[c]++;
            mean[c] += (double)w->local[i];
            square[c] += r2;
        }
    }
    for (int c = 0; c < NOISE_CLASSES; c++) {
        to->n[c] += n[c];
        to->mean[c] += mean[c];
        to->variance[c] += square[c];
    }
}

static void classify_tilt(const noise_job *job, int64_t it, workspace *w, noise_classes *to)
{
    average(job, it, w);
    make_classes(job, it, w);
    memset(to, 0, NOISE_ORDERS * sizeof *to);
    for (int64_t f = 0; f < job->nf && (f == 0 || f + 1 < job->nf); f++) {
        load_difference(job, it, f, w);
        for (int order = 0; order < NOISE_ORDERS; order++) {
            differentiate(job, order, w);
            add_squares(job, order, w, to + order);
        }
    }
    for (int order = 0; order < NOISE_ORDERS; order++)
        for (int c = 0; c < NOISE_CLASSES; c++)
            if (to[order].n[c] > 0) {
                to[order].mean[c] /= to[order].n[c];
                to[order].variance[c] /= to[order].n[c];
            }
}

static bool start(loom_call *call, const noise_job *job, workspace *w)
{
    size_t n = (size_t)(job->ny * job->nx);
    float *planes = call->host->scratch(call, 7 * n * sizeof(float));
    w->class = call->host->scratch(call, n);
    if (!planes || !w->class) return false;
    w->plain = planes;
    w->difference = planes + n;
    w->half = planes + 2 * n;
    w->high = planes + 3 * n;
    w->local = planes + 4 * n;
    w->mean = planes + 5 * n;
    w->sorted = planes + 6 * n;
    return true;
}

bool noise_classify(loom_call *call, const noise_job *job, noise_classes *classes)
{
    const loom_host *h = call->host;
    workspace *w = h->scratch(call, (size_t)job->threads * sizeof *w);
    for (int t = 0; w && t < job->threads; t++)
        if (!start(call, job, w + t)) return false;
    if (!w) return false;
    for (int64_t first = 0; first < job->nt; first += job->threads) {
        int64_t end = first + job->threads < job->nt ? first + job->threads : job->nt;
#pragma omp parallel for num_threads(job->threads) schedule(static, 1)
        for (int64_t it = first; it < end; it++)
            classify_tilt(job, it, w + (it - first), classes + it * NOISE_ORDERS);
        if (!h->progress(call, (double)end, (double)job->nt)) return false;
    }
    for (int t = 0; t < job->threads; t++) {
        h->release(call, w[t].plain);
        h->release(call, w[t].class);
    }
    h->release(call, w);
    return true;
}

/* ---- the line -------------------------------------------------------------------------------- */

typedef struct sums {
    double w, wm, wmm, wv, wmv, n, m, v;
} sums;

/* Classes weighted by one over the variance of their own variance, with v from the line so far:
 * 2 v^2 of normal noise (times what neighbours share), and gain^3 mean, since where electrons are
 * rare each one adds gain^2 to the sum of squares. */
static sums weigh(const noise_classes *classes, int64_t first, int64_t end, int order,
                  const noise_line *line)
{
    sums s = { 0 };
    for (int64_t it = first; it < end; it++) {
        const noise_classes *k = classes + it * NOISE_ORDERS + order;
        for (int c = 0; c < NOISE_CLASSES; c++) {
            if (!(k->n[c] > 0)) continue;
            /* the class itself counts only where the line is far from it */
            double floor = fmax(0.25 * k->variance[c], 1e-7 * line->variance + 1e-300),
                   v = fmax(line->gain * k->mean[c] + line->fixed, floor),
                   events = pow(fabs(line->gain), 3) * fabs(k->mean[c]),
                   w = k->n[c] / (correlated[order] * 2 * v * v + events);
            s.w += w;
            s.wm += w * k->mean[c];
            s.wmm += w * k->mean[c] * k->mean[c];
            s.wv += w * k->variance[c];
            s.wmv += w * k->mean[c] * k->variance[c];
            s.n += k->n[c];
            s.m += k->n[c] * k->mean[c];
            s.v += k->n[c] * k->variance[c];
        }
    }
    return s;
}

noise_line noise_fit_line(const noise_classes *classes, int64_t first, int64_t end, int order)
{
    enum { ROUNDS = 8 };
    noise_line line = { .fixed = 1 };
    sums s = weigh(classes, first, end, order, &line);
    if (!(s.n > 0) || !(s.v > 0)) return (noise_line){ 0 };
    line.fixed = line.variance = s.v / s.n;
    line.mean = s.m / s.n;
    line.pixels = s.n;
    for (int round = 0; round < ROUNDS; round++) {
        s = weigh(classes, first, end, order, &line);
        double det = s.w * s.wmm - s.wm * s.wm;
        line.through_zero = s.wmm > 0 ? s.wmv / s.wmm : 0;
        line.zero_error = s.wmm > 0 ? 1 / sqrt(s.wmm) : 0;
        if (!(det > 1e-12 * s.w * s.wmm)) { /* all classes have one mean */
            line.gain_error = line.fixed_error = HUGE_VAL;
            return line;
        }
        line.gain = (s.w * s.wmv - s.wm * s.wv) / det;
        line.fixed = (s.wmm * s.wv - s.wm * s.wmv) / det;
        line.gain_error = sqrt(s.w / det);
        line.fixed_error = sqrt(s.wmm / det);
    }
    return line;
}

int noise_choose_order(const noise_classes *classes, int64_t nt)
{
    for (int order = 0; order + 1 < NOISE_ORDERS; order++) {
        noise_line a = noise_fit_line(classes, 0, nt, order),
                   b = noise_fit_line(classes, 0, nt, order + 1);
        double error = 2 * fmin(b.gain_error, 0.5 * fabs(b.gain)) + 0.005 * fabs(b.gain);
        if (fabs(a.gain - b.gain) <= error && a.variance <= 1.01 * b.variance) return order;
    }
    return NOISE_ORDERS - 1;
}
