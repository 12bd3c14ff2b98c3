/* structure.curvature - how a particle's surface bends at every surface atom. */
#include <atomloom/op.h>
#include "kit/atoms.h"
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/linalg.h"
#include "kit/mesh.h"
#include "kit/table.h"
#include "kit/pdf.h"
#include <assert.h>
#include <omp.h>

/* neighbours that a fit needs; how far they are looked for, in r1 */
enum { FEWEST = 6, MAX_REACH = 3 };
typedef struct params {
    double r1;
    int32_t atoms_used;
    const char *where;
} params;
static const char *const choices[] = { "surface", "mesh", NULL };
enum { BY_COORDINATION, BY_MESH };
static const loom_param param_table[] = {
    LOOM_PARAM(params, atoms_used, .choices = choices, .def = BY_COORDINATION,
               .doc = "atoms with surface = 1 (structure.coordination), or with on_mesh = 1 "
                      "(structure.surface)"),
    LOOM_PARAM(params, r1, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "nearest-neighbour distance, the scale of the fit; 0: r1 of the table at "
                      "'pdf', else of these atoms"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "the particle with its surface atoms marked", 0 },
    { "mesh", "mesh",
      "from structure.surface: its normals say where outside is; without it the side away from the "
      "atoms",
      LOOM_OPTIONAL },
    { "pdf", "table", "from structure.pdf, for its r1", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the same with curvature (mean, positive where convex), gauss_curvature, curvature_1 >= "
      "curvature_2, normal_x, normal_y, normal_z, "
      "and curved (1 where these are known)",
      0 },
    { "table", "table",
      "one row: atoms with a curvature, mean, deviation, mean_size, fraction that is convex", 0 },
    { 0 }
};

typedef struct work {
    loom_atoms atoms;
    loom_cells all, outer; /* all atoms; surface atoms alone */
    int32_t *number;       /* of each surface atom */
    double *position, r1;  /* of the surface atoms */
    int64_t n;
    const double *mesh_normal; /* [n][3] or NULL */
    /* most atoms of either kind within the farthest reach of a surface atom */
    int64_t room;
} work;

typedef struct columns {
    double *mean, *gauss, *k1, *k2, *normal[3];
    uint8_t *known;
} columns;

/* The plane through the neighbours (least principal axis), pointing away from the bulk of the atoms
 * around. */
