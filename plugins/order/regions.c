/* order.regions - a per-atom order parameter averaged over 14 facets' directions, and how it
 * changes from stage to stage. */
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/linalg.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>

enum { REGIONS = 14 };
typedef struct params {
    const char *column;
    int32_t rule;
    double percentile;
    const char *where;
} params;
static const char *const rules[] = { "facet", "direction", NULL };
enum { RULE_FACET, RULE_DIRECTION };
static const loom_param param_table[] = {
    LOOM_PARAM(params, column, .text = "csro",
               .doc = "per-atom column to average; where a column of this name and _defined "
                      "exists, it says which atoms count"),
    LOOM_PARAM(params, rule, .choices = rules, .def = RULE_FACET,
               .doc = "facet: the direction in which an atom is nearest to the particle's extent; "
                      "direction: the nearest direction"),
    LOOM_PARAM(params, percentile, .unit = "percent", .def = 99, .min = 50, .max = 100,
               .flags = LOOM_ADVANCED,
               .doc = "extent of the particle along a direction: this percentile of the atoms"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = {
    { "before", "atoms", "with columns surface (structure.coordination) and csro (order.csro)", 0 },
    { "after", "atoms",
      "a later stage with the same columns, in the pose of `before` (structure.match)",
      LOOM_OPTIONAL },
    { "lattice", "table",
      "structure.lattice of `before`: the crystal's orientation; not connected: cube axes along x, "
      "y, z",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "regions", "table",
      "one row a direction: unit vector, surface atoms, mean and deviation of each stage, change "
      "and its standard error",
      0 },
    { "atoms", "atoms", "`before` with the column region of its surface atoms, -1 inside", 0 },
    { 0 }
};
static const char region_words[] = "[111]\n[11-1]\n[1-11]\n[1-1-1]\n[-111]\n[-11-1]\n[-1-11]\n[-1-"
                                   "1-1]\n[100]\n[-100]\n[010]\n[0-10]\n[001]\n[00-1]";

typedef struct group {
    int64_t count[REGIONS];
    double mean[REGIONS], variance[REGIONS];
} group;

/* The 8 <111> and 6 <100> directions in the frame of the atoms. */
static void make_directions(const double rotation[9], double direction[REGIONS][3])
{
    for (int k = 0; k < REGIONS; k++) {
        double ideal[3] = { 0, 0, 0 };
        if (k < 8)
            for (int a = 0; a < 3; a++) ideal[a] = (k >> (2 - a) & 1 ? -1 : 1) / sqrt(3);
        else ideal[(k - 8) / 2] = k % 2 ? -1 : 1;
        loom_apply3(rotation, ideal, direction[k]);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Extent of the particle along every direction, from its centroid. `work` has room for n. */
static void measure_extents(const loom_atoms *atoms, double percentile,
                            double direction[REGIONS][3], double centre[3], double *work,
                            double extent[REGIONS])
{
    assert(atoms->n > 0 && percentile >= 0 && percentile <= 100);
    centre[0] = centre[1] = centre[2] = 0;
    for (int64_t i = 0; i < atoms->n; i++)
        for (int a = 0; a < 3; a++) centre[a] += atoms->position[3 * i + a] / (double)atoms->n;
    for (int k = 0; k < REGIONS; k++) {
        for (int64_t i = 0; i < atoms->n; i++)
            work[i] = dot(direction[k], atoms->position + 3 * i) - dot(direction[k], centre);
        qsort(work, (size_t)atoms->n, sizeof *work, ascending);
        extent[k] = work[(int64_t)(percentile / 100 * (double)(atoms->n - 1))];
    }
}

static int region_of(const double x[3], const double centre[3], double direction[REGIONS][3],
                     const double *extent)
{
    double v[3] = { x[0] - centre[0], x[1] - centre[1], x[2] - centre[2] }, best = -INFINITY;
    int at = 0;
    for (int k = 0; k < REGIONS; k++) {
        double along = dot(direction[k], v) / (extent ? extent[k] : 1);
        if (along > best) {
            best = along;
            at = k;
        }
    }
    return at;
}

/* Region of every surface atom (-1 inside), and means over the atoms that count. */
static loom_status average(loom_call *call, const char *port, const params *p,
                           const loom_atoms *atoms, double direction[REGIONS][3], int32_t *region,
                           group *out)
{
    const loom_host *h = call->host;
    const uint8_t *surface =
        loom_atoms_column(call, atoms, "surface", LOOM_U8, "structure.coordination");
    const double *value = loom_atoms_column(call, atoms, p->column, LOOM_F64, "order.csro");
    double *work = h->scratch(call, sizeof *work * (size_t)atoms->n), centre[3], extent[REGIONS];
    if (!surface || !value) return LOOM_E_DATA;
    if (!work) return LOOM_E_MEMORY;
    char name[256];
    snprintf(name, sizeof name, "%s_defined", p->column);
    const void *defined;
    loom_status status = loom_atoms_optional_column(call, atoms, name, LOOM_U8, &defined);
    if (status) return status;
    const uint8_t *counts = defined;
    measure_extents(atoms, p->percentile, direction, centre, work, extent);
    for (int k = 0; k < REGIONS; k++)
        if (!(extent[k] > 0))
            return h->fail(call, LOOM_E_DATA, port,
                           "the atoms at '%s' have no extent along one of the 14 directions; a "
                           "particle of three dimensions is needed",
                           port);
    *out = (group){ { 0 }, { 0 }, { 0 } };
    for (int64_t i = 0; i < atoms->n; i++) {
        region[i] = surface[i] ? region_of(atoms->position + 3 * i, centre, direction,
                                           p->rule == RULE_FACET ? extent : NULL)
                               : -1;
        if (region[i] < 0 || (counts && !counts[i])) continue;
        out->count[region[i]]++;
        out->mean[region[i]] += value[i];
    }
    for (int k = 0; k < REGIONS; k++)
        if (out->count[k]) out->mean[k] /= (double)out->count[k];
    for (int64_t i = 0; i < atoms->n; i++)
        if (region[i] >= 0 && (!counts || counts[i]))
            out->variance[region[i]] +=
                (value[i] - out->mean[region[i]]) * (value[i] - out->mean[region[i]]);
    for (int k = 0; k < REGIONS; k++)
        if (out->count[k] > 1) out->variance[k] /= (double)(out->count[k] - 1);
    return LOOM_OK;
}

static loom_status report(loom_call *call, double direction[REGIONS][3], const group *before,
                          const group *after)
{
    const loom_host *h = call->host;
    static const char *const names[] = {
        "x",      "y",    "z", "mean_before", "deviation_before", "mean_after", "deviation_after",
        "change", "error"
    };
    enum { COLUMNS = 9 };
    loom_value *out = h->output(call, "regions");
    int64_t n = REGIONS, *counts[2];
    double *column[COLUMNS];
    int32_t *region = h->add_array(call, out, "region", LOOM_I32, 1, &n, NULL);
    counts[0] = h->add_array(call, out, "atoms_before", LOOM_I64, 1, &n, NULL);
    counts[1] = after ? h->add_array(call, out, "atoms_after", LOOM_I64, 1, &n, NULL) : counts[0];
    if (!region || !counts[0] || !counts[1]) return LOOM_E_MEMORY;
    for (int c = 0; c < (after ? COLUMNS : 5); c++)
        if (!(column[c] = h->add_array(call, out, names[c], LOOM_F64, 1, &n, NULL)))
            return LOOM_E_MEMORY;
    h->set_text(call, out, "categories.region", region_words);
    for (int k = 0; k < REGIONS; k++) {
        region[k] = k;
        for (int a = 0; a < 3; a++) column[a][k] = direction[k][a];
        counts[0][k] = before->count[k];
        column[3][k] = before->mean[k];
        column[4][k] = sqrt(before->variance[k]);
        if (!after) continue;
        bool both = before->count[k] && after->count[k];
        counts[1][k] = after->count[k];
        column[5][k] = after->mean[k];
        column[6][k] = sqrt(after->variance[k]);
        column[7][k] = both ? after->mean[k] - before->mean[k] : 0;
        column[8][k] = both ? sqrt(before->variance[k] / (double)before->count[k]
                                   + after->variance[k] / (double)after->count[k])
                            : 0;
    }
    return LOOM_OK;
}

/* The crystal's rotation from the table of structure.lattice, or none. */
static loom_status read_rotation(loom_call *call, double rotation[9])
{
    const loom_host *h = call->host;
    static const char *const names[9] = { "r11", "r12", "r13", "r21", "r22",
                                          "r23", "r31", "r32", "r33" };
    const loom_value *lattice = h->input(call, "lattice", 0);
    for (int k = 0; k < 9; k++) rotation[k] = k % 4 == 0;
    for (int k = 0; lattice && k < 9; k++) {
        const loom_array *a = h->array(lattice, names[k]);
        if (!a || a->dtype != LOOM_F64 || loom_array_count(a) != 1)
            return h->fail(
                call, LOOM_E_DATA, "lattice",
                "the table has no column %s of one row; connect the table of structure.lattice",
                names[k]);
        rotation[k] = *(const double *)a->data;
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms before, after;
    double rotation[9], direction[REGIONS][3];
    group groups[2];
    bool two = h->input(call, "after", 0) != NULL;
    loom_status status = read_rotation(call, rotation);
    if (!status) status = loom_atoms_read_where(call, "before", 4, p->where, &before);
    if (!status && two) status = loom_atoms_read_where(call, "after", 4, p->where, &after);
    if (status) return status;
    make_directions(rotation, direction);
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, &before, (const char *const[]){ "region", NULL }, out))
        return LOOM_E_MEMORY;
    int32_t *region = loom_atoms_make(call, &before, out, "region", LOOM_I32, 1, NULL);
    if (!region) return LOOM_E_MEMORY;
    status = average(call, "before", p, &before, direction, region, &groups[0]);
    if (!status && two) {
        int32_t *other = h->scratch(call, sizeof *other * (size_t)after.n);
        status =
            other ? average(call, "after", p, &after, direction, other, &groups[1]) : LOOM_E_MEMORY;
    }
    loom_atoms_spread(&before);
    return status ? status : report(call, direction, &groups[0], two ? &groups[1] : NULL);
}

static const loom_op order_regions = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "order.regions",
    .summary =
        "An order parameter of the surface by facet direction, and its change between two stages.",
    .method =
        "The 8 <111> and 6 <100> directions of the crystal divide the surface. An atom "
        "belongs to the direction k with the largest n_k . (x - x_c) / h_k, where n_k is the "
        "unit vector, x_c the centre and h_k the extent of the particle along n_k. `change` "
        "is the mean over the surface atoms of the later stage minus that of the earlier one; "
        "its error is the square root of the sum of both variances over their numbers of "
        "atoms.",
    .cites = "none",
    .limits = "Both stages must be in one pose: use the outputs `before` and `after` of "
              "structure.match. Regions without atoms have mean 0 and count 0.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("order.regions", "1.0", "BSD-3-Clause", &order_regions);
