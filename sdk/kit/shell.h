/* kit/shell.h - how far neighbours are apart: the first peak of the pair distribution. */
#ifndef LOOM_KIT_SHELL_H
#define LOOM_KIT_SHELL_H
#include <atomloom/op.h>

/* Distance at the first peak of the pair distribution of point[n][stride] (x, y, z first), in the
 * unit of the points. *found is 0 where there is no peak: fewer than four points, or points spread
 * as at random. Scratch of the call. False when out of memory (reported). [main] */
bool loom_shell_distance(loom_call *call, int64_t n, const double *point, int64_t stride,
                         double *found);
#endif
