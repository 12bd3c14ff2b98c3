/* refine.search - which atoms there are: added, removed and joined by what the raw images say, with
 * a stated number of false ones. */
#include "changes.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/shell.h"
#include "result.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct params {
    loom_strings hold;
    double width, tail, tail_width, expected_false, min_distance, tolerance;
    int64_t searches, steps, rounds, background_terms, free_every, probes, seed;
    loom_reals bond_spread;
    const char *symbol;
} params;

static const loom_param param_table[] = {
    LOOM_PARAM(params, expected_false, .def = 1e-3, .min = 1e-9, .max = 1,
               .doc =
                   "false atoms to expect for each atom found: sets how much the likelihood must "
                   "rise for an atom"),
    LOOM_PARAM(params, hold, .text = "blur, shifts, angles",
               .doc = "what is not refined: heights, widths, tail, background, scale, shifts, "
                      "angles, blur"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0.5, .min = 0.05, .max = 20,
               .doc = "where the width (sigma) of an atom's image starts"),
    LOOM_PARAM(params, tail, .def = 0.1, .min = 0, .max = 0.9,
               .doc = "share of an atom's height in a second, wider Gaussian; where it starts"),
    LOOM_PARAM(params, tail_width, .unit = "angstrom", .def = 2, .min = 0.1, .max = 50,
               .doc = "width (sigma) of the second Gaussian; where it starts"),
    LOOM_PARAM(params, min_distance, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "nearer points are one atom; 0: 0.7 of the distance of neighbours, which is "
                      "found from the start"),
    LOOM_PARAM(params, bond_spread, .text = "0.05, 0.08, 0.15, 0.3", .min = 0.001, .max = 10,
               .doc = "springs between neighbours while atoms are sought, stage after stage: "
                      "standard deviation over their length; the last stage is without"),
    LOOM_PARAM(params, background_terms, .def = 1, .min = 0, .max = 6,
               .doc =
                   "polynomial background of every tilt: 0 none, 1 constant, 3 plane, 6 quadratic"),
    LOOM_PARAM(params, searches, .def = 8, .min = 0, .max = 1000,
               .doc = "rounds of changes in the first stage and in the last, at most"),
    LOOM_PARAM(params, steps, .def = 40, .min = 1, .max = 1000,
               .doc = "Gauss-Newton steps between changes in the last stage, at most"),
    LOOM_PARAM(params, rounds, .def = 40, .min = 1, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "conjugate gradients in a step, at most"),
    LOOM_PARAM(params, tolerance, .unit = "pixel", .def = 3e-3, .min = 0, .max = 1,
               .doc = "atoms have settled when a step moves them by less, root mean square"),
    LOOM_PARAM(params, free_every, .def = 0, .min = 0, .max = 1000,
               .doc = "leave every so many-th tilt out and report its R-factor (R_free); 0: none"),
    LOOM_PARAM(params, probes, .def = 0, .min = 0, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "random vectors for the standard errors; 0: as many as the number of atoms "
                      "asks for"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 1e15, .flags = LOOM_ADVANCED,
               .doc = "of the random vectors"),
    LOOM_PARAM(params, symbol, .text = "X", .doc = "chemical symbol given to the atoms"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series",
      "raw images, with their noise: counts, or noise_gain and noise_read for each tilt", 0 },
    { "atoms", "atoms",
      "where the search starts: too many or too few, about right where right; "
      "a column `height` says how bright they are",
      0 },
    { "poses", "table",
      "where poses start: shift_x, shift_y (pixel), phi, theta, psi (degree) of every tilt",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "atoms with heights, standard errors, and `significance`: height over its standard error",
      0 },
    { "poses", "table",
      "a row per tilt: displacement of its content, angles, scale, blur, background, R-factor", 0 },
    { "changes", "table",
      "a row for every change: round, change (1 added, 0 joined to a neighbour, -1 removed), "
      "place, "
      "height, by how much the log likelihood rose or fell",
      0 },
    { "residual", "tilt_series", "image minus model over the noise's standard deviation", 0 },
    { "figures", "table",
      "one row: atoms, expected false, expected missed, threshold, R, R_free, chi square, errors",
      0 },
    { 0 }
};

