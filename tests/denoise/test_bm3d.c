/* denoise.bm3d: beats the best linear filter on a crystal, keeps counts, the same bytes for any
 * number of threads, profiles and neighbours work; what cannot be filtered is said. */
#include "scenes.h"
#include "support/suite.h"

enum { NT = 3, N = NT * SCENE_PIXELS };
static float mean[N], counts[N];

static op_call denoising(const char *op, const loom_value *v, const char *a, const char *b)
{
    op_call c = { .op = op_load(op), .params = { a, b } };
    op_input(&c, "tilts", v);
    return c;
}

static const float *images(const op_call *c)
{
    return value_array(op_output(c, "tilts"), "images")->data;
}

static double error_of(const char *op, const loom_value *v, const char *a, const char *b)
{
    op_call c = denoising(op, v, a, b);
    op_must_run(&c);
    double mse = scene_mse(N, images(&c), mean);
    op_end(&c);
    return mse;
}

START_TEST(a_crystal_is_better_than_with_any_linear_filter)
{
    static const double peaks[] = { 4, 50 };
    for (int i = 0; i < 2; i++) {
        scene_record(NT, peaks[i], 0.05 * peaks[i], mean, counts);
        loom_value *v = scene_series(NT, counts, true);
        double wiener = error_of("denoise.wiener", v, NULL, NULL),
               standard = error_of("denoise.bm3d", v, "profile=standard", NULL),
               aet = error_of("denoise.bm3d", v, "profile=aet", NULL),
               chosen = error_of("denoise.bm3d", v, "profile=auto", NULL);
        ck_assert_double_lt(chosen, 0.9 * wiener);
        ck_assert_double_lt(chosen, 1.023 * fmin(standard, aet)); /* 0.1 dB */
        value_free(v);
    }
}
END_TEST

START_TEST(counts_are_kept_and_threads_change_nothing)
{
    static const char *const profile[] = { "profile=standard", "profile=aet" };
    for (int i = 0; i < 2; i++) {
        scene_record(NT, 3, 0.5, mean, counts);
        loom_value *v = scene_series(NT, counts, true);
        op_call c = denoising("denoise.bm3d", v, profile[i], "neighbours=1");
        op_must_be_deterministic(&c);
        for (int k = 0; k < NT; k++)
            ck_assert_double_eq_tol(scene_sum(SCENE_PIXELS, images(&c) + k * SCENE_PIXELS)
                                        / scene_sum(SCENE_PIXELS, counts + k * SCENE_PIXELS),
                                    1, 1e-4);
        const loom_value *out = op_output(&c, "tilts");
        const double *factor = value_array(out, "noise_factor")->data;
        ck_assert_double_lt(factor[0], 0.3);
        ck_assert_str_eq(value_attribute(out, "noise_model")->text, "estimated");
        ck_assert_double_eq(value_attribute(out, "counts")->number, 0);
        op_end(&c);
        value_free(v);
    }
}
END_TEST

/* Three times the same view: blocks of the others triple the stacks. */
START_TEST(neighbours_help_where_they_show_the_same)
{
    scene_record(NT, 2, 0.2, mean, counts);
    for (int k = 1; k < NT; k++)
        for (int i = 0; i < SCENE_PIXELS; i++) {
            mean[k * SCENE_PIXELS + i] = mean[i];
            counts[k * SCENE_PIXELS + i] = (float)loom_poisson(11, k, i, (double)mean[i]);
        }
    loom_value *v = scene_series(NT, counts, true);
    ck_assert_double_lt(error_of("denoise.bm3d", v, "profile=standard", "neighbours=1"),
                        error_of("denoise.bm3d", v, "profile=standard", NULL));
    value_free(v);
}
END_TEST

START_TEST(images_without_noise_stay)
{
    scene_record(NT, 10, 1, mean, counts);
    loom_value *v = scene_series(NT, mean, false);
    make_array(v, "noise_gain", LOOM_F64, 1, (int64_t[]){ NT }, "", NULL);
    op_call c = denoising("denoise.bm3d", v, NULL, NULL);
    op_must_run(&c);
    ck_assert_double_eq(scene_mse(N, images(&c), mean), 0);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(small_and_broken_images_are_refused)
{
    static float few[2 * 7 * 20];
    static const double angles[6];
    loom_value *v = make_tilt_series(2, 7, 20, 1, few, angles);
    value_set_number(v, "counts", 1, NULL, NULL);
    op_call c = denoising("denoise.bm3d", v, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "blocks need at least 8 x 8");
    op_end(&c);
    value_free(v);
    counts[9] = INFINITY;
    v = scene_series(NT, counts, true);
    c = denoising("denoise.bm3d", v, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "[0][0][9]");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN_WITH("denoise.bm3d",
               ((suite_options){ .numbers = NUMBERS(a_crystal_is_better_than_with_any_linear_filter,
                                                    neighbours_help_where_they_show_the_same) }),
               counts_are_kept_and_threads_change_nothing, images_without_noise_stay,
               small_and_broken_images_are_refused)
