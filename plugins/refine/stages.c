/* stages.c - the stages of a search; see seek.h. */
#include "seek.h"
#include <string.h>

enum {
    ROUGH_ROUNDS = 3,
    QUICK_STEPS = 2,
    QUICK_CG = 12,
    TAIL_STEPS = 8,
    EXPLORATIONS = 3,
    ROUND_STEPS = 4, /* between changes in the last stage: the end settles */
    CALM = 2000      /* changes of one atom in so many are none */
};

/* Widths are freed when most of what is no atom has gone. A tail that is free while many atoms are
 * missing grows until it has taken up what they scatter, and they are never found: it waits for the
 * last stage, unless the start was better explained by tails than by more atoms (begin_with_tail).
 */
static void release(search *s)
{
    bool *common = s->f.free.common;
    common[0] = !s->q.held[LOOM_HOLD_WIDTHS] && s->log.round >= 1;
    bool tail = !s->q.held[LOOM_HOLD_TAIL] && (s->tailed || s->f.spring_spread <= 0);
    if (tail && !common[1 + COMMON_TAIL]) s->f.common[1 + COMMON_TAIL] = s->p->tail;
    common[1 + COMMON_TAIL] = common[1 + COMMON_SPREAD] = tail;
}

/* A stage with springs. */
static loom_status seek(search *s, double spread, int64_t searches)
{
    s->f.spring_spread = spread;
    s->f.spring_length = s->bond;
    for (int64_t i = 0; i < searches; i++) {
        int64_t changed;
        release(s);
        loom_status status = search_settle(s, QUICK_STEPS, QUICK_CG);
        bool rough = s->log.round < ROUGH_ROUNDS;
        if (status == LOOM_OK)
            status = search_change_atoms(s, rough ? ROUGH_APART / APART * s->apart : s->apart,
                                         ERRORS_ALONE, &changed);
        if (status != LOOM_OK) return status;
        if (changed == 0) break;
    }
    return LOOM_OK;
}

/* Errors, and what chance makes of the residual, of the model as it ended. */
static loom_status finish(search *s)
{
    loom_scores scores;
    loom_status status = search_settle(s, s->p->steps, s->p->rounds);
    if (status != LOOM_OK) return status;
    if (!search_find_errors(s, ERRORS_WELL) || !search_look(s, &scores)) return LOOM_E_MEMORY;
    loom_fit_scores_free(&s->f, &scores);
    loom_fit_left_out(&s->f); /* measures, as looking asks for */
    return LOOM_OK;
}

/* The stages with springs, from the tightest to the loosest. */
static loom_status seek_all(search *s)
{
    loom_status status = LOOM_OK;
    for (int64_t i = 0; status == LOOM_OK && i < s->p->bond_spread.n; i++)
        status = seek(s, s->p->bond_spread.v[i], i == 0 ? s->p->searches : 1);
    return status;
}

/* The model at one moment, to come back to. */
typedef struct moment {
    int64_t n, changes, round;
    double *atom, *view, common[LOOM_MAX_COMMON], misfit;
    int64_t *origin;
} moment;

static size_t views_bytes(const search *s)
{
    return sizeof(double) * (size_t)(s->q.nt * (VIEW_BACKGROUND + s->q.background));
}

static bool keep_moment(search *s, moment *m)
{
    const loom_host *h = s->call->host;
    size_t atoms = (size_t)s->f.n + 1;
    *m = (moment){ .n = s->f.n,
                   .changes = s->log.n,
                   .round = s->log.round,
                   .misfit = s->f.misfit,
                   .atom = h->scratch(s->call, atoms * LOOM_ATOM * sizeof(double)),
                   .view = h->scratch(s->call, views_bytes(s)),
                   .origin = h->scratch(s->call, atoms * sizeof(int64_t)) };
    if (!m->atom || !m->view || !m->origin) return false;
    memcpy(m->atom, s->f.atom, (size_t)s->f.n * LOOM_ATOM * sizeof(double));
    memcpy(m->view, s->f.view, views_bytes(s));
    memcpy(m->common, s->f.common, sizeof m->common);
    memcpy(m->origin, s->log.origin, (size_t)s->f.n * sizeof(int64_t));
    return true;
}

/* All atoms of a search have class 0. */
static void go_back(search *s, const moment *m)
{
    s->f.n = m->n;
    s->log.n = m->changes;
    s->log.round = m->round;
    memcpy(s->f.atom, m->atom, (size_t)m->n * LOOM_ATOM * sizeof(double));
    memcpy(s->f.view, m->view, views_bytes(s));
    memcpy(s->f.common, m->common, sizeof m->common);
    memcpy(s->log.origin, m->origin, (size_t)m->n * sizeof(int64_t));
    loom_fit_measure(&s->f);
}

/* How well the atoms of the start do if they have tails: settled so, then back to where it was. */
static loom_status begin_with_tail(search *s, moment *start, moment *tailed)
{
    if (!keep_moment(s, start)) return LOOM_E_MEMORY;
    s->f.spring_spread = s->p->bond_spread.v[0];
    s->f.spring_length = s->bond;
    s->f.free.common[0] = !s->q.held[LOOM_HOLD_WIDTHS];
    s->tailed = true;
    release(s);
    loom_status status = search_settle(s, TAIL_STEPS, QUICK_CG);
    if (status != LOOM_OK) return status;
    if (!keep_moment(s, tailed)) return LOOM_E_MEMORY;
    s->tailed = false;
    go_back(s, start);
    release(s);
    return LOOM_OK;
}

/* The stages with springs without a tail and, where the start with one explains the images better
 * than all atoms that were added, from there. What a model is worth: the logarithm of its
 * likelihood less what is asked of an atom for each. */
static loom_status seek_atoms(search *s)
{
    moment start, tailed;
    bool choice = !s->q.held[LOOM_HOLD_TAIL] && s->p->searches > 0;
    loom_status status = choice ? begin_with_tail(s, &start, &tailed) : LOOM_OK;
    if (status == LOOM_OK) status = seek_all(s);
    if (!choice || status != LOOM_OK) return status;
    double z = s->threshold / s->chance.spread, asked = 0.5 * z * z,
           more = tailed.misfit + asked * (double)tailed.n,
           less = s->f.misfit + asked * (double)s->f.n;
    s->call->host->note(s->call, "%lld atoms with tails: %.8g; %lld without: %.8g",
                        (long long)tailed.n, more, (long long)s->f.n, less);
    if (!(more < less)) return LOOM_OK;
    s->tailed = true;
    go_back(s, &tailed);
    return seek_all(s);
}

loom_status search_stages(search *s)
{
    loom_status status = LOOM_OK;
    if (s->bond > 0 && s->p->bond_spread.n > 0 && (status = seek_atoms(s)) != LOOM_OK)
        return status;
    s->f.spring_spread = 0;
    for (int64_t i = 0, explored = 0, before = -s->f.n, changed; i < s->p->searches; i++) {
        release(s);
        if ((status = search_settle(s, ROUND_STEPS, QUICK_CG)) != LOOM_OK
            || (status = search_change_atoms(s, NEW_APART * s->apart, ERRORS_ROUGH, &changed))
                   != LOOM_OK)
            return status;
        if (changed > s->f.n / CALM) continue;
        if (explored++ == EXPLORATIONS || s->f.n - before <= s->f.n / CALM) break;
        before = s->f.n;
        if ((status = search_explore(s, &changed)) != LOOM_OK) return status;
        i = -1; /* as many rounds again for what was tried */
    }
    return finish(s);
}
