/* align.frames - the scans of each tilt registered with one another and added up. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/noise.h"
#include "register.h"
#include <omp.h>
#include <stdlib.h>

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
      "with the other frames, whether it was added",
      0 },
    { 0 }
};

enum { LANCZOS = 4 };
/* A frame whose correlation with the others is below this share of the median of all frames shows
 * something else. */
#define MIN_CORRELATION 0.4

typedef struct frame_state {
    double x, y;        /* displacement from the mean of the frames added */
    double correlation; /* with the sum of the others, over what the noise allows */
    bool kept;
} frame_state;

typedef struct stack {
    const params *p;
    const float *src; /* [nt][nf][ny][nx] */
    int64_t nt, nf, ny, nx;
    registrar r;
    double max_px;
    frame_state *state; /* [nt][nf] */
    double *drift;      /* [nt][2] per frame */
    float *dst;         /* [nt][ny][nx] */
    int threads;
} stack;

/* of one thread */
typedef struct workspace {
    float *work, *image;
    float complex *spec, *product, *sum, *total; /* spec: [nf] spectra */
    float *signal;                               /* [ny][hx] power of the object */
    double *noise;                               /* [nf] */
    int32_t *covered;                            /* [ny][nx] frames that reach a pixel */
} workspace;

/* ---- registration ---------------------------------------------------------------------------- */

static int64_t count_kept(const stack *s, int64_t it)
{
    int64_t n = 0;
    for (int64_t f = 0; f < s->nf; f++) n += s->state[it * s->nf + f].kept;
    return n;
}

/* sum += factor * spec moved back by its displacement. */
static void add_moved(const registrar *r, const float complex *spec, double x, double y,
                      float factor, float complex *restrict sum)
{
    for (int64_t iy = 0; iy < r->ny; iy++) {
        int64_t f = 2 * iy <= r->ny ? iy : iy - r->ny;
        double py = 2 * LOOM_PI * (double)f * y / (double)r->ny,
               step = 2 * LOOM_PI * x / (double)r->nx;
        double complex turn = cexp(I * step), phase = cexp(I * py);
        for (int64_t ix = 0; ix < r->hx; ix++) {
            sum[iy * r->hx + ix] += factor * (float complex)phase * spec[iy * r->hx + ix];
            phase *= turn;
        }
    }
}

static void measure(const stack *s, int64_t it, workspace *w)
{
    const registrar *r = &s->r;
    for (int64_t f = 0; f < s->nf; f++)
        registrar_spectrum(r, s->src + (it * s->nf + f) * s->ny * s->nx, w->work,
                           w->spec + f * r->spec);
    registrar_power(r, w->spec, s->nf, w->work, w->noise, w->signal);
}

/* Each frame against the first, expected where the one before it was found. */
static void register_roughly(const stack *s, int64_t it, workspace *w)
{
    const registrar *r = &s->r;
    frame_state *state = s->state + it * s->nf;
    double expected[2] = { 0, 0 };
    for (int64_t f = 1; f < s->nf; f++) {
        registrar_product(r, w->spec, w->noise[0], w->spec + f * r->spec, w->noise[f], w->signal,
                          w->product);
        register_result found = registrar_find(r, w->product, expected, s->max_px, w->work);
        bool far = fabs(found.x) > s->max_px || fabs(found.y) > s->max_px;
        state[f].x = far ? 0 : found.x;
        state[f].y = far ? 0 : found.y;
        expected[0] = state[f].x;
        expected[1] = state[f].y;
    }
}

/* Each frame against the sum of the others where they are thought to be: the sum has less noise. */
static void refine(const stack *s, int64_t it, workspace *w)
{
    const registrar *r = &s->r;
    frame_state *state = s->state + it * s->nf;
    memset(w->total, 0, (size_t)r->spec * sizeof *w->total);
    for (int64_t f = 0; f < s->nf; f++)
        if (state[f].kept) add_moved(r, w->spec + f * r->spec, state[f].x, state[f].y, 1, w->total);
    for (int64_t f = 0; f < s->nf; f++) {
        double n = (double)(count_kept(s, it) - state[f].kept), noise = 0;
        if (!(n > 0)) continue;
        memcpy(w->sum, w->total, (size_t)r->spec * sizeof *w->sum);
        if (state[f].kept) add_moved(r, w->spec + f * r->spec, state[f].x, state[f].y, -1, w->sum);
        for (int64_t i = 0; i < r->ny * r->hx; i++) w->sum[i] /= (float)n;
        for (int64_t g = 0; g < s->nf; g++)
            if (g != f && state[g].kept) noise += w->noise[g] / (n * n);
        double expected = registrar_product(r, w->sum, noise, w->spec + f * r->spec, w->noise[f],
                                            w->signal, w->product);
        double at[2] = { state[f].x, state[f].y };
        double score = registrar_refine(r, w->product, w->work, at);
        state[f].correlation = expected > 0 ? score / expected : 0;
        state[f].x = at[0];
        state[f].y = at[1];
    }
}

