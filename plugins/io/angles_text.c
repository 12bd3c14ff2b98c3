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
    double *v; /* [rows][n]; scratch */
} columns;

static bool fail_at(const columns *c, int64_t line, const char *what, io_span word)
{
    c->call->host->fail(c->call, LOOM_E_DATA, c->where, "'%s' line %lld: '%.*s' %s", c->path,
                        (long long)line, io_shown(word), word.at, what);
    return false;
}

/* The next word between blanks, commas or semicolons; false at the end of the line. */
static bool next_word(io_span *rest, io_span *word)
{
    static const char between[] = " \t,;";
    while (rest->at < rest->end && strchr(between, *rest->at)) rest->at++;
    word->at = rest->at;
    while (rest->at < rest->end && !strchr(between, *rest->at)) rest->at++;
    word->end = rest->at;
    return word->at < word->end;
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
    while (c->names < MAX_COLUMNS && next_word(&line, &word)) {
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
    while (next_word(&rest, &word)) {
        const char *why = "is not a number";
        io_number v = io_number_of(word);
        bool good = v.kind == IO_REAL || v.kind == IO_WHOLE;
        if (!good && !c->rows && !n) return take_titles(c, line);
        if (!good) {
            io_damaged_number(word, &why);
            return fail_at(c, at, why, word);
        }
        if (n == MAX_COLUMNS) return fail_at(c, at, "is one number too many in a line", word);
        row[n++] = v.real;
    }
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
    if (!c->rows || column < -1) {
        h->fail(c->call, LOOM_E_DATA, c->where,
                c->rows ? "'%s' has %d numbers in a line; expected one (the tilt), or three (phi, "
                          "theta, psi), or a line of names above them with one 'tilt' or 'theta'"
                        : "'%s' holds no line of numbers",
                c->path, c->n);
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

bool angles_of_text(loom_call *call, const char *where, const char *path,
                    const unsigned char *bytes, size_t n, angle_list *out)
{
    columns c = { .call = call, .where = where, .path = path };
    io_span text, line;
    if (!io_text_of(call, where, path, bytes, n, &text)) return false;
    int64_t most = 1;
    for (const char *at = text.at; at < text.end; at++) most += *at == '\n' || *at == '\r';
    c.v = call->host->scratch(call, (size_t)(most * MAX_COLUMNS) * sizeof(double));
    if (!c.v) return false;
    io_lines lines = { text.at, text.end, 0 };
    while (io_next_line(&lines, &line)) {
        line = content_of(line);
        if (line.at < line.end && !take_row(&c, line, lines.line)) return false;
    }
    return io_check_last_line(call, where, path, text, ',') && give(&c, out);
}
