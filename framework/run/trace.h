/* run/trace.h - what ran when, as a Chrome trace (chrome://tracing, ui.perfetto.dev). */
#ifndef ATOMLOOM_RUN_TRACE_H
#define ATOMLOOM_RUN_TRACE_H
#include "base/error.h"
#include "base/text.h"

typedef struct trace_span {
    const char *name, *op, *result;
    int worker, threads;
    double start_s, wall_s, cpu_s;
    uint64_t peak_bytes;
} trace_span;

/* One finished action; `out` collects them. */
void trace_add(text *out, const trace_span *span);
/* Can it be written? Asked before anything runs; a new file is made, what is there stays. */
bool trace_begin(const char *path, error *e);
bool trace_write(const text *spans, const char *path, error *e);
#endif
