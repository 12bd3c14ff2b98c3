/* cli/get.c - `atomloom get`: an output as a file. What is missing is computed first. */
#include "base/new_file.h"
#include "cli/commands.h"
#include "cli/formats.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "cli/warnings.h"
#include "cli/writer.h"
#include "report/panel.h"
#include "store/export.h"
#include <assert.h>
#include <string.h>
#include <unistd.h>

/* What the ops behind the value warned of; under --strict that refuses it. The exit status. */
static int show_warnings(const plan *p, bool strict)
{
    int count = warnings_print(p);
    if (!count || !strict) return 0;
    return cli_fail(
        LOOM_E_DATA, "check the warnings above, or get it without --strict: it is in the store",
        "%d warning%s, a failure under --strict: nothing is written", count, count == 1 ? "" : "s");
}

/* Run what an edge of a graph needs and read its value. NULL after reporting (*status is then the
 * exit status), or where the value turned out damaged and `again` allows another round (*again is
 * then true). */
static loom_value *compute_once(const cli_session *s, graph *g, graph_edge from, bool strict,
                                int *status, bool *again)
{
    error e = { 0 };
    run_result result = { 0 };
    digest d;
    bool may_go_on = *again;
    cli_session extended = { .ops = s->ops, .store = s->store, .graph = g };
    loom_value *v = NULL;
    plan *p =
        cli_plan(&extended, &(plan_options){ .wanted = &from.instance, .wanted_count = 1 }, status);
    *again = false;
    if (!p) return NULL;
    progress *shown = progress_new(g, PROGRESS_AUTO, &e);
    run_options o = { .event = progress_event, .user = shown };
    bool good = shown && (p->run + p->wait == 0 || run_plan(p, &o, &result, &e));
    progress_free(shown);
    if (!good) *status = cli_report(&e);
    else if (result.exit_status) *status = result.exit_status; /* reported as it happened */
    else if (!plan_output(p, from, &d))
        *status =
            cli_fail(LOOM_E_DATA,
                     "it is an optional output: change the parameters or the inputs of its node",
                     "'%s' did not make its output '%s'", g->instances[from.instance].name,
                     edge_port(g, from)->name);
    else if (!(v = store_get(s->store, &d, true, &e))) {
        *again = may_go_on && !store_has(s->store, &d);
        if (*again) cli_warn("%s; it is made again", e.message);
        else *status = cli_report(&e);
    } else if ((*status = show_warnings(p, strict))) {
        value_free(v);
        v = NULL;
    }
    plan_free(p);
    return v;
}

static loom_value *compute(const cli_session *s, graph *g, graph_edge from, bool strict,
                           int *status)
{
    assert(!*status);
    for (int round = 1;; round++) {
        bool again = round < MAX_ROUNDS;
        loom_value *v = compute_once(s, g, from, strict, status, &again);
        if (!again) return v;
    }
}

/* ---- which format ---------------------------------------------------------------------------- */

/* The value, where the store has it already; NULL where it would have to be computed. */
static loom_value *known_value(const cli_session *s, graph_edge from)
{
    error ignored = { 0 };
    int32_t failed;
    digest d;
    plan *p = plan_make(s->graph, s->store,
                        &(plan_options){ .wanted = &from.instance, .wanted_count = 1 }, &failed,
                        &ignored);
    bool known = p && plan_output(p, from, &d) && store_has(s->store, &d);
    loom_value *v = known ? store_get(s->store, &d, true, &ignored) : NULL;
    if (p) plan_free(p);
    return v;
}

static int no_format(const cli_session *s, graph_edge from, const char *format, const char *path)
{
    text todo = { 0 };
    const char *type = edge_port(s->graph, from)->type;
    loom_value *v = known_value(s, from);
    bool to_stdout = !strcmp(path, "-");
    text_printf(&todo, "%sa value of type %s can be written as:", *format ? "" : "give --format; ",
                type);
    formats_list(s->ops, type, v, &todo);
    value_free(v);
    int status;
    if (*format)
        status = cli_fail(LOOM_E_PARAM, todo.data,
                          "no way to write a value of type %s as '.%s' (%s)", type, format, path);
    else if (to_stdout)
        status = cli_fail(LOOM_E_PARAM, todo.data,
                          "standard output has no extension, so its format is not known");
    else
        status = cli_fail(LOOM_E_PARAM, todo.data,
                          "'%s' has no extension, so its format is not known", path);
    text_free(&todo);
    return status;
}

/* The extension that a file value will have, as far as its op says so before it runs; NULL. */
static const char *extension_foreseen(const graph *g, graph_edge from)
{
    assert(from.instance >= 0 && from.instance < g->instance_count);
    return g->nodes[g->instances[from.instance].node].op->op->writes_extension;
}

