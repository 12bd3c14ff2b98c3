/* align.frames - the scans of each tilt registered with one another and added up. */
#include "frames.h"
#include "kit/check.h"
#include "kit/citations.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct params {
    double max_shift;
    int32_t outliers;
    bool lines;
} params;
enum { OUTLIERS_WARN, OUTLIERS_DROP };
static const char *const outlier_names[] = { "warn", "drop", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, max_shift, .unit = "pixel", .min = 0, .max = 4096,
               .doc = "largest displacement between frames along each axis; 0: a quarter of the "
                      "shorter edge"),
    LOOM_PARAM(params, outliers, .choices = outlier_names,
               .doc =
                   "frames that show something else than the others of their tilt: add them with "
                   "a warning, or leave them out"),
    LOOM_PARAM(params, lines,
               .doc = "the drift from frame to frame acts within each frame too, line by line "
                      "(slow scans without a pause): undo the shear and stretch it makes"),
    { 0 }
};
static const loom_port inputs[] = { { "frames", "frames", "one or more scans of each tilt", 0 },
                                    { 0 } };
static const loom_port outputs[] = {
    { "tilts", "tilt_series",
      "per tilt the sum of its frames, each moved onto their mean position; noise attributes as "
      "they follow from that",
      0 },
    { "shifts", "table",
      "one row per frame: displacement from the mean position, steady drift per frame, correlation "
      "with the other frames, other displacements that the images do not exclude, whether it was "
      "added",
      0 },
    { 0 }
};

/* ---- outliers -------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Marks frames that do not correlate with the others of their tilt as those of other tilts do. With
 * two frames nobody knows which of them is wrong: both stay. */
static int64_t find_outliers(const stack *s, bool drop, double *sorted, int64_t *first)
{
    int64_t n = s->nt * s->nf, bad = 0;
    for (int64_t i = 0; i < n; i++) sorted[i] = s->state[i].correlation;
    qsort(sorted, (size_t)n, sizeof *sorted, compare_doubles);
    double least = MIN_CORRELATION * sorted[n / 2];
    for (int64_t i = 0; i < n && s->nf > 1; i++) {
        if (s->state[i].correlation >= least) continue;
        if (!bad++) *first = i;
        s->state[i].rivals = 0;
        if (drop && s->nf > 2 && count_kept(s, i / s->nf) > (s->nf + 1) / 2)
            s->state[i].kept = false;
    }
    return bad;
}

static void warn_of_outliers(loom_call *call, const stack *s, int64_t bad, int64_t first)
{
    bool dropped = !s->state[first].kept;
    if (bad)
        call->host->warn(call, "frames",
                         "%lld of %lld frames do not show what the others of their tilt show (the "
                         "first is frame %lld of tilt %lld, correlation %.2f of what the noise "
                         "allows): %s",
                         (long long)bad, (long long)(s->nt * s->nf), (long long)(first % s->nf),
                         (long long)(first / s->nf), s->state[first].correlation,
                         dropped ? "left out"
                                 : "they were added; `outliers: drop` leaves them out "
                                   "where more than half of a tilt's frames agree");
}

/* A lattice without an end, or too few counts: the sum is right where the stage moved slowly. */
static void warn_of_rivals(loom_call *call, const stack *s)
{
    int64_t open = 0, first = 0;
    for (int64_t i = 0; i < s->nt * s->nf; i++)
        if (s->state[i].rivals && !open++) first = i;
    if (open)
        call->host->warn(call, "frames",
                         "%lld of %lld frames fit the others of their tilt equally well at other "
                         "displacements, such as a lattice period away (the first is frame %lld of "
                         "tilt %lld, at %lld others): each was placed nearest to the frame before "
                         "it. That is right where the specimen moves by less than half a period "
                         "from scan to scan; else have an edge of the crystal in view, record "
                         "faster, or give `max_shift`",
                         (long long)open, (long long)(s->nt * s->nf), (long long)(first % s->nf),
                         (long long)(first / s->nf), (long long)s->state[first].rivals);
}

/* ---- outputs --------------------------------------------------------------------------------- */

