/* base/error.h - one failure, as data; and how the rooms of framework/ deal with failures.
 *
 * WHAT BASE PROMISES
 *   Errors, growing texts, arenas, digests, numbers, quantities and units: what every room needs
 *   and no room owns. It knows nothing of values, ops or runs, and includes nothing of them.
 * Nothing here prints, exits, or keeps state between calls (but for the table of signals' names).
 *
 * STATES
 *   An error is empty, or holds the first failure of what it was passed through; nothing but its
 *   owner empties it. A text is good, or has failed and stays so until text_free. Both are made by
 *   zero-initialising.
 *
 * WHO MAY CHANGE WHAT
 *   The function that detects a failure writes the message, once: what failed, what was found, what
 *   was expected, what to do. Callers forward it and may add `where` (a parameter or port) if it is
 *   empty. cli/ alone prints it.
 *
 * WHEN THINGS FAIL
 *   A function that may fail returns false (or NULL) with `e` set, and leaves its outputs as they
 *   were or fit to be freed. Out of memory is a failure like others: error_memory. A text that ran
 *   out of memory swallows what follows and says so in `failed`, which is asked once, at the end;
 *   an arena jumps to its `unwind`. What a caller must have ensured is an assert, not an error.
 *
 * Regrets: an error is 1.7 KB, which is why it is passed by pointer and made once per call. Its
 * texts are cut where they do not fit. */
#ifndef ATOMLOOM_BASE_ERROR_H
#define ATOMLOOM_BASE_ERROR_H
#include <atomloom/op.h>
#include <stdarg.h>

/* Zero-initialise: `error e = { 0 };`. Holds no memory of its own, so it needs no freeing. */
typedef struct error {
    loom_status status; /* LOOM_OK: nothing happened yet */
    char where[128];    /* parameter or port at fault, "" where none */
    /* what failed, what was found, what was expected; lower case, no full stop */
    char message[1024];
    char todo[512]; /* what to do next; "" where the message says it */
} error;

/* Record a failure unless one is recorded already (the first one wins). Always returns false, so
 * that a bool function can `return error_set(e, LOOM_E_IO, "check the path", "cannot open '%s':
 * %s", path, strerror(errno));`. `e` may be NULL. */
bool error_set(error *e, loom_status status, const char *todo, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same, and `where`: the parameter or port that is at fault. */
bool error_set_at(error *e, loom_status status, const char *where, const char *todo,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
bool error_vset(error *e, loom_status status, const char *where, const char *todo,
                const char *format, va_list args);

/* Out of memory, for the many places that can only say that. Always returns false. */
bool error_memory(error *e, const char *what);

const char *status_name(loom_status status); /* "E_DATA"; static */
const char *status_text(loom_status status); /* its meaning; static */
int status_exit(loom_status status);         /* exit status of the program */
#endif
