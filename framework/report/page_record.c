/* report/page_record.c - the record of a run: single numbers of outputs, the graph with states and
 * times, parameters that were set, where outputs come from, citations. */
#include "report/graph_picture.h"
#include "report/page_parts.h"
#include "report/panel.h"
#include "run/provenance.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- single numbers, next to each other ------------------------------------------------------ */

static loom_value *output_value(const plan *p, graph_edge from)
{
    error ignored = { 0 };
    digest d;
    return plan_output(p, from, &d) ? store_get(p->store, &d, true, &ignored) : NULL;
}

static bool is_single(const loom_value *v, const loom_array *a)
{
    return a->rank == 0 || (!strcmp(value_type(v), "table") && a->rank == 1 && a->dim[0] == 1);
}

/* One line: a number of an output, for every instance of it in every pipeline. */
static void scalar_row(const page_options *o, const char *base, size_t n, const loom_array *like,
                       text *out)
{
    assert(n > 0);
    text first = { 0 }, one = { 0 };
    text_puts(out, "<tr><th scope=\"row\">");
    text name = { 0 };
    text_add(&name, base, n);
    text_putc(&name, '.');
    with_unit(like->name, like->unit, &name);
    html_printf(out, "%s</th>", name.data ? name.data : "");
    text_free(&name);
    for (int r = 0; r < o->run_count; r++) {
        const graph *g = o->run[r].plan->graph;
        for (int32_t i = 0; i < g->output_count; i++) {
            if (strncmp(g->outputs[i].name, base, n) != 0
                || (g->outputs[i].name[n] && g->outputs[i].name[n] != '['))
                continue;
            loom_value *v = output_value(o->run[r].plan, g->outputs[i].from);
            const loom_array *a = v ? value_array(v, like->name) : NULL;
            text_clear(&one);
            if (a && is_single(v, a)) {
                loom_array flat = *a; /* a number without axes is a column of one */
                flat.rank = 1, flat.dim[0] = 1;
                cell_format f = cell_format_of(v, &flat);
                cell_text(&f, 0, &one);
            } else text_puts(&one, "\u2013");
            if (!first.length) text_puts(&first, one.data ? one.data : "");
            bool differs = first.data && one.data && strcmp(first.data, one.data) != 0;
            html_printf(out,
                        differs ? "<td class=\"n differs\">%s</td>" : "<td class=\"n\">%s</td>",
                        one.data ? one.data : "");
            value_free(v);
        }
    }
    text_puts(out, "</tr>\n");
    text_free(&first);
    text_free(&one);
}

static int columns_of(const page_options *o, const char *base, size_t n, text *head)
{
    assert(base && n > 0);
    int count = 0;
    for (int r = 0; r < o->run_count; r++) {
        const graph *g = o->run[r].plan->graph;
        for (int32_t i = 0; i < g->output_count; i++) {
            const char *name = g->outputs[i].name;
            if (strncmp(name, base, n) != 0 || (name[n] && name[n] != '[')) continue;
            text label = { 0 };
            if (o->run_count > 1) text_puts(&label, o->run[r].label);
            if (name[n]) text_printf(&label, "%s%s", label.length ? " " : "", name + n);
            html_printf(head, "<th scope=\"col\" class=\"n\">%s</th>",
                        label.data ? label.data : "");
            text_free(&label);
            count++;
        }
    }
    return count;
}

static void scalar_table(const page_options *o, const graph_output *output, text *out)
{
    size_t n = strcspn(output->name, "[");
    text head = { 0 }, rows = { 0 };
    const loom_array *a;
    int columns = columns_of(o, output->name, n, &head);
    loom_value *v = columns > 1 ? output_value(o->run[0].plan, output->from) : NULL;
    for (int64_t i = 0; v && (a = value_array_at(v, i)) && i < 40; i++)
        if (is_single(v, a)) scalar_row(o, output->name, n, a, &rows);
    if (rows.length && columns <= 40) {
        text_puts(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                       "aria-label=\"numbers\"><table><thead><tr><td></td>");
        text_puts(out, head.data);
        text_puts(out, "</tr></thead><tbody>\n");
        text_add(out, rows.data, rows.length);
        text_puts(out, "</tbody></table></div>\n");
    }
    value_free(v);
    text_free(&head);
    text_free(&rows);
}