static bool write_shifts(loom_call *call, const stack *s)
{
    static const char *const names[] = { "shift_x", "shift_y", "drift_x", "drift_y",
                                         "correlation" };
    enum { COLUMNS = sizeof names / sizeof *names };
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "shifts");
    int64_t rows = s->nt * s->nf;
    int32_t *tilt = h->add_array(call, table, "tilt", LOOM_I32, 1, &rows, NULL),
            *frame = h->add_array(call, table, "frame", LOOM_I32, 1, &rows, NULL),
            *kept = h->add_array(call, table, "kept", LOOM_I32, 1, &rows, NULL),
            *rivals = h->add_array(call, table, "rivals", LOOM_I32, 1, &rows, NULL);
    double *to[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        if (!(to[c] =
                  h->add_array(call, table, names[c], LOOM_F64, 1, &rows, c < 4 ? "pixel" : NULL)))
            return false;
    if (!tilt || !frame || !kept || !rivals) return false;
    for (int64_t i = 0; i < rows; i++) {
        const double *drift = s->drift + 2 * (i / s->nf);
        const frame_state *f = s->state + i;
        const double row[COLUMNS] = { f->x, f->y, drift[0], drift[1], f->correlation };
        tilt[i] = (int32_t)(i / s->nf);
        frame[i] = (int32_t)(i % s->nf);
        kept[i] = f->kept;
        rivals[i] = (int32_t)f->rivals;
        for (int c = 0; c < COLUMNS; c++) to[c][i] = row[c];
    }
    return true;
}

/* A sum of nf frames of the same mean: the offset nf times, the read noise sqrt(nf) times that of
 * one; where only K were added and scaled up, nf / K of the variance. A Fourier shift keeps it. */
static loom_status write_noise(loom_call *call, const stack *s, loom_value *out)
{
    if (!s->noise) return LOOM_OK;
    loom_noise *noise = call->host->scratch(call, (size_t)s->nt * sizeof *noise);
    if (!noise) return LOOM_E_MEMORY;
    memcpy(noise, s->noise, (size_t)s->nt * sizeof *noise);
    for (int64_t it = 0; it < s->nt; it++) {
        double nf = (double)s->nf, kept = (double)count_kept(s, it);
        noise[it].offset *= nf;
        noise[it].read *= sqrt(nf);
        noise[it].factor *= nf / kept;
    }
    return loom_noise_write(call, out, s->nt, noise, NULL) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status write_series(loom_call *call, const stack *s)
{
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "frames", 0);
    const loom_array *angles = h->array(in, "angles");
    loom_value *out = h->output(call, "tilts");
    double number;
    if (angles ? !loom_pass_array(call, angles, out)
               : !h->add_array(call, out, "angles", LOOM_F64, 2, (int64_t[]){ s->nt, 3 }, "degree"))
        return LOOM_E_MEMORY;
    if (!angles) h->warn(call, "frames", "the frames have no angles; those of the series are 0");
    loom_status status = write_noise(call, s, out);
    if (status != LOOM_OK) return status;
    bool still = s->nf == 1;
    if (!still) h->set_number(call, out, "counts", 0, NULL);
    if (!still && h->number(in, "background", &number))
        h->set_number(call, out, "background", number * (double)s->nf, NULL);
    return loom_pass_rest(call, in, out) && write_shifts(call, s) ? LOOM_OK : LOOM_E_MEMORY;
}

/* ---- run ------------------------------------------------------------------------------------- */

static bool start_spectra(loom_call *call, const stack *s, workspace *w)
{
    const registrar *r = &s->r;
    size_t spec = (size_t)r->spec * sizeof(float complex);
    float complex **const each[] = { &w->product, &w->sum, &w->total, &w->placed };
    w->spec = call->host->scratch(call, spec * (size_t)s->nf);
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (!(*each[i] = call->host->scratch(call, spec))) return false;
    w->signal = call->host->scratch(call, spec / 2);
    w->peaks = call->host->scratch(call, spec / 2);
    w->rings = call->host->scratch(call, spec / 2);
    return w->spec && w->signal && w->peaks && w->rings;
}

