/* cli/progress.c - see progress.h */
#include "cli/progress.h"
#include "base/json.h"
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One instance under way. */
typedef struct under_way { int32_t instance; double started_s, done, total; } under_way;

struct progress {
    const graph *graph;
    progress_form form;
    bool bars, utf8, colour;
    int name_width;     /* of the longest name */
    under_way *running;
    int running_count, capacity;
    int drawn;          /* lines of bars on the screen */
    double drawn_at_s;
    run_totals totals;
    text frame;         /* a whole picture is written at once, so that it does not flicker */
};

progress *progress_new(const graph *g, progress_form form, error *e)
{
    progress *p = calloc(1, sizeof *p);
    if (!p) {
        error_memory(e, "progress");
        return NULL;
    }
    p->graph = g;
    p->form = form;
    p->bars = form == PROGRESS_AUTO && cli_terminal(stderr);
    p->utf8 = p->bars && setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");
    p->colour = cli_colour(stderr);
    p->drawn_at_s = -1;
    p->name_width = 16;
    for (int32_t i = 0; p->bars && i < g->instance_count; i++) {
        int width = (int)strlen(g->instances[i].name);
        if (width > p->name_width) p->name_width = width;
    }
    return p;
}

/* ---- what is under way ---------------------------------------------------------------------------------------------------- */

static under_way *find_running(progress *p, int32_t instance)
{
    for (int i = 0; i < p->running_count; i++)
        if (p->running[i].instance == instance) return &p->running[i];
    return NULL;
}

static void add_running(progress *p, const run_event *ev)
{
    if (p->running_count == p->capacity) {
        int capacity = p->capacity ? 2 * p->capacity : 8;
        under_way *more = realloc(p->running, (size_t)capacity * sizeof *more);
        if (!more) return; /* a bar less */
        p->running = more;
        p->capacity = capacity;
    }
    p->running[p->running_count++] = (under_way){ .instance = ev->instance, .started_s = ev->time_s };
}

static void remove_running(progress *p, int32_t instance)
{
    under_way *r = find_running(p, instance);
    if (!r) return;
    memmove(r, r + 1, (size_t)(p->running + p->running_count - r - 1) * sizeof *r);
    p->running_count--;
}

/* Every event that carries totals is believed; between them the outcomes are counted. */
static void count(progress *p, const run_event *ev)
{
    run_totals *t = &p->totals;
    if (ev->totals.needed) {
        *t = ev->totals;
        return;
    }
    if (ev->kind != RUN_FINISHED) return;
    switch (ev->outcome) {
    case OUTCOME_CACHED: t->cached++; break;
    case OUTCOME_DONE: t->done++; break;
    case OUTCOME_FAILED: t->failed++; break;
    case OUTCOME_SKIPPED: t->skipped++; break;
    }
}

/* ---- failures ------------------------------------------------------------------------------------------------------------- */

place failure_place(const graph *g, int32_t instance, const char *where, const loom_param **by_default)
{
    const graph_instance *i = &g->instances[instance];
    const graph_node *n = &g->nodes[i->node];
    const loom_op *op = n->op->op;
    int row = *where ? params_find(op, where, NULL) : -1;
    *by_default = NULL;
    if (row >= 0 && n->param_at[row].file) return n->param_at[row];
    for (int32_t k = 0; *where && k < i->input_count; k++)
        if (!strcmp(i->input[k].port->name, where) && i->input[k].count) return i->input[k].at;
    if (row < 0) return n->at;
    *by_default = &op->params[row];
    return n->op_at;
}

/* The last lines of a log, indented. */
static void log_tail(const char *log, text *out)
{
    enum { MOST = 12 };
    if (!log) return;
    const char *end = log + strlen(log), *at = end;
    while (end > log && end[-1] == '\n') end--;
    at = end;
    for (int lines = 0; at > log; at--)
        if (at[-1] == '\n' && ++lines == MOST) break;
    if (at < end) text_printf(out, at > log ? "  the end of its log:\n" : "  its log:\n");
    while (at < end) {
        size_t n = strcspn(at, "\n");
        if (at + n > end) n = (size_t)(end - at);
        text_printf(out, "    %.*s\n", (int)n, at);
        at += n + 1;
    }
}

