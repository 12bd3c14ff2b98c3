/* diffusion.fick - the interfacial diffusion coefficient from stages of an anneal, by three estimators side by side. */
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/rng.h"
#include "relax.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct params {
    const char *element;
    loom_reals times;
    loom_ints steps, layers;
    double width, lattice, bond, lowest, highest;
    int64_t bootstrap, seed;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, element, .text = "Ir", .doc = "whose spreading is followed"),
    LOOM_PARAM(params, times, .unit = "second", .text = "0, 1800, 3600, 7200", .def = 0, .min = 0, .max = 1e12, .doc = "annealing time of every stage, ascending"),
    LOOM_PARAM(params, steps, .text = "", .def = 0, .min = 1, .max = 1000, .doc = "which steps between stages to use, from 1; empty: all"),
    LOOM_PARAM(params, layers, .text = "1, 5", .def = 0, .min = 0, .max = 255, .doc = "first and last layer of the planar regression E1; 0 is the surface"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 100, .doc = "thickness of a layer; 0: the distance of {111} planes, lattice/sqrt(3)"),
    LOOM_PARAM(params, lattice, .unit = "angstrom", .def = 3.89, .min = 0.5, .max = 50, .doc = "fcc lattice parameter"),
    LOOM_PARAM(params, bond, .unit = "angstrom", .def = 0, .min = 0, .max = 100, .doc = "longest nearest-neighbour bond; 0: halfway to the second shell"),
    LOOM_PARAM(params, lowest, .unit = "m^2/second", .def = 1e-26, .min = 1e-40, .max = 1, .flags = LOOM_ADVANCED, .doc = "where the search for D begins"),
    LOOM_PARAM(params, highest, .unit = "m^2/second", .def = 1e-22, .min = 1e-40, .max = 1, .flags = LOOM_ADVANCED, .doc = "where the search for D ends"),
    LOOM_PARAM(params, bootstrap, .def = 200, .min = 0, .max = 100000, .doc = "resamplings of the atoms for the error bars; 0: none"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 9007199254740992.0, .flags = LOOM_ADVANCED, .doc = "of the resampling"),
    { 0 }
};
static const loom_port inputs[] = { { "stages", "atoms", "two stages or more in order of time, each with a column depth (structure.surface)", LOOM_LIST }, { 0 } };
static const loom_port outputs[] = {
    { "coefficients", "table", "one row an estimator: D and its bootstrap standard error and 16 to 84 % interval; attributes D_E1, D_E2, D_E3", 0 },
    { "layers", "table", "what went in: concentration of every layer before and after each step, and what E3 predicts", 0 }, { 0 }
};

enum { E1, E2, E3, ESTIMATORS };
static const double m2 = 1e-20; /* square angstrom in m^2 */

typedef struct step { const stage *before, *after; double seconds; loom_neighbours graph; int64_t graph_terms; float *powers; } step;
typedef struct problem {
    loom_call *call;
    const params *p;
    double width, bond;
    stage *stages;
    int64_t stage_count;
    step *steps;
    int step_count;
} problem;

/* ---- E1: planar Fick law, regression through the origin ---------------------------------------------------------------- */

static double second_difference(const profile *c, int q, double width)
{
    return (c->concentration[q + 1] - 2 * c->concentration[q] + c->concentration[q - 1]) / (width * width);
}

/* D = sum yz / sum z^2 with y = dC/dt and z the mean of the second differences at start and end (Crank-Nicolson). */
static double planar(const problem *m, const profile *profiles)
{
    double yz = 0, zz = 0;
    for (int s = 0; s < m->step_count; s++) {
        const step *st = &m->steps[s];
        const profile *before = &profiles[st->before - m->stages], *after = &profiles[st->after - m->stages];
        int last = st->before->layers < st->after->layers ? st->before->layers : st->after->layers;
        for (int64_t q = m->p->layers.v[0] > 1 ? m->p->layers.v[0] : 1; q <= m->p->layers.v[1] && q + 1 < last; q++) {
            double y = (after->concentration[q] - before->concentration[q]) / st->seconds;
            double z = (second_difference(before, (int)q, m->width) + second_difference(after, (int)q, m->width)) / 2;
            yz += y * z;
            zz += z * z;
        }
    }
    return zz > 0 ? yz / zz * m2 : 0;
}

