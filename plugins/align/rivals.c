/* rivals.c - see rivals.h. */
#include "rivals.h"
#include "kit/geometry.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- memory ---------------------------------------------------------------------------------- */

static bool start_view(loom_call *call, const registrar *r, rival_view *v)
{
    size_t spec = (size_t)r->spec * sizeof(float complex);
    v->wy = call->host->scratch(call, (size_t)(r->ny + r->nx) * sizeof(float));
    v->window = call->host->scratch(call, spec);
    v->signal = call->host->scratch(call, spec);
    v->power = call->host->scratch(call, spec);
    if (!v->wy || !v->window || !v->signal || !v->power) return false;
    v->wx = v->wy + r->ny;
    return true;
}

bool rivals_start(loom_call *call, const registrar *r, fftwf_plan back, double max_px,
                  rival_room *room)
{
    const loom_host *h = call->host;
    size_t spec = (size_t)r->spec * sizeof(float complex),
           image = (size_t)(r->ny * r->nx) * sizeof(float);
    assert(max_px > 0);
    *room = (rival_room){ .r = r, .back = back };
    for (int a = 0; a < 2; a++) {
        double n = (double)(a ? r->nx : r->ny);
        room->margin[a] = fmin(fmax(n / 8, max_px / 2), n / 4);
        room->fade[a] = fmax(n / 16, 1);
        room->reach[a] = n / 20;
    }
    room->filter = h->scratch(call, spec); /* both: half as many floats each */
    room->image = h->scratch(call, image);
    room->half = h->scratch(call, image);
    room->spec = h->scratch(call, spec);
    room->product = h->scratch(call, spec);
    room->list = h->scratch(call, RIVALS_MAX * sizeof *room->list);
    room->maxima = h->scratch(call, RIVALS_MAX * sizeof *room->maxima);
    if (!room->filter || !room->image || !room->half || !room->spec || !room->product || !room->list
        || !room->maxima)
        return false;
    room->square = room->filter + r->ny * r->hx;
    return start_view(call, r, &room->a) && start_view(call, r, &room->b);
}

/* ---- filters --------------------------------------------------------------------------------- */

/* kernel -> its transform, which is real: kernels are even. */
static void transform_even(const rival_room *room, float *kernel, float *to)
{
    const registrar *r = room->r;
    fftwf_execute_dft_r2c(r->forth, kernel, room->spec);
    for (int64_t i = 0; i < r->ny * r->hx; i++) to[i] = crealf(room->spec[i]);
}

/* The kernel whose transform is in room->spec, ended by a Gaussian, and its square. */
static void shape_kernel(rival_room *room)
{
    const registrar *r = room->r;
    float *h = room->image;
    double n = (double)(r->ny * r->nx);
    fftwf_execute_dft_c2r(room->back, room->spec, h);
    room->sum = 0;
    for (int64_t y = 0; y < r->ny; y++) {
        double dy = (double)(2 * y <= r->ny ? y : y - r->ny) / room->reach[0];
        for (int64_t x = 0; x < r->nx; x++) {
            double dx = (double)(2 * x <= r->nx ? x : x - r->nx) / room->reach[1];
            float *at = h + y * r->nx + x;
            *at *= (float)(exp(-(dx * dx + dy * dy) / 2) / n);
            room->half[y * r->nx + x] = *at * *at;
            room->sum += (double)(*at * *at);
        }
    }
}

/* h^2 = S / (N + 2 S): the weights of the likelihood of a displacement (register.h), times N. */
static void make_filter(rival_room *room, const float *signal, double noise)
{
    const registrar *r = room->r;
    int64_t n = r->ny * r->hx;
    for (int64_t i = 0; i < n; i++) {
        double s = fmax((double)signal[i], 0), all = noise + 2 * s;
        room->spec[i] = all > 0 ? (float)sqrt(s / all) : 0;
    }
    shape_kernel(room);
    transform_even(room, room->image, room->filter);
    transform_even(room, room->half, room->square);
    room->autocorrelation = room->top = 0;
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->hx; x++) {
            double h2 = pow((double)room->filter[y * r->hx + x], 2),
                   weight = x && 2 * x != r->nx ? 2 : 1;
            room->autocorrelation += weight * h2 * h2 / (double)(r->ny * r->nx);
            room->top = fmax(room->top, h2);
        }
}

