/* io.read_xyz: what is written is what is read, in every dialect; damage is refused with its line.
 */
#include "io/io_files.h"
#include "support/suite.h"
#include <math.h>

static op_call reading(const char *content, const char *p1, const char *p2, const char *p3)
{
    return (op_call){ .op = op_load("io.read_xyz"),
                      .params = { file_with(content, strlen(content)), p1, p2, p3 } };
}

static void done(op_call *c)
{
    remove_file(c->params[0]);
    op_end(c);
}

static const double *positions(const op_call *c)
{
    return value_array(op_output(c, "atoms"), "position")->data;
}
static const int32_t *codes(const op_call *c, const char *name)
{
    return value_array(op_output(c, "atoms"), name)->data;
}
static const char *text_of(const op_call *c, const char *name)
{
    return value_attribute(op_output(c, "atoms"), name)->text;
}

START_TEST(plain_xyz_takes_symbols_and_atomic_numbers)
{
    op_call c = reading(
        "\xef\xbb\xbf 3\r\nanything\r\nPd 1 2 3 extra\r\n 77\t-1.5 2e1 .25 more\r\nPd 0 0 0 -\r\n",
        NULL, NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Ir");
    const double expect[9] = { 1, 2, 3, -1.5, 20, 0.25 };
    ck_assert_mem_eq(positions(&c), expect, sizeof expect);
    ck_assert_mem_eq(codes(&c, "species"), ((int32_t[]){ 0, 1, 0 }), 12);
    ck_assert_str_eq(c.warnings, "");
    done(&c);
}
END_TEST

/* A table of a spreadsheet: names in any case and order, units, words, one separator. */
START_TEST(a_first_line_names_the_columns)
{
    op_call c = reading("# made by hand\nB (A^2), Element ,\"x [nm]\",Y [nm],z [nm],note\n"
                        "1.5,Pd,0,0,0,\"at, edge\"\n2,ir,0.2,0.1,-1e-1,in the bulk\n",
                        NULL, NULL, NULL);
    op_must_run(&c);
    const double expect[6] = { 0, 0, 0, 2, 1, -1 };
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol(positions(&c)[i], expect[i], 1e-12);
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Ir");
    ck_assert_str_eq(text_of(&c, "categories.note"), "at, edge\nin the bulk");
    ck_assert_str_eq(value_array(op_output(&c, "atoms"), "B")->unit, "A^2");
    done(&c);
    c = reading("X\tY\tZ\n1\t2\t3\n", "scale=2", NULL, NULL);
    op_must_run(&c);
    ck_assert_double_eq(positions(&c)[2], 6);
    done(&c);
    c = reading("type x y z\n2 0 0 0\n1 2 0 0\n", "symbols=[Pd, Ir]", NULL, NULL);
    op_must_run(&c);
    ck_assert_mem_eq(codes(&c, "species"), ((int32_t[]){ 1, 0 }), 8);
    done(&c);
}
END_TEST

START_TEST(a_first_line_that_contradicts_is_refused)
{
    static const struct {
        const char *content, *p, *says;
    } no[] = {
        { "el,x,y,z\nPd,1,2\n", NULL, "line 2: 3 fields, expected 4" },
        { "el,x,y,z\nPd,1,2,3,4\n", NULL, "line 2: 5 fields, but the first line names 4" },
        { "el,x,y,z\nPd,1,,3\n", NULL, "line 2: 'y' is ''" },
        { "el,x,y,z,X\nPd,1,2,3,4\n", NULL, "line 1: two columns are 'x'" },
        { "el,x [nm],y [nm],z [pm]\nPd,1,2,3\n", NULL, "x, y and z have different units" },
        { "el,x [px],y,z\nPd,1,2,3\n", NULL, "'x' is in 'px'; expected angstrom" },
        { "el,x [nm],y [nm],z [nm]\nPd,1,2,3\n", "scale=2", "10 angstrom, but 'scale' says 2" },
        { "el,x,y\nPd,1,2\n", NULL, "name the fields in 'columns'" },
        { "el,x,y,z,q\nPd,1,2,3,4\nPd,1,2,3,nan\n", NULL, "line 3: 'q' is 'nan'" },
    };
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        op_call c = reading(no[i].content, no[i].p, NULL, NULL);
        op_must_fail(&c, LOOM_E_DATA, "file", no[i].says);
        done(&c);
    }
}
END_TEST

