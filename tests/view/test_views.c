/* Panels of the view ops hold what their inputs hold: counts add up, means are means, a lattice
 * gives a spot at its frequency, a model that is the measurement leaves nothing. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double *reals(const op_call *c, const char *name, int64_t *n)
{
    const loom_array *a = value_array(op_output(c, "panel"), name);
    ck_assert_msg(a && a->dtype == LOOM_F64, "no reals '%s'", name);
    if (n) *n = a->dim[0];
    return a->data;
}

static const int32_t *codes(const op_call *c, const char *name)
{
    const loom_array *a = value_array(op_output(c, "panel"), name);
    ck_assert_msg(a && a->dtype == LOOM_I32, "no codes '%s'", name);
    return a->data;
}

static const char *words(const op_call *c, const char *name)
{
    const loom_attribute *a = value_attribute(op_output(c, "panel"), name);
    ck_assert_msg(a && a->text, "no text '%s'", name);
    return a->text;
}

static loom_value *make_table(const char *name, int64_t n, const double *data, const char *unit)
{
    loom_value *v = make_value("table");
    make_array(v, name, LOOM_F64, 1, &n, unit, data);
    return v;
}

START_TEST(histogram_counts_every_number_once)
{
    loom_value *v = make_table("d", 6, (double[]){ 0, 0.1, 0.5, 0.9, 1, 1 }, "angstrom");
    op_call c = { .op = op_load("view.histogram"), .params = { "column=d", "bins=2" } };
    op_input(&c, "values", v);
    op_must_be_deterministic(&c);
    int64_t n;
    const double *value = reals(&c, "value", &n), *left = reals(&c, "left", NULL);
    ck_assert_int_eq(n, 2);
    ck_assert(value[0] == 2 && value[1] == 4 && left[0] == 0 && left[1] == 0.5);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(curve_has_a_series_per_table_and_column)
{
    loom_value *v = make_table("x", 2, (double[]){ 1, 2 }, "angstrom");
    make_array(v, "a", LOOM_F64, 1, (int64_t[]){ 2 }, "", (double[]){ 3, 4 });
    make_array(v, "b", LOOM_F64, 1, (int64_t[]){ 2 }, "", (double[]){ 5, 6 });
    op_call c = { .op = op_load("view.curve"),
                  .params = { "x=x", "y=[a, b]", "low=a", "labels=[one, two]" } };
    op_input(&c, "tables", v);
    op_input(&c, "tables", v);
    op_must_run(&c);
    int64_t n;
    const double *y = reals(&c, "y", &n), *low = reals(&c, "low", NULL);
    ck_assert_int_eq(n, 8);
    ck_assert(y[0] == 3 && y[2] == 5 && y[4] == 3 && low[2] == 5 - 3 && low[3] == 6 - 4);
    ck_assert_int_eq(codes(&c, "series")[7], 3);
    ck_assert_str_eq(words(&c, "categories.series"), "one, a\none, b\ntwo, a\ntwo, b");
    c.params[0] = "x=none";
    op_must_fail(&c, LOOM_E_PARAM, "x", "its columns: x, a, b");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(profile_is_the_mean_with_its_error)
{
    loom_value *v = make_table("depth", 4, (double[]){ 0, 0, 0, 1 }, "");
    make_array(v, "t", LOOM_F64, 1, (int64_t[]){ 4 }, "", (double[]){ 1, 2, 3, 7 });
    op_call c = { .op = op_load("view.profile"), .params = { "column=t" } };
    op_input(&c, "stages", v);
    op_must_run(&c);
    int64_t n;
    const double *y = reals(&c, "y", &n), *high = reals(&c, "high", NULL);
    ck_assert_int_eq(n, 2);
    ck_assert(y[0] == 2 && y[1] == 7);
    ck_assert_double_eq_tol(high[0] - y[0], sqrt(2.0 / 3 / 2),
                            1e-12); /* sqrt(variance / (n - 1)) */
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(share_of_a_species)
{
    loom_value *v = make_atoms(4, (double[12]){ 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3 },
                               (int32_t[]){ 0, 1, 1, 1 }, "Pd Ir");
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ 4 }, "angstrom", (double[]){ 0, 0, 0, 0 });
    op_call c = { .op = op_load("view.profile"), .params = { "word=Ir" } };
    op_input(&c, "stages", v);
    op_must_run(&c);
    ck_assert(reals(&c, "y", NULL)[0] == 0.75);
    c.params[0] = "word=Au";
    op_must_fail(&c, LOOM_E_PARAM, "word", "knows no word 'Au'");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(stages_of_atoms_are_joined_in_order)
{
    loom_value *a = make_atoms(1, (double[]){ 1, 2, 3 }, (int32_t[]){ 1 }, "Pd Ir");
    loom_value *b = make_atoms(2, (double[]){ 4, 5, 6, 7, 8, 9 }, (int32_t[]){ 0, 1 }, "Pd Ir");
    op_call c = { .op = op_load("view.atoms"), .params = { "labels=[first]" } };
    op_input(&c, "atoms", a);
    op_input(&c, "atoms", b);
    op_must_run(&c);
    const int32_t *state = codes(&c, "state"), *species = codes(&c, "species");
    ck_assert(state[0] == 0 && state[1] == 1 && state[2] == 1);
    ck_assert(species[0] == 1 && species[1] == 0 && species[2] == 1);
    ck_assert(reals(&c, "position", NULL)[3] == 4);
    ck_assert_str_eq(words(&c, "categories.state"), "first\n2");
    ck_assert_str_eq(words(&c, "categories.species"), "Pd\nIr");
    op_end(&c);
    value_free(a);
    value_free(b);
}
END_TEST

