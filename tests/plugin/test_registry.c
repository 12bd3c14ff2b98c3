/* Property: a registry holds every op that can run, refuses every file that cannot with the reason,
 * and reads no plugin twice. */
#include "plugin/registry.h"
#include "support/suite.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUILT ATOMLOOM_BINARY_DIR "/tests/"
static char dir[64], apart[80]; /* apart: for the cache of tests that change the rights of dir */

static void setup(void)
{
    strcpy(dir, "/tmp/atomloom-registry-XXXXXX");
    ck_assert(mkdtemp(dir) != NULL);
    snprintf(apart, sizeof apart, "%s.cache", dir);
}

static void teardown(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s' '%s'", dir, apart);
    ck_assert_int_eq(system(command), 0);
}

static registry *open_with(const char *extra, const char *cache)
{
    const char *const list[] = { extra, NULL };
    error e = { 0 };
    registry *r = registry_open(list, cache, &e);
    ck_assert_msg(r != NULL, "%s", e.message);
    return r;
}

static const plugin_refusal *refusal_of(const registry *r, const char *file)
{
    const plugin_refusal *p;
    for (size_t i = 0; (p = registry_refusal_at(r, i)); i++)
        if (strstr(p->path, file)) return p;
    ck_abort_msg("%s was not refused", file);
    return NULL;
}

static void must_refuse(const registry *r, const char *file, const char *fragment)
{
    const plugin_refusal *p = refusal_of(r, file);
    ck_assert_msg(strstr(p->reason, fragment) != NULL, "%s: reason '%s' does not hold '%s'", file,
                  p->reason, fragment);
    ck_assert_msg(*p->todo != 0, "%s: nothing to do is named", file);
}

START_TEST(every_bad_file_is_refused_with_its_reason)
{
    registry *r = open_with(BUILT "plugins_bad", dir);
    must_refuse(r, "wrong_abi.so", "the ABI number is 7, this atomloom needs 1");
    must_refuse(r, "no_symbol.so", "no symbol loom_plugin_v1");
    must_refuse(r, "crash_on_load.so", "crashed with SIGSEGV");
    must_refuse(r, "exit_on_load.so", "exit status 4");
    must_refuse(r, "hang_on_load.so", "more than 5 s");
    must_refuse(r, "no_documentation.so", "no documentation of port 'out'");
    must_refuse(r, "bad_citation.so",
                "the authors are not all named as 'Last, First and Last, First' in citation "
                "'10.1234/5678'");
    must_refuse(r, "long_name.so",
                "the name of a port has 65 characters, more than 64: 'abcdefghijabc");
    must_refuse(r, "missing_library.so", "needs the library 'libnowhere.so'");
#ifndef __SANITIZE_ADDRESS__
    must_refuse(r, "undefined_symbol.so", "uses the symbol 'a_function_nobody_has'");
#endif
    registry_close(r);
}
END_TEST

START_TEST(ops_are_found_by_id_and_listed_in_order)
{
    registry *r = open_with(BUILT "plugins", NULL);
    const op_entry *e = registry_find(r, "test.sum"), *last = NULL;
    ck_assert(e != NULL);
    ck_assert_str_eq(e->op->inputs[0].name, "terms");
    ck_assert(e->op->run == NULL && e->op->estimate == NULL);
    ck_assert_str_eq(e->file->name, "test.arithmetic");
    ck_assert(registry_find(r, "test.missing") == NULL);
    for (size_t i = 0; (e = registry_at(r, i)); i++) {
        ck_assert(!last || strcmp(last->op->id, e->op->id) < 0);
        ck_assert(registry_find(r, e->op->id) == e);
        last = e;
    }
    ck_assert_str_eq(registry_nearest(r, "test.numbr"), "test.number");
    ck_assert_str_eq(registry_nearest(r, "tst.sum"), "test.sum");
    ck_assert(registry_nearest(r, "something.else_entirely") == NULL);
    registry_close(r);
}
END_TEST

/* What the descriptor says must come through the cache file unchanged, word for word. */
START_TEST(the_cache_gives_the_same_descriptors)
{
    registry *first = open_with(BUILT "plugins", dir), *second = open_with(BUILT "plugins", dir);
    const op_entry *a, *b;
    for (size_t i = 0; (a = registry_at(first, i)); i++) {
        b = registry_at(second, i);
        ck_assert(b != NULL && digest_equal(&a->file->content, &b->file->content));
        ck_assert_str_eq(a->op->id, b->op->id);
        ck_assert_str_eq(a->op->method, b->op->method);
        ck_assert_str_eq(a->op->limits, b->op->limits);
        ck_assert_uint_eq(a->op->params_size, b->op->params_size);
        for (int k = 0; a->op->params && a->op->params[k].name; k++) {
            const loom_param *p = &a->op->params[k], *q = &b->op->params[k];
            ck_assert_str_eq(p->name, q->name);
            ck_assert_str_eq(p->doc, q->doc);
            ck_assert(p->def == q->def && p->min == q->min && p->max == q->max
                      && p->offset == q->offset && p->kind == q->kind && p->flags == q->flags);
            for (int c = 0; p->choices && p->choices[c]; c++)
                ck_assert_str_eq(p->choices[c], q->choices[c]);
        }
        for (int k = 0; a->op->outputs[k].name; k++)
            ck_assert_str_eq(a->op->outputs[k].type, b->op->outputs[k].type);
    }
    ck_assert(registry_at(second, 0) != NULL);
    registry_close(first);
    registry_close(second);
}
END_TEST

