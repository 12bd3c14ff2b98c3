/* view.slices - three orthogonal slices of a volume side by side, with a scale bar and the range of
 * densities. */
#include "canvas.h"
#include "kit/check.h"
#include "kit/geometry.h"
#include "png_file.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct params {
    loom_reals at;
    int64_t slab, zoom;
    double low, high, bar;
    const char *title;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, at, .unit = "angstrom", .text = "0, 0, 0", .min = -1e6, .max = 1e6,
               .doc = "x, y, z from the rotation centre where the slices meet"),
    LOOM_PARAM(params, slab, .unit = "voxel", .def = 1, .min = 1, .max = 100000,
               .doc = "thickness of a slice, averaged over"),
    LOOM_PARAM(params, zoom, .unit = "pixel", .def = 0, .min = 0, .max = 32,
               .doc =
                   "edge of a voxel in the picture; 0: such that the picture is about 1200 wide"),
    LOOM_PARAM(
        params, low, .unit = "same as the volume", .def = 0, .min = -1e30, .max = 1e30,
        .doc = "density shown black; where low and high are equal: 0.1 % of the voxels are darker"),
    LOOM_PARAM(params, high, .unit = "same as the volume", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "density shown white; where low and high are equal: 0.1 % are brighter"),
    LOOM_PARAM(params, bar, .unit = "angstrom", .def = 0, .min = 0, .max = 1e6,
               .doc =
                   "length of the scale bar; 0: a round number near a quarter of the first slice"),
    LOOM_PARAM(params, title, .text = "Slices", .doc = "heading of the panel"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: the picture as `image` [y][x], 0 black to 255 white", 0 },
    { "image", "file", "the same picture as a PNG", 0 },
    { 0 }
};

enum { MARGIN = 12, INK = 20, PAPER = 255, AXES = 3 };
/* axes 0 x, 1 y, 2 z; voxels first .. end-1 are averaged */
typedef struct slice {
    int right, down, through;
    int64_t first, end;
} slice;

typedef struct figure {
    const params *p;
    const float *density;
    int64_t n[AXES]; /* voxels along x, y, z */
    double voxel_A, low, high, bar_A;
    int64_t zoom, dot; /* pixels of a voxel, of a dot of the letters */
    slice part[AXES];
} figure;

/* ---- decide ---------------------------------------------------------------------------------- */
static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Densities that 0.1 % of the voxels lie below and above, from at most a million voxels taken at
 * even distances. */
static bool choose_range(loom_call *call, figure *f)
{
    f->low = f->p->low;
    f->high = f->p->high;
    if (f->low < f->high) return true;
    int64_t count = f->n[0] * f->n[1] * f->n[2], stride = count / 1000000 + 1,
            kept = (count + stride - 1) / stride;
    float *sample = call->host->scratch(call, (size_t)kept * sizeof(float));
    if (!sample) return false;
    for (int64_t i = 0; i < kept; i++) sample[i] = f->density[i * stride];
    qsort(sample, (size_t)kept, sizeof *sample, by_value);
    f->low = (double)sample[kept / 1000];
    f->high = (double)sample[kept - 1 - kept / 1000];
    call->host->release(call, sample);
    return true;
}

/* The largest of 1, 2, 5 times a power of ten that is no longer than this. */
static double round_length(double most)
{
    double ten = pow(10, floor(log10(most)));
    return most >= 5 * ten ? 5 * ten : most >= 2 * ten ? 2 * ten : ten;
}

static loom_status choose_slices(loom_call *call, figure *f)
{
    /* x-y, z-y to its right at the same heights, x-z */
    static const int axes[AXES][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 0, 2, 1 } };
    for (int s = 0; s < AXES; s++) {
        int axis = axes[s][2];
        double index = (double)loom_centre(f->n[axis]) + f->p->at.v[axis] / f->voxel_A;
        int64_t first = (int64_t)floor(index + 0.5 - 0.5 * (double)(f->p->slab - 1));
        if (!(index > -0.5 && index < (double)f->n[axis] - 0.5))
            return call->host->fail(
                call, LOOM_E_PARAM, "at",
                "%c = %g angstrom is outside the volume, which goes from %g to %g", "xyz"[axis],
                f -> p -> at.v[axis], -(double)loom_centre(f->n[axis]) * f->voxel_A,
                (double)(f->n[axis] - 1 - loom_centre(f->n[axis])) * f->voxel_A);
        int64_t end = first + f->p->slab;
        f->part[s] = (slice){ axes[s][0], axes[s][1], axis, first < 0 ? 0 : first,
                              end < f->n[axis] ? end : f->n[axis] };
    }
    return LOOM_OK;
}

