/* blocks.h, match.h of denoise.bm3d: transforms have rows of unit norm and are inverted; matches
 * are those of a plain search. */
#include "../../plugins/denoise/match.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

static const int edges[] = { 8, 11, 16 };

static void must_invert(block_kind kind, int edge)
{
    block_tables t;
    float src[BLOCK_MAX], there[BLOCK_MAX], back[BLOCK_MAX];
    block_tables_make(kind, edge, &t);
    for (int k = 0; k < edge; k++) {
        double norm = 0;
        for (int i = 0; i < edge; i++)
            norm += (double)(t.forth[k * edge + i] * t.forth[k * edge + i]);
        ck_assert_double_eq_tol(norm, 1, 1e-6);
    }
    for (int i = 0; i < edge * edge; i++) src[i] = (float)loom_uniform(1, 1, (uint64_t)i);
    block_forth(&t, src, edge, there);
    block_back(&t, there, back);
    for (int i = 0; i < edge * edge; i++) ck_assert_float_eq_tol(back[i], src[i], 2e-6f);
    for (int i = 0; i < edge * edge; i++) src[i] = 3;
    block_forth(&t, src, edge, there);
    for (int i = 1; i < edge * edge; i++) ck_assert_float_eq_tol(there[i], 0, 1e-5f);
}

START_TEST(blocks_come_back)
{
    for (int i = 0; i < 3; i++) must_invert(BLOCK_COSINES, edges[i]);
    must_invert(BLOCK_WAVELETS, 8);
    must_invert(BLOCK_WAVELETS, 16);
}
END_TEST

START_TEST(groups_come_back_and_keep_their_norm)
{
    enum { PIXELS = 64 };
    float group[BLOCK_MAX_GROUP * PIXELS], first[BLOCK_MAX_GROUP * PIXELS];
    for (int n = 1; n <= BLOCK_MAX_GROUP; n *= 2) {
        double before = 0, after = 0;
        for (int i = 0; i < n * PIXELS; i++) {
            first[i] = group[i] = (float)loom_uniform(2, 1, (uint64_t)i);
            before += (double)(first[i] * first[i]);
        }
        group_forth(group, n, PIXELS);
        for (int i = 0; i < n * PIXELS; i++) after += (double)(group[i] * group[i]);
        ck_assert_double_eq_tol(after / before, 1, 1e-5);
        group_back(group, n, PIXELS);
        for (int i = 0; i < n * PIXELS; i++) ck_assert_float_eq_tol(group[i], first[i], 1e-5f);
    }
}
END_TEST

static double plain_distance(const match_planes *p, int edge, match_place a, int64_t y, int64_t x)
{
    double sum = 0;
    for (int r = 0; r < edge; r++)
        for (int c = 0; c < edge; c++) {
            double d = (double)p->plane[a.plane][(a.y + r) * p->stride + a.x + c]
                       - (double)p->plane[0][(y + r) * p->stride + x + c];
            sum += d * d;
        }
    return sum;
}

START_TEST(the_nearest_blocks_are_found)
{
    enum { NY = 40, NX = 61, STRIDE = NX + MATCH_PAD };
    static float images[2][(NY + 1) * STRIDE];
    for (int k = 0; k < 2; k++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                images[k][y * STRIDE + x] =
                    (float)loom_uniform(3, (uint64_t)k, (uint64_t)(y * NX + x));
    match_planes planes = { NY, NX, STRIDE, { images[0], images[1] }, 2 };
    for (int e = 0; e < 3; e++) {
        match_rule rule = { edges[e], 15, 8, 1e9f };
        match_place found[BLOCK_MAX_GROUP];
        int64_t y = NY - edges[e], x = NX - edges[e] - 3;
        ck_assert_int_eq(match_find(&planes, &rule, y, x, found), 8);
        ck_assert_int_eq(found[0].y, y);
        ck_assert_int_eq(found[0].x, x);
        for (int i = 1; i < 8; i++) {
            ck_assert_double_eq_tol(plain_distance(&planes, edges[e], found[i], y, x)
                                        / (double)found[i].distance,
                                    1, 1e-4);
            ck_assert_float_ge(found[i].distance, found[i - 1].distance);
        }
        int nearer = 0; /* than the last one found */
        for (int k = 0; k < 2; k++)
            for (int v = (int)y - 15; v <= NY - edges[e]; v++)
                for (int u = (int)x - 15; u <= NX - edges[e] && u <= x + 15; u++)
                    nearer += plain_distance(&planes, edges[e], (match_place){ 0, k, v, u }, y, x)
                              < 0.9999 * (double)found[7].distance;
        ck_assert_int_eq(nearer, 7);
        rule.limit = 0;
        ck_assert_int_eq(match_find(&planes, &rule, y, x, found), 1);
    }
}
END_TEST

TEST_MAIN("denoise.blocks", blocks_come_back, groups_come_back_and_keep_their_norm,
          the_nearest_blocks_are_found)
