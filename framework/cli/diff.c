/* cli/diff.c - `atomloom diff`: two pipelines, or one with and without a change, or two values:
 * what is set otherwise, and what comes of it. */
#include "cli/diff.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "store/export.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct side {
    const char *path;
    cli_session session;
    plan *plan;
} side;

typedef struct comparison {
    side a, b;
    diff_list graph, values;
    text same, unknown; /* names of outputs */
    int differ;         /* outputs */
    text moved, kept;   /* names of nodes whose values differ, and of those whose do not */
} comparison;

/* ---- both sides ------------------------------------------------------------------------------ */

static int option_row(const cli_command *command, const char *name)
{
    int i = 0;
    assert(command->options);
    while (strcmp(command->options[i].name, name) != 0) i++;
    return i;
}

/* The command line as the first side sees it: --from-set counts as --set. */
static int open_first(const cli_args *args, side *s)
{
    static const char *const pairs[][2] = { { "set", "from-set" }, { "var", "from-var" } };
    int rows = 0;
    while (args->command->options[rows].name) rows++;
    const char ***values = calloc((size_t)rows + 1, sizeof *values);
    if (!values) return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory");
    memcpy(values, args->values, (size_t)rows * sizeof *values);
    for (int i = 0; i < 2; i++)
        values[option_row(args->command, pairs[i][0])] =
            args->values[option_row(args->command, pairs[i][1])];
    cli_args first = *args;
    first.values = values;
    int status = cli_session_open_file(&first, s->path, &s->session);
    free(values);
    return status;
}

static int open_both(const cli_args *args, comparison *c)
{
    const char *second = cli_operand_at(args, 1);
    c->a.path = cli_operand_at(args, 0);
    c->b.path = second ? second : c->a.path;
    bool changed = *cli_values(args, "set") || *cli_values(args, "var")
                   || *cli_values(args, "from-set") || *cli_values(args, "from-var");
    if (!second && !changed)
        return cli_fail(LOOM_E_PARAM,
                        "name a second pipeline, or a change: --set NODE.PARAM=VALUE, --var "
                        "NAME=VALUE",
                        "nothing to compare '%s' with", c->a.path);
    int status = open_first(args, &c->a);
    if (!status) status = cli_session_open_file(args, c->b.path, &c->b.session);
    if (!status) c->a.plan = cli_plan(&c->a.session, &(plan_options){ 0 }, &status);
    if (!status) c->b.plan = cli_plan(&c->b.session, &(plan_options){ 0 }, &status);
    return status;
}

static void close_side(side *s)
{
    if (s->plan) plan_free(s->plan);
    cli_session_close(&s->session);
}

static void comparison_free(comparison *c)
{
    diff_list_free(&c->graph);
    diff_list_free(&c->values);
    text_free(&c->same);
    text_free(&c->unknown);
    text_free(&c->moved);
    text_free(&c->kept);
    close_side(&c->a);
    close_side(&c->b);
}

/* ---- outputs --------------------------------------------------------------------------------- */

static void list_name(text *list, const char *name)
{
    text_printf(list, "%s%s", list->length ? ", " : "", name);
}

static const graph_output *output_of(const graph *g, const char *name)
{
    for (int32_t i = 0; i < g->output_count; i++)
        if (!strcmp(g->outputs[i].name, name)) return &g->outputs[i];
    return NULL;
}

static bool compare_output(comparison *c, const graph_output *a, const graph_output *b, error *e)
{
    digest x, y;
    assert(!strcmp(a->name, b->name));
    if (!plan_output(c->a.plan, a->from, &x) || !plan_output(c->b.plan, b->from, &y)) {
        list_name(&c->unknown, a->name);
        return true;
    }
    if (digest_equal(&x, &y)) {
        list_name(&c->same, a->name);
        return true;
    }
    c->differ++;
    loom_value *v = store_get(c->a.session.store, &x, false, e),
               *w = v ? store_get(c->b.session.store, &y, false, e) : NULL;
    if (w) diff_values(a->name, v, w, &c->values);
    value_free(v);
    value_free(w);
    return w != NULL;
}