/* Stripes of a period of 8 pixels: the frequency of that period is among the brightest of the
 * inset.
 */
START_TEST(spectrum_has_a_spot_at_the_period)
{
    enum { N = 96, INSET = N / 3 };
    float *image = malloc(sizeof(float) * N * N);
    for (int i = 0; i < N * N; i++) image[i] = (float)(1 + cos(2 * M_PI * (i % N) / 8.0));
    loom_value *v = make_tilt_series(1, N, N, 0.5, image, (double[]){ 0, 30, 0 });
    op_call c = { .op = op_load("view.tilts") };
    op_input(&c, "tilts", v);
    op_must_be_deterministic(&c);
    const float *out = value_array(op_output(&c, "panel"), "image")->data;
    const float *row = out + INSET / 2 * N + N - INSET + INSET / 2; /* from frequency zero */
    ck_assert(row[INSET / 8] == 1 && row[-INSET / 8] == 1);
    ck_assert(row[INSET / 8 + 4] < 0.9f && row[0] < 0.9f);
    ck_assert_str_eq(words(&c, "labels"), "+30.0\u00b0");
    op_end(&c);
    value_free(v);
    free(image);
}
END_TEST

/* Means of columns and of rows, in order, and the edges of the mask at their places. */
START_TEST(profiles_are_means_across_an_image)
{
    enum { NY = 6, NX = 10, NT = 2 };
    float before[NT * NY * NX], after[NT * NY * NX];
    for (int i = 0; i < NT * NY * NX; i++) {
        before[i] = (float)(100 * (i / (NY * NX)) + 10 * (i / NX % NY) + i % NX);
        after[i] = before[i] - 5;
    }
    const double angles[3 * NT] = { 0, 40, 0, 0, -3, 0 };
    loom_value *a = make_tilt_series(NT, NY, NX, 2, before, angles),
               *b = make_tilt_series(NT, NY, NX, 2, after, angles), *m = make_value("mask_series");
    uint8_t *mask = make_array(m, "mask", LOOM_U8, 3, (int64_t[]){ NT, NY, NX }, "", NULL);
    for (int x = 3; x < 8; x++) mask[NY * NX + 2 * NX + x] = 1; /* of the image of 3 degrees */
    for (int along = 0; along < 2; along++) {
        op_call c = { .op = op_load("view.profiles"),
                      .params = { along ? "along=y" : "along=x", "labels=[before, after]" } };
        op_input(&c, "tilts", a);
        op_input(&c, "tilts", b);
        op_input(&c, "mask", m);
        op_must_be_deterministic(&c);
        const double *x = value_array(op_output(&c, "panel"), "x")->data,
                     *y = value_array(op_output(&c, "panel"), "y")->data;
        int n = along ? NY : NX;
        ck_assert_int_eq(value_array(op_output(&c, "panel"), "x")->dim[0], 2 * n + 4);
        for (int i = 0; i < n; i++) {
            double mean = along ? 100 + 10 * i + 4.5 : 100 + 25 + i;
            ck_assert_double_eq_tol(x[i], 0.2 * (i - n / 2), 1e-12);
            ck_assert_double_eq_tol(y[i], mean, 1e-9);
            ck_assert_double_eq_tol(y[n + i], mean - 5, 1e-9);
        }
        ck_assert_double_eq_tol(x[2 * n], along ? -0.2 : -0.4, 1e-12);
        ck_assert_double_eq_tol(x[2 * n + 2], along ? -0.2 : 0.4, 1e-12);
        ck_assert_str_eq(words(&c, "styles"), "lines\nlines\ndashed\ndashed");
        op_end(&c);
    }
    op_call c = { .op = op_load("view.profiles"), .params = { "tilt=2" } };
    op_input(&c, "tilts", a);
    op_must_fail(&c, LOOM_E_PARAM, "tilt", "image 2 of 2");
    op_end(&c);
    value_free(a);
    value_free(b);
    value_free(m);
}
END_TEST

