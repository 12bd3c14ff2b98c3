/* diffusion/estimators.c - see estimators.h */
#include "estimators.h"
#include "kit/check.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static int32_t fewer(int32_t a, int32_t b) { return a < b ? a : b; }

/* ---- E1: planar Fick law, regression through the origin -------------------------------------- */

static bool occupied(layer_view v, int64_t q)
{
    return v.count[q - 1] > 0 && v.count[q] > 0 && v.count[q + 1] > 0;
}
static double second_difference(layer_view v, int64_t q)
{
    return v.concentration[q + 1] - 2 * v.concentration[q] + v.concentration[q - 1];
}
static layer_view view_of(const profile *p) { return (layer_view){ p->count, p->concentration }; }

planar_sums planar_regression(const problem *m, layer_view before, layer_view after, int32_t layers,
                              double seconds)
{
    assert(layers >= 0 && layers <= MAX_LAYERS);
    planar_sums sums = { 0, 0 };
    double area = m->width * m->width * M2_PER_SQUARE_ANGSTROM;
    for (int64_t q = m->first_layer > 1 ? m->first_layer : 1; q <= m->last_layer && q + 1 < layers;
         q++) {
        if (!occupied(before, q) || !occupied(after, q)) continue;
        double y = (after.concentration[q] - before.concentration[q]) / seconds;
        double z = (second_difference(before, q) + second_difference(after, q)) / (2 * area);
        sums.yz += y * z;
        sums.zz += z * z;
    }
    return sums;
}

static planar_sums planar_sums_of(const problem *m)
{
    planar_sums all = { 0, 0 };
    for (int32_t s = 0; s < m->step_count; s++) {
        const step *st = &m->steps[s];
        int32_t layers = fewer(m->stages[st->from].layers, m->stages[st->to].layers);
        planar_sums one = planar_regression(m, view_of(&m->profiles[st->from]),
                                            view_of(&m->profiles[st->to]), layers, st->seconds);
        all.yz += one.yz;
        all.zz += one.zz;
    }
    return all;
}

/* ---- E2: finite volumes, one per layer ------------------------------------------------------- */

int32_t volume_modes(const double *count, int32_t layers, double width, double seconds,
                     double *rate_time, double *mode)
{
    double diagonal[MAX_LAYERS] = { 0 }, off[MAX_LAYERS] = { 0 },
           area = width * width * M2_PER_SQUARE_ANGSTROM;
    int32_t n = 0;
    assert(layers >= 0 && layers <= MAX_LAYERS);
    while (n < layers && count[n] > 0) n++;
    for (int32_t q = 0; q < n; q++) {
        if (q + 1 < n) diagonal[q] += sqrt(count[q + 1] / count[q]);
        if (q > 0) diagonal[q] += sqrt(count[q - 1] / count[q]);
        diagonal[q] *= seconds / area;
        off[q] = -seconds / area;
    }
    return n > 0 && tridiagonal_modes(n, diagonal, off, rate_time, mode) ? n : 0;
}

static loom_status prepare_volume(problem *m, const step *st, relaxation *r)
{
    const loom_host *h = m->call->host;
    const profile *before = &m->profiles[st->from], *after = &m->profiles[st->to];
    int32_t layers = m->stages[st->from].layers;
    double *rate_time = h->scratch(m->call, sizeof *rate_time * (size_t)layers);
    double *mode = h->scratch(m->call, sizeof *mode * (size_t)layers * (size_t)layers);
    if (!rate_time || !mode) return LOOM_E_MEMORY;
    int32_t n = volume_modes(before->count, layers, m->width, st->seconds, rate_time, mode);
    assert(n <= layers && layers <= MAX_LAYERS);
    *r = (relaxation){
        .kind = RELAX_MODES, .layers = n, .terms = n, .rate_time = rate_time, .mean = mode
    };
    for (int32_t k = 0; k < n; k++) {
        double along = 0;
        for (int32_t q = 0; q < n; q++)
            along += mode[k * n + q] * sqrt(before->count[q]) * before->concentration[q];
        for (int32_t q = 0; q < n; q++) mode[k * n + q] *= along / sqrt(before->count[q]);
    }
    for (int32_t q = 0; q < n; q++) {
        r->observed[q] = after->concentration[q];
        r->weight[q] = after->count[q] > 0 ? before->count[q] : 0;
    }
    return LOOM_OK;
}

/* ---- E3: the lattice's own graph ------------------------------------------------------------- */

static loom_status build_graph(problem *m, step *st)
{
    const stage *s = &m->stages[st->from];
    loom_cells cells;
    if (!loom_cells_build(m->call, s->atoms.position, s->atoms.n, m->bond, &cells)
        || !loom_neighbours_build(m->call, &cells, m->bond, &st->graph))
        return LOOM_E_MEMORY;
    st->max_degree = 1;
    for (int64_t i = 0; i < s->atoms.n; i++)
        if (st->graph.first[i + 1] - st->graph.first[i] > st->max_degree)
            st->max_degree = (int32_t)(st->graph.first[i + 1] - st->graph.first[i]);
    st->rate_time =
        st->max_degree * st->seconds / (m->lattice * m->lattice * M2_PER_SQUARE_ANGSTROM);
    if (m->highest * st->rate_time > MAX_RATE_TIME)
        return m->call->host->fail(m->call, LOOM_E_PARAM, "max_diffusion",
                                   "at %g m^2/s an atom changes places %.2g times within a step of "
                                   "%g s, more than the limit of %g; lower max_diffusion",
                                   m->highest, m->highest * st->rate_time, st->seconds,
                                   MAX_RATE_TIME);
    return LOOM_OK;
}