START_TEST(units_of_a_comment_are_heeded)
{
    static const struct {
        const char *comment, *p;
        double x;
        const char *warns;
    } cases[] = {
        { "units=nm", NULL, 20, NULL },
        { "Properties=species:S:1:pos:R:3 unit=\"pm\"", NULL, 0.02, NULL },
        { "length_unit = Bohr", NULL, 2 * 0.529177210903, NULL },
        { "units=nm", "scale=10", 20, NULL },
        { "positions in nm", NULL, 2, "says 'nm', but positions are taken in angstrom" },
        { "positions in nm", "scale=10", 20, NULL },
        { "a particle of 5 nm, annealed", NULL, 2, NULL },
        { "units=parsec", NULL, 2, "says 'parsec', but" },
        { "units=metal", "scale=1.5", 3, NULL },
        { "in angstrom", NULL, 2, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char content[300];
        snprintf(content, sizeof content, "1\n%s\nPd 2 0 0\n", cases[i].comment);
        op_call c = reading(content, cases[i].p, NULL, NULL);
        op_must_run(&c);
        ck_assert_double_eq_tol(positions(&c)[0], cases[i].x, 1e-12);
        if (cases[i].warns) ck_assert_ptr_nonnull(strstr(c.warnings, cases[i].warns));
        else ck_assert_str_eq(c.warnings, "");
        done(&c);
    }
    op_call c = reading("1\nunits=nm\nPd 2 0 0\n", "scale=2", NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "'units' is in 'nm', 10 angstrom, but 'scale' says 2");
    done(&c);
}
END_TEST

START_TEST(atomic_numbers_beside_symbols_must_agree)
{
    op_call c = reading("2\nProperties=species:S:1:pos:R:3:Z:I:1\nPd 0 0 0 46\nIr 3 0 0 46\n", NULL,
                        NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file",
                 "atom 2 is Ir, whose atomic number is 77, but its 'Z' is");
    done(&c);
    c = reading("2\nProperties=species:S:1:pos:R:3:Z:I:1\nPd 0 0 0 46\nIr 3 0 0 77\n", NULL, NULL,
                NULL);
    op_must_run(&c);
    done(&c);
    c = reading("x,y,z,element,atomic_number\n0,0,0,Pd,77\n", NULL, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "atom 1 is Pd");
    done(&c);
    c = reading("1\nProperties=species:S:1:pos:R:3:Z:I:1\nCore 0 0 0 3\n", "symbols=[Core]", NULL,
                NULL);
    op_must_run(&c); /* a name of one's own has no number */
    done(&c);
}
END_TEST

START_TEST(atoms_listed_twice_are_reported)
{
    op_call c = reading("3\n\nPd 0 0 0\nPd 2.75 0 0\nPd 0 0 0\n", NULL, NULL, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "1 of 3 atoms stands at the place of another, atom 3 "
                                             "at that of atom 1"));
    done(&c);
}
END_TEST

