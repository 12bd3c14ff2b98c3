/* Seconds per iteration of the reconstructors, and what the machine could do:
 *   bench.resire-speed SIZE TILTS THREADS WHAT [REPEATS]
 * WHAT: resire, sirt (per iteration, by the difference of two iteration counts), euler (resire with
 * small phi and psi), wbp (all of it), memory (resire once, for the peak), floor (the multiply-adds
 * of an iteration and nothing else). Prints `wall_s` and `cpu_s`, minima over the repeats, and
 * `peak_mib`. */
#include "support/bench.h"
#include "support/op_test.h"
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double clock_s(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static loom_value *series_of(int64_t n, int64_t nt, double psi)
{
    double *angles = calloc((size_t)(3 * nt), sizeof *angles);
    for (int64_t k = 0; k < nt; k++) {
        angles[3 * k] = psi * (double)(k % 3 - 1);
        angles[3 * k + 1] = -75 + 150 * (double)k / (double)(nt - 1);
        angles[3 * k + 2] = psi * (double)(k % 2);
    }
    loom_value *v = make_tilt_series(nt, n, n, 0.35, NULL, angles);
    float *d = value_array(v, "images")->data;
    for (int64_t i = 0; i < nt * n * n; i++)
        d[i] = 1 + (float)(i % 1009) / 2000; /* dense: no line of the volume is skipped */
    free(angles);
    return v;
}

/* Wall and processor seconds of one run of an op. */
static void time_op(const char *id, const loom_value *series, int threads, const char *iterations,
                    double out[2])
{
    op_call c = { .op = op_load(id), .threads = threads };
    c.params[0] = iterations;
    op_input(&c, "tilts", series);
    double wall = clock_s(CLOCK_MONOTONIC), cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    op_must_run(&c);
    out[0] = clock_s(CLOCK_MONOTONIC) - wall;
    out[1] = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    op_end(&c);
}

typedef float v8f __attribute__((vector_size(32)));

/* The multiply-adds of one iteration, 4 n^3 nt, one operand each from 4 KiB in the first-level
 * cache, sums in registers: what the arithmetic alone takes. */
static void time_floor(int64_t n, int64_t nt, int threads, double out[2])
{
    double wall = clock_s(CLOCK_MONOTONIC), cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
#pragma omp parallel num_threads(threads)
    {
        enum { SUMS = 12, VECTORS = 128 / SUMS * SUMS };
        static _Thread_local v8f x[VECTORS], sink[SUMS];
        v8f sum[SUMS] = { 0 };
        for (int i = 0; i < VECTORS; i++) x[i] = (v8f){ 1, 2, 3, 4, 5, 6, 7, 8 } * (float)i;
        int64_t rounds = 4 * n * n * n * nt / (8 * VECTORS) / threads;
        for (int64_t r = 0; r < rounds; r++) {
            float a = 1e-6f * (float)(r & 7);
            for (int i = 0; i < VECTORS; i += SUMS)
                for (int j = 0; j < SUMS; j++) sum[j] += a * x[i + j];
            __asm__ volatile("" ::"r"(x) : "memory");
        }
        for (int j = 0; j < SUMS; j++) sink[j] = sum[j];
        __asm__ volatile("" ::"r"(sink) : "memory");
    }
    out[0] = clock_s(CLOCK_MONOTONIC) - wall;
    out[1] = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

START_TEST(bench)
{
    int64_t n = atoll(bench_argv[1]), nt = atoll(bench_argv[2]);
    int threads = atoi(bench_argv[3]), repeats = bench_argc > 5 ? atoi(bench_argv[5]) : 3;
    const char *what = bench_argv[4];
    /* of the longer run, of the shorter */
    double best[2] = { 1e30, 1e30 }, least[2] = { 1e30, 1e30 };
    loom_value *series =
        strcmp(what, "floor") ? series_of(n, nt, strcmp(what, "euler") ? 0 : 0.3) : NULL;
    for (int i = 0; i < repeats; i++) {
        double a[2] = { 0 }, b[2] = { 0 };
        if (!series) time_floor(n, nt, threads, b);
        else if (!strcmp(what, "wbp")) time_op("reconstruct.wbp", series, threads, NULL, b);
        else if (!strcmp(what, "memory"))
            time_op("reconstruct.resire", series, threads, "iterations=2", b);
        else {
            const char *id = strcmp(what, "sirt") ? "reconstruct.resire" : "reconstruct.sirt";
            time_op(id, series, threads, "iterations=2", a);
            time_op(id, series, threads, "iterations=7", b);
        }
        for (int j = 0; j < 2; j++) {
            best[j] = fmin(best[j], b[j]);
            least[j] = fmin(least[j], a[j]);
        }
    }
    for (int j = 0; j < 2 && least[j] > 0; j++) best[j] = (best[j] - least[j]) / 5;
    best[0] = fmax(best[0], best[1] / threads); /* a difference of two wall times can be anything
                                                   while others use the machine */
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("wall_s %.4f\ncpu_s %.4f\npeak_mib %.0f\n", best[0], best[1],
           (double)usage.ru_maxrss / 1024);
    if (series) value_free(series);
}
END_TEST

BENCH_MAIN(bench, 4)