void failure_text(const graph *g, int32_t instance, const error *failure, const char *log, bool colour, text *out)
{
    const graph_instance *i = &g->instances[instance];
    text message = { 0 };
    const loom_param *by_default;
    place at = failure_place(g, instance, failure ? failure->where : "", &by_default);
    text_printf(&message, "%s (%s) failed: %s", i->name, g->nodes[i->node].op->op->id,
                failure && *failure->message ? failure->message : "no message");
    if (by_default) text_printf(&message, " (parameter '%s' is not set here, so its default holds)", by_default->name);
    if (message.data) place_print(at, false, message.data, failure && *failure->todo ? failure->todo : NULL, colour, out);
    log_tail(log, out);
    text_free(&message);
}

/* ---- bars ----------------------------------------------------------------------------------------------------------------- */

static int screen_columns(void)
{
    struct winsize w;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col) return w.ws_col;
    return 80;
}

static int screen_rows(void)
{
    struct winsize w;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 4) return w.ws_row;
    return 24;
}

static void draw_bar(progress *p, double fraction, int width)
{
    int full = (int)(fraction * width + 0.5);
    for (int i = 0; i < width; i++) text_puts(&p->frame, i < full ? (p->utf8 ? "\u2588" : "#") : (p->utf8 ? "\u2591" : "."));
}

/* Columns for names: what the longest needs, as far as the bar and the times leave room. */
static int name_room(const progress *p, int columns)
{
    int most = columns - columns / 4 - 28;
    if (most < 8) most = 8; /* a terminal so narrow shows the beginnings of the lines */
    return p->name_width < most ? p->name_width : most;
}

static void draw_running(progress *p, const under_way *r, double now_s, int columns)
{
    const char *name = p->graph->instances[r->instance].name;
    int bar = columns / 4, room = name_room(p, columns);
    char elapsed[32], left[32];
    double spent = now_s - r->started_s;
    text_printf(&p->frame, "%-*.*s ", room, room, name);
    if (r->total > 0 && r->done >= 0) {
        double fraction = r->done < r->total ? r->done / r->total : 1;
        draw_bar(p, fraction, bar);
        text_printf(&p->frame, " %3.0f%%", 100 * fraction);
        if (fraction > 0.02 && spent > 1) text_printf(&p->frame, " %s left", seconds_text(spent * (1 - fraction) / fraction, left));
    } else {
        for (int i = 0; i < bar; i++) text_putc(&p->frame, ' ');
        text_printf(&p->frame, "      %s", seconds_text(spent, elapsed));
    }
    text_puts(&p->frame, "\033[K\n");
}

static void draw_total(progress *p, double now_s, int columns)
{
    const run_totals *t = &p->totals;
    int over = t->cached + t->done + t->failed + t->skipped, bar = columns / 4;
    char elapsed[32], left[32], counts[32];
    snprintf(counts, sizeof counts, "%d of %d", over, t->needed);
    text_printf(&p->frame, "%s%-*s%s ", p->colour ? "\033[1m" : "", name_room(p, columns), counts, p->colour ? "\033[0m" : "");
    draw_bar(p, t->needed ? (double)over / t->needed : 1, bar);
    text_printf(&p->frame, " %s", seconds_text(now_s, elapsed));
    if (t->left_s >= 0 && over < t->needed) text_printf(&p->frame, ", about %s left", seconds_text(t->left_s, left));
    if (t->failed) text_printf(&p->frame, ", %d failed", t->failed);
    text_puts(&p->frame, "\033[K\n");
}

/* Back to the first line of the picture, which is then written over or cleared. */
static void rewind_frame(progress *p)
{
    if (p->drawn) text_printf(&p->frame, "\033[%dA\r", p->drawn);
    p->drawn = 0;
}

static void flush_frame(progress *p)
{
    if (p->frame.length) fwrite(p->frame.data, 1, p->frame.length, stderr);
    fflush(stderr);
    text_clear(&p->frame);
}

