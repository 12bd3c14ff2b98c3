/* denoise.estimate_noise - gain and read noise of the detector, from its images alone. */
#include <atomloom/op.h>
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/noise.h"
#include "noise_fit.h"

typedef struct params {
    double offset, scale;
    bool per_tilt;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, offset, .min = -1e9, .max = 1e9,
               .doc = "what a pixel holds without any electron; adds to the array `offset` of the "
                      "input"),
    LOOM_PARAM(params, per_tilt,
               .doc = "a gain for every tilt instead of one for the series, as the same detector "
                      "has"),
    LOOM_PARAM(params, scale, .def = 1, .min = 0.01, .max = 100, .flags = LOOM_ADVANCED,
               .doc = "multiplies the standard deviation of the noise that is written"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "raw images, one per tilt", LOOM_OPTIONAL },
    { "frames", "frames", "raw scans, one or more per tilt; either or both of this and `tilts`",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the same images with their noise", LOOM_OPTIONAL },
    { "frames", "frames", "the same scans with their noise", LOOM_OPTIONAL },
    { "noise", "table",
      "one row per tilt: measured gain and read noise with standard errors, and what was written; "
      "of "
      "the frames where both are connected",
      0 },
    { 0 }
};

typedef struct series {
    const char *port;
    const loom_array *images;
    noise_job job;
    bool counts; /* whole numbers, none negative, or marked as counts */
    noise_classes *classes;
    loom_noise *noise; /* [nt] before: the offset; after: what is written */
    int order;
    noise_line line;
} series;

/* ---- decide ---------------------------------------------------------------------------------- */

static bool is_whole(const loom_array *images)
{
    const float *v = images->data;
    int64_t n = loom_array_count(images);
    for (int64_t i = 0; i < n; i++)
        if (v[i] < 0 || v[i] != floorf(v[i])) return false;
    return true;
}

static loom_status check_input(loom_call *call, series *s)
{
    const loom_host *h = call->host;
    bool frames = !strcmp(s->port, "frames");
    s->images = loom_need(call, s->port, "images");
    if (!s->images || !loom_need_finite(call, s->port, s->images)) return LOOM_E_DATA;
    const int64_t *dim = s->images->dim;
    s->job = (noise_job){ .images = s->images->data,
                          .nt = dim[0],
                          .nf = frames ? dim[1] : 1,
                          .ny = dim[1 + frames],
                          .nx = dim[2 + frames],
                          .threads = h->threads(call) };
    if (loom_array_count(s->images) < 1 || s->job.ny < NOISE_MIN_EDGE || s->job.nx < NOISE_MIN_EDGE)
        return h->fail(call, LOOM_E_DATA, s->port,
                       "%lld images of %lld x %lld pixels; expected at least one of %d x %d",
                       (long long)(s->job.nt * s->job.nf), (long long)s->job.ny,
                       (long long)s->job.nx, NOISE_MIN_EDGE, NOISE_MIN_EDGE);
    double counts = 0;
    h->number(h->input(call, s->port, 0), "counts", &counts);
    s->counts = counts > 0 || is_whole(s->images);
    return LOOM_OK;
}

/* ---- judge ----------------------------------------------------------------------------------- */

static void warn_of_tilts(loom_call *call, const series *s)
{
    int64_t empty = 0, first = -1;
    for (int64_t k = 0; k < s->job.nt; k++)
        if (!(noise_fit_line(s->classes, k, k + 1, s->order).variance > 0)) {
            if (!empty++) first = k;
        }
    if (empty)
        call->host->warn(call, s->port,
                         "%lld of %lld tilts are constant (the first is tilt %lld): they are left "
                         "out of the estimate; are they empty?",
                         (long long)empty, (long long)s->job.nt, (long long)first);
}

static void warn_of_filter(loom_call *call, const series *s)
{
    double low = noise_fit_line(s->classes, 0, s->job.nt, 0).variance,
           high = noise_fit_line(s->classes, 0, s->job.nt, NOISE_ORDERS - 1).variance;
    if (high < 0.02 * low)
        call->host->warn(call, s->port,
                         "the highest frequencies hold %.2g of the variance of somewhat lower "
                         "ones: the images look filtered, and their noise cannot be measured; "
                         "connect raw images",
                         high / low);
}

/* Whole numbers whose line goes through the origin within its errors are taken to have no read
 * noise: the gain is then known better. */
static noise_line line_of(const series *s, int64_t first, int64_t end, double offset)
{
    noise_line line = noise_fit_line(s->classes, first, end, s->order);
    bool through = fabs(line.fixed) <= fmax(0.05 * line.variance, 4 * line.fixed_error);
    if (!s->counts || fabs(offset) > 0 || !through || !(line.through_zero > 0)) return line;
    line.gain = line.through_zero;
    line.gain_error = line.zero_error;
    line.fixed = 0;
    return line;
}

