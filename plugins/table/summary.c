/* table.summary - a series of annealing stages in two tables: what each stage is, and what each
 * step did. */
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/table.h"
#include <math.h>
#include <stdio.h>
#include <assert.h>

enum { MOST_KINDS = 8, NAME = 32 };
typedef struct params {
    const char *label;
    loom_reals minutes;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, label, .text = "", .doc = "name of the particle, for the tables' notes"),
    LOOM_PARAM(params, minutes, .unit = "minute", .text = "", .def = 0, .min = 0, .max = 1e9,
               .doc = "annealing time of every stage; empty: numbered 0, 1, 2, ..."),
    { 0 }
};
static const loom_port inputs[] = {
    { "stages", "atoms", "one value per stage, in order of time", LOOM_LIST },
    { "matches", "table", "structure.match of every stage with the next",
      LOOM_OPTIONAL | LOOM_LIST },
    { "series", "tilt_series", "the tilt series of every stage, for angles and dose",
      LOOM_OPTIONAL | LOOM_LIST },
    { "r_factors", "table", "compare.projections' summary of every stage",
      LOOM_OPTIONAL | LOOM_LIST },
    { 0 }
};
static const loom_port outputs[] = {
    { "stages", "table",
      "per stage: minutes, atoms, atoms and share of each element by number and weight; R-factor, "
      "dose, first and last tilt where known",
      0 },
    { "steps", "table",
      "per step: common positions and their share of both stages, chemically consistent ones, "
      "migrated atoms",
      LOOM_OPTIONAL },
    { 0 }
};

typedef struct summary {
    loom_call *call;
    const params *p;
    int64_t stages;
    int32_t kinds;
    char words[MOST_KINDS][16];
} summary;

/* The single number of a column of a one-row table. */
static bool single(const loom_host *h, const loom_value *table, const char *name, double *out)
{
    const loom_array *a = h->array(table, name);
    if (!a || a->dtype != LOOM_F64 || loom_array_count(a) != 1) return false;
    *out = *(const double *)a->data;
    return true;
}

/* Elements of all stages, in order of first appearance. */
static loom_status collect_elements(summary *s)
{
    const loom_host *h = s->call->host;
    char word[16];
    for (int64_t i = 0; i < s->stages; i++) {
        const char *symbols = h->text(h->input(s->call, "stages", i), "symbols");
        for (int k = 0; loom_symbols_word(symbols, k, word); k++) {
            int32_t at = 0;
            while (at < s->kinds && strcmp(s->words[at], word) != 0) at++;
            if (at < s->kinds) continue;
            if (s->kinds == MOST_KINDS)
                return h->fail(s->call, LOOM_E_DATA, "stages", "more than %d elements", MOST_KINDS);
            memcpy(s->words[s->kinds++], word, sizeof word);
        }
    }
    return LOOM_OK;
}

/* Atoms of each element of stage i, by the summary's order of elements. */
static void count_elements(const summary *s, int64_t i, double counts[MOST_KINDS])
{
    assert(i >= 0 && i < s->stages && s->kinds <= MOST_KINDS);
    const loom_host *h = s->call->host;
    const loom_value *v = h->input(s->call, "stages", i);
    const loom_array *species = h->array(v, "species");
    const char *symbols = h->text(v, "symbols");
    char word[16];
    for (int32_t k = 0; k < s->kinds; k++) {
        counts[k] = 0;
        for (int32_t j = 0; loom_symbols_word(symbols, j, word); j++)
            for (int64_t a = 0; !strcmp(word, s->words[k]) && a < species->dim[0]; a++)
                counts[k] += ((const int32_t *)species->data)[a] == j;
    }
}

