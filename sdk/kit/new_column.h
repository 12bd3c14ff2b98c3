/* kit/new_column.h - a column that an expression makes, for atoms and for tables. */
#ifndef LOOM_KIT_NEW_COLUMN_H
#define LOOM_KIT_NEW_COLUMN_H
#include "kit/expression.h"

/* The parameters; in an op's table: NEW_COLUMN_PARAMS(params, column). */
typedef struct loom_new_column {
    const char *name, *value, *unit;
    loom_reals missing;
    bool whole, replace;
} loom_new_column;

/* clang-format off */
#define NEW_COLUMN_PARAMS(S, common) \
    LOOM_PARAM_IN(S, common, name, .flags = LOOM_REQUIRED, \
                  .doc = "what to call the column"), \
    LOOM_PARAM_IN(S, common, value, .flags = LOOM_REQUIRED, \
                  .doc = "an expression over the other columns: sqrt(x^2 + y^2)"), \
    LOOM_PARAM_IN(S, common, unit, .text = "", \
                  .doc = "of the column; numbers in another unit of the same kind are converted; " \
                         "empty: the one that follows from the expression, where one does"), \
    LOOM_PARAM_IN(S, common, missing, .flags = LOOM_LENGTH(0) | LOOM_LENGTH(1), \
                  .doc = "the number to put where the expression has none (0/0, sqrt(-1))"), \
    LOOM_PARAM_IN(S, common, whole, .flags = LOOM_ADVANCED, \
                  .doc = "rounded to whole numbers, as numbers of sites or classes are"), \
    LOOM_PARAM_IN(S, common, replace, .doc = "the column may be there already")
/* clang-format on */

/* Makes the column of `rows` entries in `out`, from the columns of `in`, which is at `port`, and
 * passes on everything else of `in`. A comparison gives 1 and 0 (u8), anything else f64, or i32
 * with `whole`. `nan`: numbers may be missing, as in tables. Fails, naming the parameter, on a name
 * that is taken, a unit that measures something else, and gaps that `missing` does not fill. [main]
 */
loom_status loom_new_column_make(loom_call *call, const char *port, const loom_value *in,
                                 int64_t rows, bool nan, const loom_new_column *p, loom_value *out);

/* How it works, for the page of the op. */
#define NEW_COLUMN_METHOD \
    "A comparison gives 1 where it is true and 0 where it is not. The unit follows where columns " \
    "of one unit are added, or multiplied by a number without one: that of `2 * depth` is the " \
    "unit of `depth`, that of `x / y` none. With `unit` the numbers are converted to it (`unit: " \
    "nm` of a depth in angstrom), and where the expression says nothing of the unit, it is taken " \
    "to be this one. Numbers in different units added or compared are warned of. "
#endif
