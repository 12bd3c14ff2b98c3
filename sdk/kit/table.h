/* kit/table.h - tables that ops make: columns of numbers, and single rows of figures. */
#ifndef LOOM_KIT_TABLE_H
#define LOOM_KIT_TABLE_H
#include <atomloom/op.h>

/* A column of `rows` zeros to be filled; NULL when out of memory (already reported). [main] */
double *loom_table_column(loom_call *call, loom_value *table, const char *name, int64_t rows,
                          const char *unit);

/* One figure of a table of one row. */
typedef struct loom_figure {
    const char *name;
    const char *unit; /* NULL: it has none */
    double value;
    bool whole; /* a count: the column is i32, otherwise f64 */
} loom_figure;

/* Adds `count` figures as columns of one row. May be called again for more columns. False when out
 * of memory (already reported). [main] */
bool loom_table_row(loom_call *call, loom_value *table, const loom_figure *figure, int count);
#endif
