/* run/host_made.c - what an op makes: outputs, their arrays and attributes, and scratch, counted
 * against its memory limit. */
#include "run/host_state.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SCRATCH_HEADER = 64 };
_Static_assert(sizeof(scratch) <= SCRATCH_HEADER,
               "the header must keep scratch aligned to 64 bytes");

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

loom_value *host_output(loom_call *call, const char *port)
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

void *host_add_array(loom_call *call, loom_value *v, const char *name, loom_dtype dtype,
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

void host_set_number(loom_call *call, loom_value *v, const char *name, double value,
                     const char *unit)
{
    assert(name);
    if (v) value_set_number(v, name, value, unit, &state_of(call)->result->failure);
}

void host_set_text(loom_call *call, loom_value *v, const char *name, const char *value)
{
    if (v) value_set_text(v, name, value, &state_of(call)->result->failure);
}

void *host_scratch(loom_call *call, size_t bytes)
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

void host_release(loom_call *call, void *pointer)
{
    call_state *s = state_of(call);
    for (scratch **at = &s->scratches; pointer && *at; at = &(*at)->next)
        if ((*at)->data == pointer) {
            scratch *block = *at;
            *at = block->next;
            s->bytes -= block->bytes;
            s->scratch_bytes -= block->bytes;
            host_scratch_free(s, block);
            return;
        }
}
