/* unit.c - see unit.h. */
#include "kit/unit.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

typedef enum dimension { LENGTH, ANGLE, PIXELS } dimension;
typedef struct unit_row {
    const char *name;
    dimension of;
    double in_first; /* one of it in the first unit of its dimension */
} unit_row;

static const unit_row units[] = {
    { "angstrom", LENGTH, 1 },
    { "A", LENGTH, 1 },
    { "Angstrom", LENGTH, 1 },
    { "angstroms", LENGTH, 1 },
    { "\xc3\x85", LENGTH, 1 },     /* Å as a letter */
    { "\xe2\x84\xab", LENGTH, 1 }, /* Å as the sign of the unit */
    { "\xc5", LENGTH, 1 },         /* Å in Latin-1 */
    { "\\u00C5", LENGTH, 1 },      /* as ImageJ writes it */
    { "pm", LENGTH, 0.01 },
    { "nm", LENGTH, 10 },
    { "n_m", LENGTH, 10 }, /* Berkeley's EMD writes [n_m] */
    { "nanometer", LENGTH, 10 },
    { "um", LENGTH, 1e4 },
    { "u_m", LENGTH, 1e4 },
    { "micron", LENGTH, 1e4 },
    { "microns", LENGTH, 1e4 },
    { "\xc2\xb5m", LENGTH, 1e4 }, /* micro sign */
    { "\xce\xbcm", LENGTH, 1e4 }, /* Greek mu */
    { "\xb5m", LENGTH, 1e4 },     /* in Latin-1 */
    { "\\u00B5m", LENGTH, 1e4 },
    { "mm", LENGTH, 1e7 },
    { "cm", LENGTH, 1e8 },
    { "m", LENGTH, 1e10 },
    { "meter", LENGTH, 1e10 },
    { "degree", ANGLE, 1 },
    { "degrees", ANGLE, 1 },
    { "deg", ANGLE, 1 },
    { "\xc2\xb0", ANGLE, 1 },
    { "rad", ANGLE, 180 / 3.14159265358979323846 },
    { "radian", ANGLE, 180 / 3.14159265358979323846 },
    { "radians", ANGLE, 180 / 3.14159265358979323846 },
    { "mrad", ANGLE, 0.18 / 3.14159265358979323846 },
    { "pixel", PIXELS, 1 },
    { "pixels", PIXELS, 1 },
    { "px", PIXELS, 1 },
};

static const unit_row *find(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].name, name)) return &units[i];
    return NULL;
}

double loom_unit_factor(const char *from, const char *to)
{
    assert(from && to);
    const unit_row *a = find(from), *b = find(to);
    if (!a || !b) return !strcmp(from, to);
    return a->of == b->of ? a->in_first / b->in_first : 0;
}