static loom_status report_elements(summary *s, loom_value *out)
{
    assert(s->kinds >= 0 && s->kinds <= MOST_KINDS);
    double *total = loom_table_column(s->call, out, "atoms", s->stages, NULL), *number[MOST_KINDS],
           *share[MOST_KINDS], *weight[MOST_KINDS], counts[MOST_KINDS];
    char name[NAME];
    for (int32_t k = 0; k < s->kinds; k++)
        number[k] = loom_table_column(s->call, out, s->words[k], s->stages, NULL);
    for (int32_t k = 0; k < s->kinds; k++) {
        snprintf(name, sizeof name, "%s_atomic", s->words[k]);
        share[k] = loom_table_column(s->call, out, name, s->stages, "percent");
        snprintf(name, sizeof name, "%s_weight", s->words[k]);
        weight[k] = loom_table_column(s->call, out, name, s->stages, "percent");
        if (!number[k] || !share[k] || !weight[k]) return LOOM_E_MEMORY;
    }
    if (!total) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < s->stages; i++) {
        double mass = 0;
        count_elements(s, i, counts);
        for (int32_t k = 0; k < s->kinds; k++) {
            total[i] += number[k][i] = counts[k];
            mass += counts[k] * loom_element_mass(loom_element_number(s->words[k]));
        }
        if (total[i] == 0)
            return s->call->host->fail(s->call, LOOM_E_DATA, "stages", "stage %lld holds no atoms",
                                       (long long)i);
        for (int32_t k = 0; k < s->kinds; k++) {
            share[k][i] = 100 * counts[k] / total[i];
            weight[k][i] =
                mass > 0
                    ? 100 * counts[k] * loom_element_mass(loom_element_number(s->words[k])) / mass
                    : 0;
        }
    }
    return LOOM_OK;
}

/* Angles and dose of each stage's series, R-factors where given. */
static loom_status report_measurement(summary *s, loom_value *out)
{
    const loom_host *h = s->call->host;
    if (h->input_count(s->call, "r_factors")) {
        double *r = loom_table_column(s->call, out, "R", s->stages, "percent");
        for (int64_t i = 0; r && i < s->stages; i++) {
            if (!single(h, h->input(s->call, "r_factors", i), "r1_mean", &r[i]))
                return h->fail(s->call, LOOM_E_DATA, "r_factors",
                               "table %lld has no single r1_mean; connect the output summary of "
                               "compare.projections",
                               (long long)i);
            r[i] *= 100;
        }
        if (!r) return LOOM_E_MEMORY;
    }
    if (!h->input_count(s->call, "series")) return LOOM_OK;
    double *dose = loom_table_column(s->call, out, "dose", s->stages, "e/angstrom^2"),
           *tilts = loom_table_column(s->call, out, "tilts", s->stages, NULL);
    double *first = loom_table_column(s->call, out, "tilt_first", s->stages, "degree"),
           *last = loom_table_column(s->call, out, "tilt_last", s->stages, "degree");
    if (!dose || !tilts || !first || !last) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < s->stages; i++) {
        const loom_value *v = h->input(s->call, "series", i);
        const loom_array *angles = h->array(v, "angles");
        const double *a = angles->data;
        h->number(v, "dose", &dose[i]);
        tilts[i] = (double)angles->dim[0];
        first[i] = INFINITY;
        last[i] = -INFINITY;
        for (int64_t k = 0; k < angles->dim[0]; k++) {
            first[i] = fmin(first[i], a[3 * k + 1]);
            last[i] = fmax(last[i], a[3 * k + 1]);
        }
        if (!angles->dim[0])
            return h->fail(s->call, LOOM_E_DATA, "series", "series %lld has no tilts",
                           (long long)i);
    }
    return LOOM_OK;
}

