/* base/json.c - see json.h */
#include "base/json.h"
#include <math.h>
#include <string.h>

/* Length of the UTF-8 sequence at s, or 0 where there is none. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    int n = s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) return 0;
    return n;
}

void json_quoted(text *out, const char *s)
{
    if (!s) {
        text_puts(out, "null");
        return;
    }
    text_putc(out, '"');
    for (const unsigned char *c = (const unsigned char *)s; *c;) {
        int n = utf8_length(c);
        if (!n) text_puts(out, "\xef\xbf\xbd");
        else if (*c == '"' || *c == '\\') text_printf(out, "\\%c", *c);
        else if (*c == '\n') text_puts(out, "\\n");
        else if (*c < 32) text_printf(out, "\\u%04x", *c);
        else text_add(out, c, (size_t)n);
        c += n ? n : 1;
    }
    text_putc(out, '"');
}

void json_number(text *out, double v)
{
    char number[32];
    text_puts(out, isfinite(v) ? number_text(v, number) : "null");
}

void json_name(text *out, const char *name)
{
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