/* mean[k] = layer means of P^k s(0) on the atoms of the first stage, P = 1 + (adjacency -
 * degree)/max_degree. */
static loom_status prepare_graph(problem *m, step *st, relaxation *r)
{
    const loom_host *h = m->call->host;
    const stage *s = &m->stages[st->from];
    const profile *before = &m->profiles[st->from], *after = &m->profiles[st->to];
    const int64_t *first = st->graph.first, n = s->atoms.n;
    int32_t terms = relaxation_terms(m->highest * st->rate_time);
    double *mean = h->scratch(m->call, sizeof *mean * (size_t)terms * (size_t)s->layers);
    double *from = h->scratch(m->call, sizeof *from * (size_t)n),
           *to = h->scratch(m->call, sizeof *to * (size_t)n);
    if (!mean || !from || !to) return LOOM_E_MEMORY;
    *r = (relaxation){ .kind = RELAX_POWERS,
                       .layers = s->layers,
                       .terms = terms,
                       .rate_time = &st->rate_time,
                       .mean = mean };
    memset(mean, 0, sizeof *mean * (size_t)terms * (size_t)s->layers);
    for (int64_t i = 0; i < n; i++) from[i] = s->solute[i];
    int threads =
        n < 8192 ? 1 : h->threads(m->call); /* starting threads costs more than a small sum */
    for (int32_t k = 0; k < terms; k++) {
        double *row = mean + (int64_t)k * s->layers, *swap = from;
        for (int64_t i = 0; i < n; i++) row[s->layer[i]] += from[i];
        for (int32_t q = 0; q < s->layers; q++)
            if (before->count[q] > 0) row[q] /= before->count[q];
#pragma omp parallel for num_threads(threads)
        for (int64_t i = 0; i < n; i++) {
            double sum = 0;
            for (int64_t j = first[i]; j < first[i + 1]; j++) sum += from[st->graph.list[j]];
            to[i] = from[i] + (sum - (double)(first[i + 1] - first[i]) * from[i]) / st->max_degree;
        }
        from = to;
        to = swap;
    }
    for (int32_t q = 0; q < s->layers; q++) {
        r->observed[q] = after->concentration[q];
        r->weight[q] = before->count[q] > 0 ? after->count[q] : 0;
    }
    h->release(m->call, from);
    h->release(m->call, to);
    return LOOM_OK;
}

/* ---- all three ----------------------------------------------------------------------------------
 */

loom_status estimators_prepare(problem *m)
{
    const loom_host *h = m->call->host;
    m->profiles = h->scratch(m->call, sizeof *m->profiles * (size_t)m->stage_count);
    m->volumes = h->scratch(m->call, sizeof *m->volumes * (size_t)m->step_count);
    m->graphs = h->scratch(m->call, sizeof *m->graphs * (size_t)m->step_count);
    if (!m->profiles || !m->volumes || !m->graphs) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < m->stage_count; k++) profile_of(&m->stages[k], &m->profiles[k]);
    for (int32_t s = 0; s < m->step_count; s++) {
        loom_status status = build_graph(m, &m->steps[s]);
        if (!status) status = prepare_volume(m, &m->steps[s], &m->volumes[s]);
        if (!status) status = prepare_graph(m, &m->steps[s], &m->graphs[s]);
        if (status) return status;
    }
    return LOOM_OK;
}

/* Whether D matters to what the relaxations predict. */
static bool depends(const problem *m, const relaxation *r)
{
    double low = relaxation_misfit(r, m->step_count, m->lowest),
           high = relaxation_misfit(r, m->step_count, m->highest);
    double middle = relaxation_misfit(r, m->step_count, sqrt(m->lowest * m->highest));
    return fabs(high - low) + fabs(middle - low) > 1e-9 * fmax(fmax(low, high), middle);
}

void estimators_fit(const problem *m, double D[ESTIMATORS], bool defined[ESTIMATORS])
{
    planar_sums sums = planar_sums_of(m);
    defined[E1] = sums.zz > 0;
    D[E1] = defined[E1] ? sums.yz / sums.zz : 0;
    defined[E2] = depends(m, m->volumes);
    D[E2] = relaxation_fit(m->volumes, m->step_count, m->lowest, m->highest);
    defined[E3] = depends(m, m->graphs);
    D[E3] = relaxation_fit(m->graphs, m->step_count, m->lowest, m->highest);
}

double estimator_score(const problem *m, int estimator, double D)
{
    if (estimator == E2) return relaxation_score(m->volumes, m->step_count, D);
    if (estimator == E3) return relaxation_score(m->graphs, m->step_count, D);
    planar_sums sums = planar_sums_of(m);
    return D * sums.zz - sums.yz;
}
