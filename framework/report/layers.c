/* report/layers.c - see layers.h. Layers by longest path, order within a layer by the mean place of
 * the neighbours (Sugiyama's method), links that span several layers led through a point in each.
 */
#include "report/layers.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_ports(const void *a, const void *b)
{
    const drawn_link *p = a, *q = b;
    if (p->to != q->to) return p->to < q->to ? -1 : 1;
    int order = strcmp(p->in_port, q->in_port);
    if (order) return order;
    if (p->from != q->from) return p->from < q->from ? -1 : 1;
    return strcmp(p->out_port, q->out_port);
}

bool drawing_make(const graph *g, drawing *d, error *e)
{
    assert(g->node_count >= 0);
    *d = (drawing){ .graph = g };
    size_t edges = 1;
    for (int32_t i = 0; i < g->instance_count; i++)
        for (int32_t k = 0; k < g->instances[i].input_count; k++)
            edges += (size_t)g->instances[i].input[k].count;
    d->link = calloc(edges, sizeof *d->link);
    if (!d->link) return error_memory(e, "the drawing");
    int32_t n = 0;
    for (int32_t i = 0; i < g->instance_count; i++)
        for (int32_t k = 0; k < g->instances[i].input_count; k++) {
            const graph_input *in = &g->instances[i].input[k];
            for (int32_t j = 0; j < in->count; j++) {
                int32_t from = g->instances[in->from[j].instance].node;
                d->link[n++] =
                    (drawn_link){ from, g->instances[i].node,
                                  g->nodes[from].op->op->outputs[in->from[j].output].name,
                                  in->port->name };
            }
        }
    qsort(d->link, (size_t)n, sizeof *d->link, by_ports);
    for (int32_t i = 0; i < n; i++)
        if (!d->link_count || by_ports(&d->link[d->link_count - 1], &d->link[i]) != 0)
            d->link[d->link_count++] = d->link[i];
    return true;
}

void drawing_free(drawing *d)
{
    free(d->link);
    *d = (drawing){ 0 };
}

/* ---- layout ---------------------------------------------------------------------------------- */

enum { SWEEPS = 8 };

static void find_layers(const drawing *d, layout *l)
{
    for (bool changed = true; changed;) { /* the graph has no cycle */
        changed = false;
        for (int32_t i = 0; i < d->link_count; i++) {
            const drawn_link *k = &d->link[i];
            if (k->from != k->to && l->layer_of[k->to] <= l->layer_of[k->from]) {
                l->layer_of[k->to] = l->layer_of[k->from] + 1;
                changed = l->layer_of[k->to] < d->graph->node_count;
            }
        }
    }
    for (int32_t i = 0; i < d->graph->node_count; i++)
        if (l->layer_of[i] + 1 > l->layer_count) l->layer_count = l->layer_of[i] + 1;
}

static bool make_spots(const drawing *d, layout *l)
{
    int32_t n = d->graph->node_count;
    size_t spots = (size_t)n + 1, segments = 1;
    for (int32_t i = 0; i < d->link_count; i++) {
        int32_t span = l->layer_of[d->link[i].to] - l->layer_of[d->link[i].from];
        spots += (size_t)(span > 0 ? span : 0);
        segments += (size_t)(span > 0 ? span : 1);
    }
    l->spot = calloc(spots, sizeof *l->spot);
    l->segment = calloc(segments, sizeof *l->segment);
    l->path = calloc((size_t)d->link_count + 1, sizeof *l->path);
    if (!l->spot || !l->segment || !l->path) return false;
    for (int32_t i = 0; i < n; i++)
        l->spot[l->spot_count++] = (spot){ .node = i, .layer = l->layer_of[i], .order = i };
    for (int32_t i = 0; i < d->link_count; i++) {
        int32_t at = d->link[i].from;
        l->path[i] = l->segment_count;
        for (int32_t layer = l->layer_of[at] + 1; layer <= l->layer_of[d->link[i].to]; layer++) {
            int32_t next = d->link[i].to;
            if (layer < l->layer_of[next]) {
                next = l->spot_count;
                l->spot[l->spot_count++] = (spot){ .node = -1, .layer = layer, .order = i };
            }
            l->segment[l->segment_count++] = (segment){ at, next };
            at = next;
        }
    }
    l->path[d->link_count] = l->segment_count;
    return true;
}

