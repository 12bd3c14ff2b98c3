/* trace/maxima.h - where a volume, seen on a fine grid, has its local maxima: kit/maxima.h on that
 * grid, inside a mask, brightest first. */
#ifndef ATOMLOOM_TRACE_MAXIMA_H
#define ATOMLOOM_TRACE_MAXIMA_H
#include "fine_grid.h"
#include "kit/maxima.h"

typedef struct maxima_rule {
    /* BALL: ranked by the 3x3x3 sum. FACES: ranked by value */
    loom_surround surround;
    double above;        /* lower samples are no maxima */
    int64_t border;      /* nor are those closer to the edge of the padded grid */
    const uint8_t *mask; /* [n2][n1][n0] of the volume: nor those outside; NULL: none */
    int64_t n[3];
} maxima_rule;

/* Brightest first; equal ones in order of z, y, x with x fastest. Scratch of the call. NULL after
 * failing or when asked to stop. [main] */
loom_maximum *maxima_find(loom_call *call, const fine_grid *g, const maxima_rule *rule,
                          int64_t *count);
#endif