void page_scalars(const page_options *o, text *out)
{
    const graph *g = o->run[0].plan->graph;
    text tables = { 0 };
    for (int32_t i = 0; i < g->output_count; i++) {
        size_t n = strcspn(g->outputs[i].name, "[") + 1;
        if (i && !strncmp(g->outputs[i].name, g->outputs[i - 1].name, n)) continue;
        scalar_table(o, &g->outputs[i], &tables);
    }
    if (tables.length) {
        text_puts(out, "<section><h2>Numbers next to each other</h2>\n<p class=\"soft\">Outputs "
                       "that are single "
                       "numbers; those that differ from the first are marked.</p>\n");
        text_add(out, tables.data, tables.length);
        text_puts(out, "</section>\n");
    }
    if (tables.failed) out->failed = true;
    text_free(&tables);
}

/* ---- graph and times ------------------------------------------------------------------------- */

static void one_picture(const picture *p, const char *id, const char *label, text *out)
{
    html_printf(out,
                "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\" "
                "data-zoom=\"%s\">",
                label, label);
    picture_svg(p, id, label, out);
    text_puts(out, "</div>\n");
}

void page_graphs(const page_options *o, text *out)
{
    for (int r = 0; r < o->run_count; r++) {
        picture p;
        error e = { 0 };
        char id[32];
        const graph *g = o->run[r].plan->graph;
        html_printf(out, "<section><h2>Graph%s%s</h2>\n", o->run_count > 1 ? " of " : "",
                    o->run_count > 1 ? o->run[r].label : "");
        snprintf(id, sizeof id, "graph-%d", r);
        if (graph_picture(g, o->run[r].track, &p, &e))
            one_picture(&p, id, "graph of the pipeline", out);
        picture_free(&p);
        snprintf(id, sizeof id, "times-%d", r);
        if (timeline_picture(o->run[r].track, &p, &e)) {
            text_puts(out, "<h3>When each instance was computed</h3>\n");
            one_picture(&p, id, "times of the last run", out);
        }
        picture_free(&p);
        text_puts(out, "</section>\n");
    }
}

/* ---- parameters and provenance --------------------------------------------------------------- */

static json_t *provenance_of(const plan *p, int32_t instance)
{
    assert(instance >= 0);
    text t = { 0 };
    provenance_write(p, instance, NULL, &t);
    json_t *o = t.data && !t.failed ? json_loads(t.data, 0, NULL) : NULL;
    text_free(&t);
    return o;
}

static void value_words(const json_t *parameter, text *out)
{
    json_t *value = json_object_get(parameter, "value");
    const char *unit = json_string_value(json_object_get(parameter, "unit"));
    char *words = json_is_string(value)
                      ? strdup(json_string_value(value))
                      : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(7));
    html_printf(out, "%s %s", words ? words : "", unit ? unit_sign(unit) : "");
    free(words);
}

/* The names of the parameters that are not the same in all instances of a node. */
static json_t *varying_parameters(const plan *p, const graph_node *n, json_t *parameters)
{
    const graph_instance *first = &p->graph->instances[n->first];
    json_t *names = json_object(), *one;
    const char *name;
    for (int32_t i = 1; i < n->count; i++) {
        if (first[i].params == first[i - 1].params || first[i].params == first->params) continue;
        json_t *all = provenance_of(p, n->first + i), *others = json_object_get(all, "parameters");
        json_object_foreach(others, name, one)
        {
            if (!json_equal(one, json_object_get(parameters, name)))
                json_object_set_new(names, name, json_true());
        }
        json_decref(all);
    }
    return names;
}

static void node_parameters(const plan *p, const graph_node *n, bool set, text *out)
{
    json_t *all = provenance_of(p, n->first), *parameters = json_object_get(all, "parameters"),
           *varying = set ? varying_parameters(p, n, parameters) : NULL, *one;
    const char *name;
    json_object_foreach(parameters, name, one)
    {
        int row = -1;
        for (int k = 0; n->op->op->params && n->op->op->params[k].size; k++)
            if (!strcmp(n->op->op->params[k].name, name)) row = k;
        bool is_set = row >= 0 && n->param_at && n->param_at[row].file;
        if (is_set != set) continue;
        html_printf(out, "<tr><td>%s</td><td>%s</td><td>", n->name, name);
        value_words(one, out);
        html_printf(out, "%s</td></tr>\n", json_object_get(varying, name) ? " \u2026" : "");
    }
    json_decref(varying);
    json_decref(all);
}

static void parameter_table(const page_run *r, bool set, text *out)
{
    text_puts(out,
              "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
              "aria-label=\"parameters\"><table><thead><tr><th scope=\"col\">node</th>"
              "<th scope=\"col\">parameter</th><th scope=\"col\">value</th></tr></thead><tbody>\n");
    for (int32_t i = 0; i < r->plan->graph->node_count; i++)
        if (r->plan->graph->nodes[i].count > 0)
            node_parameters(r->plan, &r->plan->graph->nodes[i], set, out);
    text_puts(out, "</tbody></table></div>\n");
}