/* A user whose store is always another one has no directory for the cache at first. */
START_TEST(the_directory_of_the_cache_is_made)
{
    char above[PATH_MAX], where[PATH_MAX + 8], path[PATH_MAX + 32];
    snprintf(above, sizeof above, "%s/not/there", dir);
    snprintf(where, sizeof where, "%s/yet", above);
    snprintf(path, sizeof path, "%s/.plugins.cache", where);
    registry_close(open_with(NULL, where));
    ck_assert_int_eq(access(path, R_OK), 0);
}
END_TEST

START_TEST(a_damaged_cache_is_made_anew)
{
    char path[128];
    registry_close(open_with(BUILT "plugins", dir));
    snprintf(path, sizeof path, "%s/.plugins.cache", dir);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    FILE *f = fopen(path, "r+");
    ck_assert(f != NULL);
    fseek(f, st.st_size / 2, SEEK_SET);
    fputs("damage", f);
    fclose(f);
    registry *r = open_with(BUILT "plugins", dir);
    ck_assert(registry_find(r, "test.number") != NULL);
    registry_close(r);
    ck_assert_int_eq(truncate(path, 100), 0);
    r = open_with(BUILT "plugins", dir);
    ck_assert(registry_find(r, "test.number") != NULL);
    registry_close(r);
}
END_TEST

/* The cache as a program that knows its form could have written it: the sum fits. */
static void write_cache(const char *path, unsigned char *bytes, size_t n)
{
    enum { HEADER = 24 };
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ (n - HEADER), word;
    for (size_t i = HEADER; i + 8 <= n; i += 8) {
        memcpy(&word, bytes + i, 8);
        h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    memcpy(bytes + 16, &h, sizeof h);
    FILE *f = fopen(path, "wb");
    ck_assert(f && fwrite(bytes, 1, n, f) == n && !fclose(f));
}

static size_t read_cache(const char *path, unsigned char *bytes, size_t room)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(bytes, 1, room, f) : 0;
    ck_assert(n > 100 && n < room);
    fclose(f);
    return n;
}

/* Lengths of an entry that lead nowhere, back, or past the end: 0 hung every command once. */
START_TEST(a_cache_whose_lengths_make_no_sense_is_made_anew)
{
    enum { ENTRY = 24, ROOM = 1 << 20, IDENTITY = 56, DIGEST = 32 };
    enum { TEXTS = 8 + IDENTITY + DIGEST + 4 };
    static const struct {
        size_t place, bytes;
        uint64_t value;
    } wrong[] = { { 0, 8, 0 },         { 0, 8, 8 },         { 0, 8, UINT64_MAX - 7 },
                  { TEXTS, 4, 0 },     { TEXTS + 4, 4, 9 }, { TEXTS + 8, 4, UINT32_MAX },
                  { TEXTS + 12, 8, 1 } };
    char path[128];
    static unsigned char whole[ROOM], changed[ROOM];
    registry_close(open_with(BUILT "plugins", dir));
    snprintf(path, sizeof path, "%s/.plugins.cache", dir);
    size_t n = read_cache(path, whole, ROOM);
    write_cache(path, whole, n);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memcpy(changed, whole, n);
        memcpy(changed + ENTRY + wrong[i].place, &wrong[i].value, wrong[i].bytes);
        write_cache(path, changed, n);
        alarm(120);
        registry *r = open_with(BUILT "plugins", dir);
        alarm(0);
        ck_assert_msg(registry_find(r, "test.number") != NULL, "%zu", i);
        registry_close(r);
    }
}
END_TEST

