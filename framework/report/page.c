/* report/page.c - see page.h */
#include "report/page.h"
#include "report/assets.h"
#include "report/page_parts.h"
#include "report/picture.h"
#include <assert.h>
#include <string.h>

static void head(const page_options *o, text *out)
{
    const graph *g = o->run[0].plan->graph;
    text_puts(
        out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
             "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
             "<meta name=\"generator\" content=\"atomloom " ATOMLOOM_VERSION "\">\n");
    if (o->refresh_s)
        html_printf(out, "<meta http-equiv=\"refresh\" content=\"%d\">\n", o->refresh_s);
    html_printf(out, "<title>%s</title>\n<style>\n:root{", g->title ? g->title : g->path);
    picture_style(false, out);
    text_puts(out, "}\n@media screen and (prefers-color-scheme: dark){:root{");
    picture_style(true, out);
    text_puts(out, "}}\n");
    text_add(out, asset_css, asset_css_bytes);
    text_puts(out, "</style>\n</head>\n<body>\n");
}

static void counted(text *out, const char *before, int n, const char *what)
{
    assert(n >= 0);
    text_printf(out, "%s%d %s%s", before, n, what, n == 1 ? "" : "s");
}

/* One line that says whether all is well. */
static void verdict(const page_options *o, const page_findings *f, text *out)
{
    int32_t needed = 0, there = 0;
    bool live = false;
    for (int r = 0; r < o->run_count; r++) {
        track_totals t = track_sum(o->run[r].track);
        needed += t.needed;
        there += t.count[STEP_DONE] + t.count[STEP_CACHED];
        live |= o->run[r].track->live;
    }
    text_printf(out, "<p class=\"verdict %s\">",
                f->failures                ? "failed"
                : f->warnings || f->misses ? "look"
                                           : "");
    if (live) text_puts(out, "Still running: ");
    text_printf(out, "%d of %d instance%s computed", there, needed, needed == 1 ? "" : "s");
    if (f->failures) counted(out, ", ", f->failures, "failure");
    if (f->misses || f->met)
        text_printf(out, ", %d of %d figures as asked", f->met, f->misses + f->met);
    counted(out, ", ", f->warnings, "warning");
    text_puts(out, ".</p>\n");
}

static void intro(const page_options *o, const page_findings *f, text *out)
{
    const graph *g = o->run[0].plan->graph;
    html_printf(out, "<header>\n<h1>%s</h1>\n", g->title ? g->title : g->path);
    if (g->description) {
        text_puts(out, "<p>");
        html_lines(out, g->description);
        text_puts(out, "</p>\n");
    }
    verdict(o, f, out);
    text_puts(out, "<p class=\"soft\">");
    for (int r = 0; r < o->run_count; r++) {
        track_totals t = track_sum(o->run[r].track);
        html_printf(out, "%s<code>%s</code>", r ? ", " : "", o->run[r].label);
        if (t.started > 0) {
            text_puts(out, ", computed since ");
            html_time(out, t.started);
            text_puts(out, ", ");
            html_duration(out, t.wall_s);
            text_puts(out, " of computing");
        }
    }
    text_puts(out, ". Page written ");
    html_time(out, o->now);
    text_puts(out, " by atomloom " ATOMLOOM_VERSION ".");
    if (o->missing) html_printf(out, " %s", o->missing);
    text_puts(out, "</p>\n</header>\n<main>\n");
}

static void scripts(text *out)
{
    text_puts(out, "<script>\n");
    text_add(out, asset_js, asset_js_bytes);
    text_puts(out, "</script>\n");
    if (!asset_bundle_bytes) return;
    text_puts(out, "<script>\n");
    text_add(out, asset_bundle, asset_bundle_bytes);
    text_puts(out, "</script>\n");
}

bool page_write(const page_options *o, text *out, error *e)
{
    assert(o->run_count > 0);
    page_findings f = page_count_findings(o);
    head(o, out);
    intro(o, &f, out);
    if (!o->graph_only) {
        page_warnings(o, &f, out);
        page_panels(o, out);
        page_scalars(o, out);
    }
    page_graphs(o, out);
    if (!o->graph_only) {
        page_provenance(o, out);
        page_parameters(o, out);
        page_citations(o, out);
    }
    text_puts(out, "</main>\n");
    scripts(out);
    text_puts(out, "</body>\n</html>\n");
    return !out->failed || error_memory(e, "the page");
}
