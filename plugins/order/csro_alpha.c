/* order/csro_alpha.c - the Warren-Cowley parameters of pooled neighbours. */
#include "csro.h"
#include <assert.h>

bool csro_alpha(double p, double cj, bool same, double *alpha)
{
    assert(p >= 0 && p <= 1);
    double span = (same ? 1 : 0) - cj;
    *alpha = span != 0 ? (p - cj) / span : 0;
    return span != 0;
}

void csro_pool(const csro_work *w, int64_t at, int64_t *counts)
{
    LOOM_ASSERT_HOT(w->atoms.species[at] >= 0 && w->atoms.species[at] < w->kinds);
    int64_t *row = counts + (int64_t)w->atoms.species[at] * w->kinds;
    for (int64_t k = w->nb.first[at]; k < w->nb.first[at + 1]; k++)
        row[w->atoms.species[w->nb.list[k]]]++;
}

void csro_alphas(const csro_work *w, const int64_t *counts, double *alpha)
{
    assert(w->kinds > 0 && w->kinds <= LOOM_SPECIES_MOST);
    for (int32_t i = 0; i < w->kinds; i++) {
        int64_t sum = 0;
        for (int32_t j = 0; j < w->kinds; j++) sum += counts[i * w->kinds + j];
        for (int32_t j = 0; j < w->kinds; j++) {
            double *a = &alpha[i * w->kinds + j];
            if (!sum
                || !csro_alpha((double)counts[i * w->kinds + j] / (double)sum, w->c[j], i == j, a))
                *a = 0;
        }
    }
}
