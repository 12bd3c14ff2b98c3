/* io.read_csv - a table from a text with one row a line. */
#include <atomloom/op.h>
#include "io/bytes.h"
#include "io/csv.h"
#include <stdarg.h>
#include <stdio.h>

typedef struct params {
    loom_path file;
    const char *separator, *comment;
    loom_strings columns, words;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "text file, UTF-8"),
    LOOM_PARAM(params, separator, .text = ",",
               .doc = "what stands between fields: one character, `tab`, or `blank` for any run of "
                      "blanks"),
    LOOM_PARAM(params, comment, .text = "#", .doc = "lines that begin with this text are skipped"),
    LOOM_PARAM(
        params, columns,
        .doc = "names of the columns, `name` or `name [unit]`; empty: the first line holds them"),
    LOOM_PARAM(params, words,
               .doc = "names of columns that hold words, also where these read as numbers"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "table", "table", "one column per field: numbers, or words as codes with `categories.NAME`",
      0 },
    { 0 }
};

enum { MAX_COLUMNS = 256, NAME_ROOM = 64, CATEGORY_TEXT = 1 << 16 };
typedef enum kind { REALS, WHOLES, WORDS } kind;

typedef struct column {
    char name[NAME_ROOM], unit[NAME_ROOM];
    kind kind;
    bool forced;             /* listed in `words` */
    int64_t numbers, wholes; /* how many fields are */
    csv_field other,
        damaged; /* the first that is no number; that looks like a damaged one; line 0: none */
    csv_field inexact; /* the first whole number that a real cannot hold */
    const char *why;   /* of `damaged` */
    void *data;        /* double, int64_t or int32_t codes */
    char *categories;
} column;

typedef struct reader {
    loom_call *call;
    const params *p;
    int n_columns;
    int64_t n_rows;
    io_span heading; /* from the line of the names to the end of the file; empty without one */
    column column[MAX_COLUMNS];
} reader;

static bool fail_at(const reader *r, int64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail_at(const reader *r, int64_t line, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->call->host->fail(r->call, LOOM_E_DATA, "file", "'%s' line %lld: %s", r->p->file.path,
                        (long long)line, text);
    return false;
}

/* ---- names -------------------------------------------------------------------------------------
 */

static bool copy_name(io_span s, char to[NAME_ROOM])
{
    size_t n = io_length_of(s);
    if (n >= NAME_ROOM) return false;
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)s.at[i] <= ' ' || s.at[i] == '/' ? '_' : s.at[i];
    to[n] = 0;
    return true;
}

/* "depth [angstrom]" -> depth, angstrom. NULL, or why it cannot be the next column. */
static const char *add_column(reader *r, io_span s)
{
    if (r->n_columns == MAX_COLUMNS) return "there are more than 256 columns";
    column *c = &r->column[r->n_columns];
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
    if (!*c->name) snprintf(c->name, NAME_ROOM, "column_%d", r->n_columns + 1);
    for (int k = 0; k < r->n_columns; k++)
        if (!strcmp(r->column[k].name, c->name)) return "two columns have this name";
    r->n_columns++;
    return NULL;
}

static bool columns_of_parameter(reader *r)
{
    for (int64_t i = 0; i < r->p->columns.n; i++) {
        const char *name = r->p->columns.v[i];
        const char *why = add_column(r, (io_span){ name, name + strlen(name) });
        if (!why) continue;
        r->call->host->fail(r->call, LOOM_E_PARAM, "columns", "'columns' holds '%s': %s", name,
                            why);
        return false;
    }
    return true;
}

static bool columns_of_heading(reader *r, csv_text *t)
{
    csv_field f;
    if (!csv_next_record(t)) {
        r->call->host->fail(r->call, LOOM_E_DATA, "file",
                            "'%s' holds nothing but empty lines and comments; its first line names "
                            "the columns",
                            r->p->file.path);
        return false;
    }
    r->heading = (io_span){ t->at, t->end };
    for (bool more = true; csv_next_field(t, &more, &f);) {
        char plain[1024];
        if (io_number_of(f.text).kind != IO_NO_NUMBER)
            return fail_at(r, f.line,
                           "the first line holds numbers, not names; name the fields in "
                           "'columns'");
        if (io_length_of(f.text) >= sizeof plain)
            return fail_at(r, f.line, "a column's name is longer than 63 bytes");
        csv_plain(&f, plain);
        if (!more && r->n_columns && !*plain)
            return fail_at(
                r, f.line,
                "a name is missing after the last separator; remove the separator at the "
                "end of every line, or name all fields in 'columns' and skip this line");
        const char *why = add_column(r, (io_span){ plain, plain + strlen(plain) });
        if (why) return fail_at(r, f.line, "column '%.*s': %s", io_shown(f.text), f.text.at, why);
    }
    return !t->fault || fail_at(r, t->line, "%s", t->fault);
}

