/* kit/fit_scores.h - where the residual of a fit asks for an atom that the model lacks, and how
 * likely chance asks as loudly. */
#ifndef LOOM_KIT_FIT_SCORES_H
#define LOOM_KIT_FIT_SCORES_H
#include "kit/fit.h"

/* A place, the height that the residual has for an atom there with all else as modelled, and z:
 * that height over its standard deviation. */
typedef struct loom_score {
    double at[3], height, z; /* at: pixels, as atoms */
} loom_score;

/* Local maxima (z > 0) and minima (z < 0) of the map of scores at places between `inner` and
 * `outer` pixels from the nearest atom, highest |z| first. */
typedef struct loom_scores {
    int64_t maxima, minima;
    loom_score *maximum, *minimum; /* scratch of the call */
} loom_scores;

/* Of the model as measured; afterwards it must be measured anew (images of the fit are used as work
 * space). One width, that of class 0. False when out of memory (reported). [main] */
bool loom_fit_scores(loom_fit *f, double inner, double outer, loom_scores *out);
void loom_fit_scores_free(loom_fit *f, loom_scores *s);

/* What chance alone makes of the map, from its minima: no atom scatters negatively. */
typedef struct loom_chance {
    double from, spread; /* z beyond which the tail was looked at; 1 where the model is exact and
                            atoms stand alone */
    double count;        /* minima beyond `from` */
} loom_chance;
loom_chance loom_fit_chance(const loom_scores *s);
/* Number of maxima beyond z that chance makes in this map, and z beyond which it makes `number`. */
double loom_chance_number(const loom_chance *c, double z);
double loom_chance_z(const loom_chance *c, double number);
#endif
