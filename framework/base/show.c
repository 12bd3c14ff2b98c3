/* base/show.c - see show.h */
#include "base/show.h"
#include "base/utf8.h"
#include <assert.h>
#include <string.h>

bool show_hides(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0)          /* C0, DEL, C1 */
           || c == 0x061c || c == 0x200e || c == 0x200f /* marks of direction */
           || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2066 && c <= 0x2069)                 /* separators, overrides, isolates */
           || c == 0xfeff || (c >= 0xe0000 && c < 0xe0080) /* without width */
           || (c & 0xfffe) == 0xfffe;                      /* no characters; XML has none of them */
}

static void escape(text *out, uint32_t c, bool byte)
{
    if (c == '\n') text_puts(out, "\\n");
    else if (c == '\r') text_puts(out, "\\r");
    else if (c == '\t') text_puts(out, "\\t");
    else if (byte || c < 0x80) text_printf(out, "\\x%02x", c);
    else text_printf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
}

static void show(text *out, const char *s, size_t n, bool lines)
{
    assert(s || !n);
    for (size_t i = 0, bytes; i < n; i += bytes ? bytes : 1) {
        uint32_t c = 0;
        bytes = utf8_read(s + i, n - i, &c);
        if (!bytes) escape(out, (unsigned char)s[i], true);
        else if (!show_hides(c) || (lines && (c == '\n' || c == '\t'))) text_add(out, s + i, bytes);
        else if (!(lines && c == '\r' && i + 1 < n && s[i + 1] == '\n')) escape(out, c, false);
    }
}

bool show_changes(const char *s)
{
    for (size_t left = strlen(s), n; left; s += n, left -= n) {
        uint32_t c = 0;
        n = utf8_read(s, left, &c);
        if (!n || show_hides(c)) return true;
    }
    return false;
}

void show_line(text *out, const char *s, size_t n) { show(out, s, n, false); }
void show_lines(text *out, const char *s, size_t n) { show(out, s, n, true); }

/* `s` shown on one line, with some characters replaced: marks[i] by words[i]. */
static void show_with(text *out, const char *s, size_t n, const char *marks,
                      const char *const *words)
{
    assert(s || !n);
    text line = { 0 };
    show_line(&line, s, n);
    for (const char *c = line.data; c && *c; c++) {
        const char *mark = strchr(marks, *c);
        assert(!mark || words[mark - marks]);
        if (mark) text_puts(out, words[mark - marks]);
        else text_putc(out, *c);
    }
    out->failed |= line.failed;
    text_free(&line);
}

void show_xml(text *out, const char *s)
{
    static const char *const words[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    show_with(out, s, strlen(s), "&<>\"'", words);
}

void show_dot(text *out, const char *s, size_t n)
{
    static const char *const words[] = { "\\\"", "\\\\" };
    show_with(out, s, strnlen(s, n), "\"\\", words);
}