/* From a straight line to gain and read noise. Whole numbers with a gain of 1 within the errors are
 * counts. Where no intercept can be told from the slope (one grey level), the line goes through the
 * offset. */
static loom_noise judge(const series *s, const noise_line *line, double offset)
{
    double fixed = line->fixed + line->gain * offset;
    loom_noise n = { .gain = line->gain, .offset = offset, .factor = 1 };
    bool flat = !(line->gain_error < 0.3 * fabs(line->gain)) || !(line->gain > 0);
    if (flat) {
        double above = line->mean - offset;
        n.gain = above > 0 ? line->variance / above : 0;
        fixed = above > 0 ? 0 : line->variance;
    }
    n.read = fixed > 0 ? sqrt(fixed) : 0;
    bool near_one = fabs(line->gain - 1) <= fmax(0.1, 3 * line->gain_error),
         no_rest = fabs(fixed) <= fmax(0.1 * line->variance, 3 * line->fixed_error);
    if (s->counts && near_one && (flat || no_rest)) {
        n.gain = 1;
        n.read = 0;
    }
    return n;
}

static void warn_of_line(loom_call *call, const series *s, double offset)
{
    const noise_line *line = &s->line;
    double fixed = line->fixed + line->gain * offset;
    if (!(line->gain > 0) || !(line->gain_error < 0.3 * line->gain))
        call->host->warn(call, s->port,
                         "the images show too few grey levels to tell gain from read noise (gain "
                         "%.3g +- %.2g): all noise is taken as that of the electrons, gain %.4g",
                         line->gain, line->gain_error, s->noise[0].gain);
    else if (fixed < -4 * line->fixed_error && fixed < -0.1 * line->variance)
        call->host->warn(call, s->port,
                         "the variance vanishes at a mean of %.4g, above the offset %.4g: set "
                         "`offset` to what a pixel holds without electrons",
                         -line->fixed / line->gain, offset);
}

/* ---- outputs --------------------------------------------------------------------------------- */

static bool write_table(loom_call *call, const series *s)
{
    static const char *const names[] = { "gain_measured", "gain_error",
                                         "read_measured", "read_variance_error",
                                         "mean",          "variance",
                                         "gain",          "read" };
    enum { COLUMNS = sizeof names / sizeof *names };
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "noise");
    double *to[COLUMNS];
    int32_t *tilt = h->add_array(call, table, "tilt", LOOM_I32, 1, &s->job.nt, NULL);
    for (int c = 0; c < COLUMNS; c++)
        if (!(to[c] = h->add_array(call, table, names[c], LOOM_F64, 1, &s->job.nt, NULL)))
            return false;
    if (!tilt) return false;
    for (int64_t k = 0; k < s->job.nt; k++) {
        noise_line line = line_of(s, k, k + 1, s->noise[k].offset);
        double fixed = line.fixed + line.gain * s->noise[k].offset;
        const double row[COLUMNS] = { line.gain,
                                      isfinite(line.gain_error) ? line.gain_error : -1,
                                      fixed > 0 ? sqrt(fixed) : 0,
                                      isfinite(line.fixed_error) ? line.fixed_error : -1,
                                      line.mean,
                                      line.variance,
                                      s->noise[k].gain,
                                      s->noise[k].read };
        tilt[k] = (int32_t)k;
        for (int c = 0; c < COLUMNS; c++) to[c][k] = row[c];
    }
    h->set_number(call, table, "gain_measured", s->line.gain, NULL);
    h->set_number(call, table, "gain_error", isfinite(s->line.gain_error) ? s->line.gain_error : -1,
                  NULL);
    h->set_number(call, table, "read_measured",
                  sqrt(fmax(0, s->line.fixed + s->line.gain * s->noise[0].offset)), NULL);
    h->set_number(call, table, "order", 2 * s->order + 2, NULL);
    return true;
}

static loom_status write_series(loom_call *call, const series *s, bool table)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, s->port);
    if (!out || !loom_pass_array(call, s->images, out)
        || !loom_noise_write(call, out, s->job.nt, s->noise, "estimated")
        || !loom_pass_rest(call, h->input(call, s->port, 0), out)
        || (table && !write_table(call, s)))
        return LOOM_E_MEMORY;
    return LOOM_OK;
}

/* ---- run ------------------------------------------------------------------------------------- */

