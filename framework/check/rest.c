/* check/rest.c - does an output hold what the input that it follows holds and the op cannot know?
 */
#include "check/inside.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const loom_value *first_value(const trial *t, const loom_port *port)
{
    assert(port->name);
    for (int i = 0; i < t->count; i++)
        if (!strcmp(t->input[i].port, port->name)) return t->value[i];
    return NULL;
}

static bool same_array(const loom_array *a, const loom_array *b)
{
    return a->dtype == b->dtype && a->rank == b->rank && !memcmp(a->dim, b->dim, sizeof a->dim)
           && !strcmp(a->unit, b->unit)
           && !memcmp(a->data, b->data, (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype));
}

static void compare_attributes(const char *port, const loom_value *in, const loom_value *out,
                               text *why)
{
    assert(in && out);
    const loom_attribute *a, *b;
    for (int64_t i = 0; (a = value_attribute_at(in, i)); i++) {
        b = value_attribute(out, a->name);
        bool ours = !strcmp(a->name, check_extra_text) || !strcmp(a->name, check_extra_number);
        bool same = b && !strcmp(a->unit, b->unit) && (a->text != NULL) == (b->text != NULL)
                    && !(a->number < b->number || a->number > b->number);
        if (!b)
            text_printf(why, "output '%s' lacks the attribute '%s' of its input\n", port, a->name);
        else if (ours && (!same || (a->text && strcmp(a->text, b->text))))
            text_printf(why, "output '%s' has another attribute '%s' than its input\n", port,
                        a->name);
    }
}

/* The row of `in` with the same bytes as row `k` of `out`; -1 where none or more than one has. */
static int64_t row_like(const loom_array *in, const loom_array *out, int64_t k)
{
    assert(k >= 0);
    int64_t found = -1;
    if (!in || !out || in->dtype != out->dtype || in->rank != out->rank || !in->dim[0]
        || !out->dim[0])
        return -1;
    size_t bytes = (size_t)(loom_array_count(in) / in->dim[0]) * loom_dtype_bytes(in->dtype);
    if (bytes != (size_t)(loom_array_count(out) / out->dim[0]) * loom_dtype_bytes(out->dtype))
        return -1;
    for (int64_t i = 0; i < in->dim[0]; i++) {
        if (memcmp((const char *)in->data + (size_t)i * bytes,
                   (const char *)out->data + (size_t)k * bytes, bytes))
            continue;
        if (found >= 0) return -1;
        found = i;
    }
    return found;
}

/* Each entry is the number of the row that it came from: it must be a row, and where the row is
 * known again by its content, that one. */
static void compare_rows(const char *port, const loom_value *in, const loom_value *out, text *why)
{
    const char *content = check_type_content(value_type(in));
    const loom_array *row = value_array(out, check_extra_row),
                     *a = content ? value_array(in, content) : NULL,
                     *b = content ? value_array(out, content) : NULL;
    if (!row) {
        text_printf(why, "output '%s' lacks the array '%s', one entry per row of its input\n", port,
                    check_extra_row);
        return;
    }
    int64_t rows = check_rows(out), most = check_rows(in);
    if (row->rank != 1 || row->dim[0] != rows || row->dtype != LOOM_I32) {
        text_printf(
            why,
            "output '%s' has %lld rows, its array '%s' has %lld entries: it does not follow them\n",
            port, (long long)rows, row->name, (long long)row->dim[0]);
        return;
    }
    for (int64_t k = 0; k < rows; k++) {
        int32_t from = ((const int32_t *)row->data)[k];
        int64_t is = row_like(a, b, k);
        if (from >= 0 && from < most && (is < 0 || is == from)) continue;
        text_printf(why,
                    "row %lld of output '%s' is row %lld of its input, but its entry of '%s' is "
                    "that of row %d\n",
                    (long long)k, port, (long long)(is < 0 ? k : is), row->name, from);
        return;
    }
}

static void compare_arrays(const char *port, const loom_value *in, const loom_value *out, text *why)
{
    const char *type = value_type(in), *content = check_type_content(type);
    const loom_array *a, *b;
    for (int64_t i = 0; (a = value_array_at(in, i)); i++) {
        b = value_array(out, a->name);
        bool fixed = !strcmp(a->name, check_extra_fixed),
             optional = check_type_knows_array(type, a->name);
        if ((fixed || optional) && !b)
            text_printf(why, "output '%s' lacks the array '%s' of its input\n", port, a->name);
        else if (fixed && !same_array(a, b))
            text_printf(why, "output '%s' has another array '%s' than its input\n", port, a->name);
    }
    const loom_array *grid = value_array(out, check_extra_grid),
                     *new = content ? value_array(out, content) : NULL;
    if (grid && new && (grid->rank != new->rank || memcmp(grid->dim, new->dim, sizeof grid->dim)))
        text_printf(why,
                    "output '%s' keeps the array '%s' in the shape of its input, though that of "
                    "'%s' changed\n",
                    port, grid->name, content);
    if (value_array(in, check_extra_row)) compare_rows(port, in, out, why);
}

void check_rest(check_case *c)
{
    trial t;
    text why = { 0 };
    bool any = false;
    if (c->report->verdict[CHECK_OUTPUTS] == CHECK_BROKEN) {
        check_settle(c, CHECK_REST, CHECK_NOT_APPLICABLE, "its outputs are not whole");
        return;
    }
    for (const loom_port *p = c->op->outputs; p->name; p++) any = any || check_followed(c->op, p);
    if (!any) {
        check_settle(c, CHECK_REST, CHECK_NOT_APPLICABLE, "no output has the type of an input");
        return;
    }
    bool good = trial_make(&t, c, (trial_how){ .extras = true }, &why) && trial_run(&t, 1, 0);
    if (!good && !why.length)
        text_printf(&why, "with arrays and attributes that it does not know it failed: %s",
                    t.result.failure.message);
    for (int i = 0; good && i < t.result.output_count; i++) {
        const loom_port *port = &c->op->outputs[i], *followed = check_followed(c->op, port);
        const loom_value *in = followed ? first_value(&t, followed) : NULL,
                         *out = t.result.output[i];
        if (!in || !out) continue;
        compare_attributes(port->name, in, out, &why);
        compare_arrays(port->name, in, out, &why);
    }
    check_settle_text(c, CHECK_REST, CHECK_KEPT, &why);
    trial_end(&t);
}
