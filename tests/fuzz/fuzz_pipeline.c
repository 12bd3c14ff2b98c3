/* Any bytes as a pipeline file, with the command line in its head (# --set x=y): diagnostics or a
 * graph, never a crash, a hang or a leak. */
#include "base/text.h"
#include "pipeline/graph.h"
#include "pipeline/ops.h"
#include "fuzz/fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_OPTIONS = 4 };
typedef struct options {
    const char *list[4][MAX_OPTIONS + 1];
    int count[4];
} options;

/* `head` is cut into lines; they stay where they are. */
static void find_options(char *head, options *o)
{
    static const char *const names[] = { "# --set ", "# --var ", "# --sweep ", "# --only " };
    char *rest = NULL;
    for (char *line = strtok_r(head, "\n", &rest); line && *line == '#';
         line = strtok_r(NULL, "\n", &rest))
        for (int k = 0; k < 4; k++)
            if (!strncmp(line, names[k], strlen(names[k])) && o->count[k] < MAX_OPTIONS)
                o->list[k][o->count[k]++] = line + strlen(names[k]);
}

/* What holds of any graph: inputs come before what takes them, and counts agree. */
static void check_graph(const graph *g)
{
    for (int32_t i = 0; i < g->instance_count; i++)
        for (int32_t k = 0; k < g->instances[i].input_count; k++)
            for (int32_t j = 0; j < g->instances[i].input[k].count; j++)
                if (g->instances[i].input[k].from[j].instance >= i) abort();
    for (int32_t i = 0; i < g->output_count; i++)
        if (g->outputs[i].from.instance < 0 || g->outputs[i].from.instance >= g->instance_count)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static registry *ops;
    char path[64];
    options o = { 0 };
    diagnostics d = { 0 };
    text shown = { 0 };
    if (!ops) ops = test_registry();
    int fd = memfd_create("pipeline", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    char *head = strndup((const char *)data, size < 4096 ? size : 4096);
    find_options(head, &o);
    graph *g = pipeline_read(
        path, ops, &(graph_options){ o.list[0], o.list[1], o.list[2], o.list[3], NULL }, &d);
    diagnostics_print(&d, false, &shown);
    if (g) check_graph(g);
    if (!g && !shown.length) abort(); /* a failure says why */
    graph_free(g);
    diagnostics_free(&d);
    text_free(&shown);
    free(head);
    close(fd);
    return 0;
}
