/* report/draw_table.c - renderer `table`: the arrays of rank 1, as columns. Attribute best.NAME,
 * min or max: the row that is best in that column is marked. In a page it is a table of HTML
 * (page_table.c); this is the picture of its first rows. */
#include "report/axis.h"
#include "report/panel.h"
#include "report/table.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int64_t table_best(const loom_value *v, const column *c)
{
    char name[VALUE_MAX_NAME + 8];
    snprintf(name, sizeof name, "best.%s", c->array->name);
    const char *which = panel_text(v, name, "");
    double sign = !strcmp(which, "max") ? 1 : !strcmp(which, "min") ? -1 : 0;
    int64_t best = -1;
    for (int64_t i = 0; sign != 0 && i < c->count; i++) {
        double x = sign * column_number(c, i);
        if (isfinite(x) && (best < 0 || x > sign * column_number(c, best))) best = i;
    }
    return best;
}

int64_t table_rows(const loom_value *v)
{
    const loom_array *a;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (a->rank == 1) return a->dim[0];
    return 0;
}

enum { MAX_ROWS = 40, ROW = 20 };

/* One column at x: its heading and cells. Gives its width. */
static double draw_column(const loom_value *v, const loom_array *a, picture *p, double x,
                          int64_t rows)
{
    assert(a->rank == 1 && rows <= a->dim[0]);
    cell_format f = cell_format_of(v, a);
    int64_t best = table_best(v, &f.column);
    text cell = { 0 };
    with_unit(a->name, a->unit, &cell);
    double width = fmin(text_width(TICK_SIZE, cell.data ? cell.data : ""), 220);
    for (int64_t i = 0; i < rows; i++) {
        text_clear(&cell);
        cell_text(&f, i, &cell);
        width = fmax(width, fmin(text_width(TICK_SIZE, cell.data ? cell.data : ""), 220));
    }
    for (int64_t i = -1; i < rows; i++) {
        text_clear(&cell);
        if (i < 0) with_unit(a->name, a->unit, &cell);
        else cell_text(&f, i, &cell);
        mark *m = picture_text_in(p, f.column.words ? x : x + width, ROW * (double)(i + 2) - 6,
                                  TICK_SIZE, f.column.words ? ANCHOR_START : ANCHOR_END, 220,
                                  cell.data ? cell.data : "");
        if (m) m->bold = i < 0 || i == best, m->fill = i < 0 ? TINT_SOFT : TINT_INK;
    }
    text_free(&cell);
    return width;
}

bool draw_table(const loom_value *v, picture *p, error *e)
{
    const loom_array *a;
    int64_t all = table_rows(v), rows = all < MAX_ROWS ? all : MAX_ROWS;
    double x = 4;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        if (a->rank != 1) continue;
        if (a->dim[0] != all)
            return error_set(e, LOOM_E_DATA, "", "columns of a table of different lengths");
        x += draw_column(v, a, p, x, rows) + 18;
    }
    p->width = fmax(x, 120);
    p->height = ROW * (double)(rows + 1) + 8;
    picture_line(p, TINT_INK, 1, 0, ROW + 1, p->width, ROW + 1);
    if (all > rows) {
        char rest[64];
        snprintf(rest, sizeof rest, "and %lld more rows", (long long)(all - rows));
        picture_text(p, 4, p->height + 8, TICK_SIZE, ANCHOR_START, rest);
        p->height += 20;
    }
    return true;
}
