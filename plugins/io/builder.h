/* io/builder.h - a text that grows in scratch memory, for writers. */
#ifndef ATOMLOOM_IO_BUILDER_H
#define ATOMLOOM_IO_BUILDER_H
#include <atomloom/op.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct io_text {
    loom_call *call;
    char *data;
    size_t n, room;
    bool failed;
} io_text;

/* Append as printf does; after a failed allocation (already reported) nothing more happens. */
static inline __attribute__((format(printf, 2, 3))) void io_print(io_text *t, const char *format,
                                                                  ...)
{
    va_list args;
    for (int tries = 0; !t->failed && tries < 2; tries++) {
        va_start(args, format);
        int length = vsnprintf(t->data ? t->data + t->n : NULL, t->room - t->n, format, args);
        va_end(args);
        if (length < 0) {
            t->failed = true;
            return;
        }
        if (t->n + (size_t)length < t->room) {
            t->n += (size_t)length;
            return;
        }
        size_t room = 2 * (t->room + (size_t)length) + 4096;
        char *more = t->call->host->scratch(t->call, room);
        if (!more) {
            t->failed = true;
            return;
        }
        if (t->n) memcpy(more, t->data, t->n);
        t->call->host->release(t->call, t->data);
        t->data = more;
        t->room = room;
    }
}

/* The bytes become the output `file`. */
static inline loom_status io_finish_file(loom_call *call, const void *bytes, size_t n,
                                         const char *media_type, const char *extension)
{
    loom_value *file = call->host->output(call, "file");
    void *dst =
        call->host->add_array(call, file, "bytes", LOOM_U8, 1, (int64_t[]){ (int64_t)n }, NULL);
    if (!dst) return LOOM_E_MEMORY;
    if (n) memcpy(dst, bytes, n);
    call->host->set_text(call, file, "media_type", media_type);
    call->host->set_text(call, file, "extension", extension);
    return LOOM_OK;
}
#endif
