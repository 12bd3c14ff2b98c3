/* io.write_mrc - a volume as an MRC2014 file. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "io/mrc.h"
#include "kit/check.h"
#include "kit/citations.h"

static const loom_port inputs[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "MRC2014, 32-bit real", 0 }, { 0 } };

static void put_word(unsigned char *header, int word, int32_t v)
{
    memcpy(header + 4 * word, &v, 4);
}
static void put_real(unsigned char *header, int word, double v)
{
    memcpy(header + 4 * word, &(float){ (float)v }, 4);
}

static void put_statistics(unsigned char *header, const float *v, int64_t n)
{
    double low = n ? (double)v[0] : 0, high = low, mean = 0, square = 0;
    for (int64_t i = 0; i < n; i++) {
        low = fmin(low, (double)v[i]);
        high = fmax(high, (double)v[i]);
        mean += (double)v[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) square += ((double)v[i] - mean) * ((double)v[i] - mean);
    put_real(header, MRC_MIN, low);
    put_real(header, MRC_MAX, high);
    put_real(header, MRC_MEAN, mean);
    put_real(header, MRC_RMS, n ? sqrt(square / (double)n) : 0);
}

static void make_header(const loom_array *density, double voxel_A, const double origin[3],
                        unsigned char *header)
{
    memset(header, 0, MRC_HEADER);
    for (int k = 0; k < 3; k++) {
        int64_t n = density->dim[2 - k];
        put_word(header, MRC_NX + k, (int32_t)n);
        put_word(header, MRC_MX + k, (int32_t)n);
        put_real(header, MRC_CELL_X + k, (double)n * voxel_A);
        put_real(header, MRC_ANGLE_X + k, 90);
        put_word(header, MRC_MAPC + k, k + 1);
        put_real(header, MRC_ORIGIN + k,
                 origin[k]
                     - (double)(n / 2)
                           * voxel_A); /* of the first voxel: atoms lie on the density */
    }
    put_word(header, MRC_MODE, MRC_FLOAT);
    put_word(header, MRC_ISPG, 1);
    put_word(header, MRC_VERSION, 20140);
    memcpy(header + 4 * MRC_MAP, "MAP ", 4);
    memcpy(header + 4 * MRC_STAMP, "\x44\x44\0\0", 4); /* little-endian */
    put_word(header, MRC_LABELS, 1);
    memset(header + 4 * MRC_LABEL, ' ', 80);
    memcpy(header + 4 * MRC_LABEL, "atomloom", 8);
    put_statistics(header, density->data, loom_array_count(density));
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_array *density = loom_need(call, "volume", "density");
    double voxel_A, origin[3] = { 0 };
    if (!density || !loom_need_number(call, "volume", "voxel_size", &voxel_A)) return LOOM_E_DATA;
    const loom_array *o = h->array(h->input(call, "volume", 0), "origin");
    if (o) memcpy(origin, o->data, sizeof origin);
    size_t bytes = sizeof(float) * (size_t)loom_array_count(density);
    for (int k = 0; k < 3; k++)
        if (density->dim[k] > INT32_MAX)
            return h->fail(call, LOOM_E_DATA, "volume",
                           "an MRC file holds at most 2^31 - 1 voxels along an axis, found %lld",
                           (long long)density->dim[k]);
    unsigned char *file = h->scratch(call, MRC_HEADER + bytes);
    if (!file) return LOOM_E_MEMORY;
    make_header(density, voxel_A, origin, file);
    memcpy(file + MRC_HEADER, density->data, bytes);
    return io_finish_file(call, file, MRC_HEADER + bytes, "application/x-mrc", "mrc");
}

static const loom_citation citations[] = { CITE_CHENG_2015, { 0 } };

static const loom_op io_write_mrc = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_mrc",
    .summary = "A volume as an MRC2014 file.",
    .method = "32-bit reals, x fastest, cell in angstrom, statistics in the header. The header's "
              "origin is the position of the first voxel, "
              "so that atoms written with it lie on their density.",
    .citations = citations,
    .limits = "Cubic voxels; little-endian.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "volume",
    .writes_extension = "mrc",
    .run = run,
};
LOOM_PLUGIN("io.write_mrc", "1.0", "BSD-3-Clause", &io_write_mrc);
