/* Values in memory: what is refused, what a type asks for, what is finite. */
#include "support/store_test.h"
#include <math.h>

START_TEST(arrays_are_zeroed_aligned_and_refused_when_impossible)
{
    loom_value *v = make_value("array");
    char name[32];
    for (int64_t n = 1; n < 10000000; n *= 7) { /* below and above where memory is mapped */
        snprintf(name, sizeof name, "%lld", (long long)n);
        loom_array *a = value_add_array(v, name, LOOM_U8, 1, &n, "", &e);
        must(a != NULL);
        ck_assert_uint_eq((uintptr_t)a->data % 64, 0);
        for (int64_t i = 0; i < n; i++) ck_assert_msg(((uint8_t *)a->data)[i] == 0, "byte %lld of %lld", (long long)i, (long long)n);
        memset(a->data, 1, (size_t)n);
    }
    const int64_t absurd[3] = { INT64_MAX / 2, 4, 4 }, negative[1] = { -1 };
    ck_assert_ptr_null(value_add_array(v, "absurd", LOOM_F64, 3, absurd, "", &e));
    ck_assert_int_eq(e.status, LOOM_E_MEMORY);
    e = (error){ 0 };
    ck_assert_ptr_null(value_add_array(v, "beyond any machine", LOOM_F64, 1, (int64_t[]){ INT64_C(1) << 55 }, "", &e));
    ck_assert_int_eq(e.status, LOOM_E_MEMORY);
    e = (error){ 0 };
    ck_assert_ptr_null(value_add_array(v, "negative", LOOM_F64, 1, negative, "", &e));
    e = (error){ 0 };
    ck_assert_ptr_null(value_add_array(v, "1", LOOM_U8, 0, NULL, "", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "added twice"));
    value_free(v);
}
END_TEST

START_TEST(every_number_that_is_not_finite_is_found_at_its_place)
{
    enum { N = 9000 };
    const double bad[3] = { NAN, INFINITY, -INFINITY };
    for (int dtype = LOOM_F32; dtype <= LOOM_F64; dtype++)
        for (int64_t at = 0; at < N; at += 997) {
            loom_value *v = make_value("array");
            void *x = make_array(v, "data", dtype, 1, (int64_t[]){ N }, "", NULL);
            must(value_check_finite(v, &e));
            if (dtype == LOOM_F32) ((float *)x)[at] = (float)bad[at % 3];
            else ((double *)x)[at] = bad[at % 3];
            ck_assert(!value_check_finite(v, &e));
            char want[64];
            snprintf(want, sizeof want, "at element %lld of 9000", (long long)at);
            ck_assert_msg(strstr(e.message, want) != NULL, "%s", e.message);
            e = (error){ 0 };
            value_free(v);
        }
    loom_value *v = make_value("array");
    must(value_set_number(v, "score", NAN, "", &e));
    ck_assert(!value_check_finite(v, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "score"));
    value_free(v);
}
END_TEST

static void refuses(loom_value *v, const char *fragment)
{
    e = (error){ 0 };
    ck_assert(!value_check_type(v, &e));
    ck_assert_msg(strstr(e.message, fragment) != NULL, "%s", e.message);
    e = (error){ 0 };
    value_free(v);
}

START_TEST(a_value_must_hold_what_its_type_asks_for)
{
    const double position[6] = { 0 };
    const int32_t species[2] = { 0 };
    loom_value *v = make_atoms(2, position, species, "Pd Ir");
    must(value_check_type(v, &e));
    value_free(v);

    refuses(make_value("volume"), "must hold an array 'density'");
    v = make_value("volume");
    make_array(v, "density", LOOM_F64, 3, (int64_t[]){ 1, 1, 1 }, "", NULL);
    refuses(v, "dtype f64");
    v = make_value("volume");
    make_array(v, "density", LOOM_F32, 2, (int64_t[]){ 1, 1 }, "", NULL);
    refuses(v, "2 axes");
    v = make_value("volume");
    make_array(v, "density", LOOM_F32, 3, (int64_t[]){ 1, 1, 1 }, "", NULL);
    refuses(v, "attribute 'voxel_size'");
    v = make_value("volume");
    make_array(v, "density", LOOM_F32, 3, (int64_t[]){ 1, 1, 1 }, "", NULL);
    must(value_set_number(v, "voxel_size", 1, "nm", &e));
    refuses(v, "'nm', expected 'angstrom'");
    v = make_tilt_series(2, 3, 3, 1, NULL, NULL);
    value_free(v);
    v = make_value("tilt_series");
    make_array(v, "images", LOOM_F32, 3, (int64_t[]){ 2, 3, 3 }, "", NULL);
    make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ 3, 3 }, "degree", NULL); /* three angles, two images */
    must(value_set_number(v, "pixel_size", 1, "angstrom", &e));
    refuses(v, "3 entries along axis 0, expected 2");
    v = make_value("table");
    make_array(v, "a", LOOM_F64, 1, (int64_t[]){ 2 }, "", NULL);
    make_array(v, "b", LOOM_F64, 1, (int64_t[]){ 3 }, "", NULL);
    refuses(v, "column 'b'");
    v = make_value("of_a_plugin_of_somebody");
    must(value_check_type(v, &e));
    value_free(v);
}
END_TEST

START_TEST(minus_zero_is_zero_and_replacing_keeps_one)
{
    loom_value *a = make_value("array"), *b = make_value("array");
    must(value_set_number(a, "x", -0.0, "", &e) && value_set_number(b, "x", 3, "", &e) && value_set_number(b, "x", 0.0, "", &e));
    digest da = value_digest(a), db = value_digest(b);
    ck_assert(digest_equal(&da, &db));
    ck_assert_ptr_null(value_attribute_at(b, 1));
    must(value_set_text(b, "x", "0", &e)); /* a text is not the number it spells */
    db = value_digest(b);
    ck_assert(!digest_equal(&da, &db));
    value_free(a);
    value_free(b);
}
END_TEST

int main(void)
{
    return run_suite("store.value", (const TTest *const[]){
        arrays_are_zeroed_aligned_and_refused_when_impossible,
        every_number_that_is_not_finite_is_found_at_its_place,
        a_value_must_hold_what_its_type_asks_for,
        minus_zero_is_zero_and_replacing_keeps_one,
        NULL });
}
