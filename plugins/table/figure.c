/* figure.c - see figure.h. */
#include "figure.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>

enum { DEEPEST = 32, WORD = 64 };

typedef struct reader {
    const char *line, *at;
    const figure_tables *tables;
    figure_fault *fault;
    bool failed;
    bool may_lack, lacks; /* the line ends in `where known`; a row that it names is not there */
    int depth;
} reader;

__attribute__((format(printf, 2, 3))) static double fail(reader *r, const char *format, ...)
{
    va_list list;
    if (r->failed) return NAN; /* the first fault is the one to read */
    r->failed = true;
    r->fault->at = (int)(r->at - r->line);
    va_start(list, format);
    vsnprintf(r->fault->text, sizeof r->fault->text, format, list);
    va_end(list);
    return NAN;
}

/* ---- words ----------------------------------------------------------------------------------- */

static void skip(reader *r)
{
    while (isspace((unsigned char)*r->at)) r->at++;
}

static bool is_of_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* The sign or word `what` next: taken. */
static bool take(reader *r, const char *what)
{
    assert(*what);
    size_t n = strlen(what);
    skip(r);
    if (strncmp(r->at, what, n) != 0 || (is_of_word(what[n - 1]) && is_of_word(r->at[n])))
        return false;
    r->at += n;
    return true;
}

/* A name of letters, digits and '_' (in headings '-' too); false after failing. */
static bool take_word(reader *r, const char *of, bool dash, char word[WORD])
{
    size_t n = 0;
    skip(r);
    while (is_of_word(r->at[n]) || (dash && r->at[n] == '-')) n++;
    if (!n || n >= WORD) {
        fail(r, "expected the name of %s", of);
        return false;
    }
    memcpy(word, r->at, n);
    word[n] = 0;
    r->at += n;
    return true;
}

/* ---- entries of tables ----------------------------------------------------------------------- */

static double entry(const loom_array *a, int64_t row)
{
    assert(row >= 0 && row < a->dim[0]);
    switch (a->dtype) {
    case LOOM_U8: return ((const uint8_t *)a->data)[row];
    case LOOM_I32: return ((const int32_t *)a->data)[row];
    case LOOM_I64: return (double)((const int64_t *)a->data)[row];
    case LOOM_F32: return (double)((const float *)a->data)[row];
    default: return ((const double *)a->data)[row];
    }
}

static const loom_value *find_table(reader *r, const char *name)
{
    char all[160] = "";
    for (int64_t i = 0; i < r->tables->n; i++) {
        if (!strcmp(r->tables->name[i], name)) return r->tables->table[i];
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", r->tables->name[i]);
    }
    fail(r, "there is no table '%s'; `names` has %s", name, all);
    return NULL;
}

static const loom_array *find_column(reader *r, const loom_value *table, const char *name)
{
    const loom_array *a = r->tables->host->array(table, name);
    char all[160] = "";
    if (a && a->rank == 1) return a;
    for (int64_t i = 0; (a = r->tables->host->array_at(table, i)); i++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", a->name);
    }
    fail(r, "the table has no column '%s'; it has %s", name, all);
    return NULL;
}

/* Code of `word` among the words of a column, or -1. */
static int64_t code_of(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (int64_t k = 0; words; k++) {
        if (!strncmp(words, word, n) && (words[n] == '\n' || !words[n])) return k;
        words = strchr(words, '\n');
        words = words ? words + 1 : NULL;
    }
    return -1;
}

/* The row that [HEADING=ENTRY] picks, after the '['; -1 after failing, or where it may be absent
 * and is. */
static int64_t picked_row(reader *r, const loom_value *table)
{
    char heading[WORD], word[WORD], key[WORD + 16], *end;
    if (!take_word(r, "a column, as in [minutes=30]", false, heading)) return -1;
    const loom_array *a = find_column(r, table, heading);
    if (!a) return -1;
    if (!take(r, "=")) return fail(r, "expected '=' after '%s'", heading), -1;
    skip(r);
    size_t n = strcspn(r->at, "]");
    if (r->at[n] != ']' || n >= WORD) return fail(r, "expected an entry of the column and ']'"), -1;
    memcpy(word, r->at, n);
    word[n] = 0;
    while (n && isspace((unsigned char)word[n - 1])) word[--n] = 0;
    snprintf(key, sizeof key, "categories.%s", heading);
    const char *words = a->dtype == LOOM_I32 ? r->tables->host->text(table, key) : NULL;
    double want = words ? (double)code_of(words, word) : strtod(word, &end);
    for (int64_t i = 0; (words || (n && !*end)) && i < a->dim[0]; i++)
        if (fabs(entry(a, i) - want) <= 1e-9 * fabs(want)) {
            r->at = strchr(r->at, ']') + 1;
            return i;
        }
    if (!r->may_lack) return fail(r, "no row of the table has '%s' for '%s'", word, heading), -1;
    r->lacks = true;
    r->at = strchr(r->at, ']') + 1;
    return -1;
}

