/* kit/free.h - data that a fit does not see, to judge it by.
 *
 * A fit explains the data that it was given the better the more freedom it has. Data that were left
 * out are explained better only as long as what is fitted is there, and worse from where noise is
 * fitted (the free R-factor of Brünger 1992, doi 10.1038/355472a0). Header only. */
#ifndef LOOM_KIT_FREE_H
#define LOOM_KIT_FREE_H
#include <stdbool.h>
#include <stdint.h>

/* Is tilt k left out, where one of `every` (2 or more) is? The first is number every/2, so that the
 * ends of a series are fitted. [any] */
static inline bool loom_left_out(int64_t k, int64_t every) { return k % every == every / 2; }

/* The course of a score (lower is better) over iterations 0, 1, ...; begins zeroed. */
typedef struct loom_free {
    int64_t seen, best; /* scores so far; which of them is the least */
    double least;
} loom_free;

/* Takes the next score. True when the least one is so far back that no lower one is to be expected:
 * half as many iterations again, and 5 at least, since accelerated descents go up and down. [any]
 */
static inline bool loom_free_next(loom_free *f, double score)
{
    enum { FEWEST = 5 };
    if (f->seen == 0 || score < f->least) {
        f->least = score;
        f->best = f->seen;
    }
    f->seen++;
    int64_t since = f->seen - 1 - f->best;
    return since >= FEWEST && 2 * since >= f->best;
}
#endif