/* Displacements from the mean of the frames that are added; their steady part per frame. */
static void centre(const stack *s, int64_t it)
{
    frame_state *state = s->state + it * s->nf;
    double n = (double)count_kept(s, it), x = 0, y = 0, mean = 0, tt = 0, tx = 0, ty = 0;
    if (!(n > 0)) return;
    for (int64_t f = 0; f < s->nf; f++)
        if (state[f].kept) {
            x += state[f].x / n;
            y += state[f].y / n;
            mean += (double)f / n;
        }
    for (int64_t f = 0; f < s->nf; f++) {
        state[f].x -= x;
        state[f].y -= y;
        if (!state[f].kept) continue;
        double t = (double)f - mean;
        tt += t * t;
        tx += t * state[f].x;
        ty += t * state[f].y;
    }
    s->drift[2 * it] = tt > 0 ? tx / tt : 0;
    s->drift[2 * it + 1] = tt > 0 ? ty / tt : 0;
}

static void register_tilt(const stack *s, int64_t it, workspace *w)
{
    frame_state *state = s->state + it * s->nf;
    for (int64_t f = 0; f < s->nf; f++)
        state[f] = (frame_state){ .correlation = s->nf == 1, .kept = true };
    if (s->nf == 1) return;
    measure(s, it, w);
    register_roughly(s, it, w);
    for (int round = 0; round < 3; round++) refine(s, it, w);
    centre(s, it);
}

/* ---- sums ------------------------------------------------------------------------------------ */

static double lanczos(double x)
{
    double p = LOOM_PI * x;
    if (fabs(x) < 1e-9) return 1;
    return fabs(x) >= LANCZOS ? 0 : sin(p) * sin(p / LANCZOS) / (p * p / LANCZOS);
}

/* dst(at) of a line of n samples, `step` apart, mirrored at its ends. */
static float sample_line(const float *line, int64_t n, int64_t step, double at)
{
    int64_t first = (int64_t)floor(at) - LANCZOS + 1;
    double sum = 0, weight = 0;
    for (int64_t i = first; i < first + 2 * LANCZOS; i++) {
        int64_t k = i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i;
        double w = lanczos(at - (double)i);
        sum += w * (double)line[(k < 0 ? 0 : k >= n ? n - 1 : k) * step];
        weight += w;
    }
    return (float)(sum / weight);
}

/* dst = frame with line y moved back by drift * (y - centre) / ny: what a steady drift of the
 * specimen during the scan has sheared and stretched. */
static void undo_drift(const stack *s, const double drift[2], const float *frame, float *half,
                       float *dst)
{
    for (int64_t y = 0; y < s->ny; y++) {
        double late = (double)(y - loom_centre(s->ny)) / (double)s->ny;
        for (int64_t x = 0; x < s->nx; x++)
            half[y * s->nx + x] =
                sample_line(frame + y * s->nx, s->nx, 1, (double)x + drift[0] * late);
    }
    double stretch = drift[1] / (double)s->ny;
    for (int64_t y = 0; y < s->ny; y++) {
        double from = (double)y + stretch * (double)(y - loom_centre(s->ny));
        for (int64_t x = 0; x < s->nx; x++)
            dst[y * s->nx + x] = sample_line(half + x, s->ny, s->nx, from);
    }
}

/* Pixels of a frame displaced by (x, y) that were inside it before it was moved back. */
static bool reaches(const stack *s, const frame_state *f, int64_t iy, int64_t ix)
{
    double y = (double)iy + f->y, x = (double)ix + f->x;
    return y > -0.5 && x > -0.5 && y < (double)s->ny - 0.5 && x < (double)s->nx - 0.5;
}

/* Adds one frame, moved back through its Fourier transform, where it reaches. */
static void add_frame(const stack *s, int64_t it, int64_t f, workspace *w, fftwf_plan back)
{
    const registrar *r = &s->r;
    const frame_state *state = s->state + it * s->nf + f;
    const float *src = s->src + (it * s->nf + f) * s->ny * s->nx;
    float *dst = s->dst + it * s->ny * s->nx, *image = w->image;
    bool moved = fabs(state->x) > 0 || fabs(state->y) > 0;
    memcpy(image, src, (size_t)(s->ny * s->nx) * sizeof *image);
    if (s->p->lines) undo_drift(s, s->drift + 2 * it, src, w->work, image);
    if (moved) {
        fftwf_execute_dft_r2c(r->forth, image, w->product);
        memset(w->sum, 0, (size_t)r->spec * sizeof *w->sum);
        add_moved(r, w->product, state->x, state->y, 1 / (float)(s->ny * s->nx), w->sum);
        fftwf_execute_dft_c2r(back, w->sum, image);
    }
    for (int64_t y = 0; y < s->ny; y++)
        for (int64_t x = 0; x < s->nx; x++)
            if (reaches(s, state, y, x)) {
                dst[y * s->nx + x] += image[y * s->nx + x];
                w->covered[y * s->nx + x]++;
            }
}

