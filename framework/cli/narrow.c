/* cli/narrow.c - see narrow.h */
#include "cli/narrow.h"
#include "cli/outputs.h"
#include "cli/print.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Takes `name`, also on failure. */
static bool add(cli_session *s, int32_t *count, char *name, graph_edge from, place at)
{
    assert(*count >= 0);
    graph_output *more = name ? realloc(s->outputs, ((size_t)*count + 1) * sizeof *more) : NULL;
    if (!more) {
        free(name);
        return false;
    }
    s->outputs = more;
    more[(*count)++] = (graph_output){ name, from, at };
    s->output_count = *count;
    return true;
}

static bool is_there(const cli_session *s, graph_edge from)
{
    for (int32_t i = 0; i < s->output_count; i++)
        if (s->outputs[i].from.instance == from.instance
            && s->outputs[i].from.output == from.output)
            return true;
    return false;
}

static int out_of_memory(void)
{
    return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory for the outputs");
}

/* ---- --until --------------------------------------------------------------------------------- */

static int add_node(cli_session *s, int32_t *count, const char *node)
{
    const graph *g = s->graph;
    int found = 0;
    for (int32_t i = 0; i < g->instance_count; i++) {
        if (!cli_matches(g, i, node)) continue;
        const graph_node *n = &g->nodes[g->instances[i].node];
        const loom_port *port = n->op->op->outputs;
        found++;
        for (int32_t o = 0; port[o].name; o++) {
            text name = { 0 };
            if (is_there(s, (graph_edge){ i, o })) continue;
            text_printf(&name, "%s.%s%s", n->name, port[o].name,
                        g->instances[i].name + strlen(n->name));
            if (!add(s, count, text_take(&name), (graph_edge){ i, o }, n->at))
                return out_of_memory();
        }
    }
    return found ? 0 : cli_no_node(g, node);
}

/* ---- --outputs ------------------------------------------------------------------------------- */

/* Is it the output, or one of its points? "total" means total[k=1], total[k=2]. */
static bool means(const char *asked, const char *output)
{
    assert(asked && output);
    size_t base = strcspn(output, "[");
    return !strcmp(asked, output) || (strlen(asked) == base && !strncmp(asked, output, base));
}

static int add_output(cli_session *s, int32_t *count, const char *asked)
{
    error e = { 0 };
    graph_edge from;
    int found = 0;
    for (int32_t i = 0; i < s->graph->output_count; i++) {
        const graph_output *o = &s->graph->outputs[i];
        if (!means(asked, o->name)) continue;
        found++;
        if (!is_there(s, o->from) && !add(s, count, strdup(o->name), o->from, o->at))
            return out_of_memory();
    }
    if (found) return 0;
    if (!output_find(s->graph, asked, &from, &e)) return cli_report(&e);
    place at = s->graph->nodes[s->graph->instances[from.instance].node].at;
    return is_there(s, from) || add(s, count, strdup(asked), from, at) ? 0 : out_of_memory();
}

/* "A,B[k=1, m=2]": names are separated by commas outside of brackets. */
static int add_outputs(cli_session *s, int32_t *count, const char *list)
{
    int status = 0;
    for (const char *c = list; !status; c++) {
        size_t n = 0;
        for (bool inside = false; c[n] && (inside || c[n] != ','); n++)
            inside = c[n] == '[' || (inside && c[n] != ']');
        char *name = strndup(c, n);
        if (!name) return out_of_memory();
        if (!*name)
            status = cli_fail(LOOM_E_PARAM, "as in --outputs total,mean",
                              "--outputs '%s' has an empty name", list);
        else status = add_output(s, count, name);
        free(name);
        c += n;
        if (!*c) break;
    }
    return status;
}

static void use_outputs(cli_session *s, int32_t count)
{
    s->graph->outputs = s->outputs;
    s->graph->output_count = count;
}

bool narrow_to(cli_session *s, const char *name)
{
    int32_t count = 0;
    const graph *g = s->graph;
    for (int32_t i = 0; i < g->output_count; i++)
        if (means(name, g->outputs[i].name)
            && !add(s, &count, strdup(g->outputs[i].name), g->outputs[i].from, g->outputs[i].at))
            return false;
    if (count) use_outputs(s, count);
    return count > 0;
}

int narrow_outputs_to(cli_session *s, const char *list)
{
    int32_t count = 0;
    int status = add_outputs(s, &count, list);
    if (!status) use_outputs(s, count);
    return status;
}

int narrow_outputs(const cli_args *args, cli_session *s)
{
    int32_t count = 0;
    int status = 0;
    const char *const *until = cli_values(args, "until"), *const *list =
                                                              cli_values(args, "outputs");
    if (!*until && !*list) return 0;
    if (cli_has(args, "report"))
        return cli_fail(LOOM_E_PARAM, "leave one of them out",
                        "--report draws the whole page, and --%s computes a part of it",
                        *until ? "until" : "outputs");
    for (; !status && *list; list++) status = add_outputs(s, &count, *list);
    for (; !status && *until; until++) status = add_node(s, &count, *until);
    if (status) return status;
    use_outputs(s, count);
    return 0;
}

/* ---- --force --------------------------------------------------------------------------------- */

int narrow_check_forced(const cli_args *args, const plan *p)
{
    for (const char *const *name = cli_values(args, "force"); *name; name++) {
        int found = 0, needed = 0;
        for (int32_t i = 0; i < p->graph->instance_count; i++) {
            if (!cli_matches(p->graph, i, *name)) continue;
            found++;
            needed += p->step[i].state != PLAN_UNNEEDED;
        }
        if (!found) return cli_no_node(p->graph, *name);
        if (!needed) {
            text todo = { 0 };
            text_puts(&todo, "add --until ");
            shell_word(&todo, *name);
            int status = cli_fail(LOOM_E_PARAM, todo.data,
                                  "--force %s: no output that is asked for depends on it", *name);
            text_free(&todo);
            return status;
        }
    }
    return 0;
}
