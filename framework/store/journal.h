/* store/journal.h - an append-only file of checked records that several processes write and read at once.
 *
 * A journal is a cache for fast reading, never the truth: records that are torn or damaged are passed over, and the file may be
 * deleted at any time. A record is written by one write() under a lock; a reader takes only what is whole. Rewriting makes a new
 * file and renames it; readers notice that the one they have open has lost its name, and begin again. */
#ifndef ATOMLOOM_STORE_JOURNAL_H
#define ATOMLOOM_STORE_JOURNAL_H
#include "base/error.h"
#include "store/locks.h"

typedef struct journal_block { struct journal_block *next; size_t bytes; uint64_t data[]; } journal_block;

typedef struct journal {
    char *path;
    int64_t lock;          /* its byte in the lock file */
    int fd;                /* -1 while not open */
    uint64_t read_to;      /* everything before was read */
    journal_block *blocks; /* what was read; records stay where they are until journal_forget */
} journal;

bool journal_init(journal *j, const char *path, int64_t lock, error *e);
void journal_free(journal *j);

/* Reads what was appended since the last call and hands each whole record's payload (8-byte aligned, alive until `restart` or
 * journal_free) to `take`. `restart` is called first when the file was replaced: forget all earlier payloads. Costs one fstat
 * when nothing changed. A journal that is not there is empty. False with `e` set only when memory is out. */
bool journal_refresh(journal *j, void (*restart)(void *user), bool (*take)(void *user, const void *payload, size_t bytes), void *user, error *e);

/* Appends one record. */
bool journal_append(journal *j, locks *l, const void *payload, size_t bytes, error *e);

/* Replaces the journal by the records that `write` gives through journal_emit. Under the journal's lock. */
typedef struct journal_writer journal_writer;
bool journal_rewrite(journal *j, locks *l, bool (*write)(void *user, journal_writer *w), void *user, error *e);
bool journal_emit(journal_writer *w, const void *payload, size_t bytes);
#endif
