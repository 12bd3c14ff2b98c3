/* store/locks.h - byte-range locks on one file, for processes on one machine or on several that
 * share a file system.
 *
 * The kernel drops a lock with the process that held it, so a crash leaves none behind. POSIX locks
 * have two traps, both dealt with here: they do not exclude the process that holds them (a table
 * does), and closing any descriptor of the file drops all of them (every store of a process on one
 * directory shares one descriptor). A child after fork() holds none. */
#ifndef ATOMLOOM_STORE_LOCKS_H
#define ATOMLOOM_STORE_LOCKS_H
#include "base/error.h"

typedef struct locks locks;

/* Places in the lock file. Claims and names lie above, at 2^62 and 2^61, by their hash. */
enum { LOCK_UPKEEP = 0, LOCK_ACTION_LOG = 1, LOCK_FILE_LOG = 2 };
enum { LOCK_NAMES = 61, LOCK_CLAIMS = 62 };

locks *locks_open(const char *path, error *e); /* shared within the process; count of users kept */
void locks_close(locks *l); /* the last user closes it; what it held is released */

/* Try to hold byte `at` alone. False without `e` set: somebody else, in this process or in another,
 * holds it. */
bool locks_claim(locks *l, int64_t at, error *e);
void locks_release(locks *l, int64_t at);
/* Is the byte held by another process, or by this one? */
bool locks_held(locks *l, int64_t at);

/* Short waits around a few system calls, never nested on one byte: shared or alone. */
bool locks_wait(locks *l, int64_t at, bool alone, error *e);
void locks_done(locks *l, int64_t at);

/* The byte for a hash: bit `space` set, the hash below it. */
static inline int64_t locks_place(int space, uint64_t hash)
{
    return (int64_t)((UINT64_C(1) << space) | (hash & ((UINT64_C(1) << space) - 1)));
}
uint64_t locks_hash(const char *text);
#endif
