/* bench.diffusion: D found from 16 simulated anneals of the 13,366-atom particle, with true labels and with 5 % of them wrong. Prints
 * `labels estimator mean sd least largest` of D_found/D_true. */
#include "kit/rng.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STAGES = 4, RUNS = 16 };

static void spoil(loom_value *atoms, double fraction, uint64_t seed)
{
    const loom_array *species = value_array(atoms, "species");
    int32_t *s = species->data;
    for (int64_t i = 0; i < species->dim[0]; i++)
        if (loom_uniform(seed, 77, (uint64_t)i) < fraction) s[i] = 1 - s[i];
}

int main(void)
{
    static const char *const minutes[STAGES] = { "minutes=0", "minutes=30", "minutes=60", "minutes=120" };
    static const char *const names[3] = { "D_E1", "D_E2", "D_E3" };
    double found[2][3][RUNS], truth = 8e-24;
    for (int run = 0; run < RUNS; run++) {
        char seed[32];
        snprintf(seed, sizeof seed, "seed=%d", run + 1);
        op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms13366", seed } }, anneal[STAGES];
        op_must_run(&particle);
        for (int k = 0; k < STAGES; k++) {
            anneal[k] = (op_call){ .op = op_load("simulate.anneal"), .params = { minutes[k], "diffusion=8e-24", seed } };
            op_input(&anneal[k], "atoms", op_output(&particle, "atoms"));
            op_must_run(&anneal[k]);
        }
        for (int wrong = 0; wrong < 2; wrong++) {
            op_call fick = { .op = op_load("diffusion.fick"), .threads = 2, .params = { "bootstrap=0" } };
            for (int k = 0; k < STAGES; k++) {
                loom_value *atoms = (loom_value *)op_output(&anneal[k], "atoms");
                if (wrong) spoil(atoms, 0.05, (uint64_t)(run * STAGES + k));
                op_input(&fick, "stages", atoms);
            }
            op_must_run(&fick);
            for (int e = 0; e < 3; e++) found[wrong][e][run] = value_attribute(op_output(&fick, "coefficients"), names[e])->number / truth;
            op_end(&fick);
        }
        for (int k = 0; k < STAGES; k++) op_end(&anneal[k]);
        op_end(&particle);
    }
    for (int wrong = 0; wrong < 2; wrong++)
        for (int e = 0; e < 3; e++) {
            double mean = 0, square = 0, least = 1e9, largest = 0;
            for (int r = 0; r < RUNS; r++) mean += found[wrong][e][r] / RUNS;
            for (int r = 0; r < RUNS; r++) {
                square += pow(found[wrong][e][r] - mean, 2);
                least = fmin(least, found[wrong][e][r]);
                largest = fmax(largest, found[wrong][e][r]);
            }
            printf("%s %s %.4f %.4f %.4f %.4f\n", wrong ? "wrong5" : "true", names[e] + 2, mean, sqrt(square / (RUNS - 1)), least, largest);
        }
    return 0;
}
