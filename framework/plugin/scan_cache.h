/* plugin/scan_cache.h - the file that keeps the descriptors of plugins between programs; for
 * scan.c.
 *
 * A header and one entry per plugin file, refused ones too. It is an aid only: a file that is not
 * whole, of another build, or that another user wrote or may write to is ignored and made anew. */
#ifndef ATOMLOOM_PLUGIN_SCAN_CACHE_H
#define ATOMLOOM_PLUGIN_SCAN_CACHE_H
#include "base/sha256.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

/* Which file, as far as stat tells. */
typedef struct identity {
    uint64_t device, inode, size;
    int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
} identity;

typedef struct cache_entry {
    uint64_t next; /* bytes from this entry to the next one */
    identity file;
    digest content;
    uint32_t status; /* LOOM_OK, or why it was refused */
    /* bytes of each text with its NUL; they follow, then the image at a multiple of 8 */
    uint32_t path, reason, todo;
    uint64_t image;
} cache_entry;

/* Zero-initialise. */
typedef struct plugin_cache {
    char *old; /* the file as read; taken over by whoever unpacks its images */
    size_t old_size, cursor;
    text fresh; /* the file as it should be */
    int entries, old_entries;
} plugin_cache;

/* Owned; NULL: out of memory. */
char *cache_path(const char *dir);
void cache_read(plugin_cache *s, const char *path);
/* From where the last one was found, round to there again: the files come in the order of the last
 * time, as a rule. NULL: there is none. */
cache_entry *cache_find(plugin_cache *s, const char *path);
/* Adds an entry to `fresh`: `like` with these texts and `like->image` bytes of image. */
void cache_keep(plugin_cache *s, const cache_entry *like, const char *path, const char *reason,
                const char *todo, const void *image);
/* Best effort: without it the next program looks at the plugins again. */
void cache_write(plugin_cache *s, const char *path);

const char *entry_path(const cache_entry *c);
const char *entry_reason(const cache_entry *c);
const char *entry_todo(const cache_entry *c);
void *entry_image(cache_entry *c);
#endif