START_TEST(symbols_in_any_case_are_elements)
{
    op_call c = reading("6\n\nFE 0 0 0\nfe 2 0 0\nFe 4 0 0\nX 1 1 1\n26 1 1 2\npD 0 0 1\n", NULL,
                        NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(text_of(&c, "symbols"), "Fe X Pd");
    ck_assert_mem_eq(codes(&c, "species"), ((int32_t[]){ 0, 0, 0, 1, 0, 2 }), 24);
    done(&c);
    c = reading("3\n\nCore 0 0 0\n PD 2 0 0\n1b 4 0 0\n", "symbols=[Pd, Core, 1b]", NULL, NULL);
    op_must_run(&c); /* names of one's own, as they are written */
    ck_assert_mem_eq(codes(&c, "species"), ((int32_t[]){ 1, 0, 2 }), 12);
    done(&c);
}
END_TEST

/* Quotes, blanks and other keys around Properties; whole numbers of 64 bits. */
START_TEST(properties_in_every_spelling)
{
    static const char *const comments[] = {
        "Lattice=\"9 0 0 0 9 0 0 0 9\" Properties=\"species:S:1:pos:R:3:q:R:1:id:I:1\"",
        "Properties=species:S:1:pos:R:3:q:R:1:id:I:1",
        ("note=\"Properties=no \\\" \" 'Properties' = 'species:S:1:pos:R:3:q:R:1:id:I:1' "
         "pbc=\"T F\""),
        "Bob's atoms, energy=-1.5 Properties=species:S:1:pos:R:3:q:R:1:id:I:1 flag",
        "\tproperties=species:S:1:pos:R:3:q:R:1:id:I:1\t",
    };
    for (size_t i = 0; i < sizeof comments / sizeof *comments; i++) {
        char content[400];
        snprintf(content, sizeof content, "2\n%s\nAu 1 2 3 0.5 1\nAg 4 5 6 0.25 9007199254740993\n",
                 comments[i]);
        op_call c = reading(content, NULL, NULL, NULL);
        op_must_run(&c);
        ck_assert_double_eq(((double *)value_array(op_output(&c, "atoms"), "q")->data)[1], 0.25);
        const loom_array *id = value_array(op_output(&c, "atoms"), "id");
        ck_assert_int_eq(id->dtype, LOOM_I64);
        ck_assert_int_eq(((int64_t *)id->data)[1], 9007199254740993);
        ck_assert_str_eq(text_of(&c, "symbols"), "Au Ag");
        done(&c);
    }
}
END_TEST

START_TEST(one_frame_of_several)
{
    const char *content = "1\na\nPd 1 0 0\n\n2\nb\nPd 2 0 0\nIr 0 0 0\n1\nc\nIr 3 0 0\n\n";
    static const struct {
        const char *p;
        double x;
        int64_t n;
    } frames[] = {
        { "frame=1", 1, 1 }, { "frame=2", 2, 2 }, { "frame=3", 3, 1 }, { "frame=-1", 3, 1 }
    };
    for (int i = 0; i < 4; i++) {
        op_call c = reading(content, frames[i].p, NULL, NULL);
        op_must_run(&c);
        ck_assert_double_eq(positions(&c)[0], frames[i].x);
        ck_assert_int_eq(value_array(op_output(&c, "atoms"), "species")->dim[0], frames[i].n);
        done(&c);
    }
    op_call c = reading(content, NULL, NULL, NULL);
    op_must_fail(&c, LOOM_E_PARAM, "frame", "3 frames");
    c.params[1] = "frame=4";
    op_must_fail(&c, LOOM_E_PARAM, "frame", "1 to 3");
    done(&c);
}
END_TEST

/* A row behind the mark of comments is reported; comments are not. */
START_TEST(rows_among_comments_are_reported)
{
    op_call c =
        reading("# x y z\n1 2 3\n#4 5 6\n# 3 atoms\n7 8 9\n", "columns=[x, y, z]", NULL, NULL);
    op_must_run(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "species")->dim[0], 2);
    ck_assert_ptr_nonnull(strstr(c.warnings, "file: 1 line of"));
    done(&c);
}
END_TEST

