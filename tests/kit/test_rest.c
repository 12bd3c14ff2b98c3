/* Properties of loom_pass_rest: all that `out` lacks and that still fits arrives, nothing else
 * does. */
#include "kit/check.h" /* before Check, whose `fail` is a macro */
#include "support/op_test.h"
#include "support/suite.h"
#include <string.h>

/* The op under test: `run` is set by each test and uses the kit on its input `in` and its output
 * `out`. */
static loom_status (*work)(loom_call *call, const loom_value *in, loom_value *out);
static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    return work(call, call->host->input(call, "in", 0), call->host->output(call, "out"));
}

static op_call passing(const loom_value *v, const char *to,
                       loom_status (*how)(loom_call *, const loom_value *, loom_value *))
{
    static loom_port inputs[2], outputs[2];
    static loom_op op;
    inputs[0] = (loom_port){ "in", value_type(v), "anything", 0 };
    outputs[0] = (loom_port){ "out", to, "the same", 0 };
    op = (loom_op){ .size = sizeof op,
                    .revision = 1,
                    .id = "test.pass",
                    .inputs = inputs,
                    .outputs = outputs,
                    .run = run };
    work = how;
    op_call c = { .op = &op };
    op_input(&c, "in", v);
    return c;
}

static bool same_array(const loom_array *a, const loom_array *b)
{
    return a && b && a->dtype == b->dtype && a->rank == b->rank
           && !memcmp(a->dim, b->dim, sizeof a->dim) && !strcmp(a->unit, b->unit)
           && !memcmp(a->data, b->data, (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype));
}

static bool has(const op_call *c, const char *name)
{
    return value_array(op_output(c, "out"), name) != NULL;
}

/* Five atoms with a column, a vector column, a matrix of pairs, something of a fixed length,
 * attributes. */
enum { N = 5 };
static loom_value *five_atoms(void)
{
    static const double position[N * 3] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
    static const int32_t species[N] = { 0, 1, 0, 1, 1 }, number[N] = { 10, 11, 12, 13, 14 };
    static const float force[N * 2] = { 0, 1, 10, 11, 20, 21, 30, 31, 40, 41 };
    loom_value *v = make_atoms(N, position, species, "Pd Ir");
    make_array(v, "number", LOOM_I32, 1, (int64_t[]){ N }, "", number);
    make_array(v, "force", LOOM_F32, 2, (int64_t[]){ N, 2 }, "eV/angstrom", force);
    make_array(v, "bonds", LOOM_U8, 2, (int64_t[]){ N, N }, "", NULL);
    make_array(v, "history", LOOM_F64, 1, (int64_t[]){ 7 }, "second", NULL);
    value_set_text(v, "specimen", "grid 7", NULL);
    value_set_number(v, "temperature", 673, "kelvin", NULL);
    return v;
}

static loom_status pass_all(loom_call *call, const loom_value *in, loom_value *out)
{
    return loom_pass_rest(call, in, out) ? LOOM_OK : LOOM_E_MEMORY;
}

START_TEST(everything_arrives_where_nothing_was_made)
{
    loom_value *v = five_atoms();
    op_call c = passing(v, "atoms", pass_all);
    op_must_run(&c);
    digest before = value_digest(v), after = value_digest(op_output(&c, "out"));
    ck_assert(digest_equal(&before, &after));
    op_end(&c);
    value_free(v);
}
END_TEST

static loom_status pass_over_own(loom_call *call, const loom_value *in, loom_value *out)
{
    int32_t *number =
        call->host->add_array(call, out, "number", LOOM_I32, 1, (int64_t[]){ N }, NULL);
    number[0] = 99;
    call->host->set_number(call, out, "temperature", 300, "kelvin");
    loom_rest how = { .but = (const char *const[]){ "force", "specimen", NULL } };
    return loom_pass_rest_as(call, in, out, how) ? LOOM_OK : LOOM_E_MEMORY;
}

START_TEST(what_the_op_made_or_refuses_is_not_replaced)
{
    loom_value *v = five_atoms();
    op_call c = passing(v, "atoms", pass_over_own);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "out");
    ck_assert_int_eq(((const int32_t *)value_array(out, "number")->data)[0], 99);
    ck_assert_double_eq(value_attribute(out, "temperature")->number, 300);
    ck_assert(!has(&c, "force") && !value_attribute(out, "specimen"));
    ck_assert(has(&c, "bonds") && has(&c, "history"));
    op_end(&c);
    value_free(v);
}
END_TEST