/* ---- views ----------------------------------------------------------------------------------- */

/* 1 further than margin + fade from `from` and `to`, 0 within the margin. */
static void make_window(int64_t n, double from, double to, double margin, double fade, float *w)
{
    assert(n > 0 && fade > 0);
    for (int64_t i = 0; i < n; i++) {
        double inside = fmin((double)i - from, to - 1 - (double)i) + 0.5 - margin,
               at = fmax(0, fmin(1, inside / fade));
        w[i] = (float)(0.5 - 0.5 * cos(LOOM_PI * at));
    }
}

/* to = the image whose spectrum is `image` through a real filter. */
static void pass(const rival_room *room, const float complex *image, const float *filter, float *to)
{
    const registrar *r = room->r;
    float share = 1 / (float)(r->ny * r->nx);
    for (int64_t i = 0; i < r->ny * r->hx; i++) room->product[i] = image[i] * (filter[i] * share);
    fftwf_execute_dft_c2r(room->back, room->product, to);
}

static double subtract_mean(const rival_room *room, const float *pixels)
{
    int64_t n = room->r->ny * room->r->nx;
    double mean = 0;
    for (int64_t i = 0; i < n; i++) mean += (double)pixels[i] / (double)n;
    for (int64_t i = 0; i < n; i++) room->image[i] = (float)((double)pixels[i] - mean);
    return mean;
}

/* room->image = M g, room->half = M (g^2 - v), from g and h^2 * (image - mean) there. */
static void weigh(rival_room *room, const rival_image *image, double mean, rival_view *v)
{
    const registrar *r = room->r;
    double bright = mean > 0 ? image->bright : 0, sum = 0, square = 0, whole = 0;
    v->energy = 0;
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->nx; x++) {
            int64_t i = y * r->nx + x;
            double w = (double)v->wy[y] * (double)v->wx[x], g = (double)room->image[i],
                   rise = mean > 0 ? (double)room->half[i] / mean : 0,
                   noise = image->variance * (room->sum + bright * rise);
            whole += w;
            sum += w * noise;
            square += w * noise * noise;
            v->energy += w * g * g;
            room->image[i] = (float)(w * g);
            room->half[i] = (float)(w * (g * g - noise));
        }
    v->level = whole > 0 ? sum / whole : 0;
    v->uneven = sum > 0 ? square * whole / (sum * sum) : 1;
    v->variance = image->variance;
}

static void make_view(rival_room *room, const rival_image *image, rival_view *v)
{
    const registrar *r = room->r;
    make_window(r->ny, image->y0, image->y1, room->margin[0], room->fade[0], v->wy);
    make_window(r->nx, image->x0, image->x1, room->margin[1], room->fade[1], v->wx);
    double mean = subtract_mean(room, image->pixels);
    fftwf_execute_dft_r2c(r->forth, room->image, room->spec);
    pass(room, room->spec, room->filter, room->image);
    pass(room, room->spec, room->square, room->half);
    weigh(room, image, mean, v);
    fftwf_execute_dft_r2c(r->forth, room->image, v->signal);
    fftwf_execute_dft_r2c(r->forth, room->half, v->power);
    for (int64_t y = 0; y < r->ny; y++)
        for (int64_t x = 0; x < r->nx; x++) room->image[y * r->nx + x] = v->wy[y] * v->wx[x];
    fftwf_execute_dft_r2c(r->forth, room->image, v->window);
}

/* ---- judgement ------------------------------------------------------------------------------- */

