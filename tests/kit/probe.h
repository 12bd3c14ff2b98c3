/* tests/kit/probe.h - a call for testing the kit outside any op: scratch on the heap, one thread
 * count, no input. */
#ifndef ATOMLOOM_TESTS_PROBE_H
#define ATOMLOOM_TESTS_PROBE_H
#include <atomloom/op.h>
#include <stdlib.h>

static int probe_threads_count = 1;
static void *probe_scratch(loom_call *call, size_t bytes)
{
    (void)call;
    return aligned_alloc(64, (bytes + 64) / 64 * 64);
}
static void probe_release(loom_call *call, void *p)
{
    (void)call;
    free(p);
}
static int probe_threads(loom_call *call)
{
    (void)call;
    return probe_threads_count;
}
static const loom_host probe_host = { .size = sizeof probe_host,
                                      .abi = LOOM_ABI,
                                      .scratch = probe_scratch,
                                      .release = probe_release,
                                      .threads = probe_threads };
static loom_call probe_call = { &probe_host, NULL };
#endif
