/* structure.surface - the alpha shape of a particle as a mesh, and how deep every atom lies below
 * it. */
#include <atomloom/op.h>
#include "alpha.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/mesh.h"
#include "kit/pdf.h"
#include "kit/table.h"
#include <assert.h>

typedef struct params {
    double alpha, factor;
    int32_t cavities;
    const char *where;
} params;
static const char *const treatments[] = { "apart", "surface", NULL };
enum { APART, SURFACE };
static const loom_param param_table[] = {
    LOOM_PARAM(params, alpha, .unit = "angstrom", .def = 0, .min = 0, .max = 1000,
               .doc = "radius of the probe sphere; 0: 'factor' times r1 of the table at 'pdf', "
                      "else of these atoms"),
    LOOM_PARAM(params, factor, .def = 1, .min = 0.5, .max = 10,
               .doc = "alpha in units of r1, where 'alpha' is 0"),
    LOOM_PARAM(params, cavities, .choices = treatments, .def = APART,
               .doc = "apart: inner cavities go to a mesh of their own and do not affect depths; "
                      "surface: they count as surface"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "the particle", 0 },
                                    { "pdf", "table", "from structure.pdf, for its r1",
                                      LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = {
    { "mesh", "mesh",
      "the surface; column component per face, atom (its number) per vertex; attributes as in the "
      "table",
      0 },
    { "atoms", "atoms",
      "the same with columns depth, on_mesh (1 for vertices of the mesh) and outside (1 for atoms "
      "no probe holds; their depth is 0)",
      0 },
    { "cavities", "mesh",
      "inner cavities, faces seen from within the cavity; absent where there are none",
      LOOM_OPTIONAL },
    { "table", "table",
      "one row: alpha, area, volume, area_per_volume, area_per_atom, area_per_mass, counts of "
      "faces, vertices, parts, cavities, outside",
      0 },
    { 0 }
};

typedef struct figures {
    double alpha, area, volume, cavity_area, cavity_volume;
    int64_t faces, vertices, parts, cavities, cavity_faces, cavity_vertices, outside;
} figures;

static bool belongs(const alpha_boundary *b, int64_t face, bool cavity, bool together)
{
    assert(face >= 0);
    bool is_cavity = b->volume[b->component[face]] < 0;
    return together ? !cavity : is_cavity == cavity;
}

static void measure(const alpha_boundary *b, const params *p, figures *f)
{
    for (int64_t k = 0; k < b->components; k++) {
        bool cavity = b->volume[k] < 0;
        f->cavities += cavity;
        f->parts += !cavity;
        f->cavity_area += cavity ? b->area[k] : 0;
        f->cavity_volume += cavity ? -b->volume[k] : 0;
        f->area += cavity && p->cavities == APART ? 0 : b->area[k];
        f->volume += cavity && p->cavities == APART ? 0 : b->volume[k];
    }
}

/* The faces of one kind as a mesh of its own, with the atoms they use as vertices in ascending
 * order. */
/* For each atom its number among the vertices of these faces, or -1. NULL when out of memory. */
static int32_t *number_vertices(loom_call *call, const loom_atoms *atoms, const alpha_boundary *b,
                                bool cavity, bool together, int64_t *faces, int64_t *vertices)
{
    int32_t *number = call->host->scratch(call, (size_t)(atoms->n + 1) * sizeof *number);
    if (!number) return NULL;
    memset(number, -1, (size_t)(atoms->n + 1) * sizeof *number);
    *faces = *vertices = 0;
    for (int64_t f = 0; f < b->faces; f++)
        if (belongs(b, f, cavity, together)) {
            ++*faces;
            for (int k = 0; k < 3; k++) {
                assert(b->face[f][k] >= 0 && b->face[f][k] < atoms->n);
                number[b->face[f][k]] = 0;
            }
        }
    for (int64_t i = 0; i < atoms->n; i++)
        if (number[i] == 0) number[i] = (int32_t)(*vertices)++;
    return number;
}

static loom_status make_mesh(loom_call *call, const loom_atoms *atoms, const alpha_boundary *b,
                             bool cavity, bool together, loom_value *mesh, int64_t *faces,
                             int64_t *vertices)
{
    const loom_host *h = call->host;
    int32_t *number = number_vertices(call, atoms, b, cavity, together, faces, vertices);
    if (!number) return LOOM_E_MEMORY;
    double *vertex =
        h->add_array(call, mesh, "vertex", LOOM_F64, 2, (int64_t[]){ *vertices, 3 }, "angstrom");
    int32_t *face = h->add_array(call, mesh, "face", LOOM_I32, 2, (int64_t[]){ *faces, 3 }, "");
    int32_t *atom = h->add_array(call, mesh, "atom", LOOM_I32, 1, vertices, ""),
            *component = h->add_array(call, mesh, "component", LOOM_I32, 1, faces, "");
    if (!vertex || !face || !atom || !component) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < atoms->n; i++)
        if (number[i] >= 0) {
            memcpy(vertex + 3 * (int64_t)number[i], atoms->position + 3 * i, 3 * sizeof *vertex);
            atom[number[i]] = (int32_t)loom_atoms_number(atoms, i);
        }
    for (int64_t f = 0; f < b->faces; f++)
        if (belongs(b, f, cavity, together)) {
            for (int k = 0; k < 3; k++) *face++ = number[b->face[f][k]];
            *component++ = b->component[f];
        }
    h->release(call, number);
    return LOOM_OK;
}

static loom_status make_depths(loom_call *call, loom_atoms *atoms, const alpha_boundary *b,
                               loom_value *mesh, figures *fig)
{
    enum { PART = 1 << 14 };
    static const char *const made[] = { "depth", "on_mesh", "outside", NULL };
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, atoms, made, out)) return LOOM_E_MEMORY;
    double *depth = loom_atoms_make(call, atoms, out, "depth", LOOM_F64, 1, "angstrom");
    uint8_t *on_mesh = loom_atoms_make(call, atoms, out, "on_mesh", LOOM_U8, 1, ""),
            *outside = loom_atoms_make(call, atoms, out, "outside", LOOM_U8, 1, "");
    loom_mesh tree;
    const int32_t *vertex_atom = h->array(mesh, "atom")->data;
    if (!depth || !on_mesh || !outside
        || !loom_mesh_build(call, h->array(mesh, "vertex")->data, h->array(mesh, "face")->data,
                            fig->faces, &tree))
        return LOOM_E_MEMORY;
    for (int64_t v = 0, i = 0; v < fig->vertices; v++) { /* both ascend */
        while (loom_atoms_number(atoms, i) < vertex_atom[v]) i++;
        on_mesh[i] = 1;
    }
    for (int64_t from = 0; from < atoms->n; from += PART) {
        int64_t to = from + PART < atoms->n ? from + PART : atoms->n;
        if (!h->progress(call, (double)from, (double)atoms->n)) return LOOM_E_CANCELLED;
#pragma omp parallel for num_threads(h->threads(call)) schedule(dynamic, 64)
        for (int64_t i = from; i < to; i++) {
            outside[i] = !b->inside[i];
            if (!outside[i] && !on_mesh[i])
                depth[i] = sqrt(loom_mesh_distance2(&tree, atoms->position + 3 * i, NULL, NULL));
        }
    }
    for (int64_t i = 0; i < atoms->n; i++) fig->outside += outside[i];
    return LOOM_OK;
}

