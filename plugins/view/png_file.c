/* png_file.c - see png_file.h. */
#include "png_file.h"
#include <png.h>
#include <string.h>

/* libpng's own simplified interface would do, but picks its settings by version; these are fixed.
 */
typedef struct sink {
    uint8_t *bytes;
    size_t used, room;
} sink;

static void take(png_structp png, png_bytep data, size_t count)
{
    sink *s = png_get_io_ptr(png);
    if (s->used + count > s->room) png_error(png, "file larger than its bound");
    memcpy(s->bytes + s->used, data, count);
    s->used += count;
}

static void nothing(png_structp png) { (void)png; }

static void keep_error(png_structp png, png_const_charp text)
{
    *(const char **)png_get_error_ptr(png) = text;
    png_longjmp(png, 1);
}

static void no_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* False with a text in *error. setjmp lives here alone, with no variable that changes after it. */
static bool encode(const canvas *c, sink *s, const char **error)
{
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, (void *)error, keep_error, no_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_set_write_fn(png, s, take, nothing);
    png_set_IHDR(png, info, (png_uint_32)c->width, (png_uint_32)c->height, 8, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 6);
    png_write_info(png, info);
    for (int64_t y = 0; y < c->height; y++) png_write_row(png, c->grey + y * c->width);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return true;
}

loom_status png_output(loom_call *call, const char *port, const canvas *c)
{
    const loom_host *h = call->host;
    const char *error = "out of memory";
    size_t raw = (size_t)(c->height * (c->width + 1));
    sink s = { .room = raw + raw / 500 + 65536 }; /* zlib's worst case, chunk heads */
    if (!(s.bytes = h->scratch(call, s.room))) return LOOM_E_MEMORY;
    if (!encode(c, &s, &error))
        return h->fail(call, LOOM_E_BUG, NULL, "libpng could not write the picture: %s", error);
    loom_value *file = h->output(call, port);
    uint8_t *bytes =
        file ? h->add_array(call, file, "bytes", LOOM_U8, 1, (int64_t[]){ (int64_t)s.used }, NULL)
             : NULL;
    if (!bytes) return LOOM_E_MEMORY;
    memcpy(bytes, s.bytes, s.used);
    h->set_text(call, file, "media_type", "image/png");
    h->set_text(call, file, "extension", "png");
    return LOOM_OK;
}
