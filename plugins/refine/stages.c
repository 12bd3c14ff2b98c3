/* stages.c - the stages of a search; see seek.h. */
#include "seek.h"
#include <math.h>
#include <string.h>

enum {
    ROUGH_ROUNDS = 3,
    QUICK_STEPS = 2,
    QUICK_CG = 12,
    TAIL_STEPS = 4,
    FIRST = 2, /* times `searches` with the tightest springs, at most */
    EXPLORATIONS = 3,
    ROUND_STEPS = 4, /* between changes in the last stage: the end settles */
    ALIKE = 10,      /* atoms for each element, at least, to say what they have in common */
    CALM = 2000      /* changes of one atom in so many are none */
};

/* Widths are freed when most of what is no atom has gone, and tails where the images ask for them
 * (find_shape, begin_with_tail): a tail that is free while many atoms are missing grows until it
 * has taken up what they scatter, and they are never found. */
static void release(search *s)
{
    bool *common = s->f.free.common;
    common[0] = !s->q.held[LOOM_HOLD_WIDTHS] && s->log.round >= 1 && !s->shaped;
    bool tail = !s->q.held[LOOM_HOLD_TAIL] && s->tailed && !s->shaped;
    if (tail && !common[1 + COMMON_TAIL] && s->f.common[1 + COMMON_TAIL] <= 0)
        s->f.common[1 + COMMON_TAIL] = s->p->tail;
    common[1 + COMMON_TAIL] = common[1 + COMMON_SPREAD] = tail;
}

bool search_release_views(search *s, bool all)
{
    static const int hold_of[VIEW_BACKGROUND] = {
        [VIEW_X] = LOOM_HOLD_SHIFTS,   [VIEW_Y] = LOOM_HOLD_SHIFTS,
        [VIEW_PHI] = LOOM_HOLD_ANGLES, [VIEW_THETA] = LOOM_HOLD_ANGLES,
        [VIEW_PSI] = LOOM_HOLD_ANGLES, [VIEW_BLUR] = LOOM_HOLD_BLUR
    };
    bool released = false;
    for (int i = 0; i < VIEW_BACKGROUND + s->q.background; i++) {
        bool *view = &s->f.free.view[i];
        int hold = i < VIEW_BACKGROUND ? hold_of[i] : LOOM_HOLD_BACKGROUND;
        if (i == VIEW_SCALE || i == VIEW_BACKGROUND) continue; /* as they are from the beginning */
        bool now = all && !s->q.held[hold];
        released |= now && !*view;
        *view = now;
    }
    return released;
}

/* A stage with springs. */
static loom_status seek(search *s, double spread, int64_t searches)
{
    s->f.spring_spread = spread;
    s->f.spring_length = s->bond;
    for (int64_t i = 0; i < searches; i++) {
        changes changed;
        release(s);
        loom_status status = search_settle(s, QUICK_STEPS, QUICK_CG);
        bool rough = s->log.round < ROUGH_ROUNDS;
        if (status == LOOM_OK)
            status = search_change_atoms(s, rough ? ROUGH_APART / APART * s->apart : s->apart,
                                         ERRORS_ALONE, true, &changed);
        if (status != LOOM_OK) return status;
        if (changes_sum(&changed) <= s->f.n / CALM) break;
    }
    return LOOM_OK;
}

/* Heights of one element as alike as the settled ones are, for the last steps: what a height does
 * not know, positions along the beam need not either. Heights themselves stay as they were without.
 */
static bool begin_alike(search *s)
{
    const loom_host *h = s->call->host;
    size_t n = (size_t)s->f.n;
    double *own = h->scratch(s->call, 2 * n * sizeof(double)),
           *work = h->scratch(s->call, 3 * n * sizeof(double)), *error = work ? work + n : NULL;
    if (!own || !work || !search_find_errors(s, ERRORS_ROUGH)) return false;
    for (size_t j = 0; j < n; j++) {
        own[j] = s->f.atom[LOOM_ATOM * j + 3];
        own[n + j] = s->error[LOOM_ATOM * j + 3];
    }
    s->like = heights_fit(s->f.n, own, own + n, s->p->elements.n, work);
    for (size_t j = 0; j < n; j++)
        heights_suggest(&s->like, own[j], own[n + j], &work[j], &error[j]);
    s->free_height = own;
    s->f.height_mean = work;
    s->f.height_weight = error;
    for (int64_t k = 0; k < s->like.count; k++)
        h->note(s->call, "element %lld: %.1f %% of the atoms, heights %.4g +- %.2f %%",
                (long long)k, 100 * s->like.share[k], s->like.mean[k],
                100 * s->like.spread[k] / s->like.mean[k]);
    loom_fit_measure(&s->f);
    return true;
}

