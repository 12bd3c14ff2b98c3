/* store/action.c - what each action gave: one JSON file per action is the truth, a journal of all of them makes finding fast.
 * See store.h */
#include "store/inside.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_FILE = 256 << 20, MOST_OUTPUTS = 4096 };
#define WORTH_A_SYNC_S 0.05 /* an action shorter than this is cheaper to repeat after a power cut than to wait for the disk */

/* In the journal: this head, then for each output u8 made, u8 length of the port's name, the name, 32 bytes of digest if made;
 * zeros up to a multiple of 8. `removed` records say that the action is no more. */
typedef struct logged {
    digest key;
    double wall_s, cpu_s, started;
    uint64_t peak_bytes;
    uint32_t outputs;
    uint16_t removed, warnings;
} logged;

/* ---- journal ---------------------------------------------------------------------------------------------------------- */

static bool same_key(const void *item, const void *key) { return digest_equal(&((const logged *)item)->key, key); }

static void restart(void *user) { table_free(&((store *)user)->actions); }

static bool take(void *user, const void *payload, size_t bytes)
{
    store *s = user;
    const logged *r = payload;
    const uint8_t *at = (const uint8_t *)payload + sizeof *r, *end = (const uint8_t *)payload + bytes;
    if (bytes < sizeof *r || r->outputs > MOST_OUTPUTS) return true; /* of another version: the JSON file is asked */
    for (uint32_t i = 0; i < r->outputs; i++) {
        if (end - at < 2) return true;
        size_t n = 2u + at[1] + (at[0] ? sizeof(digest) : 0);
        if ((size_t)(end - at) < n) return true;
        at += n;
    }
    return table_put(&s->actions, digest_tag(&r->key), r, same_key, &r->key);
}

static bool encode(const action_record *r, text *out)
{
    static const char zeros[8];
    logged head = { .key = r->key, .wall_s = r->wall_s, .cpu_s = r->cpu_s, .started = r->started, .peak_bytes = r->peak_bytes,
                    .outputs = (uint32_t)r->output_count, .warnings = (uint16_t)r->warning_count };
    text_add(out, &head, sizeof head);
    for (int i = 0; i < r->output_count; i++) {
        const action_output *o = &r->output[i];
        size_t n = strlen(o->port);
        if (n > 255) return false;
        text_putc(out, (char)o->made);
        text_putc(out, (char)n);
        text_add(out, o->port, n);
        if (o->made) text_add(out, o->value.byte, sizeof o->value.byte);
    }
    text_add(out, zeros, (8 - out->length % 8) % 8);
    return !out->failed;
}

static bool log_action(store *s, const action_record *r, error *e)
{
    text t = { 0 };
    locks *l = store_locks(s, e);
    bool good = l && (encode(r, &t) || error_memory(e, "an action")) && journal_append(&s->action_log, l, t.data, t.length, e);
    text_free(&t);
    return good;
}

/* Outputs and names in one piece of memory, independent of the journal's. */
static bool decode(const logged *r, action_record *out, error *e)
{
    const uint8_t *at = (const uint8_t *)(r + 1);
    size_t names = 0;
    for (uint32_t i = 0; i < r->outputs; i++) {
        names += at[1] + 1u;
        at += 2u + at[1] + (at[0] ? sizeof(digest) : 0);
    }
    *out = (action_record){ .key = r->key, .wall_s = r->wall_s, .cpu_s = r->cpu_s, .started = r->started, .peak_bytes = r->peak_bytes,
                            .output_count = (int)r->outputs, .warning_count = r->warnings };
    char *name;
    out->memory = out->output = malloc(r->outputs * sizeof *out->output + names + 1);
    if (!out->output) return error_memory(e, "an action");
    name = (char *)(out->output + r->outputs);
    at = (const uint8_t *)(r + 1);
    for (uint32_t i = 0; i < r->outputs; i++) {
        action_output *o = &out->output[i];
        *o = (action_output){ .port = name, .made = at[0] != 0 };
        memcpy(name, at + 2, at[1]);
        name[at[1]] = 0;
        name += at[1] + 1;
        at += 2 + at[1];
        if (o->made) {
            memcpy(o->value.byte, at, sizeof o->value.byte);
            at += sizeof o->value.byte;
        }
    }
    return true;
}

/* ---- JSON file -------------------------------------------------------------------------------------------------------- */

/* A log may hold any bytes; JSON holds UTF-8. Bytes that are not become '?'. */
static json_t *json_text(const char *s)
{
    json_t *j = json_string(s);
    if (j) return j;
    char *copy = strdup(s);
    for (unsigned char *c = (unsigned char *)copy; copy && *c; c++)
        if (*c >= 128) *c = '?';
    j = copy ? json_string(copy) : NULL;
    free(copy);
    return j;
}

