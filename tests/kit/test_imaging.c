/* kit/imaging: a height is the sum of an atom's image, pixels are integrals, forward is the slope
 * of the images, backward its transpose, blocks are their products; the same bytes for any number
 * of threads. */
#include "kit/imaging.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATOMS = 40,
    VIEWS = 5,
    NY = 40,
    NX = 48,
    PLANE = NY * NX,
    PIXELS = VIEWS * PLANE,
    CLASSES = 2,
    TERMS = 15
};
enum { VIEW = VIEW_BACKGROUND + TERMS, COMMON = CLASSES + COMMON_EXTRA };

typedef struct unknowns {
    double atom[LOOM_ATOM * ATOMS], view[VIEW * VIEWS], common[COMMON];
} unknowns;

static int32_t class[ATOMS];
static unknowns at, change;
static float image[PIXELS], other[PIXELS], shape[PIXELS], tail[PIXELS], slope[PIXELS], *work;

static double about(uint64_t stream, uint64_t i, double spread)
{
    return spread * (2 * loom_uniform(7, stream, i) - 1);
}

static loom_imaging of(const unknowns *u, int threads)
{
    return (loom_imaging){ .n = ATOMS,
                           .nt = VIEWS,
                           .ny = NY,
                           .nx = NX,
                           .classes = CLASSES,
                           .background = TERMS,
                           .atom = u->atom,
                           .class = class,
                           .view = u->view,
                           .common = u->common,
                           .threads = threads };
}

/* Atoms within `spread` pixels, and a change of everything. */
static loom_imaging scene(double spread, double share, int threads)
{
    for (int i = 0; i < LOOM_ATOM * ATOMS; i++) {
        at.atom[i] = i % LOOM_ATOM == 3 ? 10 + about(1, i, 5) : about(1, i, spread);
        change.atom[i] = about(2, i, i % LOOM_ATOM == 3 ? 1 : 0.1);
        class[i / LOOM_ATOM] = i / LOOM_ATOM % CLASSES;
    }
    for (int i = 0; i < VIEW * VIEWS; i++) {
        static const double range[VIEW] = { 2, 2, 80, 80, 80, 0.2, 0.3, 1, 1, 1 };
        at.view[i] = about(3, i, range[i % VIEW]) + (i % VIEW == VIEW_SCALE);
        change.view[i] = about(4, i, 0.2);
    }
    unknowns *u = &at;
    u->common[0] = 1.3;
    u->common[1] = 1.7;
    u->common[CLASSES + COMMON_TAIL] = share;
    u->common[CLASSES + COMMON_SPREAD] = 9;
    for (int i = 0; i < COMMON; i++) change.common[i] = about(5, i, 0.1);
    loom_imaging m = of(&at, threads);
    if (!work)
        work = malloc((size_t)loom_imaging_work(&(loom_imaging){
                          .n = ATOMS, .nt = VIEWS, .ny = NY, .nx = NX, .threads = 4 })
                      * sizeof *work);
    return m;
}

static const bool every[] = { true, true, true, true, true, true, true, true, true, true, true,
                              true, true, true, true, true, true, true, true, true, true, true };
_Static_assert(sizeof every == VIEW, "one for every unknown of a view");
static const loom_imaging_fields fields = { shape, tail, slope };

static double sum(const float *x, const float *y, const float *w, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += (double)x[i] * (double)y[i] * (w ? (double)w[i] : 1);
    return s;
}

START_TEST(heights_are_sums)
{
    for (int with = 0; with < 2; with++) {
        loom_imaging m = scene(3, with ? 0.2 : 0, 1);
        for (int k = 0; k < VIEWS; k++)
            for (int t = 0; t < TERMS; t++) at.view[VIEW * k + VIEW_BACKGROUND + t] = 0;
        loom_imaging_images(&m, NULL, work, image);
        for (int k = 0; k < VIEWS; k++) {
            double found = 0, wanted = 0;
            for (int j = 0; j < ATOMS; j++)
                wanted += at.atom[LOOM_ATOM * j + 3] * at.view[VIEW * k + VIEW_SCALE];
            for (int i = 0; i < PLANE; i++) found += (double)image[PLANE * k + i];
            ck_assert_double_lt(fabs(found / wanted - 1), 2e-4); /* cut at four widths */
        }
    }
}
END_TEST

