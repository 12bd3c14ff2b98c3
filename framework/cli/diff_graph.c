/* cli/diff_graph.c - two pipelines node by node; see diff.h */
#include "cli/diff.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void diff_add(diff_list *list, const char *of, const char *what, const char *before,
              const char *after)
{
    assert(of && what && (before || after));
    for (int i = list->count - 1; i >= 0 && i >= list->count - 64; i--) {
        diff_line *d = &list->item[i];
        bool same = !strcmp(d->of, of) && !strcmp(d->what, what) && !d->before == !before
                    && !d->after == !after && (!before || !strcmp(d->before, before))
                    && (!after || !strcmp(d->after, after));
        if (same) {
            d->times++; /* of another instance */
            return;
        }
    }
    diff_line *more = realloc(list->item, ((size_t)list->count + 1) * sizeof *more);
    if (more) list->item = more;
    diff_line one = { strdup(of), strdup(what), before ? strdup(before) : NULL,
                      after ? strdup(after) : NULL, 1 };
    list->failed |=
        !more || !one.of || !one.what || (before && !one.before) || (after && !one.after);
    if (list->failed) {
        free(one.of), free(one.what), free(one.before), free(one.after);
        return;
    }
    list->item[list->count++] = one;
}

void diff_list_free(diff_list *list)
{
    for (int i = 0; i < list->count; i++) {
        diff_line *d = &list->item[i];
        free(d->of), free(d->what), free(d->before), free(d->after);
    }
    free(list->item);
    *list = (diff_list){ 0 };
}

/* ---- parameters ------------------------------------------------------------------------------ */

static bool is_same_content(const loom_param *row, const param_value *a, const param_value *b)
{
    assert(row && a && b);
    int64_t n = param_files(row, a);
    if (!n || n != param_files(row, b)) return false;
    for (int64_t i = 0; i < n; i++) {
        const digest *x = param_file_content(row, a, i), *y = param_file_content(row, b, i);
        if (!x || !y || !digest_equal(x, y)) return false;
    }
    return true;
}

/* A value for people; of files also what is in them, since a name says little. */
static char *value_text(const loom_param *row, const param_value *v)
{
    text t = { 0 };
    char hex[65];
    param_text(row, v, &t);
    for (int64_t i = 0, n = param_files(row, v); i < n && i < 1; i++) {
        const digest *d = param_file_content(row, v, i);
        if (d) text_printf(&t, " (sha256 %.12s%s)", digest_text(d, hex), n > 1 ? ", ..." : "");
    }
    if (row->unit && *row->unit) text_printf(&t, " %s", row->unit);
    return text_take(&t);
}

static void compare_row(const char *node, const loom_param *row, const param_value *a,
                        const param_value *b, diff_list *out)
{
    char *x = value_text(row, a), *y = value_text(row, b);
    out->failed |= !x || !y;
    if (x && y && strcmp(x, y) != 0) {
        bool files = is_same_content(row, a, b);
        diff_add(out, node, files ? "file of the same content" : row->name, x, y);
    }
    free(x);
    free(y);
}

static void compare_params(const char *node, const param_set *a, const param_set *b, diff_list *out)
{
    const loom_op *op = a->op;
    assert(a->count == params_rows(op));
    for (int i = 0; i < params_rows(op); i++) {
        int k = params_find(b->op, op->params[i].name, NULL);
        if (op->params[i].flags & LOOM_NO_EFFECT) continue;
        if (k >= 0) compare_row(node, &op->params[i], &a->value[i], &b->value[k], out);
    }
}

/* ---- connections ----------------------------------------------------------------------------- */

static void source_text(const graph *g, const graph_input *in, text *out)
{
    enum { MOST = 6 };
    assert(in->count >= 0);
    for (int32_t i = 0; i < in->count && i < MOST; i++) {
        assert(in->from[i].instance >= 0 && in->from[i].instance < g->instance_count);
        const graph_instance *from = &g->instances[in->from[i].instance];
        const loom_op *op = g->nodes[from->node].op->op;
        text_printf(out, "%s%s.%s", i ? ", " : "", from->name,
                    op->outputs[in->from[i].output].name);
    }
    if (in->count > MOST) text_printf(out, ", ... (%d values)", in->count);
    if (!in->count) text_puts(out, "nothing");
}