void page_parameters(const page_options *o, text *out)
{
    for (int r = 0; r < o->run_count; r++) {
        html_printf(out,
                    "<section><h2>Parameters that were set%s%s</h2>\n<p class=\"soft\">Of the "
                    "first instance of each node; \u2026 where "
                    "others have other values.</p>\n",
                    o->run_count > 1 ? " in " : "", o->run_count > 1 ? o->run[r].label : "");
        parameter_table(&o->run[r], true, out);
        text_puts(out, "<details><summary>Defaults</summary>\n");
        parameter_table(&o->run[r], false, out);
        text_puts(out, "</details></section>\n");
    }
}

static void output_row(const page_run *r, const graph_output *o, text *out)
{
    digest d;
    char hex[65] = "";
    const graph_instance *i = &r->plan->graph->instances[o->from.instance];
    const op_entry *op = r->plan->graph->nodes[i->node].op;
    const step_record *s = &r->track->step[o->from.instance];
    json_t *all = provenance_of(r->plan, o->from.instance),
           *plugin = json_object_get(all, "plugin");
    const char *sha = json_string_value(json_object_get(plugin, "sha256"));
    if (plan_output(r->plan, o->from, &d)) digest_text(&d, hex);
    html_printf(
        out, "<tr><td>%s</td><td>%s, revision %d</td><td><code>%s</code></td><td class=\"whole\">",
        o->name, op->op->id, (int)op->op->revision, *hex ? hex : "\u2013");
    text_printf(out, "<code>%.12s</code></td><td class=\"whole\">", sha ? sha : "");
    if (s->started > 0) html_time(out, s->started);
    text_puts(out, "</td><td class=\"n\">");
    html_duration(out, s->wall_s);
    text_puts(out, "</td></tr>\n");
    json_decref(all);
}

static void file_rows(const graph *g, text *out)
{
    char hex[65];
    for (int32_t i = 0; i < g->file_count; i++) {
        digest d = sha256_of(g->files[i].bytes, g->files[i].length);
        html_printf(out, "<li>%s: <code>%s</code></li>\n", g->files[i].path, digest_text(&d, hex));
    }
}

void page_provenance(const page_options *o, text *out)
{
    for (int r = 0; r < o->run_count; r++) {
        const graph *g = o->run[r].plan->graph;
        html_printf(
            out, "<section><h2>Where the outputs come from</h2>\n<p>Made by <code>%s</code></p>\n",
            o->run[r].command);
        text_puts(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                       "aria-label=\"outputs\"><table><thead><tr><th scope=\"col\">output</th><th "
                       "scope=\"col\">op</th>"
                       "<th scope=\"col\">digest</th><th scope=\"col\">plugin</th><th "
                       "scope=\"col\">computed</th>"
                       "<th scope=\"col\" class=\"n\">time</th></tr></thead><tbody>\n");
        for (int32_t i = 0; i < g->output_count; i++) output_row(&o->run[r], &g->outputs[i], out);
        text_puts(out, "</tbody></table></div>\n<details><summary>Files of the pipeline, with "
                       "SHA-256</summary><ul>\n");
        file_rows(g, out);
        text_puts(out, "</ul></details></section>\n");
    }
}

void page_citations(const page_options *o, text *out)
{
    int count = 0;
    for (int r = 0; r < o->run_count; r++) {
        const graph *g = o->run[r].plan->graph;
        for (int32_t i = 0; i < g->node_count; i++) {
            bool before = false;
            for (int32_t k = 0; k < i; k++) before |= g->nodes[k].op == g->nodes[i].op;
            for (const loom_citation *c = g->nodes[i].op->op->citations; !before && c && c->size;
                 c++) {
                if (!count++) text_puts(out, "<section><h2>Methods to cite</h2>\n<ul>\n");
                html_printf(
                    out,
                    "<li>%s: %s (%d). %s. %s. <a href=\"https://doi.org/%s\">doi:%s</a></li>\n",
                    g->nodes[i].op->op->id, c->authors ? c->authors : "", (int)c->year,
                    c->title ? c->title : "",
                    c->journal ? c->journal
                    : c->book  ? c->book
                               : "",
                    c->doi ? c->doi : "", c->doi ? c->doi : "");
            }
        }
    }
    if (count) text_puts(out, "</ul></section>\n");
}
