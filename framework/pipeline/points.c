/* pipeline/points.c - points of axes and their numbers. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

bool same_value(const char *a, const char *b)
{
    assert(a && b);
    double x, y;
    if (!strcmp(a, b)) return true;
    return number_read(a, &x) && number_read(b, &y) && x == y;
}

int64_t point_count(const reader *r, axis_set axes)
{
    assert(r->axis_count <= MAX_AXES);
    int64_t n = 1;
    for (int32_t k = 0; k < r->axis_count; k++)
        if (axes & AXIS_BIT(k)) {
            n *= r->axes[k].count;
            if (n > MAX_INSTANCES) return MAX_INSTANCES + (int64_t)1;
        }
    return n;
}

void point_of(const reader *r, axis_set axes, int64_t index, int32_t *at)
{
    assert(index >= 0 && index < point_count(r, axes));
    for (int32_t k = r->axis_count - 1; k >= 0; k--)
        if (axes & AXIS_BIT(k)) {
            at[k] = (int32_t)(index % r->axes[k].count);
            index /= r->axes[k].count;
        }
}

int64_t point_index(const reader *r, axis_set axes, const int32_t *at)
{
    int64_t index = 0;
    for (int32_t k = 0; k < r->axis_count; k++)
        if (axes & AXIS_BIT(k)) index = index * r->axes[k].count + at[k];
    assert(index >= 0);
    return index;
}

int32_t value_index(const axis *a, const char *value)
{
    assert(value && (a->value || !a->count));
    for (int32_t i = 0; i < a->count; i++)
        if (same_value(a->value[i], value)) return i;
    return -1;
}
