/* kit/imaging_patch_inside.h - the inner loops over the pixels that one atom reaches; for imaging.c
 * and imaging_blocks.c only.
 *
 * Patches are as wide as whole vectors unless the border cuts them. Written with vectors (of GCC
 * and clang) for widths known to the compiler, so that the sums of columns stay in registers: left
 * to itself GCC shuffles them (measured: 4 times slower); any other width takes the plain loops. */
#ifndef LOOM_KIT_IMAGING_PATCH_INSIDE_H
#define LOOM_KIT_IMAGING_PATCH_INSIDE_H
#include "kit/imaging_inside.h"
#include <string.h>

#define PATCH_INLINE static inline __attribute__((always_inline))
typedef float patch_lanes __attribute__((vector_size(IMAGING_LANES * sizeof(float))));
enum { PATCH_MOST = 3 }; /* vectors in a row */

/* Rows of an image with nx pixels in a row; n pixels of each. u and v point at the profiles' first
 * sample that is seen, by order. */
typedef struct patch {
    int64_t nx, rows, n, at; /* at: of the first pixel */
    const float *u[IMAGING_ORDERS], *v[IMAGING_ORDERS];
} patch;

static inline patch patch_of(const loom_imaging *m, const footprint *f)
{
    patch p = {
        .nx = m->nx, .rows = f->y1 - f->y0, .n = f->x1 - f->x0, .at = f->y0 * m->nx + f->x0
    };
    for (int o = 0; o < IMAGING_ORDERS; o++) {
        p.u[o] = f->u[o] + (f->x0 - f->x);
        p.v[o] = f->v[o] + (f->y0 - f->y);
    }
    return p;
}

