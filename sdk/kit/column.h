/* kit/column.h - columns of tables that an op is given. A table may come from anywhere: its
 * numbers have a unit, or its column holds words. */
#ifndef LOOM_KIT_COLUMN_H
#define LOOM_KIT_COLUMN_H
#include <atomloom/op.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The column `name` of the table at input `port` as numbers in `unit` (NULL: they have none), one
 * for each of `rows`, which are `what` ("images"). Numbers in another unit of the same kind are
 * converted; a column that names no unit is taken to be in this one. Borrowed from the input, or
 * scratch. NULL after failing on `port`: no such column, another number of rows, words, an entry
 * that is not finite, a unit that measures something else. [main] */
const double *loom_need_column(loom_call *call, const char *port, const char *name,
                               const char *unit, int64_t rows, const char *what);

/* The same of a column of `table`, one of the values at `port`. */
const double *loom_column_in(loom_call *call, const char *port, const loom_value *table,
                             const loom_array *column, const char *unit, int64_t rows,
                             const char *what);
#ifdef __cplusplus
}
#endif
#endif
