/* classify.mixture - the element of every atom as a probability, from its height and the error of
 * its height. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/linalg.h"
#include "partition.h"
#include "place.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct params {
    loom_strings symbols;
    const char *column, *error;
    int32_t correction;
} params;
static const char *const corrections[] = { "automatic", "none", NULL };
enum { CORRECT_AUTOMATIC, CORRECT_NONE };

enum { MAX_CLASSES = 8, SWEEPS = 500 };
#define LEAST_SPREAD 1e-3 /* relative: of one element's heights */
#define FIRST_SPREAD 0.1
#define MOST_FACTOR 5.0 /* by place: beyond it the fit has gone astray */
#define SETTLED 1e-10   /* of the logarithm of the likelihood, relative */
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

typedef struct mixture {
    loom_call *call;
    int64_t n, k;
    const double *value, *error; /* error: NULL where none */
    double share[MAX_CLASSES], mean[MAX_CLASSES], spread;
    double *p;     /* [n][k] */
    double *place; /* [n][PLACE_TERMS], NULL: not corrected */
    double slope[PLACE_TERMS];
    double *factor; /* [n] of all heights, by place */
} mixture;

/* ---- fit ------------------------------------------------------------------------------------- */

static double variance_of(const mixture *m, int64_t i, int64_t c)
{
    assert(i >= 0 && i < m->n && c >= 0 && c < m->k);
    double s = m->error ? m->error[i] : 0, own = m->spread * m->mean[c] * m->factor[i];
    return own * own + s * s;
}

/* Probabilities of every atom; returns the logarithm of the likelihood. */
static double expect(mixture *m)
{
    double sum = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double log_p[MAX_CLASSES], top = -INFINITY, all = 0, *p = m->p + m->k * i;
        for (int64_t c = 0; c < m->k; c++) {
            double v = variance_of(m, i, c), d = m->value[i] - m->mean[c] * m->factor[i];
            log_p[c] = log(fmax(m->share[c], 1e-300)) - 0.5 * log(v) - 0.5 * d * d / v;
            top = fmax(top, log_p[c]);
        }
        for (int64_t c = 0; c < m->k; c++) all += p[c] = exp(log_p[c] - top);
        for (int64_t c = 0; c < m->k; c++) p[c] /= all;
        sum += top + log(all);
    }
    return sum;
}

/* Shares, means and the common relative spread that suit the probabilities. */
static void maximise(mixture *m)
{
    double excess = 0, all = 0;
    for (int64_t c = 0; c < m->k; c++) {
        double p_sum = 0, weight = 0, with = 0;
        for (int64_t i = 0; i < m->n; i++) {
            double p = m->p[m->k * i + c], w = p / variance_of(m, i, c);
            p_sum += p;
            weight += w * m->factor[i] * m->factor[i];
            with += w * m->factor[i] * m->value[i];
        }
        m->share[c] = p_sum / (double)m->n;
        if (weight > 0) m->mean[c] = with / weight;
    }
    for (int64_t i = 0; i < m->n; i++) /* moments, weighted by how much each atom knows of it */
        for (int64_t c = 0; c < m->k; c++) {
            double own = m->mean[c] * m->factor[i], square = own * own, v = variance_of(m, i, c),
                   w = m->p[m->k * i + c] * square * square / (v * v), d = m->value[i] - own,
                   s = m->error ? m->error[i] : 0;
            excess += w * (d * d - s * s) / square;
            all += w;
        }
    m->spread = all > 0 ? sqrt(fmax(excess / all, LEAST_SPREAD * LEAST_SPREAD)) : FIRST_SPREAD;
}

/* The slopes of the factor that suit the probabilities, by weighted least squares, and the factors.
 */
static void correct(mixture *m)
{
    double a[PLACE_TERMS * PLACE_TERMS] = { 0 }, b[PLACE_TERMS] = { 0 };
    for (int64_t i = 0; i < m->n; i++) {
        const double *f = m->place + PLACE_TERMS * i;
        double weight = 0, with = 0;
        for (int64_t c = 0; c < m->k; c++) {
            double w = m->p[m->k * i + c] * m->mean[c] / variance_of(m, i, c);
            weight += w * m->mean[c];
            with += w * (m->value[i] - m->mean[c]);
        }
        for (int s = 0; s < PLACE_TERMS; s++) {
            b[s] += f[s] * with;
            for (int t = 0; t < PLACE_TERMS; t++) a[PLACE_TERMS * s + t] += f[s] * f[t] * weight;
        }
    }
    double trace = 0;
    for (int s = 0; s < PLACE_TERMS; s++) trace += a[(PLACE_TERMS + 1) * s];
    for (int s = 0; s < PLACE_TERMS; s++) a[(PLACE_TERMS + 1) * s] += 1e-6 * trace;
    if (!loom_solve_spd(PLACE_TERMS, a, b)) return;
    memcpy(m->slope, b, sizeof m->slope);
    for (int64_t i = 0; i < m->n; i++) {
        double factor = 1;
        for (int s = 0; s < PLACE_TERMS; s++) factor += b[s] * m->place[PLACE_TERMS * i + s];
        m->factor[i] = fmin(MOST_FACTOR, fmax(1 / MOST_FACTOR, factor));
    }
}

