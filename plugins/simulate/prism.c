/* simulate.prism - annular dark-field images by plane-wave interpolation: far fewer propagations
 * than probes. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "scan.h"
#include "strips.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

typedef struct params {
    scan_params scan;
    int64_t interpolation;
    double guard;
} params;
static const loom_param param_table[] = {
    SCAN_PARAMS(params, scan),
    LOOM_PARAM(params, interpolation, .def = 4, .min = 1, .max = 32,
               .doc = "f: every f-th plane wave is propagated; the probe must fit into box/f"),
    LOOM_PARAM(params, guard, .unit = "mrad", .def = 2.5, .min = 0, .max = 50,
               .flags = LOOM_ADVANCED,
               .doc = "plane waves are taken this far beyond the semi-angle"),
    { 0 }
};
static const loom_port inputs[] = { SCAN_INPUTS, { 0 } };
static const loom_port outputs[] = { SCAN_OUTPUTS, { 0 } };

typedef struct beam {
    int64_t kx, ky;
    wave amplitude;
} beam;

typedef struct prism {
    scan s;
    /* half-resolution grid hx, hy; window wx, wy; stride: floats of a padded window row */
    int64_t f, beams, hx, hy, wx, wy, stride;
    beam *beam;
    float *matrix; /* S: [y][re, im][beam][hx] */
    fftwf_plan half_back, window_forth;
    int16_t *bin_of; /* [wy][wx] of the window's transform */
    uint8_t *seen;
} prism;

/* ---- plane waves ----------------------------------------------------------------------------- */

static loom_status choose_beams(prism *m, double guard)
{
    const scan *s = &m->s;
    const optics *o = &s->o;
    int64_t reach_x = o->nx / 4 / m->f, reach_y = o->ny / 4 / m->f;
    double total = 0, step[2] = {
        1 / o->cell[0], 1 / o->cell[1]
    }; /* the aperture's soft edge is multislice's, not f times wider */
    m->beam = s->call->host->scratch(
        s->call, sizeof *m->beam * (size_t)((2 * reach_x + 1) * (2 * reach_y + 1)));
    if (!m->beam) return LOOM_E_MEMORY;
    for (int64_t j = -reach_y; j <= reach_y; j++)
        for (int64_t i = -reach_x; i <= reach_x; i++) {
            int64_t kx = i * m->f, ky = j * m->f;
            bool kept = kx >= -o->nx / 4 && kx < o->nx / 4 && ky >= -o->ny / 4 && ky < o->ny / 4;
            if (!kept || optics_angle(o, kx, ky) > o->alpha + guard) continue;
            wave a =
                optics_probe(o, (double)kx / o->cell[0], (double)ky / o->cell[1], step[0], step[1]);
            m->beam[m->beams++] = (beam){ kx, ky, a };
            total += (double)(crealf(a) * crealf(a) + cimagf(a) * cimagf(a));
        }
    if (!(total > 0))
        return s->call->host->fail(
            s->call, LOOM_E_PARAM, "interpolation",
            "no plane wave is left inside %g mrad; use a smaller interpolation", o->alpha);
    for (int64_t b = 0; b < m->beams; b++) m->beam[b].amplitude *= (float)(1 / sqrt(total));
    return LOOM_OK;
}

/* One plane wave through the specimen and, in vacuum, back to the entrance plane, so that probes
 * are in focus where they are cut out; stored at half resolution, which holds the whole band. */
static void propagate_beam(const prism *m, int64_t b, wave *psi, wave *column, wave *half)
{
    assert(b >= 0 && b < m->beams);
    const optics *o = &m->s.o;
    int64_t nx = o->nx, hx = m->hx, quarter_x = nx / 4;
    const beam *w = &m->beam[b];
    memset(psi, 0, sizeof *psi * (size_t)(nx * o->ny / 2));
    int64_t row = w->ky >= 0 ? w->ky : w->ky + o->ny / 2;
    psi[row * nx + (w->kx >= 0 ? w->kx : w->kx + nx)] = 1;
    propagate(&m->s.propagator, psi, column);
    for (int64_t r = 0; r < o->ny / 2; r++)
        for (int64_t x = 0; x < hx; x++) {
            int64_t kx = x < quarter_x ? x : x - hx, ky = band_k(r, o->ny);
            double qx = (double)kx / o->cell[0], qy = (double)ky / o->cell[1],
                   depth = o->dz * (double)o->slices;
            wave back = (wave)cexp(I * LOOM_PI * o->wavelength * depth * (qx * qx + qy * qy));
            half[r * hx + x] = psi[r * nx + (kx >= 0 ? kx : kx + nx)] * back;
        }
    fftwf_execute_dft(m->half_back, (fftwf_complex *)half, (fftwf_complex *)half);
    for (int64_t y = 0; y < m->hy; y++) {
        float *re = m->matrix + ((y * 2) * m->beams + b) * hx,
              *im = m->matrix + ((y * 2 + 1) * m->beams + b) * hx;
        for (int64_t x = 0; x < hx; x++) {
            re[x] = crealf(half[y * hx + x]);
            im[x] = cimagf(half[y * hx + x]);
        }
    }
}

