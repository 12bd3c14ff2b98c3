/* run/trace.c - see trace.h */
#include "run/trace.h"
#include "base/json.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void trace_add(text *out, const trace_span *span)
{
    assert(span->name && span->op && span->result);
    if (out->length) text_puts(out, ",\n");
    text_putc(out, '{');
    json_member(out, "name", span->name);
    json_member(out, "cat", span->op);
    json_member(out, "ph", "X");
    json_member_number(out, "pid", 1);
    json_member_number(out, "tid", span->worker);
    json_member_number(out, "ts", (double)(int64_t)(span->start_s * 1e6));
    json_member_number(out, "dur", (double)(int64_t)(span->wall_s * 1e6));
    json_name(out, "args");
    text_putc(out, '{');
    json_member(out, "result", span->result);
    json_member_number(out, "cpu_s", span->cpu_s);
    json_member_number(out, "threads", span->threads);
    json_member_number(out, "peak_bytes", (double)span->peak_bytes);
    text_puts(out, "}}");
}

static bool trace_error(const char *path, int why, error *e)
{
    return error_set(e, LOOM_E_IO, "check the path given to --trace",
                     "cannot write the trace '%s': %s", path, strerror(why));
}

bool trace_begin(const char *path, error *e)
{
    FILE *f =
        fopen(path, "ae"); /* what an earlier run wrote stays until this one has something to say */
    return (f && !fclose(f)) || trace_error(path, errno, e);
}

bool trace_write(const text *spans, const char *path, error *e)
{
    assert(path);
    FILE *f = fopen(path, "we");
    bool good = f && !spans->failed
                && fprintf(f, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n%s\n]}\n",
                           spans->data ? spans->data : "")
                       > 0;
    int why = errno;
    if (f && fclose(f)) good = false;
    return good || trace_error(path, why, e);
}
