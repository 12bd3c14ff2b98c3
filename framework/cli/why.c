/* cli/why.c - `atomloom why`: where a value came from, down to files and parameters. Told from the records of the actions that made it,
 * not from the pipeline as it stands now. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/records.h"
#include <stdlib.h>
#include <string.h>

typedef struct telling { store *store; text out; digest *told; int told_count; error e; } telling;

static void indent(telling *t, int depth)
{
    for (int i = 0; i < depth; i++) text_puts(&t->out, "    ");
}

static void parameter_lines(telling *t, const json_t *parameters, int depth)
{
    const char *name;
    json_t *p;
    json_object_foreach((json_t *)parameters, name, p) {
        const char *unit = record_text(p, "unit"), *content = record_text(p, "sha256");
        if (json_is_true(json_object_get(p, "no_effect"))) continue;
        indent(t, depth);
        text_printf(&t->out, "  %s: ", name);
        record_value(json_object_get(p, "value"), &t->out);
        if (*unit) text_printf(&t->out, " %s", unit);
        if (*content) text_printf(&t->out, "   (file, sha256 %.16s)", content);
        text_putc(&t->out, '\n');
    }
}

static bool was_told(telling *t, const digest *key)
{
    for (int i = 0; i < t->told_count; i++)
        if (digest_equal(&t->told[i], key)) return true;
    digest *more = realloc(t->told, ((size_t)t->told_count + 1) * sizeof *more);
    if (more) {
        t->told = more;
        t->told[t->told_count++] = *key;
    }
    return false;
}

static void tell_action(telling *t, const digest *key, const char *port, const char *value, int depth);

static void input_lines(telling *t, const json_t *inputs, int depth)
{
    size_t i;
    json_t *in;
    json_array_foreach((json_t *)inputs, i, in) {
        digest key;
        indent(t, depth);
        text_printf(&t->out, "  %s:\n", record_text(in, "port"));
        if (digest_read(record_text(in, "action"), &key))
            tell_action(t, &key, record_text(in, "output"), record_text(in, "sha256"), depth + 1);
        else {
            indent(t, depth + 1);
            text_printf(&t->out, "value %.16s\n", record_text(in, "sha256"));
        }
    }
}

static void head_line(telling *t, const json_t *o, const char *port, const char *value, int depth)
{
    char wall[32];
    const json_t *plugin = json_object_get(o, "plugin");
    indent(t, depth);
    text_printf(&t->out, "%s.%s  %.16s\n", record_text(o, "instance"), port, value);
    indent(t, depth);
    text_printf(&t->out, "  by %s revision %d (plugin %s %s, sha256 %.16s)\n", record_text(o, "op"),
                (int)json_integer_value(json_object_get(o, "revision")),
                record_text(plugin, "name"), record_text(plugin, "version"), record_text(plugin, "sha256"));
    if (!*record_text(o, "started")) return;
    indent(t, depth);
    text_printf(&t->out, "  on %s, %s, took %s, atomloom %s\n", record_text(o, "host"), record_text(o, "started"),
                seconds_text(json_number_value(json_object_get(o, "wall_s")), wall), record_text(o, "atomloom"));
}

static void tell_action(telling *t, const digest *key, const char *port, const char *value, int depth)
{
    double started, wall_s;
    if (t->e.status) return;
    bool again = was_told(t, key);
    json_t *o = record_read(t->store, key, &started, &wall_s, &t->e);
    if (again && o) {
        indent(t, depth);
        text_printf(&t->out, "%s.%s  %.16s (told above)\n", record_text(o, "instance"), port, value);
    } else if (o) {
        head_line(t, o, port, value, depth);
        parameter_lines(t, json_object_get(o, "parameters"), depth);
        input_lines(t, json_object_get(o, "inputs"), depth);
    }
    json_decref(o);
}

static int tell(const cli_args *args, const cli_session *s, const plan *p, graph_edge from, const char *name)
{
    const plan_step *step = &p->step[from.instance];
    telling t = { .store = s->store };
    digest d;
    char hex[65];
    int status;
    if (!step->has_key || !plan_output(p, from, &d)) {
        text todo = { 0 };
        text_printf(&todo, "compute it first: atomloom run %s", cli_operand_at(args, 0));
        status = cli_fail(LOOM_E_PARAM, todo.data, "'%s' as the pipeline stands now is not in the store", name);
        text_free(&todo);
        return status;
    }
    tell_action(&t, &step->key, edge_port(s->graph, from)->name, digest_text(&d, hex), 0);
    status = t.e.status ? cli_report(&t.e) : cli_print(&t.out);
    text_free(&t.out);
    free(t.told);
    return status;
}

static int run_why(const cli_args *args)
{
    error e = { 0 };
    cli_session s = { 0 };
    graph_edge from;
    plan *p = NULL;
    const char *name = cli_operand_at(args, 1);
    int status = cli_session_open(args, &s);
    if (!status && !output_find(s.graph, name, &from, &e)) status = cli_report(&e);
    if (!status) p = cli_plan(&s, &(plan_options){ .wanted = &from.instance, .wanted_count = 1 }, &status);
    if (p) {
        status = tell(args, &s, p, from, name);
        plan_free(p);
    }
    cli_session_close(&s);
    return status;
}

const cli_command command_why = {
    .name = "why", .group = "Records", .summary = "say where an output came from, down to files and parameters", .run = run_why,
    .description = "Prints the tree of actions that made a value: op, plugin, parameters with units, files with their SHA-256, when, where "
                   "and how long. It is read from the "
                   "records kept with the values.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { .name = "OUTPUT", .doc = "an output of the pipeline, or any NODE.PORT" },
                                       { 0 } },
    .options = (const cli_option[]){ OPTION_SET, OPTION_VAR, OPTION_SWEEP, OPTION_STORE, OPTION_PLUGIN_DIR, { 0 } },
    .examples = (const cli_example[]){ { "atomloom why pipelines/quickstart.yaml diffusion", "everything that the number rests on" }, { 0 } },
};
