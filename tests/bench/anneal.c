/* bench/anneal.c - simulate.anneal on the full particle: the mean profile of 20 seeds against the
 * lattice heat equation, swaps, time. Prints `NAME VALUE` lines. */
#include "simulate/lattice_heat.h"
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds for a whole history of four stages. */
static double seconds_of(const loom_value *start, const char *const params[4])
{
    op_call c = { .op = op_load("simulate.anneal"),
                  .threads = 2,
                  .params = { params[0], params[1], params[2], params[3] } };
    op_input(&c, "atoms", start);
    double begin = now();
    op_must_run(&c);
    double wall = now() - begin;
    op_end(&c);
    return wall;
}

int main(void)
{
    enum { SEEDS = 20 };
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms13366" } };
    op_must_run(&particle);
    const loom_value *start = op_output(&particle, "atoms");
    printf("wall %.3f\n", seconds_of(start, (const char *const[4]){ NULL }));
    printf("wall_all_modes %.3f\n",
           seconds_of(start, (const char *const[4]){ "hop=0.04", "flatten=20", "segregation=0.2",
                                                     "ripening=[0.024, 0.05, 0.038]" }));
    heat_verdict v = heat_against(start, 8e-24, 7200, SEEDS,
                                  (char *const[2]){ "diffusion=8e-24", "minutes=120" });
    printf("worst_layer %.3f\n", v.worst_sigmas);
    printf("chi_square_per_layer %.3f\n", v.chi_square / v.layers);
    printf("layers %d\n", v.layers);
    printf("swaps %.1f\n", v.exchanges);
    printf("swaps_expected %.1f\n", v.expected_exchanges);
    printf("swaps_off %.3f\n",
           fabs(v.exchanges - v.expected_exchanges) / sqrt(v.expected_exchanges / SEEDS));
    op_end(&particle);
    return 0;
}
