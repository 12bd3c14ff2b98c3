/* classify.stages - the elements of all stages of one particle together: what a site was and became
 * says what it is. */
#include "chain.h"
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/table.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>

typedef struct params {
    int32_t rate;
    double exchange;
} params;
static const char *const rates[] = { "common", "each", NULL };
enum { COMMON, EACH };
#define LEAST_P 1e-9 /* of an element: nothing seen is more certain than this */

static const loom_param param_table[] = {
    LOOM_PARAM(params, rate, .choices = rates, .def = EACH,
               .doc = "one exchange rate for all steps, or one for each"),
    LOOM_PARAM(params, exchange, .def = -1, .min = -1, .max = 1, .flags = LOOM_ADVANCED,
               .doc = "share of sites whose element changes per step, where it is known; -1: "
                      "estimated"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "the stage whose labels are put out: one of `stages`", 0 },
    { "stages", "atoms", "all stages in order of time, with columns p_SYMBOL (classify.mixture)",
      LOOM_LIST },
    { "pairs", "pairs",
      "which atom of each stage is which of the next (structure.match), one fewer than stages",
      LOOM_LIST | LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the atoms with the most probable element as species and p_SYMBOL by all stages; p_SYMBOL of "
      "this stage alone as alone_SYMBOL",
      0 },
    { "steps", "table",
      "a row per step: links (sites in both stages), exchange (share of sites whose element "
      "changes), low and high (its 68 % interval), error (half of it), and the shares whose label "
      "differs by each stage alone and by all together",
      0 },
    { "classes", "table",
      "a row per element: count, expected_count (sum of probabilities), expected_wrong (share of "
      "labels)",
      0 },
    { 0 }
};

typedef struct all_stages {
    loom_call *call;
    loom_atoms stage[CHAIN_MAX_STAGES];
    chain c;
    int64_t *first, *before, *after;
    double *likelihood, *alone; /* [nodes][k] */
    int64_t shown;              /* which stage is put out */
} all_stages;

/* ---- input ----------------------------------------------------------------------------------- */

static loom_status read_stages(all_stages *a)
{
    const loom_host *h = a->call->host;
    int64_t n = h->input_count(a->call, "stages"), pairs = h->input_count(a->call, "pairs");
    if (n < 1 || n > CHAIN_MAX_STAGES || pairs != n - 1)
        return h->fail(a->call, LOOM_E_DATA, "pairs",
                       "%lld stages and %lld sets of pairs; expected 1 to %d stages, and the pairs "
                       "of each with the next",
                       (long long)n, (long long)pairs, CHAIN_MAX_STAGES);
    a->c.stages = n;
    for (int64_t s = 0; s < n; s++) {
        loom_status status = loom_atoms_read_at(a->call, "stages", s, 1, &a->stage[s]);
        if (status != LOOM_OK) return status;
        if (strcmp(a->stage[s].symbols, a->stage[0].symbols))
            return h->fail(a->call, LOOM_E_DATA, "stages",
                           "stage %lld has the symbols '%s', stage 0 has '%s'; all need the same, "
                           "in the same order",
                           (long long)s, a->stage[s].symbols, a->stage[0].symbols);
    }
    a->c.k = a->stage[0].kinds;
    if (a->c.k <= CHAIN_MAX_CLASSES) return LOOM_OK;
    return h->fail(a->call, LOOM_E_DATA, "stages", "%lld elements; at most %d are told apart",
                   (long long)a->c.k, CHAIN_MAX_CLASSES);
}

/* Which of the stages is connected to `atoms`: the one of the same positions. */
static loom_status find_shown(all_stages *a)
{
    loom_atoms atoms;
    loom_status status = loom_atoms_read(a->call, "atoms", 1, &atoms);
    if (status != LOOM_OK) return status;
    for (int64_t s = 0; s < a->c.stages; s++)
        if (a->stage[s].n == atoms.n
            && !memcmp(a->stage[s].position, atoms.position,
                       (size_t)atoms.n * 3 * sizeof(double))) {
            a->shown = s;
            return LOOM_OK;
        }
    return a->call->host->fail(
        a->call, LOOM_E_DATA, "atoms",
        "the %lld atoms are none of the %lld stages; connect the same output "
        "to 'atoms' and, with [*], to 'stages'",
        (long long)atoms.n, (long long)a->c.stages);
}