/* Spectrum of X(u). */
static void relate(const rival_room *room)
{
    const rival_view *a = &room->a, *b = &room->b;
    float share = 1 / (float)(room->r->ny * room->r->nx);
    for (int64_t i = 0; i < room->r->ny * room->r->hx; i++)
        room->product[i] = share
                           * (conjf(a->power[i]) * b->window[i] + conjf(a->window[i]) * b->power[i]
                              - 2 * conjf(a->signal[i]) * b->signal[i]);
}

static double interpolate(int64_t n, const float *w, double at)
{
    double whole = floor(at), part = at - whole;
    int64_t k = (int64_t)whole;
    double low = k >= 0 && k < n ? (double)w[k] : 0,
           high = k >= -1 && k + 1 < n ? (double)w[k + 1] : 0;
    return (1 - part) * low + part * high;
}

/* Sums over one axis of the products p = a(i) b(i + u) and q = a(i) b(i + v). */
typedef struct overlaps {
    double p, q, pp, pq, qq;
} overlaps;

static overlaps overlap(int64_t n, const float *a, const float *b, double u, double v)
{
    overlaps o = { 0 };
    for (int64_t i = 0; i < n; i++) {
        double p = (double)a[i] * interpolate(n, b, (double)i + u),
               q = (double)a[i] * interpolate(n, b, (double)i + v);
        o.p += p;
        o.q += q;
        o.pp += p * p;
        o.pq += p * q;
        o.qq += q * q;
    }
    return o;
}

/* Of both axes; p at one displacement, q at another. */
static overlaps overlap_of(const rival_room *room, const rival *p, const rival *q)
{
    const rival_view *a = &room->a, *b = &room->b;
    overlaps y = overlap(room->r->ny, a->wy, b->wy, p->y, q->y),
             x = overlap(room->r->nx, a->wx, b->wx, p->x, q->x);
    return (overlaps){ y.p * x.p, y.q * x.q, y.pp * x.pp, y.pq * x.pq, y.qq * x.qq };
}

/* X at its minimum next to a displacement: what a parabola through the value there makes of it. */
static double least_excess(const rival_room *room, const rival *q)
{
    double g[2], s[3], at[2] = { q->x, q->y };
    double x = registrar_value(room->r, room->product, at, (float *)(void *)room->spec, g, s),
           det = s[0] * s[2] - s[1] * s[1];
    if (!(det > 0 && s[0] > 0)) return x;
    double sx = (s[2] * g[0] - s[1] * g[1]) / det, sy = (s[0] * g[1] - s[1] * g[0]) / det;
    return hypot(sx, sy) < 0.5 ? x - (g[0] * sx + g[1] * sy) / 2 : x;
}

static void measure_all(rival_room *room, rival_filter f, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        rival *q = room->list + i;
        if (q->excluded) continue;
        q->overlap = overlap_of(room, q, q).p;
        q->excess[f] = least_excess(room, q);
    }
}

/* Not where too little overlaps to judge by. */
static bool is_judged(const rival_room *room, const rival *q)
{
    return !q->excluded && q->overlap > 1e-3 * (double)(room->r->ny * room->r->nx);
}

static const rival *least(const rival_room *room, rival_filter f, int64_t n)
{
    const rival *best = NULL;
    for (int64_t i = 0; i < n; i++) {
        const rival *q = room->list + i;
        if (!is_judged(room, q)) continue;
        if (!best || q->excess[f] / q->overlap < best->excess[f] / best->overlap) best = q;
    }
    return best;
}

/* Autocorrelation of h's own autocorrelation at the distance of two displacements, whose spectrum
 * is in a.window by now. */
static double correlation(const rival_room *room, const rival *p, const rival *q)
{
    double g[2], s[3], at[2] = { q->x - p->x, q->y - p->y };
    return registrar_value(room->r, room->a.window, at, (float *)(void *)room->spec, g, s);
}

