/* table.truth - figures of a run next to what is true and what was published; misses are marked. */
#include "figure.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct params {
    loom_strings names, figures;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, names, .text = "", .doc = "a name for each table, in order"),
    LOOM_PARAM(params, figures, .text = "",
               .doc = "the rows, each \"LABEL: VALUE from VALUE to VALUE truth VALUE paper VALUE "
                      "...\"; see Method"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tables", "table", "whatever figures and truths come from", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = {
    { "table", "table",
      "a row per figure, in words: found, its interval, truth, paper, what was asked, and met: "
      "met, "
      "MISSED, or - where nothing was asked; attributes asked and missed: how many",
      LOOM_FRESH },
    { 0 }
};
static const char verdicts[] = "-\nmet\nMISSED";
enum { NOTHING_ASKED, MET, MISSED };

static loom_status read_rows(loom_call *call, const params *p, figure_row *row)
{
    const loom_host *h = call->host;
    const loom_value **table = h->scratch(call, (size_t)p->names.n * sizeof *table + 1);
    if (!table) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < p->names.n; i++) table[i] = h->input(call, "tables", i);
    figure_tables tables = { h, p->names.n, table, p->names.v };
    for (int64_t i = 0; i < p->figures.n; i++) {
        figure_fault fault;
        if (!figure_read(p->figures.v[i], &tables, &row[i], &fault))
            return h->fail(call, LOOM_E_PARAM, "figures", "row %lld, character %d of \"%s\": %s",
                           (long long)(i + 1), fault.at + 1, p->figures.v[i], fault.text);
    }
    return LOOM_OK;
}

/* ---- what comes out: words, for a value holds finite numbers only ---------------------------- */

typedef enum truth_column { FIGURE, FOUND, INTERVAL, TRUTH, PAPER, ASKED, COLUMNS } truth_column;
static const char *const column_names[COLUMNS] = { "figure", "found", "interval",
                                                   "truth",  "paper", "asked" };
enum { CELL = 256 };

static void number_cell(double v, char text[CELL])
{
    if (isnan(v)) snprintf(text, CELL, "-");
    else if (v == floor(v) && fabs(v) < 1e7) snprintf(text, CELL, "%.0f", v);
    else snprintf(text, CELL, "%.4g", v);
}

static void cell(const figure_row *r, truth_column column, char text[CELL])
{
    char low[CELL], high[CELL];
    switch (column) {
    case FIGURE: snprintf(text, CELL, "%.*s", r->label_length, r->label); break;
    case FOUND: number_cell(r->value, text); break;
    case TRUTH: number_cell(r->truth, text); break;
    case PAPER: number_cell(r->paper, text); break;
    case ASKED:
        snprintf(text, CELL, "%.*s", r->asked_length ? r->asked_length : 1,
                 r->asked_length ? r->asked : "-");
        break;
    default:
        number_cell(r->low, low);
        number_cell(r->high, high);
        if (isnan(r->low) && isnan(r->high)) snprintf(text, CELL, "-");
        else snprintf(text, CELL, "%.100s to %.100s", low, high);
    }
}

/* The word of row i is the i-th of the column. False when out of memory. */
static bool write_column(loom_call *call, truth_column column, const figure_row *row, int64_t n)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "table");
    char key[32], text[CELL];
    int32_t *code = h->add_array(call, out, column_names[column], LOOM_I32, 1, &n, NULL);
    char *words = h->scratch(call, (size_t)n * CELL + 1), *to = words;
    if (!code || !words) return false;
    for (int64_t i = 0; i < n; i++) {
        code[i] = (int32_t)i;
        cell(&row[i], column, text);
        to += sprintf(to, "%s%s", i ? "\n" : "", text);
    }
    snprintf(key, sizeof key, "categories.%s", column_names[column]);
    h->set_text(call, out, key, words);
    h->release(call, words);
    return true;
}

static loom_status judge(loom_call *call, const figure_row *row, int64_t n)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "table");
    int32_t *met = h->add_array(call, out, "met", LOOM_I32, 1, &n, NULL);
    int64_t asked = 0, missed = 0;
    char found[CELL], truth[CELL];
    if (!met) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        met[i] = !row[i].asked_length ? NOTHING_ASKED : row[i].met ? MET : MISSED;
        asked += met[i] != NOTHING_ASKED;
        missed += met[i] == MISSED;
        if (met[i] != MISSED) continue;
        number_cell(row[i].value, found);
        number_cell(row[i].truth, truth);
        h->warn(call, "figures", "%.*s is %s, truth %s; asked was %.*s", row[i].label_length,
                row[i].label, found, truth, row[i].asked_length, row[i].asked);
    }
    h->set_text(call, out, "categories.met", verdicts);
    h->set_number(call, out, "asked", (double)asked, "");
    h->set_number(call, out, "missed", (double)missed, "");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t tables = h->input_count(call, "tables");
    if (p->names.n != tables)
        return h->fail(call, LOOM_E_PARAM, "names",
                       "%lld names for %lld tables; give one each, in order", (long long)p->names.n,
                       (long long)tables);
    for (int64_t i = 0; i < p->names.n; i++)
        for (int64_t k = 0; k < i; k++)
            if (!strcmp(p->names.v[i], p->names.v[k]))
                return h->fail(call, LOOM_E_PARAM, "names", "two tables have the name '%s'",
                               p->names.v[i]);
    if (p->figures.n < 1)
        return h->fail(call, LOOM_E_PARAM, "figures",
                       "no rows; give at least one, as in [\"recall: score.recall >= 0.99\"]");
    figure_row *row = h->scratch(call, (size_t)p->figures.n * sizeof *row);
    if (!row) return LOOM_E_MEMORY;
    loom_status status = read_rows(call, p, row);
    if (status != LOOM_OK) return status;
    if (!h->output(call, "table")) return LOOM_E_MEMORY;
    for (int c = 0; c < COLUMNS; c++)
        if (!write_column(call, c, row, p->figures.n)) return LOOM_E_MEMORY;
    return judge(call, row, p->figures.n);
}

static const loom_op table_truth = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "table.truth",
    .summary = "Figures of a run next to the truth and to what was published, with what is asked "
               "of each; misses are marked and warned of.",
    .method =
        "A row is `LABEL: VALUE`, followed by any of\n\n"
        "- `from VALUE to VALUE`: its interval\n"
        "- `truth VALUE`, `paper VALUE`: what it should be, what was published\n"
        "- `>= VALUE`, `<= VALUE`: asked of the figure\n"
        "- `within NUMBER`, `within NUMBER %`, `within NUMBER times`: asked of its distance from "
        "the truth\n"
        "- `holds`: the interval must hold the truth\n"
        "- `where known`, at the end: a row of a table that is named may be absent; the figure is "
        "then unknown, and nothing is asked of it\n\n"
        "VALUE is made of numbers, + - * / ( ) and entries of the tables: `TABLE.COLUMN` of a "
        "table with one row; `sum`, `mean`, `min`, `max`, `first` or `last` before it for tables "
        "of more rows; or `TABLE.COLUMN[HEADING=ENTRY]` for the row with that entry. TABLE is one "
        "of `names`.\n\n"
        "For example `D: fick.D[estimator=E3 lattice graph] from fick.low[estimator=E3 lattice "
        "graph] to fick.high[estimator=E3 lattice graph] truth 8e-24 within 1.25 times holds`, "
        "with the table `coefficients` of diffusion.fick as `fick`.",
    .cites = "none",
    .limits = "What a table does not know (NaN) is not met.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("table.truth", "1.0", "BSD-3-Clause", &table_truth);
