/* base/unit.c - see unit.h */
#include "base/unit.h"
#include "base/number.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum dimension { LENGTH, ANGLE, DOSE } dimension;

/* One of it is 10^power of the first of its dimension, times `factor`. */
typedef struct unit_row {
    const char *name;
    dimension of;
    int power;
    double factor;
} unit_row;

static const unit_row units[] = {
    { "angstrom", LENGTH, 0, 1 },
    { "A", LENGTH, 0, 1 },
    { "\xc3\x85", LENGTH, 0, 1 },     /* Å as a letter */
    { "\xe2\x84\xab", LENGTH, 0, 1 }, /* Å as the sign of the unit */
    { "Angstrom", LENGTH, 0, 1 },
    { "pm", LENGTH, -2, 1 },
    { "nm", LENGTH, 1, 1 },
    { "um", LENGTH, 4, 1 },
    { "\xc2\xb5m", LENGTH, 4, 1 }, /* micro sign */
    { "\xce\xbcm", LENGTH, 4, 1 }, /* Greek mu */
    { "mm", LENGTH, 7, 1 },
    { "m", LENGTH, 10, 1 },
    { "degree", ANGLE, 0, 1 },
    { "degrees", ANGLE, 0, 1 },
    { "deg", ANGLE, 0, 1 },
    { "\xc2\xb0", ANGLE, 0, 1 },
    { "rad", ANGLE, 0, 180 / 3.14159265358979323846 },
    { "radian", ANGLE, 0, 180 / 3.14159265358979323846 },
    { "mrad", ANGLE, -3, 180 / 3.14159265358979323846 },
    { "e/angstrom^2", DOSE, 0, 1 },
    { "e/A^2", DOSE, 0, 1 },
    { "e/\xc3\x85^2", DOSE, 0, 1 },
    { "e/nm^2", DOSE, -2, 1 },
};

static const unit_row *find(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].name, name)) return &units[i];
    return NULL;
}

/* Digits, point and sign at the beginning, and the exponent behind them, where there is one. */
static size_t leading_number(const char *s, size_t *mantissa, int *exponent)
{
    size_t n = strspn(s, "+-0123456789.");
    *mantissa = n;
    *exponent = 0;
    if (s[n] != 'e' && s[n] != 'E') return n;
    char *end;
    const char *power = s + n + 1 + strspn(s + n + 1, "+-");
    if (!isdigit((unsigned char)*power)) return n;
    long value = strtol(s + n + 1, &end, 10);
    if (value < -1000 || value > 1000) return n;
    *exponent = (int)value;
    return (size_t)(end - s);
}

bool unit_number(const char *s, const char *wanted, double *out)
{
    assert(s && out);
    char text[80];
    int exponent;
    size_t mantissa, n = leading_number(s, &mantissa, &exponent);
    const unit_row *to = wanted ? find(wanted) : NULL, *from;
    if (!to || !mantissa || mantissa > 50) return false;
    from = find(s + n + strspn(s + n, " "));
    if (!from || from->of != to->of) return false;
    /* powers of ten move the decimal point of the text, so that nothing is rounded twice */
    snprintf(text, sizeof text, "%.*se%d", (int)mantissa, s, exponent + from->power - to->power);
    assert(mantissa < sizeof text / 2);
    if (number_parse(text, out) != NUMBER_READ) return false;
    if (from->factor < to->factor || from->factor > to->factor) *out *= from->factor / to->factor;
    return true;
}

const char *unit_choices(const char *wanted)
{
    static const char *const choices[] = { [LENGTH] = "A, pm, nm, um, mm or m",
                                           [ANGLE] = "deg, mrad or rad",
                                           [DOSE] = "e/A^2 or e/nm^2" };
    const unit_row *row = wanted ? find(wanted) : NULL;
    return row ? choices[row->of] : NULL;
}
