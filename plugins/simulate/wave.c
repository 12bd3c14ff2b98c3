/* simulate/wave.c - see wave.h */
#include "wave.h"
#include "kit/geometry.h"
#include <assert.h>
#include <math.h>
#include <string.h>

const char *const simulate_potentials[] = { "projected", "prismatic_2d", "prismatic_3d", NULL };

static const double electron_rest_keV = 510.99906, hc_keV_A = 12.3984244;

double wave_length(double energy_kV)
{
    return hc_keV_A / sqrt(energy_kV * (2 * electron_rest_keV + energy_kV));
}

double wave_interaction(double energy_kV)
{
    return 2 * LOOM_PI / (wave_length(energy_kV) * energy_kV * 1e3)
           * (electron_rest_keV + energy_kV) / (2 * electron_rest_keV + energy_kV);
}

static int64_t samples(double length, double pixel, int64_t factor)
{
    int64_t n = factor * llround(length / (pixel * (double)factor));
    return n < factor ? factor : n;
}

static loom_status choose_box(loom_call *call, const optics_params *p, const double extent[3],
                              optics *o)
{
    const loom_host *h = call->host;
    if (p->cell.n != 0 && p->cell.n != 3)
        return h->fail(call, LOOM_E_PARAM, "cell",
                       "cell has %lld lengths, expected 3 (x, y, z) or none", (long long)p->cell.n);
    for (int a = 0; a < 3; a++) {
        o->cell[a] = p->cell.n ? p->cell.v[a] : extent[a] + 2 * p->padding;
        if (!(o->cell[a] >= 1))
            return h->fail(call, LOOM_E_PARAM, p->cell.n ? "cell" : "padding",
                           "the box is %g angstrom along axis %d, expected 1 or more", o->cell[a],
                           a);
    }
    return LOOM_OK;
}

/* The coarsest sampling, in angstrom, that carries the angles asked for. */
static double widest_sampling(const optics_params *p, const optics *o)
{
    return o->wavelength * 1e3 / 4 / fmax(p->detector_outer, p->semiangle);
}

/* Transforms of lengths with larger prime factors take several times as long. */
static bool is_smooth(int64_t n)
{
    static const int64_t primes[] = { 2, 3, 5, 7 };
    assert(n > 0);
    for (int i = 0; i < 4; i++)
        while (n % primes[i] == 0) n /= primes[i];
    return n == 1;
}

/* At least as fine as `wanted`, and quick to transform where `factor` is. */
static int64_t finer_samples(double length, double wanted, int64_t factor)
{
    int64_t n = samples(length, wanted, factor);
    while (length / (double)n > wanted || (is_smooth(factor) && !is_smooth(n))) n += factor;
    return n;
}

static void choose_sampling(const optics_params *p, int64_t factor, optics *o)
{
    assert(factor > 0 && o->cell[0] > 0 && o->cell[1] > 0);
    double wanted = widest_sampling(p, o);
    double pixel = p->pixel_size > 0 ? p->pixel_size : wanted;
    o->nx = samples(o->cell[0], pixel, factor);
    o->ny = samples(o->cell[1], pixel, factor);
    if (p->pixel_size <= 0) { /* rounding must not end on the coarse side */
        o->nx = finer_samples(o->cell[0], wanted, factor);
        o->ny = finer_samples(o->cell[1], wanted, factor);
    }
    o->px = o->cell[0] / (double)o->nx;
    o->py = o->cell[1] / (double)o->ny;
    o->theta_max = o->wavelength * 1e3 / (4 * fmax(o->px, o->py));
}

static loom_status check_angles(loom_call *call, const optics *o, double wanted)
{
    const loom_host *h = call->host;
    if (o->outer > o->theta_max * (1 + 1e-9))
        return h->fail(call, LOOM_E_PARAM, "detector_outer",
                       "the detector reaches to %g mrad, but a sampling of %.4g angstrom carries "
                       "angles only up to %.4g mrad; "
                       "use pixel_size <= %.4g (0 chooses it), or a smaller detector_outer",
                       o->outer, fmax(o->px, o->py), o->theta_max, wanted);
    if (o->alpha > o->theta_max)
        return h->fail(call, LOOM_E_PARAM, "semiangle",
                       "the probe reaches to %g mrad, but a sampling of %.4g angstrom carries "
                       "angles only up to %.4g mrad; "
                       "use pixel_size <= %.4g",
                       o->alpha, fmax(o->px, o->py), o->theta_max, wanted);
    if (o->nx > 16384 || o->ny > 16384)
        return h->fail(
            call, LOOM_E_PARAM, "pixel_size",
            "a grid of %lld x %lld samples is too large; use a larger pixel_size or a smaller cell",
            (long long)o->nx, (long long)o->ny);
    return LOOM_OK;
}

