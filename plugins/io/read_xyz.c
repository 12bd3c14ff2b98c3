/* io.read_xyz - atoms from an XYZ file, extended or plain, or from any text with one atom a line.
 */
#include <atomloom/op.h>
#include "io/bytes.h"
#include "io/xyz.h"
#include "kit/model.h"
#include <stdarg.h>
#include <stdio.h>

typedef xyz_params params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "text file"),
    LOOM_PARAM(params, columns,
               .doc =
                   "what each field of a line is: species, x, y, z, any name for a column to keep, "
                   "- for one to skip; not given: the file is XYZ, or its first line names them"),
    LOOM_PARAM(params, symbols,
               .doc =
                   "chemical symbols in the wanted order; then whole numbers in the species column "
                   "are types 1, 2, ... of this list, not atomic numbers"),
    LOOM_PARAM(
        params, frame, .min = -1, .max = 1e9,
        .doc = "which frame of an XYZ file with several: 1 the first, -1 the last; 0: there must "
               "be one only"),
    LOOM_PARAM(params, comment, .text = "#",
               .doc = "with `columns`: lines that begin with this text are skipped"),
    LOOM_PARAM(params, skip_lines, .min = 0, .max = 1000000,
               .doc = "with `columns`: lines at the beginning to skip"),
    LOOM_PARAM(params, scale, .unit = "angstrom", .def = 1, .min = -1e6, .max = 1e6,
               .doc = "length of one unit of the file"),
    LOOM_PARAM(params, shift, .unit = "angstrom", .flags = LOOM_LENGTH(0) | LOOM_LENGTH(3),
               .doc = "x, y, z added to every position after scaling; empty: 0, 0, 0"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms", "positions, species and every named column", 0 }, { 0 }
};

bool xyz_fail(xyz_reader *r, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->call->host->fail(r->call, LOOM_E_DATA, "file", "'%s' line %lld: %s", r->p->file.path,
                        (long long)r->lines.line, text);
    return false;
}

static bool separates(char c, bool table)
{
    return c == ' ' || c == '\t' || (table && (c == ',' || c == ';'));
}

/* Quotes within stand twice. NULL where there is none. */
static const char *closing_quote(const char *at, const char *end)
{
    for (; at < end; at++)
        if (*at == '"' && at + 1 < end && at[1] == '"') at++;
        else if (*at == '"') return at;
    return NULL;
}

/* Of a text with one separator: it may be empty, and hold the separator in quotes. */
static bool next_separated(const xyz_reader *r, io_span *line, io_span *out)
{
    while (line->at < line->end && *line->at == ' ') line->at++;
    if (line->at >= line->end) return false;
    const char *quote = *line->at == '"' ? closing_quote(line->at + 1, line->end) : NULL;
    const char *from = quote ? quote : line->at,
               *stop = memchr(from, r->separator, (size_t)(line->end - from));
    *out = io_trimmed((io_span){ line->at, stop ? stop : line->end });
    if (quote && quote + 1 == out->end) *out = (io_span){ out->at + 1, quote };
    line->at = stop ? stop + 1 : line->end;
    return true;
}

bool xyz_next_field(const xyz_reader *r, io_span *line, io_span *out)
{
    if (r->separator) return next_separated(r, line, out);
    while (line->at < line->end && separates(*line->at, r->table)) line->at++;
    out->at = line->at;
    while (line->at < line->end && !separates(*line->at, r->table)) line->at++;
    out->end = line->at;
    return out->end > out->at;
}

static bool is_blank(io_span line) { return !io_length_of(io_trimmed(line)); }

/* ---- tables ------------------------------------------------------------------------------------
 */

/* Does what follows the mark read as a row? Then a line may have been damaged, or taken out. */
static bool hides_a_row(const xyz_reader *r, io_span line)
{
    io_span rest = { line.at + strlen(r->p->comment), line.end }, field;
    int fields = 0, numbers = 0;
    while (xyz_next_field(r, &rest, &field)) {
        fields++;
        numbers += io_number_of(field).kind != IO_NO_NUMBER;
    }
    return fields >= r->n_columns && numbers >= 3;
}

/* A line of a table that holds an atom; the single field -1 ends the list, as multislice programs
 * write it. */
static bool next_row(xyz_reader *r, int64_t *hidden, io_span *out)
{
    while (io_next_line(&r->lines, out)) {
        io_span rest = *out, field, more;
        if (r->lines.line <= r->p->skip_lines || !xyz_next_field(r, &rest, &field)) continue;
        field.end = out->end;
        if (io_begins(field, r->p->comment)) {
            *hidden += hides_a_row(r, field);
            continue;
        }
        rest = *out;
        xyz_next_field(r, &rest, &field);
        return !(io_is(field, "-1") && !xyz_next_field(r, &rest, &more));
    }
    return false;
}

