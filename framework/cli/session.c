/* cli/session.c - see session.h */
#include "cli/session.h"
#include "base/path.h"
#include "base/trust.h"
#include "cli/failure.h"
#include "cli/print.h"
#include "run/interrupts.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

registry *cli_registry(const cli_args *args, error *e)
{
    struct stat st;
    for (const char *const *dir = cli_values(args, "plugin-dir"); *dir; dir++) {
        char *path = path_expand(*dir, e);
        bool there = path && !stat(path, &st) && S_ISDIR(st.st_mode),
             good = there && trust_path("the plugin directory", path, true, e);
        free(path);
        if (good) continue;
        error_set(e, LOOM_E_PARAM, "check the path", "--plugin-dir: no directory '%s'", *dir);
        return NULL;
    }
    error ignored = { 0 };
    /* without a home there is no cache of descriptors, which only costs time */
    char *cache = store_private_path(&ignored);
    registry *r = registry_open(cli_values(args, "plugin-dir"), cache, e);
    free(cache);
    return r;
}

store *cli_store(const cli_args *args, error *e)
{
    char *path = store_path_of(cli_value(args, "store"), e);
    store *s = path ? store_open(path, e) : NULL;
    free(path);
    return s;
}

graph *cli_graph(const cli_args *args, const registry *ops)
{
    return cli_graph_of(args, ops, cli_operand_at(args, 0));
}

/* PREFIX/share/atomloom, which holds pipelines/. */
static bool installed_directory(char out[PATH_MAX + 16])
{
    char prefix[PATH_MAX];
    bool found = path_prefix(prefix);
    if (found) snprintf(out, PATH_MAX + 16, "%s/share/atomloom", prefix);
    return found;
}

/* `path`, or, where there is no such file, that of the pipeline which came with the program. */
static const char *pipeline_path(const char *path, const char *installed, text *room)
{
    if (!installed || *path == '/' || !access(path, F_OK)) return path;
    text_printf(room, "%s/%s", installed, path);
    return room->data && !access(room->data, F_OK) ? room->data : path;
}

graph *cli_graph_of(const cli_args *args, const registry *ops, const char *path)
{
    char directory[PATH_MAX + 16];
    text room = { 0 };
    const char *installed = installed_directory(directory) ? directory : NULL;
    graph_options options = { cli_values(args, "set"), cli_values(args, "var"),
                              cli_values(args, "sweep"), cli_values(args, "only"), installed };
    diagnostics found = { 0 };
    text t = { 0 };
    graph *g = pipeline_read(pipeline_path(path, installed, &room), ops, &options, &found);
    text_free(&room);
    if (found.count) diagnostics_print(&found, cli_colour(stderr), &t);
    cli_put(stderr, &t);
    diagnostics_free(&found);
    return g;
}

int cli_session_open(const cli_args *args, cli_session *s)
{
    return cli_session_open_file(args, cli_operand_at(args, 0), s);
}

int cli_session_open_file(const cli_args *args, const char *path, cli_session *s)
{
    assert(!s->ops && !s->store && !s->graph);
    error e = { 0 };
    interrupts_end_at_once();
    s->ops = cli_registry(args, &e);
    if (!s->ops) return cli_report(&e);
    s->graph = cli_graph_of(args, s->ops, path);
    if (!s->graph) return status_exit(LOOM_E_PARAM);
    s->store = cli_store(args, &e);
    return s->store ? 0 : cli_report(&e);
}

void cli_session_close(cli_session *s)
{
    if (s->graph) graph_free(s->graph);
    if (s->store) store_close(s->store);
    if (s->ops) registry_close(s->ops);
    for (int32_t i = 0; i < s->output_count; i++) free((char *)(uintptr_t)s->outputs[i].name);
    free(s->outputs);
    *s = (cli_session){ 0 };
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* A plan that cannot be made: a file of a parameter that cannot be read, most often. */
static int plan_failure(const graph *g, int32_t instance, const error *e)
{
    text t = { 0 };
    if (instance < 0) return cli_report(e);
    failure_text(g, instance, e, NULL, cli_colour(stderr), &t);
    cli_put(stderr, &t);
    return status_exit(e->status);
}

plan *cli_plan(const cli_session *s, const plan_options *options, int *status)
{
    error e = { 0 };
    int32_t failed = -1;
    plan *p = plan_make(s->graph, s->store, options, &failed, &e);
    *status = p ? 0 : plan_failure(s->graph, failed, &e);
    return p;
}

/* ---- nodes by name --------------------------------------------------------------------------- */

bool cli_matches(const graph *g, int32_t instance, const char *name)
{
    assert(instance >= 0 && instance < g->instance_count);
    return !strcmp(g->instances[instance].name, name)
           || (!g->instances[instance].left_out
               && !strcmp(g->nodes[g->instances[instance].node].name, name));
}

int cli_no_node(const graph *g, const char *name)
{
    assert(name);
    const char **names = calloc((size_t)g->node_count + 1, sizeof *names);
    text todo = { 0 };
    for (int32_t i = 0; names && i < g->node_count; i++) names[i] = g->nodes[i].name;
    int near = names ? nearest_word(name, names, g->node_count) : -1;
    if (near >= 0) text_printf(&todo, "did you mean '%s'? ", names[near]);
    text_puts(&todo, "nodes are: ");
    for (int32_t i = 0; names && i < g->node_count && i < 20; i++)
        text_printf(&todo, "%s%s", i ? ", " : "", names[i]);
    if (g->node_count > 20) text_puts(&todo, ", ...");
    int status = cli_fail(LOOM_E_PARAM, todo.data, "%s has no node '%s'", g->path, name);
    text_free(&todo);
    free(names);
    return status;
}
