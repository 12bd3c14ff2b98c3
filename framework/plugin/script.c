/* plugin/script.c - see script.h: the description as a whole, and the files it stands for. */
#include "base/io_error.h"
#include "base/trust.h"
#include "plugin/load.h"
#include "plugin/script_inside.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char ending[] = ".op.yaml";

bool script_is_name(const char *path)
{
    size_t n = strlen(path), m = sizeof ending - 1;
    return n > m && !strcmp(path + n - m, ending);
}

/* ---- the description ------------------------------------------------------------------------- */

static const source_kind description_kind = {
    "the description of an op", "the description",       "FAMILY.NAME.op.yaml",
    "atomloom_op: 1",           { "atomloom_op", NULL },
};

static const char *const description_keys[] = { "atomloom_op", "id",     "summary",  "method",
                                                "limits",      "cites",  "revision", "version",
                                                "licence",     "inputs", "outputs",  "params",
                                                "run",         "files",  "identify", NULL };

static void on_problem(void *user, span at, const char *hint, const char *message)
{
    script_wrong(user, at, hint, "%s", message);
}

static bool check_form(script_reading *r, const tree *root)
{
    double form = 0;
    static const char begin[] = "begin with the line: atomloom_op: 1";
    if (!script_keys(r, root, "a description", description_keys)
        || !script_get_number(r, root, "atomloom_op", &form))
        return false;
    return form == 1
           || script_wrong(r, root->at, begin, "the form of a description is 1, found %g", form);
}

/* FAMILY.NAME of the file: where a person looks for it. */
static bool check_name(script_reading *r, const tree *root, const char *id)
{
    const char *slash = strrchr(r->path, '/'), *base = slash ? slash + 1 : r->path;
    size_t n = strlen(base) - (sizeof ending - 1);
    if (id && strlen(id) == n && !memcmp(id, base, n)) return true;
    const tree *t = tree_get(root, "id");
    return script_wrong(r, t ? t->at : root->at, "an op is found by its id: name both alike",
                        "the id is '%s', and the file is named for '%.*s'", id ? id : "", (int)n,
                        base);
}

static bool read_texts(script_reading *r, const tree *root, script *s)
{
    loom_op *op = &s->op;
    double revision = 1;
    if (!script_get_text(r, root, "id", &op->id) || !check_name(r, root, op->id)
        || !script_get_text(r, root, "summary", &op->summary)
        || !script_get_text(r, root, "method", &op->method)
        || !script_get_text(r, root, "limits", &op->limits)
        || !script_get_text(r, root, "version", &s->version)
        || !script_get_text(r, root, "licence", &s->licence)
        || !script_get_number(r, root, "revision", &revision))
        return false;
    if (!(revision >= 1 && revision <= 1e6) || revision != (double)(uint32_t)revision)
        return script_wrong(r, tree_get(root, "revision")->at, NULL,
                            "revision is a whole number from 1 on");
    op->revision = (uint32_t)revision;
    const tree *cites = tree_get(root, "cites");
    if (!cites || (cites->kind != TREE_LIST && strcmp(cites->text ? cites->text : "", "none") != 0))
        return script_wrong(r, cites ? cites->at : root->at,
                            "cites: none, or a list of {doi, authors, title, journal, year, ...}",
                            "cites is missing, or neither \"none\" nor a list");
    op->cites = cites->kind == TREE_LIST ? NULL : "none";
    return script_citations(r, cites, &op->citations);
}

static bool read_commands(script_reading *r, const tree *root, script *s)
{
    static const char *const nothing[] = { NULL };
    const char *const *named = nothing;
    int32_t n = 0;
    if (!script_get_words(r, root, "run", &s->run, NULL)
        || !script_get_words(r, root, "identify", &s->identify, NULL)
        || !script_get_words(r, root, "files", &named, &n))
        return false;
    if (!s->run)
        return script_wrong(r, root->at, "as in run: [python3, median.py]", "run is missing");
    const char **files = arena_take(r->memory, ((size_t)n + 2) * sizeof *files);
    const char *slash = strrchr(r->path, '/');
    files[0] = slash ? slash + 1 : r->path;
    memcpy(files + 1, named, (size_t)n * sizeof *files);
    s->files = files;
    return true;
}

/* ---- its files ------------------------------------------------------------------------------- */

static const char *file_path(const script *s, const char *name, char *out, size_t size)
{
    int n = *name == '/' ? snprintf(out, size, "%s", name)
                         : snprintf(out, size, "%s/%s", s->directory, name);
    return n < (int)size ? out : NULL;
}

