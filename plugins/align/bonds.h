/* align/bonds.h - springs between neighbouring points: what dense matter is known to be like before an image is looked at. */
#ifndef ALIGN_BONDS_H
#define ALIGN_BONDS_H
#include <atomloom/op.h>

typedef struct bond { int32_t i, j; double along[3], excess; } bond; /* unit vector from j to i; how much longer than `length` */
typedef struct bonds {
    int64_t n;
    bond *bond;
    double length;      /* mean distance of neighbours */
    double spread;      /* root mean square of `excess` */
    double stiffness;   /* energy = stiffness times the sum of excess^2; set by the caller, 0 at first */
} bonds;

/* Bonds between all points[n][4] (x, y, z, anything) nearer than 1.2 of the mean distance of neighbours. Scratch of the call. False when out of
 * memory (reported). [main] */
bool bonds_find(loom_call *call, int64_t n, const double *point, bonds *out);
void bonds_free(loom_call *call, bonds *b);

/* At other positions, with the same bonds. [any] */
double bonds_energy(const bonds *b, const double *point);
/* Half of the second derivative times d, and half of the downhill gradient, added to out[n][4]. [any] */
void bonds_curve(const bonds *b, const double *d, double *out);
void bonds_pull(const bonds *b, double *out);
/* Half of the second derivative, 3x3 blocks on the diagonal, added to block[n][6] (lower triangles by rows). [any] */
void bonds_blocks(const bonds *b, double *block);
#endif
