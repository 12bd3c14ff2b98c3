/* cli/get_directory.c - several outputs as files of one directory; see get.h */
#include "base/io_error.h"
#include "cli/get.h"
#include "cli/outputs.h"
#include "cli/target.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int make_directory(const cli_session *s, const char *path)
{
    struct stat st;
    if (!stat(path, &st) && S_ISDIR(st.st_mode)) return 0;
    text name = { 0 };
    text_add(&name, path, strlen(path) - (path[strlen(path) - 1] == '/'));
    int status = name.data ? target_check(s, "-o", name.data) : 0;
    text_free(&name);
    if (status || !mkdir(path, 0777)) return status;
    return cli_fail(LOOM_E_IO, "make the directory above it first, or name another one",
                    "cannot make the directory '%s': %s", path, strerror(errno));
}

/* What its own op says of a file; the format asked for; what people ask for first. */
static void add_extension(const cli_session *s, const plan *p, graph_edge from, const get_how *how,
                          text *path)
{
    const char *type = edge_port(s->graph, from)->type;
    error ignored = { 0 };
    digest d;
    bool file = !strcmp(type, "file");
    loom_value *v =
        file && plan_output(p, from, &d) ? store_get(s->store, &d, false, &ignored) : NULL;
    const loom_attribute *own = v ? value_attribute(v, "extension") : NULL;
    text_printf(path, ".%s",
                own && own->text ? own->text
                : *how->format   ? how->format
                                 : usual_extension(s->ops, type));
    value_free(v);
}

/* Is the output there? One that is optional may not be. */
static bool is_made(const plan *p, graph_edge from)
{
    digest d;
    return plan_output(p, from, &d);
}

static int write_output(const cli_session *s, const plan *p, const graph_output *o,
                        const get_how *how, const char *directory)
{
    text path = { 0 };
    get_how own = *how;
    text_puts(&path, directory);
    if (path.length && path.data[path.length - 1] != '/') text_putc(&path, '/');
    file_word(&path, o->name);
    add_extension(s, p, o->from, how, &path);
    if (path.failed) return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory");
    own.format = strrchr(path.data, '.') + 1;
    own.warned = true;
    int status = target_check(s, "-o", path.data);
    if (!status) status = get_value(s, o->from, &own, path.data);
    if (!status) cli_say("wrote %s", path.data);
    text_free(&path);
    return status;
}

int get_directory(const cli_session *s, const get_how *how, const char *path)
{
    graph *g = s->graph;
    plan *p = NULL;
    int32_t *wanted = calloc((size_t)g->output_count + 1, sizeof *wanted);
    if (!wanted) return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory");
    for (int32_t i = 0; i < g->output_count; i++) wanted[i] = g->outputs[i].from.instance;
    int status = make_directory(s, path);
    if (!status) status = get_ready(s, g, wanted, g->output_count, &p);
    if (!status) status = get_warnings(p, how->strict);
    for (int32_t i = 0; !status && i < g->output_count; i++) {
        if (is_made(p, g->outputs[i].from)) status = write_output(s, p, &g->outputs[i], how, path);
        else cli_say("%s was not made: an optional output", g->outputs[i].name);
    }
    if (p) plan_free(p);
    free(wanted);
    return status;
}
