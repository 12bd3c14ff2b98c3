/* A call without a host program, for testing the kit: scratch from the C library, the last failure
 * kept. */
#ifndef ATOMLOOM_TESTS_KIT_CALL_H
#define ATOMLOOM_TESTS_KIT_CALL_H
#include <atomloom/op.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct kit_call {
    loom_call call;
    void *memory[256];
    int count;
    size_t bytes;
    char message[512];
    char warnings[2048]; /* "where: text", a line each */
} kit_call;

static void *kit_scratch(loom_call *call, size_t bytes)
{
    kit_call *k = call->host_data;
    if (k->count == 256) abort();
    k->bytes += bytes;
    return k->memory[k->count++] = aligned_alloc(64, (bytes + 64) / 64 * 64);
}

static void kit_release(loom_call *call, void *memory)
{
    kit_call *k = call->host_data;
    for (int i = 0; i < k->count; i++)
        if (k->memory[i] == memory) k->memory[i] = k->memory[--k->count];
    free(memory);
}

static loom_status kit_fail(loom_call *call, loom_status status, const char *where,
                            const char *format, ...)
{
    (void)where;
    kit_call *k = call->host_data;
    va_list args;
    va_start(args, format);
    vsnprintf(k->message, sizeof k->message, format, args);
    va_end(args);
    return status;
}

static void kit_warn(loom_call *call, const char *where, const char *format, ...)
{
    kit_call *k = call->host_data;
    char text[1024];
    size_t used = strlen(k->warnings);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(k->warnings + used, sizeof k->warnings - used, "%s: %s\n", where, text);
}

static const loom_host kit_host = { .size = sizeof(loom_host),
                                    .abi = LOOM_ABI,
                                    .scratch = kit_scratch,
                                    .release = kit_release,
                                    .fail = kit_fail,
                                    .warn = kit_warn };

static inline loom_call *kit_begin(kit_call *k)
{
    *k = (kit_call){ .call = { .host = &kit_host } };
    k->call.host_data = k;
    return &k->call;
}

static inline void kit_end(kit_call *k)
{
    for (int i = 0; i < k->count; i++) free(k->memory[i]);
    k->count = 0;
}
#endif
