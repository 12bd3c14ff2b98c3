/* io/csv_table.c - see csv_table.h. */
#include "io/csv_table.h"
#include "io/bytes.h"
#include "io/csv_columns.h"
#include <math.h>
#include <stdio.h>

const loom_param csv_table_params[] = {
    LOOM_PARAM(csv_table_param, file, .flags = LOOM_REQUIRED, .doc = "text file, UTF-8"),
    LOOM_PARAM(csv_table_param, separator, .text = ",",
               .doc = "what stands between fields: one character, `tab`, or `blank` for any run of "
                      "blanks"),
    LOOM_PARAM(csv_table_param, comment, .text = "#",
               .doc = "lines that begin with this text are skipped"),
    LOOM_PARAM(
        csv_table_param, columns,
        .doc = "names of the columns, `name` or `name [unit]`; empty: the first line holds them"),
    LOOM_PARAM(csv_table_param, words,
               .doc = "names of columns that hold words, also where these read as numbers"),
    LOOM_PARAM(csv_table_param, missing,
               .doc = "what stands for a number that is missing, besides what the op takes for "
                      "that: [-999, over]"),
    { 0 }
};
const loom_port csv_table_inputs[] = { { 0 } };
const loom_port csv_table_outputs[] = {
    { "table", "table", "one column per field: numbers, or words as codes with `categories.NAME`",
      0 },
    { 0 }
};

enum { CATEGORY_TEXT = 1 << 16 };

/* ---- first pass: rows, and what the columns hold --------------------------------------------- */

/* What instruments and spreadsheets write where there is no number. */
static bool is_usual_mark(io_span s)
{
    static const char *const marks[] = { "",    "-",   "--",   "---",  "nan",  "NaN",  "NAN", "NA",
                                         "N/A", "n/a", "#N/A", "null", "NULL", "none", "None" };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (io_is(s, marks[i])) return true;
    return false;
}

static bool is_missing(const csv_reader *r, io_span s)
{
    if (r->usual && is_usual_mark(s)) return true;
    for (int64_t i = 0; i < r->missing.n; i++)
        if (io_is(s, r->missing.v[i])) return true;
    return false;
}

