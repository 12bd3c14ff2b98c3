/* scene_images.c - the images of one tilt, see scene.h. */
#include "scene.h"
#include "kit/geometry.h"
#include "kit/poisson.h"

enum { WAVES = 3 }; /* plane waves of the background */

/* Slowly varying background of one tilt, electrons per pixel and frame: a mean times 1 + variation
 * * (three plane waves)/3, each with at most one period over the image. wave: 4 numbers per line or
 * column. */
static void make_background(const scene *s, int64_t it, float *restrict wave, float *restrict field)
{
    const params *p = s->p;
    int64_t nx = s->nx, ny = s->ny;
    double mean = p->background * s->electrons_px;
    for (int64_t i = 0; i < ny * nx; i++) field[i] = (float)mean;
    if (!(mean > 0)) return;
    float *cx = wave, *sx = cx + nx, *cy = sx + nx, *sy = cy + ny,
          height = (float)(mean * p->background_variation / WAVES);
    for (uint64_t k = 0; k < WAVES; k++) {
        double u[3];
        for (uint64_t a = 0; a < 3; a++)
            u[a] = 2 * LOOM_PI
                   * (loom_uniform((uint64_t)p->seed, stream_of(STREAM_BACKGROUND, it), 3 * k + a)
                      - (a < 2 ? 0.5 : 0));
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

/* Fraction of the electrons that the atoms scatter in each pixel, for a displacement in pixels;
 * returns the sum before any saturation. */
static double scatter(const scene *s, int64_t it, const double shift[2], const double *line_shift,
                      const workspace *w)
{
    double r[9], v[3], sum = 0;
    int64_t stride = s->nx + 2 * s->margin;
    loom_euler(s->angles + 3 * it, r);
    for (int64_t n = 0; n < s->n; n++) {
        loom_to_detector(r, s->position + 3 * n, v);
        w->x[n] = (double)loom_centre(s->nx) + v[0] / s->p->pixel_size + shift[0];
        w->y[n] = (double)loom_centre(s->ny) + v[1] / s->p->pixel_size + shift[1];
    }
    memset(w->image, 0, sizeof(float) * (size_t)(stride * (s->ny + 2 * s->margin)));
    footprint_atoms atoms = { s->n, w->x, w->y, s->species, s->weight, s->shape };
    footprint_draw(&atoms, s->ny, s->nx, s->margin, line_shift, w->image);
    for (int64_t iy = 0; iy < s->ny; iy++) {
        const float *src = w->image + (iy + s->margin) * stride + s->margin;
        float *dst = w->scattered + iy * s->nx;
        for (int64_t ix = 0; ix < s->nx; ix++) {
            sum += (double)src[ix];
            dst[ix] = src[ix];
        }
    }
    if (s->p->nonlinear)
        for (int64_t i = 0; i < s->ny * s->nx; i++) w->scattered[i] = -expm1f(-w->scattered[i]);
    return sum;
}

/* One scan: what is expected is added to `expected`, what the detector says goes to `frame` and is
 * added to `tilt`. */
static double detect(const scene *s, int64_t k, const workspace *w, float *restrict expected,
                     float *restrict frame, float *restrict tilt)
{
    const params *p = s->p;
    uint64_t seed = (uint64_t)p->seed, count = stream_of(STREAM_COUNT, k),
             read = stream_of(STREAM_READ, k);
    float per_px = (float)s->electrons_px;
    double sum = 0;
    for (int64_t i = 0; i < s->ny * s->nx; i++) {
        float mean = per_px * w->scattered[i] + w->field[i];
        double electrons =
                   p->poisson ? loom_poisson(seed, count, (uint64_t)i, (double)mean) : (double)mean,
               z[2] = { 0, 0 };
        if (p->read_noise > 0) loom_normal2(seed, read, (uint64_t)i, z);
        expected[i] += mean;
        frame[i] = (float)(p->gain * electrons + p->offset + p->read_noise * z[0]);
        tilt[i] += frame[i];
        sum += (double)(per_px * w->scattered[i]);
    }
    return sum;
}

void scene_acquire(const scene *s, int64_t it, const workspace *w)
{
    static const double centred[2] = { 0, 0 };
    int64_t pixels = s->ny * s->nx;
    float incident = (float)(s->electrons_px * (double)s->nf);
    double inside = scatter(s, it, centred, NULL, w), last[2] = { 0, 0 };
    for (int64_t i = 0; i < pixels; i++) s->ideal[it * pixels + i] = incident * w->scattered[i];
    make_background(s, it, w->wave, w->field);
    double background_sum = 0;
    for (int64_t i = 0; i < pixels; i++) {
        s->background[it * pixels + i] = (float)s->nf * w->field[i];
        background_sum += (double)w->field[i];
    }
    for (int64_t f = 0; f < s->nf; f++) {
        int64_t k = it * s->nf + f;
        double shift[2];
        for (int a = 0; a < 2; a++)
            shift[a] = s->shift[2 * it + a] + (double)f * s->drift[2 * it + a];
        if (s->line_shift || shift[0] != last[0]
            || shift[1] != last[1]) /* a steady stage needs one drawing for all frames */
            inside = scatter(s, it, shift, s->line_shift ? s->line_shift + k * s->ny : NULL, w);
        memcpy(last, shift, sizeof last);
        s->signal[k] = detect(s, k, w, s->expected + it * pixels, s->frames + k * pixels,
                              s->tilts + it * pixels);
        s->captured[k] = s->total_weight > 0 ? inside / s->total_weight : 0;
        s->background_sum[k] = background_sum;
    }
}
