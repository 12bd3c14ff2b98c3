/* Memory freed at once: pieces are zeroed, aligned and apart; a table of names finds each name and
 * no other. */
#include "base/arena.h"
#include "support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(pieces_are_zeroed_aligned_and_apart)
{
    arena *a = arena_new();
    unsigned char *piece[500];
    size_t size[500];
    for (int i = 0; i < 500; i++) {
        size[i] = i % 97 == 96 ? 3u << 20 : (size_t)(i * 37) % 5000;
        piece[i] = arena_take(a, size[i]);
        ck_assert_uint_eq((uintptr_t)piece[i] % 8, 0);
        for (size_t k = 0; k < size[i]; k += 61) ck_assert_int_eq(piece[i][k], 0);
        memset(piece[i], i, size[i]);
    }
    for (int i = 0; i < 500; i++)
        for (size_t k = 0; k < size[i]; k += 61) ck_assert_int_eq(piece[i][k], (unsigned char)i);
    ck_assert_str_eq(arena_printf(a, "%s %d", "node", 3), "node 3");
    ck_assert_str_eq(arena_text(a, "abcdef", 3), "abc");
    arena_free(a);
}
END_TEST

START_TEST(too_much_unwinds)
{
    arena *a = arena_new();
    jmp_buf here;
    ck_assert_ptr_null(arena_take(a, SIZE_MAX - 4));
    a->unwind = &here;
    if (!setjmp(here)) {
        arena_take(a, SIZE_MAX - 4);
        ck_abort_msg("an impossible piece was given");
    }
    arena_free(a);
}
END_TEST

START_TEST(every_name_is_found_and_no_other)
{
    arena *a = arena_new();
    names n = { .memory = a };
    char name[32];
    ck_assert_int_eq(names_find(&n, "anything"), -1);
    for (int i = 0; i < 3000; i++) names_put(&n, arena_printf(a, "name%d", i), i);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "name%d.port", i);
        ck_assert_int_eq(names_find_part(&n, name, strcspn(name, ".")), i);
        ck_assert_int_eq(names_find(&n, name), -1);
    }
    names_put(&n, "name7", 70);
    ck_assert_int_eq(names_find(&n, "name7"), 70);
    ck_assert_int_eq((int)n.count, 3000);
    arena_free(a);
}
END_TEST

TEST_MAIN("base.arena", pieces_are_zeroed_aligned_and_apart, too_much_unwinds,
          every_name_is_found_and_no_other)
