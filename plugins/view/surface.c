/* view.surface - a surface of triangles, in one or more stages. */
#include "columns.h"

typedef struct params {
    const char *colour, *colour_label;
    loom_strings labels;
    const char *title, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, colour,
               .doc = "a column of the vertices, or of `atoms`, that gives the colours"),
    LOOM_PARAM(params, colour_label, .doc = "what the colours mean; not given: the column's name"),
    LOOM_PARAM(params, labels, .doc = "names of the stages, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, title, .text = "Surface", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: counts and areas"),
    { 0 }
};
static const loom_port inputs[] = {
    { "mesh", "mesh", "one stage or more", LOOM_LIST },
    { "atoms", "atoms", "of each stage, for a column of atoms where the mesh has a column `atom`",
      LOOM_LIST | LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = { { "panel", "panel", "for the report", 0 }, { 0 } };

static const loom_array *part(loom_call *call, int64_t k, const char *name)
{
    return call->host->array(call->host->input(call, "mesh", k), name);
}

/* Unit of the column that gives the colours. */
static const char *colour_unit(loom_call *call, const params *p)
{
    const loom_array *own = part(call, 0, p->colour),
                     *column =
                         call->host->input_count(call, "atoms") && !own
                             ? call->host->array(call->host->input(call, "atoms", 0), p->colour)
                             : own;
    return column ? column->unit : NULL;
}

/* The number that gives a vertex its colour: its own column, or that of its atom. */
static loom_status fill_colours(loom_call *call, const params *p, int64_t k, double *out)
{
    const loom_host *h = call->host;
    const loom_array *vertex = part(call, k, "vertex"), *own = part(call, k, p->colour),
                     *atom = part(call, k, "atom");
    if (own && own->rank == 1 && own->dim[0] == vertex->dim[0]) {
        for (int64_t i = 0; i < vertex->dim[0]; i++) out[i] = loom_element(own, i);
        return LOOM_OK;
    }
    if (h->input_count(call, "atoms") != h->input_count(call, "mesh") || !atom
        || atom->dim[0] != vertex->dim[0])
        return h->fail(
            call, LOOM_E_PARAM, "colour",
            "the vertices have no column '%s'; connect the `atoms` of each stage to use theirs",
            p->colour);
    const loom_array *column = view_column(call, "atoms", k, p->colour, "colour");
    if (!column) return LOOM_E_PARAM;
    for (int64_t i = 0; i < vertex->dim[0]; i++) {
        double a = loom_element(atom, i);
        if (!(a >= 0 && a < (double)column->dim[0]))
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "vertex %lld belongs to atom %g, of %lld atoms", (long long)i, a,
                           (long long)column->dim[0]);
        out[i] = loom_element(column, (int64_t)a);
    }
    return LOOM_OK;
}

/* Vertices and faces of all stages, faces counted on. */
static void join(loom_call *call, int64_t stages, double *vertex, int32_t *face, int32_t *state)
{
    int32_t before = 0;
    for (int64_t k = 0; k < stages; k++) {
        const loom_array *v = part(call, k, "vertex"), *f = part(call, k, "face");
        memcpy(vertex, v->data, (size_t)loom_array_count(v) * sizeof *vertex);
        vertex += loom_array_count(v);
        for (int64_t i = 0; i < loom_array_count(f); i++)
            *face++ = before + ((const int32_t *)f->data)[i];
        for (int64_t i = 0; state && i < v->dim[0]; i++) *state++ = (int32_t)k;
        before += (int32_t)v->dim[0];
    }
}

static loom_value *make_panel(loom_call *call, const params *p, int64_t stages)
{
    double area = 0, last = 0;
    const loom_host *h = call->host;
    if (*p->caption) return loom_panel(call, "panel", "mesh", p->title, "%s", p->caption);
    if (h->number(h->input(call, "mesh", 0), "area", &area)
        && h->number(h->input(call, "mesh", stages - 1), "area", &last))
        return loom_panel(call, "panel", "mesh", p->title,
                          "Area %.4g \u00c5\u00b2 in the first of %lld stages, %.4g \u00c5\u00b2 "
                          "in the last.%s%s%s",
                          area, (long long)stages, last, *p->colour ? " Colour: " : "",
                          view_title(p->colour_label, p->colour), *p->colour ? "." : "");
    return loom_panel(call, "panel", "mesh", p->title, "%lld faces in the first of %lld stages.",
                      (long long)part(call, 0, "face")->dim[0], (long long)stages);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t stages = h->input_count(call, "mesh"), vertices = 0, faces = 0, at = 0;
    for (int64_t k = 0; k < stages; k++)
        vertices += part(call, k, "vertex")->dim[0], faces += part(call, k, "face")->dim[0];
    for (int64_t k = 0; k < stages; k++)
        if (!loom_need_finite(call, "mesh", part(call, k, "vertex"))) return LOOM_E_DATA;
    loom_value *panel = make_panel(call, p, stages);
    double *vertex = panel ? h->add_array(call, panel, "vertex", LOOM_F64, 2,
                                          (int64_t[]){ vertices, 3 }, "angstrom")
                           : NULL;
    int32_t *face =
        vertex ? h->add_array(call, panel, "face", LOOM_I32, 2, (int64_t[]){ faces, 3 }, NULL)
               : NULL;
    char *names = stages > 1 && face ? loom_label_lines(call, p->labels, stages) : NULL;
    int32_t *state = names ? loom_panel_codes(call, panel, "state", names, vertices) : NULL;
    double *colour = face && *p->colour
                         ? loom_panel_reals(call, panel, p->colour, colour_unit(call, p), vertices)
                         : NULL;
    if (!face || (stages > 1 && !state) || (*p->colour && !colour)) return LOOM_E_MEMORY;
    join(call, stages, vertex, face, state);
    for (int64_t k = 0; colour && k < stages; k++) {
        loom_status status = fill_colours(call, p, k, colour + at);
        if (status != LOOM_OK) return status;
        at += part(call, k, "vertex")->dim[0];
    }
    if (!colour) return LOOM_OK;
    h->set_text(call, panel, "colour", p->colour);
    h->set_text(call, panel, "colour_label", view_title(p->colour_label, p->colour));
    return LOOM_OK;
}

static const loom_op view_surface = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.surface",
    .summary = "A surface of triangles, by stage, coloured by a column.",
    .method =
        "Lit from the upper left, seen from both sides; colours are interpolated over a face.",
    .cites = "none",
    .limits = "Not transparent. At most 64 stages.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.surface", "1.0", "BSD-3-Clause", &view_surface);
