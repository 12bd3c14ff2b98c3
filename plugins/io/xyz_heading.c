/* io/xyz_heading.c - a text whose first line names its fields, as spreadsheets and scripts write
 * atoms: `element,x [nm],y [nm],z [nm],B`. */
#include "io/xyz.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>

static const double BOHR = 0.529177210903; /* angstrom; CODATA 2018 */

/* What separates the names: they may hold blanks where it is no blank. */
static char separator_of(io_span line)
{
    static const char marks[] = { ',', ';', '\t' };
    for (size_t i = 0; i < sizeof marks; i++)
        if (memchr(line.at, marks[i], io_length_of(line))) return marks[i];
    return ' ';
}

/* The next name without quotes and blanks around it; false at the end of the line. */
static bool next_name(io_span *line, char separator, io_span *out)
{
    while (separator == ' ' && line->at < line->end && *line->at == ' ') line->at++;
    if (line->at >= line->end) return false;
    const char *stop = memchr(line->at, separator, io_length_of(*line));
    *out = io_trimmed((io_span){ line->at, stop ? stop : line->end });
    line->at = stop ? stop + 1 : line->end;
    bool quoted = io_length_of(*out) > 1 && *out->at == '"' && out->end[-1] == '"';
    if (quoted) *out = io_trimmed((io_span){ out->at + 1, out->end - 1 });
    return true;
}

/* "depth [nm]" or "depth (nm)" taken apart; the unit is empty where there is none. */
static io_span unit_of(io_span *name)
{
    io_span none = { name->end, name->end };
    const char *open = memchr(name->at, '[', io_length_of(*name)), close = open ? ']' : ')';
    if (!open) open = memchr(name->at, '(', io_length_of(*name));
    if (!open || open == name->at || name->end[-1] != close) return none;
    io_span unit = io_trimmed((io_span){ open + 1, name->end - 1 });
    *name = io_trimmed((io_span){ name->at, open });
    return unit;
}

bool xyz_is_one_of(io_span name, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == io_length_of(name)
            && !strncasecmp(*words, name.at, io_length_of(name)))
            return true;
    return false;
}

/* What a field of that name is. */
static xyz_role role_of(io_span name)
{
    static const char *const position[][5] = { { "x", "position_x", "pos_x", "position.x", NULL },
                                               { "y", "position_y", "pos_y", "position.y", NULL },
                                               { "z", "position_z", "pos_z", "position.z", NULL } };
    static const char *const species[] = { "species", "element", "symbol",   "atom",
                                           "el",      "type",    "elements", NULL };
    for (int k = 0; k < 3; k++)
        if (xyz_is_one_of(name, position[k])) return XYZ_X + k;
    return xyz_is_one_of(name, species) ? XYZ_SPECIES : XYZ_NUMBER;
}

bool xyz_is_heading(io_span line)
{
    char separator = separator_of(line);
    unsigned roles = 0;
    for (io_span name; next_name(&line, separator, &name);) {
        unit_of(&name);
        roles |= 1u << role_of(name);
    }
    return (roles >> XYZ_X & 7) == 7;
}

/* ---- columns --------------------------------------------------------------------------------- */

