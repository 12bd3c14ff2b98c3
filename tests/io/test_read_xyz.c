/* io.read_xyz: what is written is what is read, in every dialect; damage is refused with its line. */
#include "io/io_files.h"
#include "support/suite.h"
#include <math.h>

static op_call reading(const char *content, const char *p1, const char *p2, const char *p3)
{
    return (op_call){ .op = op_load("io.read_xyz"), .params = { file_with(content, strlen(content)), p1, p2, p3 } };
}

static void done(op_call *c)
{
    remove_file(c->params[0]);
    op_end(c);
}

static const double *positions(const op_call *c) { return value_array(op_output(c, "atoms"), "position")->data; }
static const int32_t *codes(const op_call *c, const char *name) { return value_array(op_output(c, "atoms"), name)->data; }
static const char *text_of(const op_call *c, const char *name) { return value_attribute(op_output(c, "atoms"), name)->text; }

START_TEST(plain_xyz_takes_symbols_and_atomic_numbers)
{
    op_call c = reading("3\nanything\nPd 1 2 3 extra\n 77\t-1.5 2e1 .25\r\nPd 0 0 0", NULL, NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Ir");
    const double expect[9] = { 1, 2, 3, -1.5, 20, 0.25 };
    ck_assert_mem_eq(positions(&c), expect, sizeof expect);
    ck_assert_mem_eq(codes(&c, "species"), ((int32_t[]){ 0, 1, 0 }), 12);
    done(&c);
}
END_TEST

START_TEST(extended_xyz_keeps_every_property)
{
    op_call c = reading("2\nLattice=\"1 0 0 0 1 0 0 0 1\" Properties=pos:R:3:species:S:1:force:R:2:cn:I:1:at:S:1:moved:L:1 pbc=\"F F F\"\n"
                        "1 2 3 Si 0.5 -0.5 12 bulk T\n4 5 6 O 1 2 9 surface F\n", NULL, NULL, NULL);
    op_must_run(&c);
    const loom_value *v = op_output(&c, "atoms");
    ck_assert_str_eq(text_of(&c, "symbols"), "Si O");
    ck_assert_double_eq(((double *)value_array(v, "force_2")->data)[1], 2);
    ck_assert_int_eq(codes(&c, "cn")[0], 12);
    ck_assert_str_eq(text_of(&c, "categories.at"), "bulk\nsurface");
    ck_assert_int_eq(codes(&c, "at")[1], 1);
    ck_assert_mem_eq(codes(&c, "moved"), ((int32_t[]){ 1, 0 }), 8);
    done(&c);
}
END_TEST

START_TEST(columns_swap_skip_scale_and_name)
{
    op_call c = reading("% a comment\nheader\n2, 10, 20, 30, 7, 0.5\n1, 11, 21, 31, 7, 0.25\n-1\nrubbish\n",
                        "columns=[species, y, x, z, -, weight]", "comment=%", "skip_lines=2");
    c.params[4] = "symbols=[Pd, Ir]";
    c.params[5] = "scale=0.5";
    c.params[6] = "shift=[1, 0, 0]";
    op_must_run(&c);
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Ir");
    ck_assert_mem_eq(positions(&c), ((double[]){ 11, 5, 15, 11.5, 5.5, 15.5 }), 48);
    ck_assert_mem_eq(codes(&c, "species"), ((int32_t[]){ 1, 0 }), 8);
    ck_assert_double_eq(((double *)value_array(op_output(&c, "atoms"), "weight")->data)[1], 0.25);
    done(&c);
}
END_TEST

START_TEST(refusals_name_the_line)
{
    static const struct { const char *content, *p1, *where, *says; } bad[] = {
        { "", NULL, "file", "number of atoms" },
        { "2\na comment of some length\nPd 0.000000 0.000000 0.000000\n", NULL, "file", "ends after 1 of 2" },
        { "9000000000\nc\nPd 0 0 0\n", NULL, "file", "too short" },
        { "1\nc\nPd 0 0\n", NULL, "file", "line 3: fewer fields" },
        { "1\nc\nPd 0 nan 0\n", NULL, "file", "line 3: a coordinate" },
        { "1\nc\n119 0 0 0\n", NULL, "file", "atomic number" },
        { "1\nProperties=species:S:1:pos:R:2\nPd 0 0\n", NULL, "file", "Properties=" },
        { "1 2 3\n", "columns=[x, y]", "columns", "x, y and z" },
        { "1 2 3\n", "columns=[x, y, z, x]", "columns", "'x'" },
        { "# nothing\n", "columns=[x, y, z]", "file", "no atom" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        op_call c = reading(bad[i].content, bad[i].p1, NULL, NULL);
        op_must_fail(&c, bad[i].where[0] == 'c' ? LOOM_E_PARAM : LOOM_E_DATA, bad[i].where, bad[i].says);
        done(&c);
    }
    op_call c = { .op = op_load("io.read_xyz"), .params = { "file=/nowhere/at/all.xyz" } };
    op_must_fail(&c, LOOM_E_IO, NULL, "/nowhere/at/all.xyz");
    op_end(&c);
}
END_TEST

START_TEST(damaged_files_are_refused_or_read)
{
    const char *good = "2\nProperties=species:S:1:pos:R:3:force:R:2:cn:I:1:at:S:1\nSi 1 2 3 0.5 -0.5 12 bulk\nO 4 5 6 1 2 9 surface\n";
    survives_damage("io.read_xyz", (const unsigned char *)good, strlen(good), 60, 60, 600);
}
END_TEST

START_TEST(reads_the_published_files)
{
    const char *path = test_data("asi208/ground_truth.txt");
    if (!path) return;
    char param[4200];
    snprintf(param, sizeof param, "file=%s", path);
    op_call c = { .op = op_load("io.read_xyz"), .params = { param, "columns=[species, y, x, z]", "comment=%", "symbols=Si" } };
    op_must_run(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "position")->dim[0], 208);
    ck_assert_double_eq_tol(positions(&c)[0], 3.74419136, 1e-12);
    op_end(&c);
    snprintf(param, sizeof param, "file=%s", test_data("multislice/cluster500_snap.xyz"));
    c = (op_call){ .op = op_load("io.read_xyz"), .params = { param, "columns=[species, x, y, z]", "skip_lines=2" } };
    op_must_run(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "position")->dim[0], 500);
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Pt");
    op_end(&c);
}
END_TEST

TEST_MAIN("io.read_xyz", plain_xyz_takes_symbols_and_atomic_numbers, extended_xyz_keeps_every_property, columns_swap_skip_scale_and_name,
          refusals_name_the_line, damaged_files_are_refused_or_read, reads_the_published_files)