static void end_alike(search *s)
{
    int64_t n = s->f.n;
    s->f.height_mean = s->f.height_weight = NULL;
    for (int64_t j = 0; j < n; j++) {
        s->f.atom[LOOM_ATOM * j + 3] = s->free_height[j];
        s->error[LOOM_ATOM * j + 3] = s->free_height[n + j];
    }
}

/* Errors, and what chance makes of the residual, of the model as it ended. */
static loom_status finish(search *s)
{
    loom_scores scores;
    bool alike = s->p->elements.n > 0 && s->f.n >= ALIKE * s->p->elements.n && s->f.free.height;
    loom_status status = search_settle(s, s->p->steps, s->p->rounds);
    if (status != LOOM_OK) return status;
    if (alike) {
        if (!begin_alike(s)) return LOOM_E_MEMORY;
        if ((status = search_settle(s, s->p->steps, s->p->rounds)) != LOOM_OK) return status;
    }
    if (!search_find_errors(s, ERRORS_WELL) || !search_look(s, &scores)) return LOOM_E_MEMORY;
    loom_fit_scores_free(&s->f, &scores);
    loom_fit_left_out(&s->f); /* measures, as looking asks for */
    if (alike) end_alike(s);
    return LOOM_OK;
}

/* The model at one moment, to come back to. */
typedef struct moment {
    int64_t n, changes, round, established;
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
                   .established = s->log.established,
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
    s->log.established = m->established;
    memcpy(s->f.atom, m->atom, (size_t)m->n * LOOM_ATOM * sizeof(double));
    memcpy(s->f.view, m->view, views_bytes(s));
    memcpy(s->f.common, m->common, sizeof m->common);
    memcpy(s->log.origin, m->origin, (size_t)m->n * sizeof(int64_t));
    loom_fit_measure(&s->f);
}

/* Whether the images ask for tails: settled with them and without, from the same atoms. Two more
 * unknowns must gain the logarithm of the number of data (Schwarz 1978). */
static loom_status try_tail(search *s)
{
    moment before, without;
    double asked = log((double)(s->q.nt * s->q.ny * s->q.nx));
    if (!keep_moment(s, &before)) return LOOM_E_MEMORY;
    loom_status status = search_settle(s, TAIL_STEPS, QUICK_CG);
    if (status != LOOM_OK) return status;
    if (!keep_moment(s, &without)) return LOOM_E_MEMORY;
    double plain = s->f.misfit + s->f.prior;
    go_back(s, &before);
    s->tailed = true;
    release(s);
    if ((status = search_settle(s, TAIL_STEPS, QUICK_CG)) != LOOM_OK) return status;
    double gain = plain - s->f.misfit - s->f.prior;
    s->call->host->note(s->call, "tails: %.3g of all heights, gain %.4g, asked %.3g",
                        s->f.common[1 + COMMON_TAIL], gain, asked);
    s->tailed = gain > asked;
    if (!s->tailed) go_back(s, &without);
    return LOOM_OK;
}

/* What atoms look like, found where springs hold them: atoms that are free take up noise by a width
 * that is too small (1.5 per cent with 13,366 atoms at 3e5 electrons per square angstrom), which in
 * turn drives apart those that overlap. */
static loom_status find_shape(search *s)
{
    loom_status status = LOOM_OK;
    if (!s->q.held[LOOM_HOLD_TAIL] && !s->tailed) status = try_tail(s);
    s->shaped = true;
    release(s);
    return status;
}

/* The stages with springs, from the tightest to the loosest; with a prior only the first. What the
 * first finds is established, unless more than noise is left over. */
static loom_status seek_all(search *s)
{
    loom_status status = LOOM_OK;
    int64_t stages = s->p->bond_prior > 0 ? 1 : s->p->bond_spread.n;
    s->shaped = false;
    s->log.established = 0;
    (void)search_release_views(s, false);
    for (int64_t i = 0; status == LOOM_OK && i < stages; i++) {
        double spread = s->p->bond_spread.v[i];
        status = seek(s, spread, i == 0 ? FIRST * s->p->searches : 1);
        if (status != LOOM_OK || i > 0) continue;
        if (search_release_views(s, true)) status = seek(s, spread, s->p->searches);
        if (status == LOOM_OK) status = find_shape(s);
        if (status == LOOM_OK && s->tailed) status = seek(s, spread, 1);
        if (s->chance.spread <= 1) s->log.established = s->f.n;
    }
    return status;
}