double xyz_angstrom_of(io_span unit)
{
    static const struct {
        const char *name;
        double angstrom;
    } units[] = { { "", 1 },    { "A", 1 },     { "\xc3\x85", 1 }, { "\xe2\x84\xab", 1 },
                  { "nm", 10 }, { "pm", 0.01 }, { "um", 1e4 },     { "m", 1e10 } },
      words[] = { { "angstrom", 1 },      { "angstroms", 1 },     { "nanometer", 10 },
                  { "nanometers", 10 },   { "nanometre", 10 },    { "nanometres", 10 },
                  { "picometer", 0.01 },  { "picometers", 0.01 }, { "picometre", 0.01 },
                  { "picometres", 0.01 }, { "bohr", BOHR } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (io_is(unit, units[i].name)) return units[i].angstrom;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (xyz_is_one_of(unit, (const char *const[]){ words[i].name, NULL }))
            return words[i].angstrom;
    return 0;
}

bool xyz_take_unit(xyz_reader *r, io_span name, io_span unit)
{
    double angstrom = xyz_angstrom_of(unit), scale = r->p->scale;
    if (!(angstrom > 0))
        return xyz_fail(r, "'%.*s' is in '%.*s'; expected angstrom, nm, pm, um, m or bohr",
                        io_shown(name), name.at, io_shown(unit), unit.at);
    bool given = fabs(scale - 1) > 0;
    if (r->angstrom > 0 && !given && fabs(r->angstrom - angstrom) > 0)
        return xyz_fail(r, "x, y and z have different units");
    if (given && io_length_of(unit) && fabs(scale - angstrom) > 0.01 * angstrom)
        return xyz_fail(r,
                        "'%.*s' is in '%.*s', %g angstrom, but 'scale' says %g; leave 'scale' out",
                        io_shown(name), name.at, io_shown(unit), unit.at, angstrom, scale);
    r->angstrom = given ? scale : angstrom;
    return true;
}

/* A name that a column of atoms can have. */
static void plain_name(io_span name, int number, char out[XYZ_NAME_ROOM])
{
    size_t n = 0;
    for (const char *c = name.at; c < name.end && n + 1 < XYZ_NAME_ROOM; c++)
        out[n++] = (char)((unsigned char)*c <= ' ' || *c == '/' || *c == 127 ? '_' : *c);
    out[n] = 0;
    if (!n || !strcmp(out, "position")) snprintf(out, XYZ_NAME_ROOM, "column_%d", number);
}

static bool is_taken(const xyz_reader *r, const xyz_column *c)
{
    for (const xyz_column *other = r->column; other < c; other++)
        if (!strcmp(other->name, c->name)) return true;
    return false;
}

static bool add_column(xyz_reader *r, io_span name)
{
    if (r->n_columns == XYZ_MAX_COLUMNS)
        return xyz_fail(r, "there are more than %d columns", XYZ_MAX_COLUMNS);
    xyz_column *c = &r->column[r->n_columns++];
    io_span unit = unit_of(&name);
    if (io_length_of(name) >= XYZ_NAME_ROOM || io_length_of(unit) >= XYZ_NAME_ROOM)
        return xyz_fail(r, "the name of column %d is longer than %d bytes", r->n_columns,
                        XYZ_NAME_ROOM - 1);
    c->role = role_of(name);
    plain_name(name, r->n_columns, c->name);
    if (c->role == XYZ_SPECIES) snprintf(c->name, XYZ_NAME_ROOM, "species");
    else if (c->role < XYZ_NUMBER) snprintf(c->name, XYZ_NAME_ROOM, "%c", 'x' + (c->role - XYZ_X));
    else memcpy(c->unit, unit.at, io_length_of(unit));
    if (is_taken(r, c)) return xyz_fail(r, "two columns are '%s'", c->name);
    return c->role < XYZ_X || c->role > XYZ_Z || xyz_take_unit(r, name, unit);
}

bool xyz_layout_of_heading(xyz_reader *r, io_span line)
{
    char separator = separator_of(line);
    r->extended = true;
    if (separator != ' ') r->separator = separator;
    for (io_span name; next_name(&line, separator, &name);)
        if (!add_column(r, name)) return false;
    return true;
}

void xyz_find_words(xyz_reader *r, io_span first)
{
    for (int k = 0; k < r->n_columns; k++) {
        io_span field;
        const char *why;
        if (!xyz_next_field(r, &first, &field)) return;
        if (r->column[k].role == XYZ_NUMBER && io_number_of(field).kind == IO_NO_NUMBER
            && !io_damaged_number(field, &why))
            r->column[k].role = XYZ_WORD;
    }
}
