/* pipeline/output.c - `outputs:` and `report:`: what a pipeline shows. */
#include "pipeline/reader.h"
#include "base/show.h"
#include <assert.h>
#include <string.h>

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
    for (int32_t k = 0; l->reach && k < r->parts[l->part]->axis_count; k++)
        if (l->reach[k].kind == REACH_ALL || l->reach[k].kind == REACH_SHIFT) {
            complain(r, l->at, "remove the bracket: every point has its own name",
                     "%s cannot use [*], [axis-1] or [axis+1]", what);
            return NULL;
        }
    return l;
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
    r->output_wires = s->parent
                          ? r->output_wires
                          : arena_take(r->memory, (size_t)outputs->count * sizeof *r->output_wires);
    r->output_names = s->parent
                          ? r->output_names
                          : arena_take(r->memory, (size_t)outputs->count * sizeof *r->output_names);
    for (int32_t i = 0; i < outputs->count; i++) {
        const char *name = outputs->key[i]->text;
        if (!*name || strpbrk(name, "/[]= ,") || *name == '.' || show_changes(name)) {
            complain(r, outputs->key[i]->at,
                     "names of outputs hold no blank, no control character and none of / [ ] = ,",
                     "'%s' cannot be the name of an output", name);
            continue;
        }
        if (s->parent) { /* gathers are fine: the consumer's port decides */
            wire *l = NULL;
            if (refer(r, s, outputs->item[i], NULL, &l))
                for (; l; l = l->next) wire_check(r, l);
            continue;
        }
        wire *l = check_shown(r, s, outputs->item[i], say(r, "output '%s'", name));
        if (!l) continue;
        r->output_wires[r->output_count] = l;
        r->output_names[r->output_count++] = name;
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
