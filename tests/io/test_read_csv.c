/* io.read_csv: numbers are numbers, words are words and nothing is between; quotes, line ends and
 * marks of other programs are understood; what is damaged is refused with its line. */
#include "io/io_files.h"
#include "support/suite.h"
#include <math.h>

static op_call reading(const char *content, const char *p1, const char *p2)
{
    return (op_call){ .op = op_load("io.read_csv"),
                      .params = { file_with(content, strlen(content)), p1, p2 } };
}

static void done(op_call *c)
{
    remove_file(c->params[0]);
    op_end(c);
}

static const loom_array *column(const op_call *c, const char *name)
{
    const loom_array *a = value_array(op_output(c, "table"), name);
    ck_assert_msg(a != NULL, "no column '%s'", name);
    return a;
}

static const double *reals(const op_call *c, const char *name)
{
    ck_assert_int_eq(column(c, name)->dtype, LOOM_F64);
    return column(c, name)->data;
}

static const char *words(const op_call *c, const char *name)
{
    char key[80];
    snprintf(key, sizeof key, "categories.%s", name);
    return value_attribute(op_output(c, "table"), key)->text;
}

START_TEST(numbers_words_and_units)
{
    op_call c = reading("# made by hand\nname,\"depth [angstrom]\",count\nbulk, 1.5 "
                        ",3\n\nsurface,-2e1,4\nbulk,\"0\",5\n",
                        NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(column(&c, "depth")->unit, "angstrom");
    ck_assert_mem_eq(reals(&c, "depth"), ((double[]){ 1.5, -20, 0 }), 24);
    ck_assert_mem_eq(reals(&c, "count"), ((double[]){ 3, 4, 5 }), 24);
    ck_assert_str_eq(words(&c, "name"), "bulk\nsurface");
    ck_assert_mem_eq(column(&c, "name")->data, ((int32_t[]){ 0, 1, 0 }), 12);
    ck_assert_str_eq(c.warnings, "");
    done(&c);
}
END_TEST

/* RFC 4180, a byte order mark, line ends of Windows and of old Macs. */
START_TEST(quotes_marks_and_line_ends)
{
    op_call c = reading("\xef\xbb\xbfx,\"a \"\"b\"\"\",note\r\n1,\"u, v\",\"two\r\nlines\"\r\n 2 , "
                        "\"say \"\"hi\"\"\" ,pipe\r\n3,\"\"\"\",\xc3\xa5\r\n",
                        NULL, NULL);
    op_must_run(&c);
    ck_assert_mem_eq(reals(&c, "x"), ((double[]){ 1, 2, 3 }), 24);
    ck_assert_str_eq(words(&c, "a_\"b\""), "u, v\nsay \"hi\"\n\"");
    ck_assert_str_eq(words(&c, "note"), "two lines\npipe\n\xc3\xa5");
    done(&c);
    c = reading("a,b\r1,2\r3,4\r", NULL, NULL);
    op_must_run(&c);
    ck_assert_mem_eq(reals(&c, "b"), ((double[]){ 2, 4 }), 16);
    done(&c);
    c = reading(" a  b\tc \n 1 -2 \t 3\n\"x y\" 5  6\n", "separator=blank", "words=a");
    op_must_run(&c);
    ck_assert_mem_eq(reals(&c, "c"), ((double[]){ 3, 6 }), 16);
    ck_assert_str_eq(words(&c, "a"), "1\nx y");
    done(&c);
    c = reading("a\tb\n1 \t 2\n", "separator=tab", NULL);
    op_must_run(&c);
    ck_assert_double_eq(reals(&c, "b")[0], 2);
    done(&c);
}
END_TEST

START_TEST(whole_numbers_are_never_rounded)
{
    op_call c = reading(
        "small,large,real\n1,9007199254740993,9007199254740992\n-3,-9223372036854775808,1e20\n",
        NULL, NULL);
    op_must_run(&c);
    ck_assert_double_eq(reals(&c, "small")[1], -3);
    ck_assert_double_eq(reals(&c, "real")[1], 1e20);
    ck_assert_int_eq(column(&c, "large")->dtype, LOOM_I64);
    ck_assert_mem_eq(column(&c, "large")->data, ((int64_t[]){ 9007199254740993, INT64_MIN }), 16);
    done(&c);
}
END_TEST

/* Labels that hold digits are words; `words` decides where they are digits alone. */
START_TEST(labels_are_words)
{
    op_call c = reading("id,when,kind,range\n1b,2024-01-05,2D,10-20\n2a,12:30,3D,-\n", NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(words(&c, "id"), "1b\n2a");
    ck_assert_str_eq(words(&c, "when"), "2024-01-05\n12:30");
    ck_assert_str_eq(words(&c, "kind"), "2D\n3D");
    ck_assert_str_eq(words(&c, "range"), "10-20\n-");
    done(&c);
    c = reading("id,x\n1,1\n2b,2\nnan,3\n", "words=[id]", NULL);
    op_must_run(&c);
    ck_assert_str_eq(words(&c, "id"), "1\n2b\nnan");
    done(&c);
    c = reading("el\nNa\nCl\nIn\n", NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(words(&c, "el"), "Na\nCl\nIn");
    done(&c);
}
END_TEST

/* What instruments and spreadsheets write for no number: NaN in a column of numbers, and a warning;
 * in a column of words it is a word like others. */
START_TEST(missing_numbers_stay_missing)
{
    op_call c = reading("tilt,dose [pA],note,all\n-1,,,\n0,NaN,focus,\n1,2.5,-,\n2,over,a,\n",
                        "missing=[over]", NULL);
    c.op = op_load("io.read_table");
    op_must_run(&c);
    const double *dose = reals(&c, "dose");
    ck_assert(isnan(dose[0]) && isnan(dose[1]) && isnan(dose[3]));
    ck_assert_double_eq(dose[2], 2.5);
    ck_assert(isnan(reals(&c, "all")[0]));
    ck_assert_str_eq(words(&c, "note"), "-\nfocus\na");
    ck_assert_str_eq(value_attribute(op_output(&c, "table"), "missing.dose")->text, "nan");
    ck_assert_ptr_null(value_attribute(op_output(&c, "table"), "missing.tilt"));
    ck_assert_ptr_null(value_attribute(op_output(&c, "table"), "missing.note"));
    ck_assert_ptr_nonnull(
        strstr(c.warnings, "'dose': 3 of 4 numbers are missing, the first in line 2"));
    ck_assert_ptr_nonnull(strstr(c.warnings, "'note', a column of words, is empty in line 2"));
    done(&c);
    c = reading("a,b\n9007199254740993,1\n,2\n", NULL, NULL);
    c.op = op_load("io.read_table");
    op_must_fail(&c, LOOM_E_DATA, "file", "a whole number beyond 2^53");
    done(&c);
    c = reading("a,b\n1,2\n3,", NULL, NULL);
    c.op = op_load("io.read_table");
    op_must_fail(&c, LOOM_E_DATA, "file", "was cut short: its last line has no line break");
    done(&c);
    c = reading("a\n-999\n5\n", "missing=[\"-999\"]", NULL);
    op_must_run(&c);
    ck_assert(isnan(reals(&c, "a")[0]));
    done(&c);
}
END_TEST

/* Files that are refused, with the words that say where and why. */
static const struct {
    const char *content, *p, *where, *says;
} bad[] = {
    { "1,2\n3,4\n", NULL, "file", "name the fields" },
    { "", NULL, "file", "' holds nothing but empty lines and comments" },
    { "\n# a\n\n", NULL, "file", "' holds nothing but empty lines and comments" },
    { "x [nm,y\n1,2\n", NULL, "file", "column 'x [nm': the [ of its unit is not closed" },
    { "x nm],y\n1,2\n", NULL, "file", "column 'x nm]': it ends in ] without a [" },
    { "x;y\n1,5;2\n", NULL, "file",
      "line 2: 2 fields, but there is 1 column; both have ';': set 'separator: \";\"'" },
    { "x\ty\n1,5\t2\n", NULL, "file", "set 'separator: \"tab\"'" },
    { "x,y\n1;5,2\n", NULL, "file",
      "line 2: 'x' is '1;5', numbers with another separator between them than the file has; "
      "where the column holds words, list it in 'words'" },
    { "x,y\n3,4\n1,2|5\n", NULL, "file", "line 3: 'y' is '2|5'" },
    { "x\n1,5\n", NULL, "file",
      "2 fields, but there is 1 column; numbers have a decimal point, not a comma" },
    { "x\n1e-400\n", NULL, "file", "line 2: 'x' is '1e-400', which is nearer to 0 than" },
    { "a,b", NULL, "file", "line 1: the file ends within its first line" },
    { "a,b\n1,2\n3\n", NULL, "file", "line 3: 1 field, but there are 2 columns" },
    { "a,b\n1,2,3\n", NULL, "file", "line 2: 3 fields" },
    { "a,b,\n1,2,\n", NULL, "file", "line 1: a name is missing after the last separator" },
    { "a\n1\n-Inf\n", NULL, "file", "line 3: 'a' is '-Inf', which is not a finite" },
    { "a;b\n1,5;0\n2,5;0\n-3,0;0\n", "separator=;", "file",
      "line 2: 'a' is '1,5', which has a comma" },
    { "a,b\n1.0D0,0\n2.5D-1,0\n3,0\n", NULL, "file", "line 2: 'a' is '1.0D0', which is Fortran's" },
    { "a\n1.0D0\n2.5D-1\n", NULL, "file", "'1.0D0'" },
    { "a\n1.5-100\n", NULL, "file", "'1.5-100', which is not a number" },
    { "a\n1.2.3\n", NULL, "file", "'1.2.3'" },
    { "a\n1e\n", NULL, "file", "'1e'" },
    { "a\n--5\n", NULL, "file", "'--5'" },
    { "a\n1e999\n", NULL, "file", "'1e999', which is too large" },
    { "a\n1\nover\n", NULL, "file",
      "line 3: 'a' is 'over', and others of the column are numbers; where the column holds "
      "words, list it in 'words', and where this stands for a missing number, in 'missing'" },
    { "a,b\n1,\n3,4\n", NULL, "file", "line 2: 'b' is empty; io.read_table reads tables in which" },
    { "a\nx\n\"\"\n", NULL, "file", "line 3: 'a' is empty" },
    { "a,b\n1,0\nnan,0\n3,0\n", NULL, "file", "line 3: 'a' is 'nan', no number" },
    { "a\nnan\nNaN\n", NULL, "file", "line 2: 'a' is 'nan'" },
    { "a\n1\nNA\n", NULL, "file", "line 3: 'a' is 'NA', and others of the column are numbers" },
    { "a\n1\n0x1F\n", NULL, "file", "'0x1F', which is hexadecimal" },
    { "a\n0x10\n-0xfF\n", NULL, "file", "line 2: 'a' is '0x10', which is hexadecimal" },
    { "a\n\xe2\x88\x92"
      "1\n\xe2\x88\x92"
      "2\n",
      NULL, "file", "whose minus sign is not '-'" },
    { "a\n1_000\n2_000\n", NULL, "file", "'1_000', which has marks between its digits" },
    { "a;b\n12 345.5;2\n", "separator=;", "file", "'12 345.5', which has marks between" },
    { "a\n1\xc2\xa0\n2\xc2\xa0\n", NULL, "file", "which has a blank at its end" },
    { "a\n\xef\xbc\x91\n", NULL, "file", "whose digits are not 0 to 9" },
    { "a\n\xd9\xa1\n", NULL, "file", "whose digits are not 0 to 9" },
    { "a\n10%\n20%\n", NULL, "file", "'10%', which is a number with something behind it" },
    { "a\n1.5 nm\n2 nm\n", NULL, "file", "'1.5 nm', which is a number with something" },
    { "a\n1.5(3)\n", NULL, "file", "'1.5(3)', which is a number with something" },
    { "a\n1.5 \xc2\xb1 0.2\n", NULL, "file", "which is a number with something behind it" },
    { "a,b\n1,2 # two\n", NULL, "file", "'2 # two', which is a number with something" },
    { "a\n1.5\n9007199254740993\n", NULL, "file",
      "line 3: 'a' is 9007199254740993, a whole number beyond 2^53" },
    { "a\n1\n99999999999999999999\n", NULL, "file", "which is too large" },
    { "a\n1\n1 000\n", NULL, "file", "line 3: 'a' is '1 000'" },
    { "x y\n1 2\n3 4\n", NULL, "separator",
      "line 2: '1 2' reads as 2 numbers with another separator" },
    { "x;y\n1;2\n", NULL, "separator", "separator: \";\"" },
    { "x\ty\n1\t2\n", NULL, "separator", "separator: \"tab\"" },
    { "a,a\n1,2\n", NULL, "file", "line 1: column 'a': two columns have this name" },
    { "a/b,a b\n1,2\n", NULL, "file", "two columns" },
    { "a,b\n\"1,2\n3,4\n", NULL, "file", "line 2: a quote is opened and never closed" },
    { "a\n5\" pipe\n", NULL, "file", "line 2: a quote stands within a field" },
    { "a,b\n\"1\" x,2\n", NULL, "file", "line 2: a field goes on after its closing quote" },
    { "a,b\n1,\"two\nlines\"\n1\n", NULL, "file", "line 4: 1 field" },
    { "gr\xf6\xdf"
      "e,b\n1,2\n",
      NULL, "file", "line 1: byte 3 is 0xf6, which is not UTF-8" },
    { "a,b\n1,\xc0\xafz\n", NULL, "file", "line 2: byte 3 is 0xc0" },
    { "a,b\n1,\xed\xa0\x80z\n", NULL, "file", "line 2: byte 3 is 0xed" },
    { "\xff\xfe"
      "a",
      NULL, "file", "UTF-16" },
    { "a,b\n1,\x01\n", NULL, "file", "line 2: byte 3 is 0x01, a control character" },
    { "a\n1\r2\n", NULL, "file", "line 2: byte 2 is 0x0d" },
    { "a\n1\n", "separator=ab", "separator", "one character" },
    { "a\n1\n", "separator=1", "separator", "no digit" },
    { "a\n1\n", "words=[b]", "words", "'b', which is not a column" },
    { "1,2\n", "columns=[a, a]", "columns", "two columns" },
};

START_TEST(refusals_name_line_and_field)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        op_call c = reading(bad[i].content, bad[i].p, NULL);
        op_must_fail(&c, *bad[i].where == 'f' ? LOOM_E_DATA : LOOM_E_PARAM, bad[i].where,
                     bad[i].says);
        done(&c);
    }
    op_call c = { .op = op_load("io.read_csv"), .params = { file_with("a\n1\0\n", 5) } };
    op_must_fail(&c, LOOM_E_DATA, "file", "line 2: byte 2 is 0x00");
    done(&c);
}
END_TEST

START_TEST(too_many_columns_and_long_names)
{
    char content[4096] = "";
    for (int k = 0; k < 257; k++)
        snprintf(content + strlen(content), sizeof content - strlen(content), "c%d%c", k,
                 k < 256 ? ',' : '\n');
    op_call c = reading(content, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "'c256': there are more than 256 columns");
    done(&c);
    memset(content, 'n', 64);
    strcpy(content + 64, "\n1\n");
    c = reading(content, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "file", "longer than 63 bytes");
    done(&c);
}
END_TEST

START_TEST(rows_among_comments_are_reported)
{
    op_call c = reading("# x,y\n#1,2\nx,y\n1,2\n# 3,4\n#5,6\n#words,again\n7,8\n", NULL, NULL);
    op_must_run(&c);
    ck_assert_int_eq(column(&c, "x")->dim[0], 2);
    ck_assert_ptr_nonnull(strstr(c.warnings, "file: 1 line of"));
    done(&c);
}
END_TEST

/* Cut anywhere: an error, or the rows before the cut as they were. */
START_TEST(a_file_cut_short_has_whole_rows_only)
{
    const char *good =
        "name,x,y\nbulk,1.25,10.50\n\"the \"\"skin\"\"\",-2.50,-0.25\nbulk,3.75,20.75\n";
    static const double x[] = { 1.25, -2.5, 3.75 }, y[] = { 10.5, -0.25, 20.75 };
    for (size_t n = 0; n <= strlen(good); n++) {
        op_call c = { .op = op_load("io.read_csv"), .params = { file_with(good, n) } };
        if (op_run(&c)) {
            int64_t rows = value_array_at(op_output(&c, "table"), 0)->dim[0];
            ck_assert(rows < 4);
            for (int64_t i = 0; i < rows; i++) ck_assert_double_eq(reals(&c, "x")[i], x[i]);
            for (int64_t i = 0; rows > 1 && i < rows; i++)
                if (rows > 2 || i < rows - 1
                    || !*c.warnings) /* one row proves nothing about the next */
                    ck_assert_double_eq(reals(&c, "y")[i], y[i]);
            ck_assert(good[n - 1] == '\n' || *c.warnings);
        } else ck_assert(*c.result.failure.message);
        done(&c);
    }
}
END_TEST

/* A flipped bit may change a number, a word or a name; never how many rows and columns there are
 * without a word. */
START_TEST(a_flipped_bit_loses_nothing)
{
    char bytes[] = "name,x,y\nbulk,1.25,10.5\n\"the skin\",-2.5,-0.25\n33,3.75,20\n";
    for (size_t bit = 0; bit < 8 * (sizeof bytes - 1); bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        op_call c = { .op = op_load("io.read_csv"),
                      .params = { file_with(bytes, sizeof bytes - 1), "words=[name]" } };
        if (op_run(&c) && !*c.warnings) {
            ck_assert_int_eq(value_array_at(op_output(&c, "table"), 0)->dim[0], 3);
            ck_assert(value_array_at(op_output(&c, "table"), 2)
                      && !value_array_at(op_output(&c, "table"), 3));
        }
        done(&c);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
}
END_TEST

TEST_MAIN("io.read_csv", numbers_words_and_units, quotes_marks_and_line_ends,
          whole_numbers_are_never_rounded, labels_are_words, missing_numbers_stay_missing,
          refusals_name_line_and_field, too_many_columns_and_long_names,
          rows_among_comments_are_reported, a_file_cut_short_has_whole_rows_only,
          a_flipped_bit_loses_nothing)