START_TEST(extended_xyz_keeps_every_property)
{
    op_call c =
        reading("2\nLattice=\"1 0 0 0 1 0 0 0 1\" "
                "Properties=pos:R:3:species:S:1:force:R:2:cn:I:1:at:S:1:moved:L:1 pbc=\"F F F\"\n"
                "1 2 3 Si 0.5 -0.5 12 bulk T\n4 5 6 O 1 2 9 surface F\n",
                NULL, NULL, NULL);
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
    op_call c =
        reading("% a comment\nheader\n2, 10, 20, 30, 7, 0.5\n1, 11, 21, 31, 7, 0.25\n-1\nrubbish\n",
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
    static const struct {
        const char *content, *p1, *where, *says;
    } bad[] = {
        { "", NULL, "file", "number of atoms" },
        { "# x y z\n", NULL, "file", "line 1: found '# x y z' where" },
        { "2 title\n1 Pd 0 0 0\n2 Pd 1 1 1\n", NULL, "file", "alone in its first line" },
        { "2.0\n\nPd 0 0 0\nPd 1 1 1\n", NULL, "file", "found '2.0'" },
        { "2\na comment of some length\nPd 0.000000 0.000000 0.000000\n", NULL, "file",
          "ends after 1 of 2" },
        { "9000000000\nc\nPd 0 0 0\n", NULL, "file", "ends after 1 of 9000000000" },
        { "1\nc\nPd 0 0 0\nPd 1 1 1\n", NULL, "file",
          "line 4: there are more lines than the frame's 1 atom, and" },
        { "2\nc\nPd 0 0 0\n\nPd 1 1 1\n", NULL, "file",
          "line 4: the line is empty; expected atom 2 of 2" },
        { "\n1\nc\nPd 0 0 0\n", NULL, "file", "line 1: the line is empty; an XYZ file begins" },
        { "1\nc\nPd 1e-999 0 0\n", NULL, "file", "'1e-999', which is nearer to 0 than" },
        { "1\nc\nPd 0 0\n", NULL, "file", "line 3: 3 fields, expected 4" },
        { "2\nc\nPd 0 0 0\nPd 0 0 0 1\n", NULL, "file",
          "line 4: 5 fields, but 4 in the lines before" },
        { "1\nc\nPd 0 nan 0\n", NULL, "file",
          "line 3: 'y' is 'nan', which is not a finite number" },
        { "1\nc\nPd 0 0 1,5\n", NULL, "file", "'z' is '1,5', which has a comma" },
        { "1\nc\nPd 1.0D0 0 0\n", NULL, "file", "'x' is '1.0D0', which is Fortran's" },
        { "1\nc\nPd 0x10 0 0\n", NULL, "file", "'x' is '0x10', which is hexadecimal" },
        { "1\nc\nPd 1e999 0 0\n", NULL, "file", "'1e999', which is too large" },
        { "1\nc\nPd 9007199254740993 0 0\n", NULL, "file", "cannot hold exactly" },
        { "1\nc\n119 0 0 0\n", NULL, "file", "atomic number" },
        { "3\nx y z q\n1.5 2.5 3.5 0.1\n2.5 3.5 4.5 0.2\n3.5 4.5 5.5 0.3\n", NULL, "file",
          "line 3: '1.5' is neither" },
        { "1\nx y z q\n1.0 2.5 3.5 0.1\n", NULL, "file", "line 3: '1.0' is neither" },
        { "1\nc\n-1 0 0 0\n", NULL, "file", "'-1' is not an atomic number" },
        { "2\nc\nFe 0 0 0\nFe1 0 0 0\n", NULL, "file", "line 4: 'Fe1' is not a chemical symbol" },
        { "1\nc\nQq 0 0 0\n", NULL, "file", "'symbols'" },
        { "1\nc\n3 0 0 0\n", "symbols=[Pd, Ir]", "file", "type 3 is not one of the 2" },
        { "1\nc\xf6\nFe 0 0 0\n", NULL, "file", "line 2: byte 2 is 0xf6, which is not UTF-8" },
        { "1\nc\nFe 0 0\x0b 0\n", NULL, "file", "line 3: byte 7 is 0x0b, a control character" },
        { "1\nProperties=species:S:1:pos:R:2\nPd 0 0\n", NULL, "file", "pos:R:3" },
        { "1\nProperties=pos:R:3\n0 0 0\n", NULL, "file", "no species:S:1" },
        { "1\nProperties=species:S:1:q:R:1\nPd 0\n", NULL, "file", "no pos:R:3" },
        { "1\nProperties=species:S:1:pos:R:3:q:Q:1\nPd 0 0 0 1\n", NULL, "file",
          "cannot read Properties at 'q:Q:1'" },
        { "1\nProperties=species:S:1:pos:R:3:q:R\nPd 0 0 0 1\n", NULL, "file",
          "cannot read Properties at 'q:R'" },
        { "1\nProperties=species:S:1:pos:R:3:q:R:1:q:R:1\nPd 0 0 0 1 1\n", NULL, "file",
          "names 'q' twice" },
        { "1\nProperties=\"species:S:1:pos:R:3\nPd 0 0 0\n", NULL, "file",
          "a quote is not closed" },
        { "1\nProperty=species:S:1:pos:R:3\nPd 0 0 0\n", NULL, "file", "no key 'Properties='" },
        { "1\nProperties=species:S:1:pos:R:3\nPd 0 0 0 7\n", NULL, "file",
          "5 fields, but Properties names 4" },
        { "1\nProperties=species:S:1:pos:R:3:k:I:1\nPd 0 0 0 1.5\n", NULL, "file",
          "a whole number" },
        { "1 2 3\n", "columns=[x, y]", "columns", "x, y and z" },
        { "1 2 3\n", "columns=[x, y, z, x]", "columns", "'x'" },
        { "# nothing\n", "columns=[x, y, z]", "file", "no atom" },
        { "1 2 3\n4 5\n", "columns=[x, y, z]", "file", "line 2: 2 fields, expected 3" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        op_call c = reading(bad[i].content, bad[i].p1, NULL, NULL);
        op_must_fail(&c, bad[i].where[0] == 'c' ? LOOM_E_PARAM : LOOM_E_DATA, bad[i].where,
                     bad[i].says);
        done(&c);
    }
    op_call c = { .op = op_load("io.read_xyz"), .params = { "file=/nowhere/at/all.xyz" } };
    op_must_fail(&c, LOOM_E_IO, NULL, "/nowhere/at/all.xyz");
    op_end(&c);
}
END_TEST

/* Cut anywhere: an error, or all atoms as they were (only the last line break is missing: a
 * warning). */
START_TEST(a_file_cut_short_is_refused)
{
    const char *good =
        "3\nProperties=species:S:1:pos:R:3:at:S:1:q:R:1\nSi 1.00 2.00 3.00 bulk 0.50\n"
        "O 4.00 5.00 6.00 surface -1.25\nO 7.00 8.00 9.00 surface 10.75\n";
    op_call whole = reading(good, NULL, NULL, NULL);
    op_must_run(&whole);
    digest expect = value_digest(op_output(&whole, "atoms"));
    ck_assert_str_eq(whole.warnings, "");
    for (size_t n = 0; n < strlen(good); n++) {
        op_call c = { .op = op_load("io.read_xyz"), .params = { file_with(good, n) } };
        if (op_run(&c)) {
            digest got = value_digest(op_output(&c, "atoms"));
            ck_assert_msg(digest_equal(&expect, &got), "other atoms after %zu bytes", n);
            ck_assert_ptr_nonnull(strstr(c.warnings, "no line break"));
        }
        done(&c);
    }
    done(&whole);
    op_call c =
        reading("2\n\nSi 1 2 3\nO 4 5 16", NULL, NULL, NULL); /* cut or not: nobody can tell */
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "its last field '16' may be too"));
    done(&c);
}
END_TEST

