/* io/source.c - see source.h. */
#include "io/source.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool io_fail(const io_source *s, loom_status status, const char *format, ...)
{
    char text[700];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    s->call->host->fail(s->call, status, s->where, "'%s' %s", s->path, text);
    return false;
}

bool io_open(io_source *s)
{
    const loom_host *h = s->call->host;
    struct stat info;
    s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &info)) {
        h->fail(s->call, LOOM_E_IO, s->where, "cannot read '%s': %s", s->path, strerror(errno));
        return false;
    }
    if (!S_ISREG(info.st_mode)) {
        h->fail(s->call, LOOM_E_IO, s->where, "cannot read '%s': it is not a regular file",
                s->path);
        return false;
    }
    s->size = (uint64_t)info.st_size;
    return true;
}

void io_close(io_source *s)
{
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
}

bool io_read_at(const io_source *s, uint64_t at, uint64_t n, void *dst)
{
    if (at > s->size || n > s->size - at)
        return io_fail(s, LOOM_E_IO,
                       "is damaged or was cut short: %llu bytes at byte %llu are needed, and it "
                       "ends at byte %llu",
                       (unsigned long long)n, (unsigned long long)at, (unsigned long long)s->size);
    for (uint64_t done = 0; done < n;) {
        ssize_t got = pread(s->fd, (char *)dst + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            s->call->host->fail(s->call, LOOM_E_IO, s->where, "cannot read '%s' at byte %llu: %s",
                                s->path, (unsigned long long)(at + done),
                                got ? strerror(errno) : "it became shorter");
            return false;
        }
        done += (uint64_t)got;
    }
    return true;
}
