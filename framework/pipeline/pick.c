/* pipeline/pick.c - [...] of references, applied to the axes of the node that makes the value. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

static const char *axes_text(reader *r, const part *p)
{
    text all = { 0 };
    for (int32_t i = 0; i < p->axis_count; i++)
        text_printf(&all, "%s%s", i ? ", " : "", r->axes[p->axis_list[i]].name);
    const char *s = "it does not repeat: remove the bracket, or make it repeat with `over:`";
    if (p->axis_count) s = say(r, "it repeats over %s", all.data);
    text_free(&all);
    return s;
}

static const char *number_list(reader *r, const axis *a)
{
    text all = { 0 };
    for (int32_t i = 0; i < a->count && i < 30; i++)
        text_printf(&all, "%s%s", i ? ", " : "values: ", a->value[i]);
    const char *s = say(r, "%s%s", all.data ? all.data : "", a->count > 30 ? ", ..." : "");
    text_free(&all);
    return s;
}

/* "minute-1" and "-1" for "minutes-1"; NULL where the text is no shift. */
static const char *shift_hint(reader *r, const axis *a, const char *value)
{
    assert(value);
    const char *sign = shift_sign(value, strlen(value));
    size_t n = sign ? (size_t)(sign - value) : 0;
    while (n && value[n - 1] == ' ') n--;
    if (!sign) return NULL;
    const char *word = arena_text(r->memory, value, n);
    if (n && nearest_word(word, &a->name, 1) < 0) return NULL;
    return say(r, "did you mean '%s%c%s'?", a->name, *sign, sign + 1 + strspn(sign + 1, " "));
}

static bool pick_value(reader *r, const part *producer, const pick *p, int32_t rank, reach *out)
{
    assert(rank >= 0 && rank < producer->axis_count);
    const axis *a = &r->axes[producer->axis_list[rank]];
    int32_t k = value_index(a, p->value);
    if (k >= 0) {
        *out = (reach){ REACH_FIX, k };
        return true;
    }
    const char *known[65];
    double number;
    int n = 0;
    for (; n < a->count && n < 64; n++) known[n] = a->value[n];
    if (p->axis < 0) known[n++] = a->name;         /* a misspelt [minutes] */
    bool numbers = number_read(p->value, &number); /* 60 is not a misspelt 0 */
    const char *shift = p->axis < 0 ? shift_hint(r, a, p->value) : NULL;
    complain(r, p->at,
             shift     ? shift
             : numbers ? number_list(r, a)
                       : suggest(r, p->value, known, n, "values"),
             "axis '%s' has no value '%s'", a->name, p->value);
    return false;
}

/* The axes that a pick without a name can mean: those not picked yet and not named beside it. A
 * swept axis is meant by its name alone: a sweep repeats what the file says, and the file says
 * nothing of it. In a group, those of its own file come first: what it does is the same whether or
 * not the pipeline around it repeats. */
static axis_set meant_axes(const reader *r, const part *producer, const pick *p, axis_set beside,
                           const reach *reached)
{
    axis_set all = 0, own = 0;
    for (int32_t k = 0; k < producer->axis_count; k++) {
        int32_t a = producer->axis_list[k];
        if (reached[k].kind == REACH_FIX || reached[k].kind == REACH_ALL || (beside & AXIS_BIT(a))
            || !r->axes[a].from)
            continue;
        all |= AXIS_BIT(a);
        if (p->scope->parent && r->axes[a].scope == p->scope) own |= AXIS_BIT(a);
    }
    return own ? own : all;
}

static bool pick_unnamed(reader *r, const part *producer, const pick *p, axis_set beside,
                         reach *reached)
{
    assert(p->axis < 0);
    int32_t rank = -1, left = 0;
    axis_set meant = meant_axes(r, producer, p, beside, reached);
    for (int32_t k = 0; k < producer->axis_count; k++) {
        if (!(meant & AXIS_BIT(producer->axis_list[k]))) continue;
        if (p->kind == PICK_ALL) reached[k] = (reach){ REACH_ALL, 0 };
        rank = k;
        left++;
    }
    if (!left) {
        complain(r, p->at, axes_text(r, producer), "nothing to pick from: '%s' has one value here",
                 producer->name);
        return false;
    }
    if (p->kind == PICK_ALL) return true;
    if (left > 1) {
        complain(r, p->at, say(r, "write AXIS=%s; %s", p->value, axes_text(r, producer)),
                 "'%s' repeats over several axes; [%s] does not say along which", producer->name,
                 p->value);
        return false;
    }
    return pick_value(r, producer, p, rank, &reached[rank]);
}

