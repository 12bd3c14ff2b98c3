/* frame_sum.c - the scans of a tilt added up; see frames.h. */
#include "frames.h"
#include "kit/geometry.h"
#include <math.h>
#include <string.h>

enum { LANCZOS = 4 };

static double lanczos(double x)
{
    double p = LOOM_PI * x;
    if (fabs(x) < 1e-9) return 1;
    return fabs(x) >= LANCZOS ? 0 : sin(p) * sin(p / LANCZOS) / (p * p / LANCZOS);
}

/* dst(at) of a line of n samples, `step` apart, mirrored at its ends. */
static float sample_line(const float *line, int64_t n, int64_t step, double at)
{
    int64_t first = (int64_t)floor(at) - LANCZOS + 1;
    double sum = 0, weight = 0;
    for (int64_t i = first; i < first + 2 * LANCZOS; i++) {
        int64_t k = i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i;
        double w = lanczos(at - (double)i);
        sum += w * (double)line[(k < 0 ? 0 : k >= n ? n - 1 : k) * step];
        weight += w;
    }
    return (float)(sum / weight);
}

/* dst = frame with line y moved back by drift * (y - centre) / ny: what a steady drift of the
 * specimen during the scan has sheared and stretched. */
static void undo_drift(const stack *s, const double drift[2], const float *frame, float *half,
                       float *dst)
{
    for (int64_t y = 0; y < s->ny; y++) {
        double late = (double)(y - loom_centre(s->ny)) / (double)s->ny;
        for (int64_t x = 0; x < s->nx; x++)
            half[y * s->nx + x] =
                sample_line(frame + y * s->nx, s->nx, 1, (double)x + drift[0] * late);
    }
    double stretch = drift[1] / (double)s->ny;
    for (int64_t y = 0; y < s->ny; y++) {
        double from = (double)y + stretch * (double)(y - loom_centre(s->ny));
        for (int64_t x = 0; x < s->nx; x++)
            dst[y * s->nx + x] = sample_line(half + x, s->ny, s->nx, from);
    }
}

/* Pixels of a frame displaced by (x, y) that were inside it before it was moved back. */
static bool reaches(const stack *s, const frame_state *f, int64_t iy, int64_t ix)
{
    double y = (double)iy + f->y, x = (double)ix + f->x;
    return y > -0.5 && x > -0.5 && y < (double)s->ny - 0.5 && x < (double)s->nx - 0.5;
}

/* Adds one frame, moved back through its Fourier transform, where it reaches. */
static void add_frame(const stack *s, int64_t it, int64_t f, workspace *w)
{
    const registrar *r = &s->r;
    const frame_state *state = s->state + it * s->nf + f;
    const float *src = s->src + (it * s->nf + f) * s->ny * s->nx;
    float *dst = s->dst + it * s->ny * s->nx, *image = w->image;
    bool moved = fabs(state->x) > 0 || fabs(state->y) > 0;
    memcpy(image, src, (size_t)(s->ny * s->nx) * sizeof *image);
    if (s->lines) undo_drift(s, s->drift + 2 * it, src, w->work, image);
    if (moved) {
        fftwf_execute_dft_r2c(r->forth, image, w->product);
        memset(w->sum, 0, (size_t)r->spec * sizeof *w->sum);
        add_moved(r, w->product, state->x, state->y, 1 / (float)(s->ny * s->nx), w->sum);
        fftwf_execute_dft_c2r(s->back, w->sum, image);
    }
    for (int64_t y = 0; y < s->ny; y++)
        for (int64_t x = 0; x < s->nx; x++)
            if (reaches(s, state, y, x)) {
                dst[y * s->nx + x] += image[y * s->nx + x];
                w->covered[y * s->nx + x]++;
            }
}

void sum_tilt(const stack *s, int64_t it, workspace *w)
{
    int64_t n = s->ny * s->nx;
    float *dst = s->dst + it * n;
    memset(w->covered, 0, (size_t)n * sizeof *w->covered);
    for (int64_t f = 0; f < s->nf; f++)
        if (s->state[it * s->nf + f].kept) add_frame(s, it, f, w);
    for (int64_t i = 0; i < n; i++)
        if (w->covered[i] && w->covered[i] != s->nf) dst[i] *= (float)s->nf / (float)w->covered[i];
}