static const int64_t chosen[] = { 4, 0, 2 };
static loom_status pass_chosen(loom_call *call, const loom_value *in, loom_value *out)
{
    return loom_pass_rest_rows(call, in, out, chosen, 3) ? LOOM_OK : LOOM_E_MEMORY;
}

START_TEST(columns_follow_selected_rows)
{
    loom_value *v = five_atoms();
    op_call c = passing(v, "atoms", pass_chosen);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "out");
    const loom_array *number = value_array(out, "number"), *force = value_array(out, "force"),
                     *x = value_array(out, "position");
    ck_assert(number->dim[0] == 3 && force->dim[0] == 3 && force->dim[1] == 2 && x->dim[0] == 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(((const int32_t *)number->data)[i], 10 + chosen[i]);
        ck_assert_float_eq(((const float *)force->data)[2 * i + 1], (float)(10 * chosen[i] + 1));
        ck_assert_double_eq(((const double *)x->data)[3 * i + 2], (double)(3 * chosen[i] + 2));
    }
    ck_assert_str_eq(force->unit, "eV/angstrom");
    ck_assert(same_array(value_array(v, "history"), value_array(out, "history")));
    ck_assert_msg(!has(&c, "bonds"), "pairs of five atoms do not go with three");
    ck_assert_msg(strstr(c.notes, "bonds") != NULL, "%s", c.notes);
    op_end(&c);
    value_free(v);
}
END_TEST

