/* denoise.estimate_noise: gain and read noise of simulated detectors are found with one frame and
 * with several; counts are counts; what cannot be measured is said. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/poisson.h>
#include <math.h>

enum { NT = 3, NF = 3, EDGE = 128, N = EDGE * EDGE };
static const double angles[3 * NT];
static float image[NT * NF * N];

/* A cluster of blobs 1.5 pixels wide on vacuum, `peak` electrons in the brightest pixels. */
static double scene(int i, double peak, double base)
{
    double x = i % EDGE - EDGE / 2, y = i / EDGE - EDGE / 2, r2 = x * x + y * y;
    double lattice = (1 + cos(x * 0.8)) * (1 + cos(y * 0.7)) / 4;
    double inside = 1 / (1 + exp((sqrt(r2) - 45) / 1.5));
    return base + peak * exp(-r2 / 1200) * (0.3 + 0.7 * lattice) * inside;
}

typedef struct detector {
    double peak, base, gain, read, offset;
} detector;

static void record(const detector *d, int images)
{
    for (int k = 0; k < images; k++)
        for (int i = 0; i < N; i++) {
            double z[2] = { 0, 0 };
            if (d->read > 0) loom_normal2(3, 1000 + k, i, z);
            image[k * N + i] =
                (float)(d->offset + d->read * z[0]
                        + d->gain * loom_poisson(3, k, i, scene(i, d->peak, d->base)));
        }
}

static loom_value *tilts(void) { return make_tilt_series(NT, EDGE, EDGE, 0.3, image, angles); }

static loom_value *frames(void)
{
    loom_value *v = make_value("frames");
    make_array(v, "images", LOOM_F32, 4, (int64_t[]){ NT, NF, EDGE, EDGE }, "", image);
    value_set_number(v, "pixel_size", 0.3, "angstrom", NULL);
    return v;
}

static double written(const op_call *c, const char *port, const char *name)
{
    return ((const double *)value_array(op_output(c, port), name)->data)[0];
}

static void must_find(const detector *d, bool several)
{
    record(d, several ? NT * NF : NT);
    loom_value *v = several ? frames() : tilts();
    const char *port = several ? "frames" : "tilts";
    op_call c = { .op = op_load("denoise.estimate_noise") };
    op_input(&c, port, v);
    op_must_run(&c);
    ck_assert_double_eq_tol(written(&c, port, "noise_gain") / d->gain, 1, 0.08); /* 3 images */
    if (d->read > 0) ck_assert_double_eq_tol(written(&c, port, "noise_read") / d->read, 1, 0.1);
    else ck_assert_double_lt(written(&c, port, "noise_read"), 0.2 * d->gain);
    ck_assert_str_eq(value_attribute(op_output(&c, port), "noise_model")->text, "estimated");
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(v);
}

START_TEST(detectors_are_found)
{
    static const detector detectors[] = { { 40, 0, 0.3, 1, 0 },
                                          { 40, 0, 30, 3, 0 },
                                          { 9, 0, 3, 2, 0 },
                                          { 200, 0, 1, 3, 0 },
                                          { 40, 0, 2.5, 0, 0 } };
    for (unsigned i = 0; i < sizeof detectors / sizeof *detectors; i++) {
        must_find(detectors + i, false);
        must_find(detectors + i, true);
    }
}
END_TEST

START_TEST(counts_are_counts_whatever_their_number)
{
    static const double peaks[] = { 0.3, 3, 50 };
    for (int i = 0; i < 3; i++) {
        record(&(detector){ peaks[i], 0.1 * peaks[i], 1, 0, 0 }, NT);
        loom_value *v = tilts();
        op_call c = { .op = op_load("denoise.estimate_noise") };
        op_input(&c, "tilts", v);
        op_must_be_deterministic(&c);
        ck_assert_double_eq(written(&c, "tilts", "noise_gain"), 1);
        ck_assert_double_eq(written(&c, "tilts", "noise_read"), 0);
        double measured = value_attribute(op_output(&c, "noise"), "gain_measured")->number;
        ck_assert_double_eq_tol(measured, 1, 0.07);
        op_end(&c);
        value_free(v);
    }
}
END_TEST