/* ---- E2: finite volumes, one to a layer -------------------------------------------------------------------------------- */

/* Rates (1/s for D = 1 m^2/s) between neighbouring layers; interface area is the geometric mean of the layers' own. */
static void volume_relaxation(const problem *m, const step *st, const profile *before, const profile *after, double highest, double *memory, relaxation *r)
{
    double up[MOST_LAYERS] = { 0 }, down[MOST_LAYERS] = { 0 }, fastest = 0, c[MOST_LAYERS], next[MOST_LAYERS];
    int n = 0;
    while (n < st->before->layers && before->count[n] > 0) n++;
    for (int q = 0; q < n; q++) {
        if (q + 1 < n) up[q] = sqrt(before->count[q + 1] / before->count[q]) / (m->width * m->width * m2);
        if (q > 0) down[q] = sqrt(before->count[q - 1] / before->count[q]) / (m->width * m->width * m2);
        fastest = fmax(fastest, up[q] + down[q]);
    }
    *r = (relaxation){ .layers = n, .rate_time = fastest * st->seconds, .mean = memory };
    r->terms = relaxation_terms(highest * r->rate_time);
    memcpy(c, before->concentration, sizeof *c * (size_t)n);
    for (int32_t k = 0; k < r->terms; k++) {
        memcpy(r->mean + k * n, c, sizeof *c * (size_t)n);
        for (int q = 0; q < n; q++)
            next[q] = c[q] + ((q + 1 < n ? up[q] * (c[q + 1] - c[q]) : 0) + (q > 0 ? down[q] * (c[q - 1] - c[q]) : 0)) / (fastest > 0 ? fastest : 1);
        memcpy(c, next, sizeof *c * (size_t)n);
    }
    for (int q = 0; q < n; q++) {
        r->observed[q] = after->concentration[q];
        r->weight[q] = after->count[q] > 0 ? before->count[q] : 0;
    }
}

/* ---- E3: the lattice's own graph --------------------------------------------------------------------------------------- */

/* powers[k] = P^k s(0) on the atoms of the first stage, P = 1 + (adjacency - degree)/most. */
static bool graph_powers(problem *m, step *st, double highest, double *rate_time)
{
    loom_call *call = m->call;
    const stage *s = st->before;
    loom_cells cells;
    int64_t n = s->atoms.n, most = 1;
    if (!loom_cells_build(call, s->atoms.position, n, m->bond, &cells) || !loom_neighbours_build(call, &cells, m->bond, &st->graph)) return false;
    const int64_t *first = st->graph.first;
    for (int64_t i = 0; i < n; i++)
        if (first[i + 1] - first[i] > most) most = first[i + 1] - first[i];
    *rate_time = (double)most * st->seconds / (m->p->lattice * m->p->lattice * m2);
    st->graph_terms = relaxation_terms(highest * *rate_time);
    st->powers = call->host->scratch(call, sizeof *st->powers * (size_t)(st->graph_terms * n));
    if (!st->powers) return false;
    int threads = call->host->threads(call);
    for (int64_t i = 0; i < n; i++) st->powers[i] = s->solute[i];
    for (int64_t k = 1; k < st->graph_terms; k++) {
        const float *from = st->powers + (k - 1) * n;
        float *to = st->powers + k * n;
#pragma omp parallel for num_threads(threads)
        for (int64_t i = 0; i < n; i++) {
            float sum = 0;
            for (int64_t j = first[i]; j < first[i + 1]; j++) sum += from[st->graph.list[j]];
            to[i] = from[i] + (sum - (float)(first[i + 1] - first[i]) * from[i]) / (float)most;
        }
    }
    return true;
}

