/* cli/plan.c - `atomloom plan`: what a run would do, and why. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/narrow.h"
#include "cli/outputs.h"
#include "cli/plan_cost.h"
#include "cli/warnings.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The first reason for an instance to run, in one line. */
static bool first_reason(plan *p, int32_t instance, text *out, error *e)
{
    plan_changes c = { 0 };
    bool good = plan_explain(p, instance, &c, e);
    if (good && c.count) {
        plan_change_text(p, &c.item[0], instance, out);
        if (c.count > 1) text_printf(out, " (and %d more: --explain)", c.count - 1);
    }
    plan_changes_free(&c);
    return good;
}

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct node_count {
    int32_t of[PLAN_WAIT + 1], first;
    double expected_s;
} node_count;

/* Instances of every node by state; `first` is the first that is not cached. */
static node_count *count_nodes(const plan *p, error *e)
{
    const graph *g = p->graph;
    node_count *n = calloc((size_t)g->node_count + 1, sizeof *n);
    if (!n) {
        error_memory(e, "the table");
        return NULL;
    }
    for (int32_t i = 0; i < g->node_count; i++) n[i].first = -1;
    for (int32_t i = 0; i < g->instance_count; i++) {
        const plan_step *step = &p->step[i];
        node_count *c = &n[g->instances[i].node];
        c->of[step->state]++;
        if (c->first < 0 && (step->state == PLAN_RUN || step->state == PLAN_WAIT)) c->first = i;
        if (step->state == PLAN_RUN && step->expected_s > 0) c->expected_s += step->expected_s;
    }
    return n;
}

static void states_cell(const node_count *c, int32_t total, text *out)
{
    assert(total >= 0);
    for (int s = 0, shown = 0; s <= PLAN_WAIT; s++) {
        if (!c->of[s]) continue;
        if (c->of[s] == total) text_puts(out, plan_state_text((plan_state)s));
        else
            text_printf(out, "%s%d %s", shown++ ? ", " : "", c->of[s],
                        plan_state_text((plan_state)s));
    }
}

static bool node_row(plan *p, int32_t node, const node_count *c, int name_width, int op_width,
                     text *out, error *e)
{
    assert(node >= 0 && node < p->graph->node_count);
    const graph_node *n = &p->graph->nodes[node];
    text state = { 0 }, name = { 0 };
    char expected[32];
    bool good = true;
    states_cell(c, n->count, &state);
    text_puts(&name, n->name);
    if (n->count > 1) text_printf(&name, " x%d", n->count);
    text_printf(out, "  %-*s  %-*s  %-12s", name_width, name.data ? name.data : "", op_width,
                n->op->op->id, state.data ? state.data : "");
    if (c->first >= 0) {
        text_puts(out, "  ");
        good = first_reason(p, c->first, out, e);
    }
    if (c->expected_s > 0.05)
        text_printf(out, " (about %s)", seconds_text(c->expected_s, expected));
    while (out->length && out->data[out->length - 1] == ' ') out->data[--out->length] = 0;
    text_putc(out, '\n');
    text_free(&state);
    text_free(&name);
    return good;
}

static bool table_text(plan *p, text *out, error *e)
{
    const graph *g = p->graph;
    int name_width = 4, op_width = 2;
    node_count *counts = count_nodes(p, e);
    if (!counts) return false;
    for (int32_t i = 0; i < g->node_count; i++) {
        int extra = g->nodes[i].count > 1 ? snprintf(NULL, 0, " x%d", g->nodes[i].count) : 0,
            w = (int)strlen(g->nodes[i].name) + extra;
        if (w > name_width) name_width = w;
        if ((int)strlen(g->nodes[i].op->op->id) > op_width)
            op_width = (int)strlen(g->nodes[i].op->op->id);
    }
    text_printf(out, "  %-*s  %-*s  %-12s  why\n", name_width, "node", op_width, "op", "state");
    bool good = true;
    for (int32_t i = 0; good && i < g->node_count; i++)
        good = node_row(p, i, &counts[i], name_width, op_width, out, e);
    free(counts);
    int32_t needed = g->instance_count - p->unneeded;
    text_printf(out, "\n%d instance%s: %d in the store, %d will run", needed,
                needed == 1 ? "" : "s", p->cached, p->run);
    if (p->wait)
        text_printf(out, ", %d pending: depend%s on one that will run", p->wait,
                    p->wait == 1 ? "s" : "");
    text_putc(out, '\n');
    return good;
}

/* ---- --explain ------------------------------------------------------------------------------- */

static bool explain_instance(plan *p, int32_t instance, text *out, error *e)
{
    plan_changes c = { 0 };
    bool good = plan_explain(p, instance, &c, e);
    text_printf(out, "%s: %s%s\n", p->graph->instances[instance].name,
                plan_state_text(p->step[instance].state),
                p->step[instance].state == PLAN_WAIT ? ": depends on an instance that will run"
                                                     : "");
    for (int i = 0; good && i < c.count; i++) {
        text_puts(out, "  ");
        plan_change_text(p, &c.item[i], instance, out);
        text_putc(out, '\n');
    }
    if (good && !c.count && p->step[instance].state == PLAN_CACHED)
        text_puts(out, "  nothing changed since it was computed\n");
    plan_changes_free(&c);
    return good;
}

static int explain(plan *p, const char *name, text *out)
{
    error e = { 0 };
    int found = 0;
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        if (!cli_matches(p->graph, i, name)) continue;
        found++;
        if (!explain_instance(p, i, out, &e)) return cli_report(&e);
    }
    return found ? 0 : cli_no_node(p->graph, name);
}

