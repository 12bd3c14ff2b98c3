/* simulate.tilt_series - a tilt series of known atoms: linear imaging, an imperfect stage and scan,
 * and a counting detector. */
#include "footprint.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/geometry.h"
#include "kit/kirkland.h"
#include "kit/poisson.h"
#include <omp.h>

typedef struct params {
    loom_ints size;
    double pixel_size, start, stop;
    int64_t tilts;
    loom_reals angles, cross_section, sigma;
    double voltage, inner, outer;
    bool nonlinear;
    loom_reals angle_error;
    double shift_error, drift, jitter, background, background_variation;
    int64_t frames;
    double dose;
    bool poisson;
    double gain, offset, read_noise;
    int64_t seed;
} params;

static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .unit = "pixel", .text = "256", .min = 8, .max = 8192,
               .doc = "edge of the images, or height and width"),
    LOOM_PARAM(params, pixel_size, .unit = "angstrom", .def = 0.352, .min = 0.02, .max = 10,
               .doc = "edge of a pixel"),
    LOOM_PARAM(params, start, .unit = "degree", .def = -73, .min = -180, .max = 180,
               .doc = "first tilt angle theta"),
    LOOM_PARAM(params, stop, .unit = "degree", .def = 72.5, .min = -180, .max = 180,
               .doc = "last tilt angle theta"),
    LOOM_PARAM(params, tilts, .def = 50, .min = 1, .max = 2000,
               .doc = "number of tilts, evenly spaced from start to stop"),
    LOOM_PARAM(params, angles, .unit = "degree", .min = -360, .max = 360,
               .doc = "tilt angles theta one by one, instead of start, stop and tilts"),
    LOOM_PARAM(params, cross_section, .unit = "angstrom^2", .min = 0, .max = 100,
               .doc = "area per atom that scatters onto the detector, one per species; empty: from "
                      "Kirkland's scattering factors"),
    LOOM_PARAM(params, sigma, .unit = "angstrom", .text = "0.65", .min = 0.01, .max = 20,
               .doc = "width of an atom's image (probe, vibration, pixel-free), one for all or one "
                      "per species"),
    LOOM_PARAM(params, voltage, .unit = "kV", .def = 300, .min = 10, .max = 2000,
               .flags = LOOM_ADVANCED, .doc = "for the cross sections"),
    LOOM_PARAM(params, inner, .unit = "mrad", .def = 40.6, .min = 0, .max = 1000,
               .flags = LOOM_ADVANCED,
               .doc = "inner angle of the detector, for the cross sections"),
    LOOM_PARAM(params, outer, .unit = "mrad", .def = 200, .min = 0, .max = 1000,
               .flags = LOOM_ADVANCED,
               .doc = "outer angle of the detector, for the cross sections"),
    LOOM_PARAM(params, nonlinear, .doc = "scattered fraction 1 - exp(-I) instead of I"),
    LOOM_PARAM(params, angle_error, .unit = "degree", .text = "0, 0, 0", .min = 0, .max = 30,
               .doc = "standard deviations of phi, theta, psi about the nominal angles"),
    LOOM_PARAM(params, shift_error, .unit = "pixel", .def = 0, .min = 0, .max = 1000,
               .doc = "standard deviation per axis of each tilt's displacement"),
    LOOM_PARAM(params, drift, .unit = "pixel", .def = 0, .min = 0, .max = 100,
               .doc = "standard deviation per axis of the drift from one frame to the next, steady "
                      "within a tilt"),
    LOOM_PARAM(params, jitter, .unit = "pixel", .def = 0, .min = 0, .max = 20,
               .doc = "standard deviation of each scan line's displacement along x"),
    LOOM_PARAM(params, background, .def = 0, .min = 0, .max = 1,
               .doc = "fraction of the dose scattered by the support"),
    LOOM_PARAM(params, background_variation, .def = 0.2, .min = 0, .max = 1,
               .doc = "largest relative change of the background over the image"),
    LOOM_PARAM(params, frames, .def = 3, .min = 1, .max = 100,
               .doc = "scans per tilt, sharing the dose"),
    LOOM_PARAM(params, dose, .unit = "e/angstrom^2", .def = 3e5, .min = 1e-6, .max = 1e12,
               .doc = "of the whole series"),
    LOOM_PARAM(params, poisson, .def = 1, .doc = "count electrons; otherwise the expected numbers"),
    LOOM_PARAM(params, gain, .def = 1, .min = 1e-6, .max = 1e6,
               .doc = "detector units per electron"),
    LOOM_PARAM(params, offset, .def = 0, .min = -1e6, .max = 1e6,
               .doc = "added to every pixel of a frame, in detector units"),
    LOOM_PARAM(params, read_noise, .def = 0, .min = 0, .max = 1e6,
               .doc = "standard deviation per pixel of a frame, in detector units"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 0x1p53,
               .doc = "of all random numbers; the same seed gives the same series"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "positions from the rotation centre, species and symbols", 0 },
    { "angles", "any",
      "nominal angles: a tilt series or frames with angles, or an array of theta or of rows phi, "
      "theta, psi, in degrees",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series",
      "what the microscope hands over: frames summed as they are, nominal angles", 0 },
    { "frames", "frames", "the single scans", 0 },
    { "truth", "table",
      "one row per frame: true and nominal angles, displacement, drift, expected electrons, part "
      "of the atoms' flux inside the image",
      0 },
    { "truth_tilts", "tilt_series",
      "expected electrons without displacement, drift, jitter, background and noise, at the true "
      "angles",
      0 },
    { "expected", "tilt_series",
      "expected electrons as recorded: everything but noise and detector, at the true angles", 0 },
    { "background", "tilt_series", "the part of `expected` that is background", 0 },
    { "lines", "table", "displacement of every scan line, where there is jitter", LOOM_OPTIONAL },
    { 0 }
};

