/* prepare/kriging.h - a smooth field, seen outside a mask under noise, continued inside by kriging:
 * the best linear estimate if its values are correlated as s^2 / (1 + r^2 / (2 l^2)) (a rational
 * quadratic of exponent 1, a mixture of lengths about l; Rasmussen & Williams, Gaussian Processes
 * for Machine Learning, 2006, section 4.2) about a constant that is not known. How smooth the field
 * is, l and s, is what makes all images of a series likeliest. */
#ifndef PREPARE_KRIGING_H
#define PREPARE_KRIGING_H
#include "polynomial.h"

/* An image is seen as this many cells along either axis: means of their pixels outside the mask. */
enum { KRIGING_EDGE = 12, KRIGING_CELLS = KRIGING_EDGE * KRIGING_EDGE };

typedef struct kriging_cells {
    int64_t n;
    double x[KRIGING_CELLS], y[KRIGING_CELLS]; /* mean position, in longer edges of the image */
    double value[KRIGING_CELLS], count[KRIGING_CELLS];
    double noise; /* variance of a pixel about its cell */
} kriging_cells;

typedef struct kriging_smoothness {
    double length, variance; /* l in longer edges of the image; s^2 */
} kriging_smoothness;

/* Of one thread. */
typedef struct kriging_room {
    double matrix[KRIGING_CELLS][KRIGING_CELLS], z[KRIGING_CELLS], one[KRIGING_CELLS];
} kriging_room;

void kriging_see(const polynomial_image *image, kriging_cells *out);
/* The smoothness of largest likelihood, from at most 16 of n images. rooms: one per thread. */
kriging_smoothness kriging_learn(const kriging_cells *cells, int64_t n, int threads,
                                 kriging_room *rooms);
/* v[ny][nx] = the field, everywhere. */
void kriging_continue(const polynomial_image *image, const kriging_cells *cells,
                      kriging_smoothness s, kriging_room *room, double *v);
#endif
