/* run/host.c - see host.h */
#include "run/host.h"
#include "run/host_check.h"
#include "run/host_state.h"
#include <atomloom/types.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <kit/rng.h>

/* ---- inputs ---------------------------------------------------------------------------------- */

static int64_t host_input_count(loom_call *call, const char *port)
{
    const host_request *r = state_of(call)->request;
    int64_t n = 0;
    for (int i = 0; i < r->input_count; i++) n += !strcmp(r->inputs[i].port, port);
    return n;
}

static const loom_value *host_get_input(loom_call *call, const char *port, int64_t index)
{
    const host_request *r = state_of(call)->request;
    for (int i = 0; i < r->input_count; i++)
        if (!strcmp(r->inputs[i].port, port) && index-- == 0) return r->inputs[i].value;
    return NULL;
}

static bool host_number(const loom_value *v, const char *name, double *out)
{
    const loom_attribute *a = v ? value_attribute(v, name) : NULL;
    if (!a || a->text) return false;
    *out = a->number;
    return true;
}

static const char *host_text(const loom_value *v, const char *name)
{
    const loom_attribute *a = v ? value_attribute(v, name) : NULL;
    return a ? a->text : NULL;
}

static const char *host_type(const loom_value *v) { return v ? value_type(v) : NULL; }
static const loom_array *host_array(const loom_value *v, const char *name)
{
    return v ? value_array(v, name) : NULL;
}
static const loom_array *host_array_at(const loom_value *v, int64_t i)
{
    return v ? value_array_at(v, i) : NULL;
}
static const loom_attribute *host_attribute_at(const loom_value *v, int64_t i)
{
    return v ? value_attribute_at(v, i) : NULL;
}

/* ---- services -------------------------------------------------------------------------------- */

static int host_threads(loom_call *call)
{
    int n = state_of(call)->request->threads;
    return n > 0 ? n : 1;
}

static bool host_cancelled(loom_call *call)
{
    call_state *s = state_of(call);
    return s->refused || (s->request->cancelled && s->request->cancelled(s->request->user));
}

static bool host_progress(loom_call *call, double done, double total)
{
    call_state *s = state_of(call);
    if (s->request->progress && !s->request->progress(s->request->user, done, total))
        s->refused = true;
    return !host_cancelled(call);
}

static void host_note(loom_call *call, const char *format, ...)
{
    call_state *s = state_of(call);
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    pthread_mutex_lock(&s->lock);
    if (s->request->note) s->request->note(s->request->user, line);
    pthread_mutex_unlock(&s->lock);
}

/* The same text counts once. */
static bool is_new_warning(const call_state *s, const char *line)
{
    for (size_t at = 0; at < s->warned.length; at += strlen(s->warned.data + at) + 1)
        if (!strcmp(s->warned.data + at, line)) return false;
    return s->warnings < LOOM_MAX_WARNINGS;
}

static void host_warn(loom_call *call, const char *where, const char *format, ...)
{
    call_state *s = state_of(call);
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    pthread_mutex_lock(&s->lock);
    if (is_new_warning(s, line)) {
        s->warnings++;
        text_add(&s->warned, line, strlen(line) + 1);
        if (s->request->warn) s->request->warn(s->request->user, where ? where : "", line);
    }
    pthread_mutex_unlock(&s->lock);
}

/* The parameter that counts the op's steps; -1 where there is none. */
int host_iterations_row(const loom_op *op)
{
    for (int i = 0; i < params_rows(op); i++)
        if (op->params[i].flags & LOOM_ITERATIONS && op->params[i].kind == LOOM_INT) return i;
    return -1;
}

bool host_may_finish(const param_set *params, int row, int64_t done)
{
    assert(row >= 0 && row < params->count);
    const loom_param *p = &params->op->params[row];
    bool bounded = p->max > p->min;
    return done > 0 && done < params->value[row].integer && (!bounded || (double)done >= p->min);
}

static bool host_finish(loom_call *call, int64_t done)
{
    call_state *s = state_of(call);
    const host_request *r = s->request;
    int row = r->finish ? host_iterations_row(r->op) : -1;
    if (row < 0 || s->result->finished || !host_may_finish(r->params, row, done)
        || !r->finish(r->user))
        return false;
    s->result->finished = done;
    return true;
}

