/* store/action_json.c - see action_json.h */
#include "store/action_json.h"
#include "base/io_error.h"
#include "store/action_log.h"
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 2, HEX = 64 };
/* What follows the checked bytes: the digest stands between these two. */
static const char seal_begin[] = ",\n \"sha256\": \"", seal_end[] = "\"\n}\n";
enum { SEAL = sizeof seal_begin - 1 + HEX + sizeof seal_end - 1 };

/* ---- writing --------------------------------------------------------------------------------- */

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

static bool inside_character(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* The log, or its beginning and its end. */
static json_t *json_log(const char *log)
{
    enum { PART = ACTION_MAX_LOG / 2 };
    size_t n = strlen(log), head = PART, tail = n - PART;
    if (n <= ACTION_MAX_LOG) return json_text(log);
    assert(tail > head);
    while (head && inside_character(log[head])) head--;
    while (tail < n && inside_character(log[tail])) tail++;
    text t = { 0 };
    text_add(&t, log, head);
    text_printf(&t, "\n[... %zu bytes of the log are left out ...]\n", tail - head);
    text_puts(&t, log + tail);
    json_t *j = t.failed ? NULL : json_text(t.data);
    text_free(&t);
    return j;
}

static bool may_write(const action_record *r, error *e)
{
    if (r->output_count < 0 || r->output_count > ACTION_MAX_OUTPUTS)
        return error_set(e, LOOM_E_BUG, "give the op fewer output ports",
                         "an action has %d outputs; at most %d are kept", r->output_count,
                         (int)ACTION_MAX_OUTPUTS);
    for (int i = 0; i < r->output_count; i++)
        if (strlen(r->output[i].port) > ACTION_MAX_PORT_NAME)
            return error_set(e, LOOM_E_BUG, "give the output port a shorter name",
                             "the name of output '%.40s...' has %zu bytes; at most %d are kept",
                             r->output[i].port, strlen(r->output[i].port),
                             (int)ACTION_MAX_PORT_NAME);
    if (r->warning_count < 0 || r->warning_count > LOOM_MAX_WARNINGS)
        return error_set(e, LOOM_E_BUG, "report this",
                         "an action has %d warnings; at most %d are kept", r->warning_count,
                         LOOM_MAX_WARNINGS);
    return true;
}

static json_t *outputs_json(const action_record *r)
{
    assert(r->output_count <= ACTION_MAX_OUTPUTS);
    char hex[HEX + 1];
    json_t *list = json_array();
    for (int i = 0; list && i < r->output_count; i++) {
        const action_output *o = &r->output[i];
        json_t *one = json_pack("{s:s, s:s?}", "port", o->port, "value",
                                o->made ? digest_text(&o->value, hex) : NULL);
        if (json_array_append_new(list, one)) { /* also where `one` is none */
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *warnings_json(const action_record *r)
{
    json_t *list = json_array();
    for (int i = 0; list && i < r->warning_count; i++) {
        json_t *one = json_pack("{s:s, s:o}", "where", r->warning[i].where, "text",
                                json_text(r->warning[i].text));
        if (json_array_append_new(list, one)) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *record_json(const action_record *r)
{
    char hex[HEX + 1];
    json_t *provenance = r->provenance ? json_loads(r->provenance, 0, NULL) : json_object();
    if (provenance && !json_is_object(provenance)) {
        json_decref(provenance);
        provenance = NULL;
    }
    /* what is NULL among these makes all of it NULL */
    return json_pack("{s:i, s:s, s:f, s:f, s:f, s:I, s:o, s:o, s:o, s:o}", "atomloom_action",
                     FORMAT, "key", digest_text(&r->key, hex), "started", r->started, "wall_s",
                     r->wall_s, "cpu_s", r->cpu_s, "peak_bytes", (json_int_t)r->peak_bytes,
                     "outputs", outputs_json(r), "provenance", provenance, "log",
                     json_log(r->log ? r->log : ""), "warnings", warnings_json(r));
}

static void seal(text *t)
{
    assert(t->failed || t->length > 0);
    char hex[HEX + 1];
    if (t->failed) return;
    digest d = sha256_of(t->data, t->length);
    text_printf(t, "%s%s%s", seal_begin, digest_text(&d, hex), seal_end);
}

bool action_to_json(const action_record *r, text *out, error *e)
{
    assert(r && !out->length);
    static const char last[] = "\n}"; /* of the object, which goes on */
    if (!may_write(r, e)) return false;
    json_t *root = record_json(r);
    char *body = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    if (!body)
        return error_set(e, LOOM_E_BUG, "the provenance must be a JSON object and all times finite",
                         "an action cannot be written as JSON");
    text_add(out, body, strlen(body) - (sizeof last - 1));
    free(body);
    seal(out);
    if (out->length > ACTION_MAX_FILE)
        return error_set(e, LOOM_E_DATA, "give the node fewer inputs or parameters",
                         "the record of an action has %zu bytes; at most %d are kept", out->length,
                         (int)ACTION_MAX_FILE);
    return !out->failed || error_memory(e, "an action");
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The record with all that it points to in one piece of memory. */
static bool own(const action_record *from, action_record *to, error *e)
{
    assert(from->provenance && from->log);
    assert(from->output_count >= 0 && from->warning_count >= 0);
    size_t outputs = (size_t)from->output_count * sizeof *from->output,
           warnings = (size_t)from->warning_count * sizeof *from->warning;
    size_t bytes = outputs + warnings + strlen(from->provenance) + strlen(from->log) + 2;
    for (int i = 0; i < from->warning_count; i++)
        bytes += strlen(from->warning[i].where) + strlen(from->warning[i].text) + 2;
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
        const char *value = json_string_value(
            json_object_get(output, "value")); /* null: an optional output that was not made */
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
    json_t *outputs, *provenance, *warnings;
    json_int_t peak;
    digest named;
    action_record r = { .key = *key };
    if (json_unpack(root, "{s:s, s:F, s:F, s:F, s:I, s:o, s:o, s:s, s:o}", "key", &hex, "started",
                    &r.started, "wall_s", &r.wall_s, "cpu_s", &r.cpu_s, "peak_bytes", &peak,
                    "outputs", &outputs, "provenance", &provenance, "log", &r.log, "warnings",
                    &warnings))
        return false;
    size_t n = json_array_size(outputs), w = json_array_size(warnings);
    if (w > LOOM_MAX_WARNINGS || n > ACTION_MAX_OUTPUTS || !digest_read(hex, &named)
        || !digest_equal(&named, key))
        return false;
    r.peak_bytes = (uint64_t)peak;
    r.output_count = (int)n;
    r.output = calloc(n + 1, sizeof *r.output);
    r.warning_count = (int)w;
    r.warning = calloc(w + 1, sizeof *r.warning);
    char *provenance_text = json_dumps(provenance, JSON_COMPACT | JSON_ENCODE_ANY);
    r.provenance = provenance_text;
    bool good = (r.output && r.warning && provenance_text) || error_memory(e, "an action");
    good = good && outputs_of(outputs, r.output) && warnings_of(warnings, r.warning)
           && own(&r, out, e);
    free(r.output);
    free(r.warning);
    free(provenance_text);
    return good;
}

/* Are these the bytes that action_to_json made? */
static bool seal_holds(const char *bytes, size_t n)
{
    char hex[HEX + 1] = { 0 };
    digest written;
    if (n <= SEAL || memcmp(bytes + n - SEAL, seal_begin, sizeof seal_begin - 1) != 0
        || memcmp(bytes + n - (sizeof seal_end - 1), seal_end, sizeof seal_end - 1) != 0)
        return false;
    memcpy(hex, bytes + n - (sizeof seal_end - 1) - HEX, HEX);
    if (!digest_read(hex, &written)) return false;
    digest is = sha256_of(bytes, n - SEAL);
    return digest_equal(&is, &written);
}

static bool is_older(const char *bytes, size_t n)
{
    int format = 0;
    json_t *root = json_loadb(bytes, n, 0, NULL);
    bool older = root && !json_unpack(root, "{s:i}", "atomloom_action", &format) && format == 1;
    json_decref(root);
    return older;
}

static action_state read_bytes(const char *bytes, size_t n, const digest *key, action_record *out,
                               text *why, error *e)
{
    error inner = { 0 };
    if (!seal_holds(bytes, n)) {
        if (is_older(bytes, n)) return ACTION_OLDER;
        if (why) text_puts(why, "its checksum does not fit its content");
        return ACTION_DAMAGED;
    }
    json_t *root = json_loadb(bytes, n, 0, NULL);
    bool good = root && from_json(root, key, out, &inner);
    json_decref(root);
    if (good) return ACTION_WHOLE;
    *out = (action_record){ 0 };
    if (inner.status != LOOM_OK) {
        error_set(e, inner.status, inner.todo, "%s", inner.message);
        return ACTION_FAILED;
    }
    if (why) text_puts(why, "it is the record of another action");
    return ACTION_DAMAGED;
}

/* A group store: the record of another member who is trusted. One that is not whole is his. */
static action_state from_others(const store *s, const digest *key, action_record *out, error *e)
{
    char path[STORE_PATH], hex[HEX + 1];
    digest_text(key, hex);
    for (int i = 0; i < s->other_count; i++) {
        size_t n;
        store_join(s, path, "users/%u/actions/%.2s/%s.json", (unsigned)s->others[i], hex, hex + 2);
        char *bytes = file_read_all(path, ACTION_MAX_FILE, &n, NULL);
        action_state state = bytes ? read_bytes(bytes, n, key, out, NULL, e) : ACTION_ABSENT;
        free(bytes);
        if (state == ACTION_WHOLE || state == ACTION_FAILED) return state;
    }
    return ACTION_ABSENT;
}

action_state action_from_file(const store *s, const digest *key, action_record *out, text *why,
                              error *e)
{
    char path[STORE_PATH];
    size_t n;
    error inner = { 0 };
    *out = (action_record){ 0 };
    if (access(store_action_name(s, key, path), F_OK) && errno == ENOENT)
        return from_others(s, key, out, e);
    char *bytes = file_read_all(path, ACTION_MAX_FILE, &n, &inner);
    if (!bytes) {
        int code = errno;
        if (access(path, F_OK) && errno == ENOENT) return ACTION_ABSENT; /* it went just now */
        if (inner.status == LOOM_E_MEMORY || io_is_shortage(code)) {
            error_set(e, inner.status, inner.todo, "%s", inner.message);
            return ACTION_FAILED;
        }
        if (why) text_puts(why, inner.message);
        return ACTION_DAMAGED;
    }
    action_state state = read_bytes(bytes, n, key, out, why, e);
    free(bytes);
    return state;
}

void action_record_free(action_record *r)
{
    free(r->memory);
    *r = (action_record){ 0 };
}
