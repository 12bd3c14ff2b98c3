/* table.join - the rows of several tables below each other. */
#include "kit/check.h"
#include <stdio.h>
#include <assert.h>

typedef struct params {
    loom_strings labels;
    const char *heading;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, labels, .text = "",
               .doc = "one for each table, put before its rows; empty: no such column"),
    LOOM_PARAM(params, heading, .text = "table", .doc = "name of the column of labels"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tables", "table", "tables with the same columns, in order", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = {
    { "table", "table", "all rows; columns and attributes that not every table has are left out",
      0 },
    { 0 }
};

static bool is_shared(loom_call *call, const loom_array *column, int64_t tables)
{
    const loom_host *h = call->host;
    char key[256];
    snprintf(key, sizeof key, "categories.%s", column->name);
    const char *words = h->text(h->input(call, "tables", 0), key);
    for (int64_t t = 1; t < tables; t++) {
        const loom_value *v = h->input(call, "tables", t);
        const loom_array *a = h->array(v, column->name);
        const char *others = h->text(v, key);
        if (!a || a->dtype != column->dtype || strcmp(a->unit, column->unit) != 0) return false;
        if ((words != NULL) != (others != NULL) || (words && strcmp(words, others) != 0))
            return false; /* codes of other words */
    }
    return true;
}

/* Does table `t` say that numbers of the column are missing? */
static bool has_missing(loom_call *call, int64_t t, const char *column)
{
    char key[256];
    snprintf(key, sizeof key, "missing.%s", column);
    return call->host->text(call->host->input(call, "tables", t), key) != NULL;
}

static bool join_column(loom_call *call, loom_value *out, const loom_array *column, int64_t tables,
                        int64_t rows)
{
    const loom_host *h = call->host;
    char key[256];
    snprintf(key, sizeof key, "categories.%s", column->name);
    const char *words = h->text(h->input(call, "tables", 0), key);
    size_t bytes = loom_dtype_bytes(column->dtype);
    char *dst = h->add_array(call, out, column->name, column->dtype, 1, &rows, column->unit);
    if (!dst) return false;
    for (int64_t t = 0, filled = 0; t < tables; t++) {
        const loom_array *a = h->array(h->input(call, "tables", t), column->name);
        assert(filled + a->dim[0] <= rows);
        filled += a->dim[0];
        memcpy(dst, a->data, bytes * (size_t)a->dim[0]);
        dst += bytes * (size_t)a->dim[0];
    }
    if (words) h->set_text(call, out, key, words);
    for (int64_t t = 0; t < tables; t++)
        if (has_missing(call, t, column->name)) {
            snprintf(key, sizeof key, "missing.%s", column->name);
            h->set_text(call, out, key, "nan");
        }
    return true;
}

static const loom_attribute *attribute_of(loom_call *call, const loom_value *v, const char *name)
{
    const loom_attribute *a;
    for (int64_t i = 0; (a = call->host->attribute_at(v, i)); i++)
        if (!strcmp(a->name, name)) return a;
    return NULL;
}

/* True when the tables hold the attribute with the same content. */
static bool is_agreed(loom_call *call, const loom_attribute *a, int64_t tables)
{
    for (int64_t t = 1; t < tables; t++) {
        const loom_attribute *b = attribute_of(call, call->host->input(call, "tables", t), a->name);
        if (!b || (a->text != NULL) != (b->text != NULL) || strcmp(a->unit, b->unit) != 0)
            return false;
        if (a->text ? strcmp(a->text, b->text) != 0
                    : a->number < b->number || a->number > b->number)
            return false;
    }
    return true;
}

static void join_attributes(loom_call *call, loom_value *out, int64_t tables)
{
    const loom_host *h = call->host;
    const loom_attribute *a;
    for (int64_t i = 0; (a = h->attribute_at(h->input(call, "tables", 0), i)); i++) {
        bool of_column = !strncmp(a->name, "categories.", 11)
                         || !strncmp(a->name, "missing.", 8); /* set with its column */
        if (of_column || h->text(out, a->name) || !is_agreed(call, a, tables)) continue;
        if (a->text) h->set_text(call, out, a->name, a->text);
        else h->set_number(call, out, a->name, a->number, a->unit);
    }
}

static loom_status label_rows(loom_call *call, loom_value *out, const params *p, int64_t tables,
                              int64_t rows)
{
    const loom_host *h = call->host;
    char key[256];
    size_t length = 1;
    if (!p->labels.n) return LOOM_OK;
    if (p->labels.n != tables)
        return h->fail(call, LOOM_E_PARAM, "labels",
                       "%lld labels for %lld tables; give one each, or none",
                       (long long)p->labels.n, (long long)tables);
    if (!*p->heading)
        return h->fail(call, LOOM_E_PARAM, "heading",
                       "the heading is empty; name the column of labels");
    for (int64_t t = 0; t < tables; t++) length += strlen(p->labels.v[t]) + 1;
    char *words = h->scratch(call, length);
    int32_t *code = h->add_array(call, out, p->heading, LOOM_I32, 1, &rows, NULL);
    if (!words || !code) return LOOM_E_MEMORY;
    words[0] = 0;
    for (int64_t t = 0; t < tables; t++) {
        const loom_array *any = h->array_at(h->input(call, "tables", t), 0);
        for (int64_t i = 0; any && i < any->dim[0]; i++) *code++ = (int32_t)t;
        strcat(strcat(words, t ? "\n" : ""), p->labels.v[t]);
    }
    snprintf(key, sizeof key, "categories.%s", p->heading);
    h->set_text(call, out, key, words);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t tables = h->input_count(call, "tables"), rows = 0, shared = 0;
    const loom_array *column;
    for (int64_t t = 0; t < tables; t++) {
        const loom_array *any = h->array_at(h->input(call, "tables", t), 0);
        rows += any ? any->dim[0] : 0;
        for (int64_t i = 0; (column = h->array_at(h->input(call, "tables", t), i)); i++)
            if (!has_missing(call, t, column->name) && !loom_need_finite(call, "tables", column))
                return LOOM_E_DATA;
    }
    loom_value *out = h->output(call, "table");
    if (!out) return LOOM_E_MEMORY;
    loom_status status = label_rows(call, out, p, tables, rows);
    for (int64_t i = 0; !status && (column = h->array_at(h->input(call, "tables", 0), i)); i++) {
        if (!is_shared(call, column, tables)) {
            h->note(call,
                    "column '%s' is not in all tables with the same type, unit and words: left out",
                    column->name);
            continue;
        }
        if (p->labels.n && !strcmp(column->name, p->heading))
            return h->fail(call, LOOM_E_PARAM, "heading",
                           "the tables have a column '%s' already; give the labels another heading",
                           p->heading);
        if (!join_column(call, out, column, tables, rows)) return LOOM_E_MEMORY;
        shared++;
    }
    if (!status) join_attributes(call, out, tables);
    if (!status && !shared)
        return h->fail(call, LOOM_E_DATA, "tables", "the tables have no column in common");
    return status;
}

static const loom_op table_join = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "table.join",
    .summary = "The rows of several tables below each other, with a label for each table.",
    .method = "Columns that all tables share (name, type, unit, words) are joined in the order of "
              "the first; the others are left out and named in the log. Attributes in which all "
              "tables agree are kept.",
    .cites = "none",
    .limits = "No sorting, no matching of rows.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("table.join", "1.0", "BSD-3-Clause", &table_join);