static const graph_input *input_of(const graph_instance *in, const char *port)
{
    for (int32_t i = 0; i < in->input_count; i++)
        if (!strcmp(in->input[i].port->name, port)) return &in->input[i];
    return NULL;
}

static void compare_inputs(const char *node, const graph *ga, const graph_instance *a,
                           const graph *gb, const graph_instance *b, diff_list *out)
{
    for (int32_t i = 0; i < a->input_count; i++) {
        const graph_input *other = input_of(b, a->input[i].port->name);
        text x = { 0 }, y = { 0 };
        source_text(ga, &a->input[i], &x);
        if (other) source_text(gb, other, &y);
        if (other && x.data && y.data && strcmp(x.data, y.data) != 0)
            diff_add(out, node, a->input[i].port->name, x.data, y.data);
        text_free(&x);
        text_free(&y);
    }
}

/* ---- nodes and axes -------------------------------------------------------------------------- */

static const graph_node *node_of(const graph *g, const char *name)
{
    for (int32_t i = 0; i < g->node_count; i++)
        if (!strcmp(g->nodes[i].name, name)) return &g->nodes[i];
    return NULL;
}

/* The instance of that name, else the node's first: its axes may have other points. */
static const graph_instance *instance_of(const graph *g, const graph_node *n, const char *name)
{
    assert(n->count >= 0);
    for (int32_t i = n->first; i < n->first + n->count; i++)
        if (!strcmp(g->instances[i].name, name)) return &g->instances[i];
    return n->count ? &g->instances[n->first] : NULL;
}

static void compare_nodes(const graph *ga, const graph_node *a, const graph *gb,
                          const graph_node *b, diff_list *out)
{
    const op_entry *x = a->op, *y = b->op;
    assert(a->first >= 0 && a->first + a->count <= ga->instance_count);
    assert(b->first >= 0 && b->first + b->count <= gb->instance_count);
    if (strcmp(x->op->id, y->op->id) != 0) diff_add(out, a->name, "op", x->op->id, y->op->id);
    else if (!digest_equal(&x->file->content, &y->file->content))
        diff_add(out, a->name, "plugin", x->file->path, y->file->path);
    for (int32_t i = a->first; i < a->first + a->count; i++) {
        const graph_instance *one = &ga->instances[i], *other = instance_of(gb, b, one->name);
        if (!other) continue;
        compare_params(a->name, one->params, other->params, out);
        if (i == a->first) compare_inputs(a->name, ga, one, gb, other, out);
    }
}

static void axis_text(const graph_axis *a, text *out)
{
    for (int32_t i = 0; i < a->count; i++) text_printf(out, "%s%s", i ? ", " : "", a->value[i]);
}

static const graph_axis *axis_of(const graph *g, const char *name)
{
    for (int32_t i = 0; i < g->axis_count; i++)
        if (!strcmp(g->axes[i].name, name)) return &g->axes[i];
    return NULL;
}

static void compare_axes(const graph *a, const graph *b, diff_list *out)
{
    for (int32_t i = 0; i < a->axis_count; i++) {
        const graph_axis *other = axis_of(b, a->axes[i].name);
        text x = { 0 }, y = { 0 };
        axis_text(&a->axes[i], &x);
        if (other) axis_text(other, &y);
        if (!other || (x.data && y.data && strcmp(x.data, y.data) != 0))
            diff_add(out, a->axes[i].name, "axis", x.data, other ? y.data : NULL);
        text_free(&x);
        text_free(&y);
    }
    for (int32_t i = 0; i < b->axis_count; i++) {
        text y = { 0 };
        axis_text(&b->axes[i], &y);
        if (!axis_of(a, b->axes[i].name)) diff_add(out, b->axes[i].name, "axis", NULL, y.data);
        text_free(&y);
    }
}

void diff_graphs(const graph *a, const graph *b, diff_list *out)
{
    assert(a && b && out);
    compare_axes(a, b, out);
    for (int32_t i = 0; i < a->node_count; i++) {
        const graph_node *other = node_of(b, a->nodes[i].name);
        if (other) compare_nodes(a, &a->nodes[i], b, other, out);
        else diff_add(out, a->nodes[i].name, "node", a->nodes[i].op->op->id, NULL);
    }
    for (int32_t i = 0; i < b->node_count; i++)
        if (!node_of(a, b->nodes[i].name))
            diff_add(out, b->nodes[i].name, "node", NULL, b->nodes[i].op->op->id);
}
