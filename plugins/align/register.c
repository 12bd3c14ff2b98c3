/* register.c - see register.h. */
#include "register.h"
#include "kit/assert_hot.h"
#include "kit/geometry.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Planes begin at multiples of 64 bytes, as FFTW's plans expect of all arrays. */
static int64_t padded(int64_t floats) { return (floats + 15) / 16 * 16; }

static void make_taper(int64_t n, float *t)
{
    assert(n > 0);
    int64_t edge = n / 16 > 1 ? n / 16 : 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t from_edge = i < n - 1 - i ? i : n - 1 - i;
        double at = ((double)from_edge + 0.5) / (double)edge;
        t[i] = at >= 1 ? 1 : (float)(0.5 - 0.5 * cos(LOOM_PI * at));
    }
}

static int64_t signed_frequency(int64_t i, int64_t n) { return 2 * i <= n ? i : i - n; }

bool registrar_start(loom_call *call, int64_t ny, int64_t nx, registrar *r)
{
    assert(ny > 0 && nx > 0);
    const loom_host *h = call->host;
    *r = (registrar){ .ny = ny, .nx = nx, .hx = nx / 2 + 1 };
    r->spec = padded(2 * ny * r->hx) / 2;
    r->fine_spec = padded(2 * 2 * ny * (nx + 1)) / 2;
    r->grid = padded(4 * ny * nx);
    r->rings = (ny > nx ? ny : nx) + 1;
    r->taper_y = h->scratch(call, sizeof(float) * (size_t)(ny + nx));
    float *work = h->scratch(call, sizeof(float) * (size_t)registrar_work(r));
    if (!r->taper_y || !work) return false;
    r->taper_x = r->taper_y + ny;
    make_taper(ny, r->taper_y);
    make_taper(nx, r->taper_x);
    for (int64_t i = 0; i < ny + nx; i++) {
        double *area = i < ny ? r->area : r->area + 1;
        *area += (double)r->taper_y[i] * (double)r->taper_y[i];
    }
    r->forth = fftwf_plan_dft_r2c_2d(
        (int)ny, (int)nx, work, (float complex *)(void *)(work + padded(ny * nx)), FFTW_ESTIMATE);
    r->fine = fftwf_plan_dft_c2r_2d((int)(2 * ny), (int)(2 * nx), (float complex *)(void *)work,
                                    work + 2 * r->fine_spec, FFTW_ESTIMATE);
    h->release(call, work);
    return r->forth && r->fine;
}

void registrar_end(registrar *r)
{
    if (r->forth) fftwf_destroy_plan(r->forth);
    if (r->fine) fftwf_destroy_plan(r->fine);
}

int64_t registrar_work(const registrar *r) { return 2 * r->fine_spec + r->grid; }

void registrar_spectrum(const registrar *r, const float *image, float *work, float complex *spec)
{
    double mean = 0;
    for (int64_t i = 0; i < r->ny * r->nx; i++) mean += (double)image[i];
    mean /= (double)(r->ny * r->nx);
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->nx; x++)
            work[y * r->nx + x] =
                (float)((double)image[y * r->nx + x] - mean) * r->taper_y[y] * r->taper_x[x];
    fftwf_execute_dft_r2c(r->forth, work, spec);
    spec[0] = 0;
}

static double weight_of(const registrar *r, int64_t x) { return x && 2 * x != r->nx ? 2 : 1; }

static double power_of(float complex z)
{
    return (double)crealf(z) * (double)crealf(z) + (double)cimagf(z) * (double)cimagf(z);
}

static bool is_high(const registrar *r, int64_t y, int64_t x)
{
    double fy = (double)signed_frequency(y, r->ny) / (double)r->ny, fx = (double)x / (double)r->nx;
    return fy * fy + fx * fx > 0.45 * 0.45;
}

/* power[ny][hx] += share of the spectrum's power; returns the mean over its high frequencies. */
static double add_power(const registrar *r, const float complex *spec, float share, float *power)
{
    double sum = 0, count = 0;
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->hx; x++) {
            double p = power_of(spec[y * r->hx + x]);
            power[y * r->hx + x] += share * (float)p;
            if (!is_high(r, y, x)) continue;
            sum += p;
            count++;
        }
    return count > 0 ? sum / count : 0;
}

/* Power at (y, x) of the whole plane, of which half is kept. */
static float power_at(const registrar *r, const float *power, int64_t y, int64_t x)
{
    LOOM_ASSERT_HOT(x >= -1 && x <= r->hx && y >= -1 && y <= r->ny);
    if (x < 0) {
        x = -x;
        y = -y;
    }
    if (x >= r->hx) {
        x = r->nx - x;
        y = -y;
    }
    return power[(y + 2 * r->ny) % r->ny * r->hx + x];
}