static loom_status open_nodes(all_stages *a)
{
    const loom_host *h = a->call->host;
    chain *c = &a->c;
    a->first = h->scratch(a->call, (size_t)(c->stages + 1) * sizeof *a->first);
    if (!a->first) return LOOM_E_MEMORY;
    a->first[0] = 0;
    for (int64_t s = 0; s < c->stages; s++) a->first[s + 1] = a->first[s] + a->stage[s].n;
    c->nodes = a->first[c->stages];
    size_t links = (size_t)c->nodes * sizeof(int64_t),
           numbers = (size_t)(c->nodes * c->k) * sizeof(double);
    a->before = h->scratch(a->call, links);
    a->after = h->scratch(a->call, links);
    a->likelihood = h->scratch(a->call, numbers);
    a->alone = h->scratch(a->call, numbers);
    c->forward = h->scratch(a->call, numbers);
    c->backward = h->scratch(a->call, numbers);
    c->p = h->scratch(a->call, numbers);
    if (!a->before || !a->after || !a->likelihood || !a->alone || !c->forward || !c->backward
        || !c->p)
        return LOOM_E_MEMORY;
    for (int64_t i = 0; i < c->nodes; i++) a->before[i] = a->after[i] = -1;
    c->first = a->first;
    c->before = a->before;
    c->after = a->after;
    c->likelihood = a->likelihood;
    return LOOM_OK;
}

static loom_status join_pairs(all_stages *a, int64_t s)
{
    assert(s >= 0);
    const loom_host *h = a->call->host;
    const loom_value *value = h->input(a->call, "pairs", s);
    const loom_array *pair = value ? h->array(value, "pair") : NULL;
    if (!pair || pair->dtype != LOOM_I32 || pair->rank != 2 || pair->dim[1] != 2)
        return h->fail(a->call, LOOM_E_DATA, "pairs", "pairs %lld have no array pair[p][2]",
                       (long long)s);
    const int32_t *p = pair->data;
    for (int64_t i = 0; i < pair->dim[0]; i++) {
        int64_t from = p[2 * i], to = p[2 * i + 1];
        if (from < 0 || to < 0 || from >= a->stage[s].n || to >= a->stage[s + 1].n)
            return h->fail(a->call, LOOM_E_DATA, "pairs",
                           "pair %lld of step %lld is (%lld, %lld), but the stages have %lld and "
                           "%lld atoms; are the pairs of these stages, in order?",
                           (long long)i, (long long)s, (long long)from, (long long)to,
                           (long long)a->stage[s].n, (long long)a->stage[s + 1].n);
        from += a->first[s];
        to += a->first[s + 1];
        if (a->after[from] >= 0 || a->before[to] >= 0)
            return h->fail(a->call, LOOM_E_DATA, "pairs",
                           "pair %lld of step %lld uses an atom twice", (long long)i, (long long)s);
        a->after[from] = to;
        a->before[to] = from;
    }
    a->c.links[s] = (double)pair->dim[0];
    return LOOM_OK;
}

/* Probabilities of a stage alone; what was seen is these over the shares they were made with, which
 * in a fitted mixture are their means. */
