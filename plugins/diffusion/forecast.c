/* diffusion/forecast.c - see forecast.h */
#include "forecast.h"
#include "kit/check.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- lengths of steps ---------------------------------------------------------------------------
 */

static loom_status find_lengths(const problem *m, forecast *f)
{
    f->length_of = m->call->host->scratch(m->call, sizeof *f->length_of * (size_t)m->step_count);
    if (!f->length_of) return LOOM_E_MEMORY;
    for (int32_t s = 0; s < m->step_count; s++) {
        f->length_of[s] = -1;
        for (int32_t r = 0; r < s; r++)
            if (m->steps[r].seconds == m->steps[s].seconds) f->length_of[s] = f->length_of[r];
        if (f->length_of[s] < 0) f->length_of[s] = f->lengths++;
    }
    return LOOM_OK;
}

static double seconds_of(const problem *m, const forecast *f, int32_t length)
{
    for (int32_t s = 0; s < m->step_count; s++)
        if (f->length_of[s] == length) return m->steps[s].seconds;
    assert(false && "no step of that length");
    return 0;
}

/* ---- E2 -----------------------------------------------------------------------------------------
 */

static void fill_volume(const exchange *x, int32_t n, double D, const double *rate_time,
                        const double *mode, double *restrict to)
{
    memset(to, 0, sizeof *to * 2 * (size_t)n * (size_t)n);
    for (int32_t k = 0; k < n; k++) {
        double slope, c = relaxation_coefficient(RELAX_MODES, rate_time, k, D, &slope);
        for (int32_t q = 0; q < n; q++)
            for (int32_t p = 0; p < n; p++) {
                double part =
                    mode[k * n + q] / sqrt(x->count[q]) * mode[k * n + p] * sqrt(x->count[p]);
                to[q * n + p] += c * part;
                to[(n + q) * n + p] += slope * part;
            }
    }
}

static loom_status make_volumes(const problem *m, forecast *f)
{
    const loom_host *h = m->call->host;
    size_t layers = (size_t)f->layers;
    double *rate_time = h->scratch(m->call, sizeof *rate_time * layers),
           *mode = h->scratch(m->call, sizeof *mode * layers * layers);
    if (!rate_time || !mode) return LOOM_E_MEMORY;
    for (int32_t l = 0; l < f->lengths; l++) {
        f->volumes =
            volume_modes(f->x->count, f->layers, m->width, seconds_of(m, f, l), rate_time, mode);
        for (int32_t k = 0; k < GRID; k++) {
            double *to =
                h->scratch(m->call, sizeof *to * 2 * (size_t)f->volumes * (size_t)f->volumes);
            if (!to) return LOOM_E_MEMORY;
            fill_volume(f->x, f->volumes, f->t->D[f->t->number[E2][k]], rate_time, mode, to);
            f->volume[l * GRID + k] = to;
        }
    }
    h->release(m->call, rate_time);
    h->release(m->call, mode);
    return LOOM_OK;
}

/* ---- E3 -----------------------------------------------------------------------------------------
 */

/* Coefficients of P^k for each D of the grid: [GRID][2][terms]. */
static double *graph_coefficients(const problem *m, const forecast *f, double seconds,
                                  int32_t *terms)
{
    double rate_time = m->steps[0].max_degree * seconds
                       / (m->lattice * m->lattice * M2_PER_SQUARE_ANGSTROM),
           largest = 0;
    for (int32_t k = 0; k < GRID; k++) largest = fmax(largest, f->t->D[f->t->number[E3][k]]);
    *terms = relaxation_terms(largest * rate_time);
    double *c = m->call->host->scratch(m->call, sizeof *c * 2 * GRID * (size_t)*terms);
    for (int32_t k = 0; c && k < GRID; k++)
        for (int32_t p = 0; p < *terms; p++) {
            double *to = c + 2 * (int64_t)k * *terms + p;
            *to = relaxation_coefficient(RELAX_POWERS, &rate_time, p, f->t->D[f->t->number[E3][k]],
                                         to + *terms);
        }
    return c;
}

/* One step of P on a function of the atoms. */
static void spread(const problem *m, int64_t n, const float *restrict from, float *restrict to)
{
    const loom_neighbours *g = &m->steps[0].graph;
    float part = 1 / (float)m->steps[0].max_degree;
    for (int64_t i = 0; i < n; i++) {
        float sum = 0;
        for (int64_t j = g->first[i]; j < g->first[i + 1]; j++) sum += from[g->list[j]];
        to[i] = from[i] + (sum - (float)(g->first[i + 1] - g->first[i]) * from[i]) * part;
    }
}

