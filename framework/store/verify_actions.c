/* store/verify_actions.c - are the records of actions what was written, does the journal say the
 * same, and are the outputs there? See store_verify_actions */
#include "store/action_json.h"
#include "store/action_log.h"
#include <assert.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct verification {
    store *s;
    void (*found)(void *user, const digest *key, const char *problem);
    void *user;
    action_check *out;
    error *e;
} verification;

static void report(const verification *v, const digest *key, const char *problem)
{
    if (v->found) v->found(v->user, key, problem);
}

/* What the journal may know: all but the words. */
static bool same_record(const action_record *a, const action_record *b)
{
    assert(a->output_count >= 0);
    if (a->output_count != b->output_count || a->wall_s != b->wall_s || a->started != b->started
        || a->peak_bytes != b->peak_bytes || a->warning_count != b->warning_count)
        return false;
    for (int i = 0; i < a->output_count; i++) {
        const action_output *x = &a->output[i], *y = &b->output[i];
        if (strcmp(x->port, y->port) != 0 || x->made != y->made) return false;
        if (x->made && !digest_equal(&x->value, &y->value)) return false;
    }
    return true;
}

static void compare_with_journal(verification *v, const action_record *r)
{
    assert(r->output_count >= 0);
    action_record logged;
    error ignored = { 0 };
    if (!action_log_known(v->s, &r->key, &logged, &ignored)) {
        v->out->not_in_journal++;
        return;
    }
    if (!same_record(r, &logged)) v->out->journal_differs++;
    action_record_free(&logged);
}

static void look_for_outputs(verification *v, const action_record *r)
{
    uint64_t missing = 0;
    for (int i = 0; i < r->output_count; i++)
        if (r->output[i].made && !store_has(v->s, &r->output[i].value)) missing++;
    v->out->outputs_missing += missing;
    v->out->actions_without += missing > 0;
}

static bool verify_record(void *user, const digest *key, const char *path, const struct stat *st)
{
    verification *v = user;
    action_record r;
    text why = { 0 };
    (void)path, (void)st;
    action_state state = action_from_file(v->s, key, &r, &why, v->e);
    v->out->records += state != ACTION_ABSENT && state != ACTION_FAILED;
    if (state == ACTION_WHOLE) {
        compare_with_journal(v, &r);
        look_for_outputs(v, &r);
        action_record_free(&r);
    } else if (state == ACTION_DAMAGED || state == ACTION_OLDER) {
        v->out->damaged += state == ACTION_DAMAGED;
        v->out->older += state == ACTION_OLDER;
        if (state == ACTION_DAMAGED) report(v, key, why.data ? why.data : "it is damaged");
        action_disown(v->s, key, state);
    }
    text_free(&why);
    return state != ACTION_FAILED;
}

/* Every live record of the journal has a file. */
static bool has_file(void *user, const action_record *r)
{
    verification *v = user;
    char path[STORE_PATH];
    if (access(store_action_name(v->s, &r->key, path), F_OK)) v->out->journal_alone++;
    return true;
}

/* Before anything heals it. */
static bool look_at_journals(verification *v)
{
    struct stat st;
    store *s = v->s;
    journal *both[] = { &s->action_log, &s->file_log };
    for (int i = 0; i < 2; i++) {
        if (!journal_refresh(both[i], v->e)) return false;
        v->out->journal_bytes_damaged += both[i]->damaged;
        if (both[i]->fd >= 0 && !fstat(both[i]->fd, &st) && (uint64_t)st.st_size > both[i]->read_to)
            v->out->journal_bytes_torn += (uint64_t)st.st_size - both[i]->read_to;
    }
    return true;
}

static bool verify(verification *v)
{
    const action_check *c = v->out;
    if (!look_at_journals(v)) return false;
    bool damaged = v->s->action_log.damaged > 0;
    if (!damaged && !action_log_each(v->s, has_file, v, v->e)) return false;
    if (!each_file(v->s, "actions", ".json", verify_record, v, v->e) || v->e->status != LOOM_OK)
        return false;
    if (c->journal_alone || c->journal_differs || c->not_in_journal || c->journal_bytes_damaged
        || c->journal_bytes_torn)
        return action_log_rebuild(v->s, true, v->e) && file_log_renew(v->s, v->e);
    return true;
}

bool store_verify_actions(store *s, void (*found)(void *, const digest *, const char *), void *user,
                          action_check *out, error *e)
{
    error inner = { 0 };
    verification v = { .s = s, .found = found, .user = user, .out = out, .e = &inner };
    *out = (action_check){ 0 };
    return verify(&v) || error_set(e, inner.status, inner.todo, "%s", inner.message);
}
