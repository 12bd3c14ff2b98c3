/* run/job_result.c - see job_result.h */
#include "run/job_result.h"
#include "base/json.h"
#include "run/sealed.h"
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- gathering ------------------------------------------------------------------------------- */

void job_result_note(job_result *r, const char *line)
{
    if (r->note_count >= JOB_RESULT_MAX_NOTES) return;
    text_add(&r->notes, line, strlen(line) + 1);
    r->note_count++;
}

void job_result_warning(job_result *r, const char *where, const char *line)
{
    if (r->warning_count >= LOOM_MAX_WARNINGS) return;
    text_add(&r->warnings, where, strlen(where) + 1);
    text_add(&r->warnings, line, strlen(line) + 1);
    r->warning_count++;
}

void job_result_free(job_result *r)
{
    text_free(&r->outcome.log);
    text_free(&r->notes);
    text_free(&r->warnings);
    free(r->made);
    *r = (job_result){ 0 };
}

/* ---- writing --------------------------------------------------------------------------------- */

static void bool_member(text *out, const char *name, bool value)
{
    json_name(out, name);
    text_puts(out, value ? "true" : "false");
}

static void outputs_json(const executor_outcome *o, text *out)
{
    char hex[65];
    assert(o->reply.output_count >= 0);
    json_name(out, "outputs");
    text_putc(out, '[');
    for (int32_t k = 0; o->replied && o->reply.good && k < o->reply.output_count; k++) {
        if (k) text_puts(out, ", ");
        json_quoted(out, o->made[k].made ? digest_text(&o->made[k].value, hex) : NULL);
    }
    text_putc(out, ']');
}

static void failure_json(const error *e, text *out)
{
    json_name(out, "failure");
    text_printf(out, "[%d, ", (int)e->status);
    json_quoted(out, e->where);
    text_puts(out, ", ");
    json_quoted(out, e->message);
    text_puts(out, ", ");
    json_quoted(out, e->todo);
    text_putc(out, ']');
}

static void lists_json(const job_result *r, text *out)
{
    const char *at = r->notes.data;
    json_name(out, "notes");
    text_putc(out, '[');
    for (int k = 0; k < r->note_count; k++, at += strlen(at) + 1) {
        if (k) text_puts(out, ", ");
        json_quoted(out, at);
    }
    text_putc(out, ']');
    json_name(out, "warnings");
    text_putc(out, '[');
    at = r->warnings.data;
    for (int k = 0; k < r->warning_count; k++, at += strlen(at) + 1) {
        text_puts(out, k ? ", [" : "[");
        json_quoted(out, at);
        text_puts(out, ", ");
        json_quoted(out, at += strlen(at) + 1);
        text_putc(out, ']');
    }
    text_putc(out, ']');
}

