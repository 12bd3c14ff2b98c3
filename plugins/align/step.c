/* step.c - see step.h.
 *
 * Turning the specimen by a small vector w (in the frame of the detector, radians) moves a voxel at
 * (x, y, z) there by w x (x, y, z), so a projection changes by d/dwx = d/dy Z, d/dwy = -d/dx Z,
 * d/dwz = (y d/dx - x d/dy) P, where P is the projection and Z that of the volume times z: no
 * turned volume has to be projected. Z follows from the projection of the volume times its own z
 * (or x), see tomogram.h. */
#include "step.h"
#include "kit/geometry.h"
#include "kit/linalg.h"
#include <omp.h>
#include <string.h>

typedef struct sums {
    double normal[POSE_COUNT * POSE_COUNT], right[POSE_COUNT], absolute, total, chi;
} sums;

/* Derivative along one axis, exact for polynomials of fourth order. */
static float slope(const float *v, int64_t stride)
{
    return (8 * (v[stride] - v[-stride]) - (v[2 * stride] - v[-2 * stride])) * (1 / 12.0f);
}

/* Z from the projection of the volume times one of its own coordinates. */
static void beam_moment(const tomogram *t, const double r[9], const double centre[2],
                        const float *projected, const float *own, float *restrict z)
{
    const double *row = tomogram_uses_x(r) ? r : r + 6;
    for (int64_t iy = 0; iy < t->ny; iy++)
        for (int64_t ix = 0; ix < t->nx; ix++) {
            int64_t i = iy * t->nx + ix;
            double flat = row[0] * ((double)ix - centre[0]) + row[1] * ((double)iy - centre[1]);
            z[i] = (float)(((double)own[i] - flat * (double)projected[i]) / row[2]);
        }
}

static void add_row(const tomogram *t, int64_t k, int64_t iy, const double centre[2],
                    double column[3][3], const float *z, sums *s)
{
    const float *p = t->projected + k * t->ny * t->nx, *b = t->images + k * t->ny * t->nx;
    for (int64_t ix = 2; ix < t->nx - 2; ix++) {
        int64_t i = iy * t->nx + ix;
        float px = slope(p + i, 1), py = slope(p + i, t->nx), zx = slope(z + i, 1),
              zy = slope(z + i, t->nx);
        double w[3] = { zy, -zx, ((double)iy - centre[1]) * px - ((double)ix - centre[0]) * py };
        double j[POSE_COUNT] = { -px, -py }, r = (double)b[i] - (double)p[i];
        for (int a = 0; a < 3; a++)
            j[POSE_PHI + a] = column[a][0] * w[0] + column[a][1] * w[1] + column[a][2] * w[2];
        for (int a = 0; a < POSE_COUNT; a++) {
            s->right[a] += j[a] * r;
            for (int c = 0; c <= a; c++) s->normal[a * POSE_COUNT + c] += j[a] * j[c];
        }
        s->chi += r * r;
    }
}

/* Solves for the unknowns that are refined; the others stay 0. */
static void solve(const sums *s, const tomogram *t, const pose_rules *rules, double damping,
                  pose *change, step_tilt *report)
{
    int index[POSE_COUNT], n = 0;
    double a[POSE_COUNT * POSE_COUNT], x[POSE_COUNT];
    for (int i = 0; i < POSE_COUNT; i++)
        if (rules->refine[i] && s->normal[i * POSE_COUNT + i] > 0) index[n++] = i;
    double noise = s->chi / (double)(t->ny * t->nx);
    memset(change, 0, sizeof *change);
    memset(report->sigma, 0, sizeof report->sigma);
    for (int unknown = -1; unknown < n; unknown++) { /* the step, then the columns of the inverse */
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++)
                a[i * n + j] = s->normal[index[i > j ? i : j] * POSE_COUNT + index[i > j ? j : i]];
            a[i * n + i] *= 1 + damping;
            x[i] = unknown < 0 ? s->right[index[i]] : i == unknown;
        }
        if (n == 0 || !loom_solve_spd(n, a, x)) return;
        if (unknown >= 0)
            report->sigma[index[unknown]] =
                sqrt(noise * x[unknown]) * (index[unknown] < POSE_PHI ? t->binning : 1);
        for (int i = 0; unknown < 0 && i < n; i++)
            change->v[index[i]] = x[i] * (index[i] < POSE_PHI ? t->binning : 1);
    }
}

static void measure_tilt(const tomogram *t, int64_t k, const pose *p, const pose_rules *rules,
                         double damping, float *z, pose *change, step_tilt *report)
{
    const float *projected = t->projected + k * t->ny * t->nx, *b = t->images + k * t->ny * t->nx;
    double r[9], column[3][3],
        centre[2] = { (double)loom_centre(t->nx) + p->v[POSE_X] / t->binning,
                      (double)loom_centre(t->ny) + p->v[POSE_Y] / t->binning };
    sums s = { 0 };
    loom_euler(p->v + POSE_PHI, r);
    loom_angle_columns(p->v + POSE_PHI, r, column);
    beam_moment(t, r, centre, projected, t->depth + k * t->ny * t->nx, z);
    for (int64_t i = 0; i < t->ny * t->nx; i++) {
        s.absolute += fabs((double)projected[i] - (double)b[i]);
        s.total += fabs((double)b[i]);
    }
    for (int64_t iy = 2; iy < t->ny - 2; iy++) add_row(t, k, iy, centre, column, z, &s);
    report->r_factor = s.total > 0 ? s.absolute / s.total : 0;
    solve(&s, t, rules, damping, change, report);
}

bool step_measure(const tomogram *t, const pose *poses, const pose_rules *rules, double damping,
                  pose *change, step_tilt *report)
{
    const loom_host *h = t->call->host;
    size_t image = (size_t)(t->ny * t->nx);
    float *z = h->scratch(t->call, (size_t)t->threads * image * sizeof(float));
    if (!z) return false;
#pragma omp parallel for num_threads(t->threads) schedule(static)
    for (int64_t k = 0; k < t->nt; k++)
        measure_tilt(t, k, poses + k, rules, damping, z + (size_t)omp_get_thread_num() * image,
                     change + k, report + k);
    h->release(t->call, z);
    return true;
}
