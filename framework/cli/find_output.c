/* cli/find_output.c - an output, or any port of any node, by its name; and what was probably meant
 * where there is none. See outputs.h */
#include "cli/outputs.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* "recon.volume", "recon[minutes=30].volume" or, as in a pipeline, "recon.volume[minutes=30]" taken
 * apart. `instance` is the name without the port. False where it is none of these. */
typedef struct port_name {
    text instance;
    const char *port;
    size_t port_length;
} port_name;

static bool split_port(const char *name, port_name *out)
{
    const char *open = strchr(name, '['), *close = strrchr(name, ']'),
               *dot = strrchr(close ? close : name, '.');
    bool behind = close && !close[1] && !dot; /* the bracket is the last thing */
    if (behind)
        for (const char *c = name; c < open; c++)
            if (*c == '.') dot = c;
    if (!dot) return false;
    *out = (port_name){ .port = dot + 1,
                        .port_length = behind ? (size_t)(open - dot) - 1 : strlen(dot + 1) };
    text_add(&out->instance, name, (size_t)(dot - name));
    if (behind) text_puts(&out->instance, open);
    return out->instance.data != NULL;
}

static int32_t output_named(const loom_op *op, const port_name *p)
{
    for (int32_t k = 0; op->outputs[k].name; k++)
        if (strlen(op->outputs[k].name) == p->port_length
            && !strncmp(op->outputs[k].name, p->port, p->port_length))
            return k;
    return -1;
}

/* Is it what the name of its node means: the one instance there is, or that --only left? */
static bool is_only_one(const graph *g, int32_t instance)
{
    assert(instance >= 0 && instance < g->instance_count);
    const graph_node *node = &g->nodes[g->instances[instance].node];
    int32_t others = 0;
    for (int32_t i = node->first; i < node->first + node->count; i++)
        others += i != instance && !g->instances[i].left_out;
    return !g->instances[instance].left_out && !others;
}

static bool find_port(const graph *g, const char *name, graph_edge *out)
{
    port_name p;
    bool found = false;
    if (!split_port(name, &p)) return false;
    for (int32_t i = 0; i < g->instance_count && !found; i++) {
        const graph_node *node = &g->nodes[g->instances[i].node];
        if (strcmp(g->instances[i].name, p.instance.data) != 0
            && !(is_only_one(g, i) && !strcmp(node->name, p.instance.data)))
            continue;
        *out = (graph_edge){ i, output_named(node->op->op, &p) };
        found = out->output >= 0;
    }
    text_free(&p.instance);
    return found;
}

/* Some names for a hint, 12 at most. */
typedef struct name_list {
    text out;
    int shown;
} name_list;

static void list_name(name_list *l, const char *name)
{
    assert(name);
    enum { MOST = 12 };
    if (l->shown < MOST) text_printf(&l->out, "%s%s", l->shown ? ", " : "", name);
    else if (l->shown == MOST) text_puts(&l->out, ", ...");
    l->shown++;
}

/* ---- a value at each point of the axes ------------------------------------------------------- */

/* `asked`: the bracket that was given, "" where none was; `meant`: the point whose value it names.
 */
typedef struct points {
    const char *asked, *first, *meant;
    name_list all;
} points;

static void add_point(points *p, const char *point)
{
    const char *equal = strrchr(point, '='), *asked_equal = strrchr(p->asked, '=');
    const char *value = asked_equal ? asked_equal + 1 : *p->asked ? p->asked + 1 : "";
    if (*value && equal && !strcmp(equal + 1, value)) p->meant = point;
    if (!p->first) p->first = point;
    list_name(&p->all, point);
}

/* `base`: what has these points, its first `length` bytes. */
static bool tell_points(points *p, const char *base, size_t length, error *e)
{
    assert(base && length > 0);
    text todo = { 0 };
    int n = (int)length;
    if (!p->first) return false;
    if (p->meant) text_printf(&todo, "did you mean '%.*s%s'? ", n, base, p->meant);
    text_printf(&todo, "its points: %s", p->all.out.data);
    if (*p->asked)
        error_set(e, LOOM_E_PARAM, todo.data, "'%.*s' has no point '%s'", n, base, p->asked);
    else
        error_set(e, LOOM_E_PARAM, todo.data, "'%.*s' has %d values; name one, as in '%.*s%s'", n,
                  base, p->all.shown, n, base, p->first);
    text_free(&todo);
    text_free(&p->all.out);
    return true;
}

/* "total" or "total[45]" of an output that repeats. */
static bool no_point(const graph_output *list, int32_t count, const char *name, error *e)
{
    size_t base = strcspn(name, "[");
    points p = { .asked = name + base };
    for (int32_t i = 0; base && i < count; i++)
        if (!strncmp(list[i].name, name, base) && list[i].name[base] == '[')
            add_point(&p, list[i].name + base);
    return tell_points(&p, name, base, e);
}