static loom_status read_probabilities(all_stages *a, int64_t s)
{
    assert(s >= 0);
    const loom_host *h = a->call->host;
    int64_t k = a->c.k, n = a->stage[s].n;
    double *to = a->alone + k * a->first[s], *seen = a->likelihood + k * a->first[s];
    for (int64_t c = 0; c < k; c++) {
        char word[16], name[32];
        loom_symbols_word(a->stage[s].symbols, (int)c, word);
        snprintf(name, sizeof name, "p_%s", word);
        const double *p =
            loom_atoms_column(a->call, &a->stage[s], name, LOOM_F64, "classify.mixture");
        if (!p) return LOOM_E_DATA;
        double mean = 0;
        for (int64_t i = 0; i < n; i++) {
            if (!(p[i] >= 0 && p[i] <= 1 + 1e-9))
                return h->fail(a->call, LOOM_E_DATA, "stages",
                               "%s of atom %lld of stage %lld is %g; expected a probability", name,
                               (long long)i, (long long)s, p[i]);
            mean += p[i] / (double)n;
        }
        for (int64_t i = 0; i < n; i++) {
            to[k * i + c] = p[i];
            seen[k * i + c] = fmax(p[i], LEAST_P) / fmax(mean, LEAST_P);
        }
        a->c.share[c] += mean * (double)n / (double)a->c.nodes;
    }
    return LOOM_OK;
}

/* ---- output ---------------------------------------------------------------------------------- */

