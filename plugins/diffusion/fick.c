/* diffusion.fick - the interfacial diffusion coefficient from stages of an anneal, by three
 * estimators side by side. */
#include "interval.h"
#include "kit/check.h"
#include "kit/citations.h"
#include <assert.h>
#include <math.h>

typedef struct params {
    const char *element;
    loom_reals times;
    loom_ints steps, layers;
    double width, lattice, bond, min_diffusion, max_diffusion, label_error;
    int64_t bootstrap, seed;
} params;
static const char *const old_min_diffusion[] = { "lowest", NULL }, *const old_max_diffusion[] = {
    "highest", NULL
};
static const loom_param param_table[] = {
    LOOM_PARAM(params, element, .text = "Ir", .doc = "whose spreading is followed"),
    LOOM_PARAM(params, times, .unit = "second", .text = "0, 1800, 3600, 7200", .def = 0, .min = 0,
               .max = 1e12, .doc = "annealing time of every stage, ascending"),
    LOOM_PARAM(params, steps, .text = "", .def = 0, .min = 1, .max = 1000,
               .doc = "which steps between stages to use, from 1; empty: all"),
    LOOM_PARAM(params, layers, .text = "1, 5", .def = 0, .min = 0, .max = 255,
               .flags = LOOM_LENGTH(2),
               .doc = "first and last layer of the planar regression E1; 0 is the surface"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "thickness of a layer; 0: the distance of {111} planes, lattice/sqrt(3)"),
    LOOM_PARAM(params, lattice, .unit = "angstrom", .def = 3.89, .min = 0.5, .max = 50,
               .doc = "fcc lattice parameter"),
    LOOM_PARAM(params, bond, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "longest nearest-neighbour bond; 0: halfway to the second shell"),
    LOOM_PARAM(params, min_diffusion, .renamed_from = old_min_diffusion, .unit = "m^2/second",
               .def = 1e-26, .min = 1e-40, .max = 1, .flags = LOOM_ADVANCED,
               .doc = "where the search for D begins"),
    LOOM_PARAM(params, max_diffusion, .renamed_from = old_max_diffusion, .unit = "m^2/second",
               .def = 1e-22, .min = 1e-40, .max = 1, .flags = LOOM_ADVANCED,
               .doc = "where the search for D ends"),
    LOOM_PARAM(params, bootstrap, .def = 200, .min = 0, .max = 100000,
               .doc = "simulated histories for each trial value of D, at least 20; 0: estimates as "
                      "they are, without intervals"),
    LOOM_PARAM(params, label_error, .def = 0, .min = 0, .max = 0.4,
               .doc = "fraction of atoms with the wrong label, at random in every stage, that the "
                      "intervals allow for"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 9007199254740992.0, .flags = LOOM_ADVANCED,
               .doc = "of the simulated histories"),
    { 0 }
};
static const loom_port inputs[] = {
    { "stages", "atoms",
      "two stages or more in order of time, each with a column depth (structure.surface)",
      LOOM_LIST },
    { 0 }
};
static const loom_port outputs[] = {
    { "coefficients", "table",
      "one row per estimator that the stages determine: D, its interval of 68 % from low to high, "
      "half of that as standard_error, and uncorrected, "
      "the fit without the simulated histories; attributes D_E1, D_E2, D_E3",
      0 },
    { "layers", "table",
      "what went in: concentration of every layer before and after each step, and what E3 predicts",
      0 },
    { 0 }
};

/* ---- reading ------------------------------------------------------------------------------------
 */

