/* store/journal.c - see journal.h
 *
 * A record: u32 mark, u32 payload bytes (a multiple of 8), payload, u64 checksum. Records begin at
 * multiples of 8, so that after damage the next one is found by looking at every eighth byte. */
#include "store/journal.h"
#include "base/io_error.h"
#include "base/text.h"
#include "base/trust.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK = 0x324a4c41, HEAD = 8, TAIL = 8 };
enum { ASIDE = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK }; /* no link is followed, no pipe waited for */
struct journal_writer {
    text bytes;
};

/* Not against an adversary: against torn writes and rotten disks. Each step can be undone, so two
 * payloads that differ in one word never have the same sum. */
static uint64_t checksum(const uint64_t *word, size_t bytes)
{
    assert(bytes % 8 == 0);
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ bytes;
    for (size_t i = 0; i < bytes / 8; i++) {
        h = (h ^ word[i]) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    return h;
}

bool journal_init(journal *j, const char *path, int64_t lock, journal_reader reader, error *e)
{
    assert(lock >= 0 && reader.take && reader.restart);
    *j = (journal){ .path = strdup(path), .lock = lock, .reader = reader, .fd = -1 };
    return j->path || error_memory(e, "a journal");
}

static void forget(journal *j)
{
    if (j->fd >= 0) close(j->fd);
    j->fd = -1;
    j->read_to = j->seen_size = j->damaged = 0;
    for (journal_block *b = j->blocks; b;) {
        journal_block *next = b->next;
        free(b);
        b = next;
    }
    j->blocks = NULL;
}

void journal_free(journal *j)
{
    if (j->path) forget(j);
    free(j->path);
    *j = (journal){ .fd = -1 };
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Bytes of the record at `at`, 0 where none begins; `*cut`: one may begin but goes on past the end.
 */
static size_t record_at(const unsigned char *at, size_t left, bool *cut)
{
    uint32_t head[2];
    uint64_t sum;
    *cut = left < HEAD;
    if (left < HEAD) return 0;
    memcpy(head, at, sizeof head);
    if (head[0] != MARK || head[1] % 8 || head[1] > JOURNAL_MAX_RECORD) return 0;
    *cut = left < (size_t)head[1] + HEAD + TAIL;
    if (*cut) return 0;
    memcpy(&sum, at + HEAD + head[1], sizeof sum);
    return sum == checksum((const uint64_t *)(const void *)(at + HEAD), head[1])
               ? (size_t)head[1] + HEAD + TAIL
               : 0;
}

/* Hands out the records of a block. The count of bytes done with: a record cut off at the end may
 * be whole next time. */
static size_t walk(journal *j, const journal_block *b, bool *good)
{
    assert(*good);
    const unsigned char *bytes = (const unsigned char *)b->data;
    size_t at = 0, skipped = 0, first_cut = SIZE_MAX, before_cut = 0;
    while (at < b->bytes && *good) {
        bool cut;
        size_t n = record_at(bytes + at, b->bytes - at, &cut);
        assert(n <= b->bytes - at);
        if (n) {
            *good = j->reader.take(j->reader.user, bytes + at + HEAD, n - HEAD - TAIL);
            first_cut = SIZE_MAX; /* what looked cut off was damage: a whole record follows */
        } else if (cut && first_cut == SIZE_MAX) {
            first_cut = at;
            before_cut = skipped;
        }
        skipped += n ? 0 : 8;
        at += n ? n : 8;
    }
    j->damaged += first_cut != SIZE_MAX ? before_cut : skipped;
    size_t done = first_cut != SIZE_MAX ? first_cut : b->bytes;
    return done < b->bytes ? done : b->bytes;
}

/* A journal that somebody else wrote, or may write to, counts as one that is not there. */
static bool is_believed(journal *j, struct stat *st)
{
    if (!fstat(j->fd, st) && S_ISREG(st->st_mode) && trust_look(j->path, st) == TRUST_GOOD)
        return true;
    close(j->fd);
    j->fd = -1;
    return false;
}

/* Opens, or begins again when the file was replaced. False when there is none. */
static bool follow(journal *j, struct stat *st)
{
    if (j->fd >= 0 && !fstat(j->fd, st) && st->st_nlink > 0 && (uint64_t)st->st_size >= j->read_to)
        return true;
    if (j->fd >= 0) {
        j->reader.restart(j->reader.user);
        forget(j);
    }
    j->fd = open(j->path, O_RDWR | O_APPEND | ASIDE);
    if (j->fd < 0) j->fd = open(j->path, O_RDONLY | ASIDE); /* a store that may only be read */
    return j->fd >= 0 && is_believed(j, st);
}

static int64_t change_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Is there something that was not looked at yet? A torn end is looked at once, and again only when
 * the file changes. */
static bool has_news(const journal *j, const struct stat *st)
{
    uint64_t size = (uint64_t)st->st_size;
    return size > j->read_to && (size != j->seen_size || change_of(st) != j->seen_change);
}

static journal_block *read_block(journal *j, size_t want)
{
    assert(j->fd >= 0 && want > 0);
    journal_block *b = malloc(sizeof *b + want + 8);
    size_t got = 0;
    while (b && got < want) {
        ssize_t n = pread(j->fd, (char *)b->data + got, want - got, (off_t)(j->read_to + got));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            break; /* shorter than it was, or unreadable: the actions themselves are asked instead
                    */
        got += (size_t)n;
    }
    j->bytes_read += got;
    if (b) b->bytes = got;
    return b;
}

bool journal_refresh(journal *j, error *e)
{
    struct stat st;
    if (!follow(j, &st) || !has_news(j, &st)) return true;
    journal_block *b = read_block(j, (size_t)st.st_size - j->read_to);
    if (!b) return error_memory(e, "the journal of the store");
    bool good = true;
    size_t done = walk(j, b, &good) & ~(size_t)7;
    assert(done <= b->bytes);
    j->read_to += done;
    j->seen_size = (uint64_t)st.st_size;
    j->seen_change = change_of(&st);
    if (done) {
        b->next = j->blocks;
        j->blocks = b;
    } else free(b); /* nothing of it was handed out */
    return good || error_memory(e, "the journal of the store");
}

/* ---- writing --------------------------------------------------------------------------------- */

bool journal_emit(journal_writer *w, const void *payload, size_t bytes)
{
    assert(bytes <= JOURNAL_MAX_RECORD && bytes % 8 == 0);
    uint32_t head[2] = { MARK, (uint32_t)bytes };
    uint64_t sum = checksum(payload, bytes);
    text_add(&w->bytes, head, sizeof head);
    text_add(&w->bytes, payload, bytes);
    text_add(&w->bytes, &sum, sizeof sum);
    return !w->bytes.failed;
}

static bool write_error(const journal *j, error *e)
{
    return io_error(e, errno, IO_STORE, "write", j->path);
}

/* Under the lock: the file that bears the name now is open for appending, and ends with a whole
 * record. */
static bool ready_to_append(journal *j, error *e)
{
    struct stat st;
    if (!journal_refresh(j, e)) return false;
    if (j->fd < 0 || (fcntl(j->fd, F_GETFL) & O_ACCMODE) != O_RDWR) {
        int fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | ASIDE, 0644);
        if (fd < 0) return write_error(j, e);
        if (j->fd >= 0) close(j->fd);
        j->fd = fd;
    }
    if (!is_believed(j, &st)) { /* the records are the truth: what is lost is found in them */
        unlink(j->path);
        j->fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | ASIDE, 0644);
    }
    if (j->fd < 0 || fstat(j->fd, &st)) return write_error(j, e);
    /* nobody writes now: what is not whole never will be */
    return (uint64_t)st.st_size <= j->read_to || !ftruncate(j->fd, (off_t)j->read_to)
           || write_error(j, e);
}

