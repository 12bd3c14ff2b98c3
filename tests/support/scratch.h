/* tests/support/scratch.h - a directory that is there for one test and gone with its process. */
#ifndef ATOMLOOM_TESTS_SCRATCH_H
#define ATOMLOOM_TESTS_SCRATCH_H
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_path[512];
static long scratch_owner;

static inline int scratch_remove_one(const char *path, const struct stat *st, int flag,
                                     struct FTW *f)
{
    (void)st, (void)flag, (void)f;
    return remove(path);
}

static inline void scratch_remove(void)
{
    if (scratch_owner == getpid()) nftw(scratch_path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Made at the first call in a process (Check runs each test in a process of its own) and removed
 * when that process exits; its children share it. */
static inline const char *scratch_directory(void)
{
    if (*scratch_path) return scratch_path;
    const char *base = getenv("TMPDIR");
    snprintf(scratch_path, sizeof scratch_path, "%.400s/atomloom-test-XXXXXX",
             base && *base ? base : "/tmp");
    if (!mkdtemp(scratch_path)) abort();
    scratch_owner = getpid();
    atexit(scratch_remove);
    return scratch_path;
}
#endif