/* The first line of a text that is neither empty nor a comment, where it names the columns. */
static bool find_heading(xyz_reader *r, io_span *out)
{
    int64_t hidden = 0;
    io_lines start = r->lines;
    r->table = true;
    bool found = next_row(r, &hidden, out) && xyz_is_heading(*out);
    r->table = false;
    if (!found) r->lines = start;
    return found;
}

/* Sets r->n and leaves the reader before the first row. `heading`: NULL where `columns` is given.
 */
static bool begin_table(xyz_reader *r, const io_span *heading)
{
    io_span line;
    io_lines start = r->lines;
    int64_t hidden = 0;
    if (r->p->frame)
        return r->call->host->fail(r->call, LOOM_E_PARAM, "frame",
                                   "'frame' has no meaning with "
                                   "'columns': a table has one"),
               false;
    if (heading ? !xyz_layout_of_heading(r, *heading) : !xyz_layout_of_parameter(r)) return false;
    while (next_row(r, &hidden, &line))
        if (!r->n++ && heading) xyz_find_words(r, line);
    if (!r->n) return xyz_fail(r, "no atom before the end of the file");
    r->lines = start;
    if (hidden)
        r->call->host->warn(r->call, "file",
                            "%lld line%s of '%s' begin with '%s' and read as atoms but "
                            "for that; they are skipped",
                            (long long)hidden, hidden == 1 ? "" : "s", r->p->file.path,
                            r->p->comment);
    return true;
}

static bool read_table(xyz_reader *r)
{
    io_span line;
    int64_t hidden = 0;
    for (int64_t i = 0; i < r->n; i++) {
        if (i % 65536 == 0 && !r->call->host->progress(r->call, (double)i, (double)r->n))
            return false;
        if (!next_row(r, &hidden, &line) || !xyz_read_row(r, line, i)) return false;
    }
    return true;
}

/* ---- XYZ ---------------------------------------------------------------------------------------
 */

/* The line with the number of atoms, and nothing else. `before`: the atoms of the frame before, or
 * -1. */
static bool read_count(xyz_reader *r, int64_t before, int64_t *n)
{
    io_span line = { "", "" };
    io_next_line(&r->lines, &line);
    line = io_trimmed(line);
    io_number number = io_number_of(line);
    *n = number.whole;
    if (number.kind == IO_WHOLE && number.whole >= 0) return true;
    if (before < 0 && is_blank(line))
        return xyz_fail(r, "the line is empty; an XYZ file begins with the number of atoms, alone "
                           "in its first line");
    if (before >= 0)
        return xyz_fail(r,
                        "there are more lines than the frame's %lld atom%s, and '%.*s' is not the "
                        "number of atoms of another frame",
                        (long long)before, before == 1 ? "" : "s", io_shown(line), line.at);
    return xyz_fail(
        r,
        "found '%.*s' where an XYZ file has the number of atoms, alone in its first line; "
        "name the fields in 'columns' to read another text",
        io_shown(line), line.at);
}

/* Over one frame and the blank lines after it; *n: the atoms of the frame before (-1: none), then
 * its own. */
static bool skip_frame(xyz_reader *r, int64_t *n)
{
    io_span line;
    if (!read_count(r, *n, n)) return false;
    if (!io_next_line(&r->lines, &line))
        return xyz_fail(r, "the file ends before the next line, the comment");
    for (int64_t i = 0; i < *n; i++) {
        if (!io_next_line(&r->lines, &line))
            return xyz_fail(r, "the file ends after %lld of %lld atoms", (long long)i,
                            (long long)*n);
        if (is_blank(line))
            return xyz_fail(r, "the line is empty; expected atom %lld of %lld", (long long)i + 1,
                            (long long)*n);
    }
    for (io_lines ahead = r->lines; io_next_line(&ahead, &line) && is_blank(line);)
        r->lines = ahead;
    return true;
}

/* Leaves the reader before the wanted frame. All frames are looked at, so that a line too few or
 * too many is noticed whichever is read. */
static bool find_frame(xyz_reader *r)
{
    io_lines wanted = r->lines;
    int64_t frames = 0, n = -1;
    do {
        io_lines before = r->lines;
        if (!skip_frame(r, &n)) return false;
        frames++;
        if (frames == r->p->frame || r->p->frame == -1) wanted = before;
    } while (r->lines.at < r->lines.end);
    r->lines = wanted;
    if (r->p->frame <= frames && (r->p->frame || frames == 1)) return true;
    r->call->host->fail(r->call, LOOM_E_PARAM, "frame",
                        "'%s' holds %lld frame%s; choose one with "
                        "'frame': 1 to %lld, or -1 for the last",
                        r->p->file.path, (long long)frames, frames == 1 ? "" : "s",
                        (long long)frames);
    return false;
}

