/* io.read_xyz - atoms from an XYZ file, extended or plain, or from any text with one atom a line. */
#include <atomloom/op.h>
#include "io/bytes.h"
#include "kit/elements.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct params {
    loom_path file;
    loom_strings columns, symbols;
    const char *comment;
    int64_t skip_lines;
    double scale;
    loom_reals shift;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "text file"),
    LOOM_PARAM(params, columns, .doc = "what each field of a line is: species, x, y, z, any name for a column to keep, - for one to pass "
                                       "over; empty: the file is XYZ"),
    LOOM_PARAM(params, symbols, .doc = "chemical symbols in the wanted order; then whole numbers in the species column are types 1, 2, ... "
                                       "of this list, not atomic numbers"),
    LOOM_PARAM(params, comment, .text = "#", .doc = "with `columns`: lines that begin with this text are passed over"),
    LOOM_PARAM(params, skip_lines, .min = 0, .max = 1000000, .doc = "with `columns`: lines at the beginning to pass over"),
    LOOM_PARAM(params, scale, .unit = "angstrom", .def = 1, .min = -1e6, .max = 1e6, .doc = "length of one unit of the file"),
    LOOM_PARAM(params, shift, .unit = "angstrom", .doc = "x, y, z added to every position after scaling; empty: 0, 0, 0"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "atoms", "atoms", "positions, species and every named column", 0 }, { 0 } };

enum { MOST_COLUMNS = 64, MOST_SYMBOLS = 256, NAME_ROOM = 64, SYMBOL_ROOM = 16, CATEGORY_TEXT = 1 << 16 };
typedef enum field_role { PASS_OVER, SPECIES, X, Y, Z, NUMBER, WHOLE, WORD } field_role;
typedef struct column {
    field_role role;
    char name[NAME_ROOM];
    void *data;       /* NUMBER: double; WHOLE, WORD: int32_t */
    char *categories; /* WORD: the words so far, one per line */
} column;

typedef struct reader {
    loom_call *call;
    const params *p;
    const char *at;      /* the next line */
    const char *end;
    int64_t line;        /* number of the line last taken, from 1 */
    int n_columns, n_symbols;
    bool table;          /* `columns` was given */
    int64_t n;           /* atoms */
    double *position;
    int32_t *species;
    column column[MOST_COLUMNS];
    char symbol[MOST_SYMBOLS][SYMBOL_ROOM];
} reader;

static bool fail_at(reader *r, const char *what)
{
    r->call->host->fail(r->call, LOOM_E_DATA, "file", "'%s' line %lld: %s", r->p->file.path, (long long)r->line, what);
    return false;
}

/* ---- lines and fields -------------------------------------------------------------------------------------------------- */

typedef struct span { const char *at, *end; } span;

static bool next_line(reader *r, span *out)
{
    if (r->at >= r->end) return false;
    const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
    *out = (span){ r->at, stop ? stop : r->end };
    r->at = stop ? stop + 1 : r->end;
    r->line++;
    return true;
}

static bool separates(char c, bool table) { return c == ' ' || c == '\t' || c == '\r' || (table && (c == ',' || c == ';')) || c == 0; }

static bool next_field(const reader *r, span *line, span *out)
{
    while (line->at < line->end && separates(*line->at, r->table)) line->at++;
    out->at = line->at;
    while (line->at < line->end && !separates(*line->at, r->table)) line->at++;
    out->end = line->at;
    return out->end > out->at;
}

static bool field_is(span s, const char *text) { return (size_t)(s.end - s.at) == strlen(text) && !memcmp(s.at, text, strlen(text)); }

/* The bytes end with a NUL, so strtod stops in time; a field that goes on after the number is not one. */
static bool number_of(span s, double *out)
{
    char *stop;
    *out = strtod(s.at, &stop);
    return stop == s.end && isfinite(*out);
}

static bool whole_of(span s, int32_t *out)
{
    double v;
    if (field_is(s, "T") || field_is(s, "F")) { *out = *s.at == 'T'; return true; }
    if (!number_of(s, &v) || v != floor(v) || fabs(v) > INT32_MAX) return false;
    *out = (int32_t)v;
    return true;
}

/* ---- the layout of a line ----------------------------------------------------------------------------------------------- */

static bool add_column(reader *r, field_role role, const char *name, size_t length)
{
    if (r->n_columns == MOST_COLUMNS || length >= NAME_ROOM)
        return fail_at(r, "more than 64 columns, or a column name longer than 63 bytes");
    column *c = &r->column[r->n_columns++];
    c->role = role;
    memcpy(c->name, name, length);
    return true;
}

