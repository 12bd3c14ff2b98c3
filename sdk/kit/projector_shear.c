/* projector_shear.c - between the sheared detector of a view and the real one; and the views for which there is no shear.
 *
 * With n the unit normal to the image e of the y axis, a detector point is s n + t e. The volume goes to (s, t) with weights that
 * are the same along y; the cell of one (s, t) sample covers |e| square pixels. A pixel then takes its value from the 4 x 4 samples
 * around it by cubic convolution (Keys, IEEE Trans. ASSP 29, 1153 (1981), a = -1/2), exact for what is smooth on the scale of a pixel and
 * the identity where the two grids coincide. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <string.h>

static void cubic(double f, float w[4])
{
    w[0] = (float)(((-0.5 * f + 1) * f - 0.5) * f);
    w[1] = (float)((1.5 * f - 2.5) * f * f + 1);
    w[2] = (float)(((-1.5 * f + 2) * f + 0.5) * f);
    w[3] = (float)((0.5 * f - 0.5) * f * f);
}

/* The 4 x 4 sheared pixels that make the pixel (x, y): offset of the first and weights, the cell's area included. False outside. */
static bool taps_of(const loom_projector *p, const view *v, int64_t x, int64_t y, int64_t *at, float ws[4], float wt[4])
{
    const struct loom_projector_inside *in = p->inside;
    double px = (double)(x - loom_centre(p->nx)) - v->shift[0], py = (double)(y - loom_centre(p->ny)) - v->shift[1];
    double area2 = v->e[0] * v->e[0] + v->e[1] * v->e[1];
    double s = px * v->n[0] + py * v->n[1] + (double)in->p_centre;
    double t = (px * v->e[0] + py * v->e[1]) / area2 + (double)(loom_centre(p->vy) + in->t_centre);
    double is = floor(s), it = floor(t);
    if (is < 1 || it < 1 || is > (double)(in->np - 3) || it > (double)(in->nts - 3)) return false;
    cubic(s - is, ws);
    cubic(t - it, wt);
    float scale = (float)(1 / sqrt(area2));
    for (int i = 0; i < 4; i++) ws[i] *= scale;
    *at = ((int64_t)is - 1) * in->nts + (int64_t)it - 1;
    return true;
}

/* Samples lie row by row, phases in between. */
static sample_layout layout_of(const struct loom_projector_inside *in)
{
    return (sample_layout){ .phase_stride = in->nts, .step = in->oversampling * in->nts, .width = in->nts };
}

/* Each sample = (1 + 2 a) its own - a (its two neighbours) along every row, in place, zero beyond the ends: removes the blur of variance 2 a
 * to second order. Symmetric, so its own transpose. */
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
    const struct loom_projector_inside *in = p->inside;
    const view *v = &in->view[k];
    sharpen(p, v->blur_t, sheared);
    samples_to_pixels(v, layout_of(in), sheared, w->slab);
    for (int64_t y = 0; y < p->ny; y++)
        for (int64_t x = 0; x < p->nx; x++) {
            int64_t at;
            float ws[4], wt[4], sum = 0;
            if (taps_of(p, v, x, y, &at, ws, wt))
                for (int i = 0; i < 4; i++)
                    for (int j = 0; j < 4; j++) sum += ws[i] * wt[j] * w->slab[at + i * in->nts + j];
            image[y * p->nx + x] = sum;
        }
}

void image_to_shear(const loom_projector *p, int64_t k, const float *image, float *sheared, workspace *w)
{
    const struct loom_projector_inside *in = p->inside;
    const view *v = &in->view[k];
    memset(w->slab, 0, (size_t)(in->np * in->nts) * sizeof(float));
    for (int64_t y = 0; y < p->ny && !v->direct; y++)
        for (int64_t x = 0; x < p->nx; x++) {
            int64_t at;
            float ws[4], wt[4], value = image[y * p->nx + x];
            if (taps_of(p, v, x, y, &at, ws, wt))
                for (int i = 0; i < 4; i++)
                    for (int j = 0; j < 4; j++) w->slab[at + i * in->nts + j] += ws[i] * wt[j] * value;
        }
    if (v->direct) memset(sheared, 0, (size_t)(in->ns * in->nts) * sizeof(float));
    else pixels_to_samples(v, layout_of(in), w->slab, sheared);
    sharpen(p, v->blur_t, sheared);
}

/* The four pixels around the point where voxel (x, y, z) lands. False unless all are on the detector or just beside it; a pixel
 * beside it has weight 0 and the index of a neighbour. */
static bool pixels_of(const loom_projector *p, const view *v, int64_t x, int64_t y, int64_t z, int64_t at[4], float w[4])
{
    double from[3] = { (double)(x - loom_centre(p->vx)), (double)(y - loom_centre(p->vy)), (double)(z - loom_centre(p->vz)) }, d[3];
    loom_to_detector(v->r, from, d);
    double px = d[0] + v->shift[0] + (double)loom_centre(p->nx), py = d[1] + v->shift[1] + (double)loom_centre(p->ny);
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

void direct_gather(const loom_projector *p, int64_t k, const float *image, int64_t x, int64_t y0, int64_t z, int64_t count, float *sum)
{
    for (int64_t y = 0; y < count; y++) {
        int64_t at[4];
        float w[4];
        if (!pixels_of(p, &p->inside->view[k], x, y0 + y, z, at, w)) continue;
        for (int i = 0; i < 4; i++) sum[y] += w[i] * image[at[i]];
    }
}
