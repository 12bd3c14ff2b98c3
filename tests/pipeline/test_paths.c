/* Files that parameters name: lists and patterns of them, their order, and their place in the key;
 * a list of numbers or a file of them. */
#include "base/text.h"
#include "pipeline/graph.h"
#include "plugin/params.h"
#include "plugin/registry.h"
#include "support/scratch.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct read_params {
    loom_paths files;
    loom_numbers angles;
} read_params;
static const loom_param table[] = {
    LOOM_PARAM(read_params, files, .flags = LOOM_REQUIRED, .doc = "what to read"),
    LOOM_PARAM(read_params, angles, .unit = "degree", .doc = "of the images"),
    { 0 }
};
static const loom_port none[] = { { 0 } };
static const loom_port made[] = { { "array", "array", "numbers", 0 }, { 0 } };
static loom_status run(loom_call *call, const void *params)
{
    (void)call, (void)params;
    return LOOM_OK;
}
static const loom_op op = { .size = sizeof(loom_op),
                            .revision = 1,
                            .id = "test.read",
                            .summary = "Reads.",
                            .method = "None.",
                            .cites = "none",
                            .limits = "None.",
                            .inputs = none,
                            .outputs = made,
                            .params = table,
                            .params_size = sizeof(read_params),
                            .run = run };

static registry *ops;

static void write_file(const char *name, const char *s)
{
    FILE *f = fopen(name, "w");
    ck_assert_ptr_nonnull(f);
    fputs(s, f);
    fclose(f);
}

static void set_up(void)
{
    static const loom_op *list[] = { &op };
    ops = registry_of(list, 1, NULL);
    ck_assert_int_eq(chdir(scratch_directory()), 0);
}

/* The graph of one node with these parameters; NULL with the diagnostics in *told. */
static graph *read_params_text(const char *params, const char *set, char **told)
{
    diagnostics d = { 0 };
    text out = { 0 };
    char yaml[400];
    const char *const sets[] = { set, NULL };
    snprintf(yaml, sizeof yaml, "atomloom: 1\nnodes:\n  r:\n    op: test.read\n    params: {%s}\n",
             params);
    write_file("p.yaml", yaml);
    graph *g = pipeline_read("p.yaml", ops, set ? &(graph_options){ .set = sets } : NULL, &d);
    diagnostics_print(&d, false, &out);
    *told = text_take(&out);
    diagnostics_free(&d);
    return g;
}

static const param_value *value_of(const graph *g, int row)
{
    return &g->instances[0].params->value[row];
}

START_TEST(patterns_give_files_in_the_order_of_their_numbers)
{
    static const char *const made_names[] = { "t_10.tif", "t_9.tif",   "t_-3.tif",  "t_-12.tif",
                                              "t_+4.tif", "t_1.5.tif", "t_1.25.tif" };
    static const char *const order[] = { "t_-12.tif", "t_-3.tif", "t_1.25.tif", "t_1.5.tif",
                                         "t_+4.tif",  "t_9.tif",  "t_10.tif" };
    char *told;
    for (int i = 0; i < 7; i++) write_file(made_names[i], "x");
    graph *g = read_params_text("files: 't_*.tif'", NULL, &told);
    ck_assert_msg(g != NULL, "%s", told);
    ck_assert_int_eq(value_of(g, 0)->count, 7);
    for (int i = 0; i < 7; i++) ck_assert_str_eq(value_of(g, 0)->strings[i], order[i]);
    graph_free(g);
    free(told);
    g = read_params_text("files: [t_9.tif, 't_?.tif', t_10.tif]", NULL, &told);
    ck_assert_msg(g != NULL, "%s", told); /* a list keeps its order, also of one file twice */
    ck_assert_int_eq(value_of(g, 0)->count, 3);
    ck_assert_str_eq(value_of(g, 0)->strings[1], "t_9.tif");
    graph_free(g);
    free(told);
}
END_TEST

START_TEST(a_name_that_has_a_star_is_a_name_first)
{
    char *told;
    write_file("a*.tif", "x");
    write_file("ab.tif", "x");
    graph *g = read_params_text("files: 'a*.tif'", NULL, &told);
    ck_assert_msg(g != NULL, "%s", told);
    ck_assert_int_eq(value_of(g, 0)->count, 1);
    graph_free(g);
    free(told);
}
END_TEST

