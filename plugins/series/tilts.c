/* series.tilts - frames become images of a series. */
#include <atomloom/op.h>
#include "kit/check.h"
#include <assert.h>

typedef struct params {
    loom_ints frames;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, frames, .min = 0, .max = 1e6,
               .doc = "which frames of every tilt, counted from 0, in this order; empty: all"),
    { 0 }
};
static const loom_port inputs[] = { { "frames", "frames", "fast scans of each tilt", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "every frame an image, frames of a tilt after another", LOOM_FRESH },
    { 0 }
};

static bool check_frames(loom_call *call, const loom_ints *list, int64_t nf)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->v[i] >= nf) {
            call->host->fail(call, LOOM_E_PARAM, "frames",
                             "'frames' has %lld, but there are %lld frames, 0 to %lld",
                             (long long)list->v[i], (long long)nf, (long long)(nf - 1));
            return false;
        }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "frames", "images");
    if (!images || !loom_need_finite(call, "frames", images)) return LOOM_E_DATA;
    int64_t nf = images->dim[1], pixels = images->dim[2] * images->dim[3];
    if (!check_frames(call, &p->frames, nf)) return LOOM_E_PARAM;
    int64_t taken = p->frames.n ? p->frames.n : nf, nt = images->dim[0] * taken;
    if (!nt || !pixels) return h->fail(call, LOOM_E_DATA, "frames", "the frames are empty");
    int64_t *row = h->scratch(call, (size_t)nt * sizeof *row);
    const loom_value *in = h->input(call, "frames", 0);
    loom_value *out = h->output(call, "tilts");
    float *dst = out ? h->add_array(call, out, "images", LOOM_F32, 3,
                                    (int64_t[]){ nt, images->dim[2], images->dim[3] }, images->unit)
                     : NULL;
    double dose;
    if (!dst || !row) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < nt; k++) {
        int64_t frame = p->frames.n ? p->frames.v[k % taken] : k % taken;
        row[k] = k / taken;
        assert(frame >= 0 && frame < nf);
        memcpy(dst + k * pixels, (const float *)images->data + (row[k] * nf + frame) * pixels,
               (size_t)pixels * sizeof *dst);
    }
    if (!h->array(in, "angles")) {
        h->warn(call, "frames", "the frames have no angles; those of the series are 0");
        if (!h->add_array(call, out, "angles", LOOM_F64, 2, (int64_t[]){ nt, 3 }, "degree"))
            return LOOM_E_MEMORY;
    }
    if (h->number(in, "dose", &dose)) /* of the whole series, evenly spread */
        h->set_number(call, out, "dose", dose * (double)taken / (double)nf, "e/angstrom^2");
    return loom_pass_rest_rows(call, in, out, row, nt) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_op series_tilts = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "series.tilts",
    .summary = "Frames become images of a tilt series.",
    .method = "Every frame is an image with the angles and the noise of its tilt; with `frames`, "
              "only those of each tilt. The dose is shared by the number of frames. The ops of "
              "this family work on such a series, and `series.frames` makes frames of it again.",
    .cites = "none",
    .limits = "Nothing is registered or added: `align.frames` does that.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("series.tilts", "1.0", "BSD-3-Clause", &series_tilts);
