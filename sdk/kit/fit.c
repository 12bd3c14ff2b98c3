/* kit/fit.c - the likelihood, and a step downhill. See fit.h */
#include "kit/fit_inside.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define SHORTEST 0.05
enum { BEGIN_ROUNDS = 8 };

int64_t loom_fit_unknowns(const loom_fit *f)
{
    return LOOM_ATOM * f->n + fit_views(f) * f->nt + fit_common(f);
}

/* ---- memory ---------------------------------------------------------------------------------- */

bool loom_fit_open(loom_fit *f)
{
    assert(f->room >= 0 && f->nt > 0 && f->ny > 0 && f->nx > 0);
    assert(f->classes > 0 && fit_common(f) <= LOOM_MAX_COMMON && fit_views(f) <= LOOM_MAX_VIEW);
    const loom_host *h = f->call->host;
    size_t image = (size_t)(f->nt * fit_pixels(f)) * sizeof(float), room = (size_t)f->room,
           views = (size_t)fit_views(f), nt = (size_t)f->nt;
    f->n = f->room;
    if (!(f->floor > 0)) f->floor = LOOM_FIT_FLOOR;
    loom_imaging m = fit_model(f);
    size_t unknowns = (size_t)loom_fit_unknowns(f),
           work = (size_t)loom_imaging_work(&m) * sizeof(float);
    bool tail =
        f->free.common[f->classes + COMMON_TAIL] || f->free.common[f->classes + COMMON_SPREAD];
    struct {
        void *at;
        size_t bytes;
    } all[] = { { &f->model, image },
                { &f->residual, image },
                { &f->weight, image },
                { &f->change, image },
                { &f->fields.shape, image },
                { &f->made.tail, tail ? image : 0 },
                { &f->made.slope, tail ? image : 0 },
                { &f->work, work },
                { &f->tables, loom_imaging_tables_bytes(&m) },
                { &f->atom, room * LOOM_ATOM * sizeof(double) },
                { &f->class, room * sizeof(int32_t) },
                { &f->view, nt * views * sizeof(double) },
                { &f->view_start, nt * views * sizeof(double) },
                { &f->vectors, FIT_VECTORS * unknowns * sizeof(double) },
                { &f->atom_block, room * LOOM_ATOM_BLOCK * sizeof(double) },
                { &f->view_block, nt * views * views * sizeof(double) },
                { &f->sums, nt * sizeof(double) } };
    f->n = 0;
    f->bonds = (loom_bonds){ .n = 0 };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *memory = all[i].bytes ? h->scratch(f->call, all[i].bytes) : NULL;
        if (!memory && all[i].bytes) return false;
        if (memory) memset(memory, 0, all[i].bytes);
        memcpy(all[i].at, &memory, sizeof memory);
    }
    return true;
}

void loom_fit_close(loom_fit *f)
{
    void *all[] = { f->model,     f->residual,   f->weight,  f->change,     f->fields.shape,
                    f->made.tail, f->made.slope, f->work,    f->atom,       f->class,
                    f->view,      f->view_start, f->vectors, f->atom_block, f->view_block,
                    f->sums,      f->tables };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]) f->call->host->release(f->call, all[i]);
    loom_bonds_free(f->call, &f->bonds);
}

/* ---- likelihood ------------------------------------------------------------------------------ */

static double sum_views(const loom_fit *f)
{
    double total = 0;
    for (int64_t k = 0; k < f->nt; k++) total += f->sums[k];
    return total;
}

/* Minus the logarithm of the Poisson probability of d where l is expected, less its value at l = d.
 */
static double deviance(double l, double d, double floor)
{
    assert(floor > 0);
    double past = l - floor, from = past < 0 ? floor : l;
    double v = from - (d > 0 ? d * log(from) : 0);
    if (past < 0) v += (1 - d / floor) * past + past * past / (2 * floor);
    return v - (d > 0 ? d - d * log(d) : 0);
}