/* ---- --json ---------------------------------------------------------------------------------- */

static void cause_json(const plan *p, const plan_change *c, int k, text *out)
{
    assert(k >= 0);
    const graph_instance *in = &p->graph->instances[c->instance];
    text_puts(out, k ? ", {" : "{");
    json_member(out, "instance", in->name);
    json_member(out, "node", p->graph->nodes[in->node].name);
    json_member(out, "reason", plan_reason_text(c->reason));
    json_member_number(out, "instances", c->times);
    if (c->name) json_member(out, "name", c->name);
    if (c->before) json_member(out, "before", c->before);
    if (c->after) json_member(out, "after", c->after);
    text_putc(out, '}');
}

static bool step_json(plan *p, int32_t i, text *out, error *e)
{
    assert(i >= 0 && i < p->graph->instance_count);
    const plan_step *step = &p->step[i];
    const graph_node *n = &p->graph->nodes[p->graph->instances[i].node];
    plan_changes c = { 0 };
    char hex[65];
    text_puts(out, i ? ",\n  {" : "  {");
    json_member(out, "instance", p->graph->instances[i].name);
    json_member(out, "node", n->name);
    json_member(out, "op", n->op->op->id);
    json_member(out, "state", plan_state_text(step->state));
    if (step->has_key) json_member(out, "key", digest_text(&step->key, hex));
    if (step->expected_s >= 0) json_member_number(out, "expected_s", step->expected_s);
    if (step->state == PLAN_CACHED) json_member_number(out, "warnings", step->warnings);
    json_name(out, "changes");
    text_putc(out, '[');
    bool good =
        step->state == PLAN_CACHED || step->state == PLAN_UNNEEDED || plan_explain(p, i, &c, e);
    for (int k = 0; good && k < c.count; k++) {
        text line = { 0 };
        plan_change_text(p, &c.item[k], i, &line);
        if (k) text_puts(out, ", ");
        json_quoted(out, line.data ? line.data : "");
        text_free(&line);
    }
    text_puts(out, "], \"causes\": [");
    for (int k = 0; good && k < c.count; k++) cause_json(p, &c.item[k], k, out);
    text_puts(out, "]}");
    plan_changes_free(&c);
    return good;
}

static bool plan_json(plan *p, text *out, error *e)
{
    bool good = true;
    text_puts(out, "{\"instances\": [\n");
    for (int32_t i = 0; good && i < p->graph->instance_count; i++) good = step_json(p, i, out, e);
    text_puts(out, "\n], \"outputs\": [\n");
    for (int32_t i = 0; i < p->graph->output_count; i++) {
        const graph_output *o = &p->graph->outputs[i];
        digest d;
        char hex[65];
        text_puts(out, i ? ",\n  {" : "  {");
        json_member(out, "name", o->name);
        json_member(out, "type", edge_port(p->graph, o->from)->type);
        json_member(out, "digest", plan_output(p, o->from, &d) ? digest_text(&d, hex) : NULL);
        text_putc(out, '}');
    }
    text_puts(out, "\n]}\n");
    return good;
}

static bool table_asked(const cli_args *args, plan *p, text *out, error *e)
{
    bool json = cli_has(args, "json");
    if (cli_has(args, "cost")) return plan_cost_text(p, json, out, e);
    return json ? plan_json(p, out, e) : table_text(p, out, e);
}

static int run_plan_command(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    cli_session s = { 0 };
    plan *p = NULL;
    const char *node = cli_value(args, "explain");
    int status = cli_session_open(args, &s);
    if (!status) status = narrow_outputs(args, &s);
    if (!status)
        p = cli_plan(&s, &(plan_options){ .look = true, .force = cli_values(args, "force") },
                     &status);
    if (p) {
        if ((status = narrow_check_forced(args, p))) {
        } else if (node) status = explain(p, node, &t);
        else if (!table_asked(args, p, &t, &e)) status = cli_report(&e);
        if (!status) status = cli_print(&t);
        if (!status) warnings_hint(args, p);
        text_free(&t);
        plan_free(p);
    }
    cli_session_close(&s);
    return status;
}

const cli_command command_plan = {
    .name = "plan",
    .group = "Pipelines",
    .summary = "show what a run would compute, and why",
    .run = run_plan_command,
    .description =
        "Checks the pipeline and looks up what is already in the store. Nothing is run. An "
        "instance is pending if one that it depends on will run: if that gives the same bytes as "
        "before, the pending one does not run. The reason is the first cause: what changed since "
        "the last run, in the node itself or in what it depends on.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { 0 } },
    .options = (const cli_option[]){ OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_UNTIL,
                                     OPTION_OUTPUTS,
                                     OPTION_FORCE,
                                     { .name = "explain",
                                       .argument = "NODE",
                                       .doc = "all first causes for this node to run, with old and "
                                              "new values: in it, and in what it depends on",
                                       .example = "--explain recon" },
                                     { .name = "cost",
                                       .doc = "memory and time that each node will need: as the op "
                                              "estimates where its inputs are known, else as in "
                                              "the last run" },
                                     OPTION_JSON,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom plan pipelines/quickstart.yaml",
              "one line per node: in the store, will run, or pending" },
            { "atomloom plan pipelines/quickstart.yaml --set recon.iterations=50 --explain recon",
              "old and new value of what changed" },
            { "atomloom plan pipelines/quickstart.yaml --cost",
              "peak memory and time of each node, before anything runs" },
            { 0 } },
};