/* New atoms may be a little nearer to others than they may stay: they have yet to settle. */
#define NEW_APART 0.6 /* of the distance of neighbours */
#define APART 0.7
#define ROUGH_APART 0.5 /* while positions are rough, so are true neighbours */
#define OUTSIDE 1.5     /* of the distance of neighbours: atoms are sought that far from others */
enum {
    ROUGH_ROUNDS = 3,
    PATIENCE = 3, /* rounds in which nothing comes back */
    QUICK_STEPS = 2,
    QUICK_CG = 12,
    NEAR = 64,
    PROBED_ATOMS = 2500,
    MOST_PROBES = 12
};
typedef enum errors_kind { ERRORS_ALONE, ERRORS_ROUGH, ERRORS_WELL } errors_kind;

typedef struct search {
    loom_call *call;
    const params *p;
    loom_fit_input q;
    loom_fit f;
    uint8_t *used;
    double *error; /* [room][LOOM_ATOM] */
    double bond;   /* pixels between neighbours; 0: not known */
    double apart;  /* pixels */
    change_log log;
    loom_chance chance;
    double threshold; /* of z */
    int64_t steps;
    double moved_px;
} search;

/* ---- start ----------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
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
    bool good = loom_shell_distance(s->call, bright, point, 3, &s->bond);
    h->release(s->call, height);
    h->release(s->call, point);
    double px = s->p->min_distance / s->q.pixel_A;
    s->apart = px > 0 ? px : APART * s->bond;
    if (!(s->apart > 0))
        s->apart = APART * 2 * 2.355 * s->f.common[0]; /* two widths at half height */
    return good;
}

static bool leave_out(search *s)
{
    int64_t every = s->p->free_every;
    s->used = s->call->host->scratch(s->call, (size_t)s->q.nt);
    if (!s->used) return false;
    for (int64_t k = 0; k < s->q.nt; k++) s->used[k] = !(every > 0 && k % every == every / 2);
    s->f.used = s->used;
    return true;
}

static loom_status begin(search *s)
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
    if (!s->error || !s->log.origin || !leave_out(s) || !measure_bond(s)) return LOOM_E_MEMORY;
    s->f.free.common[0] = s->f.free.common[1 + COMMON_TAIL] = s->f.free.common[1 + COMMON_SPREAD] =
        false; /* what is no atom would widen all */
    loom_fit_begin(&s->f);
    s->call->host->note(s->call,
                        "start: %lld atoms, neighbours %.3f pixels apart, atoms %.3f pixels wide",
                        (long long)s->f.n, s->bond, s->f.common[0]);
    return LOOM_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* Steps until atoms rest; at most `steps`. */
static loom_status settle(search *s, int64_t steps, int64_t rounds)
{
    const loom_host *h = s->call->host;
    for (int64_t i = 0; i < steps; i++) {
        loom_fit_moved m;
        if (!loom_fit_step(&s->f, rounds, &m)) return LOOM_E_MEMORY;
        s->steps++;
        s->moved_px = m.atom_px;
        if (!h->progress(s->call, (double)s->steps, (double)(s->steps + 20)))
            return LOOM_E_CANCELLED;
        if (m.length == 0 || m.atom_px < s->p->tolerance) break;
    }
    return isfinite(s->f.misfit)
               ? LOOM_OK
               : h->fail(s->call, LOOM_E_NUMERIC, "atoms",
                         "the refinement diverged; start from better positions or hold more");
}

/* Standard errors: of each atom as if alone; with all that others do not know, roughly; or well. */
static bool find_errors(search *s, errors_kind kind)
{
    int64_t probes = 2 + PROBED_ATOMS / (s->f.n + 1);
    if (probes > MOST_PROBES) probes = MOST_PROBES;
    if (s->p->probes > 0) probes = s->p->probes;
    if (kind == ERRORS_ROUGH) probes = (probes + 3) / 4;
    if (kind == ERRORS_ALONE) probes = 0;
    return loom_fit_errors(&s->f, probes, NEAR, (uint64_t)s->p->seed, s->error);
}

