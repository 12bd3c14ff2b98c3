/* classify/chain.h - sites through stages: a hidden Markov chain per site whose element is mostly
 * kept, and now and then drawn anew.
 *
 * From one stage to the next a site keeps its element with probability 1 - r, and with probability
 * r it takes one at random from the composition pi (its own among them). So the composition stays
 * what it is, and a share r (1 - sum pi^2) of all sites changes. */
#ifndef CLASSIFY_CHAIN_H
#define CLASSIFY_CHAIN_H
#include <stdbool.h>
#include <stdint.h>

enum { CHAIN_MAX_CLASSES = 8, CHAIN_MAX_STAGES = 256 };

typedef struct chain {
    int64_t nodes, k, stages;
    const int64_t *first;            /* [stages + 1] nodes of a stage: first[s] .. first[s+1] - 1 */
    const int64_t *before;           /* [nodes] the same site one stage earlier, -1: none */
    const int64_t *after;            /* [nodes] one stage later, -1: none */
    const double *likelihood;        /* [nodes][k] of what was seen, for each element */
    double *forward, *backward;      /* [nodes][k] to work in */
    double *p;                       /* [nodes][k] probabilities, from chain_expect */
    double share[CHAIN_MAX_CLASSES]; /* pi */
    double redraw[CHAIN_MAX_STAGES]; /* r of the step from stage s to s + 1 */
    double links[CHAIN_MAX_STAGES];  /* sites that are in both */
} chain;

/* The logarithm of the likelihood of everything with the shares and rates as they are. [any] */
double chain_likelihood(chain *c);
/* Fits shares and rates by expectation and maximisation, one rate for all steps where `common`,
 * and leaves the probabilities in p. [any] */
void chain_fit(chain *c, bool common);
/* Probabilities of all nodes with the shares and rates as they are. [any] */
void chain_expect(chain *c);
/* The rates of step s (all steps, where s is -1) at which the logarithm of the likelihood is 1/2
 * below what it is now: the 68 % interval, cut at 0 and 1. [any] */
void chain_interval(chain *c, int64_t s, double interval[2]);
/* The share of sites that change where the rate of redrawing is r. [any] */
double chain_changed(const chain *c, double r);
#endif
