/* io.write_nrrd - a volume as an NRRD file. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "io/volume_place.h"
#include "kit/check.h"

static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "NRRD, 32-bit real, raw", 0 }, { 0 } };

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_array *density = loom_need(call, "volume", "density");
    double voxel_A, first[3];
    if (!density || !loom_need_number(call, "volume", "voxel_size", &voxel_A)) return LOOM_E_DATA;
    volume_first_voxel(call, density, voxel_A, first);
    io_text t = { .call = call };
    io_print(&t,
             "NRRD0004\n# atomloom, angstrom\ntype: float\ndimension: 3\nspace dimension: 3\n"
             "sizes: %lld %lld %lld\n",
             (long long)density->dim[2], (long long)density->dim[1], (long long)density->dim[0]);
    io_print(&t, "space directions: (%.9g,0,0) (0,%.9g,0) (0,0,%.9g)\n", voxel_A, voxel_A, voxel_A);
    io_print(&t, "space origin: (%.9g,%.9g,%.9g)\n", first[0], first[1], first[2]);
    io_print(&t, "endian: little\nencoding: raw\n\n");
    size_t bytes = sizeof(float) * (size_t)loom_array_count(density);
    char *file = t.failed ? NULL : h->scratch(call, t.n + bytes);
    if (!file) return LOOM_E_MEMORY;
    memcpy(file, t.data, t.n);
    memcpy(file + t.n, density->data, bytes);
    return io_finish_file(call, file, t.n + bytes, "application/x-nrrd", "nrrd");
}

static const loom_op io_write_nrrd = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_nrrd",
    .summary = "A volume as an NRRD file.",
    .method =
        "32-bit reals, x fastest; spacing and the position of the first voxel in angstrom, so "
        "that atoms and meshes lie on the density. 3D Slicer, ParaView and ImageJ open it.",
    .cites = "none",
    .limits = "Not compressed.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "volume",
    .writes_extension = "nrrd",
    .run = run,
};
LOOM_PLUGIN("io.write_nrrd", "1.0", "BSD-3-Clause", &io_write_nrrd);
