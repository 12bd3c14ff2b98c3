/* bundle.c - see bundle.h.
 *
 * Unknowns, in this order: [n][4] x, y, z, amplitude of the points; [nt][5] of the poses; the
 * width. J is never stored: the product of J' W J with a vector is two passes over all points and
 * tilts (kit/points.h). The preconditioner is the diagonal's blocks, points taken as if alone, and
 * where wanted a coarse part for what all of them do together. */
#include "bundle.h"
#include "kit/linalg.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { VECTORS = 6 };
/* conjugate gradients end when the preconditioned remainder has fallen to this */
#define FORCING 0.01
#define WIDTH_STEP 1e-2 /* pixels, for the derivative with respect to the width */

static int64_t unknowns(const bundle *b) { return LOOM_POINT * b->n + LOOM_VIEW * b->nt + 1; }
static int64_t pixels(const bundle *b) { return b->ny * b->nx; }
static double *poses_of(const bundle *b, double *vector) { return vector + LOOM_POINT * b->n; }

static loom_points model_of(const bundle *b)
{
    return (loom_points){ .n = b->n,
                          .nt = b->nt,
                          .ny = b->ny,
                          .nx = b->nx,
                          .sigma_px = b->sigma_px,
                          .point = b->point,
                          .view = b->poses->v,
                          .threads = b->threads };
}

bool bundle_open(bundle *b)
{
    assert(b->room >= 0 && b->nt > 0 && b->ny > 0 && b->nx > 0 && b->threads > 0);
    const loom_host *h = b->call->host;
    size_t image = (size_t)(b->nt * pixels(b)) * sizeof(float), room = (size_t)b->room;
    loom_points m = { .n = b->room, .nt = b->nt, .ny = b->ny, .nx = b->nx, .threads = b->threads };
    b->n = b->room;
    b->weight = h->scratch(b->call, image);
    b->model = h->scratch(b->call, image);
    b->residual = h->scratch(b->call, image);
    b->widened = h->scratch(b->call, image);
    b->work = h->scratch(b->call, (size_t)loom_points_work(&m) * sizeof(float));
    b->vectors = h->scratch(b->call, VECTORS * (size_t)unknowns(b) * sizeof(double));
    b->point = h->scratch(b->call, LOOM_POINT * room * sizeof(double));
    b->position = h->scratch(b->call, 6 * room * sizeof(double));
    b->amplitude = h->scratch(b->call, room * sizeof(double));
    b->view = h->scratch(b->call, (size_t)(LOOM_VIEW * LOOM_VIEW * b->nt) * sizeof(double));
    b->sums = h->scratch(b->call, (size_t)b->nt * 2 * sizeof(double));
    b->ground.gram = h->scratch(b->call, ground_bytes(b->nt));
    b->mode = h->scratch(b->call, COLLECTIVE * (size_t)unknowns(b) * sizeof(double));
    b->curved = h->scratch(b->call, COLLECTIVE * (size_t)unknowns(b) * sizeof(double));
    b->bonds = (loom_bonds){ .n = 0 };
    b->n = 0;
    return b->ground.gram && b->mode && b->curved && b->weight && b->model && b->residual
           && b->widened && b->work && b->vectors && b->point && b->position && b->amplitude
           && b->view && b->sums;
}

void bundle_close(bundle *b)
{
    void *all[] = { b->weight,  b->model, b->residual, b->widened,    b->work,
                    b->vectors, b->point, b->position, b->amplitude,  b->view,
                    b->sums,    b->mode,  b->curved,   b->ground.gram };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) b->call->host->release(b->call, all[i]);
    loom_bonds_free(b->call, &b->bonds);
}

/* Sum over all pixels of weight x y: view by view, so that it does not depend on threads. */
static double product(const bundle *b, const float *x, const float *y)
{
    double total = 0;
#pragma omp parallel for num_threads(b->threads) schedule(static)
    for (int64_t k = 0; k < b->nt; k++) {
        double sum = 0;
        for (int64_t i = k * pixels(b); i < (k + 1) * pixels(b); i++)
            sum += (double)(b->weight[i] * x[i] * y[i]);
        b->sums[k] = sum;
    }
    for (int64_t k = 0; k < b->nt; k++) total += b->sums[k];
    return total;
}

void bundle_weigh(bundle *b)
{
    ground_weigh(&b->ground, b->nt, b->ny, b->nx, b->weight, b->threads);
}

