/* rounds.c - the start of a search, and rounds of steps and changes; see seek.h. */
#include "kit/shell.h"
#include "seek.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OUTSIDE 1.5 /* of the distance of neighbours: atoms are sought that far from others */
/* Of the logarithm of the likelihood, for each atom: movements of its four unknowns by 1/30 of
 * their standard errors gain 4 / 2 / 30^2. */
#define REST 0.002
#define EXPLORED_Z 0.6 /* of the threshold: a gap whose neighbours have settled into it */
enum {
    MEAN_PASSES = 3,
    PATIENCE = 3, /* rounds in which nothing comes back */
    NEAR = 64,
    PROBED_ATOMS = 2500,
    MOST_PROBES = 12
};

/* ---- start ----------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The mean of the distances near `length`, a fifth about it, until it stays: the peak of a smeared
 * distribution of pairs lies a few per cent lower. */
static bool mean_length(search *s, int64_t n, const double *point, double *length)
{
    loom_cells cells;
    loom_neighbours near;
    if (!loom_cells_build(s->call, point, n, 1.5 * *length, &cells)
        || !loom_neighbours_build(s->call, &cells, 1.5 * *length, &near))
        return false;
    for (int pass = 0; pass < MEAN_PASSES; pass++) {
        double sum = 0, count = 0;
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = near.first[i]; k < near.first[i + 1]; k++) {
                const double *a = point + 3 * i, *b = point + 3 * near.list[k];
                double d = hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
                if (fabs(d - *length) > 0.2 * *length) continue;
                sum += d;
                count++;
            }
        if (count > 0) *length = sum / count;
    }
    void *done[] = { cells.start, cells.index, near.first, near.list };
    for (int i = 0; i < 4; i++) s->call->host->release(s->call, done[i]);
    return true;
}

/* Distance of neighbours among the brighter half of the start: noise is among the dimmer. */
static bool measure_bond(search *s)
{
    const loom_host *h = s->call->host;
    int64_t n = s->f.n, bright = 0;
    double *height = h->scratch(s->call, (size_t)(n + 1) * sizeof(double)),
           *point = h->scratch(s->call, (size_t)(3 * n + 3) * sizeof(double));
    if (!height || !point) return false;
    for (int64_t j = 0; j < n; j++) height[j] = s->f.atom[LOOM_ATOM * j + 3];
    qsort(height, (size_t)n, sizeof *height, descending);
    for (int64_t j = 0; j < n; j++)
        if (s->f.atom[LOOM_ATOM * j + 3] >= height[n / 2])
            memcpy(point + 3 * bright++, s->f.atom + LOOM_ATOM * j, 3 * sizeof(double));
    bool good = loom_shell_distance(s->call, bright, point, 3, &s->bond)
                && (!(s->bond > 0) || mean_length(s, bright, point, &s->bond));
    h->release(s->call, height);
    h->release(s->call, point);
    double px = s->p->min_distance / s->q.pixel_A;
    s->apart = px > 0 ? px : APART * s->bond;
    if (!(s->apart > 0))
        s->apart = APART * 2 * 2.355 * s->f.common[0]; /* two widths at half height */
    return good;
}

