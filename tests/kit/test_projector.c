/* kit/projector: the pair is adjoint on every path, keeps the flux, puts things where the
 * convention says, and does not depend on the number of threads. */
#include "kit/projector.h"
#include "kit/geometry.h"
#include "kit/rng.h"
#include "kit/kit_call.h"
#include "support/suite.h"
#include <string.h>

/* Projector with its states. */
typedef struct pair {
    kit_call kit;
    loom_projector *p;
    float *u, *w, *volume, *images;
} pair;

static pair pair_make(loom_projector_spec spec)
{
    pair a = { 0 };
    static kit_call kits[8];
    static int next;
    kit_call *k = &kits[next++ % 8];
    loom_call *call = kit_begin(k);
    a.p = loom_projector_make(call, &spec);
    ck_assert_msg(a.p, "%s", k->message);
    a.u = kit_scratch(call, (size_t)a.p->volume_floats * 4);
    a.w = kit_scratch(call, (size_t)a.p->image_floats * 4);
    a.volume = kit_scratch(call, (size_t)(spec.vz * spec.vy * spec.vx) * 4);
    a.images = kit_scratch(call, (size_t)(spec.nt * spec.ny * spec.nx) * 4);
    a.kit = *k;
    return a;
}

static void pair_end(pair *a) { kit_end(&a->kit); }

static void fill(float *v, int64_t n, uint64_t stream)
{
    for (int64_t i = 0; i < n; i++) v[i] = (float)(loom_uniform(7, stream, (uint64_t)i) - 0.3);
}

static double dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)a[i] * b[i];
    return sum;
}

static double norm(const float *a, int64_t n) { return sqrt(dot(a, a, n)); }

/* |<A u, w> - <u, A' w>| relative to |A u| |w|. */
static double adjoint_error(loom_projector_spec spec)
{
    pair a = pair_make(spec);
    int64_t nv = spec.vz * spec.vy * spec.vx, ni = spec.nt * spec.ny * spec.nx;
    float *u = malloc((size_t)nv * 4), *w = malloc((size_t)ni * 4);
    fill(u, nv, 1);
    fill(w, ni, 2);
    loom_projector_load_volume(a.p, u, a.u);
    loom_project(a.p, 0, spec.nt, a.u, a.w);
    loom_projector_store_images(a.p, a.w, a.images);
    double forward = dot(a.images, w, ni), size = norm(a.images, ni) * norm(w, ni);
    loom_projector_load_images(a.p, w, 0, a.w);
    loom_back_project(a.p, 0, spec.nt, a.w, loom_sink_store, a.u);
    loom_projector_store_volume(a.p, a.u, a.volume);
    double back = dot(u, a.volume, nv);
    free(u);
    free(w);
    pair_end(&a);
    return fabs(forward - back) / size;
}

static const double single_axis[] = { 0, 0, 0,   0, 90, 0,      0, -71.3, 0,  0, 33.1,
                                      0, 0, 180, 0, 0,  12.345, 0, 0,     45, 0 };
static const double tilted[] = { 0, 0,    0,  0.4, -63, -0.3, 12, 20, 5, 90, 10,
                                 3, -170, 77, 30,  20,  30,   85, 0,  0, 90 };
static const double shifts[] = { 0, 0, 0.3, -0.7, 2.5, 1.25, 0, 0.5, -3, 0, 0.1, 0.1, 0, 0 };

START_TEST(pair_is_adjoint)
{
    for (int oversampling = 1; oversampling <= 3; oversampling++) {
        loom_projector_spec s = { .nt = 7,
                                  .ny = 21,
                                  .nx = 20,
                                  .vz = 20,
                                  .vy = 21,
                                  .vx = 20,
                                  .angles_deg = single_axis,
                                  .oversampling = oversampling,
                                  .threads = 2 };
        ck_assert_double_le(adjoint_error(s), 1e-7);
        s.shift_px = (double[]){ 0, 0, 0.3, 0, -2.5, 0, 1.1, 0, 7, 0, -9, 0, 0.5, 0 };
        ck_assert_double_le(adjoint_error(s), 1e-7);
        s.shift_px = NULL;
        s.vx = 37, s.vz = 9, s.nt = 1, s.nx = 1;
        ck_assert_double_le(adjoint_error(s), 1e-7);
        s.vx = 3, s.vz = 1, s.nt = 7, s.nx = 2; /* fewer pixels than the filter is wide */
        ck_assert_double_le(adjoint_error(s), 1e-7);
        /* views that see nothing */
        s.shift_px = (double[]){ 0, 0, 1e7, 0, -1e7, 0, 60, 0, -60, 0, 0, 0, 0, 0 };
        ck_assert_double_le(adjoint_error(s), 1e-7);
        s.shift_px = NULL;
        /* several tiles both ways; rays that miss the detector */
        s.vx = 70, s.vz = 113, s.nt = 7, s.nx = 52;
        ck_assert_double_le(adjoint_error(s), 1e-7);
        s = (loom_projector_spec){ .nt = 7,
                                   .ny = 21,
                                   .nx = 20,
                                   .vz = 20,
                                   .vy = 21,
                                   .vx = 20,
                                   .angles_deg = tilted,
                                   .oversampling = oversampling,
                                   .threads = 2 };
        ck_assert_double_le(adjoint_error(s), 1e-6);
        s.shift_px = shifts;
        ck_assert_double_le(adjoint_error(s), 1e-6);
        s.vx = 40, s.vz = 13, s.vy = 30;
        ck_assert_double_le(adjoint_error(s), 1e-6);
    }
}
END_TEST

