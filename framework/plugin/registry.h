/* plugin/registry.h - every op that can be named in a pipeline, and every plugin file that was
 * refused, with the reason.
 *
 * WHAT PLUGIN PROMISES
 *   No code of a plugin runs in the process that asks. Descriptors are read once per plugin file in
 *   a child process (a plugin that crashes while loading harms nobody) and kept in a cache file
 *   keyed by path, size, times and inode; afterwards a registry opens without touching a shared
 *   object. What is listed was checked (op_check.c): names, ports, parameters, defaults, texts. The
 *   loom_op structs here are the registry's own copies: `run` and `estimate` are NULL.
 *
 * STATES
 *   a plugin file   unseen -> (scan.c: cached and unchanged) -> listed or refused
 *                   unseen -> (probe.c: opened in a child, checked) -> listed or refused
 *                   listed -> (load.c: plugin_load, in a worker) -> its ops can be run
 *   a description   read and checked each time (script.c): no code of it runs, so no child and no
 *                   cache; its program runs when an action does (run/script_run.c)
 *   a registry      filled by registry_open, then never changed
 *
 * WHO MAY CHANGE WHAT
 *   scan.c alone fills a registry and writes the cache file, whole and by rename. load.c alone
 * opens a shared object, and only the one whose content has the digest that the registry lists.
 * Sets of parameters (params.h) belong to whoever made them.
 *
 * WHEN THINGS FAIL
 *   A file that cannot be used is refused with the reason and what to do, and `doctor` lists it;
 * the others are found all the same. A crash, an exit, five seconds without an answer are reasons.
 * A cache that is damaged, of another build or cannot be written costs time and nothing else. A
 * file that changed since it was listed is refused when it is loaded.
 *
 * Regrets: a registry holds copies of descriptors whose function pointers are NULL, so a loom_op is
 * two things; and the order of directories decides which op of one id is found. */
#ifndef ATOMLOOM_PLUGIN_REGISTRY_H
#define ATOMLOOM_PLUGIN_REGISTRY_H
#include "base/error.h"
#include "base/sha256.h"

/* A shared object, or the description of an op that is a program (script.h). */
typedef struct plugin_file {
    const char *path, *name, *version, *licence;
    digest content; /* SHA-256 of the file, or of all files of a script: part of every key */
    const struct script *script; /* NULL: a shared object */
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
/* That of a file named after the op, shared object or description; NULL where there is none. */
const plugin_refusal *registry_refusal_of(const registry *r, const char *id);
/* The writer op that turns `type` into a file of `extension` ("xyz"), or NULL. */
const op_entry *registry_writer(const registry *r, const char *type, const char *extension);

/* For tests and for the pipeline checker's: a registry of descriptors in memory. Borrowed. */
registry *registry_of(const loom_op *const *ops, size_t n, error *e);
#endif
