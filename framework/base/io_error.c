/* base/io_error.c - see io_error.h */
#include "base/io_error.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

typedef struct advice {
    int code;
    const char *user, *store;
} advice;

static const char other_store[] = "choose another store with --store or $ATOMLOOM_STORE";
static const advice advices[] = {
    { ENOSPC, "free some space on that disk, or write to another one",
      "free some space (`atomloom cache gc --max-size SIZE` drops old values) or choose another "
      "store with --store or $ATOMLOOM_STORE" },
    { EDQUOT, "your disk quota is used up: remove something of yours, or write to another disk",
      "your disk quota is used up: remove something of yours (`atomloom cache gc --max-size SIZE` "
      "drops old values) or choose another "
      "store with --store or $ATOMLOOM_STORE" },
    { EROFS, "that disk may only be read: write to another one",
      "make the directory writable, or choose another store with --store or $ATOMLOOM_STORE" },
    { EACCES, "check the permissions of the file and of the directories above it",
      "make the directory writable, or choose another store with --store or $ATOMLOOM_STORE" },
    { EPERM, "check the permissions of the file and of the directories above it",
      "make the directory writable, or choose another store with --store or $ATOMLOOM_STORE" },
    { EFBIG,
      "raise the limit on file sizes (ulimit -f), or write to a file system that takes larger "
      "files",
      "raise the limit on file sizes (ulimit -f), or choose a store on a file system that takes "
      "larger files" },
    { EMFILE, "raise the limit on open files (ulimit -n)", NULL },
    { ENFILE, "the machine has too many open files: close other programs", NULL },
    { ENOMEM, "close other programs or lower --jobs", NULL },
    { EAGAIN, "raise the limit on processes (ulimit -u), or close other programs", NULL },
    { EIO, "the disk reports a fault: check it",
      "the disk reports a fault: check it, and run `atomloom cache verify`" },
    { ESTALE, "the network file system lost the file: try again", NULL },
    { ENOENT, "check the path", NULL },
    { ENOTDIR, "a part of the path is a file, not a directory: check the path", other_store },
    { EISDIR, "it is a directory: give a file",
      "a directory stands where a file of the store belongs: move it away; the file is made "
      "again" },
    { ENAMETOOLONG, "use a shorter path", other_store },
    { ELOOP, "the symbolic links of the path go in a circle", other_store },
    { ETXTBSY, "a program runs from this file: write to another one", NULL },
    { EBUSY, "something else uses it: try again", NULL },
};

const char *io_todo(int code, io_owner owner)
{
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].code == code)
            return owner == IO_STORE && advices[i].store ? advices[i].store : advices[i].user;
    return "check the path and its permissions";
}

bool io_error(error *e, int code, io_owner owner, const char *verb, const char *path)
{
    assert(verb && path);
    return error_set(e, code == ENOMEM ? LOOM_E_MEMORY : LOOM_E_IO, io_todo(code, owner),
                     "cannot %s '%s': %s", verb, path, strerror(code));
}

bool io_is_shortage(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == EACCES || code == EPERM
           || code == EAGAIN || code == EINTR || code == ESTALE;
}
