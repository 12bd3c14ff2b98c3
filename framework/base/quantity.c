/* base/quantity.c - see quantity.h */
#include "base/quantity.h"
#include "base/number.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct unit {
    const char *name;
    double factor;
} unit;

#define KI 1024.0
static const unit byte_units[] = { { "B", 1 },
                                   { "KiB", KI },
                                   { "MiB", KI *KI },
                                   { "GiB", KI *KI *KI },
                                   { "TiB", KI *KI *KI *KI },
                                   { "PiB", KI *KI *KI *KI *KI },
                                   { "K", KI },
                                   { "M", KI *KI },
                                   { "G", KI *KI *KI },
                                   { "T", KI *KI *KI *KI },
                                   { "P", KI *KI *KI *KI *KI },
                                   { "k", KI },
                                   { "m", KI *KI },
                                   { "g", KI *KI *KI },
                                   { "t", KI *KI *KI *KI },
                                   { "kB", 1e3 },
                                   { "KB", 1e3 },
                                   { "MB", 1e6 },
                                   { "GB", 1e9 },
                                   { "TB", 1e12 },
                                   { "PB", 1e15 },
                                   { 0 } };
static const unit time_units[] = { { "s", 1 },     { "min", 60 },        { "m", 60 }, { "h", 3600 },
                                   { "d", 86400 }, { "w", 7 * 86400.0 }, { 0 } };

static const struct {
    const unit *units;
    double most;
    const char *usual;
} kinds[] = {
    [QUANTITY_BYTES] = { byte_units, 1e18, "B, KiB, MiB, GiB, TiB, kB, MB, GB, TB" },
    [QUANTITY_TIME] = { time_units, 1e9, "s, min, h, d" },
};

const char *quantity_units(quantity_kind kind) { return kinds[kind].usual; }

/* Characters of the number at the beginning, an exponent among them: in "3e5s", not in "5
 * exabytes". */
static size_t number_length(const char *s)
{
    size_t n = strspn(s, "0123456789.");
    if (n && (s[n] == 'e' || s[n] == 'E')) {
        size_t sign = s[n + 1] == '+' || s[n + 1] == '-';
        if (isdigit((unsigned char)s[n + 1 + sign]))
            n += 1 + sign + strspn(s + n + 1 + sign, "0123456789");
    }
    return n;
}

quantity_status quantity_read(const char *s, quantity_kind kind, double *out)
{
    assert((size_t)kind < sizeof kinds / sizeof *kinds);
    char number[64];
    double v;
    size_t n = number_length(s);
    if (!n || n >= sizeof number) return QUANTITY_NO_NUMBER;
    memcpy(number, s, n);
    number[n] = 0;
    if (!number_read(number, &v) || v < 0) return QUANTITY_NO_NUMBER;
    const char *name = s + n + strspn(s + n, " ");
    if (!*name && v != 0) return QUANTITY_NO_UNIT;
    for (const unit *u = kinds[kind].units; u->name; u++) {
        if (*name && strcmp(u->name, name) != 0) continue;
        if (v * u->factor > kinds[kind].most) return QUANTITY_TOO_LARGE;
        *out = v * u->factor;
        return QUANTITY_READ;
    }
    return QUANTITY_OTHER_UNIT;
}

bool quantity_option(const char *option, const char *s, quantity_kind kind, const char *usual,
                     double *out, error *e)
{
    assert(number_length(usual) > 0);
    char todo[160];
    const char *likely = usual + number_length(usual),
               *smallest = kind == QUANTITY_BYTES ? "B" : "s";
    switch (quantity_read(s, kind, out)) {
    case QUANTITY_READ: return true;
    case QUANTITY_NO_UNIT:
        snprintf(todo, sizeof todo, "write %.40s%s or %.40s%s, whichever is meant; units: %s", s,
                 likely, s, smallest, kinds[kind].usual);
        return error_set(e, LOOM_E_PARAM, todo, "option '%s' is '%s', which has no unit", option,
                         s);
    case QUANTITY_TOO_LARGE:
        return error_set(e, LOOM_E_PARAM, "give a smaller one",
                         "option '%s' is '%s', which is too large", option, s);
    default:
        snprintf(todo, sizeof todo, "write a number with its unit, as in %s; units: %s", usual,
                 kinds[kind].usual);
        return error_set(e, LOOM_E_PARAM, todo, "option '%s' is '%s'", option, s);
    }
}
