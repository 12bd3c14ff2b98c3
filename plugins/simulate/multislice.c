/* simulate.multislice - annular dark-field images by sending every probe through the slices of the
 * specimen. */
#include "scan.h"
#include "kit/citations.h"
#include <omp.h>

typedef struct params {
    scan_params scan;
} params;
static const loom_param param_table[] = { SCAN_PARAMS(params, scan), { 0 } };
static const loom_port inputs[] = { SCAN_INPUTS, { 0 } };
static const loom_port outputs[] = { SCAN_OUTPUTS, { 0 } };
/* four times the usual interpolation factor: the grid that PRISM with f = 4 would use */
enum { GRID_FACTOR = 16 };

/* What one thread needs. */
typedef struct lane {
    wave *psi, *column, *phase_x;
    float *bins;
} lane;

static void one_probe(const scan *s, const wave *probe, int64_t tilt, int64_t number, const lane *l)
{
    double at[2];
    scan_probe_at(s, number % s->nx, number / s->nx, at);
    probe_place(&s->o, probe, at, l->phase_x, l->psi);
    propagate(&s->propagator, l->psi, l->column);
    double detected = detector_read(&s->detector, l->psi, s->bins ? l->bins : NULL);
    scan_add(s, tilt, number, detected, l->bins, 1.0 / (double)s->p->configurations);
}

static bool make_lanes(loom_call *call, const scan *s, int threads, lane *lanes)
{
    const loom_host *h = call->host;
    for (int i = 0; i < threads; i++) {
        lanes[i] = (lane){ h->scratch(call, sizeof(wave) * kept_samples(&s->o)),
                           h->scratch(call, propagate_scratch(&s->o)),
                           h->scratch(call, sizeof(wave) * (size_t)s->o.nx),
                           h->scratch(call, sizeof(float) * (size_t)s->o.bins) };
        if (!lanes[i].psi || !lanes[i].column || !lanes[i].phase_x || !lanes[i].bins) return false;
    }
    return true;
}

/* All probes of one tilt and configuration; false when asked to stop. */
static bool scan_all(const scan *s, const wave *probe, int64_t tilt, double done, double total,
                     lane *lanes, int threads)
{
    const loom_host *h = s->call->host;
    int64_t probes = s->nx * s->ny, finished = 0;
    bool stop = false;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 4)
    for (int64_t i = 0; i < probes; i++) {
        bool leave;
#pragma omp atomic read
        leave = stop;
        if (leave) continue;
        one_probe(s, probe, tilt, i, &lanes[omp_get_thread_num()]);
#pragma omp atomic
        finished++;
        if (omp_get_thread_num() == 0) {
            int64_t now;
#pragma omp atomic read
            now = finished;
            if (!h->progress(s->call, done + (double)now, total)) {
#pragma omp atomic write
                stop = true;
            }
        }
    }
    return !stop;
}

static loom_status run_scan(scan *s, const wave *probe, lane *lanes, int threads)
{
    double step = (double)(s->nx * s->ny), total = step * (double)(s->tilts * s->p->configurations),
           done = 0;
    for (int64_t tilt = 0; tilt < s->tilts; tilt++)
        for (int64_t c = 0; c < s->p->configurations; c++, done += step) {
            scan_specimen(s, tilt, c);
            if (done == 0) { /* how long will it take: one probe tells */
                double began = omp_get_wtime();
                double at[2] = { 0, 0 };
                probe_place(&s->o, probe, at, lanes[0].phase_x, lanes[0].psi);
                propagate(&s->propagator, lanes[0].psi, lanes[0].column);
                s->call->host->note(
                    s->call, "one probe takes %.4g s; expect about %.0f s on %d threads",
                    omp_get_wtime() - began, (omp_get_wtime() - began) * total / threads, threads);
            }
            if (!scan_all(s, probe, tilt, done, total, lanes, threads)) return LOOM_E_CANCELLED;
        }
    scan_blur(s);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    scan s;
    loom_status status = scan_begin(call, param_struct, GRID_FACTOR, &s);
    if (status) return status;
    int threads = h->threads(call);
    wave *probe = h->scratch(call, sizeof(wave) * kept_samples(&s.o));
    lane *lanes = h->scratch(call, sizeof *lanes * (size_t)threads);
    status = LOOM_E_MEMORY;
    if (probe && lanes && make_lanes(call, &s, threads, lanes)) {
        probe_make(&s.o, probe);
        status = run_scan(&s, probe, lanes, threads);
    }
    scan_end(&s);
    return status;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const scan_params *p = &((const params *)param_struct)->scan;
    optics o;
    int64_t probes[2];
    loom_status status = scan_estimate(call, p, GRID_FACTOR, &o, probes);
    if (status) return status;
    out->uses_threads = true;
    out->bytes =
        scan_bytes(&o, 4, p->optics.potential == POTENTIAL_PRISMATIC_3D, p->optics.potential_cutoff)
        + (uint64_t)call->host->threads(call) * (uint64_t)kept_samples(&o) * sizeof(wave);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_KIRKLAND_2010, CITE_PRYOR_2017, { 0 } };

static const loom_op simulate_multislice = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.multislice",
    .summary = "Annular dark-field STEM images of atoms by the multislice method.",
    .method = "Every probe is propagated through the slices of the specimen: multiply by the "
              "transmission function exp(i sigma V), propagate by "
              "exp(-i pi lambda dz q^2) inside half of each axis' band, so that no product aliases "
              "into what is kept. Atomic potentials are Kirkland's. The beam "
              "enters at the largest z; all slices are propagated, also the last. The image is the "
              "intensity between detector_inner and detector_outer as a "
              "fraction of the beam. Thermal motion is averaged over frozen configurations whose "
              "displacements are a pure function of "
              "(seed, configuration, atom). Memory and time are noted before the scan begins.\n\n"
              "A detector beyond what the sampling carries, lambda/(4 pixel), is refused: it would "
              "silently be cut.",
    .citations = citations,
    .limits = "Elastic scattering only; the time grows with probes x tilts x configurations. "
              "simulate.prism is several times faster at about 2 % error; "
              "simulate.tilt_series is the linear model.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("simulate.multislice", "1.0", "BSD-3-Clause", &simulate_multislice);
