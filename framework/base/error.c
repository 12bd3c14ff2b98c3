/* base/error.c - see error.h */
#include "base/error.h"
#include "base/utf8.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
    int exit_status;
} statuses[] = {
#define X(name, exit_status, text) { #name, text, exit_status },
    LOOM_STATUS_MAP(X)
#undef X
};

static unsigned known(loom_status status)
{
    return (unsigned)status < LOOM_STATUS_COUNT ? (unsigned)status : (unsigned)LOOM_E_BUG;
}

const char *status_name(loom_status status) { return statuses[known(status)].name; }
const char *status_text(loom_status status) { return statuses[known(status)].text; }
int status_exit(loom_status status) { return statuses[known(status)].exit_status; }

/* A text that was longer than its array ends in "...", and not in the middle of a character. */
static void end_whole(char *s, size_t size, int length)
{
    assert(size > 4 && strlen(s) < size);
    if (length >= (int)size) memcpy(s + utf8_cut(s, size - 4), "...", 4);
}

bool error_vset(error *e, loom_status status, const char *where, const char *todo,
                const char *format, va_list args)
{
    assert(format);
    if (!e || e->status != LOOM_OK) return false;
    e->status = status == LOOM_OK ? LOOM_E_BUG : status;
    end_whole(e->where, sizeof e->where,
              snprintf(e->where, sizeof e->where, "%s", where ? where : ""));
    end_whole(e->todo, sizeof e->todo, snprintf(e->todo, sizeof e->todo, "%s", todo ? todo : ""));
    end_whole(e->message, sizeof e->message,
              vsnprintf(e->message, sizeof e->message, format, args));
    return false;
}

bool error_set(error *e, loom_status status, const char *todo, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(e, status, NULL, todo, format, args);
    va_end(args);
    return false;
}

bool error_set_at(error *e, loom_status status, const char *where, const char *todo,
                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(e, status, where, todo, format, args);
    va_end(args);
    return false;
}

bool error_memory(error *e, const char *what)
{
    return error_set(e, LOOM_E_MEMORY, "close other programs or lower --jobs",
                     "out of memory for %s", what);
}
