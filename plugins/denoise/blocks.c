/* blocks.c - see blocks.h. */
#include "blocks.h"
#include "lanes.h"
#include <assert.h>
#include <math.h>

bool block_edge_exists(int edge) { return edge == 8 || edge == 11 || edge == 16; }

static void make_cosines(int edge, double m[BLOCK_MAX])
{
    for (int k = 0; k < edge; k++)
        for (int i = 0; i < edge; i++)
            m[k * edge + i] = sqrt((k ? 2.0 : 1.0) / edge)
                              * cos(3.14159265358979323846 * k * (2 * i + 1) / (2 * edge));
}

/* One level of the wavelets 1.5 on n samples that repeat: means of pairs, each corrected by the
 * differences of the pairs around it; differences. Cohen, Daubechies, Feauveau 1992, table 6.1. */
static void wavelet_level(const double *src, int n, double *dst)
{
    static const double around[] = { -3 / 256.0, 22 / 256.0 }; /* of differences 2 and 1 away */
    int pairs = n / 2;
    const double root = 0.70710678118654752440;
    for (int i = 0; i < pairs; i++) dst[pairs + i] = root * (src[2 * i] - src[2 * i + 1]);
    for (int i = 0; i < pairs; i++) {
        double sum = root * (src[2 * i] + src[2 * i + 1]);
        for (int d = 1; d <= 2; d++) {
            double before = dst[pairs + (i + 2 * pairs - d) % pairs],
                   after = dst[pairs + (i + d) % pairs];
            sum += 2 * around[2 - d] * (after - before);
        }
        dst[i] = sum;
    }
}

static void make_wavelets(int edge, double m[BLOCK_MAX])
{
    for (int i = 0; i < edge; i++) {
        double column[BLOCK_MAX_EDGE] = { 0 }, next[BLOCK_MAX_EDGE];
        column[i] = 1;
        for (int n = edge; n > 1; n /= 2) {
            wavelet_level(column, n, next);
            for (int k = 0; k < n; k++) column[k] = next[k];
        }
        for (int k = 0; k < edge; k++) m[k * edge + i] = column[k];
    }
    for (int k = 0; k < edge; k++) {
        double norm = 0;
        for (int i = 0; i < edge; i++) norm += m[k * edge + i] * m[k * edge + i];
        for (int i = 0; i < edge; i++) m[k * edge + i] /= sqrt(norm);
    }
}

/* out = the inverse of m, by elimination with row pivots. */
static void invert(int n, double m[BLOCK_MAX], double out[BLOCK_MAX])
{
    for (int i = 0; i < n * n; i++) out[i] = i / n == i % n;
    for (int c = 0; c < n; c++) {
        int pivot = c;
        for (int r = c + 1; r < n; r++)
            if (fabs(m[r * n + c]) > fabs(m[pivot * n + c])) pivot = r;
        for (int k = 0; k < n; k++) {
            double a = m[c * n + k], b = out[c * n + k];
            m[c * n + k] = m[pivot * n + k];
            out[c * n + k] = out[pivot * n + k];
            m[pivot * n + k] = a;
            out[pivot * n + k] = b;
        }
        double scale = 1 / m[c * n + c];
        for (int k = 0; k < n; k++) {
            m[c * n + k] *= scale;
            out[c * n + k] *= scale;
        }
        for (int r = 0; r < n; r++) {
            double times = m[r * n + c];
            for (int k = 0; k < n && r != c; k++) {
                m[r * n + k] -= times * m[c * n + k];
                out[r * n + k] -= times * out[c * n + k];
            }
        }
    }
}

void block_tables_make(block_kind kind, int edge, block_tables *out)
{
    double forth[BLOCK_MAX], back[BLOCK_MAX];
    assert(block_edge_exists(edge) && (kind == BLOCK_COSINES || edge != 11));
    out->edge = edge;
    if (kind == BLOCK_WAVELETS) make_wavelets(edge, forth);
    else make_cosines(edge, forth);
    for (int i = 0; i < edge * edge; i++) {
        out->forth[i] = (float)forth[i];
        out->forth_t[i % edge * edge + i / edge] = (float)forth[i];
    }
    invert(edge, forth, back);
    for (int i = 0; i < edge * edge; i++) {
        out->back[i] = (float)back[i];
        out->back_t[i % edge * edge + i / edge] = (float)back[i];
    }
}

