/* view.regions - the surface of a particle by facet direction, coloured by how much each has
 * changed. */
#include "columns.h"
#include "kit/atoms.h"

typedef struct params {
    const char *column;
    double radius;
    const char *title, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, column, .text = "change",
               .doc = "the column of the regions that gives the colours"),
    LOOM_PARAM(params, radius, .unit = "angstrom", .def = 1.35, .min = 0.05, .max = 100,
               .doc = "of the spheres"),
    LOOM_PARAM(params, title, .text = "Regions of the surface", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: the regions that changed most"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "from order.regions: with the column region, -1 inside", 0 },
    { "regions", "table", "from order.regions: one row per region", 0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: the atoms of the surface", 0 }, { 0 }
};

static int64_t count_surface(const int32_t *region, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += region[i] >= 0;
    return count;
}

/* The k-th word of the table's names of regions, or its number. */
static void region_name(loom_call *call, int64_t k, char *out, size_t room)
{
    const loom_value *table = call->host->input(call, "regions", 0);
    const loom_array *a = call->host->array(table, "region");
    const char *words = a && a->dtype == LOOM_I32 ? view_words(call, table, "region") : NULL;
    int64_t code = words && k < a->dim[0] ? ((const int32_t *)a->data)[k] : 0;
    for (; words && code > 0; code--) words = strchr(words, '\n') ? strchr(words, '\n') + 1 : NULL;
    if (words) snprintf(out, room, "%.*s", (int)strcspn(words, "\n"), words);
    else snprintf(out, room, "%lld", (long long)k + 1);
}

static loom_value *make_panel(loom_call *call, const params *p, const loom_array *value)
{
    int64_t low = 0, high = 0;
    char names[2][64];
    for (int64_t k = 0; k < value->dim[0]; k++) {
        if (loom_element(value, k) < loom_element(value, low)) low = k;
        if (loom_element(value, k) > loom_element(value, high)) high = k;
    }
    region_name(call, low, names[0], sizeof names[0]);
    region_name(call, high, names[1], sizeof names[1]);
    if (*p->caption) return loom_panel(call, "panel", "points", p->title, "%s", p->caption);
    return loom_panel(
        call, "panel", "points", p->title,
        "Atoms of the surface, coloured by the %s of their region: from %.3g in %s to %.3g in %s.",
        p->column, loom_element(value, low), names[0], loom_element(value, high), names[1]);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    loom_status status = loom_atoms_read(call, "atoms", 0, &atoms);
    if (status != LOOM_OK) return status;
    const int32_t *region = loom_atoms_column(call, &atoms, "region", LOOM_I32, "order.regions");
    const loom_array *value = region ? view_column(call, "regions", 0, p->column, "column") : NULL;
    if (!value) return LOOM_E_DATA;
    if (value->dim[0] < 1) return h->fail(call, LOOM_E_DATA, "regions", "the table has no rows");
    for (int64_t i = 0; i < atoms.n; i++)
        if (region[i] >= value->dim[0])
            return h->fail(call, LOOM_E_DATA, "atoms", "atom %lld is of region %d, of %lld",
                           (long long)i, region[i], (long long)value->dim[0]);
    int64_t n = count_surface(region, atoms.n);
    loom_value *panel = make_panel(call, p, value);
    double *r =
        panel ? h->add_array(call, panel, "position", LOOM_F64, 2, (int64_t[]){ n, 3 }, "angstrom")
              : NULL;
    double *colour = r ? loom_panel_reals(call, panel, p->column, value->unit, n) : NULL;
    double *number = colour ? loom_panel_reals(call, panel, "region", NULL, n) : NULL;
    if (!number) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < atoms.n; i++) {
        if (region[i] < 0) continue;
        memcpy(r, atoms.position + 3 * i, 3 * sizeof *r);
        r += 3;
        *colour++ = loom_element(value, region[i]);
        *number++ = region[i] + 1;
    }
    h->set_text(call, panel, "colour", p->column);
    h->set_number(call, panel, "radius", p->radius, "angstrom");
    return LOOM_OK;
}

static const loom_op view_regions = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.regions",
    .summary =
        "The surface of a particle by facet direction, coloured by how much each has changed.",
    .method =
        "Every atom of the surface has the colour of its region's row; blue below zero, red above.",
    .cites = "none",
    .limits =
        "Only atoms that order.regions counts as surface are shown; view.bars shows the errors.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.regions", "1.0", "BSD-3-Clause", &view_regions);
