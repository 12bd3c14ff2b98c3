/* report/html.c - see html.h */
#include "report/html.h"
#include "base/show.h"
#include "report/table.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void html_text(text *out, const char *s) { show_xml(out, s); }

void html_lines(text *out, const char *s)
{
    text line = { 0 };
    while (*s) {
        size_t n = strcspn(s, "\n");
        text_clear(&line);
        text_add(&line, s, n);
        if (n && line.data) show_xml(out, line.data);
        s += n;
        if (*s) text_puts(out, "<br>"), s++;
    }
    text_free(&line);
}

void html_printf(text *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') text_putc(out, *f);
        else if (*++f == 's') show_xml(out, va_arg(args, const char *));
        else if (*f == 'd') text_printf(out, "%d", va_arg(args, int));
        else if (*f == 'g') text_printf(out, "%g", va_arg(args, double));
        else {
            assert(*f == '%');
            text_putc(out, '%');
        }
    }
    va_end(args);
}

static void cell(text *out, const cell_format *f, int64_t i, bool best)
{
    assert(i >= 0);
    text word = { 0 };
    cell_text(f, i, &word);
    text_printf(out, "<td%s>%s", f->column.words ? "" : " class=\"n\"", best ? "<strong>" : "");
    html_text(out, word.data ? word.data : "");
    text_puts(out, best ? "</strong></td>" : "</td>");
    if (word.failed) out->failed = true;
    text_free(&word);
}

static void heading(text *out, const loom_array *a, bool words)
{
    text name = { 0 };
    with_unit(a->name, a->unit, &name);
    text_printf(out, "<th scope=\"col\"%s>", words ? "" : " class=\"n\"");
    html_text(out, name.data ? name.data : "");
    text_puts(out, "</th>");
    text_free(&name);
}

void html_table(text *out, const loom_value *v, const char *caption, int64_t most)
{
    assert(most >= 0);
    enum { MAX_COLUMNS = 60 };
    cell_format f[MAX_COLUMNS];
    int64_t best[MAX_COLUMNS], rows = table_rows(v);
    int n = 0;
    const loom_array *a;
    text_puts(out,
              "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table>");
    if (caption) html_printf(out, "<caption>%s</caption>", caption);
    text_puts(out, "<thead><tr>");
    for (int64_t i = 0; n < MAX_COLUMNS && (a = value_array_at(v, i)); i++) {
        if (a->rank != 1 || a->dim[0] != rows) continue;
        f[n] = cell_format_of(v, a);
        best[n] = table_best(v, &f[n].column);
        heading(out, a, f[n++].column.words != NULL);
    }
    text_puts(out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < rows && i < most; i++) {
        text_puts(out, "<tr>");
        for (int k = 0; k < n; k++) cell(out, &f[k], i, best[k] == i);
        text_puts(out, "</tr>\n");
    }
    text_puts(out, "</tbody></table></div>");
    if (rows > most)
        text_printf(out, "<p class=\"soft\">%lld of %lld rows.</p>", (long long)most,
                    (long long)rows);
    text_putc(out, '\n');
}

void html_json(text *out, const char *json, size_t n)
{
    assert(json || !n);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)json[i];
        if (c == '<' || c == '>' || c == '&') text_printf(out, "\\u%04x", c);
        else text_putc(out, (char)c);
    }
}

void html_duration(text *out, double s)
{
    if (s < 0) text_puts(out, "\u2013");
    else if (s < 1) text_printf(out, "%.0f ms", 1000 * s);
    else if (s < 90) text_printf(out, "%.1f s", s);
    else if (s < 5400) text_printf(out, "%.0f min", s / 60);
    else text_printf(out, "%.1f h", s / 3600);
}

void html_time(text *out, double seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    char s[40];
    if (!gmtime_r(&t, &tm) || !strftime(s, sizeof s, "%Y-%m-%d %H:%M:%S UTC", &tm)) s[0] = 0;
    text_puts(out, s);
}
