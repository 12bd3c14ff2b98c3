/* pipeline/paths.c - files that parameters name: where they are, whether they can be read, and what
 * may be wrong where they cannot. */
#include "pipeline/reader.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LOOKED_AT = 2000 };

/* ---- hints ----------------------------------------------------------------------------------- */

/* The variable that the name of the file begins with, "${data}/a.mrc"; NULL where it begins
 * otherwise. *whole: it is all of it. */
static const variable *leading_variable(const reader *r, const scope *s, const tree *value,
                                        bool *whole)
{
    if (!value || value->kind != TREE_SCALAR || strncmp(value->text, "${", 2) != 0) return NULL;
    const char *name = value->text + 2 + strspn(value->text + 2, " ");
    size_t n = name_length(name);
    const char *end = name + n + strspn(name + n, " ");
    int32_t v = *end == '}' ? names_find_part(&s->variable_of, name, n) : -1;
    if (v < 0 || r->variables[v]->axis >= 0) return NULL;
    *whole = !end[1];
    return r->variables[v];
}

static const char *variable_hint(reader *r, const part *p, const tree *value)
{
    bool whole;
    const variable *v = leading_variable(r, p->scope, value, &whole);
    if (!v) return NULL;
    const char *now =
        v->value && v->value->kind == TREE_SCALAR ? say(r, "; now it is '%s'", v->value->text) : "";
    return say(r,
               whole ? "give --var %s=FILE%s" : "give --var %s=DIR, the directory that holds it%s",
               v->full, now);
}

/* A file of nearly that name in the same directory. */
static const char *nearby_hint(reader *r, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *known[MAX_LOOKED_AT];
    const char *dir = slash ? arena_text(r->memory, path, (size_t)(slash - path) + 1) : "./";
    int n = 0;
    DIR *d = opendir(dir);
    if (!d) return errno == ENOENT ? say(r, "there is no directory '%s'", dir) : NULL;
    for (const struct dirent *entry; n < MAX_LOOKED_AT && (entry = readdir(d));)
        if (entry->d_name[0] != '.') known[n++] = say(r, "%s", entry->d_name);
    closedir(d);
    int near = nearest_word(name, known, n);
    return near >= 0 ? say(r, "did you mean '%s%s'?", slash ? dir : "", known[near]) : NULL;
}

/* What is odd about the name itself. */
static const char *spelling_hint(const char *written)
{
    size_t n = strlen(written);
    if (n && written[n - 1] == '\n')
        return "a text after | or > keeps its line end: write the name on the line of its key";
    if (!strncmp(written, "~", 1))
        return "~ is not replaced by the home directory: write the directory out";
    if (!strncmp(written, "\xe2\x80\x9c", 3) || !strncmp(written, "\xe2\x80\x98", 3))
        return "write straight quotes, \" or '";
    if (!strncmp(written, "file:", 5)) return "write the path alone, without file:";
    if (strstr(written, "://")) return "files are read from this machine: get the file first";
    return strchr(written, '\\') ? "directories are separated by /" : NULL;
}

static const char *missing_hint(reader *r, const part *p, const tree *value, const char *written,
                                const char *path)
{
    const char *hint = spelling_hint(written);
    if (!hint) hint = variable_hint(r, p, value);
    return hint ? hint : nearby_hint(r, path);
}

/* ---- the file -------------------------------------------------------------------------------- */

static int read_error(const char *path)
{
    struct stat st;
    if (stat(path, &st)) return errno;
    if (S_ISDIR(st.st_mode)) return EISDIR;
    if (!S_ISREG(st.st_mode)) return EINVAL;
    return access(path, R_OK) ? errno : 0;
}

bool path_resolve(reader *r, const part *p, const loom_op *op, int row, const tree *value,
                  evaluated *v)
{
    const loom_param *param = &op->params[row];
    const char *path = v->item[0];
    span at = value->at;
    const char *doc = say(r, "%s of %s: %s", param->name, op->id, param->doc);
    if (v->is_list) return true; /* params_assign refuses lists */
    if (!*path && !(param->flags & LOOM_REQUIRED)) return true;
    if (!*path) {
        complain(r, at, doc, "parameter '%s' is '', expected the path of a file", param->name);
        return false;
    }
    if (*path != '/' && *v->base) path = say(r, "%s%s", v->base, path);
    const char **item = arena_take(r->memory, sizeof *item), *written = v->item[0];
    *item = path;
    v->item = item;
    if (names_find(&r->checked_files, path) >= 0) return true;
    int failed = read_error(path);
    if (!failed) {
        names_put(&r->checked_files, path, 1);
        return true;
    }
    const char *hint =
        failed == ENOENT || failed == ENOTDIR ? missing_hint(r, p, value, written, path) : NULL;
    const char *relative = *written == '/' || failed != ENOENT
                               ? ""
                               : "; relative paths start at the file that contains them";
    complain(
        r, at,
        hint ? say(r, "%s%s %s%s", hint, hint[strlen(hint) - 1] == '?' ? "" : ";", doc, relative)
             : say(r, "%s%s", doc, relative),
        "cannot read '%s': %s", path, failed == EINVAL ? "not a regular file" : strerror(failed));
    return false;
}
