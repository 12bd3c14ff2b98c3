/* tests/align/lattice.h - a crystal that fills the images, as counts: atoms 1.8 pixels wide, 9
 * counts at the brightest. */
#ifndef TESTS_ALIGN_LATTICE_H
#define TESTS_ALIGN_LATTICE_H
#include <kit/poisson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct lattice {
    double period;    /* pixels */
    double slow;      /* thickness varies by this share of its mean, half of it along either axis */
    double vacancies; /* share of atoms that are missing */
    double bright;    /* times as many counts; 0: once */
    bool hexagonal;
    bool outside; /* an edge of the crystal, with the normal (1, 0.3), crosses the images */
} lattice;

static inline double lattice_atom(const lattice *l, int tilt, double x, double y, double i,
                                  double j)
{
    double cx = l->period * (i + (l->hexagonal ? j / 2 : 0)),
           cy = l->period * j * (l->hexagonal ? sqrt(0.75) : 1), dx = x - cx, dy = y - cy;
    uint64_t site = (uint64_t)((i + 500) * 1000 + j + 500);
    if (l->vacancies > 0 && loom_uniform(4, (uint64_t)tilt, site) < l->vacancies) return 0;
    return exp(-(dx * dx + dy * dy) / (2 * 1.8 * 1.8));
}

/* Counts to be expected in tilt `tilt` at (x, y) pixels from the centre. */
static inline double lattice_mean(const lattice *l, int tilt, double x, double y)
{
    double j = round(y / (l->period * (l->hexagonal ? sqrt(0.75) : 1))),
           i = round(x / l->period - (l->hexagonal ? j / 2 : 0)), sum = 0;
    for (int v = -1; v <= 1; v++)
        for (int u = -1; u <= 1; u++) sum += lattice_atom(l, tilt, x, y, i + u, j + v);
    double slow = 1 + l->slow * (sin(0.06 * x + tilt) + sin(0.05 * y + 2 * tilt)) / 2,
           inside = l->outside ? 1 / (1 + exp((x + 0.3 * y - 30) / 2)) : 1;
    return (l->bright > 0 ? l->bright : 1) * (0.3 + 9 * slow * inside * sum);
}

/* A scan of edge x edge pixels with the crystal displaced by (dx, dy); scan: number of its noise.
 */
static inline void lattice_scan(const lattice *l, int tilt, int edge, double dx, double dy,
                                uint64_t scan, float *image)
{
    for (int i = 0; i < edge * edge; i++)
        image[i] = (float)loom_poisson(
            5, scan, (uint64_t)i,
            lattice_mean(l, tilt, i % edge - edge / 2 - dx, i / edge - edge / 2 - dy));
}
#endif
