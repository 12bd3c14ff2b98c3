/* cli/new.c - `atomloom new op`: a folder with a whole op, its test and its build, to be changed
 * into another. */
#include "base/path.h"
#include "cli/commands.h"
#include "cli/common.h"
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct language;
typedef struct new_op {
    const char *id;
    const struct language *language;
    char family[64], name[64], prefix[PATH_MAX];
} new_op;

/* family.name of lower-case letters, digits and '_', each beginning with a letter. */
static bool split_id(const char *id, new_op *out)
{
    assert(id);
    const char *dot = strchr(id, '.');
    if (!dot || dot - id >= (int)sizeof out->family || strlen(dot + 1) >= sizeof out->name)
        return false;
    for (const char *c = id; *c; c++) {
        bool first = c == id || c[-1] == '.';
        if (c != dot && !islower((unsigned char)*c)
            && (first || (!isdigit((unsigned char)*c) && *c != '_')))
            return false;
    }
    snprintf(out->family, sizeof out->family, "%.*s", (int)(dot - id), id);
    snprintf(out->name, sizeof out->name, "%s", dot + 1);
    out->id = id;
    return dot[1] != 0;
}

/* A template: its op is in op`ending`, whose copy is named NAME or, for programs that import
 * modules from their folder, FAMILY_NAME. */
typedef struct language {
    const char *name, *ending;
    bool built; /* with cmake */
} language;
static const language languages[] = { { "c", ".c", true },
                                      { "c++", ".cpp", true },
                                      { "python", ".py", false },
                                      { "octave", ".m", false } };
enum { LANGUAGES = sizeof languages / sizeof *languages };

static const language *find_language(const char *name)
{
    for (int i = 0; i < LANGUAGES; i++)
        if (!strcmp(languages[i].name, name)) return &languages[i];
    assert(false && "the options name the languages");
    return NULL;
}

static bool read_all(const char *path, text *out, error *e)
{
    char some[4096];
    size_t n;
    FILE *f = fopen(path, "r");
    if (!f)
        return error_set(e, LOOM_E_IO, "check that atomloom is completely installed",
                         "cannot read '%s': %s", path, strerror(errno));
    while ((n = fread(some, 1, sizeof some, f)) > 0) text_add(out, some, n);
    fclose(f);
    return true;
}

/* Put names in for @id@, @family@, @name@ and @prefix@. */
static void fill_in(const char *s, const new_op *op, text *out)
{
    assert(op->id && s);
    const struct {
        const char *mark, *value;
    } marks[] = { { "@id@", op->id },
                  { "@family@", op->family },
                  { "@name@", op->name },
                  { "@prefix@", op->prefix } };
    while (*s) {
        size_t k = 0, count = sizeof marks / sizeof *marks;
        while (k < count && strncmp(s, marks[k].mark, strlen(marks[k].mark)) != 0) k++;
        if (k < count) {
            text_puts(out, marks[k].value);
            s += strlen(marks[k].mark);
        } else text_putc(out, *s++);
    }
}

static bool copy_file(const char *from, const char *to, const new_op *op, error *e)
{
    text in = { 0 }, out = { 0 };
    bool good = read_all(from, &in, e);
    if (good) fill_in(in.data ? in.data : "", op, &out);
    FILE *f = good ? fopen(to, "wx") : NULL;
    if (good && (!f || fwrite(out.data, 1, out.length, f) != out.length))
        good = error_set(e, LOOM_E_IO, "check the directory and its permissions",
                         "cannot write '%s': %s", to, strerror(errno));
    if (f && fclose(f) != 0 && good)
        good = error_set(e, LOOM_E_IO, "check that the disk is not full", "cannot write '%s': %s",
                         to, strerror(errno));
    text_free(&in);
    text_free(&out);
    return good;
}

/* Where a file of the template goes. */
static void target_path(const char *name, const char *dir, const new_op *op, text *out)
{
    const char *ending = op->language->ending;
    bool is_op = !strncmp(name, "op", 2) && !strcmp(name + 2, ending);
    if (!strcmp(name, "op.yaml")) text_printf(out, "%s/%s.op.yaml", dir, op->id);
    else if (is_op && op->language->built) text_printf(out, "%s/%s%s", dir, op->name, ending);
    else if (is_op) text_printf(out, "%s/%s_%s%s", dir, op->family, op->name, ending);
    else text_printf(out, "%s/%s", dir, name);
}

