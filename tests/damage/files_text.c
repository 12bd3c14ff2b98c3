/* tests/damage/files_text.c - tables and atoms as text. A text keeps no checksum: a changed digit
 * is another number, and a file that ends between two lines is a shorter file. So each has a small
 * reader of its own here, which accepts less than the op does: what the op makes of a damaged text
 * is right when this reader finds exactly the same in it. */
#include "damage/formats.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 12, COLUMNS = 3, MAX_ROWS = 64 };

/* The next line without its end, as a text in `line`; false at the end or where the line is no
 * printable text. */
static bool next_line(const unsigned char **at, const unsigned char *end, char line[256])
{
    size_t n = 0;
    if (*at == end) return false;
    while (*at < end && **at != '\n' && n < 255) {
        if (**at < ' ' || **at > '~' || **at == '"') return false;
        line[n++] = (char)*(*at)++;
    }
    if (*at < end) ++*at;
    line[n] = 0;
    return n < 255;
}

/* Blanks around are nothing; all of the rest must be one number. */
static bool number_of(const char *field, double *out)
{
    char *end;
    *out = strtod(field, &end);
    while (isspace((unsigned char)*end)) end++;
    return end != field && !*end && *out - *out == 0;
}

bool make_csv(damage_file *out)
{
    char line[128];
    damage_bytes(out, "x [angstrom],y [angstrom],intensity\n", 36);
    for (int i = 0; i < ROWS; i++) {
        const double *v = damage_reals() + 3 * i;
        int n = snprintf(line, sizeof line, "%.9g,%.9g,%.9g\n", v[0], v[1], v[2]);
        damage_bytes(out, line, (size_t)n);
    }
    return true;
}

static int fields_of(char *line, char *field[8])
{
    int n = 0;
    for (char *at = line; at && n < 8; n++) {
        field[n] = at;
        at = strchr(at, ',');
        if (at) *at++ = 0;
    }
    return n;
}

/* Rows of numbers below a line of COLUMNS names; -1 where it is anything else. */
static int parse_csv(const unsigned char *bytes, size_t size, double cell[MAX_ROWS][COLUMNS])
{
    const unsigned char *at = bytes, *end = bytes + size;
    char line[256], *field[8];
    int rows = 0;
    bool head = false;
    while (at < end) {
        if (!next_line(&at, end, line)) return -1;
        if (!line[strspn(line, " ")] || *line == '#') continue;
        if (fields_of(line, field) != COLUMNS || rows == MAX_ROWS) return -1;
        for (int k = 0; head && k < COLUMNS; k++)
            if (!number_of(field[k], &cell[rows][k])) return -1;
        rows += head;
        head = true;
    }
    return head ? rows : -1;
}

bool explains_csv(const unsigned char *bytes, size_t size, const loom_value *whole,
                  const loom_value *got)
{
    double cell[MAX_ROWS][COLUMNS];
    int rows = parse_csv(bytes, size, cell);
    (void)whole;
    for (int k = 0; k < COLUMNS; k++) {
        const loom_array *a = value_array_at(got, k);
        if (!a || a->rank != 1 || a->dim[0] != rows) return false;
        for (int i = 0; i < rows; i++) {
            double v = a->dtype == LOOM_F64   ? ((double *)a->data)[i]
                       : a->dtype == LOOM_I64 ? (double)((int64_t *)a->data)[i]
                       : a->dtype == LOOM_I32 ? ((int32_t *)a->data)[i]
                                              : cell[i][k] + 1;
            if (v != cell[i][k]) return false;
        }
    }
    return !value_array_at(got, COLUMNS) && !value_attribute_at(got, 0);
}

bool make_xyz(damage_file *out)
{
    char line[128];
    damage_bytes(out, "12\nmade by a test\n", 18);
    for (int i = 0; i < ROWS; i++) {
        const double *v = damage_reals() + 3 * i;
        int n = snprintf(line, sizeof line, "%s %.6f %.6f %.6f\n", i % 3 ? "Pd" : "Ir", v[0] * 4,
                         v[1] * 4, v[2] * 4);
        damage_bytes(out, line, (size_t)n);
    }
    return true;
}

/* Lines "Symbol x y z" below a number and a comment; -1 where it is anything else. */
static int parse_xyz(const unsigned char *bytes, size_t size, char symbol[MAX_ROWS][4],
                     double x[MAX_ROWS][3])
{
    const unsigned char *at = bytes, *end = bytes + size;
    char line[256], extra[8], number[3][64];
    double count;
    int rows = 0;
    if (!next_line(&at, end, line) || !number_of(line, &count) || !next_line(&at, end, line))
        return -1;
    while (next_line(&at, end, line)) {
        if (!line[strspn(line, " ")]) continue;
        if (rows == MAX_ROWS
            || sscanf(line, "%3s %63s %63s %63s %7s", symbol[rows], number[0], number[1], number[2],
                      extra)
                   != 4)
            return -1;
        for (int k = 0; k < 3; k++)
            if (!number_of(number[k], &x[rows][k])) return -1;
        rows++;
    }
    return at == end && rows == count ? rows : -1;
}

static bool symbol_is(const char *symbols, int32_t species, const char *expected)
{
    char word[8] = "";
    for (int used = 0, k = 0; sscanf(symbols, "%7s%n", word, &used) == 1; symbols += used, k++)
        if (k == species) return !strcmp(word, expected);
    return false;
}

bool explains_xyz(const unsigned char *bytes, size_t size, const loom_value *whole,
                  const loom_value *got)
{
    char symbol[MAX_ROWS][4];
    double x[MAX_ROWS][3];
    int rows = parse_xyz(bytes, size, symbol, x);
    const loom_array *p = value_array(got, "position"), *s = value_array(got, "species");
    const loom_attribute *symbols = value_attribute(got, "symbols");
    (void)whole;
    if (!p || !s || !symbols || p->dim[0] != rows || value_array_at(got, 2)) return false;
    for (int i = 0; i < rows; i++)
        if (memcmp(&((double *)p->data)[3 * i], x[i], sizeof x[i])
            || !symbol_is(symbols->text, ((int32_t *)s->data)[i], symbol[i]))
            return false;
    return true;
}
