/* footprint.h - Gaussian atoms integrated over pixels, drawn from tables. Header only.
 *
 * Along one axis an atom at u puts (erf((i + 1/2 - u)/(sqrt2 sigma)) - erf((i - 1/2 - u)/(sqrt2
 * sigma)))/2 into pixel i. Rows of these numbers are tabulated for FOOTPRINT_STEPS positions within
 * a pixel, cut at 5.5 sigma and scaled to sum 1, and read with linear interpolation. So every
 * atom's flux is kept exactly, and a value is off by less than (1/STEPS)^2/(8 sigma^2) of the peak:
 * 1e-6 at a sigma of 1.5 pixels. */
#ifndef SIMULATE_FOOTPRINT_H
#define SIMULATE_FOOTPRINT_H
#include <atomloom/op.h>
#include <math.h>

enum { FOOTPRINT_STEPS = 256, FOOTPRINT_MOST_REACH = 120, FOOTPRINT_MOST_WIDTH = 256 };

/* Pixels floor(u) - reach ... ; width is a multiple of 8, zeros behind the last. */
typedef struct footprint {
    int64_t reach, width;
    float *table; /* [FOOTPRINT_STEPS + 1][width] */
} footprint;

/* Reach of a Gaussian of that sigma in pixels; must not be above FOOTPRINT_MOST_REACH. */
static inline int64_t footprint_reach(double sigma_px) { return (int64_t)ceil(5.5 * sigma_px) + 1; }

/* False when out of memory (already reported). [main] */
static inline bool footprint_make(loom_call *call, double sigma_px, footprint *out)
{
    out->reach = footprint_reach(sigma_px);
    out->width = (2 * out->reach + 2 + 7) / 8 * 8;
    out->table =
        call->host->scratch(call, sizeof(float) * (size_t)((FOOTPRINT_STEPS + 1) * out->width));
    if (!out->table) return false;
    double row[FOOTPRINT_MOST_WIDTH], scale = 1 / (sqrt(2) * sigma_px);
    for (int step = 0; step <= FOOTPRINT_STEPS; step++) {
        double u = (double)step / FOOTPRINT_STEPS, sum = 0;
        for (int64_t k = 0; k < out->width; k++) {
            double from = (double)(k - out->reach) - 0.5 - u;
            row[k] = k < 2 * out->reach + 2 ? erf((from + 1) * scale) - erf(from * scale) : 0;
            sum += row[k];
        }
        for (int64_t k = 0; k < out->width; k++)
            out->table[step * out->width + k] = (float)(row[k] / sum);
    }
    return true;
}

/* The row of an atom at u: dst[k] is for pixel *first + k, times `weight`. */
static inline void footprint_row(const footprint *f, double u, float weight, int64_t *first,
                                 float *restrict dst)
{
    double whole = floor(u), at = (u - whole) * FOOTPRINT_STEPS;
    int64_t step = (int64_t)at < FOOTPRINT_STEPS ? (int64_t)at : FOOTPRINT_STEPS - 1;
    float part = (float)(at - (double)step), low = weight * (1 - part), high = weight * part;
    const float *a = f->table + step * f->width, *b = a + f->width;
    for (int64_t k = 0; k < f->width; k++) dst[k] = low * a[k] + high * b[k];
    *first = (int64_t)whole - f->reach;
}

/* Atoms on a detector: positions in pixels from the first pixel's centre, weights and footprints by
 * species. */
typedef struct footprint_atoms {
    int64_t n;
    const double *x, *y;    /* [n] */
    const int32_t *species; /* [n] */
    const float *weight;    /* by species */
    const footprint *shape; /* by species */
} footprint_atoms;

/* Draw into image[ny + 2 margin][nx + 2 margin], zeroed by the caller, margin >= the largest width;
 * what lies outside nx, ny is not meaningful afterwards. `line_shift`: displacement along x of
 * every line in pixels, or NULL. [any] */
static inline void footprint_draw(const footprint_atoms *atoms, int64_t ny, int64_t nx,
                                  int64_t margin, const double *line_shift, float *restrict image)
{
    int64_t stride = nx + 2 * margin;
    float along_y[FOOTPRINT_MOST_WIDTH], along_x[FOOTPRINT_MOST_WIDTH];
    for (int64_t n = 0; n < atoms->n; n++) {
        const footprint *f = &atoms->shape[atoms->species[n]];
        double x = atoms->x[n], y = atoms->y[n], room = (double)(f->reach + 1);
        if (y < -room || y > (double)ny + room) continue;
        int64_t y0 = 0, x0 = 0;
        footprint_row(f, y, atoms->weight[atoms->species[n]], &y0, along_y);
        if (!line_shift) footprint_row(f, x, 1, &x0, along_x);
        for (int64_t k = 0; k < f->width; k++) {
            int64_t iy = y0 + k;
            if (iy < 0 || iy >= ny) continue;
            if (line_shift) footprint_row(f, x + line_shift[iy], 1, &x0, along_x);
            if (x0 < -margin || x0 + f->width > nx + margin) continue;
            float *restrict dst = image + (iy + margin) * stride + margin + x0, weight = along_y[k];
            for (int64_t i = 0; i < f->width; i++) dst[i] += weight * along_x[i];
        }
    }
}
#endif
