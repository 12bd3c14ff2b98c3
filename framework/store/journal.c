/* store/journal.c - see journal.h
 *
 * A record: u32 mark, u32 payload bytes (a multiple of 8), payload, u64 checksum. Records begin at multiples of 8, so that
 * after damage the next one is found by looking at every eighth byte. */
#include "store/journal.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK = 0x314a4c41, HEAD = 8, TAIL = 8, LONGEST = 1 << 20 };
struct journal_writer { text bytes; };

static const char space_todo[] = "free some space (`atomloom cache gc --max-size SIZE`) or choose another store with --store or $ATOMLOOM_STORE";

/* Not against an adversary: against torn writes and rotten disks. */
static uint64_t checksum(const uint64_t *word, size_t bytes)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ bytes;
    for (size_t i = 0; i < bytes / 8; i++) {
        h = (h ^ word[i]) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    return h;
}

bool journal_init(journal *j, const char *path, int64_t lock, error *e)
{
    *j = (journal){ .path = strdup(path), .lock = lock, .fd = -1 };
    return j->path || error_memory(e, "a journal");
}

static void forget(journal *j)
{
    if (j->fd >= 0) close(j->fd);
    j->fd = -1;
    j->read_to = 0;
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

/* Bytes of the record at `at`, 0 where none begins; `*cut`: one may begin but goes on past the end. */
static size_t record_at(const unsigned char *at, size_t left, bool *cut)
{
    uint32_t head[2];
    uint64_t sum;
    *cut = left < HEAD;
    if (left < HEAD) return 0;
    memcpy(head, at, sizeof head);
    if (head[0] != MARK || head[1] % 8 || head[1] > LONGEST) return 0;
    *cut = left < (size_t)head[1] + HEAD + TAIL;
    if (*cut) return 0;
    memcpy(&sum, at + HEAD + head[1], sizeof sum);
    return sum == checksum((const uint64_t *)(const void *)(at + HEAD), head[1]) ? (size_t)head[1] + HEAD + TAIL : 0;
}

/* Hands out the records of a block; the count of bytes done with (a record cut off at the end may be whole next time). */
static size_t walk(const journal_block *b, bool (*take)(void *, const void *, size_t), void *user, bool *good)
{
    const unsigned char *bytes = (const unsigned char *)b->data;
    size_t at = 0, first_cut = SIZE_MAX;
    while (at < b->bytes && *good) {
        bool cut;
        size_t n = record_at(bytes + at, b->bytes - at, &cut);
        if (n) {
            *good = take(user, bytes + at + HEAD, n - HEAD - TAIL);
            first_cut = SIZE_MAX; /* what looked cut off was damage: a whole record follows */
        } else if (cut && first_cut == SIZE_MAX)
            first_cut = at;
        at += n ? n : 8;
    }
    size_t done = first_cut != SIZE_MAX ? first_cut : b->bytes;
    return done < b->bytes ? done : b->bytes;
}

/* Opens, or begins again when the file was replaced. False when there is none. */
static bool follow(journal *j, struct stat *st, void (*restart)(void *), void *user)
{
    if (j->fd >= 0 && !fstat(j->fd, st) && st->st_nlink > 0 && (uint64_t)st->st_size >= j->read_to) return true;
    if (j->fd >= 0) {
        restart(user);
        forget(j);
    }
    j->fd = open(j->path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (j->fd < 0) j->fd = open(j->path, O_RDONLY | O_CLOEXEC); /* a store that may only be read */
    return j->fd >= 0 && !fstat(j->fd, st);
}

bool journal_refresh(journal *j, void (*restart)(void *), bool (*take)(void *, const void *, size_t), void *user, error *e)
{
    struct stat st;
    if (!follow(j, &st, restart, user) || (uint64_t)st.st_size <= j->read_to) return true;
    size_t want = (size_t)st.st_size - j->read_to;
    journal_block *b = malloc(sizeof *b + want + 8);
    if (!b) return error_memory(e, "the journal of the store");
    size_t got = 0;
    while (got < want) {
        ssize_t n = pread(j->fd, (char *)b->data + got, want - got, (off_t)(j->read_to + got));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break; /* shorter than it was, or unreadable: the actions themselves are asked instead */
        got += (size_t)n;
    }
    bool good = true;
    b->bytes = got;
    b->next = j->blocks;
    j->blocks = b;
    j->read_to += walk(b, take, user, &good) & ~(size_t)7;
    return good || error_memory(e, "the journal of the store");
}

bool journal_emit(journal_writer *w, const void *payload, size_t bytes)
{
    uint32_t head[2] = { MARK, (uint32_t)bytes };
    uint64_t sum = checksum(payload, bytes);
    text_add(&w->bytes, head, sizeof head);
    text_add(&w->bytes, payload, bytes);
    text_add(&w->bytes, &sum, sizeof sum);
    return !w->bytes.failed;
}

/* Under the lock: `fd` is the file that bears the name now, opened for appending. */
static int open_current(journal *j, error *e)
{
    int fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) error_set(e, LOOM_E_IO, "make the store's directory writable, or choose another with --store or $ATOMLOOM_STORE",
                          "cannot write '%s': %s", j->path, strerror(errno));
    return fd;
}

bool journal_append(journal *j, locks *l, const void *payload, size_t bytes, error *e)
{
    static const char zeros[8];
    journal_writer w = { 0 };
    struct stat st;
    if (!locks_wait(l, j->lock, true, e)) return false;
    bool own = j->fd >= 0 && !fstat(j->fd, &st) && st.st_nlink > 0 && (fcntl(j->fd, F_GETFL) & O_ACCMODE) == O_RDWR;
    int fd = own ? j->fd : open_current(j, e);
    bool good = fd >= 0 && !fstat(fd, &st);
    if (good && st.st_size % 8) text_add(&w.bytes, zeros, (size_t)(8 - st.st_size % 8)); /* a torn record of a dead writer */
    good = good && (journal_emit(&w, payload, bytes) || error_memory(e, "the journal of the store"));
    if (good && write(fd, w.bytes.data, w.bytes.length) != (ssize_t)w.bytes.length)
        good = error_set(e, LOOM_E_IO, space_todo, "cannot write '%s': %s", j->path, strerror(errno));
    if (fd >= 0 && !own) close(fd);
    locks_done(l, j->lock);
    text_free(&w.bytes);
    return good;
}

bool journal_rewrite(journal *j, locks *l, bool (*write_all)(void *, journal_writer *), void *user, error *e)
{
    journal_writer w = { 0 };
    text aside = { 0 };
    if (!locks_wait(l, j->lock, true, e)) return false;
    text_printf(&aside, "%s.new", j->path); /* one writer at a time: the lock */
    bool good = (write_all(user, &w) && !w.bytes.failed && !aside.failed) || error_memory(e, "the journal of the store");
    int fd = good ? open(aside.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (good && (fd < 0 || write(fd, w.bytes.data ? w.bytes.data : "", w.bytes.length) != (ssize_t)w.bytes.length || rename(aside.data, j->path))) {
        good = error_set(e, LOOM_E_IO, space_todo, "cannot write '%s': %s", aside.data, strerror(errno));
        unlink(aside.data);
    }
    if (fd >= 0) close(fd);
    locks_done(l, j->lock);
    text_free(&w.bytes);
    text_free(&aside);
    return good;
}
