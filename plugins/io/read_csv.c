/* io.read_csv - a table from a text with one row a line. */
#include <atomloom/op.h>
#include "io/bytes.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct params { loom_path file; const char *separator, *comment; loom_strings columns; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "text file"),
    LOOM_PARAM(params, separator, .text = ",", .doc = "what stands between fields: one character, or `blank` for any run of blanks"),
    LOOM_PARAM(params, comment, .text = "#", .doc = "lines that begin with this text are passed over"),
    LOOM_PARAM(params, columns, .doc = "names of the columns, `name` or `name [unit]`; empty: the first line holds them"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "table", "table", "one column per field: numbers, or words as codes with `categories.NAME`", 0 },
                                     { 0 } };

enum { MOST_COLUMNS = 256, NAME_ROOM = 64, CATEGORY_TEXT = 1 << 16 };
typedef struct span { const char *at, *end; } span;
typedef struct reader {
    loom_call *call;
    const params *p;
    const char *start, *end;
    bool blanks;
    char separator;
    int n_columns;
    int64_t n_rows;
    char name[MOST_COLUMNS][NAME_ROOM], unit[MOST_COLUMNS][NAME_ROOM];
    bool words[MOST_COLUMNS];
    void *data[MOST_COLUMNS]; /* double, or int32_t codes */
    char *categories[MOST_COLUMNS];
} reader;

/* ---- lines and fields --------------------------------------------------------------------------------------------------- */

static span trimmed(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) end--;
    return (span){ at, end };
}

/* The next line that is neither empty nor a comment; *number counts all lines. */
static bool next_line(const reader *r, const char **at, int64_t *number, span *out)
{
    size_t mark = strlen(r->p->comment ? r->p->comment : "");
    while (*at < r->end) {
        const char *stop = memchr(*at, '\n', (size_t)(r->end - *at));
        if (!stop) stop = r->end;
        *out = trimmed(*at, stop);
        *at = stop < r->end ? stop + 1 : stop;
        ++*number;
        if (out->end > out->at && !(mark && (size_t)(out->end - out->at) >= mark && !memcmp(out->at, r->p->comment, mark))) return true;
    }
    return false;
}

/* A field may stand in double quotes, which are taken off (a quote within is not undone). */
static bool next_field(const reader *r, span *line, bool *more, span *out)
{
    if (!*more) return false;
    const char *stop, *at = line->at;
    while (at < line->end && (*at == ' ' || *at == '\t')) at++;
    bool quoted = at < line->end && *at == '"' && (stop = memchr(at + 1, '"', (size_t)(line->end - at - 1)));
    const char *look = quoted ? stop + 1 : at;
    while (look < line->end && !(r->blanks ? *look == ' ' || *look == '\t' : *look == r->separator)) look++;
    *out = quoted ? (span){ at + 1, stop } : trimmed(at, look);
    *more = look < line->end;
    line->at = look + *more;
    return true;
}

static bool number_of(span s, double *out)
{
    char text[64], *stop;
    size_t n = (size_t)(s.end - s.at);
    if (!n || n >= sizeof text) return false;
    memcpy(text, s.at, n);
    text[n] = 0;
    *out = strtod(text, &stop);
    return stop == text + n && isfinite(*out);
}

static bool fail_at(const reader *r, int64_t line, const char *what)
{
    r->call->host->fail(r->call, LOOM_E_DATA, "file", "'%s' line %lld: %s", r->p->file.path, (long long)line, what);
    return false;
}

/* ---- columns -------------------------------------------------------------------------------------------------------------- */

/* "depth [angstrom]" -> depth, angstrom. */
static bool add_column(reader *r, span s)
{
    if (r->n_columns == MOST_COLUMNS) return false;
    const char *bracket = memchr(s.at, '[', (size_t)(s.end - s.at));
    span name = s, unit = { s.end, s.end };
    if (bracket && s.end[-1] == ']') {
        name = trimmed(s.at, bracket);
        unit = trimmed(bracket + 1, s.end - 1);
    }
    size_t n = (size_t)(name.end - name.at), m = (size_t)(unit.end - unit.at);
    if (n >= NAME_ROOM || m >= NAME_ROOM) return false;
    char *to = r->name[r->n_columns];
    for (size_t i = 0; i < n; i++) to[i] = (unsigned char)name.at[i] <= ' ' || name.at[i] == '/' || name.at[i] == 127 ? '_' : name.at[i];
    if (!n) snprintf(to, NAME_ROOM, "column_%d", r->n_columns + 1);
    for (size_t i = 0; i < m; i++) r->unit[r->n_columns][i] = (unsigned char)unit.at[i] < ' ' ? '_' : unit.at[i];
    for (int k = 0; k < r->n_columns; k++)
        if (!strcmp(r->name[k], to)) return false;
    r->n_columns++;
    return true;
}

