/* base/show.h - text from outside (files, plugins, command lines) made fit to be printed.
 *
 * Whatever a terminal would act on, and whatever makes a line read differently from what it holds,
 * is written out: control characters (C0, DEL, C1) and bytes that are not UTF-8 as `\x1b`, line
 * ends and tabs as `\n`, `\r`, `\t`, and marks that change the direction or the width of a line
 * (U+061C, U+200E, U+200F, U+2028-202E, U+2066-2069, U+FEFF, tags, U+FFFE and its like) as
 * `\u202e`. Everything else stays as it is. What is printed is for people; programs read JSON,
 * where the text itself stands, escaped (json.h). */
#ifndef ATOMLOOM_BASE_SHOW_H
#define ATOMLOOM_BASE_SHOW_H
#include "base/text.h"

/* One line: line ends and tabs are written out too. `n` bytes, which may hold NULs. */
void show_line(text *out, const char *s, size_t n);
/* Several lines: line ends and tabs stay; a carriage return before a line end goes. */
void show_lines(text *out, const char *s, size_t n);
/* As show_line, with & < > " ' as XML has them: safe in elements and attributes. */
void show_xml(text *out, const char *s);
/* As show_line, inside the double quotes of a DOT label. */
void show_dot(text *out, const char *s, size_t n);

/* Would show_line change it? */
bool show_changes(const char *s);
/* Does a terminal, or the eye, take this character for something else than itself? */
bool show_hides(uint32_t code);
#endif
