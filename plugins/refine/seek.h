/* refine/seek.h - the search of refine.search: a fit, what is asked of an atom, and the rounds and
 * stages that change which atoms there are. Made by search_begin, led from stage to stage by
 * search_stages (stages.c) through rounds of steps and changes (rounds.c), read by the op when it
 * is over. Nothing to free: all is scratch of the call. [main] */
#ifndef REFINE_SEEK_H
#define REFINE_SEEK_H
#include "changes.h"
#include "kit/cells.h"
#include "kit/fit_input.h"
#include "heights.h"

typedef struct params {
    loom_strings hold;
    double width, tail, tail_width, expected_false, min_distance, tolerance;
    int64_t searches, steps, rounds, background_terms, free_every, probes, seed;
    loom_reals bond_spread;
    double bond_prior;
    loom_strings elements;
    const char *symbol;
} params;

/* Distances in parts of the distance of neighbours. New atoms may be a little nearer to others than
 * they may stay: they have yet to settle. */
#define NEW_APART 0.6
#define APART 0.7
#define ROUGH_APART 0.5 /* while positions are rough, so are true neighbours */

/* Standard errors of each atom as if it stood alone; with all that others do not know, roughly; or
 * well. */
typedef enum errors_kind { ERRORS_ALONE, ERRORS_ROUGH, ERRORS_WELL } errors_kind;

/* By what factor all that others do not know widens the error of a height, where atoms were when it
 * was found. It changes slowly from place to place and hardly from round to round, and finding it
 * costs as much as several steps. */
typedef struct widening {
    int64_t n; /* 0: not found yet */
    double *position, *factor;
    loom_cells cells;
} widening;

typedef struct search {
    loom_call *call;
    const params *p;
    loom_fit_input q;
    loom_fit f;
    double *error; /* [room][LOOM_ATOM] */
    widening wider;
    double bond;  /* pixels between neighbours; 0: not known */
    double apart; /* pixels */
    change_log log;
    loom_chance chance;
    double threshold;      /* of z */
    int64_t steps, rounds; /* of conjugate gradients, in all */
    double moved_px, gain; /* by the last step */
    int64_t since;         /* round from which on what is removed stays away; 0: for some rounds */
    heights like; /* what the last steps took heights of an element to be; count 0: nothing */
    double *free_height; /* [2][n] heights before that, and their errors; or NULL */
    bool exploring; /* atoms that are not established were put where the residual hardly asks */
    bool shaped;    /* widths and tails are known, from here on they are held */
    bool tailed;    /* the tail is free while atoms are sought, not in the last stage only */
} search;

/* The model from the start that explains the images best (starts.c). */
loom_status search_open(search *s, loom_call *call, const params *p);
/* The model from the inputs `q` has read: heights and widths that suit it, the distance of
 * neighbours. */
loom_status search_begin(search *s);
/* Displacements, angles, blur and the slopes of backgrounds wait until the tightest springs find no
 * more atoms: while a quarter of them is missing, these take up what the missing ones scatter.
 * `all`: frees what is not held. True where one is free now that was not. */
bool search_release_views(search *s, bool all);

/* Steps until atoms rest, at most `steps`, of `rounds` conjugate gradients each: until a step moves
 * them by less than `tolerance`, or gains so little that noise hides it. */
loom_status search_settle(search *s, int64_t steps, int64_t rounds);
/* Standard errors into s->error. False when out of memory. */
bool search_find_errors(search *s, errors_kind kind);
/* What the residual asks for, and how loudly chance asks (s->chance, s->threshold). Measure the fit
 * anew afterwards. False when out of memory. */
bool search_look(search *s, loom_scores *scores);
/* How many atoms came and went in a round. */
typedef struct changes {
    int64_t joined, removed, added;
} changes;
static inline int64_t changes_sum(const changes *c) { return c->joined + c->removed + c->added; }

/* One round of changes, with atoms added or not. */
loom_status search_change_atoms(search *s, double apart, errors_kind kind, bool adding,
                                changes *changed);
/* Atoms where one might be hidden, to be judged by the next round; how many in *added. */
loom_status search_explore(search *s, int64_t *added);

/* All stages, from the start to the settled end with its errors. */
loom_status search_stages(search *s);
#endif
