/* projector_shear.c - between the sheared detector of a view and the real one; and the views for
 * which there is no shear.
 *
 * With n the unit normal to the image e of the y axis, a detector point is s n + t e. The volume
 * goes to (s, t) with weights that are the same along y; the cell of one (s, t) sample covers |e|
 * square pixels. A pixel then takes its value from the 4 x 4 samples around it by cubic convolution
 * (Keys, IEEE Trans. ASSP 29, 1153 (1981), a = -1/2), exact for what is smooth on the scale of a
 * pixel and the identity where the two grids coincide. */
#include "kit/assert_hot.h"
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <assert.h>
#include <string.h>

typedef float v4f __attribute__((vector_size(16)));
typedef float v4u __attribute__((vector_size(16), aligned(4), may_alias)); /* anywhere */

/* Weights of the samples -1, 0, 1, 2 for a point at f between 0 and 1. */
static inline v4f cubic(float f)
{
    const v4f c0 = { 0, 1, 0, 0 }, c1 = { -0.5f, 0, 0.5f, 0 }, c2 = { 1, -2.5f, 2, -0.5f },
              c3 = { -0.5f, 1.5f, -1.5f, 0.5f };
    return ((c3 * f + c2) * f + c1) * f + c0;
}

/* The 4 x 4 sheared pixels that make a pixel: offset of the first, and weights across (the cell's
 * area included) and along a row. */
typedef struct patch {
    int64_t at;
    v4f across, along;
} patch;

/* How the pixels of a row of the image lie on the sheared detector: from (s, t) in steps. */
typedef struct course {
    double s, t, step_s, step_t;
    float area;
} course;

static course course_of(const loom_projector *p, const view *v, int64_t y)
{
    assert(y >= 0 && y < p->ny);
    const struct loom_projector_inside *in = p->inside;
    double px = -(double)loom_centre(p->nx) - v->shift[0],
           py = (double)(y - loom_centre(p->ny)) - v->shift[1];
    double area2 = v->e[0] * v->e[0] + v->e[1] * v->e[1];
    return (course){ .s = px * v->n[0] + py * v->n[1] + (double)in->p_centre,
                     .step_s = v->n[0],
                     .t = (px * v->e[0] + py * v->e[1]) / area2
                          + (double)(loom_centre(p->vy) + in->t_centre),
                     .step_t = v->e[0] / area2,
                     .area = (float)(1 / sqrt(area2)) };
}

/* False outside. */
static inline bool patch_at(const struct loom_projector_inside *in, const course *c, int64_t x,
                            patch *out)
{
    double s = c->s + (double)x * c->step_s, t = c->t + (double)x * c->step_t, is = floor(s),
           it = floor(t);
    if (!(is >= 1 && it >= 1 && is <= (double)(in->np - 3) && it <= (double)(in->nts - 3)))
        return false;
    out->across = c->area * cubic((float)(s - is));
    out->along = cubic((float)(t - it));
    out->at = ((int64_t)is - 1) * in->nts + (int64_t)it - 1;
    return true;
}

/* Samples lie row by row, phases in between. */
static sample_layout layout_of(const struct loom_projector_inside *in)
{
    return (sample_layout){ .phase_stride = in->nts,
                            .step = in->oversampling * in->nts,
                            .width = in->nts };
}

/* Each sample = (1 + 2 a) its own - a (its two neighbours) along every row, in place, zero beyond
 * the ends: removes the blur of variance 2 a to second order. Symmetric, so its own transpose. */
static void sharpen(const loom_projector *p, float a, float *image)
{
    int64_t nts = p->inside->nts;
    for (int64_t i = 0; i < p->inside->ns && a != 0; i++) {
        float *row = image + i * nts, before = 0;
        for (int64_t j = 0; j < nts; j++) {
            float own = row[j], after = j + 1 < nts ? row[j + 1] : 0;
            row[j] = (1 + 2 * a) * own - a * (before + after);
            before = own;
        }
    }
}

