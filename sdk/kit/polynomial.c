/* kit/polynomial.c - see polynomial.h. Row by row: a row is a polynomial in X alone, and its sums
 * are those of the powers of X, which the powers of Y then spread over the terms. */
#include "kit/polynomial.h"
#include "kit/assert_hot.h"
#include <string.h>

/* products of two terms have twice the degree */
/* LANES: pixels of a row that are worked on at once */
enum { LANES = 8, POWERS = 2 * LOOM_POLYNOMIAL_DEGREE + 1, MOMENTS = POWERS * (POWERS + 1) / 2 };

static int terms_of(int degree) { return (degree + 1) * (degree + 2) / 2; }

static double place(int64_t i, int64_t n) { return 2.0 * (double)(i - n / 2) / (double)n; }

/* X of the pixels from `first` on; returns how many of them are inside the row. */
static int lanes_at(int64_t first, int64_t nx, double x[LANES])
{
    for (int l = 0; l < LANES; l++) x[l] = place(first + l, nx);
    return first + LANES <= nx ? LANES : (int)(nx - first);
}

int loom_polynomial_degree(int64_t terms)
{
    for (int degree = -1; degree <= LOOM_POLYNOMIAL_DEGREE; degree++)
        if (terms_of(degree) == terms) return degree;
    return -2;
}

void loom_polynomial_add(int64_t ny, int64_t nx, int degree, const double *coefficient,
                         float *image)
{
    assert(degree >= -1 && degree <= LOOM_POLYNOMIAL_DEGREE);
    for (int64_t iy = 0; degree >= 0 && iy < ny; iy++) {
        double row[LOOM_POLYNOMIAL_DEGREE + 1] = { 0 }, y = place(iy, ny), power = 1;
        for (int e = 0; e <= degree; e++, power *= y) /* X^(d - e) Y^e is number e of degree d */
            for (int d = e; d <= degree; d++)
                row[d - e] += power * coefficient[d * (d + 1) / 2 + e];
        float *to = image + iy * nx;
        for (int64_t first = 0; first < nx; first += LANES) {
            double x[LANES], v[LANES] = { 0 };
            int n = lanes_at(first, nx, x);
            for (int a = degree; a >= 0; a--)
                for (int l = 0; l < LANES; l++) v[l] = v[l] * x[l] + row[a];
            for (int l = 0; l < n; l++) to[first + l] += (float)v[l];
        }
    }
}

/* Sums of one row, a[i] b[i] times X^0 .. X^degree. Lanes are added up in the end, in order. */
static void row_sums(int64_t nx, int degree, const float *a, const float *b, double sum[POWERS])
{
    double lane[POWERS][LANES] = { { 0 } };
    for (int64_t first = 0; first < nx; first += LANES) {
        double x[LANES], v[LANES] = { 0 };
        int n = lanes_at(first, nx, x);
        for (int l = 0; l < n; l++) v[l] = (double)a[first + l];
        for (int l = 0; b && l < n; l++) v[l] *= (double)b[first + l];
        for (int p = 0; p <= degree; p++)
            for (int l = 0; l < LANES; l++) {
                lane[p][l] += v[l];
                v[l] *= x[l];
            }
    }
    for (int p = 0; p <= degree; p++) {
        sum[p] = 0;
        for (int l = 0; l < LANES; l++) sum[p] += lane[p][l];
    }
}

/* As loom_polynomial_sums, of any degree below POWERS. */
static void moments(int64_t ny, int64_t nx, int degree, const float *a, const float *b, double *out)
{
    assert(degree < POWERS);
    memset(out, 0, (size_t)terms_of(degree) * sizeof *out);
    for (int64_t iy = 0; iy < ny; iy++) {
        double row[POWERS], y = place(iy, ny), power = 1;
        row_sums(nx, degree, a + iy * nx, b ? b + iy * nx : NULL, row);
        for (int e = 0; e <= degree; e++, power *= y)
            for (int d = e; d <= degree; d++) out[d * (d + 1) / 2 + e] += power * row[d - e];
    }
}

void loom_polynomial_sums(int64_t ny, int64_t nx, int degree, const float *a, const float *b,
                          double *out)
{
    assert(degree >= -1 && degree <= LOOM_POLYNOMIAL_DEGREE);
    if (degree >= 0) moments(ny, nx, degree, a, b, out);
}

void loom_polynomial_gram(int64_t ny, int64_t nx, int degree, const float *weight, double *gram)
{
    assert(degree >= -1 && degree <= LOOM_POLYNOMIAL_DEGREE);
    double all[MOMENTS];
    int terms = terms_of(degree);
    if (degree < 0) return;
    moments(ny, nx, 2 * degree, weight, NULL, all);
    for (int d = 0, r = 0; d <= degree; d++)
        for (int e = 0; e <= d; e++, r++)
            for (int d2 = 0, c = 0; d2 <= degree; d2++)
                for (int e2 = 0; e2 <= d2; e2++, c++)
                    gram[r * terms + c] = all[(d + d2) * (d + d2 + 1) / 2 + e + e2];
}
