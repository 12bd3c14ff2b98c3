/* kit/elements.c - see elements.h. Masses: IUPAC standard atomic weights, conventional values (for
 * radioactive elements, the mass number of the longest-lived isotope). */
#include "kit/elements.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    char symbol[3];
    float mass;
} elements[LOOM_ELEMENTS_LAST + 1] = {
    { "", 0 },         { "H", 1.008f },   { "He", 4.0026f },  { "Li", 6.94f },   { "Be", 9.0122f },
    { "B", 10.81f },   { "C", 12.011f },  { "N", 14.007f },   { "O", 15.999f },  { "F", 18.998f },
    { "Ne", 20.180f }, { "Na", 22.990f }, { "Mg", 24.305f },  { "Al", 26.982f }, { "Si", 28.085f },
    { "P", 30.974f },  { "S", 32.06f },   { "Cl", 35.45f },   { "Ar", 39.95f },  { "K", 39.098f },
    { "Ca", 40.078f }, { "Sc", 44.956f }, { "Ti", 47.867f },  { "V", 50.942f },  { "Cr", 51.996f },
    { "Mn", 54.938f }, { "Fe", 55.845f }, { "Co", 58.933f },  { "Ni", 58.693f }, { "Cu", 63.546f },
    { "Zn", 65.38f },  { "Ga", 69.723f }, { "Ge", 72.630f },  { "As", 74.922f }, { "Se", 78.971f },
    { "Br", 79.904f }, { "Kr", 83.798f }, { "Rb", 85.468f },  { "Sr", 87.62f },  { "Y", 88.906f },
    { "Zr", 91.224f }, { "Nb", 92.906f }, { "Mo", 95.95f },   { "Tc", 97 },      { "Ru", 101.07f },
    { "Rh", 102.91f }, { "Pd", 106.42f }, { "Ag", 107.87f },  { "Cd", 112.41f }, { "In", 114.82f },
    { "Sn", 118.71f }, { "Sb", 121.76f }, { "Te", 127.60f },  { "I", 126.90f },  { "Xe", 131.29f },
    { "Cs", 132.91f }, { "Ba", 137.33f }, { "La", 138.91f },  { "Ce", 140.12f }, { "Pr", 140.91f },
    { "Nd", 144.24f }, { "Pm", 145 },     { "Sm", 150.36f },  { "Eu", 151.96f }, { "Gd", 157.25f },
    { "Tb", 158.93f }, { "Dy", 162.50f }, { "Ho", 164.93f },  { "Er", 167.26f }, { "Tm", 168.93f },
    { "Yb", 173.05f }, { "Lu", 174.97f }, { "Hf", 178.49f },  { "Ta", 180.95f }, { "W", 183.84f },
    { "Re", 186.21f }, { "Os", 190.23f }, { "Ir", 192.217f }, { "Pt", 195.08f }, { "Au", 196.97f },
    { "Hg", 200.59f }, { "Tl", 204.38f }, { "Pb", 207.2f },   { "Bi", 208.98f }, { "Po", 209 },
    { "At", 210 },     { "Rn", 222 },     { "Fr", 223 },      { "Ra", 226 },     { "Ac", 227 },
    { "Th", 232.04f }, { "Pa", 231.04f }, { "U", 238.03f },   { "Np", 237 },     { "Pu", 244 },
    { "Am", 243 },     { "Cm", 247 },     { "Bk", 247 },      { "Cf", 251 },     { "Es", 252 },
    { "Fm", 257 },     { "Md", 258 },     { "No", 259 },      { "Lr", 262 },     { "Rf", 0 },
    { "Db", 0 },       { "Sg", 0 },       { "Bh", 0 },        { "Hs", 0 },       { "Mt", 0 },
    { "Ds", 0 },       { "Rg", 0 },       { "Cn", 0 },        { "Nh", 0 },       { "Fl", 0 },
    { "Mc", 0 },       { "Lv", 0 },       { "Ts", 0 },        { "Og", 0 },
};

const char *loom_element_symbol(int z)
{
    return z >= 1 && z <= LOOM_ELEMENTS_LAST ? elements[z].symbol : NULL;
}
double loom_element_mass(int z)
{
    return z >= 1 && z <= LOOM_ELEMENTS_LAST ? (double)elements[z].mass : 0;
}

int loom_element_number(const char *symbol)
{
    assert(symbol);
    for (int z = 1; z <= LOOM_ELEMENTS_LAST; z++)
        if (!strcmp(elements[z].symbol, symbol)) return z;
    return 0;
}

