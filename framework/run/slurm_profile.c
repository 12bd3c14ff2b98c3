/* run/slurm_profile.c - see slurm_profile.h */
#include "run/slurm_profile.h"
#include "base/number.h"
#include "base/quantity.h"
#include "base/text.h"
#include "yaml/yaml.h"
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef enum row_kind { ROW_TEXT, ROW_TIME, ROW_BYTES, ROW_COUNT, ROW_LIST } row_kind;
typedef struct row {
    const char *name;
    row_kind kind;
    size_t offset;
    int most; /* ROW_COUNT: from 1 to this */
} row;

static const row rows[] = {
    { "partition", ROW_TEXT, offsetof(slurm_profile, partition), 0 },
    { "account", ROW_TEXT, offsetof(slurm_profile, account), 0 },
    { "qos", ROW_TEXT, offsetof(slurm_profile, qos), 0 },
    { "constraint", ROW_TEXT, offsetof(slurm_profile, constraint), 0 },
    { "time", ROW_TIME, offsetof(slurm_profile, time_s), 0 },
    { "memory", ROW_BYTES, offsetof(slurm_profile, memory_bytes), 0 },
    { "threads", ROW_COUNT, offsetof(slurm_profile, threads), 4096 },
    { "max_jobs", ROW_COUNT, offsetof(slurm_profile, max_jobs), 100000 },
    { "bundle_time", ROW_TIME, offsetof(slurm_profile, bundle_time_s), 0 },
    { "bundle_actions", ROW_COUNT, offsetof(slurm_profile, bundle_actions), 1000 },
    { "patience", ROW_TIME, offsetof(slurm_profile, patience_s), 0 },
    { "sbatch", ROW_LIST, offsetof(slurm_profile, sbatch), 0 },
};
enum { ROWS = sizeof rows / sizeof *rows };

void slurm_profile_usual(slurm_profile *out)
{
    *out = (slurm_profile){ .time_s = 3600,
                            .bundle_time_s = 120,
                            .patience_s = 30,
                            .threads = 1,
                            .max_jobs = 100,
                            .bundle_actions = 50 };
}