/* Floats that spread_layer works in. */
static size_t layer_work(int64_t n) { return (2 + 2 * GRID) * (size_t)n; }

/* One layer: its indicator over its count, stepped by P, into column q of the table. */
static void spread_layer(const problem *m, const forecast *f, int32_t q, int32_t terms,
                         const double *coefficients, float *work, float *table)
{
    const stage *s = f->x->start;
    int64_t n = s->atoms.n, row = 2 * GRID * f->layers;
    float *from = work, *to = work + n, *sums = work + 2 * n;
    memset(sums, 0, sizeof *sums * 2 * GRID * (size_t)n);
    for (int64_t i = 0; i < n; i++) from[i] = s->layer[i] == q ? 1 / (float)f->x->count[q] : 0;
    for (int32_t p = 0; p < terms; p++) {
        for (int32_t k = 0; k < 2 * GRID; k++) {
            float c = (float)coefficients[k * terms + p], *restrict sum = sums + n * k;
            if (fabsf(c) < 1e-9f) continue;
            for (int64_t i = 0; i < n; i++) sum[i] += c * from[i];
        }
        spread(m, n, from, to);
        float *swap = from;
        from = to;
        to = swap;
    }
    for (int32_t k = 0; k < 2 * GRID; k++)
        for (int64_t i = 0; i < n; i++) table[i * row + k * f->layers + q] = sums[n * k + i];
}

static loom_status make_graph(const problem *m, forecast *f, int32_t l)
{
    const loom_host *h = m->call->host;
    int threads = h->threads(m->call) < f->layers ? h->threads(m->call) : f->layers;
    int64_t n = f->x->start->atoms.n;
    int32_t terms;
    double *coefficients = graph_coefficients(m, f, seconds_of(m, f, l), &terms);
    float *work = h->scratch(m->call, sizeof *work * layer_work(n) * (size_t)threads);
    float *table = h->scratch(m->call, sizeof *table * 2 * GRID * (size_t)f->layers * (size_t)n);
    if (!coefficients || !work || !table) return LOOM_E_MEMORY;
    f->graph[l] = table;
    memset(table, 0, sizeof *table * 2 * GRID * (size_t)f->layers * (size_t)n);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int worker = 0; worker < threads; worker++)
        for (int32_t q = worker; q < f->layers; q += threads)
            if (f->x->count[q] > 0)
                spread_layer(m, f, q, terms, coefficients, work + layer_work(n) * (size_t)worker,
                             table);
    h->release(m->call, coefficients);
    h->release(m->call, work);
    return LOOM_OK;
}

/* ---- both ---------------------------------------------------------------------------------------
 */

static bool has(const trials *t, int estimator)
{
    for (int32_t k = 0; k < t->n; k++)
        if (t->estimator[k] == estimator) return true;
    return false;
}

loom_status forecast_make(const exchange *x, const trials *t, forecast *f)
{
    const problem *m = x->m;
    const loom_host *h = m->call->host;
    *f = (forecast){ .x = x, .t = t, .layers = x->start->layers };
    loom_status status = find_lengths(m, f);
    if (status) return status;
    f->graph = h->scratch(m->call, sizeof *f->graph * (size_t)f->lengths);
    f->volume = h->scratch(m->call, sizeof *f->volume * GRID * (size_t)f->lengths);
    if (!f->graph || !f->volume) return LOOM_E_MEMORY;
    for (int32_t l = 0; l < f->lengths; l++) f->graph[l] = NULL;
    for (int32_t l = 0; l < f->lengths * GRID; l++) f->volume[l] = NULL;
    if (has(t, E2) && (status = make_volumes(m, f))) return status;
    for (int32_t l = 0; l < f->lengths && has(t, E3); l++)
        if ((status = make_graph(m, f, l))) return status;
    return LOOM_OK;
}

void forecast_free(forecast *f)
{
    loom_call *call = f->x->m->call;
    for (int32_t l = 0; l < f->lengths; l++)
        if (f->graph[l]) call->host->release(call, f->graph[l]);
    for (int32_t l = 0; l < f->lengths * GRID; l++)
        if (f->volume[l]) call->host->release(call, f->volume[l]);
}

/* ---- what a history looked like -------------------------------------------------------------- */

static int64_t concentration_at(const forecast *f, int32_t t, int64_t k)
{
    return (t * f->x->stage_count + k) * f->layers;
}
static int64_t mean_at(const forecast *f, int32_t t, int64_t k)
{
    return concentration_at(f, t, k) * 2 * GRID;
}

