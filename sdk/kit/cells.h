/* kit/cells.h - points sorted into cubic cells, for finding the neighbours of a place. */
#ifndef LOOM_KIT_CELLS_H
#define LOOM_KIT_CELLS_H
#include <atomloom/op.h>

/* Memory is scratch of the call; `position` is borrowed and must outlive it. Read-only after
 * building, so any thread may search. */
typedef struct loom_cells {
    const double *position; /* [n][3] */
    int64_t n, dim[3];
    double low[3], edge; /* corner and edge length of the cells, in the unit of the positions */
    int64_t *start;      /* [dim0*dim1*dim2 + 1] first entry of each cell in `index` */
    int32_t *index;      /* [n] point numbers, ascending within a cell */
} loom_cells;

/* Sort n finite points into cells of edge `radius` (larger where that would make far more cells
 * than points). Any n >= 0, radius > 0. False when out of memory (already reported). [main] */
bool loom_cells_build(loom_call *call, const double *position, int64_t n, double radius,
                      loom_cells *out);

/* The cell of a coordinate along one axis; the first or the last one where it lies outside. [any]
 */
int64_t loom_cells_along(const loom_cells *c, int axis, double x);

/* Points with |x - at| <= radius, ascending by number, at most `most` of them written to `out`.
 * Returns how many there are, which may be more than `most`. A point at `at` itself is included.
 * [any] */
int64_t loom_cells_near(const loom_cells *c, const double at[3], double radius, int32_t *out,
                        int64_t most);

/* The nearest point within `radius`, or -1; ties go to the lower number. *distance2 is set when
 * found (may be NULL). [any] */
int64_t loom_cells_nearest(const loom_cells *c, const double at[3], double radius,
                           double *distance2);

/* Neighbour lists of all points, self excluded, |x_i - x_j| <= radius: neighbours of i are
 * list[first[i]] .. list[first[i+1]-1], ascending. Scratch of the call. False when out of memory
 * (already reported). [main] */
typedef struct loom_neighbours {
    int64_t *first;
    int32_t *list;
} loom_neighbours;
bool loom_neighbours_build(loom_call *call, const loom_cells *c, double radius,
                           loom_neighbours *out);
#endif
