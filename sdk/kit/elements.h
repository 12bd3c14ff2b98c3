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
#endif
