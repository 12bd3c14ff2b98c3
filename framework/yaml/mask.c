/* yaml/mask.c - what libyaml must not see as it is, see syntax.h
 *
 * YAML ends a plain text inside { } or [ ] at any of { } [ ] and ','. Within ${...} and after a
 * word these are stood in for, character by character, while libyaml reads (columns count
 * characters, so places stay right), and put back in every text. So are U+0085, U+2028 and U+2029,
 * which are ends of lines in YAML 1.1 and to libyaml, but not in YAML 1.2 nor in any editor. */
#include "yaml/syntax.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char flow_marks[] = "{}[],";
static const char *const odd_breaks[] = { "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };
enum {
    FLOW_MARKS = sizeof flow_marks - 1,
    STAND_INS = FLOW_MARKS + sizeof odd_breaks / sizeof *odd_breaks
};
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The brackets of one line, in order: where each is closed, nested pairs of its kind included. A
 * quote ends what is open. */
typedef struct pairs {
    const char **end; /* behind the one that closes it; NULL where none does */
    size_t *open[2];  /* those not closed yet, { and [ apart */
    size_t count, open_count[2], room;
} pairs;

static bool make_room(pairs *p)
{
    if (p->count < p->room) return true;
    size_t room = p->room ? 2 * p->room : 64;
    assert(p->count == p->room);
    const char **end = realloc(p->end, room * sizeof *end);
    if (end) p->end = end;
    size_t *curly = realloc(p->open[0], room * sizeof *curly);
    if (curly) p->open[0] = curly;
    size_t *square = realloc(p->open[1], room * sizeof *square);
    if (square) p->open[1] = square;
    if (!end || !curly || !square) return false;
    p->room = room;
    return true;
}

static bool match_line(pairs *p, const char *line, const char *end)
{
    assert(line <= end);
    p->count = p->open_count[0] = p->open_count[1] = 0;
    for (const char *c = line; c < end; c++) {
        int kind = *c == '[' || *c == ']';
        if (*c == '{' || *c == '[') {
            if (!make_room(p)) return false;
            p->open[kind][p->open_count[kind]++] = p->count;
            p->end[p->count++] = NULL;
        } else if ((*c == '}' || *c == ']') && p->open_count[kind])
            p->end[p->open[kind][--p->open_count[kind]]] = c + 1;
        else if (*c == '"' || *c == '\'') p->open_count[0] = p->open_count[1] = 0;
    }
    return true;
}

/* ${ or word[ */
static bool is_ours(const char *start, const char *c)
{
    assert(c >= start);
    return c > start && ((*c == '{' && c[-1] == '$') || (*c == '[' && is_word(c[-1])));
}

/* The number of the stand-in for what is at c, and its length; -1 where it stays. */
static int stand_in_for(const char *c, const char *end, bool inside, size_t *length)
{
    const char *mark = inside ? strchr(flow_marks, *c) : NULL;
    *length = 1;
    if (mark && *mark) return (int)(mark - flow_marks);
    if ((*c & 0x80) == 0) return -1;
    for (int i = FLOW_MARKS; i < STAND_INS; i++) {
        const char *odd = odd_breaks[i - FLOW_MARKS];
        *length = strlen(odd);
        if ((size_t)(end - c) >= *length && !memcmp(c, odd, *length)) return i;
    }
    return -1;
}

static void mask_line(const pairs *p, const char *start, const char *line, const char *end,
                      text *out)
{
    assert(start <= line && line <= end);
    const char *inside = line, *done = line;
    size_t k = 0;
    for (const char *c = line; c < end; c++) {
        if (*c == '{' || *c == '[') {
            if (c >= inside && is_ours(start, c) && p->end[k]) inside = p->end[k];
            k++;
        }
        if (c >= inside && !(*c & 0x80)) continue; /* nearly all characters */
        size_t length;
        int mark = stand_in_for(c, end, c < inside, &length);
        if (mark < 0) continue;
        char stand_in[] = YAML_STAND_IN "?";
        stand_in[YAML_STAND_IN_BYTES - 1] = (char)(0xb0 + mark);
        text_add(out, done, (size_t)(c - done));
        text_add(out, stand_in, YAML_STAND_IN_BYTES);
        done = c + length;
    }
    text_add(out, done, (size_t)(end - done));
}

/* Is there anything beyond ASCII? */
static bool is_wide(const source *from)
{
    unsigned char all = 0;
    for (size_t i = 0; i < from->length; i++) all |= (unsigned char)from->text[i];
    return all & 0x80;
}

/* Few lines with brackets have any that are ours. */
static bool has_ours(const char *start, const char *line, const char *end)
{
    for (const char *c = line; (c = memchr(c, '[', (size_t)(end - c))); c++)
        if (is_ours(start, c)) return true;
    for (const char *c = line; (c = memchr(c, '$', (size_t)(end - c))); c++)
        if (c + 1 < end && c[1] == '{') return true;
    return false;
}

bool mask_marks(const source *from, text *out)
{
    pairs p = { 0 };
    const char *end = from->text + from->length, *done = from->text;
    bool good = true, wide = is_wide(from);
    for (const char *line = from->text; good && line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop + 1 : end;
        if (wide || has_ours(from->text, line, stop)) {
            text_add(out, done, (size_t)(line - done));
            good = match_line(&p, line, stop);
            if (good) mask_line(&p, from->text, line, stop, out);
            done = stop;
        }
        line = stop;
    }
    text_add(out, done, (size_t)(end - done));
    free(p.end);
    free(p.open[0]);
    free(p.open[1]);
    return good && !out->failed;
}

size_t unmask_marks(char *s, size_t length)
{
    assert(s);
    const char *first = memchr(s, YAML_STAND_IN[0], length); /* nearly no text has any */
    size_t n = first ? (size_t)(first - s) : length;
    for (size_t i = n; i < length; i++) {
        if (length - i >= YAML_STAND_IN_BYTES && !memcmp(s + i, YAML_STAND_IN, 3)
            && (unsigned char)s[i + 3] - 0xb0u < STAND_INS) {
            unsigned mark = (unsigned char)s[i + 3] - 0xb0u;
            const char *odd = mark < FLOW_MARKS ? NULL : odd_breaks[mark - FLOW_MARKS];
            size_t bytes = odd ? strlen(odd) : 1;
            memcpy(s + n, odd ? odd : &flow_marks[mark], bytes);
            n += bytes;
            i += YAML_STAND_IN_BYTES - 1;
        } else s[n++] = s[i];
    }
    return n;
}
