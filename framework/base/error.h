/* base/error.h - one failure, as data. The function that detects it writes the message; callers
 * forward it. */
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
