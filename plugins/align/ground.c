/* ground.c - see ground.h */
#include "ground.h"
#include "kit/linalg.h"
#include <assert.h>
#include <string.h>

enum { DEGREE = LOOM_POLYNOMIAL_DEGREE, TERMS = LOOM_POLYNOMIAL_TERMS };

size_t ground_bytes(int64_t nt) { return (size_t)(nt * TERMS * TERMS) * sizeof(double); }

void ground_weigh(ground *g, int64_t nt, int64_t ny, int64_t nx, const float *weight, int threads)
{
    assert(g->gram && weight && threads > 0);
    g->nt = nt;
    g->ny = ny;
    g->nx = nx;
    g->weight = weight;
    g->threads = threads;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t k = 0; k < nt; k++)
        loom_polynomial_gram(ny, nx, DEGREE, weight + k * ny * nx, g->gram + k * TERMS * TERMS);
}

void ground_remove(const ground *g, float *images)
{
    assert(g->weight && "ground_weigh first");
    int64_t pixels = g->ny * g->nx;
#pragma omp parallel for num_threads(g->threads) schedule(static)
    for (int64_t k = 0; k < g->nt; k++) {
        double a[TERMS * TERMS], c[TERMS];
        memcpy(a, g->gram + k * TERMS * TERMS, sizeof a);
        loom_polynomial_sums(g->ny, g->nx, DEGREE, images + k * pixels, g->weight + k * pixels, c);
        if (!loom_solve_spd(TERMS, a, c)) continue; /* an image of a few pixels */
        for (int t = 0; t < TERMS; t++) c[t] = -c[t];
        loom_polynomial_add(g->ny, g->nx, DEGREE, c, images + k * pixels);
    }
}
