/* kit/expression_inside.h - the steps of a program; expression.c makes them, the others carry them
 * out. */
#ifndef LOOM_KIT_EXPRESSION_INSIDE_H
#define LOOM_KIT_EXPRESSION_INSIDE_H
#include "kit/expression.h"

/* name, operands, as it is written */
/* clang-format off */
#define EXPRESSION_STEPS(X) \
    X(NUMBER, 0, "") X(COLUMN, 0, "") X(WORD, 0, "") \
    X(ADD, 2, "+") X(SUBTRACT, 2, "-") X(MULTIPLY, 2, "*") X(DIVIDE, 2, "/") X(POWER, 2, "^") \
    X(NEGATE, 1, "-") \
    X(EQUAL, 2, "==") X(UNEQUAL, 2, "!=") X(LESS, 2, "<") X(AT_MOST, 2, "<=") \
    X(MORE, 2, ">") X(AT_LEAST, 2, ">=") \
    X(AND, 2, "and") X(OR, 2, "or") X(NOT, 1, "not") \
    X(MIN, 2, "min") X(MAX, 2, "max") X(ABS, 1, "abs") X(SQRT, 1, "sqrt") X(EXP, 1, "exp") \
    X(LOG, 1, "log") X(LOG10, 1, "log10") X(FLOOR, 1, "floor") X(ROUND, 1, "round") \
    X(SIN, 1, "sin") X(COS, 1, "cos") X(TAN, 1, "tan") X(KNOWN, 1, "known")
/* clang-format on */
enum {
#define X(name, operands, text) EXPRESSION_##name,
    EXPRESSION_STEPS(X)
#undef X
        EXPRESSION_STEP_COUNT
};

typedef struct expression_step_row {
    int operands;
    const char *text;
} expression_step_row;
extern const expression_step_row expression_steps[EXPRESSION_STEP_COUNT];

/* Sets the error about `length` bytes at `at`; returns false. */
bool expression_fails(loom_expression_error *error, int32_t at, int32_t length, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));

/* The code of a word among `words`, or -1. Symbols are found in any case, as everywhere. */
double expression_code(const loom_expression_column *column, const char *word, int32_t length);
#endif
