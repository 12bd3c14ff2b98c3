/* classify/profiles.h - the density about every atom as a row of numbers, and what becomes of
 * labels. */
#ifndef CLASSIFY_PROFILES_H
#define CLASSIFY_PROFILES_H
#include "kit/check.h"
#include "kit/sample.h"
#include <string.h>

/* Parameters that the ops which compare profiles share: a member `set` of their parameters. */
typedef struct profile_settings {
    int64_t radius, upsampling;
    int32_t window, interpolation;
} profile_settings;
enum { PROFILE_BOX, PROFILE_BALL, PROFILE_MOST_RADIUS = 8 };
static const char *const profile_windows[] = { "box", "ball", NULL },
                         *const profile_interpolations[] = { "linear", "cubic", NULL };
#define PROFILE_PARAMS(S, cubic) \
    LOOM_PARAM_IN(S, set, radius, .def = 3, .min = 0, .max = PROFILE_MOST_RADIUS, \
                  .doc = "samples on each side of the atom: 3 compares 7x7x7"), \
        LOOM_PARAM_IN(S, set, upsampling, .def = 1, .min = 1, .max = 8, \
                      .doc = "samples per voxel along each axis; the window shrinks with it"), \
        LOOM_PARAM_IN(S, set, window, .choices = profile_windows, \
                      .doc = "the whole cube, or the ball of `radius` + 1/2"), \
        LOOM_PARAM_IN(S, set, interpolation, .choices = profile_interpolations, .def = cubic, \
                      .flags = LOOM_ADVANCED, \
                      .doc = "of the volume between its voxels; cubic is a not-a-knot spline")

typedef struct profiles {
    int64_t n, length;
    float *value; /* [n][length]; samples outside the volume are 0 */
    double *sum;  /* [n] */
} profiles;

/* The profiles of the atoms at port `atoms` in the volume at `volume`. [main] */
loom_status profiles_read(loom_call *call, const profile_settings *set, profiles *out);
static inline const float *profile_of(const profiles *p, int64_t i)
{
    return p->value + i * p->length;
}

/* mean[k][length] of the profiles of each label 0 .. k-1, by the atoms list[0 .. n-1] (NULL: all
 * of them); count[k]. Labels below 0 count nowhere. A class without atoms has the mean 0. [any] */
void profiles_mean(const profiles *p, int64_t k, const int32_t *label, const int32_t *list,
                   int64_t n, double *mean, int64_t *count);
/* Sum over the window of |profile - mean|, or of its square. [any] */
double profile_distance(const float *profile, const double *mean, int64_t length, bool squares);
#endif
