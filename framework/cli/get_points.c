/* cli/get_points.c - an output at all points of its axes as one table; see get.h */
#include "cli/get.h"
#include "cli/outputs.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tables of all points, and the one that they become. */
typedef struct joining {
    const cli_session *s;
    int32_t count;
    loom_value **part;
    int64_t rows;
    loom_value *out;
    error *e;
} joining;

static int64_t rows_of(const loom_value *v)
{
    const loom_array *first = value_array_at(v, 0);
    return first ? first->dim[0] : 0;
}

/* ---- figures of a value that is no table ----------------------------------------------------- */

static bool add_figure(loom_value *out, const char *name, double number, const char *unit, error *e)
{
    loom_array *a = value_add_array(out, name, LOOM_F64, 1, (int64_t[]){ 1 }, unit, e);
    if (a) *(double *)a->data = number;
    return a != NULL;
}

static double only_number(const loom_array *a)
{
    switch (a->dtype) {
    case LOOM_U8: return *(const uint8_t *)a->data;
    case LOOM_I32: return *(const int32_t *)a->data;
    case LOOM_I64: return (double)*(const int64_t *)a->data;
    case LOOM_F32: return (double)*(const float *)a->data;
    default: return *(const double *)a->data;
    }
}

/* Arrays without axes and numbers among the attributes, as a table of one row. Takes `v`. */
static loom_value *figures_of(loom_value *v, error *e)
{
    loom_value *out = value_new("table", e);
    const loom_array *a;
    const loom_attribute *t;
    bool good = out != NULL;
    for (int64_t i = 0; good && (a = value_array_at(v, i)); i++)
        if (!a->rank) good = add_figure(out, a->name, only_number(a), a->unit, e);
    for (int64_t i = 0; good && (t = value_attribute_at(v, i)); i++)
        if (!t->text && !value_array(out, t->name))
            good = add_figure(out, t->name, t->number, t->unit, e);
    if (good && !value_array_at(out, 0))
        good =
            error_set(e, LOOM_E_DATA, "name one point, as in 'NAME[axis=value]'",
                      "values of type %s hold no single numbers to put in a table", value_type(v));
    value_free(v);
    if (good) return out;
    value_free(out);
    return NULL;
}

/* ---- where the rows come from ---------------------------------------------------------------- */

static const char *place_on(const joining *j, int32_t i, const char *axis)
{
    const graph *g = j->s->graph;
    return place_on_axis(&g->instances[g->outputs[i].from.instance], axis);
}

static bool is_number_axis(const joining *j, const char *axis)
{
    double number;
    for (int32_t i = 0; i < j->count; i++) {
        const char *at = place_on(j, i, axis);
        if (!at || !number_read(at, &number)) return false;
    }
    return true;
}

/* Words of an axis, each once, one a line, and the code of `word` among them. */
static int32_t code_of(text *words, const char *word)
{
    int32_t code = 0;
    size_t n = strlen(word);
    for (const char *w = words->data; w && *w; code++) {
        size_t length = strcspn(w, "\n");
        if (length == n && !memcmp(w, word, n)) return code;
        w += length + (w[length] == '\n');
    }
    if (words->length) text_putc(words, '\n');
    text_puts(words, word);
    return code;
}

static bool add_axis(joining *j, const char *axis)
{
    bool number = is_number_axis(j, axis), taken = false;
    char name[VALUE_MAX_NAME + 8];
    text words = { 0 };
    for (int32_t i = 0; i < j->count; i++) taken = taken || value_array(j->part[i], axis);
    snprintf(name, sizeof name, "%s%s", taken ? "axis." : "", axis);
    loom_array *a =
        value_add_array(j->out, name, number ? LOOM_F64 : LOOM_I32, 1, &j->rows, NULL, j->e);
    if (!a) return false;
    for (int64_t i = 0, row = 0; i < j->count; i++) {
        const char *at = place_on(j, (int32_t)i, axis);
        double value = 0;
        if (number) number_read(at, &value);
        else value = code_of(&words, at ? at : "-");
        for (int64_t k = 0; k < rows_of(j->part[i]); k++, row++) {
            if (number) ((double *)a->data)[row] = value;
            else ((int32_t *)a->data)[row] = (int32_t)value;
        }
    }
    bool good = !words.failed
                && (number
                    || set_column_attribute(j->out, "categories", name,
                                            words.data ? words.data : "", j->e));
    text_free(&words);
    return good;
}

static bool add_axes(joining *j)
{
    const graph *g = j->s->graph;
    for (int32_t a = 0; a < g->axis_count; a++) {
        bool on = false;
        for (int32_t i = 0; i < j->count; i++) on = on || place_on(j, i, g->axes[a].name);
        if (on && !add_axis(j, g->axes[a].name)) return false;
    }
    return true;
}

/* ---- their columns --------------------------------------------------------------------------- */