static bool begin_xyz(xyz_reader *r)
{
    io_span comment;
    return find_frame(r) && read_count(r, -1, &r->n) && io_next_line(&r->lines, &comment)
           && xyz_layout_of_comment(r, comment);
}

static bool read_frame(xyz_reader *r)
{
    io_span line;
    for (int64_t i = 0; i < r->n; i++) {
        if (i % 65536 == 0 && !r->call->host->progress(r->call, (double)i, (double)r->n))
            return false;
        if (!io_next_line(&r->lines, &line) || !xyz_read_row(r, line, i)) return false;
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    size_t n;
    io_span text, heading;
    xyz_reader *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (xyz_reader){ .call = call, .p = p };
    if (p->shift.n != 0 && p->shift.n != 3)
        return h->fail(call, LOOM_E_PARAM, "shift",
                       "'shift' must be three numbers x, y, z, found %lld", (long long)p->shift.n);
    if (p->scale == 0)
        return h->fail(call, LOOM_E_PARAM, "scale",
                       "'scale' is 0, which puts all atoms at one place; give the length of one "
                       "unit of the file in angstrom");
    if (p->scale < 0)
        h->warn(call, "scale",
                "'scale' is %g: the atoms are inverted through the origin, so that "
                "left-handed becomes right-handed",
                p->scale);
    if (!xyz_take_symbols(r)) return LOOM_E_PARAM;
    const unsigned char *bytes = io_read_file(call, "file", p->file.path, &n);
    if (!bytes) return LOOM_E_IO;
    if (!io_text_of(call, "file", p->file.path, bytes, n, &text)) return LOOM_E_DATA;
    r->lines = (io_lines){ text.at, text.end, 0 };
    loom_value *atoms = h->output(call, "atoms");
    bool named = !p->columns.n && find_heading(r, &heading);
    r->table = named || p->columns.n;
    if (!(r->table ? begin_table(r, named ? &heading : NULL) : begin_xyz(r))) return LOOM_E_DATA;
    io_span rows = { r->lines.at, r->lines.end };
    if (!xyz_make_arrays(r, atoms)) return LOOM_E_MEMORY;
    if (!(r->table ? read_table(r) : read_frame(r)))
        return h->cancelled(call) ? LOOM_E_CANCELLED : LOOM_E_DATA;
    if (r->lines.at == r->lines.end && !io_check_last_line(call, "file", p->file.path, rows, ' '))
        return LOOM_E_DATA;
    return xyz_finish(r, atoms) && loom_check_model(call, "file", r->n, r->position)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static const loom_op io_read_xyz = {
    .size = sizeof(loom_op),
    .revision = 5,
    .id = "io.read_xyz",
    .summary = "Atoms from an XYZ file, extended or plain, or from any text with one atom a line.",
    .method =
        "An XYZ file has the number of atoms, a comment, then a line per atom. With `Properties=` "
        "in the comment every property becomes a column (vectors: `name_1`, `name_2`, ...; words: "
        "codes with `categories.name`); without it a line is species, x, y, z and the rest is "
        "skipped. With `columns` the file is any text whose fields are separated by blanks, commas "
        "or semicolons: `columns: [species, y, x, z]` reads and swaps x and y. Without `columns`, "
        "a first line "
        "that names x, y and z (`element,x [nm],y [nm],z [nm],B`, in any case) does the same for a "
        "table of a spreadsheet: units of x, y, z are taken from it, further columns are numbers "
        "or words as their first row is. In the comment of an XYZ file a key `units` (`unit`, "
        "`length_unit`) does: angstrom, nm, pm, um, m, bohr. A column `Z` or `numbers` must agree "
        "with the symbols.\n\n"
        "A species is a chemical symbol in any case (`FE`, `fe` and `Fe` are iron), `X` for an "
        "unknown atom, a name of the list `symbols`, or an atomic number; anything else is an "
        "error. Symbols are listed in order of first appearance unless `symbols` fixes the order. "
        "All lines must have equally many fields, and the file as many lines as it says.",
    .cites = "none",
    .limits =
        "The cell (`Lattice=`) is not kept: particles are free-standing. Numbers are written with "
        "a decimal point and `e`: `nan`, `1,5` and `1.0D0` are refused. A last line without a line "
        "break is read with a warning, since a file cut within its last number looks the same.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_xyz", "1.0", "BSD-3-Clause", &io_read_xyz);
