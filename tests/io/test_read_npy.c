/* io.read_npy: every type of number arrives exactly or is refused by name; the header must be what
 * NumPy writes. (Damage is tests/damage.) */
#include "io/io_files.h"
#include "support/suite.h"
#include <math.h>

/* A file of version `version` with this dictionary and these bytes behind it; "file=PATH". */
static const char *npy(int version, const char *dictionary, const void *numbers, size_t bytes)
{
    unsigned char file[2048] = "\x93NUMPY";
    size_t n = strlen(dictionary), begin = version == 1 ? 10 : 12;
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)n;
    memcpy(file + begin, dictionary, n);
    memcpy(file + begin + n, numbers, bytes);
    return file_with(file, begin + n + bytes);
}

static const char *of_type(const char *descr, const char *shape, const void *numbers, size_t bytes)
{
    char dictionary[200];
    snprintf(dictionary, sizeof dictionary,
             "{'descr': '%s', 'fortran_order': False, 'shape': %s, }   \n", descr, shape);
    return npy(1, dictionary, numbers, bytes);
}

static const loom_array *read_it(op_call *c, const char *param)
{
    *c = (op_call){ .op = op_load("io.read_npy"), .params = { param } };
    op_must_run(c);
    return value_array(op_output(c, "array"), "data");
}

