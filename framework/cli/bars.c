/* cli/bars.c - see bars.h */
#include "cli/bars.h"
#include "base/show.h"
#include "base/utf8.h"
#include "cli/common.h"
#include <assert.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One instance under way. */
typedef struct under_way {
    int32_t instance;
    double started_s, done, total;
} under_way;

struct bars {
    const graph *graph;
    bool utf8, colour;
    int name_width; /* of the longest name */
    under_way *running;
    int running_count, capacity;
    int drawn; /* lines of bars on the screen */
    double drawn_at_s;
    text frame; /* a whole picture is written at once, so that it does not flicker */
};

bars *bars_new(const graph *g, bool colour)
{
    bars *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    bool utf8 = setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");
    *b = (bars){ .graph = g, .utf8 = utf8, .colour = colour, .drawn_at_s = -1, .name_width = 16 };
    for (int32_t i = 0; i < g->instance_count; i++) {
        int width = utf8_count(g->instances[i].name, strlen(g->instances[i].name));
        if (width > b->name_width) b->name_width = width;
    }
    return b;
}

/* ---- what is under way ----------------------------------------------------------------------- */

static under_way *find_running(bars *b, int32_t instance)
{
    for (int i = 0; i < b->running_count; i++)
        if (b->running[i].instance == instance) return &b->running[i];
    return NULL;
}

void bars_started(bars *b, const run_event *ev)
{
    assert(b->running_count <= b->capacity);
    under_way *before = find_running(b, ev->instance);
    if (before) { /* its worker stopped, and another one begins again */
        *before = (under_way){ .instance = ev->instance, .started_s = ev->time_s };
        return;
    }
    if (b->running_count == b->capacity) {
        int capacity = b->capacity ? 2 * b->capacity : 8;
        under_way *more = realloc(b->running, (size_t)capacity * sizeof *more);
        if (!more) return; /* a bar less */
        b->running = more;
        b->capacity = capacity;
    }
    b->running[b->running_count++] =
        (under_way){ .instance = ev->instance, .started_s = ev->time_s };
}

void bars_finished(bars *b, const run_event *ev)
{
    assert(b->running_count >= 0);
    under_way *r = find_running(b, ev->instance);
    if (!r) return;
    memmove(r, r + 1, (size_t)(b->running + b->running_count - r - 1) * sizeof *r);
    b->running_count--;
}

void bars_progress(bars *b, const run_event *ev)
{
    under_way *r = find_running(b, ev->instance);
    if (!r) return;
    r->done = ev->done;
    r->total = ev->total;
}

/* ---- drawing --------------------------------------------------------------------------------- */

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

static void draw_bar(bars *b, double fraction, int width)
{
    assert(width >= 0);
    int full = (int)(fraction * width + 0.5);
    for (int i = 0; i < width; i++)
        text_puts(&b->frame, i < full ? (b->utf8 ? "\u2588" : "#") : (b->utf8 ? "\u2591" : "."));
}

/* Columns for names: what the longest needs, as far as the bar and the times leave room. */
static int name_room(const bars *b, int columns)
{
    int most = columns - columns / 4 - 28;
    if (most < 8) most = 8; /* a terminal so narrow shows the beginnings of the lines */
    return b->name_width < most ? b->name_width : most;
}

/* The beginning of a name, as wide as the room for it. */
static void draw_name(bars *b, const char *name, int room)
{
    assert(room >= 0);
    size_t n = 0, length = strlen(name);
    int wide = 0;
    for (size_t k; n < length && wide < room; n += k ? k : 1, wide++)
        k = utf8_read(name + n, length - n, NULL);
    show_line(&b->frame, name, n);
    text_printf(&b->frame, "%*s", room - wide + 1, "");
}

static void draw_running(bars *b, const under_way *r, double now_s, int columns)
{
    assert(r->instance >= 0 && r->instance < b->graph->instance_count);
    const char *name = b->graph->instances[r->instance].name;
    int bar = columns / 4, room = name_room(b, columns);
    char elapsed[32], left[32];
    double spent = now_s - r->started_s;
    draw_name(b, name, room);
    if (r->total > 0 && r->done >= 0) {
        double fraction = r->done < r->total ? r->done / r->total : 1;
        draw_bar(b, fraction, bar);
        text_printf(&b->frame, " %3.0f%%", 100 * fraction);
        if (fraction > 0.02 && spent > 1)
            text_printf(&b->frame, " %s left",
                        seconds_text(spent * (1 - fraction) / fraction, left));
    } else {
        for (int i = 0; i < bar; i++) text_putc(&b->frame, ' ');
        text_printf(&b->frame, "      %s", seconds_text(spent, elapsed));
    }
    text_puts(&b->frame, "\033[K\n");
}

static void draw_total(bars *b, const run_totals *t, double now_s, int columns)
{
    int over = t->cached + t->done + t->failed + t->skipped, bar = columns / 4;
    char elapsed[32], left[32], counts[32];
    snprintf(counts, sizeof counts, "%d of %d", over, t->needed);
    text_printf(&b->frame, "%s%-*s%s ", b->colour ? "\033[1m" : "", name_room(b, columns), counts,
                b->colour ? "\033[0m" : "");
    draw_bar(b, t->needed ? (double)over / t->needed : 1, bar);
    text_printf(&b->frame, " %s", seconds_text(now_s, elapsed));
    if (t->left_s >= 0 && over < t->needed)
        text_printf(&b->frame, ", about %s left", seconds_text(t->left_s, left));
    if (t->failed) text_printf(&b->frame, ", %d failed", t->failed);
    text_puts(&b->frame, "\033[K\n");
}

/* Back to the first line of the picture, which is then written over or cleared. */
static void rewind_frame(bars *b)
{
    if (b->drawn) text_printf(&b->frame, "\033[%dA\r", b->drawn);
    b->drawn = 0;
}

static void flush_frame(bars *b) { cli_put(stderr, &b->frame); }

void bars_draw(bars *b, const run_totals *totals, double now_s)
{
    enum { FRAMES_PER_S = 10 };
    if (!b->running_count || (b->drawn && now_s - b->drawn_at_s < 1.0 / FRAMES_PER_S)) return;
    int columns = screen_columns(), most = screen_rows() - 3;
    rewind_frame(b);
    text_puts(
        &b->frame,
        "\033[?7l"); /* lines are cut at the edge: one that wraps would be two to go back over */
    int shown = b->running_count < most ? b->running_count : most - 1;
    for (int i = 0; i < shown; i++) draw_running(b, &b->running[i], now_s, columns);
    if (shown < b->running_count)
        text_printf(&b->frame, "and %d more running\033[K\n", b->running_count - shown);
    draw_total(b, totals, now_s, columns);
    text_puts(&b->frame, "\033[J\033[?7h");
    b->drawn = shown + (shown < b->running_count) + 1;
    b->drawn_at_s = now_s;
    flush_frame(b);
}

void bars_clear(bars *b)
{
    if (!b || !b->drawn) return;
    rewind_frame(b);
    text_puts(&b->frame, "\033[J");
    flush_frame(b);
}

void bars_free(bars *b)
{
    if (!b) return;
    bars_clear(b);
    text_free(&b->frame);
    free(b->running);
    free(b);
}