static void look_at(const csv_reader *r, csv_column *c, const csv_field *f)
{
    if (is_missing(r, f->text)) {
        c->missing++;
        if (!c->absent.line) c->absent = *f;
        return;
    }
    io_number n = io_number_of(f->text);
    const char *why;
    bool nan = io_is(f->text, "nan") || io_is(f->text, "NaN") || io_is(f->text, "NAN");
    if (!c->absent.line && (nan || !io_length_of(f->text))) c->absent = *f;
    c->numbers += n.kind == IO_REAL || n.kind == IO_WHOLE;
    c->wholes += n.kind == IO_WHOLE;
    if (n.kind == IO_WHOLE && !io_exact(&n) && !c->inexact.line) c->inexact = *f;
    if (n.kind == IO_REAL || n.kind == IO_WHOLE) return;
    if (!c->other.line) c->other = *f;
    if (!c->damaged.line && io_damaged_number(f->text, &why)) {
        c->damaged = *f;
        c->why = why;
    } else if (!c->damaged.line && r->n_columns > 1 && !f->quoted && csv_is_split_number(f->text)) {
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
static bool wrong_count(const csv_reader *r, const csv_text *t, io_span row, int64_t line,
                        int fields)
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
    return csv_fail_at(r, line, "%d field%s, but there %s %d column%s%s", fields,
                       fields == 1 ? "" : "s", r->n_columns == 1 ? "is" : "are", r->n_columns,
                       r->n_columns == 1 ? "" : "s", hint);
}

static bool survey(csv_reader *r, csv_text t, int64_t *hidden)
{
    csv_field f;
    for (; csv_next_record(&t); r->n_rows++) {
        int k = 0;
        int64_t line = t.line;
        const char *begin = t.at;
        for (bool more = true; csv_next_field(&t, &more, &f); k++)
            if (k < r->n_columns) look_at(r, &r->column[k], &f);
        if (t.fault) return csv_fail_at(r, t.line, "%s", t.fault);
        if (k != r->n_columns) return wrong_count(r, &t, (io_span){ begin, t.end }, line, k);
    }
    *hidden = t.hidden;
    return true;
}

/* All fields numbers, or missing: numbers. None, and none that looks like a damaged one: words.
 * Else an error. */
static bool decide(const csv_reader *r, csv_column *c)
{
    bool words = !c->numbers && !c->damaged.line && c->other.line,
         whole = c->numbers + c->missing == r->n_rows;
    if (!c->missing && c->absent.line && !c->forced)
        return csv_fail_at(r, c->absent.line,
                           "'%s' is %s; io.read_table reads tables in which numbers are missing",
                           c->name, io_length_of(c->absent.text) ? "'nan', no number" : "empty");
    c->kind = c->forced || words ? CSV_WORDS : c->inexact.line ? CSV_WHOLES : CSV_REALS;
    if (c->kind == CSV_WORDS) return true;
    if (c->kind == CSV_WHOLES && c->wholes < r->n_rows && whole)
        return csv_fail_at(r, c->inexact.line,
                           "'%s' is %.*s, a whole number beyond 2^53, which a column "
                           "of reals cannot hold exactly",
                           c->name, io_shown(c->inexact.text), c->inexact.text.at);
    if (whole) return true;
    const csv_field *bad = c->damaged.line && !c->numbers ? &c->damaged : &c->other;
    return csv_fail_at(r, bad->line,
                       "'%s' is '%.*s', %s; where the column holds words, list it in 'words', and "
                       "where this stands for a missing number, in 'missing'",
                       c->name, io_shown(bad->text), bad->text.at,
                       bad->line == c->damaged.line ? c->why
                                                    : "and others of the column are numbers");
}

static void warn_of_missing(const csv_reader *r, const csv_column *c)
{
    const loom_host *h = r->call->host;
    if (!c->missing) return;
    if (c->kind == CSV_REALS)
        h->warn(
            r->call, "file",
            "'%s': %lld of %lld numbers are missing, the first in line %lld ('%.*s'); they stay "
            "missing (NaN): ops that need every number refuse the column, table.select with "
            "'where: known(%s)' leaves such rows out",
            c->name, (long long)c->missing, (long long)r->n_rows, (long long)c->absent.line,
            io_shown(c->absent.text), c->absent.text.at, c->name);
    else if (!io_length_of(c->absent.text))
        h->warn(r->call, "file", "'%s', a column of words, is empty in line %lld; this reads as -",
                c->name, (long long)c->absent.line);
}

/* A lone column of words that are numbers with something else between them. */
static bool check_separator(const csv_reader *r)
{
    static const struct {
        char c;
        const char *name;
    } others[] = { { ',', "," }, { ';', ";" }, { '\t', "tab" }, { '|', "|" }, { ' ', "blank" } };
    const csv_column *c = &r->column[0];
    if (r->n_columns > 1 || c->kind != CSV_WORDS || c->forced || !c->other.line) return true;
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
                            r->path, (long long)c->other.line, io_shown(c->other.text),
                            c->other.text.at, fields, others[i].name);
        return false;
    }
    return true;
}

/* ---- second pass: the data ------------------------------------------------------------------- */

/* Code of the word in the column's list, appended where it is new. */
static bool word_code(const csv_reader *r, csv_column *c, const csv_field *f, int32_t *out)
{
    char word[4096];
    size_t used = strlen(c->categories);
    if (io_length_of(f->text) >= sizeof word)
        return csv_fail_at(r, f->line, "'%s' is longer than 4095 bytes", c->name);
    csv_plain(f, word);
    if (!*word) strcpy(word, "-");
    size_t length = strlen(word);
    *out = 0;
    for (const char *w = c->categories; *w; ++*out) {
        const char *stop = strchrnul(w, '\n');
        if ((size_t)(stop - w) == length && !memcmp(w, word, length)) return true;
        w = *stop ? stop + 1 : stop;
    }
    if (used + length + 2 > CATEGORY_TEXT)
        return csv_fail_at(r, f->line, "'%s' holds too many different words (more than 64 KiB)",
                           c->name);
    if (used) c->categories[used++] = '\n';
    memcpy(c->categories + used, word, length);
    return true;
}

