/* align/tomogram.h - one scale of the refinement: the volume and the poses, descending together. */
#ifndef ALIGN_TOMOGRAM_H
#define ALIGN_TOMOGRAM_H
#include "kit/descent.h"
#include "pose.h"

typedef struct tomogram {
    loom_call *call;
    int64_t nt, ny, nx, nz;
    double binning; /* pixels of the series to one of these */
    int threads;
    bool positive;
    float *images;    /* [nt][ny][nx] without background */
    uint8_t *mask;    /* [nz][ny][nx], or NULL: everywhere */
    float *volume;    /* [nz][ny][nx]: where to start; the result after tomogram_store */
    float *projected; /* [nt][ny][nx] of the last volume */
    /* [nt][ny][nx] of the volume times its coordinate z, or x in a steep view (see tomogram_uses_x)
     */
    float *depth;
    loom_descent steps;   /* the volume u, and where it moves */
    uint8_t *support;     /* the mask as a state, or NULL */
    float *v, *weighted;  /* volume states: u carried on by the momentum; v times a coordinate */
    float *plain, *state; /* a volume in plain order; an image state */
    double *view;         /* [nt][5] angles and shifts as the projector takes them */
    double largest;       /* eigenvalue of A' A */
    double step;          /* as a fraction of 1 / largest */
} tomogram;

/* The coordinate that `depth` weighs with: the one that runs more along the beam. */
static inline bool tomogram_uses_x(const double r[9]) { return r[2] * r[2] > r[8] * r[8]; }

/* Memory and the longest stable step for these poses. Sizes, images, mask and volume are set by the
 * caller. */
bool tomogram_open(tomogram *t, const pose *poses);
/* One step of `steps`. `projected` is that of v, `depth` too where wanted. */
bool tomogram_step(tomogram *t, const pose *poses, bool want_depth);
/* `volume` and `projected` of u itself. */
bool tomogram_store(tomogram *t, const pose *poses);
void tomogram_close(tomogram *t);
#endif