/* What the residual asks for, and how loudly chance asks. */
static bool look(search *s, loom_scores *scores)
{
    double outer = OUTSIDE * (s->bond > 0 ? s->bond : s->apart / APART);
    if (!loom_fit_scores(&s->f, NEW_APART / APART * s->apart, outer, scores)) return false;
    s->chance = loom_fit_chance(scores);
    s->threshold = loom_chance_z(&s->chance, s->p->expected_false * (double)s->f.n);
    return true;
}

/* One round of changes; how many in *changed. */
static loom_status change_atoms(search *s, double apart, errors_kind kind, int64_t *changed)
{
    loom_scores scores;
    int64_t before = s->f.n, joined = 0, removed = 0, added = 0;
    s->log.round++;
    if ((joined = changes_join(&s->f, apart, &s->log)) < 0) return LOOM_E_MEMORY;
    if (joined > 0) loom_fit_measure(&s->f);
    if (!find_errors(s, joined > 0 ? ERRORS_ALONE : kind)) return LOOM_E_MEMORY;
    if (!look(s, &scores)) return LOOM_E_MEMORY;
    demand d =
        demand_make(&s->f, s->error, s->threshold / s->chance.spread, -log(s->p->expected_false));
    if ((removed = changes_remove(&s->f, s->error, &d, kind == ERRORS_ALONE ? 0 : s->bond, &s->log))
            < 0
        || (added = changes_add(&s->f, &scores, &s->chance, &d, NEW_APART / APART * s->apart,
                                s->log.round - PATIENCE, &s->log))
               < 0)
        return LOOM_E_MEMORY;
    s->call->host->note(
        s->call,
        "round %lld: %lld atoms, joined %lld, removed %lld, added %lld of %lld maxima; z above "
        "%.2f "
        "(chance: from %.2f, spread %.2f, %.0f); misfit %.8g, width %.4f px, moved %.4f px",
        (long long)s->log.round, (long long)before, (long long)joined, (long long)removed,
        (long long)added, (long long)scores.maxima, s->threshold, s->chance.from, s->chance.spread,
        s->chance.count, s->f.misfit, s->f.common[0], s->moved_px);
    loom_fit_scores_free(&s->f, &scores);
    *changed = joined + removed + added;
    if (s->f.n < 2)
        return s->call->host->fail(s->call, LOOM_E_DATA, "atoms",
                                   "no atoms are left: the images do not show those of the start; "
                                   "check angles, pixel size and background");
    loom_fit_measure(&s->f);
    return LOOM_OK;
}

/* Widths are freed when most of what is no atom has gone, tails when the widths have settled. */
static void release(search *s)
{
    bool *common = s->f.free.common;
    common[0] = !s->q.held[LOOM_HOLD_WIDTHS] && s->log.round >= 1;
    common[1 + COMMON_TAIL] = common[1 + COMMON_SPREAD] =
        !s->q.held[LOOM_HOLD_TAIL] && s->log.round >= ROUGH_ROUNDS;
}

