/* kit/expression.h - what a person writes to choose rows or to make a column: `depth > 5 and
 * species == 'Ir'`.
 *
 *   number    12  0.5  3e-2
 *   name      a column, or a number that the value holds as an attribute; `odd name` in backquotes
 *   word      'Ir' or "Ir", compared with a column of words; a bare name that is no column will do
 *   + - * / ^ of numbers, ^ binds most and to the right, then the sign: -2^2 is -4
 *   == != < <= > >=   of numbers; of words the first two
 *   and or not        of comparisons; a number counts as true where it is not 0
 *   functions min max abs sqrt exp log log10 floor round; sin cos tan of degrees; known(x) is true
 *             where x is not missing
 *
 * A missing number is NaN. What is computed from it is missing; a comparison with it is neither
 * true nor false, and so is what hangs on it (`a or b` is true where one of them is). Nothing
 * else is needed to evaluate: no memory, no state, the same result for every order of rows. */
#ifndef LOOM_KIT_EXPRESSION_H
#define LOOM_KIT_EXPRESSION_H
#include <atomloom/op.h>

enum { LOOM_EXPRESSION_STEPS = 256, LOOM_EXPRESSION_DEPTH = 64 };

/* A column as expressions see it. */
typedef struct loom_expression_column {
    const char *name;
    loom_dtype dtype;
    const void *data;
    int64_t stride;    /* elements from one row to the next; 0: the same for all rows */
    const char *words; /* the words of its codes, or NULL for a column of numbers */
    char separator;    /* between them: '\n', or ' ' for the symbols of atoms */
    const char *unit;  /* of the numbers; NULL or empty: none */
} loom_expression_column;

typedef enum loom_expression_kind {
    LOOM_EXPRESSION_NUMBER,
    LOOM_EXPRESSION_TRUTH,
    LOOM_EXPRESSION_WORD,
    LOOM_EXPRESSION_NAME /* while binding: a bare name that is no column */
} loom_expression_kind;

/* One step of the program: it takes its operands from a stack and leaves its result there. */
typedef struct loom_expression_step {
    int32_t what;       /* expression_inside.h */
    int32_t at, length; /* its place in the text, bytes */
    double number;
    const loom_expression_column *column;
} loom_expression_step;

typedef struct loom_expression {
    const char *text; /* borrowed */
    int32_t count;
    loom_expression_step step[LOOM_EXPRESSION_STEPS];
    loom_expression_kind kind; /* of the result, once bound */
} loom_expression;

typedef struct loom_expression_error {
    int32_t at, length; /* bytes of the text that it is about */
    char text[400];
} loom_expression_error;

/* Parses any text; false with the first error. [any] */
bool loom_expression_parse(const char *text, loom_expression *out, loom_expression_error *error);

/* Finds the columns that a parsed expression names, and checks that every operand is of the right
 * kind. `columns` must outlive the expression. False with the first error. [any] */
bool loom_expression_bind(loom_expression *e, const loom_expression_column *columns, int64_t count,
                          loom_expression_error *error);

/* The result for one row: a number, or 1, 0 or NaN (neither) for a truth. [any] */
double loom_expression_at(const loom_expression *e, int64_t row);

/* The unit of a bound expression's result: "" where it has none, NULL where it does not follow from
 * those of the columns (a product of two lengths). Borrowed from the columns. Where numbers in
 * different units are added or compared, *clash says where (its `length` is 0 otherwise). [any] */
const char *loom_expression_unit(const loom_expression *e, loom_expression_error *clash);

/* ---- on values --------------------------------------------------------------------------------*/

/* Parses and binds `text` to the columns of `value`, which is at `port`: arrays of one axis with
 * `rows` entries; of atoms also x, y, z, and `species` as words; `index`, the number of the row;
 * numbers among the attributes. Fails on `parameter`, with the place in the text. [main] */
loom_status loom_expression_read(loom_call *call, const char *parameter, const char *text,
                                 const char *port, const loom_value *value, int64_t rows,
                                 loom_expression *out);

/* The rows for which the expression is true, ascending, into row[rows]; returns how many, or -1
 * after failing where it says nothing true or false. Rows for which it is neither are not among
 * them, and warned of on `parameter`. [main] */
int64_t loom_expression_choose(loom_call *call, const char *parameter, const loom_expression *e,
                               int64_t rows, int64_t *row);

/* The grammar, for the pages of ops that take an expression. */
#define EXPRESSION_METHOD \
    "An expression has numbers, names of columns, `+ - * / ^`, the comparisons `== != < <= > " \
    ">=`, " \
    "`and`, `or`, `not`, parentheses, and the functions min, max, abs, sqrt, exp, log, log10, " \
    "floor, round, and sin, cos, tan of degrees; `known(r1)` is true where r1 is not missing. " \
    "Names with blanks or signs stand in backquotes. " \
    "Columns of words are compared with a word: `species == 'Ir'`. Numbers among the attributes " \
    "can be used as well: `depth > cutoff`. A number alone is true where it is not 0: " \
    "`surface and depth < 3`. Where a number is missing, a comparison with it is neither true " \
    "nor " \
    "false: such rows are not taken, and warned of. "
#endif
