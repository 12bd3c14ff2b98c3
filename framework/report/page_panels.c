/* report/page_panels.c - the panels of a page: figures with captions. Panels of one name (points of
 * an axis, pipelines next to each other) stand in one group. */
#include "report/markup.h"
#include "report/page_parts.h"
#include "report/panel.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t page_panel_count(const graph *g)
{
    return g->panel_count ? g->panel_count : g->output_count;
}

graph_edge page_panel_at(const graph *g, int32_t i, const char **section, const char **name)
{
    assert(i >= 0 && i < page_panel_count(g));
    bool panels = g->panel_count > 0;
    *section = panels ? g->panels[i].section : "";
    *name = panels ? g->panels[i].name : g->outputs[i].name;
    return panels ? g->panels[i].from : g->outputs[i].from;
}

/* One panel of one pipeline. */
typedef struct cell {
    const page_run *run;
    const char *section, *name;
    graph_edge from;
    bool done; /* written already, with a group before */
} cell;
typedef struct cells {
    cell *item;
    int32_t count;
} cells;

static cells find_cells(const page_options *o)
{
    cells c = { 0 };
    size_t n = 1;
    for (int r = 0; r < o->run_count; r++) n += (size_t)page_panel_count(o->run[r].plan->graph);
    c.item = calloc(n, sizeof *c.item);
    for (int r = 0; c.item && r < o->run_count; r++)
        for (int32_t i = 0; i < page_panel_count(o->run[r].plan->graph); i++) {
            cell *one = &c.item[c.count++];
            one->run = &o->run[r];
            one->from = page_panel_at(o->run[r].plan->graph, i, &one->section, &one->name);
        }
    return c;
}

static size_t base_length(const char *name) { return strcspn(name, "["); }

static bool same_group(const cell *a, const cell *b)
{
    size_t n = base_length(a->name);
    return n == base_length(b->name) && !strncmp(a->name, b->name, n);
}

/* ---- one figure ------------------------------------------------------------------------------ */

/* "minutes=30", the pipeline, or both: what tells a cell from the others of its group. */
static void cell_label(const page_options *o, const cell *c, text *out)
{
    const char *point = c->name + base_length(c->name);
    if (o->run_count > 1) text_puts(out, c->run->label);
    if (*point) {
        if (out->length) text_puts(out, ", ");
        text_add(out, point + 1, strcspn(point, "]") - (*point == '['));
    }
}

static void not_there(const cell *c, const char *why, text *out)
{
    html_printf(out,
                "<figure class=\"panel gone\"><figcaption><b>%s</b>: %s</figcaption></figure>\n",
                c->name, why);
}

static void data_details(const loom_value *v, text *out)
{
    const char *renderer = panel_text(v, "renderer", "");
    if (strcmp(renderer, "plot") != 0 && strcmp(renderer, "bars") != 0) return;
    text_puts(out, "<details><summary>Numbers</summary>");
    html_table(out, v, NULL, 200);
    text_puts(out, "</details>\n");
}

static void figure_picture(const loom_value *v, int number, text *out)
{
    assert(number >= 0);
    picture p;
    error e = { 0 };
    char id[32];
    snprintf(id, sizeof id, "picture-%d", number);
    text alt = { 0 };
    text_printf(&alt, "%s. %s", panel_text(v, "title", ""), panel_text(v, "caption", ""));
    if (!panel_draw(v, &p, &e))
        html_printf(out, "<p class=\"bad\">This panel cannot be drawn: %s</p>", e.message);
    else {
        text_printf(out, "<div class=\"picture\" data-panel=\"%d\">", number);
        picture_svg(&p, id, alt.data ? alt.data : "", out);
        text_puts(out, "</div>\n");
        text data = { 0 };
        panel_data(v, &data);
        if (data.length) {
            text_printf(out, "<script type=\"application/json\" id=\"data-%d\">", number);
            html_json(out, data.data, data.length);
            text_puts(out, "</script>\n");
        }
        if (data.failed) out->failed = true;
        text_free(&data);
    }
    text_free(&alt);
    picture_free(&p);
}

static void value_figure(const loom_value *v, const cell *c, const char *label, int number,
                         text *out)
{
    bool panel = !strcmp(value_type(v), "panel");
    const char *title = panel ? panel_text(v, "title", "") : c->name;
    bool table =
        panel ? !strcmp(panel_text(v, "renderer", ""), "table") : !strcmp(value_type(v), "table");
    const char *words = panel && !strcmp(panel_text(v, "renderer", ""), "text")
                            ? panel_text(v, "text", NULL)
                            : NULL;
    html_printf(out, "<figure class=\"panel%s\" data-label=\"%s\">\n", table ? " wide" : "", label);
    bool repeats = !*label && !strcmp(title, c->section); /* the heading above it */
    if (!repeats) html_printf(out, "<h3>%s", title);
    if (*label) html_printf(out, " <small>%s</small>", label);
    if (!repeats) text_puts(out, "</h3>\n");
    if (table) html_table(out, v, NULL, 400);
    else if (words) markup_html(words, out);
    else if (panel) figure_picture(v, number, out);
    else html_printf(out, "<p>A value of type %s.</p>\n", value_type(v));
    if (panel) data_details(v, out);
    html_printf(out, "<figcaption>%s <span class=\"soft\">%s</span></figcaption></figure>\n",
                panel ? panel_text(v, "caption", "") : "", c->name);
}

static void figure(const page_options *o, const cell *c, int number, text *out)
{
    error e = { 0 };
    digest d;
    text label = { 0 };
    step_state state = c->run->track->step[c->from.instance].state;
    cell_label(o, c, &label);
    if (!plan_output(c->run->plan, c->from, &d)) {
        not_there(c,
                  state == STEP_FAILED || state == STEP_SKIPPED
                      ? "not made, because something failed"
                  : c->run->track->live ? "not computed yet"
                                        : "not computed",
                  out);
        text_free(&label);
        return;
    }
    loom_value *v = store_get(c->run->plan->store, &d, true, &e);
    if (v) value_figure(v, c, label.data ? label.data : "", number, out);
    else not_there(c, e.message, out);
    value_free(v);
    text_free(&label);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void group(const page_options *o, cells *all, int32_t first, text *out)
{
    assert(first >= 0 && first < all->count && !all->item[first].done);
    int32_t n = 0;
    for (int32_t i = first; i < all->count; i++)
        n += !all->item[i].done && same_group(&all->item[first], &all->item[i]);
    text_printf(out, "<div class=\"group\"%s>\n", n > 1 ? " data-several" : "");
    for (int32_t i = first; i < all->count; i++) {
        cell *c = &all->item[i];
        if (c->done || !same_group(&all->item[first], c)) continue;
        figure(o, c, i, out);
        if (i != first) c->done = true;
    }
    all->item[first].done = true;
    text_puts(out, "</div>\n");
}

void page_panels(const page_options *o, text *out)
{
    cells all = find_cells(o);
    const char *section = NULL;
    if (!all.item) {
        out->failed = true;
        return;
    }
    for (int32_t i = 0; i < all.count; i++) {
        const cell *c = &all.item[i];
        if (c->done) continue;
        if (!section || strcmp(section, c->section) != 0) {
            if (section) text_puts(out, "</section>\n");
            html_printf(out, "<section><h2>%s</h2>\n", *c->section ? c->section : "Results");
            section = c->section;
        }
        group(o, &all, i, out);
    }
    if (section) text_puts(out, "</section>\n");
    free(all.item);
}
