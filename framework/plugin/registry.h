/* plugin/registry.h - every op that can be named in a pipeline, and every plugin file that was
 * refused, with the reason.
 *
 * Descriptors are read once per plugin file in a child process (a plugin that crashes while loading
 * harms nobody) and kept in a cache file keyed by path, size, mtime and inode; afterwards a
 * registry opens without touching a shared object. The loom_op structs here are the registry's own
 * copies: `run` and `estimate` are NULL. To run an op, plugin_load its file. */
#ifndef ATOMLOOM_PLUGIN_REGISTRY_H
#define ATOMLOOM_PLUGIN_REGISTRY_H
#include "base/error.h"
#include "base/sha256.h"

typedef struct plugin_file {
    const char *path, *name, *version, *licence;
    digest content; /* SHA-256 of the file: part of every key */
} plugin_file;

typedef struct op_entry {
    const loom_op *op;
    const plugin_file *file;
} op_entry;
typedef struct plugin_refusal {
    const char *path, *reason, *todo;
} plugin_refusal;
typedef struct registry registry;

/* Directories in order of precedence: `extra` (from --plugin-dir, NULL-terminated, may be NULL),
 * then ATOMLOOM_PLUGIN_PATH (colon-separated, absolute), then the built-in directory beside the
 * program. Never the current directory. The first op of an id wins; a later one is listed as
 * refused ("shadowed by ..."). `cache_dir` holds the cache file (NULL: no cache is kept). A refused
 * plugin is not a failure. NULL with `e` set only when nothing can work. */
registry *registry_open(const char *const *extra, const char *cache_dir, error *e);
void registry_close(registry *r);

/* NULL where unknown; constant time */
const op_entry *registry_find(const registry *r, const char *id);
/* sorted by id; NULL past the end */
const op_entry *registry_at(const registry *r, size_t index);
/* for "did you mean"; NULL where nothing is near */
const char *registry_nearest(const registry *r, const char *id);
const plugin_refusal *registry_refusal_at(const registry *r, size_t index);
/* The writer op that turns `type` into a file of `extension` ("xyz"), or NULL. */
const op_entry *registry_writer(const registry *r, const char *type, const char *extension);

/* For tests and for the pipeline checker's: a registry of descriptors in memory. Borrowed. */
registry *registry_of(const loom_op *const *ops, size_t n, error *e);
#endif
