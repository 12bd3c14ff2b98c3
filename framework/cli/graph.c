/* cli/graph.c - `atomloom graph`: a pipeline as a picture. */
#include "base/show.h"
#include "cli/commands.h"
#include "report/graph_picture.h"
#include "report/page.h"
#include "cli/outputs.h"
#include "cli/reporting.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void dot(const drawing *d, text *out)
{
    const graph *g = d->graph;
    text_puts(out, "digraph pipeline {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for (int32_t i = 0; i < g->node_count; i++) {
        text_printf(out, "  n%d [label=\"", i);
        show_dot(out, g->nodes[i].name, SIZE_MAX);
        if (g->nodes[i].count > 1) text_printf(out, " x %d", g->nodes[i].count);
        text_puts(out, "\\n");
        show_dot(out, g->nodes[i].op->op->id, SIZE_MAX);
        text_puts(out, "\"];\n");
    }
    for (int32_t i = 0; i < d->link_count; i++) {
        text_printf(out, "  n%d -> n%d [label=\"", d->link[i].from, d->link[i].to);
        show_dot(out, d->link[i].in_port, SIZE_MAX);
        text_puts(out, "\"];\n");
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        const graph_output *o = &g->outputs[i];
        size_t n = strcspn(o->name, "[");
        /* one for all points of its axes */
        if (i && o->name[n] && !strncmp(o->name, g->outputs[i - 1].name, n + 1)) continue;
        text_printf(out, "  o%d [shape=plaintext, label=\"", i);
        show_dot(out, o->name, n);
        text_printf(out, "\"];\n  n%d -> o%d;\n", g->instances[o->from.instance].node, i);
    }
    text_puts(out, "}\n");
}

static void mermaid(const drawing *d, text *out)
{
    const graph *g = d->graph;
    text_puts(out, "flowchart LR\n");
    for (int32_t i = 0; i < g->node_count; i++) {
        text_printf(out, "  n%d[\"%s", i, g->nodes[i].name);
        if (g->nodes[i].count > 1) text_printf(out, " \u00d7 %d", g->nodes[i].count);
        text_printf(out, "<br/>%s\"]\n", g->nodes[i].op->op->id);
    }
    for (int32_t i = 0; i < d->link_count; i++)
        text_printf(out, "  n%d -->|%s| n%d\n", d->link[i].from, d->link[i].in_port, d->link[i].to);
}

/* Of the outputs and the panels; NULL with `e`. */
static plan *plan_of(const cli_session *s, error *e)
{
    int32_t failed, count, *wanted = reporting_wanted(s->graph, &count);
    plan *p =
        wanted ? plan_make(s->graph, s->store,
                           &(plan_options){ .wanted = wanted, .wanted_count = count }, &failed, e)
               : NULL;
    if (!wanted) error_memory(e, "the plan");
    free(wanted);
    return p;
}

static bool svg(const cli_session *s, bool with_state, text *out, error *e)
{
    picture p = { 0 };
    track h = { 0 };
    plan *known = with_state ? plan_of(s, e) : NULL;
    bool good = !with_state || (known && track_begin(&h, s->graph, e));
    if (good && with_state) track_read(&h, known);
    good = good && graph_picture(s->graph, with_state ? &h : NULL, &p, e);
    if (good) picture_svg(&p, NULL, s->graph->title ? s->graph->title : s->graph->path, out);
    picture_free(&p);
    track_free(&h);
    if (known) plan_free(known);
    return good;
}

/* A page of the graph alone, with states and times. */
static bool html(const cli_session *s, text *out, error *e)
{
    track h = { 0 };
    plan *known = plan_of(s, e);
    bool good = known && track_begin(&h, s->graph, e);
    if (good) {
        track_read(&h, known);
        page_run run = { s->graph->path, "", known, &h };
        good = page_write(
            &(page_options){
                .run = &run, .run_count = 1, .now = (double)time(NULL), .graph_only = true },
            out, e);
    }
    track_free(&h);
    if (known) plan_free(known);
    return good;
}

static int run_graph(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    drawing d = { 0 };
    if (cli_has(args, "svg") + cli_has(args, "html") + cli_has(args, "mermaid")
            + cli_has(args, "dot")
        > 1)
        return cli_fail(LOOM_E_PARAM, "give one of --svg, --html, --mermaid and --dot",
                        "more than one format");
    cli_session s = { 0 };
    bool with_state = cli_has(args, "state") || cli_has(args, "html");
    int status = 0;
    if (with_state) status = cli_session_open(args, &s);
    else if (!(s.ops = cli_registry(args, &e))) return cli_report(&e);
    else if (!(s.graph = cli_graph(args, s.ops))) status = status_exit(LOOM_E_PARAM);
    if (!status && !drawing_make(s.graph, &d, &e)) status = cli_report(&e);
    if (!status) {
        if (cli_has(args, "dot")) dot(&d, &t);
        else if (cli_has(args, "mermaid")) mermaid(&d, &t);
        else if (cli_has(args, "html")) status = html(&s, &t, &e) ? 0 : cli_report(&e);
        else if (!svg(&s, with_state, &t, &e)) status = cli_report(&e);
        if (!status) status = cli_print(&t);
    }
    text_free(&t);
    drawing_free(&d);
    cli_session_close(&s);
    return status;
}

const cli_command command_graph = {
    .name = "graph",
    .group = "Pipelines",
    .summary = "draw a pipeline",
    .run = run_graph,
    .description = "Prints a picture of the nodes and the connections between them, as SVG unless "
                   "another format is chosen.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { 0 } },
    .options = (const cli_option[]){ { .name = "svg", .doc = "a picture that a browser shows" },
                                     { .name = "html",
                                       .doc = "a page with the picture, states and times" },
                                     { .name = "state",
                                       .doc = "in the picture: what is computed, and how long it "
                                              "took" },
                                     { .name = "mermaid", .doc = "for Markdown pages" },
                                     { .name = "dot", .doc = "for Graphviz" },
                                     OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){ { "atomloom graph pipelines/quickstart.yaml --svg > quickstart.svg",
                                 "a picture for a talk" },
                               { 0 } },
};
