/* kit/pdf.h - distances between the atoms of a particle: pair counts, the pair distribution
 * function, the first shell. */
#ifndef LOOM_KIT_PDF_H
#define LOOM_KIT_PDF_H
#include <atomloom/op.h>

/* Number of a kind of pair: species a, b in any order, of `kinds`. Pairs (0,0), (0,1), ..
 * (0,kinds-1), (1,1), .. */
static inline int32_t loom_pair_kind(int32_t a, int32_t b, int32_t kinds)
{
    int32_t low = a < b ? a : b, high = a < b ? b : a;
    return low * kinds - low * (low - 1) / 2 + (high - low);
}

/* Every pair i < j with |x_i - x_j| < bins * step is counted once: count[kind * bins + floor(r /
 * step)]. `species` NULL: one kind. `count` holds kinds (kinds + 1) / 2 rows of `bins`. False when
 * out of memory or asked to stop (loom_stop says which). [main] */
bool loom_pair_counts(loom_call *call, const double *position, const int32_t *species,
                      int32_t kinds, int64_t n, double step, int64_t bins, int64_t *restrict count);

/* The status after one of the kit's functions returned false: E_CANCELLED where the run was told to
 * stop, else E_MEMORY. [any] */
static inline loom_status loom_stop(loom_call *call)
{
    return call->host->cancelled(call) ? LOOM_E_CANCELLED : LOOM_E_MEMORY;
}

/* dst = src smoothed by a Gaussian of `sigma` bins, cut at 3 bins to either side, edges repeated,
 * weights adding to 1; sigma 0 copies. */
void loom_pdf_smooth(int64_t bins, const double *src, double sigma, double *restrict dst);

typedef struct loom_shell {
    double r1;       /* most frequent nearest-neighbour distance, angstrom */
    double r_valley; /* first minimum behind it: where the first shell ends */
} loom_shell;

/* r1: the highest local maximum of g (smooth, one entry per bin, at (k + 1/2) step) within [low,
 * high], refined by a Gaussian through the peak's upper half. r_valley: the lowest minimum up
 * to 1.5 r1; of a flat bottom (below 1 % of the peak) the middle. False where g has no such peak or
 * valley. [any] */
bool loom_pdf_shell(int64_t bins, double step, const double *g, double low, double high,
                    loom_shell *out);

/* The first shell of a set of atoms: the attributes r1 and r_valley of the table at the optional
 * port `pdf` where one is connected, else measured here from all pairs (bins of 0.02 angstrom, r1
 * within 1 .. 4 angstrom). On failure the message names `parameter`, which sets the distance by
 * hand. [main] */
loom_status loom_first_shell(loom_call *call, const char *pdf, const char *parameter,
                             const double *position, int64_t n, loom_shell *out);

/* The distance up to which atoms are neighbours: `given` where it is above 0, otherwise the first
 * minimum of the pair distribution (loom_first_shell). [main] */
loom_status loom_bond_cutoff(loom_call *call, const char *port, const char *param, double given,
                             const double *position, int64_t n, double *cutoff);
#endif
