/* What the goldens cannot show: sharing of parameters, places at run time, files too large or
 * absent, reading twice. */
#include "base/text.h"
#include "pipeline/graph.h"
#include "pipeline/ops.h"
#include "support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static registry *ops;
static char directory[] = "/tmp/atomloom-read-XXXXXX";

static void set_up(void)
{
    ops = test_registry();
    strcpy(strrchr(directory, '-') + 1, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chdir(directory), 0);
}

static void tear_down(void)
{
    char command[128];
    registry_close(ops);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *path, const char *s)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(s, f);
    fclose(f);
}

/* The graph of a text, or NULL with the printed diagnostics in *told. */
static graph *read_text(const char *s, char **told)
{
    diagnostics d = { 0 };
    text out = { 0 };
    if (s) write_file("p.yaml", s);
    graph *g = pipeline_read("p.yaml", ops, NULL, &d);
    diagnostics_print(&d, false, &out);
    if (told) *told = text_take(&out);
    text_free(&out);
    diagnostics_free(&d);
    return g;
}

START_TEST(equal_parameters_are_one_set)
{
    graph *g = read_text("atomloom: 1\naxes: {a: [1, 2, 3], b: [4, 5]}\nnodes:\n"
                         "  plain: {op: simulate.particle}\n"
                         "  other: {op: simulate.particle}\n"
                         "  same: {op: simulate.particle, over: [a, b], params: {radius: 7}}\n"
                         "  seeds: {op: simulate.particle, over: [a, b], params: {seed: ${a}}}\n",
                         NULL);
    ck_assert_ptr_nonnull(g);
    ck_assert_int_eq(g->instance_count, 1 + 1 + 6 + 6);
    ck_assert_ptr_eq(g->instances[0].params, g->instances[1].params);
    for (int i = 3; i < 8; i++) ck_assert_ptr_eq(g->instances[2].params, g->instances[i].params);
    for (int i = 8; i < 14; i++) { /* a is the slower axis: two by two */
        ck_assert_int_eq(g->instances[i].params->value[1].integer, 1 + (i - 8) / 2);
        ck_assert_ptr_eq(g->instances[i].params, g->instances[8 + (i - 8) / 2 * 2].params);
    }
    graph_free(g);
}
END_TEST

START_TEST(places_point_at_the_text)
{
    graph *g =
        read_text("atomloom: 1\nnodes:\n  start: {op: simulate.particle, params: {radius: 7}}\n"
                  "  line: {op: structure.profile, in: {atoms: start.atoms}}\n",
                  NULL);
    text out = { 0 };
    ck_assert_ptr_nonnull(g);
    ck_assert_int_eq(g->nodes[0].param_at[0].column, 51);
    ck_assert_int_eq(g->nodes[0].param_at[1].line, 0);
    ck_assert_int_eq(g->instances[1].input[0].at.line, 4);
    place_print(g->nodes[0].param_at[0], false, "the radius is too small", "more than 8", false,
                &out);
    ck_assert_str_eq(out.data, "p.yaml:3:51: error: the radius is too small\n"
                               "      start: {op: simulate.particle, params: {radius: 7}}\n"
                               "                                                      ^\n"
                               "    hint: more than 8\n");
    text_free(&out);
    place_print((place){ "--set a.b=c", 0, 5 }, false, "no", NULL, false, &out);
    ck_assert_str_eq(out.data, "--set: error: no\n    a.b=c\n        ^\n");
    text_free(&out);
    graph_free(g);
}
END_TEST

START_TEST(a_file_may_be_absent_or_huge)
{
    char *told;
    ck_assert_ptr_null(read_text(NULL, &told));
    ck_assert_ptr_nonnull(
        strstr(told, "p.yaml: error: cannot read the pipeline: No such file or directory"));
    free(told);
    write_file("p.yaml", "atomloom: 1\n");
    ck_assert_int_eq(truncate("p.yaml", 100 << 20), 0);
    ck_assert_ptr_null(read_text(NULL, &told));
    ck_assert_ptr_nonnull(
        strstr(told, "the file has 104857600 bytes; a pipeline may have 33554432"));
    free(told);
}
END_TEST

START_TEST(a_large_bomb_of_aliases_is_refused)
{
    text t = { 0 };
    char *told;
    text_puts(&t, "atomloom: 1\nvars:\n  a: &a [");
    for (int i = 0; i < 100000; i++) text_puts(&t, "x,");
    text_puts(&t, "x]\n  b: [");
    for (int i = 0; i < 1000000; i++) text_puts(&t, "*a,");
    text_puts(&t, "*a]\nnodes: {start: {op: simulate.particle}}\n");
    ck_assert_ptr_null(read_text(t.data, &told));
    ck_assert_ptr_nonnull(strstr(told, "expand to more than 4000000 nodes"));
    free(told);
    text_free(&t);
}
END_TEST

START_TEST(diagnostics_add_up_over_files)
{
    diagnostics d = { 0 };
    write_file("a.yaml", "atomloom: 1\nnodes: {a: {op: none.such}}\n");
    write_file("b.yaml", "atomloom: 1\nnodes: {b: {op: none.either}}\n");
    ck_assert_ptr_null(pipeline_read("a.yaml", ops, NULL, &d));
    ck_assert_ptr_null(pipeline_read("b.yaml", ops, NULL, &d));
    ck_assert_int_eq(d.count, 2);
    ck_assert_str_eq(d.item[0].at.file, "a.yaml");
    ck_assert_str_eq(d.item[1].at.file, "b.yaml");
    diagnostics_free(&d);
}
END_TEST

START_TEST(a_long_chain_needs_no_stack)
{
    text t = { 0 };
    text_puts(&t, "atomloom: 1\nnodes:\n  n0: {op: volume.mean}\n");
    for (int i = 20000; i > 0; i--)
        text_printf(&t, "  n%d: {op: volume.mean, in: {volumes: n%d.volume}}\n", i, i - 1);
    graph *g = read_text(t.data, NULL);
    ck_assert_ptr_nonnull(g);
    ck_assert_int_eq(g->instance_count, 20001);
    for (int i = 1; i <= 20000; i++)
        ck_assert_int_eq(g->instances[i].input[0].from[0].instance, i - 1);
    graph_free(g);
    text_free(&t);
}
END_TEST

TEST_MAIN_WITH("pipeline.read", ((suite_options){ .setup = set_up, .teardown = tear_down }),
               equal_parameters_are_one_set, places_point_at_the_text, a_file_may_be_absent_or_huge,
               a_large_bomb_of_aliases_is_refused, diagnostics_add_up_over_files,
               a_long_chain_needs_no_stack)
