/* view.slices - three orthogonal slices of a volume side by side, with a scale bar and the range of
 * densities. */
#include "columns.h"
#include "kit/check.h"
#include "kit/geometry.h"
#include <stdlib.h>
#include "kit/assert_hot.h"
#include <assert.h>

typedef struct params {
    loom_reals at;
    int64_t slab;
    double low, high, reach;
    const char *title;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, at, .unit = "angstrom", .min = -1e6, .max = 1e6,
               .flags = LOOM_LENGTH(0) | LOOM_LENGTH(3),
               .doc = "x, y, z from the rotation centre where the slices meet; empty: the atom "
                      "nearest the rotation centre, else that centre"),
    LOOM_PARAM(params, slab, .unit = "voxel", .def = 1, .min = 1, .max = 100000,
               .doc = "thickness of a slice, averaged over"),
    LOOM_PARAM(
        params, low, .unit = "same as the volume", .def = 0, .min = -1e30, .max = 1e30,
        .doc = "density shown black; where low and high are equal: 0.1 % of the voxels are darker"),
    LOOM_PARAM(params, high, .unit = "same as the volume", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "density shown white; where low and high are equal: 0.1 % are brighter"),
    LOOM_PARAM(params, reach, .unit = "angstrom", .def = 0.7, .min = 0, .max = 1e6,
               .doc = "atoms up to this distance from a slice are marked; at least half a slab"),
    LOOM_PARAM(params, title, .text = "Slices", .doc = "heading of the panel"),
    { 0 }
};
static const loom_port inputs[] = {
    { "volume", "volume", "any density", 0 },
    { "atoms", "atoms", "marked with circles where a slice cuts them", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: the slices as arrays xy, zy, xz, first row at the top",
      0 },
    { 0 }
};

enum { AXES = 3 };
/* axes 0 x, 1 y, 2 z; voxels first .. end-1 are averaged */
typedef struct slice {
    int right, down, through;
    int64_t first, end;
} slice;

typedef struct figure {
    const params *p;
    const float *density;
    int64_t n[AXES];                     /* voxels along x, y, z */
    double voxel_A, low, high, at[AXES]; /* where the slices meet, in angstrom */
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
    assert(f->n[0] > 0 && f->n[1] > 0 && f->n[2] > 0);
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

/* As asked for, else the atom of the volume nearest its centre, else the centre: a slice between
 * planes of atoms shows none. */
static void choose_place(loom_call *call, figure *f)
{
    const loom_value *atoms = call->host->input(call, "atoms", 0);
    const loom_array *position = atoms ? call->host->array(atoms, "position") : NULL;
    double nearest = INFINITY;
    for (int k = 0; k < AXES; k++) f->at[k] = f->p->at.n == AXES ? f->p->at.v[k] : 0;
    for (int64_t i = 0; f->p->at.n != AXES && position && i < position->dim[0]; i++) {
        const double *r = (const double *)position->data + 3 * i;
        double distance = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
        bool inside = distance < nearest;
        for (int k = 0; k < AXES; k++)
            inside &= fabs(r[k]) < (double)(f->n[k] / 2 - 1) * f->voxel_A;
        if (!inside) continue;
        nearest = distance;
        memcpy(f->at, r, sizeof f->at);
    }
}

static loom_status choose_slices(loom_call *call, figure *f)
{
    /* x-y, z-y to its right at the same heights, x-z */
    static const int axes[AXES][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 0, 2, 1 } };
    for (int s = 0; s < AXES; s++) {
        int axis = axes[s][2];
        double index = (double)loom_centre(f->n[axis]) + f->at[axis] / f->voxel_A;
        int64_t first = (int64_t)floor(index + 0.5 - 0.5 * (double)(f->p->slab - 1));
        if (!(index > -0.5 && index < (double)f->n[axis] - 0.5))
            return call->host->fail(
                call, LOOM_E_PARAM, "at",
                "%c = %g angstrom is outside the volume, which goes from %g to %g", "xyz"[axis],
                f -> at[axis], -(double)loom_centre(f->n[axis]) * f -> voxel_A,
                (double)(f->n[axis] - 1 - loom_centre(f->n[axis])) * f -> voxel_A);
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
    if (p->low > p->high)
        return h->fail(call, LOOM_E_PARAM, "high", "%g is below low = %g", p->high, p->low);
    choose_place(call, f);
    loom_status status = choose_slices(call, f);
    return status == LOOM_OK && !choose_range(call, f) ? LOOM_E_MEMORY : status;
}

/* ---- make ------------------------------------------------------------------------------------ */

/* Mean density through the slab at (right, down). */
static double mean_at(const figure *f, const slice *s, int64_t right, int64_t down)
{
    LOOM_ASSERT_HOT(s->first >= 0 && s->first < s->end && s->end <= f->n[s->through]);
    int64_t at[AXES];
    double sum = 0;
    at[s->right] = right;
    at[s->down] = down;
    for (at[s->through] = s->first; at[s->through] < s->end; at[s->through]++)
        sum += (double)f->density[(at[2] * f->n[1] + at[1]) * f->n[0] + at[0]];
    return sum / (double)(s->end - s->first);
}

/* Array "xy", "zy" or "xz": the axis to the right first. */
static bool add_slice(loom_call *call, const figure *f, const slice *s, loom_value *panel)
{
    char name[3] = { "xyz"[s->right], "xyz"[s->down], 0 };
    int64_t dim[2] = { f->n[s->down], f->n[s->right] };
    float *out = call->host->add_array(call, panel, name, LOOM_F32, 2, dim, NULL);
    for (int64_t down = 0; out && down < dim[0]; down++)
        for (int64_t right = 0; right < dim[1]; right++) *out++ = (float)mean_at(f, s, right, down);
    return out != NULL;
}

static bool is_cut(const figure *f, int s, const double r[AXES], double reach)
{
    LOOM_ASSERT_HOT(s >= 0 && s < AXES);
    int through = f->part[s].through;
    return fabs(r[through] - f->at[through]) <= reach;
}

/* Circles where atoms lie within half a slab, or half of `reach`, of a slice. */
static loom_status mark_atoms(loom_call *call, const figure *f, loom_value *panel)
{
    const loom_host *h = call->host;
    const loom_value *atoms = h->input(call, "atoms", 0);
    if (!atoms) return LOOM_OK;
    const loom_array *position = h->array(atoms, "position"), *species = h->array(atoms, "species");
    const double *r = position->data;
    double reach = fmax(f->p->reach, 0.5 * (double)f->p->slab * f->voxel_A);
    int64_t n = position->dim[0], count = 0;
    for (int64_t i = 0; i < n; i++)
        for (int s = 0; s < AXES; s++) count += is_cut(f, s, r + 3 * i, reach);
    char *symbols = view_symbols(call, atoms);
    double *mark = h->add_array(call, panel, "mark", LOOM_F64, 2, (int64_t[]){ count, 3 }, NULL);
    int32_t *word =
        mark && symbols ? loom_panel_codes(call, panel, "mark_word", symbols, count) : NULL;
    if (!word) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++)
        for (int s = 0; s < AXES; s++) {
            const slice *part = &f->part[s];
            if (!is_cut(f, s, r + 3 * i, reach)) continue;
            *mark++ = s;
            *mark++ = r[3 * i + part->down] / f->voxel_A + (double)loom_centre(f->n[part->down]);
            *mark++ = r[3 * i + part->right] / f->voxel_A + (double)loom_centre(f->n[part->right]);
            *word++ = ((const int32_t *)species->data)[i];
        }
    h->set_number(call, panel, "mark_radius", 0.8 / f->voxel_A, "pixel");
    return LOOM_OK;
}