/* Can this be the name of a per-atom column? */
static bool usable(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '/' || *c == 127) return false;
    return *name && strcmp(name, "position") != 0 && strcmp(name, "species") != 0;
}

static field_role role_of(const char *name)
{
    static const char *const names[] = { "-", "species", "x", "y", "z" };
    for (int i = 0; i < 5; i++)
        if (!strcmp(name, names[i])) return (field_role)i;
    return NUMBER;
}

static bool layout_from_parameter(reader *r)
{
    unsigned seen = 0;
    for (int64_t i = 0; i < r->p->columns.n; i++) {
        field_role role = role_of(r->p->columns.v[i]);
        bool refused = role == NUMBER ? !usable(r->p->columns.v[i]) : role != PASS_OVER && (seen >> role & 1);
        for (int k = 0; k < r->n_columns && role == NUMBER; k++) refused |= !strcmp(r->column[k].name, r->p->columns.v[i]);
        if (refused || !add_column(r, role, r->p->columns.v[i], strlen(r->p->columns.v[i])))
            return r->call->host->fail(r->call, LOOM_E_PARAM, "columns",
                                       "'columns' holds '%s', which is there twice, is too long or cannot be a name", r->p->columns.v[i]),
                                           false;
        seen |= 1u << role;
    }
    if ((seen >> X & 7) == 7) return true;
    r->call->host->fail(r->call, LOOM_E_PARAM, "columns", "'columns' must name x, y and z");
    return false;
}

/* One entry of Properties=, "forces:R:3": `count` columns of that kind. */
static bool add_property(reader *r, span name, char kind, int count)
{
    if (field_is(name, "species") || (field_is(name, "element") && kind == 'S')) return count == 1 && add_column(r, SPECIES, "species", 7);
    if (field_is(name, "pos")) return count == 3 && add_column(r, X, "x", 1) && add_column(r, Y, "y", 1) && add_column(r, Z, "z", 1);
    field_role role = kind == 'R' ? NUMBER : kind == 'S' ? WORD : WHOLE;
    char text[NAME_ROOM];
    for (int k = 1; k <= count; k++) {
        int n = snprintf(text, sizeof text, count > 1 ? "%.*s_%d" : "%.*s", (int)(name.end - name.at), name.at, k);
        if (n <= 0 || n >= NAME_ROOM || !add_column(r, usable(text) ? role : PASS_OVER, text, (size_t)n)) return false;
    }
    return true;
}

static bool layout_from_properties(reader *r, span comment)
{
    static const char key[] = "Properties=";
    const char *at = memmem(comment.at, (size_t)(comment.end - comment.at), key, sizeof key - 1);
    if (!at)
        return add_column(r, SPECIES, "species", 7) && add_column(r, X, "x", 1) && add_column(r, Y, "y", 1) && add_column(r, Z, "z", 1);
    const char *stop = at += sizeof key - 1;
    while (stop < comment.end && !separates(*stop, false)) stop++;
    for (unsigned seen = 0; at < stop;) {
        span name = { at, memchr(at, ':', (size_t)(stop - at)) };
        char *after = NULL;
        long count = name.end && name.end + 3 < stop && name.end[2] == ':' ? strtol(name.end + 3, &after, 10) : 0;
        if (count < 1 || count > MOST_COLUMNS || !after || after > stop || !memchr("SRIL", name.end[1], 4) ||
            !add_property(r, name, name.end[1], (int)count))
            return fail_at(r, "cannot read 'Properties='; expected name:kind:count triples such as species:S:1:pos:R:3");
        at = after < stop && *after == ':' ? after + 1 : stop;
        for (int k = 0; k < r->n_columns; k++) seen |= 1u << r->column[k].role;
        if (at >= stop && ((seen >> X & 7) != 7 || !(seen >> SPECIES & 1)))
            return fail_at(r, "'Properties=' has no species:S:1 or no pos:R:3");
    }
    for (int i = 0; i < r->n_columns; i++)
        for (int k = 0; k < i; k++)
            if (!strcmp(r->column[i].name, r->column[k].name)) return fail_at(r, "'Properties=' names a column twice");
    return r->n_columns > 0 || fail_at(r, "'Properties=' is empty");
}

/* ---- species and words --------------------------------------------------------------------------------------------------- */

