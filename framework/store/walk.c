/* store/walk.c - the files of a room of the store, in order of their digests. See inside.h */
#include "store/inside.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHARDS = 256 };

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool names_in(const char *directory, char ***names, size_t *count, error *e)
{
    text all = { 0 };
    *count = 0;
    *names = NULL;
    DIR *d = opendir(directory);
    if (!d) return errno == ENOENT || store_io_error(e, errno, "read", directory);
    for (struct dirent *entry; (errno = 0, entry = readdir(d));) {
        if (entry->d_name[0] == '.') continue;
        text_add(&all, entry->d_name, strlen(entry->d_name) + 1);
        ++*count;
    }
    int code = errno;
    closedir(d);
    if (code) {
        text_free(&all);
        return store_io_error(e, code, "read", directory);
    }
    size_t list = *count * sizeof(char *);
    char **out = all.failed ? NULL : malloc(list + all.length + 1);
    if (out) {
        char *at = (char *)out + list;
        if (all.length) memcpy(at, all.data, all.length);
        for (size_t i = 0; i < *count; i++) {
            out[i] = at;
            at += strlen(at) + 1;
            assert(at <= (char *)out + list + all.length);
        }
        qsort(out, *count, sizeof *out, by_text);
    }
    text_free(&all);
    *names = out;
    return out || error_memory(e, "a list of files");
}

/* The digest that a file's name in shard `shard` stands for. */
static bool digest_of_name(unsigned shard, const char *name, const char *extension, digest *out)
{
    assert(shard < SHARDS);
    char hex[65];
    if (strlen(name) != 62 + strlen(extension) || strcmp(name + 62, extension) != 0) return false;
    snprintf(hex, sizeof hex, "%02x%.62s", shard, name);
    return digest_read(hex, out);
}

bool each_file(store *s, const char *room, const char *extension, visit_file *visit, void *user,
               error *e)
{
    char path[STORE_PATH];
    bool more = true, shared = !strcmp(room, "objects");
    for (unsigned shard = 0; more && shard < SHARDS; shard++) {
        char **names;
        size_t n;
        if (shared) store_join(s, path, "%s/%02x", room, shard);
        else store_own(s, path, "%s/%02x", room, shard);
        size_t length = strlen(path);
        if (!names_in(path, &names, &n, e)) return false;
        for (size_t i = 0; more && i < n; i++) {
            digest d;
            struct stat st;
            if (!digest_of_name(shard, names[i], extension, &d)) continue;
            snprintf(path + length, sizeof path - length, "/%s", names[i]);
            /* gone: another process removed it */
            if (!stat(path, &st)) more = visit(user, &d, path, &st);
        }
        free(names);
    }
    return true;
}
