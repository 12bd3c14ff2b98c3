/* kit/expression_unit.c - the unit that the result of an expression is in, where it follows from
 * those of its columns. */
#include "kit/expression_inside.h"
#include "kit/unit.h"
#include <assert.h>
#include <string.h>

/* On the stack. */
typedef struct measured {
    const char *unit; /* "" for a number without one, NULL where it does not follow */
    bool plain;       /* of numbers in the text alone: fits any unit */
} measured;

static const measured none = { "", false }, not_known = { NULL, false };

/* Of operands that must measure the same; *clash where they do not. */
static measured alike(measured x, measured y, bool *clash)
{
    if (x.plain) return y;
    if (y.plain) return x;
    if (!x.unit || !y.unit) return not_known;
    if (!strcmp(x.unit, y.unit)) return x;
    double factor = *x.unit && *y.unit ? loom_unit_factor(x.unit, y.unit) : 1;
    *clash = !(factor >= 1 && factor <= 1);
    return *x.unit ? x : y;
}

static measured product(measured x, measured y)
{
    if (!x.unit || !y.unit) return not_known;
    if (!*x.unit) return (measured){ y.unit, x.plain && y.plain };
    return *y.unit ? not_known : x;
}

static measured quotient(measured x, measured y)
{
    if (!x.unit || !y.unit) return not_known;
    if (!*y.unit) return (measured){ x.unit, x.plain && y.plain };
    return strcmp(x.unit, y.unit) != 0 ? not_known : none;
}

static measured combine(int what, measured x, measured y, bool *clash)
{
    switch (what) {
    case EXPRESSION_ADD:
    case EXPRESSION_SUBTRACT:
    case EXPRESSION_MIN:
    case EXPRESSION_MAX: return alike(x, y, clash);
    case EXPRESSION_MULTIPLY: return product(x, y);
    case EXPRESSION_DIVIDE: return quotient(x, y);
    case EXPRESSION_NEGATE:
    case EXPRESSION_ABS:
    case EXPRESSION_FLOOR:
    case EXPRESSION_ROUND: return x;
    case EXPRESSION_POWER:
    case EXPRESSION_SQRT:
    case EXPRESSION_EXP:
    case EXPRESSION_LOG:
    case EXPRESSION_LOG10: return x.unit && !*x.unit ? (measured){ "", x.plain } : not_known;
    case EXPRESSION_AND:
    case EXPRESSION_OR:
    case EXPRESSION_NOT:
    case EXPRESSION_KNOWN:
    case EXPRESSION_SIN:
    case EXPRESSION_COS:
    case EXPRESSION_TAN: return none;
    default: /* comparisons */ alike(x, y, clash); return none;
    }
}

const char *loom_expression_unit(const loom_expression *e, loom_expression_error *clash)
{
    measured stack[LOOM_EXPRESSION_DEPTH + 1];
    int height = 0;
    clash->length = 0;
    for (int32_t i = 0; i < e->count; i++) {
        const loom_expression_step *s = &e->step[i];
        int n = expression_steps[s->what].operands;
        assert(height >= n && height < LOOM_EXPRESSION_DEPTH + 1);
        bool clashes = false;
        if (s->what == EXPRESSION_COLUMN)
            stack[height] = (measured){ s->column->unit ? s->column->unit : "", false };
        else if (n == 0) stack[height] = (measured){ "", true };
        else {
            measured x = stack[height - n], y = stack[height - 1];
            stack[height - n] = combine(s->what, x, y, &clashes);
            if (clashes && !clash->length)
                expression_fails(clash, s->at, s->length, "%s of numbers in '%s' and in '%s'",
                                 expression_steps[s->what].text, x.unit, y.unit);
        }
        height += 1 - n;
    }
    return stack[0].unit;
}