static void draw(progress *p, double now_s)
{
    int columns = screen_columns(), most = screen_rows() - 3;
    rewind_frame(p);
    text_puts(&p->frame, "\033[?7l"); /* lines are cut at the edge: one that wraps would be two to go back over */
    int shown = p->running_count < most ? p->running_count : most - 1;
    for (int i = 0; i < shown; i++) draw_running(p, &p->running[i], now_s, columns);
    if (shown < p->running_count) text_printf(&p->frame, "and %d more running\033[K\n", p->running_count - shown);
    draw_total(p, now_s, columns);
    text_puts(&p->frame, "\033[J\033[?7h");
    p->drawn = shown + (shown < p->running_count) + 1;
    p->drawn_at_s = now_s;
    flush_frame(p);
}

static void clear_bars(progress *p)
{
    if (!p->drawn) return;
    rewind_frame(p);
    text_puts(&p->frame, "\033[J");
    flush_frame(p);
}

/* ---- lines ---------------------------------------------------------------------------------------------------------------- */

static void finished_line(progress *p, const run_event *ev)
{
    enum { MANY = 100 };
    const run_totals *t = &p->totals;
    char wall[32];
    text line = { 0 };
    if (ev->outcome == OUTCOME_FAILED && ev->reason == FAILURE_CANCELLED)
        text_printf(&line, "gave up %s\n", p->graph->instances[ev->instance].name);
    else if (ev->outcome == OUTCOME_FAILED) failure_text(p->graph, ev->instance, ev->failure, ev->text, p->colour, &line);
    else if (p->form == PROGRESS_QUIET || ev->outcome == OUTCOME_CACHED) return;
    else if (p->bars && t->needed > MANY && ev->outcome == OUTCOME_DONE && ev->wall_s < 1) return; /* the total tells of them */
    else if (ev->outcome == OUTCOME_SKIPPED) {
        if (ev->reason != FAILURE_UPSTREAM) return;
        text_printf(&line, "skipped %s, since %s failed\n", p->graph->instances[ev->instance].name, p->graph->instances[ev->upstream].name);
    } else text_printf(&line, "done %s in %s (%d of %d)\n", p->graph->instances[ev->instance].name, seconds_text(ev->wall_s, wall),
                     t->cached + t->done + t->failed + t->skipped, t->needed);
    clear_bars(p);
    if (line.length) fwrite(line.data, 1, line.length, stderr);
    text_free(&line);
}

static void say(progress *p, const run_event *ev)
{
    const char *name = ev->instance >= 0 ? p->graph->instances[ev->instance].name : "";
    switch (ev->kind) {
    case RUN_FINISHED: finished_line(p, ev); break;
    case RUN_STARTED:
        if (!p->bars && p->form == PROGRESS_AUTO) fprintf(stderr, "run  %s\n", name);
        break;
    case RUN_WAITING:
        clear_bars(p);
        if (p->form == PROGRESS_AUTO) fprintf(stderr, "another run is computing %s: its result is awaited\n", name);
        break;
    case RUN_STOPPING:
        clear_bars(p);
        fprintf(stderr, "stopping: what runs now is given up, what is done stays; once more to stop at once\n");
        break;
    default: break;
    }
}

/* ---- JSON: docs/events.md --------------------------------------------------------------------------------------------------- */

/* Microseconds are all a clock can tell. */
static void member_seconds(text *t, const char *name, double s)
{
    json_name(t, name);
    text_printf(t, "%.6f", s);
}

static void member_integer(text *t, const char *name, long long v)
{
    json_name(t, name);
    text_printf(t, "%lld", v);
}

static void totals_members(text *t, const run_totals *r)
{
    member_integer(t, "needed", r->needed);
    member_integer(t, "cached", r->cached);
    member_integer(t, "done", r->done);
    member_integer(t, "failed", r->failed);
    member_integer(t, "skipped", r->skipped);
    member_integer(t, "running", r->running);
    member_integer(t, "warnings", r->warnings);
    if (r->left_s >= 0) member_seconds(t, "left_s", r->left_s);
}

