/* io.write_stl - a mesh as a binary STL file. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/check.h"
#include <math.h>
#include "io/mesh_take.h"

static const loom_port inputs[] = { { "mesh", "mesh", "any surface", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "binary STL, angstrom", 0 }, { 0 } };

static void put_facet(const double *v[3], unsigned char *b)
{
    double a[3], c[3], normal[3], length = 0;
    float out[12];
    for (int k = 0; k < 3; k++) {
        a[k] = v[1][k] - v[0][k];
        c[k] = v[2][k] - v[0][k];
    }
    for (int k = 0; k < 3; k++) {
        normal[k] = a[(k + 1) % 3] * c[(k + 2) % 3] - a[(k + 2) % 3] * c[(k + 1) % 3];
        length += normal[k] * normal[k];
    }
    for (int k = 0; k < 3; k++) out[k] = (float)(length > 0 ? normal[k] / sqrt(length) : 0);
    for (int i = 0; i < 9; i++) out[3 + i] = (float)v[i / 3][i % 3];
    memcpy(b, out, sizeof out);
    b[48] = b[49] = 0;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    enum { HEAD = 84, FACET = 50 };
    (void)param_struct;
    mesh_in m;
    if (!mesh_take(call, &m)) return LOOM_E_DATA;
    if (m.faces > UINT32_MAX)
        return call->host->fail(call, LOOM_E_DATA, "mesh", "STL counts at most 2^32 - 1 facets");
    size_t bytes = HEAD + FACET * (size_t)m.faces;
    unsigned char *b = call->host->scratch(call, bytes);
    if (!b) return LOOM_E_MEMORY;
    memset(b, ' ', HEAD);
    memcpy(b, "atomloom: angstrom", 18); /* must not begin with "solid", which is the text form */
    uint32_t n = (uint32_t)m.faces;
    memcpy(b + 80, &n, sizeof n);
    for (int64_t i = 0; i < m.faces; i++) {
        const double *v[3];
        for (int k = 0; k < 3; k++) v[k] = m.vertex + 3 * m.face[3 * i + k];
        put_facet(v, b + HEAD + FACET * (size_t)i);
    }
    return io_finish_file(call, b, bytes, "model/stl", "stl");
}

static const loom_op io_write_stl = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_stl",
    .summary = "A mesh as an STL file.",
    .method = "Binary, little-endian, one record for each facet with its normal; angstrom.",
    .cites = "none",
    .limits = "STL has no columns and no shared vertices: io.write_ply keeps both.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "mesh",
    .writes_extension = "stl",
    .run = run,
};
LOOM_PLUGIN("io.write_stl", "1.0", "BSD-3-Clause", &io_write_stl);
