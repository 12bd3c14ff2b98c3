/* kit/elements: symbols and numbers are inverse; the words of `symbols` are read in order. */
#include "kit/elements.h"
#include "support/suite.h"

START_TEST(symbols_and_numbers_are_inverse)
{
    for (int z = 1; z <= LOOM_ELEMENTS_LAST; z++)
        ck_assert_int_eq(loom_element_number(loom_element_symbol(z)), z);
    ck_assert_int_eq(loom_element_number("Pd"), 46);
    ck_assert_int_eq(loom_element_number("pd"), 0);
    ck_assert(loom_element_symbol(0) == NULL && loom_element_symbol(119) == NULL);
    /* Ar/K, Co/Ni, Te/I, Th/Pa swap */
    for (int z = 2; z <= 92; z++) ck_assert(loom_element_mass(z) > loom_element_mass(z - 1) - 3);
    ck_assert_double_eq_tol(loom_element_mass(77), 192.217, 1e-4);
}
END_TEST

START_TEST(words_of_symbols)
{
    int32_t z[LOOM_SPECIES_MOST];
    char word[16];
    ck_assert_int_eq(loom_symbols_numbers(" Pd  Ir Xx", z), 3);
    ck_assert(z[0] == 46 && z[1] == 77 && z[2] == 0);
    ck_assert_int_eq(loom_symbols_numbers("", z), 0);
    ck_assert(loom_symbols_word("Pd Ir", 1, word));
    ck_assert_str_eq(word, "Ir");
    ck_assert(!loom_symbols_word("Pd Ir", 2, word));
}
END_TEST

TEST_MAIN("kit elements", symbols_and_numbers_are_inverse, words_of_symbols)
