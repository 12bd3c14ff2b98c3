/* kit/linalg.c - see linalg.h */
#include "kit/linalg.h"
#include <assert.h>
#include <math.h>
#include <string.h>

double loom_det3(const double m[9])
{
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
           + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

bool loom_inverse3(const double m[9], double out[9])
{
    double det = loom_det3(m);
    if (det == 0) return false;
    double adjoint[9] = { m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8],
                          m[1] * m[5] - m[2] * m[4], m[5] * m[6] - m[3] * m[8],
                          m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                          m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7],
                          m[0] * m[4] - m[1] * m[3] };
    for (int k = 0; k < 9; k++) out[k] = adjoint[k] / det;
    return true;
}

void loom_multiply3(const double a[9], const double b[9], double out[9])
{
    assert(a != out && b != out);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
}

void loom_apply3(const double m[9], const double v[3], double out[3])
{
    assert(v != out);
    for (int i = 0; i < 3; i++)
        out[i] = m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2];
}

void loom_transpose3(const double m[9], double out[9])
{
    assert(m != out);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) out[3 * i + j] = m[3 * j + i];
}

/* One rotation that zeroes a[p][q] (Golub and Van Loan, section 8.5). */
static void jacobi(double a[9], double v[9], int p, int q)
{
    assert(p >= 0 && p < q && q < 3);
    double apq = a[3 * p + q];
    if (apq == 0) return;
    double theta = (a[4 * q] - a[4 * p]) / (2 * apq),
           t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; k++) { /* columns */
        double x = a[3 * k + p], y = a[3 * k + q];
        a[3 * k + p] = c * x - s * y;
        a[3 * k + q] = s * x + c * y;
        x = v[3 * k + p];
        y = v[3 * k + q];
        v[3 * k + p] = c * x - s * y;
        v[3 * k + q] = s * x + c * y;
    }
    for (int k = 0; k < 3; k++) { /* rows */
        double x = a[3 * p + k], y = a[3 * q + k];
        a[3 * p + k] = c * x - s * y;
        a[3 * q + k] = s * x + c * y;
    }
}

static void swap_columns(double value[3], double v[9], int i, int k)
{
    assert(i >= 0 && i < 3 && k >= 0 && k < 3);
    double t = value[i];
    value[i] = value[k];
    value[k] = t;
    for (int row = 0; row < 3; row++) {
        t = v[3 * row + i];
        v[3 * row + i] = v[3 * row + k];
        v[3 * row + k] = t;
    }
}

void loom_eigen3(const double m[9], double value[3], double v[9])
{
    double a[9];
    memcpy(a, m, sizeof a);
    for (int k = 0; k < 9; k++) v[k] = k % 4 == 0;
    for (int sweep = 0; sweep < 30; sweep++) { /* converges quadratically: a handful suffice */
        double off = a[1] * a[1] + a[2] * a[2] + a[5] * a[5],
               on = a[0] * a[0] + a[4] * a[4] + a[8] * a[8];
        if (off <= 1e-34 * on) break;
        jacobi(a, v, 0, 1);
        jacobi(a, v, 0, 2);
        jacobi(a, v, 1, 2);
    }
    for (int k = 0; k < 3; k++) value[k] = a[4 * k];
    if (value[0] < value[1]) swap_columns(value, v, 0, 1);
    if (value[1] < value[2]) swap_columns(value, v, 1, 2);
    if (value[0] < value[1]) swap_columns(value, v, 0, 1);
    if (loom_det3(v) < 0)
        for (int row = 0; row < 3; row++) v[3 * row + 2] = -v[3 * row + 2];
}

/* m = w s v^T from the eigenvectors v of m^T m: w = m v / s, the last column made to complete a
 * rotation. */
void loom_polar3(const double m[9], double r[9], double u[9])
{
    double mt[9], mtm[9], s2[3], v[9], mv[9], w[9], vt[9];
    loom_transpose3(m, mt);
    loom_multiply3(mt, m, mtm);
    loom_eigen3(mtm, s2, v);
    loom_multiply3(m, v, mv);
    double norm = sqrt(mv[0] * mv[0] + mv[3] * mv[3] + mv[6] * mv[6]);
    for (int k = 0; k < 3; k++) w[3 * k] = norm > 0 ? mv[3 * k] / norm : k == 0;
    double along = w[0] * mv[1] + w[3] * mv[4] + w[6] * mv[7];
    for (int k = 0; k < 3; k++) w[3 * k + 1] = mv[3 * k + 1] - along * w[3 * k];
    norm = sqrt(w[1] * w[1] + w[4] * w[4] + w[7] * w[7]);
    if (norm < 1e-150) { /* rank one: any direction across the first */
        int axis = fabs(w[0]) < 0.6 ? 0 : 1;
        for (int k = 0; k < 3; k++) w[3 * k + 1] = (k == axis) - w[3 * axis] * w[3 * k];
        norm = sqrt(w[1] * w[1] + w[4] * w[4] + w[7] * w[7]);
    }
    for (int k = 0; k < 3; k++) w[3 * k + 1] /= norm;
    w[2] = w[3] * w[7] - w[6] * w[4];
    w[5] = w[6] * w[1] - w[0] * w[7];
    w[8] = w[0] * w[4] - w[3] * w[1];
    loom_transpose3(v, vt);
    loom_multiply3(w, vt, r);
    if (!u) return;
    double rt[9], raw[9];
    loom_transpose3(r, rt);
    loom_multiply3(rt, m, raw);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) u[3 * i + j] = 0.5 * (raw[3 * i + j] + raw[3 * j + i]);
}

/* a = l l', l over the lower triangle. Each finished column is taken off what is right of it at
 * once, row by row, so that the inner loop runs along a row. */
static bool factorise(int n, double *a)
{
    assert(n >= 0 && n <= LOOM_MAX_SYSTEM);
    double largest = 0, column[LOOM_MAX_SYSTEM];
    for (int i = 0; i < n; i++) largest = fmax(largest, a[i * n + i]);
    for (int j = 0; j < n; j++) {
        if (!(a[j * n + j] > 1e-12 * largest)) return false;
        a[j * n + j] = sqrt(a[j * n + j]);
        for (int i = j + 1; i < n; i++) column[i] = a[i * n + j] /= a[j * n + j];
        for (int i = j + 1; i < n; i++) {
            double *row = a + i * n;
            for (int k = j + 1; k <= i; k++) row[k] -= column[i] * column[k];
        }
    }
    return true;
}

bool loom_solve_spd(int n, double *a, double *b)
{
    assert(n >= 0 && n <= LOOM_MAX_SYSTEM);
    if (!factorise(n, a)) return false;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (int i = n; i-- > 0;) {
        for (int k = i + 1; k < n; k++) b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
    return true;
}

void loom_rigid_fit(int64_t n, const double *x, const double *y, double r[9], double t[3])
{
    assert(n > 0);
    double cx[3] = { 0 }, cy[3] = { 0 }, m[9] = { 0 }, rcx[3];
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < 3; a++) {
            cx[a] += x[3 * i + a] / (double)n;
            cy[a] += y[3 * i + a] / (double)n;
        }
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                m[3 * a + b] += (y[3 * i + a] - cy[a]) * (x[3 * i + b] - cx[b]);
    loom_polar3(m, r, NULL);
    loom_apply3(r, cx, rcx);
    for (int a = 0; a < 3; a++) t[a] = cy[a] - rcx[a];
}
