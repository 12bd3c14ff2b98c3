/* trace/tracing.h - what the files of trace.polynomial share: the maxima of a volume and the fits
 * about them. */
#ifndef ATOMLOOM_TRACE_TRACING_H
#define ATOMLOOM_TRACE_TRACING_H
#include <atomloom/op.h>
#include "fine_grid.h"
#include "kit/assert_hot.h"
#include "kit/maxima.h"
#include "quartic.h"

/* Axes in the order x, y, z. Everything is borrowed or scratch of the call. */
typedef struct tracing {
    loom_call *call;
    const loom_array *density;
    double voxel_A, origin[3];
    int64_t n[3]; /* samples of the volume */
    fine_grid grid;
    loom_maximum *candidates; /* brightest first */
    quartic_peak *peaks;      /* of each candidate, its fit */
    int64_t count, accepted;  /* candidates fitted, atoms */
} tracing;

/* Where candidate i came to rest, in fine samples, padding included. [any] */
static inline void tracing_position(const tracing *t, int64_t i, double out[3])
{
    LOOM_ASSERT_HOT(i >= 0 && i < t->count);
    for (int k = 0; k < 3; k++) out[k] = (double)t->candidates[i].at[k] + t->peaks[i].shift[k];
}

/* Of two peaks closer than `least` fine samples only the brighter one stays accepted; of the
 * others, those that are a maximum of their polynomial. Counts them in `accepted`. False when out
 * of memory (already reported). [main] */
bool tracing_keep_apart(tracing *t, double least);

/* Fills the output `atoms` with what was accepted, named `symbol`. False after failing. [main] */
bool tracing_write_atoms(const tracing *t, const char *symbol);

/* Fills the output `candidates` with all that was fitted. False when out of memory (already
 * reported). [main] */
bool tracing_write_candidates(const tracing *t);

/* Notes how the candidates of `all` maxima ended, and warns where nearly all of them must be noise.
 * [main] */
void tracing_report(const tracing *t, int64_t all);
#endif
