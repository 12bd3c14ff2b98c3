/* The checker, by example: every golden/NAME.yaml gives exactly the text of golden/NAME.expected:
 * the diagnostics, and the graph where there is one. Lines `# --set x=y` (--var, --sweep) at the
 * head of a file are its command line. ATOMLOOM_REFRESH=1 writes the expected texts anew; read the
 * difference. */
#include "base/text.h"
#include "pipeline/graph.h"
#include "pipeline/ops.h"
#include "support/suite.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OPTIONS = 16 };
typedef struct command_line {
    char *text;
    const char *list[4][MAX_OPTIONS + 1];
    int count[4];
} command_line;

static char *read_file(const char *path)
{
    text t = { 0 };
    char buffer[4096];
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    text_puts(&t, "");
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;) text_add(&t, buffer, n);
    fclose(f);
    return text_take(&t);
}

static void read_options(const char *path, command_line *c)
{
    static const char *const names[] = { "# --set ", "# --var ", "# --sweep ", "# --only " };
    *c = (command_line){ .text = read_file(path) };
    for (char *line = strtok(c->text, "\n"); line && line[0] == '#'; line = strtok(NULL, "\n"))
        for (int k = 0; k < 4; k++)
            if (!strncmp(line, names[k], strlen(names[k])) && c->count[k] < MAX_OPTIONS)
                c->list[k][c->count[k]++] = line + strlen(names[k]);
}

/* ---- the graph as text ----------------------------------------------------------------------- */

static void print_edge(const graph *g, graph_edge e, text *out)
{
    const graph_instance *from = &g->instances[e.instance];
    text_printf(out, "%s.%s", from->name, g->nodes[from->node].op->op->outputs[e.output].name);
}

static void print_instance(const graph *g, const graph_instance *i, text *out)
{
    const graph_node *node = &g->nodes[i->node];
    text_printf(out, "%s: %s", i->name, node->op->op->id);
    for (int k = 0; k < i->params->count; k++) {
        text_printf(out, "%s%s=", k ? ", " : " (", node->op->op->params[k].name);
        param_text(&node->op->op->params[k], &i->params->value[k], out);
    }
    text_puts(out, i->params->count ? ")\n" : "\n");
    for (int k = 0; k < i->input_count; k++) {
        text_printf(out, "    %s <-", i->input[k].port->name);
        for (int j = 0; j < i->input[k].count; j++) {
            text_puts(out, j ? ", " : " ");
            print_edge(g, i->input[k].from[j], out);
        }
        text_puts(out, i->input[k].count ? "\n" : " nothing\n");
    }
}

static void print_graph(const graph *g, text *out)
{
    text_printf(out, "graph '%s' of %d nodes, %d instances%s\n", g->title, g->node_count,
                g->instance_count, g->sweep_count ? ", swept" : "");
    for (int i = 0; i < g->axis_count; i++)
        text_printf(out, "axis %s: %d values [%s] %s\n", g->axes[i].name, g->axes[i].count,
                    g->axes[i].unit, g->axes[i].doc);
    for (int i = 0; i < g->var_count; i++)
        text_printf(out, "var %s = %s [%s] %s\n", g->vars[i].name, g->vars[i].value,
                    g->vars[i].unit, g->vars[i].doc);
    for (int i = 0; i < g->node_count; i++) {
        const graph_node *n = &g->nodes[i];
        if (n->resources.threads || n->resources.memory_bytes || n->resources.time_s > 0)
            text_printf(out, "resources of %s: %d threads, %llu bytes, %g s\n", n->name,
                        n->resources.threads, (unsigned long long)n->resources.memory_bytes,
                        n->resources.time_s);
    }
    for (int i = 0; i < g->instance_count; i++) print_instance(g, &g->instances[i], out);
    for (int i = 0; i < g->output_count; i++) {
        text_printf(out, "output %s = ", g->outputs[i].name);
        print_edge(g, g->outputs[i].from, out);
        text_putc(out, '\n');
    }
    for (int i = 0; i < g->panel_count; i++) {
        text_printf(out, "panel %s under '%s' = ", g->panels[i].name, g->panels[i].section);
        print_edge(g, g->panels[i].from, out);
        text_putc(out, '\n');
    }
}

/* ---- comparing ------------------------------------------------------------------------------- */

static char *result_of(const char *path, const registry *ops)
{
    command_line c;
    diagnostics d = { 0 };
    text out = { 0 };
    read_options(path, &c);
    graph *g = pipeline_read(
        path, ops, &(graph_options){ c.list[0], c.list[1], c.list[2], c.list[3], NULL }, &d);
    diagnostics_print(&d, false, &out);
    if (g) print_graph(g, &out);
    graph_free(g);
    diagnostics_free(&d);
    free(c.text);
    return text_take(&out);
}

static int check_one(const char *path, const registry *ops)
{
    char expected_path[256];
    snprintf(expected_path, sizeof expected_path, "%.*s.expected", (int)strlen(path) - 5, path);
    char *got = result_of(path, ops), *expected = read_file(expected_path);
    int differs = !got || !expected || strcmp(got, expected) != 0;
    if (differs && getenv("ATOMLOOM_REFRESH")) {
        FILE *f = fopen(expected_path, "wb");
        if (f && got) fputs(got, f);
        if (f) fclose(f);
        differs = 0;
    } else if (differs)
        fprintf(stderr, "%s: differs from %s; it gave:\n%s\n", path, expected_path,
                got ? got : "(nothing)");
    free(got);
    free(expected);
    return differs;
}

START_TEST(every_file_gives_its_expected_text)
{
    glob_t files;
    registry *ops = test_registry();
    int differing = 0;
    ck_assert_int_eq(chdir(ATOMLOOM_SOURCE_DIR "/tests/pipeline/golden"), 0);
    ck_assert_int_eq(glob("*.yaml", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) differing += check_one(files.gl_pathv[i], ops);
    ck_assert_uint_gt(files.gl_pathc, 50);
    ck_assert_int_eq(differing, 0);
    globfree(&files);
    registry_close(ops);
}
END_TEST

TEST_MAIN("pipeline.golden", every_file_gives_its_expected_text)
