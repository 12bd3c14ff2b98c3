/* pipeline/read.c - pipeline_read: files, command line, checks, expansion. */
#include "pipeline/reader.h"
#include "pipeline/syntax.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What graph.memory points at: in its own arena, but for the parameter sets. */
typedef struct graph_memory { arena *arena; param_set **sets; int32_t set_count; } graph_memory;

void *array_room(reader *r, void *array, int32_t count, int32_t *room, size_t item_bytes)
{
    if (count < *room) return array;
    *room = *room ? 2 * *room : 16;
    void *grown = arena_take(r->memory, (size_t)*room * item_bytes);
    if (count) memcpy(grown, array, (size_t)count * item_bytes);
    return grown;
}

static void yaml_told(void *user, span at, const char *hint, const char *message) { complain(user, at, hint, "%s", message); }

static bool is_special(const char *path)
{
    struct stat st;
    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static loaded *file_load(reader *r, const char *path, span at)
{
    error e = { 0 };
    span where;
    loaded *f = &r->files[r->file_count++];
    f->from.path = path;
    f->failed = true;
    if (at.at.file && is_special(path)) { /* reading one might wait forever */
        complain(r, at, "name a pipeline file", "'%s' is not a regular file", path);
        return NULL;
    }
    bool read = source_read(r->memory, path, &f->from, &where, &e);
    char *real = realpath(path, NULL);
    f->real = real ? arena_text(r->memory, real, strlen(real)) : path;
    free(real);
    if (!read) {
        bool named = where.at.line == 0
            && at.at.file; /* the file as a whole: the place is where another file names it */
        complain(r, named ? at : where, e.todo, named ? "'%s': %s" : "%s%s", named ? path : "",
                 e.message);
        return NULL;
    }
    f->root = yaml_read(r->memory, &f->from, yaml_told, r);
    if (f->root && (f->root->kind == TREE_MAP)) {
        f->failed = false;
        return f;
    }
    span top = { { f->from.path, 1, 1 }, 1 };
    const char *name, *value, *hint = NULL;
    if (f->root && !tree_is_null(f->root)) {
        if (f->root->kind == TREE_SCALAR && !strpbrk(f->root->text, " \n"))
            hint = syntax_one_word(r->memory, f->root->text, &name, &value);
        complain(r, f->root->at,
                 hint ? hint : "a pipeline is a YAML file that begins with the line: atomloom: 1",
                 "this is no pipeline: the file holds %s, expected keys and values",
                 tree_kind_text(f->root));
    } else if (!r->errors || f->root)
        complain(r, top, "begin with the line: atomloom: 1",
                 "this is no pipeline: the file is empty");
    return NULL;
}

loaded *file_read(reader *r, const char *path, span at)
{
    for (int i = 0; i < r->file_count; i++)
        if (!strcmp(r->files[i].from.path, path)) return r->files[i].failed ? NULL : &r->files[i];
    if (r->file_count < MAX_FILES) return file_load(r, keep(r, path), at);
    complain(r, at, NULL, "more than %d files", MAX_FILES);
    return NULL;
}

static void keep_files(reader *r)
{
    graph *g = r->out;
    g->files = arena_take(r->kept, (size_t)r->file_count * sizeof *g->files);
    for (int i = 0; i < r->file_count; i++) {
        const source *s = &r->files[i].from;
        size_t length = s->length + (size_t)s->mark;
        if (r->files[i].failed) continue;
        g->files[g->file_count++] = (graph_file){ s->path, arena_copy(r->kept, s->text - s->mark, length), length };
    }
}

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
    parts_check(r);
    outputs_check(r);
    if (r->errors) return;
    expand(r);
    keep_files(r);
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
    static char message[] = "out of memory", hint[] = "close other programs, or split the pipeline";
    if (out->count == out->room) {
        diagnostic *item = realloc(out->item, (size_t)(out->count + 1) * sizeof *item);
        if (!item) return;
        out->item = item;
        out->room = out->count + 1;
    }
    out->item[out->count++] = (diagnostic){ .at = { "atomloom", 0, 0 }, .length = 1, .message = message, .hint = hint };
}

graph *pipeline_read(const char *path, const registry *ops, const graph_options *options, diagnostics *out)
{
    if (!out->memory) out->memory = arena_new();
    reader *r = calloc(1, sizeof *r);
    if (r) *r = (reader){ .memory = arena_new(), .kept = arena_new(), .ops = ops, .options = options, .diagnostics = out };
    bool done = r && r->memory && r->kept && out->memory && read_within(r, path), good = done && !r->errors;
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
