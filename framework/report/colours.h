/* report/colours.h - numbers as colours. */
#ifndef ATOMLOOM_REPORT_COLOURS_H
#define ATOMLOOM_REPORT_COLOURS_H
#include "report/axis.h"

typedef enum ramp { RAMP_GREY, RAMP_SEQUENTIAL, RAMP_DIVERGING } ramp;
/* "grey", "sequential", "diverging"; another or NULL: `otherwise` */
ramp ramp_named(const char *name, ramp otherwise);
/* t from 0 to 1 (clipped; not a number: mid grey). Even steps of t look like even steps. */
void ramp_colour(ramp r, double t, uint8_t rgb[3]);
/* Numbers from low to high as colours; `below`, `above`: others lie beyond, in the colour of that
 * end. */
typedef struct ramp_range {
    ramp ramp;
    double low, high;
    bool below, above;
} ramp_range;
/* A bar from low to high with both numbers and a name: w wide, about 34 high. */
void ramp_bar(picture *p, double x, double y, double w, const ramp_range *range, const char *name);
/* A scale bar with its length, for a picture whose unit is `per_unit` points: y is its top. */
void scale_bar(picture *p, double x, double y, double most, double per_unit, const char *unit);
#endif
