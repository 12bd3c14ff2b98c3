/* kit/kirkland.c - see kirkland.h */
#include "kit/kirkland.h"
#include "kit/geometry.h"
#include <assert.h>
#include <math.h>

/* Bohr radius in angstrom and e in volt angstrom, to the digits that multislice programs of the
 * field agree on. */
static const double bohr = 0.5292, charge = 14.4;

double loom_bessel_k0(double x)
{
    assert(x >= 0);
    if (x <= 2) { /* Abramowitz & Stegun 9.8.1 and 9.8.5 */
        double t = x / 3.75, y = x * x / 4;
        t *= t;
        double i0 =
            1
            + t
                  * (3.5156229
                     + t
                           * (3.0899424
                              + t
                                    * (1.2067492
                                       + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))));
        return -log(x / 2) * i0 - 0.57721566
               + y
                     * (0.42278420
                        + y
                              * (0.23069756
                                 + y
                                       * (0.03488590
                                          + y * (0.00262698 + y * (0.00010750 + y * 0.00000740)))));
    }
    double y = 2 / x; /* 9.8.6 */
    double p =
        1.25331414
        + y
              * (-0.07832358
                 + y
                       * (0.02189568
                          + y
                                * (-0.01062446
                                   + y * (0.00587872 + y * (-0.00251540 + y * 0.00053208)))));
    return exp(-x) / sqrt(x) * p;
}

double loom_kirkland_factor(const double *k, double q)
{
    double f = 0, q2 = q * q;
    for (int i = 0; i < 6; i += 2) f += k[i] / (q2 + k[i + 1]) + k[i + 6] * exp(-k[i + 7] * q2);
    return f;
}

double loom_kirkland_projected(const double *k, double r)
{
    double lorentz = 0, gauss = 0;
    for (int i = 0; i < 6; i += 2) {
        lorentz += k[i] * loom_bessel_k0(2 * LOOM_PI * r * sqrt(k[i + 1]));
        gauss += k[i + 6] / k[i + 7] * exp(-LOOM_PI * LOOM_PI * r * r / k[i + 7]);
    }
    return 2 * LOOM_PI * LOOM_PI * bohr * charge * (2 * lorentz + gauss);
}

double loom_kirkland_potential(const double *k, double r)
{
    assert(r > 0);
    double lorentz = 0, gauss = 0;
    for (int i = 0; i < 6; i += 2) {
        lorentz += k[i] / r * exp(-2 * LOOM_PI * r * sqrt(k[i + 1]));
        gauss += k[i + 6] * pow(k[i + 7], -1.5) * exp(-LOOM_PI * LOOM_PI * r * r / k[i + 7]);
    }
    return 2 * LOOM_PI * LOOM_PI * bohr * charge * (lorentz + sqrt(LOOM_PI) * gauss);
}

double loom_kirkland_cross_section(const double *k, double wavelength_A, double gamma,
                                   double inner_mrad, double outer_mrad)
{
    assert(wavelength_A > 0 && outer_mrad >= inner_mrad);
    enum { STEPS = 2000 }; /* Simpson; the integrand is smooth */
    double low = inner_mrad * 1e-3, step = (outer_mrad - inner_mrad) * 1e-3 / STEPS, sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double theta = low + i * step,
               f = gamma * loom_kirkland_factor(k, 2 * sin(theta / 2) / wavelength_A);
        double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        sum += weight * f * f * 2 * LOOM_PI * sin(theta);
    }
    return sum * step / 3;
}