static loom_status check_params(loom_call *call, const params *p, int64_t stages)
{
    const loom_host *h = call->host;
    if (stages < 2)
        return h->fail(call, LOOM_E_DATA, "stages", "%lld stage is connected; a step needs two",
                       (long long)stages);
    if (p->times.n != stages)
        return h->fail(call, LOOM_E_PARAM, "times", "%lld times for %lld stages; give one each",
                       (long long)p->times.n, (long long)stages);
    for (int64_t i = 1; i < stages; i++)
        if (!(p->times.v[i] > p->times.v[i - 1]))
            return h->fail(call, LOOM_E_PARAM, "times", "times must ascend, but %g s follows %g s",
                           p->times.v[i], p->times.v[i - 1]);
    for (int64_t i = 0; i < p->steps.n; i++)
        if (p->steps.v[i] >= stages)
            return h->fail(call, LOOM_E_PARAM, "steps",
                           "step %lld does not exist: %lld stages have steps 1 to %lld",
                           (long long)p->steps.v[i], (long long)stages, (long long)(stages - 1));
    if (p->layers.n != 2 || p->layers.v[0] > p->layers.v[1])
        return h->fail(
            call, LOOM_E_PARAM, "layers",
            "layers must be two numbers, the first and the last layer of the regression");
    if (p->bootstrap > 0 && p->bootstrap < MIN_ROUNDS)
        return h->fail(
            call, LOOM_E_PARAM, "bootstrap",
            "%lld simulated histories are too few for an interval; give at least %d, or 0 for none",
            (long long)p->bootstrap, MIN_ROUNDS);
    if (p->min_diffusion >= p->max_diffusion)
        return h->fail(call, LOOM_E_PARAM, "min_diffusion",
                       "the search goes from %g to %g m^2/s; min_diffusion must be smaller",
                       p->min_diffusion, p->max_diffusion);
    return LOOM_OK;
}

/* Stages in which all atoms are of one kind say nothing. */
static loom_status check_mixture(loom_call *call, const params *p, const stage *s)
{
    int64_t solute = 0;
    for (int64_t i = 0; i < s->atoms.n; i++) solute += s->solute[i];
    if (solute > 0 && solute < s->atoms.n) return LOOM_OK;
    return call->host->fail(
        call, LOOM_E_DATA, "stages",
        "stage %lld has %s %s among its %lld atoms, so nothing can be seen to spread",
        (long long)s->atoms.index, solute ? "nothing but" : "no", p->element,
        (long long)s->atoms.n);
}

static loom_status read_stages(loom_call *call, const params *p, problem *m)
{
    assert(m->stage_count >= 2);
    const loom_host *h = call->host;
    m->stages = h->scratch(call, sizeof *m->stages * (size_t)m->stage_count);
    m->steps = h->scratch(call, sizeof *m->steps * (size_t)m->stage_count);
    if (!m->stages || !m->steps) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < m->stage_count; i++) {
        loom_status status = stage_read(call, "stages", i, p->element, m->width, &m->stages[i]);
        if (!status) status = check_mixture(call, p, &m->stages[i]);
        if (status) return status;
    }
    for (int64_t i = 1; i < m->stage_count; i++) {
        bool used = !p->steps.n;
        for (int64_t k = 0; k < p->steps.n; k++) used = used || p->steps.v[k] == i;
        if (used)
            m->steps[m->step_count++] =
                (step){ .from = i - 1, .to = i, .seconds = p->times.v[i] - p->times.v[i - 1] };
    }
    return LOOM_OK;
}

static loom_status read_problem(loom_call *call, const params *p, problem *m)
{
    *m = (problem){ .call = call,
                    .stage_count = call->host->input_count(call, "stages"),
                    .width = layer_width(p->width, p->lattice),
                    .lattice = p->lattice,
                    .lowest = p->min_diffusion,
                    .highest = p->max_diffusion,
                    .times = p->times.v };
    m->bond = p->bond > 0 ? p->bond : p->lattice * (sqrt(0.5) + 1) / 2;
    loom_status status = check_params(call, p, m->stage_count);
    if (status) return status;
    m->first_layer = p->layers.v[0];
    m->last_layer = p->layers.v[1];
    return read_stages(call, p, m);
}

/* ---- reporting ----------------------------------------------------------------------------------
 */

static void explain_absent(loom_call *call, const problem *m, int estimator)
{
    assert(estimator >= 0 && estimator < ESTIMATORS);
    const loom_host *h = call->host;
    if (estimator == E1)
        h->warn(call, "layers",
                "E1 is left out: no layer from %lld to %lld has a bent profile between layers with "
                "atoms in every stage; the particle may be "
                "too small, or 'layers' too narrow",
                (long long)m->first_layer, (long long)m->last_layer);
    else if (estimator == E2)
        h->warn(call, "width",
                "E2 is left out: from the surface inwards fewer than two layers of %g angstrom in "
                "a row hold atoms of unlike "
                "concentration; use thicker layers",
                m->width);
    else
        h->warn(call, "bond",
                "E3 is left out: no bonds of up to %g angstrom join atoms of unlike species; check "
                "'bond' and 'lattice'",
                m->bond);
}