/* A smooth blob of width sigma at a place: density and, for a view, its exact projection. */
static void blob(int64_t nz, int64_t ny, int64_t nx, const double at[3], double sigma, float *out)
{
    for (int64_t z = 0; z < nz; z++)
        for (int64_t y = 0; y < ny; y++)
            for (int64_t x = 0; x < nx; x++) {
                double dx = (double)(x - nx / 2) - at[0], dy = (double)(y - ny / 2) - at[1],
                       dz = (double)(z - nz / 2) - at[2];
                out[(z * ny + y) * nx + x] =
                    (float)exp(-(dx * dx + dy * dy + dz * dz) / (2 * sigma * sigma));
            }
}

/* Largest difference, relative to the peak, between projections of a blob and the Gaussian that
 * theory gives at R^T v + shift. */
static double blob_error(const double *angles, const double *shift_px, int64_t nt, int oversampling,
                         double sigma)
{
    enum { N = 40 };
    const double at[3] = { 4.3, -3.2, 5.7 };
    pair a = pair_make((loom_projector_spec){ .nt = nt,
                                              .ny = N,
                                              .nx = N,
                                              .vz = N,
                                              .vy = N,
                                              .vx = N,
                                              .angles_deg = angles,
                                              .shift_px = shift_px,
                                              .oversampling = oversampling,
                                              .threads = 2 });
    blob(N, N, N, at, sigma, a.volume);
    loom_projector_load_volume(a.p, a.volume, a.u);
    loom_project(a.p, 0, nt, a.u, a.w);
    loom_projector_store_images(a.p, a.w, a.images);
    double worst = 0;
    for (int64_t k = 0; k < nt; k++) {
        double r[9], d[3];
        loom_euler(angles + 3 * k, r);
        loom_to_detector(r, at, d);
        for (int64_t y = 0; y < N; y++)
            for (int64_t x = 0; x < N; x++) {
                double dx = (double)(x - N / 2) - d[0], dy = (double)(y - N / 2) - d[1];
                if (shift_px) {
                    dx -= shift_px[2 * k];
                    dy -= shift_px[2 * k + 1];
                }
                double exact =
                    exp(-(dx * dx + dy * dy) / (2 * sigma * sigma)) * sigma * sqrt(2 * LOOM_PI);
                worst = fmax(worst, fabs(a.images[(k * N + y) * N + x] - exact)
                                        / (sigma * sqrt(2 * LOOM_PI)));
            }
    }
    pair_end(&a);
    return worst;
}

START_TEST(blob_lands_where_the_convention_says)
{
    /* linear sharing beats with the voxel lattice at 45 degrees: 2 sinc^2(sqrt 2) = 9 % */
    ck_assert_double_le(blob_error(single_axis, NULL, 7, 1, 2.0), 0.12);
    ck_assert_double_le(blob_error(single_axis, NULL, 7, 2, 2.0), 0.004);
    ck_assert_double_le(blob_error(single_axis, NULL, 7, 3, 2.0), 0.004);
    ck_assert_double_le(blob_error(single_axis, NULL, 7, 3, 1.0), 0.008);
    ck_assert_double_le(blob_error(tilted, NULL, 5, 3, 2.0), 0.01);
    ck_assert_double_le(blob_error(tilted, shifts, 5, 3, 2.0), 0.01);
    ck_assert_double_le(blob_error(tilted, shifts, 7, 1, 2.0), 0.12); /* with views along y */
}
END_TEST

/* Mean over many voxels of sum_p image[p] exp(-2 pi i f (p - s)), s where the voxel lands: the
 * filter's gain at f, and what the pixels fold onto it from f - 1. Largest distance from `gain`
 * over the frequencies up to `most`. */
