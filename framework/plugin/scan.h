/* plugin/scan.h - how a registry is filled; for the files of this room. */
#ifndef ATOMLOOM_PLUGIN_SCAN_H
#define ATOMLOOM_PLUGIN_SCAN_H
#include "plugin/registry.h"

/* A registry that grows by these calls and may be searched after registry_finish. NULL: out of
 * memory, `e` set. */
registry *registry_new(error *e);
/* Remembers a block of memory that is freed with the registry. Taken, even on failure. */
bool registry_own(registry *r, void *memory, error *e);
/* Memory that is freed with the registry, for many small pieces. NULL: none left, `e` set. */
struct arena *registry_memory(registry *r, error *e);
/* The ops of one plugin file; `plugin` must live as long as the registry (see registry_own). An id
 * that is there already is refused. */
bool registry_add(registry *r, const plugin_file *file, const loom_plugin *plugin, error *e);
/* texts are copied */
bool registry_refuse(registry *r, const char *path, const char *reason, const char *todo, error *e);
bool registry_finish(registry *r, error *e);

/* A descriptor as bytes that another process can use: the structs themselves, pointers as offsets
 * from the beginning (0 stands for NULL), and the list of where the pointers are. `run` and
 * `estimate` become NULL. */
typedef struct descriptor_image {
    void *bytes;
    size_t size;
} descriptor_image;
bool descriptor_pack(const loom_plugin *p, descriptor_image *out, error *e); /* out->bytes owned */
/* Turns the offsets back into pointers, in place. NULL when the bytes are not a whole image of this
 * build of atomloom. */
const loom_plugin *descriptor_unpack(void *bytes, size_t size);

/* Load a plugin file in a child process and bring its descriptor over. False with the reason in `e`
 * when it is refused: the missing library, the unresolved symbol, the field of the ABI, the signal
 * it died from, or more than `limit_s` seconds. */
bool plugin_probe(const char *path, double limit_s, descriptor_image *out, error *e);
#endif