START_TEST(a_bool_is_0_or_1)
{
    const char *param = of_type("|b1", "(3,)", (uint8_t[]){ 0, 1, 3 }, 3);
    op_call c = { .op = op_load("io.read_npy"), .params = { param } };
    op_must_fail(&c, LOOM_E_IO, "file", "number 2 of it is 3, but its header says bool");
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(every_type_is_exact)
{
    const struct {
        const char *descr;
        const void *numbers;
        size_t width;
        loom_dtype dtype;
        double first, last;
    } rows[] = {
        { "<f8", (double[]){ -1e308, 1 / 3.0 }, 8, LOOM_F64, -1e308, 1 / 3.0 },
        { "<f4", (float[]){ -2.5f, 0.1f }, 4, LOOM_F32, -2.5, 0.1f },
        { "<f2", (uint16_t[]){ 0xc000, 0x7bff }, 2, LOOM_F32, -2, 65504 },
        { "<f2", (uint16_t[]){ 0x0001, 0x3555 }, 2, LOOM_F32, 0x1p-24, 0x1.554p-2 },
        { "|b1", (uint8_t[]){ 0, 1 }, 1, LOOM_U8, 0, 1 },
        { "|u1", (uint8_t[]){ 0, 255 }, 1, LOOM_U8, 0, 255 },
        { "|i1", (int8_t[]){ -128, 127 }, 1, LOOM_I32, -128, 127 },
        { "<u2", (uint16_t[]){ 0, 65535 }, 2, LOOM_I32, 0, 65535 },
        { "<i2", (int16_t[]){ -32768, 32767 }, 2, LOOM_I32, -32768, 32767 },
        { "<u4", (uint32_t[]){ 0, UINT32_MAX }, 4, LOOM_I64, 0, UINT32_MAX },
        { "<i4", (int32_t[]){ INT32_MIN, INT32_MAX }, 4, LOOM_I32, INT32_MIN, INT32_MAX },
        { "=f8", (double[]){ 4, 5 }, 8, LOOM_F64, 4, 5 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *param = of_type(rows[i].descr, "(2,)", rows[i].numbers, 2 * rows[i].width);
        op_call c;
        const loom_array *a = read_it(&c, param);
        ck_assert_int_eq(a->dtype, rows[i].dtype);
        for (int k = 0; k < 2; k++) {
            double v = a->dtype == LOOM_F64   ? ((double *)a->data)[k]
                       : a->dtype == LOOM_F32 ? (double)((float *)a->data)[k]
                       : a->dtype == LOOM_U8  ? ((uint8_t *)a->data)[k]
                       : a->dtype == LOOM_I32 ? ((int32_t *)a->data)[k]
                                              : (double)((int64_t *)a->data)[k];
            ck_assert_msg(v == (k ? rows[i].last : rows[i].first), "%s: %.17g", rows[i].descr, v);
        }
        op_end(&c);
        remove_file(param);
    }
}
END_TEST

START_TEST(whole_numbers_beyond_doubles_are_kept)
{
    const int64_t numbers[3] = { INT64_MIN, (INT64_C(1) << 53) + 1, INT64_MAX };
    const char *descr[2] = { "<i8", "<u8" };
    for (int i = 0; i < 2; i++) {
        const char *param = of_type(descr[i], "(2,)", numbers + 1, 16);
        op_call c;
        ck_assert_mem_eq(read_it(&c, param)->data, numbers + 1, 16);
        op_end(&c);
        remove_file(param);
    }
    const char *param = of_type("<u8", "(3,)", numbers, sizeof numbers);
    op_call c = { .op = op_load("io.read_npy"), .params = { param } };
    op_must_fail(&c, LOOM_E_DATA, "file", "number 0 is above 2^63 - 1");
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(what_python_may_write_is_read)
{
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n",
        "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}\n",
        "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2, 3)}\n",
        "{'descr':'<f4','fortran_order':False,'shape':(2,3),}\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }\n",
    };
    const float numbers[6] = { 1, 2, 3, 4, 5, 6.5f };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        for (int version = 1; version <= 3; version++) {
            const char *param = npy(version, headers[i], numbers, sizeof numbers);
            op_call c;
            const loom_array *a = read_it(&c, param);
            ck_assert_int_eq(a->rank, 2);
            ck_assert_int_eq(a->dim[1], 3);
            ck_assert_mem_eq(a->data, numbers, sizeof numbers);
            op_end(&c);
            remove_file(param);
        }
    op_call c;
    const char *param = of_type("<f4", "()", numbers, 4);
    ck_assert_int_eq(read_it(&c, param)->rank, 0);
    op_end(&c);
    remove_file(param);
    param = of_type("<f4", "(0, 3)", numbers, 0);
    ck_assert_int_eq(loom_array_count(read_it(&c, param)), 0);
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(what_is_no_number_is_refused_by_name)
{
    static const struct {
        const char *descr, *says;
    } rows[] = {
        { "'<c16'", "complex" },
        { "'|O'", "Python objects" },
        { "'<U4'", "texts" },
        { "'|S4'", "texts" },
        { "'<M8[ns]'", "dates" },
        { "'|V8'", "records" },
        { "'<f16'", "reals of a size" },
        { "'<q9'", "not a number" },
        { "[('x', '<f8'), ('y', '<f8')]", "structured" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dictionary[200];
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': %s, 'fortran_order': False, 'shape': (1,), }\n", rows[i].descr);
        const char *param = npy(1, dictionary, "0123456789abcdef", 16);
        op_call c = { .op = op_load("io.read_npy"), .params = { param } };
        op_must_fail(&c, LOOM_E_DATA, "file", rows[i].says);
        op_end(&c);
        remove_file(param);
    }
    const char *param = of_type("<f4", "(1, 1, 1, 1, 1)", "1234", 4);
    op_call c = { .op = op_load("io.read_npy"), .params = { param } };
    op_must_fail(&c, LOOM_E_DATA, "file", "more than four axes");
    op_end(&c);
    remove_file(param);
}
END_TEST

START_TEST(damaged_headers_are_refused)
{
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", /* no end of the line */
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }x\n",
        "{'descr': '<f4', 'fortran_order': False, }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'shape': (2, 3)}\n",
        "{'descr': '<f4', 'fortran_order': false, 'shape': (2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (02, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n",
        "{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}\n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const char *param = npy(1, headers[i], "0123456789012345678901234", 24);
        op_call c = { .op = op_load("io.read_npy"), .params = { param } };
        op_must_fail(&c, LOOM_E_IO, "file", "is damaged: its header");
        op_end(&c);
        remove_file(param);
    }
}
END_TEST

START_TEST(lengths_must_agree)
{
    const float numbers[8] = { 1, 2, 3 };
    const struct {
        size_t bytes;
        const char *says;
    } rows[] = { { 20, "holds 20 bytes of numbers, its header promises more" },
                 { 25, "1 bytes follow its 6 numbers" },
                 { 32, "holds more than one array" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *param = of_type("<f4", "(2, 3)", numbers, rows[i].bytes);
        op_call c = { .op = op_load("io.read_npy"), .params = { param } };
        op_must_fail(&c, LOOM_E_IO, "file", rows[i].says);
        op_end(&c);
        remove_file(param);
    }
}
END_TEST

static void swap(unsigned char *b, size_t n, size_t width)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < width / 2; k++) {
            unsigned char c = b[i * width + k];
            b[i * width + k] = b[i * width + width - 1 - k];
            b[i * width + width - 1 - k] = c;
        }
}

/* The order of bytes is one bit of the header. Numbers as they are measured betray a wrong one, and
 * are never refused in the right one. */
START_TEST(a_wrong_byte_order_is_noticed)
{
    enum { N = 40 };
    double whole[N], real[N], wide[N];
    float tiny[N];
    uint16_t counts[N];
    int32_t numbers[N];
    for (int i = 0; i < N; i++) {
        whole[i] = i % 7;
        real[i] = 1.0 / (i + 3);
        wide[i] = i % 2 ? 1 : 1e-17 * (i + 1) / 3.0;
        tiny[i] = (float)ldexp(1.0 / (i + 3), -i);
        counts[i] = (uint16_t)(200 + 37 * i % 101);
        numbers[i] = i % 2 ? -i : 1000 * i;
    }
    const struct {
        const char *code;
        void *numbers;
        size_t width;
        bool both; /* noticed in little-endian files as well */
    } rows[] = {
        { "f8", whole, 8, true }, { "f8", real, 8, true },    { "f8", wide, 8, false },
        { "f4", tiny, 4, false }, { "u2", counts, 2, false }, { "i4", numbers, 4, false }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int stored_big = 0; stored_big < 2; stored_big++)
            for (int said_big = 0; said_big < 2; said_big++) {
                unsigned char bytes[N * 8];
                char descr[8];
                memcpy(bytes, rows[i].numbers, N * rows[i].width);
                if (stored_big) swap(bytes, N, rows[i].width);
                snprintf(descr, sizeof descr, "%c%s", said_big ? '>' : '<', rows[i].code);
                const char *param = of_type(descr, "(40,)", bytes, N * rows[i].width);
                op_call c = { .op = op_load("io.read_npy"), .params = { param } };
                if (stored_big == said_big) op_must_run(&c);
                else if (rows[i].both || said_big) {
                    bool good =
                        op_run(&c); /* what is not noticed so has numbers that are not finite */
                    ck_assert_msg(!good || rows[i].numbers == (void *)wide, "row %zu", i);
                }
                op_end(&c);
                remove_file(param);
            }
}
END_TEST

TEST_MAIN("io.read_npy", every_type_is_exact, a_bool_is_0_or_1,
          whole_numbers_beyond_doubles_are_kept, what_python_may_write_is_read,
          what_is_no_number_is_refused_by_name, damaged_headers_are_refused, lengths_must_agree,
          a_wrong_byte_order_is_noticed)