static loom_status decide(loom_call *call, const params *p, figure *f)
{
    const loom_host *h = call->host;
    const loom_array *density = loom_need(call, "volume", "density");
    *f = (figure){ .p = p };
    if (!density || !loom_need_number(call, "volume", "voxel_size", &f->voxel_A)
        || !loom_need_finite(call, "volume", density))
        return LOOM_E_DATA;
    for (int a = 0; a < AXES; a++) f->n[a] = density->dim[2 - a];
    f->density = density->data;
    if (loom_array_count(density) < 1)
        return h->fail(call, LOOM_E_DATA, "volume", "the volume is empty");
    if (!(f->voxel_A > 0))
        return h->fail(call, LOOM_E_DATA, "volume", "voxel_size is %g; expected a positive length",
                       f->voxel_A);
    if (p->at.n != 3)
        return h->fail(call, LOOM_E_PARAM, "at", "%lld numbers; give x, y, z", (long long)p->at.n);
    if (p->low > p->high)
        return h->fail(call, LOOM_E_PARAM, "high", "%g is below low = %g", p->high, p->low);
    int64_t across = 2 * f->n[0] + f->n[2];
    f->zoom = p->zoom ? p->zoom : across < 800 ? (1200 + across / 2) / across : 1;
    if (across > 1 << 16 || f->n[1] > 1 << 16 || across * f->zoom > 1 << 17)
        return h->fail(call, LOOM_E_PARAM, "zoom",
                       "a picture %lld pixels wide; crop the volume or lower `zoom`",
                       (long long)(across * f->zoom));
    f->dot = across * f->zoom >= 700 ? 2 : 1;
    double width_A = (double)f->n[0] * f->voxel_A;
    f->bar_A = p->bar > 0 ? p->bar : round_length(width_A / 4);
    if (f->bar_A > width_A)
        return h->fail(call, LOOM_E_PARAM, "bar", "%g angstrom is wider than the volume (%g)",
                       p->bar, width_A);
    loom_status status = choose_slices(call, f);
    return status == LOOM_OK && !choose_range(call, f) ? LOOM_E_MEMORY : status;
}

/* ---- draw ------------------------------------------------------------------------------------ */
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* Mean density through the slab at (right, down). */
static double mean_at(const figure *f, const slice *s, int64_t right, int64_t down)
{
    int64_t at[AXES];
    double sum = 0;
    at[s->right] = right;
    at[s->down] = down;
    for (at[s->through] = s->first; at[s->through] < s->end; at[s->through]++)
        sum += (double)f->density[(at[2] * f->n[1] + at[1]) * f->n[0] + at[0]];
    return sum / (double)(s->end - s->first);
}

static void draw_slice(const figure *f, const slice *s, canvas *c, int64_t top, int64_t left)
{
    double scale = f->high > f->low ? 255 / (f->high - f->low) : 0;
    for (int64_t down = 0; down < f->n[s->down]; down++)
        for (int64_t right = 0; right < f->n[s->right]; right++) {
            double grey = fmin(fmax((mean_at(f, s, right, down) - f->low) * scale, 0), 255);
            canvas_fill(c, top + down * f->zoom, left + right * f->zoom, f->zoom, f->zoom,
                        (uint8_t)lround(grey));
        }
}

/* "x-y  z = 3.5 Å": axis to the right, axis downwards, and where the slice lies. */
static void write_heading(const figure *f, const slice *s, canvas *c, int64_t top, int64_t left)
{
    char text[64];
    int64_t room = f->n[s->right] * f->zoom;
    snprintf(text, sizeof text, "%c-%c  %c = %.4g \xc3\x85", "xyz"[s->right], "xyz"[s->down],
             "xyz"[s->through], f -> p -> at.v[s->through]);
    /* a narrow slice keeps the names of its axes */
    if (canvas_text_width(text, f->dot) > room) text[3] = 0;
    canvas_write(c, top, left, text, f->dot, INK);
}

/* Below the slices: bar and its length on the left, the ramp of greys between its two densities on
 * the right. */
