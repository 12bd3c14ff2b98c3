/* io.read_mrc: every mode and byte order is read as written, axes are put in order, the sign of
 * bytes is found; no cut and no flipped bit of the header gives other numbers. */
#include "io/io_files.h"
#include "support/suite.h"
#include <math.h>

enum { NX = 3, NY = 2, NZ = 4, SAMPLES = NX * NY * NZ, ROOM = 1024 + 64 + 8 * SAMPLES };

typedef struct mrc_file {
    int mode;
    bool big;
    size_t n; /* bytes */
    unsigned char bytes[ROOM];
} mrc_file;

static void put(mrc_file *f, size_t at, const void *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        f->bytes[at + i] = ((const unsigned char *)value)[f->big ? size - 1 - i : i];
}

static void put_word(mrc_file *f, int word, int32_t v) { put(f, 4 * (size_t)word, &v, 4); }
static void put_real(mrc_file *f, int word, float v) { put(f, 4 * (size_t)word, &v, 4); }

/* NX x NY x NZ samples 0 .. 23 of that mode with a cell of 2 angstrom a voxel; 32 bytes of extended
 * header. */
static mrc_file whole_file(int mode, bool big)
{
    static const uint16_t halves[] = { 0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700 };
    mrc_file f = { .mode = mode, .big = big, .n = 1024 + 32 };
    const int n[3] = { NX, NY, NZ };
    for (int k = 0; k < 3; k++) {
        put_word(&f, k, n[k]);
        put_word(&f, 7 + k, n[k]);
        put_real(&f, 10 + k, 2.f * (float)n[k]);
        put_real(&f, 13 + k, 90);
        put_word(&f, 16 + k, k + 1);
    }
    put_word(&f, 3, mode);
    put_word(&f, 23, 32);
    memcpy(f.bytes + 208, big ? "MAP \x11\x11" : "MAP \x44\x44", 6);
    for (int i = 0; i < SAMPLES; i++) {
        int16_t whole = (int16_t)i;
        float real = (float)i;
        size_t size = mode == 0 ? 1 : mode == 2 ? 4 : 2;
        const void *v = mode == 2    ? (const void *)&real
                        : mode == 12 ? (const void *)&halves[i % 8]
                                     : &whole;
        if (mode == 101) continue;
        put(&f, f.n, v, size);
        f.n += size;
    }
    for (int i = 0; mode == 101 && i < NY * NZ; i++, f.n += 2) {
        f.bytes[f.n] = (unsigned char)((3 * i) % 16 | ((3 * i + 1) % 16) << 4);
        f.bytes[f.n + 1] = (unsigned char)((3 * i + 2) % 16);
    }
    return f;
}

static op_call reading(const mrc_file *f, const char *p1)
{
    return (op_call){ .op = op_load("io.read_mrc"), .params = { file_with(f->bytes, f->n), p1 } };
}

static void done(op_call *c)
{
    remove_file(c->params[0]);
    op_end(c);
}

static const loom_array *data_of(const op_call *c)
{
    return value_array(op_output(c, "array"), "data");
}

static double at(const loom_array *a, int64_t i)
{
    if (a->dtype == LOOM_F32) return (double)((float *)a->data)[i];
    return a->dtype == LOOM_U8 ? ((uint8_t *)a->data)[i] : ((int32_t *)a->data)[i];
}

static const int modes[] = { 0, 1, 2, 6, 12, 101 };

START_TEST(modes_and_byte_orders)
{
    static const loom_dtype dtypes[] = {
        LOOM_I32, LOOM_I32, LOOM_F32, LOOM_I32, LOOM_F32, LOOM_U8
    };
    for (int m = 0; m < 12; m++) {
        mrc_file f = whole_file(modes[m % 6], m >= 6);
        op_call c = reading(&f, NULL);
        op_must_run(&c);
        const loom_array *a = data_of(&c);
        ck_assert_int_eq(a->dtype, dtypes[m % 6]);
        ck_assert(a->rank == 3 && a->dim[0] == NZ && a->dim[1] == NY && a->dim[2] == NX);
        for (int i = 0; i < SAMPLES; i++)
            ck_assert_double_eq(at(a, i), f.mode == 12 ? i % 8 : f.mode == 101 ? i % 16 : i);
        ck_assert_double_eq(value_attribute(op_output(&c, "array"), "voxel_size")->number, 2);
        ck_assert_str_eq(c.warnings, "");
        done(&c);
    }
}
END_TEST