/* GROUP or GROUP.NAME of a `use:` that is there: what it does have. */
static bool no_group_output(const graph *g, const char *name, error *e)
{
    size_t n = strcspn(name, ".[");
    name_list known = { 0 };
    text todo = { 0 };
    const char *latest = "";
    for (int32_t i = 0; i < g->group_output_count; i++) {
        const char *own = g->group_outputs[i].name;
        size_t length = strcspn(own, "[");
        if (strncmp(own, name, n) || own[n] != '.') continue;
        if (!strncmp(own, latest, length) && strcspn(latest, "[") == length) continue;
        text whole = { 0 };
        text_add(&whole, own, length);
        list_name(&known, whole.data ? whole.data : own);
        text_free(&whole);
        latest = own;
    }
    bool found = known.shown > 0;
    text_printf(&todo, "its outputs: %s", found ? known.out.data : "");
    if (found && name[n] == '.')
        error_set(e, LOOM_E_PARAM, todo.data, "group '%.*s' has no output '%s'", (int)n, name,
                  name + n + 1);
    else if (found)
        error_set(e, LOOM_E_PARAM, todo.data, "'%.*s' is a group; name one of its outputs", (int)n,
                  name);
    text_free(&todo);
    text_free(&known.out);
    return found;
}

/* NODE, NODE.PORT or NODE.PORT[point] of a node that is there: what it does have, or at which
 * points. */
static bool no_port(const graph *g, const char *name, error *e)
{
    size_t n = strcspn(name, ".["), length = n;
    const graph_node *node = NULL;
    for (int32_t i = 0; i < g->node_count && !node; i++)
        if (strlen(g->nodes[i].name) == n && !strncmp(g->nodes[i].name, name, n))
            node = &g->nodes[i];
    if (!node) return false;
    const char *dot = strchr(name + n, '.');
    name_list known = { 0 };
    bool has = false;
    for (const loom_port *p = node->op->op->outputs; p->name; p++) {
        size_t port = strlen(p->name);
        bool same =
            dot && !strncmp(dot + 1, p->name, port) && (!dot[1 + port] || dot[1 + port] == '[');
        if (same) length = (size_t)(dot - name) + 1 + port;
        has = has || same;
        list_name(&known, p->name);
    }
    points p = { .asked = name + length };
    for (int32_t k = node->first; has && node->count > 1 && k < node->first + node->count; k++)
        add_point(&p, g->instances[k].name + n);
    text todo = { 0 };
    text_printf(&todo, "its outputs: %s", known.out.data);
    if (!tell_points(&p, name, length, e)) {
        if (dot)
            error_set(e, LOOM_E_PARAM, todo.data, "node '%s' has no output '%s'", node->name,
                      dot + 1);
        else
            error_set(e, LOOM_E_PARAM, todo.data,
                      "'%s' is a node; name one of its outputs, as in '%s.%s%s'", name, node->name,
                      node->op->op->outputs->name, name + n);
    }
    text_free(&todo);
    text_free(&known.out);
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void no_output(const graph *g, const char *name, error *e)
{
    text todo = { 0 };
    name_list known = { 0 };
    const char **base = calloc((size_t)g->output_count + 1, sizeof *base);
    int n = 0;
    for (int32_t i = 0; base && i < g->output_count; i++) {
        size_t length = strcspn(g->outputs[i].name, "[");
        if (n && !strncmp(base[n - 1], g->outputs[i].name, length) && !base[n - 1][length])
            continue;
        base[n] = strndup(g->outputs[i].name, length);
        n += base[n] != NULL;
    }
    int near = base ? nearest_word(name, base, n) : -1;
    if (near >= 0) text_printf(&todo, "did you mean '%s'? ", base[near]);
    for (int i = 0; i < n; i++) list_name(&known, base[i]);
    text_printf(&todo, "outputs: %s; or any NODE.PORT", known.out.data ? known.out.data : "none");
    error_set(e, LOOM_E_PARAM, todo.data, "%s has no output '%s'", g->path, name);
    for (int i = 0; i < n; i++) free((char *)(uintptr_t)base[i]);
    free(base);
    text_free(&todo);
    text_free(&known.out);
}

static bool find_listed(const graph_output *list, int32_t count, const char *name, graph_edge *out)
{
    assert(list || !count);
    for (int32_t i = 0; i < count; i++)
        if (!strcmp(list[i].name, name)) {
            *out = list[i].from;
            return true;
        }
    return false;
}

/* "total" where there is one point of it, or --only has left one. */
static bool find_only_point(const graph_output *list, int32_t count, const char *name,
                            graph_edge *out)
{
    size_t n = strlen(name);
    int found = 0;
    for (int32_t i = 0; i < count; i++)
        if (!strncmp(list[i].name, name, n) && list[i].name[n] == '[' && !found++)
            *out = list[i].from;
    return found == 1;
}

/* "part.total" of a `use:`; its point may stand in the middle, as in "part[minutes=30].total". */
static bool find_in_group(const graph *g, const char *name, graph_edge *out)
{
    const char *open = strchr(name, '['), *close = strrchr(name, ']');
    text usual = { 0 };
    if (open && close && close[1] == '.')
        text_printf(&usual, "%.*s%s%.*s", (int)(open - name), name, close + 1,
                    (int)(close + 1 - open), open);
    const char *wanted = usual.data ? usual.data : name;
    bool found = find_listed(g->group_outputs, g->group_output_count, wanted, out)
                 || find_only_point(g->group_outputs, g->group_output_count, wanted, out);
    text_free(&usual);
    return found;
}

bool output_find(const graph *g, const char *name, graph_edge *out, error *e)
{
    assert(name && out);
    if (find_listed(g->outputs, g->output_count, name, out) || find_port(g, name, out)
        || find_only_point(g->outputs, g->output_count, name, out) || find_in_group(g, name, out))
        return true;
    if (!no_point(g->outputs, g->output_count, name, e)
        && !no_point(g->group_outputs, g->group_output_count, name, e) && !no_port(g, name, e)
        && !no_group_output(g, name, e))
        no_output(g, name, e);
    return false;
}
