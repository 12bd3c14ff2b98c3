/* What leaves atomloom in a generic form is what was computed: the same numbers, named and with
 * units. */
#include "store/describe.h"
#include "store/export.h"
#include "support/store_test.h"
#include <math.h>

static char *content_of(const char *path)
{
    static char bytes[1 << 16];
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    bytes[fread(bytes, 1, sizeof bytes - 1, f)] = 0;
    fclose(f);
    return bytes;
}

static loom_value *table(void)
{
    loom_value *v = make_value("table");
    int64_t n = 3, n2[2] = { 3, 3 };
    make_array(v, "distance", LOOM_F64, 1, &n, "angstrom", (double[]){ 0.1, 1e-300, NAN });
    make_array(v, "count", LOOM_I64, 1, &n, "", (int64_t[]){ 1, INT64_MAX, -3 });
    make_array(v, "kind", LOOM_I32, 1, &n, "", (int32_t[]){ 1, 0, 2 });
    make_array(v, "short", LOOM_F32, 1, &n, "", (float[]){ 0.1f, 16777216.f, -INFINITY });
    make_array(v, "position", LOOM_F64, 2, n2, "angstrom",
               (double[]){ 1, 2, 3, 4, 5, 6, 7, 8, 300000 });
    must(value_set_text(v, "categories.kind", "core\na, \"b\"", &e));
    return v;
}

/* What a spreadsheet would compute is text; numbers stay numbers. */
START_TEST(csv_holds_no_formula)
{
    int64_t n = 8;
    loom_value *v = make_value("table");
    make_array(v, "word", LOOM_I32, 1, &n, "", (int32_t[]){ 0, 1, 2, 3, 4, 5, 6, 7 });
    must(value_set_text(v, "categories.word",
                        "=HYPERLINK(1)\n@SUM(A1)\n+cmd\n-1-1\n-\n-3.5\n+1e3\na=b", &e));
    must(value_export(v, place("f.csv"), "csv", &e));
    ck_assert_str_eq(content_of(place("f.csv")),
                     "word\n\"'=HYPERLINK(1)\"\n\"'@SUM(A1)\"\n\"'+cmd\"\n\"'-1-1\"\n-\n-3.5\n"
                     "+1e3\na=b\n");
    value_free(v);
}
END_TEST

START_TEST(csv_holds_names_units_words_and_exact_numbers)
{
    loom_value *v = table();
    must(value_export(v, place("t.csv"), "csv", &e));
    ck_assert_str_eq(
        content_of(place("t.csv")),
        "distance [angstrom],count,kind,short,position_x [angstrom],position_y "
        "[angstrom],position_z [angstrom]\n"
        "0.1,1,\"a, \"\"b\"\"\",0.1,1,2,3\n"
        "1e-300,9223372036854775807,core,16777216,4,5,6\n"
        "nan,-3,2,-inf,7,8,300000\n"); /* a code without a word stays a code; no 1.67772e+07 */
    value_free(v);
    v = make_volume(2, 2, 2, 1, NULL);
    ck_assert(!value_export(v, place("v.csv"), "csv", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "density [2][2][2]"));
    ck_assert_ptr_nonnull(strstr(e.todo, ".h5"));
    ck_assert_int_ne(access(place("v.csv"), F_OK), 0);
    value_free(v);
}
END_TEST

static void leaves_out(const loom_value *v, const char *path, const char *format, const char *names)
{
    text out = { 0 };
    value_export_left_out(v, path, format, &out);
    ck_assert_str_eq(out.length ? out.data : "", names);
    text_free(&out);
}

START_TEST(what_a_file_does_not_hold_is_named)
{
    loom_value *v = make_atoms(1, (double[]){ 1, 2, 3 }, NULL, "Pd");
    must(value_set_text(v, "disorder", "none", &e)); /* the type does not ask for it */
    leaves_out(v, "a.npy", "npy", "species, symbols");
    leaves_out(v, "a.species.npy", "npy", ""); /* one was asked for */
    leaves_out(v, "a.csv", "csv", "symbols");
    leaves_out(v, "a.h5", "h5", "");
    leaves_out(v, "a.json", "json", "");
    value_free(v);
}
END_TEST