static void plane_normal(const work *w, const double at[3], const int32_t *near, int64_t n,
                         int32_t *around, double normal[3])
{
    assert(n >= 0);
    double centre[3] = { 0 }, m[9] = { 0 }, value[3], v[9], bulk[3] = { 0 };
    for (int64_t k = 0; k < n; k++)
        for (int a = 0; a < 3; a++) centre[a] += w->position[3 * (int64_t)near[k] + a] / (double)n;
    for (int64_t k = 0; k < n; k++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                m[3 * a + b] += (w->position[3 * (int64_t)near[k] + a] - centre[a])
                                * (w->position[3 * (int64_t)near[k] + b] - centre[b]);
    loom_eigen3(m, value, v);
    int64_t found = loom_cells_near(&w->all, at, 2 * w->r1, around, w->room);
    assert(found <= w->room);
    for (int64_t k = 0; k < found; k++)
        for (int a = 0; a < 3; a++)
            bulk[a] += w->atoms.position[3 * (int64_t)around[k] + a] - at[a];
    double towards = bulk[0] * v[2] + bulk[1] * v[5] + bulk[2] * v[8];
    for (int a = 0; a < 3; a++) normal[a] = towards > 0 ? -v[3 * a + 2] : v[3 * a + 2];
}

/* Two directions across the normal. */
static void tangents(const double n[3], double e1[3], double e2[3])
{
    int axis = fabs(n[0]) < 0.6 ? 0 : 1;
    double norm = 0;
    for (int a = 0; a < 3; a++) {
        e1[a] = (a == axis) - n[axis] * n[a];
        norm += e1[a] * e1[a];
    }
    for (int a = 0; a < 3; a++) e1[a] /= sqrt(norm);
    e2[0] = n[1] * e1[2] - n[2] * e1[1];
    e2[1] = n[2] * e1[0] - n[0] * e1[2];
    e2[2] = n[0] * e1[1] - n[1] * e1[0];
}

/* w = c0 + c1 u + c2 v + (c3 u^2 + 2 c4 u v + c5 v^2) / 2, weights exp(-rho^2 / (2 (1.5 r1)^2)).
 * False when the points do not fix it. */
static bool fit_quadric(const work *w, const double at[3], const int32_t *near, int64_t n,
                        double frame[3][3], double c[6])
{
    assert(n >= 0 && w->r1 > 0);
    double a[36] = { 0 }, width2 = 2.25 * w->r1 * w->r1;
    for (int k = 0; k < 6; k++) c[k] = 0;
    for (int64_t i = 0; i < n; i++) {
        double d[3], u[3] = { 0 };
        for (int x = 0; x < 3; x++) d[x] = w->position[3 * (int64_t)near[i] + x] - at[x];
        for (int f = 0; f < 3; f++)
            u[f] = (frame[f][0] * d[0] + frame[f][1] * d[1] + frame[f][2] * d[2])
                   / w->r1; /* pure numbers near one */
        double weight = exp(-(u[0] * u[0] + u[1] * u[1]) * w->r1 * w->r1 / (2 * width2));
        double basis[6] = { 1, u[0], u[1], 0.5 * u[0] * u[0], u[0] * u[1], 0.5 * u[1] * u[1] };
        for (int p = 0; p < 6; p++) {
            c[p] += weight * basis[p] * u[2];
            for (int q = 0; q < 6; q++) a[6 * p + q] += weight * basis[p] * basis[q];
        }
    }
    if (!loom_solve_spd(6, a, c)) return false;
    for (int k = 3; k < 6; k++)
        c[k] /= w->r1; /* second derivatives in 1/angstrom; slopes are pure */
    return true;
}

/* First and second fundamental form of the graph w(u, v) at the atom; the sign makes a convex
 * surface positive. */
static void curvatures(const double c[6], const columns *out, int64_t i)
{
    assert(i >= 0);
    double p = c[1], q = c[2], e = 1 + p * p, f = p * q, g = 1 + q * q, s = sqrt(1 + p * p + q * q);
    double l = c[3] / s, m = c[4] / s, n = c[5] / s, det = e * g - f * f;
    double gauss = (l * n - m * m) / det, mean = -(e * n - 2 * f * m + g * l) / (2 * det),
           root = sqrt(fmax(0, mean * mean - gauss));
    out->mean[i] = mean;
    out->gauss[i] = gauss;
    out->k1[i] = mean + root;
    out->k2[i] = mean - root;
    out->known[i] = 1;
}

/* `near` holds 2 w->room. */
static void curve_of_atom(const work *w, int64_t k, int32_t *near, const columns *out)
{
    assert(k >= 0 && k < w->n && w->number[k] < w->atoms.n);
    double frame[3][3], c[6];
    const double *at = w->position + 3 * k;
    int64_t i = w->number[k];
    if (w->mesh_normal && w->mesh_normal[3 * k] == 0 && w->mesh_normal[3 * k + 1] == 0
        && w->mesh_normal[3 * k + 2] == 0)
        return;
    for (int reach = 2; reach <= MAX_REACH; reach++) {
        int64_t n = loom_cells_near(&w->outer, at, reach * w->r1, near, w->room);
        assert(n <= w->room);
        if (n - 1 < FEWEST) continue;
        if (w->mesh_normal) memcpy(frame[2], w->mesh_normal + 3 * k, sizeof frame[2]);
        else plane_normal(w, at, near, n, near + w->room, frame[2]);
        tangents(frame[2], frame[0], frame[1]);
        if (!fit_quadric(w, at, near, n, frame, c)) continue;
        for (int a = 0; a < 3; a++) out->normal[a][i] = frame[2][a];
        curvatures(c, out, i);
        return;
    }
}

/* Area-weighted mean of the normals of the faces around the mesh vertex nearest to each surface
 * atom; 0 without one within 2 r1. */
/* Of every vertex the sum of the normals of its faces, as long as twice their areas. */
static void sum_normals(const loom_mesh *mesh, int64_t vertices, double *restrict sum)
{
    memset(sum, 0, (size_t)vertices * 3 * sizeof *sum);
    for (int64_t f = 0; f < mesh->faces; f++) {
        const int32_t *v = mesh->face + 3 * f;
        double a[3], b[3];
        for (int x = 0; x < 3; x++) {
            a[x] = mesh->vertex[3 * (int64_t)v[1] + x] - mesh->vertex[3 * (int64_t)v[0] + x];
            b[x] = mesh->vertex[3 * (int64_t)v[2] + x] - mesh->vertex[3 * (int64_t)v[0] + x];
        }
        for (int k = 0; k < 3; k++) {
            assert(v[k] >= 0 && v[k] < vertices);
            for (int x = 0; x < 3; x++)
                sum[3 * (int64_t)v[k] + x] +=
                    a[(x + 1) % 3] * b[(x + 2) % 3] - a[(x + 2) % 3] * b[(x + 1) % 3];
        }
    }
}

static loom_status mesh_normals(loom_call *call, work *w)
{
    const loom_host *h = call->host;
    loom_mesh mesh;
    loom_cells vertices;
    loom_status status = loom_mesh_read(call, "mesh", &mesh);
    if (status != LOOM_OK) return status;
    int64_t nv = h->array(h->input(call, "mesh", 0), "vertex")->dim[0];
    double *sum = h->scratch(call, (size_t)nv * 3 * sizeof *sum),
           *normal = h->scratch(call, (size_t)(w->n + 1) * 3 * sizeof *normal);
    if (!sum || !normal || !loom_cells_build(call, mesh.vertex, nv, 2 * w->r1, &vertices))
        return LOOM_E_MEMORY;
    sum_normals(&mesh, nv, sum);
    /* atoms next to a vacancy count as surface too, and have no mesh around them */
    int64_t near = 0;
    for (int64_t i = 0; i < w->n; i++) {
        int64_t v = loom_cells_nearest(&vertices, w->position + 3 * i, 2 * w->r1, NULL);
        double length = v < 0 ? 0
                              : sqrt(sum[3 * v] * sum[3 * v] + sum[3 * v + 1] * sum[3 * v + 1]
                                     + sum[3 * v + 2] * sum[3 * v + 2]);
        near += length > 0;
        for (int x = 0; x < 3; x++) normal[3 * i + x] = length > 0 ? sum[3 * v + x] / length : 0;
    }
    w->mesh_normal = normal;
    if (2 * near >= w->n) return LOOM_OK;
    return h->fail(
        call, LOOM_E_DATA, "mesh",
        "only %lld of %lld surface atoms are within 2 r1 of the mesh; connect the mesh of "
        "these atoms",
        (long long)near, (long long)w->n);
}

static loom_status find_surface(loom_call *call, const params *p, work *w)
{
    const loom_host *h = call->host;
    bool mesh = p->atoms_used == BY_MESH;
    const uint8_t *outer = loom_atoms_column(call, &w->atoms, mesh ? "on_mesh" : "surface", LOOM_U8,
                                             mesh ? "structure.surface" : "structure.coordination");
    if (!outer) return LOOM_E_DATA;
    for (int64_t i = 0; i < w->atoms.n; i++) w->n += outer[i] != 0;
    if (w->n <= FEWEST)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "%lld atoms are marked as surface, too few to fit a curved surface; "
                       "expected more than %d",
                       (long long)w->n, FEWEST);
    w->number = h->scratch(call, (size_t)w->n * sizeof *w->number);
    w->position = h->scratch(call, (size_t)w->n * 3 * sizeof *w->position);
    if (!w->number || !w->position) return LOOM_E_MEMORY;
    for (int64_t i = 0, k = 0; i < w->atoms.n; i++)
        if (outer[i]) {
            assert(k < w->n);
            w->number[k] = (int32_t)i;
            memcpy(w->position + 3 * k++, w->atoms.position + 3 * i, 3 * sizeof *w->position);
        }
    return loom_cells_build(call, w->atoms.position, w->atoms.n, 2 * w->r1, &w->all)
                   && loom_cells_build(call, w->position, w->n, 2 * w->r1, &w->outer)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

/* Sets w->room. */
static void count_near(work *w, int threads)
{
    assert(threads > 0 && w->r1 > 0);
    int64_t room = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 64) reduction(max : room)
    for (int64_t k = 0; k < w->n; k++) {
        int64_t outer = loom_cells_near(&w->outer, w->position + 3 * k, MAX_REACH * w->r1, NULL, 0);
        int64_t all = loom_cells_near(&w->all, w->position + 3 * k, 2 * w->r1, NULL, 0),
                more = outer > all ? outer : all;
        room = more > room ? more : room;
    }
    w->room = room;
}

