/* store/hash_file.c - SHA-256 of the user's files, remembered by what the file system says of them.
 * See store_hash_file
 *
 * A file whose size, mtime and ctime are as they were has the content it had, except when it was
 * changed again within the tick of the file system's clock after it was hashed. So a file that
 * changed a moment ago is hashed but not remembered. */
#include "store/inside.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* two jiffies at 100 Hz and a margin; FAT and HFS have whole seconds */
enum { TICK_NS = 50000000, COARSE_NS = 2100000000 };

/* In the journal; the path follows, for people and for compaction. */
typedef struct hashed {
    uint64_t device, inode, size;
    int64_t mtime, ctime;
    digest content;
} hashed;

static hashed identity(const struct stat *st)
{
    return (hashed){ .device = (uint64_t)st->st_dev,
                     .inode = (uint64_t)st->st_ino,
                     .size = (uint64_t)st->st_size,
                     .mtime = nanoseconds(st->st_mtim),
                     .ctime = nanoseconds(st->st_ctim) };
}

static bool same_file(const void *item, const void *key)
{
    return !memcmp(item, key, offsetof(hashed, content));
}

static uint64_t tag_of(const hashed *h)
{
    uint64_t x = (h->inode ^ (uint64_t)h->ctime) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

static void restart(void *user) { table_free(&((store *)user)->files); }

static bool take(void *user, const void *payload, size_t bytes)
{
    assert(bytes % 8 == 0 && (uintptr_t)payload % 8 == 0);
    const hashed *h = payload;
    /* of another version */
    if (bytes <= sizeof *h || ((const char *)payload)[bytes - 1]) return true;
    return table_put(&((store *)user)->files, tag_of(h), h, same_file, h);
}

bool file_log_init(store *s, error *e)
{
    char path[STORE_PATH];
    return journal_init(&s->file_log, store_own(s, path, "files"), LOCK_FILE_LOG,
                        (journal_reader){ restart, take, s }, e);
}

static bool settled(const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t m = nanoseconds(st->st_mtim), c = nanoseconds(st->st_ctim), changed = m > c ? m : c;
    bool coarse = st->st_mtim.tv_nsec == 0 && st->st_ctim.tv_nsec == 0;
    return nanoseconds(now) - changed > (coarse ? COARSE_NS : TICK_NS);
}

/* A store that cannot be written still hashes; it only does not remember. */
static void remember(store *s, const hashed *h, const char *path)
{
    assert(*path);
    static const char zeros[8];
    error ignored = { 0 };
    text t = { 0 };
    locks *l = store_locks(s, &ignored);
    text_add(&t, h, sizeof *h);
    text_puts(&t, path);
    text_add(&t, zeros, 8 - t.length % 8); /* ends with at least one NUL */
    if (l && !t.failed) journal_append(&s->file_log, l, t.data, t.length, &ignored);
    text_free(&t);
}

bool store_hash_file(store *s, const char *path, digest *out, error *e)
{
    struct stat before, after;
    if (stat(path, &before)) return io_error(e, errno, IO_USER, "open", path);
    if (!S_ISREG(before.st_mode))
        return error_set(e, LOOM_E_IO, "give a regular file", "'%s' is not a file", path);
    if (!journal_refresh(&s->file_log, e)) return false;
    for (int attempt = 0; attempt < 3; attempt++) {
        hashed h = identity(&before);
        const hashed *known = table_find(&s->files, tag_of(&h), same_file, &h);
        if (known) {
            *out = known->content;
            return true;
        }
        /* as of the beginning: what is written while we read shows in `after` */
        bool quiet = settled(&before);
        if (!sha256_file(path, &h.content, e)) return false;
        if (stat(path, &after)) return io_error(e, errno, IO_USER, "open", path);
        hashed now = identity(&after);
        if (same_file(&now, &h)) {
            *out = h.content;
            if (quiet) remember(s, &h, path);
            return true;
        }
        before = after;
    }
    return error_set(e, LOOM_E_IO, "wait until it is written", "'%s' changes while it is read",
                     path);
}

static rewrite write_current(void *user, journal_writer *w)
{
    store *s = user;
    for (size_t i = 0; i < s->files.capacity; i++) {
        const hashed *h = s->files.item[i];
        struct stat st;
        if (!h || stat((const char *)(h + 1), &st)) continue;
        hashed now = identity(&st);
        size_t bytes = (sizeof *h + strlen((const char *)(h + 1)) + 8) & ~(size_t)7;
        if (same_file(&now, h) && !journal_emit(w, h, bytes)) return REWRITE_FAILED;
    }
    return REWRITE_DONE;
}

bool file_log_renew(store *s, error *e)
{
    locks *l = store_locks(s, e);
    return l && journal_rewrite(&s->file_log, l, write_current, s, e);
}

static rewrite write_if_large(void *user, journal_writer *w)
{
    enum { WORTH_IT = 1 << 20 };
    return ((store *)user)->file_log.read_to > WORTH_IT ? write_current(user, w)
                                                        : REWRITE_NOT_NEEDED;
}

bool file_log_compact(store *s, error *e)
{
    locks *l = store_locks(s, e);
    return l && journal_rewrite(&s->file_log, l, write_if_large, s, e);
}
