/* cli/target.c - see target.h */
#include "cli/target.h"
#include "base/io_error.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what the pipeline reads ----------------------------------------------------------------- */

/* The file that must not be written; `found` says what it is. */
typedef struct guarded {
    struct stat target;
    text found;
} guarded;

static void compare(guarded *g, const char *path, const char *what, const char *owner)
{
    assert(what && owner);
    struct stat st;
    if (g->found.length || !path || !*path || stat(path, &st)) return;
    if (st.st_dev != g->target.st_dev || st.st_ino != g->target.st_ino) return;
    text_printf(&g->found, what, owner);
}

static void compare_places(guarded *g, const graph *of)
{
    static const char what[] = "a file of the pipeline%s";
    compare(g, of->path, what, "");
    for (int32_t i = 0; i < of->node_count; i++) compare(g, of->nodes[i].at.file, what, "");
    for (int32_t i = 0; i < of->output_count; i++) compare(g, of->outputs[i].at.file, what, "");
    for (int32_t i = 0; i < of->var_count; i++) compare(g, of->vars[i].at.file, what, "");
    for (int32_t i = 0; i < of->axis_count; i++) compare(g, of->axes[i].at.file, what, "");
}

static void compare_data(guarded *g, const graph *of)
{
    for (int32_t i = 0; i < of->instance_count; i++) {
        const graph_instance *in = &of->instances[i];
        const param_set *set = in->params;
        for (int k = 0; k < set->count; k++)
            for (int64_t j = 0; j < param_files(&set->op->params[k], &set->value[k]); j++)
                compare(g, param_file_name(&set->op->params[k], &set->value[k], j), "read by '%s'",
                        in->name);
        compare(g, of->nodes[in->node].op->file->path, "the plugin of '%s'", in->name);
    }
}

/* Also where it is named by another path: a link to it, or a second name. */
static int check_guarded(const cli_session *s, const char *option, const char *path)
{
    guarded g = { 0 };
    int status = 0;
    if (stat(path, &g.target)) return 0; /* there is no such file yet */
    compare_places(&g, s->graph);
    compare_data(&g, s->graph);
    if (g.found.length)
        status = cli_fail(LOOM_E_PARAM, "name another file",
                          "%s: '%s' is %s, so it is not written over", option, path, g.found.data);
    text_free(&g.found);
    return status;
}

/* ---- the directory --------------------------------------------------------------------------- */

/* Is `dir` the same as `root`, or below it? */
static bool is_inside(const char *dir, const char *root)
{
    char *whole = realpath(dir, NULL), *of_root = realpath(root, NULL);
    size_t n = of_root ? strlen(of_root) : 0;
    bool inside = whole && of_root && !strncmp(whole, of_root, n) && (!whole[n] || whole[n] == '/');
    free(whole);
    free(of_root);
    return inside;
}

static int check_directory(const cli_session *s, const char *option, const char *path,
                           const char *dir)
{
    if (access(dir, W_OK | X_OK)) {
        int code = errno;
        if (code == ENOENT)
            return cli_fail(LOOM_E_IO, "make the directory first",
                            "cannot write '%s': there is no such directory", path);
        return cli_fail(LOOM_E_IO, "choose another directory, or make it writable",
                        "cannot write '%s': %s", path, strerror(code));
    }
    if (!is_inside(dir, store_path(s->store))) return 0;
    return cli_fail(LOOM_E_PARAM, "name a file elsewhere",
                    "%s: '%s' lies in the store, which holds nothing else", option, path);
}

int target_check(const cli_session *s, const char *option, const char *path)
{
    assert(option && path);
    struct stat st;
    bool there = !stat(path, &st);
    if (!strcmp(path, "-") || (there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) return 0;
    if (there && S_ISDIR(st.st_mode))
        return cli_fail(LOOM_E_IO, "name a file in it", "cannot write '%s': it is a directory",
                        path);
    if (there && access(path, W_OK)) /* for a reason */
        return cli_fail(LOOM_E_IO, "choose another name, or make the file writable",
                        "cannot write '%s': %s", path, strerror(errno));
    const char *slash = strrchr(path, '/');
    char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int status = dir ? check_directory(s, option, path, dir) : 0;
    free(dir);
    return status ? status : check_guarded(s, option, path);
}
