/* kit/turn.h - images turned in their plane. */
#ifndef LOOM_KIT_TURN_H
#define LOOM_KIT_TURN_H
#include <stdbool.h>
#include <stdint.h>

/* Quarter turns are exact: `quarters` times 90 degrees from x towards y (anti-clockwise where y
 * points up). `src` [ny][nx]; `dst` has ny and nx exchanged where `quarters` is odd. [any] */
void loom_turn_quarters(const float *src, int64_t ny, int64_t nx, int quarters, float *dst);

/* The image about its centre (nx/2, ny/2), by `angle_deg` from x towards y: cubic convolution
 * (Keys 1981, a = -1/2). What lies outside `src` is `fill`. The result is the mean sum of squared
 * weights over the pixels: the share of white noise's variance that is left. [any] */
double loom_turn_image(const float *src, int64_t ny, int64_t nx, double angle_deg, float fill,
                       float *dst);

/* Is the angle a multiple of 90 degrees? *quarters, 0 to 3. */
bool loom_turn_is_exact(double angle_deg, int *quarters);
#endif
