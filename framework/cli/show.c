/* cli/show.c - `atomloom show`: what a value holds. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/show_rows.h"
#include "cli/warnings.h"
#include "store/describe.h"
#include "store/export.h"
#include <string.h>
#include <unistd.h>

static void attributes_json(const loom_value *v, text *out)
{
    const loom_attribute *a;
    text_putc(out, '{');
    for (int64_t i = 0; (a = value_attribute_at(v, i)); i++) {
        if (a->text) json_member(out, a->name, a->text);
        else {
            json_name(out, a->name);
            text_puts(out, "{\"value\": ");
            json_number(out, a->number);
            json_member(out, "unit", a->unit);
            text_putc(out, '}');
        }
    }
    text_putc(out, '}');
}

static void value_json(const loom_value *v, const digest *d, text *out)
{
    const loom_array *a;
    char hex[65];
    text_putc(out, '{');
    json_member(out, "type", value_type(v));
    json_member(out, "digest", digest_text(d, hex));
    json_name(out, "attributes");
    attributes_json(v, out);
    json_name(out, "arrays");
    text_putc(out, '[');
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        text_puts(out, i ? ", {" : "{");
        json_member(out, "name", a->name);
        json_member(out, "dtype", loom_dtype_text(a->dtype));
        json_member(out, "unit", a->unit);
        json_name(out, "shape");
        for (int32_t k = 0; k < a->rank; k++)
            text_printf(out, "%s%lld", k ? ", " : "[", (long long)a->dim[k]);
        text_puts(out, a->rank ? "]}" : "[]}");
    }
    text_puts(out, "]}\n");
}

enum { ROWS = 20 };

static int show_value(const cli_args *args, const loom_value *v, const digest *d)
{
    text t = { 0 };
    char hex[65];
    if (cli_has(args, "json")) value_json(v, d, &t);
    else {
        value_describe(v, &t);
        show_words(v, &t);
        show_panel_text(v, cli_width() - 2, &t);
        show_rows(v, cli_has(args, "all") ? INT64_MAX : ROWS, &t);
        text_printf(&t, "digest %s\n", digest_text(d, hex));
    }
    int status = cli_print(&t);
    text image = { 0 };
    if (!cli_has(args, "json") && cli_colour(stdout) && show_image(v, cli_width() - 4, &image))
        cli_put(stdout, &image); /* of our own escapes alone */
    text_free(&image);
    return status;
}

/* A digest, or the beginning of one, of an object of the store. */
typedef struct prefix {
    const char *text;
    size_t length;
    int found;
    digest d;
} prefix;

static bool match_prefix(void *user, const digest *d, uint64_t bytes, double used)
{
    prefix *p = user;
    char hex[65];
    (void)bytes;
    (void)used;
    if (strncmp(digest_text(d, hex), p->text, p->length) != 0) return true;
    p->d = *d;
    return ++p->found < 2;
}

static bool is_digest(const char *s)
{
    size_t n = strspn(s, "0123456789abcdef");
    return !s[n] && n >= 8 && n <= 64;
}

static int show_digest(const cli_args *args, const char *name)
{
    error e = { 0 };
    prefix p = { .text = name, .length = strlen(name) };
    store *s = cli_store(args, &e);
    int status;
    loom_value *v = NULL;
    if (!s || !store_each_object(s, match_prefix, &p, &e)) status = cli_report(&e);
    else if (!p.found)
        status = cli_fail(LOOM_E_PARAM, "`atomloom cache ls` lists the values",
                          "the store %s has no value %s", store_path(s), name);
    else if (p.found > 1)
        status =
            cli_fail(LOOM_E_PARAM, "give more digits", "more than one value begins with %s", name);
    else if (!(v = store_get(s, &p.d, true, &e))) status = cli_report(&e);
    else status = show_value(args, v, &p.d);
    value_free(v);
    if (s) store_close(s);
    return status;
}

static int show_file(const cli_args *args, const char *path)
{
    error e = { 0 };
    loom_value *v = value_import(path, &e);
    if (!v) return cli_report(&e);
    digest d = value_digest(v);
    int status = show_value(args, v, &d);
    value_free(v);
    return status;
}

static int show_edge(const cli_args *args, const cli_session *s, plan *p, graph_edge from,
                     const char *name)
{
    error e = { 0 };
    digest d;
    if (!plan_output(p, from, &d) || !plan_has_object(p, from)) {
        text todo = { 0 };
        text_puts(&todo, "compute it first: ");
        run_command(args, true, &todo);
        int status = cli_fail(LOOM_E_PARAM, todo.data, "'%s' is not in the store", name);
        text_free(&todo);
        return status;
    }
    loom_value *v = store_get(s->store, &d, true, &e);
    if (!v) return cli_report(&e);
    int status = show_value(args, v, &d);
    value_free(v);
    return status;
}

static int show_output(const cli_args *args, const char *name)
{
    error e = { 0 };
    cli_session s = { 0 };
    graph_edge from;
    plan *p = NULL;
    text t = { 0 };
    int status = cli_session_open(args, &s);
    if (!status && name && !output_find(s.graph, name, &from, &e)) status = cli_report(&e);
    if (!status)
        p = cli_plan(
            &s,
            &(plan_options){ .wanted = name ? &from.instance : NULL, .wanted_count = name != NULL },
            &status);
    if (p && name) status = show_edge(args, &s, p, from, name);
    else if (p) status = outputs_text(args, &s, p, &t, &e) ? cli_print(&t) : cli_report(&e);
    if (p) warnings_print(p);
    text_free(&t);
    if (p) plan_free(p);
    cli_session_close(&s);
    return status;
}

static int run_show(const cli_args *args)
{
    const char *what = cli_operand_at(args, 0), *output = cli_operand_at(args, 1);
    size_t n = strlen(what);
    bool file = n > 3 && !strcmp(what + n - 3, ".h5");
    if (file && output)
        return cli_fail(LOOM_E_PARAM, "remove the name",
                        "an .h5 file contains one value, but output '%s' was asked for", output);
    if (file) return show_file(args, what);
    if (!output && is_digest(what) && access(what, F_OK) != 0) return show_digest(args, what);
    return show_output(args, output);
}

const cli_command command_show = {
    .name = "show",
    .group = "Pipelines",
    .summary = "show what an output contains: shapes, units, ranges",
    .run = run_show,
    .description =
        "Shows one output of a pipeline, or a summary of all, or a value of the "
        "store by its digest, or a value in an .h5 "
        "file: rows of tables, counts of words, and on a terminal with colours a small picture "
        "of images. Nothing is computed.",
    .operands =
        (const cli_operand[]){
            { .name = "FILE",
              .doc = "the pipeline; or an .h5 file; or the digest of a value (8 digits are enough)",
              .complete = COMPLETE_FILE },
            { .name = "OUTPUT",
              .doc = "an output of the pipeline, or any NODE.PORT, or GROUP.OUTPUT",
              .optional = true },
            { 0 } },
    .options = (const cli_option[]){ { .name = "all", .doc = "print every row of a table" },
                                     OPTION_JSON,
                                     OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom show pipelines/quickstart.yaml", "a summary of all outputs" },
            { "atomloom show pipelines/quickstart.yaml diffusion", "one of them, whole" },
            { "atomloom show result.h5", "a file that `get` wrote" },
            { 0 } },
};
