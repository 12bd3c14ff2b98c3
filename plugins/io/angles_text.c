/* io/angles_text.c - tilts as numbers in a text; see angles.h. */
#include "io/angles.h"
#include "io/text.h"
#include "kit/unit.h"
#include <math.h>
#include <stdio.h>
#include <strings.h>

enum { MAX_COLUMNS = 16, NAME = 32 };

typedef struct columns {
    loom_call *call;
    const char *where, *path;
    int n;                        /* numbers in a line */
    char name[MAX_COLUMNS][NAME]; /* from the last line of titles that has as many words */
    char unit[MAX_COLUMNS][NAME]; /* "" where the title has none */
    int names;
    int64_t rows;
    double *v;    /* [rows][n]; scratch */
    bool commas;  /* stand in numbers, as decimal points; fields are apart by ; or tabs */
    bool one_row; /* all tilts stand in one line */
} columns;

static bool fail_at(const columns *c, int64_t line, const char *what, io_span word)
{
    c->call->host->fail(c->call, LOOM_E_DATA, c->where, "'%s' line %lld: '%.*s' %s", c->path,
                        (long long)line, io_shown(word), word.at, what);
    return false;
}

/* The next word between blanks, commas or semicolons; false at the end of the line. */
static bool next_word(const columns *c, io_span *rest, io_span *word)
{
    const char *between = c->commas ? " \t;" : " \t,;";
    while (rest->at < rest->end && strchr(between, *rest->at)) rest->at++;
    word->at = rest->at;
    while (rest->at < rest->end && !strchr(between, *rest->at)) rest->at++;
    word->end = rest->at;
    return word->at < word->end;
}

/* A number as people and spreadsheets write it: in quotes, with the minus sign of mathematics, with
 * a decimal comma where the text has these, with a degree sign. */
static io_number number_of(const columns *c, io_span word)
{
    static const char minus[] = "\xe2\x88\x92", degree[] = "\xc2\xb0";
    char plain[64];
    size_t n = 0, length = io_length_of(word);
    if (length > 2 && *word.at == '"' && word.end[-1] == '"') word.at++, word.end--;
    if (io_length_of(word) > 2 && !memcmp(word.end - 2, degree, 2)) word.end -= 2;
    if (io_length_of(word) >= sizeof plain) return io_number_of(word);
    for (const char *at = word.at; at < word.end; at++) {
        bool sign = at == word.at && word.end - at > 3 && !memcmp(at, minus, 3);
        plain[n++] = (char)(sign ? '-' : *at == ',' && c->commas ? '.' : *at);
        at += sign ? 2 : 0;
    }
    return io_number_of((io_span){ plain, plain + n });
}

/* Without a comment; a line that begins with one of these marks is one. */
static io_span content_of(io_span line)
{
    line = io_trimmed(line);
    if (line.at < line.end && strchr("#%;!", *line.at)) line.end = line.at;
    return line;
}

/* What stands in [] or () at the end of a title, or behind its last _ where that is an angle's
 * unit. */
static io_span unit_of(io_span *title)
{
    io_span none = { title->end, title->end };
    const char *open = title->at;
    while (open < title->end && *open != '[' && *open != '(') open++;
    if (open < title->end) {
        io_span unit = { open + 1, title->end - (title->end > open + 1) };
        title->end = open;
        return unit;
    }
    for (const char *at = title->end; at > title->at; at--) {
        io_span tail = { at, title->end };
        if (at[-1] == '_' && (io_is(tail, "rad") || io_is(tail, "mrad") || io_is(tail, "deg")))
            return tail;
    }
    return none;
}

/* Titles, and their units: theta [rad] is one title in two words. */
static bool take_titles(columns *c, io_span line)
{
    io_span word;
    c->names = 0;
    while (c->names < MAX_COLUMNS && next_word(c, &line, &word)) {
        if (io_begins(word, "\"")) word.at++;
        if (word.end > word.at && word.end[-1] == '"') word.end--;
        bool alone = c->names && word.at < word.end && strchr("[(", *word.at);
        io_span unit = unit_of(&word);
        int at = alone ? c->names - 1 : c->names++;
        if (!alone) snprintf(c->name[at], NAME, "%.*s", io_shown(word), word.at);
        snprintf(c->unit[at], NAME, "%.*s", io_shown(unit), unit.at);
    }
    return true;
}

static bool take_row(columns *c, io_span line, int64_t at)
{
    io_span word, rest = line;
    int n = 0;
    double *row = c->v + c->rows * MAX_COLUMNS;
    while (next_word(c, &rest, &word)) {
        const char *why = "is not a number";
        io_number v = number_of(c, word);
        bool good = v.kind == IO_REAL || v.kind == IO_WHOLE;
        if (!good && !c->rows && !n) return take_titles(c, line);
        if (!good) {
            io_damaged_number(word, &why);
            return fail_at(c, at, why, word);
        }
        if (c->one_row) {
            c->v[c->rows++ * MAX_COLUMNS] = v.real;
            continue;
        }
        if (n == MAX_COLUMNS) return fail_at(c, at, "is one number too many in a line", word);
        row[n++] = v.real;
    }
    if (c->one_row) return true;
    if (c->rows && n != c->n)
        return fail_at(c, at,
                       n < c->n ? "ends a line with fewer numbers than the lines before"
                                : "ends a line with more numbers than the lines before",
                       line);
    c->n = n;
    c->rows++;
    return true;
}

static bool named_tilt(const char *name)
{
    static const char *const names[] = { "theta", "tilt",  "tilt_angle", "tiltangle",
                                         "angle", "alpha", "angles",     "theta_deg" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncasecmp(name, names[i], strlen(names[i])) && strchr("[(_", name[strlen(names[i])]))
            return true;
    return false;
}