/* A stage with springs. */
static loom_status seek(search *s, double spread, int64_t searches)
{
    s->f.spring_spread = spread;
    s->f.spring_length = s->bond;
    for (int64_t i = 0; i < searches; i++) {
        int64_t changed;
        release(s);
        loom_status status = settle(s, QUICK_STEPS, QUICK_CG);
        bool rough = s->log.round < ROUGH_ROUNDS;
        if (status == LOOM_OK)
            status = change_atoms(s, rough ? ROUGH_APART / APART * s->apart : s->apart,
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
    loom_status status = settle(s, s->p->steps, s->p->rounds);
    if (status != LOOM_OK) return status;
    if (!find_errors(s, ERRORS_WELL) || !look(s, &scores)) return LOOM_E_MEMORY;
    loom_fit_scores_free(&s->f, &scores);
    loom_fit_left_out(&s->f); /* measures, as looking asks for */
    return LOOM_OK;
}

static loom_status run_stages(search *s)
{
    loom_status status = LOOM_OK;
    for (int64_t i = 0; s->bond > 0 && i < s->p->bond_spread.n; i++)
        if ((status = seek(s, s->p->bond_spread.v[i], i == 0 ? s->p->searches : 1)) != LOOM_OK)
            return status;
    s->f.spring_spread = 0;
    for (int64_t i = 0; i < s->p->searches; i++) {
        int64_t changed;
        release(s);
        if ((status = settle(s, s->p->steps, s->p->rounds)) != LOOM_OK
            || (status = change_atoms(s, NEW_APART * s->apart, ERRORS_ROUGH, &changed)) != LOOM_OK)
            return status;
        if (changed == 0) break;
    }
    return finish(s);
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* Atoms that noise of another series would have left below the threshold. */
static double expected_missed(const search *s)
{
    double sum = 0, least = s->threshold / s->chance.spread;
    for (int64_t j = 0; j < s->f.n; j++) {
        double e = s->error[LOOM_ATOM * j + 3],
               z = e > 0 ? s->f.atom[LOOM_ATOM * j + 3] / e : least,
               below = 0.5 * erfc((z - least) * sqrt(0.5));
        sum += below / fmax(1 - below, 0.5);
    }
    return sum;
}

static bool write_changes(search *s)
{
    static const struct {
        const char *name, *unit;
    } columns[] = { { "round", NULL },         { "change", NULL },  { "x", "angstrom" },
                    { "y", "angstrom" },       { "z", "angstrom" }, { "height", NULL },
                    { "log_likelihood", NULL } };
    loom_value *out = s->call->host->output(s->call, "changes");
    for (int c = 0; c < 7; c++) {
        double *v = result_column(s->call, out, columns[c].name, s->log.n, columns[c].unit);
        if (!v) return false;
        for (int64_t i = 0; i < s->log.n; i++) {
            const change *r = &s->log.row[i];
            v[i] = c == 0   ? (double)r->round
                   : c == 1 ? (double)r->kind
                   : c < 5  ? r->at[c - 2] * s->q.pixel_A
                   : c == 5 ? r->height
                            : r->gain;
        }
    }
    return true;
}

static bool write_atoms(search *s, const result *r)
{
    const loom_host *h = s->call->host;
    if (!result_atoms(r)) return false;
    loom_value *out = h->output(s->call, "atoms");
    int32_t *species = h->add_array(s->call, out, "species", LOOM_I32, 1, &s->f.n, NULL);
    double *z = result_column(s->call, out, "significance", s->f.n, NULL);
    if (!species || !z) return false;
    for (int64_t j = 0; j < s->f.n; j++) {
        double e = s->error[LOOM_ATOM * j + 3];
        species[j] = 0;
        z[j] = e > 0 ? s->f.atom[LOOM_ATOM * j + 3] / e : 0;
    }
    h->set_text(s->call, out, "symbols", s->p->symbol && *s->p->symbol ? s->p->symbol : "X");
    bool added = false; /* of an atom that was added, no column of the start knows anything */
    for (int64_t j = 0; j < s->f.n; j++) added = added || s->log.origin[j] < 0;
    loom_rest rows = { .row = s->log.origin, .rows = s->f.n }, none = { .moved = "n" };
    return loom_pass_rest_as(s->call, h->input(s->call, "atoms", 0), out, added ? none : rows);
}

static bool write_outputs(search *s)
{
    const result r = {
        .call = s->call, .input = &s->q, .fit = &s->f, .used = s->used, .error = s->error
    };
    double number = loom_chance_number(&s->chance, s->threshold), missed = expected_missed(s);
    const result_figure more[] = { { "expected_false", NULL, number },
                                   { "expected_missed", NULL, missed },
                                   { "threshold", NULL, s->threshold / s->chance.spread },
                                   { "neighbours", "angstrom", s->bond * s->q.pixel_A },
                                   { "changes", NULL, (double)s->log.n },
                                   { "steps", NULL, (double)s->steps },
                                   { "moved", "pixel", s->moved_px },
                                   { "prior", NULL, s->f.spring_spread > 0 } };
    return write_atoms(s, &r) && result_poses(&r) && result_residual(&r) && write_changes(s)
           && result_figures(&r, more, sizeof more / sizeof *more);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    search s = { .call = call, .p = p, .q = { .background = (int32_t)p->background_terms } };
    if (p->background_terms != 0 && p->background_terms != 1 && p->background_terms != 3
        && p->background_terms != 6)
        return call->host->fail(call, LOOM_E_PARAM, "background_terms",
                                "%lld terms; a polynomial in the plane has 1, 3 or 6",
                                (long long)p->background_terms);
    loom_status status = loom_fit_input_read(call, p->hold, &s.q);
    if (status != LOOM_OK) return status;
    if (p->free_every > 0 && s.q.nt < 2 * p->free_every)
        return call->host->fail(call, LOOM_E_PARAM, "free_every",
                                "%lld tilts are too few to leave out every %lld-th",
                                (long long)s.q.nt, (long long)p->free_every);
    if ((status = begin(&s)) != LOOM_OK || (status = run_stages(&s)) != LOOM_OK) return status;
    return write_outputs(&s) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_citation citations[] = {
    CITE_FATERMANS_2019, CITE_DE_BACKER_2016, CITE_SNYDER_1993, { 0 }
};

static const loom_op refine_search = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "refine.search",
    .summary = "Which atoms there are: added, removed and joined by the likelihood of the raw "
               "images, with a stated number of false ones.",
    .method =
        "The model and its likelihood are those of `refine.atoms`, with one width for all atoms. "
        "Rounds of two things follow each other: steps that refine every atom, and changes of "
        "which "
        "atoms there are.\n\n"
        "**Adding.** Where the model lacks an atom the residual looks like one. At every place "
        "near "
        "the atoms the height h that the residual has for an atom there is found, and its standard "
        "deviation; z is their ratio. Its maxima are candidates.\n\n"
        "**How high is high.** No atom scatters negatively, so the minima of the same map are "
        "chance "
        "and what the model neglects. The tail of their z falls as exp(-z^2 / 2s^2) beyond the "
        "deepest quarter; from s and their number follows the z beyond which maxima of chance "
        "number "
        "`expected_false` for each atom. Measured this way the threshold needs neither a noise "
        "level "
        "nor a number of trials.\n\n"
        "**Removing.** An atom whose height over its standard error is below the same threshold "
        "goes: "
        "without it the logarithm of the likelihood falls by z^2 / 2 only. More is asked of an "
        "atom "
        "whose height is unlike those of sure atoms: the logarithm of how rare it is, at most "
        "-log(`expected_false`).\n\n"
        "**Joining.** Points nearer than `min_distance` are one: pairs of points that share an "
        "atom "
        "explain it as well as one, and never part by small steps.\n\n"
        "**Springs** between neighbours, as long as the first peak of the pair distribution of the "
        "brighter half of the start, hold a rough start together. They are slackened stage after "
        "stage (`bond_spread`) and gone in the last, in which atoms are still sought, so that "
        "positions, distances and strains come from the images alone.\n\n"
        "**What is reported.** `expected_false` is what chance makes beyond the threshold. "
        "`expected_missed` sums, over the atoms found, the probability that noise of another "
        "series "
        "would have hidden them. The table of changes lists each one with its likelihood.\n\n"
        "An atom is kept or not by the odds of both explanations (MAP), after Fatermans et al.",
    .citations = citations,
    .limits =
        "The start must hold most atoms to within half the distance of neighbours. Elements "
        "share a width. Images add up linearly: at high doses what multiple scattering adds is "
        "significant, and only the heights of sure atoms tell it from atoms. Atoms are sought "
        "within 1.5 distances of others. Expected numbers are those of noise: a search that "
        "has not settled has more.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("refine.search", "1.0", "BSD-3-Clause", &refine_search);
