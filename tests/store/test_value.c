/* Values in memory: what is refused, what a type asks for, what is finite. */
#include "support/sanitized.h"
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
        for (int64_t i = 0; i < n; i++)
            ck_assert_msg(((uint8_t *)a->data)[i] == 0, "byte %lld of %lld", (long long)i,
                          (long long)n);
        memset(a->data, 1, (size_t)n);
    }
    const int64_t absurd[3] = { INT64_MAX / 2, 4, 4 }, negative[1] = { -1 };
    ck_assert_ptr_null(value_add_array(v, "absurd", LOOM_F64, 3, absurd, "", &e));
    ck_assert_int_eq(e.status, LOOM_E_MEMORY);
    e = (error){ 0 };
    ck_assert_ptr_null(value_add_array(v, "beyond any machine", LOOM_F64, 1,
                                       (int64_t[]){ INT64_C(1) << 55 }, "", &e));
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

START_TEST(the_place_in_several_axes_has_one_index_each)
{
    loom_value *v = make_value("array");
    loom_array *a = value_add_array(v, "data", LOOM_F32, 3, (int64_t[]){ 10, 20, 30 }, "", &e);
    ((float *)a->data)[(3 * 20 + 4) * 30 + 5] = NAN;
    ck_assert(!value_check_finite(v, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "at [3][4][5] of [10][20][30]"));
    e = (error){ 0 };
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
    make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ 3, 3 }, "degree",
               NULL); /* three angles, two images */
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
    must(value_set_number(a, "x", -0.0, "", &e) && value_set_number(b, "x", 3, "", &e)
         && value_set_number(b, "x", 0.0, "", &e));
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

/* ---- limits: what may be made can be written and read; what may not is refused when it is made */

static void survives(loom_value *v)
{
    digest d, back;
    store *s = open_store();
    must(store_put(s, v, &d, &e));
    loom_value *again = store_get(s, &d, true, &e);
    must(again != NULL);
    back = value_digest(again);
    ck_assert(digest_equal(&d, &back));
    value_free(again);
    must(store_remove(s, &d, &e));
    store_close(s);
}

static void is_refused(bool good, const char *fragment)
{
    ck_assert(!good);
    ck_assert_msg(strstr(e.message, fragment) != NULL && *e.todo, "%s (%s)", e.message, e.todo);
    e = (error){ 0 };
}

static char *word(size_t n)
{
    char *s = malloc(n + 1);
    ck_assert_ptr_nonnull(s);
    memset(s, 'w', n);
    s[n] = 0;
    return s;
}

START_TEST(texts_have_one_limit)
{
    const size_t sizes[] = { 0, 1, 32 << 10, (32 << 10) + 1, 70000, VALUE_MAX_TEXT };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *s = word(sizes[i]);
        loom_value *v = make_value("array");
        must(value_set_text(v, "note", s, &e));
        survives(v);
        value_free(v);
        free(s);
    }
    char *s = word(VALUE_MAX_TEXT + 1);
    loom_value *v = make_value("array");
    is_refused(value_set_text(v, "note", s, &e), "268435457 bytes; at most 268435456");
    survives(v);
    value_free(v);
    free(s);
}
END_TEST

START_TEST(texts_and_units_are_utf8)
{
    loom_value *v = make_value("array");
    must(value_set_text(v, "note", "\xc3\x85ngstr\xc3\xb6m \xf0\x9f\x94\xac", &e));
    is_refused(value_set_text(v, "title", "caf\xe9 au lait", &e),
               "the text 'title' is not UTF-8: byte 4 of it is 0xe9");
    is_refused(value_set_text(v, "title", "cut \xc3", &e), "byte 5 of it is 0xc3");
    is_refused(value_set_text(v, "title", "\xc0\x80", &e), "byte 1 of it is 0xc0");
    is_refused(value_set_number(v, "n", 1, "\xc5", &e), "the unit of 'n' is not UTF-8");
    is_refused(value_add_array(v, "gr\xf6\xdf", LOOM_F64, 0, NULL, "", &e), "bad array name");
    is_refused(value_set_number(v, "\xff", 1, "", &e), "bad attribute name");
    is_refused(value_add_array(v, "a", LOOM_F64, 0, NULL, "\xb5m", &e),
               "the unit of 'a' is not UTF-8: byte 1 of it is 0xb5");
    survives(v);
    value_free(v);
}
END_TEST

START_TEST(names_units_and_types_have_one_limit)
{
    char *name = word(VALUE_MAX_NAME), *unit = word(VALUE_MAX_UNIT), *type = word(VALUE_MAX_TYPE),
         *longer = word(VALUE_MAX_NAME + 1);
    loom_value *v = value_new(type, &e);
    must(v && value_add_array(v, name, LOOM_F64, 0, NULL, unit, &e)
         && value_set_number(v, name, 1, unit, &e));
    must(value_set_text(v, "t", unit, &e));
    survives(v);
    is_refused(value_add_array(v, longer, LOOM_F64, 0, NULL, "", &e), "bad array name");
    is_refused(value_add_array(v, "a", LOOM_F64, 0, NULL, longer, &e), "201 bytes; at most 200");
    is_refused(value_set_number(v, longer, 1, "", &e), "bad attribute name");
    is_refused(value_set_number(v, "n", 1, longer, &e), "201 bytes; at most 200");
    is_refused(value_new(longer, &e), "too long a type");
    is_refused(value_new("", &e), "no type");
    survives(v);
    value_free(v);
    free(name);
    free(unit);
    free(type);
    free(longer);
}
END_TEST

