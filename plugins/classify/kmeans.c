/* classify.kmeans - species of atoms from their integrated intensity, by exact one-dimensional
 * k-means. */
#include <atomloom/op.h>
#include "judge.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/model.h"
#include "kit/sample.h"
#include "partition.h"
#include <stdio.h>
#include <stdlib.h>
#include "kit/assert_hot.h"

typedef struct params {
    int64_t classes, discard, radius, upsampling;
    int32_t window, interpolation;
    loom_strings symbols;
    const char *column;
} params;
enum {
    BOX,
    BALL,
    MOST_CLASSES = JUDGE_MAX_CLASSES,
    MOST_RADIUS = 16,
    MOST_REACH = 2 * MOST_RADIUS + 1 + 4
};
static const char *const windows[] = { "box", "ball", NULL };
static const char *const interpolations[] = { "linear", "cubic", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, classes, .def = 2, .min = 1, .max = MOST_CLASSES,
               .doc = "number of classes K"),
    LOOM_PARAM(
        params, symbols,
        .doc = "chemical symbols of the classes that are kept, dimmest first; empty: A, B, C, ..."),
    LOOM_PARAM(
        params, discard, .min = 0, .max = MOST_CLASSES - 1,
        .doc = "drop the atoms of this number of the dimmest classes: peaks that are not atoms"),
    LOOM_PARAM(params, radius, .def = 3, .min = 0, .max = MOST_RADIUS,
               .doc = "samples on each side of the atom: 3 sums a 7x7x7 window"),
    LOOM_PARAM(params, upsampling, .def = 1, .min = 1, .max = 8,
               .doc = "samples per voxel along each axis; the window shrinks with it"),
    LOOM_PARAM(params, window, .choices = windows,
               .doc = "sum over the whole cube, or over the ball of `radius` + 1/2"),
    LOOM_PARAM(params, interpolation, .choices = interpolations, .def = 1, .flags = LOOM_ADVANCED,
               .doc = "of the volume between its voxels; cubic is a not-a-knot spline"),
    LOOM_PARAM(params, column, .text = "intensity", .flags = LOOM_ADVANCED,
               .doc = "column of the atoms that is classified where no volume is connected"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "positions to classify", 0 },
    { "volume", "volume", "density to integrate; leave it out to classify a column of the atoms",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms", "the atoms with their class as species and the column `intensity`", 0 },
    { "classes", "table",
      "per class, dimmest first: count, mean, deviation, low, high; attribute `explained`: share "
      "of the variance "
      "between classes",
      0 },
    { 0 }
};

/* ---- integrated intensity -------------------------------------------------------------------- */

typedef struct window {
    loom_sampled volume;
    int64_t radius;
    bool ball;
    double step, voxel_A, origin[3]; /* step: voxels from sample to sample */
} window;

/* Weights of the stored entries along one axis for the samples -reach .. reach about coordinate c,
 * added up; entries start at *base. Samples outside the volume count zero. Returns the number of
 * entries. */
static int64_t add_up(const window *w, int axis, double c, int64_t reach, int64_t *base,
                      double sum[MOST_REACH])
{
    assert(axis >= 0 && axis < 3 && reach >= 0);
    int64_t n = 0, first;
    double weight[4];
    *base = -1;
    for (int64_t k = -reach; k <= reach; k++) {
        if (!loom_sampled_weights(w->volume.taps, w->volume.n[axis], c + (double)k * w->step,
                                  &first, weight))
            continue;
        if (*base < 0) *base = first;
        assert(first - *base + w->volume.taps <= MOST_REACH);
        for (; n < first - *base + w->volume.taps; n++) sum[n] = 0;
        for (int64_t t = 0; t < w->volume.taps; t++) sum[first - *base + t] += weight[t];
    }
    return n;
}

static double row_sum(const window *w, int64_t x, int64_t y, int64_t z, const double *weight,
                      int64_t n)
{
    LOOM_ASSERT_HOT(n == 0 || (x >= 0 && x + n <= w->volume.stored[0]));
    const float *row = w->volume.data + (z * w->volume.stored[1] + y) * w->volume.stored[0] + x;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += weight[i] * (double)row[i];
    return sum;
}

