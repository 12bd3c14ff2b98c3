/* trace/fine_grid.h - a volume seen on a finer, zero-padded grid that is never held in memory as a
 * whole. */
#ifndef ATOMLOOM_TRACE_FINE_GRID_H
#define ATOMLOOM_TRACE_FINE_GRID_H
#include "kit/sample.h"

/* Along an axis of n samples, u fine samples for one: fine sample f = 0 .. u n - 2 u + 1 lies at
 * sample (f + u - 1) / u, as the published tracer has it, with `pad` zeros before and after. Axes
 * in the order x, y, z. */
typedef struct fine_axis {
    int64_t n; /* fine samples, padding included */
    /* first of the stored samples that make up a fine one; -1 in the padding */
    int32_t *first;
    double (*weight)[4]; /* their weights */
} fine_axis;

typedef struct fine_grid {
    int64_t upsampling, pad;
    loom_sampled volume;
    fine_axis axis[3];
} fine_grid;

/* `density` [n[2]][n[1]][n[0]], at least 4 samples along each axis; borrowed where it is used as it
 * is. Cubic: not-a-knot spline. Memory is scratch of the call. False when out of memory (already
 * reported). [main] */
bool fine_grid_make(loom_call *call, const float *density, const int64_t n[3], int64_t upsampling,
                    bool cubic, int64_t pad, fine_grid *out);

/* One row of fine samples, padding included, into dst[axis[0].n]; `scratch` holds volume.stored[0]
 * numbers. [any] */
void fine_grid_row(const fine_grid *g, int64_t y, int64_t z, double *scratch, double *restrict dst);

/* The (2 radius + 1)^3 fine samples about (x, y, z), which must all lie within the padded grid.
 * [any] */
void fine_grid_window(const fine_grid *g, const int64_t at[3], int64_t radius,
                      double *restrict dst);

/* Where a fine sample lies, in samples of the volume. [any] */
static inline double fine_grid_coarse(const fine_grid *g, double fine)
{
    return (fine - (double)g->pad + (double)g->upsampling - 1) / (double)g->upsampling;
}
#endif