static bool append(journal *j, const text *record, error *e)
{
    assert(record->length > 0 && !record->failed);
    if (!ready_to_append(j, e)) return false;
    ssize_t n = write(j->fd, record->data, record->length);
    if (n == (ssize_t)record->length) return true;
    if (n >= 0) errno = ENOSPC; /* a part of it: the next writer cuts it off */
    return write_error(j, e);
}

bool journal_append(journal *j, locks *l, const void *payload, size_t bytes, error *e)
{
    journal_writer w = { 0 };
    if (bytes > JOURNAL_MAX_RECORD || bytes % 8)
        return error_set(e, LOOM_E_BUG, "report this",
                         "a record of %zu bytes for '%s', which takes multiples of 8 up to %d",
                         bytes, j->path, (int)JOURNAL_MAX_RECORD);
    bool good = journal_emit(&w, payload, bytes) || error_memory(e, "the journal of the store");
    if (good && (good = locks_wait(l, j->lock, true, e))) {
        good = append(j, &w.bytes, e);
        locks_done(l, j->lock);
    }
    text_free(&w.bytes);
    return good;
}

/* Writes `bytes` aside and gives it the journal's name. One writer at a time: the lock. */
static bool replace(journal *j, const text *bytes, error *e)
{
    text aside = { 0 };
    text_printf(&aside, "%s.new", j->path);
    if (aside.failed) return error_memory(e, "the journal of the store");
    int fd = open(aside.data, O_WRONLY | O_CREAT | O_TRUNC | ASIDE, 0644);
    bool good = fd >= 0;
    for (size_t done = 0; good && done < bytes->length;) {
        ssize_t n = write(fd, bytes->data + done, bytes->length - done);
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        done += n > 0 ? (size_t)n : 0;
    }
    good = good && !rename(aside.data, j->path);
    if (!good) {
        write_error(j, e);
        unlink(aside.data);
    }
    if (fd >= 0) close(fd);
    text_free(&aside);
    return good;
}

bool journal_rewrite(journal *j, locks *l, rewrite (*write_all)(void *, journal_writer *),
                     void *user, error *e)
{
    journal_writer w = { 0 };
    if (!locks_wait(l, j->lock, true, e)) return false;
    bool good = journal_refresh(j, e);
    rewrite what = good ? write_all(user, &w) : REWRITE_FAILED;
    if (what == REWRITE_FAILED || w.bytes.failed)
        good = error_memory(e, "the journal of the store");
    else if (what == REWRITE_DONE) good = replace(j, &w.bytes, e);
    locks_done(l, j->lock);
    text_free(&w.bytes);
    return good;
}
