/* view.profiles - profiles across images of tilt series: means of rows or columns, before and after
 * preparation, with the background and the edges of the mask. */
#include "columns.h"

typedef struct params {
    int64_t tilt, band;
    int32_t along;
    loom_strings labels;
    const char *title, *caption;
} params;
enum { ALONG_X, ALONG_Y };
static const char *const along_names[] = { "x", "y", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, tilt, .def = -1, .min = -1, .max = 1e9,
               .doc = "number of the image, from 0; -1: the one of the smallest tilt"),
    LOOM_PARAM(params, along, .choices = along_names,
               .doc = "what the profile runs along: x (means of columns), y (means of rows: along "
                      "the tilt axis)"),
    LOOM_PARAM(params, band, .unit = "pixel", .min = 0, .max = 65536,
               .doc = "rows, or columns, about the centre that are averaged; 0: all"),
    LOOM_PARAM(params, labels, .doc = "names of the series, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, title, .text = "Profiles", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: image, direction and mask"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "one or more series of the same images, as summed, background, clean",
      LOOM_LIST },
    { "mask", "mask_series", "its edges are drawn, and said in the caption", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: one line per series, and the edges of the mask", 0 }, { 0 }
};

typedef struct view {
    const params *p;
    int64_t series, nt, ny, nx, tilt;
    int64_t n, first, end; /* samples of a profile; what is averaged across it */
    double pixel_A;
    int64_t left, right; /* of the mask along the profile; right < left: none */
} view;

static double pixel_of(const view *v, const loom_array *a, int64_t i, int64_t across)
{
    int64_t y = v->p->along == ALONG_X ? across : i, x = v->p->along == ALONG_X ? i : across;
    return loom_element(a, (v->tilt * v->ny + y) * v->nx + x);
}

static double mean_at(const view *v, const loom_array *images, int64_t i)
{
    double sum = 0;
    for (int64_t k = v->first; k < v->end; k++) sum += pixel_of(v, images, i, k);
    return sum / (double)(v->end - v->first);
}

/* ---- decide ---------------------------------------------------------------------------------- */

static loom_status check_series(loom_call *call, view *v)
{
    const loom_host *h = call->host;
    for (int64_t k = 0; k < v->series; k++) {
        const loom_array *a = h->array(h->input(call, "tilts", k), "images");
        if (!a || a->rank != 3)
            return h->fail(call, LOOM_E_DATA, "tilts", "series %lld has no images", (long long)k);
        if (!k) v->nt = a->dim[0], v->ny = a->dim[1], v->nx = a->dim[2];
        if (loom_array_count(a) < 1 || a->dim[0] != v->nt || a->dim[1] != v->ny
            || a->dim[2] != v->nx)
            return h->fail(call, LOOM_E_DATA, "tilts",
                           "series %lld is %lld x %lld x %lld and the first %lld x %lld x %lld; "
                           "expected the same images, at least one",
                           (long long)k, (long long)a->dim[0], (long long)a->dim[1],
                           (long long)a->dim[2], (long long)v->nt, (long long)v->ny,
                           (long long)v->nx);
    }
    return LOOM_OK;
}

static int64_t smallest_tilt(const loom_array *angles, int64_t nt)
{
    int64_t best = 0;
    for (int64_t k = 1; angles && k < nt && 3 * k + 2 < loom_array_count(angles); k++)
        if (fabs(loom_element(angles, 3 * k + 1)) < fabs(loom_element(angles, 3 * best + 1)))
            best = k;
    return best;
}

static loom_status choose(loom_call *call, view *v)
{
    const loom_host *h = call->host;
    int64_t wide = v->p->along == ALONG_X ? v->ny : v->nx;
    if (v->p->tilt >= v->nt)
        return h->fail(call, LOOM_E_PARAM, "tilt", "image %lld of %lld; the last is %lld",
                       (long long)v->p->tilt, (long long)v->nt, (long long)v->nt - 1);
    v->tilt = v->p->tilt >= 0
                  ? v->p->tilt
                  : smallest_tilt(h->array(h->input(call, "tilts", 0), "angles"), v->nt);
    v->n = v->p->along == ALONG_X ? v->nx : v->ny;
    int64_t band = v->p->band > 0 && v->p->band < wide ? v->p->band : wide;
    v->first = (wide - band) / 2;
    v->end = v->first + band;
    return LOOM_OK;
}

/* The first and the last sample of a profile that the mask holds something of. */
static loom_status find_edges(loom_call *call, view *v)
{
    const loom_host *h = call->host;
    v->left = v->n;
    v->right = -1;
    if (!h->input_count(call, "mask")) return LOOM_OK;
    const loom_array *mask = loom_need(call, "mask", "mask");
    if (!mask) return LOOM_E_DATA;
    if (mask->dim[0] != v->nt || mask->dim[1] != v->ny || mask->dim[2] != v->nx)
        return h->fail(call, LOOM_E_DATA, "mask",
                       "the mask is %lld x %lld x %lld and the series %lld x %lld x %lld; expected "
                       "a mask of the same images",
                       (long long)mask->dim[0], (long long)mask->dim[1], (long long)mask->dim[2],
                       (long long)v->nt, (long long)v->ny, (long long)v->nx);
    for (int64_t i = 0; i < v->n; i++)
        for (int64_t k = v->first; k < v->end; k++) {
            if (!(pixel_of(v, mask, i, k) > 0)) continue;
            v->left = i < v->left ? i : v->left;
            v->right = i;
        }
    return LOOM_OK;
}