enum { MOST_SPECIES = LOOM_SPECIES_MOST, WAVES = 3 };
typedef enum stream {
    STREAM_ANGLE = 101,
    STREAM_SHIFT,
    STREAM_DRIFT,
    STREAM_LINE,
    STREAM_BACKGROUND,
    STREAM_COUNT,
    STREAM_READ
} stream;
static uint64_t stream_of(stream purpose, int64_t index)
{
    return (uint64_t)purpose << 48 | (uint64_t)index;
}

/* All that is known before the first image; read by all threads. */
typedef struct scene {
    const params *p;
    int64_t n, nt, nf, ny, nx, margin;
    const double *position;
    const int32_t *species;
    footprint shape[MOST_SPECIES];
    /* fraction of a pixel's electrons that the atom scatters, summed over its pixels */
    float weight[MOST_SPECIES];
    double total_weight;      /* of all atoms */
    double electrons_px;      /* incident per pixel and frame */
    double *nominal, *angles; /* [nt][3] degrees */
    double *shift, *drift;    /* [nt][2] pixels; drift from one frame to the next */
    double *line_shift;       /* [nt][nf][ny] pixels, or NULL */
    /* [nt][nf] expected electrons of the atoms, their part inside, electrons of the background */
    double *signal, *captured, *haze;
    float *frames, *tilts, *ideal, *expected, *background;
} scene;

/* of one thread */
typedef struct workspace {
    double *x, *y;
    float *image, *scattered, *field, *wave;
} workspace;

