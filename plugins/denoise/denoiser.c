/* denoiser.c - see denoiser.h. */
#include "denoiser.h"
#include "kit/check.h"
#include "noise_fit.h"

/* One gain and read noise for all tilts, from the images themselves. */
static loom_status measure(loom_call *call, denoiser *d)
{
    const loom_host *h = call->host;
    if (d->ny < NOISE_MIN_EDGE || d->nx < NOISE_MIN_EDGE)
        return h->fail(call, LOOM_E_DATA, "tilts",
                       "the noise of the images is not known, and %lld x %lld pixels are too few "
                       "to measure it; expected %d x %d, or the arrays noise_gain and noise_read",
                       (long long)d->ny, (long long)d->nx, NOISE_MIN_EDGE, NOISE_MIN_EDGE);
    noise_classes *classes = h->scratch(call, (size_t)(d->nt * NOISE_ORDERS) * sizeof *classes);
    noise_job job = { d->src, d->nt, 1, d->ny, d->nx, d->threads };
    if (!classes) return LOOM_E_MEMORY;
    if (!noise_classify(call, &job, classes))
        return h->cancelled(call) ? LOOM_E_CANCELLED : LOOM_E_MEMORY;
    int order = noise_choose_order(classes, d->nt);
    noise_line line = noise_fit_line(classes, 0, d->nt, order);
    bool sloped = line.gain > 0 && line.gain_error < 0.3 * line.gain;
    for (int64_t k = 0; k < d->nt; k++)
        d->noise[k] = (loom_noise){ .gain = sloped ? line.gain : 0,
                                    .read = sqrt(fmax(0, sloped ? line.fixed : line.variance)),
                                    .factor = 1 };
    h->note(call,
            "the series does not say what noise its images have: measured gain %.4g, read noise "
            "%.4g",
            d->noise[0].gain, d->noise[0].read);
    h->release(call, classes);
    d->model = "estimated";
    return LOOM_OK;
}

loom_status denoiser_open(loom_call *call, denoiser *d)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    *d = (denoiser){ .nt = images->dim[0],
                     .ny = images->dim[1],
                     .nx = images->dim[2],
                     .src = images->data,
                     .unit = images->unit,
                     .threads = h->threads(call) };
    d->noise = h->scratch(call, (size_t)d->nt * sizeof *d->noise);
    d->share = h->scratch(call, (size_t)d->nt * sizeof *d->share);
    if (!d->noise || !d->share) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < d->nt; k++) d->share[k] = 1;
    int known = loom_noise_read(call, "tilts", d->nt, d->noise);
    if (known < 0) return LOOM_E_DATA;
    return known ? LOOM_OK : measure(call, d);
}

loom_status denoiser_start(loom_call *call, denoiser *d)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "tilts");
    d->dst = out ? h->add_array(call, out, "images", LOOM_F32, 3,
                                (int64_t[]){ d->nt, d->ny, d->nx }, d->unit)
                 : NULL;
    if (!d->dst) return LOOM_E_MEMORY;
    h->set_number(call, out, "counts", 0, NULL);
    return LOOM_OK;
}

loom_status denoiser_end(loom_call *call, const denoiser *d)
{
    loom_value *out = call->host->output(call, "tilts");
    for (int64_t k = 0; k < d->nt; k++) d->noise[k].factor *= d->share[k];
    return loom_noise_write(call, out, d->nt, d->noise, d->model)
                   && loom_pass_rest(call, call->host->input(call, "tilts", 0), out)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

uint64_t denoiser_bytes(loom_call *call)
{
    const loom_value *v = call->host->input(call, "tilts", 0);
    const loom_array *a = v ? call->host->array(v, "images") : NULL;
    if (!a || a->rank != 3) return 0;
    return (uint64_t)call->host->threads(call) * (29 * (uint64_t)(a->dim[1] * a->dim[2]) + 1024)
           + (uint64_t)a->dim[0] * (NOISE_ORDERS * sizeof(noise_classes) + 256) + 4096;
}

double denoiser_mean_variance(const denoiser *d, int64_t k)
{
    const float *src = d->src + k * d->ny * d->nx;
    double mean = 0;
    for (int64_t i = 0; i < d->ny * d->nx; i++) mean += (double)src[i];
    return loom_noise_variance(d->noise + k, mean / (double)(d->ny * d->nx));
}
