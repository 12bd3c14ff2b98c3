/* cli/sweep.c - the table at the end of a sweep: the single numbers of the outputs, one column per
 * point of the sweep, see outputs.h */
#include "cli/outputs.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct headings {
    char **item;
    int count;
} headings;
typedef struct cell {
    int number, point, column;
    char *text;
} cell;
/* An output that was looked at: what it holds no number of is missing there. */
typedef struct visit {
    int output, point, column;
} visit;
typedef struct sheet {
    headings number; /* "score.rmsd [pm]": the name of an output and of a number in it */
    headings point;  /* where on the axes that are not swept: "minutes=30", often "" alone */
    /* where on those that are: "50"; of two sweeps "50, 3", or "50, *" where one does not reach */
    headings column;
    headings output;
    cell *cell;
    visit *visit;
    int cell_count, visit_count;
    int at_point, at_column;   /* where the visited numbers go */
    const char *const *chosen; /* --columns: lists of names; NULL-terminated */
    const char *name;          /* of the output */
    bool failed;
} sheet;

/* Index of a heading, added where it is new; -1: out of memory. */
static int heading(headings *list, const char *s)
{
    assert(s);
    for (int i = 0; i < list->count; i++)
        if (!strcmp(list->item[i], s)) return i;
    char **more = realloc(list->item, ((size_t)list->count + 1) * sizeof *more);
    if (!more) return -1;
    list->item = more;
    if (!(more[list->count] = strdup(s))) return -1;
    return list->count++;
}

static int widest(const headings *list)
{
    size_t most = 0;
    for (int i = 0; i < list->count; i++)
        most = strlen(list->item[i]) > most ? strlen(list->item[i]) : most;
    return (int)most;
}

static void headings_free(headings *list)
{
    for (int i = 0; i < list->count; i++) free(list->item[i]);
    free(list->item);
}

/* ---- filling --------------------------------------------------------------------------------- */

static void add_number(void *user, const char *name, const char *unit, const char *value)
{
    sheet *s = user;
    text head = { 0 };
    text_printf(&head, "%s.%s%s%s%s", s->name, name, *unit ? " [" : "", unit, *unit ? "]" : "");
    int number = head.data ? heading(&s->number, head.data) : -1;
    cell *more = realloc(s->cell, ((size_t)s->cell_count + 1) * sizeof *more);
    char *copy = strdup(value);
    text_free(&head);
    if (more) s->cell = more;
    if (number < 0 || !more || !copy) {
        free(copy);
        s->failed = true;
        return;
    }
    s->cell[s->cell_count++] = (cell){ number, s->at_point, s->at_column, copy };
}

/* Its row and its column; false for an instance that no sweep reaches. */
static bool find_place(sheet *s, const graph *g, const graph_instance *in)
{
    text point = { 0 }, column = { 0 };
    int32_t first = g->axis_count - g->sweep_count;
    bool reached = false;
    for (int32_t a = 0; a < g->axis_count; a++) {
        const char *value = place_on_axis(in, g->axes[a].name);
        reached = reached || (value && a >= first);
        if (a >= first) text_printf(&column, "%s%s", a > first ? ", " : "", value ? value : "*");
        else if (value)
            text_printf(&point, "%s%s=%s", point.length ? ", " : "", g->axes[a].name, value);
    }
    s->at_column = reached ? heading(&s->column, column.data) : 0;
    s->at_point = reached ? heading(&s->point, point.data ? point.data : "") : 0;
    s->failed = s->failed || s->at_column < 0 || s->at_point < 0;
    text_free(&point);
    text_free(&column);
    return reached && !s->failed;
}

static bool add_visit(sheet *s, const char *output)
{
    visit *more = realloc(s->visit, ((size_t)s->visit_count + 1) * sizeof *more);
    int at = heading(&s->output, output);
    if (more) s->visit = more;
    if (!more || at < 0) return false;
    s->visit[s->visit_count++] = (visit){ at, s->at_point, s->at_column };
    return true;
}

static bool add_output(sheet *s, const graph *g, const plan *p, store *values,
                       const graph_output *o, error *e)
{
    text name = { 0 };
    digest d;
    if (!find_place(s, g, &g->instances[o->from.instance]) || !plan_output(p, o->from, &d))
        return true;
    loom_value *v = store_get(values, &d, false, e);
    if (!v) return false;
    text_add(&name, o->name, strcspn(o->name, "["));
    s->name = name.data ? name.data : "";
    s->failed = !add_visit(s, s->name) || s->failed;
    value_scalars(v, add_number, s);
    text_free(&name);
    value_free(v);
    return true;
}

/* ---- laying out ------------------------------------------------------------------------------ */

static const char *cell_at(const sheet *s, int number, int point, int column)
{
    assert(number >= 0 && point >= 0 && column >= 0);
    for (int i = 0; i < s->cell_count; i++)
        if (s->cell[i].number == number && s->cell[i].point == point && s->cell[i].column == column)
            return s->cell[i].text;
    return NULL;
}

static bool has_row(const sheet *s, int number, int point)
{
    for (int c = 0; c < s->column.count; c++)
        if (cell_at(s, number, point, c)) return true;
    return false;
}

/* Is the number missing from its output at a place that was looked at? (A table of no row or of
 * several holds no single number.) */