static void choose_noise(loom_call *call, const params *p, series *s)
{
    double first_offset = s->noise[0].offset + p->offset;
    s->line = line_of(s, 0, s->job.nt, first_offset);
    for (int64_t k = 0; k < s->job.nt; k++) {
        noise_line own = line_of(s, k, k + 1, s->noise[k].offset + p->offset);
        bool use_own = p->per_tilt && own.variance > 0;
        s->noise[k] = judge(s, use_own ? &own : &s->line, s->noise[k].offset + p->offset);
        s->noise[k].gain *= p->scale * p->scale;
        s->noise[k].read *= p->scale;
    }
    warn_of_tilts(call, s);
    warn_of_filter(call, s);
    if (s->line.variance > 0) warn_of_line(call, s, first_offset);
    call->host->note(call,
                     "%s: gain %.4g, read noise %.4g (measured gain %.4g +- %.2g, differences of "
                     "order %d)",
                     s->port, s->noise[0].gain, s->noise[0].read, s->line.gain, s->line.gain_error,
                     2 * s->order + 2);
}

static loom_status estimate_of(loom_call *call, const params *p, const char *port, bool table)
{
    const loom_host *h = call->host;
    series s = { .port = port };
    loom_status status = check_input(call, &s);
    if (status != LOOM_OK) return status;
    s.classes = h->scratch(call, (size_t)(s.job.nt * NOISE_ORDERS) * sizeof *s.classes);
    s.noise = h->scratch(call, (size_t)s.job.nt * sizeof *s.noise);
    if (!s.classes || !s.noise) return LOOM_E_MEMORY;
    if (loom_noise_read(call, s.port, s.job.nt, s.noise) < 0) return LOOM_E_DATA;
    if (!noise_classify(call, &s.job, s.classes))
        return h->cancelled(call) ? LOOM_E_CANCELLED : LOOM_E_MEMORY;
    s.order = noise_choose_order(s.classes, s.job.nt);
    choose_noise(call, p, &s);
    return write_series(call, &s, table);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    bool frames = h->input(call, "frames", 0), tilts = h->input(call, "tilts", 0);
    loom_status status = LOOM_OK;
    if (!frames && !tilts)
        return h->fail(call, LOOM_E_DATA, "tilts", "connect `tilts`, `frames`, or both");
    if (frames) status = estimate_of(call, param_struct, "frames", true);
    if (tilts && status == LOOM_OK) status = estimate_of(call, param_struct, "tilts", !frames);
    return status;
}

static uint64_t bytes_of(loom_call *call, const char *port)
{
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, 0);
    const loom_array *a = v ? h->array(v, "images") : NULL;
    if (!a || a->rank < 3) return 0;
    uint64_t pixels = (uint64_t)(a->dim[a->rank - 1] * a->dim[a->rank - 2]);
    return (uint64_t)h->threads(call) * (29 * pixels + 1024)
           + (uint64_t)a->dim[0] * (NOISE_ORDERS * sizeof(noise_classes) + sizeof(loom_noise))
           + 4096;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    out->uses_threads = true;
    out->bytes = bytes_of(call, "frames") + bytes_of(call, "tilts");
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_FOI_2008, CITE_IMMERKAER_1996, { 0 } };

static const loom_op denoise_estimate_noise = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "denoise.estimate_noise",
    .summary = "Gain and read noise of the detector, measured from its images.",
    .method =
        "Differences of order 2, 4 or 6 along both axes annihilate what is smooth and leave white "
        "noise; where a tilt has several frames the differences between consecutive ones are taken "
        "first. The kernels have unit norm, so the mean square is the variance of a pixel whatever "
        "its distribution. Pixels of each tilt are sorted by the mean of the 11 x 11 pixels around "
        "them into 32 classes of equal numbers; squares beyond 4.5 standard deviations of their "
        "class (hot pixels) and the neighbourhood of saturated pixels are left out. A straight "
        "line, variance = gain (mean - offset) + read^2, weighted by the precision of each class, "
        "is fitted to the classes of all tilts. The order is the lowest from which on the variance "
        "falls no further.\n\n"
        "Whole numbers whose line meets the origin within the errors are fitted with a line "
        "through "
        "it. Those with a gain of 1 within max(0.1, three standard errors) are electron "
        "counts: gain 1 and read noise 0 are written. The table holds what was measured.",
    .citations = citations,
    .limits = "The noise must be white: raw pixels, not filtered or resampled ones (a warning says "
              "where they look filtered). Offset and read noise cannot be told apart from the "
              "variance alone: give `offset` where it is not 0. Images of one grey level do not "
              "tell gain from read noise; then all noise is taken as that of the electrons, with a "
              "warning. A specimen with structure of one pixel in a single frame raises the gain.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.estimate_noise", "1.0", "BSD-3-Clause", &denoise_estimate_noise);
