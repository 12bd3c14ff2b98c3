/* plugin/load.h - open one plugin file and check what it declares. Runs no function of the plugin. */
#ifndef ATOMLOOM_PLUGIN_LOAD_H
#define ATOMLOOM_PLUGIN_LOAD_H
#include "base/error.h"

/* dlopen(RTLD_NOW | RTLD_LOCAL), find LOOM_PLUGIN_SYMBOL, compare magic, ABI and sizes, self-check every op. The object stays
 * loaded for the life of the process (static result). NULL on failure: the message names the file, the field, what was
 * found and what was expected. */
const loom_plugin *plugin_load(const char *path, error *e);

/* The rules an op's descriptor must keep: id, documentation, ports and parameters well formed, defaults in range, no
 * duplicate names, known types and units. Bugs of the op, named as such. */
bool op_check(const loom_op *op, error *e);
#endif
