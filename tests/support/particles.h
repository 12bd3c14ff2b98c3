/* tests/support/particles.h - particles for tests: an ideal truncated octahedron, and atoms read
 * from CSV and XYZ. */
#ifndef ATOMLOOM_TESTS_PARTICLES_H
#define ATOMLOOM_TESTS_PARTICLES_H
#include "kit/rng.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct particle {
    int64_t n;
    double (*x)[3];
    int32_t *species;
    int32_t (*site)[3];
} particle;

static inline double distance(const double *a, const double *b)
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
                + (a[2] - b[2]) * (a[2] - b[2]));
}

/* fcc sites (half-edge coordinates with an even sum) with |x|,|y|,|z| <= h100 a and |x|+|y|+|z| <=
 * h111 a about the bond midpoint (a/4, a/4, 0), in order of z, y, x. One atom in five is of
 * species 1. */
static inline particle truncated_octahedron(double a, double h100, double h111)
{
    int reach = (int)(2 * h100) + 2;
    size_t room =
        (size_t)(2 * reach + 1) * (size_t)(2 * reach + 1) * (size_t)(2 * reach + 1) / 2 + 1;
    particle t = { 0, calloc(room, sizeof *t.x), calloc(room, sizeof *t.species),
                   calloc(room, sizeof *t.site) };
    for (int k = -reach; k <= reach; k++)
        for (int j = -reach; j <= reach; j++)
            for (int i = -reach; i <= reach; i++) {
                double x = 0.5 * i - 0.25, y = 0.5 * j - 0.25, z = 0.5 * k;
                if ((i + j + k) % 2 || fabs(x) > h100 || fabs(y) > h100 || fabs(z) > h100
                    || fabs(x) + fabs(y) + fabs(z) > h111)
                    continue;
                t.x[t.n][0] = a * x;
                t.x[t.n][1] = a * y;
                t.x[t.n][2] = a * z;
                memcpy(t.site[t.n], (int32_t[]){ i, j, k }, sizeof *t.site);
                t.species[t.n] = loom_random(5, 1, (uint64_t)t.n) % 5 == 0;
                t.n++;
            }
    return t;
}

static inline void particle_free(particle *t)
{
    free(t->x);
    free(t->species);
    free(t->site);
}

static inline void shake(particle *t, double sigma_A, uint64_t seed)
{
    for (int64_t i = 0; i < t->n; i++) {
        double a[2], b[2];
        loom_normal2(seed, 0, (uint64_t)i, a);
        loom_normal2(seed, 1, (uint64_t)i, b);
        t->x[i][0] += sigma_A * a[0];
        t->x[i][1] += sigma_A * a[1];
        t->x[i][2] += sigma_A * b[0];
    }
}

/* x, y, z, type (from 1) in the first four columns of a CSV. */
static inline loom_value *particle_read(const char *path, int least_columns)
{
    static const char *const symbols[] = { "", "A", "A B", "A B C", "A B C D" };
    int64_t rows;
    int columns, kinds = 0;
    double *all = rows_read(path, &rows, &columns);
    if (!all || columns < least_columns) {
        free(all);
        return NULL;
    }
    double(*x)[3] = calloc((size_t)rows, sizeof *x);
    int32_t *species = calloc((size_t)rows, sizeof *species);
    for (int64_t i = 0; i < rows; i++) {
        memcpy(x[i], all + i * columns, sizeof *x);
        species[i] = (int32_t)all[i * columns + 3] - 1;
        if (species[i] >= kinds) kinds = species[i] + 1;
    }
    loom_value *v = make_atoms(rows, x[0], species, symbols[kinds]);
    free(x);
    free(species);
    free(all);
    return v;
}

/* "Pd x y z" lines after the two of the head, Pd and Pt. */
static inline loom_value *particle_read_xyz(const char *path)
{
    char line[256], word[16];
    FILE *f = fopen(path, "r");
    long n = f && fgets(line, sizeof line, f) ? strtol(line, NULL, 10) : 0;
    if (!f || !fgets(line, sizeof line, f)) return NULL;
    double(*x)[3] = calloc((size_t)n, sizeof *x);
    int32_t *species = calloc((size_t)n, sizeof *species);
    for (long i = 0; i < n && fgets(line, sizeof line, f); i++)
        if (sscanf(line, "%15s %lf %lf %lf", word, &x[i][0], &x[i][1], &x[i][2]) == 4)
            species[i] = !strcmp(word, "Pt");
    loom_value *v = make_atoms(n, x[0], species, "Pd Pt");
    free(x);
    free(species);
    fclose(f);
    return v;
}
#endif