static double gain_error(double theta_deg, int oversampling, double most, double gain)
{
    enum { N = 33, WIDE = 71, NY = 8, SAMPLES = 12 };
    const double angles[3] = { 0, theta_deg, 0 };
    pair a = pair_make((loom_projector_spec){ .nt = 1,
                                              .ny = NY,
                                              .nx = WIDE,
                                              .vz = N,
                                              .vy = NY,
                                              .vx = N,
                                              .angles_deg = angles,
                                              .oversampling = oversampling,
                                              .threads = 1 });
    double re[SAMPLES] = { 0 }, im[SAMPLES] = { 0 }, worst = 0;
    for (int round = 0; round < N; round++) {
        int at[NY][2];
        memset(a.volume, 0, sizeof(float) * N * NY * N);
        for (int y = 0; y < NY; y++) { /* a voxel for each plane: planes are independent */
            at[y][0] = (7 * round + 5 * y) % N;
            at[y][1] = (11 * round + 3 * y + round / 3) % N;
            a.volume[(at[y][1] * NY + y) * N + at[y][0]] = 1;
        }
        loom_projector_load_volume(a.p, a.volume, a.u);
        loom_project(a.p, 0, 1, a.u, a.w);
        loom_projector_store_images(a.p, a.w, a.images);
        for (int y = 0; y < NY; y++) {
            double s = (at[y][0] - N / 2) * cos(theta_deg * LOOM_PI / 180)
                       - (at[y][1] - N / 2) * sin(theta_deg * LOOM_PI / 180);
            for (int i = 0; i < SAMPLES; i++)
                for (int p = 0; p < WIDE; p++) {
                    double phase = -2 * LOOM_PI * most * i / (SAMPLES - 1) * (p - WIDE / 2 - s);
                    re[i] += a.images[y * WIDE + p] * cos(phase) / (N * NY);
                    im[i] += a.images[y * WIDE + p] * sin(phase) / (N * NY);
                }
        }
    }
    for (int i = 0; i < SAMPLES; i++) worst = fmax(worst, hypot(re[i] - gain, im[i]));
    pair_end(&a);
    return worst;
}

START_TEST(gain_is_flat)
{
    const double thetas[] = { 0, 12.345, -33.1, 45, 71.3, 90, 160 };
    for (int i = 0; i < 7; i++) {
        ck_assert_double_le(gain_error(thetas[i], 3, 0.30, 1), 0.013);
        ck_assert_double_le(gain_error(thetas[i], 2, 0.30, 1), 0.02);
    }
}
END_TEST

START_TEST(flux_is_kept)
{
    const double *lists[] = { single_axis, tilted };
    for (int l = 0; l < 2; l++) {
        enum { N = 40, NT = 5 };
        pair a = pair_make((loom_projector_spec){ .nt = NT,
                                                  .ny = N,
                                                  .nx = N,
                                                  .vz = N,
                                                  .vy = N,
                                                  .vx = N,
                                                  .angles_deg = lists[l],
                                                  .threads = 2 });
        blob(N, N, N, (double[]){ 2.3, 1.2, -1.7 }, 2, a.volume);
        double flux = 0;
        for (int64_t i = 0; i < N * N * N; i++) flux += a.volume[i];
        loom_projector_load_volume(a.p, a.volume, a.u);
        loom_project(a.p, 0, NT, a.u, a.w);
        loom_projector_store_images(a.p, a.w, a.images);
        for (int k = 0; k < NT; k++) {
            double sum = 0;
            for (int64_t i = 0; i < N * N; i++) sum += a.images[k * N * N + i];
            ck_assert_double_le(fabs(sum / flux - 1), l ? 1e-3 : 1e-5);
        }
        pair_end(&a);
    }
}
END_TEST

/* The Euler path meets the single-axis path where both apply: a last view with a tiny psi forces
 * the former. */
START_TEST(paths_agree_about_one_axis)
{
    enum { N = 24, NT = 6 };
    double angles[3 * NT + 3];
    memcpy(angles, single_axis, sizeof(double) * 3 * NT);
    angles[3 * NT] = angles[3 * NT + 1] = 0;
    angles[3 * NT + 2] = 1e-3;
    loom_projector_spec s = {
        .nt = NT, .ny = N, .nx = N, .vz = N, .vy = N, .vx = N, .angles_deg = angles, .threads = 2
    };
    pair a = pair_make(s);
    s.nt = NT + 1;
    pair b = pair_make(s);
    ck_assert(a.p->single_axis && !b.p->single_axis);
    fill(a.volume, N * N * N, 3);
    loom_projector_load_volume(a.p, a.volume, a.u);
    loom_projector_load_volume(b.p, a.volume, b.u);
    loom_project(a.p, 0, NT, a.u, a.w);
    loom_project(b.p, 0, NT, b.u, b.w);
    loom_projector_store_images(a.p, a.w, a.images);
    loom_projector_store_images(b.p, b.w, b.images);
    double peak = 0;
    for (int64_t i = 0; i < NT * N * N; i++) peak = fmax(peak, fabs(a.images[i]));
    for (int64_t i = 0; i < NT * N * N; i++)
        ck_assert_double_le(fabs(a.images[i] - b.images[i]), 2e-5 * peak);
    pair_end(&a);
    pair_end(&b);
}
END_TEST

