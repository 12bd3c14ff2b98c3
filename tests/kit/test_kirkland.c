/* kit/kirkland: potentials and factors are transforms of each other, as their definitions demand.
 */
#include "kit/geometry.h"
#include "kit/kirkland.h"
#include "support/suite.h"
#include <math.h>

/* K0(x) = integral of exp(-x cosh t) over t >= 0 */
static double k0_by_integral(double x)
{
    double sum = 0, step = 1e-3;
    for (double t = 0; t < 30; t += step) sum += exp(-x * cosh(t + step / 2)) * step;
    return sum;
}

START_TEST(bessel_k0_matches_its_integral)
{
    static const double at[] = { 0.01, 0.1, 0.5, 1, 1.99, 2.01, 5, 12 };
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq_tol(loom_bessel_k0(at[i]) / k0_by_integral(at[i]), 1, 5e-7);
}
END_TEST

START_TEST(the_projected_potential_is_the_line_integral_of_the_potential)
{
    static const int elements[] = { 14, 46, 77 };
    for (int e = 0; e < 3; e++)
        for (double r = 0.3; r < 2; r += 0.4) {
            const double *k = loom_kirkland(elements[e]);
            double sum = 0, step = 1e-3;
            for (double z = step / 2; z < 40; z += step)
                sum += 2 * step * loom_kirkland_potential(k, sqrt(r * r + z * z));
            ck_assert_double_eq_tol(loom_kirkland_projected(k, r) / sum, 1, 1e-5);
        }
}
END_TEST

START_TEST(heavier_elements_scatter_more_by_the_published_ratio)
{
    double wavelength = 0.0196875, gamma = 1 + 300.0 / 510.99895;
    double pd = loom_kirkland_cross_section(loom_kirkland(46), wavelength, gamma, 40.6, 200);
    double ir = loom_kirkland_cross_section(loom_kirkland(77), wavelength, gamma, 40.6, 200);
    ck_assert_double_eq_tol(pd, 0.00851, 0.0001);
    ck_assert_double_eq_tol(ir, 0.0219, 0.0002);
    ck_assert(loom_kirkland(0) == NULL && loom_kirkland(104) == NULL);
}
END_TEST

TEST_MAIN("kit kirkland", bessel_k0_matches_its_integral,
          the_projected_potential_is_the_line_integral_of_the_potential,
          heavier_elements_scatter_more_by_the_published_ratio)
