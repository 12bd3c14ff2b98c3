/* refine/heights.h - what atoms of one element have in common: how high they are. */
#ifndef REFINE_HEIGHTS_H
#define REFINE_HEIGHTS_H
#include <stdint.h>

enum { HEIGHTS_MOST = 8 };

/* Heights of so many elements: normal densities, and a few atoms that are like none. */
typedef struct heights {
    int64_t count;
    double share[HEIGHTS_MOST], mean[HEIGHTS_MOST], spread[HEIGHTS_MOST]; /* lowest mean first */
} heights;

/* Fits `count` elements to n heights with their standard errors, by expectation and maximisation
 * (Dempster, Laird, Rubin 1977); `spread` is what errors leave over, and at least what the heights
 * can tell of it, (2 / number)^(1/4) of an error. `work`[n]. n >= 1. [any] */
heights heights_fit(int64_t n, const double *height, const double *error, int64_t count,
                    double *work);

/* The normal density that the elements suggest for one atom, `weight` = 1 / variance; 0 where the
 * atom is like none of them. [any] */
void heights_suggest(const heights *m, double height, double error, double *mean, double *weight);
#endif
