/* io/csv_columns.c - see csv_columns.h */
#include "io/csv_columns.h"
#include <stdarg.h>
#include <stdio.h>

bool csv_fail_at(const csv_reader *r, int64_t line, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->call->host->fail(r->call, LOOM_E_DATA, "file", "'%s' line %lld: %s", r->path,
                        (long long)line, text);
    return false;
}

static bool copy_name(io_span s, char to[CSV_NAME_ROOM])
{
    size_t n = io_length_of(s);
    if (n >= CSV_NAME_ROOM) return false;
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)s.at[i] <= ' ' || s.at[i] == '/' ? '_' : s.at[i];
    to[n] = 0;
    return true;
}

/* "depth [angstrom]" -> depth, angstrom. NULL, or why it cannot be the next column. */
static const char *add_column(csv_reader *r, io_span s)
{
    if (r->n_columns == CSV_COLUMNS) return "there are more than 256 columns";
    csv_column *c = &r->column[r->n_columns];
    const char *bracket = memchr(s.at, '[', io_length_of(s));
    io_span name = s, unit = { s.end, s.end };
    if (bracket && !memchr(bracket, ']', (size_t)(s.end - bracket)))
        return "the [ of its unit is not closed";
    if (!bracket && io_length_of(s) && s.end[-1] == ']') return "it ends in ] without a [";
    if (bracket && s.end[-1] == ']') {
        name = io_trimmed((io_span){ s.at, bracket });
        unit = io_trimmed((io_span){ bracket + 1, s.end - 1 });
    }
    if (!copy_name(name, c->name) || !copy_name(unit, c->unit))
        return "a column's name or unit is longer than 63 bytes";
    if (!*c->name) snprintf(c->name, CSV_NAME_ROOM, "column_%d", r->n_columns + 1);
    for (int k = 0; k < r->n_columns; k++)
        if (!strcmp(r->column[k].name, c->name)) return "two columns have this name";
    r->n_columns++;
    return NULL;
}

static bool columns_of_parameter(csv_reader *r)
{
    for (int64_t i = 0; i < r->columns.n; i++) {
        const char *name = r->columns.v[i];
        const char *why = add_column(r, (io_span){ name, name + strlen(name) });
        if (!why) continue;
        r->call->host->fail(r->call, LOOM_E_PARAM, "columns", "'columns' holds '%s': %s", name,
                            why);
        return false;
    }
    return true;
}

static bool columns_of_heading(csv_reader *r, csv_text *t)
{
    csv_field f;
    if (!csv_next_record(t)) {
        r->call->host->fail(r->call, LOOM_E_DATA, "file",
                            "'%s' holds nothing but empty lines and comments; its first line names "
                            "the columns",
                            r->path);
        return false;
    }
    r->heading = (io_span){ t->at, t->end };
    for (bool more = true; csv_next_field(t, &more, &f);) {
        char plain[1024];
        if (io_number_of(f.text).kind != IO_NO_NUMBER)
            return csv_fail_at(r, f.line,
                               "the first line holds numbers, not names; name the fields in "
                               "'columns'");
        if (io_length_of(f.text) >= sizeof plain)
            return csv_fail_at(r, f.line, "a column's name is longer than 63 bytes");
        csv_plain(&f, plain);
        if (!more && r->n_columns && !*plain)
            return csv_fail_at(
                r, f.line,
                "a name is missing after the last separator; remove the separator at the "
                "end of every line, or name all fields in 'columns' and skip this line");
        const char *why = add_column(r, (io_span){ plain, plain + strlen(plain) });
        if (why)
            return csv_fail_at(r, f.line, "column '%.*s': %s", io_shown(f.text), f.text.at, why);
    }
    return !t->fault || csv_fail_at(r, t->line, "%s", t->fault);
}

/* Columns that `words` names. */
static bool force_words(csv_reader *r)
{
    for (int64_t i = 0; i < r->words.n; i++) {
        bool found = false;
        for (int k = 0; k < r->n_columns; k++)
            if (!strcmp(r->column[k].name, r->words.v[i])) found = r->column[k].forced = true;
        if (found) continue;
        r->call->host->fail(r->call, LOOM_E_PARAM, "words",
                            "'words' holds '%s', which is not a column", r->words.v[i]);
        return false;
    }
    return true;
}

bool csv_name_columns(csv_reader *r, csv_text *t)
{
    return columns_of_parameter(r) && (r->n_columns || columns_of_heading(r, t)) && force_words(r);
}
