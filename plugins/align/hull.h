/* align/hull.h - the visual hull: voxels that all images allow to be specimen. */
#ifndef ALIGN_HULL_H
#define ALIGN_HULL_H
#include "tomogram.h"

/* support[nz][ny][nx] = 1 where at most one view sees background: less than `fraction` of its
 * bright pixels everywhere within `margin` pixels (of the stage) of where the voxel lands. What
 * lands outside an image is not judged by it. False when out of memory (reported). */
bool hull_make(const tomogram *t, const pose *poses, double fraction, int64_t margin,
               uint8_t *support);
#endif