/* A model that is the measurement but for a factor: R is 0 and the difference mid grey. */
START_TEST(consistent_images_leave_nothing)
{
    enum { N = 8 };
    float m[N * N], model[N * N];
    for (int i = 0; i < N * N; i++) m[i] = (float)(i % 7), model[i] = 3 * m[i];
    loom_value *a = make_tilt_series(1, N, N, 0.5, m, (double[]){ 0, 0, 0 }),
               *b = make_tilt_series(1, N, N, 0.5, model, (double[]){ 0, 0, 0 });
    op_call c = { .op = op_load("view.consistency") };
    op_input(&c, "measured", a);
    op_input(&c, "calculated", b);
    op_must_run(&c);
    const float *out = value_array(op_output(&c, "panel"), "image")->data;
    for (int i = 0; i < N * N; i++) ck_assert_float_eq_tol(out[2 * N * N + i], 0.5f, 1e-6f);
    ck_assert(strstr(words(&c, "labels"), "R = 0.0 %"));
    op_end(&c);
    value_free(a);
    value_free(b);
}
END_TEST

/* What is gone comes from the earlier stage, everything else from the later one. */
START_TEST(difference_shows_every_fate_once)
{
    double r[] = { 0, 0, 0, 3, 0, 0, 0, 3, 0 };
    loom_value *before = make_atoms(3, r, (int32_t[]){ 0, 0, 0 }, "Pd Ir"),
               *after = make_atoms(3, r, (int32_t[]){ 0, 1, 0 }, "Pd Ir");
    make_array(before, "fate", LOOM_I32, 1, (int64_t[]){ 3 }, "", (int32_t[]){ 0, 1, 2 });
    make_array(after, "fate", LOOM_I32, 1, (int64_t[]){ 3 }, "", (int32_t[]){ 0, 1, 3 });
    op_call c = { .op = op_load("view.difference") };
    op_input(&c, "before", before);
    op_input(&c, "after", after);
    op_must_run(&c);
    int64_t n;
    const double *radius = reals(&c, "radius", &n);
    const int32_t *fate = codes(&c, "fate");
    ck_assert_int_eq(n, 4);
    ck_assert(fate[0] == 2 && fate[1] == 0 && fate[2] == 1 && fate[3] == 3);
    ck_assert(radius[1] < radius[0]);
    op_end(&c);
    value_free(before);
    value_free(after);
}
END_TEST