/* Zero, the smallest subnormal, the greatest number, minus a third, infinity's neighbour in sign.
 */
START_TEST(half_precision_is_exact)
{
    static const uint16_t bits[6] = { 0x8000, 0x0001, 0x7bff, 0xb555, 0x03ff, 0x0400 };
    static const double values[6] = { -0., 0x1p-24, 65504, -0.333251953125, 0x1.ff8p-15, 0x1p-14 };
    mrc_file f = whole_file(12, true);
    for (int i = 0; i < 6; i++) put(&f, 1056 + 2 * (size_t)i, &bits[i], 2);
    op_call c = reading(&f, NULL);
    op_must_run(&c);
    for (int i = 0; i < 6; i++) ck_assert_double_eq(at(data_of(&c), i), values[i]);
    ck_assert(signbit(at(data_of(&c), 0)));
    done(&c);
}
END_TEST

/* Columns, rows and sections along any axes: sample (x, y, z) is found at [z][y][x]. */
START_TEST(axes_are_put_in_order)
{
    static const int orders[6][3] = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 },
                                      { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } };
    for (int o = 0; o < 6; o++) {
        mrc_file f = whole_file(2, o & 1);
        for (int k = 0; k < 3; k++) put_word(&f, 16 + k, orders[o][k]);
        const int n[3] = { NX, NY, NZ };
        int64_t dim[3];
        for (int k = 0; k < 3; k++) dim[3 - orders[o][k]] = n[k];
        op_call c = reading(&f, NULL);
        op_must_run(&c);
        const loom_array *a = data_of(&c);
        for (int k = 0; k < 3; k++) ck_assert_int_eq(a->dim[k], dim[k]);
        for (int i = 0; i < SAMPLES; i++) {
            const int stored[3] = { i % NX, i / NX % NY, i / (NX * NY) }; /* column, row, section */
            int64_t zyx[3];
            for (int k = 0; k < 3; k++) zyx[3 - orders[o][k]] = stored[k];
            ck_assert_double_eq(at(a, (zyx[0] * dim[1] + zyx[1]) * dim[2] + zyx[2]), i);
        }
        done(&c);
    }
    mrc_file f = whole_file(1, false);
    for (int k = 0; k < 3; k++) put_word(&f, 16 + k, 0); /* files of the last century */
    op_call c = reading(&f, "axes=[2, 1, 0]");
    op_must_run(&c);
    ck_assert_int_eq(data_of(&c)->dim[0], NX);
    ck_assert_double_eq(at(data_of(&c), 1), NX * NY);
    c.params[1] = "axes=[2, 1]";
    op_must_fail(&c, LOOM_E_PARAM, "axes", "each of the 3 axes");
    done(&c);
}
END_TEST

