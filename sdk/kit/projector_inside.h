/* kit/projector_inside.h - what the files of the projector share; not for ops. */
#ifndef LOOM_KIT_PROJECTOR_INSIDE_H
#define LOOM_KIT_PROJECTOR_INSIDE_H
#include "kit/projector.h"

/* Lines of voxels along y are cut into blocks of one vector; the last is padded with zeros. A
 * volume state is [block][z][x][VECTOR], an image state about a single axis
 * [block][tilt][x][VECTOR]. */
enum { VECTOR = LOOM_PROJECTOR_ROWS };
/* Euler: side of the square tiles of lines, a multiple of VECTOR. */
enum { TILE = 16 };
/* Single axis: tiles of STRIP rows by at most RUN voxels. A longer run spreads what it costs to
 * begin a row over more voxels, more rows have more of one phase together, and the tile, 32 bytes
 * to a voxel, should not be much larger than the first-level cache. */
enum { STRIP = 24, RUN = 3 * STRIP };
/* Largest oversampling: samples to a step of the detector. */
enum { PHASES = 3 };
/* Pixels that a sample of the detector goes to, when filtered: those less than half as many away.
 */
enum { SPREAD = 8 };

/* at a multiple of 32 bytes */
typedef float v8f __attribute__((vector_size(32), may_alias));
typedef int32_t v8i __attribute__((vector_size(32), may_alias));
typedef float v8u __attribute__((vector_size(32), aligned(4), may_alias)); /* anywhere */

/* Where a view puts the volume, on its (sheared) detector: s along the rows' normal, t along the
 * image of the y axis. s = sx x + sz z and t = y + tx x + tz z with x, y, z from the volume's
 * centre, in pixels.
 *
 * The detector's samples follow the voxels: of the two axes across y, the one that runs more across
 * the beam is the view's `along`, its step on the detector the `pitch` (0.7 to 1 pixel, of either
 * sign), and `oversampling` samples lie to a pitch. In q = s / pitch a step along is exactly 1, so
 * all voxels of a row fall on the detector with the same fraction of a sample: one pair of weights
 * serves a row. */
typedef struct view {
    double sx, sz, tx, tz;
    bool along_z;       /* rows of the view run along z; along x otherwise */
    double pitch;       /* pixels: sx or sz; 1 without oversampling */
    int64_t low, count; /* the samples cover q = low .. low + count - 1 */
    double n[2], e[2];  /* unit normal of the rows; image of the unit y vector */
    double shift[2];
    /* half the mean variance of the linear sharing along t, in square samples */
    float blur_t;
    /* looks so nearly along y that the shear would be steep: voxels are projected one by one */
    bool direct;
    double r[9];
    struct taps *taps; /* between samples and pixels along s */
} view;

/* A row of voxels on the samples of a view: voxel i lies at or, by the row's phase, beyond index s
 * + i; the sample after that has weight w1. */
typedef struct place {
    int32_t s;
    float w1;
} place;

/* What one thread works in. */
typedef struct workspace {
    /* sums of a back-projection: single axis [z of a slab][vx][VECTOR]; Euler [2
     * blocks][TILE][vx][VECTOR] */
    float *rows;
    /* lines of one tile; single axis: with room between rows for what is read beyond their ends */
    float *tile;
    /* single axis: samples of all views, one block; Euler: one view, [pixels along s][nts] */
    float *slab;
} workspace;

struct loom_projector_inside {
    view *view;
    int oversampling;
    int64_t blocks; /* of the volume along y */
    /* single axis */
    int64_t lines; /* the larger of vx and vz */
    place *place;  /* [nt][lines] */
    /* [nt][lines] within each strip its rows, those of one phase after the other */
    uint8_t *order;
    uint8_t *phase_rows; /* [nt][strips][PHASES] how many of them have each phase */
    /* [nt + 1] of a view's samples in a slab, in vectors; its layout is [phase][count][VECTOR] */
    int64_t *slab_at;
    int64_t run_x, run_z; /* length of a tile along x, along z */
    /* Euler */
    float *sx, *tx;         /* [nt] steps along a row of the volume, in samples */
    float *base_s, *base_t; /* [nt][vz] position of the first voxel of a row, in samples */
    int64_t ns;             /* samples along s of the widest view */
    int64_t np, p_centre;   /* pixels along s; index of s = 0 */
    int64_t nts, t_centre;  /* along t: index of the first voxel of a line whose t offset is 0 */
    float *sheared;         /* [nt][ns][nts] */
    workspace *work;        /* one per thread */
    void *memory;
};

/* One piece after another out of one allocation, each at a multiple of 64 bytes; with base NULL it
 * only adds up. */
static inline void *projector_carve(char *base, size_t *used, int64_t count, size_t bytes)
{
    void *piece = base ? base + *used : NULL;
    *used += ((size_t)count * bytes + 63) / 64 * 64;
    return piece;
}

/* How far voxels of a row are apart from those of the next, along the rows, in q. */
static inline double view_ratio(const view *v)
{
    return (v->along_z ? v->sx : v->sz) / (v->along_z ? v->sz : v->sx);
}

/* Single axis: room for a tile, in floats; place, order and phase_rows. */
int64_t axis_tile_floats(const struct loom_projector_inside *in);
void axis_place_rows(const loom_projector *p);
void axis_project(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                  float *images);
void axis_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images,
                       loom_sink *sink, void *user);
void euler_project(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                   float *images);
void euler_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images,
                        loom_sink *sink, void *user);

/* ---- samples and pixels along s (projector_filter.c) ----------------------------------------- */
/* Range of q that the filtered pixels 0 .. n-1 depend on, s = 0 at `centre`, widened by one
 * sample's reach at both ends. */
void taps_range(const view *v, int64_t n, int64_t centre, int64_t *low, int64_t *count);
size_t taps_bytes(const view *v, int oversampling, int64_t n);
/* In `memory` of taps_bytes, at a multiple of 64. `variance` of the linear sharing, in square
 * samples: the mean of w (1 - w) over the voxels, w the fraction of a sample that each is beyond
 * one. */
void taps_make(view *v, int oversampling, int64_t n, int64_t centre, double variance, void *memory);
/* Where the sample [phase][i] of a view lies: src + phase_stride * phase + step * i, `width`
 * floats, a multiple of VECTOR. */
typedef struct sample_layout {
    int64_t phase_stride, step, width;
} sample_layout;
/* Samples to pixels [n][width], and the transpose. All of the destination is written. */
void samples_to_pixels(const view *v, sample_layout at, const float *src, float *restrict dst);
void pixels_to_samples(const view *v, sample_layout at, const float *src, float *restrict dst);

/* ---- the sheared detector and the real one, one view at a time (projector_shear.c); `sheared` is
 * filtered in place  */
void shear_to_image(const loom_projector *p, int64_t k, float *sheared, float *image, workspace *w);
void image_to_shear(const loom_projector *p, int64_t k, const float *image, float *sheared,
                    workspace *w);
/* Views that look along y: voxel by voxel. `direct_gather` adds to sum[0..count) of the line (x,
 * y0.., z). */
void direct_project(const loom_projector *p, int64_t k, const float *volume, float *image);
void direct_gather(const loom_projector *p, int64_t k, const float *image, int64_t x, int64_t y0,
                   int64_t z, int64_t count, float *sum);
#endif