/* ---- decide ---------------------------------------------------------------------------------- */
static loom_status choose_weights(loom_call *call, scene *s, int species, const int32_t *z)
{
    const loom_host *h = call->host;
    const params *p = s->p;
    double volts = 1000 * p->voltage,
           wavelength_A = 12.2642596 / sqrt(volts * (1 + 0.978475598e-6 * volts)),
           gamma = 1 + p->voltage / 510.99895;
    double area = p->pixel_size * p->pixel_size;
    if (p->cross_section.n && p->cross_section.n != species)
        return h->fail(call, LOOM_E_PARAM, "cross_section",
                       "%lld values for %d species; give one for each, or none",
                       (long long)p->cross_section.n, species);
    if (p->sigma.n != 1 && p->sigma.n != species)
        return h->fail(call, LOOM_E_PARAM, "sigma",
                       "%lld values for %d species; give one for all or one for each",
                       (long long)p->sigma.n, species);
    if (!p->cross_section.n && !(p->outer > p->inner))
        return h->fail(call, LOOM_E_PARAM, "outer",
                       "the detector ends at %g mrad and begins at %g mrad", p->outer, p->inner);
    for (int k = 0; k < species; k++) {
        const double *kirkland = z[k] ? loom_kirkland(z[k]) : NULL;
        double sigma_px = p->sigma.v[p->sigma.n > 1 ? k : 0] / p->pixel_size;
        if (!p->cross_section.n && !kirkland)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "species %d of the atoms is no element with a known scattering factor; "
                           "give `cross_section`",
                           k);
        if (sigma_px < 0.2 || footprint_reach(sigma_px) > FOOTPRINT_MOST_REACH)
            return h->fail(
                call, LOOM_E_PARAM, "sigma",
                "a width of %.3g pixels; expected 0.2 to 21.6: change sigma or pixel_size",
                sigma_px);
        double section =
            p->cross_section.n
                ? p->cross_section.v[k]
                : loom_kirkland_cross_section(kirkland, wavelength_A, gamma, p->inner, p->outer);
        s->weight[k] = (float)(section / area);
        if (!footprint_make(call, sigma_px, &s->shape[k])) return LOOM_E_MEMORY;
        if (s->shape[k].width + 8 > s->margin) s->margin = s->shape[k].width + 8;
    }
    return LOOM_OK;
}

static loom_status read_atoms(loom_call *call, scene *s)
{
    const loom_host *h = call->host;
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *species = loom_need(call, "atoms", "species");
    const char *symbols = h->text(h->input(call, "atoms", 0), "symbols");
    int32_t z[LOOM_SPECIES_MOST];
    if (!position || !species || !loom_need_finite(call, "atoms", position)) return LOOM_E_DATA;
    int known = loom_symbols_numbers(symbols ? symbols : "", z);
    s->n = species->dim[0];
    s->position = position->data;
    s->species = species->data;
    if (!s->n) return h->fail(call, LOOM_E_DATA, "atoms", "there are no atoms to image");
    if (known < 1)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "the attribute `symbols` names %d species; expected 1 to %d", known,
                       LOOM_SPECIES_MOST);
    for (int64_t n = 0; n < s->n; n++)
        if (s->species[n] < 0 || s->species[n] >= known)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "atom %lld is of species %d, but `symbols` names %d (from 0)",
                           (long long)n, (int)s->species[n], known);
    loom_status status = choose_weights(call, s, known, z);
    if (status != LOOM_OK) return status;
    for (int64_t n = 0; n < s->n; n++) s->total_weight += (double)s->weight[s->species[n]];
    return LOOM_OK;
}

static double element_of(const loom_array *a, int64_t i)
{
    return a->dtype == LOOM_F32 ? (double)((const float *)a->data)[i]
                                : ((const double *)a->data)[i];
}