loom_status optics_choose(loom_call *call, const optics_params *p, const double extent[3],
                          int64_t factor, optics *out)
{
    const loom_host *h = call->host;
    optics o = { .wavelength = wave_length(p->energy),
                 .sigma = wave_interaction(p->energy),
                 .alpha = p->semiangle,
                 .inner = p->detector_inner,
                 .outer = p->detector_outer,
                 .step = p->detector_step,
                 .c1 = p->defocus,
                 .c3 = p->c3 * 1e7,
                 .c5 = p->c5 * 1e7 };
    loom_status status = choose_box(call, p, extent, &o);
    if (status != LOOM_OK) return status;
    if (p->detector_inner >= p->detector_outer)
        return h->fail(call, LOOM_E_PARAM, "detector_inner",
                       "the detector goes from %g to %g mrad; the inner angle must be the smaller",
                       p->detector_inner, p->detector_outer);
    choose_sampling(p, factor, &o);
    if ((status = check_angles(call, &o, widest_sampling(p, &o))) != LOOM_OK) return status;
    o.dz = p->slice_thickness;
    o.slices = (int64_t)ceil(o.cell[2] / o.dz - 1e-9);
    o.bins = (int64_t)ceil(o.theta_max / o.step);
    *out = o;
    return LOOM_OK;
}

double optics_angle(const optics *o, int64_t kx, int64_t ky)
{
    return 1e3 * o->wavelength * hypot((double)kx / o->cell[0], (double)ky / o->cell[1]);
}

wave optics_probe(const optics *o, double qx, double qy, double dqx, double dqy)
{
    double q = hypot(qx, qy), l = o->wavelength, q2 = q * q, amplitude = 1;
    if (q > 0) amplitude = (o->alpha * 1e-3 / l - q) * q / hypot(dqx * qx, dqy * qy) + 0.5;
    amplitude = fmin(fmax(amplitude, 0), 1);
    double chi = LOOM_PI * l * q2 * (o->c1 + l * l * q2 * (o->c3 / 2 + l * l * q2 * o->c5 / 3));
    return (wave)(amplitude * cexp(-I * chi));
}

/* ---- propagation ----------------------------------------------------------------------------- */

/* FFTW_ESTIMATE: a measured plan could differ from run to run, and with it the last bits of every
 * result. */
static bool make_plans(propagator *p, wave *rows, wave *column)
{
    int nx = (int)p->o->nx, ny = (int)p->o->ny, half = ny / 2;
    fftwf_complex *r = (fftwf_complex *)rows, *c = (fftwf_complex *)column, *d = c + ny * BLOCK;
    p->rows_back = fftwf_plan_many_dft(1, &nx, half, r, NULL, 1, nx, r, NULL, 1, nx, FFTW_BACKWARD,
                                       FFTW_ESTIMATE);
    p->rows_forth = fftwf_plan_many_dft(1, &nx, half, r, NULL, 1, nx, r, NULL, 1, nx, FFTW_FORWARD,
                                        FFTW_ESTIMATE);
    p->columns_back = fftwf_plan_many_dft(1, &ny, BLOCK, c, NULL, BLOCK, 1, d, NULL, BLOCK, 1,
                                          FFTW_BACKWARD, FFTW_ESTIMATE);
    p->columns_forth = fftwf_plan_many_dft(1, &ny, BLOCK, d, NULL, BLOCK, 1, c, NULL, BLOCK, 1,
                                           FFTW_FORWARD, FFTW_ESTIMATE);
    return p->rows_back && p->rows_forth && p->columns_back && p->columns_forth;
}

static void make_steps(propagator *p)
{
    const optics *o = p->o;
    double scale = 1 / ((double)o->nx * (double)o->ny);
    for (int64_t row = 0; row < o->ny / 2; row++)
        for (int64_t x = 0; x < o->nx; x++) {
            int64_t kx = x < o->nx / 2 ? x : x - o->nx, ky = band_k(row, o->ny);
            double qx = (double)kx / o->cell[0], qy = (double)ky / o->cell[1];
            bool inside = kx >= -o->nx / 4 && kx < o->nx / 4;
            double complex s =
                inside ? cexp(-I * LOOM_PI * o->wavelength * o->dz * (qx * qx + qy * qy)) : 0;
            p->step[row * o->nx + x] = (wave)(scale * s);
            p->step_empty[row * o->nx + x] = (wave)s;
        }
}

