/* trace/maxima.h - where a volume, seen on a fine grid, has its local maxima. */
#ifndef ATOMLOOM_TRACE_MAXIMA_H
#define ATOMLOOM_TRACE_MAXIMA_H
#include "fine_grid.h"

typedef struct candidate {
    int32_t at[3]; /* fine sample, padding included; x, y, z */
    double value;  /* there */
    double rank;   /* what brightness is measured by */
} candidate;

typedef struct maxima_rule {
    /* strictly above every sample within 2.5; ranked by the 3x3x3 sum. Otherwise: not below its six
     * neighbours; ranked by value */
    bool ball;
    double above;        /* lower samples are no maxima */
    int64_t border;      /* nor are those closer to the edge of the padded grid */
    const uint8_t *mask; /* [n2][n1][n0] of the volume: nor those outside; NULL: none */
    int64_t n[3];
} maxima_rule;

/* Brightest first; equal ones in order of z, y, x with x fastest. Scratch of the call. NULL after
 * failing or when asked to stop. [main] */
candidate *maxima_find(loom_call *call, const fine_grid *g, const maxima_rule *rule,
                       int64_t *count);
#endif
