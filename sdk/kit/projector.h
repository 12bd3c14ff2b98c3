/* kit/projector.h - projection of a volume along any directions, and its exact transpose.
 *
 * A voxel v lands at the detector point R^T v + shift (types.h). It is shared linearly between two
 * samples of a detector with `oversampling` samples to a step of the voxels across the beam, 0.7 to
 * 1 pixel; the samples then go to pixels through a filter 8 pixels wide. The filter undoes the blur
 * of the sharing and stops what pixels fold back. Since the samples follow the voxels, nothing of
 * the voxel lattice folds onto them (the moire of linear interpolation between pixels, 9 % of a
 * projection at 45 degrees), so a projection has the resolution of the volume: gain within 1 % up
 * to 0.3 cycles per pixel, one half at Nyquist. The back-projection is the transpose of exactly
 * this, weight by weight, to rounding: <A u, w> = <u, A' w>.
 *
 * Two paths, chosen by the angles:
 *   single axis   phi = psi = 0 and no shift along y: weights are the same for all y and along a
 * row, planes of constant y are independent. Euler         anything else. Every view is first made
 * on a detector sheared so that a line of the volume along y falls on one of its rows (again
 * weights shared along y, with a sub-pixel start), then resampled by cubic convolution. It gives
 * the single-axis numbers at phi = psi = 0, at about six times the cost.
 *
 * Volumes and images are kept in the projector's own order while one iterates ("states": y
 * innermost, in blocks that fit the caches, padded with zeros); `load` and `store` convert. A state
 * may be added, scaled and clipped element by element like any array; padding must stay zero. Which
 * image element belongs to which tilt, see `loom_projector_run`. The state of a volume
 * depends on vz, vy and vx alone: one that a projector has made may be given to any other of these
 * sizes, as where poses change between iterations. The state of images depends on the path as well,
 * and goes with one projector; only its memory can be kept (`loom_images_floats`).
 *
 *     loom_projector *a = loom_projector_make(call, &(loom_projector_spec){ .nt = nt, .ny = ny, .nx
 * = nx, .vz = nx, .vy = ny, .vx = nx, .angles_deg = angles, .threads = h->threads(call) }); float
 * *u = h->scratch(call, a->volume_floats * sizeof(float)), *p = h->scratch(call, a->image_floats *
 * sizeof(float)); loom_projector_load_volume(a, density, u); loom_project(a, 0, nt, u, p);
 *     loom_projector_store_images(a, p, images);
 *
 * The same inputs give the same bytes for any number of threads. Functions return nothing, allocate
 * nothing and cannot fail, but for `make`. All are [main] (they start threads themselves), sinks
 * are [any]. */
#ifndef LOOM_KIT_PROJECTOR_H
#define LOOM_KIT_PROJECTOR_H
#include <atomloom/op.h>

typedef struct loom_projector_spec {
    int64_t nt, ny, nx; /* views, rows and columns of the detector */
    /* samples of the volume; its centre n/2 projects onto the detector's centre n/2 */
    int64_t vz, vy, vx;
    const double *angles_deg; /* [nt][3] phi, theta, psi; borrowed while `make` runs */
    const double *shift_px;   /* [nt][2] x', y' added to where a voxel lands, or NULL: none */
    /* 1: plain linear sharing between pixels, no filter, never negative (Euler path); 2, 3: as
     * above; 0 means 3 */
    int oversampling;
    int threads;
    /* the input that sizes come from, for messages; NULL: none is named */
    const char *port;
} loom_projector_spec;

typedef struct loom_projector {
    int64_t nt, ny, nx, vz, vy, vx;
    int64_t image_floats, volume_floats; /* lengths of the states */
    int64_t runs;                        /* stretches of an image state, see loom_projector_run */
    int64_t pieces;                      /* calls that a back-projection makes to its sink */
    bool single_axis;
    int threads;
    struct loom_projector_inside *inside;
} loom_projector;

/* A state is cut into vectors of so many rows along y. */
enum { LOOM_PROJECTOR_ROWS = 8 };
static inline int64_t loom_padded_rows(int64_t ny)
{
    return (ny + LOOM_PROJECTOR_ROWS - 1) / LOOM_PROJECTOR_ROWS * LOOM_PROJECTOR_ROWS;
}
/* Floats of the state of a volume, for every projector: its volume_floats. [any] */
static inline int64_t loom_volume_floats(int64_t vz, int64_t vy, int64_t vx)
{
    return vz * vx * loom_padded_rows(vy);
}
/* Floats that the state of images has at most, on either path: image_floats is not larger. [any] */
static inline int64_t loom_images_floats(int64_t nt, int64_t ny, int64_t nx)
{
    return nt * nx * loom_padded_rows(ny);
}

/* Scratch of the call, about one set of images; cheap (milliseconds), so one may be made for a
 * single view and freed again. NULL after failing: out of memory, or a detector of more than 2^31
 * padded samples. Sizes must be positive, angles finite. */
loom_projector *loom_projector_make(loom_call *call, const loom_projector_spec *spec);
/* earlier than `run` returns; NULL is allowed */
void loom_projector_free(loom_call *call, loom_projector *p);
/* Bytes `make` takes for this spec, for estimates; angles and shifts are looked at unless NULL.
 * [any] */
uint64_t loom_projector_bytes(const loom_projector_spec *spec);

/* Between plain order ([tilt][y][x], [z][y][x]) and states; all of the destination is written.
 * `level` is taken off every pixel. */
void loom_projector_load_images(const loom_projector *p, const float *images, float level,
                                float *state);
void loom_projector_store_images(const loom_projector *p, const float *state, float *images);
void loom_projector_load_volume(const loom_projector *p, const float *volume, float *state);
void loom_projector_store_volume(const loom_projector *p, const float *state, float *volume);

/* A stretch of an image state that belongs to one view. Stretches 0 .. runs-1 cover the state once,
 * in ascending order. [any] */
typedef struct loom_run {
    int64_t tilt, at, count;
} loom_run;
loom_run loom_projector_run(const loom_projector *p, int64_t i);

/* images = A volume for the views first .. end-1; other views of `images` are left alone. */
void loom_project(const loom_projector *p, int64_t first, int64_t end, const float *volume,
                  float *images);

/* sum = A' images over the views first .. end-1, handed over in pieces: the sink is called once for
 * every index 0 .. pieces-1, with sum[0..count) for the elements at, at+1, ... of the volume state;
 * together they cover it. Calls come from several threads in any order; each may touch its own
 * elements only (and what it keeps by index, such as a partial sum). */
typedef struct loom_piece {
    int64_t index, at, count;
    const float *sum;
} loom_piece;
typedef void loom_sink(void *user, loom_piece piece);
void loom_back_project(const loom_projector *p, int64_t first, int64_t end, const float *images,
                       loom_sink *sink, void *user);
/* user: the volume state that becomes the sum */
void loom_sink_store(void *user, loom_piece piece);
#endif