void bundle_measure(bundle *b)
{
    loom_points m = model_of(b);
    int64_t all = b->nt * pixels(b);
    loom_points_images(&m, b->model);
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++) b->residual[i] = b->images[i] - b->model[i];
    ground_remove(&b->ground, b->residual);
#pragma omp parallel for num_threads(b->threads) schedule(static)
    for (int64_t k = 0; k < b->nt; k++) {
        double sum = 0;
        int64_t count = 0;
        for (int64_t i = k * pixels(b); i < (k + 1) * pixels(b); i++) {
            if (!(b->weight[i] < 1)) continue;
            sum += (double)(b->weight[i] * b->residual[i] * b->residual[i]);
            count++;
        }
        b->sums[k] = sum;
        b->sums[b->nt + k] = (double)count;
    }
    double sum = 0, count = 0;
    for (int64_t k = 0; k < b->nt; k++) {
        sum += b->sums[k];
        count += b->sums[b->nt + k];
    }
    b->noise = count > 0 ? sum / count : 0;
    b->misfit = product(b, b->residual, b->residual);
}

/* The derivative of all images with respect to the width, from a difference. */
static void widen(bundle *b)
{
    loom_points m = model_of(b);
    int64_t all = b->nt * pixels(b);
    m.sigma_px += WIDTH_STEP;
    loom_points_images(&m, b->widened);
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++)
        b->widened[i] = (b->widened[i] - b->model[i]) * (float)(1 / WIDTH_STEP);
    b->width_curve = product(b, b->widened, b->widened);
}

static double clamp(double v, double least, double most) { return fmax(least, fmin(most, v)); }
static double valid_width(double sigma)
{
    return clamp(sigma, LOOM_POINTS_LEAST_SIGMA, LOOM_POINTS_MOST_SIGMA - WIDTH_STEP);
}

static void scale(bundle *b, double factor)
{
    for (int64_t j = 0; j < b->n; j++) b->point[LOOM_POINT * j + 3] *= factor;
}

void bundle_begin(bundle *b)
{
    for (int64_t j = 0; j < b->n; j++) b->point[LOOM_POINT * j + 3] = 1;
    bundle_measure(b);
    double all = product(b, b->model, b->model);
    scale(b, all > 0 ? product(b, b->model, b->images) / all : 1);
    bundle_measure(b);
    for (int round = 0; round < 8;
         round++) { /* a factor and the width together, in bounded steps */
        widen(b);
        double ss = b->width_curve, sm = product(b, b->widened, b->model),
               mm = product(b, b->model, b->model), det = ss * mm - sm * sm;
        double rs = product(b, b->residual, b->widened), rm = product(b, b->residual, b->model);
        if (!(det > 0)) return;
        scale(b, 1 + clamp((rm * ss - rs * sm) / det, -0.3, 0.5));
        b->sigma_px = valid_width(
            b->sigma_px + clamp((rs * mm - rm * sm) / det, -0.2 * b->sigma_px, 0.2 * b->sigma_px));
        bundle_measure(b);
    }
}

/* residual = J d, less the background that follows it. */
static void forward(bundle *b, const loom_points *m, double *d)
{
    int64_t all = b->nt * pixels(b);
    float wider = (float)d[unknowns(b) - 1];
    loom_points_forward(m, d, poses_of(b, d), b->residual);
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++) b->residual[i] += wider * b->widened[i];
    ground_remove(&b->ground, b->residual);
}

/* out = J' W residual. */
static void backward(bundle *b, const loom_points *m, double *out)
{
    int64_t all = b->nt * pixels(b);
    out[unknowns(b) - 1] = product(b, b->residual, b->widened);
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++) b->residual[i] *= b->weight[i];
    loom_points_backward(m, b->residual, b->work, out, poses_of(b, out));
}

void bundle_divide_pose(const bundle *b, int64_t k, const double in[LOOM_VIEW],
                        double out[LOOM_VIEW])
{
    assert(k >= 0 && k < b->nt);
    const double *block = b->view + LOOM_VIEW * LOOM_VIEW * k;
    double a[LOOM_VIEW * LOOM_VIEW], x[LOOM_VIEW];
    int index[LOOM_VIEW], n = 0;
    memset(out, 0, LOOM_VIEW * sizeof(double));
    for (int i = 0; i < LOOM_VIEW; i++)
        if (b->rules->refine[i] && block[i * (LOOM_VIEW + 1)] > 0) index[n++] = i;
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < n; c++) a[i * n + c] = block[LOOM_VIEW * index[i] + index[c]];
        a[i * n + i] *= 1 + 1e-6;
        x[i] = in[index[i]];
    }
    if (n == 0 || !loom_solve_spd(n, a, x)) return;
    for (int i = 0; i < n; i++) out[index[i]] = x[i];
}