static bool is_shared(const joining *j, const loom_array *column)
{
    for (int32_t i = 0; i < j->count; i++) {
        const loom_array *a = value_array(j->part[i], column->name);
        if (!a || a->dtype != column->dtype || strcmp(a->unit, column->unit) != 0
            || (column_attribute(j->part[0], "categories", a->name) != NULL)
                   != (column_attribute(j->part[i], "categories", a->name) != NULL))
            return false;
    }
    return true;
}

/* Words differ from table to table: codes are those of all words together. */
static void copy_words(const char *words, const loom_array *from, int32_t *to, text *all)
{
    for (int64_t i = 0; i < from->dim[0]; i++) {
        int32_t code = ((const int32_t *)from->data)[i];
        const char *w = words;
        for (int32_t k = 0; k < code && w; k++) w = strchr(w, '\n') ? strchr(w, '\n') + 1 : NULL;
        char *word = strndup(w ? w : "-", w ? strcspn(w, "\n") : 1);
        to[i] = word ? code_of(all, word) : 0;
        all->failed = all->failed || !word;
        free(word);
    }
}

static bool add_column(joining *j, const loom_array *column)
{
    size_t bytes = loom_dtype_bytes(column->dtype);
    text words = { 0 };
    bool missing = false;
    loom_array *a =
        value_add_array(j->out, column->name, column->dtype, 1, &j->rows, column->unit, j->e);
    if (!a) return false;
    char *to = a->data;
    for (int32_t i = 0; i < j->count; i++) {
        const loom_array *from = value_array(j->part[i], column->name);
        const char *own = column_attribute(j->part[i], "categories", column->name);
        if (own) copy_words(own, from, (int32_t *)to, &words);
        else memcpy(to, from->data, bytes * (size_t)from->dim[0]);
        to += bytes * (size_t)from->dim[0];
        missing = missing || column_attribute(j->part[i], "missing", column->name);
    }
    bool good = !words.failed || error_memory(j->e, "the words of a column");
    if (good && words.data)
        good = set_column_attribute(j->out, "categories", column->name, words.data, j->e);
    text_free(&words);
    return good && (!missing || set_column_attribute(j->out, "missing", column->name, "nan", j->e));
}

static bool add_columns(joining *j)
{
    const loom_array *a;
    int added = 0;
    for (int64_t i = 0; (a = value_array_at(j->part[0], i)); i++) {
        if (!is_shared(j, a)) {
            cli_warn("column '%s' is not in every table, or in another unit: it is left out",
                     a->name);
            continue;
        }
        if (!add_column(j, a)) return false;
        added++;
    }
    return added
           || error_set(j->e, LOOM_E_DATA, "name one point, as in 'NAME[axis=value]'",
                        "the values at these points have no column in common");
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool read_parts(joining *j, const plan *p)
{
    const graph *g = j->s->graph;
    for (int32_t i = 0; i < j->count; i++) {
        digest d;
        if (!plan_output(p, g->outputs[i].from, &d))
            return error_set(j->e, LOOM_E_DATA, "leave this point out with --only",
                             "'%s' was not made", g->outputs[i].name);
        j->part[i] = store_get(j->s->store, &d, false, j->e);
        if (j->part[i] && strcmp(value_type(j->part[i]), "table") != 0)
            j->part[i] = figures_of(j->part[i], j->e);
        if (!j->part[i]) return false;
        j->rows += rows_of(j->part[i]);
    }
    return true;
}

static loom_value *join(const cli_session *s, const plan *p, error *e)
{
    joining j = { .s = s, .count = s->graph->output_count, .e = e };
    j.part = calloc((size_t)j.count + 1, sizeof *j.part);
    bool good = (j.part || error_memory(e, "the tables")) && read_parts(&j, p)
                && (j.out = value_new("table", e)) && add_axes(&j) && add_columns(&j);
    for (int32_t i = 0; j.part && i < j.count; i++) value_free(j.part[i]);
    free(j.part);
    if (good) return j.out;
    value_free(j.out);
    return NULL;
}

int get_points(const cli_session *s, const get_how *how, const char *path)
{
    error e = { 0 };
    graph *g = s->graph;
    plan *p = NULL;
    int32_t *wanted = calloc((size_t)g->output_count + 1, sizeof *wanted);
    if (!wanted) return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory");
    for (int32_t i = 0; i < g->output_count; i++) wanted[i] = g->outputs[i].from.instance;
    int status = get_ready(s, g, wanted, g->output_count, &p);
    if (!status) status = get_warnings(p, how->strict);
    loom_value *v = status ? NULL : join(s, p, &e);
    if (v && how->columns) {
        loom_value *all = v;
        v = get_columns(all, how, &e);
        value_free(all);
    }
    if (!status) status = v ? get_write(v, how->format, path) : cli_report(&e);
    value_free(v);
    if (p) plan_free(p);
    free(wanted);
    return status;
}