/* The cube is a product of three weighted axes. */
static double box_sum(const window *w, const double at[3])
{
    double weight[3][MOST_REACH], sum = 0;
    int64_t base[3], n[3];
    for (int k = 0; k < 3; k++) n[k] = add_up(w, k, at[k], w->radius, &base[k], weight[k]);
    for (int64_t z = 0; z < n[2]; z++)
        for (int64_t y = 0; y < n[1]; y++)
            sum += weight[2][z] * weight[1][y]
                   * row_sum(w, base[0], base[1] + y, base[2] + z, weight[0], n[0]);
    return sum;
}

/* The ball row by row: each is a point in y and z and a weighted run in x. */
static double ball_sum(const window *w, const double at[3])
{
    double weight[3][MOST_REACH], sum = 0,
                                  most = ((double)w->radius + 0.5) * ((double)w->radius + 0.5);
    int64_t base[3], n[3];
    for (int64_t z = -w->radius; z <= w->radius; z++)
        for (int64_t y = -w->radius; y <= w->radius; y++) {
            double left = most - (double)(y * y + z * z);
            if (left < 0) continue;
            n[0] = add_up(w, 0, at[0], (int64_t)sqrt(left), &base[0], weight[0]);
            n[1] = add_up(w, 1, at[1] + (double)y * w->step, 0, &base[1], weight[1]);
            n[2] = add_up(w, 2, at[2] + (double)z * w->step, 0, &base[2], weight[2]);
            for (int64_t b = 0; b < n[2]; b++)
                for (int64_t a = 0; a < n[1]; a++)
                    sum += weight[2][b] * weight[1][a]
                           * row_sum(w, base[0], base[1] + a, base[2] + b, weight[0], n[0]);
        }
    return sum;
}

static void integrate(const window *w, const double *position, int64_t n, double *restrict out,
                      int threads)
{
    assert(threads > 0 && n >= 0);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 64)
    for (int64_t i = 0; i < n; i++) {
        double at[3];
        for (int k = 0; k < 3; k++)
            at[k] =
                (position[3 * i + k] - w->origin[k]) / w->voxel_A + (double)(w->volume.n[k] / 2);
        out[i] = w->ball ? ball_sum(w, at) : box_sum(w, at);
    }
}

static loom_status make_window(loom_call *call, const params *p, window *w)
{
    const loom_host *h = call->host;
    const loom_array *density = loom_need(call, "volume", "density");
    *w = (window){ .radius = p->radius,
                   .ball = p->window == BALL,
                   .step = 1 / (double)p->upsampling };
    if (!density || !loom_need_number(call, "volume", "voxel_size", &w->voxel_A)
        || !loom_need_finite(call, "volume", density))
        return LOOM_E_DATA;
    int64_t n[3] = { density->dim[2], density->dim[1], density->dim[0] };
    if (n[0] < 4 || n[1] < 4 || n[2] < 4 || !(w->voxel_A > 0))
        return h->fail(
            call, LOOM_E_DATA, "volume",
            "the volume must have at least 4 voxels along each axis and a positive voxel size, "
            "found %lld x %lld x %lld of %g angstrom",
            (long long)n[0], (long long)n[1], (long long)n[2], w->voxel_A);
    const loom_array *origin = h->array(h->input(call, "volume", 0), "origin");
    if (origin) memcpy(w->origin, origin->data, sizeof w->origin);
    return loom_sampled_make(call, density->data, n, p->interpolation == 1, &w->volume)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

/* What is classified: integrated from the volume, or a column of the atoms. */
static loom_status find_intensity(loom_call *call, const params *p, const loom_array *position,
                                  double *out, const char **unit)
{
    const loom_host *h = call->host;
    int64_t n = position->dim[0];
    if (h->input_count(call, "volume")) {
        window w;
        loom_status status = make_window(call, p, &w);
        if (!status) integrate(&w, position->data, n, out, h->threads(call));
        *unit = h->array(h->input(call, "volume", 0), "density")->unit;
        return status;
    }
    const loom_array *column = h->array(h->input(call, "atoms", 0), p->column ? p->column : "");
    if (!column || column->rank != 1 || column->dim[0] != n
        || (column->dtype != LOOM_F64 && column->dtype != LOOM_F32))
        return h->fail(
            call, LOOM_E_DATA, "column",
            "the atoms have no column of numbers '%s'; connect a volume or name another column",
            p->column ? p->column : "");
    if (!loom_need_finite(call, "atoms", column)) return LOOM_E_DATA;
    for (int64_t i = 0; i < n; i++)
        out[i] = column->dtype == LOOM_F64 ? ((const double *)column->data)[i]
                                           : (double)((const float *)column->data)[i];
    *unit = column->unit;
    return LOOM_OK;
}

/* ---- classes --------------------------------------------------------------------------------- */

typedef struct ranked {
    double value;
    int64_t atom;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *p = a, *q = b;
    if (p->value < q->value) return -1;
    if (p->value > q->value) return 1;
    return p->atom < q->atom ? -1 : p->atom > q->atom;
}

typedef struct classes {
    int64_t k, first[MOST_CLASSES + 1];
    double *sorted;
    int32_t *label;
} classes;

/* Labels by ascending mean. */
static loom_status split(loom_call *call, const double *value, int64_t n, classes *c)
{
    assert(c->k >= 1 && c->k <= MOST_CLASSES);
    const loom_host *h = call->host;
    int64_t distinct = n > 0;
    ranked *order = h->scratch(call, sizeof *order * (size_t)(n + 1));
    c->sorted = h->scratch(call, sizeof *c->sorted * (size_t)(n + 1));
    c->label = h->scratch(call, sizeof *c->label * (size_t)(n + 1));
    if (!order || !c->sorted || !c->label) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++) order[i] = (ranked){ value[i], i };
    qsort(order, (size_t)n, sizeof *order, by_value);
    for (int64_t i = 0; i < n; i++) c->sorted[i] = order[i].value;
    for (int64_t i = 1; i < n; i++) distinct += c->sorted[i] > c->sorted[i - 1];
    if (distinct < c->k)
        return h->fail(
            call, LOOM_E_DATA, "atoms",
            "%lld atoms with %lld different intensities cannot be split into %lld classes",
            (long long)n, (long long)distinct, (long long)c->k);
    if (!partition_line(call, c->sorted, n, c->k, c->first)) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < c->k; k++)
        for (int64_t i = c->first[k]; i < c->first[k + 1]; i++)
            c->label[order[i].atom] = (int32_t)k;
    return LOOM_OK;
}

