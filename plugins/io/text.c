/* io/text.c - see text.h. */
#include "io/text.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

io_span io_trimmed(io_span s)
{
    while (s.at < s.end && (*s.at == ' ' || *s.at == '\t')) s.at++;
    while (s.end > s.at && (s.end[-1] == ' ' || s.end[-1] == '\t')) s.end--;
    return s;
}

/* ---- is it text? -------------------------------------------------------------------------------
 */

/* Bytes of the UTF-8 character at b (n bytes are left); 0 where there is none: RFC 3629, table 3-7
 * of the Unicode standard. */
static size_t character(const unsigned char *b, size_t n)
{
    if (b[0] < 0x80) return 1;
    size_t length = b[0] >= 0xc2 && b[0] <= 0xdf   ? 2
                    : (b[0] & 0xf0) == 0xe0        ? 3
                    : b[0] >= 0xf0 && b[0] <= 0xf4 ? 4
                                                   : 0;
    if (!length || length > n) return 0;
    for (size_t k = 1; k < length; k++)
        if ((b[k] & 0xc0) != 0x80) return 0;
    bool overlong = (b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xf0 && b[1] < 0x90);
    bool beyond = (b[0] == 0xed && b[1] > 0x9f) || (b[0] == 0xf4 && b[1] > 0x8f);
    return overlong || beyond ? 0 : length;
}

/* Control characters that text holds: tab and the ends of lines. A lone CR ends a line in files
 * that have no LF, and is damage in others. */
static bool belongs_to_text(const unsigned char *b, bool has_lf)
{
    return (*b >= ' ' && *b != 127) || *b == '\t' || *b == '\n'
           || (*b == '\r' && (!has_lf || b[1] == '\n'));
}

static bool refuse(loom_call *call, const char *where, const char *path, const unsigned char *bytes,
                   size_t at)
{
    int64_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < at; i++)
        if (bytes[i] == '\n' || (bytes[i] == '\r' && !memchr(bytes, '\n', at))) {
            line++;
            start = i + 1;
        }
    call->host->fail(call, LOOM_E_DATA, where, "'%s' line %lld: byte %zu is 0x%02x, %s", path,
                     (long long)line, at - start + 1, bytes[at],
                     bytes[at] >= 0x80 ? "which is not UTF-8; save the file as UTF-8"
                                       : "a control character; the file is damaged or is not text");
    return false;
}

bool io_text_of(loom_call *call, const char *where, const char *path, const unsigned char *bytes,
                size_t n, io_span *out)
{
    if (n >= 2
        && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff))) {
        call->host->fail(call, LOOM_E_DATA, where, "'%s' is UTF-16; save it as UTF-8", path);
        return false;
    }
    bool has_lf = memchr(bytes, '\n', n) != NULL;
    for (size_t i = 0, length; i < n; i += length)
        if (!(length = character(bytes + i, n - i)) || !belongs_to_text(bytes + i, has_lf))
            return refuse(call, where, path, bytes, i);
    size_t mark = n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    *out = (io_span){ (const char *)bytes + mark, (const char *)bytes + n };
    return true;
}

/* ---- cut short? --------------------------------------------------------------------------------
 */

static io_span last_field(io_span line, char separator)
{
    line = io_trimmed(line);
    const char *at = line.end;
    while (at > line.at && at[-1] != ' ' && at[-1] != '\t' && at[-1] != separator) at--;
    return (io_span){ at, line.end };
}

/* What follows the decimal point; -1: none. */
static int64_t decimals(io_span s)
{
    const char *point = memchr(s.at, '.', io_length_of(s));
    return point ? s.end - point - 1 : -1;
}

/* Is the word `whole` longer than `part`, and begins with it? */
static bool continues(io_span whole, io_span part)
{
    return io_length_of(whole) > io_length_of(part)
           && !memcmp(whole.at, part.at, io_length_of(part));
}

bool io_check_last_line(loom_call *call, const char *where, const char *path, io_span rows,
                        char separator)
{
    const loom_host *h = call->host;
    io_lines lines = { rows.at, rows.end, 0 };
    io_span line, last, field;
    int64_t places = -1, n = 0;
    bool fixed = true, longer = false, known = false;
    if (rows.at == rows.end || rows.end[-1] == '\n' || rows.end[-1] == '\r') return true;
    line = (io_span){ rows.end, rows.end };
    while (line.at > rows.at && line.at[-1] != '\n' && line.at[-1] != '\r') line.at--;
    last = last_field(line, separator);
    bool number = io_number_of(last).kind != IO_NO_NUMBER;
    while (io_next_line(&lines, &line) && line.end < rows.end) {
        field = last_field(line, separator);
        if ((io_number_of(field).kind != IO_NO_NUMBER) != number)
            continue; /* a heading, a blank line */
        fixed = fixed && (!n || decimals(field) == places);
        places = decimals(field);
        longer = longer || continues(field, last);
        known = known
                || (io_length_of(field) == io_length_of(last)
                    && !memcmp(field.at, last.at, io_length_of(last)));
        n++;
    }
    bool empty = separator != ' ' && rows.end[-1] == separator;
    bool cut = empty ? true : number ? n > 1 && fixed && decimals(last) < places : longer && !known;
    if (cut)
        h->fail(call, LOOM_E_DATA, where,
                "'%s' was cut short: its last line has no line break, and "
                "its last field '%.*s' is shorter than in the lines before",
                path, io_shown(last), last.at);
    else
        h->warn(call, where,
                "the last line of '%s' has no line break; if the file was cut short, its "
                "last field '%.*s' may be too",
                path, io_shown(last), last.at);
    return !cut;
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

static const char *digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') at++;
    return at;
}

