/* table/cells.h - a table as text, cell by cell: what the writers for people share. */
#ifndef ATOMLOOM_TABLE_CELLS_H
#define ATOMLOOM_TABLE_CELLS_H
#include "io/builder.h"
#include <assert.h>
#include <math.h>

enum { TABLE_COLUMNS = 128 };
typedef struct table_columns {
    int count;
    int64_t rows;
    const loom_array *array[TABLE_COLUMNS];
    const char *words[TABLE_COLUMNS];
} table_columns;

static inline void table_read(const loom_host *h, const loom_value *table, table_columns *out)
{
    const loom_array *a;
    char key[256];
    *out = (table_columns){ 0 };
    for (int64_t i = 0; (a = h->array_at(table, i)) && out->count < TABLE_COLUMNS; i++) {
        snprintf(key, sizeof key, "categories.%s", a->name);
        out->rows = a->dim[0];
        out->words[out->count] = a->dtype == LOOM_I32 ? h->text(table, key) : NULL;
        out->array[out->count++] = a;
    }
}

/* The entry as people write it: whole numbers whole, percentages to one decimal, others to four
 * digits. Rounded once, from the stored value. */
static inline void table_cell(const table_columns *t, int column, int64_t row, char *out,
                              size_t size)
{
    assert(column >= 0 && column < t->count && row >= 0 && row < t->rows);
    const loom_array *a = t->array[column];
    const char *word = t->words[column];
    double v = 0;
    switch (a->dtype) {
    case LOOM_U8: v = ((const uint8_t *)a->data)[row]; break;
    case LOOM_I32: v = ((const int32_t *)a->data)[row]; break;
    case LOOM_I64: v = (double)((const int64_t *)a->data)[row]; break;
    case LOOM_F32: v = (double)((const float *)a->data)[row]; break;
    default: v = ((const double *)a->data)[row]; break;
    }
    if (word) {
        for (double k = v; k > 0 && word; k--)
            word = strchr(word, '\n') ? strchr(word, '\n') + 1 : NULL;
        snprintf(out, size, "%.*s", word ? (int)strcspn(word, "\n") : 0, word ? word : "");
    } else if (isnan(v)) snprintf(out, size, "-");
    else if (!strcmp(a->unit, "percent")) snprintf(out, size, "%.1f", v);
    else if (v == floor(v) && fabs(v) < 1e7) snprintf(out, size, "%.0f", v);
    else snprintf(out, size, "%.4g", v);
}

/* The unit of a column as people write it; "" for none. Borrowed. */
static inline const char *table_unit(const table_columns *t, int column)
{
    assert(column >= 0 && column < t->count);
    const char *unit = t->array[column]->unit;
    return strcmp(unit, "percent") ? unit : "%";
}
#endif
