/* io.read_mat: MATLAB's (x, y, tilt) arrives as [tilt][y][x]; what cannot be read is refused with
 * the list of variables. (Damage is tests/damage.) */
#include "damage/formats.h"
#include "io/io_files.h"
#include <matio.h>

/* A file with a 2 x 3 x 4 double `vol`, an int16 row `k` and, unless `plain`, a complex and a text;
 * "file=PATH". */
static const char *mat_file(enum mat_ft version, bool plain)
{
    const char *param = file_with("", 0);
    mat_t *mat = Mat_CreateVer(param + 5, NULL, version);
    ck_assert_ptr_nonnull(mat);
    double vol[24], im[2] = { 1, 2 };
    int16_t k[3] = { -1, 300, 7 };
    for (int i = 0; i < 24; i++) vol[i] = i;
    struct mat_complex_split_t z = { im, im };
    matvar_t *vars[] = {
        Mat_VarCreate("vol", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, (size_t[]){ 2, 3, 4 }, vol, 0),
        plain ? NULL : Mat_VarCreate("k", MAT_C_INT16, MAT_T_INT16, 2, (size_t[]){ 1, 3 }, k, 0),
        plain ? NULL
              : Mat_VarCreate("z", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, (size_t[]){ 1, 2 }, &z,
                              MAT_F_COMPLEX),
        plain ? NULL
              : Mat_VarCreate("words", MAT_C_CHAR, MAT_T_UINT8, 2, (size_t[]){ 1, 5 }, "hello", 0),
    };
    for (int i = 0; i < 4; i++) {
        if (vars[i])
            Mat_VarWrite(mat, vars[i],
                         version == MAT_FT_MAT5 ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE);
        Mat_VarFree(vars[i]);
    }
    Mat_Close(mat);
    return param;
}

static const enum mat_ft versions[] = { MAT_FT_MAT5, MAT_FT_MAT73 };