static bool compare_outputs(comparison *c, error *e)
{
    const graph *a = c->a.session.graph, *b = c->b.session.graph;
    for (int32_t i = 0; i < a->output_count; i++) {
        const graph_output *other = output_of(b, a->outputs[i].name);
        if (!other) diff_add(&c->graph, a->outputs[i].name, "output", "there", NULL);
        else if (!compare_output(c, &a->outputs[i], other, e)) return false;
    }
    for (int32_t i = 0; i < b->output_count; i++)
        if (!output_of(a, b->outputs[i].name))
            diff_add(&c->graph, b->outputs[i].name, "output", NULL, "there");
    return true;
}

/* ---- nodes: where do values begin to differ? ------------------------------------------------- */

/* -1: not all known, 0: other values, 1: the same. */
static int is_node_same(const comparison *c, const graph_node *x, const graph_node *y)
{
    assert(x->first >= 0 && y->first >= 0);
    bool same = x->count == y->count && !strcmp(x->op->op->id, y->op->op->id);
    for (int32_t i = 0; same && i < x->count; i++)
        for (int32_t o = 0; same && x->op->op->outputs[o].name; o++) {
            digest d, f;
            bool one = plan_output(c->a.plan, (graph_edge){ x->first + i, o }, &d),
                 two = plan_output(c->b.plan, (graph_edge){ y->first + i, o }, &f);
            if (!c->a.plan->step[x->first + i].output || !c->b.plan->step[y->first + i].output)
                return -1;
            same = one == two && (!one || digest_equal(&d, &f));
        }
    return same;
}

static void compare_steps(comparison *c)
{
    const graph *a = c->a.session.graph, *b = c->b.session.graph;
    assert(c->a.plan && c->b.plan);
    for (int32_t i = 0; i < a->node_count; i++)
        for (int32_t k = 0; k < b->node_count; k++) {
            if (strcmp(a->nodes[i].name, b->nodes[k].name) != 0) continue;
            int same = is_node_same(c, &a->nodes[i], &b->nodes[k]);
            if (same >= 0) list_name(same ? &c->kept : &c->moved, a->nodes[i].name);
            break;
        }
}

/* ---- printing -------------------------------------------------------------------------------- */

static void lines_text(const diff_list *list, text *out)
{
    int width = 0;
    for (int i = 0; i < list->count; i++) {
        int w = (int)(strlen(list->item[i].of) + strlen(list->item[i].what)) + 1;
        if (w > width && w < 40) width = w;
    }
    for (int i = 0; i < list->count; i++) {
        const diff_line *d = &list->item[i];
        text name = { 0 };
        text_printf(&name, "%s%s%s", d->of, *d->of ? " " : "", d->what);
        text_printf(out, "  %-*s  %s -> %s", width, name.data ? name.data : "",
                    d->before ? d->before : "(not there)", d->after ? d->after : "(not there)");
        text_printf(out, d->times > 1 ? "  (%d instances)\n" : "\n", d->times);
        text_free(&name);
    }
}

static void list_text(const char *what, const text *names, text *out)
{
    if (!names->length) return;
    text line = { 0 };
    text_printf(&line, "%s: %s", what, names->data);
    cli_wrap(out, line.data ? line.data : "", 0, cli_width());
    text_free(&line);
}

static void report_text(const comparison *c, text *out)
{
    if (c->graph.count) text_puts(out, "Set otherwise:\n");
    else text_puts(out, "The pipelines ask for the same.\n");
    lines_text(&c->graph, out);
    if (c->values.count) text_puts(out, "\nOutputs that differ:\n");
    lines_text(&c->values, out);
    if (c->same.length || c->unknown.length || c->moved.length || c->kept.length)
        text_putc(out, '\n');
    list_text("outputs that are the same", &c->same, out);
    list_text("not in the store, so not compared (`atomloom run` computes them)", &c->unknown, out);
    list_text("nodes whose values differ", &c->moved, out);
    list_text("nodes whose values are the same", &c->kept, out);
}

static void lines_json(const char *name, const diff_list *list, text *out)
{
    json_name(out, name);
    text_putc(out, '[');
    for (int i = 0; i < list->count; i++) {
        const diff_line *d = &list->item[i];
        text_puts(out, i ? ",\n  {" : "\n  {");
        json_member(out, "of", d->of);
        json_member(out, "what", d->what);
        json_member(out, "before", d->before);
        json_member(out, "after", d->after);
        json_member_number(out, "instances", d->times);
        text_putc(out, '}');
    }
    text_putc(out, ']');
}

