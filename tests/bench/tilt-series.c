/* bench/tilt-series.c - times simulate.tilt_series on the full particle and checks flux and counts;
 * prints `NAME VALUE` lines. */
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const float *images(const op_call *c, const char *port)
{
    return value_array(op_output(c, port), "images")->data;
}

/* Worst relative difference between what the image holds and what the truth says the atoms scatter,
 * over tilts. */
static double worst_flux(const op_call *c, int64_t tilts, int64_t pixels)
{
    double worst = 0;
    const double *signal = value_array(op_output(c, "truth"), "signal")->data,
                 *captured = value_array(op_output(c, "truth"), "captured")->data;
    double all = 0;
    for (int64_t it = 0; it < tilts; it++)
        all += signal[it] / captured[it] / (double)tilts; /* every tilt scatters the same */
    for (int64_t it = 0; it < tilts; it++) {
        double sum = 0;
        for (int64_t i = 0; i < pixels; i++)
            sum += (double)images(c, "truth_tilts")[it * pixels + i];
        worst = fmax(worst, fabs(sum / all - 1));
    }
    return worst;
}

/* Deviation of chi-square from its mean in its own standard deviations, over the pixels with
 * something to expect. */
static double chi_square_sigmas(const op_call *c, int64_t n)
{
    double excess = 0, variance = 0;
    for (int64_t i = 0; i < n; i++) {
        double mean = (double)images(c, "expected")[i], d = (double)images(c, "tilts")[i] - mean;
        if (mean < 1e-3) continue;
        excess += d * d / mean - 1;
        variance += 2 + 1 / mean;
    }
    return fabs(excess) / sqrt(variance);
}

int main(void)
{
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms13366" } };
    op_must_run(&particle);
    op_call exact = { .op = op_load("simulate.tilt_series"),
                      .threads = 2,
                      .params = { "poisson=false", "frames=1" } };
    op_input(&exact, "atoms", op_output(&particle, "atoms"));
    op_must_run(&exact);
    printf("flux %.3g\n", worst_flux(&exact, 50, 256 * 256));
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .threads = 2,
                  .params = { "angle_error=[0.2, 0.3, 0.2]", "shift_error=2", "drift=0.5",
                              "jitter=0.15", "background=0.0075", "read_noise=0" } };
    op_input(&c, "atoms", op_output(&particle, "atoms"));
    double start = now();
    op_must_run(&c);
    printf("wall %.3f\n", now() - start);
    printf("chi_square %.3f\n", chi_square_sigmas(&c, 50 * 256 * 256));
    op_call little = { .op = op_load("simulate.particle"), .params = { "size=atoms336" } };
    op_must_run(&little);
    op_call quick = { .op = op_load("simulate.tilt_series"),
                      .threads = 2,
                      .params = { "size=80" } };
    op_input(&quick, "atoms", op_output(&little, "atoms"));
    start = now();
    op_must_run(&quick);
    printf("wall_small %.3f\n", now() - start);
    return 0;
}