loom_status search_begin(search *s)
{
    int64_t room = 3 * s->q.n + 256;
    s->q.classes = 1;
    loom_status status =
        loom_fit_input_open(&s->q, s->p->width, s->p->tail, s->p->tail_width, room, &s->f);
    if (status != LOOM_OK) return status;
    memset(s->f.class, 0, (size_t)s->f.n * sizeof *s->f.class);
    s->error = s->call->host->scratch(s->call, (size_t)(LOOM_ATOM * room) * sizeof(double));
    s->log =
        (change_log){ .call = s->call,
                      .origin = s->call->host->scratch(s->call, (size_t)room * sizeof(int64_t)) };
    for (int64_t j = 0; s->log.origin && j < s->f.n; j++) s->log.origin[j] = j;
    if (!s->error || !s->log.origin || !loom_fit_leave_out(&s->q, s->p->free_every, &s->f)
        || !measure_bond(s))
        return LOOM_E_MEMORY;
    s->f.free.common[0] = s->f.free.common[1 + COMMON_TAIL] = s->f.free.common[1 + COMMON_SPREAD] =
        false; /* what is no atom would widen all */
    if (!s->q.held[LOOM_HOLD_TAIL]) s->f.common[1 + COMMON_TAIL] = 0;
    loom_fit_begin(&s->f);
    s->call->host->note(s->call,
                        "start: %lld atoms, neighbours %.3f pixels apart, atoms %.3f pixels wide",
                        (long long)s->f.n, s->bond, s->f.common[0]);
    return LOOM_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

loom_status search_settle(search *s, int64_t steps, int64_t rounds)
{
    const loom_host *h = s->call->host;
    for (int64_t i = 0; i < steps; i++) {
        loom_fit_moved m;
        if (!loom_fit_step(&s->f, rounds, &m)) return LOOM_E_MEMORY;
        s->steps++;
        s->rounds += m.rounds;
        s->moved_px = m.atom_px;
        s->gain = m.gain;
        if (!h->progress(s->call, (double)s->steps, (double)(s->steps + 20)))
            return LOOM_E_CANCELLED;
        if (m.length == 0 || m.atom_px < s->p->tolerance || m.gain < REST * (double)s->f.n) break;
    }
    return isfinite(s->f.misfit)
               ? LOOM_OK
               : h->fail(s->call, LOOM_E_NUMERIC, "atoms",
                         "the refinement diverged; start from better positions or hold more");
}

/* Errors with the widening, and the widening of heights kept with its places. */
static bool find_widening(search *s, int64_t probes)
{
    const loom_host *h = s->call->host;
    widening *w = &s->wider;
    size_t n = (size_t)s->f.n;
    w->position = h->scratch(s->call, (3 * n + 1) * sizeof(double));
    w->factor = h->scratch(s->call, (n + 1) * sizeof(double));
    if (!w->position || !w->factor
        || !loom_fit_errors(&s->f, 0, NEAR, (uint64_t)s->p->seed, s->error))
        return false;
    for (size_t j = 0; j < n; j++) w->factor[j] = s->error[LOOM_ATOM * j + 3];
    if (!loom_fit_errors(&s->f, probes, NEAR, (uint64_t)s->p->seed, s->error)) return false;
    for (size_t j = 0; j < n; j++) {
        w->factor[j] = w->factor[j] > 0 ? s->error[LOOM_ATOM * j + 3] / w->factor[j] : 1;
        memcpy(w->position + 3 * j, s->f.atom + LOOM_ATOM * j, 3 * sizeof(double));
    }
    w->n = s->f.n;
    return loom_cells_build(s->call, w->position, w->n, s->apart, &w->cells);
}

/* Errors as of atoms alone, those of heights times the widening of the nearest place. */
static bool apply_widening(search *s)
{
    const widening *w = &s->wider;
    double far = OUTSIDE / APART * s->apart;
    if (!loom_fit_errors(&s->f, 0, NEAR, (uint64_t)s->p->seed, s->error)) return false;
    for (int64_t j = 0; j < s->f.n; j++) {
        int64_t k = loom_cells_nearest(&w->cells, s->f.atom + LOOM_ATOM * j, far, NULL);
        if (k >= 0) s->error[LOOM_ATOM * j + 3] *= w->factor[k];
    }
    return true;
}

bool search_find_errors(search *s, errors_kind kind)
{
    int64_t probes = 2 + PROBED_ATOMS / (s->f.n + 1);
    if (probes > MOST_PROBES) probes = MOST_PROBES;
    if (s->p->probes > 0) probes = s->p->probes;
    if (kind == ERRORS_ROUGH)
        return s->wider.n > 0 ? apply_widening(s) : find_widening(s, (probes + 3) / 4);
    if (kind == ERRORS_ALONE) probes = 0;
    return loom_fit_errors(&s->f, probes, NEAR, (uint64_t)s->p->seed, s->error);
}

bool search_look(search *s, loom_scores *scores)
{
    double outer = OUTSIDE * (s->bond > 0 ? s->bond : s->apart / APART);
    if (!loom_fit_scores(&s->f, NEW_APART / APART * s->apart, outer, scores)) return false;
    s->chance = loom_fit_chance(scores);
    s->threshold = loom_chance_z(&s->chance, s->p->expected_false * (double)s->f.n);
    return true;
}

static void note_round(search *s, int64_t before, const changes *c, int64_t maxima)
{
    s->call->host->note(
        s->call,
        "round %lld: %lld atoms, joined %lld, removed %lld, added %lld of %lld maxima; z above "
        "%.2f (chance: from %.2f, spread %.2f, %.0f); misfit %.8g, last step gained %.3g, moved "
        "%.4f px; width %.4f px; %lld steps, %lld rounds of gradients so far",
        (long long)s->log.round, (long long)before, (long long)c->joined, (long long)c->removed,
        (long long)c->added, (long long)maxima, s->threshold, s->chance.from, s->chance.spread,
        s->chance.count, s->f.misfit, s->gain, s->moved_px, s->f.common[0], (long long)s->steps,
        (long long)s->rounds);
}

static demand demand_of(const search *s)
{
    return demand_make(&s->f, s->error, s->threshold / s->chance.spread,
                       -log(s->p->expected_false));
}

/* Joins what is too near; where the tightest springs have gone, only what is more like one atom. */
static int64_t join(search *s, double apart, errors_kind kind)
{
    demand d;
    if (s->shaped) {
        if (!search_find_errors(s, kind)) return -1;
        d = demand_of(s);
    }
    int64_t joined = changes_join(&s->f, apart, s->error, s->shaped ? &d : NULL, &s->log);
    if (joined > 0) loom_fit_measure(&s->f);
    return joined;
}

loom_status search_change_atoms(search *s, double apart, errors_kind kind, bool adding, changes *c)
{
    loom_scores scores;
    int64_t before = s->f.n, since = s->since > 0 ? s->since : s->log.round + 1 - PATIENCE;
    *c = (changes){ 0 };
    s->log.round++;
    if ((c->joined = join(s, apart, kind)) < 0) return LOOM_E_MEMORY;
    if (!search_find_errors(s, c->joined > 0 ? ERRORS_ALONE : kind) || !search_look(s, &scores))
        return LOOM_E_MEMORY;
    demand d = demand_of(s);
    d.gain += s->exploring ? d.most : 0;
    double alone = kind == ERRORS_ALONE ? 0 : s->bond;
    if ((c->removed = changes_remove(&s->f, s->error, &d, alone, &s->log)) < 0)
        return LOOM_E_MEMORY;
    if (adding
        && (c->added = changes_add(&s->f, &scores, &s->chance, &d, NEW_APART / APART * s->apart,
                                   since, s->f.room, &s->log))
               < 0)
        return LOOM_E_MEMORY;
    note_round(s, before, c, scores.maxima);
    loom_fit_scores_free(&s->f, &scores);
    if (s->f.n < 2)
        return s->call->host->fail(s->call, LOOM_E_DATA, "atoms",
                                   "no atoms are left: the images do not show those of the start; "
                                   "check angles, pixel size and background");
    loom_fit_measure(&s->f);
    return LOOM_OK;
}

/* Where an atom is missing inside a specimen its neighbours settle into the gap and take over most
 * of what it scatters, so that the residual hardly asks for it. Such places are tried: atoms are
 * put where the residual asks less loudly, but where there is room for one, and the next round
 * keeps those that, all settled and with all that others do not know, are as sure as any. */
loom_status search_explore(search *s, int64_t *added)
{
    loom_scores scores;
    double z = EXPLORED_Z * s->threshold / s->chance.spread;
    demand d = { .gain = 0.5 * z * z };
    if (!search_look(s, &scores)) return LOOM_E_MEMORY;
    s->log.round++;
    *added = changes_add(&s->f, &scores, &s->chance, &d, NEW_APART / APART * s->apart, 0,
                         s->f.n / 20 + 16, &s->log);
    if (*added < 0) return LOOM_E_MEMORY;
    s->call->host->note(s->call, "round %lld: %lld places tried, z above %.2f",
                        (long long)s->log.round, (long long)*added, z * s->chance.spread);
    loom_fit_scores_free(&s->f, &scores);
    loom_fit_measure(&s->f);
    return LOOM_OK;
}
