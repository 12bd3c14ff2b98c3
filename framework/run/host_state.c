/* run/host_state.c - see host_state.h */
#include "run/host_state.h"
#include <stdlib.h>

const loom_op *host_op(const loom_call *call)
{
    return ((const call_state *)call->host_data)->request->op;
}

loom_status host_known_status(loom_status status)
{
    return (unsigned)status < LOOM_STATUS_COUNT ? status : LOOM_E_BUG;
}

static void fail_v(call_state *s, loom_status status, const char *where, const char *format,
                   va_list args)
{
    pthread_mutex_lock(&s->lock);
    error_vset(&s->result->failure, host_known_status(status), where, NULL, format, args);
    pthread_mutex_unlock(&s->lock);
}

loom_status host_fail(loom_call *call, loom_status status, const char *where, const char *format,
                      ...)
{
    va_list args;
    va_start(args, format);
    fail_v(state_of(call), status, where, format, args);
    va_end(args);
    return status;
}

void host_scratch_free(const call_state *s, scratch *block)
{
    if (s->request->memory) s->request->memory->release(block->data);
    free(block);
}

void host_state_free(call_state *s)
{
    while (s->scratches) {
        scratch *next = s->scratches->next;
        host_scratch_free(s, s->scratches);
        s->scratches = next;
    }
    text_free(&s->warned);
    pthread_mutex_destroy(&s->lock);
}
