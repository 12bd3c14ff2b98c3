/* bench.diffusion: D found from simulated anneals with known D.
 *
 * 16 anneals of the 13,366-atom particle, with true labels and with 5 % of them wrong: prints
 * `labels estimator mean sd least largest` of D_found/D_true, without correction. Then 200 anneals
 * of each of three smaller particles, each with another D: prints `coverage size estimator fraction
 * contains median`, the fraction of the 68 % intervals that hold the true D, that of those that
 * hold their own estimate, and the median of D_found/D_true. */
#include "kit/rng.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAGES = 4, RUNS = 16, ANNEALS = 200 };
static const char *const minutes[STAGES] = { "minutes=0", "minutes=30", "minutes=60",
                                             "minutes=120" };

typedef struct history {
    op_call particle, anneal[STAGES];
    char size[32], seed[32], diffusion[32];
} history;

static void make_history(history *m, const char *size, double D, int seed)
{
    snprintf(m->size, sizeof m->size, "size=%s", size);
    snprintf(m->seed, sizeof m->seed, "seed=%d", seed);
    snprintf(m->diffusion, sizeof m->diffusion, "diffusion=%g", D);
    m->particle = (op_call){ .op = op_load("simulate.particle"), .params = { m->size, m->seed } };
    op_must_run(&m->particle);
    for (int k = 0; k < STAGES; k++) {
        m->anneal[k] = (op_call){ .op = op_load("simulate.anneal"),
                                  .params = { minutes[k], m->diffusion, m->seed } };
        op_input(&m->anneal[k], "atoms", op_output(&m->particle, "atoms"));
        op_must_run(&m->anneal[k]);
    }
}

static void end_history(history *m)
{
    for (int k = 0; k < STAGES; k++) op_end(&m->anneal[k]);
    op_end(&m->particle);
}

static void spoil(loom_value *atoms, double fraction, uint64_t seed)
{
    const loom_array *species = value_array(atoms, "species");
    int32_t *s = species->data;
    for (int64_t i = 0; i < species->dim[0]; i++)
        if (loom_uniform(seed, 77, (uint64_t)i) < fraction) s[i] = 1 - s[i];
}

static void run_fick(const history *m, const char *rounds, op_call *fick)
{
    *fick = (op_call){ .op = op_load("diffusion.fick"), .threads = 2, .params = { rounds } };
    for (int k = 0; k < STAGES; k++) op_input(fick, "stages", op_output(&m->anneal[k], "atoms"));
    op_must_run(fick);
}

/* ---- estimates without correction ------------------------------------------------------------ */

static void print_ratios(const char *labels, const char *estimator, const double found[RUNS])
{
    double mean = 0, square = 0, least = INFINITY, largest = 0;
    for (int r = 0; r < RUNS; r++) mean += found[r] / RUNS;
    for (int r = 0; r < RUNS; r++) {
        square += pow(found[r] - mean, 2);
        least = fmin(least, found[r]);
        largest = fmax(largest, found[r]);
    }
    printf("%s %s %.4f %.4f %.4f %.4f\n", labels, estimator, mean, sqrt(square / (RUNS - 1)), least,
           largest);
}

static void measure_ratios(void)
{
    static const char *const names[3] = { "D_E1", "D_E2", "D_E3" };
    static double found[2][3][RUNS];
    for (int run = 0; run < RUNS; run++) {
        history m;
        make_history(&m, "atoms13366", 8e-24, run + 1);
        for (int wrong = 0; wrong < 2; wrong++) {
            op_call fick;
            for (int k = 0; wrong && k < STAGES; k++)
                spoil((loom_value *)op_output(&m.anneal[k], "atoms"), 0.05,
                      (uint64_t)(run * STAGES + k));
            run_fick(&m, "bootstrap=0", &fick);
            for (int e = 0; e < 3; e++)
                found[wrong][e][run] =
                    value_attribute(op_output(&fick, "coefficients"), names[e])->number / 8e-24;
            op_end(&fick);
        }
        end_history(&m);
    }
    for (int wrong = 0; wrong < 2; wrong++)
        for (int e = 0; e < 3; e++)
            print_ratios(wrong ? "wrong5" : "true", names[e] + 2, found[wrong][e]);
}

/* ---- intervals ----------------------------------------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_coverage(const char *size, double truth)
{
    static double ratio[3][ANNEALS];
    int covered[3] = { 0 }, contains[3] = { 0 };
    for (int run = 0; run < ANNEALS; run++) {
        history m;
        op_call fick;
        make_history(&m, size, truth, run + 1);
        run_fick(&m, "bootstrap=200", &fick);
        const loom_value *v = op_output(&fick, "coefficients");
        const double *d = value_array(v, "D")->data, *low = value_array(v, "low")->data,
                     *high = value_array(v, "high")->data;
        for (int e = 0; e < 3; e++) {
            covered[e] += low[e] <= truth && truth <= high[e];
            contains[e] += low[e] <= d[e] && d[e] <= high[e];
            ratio[e][run] = d[e] / truth;
        }
        op_end(&fick);
        end_history(&m);
    }
    for (int e = 0; e < 3; e++) {
        qsort(ratio[e], ANNEALS, sizeof *ratio[e], ascending);
        printf("coverage %s E%d %.3f %.3f %.3f\n", size, e + 1, (double)covered[e] / ANNEALS,
               (double)contains[e] / ANNEALS, ratio[e][ANNEALS / 2]);
    }
    fflush(stdout);
}

int main(void)
{
    measure_ratios();
    measure_coverage("atoms336", 8e-24);
    measure_coverage("atoms852", 3e-24);
    measure_coverage("atoms1976", 2e-23);
    return 0;
}