static loom_status write_table(loom_call *call, int64_t n, const columns *c)
{
    const loom_host *h = call->host;
    double count = 0, sum = 0, size = 0, convex = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!c->known[i]) continue;
        count++;
        sum += c->mean[i];
        size += fabs(c->mean[i]);
        convex += c->mean[i] > 0;
    }
    if (count == 0)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "no surface atom has %d surface neighbours within 3 r1 that fix a curved "
                       "surface; check 'r1' and the column of "
                       "surface atoms",
                       FEWEST);
    for (int64_t i = 0; i < n; i++)
        if (c->known[i]) squares += (c->mean[i] - sum / count) * (c->mean[i] - sum / count);
    const loom_figure row[] = {
        { .name = "atoms", .value = count },
        { .name = "mean", .unit = "1/angstrom", .value = sum / count },
        { .name = "deviation",
          .unit = "1/angstrom",
          .value = count > 1 ? sqrt(squares / (count - 1)) : 0 },
        { .name = "mean_size", .unit = "1/angstrom", .value = size / count },
        { .name = "convex", .value = convex / count },
    };
    return loom_table_row(call, h->output(call, "table"), row, sizeof row / sizeof *row)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static bool make_columns(loom_call *call, loom_atoms *atoms, columns *c)
{
    static const char *const made[] = { "curvature",   "gauss_curvature", "curvature_1",
                                        "curvature_2", "normal_x",        "normal_y",
                                        "normal_z",    "curved",          NULL };
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, atoms, made, out)) return false;
    double **const reals[] = { &c->mean,      &c->gauss,     &c->k1,       &c->k2,
                               &c->normal[0], &c->normal[1], &c->normal[2] };
    static const char *const units[] = {
        "1/angstrom", "1/angstrom^2", "1/angstrom", "1/angstrom", "", "", ""
    };
    for (int k = 0; k < 7; k++)
        if (!(*reals[k] = loom_atoms_make(call, atoms, out, made[k], LOOM_F64, 1, units[k])))
            return false;
    return (c->known = loom_atoms_make(call, atoms, out, "curved", LOOM_U8, 1, "")) != NULL;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    work w = { .r1 = p->r1 };
    columns c;
    loom_shell shell;
    loom_status status = loom_atoms_read_where(call, "atoms", 2, p->where, &w.atoms);
    if (status != LOOM_OK) return status;
    if (w.r1 == 0) {
        if ((status = loom_first_shell(call, "pdf", "r1", w.atoms.position, w.atoms.n, &shell))
            != LOOM_OK)
            return status;
        w.r1 = shell.r1;
    }
    if ((status = find_surface(call, p, &w)) != LOOM_OK) return status;
    if (h->input(call, "mesh", 0) && (status = mesh_normals(call, &w)) != LOOM_OK) return status;
    int threads = h->threads(call);
    count_near(&w, threads);
    int32_t *near = h->scratch(call, (size_t)(2 * w.room * threads) * sizeof *near);
    if (!near || !make_columns(call, &w.atoms, &c)) return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 64)
    for (int64_t k = 0; k < w.n; k++)
        curve_of_atom(&w, k, near + 2 * w.room * omp_get_thread_num(), &c);
    status = write_table(call, w.atoms.n, &c);
    loom_atoms_spread(&w.atoms);
    return status;
}

