/* io.read_image - the numbers of an image, a stack or a volume, whatever the file's format. */
#include <atomloom/op.h>
#include "io/image_file.h"
#include "io/permute.h"
#include <math.h>
#include <string.h>

typedef struct params {
    loom_path file;
    const char *dataset;
    loom_ints axes;
    int32_t bytes;
} params;
static const char *const byte_choices[] = { "auto", "signed", "unsigned", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "file of images, of any known format"),
    LOOM_PARAM(params, dataset, .text = "",
               .doc =
                   "which of several images, datasets, detectors or variables: its name, path or "
                   "number; empty: the only one"),
    LOOM_PARAM(params, axes, .min = 0, .max = LOOM_MAX_RANK - 1,
               .doc = "order of the axes of the result, counted from 0 slowest first, as in "
                      "numpy.transpose; empty: as stored"),
    LOOM_PARAM(params, bytes, .choices = byte_choices, .flags = LOOM_ADVANCED,
               .doc = "sign of the bytes of MRC mode 0; auto: as the header says"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "array", "array",
      "the numbers, slowest axis first; with array `tilts` where the file has them, attributes "
      "pixel_size (and voxel_size, where it is the same along three axes), and step_x, step_y, "
      "step_z in the file's units",
      0 },
    { 0 }
};

/* What the file says of distances, for the axes of the result. */
static void set_sizes(const image_file *f, const int64_t *order, loom_value *out)
{
    static const char *const names[] = { "step_x", "step_y", "step_z" };
    loom_call *call = f->source.call;
    const loom_host *h = call->host;
    double edge_A[3] = { 0 };
    for (int k = 0; k < 3 && k < f->rank; k++) {
        const image_axis *a = &f->axis[order[f->rank - 1 - k]];
        if (!*a->unit) continue;
        h->set_number(call, out, names[k], a->step, a->unit);
        edge_A[k] = a->step * image_angstrom(a->unit);
    }
    if (!(edge_A[0] > 0) || fabs(edge_A[1] - edge_A[0]) > 1e-3 * edge_A[0]) return;
    h->set_number(call, out, "pixel_size", edge_A[0], "angstrom");
    if (fabs(edge_A[2] - edge_A[0]) <= 1e-3 * edge_A[0])
        h->set_number(call, out, "voxel_size", edge_A[0], "angstrom");
}

static bool set_tilts(const image_file *f, loom_value *out)
{
    loom_call *call = f->source.call;
    if (!f->tilt_deg) return true;
    double *tilt = call->host->add_array(call, out, "tilts", LOOM_F64, 1, &f->tilts, "degree");
    if (tilt) memcpy(tilt, f->tilt_deg, (size_t)f->tilts * sizeof *tilt);
    return tilt != NULL;
}

static bool read_images(image_file *f, char *dst)
{
    const loom_host *h = f->source.call->host;
    size_t bytes = (size_t)image_samples(f) * loom_dtype_bytes(f->dtype);
    int64_t n = image_count(f);
    for (int64_t k = 0; k < n; k++)
        if (!h->progress(f->source.call, (double)k, (double)n)
            || !image_read(f, k, dst + (size_t)k * bytes))
            return false;
    return true;
}

static bool fill(image_file *f, const params *p)
{
    loom_call *call = f->source.call;
    const loom_host *h = call->host;
    int64_t order[LOOM_MAX_RANK] = { 0 }, dim[LOOM_MAX_RANK] = { 0 };
    if (!io_check_axes(call, &p->axes, f->rank)) return false;
    for (int32_t k = 0; k < f->rank; k++) {
        order[k] = p->axes.n ? p->axes.v[k] : k;
        dim[k] = f->dim[order[k]];
    }
    loom_value *out = h->output(call, "array");
    char *dst = h->add_array(call, out, "data", f->dtype, f->rank, dim, NULL), *plain = dst;
    size_t size = loom_dtype_bytes(f->dtype);
    if (dst && p->axes.n)
        plain = h->scratch(call, (size_t)(image_count(f) * image_samples(f)) * size);
    if (!plain || !read_images(f, plain)) return false;
    if (plain != dst) io_permute(f->rank, f->dim, order, size, plain, dst);
    set_sizes(f, order, out);
    return set_tilts(f, out);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const image_wishes wishes = { .dataset = p->dataset, .bytes = p->bytes };
    image_file f;
    bool good = image_open(&f, call, "file", p->file.path, &wishes);
    if (good) call->host->note(call, "'%s' is %s", p->file.path, f.format->name);
    good = good && fill(&f, p);
    image_close(&f);
    return good ? LOOM_OK : call->host->cancelled(call) ? LOOM_E_CANCELLED : LOOM_E_DATA;
}

static const loom_op io_read_image = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_image",
    .summary = "The numbers of an image, a stack or a volume, whatever the file's format.",
    .method =
        "The content of the file decides what it is: MRC, DigitalMicrograph 3 and 4, EMD of "
        "Velox and of Berkeley, any dataset of HDF5, series of TIA, TIFF, MATLAB, NumPy "
        "(docs/formats.md). "
        "Unsigned numbers of 8 bits become u8, other whole ones i32, those that need more i64; "
        "reals are kept, those of 16 bits become f32. "
        "Axes are in the order of the file, slowest first; frames of Velox come first, and "
        "MATLAB's axes are reversed, since its first index is the fastest; "
        "rows of TIA, which are stored from the bottom, are put from the top.",
    .cites = "none",
    .limits = "At most four axes. Colours, palettes and complex numbers are refused. "
              "The readers of single formats (io.read_mrc, io.read_tiff, io.read_mat, io.read_npy) "
              "have parameters for what is unusual.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_image", "1.0", "BSD-3-Clause", &io_read_image);
