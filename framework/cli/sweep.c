/* cli/sweep.c - the table at the end of a sweep: one row per point of the axes, one column per single number, see outputs.h */
#include "cli/outputs.h"
#include <stdlib.h>
#include <string.h>

typedef struct cell { int row, column; char *text; } cell;
typedef struct sheet {
    char **row, **column; /* row: "iterations=50"; column: "score.r_factor" */
    int row_count, column_count;
    cell *cell;
    int cell_count;
    bool *measured;       /* by column: a result, not an attribute that comes along */
    int at_row;           /* where the visited numbers go */
    const char *output;
    bool table, failed;
} sheet;

/* Index of a heading, added where it is new; -1: out of memory. */
static int heading(char ***list, int *count, const char *s)
{
    for (int i = 0; i < *count; i++)
        if (!strcmp((*list)[i], s)) return i;
    char **more = realloc(*list, ((size_t)*count + 1) * sizeof *more);
    if (!more) return -1;
    *list = more;
    if (!(more[*count] = strdup(s))) return -1;
    return (*count)++;
}

static void add_number(void *user, const char *name, const char *unit, const char *value)
{
    sheet *s = user;
    text head = { 0 };
    text_printf(&head, "%s.%s%s%s%s", s->output, name, *unit ? " [" : "", unit, *unit ? "]" : "");
    int columns = s->column_count, column = head.data ? heading(&s->column, &s->column_count, head.data) : -1;
    bool *marks = column < columns ? s->measured : realloc(s->measured, (size_t)s->column_count * sizeof *marks);
    if (marks) s->measured = marks;
    if (marks && column >= columns) marks[column] = s->table;
    cell *more = realloc(s->cell, ((size_t)s->cell_count + 1) * sizeof *more);
    text_free(&head);
    if (more) s->cell = more;
    char *copy = strdup(value);
    if (column < 0 || !marks || !more || !copy) {
        free(copy);
        s->failed = true;
        return;
    }
    s->cell[s->cell_count++] = (cell){ s->at_row, column, copy };
}

static void point_text(const graph_instance *i, text *out)
{
    for (int32_t k = 0; k < i->point_count; k++) text_printf(out, "%s%s=%s", k ? ", " : "", i->point[k].axis, i->point[k].value);
}

static bool add_output(sheet *s, const graph *g, const plan *p, store *values, const graph_output *o, error *e)
{
    const graph_instance *i = &g->instances[o->from.instance];
    text point = { 0 }, name = { 0 };
    digest d;
    if (!i->point_count || !plan_output(p, o->from, &d)) return true;
    loom_value *v = store_get(values, &d, false, e);
    if (!v) return false;
    point_text(i, &point);
    text_add(&name, o->name, strcspn(o->name, "["));
    s->at_row = point.data ? heading(&s->row, &s->row_count, point.data) : -1;
    s->output = name.data ? name.data : "";
    const loom_array *first = value_array_at(v, 0);
    s->table = !strcmp(value_type(v), "table") || (first && first->rank == 0);
    if (s->at_row < 0) s->failed = true;
    else value_scalars(v, add_number, s);
    text_free(&point);
    text_free(&name);
    value_free(v);
    return true;
}

static const char *cell_at(const sheet *s, int row, int column)
{
    for (int i = 0; i < s->cell_count; i++)
        if (s->cell[i].row == row && s->cell[i].column == column) return s->cell[i].text;
    return "";
}

/* Attributes that are the same everywhere came along with the value and say nothing of the sweep. */
static bool is_shown(const sheet *s, int column)
{
    for (int r = 1; !s->measured[column] && r < s->row_count; r++)
        if (strcmp(cell_at(s, r, column), cell_at(s, 0, column)) != 0) return true;
    return s->measured[column];
}

static int shown_columns(const sheet *s)
{
    int n = 0;
    for (int c = 0; c < s->column_count; c++) n += is_shown(s, c);
    return n;
}

/* Points as rows: a sweep has few numbers, and headings are longer than they. */
static void lay_out(const sheet *s, text *out)
{
    int first = 0;
    for (int r = 0; r < s->row_count; r++) first = (int)strlen(s->row[r]) > first ? (int)strlen(s->row[r]) : first;
    text_printf(out, "\nSweep\n  %-*s", first, "");
    for (int c = 0; c < s->column_count; c++)
        if (is_shown(s, c)) text_printf(out, "  %12s", s->column[c]);
    text_putc(out, '\n');
    for (int r = 0; r < s->row_count; r++) {
        text_printf(out, "  %-*s", first, s->row[r]);
        for (int c = 0; c < s->column_count; c++) {
            if (!is_shown(s, c)) continue;
            int width = (int)strlen(s->column[c]) > 12 ? (int)strlen(s->column[c]) : 12;
            text_printf(out, "  %*s", width, cell_at(s, r, c));
        }
        text_putc(out, '\n');
    }
}

bool sweep_text(const graph *g, const plan *p, store *values, text *out, error *e)
{
    sheet s = { 0 };
    bool good = true;
    for (int32_t i = 0; good && i < g->output_count; i++) good = add_output(&s, g, p, values, &g->outputs[i], e);
    if (good && s.failed) good = error_memory(e, "the table of the sweep");
    if (good && shown_columns(&s)) lay_out(&s, out);
    else if (good) text_puts(out, "\nSweep\n  no output holds a single number that differs: add a node that compares or measures, and name "
                                  "it in `outputs:`\n");
    for (int i = 0; i < s.row_count; i++) free(s.row[i]);
    for (int i = 0; i < s.column_count; i++) free(s.column[i]);
    for (int i = 0; i < s.cell_count; i++) free(s.cell[i].text);
    free(s.measured);
    free(s.row);
    free(s.column);
    free(s.cell);
    return good;
}
