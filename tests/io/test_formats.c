/* io: .npy and .mrc are read as written; atoms and volumes survive a round trip; damage is refused
 * with words. */
#include "io/io_files.h"
#include "support/suite.h"
#include <math.h>

static const loom_array *data_of(const op_call *c)
{
    return value_array(op_output(c, "array"), "data");
}

/* A .npy of version 1 with this dictionary and these numbers. */
static size_t npy_bytes(unsigned char *out, const char *dictionary, const void *numbers,
                        size_t bytes)
{
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (unsigned char)strlen(dictionary);
    out[9] = 0;
    memcpy(out + 10, dictionary, strlen(dictionary));
    memcpy(out + 10 + strlen(dictionary), numbers, bytes);
    return 10 + strlen(dictionary) + bytes;
}

START_TEST(npy_orders_and_byte_orders)
{
    unsigned char file[512], big[24];
    int16_t numbers[6] = { 0, 1, 2, 3, 4, -5 };
    float f[6] = { 0, 1, 2, 3, 4, -5 };
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 4; k++) big[4 * i + k] = ((unsigned char *)&f[i])[3 - k];
    size_t n = npy_bytes(file, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n",
                         numbers, sizeof numbers);
    const char *param = file_with(file, n);
    op_call c = { .op = op_load("io.read_npy"), .params = { param } };
    op_must_run(&c);
    ck_assert_int_eq(data_of(&c)->dtype, LOOM_I32);
    ck_assert_mem_eq(data_of(&c)->data, ((int32_t[]){ 0, 1, 2, 3, 4, -5 }), 24);
    c.params[1] = "axes=[1, 0]";
    op_must_run(&c);
    ck_assert_int_eq(data_of(&c)->dim[0], 3);
    ck_assert_mem_eq(data_of(&c)->data, ((int32_t[]){ 0, 3, 1, 4, 2, -5 }), 24);
    op_end(&c);
    remove_file(param);
    n = npy_bytes(file, "{'descr': '>f4', 'fortran_order': True, 'shape': (3, 2), }\n", big,
                  sizeof big);
    param = file_with(file, n);
    c = (op_call){ .op = op_load("io.read_npy"), .params = { param } };
    op_must_run(&c); /* Fortran (3, 2): column 0 is 0 1 2, column 1 is 3 4 -5 */
    ck_assert_int_eq(data_of(&c)->dim[0], 3);
    ck_assert_mem_eq(data_of(&c)->data, ((float[]){ 0, 3, 1, 4, 2, -5 }), 24);
    op_end(&c);
    remove_file(param);
    survives_damage("io.read_npy", file, n, 80, 60, 600);
}
END_TEST

/* write_mrc, read_mrc, io.volume: the same densities and voxel size; the origin puts the rotation
 * centre at zero. */
START_TEST(mrc_round_trip)
{
    float density[2 * 3 * 4];
    for (int i = 0; i < 24; i++) density[i] = (float)(i * i) - 7.5f;
    loom_value *v = make_volume(2, 3, 4, 0.35, density);
    op_call w = { .op = op_load("io.write_mrc") };
    op_input(&w, "volume", v);
    op_must_run(&w);
    const loom_array *bytes = value_array(op_output(&w, "file"), "bytes");
    float origin_x, mean;
    memcpy(&origin_x, (char *)bytes->data + 4 * 49, 4);
    memcpy(&mean, (char *)bytes->data + 4 * 21, 4);
    ck_assert_float_eq_tol(origin_x, -0.7, 1e-6);
    ck_assert_float_eq_tol(mean, 23 * 47 / 6.0 - 7.5, 1e-4);
    const char *param = file_with(bytes->data, (size_t)bytes->dim[0]);
    op_call r = { .op = op_load("io.read_mrc"), .params = { param } };
    op_must_run(&r);
    op_call made = { .op = op_load("io.volume") };
    op_input(&made, "array", op_output(&r, "array"));
    op_must_run(&made);
    ck_assert_double_eq_tol(value_attribute(op_output(&made, "volume"), "voxel_size")->number, 0.35,
                            1e-7);
    ck_assert_mem_eq(value_array(op_output(&made, "volume"), "density")->data, density,
                     sizeof density);
    survives_damage("io.read_mrc", bytes->data, (size_t)bytes->dim[0], 224, 60, 600);
    op_end(&made);
    op_end(&r);
    op_end(&w);
    remove_file(param);
    value_free(v);
}
END_TEST

