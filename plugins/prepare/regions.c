/* regions.c - see regions.h. */
#include "regions.h"
#include <math.h>
#include <string.h>

bool regions_otsu(const float *v, int64_t n, otsu *out)
{
    enum { BINS = 256 };
    double count[BINS] = { 0 }, sum[BINS] = { 0 }, all = 0, best = -1;
    float low = v[0], high = v[0];
    for (int64_t i = 1; i < n; i++) {
        low = v[i] < low ? v[i] : low;
        high = v[i] > high ? v[i] : high;
    }
    if (!(high > low)) return false;
    double scale = BINS / ((double)high - (double)low);
    for (int64_t i = 0; i < n; i++) {
        int bin = (int)(((double)v[i] - (double)low) * scale);
        bin = bin >= BINS ? BINS - 1 : bin;
        count[bin]++;
        sum[bin] += (double)v[i];
        all += (double)v[i];
    }
    double n0 = 0, s0 = 0;
    for (int b = 0; b + 1 < BINS; b++) {
        n0 += count[b];
        s0 += sum[b];
        double n1 = (double)n - n0;
        if (!(n0 > 0) || !(n1 > 0)) continue;
        double m0 = s0 / n0, m1 = (all - s0) / n1, between = n0 * n1 * (m1 - m0) * (m1 - m0);
        if (!(between > best)) continue;
        best = between;
        *out = (otsu){ (double)low + (b + 1) / scale, m0, m1 };
    }
    return best > 0;
}

int32_t regions_label(const uint8_t *set, int64_t ny, int64_t nx, int32_t *label, int32_t *stack)
{
    int32_t parts = 0;
    memset(label, 0, (size_t)(ny * nx) * sizeof *label);
    for (int64_t i = 0; i < ny * nx; i++) {
        if (!set[i] || label[i]) continue;
        int64_t n = 0;
        label[i] = ++parts;
        stack[n++] = (int32_t)i;
        while (n) {
            int64_t at = stack[--n], y = at / nx, x = at % nx;
            for (int64_t v = y ? y - 1 : 0; v <= y + 1 && v < ny; v++)
                for (int64_t u = x ? x - 1 : 0; u <= x + 1 && u < nx; u++)
                    if (set[v * nx + u] && !label[v * nx + u]) {
                        label[v * nx + u] = parts;
                        stack[n++] = (int32_t)(v * nx + u);
                    }
        }
    }
    return parts;
}

/* Lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012): d[i] = min (i - j)^2 + f[j]. */
static void envelope(const float *f, int64_t n, int64_t step, float *d, float *work)
{
    float *z = work + n;     /* n + 1 places where one parabola takes over from another */
    float *line = z + n + 1; /* f of the line */
    float *corner = work;    /* j of each parabola */
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++) line[i] = f[i * step];
    corner[0] = 0;
    z[0] = -HUGE_VALF;
    z[1] = HUGE_VALF;
    for (int64_t q = 1; q < n; q++) {
        double s;
        for (;; k--) {
            double j = (double)corner[k], fq = (double)line[q], fj = (double)line[(int64_t)j];
            s = ((fq + (double)q * (double)q) - (fj + j * j)) / (2 * ((double)q - j));
            if (s > (double)z[k] || !k) break;
        }
        if (s <= (double)z[k]) k = -1; /* only the first is left, and it is beaten everywhere */
        corner[++k] = (float)q;
        z[k] = k ? (float)s : -HUGE_VALF;
        z[k + 1] = HUGE_VALF;
    }
    k = 0;
    for (int64_t i = 0; i < n; i++) {
        while (z[k + 1] < (float)i) k++;
        double j = (double)corner[k];
        d[i * step] = (float)(((double)i - j) * ((double)i - j) + (double)line[(int64_t)j]);
    }
}

/* distance2[ny nx]: squared distance to the nearest pixel that is `value`; 1e9 where there is
 * none. */
static void squared_distance(const uint8_t *set, uint8_t value, int64_t ny, int64_t nx,
                             float *distance2, float *work)
{
    for (int64_t i = 0; i < ny * nx; i++) distance2[i] = (set[i] != 0) == (value != 0) ? 0 : 1e9f;
    for (int64_t y = 0; y < ny; y++) envelope(distance2 + y * nx, nx, 1, distance2 + y * nx, work);
    for (int64_t x = 0; x < nx; x++) envelope(distance2 + x, ny, nx, distance2 + x, work);
}

void regions_grow(uint8_t *set, int64_t ny, int64_t nx, double radius, float *work)
{
    squared_distance(set, 1, ny, nx, work, work + ny * nx);
    for (int64_t i = 0; i < ny * nx; i++) set[i] = (double)work[i] <= radius * radius;
}

void regions_shrink(uint8_t *set, int64_t ny, int64_t nx, double radius, float *work)
{
    squared_distance(set, 0, ny, nx, work, work + ny * nx);
    for (int64_t i = 0; i < ny * nx; i++) set[i] = (double)work[i] > radius * radius;
}

void regions_fill(uint8_t *set, int64_t ny, int64_t nx, int32_t *label, int32_t *stack)
{
    int64_t n = 0;
    memset(label, 0, (size_t)(ny * nx) * sizeof *label); /* 1: connected to the edge, outside */
    for (int64_t i = 0; i < ny * nx; i++) {
        int64_t y = i / nx, x = i % nx;
        if (set[i] || (y && x && y < ny - 1 && x < nx - 1)) continue;
        label[i] = 1;
        stack[n++] = (int32_t)i;
    }
    while (n) {
        int64_t at = stack[--n], y = at / nx, x = at % nx;
        const int64_t near[4] = { y ? at - nx : -1, y + 1 < ny ? at + nx : -1, x ? at - 1 : -1,
                                  x + 1 < nx ? at + 1 : -1 };
        for (int k = 0; k < 4; k++)
            if (near[k] >= 0 && !set[near[k]] && !label[near[k]]) {
                label[near[k]] = 1;
                stack[n++] = (int32_t)near[k];
            }
    }
    for (int64_t i = 0; i < ny * nx; i++) set[i] = !label[i];
}
