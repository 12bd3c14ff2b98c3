/* io/tiff_decode.c - libtiff, which unpacks; see tiff.h. What it calls a warning while unpacking
 * (runs that are too long, JPEG data that end early) is damage here. */
#include "io/tiff.h"
#include <stdio.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

struct tiff_decoder {
    const tiff_source *source;
    TIFF *tiff;
    char text[256]; /* the library's first complaint */
};

static void keep(tiff_decoder *d, const char *format, va_list args)
{
    if (!*d->text) vsnprintf(d->text, sizeof d->text, format, args);
}

/* Handlers of one file where the library has them (4.5, 2022); in older ones, one for all, which
 * are put back: a worker runs one op at a time. */
#if TIFFLIB_VERSION >= 20221213
static int on_message(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    (void)tiff, (void)module;
    keep(user, format, args);
    return 1;
}

static TIFF *open_tiff(tiff_decoder *d, int fd)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_message, d);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_message, d);
    TIFF *tiff = TIFFFdOpenExt(fd, d->source->path, "rm", options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

static void restore_handlers(void) {}
#else
static __thread tiff_decoder *current;
static TIFFErrorHandler error_before, warning_before;

static void on_message(const char *module, const char *format, va_list args)
{
    (void)module;
    if (current) keep(current, format, args);
}

static TIFF *open_tiff(tiff_decoder *d, int fd)
{
    current = d;
    error_before = TIFFSetErrorHandler(on_message);
    warning_before = TIFFSetWarningHandler(on_message);
    return TIFFFdOpen(fd, d->source->path, "rm");
}

static void restore_handlers(void)
{
    TIFFSetErrorHandler(error_before);
    TIFFSetWarningHandler(warning_before);
    current = NULL;
}
#endif

bool tiff_can_decode(uint16_t compression)
{
    return compression != COMPRESSION_OJPEG && TIFFIsCODECConfigured(compression);
}

tiff_decoder *tiff_open_decoder(const tiff_source *s)
{
    tiff_decoder *d = s->call->host->scratch(s->call, sizeof *d);
    int fd = dup(s->fd); /* which the library closes */
    if (!d || fd < 0) {
        if (fd >= 0) close(fd);
        if (d) tiff_fail(s, 0, "cannot be opened once more");
        return NULL;
    }
    *d = (tiff_decoder){ .source = s };
    d->tiff = open_tiff(d, fd);
    if (d->tiff) return d;
    tiff_fail(s, 0, "the TIFF library cannot open it: %s", d->text);
    close(fd);
    restore_handlers();
    return NULL;
}

void tiff_close_decoder(tiff_decoder *d)
{
    if (!d) return;
    TIFFClose(d->tiff);
    restore_handlers();
}

bool tiff_begin_page(tiff_decoder *d, uint64_t directory, int64_t page)
{
    *d->text = 0;
    if (TIFFSetSubDirectory(d->tiff, directory)) return true;
    return tiff_fail(d->source, page, "the TIFF library cannot read its directory: %s", d->text);
}

bool tiff_decode(tiff_decoder *d, bool tiled, uint64_t index, int64_t page, void *dst,
                 uint64_t bytes)
{
    *d->text = 0;
    memset(dst, 0, bytes); /* the same bytes each time, whatever the library leaves unwritten */
    tmsize_t got = tiled ? TIFFReadEncodedTile(d->tiff, (uint32_t)index, dst, (tmsize_t)bytes)
                         : TIFFReadEncodedStrip(d->tiff, (uint32_t)index, dst, (tmsize_t)bytes);
    if (got == (tmsize_t)bytes && (!*d->text || d->source->lenient)) return true;
    return tiff_fail(d->source, page, "its %s %llu cannot be unpacked: %s",
                     tiled ? "tile" : "strip", (unsigned long long)index + 1,
                     *d->text ? d->text : "it is too short");
}
