/* pipeline/paths.c - files that parameters name: where they are, whether they can be read, and what
 * may be wrong where they cannot. */
#include "base/number.h"
#include "pipeline/reader.h"
#include <assert.h>
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

/* Do the names differ in their digits alone? Then they are two files of one series, and none is a
 * misspelling of the other. */
static bool is_another_number(const char *a, const char *b)
{
    assert(a && b);
    static const char digits[] = "0123456789";
    for (;; a++, b++) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        if (*a != *b) return false;
        if (!*a) return true;
    }
}

/* The same name with another extension: scan.mrc for scan.rec. */
static int nearest_other_ending(const char *name, const char *const *known, int n)
{
    assert(strrchr(name, '.'));
    size_t stem = (size_t)(strrchr(name, '.') - name) + 1;
    for (int i = 0; i < n; i++)
        if (!strncmp(known[i], name, stem) && !strchr(known[i] + stem, '.')) return i;
    return -1;
}

/* A file of nearly that name in the same directory. Names are compared without a common extension,
 * which would make short ones alike. */
static const char *nearby_hint(reader *r, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dir = slash ? arena_text(r->memory, path, (size_t)(slash - path) + 1) : "./";
    const char *dot = strrchr(name, '.');
    const char **known = arena_take(r->memory, MAX_LOOKED_AT * sizeof *known),
               **stem = arena_take(r->memory, MAX_LOOKED_AT * sizeof *stem);
    size_t extension = dot ? strlen(dot) : 0;
    int n = 0;
    DIR *d = opendir(dir);
    if (!d) return errno == ENOENT ? say(r, "there is no directory '%s'", dir) : NULL;
    for (const struct dirent *entry; n < MAX_LOOKED_AT && (entry = readdir(d));)
        if (entry->d_name[0] != '.' && !is_another_number(name, entry->d_name)) {
            size_t length = strlen(entry->d_name);
            known[n] = say(r, "%s", entry->d_name);
            bool same = dot && length > extension && !strcmp(known[n] + length - extension, dot);
            stem[n] = same ? arena_text(r->memory, known[n], length - extension) : "";
            n++;
        }
    closedir(d);
    int near = nearest_word(dot ? arena_text(r->memory, name, (size_t)(dot - name)) : name,
                            dot ? stem : known, n);
    if (near < 0 && dot) near = nearest_other_ending(name, known, n);
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

/* What the messages about one name of a file need. */
typedef struct naming {
    const part *p;
    const tree *value; /* where it is written */
    const char *doc;
} naming;

static bool check_file(reader *r, const naming *n, const char *written, const char *path)
{
    if (names_find(&r->checked_files, path) >= 0) return true;
    int failed = read_error(path);
    if (!failed) {
        names_put(&r->checked_files, path, 1);
        return true;
    }
    const char *hint = failed == ENOENT || failed == ENOTDIR
                           ? missing_hint(r, n->p, n->value, written, path)
                           : NULL;
    const char *relative = *written == '/' || failed != ENOENT
                               ? ""
                               : "; relative paths start at the file that contains them";
    complain(
        r, n->value->at,
        hint ? say(r, "%s%s %s%s", hint, hint[strlen(hint) - 1] == '?' ? "" : ";", n->doc, relative)
             : say(r, "%s%s", n->doc, relative),
        "cannot read '%s': %s", path, failed == EINVAL ? "not a regular file" : strerror(failed));
    return false;
}

typedef struct path_list {
    const char **item;
    int64_t n, room;
} path_list;

static void add_path(reader *r, path_list *l, const char *path)
{
    assert(l->n <= l->room);
    if (l->n == l->room) {
        int64_t room = 2 * l->room + 16;
        const char **more = arena_take(r->memory, (size_t)room * sizeof *more);
        if (l->n) memcpy(more, l->item, (size_t)l->n * sizeof *more);
        l->item = more;
        l->room = room;
    }
    l->item[l->n++] = path;
}

static bool add_matches(reader *r, const naming *n, const char *path, path_list *l)
{
    int64_t matches;
    const char **file = pattern_files(r, path, &matches);
    if (!file) {
        complain(r, n->value->at, say(r, "* stands for any characters, ? for one; %s", n->doc),
                 "no file matches '%s'", path);
        return false;
    }
    if (matches > MAX_MATCHES) {
        complain(r, n->value->at, say(r, "at most %d can be given; %s", MAX_MATCHES, n->doc),
                 "%lld files match '%s'", (long long)matches, path);
        return false;
    }
    for (int64_t i = 0; i < matches; i++) {
        if (!check_file(r, n, path, file[i])) return false;
        add_path(r, l, file[i]);
    }
    return true;
}

/* One name as it is written: a file, or, where several are taken, a pattern of files. */
static bool add_named(reader *r, const naming *n, const char *base, const char *written,
                      bool patterns, path_list *l)
{
    const char *path = *written != '/' && *base ? say(r, "%s%s", base, written) : written;
    if (patterns && is_pattern(written) && read_error(path)) return add_matches(r, n, path, l);
    if (!check_file(r, n, written, path)) return false;
    add_path(r, l, path);
    return true;
}

static bool is_number(const char *s)
{
    double number;
    return number_parse(s, &number) != NUMBER_NONE;
}

bool paths_resolve(reader *r, const part *p, const loom_op *op, int row, const tree *value,
                   evaluated *v)
{
    assert(row >= 0 && is_file_kind(op->params[row].kind));
    const loom_param *param = &op->params[row];
    bool several = param->kind == LOOM_PATHS;
    naming n = { p, value, say(r, "%s of %s: %s", param->name, op->id, param->doc) };
    path_list l = { 0 };
    if (!several && (v->is_list || v->count != 1)) return true; /* params_assign judges lists */
    if (param->kind == LOOM_NUMBERS && is_number(v->item[0])) return true;
    if (!several && !*v->item[0] && !(param->flags & LOOM_REQUIRED)) return true;
    for (int64_t i = 0; i < v->count; i++) {
        bool own = value->kind == TREE_LIST && value->count == v->count;
        n.value = own ? value->item[i] : value;
        if (!*v->item[i]) {
            complain(r, n.value->at, n.doc, "parameter '%s' is '', expected the path of a file",
                     param->name);
            return false;
        }
        if (!add_named(r, &n, v->base, v->item[i], several, &l)) return false;
    }
    if (several && !l.n && (param->flags & LOOM_REQUIRED)) {
        complain(r, value->at, n.doc, "parameter '%s' is an empty list, expected files",
                 param->name);
        return false;
    }
    v->item = l.item;
    v->count = l.n;
    return true;
}
