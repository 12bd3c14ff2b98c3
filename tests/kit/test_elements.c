/* kit/elements: symbols and numbers are inverse; the words of `symbols` are read in order. */
#include "kit/elements.h"
#include "kit/kit_call.h"
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

static int kind_of(const char *given, const char *wanted)
{
    char word[16] = "";
    int kind = loom_symbol_read(given, word);
    ck_assert_str_eq(word, wanted);
    return kind;
}

START_TEST(one_rule_for_symbols_that_are_given)
{
    ck_assert_int_eq(kind_of("pd", "Pd"), LOOM_SYMBOL_ELEMENT);
    ck_assert_int_eq(kind_of("IR", "Ir"), LOOM_SYMBOL_ELEMENT);
    ck_assert_int_eq(kind_of("x", "X"), LOOM_SYMBOL_NAME);
    ck_assert_int_eq(kind_of("bright_1", "bright_1"), LOOM_SYMBOL_NAME);
    ck_assert_int_eq(kind_of("fünf", "fünf"), LOOM_SYMBOL_NAME);
    ck_assert_int_eq(kind_of("1b", "1b"), LOOM_SYMBOL_NAME);
    static const char *const refused[] = {
        "", "46", "1e5", "nan2 ", "1.5", "-", "P d", "Pd/Ir", "a\nb", "(Fe)", "sixteen_letters_"
    };
    char word[16];
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        ck_assert_int_eq(loom_symbol_read(refused[i], word), LOOM_SYMBOL_REFUSED);
    ck_assert_int_eq(loom_symbols_find("Pd Ir", "ir"), 1);
    ck_assert_int_eq(loom_symbols_find("PD Pd", "PD"), 0); /* as it is written, first */
    ck_assert_int_eq(loom_symbols_find("Pd Ir", "Pt"), -1);
    ck_assert_int_eq(loom_symbols_find("Pd Ir", ""), -1);
}
END_TEST

static bool read_list(kit_call *k, const char *const *v, int64_t n, char *out, size_t room)
{
    return loom_symbols_read(kit_begin(k), "symbols", &(loom_strings){ v, n }, out, room);
}

START_TEST(lists_that_are_certainly_wrong_are_refused)
{
    kit_call k;
    char out[32];
    ck_assert(read_list(&k, (const char *[]){ "pd", "IR", "x", "mine" }, 4, out, sizeof out));
    ck_assert_str_eq(out, "Pd Ir X mine");
    loom_symbols_warn(&k.call, "symbols", out);
    ck_assert_str_eq(k.warnings,
                     "symbols: 'mine' is not a chemical element; ops that need masses or "
                     "atomic numbers cannot use these atoms\n");
    ck_assert(read_list(&k, NULL, 0, out, sizeof out));
    ck_assert_str_eq(out, "");
    ck_assert(!read_list(&k, (const char *[]){ "Pd", "PD" }, 2, out, sizeof out));
    ck_assert_ptr_nonnull(strstr(k.message, "names Pd twice"));
    ck_assert(!read_list(&k, (const char *[]){ "46" }, 1, out, sizeof out));
    ck_assert_ptr_nonnull(strstr(k.message, "write the chemical symbol, Pd"));
    ck_assert(!read_list(&k, (const char *[]){ "Pd Ir" }, 1, out, sizeof out));
    ck_assert_ptr_nonnull(strstr(k.message, "'Pd Ir', which is not a symbol"));
    ck_assert(read_list(&k, (const char *[]){ "Pd", "Ir" }, 2, out, 6));
    ck_assert(!read_list(&k, (const char *[]){ "Pd", "Ir" }, 2, out, 5));
}
END_TEST

TEST_MAIN("kit elements", symbols_and_numbers_are_inverse, words_of_symbols,
          one_rule_for_symbols_that_are_given, lists_that_are_certainly_wrong_are_refused)