/* One narrow atom off the pixel's centre: the integral over each pixel, by the error function. */
START_TEST(pixels_are_integrals)
{
    double atom[LOOM_ATOM] = { 0.37, -0.21, 5, 100 }, view[VIEW_BACKGROUND] = { [VIEW_SCALE] = 1 },
           common[] = { 0.5, 0, 0 };
    loom_imaging m = { .n = 1,
                       .nt = 1,
                       .ny = NY,
                       .nx = NX,
                       .classes = 1,
                       .atom = atom,
                       .view = view,
                       .common = common,
                       .threads = 1 };
    scene(3, 0, 1);
    loom_imaging_images(&m, NULL, work, image);
    double s = 0.5 * sqrt(2);
    for (int y = -1; y <= 1; y++)
        for (int x = -1; x <= 1; x++) {
            double u = 0.5 * (erf((x + 0.5 - atom[0]) / s) - erf((x - 0.5 - atom[0]) / s));
            double v = 0.5 * (erf((y + 0.5 - atom[1]) / s) - erf((y - 0.5 - atom[1]) / s));
            ck_assert_double_lt(fabs((double)image[(NY / 2 + y) * NX + NX / 2 + x] - 100 * u * v),
                                1e-4);
        }
}
END_TEST

/* A wide atom of variance sigma^2 + spread is what a tail of 1 makes of one of variance sigma^2. */
START_TEST(tail_adds_variances)
{
    double atom[LOOM_ATOM] = { 0.3, 0.4, 0, 100 }, view[VIEW_BACKGROUND] = { [VIEW_SCALE] = 1 };
    double core[] = { 1.5, 1, 4 }, wide[] = { 2.5, 0, 0 };
    loom_imaging m = { .n = 1,
                       .nt = 1,
                       .ny = NY,
                       .nx = NX,
                       .classes = 1,
                       .atom = atom,
                       .view = view,
                       .common = core,
                       .threads = 1 };
    scene(3, 0, 1);
    loom_imaging_images(&m, NULL, work, image);
    m.common = wide;
    loom_imaging_images(&m, NULL, work, other);
    for (int i = 0; i < PLANE; i++)
        ck_assert_double_lt(fabs((double)image[i] - (double)other[i]), 2e-3); /* of 2.5 at most */
}
END_TEST

START_TEST(forward_is_the_slope)
{
    const double h = 1e-2; /* larger than the jumps at the footprints' ends */
    static unknowns there[2];
    loom_imaging m = scene(9, 0.2, 1);
    loom_imaging_images(&m, &fields, work, image);
    loom_imaging_forward(&m, &fields, change.atom, change.view, change.common, work, other);
    for (int s = 0; s < 2; s++) {
        const double *from = (const double *)&at, *d = (const double *)&change;
        for (size_t i = 0; i < sizeof at / sizeof(double); i++)
            ((double *)&there[s])[i] = from[i] + (s ? -h : h) * d[i];
    }
    static float up[PIXELS], down[PIXELS];
    loom_imaging above = of(&there[0], 1), below = of(&there[1], 1);
    loom_imaging_images(&above, NULL, work, up);
    loom_imaging_images(&below, NULL, work, down);
    double miss = 0, all = 0;
    for (int i = 0; i < PIXELS; i++) {
        double found = ((double)up[i] - (double)down[i]) / (2 * h);
        miss += (found - (double)other[i]) * (found - (double)other[i]);
        all += found * found;
    }
    ck_assert_double_lt(sqrt(miss / all), 1e-2); /* footprints end at four widths, and jump there */
}
END_TEST

