/* base/io_error.h - a failed system call as a message, with what to do about it. */
#ifndef ATOMLOOM_BASE_IO_ERROR_H
#define ATOMLOOM_BASE_IO_ERROR_H
#include "base/error.h"

/* Whose file it is decides what may be done. */
typedef enum io_owner {
    IO_USER /* a file of the user's */,
    IO_STORE /* a file of the store */
} io_owner;

/* What to do when a system call failed with this errno; static. */
const char *io_todo(int code, io_owner owner);
/* "cannot VERB 'PATH': reason" with io_todo as its hint: LOOM_E_IO, or LOOM_E_MEMORY for ENOMEM.
 * Always returns false. */
bool io_error(error *e, int code, io_owner owner, const char *verb, const char *path);
/* Does this errno say that the process or the machine lacks something (descriptors, memory,
 * rights), so that nothing is known about the file itself? */
bool io_is_shortage(int code);
#endif