/* Layer means of the powers with atoms counted `weight` times; compared with the layers observed after the step. */
static void graph_relaxation(const step *st, const double *weight, const profile *before, const profile *after, double rate_time, int32_t terms,
                             double *memory, relaxation *r)
{
    const stage *s = st->before;
    int64_t n = s->atoms.n;
    *r = (relaxation){ .layers = s->layers, .terms = terms, .rate_time = rate_time, .mean = memory };
    memset(memory, 0, sizeof *memory * (size_t)(terms * s->layers));
    for (int32_t k = 0; k < terms; k++) {
        double *mean = memory + k * s->layers;
        for (int64_t i = 0; i < n; i++) mean[s->layer[i]] += (weight ? weight[i] : 1) * (double)st->powers[k * n + i];
        for (int q = 0; q < s->layers; q++)
            if (before->count[q] > 0) mean[q] /= before->count[q];
    }
    for (int q = 0; q < s->layers; q++) {
        r->observed[q] = after->concentration[q];
        r->weight[q] = before->count[q] > 0 ? after->count[q] : 0;
    }
}

/* ---- all three, for one set of weights --------------------------------------------------------------------------------- */

typedef struct workplace { profile *profiles; relaxation *relaxations; double **means; double **weights; } workplace;

/* `weights[stage][atom]` or NULL. Searches D in [low, high]. */
static void estimate_all(const problem *m, const double *rate_times, double *const *weights, const double low[ESTIMATORS], const double high[ESTIMATORS],
                         const workplace *w, double out[ESTIMATORS])
{
    for (int64_t k = 0; k < m->stage_count; k++) profile_of(&m->stages[k], weights ? weights[k] : NULL, &w->profiles[k]);
    out[E1] = planar(m, w->profiles);
    for (int s = 0; s < m->step_count; s++) {
        const step *st = &m->steps[s];
        volume_relaxation(m, st, &w->profiles[st->before - m->stages], &w->profiles[st->after - m->stages], high[E2], w->means[s], &w->relaxations[s]);
    }
    out[E2] = relaxation_fit(w->relaxations, m->step_count, low[E2], high[E2]);
    for (int s = 0; s < m->step_count; s++) {
        const step *st = &m->steps[s];
        int64_t from = st->before - m->stages, terms = relaxation_terms(high[E3] * rate_times[s]);
        graph_relaxation(st, weights ? weights[from] : NULL, &w->profiles[from], &w->profiles[st->after - m->stages], rate_times[s], (int32_t)terms, w->means[s],
                         &w->relaxations[s]);
    }
    out[E3] = relaxation_fit(w->relaxations, m->step_count, low[E3], high[E3]);
}

/* Most terms that either relaxation of any step needs, for memory. */
static int32_t most_terms(const problem *m, const double *rate_times, double highest)
{
    int32_t most = 1;
    for (int s = 0; s < m->step_count; s++) {
        /* E2's fastest rate: neighbours' counts rarely differ by more than a factor of a hundred */
        double volume = 2 * 10 * m->steps[s].seconds / (m->width * m->width * m2);
        int32_t graph = relaxation_terms(highest * rate_times[s]), finite = relaxation_terms(highest * volume);
        if (graph > most) most = graph;
        if (finite > most) most = finite;
    }
    return most;
}

static bool make_workplace(const problem *m, int32_t terms, workplace *w)
{
    const loom_host *h = m->call->host;
    w->profiles = h->scratch(m->call, sizeof *w->profiles * (size_t)m->stage_count);
    w->relaxations = h->scratch(m->call, sizeof *w->relaxations * (size_t)m->step_count);
    w->means = h->scratch(m->call, sizeof *w->means * (size_t)m->step_count);
    w->weights = h->scratch(m->call, sizeof *w->weights * (size_t)m->stage_count);
    if (!w->profiles || !w->relaxations || !w->means || !w->weights) return false;
    for (int s = 0; s < m->step_count; s++)
        if (!(w->means[s] = h->scratch(m->call, sizeof(double) * (size_t)terms * MOST_LAYERS))) return false;
    for (int64_t k = 0; k < m->stage_count; k++)
        if (!(w->weights[k] = h->scratch(m->call, sizeof(double) * (size_t)m->stages[k].atoms.n))) return false;
    return true;
}