static double fold(const loom_array *a, const char *how)
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    int64_t n = a->dim[0];
    for (int64_t i = 0; i < n; i++) {
        double v = entry(a, i);
        sum += v;
        /* what is not known stays not known */
        least = isnan(v) || v < least ? v : least;
        most = isnan(v) || v > most ? v : most;
        if (isnan(v)) break;
    }
    return !n                      ? NAN
           : !strcmp(how, "sum")   ? sum
           : !strcmp(how, "mean")  ? sum / (double)n
           : !strcmp(how, "min")   ? least
           : !strcmp(how, "max")   ? most
           : !strcmp(how, "first") ? entry(a, 0)
                                   : entry(a, n - 1);
}

static double read_entry(reader *r, const char *how)
{
    char name[WORD], column[WORD];
    if (!take_word(r, "a table, or a number", true, name)) return NAN;
    const loom_value *table = find_table(r, name);
    if (!table) return NAN;
    if (*r->at != '.') return fail(r, "expected a column of '%s', as in %s.COLUMN", name, name);
    r->at++;
    if (!take_word(r, "a column", false, column)) return NAN;
    const loom_array *a = find_column(r, table, column);
    if (!a) return NAN;
    if (how) return fold(a, how);
    if (take(r, "[")) {
        int64_t row = picked_row(r, table);
        return row < 0 || row >= a->dim[0] ? NAN : entry(a, row);
    }
    if (a->dim[0] != 1)
        return fail(r,
                    "'%s' has %lld rows; pick one, as in %s.%s[HEADING=ENTRY], or put sum, mean, "
                    "min, max, first or last before it",
                    name, (long long)a->dim[0], name, column);
    return entry(a, 0);
}

/* ---- values ---------------------------------------------------------------------------------- */

static double read_sum(reader *r);

static double read_unsigned(reader *r);

static double read_factor(reader *r)
{
    double sign = 1;
    while (take(r, "-")) sign = -sign;
    return sign * read_unsigned(r);
}

static double read_unsigned(reader *r)
{
    static const char *const folds[] = { "sum", "mean", "min", "max", "first", "last", NULL };
    if (take(r, "(")) {
        if (++r->depth > DEEPEST) return fail(r, "more than %d brackets in each other", DEEPEST);
        double v = read_sum(r);
        r->depth--;
        return r->failed || take(r, ")") ? v : fail(r, "expected ')'");
    }
    if (isdigit((unsigned char)*r->at) || *r->at == '.') {
        char *end;
        double v = strtod(r->at, &end);
        r->at = end;
        return v;
    }
    for (int k = 0; folds[k]; k++)
        if (take(r, folds[k])) return read_entry(r, folds[k]);
    return read_entry(r, NULL);
}

static double read_product(reader *r)
{
    double v = read_factor(r);
    while (!r->failed)
        if (take(r, "*")) v *= read_factor(r);
        else if (take(r, "/")) v /= read_factor(r);
        else break;
    return v;
}

static double read_sum(reader *r)
{
    double v = read_product(r);
    while (!r->failed)
        if (take(r, "+")) v += read_product(r);
        else if (take(r, "-")) v -= read_product(r);
        else break;
    return v;
}

/* ---- the line -------------------------------------------------------------------------------- */

/* What is asked is decided when the whole line is read, for `truth` may stand behind it. */
typedef enum closeness { BY_AMOUNT, BY_SHARE, BY_FACTOR } closeness;
typedef struct demands {
    double least, most, within;
    closeness how;
    bool holds, truth, interval; /* asked for; the line says */
} demands;

