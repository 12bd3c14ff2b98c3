/* classify.mixture - the element of every atom as a probability, from its height and the error of
 * its height. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "mixture.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct params {
    loom_strings symbols;
    const char *column, *error;
    int32_t correction;
} params;
static const char *const corrections[] = { "automatic", "none", NULL };
enum { CORRECT_AUTOMATIC, CORRECT_NONE };

/* Means of neighbouring classes nearer than so many of their standard deviations: one element seen
 * as two. */
#define LEAST_APART 2.0

static const loom_param param_table[] = {
    LOOM_PARAM(params, symbols, .flags = LOOM_REQUIRED,
               .doc = "chemical symbols of the elements, in any order: heavier atoms are higher; "
                      "names that are not elements in the order of their heights"),
    LOOM_PARAM(params, column, .text = "height", .flags = LOOM_ADVANCED,
               .doc = "column of the atoms that is classified"),
    LOOM_PARAM(params, error, .text = "error_height", .flags = LOOM_ADVANCED,
               .doc =
                   "column with its standard errors; where there is none they are taken as equal"),
    LOOM_PARAM(params, correction, .choices = corrections, .def = CORRECT_AUTOMATIC,
               .doc = "heights as a smooth function of depth and direction, the same for all "
                      "elements: automatic takes it in where the heights show it"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms",
      "atoms with heights, as from refine.search or refine.atoms; with a column depth "
      "(structure.surface) that is used",
      0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the atoms with the most probable element as species, a column p_SYMBOL for each element, "
      "and place_factor: how much higher than on average atoms are where this one sits",
      0 },
    { "classes", "table",
      "a row per element, lowest first: count, expected count (sum of probabilities), mean, "
      "relative "
      "spread, expected share of wrong labels; expected_as_0, ...: expected number labelled so",
      0 },
    { 0 }
};

/* ---- symbols --------------------------------------------------------------------------------- */

/* The words of `given` by atomic number; as they are where one is no element. */
static void order_symbols(const char *given, int64_t k, char word[MAX_CLASSES][16])
{
    assert(k <= MAX_CLASSES);
    int number[MAX_CLASSES];
    bool known = true;
    for (int64_t c = 0; c < k; c++) {
        loom_symbols_word(given, (int)c, word[c]);
        number[c] = loom_element_number(word[c]);
        known = known && number[c] > 0;
    }
    for (int64_t c = 1; known && c < k; c++)
        for (int64_t i = c; i > 0 && number[i] < number[i - 1]; i--) {
            char w[16];
            int z = number[i];
            memcpy(w, word[i], sizeof w);
            memcpy(word[i], word[i - 1], sizeof w);
            memcpy(word[i - 1], w, sizeof w);
            number[i] = number[i - 1];
            number[i - 1] = z;
        }
}

/* ---- outputs --------------------------------------------------------------------------------- */

static int64_t label_of(const mixture *m, int64_t i)
{
    assert(i >= 0 && i < m->n);
    int64_t best = 0;
    for (int64_t c = 1; c < m->k; c++)
        if (m->p[m->k * i + c] > m->p[m->k * i + best]) best = c;
    return best;
}

static bool write_atoms(const mixture *m, char word[MAX_CLASSES][16])
{
    const loom_host *h = m->call->host;
    loom_value *out = h->output(m->call, "atoms");
    char symbols[MAX_CLASSES * 17] = "";
    int32_t *species = h->add_array(m->call, out, "species", LOOM_I32, 1, &m->n, NULL);
    if (!species) return false;
    for (int64_t i = 0; i < m->n; i++) species[i] = (int32_t)label_of(m, i);
    for (int64_t c = 0; c < m->k; c++) {
        char name[32];
        snprintf(name, sizeof name, "p_%s", word[c]);
        double *p = h->add_array(m->call, out, name, LOOM_F64, 1, &m->n, NULL);
        if (!p) return false;
        for (int64_t i = 0; i < m->n; i++) p[i] = m->p[m->k * i + c];
        snprintf(symbols + strlen(symbols), sizeof symbols - strlen(symbols), "%s%s", c ? " " : "",
                 word[c]);
    }
    double *factor = h->add_array(m->call, out, "place_factor", LOOM_F64, 1, &m->n, NULL);
    if (!factor) return false;
    memcpy(factor, m->factor, (size_t)m->n * sizeof *factor);
    h->set_text(m->call, out, "symbols", symbols);
    return loom_pass_rest(m->call, h->input(m->call, "atoms", 0), out);
}

static bool write_classes(const mixture *m)
{
    static const char *const names[] = { "count", "expected_count", "mean", "spread",
                                         "expected_wrong" };
    enum { NAMES = 5 };
    const loom_host *h = m->call->host;
    loom_value *out = h->output(m->call, "classes");
    double *column[NAMES + MAX_CLASSES];
    for (int64_t i = 0; i < NAMES + m->k; i++) {
        char name[32];
        snprintf(name, sizeof name, "expected_as_%d", (int)(i - NAMES));
        column[i] =
            h->add_array(m->call, out, i < NAMES ? names[i] : name, LOOM_F64, 1, &m->k, NULL);
        if (!column[i]) return false;
        memset(column[i], 0, (size_t)m->k * sizeof(double));
    }
    for (int64_t i = 0; i < m->n; i++) {
        int64_t label = label_of(m, i);
        column[0][label]++;
        column[4][label] += 1 - m->p[m->k * i + label];
        for (int64_t c = 0; c < m->k; c++) {
            column[1][c] += m->p[m->k * i + c];
            column[NAMES + label][c] += m->p[m->k * i + c];
        }
    }
    for (int64_t c = 0; c < m->k; c++) {
        column[2][c] = m->mean[c];
        column[3][c] = m->spread;
        column[4][c] = column[0][c] > 0 ? column[4][c] / column[0][c] : 0;
    }
    return true;
}