/* A flipped bit may change a number or a name; never how many atoms or columns there are. */
START_TEST(a_flipped_bit_loses_nothing)
{
    char bytes[] = "3\nProperties=species:S:1:pos:R:3:at:S:1:q:R:1 \nSi 1.0 2.0 3.0 bulk 0.5\nO "
                   "4.0 5.0 6.0 surface -1\n"
                   "O 7.0 8.0 9.0 surface 10\n";
    for (size_t bit = 0; bit < 8 * (sizeof bytes - 1); bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        op_call c = { .op = op_load("io.read_xyz"),
                      .params = { file_with(bytes, sizeof bytes - 1) } };
        if (op_run(&c)) {
            const loom_value *v = op_output(&c, "atoms");
            ck_assert_int_eq(value_array(v, "species")->dim[0], 3);
            ck_assert(value_array_at(v, 3) && !value_array_at(v, 4));
        } else ck_assert(*c.result.failure.message);
        done(&c);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
}
END_TEST

START_TEST(reads_the_published_files)
{
    const char *path = test_data("asi208/ground_truth.txt");
    if (!path) return;
    char param[4200];
    snprintf(param, sizeof param, "file=%s", path);
    op_call c = { .op = op_load("io.read_xyz"),
                  .params = { param, "columns=[species, y, x, z]", "comment=%", "symbols=Si" } };
    op_must_run(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "position")->dim[0], 208);
    ck_assert_double_eq_tol(positions(&c)[0], 3.74419136, 1e-12);
    op_end(&c);
    snprintf(param, sizeof param, "file=%s", test_data("multislice/cluster500_snap.xyz"));
    c = (op_call){ .op = op_load("io.read_xyz"),
                   .params = { param, "columns=[species, x, y, z]", "skip_lines=2" } };
    op_must_run(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "position")->dim[0], 500);
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Pt");
    op_end(&c);
}
END_TEST

