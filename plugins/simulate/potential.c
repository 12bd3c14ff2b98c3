/* simulate/potential.c - see potential.h.
 *
 * prismatic_2d and prismatic_3d are the recipes of Prismatic, so that images can be compared with
 * it number by number. The first puts atoms on whole pixels. The second spreads an atom over the
 * slices it reaches into: where a slice boundary cuts a nucleus in two, its halves scatter dz apart
 * and high angles lose intensity (all of it where pi lambda dz q^2 = pi), and since it samples V at
 * points, the 1/r at the nucleus makes the result depend on the spacing of its layers. `projected`,
 * the default, avoids all three: the whole atom in the slice of its nucleus, integrated over
 * pixels, moved by fractions of a pixel in Fourier space, the pixel's own smoothing undone. */
#include "potential.h"
#include "kit/geometry.h"
#include "kit/kirkland.h"
#include <math.h>
#include <string.h>
#include "kit/assert_hot.h"
#include <assert.h>

enum { FINE = 8, SUBLAYERS = 16 }; /* samples of the sub-grid of a pixel; layers of a slice */

/* ---- projected: the mean of v(r) over each pixel, on whole-pixel positions ------------------- */

static void projected_patch(const potential_table *t, const double *k, float *patch)
{
    assert(t->reach_x > 0 && t->reach_y > 0); /* the edge is one sample inwards */
    int64_t lx = t->reach_x, ly = t->reach_y, wide = 2 * lx + 1;
    for (int64_t iy = -ly; iy <= ly; iy++)
        for (int64_t ix = -lx; ix <= lx; ix++) {
            double sum = 0;
            for (int sy = 0; sy < FINE; sy++)
                for (int sx = 0; sx < FINE; sx++) {
                    double x = ((double)ix + (sx + 0.5) / FINE - 0.5) * t->o->px,
                           y = ((double)iy + (sy + 0.5) / FINE - 0.5) * t->o->py;
                    sum += loom_kirkland_projected(k, hypot(x, y));
                }
            patch[(iy + ly) * wide + ix + lx] = (float)(sum / (FINE * FINE));
        }
    float edge_x = patch[ly * wide + 2 * lx - 1], edge_y = patch[(2 * ly - 1) * wide + lx],
          edge = edge_x > edge_y ? edge_x : edge_y;
    for (int64_t i = 0; i < wide * (2 * ly + 1); i++)
        patch[i] = patch[i] > edge ? patch[i] - edge : 0;
}

static int64_t wrap(int64_t i, int64_t n)
{
    LOOM_ASSERT_HOT(n > 0);
    return ((i % n) + n) % n;
}

/* potential += patch centred on sample (cx, cy), periodic */
static void add_patch(const potential_table *t, const float *patch, int64_t cx, int64_t cy,
                      float *potential)
{
    int64_t lx = t->reach_x, ly = t->reach_y, nx = t->o->nx, ny = t->o->ny;
    for (int64_t iy = -ly; iy <= ly; iy++) {
        float *row = potential + wrap(cy + iy, ny) * nx;
        const float *from = patch + (iy + ly) * (2 * lx + 1) + lx;
        for (int64_t ix = -lx; ix <= lx; ix++) row[wrap(cx + ix, nx)] += from[ix];
    }
}

/* ---- layers, shifted by a fraction of a pixel in Fourier space ------------------------------- */

/* 1 below 0.375 cycles per sample, 0 above 0.475, sin^2 between: keeps the shifted patch from
 * ringing */
static double low_pass(double cycles)
{
    double f = fabs(cycles), low = 0.375, high = 0.475;
    if (f <= low) return 1;
    if (f >= high) return 0;
    double s = sin(LOOM_PI / 2 * (high - f) / (high - low));
    return s * s;
}

static double frequency(int64_t i, int64_t n)
{
    return (double)(i <= (n - 1) / 2 ? i : i - n) / (double)n;
}

/* V - V(cutoff), not below 0 */
static double cut_potential(const double *k, double edge, double x, double y, double z)
{
    double v = loom_kirkland_potential(k, sqrt(x * x + y * y + z * z)) - edge;
    return v > 0 ? v : 0;
}

static double sinc(double x) { return fabs(x) < 1e-9 ? 1 : sin(LOOM_PI * x) / (LOOM_PI * x); }