static int64_t ring_of(const registrar *r, int64_t y, int64_t x)
{
    double fy = (double)signed_frequency(y, r->ny) / (double)r->ny, fx = (double)x / (double)r->nx;
    return llround(sqrt(fy * fy + fx * fx) * (double)(r->rings - 1));
}

/* ring[rings] = mean power of n spectra less the noise, where it is clearly above it. */
static void ring_means(const registrar *r, const float *power, double n, double noise, float *ring)
{
    assert(n > 0 && r->rings > 1);
    double *sum = (double *)(void *)(ring + (r->rings + 1) / 2 * 2), *count = sum + r->rings;
    for (int64_t q = 0; q < r->rings; q++) sum[q] = count[q] = 0;
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->hx; x++) {
            sum[ring_of(r, y, x)] += (double)power[y * r->hx + x];
            count[ring_of(r, y, x)]++;
        }
    for (int64_t q = 0; q < r->rings; q++) {
        double above = count[q] > 0 ? sum[q] / count[q] - noise : 0;
        ring[q] = above > 2 * noise / sqrt(fmax(count[q], 1) * n) ? (float)above : 0;
    }
}

void registrar_power(const registrar *r, const float complex *spec, int64_t n, float *work,
                     double *noise, float *signal, float *rings)
{
    assert(n > 0);
    double mean = 0;
    memset(work, 0, (size_t)(r->ny * r->hx) * sizeof *work);
    for (int64_t f = 0; f < n; f++) {
        noise[f] = add_power(r, spec + f * r->spec, 1 / (float)n, work);
        mean += noise[f] / (double)n;
    }
    float *ring = work + 2 * r->spec; /* mean power above the noise at a distance from zero */
    ring_means(r, work, (double)n, mean, ring);
    /* nine neighbours, half of them independent behind the fading edges, n spectra */
    float least = (float)(mean * (1 + 2 / sqrt(4.5 * (double)n)));
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->hx; x++) {
            float sum = 0, around;
            for (int64_t v = y - 1; v <= y + 1; v++)
                for (int64_t u = x - 1; u <= x + 1; u++) sum += power_at(r, work, v, u);
            sum /= 9;
            around = sum > least ? sum - (float)mean : 0;
            if (rings) rings[y * r->hx + x] = ring[ring_of(r, y, x)];
            else around = fmaxf(around, ring[ring_of(r, y, x)]);
            signal[y * r->hx + x] = around;
        }
}

double registrar_product(const registrar *r, const float complex *a, double na,
                         const float complex *b, double nb, const float *signal,
                         float complex *product)
{
    double expected = 0;
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->hx; x++) {
            int64_t i = y * r->hx + x;
            double s = (double)signal[i], all = na * nb + s * (na + nb),
                   w = all > 0 ? s / all
                       : s > 0 ? 1 / s
                               : 0;
            expected += weight_of(r, x) * w * s;
            product[i] = (float)w * conjf(a[i]) * b[i];
        }
    return expected;
}

/* Sums over y of a column's product, times 1, fy and fy^2. */
typedef struct column_sums {
    double *re[3], *im[3]; /* [hx] */
} column_sums;

static void sum_columns(const registrar *r, const float complex *product, double at,
                        const column_sums *sums)
{
    double *restrict re0 = sums->re[0], *restrict im0 = sums->im[0], *restrict re1 = sums->re[1],
                     *restrict im1 = sums->im[1], *restrict re2 = sums->re[2],
                     *restrict im2 = sums->im[2];
    for (int64_t y = 0; y < r->ny; y++) {
        const float *row = (const float *)(const void *)(product + y * r->hx);
        double fy = 2 * LOOM_PI * (double)signed_frequency(y, r->ny) / (double)r->ny,
               c = cos(fy * at), s = sin(fy * at);
        for (int64_t x = 0; x < r->hx; x++) {
            double p = (double)row[2 * x], q = (double)row[2 * x + 1], re = p * c - q * s,
                   im = p * s + q * c;
            re0[x] += re;
            im0[x] += im;
            re1[x] += fy * re;
            im1[x] += fy * im;
            re2[x] += fy * fy * re;
            im2[x] += fy * fy * im;
        }
    }
}

