/* order/csro.h - what the files of order.csro share: the atoms in use, their neighbours, and the
 * Warren-Cowley parameters of pooled counts. */
#ifndef ATOMLOOM_ORDER_CSRO_H
#define ATOMLOOM_ORDER_CSRO_H
#include <atomloom/op.h>
#include "kit/assert_hot.h"
#include "kit/atoms.h"
#include "kit/cells.h"

/* Works on the atoms in use only, numbered anew. */
typedef struct csro_work {
    loom_atoms atoms;
    int32_t kinds, reference;    /* species of these atoms; the one whose clustering is measured */
    double c[LOOM_SPECIES_MOST]; /* atomic fraction of every species */
    const uint8_t *skip;         /* [atoms.n]: atoms left out; NULL: none */
    loom_neighbours nb;
} csro_work;

/* Whether atom i counts. [any] */
static inline bool csro_used(const csro_work *w, int64_t i)
{
    LOOM_ASSERT_HOT(i >= 0 && i < w->atoms.n);
    return !w->skip || !w->skip[i];
}

/* Fills `nb` with atoms in use: from the port `neighbours` where it is given, else those within
 * `*cutoff` angstrom, which is found where it is 0. [main] */
loom_status csro_find_neighbours(loom_call *call, csro_work *w, double *cutoff);

/* The parameter alpha of neighbours that are species j in the fraction p, where the atoms are so
 * in the fraction cj; `same`: about centres of j. False where it is undefined. [any] */
bool csro_alpha(double p, double cj, bool same, double *alpha);

/* counts[i * kinds + j] += neighbours of species j around atom `at`, in the row of its own species
 * i. [any] */
void csro_pool(const csro_work *w, int64_t at, int64_t *counts);

/* alpha[i * kinds + j] from pooled counts, 0 where there are no neighbours. [any] */
void csro_alphas(const csro_work *w, const int64_t *counts, double *alpha);

/* Fills the output `global`: a row for each ordered pair of species. [main] */
loom_status csro_write_global(loom_call *call, const csro_work *w);

/* Fills the output `means` from the columns of the atoms, each [atoms.n]. [main] */
loom_status csro_write_means(loom_call *call, const csro_work *w, const double *csro,
                             const double *fraction, const uint8_t *defined);
#endif
