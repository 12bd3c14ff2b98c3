/* io.write_vti - a volume as a VTK image file. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "io/volume_place.h"

static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "VTK ImageData, 32-bit real", 0 }, { 0 } };

static void print_header(io_text *t, const int64_t *dim, double voxel_A, const double first_A[3])
{
    long long x = dim[2] - 1, y = dim[1] - 1, z = dim[0] - 1;
    io_print(t,
             "<?xml version=\"1.0\"?>\n<!-- atomloom, angstrom -->\n"
             "<VTKFile type=\"ImageData\" version=\"1.0\" byte_order=\"LittleEndian\" "
             "header_type=\"UInt64\">\n"
             "<ImageData WholeExtent=\"0 %lld 0 %lld 0 %lld\" Origin=\"%.9g %.9g %.9g\" "
             "Spacing=\"%.9g %.9g %.9g\">\n",
             x, y, z, first_A[0], first_A[1], first_A[2], voxel_A, voxel_A, voxel_A);
    io_print(t,
             "<Piece Extent=\"0 %lld 0 %lld 0 %lld\">\n<PointData Scalars=\"density\">\n"
             "<DataArray type=\"Float32\" Name=\"density\" format=\"appended\" offset=\"0\"/>\n"
             "</PointData>\n</Piece>\n</ImageData>\n<AppendedData encoding=\"raw\">\n_",
             x, y, z);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    static const char end[] = "\n</AppendedData>\n</VTKFile>\n";
    (void)param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    double voxel_A, first_A[3];
    if (!density || !loom_need_number(call, "volume", "voxel_size", &voxel_A)) return LOOM_E_DATA;
    volume_first_voxel(call, density, voxel_A, first_A);
    if (!loom_array_count(density))
        return call->host->fail(call, LOOM_E_DATA, "volume", "the volume is empty");
    io_text t = { .call = call };
    print_header(&t, density->dim, voxel_A, first_A);
    uint64_t bytes = sizeof(float) * (uint64_t)loom_array_count(density);
    size_t all = t.n + sizeof bytes + (size_t)bytes + sizeof end - 1;
    char *file = t.failed ? NULL : call->host->scratch(call, all);
    if (!file) return LOOM_E_MEMORY;
    memcpy(file, t.data, t.n);
    memcpy(file + t.n, &bytes, sizeof bytes);
    memcpy(file + t.n + sizeof bytes, density->data, (size_t)bytes);
    memcpy(file + all - (sizeof end - 1), end, sizeof end - 1);
    return io_finish_file(call, file, all, "application/x-vti", "vti");
}

static const loom_op io_write_vti = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_vti",
    .summary = "A volume as a VTK image file.",
    .method = "XML with raw 32-bit reals appended, x fastest; spacing and the position of the "
              "first voxel in angstrom, so that atoms and meshes lie on the density. ParaView and "
              "VisIt open it.",
    .cites = "none",
    .limits = "Not compressed.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "volume",
    .writes_extension = "vti",
    .run = run,
};
LOOM_PLUGIN("io.write_vti", "1.0", "BSD-3-Clause", &io_write_vti);