double registrar_value(const registrar *r, const float complex *product, const double at[2],
                       float *work, double gradient[2], double second[3])
{
    double *of = (double *)(void *)work, value = 0;
    column_sums a;
    memset(of, 0, (size_t)(6 * r->hx) * sizeof *of);
    for (int i = 0; i < 3; i++) {
        a.re[i] = of + 2 * i * r->hx;
        a.im[i] = a.re[i] + r->hx;
    }
    sum_columns(r, product, at[1], &a);
    gradient[0] = gradient[1] = second[0] = second[1] = second[2] = 0;
    for (int64_t x = 0; x < r->hx; x++) {
        double fx = 2 * LOOM_PI * (double)x / (double)r->nx, w = weight_of(r, x),
               c = w * cos(fx * at[0]), s = w * sin(fx * at[0]),
               re = a.re[0][x] * c - a.im[0][x] * s, im = a.re[0][x] * s + a.im[0][x] * c;
        value += re;
        gradient[0] -= fx * im;
        gradient[1] -= a.re[1][x] * s + a.im[1][x] * c;
        second[0] -= fx * fx * re;
        second[1] -= fx * (a.re[1][x] * c - a.im[1][x] * s);
        second[2] -= a.re[2][x] * c - a.im[2][x] * s;
    }
    return value;
}

double registrar_refine(const registrar *r, const float complex *product, float *work, double at[2])
{
    enum { ROUNDS = 12 };
    double g[2], s[3], first[2] = { at[0], at[1] };
    double c = registrar_value(r, product, at, work, g, s);
    for (int round = 0; round < ROUNDS; round++) {
        double det = s[0] * s[2] - s[1] * s[1], step[2];
        bool peak = det > 0 && s[0] < 0;
        step[0] = peak ? -(s[2] * g[0] - s[1] * g[1]) / det : g[0] > 0 ? 0.1 : -0.1;
        step[1] = peak ? -(s[0] * g[1] - s[1] * g[0]) / det : g[1] > 0 ? 0.1 : -0.1;
        double length = hypot(step[0], step[1]);
        if (!(length > 1e-5)) break;
        double scale = length > 0.5 ? 0.5 / length : 1;
        double next[2] = { at[0] + scale * step[0], at[1] + scale * step[1] };
        if (hypot(next[0] - first[0], next[1] - first[1]) > 1) break;
        double better = registrar_value(r, product, next, work, g, s);
        if (!(better > c)) break;
        c = better;
        memcpy(at, next, sizeof next);
    }
    return c;
}

/* c on the grid of half pixels: grid[2 ny][2 nx], displacement (iy, ix) / 2 with wrap around. */
static const float *fill_grid(const registrar *r, const float complex *product, float *work)
{
    float complex *fine = (float complex *)(void *)work;
    float *grid = work + 2 * r->fine_spec;
    int64_t wide = r->nx + 1;
    memset(fine, 0, (size_t)r->fine_spec * sizeof *fine);
    for (int64_t y = 0; y < r->ny; y++) {
        int64_t f = signed_frequency(y, r->ny), to = f < 0 ? f + 2 * r->ny : f;
        for (int64_t x = 0; x < r->hx; x++) fine[to * wide + x] = product[y * r->hx + x];
    }
    fftwf_execute_dft_c2r(r->fine, fine, grid);
    return grid;
}

static float at_grid(const registrar *r, const float *grid, int64_t y, int64_t x)
{
    int64_t ny = 2 * r->ny, nx = 2 * r->nx;
    return grid[(y % ny + ny) % ny * nx + (x % nx + nx) % nx];
}

static bool is_maximum(const registrar *r, const float *grid, int64_t y, int64_t x)
{
    float c = at_grid(r, grid, y, x);
    for (int64_t v = -1; v <= 1; v++)
        for (int64_t u = -1; u <= 1; u++) {
            float other = at_grid(r, grid, y + v, x + u);
            if (other > c || (other == c && (v < 0 || (v == 0 && u < 0)))) return false;
        }
    return true;
}

/* Power of the product's spectra where it counts: what c would be for equal images. */
static double largest_possible(const registrar *r, const float complex *product)
{
    double sum = 0;
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->hx; x++)
            sum += weight_of(r, x) * (double)cabsf(product[y * r->hx + x]);
    return sum;
}

/* Share of the squared taper of n pixels that is left at a displacement; never below a quarter, so
 * that a sliver of overlap is not blown up. */
static float overlap_at(const float *taper, int64_t n, double whole, int64_t half_pixels)
{
    int64_t u = llabs(half_pixels) / 2;
    double sum = 0;
    for (int64_t i = 0; i + u < n; i++) sum += (double)taper[i] * (double)taper[i + u];
    return (float)fmax(0.25, sum / whole);
}

