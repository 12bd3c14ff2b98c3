/* store/discard.c - a value that one run made and no longer needs. See store_discard */
#include "store/action_log.h"
#include <assert.h>
#include <errno.h>
#include <unistd.h>

typedef struct makers {
    const digest *key, *value;
    bool other; /* an action of another key made the same value */
} makers;

static bool look_at_action(void *user, const action_record *r)
{
    makers *m = user;
    if (digest_equal(&r->key, m->key)) return true;
    for (int i = 0; i < r->output_count && !m->other; i++)
        m->other = r->output[i].made && digest_equal(&r->output[i].value, m->value);
    return !m->other;
}

/* Under the lock: is it nobody's but ours? */
static bool is_ours_alone(store *s, makers *m, bool *alone, error *e)
{
    kept k = { 0 };
    if (!kept_read(s, false, &k, e)) return false;
    *alone = !kept_has(&k, m->value) && !kept_has(&k, m->key);
    kept_free(&k);
    error inner = { 0 };
    if (*alone && !action_log_each(s, look_at_action, m, &inner) && inner.status != LOOM_OK)
        return error_set(e, inner.status, inner.todo, "%s", inner.message);
    *alone = *alone && !m->other;
    return true;
}

bool store_discard(store *s, const digest *key, const digest *value, bool *gone, error *e)
{
    assert(key && value && *s->run);
    char path[STORE_PATH];
    bool alone = false;
    makers m = { key, value, false };
    locks *l = store_locks(s, e);
    *gone = false;
    if (!l || !locks_wait(l, LOCK_UPKEEP, true, e)) return false;
    bool good = is_ours_alone(s, &m, &alone, e);
    if (good && alone) {
        *gone = !unlink(store_object_name(s, value, path));
        if (!*gone && errno != ENOENT) good = store_io_error(e, errno, "remove", path);
    }
    locks_done(l, LOCK_UPKEEP);
    return good;
}