START_TEST(backward_is_the_transpose)
{
    static unknowns answer;
    static float weights[PIXELS];
    loom_imaging m = scene(12, 0.2, 2);
    for (int i = 0; i < PIXELS; i++) weights[i] = (float)about(6, i, 1);
    loom_imaging_images(&m, &fields, work, image);
    loom_imaging_forward(&m, &fields, change.atom, change.view, change.common, work, other);
    loom_imaging_backward(&m, &fields, weights, work, answer.atom, answer.view, answer.common);
    double left = sum(other, weights, NULL, PIXELS), right = 0, size = 0;
    for (size_t i = 0; i < sizeof at / sizeof(double); i++)
        right += ((double *)&change)[i] * ((double *)&answer)[i];
    for (int i = 0; i < PIXELS; i++) size += fabs((double)other[i] * (double)weights[i]);
    ck_assert_double_lt(fabs(left - right) / size, 1e-7);
}
END_TEST

static double of_block(const double *block, int a, int b)
{
    return a >= b ? block[a * (a + 1) / 2 + b] : block[b * (b + 1) / 2 + a];
}

START_TEST(blocks_are_products)
{
    static double block[LOOM_ATOM_BLOCK * ATOMS], view[VIEWS * VIEW * VIEW];
    static float weights[PIXELS];
    loom_imaging m = scene(9, 0, 2);
    for (int i = 0; i < PIXELS; i++) weights[i] = (float)(1 + about(6, i, 0.9));
    loom_imaging_images(&m, &fields, work, image);
    loom_imaging_atom_blocks(&m, weights, block);
    loom_imaging_view_blocks(&m, &fields, every, weights, work, view);
    for (int a = 0; a < LOOM_ATOM; a++)
        for (int b = 0; b < LOOM_ATOM; b++) {
            double one[LOOM_ATOM * ATOMS] = { [LOOM_ATOM * 17] = 0 },
                                   two[LOOM_ATOM * ATOMS] = { 0 };
            one[LOOM_ATOM * 17 + a] = two[LOOM_ATOM * 17 + b] = 1;
            loom_imaging_forward(&m, &fields, one, NULL, NULL, work, image);
            loom_imaging_forward(&m, &fields, two, NULL, NULL, work, other);
            double wanted = sum(image, other, weights, PIXELS),
                   size = sqrt(sum(image, image, weights, PIXELS)
                               * sum(other, other, weights, PIXELS));
            ck_assert_double_lt(fabs(of_block(block + LOOM_ATOM_BLOCK * 17, a, b) - wanted),
                                1e-5 * size);
        }
    for (int a = 0; a < VIEW; a++)
        for (int b = 0; b < VIEW; b++) {
            double one[VIEW * VIEWS] = { 0 }, two[VIEW * VIEWS] = { 0 };
            one[VIEW * 2 + a] = two[VIEW * 2 + b] = 1;
            loom_imaging_forward(&m, &fields, NULL, one, NULL, work, image);
            loom_imaging_forward(&m, &fields, NULL, two, NULL, work, other);
            double wanted = sum(image, other, weights, PIXELS),
                   size = sqrt(sum(image, image, weights, PIXELS)
                               * sum(other, other, weights, PIXELS));
            ck_assert_double_lt(fabs(view[2 * VIEW * VIEW + VIEW * a + b] - wanted), 1e-5 * size);
        }
}
END_TEST

START_TEST(threads_give_the_same_bytes)
{
    static unknowns answer[3];
    static float kept[PIXELS];
    static const int threads[] = { 1, 2, 4 };
    for (int t = 0; t < 3; t++) {
        loom_imaging m = scene(12, 0.2, threads[t]);
        loom_imaging_images(&m, &fields, work, image);
        if (!t) memcpy(kept, image, sizeof kept);
        ck_assert(!memcmp(kept, image, sizeof kept));
        loom_imaging_backward(&m, &fields, image, work, answer[t].atom, answer[t].view,
                              answer[t].common);
        ck_assert(!memcmp(&answer[0], &answer[t], sizeof answer[t]));
    }
}
END_TEST

TEST_MAIN("kit.imaging", heights_are_sums, pixels_are_integrals, tail_adds_variances,
          forward_is_the_slope, backward_is_the_transpose, blocks_are_products,
          threads_give_the_same_bytes)
