/* kit/projector_inside.h - what the files of the projector share; not for ops. */
#ifndef LOOM_KIT_PROJECTOR_INSIDE_H
#define LOOM_KIT_PROJECTOR_INSIDE_H
#include "kit/projector.h"

/* Lines along y are worked on in blocks of 16 floats, one cache line: the samples of all views around one (x, z), 50 views or so of
 * two to five lines, then stay in the first-level cache. A last block may be 8 wide. */
enum { BLOCK = 16, VECTOR = 8 };
/* Euler: rows of constant z taken together. Their footprints on the detector overlap, so each detector line is fetched once for all. */
enum { ROWS = 4 };
/* Single axis: side of the square tiles of lines, a multiple of VECTOR. */
enum { TILE = 16 };

typedef float v8f __attribute__((vector_size(32), may_alias));             /* at a multiple of 32 bytes */
typedef int32_t v8i __attribute__((vector_size(32), may_alias));
typedef float v8u __attribute__((vector_size(32), aligned(4), may_alias)); /* anywhere */

/* Where a view puts the volume, on its (sheared) detector: s along the rows' normal, t along the image of the y axis.
 * s = sx x + sz z and t = y + tx x + tz z with x, y, z from the volume's centre, in pixels; `oversampling` samples to a unit of s. */
typedef struct view {
    double sx, sz, tx, tz;
    double n[2], e[2];      /* unit normal of the rows; image of the unit y vector */
    double shift[2];
    float blur_t;           /* half the mean variance of the linear sharing along t, in square samples */
    bool direct;            /* looks so nearly along y that the shear would be steep: voxels are projected one by one */
    double r[9];
} view;

/* What one thread works in. */
typedef struct workspace {
    float *base_s, *base_t;    /* [ROWS][views] position of the first voxel of a row; views: nt rounded up to VECTOR */
    int32_t *at;               /* [views] of the sample before the point */
    float *w0, *w1, *u0, *u1;  /* [views] weights of the two samples: along s, along t */
    float *rows;               /* [ROWS or TILE][vx][BLOCK] sums of a back-projection */
    float *tile;               /* single axis: [TILE][TILE][block] lines of one tile */
    float *slab;               /* single axis: [nt][ns][block] padded images of one block; Euler: one view, [pixels along s][nts] */
} workspace;

struct loom_projector_inside {
    view *view;
    float *sx, *tx;            /* [nt, and room for a vector beyond] steps along a row of the volume, in samples, as the kernels use them */
    float *base;               /* single axis: [vz][views] position of the first voxel of a row, in samples */
    int oversampling;
    int64_t views;             /* nt rounded up to VECTOR */
    int64_t blocks;            /* of the volume along y */
    int64_t vy8;               /* vy rounded up to VECTOR */
    int64_t ns, s_centre;      /* samples of the padded detector along s; index of s = 0, a multiple of the oversampling */
    int64_t nts, t_centre;     /* along t (Euler path): index of the first voxel of a line whose t offset is 0 */
    float *sheared;            /* Euler path: [nt][ns][nts] */
    workspace *work;           /* one per thread */
    void *memory;
};

/* All zero, of either sign: outside the support, or clipped; often most of the volume. */
static inline __attribute__((always_inline)) bool line_is_empty(const float *line, int vectors)
{
    const v8i *v = (const v8i *)line;
    v8i any = v[0] | v[vectors - 1];
    int32_t bits = 0;
    for (int i = 0; i < VECTOR; i++) bits |= any[i];
    return (bits & INT32_MAX) == 0;
}

static inline int64_t block_width(const struct loom_projector_inside *in, int64_t block)
{
    int64_t left = in->vy8 - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* base[k] of the views first .. end-1 for the row z: slab position of its first voxel along s (and t, unless NULL). */
void projector_row_base(const loom_projector *p, int64_t first, int64_t end, int64_t z, float *base_s, float *base_t);

void axis_project(const loom_projector *p, int64_t first, int64_t end, const float *volume, float *images);
void axis_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images, loom_sink *sink, void *user);
void euler_project(const loom_projector *p, int64_t first, int64_t end, const float *volume, float *images);
void euler_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images, loom_sink *sink, void *user);
/* Samples [fine][width] of one view to pixels [coarse][width] along s, pixel 0 centred on sample `first`; and the transpose. All of
 * the destination is written; samples and pixels beyond the ends are zero. `width` is a multiple of VECTOR. */
void samples_to_pixels(int oversampling, int64_t fine, int64_t first, int64_t coarse, int64_t width, const float *src, float *restrict dst);
void pixels_to_samples(int oversampling, int64_t fine, int64_t first, int64_t coarse, int64_t width, const float *src, float *restrict dst);
/* Between the sheared detector and the real one, one view at a time; `sheared` is filtered in place. */
void shear_to_image(const loom_projector *p, int64_t k, float *sheared, float *image, workspace *w);
void image_to_shear(const loom_projector *p, int64_t k, const float *image, float *sheared, workspace *w);
/* Views that look along y: voxel by voxel. `direct_gather` adds to sum[0..count) of the line (x, y0.., z). */
void direct_project(const loom_projector *p, int64_t k, const float *volume, float *image);
void direct_gather(const loom_projector *p, int64_t k, const float *image, int64_t x, int64_t y0, int64_t z, int64_t count, float *sum);
#endif