static int32_t symbol_index(reader *r, const char *text, size_t length)
{
    for (int i = 0; i < r->n_symbols; i++)
        if (strlen(r->symbol[i]) == length && !memcmp(r->symbol[i], text, length)) return i;
    if (r->n_symbols == MOST_SYMBOLS || length >= SYMBOL_ROOM) return -1;
    memcpy(r->symbol[r->n_symbols], text, length);
    return r->n_symbols++;
}

static bool species_of(reader *r, span s, int32_t *out)
{
    int32_t number;
    if (whole_of(s, &number) && !field_is(s, "F") && !field_is(s, "T")) {
        if (r->p->symbols.n && (number < 1 || number > r->p->symbols.n)) return fail_at(r, "the type is not one of the list 'symbols'");
        if (!r->p->symbols.n && (number < 0 || number > LOOM_ELEMENTS_LAST))
            return fail_at(r, "the species is neither a symbol nor an atomic number up to 118");
        const char *symbol = number ? loom_element_symbol(number) : "X";
        *out = r->p->symbols.n ? number - 1 : symbol_index(r, symbol, strlen(symbol));
    } else {
        *out = symbol_index(r, s.at, (size_t)(s.end - s.at));
    }
    return *out >= 0 || fail_at(r, "more than 256 species, or a symbol longer than 15 bytes; is the first field of each line the species?");
}