static char *to_json(const action_record *r)
{
    char hex[65];
    json_t *outputs = json_array(), *provenance = r->provenance ? json_loads(r->provenance, 0, NULL) : NULL;
    for (int i = 0; i < r->output_count; i++)
        json_array_append_new(outputs, json_pack("{s:s, s:s?}", "port", r->output[i].port, "value",
                                                 r->output[i].made ? digest_text(&r->output[i].value, hex) : NULL));
    json_t *warnings = json_array();
    for (int i = 0; i < r->warning_count; i++)
        json_array_append_new(warnings, json_pack("{s:s, s:o}", "where", r->warning[i].where, "text", json_text(r->warning[i].text)));
    json_t *root = json_pack("{s:i, s:s, s:f, s:f, s:f, s:I, s:o, s:o, s:o, s:o}", "atomloom_action", 1, "key", digest_text(&r->key, hex), "started",
                             r->started, "wall_s", r->wall_s, "cpu_s", r->cpu_s, "peak_bytes", (json_int_t)r->peak_bytes, "outputs", outputs,
                             "provenance", provenance ? provenance : json_object(), "log", json_text(r->log ? r->log : ""),
                             "warnings", warnings);
    char *out = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    return out;
}

/* The record with all that it points to in one piece of memory. */
static bool own(const action_record *from, action_record *to, error *e)
{
    size_t outputs = (size_t)from->output_count * sizeof *from->output, warnings = (size_t)from->warning_count * sizeof *from->warning;
    size_t bytes = outputs + warnings + strlen(from->provenance) + strlen(from->log) + 2;
    for (int i = 0; i < from->warning_count; i++) bytes += strlen(from->warning[i].where) + strlen(from->warning[i].text) + 2;
    for (int i = 0; i < from->output_count; i++) bytes += strlen(from->output[i].port) + 1;
    *to = *from;
    to->memory = to->output = malloc(bytes);
    if (!to->output) return error_memory(e, "an action");
    if (outputs) memcpy(to->output, from->output, outputs);
    to->warning = (action_warning *)(void *)((char *)to->output + outputs);
    char *at = (char *)to->warning + warnings;
    for (int i = 0; i < from->warning_count; i++) {
        to->warning[i].where = at;
        at = stpcpy(at, from->warning[i].where) + 1;
        to->warning[i].text = at;
        at = stpcpy(at, from->warning[i].text) + 1;
    }
    for (int i = 0; i < from->output_count; i++) {
        to->output[i].port = at;
        at = stpcpy(at, from->output[i].port) + 1;
    }
    to->provenance = at;
    at = stpcpy(at, from->provenance) + 1;
    to->log = at;
    stpcpy(at, from->log);
    return true;
}

static bool outputs_of(json_t *list, action_output *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *output = json_array_get(list, i);
        const char *value = json_string_value(json_object_get(output, "value")); /* null: an optional output that was not made */
        out[i].port = json_string_value(json_object_get(output, "port"));
        if (!out[i].port) return false;
        out[i].made = value != NULL;
        if (value && !digest_read(value, &out[i].value)) return false;
    }
    return true;
}

static bool warnings_of(json_t *list, action_warning *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        out[i].where = json_string_value(json_object_get(json_array_get(list, i), "where"));
        out[i].text = json_string_value(json_object_get(json_array_get(list, i), "text"));
        if (!out[i].where || !out[i].text) return false;
    }
    return true;
}

/* False without `e` set when the JSON is not the record of this action. */
static bool from_json(json_t *root, const digest *key, action_record *out, error *e)
{
    const char *hex;
    json_t *outputs, *provenance, *warnings = json_object_get(root, "warnings");
    json_int_t peak;
    digest named;
    action_record r = { .key = *key };
    if (json_unpack(root, "{s:s, s:F, s:F, s:F, s:I, s:o, s:o, s:s}", "key", &hex, "started", &r.started, "wall_s", &r.wall_s, "cpu_s", &r.cpu_s,
                    "peak_bytes", &peak, "outputs", &outputs, "provenance", &provenance, "log", &r.log))
        return false;
    size_t n = json_array_size(outputs), w = json_array_size(warnings);
    if (w > LOOM_MAX_WARNINGS || !digest_read(hex, &named) || !digest_equal(&named, key) || n > MOST_OUTPUTS) return false;
    r.peak_bytes = (uint64_t)peak;
    r.output_count = (int)n;
    r.output = calloc(n + 1, sizeof *r.output);
    r.warning_count = (int)w;
    r.warning = calloc(w + 1, sizeof *r.warning);
    char *provenance_text = json_dumps(provenance, JSON_COMPACT | JSON_ENCODE_ANY);
    r.provenance = provenance_text;
    bool good = (r.output && r.warning && provenance_text) || error_memory(e, "an action");
    good = good && outputs_of(outputs, r.output) && warnings_of(warnings, r.warning) && own(&r, out, e);
    free(r.output);
    free(r.warning);
    free(provenance_text);
    return good;
}

