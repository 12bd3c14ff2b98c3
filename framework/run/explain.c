/* run/explain.c - an instance as it is now against the record of its last execution; see explain.h.
 */
#include "run/explain.h"
#include "run/history.h"
#include "run/provenance.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void digest_short(const char *hex, char out[13])
{
    size_t n = strnlen(hex, 12);
    memcpy(out, hex, n);
    out[n] = 0;
}

/* ---- comparing two provenances --------------------------------------------------------------- */

typedef struct compare {
    const plan *plan;
    int32_t instance;
    own_changes *out;
    error *e;
    bool good;
} compare;

static void differ(compare *c, plan_reason reason, const char *name, const char *before,
                   const char *after)
{
    assert((unsigned)reason < REASON_COUNT);
    /* copied by change_add, so not changed */
    plan_change change = { reason,
                           c->instance,
                           1,
                           (char *)(uintptr_t)name,
                           (char *)(uintptr_t)before,
                           (char *)(uintptr_t)after };
    c->good = c->good && change_add(&c->out->changes, change, c->e);
}

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* A value as on the command line, with its unit. NULL where there is none. */
static char *value_text(const json_t *parameter)
{
    const json_t *v = json_object_get(parameter, "value");
    const char *s = json_string_value(v), *unit = member(parameter, "unit");
    text t = { 0 };
    if (!v) return NULL;
    char *dumped = s && *s ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    text_puts(&t, dumped ? dumped : s ? s : "");
    if (unit && !s && strcmp(unit, "1") != 0) text_printf(&t, " %s", unit);
    free(dumped);
    return text_take(&t);
}

static bool same_value(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b)) return json_number_value(a) == json_number_value(b);
    return a && b && json_equal(a, b);
}

static void compare_parameter(compare *c, const char *name, const json_t *old, const json_t *now)
{
    assert(name && (old || now));
    const char *old_file = member(old, "sha256"), *new_file = member(now, "sha256");
    if (json_object_get(old, "no_effect") || json_object_get(now, "no_effect")) return;
    if (old_file && new_file) { /* the path of a file is no part of the key */
        char a[13], b[13];
        digest_short(old_file, a);
        digest_short(new_file, b);
        if (strcmp(old_file, new_file) != 0) differ(c, REASON_FILE, member(now, "value"), a, b);
        return;
    }
    if (same_value(json_object_get(old, "value"), json_object_get(now, "value"))) return;
    char *before = value_text(old), *after = value_text(now);
    differ(c, REASON_PARAM, name, before, after);
    free(before);
    free(after);
}

