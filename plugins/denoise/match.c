/* match.c - see match.h. */
#include "match.h"
#include "lanes.h"
#include <assert.h>

enum { PARTS = MATCH_CHUNK / LOOM_LANES };

/* Sums of squared differences (three times the time with plain loops) of the block at `ref` and
 * MATCH_CHUNK blocks that begin at `row`, one pixel apart. */
static inline __attribute__((always_inline)) void chunk_distances(const int edge, const float *ref,
                                                                  const float *row, int64_t stride,
                                                                  float out[MATCH_CHUNK])
{
    loom_lanes sum[PARTS] = { { 0 } };
    for (int r = 0; r < edge; r++)
        for (int c = 0; c < edge; c++) {
            float v = ref[r * stride + c];
            const float *src = row + r * stride + c;
            loom_lanes d0 = loom_lanes_load(src) - v, d1 = loom_lanes_load(src + 8) - v,
                       d2 = loom_lanes_load(src + 16) - v, d3 = loom_lanes_load(src + 24) - v,
                       d4 = loom_lanes_load(src + 32) - v;
            sum[0] += d0 * d0;
            sum[1] += d1 * d1;
            sum[2] += d2 * d2;
            sum[3] += d3 * d3;
            sum[4] += d4 * d4;
        }
    memcpy(out, sum, sizeof sum);
}

static void distances(int edge, const float *ref, const float *row, int64_t stride,
                      float out[MATCH_CHUNK])
{
    switch (edge) {
    case 8: chunk_distances(8, ref, row, stride, out); break;
    case 11: chunk_distances(11, ref, row, stride, out); break;
    default: chunk_distances(16, ref, row, stride, out); break;
    }
}

/* The list so far, ascending; the block itself keeps place 0. */
typedef struct shortlist {
    match_place *found;
    int n, most;
    float bound; /* what a candidate must be below */
} shortlist;

static void insert(shortlist *s, match_place place)
{
    int at = s->n < s->most ? s->n++ : s->most - 1;
    for (; at > 1 && s->found[at - 1].distance > place.distance; at--)
        s->found[at] = s->found[at - 1];
    s->found[at] = place;
    if (s->n == s->most) s->bound = s->found[s->most - 1].distance;
}

/* One row of candidates, x from low to high. */
static void scan_row(const match_planes *p, const match_rule *rule, const float *ref, int plane,
                     int64_t y, int64_t low, int64_t high, int64_t skip, shortlist *s)
{
    float row[MATCH_CHUNK];
    for (int64_t x = low; x <= high; x += MATCH_CHUNK) {
        int64_t n = high - x + 1 < MATCH_CHUNK ? high - x + 1 : MATCH_CHUNK;
        distances(rule->edge, ref, p->plane[plane] + y * p->stride + x, p->stride, row);
        int nearer = 0; /* most chunks hold none: told without a branch per place */
        for (int i = 0; i < MATCH_CHUNK; i++) nearer += row[i] < s->bound;
        for (int64_t i = 0; i < n && nearer; i++)
            if (row[i] < s->bound && x + i != skip)
                insert(s, (match_place){ row[i], plane, (int32_t)y, (int32_t)(x + i) });
    }
}

int match_find(const match_planes *p, const match_rule *rule, int64_t y, int64_t x,
               match_place *found)
{
    int64_t last_y = p->ny - rule->edge, last_x = p->nx - rule->edge, reach = rule->search;
    int64_t y0 = y - reach > 0 ? y - reach : 0, y1 = y + reach < last_y ? y + reach : last_y;
    int64_t x0 = x - reach > 0 ? x - reach : 0, x1 = x + reach < last_x ? x + reach : last_x;
    const float *ref = p->plane[0] + y * p->stride + x;
    shortlist s = { found, 1, rule->most, rule->limit };
    assert(rule->most <= BLOCK_MAX_GROUP && p->count <= MATCH_MAX_PLANES);
    found[0] = (match_place){ 0, 0, (int32_t)y, (int32_t)x };
    for (int k = 0; k < p->count && rule->most > 1; k++)
        for (int64_t v = y0; v <= y1; v++)
            scan_row(p, rule, ref, k, v, x0, x1, k == 0 && v == y ? x : -1, &s);
    int n = 1;
    while (2 * n <= s.n) n *= 2;
    return n;
}