static void layer_transforms(const potential_table *t, const double *k, double cutoff, wave *layers)
{
    assert(t->layered && t->sublayers > 0 && t->sublayers % 2 == 0);
    const optics *o = t->o;
    int64_t wx = 2 * t->reach_x + 1, wy = 2 * t->reach_y + 1;
    double edge = loom_kirkland_potential(k, cutoff), layer_dz = o->dz / SUBLAYERS;
    for (int64_t s = 0; s < t->sublayers; s++) {
        double z = ((double)(s - t->sublayers / 2) + 0.5) * layer_dz;
        for (int64_t iy = 0; iy <= t->reach_y; iy++)
            for (int64_t ix = 0; ix <= t->reach_x; ix++) { /* one quadrant; the others are alike */
                double x = (double)ix * o->px, y = (double)iy * o->py;
                double v = cut_potential(k, edge, x, y, z);
                for (int q = 0; q < 4; q++)
                    t->work[wrap(q & 2 ? -iy : iy, wy) * wx + wrap(q & 1 ? -ix : ix, wx)] =
                        (float)(v * layer_dz);
            }
        fftwf_execute_dft(t->forth, (fftwf_complex *)t->work,
                          (fftwf_complex *)(layers + s * wx * wy));
        for (int64_t iy = 0; iy < wy; iy++)
            for (int64_t ix = 0; ix < wx; ix++)
                layers[(s * wy + iy) * wx + ix] *=
                    (float)(low_pass(hypot(frequency(ix, wx), frequency(iy, wy)))
                            / (double)(wx * wy));
    }
}

/* The whole atom as one layer: the projected patch, its smoothing by the pixel undone. */
static void projected_transform(const potential_table *t, const double *k, float *patch,
                                wave *layer)
{
    assert(!t->layered && t->sublayers == 1 && t->forth);
    int64_t wx = 2 * t->reach_x + 1, wy = 2 * t->reach_y + 1;
    projected_patch(t, k, patch);
    for (int64_t iy = 0; iy < wy; iy++)
        for (int64_t ix = 0; ix < wx; ix++)
            t->work[wrap(iy - t->reach_y, wy) * wx + wrap(ix - t->reach_x, wx)] =
                patch[iy * wx + ix];
    fftwf_execute_dft(t->forth, (fftwf_complex *)t->work, (fftwf_complex *)layer);
    for (int64_t iy = 0; iy < wy; iy++)
        for (int64_t ix = 0; ix < wx; ix++) {
            double fx = frequency(ix, wx), fy = frequency(iy, wy);
            layer[iy * wx + ix] *=
                (float)(low_pass(hypot(fx, fy)) / (sinc(fx) * sinc(fy)) / (double)(wx * wy));
        }
}

/* potential of slice += the sum of transforms in t->work, shifted by (dx, dy) samples and cut to a
 * disk */
static void add_shifted(const potential_table *t, int64_t cx, int64_t cy, double dx, double dy,
                        float *potential)
{
    assert(!t->whole_pixels && t->back);
    int64_t lx = t->reach_x, ly = t->reach_y, wx = 2 * lx + 1, wy = 2 * ly + 1, nx = t->o->nx,
            ny = t->o->ny;
    wave *w = t->work;
    for (int64_t iy = 0; iy < wy; iy++) {
        wave py = (wave)cexp(-2 * LOOM_PI * I * frequency(iy, wy) * dy);
        for (int64_t ix = 0; ix < wx; ix++) w[iy * wx + ix] *= py;
    }
    for (int64_t ix = 0; ix < wx; ix++) {
        wave px = (wave)cexp(-2 * LOOM_PI * I * frequency(ix, wx) * dx);
        for (int64_t iy = 0; iy < wy; iy++) w[iy * wx + ix] *= px;
    }
    fftwf_execute_dft(t->back, (fftwf_complex *)w, (fftwf_complex *)w);
    double limit = ((double)lx + 0.5) * ((double)lx + 0.5), stretch = (double)lx / (double)ly;
    for (int64_t iy = -ly; iy <= ly; iy++)
        for (int64_t ix = -lx; ix <= lx; ix++) {
            double ey = (double)iy * stretch;
            if ((double)(ix * ix) + ey * ey > limit) continue;
            potential[wrap(cy + iy, ny) * nx + wrap(cx + ix, nx)] +=
                crealf(w[wrap(iy, wy) * wx + wrap(ix, wx)]);
        }
}

/* ---- tables ---------------------------------------------------------------------------------- */