/* Poisson(1): the bootstrap's count of an atom. */
static double poisson_one(double u)
{
    double p = 0.36787944117144233, sum = p;
    int k = 0;
    while (u > sum && k < 20) sum += p /= ++k;
    return k;
}

static void resample(const problem *m, int64_t round, const workplace *w)
{
    for (int64_t k = 0; k < m->stage_count; k++)
        for (int64_t i = 0; i < m->stages[k].atoms.n; i++)
            w->weights[k][i] = poisson_one(loom_uniform((uint64_t)m->p->seed, (uint64_t)(round * m->stage_count + k), (uint64_t)i));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct spread { double sd, low, high; } spread;

/* Bootstrap by rounds; the search stays within a factor of 8 of each estimate. */
static loom_status bootstrap(const problem *m, const double *rate_times, const double best[ESTIMATORS], const workplace *w, spread out[ESTIMATORS])
{
    const loom_host *h = m->call->host;
    int64_t rounds = m->p->bootstrap;
    double low[ESTIMATORS], high[ESTIMATORS], (*all)[ESTIMATORS] = h->scratch(m->call, sizeof *all * (size_t)(rounds + 1)), *sorted = h->scratch(m->call, sizeof(double) * (size_t)(rounds + 1));
    if (!all || !sorted) return LOOM_E_MEMORY;
    for (int e = 0; e < ESTIMATORS; e++) {
        low[e] = fmax(m->p->lowest, best[e] / 8);
        high[e] = fmin(m->p->highest, best[e] * 8);
    }
    for (int64_t r = 0; r < rounds; r++) {
        if (!h->progress(m->call, (double)r, (double)rounds)) return LOOM_E_CANCELLED;
        resample(m, r, w);
        estimate_all(m, rate_times, w->weights, low, high, w, all[r]);
    }
    for (int e = 0; e < ESTIMATORS && rounds > 1; e++) {
        double mean = 0, square = 0;
        for (int64_t r = 0; r < rounds; r++) mean += sorted[r] = all[r][e];
        mean /= (double)rounds;
        for (int64_t r = 0; r < rounds; r++) square += (sorted[r] - mean) * (sorted[r] - mean);
        qsort(sorted, (size_t)rounds, sizeof *sorted, ascending);
        out[e] = (spread){ sqrt(square / (double)(rounds - 1)), sorted[(int64_t)(0.16 * (double)(rounds - 1))], sorted[(int64_t)(0.84 * (double)(rounds - 1))] };
    }
    return LOOM_OK;
}

/* ---- reading and reporting --------------------------------------------------------------------------------------------- */

static loom_status check_params(loom_call *call, const params *p, int64_t stages)
{
    const loom_host *h = call->host;
    if (stages < 2) return h->fail(call, LOOM_E_DATA, "stages", "%lld stage is connected; a step needs two", (long long)stages);
    if (p->times.n != stages) return h->fail(call, LOOM_E_PARAM, "times", "%lld times for %lld stages; give one each", (long long)p->times.n, (long long)stages);
    for (int64_t i = 1; i < stages; i++)
        if (!(p->times.v[i] > p->times.v[i - 1]))
            return h->fail(call, LOOM_E_PARAM, "times", "times must ascend, but %g s follows %g s", p->times.v[i], p->times.v[i - 1]);
    for (int64_t i = 0; i < p->steps.n; i++)
        if (p->steps.v[i] >= stages)
            return h->fail(call, LOOM_E_PARAM, "steps", "step %lld does not exist: %lld stages have steps 1 to %lld", (long long)p->steps.v[i], (long long)stages, (long long)(stages - 1));
    if (p->layers.n != 2 || p->layers.v[0] > p->layers.v[1])
        return h->fail(call, LOOM_E_PARAM, "layers", "layers must be two numbers, the first and the last layer of the regression");
    if (p->lowest >= p->highest) return h->fail(call, LOOM_E_PARAM, "lowest", "the search goes from %g to %g m^2/s; lowest must be smaller", p->lowest, p->highest);
    return LOOM_OK;
}

static loom_status read_problem(loom_call *call, const params *p, problem *m)
{
    const loom_host *h = call->host;
    *m = (problem){ .call = call, .p = p, .stage_count = h->input_count(call, "stages"), .width = layer_width(p->width, p->lattice) };
    m->bond = p->bond > 0 ? p->bond : p->lattice * (sqrt(0.5) + 1) / 2;
    loom_status status = check_params(call, p, m->stage_count);
    if (status) return status;
    m->stages = h->scratch(call, sizeof *m->stages * (size_t)m->stage_count);
    m->steps = h->scratch(call, sizeof *m->steps * (size_t)m->stage_count);
    if (!m->stages || !m->steps) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < m->stage_count; i++) {
        status = stage_read(call, "stages", i, p->element, m->width, &m->stages[i]);
        if (status) return status;
    }
    for (int64_t i = 1; i < m->stage_count; i++) {
        bool used = !p->steps.n;
        for (int64_t k = 0; k < p->steps.n; k++) used = used || p->steps.v[k] == i;
        if (used) m->steps[m->step_count++] = (step){ .before = &m->stages[i - 1], .after = &m->stages[i], .seconds = p->times.v[i] - p->times.v[i - 1] };
    }
    return LOOM_OK;
}