static bool counts_rows(const columns *c, int column)
{
    for (int64_t i = 1; i < c->rows; i++)
        if (fabs(c->v[i * MAX_COLUMNS + column] - c->v[(i - 1) * MAX_COLUMNS + column] - 1) > 1e-9)
            return false;
    return c->rows > 1;
}

/* Which column has the tilts; -1: columns 0 to 2 are Euler angles; -2: nobody can know. */
static int find_column(const columns *c)
{
    int named = -2, count = 0;
    for (int k = 0; c->names == c->n && k < c->n; k++)
        if (named_tilt(c->name[k])) {
            named = k;
            count++;
        }
    bool euler = c->names == c->n && c->n == 3 && !strncasecmp(c->name[0], "phi", 3)
                 && !strncasecmp(c->name[2], "psi", 3);
    if (euler) return -1;
    if (count == 1) return named;
    if (c->n == 1) return 0;
    if (c->n == 2 && counts_rows(c, 0)) return 1;
    return c->n == 3 && !counts_rows(c, 0) ? -1 : -2;
}

/* Degrees of one unit of a column's numbers; 0 after failing. */
static double degrees_of(const columns *c, int column)
{
    const char *unit = c->names == c->n ? c->unit[column] : "";
    double factor = *unit ? loom_unit_factor(unit, "degree") : 1;
    if (!(factor > 0))
        c->call->host->fail(c->call, LOOM_E_DATA, c->where,
                            "'%s': the column '%s' is in '%s'; expected degrees (or rad, mrad)",
                            c->path, c->name[column], unit);
    return factor;
}

static bool give(const columns *c, angle_list *out)
{
    const loom_host *h = c->call->host;
    int column = c->rows ? find_column(c) : 0;
    if (!c->rows) {
        h->fail(c->call, LOOM_E_DATA, c->where, "'%s' holds no line of numbers", c->path);
        return false;
    }
    if (column < -1) {
        h->fail(c->call, LOOM_E_DATA, c->where,
                "'%s' has %d numbers in a line; expected one (the tilt), or three (phi, theta, "
                "psi), or a line of names above them with one 'tilt' or 'theta'%s",
                c->path, c->n,
                c->n == 2 ? " (is the comma a decimal one? write 10.5, not 10,5)" : "");
        return false;
    }
    out->angle_deg = h->scratch(c->call, (size_t)(3 * c->rows) * sizeof(double));
    if (!out->angle_deg) return false;
    for (int j = 0; j < 3; j++) {
        int from = column < 0 ? j : j == 1 ? column : -1;
        double factor = from < 0 ? 0 : degrees_of(c, from);
        if (from >= 0 && !(factor > 0)) return false;
        for (int64_t i = 0; i < c->rows; i++)
            out->angle_deg[3 * i + j] = from < 0 ? 0 : factor * c->v[i * MAX_COLUMNS + from];
    }
    out->n = c->rows;
    out->kind = "text";
    return true;
}

/* What the lines of numbers look like. */
typedef struct look {
    int64_t lines, words; /* that begin with a number; words of the last of them */
    int64_t commas, odd_commas, points, fields; /* fields: lines that have ; or a tab */
} look;

static void look_at_line(const columns *c, io_span line, look *l)
{
    io_span word, rest = line;
    columns with_commas = *c;
    with_commas.commas = true;
    if (!next_word(c, &rest, &word)
        || (number_of(c, word).kind == IO_NO_NUMBER
            && number_of(&with_commas, word).kind == IO_NO_NUMBER))
        return;
    l->lines++;
    l->words = 1;
    while (next_word(c, &rest, &word)) l->words++;
    l->fields +=
        memchr(line.at, ';', io_length_of(line)) || memchr(line.at, '\t', io_length_of(line));
    for (const char *at = line.at; at < line.end; at++) {
        bool inside = at > line.at && at + 1 < line.end && at[-1] >= '0' && at[-1] <= '9'
                      && at[1] >= '0' && at[1] <= '9';
        l->points += *at == '.';
        l->commas += *at == ',';
        l->odd_commas += *at == ',' && !inside;
    }
}

/* Decimal commas: fields are apart by something else in every line, each comma stands between two
 * digits, and no number has a point. One row: a single line, not of three Euler angles. */
static void look_at_lines(columns *c, io_span text)
{
    look l = { 0 };
    io_lines lines = { text.at, text.end, 0 };
    io_span line;
    while (io_next_line(&lines, &line)) look_at_line(c, content_of(line), &l);
    c->commas = l.commas && l.fields == l.lines && !l.odd_commas && !l.points;
    c->one_row = l.lines == 1 && l.words > 3;
    c->n = c->one_row ? 1 : 0;
    if (c->commas)
        c->call->host->note(c->call, "'%s': commas are taken for decimal points", c->path);
}

bool angles_of_text(loom_call *call, const char *where, const char *path,
                    const unsigned char *bytes, size_t n, angle_list *out)
{
    columns c = { .call = call, .where = where, .path = path };
    io_span text, line;
    if (!io_text_of(call, where, path, bytes, n, &text)) return false;
    int64_t most = 1;
    for (const char *at = text.at; at < text.end; at++) most += *at == '\n' || *at == '\r';
    look_at_lines(&c, text);
    if (c.one_row) most = text.end - text.at + 1;
    c.v = call->host->scratch(call, (size_t)(most * MAX_COLUMNS) * sizeof(double));
    if (!c.v) return false;
    io_lines lines = { text.at, text.end, 0 };
    while (io_next_line(&lines, &line)) {
        line = content_of(line);
        if (line.at < line.end && !take_row(&c, line, lines.line)) return false;
    }
    return io_check_last_line(call, where, path, text, ',') && give(&c, out);
}
