/* pipeline/read.c - pipeline_read: files, command line, checks, expansion. */
#include "pipeline/reader.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What graph.memory points at: in its own arena, but for the parameter sets. */
typedef struct graph_memory {
    arena *arena;
    param_set **sets;
    int32_t set_count;
} graph_memory;

static void read_all(reader *r, const char *path)
{
    loaded *file = file_read(r, path, (span){ { NULL, 0, 0 }, 1 });
    scope *top = file ? scope_read(r, file, "", NULL, (span){ { NULL, 0, 0 }, 1 }, NULL) : NULL;
    if (!top) return;
    r->out->path = file->from.path;
    r->out->title = keep(r, top->title ? top->title : "");
    r->out->description = keep(r, top->description ? top->description : "");
    overrides_apply(r);
    axes_evaluate(r);
    variables_check(r);
    for (int32_t i = 0; i < r->axis_count; i++)
        if (!r->axes[i].value) return; /* told; whatever repeats would be a guess */
    only_apply(r);
    parts_check(r);
    outputs_check(r);
    if (r->errors) return;
    expand(r);
    files_keep(r);
    unused_report(r);
}

/* Everything that may run out of memory: false then. */
static bool read_within(reader *r, const char *path)
{
    jmp_buf here;
    if (setjmp(here)) return false;
    r->memory->unwind = r->kept->unwind = ((arena *)r->diagnostics->memory)->unwind = &here;
    r->defaults.memory = r->checked_files.memory = r->memory;
    r->axes = arena_take(r->memory, MAX_AXES * sizeof *r->axes);
    r->out = arena_take(r->kept, sizeof *r->out);
    graph_memory *own = r->out->memory = arena_take(r->kept, sizeof *own);
    read_all(r, path);
    diagnostics_sort(r);
    *own = (graph_memory){ r->kept, r->sets, r->set_count };
    return true;
}

static void tell_out_of_memory(diagnostics *out)
{
    assert(out->count <= out->room);
    static char message[] = "out of memory", hint[] = "close other programs, or split the pipeline";
    if (out->count == out->room) {
        diagnostic *item = realloc(out->item, (size_t)(out->count + 1) * sizeof *item);
        if (!item) return;
        out->item = item;
        out->room = out->count + 1;
    }
    out->item[out->count++] =
        (diagnostic){ .at = { "atomloom", 0, 0 }, .length = 1, .message = message, .hint = hint };
}

graph *pipeline_read(const char *path, const registry *ops, const graph_options *options,
                     diagnostics *out)
{
    assert(path && ops && out);
    if (!out->memory) out->memory = arena_new();
    reader *r = calloc(1, sizeof *r);
    if (r)
        *r = (reader){ .memory = arena_new(),
                       .kept = arena_new(),
                       .ops = ops,
                       .options = options,
                       .diagnostics = out };
    bool done = r && r->memory && r->kept && out->memory && read_within(r, path),
         good = done && !r->errors;
    graph *g = good ? r->out : NULL;
    if (!done) tell_out_of_memory(out);
    if (out->memory) ((arena *)out->memory)->unwind = NULL;
    if (r && !good) {
        for (int32_t i = 0; i < r->set_count; i++) params_free(r->sets[i]);
        free(r->sets);
        arena_free(r->kept);
    } else if (r) r->kept->unwind = NULL;
    if (r) arena_free(r->memory);
    free(r);
    return g;
}

void graph_free(graph *g)
{
    if (!g) return;
    graph_memory *own = g->memory;
    for (int32_t i = 0; i < own->set_count; i++) params_free(own->sets[i]);
    free(own->sets);
    arena_free(own->arena);
}
