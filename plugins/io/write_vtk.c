/* io.write_vtk - a mesh as a VTK file with its columns. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "io/convert.h"
#include "io/mesh_take.h"

static const loom_port inputs[] = { { "mesh", "mesh", "any surface", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "VTK PolyData as text, angstrom", 0 },
                                     { 0 } };

static void print_mesh(io_text *t, const mesh_in *m)
{
    io_print(t,
             "# vtk DataFile Version 3.0\natomloom, angstrom\nASCII\nDATASET POLYDATA\n"
             "POINTS %lld double\n",
             (long long)m->vertices);
    for (const double *v = m->vertex; v < m->vertex + 3 * m->vertices; v += 3)
        io_print(t, "%.17g %.17g %.17g\n", v[0], v[1], v[2]);
    io_print(t, "POLYGONS %lld %lld\n", (long long)m->faces, (long long)(4 * m->faces));
    for (const int32_t *f = m->face; f < m->face + 3 * m->faces; f += 3)
        io_print(t, "3 %d %d %d\n", (int)f[0], (int)f[1], (int)f[2]);
}

static void print_columns(io_text *t, const mesh_in *m, const mesh_columns *c)
{
    if (c->n) io_print(t, "POINT_DATA %lld\n", (long long)m->vertices);
    for (int k = 0; k < c->n; k++) {
        io_print(t, "SCALARS %s double 1\nLOOKUP_TABLE default\n", c->of[k]->name);
        for (int64_t i = 0; i < m->vertices; i++) io_print(t, "%.17g\n", io_element(c->of[k], i));
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    mesh_in m;
    if (!mesh_take(call, &m)) return LOOM_E_DATA;
    mesh_columns c = mesh_find_columns(call, &m);
    io_text t = { .call = call };
    print_mesh(&t, &m);
    print_columns(&t, &m, &c);
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "application/x-vtk", "vtk");
}

static const loom_op io_write_vtk = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_vtk",
    .summary = "A mesh as a VTK file with its columns.",
    .method = "The text form of VTK's PolyData, with all digits; columns of vertices become "
              "scalars. ParaView opens it.",
    .cites = "none",
    .limits = "Columns of faces are not written. About twice as long as io.write_ply's file.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "mesh",
    .writes_extension = "vtk",
    .run = run,
};
LOOM_PLUGIN("io.write_vtk", "1.0", "BSD-3-Clause", &io_write_vtk);
