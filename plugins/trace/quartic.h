/* trace/quartic.h - the place of a maximum between the samples: a local quartic, fitted with a
 * Gaussian weight. */
#ifndef ATOMLOOM_TRACE_QUARTIC_H
#define ATOMLOOM_TRACE_QUARTIC_H
#include <stdbool.h>
#include <stdint.h>

enum {
    QUARTIC_MAX_RADIUS = 8,
    QUARTIC_WINDOW =
        (2 * QUARTIC_MAX_RADIUS + 1) * (2 * QUARTIC_MAX_RADIUS + 1) * (2 * QUARTIC_MAX_RADIUS + 1)
};

/* How a candidate ended. The numbers are those of the published code. */
enum {
    TRACE_ACCEPTED = 0,
    TRACE_NO_MAXIMUM = -1,
    TRACE_LEFT_WINDOW = -2,
    TRACE_TOO_CLOSE = -3,
    TRACE_NOT_CONVERGED = -4,
    TRACE_AT_BORDER = -5
};

typedef struct quartic_rule {
    int64_t radius; /* R: the window is |q| <= R + 1/2, or the whole box */
    bool box;
    double alpha; /* weight exp(-alpha |q - s|^2 / R^2) on the residual */
    double clamp; /* Q: longest step along one axis, in samples */
    int64_t iterations;
    int64_t stable_steps; /* accept after so many in a row that needed no clamp */
} quartic_rule;

typedef struct quartic_peak {
    int flag;
    /* the curvature at the end is negative in every direction; false at a saddle, which the
     * published flags let pass */
    bool is_maximum;
    double shift[3]; /* from the central sample, in samples; x, y, z */
    /* of the fitted maximum; width: sigma of the Gaussian with that curvature, in samples */
    double height, width;
    double last_step; /* longest component of the last step */
} quartic_peak;

/* Fit around the centre of `window`, (2R+1)^3 numbers, z slowest. [any] */
void quartic_fit(const quartic_rule *rule, const double *window, quartic_peak *out);
#endif
