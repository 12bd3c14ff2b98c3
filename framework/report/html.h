/* report/html.h - pieces of a page. Whatever comes from files, plugins or command lines goes
 * through here, so that it stays text. */
#ifndef ATOMLOOM_REPORT_HTML_H
#define ATOMLOOM_REPORT_HTML_H
#include "base/text.h"
#include "store/value.h"

/* One line of text, safe in elements and in quoted attributes. */
void html_text(text *out, const char *s);
/* Several lines: line ends become <br>. */
void html_lines(text *out, const char *s);
/* As printf, with every %s made safe. Formats: %s %d %g and %% only. */
void html_printf(text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A table of the columns of a value, at most `most` rows; NULL caption: none. */
void html_table(text *out, const loom_value *v, const char *caption, int64_t most);
/* JSON inside a script element: what could end it is escaped. */
void html_json(text *out, const char *json, size_t n);
/* "3.2 s", "4 min" */
void html_duration(text *out, double seconds);
/* "2026-11-26 08:11:08 UTC" */
void html_time(text *out, double seconds_since_1970);
#endif
