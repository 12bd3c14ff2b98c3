/* align.frames: displacements found to hundredths of a pixel, no slip by a lattice period whatever
 * the displacement (lattices without an end in test_frames_lattice.c), counts kept, drift measured
 * and undone, frames that show something else named.
 */
#include "denoise/scenes.h"
#include "support/suite.h"

enum { NT = 6, NF = 3, E = SCENE_EDGE, N = SCENE_PIXELS };
static float image[NT * NF * N];

/* Mean of a particle on a lattice at a point. */
static double mean_at(double x, double y, double period)
{
    double u = x / period, v = y / period, du = period * (u - round(u)),
           dv = period * (v - round(v));
    double inside = 1 / (1 + exp(sqrt(x * x + y * y) - 30));
    return 0.3 + 9 * inside * exp(-(du * du + dv * dv) / (2 * 1.8 * 1.8));
}

typedef struct scan {
    bool lines, noise; /* lines: displaced further with every line, as the stage drifts */
    double shift[NT][NF][2];
} scan;

static void record(const scan *s)
{
    for (int k = 0; k < NT * NF; k++) {
        const double *d = s->shift[k / NF][k % NF],
                     *next = s->shift[k / NF][k % NF + (k % NF + 1 < NF ? 1 : -1)],
                     sign = k % NF + 1 < NF ? 1 : -1;
        for (int i = 0; i < N; i++) {
            double y = i / E - E / 2, x = i % E - E / 2, late = s->lines ? y / E : 0,
                   m = mean_at(x - d[0] - sign * late * (next[0] - d[0]),
                               y - d[1] - sign * late * (next[1] - d[1]), 8);
            image[k * N + i] = (float)(s->noise ? loom_poisson(5, k, i, m) : m);
        }
    }
}

static loom_value *frames(int nf)
{
    static const double angles[3 * NT];
    loom_value *v = make_value("frames");
    make_array(v, "images", LOOM_F32, 4, (int64_t[]){ NT * NF / nf, nf, E, E }, "", image);
    make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ NT * NF / nf, 3 }, "degree",
               nf == NF ? angles : NULL);
    value_set_number(v, "pixel_size", 0.3, "angstrom", NULL);
    value_set_number(v, "counts", 1, NULL, NULL);
    return v;
}

static op_call aligning(const loom_value *v, const char *param)
{
    op_call c = { .op = op_load("align.frames"), .params = { param } };
    op_input(&c, "frames", v);
    return c;
}

static const double *column(const op_call *c, const char *name)
{
    return value_array(op_output(c, "shifts"), name)->data;
}

/* Largest difference from the true displacements, each tilt's mean taken off. */
static double largest_error(const op_call *c, const scan *s)
{
    const double *found[2] = { column(c, "shift_x"), column(c, "shift_y") };
    double worst = 0;
    for (int t = 0; t < NT; t++)
        for (int a = 0; a < 2; a++) {
            double mean = 0;
            for (int f = 0; f < NF; f++) mean += s->shift[t][f][a] / NF;
            for (int f = 0; f < NF; f++)
                worst = fmax(worst, fabs(found[a][t * NF + f] - (s->shift[t][f][a] - mean)));
        }
    return worst;
}

static void random_shifts(scan *s, double most)
{
    for (int k = 0; k < 2 * NT * NF; k++)
        s->shift[k / (2 * NF)][k / 2 % NF][k % 2] = most * (2 * loom_uniform(9, 1, k) - 1);
}

