/* run/forecast.c - see forecast.h */
#include "run/forecast.h"
#include <assert.h>
#include <stdlib.h>

typedef struct times {
    double sum;
    int32_t count;
} times;

struct forecast {
    const plan *plan;
    times *node, *op, *before; /* by node: in this run; by group: in this run, in earlier ones */
    int32_t *group;            /* by node: nodes of one op are one group */
    double *left;              /* by instance; scratch of forecast_left */
};

static int by_op(const void *a, const void *b, void *nodes)
{
    const graph_node *node = nodes;
    const op_entry *x = node[*(const int32_t *)a].op, *y = node[*(const int32_t *)b].op;
    return (x > y) - (x < y);
}

static bool make_groups(forecast *f, const graph *g, error *e)
{
    int32_t *order = calloc((size_t)g->node_count + 1, sizeof *order), groups = 0;
    if (!order) return error_memory(e, "a forecast");
    for (int32_t i = 0; i < g->node_count; i++) order[i] = i;
    qsort_r(order, (size_t)g->node_count, sizeof *order, by_op, (void *)g->nodes);
    for (int32_t i = 0; i < g->node_count; i++) {
        if (i && g->nodes[order[i]].op != g->nodes[order[i - 1]].op) groups++;
        f->group[order[i]] = groups;
    }
    free(order);
    return true;
}

static void add(times *t, double s)
{
    assert(s >= 0);
    t->sum += s;
    t->count++;
}

forecast *forecast_new(const plan *p, error *e)
{
    const graph *g = p->graph;
    size_t nodes = (size_t)g->node_count + 1;
    forecast *f = calloc(1, sizeof *f);
    if (f) {
        f->plan = p;
        f->node = calloc(nodes, sizeof *f->node);
        f->op = calloc(nodes, sizeof *f->op);
        f->before = calloc(nodes, sizeof *f->before);
        f->group = calloc(nodes, sizeof *f->group);
        f->left = calloc((size_t)g->instance_count + 1, sizeof *f->left);
    }
    if (!f || !f->node || !f->op || !f->before || !f->group || !f->left || !make_groups(f, g, e)) {
        error_memory(e, "a forecast");
        forecast_free(f);
        return NULL;
    }
    for (int32_t i = 0; i < g->instance_count; i++)
        if (p->step[i].expected_s >= 0)
            add(&f->before[f->group[g->instances[i].node]], p->step[i].expected_s);
    return f;
}

void forecast_free(forecast *f)
{
    if (!f) return;
    free(f->node);
    free(f->op);
    free(f->before);
    free(f->group);
    free(f->left);
    free(f);
}

void forecast_learn(forecast *f, int32_t instance, double wall_s)
{
    assert(instance >= 0 && instance < f->plan->graph->instance_count);
    int32_t node = f->plan->graph->instances[instance].node;
    add(&f->node[node], wall_s);
    add(&f->op[f->group[node]], wall_s);
}

/* Of a whole action; < 0: nothing is known. */
static double expect(const forecast *f, int32_t instance)
{
    assert(instance >= 0 && instance < f->plan->graph->instance_count);
    int32_t node = f->plan->graph->instances[instance].node, group = f->group[node];
    if (f->node[node].count) return f->node[node].sum / f->node[node].count;
    if (f->plan->step[instance].expected_s >= 0) return f->plan->step[instance].expected_s;
    const times *t = f->op[group].count ? &f->op[group] : &f->before[group];
    return t->count ? t->sum / t->count : -1;
}

/* Of an action under way. Its own progress says most, as soon as there is some; one that takes
 * longer than expected, or goes on after it reported its end, says nothing. */
static double expect_running(const forecast *f, const forecast_running *r)
{
    double fraction = r->total > 0 ? r->done / r->total : 0, expected = expect(f, r->instance);
    if (fraction >= 1) return -1;
    if (fraction > 0.02 && r->spent_s > 0.2) return r->spent_s * (1 - fraction) / fraction;
    return expected > r->spent_s ? expected - r->spent_s : -1;
}

static bool is_to_come(phase p)
{
    return p == PHASE_INPUTS || p == PHASE_OBJECTS || p == PHASE_READY || p == PHASE_TAKEN;
}

/* No more than `jobs` run at once, and none before what it needs: the work over the jobs, or the
 * longest chain. */
double forecast_left(const forecast *f, const schedule *s, const forecast_running *running,
                     int count, int jobs)
{
    assert(jobs > 0 && count >= 0);
    double work = 0, longest = 0;
    int32_t n = f->plan->graph->instance_count, to_come = 0;
    for (int32_t i = 0; i < n; i++) f->left[i] = is_to_come(s->phase[i]) ? expect(f, i) : 0;
    for (int k = 0; k < count; k++) {
        assert(running[k].instance >= 0 && running[k].instance < n);
        f->left[running[k].instance] = expect_running(f, &running[k]);
    }
    for (int32_t i = n - 1; i >= 0; i--) {
        double after = 0;
        if (!is_to_come(s->phase[i])) continue;
        if (f->left[i] < 0) return -1;
        for (int32_t k = s->first_consumer[i]; k < s->first_consumer[i + 1]; k++)
            if (is_to_come(s->phase[s->consumer[k]]) && f->left[s->consumer[k]] > after)
                after = f->left[s->consumer[k]];
        to_come++;
        work += f->left[i];
        f->left[i] += after; /* from here to the end of the chain */
        if (f->left[i] > longest) longest = f->left[i];
    }
    int at_once = to_come < jobs ? to_come : jobs;
    if (!at_once) return 0;
    return work / at_once > longest ? work / at_once : longest;
}