/* Code of a word in the newline-separated list; appended where it is new. */
static bool word_code(reader *r, column *c, span s, int32_t *out)
{
    size_t length = (size_t)(s.end - s.at), used = strlen(c->categories);
    *out = 0;
    for (const char *w = c->categories; *w; ++*out) {
        const char *stop = strchrnul(w, '\n');
        if ((size_t)(stop - w) == length && !memcmp(w, s.at, length)) return true;
        w = *stop ? stop + 1 : stop;
    }
    if (used + length + 2 > CATEGORY_TEXT) return fail_at(r, "a column of words holds too many different ones");
    if (used) c->categories[used++] = '\n';
    memcpy(c->categories + used, s.at, length);
    return true;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */

static bool read_field(reader *r, column *c, span s, int64_t i)
{
    switch (c->role) {
    case PASS_OVER: return true;
    case SPECIES: return species_of(r, s, &r->species[i]);
    case X: case Y: case Z: return number_of(s, &r->position[3 * i + (c->role - X)]) || fail_at(r, "a coordinate is not a finite number");
    case NUMBER: return number_of(s, (double *)c->data + i) || fail_at(r, "a field of a column of numbers is not a finite number");
    case WHOLE: return whole_of(s, (int32_t *)c->data + i) || fail_at(r, "a field of a column of whole numbers is not one");
    default: return word_code(r, c, s, (int32_t *)c->data + i);
    }
}

static bool read_row(reader *r, span line, int64_t i)
{
    for (int k = 0; k < r->n_columns; k++) {
        span field;
        if (!next_field(r, &line, &field)) return fail_at(r, "fewer fields than columns");
        if (!read_field(r, &r->column[k], field, i)) return false;
    }
    return true;
}

/* A line of a table that holds an atom; the single field -1 ends the list, as multislice programs write it. */
static bool next_row(reader *r, span *out)
{
    size_t mark = strlen(r->p->comment ? r->p->comment : "");
    while (next_line(r, out)) {
        span rest = *out, field, more;
        if (r->line <= r->p->skip_lines || !next_field(r, &rest, &field)) continue;
        if (mark && (size_t)(out->end - field.at) >= mark && !memcmp(field.at, r->p->comment, mark)) continue;
        return !(field_is(field, "-1") && !next_field(r, &rest, &more));
    }
    return false;
}

/* Sets r->n and leaves the reader before the first row. */
static bool begin_table(reader *r)
{
    span line;
    const char *start = r->at;
    if (!layout_from_parameter(r)) return false;
    while (next_row(r, &line)) r->n++;
    r->at = start;
    r->line = 0;
    return r->n > 0 || fail_at(r, "no atom before the end of the file");
}

static bool begin_xyz(reader *r)
{
    span line, field, comment = { "", "" };
    double n;
    if (!next_line(r, &line) || !next_field(r, &line, &field) || !number_of(field, &n) || n != floor(n) || n < 0)
        return fail_at(r, "an XYZ file begins with the number of atoms; name the fields in 'columns' to read another text");
    if (!next_line(r, &comment)) return fail_at(r, "the file ends before its second line, the comment");
    if (!layout_from_properties(r, comment)) return false;
    if (2 * n * r->n_columns > (double)(r->end - r->at) + 1)
        return fail_at(r, "the file is too short for the number of atoms its first line promises");
    r->n = (int64_t)n;
    return true;
}

static bool make_arrays(reader *r, loom_value *atoms)
{
    const loom_host *h = r->call->host;
    r->position = h->add_array(r->call, atoms, "position", LOOM_F64, 2, (int64_t[]){ r->n, 3 }, "angstrom");
    r->species = h->add_array(r->call, atoms, "species", LOOM_I32, 1, &r->n, NULL);
    if (!r->position || !r->species) return false;
    for (int k = 0; k < r->n_columns; k++) {
        column *c = &r->column[k];
        if (c->role < NUMBER) continue;
        c->data = h->add_array(r->call, atoms, c->name, c->role == NUMBER ? LOOM_F64 : LOOM_I32, 1, &r->n, NULL);
        if (c->role == WORD && (c->categories = h->scratch(r->call, CATEGORY_TEXT))) memset(c->categories, 0, CATEGORY_TEXT);
        if (!c->data || (c->role == WORD && !c->categories)) return false;
    }
    return true;
}

static void finish(reader *r, loom_value *atoms)
{
    char text[MOST_SYMBOLS * SYMBOL_ROOM] = "", key[NAME_ROOM + 16];
    double shift[3] = { 0 };
    if (r->p->shift.n == 3) memcpy(shift, r->p->shift.v, sizeof shift);
    for (int64_t i = 0; i < 3 * r->n; i++) r->position[i] = r->position[i] * r->p->scale + shift[i % 3];
    if (!r->n_symbols) symbol_index(r, "X", 1);
    for (int i = 0; i < r->n_symbols; i++) snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", r->symbol[i]);
    r->call->host->set_text(r->call, atoms, "symbols", text);
    for (int k = 0; k < r->n_columns; k++) {
        if (r->column[k].role != WORD) continue;
        snprintf(key, sizeof key, "categories.%s", r->column[k].name);
        r->call->host->set_text(r->call, atoms, key, r->column[k].categories);
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    size_t bytes;
    reader *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (reader){ .call = call, .p = p, .table = p->columns.n > 0 };
    if (p->shift.n != 0 && p->shift.n != 3)
        return h->fail(call, LOOM_E_PARAM, "shift", "'shift' must be three numbers x, y, z, found %lld", (long long)p->shift.n);
    for (int64_t i = 0; i < p->symbols.n; i++)
        if (symbol_index(r, p->symbols.v[i], strlen(p->symbols.v[i])) != i || !*p->symbols.v[i] || strpbrk(p->symbols.v[i], " \t\n"))
            return h->fail(call, LOOM_E_PARAM, "symbols", "'symbols' holds '%s', which is there already or is not a symbol",
                           p->symbols.v[i]);
    if (!(r->at = (const char *)io_read_file(call, "file", p->file.path, &bytes))) return LOOM_E_IO;
    r->end = r->at + bytes;
    loom_value *atoms = h->output(call, "atoms");
    if (!(r->table ? begin_table(r) : begin_xyz(r)) || !make_arrays(r, atoms)) return LOOM_E_DATA;
    for (int64_t i = 0; i < r->n; i++) {
        span line;
        if (!(r->table ? next_row(r, &line) : next_line(r, &line)))
            return h->fail(call, LOOM_E_DATA, "file", "'%s' ends after %lld of %lld atoms", p->file.path, (long long)i, (long long)r->n),
                LOOM_E_DATA;
        if (!read_row(r, line, i)) return LOOM_E_DATA;
    }
    finish(r, atoms);
    return LOOM_OK;
}

static const loom_op io_read_xyz = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.read_xyz",
    .summary = "Atoms from an XYZ file, extended or plain, or from any text with one atom a line.",
    .method = "An XYZ file has the number of atoms, a comment, then a line per atom. With `Properties=` in the comment every property "
              "becomes a column (vectors: "
              "`name_1`, `name_2`, ...; words: codes with `categories.name`); without it a line is species, x, y, z and the rest is passed "
              "over. With `columns` the file is any "
              "text whose fields are separated by blanks, commas or semicolons: `columns: [species, y, x, z]` reads and swaps x and y. A "
              "species is a symbol or an atomic number; "
              "symbols are listed in order of first appearance unless `symbols` fixes the order.",
    .cites = "none",
    .limits = "The first frame of a trajectory only. The cell (`Lattice=`) is not kept: particles are free-standing.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.read_xyz", "1.0", "BSD-3-Clause", &io_read_xyz);
