/* bench/refine-speed.c - times the engine of refine.* on the full particle, 50 tilts of 256 x 256:
 * drawing the model once, the likelihood, its gradient, a product of the Fisher matrix; prints
 * `NAME VALUE` lines in seconds, the least of some repetitions. */
#include "kit/imaging.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TILTS = 50, EDGE = 256, REPEAT = 7, VIEW = VIEW_BACKGROUND + 1 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *zeros(size_t bytes)
{
    void *p = calloc(1, bytes);
    if (!p) exit(1);
    return p;
}

typedef struct scene {
    loom_imaging m;
    loom_imaging_fields fields;
    float *work, *model, *residual, *change, *weight;
    struct loom_imaging_table *tables;
    double *atom, view[VIEW * TILTS], common[1 + COMMON_EXTRA];
    double *d_atom, *d_view, *d_common, *out_atom, out_view[VIEW * TILTS], out_common[8];
} scene;

static void set(scene *s, const loom_value *particle, int threads)
{
    const loom_array *p = value_array(particle, "position");
    int64_t n = p->dim[0];
    size_t image = (size_t)TILTS * EDGE * EDGE * sizeof(float);
    s->atom = zeros((size_t)(LOOM_ATOM * n) * sizeof(double));
    for (int64_t i = 0; i < LOOM_ATOM * n; i++)
        s->atom[i] = i % LOOM_ATOM == 3 ? 60 : ((const double *)p->data)[i / 4 * 3 + i % 4] / 0.352;
    for (int k = 0; k < TILTS; k++) {
        s->view[VIEW * k + VIEW_THETA] = -73 + 145.5 * k / (TILTS - 1);
        s->view[VIEW * k + VIEW_SCALE] = 1;
        s->view[VIEW * k + VIEW_BACKGROUND] = 1e-3;
    }
    s->common[0] = 0.65 / 0.352;
    s->m = (loom_imaging){ .n = n,
                           .nt = TILTS,
                           .ny = EDGE,
                           .nx = EDGE,
                           .classes = 1,
                           .background = 1,
                           .atom = s->atom,
                           .view = s->view,
                           .common = s->common,
                           .threads = threads };
    s->tables = zeros(loom_imaging_tables_bytes(&s->m));
    s->m.tables = s->tables;
    s->work = zeros((size_t)loom_imaging_work(&s->m) * sizeof(float));
    s->fields.shape = zeros(image);
    s->model = zeros(image);
    s->change = zeros(image);
    s->weight = zeros(image);
    s->d_atom = zeros((size_t)(LOOM_ATOM * n) * sizeof(double));
    s->out_atom = zeros((size_t)(LOOM_ATOM * n) * sizeof(double));
    for (int64_t i = 0; i < LOOM_ATOM * n; i++) s->d_atom[i] = sin((double)i);
}

static void draw(scene *s)
{
    loom_imaging_tables(&s->m, s->tables);
    loom_imaging_images(&s->m, &s->fields, s->work, s->model);
}

static void compare(scene *s)
{
    int64_t n = (int64_t)TILTS * EDGE * EDGE;
    double sum = 0;
#pragma omp parallel for num_threads(s->m.threads) reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        double l = (double)s->model[i] + 0.01;
        s->weight[i] = (float)(1 / l);
        sum += l - 3 * log(l);
    }
    s->out_view[0] = sum;
}

static void gradient(scene *s, const float *images)
{
    loom_imaging_backward(&s->m, &s->fields, images, s->work, s->out_atom, s->out_view,
                          s->out_common);
}

static void product(scene *s)
{
    int64_t n = (int64_t)TILTS * EDGE * EDGE;
    loom_imaging_forward(&s->m, &s->fields, s->d_atom, NULL, NULL, s->work, s->change);
#pragma omp parallel for simd num_threads(s->m.threads)
    for (int64_t i = 0; i < n; i++) s->change[i] *= s->weight[i];
    gradient(s, s->change);
}

int main(void)
{
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms13366" } };
    op_must_run(&particle);
    for (int threads = 1; threads <= 2; threads++) {
        scene s = { .m = { 0 } };
        double best[4] = { INFINITY, INFINITY, INFINITY, INFINITY };
        set(&s, op_output(&particle, "atoms"), threads);
        for (int i = 0; i < REPEAT; i++) {
            double t[5] = { now() };
            draw(&s);
            t[1] = now();
            compare(&s);
            t[2] = now();
            gradient(&s, s.model);
            t[3] = now();
            product(&s);
            t[4] = now();
            for (int q = 0; q < 4; q++) best[q] = fmin(best[q], t[q + 1] - t[q]);
        }
        printf("draw_%d %.4f\nlikelihood_%d %.4f\ngradient_%d %.4f\nproduct_%d %.4f\n", threads,
               best[0], threads, best[0] + best[1], threads, best[2], threads, best[3]);
    }
    op_end(&particle);
    return 0;
}