/* dst = a src b, all of a constant edge, a multiple of eight: rows in the compiler's own vectors
 * (a quarter of the time of plain loops). */
static inline __attribute__((always_inline)) void sandwich(const int edge, const float *a,
                                                           const float *src, int64_t stride,
                                                           const float *b, float *dst)
{
    enum { MOST = BLOCK_MAX_EDGE / LOOM_LANES };
    float half[BLOCK_MAX];
    const int parts = edge / LOOM_LANES;
    for (int i = 0; i < edge; i++) {
        loom_lanes row[MOST] = { { 0 } };
        for (int k = 0; k < edge; k++)
            for (int q = 0; q < parts; q++)
                row[q] += a[i * edge + k] * loom_lanes_load(src + k * stride + LOOM_LANES * q);
        memcpy(half + i * edge, row, (size_t)edge * sizeof(float));
    }
    for (int i = 0; i < edge; i++) {
        loom_lanes row[MOST] = { { 0 } };
        for (int k = 0; k < edge; k++)
            for (int q = 0; q < parts; q++)
                row[q] += half[i * edge + k] * loom_lanes_load(b + k * edge + LOOM_LANES * q);
        memcpy(dst + i * edge, row, (size_t)edge * sizeof(float));
    }
}

static void sandwich_any(int edge, const float *a, const float *src, int64_t stride, const float *b,
                         float *dst)
{
    float half[BLOCK_MAX];
    for (int i = 0; i < edge; i++) {
        float row[BLOCK_MAX_EDGE] = { 0 };
        for (int k = 0; k < edge; k++)
            for (int j = 0; j < edge; j++) row[j] += a[i * edge + k] * src[k * stride + j];
        for (int j = 0; j < edge; j++) half[i * edge + j] = row[j];
    }
    for (int i = 0; i < edge; i++) {
        float row[BLOCK_MAX_EDGE] = { 0 };
        for (int k = 0; k < edge; k++)
            for (int j = 0; j < edge; j++) row[j] += half[i * edge + k] * b[k * edge + j];
        for (int j = 0; j < edge; j++) dst[i * edge + j] = row[j];
    }
}

static void multiply(int edge, const float *a, const float *src, int64_t stride, const float *b,
                     float *dst)
{
    switch (edge) {
    case 8: sandwich(8, a, src, stride, b, dst); break;
    case 16: sandwich(16, a, src, stride, b, dst); break;
    default: sandwich_any(edge, a, src, stride, b, dst); break;
    }
}

void block_forth(const block_tables *t, const float *src, int64_t stride, float *dst)
{
    multiply(t->edge, t->forth, src, stride, t->forth_t, dst);
}

void block_back(const block_tables *t, const float *src, float *dst)
{
    multiply(t->edge, t->back, src, t->edge, t->back_t, dst);
}

void group_forth(float *group, int n, int pixels)
{
    const float half = 0.70710678118654752f;
    assert(n <= BLOCK_MAX_GROUP && pixels <= BLOCK_MAX);
    for (int step = 1; step < n; step *= 2)
        for (int i = 0; i < n; i += 2 * step) {
            float *restrict a = group + i * pixels, *restrict b = group + (i + step) * pixels;
            for (int p = 0; p < pixels; p++) {
                float first = a[p], second = b[p];
                a[p] = half * (first + second);
                b[p] = half * (first - second);
            }
        }
}

void group_back(float *group, int n, int pixels)
{
    const float half = 0.70710678118654752f;
    for (int step = n / 2; step >= 1; step /= 2)
        for (int i = 0; i < n; i += 2 * step) {
            float *restrict a = group + i * pixels, *restrict b = group + (i + step) * pixels;
            for (int p = 0; p < pixels; p++) {
                float sum = a[p], difference = b[p];
                a[p] = half * (sum + difference);
                b[p] = half * (sum - difference);
            }
        }
}

/* The modified Bessel function I0 by its series. */
static double bessel_i0(double x)
{
    double term = 1, sum = 1;
    for (int k = 1; k < 60 && term > 1e-17 * sum; k++) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

void block_window(int edge, double beta, float *window)
{
    double line[BLOCK_MAX_EDGE];
    for (int i = 0; i < edge; i++) {
        double at = 2.0 * i / (edge - 1) - 1;
        line[i] = bessel_i0(beta * sqrt(1 - at * at)) / bessel_i0(beta);
    }
    for (int i = 0; i < edge * edge; i++) window[i] = (float)(line[i / edge] * line[i % edge]);
}