static void failure_members(text *t, const graph *g, const run_event *ev)
{
    json_member(t, "reason", run_failure_text(ev->reason));
    if (ev->reason == FAILURE_SIGNAL) json_member(t, "signal", signal_name(ev->signal));
    if (ev->reason == FAILURE_UPSTREAM) json_member(t, "upstream", g->instances[ev->upstream].name);
    if (!ev->failure) return;
    const loom_param *by_default;
    place at = failure_place(g, ev->instance, ev->failure->where, &by_default);
    json_member(t, "message", ev->failure->message);
    json_member(t, "todo", ev->failure->todo);
    if (*ev->failure->where) json_member(t, "where", ev->failure->where);
    json_member(t, "file", at.file);
    member_integer(t, "line", at.line);
    member_integer(t, "column", at.column);
    if (ev->text) json_member(t, "log", ev->text);
}

static void warning_members(text *t, const graph *g, const run_event *ev)
{
    const loom_param *by_default;
    place at = failure_place(g, ev->instance, ev->where, &by_default);
    json_member(t, "text", ev->text);
    if (*ev->where) json_member(t, "where", ev->where);
    json_member(t, "file", at.file);
    member_integer(t, "line", at.line);
    member_integer(t, "column", at.column);
}

static void json_event(progress *p, const run_event *ev)
{
    text t = { 0 };
    if (ev->kind == RUN_TICK) return;
    text_puts(&t, "{");
    json_member(&t, "event", run_event_text(ev->kind));
    member_seconds(&t, "time_s", ev->time_s);
    if (ev->instance >= 0 && ev->kind != RUN_BEGIN && ev->kind != RUN_END) {
        const graph_instance *i = &p->graph->instances[ev->instance];
        json_member(&t, "instance", i->name);
        json_member(&t, "node", p->graph->nodes[i->node].name);
        json_member(&t, "op", p->graph->nodes[i->node].op->op->id);
    }
    switch (ev->kind) {
    case RUN_BEGIN: case RUN_END: totals_members(&t, &ev->totals); break;
    case RUN_STARTED:
        member_integer(&t, "worker", ev->worker);
        member_integer(&t, "threads", ev->threads);
        break;
    case RUN_PROGRESS:
        json_member_number(&t, "done", ev->done);
        json_member_number(&t, "total", ev->total);
        break;
    case RUN_NOTE: json_member(&t, "text", ev->text); break;
    case RUN_WARNING: warning_members(&t, p->graph, ev); break;
    case RUN_FINISHED:
        json_member(&t, "outcome", run_outcome_text(ev->outcome));
        if (ev->outcome == OUTCOME_DONE || ev->outcome == OUTCOME_CACHED) {
            member_seconds(&t, "wall_s", ev->wall_s);
            member_seconds(&t, "cpu_s", ev->cpu_s);
            member_integer(&t, "peak_bytes", (long long)ev->peak_bytes);
        } else failure_members(&t, p->graph, ev);
        break;
    default: break;
    }
    text_puts(&t, "}\n");
    if (t.length) fwrite(t.data, 1, t.length, stdout);
    fflush(stdout); /* a reader follows the run as it goes */
    text_free(&t);
}

/* ---- events --------------------------------------------------------------------------------------------------------------- */

void progress_event(void *user, const run_event *ev)
{
    enum { FRAMES_PER_S = 10 };
    progress *p = user;
    under_way *r;
    if (p->form == PROGRESS_JSON) {
        json_event(p, ev);
        return;
    }
    count(p, ev);
    if (ev->kind == RUN_STARTED) add_running(p, ev);
    if (ev->kind == RUN_FINISHED) remove_running(p, ev->instance);
    if (ev->kind == RUN_PROGRESS && (r = find_running(p, ev->instance))) {
        r->done = ev->done;
        r->total = ev->total;
    }
    say(p, ev);
    if (!p->bars) return;
    if (ev->kind == RUN_END) clear_bars(p);
    else if (p->running_count && (!p->drawn || ev->time_s - p->drawn_at_s >= 1.0 / FRAMES_PER_S)) draw(p, ev->time_s);
}

void progress_free(progress *p)
{
    if (!p) return;
    clear_bars(p);
    text_free(&p->frame);
    free(p->running);
    free(p);
}
