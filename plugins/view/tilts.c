/* view.tilts - the images of a tilt series with their angles, with insets of their spectra. */
#include "columns.h"
#include <stdlib.h>
#include <assert.h>

typedef struct params {
    int64_t max_images, size;
    bool spectra;
    const char *title, *caption;
} params;
static const char *const old_max_images[] = { "most", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, max_images, .renamed_from = old_max_images, .def = 24, .min = 1, .max = 200,
               .doc = "images shown, at even distances in the series"),
    LOOM_PARAM(params, size, .unit = "pixel", .def = 128, .min = 8, .max = 2048,
               .doc = "longest edge of an image; larger ones are averaged down by a whole factor"),
    LOOM_PARAM(params, spectra, .def = true,
               .doc = "the power spectrum of each image in its upper right corner"),
    LOOM_PARAM(params, title, .text = "Tilt series", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption,
               .doc = "what is seen; not given: number, angles and size of the images"),
    { 0 }
};
static const loom_port inputs[] = { { "tilts", "tilt_series", "any images", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: the images as `image`", 0 }, { 0 }
};

enum { INSET = 3 }; /* an inset is a third of the edge */
typedef struct montage {
    const float *images;
    const double *angles;
    int64_t tilts, ny, nx, by, rows, columns, shown;
} montage;

static int64_t tilt_of(const montage *m, int64_t k)
{
    assert(k >= 0 && k < m->shown);
    return m->shown > 1 ? (k * (m->tilts - 1) + (m->shown - 1) / 2) / (m->shown - 1) : 0;
}

/* Averages of by x by pixels; out [rows][columns]. */
static void reduce(const montage *m, int64_t tilt, float *out)
{
    assert(tilt >= 0 && tilt < m->tilts && m->by > 0);
    assert((m->rows - 1) * m->by < m->ny && (m->columns - 1) * m->by < m->nx);
    const float *src = m->images + tilt * m->ny * m->nx;
    for (int64_t y = 0; y < m->rows; y++)
        for (int64_t x = 0; x < m->columns; x++) {
            double sum = 0;
            int64_t n = 0;
            for (int64_t r = y * m->by; r < (y + 1) * m->by && r < m->ny; r++)
                for (int64_t c = x * m->by; c < (x + 1) * m->by && c < m->nx; c++, n++)
                    sum += (double)src[r * m->nx + c];
            *out++ = (float)(sum / (double)n);
        }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* From 0 to 1, so that 0.5 % of the pixels are darker and as many brighter. */
static void stretch(float *image, int64_t n, float *sorted)
{
    assert(n > 0);
    memcpy(sorted, image, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    float low = sorted[n / 200], high = sorted[n - 1 - n / 200];
    for (int64_t i = 0; i < n; i++) {
        float t = high > low ? (image[i] - low) / (high - low) : 0;
        image[i] = t < 0 ? 0 : t > 1 ? 1 : t;
    }
}

/* Logarithm of the power at one frequency of the middle square of s x s pixels, by its definition:
 * insets are small. cosine and sine of 2 pi k / s are in the tables. */
static void spectrum(const float *src, int64_t columns, int64_t s, const double *cosine,
                     const double *sine, double *row, float *out)
{
    assert(s >= 0 && s <= columns);
    double mean = 0;
    for (int64_t i = 0; i < s * s; i++)
        mean += (double)src[i / s * columns + i % s] / (double)(s * s);
    for (int64_t y = 0; y < s; y++)
        for (int64_t u = 0; u < s; u++) {
            double re = 0, im = 0;
            for (int64_t x = 0; x < s; x++) {
                int64_t k = (u + s - s / 2) * x % s;
                /* a window: the edges of the square are none of the image */
                double v =
                    ((double)src[y * columns + x] - mean) * (1 - cosine[x]) * (1 - cosine[y]);
                re += v * cosine[k];
                im -= v * sine[k];
            }
            row[2 * (y * s + u)] = re;
            row[2 * (y * s + u) + 1] = im;
        }
    for (int64_t w = 0; w < s; w++)
        for (int64_t u = 0; u < s; u++) {
            double re = 0, im = 0;
            for (int64_t y = 0; y < s; y++) {
                int64_t k = (w + s - s / 2) * y % s;
                const double *z = row + 2 * (y * s + u);
                re += z[0] * cosine[k] + z[1] * sine[k];
                im += z[1] * cosine[k] - z[0] * sine[k];
            }
            out[w * s + u] = (float)log1p(re * re + im * im);
        }
}

typedef struct workspace {
    float *sorted, *inset;
    double *cosine, *sine, *row;
    int64_t s;
} workspace;

static bool get_workspace(loom_call *call, const montage *m, workspace *w)
{
    const loom_host *h = call->host;
    int64_t edge = m->rows < m->columns ? m->rows : m->columns;
    w->s = edge / INSET < 64 ? edge / INSET : 64;
    size_t n = (size_t)(w->s * w->s) + 1;
    w->sorted = h->scratch(call, (size_t)(m->rows * m->columns) * sizeof *w->sorted);
    w->inset = h->scratch(call, n * sizeof *w->inset);
    w->row = h->scratch(call, 2 * n * sizeof *w->row);
    w->cosine = h->scratch(call, n * sizeof *w->cosine);
    w->sine = h->scratch(call, n * sizeof *w->sine);
    if (!w->sorted || !w->inset || !w->row || !w->cosine || !w->sine) return false;
    for (int64_t k = 0; k < w->s; k++) {
        w->cosine[k] = cos(2 * M_PI * (double)k / (double)w->s);
        w->sine[k] = sin(2 * M_PI * (double)k / (double)w->s);
    }
    return true;
}

static void add_inset(const montage *m, const workspace *w, float *image)
{
    const float *middle = image + (m->rows - w->s) / 2 * m->columns + (m->columns - w->s) / 2;
    spectrum(middle, m->columns, w->s, w->cosine, w->sine, w->row, w->inset);
    stretch(w->inset, w->s * w->s, w->sorted);
    for (int64_t y = 0; y < w->s; y++)
        memcpy(image + y * m->columns + m->columns - w->s, w->inset + y * w->s,
               (size_t)w->s * sizeof *image);
}

static char *labels_of(loom_call *call, const montage *m)
{
    char *lines = call->host->scratch(call, (size_t)m->shown * 32 + 1), *end = lines;
    for (int64_t k = 0; lines && k < m->shown; k++)
        end += sprintf(end, "%s%+.1f\u00b0", k ? "\n" : "", m->angles[3 * tilt_of(m, k) + 1]);
    return lines;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    double pixel_A;
    workspace w;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = loom_need(call, "tilts", "angles");
    if (!images || !angles || !loom_need_number(call, "tilts", "pixel_size", &pixel_A)
        || !loom_need_finite(call, "tilts", images))
        return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the series holds no images");
    montage m = {
        images->data, angles->data, images->dim[0], images->dim[1], images->dim[2], 1, 0, 0, 0
    };
    int64_t edge = m.ny > m.nx ? m.ny : m.nx;
    m.by = (edge + p->size - 1) / p->size;
    m.rows = (m.ny + m.by - 1) / m.by;
    m.columns = (m.nx + m.by - 1) / m.by;
    m.shown = p->max_images < m.tilts ? p->max_images : m.tilts;
    loom_value *panel =
        *p->caption
            ? loom_panel(call, "panel", "image", p->title, "%s", p->caption)
            : loom_panel(call, "panel", "image", p->title,
                         "%lld of %lld images of %lld x %lld pixels of %.4g \u00c5, with their "
                         "tilt angles, each from its darkest to "
                         "its brightest.%s",
                         (long long)m.shown, (long long)m.tilts, (long long)m.ny, (long long)m.nx,
                         pixel_A, p->spectra ? " Insets: power spectra, logarithmic." : "");
    float *out = panel ? h->add_array(call, panel, "image", LOOM_F32, 3,
                                      (int64_t[]){ m.shown, m.rows, m.columns }, NULL)
                       : NULL;
    char *labels = labels_of(call, &m);
    if (!out || !labels || !get_workspace(call, &m, &w)) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < m.shown; k++, out += m.rows * m.columns) {
        if (!h->progress(call, (double)k, (double)m.shown)) return LOOM_E_CANCELLED;
        reduce(&m, tilt_of(&m, k), out);
        stretch(out, m.rows * m.columns, w.sorted);
        if (p->spectra && w.s >= 8) add_inset(&m, &w, out);
    }
    h->set_text(call, panel, "labels", labels);
    h->set_number(call, panel, "pixel_size", pixel_A * (double)m.by, "angstrom");
    h->set_number(call, panel, "low", 0, "");
    h->set_number(call, panel, "high", 1, "");
    h->set_text(call, panel, "value_label", "share of the range of each image");
    return LOOM_OK;
}

static const loom_op view_tilts = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.tilts",
    .summary = "The images of a tilt series with their angles and power spectra.",
    .method = "Each image is averaged down by a whole factor and shown from black (0.5 % of its "
              "pixels are darker) to white (0.5 % are "
              "brighter). The inset is the logarithm of the power spectrum of the middle of the "
              "shown image, under a Hann window, zero "
              "frequency in its centre.",
    .cites = "none",
    .limits = "Brightness cannot be compared between images: each has its own range.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.tilts", "1.0", "BSD-3-Clause", &view_tilts);