static bool pick_named(reader *r, const part *producer, const pick *p, reach *reached)
{
    assert(p->axis >= 0 && p->axis < r->axis_count);
    int32_t rank = 0;
    while (rank < producer->axis_count && producer->axis_list[rank] != p->axis) rank++;
    if (rank == producer->axis_count) {
        complain(r, p->at, axes_text(r, producer), "'%s' does not repeat over '%s'", producer->name,
                 r->axes[p->axis].name);
        return false;
    }
    reach *out = &reached[rank];
    if (out->kind == REACH_FIX || out->kind == REACH_ALL
        || (out->kind == REACH_SHIFT && p->kind != PICK_SHIFT && p->kind != PICK_SAME)) {
        complain(r, p->at, "pick along an axis once", "'%s' is picked along '%s' already",
                 producer->name, r->axes[p->axis].name);
        return false;
    }
    if (p->kind == PICK_VALUE) return pick_value(r, producer, p, rank, out);
    if (p->kind == PICK_ALL) *out = (reach){ REACH_ALL, 0 };
    if (p->kind == PICK_SHIFT) *out = (reach){ REACH_SHIFT, out->by + p->shift };
    if (out->kind == REACH_SHIFT && !out->by) out->kind = REACH_SAME;
    return true;
}

static bool apply_picks(reader *r, wire *l)
{
    assert(l->part >= 0 && l->part < r->part_count);
    const part *producer = r->parts[l->part];
    bool good = true;
    l->reach = arena_take(r->memory, (size_t)(producer->axis_count ? producer->axis_count : 1)
                                         * sizeof *l->reach);
    for (const pick *p = l->picks; p; p = p->next) {
        axis_set beside = 0;
        for (const pick *q = l->picks; q; q = q->next)
            if (q->level == p->level && q->axis >= 0) beside |= AXIS_BIT(q->axis);
        good = (p->axis < 0 ? pick_unnamed(r, producer, p, beside, l->reach)
                            : pick_named(r, producer, p, l->reach))
               && good;
    }
    return good;
}

bool wire_check(reader *r, wire *l)
{
    assert(l->part >= 0 && l->part < r->part_count);
    const part *producer = r->parts[l->part];
    for (int32_t i = 0; i < producer->variant_count; i++) {
        const op_entry *from = producer->variants[i].op;
        if (!from || port_of(from->op->outputs, l->port, NULL)) continue;
        complain(r, l->at, port_suggest(r, l->port, from->op->outputs, "its outputs"),
                 "%s has no output '%s'", from->op->id, l->port);
        return false;
    }
    if (producer->broken) return false;
    return !l->picks || apply_picks(r, l);
}

axis_set wire_axes(const reader *r, const wire *l)
{
    assert(l->part >= 0 && l->part < r->part_count);
    const part *producer = r->parts[l->part];
    axis_set axes = producer->axes;
    for (int32_t k = 0; l->reach && k < producer->axis_count; k++)
        if (l->reach[k].kind == REACH_FIX || l->reach[k].kind == REACH_ALL)
            axes &= ~AXIS_BIT(producer->axis_list[k]);
    return axes;
}

int64_t wire_gathers(const reader *r, const wire *l)
{
    assert(l->part >= 0 && l->part < r->part_count);
    axis_set all = 0;
    const part *producer = r->parts[l->part];
    for (int32_t k = 0; l->reach && k < producer->axis_count; k++)
        if (l->reach[k].kind == REACH_ALL) all |= AXIS_BIT(producer->axis_list[k]);
    return point_count(r, all);
}
