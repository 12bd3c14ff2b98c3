/* report/page_warnings.c - what a reader must know first: failures, warnings, and rows of tables
 * that say in a column `met` that something is not as it should be. */
#include "report/page_parts.h"
#include "report/panel.h"
#include <stdlib.h>
#include <string.h>

/* ---- tables that compare with what is expected ----------------------------------------------- */

/* An output that is a table with a column `met`: 1 or 0, or the words met, MISSED and -. Owned,
 * NULL where it is none. */
static loom_value *truth_table(const plan *p, const graph_output *o)
{
    error ignored = { 0 };
    digest d;
    const graph_instance *i = &p->graph->instances[o->from.instance];
    const loom_port *port = &p->graph->nodes[i->node].op->op->outputs[o->from.output];
    if (strcmp(port->type, "table") != 0 || !plan_output(p, o->from, &d)) return NULL;
    loom_value *v = store_get(p->store, &d, true, &ignored);
    column met;
    if (v && column_find(v, "met", &met)) return v;
    value_free(v);
    return NULL;
}

typedef enum row_verdict { ROW_MET, ROW_MISSED, ROW_UNASKED } row_verdict;

static row_verdict row_of(const column *met, int64_t i)
{
    char word[16];
    if (!met->words) return column_number(met, i) > 0 ? ROW_MET : ROW_MISSED;
    line_copy(met->words, column_code(met, i), word, sizeof word);
    return !strcmp(word, "met") ? ROW_MET : !strcmp(word, "MISSED") ? ROW_MISSED : ROW_UNASKED;
}

static void count_rows(const loom_value *v, page_findings *f)
{
    column met;
    column_find(v, "met", &met);
    for (int64_t i = 0; i < met.count; i++) {
        row_verdict is = row_of(&met, i);
        f->met += is == ROW_MET;
        f->misses += is == ROW_MISSED;
    }
}

page_findings page_count_findings(const page_options *o)
{
    page_findings f = { 0 };
    for (int r = 0; r < o->run_count; r++) {
        const plan *p = o->run[r].plan;
        track_totals t = track_sum(o->run[r].track);
        f.failures += t.count[STEP_FAILED];
        f.warnings += t.warnings;
        for (int32_t i = 0; i < p->graph->output_count; i++) {
            loom_value *v = truth_table(p, &p->graph->outputs[i]);
            if (v) count_rows(v, &f);
            value_free(v);
        }
    }
    return f;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void failures(const page_run *r, text *out)
{
    const graph *g = r->plan->graph;
    for (int32_t i = 0; i < g->instance_count; i++)
        if (r->track->step[i].state == STEP_FAILED)
            html_printf(out, "<li class=\"bad\"><b>%s</b> (%s) failed: %s</li>\n",
                        g->instances[i].name, g->nodes[g->instances[i].node].op->op->id,
                        r->track->step[i].message ? r->track->step[i].message : "see its log");
}

/* The same text of several instances of a node once, with their number. */
typedef struct said {
    int32_t node, instance, times;
    char *text;
} said;

static int gather(const page_run *r, said **list, text *out)
{
    const plan *p = r->plan;
    int n = 0;
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        action_record record;
        error e = { 0 };
        int32_t node = p->graph->instances[i].node;
        if (p->step[i].state != PLAN_CACHED || !p->step[i].warnings) continue;
        if (!plan_warnings(p, i, &record, &e)) {
            html_printf(out, "<li class=\"bad\">%s</li>", e.message);
            continue;
        }
        for (int k = 0; k < record.warning_count; k++) {
            int at = 0;
            while (at < n
                   && ((*list)[at].node != node
                       || strcmp((*list)[at].text, record.warning[k].text) != 0))
                at++;
            said *more = at < n ? *list : realloc(*list, ((size_t)n + 1) * sizeof **list);
            if (!more) {
                out->failed = true;
                continue;
            }
            *list = more;
            if (at == n) more[n++] = (said){ node, i, 0, strdup(record.warning[k].text) };
            more[at].times++;
        }
        action_record_free(&record);
    }
    return n;
}

static void warnings(const page_run *r, text *out)
{
    said *list = NULL;
    int n = gather(r, &list, out);
    for (int k = 0; k < n; k++) {
        const graph *g = r->plan->graph;
        html_printf(out, "<li><b>%s</b> (%s): %s", g->instances[list[k].instance].name,
                    g->nodes[list[k].node].op->op->id, list[k].text ? list[k].text : "");
        if (list[k].times > 1)
            html_printf(out, " <span class=\"soft\">(in %d instances)</span>", (int)list[k].times);
        text_puts(out, "</li>\n");
        free(list[k].text);
    }
    free(list);
}

/* The row of a table in words: "figure rmsd, found 35, asked <= 30". */
static void missed_row(const loom_value *v, const char *table, int64_t row, text *out)
{
    const loom_array *a;
    text word = { 0 };
    const char *before = " ";
    html_printf(out, "<li class=\"bad\"><b>%s</b>, not met:", table);
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        if (a->rank != 1 || a->dim[0] <= row || !strcmp(a->name, "met")) continue;
        cell_format f = cell_format_of(v, a);
        text_clear(&word);
        cell_text(&f, row, &word);
        if (!word.data || !strcmp(word.data, "-")) continue;
        html_printf(out, "%s%s %s", before, a->name, word.data);
        before = ", ";
    }
    text_puts(out, "</li>\n");
    text_free(&word);
}

static void missed_rows(const page_run *r, text *out)
{
    const graph *g = r->plan->graph;
    column met;
    for (int32_t i = 0; i < g->output_count; i++) {
        loom_value *v = truth_table(r->plan, &g->outputs[i]);
        if (v) column_find(v, "met", &met);
        for (int64_t k = 0; v && k < met.count; k++)
            if (row_of(&met, k) == ROW_MISSED) missed_row(v, g->outputs[i].name, k, out);
        value_free(v);
    }
}

void page_warnings(const page_options *o, const page_findings *f, text *out)
{
    if (!f->failures && !f->warnings && !f->misses) return;
    text_puts(out, "<section><h2>Look at this first</h2>\n<ul class=\"findings\">\n");
    for (int r = 0; r < o->run_count; r++) failures(&o->run[r], out);
    for (int r = 0; r < o->run_count; r++) missed_rows(&o->run[r], out);
    for (int r = 0; r < o->run_count; r++) warnings(&o->run[r], out);
    text_puts(out, "</ul></section>\n");
}
