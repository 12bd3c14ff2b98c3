/* report/page.h - panels and the record of a run as one HTML file.
 *
 * The file asks for nothing: style, scripts and pictures are in it. It is whole without JavaScript
 * (every panel is a picture or a table); with it, panels of several instances get a slider, and
 * points in space can be turned where the 3D library was there when atomloom was built. */
#ifndef ATOMLOOM_REPORT_PAGE_H
#define ATOMLOOM_REPORT_PAGE_H
#include "report/track.h"
#include "store/store.h"

/* One pipeline of the page. Everything borrowed. */
typedef struct page_run {
    const char *label;   /* tells it from the others: its path */
    const char *command; /* the command line that makes its results */
    const plan *plan;
    const track *track;
} page_run;

typedef struct page_options {
    const page_run *run;
    int run_count;
    double now;          /* seconds since 1970 */
    int refresh_s;       /* > 0: the browser reads the page again so often */
    bool graph_only;     /* no panels, no record: the graphs */
    const char *missing; /* what makes panels interactive, where this program cannot; NULL */
} page_options;

/* The whole page. False: out of memory. What cannot be read or drawn is said in its place. */
bool page_write(const page_options *o, text *out, error *e);

/* The panels that a graph shows: its `report:`, else its outputs. */
int32_t page_panel_count(const graph *g);
graph_edge page_panel_at(const graph *g, int32_t i, const char **section, const char **name);
#endif
