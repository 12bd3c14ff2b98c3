/* run/trace.c - see trace.h */
#include "run/trace.h"
#include "base/io_error.h"
#include "base/json.h"
#include "base/new_file.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>

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

bool trace_begin(const char *path, error *e)
{
    FILE *f =
        fopen(path, "ae"); /* what an earlier run wrote stays until this one has something to say */
    return (f && !fclose(f)) || io_error(e, errno, IO_USER, "write the trace", path);
}

bool trace_write(const text *spans, const char *path, error *e)
{
    assert(path);
    text all = { 0 };
    text_printf(&all, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n%s\n]}\n",
                spans->data ? spans->data : "");
    bool good = spans->failed || all.failed
                    ? error_memory(e, "the trace")
                    : new_file_whole(path, all.data, all.length, NULL, 0, e);
    text_free(&all);
    return good;
}
