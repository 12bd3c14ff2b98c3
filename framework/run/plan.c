/* run/plan.c - see plan.h */
#include "plugin/script.h"
#include "run/explain.h"
#include "run/history.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *plan_state_text(plan_state state)
{
    assert((unsigned)state <= PLAN_WAIT);
    static const char *const texts[] = { [PLAN_UNNEEDED] = "not needed",
                                         [PLAN_CACHED] = "cached",
                                         [PLAN_RUN] = "will run",
                                         [PLAN_WAIT] = "pending" };
    return texts[state];
}

static const op_entry *op_of(const plan *p, int32_t i)
{
    assert(i >= 0 && i < p->graph->instance_count);
    return p->graph->nodes[p->graph->instances[i].node].op;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool hash_file(void *user, const char *path, digest *out, error *e)
{
    return store_hash_file(user, path, out, e);
}

/* The digests of the values that reach each port, in order (lists are ordered), and how many they
 * are. */
static bool add_inputs(const plan *p, int32_t i, text *key, error *e)
{
    assert(i >= 0 && i < p->graph->instance_count);
    const graph_instance *in = &p->graph->instances[i];
    for (int32_t k = 0; k < in->input_count; k++) {
        const graph_input *input = &in->input[k];
        int made = 0;
        text_puts(key, "input ");
        text_add(key, input->port->name, strlen(input->port->name) + 1);
        for (int32_t j = 0; j < input->count; j++) {
            graph_edge from = input->from[j];
            if (!p->step[from.instance].output)
                return error_set(e, LOOM_E_BUG, "report this",
                                 "%s: the key of an instance was asked for too early", in->name);
            const action_output *o = &p->step[from.instance].output[from.output];
            if (o->made) text_add(key, &o->value, sizeof o->value);
            made += o->made;
        }
        text_add(key, &made, sizeof made);
        if (input->count && !made && !(input->port->flags & LOOM_OPTIONAL)) {
            const char *producer = p->graph->instances[input->from[0].instance].name;
            return error_set_at(
                e, LOOM_E_DATA, input->port->name,
                "change the parameters of the node that should make it, or leave this node out",
                "input '%s' has no value: %s did not make its optional output '%s'",
                input->port->name, producer,
                op_of(p, input->from[0].instance)->op->outputs[input->from[0].output].name);
        }
    }
    return true;
}

/* What the program of an op depends on besides its files. */
static bool add_program(const script *s, text *key, error *e)
{
    digest identity;
    if (!s || !s->identify) return true;
    if (!script_identify(s, &identity, e)) return false;
    text_puts(key, "identify\n");
    text_add(key, identity.byte, sizeof identity.byte);
    return true;
}

bool plan_make_key(plan *p, int32_t i, error *e)
{
    const graph_instance *in = &p->graph->instances[i];
    const op_entry *entry = op_of(p, i);
    plan_step *step = &p->step[i];
    if (step->has_key) return true;
    text key = { 0 };
    bool good = params_hash_paths(in->params, hash_file, p->store, e);
    text_puts(&key, "atomloom key 1\n");
    text_add(&key, entry->op->id, strlen(entry->op->id) + 1);
    text_add(&key, &entry->op->revision, sizeof entry->op->revision);
    text_add(&key, &entry->file->content, sizeof entry->file->content);
    params_canonical(in->params, &key);
    good = good && add_program(entry->file->script, &key, e);
    good = good && add_inputs(p, i, &key, e) && (!key.failed || error_memory(e, "a key"));
    if (good) {
        step->key = sha256_of(key.data, key.length);
        step->has_key = true;
    }
    text_free(&key);
    return good;
}

void plan_set_outputs(plan *p, int32_t i, const action_output *outputs)
{
    assert(outputs && p->first_output[i] <= p->first_output[i + 1]);
    const loom_port *port = op_of(p, i)->op->outputs;
    action_output *mine = &p->outputs[p->first_output[i]];
    for (int k = 0; port[k].name; k++) {
        mine[k] = outputs[k];
        mine[k].port = port[k].name;
    }
    p->step[i].output = mine;
}

/* A record that does not fit the op's ports, or lacks an output that the op must make, counts as
 * none. */
static bool fits(const plan *p, int32_t i, const action_record *r)
{
    const loom_port *port = op_of(p, i)->op->outputs;
    int n = p->first_output[i + 1] - p->first_output[i];
    if (r->output_count != n) return false;
    for (int k = 0; k < n; k++)
        if (strcmp(r->output[k].port, port[k].name) != 0
            || (!r->output[k].made && !(port[k].flags & LOOM_OPTIONAL)))
            return false;
    return true;
}

typedef bool look_up(store *s, const digest *key, action_record *out, error *e);

/* An action that warned is known as long as its warnings are: they are in its record, which may be
 * gone while the journal still lists the action. Nobody would see them then, and --strict would
 * name none. The records of all others are read only where they are asked for, since that takes
 * longer than the rest of a plan. */
static bool has_record(plan *p, const action_record *r, error *e)
{
    action_record whole;
    if (!r->warning_count && !p->records) return true;
    if (!store_read_action(p->store, &r->key, &whole, e)) return false;
    action_record_free(&whole);
    return true;
}

/* By one way of looking: true and the outputs are in the plan. */
static bool found_by(plan *p, int32_t i, look_up *look, error *e)
{
    assert(p->step[i].has_key);
    action_record r = { 0 };
    bool good = look(p->store, &p->step[i].key, &r, e) && fits(p, i, &r) && has_record(p, &r, e);
    if (good) {
        plan_set_outputs(p, i, r.output);
        p->step[i].expected_s = r.wall_s;
        p->step[i].expected_bytes = r.peak_bytes;
        p->step[i].warnings = r.warning_count;
    }
    action_record_free(&r);
    return good;
}

bool plan_look_up(plan *p, int32_t i, error *e)
{
    return found_by(p, i, store_find_known, e)
           || (e->status == LOOM_OK && found_by(p, i, store_find_action, e));
}

int plan_warning_count(const plan *p)
{
    int count = 0;
    for (int32_t i = 0; i < p->graph->instance_count; i++)
        if (p->step[i].state == PLAN_CACHED) count += p->step[i].warnings;
    return count;
}

bool plan_warnings(const plan *p, int32_t i, action_record *out, error *e)
{
    assert(i >= 0 && i < p->graph->instance_count);
    *out = (action_record){ 0 };
    if (!p->step[i].warnings) return true;
    return store_read_action(p->store, &p->step[i].key, out, e) || e->status == LOOM_OK;
}

/* ---- the walk -------------------------------------------------------------------------------- */

static bool plan_allocate(plan *p, error *e)
{
    int32_t n = p->graph->instance_count, total = 0;
    p->step = calloc((size_t)n + 1, sizeof *p->step);
    p->first_output = calloc((size_t)n + 1, sizeof *p->first_output);
    if (!p->step || !p->first_output) return error_memory(e, "a plan");
    for (int32_t i = 0; i < n; i++) {
        p->step[i].expected_s = -1;
        p->first_output[i] = total;
        for (const loom_port *port = op_of(p, i)->op->outputs; port->name; port++) total++;
    }
    p->first_output[n] = total;
    p->outputs = calloc((size_t)total + 1, sizeof *p->outputs);
    p->wanted = calloc((size_t)total + 1, sizeof *p->wanted);
    return (p->outputs && p->wanted) || error_memory(e, "a plan");
}

/* Marks what is wanted, and from there up everything it needs (PLAN_WAIT for now). */
static void mark_needed(plan *p, const plan_options *options)
{
    const graph *g = p->graph;
    if (options->wanted) {
        for (int32_t k = 0; k < options->wanted_count; k++) {
            int32_t i = options->wanted[k];
            p->step[i].state = PLAN_WAIT;
            for (int32_t o = p->first_output[i]; o < p->first_output[i + 1]; o++)
                p->wanted[o] = true;
        }
    } else
        for (int32_t k = 0; k < g->output_count; k++) {
            graph_edge from = g->outputs[k].from;
            p->step[from.instance].state = PLAN_WAIT;
            p->wanted[p->first_output[from.instance] + from.output] = true;
        }
    for (int32_t i = g->instance_count - 1; i >= 0; i--) {
        if (p->step[i].state == PLAN_UNNEEDED) continue;
        for (int32_t k = 0; k < g->instances[i].input_count; k++)
            for (int32_t j = 0; j < g->instances[i].input[k].count; j++)
                p->step[g->instances[i].input[k].from[j].instance].state = PLAN_WAIT;
    }
}

static void mark_forced(plan *p, const char *const *names)
{
    for (; names && *names; names++)
        for (int32_t i = 0; i < p->graph->instance_count; i++) {
            const graph_instance *in = &p->graph->instances[i];
            if (!strcmp(in->name, *names)
                || (!in->left_out && !strcmp(p->graph->nodes[in->node].name, *names)))
                p->step[i].forced = true;
        }
}

static bool inputs_known(const plan *p, int32_t i)
{
    const graph_instance *in = &p->graph->instances[i];
    for (int32_t k = 0; k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++)
            if (!p->step[in->input[k].from[j].instance].output) return false;
    return true;
}

bool plan_has_object(const plan *p, graph_edge from)
{
    assert(p->step[from.instance].output);
    const action_output *o = &p->step[from.instance].output[from.output];
    return !o->made || store_has(p->store, &o->value);
}

/* A step whose object is not there runs again. */
static void look_at(plan *p, graph_edge from)
{
    assert(p->step[from.instance].output);
    plan_step *step = &p->step[from.instance];
    const action_output *o = &step->output[from.output];
    object_state state = OBJECT_THERE;
    if (o->made && p->look) state = store_look(p->store, &o->value);
    else if (!plan_has_object(p, from)) state = OBJECT_ABSENT;
    if (state == OBJECT_THERE) return;
    step->lost = true;
    step->cut_short |= state == OBJECT_CUT_SHORT;
    step->state = PLAN_RUN;
}

static void count_states(plan *p)
{
    int32_t *count[] = { [PLAN_UNNEEDED] = &p->unneeded,
                         [PLAN_CACHED] = &p->cached,
                         [PLAN_RUN] = &p->run,
                         [PLAN_WAIT] = &p->wait };
    p->unneeded = p->cached = p->run = p->wait = 0;
    for (int32_t i = 0; i < p->graph->instance_count; i++) ++*count[p->step[i].state];
}

/* Backwards, so that a step that runs again for a lost object asks for its own inputs in turn. */
void plan_find_lost(plan *p)
{
    const graph *g = p->graph;
    for (int32_t i = g->instance_count - 1; i >= 0; i--) {
        const plan_step *step = &p->step[i];
        for (int32_t o = 0;
             step->state == PLAN_CACHED && o < p->first_output[i + 1] - p->first_output[i]; o++)
            if (p->wanted[p->first_output[i] + o]) look_at(p, (graph_edge){ i, o });
        for (int32_t k = 0; step->state == PLAN_RUN && k < g->instances[i].input_count; k++)
            for (int32_t j = 0; j < g->instances[i].input[k].count; j++) {
                graph_edge from = g->instances[i].input[k].from[j];
                if (p->step[from.instance].state == PLAN_CACHED) look_at(p, from);
            }
    }
    count_states(p);
}

static void expect(plan *p)
{
    error quiet = { 0 };
    if (!p->run && !p->wait) return;
    if (!p->last && !(p->last = history_open(p, &quiet))) return;
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        plan_step *step = &p->step[i];
        const digest *key = step->state >= PLAN_RUN && step->expected_s < 0
                                ? history_key(p->last, p->graph->instances[i].name)
                                : NULL;
        action_record r = { 0 };
        if (key && store_find_action(p->store, key, &r, &quiet)) {
            step->expected_s = r.wall_s;
            step->expected_bytes = r.peak_bytes;
            action_record_free(&r);
        }
    }
}