static void add_labels(loom_call *call, const figure *f, loom_value *panel)
{
    char labels[200] = "";
    for (int s = 0; s < AXES; s++) {
        const slice *part = &f->part[s];
        size_t used = strlen(labels);
        snprintf(labels + used, sizeof labels - used, "%s%c\u2013%c at %c = %.3g \u00c5",
                 s ? "\n" : "", "xyz"[part->right], "xyz"[part->down], "xyz"[part->through],
                 f -> at[part->through]);
    }
    call->host->set_text(call, panel, "labels", labels);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    figure f;
    loom_status status = decide(call, param_struct, &f);
    if (status != LOOM_OK) return status;
    loom_value *panel = loom_panel(
        call, "panel", "image", f.p->title,
        "Slices through (%.3g, %.3g, %.3g) \u00c5, each %lld voxel%s of %.4g \u00c5 thick; "
        "black %.3g, white "
        "%.3g.%s",
        f.at[0], f.at[1], f.at[2], (long long)f.p->slab, f.p->slab > 1 ? "s" : "", f.voxel_A, f.low,
        f.high, h->input(call, "atoms", 0) ? " Circles: atoms that the slices cut." : "");
    for (int s = 0; panel && s < AXES; s++)
        if (!add_slice(call, &f, &f.part[s], panel)) return LOOM_E_MEMORY;
    if (!panel) return LOOM_E_MEMORY;
    add_labels(call, &f, panel);
    h->set_number(call, panel, "pixel_size", f.voxel_A, "angstrom");
    h->set_number(call, panel, "low", f.low, "");
    h->set_number(call, panel, "high", f.high, "");
    h->set_text(call, panel, "value_label", "density");
    return mark_atoms(call, &f, panel);
}

static const loom_op view_slices = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "view.slices",
    .summary = "Three orthogonal slices of a volume side by side, with a scale bar and the range "
               "of densities.",
    .method =
        "Slices x-y, z-y and x-z through one point, each averaged over `slab` voxels; the "
        "first letter runs to the right, the second down, in the order of the samples. Grey is "
        "linear from `low` (black) to `high` (white); densities beyond are clipped. Voxels are "
        "shown without interpolation.",
    .cites = "none",
    .limits = "Greys only. The order of samples decides what is up: y grows downwards. For a look "
              "from any side use view.atoms or view.surface.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.slices", "1.0", "BSD-3-Clause", &view_slices);
