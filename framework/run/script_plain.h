/* run/script_plain.h - values for programs that cannot write HDF5, or cannot read its attributes:
 * JSON says what a value holds, and files next to it have the numbers. */
#ifndef ATOMLOOM_RUN_SCRIPT_PLAIN_H
#define ATOMLOOM_RUN_SCRIPT_PLAIN_H
#include "base/error.h"
#include "base/text.h"

/* {"type": ..., "arrays": [{"name", "dtype", "shape", "unit"}], "attributes": [{"name", "text",
 * "value", "unit"}]}, where one of text and value is null. */
void script_plain_json(const loom_value *v, text *out);
/* The same object from the file `path`, with a "file" for each array: its numbers, little-endian,
 * in C order, in `folder`. Becomes the output `p` of the call. False with `e`, or where the host
 * has reported why. */
bool script_read_plain(loom_call *call, const loom_port *p, const char *folder, const char *path,
                       error *e);
#endif