static bool write_table(loom_call *call, const classes *c, const char *unit)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "classes");
    int64_t n = c->first[c->k];
    int32_t *class = h->add_array(call, table, "class", LOOM_I32, 1, &c->k, NULL),
            *count = h->add_array(call, table, "count", LOOM_I32, 1, &c->k, NULL);
    static const char *const names[] = { "mean", "deviation", "low", "high" };
    double *column[4], all = 0, within = 0, total = 0;
    for (int i = 0; i < 4; i++)
        if (!(column[i] = h->add_array(call, table, names[i], LOOM_F64, 1, &c->k, unit)))
            return false;
    if (!class || !count) return false;
    for (int64_t i = 0; i < n; i++) all += c->sorted[i] / (double)n;
    for (int64_t i = 0; i < n; i++) total += (c->sorted[i] - all) * (c->sorted[i] - all);
    for (int64_t k = 0; k < c->k; k++) {
        int64_t from = c->first[k], m = c->first[k + 1] - from;
        assert(m > 0); /* no class is empty */
        double mean = 0, squares = 0;
        for (int64_t i = from; i < from + m; i++) mean += c->sorted[i] / (double)m;
        for (int64_t i = from; i < from + m; i++)
            squares += (c->sorted[i] - mean) * (c->sorted[i] - mean);
        class[k] = (int32_t)k;
        count[k] = (int32_t)m;
        column[0][k] = mean;
        column[1][k] = m > 1 ? sqrt(squares / (double)(m - 1)) : 0;
        column[2][k] = c->sorted[from];
        column[3][k] = c->sorted[from + m - 1];
        within += squares;
    }
    h->set_number(call, table, "explained", total > 0 ? 1 - within / total : 0, NULL);
    return true;
}

/* ---- the atoms that stay, with all their columns --------------------------------------------- */

/* The symbols of the classes that are kept: the person's, or A, B, C, ... */
static bool choose_symbols(loom_call *call, const params *p, char out[MOST_CLASSES * 16])
{
    if (!loom_symbols_read(call, "symbols", &p->symbols, out, MOST_CLASSES * 16)) return false;
    loom_symbols_warn(call, "symbols", out);
    for (int64_t k = 0, at = 0; !p->symbols.n && k < p->classes - p->discard; k++)
        at += snprintf(out + at, 3, "%s%c", k ? " " : "", (char)('A' + k));
    return true;
}

