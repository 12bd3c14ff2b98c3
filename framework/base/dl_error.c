/* base/dl_error.c - see dl_error.h */
#include "base/dl_error.h"
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

/* dlopen gives no errno, but its message ends with what strerror says of it. */
static int code_of(const char *reason)
{
    static const int codes[] = { ENOENT, EMFILE,  ENFILE, ENOMEM,       EACCES, EPERM,
                                 EIO,    ENOTDIR, ELOOP,  ENAMETOOLONG, ESTALE, EAGAIN };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (!strcmp(reason, strerror(codes[i]))) return codes[i];
    return 0;
}

dl_error dl_error_read(const char *message)
{
    assert(message);
    dl_error d = { 0 };
    const char *cannot = strstr(message, ": cannot "), *last = strrchr(message, ':');
    if (cannot && !strncmp(cannot + 2, "cannot open shared object file", 30))
        d.file_length = (int)(cannot - message);
    if (last && last[1] == ' ') d.code = code_of(last + 2);
    d.missing = d.file_length && d.code == ENOENT;
    return d;
}
