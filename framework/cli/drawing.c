/* cli/drawing.c - see drawing.h. Layers by longest path, order within a layer by the mean place of
 * the neighbours (Sugiyama's method), links that span several layers led through a point in each.
 */
#include "cli/drawing.h"
#include "base/show.h"
#include "base/utf8.h"
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

/* A node, or a point that a long link passes through. */
typedef struct spot {
    int32_t node, layer;
    double order, x, y;
} spot;
typedef struct segment {
    int32_t from, to;
} segment; /* spots of neighbouring layers */
typedef struct layout {
    spot *spot;
    segment *segment;
    int32_t *layer_of, *path; /* path: first segment of every link; its others follow */
    int32_t spot_count, segment_count, layer_count;
} layout;

enum { BOX_HEIGHT = 46, ROW = 70, GAP = 60, MARGIN = 20, SWEEPS = 8 };

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

/* ---- SVG ------------------------------------------------------------------------------------- */

static void label(const graph_node *n, text *out)
{
    text_puts(out, n->name);
    if (n->count > 1) text_printf(out, " \u00d7 %d", n->count);
}

static int box_width(const graph *g)
{
    size_t longest = 8;
    for (int32_t i = 0; i < g->node_count; i++) {
        size_t name = (size_t)utf8_count(g->nodes[i].name, strlen(g->nodes[i].name))
                      + (g->nodes[i].count > 1 ? 7 : 0),
               id = strlen(g->nodes[i].op->op->id);
        if (name > longest) longest = name;
        if (id > longest) longest = id;
    }
    return (int)longest * 8 + 24;
}

static int place_spots(layout *l, int width)
{
    int most = 0;
    int *size = calloc((size_t)l->layer_count + 1, sizeof *size);
    for (int32_t i = 0; size && i < l->spot_count; i++)
        if (++size[l->spot[i].layer] > most) most = size[l->spot[i].layer];
    for (int32_t i = 0; size && i < l->spot_count; i++) {
        spot *s = &l->spot[i];
        s->x = MARGIN + s->layer * (width + GAP);
        s->y = MARGIN
               + (s->order + (most - size[s->layer]) / 2.0)
                     * ROW; /* layers are centred on one another */
    }
    free(size);
    return most;
}

static void draw_link(const drawing *d, const layout *l, int32_t i, int width, text *out)
{
    const drawn_link *k = &d->link[i];
    const spot *at = &l->spot[k->from];
    text_printf(out, "  <path class=\"link\" d=\"M%.0f %.0f", at->x + width,
                at->y + BOX_HEIGHT / 2.0);
    for (int32_t s = l->path[i]; s < l->path[i + 1]; s++) {
        const spot *next = &l->spot[l->segment[s].to];
        double from_x = l->spot[l->segment[s].from].x + width,
               from_y = l->spot[l->segment[s].from].y + BOX_HEIGHT / 2.0;
        double to_y = next->y + BOX_HEIGHT / 2.0;
        text_printf(out, " C%.0f %.0f %.0f %.0f %.0f %.0f", from_x + GAP / 2.0, from_y,
                    next->x - GAP / 2.0, to_y, next->x, to_y);
        if (next->node < 0) text_printf(out, " H%.0f", next->x + width);
    }
    text_puts(out, "\"><title>");
    show_xml(out, d->graph->nodes[k->from].name);
    text_putc(out, '.');
    show_xml(out, k->out_port);
    text_puts(out, " to ");
    show_xml(out, d->graph->nodes[k->to].name);
    text_putc(out, '.');
    show_xml(out, k->in_port);
    text_puts(out, "</title></path>\n");
}

static void draw_node(const graph_node *n, const spot *s, int width, text *out)
{
    text name = { 0 };
    label(n, &name);
    text_printf(out, "  <g><title>");
    show_xml(out, n->op->op->summary);
    text_printf(out, "</title><rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
                s->x, s->y, width, BOX_HEIGHT);
    text_printf(out, "    <text class=\"name\" x=\"%.0f\" y=\"%.0f\">", s->x + width / 2.0,
                s->y + 20);
    show_xml(out, name.data ? name.data : "");
    text_printf(out, "</text><text class=\"op\" x=\"%.0f\" y=\"%.0f\">", s->x + width / 2.0,
                s->y + 37);
    show_xml(out, n->op->op->id);
    text_puts(out, "</text></g>\n");
    text_free(&name);
}

bool drawing_svg(const drawing *d, text *out, error *e)
{
    layout l = { .layer_of = calloc((size_t)d->graph->node_count + 1, sizeof *l.layer_of) };
    int width = box_width(d->graph);
    if (l.layer_of) find_layers(d, &l);
    bool good = l.layer_of && make_spots(d, &l) && order_layers(&l);
    if (good) {
        int rows = place_spots(&l, width), w = 2 * MARGIN + l.layer_count * (width + GAP) - GAP,
            h = 2 * MARGIN + rows * ROW - (ROW - BOX_HEIGHT);
        text_printf(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                    "height=\"%d\">\n  <title>",
                    w, h, w, h);
        show_xml(out, d->graph->title ? d->graph->title : d->graph->path);
        text_puts(out, "</title>\n  <style>rect{fill:#f7f7f4;stroke:#555} "
                       "text{font-family:sans-serif;text-anchor:middle;fill:#222} "
                       ".name{font-size:14px;font-weight:bold} .op{font-size:12px;fill:#666} "
                       ".link{fill:none;stroke:#888;stroke-width:1.5}</style>\n");
        for (int32_t i = 0; i < d->link_count; i++) draw_link(d, &l, i, width, out);
        for (int32_t i = 0; i < d->graph->node_count; i++)
            draw_node(&d->graph->nodes[i], &l.spot[i], width, out);
        text_puts(out, "</svg>\n");
    } else error_memory(e, "the drawing");
    free(l.spot);
    free(l.segment);
    free(l.layer_of);
    free(l.path);
    return good;
}
