/* classify.surface - species of the atoms at the surface, by their own intensities. */
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/table.h"
#include "partition.h"
#include <math.h>
#include <stdlib.h>
#include <assert.h>

typedef struct params {
    const char *column;
    int64_t min_atoms;
    double min_fraction, min_separation;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, column, .text = "intensity", .doc = "column of the atoms that is split"),
    LOOM_PARAM(params, min_atoms, .def = 50, .min = 2, .max = 1000000000,
               .doc = "with fewer surface atoms the labels stay"),
    LOOM_PARAM(params, min_fraction, .def = 0.05, .min = 0, .max = 0.5,
               .doc = "with a smaller share of surface atoms in a class the labels stay"),
    LOOM_PARAM(params, min_separation, .def = 1.5, .min = 0, .max = 100,
               .doc = "with neighbouring means nearer than this number of their pooled standard "
                      "deviations the labels stay"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms",
      "atoms with a first label each, their intensity (classify.kmeans) and the column surface "
      "(structure.coordination)",
      0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms", "the atoms with their new species, and species_before", 0 },
    { "classes", "table",
      "one row: surface atoms, changed labels, accepted (1 or 0), least share of a class, least "
      "separation of neighbouring means in pooled standard deviations",
      0 },
    { 0 }
};

typedef struct ranked {
    double value;
    int64_t atom;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x->atom < y->atom ? -1 : x->atom > y->atom;
}

typedef struct split {
    int64_t n, k, *first;
    ranked *order;
    double *sorted, least_share, least_separation;
} split;

/* Mean and sum of squares about it of a class. */
static double moments(const split *s, int64_t c, double *squares)
{
    assert(c >= 0 && c < s->k && s->first[c] < s->first[c + 1]);
    double mean = 0, n = (double)(s->first[c + 1] - s->first[c]);
    for (int64_t i = s->first[c]; i < s->first[c + 1]; i++) mean += s->sorted[i] / n;
    *squares = 0;
    for (int64_t i = s->first[c]; i < s->first[c + 1]; i++)
        *squares += (s->sorted[i] - mean) * (s->sorted[i] - mean);
    return mean;
}

static void judge(split *s)
{
    assert(s->k > 0 && s->first[s->k] == s->n);
    double before = 0, squares_before = 0, squares;
    s->least_share = s->least_separation = INFINITY;
    for (int64_t c = 0; c < s->k; c++) {
        int64_t n = s->first[c + 1] - s->first[c];
        double mean = moments(s, c, &squares);
        s->least_share = fmin(s->least_share, (double)n / (double)s->n);
        if (c > 0) {
            double freedom = (double)(s->first[c + 1] - s->first[c - 1] - 2),
                   pooled = sqrt((squares + squares_before) / fmax(1, freedom));
            if (pooled > 0)
                s->least_separation = fmin(s->least_separation, (mean - before) / pooled);
        }
        before = mean;
        squares_before = squares;
    }
    if (!isfinite(s->least_separation)) s->least_separation = s->k > 1 ? 1e300 : 0;
}

/* The surface atoms in k classes by ascending intensity; k is 0 where they are too few. */
static loom_status make_split(loom_call *call, const params *p, const loom_atoms *atoms,
                              const uint8_t *surface, const double *value, split *s)
{
    const loom_host *h = call->host;
    int64_t distinct = 0;
    *s = (split){ .k = atoms->kinds };
    s->order = h->scratch(call, (size_t)(atoms->n + 1) * sizeof *s->order);
    s->sorted = h->scratch(call, (size_t)(atoms->n + 1) * sizeof *s->sorted);
    s->first = h->scratch(call, (size_t)(s->k + 1) * sizeof *s->first);
    if (!s->order || !s->sorted || !s->first) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < atoms->n; i++)
        if (surface[i]) s->order[s->n++] = (ranked){ value[i], i };
    qsort(s->order, (size_t)s->n, sizeof *s->order, by_value);
    for (int64_t i = 0; i < s->n; i++) {
        s->sorted[i] = s->order[i].value;
        distinct += i == 0 || s->sorted[i] > s->sorted[i - 1];
    }
    if (s->k < 2 || s->n < p->min_atoms || distinct < s->k) {
        s->k = 0;
        return LOOM_OK;
    }
    if (!partition_line(call, s->sorted, s->n, s->k, s->first)) return LOOM_E_MEMORY;
    judge(s);
    return LOOM_OK;
}

static loom_status write(loom_call *call, const params *p, const loom_atoms *atoms, const split *s)
{
    static const char *const made[] = { "species", "species_before", NULL };
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "atoms");
    bool accepted =
        s->k > 0 && s->least_share >= p->min_fraction && s->least_separation > p->min_separation;
    if (!loom_atoms_pass(call, atoms, made, out)) return LOOM_E_MEMORY;
    int32_t *species = h->add_array(call, out, "species", LOOM_I32, 1, &atoms->n, NULL),
            *before = h->add_array(call, out, "species_before", LOOM_I32, 1, &atoms->n, NULL);
    if (!species || !before) return LOOM_E_MEMORY;
    memcpy(species, atoms->species, (size_t)atoms->n * sizeof *species);
    memcpy(before, atoms->species, (size_t)atoms->n * sizeof *before);
    double changed = 0;
    for (int64_t c = 0; accepted && c < s->k; c++)
        for (int64_t i = s->first[c]; i < s->first[c + 1]; i++) {
            species[s->order[i].atom] = (int32_t)c;
            changed += before[s->order[i].atom] != c;
        }
    const loom_figure row[] = {
        { .name = "surface", .value = (double)s->n, .whole = true },
        { .name = "changed", .value = changed, .whole = true },
        { .name = "accepted", .value = accepted, .whole = true },
        { .name = "least_share", .value = s->k > 0 ? s->least_share : 0 },
        { .name = "least_separation", .value = s->k > 0 ? s->least_separation : 0 },
    };
    return loom_table_row(call, h->output(call, "classes"), row, sizeof row / sizeof *row)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    loom_atoms atoms;
    split s;
    loom_status status = loom_atoms_read(call, "atoms", 1, &atoms);
    if (status != LOOM_OK) return status;
    const uint8_t *surface =
        loom_atoms_column(call, &atoms, "surface", LOOM_U8, "structure.coordination");
    const double *value = surface ? loom_atoms_column(call, &atoms, p->column ? p->column : "",
                                                      LOOM_F64, "classify.kmeans")
                                  : NULL;
    if (!value) return LOOM_E_DATA;
    status = make_split(call, p, &atoms, surface, value, &s);
    return status == LOOM_OK ? write(call, p, &atoms, &s) : status;
}

static const loom_citation citations[] = { CITE_LLOYD_1982, { 0 } };

static const loom_op classify_surface = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "classify.surface",
    .summary = "Species of the atoms at the surface, by their own intensities.",
    .method =
        "Atoms at the surface are dimmer than those within. Their intensities are split on their "
        "own by exact one-dimensional k-means into as many classes as there are elements, and the "
        "new labels replace the old ones. Three guards keep the old ones: too few surface atoms, "
        "a class with hardly any of them, means too near each other. `classes` says which of "
        "the figures it was, and how many labels changed.",
    .citations = citations,
    .limits = "One threshold for the whole surface. Every element must be there: a shell of one "
              "element is split in two unless a guard stops it. classify.mixture corrects by depth "
              "and keeps probabilities.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.surface", "1.0", "BSD-3-Clause", &classify_surface);
