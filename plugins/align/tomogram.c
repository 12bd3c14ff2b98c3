/* tomogram.c - see tomogram.h. */
#include "tomogram.h"
#include "kit/geometry.h"
#include <string.h>

static int64_t volume_floats(const tomogram *t) { return t->nz * t->nx * ((t->ny + 7) / 8 * 8); }
static int64_t image_floats(const tomogram *t) { return t->nt * t->nx * ((t->ny + 7) / 8 * 8); }

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

/* An upper bound of the largest eigenvalue of A' A by power iteration (see reconstruct/descent.c);
 * 3 % more for poses yet to change. */
static double largest_eigenvalue(const tomogram *t, const loom_projector *a, float *x)
{
    double value = 0;
    for (int64_t i = 0; i < a->volume_floats; i++) x[i] = 1;
    for (int round = 0; round < 5; round++) {
        loom_project(a, 0, t->nt, x, t->state);
        loom_back_project(a, 0, t->nt, t->state, loom_sink_store, x);
        double most = 0;
        for (int64_t i = 0; i < a->volume_floats; i++) most = x[i] > most ? x[i] : most;
        for (int64_t i = 0; i < a->volume_floats; i++) x[i] = (float)(x[i] / most);
        value = most;
    }
    return 1.03 * value;
}

bool tomogram_open(tomogram *t, const pose *poses)
{
    const loom_host *h = t->call->host;
    size_t volume = (size_t)volume_floats(t) * sizeof(float),
           voxels = (size_t)(t->nz * t->ny * t->nx);
    if (!(t->view = h->scratch(t->call, (size_t)(5 * t->nt) * sizeof(double)))) return false;
    loom_projector *a = view_from(t, poses);
    if (!a) return false;
    float **states[] = { &t->u, &t->before, &t->v, &t->weighted };
    for (int i = 0; i < 4; i++)
        if (!(*states[i] = h->scratch(t->call, volume))) return false;
    t->plain = h->scratch(t->call, voxels * sizeof(float));
    t->state = h->scratch(t->call, (size_t)image_floats(t) * sizeof(float));
    if (!t->plain || !t->state || (t->mask && !(t->support = h->scratch(t->call, volume))))
        return false;
    if (t->mask) {
        for (size_t i = 0; i < voxels; i++) t->plain[i] = t->mask[i];
        loom_projector_load_volume(a, t->plain, t->support);
    }
    loom_projector_load_volume(a, t->volume, t->u);
    memcpy(t->before, t->u, volume);
    t->largest = largest_eigenvalue(t, a, t->v);
    loom_projector_free(t->call, a);
    return true;
}

void tomogram_close(tomogram *t)
{
    void *all[] = { t->u, t->before, t->v, t->weighted, t->support, t->plain, t->state, t->view };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]) t->call->host->release(t->call, all[i]);
}

/* The next u over `before`; the two change places afterwards. */
static void renew(void *user, loom_piece piece)
{
    const tomogram *t = user;
    const float *u = t->u + piece.at, *v = t->v + piece.at,
                *support = t->support ? t->support + piece.at : NULL;
    float *before = t->before + piece.at, least = t->positive ? 0 : -INFINITY,
          step = (float)(t->step / t->largest);
    double uphill = 0;
    for (int64_t i = 0; i < piece.count; i++) {
        float new = v[i] - step *piece.sum[i];
        new = new > least ? new : least;
        if (support) new *= support[i];
        uphill += (double)(v[i] - new) * (double)(new - u[i]);
        before[i] = new;
    }
    t->uphill[piece.index] = uphill;
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

bool tomogram_step(tomogram *t, const pose *poses, bool want_depth, bool *uphill)
{
    const loom_host *h = t->call->host;
    loom_projector *a = view_from(t, poses);
    if (!a) return false;
    /* how many there are changes with the poses */
    t->uphill = h->scratch(t->call, (size_t)a->pieces * sizeof(double));
    if (!t->uphill) return false;
    float beta = t->momentum, *v = t->v;
    const float *u = t->u, *before = t->before;
#pragma omp parallel for simd num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < a->volume_floats; i++) v[i] = u[i] + beta * (u[i] - before[i]);
    loom_project(a, 0, t->nt, v, t->state);
    loom_projector_store_images(a, t->state, t->projected);
    if (want_depth) project_depth(t, a, poses);
    /* the residual over `state`: projected less images, in the projector's order */
    int64_t pixels = t->nt * t->ny * t->nx;
    float *projected = t->projected;
    const float *images = t->images;
#pragma omp parallel for simd num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < pixels; i++) projected[i] -= images[i];
    loom_projector_load_images(a, projected, 0, t->state);
#pragma omp parallel for simd num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < pixels; i++) projected[i] += images[i];
    loom_back_project(a, 0, t->nt, t->state, renew, t);
    double sum = 0;
    for (int64_t i = 0; i < a->pieces; i++) sum += t->uphill[i];
    *uphill = sum > 0;
    h->release(t->call, t->uphill);
    float *other = t->u;
    t->u = t->before;
    t->before = other;
    loom_projector_free(t->call, a);
    return true;
}

bool tomogram_store(tomogram *t, const pose *poses)
{
    loom_projector *a = view_from(t, poses);
    if (!a) return false;
    loom_projector_store_volume(a, t->u, t->volume);
    loom_project(a, 0, t->nt, t->u, t->state);
    loom_projector_store_images(a, t->state, t->projected);
    memcpy(t->v, t->u, (size_t)a->volume_floats * sizeof(float));
    project_depth(t, a, poses);
    loom_projector_free(t->call, a);
    return true;
}
