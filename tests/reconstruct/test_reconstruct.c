/* The reconstructors: a known volume comes back from its own projections, residuals fall, nothing
 * depends on threads, bad input is refused with its place. Every reconstructor is held to the same
 * tests. */
#include "kit/poisson.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 32, NT = 31 };
static const char *const iterative[] = { "reconstruct.resire", "reconstruct.sirt",
                                         "reconstruct.sart", "reconstruct.mlem", NULL };

/* A few Gaussian blobs, the rotation centre among them. */
static loom_value *phantom(int64_t nz, int64_t ny, int64_t nx)
{
    static const double at[][4] = {
        { 0, 0, 0, 1 }, { 7, 2, -4, 1.5 }, { -6, -8, 3, 1 }, { 2, 9, 7, 0.7 }, { -9, 4, -6, 1.2 }
    };
    loom_value *v = make_volume(nz, ny, nx, 0.5, NULL);
    float *d = value_array(v, "density")->data;
    for (int64_t z = 0; z < nz; z++)
        for (int64_t y = 0; y < ny; y++)
            for (int64_t x = 0; x < nx; x++)
                for (int i = 0; i < 5; i++) {
                    double dx = (double)(x - nx / 2) - at[i][0],
                           dy = (double)(y - ny / 2) - at[i][1],
                           dz = (double)(z - nz / 2) - at[i][2];
                    d[(z * ny + y) * nx + x] +=
                        (float)(at[i][3] * exp(-(dx * dx + dy * dy + dz * dz) / (2 * 1.6 * 1.6)));
                }
    return v;
}

static void fill_angles(double *angles, int nt, double span, double psi)
{
    for (int k = 0; k < nt; k++) {
        angles[3 * k] = psi * (k % 3 - 1);
        angles[3 * k + 1] = -span + 2 * span * k / (nt - 1);
        angles[3 * k + 2] = psi * (k % 2);
    }
}

/* Projections of v by reconstruct.project; the caller frees them. */
static loom_value *project(const loom_value *v, int nt, double span, double psi)
{
    double angles[3 * 64];
    fill_angles(angles, nt, span, psi);
    const loom_array *d = value_array(v, "density");
    loom_value *series = make_tilt_series(nt, d->dim[1], d->dim[2], 0.5, NULL, angles);
    op_call c = { .op = op_load("reconstruct.project"), .threads = 2 };
    op_input(&c, "volume", v);
    op_input(&c, "tilts", series);
    op_must_run(&c);
    memcpy(value_array(series, "images")->data, value_array(op_output(&c, "tilts"), "images")->data,
           (size_t)loom_array_count(value_array(series, "images")) * sizeof(float));
    op_end(&c);
    return series;
}

static double correlation(const float *a, const float *b, int64_t n)
{
    double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    for (int64_t i = 0; i < n; i++) {
        sa += a[i];
        sb += b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
        ab += (double)a[i] * b[i];
    }
    return (ab - sa * sb / n) / sqrt((aa - sa * sa / n) * (bb - sb * sb / n));
}

static const double *column(const op_call *c, const char *name, int64_t *rows)
{
    const loom_array *a = value_array(op_output(c, "residuals"), name);
    *rows = a->dim[0];
    return a->data;
}

START_TEST(recovers_a_known_volume)
{
    loom_value *v = phantom(N, N, N);
    for (int path = 0; path < 2; path++) {
        loom_value *series = project(v, NT, 87, path ? 1.5 : 0);
        for (int i = 0; iterative[i]; i++) {
            op_call c = { .op = op_load(iterative[i]),
                          .threads = 2,
                          .params = { "iterations=60" } };
            op_input(&c, "tilts", series);
            op_must_run(&c);
            const loom_array *out = value_array(op_output(&c, "volume"), "density");
            ck_assert_double_ge(correlation(out->data, value_array(v, "density")->data, N * N * N),
                                0.99);
            int64_t rows;
            const double *r = column(&c, "r_factor", &rows);
            ck_assert_int_eq(rows, 61);
            /* an empty volume explains nothing */
            if (i < 3) ck_assert_double_eq_tol(r[0], 1, 1e-12);
            ck_assert_double_lt(r[60], 0.05);
            op_end(&c);
        }
        value_free(series);
    }
    value_free(v);
}
END_TEST

/* Linear, so its densities and not only its shapes must be right: uneven tilts, rotated beyond a
 * half turn. */