START_TEST(axes_are_reversed_and_numbers_kept)
{
    const char *param = mat_file(versions[_i], true);
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->rank, 3);
    ck_assert_int_eq(a->dim[0], 4);
    ck_assert_int_eq(a->dim[2], 2);
    for (int i = 0; i < 24; i++) ck_assert_double_eq(((double *)a->data)[i], i);
    op_end(&c);
    c = (op_call){ .op = op_load("io.read_mat"), .params = { param, "axes=[2, 0, 1]" } };
    op_must_run(&c);
    a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->dim[0], 2);
    ck_assert_int_eq(a->dim[1], 4);
    for (int x = 0; x < 2; x++)
        for (int z = 0; z < 4; z++)
            for (int y = 0; y < 3; y++)
                ck_assert_double_eq(((double *)a->data)[(x * 4 + z) * 3 + y], (z * 3 + y) * 2 + x);
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(variables_are_chosen_or_listed)
{
    const char *param = mat_file(versions[_i], false);
    op_call c = { .op = op_load("io.read_mat"), .params = { param, "variable=k" } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->dtype, LOOM_I32);
    ck_assert_mem_eq(a->data, ((int32_t[]){ -1, 300, 7 }), 12);
    op_end(&c);
    c.params[1] = NULL;
    op_must_fail(&c, LOOM_E_PARAM, "variable",
                 "k [1 x 3] int16, "); /* 7.3 lists by name, 5 as written */
    ck_assert_ptr_nonnull(strstr(c.result.failure.message, "vol [2 x 3 x 4] double"));
    c.params[1] = "variable=nothing";
    op_must_fail(&c, LOOM_E_PARAM, "variable", "no variable 'nothing'");
    c.params[1] = "variable=z";
    op_must_fail(&c, LOOM_E_DATA, "variable", "z [1 x 2] complex double");
    c.params[1] = "variable=words";
    op_must_fail(&c, LOOM_E_DATA, "variable", "char");
    c.params[1] = "variable=vol";
    c.params[2] = "axes=[0, 1, 1]";
    op_must_fail(&c, LOOM_E_PARAM, "axes", "once");
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(other_files_are_refused)
{
    const char *param =
        file_with("this is not a MATLAB file, and it is longer than the 128 bytes of "
                  "the header, because otherwise it would be "
                  "refused for its length alone...",
                  130);
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_fail(&c, LOOM_E_IO, "file", "is not a MATLAB file");
    op_end(&c);
    remove_file(param);
}
END_TEST

/* One variable of any class; "file=PATH". */
static const char *one_variable(enum mat_ft version, matvar_t *v)
{
    const char *param = file_with("", 0);
    mat_t *mat = Mat_CreateVer(param + 5, NULL, version);
    ck_assert_ptr_nonnull(mat);
    ck_assert_int_eq(
        Mat_VarWrite(mat, v, version == MAT_FT_MAT5 ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE),
        0);
    Mat_VarFree(v);
    Mat_Close(mat);
    return param;
}

/* Smallest and largest number of each class, and the dtype they arrive as. */
START_TEST(numbers_of_every_class_are_exact)
{
    static const int64_t min64[2] = { INT64_MIN, INT64_MAX };
    static const int32_t min32[2] = { INT32_MIN, INT32_MAX };
    const struct {
        enum matio_classes class;
        enum matio_types type;
        const void *data;
        loom_dtype dtype;
        double first, last;
    } rows[] = {
        { MAT_C_DOUBLE, MAT_T_DOUBLE, (double[]){ -1e308, 1 / 3.0 }, LOOM_F64, -1e308, 1 / 3.0 },
        { MAT_C_SINGLE, MAT_T_SINGLE, (float[]){ -2.5f, 0.1f }, LOOM_F32, -2.5, 0.1f },
        { MAT_C_INT8, MAT_T_INT8, (int8_t[]){ -128, 127 }, LOOM_I32, -128, 127 },
        { MAT_C_UINT8, MAT_T_UINT8, (uint8_t[]){ 0, 255 }, LOOM_U8, 0, 255 },
        { MAT_C_INT16, MAT_T_INT16, (int16_t[]){ -32768, 32767 }, LOOM_I32, -32768, 32767 },
        { MAT_C_UINT16, MAT_T_UINT16, (uint16_t[]){ 0, 65535 }, LOOM_I32, 0, 65535 },
        { MAT_C_INT32, MAT_T_INT32, min32, LOOM_I32, INT32_MIN, INT32_MAX },
        { MAT_C_UINT32, MAT_T_UINT32, (uint32_t[]){ 0, UINT32_MAX }, LOOM_I64, 0, UINT32_MAX },
        { MAT_C_INT64, MAT_T_INT64, min64, LOOM_I64, 0, 0 },
        { MAT_C_UINT64, MAT_T_UINT64, (uint64_t[]){ 1, INT64_MAX }, LOOM_I64, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *param =
            one_variable(versions[_i], Mat_VarCreate("v", rows[i].class, rows[i].type, 2,
                                                     (size_t[]){ 1, 2 }, (void *)rows[i].data, 0));
        op_call c = { .op = op_load("io.read_mat"), .params = { param } };
        op_must_run(&c);
        const loom_array *a = value_array(op_output(&c, "array"), "data");
        ck_assert_int_eq(a->dtype, rows[i].dtype);
        double v[2];
        for (int k = 0; k < 2; k++)
            v[k] = a->dtype == LOOM_F64   ? ((double *)a->data)[k]
                   : a->dtype == LOOM_F32 ? (double)((float *)a->data)[k]
                   : a->dtype == LOOM_U8  ? ((uint8_t *)a->data)[k]
                   : a->dtype == LOOM_I32 ? ((int32_t *)a->data)[k]
                                          : (double)((int64_t *)a->data)[k];
        if (rows[i].last != 0) ck_assert(v[0] == rows[i].first && v[1] == rows[i].last);
        else ck_assert_int_eq(((int64_t *)a->data)[1], INT64_MAX);
        op_end(&c);
        remove_file(param);
    }
}
END_TEST

START_TEST(what_is_no_number_is_refused_by_name)
{
    uint64_t large[2] = { 1, (uint64_t)INT64_MAX + 1 };
    const char *param = one_variable(versions[_i], Mat_VarCreate("big", MAT_C_UINT64, MAT_T_UINT64,
                                                                 2, (size_t[]){ 1, 2 }, large, 0));
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_fail(&c, LOOM_E_DATA, "variable", "above 2^63 - 1");
    op_end(&c);
    remove_file(param);
    matvar_t *member =
        Mat_VarCreate(NULL, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, (size_t[]){ 1, 1 }, (double[]){ 1 }, 0);
    param = one_variable(versions[_i], Mat_VarCreate("box", MAT_C_CELL, MAT_T_CELL, 2,
                                                     (size_t[]){ 1, 1 }, &member, 0));
    c = (op_call){ .op = op_load("io.read_mat"), .params = { param } };
    op_must_fail(&c, LOOM_E_DATA, "file", "no real, full numeric array; it has: box");
    ck_assert_ptr_nonnull(strstr(c.result.failure.message, "cell"));
    op_end(&c);
    remove_file(param);
    mat_sparse_t sparse = { .nzmax = 1,
                            .ir = (mat_uint32_t[]){ 0 },
                            .nir = 1,
                            .jc = (mat_uint32_t[]){ 0, 1, 1 },
                            .njc = 3,
                            .ndata = 1,
                            .data = (double[]){ 2 } };
    param = one_variable(versions[_i], Mat_VarCreate("thin", MAT_C_SPARSE, MAT_T_DOUBLE, 2,
                                                     (size_t[]){ 2, 2 }, &sparse, 0));
    c = (op_call){ .op = op_load("io.read_mat"), .params = { param, "variable=thin" } };
    op_must_fail(&c, LOOM_E_DATA, "variable", "sparse");
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(logical_becomes_bytes_and_empty_stays_empty)
{
    const char *param = one_variable(
        versions[_i], Mat_VarCreate("seen", MAT_C_UINT8, MAT_T_UINT8, 2, (size_t[]){ 3, 1 },
                                    (uint8_t[]){ 1, 0, 1 }, MAT_F_LOGICAL));
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->dtype, LOOM_U8);
    ck_assert_mem_eq(a->data, ((uint8_t[]){ 1, 0, 1 }), 3);
    op_end(&c);
    remove_file(param);
    param = one_variable(versions[_i],
                         Mat_VarCreate("seen", MAT_C_UINT8, MAT_T_UINT8, 2, (size_t[]){ 3, 1 },
                                       (uint8_t[]){ 1, 7, 1 }, MAT_F_LOGICAL));
    c = (op_call){ .op = op_load("io.read_mat"), .params = { param } };
    op_must_fail(&c, LOOM_E_IO, "file", "number 2 of the logical variable 'seen' is 7, not 0 or 1");
    op_end(&c);
    remove_file(param);
    param = one_variable(versions[_i], Mat_VarCreate("none", MAT_C_DOUBLE, MAT_T_DOUBLE, 2,
                                                     (size_t[]){ 0, 5 }, NULL, 0));
    c = (op_call){ .op = op_load("io.read_mat"), .params = { param } };
    op_must_run(&c);
    a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->rank, 2);
    ck_assert_int_eq(a->dim[0], 5);
    ck_assert_int_eq(a->dim[1], 0);
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(fields_of_a_structure_are_named)
{
    static const char *const fields[] = { "pixel", "proj" };
    matvar_t *s = Mat_VarCreateStruct("s", 2, (size_t[]){ 1, 1 }, (const char **)fields, 2);
    Mat_VarSetStructFieldByName(s, "pixel", 0,
                                Mat_VarCreate(NULL, MAT_C_DOUBLE, MAT_T_DOUBLE, 2,
                                              (size_t[]){ 1, 1 }, (double[]){ 0.35 }, 0));
    Mat_VarSetStructFieldByName(s, "proj", 0,
                                Mat_VarCreate(NULL, MAT_C_SINGLE, MAT_T_SINGLE, 2,
                                              (size_t[]){ 2, 3 }, (float[]){ 1, 2, 3, 4, 5, 6 },
                                              0));
    const char *param = one_variable(versions[_i], s);
    op_call c = { .op = op_load("io.read_mat"), .params = { param, "variable=s.proj" } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->dim[0], 3);
    ck_assert_mem_eq(a->data, ((float[]){ 1, 2, 3, 4, 5, 6 }), 24);
    op_end(&c);
    c.params[1] = "variable=s";
    op_must_fail(
        &c, LOOM_E_PARAM, "variable",
        "is a structure; name one of its fields: s.pixel [1 x 1] double, s.proj [2 x 3] single");
    c.params[1] = NULL;
    op_must_fail(&c, LOOM_E_PARAM, "variable",
                 "holds its numbers in structures: name a field, as in 's.proj'; it has: s");
    c.params[1] = "variable=s.nothing";
    op_must_fail(&c, LOOM_E_PARAM, "variable", "no variable 's.nothing'");
    op_end(&c);
    remove_file(param);
}
END_TEST

/* "file=PATH" of a file made byte by byte. */
static const char *made(bool (*make)(damage_file *), void (*change)(damage_file *))
{
    damage_file f = { 0 };
    ck_assert(make(&f));
    if (change) change(&f);
    const char *param = file_with(f.bytes, f.size);
    damage_file_free(&f);
    return param;
}

START_TEST(levels_and_byte_orders_hold_the_same_numbers)
{
    static bool (*const makers[])(damage_file *) = { make_mat5, make_mat5_big_endian,
                                                     make_mat5_packed, make_mat73,
                                                     make_mat73_packed };
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        const char *param = made(makers[i], NULL);
        op_call c = { .op = op_load("io.read_mat"), .params = { param } };
        op_must_run(&c);
        const loom_array *a = value_array(op_output(&c, "array"), "data");
        ck_assert_int_eq(a->dim[0], NZ);
        ck_assert_int_eq(a->dim[2], NX);
        ck_assert_mem_eq(a->data, damage_reals(), NUMBERS * sizeof(double));
        op_end(&c);
        remove_file(param);
    }
    const char *param =
        made(make_mat4_integers, NULL); /* MATLAB loads every number of level 4 as double */
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->dtype, LOOM_F64);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_double_eq(((double *)a->data)[i], damage_counts()[i]);
    op_end(&c);
    remove_file(param);
}
END_TEST

