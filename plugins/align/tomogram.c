/* tomogram.c - see tomogram.h. */
#include "tomogram.h"
#include "kit/geometry.h"
#include <string.h>

static loom_projector *view_from(const tomogram *t, const pose *poses)
{
    double *angles = t->view, *shift = angles + 3 * t->nt;
    for (int64_t k = 0; k < t->nt; k++) {
        for (int i = 0; i < 3; i++) angles[3 * k + i] = poses[k].v[POSE_PHI + i];
        for (int i = 0; i < 2; i++) shift[2 * k + i] = poses[k].v[i] / t->binning;
    }
    return loom_projector_make(t->call, &(loom_projector_spec){ .nt = t->nt,
                                                                .ny = t->ny,
                                                                .nx = t->nx,
                                                                .vz = t->nz,
                                                                .vy = t->ny,
                                                                .vx = t->nx,
                                                                .angles_deg = angles,
                                                                .shift_px = shift,
                                                                .threads = t->threads,
                                                                .port = "tilts" });
}

/* Poses yet to change may raise the eigenvalue by so much. */
#define MARGIN 1.03

/* The mask as a state; `t->plain` and `t->v` are to work in. */
static bool load_support(tomogram *t, const loom_projector *a)
{
    int64_t n = a->volume_floats;
    uint8_t *support = t->call->host->scratch(t->call, (size_t)n);
    if (!support) return false;
    for (int64_t i = 0; i < t->nz * t->ny * t->nx; i++) t->plain[i] = t->mask[i];
    loom_projector_load_volume(a, t->plain, t->v);
    for (int64_t i = 0; i < n; i++) support[i] = t->v[i] > 0;
    t->steps.mask = t->support = support;
    return true;
}

bool tomogram_open(tomogram *t, const pose *poses)
{
    const loom_host *h = t->call->host;
    size_t volume = (size_t)loom_volume_floats(t->nz, t->ny, t->nx) * sizeof(float),
           images = (size_t)loom_images_floats(t->nt, t->ny, t->nx) * sizeof(float);
    if (!(t->view = h->scratch(t->call, (size_t)(5 * t->nt) * sizeof(double)))) return false;
    loom_projector *a = view_from(t, poses);
    if (!a) return false;
    t->support = NULL;
    t->steps = (loom_descent){ .u = h->scratch(t->call, volume),
                               .before = h->scratch(t->call, volume),
                               .positive = t->positive };
    t->v = h->scratch(t->call, volume);
    t->weighted = h->scratch(t->call, volume);
    t->plain = h->scratch(t->call, (size_t)(t->nz * t->ny * t->nx) * sizeof(float));
    t->state = h->scratch(t->call, images);
    if (!t->steps.u || !t->steps.before || !t->v || !t->weighted || !t->plain || !t->state
        || (t->mask && !load_support(t, a)))
        return false;
    loom_projector_load_volume(a, t->volume, t->steps.u);
    loom_descent_begin(&t->steps, a);
    t->largest = MARGIN * loom_largest_eigenvalue(a, t->v, t->state);
    loom_projector_free(t->call, a);
    return true;
}

void tomogram_close(tomogram *t)
{
    void *all[] = { t->steps.u,  t->steps.before, t->support, t->v,
                    t->weighted, t->plain,        t->state,   t->view };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]) t->call->host->release(t->call, all[i]);
}

/* The volume times z (x in steep views), projected. */
static void project_depth(tomogram *t, const loom_projector *a, const pose *poses)
{
    for (int use_x = 0; use_x < 2; use_x++) {
        bool wanted = false;
        for (int64_t k = 0; k < t->nt; k++) {
            double r[9];
            loom_euler(poses[k].v + POSE_PHI, r);
            if (tomogram_uses_x(r) != (use_x == 1)) continue;
            if (!wanted) {
                loom_projector_store_volume(a, t->v, t->plain);
#pragma omp parallel for num_threads(t->threads) schedule(static)
                for (int64_t i = 0; i < t->nz * t->ny; i++)
                    for (int64_t x = 0; x < t->nx; x++)
                        t->plain[i * t->nx + x] *= (float)(use_x ? x - loom_centre(t->nx)
                                                                 : i / t->ny - loom_centre(t->nz));
                loom_projector_load_volume(a, t->plain, t->weighted);
                wanted = true;
            }
            int64_t end = k + 1;
            for (; end < t->nt; end++) {
                loom_euler(poses[end].v + POSE_PHI, r);
                if (tomogram_uses_x(r) != (use_x == 1)) break;
            }
            loom_project(a, k, end, t->weighted, t->state);
            k = end - 1;
        }
    }
    loom_projector_store_images(a, t->state, t->depth);
}

/* v, where the momentum leads, and its projections. */
static void project_ahead(tomogram *t, const loom_projector *a)
{
    const float *u = t->steps.u, *before = t->steps.before;
    float beta = (float)t->steps.momentum, *v = t->v;
#pragma omp parallel for simd num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < a->volume_floats; i++) v[i] = u[i] + beta * (u[i] - before[i]);
    loom_project(a, 0, t->nt, v, t->state);
    loom_projector_store_images(a, t->state, t->projected);
}

/* The residual over `state`: projected less images, in the projector's order. */
static void load_residual(tomogram *t, const loom_projector *a)
{
    int64_t pixels = t->nt * t->ny * t->nx;
    float *projected = t->projected;
    const float *images = t->images;
#pragma omp parallel for simd num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < pixels; i++) projected[i] -= images[i];
    loom_projector_load_images(a, projected, 0, t->state);
#pragma omp parallel for simd num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < pixels; i++) projected[i] += images[i];
}

bool tomogram_step(tomogram *t, const pose *poses, bool want_depth)
{
    const loom_host *h = t->call->host;
    loom_projector *a = view_from(t, poses);
    if (!a) return false;
    /* how many pieces there are changes with the poses */
    t->steps.part = h->scratch(t->call, (size_t)(LOOM_DESCENT_SUMS * a->pieces) * sizeof(double));
    if (!t->steps.part) return false;
    t->steps.step = t->step / t->largest;
    project_ahead(t, a);
    if (want_depth) project_depth(t, a, poses);
    load_residual(t, a);
    loom_descent_step(&t->steps, a, t->state);
    h->release(t->call, t->steps.part);
    loom_projector_free(t->call, a);
    return true;
}

bool tomogram_store(tomogram *t, const pose *poses)
{
    loom_projector *a = view_from(t, poses);
    if (!a) return false;
    loom_projector_store_volume(a, t->steps.u, t->volume);
    loom_project(a, 0, t->nt, t->steps.u, t->state);
    loom_projector_store_images(a, t->state, t->projected);
    memcpy(t->v, t->steps.u, (size_t)a->volume_floats * sizeof(float));
    project_depth(t, a, poses);
    loom_projector_free(t->call, a);
    return true;
}
