/* io/xyz_layout.c - what each field of a line is: from the parameter `columns`, or from the key
 * Properties of an extended XYZ file. */
#include "io/xyz.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool add_column(xyz_reader *r, xyz_role role, io_span name)
{
    size_t n = io_length_of(name);
    if (r->n_columns == XYZ_MAX_COLUMNS || n >= XYZ_NAME_ROOM)
        return xyz_fail(r, "more than %d columns, or a column name longer than %d bytes",
                        XYZ_MAX_COLUMNS, XYZ_NAME_ROOM - 1);
    xyz_column *c = &r->column[r->n_columns++];
    c->role = role;
    memcpy(c->name, name.at, n);
    return true;
}

static bool add_named(xyz_reader *r, xyz_role role, const char *name)
{
    return add_column(r, role, (io_span){ name, name + strlen(name) });
}

static bool add_position(xyz_reader *r)
{
    return add_named(r, XYZ_X, "x") && add_named(r, XYZ_Y, "y") && add_named(r, XYZ_Z, "z");
}

static unsigned roles_of(const xyz_reader *r)
{
    unsigned seen = 0;
    for (int k = 0; k < r->n_columns; k++) seen |= 1u << r->column[k].role;
    return seen;
}

static bool has_position(unsigned roles) { return (roles >> XYZ_X & 7) == 7; }

/* Can this be the name of a per-atom column? */
static bool usable(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '/' || *c == 127) return false;
    return *name && strcmp(name, "position") != 0 && strcmp(name, "species") != 0;
}

/* ---- the parameter -----------------------------------------------------------------------------
 */

static xyz_role role_of(const char *name)
{
    static const char *const names[] = { "-", "species", "x", "y", "z" };
    for (int i = 0; i < 5; i++)
        if (!strcmp(name, names[i])) return (xyz_role)i;
    return XYZ_NUMBER;
}

bool xyz_layout_of_parameter(xyz_reader *r)
{
    const loom_host *h = r->call->host;
    for (int64_t i = 0; i < r->p->columns.n; i++) {
        const char *name = r->p->columns.v[i];
        xyz_role role = role_of(name);
        bool refused = role == XYZ_NUMBER && !usable(name);
        for (int k = 0; k < r->n_columns && role != XYZ_SKIP; k++)
            refused |= !strcmp(r->column[k].name, name);
        if (refused || r->n_columns == XYZ_MAX_COLUMNS || strlen(name) >= XYZ_NAME_ROOM) {
            h->fail(r->call, LOOM_E_PARAM, "columns",
                    "'columns' holds '%s', which is there twice, is "
                    "too long or cannot be a name (at most %d columns)",
                    name, XYZ_MAX_COLUMNS);
            return false;
        }
        add_named(r, role, name);
    }
    if (has_position(roles_of(r))) return true;
    h->fail(r->call, LOOM_E_PARAM, "columns", "'columns' must name x, y and z");
    return false;
}

/* ---- Properties --------------------------------------------------------------------------------
 */

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t')) at++;
    return at;
}

/* A word, or a text in quotes; past the end where its quote is not closed. */
static const char *end_of_word(const char *at, const char *end, bool key)
{
    if (at < end && (*at == '"' || *at == '\'')) {
        for (const char *c = at + 1; c < end; c++)
            if (*c == '\\') c++;
            else if (*c == *at) return c + 1;
        return end + 1;
    }
    while (at < end && *at != ' ' && *at != '\t' && !(key && *at == '=')) at++;
    return at;
}

static io_span unquoted(io_span s)
{
    bool quoted = io_length_of(s) >= 2 && (*s.at == '"' || *s.at == '\'') && s.end[-1] == *s.at;
    return quoted ? (io_span){ s.at + 1, s.end - 1 } : s;
}

/* The value of the first key that is one of `names` among the pairs key=value of the comment,
 * without its quotes. False where there is none; *open: the comment ends within a quote. */
static bool find_value(io_span comment, const char *const *names, io_span *value, bool *open)
{
    const char *at = skip_blanks(comment.at, comment.end);
    while (at < comment.end) {
        io_span key = { at, end_of_word(at, comment.end, true) };
        *open = key.end > comment.end;
        if (*open) return false;
        const char *equals = skip_blanks(key.end, comment.end);
        at = equals;
        if (equals == comment.end || *equals != '=') continue;
        at = skip_blanks(equals + 1, comment.end);
        *value = (io_span){ at, end_of_word(at, comment.end, false) };
        *open = value->end > comment.end;
        if (*open) return false;
        at = skip_blanks(value->end, comment.end);
        key = unquoted(key);
        *value = unquoted(*value);
        if (xyz_is_one_of(key, names)) return true;
    }
    return false;
}

/* ---- the unit that a comment names ----------------------------------------------------------- */

/* Lengths in words of the comment, "positions in nm"; not "a particle of 5 nm". */
static bool find_unit_word(io_span comment, io_span *out)
{
    bool after_number = false;
    for (const char *at = comment.at; at < comment.end;) {
        const char *from = at;
        while (at < comment.end && (isalnum((unsigned char)*at) || *at == '.')) at++;
        *out = (io_span){ from, at };
        double angstrom = at > from ? xyz_angstrom_of(*out) : 1;
        bool is_length = angstrom > 0 && fabs(angstrom - 1) > 0 && io_length_of(*out) > 1;
        if (is_length && !after_number) return true;
        if (at > from) after_number = io_number_of(*out).kind != IO_NO_NUMBER;
        else at++;
    }
    return false;
}

