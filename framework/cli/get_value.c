/* cli/get_value.c - one output as a file, computed where it is missing; see get.h */
#include "base/new_file.h"
#include "cli/formats.h"
#include "cli/get.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/warnings.h"
#include "cli/writer.h"
#include "report/panel.h"
#include "store/export.h"
#include <assert.h>
#include <string.h>

int get_warnings(const plan *p, bool strict)
{
    int count = warnings_print(p);
    if (!count || !strict) return 0;
    return cli_fail(
        LOOM_E_DATA, "check the warnings above, or get it without --strict: it is in the store",
        "%d warning%s, a failure under --strict: nothing is written", count, count == 1 ? "" : "s");
}

int get_ready(const cli_session *s, graph *g, const int32_t *wanted, int32_t count, plan **p)
{
    error e = { 0 };
    int status = 0;
    run_result result = { 0 };
    cli_session extended = { .ops = s->ops, .store = s->store, .graph = g };
    *p = cli_plan(&extended, &(plan_options){ .wanted = wanted, .wanted_count = count }, &status);
    if (!*p) return status;
    progress *shown = progress_new(g, PROGRESS_AUTO, &e);
    run_options o = { .event = progress_event, .user = shown };
    bool good = shown && ((*p)->run + (*p)->wait == 0 || run_plan(*p, &o, &result, &e));
    progress_free(shown);
    status = good ? result.exit_status /* reported as it happened */ : cli_report(&e);
    if (status) {
        plan_free(*p);
        *p = NULL;
    }
    return status;
}

/* Run what an edge of a graph needs and read its value. NULL after reporting (*status is then the
 * exit status), or where the value turned out damaged and `again` allows another round (*again is
 * then true). */
static loom_value *compute_once(const cli_session *s, graph *g, graph_edge from, const get_how *how,
                                int *status, bool *again)
{
    error e = { 0 };
    digest d;
    bool may_go_on = *again;
    loom_value *v = NULL;
    plan *p;
    *again = false;
    *status = get_ready(s, g, &from.instance, 1, &p);
    if (*status) return NULL;
    if (!plan_output(p, from, &d))
        *status =
            cli_fail(LOOM_E_DATA,
                     "it is an optional output: change the parameters or the inputs of its node",
                     "'%s' did not make its output '%s'", g->instances[from.instance].name,
                     edge_port(g, from)->name);
    else if (!(v = store_get(s->store, &d, true, &e))) {
        *again = may_go_on && !store_has(s->store, &d);
        if (*again) cli_warn("%s; it is made again", e.message);
        else *status = cli_report(&e);
    } else if (!how->warned && (*status = get_warnings(p, how->strict))) {
        value_free(v);
        v = NULL;
    }
    plan_free(p);
    return v;
}

static loom_value *compute(const cli_session *s, graph *g, graph_edge from, const get_how *how,
                           int *status)
{
    assert(!*status);
    for (int round = 1;; round++) {
        bool again = round < MAX_ROUNDS;
        loom_value *v = compute_once(s, g, from, how, status, &again);
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

int get_write(const loom_value *v, const char *format, const char *path)
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

static int write_columns(const loom_value *v, const get_how *how, const char *path)
{
    error e = { 0 };
    if (strcmp(value_type(v), "table") != 0)
        return cli_fail(LOOM_E_PARAM, "leave --columns out, or write a format of columns",
                        "--columns: a value of type %s as '.%s' has no columns to choose from",
                        value_type(v), how->format);
    loom_value *chosen = get_columns(v, how, &e);
    int status = chosen ? get_write(chosen, how->format, path) : cli_report(&e);
    value_free(chosen);
    return status;
}

static int with_writer(const cli_session *s, graph_edge from, const op_entry *writer,
                       const get_how *how, const char *path)
{
    error e = { 0 };
    writer_graph w = { 0 };
    loom_value *v = NULL;
    int status = writer_graph_make(s->graph, from, writer, &w, &e) ? 0 : cli_report(&e);
    if (!status && how->columns) status = get_writer_columns(w.params, how);
    if (!status) v = compute(s, &w.graph, w.made, how, &status);
    if (v) status = get_write(v, how->format, path);
    value_free(v);
    writer_graph_free(&w);
    return status;
}

int get_value(const cli_session *s, graph_edge from, const get_how *how, const char *path)
{
    int status = 0;
    const char *type = edge_port(s->graph, from)->type, *own = extension_foreseen(s->graph, from);
    const op_entry *writer = registry_writer(s->ops, type, how->format);
    bool file = !strcmp(type, "file");
    if (file && own && *how->format && !extension_fits(own, how->format))
        return wrong_extension(own, how->format, path);
    if (!file && !writer && !is_picture(type, how->format)
        && type_export_chance(type, how->format) == EXPORT_NEVER)
        return no_format(s, from, how->format, path);
    if (!file && writer) return with_writer(s, from, writer, how, path);
    loom_value *v = compute(s, s->graph, from, how, &status);
    if (v && how->columns) status = write_columns(v, how, path);
    else if (v) status = get_write(v, how->format, path);
    if (v && !status && !how->columns) warn_of_left_out(v, how->format, path);
    value_free(v);
    return status;
}
