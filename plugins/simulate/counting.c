/* counting.c - see counting.h. */
#include "counting.h"
#include "kit/geometry.h"
#include "kit/poisson.h"
#include <assert.h>
#include <math.h>

enum { WAVES = 3 }; /* plane waves of the background */

counting counting_begin(const counting_params *p, int64_t tilts, int64_t ny, int64_t nx,
                        double pixel_size)
{
    assert(tilts > 0 && p->frames > 0 && pixel_size > 0);
    return (counting){ .p = p,
                       .ny = ny,
                       .nx = nx,
                       .electrons_px =
                           p->dose / (double)(tilts * p->frames) * pixel_size * pixel_size };
}

void counting_background(const counting *c, int64_t tilt, float *restrict wave,
                         float *restrict field)
{
    const counting_params *p = c->p;
    int64_t nx = c->nx, ny = c->ny;
    double mean = p->background * c->electrons_px;
    for (int64_t i = 0; i < ny * nx; i++) field[i] = (float)mean;
    if (!(mean > 0)) return;
    float *cx = wave, *sx = cx + nx, *cy = sx + nx, *sy = cy + ny,
          height = (float)(mean * p->background_variation / WAVES);
    uint64_t stream = simulate_stream(STREAM_BACKGROUND, tilt);
    for (uint64_t k = 0; k < WAVES; k++) {
        double u[3];
        for (uint64_t a = 0; a < 3; a++)
            u[a] = 2 * LOOM_PI
                   * (loom_uniform((uint64_t)p->seed, stream, 3 * k + a) - (a < 2 ? 0.5 : 0));
        for (int64_t ix = 0; ix < nx; ix++) {
            cx[ix] = (float)cos(2 * u[0] * (double)ix / (double)nx);
            sx[ix] = (float)sin(2 * u[0] * (double)ix / (double)nx);
        }
        for (int64_t iy = 0; iy < ny; iy++) {
            cy[iy] = (float)cos(2 * u[1] * (double)iy / (double)ny + u[2]);
            sy[iy] = (float)sin(2 * u[1] * (double)iy / (double)ny + u[2]);
        }
        for (int64_t iy = 0; iy < ny; iy++)
            for (int64_t ix = 0; ix < nx; ix++)
                field[iy * nx + ix] += height * (cy[iy] * cx[ix] - sy[iy] * sx[ix]);
    }
}

double counting_detect(const counting *c, int64_t k, const float *scattered, const float *field,
                       float *restrict expected, float *restrict frame, float *restrict sum)
{
    const counting_params *p = c->p;
    uint64_t seed = (uint64_t)p->seed, count = simulate_stream(STREAM_COUNT, k),
             read = simulate_stream(STREAM_READ, k);
    float per_px = (float)c->electrons_px;
    double signal = 0;
    for (int64_t i = 0; i < c->ny * c->nx; i++) {
        float mean = per_px * scattered[i] + field[i];
        double electrons =
                   p->poisson ? loom_poisson(seed, count, (uint64_t)i, (double)mean) : (double)mean,
               z[2] = { 0, 0 };
        if (p->read_noise > 0) loom_normal2(seed, read, (uint64_t)i, z);
        expected[i] += mean;
        frame[i] = (float)(p->gain * electrons + p->offset + p->read_noise * z[0]);
        sum[i] += frame[i];
        signal += (double)(per_px * scattered[i]);
    }
    return signal;
}

/* exactly what the user wrote or left, so equality is meant */
bool counting_is_plain(const counting_params *p)
{
    return p->poisson && p->gain == 1 && p->offset == 0 && p->read_noise == 0;
}
