/* Property: a description of an op in another language is the op that it says, its digest follows
 * every file that it stands for, and each mistake in it is refused where it stands. */
#include "base/arena.h"
#include "plugin/params.h"
#include "plugin/registry.h"
#include "plugin/script.h"
#include "support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];
static arena *memory;

static void setup(void)
{
    strcpy(dir, "/tmp/atomloom-script-test-XXXXXX");
    ck_assert(mkdtemp(dir) != NULL);
    memory = arena_new();
}

static void teardown(void)
{
    char command[128];
    arena_free(memory);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static const char *file(const char *name, const char *content)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    ck_assert(f && fputs(content, f) >= 0 && !fclose(f));
    return path;
}

/* A whole description; `end` is put after it. */
static const char *describe(const char *params, const char *end)
{
    char whole[4096];
    snprintf(whole, sizeof whole,
             "atomloom_op: 1\n"
             "id: lab.double\n"
             "summary: Twice.\n"
             "method: |\n"
             "  Multiplication.\n"
             "limits: none\n"
             "inputs: {a: {type: any, doc: any, optional: true}, "
             "b: {type: volume, doc: b, list: true}}\n"
             "outputs: {a: {type: volume, doc: a, fresh: true}}\n"
             "params: {%s}\n"
             "run: [python3, double.py]\n"
             "%s",
             params, end);
    return file("lab.double.op.yaml", whole);
}

static const char usual[] = "cites: none\nfiles: [double.py]\n";

static const script *must_read(const char *path)
{
    error e = { 0 };
    const script *s = script_read(memory, path, &e);
    ck_assert_msg(s != NULL, "%s (%s)", e.message, e.todo);
    return s;
}

static void must_refuse(const char *path, const char *fragment, const char *todo)
{
    error e = { 0 };
    ck_assert(!script_read(memory, path, &e));
    ck_assert_msg(strstr(e.message, fragment) != NULL, "'%s' does not hold '%s'", e.message,
                  fragment);
    ck_assert_msg(strstr(e.todo, todo) != NULL, "'%s' does not hold '%s'", e.todo, todo);
}

START_TEST(a_description_is_the_op_that_it_says)
{
    file("double.py", "");
    const script *s = must_read(describe(
        "r: {kind: real, default: 2.5, min: 0, max: 4, unit: pixel, doc: r, level: advanced}, "
        "i: {kind: int, default: -3, doc: i, no_effect: true}, b: {kind: bool, default: true, doc: "
        "b}, c: {kind: choice, choices: [x, y], default: y, doc: c}, s: {kind: string, default: "
        "'', doc: s}, p: {kind: path, doc: p}, n: {kind: reals, default: [1, 2], length: 2, doc: "
        "n}, w: {kind: strings, default: [u, v], doc: w}",
        "cites: none\nfiles: [double.py]\nversion: 2.1\nlicence: MIT\nrevision: 4\n"));
    const loom_op *op = &s->op;
    ck_assert_str_eq(op->id, "lab.double");
    ck_assert_str_eq(op->method, "Multiplication.");
    ck_assert_str_eq(s->version, "2.1");
    ck_assert_str_eq(s->licence, "MIT");
    ck_assert_uint_eq(op->revision, 4);
    ck_assert(!op->run && !op->estimate && !s->identify);
    ck_assert_uint_eq(op->inputs[0].flags, LOOM_OPTIONAL);
    ck_assert_uint_eq(op->inputs[1].flags, LOOM_LIST);
    ck_assert_uint_eq(op->outputs[0].flags, LOOM_FRESH);
    ck_assert_int_eq(params_rows(op), 8);
    ck_assert(op->params[0].def == 2.5 && op->params[0].max == 4);
    ck_assert_uint_eq(op->params[0].flags, LOOM_ADVANCED);
    ck_assert_str_eq(op->params[0].unit, "pixel");
    ck_assert(op->params[1].def == -3 && op->params[1].flags == LOOM_NO_EFFECT);
    ck_assert(op->params[2].def == 1 && op->params[3].def == 1);
    ck_assert_uint_eq(op->params[4].flags, 0);
    ck_assert_uint_eq(op->params[5].flags, LOOM_REQUIRED);
    ck_assert_uint_eq(op->params[6].flags, LOOM_LENGTH(2));
    ck_assert_str_eq(op->params[7].text, "u, v");
    ck_assert_str_eq(s->run[1], "double.py");
}
END_TEST

