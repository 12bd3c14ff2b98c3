/* scene_images.c - the images of one tilt, see scene.h. */
#include "scene.h"
#include "kit/geometry.h"
#include <assert.h>

/* Fraction of the electrons that the atoms scatter in each pixel, for a displacement in pixels;
 * returns the sum before any saturation. */
static double scatter(const scene *s, int64_t it, const double shift[2], const double *line_shift,
                      const workspace *w)
{
    assert(s->margin > 0 && it >= 0 && it < s->nt);
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

void scene_acquire(const scene *s, int64_t it, const workspace *w)
{
    assert(it >= 0 && it < s->nt && s->nf > 0);
    static const double centred[2] = { 0, 0 };
    int64_t pixels = s->ny * s->nx;
    float incident = (float)(s->counting.electrons_px * (double)s->nf);
    double inside = scatter(s, it, centred, NULL, w), last[2] = { 0, 0 };
    for (int64_t i = 0; i < pixels; i++) s->ideal[it * pixels + i] = incident * w->scattered[i];
    counting_background(&s->counting, it, w->wave, w->field);
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
        s->signal[k] =
            counting_detect(&s->counting, k, w->scattered, w->field, s->expected + it * pixels,
                            s->frames + k * pixels, s->tilts + it * pixels);
        s->captured[k] = s->total_weight > 0 ? inside / s->total_weight : 0;
        s->background_sum[k] = background_sum;
    }
}
