/* trace/apart.c - the rule of the minimum distance: from the brightest peak on, one that lies too
 * close to a kept one is dropped. */
#include "tracing.h"
#include <assert.h>
#include <math.h>

/* Accepted positions in cells of the minimum distance; each cell is a linked list. */
typedef struct crowd {
    double edge;
    int64_t dim[3];
    int32_t *head, *next;
} crowd;

static int64_t cell_of(const crowd *c, const double x[3], const int64_t step[3])
{
    LOOM_ASSERT_HOT(c->edge > 0);
    int64_t at[3];
    for (int k = 0; k < 3; k++) {
        double cell = floor(x[k] / c->edge);
        at[k] = (cell < 0 ? 0 : (int64_t)cell) + step[k];
        if (at[k] < 0 || at[k] >= c->dim[k]) return -1;
    }
    return (at[2] * c->dim[1] + at[1]) * c->dim[0] + at[0];
}

static bool is_crowded(const tracing *t, const crowd *c, const double x[3], double least)
{
    assert(least >= 0);
    int64_t step[3];
    for (step[2] = -1; step[2] <= 1; step[2]++)
        for (step[1] = -1; step[1] <= 1; step[1]++)
            for (step[0] = -1; step[0] <= 1; step[0]++) {
                int64_t cell = cell_of(c, x, step);
                for (int32_t j = cell < 0 ? -1 : c->head[cell]; j >= 0; j = c->next[j]) {
                    double y[3];
                    tracing_position(t, j, y);
                    double d2 = (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1])
                                + (x[2] - y[2]) * (x[2] - y[2]);
                    if (d2 < least * least) return true;
                }
            }
    return false;
}

bool tracing_keep_apart(tracing *t, double least)
{
    assert(least >= 0 && t->accepted == 0);
    const loom_host *h = t->call->host;
    crowd c = { .edge = fmax(least, 4) };
    int64_t cells = 1;
    for (int k = 0; k < 3; k++)
        cells *= c.dim[k] = (int64_t)((double)t->grid.axis[k].n / c.edge) + 2;
    c.head = h->scratch(t->call, sizeof *c.head * (size_t)cells);
    c.next = h->scratch(t->call, sizeof *c.next * (size_t)(t->count + 1));
    if (!c.head || !c.next) return false;
    for (int64_t i = 0; i < cells; i++) c.head[i] = -1;
    for (int64_t i = 0; i < t->count; i++) {
        double x[3];
        if (t->peaks[i].flag != TRACE_ACCEPTED) continue;
        tracing_position(t, i, x);
        if (is_crowded(t, &c, x, least)) {
            t->peaks[i].flag = TRACE_TOO_CLOSE;
            continue;
        }
        if (!t->peaks[i].is_maximum) {
            t->peaks[i].flag = TRACE_NO_MAXIMUM;
            continue;
        }
        int64_t cell = cell_of(&c, x, (int64_t[3]){ 0, 0, 0 });
        if (cell >= 0) { /* a peak that left the grid has no neighbours there */
            c.next[i] = c.head[cell];
            c.head[cell] = (int32_t)i;
        }
        t->accepted++;
    }
    return true;
}
