/* base/text.c - see text.h */
#include "base/text.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(text *t, size_t extra)
{
    assert(!t->data || t->length < t->capacity);
    if (t->failed) return false;
    size_t need = t->length + extra + 1;
    if (need <= t->capacity) return true;
    size_t capacity = t->capacity ? t->capacity : 64;
    while (capacity < need) capacity *= 2;
    char *data = realloc(t->data, capacity);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->capacity = capacity;
    return true;
}

void text_add(text *t, const void *bytes, size_t n)
{
    assert(bytes || !n);
    if (!reserve(t, n)) return;
    if (n) memcpy(t->data + t->length, bytes, n);
    t->length += n;
    t->data[t->length] = 0;
}

void text_puts(text *t, const char *s) { text_add(t, s, strlen(s)); }
void text_putc(text *t, char c) { text_add(t, &c, 1); }

void text_vprintf(text *t, const char *format, va_list args)
{
    va_list again;
    assert(t->length <= t->capacity);
    va_copy(again, args);
    size_t room = t->capacity - t->length; /* most texts fit where they are */
    int n = t->failed ? -1 : vsnprintf(t->data ? t->data + t->length : NULL, room, format, args);
    if (n >= 0 && (size_t)n >= room && reserve(t, (size_t)n))
        vsnprintf(t->data + t->length, (size_t)n + 1, format, again);
    if (n >= 0 && !t->failed) t->length += (size_t)n;
    va_end(again);
}

void text_printf(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(t, format, args);
    va_end(args);
}

void text_clear(text *t)
{
    assert(!t->data || t->capacity > 0);
    t->length = 0;
    if (t->data) t->data[0] = 0;
}

void text_free(text *t)
{
    free(t->data);
    *t = (text){ 0 };
}

char *text_take(text *t)
{
    char *data = t->failed ? NULL : t->data;
    if (!data) free(t->data);
    *t = (text){ 0 };
    return data;
}

const char *text_last_line(text *t)
{
    while (t->length && strchr("\n\r ", t->data[t->length - 1])) t->data[--t->length] = 0;
    const char *line = t->length ? strrchr(t->data, '\n') : NULL;
    assert(!line || line[1]);
    return line ? line + 1 : t->length ? t->data : "";
}

int edit_distance(const char *a, const char *b, int cap)
{
    assert(cap >= 0);
    enum { LONGEST = 96 };
    int na = (int)strnlen(a, LONGEST), nb = (int)strnlen(b, LONGEST);
    int row[3][LONGEST + 1];
    for (int j = 0; j <= nb; j++) row[0][j] = j;
    for (int i = 1; i <= na; i++) {
        assert(na <= LONGEST && nb <= LONGEST);
        int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= nb; j++) {
            int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
            int d = last[j - 1] + (ca != cb);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2])
                && tolower((unsigned char)a[i - 2]) == cb && before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
        }
    }
    int d = row[na % 3][nb];
    return d < cap ? d : cap;
}

int nearest_word(const char *word, const char *const *candidates, int n)
{
    assert(word && (candidates || !n));
    int length = (int)strlen(word), allowed = length / 3 > 1 ? length / 3 : 1, best = -1,
        best_distance = allowed + 1;
    for (int i = 0; i < n; i++) {
        int d = edit_distance(word, candidates[i], best_distance);
        if (d < best_distance) {
            best_distance = d;
            best = i;
        }
    }
    return best;
}
