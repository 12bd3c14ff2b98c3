/* kit/bonds.h - springs between neighbouring points: what dense matter is known to be like before
 * an image is looked at. */
#ifndef LOOM_KIT_BONDS_H
#define LOOM_KIT_BONDS_H
#include <atomloom/op.h>

/* unit vector from j to i; how much longer than `length` */
typedef struct loom_bond {
    int32_t i, j;
    double along[3], excess;
} loom_bond;
typedef struct loom_bonds {
    int64_t n;
    loom_bond *bond;
    double length; /* mean distance of neighbours */
    double spread; /* root mean square of `excess` */
    /* energy = stiffness times the sum of excess^2; set by the caller, 0 at first */
    double stiffness;
} loom_bonds;

/* Bonds between all points[n][4] (x, y, z, anything) nearer than 1.2 of `length`; 0: of the mean
 * distance of neighbours. Scratch of the call. False when out of memory (reported). [main] */
bool loom_bonds_find(loom_call *call, int64_t n, const double *point, double length,
                     loom_bonds *out);
void loom_bonds_free(loom_call *call, loom_bonds *b);

/* At other positions, with the same bonds. [any] */
double loom_bonds_energy(const loom_bonds *b, const double *point);
/* Half of the second derivative times d, and half of the downhill gradient, added to out[n][4].
 * [any] */
void loom_bonds_curve(const loom_bonds *b, const double *d, double *out);
void loom_bonds_pull(const loom_bonds *b, double *out);
/* Half of the second derivative, 3x3 blocks on the diagonal, added to block[n][stride] (lower
 * triangles by rows). [any] */
void loom_bonds_blocks(const loom_bonds *b, int stride, double *block);
#endif