/* ---- the panel ------------------------------------------------------------------------------- */

static double position(const view *v, int64_t i)
{
    return (double)(i - v->n / 2) * v->pixel_A / 10;
}

static void fill(loom_call *call, const view *v, double *x, double *y, int32_t *line)
{
    double low = INFINITY, high = -INFINITY;
    int64_t row = 0;
    for (int64_t k = 0; k < v->series; k++) {
        const loom_array *images = call->host->array(call->host->input(call, "tilts", k), "images");
        for (int64_t i = 0; i < v->n; i++, row++) {
            x[row] = position(v, i);
            y[row] = mean_at(v, images, i);
            line[row] = (int32_t)k;
            low = fmin(low, y[row]);
            high = fmax(high, y[row]);
        }
    }
    for (int side = 0; side < 2 && v->right >= v->left; side++)
        for (int end = 0; end < 2; end++, row++) {
            x[row] = position(v, side ? v->right : v->left);
            y[row] = end ? high : low;
            line[row] = (int32_t)(v->series + side);
        }
}

static loom_value *start_panel(loom_call *call, const view *v)
{
    char mask[160] = "";
    if (v->right >= v->left)
        snprintf(mask, sizeof mask, " The mask reaches from %.2f to %.2f nm.", position(v, v->left),
                 position(v, v->right));
    if (*v->p->caption) return loom_panel(call, "panel", "plot", v->p->title, "%s", v->p->caption);
    return loom_panel(call, "panel", "plot", v->p->title,
                      "Means over %lld %s of image %lld along %s.%s",
                      (long long)(v->end - v->first), v->p->along == ALONG_X ? "rows" : "columns",
                      (long long)v->tilt, along_names[v->p->along], mask);
}

/* Names of the lines; those of the mask's edges last. */
static char *names_of(loom_call *call, const view *v)
{
    static const char edges[] = "\nmask, left\nmask, right";
    char *lines = loom_label_lines(call, v->p->labels, v->series);
    if (!lines || v->right < v->left) return lines;
    char *all = call->host->scratch(call, strlen(lines) + sizeof edges);
    if (all) sprintf(all, "%s%s", lines, edges);
    return all;
}

static loom_status draw(loom_call *call, const view *v)
{
    const loom_host *h = call->host;
    char styles[1024] = "", *names = names_of(call, v);
    bool edges = v->right >= v->left;
    int64_t rows = v->series * v->n + (edges ? 4 : 0);
    const char *unit = h->array(h->input(call, "tilts", 0), "images")->unit;
    loom_value *panel = names ? start_panel(call, v) : NULL;
    double *x = panel ? loom_panel_reals(call, panel, "x", "nm", rows) : NULL,
           *y = x ? loom_panel_reals(call, panel, "y", unit, rows) : NULL;
    int32_t *line = y ? loom_panel_codes(call, panel, "series", names, rows) : NULL;
    if (!line) return LOOM_E_MEMORY;
    fill(call, v, x, y, line);
    for (int64_t k = 0; k < v->series + (edges ? 2 : 0) && k < 64; k++)
        strcat(strcat(styles, k ? "\n" : ""), k < v->series ? "lines" : "dashed");
    h->set_text(call, panel, "styles", styles);
    h->set_text(call, panel, "x_label", along_names[v->p->along]);
    h->set_text(call, panel, "y_label", "mean of the pixels");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    view v = { .p = param_struct, .series = call->host->input_count(call, "tilts") };
    loom_status status = check_series(call, &v);
    if (status == LOOM_OK) status = choose(call, &v);
    if (status == LOOM_OK) status = find_edges(call, &v);
    if (status != LOOM_OK) return status;
    for (int64_t k = 0; k < v.series; k++)
        if (!loom_need_finite(call, "tilts",
                              call->host->array(call->host->input(call, "tilts", k), "images")))
            return LOOM_E_DATA;
    if (!loom_need_number(call, "tilts", "pixel_size", &v.pixel_A)) return LOOM_E_DATA;
    return draw(call, &v);
}

static const loom_op view_profiles = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.profiles",
    .summary = "Profiles across an image before and after preparation, with the mask's edges.",
    .method = "A point is the mean of a column (along x) or of a row (along y) of one image, or of "
              "the band of it about the centre; positions are distances from the centre of the "
              "image. One line per series, such as the sums, the background and the clean images. "
              "The dashed lines are the first and the last sample that the mask holds something of "
              "within the band.",
    .cites = "none",
    .limits = "One image at a time; series must hold the same images.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.profiles", "1.0", "BSD-3-Clause", &view_profiles);