START_TEST(displacements_are_found_without_slips)
{
    scan s = { .noise = true };
    random_shifts(&s, 6);
    record(&s);
    loom_value *v = frames(NF);
    op_call c = aligning(v, NULL);
    op_must_be_deterministic(&c);
    ck_assert_double_lt(largest_error(&c, &s), 0.1);
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(counts_and_noise_are_those_of_the_sum)
{
    scan s = { .noise = true };
    random_shifts(&s, 2);
    record(&s);
    loom_value *v = frames(NF);
    op_call c = aligning(v, NULL);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "tilts");
    const float *sum = value_array(out, "images")->data;
    for (int t = 0; t < NT; t++) {
        double before = 0, after = 0, inner = 0, square = 0;
        for (int i = 0; i < NF * N; i++) before += image[t * NF * N + i];
        for (int i = 0; i < N; i++) {
            double m = 0;
            after += sum[t * N + i];
            if (i / E < 8 || i / E >= E - 8 || i % E < 8 || i % E >= E - 8) continue;
            double mean[2] = { 0, 0 };
            for (int f = 0; f < NF; f++)
                for (int a = 0; a < 2; a++) mean[a] += s.shift[t][f][a] / NF;
            m = NF * mean_at(i % E - E / 2 - mean[0], i / E - E / 2 - mean[1], 8);
            inner += m;
            square += (sum[t * N + i] - m) * (sum[t * N + i] - m);
        }
        ck_assert_double_eq_tol(after / before, 1, 5e-3);
        ck_assert_double_eq_tol(square / inner, 1, 0.08); /* still Poisson's variance */
    }
    ck_assert_double_eq(((const double *)value_array(out, "noise_gain")->data)[0], 1);
    ck_assert_double_eq(((const double *)value_array(out, "noise_factor")->data)[0], 1);
    ck_assert_double_eq(value_attribute(out, "counts")->number, 0);
    op_end(&c);
    value_free(v);
}
END_TEST

/* One pixel of drift per frame, within frames as well. */
START_TEST(drift_within_frames_is_measured_and_undone)
{
    scan s = { .lines = true, .noise = true };
    double off[2] = { 0, 0 };
    for (int t = 0; t < NT; t++)
        for (int f = 0; f < NF; f++) {
            s.shift[t][f][0] = f - 1;
            s.shift[t][f][1] = -0.6 * (f - 1);
        }
    record(&s);
    loom_value *v = frames(NF);
    for (int undo = 0; undo < 2; undo++) {
        op_call c = aligning(v, undo ? "lines=true" : NULL);
        op_must_run(&c);
        const float *sum = value_array(op_output(&c, "tilts"), "images")->data;
        double mean[2] = { 0, 0 };
        for (int t = 0; t < NT; t++)
            for (int a = 0; a < 2; a++)
                mean[a] += column(&c, a ? "drift_y" : "drift_x")[t * NF] / NT;
        ck_assert_double_eq_tol(mean[0], 1, 0.05);
        ck_assert_double_eq_tol(mean[1], -0.6, 0.05);
        for (int i = 0; i < N; i++) {
            double m = NF * mean_at(i % E - E / 2, i / E - E / 2, 8);
            off[undo] += (sum[i] - m) * (sum[i] - m);
        }
        op_end(&c);
    }
    ck_assert_double_lt(off[1], 0.95 * off[0]);
    value_free(v);
}
END_TEST

START_TEST(a_frame_of_something_else_is_named_or_left_out)
{
    scan s = { .noise = true };
    record(&s);
    for (int i = 0; i < N; i++) /* frame 1 of tilt 2 */
        image[(2 * NF + 1) * N + i] =
            (float)loom_poisson(6, 1, i, 0.3 + 9 * exp(-hypot(i % E - 20, i / E - 70) / 8));
    loom_value *v = frames(NF);
    op_call c = aligning(v, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "frame 1 of tilt 2"));
    op_end(&c);
    c = aligning(v, "outliers=drop");
    op_must_run(&c);
    ck_assert_int_eq(((const int32_t *)value_array(op_output(&c, "shifts"), "kept")->data)[7], 0);
    const double *factor = value_array(op_output(&c, "tilts"), "noise_factor")->data;
    ck_assert_double_eq(factor[2], 1.5);
    ck_assert_double_eq(factor[1], 1);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(what_cannot_be_registered_is_passed_on_or_refused)
{
    scan s = { .noise = true };
    record(&s);
    loom_value *v = frames(1);
    op_call c = aligning(v, NULL);
    op_must_run(&c);
    ck_assert_mem_eq(value_array(op_output(&c, "tilts"), "images")->data, image, sizeof image);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 1);
    op_end(&c);
    value_free(v);
    for (int i = 0; i < NF * N; i++) image[i] = 0; /* an empty tilt */
    v = frames(NF);
    c = aligning(v, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "3 of 18 frames"));
    op_end(&c);
    value_free(v);
    image[N + 3] = NAN;
    v = frames(NF);
    c = aligning(v, NULL);
    op_must_fail(&c, LOOM_E_DATA, "frames", "[0][1][0][3]");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("align.frames", displacements_are_found_without_slips,
          counts_and_noise_are_those_of_the_sum, drift_within_frames_is_measured_and_undone,
          a_frame_of_something_else_is_named_or_left_out,
          what_cannot_be_registered_is_passed_on_or_refused)