START_TEST(an_offset_is_given_or_asked_for)
{
    record(&(detector){ 60, 2, 3, 2, 500 }, NT);
    loom_value *v = tilts();
    op_call c = { .op = op_load("denoise.estimate_noise") };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "set `offset`"));
    op_end(&c);
    c = (op_call){ .op = op_load("denoise.estimate_noise"), .params = { "offset=500" } };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_str_eq(c.warnings, "");
    ck_assert_double_eq_tol(written(&c, "tilts", "noise_gain"), 3, 0.15);
    ck_assert_double_eq_tol(written(&c, "tilts", "noise_read"), 2, 1); /* 4 of 22 at least */
    ck_assert_double_eq(written(&c, "tilts", "offset"), 500);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(hot_and_saturated_pixels_change_little)
{
    record(&(detector){ 100, 0, 1, 0, 0 }, NT);
    for (int i = 0; i < NT * N; i++) image[i] = fminf(image[i], 80);
    for (int i = 100; i < NT * N; i += 997) image[i] = 80;
    image[5000] = 40;
    loom_value *v = tilts();
    op_call c = { .op = op_load("denoise.estimate_noise") };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_double_eq_tol(value_attribute(op_output(&c, "noise"), "gain_measured")->number, 1,
                            0.07);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(what_cannot_be_measured_is_said)
{
    record(&(detector){ 50, 1, 1, 0, 0 }, NT);
    for (int i = N; i < 2 * N; i++) image[i] = 0;
    loom_value *v = tilts();
    op_call c = { .op = op_load("denoise.estimate_noise") };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "1 of 3 tilts are constant"));
    op_end(&c);
    value_free(v);
    for (int i = 0; i < NT * N; i++) image[i] = (float)scene(i % N, 50, 1);
    v = tilts();
    c = (op_call){ .op = op_load("denoise.estimate_noise") };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "look filtered"));
    op_end(&c);
    value_free(v);
    image[7] = NAN;
    v = tilts();
    c = (op_call){ .op = op_load("denoise.estimate_noise") };
    op_input(&c, "tilts", v);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "[0][0][7]");
    op_end(&c);
    value_free(v);
    c = (op_call){ .op = op_load("denoise.estimate_noise") };
    op_must_fail(&c, LOOM_E_DATA, "tilts", "connect `tilts`, `frames`, or both");
    op_end(&c);
}
END_TEST

/* Published electron counts, one image per tilt: the measured gain, not the rounded one. */
START_TEST(published_counts_have_a_gain_of_one)
{
    const char *path = test_data("denoise/to_p50.npy");
    loom_value *a = path ? npy_read(path) : NULL;
    if (!a) return;
    const loom_array *data = value_array(a, "data");
    static float pixels[512 * 512];
    int64_t n = loom_array_count(data);
    ck_assert_int_le(n, 512 * 512);
    for (int64_t i = 0; i < n; i++)
        pixels[i] = data->dtype == LOOM_F32 ? ((const float *)data->data)[i]
                                            : (float)((const double *)data->data)[i];
    loom_value *v = make_tilt_series(1, data->dim[0], data->dim[1], 0.352, pixels, angles);
    op_call c = { .op = op_load("denoise.estimate_noise") };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_double_eq_tol(value_attribute(op_output(&c, "noise"), "gain_measured")->number, 1,
                            0.05);
    op_end(&c);
    value_free(v);
    value_free(a);
}
END_TEST

TEST_MAIN("denoise.estimate_noise", detectors_are_found, counts_are_counts_whatever_their_number,
          an_offset_is_given_or_asked_for, hot_and_saturated_pixels_change_little,
          what_cannot_be_measured_is_said, published_counts_have_a_gain_of_one)