/* Mass in unified mass units; 0 where a symbol is no element. */
static double total_mass(const loom_atoms *atoms)
{
    int32_t z[LOOM_SPECIES_MOST];
    double sum = 0;
    loom_symbols_numbers(atoms->symbols, z);
    for (int64_t i = 0; i < atoms->n; i++) {
        double mass = z[atoms->species[i]] ? loom_element_mass(z[atoms->species[i]]) : 0;
        if (mass <= 0) return 0;
        sum += mass;
    }
    return sum;
}

static loom_status write_figures(loom_call *call, const loom_atoms *atoms, const figures *f)
{
    const loom_host *h = call->host;
    const double m2_per_g = 6022.14076; /* angstrom^2 per unified mass unit */
    double mass = total_mass(atoms);
    const loom_figure row[] = {
        { .name = "alpha", .unit = "angstrom", .value = f->alpha },
        { .name = "area", .unit = "angstrom^2", .value = f->area },
        { .name = "volume", .unit = "angstrom^3", .value = f->volume },
        { .name = "area_per_volume", .unit = "1/angstrom", .value = f->area / f->volume },
        { .name = "area_per_atom", .unit = "angstrom^2", .value = f->area / (double)atoms->n },
        { .name = "area_per_mass",
          .unit = "m^2/g",
          .value = mass > 0 ? m2_per_g * f->area / mass : 0 },
        { .name = "faces", .value = (double)f->faces },
        { .name = "vertices", .value = (double)f->vertices },
        { .name = "parts", .value = (double)f->parts },
        { .name = "cavities", .value = (double)f->cavities },
        { .name = "cavity_area", .unit = "angstrom^2", .value = f->cavity_area },
        { .name = "cavity_volume", .unit = "angstrom^3", .value = f->cavity_volume },
        { .name = "outside", .value = (double)f->outside },
    };
    enum { FIGURES = sizeof row / sizeof *row };
    if (!loom_table_row(call, h->output(call, "table"), row, FIGURES)) return LOOM_E_MEMORY;
    for (int k = 0; k < FIGURES; k++)
        h->set_number(call, h->output(call, "mesh"), row[k].name, row[k].value, row[k].unit);
    if (mass <= 0)
        h->note(call, "area_per_mass is 0: '%s' names a word that is not an element of known mass",
                atoms->symbols);
    return LOOM_OK;
}

