/* store/inside.h - what the files of the store share with each other and with nobody else. */
#ifndef ATOMLOOM_STORE_INSIDE_H
#define ATOMLOOM_STORE_INSIDE_H
#include "base/io_error.h"
#include "base/table.h"
#include "store/journal.h"
#include "store/locks.h"
#include "store/store.h"
#include <sys/types.h>
#include <time.h>

enum {
    STORE_PATH = 4096,     /* longest path inside a store */
    TOUCH_INTERVAL_S = 60, /* "last used" is not written more often than this */
    /* Rights of what a store makes, less what the umask takes away: others never write there. */
    STORE_DIRECTORY = 0755,
    STORE_FILE = 0644,
};

struct store {
    char *dir;
    char *own;     /* a group store's directory of this user; NULL: not a group store */
    uid_t *others; /* users of it whose records count here as well (group.c) */
    int other_count;
    locks *locks; /* NULL until the first lock is asked for */
    journal action_log, file_log;
    table actions, files;
    bool no_action_log; /* it is damaged and cannot be made anew: the JSON files are asked */
    char run[160];      /* file name in DIR/runs of the run announced here; "" where none is */
    int run_fd;
    long run_pid;
    /* what the names of this process' temporary files begin with; "" before the first one */
    char temporary[160];
    long temporary_pid;
    uint64_t counter;
};

/* marker.c: sees to it that DIR is a store and that its rooms are there: makes one of a new or an
 * empty directory, writes a marker that is gone or damaged anew, refuses what is not a store, or
 * one of a later format. */
bool store_recognise(store *s, error *e);

/* ---- group.c --------------------------------------------------------------------------------- */

/* marker.c: DIR as the place of a new group store; its marker, written last. */
bool store_begin_group(const store *s, error *e);
bool store_mark_group(const store *s, error *e);
enum { GROUP_READS = 02750, GROUP_FILE = 0640 }; /* rights of what a member makes for himself */
/* A directory with these rights, whatever the umask; one that is there is left as it is. */
bool group_directory(const char *path, mode_t mode, error *e);
/* DIR says that it is a group store: makes the directory of this user in it, and finds whose
 * records count. */
bool store_open_group(store *s, error *e);
/* What others may change is believed only as far as trust.h goes: what is at DIR, its rooms. */
bool store_check_trust(const store *s, error *e);
/* ---- paths.c --------------------------------------------------------------------------------- */

/* A path below the store's directory, in `out`, which is returned. */
char *store_join(const store *s, char out[STORE_PATH], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same below what belongs to this user alone: records, journals, files under way, notes, jobs.
 * In a private store that is the store's directory. */
char *store_own(const store *s, char out[STORE_PATH], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Where the object of this digest, this user's record of the action of this key is. */
char *store_object_name(const store *s, const digest *d, char out[STORE_PATH]);
char *store_action_name(const store *s, const digest *key, char out[STORE_PATH]);

/* In a group store: its members may read the file. */
void store_share(const store *s, int fd);

/* ---- files.c --------------------------------------------------------------------------------- */

/* A failed system call on a file of the store as a message (base/io_error.h). Returns false. */
bool store_io_error(error *e, int code, const char *verb, const char *path);
/* A new empty file in DIR/tmp that only this process writes; its path in `path`. The file
 * descriptor, or -1 with `e` set. */
int store_temporary(store *s, char path[STORE_PATH], error *e);
/* All of it; offset < 0: append. `owner` and `path` are for messages. */
bool file_write_for(io_owner owner, int fd, const void *bytes, size_t n, int64_t offset,
                    const char *path, error *e);
bool file_write_at(int fd, const void *bytes, size_t n, int64_t offset, const char *path, error *e);
/* Moves a finished file to its place, making the directory where it is not there yet. `sync`:
 * survive a power cut. */
bool store_commit(int fd, const char *from, const char *to, bool sync, error *e);
/* Owned, NUL-terminated. NULL with `e` and errno set; EFBIG: more than `most` bytes; EBADMSG: not a
 * regular file, or one that somebody who is not trusted may have written. */
char *file_read_all(const char *path, size_t most, size_t *bytes, error *e);
int64_t nanoseconds(struct timespec t);
double seconds_now(void); /* since 1970 */
/* Removes the temporary files of processes that are gone. Adds to what is counted; may be NULL. */
bool store_sweep(store *s, uint64_t *files, uint64_t *bytes, error *e);
/* The lock file, opened at the first call. NULL with `e` set where the store cannot be written. */
locks *store_locks(store *s, error *e);

/* ---- walk.c ---------------------------------------------------------------------------------- */

/* Names in a directory, sorted; an absent directory has none. Owned, with its texts in the same
 * memory. */
bool names_in(const char *directory, char ***names, size_t *count, error *e);
/* Every file of a room whose name is a digest and `extension`, in order of digest; `visit` returns
 * false to stop. */
struct stat;
typedef bool visit_file(void *user, const digest *d, const char *path, const struct stat *st);
bool each_file(store *s, const char *room, const char *extension, visit_file *visit, void *user,
               error *e);

/* The tag of a digest in a table: its bytes are uniform already. */
static inline uint64_t digest_tag(const digest *d)
{
    uint64_t tag;
    __builtin_memcpy(&tag, d->byte, sizeof tag);
    return tag;
}

/* ---- live_runs.c ----------------------------------------------------------------------------- */

/* What live runs count on. Zero-initialise; used under LOCK_UPKEEP, held alone. */
typedef struct kept {
    digest *item; /* sorted */
    size_t count;
    double oldest_start; /* HUGE_VAL where no run lives */
} kept;
bool kept_read(store *s, bool own, kept *out, error *e); /* own: with what this run counts on */
bool kept_has(const kept *k, const digest *d);
void kept_free(kept *k);

/* ---- objects.c, action.c, action_log.c, hash_file.c ------------------------------------------ */

/* Waits until an object is on the disk. */
void store_sync_object(store *s, const digest *d);
/* Moves an object that cannot be trusted to DIR/damaged, so that it is not found again. */
void store_set_aside(store *s, const digest *d);
/* Removes an action for good. */
bool action_forget(store *s, const digest *key, error *e);
/* When an action began, by the journal as read so far; HUGE_VAL for one it does not know. */
double action_started(const store *s, const digest *key);
bool file_log_init(store *s, error *e);
/* Drops what is replaced or gone from the journal of files: when it has grown large, or always. */
bool file_log_compact(store *s, error *e);
bool file_log_renew(store *s, error *e);
#endif