bool job_result_write(const job_result *r, const digest *key, text *out, error *e)
{
    char hex[65];
    const executor_outcome *o = &r->outcome;
    if (r->notes.failed || r->warnings.failed || o->log.failed) return error_memory(e, "a result");
    text_puts(out, "{\"atomloom_result\": 1");
    json_member(out, "key", digest_text(key, hex));
    json_member(out, "host", o->host);
    json_member_number(out, "started", o->started);
    bool_member(out, "replied", o->replied);
    bool_member(out, "good", o->reply.good);
    bool_member(out, "store_failed", o->reply.store_failed);
    json_member_number(out, "lost_input", o->replied ? o->reply.lost_input : -1);
    json_member_number(out, "wall_s", o->reply.wall_s);
    json_member_number(out, "cpu_s", o->reply.cpu_s);
    json_name(out, "peak_bytes");
    text_printf(out, "%llu", (unsigned long long)o->reply.peak_bytes);
    outputs_json(o, out);
    json_member(out, "reason", run_failure_text(o->reason));
    json_member_number(out, "signal", o->signal);
    failure_json(o->replied ? &o->reply.failure : &o->failure, out);
    json_member(out, "log", o->log.data ? o->log.data : "");
    lists_json(r, out);
    text_putc(out, '}');
    sealed_close(out);
    return !out->failed || error_memory(e, "a result");
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool reason_of_word(const char *word, run_failure *out)
{
    for (int f = FAILURE_NONE; f < RUN_FAILURES; f++)
        if (!strcmp(run_failure_text((run_failure)f), word)) {
            *out = (run_failure)f;
            return true;
        }
    return false;
}

static bool failure_of(json_t *list, error *out)
{
    int status;
    const char *where, *what, *todo;
    if (json_unpack(list, "[i, s, s, s]", &status, &where, &what, &todo) || status < 0
        || status >= LOOM_STATUS_COUNT)
        return false;
    if (status) error_set_at(out, (loom_status)status, where, todo, "%s", what);
    return true;
}

static bool outputs_of(json_t *list, const loom_op *op, job_result *out)
{
    size_t n = 0;
    while (op->outputs[n].name) n++;
    out->made = calloc(n + 1, sizeof *out->made);
    if (!out->made || json_array_size(list) != n) return false;
    for (size_t k = 0; k < n; k++) {
        json_t *one = json_array_get(list, k);
        const char *hex = json_string_value(one);
        out->made[k].made = hex != NULL;
        if (hex ? !digest_read(hex, &out->made[k].value)
                : !json_is_null(one) || !(op->outputs[k].flags & LOOM_OPTIONAL))
            return false;
    }
    out->outcome.made = out->made;
    out->outcome.reply.output_count = (int32_t)n;
    return true;
}

static bool lists_of(json_t *notes, json_t *warnings, job_result *out)
{
    for (size_t k = 0; k < json_array_size(notes); k++) {
        const char *line = json_string_value(json_array_get(notes, k));
        if (!line) return false;
        job_result_note(out, line);
    }
    for (size_t k = 0; k < json_array_size(warnings); k++) {
        const char *where, *line;
        if (json_unpack(json_array_get(warnings, k), "[s, s]", &where, &line)) return false;
        job_result_warning(out, where, line);
    }
    return !out->notes.failed && !out->warnings.failed;
}

/* Everything but lists. */
static bool numbers_of(json_t *root, const digest *key, int32_t input_count, job_result *out)
{
    executor_outcome *o = &out->outcome;
    const char *hex, *host, *reason, *log;
    int format, replied, good, store_failed, lost;
    json_int_t peak;
    digest named;
    json_t *failure;
    error found = { 0 };
    if (json_unpack(root,
                    "{s:i, s:s, s:s, s:F, s:b, s:b, s:b, s:i, s:F, s:F, s:I, s:s, s:i, s:o,"
                    " s:s}",
                    "atomloom_result", &format, "key", &hex, "host", &host, "started", &o->started,
                    "replied", &replied, "good", &good, "store_failed", &store_failed, "lost_input",
                    &lost, "wall_s", &o->reply.wall_s, "cpu_s", &o->reply.cpu_s, "peak_bytes",
                    &peak, "reason", &reason, "signal", &o->signal, "failure", &failure, "log",
                    &log))
        return false;
    if (format != 1 || !digest_read(hex, &named) || !digest_equal(&named, key)
        || !(o->reply.wall_s >= 0) || !(o->reply.cpu_s >= 0) || peak < 0 || lost < -1
        || lost >= input_count || !failure_of(failure, &found)
        || !reason_of_word(reason, &o->reason))
        return false;
    o->replied = replied;
    o->reply.good = (uint8_t)good;
    o->reply.store_failed = (uint8_t)store_failed;
    o->reply.lost_input = lost;
    o->reply.peak_bytes = (uint64_t)peak;
    *(replied ? &o->reply.failure : &o->failure) = found;
    snprintf(o->host, sizeof o->host, "%s", host);
    text_puts(&o->log, log);
    bool failed = found.status != LOOM_OK;
    return replied ? good != failed : failed && o->reason != FAILURE_NONE;
}

bool job_result_read(const char *bytes, size_t n, const digest *key, const loom_op *op,
                     int32_t input_count, job_result *out)
{
    size_t length = sealed_length(bytes, n);
    json_t *root = length ? json_loadb(bytes, length, 0, NULL) : NULL;
    *out = (job_result){ 0 };
    bool good =
        root && numbers_of(root, key, input_count, out)
        && (!out->outcome.reply.good || outputs_of(json_object_get(root, "outputs"), op, out))
        && lists_of(json_object_get(root, "notes"), json_object_get(root, "warnings"), out);
    json_decref(root);
    if (!good) job_result_free(out);
    return good;
}

bool job_result_is_good(const char *bytes, size_t n)
{
    size_t length = sealed_length(bytes, n);
    json_t *root = length ? json_loadb(bytes, length, 0, NULL) : NULL;
    bool good = json_is_true(json_object_get(root, "replied"))
                && json_is_true(json_object_get(root, "good"));
    json_decref(root);
    return good;
}
