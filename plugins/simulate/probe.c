/* simulate/probe.c - see probe.h */
#include "probe.h"
#include "kit/geometry.h"
#include <math.h>
#include <string.h>
#include <assert.h>

static int64_t column_k(const optics *o, int64_t x) { return x < o->nx / 2 ? x : x - o->nx; }
static bool is_kept(const optics *o, int64_t kx) { return kx >= -o->nx / 4 && kx < o->nx / 4; }

void probe_make(const optics *o, wave *probe)
{
    double total = 0;
    for (int64_t row = 0; row < o->ny / 2; row++)
        for (int64_t x = 0; x < o->nx; x++) {
            int64_t kx = column_k(o, x), ky = band_k(row, o->ny);
            wave a = is_kept(o, kx)
                         ? optics_probe(o, (double)kx / o->cell[0], (double)ky / o->cell[1],
                                        1 / o->cell[0], 1 / o->cell[1])
                         : 0;
            probe[row * o->nx + x] = a;
            total += (double)(crealf(a) * crealf(a) + cimagf(a) * cimagf(a));
        }
    float scale = (float)(1 / sqrt(total));
    for (size_t i = 0; i < kept_samples(o); i++) probe[i] *= scale;
}

void probe_place(const optics *o, const wave *probe, const double at[2], wave *phase_x, wave *psi)
{
    int64_t nx = o->nx;
    for (int64_t x = 0; x < nx; x++)
        phase_x[x] =
            (wave)cexp(-2 * LOOM_PI * I * (double)column_k(o, x) * (at[0] / o->cell[0] + 0.5));
    for (int64_t row = 0; row < o->ny / 2; row++) {
        wave py =
            (wave)cexp(-2 * LOOM_PI * I * (double)band_k(row, o->ny) * (at[1] / o->cell[1] + 0.5));
        for (int64_t x = 0; x < nx; x++) psi[row * nx + x] = probe[row * nx + x] * phase_x[x] * py;
    }
}

bool detector_begin(loom_call *call, const optics *o, detector *out)
{
    assert(o->bins >= 0 && o->bins <= INT16_MAX); /* bin_of holds them */
    *out = (detector){ .samples = (int64_t)kept_samples(o),
                       .bins = o->bins,
                       .bin_of = call->host->scratch(call, kept_samples(o) * sizeof *out->bin_of),
                       .seen = call->host->scratch(call, kept_samples(o)) };
    if (!out->bin_of || !out->seen) return false;
    for (int64_t row = 0; row < o->ny / 2; row++)
        for (int64_t x = 0; x < o->nx; x++) {
            int64_t kx = column_k(o, x), at = row * o->nx + x;
            double theta = optics_angle(o, kx, band_k(row, o->ny));
            int64_t bin = (int64_t)floor(theta / o->step);
            out->bin_of[at] = (int16_t)(is_kept(o, kx) && bin < o->bins ? bin : -1);
            out->seen[at] = is_kept(o, kx) && theta >= o->inner && theta < o->outer;
        }
    return true;
}

double detector_read(const detector *d, const wave *psi, float *bins)
{
    assert(d->bin_of && d->seen && d->samples > 0);
    double sum = 0;
    if (bins) memset(bins, 0, sizeof *bins * (size_t)d->bins);
    for (int64_t i = 0; i < d->samples; i++) {
        if (d->bin_of[i] < 0 && !d->seen[i]) continue;
        float intensity = crealf(psi[i]) * crealf(psi[i]) + cimagf(psi[i]) * cimagf(psi[i]);
        if (d->seen[i]) sum += (double)intensity;
        if (bins && d->bin_of[i] >= 0) bins[d->bin_of[i]] += intensity;
    }
    return sum;
}
