/* report/layers.h - a pipeline as nodes and links, laid out in layers from top to bottom. */
#ifndef ATOMLOOM_REPORT_LAYERS_H
#define ATOMLOOM_REPORT_LAYERS_H
#include "base/error.h"
#include "pipeline/graph.h"

/* nodes of the graph */
typedef struct drawn_link {
    int32_t from, to;
    const char *out_port, *in_port;
} drawn_link;
typedef struct drawing {
    const graph *graph;
    drawn_link *link;
    int32_t link_count;
} drawing;

/* The links between nodes, each once however many instances they join. False: out of memory. */
bool drawing_make(const graph *g, drawing *out, error *e);
void drawing_free(drawing *d);

/* A node, or a point that a long link passes through. */
typedef struct spot {
    int32_t node, layer; /* node < 0: a point */
    double order, x, y;  /* place within the layer; upper edge, middle */
} spot;
/* spots of layers next to each other */
typedef struct segment {
    int32_t from, to;
} segment;
typedef struct layout {
    spot *spot;
    segment *segment;
    int32_t *layer_of, *path; /* path: first segment of every link; its others follow */
    int32_t spot_count, segment_count, layer_count;
    double width, height;
} layout;
enum { BOX_HEIGHT = 46, LAYER_GAP = 34, BOX_GAP = 18, POINT_WIDTH = 10, LAYOUT_MARGIN = 14 };
/* Boxes of `box_width`, layers wrapped where they are wider than `room`. False: out of memory. */
bool layout_make(const drawing *d, double box_width, double room, layout *out, error *e);
void layout_free(layout *l);
#endif