START_TEST(npy_is_read_back_bit_for_bit)
{
    const float density[12] = { 1, 2, 3, 0.1f, -0.f, 6, 7, 8, 9, 10, 11, 1e-40f };
    loom_value *v = make_volume(3, 2, 2, 0.5, density);
    make_array(v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", (double[]){ 1, 2, 3 });
    must(value_export(v, place("v.npy"), "npy", &e)); /* the array that a volume must have */
    loom_value *back = npy_read(place("v.npy"));
    ck_assert_ptr_nonnull(back);
    const loom_array *a = value_array_at(back, 0);
    ck_assert(a->rank == 3 && a->dim[0] == 3 && a->dim[1] == 2 && a->dim[2] == 2
              && a->dtype == LOOM_F32);
    ck_assert_mem_eq(a->data, density, sizeof density);
    value_free(back);
    must(value_export(v, place("v.origin.npy"), "npy",
                      &e)); /* the array that the file is named after */
    back = npy_read(place("v.origin.npy"));
    ck_assert_ptr_nonnull(back);
    ck_assert_int_eq(value_array_at(back, 0)->dim[0], 3);
    ck_assert_mem_eq(value_array_at(back, 0)->data, value_array(v, "origin")->data, 24);
    value_free(back);
    value_free(v);
    v = table();
    ck_assert(!value_export(v, place("t.npy"), "npy", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "count [3]"));
    value_free(v);
}
END_TEST

START_TEST(json_is_json_and_whole)
{
    if (system("/usr/bin/python3 -c 'import json' 2>/dev/null")) {
        printf("skipped: no /usr/bin/python3\n");
        return;
    }
    loom_value *v = table();
    char command[2000];
    must(value_set_number(v, "dose", 3e5, "e/angstrom^2", &e)
         && value_set_text(v, "note", "\"Å\"\n", &e));
    must(value_export(v, place("t.json"), "json", &e));
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"\nimport json\nv = json.load(open('%s'))\nassert v['type'] == "
             "'table'\n"
             "assert v['attributes']['dose'] == {'value': 300000.0, 'unit': 'e/angstrom^2'} and "
             "v['attributes']['note'] == '\\\"\\u00c5\\\"\\n'\n"
             "a = v['arrays']\nassert a['distance'] == {'dtype': 'f64', 'shape': [3], 'unit': "
             "'angstrom', 'data': [0.1, 1e-300, None]}\n"
             "assert a['position']['data'] == [[1, 2, 3], [4, 5, 6], [7, 8, 300000]] and "
             "a['count']['data'][1] == 2**63 - 1\n\"",
             place("t.json"));
    ck_assert_int_eq(system(command), 0);
    value_free(v);
    v = numbers(1000001, 1);
    ck_assert(!value_export(v, place("big.json"), "json", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "1000001 numbers"));
    value_free(v);
}
END_TEST

/* Names in other scripts, texts of any characters: every name another one, nothing that a terminal
 * or a spreadsheet would act on. */
START_TEST(foreign_characters_are_written_out)
{
    if (system("/usr/bin/python3 -c 'import json' 2>/dev/null")) {
        printf("skipped: no /usr/bin/python3\n");
        return;
    }
    loom_value *v = make_value("table");
    char command[3000];
    int64_t n = 2;
    make_array(v, "größe", LOOM_F64, 1, &n, "µm", (double[]){ -0., 1e22 });
    make_array(v, "gr÷ße", LOOM_F64, 1, &n, "", (double[]){ INFINITY, -1.5 });
    make_array(v, "#kind", LOOM_I32, 1, &n, "", (int32_t[]){ 1, 0 });
    make_array(v, "p", LOOM_F64, 2, (int64_t[]){ 2, 3 }, "angstrom", NULL);
    make_array(v, "p_x", LOOM_I32, 1, &n, "", (int32_t[]){ 7, 8 });
    must(value_set_text(v, "categories.#kind", "=1+2;\xc3\xa5\n \x1b[31m", &e));
    must(value_export(v, place("t.json"), "json", &e)
         && value_export(v, place("t.csv"), "csv", &e));
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"\nimport csv, json\n"
             "def once(pairs):\n    assert len(set(k for k, _ in pairs)) == len(pairs)\n    return "
             "dict(pairs)\n"
             "v = json.load(open('%s', encoding='utf-8'), object_pairs_hook=once)\n"
             "a = v['arrays']\nassert a['größe']['data'] == [0, 1e22] and "
             "a['gr÷ße']['data'] == [None, -1.5], a\n"
             "assert a['größe']['unit'] == 'µm'\n"
             "rows = list(csv.reader(open('%s', encoding='utf-8', newline='')))\n"
             "assert len(rows) == 3 and all(len(r) == 7 for r in rows) and len(set(rows[0])) == 7, "
             "rows\n"
             "assert rows[0][2] == '#kind' and rows[1][2] == r' \\\\x1b[31m' and rows[2][2] "
             "== '\\'=1+2;\u00e5', rows\n\"",
             place("t.json"), strdup(place("t.csv")));
    ck_assert_int_eq(system(command), 0);
    value_free(v);
}
END_TEST

START_TEST(h5_goes_out_and_comes_back)
{
    loom_value *v = table();
    must(value_export(v, place("t.h5"), "h5", &e));
    loom_value *back = value_import(place("t.h5"), &e);
    must(back != NULL);
    digest a = value_digest(v), b = value_digest(back);
    ck_assert(digest_equal(&a, &b));
    value_free(v);
    value_free(back);
}
END_TEST