bool potential_table_begin(loom_call *call, const optics_params *p, const optics *o,
                           const specimen *s, potential_table *out)
{
    assert(o->px > 0 && o->py > 0 && o->dz > 0 && o->slices > 0);
    const loom_host *h = call->host;
    potential_table t = { .o = o,
                          .whole_pixels = p->potential == POTENTIAL_PRISMATIC_2D,
                          .layered = p->potential == POTENTIAL_PRISMATIC_3D };
    t.reach_x = (int64_t)ceil(p->potential_cutoff / o->px);
    t.reach_y = (int64_t)ceil(p->potential_cutoff / o->py);
    t.sublayers =
        t.layered ? 2 * (int64_t)ceil(p->potential_cutoff / (o->dz / SUBLAYERS) - 1e-9) : 1;
    int wx = (int)(2 * t.reach_x + 1), wy = (int)(2 * t.reach_y + 1);
    size_t patch = (size_t)wx * (size_t)wy, species = (size_t)s->species_count;
    t.projected = h->scratch(call, species * sizeof *t.projected + 1);
    t.layers = h->scratch(call, species * sizeof *t.layers + 1);
    t.work = h->scratch(call, patch * sizeof(wave));
    if (!t.projected || !t.layers || !t.work) return false;
    if (!t.whole_pixels) {
        wave *other = h->scratch(call, patch * sizeof(wave));
        if (!other) return false;
        t.forth = fftwf_plan_dft_2d(wy, wx, (fftwf_complex *)t.work, (fftwf_complex *)other,
                                    FFTW_FORWARD, FFTW_ESTIMATE | FFTW_UNALIGNED);
        t.back = fftwf_plan_dft_2d(wy, wx, (fftwf_complex *)t.work, (fftwf_complex *)t.work,
                                   FFTW_BACKWARD, FFTW_ESTIMATE);
        h->release(call, other);
    }
    *out = t;
    for (size_t i = 0; i < species; i++) {
        const double *k = loom_kirkland(s->z_of_species[i]);
        t.projected[i] = h->scratch(call, patch * sizeof(float));
        t.layers[i] =
            h->scratch(call, t.whole_pixels ? 1 : patch * (size_t)t.sublayers * sizeof(wave));
        if (!t.projected[i] || !t.layers[i]) {
            potential_table_end(out);
            return false;
        }
        if (t.whole_pixels) projected_patch(&t, k, t.projected[i]);
        else if (t.layered) layer_transforms(&t, k, p->potential_cutoff, t.layers[i]);
        else projected_transform(&t, k, t.projected[i], t.layers[i]);
    }
    return true;
}

void potential_table_end(potential_table *t)
{
    if (t->forth) fftwf_destroy_plan(t->forth);
    if (t->back) fftwf_destroy_plan(t->back);
    t->forth = t->back = NULL;
}

/* ---- slices ---------------------------------------------------------------------------------- */

static int64_t slice_of(const optics *o, double depth)
{
    int64_t s = (int64_t)floor(depth / o->dz);
    return s < 0 ? 0 : s >= o->slices ? o->slices - 1 : s;
}

/* Add what atom i gives to slice `slice`. */
static bool add_atom(const potential_table *t, const specimen *sp, int64_t i, int64_t slice,
                     float *potential)
{
    assert(i >= 0 && i < sp->n && slice >= 0 && slice < t->o->slices);
    assert(sp->species[i] >= 0 && sp->species[i] < sp->species_count);
    const optics *o = t->o;
    double x = (sp->position[i][0] + o->cell[0] / 2) / o->px,
           y = (sp->position[i][1] + o->cell[1] / 2) / o->py;
    double depth = o->cell[2] / 2 - sp->position[i][2];
    int64_t cx = llround(x), cy = llround(y);
    if (!t->layered && slice_of(o, depth) != slice) return false;
    if (t->whole_pixels) {
        add_patch(t, t->projected[sp->species[i]], cx, cy, potential);
        return true;
    }
    int64_t patch = (2 * t->reach_x + 1) * (2 * t->reach_y + 1);
    bool any = false;
    for (int64_t s = 0; s < t->sublayers; s++) {
        double z = ((double)(s - t->sublayers / 2) + 0.5) * o->dz / SUBLAYERS;
        if (t->layered && slice_of(o, depth + z) != slice) continue;
        const wave *layer = t->layers[sp->species[i]] + s * patch;
        if (any)
            for (int64_t k = 0; k < patch; k++) t->work[k] += layer[k];
        else memcpy(t->work, layer, (size_t)patch * sizeof(wave));
        any = true;
    }
    if (any) add_shifted(t, cx, cy, x - (double)cx, y - (double)cy, potential);
    return any;
}

void potential_transmission(const potential_table *t, const specimen *sp, float *potential,
                            wave *transmission, uint8_t *empty)
{
    assert(t->o->nx % BLOCK == 0 && t->o->ny > 0);
    const optics *o = t->o;
    int64_t nx = o->nx, ny = o->ny;
    double reach = t->layered ? (double)(t->sublayers / 2) * o->dz / SUBLAYERS : 0;
    for (int64_t slice = 0; slice < o->slices; slice++) {
        bool any = false;
        memset(potential, 0, sizeof(float) * (size_t)(nx * ny));
        for (int64_t i = 0; i < sp->n; i++) {
            double depth = o->cell[2] / 2 - sp->position[i][2];
            if (slice_of(o, depth - reach) > slice || slice_of(o, depth + reach) < slice) continue;
            any = add_atom(t, sp, i, slice, potential) || any;
        }
        empty[slice] = !any;
        wave *to = transmission + slice * nx * ny;
        for (int64_t x = 0; x < nx; x += BLOCK)
            for (int64_t y = 0; y < ny; y++)
                for (int64_t k = 0; k < BLOCK; k++) {
                    double phase = o->sigma * (double)potential[y * nx + x + k];
                    to[x * ny + y * BLOCK + k] = (float)cos(phase) + I * (float)sin(phase);
                }
    }
}