/* out = (blocks on the diagonal)^-1 in. Without poses the width stays as well. */
static void precondition(const bundle *b, bool poses, double *in, double *out)
{
    assert(in != out);
#pragma omp parallel for num_threads(b->threads) schedule(static)
    for (int64_t j = 0; j < b->n; j++) {
        const double *p = b->position + 6 * j, *v = in + LOOM_POINT * j;
        double a[9] = { p[0] * (1 + 1e-6), p[1], p[3], p[1], p[2] * (1 + 1e-6), p[4], p[3], p[4],
                        p[5] * (1 + 1e-6) },
               x[3] = { v[0], v[1], v[2] };
        if (!loom_solve_spd(3, a, x)) memset(x, 0, sizeof x);
        memcpy(out + LOOM_POINT * j, x, sizeof x);
        out[LOOM_POINT * j + 3] = b->amplitude[j] > 0 ? v[3] / b->amplitude[j] : 0;
    }
    for (int64_t k = 0; k < b->nt; k++) {
        double *to = poses_of(b, out) + LOOM_VIEW * k;
        if (poses) bundle_divide_pose(b, k, poses_of(b, in) + LOOM_VIEW * k, to);
        else memset(to, 0, LOOM_VIEW * sizeof(double));
    }
    int64_t last = unknowns(b) - 1;
    out[last] = poses && b->width_curve > 0 ? in[last] / b->width_curve : 0;
}