/* Of all files, with their names. */
static bool digest_files(const script *s, digest *out, error *e)
{
    assert(s->files && s->files[0]);
    sha256 *all = sha256_new();
    char path[4096];
    bool good = all || error_memory(e, s->path);
    int64_t bytes = 0;
    for (const char *const *name = s->files; good && *name; name++) {
        struct stat st;
        digest one;
        if (!file_path(s, *name, path, sizeof path) || stat(path, &st))
            good = io_error(e, errno, IO_USER, "read", path);
        else if (!S_ISREG(st.st_mode))
            good = error_set(e, LOOM_E_IO, "files are regular files",
                             "cannot read '%s': not a regular file", path);
        else if ((bytes += st.st_size) > SCRIPT_MAX_BYTES)
            good =
                error_set(e, LOOM_E_PARAM, "give large data as a parameter of kind path",
                          "the files of %s have more than %d MiB", s->path, SCRIPT_MAX_BYTES >> 20);
        else good = trust_path("the file", path, true, e) && sha256_file(path, &one, e);
        if (!good) break;
        sha256_add(all, *name, strlen(*name) + 1);
        sha256_add(all, one.byte, sizeof one.byte);
    }
    if (!all) return false;
    digest whole = sha256_end(all);
    if (good) *out = whole;
    return good;
}

bool script_unchanged(const script *s, error *e)
{
    assert(s->path);
    digest now;
    error ignored = { 0 };
    if (digest_files(s, &now, &ignored) && digest_equal(&now, &s->content)) return true;
    return error_set(e, LOOM_E_IO, "run again: what was computed is kept",
                     "the files of %s changed during the run", s->path);
}

/* What the program is called with and lies next to it would change results without a change of
 * their keys. */
static bool check_listed(script_reading *r, const tree *root, const script *s)
{
    const tree *run = tree_get(root, "run");
    assert(run && run->kind == TREE_LIST);
    for (int32_t i = 0; i < run->count; i++) {
        char path[4096];
        struct stat st;
        const char *word = s->run[i];
        bool listed = false;
        for (const char *const *f = s->files; *f; f++) listed = listed || !strcmp(*f, word);
        if (listed || (i == 0 && !strchr(word, '/')) || *word == '/') continue;
        if (file_path(s, word, path, sizeof path) && !stat(path, &st) && S_ISREG(st.st_mode))
            return script_wrong(
                r, run->item[i]->at, arena_printf(r->memory, "add it: files: [%s]", word),
                "'%s' is not in files, so a change of it would not be noticed", word);
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static loom_status runs_elsewhere(loom_call *call, const void *params)
{
    (void)call;
    (void)params;
    return LOOM_E_BUG;
}

static bool check_op(script_reading *r, const loom_op *op)
{
    loom_op whole = *op;
    error inner = { 0 };
    whole.run = runs_elsewhere; /* a program takes its place */
    return op_check(&whole, &inner)
           || error_set(r->e, LOOM_E_PARAM, "docs/sdk.md, \"Ops in other languages\"", "%s: %s",
                        r->path, inner.message);
}

static bool read_script(script_reading *r, script *s)
{
    source from;
    span at = { { r->path, 0, 0 }, 1 };
    error inner = { 0 };
    if (!source_read(r->memory, r->path, &description_kind, &from, &at, &inner))
        return script_wrong(r, at, inner.todo, "%s", inner.message);
    tree *root = yaml_read(r->memory, &from, on_problem, r);
    if (r->e->status != LOOM_OK) return false;
    if (!root) return script_wrong(r, at, "begin with the line: atomloom_op: 1", "it is empty");
    return check_form(r, root) && read_texts(r, root, s)
           && script_ports(r, tree_get(root, "inputs"), &s->op.inputs)
           && script_ports(r, tree_get(root, "outputs"), &s->op.outputs)
           && script_params(r, tree_get(root, "params"), &s->op) && read_commands(r, root, s)
           && check_op(r, &s->op) && check_listed(r, root, s) && digest_files(s, &s->content, r->e);
}

/* Whole: the working directory of the caller may be another one when it is used. */
static const char *directory_of(arena *memory, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *as_given =
        slash ? arena_text(memory, path, (size_t)(slash - path) + (slash == path)) : ".";
    char whole[PATH_MAX];
    return realpath(as_given, whole) ? arena_text(memory, whole, strlen(whole)) : as_given;
}

const script *script_read(arena *memory, const char *path, error *e)
{
    assert(memory && script_is_name(path) && e->status == LOOM_OK);
    jmp_buf *outer = memory->unwind, here;
    script *volatile s = NULL;
    volatile bool good = false;
    script_reading r = { memory, path, e };
    memory->unwind = &here;
    if (!setjmp(here)) {
        s = arena_take(memory, sizeof *s);
        s->op.size = sizeof s->op;
        s->path = r.path = arena_text(memory, path, strlen(path));
        s->directory = directory_of(memory, path);
        s->version = "0";
        s->licence = "not given";
        s->identity = arena_take(memory, sizeof *s->identity);
        good = read_script(&r, s);
    } else error_memory(e, path);
    memory->unwind = outer;
    return good ? s : NULL;
}