START_TEST(numbers_that_look_like_types_are_reported)
{
    static const char rows[] = "3\n\n1 0 0 0\n2 2.7 0 0\n1 0 2.7 0\n";
    op_call c = reading(rows, NULL, NULL, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "symbols: the species of '"));
    ck_assert_ptr_nonnull(strstr(c.warnings, "are numbers, 1 to 2, and are taken for the elements "
                                             "H to He"));
    done(&c);
    c = reading(rows, "symbols=[pd, IR]", NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(c.warnings, "");
    ck_assert_str_eq(text_of(&c, "symbols"), "Pd Ir");
    done(&c);
    c = reading("3\n\n1 0 0 0\n8 1 0 0\n1 0 1 0\n", NULL, NULL, NULL); /* water */
    op_must_run(&c);
    ck_assert_str_eq(c.warnings, "");
    done(&c);
    c = reading(rows, "symbols=[Pd, Ir, Au]", NULL, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "is Au, which 'symbols' lists"));
    ck_assert_ptr_null(strstr(c.warnings, "is Ir"));
    done(&c);
    c = reading(rows, "symbols=[Pd, PD]", NULL, NULL);
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "names Pd twice");
    done(&c);
}
END_TEST

START_TEST(columns_that_cannot_be_kept_are_reported)
{
    op_call c = reading("1\nProperties=species:S:1:pos:R:3:a/b:R:1:ok:R:1:position:R:1\n"
                        "Pd 0 0 0 1 2 3\n",
                        NULL, NULL, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "the column 'a/b' of '"));
    ck_assert_ptr_nonnull(strstr(c.warnings, "the column 'position' of '"));
    ck_assert_ptr_null(strstr(c.warnings, "'ok'"));
    done(&c);
}
END_TEST

/* 4 x 4 x 4 atoms of a simple cubic crystal, `spacing` apart. */
static const char *warnings_of_crystal(double spacing, const char *scale)
{
    static char content[8192], warnings[4096];
    size_t used = (size_t)snprintf(content, sizeof content, "64\n\n");
    for (int i = 0; i < 64; i++)
        used += (size_t)snprintf(content + used, sizeof content - used, "Po %g %g %g\n",
                                 spacing * (i % 4), spacing * (i / 4 % 4), spacing * (i / 16));
    op_call c = reading(content, scale, NULL, NULL);
    op_must_run(&c);
    snprintf(warnings, sizeof warnings, "%s", c.warnings);
    done(&c);
    return warnings;
}

START_TEST(lengths_in_another_unit_are_reported)
{
    ck_assert_str_eq(warnings_of_crystal(3.36, NULL), "");
    ck_assert_ptr_nonnull(strstr(warnings_of_crystal(0.336, NULL), "file: the atoms lie 0.336"));
    ck_assert_str_eq(warnings_of_crystal(0.336, "scale=10"), "");
    ck_assert_ptr_nonnull(strstr(warnings_of_crystal(3.36, "scale=-1"), "scale: 'scale' is -1"));
    op_call c = reading("1\n\nPd 1 2 3\n", "scale=0", NULL, NULL);
    op_must_fail(&c, LOOM_E_PARAM, "scale", "at one place");
    done(&c);
    ck_assert_ptr_nonnull(strstr(warnings_of_crystal(336, NULL), "in voxels, or in picometres"));
}
END_TEST

TEST_MAIN("io.read_xyz", numbers_that_look_like_types_are_reported,
          columns_that_cannot_be_kept_are_reported, lengths_in_another_unit_are_reported,
          plain_xyz_takes_symbols_and_atomic_numbers, extended_xyz_keeps_every_property,
          columns_swap_skip_scale_and_name, refusals_name_the_line, reads_the_published_files,
          units_of_a_comment_are_heeded, atomic_numbers_beside_symbols_must_agree,
          atoms_listed_twice_are_reported, symbols_in_any_case_are_elements,
          properties_in_every_spelling, one_frame_of_several, a_first_line_names_the_columns,
          a_first_line_that_contradicts_is_refused, rows_among_comments_are_reported,
          a_file_cut_short_is_refused, a_flipped_bit_loses_nothing)