/* Fields that make no sense and have a likely meaning: the numbers as they are, and a warning. */
START_TEST(fields_without_sense_are_reported)
{
    static const struct {
        int word;
        int32_t whole;
        const char *says;
    } cases[] = {
        { 16, 0, "MAPC, MAPR, MAPS 0 0 0; they are taken as 1 2 3" },
        { 22, 300, "ISPG 300, which is neither a space group nor a stack" },
        { 22, -1, "ISPG -1" },
        { 53, 0x5a5a5a5a, "the machine stamp" },
        { 13, 0, "a cell with an angle of 0" },
        { 20, 0x41a00000 /* 20.f */, "its samples go from -5 to 20, but they go from 0 to 23" },
        { 20, 0x41b7999a /* 22.95 */, "" }, /* rounded by its writer */
        { 20, (int32_t)0xc0c00000 /* -6.f, below the least: not known */, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mrc_file f = whole_file(1, false);
        put_word(&f, cases[i].word, cases[i].whole);
        for (int k = 0; k < 3 && cases[i].word == 16; k++) put_word(&f, 16 + k, 0);
        if (cases[i].word == 20) put_real(&f, 19, -5);
        op_call c = reading(&f, NULL);
        op_must_run(&c);
        for (int k = 0; k < SAMPLES; k++) ck_assert_double_eq(at(data_of(&c), k), k);
        ck_assert_msg(strstr(c.warnings, cases[i].says) && !*cases[i].says == !*c.warnings,
                      "case %zu: %s", i, c.warnings);
        done(&c);
    }
    mrc_file f = whole_file(1, false); /* 40000 as a number with a sign */
    put_real(&f, 20, 40000);
    uint16_t v = 40000;
    put(&f, f.n - 2, &v, 2);
    op_call c = reading(&f, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "were they written without a sign (mode 6)?"));
    done(&c);
    f = whole_file(2, false);
    for (int k = 0; k < 3; k++) put_real(&f, 10 + k, -6);
    c = reading(&f, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "a cell of -6 x -6 x -6 angstrom: no size"));
    done(&c);
}
END_TEST

static mrc_file byte_file(float low, float high, int imod_flags, int greatest)
{
    mrc_file f = whole_file(0, false);
    put_real(&f, 19, low);
    put_real(&f, 20, high);
    if (imod_flags >= 0) {
        put_word(&f, 38, 1146047817);
        put_word(&f, 39, imod_flags);
    }
    f.bytes[f.n - 1] = (unsigned char)greatest;
    return f;
}

