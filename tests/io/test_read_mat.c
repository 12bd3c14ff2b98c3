/* io.read_mat: MATLAB's (x, y, tilt) arrives as [tilt][y][x]; what cannot be read is refused with the list of variables. */
#include "io/io_files.h"
#include <matio.h>

/* A file with a 2 x 3 x 4 double `vol`, an int16 row `k` and, unless `plain`, a complex and a text; "file=PATH". */
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
        plain ? NULL : Mat_VarCreate("z", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, (size_t[]){ 1, 2 }, &z, MAT_F_COMPLEX),
        plain ? NULL : Mat_VarCreate("words", MAT_C_CHAR, MAT_T_UINT8, 2, (size_t[]){ 1, 5 }, "hello", 0),
    };
    for (int i = 0; i < 4; i++) {
        if (vars[i]) Mat_VarWrite(mat, vars[i], version == MAT_FT_MAT5 ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE);
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
            for (int y = 0; y < 3; y++) ck_assert_double_eq(((double *)a->data)[(x * 4 + z) * 3 + y], (z * 3 + y) * 2 + x);
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
    op_must_fail(&c, LOOM_E_PARAM, "variable", "k [1 x 3] int16, "); /* 7.3 lists by name, 5 as written */
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
    const char *param = file_with("this is no MATLAB file, and it is longer than the 128 bytes of the header, because otherwise it would be "
                                  "refused for its length alone...", 130);
    op_call c = { .op = op_load("io.read_mat"), .params = { param } };
    op_must_fail(&c, LOOM_E_IO, "file", "is not a MATLAB file");
    op_end(&c);
    remove_file(param);
}
END_TEST

/* Version 7.3 is only cut short: for changed bytes the HDF5 library itself (1.10) reads freed memory now and then, which is what worker
 * processes are for. */
START_TEST(damaged_files_are_refused_or_read)
{
    size_t n;
    const char *param = mat_file(versions[_i], false);
    unsigned char *good = bytes_of(param + 5, &n);
    remove_file(param);
    survives_damage("io.read_mat", good, n, 400, 40, versions[_i] == MAT_FT_MAT5 ? 300 : 0);
    free(good);
}
END_TEST

START_TEST(reads_the_published_series)
{
    const char *path = test_data("asi208/projections_dose8p0e3.mat");
    if (!path) return;
    char param[4200];
    snprintf(param, sizeof param, "file=%s", path);
    op_call c = { .op = op_load("io.read_mat"), .params = { param, "variable=Trunc_projections_forBM3D" } };
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
    tcase_add_loop_test(t, axes_are_reversed_and_numbers_kept, 0, 2);
    tcase_add_loop_test(t, variables_are_chosen_or_listed, 0, 2);
    tcase_add_test(t, other_files_are_refused);
    tcase_add_loop_test(t, damaged_files_are_refused_or_read, 0, 2);
    tcase_add_test(t, reads_the_published_series);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
