/* run/explain.c - why a step is not cached: its last execution's provenance against what it would be now; see plan.h. */
#include "run/memory.h"
#include "run/provenance.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Texts are copied; NULL stays NULL. */
static bool add(plan_changes *list, plan_reason reason, const char *name, const char *before, const char *after, error *e)
{
    plan_change *bigger = realloc(list->item, (size_t)(list->count + 1) * sizeof *bigger);
    if (!bigger) return error_memory(e, "an explanation");
    list->item = bigger;
    list->item[list->count++] = (plan_change){ reason, name ? strdup(name) : NULL, before ? strdup(before) : NULL, after ? strdup(after) : NULL };
    return true;
}

void plan_changes_free(plan_changes *c)
{
    for (int i = 0; i < c->count; i++) {
        free(c->item[i].name);
        free(c->item[i].before);
        free(c->item[i].after);
    }
    free(c->item);
    *c = (plan_changes){ 0 };
}

void plan_change_text(const plan_change *c, text *out)
{
    static const char *const words[] = {
        [REASON_FIRST] = "never ran here before", [REASON_OP] = "op", [REASON_REVISION] = "revision of the op", [REASON_PLUGIN] = "plugin file",
        [REASON_PARAM] = "parameter", [REASON_FILE] = "content of file", [REASON_INPUT] = "input", [REASON_UPSTREAM] = "waits for",
        [REASON_FORCED] = "forced", [REASON_LOST] = "no longer in the store: output", [REASON_FORGOTTEN] = "the store no longer has its record",
    };
    text_puts(out, words[c->reason]);
    if (c->name) text_printf(out, " %s", c->name);
    if (c->before || c->after) text_printf(out, ": %s -> %s", c->before ? c->before : "(none)", c->after ? c->after : "(none)");
}

/* ---- comparing two provenances ----------------------------------------------------------------------------------------- */

typedef struct compare { plan_changes *out; error *e; bool good; } compare;

static void differ(compare *c, plan_reason reason, const char *name, const char *before, const char *after)
{
    c->good = c->good && add(c->out, reason, name, before, after, c->e);
}

static char *value_text(const json_t *v) { return v ? json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL; }

static const char *member(const json_t *object, const char *name) { return json_string_value(json_object_get(object, name)); }

/* Digests are told apart by their first figures. */
static void digests_differ(compare *c, plan_reason reason, const char *name, const char *before, const char *after)
{
    char a[13] = "", b[13] = "";
    if (before) memcpy(a, before, strnlen(before, 12));
    if (after) memcpy(b, after, strnlen(after, 12));
    differ(c, reason, name, before ? a : NULL, after ? b : NULL);
}

static void compare_parameter(compare *c, const char *name, const json_t *old, const json_t *now)
{
    const char *old_file = member(old, "sha256"), *new_file = member(now, "sha256");
    if (json_object_get(old, "no_effect") || json_object_get(now, "no_effect")) return;
    if (old_file && new_file) {
        if (strcmp(old_file, new_file) != 0) digests_differ(c, REASON_FILE, member(now, "value"), old_file, new_file);
        return; /* the path of a file is no part of the key */
    }
    json_t *a = json_object_get(old, "value"), *b = json_object_get(now, "value");
    if (a && b && (json_equal(a, b) || (json_is_number(a) && json_is_number(b) && json_number_value(a) == json_number_value(b)))) return;
    char *before = value_text(a), *after = value_text(b);
    differ(c, REASON_PARAM, name, before, after);
    free(before);
    free(after);
}

static void compare_parameters(compare *c, json_t *old, json_t *now)
{
    const char *name;
    json_t *value;
    json_object_foreach(now, name, value) compare_parameter(c, name, json_object_get(old, name), value);
    json_object_foreach(old, name, value)
        if (!json_object_get(now, name)) compare_parameter(c, name, value, NULL);
}

/* "volume" or "volume 3": which of a list. */
static void input_name(const json_t *list, size_t at, text *out)
{
    const char *port = member(json_array_get(list, at), "port");
    size_t same = 0, earlier = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(member(json_array_get(list, i), "port"), port)) {
            if (i < at) earlier++;
            same++;
        }
    text_puts(out, port);
    if (same > 1) text_printf(out, " %zu", earlier + 1);
}

