/* align/peaks.h - where points are: maxima of a volume, and of the residual cast back; points that
 * share one place become one. */
#ifndef ALIGN_PEAKS_H
#define ALIGN_PEAKS_H
#include "bundle.h"

/* The first points of a bundle, from a reconstruction [n2][n1][n0] of `binning` pixels per voxel; n
 * is set. False when out of memory. [main] */
bool peaks_begin(bundle *b, const float *volume, const int64_t n[3], double binning);

/* Drops points of less than `fraction` of the median amplitude, and joins those less than `apart`
 * pixels from each other. Returns how many went, -1 when out of memory. [main] */
int64_t peaks_prune(bundle *b, double fraction, double apart);

/* New points where the residual, filtered with the image of a point and cast back, promises at
 * least `fraction` of the median amplitude, `apart` pixels or more from the others. After
 * bundle_measure. Returns how many, -1 when out of memory. [main] */
int64_t peaks_add(bundle *b, double fraction, double apart);
#endif
