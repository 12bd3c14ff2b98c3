/* kit/noise.h: counts need no columns, columns are read and checked, what an op leaves is
 * multiplied in. */
#include "kit/noise.h"
#include "kit/check.h" /* before Check, whose `fail` is a macro */
#include "support/op_test.h"
#include "support/suite.h"

enum { NT = 3 };
static loom_noise found[NT];
static int answer;

static loom_status run(loom_call *call, const void *params)
{
    static const double share[NT] = { 0.5, 0.25, 1 };
    (void)params;
    loom_value *out = call->host->output(call, "tilts");
    answer = loom_noise_read(call, "tilts", NT, found);
    if (answer < 0) return LOOM_E_DATA;
    if (!loom_noise_pass(call, "tilts", out, NT, share)) return LOOM_E_MEMORY;
    return loom_pass_rest(call, call->host->input(call, "tilts", 0), out) ? LOOM_OK : LOOM_E_MEMORY;
}

static op_call reading(const loom_value *v)
{
    static const loom_port ports[2] = { { "tilts", "tilt_series", "any", 0 } };
    static loom_op op;
    op = (loom_op){ .size = sizeof op,
                    .revision = 1,
                    .id = "test.noise",
                    .inputs = ports,
                    .outputs = ports,
                    .run = run };
    op_call c = { .op = &op };
    op_input(&c, "tilts", v);
    return c;
}

static loom_value *series(void)
{
    static const double angles[3 * NT];
    return make_tilt_series(NT, 2, 2, 1, NULL, angles);
}

static void add_column(loom_value *v, const char *name, double a, double b, double c)
{
    make_array(v, name, LOOM_F64, 1, (int64_t[]){ NT }, "", (double[]){ a, b, c });
}

START_TEST(counts_need_no_columns)
{
    loom_value *v = series();
    op_call c = reading(v);
    op_must_run(&c);
    ck_assert_int_eq(answer, 0);
    ck_assert_ptr_null(value_array(op_output(&c, "tilts"), "noise_gain"));
    op_end(&c);
    value_set_number(v, "counts", 1, NULL, NULL);
    c = reading(v);
    op_must_run(&c);
    ck_assert_int_eq(answer, 1);
    ck_assert_double_eq(loom_noise_variance(found, 7), 7);
    const double *factor = value_array(op_output(&c, "tilts"), "noise_factor")->data;
    ck_assert_double_eq(factor[0], 0.5);
    ck_assert_double_eq(factor[1], 0.25);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(columns_are_read_and_passed_on)
{
    loom_value *v = series();
    add_column(v, "noise_gain", 2, 2, 3);
    add_column(v, "noise_read", 1, 1, 2);
    add_column(v, "offset", -1, 0, 1);
    add_column(v, "noise_factor", 1, 0.5, 0.5);
    op_call c = reading(v);
    op_must_run(&c);
    ck_assert_double_eq(loom_noise_variance(found, 4), 2 * 5 + 1);
    ck_assert_double_eq(loom_noise_variance(found + 2, 4), 0.5 * (3 * 3 + 4));
    ck_assert_double_eq(loom_noise_variance(found + 2, -4), 0.5 * 4);
    const loom_value *out = op_output(&c, "tilts");
    ck_assert_double_eq(((const double *)value_array(out, "noise_factor")->data)[1], 0.125);
    ck_assert_double_eq(((const double *)value_array(out, "noise_gain")->data)[2], 3);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(what_cannot_be_noise_is_refused)
{
    loom_value *v = series();
    add_column(v, "noise_gain", 1, -2, 1);
    op_call c = reading(v);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "'noise_gain' of tilt 1 is -2");
    op_end(&c);
    value_free(v);
    v = series();
    make_array(v, "noise_read", LOOM_F64, 1, (int64_t[]){ 2 }, "", NULL);
    c = reading(v);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "one f64 for each of the 3 tilts");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("kit.noise", counts_need_no_columns, columns_are_read_and_passed_on,
          what_cannot_be_noise_is_refused)
