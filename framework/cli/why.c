/* cli/why.c - `atomloom why`: where an output came from, down to files and parameters.
 *
 * The tree is that of this pipeline: its nodes, its files, its axes. When and where each action was
 * executed comes from the action's record, whichever pipeline it was first executed for. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/records.h"
#include "cli/warnings.h"
#include <stdlib.h>
#include <string.h>

typedef struct history {
    const cli_session *session;
    const plan *plan;
    bool all;    /* parameters at their defaults too */
    bool *shown; /* by instance: printed already */
    text out;
    error e;
} history;

/* ---- a tree for people ----------------------------------------------------------------------- */

static void indent(history *h, int depth)
{
    for (int i = 0; i < depth; i++) text_puts(&h->out, "    ");
}

static void parameter_line(history *h, int32_t instance, int row, const json_t *p, int depth)
{
    const graph *g = h->session->graph;
    const loom_param *param = &g->nodes[g->instances[instance].node].op->op->params[row];
    const char *content = record_text(p, "sha256");
    text origin = { 0 };
    indent(h, depth);
    text_printf(&h->out, "  %s: ", param->name);
    record_value(json_object_get(p, "value"), &h->out);
    if (param->unit && *param->unit) text_printf(&h->out, " %s", param->unit);
    origin_text(h->session->graph, instance, row, &origin);
    if (*content) text_printf(&origin, "%ssha256 %.16s", origin.length ? ", " : "", content);
    text_printf(&h->out, origin.length ? "   (%s)\n" : "\n", origin.data);
    text_free(&origin);
}

/* What was set, then how many were not. */
static void parameter_lines(history *h, int32_t instance, const json_t *parameters, int depth)
{
    const graph *g = h->session->graph;
    int32_t node = g->instances[instance].node;
    const loom_op *op = g->nodes[node].op->op;
    int folded = 0;
    for (int row = 0; row < params_rows(op); row++) {
        const json_t *p = json_object_get(parameters, op->params[row].name);
        if (op->params[row].flags & LOOM_NO_EFFECT) continue;
        if (!h->all && origin_is_default(g, node, row)) folded++;
        else parameter_line(h, instance, row, p, depth);
    }
    if (!folded) return;
    indent(h, depth);
    text_printf(&h->out, "  %d parameter%s at %s default%s (--all shows %s)\n", folded,
                folded == 1 ? "" : "s", folded == 1 ? "its" : "their", folded == 1 ? "" : "s",
                folded == 1 ? "it" : "them");
}

static void head_lines(history *h, int32_t instance, const json_t *o, int depth)
{
    const graph_node *node = &h->session->graph->nodes[h->session->graph->instances[instance].node];
    const json_t *plugin = json_object_get(o, "plugin");
    indent(h, depth);
    text_printf(&h->out, "  by %s revision %u (plugin %s %s, sha256 %.16s)", record_text(o, "op"),
                node->op->op->revision, record_text(plugin, "name"), record_text(plugin, "version"),
                record_text(plugin, "sha256"));
    if (!node->op_at.line) text_printf(&h->out, "   (%s)", node->op_at.file);
    text_putc(&h->out, '\n');
}

static bool executed_lines(history *h, int32_t instance, int depth)
{
    executed x;
    char wall[32];
    if (!executed_read(h->session->store, &h->plan->step[instance].key, &x, &h->e)) return false;
    if (*x.started) {
        indent(h, depth);
        text_printf(&h->out, "  on %s, %s, took %s, atomloom %s\n", x.host, x.started,
                    seconds_text(x.record.wall_s, wall), x.atomloom);
    }
    for (int i = 0; i < x.record.warning_count; i++) {
        indent(h, depth);
        text_printf(&h->out, "  warning: %s\n", x.record.warning[i].text);
    }
    executed_free(&x);
    return true;
}

static void show(history *h, graph_edge from, int depth);

static void input_lines(history *h, int32_t instance, int depth)
{
    const graph_instance *in = &h->session->graph->instances[instance];
    for (int32_t port = 0; port < in->input_count; port++) {
        if (!in->input[port].count) continue;
        indent(h, depth);
        text_printf(&h->out, "  %s:\n", in->input[port].port->name);
        for (int32_t j = 0; j < in->input[port].count; j++)
            show(h, in->input[port].from[j], depth + 1);
    }
}

