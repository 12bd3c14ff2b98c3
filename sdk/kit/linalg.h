/* kit/linalg.h - the small matrices of geometry: 3x3 inverse, eigenvectors, polar factor, rigid
 * motions; systems of a few unknowns. Matrices are row-major double[9]. Everything here is [any].
 */
#ifndef LOOM_KIT_LINALG_H
#define LOOM_KIT_LINALG_H
#include <stdbool.h>
#include <stdint.h>

double loom_det3(const double m[9]);
/* false (out untouched) when the determinant is 0 */
bool loom_inverse3(const double m[9], double out[9]);
/* out = a b; not in place */
void loom_multiply3(const double a[9], const double b[9], double out[9]);
/* out = m v; not in place */
void loom_apply3(const double m[9], const double v[3], double out[3]);
void loom_transpose3(const double m[9], double out[9]); /* not in place */

/* Eigenvalues (descending) and eigenvectors of a symmetric matrix by Jacobi rotations; v's columns
 * are the vectors, det v = +1. */
void loom_eigen3(const double m[9], double value[3], double v[9]);

/* m = r u: the rotation r (det +1) nearest to m, and the symmetric rest u (may be NULL). m with two
 * vanishing singular values gives some rotation, not a unique one. */
void loom_polar3(const double m[9], double r[9], double u[9]);

/* Solves the n x n system a x = b with symmetric positive definite a (row-major) by Cholesky; a and
 * b are overwritten, the solution is in b. False when a is not positive definite (to 1e-12 of its
 * diagonal). n <= LOOM_MAX_SYSTEM. */
enum { LOOM_MAX_SYSTEM = 32 };
bool loom_solve_spd(int n, double *a, double *b);

/* The rigid motion y ~ r x + t in the sense of least squares for n pairs of points (rows of 3). */
void loom_rigid_fit(int64_t n, const double *x, const double *y, double r[9], double t[3]);
#endif
