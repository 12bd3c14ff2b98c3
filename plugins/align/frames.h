/* align/frames.h - what the parts of align.frames share: where the scans of each tilt lie
 * (frame_place.c), and their sum (frame_sum.c). */
#ifndef ALIGN_FRAMES_H
#define ALIGN_FRAMES_H
#include "kit/noise.h"
#include "rivals.h"

typedef struct frame_state {
    double x, y;        /* displacement from the mean of the frames added, pixels */
    double correlation; /* with the sum of the others, over what the noise allows */
    int64_t rivals;     /* other displacements that the images do not exclude */
    bool kept;
} frame_state;

typedef struct stack {
    const float *src; /* [nt][nf][ny][nx] */
    int64_t nt, nf, ny, nx;
    registrar r;
    fftwf_plan back; /* spectrum -> image */
    double max_px;
    const loom_noise *noise; /* [nt], or NULL: not known */
    bool lines;              /* undo the drift within frames */
    frame_state *state;      /* [nt][nf] */
    double *drift;           /* [nt][2] per frame */
    float *dst;              /* [nt][ny][nx] */
    int threads;
} stack;

/* of one thread */
typedef struct workspace {
    float *work, *image;
    float complex *spec, *product, *sum, *total, *placed; /* spec: [nf] spectra */
    float *signal, *peaks, *rings; /* [ny][hx] power of the object; see registrar_power */
    double *noise;                 /* [nf] */
    int32_t *covered;              /* [ny][nx] frames that reach a pixel */
    rival_room room;
} workspace;

/* A frame whose correlation with the others is below this share of the median of all frames shows
 * something else. */
#define MIN_CORRELATION 0.4

int64_t count_kept(const stack *s, int64_t it);

/* state and drift of a tilt, each frame where the images exclude all other displacements, or else
 * nearest to the frame before. */
void place_tilt(const stack *s, int64_t it, workspace *w);
/* The same after frames were left out: displacements change by fractions. */
void place_again(const stack *s, int64_t it, workspace *w);

/* dst of a tilt: the sum as if every frame had reached every pixel and none had been left out. */
void sum_tilt(const stack *s, int64_t it, workspace *w);

/* sum += factor * spec moved back by a displacement (x, y). */
void add_moved(const registrar *r, const float complex *spec, double x, double y, float factor,
               float complex *restrict sum);
#endif