/* Residual, weight and misfit of one tilt from its model. */
static double compare_tilt(loom_fit *f, int64_t k)
{
    assert(k >= 0 && k < f->nt && f->noise[k].gain > 0);
    const loom_fit_noise *noise = &f->noise[k];
    double gain = noise->gain,
           add = noise->level / gain + noise->read * noise->read / (gain * gain), sum = 0;
    bool used = !f->used || f->used[k];
    for (int64_t i = k * fit_pixels(f); i < (k + 1) * fit_pixels(f); i++) {
        double l = (double)f->model[i] / gain + add, d = (double)f->images[i] / gain + add;
        f->residual[i] = f->images[i] - f->model[i];
        f->weight[i] = used ? (float)(1 / (gain * gain * (l > f->floor ? l : f->floor))) : 0;
        if (used) sum += deviance(l, d, f->floor);
    }
    return sum;
}

static double prior_of(const loom_fit *f)
{
    double sum = 0;
    for (int64_t k = 0; k < f->nt; k++)
        for (int64_t i = 0; i < fit_views(f); i++) {
            double d = f->view[k * fit_views(f) + i] - f->view_start[k * fit_views(f) + i];
            if (f->view_spread[i] > 0 && f->free.view[i])
                sum += 0.5 * d * d / (f->view_spread[i] * f->view_spread[i]);
        }
    for (int64_t j = 0; f->height_weight && j < f->n; j++) {
        double d = f->atom[LOOM_ATOM * j + 3] - f->height_mean[j];
        sum += 0.5 * f->height_weight[j] * d * d;
    }
    return sum + 0.5 * loom_bonds_energy(&f->bonds, f->atom);
}

void loom_fit_measure(loom_fit *f)
{
    loom_imaging m = fit_model(f);
    /* derivatives by the tail cost two convolutions of every image: only where it is free */
    bool tail =
        f->free.common[f->classes + COMMON_TAIL] || f->free.common[f->classes + COMMON_SPREAD];
    f->fields.tail = tail ? f->made.tail : NULL;
    f->fields.slope = tail ? f->made.slope : NULL;
    loom_imaging_tables(&m, f->tables);
    loom_imaging_images(&m, &f->fields, f->work, f->model);
#pragma omp parallel for num_threads(f->threads) schedule(static)
    for (int64_t k = 0; k < f->nt; k++) f->sums[k] = compare_tilt(f, k);
    f->misfit = sum_views(f);
    f->prior = prior_of(f);
}

/* ---- a start --------------------------------------------------------------------------------- */

/* Sum over all pixels of weight x y, where y NULL is x. */
static double product(loom_fit *f, const float *x, const float *y)
{
    assert(x && f->weight);
#pragma omp parallel for num_threads(f->threads) schedule(static)
    for (int64_t k = 0; k < f->nt; k++) {
        double sum = 0;
        for (int64_t i = k * fit_pixels(f); i < (k + 1) * fit_pixels(f); i++)
            sum += (double)(f->weight[i] * x[i] * (y ? y[i] : x[i]));
        f->sums[k] = sum;
    }
    return sum_views(f);
}

static double clamp(double v, double least, double most) { return fmax(least, fmin(most, v)); }

/* One factor for all heights and the constant of every tilt's background, by plain least squares:
 * weights of a model without background would see little else than its absence. */
static void begin_background(loom_fit *f)
{
    double with = 0, square = 0, n = (double)fit_pixels(f);
    if (f->background < 1 || !f->free.view[VIEW_BACKGROUND]) return;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t k = 0; k < f->nt; k++) {
            const float *shape = f->fields.shape + k * fit_pixels(f),
                        *image = f->images + k * fit_pixels(f);
            double s = 0, d = 0, sd = 0, ss = 0, scale = f->view[fit_views(f) * k + VIEW_SCALE];
            for (int64_t i = 0; i < fit_pixels(f); i++) {
                double v = scale * (double)shape[i];
                s += v / n;
                d += (double)image[i] / n;
                sd += v * (double)image[i];
                ss += v * v;
            }
            if (pass == 0) {
                with += sd - n * s * d;
                square += ss - n * s * s;
            } else if (with > 0 && square > 0)
                f->view[fit_views(f) * k + VIEW_BACKGROUND] = d - with / square * s;
        }
    for (int64_t j = 0; with > 0 && square > 0 && j < f->n; j++)
        f->atom[LOOM_ATOM * j + 3] *= with / square;
}