/* `units=nm` counts as the names of x, y and z do in a table; other words are asked about. */
static bool take_unit_of_comment(xyz_reader *r, io_span comment)
{
    static const char *const keys[] = { "unit",          "units",    "length_unit", "length_units",
                                        "position_unit", "pos_unit", NULL };
    io_span unit;
    bool open, named = find_value(comment, keys, &unit, &open);
    if (named && xyz_angstrom_of(unit) > 0)
        return xyz_take_unit(r, (io_span){ keys[1], keys[1] + strlen(keys[1]) }, unit);
    bool given = fabs(r->p->scale - 1) > 0;
    if (!given && (named || find_unit_word(comment, &unit)))
        r->call->host->warn(r->call, "file",
                            "the comment of '%s' says '%.*s', but positions are taken in angstrom; "
                            "give the length of one unit in 'scale' if they are in another",
                            r->p->file.path, io_shown(unit), unit.at);
    return true;
}

static io_span until_colon(const char *at, const char *end)
{
    const char *stop = memchr(at, ':', (size_t)(end - at));
    return (io_span){ at, stop ? stop : end };
}

/* One entry, "forces:R:3": `count` columns of that kind. */
static bool add_property(xyz_reader *r, io_span name, char kind, int count)
{
    if (io_is(name, "species") || (io_is(name, "element") && kind == 'S'))
        return count == 1 ? add_named(r, XYZ_SPECIES, "species")
                          : xyz_fail(r, "'species' in Properties must have one column");
    if (io_is(name, "pos"))
        return count == 3 ? add_position(r) : xyz_fail(r, "'pos' in Properties must be pos:R:3");
    xyz_role role = kind == 'R' ? XYZ_NUMBER : kind == 'S' ? XYZ_WORD : XYZ_WHOLE;
    char text[XYZ_NAME_ROOM];
    for (int k = 1; k <= count; k++) {
        int n = snprintf(text, sizeof text, count > 1 ? "%.*s_%d" : "%.*s", (int)io_length_of(name),
                         name.at, k);
        if (n <= 0 || n >= XYZ_NAME_ROOM)
            return xyz_fail(r, "a name in Properties is empty or longer than %d bytes",
                            XYZ_NAME_ROOM - 1);
        if (!usable(text))
            r->call->host->warn(r->call, "file",
                                "the column '%s' of '%s' is left out: that cannot be the name of a "
                                "column of atoms (blanks, '/', or position, species)",
                                text, r->p->file.path);
        if (!add_named(r, usable(text) ? role : XYZ_SKIP, text)) return false;
    }
    return true;
}

static bool take_properties(xyz_reader *r, io_span value)
{
    for (const char *at = value.at; at < value.end;) {
        io_span name = until_colon(at, value.end), kind = { 0 }, count = { 0 };
        if (name.end < value.end) kind = until_colon(name.end + 1, value.end);
        if (kind.end && kind.end < value.end) count = until_colon(kind.end + 1, value.end);
        io_number n = count.at ? io_number_of(count) : (io_number){ .kind = IO_NO_NUMBER };
        if (n.kind != IO_WHOLE || n.whole < 1 || n.whole > XYZ_MAX_COLUMNS
            || io_length_of(kind) != 1 || !memchr("SRIL", *kind.at, 4))
            return xyz_fail(r,
                            "cannot read Properties at '%.*s'; expected name:kind:count triples "
                            "such as species:S:1:pos:R:3",
                            (int)(value.end - at), at);
        if (!add_property(r, name, *kind.at, (int)n.whole)) return false;
        at = count.end + (count.end < value.end);
    }
    return true;
}

bool xyz_layout_of_comment(xyz_reader *r, io_span comment)
{
    static const char *const properties[] = { "Properties", NULL };
    io_span value;
    bool open = false;
    if (!take_unit_of_comment(r, comment)) return false;
    if (!find_value(comment, properties, &value, &open)) {
        bool meant = memmem(comment.at, io_length_of(comment), ":R:", 3) != NULL;
        if (meant)
            return xyz_fail(r, open ? "cannot read 'Properties=': a quote is not closed"
                                    : "there are "
                                      "fields such as pos:R:3, but no key 'Properties='");
        return add_named(r, XYZ_SPECIES, "species") && add_position(r);
    }
    if (!take_properties(r, value)) return false;
    unsigned roles = roles_of(r);
    if (!(roles >> XYZ_SPECIES & 1)) return xyz_fail(r, "Properties has no species:S:1");
    if (!has_position(roles)) return xyz_fail(r, "Properties has no pos:R:3");
    for (int i = 0; i < r->n_columns; i++)
        for (int k = 0; k < i; k++)
            if (!strcmp(r->column[i].name, r->column[k].name))
                return xyz_fail(r, "Properties names '%s' twice", r->column[i].name);
    r->extended = true;
    return true;
}