static int64_t label_of(const double *p, int64_t k)
{
    assert(k > 0);
    int64_t best = 0;
    for (int64_t c = 1; c < k; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

static bool write_atoms(const all_stages *a)
{
    const loom_host *h = a->call->host;
    const loom_atoms *s = &a->stage[a->shown];
    int64_t k = a->c.k, first = a->first[a->shown];
    loom_value *out = h->output(a->call, "atoms");
    int32_t *species = h->add_array(a->call, out, "species", LOOM_I32, 1, &s->n, NULL);
    if (!species) return false;
    for (int64_t i = 0; i < s->n; i++) species[i] = (int32_t)label_of(a->c.p + k * (first + i), k);
    for (int64_t c = 0; c < k; c++) {
        char word[16], name[32];
        loom_symbols_word(s->symbols, (int)c, word);
        snprintf(name, sizeof name, "p_%s", word);
        double *p = h->add_array(a->call, out, name, LOOM_F64, 1, &s->n, NULL);
        snprintf(name, sizeof name, "alone_%s", word);
        double *alone = h->add_array(a->call, out, name, LOOM_F64, 1, &s->n, NULL);
        if (!p || !alone) return false;
        for (int64_t i = 0; i < s->n; i++) {
            p[i] = a->c.p[k * (first + i) + c];
            alone[i] = a->alone[k * (first + i) + c];
        }
    }
    h->set_text(a->call, out, "symbols", s->symbols);
    return loom_pass_rest(a->call, h->input(a->call, "atoms", 0), out);
}

/* Share of the links of step s whose labels differ. */
static double differing(const all_stages *a, int64_t s, const double *p)
{
    int64_t k = a->c.k;
    double n = 0;
    for (int64_t i = a->first[s]; i < a->first[s + 1]; i++)
        if (a->after[i] >= 0) n += label_of(p + k * i, k) != label_of(p + k * a->after[i], k);
    return a->c.links[s] > 0 ? n / a->c.links[s] : 0;
}

static bool write_steps(all_stages *a, const params *p)
{
    static const char *const names[] = { "step", "links", "exchange",     "low",
                                         "high", "error", "differ_alone", "differ" };
    enum { NAMES = sizeof names / sizeof *names };
    loom_value *out = a->call->host->output(a->call, "steps");
    double *column[NAMES], interval[2] = { 0, 0 };
    for (int i = 0; i < NAMES; i++)
        if (!(column[i] = loom_table_column(a->call, out, names[i], a->c.stages - 1, NULL)))
            return false;
    for (int64_t s = 0; s + 1 < a->c.stages; s++) {
        bool fixed = p->exchange >= 0;
        if (!fixed && (p->rate == EACH || s == 0))
            chain_interval(&a->c, p->rate == EACH ? s : -1, interval);
        column[0][s] = (double)s;
        column[1][s] = a->c.links[s];
        column[2][s] = chain_changed(&a->c, a->c.redraw[s]);
        column[3][s] = fixed ? column[2][s] : chain_changed(&a->c, interval[0]);
        column[4][s] = fixed ? column[2][s] : chain_changed(&a->c, interval[1]);
        column[5][s] = 0.5 * (column[4][s] - column[3][s]);
        column[6][s] = differing(a, s, a->alone);
        column[7][s] = differing(a, s, a->c.p);
    }
    return true;
}

static bool write_classes(const all_stages *a)
{
    loom_value *out = a->call->host->output(a->call, "classes");
    int64_t k = a->c.k;
    double *count = loom_table_column(a->call, out, "count", k, NULL),
           *expected = loom_table_column(a->call, out, "expected_count", k, NULL),
           *wrong = loom_table_column(a->call, out, "expected_wrong", k, NULL);
    if (!count || !expected || !wrong) return false;
    for (int64_t i = a->first[a->shown]; i < a->first[a->shown + 1]; i++) {
        const double *p = a->c.p + k * i;
        int64_t label = label_of(p, k);
        count[label]++;
        wrong[label] += 1 - p[label];
        for (int64_t c = 0; c < k; c++) expected[c] += p[c];
    }
    for (int64_t c = 0; c < k; c++) wrong[c] = count[c] > 0 ? wrong[c] / count[c] : 0;
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Shares and rates, from a tenth of all sites drawn anew or as a person gave them. */
static loom_status fit(all_stages *a, const params *p)
{
    chain *c = &a->c;
    double most = chain_changed(c, 1), r = p->exchange < 0 ? 0.1 : p->exchange / fmax(most, 1e-300);
    if (p->exchange > most)
        return a->call->host->fail(a->call, LOOM_E_PARAM, "exchange",
                                   "a share of %g of the sites cannot change at this composition: "
                                   "elements drawn at random would differ at %g",
                                   p->exchange, most);
    for (int64_t s = 0; s + 1 < c->stages; s++) c->redraw[s] = r;
    if (p->exchange < 0) chain_fit(c, p->rate == COMMON);
    else chain_expect(c);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    all_stages *a = call->host->scratch(call, sizeof *a);
    if (!a) return LOOM_E_MEMORY;
    memset(a, 0, sizeof *a);
    a->call = call;
    loom_status status = read_stages(a);
    if (status == LOOM_OK) status = find_shown(a);
    if (status == LOOM_OK) status = open_nodes(a);
    for (int64_t s = 0; status == LOOM_OK && s + 1 < a->c.stages; s++) status = join_pairs(a, s);
    for (int64_t s = 0; status == LOOM_OK && s < a->c.stages; s++)
        status = read_probabilities(a, s);
    if (status == LOOM_OK) status = fit(a, p);
    if (status != LOOM_OK) return status;
    return write_atoms(a) && write_steps(a, p) && write_classes(a) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_RABINER_1989, CITE_DEMPSTER_1977, { 0 } };

static const loom_op classify_stages = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "classify.stages",
    .summary = "The elements of all stages of one particle together, and how many sites exchange.",
    .method =
        "A site that is matched from stage to stage is a chain. From one stage to the next it "
        "keeps its element, or, with a probability r, takes one at random from the "
        "composition, so that the composition stays; a share `exchange` = r (1 - sum of squared "
        "shares) of all sites then changes. What a stage says alone is the probability p_SYMBOL "
        "over the share of the element. Rates and shares are fitted by expectation and "
        "maximisation, with forward and backward passes over the stages; the new p_SYMBOL are "
        "by all stages together. The interval of `exchange` is where the logarithm of the "
        "likelihood is within 1/2 of its highest.\n\n"
        "Stages that have nothing to do with each other come out as exchanged at random, and "
        "their probabilities stay what they were: the chain makes no agreement that is not "
        "there. `differ_alone` and `differ` are the shares of sites whose labels change from "
        "stage to stage, each alone and together; the difference is mostly wrong labels. To "
        "relabel every stage of an axis: `in: {atoms: x.atoms, stages: x.atoms[*], pairs: "
        "match.pairs[*]}`.",
    .citations = citations,
    .limits = "The probabilities must be true: where heights are off by place rather than by "
              "chance, all stages err alike and the chain takes that for knowledge. Wrong pairs "
              "count as exchange. Sites are taken as independent. A composition that changes much "
              "between stages adds to the exchange.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.stages", "1.0", "BSD-3-Clause", &classify_stages);