static bool is_missing(const sheet *s, int number)
{
    for (int i = 0; i < s->visit_count; i++) {
        const visit *v = &s->visit[i];
        const char *output = s->output.item[v->output];
        size_t n = strlen(output);
        if (!strncmp(s->number.item[number], output, n) && s->number.item[number][n] == '.'
            && !cell_at(s, number, v->point, v->column))
            return true;
    }
    return false;
}

/* Is it "score.rmsd [pm]", by "score.rmsd" or "rmsd"? */
static bool is_named(const char *heading, const char *list)
{
    size_t whole = strcspn(heading, " ");
    const char *number = strchr(heading, '.') + 1;
    for (size_t n; *list; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        if (n == whole && !strncmp(list, heading, n)) return true;
        if (n == whole - (size_t)(number - heading) && !strncmp(list, number, n)) return true;
    }
    return false;
}

static bool is_chosen(const sheet *s, int number)
{
    bool chosen = !*s->chosen;
    for (int i = 0; s->chosen[i]; i++)
        chosen = chosen || is_named(s->number.item[number], s->chosen[i]);
    return chosen;
}

/* Does the sweep change this number anywhere? Of a sweep of one point every number is shown. */
static bool is_shown(const sheet *s, int number)
{
    assert(number >= 0 && number < s->number.count);
    if (is_missing(s, number)) return true;
    for (int p = 0; p < s->point.count; p++) {
        const char *first = NULL, *now;
        for (int c = 0; c < s->column.count; c++) {
            if (!(now = cell_at(s, number, p, c))) continue;
            if (first && strcmp(first, now) != 0) return true;
            first = now;
        }
    }
    return s->column.count == 1 || *s->chosen;
}

/* The columns [from, end): as many as the line has room for. */
static void block(const sheet *s, int name, int point, int value_width, int from, int end,
                  text *out)
{
    assert(from >= 0 && from <= end && end <= s->column.count);
    text_printf(out, "  %*s", name + (point ? point + 2 : 0), "");
    for (int c = from; c < end; c++) text_printf(out, "  %*s", value_width, s->column.item[c]);
    text_putc(out, '\n');
    for (int n = 0; n < s->number.count; n++) {
        bool named = false;
        for (int p = 0; is_chosen(s, n) && is_shown(s, n) && p < s->point.count; p++) {
            if (!has_row(s, n, p)) continue;
            text_printf(out, "  %-*s", name, named ? "" : s->number.item[n]);
            if (point) text_printf(out, "  %-*s", point, s->point.item[p]);
            for (int c = from; c < end; c++) {
                const char *value = cell_at(s, n, p, c);
                text_printf(out, "  %*s", value_width, value ? value : "-");
            }
            text_putc(out, '\n');
            named = true;
        }
    }
}

static void lay_out(const sheet *s, text *out)
{
    int name = 0, point = widest(&s->point), value_width = widest(&s->column);
    text same = { 0 };
    for (int n = 0; n < s->number.count; n++) {
        int length = (int)strlen(s->number.item[n]);
        if (!is_chosen(s, n)) continue;
        if (!is_shown(s, n)) text_printf(&same, "%s%s", same.length ? ", " : "", s->number.item[n]);
        else if (length > name) name = length;
    }
    for (int i = 0; i < s->cell_count; i++) {
        int length = (int)strlen(s->cell[i].text);
        if (length > value_width) value_width = length;
    }
    int room = (cli_width() - 2 - name - (point ? point + 2 : 0)) / (value_width + 2);
    if (room < 1) room = 1;
    for (int c = 0; name && c < s->column.count; c += room)
        block(s, name, point, value_width, c,
              c + room < s->column.count ? c + room : s->column.count, out);
    if (same.length) {
        text list = { 0 };
        text_printf(&list, "the same for all: %s", same.data);
        text_puts(out, "  ");
        cli_wrap(out, list.data ? list.data : "", 2, cli_width());
        text_free(&list);
    } else if (!name && *s->chosen)
        text_puts(out,
                  "  no number of that name: --columns takes names as in a table without it\n");
    else if (!name)
        text_puts(out, "  no output that depends on it contains a single number: name a node that "
                       "compares or measures in `outputs:`\n");
    text_free(&same);
}

bool sweep_text(const graph *g, const plan *p, store *values, const char *const *columns, text *out,
                error *e)
{
    sheet s = { .chosen = columns };
    bool good = true;
    for (int32_t i = 0; good && i < g->output_count; i++)
        good = add_output(&s, g, p, values, &g->outputs[i], e);
    if (good && s.failed) good = error_memory(e, "the table of the sweep");
    if (good) {
        text_puts(out, "\nSweep of ");
        for (int32_t i = g->axis_count - g->sweep_count; i < g->axis_count; i++)
            text_printf(out, "%s%s", g->axes[i].name, i + 1 < g->axis_count ? ", " : "");
        text_putc(out, '\n');
        lay_out(&s, out);
    }
    for (int i = 0; i < s.cell_count; i++) free(s.cell[i].text);
    free(s.cell);
    free(s.visit);
    headings_free(&s.output);
    headings_free(&s.number);
    headings_free(&s.point);
    headings_free(&s.column);
    return good;
}