static const char *sign(const char *at, const char *end)
{
    return at < end && (*at == '+' || *at == '-') ? at + 1 : at;
}

/* Where the decimal number at the beginning of s ends; s.at where there is none. */
static const char *decimal(io_span s, bool *whole)
{
    const char *first = sign(s.at, s.end), *at = digits(first, s.end), *after;
    bool any = at > first;
    *whole = any;
    if (at < s.end && *at == '.') {
        after = digits(at + 1, s.end);
        if (!any && after == at + 1) return s.at;
        any = true;
        *whole = false;
        at = after;
    }
    if (!any) return s.at;
    if (at < s.end && (*at == 'e' || *at == 'E')) {
        const char *power = sign(at + 1, s.end);
        after = digits(power, s.end);
        if (after > power) {
            *whole = false;
            at = after;
        }
    }
    return at;
}

io_number io_number_of(io_span s)
{
    enum { ROOM = 400 }; /* longer than any number that a program writes */
    char text[ROOM];
    io_number n = { IO_NO_NUMBER, 0, 0 };
    bool whole;
    size_t length = io_length_of(s);
    if (!length || length >= ROOM || decimal(s, &whole) != s.end) return n;
    memcpy(text, s.at, length);
    text[length] = 0;
    n.real = strtod(text, NULL);
    n.kind = isfinite(n.real) ? IO_REAL : IO_TOO_LARGE;
    if (n.real == 0 && strcspn(text, "123456789") < strcspn(text, "eE")) n.kind = IO_TOO_SMALL;
    if (!whole) return n;
    errno = 0;
    n.whole = strtoll(text, NULL, 10);
    n.kind = errno ? IO_TOO_LARGE : IO_WHOLE;
    return n;
}

static bool no_finite_number(io_span s)
{
    static const char *const words[] = { "nan", "inf", "infinity" };
    io_span rest = { sign(s.at, s.end), s.end };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (io_length_of(rest) == strlen(words[i])
            && !strncasecmp(rest.at, words[i], io_length_of(rest)))
            return true;
    return false;
}

/* One exponent letter, with a number before it; after it a number, or, for e, nothing: 1e, 1.0D0,
 * but not 2D. */
static bool is_exponent(io_span s, const char *c, bool digit_before, int exponents)
{
    if (!digit_before || exponents || !*c || !strchr("eEdDqQ", *c)) return false;
    const char *power = sign(c + 1, s.end);
    return digits(power, s.end) > power || ((*c == 'e' || *c == 'E') && power == s.end);
}

/* A sign at the beginning, after an exponent letter, or before three last digits
 * (Fortran: 1.0-100). */
static bool is_sign(io_span s, const char *c, bool digit_before)
{
    if (*c != '-' && *c != '+') return false;
    return !digit_before || strchr("eEdDqQ", c[-1])
           || (s.end - c == 4 && memchr(s.at, '.', (size_t)(c - s.at)));
}

/* Digits with points, commas, apostrophes, signs and an exponent in places that a number might
 * have: 1,5 and 1.0D0, but not 2024-01-05, 10-20 or 12b. */
static bool made_like_a_number(io_span s)
{
    int exponents = 0, count = 0;
    for (const char *c = s.at; c < s.end; c++) {
        if (*c >= '0' && *c <= '9') count++;
        else if (is_exponent(s, c, count > 0, exponents)) exponents = 1;
        else if (!is_sign(s, c, count > 0) && *c != '.' && *c != ',' && *c != '\'') return false;
    }
    return count > 0;
}

bool io_damaged_number(io_span s, const char **why)
{
    *why = "which is not a finite number";
    if (no_finite_number(s)) return true;
    io_number n = io_number_of(s);
    *why = "which is too large";
    if (n.kind == IO_TOO_LARGE) return true;
    *why = "which is nearer to 0 than any number of 64 bits; write 0";
    if (n.kind == IO_TOO_SMALL) return true;
    if (n.kind != IO_NO_NUMBER) return false;
    if (!made_like_a_number(s)) return io_foreign_number(s, why);
    size_t length = io_length_of(s);
    *why = memchr(s.at, ',', length) ? "which has a comma; numbers have a decimal point"
           : memchr(s.at, 'd', length) || memchr(s.at, 'D', length)
               ? "which is Fortran's double precision; write e for the exponent"
               : "which is not a number";
    return true;
}
