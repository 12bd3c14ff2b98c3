/* plugin/scan_cache.c - see scan_cache.h */
#include "plugin/scan_cache.h"
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char cache_magic[8] = "loomplg2";

/* sum: of all that follows */
typedef struct cache_header {
    char magic[8];
    uint64_t size, sum;
} cache_header;

static size_t round8(size_t n) { return (n + 7) / 8 * 8; }

const char *entry_path(const cache_entry *c) { return (const char *)(c + 1); }
const char *entry_reason(const cache_entry *c) { return entry_path(c) + c->path; }
const char *entry_todo(const cache_entry *c) { return entry_reason(c) + c->reason; }
void *entry_image(cache_entry *c)
{
    return (char *)(c + 1) + round8((size_t)c->path + c->reason + c->todo);
}

/* Against torn writes and rotten disks. Everything in the file is a multiple of 8 bytes. */
static uint64_t checksum(const char *bytes, size_t n)
{
    assert(bytes || !n);
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n, word;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        memcpy(&word, bytes + i, 8);
        h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    return h;
}

char *cache_path(const char *dir)
{
    text t = { 0 };
    text_printf(&t, "%s/.plugins.cache", dir);
    return text_take(&t);
}

/* Does the text of `n` bytes at `at` end where it says? */
static bool is_text(const char *at, size_t n) { return n > 0 && strnlen(at, n) == n - 1; }

/* Bytes of the entry at `at`, of which `left` are there; 0: it is none. The sum says that the file
 * is what somebody wrote, not that it makes sense. */
static size_t entry_bytes(const char *at, size_t left)
{
    assert((uintptr_t)at % 8 == 0);
    const cache_entry *c = (const void *)at;
    if (left < sizeof *c) return 0;
    size_t texts = (size_t)c->path + c->reason + c->todo;
    if (texts > left || c->image > left || c->next > left || c->next % 8
        || c->next != sizeof *c + round8(texts) + round8(c->image))
        return 0;
    bool good = is_text(entry_path(c), c->path) && is_text(entry_reason(c), c->reason)
                && is_text(entry_todo(c), c->todo);
    return good ? (size_t)c->next : 0;
}

/* How many entries the file holds; -1 where it is not made of entries. */
static int count_entries(const char *bytes, size_t size)
{
    assert(size >= sizeof(cache_header));
    int n = 0;
    for (size_t at = sizeof(cache_header), step; at < size; at += step, n++)
        if (!(step = entry_bytes(bytes + at, size - at))) return -1;
    return n;
}

static bool cache_is_whole(const char *bytes, size_t size)
{
    assert(size > sizeof(cache_header));
    const cache_header *h = (const void *)bytes;
    return !memcmp(h->magic, cache_magic, sizeof h->magic) && h->size == size && size % 8 == 0
           && checksum(bytes + sizeof *h, size - sizeof *h) == h->sum;
}

/* A file that another user wrote, or may write to, would decide what the ops of this one are. */
static bool cache_is_own(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH))
           && st->st_size > (off_t)sizeof(cache_header);
}

void cache_read(plugin_cache *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), n = -1;
    struct stat st;
    if (fd < 0) return;
    if (!fstat(fd, &st) && cache_is_own(&st) && (s->old = malloc((size_t)st.st_size))) {
        s->old_size = (size_t)st.st_size;
        if (read(fd, s->old, s->old_size) == (ssize_t)s->old_size
            && cache_is_whole(s->old, s->old_size))
            n = count_entries(s->old, s->old_size);
    }
    close(fd);
    s->cursor = sizeof(cache_header);
    if (n >= 0) s->old_entries = n;
    else {
        free(s->old);
        s->old = NULL;
        s->old_size = 0;
    }
}

cache_entry *cache_find(plugin_cache *s, const char *path)
{
    assert(s->cursor >= sizeof(cache_header) || !s->old_entries);
    for (int i = 0; i < s->old_entries; i++) {
        cache_entry *c = (cache_entry *)(void *)(s->old + s->cursor);
        s->cursor += c->next;
        if (s->cursor >= s->old_size) s->cursor = sizeof(cache_header);
        if (!strcmp(entry_path(c), path)) return c;
    }
    return NULL;
}

void cache_keep(plugin_cache *s, const cache_entry *like, const char *path, const char *reason,
                const char *todo, const void *image)
{
    assert(path && reason && todo);
    static const char zeros[8];
    cache_entry c = *like;
    c.path = (uint32_t)strlen(path) + 1;
    c.reason = (uint32_t)strlen(reason) + 1;
    c.todo = (uint32_t)strlen(todo) + 1;
    size_t texts = (size_t)c.path + c.reason + c.todo;
    c.next = sizeof c + round8(texts) + round8(c.image);
    text_add(&s->fresh, &c, sizeof c);
    text_add(&s->fresh, path, c.path);
    text_add(&s->fresh, reason, c.reason);
    text_add(&s->fresh, todo, c.todo);
    text_add(&s->fresh, zeros, round8(texts) - texts);
    text_add(&s->fresh, image, c.image);
    text_add(&s->fresh, zeros, round8(c.image) - c.image);
}

/* The directories above `path`, for this user alone, as far as they are not there. */
static void make_way(const char *path)
{
    char above[PATH_MAX];
    if ((size_t)snprintf(above, sizeof above, "%s", path) >= sizeof above) return;
    for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(above, 0700);
        *slash = '/';
    }
}

void cache_write(plugin_cache *s, const char *path)
{
    text aside = { 0 };
    make_way(path);
    text_printf(&aside, "%s.%ld", path, (long)getpid());
    cache_header h = { .size = sizeof h + s->fresh.length,
                       .sum = checksum(s->fresh.data, s->fresh.length) };
    memcpy(h.magic, cache_magic, sizeof h.magic);
    int fd = aside.failed || s->fresh.failed
                 ? -1
                 : open(aside.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool good = write(fd, &h, sizeof h) == (ssize_t)sizeof h
                    && write(fd, s->fresh.data, s->fresh.length) == (ssize_t)s->fresh.length;
        good = !close(fd) && good;
        if (!good || rename(aside.data, path)) unlink(aside.data);
    }
    text_free(&aside);
}
