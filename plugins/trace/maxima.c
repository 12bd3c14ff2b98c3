/* trace/maxima.c - see maxima.h. */
#include "maxima.h"
#include <math.h>
#include <stdlib.h>
#include "kit/assert_hot.h"
#include <assert.h>

typedef struct place {
    const fine_grid *g;
    const maxima_rule *rule;
} place;

static void make_row(const void *user, int64_t y, int64_t z, double *work, double *restrict row)
{
    fine_grid_row(((const place *)user)->g, y, z, work, row);
}

static bool in_mask(const void *user, const int64_t fine[3])
{
    LOOM_ASSERT_HOT(((const place *)user)->rule->mask);
    const place *p = user;
    int64_t at[3];
    for (int k = 0; k < 3; k++) {
        at[k] = (int64_t)floor(fine_grid_coarse(p->g, (double)fine[k]) + 0.5);
        if (at[k] < 0 || at[k] >= p->rule->n[k]) return false;
    }
    return p->rule->mask[(at[2] * p->rule->n[1] + at[1]) * p->rule->n[0] + at[0]] != 0;
}

static int brighter_first(const void *a, const void *b)
{
    const loom_maximum *p = a, *q = b;
    if (p->sum > q->sum) return -1;
    if (p->sum < q->sum) return 1;
    for (int k = 2; k >= 0; k--)
        if (p->at[k] != q->at[k]) return p->at[k] < q->at[k] ? -1 : 1;
    return 0;
}

loom_maximum *maxima_find(loom_call *call, const fine_grid *g, const maxima_rule *rule,
                          int64_t *count)
{
    assert(rule->border >= 0 && g->axis[0].n > 0);
    const place p = { g, rule };
    loom_maximum *found =
        loom_maxima_find(call,
                         &(loom_maxima){ .n = { g->axis[0].n, g->axis[1].n, g->axis[2].n },
                                         .surround = rule->surround,
                                         .above = rule->above,
                                         .border = rule->border,
                                         .make_row = make_row,
                                         .work_row = g->volume.stored[0],
                                         .wanted = rule->mask ? in_mask : NULL,
                                         .user = &p,
                                         .steps = 2.0 * (double)g->axis[2].n },
                         count);
    if (found) qsort(found, (size_t)*count, sizeof *found, brighter_first);
    return found;
}