/* How well the atoms of the start do if they have tails. */
static loom_status settle_with_tail(search *s, moment *tailed)
{
    s->f.spring_spread = s->p->bond_spread.v[0];
    s->f.spring_length = s->bond;
    s->shaped = false;
    s->tailed = true;
    (void)search_release_views(s, false);
    release(s);
    s->f.free.common[0] = !s->q.held[LOOM_HOLD_WIDTHS];
    loom_status status = search_settle(s, 2 * TAIL_STEPS, QUICK_CG);
    if (status != LOOM_OK) return status;
    return keep_moment(s, tailed) ? LOOM_OK : LOOM_E_MEMORY;
}

/* The stages with springs and, where they leave more than noise, once more with tails from the
 * beginning: if the start with tails explains the images better than all atoms that were added,
 * from there. What a model is worth: the logarithm of its likelihood less what is asked of an atom
 * for each. */
static loom_status seek_atoms(search *s)
{
    moment start, end, tailed;
    bool choice = !s->q.held[LOOM_HOLD_TAIL] && s->p->searches > 0;
    if (!keep_moment(s, &start)) return LOOM_E_MEMORY;
    loom_status status = seek_all(s);
    if (status != LOOM_OK || !choice || s->chance.spread <= 1) return status;
    bool shaped_with = s->tailed;
    if (!keep_moment(s, &end)) return LOOM_E_MEMORY;
    go_back(s, &start);
    if ((status = settle_with_tail(s, &tailed)) != LOOM_OK) return status;
    double z = s->threshold / s->chance.spread, asked = 0.5 * z * z,
           more = tailed.misfit + asked * (double)tailed.n,
           less = end.misfit + asked * (double)end.n;
    s->call->host->note(s->call, "%lld atoms with tails: %.8g; %lld without: %.8g",
                        (long long)tailed.n, more, (long long)end.n, less);
    if (more < less) return seek_all(s);
    s->tailed = shaped_with;
    s->shaped = true;
    go_back(s, &end);
    return LOOM_OK;
}

/* Rounds until hardly anything changes. What is removed stays away from then on, so
 * that what comes and goes ends as gone. */
static loom_status seek_freely(search *s)
{
    for (int64_t i = 0; i < s->p->searches; i++) {
        changes c;
        release(s);
        loom_status status = search_settle(s, ROUND_STEPS, QUICK_CG);
        if (status == LOOM_OK)
            status = search_change_atoms(s, NEW_APART * s->apart, ERRORS_ROUGH,
                                         i + 1 < s->p->searches, &c);
        if (status != LOOM_OK) return status;
        if (c.added == 0 && changes_sum(&c) <= s->f.n / CALM) break;
    }
    return LOOM_OK;
}

/* Tries places where an atom might be hidden; all is as before where that explains the images no
 * better. `better`: whether it found so many that more may be left. */
static loom_status explore(search *s, bool *better)
{
    moment before;
    /* of an atom; the residual has not asked for it, so all odds are against it */
    double z = s->threshold / s->chance.spread, asked = 0.5 * z * z - log(s->p->expected_false);
    int64_t tried;
    *better = false;
    if (!keep_moment(s, &before)) return LOOM_E_MEMORY;
    s->exploring = true;
    s->log.established = s->f.n;
    loom_status status = search_explore(s, &tried);
    if (status == LOOM_OK && tried > 0) status = seek_freely(s);
    s->exploring = false;
    if (status != LOOM_OK) return status;
    *better = tried > 0 && s->f.n > before.n
              && before.misfit - s->f.misfit > asked * (double)(s->f.n - before.n);
    if (!*better) go_back(s, &before);
    *better = *better && s->f.n - before.n > s->f.n / CALM; /* enough to look again */
    return LOOM_OK;
}

static loom_status seek_last(search *s)
{
    bool better = true;
    s->f.spring_spread = s->bond > 0 ? s->p->bond_prior : 0;
    s->f.spring_length = s->bond;
    s->tailed = s->tailed || !s->shaped; /* no springs: all is found here */
    s->since = s->log.round + 1;
    loom_status status = seek_freely(s);
    /* where the residual is more than noise it asks for atoms in place of what the model neglects
     */
    if (s->p->searches < 1 || s->chance.spread > 1) return status;
    for (int i = 0; i < EXPLORATIONS && better && status == LOOM_OK; i++)
        status = explore(s, &better);
    return status;
}

loom_status search_stages(search *s)
{
    loom_status status = LOOM_OK;
    if (s->bond > 0 && s->p->bond_spread.n > 0) status = seek_atoms(s);
    (void)search_release_views(s, true);
    if (status == LOOM_OK) status = seek_last(s);
    return status == LOOM_OK ? finish(s) : status;
}