START_TEST(what_is_not_there_is_named_with_its_place)
{
    static const char *const wrong[][2] = { { "files: 'no_*.tif'", "no file matches 'no_*.tif'" },
                                            { "files: [t_9.tif, t_8.tif]", ":5:31" },
                                            { "files: [t_9.tif, tt_9.tif]", "did you mean" },
                                            { "files: []", "empty list" },
                                            { "files: ['']", "expected the path" },
                                            { "angles: 3", "needs parameter 'files'" },
                                            { "files: t_9.tif, angles: no.tlt", "cannot read" },
                                            { "files: t_9.tif, angles: [1, x]", "is 'x'" } };
    write_file("t_9.tif", "x");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *told;
        ck_assert_ptr_null(read_params_text(wrong[i][0], NULL, &told));
        ck_assert_msg(strstr(told, wrong[i][1]) != NULL, "%s: %s", wrong[i][0], told);
        free(told);
    }
}
END_TEST

START_TEST(numbers_are_a_list_or_a_file)
{
    char *told;
    write_file("t_9.tif", "x");
    write_file("a.rawtlt", "1\n2\n");
    static const struct {
        const char *params, *set, *path;
        int64_t n;
    } cases[] = { { "files: t_9.tif", NULL, "", 0 },
                  { "files: t_9.tif, angles: [1, 2.5]", NULL, "", 2 },
                  { "files: t_9.tif, angles: -3", NULL, "", 1 },
                  { "files: t_9.tif, angles: ''", NULL, "", 0 },
                  { "files: t_9.tif, angles: a.rawtlt", NULL, "a.rawtlt", 0 },
                  { "files: t_9.tif", "r.angles=a.rawtlt", "a.rawtlt", 0 },
                  { "files: t_9.tif", "r.angles=-3, 4, 5", "", 3 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_params p;
        graph *g = read_params_text(cases[i].params, cases[i].set, &told);
        ck_assert_msg(g != NULL, "%s: %s", cases[i].params, told);
        params_bind(g->instances[0].params, &p);
        ck_assert_int_eq(p.angles.n, cases[i].n);
        ck_assert_str_eq(p.angles.path, cases[i].path);
        ck_assert_int_eq(p.files.n, 1);
        graph_free(g);
        free(told);
    }
}
END_TEST

static bool hash(void *user, const char *path, digest *out, error *e)
{
    (void)user;
    return sha256_file(path, out, e);
}

static char *key_text(const char *params)
{
    char *told;
    error e = { 0 };
    text out = { 0 };
    graph *g = read_params_text(params, NULL, &told);
    ck_assert_msg(g != NULL, "%s: %s", params, told);
    ck_assert(params_hash_paths(g->instances[0].params, hash, NULL, &e));
    params_canonical(g->instances[0].params, &out);
    graph_free(g);
    free(told);
    return text_take(&out);
}

/* The key knows the bytes of every file and their order, and no names. */
START_TEST(the_key_is_of_contents_in_order)
{
    write_file("one.tif", "1");
    write_file("two.tif", "2");
    write_file("copy.tif", "1");
    write_file("other.tlt", "2");
    char *both = key_text("files: [one.tif, two.tif]"),
         *copy = key_text("files: [copy.tif, two.tif]"),
         *turned = key_text("files: [two.tif, one.tif]"), *single = key_text("files: [one.tif]"),
         *angles = key_text("files: [one.tif], angles: other.tlt");
    ck_assert_str_eq(both, copy);
    ck_assert_str_ne(both, turned);
    ck_assert_str_ne(both, single);
    ck_assert_str_ne(angles, single);
    ck_assert_ptr_null(strstr(both, "one.tif"));
    ck_assert_ptr_nonnull(strstr(angles, "angles = sha256:"));
    char *all[] = { both, copy, turned, single, angles };
    for (int i = 0; i < 5; i++) free(all[i]);
}
END_TEST

TEST_MAIN_WITH("pipeline.paths", ((suite_options){ .setup = set_up }),
               patterns_give_files_in_the_order_of_their_numbers,
               a_name_that_has_a_star_is_a_name_first, what_is_not_there_is_named_with_its_place,
               numbers_are_a_list_or_a_file, the_key_is_of_contents_in_order)