static loom_status report_steps(summary *s)
{
    assert(!s->p->minutes.n || s->p->minutes.n == s->stages);
    static const struct {
        const char *from, *to;
        double scale;
        const char *unit;
    } rows[] = {
        { "before", "before", 1, NULL },
        { "after", "after", 1, NULL },
        { "common", "common", 1, NULL },
        { "common_of_before", "common_of_before", 100, "percent" },
        { "common_of_after", "common_of_after", 100, "percent" },
        { "consistent", "consistent", 1, NULL },
        { "consistency", "consistency", 100, "percent" },
        { "inconsistent", "inconsistent", 1, NULL },
        { "disappeared", "disappeared", 1, NULL },
        { "new", "new", 1, NULL },
        { "migrated", "migrated", 1, NULL },
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    const loom_host *h = s->call->host;
    int64_t n = s->stages - 1;
    if (!h->input_count(s->call, "matches")) return LOOM_OK;
    loom_value *out = h->output(s->call, "steps");
    double *from = loom_table_column(s->call, out, "from_minutes", n, "minute"),
           *to = loom_table_column(s->call, out, "to_minutes", n, "minute");
    if (!from || !to) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        from[i] = s->p->minutes.n ? s->p->minutes.v[i] : (double)i;
        to[i] = s->p->minutes.n ? s->p->minutes.v[i + 1] : (double)(i + 1);
    }
    for (int c = 0; c < ROWS + s->kinds; c++) {
        char name[NAME];
        if (c < ROWS) snprintf(name, sizeof name, "%s", rows[c].to);
        else snprintf(name, sizeof name, "consistent_%s", s->words[c - ROWS]);
        double *value = loom_table_column(s->call, out, name, n, c < ROWS ? rows[c].unit : NULL);
        if (!value) return LOOM_E_MEMORY;
        for (int64_t i = 0; i < n; i++) {
            if (!single(h, h->input(s->call, "matches", i), name, &value[i]))
                return h->fail(
                    s->call, LOOM_E_DATA, "matches",
                    "table %lld has no single %s; connect the output table of structure.match",
                    (long long)i, name);
            if (c < ROWS) value[i] *= rows[c].scale;
        }
    }
    h->set_text(s->call, out, "label", s->p->label);
    h->set_text(
        s->call, out, "notes",
        "common: pairs of atoms of two successive stages that are each other's nearest within half "
        "the first minimum of the pair distribution; percentages of the atoms before and after\n"
        "consistent: common positions with the same element in both stages; consistency is their "
        "share of the common positions, not of all atoms\n"
        "migrated: disappeared + new + inconsistent");
    return LOOM_OK;
}

static loom_status check_lists(summary *s)
{
    const loom_host *h = s->call->host;
    static const struct {
        const char *port;
        int64_t fewer;
    } lists[] = { { "matches", 1 }, { "series", 0 }, { "r_factors", 0 } };
    for (int k = 0; k < 3; k++) {
        int64_t n = h->input_count(s->call, lists[k].port), want = s->stages - lists[k].fewer;
        if (n && n != want)
            return h->fail(s->call, LOOM_E_DATA, lists[k].port,
                           "%lld stages need %lld values at '%s', found %lld", (long long)s->stages,
                           (long long)want, lists[k].port, (long long)n);
    }
    if (s->p->minutes.n && s->p->minutes.n != s->stages)
        return h->fail(s->call, LOOM_E_PARAM, "minutes",
                       "%lld times for %lld stages; give one each, or none",
                       (long long)s->p->minutes.n, (long long)s->stages);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    summary s = { .call = call, .p = param_struct, .stages = h->input_count(call, "stages") };
    loom_status status = check_lists(&s);
    if (!status) status = collect_elements(&s);
    if (status) return status;
    loom_value *out = h->output(call, "stages");
    double *minutes = loom_table_column(call, out, "minutes", s.stages, "minute");
    if (!minutes) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < s.stages; i++)
        minutes[i] = s.p->minutes.n ? s.p->minutes.v[i] : (double)i;
    status = report_elements(&s, out);
    if (!status) status = report_measurement(&s, out);
    h->set_text(call, out, "label", s.p->label);
    h->set_text(call, out, "notes",
                "dose: of the whole tilt series\nR: mean over tilts of sum|calculated - measured| "
                "/ sum|measured|");
    return status ? status : report_steps(&s);
}

static const loom_op table_summary = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "table.summary",
    .summary = "A series of annealing stages in two tables: composition and measurement of each "
               "stage, and what changed in each step.",
    .method = "Counts, shares by number and by weight, R-factor, dose and tilt range of every "
              "stage; common, consistent and migrated atoms of every step. Percentages carry full "
              "precision and are rounded once, where they are printed. `atomloom get` writes the "
              "tables as .csv, .md and .tex.",
    .cites = "none",
    .limits = "Up to 8 elements.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("table.summary", "1.0", "BSD-3-Clause", &table_summary);
