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

/* Cholesky's factor of the first `terms` rows, with `more` (NULL: nothing) added to their diagonal;
 * false where the pixels do not determine them. */
static bool factorise(const equations *e, int terms, const double *more,
                      double l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS])
{
    assert(terms >= 0 && terms <= POLYNOMIAL_TERMS);
    for (int r = 0; r < terms; r++)
        for (int q = 0; q <= r; q++) {
            double whole = e->a[r][q] + (q == r && more ? more[r] : 0), sum = whole;
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
    if (e->n < 2 * terms || !factorise(e, terms, NULL, l)) return f;
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

/* ---- one series ------------------------------------------------------------------------------ */

/* What is known of the coefficients of a tilt: normal equations over the noise, plus the prior. */
static bool posterior(const equations *e, double variance, int degree, const double *prior,
                      double l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS], double *c)
{
    double more[POLYNOMIAL_TERMS];
    int terms = polynomial_terms(degree);
    assert(variance > 0 && degree <= POLYNOMIAL_DEGREE);
    for (int d = 0, r = 0; d <= degree; d++)
        for (int q = 0; q <= d; q++) more[r++] = prior[d] > 0 ? variance / prior[d] : 0;
    bool good = factorise(e, terms, more, l);
    if (good) solve(terms, l, e->b, c);
    return good;
}

/* Sums over the terms of each degree of mean square coefficients: what was found, and what noise
 * leaves open. */
static void add_squares(double l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS], const double *c,
                        double variance, int degree, double *squares)
{
    double unit[POLYNOMIAL_TERMS], column[POLYNOMIAL_TERMS];
    int terms = polynomial_terms(degree);
    for (int d = 0, r = 0; d <= degree; d++)
        for (int q = 0; q <= d; q++, r++) {
            memset(unit, 0, sizeof unit);
            unit[r] = 1;
            solve(terms, l, unit, column);
            squares[d] += c[r] * c[r] + variance * column[r];
        }
}

bool polynomial_series(const equations *const *e, int64_t n, int degree, double *c)
{
    enum { ROUNDS = 40 };
    double prior[POLYNOMIAL_DEGREE + 1] = { 0 }, l[POLYNOMIAL_TERMS][POLYNOMIAL_TERMS];
    double mean = 0;
    for (int64_t k = 0; k < n; k++) mean += polynomial_noise(e[k], degree) / (double)n;
    /* the constant is free; the others start as large as it */
    for (int d = 1; d <= degree; d++) {
        prior[d] = 0;
        for (int64_t k = 0; k < n; k++)
            prior[d] += e[k]->n > 0 ? pow(e[k]->b[0] / e[k]->n, 2) / (double)n : 0;
        prior[d] += 1e-12 * mean + 1e-300;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double squares[POLYNOMIAL_DEGREE + 1] = { 0 };
        for (int64_t k = 0; k < n; k++) {
            double variance = polynomial_noise(e[k], degree);
            double *own = c + k * POLYNOMIAL_TERMS;
            if (!posterior(e[k], fmax(variance, 1e-300), degree, prior, l, own)) return false;
            add_squares(l, own, variance, degree, squares);
        }
        for (int d = 1; d <= degree; d++) prior[d] = squares[d] / ((double)n * (d + 1)) + 1e-300;
    }
    return true;
}
