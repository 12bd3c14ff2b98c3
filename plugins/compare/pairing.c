/* compare/pairing.c - see pairing.h */
#include "pairing.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int closest_first(const void *a, const void *b)
{
    const match *p = a, *q = b;
    if (p->distance < q->distance) return -1;
    if (p->distance > q->distance) return 1;
    if (p->found != q->found) return p->found < q->found ? -1 : 1;
    return p->truth < q->truth ? -1 : p->truth > q->truth;
}

/* All pairs within the cutoff, the closest first; `moved` is found + offset. */
static bool pairs_within(loom_call *call, double cutoff, const double *moved, pairing *p,
                         int64_t *count)
{
    int64_t total = 0, most = 0, at = 0;
    for (int64_t i = 0; i < p->n_found; i++) {
        int64_t n = loom_cells_near(p->cells, moved + 3 * i, cutoff, NULL, 0);
        total += n;
        if (n > most) most = n;
    }
    int32_t *near = call->host->scratch(call, sizeof *near * (size_t)(most + 1));
    p->match = call->host->scratch(call, sizeof *p->match * (size_t)(total + 1));
    if (!near || !p->match) return false;
    for (int64_t i = 0; i < p->n_found; i++) {
        int64_t n = loom_cells_near(p->cells, moved + 3 * i, cutoff, near, most);
        assert(n <= most);
        for (int64_t k = 0; k < n; k++) {
            const double *x = moved + 3 * i, *y = p->truth + 3 * near[k];
            assert(near[k] >= 0 && near[k] < p->n_truth);
            p->match[at++] =
                (match){ (int32_t)i, near[k],
                         sqrt((x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1])
                              + (x[2] - y[2]) * (x[2] - y[2])) };
        }
    }
    assert(at == total);
    qsort(p->match, (size_t)total, sizeof *p->match, closest_first);
    *count = total;
    return true;
}

bool pairing_make(loom_call *call, double cutoff, const double offset[3], pairing *p)
{
    assert(cutoff > 0 && p->n_found >= 0 && p->n_truth > 0 && !p->match);
    const loom_host *h = call->host;
    int64_t total;
    double *moved = h->scratch(call, sizeof *moved * (size_t)(3 * p->n_found + 1));
    uint8_t *used = h->scratch(call, (size_t)(p->n_found + 1)),
            *taken = h->scratch(call, (size_t)p->n_truth);
    if (!moved || !used || !taken) return false;
    for (int64_t i = 0; i < 3 * p->n_found; i++) moved[i] = p->found[i] + offset[i % 3];
    if (!pairs_within(call, cutoff, moved, p, &total)) return false;
    memset(used, 0, (size_t)p->n_found);
    memset(taken, 0, (size_t)p->n_truth);
    for (int64_t i = 0; i < total; i++) {
        match m = p->match[i];
        if (used[m.found] || taken[m.truth]) continue;
        used[m.found] = taken[m.truth] = 1;
        p->match[p->n++] = m;
    }
    assert(p->n <= p->n_found && p->n <= p->n_truth);
    return true;
}