/* Variance of X(q) / overlap - X(best) / overlap, times the overlap of the best squared, both true;
 * see rivals.h. both: `correlation`, or less. */
static double variance_of(const rival_room *room, const overlaps *o, double both)
{
    const rival_view *a = &room->a, *b = &room->b;
    double scale = o->p / o->q, own = room->autocorrelation,
           cross = own * (o->pp + scale * scale * o->qq) - 2 * both * scale * o->pq,
           rest = own * (o->pp + scale * scale * o->qq - 2 * scale * o->pq), va = a->variance,
           vb = b->variance;
    assert(o->p > 0 && o->q > 0);
    return sqrt(a->uneven * b->uneven)
           * (4 * va * vb * fmax(cross, 0) + 2 * (va * va + vb * vb) * fmax(rest, 0));
}

/* Squared standard deviations that X of the best is lower by d, if the other is the true one: X of
 * the best then has any mean s >= 0, and the variance rises by c s; the s that makes it likeliest.
 */
static double odds(double d, double variance, double c)
{
    if (!(d > 0)) return 0;
    return c * d <= 2 * variance ? d * d / variance : 4 * (d - variance / c) / c;
}

/* Whether q is excluded by the best. What the images differ by at the best already, distortions,
 * counts as noise; `rounding` is that of the transforms. */
static bool is_worse(const rival_room *room, rival_filter f, const rival *q, const rival *best)
{
    const double rounding = 2e-6, needed = RIVALS_ODDS * RIVALS_ODDS;
    const rival_view *a = &room->a, *b = &room->b;
    overlaps o = overlap_of(room, best, q);
    double own = best->excess[f] / best->overlap,
           d = best->overlap * (q->excess[f] / q->overlap - own), level = a->level + b->level,
           more = level > 0 ? 1 + fmax(own, 0) / level : 1,
           c = 4 * room->top * (a->variance + b->variance) * more,
           floor = rounding * (a->energy + b->energy), rest = floor * floor + 1e-300;
    double most = variance_of(room, &o, -room->autocorrelation) * more * more + rest;
    if (odds(d, most, c) > needed) return true;
    if (!(odds(d, rest, c) > needed)) return false;
    double variance = variance_of(room, &o, correlation(room, best, q)) * more * more + rest;
    return odds(d, variance, c) > needed;
}

static void exclude(rival_room *room, rival_filter f, int64_t n)
{
    const rival *best = least(room, f, n);
    float complex *fourth = room->a.window; /* h^4: the spectrum of `correlation` */
    float share = 1 / (float)(room->r->ny * room->r->nx);
    for (int64_t i = 0; i < room->r->ny * room->r->hx; i++) {
        float h2 = room->filter[i] * room->filter[i];
        fourth[i] = h2 * h2 * share;
    }
    for (int64_t i = 0; i < n && best; i++) {
        rival *q = room->list + i;
        if (is_judged(room, q) && is_worse(room, f, q, best)) q->excluded = true;
    }
}

int64_t rivals_judge(rival_room *room, const rival_image *a, const rival_image *b,
                     const float *peaks, const float *rings, double noise, int64_t n)
{
    int64_t left = 0;
    assert(n >= 0 && n <= RIVALS_MAX);
    for (int64_t i = 0; i < n; i++) room->list[i].excluded = false;
    for (int f = 0; f < RIVALS_FILTERS && n > 1; f++) {
        make_filter(room, f == RIVALS_PEAKS ? peaks : rings, noise);
        make_view(room, a, &room->a);
        make_view(room, b, &room->b);
        relate(room);
        measure_all(room, (rival_filter)f, n);
        exclude(room, (rival_filter)f, n);
    }
    for (int64_t i = 0; i < n; i++) left += !room->list[i].excluded;
    for (int64_t i = 0; i < n && !left; i++) room->list[i].excluded = false; /* they contradict */
    return left ? left : n;
}
