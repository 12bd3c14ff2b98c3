/* kit/kirkland.h - electron scattering factors and atomic potentials in Kirkland's parametrisation:
 * three Lorentzians and three Gaussians per element (E. J. Kirkland, Advanced Computing in Electron
 * Microscopy, 2nd ed. (2010), appendix C).
 *
 *   f(q)  = sum a/(q^2 + b) + sum c exp(-d q^2)                                            q in
 * 1/angstrom, f in angstrom v(r)  = 4 pi^2 a0 e sum a K0(2 pi r sqrt b) + 2 pi^2 a0 e sum (c/d)
 * exp(-pi^2 r^2/d)   projected along z: volt angstrom V(r)  = 2 pi^2 a0 e sum (a/r) exp(-2 pi r
 * sqrt b) + 2 pi^(5/2) a0 e sum c d^(-3/2) exp(-pi^2 r^2/d)   volt */
#ifndef LOOM_KIT_KIRKLAND_H
#define LOOM_KIT_KIRKLAND_H

enum { LOOM_KIRKLAND_LAST = 103 };
/* Coefficients of element Z = 1..103, or NULL: a1 b1 a2 b2 a3 b3 c1 d1 c2 d2 c3 d3. Static. [any]
 */
const double *loom_kirkland(int z);

double loom_kirkland_factor(const double *k, double q);    /* f(q) */
double loom_kirkland_projected(const double *k, double r); /* v(r), r > 0 */
double loom_kirkland_potential(const double *k, double r); /* V(r), r > 0 */
/* Elastic cross section (angstrom^2) into the ring inner..outer (mrad) at a wavelength (angstrom):
 * first Born approximation, integral of gamma^2 |f|^2 over the solid angle; `gamma` = 1 + E/(m
 * c^2). For amplitudes of a linear image model. */
double loom_kirkland_cross_section(const double *k, double wavelength_A, double gamma,
                                   double inner_mrad, double outer_mrad);

double loom_bessel_k0(double x); /* modified Bessel function, x > 0; relative error below 2e-7 */
#endif