/* The sum as if every frame had reached every pixel and none had been left out. */
static void add_up(const stack *s, int64_t it, workspace *w, fftwf_plan back)
{
    int64_t n = s->ny * s->nx;
    float *dst = s->dst + it * n;
    memset(w->covered, 0, (size_t)n * sizeof *w->covered);
    for (int64_t f = 0; f < s->nf; f++)
        if (s->state[it * s->nf + f].kept) add_frame(s, it, f, w, back);
    for (int64_t i = 0; i < n; i++)
        if (w->covered[i] && w->covered[i] != s->nf) dst[i] *= (float)s->nf / (float)w->covered[i];
}

/* ---- outliers -------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Marks frames that do not correlate with the others of their tilt as those of other tilts do. With
 * two frames nobody knows which of them is wrong: both stay. */
static int64_t find_outliers(const stack *s, double *sorted, int64_t *first)
{
    int64_t n = s->nt * s->nf, bad = 0;
    for (int64_t i = 0; i < n; i++) sorted[i] = s->state[i].correlation;
    qsort(sorted, (size_t)n, sizeof *sorted, compare_doubles);
    double least = MIN_CORRELATION * sorted[n / 2];
    for (int64_t i = 0; i < n && s->nf > 1; i++) {
        if (s->state[i].correlation >= least) continue;
        if (!bad++) *first = i;
        if (s->p->outliers == OUTLIERS_DROP && s->nf > 2
            && count_kept(s, i / s->nf) > (s->nf + 1) / 2)
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
            *kept = h->add_array(call, table, "kept", LOOM_I32, 1, &rows, NULL);
    double *to[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        if (!(to[c] =
                  h->add_array(call, table, names[c], LOOM_F64, 1, &rows, c < 4 ? "pixel" : NULL)))
            return false;
    if (!tilt || !frame || !kept) return false;
    for (int64_t i = 0; i < rows; i++) {
        const double *drift = s->drift + 2 * (i / s->nf);
        const frame_state *f = s->state + i;
        const double row[COLUMNS] = { f->x, f->y, drift[0], drift[1], f->correlation };
        tilt[i] = (int32_t)(i / s->nf);
        frame[i] = (int32_t)(i % s->nf);
        kept[i] = f->kept;
        for (int c = 0; c < COLUMNS; c++) to[c][i] = row[c];
    }
    return true;
}

/* A sum of nf frames of the same mean: the offset nf times, the read noise sqrt(nf) times that of
 * one; where only K were added and scaled up, nf / K of the variance. A Fourier shift keeps it. */
static loom_status write_noise(loom_call *call, const stack *s, loom_value *out)
{
    loom_noise *noise = call->host->scratch(call, (size_t)s->nt * sizeof *noise);
    if (!noise) return LOOM_E_MEMORY;
    int known = loom_noise_read(call, "frames", s->nt, noise);
    if (known <= 0) return known ? LOOM_E_DATA : LOOM_OK;
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

static bool start_memory(loom_call *call, stack *s, workspace *w)
{
    const loom_host *h = call->host;
    const registrar *r = &s->r;
    size_t spec = (size_t)r->spec * sizeof(float complex);
    for (int t = 0; t < s->threads; t++) {
        w[t].work = h->scratch(call, sizeof(float) * (size_t)registrar_work(r));
        w[t].image = h->scratch(call, sizeof(float) * (size_t)(s->ny * s->nx));
        w[t].spec = h->scratch(call, spec * (size_t)s->nf);
        w[t].product = h->scratch(call, spec);
        w[t].sum = h->scratch(call, spec);
        w[t].total = h->scratch(call, spec);
        w[t].signal = h->scratch(call, sizeof(float) * (size_t)r->spec);
        w[t].noise = h->scratch(call, sizeof(double) * (size_t)s->nf);
        w[t].covered = h->scratch(call, sizeof(int32_t) * (size_t)(s->ny * s->nx));
        if (!w[t].work || !w[t].image || !w[t].spec || !w[t].product || !w[t].sum || !w[t].total
            || !w[t].signal || !w[t].noise || !w[t].covered)
            return false;
    }
    return true;
}

static bool each_tilt(loom_call *call, const stack *s, workspace *w, bool sum, fftwf_plan back)
{
    for (int64_t first = 0; first < s->nt; first += s->threads) {
        int64_t end = first + s->threads < s->nt ? first + s->threads : s->nt;
#pragma omp parallel for num_threads(s->threads) schedule(static, 1)
        for (int64_t it = first; it < end; it++) {
            if (sum) add_up(s, it, w + (it - first), back);
            else register_tilt(s, it, w + (it - first));
        }
        double done = (double)end / (double)s->nt;
        if (!call->host->progress(call, sum ? 0.8 + 0.2 * done : 0.8 * done, 1)) return false;
    }
    return true;
}

static loom_status work_through(loom_call *call, stack *s, workspace *w, fftwf_plan back)
{
    const loom_host *h = call->host;
    int64_t first = 0;
    double *sorted = h->scratch(call, sizeof(double) * (size_t)(s->nt * s->nf));
    if (!sorted) return LOOM_E_MEMORY;
    if (!each_tilt(call, s, w, false, back)) return LOOM_E_CANCELLED;
    int64_t bad = find_outliers(s, sorted, &first);
    warn_of_outliers(call, s, bad, first);
    for (int64_t it = 0; it < s->nt && s->nf > 1; it++)
        if (count_kept(s, it) < s->nf) {
            measure(s, it, w);
            refine(s, it, w);
            centre(s, it);
        }
    return each_tilt(call, s, w, true, back) ? LOOM_OK : LOOM_E_CANCELLED;
}

static loom_status open_frames(loom_call *call, stack *s)
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
    if (loom_array_count(images) < 1 || s->ny < 8 || s->nx < 8)
        return h->fail(call, LOOM_E_DATA, "frames",
                       "%lld tilts of %lld frames of %lld x %lld pixels; expected at least one of "
                       "8 x 8",
                       (long long)s->nt, (long long)s->nf, (long long)s->ny, (long long)s->nx);
    double shorter = (double)(s->ny < s->nx ? s->ny : s->nx);
    s->max_px = s->p->max_shift > 0 ? fmin(s->p->max_shift, shorter / 2 - 1) : shorter / 4;
    s->state = h->scratch(call, sizeof *s->state * (size_t)(s->nt * s->nf));
    s->drift = h->scratch(call, sizeof(double) * (size_t)(2 * s->nt));
    loom_value *out = h->output(call, "tilts");
    s->dst = out ? h->add_array(call, out, "images", LOOM_F32, 3,
                                (int64_t[]){ s->nt, s->ny, s->nx }, images->unit)
                 : NULL;
    if (!s->state || !s->drift || !s->dst) return LOOM_E_MEMORY;
    memset(s->drift, 0, sizeof(double) * (size_t)(2 * s->nt));
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    stack s = { .p = param_struct };
    loom_status status = open_frames(call, &s);
    if (status != LOOM_OK) return status;
    workspace *w = h->scratch(call, sizeof *w * (size_t)s.threads);
    bool good = w && registrar_start(call, s.ny, s.nx, &s.r) && start_memory(call, &s, w);
    fftwf_plan back =
        good ? fftwf_plan_dft_c2r_2d((int)s.ny, (int)s.nx, w[0].sum, w[0].image, FFTW_ESTIMATE)
             : NULL;
    status = back ? work_through(call, &s, w, back) : LOOM_E_MEMORY;
    if (back) fftwf_destroy_plan(back);
    registrar_end(&s.r);
    return status == LOOM_OK ? write_series(call, &s) : status;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "frames", "images");
    if (!a) return LOOM_E_DATA;
    uint64_t nf = (uint64_t)a->dim[1], ny = (uint64_t)a->dim[2], nx = (uint64_t)a->dim[3],
             spec = 4 * (ny * (nx + 2) + 16);
    out->uses_threads = true;
    out->bytes = (uint64_t)call->host->threads(call)
                     * (spec * (nf + 4) + 12 * ny * nx + 4 * (8 * ny * (nx + 2) + 64) + 16 * nf)
                 + 12 * ny * (nx + 2) + (uint64_t)a->dim[0] * (nf * 48 + 64) + 4096;
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_GUIZAR_2008, { 0 } };

static const loom_op align_frames = {
    .size = sizeof(loom_op),
    .revision = 1,
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
        "**Periodic images.** Where an image is periodic, displacements that differ by a period "
        "are told "
        "apart by the envelope of the specimen alone. The likelihood says whether it can be done: "
        "maxima within 12 of the largest are equally good, and the one nearest to the frame "
        "before is taken. That holds while an edge of the specimen is in view (see the limits).\n\n"
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
        "both are kept. A lattice that fills the images is registered up to a period: images fade "
        "at their edges, which favours small displacements from the first frame. Keep the drift of "
        "a tilt below half a period there, or an edge of the specimen in view.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("align.frames", "1.0", "BSD-3-Clause", &align_frames);