START_TEST(many_items_are_found_by_name_and_survive)
{
    enum { MANY = 5000 }; /* above what HDF5 keeps in an object header */
    loom_value *v = make_value("test.many");
    char name[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "item %d", i);
        must(value_add_array(v, name, LOOM_U8, 1, (int64_t[]){ i % 3 }, "", &e)
             && value_set_number(v, name, i, "angstrom", &e));
    }
    for (int i = 0; i < MANY; i += 7) {
        snprintf(name, sizeof name, "item %d", i);
        must(value_set_number(v, name, -i, "", &e));
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "item %d", i);
        ck_assert(value_array(v, name) == value_array_at(v, i)
                  && value_attribute(v, name) == value_attribute_at(v, i));
        ck_assert(value_attribute(v, name)->number == (i % 7 ? i : -i));
    }
    ck_assert(!value_array(v, "item 5000") && !value_attribute(v, "item")
              && !value_array_at(v, MANY) && !value_attribute_at(v, MANY));
    is_refused(value_add_array(v, "item 17", LOOM_U8, 0, NULL, "", &e), "added twice");
    survives(v);
    value_free(v);
}
END_TEST

/* Also where data is taken over: each name is there to be found, and added once. */
START_TEST(many_adopted_items_are_found_by_name)
{
    enum { MANY = 40 };
    loom_value *v = make_value("test.many");
    char name[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "item %d", i);
        void *data = aligned_alloc(64, 64);
        must(value_adopt_array(v, name, LOOM_U8, 1, (int64_t[]){ 3 }, "", data, free, &e));
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "item %d", i);
        ck_assert(value_array(v, name) && value_array(v, name) == value_array_at(v, i));
    }
    is_refused(value_add_array(v, "item 17", LOOM_U8, 0, NULL, "", &e), "added twice");
    value_free(v);
}
END_TEST

START_TEST(counts_of_items_have_one_limit)
{
    loom_value *v = make_value("test.many");
    char name[32];
    for (int i = 0; i < VALUE_MAX_ATTRIBUTES; i++) {
        snprintf(name, sizeof name, "a%d", i);
        must(value_set_number(v, name, i, "angstrom", &e));
    }
    is_refused(value_set_number(v, "more", 1, "", &e), "at most 32000 attributes");
    must(value_set_number(v, "a5", 1, "", &e)); /* replaces */
    if (!SANITIZED) survives(v);                /* HDF5 takes its time with so many */
    value_free(v);
    v = make_value("test.many");
    for (int i = 0; i < VALUE_MAX_ARRAYS; i++) {
        snprintf(name, sizeof name, "a%d", i);
        must(value_add_array(v, name, LOOM_U8, 0, NULL, "", &e) != NULL);
    }
    is_refused(value_add_array(v, "more", LOOM_U8, 0, NULL, "", &e), "at most 65536 arrays");
    must(value_set_text(v, "long", "x", &e));
    if (!SANITIZED) survives(v);
    value_free(v);
}
END_TEST

START_TEST(ranks_and_lengths_have_one_limit)
{
    loom_value *v = make_value("array");
    must(value_add_array(v, "empty", LOOM_F64, 4, (int64_t[]){ 0, INT64_MAX, INT64_MAX, 3 }, "", &e)
         != NULL);
    must(value_add_array(v, "number", LOOM_F64, 0, NULL, "", &e) != NULL);
    survives(v);
    is_refused(value_add_array(v, "five", LOOM_F64, 5, (int64_t[]){ 1, 1, 1, 1, 1 }, "", &e),
               "ranks 0 to 4");
    is_refused(value_add_array(v, "less", LOOM_F64, 1, (int64_t[]){ -1 }, "", &e), "-1 elements");
    is_refused(value_add_array(v, "vast", LOOM_F64, 2, (int64_t[]){ INT64_MAX, 3 }, "", &e),
               "elements along axis");
    survives(v);
    value_free(v);
}
END_TEST

int main(void)
{
    return run_suite(
        "store.value",
        (const TTest *const[]){
            arrays_are_zeroed_aligned_and_refused_when_impossible,
            every_number_that_is_not_finite_is_found_at_its_place,
            the_place_in_several_axes_has_one_index_each, a_value_must_hold_what_its_type_asks_for,
            minus_zero_is_zero_and_replacing_keeps_one, texts_have_one_limit,
            texts_and_units_are_utf8, names_units_and_types_have_one_limit,
            many_items_are_found_by_name_and_survive, many_adopted_items_are_found_by_name,
            counts_of_items_have_one_limit, ranks_and_lengths_have_one_limit, NULL });
}
