/* run/code.c - see code.h */
#include "run/code.h"
#include "plugin/load.h"
#include "run/process_watch.h"
#include "run/script_run.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the loading of a plugin changed, for every action of its ops: which of them was the first
 * here is chance. */
typedef struct plugin_note {
    struct plugin_note *next;
    const loom_plugin *plugin;
    text changed;
} plugin_note;

struct code {
    const graph *graph;
    const loom_op **op; /* by node, once loaded */
    /* by node; NULL for a registry in memory and for a program */
    const loom_plugin **plugin;
    script_op *script; /* by node, where the op is a program: what `op` points to */
    plugin_note *notes;
    process_watch *watch;
    bool spoilt;
};

code *code_new(const graph *g, error *e)
{
    code *c = calloc(1, sizeof *c);
    if (c) c->op = calloc((size_t)g->node_count + 1, sizeof *c->op);
    if (c) c->plugin = calloc((size_t)g->node_count + 1, sizeof *c->plugin);
    if (c) c->script = calloc((size_t)g->node_count + 1, sizeof *c->script);
    if (c) c->watch = process_watch_new(e);
    if (c && c->op && c->plugin && c->script && c->watch) {
        c->graph = g;
        return c;
    }
    code_free(c);
    error_memory(e, "the code of ops");
    return NULL;
}

void code_free(code *c)
{
    if (!c) return;
    while (c->notes) {
        plugin_note *next = c->notes->next;
        text_free(&c->notes->changed);
        free(c->notes);
        c->notes = next;
    }
    process_watch_free(c->watch);
    free(c->op);
    free(c->plugin);
    free(c->script);
    free(c);
}

bool code_is_spoilt(const code *c) { return c->spoilt; }

/* ---- loading --------------------------------------------------------------------------------- */

static bool note_loading(code *c, const loom_plugin *p, const text *changed, error *e)
{
    assert(changed->length > 0);
    plugin_note *n = calloc(1, sizeof *n);
    if (!n) return error_memory(e, "a plugin");
    *n = (plugin_note){ c->notes, p, { 0 } };
    text_add(&n->changed, changed->data, changed->length);
    c->notes = n;
    return !n->changed.failed || error_memory(e, "a plugin");
}

/* NULL with `e` also where the loading cut our own descriptors. */
static const loom_plugin *load_watched(code *c, const plugin_file *file, error *e)
{
    text changed = { 0 };
    if (!process_watch_begin(c->watch, e)) return NULL;
    const loom_plugin *p = plugin_load_content(file->path, &file->content, e);
    process_verdict v = process_watch_loaded(c->watch, &changed);
    if (v == PROCESS_SPOILT || v == PROCESS_CUT) c->spoilt = true;
    if (p && v == PROCESS_CUT) {
        error_set(e, LOOM_E_BUG, "report this to the plugin's author",
                  "loading %s closed descriptors of the program", file->path);
        p = NULL;
    }
    if (p && changed.length && !note_loading(c, p, &changed, e)) p = NULL;
    text_free(&changed);
    return p;
}

const loom_op *code_op(code *c, int32_t node, error *e)
{
    assert(node >= 0 && node < c->graph->node_count);
    const op_entry *entry = c->graph->nodes[node].op;
    if (c->op[node]) return c->op[node];
    if (entry->op->run) return c->op[node] = entry->op; /* a registry in memory */
    if (entry->file->script) {
        script_op_make(&c->script[node], entry->file->script);
        return c->op[node] = &c->script[node].op;
    }
    const loom_plugin *p = plugin_loaded(entry->file->path, &entry->file->content);
    if (!p) p = load_watched(c, entry->file, e);
    c->plugin[node] = p;
    for (const loom_op *const *op = p ? p->ops : NULL; op && *op; op++)
        if (!strcmp((*op)->id, entry->op->id)) return c->op[node] = *op;
    error_set(e, LOOM_E_IO, "run again", "%s no longer holds the op %s", entry->file->path,
              entry->op->id);
    return NULL;
}

/* ---- calling --------------------------------------------------------------------------------- */

/* One warning for each line. */
static void warn_of(const host_request *r, const text *lines, const char *before, const char *after)
{
    const char *end = lines->data ? lines->data + lines->length : NULL;
    for (const char *at = lines->data, *stop; at && at < end; at = stop + 1) {
        text warning = { 0 };
        if (!(stop = memchr(at, '\n', (size_t)(end - at)))) stop = end;
        text_printf(&warning, "%s%.*s%s", before, (int)(stop - at), at, after);
        if (warning.data && r->warn) r->warn(r->user, "", warning.data);
        text_free(&warning);
    }
}

static void warn_of_loading(const code *c, int32_t node, const host_request *r)
{
    for (const plugin_note *n = c->notes; n; n = n->next)
        if (n->plugin == c->plugin[node])
            warn_of(r, &n->changed, "loading the plugin ",
                    "; it was put back, so ops run without it");
}

/* Ends what process_watch_begin began. False where the action must fail for it. */
static bool end_call(code *c, int32_t node, const host_request *r, error *failure)
{
    text changed = { 0 };
    error now = { 0 };
    process_verdict v = process_watch_end(c->watch, &changed);
    if (v != PROCESS_SAME) c->spoilt = true;
    if (v != PROCESS_CUT) warn_of(r, &changed, "the op ", "; an op leaves its process as it was");
    else
        error_set(&now, LOOM_E_BUG,
                  "report this to the op's author: an op closes only what it opened itself",
                  "the op closed descriptors that are not its own");
    text_free(&changed);
    if (now.status == LOOM_OK && c->plugin[node]) plugin_unchanged(c->plugin[node], &now);
    if (now.status == LOOM_OK && c->script[node].script)
        script_unchanged(c->script[node].script, &now);
    if (now.status == LOOM_OK) return true;
    *failure = now; /* whatever the op said: it does not count */
    return false;
}

bool code_estimate(code *c, int32_t node, const host_request *request, loom_estimate *out, error *e)
{
    assert(request->op == c->op[node]);
    if (!request->op->estimate) return false;
    if (!process_watch_begin(c->watch, e)) return false;
    process_forget();
    bool good = host_estimate(request, out);
    return end_call(c, node, request, e) && good;
}

bool code_run(code *c, int32_t node, const host_request *request, host_result *result)
{
    assert(request->op == c->op[node]);
    const script *s = c->script[node].script;
    *result = (host_result){ 0 };
    if (s && !script_unchanged(s, &result->failure)) return false;
    if (!process_watch_begin(c->watch, &result->failure)) return false;
    process_forget();
    errno = 0;
    bool good = host_run(request, result);
    warn_of_loading(c, node, request);
    return end_call(c, node, request, &result->failure) && good;
}