/* Nominal angles from the port, the list, or start, stop and tilts. */
static loom_status choose_angles(loom_call *call, scene *s)
{
    const loom_host *h = call->host;
    const params *p = s->p;
    const loom_value *given = h->input_count(call, "angles") ? h->input(call, "angles", 0) : NULL;
    const loom_array *a = given ? h->array(given, "angles") : NULL;
    if (given && !a) a = h->array(given, "data");
    if (given && p->angles.n)
        return h->fail(call, LOOM_E_PARAM, "angles",
                       "angles come in twice, as a parameter and through the port; leave out one");
    if (given
        && (!a || (a->dtype != LOOM_F32 && a->dtype != LOOM_F64) || a->dim[0] < 1
            || !(a->rank == 1 || (a->rank == 2 && (a->dim[1] == 3 || a->dim[1] == 1)))))
        return h->fail(call, LOOM_E_DATA, "angles",
                       "expected an array `angles` or `data` of real numbers, [tilt] or [tilt][3], "
                       "in degrees");
    if (given && !loom_need_finite(call, "angles", a)) return LOOM_E_DATA;
    s->nt = given ? a->dim[0] : p->angles.n ? p->angles.n : p->tilts;
    s->nominal = h->scratch(call, sizeof(double) * (size_t)(3 * s->nt));
    if (!s->nominal) return LOOM_E_MEMORY;
    bool all_three = given && a->rank == 2 && a->dim[1] == 3;
    for (int64_t it = 0; it < s->nt; it++) {
        double *angle = s->nominal + 3 * it;
        double even = s->nt > 1 ? p->start + (p->stop - p->start) * (double)it / (double)(s->nt - 1)
                                : p->start;
        angle[0] = all_three ? element_of(a, 3 * it) : 0;
        angle[1] = all_three     ? element_of(a, 3 * it + 1)
                   : given       ? element_of(a, it)
                   : p->angles.n ? p->angles.v[it]
                                 : even;
        angle[2] = all_three ? element_of(a, 3 * it + 2) : 0;
    }
    return LOOM_OK;
}

/* The errors of stage and scan, each from a stream of its own, so that changing one leaves the
 * others. */
static void draw_errors(scene *s)
{
    const params *p = s->p;
    uint64_t seed = (uint64_t)p->seed;
    double z[4];
    for (int64_t it = 0; it < s->nt; it++) {
        loom_normal2(seed, stream_of(STREAM_ANGLE, it), 0, z);
        loom_normal2(seed, stream_of(STREAM_ANGLE, it), 1, z + 2);
        for (int a = 0; a < 3; a++)
            s->angles[3 * it + a] = s->nominal[3 * it + a] + p->angle_error.v[a] * z[a];
        loom_normal2(seed, stream_of(STREAM_SHIFT, it), 0, z);
        loom_normal2(seed, stream_of(STREAM_DRIFT, it), 0, z + 2);
        for (int a = 0; a < 2; a++) {
            s->shift[2 * it + a] = p->shift_error * z[a];
            s->drift[2 * it + a] = p->drift * z[2 + a];
        }
    }
    for (int64_t i = 0; s->line_shift && i < s->nt * s->nf * s->ny; i++) {
        loom_normal2(seed, stream_of(STREAM_LINE, i / s->ny), (uint64_t)(i % s->ny), z);
        s->line_shift[i] = p->jitter * z[0];
    }
}

/* ---- kernels --------------------------------------------------------------------------------- */
/* Slowly varying background of one tilt, electrons per pixel and frame: a mean times 1 + variation
 * * (three plane waves)/3, each with at most one period over the image. wave: 4 numbers per line or
 * column. */
static void make_background(const scene *s, int64_t it, float *restrict wave, float *restrict field)
{
    const params *p = s->p;
    int64_t nx = s->nx, ny = s->ny;
    double mean = p->background * s->electrons_px;
    for (int64_t i = 0; i < ny * nx; i++) field[i] = (float)mean;
    if (!(mean > 0)) return;
    float *cx = wave, *sx = cx + nx, *cy = sx + nx, *sy = cy + ny,
          height = (float)(mean * p->background_variation / WAVES);
    for (uint64_t k = 0; k < WAVES; k++) {
        double u[3];
        for (uint64_t a = 0; a < 3; a++)
            u[a] = 2 * LOOM_PI
                   * (loom_uniform((uint64_t)p->seed, stream_of(STREAM_BACKGROUND, it), 3 * k + a)
                      - (a < 2 ? 0.5 : 0));
        for (int64_t ix = 0; ix < nx; ix++) {
            cx[ix] = (float)cos(2 * u[0] * (double)ix / (double)nx);
            sx[ix] = (float)sin(2 * u[0] * (double)ix / (double)nx);
        }
        for (int64_t iy = 0; iy < ny; iy++) {
            cy[iy] = (float)cos(2 * u[1] * (double)iy / (double)ny + u[2]);
            sy[iy] = (float)sin(2 * u[1] * (double)iy / (double)ny + u[2]);
        }
        for (int64_t iy = 0; iy < ny; iy++)
            for (int64_t ix = 0; ix < nx; ix++)
                field[iy * nx + ix] += height * (cy[iy] * cx[ix] - sy[iy] * sx[ix]);
    }
}