static loom_status write_atoms(loom_call *call, const params *p, const classes *c,
                               const double *intensity, const char *unit, const char *symbols)
{
    const loom_host *h = call->host;
    const loom_value *from = h->input(call, "atoms", 0);
    loom_value *atoms = h->output(call, "atoms");
    int64_t n = c->first[c->k], kept = n - c->first[p->discard];
    int64_t *keep = h->scratch(call, sizeof *keep * (size_t)(kept + 1));
    if (!keep) return LOOM_E_MEMORY;
    for (int64_t i = 0, k = 0; i < n; i++)
        if (c->label[i] >= p->discard) keep[k++] = i;
    static const char *const made[] = { "species", "intensity", "symbols", NULL };
    if (!loom_pass_rest_as(call, from, atoms,
                           (loom_rest){ .but = made, .row = keep, .rows = kept }))
        return LOOM_E_MEMORY;
    int32_t *species = h->add_array(call, atoms, "species", LOOM_I32, 1, &kept, NULL);
    double *column = h->add_array(call, atoms, "intensity", LOOM_F64, 1, &kept, unit);
    if (!species || !column) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < kept; k++) {
        species[k] = c->label[keep[k]] - (int32_t)p->discard;
        column[k] = intensity[keep[k]];
    }
    h->set_text(call, atoms, "symbols", symbols);
    h->note(call, "%lld atoms kept of %lld, %lld classes", (long long)kept, (long long)n,
            (long long)(p->classes - p->discard));
    if (!p->discard) return LOOM_OK; /* the same atoms as came in: their maker has judged them */
    return loom_check_model(call, "discard", kept, h->array(atoms, "position")->data)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *position = loom_need(call, "atoms", "position");
    classes c = { .k = p->classes };
    const char *unit = "";
    if (!position || !loom_need_finite(call, "atoms", position)) return LOOM_E_DATA;
    if (p->discard >= p->classes)
        return h->fail(call, LOOM_E_PARAM, "discard",
                       "'discard' is %lld of %lld classes; at least one must be kept",
                       (long long)p->discard, (long long)p->classes);
    if (p->symbols.n && p->symbols.n != p->classes - p->discard)
        return h->fail(
            call, LOOM_E_PARAM, "symbols",
            "'symbols' has %lld entries for %lld classes that are kept; list one for each, "
            "dimmest first",
            (long long)p->symbols.n, (long long)(p->classes - p->discard));
    char symbols[MOST_CLASSES * 16];
    if (!choose_symbols(call, p, symbols)) return LOOM_E_PARAM;
    double *intensity = h->scratch(call, sizeof *intensity * (size_t)(position->dim[0] + 1));
    if (!intensity) return LOOM_E_MEMORY;
    loom_status status = find_intensity(call, p, position, intensity, &unit);
    if (!status) status = split(call, intensity, position->dim[0], &c);
    if (status) return status;
    if (!write_table(call, &c, unit)) return LOOM_E_MEMORY;
    const judge_classes judged = { .sorted = c.sorted,
                                   .first = c.first,
                                   .k = c.k,
                                   .discard = p->discard,
                                   .symbols = symbols,
                                   .named = p->symbols.n > 0 };
    if (!judge_warn(call, &judged)) return LOOM_E_MEMORY;
    return write_atoms(call, p, &c, intensity, unit, symbols);
}

static const loom_citation citations[] = { CITE_YANG_2017, CITE_LLOYD_1982, { 0 } };

static const loom_op classify_kmeans = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "classify.kmeans",
    .summary =
        "Species of atoms from their integrated intensity, by exact one-dimensional k-means.",
    .method =
        "The density is summed on a lattice of (2 `radius` + 1)^3 points, 1/`upsampling` "
        "voxel apart, around the position of the atom; points outside the volume count zero. "
        "The sums are split into `classes` groups so that the sum of squares about the means "
        "of the groups is as small as possible. In one dimension this optimum is found "
        "exactly by dynamic programming in O(K n log n), without a random start or local "
        "minima. Classes are numbered by ascending mean. With `discard: 1` the dimmest class "
        "is taken for peaks that are not atoms, and dropped.\n\n"
        "Warns where two classes overlap by more than 20 % (common area of normal curves that "
        "are fitted to all intensities as a mixture), where a class has hardly any atoms, "
        "where a class that is kept is too dim for its element compared with the next one, "
        "and where the symbols are in the wrong order.",
    .citations = citations,
    .limits =
        "One threshold serves the whole particle. Where the missing wedge or the surface dims "
        "atoms, use classify.local, classify.surface or classify.mixture. K-means assumes "
        "classes of similar spread: next to a wide class, a rare class gets atoms of the wide "
        "one.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.kmeans", "1.0", "BSD-3-Clause", &classify_kmeans);