/* ---- probes ---------------------------------------------------------------------------------- */

/* What one thread needs for a line of probes. */
typedef struct lane {
    wave *psi, *column, *half; /* plane waves */
    /* [2][beams][hx + stride]; [probe][beams] complex; [probe][2][wy][stride] */
    float *panel, *coefficients, *rows;
    wave *window; /* [wy][wx] */
    float *bins;
} lane;

static int64_t wrap(int64_t i, int64_t n) { return ((i % n) + n) % n; }

static void line_coefficients(const prism *m, int64_t iy, const lane *l)
{
    assert(iy >= 0 && iy < m->s.ny);
    const optics *o = &m->s.o;
    for (int64_t ix = 0; ix < m->s.nx; ix++) {
        double at[2];
        scan_probe_at(&m->s, ix, iy, at);
        wave *to = (wave *)l->coefficients + ix * m->beams;
        for (int64_t b = 0; b < m->beams; b++) {
            double turns = (double)m->beam[b].kx * (at[0] / o->cell[0] + 0.5)
                           + (double)m->beam[b].ky * (at[1] / o->cell[1] + 0.5);
            to[b] = m->beam[b].amplitude * (wave)cexp(-2 * LOOM_PI * I * (turns - floor(turns)));
        }
    }
}

/* First sample, on the half-resolution grid, of the window about a coordinate. */
static int64_t window_start(double at, double cell, int64_t half, int64_t window)
{
    assert(cell > 0 && window > 0 && window <= half);
    return wrap(llround((at / cell + 0.5) * (double)half) - window / 2, half);
}

/* The waves of a line of probes inside their windows. Row by row of the window, so that a row of S
 * is read once for all probes. */
static void line_waves(const prism *m, int64_t iy, const lane *l)
{
    assert(m->wx > 0 && m->wx <= m->stride && m->stride % STRIP_WIDTH == 0);
    const scan *s = &m->s;
    double at[2];
    int64_t wide = m->hx + m->stride;
    scan_probe_at(s, 0, iy, at);
    int64_t first_y = window_start(at[1], s->o.cell[1], m->hy, m->wy);
    for (int64_t row = 0; row < m->wy; row++) {
        const float *from = m->matrix + wrap(first_y + row, m->hy) * 2 * m->beams * m->hx;
        for (int64_t b = 0; b < 2 * m->beams;
             b++) { /* continued periodically, so that no window has to wrap */
            float *to = l->panel + b * wide;
            for (int64_t x = 0; x < wide; x += m->hx)
                memcpy(to + x, from + b * m->hx,
                       sizeof *to * (size_t)(wide - x < m->hx ? wide - x : m->hx));
        }
        for (int64_t ix = 0; ix < s->nx; ix++) {
            scan_probe_at(s, ix, iy, at);
            int64_t first_x = window_start(at[0], s->o.cell[0], m->hx, m->wx);
            float *to = l->rows + (ix * 2 * m->wy + row) * m->stride;
            strips_sum(m->wx, m->beams, wide, l->panel + first_x,
                       l->panel + m->beams * wide + first_x, l->coefficients + 2 * ix * m->beams,
                       to, to + m->wy * m->stride);
        }
    }
}