/* Fraction of the electrons that the atoms scatter in each pixel, for a displacement in pixels;
 * returns the sum before any saturation. */
static double scatter(const scene *s, int64_t it, const double shift[2], const double *line_shift,
                      const workspace *w)
{
    double r[9], v[3], sum = 0;
    int64_t stride = s->nx + 2 * s->margin;
    loom_euler(s->angles + 3 * it, r);
    for (int64_t n = 0; n < s->n; n++) {
        loom_to_detector(r, s->position + 3 * n, v);
        w->x[n] = (double)loom_centre(s->nx) + v[0] / s->p->pixel_size + shift[0];
        w->y[n] = (double)loom_centre(s->ny) + v[1] / s->p->pixel_size + shift[1];
    }
    memset(w->image, 0, sizeof(float) * (size_t)(stride * (s->ny + 2 * s->margin)));
    footprint_atoms atoms = { s->n, w->x, w->y, s->species, s->weight, s->shape };
    footprint_draw(&atoms, s->ny, s->nx, s->margin, line_shift, w->image);
    for (int64_t iy = 0; iy < s->ny; iy++) {
        const float *src = w->image + (iy + s->margin) * stride + s->margin;
        float *dst = w->scattered + iy * s->nx;
        for (int64_t ix = 0; ix < s->nx; ix++) {
            sum += (double)src[ix];
            dst[ix] = src[ix];
        }
    }
    if (s->p->nonlinear)
        for (int64_t i = 0; i < s->ny * s->nx; i++) w->scattered[i] = -expm1f(-w->scattered[i]);
    return sum;
}

/* One scan: what is expected is added to `expected`, what the detector says goes to `frame` and is
 * added to `tilt`. */
static double detect(const scene *s, int64_t k, const workspace *w, float *restrict expected,
                     float *restrict frame, float *restrict tilt)
{
    const params *p = s->p;
    uint64_t seed = (uint64_t)p->seed, count = stream_of(STREAM_COUNT, k),
             read = stream_of(STREAM_READ, k);
    float per_px = (float)s->electrons_px;
    double sum = 0;
    for (int64_t i = 0; i < s->ny * s->nx; i++) {
        float mean = per_px * w->scattered[i] + w->field[i];
        double electrons =
                   p->poisson ? loom_poisson(seed, count, (uint64_t)i, (double)mean) : (double)mean,
               z[2] = { 0, 0 };
        if (p->read_noise > 0) loom_normal2(seed, read, (uint64_t)i, z);
        expected[i] += mean;
        frame[i] = (float)(p->gain * electrons + p->offset + p->read_noise * z[0]);
        tilt[i] += frame[i];
        sum += (double)(per_px * w->scattered[i]);
    }
    return sum;
}

static void acquire(const scene *s, int64_t it, const workspace *w)
{
    static const double centred[2] = { 0, 0 };
    int64_t pixels = s->ny * s->nx;
    float incident = (float)(s->electrons_px * (double)s->nf);
    double inside = scatter(s, it, centred, NULL, w), last[2] = { 0, 0 };
    for (int64_t i = 0; i < pixels; i++) s->ideal[it * pixels + i] = incident * w->scattered[i];
    make_background(s, it, w->wave, w->field);
    double haze = 0;
    for (int64_t i = 0; i < pixels; i++) {
        s->background[it * pixels + i] = (float)s->nf * w->field[i];
        haze += (double)w->field[i];
    }
    for (int64_t f = 0; f < s->nf; f++) {
        int64_t k = it * s->nf + f;
        double shift[2];
        for (int a = 0; a < 2; a++)
            shift[a] = s->shift[2 * it + a] + (double)f * s->drift[2 * it + a];
        if (s->line_shift || shift[0] != last[0]
            || shift[1] != last[1]) /* a steady stage needs one drawing for all frames */
            inside = scatter(s, it, shift, s->line_shift ? s->line_shift + k * s->ny : NULL, w);
        memcpy(last, shift, sizeof last);
        s->signal[k] = detect(s, k, w, s->expected + it * pixels, s->frames + k * pixels,
                              s->tilts + it * pixels);
        s->captured[k] = s->total_weight > 0 ? inside / s->total_weight : 0;
        s->haze[k] = haze;
    }
}

