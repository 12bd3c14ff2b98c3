/* diffusion/exchange.c - see exchange.h */
#include "exchange.h"
#include "kit/check.h"
#include "kit/poisson.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Streams of random numbers of one round. */
enum { STREAM_COUNT, STREAM_SWAP, STREAM_TRUTH, STREAM_LABEL, STREAMS };

static bool list_bonds(loom_call *call, const problem *m, exchange *x)
{
    const loom_neighbours *g = &m->steps[0].graph;
    int64_t n = x->start->atoms.n, ends = g->first[n];
    x->bond = call->host->scratch(
        call, sizeof *x->bond * (size_t)(ends + 1)); /* each bond is listed at both of its ends */
    if (!x->bond) return false;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = g->first[i]; j < g->first[i + 1]; j++) {
            if (g->list[j] <= i) continue;
            assert(2 * x->bond_count + 1 < ends);
            x->bond[2 * x->bond_count] = (int32_t)i;
            x->bond[2 * x->bond_count++ + 1] = g->list[j];
        }
    return true;
}

/* With a fraction e of labels wrong a layer of true concentration c shows c (1 - e) + (1 - c) e;
 * Bayes gives what a label is worth. */
static void weigh_labels(exchange *x, const profile *p)
{
    double e = x->label_error;
    for (int32_t q = 0; q < x->start->layers; q++) {
        double c = fmin(1, fmax(0, (p->concentration[q] - e) / (1 - 2 * e))),
               shown = c * (1 - e) + (1 - c) * e;
        x->solute_chance[q] = shown < 1 ? c * e / (1 - shown) : 0;
        x->solute_chance[MAX_LAYERS + q] = shown > 0 ? c * (1 - e) / shown : 0;
    }
}

loom_status exchange_prepare(const problem *m, double label_error, uint64_t seed, exchange *x)
{
    loom_call *call = m->call;
    const loom_host *h = call->host;
    int64_t first = m->steps[0].from, last = m->steps[m->step_count - 1].to;
    *x = (exchange){ .m = m,
                     .start = &m->stages[first],
                     .first_stage = first,
                     .stage_count = last - first + 1,
                     .label_error = label_error,
                     .seed = seed };
    x->seconds = h->scratch(call, sizeof *x->seconds * (size_t)x->stage_count);
    x->solute_chance = h->scratch(call, sizeof *x->solute_chance * 2 * MAX_LAYERS);
    if (!x->seconds || !x->solute_chance || !list_bonds(call, m, x)) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < x->stage_count; k++)
        x->seconds[k] = m->times[first + k] - m->times[first];
    memcpy(x->count, m->profiles[first].count, sizeof x->count);
    weigh_labels(x, &m->profiles[first]);
    return LOOM_OK;
}

/* ---- when to look -------------------------------------------------------------------------------
 */

static int earlier(const void *a, const void *b)
{
    const look *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->trial != y->trial ? (x->trial < y->trial ? -1 : 1)
                                : (x->stage > y->stage) - (x->stage < y->stage);
}

loom_status schedule_make(const exchange *x, int32_t trials, const double *D, schedule *out)
{
    loom_call *call = x->m->call;
    int64_t n = trials * (x->stage_count - 1);
    *out = (schedule){ .looks = call->host->scratch(call, sizeof *out->looks * (size_t)n) };
    if (!out->looks) return LOOM_E_MEMORY;
    for (int32_t t = 0; t < trials; t++)
        for (int64_t k = 1; k < x->stage_count; k++)
            out->looks[out->n++] = (look){ t, (int32_t)k, D[t] * x->seconds[k] };
    assert(out->n == n);
    qsort(out->looks, (size_t)n, sizeof *out->looks, earlier);
    return LOOM_OK;
}

/* ---- one history --------------------------------------------------------------------------------
 */

