/* lattice_heat.h - what exchange on a lattice must do on average: ds/dt = nu L s on the bonds of
 * the sites, solved on its own terms (the neighbours from the site numbers, Runge-Kutta in time),
 * and the profile over depth. For the test and the benchmark of simulate.anneal. */
#ifndef ATOMLOOM_TESTS_LATTICE_HEAT_H
#define ATOMLOOM_TESTS_LATTICE_HEAT_H
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAT_LAYERS = 16 };
typedef struct heat_profile {
    double mean[HEAT_LAYERS];
    int count[HEAT_LAYERS];
} heat_profile;

static inline const int32_t *heat_column(const loom_value *atoms, const char *name)
{
    return value_array(atoms, name)->data;
}
static inline int64_t heat_count(const loom_value *atoms)
{
    return value_array(atoms, "species")->dim[0];
}

static inline int heat_compare(const void *a, const void *b)
{
    return (*(const int32_t *)a > *(const int32_t *)b)
           - (*(const int32_t *)a < *(const int32_t *)b);
}

/* Neighbour numbers [n][12], -1 where there is none; sites ascend. Caller frees. */
static inline int32_t *heat_neighbours(const loom_value *atoms, int64_t *bonds)
{
    const int32_t *site = heat_column(atoms, "site");
    int64_t n = heat_count(atoms);
    int32_t *list = malloc(sizeof *list * 12 * (size_t)n);
    *bonds = 0;
    for (int64_t i = 0; list && i < n; i++)
        for (int d = 0; d < 12; d++) {
            static const int32_t unit[3] = { 1, 1024, 1024 * 1024 };
            int32_t key =
                site[i] + (d & 1 ? 1 : -1) * unit[d / 4] + (d & 2 ? 1 : -1) * unit[(d / 4 + 1) % 3];
            const int32_t *found = bsearch(&key, site, (size_t)n, sizeof key, heat_compare);
            list[12 * i + d] = found ? (int32_t)(found - site) : -1;
            *bonds += found && key > site[i];
        }
    return list;
}

/* s(t) = exp(nu t L) s(0), in place. */
static inline void heat_flow(const int32_t *list, int64_t n, double nu_t, double *s)
{
    int steps = (int)ceil(nu_t * 24 / 0.5)
                + 1; /* |eigenvalues| <= 24: well inside the region of stability and accuracy */
    double *k = malloc(sizeof *k * 3 * (size_t)n), *at = k + n, *sum = at + n, h = nu_t / steps;
    for (int step = 0; k && step < steps; step++) {
        memcpy(at, s, sizeof *s * (size_t)n);
        memcpy(sum, s, sizeof *s * (size_t)n);
        for (int stage = 0; stage < 4; stage++) {
            for (int64_t i = 0; i < n; i++) {
                k[i] = 0;
                for (int d = 0; d < 12; d++)
                    k[i] += list[12 * i + d] < 0 ? 0 : at[list[12 * i + d]] - at[i];
            }
            static const double weight[4] = { 1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0 },
                                reach[4] = { 0.5, 0.5, 1, 0 };
            for (int64_t i = 0; i < n; i++) {
                sum[i] += h * weight[stage] * k[i];
                at[i] = s[i] + h * reach[stage] * k[i];
            }
        }
        memcpy(s, sum, sizeof *s * (size_t)n);
    }
    free(k);
}

/* Mean of s by depth, layers of 2.1 angstrom, the first about depth 0. */
static inline heat_profile heat_layers(const loom_value *atoms, const double *s)
{
    heat_profile p = { 0 };
    const double *depth = value_array(atoms, "depth")->data;
    for (int64_t i = 0; i < heat_count(atoms); i++) {
        int layer = (int)floor(depth[i] / 2.1 + 0.5);
        if (layer >= HEAT_LAYERS) layer = HEAT_LAYERS - 1;
        p.mean[layer] += s[i];
        p.count[layer]++;
    }
    for (int k = 0; k < HEAT_LAYERS; k++)
        if (p.count[k]) p.mean[k] /= p.count[k];
    return p;
}

static inline double *heat_start(const loom_value *atoms)
{
    int64_t n = heat_count(atoms);
    double *s = malloc(sizeof *s * (size_t)n);
    for (int64_t i = 0; s && i < n; i++) s[i] = heat_column(atoms, "species")[i];
    return s;
}

typedef struct heat_verdict {
    double worst_sigmas, chi_square, exchanges, expected_exchanges;
    int layers;
} heat_verdict;

/* Anneal `start` with `seeds` seeds; compare the mean profile with exp(nu t L), layer by layer, in
 * standard errors of that mean. */
static inline heat_verdict heat_against(const loom_value *start, double diffusion, double seconds,
                                        int seeds, char *const params[2])
{
    double square[HEAT_LAYERS] = { 0 }, sum[HEAT_LAYERS] = { 0 },
           nu_t = diffusion / (3.89e-10 * 3.89e-10) * seconds;
    heat_verdict v = { 0 };
    int64_t bonds;
    int32_t *list = heat_neighbours(start, &bonds);
    double *s = heat_start(start);
    heat_flow(list, heat_count(start), nu_t, s);
    heat_profile want = heat_layers(start, s);
    free(s);
    free(list);
    for (int seed = 0; seed < seeds; seed++) {
        char seed_text[32];
        snprintf(seed_text, sizeof seed_text, "seed=%d", 100 + seed);
        op_call c = { .op = op_load("simulate.anneal"),
                      .params = { seed_text, params[0], params[1] } };
        op_input(&c, "atoms", start);
        op_must_run(&c);
        const loom_value *truth = op_output(&c, "truth");
        const loom_array *exchanges = value_array(truth, "exchanges");
        for (int64_t k = 0; k < exchanges->dim[0]; k++)
            v.exchanges += (double)((const int64_t *)exchanges->data)[k] / seeds;
        double *end = heat_start(op_output(&c, "atoms"));
        heat_profile got = heat_layers(op_output(&c, "atoms"), end);
        for (int k = 0; k < HEAT_LAYERS; k++) {
            sum[k] += got.mean[k];
            square[k] += got.mean[k] * got.mean[k];
        }
        free(end);
        op_end(&c);
    }
    for (int k = 0; k < HEAT_LAYERS; k++) {
        double mean = sum[k] / seeds,
               spread = sqrt(fmax(0, square[k] / seeds - mean * mean) / (seeds - 1));
        if (want.count[k] < 10 || want.mean[k] < 3.0 / want.count[k] || !(spread > 0))
            continue; /* too few to be normal */
        v.worst_sigmas = fmax(v.worst_sigmas, fabs(mean - want.mean[k]) / spread);
        v.chi_square += (mean - want.mean[k]) * (mean - want.mean[k]) / (spread * spread);
        v.layers++;
    }
    v.expected_exchanges = nu_t * (double)bonds;
    return v;
}
#endif