/* Columns that `words` names. */
static bool force_words(reader *r)
{
    for (int64_t i = 0; i < r->p->words.n; i++) {
        bool found = false;
        for (int k = 0; k < r->n_columns; k++)
            if (!strcmp(r->column[k].name, r->p->words.v[i])) found = r->column[k].forced = true;
        if (found) continue;
        r->call->host->fail(r->call, LOOM_E_PARAM, "words",
                            "'words' holds '%s', which is not a column", r->p->words.v[i]);
        return false;
    }
    return true;
}

/* ---- first pass: rows, and what the columns hold --------------------------------------------- */

static void look_at(column *c, const csv_field *f, bool lone)
{
    io_number n = io_number_of(f->text);
    const char *why;
    c->numbers += n.kind == IO_REAL || n.kind == IO_WHOLE;
    c->wholes += n.kind == IO_WHOLE;
    if (n.kind == IO_WHOLE && !io_exact(&n) && !c->inexact.line) c->inexact = *f;
    if (n.kind == IO_REAL || n.kind == IO_WHOLE) return;
    if (!c->other.line) c->other = *f;
    if (!c->damaged.line && io_damaged_number(f->text, &why)) {
        c->damaged = *f;
        c->why = why;
    } else if (!c->damaged.line && !lone && !f->quoted && csv_is_split_number(f->text)) {
        c->damaged = *f;
        c->why = "numbers with another separator between them than the file has";
    }
}

static int count_of(const char *at, const char *end, char c)
{
    int n = 0;
    for (; at < end && *at != '\n' && *at != '\r'; at++) n += *at == c;
    return n;
}

/* A row of another number of fields than there are columns. Where the first line has another mark
 * as often as this one, that is what separates; where every column would be one number with a
 * comma, it is a decimal one. */
static bool wrong_count(const reader *r, const csv_text *t, io_span row, int64_t line, int fields)
{
    static const struct {
        char c;
        const char *name;
    } others[] = { { ';', ";" }, { '\t', "tab" }, { '|', "|" }, { ',', "," } };
    char hint[120] = "";
    for (size_t i = 0; i < sizeof others / sizeof *others && !*hint; i++) {
        int n = count_of(row.at, row.end, others[i].c);
        if (others[i].c != t->separator && n > 0
            && n == count_of(r->heading.at, r->heading.end, others[i].c))
            snprintf(hint, sizeof hint, "; both have '%s': set 'separator: \"%s\"'", others[i].name,
                     others[i].name);
    }
    if (!*hint && t->separator == ',' && fields == 2 * r->n_columns)
        snprintf(hint, sizeof hint, "; numbers have a decimal point, not a comma");
    return fail_at(r, line, "%d field%s, but there %s %d column%s%s", fields,
                   fields == 1 ? "" : "s", r->n_columns == 1 ? "is" : "are", r->n_columns,
                   r->n_columns == 1 ? "" : "s", hint);
}

static bool survey(reader *r, csv_text t, int64_t *hidden)
{
    csv_field f;
    for (; csv_next_record(&t); r->n_rows++) {
        int k = 0;
        int64_t line = t.line;
        const char *begin = t.at;
        for (bool more = true; csv_next_field(&t, &more, &f); k++)
            if (k < r->n_columns) look_at(&r->column[k], &f, r->n_columns == 1);
        if (t.fault) return fail_at(r, t.line, "%s", t.fault);
        if (k != r->n_columns) return wrong_count(r, &t, (io_span){ begin, t.end }, line, k);
    }
    *hidden = t.hidden;
    return true;
}

/* All fields numbers: numbers. None, and none that looks like a damaged one: words. Else an error.
 */
