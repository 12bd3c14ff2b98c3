/* cli/plan_cost.c - see plan_cost.h */
#include "cli/plan_cost.h"
#include "base/json.h"
#include "cli/amounts.h"
#include "run/cost.h"
#include "run/machine.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 48 };

/* ---- the table ------------------------------------------------------------------------------- */

static const char *source_text(const cost_node *c)
{
    switch (c->from) {
    case COST_ESTIMATE: return "estimate of the op";
    case COST_BEFORE: return "the last run";
    case COST_OTHERS: return "other instances of the op";
    default: return c->timed ? "the last run" : "nothing yet: it never ran";
    }
}

static bool is_too_much(const cost_node *c)
{
    return c->from == COST_ESTIMATE && c->bytes > machine_mine()->memory_bytes;
}

static void node_row(const graph_node *n, const cost_node *c, int width, text *out)
{
    char name[CELL * 4], memory[32] = "?", time[32] = "?";
    assert(c->count > 0);
    if (c->count > 1) snprintf(name, sizeof name, "%s x%d", n->name, c->count);
    else snprintf(name, sizeof name, "%s", n->name);
    if (c->bytes) bytes_text(c->bytes, memory);
    if (c->timed) seconds_text(c->seconds, time);
    text_printf(out, "  %-*s  %10s  %12s  %s%s\n", width, name, memory, time, source_text(c),
                is_too_much(c) ? ": does not fit" : "");
}

static int name_width(const graph *g, const cost_node *c)
{
    int width = 4;
    for (int32_t k = 0; k < g->node_count; k++) {
        int more = c[k].count > 1 ? snprintf(NULL, 0, " x%d", c[k].count) : 0,
            w = (int)strlen(g->nodes[k].name) + more;
        if (c[k].count && w > width) width = w;
    }
    return width < CELL ? width : CELL;
}

/* The node that needs most, of those of which something is known; -1 where nothing is. */
static int32_t largest(const graph *g, const cost_node *c)
{
    int32_t most = -1;
    assert(g->node_count >= 0);
    for (int32_t k = 0; k < g->node_count; k++)
        if (c[k].count && c[k].bytes && (most < 0 || c[k].bytes > c[most].bytes)) most = k;
    return most;
}

static void sum_up(const graph *g, const cost_node *c, text *out)
{
    char a[32], b[32];
    int32_t most = largest(g, c), unknown = 0;
    double seconds = 0;
    for (int32_t k = 0; k < g->node_count; k++) {
        seconds += c[k].seconds;
        unknown += c[k].count && !c[k].timed;
    }
    text_printf(out, "\nmemory that may be used here: %s",
                bytes_text(machine_mine()->memory_bytes, a));
    if (most >= 0)
        text_printf(out, "; the most: %s, by %s", bytes_text(c[most].bytes, b),
                    g->nodes[most].name);
    text_printf(out, "\ntime, one after the other: about %s", seconds_text(seconds, a));
    if (unknown)
        text_printf(out, ", and %d node%s of which nothing is known", unknown,
                    plural((uint64_t)unknown));
    text_putc(out, '\n');
    for (int32_t k = 0; k < g->node_count; k++)
        if (c[k].count && is_too_much(&c[k]))
            text_printf(out,
                        "%s cannot run here: bin or crop what it takes in, use fewer images, a "
                        "smaller volume or less oversampling, or another machine\n",
                        g->nodes[k].name);
}

static void table_text(const graph *g, const cost_node *c, text *out)
{
    int width = name_width(g, c), rows = 0;
    text_printf(out, "  %-*s  %10s  %12s  from\n", width, "node", "memory", "time");
    for (int32_t k = 0; k < g->node_count; k++) {
        if (!c[k].count) continue;
        node_row(&g->nodes[k], &c[k], width, out);
        rows++;
    }
    if (rows) {
        sum_up(g, c, out);
        return;
    }
    text_clear(out);
    text_puts(out, "everything is in the store: nothing will run\n");
}

/* ---- --json ---------------------------------------------------------------------------------- */

static void node_json(const graph_node *n, const cost_node *c, text *out)
{
    static const char *const source[] = { NULL, "estimate", "last run", "other instances" };
    json_member(out, "node", n->name);
    json_member(out, "op", n->op->op->id);
    json_member_number(out, "instances", c->count);
    if (c->bytes) json_member_number(out, "memory_bytes", (double)c->bytes);
    if (c->bytes) json_member(out, "memory_from", source[c->from]);
    if (c->timed) json_member_number(out, "time_s", c->seconds);
    if (c->timed) json_member(out, "time_from", source[c->timed]);
    json_name(out, "fits");
    text_puts(out, is_too_much(c) ? "false" : "true");
}

static void cost_json(const graph *g, const cost_node *c, text *out)
{
    int rows = 0;
    text_puts(out, "{");
    json_member_number(out, "machine_memory_bytes", (double)machine_mine()->memory_bytes);
    json_name(out, "nodes");
    text_puts(out, "[");
    for (int32_t k = 0; k < g->node_count; k++) {
        if (!c[k].count) continue;
        text_puts(out, rows++ ? ",\n  {" : "\n  {");
        node_json(&g->nodes[k], &c[k], out);
        text_putc(out, '}');
    }
    text_puts(out, "\n]}\n");
}

bool plan_cost_text(const plan *p, bool json, text *out, error *e)
{
    cost_node *c = calloc((size_t)p->graph->node_count + 1, sizeof *c);
    if (!c) return error_memory(e, "the costs");
    plan_cost(p, c);
    if (json) cost_json(p->graph, c, out);
    else table_text(p->graph, c, out);
    free(c);
    return true;
}