START_TEST(weighted_back_projection_keeps_the_density)
{
    loom_value *v = phantom(N, N, N);
    double angles[3 * 60] = { 0 };
    for (int k = 0; k < 60; k++)
        angles[3 * k + 1] = k < 40 ? 2 * k : 82 + 4.9 * (k - 40) + (k % 2) * 180;
    loom_value *shape = make_tilt_series(60, N, N, 0.5, NULL, angles);
    op_call p = { .op = op_load("reconstruct.project"), .threads = 2 };
    op_input(&p, "volume", v);
    op_input(&p, "tilts", shape);
    op_must_run(&p);
    const float *truth = value_array(v, "density")->data;
    static const char *const windows[] = { "filter=ram-lak", "filter=cosine", "filter=hann" };
    for (int i = 0; i < 3; i++) {
        op_call c = { .op = op_load("reconstruct.wbp"), .params = { windows[i] } };
        op_input(&c, "tilts", op_output(&p, "tilts"));
        op_must_be_deterministic(&c);
        const float *out = value_array(op_output(&c, "volume"), "density")->data;
        double product = 0, square = 0;
        for (int64_t j = 0; j < N * N * N; j++) {
            product += (double)out[j] * truth[j];
            square += (double)truth[j] * truth[j];
        }
        ck_assert_double_eq_tol(product / square, 1,
                                i ? 0.15 : 0.04); /* the windows take the top off */
        ck_assert_double_ge(correlation(out, truth, N * N * N), 0.97);
        op_end(&c);
    }
    op_end(&p);
    value_free(shape);
    value_free(v);
}
END_TEST