/* ---- outputs --------------------------------------------------------------------------------- */
static bool start_series(loom_call *call, const scene *s, const char *port, const double *angles,
                         float **images)
{
    const loom_host *h = call->host;
    loom_value *v = h->output(call, port);
    *images =
        h->add_array(call, v, "images", LOOM_F32, 3, (int64_t[]){ s->nt, s->ny, s->nx }, NULL);
    double *to = h->add_array(call, v, "angles", LOOM_F64, 2, (int64_t[]){ s->nt, 3 }, "degree");
    if (!*images || !to) return false;
    memcpy(to, angles, sizeof(double) * (size_t)(3 * s->nt));
    h->set_number(call, v, "pixel_size", s->p->pixel_size, "angstrom");
    h->set_number(call, v, "dose", s->p->dose, "e/angstrom^2");
    h->set_number(call, v, "counts", 0, "");
    return true;
}

static bool start_outputs(loom_call *call, scene *s)
{
    const loom_host *h = call->host;
    const params *p = s->p;
    loom_value *frames = h->output(call, "frames");
    s->frames = h->add_array(call, frames, "images", LOOM_F32, 4,
                             (int64_t[]){ s->nt, s->nf, s->ny, s->nx }, NULL);
    double *angles =
        h->add_array(call, frames, "angles", LOOM_F64, 2, (int64_t[]){ s->nt, 3 }, "degree");
    if (!s->frames || !angles || !start_series(call, s, "tilts", s->nominal, &s->tilts)
        || !start_series(call, s, "truth_tilts", s->angles, &s->ideal)
        || !start_series(call, s, "expected", s->angles, &s->expected)
        || !start_series(call, s, "background", s->angles, &s->background))
        return false;
    memcpy(angles, s->nominal, sizeof(double) * (size_t)(3 * s->nt));
    double counts = p->poisson && p->gain == 1 && p->offset == 0 && p->read_noise == 0;
    h->set_number(call, frames, "pixel_size", p->pixel_size, "angstrom");
    h->set_number(call, frames, "dose", p->dose, "e/angstrom^2");
    h->set_number(call, frames, "counts", counts, "");
    h->set_number(call, h->output(call, "tilts"), "counts", counts, "");
    return true;
}