START_TEST(xyz_round_trip_keeps_every_column)
{
    double x[6] = { 0.125, -3.5, 1e3, 7, 8, 9.25 };
    loom_value *v = make_atoms(2, x, ((int32_t[]){ 1, 0 }), "Pd Ir");
    int64_t n = 2;
    make_array(v, "intensity", LOOM_F64, 1, &n, "", ((double[]){ 0.1, 1.0 / 3 }));
    make_array(v, "cn", LOOM_I32, 1, &n, "", ((int32_t[]){ 12, 9 }));
    make_array(v, "where", LOOM_I32, 1, &n, "", ((int32_t[]){ 1, 0 }));
    value_set_text(v, "categories.where", "near surface\nbulk", NULL);
    make_array(v, "force", LOOM_F64, 2, (int64_t[]){ 2, 3 }, "",
               ((double[]){ 1, 2, 3, 4, 5, 0.1 + 0.2 }));
    make_array(v, "a b", LOOM_I64, 1, &n, "", ((int64_t[]){ 1, INT64_MAX }));
    make_array(v, "a:b", LOOM_F32, 1, &n, "", ((float[]){ 0.1f, 2 }));
    make_array(v, "pos", LOOM_U8, 1, &n, "", ((uint8_t[]){ 7, 8 }));
    make_array(v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "", NULL);
    op_call w = { .op = op_load("io.write_xyz") };
    op_input(&w, "atoms", v);
    op_must_be_deterministic(&w);
    const loom_array *bytes = value_array(op_output(&w, "file"), "bytes");
    const char *param = file_with(bytes->data, (size_t)bytes->dim[0]);
    op_call r = { .op = op_load("io.read_xyz"), .params = { param, "symbols=[Pd, Ir]" } };
    op_must_run(&r);
    const loom_value *a = op_output(&r, "atoms");
    ck_assert_mem_eq(value_array(a, "position")->data, x, sizeof x);
    ck_assert_mem_eq(value_array(a, "species")->data, ((int32_t[]){ 1, 0 }), 8);
    ck_assert_double_eq(((double *)value_array(a, "intensity")->data)[1], 1.0 / 3);
    ck_assert_double_eq(((double *)value_array(a, "force_3")->data)[1], 0.1 + 0.2);
    const loom_array *large = value_array(a, "a_b"), *real = value_array(a, "a_b_2");
    if (large->dtype != LOOM_I64) {
        const loom_array *other = large;
        large = real;
        real = other;
    }
    ck_assert_int_eq(((int64_t *)large->data)[1], INT64_MAX);
    ck_assert_float_eq((float)((double *)real->data)[0], 0.1f);
    ck_assert_mem_eq(value_array(a, "pos_2")->data, ((int32_t[]){ 7, 8 }), 8);
    ck_assert_ptr_nonnull(strstr(w.notes, "'origin' is not a column"));
    ck_assert_mem_eq(value_array(a, "cn")->data, ((int32_t[]){ 12, 9 }), 8);
    ck_assert_str_eq(value_attribute(a, "categories.where")->text, "bulk\nnear_surface");
    op_end(&r);
    op_end(&w);
    remove_file(param);
    ((int32_t *)value_array(v, "where")->data)[0] = 2;
    w = (op_call){ .op = op_load("io.write_xyz") };
    op_input(&w, "atoms", v);
    op_must_fail(&w, LOOM_E_DATA, "atoms", "code 2 in 'where'");
    ((int32_t *)value_array(v, "species")->data)[0] = 2;
    op_must_fail(&w, LOOM_E_DATA, "atoms", "species 2");
    for (int k = 0; k < 64; k++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", k);
        make_array(v, name, LOOM_F64, 1, &n, "", NULL);
    }
    op_must_fail(&w, LOOM_E_DATA, "atoms", "more than 64 columns");
    op_end(&w);
    value_free(v);
}
END_TEST

START_TEST(lammps_box_masses_and_types)
{
    double x[6] = { 0, 0, 0, 1, 2, 3 };
    loom_value *v = make_atoms(2, x, ((int32_t[]){ 1, 0 }), "Pd Ir");
    op_call w = { .op = op_load("io.write_lammps"), .params = { "margin=1" } };
    op_input(&w, "atoms", v);
    op_must_run(&w);
    ck_assert_str_eq(w.warnings, "");
    const loom_array *bytes = value_array(op_output(&w, "file"), "bytes");
    const char *expect = "Pd Ir, written by atomloom\n\n2 atoms\n2 atom types\n-1.00000000 "
                         "2.00000000 xlo xhi\n-1.00000000 3.00000000 ylo "
                         "yhi\n-1.00000000 4.00000000 zlo zhi\n"
                         "\nMasses\n\n1 106.42 # Pd\n2 192.217 # Ir\n\nAtoms # atomic\n\n1 2 "
                         "0.00000000 0.00000000 0.00000000\n2 1 "
                         "1.00000000 2.00000000 3.00000000\n";
    ck_assert_int_eq(bytes->dim[0], (int64_t)strlen(expect));
    ck_assert_mem_eq(bytes->data, expect, strlen(expect));
    op_end(&w);
    value_free(v);
}
END_TEST

TEST_MAIN("io formats", npy_orders_and_byte_orders, mrc_round_trip, lammps_box_masses_and_types,
          xyz_round_trip_keeps_every_column)