void slurm_profile_free(slurm_profile *p)
{
    arena_free(p->memory);
    *p = (slurm_profile){ 0 };
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool refuse(error *e, place at, const char *todo, const char *what, const char *name)
{
    return error_set(e, LOOM_E_PARAM, todo, "%s:%d:%d: %s%s", at.file, at.line, at.column, what,
                     name);
}

static void on_problem(void *user, span at, const char *hint, const char *message)
{
    refuse(user, at.at, hint ? hint : "docs/cluster.md shows a profile", message, "");
}

static bool read_amount(const row *r, const tree *t, slurm_profile *out, error *e)
{
    double amount = 0;
    int64_t count = 0;
    void *member = (char *)out + r->offset;
    const char *s = t->kind == TREE_SCALAR ? t->text : "";
    if (r->kind == ROW_COUNT) {
        if (!integer_read(s, &count) || count < 1 || count > r->most)
            return refuse(e, t->at.at, "give a whole number, not below 1",
                          "not a number that can be used: ", r->name);
        *(int *)member = (int)count;
        return true;
    }
    quantity_kind kind = r->kind == ROW_TIME ? QUANTITY_TIME : QUANTITY_BYTES;
    if (quantity_read(s, kind, &amount) != QUANTITY_READ || amount <= 0)
        return refuse(e, t->at.at,
                      kind == QUANTITY_TIME ? "write a number with its unit, as in 10 min"
                                            : "write a number with its unit, as in 4 GiB",
                      "not an amount: ", r->name);
    if (r->kind == ROW_TIME) *(double *)member = amount;
    else *(uint64_t *)member = (uint64_t)amount;
    return true;
}

static bool read_list(const row *r, const tree *t, arena *memory, slurm_profile *out, error *e)
{
    bool good = t->kind == TREE_LIST;
    size_t n = good ? (size_t)t->count : 0;
    const char **list = arena_take(memory, (n + 1) * sizeof *list);
    for (size_t i = 0; good && i < n; i++) {
        good = t->item[i]->kind == TREE_SCALAR && t->item[i]->text[0] == '-';
        list[i] = t->item[i]->text;
    }
    if (!good)
        return refuse(e, t->at.at, "as in [--exclude=node7, --nice=100]",
                      "not a list of options: ", r->name);
    assert(r->offset == offsetof(slurm_profile, sbatch));
    out->sbatch = list;
    return true;
}

static bool read_row(const row *r, const tree *t, arena *memory, slurm_profile *out, error *e)
{
    if (r->kind == ROW_LIST) return read_list(r, t, memory, out, e);
    if (r->kind != ROW_TEXT) return read_amount(r, t, out, e);
    if (t->kind != TREE_SCALAR || !*t->text)
        return refuse(e, t->at.at, "write one word", "not a name: ", r->name);
    *(const char **)((char *)out + r->offset) = t->text;
    return true;
}

static bool unknown_key(const tree *key, error *e)
{
    const char *known[ROWS];
    char todo[128];
    for (int k = 0; k < ROWS; k++) known[k] = rows[k].name;
    int near = nearest_word(key->text, known, ROWS);
    snprintf(todo, sizeof todo, near >= 0 ? "did you mean '%s'?" : "docs/cluster.md lists them",
             near >= 0 ? known[near] : "");
    return refuse(e, key->at.at, todo, "unknown key in slurm: ", key->text);
}

static bool read_map(const tree *map, arena *memory, slurm_profile *out, error *e)
{
    if (map->kind != TREE_MAP)
        return refuse(e, map->at.at, "as in slurm: {partition: compute}",
                      "expected a mapping, found ", tree_kind_text(map));
    for (int32_t i = 0; i < map->count; i++) {
        int k = 0;
        while (k < ROWS && strcmp(rows[k].name, map->key[i]->text) != 0) k++;
        if (k == ROWS) return unknown_key(map->key[i], e);
        if (!read_row(&rows[k], map->item[i], memory, out, e)) return false;
    }
    return true;
}

/* Nothing else may be in the file: a key that is misspelt must not be taken for a profile that says
 * nothing. */
static bool read_file(const tree *root, arena *memory, slurm_profile *out, error *e)
{
    if (root->kind != TREE_MAP)
        return refuse(e, root->at.at, "begin it with `slurm:`", "expected a mapping, found ",
                      tree_kind_text(root));
    for (int32_t i = 0; i < root->count; i++)
        if (strcmp(root->key[i]->text, "slurm") != 0)
            return refuse(e, root->key[i]->at.at, "a profile has the one key `slurm`",
                          "unknown key: ", root->key[i]->text);
    const tree *map = tree_get(root, "slurm");
    return !map || tree_is_null(map) || read_map(map, memory, out, e);
}

static const source_kind profile_kind = { .a = "a profile",
                                          .the = "the profile",
                                          .file = "a profile file",
                                          .first = "slurm:",
                                          .key = { "slurm" } };

/* Everything that may run out of memory: false then. */
static bool read_within(const char *path, arena *memory, slurm_profile *out, error *e)
{
    source from;
    span at = { 0 };
    jmp_buf here;
    if (setjmp(here)) return error_memory(e, "a profile");
    memory->unwind = &here;
    tree *root = source_read(memory, path, &profile_kind, &from, &at, e)
                     ? yaml_read(memory, &from, on_problem, e)
                     : NULL;
    return e->status == LOOM_OK && (!root || read_file(root, memory, out, e));
}

bool slurm_profile_read(const char *path, slurm_profile *out, error *e)
{
    slurm_profile_usual(out);
    arena *memory = out->memory = arena_new();
    if (!memory) return error_memory(e, "a profile");
    bool good = read_within(path, memory, out, e);
    memory->unwind = NULL;
    return good;
}
