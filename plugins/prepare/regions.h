/* prepare/regions.h - sets of pixels: parts, holes, disks. A set is 1 for its pixels, 0 elsewhere.
 */
#ifndef PREPARE_REGIONS_H
#define PREPARE_REGIONS_H
#include <stdbool.h>
#include <stdint.h>

/* Otsu's threshold of n finite values (256 bins between the smallest and the largest) and the
 * means below and above it. False where all values are equal. */
typedef struct otsu {
    double threshold, below, above;
} otsu;
bool regions_otsu(const float *v, int64_t n, otsu *out);

/* Numbers the parts (8 neighbours) of a set from 1: label[ny nx]; 0 outside. stack[ny nx] is work
 * space. Returns how many. */
int32_t regions_label(const uint8_t *set, int64_t ny, int64_t nx, int32_t *label, int32_t *stack);

/* set = the pixels within `radius` of it (grow), or those farther than it from all others (shrink;
 * beyond the image counts as inside). work: 2 ny nx + 4 (ny + nx) + 8 floats. */
void regions_grow(uint8_t *set, int64_t ny, int64_t nx, double radius, float *work);
void regions_shrink(uint8_t *set, int64_t ny, int64_t nx, double radius, float *work);

/* Adds what a set encloses. label and stack as above. */
void regions_fill(uint8_t *set, int64_t ny, int64_t nx, int32_t *label, int32_t *stack);
#endif