void shear_to_image(const loom_projector *p, int64_t k, float *sheared, float *image, workspace *w)
{
    assert(k >= 0 && k < p->nt && sheared != image);
    const struct loom_projector_inside *in = p->inside;
    const view *v = &in->view[k];
    sharpen(p, v->blur_t, sheared);
    samples_to_pixels(v, layout_of(in), sheared, w->slab);
    for (int64_t y = 0; y < p->ny; y++) {
        course c = course_of(p, v, y);
        for (int64_t x = 0; x < p->nx; x++) {
            patch at;
            v4f sum = { 0 };
            if (patch_at(in, &c, x, &at)) {
                for (int i = 0; i < 4; i++)
                    sum += at.across[i] * *(const v4u *)(w->slab + at.at + i * in->nts);
                sum *= at.along;
            }
            image[y * p->nx + x] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

void image_to_shear(const loom_projector *p, int64_t k, const float *image, float *sheared,
                    workspace *w)
{
    assert(k >= 0 && k < p->nt && sheared != image);
    const struct loom_projector_inside *in = p->inside;
    const view *v = &in->view[k];
    memset(w->slab, 0, (size_t)(in->np * in->nts) * sizeof(float));
    for (int64_t y = 0; y < p->ny && !v->direct; y++) {
        course c = course_of(p, v, y);
        for (int64_t x = 0; x < p->nx; x++) {
            patch at;
            if (!patch_at(in, &c, x, &at)) continue;
            v4f along = at.along * image[y * p->nx + x];
            for (int i = 0; i < 4; i++)
                *(v4u *)(w->slab + at.at + i * in->nts) += at.across[i] * along;
        }
    }
    if (v->direct) memset(sheared, 0, (size_t)(in->ns * in->nts) * sizeof(float));
    else pixels_to_samples(v, layout_of(in), w->slab, sheared);
    sharpen(p, v->blur_t, sheared);
}

/* The four pixels around the point where voxel (x, y, z) lands. False unless all are on the
 * detector or just outside it; a pixel outside it has weight 0 and the index of a neighbour. */
static bool pixels_of(const loom_projector *p, const view *v, int64_t x, int64_t y, int64_t z,
                      int64_t at[4], float w[4])
{
    double from[3] = { (double)(x - loom_centre(p->vx)), (double)(y - loom_centre(p->vy)),
                       (double)(z - loom_centre(p->vz)) },
           d[3];
    loom_to_detector(v->r, from, d);
    double px = d[0] + v->shift[0] + (double)loom_centre(p->nx),
           py = d[1] + v->shift[1] + (double)loom_centre(p->ny);
    int64_t ix = (int64_t)floor(px), iy = (int64_t)floor(py);
    if (ix < -1 || iy < -1 || ix >= p->nx || iy >= p->ny) return false;
    double fx = px - (double)ix, fy = py - (double)iy;
    for (int i = 0; i < 4; i++) {
        int64_t jx = ix + i % 2, jy = iy + i / 2;
        bool on = jx >= 0 && jy >= 0 && jx < p->nx && jy < p->ny;
        at[i] = on ? jy * p->nx + jx : 0;
        w[i] = on ? (float)((i % 2 ? fx : 1 - fx) * (i / 2 ? fy : 1 - fy)) : 0;
    }
    return true;
}

void direct_project(const loom_projector *p, int64_t k, const float *volume, float *image)
{
    assert(p->inside->view[k].direct);
    memset(image, 0, (size_t)(p->ny * p->nx) * sizeof(float));
    for (int64_t y = 0; y < p->vy; y++) {
        const float *block = volume + y / VECTOR * VECTOR * p->vz * p->vx + y % VECTOR;
        for (int64_t z = 0; z < p->vz; z++)
            for (int64_t x = 0; x < p->vx; x++) {
                int64_t at[4];
                float w[4];
                if (!pixels_of(p, &p->inside->view[k], x, y, z, at, w)) continue;
                for (int i = 0; i < 4; i++) image[at[i]] += w[i] * block[(z * p->vx + x) * VECTOR];
            }
    }
}

void direct_gather(const loom_projector *p, int64_t k, const float *image, int64_t x, int64_t y0,
                   int64_t z, int64_t count, float *sum)
{
    LOOM_ASSERT_HOT(count >= 0 && count <= VECTOR);
    for (int64_t y = 0; y < count; y++) {
        int64_t at[4];
        float w[4];
        if (!pixels_of(p, &p->inside->view[k], x, y0 + y, z, at, w)) continue;
        for (int i = 0; i < 4; i++) sum[y] += w[i] * image[at[i]];
    }
}
