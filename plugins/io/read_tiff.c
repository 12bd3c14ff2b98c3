/* io.read_tiff - the pages of a TIFF file as a stack of images. */
#include <atomloom/op.h>
#include "io/source.h"
#include "io/tiff.h"

typedef struct params {
    loom_path file;
    int32_t white_is_zero, orientation;
    bool lenient;
} params;
static const char *const white_choices[] = { "refuse", "invert", "keep", NULL };
static const char *const orientation_choices[] = { "check", "apply", "ignore", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "TIFF file, one or many pages"),
    LOOM_PARAM(
        params, white_is_zero, .choices = white_choices,
        .doc = "what to do with a file in which 0 is white and the greatest number black: refuse "
               "it, invert it, or keep its numbers"),
    LOOM_PARAM(
        params, orientation, .choices = orientation_choices,
        .doc = "what to do with a file whose first row is not at the top or first column not at "
               "the left: refuse it, turn the images so that they are, or ignore the tag"),
    LOOM_PARAM(
        params, lenient, .flags = LOOM_ADVANCED,
        .doc = "read a file that breaks rules of the format in what does not concern its pages: "
               "unknown tags, tags out of order, bytes that belong to no page"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "array", "array", "[page][y][x], or [y][x] of a single page", 0 }, { 0 }
};

static loom_status read_images(tiff_stack *r)
{
    loom_call *call = r->s.call;
    const loom_host *h = call->host;
    const tiff_page *p = &r->first;
    int64_t dim[3] = { (int64_t)r->images };
    tiff_image_shape(r, &dim[1], &dim[2]);
    size_t bytes = p->width * p->height * loom_dtype_bytes(tiff_dtype(p));
    int32_t rank = r->images > 1 ? 3 : 2;
    char *dst = h->add_array(call, h->output(call, "array"), "data", tiff_dtype(p), rank,
                             dim + (3 - rank), NULL);
    if (!dst) return LOOM_E_MEMORY;
    for (uint64_t k = 0; k < r->images; k++, dst += bytes) {
        if (!h->progress(call, (double)k, (double)r->images)) return LOOM_E_CANCELLED;
        if (!tiff_read_image(r, k, dst)) return LOOM_E_DATA;
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    io_source file = { .call = call, .where = "file", .path = p->file.path, .fd = -1 };
    tiff_stack *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (tiff_stack){ .white = (tiff_white)p->white_is_zero, .turn = (tiff_turn)p->orientation };
    loom_status status = LOOM_E_IO;
    if (io_open(&file)) {
        r->s = (tiff_source){ .call = call,
                              .where = "file",
                              .path = p->file.path,
                              .fd = file.fd,
                              .size = file.size,
                              .lenient = p->lenient };
        status = tiff_open_stack(r)   ? read_images(r)
                 : h->cancelled(call) ? LOOM_E_CANCELLED
                                      : LOOM_E_DATA;
        tiff_close_stack(r);
    }
    io_close(&file);
    return status;
}

static const loom_op io_read_tiff = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_tiff",
    .summary = "The pages of a TIFF file as a stack of images.",
    .method =
        "Classic TIFF and BigTIFF, strips and tiles, every compression that libtiff knows, and "
        "stacks of ImageJ and tifffile with one directory. "
        "Unsigned numbers of up to 8 bits become u8, other whole ones i32, of more than 31 "
        "bits i64; reals of 16 bits become f32, others are kept. "
        "Rows run downwards in the file and are kept in that order.\n\n"
        "The list of pages must be whole: each directory is checked, no two things share "
        "bytes, and no page's worth of bytes belongs to nothing. "
        "Packed strips are checked to their last byte (Deflate with its checksum).",
    .cites = "none",
    .limits =
        "One grey channel; all pages of one size and kind. "
        "Colours, palettes, complex numbers, masks and thumbnails are refused. "
        "Changed bits among pixels are always noticed in Deflate, mostly in LZW and PackBits: "
        "the others have no checksum. "
        "Numbers that are not finite are refused: replace NaN first, no op does so.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_tiff", "1.0", "BSD-3-Clause", &io_read_tiff);
