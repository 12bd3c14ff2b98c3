/* cli/reporting.c - see reporting.h */
#include "cli/reporting.h"
#include "base/new_file.h"
#include "cli/outputs.h"
#include "report/assets.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REWRITE_S = 2 };

int32_t *reporting_wanted(const graph *g, int32_t *count)
{
    int32_t *list = calloc((size_t)g->output_count + (size_t)g->panel_count + 1, sizeof *list),
            n = 0;
    for (int32_t i = 0; list && i < g->output_count; i++) list[n++] = g->outputs[i].from.instance;
    for (int32_t i = 0; list && i < g->panel_count; i++) list[n++] = g->panels[i].from.instance;
    *count = n;
    return list;
}

bool reporting_begin(reporting *r, const cli_args *args, const cli_session *s, plan *p, error *e)
{
    assert(!r->plan);
    r->session = s;
    r->plan = p;
    text_puts(&r->command, "atomloom run ");
    shell_word(&r->command, s->graph->path);
    pipeline_options(args, false, &r->command);
    return track_begin(&r->track, s->graph, e);
}

static void await_writer(reporting *r, bool block)
{
    int status;
    if (!r->writer) return;
    pid_t done;
    while ((done = waitpid(r->writer, &status, block ? 0 : WNOHANG)) < 0 && errno == EINTR) {}
    if (done != 0) r->writer = 0;
}

void reporting_end(reporting *r)
{
    await_writer(r, true);
    if (r->track.graph) track_free(&r->track);
    if (r->plan) plan_free(r->plan);
    text_free(&r->command);
    *r = (reporting){ 0 };
}

bool reporting_write(reporting *r, int n, const char *path, int refresh_s, error *e)
{
    assert(n > 0 && path);
    text t = { 0 };
    page_run *run = calloc((size_t)n + 1, sizeof *run);
    for (int i = 0; run && i < n; i++) {
        track_read(&r[i].track, r[i].plan);
        run[i] = (page_run){ r[i].session->graph->path, r[i].command.data ? r[i].command.data : "",
                             r[i].plan, &r[i].track };
    }
    static const char missing[] = "Panels are pictures here: atomloom was built without npm, which "
                                  "brings the libraries that turn them.";
    page_options o = { .run = run,
                       .run_count = n,
                       .now = machine_date_s(),
                       .refresh_s = refresh_s,
                       .missing = asset_bundle_bytes ? NULL : missing };
    bool good = run && page_write(&o, &t, e) && new_file_whole(path, t.data, t.length, NULL, 0, e);
    if (!run) error_memory(e, "the page");
    free(run);
    text_free(&t);
    return good;
}

/* By a child, since values are read with libraries that the coordinator keeps out of its process.
 * A page that cannot be written now is written, or reported, at the end. */
static void rewrite(reporting *r)
{
    assert(r->path);
    await_writer(r, false);
    if (r->writer || machine_date_s() - r->written < REWRITE_S) return;
    r->written = machine_date_s();
    interrupts_defer(); /* a last page is owed, which says that the run is over */
    pid_t child = fork();
    if (child > 0) r->writer = child;
    if (child != 0) return;
    error ignored = { 0 };
    _exit(reporting_write(r, 1, r->path, REWRITE_S, &ignored) ? 0 : 1);
}

void reporting_event(void *user, const run_event *event)
{
    reporting *r = user;
    track_event(&r->track, event);
    if (r->next) r->next(r->next_user, event);
    if (!r->path || !strcmp(r->path, "-")) return;
    if (event->kind == RUN_FINISHED || event->kind == RUN_TICK) rewrite(r);
    if (event->kind == RUN_END) await_writer(r, true);
}