static void explain_edges(loom_call *call, const params *p, const interval *r, int estimator,
                          bool simulated)
{
    assert(estimator >= 0 && estimator < ESTIMATORS);
    const loom_host *h = call->host;
    bool low = r->D<1.01 * p->min_diffusion, high = 1.01 * r->D> p->max_diffusion;
    if ((low || high) && estimator == E3)
        h->warn(call, low ? "min_diffusion" : "max_diffusion",
                "E3 ends at the edge of the search, %g m^2/s; the stages may not be in order, "
                "nothing moved, or the search is "
                "too narrow",
                r->D);
    else if (low || high)
        h->note(call, "E%d ends at the edge of the search, %g m^2/s", estimator + 1, r->D);
    if (simulated && (r->no_low || r->no_high))
        h->note(call, "E%d sets no %s limit to D within the search", estimator + 1,
                r->no_low && r->no_high ? "lower or upper"
                : r->no_low             ? "lower"
                                        : "upper");
}

static loom_status add_rows(loom_call *call, loom_value *out, int64_t n, const int *kind,
                            const interval *r, const double *uncorrected, bool simulated)
{
    assert(n > 0 && n <= ESTIMATORS);
    const loom_host *h = call->host;
    int32_t *estimator = h->add_array(call, out, "estimator", LOOM_I32, 1, &n, NULL);
    double *column[5] = { NULL };
    static const char *const names[5] = { "D", "uncorrected", "standard_error", "low", "high" };
    for (int c = 0; c < (simulated ? 5 : 2); c++)
        if (!(column[c] = h->add_array(call, out, names[c], LOOM_F64, 1, &n, "m^2/second")))
            return LOOM_E_MEMORY;
    if (!estimator) return LOOM_E_MEMORY;
    for (int64_t row = 0; row < n; row++) {
        int e = kind[row];
        assert(e >= 0 && e < ESTIMATORS);
        estimator[row] = e;
        column[0][row] = r[e].D;
        column[1][row] = uncorrected[e];
        if (!simulated) continue;
        column[2][row] = (r[e].high - r[e].low) / 2;
        column[3][row] = r[e].low;
        column[4][row] = r[e].high;
    }
    return LOOM_OK;
}

static loom_status report_coefficients(const problem *m, const params *p, const bool *defined,
                                       const double *uncorrected, const interval *r)
{
    static const char *const names[ESTIMATORS] = { "D_E1", "D_E2", "D_E3" };
    loom_call *call = m->call;
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "coefficients");
    int kind[ESTIMATORS];
    int64_t n = 0;
    for (int e = 0; e < ESTIMATORS; e++) {
        if (!defined[e]) {
            explain_absent(call, m, e);
            continue;
        }
        kind[n++] = e;
        explain_edges(call, p, &r[e], e, p->bootstrap > 0);
        h->set_number(call, out, names[e], r[e].D, "m^2/second");
    }
    if (!n)
        return h->fail(call, LOOM_E_DATA, "stages",
                       "none of the estimators is determined by these stages: concentrations are "
                       "the same at all depths");
    h->set_text(call, out, "categories.estimator",
                "E1 planar regression\nE2 finite volumes\nE3 lattice graph");
    h->set_number(call, out, "steps", m->step_count, "");
    h->set_number(call, out, "layer_width", m->width, "angstrom");
    h->set_text(call, out, "element", p->element);
    return add_rows(call, out, n, kind, r, uncorrected, p->bootstrap > 0);
}

