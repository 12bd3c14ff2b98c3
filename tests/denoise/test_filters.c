/* denoise.median, denoise.tv, denoise.nlm: closed forms, settings found without a truth, counts
 * kept, the noise left, images that cannot be filtered. */
#include "scenes.h"
#include "support/suite.h"

enum { NT = 2, EDGE = 52, PLANE = EDGE * EDGE, N = NT * PLANE, OPS = 3 };
static const char *const ops[OPS] = { "denoise.median", "denoise.tv", "denoise.nlm" };
/* Non-local means of a short reach: the settings are found as with a long one. */
static const char *const shorter[OPS] = { NULL, NULL, "reach=4" };
static float mean[N], counts[N];

/* mean and counts: the middle of the scene, where its atoms are. */
static void record(double peak, double base)
{
    for (int i = 0; i < N; i++) {
        int skip = (SCENE_EDGE - EDGE) / 2, y = i % PLANE / EDGE + skip, x = i % EDGE + skip;
        double m = scene_mean(i / PLANE, y * SCENE_EDGE + x, peak, base, 8.3);
        mean[i] = (float)m;
        counts[i] = (float)loom_poisson(11, (uint64_t)(i / PLANE), (uint64_t)(i % PLANE), m);
    }
}

static loom_value *series_of(const float *data, bool are_counts)
{
    static const double angles[3 * NT];
    loom_value *v = make_tilt_series(NT, EDGE, EDGE, 0.3, data, angles);
    if (are_counts) value_set_number(v, "counts", 1, NULL, NULL);
    return v;
}

static op_call filtering(const char *op, const loom_value *v, const char *a, const char *b)
{
    op_call c = { .op = op_load(op) };
    int params = 0;
    for (int o = 0; o < OPS; o++)
        if (!strcmp(op, ops[o]) && shorter[o]) c.params[params++] = shorter[o];
    if (a) c.params[params++] = a;
    if (b) c.params[params++] = b;
    op_input(&c, "tilts", v);
    return c;
}

static const float *images(const op_call *c)
{
    return value_array(op_output(c, "tilts"), "images")->data;
}

/* Mean squared error where noise is uniform, as the ops estimate it. */
static double stable_error(const float *a)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += pow(2 * sqrt((double)a[i] + 0.375) - 2 * sqrt((double)mean[i] + 0.375), 2);
    return sum / N;
}

static double error_of(const char *op, const loom_value *v, const char *a, const char *b)
{
    op_call c = filtering(op, v, a, b);
    op_must_run(&c);
    double mse = stable_error(images(&c));
    op_end(&c);
    return mse;
}

/* One image[ny][nx] with normal noise of standard deviation 1, its size known. */
static loom_value *unit_noise(int64_t ny, int64_t nx, const float *image)
{
    static const double angles[3], one[1] = { 1 };
    loom_value *v = make_tilt_series(1, ny, nx, 0.3, image, angles);
    make_array(v, "noise_gain", LOOM_F64, 1, (int64_t[]){ 1 }, "", NULL);
    make_array(v, "noise_read", LOOM_F64, 1, (int64_t[]){ 1 }, "", one);
    return v;
}

/* ---- closed forms ---------------------------------------------------------------------------- */

/* A single pixel goes, an edge stays, the corner of a rectangle loses one pixel. */
START_TEST(the_median_of_an_edge_is_the_edge)
{
    enum { NY = 12, NX = 15 };
    static float image[NY * NX], wanted[NY * NX];
    for (int i = 0; i < NY * NX; i++) wanted[i] = image[i] = i / NX >= 6 && i % NX >= 7 ? 5 : 1;
    image[2 * NX + 3] = 400;
    wanted[6 * NX + 7] = 1;
    loom_value *v = unit_noise(NY, NX, image);
    op_call c = filtering("denoise.median", v, "radius=1", NULL);
    op_must_be_deterministic(&c);
    for (int i = 0; i < NY * NX; i++) ck_assert_float_eq_tol(images(&c)[i], wanted[i], 1e-5);
    op_end(&c);
    value_free(v);
}
END_TEST

/* Of a step between areas a and b pixels wide, the total variation takes strength / a from one and
 * gives strength / b to the other (derivative of the functional with respect to the levels). */
