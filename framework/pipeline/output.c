/* pipeline/output.c - `outputs:` and `report:`: what a pipeline shows. */
#include "pipeline/reader.h"
#include "base/show.h"
#include <assert.h>
#include <string.h>

/* Does the wire lead to several values, or to a neighbour's? */
static bool has_many(const reader *r, const wire *l)
{
    bool many = false;
    for (int32_t k = 0; l->reach && k < r->parts[l->part]->axis_count; k++)
        many = many || l->reach[k].kind == REACH_ALL || l->reach[k].kind == REACH_SHIFT;
    return many;
}

/* A reference of the main file that stands for values as they are: not a list, no neighbours. */
static wire *check_shown(reader *r, scope *s, const tree *where, const char *what)
{
    wire *l = NULL;
    if (where->kind != TREE_SCALAR) {
        complain(r, where->at, "as in recon.volume", "%s is %s, expected a reference node.port",
                 what, tree_kind_text(where));
        return NULL;
    }
    if (!refer(r, s, where, NULL, &l) || !l || !wire_check(r, l)) return NULL;
    if (!has_many(r, l)) return l;
    complain(r, l->at, "remove the bracket: every point has its own name",
             "%s cannot use [*], [axis-1] or [axis+1]", what);
    return NULL;
}

/* Gathers are fine: the consumer's port decides. They have no name of their own. */
static void check_group_output(reader *r, scope *s, const char *name, const tree *where)
{
    assert(s->parent && name);
    wire *l = NULL;
    bool good = refer(r, s, where, NULL, &l), single = good && l && !l->next;
    for (wire *next = good ? l : NULL; next; next = next->next) good = wire_check(r, next) && good;
    if (!good || !single || has_many(r, l)) return;
    r->group_outputs = arena_room(r->memory, r->group_outputs, r->group_output_count,
                                  &r->group_output_room, sizeof *r->group_outputs);
    r->group_outputs[r->group_output_count++] =
        (shown_output){ say(r, "%s%s", s->prefix, name), l };
}

static void check_output_map(reader *r, scope *s, const tree *outputs)
{
    assert(outputs);
    if (outputs->kind != TREE_MAP) {
        if (!tree_is_null(outputs))
            complain(r, outputs->at, "as in outputs: {volume: recon.volume}",
                     "outputs is %s, expected a mapping", tree_kind_text(outputs));
        return;
    }
    if (!s->parent) r->outputs = arena_take(r->memory, (size_t)outputs->count * sizeof *r->outputs);
    for (int32_t i = 0; i < outputs->count; i++) {
        const char *name = outputs->key[i]->text;
        if (!*name || strpbrk(name, "/[]= ,") || *name == '.' || show_changes(name)) {
            complain(r, outputs->key[i]->at,
                     "names of outputs hold no blank, no control character and none of / [ ] = ,",
                     "'%s' cannot be the name of an output", name);
            continue;
        }
        if (s->parent) {
            check_group_output(r, s, name, outputs->item[i]);
            continue;
        }
        wire *l = check_shown(r, s, outputs->item[i], say(r, "output '%s'", name));
        if (!l) continue;
        r->outputs[r->output_count++] = (shown_output){ name, l };
    }
}

static void check_panel(reader *r, scope *s, const tree *where, const char *section)
{
    assert(where && section);
    wire *l = check_shown(r, s, where, "a panel of the report");
    if (!l) return;
    const part *p = r->parts[l->part];
    for (int32_t i = 0; i < p->variant_count; i++) {
        const loom_port *port =
            p->variants[i].op ? port_of(p->variants[i].op->op->outputs, l->port, NULL) : NULL;
        if (!port || !strcmp(port->type, "panel")) continue;
        complain(r, l->at, type_hint(r, "a report shows panels", port->type, "panel"),
                 "'%s' is %s, expected panel", l->written, port->type);
        return;
    }
    r->panel_wires = arena_room(r->memory, r->panel_wires, r->panel_count, &r->panel_room,
                                sizeof *r->panel_wires);
    r->panel_sections = arena_room(r->memory, r->panel_sections, r->panel_count, &r->section_room,
                                   sizeof *r->panel_sections);
    r->panel_wires[r->panel_count] = l;
    r->panel_sections[r->panel_count++] = section;
}

/* `report: [view.panel, {title: Diffusion, panels: [a.panel, b.panel]}]` */
static void check_report(reader *r, scope *s, const tree *report)
{
    static const char *const known[] = { "title", "panels" };
    if (report->kind != TREE_LIST) {
        if (!tree_is_null(report))
            complain(r, report->at, "as in report: [view.panel]", "report is %s, expected a list",
                     tree_kind_text(report));
        return;
    }
    for (int32_t i = 0; i < report->count; i++) {
        const tree *t = report->item[i];
        if (t->kind != TREE_MAP) {
            check_panel(r, s, t, "");
            continue;
        }
        keys_check(r, t, known, 2, "a section of the report");
        const tree *title = tree_get(t, "title"), *panels = tree_get(t, "panels");
        if (!panels || panels->kind != TREE_LIST)
            complain(r, panels ? panels->at : t->at,
                     "as in {title: Profiles, panels: [view.panel]}",
                     "a section of the report needs a list of panels");
        if (title && title->kind != TREE_SCALAR)
            complain(r, title->at, NULL, "the title is %s, expected a text", tree_kind_text(title));
        for (int32_t k = 0; panels && panels->kind == TREE_LIST && k < panels->count; k++)
            check_panel(r, s, panels->item[k],
                        title && title->kind == TREE_SCALAR ? title->text : "");
    }
}

void outputs_check(reader *r)
{
    for (int32_t i = 0; i < r->scope_count; i++) {
        const tree *outputs = tree_get(r->scopes[i]->root, "outputs"),
                   *report = tree_get(r->scopes[i]->root, "report");
        if (outputs) check_output_map(r, r->scopes[i], outputs);
        if (report && !r->scopes[i]->parent) check_report(r, r->scopes[i], report);
    }
}