/* The vertex of the parabola through three neighbours, from -1/2 to 1/2. */
static double vertex(float before, float at, float after)
{
    double bend = 2 * (double)at - (double)before - (double)after;
    return bend > 0 ? fmax(-0.5, fmin(0.5, (double)(after - before) / (2 * bend))) : 0;
}

typedef struct maxima {
    int64_t n, most, y, x; /* y, x: expected, half pixels */
    register_maximum *to;
} maxima;

/* Keeps those nearest to the one expected. */
static void add_maximum(const registrar *r, const float *grid, int64_t y, int64_t x, maxima *m)
{
    double far = (double)((y - m->y) * (y - m->y) + (x - m->x) * (x - m->x)) / 4;
    int64_t at = m->n;
    if (m->n == m->most) {
        at = 0;
        for (int64_t i = 1; i < m->n; i++)
            if (m->to[i].far > m->to[at].far) at = i;
        if (m->to[at].far <= far) return;
    } else m->n++;
    LOOM_ASSERT_HOT(at < m->most);
    float c = at_grid(r, grid, y, x);
    double fy = vertex(at_grid(r, grid, y - 1, x), c, at_grid(r, grid, y + 1, x)),
           fx = vertex(at_grid(r, grid, y, x - 1), c, at_grid(r, grid, y, x + 1));
    m->to[at] = (register_maximum){ 0.5 * ((double)x + fx), 0.5 * ((double)y + fy), far, c };
}

int64_t registrar_maxima(const registrar *r, const float complex *product, const double expected[2],
                         double max_px, double share, float *work, int64_t most,
                         register_maximum *to)
{
    const float *grid = fill_grid(r, product, work);
    int64_t reach_y = llround(2 * fmin(max_px, (double)r->ny / 2 - 1)),
            reach_x = llround(2 * fmin(max_px, (double)r->nx / 2 - 1));
    float *wide = work, best = 0; /* the padded spectrum is not needed any more */
    maxima m = { 0, most, llround(2 * expected[1]), llround(2 * expected[0]), to };
    assert(most > 0 && share > 0 && 2 * reach_x + 1 <= 2 * r->fine_spec);
    for (int64_t x = -reach_x; x <= reach_x; x++)
        wide[x + reach_x] = overlap_at(r->taper_x, r->nx, r->area[1], x);
    for (int pass = 0; pass < 2; pass++)
        for (int64_t y = -reach_y; y <= reach_y; y++) {
            float high = overlap_at(r->taper_y, r->ny, r->area[0], y);
            for (int64_t x = -reach_x; x <= reach_x; x++) {
                float c = at_grid(r, grid, y, x) / (high * wide[x + reach_x]);
                if (!pass) best = fmaxf(best, c);
                else if (c > 0 && c >= (float)share * best && is_maximum(r, grid, y, x))
                    add_maximum(r, grid, y, x, &m);
            }
        }
    return m.n;
}

register_result registrar_find(const registrar *r, const float complex *product,
                               const double expected[2], double max_px, float *work)
{
    register_result out = { .x = expected[0], .y = expected[1] };
    const float *grid = fill_grid(r, product, work);
    int64_t cy = llround(2 * expected[1]), cx = llround(2 * expected[0]),
            reach_y = llround(2 * fmin(max_px, (double)r->ny / 2 - 1)),
            reach_x = llround(2 * fmin(max_px, (double)r->nx / 2 - 1)), best = -1, best_x = 0,
            best_y = 0;
    float most = -HUGE_VALF;
    for (int64_t y = cy - reach_y; y <= cy + reach_y; y++)
        for (int64_t x = cx - reach_x; x <= cx + reach_x; x++)
            most = fmaxf(most, at_grid(r, grid, y, x));
    for (int64_t y = cy - reach_y; y <= cy + reach_y; y++)
        for (int64_t x = cx - reach_x; x <= cx + reach_x; x++) {
            if (!(at_grid(r, grid, y, x) >= most - (float)REGISTER_AMBIGUOUS)
                || !is_maximum(r, grid, y, x))
                continue;
            int64_t far = (y - cy) * (y - cy) + (x - cx) * (x - cx);
            out.rivals++;
            if (best >= 0 && far >= best) continue;
            best = far;
            best_y = y;
            best_x = x;
        }
    if (best < 0) return out; /* no maximum inside: constant images, or it lies at the border */
    out.rivals--;
    double at[2] = { 0.5 * (double)best_x, 0.5 * (double)best_y }, possible;
    out.score = registrar_refine(r, product, work, at);
    possible = largest_possible(r, product);
    out.correlation = possible > 0 ? out.score / possible : 0;
    out.x = at[0];
    out.y = at[1];
    return out;
}