static bool decide(const reader *r, column *c)
{
    bool words = !c->numbers && !c->damaged.line && c->other.line;
    c->kind = c->forced || words ? WORDS : c->inexact.line ? WHOLES : REALS;
    if (c->kind == WORDS) return true;
    if (c->kind == WHOLES && c->wholes < r->n_rows && c->numbers == r->n_rows)
        return fail_at(r, c->inexact.line,
                       "'%s' is %.*s, a whole number beyond 2^53, which a column "
                       "of reals cannot hold exactly",
                       c->name, io_shown(c->inexact.text), c->inexact.text.at);
    if (c->numbers == r->n_rows) return true;
    const csv_field *bad = c->damaged.line && !c->numbers ? &c->damaged : &c->other;
    if (!io_length_of(bad->text))
        return fail_at(r, bad->line, "'%s' is empty; a table has no missing numbers", c->name);
    return fail_at(r, bad->line,
                   "'%s' is '%.*s', %s; where the column holds words, list it in 'words'", c->name,
                   io_shown(bad->text), bad->text.at,
                   bad->line == c->damaged.line ? c->why : "and others of the column are numbers");
}

/* A lone column of words that are numbers with something else between them. */
static bool check_separator(const reader *r)
{
    static const struct {
        char c;
        const char *name;
    } others[] = { { ',', "," }, { ';', ";" }, { '\t', "tab" }, { '|', "|" }, { ' ', "blank" } };
    const column *c = &r->column[0];
    if (r->n_columns > 1 || c->kind != WORDS || c->forced || !c->other.line) return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        csv_text t = { c->other.text.at, c->other.text.end, 0, others[i].c, "", 0, 0, NULL };
        csv_field f;
        int fields = 0, numbers = 0;
        for (bool more = true; csv_next_field(&t, &more, &f); fields++)
            numbers += io_number_of(f.text).kind != IO_NO_NUMBER;
        if (fields < 2 || numbers < fields) continue;
        r->call->host->fail(r->call, LOOM_E_PARAM, "separator",
                            "'%s' line %lld: '%.*s' reads as %d "
                            "numbers with another separator; set 'separator: \"%s\"'",
                            r->p->file.path, (long long)c->other.line, io_shown(c->other.text),
                            c->other.text.at, fields, others[i].name);
        return false;
    }
    return true;
}

/* ---- second pass: the data ------------------------------------------------------------------- */

/* Code of the word in the column's list, appended where it is new. */
static bool word_code(const reader *r, column *c, const csv_field *f, int32_t *out)
{
    char word[4096];
    size_t used = strlen(c->categories);
    if (!io_length_of(f->text))
        return fail_at(r, f->line, "'%s' is empty; a table has no missing words", c->name);
    if (io_length_of(f->text) >= sizeof word)
        return fail_at(r, f->line, "'%s' is longer than 4095 bytes", c->name);
    csv_plain(f, word);
    size_t length = strlen(word);
    *out = 0;
    for (const char *w = c->categories; *w; ++*out) {
        const char *stop = strchrnul(w, '\n');
        if ((size_t)(stop - w) == length && !memcmp(w, word, length)) return true;
        w = *stop ? stop + 1 : stop;
    }
    if (used + length + 2 > CATEGORY_TEXT)
        return fail_at(r, f->line, "'%s' holds too many different words (more than 64 KiB)",
                       c->name);
    if (used) c->categories[used++] = '\n';
    memcpy(c->categories + used, word, length);
    return true;
}

static bool fill(reader *r, csv_text t)
{
    csv_field f;
    for (int64_t i = 0; csv_next_record(&t); i++) {
        bool more = true;
        if (i % 65536 == 0 && !r->call->host->progress(r->call, (double)i, (double)r->n_rows))
            return false;
        for (column *c = r->column; csv_next_field(&t, &more, &f); c++) {
            io_number n = io_number_of(f.text);
            if (c->kind == REALS) ((double *)c->data)[i] = n.real;
            else if (c->kind == WHOLES) ((int64_t *)c->data)[i] = n.whole;
            else if (!word_code(r, c, &f, (int32_t *)c->data + i)) return false;
        }
    }
    return true;
}

static bool make_columns(reader *r, loom_value *table)
{
    static const loom_dtype dtypes[] = {
        [REALS] = LOOM_F64, [WHOLES] = LOOM_I64, [WORDS] = LOOM_I32
    };
    const loom_host *h = r->call->host;
    for (int k = 0; k < r->n_columns; k++) {
        column *c = &r->column[k];
        c->data = h->add_array(r->call, table, c->name, dtypes[c->kind], 1, &r->n_rows, c->unit);
        if (c->kind == WORDS && (c->categories = h->scratch(r->call, CATEGORY_TEXT)))
            memset(c->categories, 0, CATEGORY_TEXT);
        if (!c->data || (c->kind == WORDS && !c->categories)) return false;
    }
    return true;
}