START_TEST(projections_of_a_centred_voxel_sum_to_it)
{
    loom_value *v = make_volume(11, 8, 11, 1, NULL); /* a sample goes to pixels up to 4 away */
    ((float *)value_array(v, "density")->data)[(5 * 8 + 4) * 11 + 5] = 3;
    op_call c = { .op = op_load("reconstruct.project"), .params = { "angles=-60, 0, 45, 90" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    const float *p = value_array(op_output(&c, "tilts"), "images")->data;
    for (int k = 0; k < 4; k++) {
        double sum = 0;
        for (int i = 0; i < 88; i++) sum += p[88 * k + i];
        ck_assert_double_eq_tol(sum, 3, 1e-5);
        /* the rotation centre stays on pixel n/2 */
        ck_assert_double_gt(p[88 * k + 4 * 11 + 5], 0.8);
    }
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(background_support_and_start_are_honoured)
{
    loom_value *v = phantom(N, N, N), *series = project(v, NT, 87, 0);
    float *images = value_array(series, "images")->data;
    for (int64_t i = 0; i < NT * N * N; i++) images[i] += 5;
    loom_value *mask = make_value("mask");
    uint8_t *m = make_array(mask, "mask", LOOM_U8, 3, (int64_t[]){ N, N, N }, NULL, NULL);
    error e = { 0 };
    value_set_number(mask, "voxel_size", 0.5, "angstrom", &e);
    for (int64_t i = 0; i < N * N * N; i++) m[i] = i % N < N / 2 + 4;
    for (int i = 0; iterative[i]; i++) {
        op_call c = { .op = op_load(iterative[i]),
                      .threads = 2,
                      .params = { "iterations=3", "background=5" } };
        op_input(&c, "tilts", series);
        op_input(&c, "mask", mask);
        op_input(&c, "initial", v);
        op_must_run(&c);
        const float *out = value_array(op_output(&c, "volume"), "density")->data;
        for (int64_t j = 0; j < N * N * N; j++) ck_assert(m[j] || out[j] == 0);
        op_end(&c);
        op_call d = { .op = op_load(iterative[i]),
                      .threads = 2,
                      .params = { "iterations=1", "background=5" } };
        op_input(&d, "tilts", series);
        op_input(&d, "initial", v);
        op_must_run(&d);
        int64_t rows;
        ck_assert_double_lt(
            column(&d, "r_factor", &rows)[0],
            i < 3 ? 1e-4
                  : 0.05); /* the truth explains its projections; mlem's is raised above zero */
        op_end(&d);
    }
    value_free(mask);
    value_free(series);
    value_free(v);
}
END_TEST

START_TEST(bytes_do_not_depend_on_threads)
{
    loom_value *v = phantom(20, 40, 20);
    for (int path = 0; path < 2; path++) {
        loom_value *series = project(v, 7, 60, path ? 2 : 0);
        for (int i = 0; iterative[i]; i++) {
            op_call c = { .op = op_load(iterative[i]), .params = { "iterations=4" } };
            op_input(&c, "tilts", series);
            op_must_be_deterministic(&c);
            op_end(&c);
        }
        value_free(series);
    }
    value_free(v);
}
END_TEST

START_TEST(a_film_is_wider_than_its_images)
{
    /* a slab that goes on beyond the images: uniform, 8 thick */
    enum { W = 96, T = 8 };
    loom_value *v = make_volume(T, 16, W, 0.5, NULL);
    float *d = value_array(v, "density")->data;
    for (int64_t i = 0; i < T * 16 * W; i++) d[i] = 1;
    op_call p = { .op = op_load("reconstruct.project"),
                  .params = { "angles=-60, -40, -20, 0, 20, 40, 60", "width=24" } };
    op_input(&p, "volume", v);
    op_must_run(&p);
    double off[2];
    for (int film = 0; film < 2; film++) {
        op_call c = { .op = op_load("reconstruct.resire"),
                      .threads = 2,
                      .params = { "iterations=60", "thickness=8",
                                  film ? "object=film" : "object=particle" } };
        op_input(&c, "tilts", op_output(&p, "tilts"));
        op_must_run(&c);
        const loom_array *out = value_array(op_output(&c, "volume"), "density");
        ck_assert_int_eq(out->dim[2], 24);
        off[film] = 0;
        for (int64_t i = 0; i < loom_array_count(out); i++)
            off[film] += fabs(((const float *)out->data)[i] - 1) / (double)loom_array_count(out);
        op_end(&c);
    }
    ck_assert_double_lt(off[1], 0.08);
    ck_assert_double_lt(off[1], 0.5 * off[0]);
    op_end(&p);
    value_free(v);
}
END_TEST

START_TEST(stops_when_told)
{
    loom_value *v = phantom(N, N, N), *series = project(v, NT, 87, 0);
    int64_t rows;
    op_call c = { .op = op_load("reconstruct.resire"),
                  .params = { "iterations=200", "stop=change", "tolerance=0.05" } };
    op_input(&c, "tilts", series);
    op_must_run(&c);
    const double *change = column(&c, "change", &rows);
    ck_assert_int_lt(rows, 100);
    ck_assert_double_le(change[rows - 1], 0.05);
    ck_assert_double_gt(change[rows - 2], 0.05);
    op_end(&c);
    op_call d = { .op = op_load("reconstruct.resire"),
                  .params = { "iterations=200", "stop=noise", "noise=0.5" } };
    op_input(&d, "tilts", series);
    op_must_run(&d);
    const double *rms = column(&d, "rms_residual", &rows);
    ck_assert_double_le(rms[rows - 1], 0.5);
    ck_assert_double_gt(rms[rows - 2], 0.5);
    d.cancel_after = 1;
    d.params[1] = "stop=never";
    op_must_fail(&d, LOOM_E_CANCELLED, NULL, "");
    op_end(&d);
    value_free(series);
    value_free(v);
}
END_TEST

START_TEST(estimates_cover_the_peak)
{
    loom_value *v = phantom(20, 40, 28);
    static const char *const ops[] = { "reconstruct.resire", "reconstruct.sirt", "reconstruct.sart",
                                       "reconstruct.mlem", "reconstruct.wbp" };
    for (int path = 0; path < 4; path++) {
        loom_value *series = project(v, 9, 60, path % 2 ? 2 : 0);
        for (int i = 0; i < 5; i++) {
            error e = { 0 };
            const char *object = path / 2 ? "film" : "particle";
            op_call c = { .op = op_load(ops[i]),
                          .threads = 2,
                          .params = { "iterations=2",
                                      path / 2 ? "object=film" : "object=particle" } };
            op_input(&c, "tilts", series);
            op_must_run(&c);
            param_set *set = params_new(c.op, &e);
            ck_assert(params_assign_text(set, "iterations", "2", &e)
                      && params_assign_text(set, "object", object, &e) && params_complete(set, &e));
            loom_estimate estimate = { .size = sizeof estimate };
            ck_assert(host_estimate(&(host_request){ .op = c.op,
                                                     .params = set,
                                                     .inputs = c.input,
                                                     .input_count = c.input_count,
                                                     .threads = 2 },
                                    &estimate));
            size_t outputs =
                (size_t)loom_array_count(value_array(op_output(&c, "volume"), "density"))
                * sizeof(float);
            ck_assert_msg(estimate.bytes + outputs >= c.result.peak_bytes, "%s %s: %zu + %zu < %zu",
                          ops[i], object, (size_t)estimate.bytes, outputs, c.result.peak_bytes);
            ck_assert(estimate.bytes < 3 * c.result.peak_bytes + (4u << 20));
            params_free(set);
            op_end(&c);
        }
        value_free(series);
    }
    value_free(v);
}
END_TEST

START_TEST(refuses_bad_input)
{
    double angles[6] = { 0 };
    float images[2 * 16] = { 0 };
    images[17] = NAN;
    loom_value *series = make_tilt_series(2, 4, 4, 0.5, images, angles),
               *small = make_volume(4, 4, 3, 0.5, NULL);
    for (int i = 0; iterative[i]; i++) {
        op_call c = { .op = op_load(iterative[i]) };
        op_input(&c, "tilts", series);
        op_must_fail(&c, LOOM_E_DATA, "tilts", "[1][0][1]");
        op_end(&c);
        loom_value *good = make_tilt_series(2, 4, 4, 0.5, NULL, angles);
        op_call d = { .op = op_load(iterative[i]) };
        op_input(&d, "tilts", good);
        op_input(&d, "initial", small);
        op_must_fail(&d, LOOM_E_DATA, "initial",
                     "the volume to be made (`thickness` is its depth) is [4][4][4]");
        op_end(&d);
        op_call e = { .op = op_load(iterative[i]), .params = { "iterations=2" } };
        op_input(&e, "tilts", good); /* blank images: a blank volume, not a division by zero */
        op_must_run(&e);
        op_end(&e);
        value_free(good);
    }
    op_call p = { .op = op_load("reconstruct.project") };
    op_input(&p, "volume", small);
    op_must_fail(&p, LOOM_E_PARAM, "angles", "no views");
    op_end(&p);
    value_free(series);
    value_free(small);
}
END_TEST

/* Warnings about a bar as wide as the volume (or `narrow`), on a background. */
static void check_sides(bool narrow, double background, const char *p1, const char *expected)
{
    loom_value *v = make_volume(N, N, N, 0.5, NULL);
    float *d = value_array(v, "density")->data;
    for (int64_t i = 0; i < N * N * N; i++) {
        int64_t x = i % N, z = i / N / N;
        d[i] = z > 12 && z < 20 && (!narrow || (x > 10 && x < 22));
    }
    loom_value *series = project(v, 9, 20, 0);
    float *images = value_array(series, "images")->data;
    for (int64_t i = 0; i < 9 * N * N; i++) images[i] += (float)background;
    op_call c = { .op = op_load("reconstruct.resire"), .params = { "iterations=1", p1 } };
    op_input(&c, "tilts", series);
    op_must_run(&c);
    if (*expected) ck_assert_msg(strstr(c.warnings, expected) != NULL, "'%s'", c.warnings);
    else ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(series);
    value_free(v);
}

START_TEST(images_that_end_within_the_specimen_are_reported)
{
    check_sides(true, 0, NULL, "");
    check_sides(false, 0, NULL, "object: the images are ");
    check_sides(false, 0, "object=film", "");
    check_sides(true, 4, NULL, "give its level as 'background'");
    check_sides(true, 4, "background=4", "");
}
END_TEST

/* Noise that does not depend on the place: images with Poisson counts of about `peak` per pixel. */
static void make_counts(loom_value *series, double peak)
{
    const loom_array *images = value_array(series, "images");
    float *p = images->data, most = 0;
    for (int64_t i = 0; i < loom_array_count(images); i++) most = p[i] > most ? p[i] : most;
    for (int64_t i = 0; i < loom_array_count(images); i++)
        p[i] = (float)loom_poisson(5, 1, (uint64_t)i, fmax(0, p[i]) * peak / most);
}

static double distance(const float *a, const float *b, int64_t n)
{
    return 1 - correlation(a, b, n);
}

/* From few counts the volume is best after some iterations, and `stop: free` finds about that
 * number without the truth, whichever part is left out (it judges projections; the volume, judged
 * here, is best a little earlier). */
START_TEST(free_data_find_the_iterations)
{
    static const char *const splits[] = { "free_split=tilts", "free_split=counts" };
    loom_value *v = phantom(N, N, N), *series = project(v, NT, 87, 0);
    make_counts(series, 12);
    const float *truth = value_array(v, "density")->data;
    for (int i = 0; iterative[i]; i++) {
        double best = 1;
        for (int n = 1; n <= 60; n = n * 5 / 4 + 1) {
            char set[32];
            snprintf(set, sizeof set, "iterations=%d", n);
            op_call c = { .op = op_load(iterative[i]), .threads = 2, .params = { set } };
            op_input(&c, "tilts", series);
            op_must_run(&c);
            best = fmin(best, distance(value_array(op_output(&c, "volume"), "density")->data, truth,
                                       N * N * N));
            op_end(&c);
        }
        for (int split = 0; split < 2; split++) {
            op_call c = { .op = op_load(iterative[i]),
                          .threads = 2,
                          .params = { "iterations=80", "stop=free", splits[split],
                                      "free_every=5" } };
            op_input(&c, "tilts", series);
            op_must_run(&c);
            int64_t rows;
            const double *r_free = column(&c, "r_free", &rows);
            double found =
                distance(value_array(op_output(&c, "volume"), "density")->data, truth, N * N * N);
            ck_assert_msg(found < 1.4 * best, "%s %s: %g, %g is possible", iterative[i],
                          splits[split], found, best);
            ck_assert_int_gt(rows, 1);
            ck_assert_int_lt(rows, 80);
            for (int64_t k = 0; k < rows - 1; k++) ck_assert_double_gt(r_free[k], r_free[rows - 1]);
            op_end(&c);
        }
    }
    value_free(series);
    value_free(v);
}
END_TEST

/* The last pass is that of all data with the iterations found: the same bytes as asked for. */
START_TEST(the_last_pass_sees_all_data)
{
    static const char *const splits[] = { "free_split=tilts", "free_split=counts" };
    loom_value *v = phantom(20, 20, 20), *series = project(v, 13, 70, 1);
    make_counts(series, 30);
    for (int i = 0; iterative[i]; i++)
        for (int split = 0; split < 2; split++) {
            op_call c = { .op = op_load(iterative[i]),
                          .params = { "iterations=9", "stop=free", "free_every=4",
                                      splits[split] } };
            op_input(&c, "tilts", series);
            op_must_be_deterministic(&c);
            int64_t rows;
            column(&c, "r_free", &rows);
            char set[32];
            snprintf(set, sizeof set, "iterations=%d", (int)rows - 1);
            op_call d = { .op = op_load(iterative[i]), .params = { set } };
            op_input(&d, "tilts", series);
            op_must_run(&d);
            ck_assert_mem_eq(value_array(op_output(&c, "volume"), "density")->data,
                             value_array(op_output(&d, "volume"), "density")->data,
                             20 * 20 * 20 * sizeof(float));
            op_end(&c);
            op_end(&d);
        }
    value_free(series);
    value_free(v);
}
END_TEST

START_TEST(what_cannot_be_left_out_is_refused)
{
    loom_value *v = phantom(8, 8, 8), *series = project(v, 5, 40, 0);
    op_call few = { .op = op_load("reconstruct.resire"), .params = { "stop=free" } };
    op_input(&few, "tilts", series);
    op_must_fail(&few, LOOM_E_PARAM, "free_every", "one of 10 tilts cannot be left out of 5");
    op_call real = { .op = op_load("reconstruct.sirt"),
                     .params = { "stop=free", "free_split=counts" } };
    op_input(&real, "tilts", series);
    op_must_fail(&real, LOOM_E_PARAM, "free_split", "the images are not counts");
    op_end(&few);
    op_end(&real);
    value_free(series);
    value_free(v);
}
END_TEST

TEST_MAIN("reconstruct", free_data_find_the_iterations, the_last_pass_sees_all_data,
          what_cannot_be_left_out_is_refused, images_that_end_within_the_specimen_are_reported,
          recovers_a_known_volume, weighted_back_projection_keeps_the_density,
          projections_of_a_centred_voxel_sum_to_it, background_support_and_start_are_honoured,
          bytes_do_not_depend_on_threads, a_film_is_wider_than_its_images, stops_when_told,
          estimates_cover_the_peak, refuses_bad_input)
