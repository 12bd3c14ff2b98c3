/* run/host.c - see host.h */
#include "run/host.h"
#include "run/host_check.h"
#include <atomloom/types.h>
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <kit/rng.h>

typedef struct scratch {
    struct scratch *next;
    size_t bytes;
    void *data;
} scratch;
enum { SCRATCH_HEADER = 64 };
_Static_assert(sizeof(scratch) <= SCRATCH_HEADER,
               "the header must keep scratch aligned to 64 bytes");

typedef struct call_state {
    const host_request *request;
    host_result *result;
    scratch *scratches;
    size_t bytes, scratch_bytes;
    bool refused; /* progress or cancelled said stop */
    text warned;  /* the warnings so far, each with its end */
    int warnings;
    pthread_mutex_t lock; /* failure and log: [any] */
} call_state;

static call_state *state_of(loom_call *call) { return call->host_data; }

const loom_op *host_op(const loom_call *call)
{
    return ((const call_state *)call->host_data)->request->op;
}

/* What ops give as a status may be any number. */
static loom_status known_status(loom_status status)
{
    return (unsigned)status < LOOM_STATUS_COUNT ? status : LOOM_E_BUG;
}

static void fail_v(call_state *s, loom_status status, const char *where, const char *format,
                   va_list args)
{
    pthread_mutex_lock(&s->lock);
    error_vset(&s->result->failure, known_status(status), where, NULL, format, args);
    pthread_mutex_unlock(&s->lock);
}

static loom_status host_fail(loom_call *call, loom_status status, const char *where,
                             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_v(state_of(call), status, where, format, args);
    va_end(args);
    return status;
}

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

/* ---- outputs and scratch --------------------------------------------------------------------- */

static bool account(loom_call *call, size_t bytes)
{
    call_state *s = state_of(call);
    if (s->request->memory_limit && s->bytes + bytes > s->request->memory_limit) {
        host_fail(call, LOOM_E_MEMORY, NULL,
                  "the op asked for %zu bytes on top of %zu, over its memory limit of %zu bytes; "
                  "raise resources.memory of the node",
                  bytes, s->bytes, s->request->memory_limit);
        return false;
    }
    s->bytes += bytes;
    if (s->bytes > s->result->peak_bytes) s->result->peak_bytes = s->bytes;
    return true;
}

static loom_value *host_output(loom_call *call, const char *port)
{
    call_state *s = state_of(call);
    const loom_port *ports = s->request->op->outputs;
    if (!s->result->output) {
        host_fail(call, LOOM_E_BUG, port,
                  "the op asked for output '%s' while estimating: only `run` makes outputs", port);
        return NULL;
    }
    for (int i = 0; ports[i].name; i++) {
        if (strcmp(ports[i].name, port) != 0) continue;
        if (!s->result->output[i])
            s->result->output[i] = value_new(ports[i].type, &s->result->failure);
        return s->result->output[i];
    }
    host_fail(call, LOOM_E_BUG, port, "the op asked for output '%s', which it does not declare",
              port);
    return NULL;
}

static const char *port_of(const call_state *s, const loom_value *v)
{
    for (int i = 0; i < s->result->output_count; i++)
        if (s->result->output[i] == v) return s->request->op->outputs[i].name;
    return "?";
}

static loom_array *adopt(const call_state *s, loom_value *v, const char *name, size_t bytes,
                         loom_array like)
{
    assert(s->request->memory);
    error *failure = &s->result->failure;
    void *data = s->request->memory->array(bytes, port_of(s, v), name);
    if (data)
        return value_adopt_array(v, name, like.dtype, like.rank, like.dim, like.unit, data,
                                 s->request->memory->release, failure);
    error_memory(failure, "an array");
    return NULL;
}

static void *host_add_array(loom_call *call, loom_value *v, const char *name, loom_dtype dtype,
                            int32_t rank, const int64_t *dim, const char *unit)
{
    call_state *s = state_of(call);
    size_t bytes = loom_dtype_bytes(dtype);
    if (!v) return NULL;
    for (int32_t i = 0; i < rank && i < LOOM_MAX_RANK; i++)
        if (dim[i] < 0 || __builtin_mul_overflow(bytes, (size_t)dim[i], &bytes))
            bytes = SIZE_MAX / 4;
    if (!account(call, bytes)) return NULL;
    loom_array like = { .dtype = dtype, .rank = rank, .unit = unit };
    bool good_rank = rank >= 0 && rank <= LOOM_MAX_RANK && (!rank || dim);
    for (int32_t i = 0; good_rank && i < rank; i++) like.dim[i] = dim[i];
    loom_array *a = s->request->memory && good_rank
                        ? adopt(s, v, name ? name : "", bytes, like)
                        : value_add_array(v, name, dtype, rank, dim, unit, &s->result->failure);
    return a ? a->data : NULL;
}

static void host_set_number(loom_call *call, loom_value *v, const char *name, double value,
                            const char *unit)
{
    assert(name);
    if (v) value_set_number(v, name, value, unit, &state_of(call)->result->failure);
}

static void host_set_text(loom_call *call, loom_value *v, const char *name, const char *value)
{
    if (v) value_set_text(v, name, value, &state_of(call)->result->failure);
}

static void *host_scratch(loom_call *call, size_t bytes)
{
    call_state *s = state_of(call);
    if (bytes > SIZE_MAX / 4 || !account(call, bytes)) return NULL;
    const host_memory *memory = s->request->memory;
    scratch *block = memory ? malloc(sizeof *block)
                            : aligned_alloc(SCRATCH_HEADER, (bytes + 2 * SCRATCH_HEADER)
                                                                / SCRATCH_HEADER * SCRATCH_HEADER);
    void *data = !block ? NULL : memory ? memory->scratch(bytes) : (char *)block + SCRATCH_HEADER;
    if (!data) {
        free(block);
        host_fail(call, LOOM_E_MEMORY, NULL, "out of memory: the op asked for %zu bytes of scratch",
                  bytes);
        return NULL;
    }
    *block = (scratch){ s->scratches, bytes, data };
    s->scratches = block;
    s->scratch_bytes += bytes;
    if (s->scratch_bytes > s->result->peak_scratch) s->result->peak_scratch = s->scratch_bytes;
    return data;
}

static void scratch_free(const call_state *s, scratch *block)
{
    if (s->request->memory) s->request->memory->release(block->data);
    free(block);
}

static void host_release(loom_call *call, void *pointer)
{
    call_state *s = state_of(call);
    for (scratch **at = &s->scratches; pointer && *at; at = &(*at)->next)
        if ((*at)->data == pointer) {
            scratch *block = *at;
            *at = block->next;
            s->bytes -= block->bytes;
            s->scratch_bytes -= block->bytes;
            scratch_free(s, block);
            return;
        }
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
};

const loom_host *host_standard(void) { return &host_table; }

/* ---- one call -------------------------------------------------------------------------------- */

static void state_free(call_state *s)
{
    while (s->scratches) {
        scratch *next = s->scratches->next;
        scratch_free(s, s->scratches);
        s->scratches = next;
    }
    text_free(&s->warned);
    pthread_mutex_destroy(&s->lock);
}

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
        return error_set(failure, known_status(status),
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
        state_free(&s);
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
    state_free(&s);
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
