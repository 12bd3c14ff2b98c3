/* align/spectrum.h - images moved by parts of a pixel and brought to larger pixels, through their
 * Fourier transforms. */
#ifndef ALIGN_SPECTRUM_H
#define ALIGN_SPECTRUM_H
#include <atomloom/op.h>
#include <math.h>

/* Samples of an axis of n after binning (a multiple of a half): so many that both before and after
 * padding the count is even and sample n/2 stays the rotation centre. */
static inline int64_t spectrum_binned(int64_t n, double binning)
{
    if (binning == 1) return n;
    int64_t even = 2 * binning == 2 * floor(binning) ? 2 : 4;
    return even * (int64_t)ceil((double)n / (binning * (double)even));
}

typedef struct spectrum_job {
    int64_t nt, ny, nx; /* of src */
    const float *src;   /* [nt][ny][nx] */
    /* taken off every pixel; what lies beyond the images is taken to be at this level */
    float level;
    /* [nt][2] x, y: how far the content moves, in pixels of src; NULL: nowhere */
    const double *shift_px;
    double binning; /* 1: same pixels. Otherwise averages over this many, free of aliasing */
    /* [nt][binned ny][binned nx]; the mean is kept, so is the flux when binning is 1 */
    float *dst;
    int threads;
} spectrum_job;

/* False when out of memory (reported). The same bytes for any number of threads. [main] */
bool spectrum_move(loom_call *call, const spectrum_job *job);

/* The images of a series moved by shift_px [nt][2] into its output of the same name, `tilts`, with
 * `level` for what comes in at an edge: dst was made by moved_begin. [main] */
float *moved_begin(loom_call *call, const loom_array *images, const loom_array *angles);
loom_status moved_finish(loom_call *call, const loom_array *images, double level,
                         const double *shift_px, float *dst);
#endif
