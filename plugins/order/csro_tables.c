/* order/csro_tables.c - the tables of order.csro: of pairs of species, and means over atoms. */
#include "csro.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The symbols as the categories of a column, after the word `first` where there is one. */
static void set_categories(loom_call *call, loom_value *table, const char *name, const char *first,
                           const loom_atoms *atoms)
{
    char text[17 * (LOOM_SPECIES_MOST + 1)], word[16];
    size_t bytes = (size_t)snprintf(text, sizeof text, "%s", first);
    for (int32_t s = 0; s < atoms->kinds; s++) {
        loom_symbols_word(atoms->symbols, s, word);
        bytes +=
            (size_t)snprintf(text + bytes, sizeof text - bytes, "%s%s", bytes ? "\n" : "", word);
    }
    call->host->set_text(call, table, name, text);
}

loom_status csro_write_global(loom_call *call, const csro_work *w)
{
    const loom_host *h = call->host;
    loom_value *t = h->output(call, "global");
    int64_t rows = (int64_t)w->kinds * w->kinds, centres[LOOM_SPECIES_MOST] = { 0 };
    int64_t *counts = h->scratch(call, (size_t)rows * sizeof *counts);
    int32_t *centre = h->add_array(call, t, "centre", LOOM_I32, 1, &rows, ""),
            *neighbour = h->add_array(call, t, "neighbour", LOOM_I32, 1, &rows, "");
    double *alpha = h->add_array(call, t, "alpha", LOOM_F64, 1, &rows, ""),
           *symmetric = h->add_array(call, t, "alpha_symmetric", LOOM_F64, 1, &rows, "");
    double *p = h->add_array(call, t, "p", LOOM_F64, 1, &rows, ""),
           *c = h->add_array(call, t, "concentration", LOOM_F64, 1, &rows, "");
    int64_t *n = h->add_array(call, t, "centres", LOOM_I64, 1, &rows, ""),
            *bonds = h->add_array(call, t, "neighbours", LOOM_I64, 1, &rows, "");
    if (!counts || !centre || !neighbour || !alpha || !symmetric || !p || !c || !n || !bonds)
        return LOOM_E_MEMORY;
    memset(counts, 0, (size_t)rows * sizeof *counts);
    for (int64_t i = 0; i < w->atoms.n; i++) {
        if (!csro_used(w, i)) continue;
        csro_pool(w, i, counts);
        centres[w->atoms.species[i]]++;
    }
    csro_alphas(w, counts, alpha);
    for (int32_t i = 0; i < w->kinds; i++)
        for (int32_t j = 0; j < w->kinds; j++) {
            int64_t row = i * w->kinds + j, sum = 0;
            for (int32_t k = 0; k < w->kinds; k++) sum += counts[i * w->kinds + k];
            centre[row] = i;
            neighbour[row] = j;
            symmetric[row] = 0.5 * (alpha[row] + alpha[j * w->kinds + i]);
            p[row] = sum ? (double)counts[row] / (double)sum : 0;
            c[row] = w->c[j];
            n[row] = centres[i];
            bonds[row] = counts[row];
        }
    set_categories(call, t, "categories.centre", "", &w->atoms);
    set_categories(call, t, "categories.neighbour", "", &w->atoms);
    return LOOM_OK;
}

/* Row 0: all centres; row 1 + s: centres of species s. */
loom_status csro_write_means(loom_call *call, const csro_work *w, const double *csro,
                             const double *fraction, const uint8_t *defined)
{
    assert(w->reference >= 0 && w->reference < w->kinds);
    const loom_host *h = call->host;
    loom_value *t = h->output(call, "means");
    int64_t rows = w->kinds + 1;
    double cr = w->c[w->reference];
    int32_t *centre = h->add_array(call, t, "centre", LOOM_I32, 1, &rows, "");
    double *a = h->add_array(call, t, "mean", LOOM_F64, 1, &rows, ""),
           *b = h->add_array(call, t, "mean_of_p", LOOM_F64, 1, &rows, "");
    double *deviation = h->add_array(call, t, "deviation", LOOM_F64, 1, &rows, "");
    int64_t *count = h->add_array(call, t, "count", LOOM_I64, 1, &rows, "");
    if (!centre || !a || !b || !deviation || !count) return LOOM_E_MEMORY;
    for (int64_t row = 0; row < rows; row++) {
        double sum = 0, sum_p = 0, squares = 0;
        for (int64_t i = 0; i < w->atoms.n; i++) {
            if (!defined[i] || (row && w->atoms.species[i] != row - 1)) continue;
            sum += csro[i];
            sum_p += fraction[i];
            count[row]++;
        }
        centre[row] = (int32_t)row;
        if (!count[row]) continue;
        double n = (double)count[row];
        a[row] = sum / n;
        b[row] = cr < 1 ? (sum_p / n - cr) / (1 - cr) : 0;
        for (int64_t i = 0; i < w->atoms.n; i++)
            if (defined[i] && (!row || w->atoms.species[i] == row - 1))
                squares += (csro[i] - a[row]) * (csro[i] - a[row]);
        deviation[row] = n > 1 ? sqrt(squares / (n - 1)) : 0;
    }
    set_categories(call, t, "categories.centre", "all", &w->atoms);
    h->set_text(call, t, "reference", h->text(h->output(call, "atoms"), "csro_reference"));
    h->set_number(call, t, "concentration", cr, "");
    return LOOM_OK;
}
