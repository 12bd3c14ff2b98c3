/* report/graph_picture.c - see graph_picture.h */
#include "report/graph_picture.h"
#include "report/axis.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 1040, NAME = 13, SMALL = 11, BEND = 10 };

static tint state_tint(step_state s)
{
    switch (s) {
    case STEP_FAILED: return tint_series(1);
    case STEP_DONE:
    case STEP_CACHED: return tint_series(2);
    case STEP_RUNNING: return tint_series(0);
    default: return TINT_GRID;
    }
}

static void duration(double s, char out[32])
{
    assert(s >= 0);
    if (s < 0.0005) snprintf(out, 32, "0 ms");
    else if (s < 1) snprintf(out, 32, "%.0f ms", 1000 * s);
    else if (s < 90) snprintf(out, 32, "%.1f s", s);
    else if (s < 5400) snprintf(out, 32, "%.0f min", s / 60);
    else snprintf(out, 32, "%.1f h", s / 3600);
}

static void node_name(const graph_node *n, char *out, size_t room)
{
    assert(room > 0);
    if (n->count > 1) snprintf(out, room, "%.80s \u00d7 %d", n->name, n->count);
    else snprintf(out, room, "%.90s", n->name);
}

static double box_width(const graph *g)
{
    char name[120];
    double widest = 90;
    for (int32_t i = 0; i < g->node_count; i++) {
        node_name(&g->nodes[i], name, sizeof name);
        widest = fmax(
            widest, fmax(1.05 * text_width(NAME, name), text_width(SMALL, g->nodes[i].op->op->id)));
    }
    return fmin(widest + 26, 240);
}

static void draw_node(picture *p, const graph *g, const track *h, const spot *s, double width)
{
    assert(s->node >= 0 && s->node < g->node_count);
    char name[120], state[80], time[32];
    double x = s->x - width / 2, wall_s = 0;
    const graph_node *n = &g->nodes[s->node];
    step_state is = h ? track_node(h, s->node, &wall_s) : STEP_UNNEEDED;
    node_name(n, name, sizeof name);
    for (int k = n->count > 1; k >= 0; k--) { /* several instances: a second box behind */
        mark *m = picture_rect(p, TINT_PAPER, x + 4 * k, s->y + 4 * k, width - 4 * (n->count > 1),
                               BOX_HEIGHT - 4);
        if (m)
            m->stroke = is == STEP_FAILED ? tint_series(1) : TINT_SOFT,
            m->width = is == STEP_FAILED ? 2 : 1;
    }
    if (h) picture_rect(p, state_tint(is), x, s->y, 5, BOX_HEIGHT - 4);
    mark *m = picture_text_in(p, x + 12, s->y + 17, NAME, ANCHOR_START, width - 20, name);
    if (m) m->bold = true;
    duration(wall_s, time);
    if (!h) snprintf(state, sizeof state, "%s", n->op->op->id);
    else if (wall_s > 0) snprintf(state, sizeof state, "%s, %s", step_state_text(is), time);
    else snprintf(state, sizeof state, "%s", step_state_text(is));
    m = picture_text_in(p, x + 12, s->y + 33, SMALL, ANCHOR_START, width - 20, state);
    if (m) m->fill = TINT_SOFT;
}

/* A smooth line from (x1, y1) down to (x2, y2), added to xy; gives the number of points. */
static int bend(double x1, double y1, double x2, double y2, double (*xy)[2], int n)
{
    assert(n >= 0);
    for (int i = n > 0; i <= BEND; i++) {
        double t = (double)i / BEND, u = 1 - t, half = (y1 + y2) / 2;
        double a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
        xy[n][0] = (a + b) * x1 + (c + d) * x2;
        xy[n][1] = a * y1 + (b + c) * half + d * y2;
        n++;
    }
    return n;
}

static void draw_link(picture *p, const layout *l, int32_t i, const drawn_link *k)
{
    enum { MAX_POINTS = 4096 };
    double xy[MAX_POINTS][2];
    int n = 0;
    double x = l->spot[k->from].x, y = l->spot[k->from].y + BOX_HEIGHT - 4;
    for (int32_t s = l->path[i]; s < l->path[i + 1] && n + 2 * BEND < MAX_POINTS; s++) {
        const spot *next = &l->spot[l->segment[s].to];
        bool last = next->node >= 0;
        n = bend(x, y, next->x, next->y - (last ? 6 : 0), xy, n);
        x = next->x;
        y = next->y;
        if (!last) xy[n][0] = x, xy[n++][1] = y += BOX_HEIGHT;
    }
    if (n < 2) return;
    picture_path(p, TINT_NONE, TINT_SOFT, 1.1, n, xy);
    double tip[3][2] = { { x, y }, { x - 4, y - 8 }, { x + 4, y - 8 } };
    picture_path(p, TINT_SOFT, TINT_NONE, 0, 3, tip);
}

static void draw_legend(picture *p, const track *h, double y)
{
    static const step_state shown[] = { STEP_DONE, STEP_RUNNING, STEP_PENDING, STEP_FAILED };
    static const char *const words[] = { "computed, or in the store", "running", "not computed",
                                         "failed" };
    double x = LAYOUT_MARGIN;
    for (int i = 0; h && i < 4; i++) {
        picture_rect(p, state_tint(shown[i]), x, y + 3, 5, 14);
        picture_text(p, x + 11, y + 14, SMALL, ANCHOR_START, words[i]);
        x += 30 + text_width(SMALL, words[i]);
    }
    picture_text(p, x, y + 14, SMALL, ANCHOR_START,
                 "\u00d7 n: a node with n instances; arrows lead from producers to consumers");
}

