/* Iterating ops that are ended early: the result is the one of that number of iterations, bit by
 * bit, and the host is told which. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NT = 9, N = 20 };
static const char *const ops[] = { "reconstruct.sirt", "reconstruct.resire", "reconstruct.sart",
                                   "reconstruct.mlem" };

static loom_value *series(void)
{
    static float images[NT * N * N];
    double angles[3 * NT] = { 0 };
    for (int k = 0; k < NT; k++) {
        angles[3 * k + 1] = -64 + 16 * k;
        for (int y = 0; y < N; y++)
            for (int x = 0; x < N; x++) {
                double dx = x - 10 - 4 * sin(angles[3 * k + 1] / 57.3), dy = y - 11;
                images[(k * N + y) * N + x] = (float)(50 * exp(-(dx * dx + dy * dy) / 9));
            }
    }
    return make_tilt_series(NT, N, N, 0.5, images, angles);
}

static digest volume_after(const char *op, int iterations, int finish_after, const char *more,
                           int64_t *finished)
{
    char number[32];
    loom_value *v = series();
    snprintf(number, sizeof number, "iterations=%d", iterations);
    op_call c = { .op = op_load(op), .params = { number, more }, .finish_after = finish_after };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    digest d = value_digest(op_output(&c, "volume")),
           table = value_digest(op_output(&c, "residuals"));
    for (size_t i = 0; i < sizeof d.byte; i++) d.byte[i] ^= table.byte[i];
    *finished = c.result.finished;
    op_end(&c);
    value_free(v);
    return d;
}

START_TEST(ended_after_five_is_five_iterations)
{
    static const char *const stops[] = { NULL, "stop=free" };
    for (int k = 0; k < 2; k++) {
        int64_t finished, none;
        digest early = volume_after(ops[_i], 12, 5, stops[k], &finished),
               five = volume_after(ops[_i], 5, 0, stops[k], &none);
        ck_assert_int_eq(finished, 5);
        ck_assert_int_eq(none, 0);
        ck_assert_msg(digest_equal(&early, &five), "%s %s", ops[_i], k ? stops[k] : "");
        digest all = volume_after(ops[_i], 12, 0, NULL, &none);
        ck_assert(k || !digest_equal(&early, &all));
    }
}
END_TEST

/* Asked in the last iteration: nothing is said to have ended early. */
START_TEST(the_last_iteration_is_no_early_end)
{
    int64_t finished;
    volume_after("reconstruct.sirt", 5, 5, NULL, &finished);
    ck_assert_int_eq(finished, 0);
}
END_TEST

TEST_MAIN_WITH("reconstruct.finish",
               ((suite_options){ .loop = ended_after_five_is_five_iterations, .loops = 4 }),
               the_last_iteration_is_no_early_end)
