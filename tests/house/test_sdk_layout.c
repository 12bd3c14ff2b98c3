/* The ABI: sizes and offsets of what plugins and host share. A change here is a new ABI number,
 * unless a struct only grew at its end. */
#include <atomloom/op.h>
#include <atomloom/types.h>
#include "support/suite.h"

#define AT(type, member, offset) ck_assert_uint_eq(offsetof(type, member), offset)

START_TEST(structs_begin_with_their_size_and_keep_their_layout)
{
    ck_assert_uint_eq(LOOM_ABI, 1);
    AT(loom_array, size, 0);
    AT(loom_array, dtype, 4);
    AT(loom_array, name, 8);
    AT(loom_array, unit, 16);
    AT(loom_array, rank, 24);
    AT(loom_array, dim, 32);
    AT(loom_array, data, 64);
    AT(loom_attribute, size, 0);
    AT(loom_attribute, name, 8);
    AT(loom_attribute, text, 16);
    AT(loom_attribute, number, 24);
    AT(loom_attribute, unit, 32);
    AT(loom_param, size, 0);
    AT(loom_param, name, 8);
    AT(loom_param, unit, 16);
    AT(loom_param, doc, 24);
    AT(loom_param, kind, 32);
    AT(loom_param, offset, 36);
    AT(loom_param, flags, 40);
    AT(loom_param, def, 48);
    AT(loom_param, text, 72);
    AT(loom_param, choices, 80);
    AT(loom_param, renamed_from, 88);
    AT(loom_port, name, 0);
    AT(loom_port, type, 8);
    AT(loom_port, doc, 16);
    AT(loom_port, flags, 24);
    AT(loom_plugin, magic, 0);
    AT(loom_plugin, size, 8);
    AT(loom_plugin, abi, 12);
    AT(loom_plugin, ops, 40);
    AT(loom_op, size, 0);
    AT(loom_op, revision, 4);
    AT(loom_op, id, 8);
    AT(loom_op, run, 104);
    AT(loom_op, citations, 112);
    AT(loom_citation, size, 0);
    AT(loom_citation, year, 4);
    AT(loom_citation, doi, 8);
    AT(loom_citation, authors, 16);
    AT(loom_citation, title, 24);
    AT(loom_citation, journal, 32);
    AT(loom_citation, volume, 40);
    AT(loom_citation, pages, 48);
    AT(loom_citation, book, 56);
    AT(loom_citation, publisher, 64);
    AT(loom_host, size, 0);
    AT(loom_host, abi, 4);
    AT(loom_host, input_count, 8);
    AT(loom_host, extension, 168);
    AT(loom_host, warn, 176);
    AT(loom_host, finish, 184);
    AT(loom_call, host, 0);
    AT(loom_estimate, size, 0);
}
END_TEST

START_TEST(numbers_in_keys_and_files_never_move)
{
    ck_assert_int_eq(LOOM_U8, 0);
    ck_assert_int_eq(LOOM_I32, 1);
    ck_assert_int_eq(LOOM_I64, 2);
    ck_assert_int_eq(LOOM_F32, 3);
    ck_assert_int_eq(LOOM_F64, 4);
    ck_assert_int_eq(LOOM_OPTIONAL, 1);
    ck_assert_int_eq(LOOM_LIST, 2);
    ck_assert_int_eq(LOOM_E_BUG, 7);
    ck_assert_int_eq(LOOM_STRINGS, 8);
    ck_assert_int_eq(LOOM_PATHS, 9);
    ck_assert_int_eq(LOOM_NUMBERS, 10);
}
END_TEST

typedef struct shared {
    int64_t count;
    double level;
} shared;
typedef struct own {
    bool first;
    struct {
        shared inner;
    } outer;
    int32_t kind;
} own;

START_TEST(rows_of_shared_parameters_name_the_member_and_where_it_is)
{
    const loom_param rows[] = { LOOM_PARAM(own, kind, .def = 1),
                                LOOM_PARAM_IN(own, outer.inner, level, .def = 2, .unit = "pixel"),
                                LOOM_PARAM_IN(own, outer.inner, count) };
    ck_assert_str_eq(rows[0].name, "kind");
    ck_assert_str_eq(rows[1].name, "level");
    ck_assert_str_eq(rows[1].unit, "pixel");
    ck_assert_int_eq(rows[1].kind, LOOM_REAL);
    ck_assert_uint_eq(rows[1].offset, offsetof(own, outer.inner.level));
    ck_assert_int_eq(rows[2].kind, LOOM_INT);
    ck_assert_uint_eq(rows[2].offset, offsetof(own, outer.inner.count));
}
END_TEST

TEST_MAIN("sdk layout", structs_begin_with_their_size_and_keep_their_layout,
          numbers_in_keys_and_files_never_move,
          rows_of_shared_parameters_name_the_member_and_where_it_is)