/* One set of bars per word of a column, of all values together; as shares each adds up to 1. */
START_TEST(histogram_by_words)
{
    loom_value *v = make_table("cn", 4, (double[]){ 1, 2, 2, 2 }, "");
    make_array(v, "fate", LOOM_I32, 1, (int64_t[]){ 4 }, "", (int32_t[]){ 0, 0, 1, 1 });
    value_set_text(v, "categories.fate", "stayed\nnew", &(error){ 0 });
    op_call c = { .op = op_load("view.histogram"),
                  .params = { "column=cn", "bins=2", "by=fate", "fraction=true" } };
    op_input(&c, "values", v);
    op_input(&c, "values", v);
    op_must_be_deterministic(&c);
    int64_t n;
    const double *value = reals(&c, "value", &n);
    ck_assert_int_eq(n, 4);
    ck_assert(value[0] == 0.5 && value[1] == 0.5 && value[2] == 0 && value[3] == 1);
    ck_assert_str_eq(words(&c, "categories.series"), "stayed\nnew");
    c.params[2] = "by=cn";
    op_must_fail(&c, LOOM_E_PARAM, "by", "holds no words");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(bars_show_an_interval_that_is_not_symmetric)
{
    loom_value *v = make_table("D", 2, (double[]){ 4, 5 }, "");
    make_array(v, "low", LOOM_F64, 1, (int64_t[]){ 2 }, "", (double[]){ 1, 4 });
    make_array(v, "high", LOOM_F64, 1, (int64_t[]){ 2 }, "", (double[]){ 9, 7 });
    op_call c = { .op = op_load("view.bars"), .params = { "value=[D]", "low=low", "high=high" } };
    op_input(&c, "tables", v);
    op_must_run(&c);
    const double *low = reals(&c, "low", NULL), *high = reals(&c, "high", NULL);
    ck_assert(low[0] == 1 && high[0] == 9 && low[1] == 4 && high[1] == 7);
    c.params[2] = NULL;
    op_must_fail(&c, LOOM_E_PARAM, "low", "give `low` and `high`, or `error`");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(relative_curves_end_at_one)
{
    loom_value *v = make_table("r", 3, (double[]){ 0, 1, 2 }, "angstrom");
    make_array(v, "g", LOOM_F64, 1, (int64_t[]){ 3 }, "1/angstrom", (double[]){ 0, 8, 4 });
    op_call c = { .op = op_load("view.curve"), .params = { "x=r", "y=[g]", "relative=true" } };
    op_input(&c, "tables", v);
    op_must_run(&c);
    const double *y = reals(&c, "y", NULL);
    ck_assert(y[0] == 0 && y[1] == 1 && y[2] == 0.5);
    ck_assert_str_eq(value_array(op_output(&c, "panel"), "y")->unit, "");
    op_end(&c);
    value_free(v);
}
END_TEST

/* Braces hold cells of the table: numbers and words of the row asked for; other braces are letters.
 */
START_TEST(text_holds_numbers_of_its_table)
{
    loom_value *v = make_table("d", 2, (double[]){ 1.5, 0.123456 }, "angstrom");
    make_array(v, "w", LOOM_I32, 1, (int64_t[]){ 2 }, "", (int32_t[]){ 1, 0 });
    error e = { 0 };
    ck_assert(value_set_text(v, "categories.w", "iron\npalladium", &e));
    op_call c = { .op = op_load("view.text"),
                  .params = { "text=D is {d} then {d[1]} of {w}, {} {a b", "title=T" } };
    op_input(&c, "table", v);
    op_must_be_deterministic(&c);
    ck_assert_str_eq(words(&c, "text"), "D is 1.5 then 0.1235 of palladium, {} {a b");
    ck_assert_str_eq(words(&c, "renderer"), "text");
    c.params[0] = "text={d[2]}";
    op_must_fail(&c, LOOM_E_PARAM, "text", "row 2 of column 'd', which has rows 0 to 1");
    c.params[0] = "text={none}";
    op_must_fail(&c, LOOM_E_PARAM, "text", "no column 'none'; its columns: d, w");
    op_end(&c);
    op_call alone = { .op = op_load("view.text"), .params = { "text=as it is: {d}" } };
    op_must_run(&alone);
    ck_assert_str_eq(words(&alone, "text"), "as it is: {d}");
    alone.params[0] = "text= ";
    op_must_fail(&alone, LOOM_E_PARAM, "text", "empty");
    op_end(&alone);
    value_free(v);
}
END_TEST

TEST_MAIN("view.views", text_holds_numbers_of_its_table, histogram_counts_every_number_once,
          histogram_by_words, bars_show_an_interval_that_is_not_symmetric,
          relative_curves_end_at_one, curve_has_a_series_per_table_and_column,
          profile_is_the_mean_with_its_error, share_of_a_species,
          stages_of_atoms_are_joined_in_order, spectrum_has_a_spot_at_the_period,
          profiles_are_means_across_an_image, consistent_images_leave_nothing,
          difference_shows_every_fate_once)