bool sight_make(const forecast *f, sight *out)
{
    loom_call *call = f->x->m->call;
    const loom_host *h = call->host;
    *out = (sight){ .f = f };
    out->concentration =
        h->scratch(call, sizeof *out->concentration * (size_t)concentration_at(f, f->t->n, 0));
    out->mean = h->scratch(call, sizeof *out->mean * (size_t)mean_at(f, f->t->n, 0));
    out->sum = h->scratch(call, sizeof *out->sum * 2 * GRID * (size_t)f->layers);
    out->step_from = h->scratch(call, sizeof *out->step_from * (size_t)f->x->stage_count);
    if (!out->concentration || !out->mean || !out->sum || !out->step_from) return false;
    for (int64_t k = 0; k < f->x->stage_count; k++) out->step_from[k] = -1;
    for (int32_t s = 0; s < f->x->m->step_count; s++)
        out->step_from[f->x->m->steps[s].from - f->x->first_stage] = s;
    return true;
}

static void see_graph(const sight *s, const float *table, const uint8_t *solute, double *mean)
{
    int64_t n = s->f->x->start->atoms.n, row = 2 * GRID * s->f->layers;
    memset(s->sum, 0, sizeof *s->sum * (size_t)row);
    for (int64_t i = 0; i < n; i++) {
        if (!solute[i]) continue;
        for (int64_t q = 0; q < row; q++) s->sum[q] += table[i * row + q];
    }
    for (int64_t q = 0; q < row; q++) mean[q] = (double)s->sum[q];
}

static void see_volume(const sight *s, double *const *tables, const double *concentration,
                       double *mean)
{
    int32_t n = s->f->volumes;
    for (int32_t k = 0; k < GRID; k++)
        for (int32_t q = 0; q < 2 * n; q++) {
            double sum = 0;
            for (int32_t p = 0; p < n; p++) sum += tables[k][q * n + p] * concentration[p];
            mean[(2 * k + q / n) * s->f->layers + q % n] = sum;
        }
}

void sight_see(void *user, int32_t t, int32_t k, const uint8_t *solute, const int64_t *in_layer)
{
    const sight *s = user;
    const forecast *f = s->f;
    double *concentration = s->concentration + concentration_at(f, t, k),
           *mean = s->mean + mean_at(f, t, k);
    assert(t < f->t->n && k < f->x->stage_count);
    for (int32_t q = 0; q < f->layers; q++)
        concentration[q] = f->x->count[q] > 0 ? (double)in_layer[q] / f->x->count[q] : 0;
    if (s->step_from[k] < 0) return;
    int32_t l = f->length_of[s->step_from[k]];
    if (f->t->estimator[t] == E2) see_volume(s, f->volume + l * GRID, concentration, mean);
    if (f->t->estimator[t] == E3) see_graph(s, f->graph[l], solute, mean);
}

static void planar_scores(const sight *s, int32_t t, double out[GRID])
{
    const forecast *f = s->f;
    const exchange *x = f->x;
    planar_sums sums = { 0, 0 };
    for (int32_t k = 0; k < x->m->step_count; k++) {
        const step *st = &x->m->steps[k];
        layer_view before = { x->count, s->concentration
                                            + concentration_at(f, t, st->from - x->first_stage) };
        layer_view after = { x->count,
                             s->concentration + concentration_at(f, t, st->to - x->first_stage) };
        planar_sums one = planar_regression(x->m, before, after, f->layers, st->seconds);
        sums.yz += one.yz;
        sums.zz += one.zz;
    }
    for (int32_t g = 0; g < GRID; g++) out[g] = f->t->D[f->t->number[E1][g]] * sums.zz - sums.yz;
}

void sight_scores(const sight *s, int32_t t, double out[GRID])
{
    const forecast *f = s->f;
    const exchange *x = f->x;
    if (f->t->estimator[t] == E1) {
        planar_scores(s, t, out);
        return;
    }
    int32_t layers = f->t->estimator[t] == E2 ? f->volumes : f->layers;
    for (int32_t g = 0; g < GRID; g++) out[g] = 0;
    for (int32_t k = 0; k < x->m->step_count; k++) {
        int64_t from = x->m->steps[k].from - x->first_stage,
                to = x->m->steps[k].to - x->first_stage;
        const double *after = s->concentration + concentration_at(f, t, to),
                     *mean = s->mean + mean_at(f, t, from);
        for (int32_t g = 0; g < GRID; g++, mean += 2 * f->layers)
            for (int32_t q = 0; q < layers; q++)
                out[g] += x->count[q] * (mean[q] - after[q]) * mean[f->layers + q];
    }
}
