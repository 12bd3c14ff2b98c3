/* kit/expression_evaluate.c - a bound program, row by row. */
#include "kit/expression_inside.h"
#include <math.h>

static const double radian_per_degree = 0.017453292519943295;

static double entry(const loom_expression_column *c, int64_t row)
{
    int64_t i = row * c->stride;
    if (!c->data) return (double)row; /* `index` */
    switch (c->dtype) {
    case LOOM_U8: return ((const uint8_t *)c->data)[i];
    case LOOM_I32: return ((const int32_t *)c->data)[i];
    case LOOM_I64: return (double)((const int64_t *)c->data)[i];
    case LOOM_F32: return (double)((const float *)c->data)[i];
    default: return ((const double *)c->data)[i];
    }
}

static double truth(bool is) { return is ? 1 : 0; }

static double compare(int what, double x, double y)
{
    if (isnan(x) || isnan(y)) return NAN;
    switch (what) {
    case EXPRESSION_EQUAL: return truth(!(x < y) && !(x > y));
    case EXPRESSION_UNEQUAL: return truth(x < y || x > y);
    case EXPRESSION_LESS: return truth(x < y);
    case EXPRESSION_AT_MOST: return truth(x <= y);
    case EXPRESSION_MORE: return truth(x > y);
    default: return truth(x >= y);
    }
}

/* Neither true nor false counts as what could still be either. */
static double both(double x, double y)
{
    if (!(x < 0 || x > 0 || isnan(x)) || !(y < 0 || y > 0 || isnan(y))) return 0;
    return isnan(x) || isnan(y) ? (double)NAN : 1;
}

static double invert(double x) { return isnan(x) ? x : truth(!(x < 0 || x > 0)); }

static double degrees(int what, double x)
{
    double r = radian_per_degree * x;
    return what == EXPRESSION_SIN ? sin(r) : what == EXPRESSION_COS ? cos(r) : tan(r);
}

static double one(int what, double x)
{
    switch (what) {
    case EXPRESSION_NEGATE: return -x;
    case EXPRESSION_NOT: return invert(x);
    case EXPRESSION_ABS: return fabs(x);
    case EXPRESSION_SQRT: return sqrt(x);
    case EXPRESSION_EXP: return exp(x);
    case EXPRESSION_LOG: return log(x);
    case EXPRESSION_LOG10: return log10(x);
    case EXPRESSION_FLOOR: return floor(x);
    case EXPRESSION_ROUND: return round(x);
    case EXPRESSION_KNOWN: return truth(!isnan(x));
    default: return degrees(what, x);
    }
}

static double two(int what, double x, double y)
{
    switch (what) {
    case EXPRESSION_ADD: return x + y;
    case EXPRESSION_SUBTRACT: return x - y;
    case EXPRESSION_MULTIPLY: return x * y;
    case EXPRESSION_DIVIDE: return x / y;
    case EXPRESSION_POWER: return isnan(x) || isnan(y) ? (double)NAN : pow(x, y);
    case EXPRESSION_AND: return both(x, y);
    case EXPRESSION_OR: return invert(both(invert(x), invert(y)));
    case EXPRESSION_MIN: return isnan(x) || isnan(y) ? (double)NAN : x < y ? x : y;
    case EXPRESSION_MAX: return isnan(x) || isnan(y) ? (double)NAN : x > y ? x : y;
    default: return compare(what, x, y);
    }
}

double loom_expression_at(const loom_expression *e, int64_t row)
{
    double stack[LOOM_EXPRESSION_DEPTH + 1];
    int height = 0;
    for (int32_t i = 0; i < e->count; i++) {
        const loom_expression_step *s = &e->step[i];
        int n = expression_steps[s->what].operands;
        if (s->what == EXPRESSION_COLUMN) stack[height] = entry(s->column, row);
        else if (n == 0) stack[height] = s->number;
        else if (n == 1) stack[height - 1] = one(s->what, stack[height - 1]);
        else stack[height - 2] = two(s->what, stack[height - 2], stack[height - 1]);
        height += 1 - n;
    }
    return stack[0];
}
