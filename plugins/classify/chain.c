/* chain.c - see chain.h. Forward and backward over the stages (Rabiner 1989): every stage needs
 * only the one before it, whatever sites come and go. */
#include "chain.h"
#include <assert.h>
#include <math.h>

enum { SWEEPS = 2000, HALVINGS = 40 };
#define SETTLED 1e-7
/* A rate this small is none: of a million sites one changes. */
#define LEAST_RATE 1e-9

/* What comes of the probabilities `from` one step later; they add up to 1. */
static void step_on(const chain *c, double r, const double *from, double *to)
{
    assert(r >= 0 && from != to);
    for (int64_t k = 0; k < c->k; k++) to[k] = (1 - r) * from[k] + r * c->share[k];
}

double chain_likelihood(chain *c)
{
    double sum = 0;
    for (int64_t s = 0; s < c->stages; s++)
        for (int64_t i = c->first[s]; i < c->first[s + 1]; i++) {
            double *f = c->forward + c->k * i, all = 0, prior[CHAIN_MAX_CLASSES];
            const double *l = c->likelihood + c->k * i;
            if (c->before[i] < 0)
                for (int64_t k = 0; k < c->k; k++) prior[k] = c->share[k];
            else step_on(c, c->redraw[s - 1], c->forward + c->k * c->before[i], prior);
            for (int64_t k = 0; k < c->k; k++) all += f[k] = prior[k] * l[k];
            for (int64_t k = 0; k < c->k; k++) f[k] /= all;
            sum += log(all);
        }
    return sum;
}

/* backward[i] = what later stages say of node i, scaled to add up to 1. */
static void go_back(chain *c)
{
    for (int64_t s = c->stages - 1; s >= 0; s--)
        for (int64_t i = c->first[s]; i < c->first[s + 1]; i++) {
            double *b = c->backward + c->k * i, mean = 0, all = 0;
            int64_t j = c->after[i];
            for (int64_t k = 0; k < c->k; k++) b[k] = 1.0 / (double)c->k;
            if (j < 0) continue;
            const double *l = c->likelihood + c->k * j, *next = c->backward + c->k * j;
            double r = c->redraw[s];
            for (int64_t k = 0; k < c->k; k++) mean += c->share[k] * l[k] * next[k];
            for (int64_t k = 0; k < c->k; k++) all += b[k] = (1 - r) * l[k] * next[k] + r * mean;
            for (int64_t k = 0; k < c->k; k++) b[k] /= all;
        }
}

void chain_expect(chain *c)
{
    assert(c->k > 0 && c->stages > 0);
    chain_likelihood(c);
    go_back(c);
    for (int64_t i = 0; i < c->nodes; i++) {
        double *p = c->p + c->k * i, all = 0;
        for (int64_t k = 0; k < c->k; k++)
            all += p[k] = c->forward[c->k * i + k] * c->backward[c->k * i + k];
        for (int64_t k = 0; k < c->k; k++) p[k] /= all;
    }
}

/* The probability that the element of node j was drawn anew on the way from node i. */
static double redrawn(const chain *c, double r, int64_t i, int64_t j)
{
    assert(i >= 0 && j >= 0);
    const double *f = c->forward + c->k * i, *l = c->likelihood + c->k * j,
                 *b = c->backward + c->k * j;
    double kept = 0, drawn = 0;
    for (int64_t k = 0; k < c->k; k++) {
        kept += (1 - r) * f[k] * l[k] * b[k];
        drawn += r * c->share[k] * l[k] * b[k];
    }
    return kept + drawn > 0 ? drawn / (kept + drawn) : r;
}

/* Rates and shares that suit the probabilities; returns the largest change of a rate. The shares
 * are those of all nodes: each is one look at the composition. */
static double maximise(chain *c, bool common)
{
    double drawn[CHAIN_MAX_STAGES] = { 0 }, all = 0, links = 0, moved = 0;
    for (int64_t s = 0; s + 1 < c->stages; s++) {
        for (int64_t i = c->first[s]; i < c->first[s + 1]; i++)
            if (c->after[i] >= 0) drawn[s] += redrawn(c, c->redraw[s], i, c->after[i]);
        all += drawn[s];
        links += c->links[s];
    }
    for (int64_t s = 0; s + 1 < c->stages; s++) {
        double n = common ? links : c->links[s], r = n > 0 ? (common ? all : drawn[s]) / n : 0;
        moved = fmax(moved, fabs(r - c->redraw[s]));
        c->redraw[s] = r < LEAST_RATE ? 0 : r;
    }
    for (int64_t k = 0; k < c->k; k++) c->share[k] = 0;
    for (int64_t i = 0; i < c->nodes; i++)
        for (int64_t k = 0; k < c->k; k++) c->share[k] += c->p[c->k * i + k] / (double)c->nodes;
    return moved;
}

void chain_fit(chain *c, bool common)
{
    assert(c->k <= CHAIN_MAX_CLASSES && c->stages <= CHAIN_MAX_STAGES);
    for (int i = 0; i < SWEEPS; i++) {
        chain_expect(c);
        if (maximise(c, common) < SETTLED) break;
    }
    chain_expect(c);
}

static double likelihood_at(chain *c, int64_t s, double r)
{
    assert(s < c->stages);
    double kept[CHAIN_MAX_STAGES];
    for (int64_t i = 0; i + 1 < c->stages; i++) {
        kept[i] = c->redraw[i];
        if (s < 0 || s == i) c->redraw[i] = r;
    }
    double value = chain_likelihood(c);
    for (int64_t i = 0; i + 1 < c->stages; i++) c->redraw[i] = kept[i];
    return value;
}

void chain_interval(chain *c, int64_t s, double interval[2])
{
    assert(s < c->stages);
    double top = chain_likelihood(c) - 0.5, at = c->redraw[s < 0 ? 0 : s];
    for (int side = 0; side < 2; side++) {
        double inside = at, outside = side;
        interval[side] = outside;
        if (likelihood_at(c, s, outside) >= top) continue;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = 0.5 * (inside + outside);
            if (likelihood_at(c, s, middle) >= top) inside = middle;
            else outside = middle;
        }
        interval[side] = inside;
    }
}

double chain_changed(const chain *c, double r)
{
    double same = 0;
    for (int64_t k = 0; k < c->k; k++) same += c->share[k] * c->share[k];
    return r * (1 - same);
}
