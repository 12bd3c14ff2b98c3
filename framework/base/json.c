/* base/json.c - see json.h */
#include "base/json.h"
#include "base/show.h"
#include "base/utf8.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* A character as \u1234, or as a pair of surrogates. */
static void escaped(text *out, uint32_t c)
{
    assert(c <= 0x10ffff);
    if (c < 0x10000) text_printf(out, "\\u%04x", c);
    else text_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

void json_quoted(text *out, const char *s)
{
    if (!s) {
        text_puts(out, "null");
        return;
    }
    text_putc(out, '"');
    for (size_t left = strlen(s), n; left; s += n ? n : 1, left -= n ? n : 1) {
        uint32_t c = 0;
        n = utf8_read(s, left, &c);
        assert(n <= left);
        if (!n) text_puts(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\') text_printf(out, "\\%c", (char)c);
        else if (c == '\n') text_puts(out, "\\n");
        else if (show_hides(c)) escaped(out, c);
        else text_add(out, s, n);
    }
    text_putc(out, '"');
}

void json_escape(text *out, const char *json)
{
    assert(json);
    for (size_t left = strlen(json), n; left; json += n ? n : 1, left -= n ? n : 1) {
        uint32_t c = 0;
        n = utf8_read(json, left, &c);
        if (!n) text_puts(out, "\xef\xbf\xbd");
        else if (c != '\n' && show_hides(c))
            escaped(out, c); /* a line end is never inside a text */
        else text_add(out, json, n);
    }
}

void json_number(text *out, double v)
{
    char number[32];
    text_puts(out, isfinite(v) ? number_text(v, number) : "null");
}

void json_name(text *out, const char *name)
{
    assert(name);
    if (out->length && out->data[out->length - 1] != '{') text_puts(out, ", ");
    json_quoted(out, name);
    text_puts(out, ": ");
}

void json_member(text *out, const char *name, const char *s)
{
    json_name(out, name);
    json_quoted(out, s);
}

void json_member_number(text *out, const char *name, double v)
{
    json_name(out, name);
    json_number(out, v);
}
