/* kit/polynomial.h - smooth backgrounds: a polynomial in the place within an image.
 *
 * X = (x - nx/2) / (nx/2), Y likewise, so both run from -1 to 1; terms by total degree: 1; X, Y;
 * X^2, XY, Y^2; X^3, X^2 Y, ... A polynomial of degree d has (d + 1)(d + 2)/2 of them: 1, 3, 6, 10,
 * 15. Rows run in order, so results do not depend on threads. All are [any]. */
#ifndef LOOM_KIT_POLYNOMIAL_H
#define LOOM_KIT_POLYNOMIAL_H
#include <stdbool.h>
#include <stdint.h>

enum { LOOM_POLYNOMIAL_DEGREE = 4, LOOM_POLYNOMIAL_TERMS = 15 };

/* Of `terms` terms, from 0 to LOOM_POLYNOMIAL_TERMS: the degree, -1 for none; -2 where no degree
 * has so many. */
int loom_polynomial_degree(int64_t terms);

/* image[ny][nx] += the polynomial of these coefficients. */
void loom_polynomial_add(int64_t ny, int64_t nx, int degree, const double *coefficient,
                         float *image);

/* out[terms] = for every term the sum over all pixels of a b times it; b may be NULL: 1. */
void loom_polynomial_sums(int64_t ny, int64_t nx, int degree, const float *a, const float *b,
                          double *out);

/* gram[terms][terms] = for every two terms the sum over all pixels of weight times both. */
void loom_polynomial_gram(int64_t ny, int64_t nx, int degree, const float *weight, double *gram);
#endif
