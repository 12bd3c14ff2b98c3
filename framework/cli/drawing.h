/* cli/drawing.h - a pipeline as nodes and links, laid out in layers from left to right, for
 * `atomloom graph`. */
#ifndef ATOMLOOM_CLI_DRAWING_H
#define ATOMLOOM_CLI_DRAWING_H
#include "cli/common.h"

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

bool drawing_svg(const drawing *d, text *out, error *e);
#endif