static loom_status pass_every_row(loom_call *call, const loom_value *in, loom_value *out)
{
    return loom_pass_rest_rows(call, in, out, (const int64_t[]){ 0, 1, 2, 3, 4 }, N)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static loom_status pass_no_row(loom_call *call, const loom_value *in, loom_value *out)
{
    return loom_pass_rest_rows(call, in, out, chosen, 0) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status pass_a_row_too_far(loom_call *call, const loom_value *in, loom_value *out)
{
    return loom_pass_rest_rows(call, in, out, (const int64_t[]){ 0, N }, 2) ? LOOM_OK : LOOM_E_BUG;
}

START_TEST(all_rows_no_row_and_wrong_rows)
{
    loom_value *v = five_atoms();
    op_call all = passing(v, "atoms", pass_every_row);
    op_must_run(&all);
    ck_assert(has(&all, "bonds") && has(&all, "number"));
    op_end(&all);
    op_call none = passing(v, "atoms", pass_no_row);
    op_must_run(&none);
    ck_assert_int_eq(value_array(op_output(&none, "out"), "number")->dim[0], 0);
    op_end(&none);
    op_call wrong = passing(v, "atoms", pass_a_row_too_far);
    op_must_fail(&wrong, LOOM_E_BUG, NULL, "row 5 of 5");
    op_end(&wrong);
    value_free(v);
}
END_TEST

/* A volume [4][5][6] with an origin, a density of its own per plane, per voxel, and a table of
 * three numbers. */
static loom_value *a_volume(void)
{
    loom_value *v = make_volume(4, 5, 6, 0.5, NULL);
    make_array(v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", (const double[]){ 1, 2, 3 });
    make_array(v, "plane", LOOM_F64, 1, (int64_t[]){ 4 }, "", NULL);
    make_array(v, "error", LOOM_F32, 3, (int64_t[]){ 4, 5, 6 }, "", NULL);
    make_array(v, "cell", LOOM_F64, 2, (int64_t[]){ 3, 3 }, "", NULL);
    return v;
}

static loom_status crop_x(loom_call *call, const loom_value *in, loom_value *out)
{
    call->host->add_array(call, out, "density", LOOM_F32, 3, (int64_t[]){ 4, 5, 2 }, NULL);
    return loom_pass_rest(call, in, out) ? LOOM_OK : LOOM_E_MEMORY;
}

START_TEST(lengths_that_changed_keep_arrays_back)
{
    loom_value *v = a_volume();
    op_call c = passing(v, "volume", crop_x);
    op_must_run(&c);
    ck_assert(has(&c, "plane") && has(&c, "cell") && has(&c, "origin") && !has(&c, "error"));
    ck_assert_double_eq(value_attribute(op_output(&c, "out"), "voxel_size")->number, 0.5);
    op_end(&c);
    value_free(v);
}
END_TEST

static loom_status resample(loom_call *call, const loom_value *in, loom_value *out)
{
    call->host->add_array(call, out, "density", LOOM_F32, 3, (int64_t[]){ 4, 5, 6 }, NULL);
    return loom_pass_rest_as(call, in, out, (loom_rest){ .moved = "zyx" }) ? LOOM_OK
                                                                           : LOOM_E_MEMORY;
}

START_TEST(content_that_moved_keeps_arrays_back)
{
    loom_value *v = a_volume();
    op_call c = passing(v, "volume", resample);
    op_must_run(&c);
    ck_assert(!has(&c, "plane") && !has(&c, "error") && has(&c, "cell") && has(&c, "origin"));
    op_end(&c);
    value_free(v);
}
END_TEST

/* Five tilts of 5x7 pixels: the length 5 alone does not tell tilts from rows of pixels; the first
 * axis does. */
static loom_status shift_images(loom_call *call, const loom_value *in, loom_value *out)
{
    call->host->add_array(call, out, "images", LOOM_F32, 3, (int64_t[]){ 5, 5, 7 }, NULL);
    return loom_pass_rest_as(call, in, out, (loom_rest){ .moved = "yx" }) ? LOOM_OK : LOOM_E_MEMORY;
}

START_TEST(columns_of_tilts_survive_images_that_move)
{
    static const double angles[15] = { 0 };
    loom_value *v = make_tilt_series(5, 5, 7, 0.3, NULL, angles);
    make_array(v, "time", LOOM_F64, 1, (int64_t[]){ 5 }, "second", NULL);
    make_array(v, "weight", LOOM_F32, 3, (int64_t[]){ 5, 5, 7 }, "", NULL);
    make_array(v, "flat", LOOM_F32, 2, (int64_t[]){ 5, 7 }, "",
               NULL); /* a detector's gain, or a row of pixels per tilt */
    op_call c = passing(v, "tilt_series", shift_images);
    op_must_run(&c);
    ck_assert(has(&c, "time") && has(&c, "angles") && !has(&c, "weight") && !has(&c, "flat"));
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(another_type_takes_all_but_the_content)
{
    loom_value *v = a_volume();
    op_call c = passing(v, "mask", pass_all);
    op_run(&c); /* without a mask the value is not whole; what was passed is there all the same */
    ck_assert(has(&c, "origin") && has(&c, "error") && !has(&c, "density"));
    op_end(&c);
    value_free(v);
}
END_TEST

static loom_status fewer_rows(loom_call *call, const loom_value *in, loom_value *out)
{
    call->host->add_array(call, out, "a", LOOM_F64, 1, (int64_t[]){ 2 }, NULL);
    return loom_pass_rest(call, in, out) ? LOOM_OK : LOOM_E_MEMORY;
}

START_TEST(tables_and_types_of_plugins)
{
    static const char *const types[] = { "table", "test.own" };
    for (int i = 0; i < 2; i++) {
        loom_value *v = make_value(types[i]);
        make_array(v, "a", LOOM_F64, 1, (int64_t[]){ 4 }, "", (const double[]){ 0, 1, 2, 3 });
        make_array(v, "b", LOOM_I64, 1, (int64_t[]){ 4 }, "", (const int64_t[]){ 0, 1, 2, 3 });
        op_call c = passing(v, types[i], fewer_rows);
        op_must_run(&c);
        ck_assert(!has(&c, "b"));
        op_end(&c);
        op_call rows = passing(v, types[i], pass_no_row);
        op_must_run(&rows);
        ck_assert_int_eq(value_array(op_output(&rows, "out"), "b")->dim[0], 0);
        op_end(&rows);
        value_free(v);
    }
}
END_TEST

TEST_MAIN("kit.rest", everything_arrives_where_nothing_was_made,
          what_the_op_made_or_refuses_is_not_replaced, columns_follow_selected_rows,
          all_rows_no_row_and_wrong_rows, lengths_that_changed_keep_arrays_back,
          content_that_moved_keeps_arrays_back, columns_of_tilts_survive_images_that_move,
          another_type_takes_all_but_the_content, tables_and_types_of_plugins)
