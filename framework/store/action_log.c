/* store/action_log.c - see action_log.h */
#include "store/action_log.h"
#include "store/action_json.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A record: this head, then for each output u8 made, u8 length of the port's name, the name, 32
 * bytes of digest if made; zeros up to a multiple of 8. `removed` records say that the action is no
 * more. */
typedef struct logged {
    digest key;
    double wall_s, cpu_s, started;
    uint64_t peak_bytes;
    uint32_t outputs;
    uint16_t removed, warnings;
} logged;

enum {
    RECORD_ROOM =
        sizeof(logged) + ACTION_MAX_OUTPUTS * (2 + ACTION_MAX_PORT_NAME + sizeof(digest)) + 8
};
_Static_assert((int)RECORD_ROOM <= (int)JOURNAL_MAX_RECORD,
               "every record that is written can be read");

static bool same_key(const void *item, const void *key)
{
    return digest_equal(&((const logged *)item)->key, key);
}

static void restart(void *user) { table_free(&((store *)user)->actions); }

/* Bytes of an output in a record. */
static size_t output_bytes(const uint8_t *at) { return 2u + at[1] + (at[0] ? sizeof(digest) : 0); }

static size_t logged_bytes(const logged *r)
{
    assert(r->outputs <= ACTION_MAX_OUTPUTS);
    const uint8_t *at = (const uint8_t *)(r + 1);
    for (uint32_t i = 0; i < r->outputs; i++) at += output_bytes(at);
    return ((size_t)(at - (const uint8_t *)r) + 7) & ~(size_t)7;
}

static bool take(void *user, const void *payload, size_t bytes)
{
    assert(bytes % 8 == 0 && (uintptr_t)payload % 8 == 0);
    store *s = user;
    const logged *r = payload;
    const uint8_t *at = (const uint8_t *)payload + sizeof *r,
                  *end = (const uint8_t *)payload + bytes;
    if (bytes < sizeof *r || r->outputs > ACTION_MAX_OUTPUTS)
        return true; /* of another version: the JSON file is asked */
    for (uint32_t i = 0; i < r->outputs; i++) {
        if (end - at < 2 || (size_t)(end - at) < output_bytes(at)) return true;
        at += output_bytes(at);
    }
    return table_put(&s->actions, digest_tag(&r->key), r, same_key, &r->key);
}

bool action_log_init(store *s, error *e)
{
    char path[STORE_PATH];
    return journal_init(&s->action_log, store_own(s, path, "actions/journal"), LOCK_ACTION_LOG,
                        (journal_reader){ restart, take, s }, e);
}

/* ---- one action ------------------------------------------------------------------------------ */

static void encode(const action_record *r, text *out)
{
    assert(r->output_count >= 0 && r->output_count <= ACTION_MAX_OUTPUTS);
    static const char zeros[8];
    logged head = { .key = r->key,
                    .wall_s = r->wall_s,
                    .cpu_s = r->cpu_s,
                    .started = r->started,
                    .peak_bytes = r->peak_bytes,
                    .outputs = (uint32_t)r->output_count,
                    .warnings = (uint16_t)r->warning_count };
    text_add(out, &head, sizeof head);
    for (int i = 0; i < r->output_count; i++) {
        const action_output *o = &r->output[i];
        size_t n = strlen(o->port);
        text_putc(out, (char)o->made);
        text_putc(out, (char)n);
        text_add(out, o->port, n);
        if (o->made) text_add(out, o->value.byte, sizeof o->value.byte);
    }
    text_add(out, zeros, (8 - out->length % 8) % 8);
}

/* Outputs and names in one piece of memory, independent of the journal's. */
static bool decode(const logged *r, action_record *out, error *e)
{
    assert(!r->removed && r->outputs <= ACTION_MAX_OUTPUTS);
    const uint8_t *at = (const uint8_t *)(r + 1);
    size_t names = 0;
    for (uint32_t i = 0; i < r->outputs; i++) {
        names += at[1] + 1u;
        at += output_bytes(at);
    }
    *out = (action_record){ .key = r->key,
                            .wall_s = r->wall_s,
                            .cpu_s = r->cpu_s,
                            .started = r->started,
                            .peak_bytes = r->peak_bytes,
                            .output_count = (int)r->outputs,
                            .warning_count = r->warnings };
    out->memory = out->output = malloc(r->outputs * sizeof *out->output + names + 1);
    if (!out->output) return error_memory(e, "an action");
    char *name = (char *)(out->output + r->outputs);
    at = (const uint8_t *)(r + 1);
    for (uint32_t i = 0; i < r->outputs; i++) {
        action_output *o = &out->output[i];
        *o = (action_output){ .port = name, .made = at[0] != 0 };
        memcpy(name, at + 2, at[1]);
        name[at[1]] = 0;
        name += at[1] + 1;
        if (o->made) memcpy(o->value.byte, at + 2 + at[1], sizeof o->value.byte);
        at += output_bytes(at);
    }
    return true;
}

