/* base/number.c - see number.h */
#include "base/number.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale(void)
{
    static locale_t c;
    if (!c) c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c;
}

/* Most numbers of a pipeline: some 60 instructions in place of the C library's 700. */
static char *small_whole_text(int v, char out[32])
{
    char digits[12];
    int n = 0, at = 0;
    unsigned rest = v < 0 ? -(unsigned)v : (unsigned)v;
    do digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (v < 0) out[at++] = '-';
    while (n) out[at++] = digits[--n];
    out[at] = 0;
    return out;
}

char *number_text(double v, char out[32])
{
    if (fabs(v) < 1e5 && v == (int)v)
        return small_whole_text((int)v, out); /* -0 and 0 are the same number */
    locale_t old = uselocale(c_locale());
    if (isnan(v)) snprintf(out, 32, "nan");
    else if (v == floor(v) && fabs(v) < 1e7) snprintf(out, 32, "%.0f", v); /* 300, not 3e+02 */
    else
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(out, 32, "%.*g", digits, v);
            if (strtod(out, NULL) == v) break;
        }
    uselocale(old);
    return out;
}

number_status number_parse(const char *s, double *out)
{
    char *end;
    if (!s || !(isdigit((unsigned char)*s) || *s == '-' || *s == '+' || *s == '.'))
        return NUMBER_NONE;
    if (strpbrk(s, "xXpPnN")) return NUMBER_NONE; /* no hexadecimal, no nan, no inf */
    locale_t old = uselocale(c_locale());
    double v = strtod(s, &end);
    uselocale(old);
    if (end == s || *end) return NUMBER_NONE;
    if (!isfinite(v)) return NUMBER_TOO_LARGE;
    if (v == 0 && strcspn(s, "123456789") < strcspn(s, "eE")) return NUMBER_TOO_SMALL;
    *out = v;
    return NUMBER_READ;
}

number_status integer_parse(const char *s, int64_t *out)
{
    char *end;
    double v = 0;
    if (!s || !*s || isspace((unsigned char)*s)) return NUMBER_NONE;
    errno = 0;
    long long whole = strtoll(s, &end, 10);
    if (end != s && !*end) {
        if (errno == ERANGE) return NUMBER_TOO_LARGE;
        *out = whole;
        return NUMBER_READ;
    }
    number_status status = number_parse(s, &v);
    if (status == NUMBER_TOO_SMALL) return NUMBER_FRACTION;
    if (status != NUMBER_READ) return status;
    if (v != floor(v)) return NUMBER_FRACTION;
    if (fabs(v) >= 9223372036854775808.0) return NUMBER_TOO_LARGE;
    if (fabs(v) > 9007199254740992.0) return NUMBER_INEXACT;
    *out = (int64_t)v;
    return NUMBER_READ;
}

bool number_read(const char *s, double *out) { return number_parse(s, out) == NUMBER_READ; }
bool integer_read(const char *s, int64_t *out) { return integer_parse(s, out) == NUMBER_READ; }

/* ---- what was meant -------------------------------------------------------------------------- */

/* Bytes of the number that `s` begins with; 0 where it begins with none. */
static size_t leading_number(const char *s)
{
    size_t sign = *s == '-' || *s == '+', n = sign + strspn(s + sign, "0123456789.");
    if (n == sign) return 0;
    size_t exponent = n + 1 + (s[n] && (s[n + 1] == '-' || s[n + 1] == '+'));
    if ((s[n] == 'e' || s[n] == 'E') && isdigit((unsigned char)s[exponent]))
        n = exponent + strspn(s + exponent, "0123456789");
    return n;
}

/* "300,000" or "1,234,567.5": groups of three after the first. */
static bool has_thousands(const char *s)
{
    const char *comma = strchr(s, ',');
    for (; comma; comma = strchr(comma + 1, ','))
        if (strspn(comma + 1, "0123456789") != 3) return false;
    return strspn(s, "-+0123456789,.") == strlen(s) && *s != '0';
}

/* Without the marks between its digits, where that is a number. */
static bool unmarked(const char *s, char mark, char out[64])
{
    assert(mark && out);
    size_t n = 0;
    double v;
    for (; *s && n < 63; s++)
        if (*s != mark) out[n++] = *s;
    out[n] = 0;
    return number_read(out, &v);
}

static bool comma_advice(const char *s, char *out, size_t size)
{
    assert(strchr(s, ',') && size);
    char plain[64], point[64];
    double v;
    const char *comma = strchr(s, ',');
    bool thousands = has_thousands(s) && unmarked(s, ',', plain),
         decimal = !strchr(comma + 1, ',') && strlen(s) < sizeof point;
    if (decimal) {
        strcpy(point, s);
        point[comma - s] = '.';
        decimal = number_read(point, &v);
    }
    if (thousands && decimal)
        snprintf(out, size, "numbers have no comma: write %s, or %s where a decimal point is meant",
                 plain, point);
    else if (thousands || decimal)
        snprintf(out, size, "numbers have no comma: write %s", thousands ? plain : point);
    return thousands || decimal;
}

bool number_advice(const char *s, const char *unit, char *out, size_t size)
{
    assert(s && out && size);
    size_t n = leading_number(s), blanks = strspn(s + n, " ");
    const char *rest = s + n + blanks;
    if (!strcasecmp(s, "nan") || !strcasecmp(s, ".nan")
        || strstr(s, "inf") == s + strspn(s, "-+.")) {
        snprintf(out, size, "nan and inf are not accepted");
        return true;
    }
    if (n == 1 && *s == '0' && (s[1] == 'x' || s[1] == 'X')) {
        snprintf(out, size, "write the number in decimal digits");
        return true;
    }
    if (strchr(s, ',') && n) return comma_advice(s, out, size);
    char plain[64];
    if (strchr(s, '_') && n && unmarked(s, '_', plain)) {
        snprintf(out, size, "write %s, without marks between the digits", plain);
        return true;
    }
    if (n && *rest && strspn(s, "0123456789.eE+-*/() ") == strlen(s)) {
        snprintf(out, size, "write arithmetic inside ${ }: ${%s}", s);
        return true;
    }
    if (!n || !*rest || isdigit((unsigned char)*rest) || strchr(rest, ' ')) return false;
    if (unit && *unit) snprintf(out, size, "write the number alone: it is in %s", unit);
    else snprintf(out, size, "write the number alone");
    return true;
}
