/* io/csv.c - see csv.h. */
#include "io/csv.h"

static bool ends_line(const char *at, const char *end)
{
    return at >= end || *at == '\n' || *at == '\r';
}

static const char *after_line_break(const char *at, const char *end)
{
    if (at + 1 < end && *at == '\r' && at[1] == '\n') return at + 2;
    return at < end ? at + 1 : at;
}

static const char *end_of_line(const char *at, const char *end)
{
    while (!ends_line(at, end)) at++;
    return at;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Blanks that are no separators. */
static const char *skip_blanks(const csv_text *t, const char *at)
{
    while (at < t->end && is_blank(*at) && (t->separator == ' ' || *at != t->separator)) at++;
    return at;
}

static bool separates(const csv_text *t, char c)
{
    return t->separator == ' ' ? is_blank(c) : c == t->separator;
}

/* Does a comment read as a row, but for its mark? Then a row was taken out, or damaged. (Quotes are
 * not looked at: one of them may have become the mark.) */
static bool hides_a_row(const csv_text *t, io_span comment)
{
    int fields = 0, numbers = 0;
    const char *at = comment.at + strlen(t->comment);
    if (at == comment.end || is_blank(*at)) return false;
    for (const char *stop = at; stop <= comment.end; stop++) {
        if (stop < comment.end && !separates(t, *stop)) continue;
        io_span field = io_trimmed((io_span){ at, stop });
        bool run = t->separator == ' ' && !io_length_of(field); /* a further blank of a run */
        fields += !run;
        numbers += io_number_of(field).kind != IO_NO_NUMBER;
        at = stop + 1;
    }
    return fields == t->columns && numbers > 0;
}

bool csv_next_record(csv_text *t)
{
    while (t->at < t->end) {
        io_span line = { skip_blanks(t, t->at), end_of_line(t->at, t->end) };
        t->line++;
        bool comment = io_begins(line, t->comment);
        if (comment) t->hidden += hides_a_row(t, line);
        if (io_length_of(line) && !comment) return true;
        t->at = after_line_break(end_of_line(t->at, t->end), t->end);
    }
    return false;
}

/* From behind the opening quote to the closing one, which is not part of it. */
static bool quoted_field(csv_text *t, const char *at, csv_field *out)
{
    out->text.at = at;
    out->quoted = true;
    for (;; at++) {
        if (at >= t->end) {
            t->line = out->line;
            t->fault = "a quote is opened and never closed";
            return false;
        }
        if (*at == '"' && at + 1 < t->end && at[1] == '"') {
            out->doubled = true;
            at++;
        } else if (*at == '"') break;
        else if (*at == '\n' || (*at == '\r' && !(at + 1 < t->end && at[1] == '\n'))) t->line++;
    }
    out->text.end = at;
    t->at = skip_blanks(t, at + 1);
    bool closed =
        ends_line(t->at, t->end) || separates(t, *t->at) || (t->separator == ' ' && t->at > at + 1);
    if (!closed) t->fault = "a field goes on after its closing quote";
    return closed;
}

bool csv_next_field(csv_text *t, bool *more, csv_field *out)
{
    if (!*more) return false;
    const char *at = skip_blanks(t, t->at);
    *out = (csv_field){ .text = { at, at }, .line = t->line };
    if (at < t->end && *at == '"') {
        if (!quoted_field(t, at + 1, out)) return false;
    } else {
        while (!ends_line(at, t->end) && !separates(t, *at) && *at != '"') at++;
        if (at < t->end && *at == '"') {
            t->fault = "a quote stands within a field that does not begin with one";
            return false;
        }
        out->text = io_trimmed((io_span){ out->text.at, at });
        t->at = t->separator == ' ' ? skip_blanks(t, at) : at;
    }
    *more = !ends_line(t->at, t->end);
    if (!*more) t->at = after_line_break(t->at, t->end);
    else if (t->separator != ' ') t->at++;
    return true;
}

void csv_plain(const csv_field *f, char *out)
{
    for (const char *c = f->text.at; c < f->text.end; c++) {
        if (*c == '\r' && c + 1 < f->text.end && c[1] == '\n') continue;
        *out++ = *c == '\n' || *c == '\r' || *c == '\t' ? ' ' : *c;
        if (f->doubled && *c == '"') c++;
    }
    *out = 0;
}

bool csv_is_split_number(io_span s)
{
    static const char marks[] = { ';', '\t', '|' };
    csv_field f;
    for (size_t i = 0; i < sizeof marks; i++) {
        csv_text t = { s.at, s.end, 0, marks[i], "", 0, 0, NULL };
        int fields = 0, numbers = 0;
        for (bool more = true; csv_next_field(&t, &more, &f); fields++)
            numbers += io_number_of(f.text).kind != IO_NO_NUMBER;
        if (fields > 1 && !t.fault && numbers == fields) return true;
    }
    return false;
}