static int wrong_extension(const char *own, const char *asked, const char *path)
{
    text todo = { 0 };
    text_printf(&todo, "name it FILE.%s; --format %s keeps the name", own, own);
    int status =
        cli_fail(LOOM_E_PARAM, todo.data,
                 "the output is a file of the format '.%s', not '.%s' (%s)", own, asked, path);
    text_free(&todo);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_picture(const char *type, const char *format)
{
    return !strcmp(type, "panel") && panel_format_known(format);
}

static bool write_picture(const loom_value *v, const char *format, const char *path, error *e)
{
    text t = { 0 };
    bool good =
        panel_export(v, format, &t, e) && new_file_whole(path, t.data, t.length, NULL, 0, e);
    text_free(&t);
    return good;
}

/* A file value goes out as it is; any other one in the format. */
static int write_value(const loom_value *v, const char *format, const char *path)
{
    assert(format && path);
    error e = { 0 };
    const loom_array *bytes = value_array(v, "bytes");
    const loom_attribute *own = value_attribute(v, "extension");
    bool good;
    if (is_picture(value_type(v), format)) good = write_picture(v, format, path, &e);
    else if (strcmp(value_type(v), "file") != 0 || !bytes) good = value_export(v, path, format, &e);
    else if (*format && own && own->text && !extension_fits(own->text, format))
        return wrong_extension(own->text, format, path);
    else good = new_file_whole(path, NULL, 0, bytes->data, (size_t)loom_array_count(bytes), &e);
    return good ? 0 : cli_report(&e);
}

/* A table of numbers or a single array is seldom all that there is. */
static void warn_of_left_out(const loom_value *v, const char *format, const char *path)
{
    text names = { 0 };
    if (!strcmp(value_type(v), "file") || !strcmp(path, "-")) return;
    value_export_left_out(v, path, format, &names);
    if (names.length && !names.failed)
        cli_warn("'%s' leaves out %s; .h5 holds everything", path, names.data);
    text_free(&names);
}

static int get_value(const cli_session *s, graph_edge from, bool strict, const char *format,
                     const char *path)
{
    error e = { 0 };
    int status = 0;
    const char *type = edge_port(s->graph, from)->type, *own = extension_foreseen(s->graph, from);
    const op_entry *writer = registry_writer(s->ops, type, format);
    writer_graph w = { 0 };
    loom_value *v = NULL;
    bool file = !strcmp(type, "file");
    if (file && own && *format && !extension_fits(own, format))
        return wrong_extension(own, format, path);
    if (!file && !writer && !is_picture(type, format)
        && type_export_chance(type, format) == EXPORT_NEVER)
        return no_format(s, from, format, path);
    if (file || !writer) v = compute(s, s->graph, from, strict, &status);
    else if (!writer_graph_make(s->graph, from, writer, &w, &e)) status = cli_report(&e);
    else v = compute(s, &w.graph, w.made, strict, &status);
    if (v) status = write_value(v, format, path);
    if (v && !status) warn_of_left_out(v, format, path);
    value_free(v);
    writer_graph_free(&w);
    return status;
}

static int run_get(const cli_args *args)
{
    error e = { 0 };
    cli_session s = { 0 };
    graph_edge from;
    char format[FORMAT_ROOM];
    const char *path = cli_value(args, "output");
    if (!path || !*path)
        return cli_fail(LOOM_E_PARAM, "its extension selects the format: -o result.csv",
                        "where to? -o PATH is missing");
    format_asked(args, path, format);
    if (!strcmp(path, "-") && isatty(STDOUT_FILENO) && !format_is_text(format))
        return cli_fail(LOOM_E_PARAM, "redirect it, as in > FILE, or use --format csv or json",
                        "a binary format is not written to a terminal");
    int status = cli_session_open(args, &s);
    if (!status && !output_find(s.graph, cli_operand_at(args, 1), &from, &e))
        status = cli_report(&e);
    if (!status) status = target_check(&s, "-o", path);
    if (!status) status = get_value(&s, from, cli_has(args, "strict"), format, path);
    if (!status && strcmp(path, "-") != 0) cli_say("wrote %s", path);
    cli_session_close(&s);
    return status;
}

const cli_command command_get = {
    .name = "get",
    .group = "Pipelines",
    .summary = "write an output to a file; its extension selects the format",
    .run = run_get,
    .description =
        "Computes the output if the store does not hold it, then writes it. The framework's own "
        "formats are .h5 (everything), .npy (one array), .csv (a table) and .json; writer ops add "
        "the "
        "formats of the field. A value of type `file` is written as it is.\n\n"
        "A file that is there is replaced when the new one is finished, and keeps its permissions. "
        "A "
        "file that the pipeline reads is never written over.",
    .operands =
        (const cli_operand[]){
            OPERAND_PIPELINE,
            { .name = "OUTPUT",
              .doc = "an output of the pipeline, or any NODE.PORT, or GROUP.OUTPUT" },
            { 0 } },
    .options = (const cli_option[]){ { .name = "output",
                                       .letter = 'o',
                                       .argument = "PATH",
                                       .doc = "the file to write; - for standard output",
                                       .complete = COMPLETE_FILE },
                                     { .name = "format",
                                       .argument = "EXTENSION",
                                       .doc = "the format, where the file's name does not say it",
                                       .otherwise = "the extension of PATH",
                                       .example = "--format csv" },
                                     { .name = "strict",
                                       .doc = "write nothing, and end with exit status 1, if an op "
                                              "warned of what the output rests on" },
                                     OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom get pipelines/quickstart.yaml diffusion -o diffusion.csv",
              "a table for a spreadsheet" },
            { "atomloom get pipelines/quickstart.yaml 'recon[minutes=30].volume' -o recon.h5",
              "any output of any node, with units, for h5py" },
            { "atomloom get pipelines/quickstart.yaml diffusion -o - --format csv",
              "to the next program" },
            { 0 } },
};
