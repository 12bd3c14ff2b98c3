/* kit/coincide.c - see coincide.h */
#include "kit/coincide.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static const double grid = 0.001; /* angstrom: far below any error bar, far above rounding */

typedef struct place {
    double x[3]; /* whole numbers of `grid` */
} place;

static place place_of(const double *position)
{
    place p;
    for (int a = 0; a < 3; a++) p.x[a] = round(position[a] / grid) + 0.0; /* -0 becomes 0 */
    return p;
}

/* FNV-1a over the bytes. */
static uint64_t hash_of(const place *p)
{
    unsigned char b[sizeof p->x];
    uint64_t h = 1469598103934665603u;
    memcpy(b, p->x, sizeof b);
    for (size_t i = 0; i < sizeof b; i++) h = (h ^ b[i]) * 1099511628211u;
    return h ^ h >> 29;
}

int64_t loom_coincident(loom_call *call, int64_t n, const double *position, int64_t pair[2])
{
    assert(n >= 0 && (position || !n));
    uint64_t slots = 16;
    while (slots < 2 * (uint64_t)n) slots *= 2;
    int64_t *table = call->host->scratch(call, slots * sizeof *table), found = 0;
    if (!table) return -1;
    for (uint64_t i = 0; i < slots; i++) table[i] = -1;
    for (int64_t i = 0; i < n; i++) {
        place here = place_of(position + 3 * i);
        uint64_t at = hash_of(&here) & (slots - 1);
        for (; table[at] >= 0; at = (at + 1) & (slots - 1)) {
            place there = place_of(position + 3 * table[at]);
            if (!memcmp(&here, &there, sizeof here)) break;
        }
        if (table[at] < 0) table[at] = i;
        else if (!found++) {
            pair[0] = i;
            pair[1] = table[at];
        }
    }
    call->host->release(call, table);
    return found;
}
