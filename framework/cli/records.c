/* cli/records.c - see records.h */
#include "cli/records.h"
#include "run/provenance.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

json_t *instance_json(const plan *p, int32_t i)
{
    assert(i >= 0 && i < p->graph->instance_count);
    text t = { 0 };
    provenance_write(p, i, NULL, &t);
    json_t *o = t.data && !t.failed ? json_loads(t.data, 0, NULL) : NULL;
    text_free(&t);
    return o;
}

bool executed_read(store *s, const digest *key, executed *out, error *e)
{
    static const char again[] = "run the pipeline again: the record is made again";
    char hex[65];
    *out = (executed){ 0 };
    if (!store_read_action(s, key, &out->record, e))
        return error_set(e, LOOM_E_IO, again, "the store has no record of action %s",
                         digest_text(key, hex));
    out->provenance = json_loads(out->record.provenance ? out->record.provenance : "", 0, NULL);
    if (!out->provenance) {
        executed_free(out);
        return error_set(e, LOOM_E_IO,
                         "`atomloom cache rm` removes it; the next run makes it again",
                         "the record of action %s cannot be read", digest_text(key, hex));
    }
    out->host = record_text(out->provenance, "host");
    out->atomloom = record_text(out->provenance, "atomloom");
    out->started = record_text(out->provenance, "started");
    out->threads = (int)json_integer_value(json_object_get(out->provenance, "threads"));
    return true;
}

void executed_free(executed *x)
{
    json_decref(x->provenance);
    action_record_free(&x->record);
    *x = (executed){ 0 };
}

int32_t *rests_on(const graph *g, const graph_edge *outputs, int32_t n, int32_t *count, error *e)
{
    assert(n >= 0 && (outputs || !n));
    size_t all = (size_t)g->instance_count;
    int32_t *list = calloc(all + 1, sizeof *list), k = 0;
    bool *needed = calloc(all + 1, sizeof *needed);
    for (int32_t i = 0; needed && i < n; i++) needed[outputs[i].instance] = true;
    for (int32_t i = g->instance_count - 1; needed && i >= 0; i--) {
        const graph_instance *in = &g->instances[i];
        for (int32_t port = 0; needed[i] && port < in->input_count; port++)
            for (int32_t j = 0; j < in->input[port].count; j++)
                needed[in->input[port].from[j].instance] = true;
    }
    for (int32_t i = 0; list && needed && i < g->instance_count; i++)
        if (needed[i]) list[k++] = i;
    *count = k;
    if (!needed || !list) {
        free(list);
        list = NULL;
        error_memory(e, "the history of the outputs");
    }
    free(needed);
    return list;
}

/* ---- who set a parameter --------------------------------------------------------------------- */

static void place_text(place at, text *out)
{
    assert(at.file);
    text_puts(out, at.file);
    if (at.line) text_printf(out, ":%d", at.line);
}

bool origin_is_default(const graph *g, int32_t node, int row)
{
    assert(node >= 0 && node < g->node_count && row >= 0);
    return !g->nodes[node].param_at || !g->nodes[node].param_at[row].file;
}

static graph_uses uses_of(const graph *g, int32_t node, int row)
{
    const graph_uses *uses = g->nodes[node].param_uses;
    return uses ? uses[row] : (graph_uses){ 0 };
}

/* The value of an axis at the instance's point, where the parameter looks at it; NULL. */
static const char *axis_value(const graph *g, const graph_instance *in, int32_t axis,
                              graph_uses uses)
{
    assert(axis >= 0 && axis < g->axis_count);
    if (!(uses.axes >> axis & 1)) return NULL;
    for (int32_t k = 0; k < in->point_count; k++)
        if (!strcmp(in->point[k].axis, g->axes[axis].name)) return in->point[k].value;
    return NULL;
}

void origin_text(const graph *g, int32_t instance, int row, text *out)
{
    const graph_instance *in = &g->instances[instance];
    int32_t node = in->node;
    const char *value;
    if (origin_is_default(g, node, row)) return;
    graph_uses uses = uses_of(g, node, row);
    place_text(g->nodes[node].param_at[row], out);
    for (int32_t i = 0; i < uses.count; i++) {
        const graph_var *v = &g->vars[uses.var[i]];
        text_printf(out, ", %s %s ", v->name, v->value_at.line ? "of" : "by");
        place_text(v->value_at, out);
    }
    for (int32_t a = 0; a < g->axis_count; a++)
        if ((value = axis_value(g, in, a, uses)))
            text_printf(out, ", %s=%s", g->axes[a].name, value);
}

/* "--set a.b=1": an option is the first word. */
static const char *origin_kind(place at)
{
    if (at.line) return "file";
    if (!strncmp(at.file, "--set ", 6)) return "set";
    if (!strncmp(at.file, "--sweep ", 8)) return "sweep";
    return !strncmp(at.file, "--var ", 6) ? "var" : "command";
}

static json_t *place_json(place at)
{
    text t = { 0 };
    place_text(at, &t);
    json_t *o = json_pack("{s:s s:s}", "kind", origin_kind(at), "where", t.data ? t.data : "");
    text_free(&t);
    return o;
}

static json_t *axis_values_json(const graph *g, const graph_instance *in, graph_uses uses)
{
    json_t *o = NULL;
    for (int32_t a = 0; a < g->axis_count; a++) {
        const char *value = axis_value(g, in, a, uses);
        if (value && !o) o = json_object();
        if (value) json_object_set_new(o, g->axes[a].name, json_string(value));
    }
    return o;
}

json_t *origin_json(const graph *g, int32_t instance, int row)
{
    const graph_instance *in = &g->instances[instance];
    int32_t node = in->node;
    if (origin_is_default(g, node, row)) return json_pack("{s:s}", "kind", "default");
    graph_uses uses = uses_of(g, node, row);
    json_t *o = place_json(g->nodes[node].param_at[row]), *list = uses.count ? json_array() : NULL;
    for (int32_t i = 0; i < uses.count; i++) {
        const graph_var *v = &g->vars[uses.var[i]];
        json_t *one = json_pack("{s:s s:s}", "name", v->name, "value", v->value);
        json_t *at = place_json(v->value_at);
        json_object_update(one, at);
        json_decref(at);
        json_array_append_new(list, one);
    }
    if (list) json_object_set_new(o, "variables", list);
    json_t *axes = axis_values_json(g, in, uses);
    if (axes) json_object_set_new(o, "axes", axes);
    return o;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

const char *record_text(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

void record_value(const json_t *v, text *out)
{
    char number[32];
    size_t i;
    json_t *item;
    if (json_is_string(v)) text_puts(out, *json_string_value(v) ? json_string_value(v) : "\"\"");
    else if (json_is_integer(v)) text_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_number(v)) text_puts(out, number_text(json_number_value(v), number));
    else if (json_is_boolean(v)) text_puts(out, json_is_true(v) ? "true" : "false");
    else if (json_is_array(v)) {
        text_putc(out, '[');
        json_array_foreach(v, i, item)
        {
            if (i) text_puts(out, ", ");
            record_value(item, out);
        }
        text_putc(out, ']');
    }
}
