/* report/draw.c - which renderer draws a panel. */
#include "report/panel.h"
#include <string.h>

static const struct {
    const char *name;
    bool (*draw)(const loom_value *v, picture *p, error *e);
} renderers[] = { { "plot", draw_plot }, { "bars", draw_bars },    { "points", draw_points },
                  { "mesh", draw_mesh }, { "image", draw_images }, { "table", draw_table },
                  { "text", draw_text } };

bool panel_draw(const loom_value *v, picture *p, error *e)
{
    const char *name = panel_text(v, "renderer", "");
    *p = (picture){ .width = PANEL_WIDTH, .height = 400 };
    for (size_t i = 0; i < sizeof renderers / sizeof *renderers; i++)
        if (!strcmp(renderers[i].name, name))
            return renderers[i].draw(v, p, e) && (!p->failed || error_memory(e, "a picture"));
    return error_set(e, LOOM_E_DATA, "renderers: plot, bars, points, mesh, image, table, text",
                     "the panel names a renderer '%.40s', which is not known", name);
}