/* seeds/value/by_hand.h5 was made with h5py: big-endian i2, booleans, packed f2, a text of variable
 * length. */
START_TEST(files_of_other_programs_come_in)
{
    loom_value *v = value_import(ATOMLOOM_SOURCE_DIR "/tests/fuzz/seeds/value/by_hand.h5", &e);
    must(v != NULL);
    const loom_array *data = value_array(v, "data"), *flag = value_array(v, "flag"),
                     *packed = value_array(v, "packed");
    ck_assert(data && data->dtype == LOOM_I32 && data->dim[1] == 3
              && ((int32_t *)data->data)[5] == 5 && !strcmp(data->unit, "pixel"));
    ck_assert(flag && flag->dtype == LOOM_U8 && ((uint8_t *)flag->data)[0] == 1
              && ((uint8_t *)flag->data)[1] == 0);
    ck_assert(packed && packed->dtype == LOOM_F32 && packed->dim[0] == 8);
    const loom_attribute *n = value_attribute(v, "n"), *text_of = value_attribute(v, "vlen");
    ck_assert(n && n->number == 3 && !strcmp(n->unit, "nm") && text_of
              && !strcmp(text_of->text, "text"));
    value_free(v);
    ck_assert_ptr_null(value_import(place("missing.h5"), &e));
    ck_assert_ptr_nonnull(strstr(e.message, "No such file"));
}
END_TEST

START_TEST(the_users_file_is_replaced_at_once_or_not_at_all)
{
    loom_value *v = table();
    write_file(place("real.csv"), "before");
    ck_assert_int_eq(symlink(place("real.csv"), place("link.csv")), 0);
    must(value_export(v, place("link.csv"), "csv", &e));
    struct stat st;
    ck_assert(!lstat(place("link.csv"), &st) && S_ISLNK(st.st_mode)); /* a link stays one */
    ck_assert_ptr_nonnull(strstr(content_of(place("real.csv")), "distance"));
    must(value_export(v, "/dev/null", "csv", &e));
    ck_assert(!stat("/dev/null", &st) && S_ISCHR(st.st_mode));
    ck_assert(!value_export(v, place("no/such/place.csv"), "csv", &e));
    ck_assert_int_eq(e.status, LOOM_E_IO);
    e = (error){ 0 };
    ck_assert(!value_export(v, place("x.xyz"), "xyz", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "'.xyz'"));
    ck_assert_int_eq(files_in(""), 2); /* nothing else is left behind */
    char aside[4200];
    snprintf(aside, sizeof aside, "%s.%ld.0.part", place("new.csv"), (long)getpid());
    ck_assert_int_eq(symlink(place("victim"), aside),
                     0); /* somebody else's trap in a shared directory */
    must(value_export(v, place("new.csv"), "csv", &e));
    ck_assert_int_ne(access(place("victim"), F_OK), 0);
    ck_assert(!lstat(aside, &st) && S_ISLNK(st.st_mode));
    value_free(v);
}
END_TEST

START_TEST(a_description_names_axes_units_and_ranges)
{
    const double angles[6] = { 0, -70, 0, 0, 70, 0 };
    const float images[24] = { 1, 3, NAN };
    loom_value *v = make_tilt_series(2, 3, 4, 0.195, images, angles);
    text out = { 0 };
    value_describe(v, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "tilt_series: one image per tilt"));
    ck_assert_ptr_nonnull(strstr(out.data, "pixel_size  0.195 angstrom"));
    ck_assert_ptr_nonnull(
        strstr(out.data, "f32 [tilt 2][y 3][x 4]  min 0  max 3  mean 0.173913  1 not finite"));
    ck_assert_ptr_nonnull(strstr(out.data, "f64 [tilt 2][3] degree  min -70  max 70  mean 0\n"));
    value_free(v);
    text_clear(&out);
    v = table();
    make_array(v, "none", LOOM_F32, 1, (int64_t[]){ 0 }, "", NULL);
    value_describe(v, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "i64 [row 3]"));
    ck_assert_ptr_nonnull(strstr(out.data, "[row 0]  empty"));
    ck_assert_ptr_nonnull(strstr(out.data, "core\\na, \"b\"\n"));
    text_free(&out);
    value_free(v);
}
END_TEST

int main(void)
{
    return run_suite(
        "store.export",
        (const TTest *const[]){ csv_holds_names_units_words_and_exact_numbers, csv_holds_no_formula,
                                what_a_file_does_not_hold_is_named, npy_is_read_back_bit_for_bit,
                                json_is_json_and_whole, foreign_characters_are_written_out,
                                h5_goes_out_and_comes_back, files_of_other_programs_come_in,
                                the_users_file_is_replaced_at_once_or_not_at_all,
                                a_description_names_axes_units_and_ranges, NULL });
}
