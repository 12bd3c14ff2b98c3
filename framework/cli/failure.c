/* cli/failure.c - see failure.h */
#include "cli/failure.h"
#include "cli/describe.h"
#include "base/show.h"
#include <assert.h>
#include <string.h>

place failure_place(const graph *g, int32_t instance, const char *where,
                    const loom_param **by_default)
{
    assert(instance >= 0 && instance < g->instance_count);
    const graph_instance *i = &g->instances[instance];
    const graph_node *n = &g->nodes[i->node];
    const loom_op *op = n->op->op;
    int row = *where ? params_find(op, where, NULL) : -1;
    *by_default = NULL;
    if (row >= 0 && n->param_at[row].file) return n->param_at[row];
    for (int32_t k = 0; *where && k < i->input_count; k++)
        if (!strcmp(i->input[k].port->name, where) && i->input[k].count) return i->input[k].at;
    if (row < 0) return n->at;
    *by_default = &op->params[row];
    return n->op_at;
}

/* The last lines of a log, indented. */
static void log_tail(const char *log, text *out)
{
    enum { MOST = 12 };
    if (!log) return;
    const char *end = log + strlen(log), *at = end;
    while (end > log && end[-1] == '\n') end--;
    at = end;
    for (int lines = 0; at > log; at--)
        if (at[-1] == '\n' && ++lines == MOST) break;
    if (at < end) text_printf(out, at > log ? "  the end of its log:\n" : "  its log:\n");
    while (at < end) {
        size_t n = strcspn(at, "\n");
        if (at + n > end) n = (size_t)(end - at);
        text_puts(out, "    ");
        show_line(out, at, n && at[n - 1] == '\r' ? n - 1 : n);
        text_putc(out, '\n');
        at += n + 1;
    }
}

/* What the op complains about is not in the file: the value that it has. */
static void default_text(const loom_param *p, text *out)
{
    text value = { 0 };
    param_default(p, &value);
    text_printf(out, " ('%s' is not set here: its default is %s)", p->name,
                value.length ? value.data : "empty");
    text_free(&value);
}

void failure_text(const graph *g, int32_t instance, const error *failure, const char *log,
                  bool colour, text *out)
{
    assert(instance >= 0 && instance < g->instance_count);
    const graph_instance *i = &g->instances[instance];
    text message = { 0 };
    const loom_param *by_default;
    place at = failure_place(g, instance, failure ? failure->where : "", &by_default);
    text_printf(&message, "%s (%s) failed: %s", i->name, g->nodes[i->node].op->op->id,
                failure && *failure->message ? failure->message : "no message");
    if (by_default) default_text(by_default, &message);
    if (message.data)
        place_print(at, false, message.data, failure && *failure->todo ? failure->todo : NULL,
                    colour, out);
    log_tail(log, out);
    text_free(&message);
}