void loom_fit_begin(loom_fit *f)
{
    assert(f->n <= f->room);
    double *height = fit_vector(f, 0), *wider = fit_vector(f, 1);
    loom_fit_measure(f);
    begin_background(f);
    loom_fit_measure(f);
    for (int round = 0; round < BEGIN_ROUNDS;
         round++) { /* a factor for the heights and one for the widths together, in bounded steps */
        loom_imaging m = fit_model(f);
        memset(height, 0, (size_t)loom_fit_unknowns(f) * sizeof(double));
        memset(wider, 0, (size_t)loom_fit_unknowns(f) * sizeof(double));
        for (int64_t j = 0; j < f->n; j++) height[LOOM_ATOM * j + 3] = f->atom[LOOM_ATOM * j + 3];
        for (int32_t c = 0; c < f->classes; c++) fit_common_part(f, wider)[c] = f->common[c];
        loom_imaging_forward(&m, &f->fields, height, NULL, NULL, f->work, f->change);
        double hh = product(f, f->change, NULL), hr = product(f, f->change, f->residual);
        /* the model is made anew below */
        memcpy(f->model, f->change, (size_t)(f->nt * fit_pixels(f)) * sizeof(float));
        loom_imaging_forward(&m, &f->fields, NULL, NULL, fit_common_part(f, wider), f->work,
                             f->change);
        double ww = product(f, f->change, NULL), wr = product(f, f->change, f->residual),
               hw = product(f, f->change, f->model);
        double det = hh * ww - hw * hw, higher = det > 0 ? (hr * ww - wr * hw) / det : 0,
               broader = det > 0 ? (wr * hh - hr * hw) / det : 0;
        if (!f->free.common[0]) { /* widths are held */
            higher = hh > 0 ? hr / hh : 0;
            broader = 0;
        }
        for (int64_t j = 0; j < f->n; j++) f->atom[LOOM_ATOM * j + 3] *= 1 + clamp(higher, -0.5, 1);
        for (int32_t c = 0; c < f->classes; c++)
            f->common[c] = clamp(f->common[c] * (1 + clamp(broader, -0.2, 0.2)),
                                 LOOM_IMAGING_MIN_SIGMA, LOOM_IMAGING_MAX_SIGMA);
        loom_fit_measure(f);
        if (fabs(higher) < 1e-3 && fabs(broader) < 1e-3) return;
    }
}

void loom_fit_left_out(loom_fit *f)
{
    for (int64_t i = VIEW_SCALE; f->used && i < fit_views(f); i++) {
        double sum = 0;
        int64_t n = 0;
        for (int64_t k = 0; k < f->nt; k++)
            if (f->used[k]) {
                sum += f->view[fit_views(f) * k + i];
                n++;
            }
        for (int64_t k = 0; n && k < f->nt; k++)
            if (!f->used[k]) f->view[fit_views(f) * k + i] = sum / (double)n;
    }
    loom_fit_measure(f);
}

/* ---- a step ---------------------------------------------------------------------------------- */

