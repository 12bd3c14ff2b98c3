/* prepare/polynomial.c - see polynomial.h */
#include "polynomial.h"
#include <assert.h>
#include <math.h>
#include <string.h>

int polynomial_terms(int degree) { return (degree + 1) * (degree + 2) / 2; }

/* Products of Legendre polynomials in x and y (from -1 to 1), by total degree. */
static void products(const polynomial_image *j, int degree, int64_t i, double *out)
{
    double x = 2.0 * (double)(i % j->nx) / (double)j->nx - 1,
           y = 2.0 * (double)(i / j->nx) / (double)j->ny - 1;
    double px[POLYNOMIAL_DEGREE + 1] = { 1, x }, py[POLYNOMIAL_DEGREE + 1] = { 1, y };
    for (int d = 2; d <= degree; d++) {
        px[d] = ((2 * d - 1) * x * px[d - 1] - (d - 1) * px[d - 2]) / d;
        py[d] = ((2 * d - 1) * y * py[d - 1] - (d - 1) * py[d - 2]) / d;
    }
    for (int d = 0, at = 0; d <= degree; d++)
        for (int e = 0; e <= d; e++) out[at++] = px[d - e] * py[e];
}

void polynomial_values(const polynomial_image *j, int degree, const double *c, double *v)
{
    double t[POLYNOMIAL_TERMS];
    assert(degree >= 0 && degree <= POLYNOMIAL_DEGREE);
    for (int64_t i = 0; i < j->ny * j->nx; i++) {
        products(j, degree, i, t);
        v[i] = 0;
        for (int r = 0; r < polynomial_terms(degree); r++) v[i] += c[r] * t[r];
    }
}

void polynomial_equations(const polynomial_image *j, int degree, equations *e)
{
    double t[POLYNOMIAL_TERMS], under = 0;
    int terms = polynomial_terms(degree);
    assert(degree >= 0 && terms <= POLYNOMIAL_TERMS);
    memset(e, 0, sizeof *e);
    for (int64_t i = 0; i < j->ny * j->nx; i++) {
        double(*to)[POLYNOMIAL_TERMS] = j->mask[i] ? e->inside : e->a;
        products(j, degree, i, t);
        for (int r = 0; r < terms; r++)
            for (int c = 0; c <= r; c++) to[r][c] += t[r] * t[c];
        under += j->mask[i] != 0;
        if (j->mask[i]) continue;
        for (int r = 0; r < terms; r++) e->b[r] += t[r] * (double)j->src[i];
        e->square += (double)j->src[i] * (double)j->src[i];
        e->n++;
    }
    for (int r = 0; r < terms; r++)
        for (int c = 0; c <= r && under > 0; c++) e->inside[r][c] /= under;
}

/* Cholesky's factor of the first `terms` rows; false where the pixels do not determine them. */
static bool factorise(const equations *e, int terms, double l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS])
{
    assert(terms >= 0 && terms <= POLYNOMIAL_TERMS);
    for (int r = 0; r < terms; r++)
        for (int q = 0; q <= r; q++) {
            double whole = e->a[r][q], sum = whole;
            for (int i = 0; i < q; i++) sum -= l[r][i] * l[q][i];
            if (q == r && !(sum > 1e-9 * whole)) return false;
            l[r][q] = q == r ? sqrt(sum) : sum / l[q][q];
        }
    return true;
}

static void solve(int terms, double l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS], const double *b,
                  double *c)
{
    for (int r = 0; r < terms; r++) {
        c[r] = b[r];
        for (int i = 0; i < r; i++) c[r] -= l[r][i] * c[i];
        c[r] /= l[r][r];
    }
    for (int r = terms - 1; r >= 0; r--) {
        for (int i = r + 1; i < terms; i++) c[r] -= l[i][r] * c[i];
        c[r] /= l[r][r];
    }
}

/* A polynomial: its coefficients, and the mean square under the mask of the error that the noise of
 * the pixels outside makes. */
typedef struct fit {
    double c[POLYNOMIAL_TERMS], error;
    bool good;
} fit;

static fit fit_degree(const equations *e, int degree, double variance)
{
    fit f = { .good = false };
    double l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS], column[POLYNOMIAL_TERMS], b[POLYNOMIAL_TERMS];
    int terms = polynomial_terms(degree);
    if (e->n < 2 * terms || !factorise(e, terms, l)) return f;
    f.good = true;
    solve(terms, l, e->b, f.c);
    for (int q = 0; q < terms; q++) { /* trace of the inverse times the moments under the mask */
        for (int r = 0; r < terms; r++) b[r] = r >= q ? e->inside[r][q] : e->inside[q][r];
        solve(terms, l, b, column);
        f.error += variance * column[q];
    }
    return f;
}

/* Mean square of the difference of two polynomials under the mask. */
static double difference(const equations *e, const double *a, const double *b)
{
    double sum = 0;
    for (int r = 0; r < POLYNOMIAL_TERMS; r++)
        for (int c = 0; c <= r; c++)
            sum += (c == r ? 1 : 2) * e->inside[r][c] * (a[r] - b[r]) * (a[c] - b[c]);
    return sum;
}

double polynomial_noise(const equations *e, int most)
{
    for (int degree = most; degree >= 0; degree--) {
        fit f = fit_degree(e, degree, 0);
        double rest = e->square;
        if (!f.good) continue;
        for (int r = 0; r < polynomial_terms(degree); r++) rest -= f.c[r] * e->b[r];
        return fmax(rest, 0) / e->n;
    }
    return 0;
}

void polynomial_fit(const polynomial_image *j, int least, int most, equations *e, double *v)
{
    fit fits[POLYNOMIAL_DEGREE + 1] = { { { 0 }, 0, false } };
    int best = -1;
    assert(least >= 0 && least <= most && most <= POLYNOMIAL_DEGREE);
    polynomial_equations(j, most, e);
    double variance = polynomial_noise(e, most);
    for (int d = 0; d <= most; d++) fits[d] = fit_degree(e, d, variance);
    for (int d = most; d >= 0; d--) {
        bool stands = fits[d].good && (d >= least || best < 0);
        for (int h = d + 1; h <= most && stands && best >= 0; h++)
            stands =
                !fits[h].good || difference(e, fits[d].c, fits[h].c) <= 1.5 * fits[h].error + 1e-12;
        if (stands) best = d;
    }
    if (best >= 0) polynomial_values(j, best, fits[best].c, v);
    else memset(v, 0, (size_t)(j->ny * j->nx) * sizeof *v);
}