static double read_within(reader *r, closeness *how)
{
    double v = read_factor(r);
    *how = take(r, "%") ? BY_SHARE : take(r, "times") ? BY_FACTOR : BY_AMOUNT;
    if (!r->failed && (*how == BY_FACTOR ? !(v >= 1) : !(v >= 0)))
        return fail(r, "%g is not a distance; expected %s", v,
                    *how == BY_FACTOR ? "a factor of 1 or more" : "0 or more");
    return v;
}

static bool is_close(const demands *d, double v, double truth)
{
    double ratio = v / truth;
    if (d->how == BY_FACTOR) return ratio <= d->within && ratio >= 1 / d->within;
    return fabs(v - truth) <= d->within * (d->how == BY_SHARE ? fabs(truth) / 100 : 1);
}

/* Comparisons with NAN are false: what is not known is not met. */
static bool meets(const demands *d, const figure_row *f)
{
    return (isnan(d->least) || f->value >= d->least) && (isnan(d->most) || f->value <= d->most)
           && (isnan(d->within) || is_close(d, f->value, f->truth))
           && (!d->holds || (f->low <= f->truth && f->truth <= f->high));
}

static const char known[] = "where known";

static bool ends_in_known(const char *line)
{
    size_t n = strlen(line), of = strlen(known);
    while (n && isspace((unsigned char)line[n - 1])) n--;
    return n > of && !strncmp(line + n - of, known, of);
}

static bool read_clause(reader *r, figure_row *f, demands *d)
{
    skip(r);
    const char *begin = r->at;
    bool asks = true;
    if (take(r, "from")) {
        d->interval = true;
        f->low = read_sum(r);
        if (!r->failed && !take(r, "to")) fail(r, "expected 'to' after 'from %g'", f->low);
        if (!r->failed) f->high = read_sum(r);
        asks = false;
    } else if (take(r, "truth")) {
        d->truth = true;
        f->truth = read_sum(r);
        asks = false;
    } else if (take(r, "paper")) {
        f->paper = read_sum(r);
        asks = false;
    } else if (take(r, ">=")) d->least = read_sum(r);
    else if (take(r, "<=")) d->most = read_sum(r);
    else if (take(r, "within")) d->within = read_within(r, &d->how);
    else if (take(r, "holds")) d->holds = true;
    else if (take(r, known)) asks = false;
    else fail(r, "expected from, truth, paper, >=, <=, within, holds or where known");
    if (asks) { /* from the first demand to the end of the last */
        if (!f->asked) f->asked = begin;
        f->asked_length = (int)(r->at - f->asked);
        while (isspace((unsigned char)f->asked[f->asked_length - 1])) f->asked_length--;
    }
    return !r->failed;
}

bool figure_read(const char *line, const figure_tables *tables, figure_row *out,
                 figure_fault *fault)
{
    assert(line && tables && out && fault);
    reader r = {
        .line = line, .at = line, .tables = tables, .fault = fault, .may_lack = ends_in_known(line)
    };
    demands d = { .least = NAN, .most = NAN, .within = NAN };
    const char *colon = strchr(line, ':'), *c = line;
    while (*c && (unsigned char)*c >= ' ') c++;
    *out = (figure_row){
        .label = line, .value = NAN, .low = NAN, .high = NAN, .truth = NAN, .paper = NAN
    };
    if (*c) { /* a line break would begin another word of the column */
        r.at = c;
        fail(&r, "a control character; a row is one line");
        return false;
    }
    if (!colon || colon == line) {
        fail(&r, "expected a label and ':', as in \"recall: score.recall >= 0.99\"");
        return false;
    }
    out->label_length = (int)(colon - line);
    r.at = colon + 1;
    out->value = read_sum(&r);
    for (skip(&r); !r.failed && *r.at; skip(&r))
        if (!read_clause(&r, out, &d)) break;
    if (!r.failed && (!isnan(d.within) || d.holds) && !d.truth)
        fail(&r, "within and holds compare with the truth; add `truth VALUE`");
    if (!r.failed && d.holds && !d.interval)
        fail(&r, "holds asks for an interval; add `from VALUE to VALUE`");
    if (r.lacks) out->asked_length = 0;
    out->met = !r.failed && out->asked_length && meets(&d, out);
    return !r.failed;
}
