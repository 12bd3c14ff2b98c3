/* pipeline/files.c - the files of a pipeline: each is read once, however often it is used. */
#include "pipeline/reader.h"
#include "yaml/syntax.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void yaml_problem_found(void *user, span at, const char *hint, const char *message)
{
    complain(user, at, hint, "%s", message);
}

static const source_kind pipeline_kind = {
    "a pipeline", "the pipeline", "a pipeline file", "atomloom: 1", { "atomloom", "nodes" }
};

static bool is_special(const char *path)
{
    struct stat st;
    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static loaded *file_load(reader *r, const char *path, span at)
{
    assert(r->file_count < MAX_FILES);
    error e = { 0 };
    span where;
    loaded *f = &r->files[r->file_count++];
    f->from.path = path;
    f->failed = true;
    if (at.at.file && is_special(path)) { /* reading one might wait forever */
        complain(r, at, "name a pipeline file", "'%s' is not a regular file", path);
        return NULL;
    }
    bool read = source_read(r->memory, path, &pipeline_kind, &f->from, &where, &e);
    char *real = realpath(path, NULL);
    f->real = real ? arena_text(r->memory, real, strlen(real)) : path;
    free(real);
    if (!read) {
        bool named =
            where.at.line == 0
            && at.at.file; /* the file as a whole: the place is where another file names it */
        complain(r, named ? at : where, e.todo, named ? "'%s': %s" : "%s%s", named ? path : "",
                 e.message);
        return NULL;
    }
    f->root = yaml_read(r->memory, &f->from, yaml_problem_found, r);
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
                 "this is not a pipeline: the file holds %s, expected keys and values",
                 tree_kind_text(f->root));
    } else if (!r->errors || f->root)
        complain(r, top, "begin with the line: atomloom: 1",
                 "this is not a pipeline: the file is empty");
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

void files_keep(reader *r)
{
    assert(r->file_count > 0 && !r->out->files);
    graph *g = r->out;
    g->files = arena_take(r->kept, (size_t)r->file_count * sizeof *g->files);
    for (int i = 0; i < r->file_count; i++) {
        const source *s = &r->files[i].from;
        size_t length = s->length + (size_t)s->mark;
        if (r->files[i].failed) continue;
        g->files[g->file_count++] =
            (graph_file){ s->path, arena_copy(r->kept, s->text - s->mark, length), length };
    }
}
