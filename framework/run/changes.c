/* run/changes.c - lists of changes, and what the explanations of a plan share; see explain.h. */
#include "run/explain.h"
#include "run/history.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *s, bool *good)
{
    char *copy = s ? strdup(s) : NULL;
    *good = *good && (!s || copy);
    return copy;
}

bool change_add(plan_changes *list, plan_change c, error *e)
{
    assert(list->count >= 0 && (unsigned)c.reason < REASON_COUNT);
    bool good = true;
    plan_change *bigger = realloc(list->item, (size_t)(list->count + 1) * sizeof *bigger);
    if (!bigger) return error_memory(e, "an explanation");
    list->item = bigger;
    c.name = copy_of(c.name, &good);
    c.before = copy_of(c.before, &good);
    c.after = copy_of(c.after, &good);
    list->item[list->count++] = c;
    return good || error_memory(e, "an explanation");
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

bool explanations_make(plan *p, error *e)
{
    size_t n = (size_t)p->graph->instance_count + 1;
    if (!p->last && !(p->last = history_open(p, e))) return false;
    if (p->why) return true;
    explanations *x = calloc(1, sizeof *x);
    if (!x) return error_memory(e, "an explanation");
    *x = (explanations){ calloc(n, sizeof *x->own), calloc(n, sizeof *x->reached),
                         calloc(n, sizeof *x->place), calloc(n, sizeof *x->found) };
    p->why = x;
    if (x->own && x->reached && x->place && x->found) return true;
    explanations_free(p);
    return error_memory(e, "an explanation");
}

void explanations_free(plan *p)
{
    assert(!p->why || p->graph);
    explanations *x = p->why;
    if (!x) return;
    for (int32_t i = 0; x->own && i < p->graph->instance_count; i++) {
        plan_changes_free(&x->own[i].changes);
        free(x->own[i].differs);
    }
    free(x->own);
    free(x->reached);
    free(x->place);
    free(x->found);
    free(x);
    p->why = NULL;
}