/* Op ids are those of the files, whatever a cache says that another user could write. */
START_TEST(a_cache_that_others_may_have_written_is_not_read)
{
    enum { ROOM = 1 << 20 };
    char path[128];
    static unsigned char bytes[ROOM];
    registry_close(open_with(BUILT "plugins", dir));
    snprintf(path, sizeof path, "%s/.plugins.cache", dir);
    size_t n = read_cache(path, bytes, ROOM);
    unsigned char *id = memmem(bytes, n, "test.number", sizeof "test.number");
    ck_assert(id != NULL);
    memcpy(id, "test.numbed", sizeof "test.number");
    write_cache(path, bytes, n);
    registry *r = open_with(BUILT "plugins", dir);
    ck_assert(registry_find(r, "test.numbed") != NULL); /* one's own is believed */
    registry_close(r);
    for (int how = 0; how < 4; how++) {
        write_cache(path, bytes, n);
        if (how == 0) chmod(path, 0620);
        if (how == 1) chmod(path, 0602);
        if (how == 2 && (geteuid() || chown(path, 50002, 0))) continue; /* only root may give */
        if (how == 3) {
            char elsewhere[160];
            snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", dir);
            ck_assert(!rename(path, elsewhere) && !symlink(elsewhere, path));
        }
        r = open_with(BUILT "plugins", dir);
        ck_assert_msg(registry_find(r, "test.numbed") == NULL, "how %d", how);
        ck_assert(registry_find(r, "test.number") != NULL);
        registry_close(r);
        struct stat st;
        ck_assert(!lstat(path, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600
                  && st.st_uid == geteuid());
    }
}
END_TEST

static void copy_plugin(const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof command, "cp '%s' '%s/%s'", from, dir, to);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(the_first_directory_wins_and_a_changed_file_is_read_again)
{
    copy_plugin(BUILT "plugins/arithmetic.so", "a.so");
    copy_plugin(BUILT "plugins/arithmetic.so", "b.so");
    registry *r = open_with(dir, dir);
    ck_assert(strstr(registry_find(r, "test.sum")->file->path, "/a.so") != NULL);
    must_refuse(r, "b.so", "shadowed by");
    registry_close(r);
    copy_plugin(BUILT "plugins/misbehave.so", "a.so");
    r = open_with(dir, dir);
    ck_assert(strstr(registry_find(r, "test.sum")->file->path, "/b.so") != NULL);
    ck_assert(strstr(registry_find(r, "test.misbehave")->file->path, "/a.so") != NULL);
    registry_close(r);
}
END_TEST

START_TEST(the_environment_takes_absolute_directories_only)
{
    setenv("ATOMLOOM_PLUGIN_PATH", BUILT "plugins:here::/nonexistent", 1);
    registry *r = open_with(NULL, NULL);
    ck_assert(registry_find(r, "test.number") != NULL);
    must_refuse(r, "here", "not an absolute path");
    must_refuse(r, "/nonexistent", "cannot be read");
    registry_close(r);
    unsetenv("ATOMLOOM_PLUGIN_PATH");
}
END_TEST

static bool has_op(const char *directory, const char *op)
{
    registry *r = open_with(directory, apart);
    bool found = registry_find(r, op) != NULL;
    registry_close(r);
    return found;
}

START_TEST(what_others_may_write_to_is_refused)
{
    char path[160], inner[128];
    snprintf(inner, sizeof inner, "%s/in", dir);
    ck_assert_int_eq(mkdir(inner, 0755), 0);
    copy_plugin(BUILT "plugins/arithmetic.so", "in/a.so");
    snprintf(path, sizeof path, "%s/a.so", inner);
    ck_assert(has_op(inner, "test.sum"));
    const struct {
        const char *what;
        mode_t bad, good;
    } cases[] = { { path, 0646, 0644 }, { inner, 0757, 0755 }, { dir, 0777, 0755 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        chmod(cases[i].what, cases[i].bad);
        registry *r = open_with(inner, apart);
        ck_assert_msg(!registry_find(r, "test.sum"), "%s", cases[i].what);
        must_refuse(r, inner, "every user may write to");
        registry_close(r);
        chmod(cases[i].what, cases[i].good);
        ck_assert(has_op(inner, "test.sum"));
        if (geteuid() || chown(cases[i].what, 50002, 0)) continue;
        r = open_with(inner, apart);
        ck_assert_msg(!registry_find(r, "test.sum"), "%s", cases[i].what);
        must_refuse(r, inner, "belongs to the user");
        registry_close(r);
        ck_assert_int_eq(chown(cases[i].what, 0, 50002), 0);
        chmod(cases[i].what, i ? 0775 : 0664);
        r = open_with(inner, apart);
        must_refuse(r, inner, "the group 50002 may write to");
        registry_close(r);
        ck_assert_int_eq(chown(cases[i].what, 0, 0), 0);
        ck_assert(has_op(inner, "test.sum")); /* root's own group */
        chmod(cases[i].what, cases[i].good);
    }
    chmod(dir, 01777); /* what lies in a sticky directory is its owner's */
    ck_assert(has_op(inner, "test.sum"));
}
END_TEST

TEST_MAIN_WITH("registry", ((suite_options){ .setup = setup, .teardown = teardown }),
               every_bad_file_is_refused_with_its_reason, ops_are_found_by_id_and_listed_in_order,
               the_cache_gives_the_same_descriptors, the_directory_of_the_cache_is_made,
               a_damaged_cache_is_made_anew, a_cache_whose_lengths_make_no_sense_is_made_anew,
               a_cache_that_others_may_have_written_is_not_read,
               what_others_may_write_to_is_refused,
               the_first_directory_wins_and_a_changed_file_is_read_again,
               the_environment_takes_absolute_directories_only)