START_TEST(total_variation_moves_a_step_by_the_closed_form)
{
    enum { NY = 16, NX = 24, LEFT = 8 };
    static float image[NY * NX];
    for (int i = 0; i < NY * NX; i++) image[i] = i % NX < LEFT ? 10 : 2;
    loom_value *v = unit_noise(NY, NX, image);
    op_call c = filtering("denoise.tv", v, "strength=4", NULL);
    op_must_be_deterministic(&c);
    for (int i = 0; i < NY * NX; i++)
        ck_assert_float_eq_tol(images(&c)[i], i % NX < LEFT ? 9.5 : 2.25, 0.03);
    op_end(&c);
    c = filtering("denoise.tv", v, "strength=1000", NULL);
    op_must_run(&c); /* so strong that the mean is left */
    for (int i = 0; i < NY * NX; i++) ck_assert_float_eq_tol(images(&c)[i], 14. / 3, 0.05);
    op_end(&c);
    value_free(v);
}
END_TEST

/* A pattern that repeats every 3 pixels: 8 copies lie within 4 pixels of every pixel away from the
 * edge, which joins them. */
START_TEST(non_local_means_average_what_repeats)
{
    enum { MARGIN = 8, COPIES = 9 };
    static float clean[PLANE], noisy[PLANE];
    double z[2], left = 0;
    for (int i = 0; i < PLANE; i++) {
        clean[i] = (float)(40 * (i % EDGE % 3 + 3 * (i / EDGE % 3)));
        loom_normal2(5, 0, (uint64_t)i, z);
        noisy[i] = clean[i] + (float)z[0];
    }
    loom_value *v = unit_noise(EDGE, EDGE, clean), *w = unit_noise(EDGE, EDGE, noisy);
    op_call a = filtering("denoise.nlm", v, NULL, NULL),
            b = filtering("denoise.nlm", w, NULL, NULL);
    op_must_run(&a);
    op_must_run(&b);
    ck_assert_double_lt(scene_mse(PLANE, images(&a), clean), 1e-8);
    for (int y = MARGIN; y < EDGE - MARGIN; y++)
        left +=
            scene_mse(EDGE - 2 * MARGIN, images(&b) + y * EDGE + MARGIN, clean + y * EDGE + MARGIN)
            / (EDGE - 2 * MARGIN);
    ck_assert_double_lt(left, 1.2 / COPIES);
    ck_assert_double_gt(left, 0.8 / COPIES);
    op_end(&a);
    op_end(&b);
    value_free(v);
    value_free(w);
}
END_TEST

/* ---- what all have in common ----------------------------------------------------------------- */

typedef const char *tried[2];
/* every setting that the ops try, or enough of them */
static const tried by_hand[OPS][10] = {
    { { "radius=1" }, { "radius=2" }, { "radius=3" }, { "radius=4" } },
    { { "strength=0.125" },
      { "strength=0.25" },
      { "strength=0.5" },
      { "strength=1" },
      { "strength=2" },
      { "strength=4" },
      { "strength=8" } },
    { { "patch=1", "strength=0.35" },
      { "patch=1", "strength=0.7" },
      { "patch=1", "strength=1.4" },
      { "patch=2", "strength=0.35" },
      { "patch=2", "strength=0.7" },
      { "patch=2", "strength=1.4" },
      { "patch=3", "strength=0.35" },
      { "patch=3", "strength=0.7" },
      { "patch=3", "strength=1.4" } },
};

static void compare_settings(int o, const loom_value *v, double peak)
{
    double noise = stable_error(counts), best = HUGE_VAL;
    for (int k = 0; by_hand[o][k][0]; k++)
        best = fmin(best, error_of(ops[o], v, by_hand[o][k][0], by_hand[o][k][1]));
    double found = error_of(ops[o], v, NULL, NULL);
    ck_assert_msg(found < 1.2 * best, "%s, peak %g: %g, best %g, noise %g", ops[o], peak, found,
                  best, noise);
}

START_TEST(the_setting_found_is_as_good_as_the_best_by_hand)
{
    static const double peaks[] = { 2, 12, 150 };
    for (int i = 0; i < 3; i++) {
        record(peaks[i], 0.1 * peaks[i]);
        loom_value *v = series_of(counts, true);
        for (int o = 0; o < OPS; o++) compare_settings(o, v, peaks[i]);
        value_free(v);
    }
}
END_TEST

