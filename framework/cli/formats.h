/* cli/formats.h - in which formats a value can be written, and which one is meant. */
#ifndef ATOMLOOM_CLI_FORMATS_H
#define ATOMLOOM_CLI_FORMATS_H
#include "cli/common.h"

enum { FORMAT_ROOM = 32 };

/* --format, else the extension of `path`, in small letters; "" where neither says it. */
const char *format_asked(const cli_args *args, const char *path, char out[FORMAT_ROOM]);
/* Does a file whose own extension is `own` go by the name `asked`? (jpg and jpeg are one.) */
bool extension_fits(const char *own, const char *asked);
/* Is it text, so that it may go to a terminal? */
bool format_is_text(const char *format);
/* " .h5 .npy .xyz": what a value of this type can be written as; of this very value where there is
 * one. */
void formats_list(const registry *ops, const char *type, const loom_value *v, text *out);
#endif