size_t propagate_scratch(const optics *o) { return 2 * sizeof(wave) * (size_t)o->ny * BLOCK; }

bool propagator_begin(loom_call *call, const optics *o, propagator *out)
{
    const loom_host *h = call->host;
    size_t plane = sizeof(wave) * (size_t)(o->ny / 2 * o->nx);
    *out = (propagator){ .o = o,
                         .step = h->scratch(call, plane),
                         .step_empty = h->scratch(call, plane) };
    wave *rows = h->scratch(call, plane), *column = h->scratch(call, propagate_scratch(o));
    if (!out->step || !out->step_empty || !rows || !column) return false;
    bool good = make_plans(out, rows, column);
    h->release(call, rows);
    h->release(call, column);
    if (!good) {
        propagator_end(out);
        h->fail(call, LOOM_E_MEMORY, NULL,
                "no Fourier transform could be planned for %lld x %lld samples", (long long)o->nx,
                (long long)o->ny);
        return false;
    }
    make_steps(out);
    return true;
}

void propagator_end(propagator *p)
{
    fftwf_plan *const plans[] = { &p->rows_back, &p->rows_forth, &p->columns_back,
                                  &p->columns_forth };
    for (int i = 0; i < 4; i++) {
        if (*plans[i]) fftwf_destroy_plan(*plans[i]);
        *plans[i] = NULL;
    }
}

/* dst[i] *= f[i], complex, n of them */
static void multiply(int64_t n, const wave *restrict f, wave *restrict dst)
{
    const float *a = (const float *)f;
    float *d = (float *)dst;
    for (int64_t i = 0; i < 2 * n; i += 2) {
        float re = d[i] * a[i] - d[i + 1] * a[i + 1], im = d[i] * a[i + 1] + d[i + 1] * a[i];
        d[i] = re;
        d[i + 1] = im;
    }
}

/* Through one slice: to real space by rows, then block by block of columns to real space, times
 * transmission, and back. */
static void through_slice(const propagator *p, const wave *transmission, wave *psi, wave *column)
{
    int64_t nx = p->o->nx, ny = p->o->ny, quarter = ny / 4, middle = ny / 2 * BLOCK;
    wave *real = column + ny * BLOCK; /* not in place: FFTW would copy to and fro inside */
    fftwf_complex *c = (fftwf_complex *)column, *d = (fftwf_complex *)real;
    fftwf_execute_dft(p->rows_back, (fftwf_complex *)psi, (fftwf_complex *)psi);
    for (int64_t x = 0; x < nx; x += BLOCK) {
        for (int64_t r = 0; r < quarter; r++)
            memcpy(column + r * BLOCK, psi + r * nx + x, sizeof(wave) * BLOCK);
        memset(column + quarter * BLOCK, 0, sizeof(wave) * (size_t)middle);
        for (int64_t r = quarter; r < 2 * quarter; r++)
            memcpy(column + r * BLOCK + middle, psi + r * nx + x, sizeof(wave) * BLOCK);
        fftwf_execute_dft(p->columns_back, c, d);
        multiply(ny * BLOCK, transmission + x * ny, real);
        fftwf_execute_dft(p->columns_forth, d, c);
        for (int64_t r = 0; r < quarter; r++)
            memcpy(psi + r * nx + x, column + r * BLOCK, sizeof(wave) * BLOCK);
        for (int64_t r = quarter; r < 2 * quarter; r++)
            memcpy(psi + r * nx + x, column + r * BLOCK + middle, sizeof(wave) * BLOCK);
    }
    fftwf_execute_dft(p->rows_forth, (fftwf_complex *)psi, (fftwf_complex *)psi);
}

void propagate(const propagator *p, wave *psi, wave *column)
{
    assert(p->o->nx % BLOCK == 0 && p->o->ny % 4 == 0);
    assert(p->transmission && p->empty && p->rows_back);
    int64_t plane = p->o->nx * p->o->ny;
    for (int64_t s = 0; s < p->o->slices; s++) {
        if (!p->empty[s]) through_slice(p, p->transmission + s * plane, psi, column);
        multiply(plane / 2, p->empty[s] ? p->step_empty : p->step, psi);
    }
}