PATCH_INLINE patch_lanes patch_load(const float *from)
{
    patch_lanes v;
    memcpy(&v, from, sizeof v);
    return v;
}
PATCH_INLINE void patch_store(patch_lanes v, float *to) { memcpy(to, &v, sizeof v); }
PATCH_INLINE float patch_sum(patch_lanes v)
{
    return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

/* Calls what(..., W) for W vectors in a row, or plain(...) */
#define PATCH_WIDTHS(what, plain, ...) \
    switch (p->n) { \
    case IMAGING_LANES: what(__VA_ARGS__, 1); break; \
    case 2 * IMAGING_LANES: what(__VA_ARGS__, 2); break; \
    case 3 * IMAGING_LANES: what(__VA_ARGS__, 3); break; \
    default: plain(__VA_ARGS__); \
    }

/* ---- scatter: image += c[0] P P + c[1] P' P + c[2] P P' + c[3] (P'' P + P P'') ----------------
 */

PATCH_INLINE void scatter_wide(const patch *p, const float c[4], float *image, int w)
{
    patch_lanes u[3][PATCH_MOST];
    for (int o = 0; o < 3; o++)
        for (int k = 0; k < w; k++) u[o][k] = patch_load(p->u[o] + IMAGING_LANES * k);
    for (int64_t y = 0; y < p->rows; y++) {
        float *row = image + p->at + y * p->nx, v0 = p->v[0][y];
        float plain = c[0] * v0 + c[2] * p->v[1][y] + c[3] * p->v[2][y], first = c[1] * v0,
              second = c[3] * v0;
        for (int k = 0; k < w; k++)
            patch_store(patch_load(row + IMAGING_LANES * k) + plain * u[0][k] + first * u[1][k]
                            + second * u[2][k],
                        row + IMAGING_LANES * k);
    }
}

static inline void scatter_any(const patch *p, const float c[4], float *image)
{
    for (int64_t y = 0; y < p->rows; y++) {
        float *row = image + p->at + y * p->nx, v0 = p->v[0][y];
        float plain = c[0] * v0 + c[2] * p->v[1][y] + c[3] * p->v[2][y], first = c[1] * v0,
              second = c[3] * v0;
        for (int64_t i = 0; i < p->n; i++)
            row[i] += plain * p->u[0][i] + first * p->u[1][i] + second * p->u[2][i];
    }
}

static inline void scatter(const patch *p, const float c[4],
                           float *image){ PATCH_WIDTHS(scatter_wide, scatter_any, p, c, image) }

/* P P alone. */
PATCH_INLINE void scatter_plain_wide(const patch *p, float c, float *image, int w)
{
    patch_lanes u[PATCH_MOST];
    for (int k = 0; k < w; k++) u[k] = patch_load(p->u[0] + IMAGING_LANES * k);
    for (int64_t y = 0; y < p->rows; y++) {
        float *row = image + p->at + y * p->nx, v = c * p->v[0][y];
        for (int k = 0; k < w; k++)
            patch_store(patch_load(row + IMAGING_LANES * k) + v * u[k], row + IMAGING_LANES * k);
    }
}

static inline void scatter_plain_any(const patch *p, float c, float *image)
{
    for (int64_t y = 0; y < p->rows; y++) {
        float *row = image + p->at + y * p->nx, v = c * p->v[0][y];
        for (int64_t i = 0; i < p->n; i++) row[i] += v * p->u[0][i];
    }
}

static inline void scatter_plain(const patch *p, float c, float *image){
    PATCH_WIDTHS(scatter_plain_wide, scatter_plain_any, p, c, image)
}

/* ---- gather: sums of the image times P P, P' P, P P', P'' P + P P'' ---------------------------
 */

PATCH_INLINE void gather_wide(const patch *p, const float *image, double out[4], int w)
{
    patch_lanes a[PATCH_MOST], b[PATCH_MOST], c[PATCH_MOST], s[4] = { { 0 } };
    for (int k = 0; k < w; k++) a[k] = b[k] = c[k] = s[0];
    for (int64_t y = 0; y < p->rows; y++) {
        const float *row = image + p->at + y * p->nx;
        float v0 = p->v[0][y], v1 = p->v[1][y], v2 = p->v[2][y];
        for (int k = 0; k < w; k++) {
            patch_lanes r = patch_load(row + IMAGING_LANES * k);
            a[k] += v0 * r;
            b[k] += v1 * r;
            c[k] += v2 * r;
        }
    }
    for (int k = 0; k < w; k++) {
        patch_lanes u0 = patch_load(p->u[0] + IMAGING_LANES * k);
        s[0] += a[k] * u0;
        s[1] += a[k] * patch_load(p->u[1] + IMAGING_LANES * k);
        s[2] += b[k] * u0;
        s[3] += a[k] * patch_load(p->u[2] + IMAGING_LANES * k) + c[k] * u0;
    }
    for (int i = 0; i < 4; i++) out[i] = (double)patch_sum(s[i]);
}

static inline void gather_any(const patch *p, const float *image, double out[4])
{
    float s[4] = { 0 };
    for (int64_t y = 0; y < p->rows; y++) {
        const float *row = image + p->at + y * p->nx;
        float r[3] = { 0 };
        for (int64_t i = 0; i < p->n; i++)
            for (int o = 0; o < 3; o++) r[o] += row[i] * p->u[o][i];
        s[0] += p->v[0][y] * r[0];
        s[1] += p->v[0][y] * r[1];
        s[2] += p->v[1][y] * r[0];
        s[3] += p->v[0][y] * r[2] + p->v[2][y] * r[0];
    }
    for (int i = 0; i < 4; i++) out[i] = (double)s[i];
}

static inline void gather(const patch *p, const float *image,
                          double out[4]){ PATCH_WIDTHS(gather_wide, gather_any, p, image, out) }

/* ---- products: sums of the weight times products of two of P P, P' P, P P' --------------------
 */

/* Of height height, height u, u u, height v, u v, v v. */
PATCH_INLINE void products_wide(const patch *p, const float *weight, double out[6], int w)
{
    patch_lanes a[PATCH_MOST], b[PATCH_MOST], c[PATCH_MOST], s[6] = { { 0 } };
    for (int k = 0; k < w; k++) a[k] = b[k] = c[k] = s[0];
    for (int64_t y = 0; y < p->rows; y++) {
        const float *row = weight + p->at + y * p->nx;
        float v0 = p->v[0][y], v1 = p->v[1][y];
        for (int k = 0; k < w; k++) {
            patch_lanes r = patch_load(row + IMAGING_LANES * k);
            a[k] += (v0 * v0) * r;
            b[k] += (v0 * v1) * r;
            c[k] += (v1 * v1) * r;
        }
    }
    for (int k = 0; k < w; k++) {
        patch_lanes u0 = patch_load(p->u[0] + IMAGING_LANES * k),
                    u1 = patch_load(p->u[1] + IMAGING_LANES * k);
        s[0] += a[k] * u0 * u0;
        s[1] += a[k] * u0 * u1;
        s[2] += a[k] * u1 * u1;
        s[3] += b[k] * u0 * u0;
        s[4] += b[k] * u0 * u1;
        s[5] += c[k] * u0 * u0;
    }
    for (int i = 0; i < 6; i++) out[i] = (double)patch_sum(s[i]);
}

static inline void products_any(const patch *p, const float *weight, double out[6])
{
    float s[6] = { 0 };
    for (int64_t y = 0; y < p->rows; y++) {
        const float *row = weight + p->at + y * p->nx;
        float v0 = p->v[0][y], v1 = p->v[1][y], r[3] = { 0 };
        for (int64_t i = 0; i < p->n; i++) {
            r[0] += row[i] * p->u[0][i] * p->u[0][i];
            r[1] += row[i] * p->u[0][i] * p->u[1][i];
            r[2] += row[i] * p->u[1][i] * p->u[1][i];
        }
        for (int i = 0; i < 3; i++) s[i] += v0 * v0 * r[i];
        for (int i = 0; i < 2; i++) s[3 + i] += v0 * v1 * r[i];
        s[5] += v1 * v1 * r[0];
    }
    for (int i = 0; i < 6; i++) out[i] = (double)s[i];
}

static inline void products(const patch *p, const float *weight, double out[6])
{
    PATCH_WIDTHS(products_wide, products_any, p, weight, out)
}
#endif
