/* store/action.c - what each action gave: one JSON file per action is the truth, a journal of all
 * of them makes finding fast. See store.h */
#include "store/action_json.h"
#include "store/action_log.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORTH_A_SYNC_S \
    0.05 /* an action shorter than this is cheaper to repeat after a power cut than to wait for \
            the disk */

void action_disown(store *s, const digest *key, action_state state)
{
    assert(state != ACTION_WHOLE && state != ACTION_FAILED);
    char path[STORE_PATH], away[STORE_PATH], hex[65];
    action_record known;
    error ignored = { 0 };
    store_action_name(s, key, path);
    store_own(s, away, "damaged/%s.json", digest_text(key, hex));
    if (state == ACTION_DAMAGED && !rename(path, away)) utimensat(AT_FDCWD, away, NULL, 0);
    if (state == ACTION_OLDER) unlink(path);
    if (!action_log_refresh(s, &ignored) || !action_log_known(s, key, &known, &ignored)) return;
    action_record_free(&known);
    action_log_remove(s, key, &ignored);
}

bool store_read_action(store *s, const digest *key, action_record *out, error *e)
{
    action_state state = action_from_file(s, key, out, NULL, e);
    if (state != ACTION_WHOLE && state != ACTION_FAILED) action_disown(s, key, state);
    return state == ACTION_WHOLE;
}

bool store_find_known(store *s, const digest *key, action_record *out, error *e)
{
    return action_log_known(s, key, out, e);
}

bool store_find_action(store *s, const digest *key, action_record *out, error *e)
{
    assert(e);
    char path[STORE_PATH];
    error ignored = { 0 };
    *out = (action_record){ 0 };
    if (!action_log_refresh(s, e)) return false;
    if (action_log_known(s, key, out, e)) return true;
    if (e->status != LOOM_OK || !store_read_action(s, key, out, e)) return false;
    /* the journal lost it: next time it is found there; not so what is another member's */
    if (!access(store_action_name(s, key, path), F_OK)) action_log_add(s, out, &ignored);
    out->provenance = out->log = NULL;
    out->warning = NULL;
    return true;
}

bool store_put_action(store *s, const action_record *r, error *e)
{
    char aside[STORE_PATH], path[STORE_PATH];
    text json = { 0 };
    if (!action_to_json(r, &json, e)) {
        text_free(&json);
        return false;
    }
    bool sync = r->wall_s >= WORTH_A_SYNC_S;
    for (int i = 0; sync && i < r->output_count; i++)
        if (r->output[i].made) store_sync_object(s, &r->output[i].value);
    int fd = store_temporary(s, aside, e);
    bool good = fd >= 0 && file_write_at(fd, json.data, json.length, 0, aside, e)
                && store_commit(fd, aside, store_action_name(s, &r->key, path), sync, e);
    if (fd >= 0 && !good) unlink(aside);
    if (fd >= 0) close(fd);
    text_free(&json);
    return good && action_log_add(s, r, e);
}

bool action_forget(store *s, const digest *key, error *e)
{
    char path[STORE_PATH];
    if (unlink(store_action_name(s, key, path)) && errno != ENOENT)
        return store_io_error(e, errno, "remove", path);
    return action_log_remove(s, key, e);
}

/* ---- claims ---------------------------------------------------------------------------------- */

bool store_claim(store *s, const digest *key, error *e)
{
    locks *l = store_locks(s, e);
    return l && locks_claim(l, locks_place(LOCK_CLAIMS, digest_tag(key)), e);
}

void store_release(store *s, const digest *key)
{
    if (s->locks) locks_release(s->locks, locks_place(LOCK_CLAIMS, digest_tag(key)));
}