bool loom_symbols_word(const char *symbols, int index, char out[16])
{
    assert(symbols && index >= 0);
    for (const char *s = symbols;; index--) {
        s += strspn(s, " ");
        size_t n = strcspn(s, " ");
        if (!n) return false;
        if (index == 0) {
            if (n > 15) n = 15;
            memcpy(out, s, n);
            out[n] = 0;
            return true;
        }
        s += n;
    }
}

int loom_symbols_numbers(const char *symbols, int32_t *z)
{
    char word[16];
    int n = 0;
    for (; loom_symbols_word(symbols, n, word); n++) {
        if (n == LOOM_SPECIES_MOST) return -1;
        assert(n < LOOM_SPECIES_MOST);
        z[n] = loom_element_number(word);
    }
    return n;
}

/* ---- symbols that a person gives ------------------------------------------------------------- */

/* Also part of a letter outside ASCII, in UTF-8. */
static bool is_letter(unsigned char c) { return c >= 128 || isalpha(c); }

static bool is_word(const char *given)
{
    bool letter = false;
    char *end;
    for (const char *c = given; *c; c++) {
        letter |= is_letter((unsigned char)*c);
        if (!is_letter((unsigned char)*c) && !strchr("0123456789_+-", *c)) return false;
    }
    strtod(given, &end);
    return letter && (*end || isalpha((unsigned char)*given));
}

int loom_symbol_read(const char *given, char out[16])
{
    size_t n = strlen(given);
    if (n > 15 || !is_word(given)) return LOOM_SYMBOL_REFUSED;
    for (size_t i = 0; i <= n; i++)
        out[i] = (char)(i ? tolower((unsigned char)given[i]) : toupper((unsigned char)*given));
    if (loom_element_number(out)) return LOOM_SYMBOL_ELEMENT;
    if (strcmp(out, "X") != 0) memcpy(out, given, n + 1);
    return LOOM_SYMBOL_NAME;
}

int loom_symbols_find(const char *symbols, const char *given)
{
    char word[16], meant[16];
    int kind = loom_symbol_read(given, meant);
    for (int i = 0; loom_symbols_word(symbols, i, word); i++)
        if (!strcmp(word, given)) return i;
    for (int i = 0; kind && loom_symbols_word(symbols, i, word); i++)
        if (!strcmp(word, meant)) return i;
    return -1;
}

static bool refuse_symbol(loom_call *call, const char *parameter, const char *given)
{
    char *end;
    long z = strtol(given, &end, 10);
    const char *meant =
        *given && !*end ? loom_element_symbol((int)(z < 1 || z > 200 ? 0 : z)) : NULL;
    if (meant)
        call->host->fail(call, LOOM_E_PARAM, parameter,
                         "'%s' holds the number %s; write the chemical symbol, %s", parameter,
                         given, meant);
    else
        call->host->fail(
            call, LOOM_E_PARAM, parameter,
            "'%s' holds '%.60s', which is not a symbol; expected a chemical symbol such "
            "as Pd, X, or a name of at most 15 letters and digits",
            parameter, given);
    return false;
}

bool loom_symbols_read(loom_call *call, const char *parameter, const loom_strings *given, char *out,
                       size_t room)
{
    assert(room > 0);
    const loom_host *h = call->host;
    size_t used = 0;
    char word[16];
    *out = 0;
    for (int64_t i = 0; i < given->n; i++) {
        if (!loom_symbol_read(given->v[i], word))
            return refuse_symbol(call, parameter, given->v[i]);
        int same = loom_symbols_find(out, word);
        if (same >= 0)
            return h->fail(call, LOOM_E_PARAM, parameter,
                           "'%s' names %s twice, as entries %d and %lld; each species has one "
                           "symbol",
                           parameter, word, same, (long long)i),
                   false;
        if (used + (i > 0) + strlen(word) + 1 > room)
            return h->fail(call, LOOM_E_PARAM, parameter, "'%s' holds too many symbols, %lld",
                           parameter, (long long)given->n),
                   false;
        used += (size_t)snprintf(out + used, room - used, "%s%s", i ? " " : "", word);
    }
    return true;
}

void loom_symbols_warn(loom_call *call, const char *parameter, const char *symbols)
{
    char word[16];
    for (int i = 0; loom_symbols_word(symbols, i, word); i++)
        if (!loom_element_number(word) && strcmp(word, "X") != 0)
            call->host->warn(
                call, parameter,
                "'%s' is not a chemical element; ops that need masses or atomic numbers "
                "cannot use these atoms",
                word);
}