static loom_status report_layers(const problem *m, double D)
{
    loom_call *call = m->call;
    const loom_host *h = call->host;
    int64_t n = 0, row = 0;
    for (int32_t s = 0; s < m->step_count; s++) n += m->graphs[s].layers;
    loom_value *out = h->output(call, "layers");
    int64_t *number = h->add_array(call, out, "step", LOOM_I64, 1, &n, NULL),
            *layer = h->add_array(call, out, "layer", LOOM_I64, 1, &n, NULL);
    double *depth = h->add_array(call, out, "depth", LOOM_F64, 1, &n, "angstrom"),
           *atoms = h->add_array(call, out, "atoms", LOOM_F64, 1, &n, NULL);
    double *before = h->add_array(call, out, "before", LOOM_F64, 1, &n, NULL),
           *after = h->add_array(call, out, "after", LOOM_F64, 1, &n, NULL);
    double *predicted = h->add_array(call, out, "predicted", LOOM_F64, 1, &n, NULL);
    if (!number || !layer || !depth || !atoms || !before || !after || !predicted)
        return LOOM_E_MEMORY;
    for (int32_t s = 0; s < m->step_count; s++) {
        const profile *start = &m->profiles[m->steps[s].from], *end = &m->profiles[m->steps[s].to];
        double mean[MAX_LAYERS];
        assert(m->graphs[s].layers <= MAX_LAYERS);
        relaxation_at(&m->graphs[s], D, mean, NULL);
        for (int32_t q = 0; q < m->graphs[s].layers; q++, row++) {
            assert(row < n);
            number[row] = m->steps[s].to;
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
    double uncorrected[ESTIMATORS];
    bool defined[ESTIMATORS];
    interval found[ESTIMATORS] = { { 0 } };
    loom_status status = read_problem(call, p, &m);
    if (!status) status = estimators_prepare(&m);
    if (status) return status;
    estimators_fit(&m, uncorrected, defined);
    for (int e = 0; e < ESTIMATORS; e++) found[e].D = uncorrected[e];
    if (p->bootstrap > 0) {
        exchange x;
        status = exchange_prepare(&m, p->label_error, (uint64_t)p->seed, &x);
        if (!status) status = intervals_by_simulation(&x, p->bootstrap, defined, found);
        if (status) return status;
    }
    status = report_coefficients(&m, p, defined, uncorrected, found);
    return status ? status : report_layers(&m, found[E3].D);
}

static const loom_citation citations[] = { CITE_FICK_1855, CITE_FELDMAN_1998, { 0 } };

static const loom_op diffusion_fick = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "diffusion.fick",
    .summary = "The interfacial diffusion coefficient from the stages of an anneal, by three "
               "estimators, with calibrated intervals.",
    .method =
        "Fick's second law on the concentrations of an element in layers of equal depth.\n\n"
        "- **E1** planar regression through the origin, sum(yz)/sum(z^2), y = dC/dt of a layer, z "
        "= mean of its second differences before and after, over width^2.\n"
        "- **E2** finite volumes: layers exchange atoms through areas that follow from their "
        "sizes; the profile is carried forward exactly and D fitted by least squares.\n"
        "- **E3** (recommended) the lattice's own graph: neighbouring atoms exchange places at the "
        "rate D/a^2; the mean species of every site is carried forward and its layer "
        "means are compared with what is seen.\n\n"
        "What these give is `uncorrected`. A single particle is one history of random exchanges: "
        "how far its atoms went by chance is the largest error of D, and it is carried on "
        "from stage to stage. So the whole history is simulated, from the first stage in use on "
        "its own sites, for a grid of values of D, and each estimator is applied to the "
        "simulated stages. `D` is where its equation on the data is nearest to the median of the "
        "simulated ones, which takes out what the estimator is biased by. `low` to `high` are the "
        "values of D for which the data are as usual as 68 % of the histories (Neyman's "
        "construction, in the order of Feldman and Cousins), so that the "
        "interval holds `D` itself, and the true one in 68 % of cases. `standard_error` is half of "
        "its length. Where an interval reaches the end of the search, `min_diffusion` or "
        "`max_diffusion`, "
        "the stages set no limit there, and the log says so.\n\n"
        "`label_error` adds wrong labels, at random and independently in every stage, to the "
        "simulated "
        "histories.",
    .citations = citations,
    .limits =
        "E1 ignores curvature: on particles of less than some 2,000 atoms it says little, and its "
        "intervals show it. E2 depends on the layers' width where {111} and "
        "{100} planes mix. All assume that only exchange moves atoms: ripening, segregation and "
        "hopping at the surface enter D, and errors of labels that depend on depth are in no "
        "interval. The simulated stages have the sites and layers of the first.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("diffusion.fick", "1.0", "BSD-3-Clause", &diffusion_fick);