static void warn_of_overlap(const mixture *m, char word[MAX_CLASSES][16])
{
    for (int64_t c = 1; c < m->k; c++) {
        double apart =
            (m->mean[c] - m->mean[c - 1]) / (m->spread * 0.5 * (m->mean[c] + m->mean[c - 1]));
        if (apart < LEAST_APART)
            m->call->host->warn(m->call, "symbols",
                                "the heights of %s and %s lie %.2f of their standard deviations "
                                "apart: the images do not tell these elements from one",
                                word[c - 1], word[c], apart);
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_value *atoms = h->input(call, "atoms", 0);
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *value = h->array(atoms, p->column ? p->column : ""),
                     *error = h->array(atoms, p->error ? p->error : ""),
                     *depth = h->array(atoms, "depth");
    char symbols[MAX_CLASSES * 17], word[MAX_CLASSES][16];
    if (!position) return LOOM_E_DATA;
    mixture m = { .call = call, .n = position->dim[0], .k = p->symbols.n };
    if (m.k < 1 || m.k > MAX_CLASSES)
        return h->fail(call, LOOM_E_PARAM, "symbols", "%lld elements; give 1 to %d", (long long)m.k,
                       MAX_CLASSES);
    if (!loom_symbols_read(call, "symbols", &p->symbols, symbols, sizeof symbols))
        return LOOM_E_PARAM;
    if (!loom_is_column(value, LOOM_F64, m.n))
        return h->fail(call, LOOM_E_DATA, "column",
                       "the atoms have no column of numbers '%s'; refine.search and refine.atoms "
                       "make one, or name another",
                       p->column ? p->column : "");
    if (!loom_need_finite(call, "atoms", value)) return LOOM_E_DATA;
    if (error && (!loom_is_column(error, LOOM_F64, m.n) || !loom_need_finite(call, "atoms", error)))
        return h->fail(call, LOOM_E_DATA, "error", "'%s' is not a column of numbers", p->error);
    if (!loom_need_finite(call, "atoms", position)) return LOOM_E_DATA;
    if (depth && (!loom_is_column(depth, LOOM_F64, m.n) || !loom_need_finite(call, "atoms", depth)))
        return h->fail(call, LOOM_E_DATA, "atoms", "'depth' is not a column of numbers");
    m.value = value->data;
    m.error = error ? error->data : NULL;
    m.p = h->scratch(call, (size_t)(m.n * m.k + 1) * sizeof(double));
    m.factor = h->scratch(call, (size_t)(m.n + 1) * sizeof(double));
    if (!m.p || !m.factor) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < m.n; i++) m.factor[i] = 1;
    loom_status status = mixture_fit(&m, p->correction == CORRECT_AUTOMATIC ? position->data : NULL,
                                     depth ? depth->data : NULL);
    if (status != LOOM_OK) return status;
    order_symbols(symbols, m.k, word);
    warn_of_overlap(&m, word);
    return write_atoms(&m, word) && write_classes(&m) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_DEMPSTER_1977, { 0 } };

static const loom_op classify_mixture = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "classify.mixture",
    .summary = "The element of every atom as a probability, from its height and the error of it.",
    .method =
        "Heights of one element scatter about their mean, by place, vibration and channelling "
        "(one relative spread for all elements), and by the standard error of each atom's own "
        "height. Shares, means and spread are fitted by expectation and maximisation from the "
        "exact one-dimensional k-means. The probability of element k for atom i is share_k "
        "N(h_i; mean_k, spread^2 mean_k^2 + s_i^2) over the sum of all.\n\n"
        "What dims or brightens atoms by place (the surface, the missing wedge, channelling) is a "
        "factor on all heights, the same for every element: one plus a polynomial in depth and "
        "its square and in x and z squared from the centroid, even in the angle to the beams. "
        "Depth is the column `depth`, or that below the planes which touch the particle. The "
        "factor is fitted together with the rest, and kept where the logarithm of the likelihood "
        "rises by more than half the number of terms times log n (Schwarz 1978).\n\n"
        "Elements are ordered by atomic number, whatever the order of `symbols`. `classes` "
        "holds the confusion matrix that the probabilities predict: its row is the element, "
        "`expected_as_j` how many of it are labelled j. Counts can be soft (sums of p) or "
        "hard.",
    .citations = citations,
    .limits =
        "The factor by place is smooth: what an atom's own neighbours do to its height widens the "
        "spread. The shares are those of the whole particle, at every depth. Elements whose "
        "heights overlap are told apart only on average; a warning "
        "says so.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.mixture", "1.0", "BSD-3-Clause", &classify_mixture);
