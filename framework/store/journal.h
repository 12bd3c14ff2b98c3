/* store/journal.h - an append-only file of checked records that several processes write and read at
 * once.
 *
 * A journal is a cache for fast reading, never the truth: a record that is torn or damaged is
 * skipped, and the file may be deleted at any time. A record is written by one write() under a
 * lock; a reader, which takes no lock, takes only what is whole. Whoever appends next cuts off what
 * a dead writer left torn at the end. Rewriting makes a new file and renames it; readers notice
 * that the one they have open has lost its name, and begin again. Any one changed byte is noticed.
 */
#ifndef ATOMLOOM_STORE_JOURNAL_H
#define ATOMLOOM_STORE_JOURNAL_H
#include "base/error.h"
#include "store/locks.h"

enum {
    JOURNAL_MAX_RECORD = 512 << 10
}; /* bytes of payload, a multiple of 8; refused when appending, not believed when reading */

typedef struct journal_block {
    struct journal_block *next;
    size_t bytes;
    uint64_t data[];
} journal_block;

/* Who is given the records. */
typedef struct journal_reader {
    void (*restart)(void *user); /* the file was replaced: forget all earlier payloads */
    bool (*take)(void *user, const void *payload, size_t bytes); /* false: out of memory */
    void *user;
} journal_reader;

typedef struct journal {
    char *path;
    int64_t lock; /* its byte in the lock file */
    journal_reader reader;
    int fd;              /* -1 while not open */
    uint64_t read_to;    /* everything before was read */
    uint64_t seen_size;  /* up to here was looked at: behind read_to lies a record that is not whole
                            yet */
    int64_t seen_change; /* time of the file's last change then, ns */
    uint64_t damaged;    /* bytes before read_to that belong to no whole record */
    uint64_t bytes_read; /* from the disk, over the life of this struct; for tests and benchmarks */
    journal_block
        *blocks; /* what was read; records stay where they are until the file is replaced */
} journal;

/* `lock` is the byte of the store's lock file that appending holds. Reads nothing yet. */
bool journal_init(journal *j, const char *path, int64_t lock, journal_reader reader, error *e);
void journal_free(journal *j);

/* Reads what was appended since the last call and hands each whole record's payload to the reader
 * (8-byte aligned, alive until `restart` or journal_free). Costs one fstat when nothing changed. A
 * journal that is not there is empty. False with `e` set only when memory is out. */
bool journal_refresh(journal *j, error *e);

/* Appends one record, after cutting off a torn one at the end. */
bool journal_append(journal *j, locks *l, const void *payload, size_t bytes, error *e);

/* Replaces the journal by the records that `write` gives through journal_emit. Under the journal's
 * lock, after a refresh; `write` decides by then whether there is something to do:
 * REWRITE_NOT_NEEDED leaves the file as it is. */
typedef struct journal_writer journal_writer;
typedef enum rewrite { REWRITE_DONE, REWRITE_NOT_NEEDED, REWRITE_FAILED } rewrite;
bool journal_rewrite(journal *j, locks *l, rewrite (*write)(void *user, journal_writer *w),
                     void *user, error *e);
bool journal_emit(journal_writer *w, const void *payload, size_t bytes); /* false: out of memory */
#endif