bool history_make(const exchange *x, history *out)
{
    loom_call *call = x->m->call;
    size_t n = (size_t)x->start->atoms.n;
    out->solute = call->host->scratch(call, n);
    out->seen = call->host->scratch(call, n);
    out->wrong = x->label_error > 0 ? call->host->scratch(call, n * (size_t)x->stage_count) : NULL;
    return out->solute && out->seen && (x->label_error == 0 || out->wrong);
}

/* The truth behind the first stage's labels, and which labels will be wrong in each stage. */
static void draw_labels(const exchange *x, uint64_t round, history *h)
{
    int64_t n = x->start->atoms.n;
    memcpy(h->solute, x->start->solute, (size_t)n);
    if (!h->wrong) return;
    for (int64_t i = 0; i < n; i++) {
        const double *chance = x->solute_chance + (x->start->solute[i] ? MAX_LAYERS : 0);
        h->solute[i] = loom_uniform(x->seed, round * STREAMS + STREAM_TRUTH, (uint64_t)i)
                       < chance[x->start->layer[i]];
    }
    for (int64_t i = 0; i < n * x->stage_count; i++)
        h->wrong[i] =
            loom_uniform(x->seed, round * STREAMS + STREAM_LABEL, (uint64_t)i) < x->label_error;
}

static void count_layers(const exchange *x, const uint8_t *solute, int64_t *in_layer)
{
    memset(in_layer, 0, sizeof *in_layer * (size_t)x->start->layers);
    for (int64_t i = 0; i < x->start->atoms.n; i++) in_layer[x->start->layer[i]] += solute[i];
}

static void look_at(const exchange *x, history *h, int32_t t, int32_t k, history_see *see,
                    void *user)
{
    int64_t n = x->start->atoms.n;
    if (!h->wrong) {
        see(user, t, k, h->solute, h->in_layer);
        return;
    }
    for (int64_t i = 0; i < n; i++) h->seen[i] = h->solute[i] ^ h->wrong[k * n + i];
    count_layers(x, h->seen, h->seen_in_layer);
    see(user, t, k, h->seen, h->seen_in_layer);
}

static void swap_ends(const exchange *x, history *h, uint32_t bits)
{
    const int32_t *bond = x->bond + 2 * (int64_t)(((uint64_t)bits * (uint64_t)x->bond_count) >> 32);
    int change = h->solute[bond[1]] - h->solute[bond[0]];
    h->solute[bond[0]] = (uint8_t)(h->solute[bond[0]] + change);
    h->solute[bond[1]] = (uint8_t)(h->solute[bond[1]] - change);
    h->in_layer[x->start->layer[bond[0]]] += change;
    h->in_layer[x->start->layer[bond[1]]] -= change;
}

/* Swaps number `from` to `to`, four to a draw of 128 bits. */
static void swap_many(const exchange *x, uint64_t round, uint64_t from, uint64_t to, history *h)
{
    uint64_t bits[2] = { 0 };
    for (uint64_t k = from; k < to; k++) {
        if (k == from || k % 4 == 0)
            loom_random128(x->seed, round * STREAMS + STREAM_SWAP, k / 4, bits);
        swap_ends(x, h, (uint32_t)(bits[k / 2 % 2] >> (32 * (k % 2))));
    }
}

void history_run(const exchange *x, const schedule *s, int32_t trials, uint64_t round, history *h,
                 history_see *see, void *user)
{
    double time = 0,
           rate = (double)x->bond_count / (x->m->lattice * x->m->lattice * M2_PER_SQUARE_ANGSTROM);
    uint64_t swaps = 0;
    draw_labels(x, round, h);
    count_layers(x, h->solute, h->in_layer);
    for (int32_t t = 0; t < trials; t++) look_at(x, h, t, 0, see, user);
    for (int32_t k = 0; k < s->n; k++) {
        uint64_t events = (uint64_t)loom_poisson(x->seed, round * STREAMS + STREAM_COUNT,
                                                 (uint64_t)k, rate * (s->looks[k].time - time));
        swap_many(x, round, swaps, swaps + events, h);
        swaps += events;
        time = s->looks[k].time;
        look_at(x, h, s->looks[k].trial, s->looks[k].stage, see, user);
    }
}
