/* io/foreign.c - numbers as people and other programs write them; see text.h. */
#include "io/text.h"
#include <strings.h>

/* Bytes of the mark at the beginning of s; 0 where none of them is there. */
static size_t mark_at(io_span s, const char *const *marks)
{
    for (; *marks; marks++)
        if (io_begins(s, *marks)) return strlen(*marks);
    return 0;
}

/* Blanks that are no ' ', and what is written between thousands. */
static const char *const spaces[] = { "\xc2\xa0" /* no-break */,
                                      "\xe2\x80\xaf" /* its narrow one */,
                                      "\xe2\x80\x89" /* thin */, NULL };
static const char *const thousands[] = {
    " ", "_", "'", "\xe2\x80\x99", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", NULL
};
static const char *const minuses[] = { "\xe2\x88\x92" /* the minus of mathematics */,
                                       "\xe2\x80\x93" /* en dash */,
                                       "\xef\xbc\x8d" /* full width */, "\xe2\x80\x90" /* hyphen */,
                                       NULL };
/* What follows a number and is no part of it. */
static const char *const tails[] = { "%",  "\xe2\x80\xb0", "\xc2\xb0", "#",   "!",
                                     "//", "\xc2\xb1",     "+-",       "+/-", NULL };
static const char *const units[] = { "A",   "\xc3\x85", "\xe2\x84\xab", "angstrom",  "pm",
                                     "nm",  "um",       "\xc2\xb5m",    "\xce\xbcm", "mm",
                                     "deg", "degree",   "degrees",      "rad",       "radians",
                                     "px",  "pixel",    "pixels",       "s",         "ms",
                                     "eV",  "keV",      "kV",           "K",         NULL };

static bool is_number(io_span s) { return io_number_of(s).kind != IO_NO_NUMBER; }

static bool is_hexadecimal(io_span s)
{
    const char *at = s.at + (s.at < s.end && (*s.at == '-' || *s.at == '+'));
    if (s.end - at < 3 || at[0] != '0' || (at[1] != 'x' && at[1] != 'X')) return false;
    for (at += 2; at < s.end; at++)
        if (!strchr("0123456789abcdefABCDEF", *at) || !*at) return false;
    return true;
}

/* 12 345 or 1_000_000: one to three digits, then threes of them behind marks. */
static bool has_thousands(io_span s)
{
    int digits = 0, groups = 0;
    if (s.at < s.end && *s.at == '-') s.at++;
    while (s.at < s.end) {
        size_t mark = mark_at(s, thousands);
        if (!mark && (*s.at < '0' || *s.at > '9')) break;
        if (mark && (!digits || digits > 3 || (groups && digits != 3))) return false;
        digits = mark ? 0 : digits + 1;
        groups += mark > 0;
        s.at += mark ? mark : 1;
    }
    return groups && digits == 3 && (s.at == s.end || *s.at == '.' || *s.at == ',');
}

/* Digits of another script: full width, Arabic, Persian. */
static bool has_other_digits(io_span s)
{
    int count = 0;
    while (s.at < s.end) {
        const unsigned char *b = (const unsigned char *)s.at;
        size_t left = io_length_of(s);
        bool wide = left > 2 && b[0] == 0xef && b[1] == 0xbc && b[2] >= 0x90 && b[2] <= 0x99;
        bool arabic = left > 1
                      && ((b[0] == 0xd9 && b[1] >= 0xa0 && b[1] <= 0xa9)
                          || (b[0] == 0xdb && b[1] >= 0xb0 && b[1] <= 0xb9));
        if (!wide && !arabic && !strchr("+-.,0123456789", *s.at)) return false;
        count += wide || arabic;
        s.at += wide ? 3 : arabic ? 2 : 1;
    }
    return count > 0;
}

/* A number, and behind it what does not belong there: 10 %, 1.5 nm, 1.5(3), 2 # two. A unit needs a
 * blank before it, since 3A and 2s may be names. */
static bool has_tail(io_span s)
{
    io_span head = s, tail;
    while (head.end > head.at && !is_number(head)) head.end--;
    if (head.end == head.at) return false;
    tail = io_trimmed((io_span){ head.end, s.end });
    if (mark_at(tail, tails)) return true;
    if (io_length_of(tail) > 2 && tail.at[0] == '(' && tail.end[-1] == ')')
        return is_number((io_span){ tail.at + 1, tail.end - 1 });
    for (size_t i = 0; tail.at > head.end && units[i]; i++)
        if (io_is(tail, units[i])) return true;
    return false;
}

/* Without blanks of other kinds at both ends. */
static io_span without_spaces(io_span s)
{
    for (size_t n; (n = mark_at(s, spaces));) s.at += n;
    for (size_t i = 0; spaces[i];) {
        size_t n = strlen(spaces[i]);
        bool ends = io_length_of(s) > n && !memcmp(s.end - n, spaces[i], n);
        s.end -= ends ? n : 0;
        i = ends ? 0 : i + 1;
    }
    return s;
}

bool io_foreign_number(io_span s, const char **why)
{
    io_span bare = without_spaces(s), rest = bare;
    rest.at += mark_at(rest, minuses);
    *why = io_length_of(bare) < io_length_of(s) && is_number(bare)
               ? "which has a blank at its end that is not the usual one (a no-break space?)"
           : rest.at > bare.at && is_number(rest) ? "whose minus sign is not '-'"
           : is_hexadecimal(s)   ? "which is hexadecimal; write it with digits 0 to 9"
           : has_thousands(s)    ? "which has marks between its digits; write them together"
           : has_other_digits(s) ? "whose digits are not 0 to 9"
           : has_tail(s) ? "which is a number with something behind it; write the number alone"
                         : NULL;
    return *why != NULL;
}