bool store_read_action(store *s, const digest *key, action_record *out, error *e)
{
    char path[STORE_PATH];
    size_t n;
    *out = (action_record){ 0 };
    if (access(store_action_name(s, key, path), F_OK)) return false;
    error inner = { 0 };
    char *bytes = file_read_all(path, LARGEST_FILE, &n, e);
    if (!bytes) return false;
    json_t *root = json_loadb(bytes, n, 0, NULL);
    bool good = root && from_json(root, key, out, &inner);
    json_decref(root);
    free(bytes);
    if (good) return true;
    *out = (action_record){ 0 };
    if (inner.status != LOOM_OK) return error_set(e, inner.status, inner.todo, "%s", inner.message);
    unlink(path); /* cut short by a power cut, or rotten: as if it had never been */
    return false;
}

bool store_find_known(store *s, const digest *key, action_record *out, error *e)
{
    const logged *r = table_find(&s->actions, digest_tag(key), same_key, key);
    *out = (action_record){ 0 };
    return r && !r->removed && decode(r, out, e);
}

bool store_find_action(store *s, const digest *key, action_record *out, error *e)
{
    *out = (action_record){ 0 };
    if (!journal_refresh(&s->action_log, restart, take, s, e)) return false;
    const logged *r = table_find(&s->actions, digest_tag(key), same_key, key);
    if (r && !r->removed) return decode(r, out, e);
    if (!store_read_action(s, key, out, e)) return false;
    error ignored = { 0 };
    log_action(s, out, &ignored); /* the journal lost it: next time it is found there */
    out->provenance = out->log = NULL;
    out->warning = NULL;
    return true;
}

bool store_put_action(store *s, const action_record *r, error *e)
{
    char aside[STORE_PATH], path[STORE_PATH];
    char *json = to_json(r);
    if (!json) return error_set(e, LOOM_E_BUG, "the provenance must be a JSON object and all times finite", "an action cannot be written as JSON");
    bool sync = r->wall_s >= WORTH_A_SYNC_S;
    for (int i = 0; sync && i < r->output_count; i++)
        if (r->output[i].made) store_sync_object(s, &r->output[i].value);
    int fd = store_temporary(s, aside, e);
    bool good = fd >= 0 && file_write_at(fd, json, strlen(json), 0, aside, e) &&
                store_commit(fd, aside, store_action_name(s, &r->key, path), sync, e);
    if (fd >= 0 && !good) unlink(aside);
    if (fd >= 0) close(fd);
    free(json);
    return good && log_action(s, r, e);
}

void action_record_free(action_record *r)
{
    free(r->memory);
    *r = (action_record){ 0 };
}

bool action_forget(store *s, const digest *key, error *e)
{
    char path[STORE_PATH];
    logged gone = { .key = *key, .removed = 1 };
    locks *l = store_locks(s, e);
    if (!l) return false;
    if (unlink(store_action_name(s, key, path)) && errno != ENOENT) return store_io_error(e, errno, "remove", path);
    return journal_append(&s->action_log, l, &gone, sizeof gone, e);
}

double action_started(const store *s, const digest *key)
{
    const logged *r = table_find(&s->actions, digest_tag(key), same_key, key);
    return r && !r->removed ? r->started : HUGE_VAL;
}

bool action_each(store *s, bool (*visit)(void *, const action_record *), void *user, error *e)
{
    if (!journal_refresh(&s->action_log, restart, take, s, e)) return false;
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

static size_t logged_bytes(const logged *r)
{
    const uint8_t *at = (const uint8_t *)(r + 1);
    for (uint32_t i = 0; i < r->outputs; i++) at += 2u + at[1] + (at[0] ? sizeof(digest) : 0);
    return ((size_t)(at - (const uint8_t *)r) + 7) & ~(size_t)7;
}

static bool write_live(void *user, journal_writer *w)
{
    store *s = user;
    error ignored = { 0 };
    if (!journal_refresh(&s->action_log, restart, take, s, &ignored)) return false; /* nobody appends now */
    for (size_t i = 0; i < s->actions.capacity; i++) {
        const logged *r = s->actions.item[i];
        if (r && !r->removed && !journal_emit(w, r, logged_bytes(r))) return false;
    }
    return true;
}

bool action_log_compact(store *s, error *e)
{
    locks *l = store_locks(s, e);
    if (!l || !journal_refresh(&s->action_log, restart, take, s, e)) return false;
    uint64_t live = 0;
    for (size_t i = 0; i < s->actions.capacity; i++) {
        const logged *r = s->actions.item[i];
        if (r && !r->removed) live += logged_bytes(r) + 16;
    }
    return s->action_log.read_to <= 2 * live + (64 << 10) || journal_rewrite(&s->action_log, l, write_live, s, e);
}

/* ---- claims ----------------------------------------------------------------------------------------------------------- */

bool store_claim(store *s, const digest *key, error *e)
{
    locks *l = store_locks(s, e);
    return l && locks_claim(l, locks_place(LOCK_CLAIMS, digest_tag(key)), e);
}

void store_release(store *s, const digest *key)
{
    if (s->locks) locks_release(s->locks, locks_place(LOCK_CLAIMS, digest_tag(key)));
}