static void check_noise_left(int o, const loom_value *v)
{
    op_call c = filtering(ops[o], v, NULL, NULL);
    op_must_be_deterministic(&c);
    for (int k = 0; k < NT; k++)
        ck_assert_double_eq_tol(scene_sum(PLANE, images(&c) + k * PLANE)
                                    / scene_sum(PLANE, counts + k * PLANE),
                                1, 1e-4);
    const loom_value *out = op_output(&c, "tilts");
    const double *factor = value_array(out, "noise_factor")->data;
    ck_assert_double_gt(factor[0], 0);
    ck_assert_double_lt(factor[0], 0.6);
    ck_assert_str_eq(value_attribute(out, "noise_model")->text, "estimated");
    ck_assert_double_eq(value_attribute(out, "counts")->number, 0);
    ck_assert_ptr_nonnull(strstr(c.notes, "of least estimated error"));
    ck_assert_str_eq(c.warnings, "");
    ck_assert_double_lt(scene_mse(N, images(&c), mean), 0.6 * scene_mse(N, counts, mean));
    op_end(&c);
}

START_TEST(counts_are_kept_and_the_noise_left_is_said)
{
    record(12, 2);
    loom_value *v = series_of(counts, true);
    for (int o = 0; o < OPS; o++) check_noise_left(o, v);
    value_free(v);
}
END_TEST

START_TEST(images_without_noise_stay)
{
    record(10, 1);
    loom_value *v = series_of(mean, false);
    make_array(v, "noise_gain", LOOM_F64, 1, (int64_t[]){ NT }, "", NULL);
    for (int o = 0; o < OPS; o++) ck_assert_double_eq(error_of(ops[o], v, NULL, NULL), 0);
    value_free(v);
}
END_TEST

static void must_stay(const char *op, float level)
{
    for (int i = 0; i < N; i++) counts[i] = level;
    loom_value *v = series_of(counts, true);
    op_call c = filtering(op, v, NULL, NULL);
    op_must_run(&c);
    for (int i = 0; i < N; i++) ck_assert_float_eq_tol(images(&c)[i], level, 1e-5 * level + 1e-6);
    op_end(&c);
    value_free(v);
}

START_TEST(constant_images_stay)
{
    for (int o = 0; o < OPS; o++)
        for (float level = 0; level < 1000; level = 7 * level + 1) must_stay(ops[o], level);
}
END_TEST

START_TEST(one_pixel_is_an_image_and_a_broken_one_is_not)
{
    static const float one[1] = { 7 };
    loom_value *v = unit_noise(1, 1, one);
    record(10, 1);
    counts[9] = INFINITY;
    loom_value *broken = series_of(counts, true);
    for (int o = 0; o < OPS; o++) {
        op_call c = filtering(ops[o], v, NULL, NULL);
        op_must_run(&c);
        ck_assert_float_eq_tol(images(&c)[0], 7, 1e-5);
        op_end(&c);
        c = filtering(ops[o], broken, NULL, NULL);
        op_must_fail(&c, LOOM_E_DATA, "tilts", "[0][0][9]");
        op_end(&c);
    }
    value_free(v);
    value_free(broken);
}
END_TEST

/* A chequerboard is what a median cannot keep. */
START_TEST(a_filter_that_harms_says_so)
{
    static float image[PLANE];
    for (int i = 0; i < PLANE; i++) image[i] = (i / EDGE + i) % 2 ? 40 : 0;
    loom_value *v = unit_noise(EDGE, EDGE, image);
    op_call c = filtering("denoise.median", v, NULL, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "tilts: the filter is estimated to leave"));
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("denoise.filters", the_median_of_an_edge_is_the_edge,
          total_variation_moves_a_step_by_the_closed_form, non_local_means_average_what_repeats,
          the_setting_found_is_as_good_as_the_best_by_hand,
          counts_are_kept_and_the_noise_left_is_said, images_without_noise_stay,
          constant_images_stay, one_pixel_is_an_image_and_a_broken_one_is_not,
          a_filter_that_harms_says_so)