/* ---- run ---------------------------------------------------------------------------------------
 */

static bool separator_of(loom_call *call, const params *p, char *out)
{
    const char *s = p->separator ? p->separator : "";
    *out = !strcmp(s, "blank") ? ' ' : !strcmp(s, "tab") ? '\t' : *s;
    bool letter =
        (*out >= '0' && *out <= '9') || *out == '"' || *out == '\n' || *out == '\r' || *out == '.';
    if ((strlen(s) == 1 || *out == ' ' || *out == '\t') && !letter) return true;
    call->host->fail(call, LOOM_E_PARAM, "separator",
                     "'separator' must be one character (no digit, "
                     "point or quote), 'tab' or 'blank', found '%s'",
                     s);
    return false;
}

static loom_status read_table(reader *r, csv_text t, loom_value *table)
{
    const loom_host *h = r->call->host;
    int64_t hidden = 0;
    if (!columns_of_parameter(r) || (!r->n_columns && !columns_of_heading(r, &t))
        || !force_words(r))
        return LOOM_E_DATA;
    if (t.at == t.end && t.end[-1] != '\n' && t.end[-1] != '\r')
        return fail_at(r, t.line, "the file ends within its first line"), LOOM_E_DATA;
    t.columns = r->n_columns;
    if (!survey(r, t, &hidden)) return LOOM_E_DATA;
    for (int k = 0; k < r->n_columns; k++)
        if (!decide(r, &r->column[k])) return LOOM_E_DATA;
    if (!check_separator(r)) return LOOM_E_PARAM;
    if (hidden)
        h->warn(r->call, "file",
                "%lld line%s of '%s' begin with '%s' and read as rows but for that; they "
                "are skipped",
                (long long)hidden, hidden == 1 ? "" : "s", r->p->file.path, t.comment);
    if (!make_columns(r, table)) return LOOM_E_MEMORY;
    if (!fill(r, t)) return h->cancelled(r->call) ? LOOM_E_CANCELLED : LOOM_E_DATA;
    for (int k = 0; k < r->n_columns; k++) {
        char key[NAME_ROOM + 16];
        if (r->column[k].kind != WORDS) continue;
        snprintf(key, sizeof key, "categories.%s", r->column[k].name);
        h->set_text(r->call, table, key, r->column[k].categories);
    }
    io_span rows = { t.at, t.end };
    return io_check_last_line(r->call, "file", r->p->file.path, rows, t.separator) ? LOOM_OK
                                                                                   : LOOM_E_DATA;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    size_t n;
    io_span text;
    char separator;
    reader *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (reader){ .call = call, .p = p };
    if (!separator_of(call, p, &separator)) return LOOM_E_PARAM;
    const unsigned char *bytes = io_read_file(call, "file", p->file.path, &n);
    if (!bytes) return LOOM_E_IO;
    if (!io_text_of(call, "file", p->file.path, bytes, n, &text)) return LOOM_E_DATA;
    csv_text t = { .at = text.at,
                   .end = text.end,
                   .separator = separator,
                   .comment = p->comment ? p->comment : "" };
    return read_table(r, t, h->output(call, "table"));
}

static const loom_op io_read_csv = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "io.read_csv",
    .summary = "A table from a text with one row a line.",
    .method =
        "The first line names the columns, `name` or `name [unit]`, unless `columns` does. A field "
        "in double quotes may hold separators, quotes (doubled) and line breaks (read as blanks). "
        "Empty lines and comments are skipped.\n\n"
        "A column holds numbers where all of its fields read as numbers, and words where none does "
        "and none looks like a damaged one (`nan`, `inf`, `1,5`, `1.0D0`, `1.2.3`). Anything "
        "between is an error with its line, unless `words` names the column. A column of whole "
        "numbers of which one lies beyond 2^53 is i64, every other column of numbers f64.",
    .cites = "none",
    .limits =
        "A missing number is an error with its line, since a table holds no NaN. The text must be "
        "UTF-8. A last line without a line break is read with a warning, since a file cut within "
        "its last field looks the same; a file cut at the end of a line cannot be noticed.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_csv", "1.0", "BSD-3-Clause", &io_read_csv);