static uint64_t host_random(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return loom_random(seed, stream, counter);
}

static const void *host_extension(loom_call *call, const char *name)
{
    (void)call;
    (void)name;
    return NULL;
}

static const loom_host host_table = {
    .size = sizeof(loom_host),
    .abi = LOOM_ABI,
    .input_count = host_input_count,
    .input = host_get_input,
    .type = host_type,
    .array = host_array,
    .array_at = host_array_at,
    .number = host_number,
    .text = host_text,
    .attribute_at = host_attribute_at,
    .output = host_output,
    .add_array = host_add_array,
    .set_number = host_set_number,
    .set_text = host_set_text,
    .scratch = host_scratch,
    .release = host_release,
    .threads = host_threads,
    .progress = host_progress,
    .cancelled = host_cancelled,
    .note = host_note,
    .fail = host_fail,
    .random = host_random,
    .extension = host_extension,
    .warn = host_warn,
    .finish = host_finish,
};

const loom_host *host_standard(void) { return &host_table; }

/* ---- one call -------------------------------------------------------------------------------- */

/* An op that called fork() and lets the child return would have two processes answer as one: the
 * child ends here. */
static void stay_alone(pid_t self)
{
    if (getpid() != self) _exit(1);
}

static bool run_op(call_state *s, void *params_struct)
{
    const host_request *r = s->request;
    error *failure = &s->result->failure;
    loom_call call = { r->table ? r->table : &host_table, s };
    pid_t self = getpid();
    loom_status status = r->op->run(&call, params_struct);
    stay_alone(self);
    /* it went on after a reported failure */
    if (status == LOOM_OK && failure->status != LOOM_OK) status = failure->status;
    if (status != LOOM_OK && host_cancelled(&call)) {
        *failure = (error){ 0 };
        return error_set(failure, LOOM_E_CANCELLED, "", "asked to stop");
    }
    if (status != LOOM_OK)
        return error_set(failure, host_known_status(status),
                         "report this to the op's author: an op says why it fails",
                         "the op failed without a message: %s", status_text(status));
    s->result->faulty = !host_check_outputs(r, s->result);
    return !s->result->faulty;
}

bool host_run(const host_request *request, host_result *result)
{
    assert(request->op && request->op->run && !result->output);
    assert(request->inputs || !request->input_count);
    *result = (host_result){ 0 };
    if (!host_check_inputs(request, &result->failure)) return false;
    while (request->op->outputs[result->output_count].name) result->output_count++;
    result->output = calloc((size_t)result->output_count + 1, sizeof *result->output);
    void *params_struct = calloc(1, request->op->params_size + 1);
    bool good = false;
    if (result->output && params_struct) {
        call_state s = { .request = request, .result = result };
        pthread_mutex_init(&s.lock, NULL);
        params_bind(request->params, params_struct);
        good = run_op(&s, params_struct);
        host_state_free(&s);
    } else error_memory(&result->failure, "a call");
    free(params_struct);
    return good;
}

bool host_estimate(const host_request *request, loom_estimate *out)
{
    assert(request->op && out);
    *out = (loom_estimate){ .size = sizeof *out };
    if (!request->op->estimate) return false;
    host_result result = { 0 };
    void *params_struct = calloc(1, request->op->params_size + 1);
    if (!params_struct || !host_check_inputs(request, &result.failure)) {
        free(params_struct);
        return false;
    }
    call_state s = { .request = request, .result = &result };
    pthread_mutex_init(&s.lock, NULL);
    params_bind(request->params, params_struct);
    loom_call call = { &host_table, &s };
    pid_t self = getpid();
    bool good = request->op->estimate(&call, params_struct, out) == LOOM_OK;
    stay_alone(self);
    host_state_free(&s);
    free(params_struct);
    return good;
}

void host_result_free(host_result *result)
{
    assert(result->output_count >= 0);
    for (int i = 0; result->output && i < result->output_count; i++) value_free(result->output[i]);
    free(result->output);
    *result = (host_result){ 0 };
}
