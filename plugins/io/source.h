/* io/source.h - a file that is read in parts, at any place. */
#ifndef ATOMLOOM_IO_SOURCE_H
#define ATOMLOOM_IO_SOURCE_H
#include <atomloom/op.h>

typedef struct io_source {
    loom_call *call;
    const char *where; /* the parameter that failures are about */
    const char *path;
    int fd; /* -1: not open */
    uint64_t size;
} io_source;

/* Opens the regular file s->path; false after failing. Closed with io_close, in either case. */
bool io_open(io_source *s);
void io_close(io_source *s);
/* The n bytes at that place into dst; false after failing: the file ends before, or cannot be read.
 */
bool io_read_at(const io_source *s, uint64_t at, uint64_t n, void *dst);
/* Always false; the message follows the name of the file. */
bool io_fail(const io_source *s, loom_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
