/* cli/get.c - `atomloom get`: an output as a file. What is missing is computed first. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/writer.h"
#include "store/export.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Run what an edge of a graph needs and read its value. NULL after reporting (*status is then the exit status), or where the value
 * turned out damaged and `again` allows another round (*again is then true). */
static loom_value *compute_once(const cli_session *s, graph *g, graph_edge from, int *status, bool *again)
{
    error e = { 0 };
    run_result result = { 0 };
    digest d;
    bool may_go_on = *again;
    cli_session extended = { s->ops, s->store, g };
    loom_value *v = NULL;
    plan *p = cli_plan(&extended, &(plan_options){ .wanted = &from.instance, .wanted_count = 1 }, status);
    *again = false;
    if (!p) return NULL;
    progress *shown = progress_new(g, PROGRESS_AUTO, &e);
    run_options o = { .event = progress_event, .user = shown };
    bool good = shown && (p->run + p->wait == 0 || run_plan(p, &o, &result, &e));
    progress_free(shown);
    if (!good) *status = cli_report(&e);
    else if (result.exit_status) *status = result.exit_status; /* told as it happened */
    else if (!plan_output(p, from, &d))
        *status = cli_fail(LOOM_E_DATA, "it is an optional output: change the parameters or the inputs of its node",
                           "'%s' did not make its output '%s'",
                           g->instances[from.instance].name, edge_port(g, from)->name);
    else if (!(v = store_get(s->store, &d, true, &e))) {
        *again = may_go_on && !store_has(s->store, &d);
        if (*again) cli_warn("%s; it is made again", e.message);
        else *status = cli_report(&e);
    }
    plan_free(p);
    return v;
}

static loom_value *compute(const cli_session *s, graph *g, graph_edge from, int *status)
{
    for (int round = 1;; round++) {
        bool again = round < MAX_ROUNDS;
        loom_value *v = compute_once(s, g, from, status, &again);
        if (!again) return v;
    }
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------ */

/* Beside the place it goes to, then renamed: a file that is there is whole. */
static bool write_bytes(const char *path, const void *bytes, size_t n, error *e)
{
    text aside = { 0 };
    text_printf(&aside, "%s.part%d", path, (int)getpid());
    FILE *f = aside.data ? fopen(aside.data, "wb") : NULL;
    bool good = f && fwrite(bytes, 1, n, f) == n;
    if (f && fclose(f) != 0) good = false;
    good = good && rename(aside.data, path) == 0;
    int why = errno;
    if (!good && f) unlink(aside.data);
    text_free(&aside);
    return good || error_set(e, LOOM_E_IO, "check the directory, its permissions and the space left", "cannot write '%s': %s", path,
                             strerror(why));
}

static bool write_value(const loom_value *v, const char *extension, const char *path, error *e)
{
    const loom_array *bytes = value_array(v, "bytes");
    if (!strcmp(value_type(v), "file") && bytes) return write_bytes(path, bytes->data, (size_t)loom_array_count(bytes), e);
    return value_export(v, path, extension, e);
}

/* ---- which form --------------------------------------------------------------------------------------------------------------- */

static int no_form(const registry *ops, const char *type, const char *extension, const char *path)
{
    text todo = { 0 };
    const op_entry *entry;
    text_printf(&todo, "a value of type %s can be written as:", type);
    text_puts(&todo, " .h5 .npy .csv .json");
    for (size_t i = 0; (entry = registry_at(ops, i)); i++)
        if (entry->op->writes_type && !strcmp(entry->op->writes_type, type)) text_printf(&todo, " .%s", entry->op->writes_extension);
    int status = *extension ? cli_fail(LOOM_E_PARAM, todo.data, "no way to write a value of type %s as '.%s' (%s)", type, extension, path)
                            : cli_fail(LOOM_E_PARAM, todo.data, "'%s' has no extension, so its form is not known", path);
    text_free(&todo);
    return status;
}

static const char *extension_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    return dot && dot[1] ? dot + 1 : "";
}

static int get_value(const cli_session *s, graph_edge from, const char *path)
{
    error e = { 0 };
    int status = 0;
    const char *type = edge_port(s->graph, from)->type, *extension = extension_of(path);
    const op_entry *writer = registry_writer(s->ops, type, extension);
    writer_graph w = { 0 };
    loom_value *v = NULL;
    if (!strcmp(type, "file") || (!writer && value_export_known(extension))) v = compute(s, s->graph, from, &status);
    else if (!writer) return no_form(s->ops, type, extension, path);
    else if (!writer_graph_make(s->graph, from, writer, &w, &e)) status = cli_report(&e);
    else v = compute(s, &w.graph, w.made, &status);
    if (v && !write_value(v, extension, path, &e)) status = cli_report(&e);
    value_free(v);
    writer_graph_free(&w);
    return status;
}

/* Can a file of this name be made? Asked before anything is computed. A file that is write-protected was so for a reason. */
static int check_place(const char *path)
{
    const char *slash = strrchr(path, '/');
    text dir = { 0 };
    struct stat st;
    int status = 0;
    if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) return 0; /* a pipe is written to as it is */
    if (slash) text_add(&dir, path, (size_t)(slash - path) + 1);
    else text_puts(&dir, ".");
    if (!access(path, F_OK) && access(path, W_OK) != 0)
        status = cli_fail(LOOM_E_IO, "choose another name, or make the file writable", "cannot write '%s': %s", path, strerror(errno));
    else if (dir.data && access(dir.data, W_OK | X_OK) != 0)
        status = cli_fail(LOOM_E_IO, errno == ENOENT ? "make the directory first" : "choose another directory, or make it writable",
                          "cannot write '%s': %s", path, errno == ENOENT ? "there is no such directory" : strerror(errno));
    text_free(&dir);
    return status;
}

static int run_get(const cli_args *args)
{
    error e = { 0 };
    cli_session s = { 0 };
    graph_edge from;
    const char *path = cli_value(args, "output");
    if (!path) return cli_fail(LOOM_E_PARAM, "its extension says the form: -o result.csv", "where to? -o PATH is missing");
    int status = cli_session_open(args, &s);
    if (!status && !output_find(s.graph, cli_operand_at(args, 1), &from, &e)) status = cli_report(&e);
    if (!status) status = check_place(path);
    if (!status) status = get_value(&s, from, path);
    if (!status) cli_say("wrote %s", path);
    cli_session_close(&s);
    return status;
}

const cli_command command_get = {
    .name = "get", .group = "Pipelines", .summary = "write an output to a file; its extension says the form", .run = run_get,
    .description = "Computes the output if the store does not hold it, then writes it. The framework's own forms are .h5 (everything), "
                   ".npy (one array), .csv (a table) "
                   "and .json; writer ops add the formats of the field. A value of type `file` is written as it is.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { .name = "OUTPUT", .doc = "an output of the pipeline, or any NODE.PORT" },
                                       { 0 } },
    .options = (const cli_option[]){
        { .name = "output", .letter = 'o', .argument = "PATH", .doc = "the file to write", .complete = COMPLETE_FILE },
        OPTION_SET, OPTION_VAR, OPTION_SWEEP, OPTION_STORE, OPTION_PLUGIN_DIR, { 0 } },
    .examples = (const cli_example[]){
        { "atomloom get pipelines/quickstart.yaml diffusion -o diffusion.csv", "a table for a spreadsheet" },
        { "atomloom get pipelines/quickstart.yaml 'recon[minutes=30].volume' -o recon.h5", "any output of any node, with units, for h5py" }, { 0 } },
};
