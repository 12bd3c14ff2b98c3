/* cli/print.h - everything that the program prints goes through here, so that nothing a file, a
 * plugin or a command line holds can act on a terminal: see base/show.h. What has colours or moves
 * the cursor is put together from texts that were shown already, and written with cli_put. A test
 * looks for other ways out (tests/house/rules.sh) and at what hostile input prints
 * (tests/cli/hostile.sh). */
#ifndef ATOMLOOM_CLI_PRINT_H
#define ATOMLOOM_CLI_PRINT_H
#include "base/error.h"
#include "base/text.h"
#include <jansson.h>
#include <stdio.h>

bool cli_terminal(FILE *stream); /* one that can move its cursor: TERM is not "dumb" */
bool cli_colour(FILE *stream);   /* a terminal, and NO_COLOR is not set */

/* Errors: "atomloom: error: what failed" and a line "hint: what to do next". Give the exit status.
 */
int cli_report(const error *e);
int cli_fail(loom_status status, const char *todo, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_say(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* a line on stderr, without its end */
void cli_line(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* a line on stdout, likewise */

/* Print to stdout and free; 0, or the exit status of a failed write (a full disk must not pass for
 * success). */
int cli_print(text *t);
int cli_print_json(json_t *value); /* taken */
/* Text that was shown already (diagnostics_print, failure_text, bars), as it is, at once, and free.
 */
void cli_put(FILE *stream, text *t);
#endif
