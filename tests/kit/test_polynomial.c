/* kit/polynomial.h: what is added is what the terms say; sums and products are those of the terms
 * pixel by pixel. */
#include "support/suite.h"
#include <kit/polynomial.h>
#include <math.h>
#include <string.h>

enum { NY = 7, NX = 19, PIXELS = NY * NX, DEGREE = LOOM_POLYNOMIAL_DEGREE };
enum { TERMS = LOOM_POLYNOMIAL_TERMS };

static float image[PIXELS], weight[PIXELS];

static void fill(void)
{
    for (int i = 0; i < PIXELS; i++) {
        image[i] = (float)((i * 37 + 11) % 23) - 8;
        weight[i] = 0.25f + (float)((i * 17 + 5) % 13);
    }
}

/* Term number t at a pixel, by counting. */
static double term(int t, int iy, int ix)
{
    double x = (ix - NX / 2) / (NX / 2.0), y = (iy - NY / 2) / (NY / 2.0);
    for (int d = 0, at = 0;; d++)
        for (int e = 0; e <= d; e++, at++)
            if (at == t) return pow(x, d - e) * pow(y, e);
}

START_TEST(degrees_and_terms)
{
    const int64_t terms[] = { 0, 1, 3, 6, 10, 15, 2, 16, 21, -1 };
    const int degree[] = { -1, 0, 1, 2, 3, 4, -2, -2, -2, -2 };
    for (int i = 0; i < 10; i++) ck_assert_int_eq(loom_polynomial_degree(terms[i]), degree[i]);
}
END_TEST

START_TEST(every_term_is_added)
{
    for (int t = 0; t < TERMS; t++) {
        double c[TERMS] = { 0 };
        c[t] = 2.5;
        fill();
        loom_polynomial_add(NY, NX, DEGREE, c, image);
        for (int i = 0; i < PIXELS; i++) {
            float was = (float)((i * 37 + 11) % 23) - 8;
            ck_assert_double_eq_tol((double)image[i], (double)was + 2.5 * term(t, i / NX, i % NX),
                                    1e-5);
        }
    }
    float same[PIXELS];
    memcpy(same, image, sizeof same);
    loom_polynomial_add(NY, NX, -1, NULL, image);
    ck_assert_mem_eq(same, image, sizeof same);
}
END_TEST

START_TEST(sums_and_products)
{
    double plain[TERMS], weighed[TERMS], gram[TERMS * TERMS];
    fill();
    loom_polynomial_sums(NY, NX, DEGREE, image, NULL, plain);
    loom_polynomial_sums(NY, NX, DEGREE, image, weight, weighed);
    loom_polynomial_gram(NY, NX, DEGREE, weight, gram);
    for (int t = 0; t < TERMS; t++) {
        double one = 0, both = 0;
        for (int i = 0; i < PIXELS; i++) {
            double v = (double)image[i] * term(t, i / NX, i % NX);
            one += v;
            both += v * (double)weight[i];
        }
        ck_assert_double_eq_tol(plain[t], one, 1e-9);
        ck_assert_double_eq_tol(weighed[t], both, 1e-9);
        for (int u = 0; u < TERMS; u++) {
            double product = 0;
            for (int i = 0; i < PIXELS; i++)
                product += (double)weight[i] * term(t, i / NX, i % NX) * term(u, i / NX, i % NX);
            ck_assert_double_eq_tol(gram[t * TERMS + u], product, 1e-9);
        }
    }
}
END_TEST

TEST_MAIN("kit.polynomial", degrees_and_terms, every_term_is_added, sums_and_products)