bool graph_picture(const graph *g, const track *h, picture *p, error *e)
{
    drawing d;
    layout l = { 0 };
    double width = box_width(g);
    *p = (picture){ 0 };
    bool good = drawing_make(g, &d, e) && layout_make(&d, width, ROOM, &l, e);
    if (good) {
        p->width = fmax(l.width, 760);
        p->height = l.height + 24;
        for (int32_t i = 0; i < d.link_count; i++)
            if (d.link[i].from != d.link[i].to) draw_link(p, &l, i, &d.link[i]);
        for (int32_t i = 0; i < l.spot_count; i++)
            if (l.spot[i].node >= 0) draw_node(p, g, h, &l.spot[i], width);
        draw_legend(p, h, l.height);
    }
    layout_free(&l);
    drawing_free(&d);
    return good && (!p->failed || error_memory(e, "the drawing"));
}

/* ---- times ----------------------------------------------------------------------------------- */

enum { LANE = 18 };

/* The executions that belong to the last one without a pause of ten minutes: from when. */
static double session_start(const track *h)
{
    double from = track_sum(h).ended;
    for (bool moved = true; moved;) {
        moved = false;
        for (int32_t i = 0; i < h->graph->instance_count; i++) {
            const step_record *s = &h->step[i];
            if (s->started < 0 || s->wall_s < 0 || s->started >= from) continue;
            if (s->started + s->wall_s > from - 600) from = s->started, moved = true;
        }
    }
    return from;
}

static bool in_session(const step_record *s, double from)
{
    return s->wall_s >= 0 && s->started >= from;
}

/* Seconds between marks of the axis of times: a round number of seconds, minutes or hours. */
static double time_step(double all_s)
{
    static const double round_s[] = { 1,   2,   5,    10,   20,   30,    60,    120,  300,
                                      600, 900, 1800, 3600, 7200, 14400, 43200, 86400 };
    enum { MAX_MARKS = 8 };
    size_t n = sizeof round_s / sizeof *round_s;
    if (all_s < MAX_MARKS * round_s[0]) return round_length(all_s / 4);
    for (size_t i = 0; i < n; i++)
        if (all_s / round_s[i] <= MAX_MARKS) return round_s[i];
    return round_s[n - 1] * ceil(all_s / round_s[n - 1] / MAX_MARKS);
}

/* Grid and marks, below what is drawn later. */
static void draw_times(picture *p, double all_s, double left, double right, double bottom)
{
    assert(all_s > 0 && right > left);
    double step = time_step(all_s);
    const char *unit = step >= 3600 ? "h" : step >= 60 ? "min" : step >= 1 ? "s" : "ms";
    double in_unit = step >= 3600 ? 3600 : step >= 60 ? 60 : step >= 1 ? 1 : 0.001;
    for (int k = 0; k * step <= all_s * (1 + 1e-9); k++) {
        char word[40];
        double x = left + k * step / all_s * (right - left);
        picture_line(p, TINT_GRID, 1, x, 2, x, bottom);
        snprintf(word, sizeof word, "%.4g %s", k * step / in_unit, unit);
        picture_text(p, x, bottom + 15, SMALL, ANCHOR_MIDDLE, word);
    }
    picture_line(p, TINT_INK, 1, left, bottom, right, bottom);
}

static int count_lanes(const track *h, double from)
{
    int lanes = 0;
    for (int32_t n = 0; n < h->graph->node_count; n++) {
        const graph_node *node = &h->graph->nodes[n];
        bool any = false;
        for (int32_t i = node->first; i < node->first + node->count; i++)
            any |= in_session(&h->step[i], from);
        lanes += any;
    }
    return lanes;
}

bool timeline_picture(const track *h, picture *p, error *e)
{
    const graph *g = h->graph;
    double from = session_start(h), to = track_sum(h).ended, label = 0;
    int lanes = 0;
    *p = (picture){ .width = 720, .height = 4 + LANE * count_lanes(h, from) + 26 };
    if (!(to > from)) return false;
    for (int32_t n = 0; n < g->node_count; n++)
        label = fmax(label, text_width(SMALL, g->nodes[n].name));
    label = fmin(label, 180) + 12;
    double right = p->width - 40, scale = (right - label) / (to - from);
    draw_times(p, to - from, label, right, p->height - 22);
    for (int32_t n = 0; n < g->node_count; n++) {
        bool any = false;
        for (int32_t i = g->nodes[n].first; i < g->nodes[n].first + g->nodes[n].count; i++) {
            const step_record *s = &h->step[i];
            if (!in_session(s, from)) continue;
            any = true;
            mark *m = picture_rect(p, tint_series(0), label + (s->started - from) * scale,
                                   4 + LANE * lanes + 3, fmax(s->wall_s * scale, 1), LANE - 6);
            if (m) m->opacity = 0.75;
        }
        if (any)
            picture_text_in(p, label - 6, 4 + LANE * lanes++ + 13, SMALL, ANCHOR_END, label - 8,
                            g->nodes[n].name);
    }
    return !p->failed || error_memory(e, "a picture");
}