static loom_status report_coefficients(const problem *m, const double best[ESTIMATORS], const spread spreads[ESTIMATORS])
{
    loom_call *call = m->call;
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "coefficients");
    int64_t n = ESTIMATORS;
    int32_t *estimator = h->add_array(call, out, "estimator", LOOM_I32, 1, &n, NULL);
    double *d = h->add_array(call, out, "D", LOOM_F64, 1, &n, "m^2/second"), *sd = h->add_array(call, out, "standard_error", LOOM_F64, 1, &n, "m^2/second");
    double *low = h->add_array(call, out, "low", LOOM_F64, 1, &n, "m^2/second"), *high = h->add_array(call, out, "high", LOOM_F64, 1, &n, "m^2/second");
    if (!estimator || !d || !sd || !low || !high) return LOOM_E_MEMORY;
    h->set_text(call, out, "categories.estimator", "E1 planar regression\nE2 finite volumes\nE3 lattice graph");
    for (int e = 0; e < ESTIMATORS; e++) {
        estimator[e] = e;
        d[e] = best[e];
        sd[e] = spreads[e].sd;
        low[e] = spreads[e].low;
        high[e] = spreads[e].high;
    }
    h->set_number(call, out, "D_E1", best[E1], "m^2/second");
    h->set_number(call, out, "D_E2", best[E2], "m^2/second");
    h->set_number(call, out, "D_E3", best[E3], "m^2/second");
    h->set_number(call, out, "steps", m->step_count, "");
    h->set_number(call, out, "layer_width", m->width, "angstrom");
    h->set_text(call, out, "element", m->p->element);
    for (int e = E2; e < ESTIMATORS; e++)
        if (best[e] < m->p->lowest * 1.01 || best[e] > m->p->highest / 1.01)
            h->note(call, "warning: E%d ends at the edge of the search, %g m^2/s; the stages may not be in order, or lowest and highest too narrow", e + 1, best[e]);
    return LOOM_OK;
}