static void compare_parameters(compare *c, json_t *old, json_t *now)
{
    const char *name;
    json_t *value;
    json_object_foreach(now, name, value)
        compare_parameter(c, name, json_object_get(old, name), value);
    json_object_foreach(old, name, value) if (!json_object_get(now, name))
        compare_parameter(c, name, value, NULL);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* The digests of the values that one port had: texts or, for an output that was not made, NULL. */
static size_t old_values(const json_t *list, const char *port, const char **out)
{
    size_t n = 0, i;
    json_t *in;
    json_array_foreach(list, i, in)
    {
        const char *name = member(in, "port");
        if (name && !strcmp(name, port)) out[n++] = member(in, "sha256");
    }
    return n;
}

static bool edge_differs(const plan *p, graph_edge from, const char *old)
{
    digest d;
    char hex[65];
    if (!p->step[from.instance].output) return false; /* not known yet */
    if (!plan_output(p, from, &d)) return old != NULL;
    return !old || strcmp(digest_text(&d, hex), old) != 0;
}

static void count_differs(compare *c, const char *port, size_t before, size_t after)
{
    char a[24], b[24];
    snprintf(a, sizeof a, "%zu value%s", before, before == 1 ? "" : "s");
    snprintf(b, sizeof b, "%zu value%s", after, after == 1 ? "" : "s");
    differ(c, REASON_INPUT, port, a, b);
}

static void compare_inputs(compare *c, const json_t *old)
{
    assert(!c->out->differs);
    const graph_instance *in = &c->plan->graph->instances[c->instance];
    size_t edges = 0, at = 0;
    for (int32_t k = 0; k < in->input_count; k++) edges += (size_t)in->input[k].count;
    const char **then = calloc(json_array_size(old) + 1, sizeof *then);
    c->out->differs = calloc(edges + 1, sizeof *c->out->differs);
    c->good = then && c->out->differs && c->good;
    for (int32_t k = 0; c->good && k < in->input_count; k++) {
        const graph_input *input = &in->input[k];
        size_t n = old_values(old, input->port->name, then);
        if (n != (size_t)input->count) count_differs(c, input->port->name, n, (size_t)input->count);
        for (int32_t j = 0; n == (size_t)input->count && j < input->count; j++)
            c->out->differs[at + (size_t)j] = edge_differs(c->plan, input->from[j], then[j]);
        at += (size_t)input->count;
    }
    free(then);
}

/* ---- op and plugin --------------------------------------------------------------------------- */

/* "1.0 (sha256 0123456789ab)"; `what`: the digest that differs. */
static void plugin_text(const json_t *plugin, const char *what, text *out)
{
    char digits[13];
    const char *version = member(plugin, "version"), *content = member(plugin, what);
    digest_short(content ? content : "", digits);
    text_printf(out, "%s (%s %s)", version ? version : "?", what, digits);
}

static bool same_member(const json_t *old, const json_t *now, const char *name)
{
    const char *a = member(old, name), *b = member(now, name);
    return !a || !b || !strcmp(a, b);
}

static void compare_plugins(compare *c, const json_t *old, const json_t *now)
{
    const char *what = same_member(old, now, "sha256") ? "identify_sha256" : "sha256";
    text before = { 0 }, after = { 0 };
    if (same_member(old, now, what)) return;
    plugin_text(old, what, &before);
    plugin_text(now, what, &after);
    differ(c, REASON_PLUGIN, member(now, "name"), before.data, after.data);
    text_free(&before);
    text_free(&after);
}

static void compare_all(compare *c, const json_t *old, const json_t *now)
{
    const char *a = member(old, "op"), *b = member(now, "op");
    char before[24], after[24];
    if (a && b && strcmp(a, b) != 0) {
        differ(c, REASON_OP, NULL, a, b);
        return; /* what else differs says nothing */
    }
    json_int_t then = json_integer_value(json_object_get(old, "revision"));
    json_int_t today = json_integer_value(json_object_get(now, "revision"));
    snprintf(before, sizeof before, "%lld", (long long)then);
    snprintf(after, sizeof after, "%lld", (long long)today);
    if (then != today) differ(c, REASON_REVISION, NULL, before, after);
    compare_plugins(c, json_object_get(old, "plugin"), json_object_get(now, "plugin"));
    compare_parameters(c, json_object_get(old, "parameters"), json_object_get(now, "parameters"));
    compare_inputs(c, json_object_get(old, "inputs"));
}

static void compare_with_last(compare *c, const char *provenance)
{
    text now_text = { 0 };
    provenance_write(c->plan, c->instance, NULL, &now_text);
    json_t *old = json_loads(provenance, 0, NULL);
    json_t *now = now_text.data ? json_loads(now_text.data, 0, NULL) : NULL;
    if (old && now) compare_all(c, old, now);
    else differ(c, REASON_FORGOTTEN, NULL, NULL, NULL);
    json_decref(old);
    json_decref(now);
    text_free(&now_text);
}

/* ---- one instance ---------------------------------------------------------------------------- */

static void lost_outputs(compare *c)
{
    assert(c->plan->step[c->instance].output);
    const plan *p = c->plan;
    int32_t n = p->first_output[c->instance + 1] - p->first_output[c->instance];
    for (int32_t o = 0; o < n; o++)
        if (!plan_has_object(p, (graph_edge){ c->instance, o }))
            differ(c, REASON_LOST, p->step[c->instance].output[o].port, NULL, NULL);
}

/* Never to its end: did it ever begin? */
static plan_reason first_reason(const plan *p, int32_t i)
{
    text log = { 0 };
    bool failed = history_get_failure(p, i, &log);
    text_free(&log);
    return failed ? REASON_FAILED : REASON_FIRST;
}

static void look(compare *c, struct history *last)
{
    const plan_step *step = &c->plan->step[c->instance];
    const digest *key = history_key(last, c->plan->graph->instances[c->instance].name);
    action_record r = { 0 };
    error inner = { 0 };
    if (step->forced) differ(c, REASON_FORCED, NULL, NULL, NULL);
    if (!key) {
        if (step->state != PLAN_CACHED && !step->forced)
            differ(c, first_reason(c->plan, c->instance), NULL, NULL, NULL);
    } else if (step->has_key && digest_equal(key, &step->key)) {
        if (step->state != PLAN_CACHED && !step->forced)
            differ(c, REASON_FORGOTTEN, NULL, NULL, NULL);
    } else if (store_read_action(c->plan->store, key, &r, &inner)) {
        compare_with_last(c, r.provenance ? r.provenance : "");
        action_record_free(&r);
    } else differ(c, REASON_FORGOTTEN, NULL, NULL, NULL);
}

const own_changes *explain_own(plan *p, int32_t i, error *e)
{
    assert(p->why && i >= 0 && i < p->graph->instance_count);
    own_changes *own = &p->why->own[i];
    compare c = { p, i, own, e, true };
    if (own->done) return own;
    own->done = true;
    if (p->step[i].state == PLAN_UNNEEDED) return own;
    if (p->step[i].lost) lost_outputs(&c);
    else look(&c, p->last);
    if (!c.good) error_memory(e, "an explanation");
    return c.good ? own : NULL;
}