static bool fill(csv_reader *r, csv_text t)
{
    csv_field f;
    for (int64_t i = 0; csv_next_record(&t); i++) {
        bool more = true;
        if (i % 65536 == 0 && !r->call->host->progress(r->call, (double)i, (double)r->n_rows))
            return false;
        for (csv_column *c = r->column; csv_next_field(&t, &more, &f); c++) {
            io_number n = io_number_of(f.text);
            if (c->kind == CSV_REALS)
                ((double *)c->data)[i] = is_missing(r, f.text) ? (double)NAN : n.real;
            else if (c->kind == CSV_WHOLES) ((int64_t *)c->data)[i] = n.whole;
            else if (!word_code(r, c, &f, (int32_t *)c->data + i)) return false;
        }
    }
    return true;
}

static bool make_columns(csv_reader *r, loom_value *table)
{
    static const loom_dtype dtypes[] = {
        [CSV_REALS] = LOOM_F64, [CSV_WHOLES] = LOOM_I64, [CSV_WORDS] = LOOM_I32
    };
    const loom_host *h = r->call->host;
    for (int k = 0; k < r->n_columns; k++) {
        csv_column *c = &r->column[k];
        c->data = h->add_array(r->call, table, c->name, dtypes[c->kind], 1, &r->n_rows, c->unit);
        if (c->kind == CSV_WORDS && (c->categories = h->scratch(r->call, CATEGORY_TEXT)))
            memset(c->categories, 0, CATEGORY_TEXT);
        if (!c->data || (c->kind == CSV_WORDS && !c->categories)) return false;
    }
    return true;
}

/* The words of codes, and which columns may hold NaN (types.h). */
static void describe_columns(const csv_reader *r, loom_value *table)
{
    const loom_host *h = r->call->host;
    for (int k = 0; k < r->n_columns; k++) {
        char key[CSV_NAME_ROOM + 16];
        const csv_column *c = &r->column[k];
        bool words = c->kind == CSV_WORDS;
        snprintf(key, sizeof key, "%s.%s", words ? "categories" : "missing", c->name);
        if (words) h->set_text(r->call, table, key, c->categories);
        else if (c->missing) h->set_text(r->call, table, key, "nan");
    }
}

/* ---- run ---------------------------------------------------------------------------------------
 */

static bool separator_of(loom_call *call, const csv_table_param *p, char *out)
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

static loom_status read_table(csv_reader *r, csv_text t, loom_value *table)
{
    const loom_host *h = r->call->host;
    int64_t hidden = 0;
    if (!csv_name_columns(r, &t)) return LOOM_E_DATA;
    if (t.at == t.end && t.end[-1] != '\n' && t.end[-1] != '\r')
        return csv_fail_at(r, t.line, "the file ends within its first line"), LOOM_E_DATA;
    t.columns = r->n_columns;
    if (!survey(r, t, &hidden)) return LOOM_E_DATA;
    for (int k = 0; k < r->n_columns; k++)
        if (!decide(r, &r->column[k])) return LOOM_E_DATA;
    for (int k = 0; k < r->n_columns; k++) warn_of_missing(r, &r->column[k]);
    if (!check_separator(r)) return LOOM_E_PARAM;
    if (hidden)
        h->warn(r->call, "file",
                "%lld line%s of '%s' begin with '%s' and read as rows but for that; they "
                "are skipped",
                (long long)hidden, hidden == 1 ? "" : "s", r->path, t.comment);
    if (!make_columns(r, table)) return LOOM_E_MEMORY;
    if (!fill(r, t)) return h->cancelled(r->call) ? LOOM_E_CANCELLED : LOOM_E_DATA;
    describe_columns(r, table);
    io_span rows = { t.at, t.end };
    return io_check_last_line(r->call, "file", r->path, rows, t.separator) ? LOOM_OK : LOOM_E_DATA;
}

loom_status csv_table_read(loom_call *call, const csv_table_param *p, bool usual)
{
    const loom_host *h = call->host;
    size_t n;
    io_span text;
    char separator;
    csv_reader *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (csv_reader){ .call = call,
                       .path = p->file.path,
                       .columns = p->columns,
                       .words = p->words,
                       .missing = p->missing,
                       .usual = usual };
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