/* Plans, and the memory of each thread. */
static bool start_memory(loom_call *call, stack *s, workspace *w)
{
    const loom_host *h = call->host;
    size_t pixels = (size_t)(s->ny * s->nx);
    if (!registrar_start(call, s->ny, s->nx, &s->r)) return false;
    for (int t = 0; t < s->threads; t++) {
        w[t].work = h->scratch(call, sizeof(float) * (size_t)registrar_work(&s->r));
        w[t].image = h->scratch(call, sizeof(float) * pixels);
        w[t].noise = h->scratch(call, sizeof(double) * (size_t)s->nf);
        w[t].covered = h->scratch(call, sizeof(int32_t) * pixels);
        if (!w[t].work || !w[t].image || !w[t].noise || !w[t].covered
            || !start_spectra(call, s, w + t))
            return false;
    }
    s->back = fftwf_plan_dft_c2r_2d((int)s->ny, (int)s->nx, w[0].sum, w[0].image, FFTW_ESTIMATE);
    for (int t = 0; t < s->threads && s->nf > 1; t++)
        if (!s->back || !rivals_start(call, &s->r, s->back, s->max_px, &w[t].room)) return false;
    return s->back;
}

static bool each_tilt(loom_call *call, const stack *s, workspace *w, bool sum)
{
    for (int64_t first = 0; first < s->nt; first += s->threads) {
        int64_t end = first + s->threads < s->nt ? first + s->threads : s->nt;
#pragma omp parallel for num_threads(s->threads) schedule(static, 1)
        for (int64_t it = first; it < end; it++) {
            if (sum) sum_tilt(s, it, w + (it - first));
            else place_tilt(s, it, w + (it - first));
        }
        double done = (double)end / (double)s->nt;
        if (!call->host->progress(call, sum ? 0.8 + 0.2 * done : 0.8 * done, 1)) return false;
    }
    return true;
}

static loom_status work_through(loom_call *call, stack *s, bool drop, workspace *w)
{
    const loom_host *h = call->host;
    int64_t first = 0;
    double *sorted = h->scratch(call, sizeof(double) * (size_t)(s->nt * s->nf));
    if (!sorted) return LOOM_E_MEMORY;
    if (!each_tilt(call, s, w, false)) return LOOM_E_CANCELLED;
    int64_t bad = find_outliers(s, drop, sorted, &first);
    warn_of_outliers(call, s, bad, first);
    warn_of_rivals(call, s);
    for (int64_t it = 0; it < s->nt && s->nf > 1; it++)
        if (count_kept(s, it) < s->nf) place_again(s, it, w);
    return each_tilt(call, s, w, true) ? LOOM_OK : LOOM_E_CANCELLED;
}

static loom_status open_noise(loom_call *call, stack *s)
{
    loom_noise *noise = call->host->scratch(call, (size_t)s->nt * sizeof *noise);
    if (!noise) return LOOM_E_MEMORY;
    int known = loom_noise_read(call, "frames", s->nt, noise);
    s->noise = known > 0 ? noise : NULL;
    return known < 0 ? LOOM_E_DATA : LOOM_OK;
}

static loom_status make_output(loom_call *call, stack *s, const char *unit)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "tilts");
    s->state = h->scratch(call, sizeof *s->state * (size_t)(s->nt * s->nf));
    s->drift = h->scratch(call, sizeof(double) * (size_t)(2 * s->nt));
    s->dst = out ? h->add_array(call, out, "images", LOOM_F32, 3,
                                (int64_t[]){ s->nt, s->ny, s->nx }, unit)
                 : NULL;
    if (!s->state || !s->drift || !s->dst) return LOOM_E_MEMORY;
    memset(s->drift, 0, sizeof(double) * (size_t)(2 * s->nt));
    return LOOM_OK;
}