static const loom_citation citations[] = { CITE_LI_2023, { 0 } };

static const loom_op structure_curvature = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.curvature",
    .summary =
        "Mean, Gaussian and principal curvatures of a particle's surface at every surface atom.",
    .method = "In the frame of the surface normal (of the mesh, or of the plane through the "
              "neighbours, pointing away from the atoms) "
              "the surface atoms within 2 r1 (3 r1 where fewer than 6) are fitted by a quadric `w "
              "= c0 + c1 u + c2 v + (L u^2 + 2 M u v "
              "+ N v^2) / 2`, weighted by `exp(-rho^2 / (2 (1.5 r1)^2))`. The fundamental forms of "
              "the fitted surface at the atom give "
              "K and H (do Carmo, Differential Geometry of Curves and Surfaces, 3.3); the sign is "
              "such that a sphere of radius R has "
              "+1/R.",
    .citations = citations,
    .limits = "A quadric over 2 r1 reads 1 to 2 % high on spheres of 20 to 30 angstrom. 0.1 "
              "angstrom of noise in positions gives 0.007 "
              "1/angstrom per atom: use distributions or averages. Atoms whose neighbours do not "
              "fix the fit, and atoms further than 2 r1 "
              "from the mesh (next to a vacancy), have curved = 0.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.curvature", "1.0", "BSD-3-Clause", &structure_curvature);