static loom_status choose_alpha(loom_call *call, const params *p, const loom_atoms *atoms,
                                double *alpha)
{
    loom_shell shell;
    *alpha = p->alpha;
    if (p->alpha > 0) return LOOM_OK;
    loom_status status = loom_first_shell(call, "pdf", "alpha", atoms->position, atoms->n, &shell);
    if (status == LOOM_OK) *alpha = p->factor * shell.r1;
    return status;
}

/* The boundary of the alpha shape and its figures; fails where there is no body. */
static loom_status find_boundary(loom_call *call, const params *p, const loom_atoms *atoms,
                                 alpha_boundary *boundary, figures *f)
{
    alpha_complex complex;
    loom_status status = choose_alpha(call, p, atoms, &f->alpha);
    if (status != LOOM_OK) return status;
    if ((status = alpha_complex_build(call, atoms, f->alpha, &complex)) != LOOM_OK) return status;
    if ((status = alpha_boundary_build(call, atoms, &complex, boundary)) != LOOM_OK) return status;
    measure(boundary, p, f);
    if (boundary->components && f->volume >= 1e-3) return LOOM_OK;
    return call->host->fail(
        call, LOOM_E_DATA, p->alpha > 0 ? "alpha" : "atoms",
        "a probe of %g angstrom finds no body in these %lld atoms: they lie in one plane, or too "
        "far apart; check the positions, or raise 'alpha'",
        f->alpha, (long long)atoms->n);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    alpha_boundary boundary;
    figures f = { .alpha = 0 };
    loom_status status = loom_atoms_read_where(call, "atoms", 4, p->where, &atoms);
    if (status != LOOM_OK) return status;
    if ((status = find_boundary(call, p, &atoms, &boundary, &f)) != LOOM_OK) return status;
    loom_value *mesh = h->output(call, "mesh");
    bool together = p->cavities == SURFACE;
    if ((status = make_mesh(call, &atoms, &boundary, false, together, mesh, &f.faces, &f.vertices))
        != LOOM_OK)
        return status;
    if (f.cavities && !together) {
        status = make_mesh(call, &atoms, &boundary, true, false, h->output(call, "cavities"),
                           &f.cavity_faces, &f.cavity_vertices);
        if (status != LOOM_OK) return status;
    }
    if ((status = make_depths(call, &atoms, &boundary, mesh, &f)) != LOOM_OK) return status;
    if (f.outside)
        h->note(call, "%lld of %lld atoms are outside the alpha shape; their depth is 0",
                (long long)f.outside, (long long)atoms.n);
    loom_atoms_spread(&atoms);
    return write_figures(call, &atoms, &f);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const loom_array *position = call->host->array(call->host->input(call, "atoms", 0), "position");
    (void)param_struct;
    out->uses_threads = true;
    out->bytes = (position ? (uint64_t)position->dim[0] * 600 : 0)
                 + ((uint64_t)64 << 20)
                       * (uint64_t)call->host->threads(
                           call); /* measured on 1e4 .. 1e6 atoms; one Qhull per thread */
    return LOOM_OK;
}

static const loom_citation citations[] = {
    CITE_EDELSBRUNNER_1994, CITE_STUKOWSKI_2014, CITE_BARBER_1996, { 0 }
};

static const loom_op structure_surface = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.surface",
    .summary = "Surface of a particle as a mesh (alpha shape), its area, volume and cavities, and "
               "the depth of every atom below it.",
    .method = "The atoms are joined into Delaunay tetrahedra. Those with a circumradius up to "
              "`alpha` are kept; the triangles that belong to exactly one of them are the surface "
              "(Edelsbrunner and Muecke; Stukowski). Large particles are done in blocks with a "
              "margin of alpha, which gives the same result, since only atoms within alpha decide "
              "about a tetrahedron. The depth of an atom is its distance to the nearest point of "
              "the mesh; vertices have depth 0.\n\n"
              "The default, alpha = r1, closes the octahedral gaps of fcc, which need 0.71 r1. The "
              "twelve neighbours of a vacancy lie on a sphere of radius r1, so that noise decides "
              "whether a single vacancy opens a cavity. Cavities are therefore kept apart from the "
              "surface unless `cavities` says otherwise. area_per_mass uses the standard atomic "
              "weights.",
    .citations = citations,
    .limits = "Atoms on the surface that are further away than the probe reaches are outside the "
              "shape; `outside` counts them, and their depth is 0. The mesh may touch itself along "
              "an edge. On a perfect lattice several triangulations are possible; moving the atoms "
              "by 1e-6 angstrom decides between them.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("structure.surface", "1.0", "BSD-3-Clause", &structure_surface);