START_TEST(every_mistake_is_refused_where_it_stands)
{
    file("double.py", "");
    static const char size[] = "size: {kind: int, default: 3, doc: d}";
    const struct {
        const char *params, *end, *message, *todo;
    } wrong[] = {
        { "", "files: [double.py]\n", "cites is missing", "cites: none" },
        { size, "cites: none\n", ":10:16: 'double.py' is not in files", "files: [double.py]" },
        { size, "cites: none\nfile: [double.py]\n", ":12:1: a description has no key 'file'",
          "did you mean 'files'" },
        { "size: {kind: integer, doc: d}", usual, ":9:23: unknown kind 'integer'", "int" },
        { "size: {doc: d}", usual, "parameter 'size' needs a kind", "real, int" },
        { "size: {kind: int, default: x, doc: d}", usual, ":9:37: default is a number", "" },
        { "size: {kind: int, default: 3, min: 1, doc: d}", usual, "has a min but no max", "both" },
        { "size: {kind: int, default: 30, min: 1, max: 9, doc: d}", usual,
          "the default is out of range", "docs/sdk.md" },
        { "c: {kind: choice, choices: [x, y], default: z, doc: d}", usual, ":9:54: no choice 'z'",
          "one of the choices" },
        { "size: {kind: int, default: 3, doc: a, b}", usual, ":9:48: a parameter has no key 'b'",
          "a comma ends a text" },
        { "size: {kind: numbers, default: [1], doc: d}", usual, "has no default but []", "" },
        { "size: {kind: int, default: 3}", usual, "no documentation of parameter 'size'", "" },
        { size, "cites: none\nfiles: [double.py, gone.py]\n", "gone.py': No such file", "" },
        { size, "cites: none\nfiles: double.py\n", ":12:8: files is a list", "files: [first" },
        { size, "cites: [{doi: 10.1038/s41586-020-2649-2}]\nfiles: [double.py]\n",
          "10.1038/s41586-020-2649-2", "" },
        { size, "cites: none\nrevision: 0\nfiles: [double.py]\n", ":12:11: revision", "" },
        { size, "cites: none\nfiles: [double.py\n", ":12:8: ", "" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        must_refuse(describe(wrong[i].params, wrong[i].end), wrong[i].message, wrong[i].todo);
    must_refuse(file("lab.other.op.yaml", "atomloom_op: 1\nid: lab.double\n"),
                ":2:5: the id is 'lab.double', and the file is named for 'lab.other'", "alike");
    must_refuse(file("lab.two.op.yaml", "atomloom_op: 2\n"), "is 1, found 2", "atomloom_op: 1");
    must_refuse(file("lab.none.op.yaml", ""), "it is empty", "atomloom_op: 1");
    must_refuse(file("lab.list.op.yaml", "- atomloom_op\n"), "found a list", "");
    must_refuse(file("lab.text.op.yaml", "a: [b\n"), "this is not the description of an op",
                "atomloom_op: 1");
}
END_TEST

START_TEST(the_digest_follows_every_file)
{
    file("double.py", "one");
    const script *first = must_read(describe("", usual)), *same = must_read(describe("", usual));
    error e = { 0 };
    ck_assert(digest_equal(&first->content, &same->content));
    ck_assert(script_unchanged(first, &e));
    file("double.py", "two");
    const script *other = must_read(describe("", usual));
    ck_assert(!digest_equal(&first->content, &other->content));
    ck_assert(!script_unchanged(first, &e));
    ck_assert_msg(strstr(e.message, "changed during the run") != NULL, "%s", e.message);
    const script *comment = must_read(describe("", "cites: none\nfiles: [double.py] # more\n"));
    ck_assert(!digest_equal(&other->content, &comment->content));
}
END_TEST

START_TEST(large_files_are_refused)
{
    ck_assert_int_eq(truncate(file("double.py", ""), SCRIPT_MAX_BYTES + 1L), 0);
    must_refuse(describe("", usual), "more than 64 MiB", "kind path");
}
END_TEST

START_TEST(it_is_listed_and_found_like_others)
{
    const char *const list[] = { dir, NULL };
    error e = { 0 };
    file("double.py", "");
    describe("", usual);
    file("lab.bad.op.yaml", "atomloom_op: 1\nid: lab.bad\n");
    registry *r = registry_open(list, dir, &e);
    ck_assert_msg(r != NULL, "%s", e.message);
    const op_entry *entry = registry_find(r, "lab.double");
    ck_assert(entry && entry->file->script && !entry->op->run);
    ck_assert(!registry_find(r, "lab.bad"));
    const plugin_refusal *refusal = registry_refusal_at(r, 0);
    ck_assert(refusal && strstr(refusal->path, "lab.bad.op.yaml"));
    registry_close(r);
}
END_TEST

START_TEST(a_program_is_identified_by_what_it_prints)
{
    file("double.py", "");
    error e = { 0 };
    digest a, b;
    const char *said[] = { "cites: none\nfiles: [double.py]\nidentify: [echo, one]\n",
                           "cites: none\nfiles: [double.py]\nidentify: [echo, two]\n" };
    ck_assert(script_identify(must_read(describe("", said[0])), &a, &e));
    ck_assert(script_identify(must_read(describe("", said[1])), &b, &e));
    ck_assert(!digest_equal(&a, &b));
    const struct {
        const char *run, *message;
    } wrong[] = { { "[cat, nowhere]", "ended with exit status 1: cat: nowhere: No such file" },
                  { "[no-such-program-here]", "cannot run 'no-such-program-here'" },
                  { "['true']", "it says nothing" } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char end[128];
        error inner = { 0 };
        snprintf(end, sizeof end, "%sidentify: %s\n", usual, wrong[i].run);
        ck_assert(!script_identify(must_read(describe("", end)), &a, &inner));
        ck_assert_msg(strstr(inner.message, wrong[i].message) != NULL, "%s", inner.message);
    }
}
END_TEST

TEST_MAIN_WITH("script", ((suite_options){ .setup = setup, .teardown = teardown }),
               a_description_is_the_op_that_it_says, every_mistake_is_refused_where_it_stands,
               the_digest_follows_every_file, large_files_are_refused,
               it_is_listed_and_found_like_others, a_program_is_identified_by_what_it_prints)
