/* tests/damage/files_tilts.c - texts of tilts, read with a whole file of images. A text keeps no
 * checksum: a changed digit is another angle. As in files_text.c, a small reader here accepts less
 * than the op does, and says what the op may make of a damaged text. */
#include "damage/formats.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double tilt_deg[NZ] = { -31.25, 0.5, 28.75 };

bool make_rawtlt(damage_file *out)
{
    char line[64];
    for (int k = 0; k < NZ; k++)
        damage_bytes(out, line, (size_t)snprintf(line, sizeof line, "%8.2f\n", tilt_deg[k]));
    return true;
}

bool make_tilt_table(damage_file *out)
{
    char line[64];
    damage_bytes(out, "image,tilt\n", 11);
    for (int k = 0; k < NZ; k++)
        damage_bytes(out, line, (size_t)snprintf(line, sizeof line, "%d,%.2f\n", k, tilt_deg[k]));
    return true;
}

bool make_mdoc(damage_file *out)
{
    char text[256];
    int n = snprintf(text, sizeof text, "PixelSpacing = 0.5\nImageSize = %d %d\n", NX, NY);
    damage_bytes(out, text, (size_t)n);
    for (int k = 0; k < NZ; k++) {
        n = snprintf(text, sizeof text, "\n[ZValue = %d]\nTiltAngle = %.2f\n", k, tilt_deg[k]);
        damage_bytes(out, text, (size_t)n);
    }
    return true;
}

/* ---- what a text says ------------------------------------------------------------------------ */

static bool is_number(const char *s, double *out)
{
    char *end;
    *out = strtod(s, &end);
    while (*end == ' ' || *end == '\r' || *end == '\t') end++;
    return end != s && !*end && isfinite(*out);
}

/* Lines without their ends; bytes that are no printable text are none of this. */
static int lines_of(const unsigned char *bytes, size_t size, char line[32][96])
{
    int n = 0;
    size_t used = 0;
    for (size_t i = 0; i <= size; i++) {
        unsigned char c = i < size ? bytes[i] : '\n';
        if (c != '\n' && c != '\t' && c != '\r' && (c < ' ' || c > '~')) return -1;
        if (c != '\n') {
            if (used == 95) return -1;
            line[n][used++] = (char)c;
            continue;
        }
        line[n][used] = 0;
        if (++n == 32) return -1;
        used = 0;
    }
    return n;
}

/* Does `got` have these tilts, in this order, and all else of `whole`? */
static bool is_turned(const loom_value *whole, const loom_value *got, const double *deg)
{
    const loom_array *x = value_array(whole, "images"), *y = value_array(got, "images"),
                     *a = value_array(got, "angles");
    if (!y || !a || a->dim[0] != NZ || x->dim[0] != y->dim[0]) return false;
    for (int k = 0; k < NZ; k++) {
        const double *euler = (const double *)a->data + 3 * k;
        if (fabs(euler[1] - deg[k]) > 1e-9 || euler[0] != 0 || euler[2] != 0) return false;
    }
    return !memcmp(x->data, y->data, (size_t)loom_array_count(x) * sizeof(float));
}

/* A number a line, or the last field of each, below a line of words where there are two. */
bool explains_tilts(const unsigned char *bytes, size_t size, const loom_value *whole,
                    const loom_value *got)
{
    char line[32][96];
    double deg[NZ], v;
    int n = lines_of(bytes, size, line), found = 0;
    for (int i = 0; i < n; i++) {
        const char *comma = strrchr(line[i], ','), *field = comma ? comma + 1 : line[i];
        if (!line[i][strspn(line[i], " \t\r")] || *line[i] == '#') continue;
        if (!is_number(field, &v)) {
            if (i) return false;
            continue; /* the line of words */
        }
        if (found == NZ) return false;
        deg[found++] = v;
    }
    return n > 0 && found == NZ && is_turned(whole, got, deg);
}

/* Sections with a number, and the tilt in each; other keys say nothing of tilts. */
bool explains_mdoc(const unsigned char *bytes, size_t size, const loom_value *whole,
                   const loom_value *got)
{
    char line[32][96];
    double z[NZ], deg[NZ];
    int n = lines_of(bytes, size, line), sections = 0, tilts = 0;
    for (int i = 0; i < n; i++) {
        char *equals = strchr(line[i], '='), *close = strchr(line[i], ']');
        bool section = !strncmp(line[i], "[ZValue =", 9) && close;
        if (section) *close = 0;
        if (section && (sections == NZ || !is_number(equals + 1, &z[sections++]))) return false;
        if (strncmp(line[i], "TiltAngle =", 11) != 0) continue;
        if (tilts == NZ || tilts + 1 != sections || !is_number(equals + 1, &deg[tilts++]))
            return false;
    }
    for (int k = 1; k < sections; k++)
        if (!(z[k] > z[k - 1]))
            return false; /* another order: the images follow, not judged here */
    return sections == NZ && tilts == NZ && is_turned(whole, got, deg);
}
