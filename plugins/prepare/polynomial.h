/* prepare/polynomial.h - polynomials through the pixels outside a mask, and what they are inside
 * it. */
#ifndef ATOMLOOM_PREPARE_POLYNOMIAL_H
#define ATOMLOOM_PREPARE_POLYNOMIAL_H
#include <atomloom/op.h>

enum { POLYNOMIAL_DEGREE = 4, POLYNOMIAL_TERMS = 15 }; /* (4 + 1)(4 + 2)/2 */

typedef struct polynomial_image {
    const float *src;    /* [ny][nx] */
    const uint8_t *mask; /* [ny][nx] not 0: the specimen */
    int64_t ny, nx;
} polynomial_image;

/* Normal equations of the pixels outside the mask: those of a lower degree are their first rows.
 * inside: means of products of polynomials under the mask. Lower triangles. */
typedef struct equations {
    double a[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS], b[POLYNOMIAL_TERMS], square, n;
    double inside[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS];
} equations;

int polynomial_terms(int degree);
void polynomial_equations(const polynomial_image *image, int degree, equations *out);
/* Variance of the pixels outside about the polynomial of the highest degree that they determine. */
double polynomial_noise(const equations *e, int degree);
/* v[ny][nx] = the polynomial with these coefficients. */
void polynomial_values(const polynomial_image *image, int degree, const double *c, double *v);

/* The lowest degree from `least` to `most` from which no higher one differs, under the mask, by
 * more than its own noise allows (Lepski's rule): where the mask is wide, a high degree has nothing
 * to hold it inside, and its noise says so. v[ny][nx] = that polynomial; e: room. */
void polynomial_fit(const polynomial_image *image, int least, int most, equations *e, double *v);

#endif