static void report_json(const comparison *c, text *out)
{
    text_putc(out, '{');
    lines_json("pipelines", &c->graph, out);
    lines_json("outputs", &c->values, out);
    json_member(out, "same_outputs", c->same.length ? c->same.data : "");
    json_member(out, "not_compared", c->unknown.length ? c->unknown.data : "");
    json_member(out, "nodes_that_differ", c->moved.length ? c->moved.data : "");
    json_member(out, "nodes_that_agree", c->kept.length ? c->kept.data : "");
    text_puts(out, "}\n");
}

static int print_report(const cli_args *args, const comparison *c)
{
    text t = { 0 };
    if (c->graph.failed || c->values.failed)
        return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory");
    if (cli_has(args, "json")) report_json(c, &t);
    else report_text(c, &t);
    int status = cli_print(&t);
    text_free(&t);
    return status;
}

/* ---- two files of values --------------------------------------------------------------------- */

static bool is_value_file(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && !strcmp(path + n - 3, ".h5");
}

static int diff_files(const cli_args *args, const char *a, const char *b)
{
    error e = { 0 };
    comparison c = { 0 };
    loom_value *v = value_import(a, &e), *w = v ? value_import(b, &e) : NULL;
    int status = w ? 0 : cli_report(&e);
    text t = { 0 };
    if (w) diff_values("", v, w, &c.values);
    if (w && cli_has(args, "json")) status = print_report(args, &c);
    else if (w) {
        if (c.values.count) lines_text(&c.values, &t);
        else text_puts(&t, "the same\n");
        status = c.values.failed ? cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory")
                                 : cli_print(&t);
    }
    text_free(&t);
    comparison_free(&c);
    value_free(v);
    value_free(w);
    return status;
}

static int run_diff(const cli_args *args)
{
    const char *first = cli_operand_at(args, 0), *second = cli_operand_at(args, 1);
    comparison c = { 0 };
    error e = { 0 };
    if (is_value_file(first) && second && is_value_file(second))
        return diff_files(args, first, second);
    if (is_value_file(first) || (second && is_value_file(second)))
        return cli_fail(LOOM_E_PARAM, "give two of a kind", "'%s' is a value, and %s",
                        is_value_file(first) ? first : second,
                        second ? "the other file is a pipeline" : "nothing to compare it with");
    int status = open_both(args, &c);
    if (!status) {
        diff_graphs(c.a.session.graph, c.b.session.graph, &c.graph);
        compare_steps(&c);
        status = compare_outputs(&c, &e) ? print_report(args, &c) : cli_report(&e);
    }
    comparison_free(&c);
    return status;
}

const cli_command command_diff = {
    .name = "diff",
    .group = "Pipelines",
    .summary = "show what differs between two pipelines, or two values",
    .run = run_diff,
    .description =
        "Compares two pipelines, or one pipeline with and without a change: which parameters, "
        "files, ops and connections differ, which outputs hold other numbers and by how much, and "
        "at which nodes values begin to differ. Values come from the store; nothing is computed.\n"
        "\n"
        "Of two .h5 files of values, the numbers are compared. A difference is no failure: the "
        "exit status is 0.",
    .operands = (const cli_operand[]){ { .name = "FILE",
                                         .doc = "a pipeline, or an .h5 file of a value",
                                         .complete = COMPLETE_FILE },
                                       { .name = "OTHER",
                                         .doc = "what to compare it with (otherwise: the same "
                                                "pipeline, changed by --set and --var)",
                                         .complete = COMPLETE_FILE,
                                         .optional = true },
                                       { 0 } },
    .options = (const cli_option[]){ OPTION_SET,
                                     OPTION_VAR,
                                     { .name = "from-set",
                                       .argument = "NODE.PARAM=VALUE",
                                       .doc = "the same for the first pipeline; --set and --var "
                                              "change the second",
                                       .example = "--from-set recon.iterations=20",
                                       .repeat = true },
                                     { .name = "from-var",
                                       .argument = "NAME=VALUE",
                                       .doc = "the same for the first pipeline",
                                       .example = "--from-var dose=4e3",
                                       .repeat = true },
                                     OPTION_ONLY,
                                     OPTION_JSON,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom diff mine.yaml theirs.yaml", "two pipelines" },
            { "atomloom diff pipelines/quickstart.yaml --set recon.iterations=50",
              "what another number of iterations changes, once both were run" },
            { "atomloom diff p.yaml --from-var dose=4e3 --var dose=8e3", "two changes" },
            { "atomloom diff before.h5 after.h5", "two values that `get` wrote" },
            { 0 } },
};