/* Expectation and maximisation by turns; returns the logarithm of the likelihood. */
static double settle(mixture *m)
{
    double before = -INFINITY, now = before;
    for (int i = 0; i < SWEEPS; i++) {
        now = expect(m);
        if (fabs(now - before) <= SETTLED * fabs(now)) break;
        before = now;
        maximise(m);
        if (m->place) correct(m);
    }
    return now;
}

/* Takes the place in where that raises the likelihood by more than its terms would by chance
 * (Schwarz 1978), else leaves everything as it was. */
static loom_status settle_with_place(mixture *m, double plain, const double *position,
                                     const double *depth)
{
    const loom_host *h = m->call->host;
    mixture kept = *m;
    double *p = h->scratch(m->call, (size_t)(m->n * m->k + 1) * sizeof *p), least = 1, most = 1;
    m->place = h->scratch(m->call, (size_t)(m->n * PLACE_TERMS + 1) * sizeof *m->place);
    if (!p || !m->place || !place_functions(m->call, m->n, position, depth, m->place))
        return LOOM_E_MEMORY;
    memcpy(p, m->p, (size_t)(m->n * m->k) * sizeof *p);
    double gain = settle(m) - plain, needed = 0.5 * PLACE_TERMS * log((double)m->n);
    if (gain > needed) {
        for (int64_t i = 0; i < m->n; i++) {
            least = fmin(least, m->factor[i]);
            most = fmax(most, m->factor[i]);
        }
        h->note(m->call,
                "heights depend on place, by factors of %.3f to %.3f: log likelihood +%.1f", least,
                most, gain);
        return LOOM_OK;
    }
    h->note(m->call, "heights do not depend on place: log likelihood +%.1f, %.1f is needed", gain,
            needed);
    *m = kept;
    memcpy(m->p, p, (size_t)(m->n * m->k) * sizeof *p);
    for (int64_t i = 0; i < m->n; i++) m->factor[i] = 1;
    return LOOM_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Means of the exact k-means as a start. */
static loom_status start(mixture *m)
{
    const loom_host *h = m->call->host;
    int64_t first[MAX_CLASSES + 1], distinct = m->n > 0;
    double *sorted = h->scratch(m->call, (size_t)(m->n + 1) * sizeof(double));
    if (!sorted) return LOOM_E_MEMORY;
    memcpy(sorted, m->value, (size_t)m->n * sizeof(double));
    qsort(sorted, (size_t)m->n, sizeof *sorted, ascending);
    for (int64_t i = 1; i < m->n; i++) distinct += sorted[i] > sorted[i - 1];
    if (distinct < m->k || !(m->n > 0 && sorted[0] > 0))
        return h->fail(m->call, LOOM_E_DATA, "atoms",
                       "%lld atoms with %lld different heights, the lowest %g, cannot be %lld "
                       "elements; heights must be positive and at least as many as elements",
                       (long long)m->n, (long long)distinct, m->n ? sorted[0] : 0.0,
                       (long long)m->k);
    if (!partition_line(m->call, sorted, m->n, m->k, first)) return LOOM_E_MEMORY;
    for (int64_t c = 0; c < m->k; c++) {
        m->share[c] = (double)(first[c + 1] - first[c]) / (double)m->n;
        m->mean[c] = 0;
        for (int64_t i = first[c]; i < first[c + 1]; i++)
            m->mean[c] += sorted[i] / (double)(first[c + 1] - first[c]);
    }
    m->spread = FIRST_SPREAD;
    return LOOM_OK;
}

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
    loom_status status = start(&m);
    if (status != LOOM_OK) return status;
    double plain = settle(&m);
    if (p->correction == CORRECT_AUTOMATIC)
        status = settle_with_place(&m, plain, position->data, depth ? depth->data : NULL);
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
