/* kit/points: amplitude is the sum of an image, forward is the slope of the images, backward its
 * transpose, curvature their product; the same bytes for any number of threads. */
#include "kit/points.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POINTS = 40,
    VIEWS = 5,
    NY = 36,
    NX = 44,
    PIXELS = VIEWS * NY * NX,
    WORK = LOOM_VIEW * NY * NX * 4
};

static double point[LOOM_POINT * POINTS], view[LOOM_VIEW * VIEWS], d_point[LOOM_POINT * POINTS],
    d_view[LOOM_VIEW * VIEWS];
static float image[PIXELS], other[PIXELS], work[WORK];

static double about(uint64_t stream, uint64_t i, double spread)
{
    return spread * (2 * loom_uniform(7, stream, i) - 1);
}

static loom_points scene(double spread_px, double sigma, int threads)
{
    for (int i = 0; i < LOOM_POINT * POINTS; i++) {
        point[i] = i % LOOM_POINT == 3 ? 10 + about(1, i, 5) : about(1, i, spread_px);
        d_point[i] = about(2, i, i % LOOM_POINT == 3 ? 1 : 0.1);
    }
    for (int i = 0; i < LOOM_VIEW * VIEWS; i++) {
        view[i] = about(3, i, i % LOOM_VIEW < 2 ? 2 : 80);
        d_view[i] = about(4, i, 0.3);
    }
    return (loom_points){ .n = POINTS,
                          .nt = VIEWS,
                          .ny = NY,
                          .nx = NX,
                          .sigma_px = sigma,
                          .point = point,
                          .view = view,
                          .threads = threads };
}

START_TEST(amplitudes_are_sums)
{
    loom_points m = scene(3, 1.3, 1);
    loom_points_images(&m, image);
    double wanted = 0;
    for (int j = 0; j < POINTS; j++) wanted += point[LOOM_POINT * j + 3];
    for (int k = 0; k < VIEWS; k++) {
        double sum = 0;
        for (int i = 0; i < NY * NX; i++) sum += image[k * NY * NX + i];
        ck_assert_double_lt(fabs(sum / wanted - 1), 1e-4); /* cut at four widths */
    }
}
END_TEST

START_TEST(forward_is_the_slope)
{
    loom_points m = scene(9, 1.8, 1), ahead = m, behind = m;
    double p[2][LOOM_POINT * POINTS], v[2][LOOM_VIEW * VIEWS], worst = 0, most = 0;
    const double h = 1e-2;
    for (int i = 0; i < LOOM_POINT * POINTS; i++)
        for (int s = 0; s < 2; s++) p[s][i] = point[i] + (s ? -h : h) * d_point[i];
    for (int i = 0; i < LOOM_VIEW * VIEWS; i++)
        for (int s = 0; s < 2; s++) v[s][i] = view[i] + (s ? -h : h) * d_view[i];
    ahead.point = p[0];
    ahead.view = v[0];
    behind.point = p[1];
    behind.view = v[1];
    static float a[PIXELS], b[PIXELS];
    loom_points_images(&ahead, a);
    loom_points_images(&behind, b);
    loom_points_forward(&m, d_point, d_view, image);
    for (int i = 0; i < PIXELS; i++) {
        worst = fmax(worst, fabs((a[i] - b[i]) / (2 * h) - image[i]));
        most = fmax(most, fabs(image[i]));
    }
    ck_assert_double_lt(worst, 3e-3 * most); /* the edge of the cut profile moves with its pixel */
}
END_TEST

START_TEST(backward_is_the_transpose)
{
    const double widths[3] = { 0.6, 1.9, 4.2 };
    for (int s = 0; s < 3; s++) {
        loom_points m = scene(22, widths[s], 2); /* some of it beside the images */
        double p[LOOM_POINT * POINTS], v[LOOM_VIEW * VIEWS], left = 0, right = 0, size = 0;
        for (int i = 0; i < PIXELS; i++) other[i] = (float)about(5, i, 1);
        loom_points_forward(&m, d_point, d_view, image);
        ck_assert_int_le(loom_points_work(&m), WORK);
        loom_points_backward(&m, other, work, p, v);
        for (int i = 0; i < PIXELS; i++) {
            left += (double)image[i] * other[i];
            size += fabs((double)image[i] * other[i]);
        }
        for (int i = 0; i < LOOM_POINT * POINTS; i++) right += p[i] * d_point[i];
        for (int i = 0; i < LOOM_VIEW * VIEWS; i++) right += v[i] * d_view[i];
        ck_assert_double_lt(fabs(left - right), 1e-5 * size);
    }
}
END_TEST

START_TEST(curvature_is_the_product)
{
    loom_points m = scene(5, 1.5, 1);
    double position[6 * POINTS], amplitude[POINTS], block[LOOM_VIEW * LOOM_VIEW * VIEWS],
        unit[LOOM_VIEW * VIEWS] = { 0 };
    for (int i = 0; i < PIXELS; i++) other[i] = (float)(1 + about(6, i, 0.5));
    loom_points_curvature(&m, other, work, position, amplitude, block);
    for (int a = 0; a < LOOM_VIEW; a++) {
        memset(unit, 0, sizeof unit);
        unit[LOOM_VIEW * 2 + a] = 1;
        loom_points_forward(&m, NULL, unit, image);
        double sum = 0;
        for (int i = 0; i < PIXELS; i++) sum += (double)image[i] * image[i] * other[i];
        ck_assert_double_lt(fabs(sum / block[LOOM_VIEW * LOOM_VIEW * 2 + a * (LOOM_VIEW + 1)] - 1),
                            1e-4);
    }
    m.n = 1; /* alone, its own block is exact */
    loom_points_curvature(&m, NULL, work, position, amplitude, block);
    const int diagonal[3] = { 0, 2, 5 };
    for (int a = 0; a < LOOM_POINT; a++) {
        double one[LOOM_POINT] = { 0 }, sum = 0;
        one[a] = 1;
        loom_points_forward(&m, one, NULL, image);
        for (int i = 0; i < PIXELS; i++) sum += (double)image[i] * image[i];
        ck_assert_double_lt(fabs(sum / (a < 3 ? position[diagonal[a]] : amplitude[0]) - 1), 1e-3);
    }
}
END_TEST

START_TEST(same_bytes_for_any_number_of_threads)
{
    double p[2][LOOM_POINT * POINTS], v[2][LOOM_VIEW * VIEWS];
    for (int s = 0; s < 2; s++) {
        loom_points m = scene(15, 1.8, s ? 3 : 1);
        loom_points_images(&m, s ? other : image);
        loom_points_backward(&m, s ? other : image, work, p[s], v[s]);
    }
    ck_assert_mem_eq(image, other, sizeof image);
    ck_assert_mem_eq(p[0], p[1], sizeof p[0]);
    ck_assert_mem_eq(v[0], v[1], sizeof v[0]);
}
END_TEST

TEST_MAIN("kit.points", amplitudes_are_sums, forward_is_the_slope, backward_is_the_transpose,
          curvature_is_the_product, same_bytes_for_any_number_of_threads)
