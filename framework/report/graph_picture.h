/* report/graph_picture.h - the graph of a pipeline, and the times of its instances, as pictures. */
#ifndef ATOMLOOM_REPORT_GRAPH_PICTURE_H
#define ATOMLOOM_REPORT_GRAPH_PICTURE_H
#include "report/track.h"
#include "report/layers.h"
#include "report/picture.h"

/* Nodes with their ops, the instances of a node in one box, arrows, and a legend. `h`: also state
 * and time of every node; NULL: none. picture_free in either case. */
bool graph_picture(const graph *g, const track *h, picture *out, error *e);
/* When each instance of the last run was executed, one row per node. False without `e` set where
 * there is nothing to show. */
bool timeline_picture(const track *h, picture *out, error *e);
#endif
