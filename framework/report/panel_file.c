/* report/panel_file.c - a panel as a file of its own: its title, the picture, its caption. */
#include "report/axis.h"
#include "report/panel.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const formats[] = { "svg", "png", "pdf", NULL };
enum { EDGE = 16, TITLE_SIZE = 16, LINE = 17, PNG_SCALE = 2 };

bool panel_format_known(const char *format)
{
    for (int i = 0; formats[i]; i++)
        if (!strcmp(formats[i], format)) return true;
    return false;
}

const char *panel_format_at(int index) { return index >= 0 && index < 3 ? formats[index] : NULL; }

static void shift(picture *p, double x, double y)
{
    for (int32_t i = 0; i < p->count; i++) p->mark[i].x += x, p->mark[i].y += y;
    for (int32_t i = 0; i < p->point_count; i++) p->point[i][0] += x, p->point[i][1] += y;
}

/* The caption in lines as wide as the picture; gives their height. */
static double caption_lines(picture *p, const char *s, double y)
{
    assert(s);
    double from = y;
    text line = { 0 };
    while (*s && y < from + 12 * LINE) {
        size_t n = strcspn(s, " \n"), before = line.length;
        text_add(&line, s, n);
        if (line.data && before && text_width(NAME_SIZE, line.data) > p->width - 2 * EDGE) {
            line.data[before - 1] = 0;
            picture_text(p, EDGE, y += LINE, NAME_SIZE, ANCHOR_START, line.data);
            text_clear(&line);
            continue;
        }
        s += n;
        if (*s) text_putc(&line, ' '), s++;
    }
    if (line.length)
        picture_text_in(p, EDGE, y += LINE, NAME_SIZE, ANCHOR_START, p->width - 2 * EDGE,
                        line.data);
    text_free(&line);
    return y - from;
}

static bool compose(const loom_value *v, picture *p, error *e)
{
    assert(v);
    if (!panel_draw(v, p, e)) return false;
    shift(p, EDGE, EDGE + TITLE_SIZE + 12);
    p->width += 2 * EDGE;
    p->height += EDGE + TITLE_SIZE + 12;
    mark *m = picture_text_in(p, EDGE, EDGE + TITLE_SIZE - 4, TITLE_SIZE, ANCHOR_START,
                              p->width - 2 * EDGE, panel_text(v, "title", ""));
    if (m) m->bold = true;
    p->height += caption_lines(p, panel_text(v, "caption", ""), p->height) + EDGE;
    return !p->failed || error_memory(e, "a picture");
}

bool panel_export(const loom_value *v, const char *format, text *out, error *e)
{
    picture p;
    bool good = compose(v, &p, e);
    if (good && !strcmp(format, "svg")) picture_svg(&p, NULL, panel_text(v, "title", ""), out);
    else if (good && !strcmp(format, "png")) good = picture_png(&p, PNG_SCALE, out, e);
    else if (good) good = picture_pdf(&p, out, e);
    picture_free(&p);
    return good && (!out->failed || error_memory(e, "a picture"));
}
