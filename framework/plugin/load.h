/* plugin/load.h - open one plugin file and check what it declares. Runs no function of the plugin.
 */
#ifndef ATOMLOOM_PLUGIN_LOAD_H
#define ATOMLOOM_PLUGIN_LOAD_H
#include "base/error.h"
#include "base/sha256.h"

/* dlopen(RTLD_NOW | RTLD_LOCAL), find LOOM_PLUGIN_SYMBOL, compare magic, ABI and sizes, self-check
 * every op. The object stays loaded for the life of the process (static result). NULL on failure:
 * the message names the file, the field, what was found and what was expected. */
const loom_plugin *plugin_load(const char *path, error *e);

/* The same, but only the bytes of that digest: what runs must be what the key of an action names.
 * The file is hashed and loaded under its own name (debuggers, dladdr and $ORIGIN keep working),
 * and its identity (inode, size, times) must be the same before and after; one that was written to
 * within the last tick of the file system's clock is waited for. What was loaded from the path
 * before is given again if it was of that digest. NULL with "changed during the run" otherwise. Not
 * for several threads. */
const loom_plugin *plugin_load_content(const char *path, const digest *content, error *e);

/* What plugin_load_content would give without loading anything; NULL where it has not been loaded.
 */
const loom_plugin *plugin_loaded(const char *path, const digest *content);

/* After its code has run: a file that was written to while it was loaded shows through (its pages
 * are mapped), so nothing that the code gave counts. True for a file that was replaced or removed:
 * what is loaded stays what it was. */
bool plugin_unchanged(const loom_plugin *p, error *e);

/* The rules an op's descriptor must keep: id, documentation, ports and parameters well formed,
 * defaults in range, no duplicate names, known types and units. Bugs of the op, named as such. */
bool op_check(const loom_op *op, error *e);
#endif
