/* moved.c - a tilt series with its images moved: what align.shift and align.centre_of_mass share.
 */
#include "kit/check.h"
#include "kit/noise.h"
#include "spectrum.h"

float *moved_begin(loom_call *call, const loom_array *images, const loom_array *angles)
{
    const loom_host *h = call->host;
    loom_value *v = h->output(call, "tilts");
    if (!v) return NULL;
    float *dst = h->add_array(call, v, "images", LOOM_F32, 3, images->dim, images->unit);
    if (!dst || !loom_pass_array(call, angles, v)) return NULL;
    h->set_number(call, v, "counts", 0, "");
    /* a Fourier shift keeps the variance of white noise */
    if (!loom_noise_pass(call, "tilts", v, images->dim[0], NULL)) return NULL;
    return loom_pass_rest_as(call, h->input(call, "tilts", 0), v, (loom_rest){ .moved = "yx" })
               ? dst
               : NULL;
}

loom_status moved_finish(loom_call *call, const loom_array *images, double level,
                         const double *shift_px, float *dst)
{
    const spectrum_job job = { .nt = images->dim[0],
                               .ny = images->dim[1],
                               .nx = images->dim[2],
                               .src = images->data,
                               .level = (float)level,
                               .shift_px = shift_px,
                               .binning = 1,
                               .dst = dst,
                               .threads = call->host->threads(call) };
    return spectrum_move(call, &job) ? LOOM_OK : LOOM_E_MEMORY;
}