static void compare_inputs(compare *c, const json_t *old, const json_t *now)
{
    size_t n_old = json_array_size(old), n_now = json_array_size(now), most = n_old > n_now ? n_old : n_now;
    for (size_t i = 0; i < most; i++) {
        const json_t *a = json_array_get(old, i), *b = json_array_get(now, i);
        const char *before = a ? member(a, "sha256") : NULL, *after = b ? member(b, "sha256") : NULL;
        if (b && !after) continue; /* not known yet: the step waits, which is said apart */
        if (before && after && !strcmp(before, after)) continue;
        text name = { 0 };
        input_name(b ? now : old, i, &name);
        digests_differ(c, REASON_INPUT, name.data, before, after);
        text_free(&name);
    }
}

static void compare_all(compare *c, const json_t *old, const json_t *now)
{
    const json_t *old_plugin = json_object_get(old, "plugin"), *new_plugin = json_object_get(now, "plugin");
    const char *a = member(old, "op"), *b = member(now, "op");
    if (a && b && strcmp(a, b) != 0) {
        differ(c, REASON_OP, NULL, a, b);
        return; /* what else differs says nothing */
    }
    if (!json_equal(json_object_get(old, "revision"), json_object_get(now, "revision"))) {
        char *before = value_text(json_object_get(old, "revision")), *after = value_text(json_object_get(now, "revision"));
        differ(c, REASON_REVISION, NULL, before, after);
        free(before);
        free(after);
    }
    a = member(old_plugin, "sha256");
    b = member(new_plugin, "sha256");
    if (a && b && strcmp(a, b) != 0) digests_differ(c, REASON_PLUGIN, member(new_plugin, "file"), a, b);
    compare_parameters(c, json_object_get(old, "parameters"), json_object_get(now, "parameters"));
    compare_inputs(c, json_object_get(old, "inputs"), json_object_get(now, "inputs"));
}

static bool compare_with_last(plan *p, int32_t i, const char *provenance, plan_changes *out, error *e)
{
    text now_text = { 0 };
    provenance_write(p, i, NULL, &now_text);
    json_t *old = json_loads(provenance, 0, NULL), *now = now_text.data ? json_loads(now_text.data, 0, NULL) : NULL;
    compare c = { out, e, true };
    if (old && now) compare_all(&c, old, now);
    json_decref(old);
    json_decref(now);
    text_free(&now_text);
    return c.good;
}

/* ------------------------------------------------------------------------------------------------------------------------ */

static bool explain_waiting(const plan *p, int32_t i, plan_changes *out, error *e)
{
    const graph_instance *in = &p->graph->instances[i];
    int32_t told = -1;
    for (int32_t k = 0; k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++) {
            int32_t from = in->input[k].from[j].instance;
            if (p->step[from].output || from == told) continue;
            told = from;
            if (!add(out, REASON_UPSTREAM, p->graph->instances[from].name, NULL, NULL, e)) return false;
        }
    return true;
}

static bool explain_lost(const plan *p, int32_t i, plan_changes *out, error *e)
{
    for (int32_t o = 0; o < p->first_output[i + 1] - p->first_output[i]; o++)
        if (!plan_has_object(p, (graph_edge){ i, o }) && !add(out, REASON_LOST, p->step[i].output[o].port, NULL, NULL, e)) return false;
    return true;
}

bool plan_explain(plan *p, int32_t i, plan_changes *out, error *e)
{
    const plan_step *step = &p->step[i];
    *out = (plan_changes){ 0 };
    if (step->state == PLAN_UNNEEDED) return true;
    if (step->lost) return explain_lost(p, i, out, e);
    if (step->forced && !add(out, REASON_FORCED, NULL, NULL, NULL, e)) return false;
    if (step->state == PLAN_WAIT && !explain_waiting(p, i, out, e)) return false;
    if (!p->last && !(p->last = memory_open(p, e))) return false;
    const digest *key = memory_key(p->last, p->graph->instances[i].name);
    if (!key) return step->state == PLAN_CACHED || add(out, REASON_FIRST, NULL, NULL, NULL, e);
    if (step->has_key && digest_equal(key, &step->key))
        return step->state == PLAN_CACHED || step->forced || add(out, REASON_FORGOTTEN, NULL, NULL, NULL, e);
    action_record r = { 0 };
    error inner = { 0 };
    if (!store_read_action(p->store, key, &r, &inner)) return add(out, REASON_FORGOTTEN, NULL, NULL, NULL, e);
    bool good = compare_with_last(p, i, r.provenance ? r.provenance : "", out, e);
    action_record_free(&r);
    return good;
}
