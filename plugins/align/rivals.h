/* align/rivals.h - which of several displacements the images exclude.
 *
 * On a lattice the correlation of two images a, b has maxima of nearly one height, a period apart.
 * Its height alone cannot tell them apart where the lattice fills the images: it grows with the
 * overlap of the images. Here each displacement u is judged by the chi-square of what overlaps,
 *     X(u) = sum over x of M(x) M(x + u) [(g_a(x) - g_b(x + u))^2 - v_a(x) - v_b(x + u)],
 * g the images after a filter h of a few pixels, v = h^2 * (variance of a pixel) what noise adds to
 * its square, and M a window that is 0 within `margin` of the edges: nothing reaches around the
 * edges of a transform, and nothing of h reaches beyond them. At the true displacement the mean of
 * X is 0 whatever the overlap, elsewhere it is the sum of squares of the difference. What noise
 * makes of the difference of two X, both true, is known: e_a^2 and e_b^2 are in both, and of the
 * products e_a e_b what is a period apart is nearly the same behind a filter that passes the peaks
 * of a lattice. A displacement is excluded where its X over its overlap is larger than that of
 * another by more than RIVALS_ODDS standard deviations. What it takes to exclude a slip is thus
 * something that is not periodic: an edge, thickness, missing atoms.
 *
 * Two filters have their say, for what they pass is what adds to the variance: one passes where the
 * spectrum is high by itself (peaks and what is next to them: shapes, slow changes), the other
 * wherever the mean over its ring is (single atoms). */
#ifndef ALIGN_RIVALS_H
#define ALIGN_RIVALS_H
#include "register.h"

#define RIVALS_ODDS 4.5 /* standard deviations: 1 in 300,000 */
enum { RIVALS_MAX = 1024 };
typedef enum rival_filter { RIVALS_PEAKS, RIVALS_RINGS, RIVALS_FILTERS } rival_filter;

typedef struct rival {
    double x, y; /* displacement of b from a, pixels */
    double far;  /* squared distance from the one expected */
    double excess[RIVALS_FILTERS], overlap;
    bool excluded;
} rival;

/* An image: pixels [ny][nx], right from (y0, x0) to (y1, x1), outside of which they are not used.
 */
typedef struct rival_image {
    const float *pixels;
    double y0, x0, y1, x1;
    double variance; /* of a pixel, mean over the image */
    double bright;   /* share of the variance that is proportional to the pixel */
} rival_image;

/* What the test makes of an image behind one filter. */
typedef struct rival_view {
    float *wy, *wx; /* the window along each axis */
    float complex *window, *signal, *power;
    double variance, level, energy, uneven;
} rival_view;

/* Of one thread. */
typedef struct rival_room {
    const registrar *r;
    fftwf_plan back;                  /* spectrum -> image; of the caller */
    float *filter, *square;           /* [ny][hx] transforms of h and h^2 */
    float *image, *half;              /* [ny][nx] */
    float complex *spec, *product;    /* a spectrum each */
    double sum, autocorrelation, top; /* of h^2; of squares of h's autocorrelation; largest h^2 */
    double margin[2], fade[2], reach[2]; /* y, x; reach: width of the Gaussian that ends h */
    rival_view a, b;
    rival *list;              /* [RIVALS_MAX] */
    register_maximum *maxima; /* [RIVALS_MAX] */
} rival_room;

/* Displacements up to max_px are to be judged. False: out of memory (reported). */
bool rivals_start(loom_call *call, const registrar *r, fftwf_plan back, double max_px,
                  rival_room *room);

/* Judges n displacements list[] between two images; peaks, rings: [ny][hx], the power of the object
 * as registrar_power gives it, noise: that of the same spectra. Returns how many are left. */
int64_t rivals_judge(rival_room *room, const rival_image *a, const rival_image *b,
                     const float *peaks, const float *rings, double noise, int64_t n);
#endif