static const logged *find(const store *s, const digest *key)
{
    const logged *r =
        s->no_action_log ? NULL : table_find(&s->actions, digest_tag(key), same_key, key);
    return r && !r->removed ? r : NULL;
}

bool action_log_known(const store *s, const digest *key, action_record *out, error *e)
{
    const logged *r = find(s, key);
    *out = (action_record){ 0 };
    return r && decode(r, out, e);
}

double action_started(const store *s, const digest *key)
{
    const logged *r = find(s, key);
    return r ? r->started : HUGE_VAL;
}

bool action_log_add(store *s, const action_record *r, error *e)
{
    text t = { 0 };
    locks *l = store_locks(s, e);
    if (!l) return false;
    encode(r, &t);
    bool good = (!t.failed || error_memory(e, "an action"))
                && journal_append(&s->action_log, l, t.data, t.length, e);
    text_free(&t);
    return good;
}

bool action_log_remove(store *s, const digest *key, error *e)
{
    logged gone = { .key = *key, .removed = 1 };
    locks *l = store_locks(s, e);
    return l && journal_append(&s->action_log, l, &gone, sizeof gone, e);
}

/* ---- all of them ----------------------------------------------------------------------------- */

typedef struct rebuilding {
    store *s;
    journal_writer *w;
    bool always, failed;
    error *e;
} rebuilding;

static bool emit_file(void *user, const digest *key, const char *path, const struct stat *st)
{
    rebuilding *b = user;
    action_record r;
    text record = { 0 };
    (void)path, (void)st;
    if (action_from_file(b->s, key, &r, NULL, b->e) != ACTION_WHOLE)
        return !(b->failed = b->e->status == LOOM_E_MEMORY);
    encode(&r, &record);
    action_record_free(&r);
    b->failed = record.failed || !journal_emit(b->w, record.data, record.length);
    text_free(&record);
    return !b->failed;
}

static rewrite write_files(void *user, journal_writer *w)
{
    rebuilding *b = user;
    b->w = w;
    if (!b->always && !b->s->action_log.damaged)
        return REWRITE_NOT_NEEDED; /* another process was first */
    return each_file(b->s, "actions", ".json", emit_file, b, b->e) && !b->failed ? REWRITE_DONE
                                                                                 : REWRITE_FAILED;
}

bool action_log_rebuild(store *s, bool always, error *e)
{
    error inner = { 0 };
    rebuilding b = { .s = s, .always = always, .e = &inner };
    locks *l = store_locks(s, e);
    return l && journal_rewrite(&s->action_log, l, write_files, &b, e)
           && journal_refresh(&s->action_log, e);
}

bool action_log_refresh(store *s, error *e)
{
    error ignored = { 0 };
    if (!journal_refresh(&s->action_log, e)) return false;
    if (s->action_log.damaged && !s->no_action_log)
        s->no_action_log = !action_log_rebuild(s, false, &ignored);
    return true;
}

bool action_log_each(store *s, bool (*visit)(void *, const action_record *), void *user, error *e)
{
    if (!action_log_refresh(s, e)) return false;
    for (size_t i = 0; i < s->actions.capacity; i++) {
        const logged *r = s->actions.item[i];
        action_record record;
        if (!r || r->removed) continue;
        if (!decode(r, &record, e)) return false;
        bool more = visit(user, &record);
        action_record_free(&record);
        if (!more) return false;
    }
    return true;
}

static uint64_t live_bytes(const store *s)
{
    enum { AROUND = 16 }; /* a record's head and checksum */
    uint64_t live = 0;
    for (size_t i = 0; i < s->actions.capacity; i++) {
        const logged *r = s->actions.item[i];
        if (r && !r->removed) live += logged_bytes(r) + AROUND;
    }
    return live;
}

static rewrite write_live(void *user, journal_writer *w)
{
    enum { ROOM = 64 << 10 };
    store *s = user;
    if (s->action_log.read_to <= 2 * live_bytes(s) + ROOM) return REWRITE_NOT_NEEDED;
    for (size_t i = 0; i < s->actions.capacity; i++) {
        const logged *r = s->actions.item[i];
        if (r && !r->removed && !journal_emit(w, r, logged_bytes(r))) return REWRITE_FAILED;
    }
    return REWRITE_DONE;
}

bool action_log_compact(store *s, error *e)
{
    locks *l = store_locks(s, e);
    return l && action_log_refresh(s, e) && journal_rewrite(&s->action_log, l, write_live, s, e);
}