static bool copy_template(const char *template_dir, const char *dir, const new_op *op, error *e)
{
    DIR *d = opendir(template_dir);
    struct dirent *entry;
    bool good = true;
    if (!d)
        return error_set(e, LOOM_E_IO, "check that atomloom is completely installed",
                         "no template in '%s': %s", template_dir, strerror(errno));
    while (good && (entry = readdir(d))) {
        text from = { 0 }, to = { 0 };
        if (entry->d_name[0] == '.') continue;
        text_printf(&from, "%s/%s", template_dir, entry->d_name);
        target_path(entry->d_name, dir, op, &to);
        good = from.data && to.data ? copy_file(from.data, to.data, op, e)
                                    : error_memory(e, "a file name");
        text_free(&from);
        text_free(&to);
    }
    closedir(d);
    return good;
}

static bool is_free(const cli_args *args, const char *id, error *e)
{
    registry *ops = cli_registry(args, e);
    if (!ops) return false;
    const op_entry *known = registry_find(ops, id);
    bool free_id = !known || strcmp(known->op->id, id) != 0;
    registry_close(ops);
    return free_id
           || error_set(e, LOOM_E_PARAM, "choose another name, or another family",
                        "op '%s' exists already", id);
}

static void say_next(const new_op *op, const char *dir, text *out)
{
    text path = { 0 }, file = { 0 };
    text_printf(&file, "op%s", op->language->ending);
    target_path(file.data ? file.data : "", dir, op, &path);
    text_printf(out,
                "%s is a whole op that multiplies a volume; change it into yours. To %stest it:\n",
                path.data ? path.data : "", op->language->built ? "build and " : "");
    text_free(&path);
    text_free(&file);
    if (op->language->built)
        text_printf(out,
                    "  cd %s\n  cmake -B build -DCMAKE_PREFIX_PATH=%s\n  cmake --build build\n"
                    "  ctest --test-dir build --output-on-failure\n",
                    dir, op->prefix);
    else text_printf(out, "  cd %s\n  bash test.sh\n", dir);
}

static int run_new(const cli_args *args)
{
    error e = { 0 };
    new_op op = { 0 };
    text template_dir = { 0 };
    const char *id = cli_operand_at(args, 0), *dir = cli_value(args, "output"),
               *word = cli_value(args, "language");
    op.language = find_language(word ? word : "c");
    if (!split_id(id, &op))
        return cli_fail(LOOM_E_PARAM, "as in mylab.sharpen: lower-case letters, digits and '_'",
                        "'%s' is not FAMILY.NAME", id);
    if (!dir) dir = id;
    if (!is_free(args, id, &e)) return cli_report(&e);
    if (mkdir(dir, 0777) != 0)
        return cli_fail(errno == EEXIST ? LOOM_E_PARAM : LOOM_E_IO,
                        "name another directory with --output",
                        "cannot make the directory '%s': %s", dir, strerror(errno));
    bool good = path_prefix(op.prefix)
                || error_set(&e, LOOM_E_IO, "check that /proc is mounted",
                             "cannot find the directory of this program");
    text_printf(&template_dir, "%s/share/atomloom/template/%s", op.prefix, op.language->name);
    good = good && copy_template(template_dir.data, dir, &op, &e);
    text_free(&template_dir);
    if (!good) return cli_report(&e);
    text t = { 0 };
    say_next(&op, dir, &t);
    return cli_print(&t);
}

const cli_command command_new = {
    .name = "new op",
    .group = "Ops",
    .summary = "make a directory with a new op, ready to build and test",
    .run = run_new,
    .description =
        "Writes one file with a whole op, a CMakeLists.txt that builds it out of tree "
        "against this installation, a test of "
        "the contract every op must keep, and "
        "a test of a property of the method in a pipeline. An op in Python or Octave is a "
        "program with a description, which is not built.",
    .operands =
        (const cli_operand[]){ { .name = "FAMILY.NAME", .doc = "id of the new op" }, { 0 } },
    .options = (const cli_option[]){ { .name = "output",
                                       .letter = 'o',
                                       .argument = "DIR",
                                       .doc = "the directory to make",
                                       .otherwise = "FAMILY.NAME",
                                       .complete = COMPLETE_DIRECTORY },
                                     { .name = "language",
                                       .letter = 'l',
                                       .argument = "LANGUAGE",
                                       .doc = "what it is written in: c, c++, python or octave",
                                       .otherwise = "c",
                                       .complete = COMPLETE_WORDS,
                                       .words = "c c++ python octave" },
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom new op mylab.sharpen", "then follow the lines it prints" },
            { "atomloom new op mylab.median --language python", "an op that is a Python program" },
            { 0 } },
};