START_TEST(bytes_do_not_depend_on_threads)
{
    const double *lists[] = { single_axis, tilted };
    for (int l = 0; l < 2; l++) {
        enum { N = 40, NT = 7 };
        static float images[2][NT * N * N], volumes[2][N * N * N];
        for (int i = 0; i < 3; i++) {
            pair a = pair_make((loom_projector_spec){ .nt = NT,
                                                      .ny = N,
                                                      .nx = N,
                                                      .vz = N,
                                                      .vy = N,
                                                      .vx = N,
                                                      .angles_deg = lists[l],
                                                      .threads = 1 << i });
            fill(a.volume, N * N * N, 5);
            loom_projector_load_volume(a.p, a.volume, a.u);
            loom_project(a.p, 0, NT, a.u, a.w);
            loom_projector_store_images(a.p, a.w, images[i > 0]);
            loom_back_project(a.p, 0, NT, a.w, loom_sink_store, a.u);
            loom_projector_store_volume(a.p, a.u, volumes[i > 0]);
            pair_end(&a);
            if (i == 0) continue;
            ck_assert_mem_eq(images[0], images[1], sizeof images[0]);
            ck_assert_mem_eq(volumes[0], volumes[1], sizeof volumes[0]);
        }
    }
}
END_TEST

START_TEST(states_hold_what_was_loaded)
{
    const double *lists[] = { single_axis, tilted };
    for (int l = 0; l < 2; l++) {
        enum { NT = 5, NY = 19, NX = 14, NZ = 6 };
        pair a = pair_make((loom_projector_spec){ .nt = NT,
                                                  .ny = NY,
                                                  .nx = NX,
                                                  .vz = NZ,
                                                  .vy = NY,
                                                  .vx = NX,
                                                  .angles_deg = lists[l],
                                                  .threads = 1 });
        float images[NT * NY * NX], volume[NZ * NY * NX];
        fill(images, NT * NY * NX, 1);
        fill(volume, NZ * NY * NX, 2);
        loom_projector_load_images(a.p, images, 0, a.w);
        loom_projector_store_images(a.p, a.w, a.images);
        ck_assert_mem_eq(images, a.images, sizeof images);
        loom_projector_load_volume(a.p, volume, a.u);
        loom_projector_store_volume(a.p, a.u, a.volume);
        ck_assert_mem_eq(volume, a.volume, sizeof volume);
        /* the stretches of a view hold that view's image and no other */
        double sum[NT] = { 0 };
        int64_t next = 0;
        for (int64_t i = 0; i < a.p->runs; i++) {
            loom_run r = loom_projector_run(a.p, i);
            ck_assert_int_eq(r.at, next);
            next += r.count;
            for (int64_t j = 0; j < r.count; j++) sum[r.tilt] += a.w[r.at + j];
        }
        ck_assert_int_eq(next, a.p->image_floats);
        for (int k = 0; k < NT; k++) {
            double expected = 0;
            for (int i = 0; i < NY * NX; i++) expected += images[k * NY * NX + i];
            ck_assert_double_le(fabs(sum[k] - expected), 1e-9);
        }
        pair_end(&a);
    }
}
END_TEST

START_TEST(estimate_covers_what_is_taken)
{
    const double *lists[] = { single_axis, tilted };
    for (int l = 0; l < 2; l++) {
        loom_projector_spec s = { .nt = 7,
                                  .ny = 30,
                                  .nx = 44,
                                  .vz = 20,
                                  .vy = 30,
                                  .vx = 60,
                                  .angles_deg = lists[l],
                                  .threads = 3 };
        kit_call k;
        ck_assert_ptr_nonnull(loom_projector_make(kit_begin(&k), &s));
        ck_assert_uint_ge(loom_projector_bytes(&s), k.bytes);
        ck_assert_uint_le(loom_projector_bytes(&s), 2 * k.bytes);
        kit_end(&k);
    }
}
END_TEST

TEST_MAIN("kit.projector", pair_is_adjoint, blob_lands_where_the_convention_says, gain_is_flat,
          flux_is_kept, paths_agree_about_one_axis, bytes_do_not_depend_on_threads,
          states_hold_what_was_loaded, estimate_covers_what_is_taken)
