/* align/register.h - the displacement between images from the likelihood of their spectra.
 *
 * Of two images of one object, white noise N1 and N2 in each Fourier coefficient and power S of the
 * object, the log-likelihood of a displacement u is, up to a constant,
 *     c(u) = sum over k of S / (N1 N2 + S (N1 + N2)) Re(conj(F1) F2 exp(2 pi i k u)):
 * a cross-correlation in which each frequency counts for what it is worth. It is evaluated on a
 * grid of half pixels (a correlation of whole pixels may have its largest value on another period
 * of a lattice where the true displacement is a fraction) and refined by Newton's method on the
 * exact sum.
 *
 * Slips by a period of a lattice: maxima within REGISTER_AMBIGUOUS of the largest c are told apart
 * by less than the noise can do, so the one nearest to where the displacement is expected is taken.
 * Another one is taken only on evidence. */
#ifndef ALIGN_REGISTER_H
#define ALIGN_REGISTER_H
#include <atomloom/op.h>
#include <complex.h>
#include <fftw3.h>

#define REGISTER_AMBIGUOUS 12.0 /* odds of 1 to 160,000 */

/* Sizes and plans for images of ny x nx; buffers are the caller's, of whole planes each. */
typedef struct registrar {
    int64_t ny, nx, hx; /* hx = nx/2 + 1 */
    int64_t spec, grid; /* complex numbers of a spectrum, floats of the grid of half pixels */
    int64_t rings;      /* distances from zero, in units of 1/max(ny, nx) */
    float *taper_y, *taper_x;
    double area[2];         /* sums of their squares, y and x */
    fftwf_plan forth, fine; /* image -> spectrum; padded spectrum -> grid */
    int64_t fine_spec;      /* complex numbers of the padded spectrum */
} registrar;

/* Plans are made and must be destroyed by registrar_end. */
bool registrar_start(loom_call *call, int64_t ny, int64_t nx, registrar *r);
void registrar_end(registrar *r);
/* Floats of work space of one thread. */
int64_t registrar_work(const registrar *r);

/* spec[r->spec] of an image less its mean, faded out at its edges. */
void registrar_spectrum(const registrar *r, const float *image, float *work, float complex *spec);

/* Of n spectra, each r->spec apart: noise[n], the mean power of each at its highest frequencies;
 * and signal[ny][hx], the power of the object in each coefficient: the mean power of all n around
 * it less the noise, 0 where it is not clearly above it, or that of its ring where that is larger.
 * With rings[ny][hx], not NULL, signal is that of the surroundings alone and rings that of the
 * ring. Powers know nothing of displacements, so what weighs a frequency does not favour one. work:
 * registrar_work floats. */
void registrar_power(const registrar *r, const float complex *spec, int64_t n, float *work,
                     double *noise, float *signal, float *rings);

/* product = weights times conj(a) b; na, nb the noise. Returns what c would be, on average, at the
 * true displacement. */
double registrar_product(const registrar *r, const float complex *a, double na,
                         const float complex *b, double nb, const float *signal,
                         float complex *product);

typedef struct register_result {
    double x, y;        /* how far b is displaced from a, pixels */
    double score;       /* c there, less the mean of c */
    double correlation; /* normalised: 1 for equal images without noise */
    int64_t rivals;     /* maxima that the noise cannot tell from the best */
} register_result;

/* The displacement of largest c within max_px of `expected` along each axis, see above. */
register_result registrar_find(const registrar *r, const float complex *product,
                               const double expected[2], double max_px, float *work);

typedef struct register_maximum {
    double x, y; /* to about a hundredth of a pixel */
    double far;  /* squared distance from the displacement expected */
    float c;
} register_maximum;

/* Maxima of c within max_px of 0 along each axis whose c, over the overlap of the images, is at
 * least that share of the largest; the `most` nearest to `expected` at most. Returns how many. */
int64_t registrar_maxima(const registrar *r, const float complex *product, const double expected[2],
                         double max_px, double share, float *work, int64_t most,
                         register_maximum *to);

/* c, its gradient (x, y) and its second derivatives (xx, xy, yy) at a displacement. work: room
 * for 6 r->hx doubles. */
double registrar_value(const registrar *r, const float complex *product, const double at[2],
                       float *work, double gradient[2], double second[3]);

/* Newton's method from *at on the exact sum; c there. Stays within a pixel of where it began. */
double registrar_refine(const registrar *r, const float complex *product, float *work,
                        double at[2]);
#endif
