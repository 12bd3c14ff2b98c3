/* store/store.c - making, opening and closing a store. See store.h */
#include "store/action_log.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FOR_NAMES = 256 }; /* of what lies in a store */

store *store_open(const char *dir, error *e)
{
    assert(dir);
    size_t n = strlen(dir);
    if (!n || n > STORE_PATH - ROOM_FOR_NAMES) {
        error_set(e, LOOM_E_PARAM, "name a directory with --store or $ATOMLOOM_STORE",
                  "the store's path is %s", n ? "too long" : "empty");
        return NULL;
    }
    store *s = calloc(1, sizeof *s);
    if (!s || !(s->dir = strdup(dir))) {
        free(s);
        error_memory(e, "the store");
        return NULL;
    }
    s->run_fd = s->action_log.fd = s->file_log.fd = -1;
    while (n > 1 && s->dir[n - 1] == '/') s->dir[--n] = 0;
    if (store_recognise(s, e) && action_log_init(s, e) && file_log_init(s, e)) return s;
    store_close(s);
    return NULL;
}

void store_close(store *s)
{
    if (!s) return;
    store_end_run(s);
    journal_free(&s->action_log);
    journal_free(&s->file_log);
    table_free(&s->actions);
    table_free(&s->files);
    if (s->locks && *s->temporary)
        locks_release(s->locks, locks_place(LOCK_NAMES, locks_hash(s->temporary)));
    locks_close(s->locks);
    free(s->dir);
    free(s->own);
    free(s->others);
    free(s);
}

const char *store_path(const store *s) { return s->dir; }