static const spot *sorting; /* for qsort, which passes no context */
static int by_order(const void *a, const void *b)
{
    const spot *p = &sorting[*(const int32_t *)a], *q = &sorting[*(const int32_t *)b];
    if (p->layer != q->layer) return p->layer < q->layer ? -1 : 1;
    if (p->order < q->order || p->order > q->order) return p->order < q->order ? -1 : 1;
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* Give every spot its place within its layer, 0, 1, 2, ... from the order wished for. */
static void renumber(layout *l, int32_t *index)
{
    for (int32_t i = 0; i < l->spot_count; i++) index[i] = i;
    sorting = l->spot;
    qsort(index, (size_t)l->spot_count, sizeof *index, by_order);
    for (int32_t i = 0, rank = 0; i < l->spot_count; i++) {
        spot *s = &l->spot[index[i]];
        rank = i && l->spot[index[i - 1]].layer == s->layer ? rank + 1 : 0;
        s->order = rank;
    }
}

/* Wish every spot to the mean of its neighbours in the layer before (or after). */
static void toward_neighbours(layout *l, bool before, double *sum, int32_t *count)
{
    memset(sum, 0, (size_t)l->spot_count * sizeof *sum);
    memset(count, 0, (size_t)l->spot_count * sizeof *count);
    for (int32_t i = 0; i < l->segment_count; i++) {
        int32_t me = before ? l->segment[i].to : l->segment[i].from,
                other = before ? l->segment[i].from : l->segment[i].to;
        sum[me] += l->spot[other].order;
        count[me]++;
    }
    for (int32_t i = 0; i < l->spot_count; i++)
        if (count[i]) l->spot[i].order = sum[i] / count[i];
}

static bool order_layers(layout *l)
{
    size_t n = (size_t)l->spot_count + 1;
    int32_t *index = calloc(n, sizeof *index), *count = calloc(n, sizeof *count);
    double *sum = calloc(n, sizeof *sum);
    bool good = index && count && sum;
    if (good) renumber(l, index);
    for (int k = 0; good && k < SWEEPS; k++) {
        toward_neighbours(l, k % 2 == 0, sum, count);
        renumber(l, index);
    }
    free(index);
    free(count);
    free(sum);
    return good;
}

/* ---- places ---------------------------------------------------------------------------------- */

static double width_of(const spot *s, double box) { return s->node < 0 ? POINT_WIDTH : box; }

/* The spots in order of layer and place; rows: first index of each row, a layer having several
 * where it is too wide. */
typedef struct rows {
    int32_t *index, *first, count;
} rows;

static bool make_rows(const layout *l, double box, double room, rows *r)
{
    size_t n = (size_t)l->spot_count + 2;
    *r = (rows){ calloc(n, sizeof *r->index), calloc(n, sizeof *r->first), 0 };
    if (!r->index || !r->first) return false;
    for (int32_t i = 0; i < l->spot_count; i++) r->index[i] = i;
    sorting = l->spot;
    qsort(r->index, (size_t)l->spot_count, sizeof *r->index, by_order);
    double used = 0;
    for (int32_t i = 0; i < l->spot_count; i++) {
        const spot *s = &l->spot[r->index[i]];
        double w = width_of(s, box) + BOX_GAP;
        bool next = !i || l->spot[r->index[i - 1]].layer != s->layer;
        /* points stay in the row of the layer: they have room between the boxes */
        if (next || (used + w > room && s->node >= 0)) r->first[r->count++] = i, used = 0;
        used += w;
    }
    r->first[r->count] = l->spot_count;
    return true;
}

/* Spots of a row at least as far apart as they are wide, as near as can be to where they are. */
static void spread(layout *l, const rows *r, int32_t row, double box)
{
    assert(row >= 0 && row < r->count);
    double shift = 0, right = -INFINITY;
    int32_t n = r->first[row + 1] - r->first[row];
    for (int32_t i = r->first[row]; i < r->first[row + 1]; i++) {
        spot *s = &l->spot[r->index[i]];
        double half = width_of(s, box) / 2, wished = s->x;
        if (s->x - half < right) s->x = right + half;
        right = s->x + half + BOX_GAP;
        shift += s->x - wished;
    }
    for (int32_t i = r->first[row]; i < r->first[row + 1]; i++) l->spot[r->index[i]].x -= shift / n;
}

/* Every spot wishes to be in the middle of its neighbours. */
static bool find_x(layout *l, const rows *r, double box)
{
    double *sum = calloc((size_t)l->spot_count + 1, sizeof *sum);
    int32_t *count = calloc((size_t)l->spot_count + 1, sizeof *count);
    for (int32_t i = 0; i < l->spot_count; i++) l->spot[i].x = l->spot[i].order * (box + BOX_GAP);
    for (int k = 0; sum && count && k < 3 * SWEEPS; k++) {
        memset(sum, 0, (size_t)l->spot_count * sizeof *sum);
        memset(count, 0, (size_t)l->spot_count * sizeof *count);
        for (int32_t i = 0; i < l->segment_count; i++) {
            int32_t a = l->segment[i].from, b = l->segment[i].to;
            if (k % 3 != 0) sum[a] += l->spot[b].x, count[a]++;
            if (k % 3 != 1) sum[b] += l->spot[a].x, count[b]++;
        }
        for (int32_t i = 0; i < l->spot_count; i++)
            if (count[i]) l->spot[i].x = sum[i] / count[i];
        for (int32_t row = 0; row < r->count; row++) spread(l, r, row, box);
    }
    bool good = sum && count;
    free(sum);
    free(count);
    return good;
}

static void find_y(layout *l, const rows *r, double box)
{
    double left = INFINITY, right = -INFINITY, y = LAYOUT_MARGIN;
    for (int32_t row = 0; row < r->count; row++) {
        int32_t layer = l->spot[r->index[r->first[row]]].layer;
        bool wrapped = row + 1 < r->count && l->spot[r->index[r->first[row + 1]]].layer == layer;
        for (int32_t i = r->first[row]; i < r->first[row + 1]; i++) {
            spot *s = &l->spot[r->index[i]];
            s->y = y;
            left = fmin(left, s->x - width_of(s, box) / 2);
            right = fmax(right, s->x + width_of(s, box) / 2);
        }
        y += BOX_HEIGHT + (wrapped ? LAYER_GAP / 2 : LAYER_GAP);
    }
    for (int32_t i = 0; i < l->spot_count; i++) l->spot[i].x += LAYOUT_MARGIN - left;
    l->width = right - left + 2 * LAYOUT_MARGIN;
    l->height = y - LAYER_GAP + LAYOUT_MARGIN;
}

bool layout_make(const drawing *d, double box_width, double room, layout *l, error *e)
{
    assert(box_width > 0 && room > 0);
    rows r = { 0 };
    *l = (layout){ .layer_of = calloc((size_t)d->graph->node_count + 1, sizeof *l->layer_of) };
    if (l->layer_of) find_layers(d, l);
    bool good = l->layer_of && make_spots(d, l) && order_layers(l)
                && make_rows(l, box_width, room, &r) && find_x(l, &r, box_width);
    if (good) find_y(l, &r, box_width);
    else error_memory(e, "the drawing");
    free(r.index);
    free(r.first);
    return good;
}

void layout_free(layout *l)
{
    free(l->spot);
    free(l->segment);
    free(l->layer_of);
    free(l->path);
    *l = (layout){ 0 };
}