static loom_status write_truth(loom_call *call, const scene *s)
{
    static const struct {
        const char *name, *unit;
    } columns[] = {
        { "phi", "degree" },
        { "theta", "degree" },
        { "psi", "degree" },
        { "nominal_phi", "degree" },
        { "nominal_theta", "degree" },
        { "nominal_psi", "degree" },
        { "shift_x", "pixel" },
        { "shift_y", "pixel" },
        { "drift_x", "pixel" },
        { "drift_y", "pixel" },
        { "signal", "" },
        { "background", "" },
        { "captured", "" },
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    const loom_host *h = call->host;
    loom_value *truth = h->output(call, "truth");
    int64_t rows = s->nt * s->nf;
    int32_t *tilt = h->add_array(call, truth, "tilt", LOOM_I32, 1, &rows, NULL),
            *frame = h->add_array(call, truth, "frame", LOOM_I32, 1, &rows, NULL);
    double *to[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        if (!(to[c] =
                  h->add_array(call, truth, columns[c].name, LOOM_F64, 1, &rows, columns[c].unit)))
            return LOOM_E_MEMORY;
    if (!tilt || !frame) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < rows; k++) {
        int64_t it = k / s->nf, f = k % s->nf;
        const double *a = s->angles + 3 * it, *n = s->nominal + 3 * it, *move = s->shift + 2 * it,
                     *drift = s->drift + 2 * it;
        double dx = (double)f * drift[0], dy = (double)f * drift[1];
        const double row[COLUMNS] = { a[0],         a[1],         a[2],          n[0], n[1],
                                      n[2],         move[0] + dx, move[1] + dy,  dx,   dy,
                                      s->signal[k], s->haze[k],   s->captured[k] };
        tilt[k] = (int32_t)it;
        frame[k] = (int32_t)f;
        for (int c = 0; c < COLUMNS; c++) to[c][k] = row[c];
    }
    return LOOM_OK;
}

static loom_status write_lines(loom_call *call, const scene *s)
{
    const loom_host *h = call->host;
    if (!s->line_shift) return LOOM_OK;
    loom_value *lines = h->output(call, "lines");
    int64_t rows = s->nt * s->nf * s->ny;
    int32_t *tilt = h->add_array(call, lines, "tilt", LOOM_I32, 1, &rows, NULL),
            *frame = h->add_array(call, lines, "frame", LOOM_I32, 1, &rows, NULL);
    int32_t *line = h->add_array(call, lines, "line", LOOM_I32, 1, &rows, NULL);
    double *offset = h->add_array(call, lines, "offset", LOOM_F64, 1, &rows, "pixel");
    if (!tilt || !frame || !line || !offset) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < rows; i++) {
        tilt[i] = (int32_t)(i / s->ny / s->nf);
        frame[i] = (int32_t)(i / s->ny % s->nf);
        line[i] = (int32_t)(i % s->ny);
        offset[i] = s->line_shift[i];
    }
    return LOOM_OK;
}

/* ---- run ------------------------------------------------------------------------------------- */
static size_t image_bytes(const scene *s)
{
    return sizeof(float) * (size_t)((s->ny + 2 * s->margin) * (s->nx + 2 * s->margin));
}

static bool start_memory(loom_call *call, scene *s, int threads, workspace *w)
{
    const loom_host *h = call->host;
    size_t tilts = (size_t)s->nt, rows = tilts * (size_t)s->nf, pixels = (size_t)(s->ny * s->nx);
    double *angles = h->scratch(call, sizeof(double) * (7 * tilts + 3 * rows));
    if (s->p->jitter > 0
        && !(s->line_shift = h->scratch(call, sizeof(double) * rows * (size_t)s->ny)))
        return false;
    if (!angles) return false;
    s->angles = angles;
    s->shift = angles + 3 * tilts;
    s->drift = s->shift + 2 * tilts;
    s->signal = s->drift + 2 * tilts;
    s->captured = s->signal + rows;
    s->haze = s->captured + rows;
    for (int t = 0; t < threads; t++) {
        w[t].x = h->scratch(call, 2 * sizeof(double) * (size_t)s->n);
        w[t].image = h->scratch(call, image_bytes(s));
        w[t].scattered =
            h->scratch(call, sizeof(float) * (2 * pixels + 2 * (size_t)(s->nx + s->ny)));
        if (!w[t].x || !w[t].image || !w[t].scattered) return false;
        w[t].y = w[t].x + s->n;
        w[t].field = w[t].scattered + pixels;
        w[t].wave = w[t].field + pixels;
    }
    return true;
}