static void show(history *h, graph_edge from, int depth)
{
    const graph *g = h->session->graph;
    char hex[65] = "not made: an optional output";
    digest d;
    if (h->e.status) return;
    bool made = plan_output(h->plan, from, &d), again = h->shown[from.instance];
    if (made) digest_text(&d, hex);
    indent(h, depth);
    text_printf(&h->out, "%s.%s  %.*s%s\n", g->instances[from.instance].name,
                edge_port(g, from)->name, made ? 16 : 64, hex, again ? " (see above)" : "");
    if (again) return;
    h->shown[from.instance] = true;
    json_t *o = instance_json(h->plan, from.instance);
    if (!o) {
        error_memory(&h->e, "the history");
        return;
    }
    head_lines(h, from.instance, o, depth);
    if (executed_lines(h, from.instance, depth)) {
        parameter_lines(h, from.instance, json_object_get(o, "parameters"), depth);
        input_lines(h, from.instance, depth);
    }
    json_decref(o);
}

static int print_tree(history *h, graph_edge from)
{
    h->shown = calloc((size_t)h->session->graph->instance_count + 1, sizeof *h->shown);
    if (!h->shown) error_memory(&h->e, "the history");
    else show(h, from, 0);
    int status = h->e.status ? cli_report(&h->e) : cli_print(&h->out);
    text_free(&h->out);
    free(h->shown);
    return status;
}

/* ---- --json: docs/records.md has the members ------------------------------------------------- */

