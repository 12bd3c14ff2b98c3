/* io.write_ply - a mesh as a binary PLY file with its columns. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "io/convert.h"
#include "io/mesh_take.h"

static const loom_port inputs[] = { { "mesh", "mesh", "any surface", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "binary PLY, angstrom", 0 }, { 0 } };

static void print_header(io_text *t, const mesh_in *m, const mesh_columns *c)
{
    io_print(t,
             "ply\nformat binary_little_endian 1.0\ncomment atomloom, angstrom\n"
             "element vertex %lld\nproperty double x\nproperty double y\nproperty double z\n",
             (long long)m->vertices);
    for (int k = 0; k < c->n; k++) io_print(t, "property double %s\n", c->of[k]->name);
    io_print(t, "element face %lld\nproperty list uchar int vertex_indices\nend_header\n",
             (long long)m->faces);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    mesh_in m;
    if (!mesh_take(call, &m)) return LOOM_E_DATA;
    mesh_columns c = mesh_find_columns(call, &m);
    io_text t = { .call = call };
    print_header(&t, &m, &c);
    size_t row = 8 * (3 + (size_t)c.n),
           bytes = t.n + (size_t)m.vertices * row + 13 * (size_t)m.faces;
    unsigned char *file = t.failed ? NULL : call->host->scratch(call, bytes), *b = file;
    if (!file) return LOOM_E_MEMORY;
    memcpy(b, t.data, t.n);
    b += t.n;
    for (int64_t i = 0; i < m.vertices; i++, b += row) {
        memcpy(b, m.vertex + 3 * i, 24);
        for (int k = 0; k < c.n; k++)
            memcpy(b + 24 + 8 * k, &(double){ io_element(c.of[k], i) }, 8);
    }
    for (int64_t i = 0; i < m.faces; i++, b += 13) {
        *b = 3;
        memcpy(b + 1, m.face + 3 * i, 12);
    }
    return io_finish_file(call, file, bytes, "model/ply", "ply");
}

static const loom_op io_write_ply = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_ply",
    .summary = "A mesh as a PLY file with its columns.",
    .method = "Binary, little-endian, double precision; columns of vertices become properties. "
              "ParaView, MeshLab and Blender open it.",
    .cites = "none",
    .limits = "Columns of faces are not written.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "mesh",
    .writes_extension = "ply",
    .run = run,
};
LOOM_PLUGIN("io.write_ply", "1.0", "BSD-3-Clause", &io_write_ply);
