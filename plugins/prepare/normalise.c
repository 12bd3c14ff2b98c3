/* prepare.normalise - every image scaled to the same total. */
#include "kit/check.h"
#include "kit/noise.h"

typedef struct params {
    double total;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, total, .min = 0, .max = 1e30,
               .doc = "sum of every image; 0: the mean of the sums, so that counts stay counts"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "the whole specimen in every image, without background", 0 }, { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the images scaled; noise attributes follow", 0 },
    { "totals", "table", "one row per tilt: sum before, factor", 0 },
    { 0 }
};

/* A sum that differs more from the median is that of something else. */
#define UNUSUAL 0.3

/* Sums above `level` into total[nt]; their mean. */
static double add_up(const loom_array *images, double level, double *total)
{
    int64_t nt = images->dim[0], n = images->dim[1] * images->dim[2];
    const float *src = images->data;
    double mean = 0;
    for (int64_t k = 0; k < nt; k++) {
        total[k] = 0;
        for (int64_t i = 0; i < n; i++) total[k] += (double)src[k * n + i] - level;
        mean += total[k] / (double)nt;
    }
    return mean;
}

static void warn_of_totals(loom_call *call, const double *total, int64_t nt, double mean)
{
    int64_t unusual = 0, first = 0;
    for (int64_t k = 0; k < nt; k++)
        if (fabs(total[k] / mean - 1) > UNUSUAL && !unusual++) first = k;
    if (unusual)
        call->host->warn(
            call, "tilts",
            "the sums of %lld of %lld tilts differ by more than 30 %% from the mean "
            "(tilt %lld by a factor of %.3g): is the whole specimen, and nothing else, "
            "in every image?",
            (long long)unusual, (long long)nt, (long long)first, total[first] / mean);
}

static bool write_totals(loom_call *call, const double *total, const double *factor, int64_t nt)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "totals");
    int32_t *tilt = h->add_array(call, table, "tilt", LOOM_I32, 1, &nt, NULL);
    double *sum = h->add_array(call, table, "total", LOOM_F64, 1, &nt, NULL),
           *scale = h->add_array(call, table, "factor", LOOM_F64, 1, &nt, NULL);
    if (!tilt || !sum || !scale) return false;
    for (int64_t k = 0; k < nt; k++) {
        tilt[k] = (int32_t)k;
        sum[k] = total[k];
        scale[k] = factor[k];
    }
    return true;
}

static loom_status write_series(loom_call *call, const loom_array *images, const double *factor,
                                double level)
{
    const loom_host *h = call->host;
    int64_t nt = images->dim[0], n = images->dim[1] * images->dim[2];
    loom_value *out = h->output(call, "tilts");
    loom_noise *noise = h->scratch(call, (size_t)nt * sizeof *noise);
    float *dst =
        out ? h->add_array(call, out, "images", LOOM_F32, 3, images->dim, images->unit) : NULL;
    if (!dst || !noise) return LOOM_E_MEMORY;
    int known = loom_noise_read(call, "tilts", nt, noise);
    if (known < 0) return LOOM_E_DATA;
    for (int64_t k = 0; k < nt; k++) {
        for (int64_t i = 0; i < n; i++)
            dst[k * n + i] =
                (float)(level
                        + factor[k] * ((double)((const float *)images->data)[k * n + i] - level));
        noise[k].gain *= factor[k];
        noise[k].read *= factor[k];
        noise[k].offset = level + factor[k] * (noise[k].offset - level);
    }
    if (known && !loom_noise_write(call, out, nt, noise, NULL)) return LOOM_E_MEMORY;
    h->set_number(call, out, "counts", 0, NULL);
    return loom_pass_rest(call, h->input(call, "tilts", 0), out) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *images = loom_need(call, "tilts", "images");
    if (!images || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    int64_t nt = images->dim[0];
    double level = 0, *total = h->scratch(call, 2 * (size_t)nt * sizeof *total);
    if (!total) return LOOM_E_MEMORY;
    double *factor = total + nt;
    h->number(h->input(call, "tilts", 0), "background", &level);
    double mean = add_up(images, level, total);
    for (int64_t k = 0; k < nt; k++) {
        if (!(total[k] > 0))
            return h->fail(call, LOOM_E_DATA, "tilts",
                           "image %lld sums to %g above the background %g; only positive sums can "
                           "be made equal: leave out that tilt or correct its background",
                           (long long)k, total[k], level);
        factor[k] = (p->total > 0 ? p->total : mean) / total[k];
    }
    warn_of_totals(call, total, nt, mean);
    return write_totals(call, total, factor, nt) ? write_series(call, images, factor, level)
                                                 : LOOM_E_MEMORY;
}

static const loom_op prepare_normalise = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "prepare.normalise",
    .summary = "Every image scaled to the same total.",
    .method =
        "The sum of a projection is the amount of matter, the same from everywhere, where the "
        "whole specimen is inside every image; beam current and detector change it from tilt to "
        "tilt. Pixels above the attribute `background` (0 where there is none) are multiplied by "
        "the mean of all sums over their own; gain, read noise and offset of the noise follow.",
    .cites = "none",
    .limits = "Not for films, or where another specimen enters the image: warns where a sum "
              "differs by more than 30 %.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("prepare.normalise", "1.0", "BSD-3-Clause", &prepare_normalise);