START_TEST(the_sign_of_bytes)
{
    static const struct {
        float low, high;
        int flags;
        const char *p;
        int last;
        const char *warns;
    } cases[] = {
        { 0, 0, 0, NULL, 240, "" },    /* IMOD: unsigned */
        { 0, 0, 1, NULL, -16, "" },    /* IMOD: signed */
        { 0, 240, -1, NULL, 240, "" }, /* no flag: minimum and maximum of the header */
        { -16, 22, -1, NULL, -16, "" },
        { 0, 0, -1, NULL, -16,
          "signed (MRC2014)" }, /* neither: not known, so as the format has it */
        { 0, -1, -1, NULL, -16, "signed (MRC2014)" },
        { 0, 240, 1, "bytes=signed", -16, "" },
        { 0, 240, 1, "bytes=unsigned", 240, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mrc_file f = byte_file(cases[i].low, cases[i].high, cases[i].flags, 240);
        op_call c = reading(&f, cases[i].p);
        op_must_run(&c);
        ck_assert_double_eq(at(data_of(&c), SAMPLES - 1), cases[i].last);
        ck_assert_int_eq(data_of(&c)->dtype, cases[i].last < 0 ? LOOM_I32 : LOOM_U8);
        ck_assert(*cases[i].warns ? strstr(c.warnings, cases[i].warns) != NULL : !*c.warnings);
        done(&c);
    }
    static const struct {
        float low, high;
        int flags;
        const char *says;
    } bad[] = {
        { 0, 240, 1, "flag of signed" },
        { -16, 22, 0, "flag of unsigned" },
        { 0, 250, -1, "set 'bytes'" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mrc_file f = byte_file(bad[i].low, bad[i].high, bad[i].flags, 240);
        op_call c = reading(&f, NULL);
        op_must_fail(&c, LOOM_E_DATA, "file", bad[i].says);
        done(&c);
    }
}
END_TEST

START_TEST(a_wrong_machine_stamp_is_reported)
{
    for (int big = 0; big < 2; big++) {
        mrc_file f = whole_file(1, big);
        memcpy(f.bytes + 212, big ? "\x44\x44" : "\x11\x11", 2);
        op_call c = reading(&f, NULL);
        op_must_run(&c);
        ck_assert_double_eq(at(data_of(&c), 23), 23);
        ck_assert_ptr_nonnull(strstr(c.warnings, "machine stamp"));
        done(&c);
        memcpy(f.bytes + 212, "\0\0", 2); /* no stamp at all, as in files before 2000 */
        c = reading(&f, NULL);
        op_must_run(&c);
        ck_assert_double_eq(at(data_of(&c), 23), 23);
        ck_assert_str_eq(c.warnings, "");
        done(&c);
    }
}
END_TEST

/* Of a stack (ISPG 0) the header's z is anything: one section, all of them, MZ or not. Zero: there
 * is none. */
START_TEST(pixel_and_voxel_size)
{
    static const struct {
        int ispg, mz;
        float cell[3], angle;
        double pixel, voxel;
    } cases[] = {
        { 1, 4, { 6, 4, 8 }, 90, 2, 2 },    { 1, 1, { 6, 4, 2 }, 90, 2, 2 },
        { 0, 1, { 6, 4, 8 }, 90, 2, 2 },    { 1, 4, { 6, 4, 0 }, 0, 2, 0 },
        { 0, 4, { 6, 4, 12 }, 90, 2, 0 },   { 0, 4, { 6.00001f, 4, 8 }, 90, 2, 2 },
        { 1, 4, { 0, 0, 0 }, 90, 0, 0 },    { 1, 4, { -6, -4, -8 }, 90, 0, 0 },
        { 1, 4, { 6, 4, 12 }, 90, -1, 0 },  { 1, 4, { 6, 5, 8 }, 90, -1, 0 },
        { 0, 4, { NAN, 4, 8 }, 90, -1, 0 }, { 0, 4, { 6, 4, 8 }, 120, -1, 0 },
        { 0, 4, { 6, -4, 8 }, 90, -1, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mrc_file f = whole_file(1, false);
        for (int k = 0; k < 3; k++) put_real(&f, 10 + k, cases[i].cell[k]);
        put_word(&f, 9, cases[i].mz);
        put_word(&f, 22, cases[i].ispg);
        put_real(&f, 15, cases[i].angle);
        op_call c = reading(&f, NULL);
        if (cases[i].pixel < 0) {
            op_must_fail(&c, LOOM_E_DATA, "file", "ignore_cell");
            c.params[1] = "ignore_cell=true";
        }
        op_must_run(&c);
        const loom_attribute *pixel = value_attribute(op_output(&c, "array"), "pixel_size");
        const loom_attribute *voxel = value_attribute(op_output(&c, "array"), "voxel_size");
        ck_assert_double_eq(pixel ? pixel->number : 0, fmax(cases[i].pixel, 0));
        ck_assert_double_eq(voxel ? voxel->number : 0, cases[i].voxel);
        done(&c);
    }
}
END_TEST

START_TEST(stacks_of_volumes_have_four_axes)
{
    mrc_file f = whole_file(2, false);
    put_word(&f, 9, 2);
    put_word(&f, 22, 401);
    put_real(&f, 12, 4);
    op_call c = reading(&f, NULL);
    op_must_run(&c);
    const loom_array *a = data_of(&c);
    ck_assert(a->rank == 4 && a->dim[0] == 2 && a->dim[1] == 2 && a->dim[2] == NY
              && a->dim[3] == NX);
    for (int i = 0; i < SAMPLES; i++) ck_assert_double_eq(at(a, i), i);
    done(&c);
    put_word(&f, 9, 3);
    c = reading(&f, NULL);
    op_must_fail(&c, LOOM_E_IO, "file", "not a multiple of MZ 3");
    done(&c);
}
END_TEST

START_TEST(refusals_say_why)
{
    static const struct {
        int word;
        int32_t v;
        loom_status status;
        const char *says;
    } cases[] = {
        { 0, 0, LOOM_E_IO, "0 samples along the columns" },
        { 1, -2, LOOM_E_IO, "-2 samples along the rows" },
        { 2, 5, LOOM_E_IO, "needs 1176 bytes, it has 1152" },
        { 2, 3, LOOM_E_IO, "ignore_rest" },
        { 3, 5, LOOM_E_IO, "mode 5, which is not a mode" },
        { 3, 3, LOOM_E_DATA, "complex numbers" },
        { 16, 2, LOOM_E_IO, "MAPC, MAPR, MAPS 2 2 3" },
        { 23, -1, LOOM_E_IO, "needs" },
        { 23, 1 << 30, LOOM_E_IO, "extended header of 1073741824 bytes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mrc_file f = whole_file(2, false);
        put_word(&f, cases[i].word, cases[i].v);
        op_call c = reading(&f, NULL);
        op_must_fail(&c, cases[i].status, "file", cases[i].says);
        done(&c);
    }
    mrc_file f = whole_file(2, false);
    put_word(&f, 2, 3);
    op_call c = reading(&f, "ignore_rest=true");
    op_must_run(&c);
    ck_assert_int_eq(data_of(&c)->dim[0], 3);
    done(&c);
}
END_TEST

/* Whole, or an error: for every length, and for every bit of the header's words that are read. */
START_TEST(damage_never_gives_other_numbers)
{
    mrc_file f = _i == 0   ? byte_file(0, 240, -1, 240)
                 : _i == 1 ? byte_file(0, 240, 0, 240)
                           : whole_file(_i == 2 ? 2 : 101, _i == 2);
    op_call c = reading(&f, NULL);
    op_must_run(&c);
    double good[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) good[i] = at(data_of(&c), i);
    done(&c);
    size_t whole = f.n;
    for (f.n = 0; f.n < whole; f.n++) {
        c = reading(&f, NULL);
        op_must_fail(&c, LOOM_E_IO, "file", f.n < 1024 ? "cut short" : "it has");
        done(&c);
    }
    for (size_t bit = 0; bit < 8 * 224; bit++) {
        f.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        c = reading(&f, NULL);
        if (op_run(&c)) {
            ck_assert(data_of(&c)->dim[0] == NZ && data_of(&c)->dim[1] == NY
                      && data_of(&c)->rank == 3);
            for (int i = 0; i < SAMPLES; i++) ck_assert_double_eq(at(data_of(&c), i), good[i]);
        } else ck_assert_msg(*c.result.failure.message, "no message");
        done(&c);
        f.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}
END_TEST

/* Files of other programs, as an independent reader finds them. */
START_TEST(reads_the_files_of_other_programs)
{
    static const struct {
        const char *name;
        int64_t dim[3];
        double low, high, sum, first[4];
    } files[] = {
        { "formats/mrc/emd_3197.map",
          { 20, 20, 20 },
          -4.1337456703186035,
          5.576736927032471,
          6268.896269149147,
          { -1.8013091087341309, -1.6618503332138062, -1.5478334426879883, -1.3683347702026367 } },
        { "formats/mrc/haadf_scan.mrc",
          { 1, 16, 16 },
          3923,
          9399,
          1552947,
          { 5715, 6654, 7842, 8618 } },
        { "formats/tilt/TS_001.st", { 40, 1, 1 }, 0, 0, 0, { 0 } },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = test_data(files[i].name);
        if (!path) return;
        char param[4200];
        double low = INFINITY, high = -INFINITY, sum = 0;
        snprintf(param, sizeof param, "file=%s", path);
        op_call c = { .op = op_load("io.read_mrc"), .params = { param } };
        op_must_run(&c);
        const loom_array *a = data_of(&c);
        for (int k = 0; k < 3; k++) ck_assert_int_eq(a->dim[k], files[i].dim[k]);
        for (int64_t k = 0; k < loom_array_count(a); k++) {
            low = fmin(low, at(a, k));
            high = fmax(high, at(a, k));
            sum += at(a, k);
        }
        ck_assert_double_eq(low, files[i].low);
        ck_assert_double_eq(high, files[i].high);
        ck_assert_double_eq_tol(sum, files[i].sum, 1e-3);
        for (int k = 0; k < 4; k++) ck_assert_double_eq(at(a, k), files[i].first[k]);
        op_end(&c);
    }
}
END_TEST

TEST_MAIN_WITH("io.read_mrc",
               ((suite_options){ .loop = damage_never_gives_other_numbers, .loops = 4 }),
               modes_and_byte_orders, half_precision_is_exact, axes_are_put_in_order,
               the_sign_of_bytes, a_wrong_machine_stamp_is_reported,
               fields_without_sense_are_reported, pixel_and_voxel_size,
               stacks_of_volumes_have_four_axes, refusals_say_why,
               reads_the_files_of_other_programs)
