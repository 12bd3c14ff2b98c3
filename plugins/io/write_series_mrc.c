/* io.write_series_mrc - a tilt series as an MRC file with its tilts. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "io/mrc.h"
#include "kit/check.h"
#include <math.h>

static const loom_port inputs[] = { { "tilts", "tilt_series", "tilts about one axis", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "file", "file", "MRC2014, 32-bit real, tilts in SerialEM's extended header", 0 }, { 0 }
};

static void put_word(unsigned char *b, int word, int32_t v) { memcpy(b + 4 * word, &v, 4); }
static void put_real(unsigned char *b, int word, double v)
{
    memcpy(b + 4 * word, &(float){ (float)v }, 4);
}

static void put_statistics(unsigned char *b, const float *v, int64_t n)
{
    double low = (double)v[0], high = low, mean = 0;
    for (int64_t i = 0; i < n; i++) {
        low = fmin(low, (double)v[i]);
        high = fmax(high, (double)v[i]);
        mean += (double)v[i] / (double)n;
    }
    put_real(b, MRC_MIN, low);
    put_real(b, MRC_MAX, high);
    put_real(b, MRC_MEAN, mean);
    put_real(b, MRC_RMS, -1); /* not computed */
}

static void make_header(const loom_array *images, double pixel_A, unsigned char *b)
{
    memset(b, 0, MRC_HEADER);
    for (int k = 0; k < 3; k++) {
        int64_t n = images->dim[2 - k];
        put_word(b, MRC_NX + k, (int32_t)n);
        put_word(b, MRC_MX + k, (int32_t)n);
        put_real(b, MRC_CELL_X + k, (double)n * pixel_A);
        put_real(b, MRC_ANGLE_X + k, 90);
        put_word(b, MRC_MAPC + k, k + 1);
    }
    put_word(b, MRC_MODE, MRC_FLOAT);
    put_word(b, MRC_EXTENDED, (int32_t)(2 * images->dim[0]));
    memcpy(b + 104, "SERI", 4);
    memcpy(b + 128, (int16_t[]){ 2, 1 }, 4); /* 2 bytes for each image: the tilt */
    put_word(b, MRC_VERSION, 20140);
    memcpy(b + 4 * MRC_MAP, "MAP ", 4);
    memcpy(b + 4 * MRC_STAMP, "\x44\x44\0\0", 4);
    put_word(b, MRC_LABELS, 1);
    memset(b + 4 * MRC_LABEL, ' ', 80);
    memcpy(b + 4 * MRC_LABEL, "atomloom", 8);
    put_statistics(b, images->data, loom_array_count(images));
}

/* Hundredths of a degree; false after failing. *rounded: some tilt is not a whole number of them.
 */
static bool put_tilts(loom_call *call, const loom_array *angles, unsigned char *b, bool *rounded)
{
    const double *a = angles->data;
    *rounded = false;
    for (int64_t k = 0; k < angles->dim[0]; k++) {
        double hundredths = 100 * a[3 * k + 1];
        if (fabs(a[3 * k]) > 0 || fabs(a[3 * k + 2]) > 0 || fabs(hundredths) > 32767) {
            call->host->fail(
                call, LOOM_E_DATA, "tilts",
                "tilt %lld has the angles %g, %g, %g; an MRC file has one angle, of up "
                "to 327 degrees: write .h5",
                (long long)k, a[3 * k], a[3 * k + 1], a[3 * k + 2]);
            return false;
        }
        *rounded = *rounded || fabs(hundredths - round(hundredths)) > 1e-6;
        memcpy(b + 2 * k, &(int16_t){ (int16_t)lround(hundredths) }, 2);
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = images ? loom_need(call, "tilts", "angles") : NULL;
    double pixel_A;
    bool rounded;
    if (!angles || !loom_need_number(call, "tilts", "pixel_size", &pixel_A)) return LOOM_E_DATA;
    if (!loom_array_count(images))
        return h->fail(call, LOOM_E_DATA, "tilts", "the series is empty");
    size_t bytes = sizeof(float) * (size_t)loom_array_count(images),
           extended = 2 * (size_t)images->dim[0];
    unsigned char *file = h->scratch(call, MRC_HEADER + extended + bytes);
    if (!file) return LOOM_E_MEMORY;
    make_header(images, pixel_A, file);
    if (!put_tilts(call, angles, file + MRC_HEADER, &rounded)) return LOOM_E_DATA;
    if (rounded)
        h->note(call, "tilts are rounded to 0.01 degree; write .rawtlt as well to keep them");
    memcpy(file + MRC_HEADER + extended, images->data, bytes);
    return io_finish_file(call, file, MRC_HEADER + extended + bytes, "application/x-mrc", "mrc");
}

static const loom_op io_write_series_mrc = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_series_mrc",
    .summary = "A tilt series as an MRC file with its tilts.",
    .method = "32-bit reals, pixel size in the cell, tilts times 100 in the extended header as "
              "SerialEM has them: IMOD, and io.read_series, find them there.",
    .cites = "none",
    .limits = "Tilts about one axis, rounded to 0.01 degree: io.write_rawtlt writes all digits. "
              "Noise and dose are not written: .h5 keeps everything.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "tilt_series",
    .writes_extension = "mrc",
    .run = run,
};
LOOM_PLUGIN("io.write_series_mrc", "1.0", "BSD-3-Clause", &io_write_series_mrc);