static json_t *parameters_json(const graph *g, int32_t instance, const json_t *parameters)
{
    const loom_op *op = g->nodes[g->instances[instance].node].op->op;
    json_t *list = json_array();
    for (int row = 0; row < params_rows(op); row++) {
        json_t *p = json_object_get(parameters, op->params[row].name);
        json_t *one = json_pack("{s:s s:O s:s*}", "name", op->params[row].name, "value",
                                json_object_get(p, "value"), "unit", op->params[row].unit);
        json_object_update_missing(one, p);
        json_object_set_new(one, "set_by", origin_json(g, instance, row));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *inputs_json(const plan *p, int32_t instance)
{
    const graph_instance *in = &p->graph->instances[instance];
    json_t *list = json_array();
    for (int32_t port = 0; port < in->input_count; port++)
        for (int32_t j = 0; j < in->input[port].count; j++) {
            graph_edge from = in->input[port].from[j];
            digest d;
            char hex[65];
            const char *made = plan_output(p, from, &d) ? digest_text(&d, hex) : NULL;
            json_array_append_new(list, json_pack("{s:s s:s s:s s:s?}", "port",
                                                  in->input[port].port->name, "instance",
                                                  p->graph->instances[from.instance].name, "output",
                                                  edge_port(p->graph, from)->name, "digest", made));
        }
    return list;
}

static json_t *outputs_json(const plan *p, int32_t instance)
{
    const loom_port *port = edge_port(p->graph, (graph_edge){ instance, 0 });
    json_t *list = json_array();
    for (int32_t k = 0; port[k].name; k++) {
        digest d;
        char hex[65];
        const char *made =
            plan_output(p, (graph_edge){ instance, k }, &d) ? digest_text(&d, hex) : NULL;
        json_array_append_new(list, json_pack("{s:s s:s s:s?}", "port", port[k].name, "type",
                                              port[k].type, "digest", made));
    }
    return list;
}

static json_t *executed_json(history *h, int32_t instance)
{
    executed x;
    json_t *warnings = json_array();
    if (!executed_read(h->session->store, &h->plan->step[instance].key, &x, &h->e)) return warnings;
    for (int i = 0; i < x.record.warning_count; i++)
        json_array_append_new(warnings, json_pack("{s:s s:s}", "where", x.record.warning[i].where,
                                                  "text", x.record.warning[i].text));
    json_t *o = json_pack("{s:s s:s s:s s:f s:f s:I s:i s:o}", "started", x.started, "host", x.host,
                          "atomloom", x.atomloom, "wall_s", x.record.wall_s, "cpu_s",
                          x.record.cpu_s, "peak_bytes", (json_int_t)x.record.peak_bytes, "threads",
                          x.threads, "warnings", warnings);
    executed_free(&x);
    return o;
}

static json_t *axes_json(const graph_instance *in)
{
    json_t *axes = json_object();
    for (int32_t i = 0; i < in->point_count; i++)
        json_object_set_new(axes, in->point[i].axis, json_string(in->point[i].value));
    return axes;
}

static json_t *one_instance_json(history *h, int32_t i)
{
    const graph *g = h->session->graph;
    const graph_instance *in = &g->instances[i];
    char hex[65];
    json_t *whole = instance_json(h->plan, i);
    json_t *o = json_pack(
        "{s:s s:s s:o s:s s:i s:s}", "instance", in->name, "node", g->nodes[in->node].name, "axes",
        axes_json(in), "op", record_text(whole, "op"), "revision",
        (int)g->nodes[in->node].op->op->revision, "key", digest_text(&h->plan->step[i].key, hex));
    json_object_set(o, "plugin", json_object_get(whole, "plugin"));
    json_object_set_new(o, "parameters",
                        parameters_json(g, i, json_object_get(whole, "parameters")));
    json_object_set_new(o, "inputs", inputs_json(h->plan, i));
    json_object_set_new(o, "outputs", outputs_json(h->plan, i));
    json_object_set_new(o, "executed", executed_json(h, i));
    json_decref(whole);
    return o;
}

static int print_json(history *h, graph_edge from, const char *name, const digest *d)
{
    const graph *g = h->session->graph;
    char hex[65];
    int32_t n;
    int32_t *list = rests_on(g, &from, 1, &n, &h->e);
    json_t *o = json_pack("{s:i s:s s:s s:s s:{s:s s:s} s:s s:s}", "version", 1, "atomloom",
                          ATOMLOOM_VERSION, "pipeline", g->path, "output", name, "from", "instance",
                          g->instances[from.instance].name, "port", edge_port(g, from)->name,
                          "type", edge_port(g, from)->type, "digest", digest_text(d, hex));
    json_t *instances = json_array();
    for (int32_t i = 0; list && i < n && !h->e.status; i++)
        json_array_append_new(instances, one_instance_json(h, list[i]));
    json_object_set_new(o, "instances", instances);
    free(list);
    if (!h->e.status) return cli_print_json(o);
    json_decref(o);
    return cli_report(&h->e);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int not_there(const cli_args *args, const plan *p, graph_edge from, const char *name)
{
    const plan_step *step = &p->step[from.instance];
    text todo = { 0 };
    int status;
    if (step->output) {
        status = cli_fail(LOOM_E_PARAM,
                          "it is an optional output: the op's parameters decide whether it is made",
                          "%s did not make '%s'", p->graph->instances[from.instance].name, name);
    } else {
        text_puts(&todo, "compute it first: ");
        run_command(args, true, &todo);
        status = cli_fail(LOOM_E_PARAM, todo.data,
                          "'%s' of the pipeline as it is now is not in the store", name);
    }
    text_free(&todo);
    return status;
}

static int run_why(const cli_args *args)
{
    error e = { 0 };
    cli_session s = { 0 };
    graph_edge from;
    digest d;
    plan *p = NULL;
    const char *name = cli_operand_at(args, 1);
    int status = cli_session_open(args, &s);
    if (!status && !output_find(s.graph, name, &from, &e)) status = cli_report(&e);
    if (!status)
        p = cli_plan(
            &s, &(plan_options){ .wanted = &from.instance, .wanted_count = 1, .records = true },
            &status);
    if (p) {
        history h = { .session = &s, .plan = p, .all = cli_has(args, "all") };
        if (!plan_output(p, from, &d)) status = not_there(args, p, from, name);
        else status = cli_has(args, "json") ? print_json(&h, from, name, &d) : print_tree(&h, from);
        if (!status) warnings_hint(args, p);
        plan_free(p);
    }
    cli_session_close(&s);
    return status;
}

const cli_command command_why = {
    .name = "why",
    .group = "Records",
    .summary = "show where an output came from, down to files and parameters",
    .run = run_why,
    .description =
        "Prints the tree of this pipeline's instances that made a value: op, plugin, parameters "
        "with units and who set them, files with their SHA-256, when, where and how long. "
        "Parameters "
        "at their defaults are counted, not listed, unless --all is given.",
    .operands =
        (const cli_operand[]){
            OPERAND_PIPELINE,
            { .name = "OUTPUT",
              .doc = "an output of the pipeline, or any NODE.PORT, or GROUP.OUTPUT" },
            { 0 } },
    .options =
        (const cli_option[]){
            { .name = "all", .doc = "list the parameters at their defaults as well" },
            { .name = "json",
              .doc = "print JSON, as docs/records.md has it: every instance, every parameter" },
            OPTION_SET,
            OPTION_VAR,
            OPTION_SWEEP,
            OPTION_ONLY,
            OPTION_STORE,
            OPTION_PLUGIN_DIR,
            { 0 } },
    .examples = (const cli_example[]){ { "atomloom why pipelines/quickstart.yaml diffusion",
                                         "everything that the number rests on" },
                                       { "atomloom why pipelines/quickstart.yaml diffusion --json",
                                         "the same for a program" },
                                       { 0 } },
};