static loom_status check(loom_call *call, const params *p)
{
    const loom_host *h = call->host;
    if (p->size.n != 1 && p->size.n != 2)
        return h->fail(call, LOOM_E_PARAM, "size",
                       "%lld numbers; give the edge, or height and width", (long long)p->size.n);
    if (p->angle_error.n != 3)
        return h->fail(call, LOOM_E_PARAM, "angle_error",
                       "%lld numbers; give the standard deviations of phi, theta, psi",
                       (long long)p->angle_error.n);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_status status = check(call, p);
    if (status != LOOM_OK) return status;
    int threads = h->threads(call);
    scene s = { .p = p, .nf = p->frames, .ny = p->size.v[0], .nx = p->size.v[p->size.n - 1] };
    if ((status = read_atoms(call, &s)) != LOOM_OK || (status = choose_angles(call, &s)) != LOOM_OK)
        return status;
    s.electrons_px = p->dose / (double)(s.nt * s.nf) * p->pixel_size * p->pixel_size;
    workspace *w = h->scratch(call, sizeof *w * (size_t)threads);
    if (!w || !start_memory(call, &s, threads, w)) return LOOM_E_MEMORY;
    draw_errors(&s);
    if (!start_outputs(call, &s)) return LOOM_E_MEMORY;
    int64_t batch = 4 * threads; /* tilts between two reports of progress */
    for (int64_t first = 0; first < s.nt; first += batch) {
        int64_t end = first + batch < s.nt ? first + batch : s.nt;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int64_t it = first; it < end; it++) acquire(&s, it, &w[omp_get_thread_num()]);
        if (!h->progress(call, (double)end, (double)s.nt)) return LOOM_E_CANCELLED;
    }
    status = write_truth(call, &s);
    return status == LOOM_OK ? write_lines(call, &s) : status;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    if (p->size.n < 1) return LOOM_E_PARAM;
    double edge_y = (double)p->size.v[0] + 2 * FOOTPRINT_MOST_REACH,
           edge_x = (double)p->size.v[p->size.n - 1] + 2 * FOOTPRINT_MOST_REACH;
    out->uses_threads = true;
    out->bytes =
        (uint64_t)(3 * sizeof(float) * edge_y * edge_x) * (uint64_t)call->host->threads(call);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_HOERMANN_1993, { 0 } };

static const loom_op simulate_tilt_series = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.tilt_series",
    .summary = "A tilt series of known atoms: linear ADF images, stage and scan errors, "
               "background, Poisson counts and a detector.",
    .method = "**Image.** An electron hits a pixel of area A; an atom scatters it onto the "
              "detector with a probability of cross section / A, spread as a Gaussian of width "
              "`sigma` that is integrated over each pixel (so the flux is exact). Cross sections "
              "are those of Kirkland's scattering factors between `inner` and "
              "`outer` in the first Born approximation (Pd 0.0085, Ir 0.022 angstrom^2 at 300 kV, "
              "40.6 to 200 mrad). `nonlinear` turns the scattered fraction I into 1 - exp(-I).\n\n"
              "**Stage and scan.** True angles are the nominal ones plus normal errors; each tilt "
              "has a random displacement, each of its frames drifts on by the same step, "
              "each scan line (along x, perpendicular to the tilt axis) is displaced on its own. "
              "Displacements say how far the content of an image moved towards +x, +y.\n\n"
              "**Counts.** Expected electrons per pixel and frame: dose / (tilts * frames) * A * "
              "(scattered fraction + background). The background is a constant times 1 + "
              "`background_variation` * (sum of three random plane waves)/3, of at most one "
              "period, different for each tilt and still within it. The detector gives "
              "gain * Poisson + offset + read noise. The attribute `counts` is 1 only where the "
              "images are plain electron counts.\n\n"
              "Every random number depends on the seed and on what it is for, so switching one "
              "error on leaves all others as they were, and all that is injected is an output.",
    .citations = citations,
    .limits = "No channelling and no depth of focus: use simulate.multislice where they matter. "
              "Atoms nearer to the image's edge than 5.5 sigma lose flux there; the "
              "column `captured` of the truth tells how much. Series of one seed share errors and "
              "noise bits: give the series of different particles or stages "
              "different seeds (`seed: ${minutes}`). Drift moves whole frames, not lines within "
              "one. `tilts` sums the frames without registering them.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("simulate.tilt_series", "1.0", "BSD-3-Clause", &simulate_tilt_series);