/* rest = J' W (D - model) - slope of the priors. */
static void downhill(loom_fit *f, double *rest)
{
    memcpy(f->change, f->residual, (size_t)(f->nt * fit_pixels(f)) * sizeof(float));
    fit_pull(f, f->change, rest);
    loom_bonds_pull(&f->bonds, rest);
    for (int64_t j = 0; f->height_weight && j < f->n; j++)
        rest[LOOM_ATOM * j + 3] -=
            f->height_weight[j] * (f->atom[LOOM_ATOM * j + 3] - f->height_mean[j]);
    double *view = fit_view_part(f, rest);
    for (int64_t k = 0; k < f->nt; k++)
        for (int64_t i = 0; i < fit_views(f); i++) {
            int64_t at = k * fit_views(f) + i;
            if (f->view_spread[i] > 0)
                view[at] -=
                    (f->view[at] - f->view_start[at]) / (f->view_spread[i] * f->view_spread[i]);
        }
    fit_hold(f, rest);
}

/* The model at `from` plus `length` times `step`. Atoms go no further than `trust`; a height stays
 * above 1/10 of itself and below three times it; widths change by a fifth at most. */
static void go(loom_fit *f, const double *from, const double *step, double length)
{
    int64_t atoms = LOOM_ATOM * f->n, views = fit_views(f) * f->nt;
    for (int64_t j = 0; j < f->n; j++) {
        const double *s = step + LOOM_ATOM * j, *a = from + LOOM_ATOM * j;
        double far = sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]) * length,
               part = far > f->trust_px ? length * f->trust_px / far : length;
        for (int i = 0; i < 3; i++) f->atom[LOOM_ATOM * j + i] = a[i] + part * s[i];
        f->atom[LOOM_ATOM * j + 3] =
            clamp(a[3] + length * s[3], fmin(0.1 * a[3], a[3]), fmax(3 * a[3], a[3]));
    }
    for (int64_t i = 0; i < views; i++) f->view[i] = from[atoms + i] + length * step[atoms + i];
    for (int64_t i = 0; i < fit_common(f); i++) {
        double before = from[atoms + views + i], after = before + length * step[atoms + views + i];
        if (i < f->classes)
            after = clamp(clamp(after, 0.8 * before, 1.2 * before), LOOM_IMAGING_MIN_SIGMA,
                          LOOM_IMAGING_MAX_SIGMA);
        else if (i == f->classes + COMMON_TAIL) after = clamp(after, 0, 0.9);
        else after = clamp(clamp(after, 0.5 * before, 2 * before), f->spread_least, f->spread_most);
        f->common[i] = after;
    }
}

static void store(const loom_fit *f, double *to)
{
    memcpy(to, f->atom, (size_t)(LOOM_ATOM * f->n) * sizeof(double));
    memcpy(fit_view_part(f, to), f->view, (size_t)(fit_views(f) * f->nt) * sizeof(double));
    memcpy(fit_common_part(f, to), f->common, (size_t)fit_common(f) * sizeof(double));
}

static double moved_px(const loom_fit *f, const double *from)
{
    double sum = 0;
    for (int64_t j = 0; j < f->n; j++)
        for (int i = 0; i < 3; i++) {
            double d = f->atom[LOOM_ATOM * j + i] - from[LOOM_ATOM * j + i];
            sum += d * d;
        }
    return f->n ? sqrt(sum / (double)f->n) : 0;
}

bool loom_fit_step(loom_fit *f, int64_t rounds, loom_fit_moved *out)
{
    assert(rounds > 0 && out);
    double *step = fit_vector(f, 0), *rest = fit_vector(f, 1), *from = fit_vector(f, 5);
    *out = (loom_fit_moved){ 0 };
    if (!loom_fit_blocks(f)) return false;
    double before = f->misfit + f->prior;
    downhill(f, rest);
    out->rounds = loom_fit_solve(f, rounds, 0.02, step, rest);
    store(f, from);
    for (double length = 1;; length *= 0.5) {
        if (length < SHORTEST) length = 0; /* nowhere better: stay */
        go(f, from, step, length);
        loom_fit_measure(f);
        out->length = length;
        if (length == 0 || f->misfit + f->prior <= before) break;
    }
    out->atom_px = moved_px(f, from);
    out->gain = before - f->misfit - f->prior;
    return true;
}
