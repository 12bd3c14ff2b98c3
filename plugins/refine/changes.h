/* refine/changes.h - atoms taken out of a fit, joined and put in, with a row for every change. */
#ifndef REFINE_CHANGES_H
#define REFINE_CHANGES_H
#include "kit/fit_scores.h"

typedef enum change_kind { CHANGE_REMOVED = -1, CHANGE_JOINED = 0, CHANGE_ADDED = 1 } change_kind;

/* One change. `gain`: by how much the logarithm of the likelihood rises (added) or falls (removed),
 * to second order; of atoms that are joined it is not known and 0. */
typedef struct change {
    change_kind kind;
    int64_t round;
    double at[3], height, gain; /* at: pixels */
} change;

typedef struct change_log {
    loom_call *call;
    int64_t n, room, round;
    change *row;         /* scratch of the call */
    int64_t established; /* so many atoms, the first ones, were there when springs went */
    int64_t *origin;     /* [room of the fit] which atom of the start each one was; -1: added */
    bool lost;           /* out of memory (reported) */
} change_log;

/* What is asked of an atom: its likelihood over that of no atom, z^2 / 2, must be above `gain`, and
 * above it by as much as its height is unlike those of sure atoms: minus the logarithm of how
 * common it is among them, at most `most`. `count`: sure atoms by the logarithm of their height, in
 * bins of `step` (0: too few to say) from `low` on. */
enum { DEMAND_BINS = 96 };
typedef struct demand {
    double gain, low, step, count[DEMAND_BINS], most;
} demand;

/* From the atoms whose z is beyond twice the gain. `error`[n][LOOM_ATOM]. [any] */
demand demand_make(const loom_fit *f, const double *error, double z, double most);
/* An atom's height is known to one part in z: so much further may it lie from those of others. */
bool demand_meets(const demand *d, double height, double z);
/* The z at which an atom that has `height` at `z` would no longer meet the demand, were its height
 * lower by chance. */
double demand_least(const demand *d, double height, double z);
/* Whether two points with heights h[2] and their errors e[2] are more like one atom than like two:
 * by how common both heights are, and their sum. True where too little is known. */
bool demand_joins(const demand *d, const double h[2], const double e[2]);

/* All return the number of atoms that came or went, -1 when out of memory (reported). The fit must
 * be measured anew afterwards. [main] */

/* Atoms whose height over `error`[n][LOOM_ATOM] does not meet the demand; of those nearer than
 * `alone` pixels to each other only the least likely, since the others take over what it explained.
 * Those that are established, and while springs hold those with about as many neighbours at the
 * springs' length as sure atoms have, need only be likelier than no atom: the threshold is that of
 * chance at any place, and their place is known. */
int64_t changes_remove(loom_fit *f, const double *error, const demand *d, double alone,
                       change_log *log);

/* Atoms nearer to each other than `apart` pixels become one, in the middle of what they scatter;
 * with a demand (may be NULL) only those that are more like one than like two. */
int64_t changes_join(loom_fit *f, double apart, const double *error, const demand *d,
                     change_log *log);

/* The maxima of `s` that meet the demand, `most` of them at most, none nearer than `apart` pixels
 * to an atom that was there or came before, nor where one was removed since round `since`: what
 * came and went there once would do so again. */
int64_t changes_add(loom_fit *f, const loom_scores *s, const loom_chance *c, const demand *d,
                    double apart, int64_t since, int64_t most, change_log *log);
#endif