static loom_status report_layers(const problem *m, const workplace *w, const double *rate_times, double D)
{
    loom_call *call = m->call;
    const loom_host *h = call->host;
    int64_t n = 0, row = 0;
    for (int s = 0; s < m->step_count; s++) n += m->steps[s].before->layers;
    loom_value *out = h->output(call, "layers");
    int64_t *number = h->add_array(call, out, "step", LOOM_I64, 1, &n, NULL), *layer = h->add_array(call, out, "layer", LOOM_I64, 1, &n, NULL);
    double *depth = h->add_array(call, out, "depth", LOOM_F64, 1, &n, "angstrom"), *atoms = h->add_array(call, out, "atoms", LOOM_F64, 1, &n, NULL);
    double *before = h->add_array(call, out, "before", LOOM_F64, 1, &n, NULL), *after = h->add_array(call, out, "after", LOOM_F64, 1, &n, NULL);
    double *predicted = h->add_array(call, out, "predicted", LOOM_F64, 1, &n, NULL);
    if (!number || !layer || !depth || !atoms || !before || !after || !predicted) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < m->stage_count; k++) profile_of(&m->stages[k], NULL, &w->profiles[k]);
    for (int s = 0; s < m->step_count; s++) {
        const step *st = &m->steps[s];
        const profile *start = &w->profiles[st->before - m->stages], *end = &w->profiles[st->after - m->stages];
        double mean[MOST_LAYERS];
        relaxation r;
        graph_relaxation(st, NULL, start, end, rate_times[s], relaxation_terms(D * rate_times[s]), w->means[s], &r);
        relaxation_at(&r, D, mean);
        for (int q = 0; q < st->before->layers; q++, row++) {
            number[row] = st->after - m->stages;
            layer[row] = q;
            depth[row] = q * m->width;
            atoms[row] = start->count[q];
            before[row] = start->concentration[q];
            after[row] = end->concentration[q];
            predicted[row] = mean[q];
        }
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    problem m;
    workplace w;
    loom_status status = read_problem(call, p, &m);
    if (status) return status;
    double *rate_times = call->host->scratch(call, sizeof *rate_times * (size_t)m.step_count);
    if (!rate_times) return LOOM_E_MEMORY;
    for (int s = 0; s < m.step_count; s++)
        if (!graph_powers(&m, &m.steps[s], p->highest, &rate_times[s])) return LOOM_E_MEMORY;
    if (!make_workplace(&m, most_terms(&m, rate_times, p->highest), &w)) return LOOM_E_MEMORY;
    double best[ESTIMATORS], low[ESTIMATORS] = { p->lowest, p->lowest, p->lowest }, high[ESTIMATORS] = { p->highest, p->highest, p->highest };
    spread spreads[ESTIMATORS] = { { 0 } };
    estimate_all(&m, rate_times, NULL, low, high, &w, best);
    status = bootstrap(&m, rate_times, best, &w, spreads);
    if (!status) status = report_coefficients(&m, best, spreads);
    return status ? status : report_layers(&m, &w, rate_times, best[E3]);
}

static const loom_citation citations[] = { CITE_FICK_1855, { 0 } };

static const loom_op diffusion_fick = {
    .size = sizeof(loom_op), .revision = 1, .id = "diffusion.fick",
    .summary = "The interfacial diffusion coefficient from the stages of an anneal, by three estimators.",
    .method = "Fick's second law on the concentrations of an element in layers of equal depth.\n\n"
              "- **E1** planar regression through the origin, D = sum(yz)/sum(z^2), y = dC/dt of a layer, z = mean of its second differences before and after, over width^2.\n"
              "- **E2** finite volumes: layers exchange atoms through areas that follow from their sizes; the profile is carried forward exactly and D fitted by least squares.\n"
              "- **E3** (recommended) the lattice's own graph: neighbouring atoms exchange places at the rate D/a^2; the mean species of every site is carried forward and its layer "
              "means are compared with what is seen.\n\nError bars are from resampling the atoms of every stage.",
    .citations = citations,
    .limits = "E1 ignores curvature and is biased low by 10 to 40 %; E2 depends on the layers' width where {111} and {100} planes mix. All assume that only exchange moves "
              "atoms: ripening, segregation and hopping at the surface enter D. Errors of labels that depend on depth are not in the error bars.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("diffusion.fick", "1.0", "BSD-3-Clause", &diffusion_fick);
