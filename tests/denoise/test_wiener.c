/* denoise.wiener: as good as the best Gaussian at any dose without being told one, keeps the sum,
 * says what it leaves of the noise, leaves clean images alone. */
#include "scenes.h"
#include "support/suite.h"

enum { NT = 4, N = NT * SCENE_PIXELS };
static float mean[N], counts[N];

static op_call denoising(const char *op, const loom_value *v, const char *param)
{
    op_call c = { .op = op_load(op), .params = { param } };
    op_input(&c, "tilts", v);
    return c;
}

static const float *images(const op_call *c)
{
    return value_array(op_output(c, "tilts"), "images")->data;
}

static double best_gaussian(const loom_value *v)
{
    static const char *const widths[] = { "sigma=0.5", "sigma=0.8", "sigma=1.1",
                                          "sigma=1.4", "sigma=1.8", "sigma=2.3" };
    double best = HUGE_VAL;
    for (int i = 0; i < 6; i++) {
        op_call c = denoising("denoise.gaussian", v, widths[i]);
        op_must_run(&c);
        best = fmin(best, scene_mse(N, images(&c), mean));
        op_end(&c);
    }
    return best;
}

START_TEST(no_gaussian_is_better_at_any_dose)
{
    static const double peaks[] = { 1, 10, 200 };
    for (int i = 0; i < 3; i++) {
        scene_record(NT, peaks[i], 0.1 * peaks[i], mean, counts);
        loom_value *v = scene_series(NT, counts, true);
        op_call c = denoising("denoise.wiener", v, NULL);
        op_must_be_deterministic(&c);
        ck_assert_double_lt(scene_mse(N, images(&c), mean), 1.02 * best_gaussian(v));
        for (int k = 0; k < NT; k++)
            ck_assert_double_eq_tol(scene_sum(SCENE_PIXELS, images(&c) + k * SCENE_PIXELS)
                                        / scene_sum(SCENE_PIXELS, counts + k * SCENE_PIXELS),
                                    1, 1e-5);
        ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 0);
        op_end(&c);
        value_free(v);
    }
}
END_TEST

START_TEST(unknown_noise_is_measured)
{
    scene_record(NT, 10, 1, mean, counts);
    loom_value *known = scene_series(NT, counts, true);
    for (int i = 0; i < N; i++) counts[i] = 2.5f * counts[i] + 0.25f;
    loom_value *scaled = scene_series(NT, counts, false);
    op_call a = denoising("denoise.wiener", known, NULL),
            b = denoising("denoise.wiener", scaled, NULL);
    op_must_run(&a);
    op_must_run(&b);
    for (int i = 0; i < N; i++) counts[i] = 2.5f * images(&a)[i] + 0.25f;
    ck_assert_double_lt(scene_mse(N, images(&b), counts) / (2.5 * 2.5),
                        0.02 * scene_mse(N, images(&a), mean));
    ck_assert_str_eq(value_attribute(op_output(&b, "tilts"), "noise_model")->text, "estimated");
    ck_assert_ptr_nonnull(strstr(b.notes, "measured gain 2."));
    op_end(&a);
    op_end(&b);
    value_free(known);
    value_free(scaled);
}
END_TEST

START_TEST(the_noise_left_is_as_said)
{
    static float other[N];
    scene_record(NT, 10, 4, mean, counts);
    loom_value *v = scene_series(NT, counts, true);
    op_call c = denoising("denoise.wiener", v, NULL);
    op_must_run(&c);
    double factor = ((const double *)value_array(op_output(&c, "tilts"), "noise_factor")->data)[0];
    memcpy(other, images(&c), sizeof other);
    op_end(&c);
    value_free(v);
    /* the filter is linear once the spectrum is known: another realisation differs by noise */
    for (int i = 0; i < N; i++)
        counts[i] = (float)loom_poisson(12, i / SCENE_PIXELS, i % SCENE_PIXELS, (double)mean[i]);
    v = scene_series(NT, counts, true);
    c = denoising("denoise.wiener", v, NULL);
    op_must_run(&c);
    double left = scene_mse(N, images(&c), other) / 2 / (scene_sum(N, mean) / N);
    ck_assert_double_eq_tol(left / factor, 1, 0.1);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(clean_images_stay)
{
    scene_record(NT, 10, 1, mean, counts);
    loom_value *v = scene_series(NT, mean, false);
    make_array(v, "noise_gain", LOOM_F64, 1, (int64_t[]){ NT }, "", NULL);
    op_call c = denoising("denoise.wiener", v, NULL);
    op_must_run(&c);
    ck_assert_double_lt(scene_mse(N, images(&c), mean), 1e-9);
    op_end(&c);
    value_free(v);
    counts[3] = NAN;
    v = scene_series(NT, counts, true);
    c = denoising("denoise.wiener", v, NULL);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "[0][0][3]");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("denoise.wiener", no_gaussian_is_better_at_any_dose, unknown_noise_is_measured,
          the_noise_left_is_as_said, clean_images_stay)