static loom_status open_frames(loom_call *call, const params *p, stack *s)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "frames", "images");
    if (!images || !loom_need_finite(call, "frames", images)) return LOOM_E_DATA;
    s->src = images->data;
    s->nt = images->dim[0];
    s->nf = images->dim[1];
    s->ny = images->dim[2];
    s->nx = images->dim[3];
    s->threads = h->threads(call);
    s->lines = p->lines;
    if (loom_array_count(images) < 1 || s->ny < 8 || s->nx < 8)
        return h->fail(call, LOOM_E_DATA, "frames",
                       "%lld tilts of %lld frames of %lld x %lld pixels; expected at least one of "
                       "8 x 8",
                       (long long)s->nt, (long long)s->nf, (long long)s->ny, (long long)s->nx);
    double shorter = (double)(s->ny < s->nx ? s->ny : s->nx);
    s->max_px = p->max_shift > 0 ? fmin(p->max_shift, shorter / 2 - 1) : shorter / 4;
    loom_status status = open_noise(call, s);
    return status == LOOM_OK ? make_output(call, s, images->unit) : status;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    stack s = { 0 };
    loom_status status = open_frames(call, p, &s);
    if (status != LOOM_OK) return status;
    workspace *w = call->host->scratch(call, sizeof *w * (size_t)s.threads);
    status = w && start_memory(call, &s, w)
                 ? work_through(call, &s, p->outliers == OUTLIERS_DROP, w)
                 : LOOM_E_MEMORY;
    if (s.back) fftwf_destroy_plan(s.back);
    registrar_end(&s.r);
    return status == LOOM_OK ? write_series(call, &s) : status;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "frames", "images");
    if (!a) return LOOM_E_DATA;
    uint64_t nf = (uint64_t)a->dim[1], ny = (uint64_t)a->dim[2], nx = (uint64_t)a->dim[3],
             spec = 4 * (ny * (nx + 2) + 16), view = 9 * spec + 16 * ny * nx + 16 * (ny + nx),
             list = nf > 1 ? view + RIVALS_MAX * (sizeof(rival) + sizeof(register_maximum)) : 0;
    out->uses_threads = true;
    out->bytes = (uint64_t)call->host->threads(call)
                     * (spec * (nf + 6) + 12 * ny * nx + 4 * (8 * ny * (nx + 2) + 64) + 16 * nf
                        + list + 4096)
                 + 12 * ny * (nx + 2) + (uint64_t)a->dim[0] * (nf * 56 + 96) + 4096;
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_GUIZAR_2008, { 0 } };

static const loom_op align_frames = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "align.frames",
    .summary = "The scans of each tilt registered with one another and added up.",
    .method =
        "**Registration.** The displacement of two frames is the maximum of their "
        "cross-correlation with each frequency weighted by S / (N1 N2 + S (N1 + N2)), the "
        "log-likelihood of a displacement (S the power of the object, N that of the noise, both "
        "measured in the frames' own spectra, S around each coefficient). It is evaluated on a "
        "grid of half pixels and "
        "refined by Newton's method on the exact sum: there is no grid of sub-pixel trials. Every "
        "frame is then registered with the mean of all others, three times over.\n\n"
        "**Lattices.** On a lattice displacements that differ by a period give correlations of "
        "nearly one height, and their height says how much of the images overlaps rather than "
        "which of them is true. All maxima above half of the largest (over the overlap; not those "
        "within 2 pixels of a higher one) are "
        "therefore judged by the chi-square of what overlaps and nothing else: squared "
        "differences of the filtered images less what their noise makes, whose mean is 0 at the "
        "true displacement, with windows that leave nothing to reach around the edges. A "
        "displacement that is worse than another by more than 4.5 standard deviations is excluded. "
        "What is judged against is the mean of the frames placed before. Where more than one is "
        "left nothing in the images tells them apart: the one nearest to the frame before is "
        "taken (for the first, to no displacement), `rivals` counts the others, and a warning "
        "says so. So a slip by a period takes both: no difference in the images, and a step of "
        "more than half a period between scans.\n\n"
        "**Sum.** Frames are moved onto their mean position by Fourier shifts, which keep counts "
        "and the variance of white noise, and added. Pixels that not all frames reach, and frames "
        "left out, are made up for by scaling, so that the level is everywhere that of all "
        "frames. `offset`, `noise_read` and `noise_factor` follow; `dose` is that of the series "
        "as before. A tilt of one frame is passed on.\n\n"
        "**Drift.** The steady part of the displacements per frame is in the table. A scan "
        "without pauses drifts by as much within each frame; `lines` undoes that shear (along x) "
        "and stretch (along y) by interpolation (Lanczos, 4 pixels).\n\n"
        "**Outliers.** A frame whose correlation with the others is below 0.4 of the median of "
        "all frames of the series shows something else.",
    .citations = citations,
    .limits =
        "Rigid displacements and steady drift only: jumps within a scan stay. The drift within "
        "frames cannot be seen in the frames themselves (all are distorted alike), it follows "
        "from their displacements where the stage moved steadily. Of two frames that disagree "
        "both are kept. A perfect lattice that fills the images is registered up to a period, with "
        "a warning. Displacements are judged with margins of an eighth of the images: with "
        "`max_shift` above a quarter of them the margins are half of it.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("align.frames", "1.0", "BSD-3-Clause", &align_frames);