static bool name_columns(reader *r, const char **at, int64_t *line)
{
    span s, field;
    for (int64_t i = 0; i < r->p->columns.n; i++)
        if (!add_column(r, (span){ r->p->columns.v[i], r->p->columns.v[i] + strlen(r->p->columns.v[i]) })) {
            r->call->host->fail(r->call, LOOM_E_PARAM, "columns", "'%s' is there twice or too long, or there are more than %d columns",
                                r->p->columns.v[i], MOST_COLUMNS);
            return false;
        }
    if (r->n_columns) return true;
    if (!next_line(r, at, line, &s)) return fail_at(r, *line, "the file holds no line");
    for (bool more = true; next_field(r, &s, &more, &field);) {
        double number;
        if (number_of(field, &number)) return fail_at(r, *line, "the first line holds numbers, not names; name the fields in 'columns'");
        if (!add_column(r, field))
            return fail_at(r, *line, "a column's name is there twice or longer than 63 bytes, or there are more than 256 columns");
    }
    return true;
}

/* First pass: counts rows and finds out which columns are words. */
static bool survey(reader *r, const char *at, int64_t line)
{
    span s, field;
    for (; next_line(r, &at, &line, &s); r->n_rows++) {
        int k = 0;
        for (bool more = true; next_field(r, &s, &more, &field); k++) {
            double number;
            if (k == r->n_columns) return fail_at(r, line, "more fields than columns");
            if (!number_of(field, &number)) r->words[k] = true;
        }
        if (k < r->n_columns) return fail_at(r, line, "fewer fields than columns");
    }
    return true;
}

static bool word_code(char *categories, span s, int32_t *out)
{
    size_t length = (size_t)(s.end - s.at), used = strlen(categories);
    *out = 0;
    for (const char *w = categories; *w; ++*out) {
        const char *stop = strchrnul(w, '\n');
        if ((size_t)(stop - w) == length && !memcmp(w, s.at, length)) return true;
        w = *stop ? stop + 1 : stop;
    }
    if (!length || memchr(s.at, 0, length) || used + length + 2 > CATEGORY_TEXT) return false;
    if (used) categories[used++] = '\n';
    memcpy(categories + used, s.at, length);
    return true;
}

static bool fill(reader *r, const char *at, int64_t line)
{
    span s, field;
    for (int64_t i = 0; next_line(r, &at, &line, &s); i++) {
        bool more = true;
        for (int k = 0; next_field(r, &s, &more, &field); k++)
            if (!(r->words[k] ? word_code(r->categories[k], field, (int32_t *)r->data[k] + i) : number_of(field, (double *)r->data[k] + i)))
                return fail_at(r, line, "an empty field in a column of words, or too many different words; is it a column of numbers "
                                        "with a gap?");
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    size_t bytes;
    int64_t line = 0;
    const char *separator = p->separator ? p->separator : "";
    reader *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (reader){ .call = call, .p = p, .blanks = !strcmp(separator, "blank"), .separator = *separator };
    if (!r->blanks && strlen(separator) != 1)
        return h->fail(call, LOOM_E_PARAM, "separator", "'separator' must be one character or 'blank', found '%s'", separator);
    if (!(r->start = (const char *)io_read_file(call, "file", p->file.path, &bytes))) return LOOM_E_IO;
    r->end = r->start + bytes;
    const char *at = r->start;
    if (!name_columns(r, &at, &line) || !survey(r, at, line)) return LOOM_E_DATA;
    loom_value *table = h->output(call, "table");
    for (int k = 0; k < r->n_columns; k++) {
        r->data[k] = h->add_array(call, table, r->name[k], r->words[k] ? LOOM_I32 : LOOM_F64, 1, &r->n_rows, r->unit[k]);
        if (r->words[k]) r->categories[k] = h->scratch(call, CATEGORY_TEXT);
        if (!r->data[k] || (r->words[k] && !r->categories[k])) return LOOM_E_MEMORY;
        if (r->words[k]) memset(r->categories[k], 0, CATEGORY_TEXT);
    }
    if (!fill(r, at, line)) return LOOM_E_DATA;
    for (int k = 0; k < r->n_columns; k++) {
        char key[NAME_ROOM + 16];
        if (!r->words[k]) continue;
        snprintf(key, sizeof key, "categories.%s", r->name[k]);
        h->set_text(call, table, key, r->categories[k]);
    }
    return LOOM_OK;
}

static const loom_op io_read_csv = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.read_csv",
    .summary = "A table from a text with one row a line.",
    .method = "The first line names the columns, `name` or `name [unit]`, unless `columns` does. A column whose fields are all numbers is "
              "one of numbers; any other is one of words. Empty lines and comments are passed over.",
    .cites = "none",
    .limits = "A missing number is an error with its line, since a table holds no NaN. Quoted fields may hold the separator, but no quotes "
              "and no line breaks.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.read_csv", "1.0", "BSD-3-Clause", &io_read_csv);
