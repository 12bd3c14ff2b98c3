/* io/dm_tags.h - the tree of tags of a DigitalMicrograph file (DM3, DM4), walked once from the
 * beginning to the end. */
#ifndef ATOMLOOM_IO_DM_TAGS_H
#define ATOMLOOM_IO_DM_TAGS_H
#include "io/source.h"

enum { DM_MAX_DEPTH = 32, DM_NAME = 64 };

/* How a number is stored. */
typedef enum dm_type {
    DM_INT16 = 2,
    DM_INT32,
    DM_UINT16,
    DM_UINT32,
    DM_FLOAT,
    DM_DOUBLE,
    DM_BOOL,
    DM_CHAR,
    DM_OCTET,
    DM_INT64,
    DM_UINT64
} dm_type;

/* A tag that holds numbers: one, or an array of them. */
typedef struct dm_tag {
    int depth;                        /* names on the way to it, its own the last */
    char name[DM_MAX_DEPTH][DM_NAME]; /* "" where the tag has none: its place in `index` */
    int64_t index[DM_MAX_DEPTH];
    dm_type type;
    bool array;
    uint64_t at, count; /* where the numbers lie in the file, and how many */
    double number;      /* of a single one */
} dm_tag;

typedef struct dm_walk {
    const io_source *source;
    bool wide; /* DM4: lengths of 8 bytes */
    bool big;  /* of the numbers; the tree itself is big-endian */
    bool (*found)(void *user, const dm_tag *tag); /* of each tag; false ends the walk */
    void *user;
    dm_tag tag; /* the one at hand */
    uint64_t at;
    unsigned char window[1 << 15]; /* what was read last */
    uint64_t window_at, window_n;
} dm_walk;

size_t dm_type_bytes(dm_type type); /* 0: not a type */
/* Is it the beginning of such a file? *wide, *big as of dm_walk. */
bool dm_begins(const unsigned char *head, size_t n, bool *wide, bool *big);
/* Every tag of the file, in order; nothing but zeros may be left over. `w`: scratch, with source,
 * wide, big, found and user set. False after failing. */
bool dm_walk_tags(dm_walk *w);
/* Is the tag at this path? `names`: separated by /, * for any. */
bool dm_is_at(const dm_tag *tag, const char *path);
#endif