static double dot(int64_t n, const double *x, const double *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* out = (J' W J + springs) in. `residual` is used up. */
static void curve(bundle *b, const loom_points *m, double *in, double *out)
{
    forward(b, m, in);
    backward(b, m, out);
    loom_bonds_curve(&b->bonds, in, out);
}

/* The modes: points strained, poses and width answering as they would alone. A specimen longer
 * along the beam under a stretched tilt scheme changes its images by second order only; this, or
 * any strain, is spread over all unknowns, and no block on the diagonal shows it. */
static void find_modes(bundle *b, const loom_points *m)
{
    static const int from[COLLECTIVE] = { 0, 1, 2, 0, 0, 1 }, to[COLLECTIVE] = { 0, 1, 2, 1, 2, 2 };
    int64_t n = unknowns(b);
    for (int e = 0; e < COLLECTIVE; e++) {
        double *mode = b->mode + e * n, *curved = b->curved + e * n, *answer = poses_of(b, mode);
        memset(mode, 0, (size_t)n * sizeof(double));
        for (int64_t j = 0; j < b->n; j++) {
            mode[LOOM_POINT * j + to[e]] += b->point[LOOM_POINT * j + from[e]];
            if (from[e] != to[e])
                mode[LOOM_POINT * j + from[e]] += b->point[LOOM_POINT * j + to[e]];
        }
        curve(b, m, mode, curved);
        for (int64_t k = 0; k < b->nt; k++) {
            bundle_divide_pose(b, k, poses_of(b, curved) + LOOM_VIEW * k, answer + LOOM_VIEW * k);
            for (int i = 0; i < LOOM_VIEW; i++) answer[LOOM_VIEW * k + i] *= -1;
        }
        mode[n - 1] = b->width_curve > 0 ? -curved[n - 1] / b->width_curve : 0;
        curve(b, m, mode, curved);
    }
    for (int e = 0; e < COLLECTIVE; e++)
        for (int c = 0; c <= e; c++)
            b->among[COLLECTIVE * e + c] = b->among[COLLECTIVE * c + e] =
                dot(n, b->mode + e * n, b->curved + c * n);
    b->collective = true;
}

/* out += the combination of modes that answers `in` among them. */
static void add_modes(const bundle *b, const double *in, double *out)
{
    int64_t n = unknowns(b);
    double a[COLLECTIVE * COLLECTIVE], x[COLLECTIVE];
    memcpy(a, b->among, sizeof a);
    for (int e = 0; e < COLLECTIVE; e++) {
        a[e * (COLLECTIVE + 1)] *= 1 + 1e-9;
        x[e] = dot(n, b->mode + e * n, in);
    }
    if (!loom_solve_spd(COLLECTIVE, a, x)) return;
    for (int e = 0; e < COLLECTIVE; e++)
        for (int64_t i = 0; i < n; i++) out[i] += x[e] * b->mode[e * n + i];
}

/* step = (J' W J + springs)^-1 gradient, about; `rest` is the gradient and is used up. */
static void solve(bundle *b, const loom_points *m, int rounds, bool poses, double *step,
                  double *rest, double *scaled, double *direction, double *curved)
{
    assert(step != rest && rest != scaled && scaled != direction && direction != curved);
    int64_t n = unknowns(b);
    memset(step, 0, (size_t)n * sizeof(double));
    precondition(b, poses, rest, scaled);
    if (b->collective) add_modes(b, rest, scaled);
    memcpy(direction, scaled, (size_t)n * sizeof(double));
    double left = dot(n, rest, scaled), first = left;
    for (int r = 0;
         r < rounds && left > FORCING * FORCING * first && !b->call->host->cancelled(b->call);
         r++) {
        curve(b, m, direction, curved);
        double curvature = dot(n, direction, curved);
        if (!(curvature > 0)) break;
        double length = left / curvature;
        for (int64_t i = 0; i < n; i++) {
            step[i] += length * direction[i];
            rest[i] -= length * curved[i];
        }
        precondition(b, poses, rest, scaled);
        if (b->collective) add_modes(b, rest, scaled);
        double next = dot(n, rest, scaled), carry = next / left;
        left = next;
        for (int64_t i = 0; i < n; i++) direction[i] = scaled[i] + carry * direction[i];
    }
}

/* Everything at `from` plus length times step; no point goes further than a width. */
static void go(bundle *b, const double *from, double sigma, const double *step, double length)
{
    const double *poses = from + LOOM_POINT * b->n, *turn = step + LOOM_POINT * b->n;
    for (int64_t j = 0; j < b->n; j++) {
        const double *s = step + LOOM_POINT * j;
        double far = sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]),
               part = far > b->sigma_px ? length * b->sigma_px / far : length;
        for (int i = 0; i < 3; i++)
            b->point[LOOM_POINT * j + i] = from[LOOM_POINT * j + i] + part * s[i];
        b->point[LOOM_POINT * j + 3] = fmax(from[LOOM_POINT * j + 3] + length * s[3], 0);
    }
    for (int64_t k = 0; k < b->nt; k++)
        for (int i = 0; i < LOOM_VIEW; i++)
            b->poses[k].v[i] = poses[LOOM_VIEW * k + i] + length * turn[LOOM_VIEW * k + i];
    b->sigma_px = valid_width(sigma + length * turn[LOOM_VIEW * b->nt]);
    bundle_measure(b);
}

bool bundle_step(bundle *b, int rounds, bool poses, bool thorough)
{
    int64_t n = unknowns(b), at = LOOM_POINT * b->n;
    double *step = b->vectors, *rest = step + n, *scaled = rest + n, *direction = scaled + n,
           *curved = direction + n, *from = curved + n;
    loom_points m = model_of(b);
    loom_bonds_free(b->call, &b->bonds);
    if (!loom_bonds_find(b->call, b->n, b->point, 0, &b->bonds)) return false;
    double one = b->spread * b->bonds.length, before = b->misfit, sigma = b->sigma_px;
    if (one > 0) b->bonds.stiffness = b->noise / (one * one);
    before += loom_bonds_energy(&b->bonds, b->point);
    widen(b);
    backward(b, &m, rest);
    loom_bonds_pull(&b->bonds, rest);
    loom_points_curvature(&m, b->weight, b->work, b->position, b->amplitude, b->view);
    loom_bonds_blocks(&b->bonds, 6, b->position);
    b->collective = false;
    if (thorough && poses) find_modes(b, &m);
    solve(b, &m, rounds, poses, step, rest, scaled, direction, curved);
    memcpy(from, b->point, (size_t)at * sizeof(double));
    memcpy(from + at, b->poses, (size_t)b->nt * sizeof(pose));
    for (double length = 1;; length *= 0.5) {
        if (length < 0.1) length = 0; /* nowhere better: stay */
        go(b, from, sigma, step, length);
        if (length == 0 || b->misfit + loom_bonds_energy(&b->bonds, b->point) <= before) break;
    }
    return true;
}