static bool walk(plan *p, int32_t *failed, error *e)
{
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        plan_step *step = &p->step[i];
        if (step->state == PLAN_UNNEEDED || !inputs_known(p, i)) continue;
        *failed = i;
        if (!plan_make_key(p, i, e)) return false;
        if (step->forced) step->state = PLAN_RUN;
        else if (plan_look_up(p, i, e)) step->state = PLAN_CACHED;
        else if (e->status != LOOM_OK) return false;
        else step->state = PLAN_RUN;
    }
    *failed = -1;
    return true;
}

plan *plan_make(graph *g, store *s, const plan_options *options, int32_t *failed, error *e)
{
    static const plan_options usual = { 0 };
    plan *p = calloc(1, sizeof *p);
    *failed = -1;
    if (!p) {
        error_memory(e, "a plan");
        return NULL;
    }
    p->graph = g;
    p->store = s;
    p->records = options && options->records;
    p->look = options && options->look;
    if (!plan_allocate(p, e)) {
        plan_free(p);
        return NULL;
    }
    mark_needed(p, options ? options : &usual);
    mark_forced(p, options ? options->force : NULL);
    if (!walk(p, failed, e)) {
        plan_free(p);
        return NULL;
    }
    plan_find_lost(p);
    expect(p);
    return p;
}

void plan_free(plan *p)
{
    if (!p) return;
    history_free(p->last);
    explanations_free(p);
    free(p->step);
    free(p->first_output);
    free(p->outputs);
    free(p->wanted);
    free(p);
}

bool plan_output(const plan *p, graph_edge from, digest *out)
{
    assert(from.instance >= 0 && from.instance < p->graph->instance_count);
    const plan_step *step = &p->step[from.instance];
    if (!step->output || !step->output[from.output].made) return false;
    *out = step->output[from.output].value;
    return true;
}

bool plan_keep(const plan *p, int32_t i, error *e)
{
    enum { AT_ONCE = 64 };
    assert(p->step[i].has_key && p->step[i].output);
    const digest *key = &p->step[i].key;
    digest value[AT_ONCE];
    int n = 0;
    for (int32_t o = 0; o < p->first_output[i + 1] - p->first_output[i]; o++) {
        if (n == AT_ONCE) {
            if (!store_keep(p->store, key, value, n, e)) return false;
            key = NULL;
            n = 0;
        }
        if (p->step[i].output[o].made) value[n++] = p->step[i].output[o].value;
    }
    return store_keep(p->store, key, value, n, e);
}
