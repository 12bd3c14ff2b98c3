/* kit/level.h - levels of images: what a pixel without specimen holds, and what bright ones hold.
 */
#ifndef LOOM_KIT_LEVEL_H
#define LOOM_KIT_LEVEL_H
#include <atomloom/op.h>

/* The background of the tilt series at `port`: its attribute `background` (0 where it has none)
 * plus `more`, the parameter of the op. In units of the images. [main] */
static inline double loom_background(loom_call *call, const char *port, double more)
{
    double known = 0;
    call->host->number(call->host->input(call, port, 0), "background", &known);
    return known + more;
}

/* Mean of those of n numbers that lie above the mean of all: a level that noise and a few outliers
 * do not move. 0 where none does. [any] */
double loom_bright_level(const float *v, int64_t n);
#endif
