/* base/text.h - a growing text, and the few string helpers the framework needs. */
#ifndef ATOMLOOM_BASE_TEXT_H
#define ATOMLOOM_BASE_TEXT_H
#include "base/number.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise; `text_free` when done. `data` is NUL-terminated once anything was added, else
 * NULL. Bytes may hold NULs. Out of memory is remembered in `failed` and makes every later call a
 * no-op, so that it is checked once, at the end. */
typedef struct text {
    char *data;
    size_t length, capacity;
    bool failed;
} text;

/* At the end of `t`. Formats as in printf. */
void text_add(text *t, const void *bytes, size_t n);
void text_puts(text *t, const char *s);
void text_putc(text *t, char c);
void text_printf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(text *t, const char *format, va_list args);
void text_clear(text *t); /* length 0, memory kept */
void text_free(text *t);  /* back to zero-initialised */
/* the data, owned by the caller; NULL when it had failed or is empty; `t` is empty afterwards */
char *text_take(text *t);
/* Its last line that is not empty, within `t`, which loses what follows it; "" where it has none.
 * What programs say when they fail ends with the reason. */
const char *text_last_line(text *t);

/* Damerau-Levenshtein distance, capped at `cap`. */
int edit_distance(const char *a, const char *b, int cap);
/* Index of the candidate nearest to `word` (at most a third of its length away, at least 1
 * allowed), or -1. */
int nearest_word(const char *word, const char *const *candidates, int n);
#endif