static void detect_line(const prism *m, int64_t tilt, int64_t iy, const lane *l)
{
    assert(tilt >= 0 && tilt < m->s.tilts);
    const scan *s = &m->s;
    int64_t n = m->wx * m->wy;
    double scale = 1 / (double)n;
    for (int64_t ix = 0; ix < s->nx; ix++) {
        const float *re = l->rows + ix * 2 * m->wy * m->stride, *im = re + m->wy * m->stride;
        for (int64_t y = 0; y < m->wy; y++)
            for (int64_t x = 0; x < m->wx; x++)
                l->window[y * m->wx + x] = re[y * m->stride + x] + I * im[y * m->stride + x];
        fftwf_execute_dft(m->window_forth, (fftwf_complex *)l->window, (fftwf_complex *)l->window);
        double sum = 0;
        memset(l->bins, 0, sizeof *l->bins * (size_t)s->o.bins);
        for (int64_t i = 0; i < n; i++) {
            double intensity = scale * scale
                               * (double)(crealf(l->window[i]) * crealf(l->window[i])
                                          + cimagf(l->window[i]) * cimagf(l->window[i]));
            if (m->seen[i]) sum += intensity;
            if (m->bin_of[i] >= 0) l->bins[m->bin_of[i]] += (float)intensity;
        }
        scan_add(s, tilt, iy * s->nx + ix, sum, l->bins, 1.0 / (double)s->p->configurations);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void make_window_detector(prism *m)
{
    const optics *o = &m->s.o;
    for (int64_t y = 0; y < m->wy; y++)
        for (int64_t x = 0; x < m->wx; x++) {
            int64_t kx = (x < m->wx / 2 ? x : x - m->wx) * m->f,
                    ky = (y < m->wy / 2 ? y : y - m->wy) * m->f;
            double theta = optics_angle(o, kx, ky);
            int64_t bin = (int64_t)floor(theta / o->step);
            m->bin_of[y * m->wx + x] = (int16_t)(bin < o->bins ? bin : -1);
            m->seen[y * m->wx + x] = theta >= o->inner && theta < o->outer;
        }
}

static uint64_t lane_bytes(const prism *m)
{
    const optics *o = &m->s.o;
    return sizeof(wave)
               * (uint64_t)(o->nx * o->ny / 2 + o->ny * BLOCK + m->hx * m->hy + m->wx * m->wy
                            + m->s.nx * m->beams)
           + sizeof(float)
                 * (uint64_t)(2 * m->beams * (m->hx + m->stride) + m->s.nx * 2 * m->wy * m->stride
                              + o->bins);
}

static bool make_lane(const prism *m, lane *l)
{
    assert(m->beams > 0);
    loom_call *call = m->s.call;
    const loom_host *h = call->host;
    const optics *o = &m->s.o;
    l->psi = h->scratch(call, sizeof(wave) * (size_t)(o->nx * o->ny / 2));
    l->column = h->scratch(call, propagate_scratch(o));
    l->half = h->scratch(call, sizeof(wave) * (size_t)(m->hx * m->hy));
    l->panel = h->scratch(call, sizeof(float) * (size_t)(2 * m->beams * (m->hx + m->stride)));
    l->coefficients = h->scratch(call, sizeof(wave) * (size_t)(m->s.nx * m->beams));
    l->rows = h->scratch(call, sizeof(float) * (size_t)(m->s.nx * 2 * m->wy * m->stride));
    l->window = h->scratch(call, sizeof(wave) * (size_t)(m->wx * m->wy));
    l->bins = h->scratch(call, sizeof(float) * (size_t)o->bins);
    return l->psi && l->column && l->half && l->panel && l->coefficients && l->rows && l->window
           && l->bins;
}

static void set_sizes(prism *m, int64_t interpolation)
{
    assert(interpolation > 0);
    m->f = interpolation;
    m->hx = m->s.o.nx / 2;
    m->hy = m->s.o.ny / 2;
    m->wx = m->hx / m->f;
    m->wy = m->hy / m->f;
    m->stride = (m->wx + STRIP_WIDTH - 1) / STRIP_WIDTH * STRIP_WIDTH;
}

static loom_status prepare(prism *m, const params *p, int threads, lane *lanes)
{
    loom_call *call = m->s.call;
    const loom_host *h = call->host;
    set_sizes(m, p->interpolation);
    loom_status status = choose_beams(m, p->guard);
    if (status) return status;
    size_t window = (size_t)(m->wx * m->wy);
    m->matrix = h->scratch(call, sizeof(float) * 2 * (size_t)(m->beams * m->hx * m->hy));
    m->bin_of = h->scratch(call, window * sizeof *m->bin_of);
    m->seen = h->scratch(call, window);
    if (!m->matrix || !m->bin_of || !m->seen) return LOOM_E_MEMORY;
    for (int i = 0; i < threads; i++)
        if (!make_lane(m, &lanes[i])) return LOOM_E_MEMORY;
    fftwf_complex *half = (fftwf_complex *)lanes[0].half, *w = (fftwf_complex *)lanes[0].window;
    m->half_back =
        fftwf_plan_dft_2d((int)m->hy, (int)m->hx, half, half, FFTW_BACKWARD, FFTW_ESTIMATE);
    m->window_forth = fftwf_plan_dft_2d((int)m->wy, (int)m->wx, w, w, FFTW_FORWARD, FFTW_ESTIMATE);
    if (!m->half_back || !m->window_forth)
        return h->fail(call, LOOM_E_MEMORY, NULL,
                       "no Fourier transform could be planned for the probe windows");
    make_window_detector(m);
    h->note(call, "%lld plane waves, windows of %lld x %lld, %.1f MiB in all", (long long)m->beams,
            (long long)m->wx, (long long)m->wy,
            (double)(sizeof(float) * 2 * (uint64_t)(m->beams * m->hx * m->hy)
                     + (uint64_t)threads * lane_bytes(m))
                / 1048576.0);
    return LOOM_OK;
}

static loom_status run_scan(prism *m, lane *lanes, int threads)
{
    assert(threads > 0 && m->half_back && m->window_forth);
    scan *s = &m->s;
    const loom_host *h = s->call->host;
    double step = (double)(m->beams + s->ny),
           total = step * (double)(s->tilts * s->p->configurations), done = 0;
    for (int64_t tilt = 0; tilt < s->tilts; tilt++)
        for (int64_t c = 0; c < s->p->configurations; c++, done += step) {
            scan_specimen(s, tilt, c);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
            for (int64_t b = 0; b < m->beams; b++) {
                const lane *l = &lanes[omp_get_thread_num()];
                if (!h->cancelled(s->call)) propagate_beam(m, b, l->psi, l->column, l->half);
                if (omp_get_thread_num() == 0) h->progress(s->call, done + (double)b, total);
            }
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
            for (int64_t iy = 0; iy < s->ny; iy++) {
                const lane *l = &lanes[omp_get_thread_num()];
                if (h->cancelled(s->call)) continue;
                line_coefficients(m, iy, l);
                line_waves(m, iy, l);
                detect_line(m, tilt, iy, l);
                if (omp_get_thread_num() == 0)
                    h->progress(s->call, done + (double)(m->beams + iy), total);
            }
            if (h->cancelled(s->call)) return LOOM_E_CANCELLED;
        }
    scan_blur(s);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    prism m = { 0 };
    loom_status status = scan_begin(
        call, &p->scan, 4 * p->interpolation < BLOCK ? BLOCK : 4 * p->interpolation, &m.s);
    if (status) return status;
    int threads = h->threads(call);
    lane *lanes = h->scratch(call, sizeof *lanes * (size_t)threads);
    status = lanes ? prepare(&m, p, threads, lanes) : LOOM_E_MEMORY;
    if (!status) status = run_scan(&m, lanes, threads);
    if (m.half_back) fftwf_destroy_plan(m.half_back);
    if (m.window_forth) fftwf_destroy_plan(m.window_forth);
    scan_end(&m.s);
    return status;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    prism m = { 0 };
    int64_t probes[2];
    loom_status status = scan_estimate(call, &p->scan, 4 * p->interpolation, &m.s.o, probes);
    if (status) return status;
    m.s.nx = probes[0];
    m.s.ny = probes[1];
    set_sizes(&m, p->interpolation);
    double q = (m.s.o.alpha + p->guard) * 1e-3 / m.s.o.wavelength;
    m.beams = (int64_t)(LOOM_PI * q * q * m.s.o.cell[0] * m.s.o.cell[1] / (double)(m.f * m.f)) + 16;
    out->uses_threads = true;
    out->bytes = scan_bytes(&m.s.o, 4, p->scan.optics.potential == POTENTIAL_PRISMATIC_3D,
                            p->scan.optics.potential_cutoff)
                 + sizeof(float) * 2 * (uint64_t)(m.beams * m.hx * m.hy)
                 + (uint64_t)call->host->threads(call) * lane_bytes(&m);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_OPHUS_2017, CITE_PRYOR_2017, { 0 } };

static const loom_op simulate_prism = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "simulate.prism",
    .summary = "Annular dark-field STEM images of atoms by PRISM, plane-wave interpolation of the "
               "multislice method.",
    .method = "Every f-th plane wave inside the aperture is sent through the specimen once (as in "
              "simulate.multislice) and brought back in vacuum to the "
              "entrance plane; a probe anywhere is then a sum of these waves, cut out in a window "
              "of box/f about it. f = 1 is exact.",
    .citations = citations,
    .limits = "The window box/f must hold the probe with its tails and its spread inside the "
              "specimen; check a few probes against simulate.multislice. "
              "Memory: plane waves times a quarter of the grid.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("simulate.prism", "1.0", "BSD-3-Clause", &simulate_prism);