static void draw_legend(const figure *f, canvas *c, int64_t top)
{
    char text[64];
    int64_t line = LETTER_HEIGHT * f->dot, thick = 3 * f->dot,
            length = llround(f->bar_A / f->voxel_A * (double)f->zoom);
    canvas_fill(c, top + (line - thick) / 2, MARGIN, thick, length, 0);
    snprintf(text, sizeof text, "%g \xc3\x85", f->bar_A);
    int64_t end = MARGIN + length + 6 * f->dot;
    end += canvas_write(c, top, end, text, f->dot, INK);
    char high[32];
    snprintf(text, sizeof text, "%.4g", f->low);
    snprintf(high, sizeof high, "%.4g", f->high);
    int64_t ramp = 64 * f->dot, gap = 6 * f->dot;
    int64_t x = c->width - MARGIN - canvas_text_width(high, f->dot) - gap - ramp - gap
                - canvas_text_width(text, f->dot);
    if (x < end + gap) return; /* no room: the range is in the panel's attributes all the same */
    x += canvas_write(c, top, x, text, f->dot, INK) + gap - f->dot;
    canvas_fill(c, top, x, line, ramp, 0);
    for (int64_t i = 1; i < ramp - 1; i++)
        canvas_fill(c, top + 1, x + i, line - 2, 1, (uint8_t)(255 * (i - 1) / (ramp - 3)));
    canvas_write(c, top, x + ramp + gap, high, f->dot, INK);
}

static void draw(const figure *f, canvas *c)
{
    int64_t line = LETTER_HEIGHT * f->dot, left = MARGIN, top = MARGIN + line + 4 * f->dot;
    canvas_fill(c, 0, 0, c->height, c->width, PAPER);
    for (int s = 0; s < AXES; s++) {
        write_heading(f, &f->part[s], c, MARGIN, left);
        draw_slice(f, &f->part[s], c, top, left);
        left += f->n[f->part[s].right] * f->zoom + MARGIN;
    }
    draw_legend(f, c, c->height - MARGIN - line);
}

static loom_status write_panel(loom_call *call, const figure *f, const canvas *c)
{
    const loom_host *h = call->host;
    char caption[160];
    loom_value *panel = h->output(call, "panel");
    uint8_t *image = panel ? h->add_array(call, panel, "image", LOOM_U8, 2,
                                          (int64_t[]){ c->height, c->width }, NULL)
                           : NULL;
    if (!image) return LOOM_E_MEMORY;
    memcpy(image, c->grey, (size_t)(c->height * c->width));
    snprintf(caption, sizeof caption,
             "Slices x-y, z-y and x-z through (%g, %g, %g) angstrom; bar %g angstrom; black %.4g, "
             "white %.4g",
             f->p->at.v[0], f->p->at.v[1], f->p->at.v[2], f->bar_A, f->low, f->high);
    h->set_text(call, panel, "title", f->p->title);
    h->set_text(call, panel, "caption", caption);
    h->set_text(call, panel, "renderer", "image");
    h->set_number(call, panel, "pixel_size", f->voxel_A / (double)f->zoom, "angstrom");
    h->set_number(call, panel, "scale_bar", f->bar_A, "angstrom");
    h->set_number(call, panel, "low", f->low, "");
    h->set_number(call, panel, "high", f->high, "");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    figure f;
    loom_status status = decide(call, param_struct, &f);
    if (status != LOOM_OK) return status;
    int64_t line = LETTER_HEIGHT * f.dot + 4 * f.dot;
    canvas c = { .height = 2 * MARGIN + 2 * line + most(f.n[1], f.n[2]) * f.zoom + MARGIN / 2,
                 .width = 4 * MARGIN + (2 * f.n[0] + f.n[2]) * f.zoom };
    if (!(c.grey = call->host->scratch(call, (size_t)(c.height * c.width)))) return LOOM_E_MEMORY;
    draw(&f, &c);
    status = write_panel(call, &f, &c);
    return status == LOOM_OK ? png_output(call, "image", &c) : status;
}

static const loom_op view_slices = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.slices",
    .summary = "Three orthogonal slices of a volume side by side, with a scale bar and the range "
               "of densities.",
    .method = "Slices x-y, z-y and x-z through one point, each averaged over `slab` voxels; the "
              "first letter runs to the right, the second down, in the order of the samples. A "
              "voxel is a square of `zoom` pixels, without interpolation. Grey is linear from "
              "`low` (black) to `high` (white); densities beyond are clipped.",
    .cites = "none",
    .limits = "Greys only. The order of samples decides what is up: y grows downwards. For a look "
              "from any side use the points or mesh of a report.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.slices", "1.0", "BSD-3-Clause", &view_slices);
