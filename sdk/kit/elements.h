/* kit/elements.h - chemical elements: symbols, atomic numbers, masses; and the words of an atoms
 * value's `symbols`. */
#ifndef LOOM_KIT_ELEMENTS_H
#define LOOM_KIT_ELEMENTS_H
#include <atomloom/op.h>

enum { LOOM_ELEMENTS_LAST = 118, LOOM_SPECIES_MOST = 64 };

const char *loom_element_symbol(int z);      /* "Pd"; NULL outside 1 .. 118. Static. [any] */
int loom_element_number(const char *symbol); /* 46; 0 where unknown. Exact case. [any] */
/* standard atomic weight, unified mass units; 0 where unknown (Z > 103). [any] */
double loom_element_mass(int z);

/* The words of `symbols` ("Pd Ir"), as atomic numbers into z[0 .. LOOM_SPECIES_MOST-1] (0 for a
 * word that is no element). Returns how many, or -1 for more than LOOM_SPECIES_MOST. [any] */
int loom_symbols_numbers(const char *symbols, int32_t *z);
/* The word of species `index` into out (room for 16 bytes, longer words are cut); false past the
 * end. [any] */
bool loom_symbols_word(const char *symbols, int index, char out[16]);

/* ---- symbols that a person gives ----------------------------------------------------------------
 * One rule for every parameter that names species. A chemical symbol in any case is that element
 * (`PD`, `pd` and `Pd` are palladium), `X` an unknown atom; any other word of letters (UTF-8),
 * digits, `_`,
 * `+` and `-` that holds a letter is a name of the person's own. Numbers (`46`, `1e5`), words with
 * other characters, words longer than 15 and empty ones are refused. */
enum { LOOM_SYMBOL_REFUSED, LOOM_SYMBOL_ELEMENT, LOOM_SYMBOL_NAME }; /* X is a name */
int loom_symbol_read(const char *given, char out[16]); /* as it is written in `symbols`. [any] */

/* The species that `given` names, from 0; -1 where none of the words of `symbols` is meant. [any]
 */
int loom_symbols_find(const char *symbols, const char *given);

/* The list that the parameter holds, by that rule: words, separated by blanks, into out[room].
 * False after failing on `parameter` with what is wrong: a word that is refused, one that is there
 * twice, more than fit. [main] */
bool loom_symbols_read(loom_call *call, const char *parameter, const loom_strings *given, char *out,
                       size_t room);
/* Warns on `parameter` where a word of `symbols` is no element and not `X`: ops that need masses or
 * atomic numbers cannot use it. For lists that a person gave, not for labels made up by an op.
 * [main] */
void loom_symbols_warn(loom_call *call, const char *parameter, const char *symbols);
#endif