/* In a plain file of level 5 the dimensions are 12 bytes from 160 on. */
static void huge_dimensions(damage_file *f) { memset(f->bytes + 160, 0x7f, 12); }
static void negative_dimension(damage_file *f) { memset(f->bytes + 160, 0xff, 4); }
static void twice_the_variable(damage_file *f)
{
    damage_file copy = { 0 };
    damage_bytes(&copy, f->bytes + 128, f->size - 128);
    damage_bytes(f, copy.bytes, copy.size);
    damage_file_free(&copy);
}
static void bytes_behind(damage_file *f) { damage_bytes(f, "more", 4); }
static void other_version(damage_file *f) { f->bytes[125] = 3; }

START_TEST(inconsistent_files_are_refused)
{
    static const struct {
        void (*change)(damage_file *);
        const char *p;
        loom_status status;
        const char *says;
    } rows[] = {
        { huge_dimensions, NULL, LOOM_E_IO, "impossible dimensions" },
        { negative_dimension, NULL, LOOM_E_IO, "impossible dimensions" },
        { twice_the_variable, "variable=proj", LOOM_E_DATA, "2 variables of the name 'proj'" },
        { bytes_behind, NULL, LOOM_E_IO, "4 bytes follow its last variable" },
        { other_version, NULL, LOOM_E_IO, "version 3.0" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *param = made(make_mat5, rows[i].change);
        op_call c = { .op = op_load("io.read_mat"), .params = { param, rows[i].p } };
        op_must_fail(&c, rows[i].status, "file", rows[i].says);
        op_end(&c);
        remove_file(param);
    }
}
END_TEST

static void pad(damage_file *f, size_t size)
{
    while (f->size < size) damage_bytes(f, "", 1);
}

/* A group whose list of names is a tree of 16 levels, each node 32 times the child of the one
 * above: 32^15 ways through 12 kB. */
static void tree_of_one_child(damage_file *f)
{
    enum {
        LEVELS = 16,
        NODE = 24 + 33 * 8 + 32 * 8,
        HEADER = 96,
        HEAP = HEADER + 40,
        TREE = HEAP + 40
    };
    const uint64_t none = UINT64_MAX, zero = 0, end = 512 + TREE + LEVELS * NODE + 8 + 8 * 40;
    const uint64_t base[] = { 512, none, end, none, 0, HEADER }, places[] = { TREE, HEAP };
    f->size = 0;
    damage_bytes(f, "MATLAB 7.3 MAT-file", 19);
    pad(f, 124);
    damage_bytes(f, "\0\2IM", 4);
    pad(f, 512);
    damage_bytes(f, "\x89HDF\r\n\x1a\n\0\0\0\0\0\10\10\0\4\0\20\0\0\0\0\0", 24);
    damage_bytes(f, base, sizeof base);
    pad(f, 512 + HEADER);
    damage_bytes(f, "\1\0\1\0\1\0\0\0\30\0\0\0\0\0\0\0\21\0\20\0\0\0\0\0", 24);
    damage_bytes(f, places, sizeof places);
    damage_bytes(f, "HEAP\0\0\0\0\10\0\0\0\0\0\0\0", 16);
    damage_bytes(f, &none, 8);
    damage_bytes(f, (uint64_t[]){ HEAP + 32, 0 }, 16);
    for (uint64_t level = LEVELS; level-- > 0;) {
        const uint64_t child = f->size - 512 + NODE;
        damage_bytes(f, (unsigned char[]){ 'T', 'R', 'E', 'E', 0, (unsigned char)level, 32, 0 }, 8);
        damage_bytes(f, (uint64_t[]){ none, none, 0 }, 24);
        for (int i = 0; i < 32; i++) {
            damage_bytes(f, &child, 8);
            damage_bytes(f, &zero, 8);
        }
    }
    damage_bytes(f, "SNOD\1\0\0\0", 8);
    pad(f, end);
}

START_TEST(a_tree_that_meets_itself_ends)
{
    const char *param = made(make_mat73, tree_of_one_child);
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_fail(&c, LOOM_E_IO, "file", "two parts in the same place");
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(reads_the_published_series)
{
    const char *path = test_data("asi208/projections_dose8p0e3.mat");
    if (!path) return;
    char param[4200];
    snprintf(param, sizeof param, "file=%s", path);
    op_call c = { .op = op_load("io.read_mat"),
                  .params = { param, "variable=Trunc_projections_forBM3D" } };
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "array"), "data");
    ck_assert_int_eq(a->dim[0], 60);
    ck_assert_int_eq(a->dim[1], 128);
    ck_assert_int_eq(a->dim[2], 128);
    op_end(&c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("io.read_mat");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    const TTest *const for_each_version[] = {
        axes_are_reversed_and_numbers_kept,
        variables_are_chosen_or_listed,
        numbers_of_every_class_are_exact,
        what_is_no_number_is_refused_by_name,
        logical_becomes_bytes_and_empty_stays_empty,
        fields_of_a_structure_are_named,
    };
    for (size_t i = 0; i < sizeof for_each_version / sizeof *for_each_version; i++)
        tcase_add_loop_test(t, for_each_version[i], 0, 2);
    tcase_add_test(t, other_files_are_refused);
    tcase_add_test(t, levels_and_byte_orders_hold_the_same_numbers);
    tcase_add_test(t, inconsistent_files_are_refused);
    tcase_add_test(t, a_tree_that_meets_itself_ends);
    tcase_add_test(t, reads_the_published_series);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
