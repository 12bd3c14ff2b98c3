/* refine.search - which atoms there are: added, removed and joined by what the raw images say, with
 * a stated number of false ones. */
#include "kit/check.h"
#include "kit/citations.h"
#include "result.h"
#include "seek.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const loom_param param_table[] = {
    LOOM_PARAM(params, expected_false, .def = 1e-3, .min = 1e-9, .max = 1,
               .doc =
                   "false atoms to expect for each atom found: sets how much the likelihood must "
                   "rise for an atom"),
    LOOM_PARAM(params, hold, .text = "blur, shifts, angles",
               .doc = "what is not refined: heights, widths, tail, background, scale, shifts, "
                      "angles, blur"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 20,
               .doc = LOOM_IMAGE_WIDTH_DOC),
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
    LOOM_PARAM(params, bond_prior, .def = 0, .min = 0, .max = 10,
               .doc =
                   "springs between neighbours in the last stage as well, so that positions rest "
                   "on a prior: standard deviation over their length; 0: none"),
    LOOM_PARAM(params, background_terms, .def = 1, .min = 0, .max = LOOM_POLYNOMIAL_TERMS,
               .doc = LOOM_BACKGROUND_TERMS_DOC),
    LOOM_PARAM(params, searches, .def = 8, .min = 0, .max = 1000,
               .doc = "rounds of changes in the first stage and in the last, at most"),
    LOOM_PARAM(params, steps, .def = 40, .min = 1, .max = 1000,
               .doc = "Gauss-Newton steps between changes in the last stage, at most"),
    LOOM_PARAM(params, rounds, .def = 40, .min = 1, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "conjugate gradients in a step, at most"),
    LOOM_PARAM(params, tolerance, .unit = "pixel", .def = 3e-3, .min = 0, .max = 1,
               .doc = "atoms have settled when a step moves them by less, root mean square"),
    LOOM_PARAM(params, free_every, .def = 0, .min = 0, .max = 1000,
               .doc = "leave every n-th tilt out and report its R-factor (R_free); 0: none"),
    LOOM_PARAM(params, probes, .def = 0, .min = 0, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "random vectors for the standard errors; 0: as many as the number of atoms "
                      "asks for"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 1e15, .flags = LOOM_ADVANCED,
               .doc = "of the random vectors"),
    LOOM_PARAM(params, elements,
               .doc = "the elements, of which only the number matters: in the last steps, heights "
                      "of one element are taken to be as alike as they have been found to be; "
                      "empty: every height is free"),
    LOOM_PARAM(params, symbol, .text = "X", .doc = "chemical symbol given to the atoms"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series",
      "raw images, with their noise: counts, or noise_gain and noise_read for each tilt", 0 },
    { "atoms", "atoms",
      "where the search starts: atoms may be missing or false, the others are about in place; "
      "a column `height` says how bright they are. Of several, the one that explains the images "
      "best; those without atoms are skipped",
      LOOM_LIST },
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
      "one row: atoms, expected false, expected missed, threshold, R, chi square, errors; "
      "R_free where tilts were left out",
      0 },
    { 0 }
};

/* ---- outputs --------------------------------------------------------------------------------- */

static double z_of(const search *s, int64_t j)
{
    double e = s->error[LOOM_ATOM * j + 3];
    return e > 0 ? s->f.atom[LOOM_ATOM * j + 3] / e : 0;
}

/* Atoms that noise of another series would have left below what is asked of them; what is asked is
 * found for one atom, the middle one of the list. */
static double expected_missed(const search *s)
{
    double z = s->threshold / s->chance.spread, sum = 0, least[2] = { z, z };
    int64_t middle = s->f.n / 2;
    demand d = demand_make(&s->f, s->error, z, -log(s->p->expected_false));
    for (int lenient = 0; lenient < 2; lenient++) {
        if (lenient) d.gain = 0;
        if (z_of(s, middle) > 0)
            least[lenient] = demand_least(&d, s->f.atom[LOOM_ATOM * middle + 3], z_of(s, middle));
    }
    for (int64_t j = 0; j < s->f.n; j++) {
        double mine = least[j < s->log.established],
               below = 0.5 * erfc((z_of(s, j) - mine) * sqrt(0.5));
        sum += z_of(s, j) > 0 ? below / fmax(1 - below, 0.5) : 0;
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
    return loom_pass_rest_as(s->call, h->input(s->call, "atoms", s->q.which), out,
                             added ? none : rows);
}

/* Maxima of the residual scatter as those of white noise (1) where atoms and poses explain the
 * images; particles of 336 to 13,366 atoms with right poses gave 0.9 to 1.1, and 2.3 where a third
 * of the atoms was wrong. */
#define MOST_SPREAD 1.6

static void warn_of_rest(const search *s)
{
    if (s->chance.spread <= MOST_SPREAD) return;
    s->call->host->warn(
        s->call, "tilts",
        "what the atoms leave of the images scatters %.2g times as much as noise would: poses are "
        "off, or many atoms are wrong or missing, and expected_false (here %.3g) does not hold; "
        "align the series better first (align.refine), and look at the poses",
        s->chance.spread, loom_chance_number(&s->chance, s->threshold));
}

static loom_status write_outputs(search *s)
{
    const result r = {
        .call = s->call, .input = &s->q, .fit = &s->f, .used = s->f.used, .error = s->error
    };
    loom_status status = result_check(&r);
    if (status != LOOM_OK) return status;
    double number = loom_chance_number(&s->chance, s->threshold), missed = expected_missed(s);
    const result_figure more[] = { { "expected_false", NULL, number },
                                   { "expected_missed", NULL, missed },
                                   { "threshold", NULL, s->threshold / s->chance.spread },
                                   { "residual_spread", NULL, s->chance.spread },
                                   { "neighbours", "angstrom", s->bond * s->q.pixel_A },
                                   { "changes", NULL, (double)s->log.n },
                                   { "steps", NULL, (double)s->steps },
                                   { "moved", "pixel", s->moved_px },
                                   { "prior", NULL, s->f.spring_spread > 0 },
                                   { "alike", NULL, (double)s->like.count } };
    warn_of_rest(s);
    bool good = write_atoms(s, &r) && result_poses(&r) && result_residual(&r) && write_changes(s)
                && result_figures(&r, more, sizeof more / sizeof *more);
    return good ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    search s;
    loom_status status = search_open(&s, call, p);
    if (status != LOOM_OK) return status;
    if (p->free_every > 0 && s.q.nt < 2 * p->free_every)
        return call->host->fail(call, LOOM_E_PARAM, "free_every",
                                "%lld tilts are too few to leave out every %lld-th",
                                (long long)s.q.nt, (long long)p->free_every);
    status = search_stages(&s);
    return status == LOOM_OK ? write_outputs(&s) : status;
}

static const loom_citation citations[] = {
    CITE_FATERMANS_2019, CITE_DE_BACKER_2016, CITE_SNYDER_1993, { 0 }
};

static const loom_op refine_search = {
    .size = sizeof(loom_op),
    .revision = 10,
    .id = "refine.search",
    .summary = "Which atoms there are: added, removed and joined by the likelihood of the raw "
               "images, with a stated number of false ones.",
    .method =
        "The model and its likelihood are those of `refine.atoms`, with one width for all atoms. "
        "Rounds of two things follow each other: steps that refine every atom, and changes of "
        "which "
        "atoms there are.\n\n"
        "**Several starts**, such as the atoms of `align.refine` and the maxima of a volume: each "
        "settles for three steps under the tightest springs, and the one whose likelihood, less "
        "what is asked of an atom for each, is the best is where the search begins.\n\n"
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
        "-log(`expected_false`). While springs hold, an atom with three quarters or more of the "
        "neighbours that sure atoms have, at their length, need only be likelier than none (its "
        "height still counts): neighbours name its place, so that what chance does at all other "
        "places says nothing against it.\n\n"
        "**Joining.** Points nearer than `min_distance` are one: pairs of points that share an "
        "atom "
        "explain it as well as one, and never part by small steps.\n\n"
        "**Gaps.** Where an atom is missing inside, its neighbours settle into the gap and take "
        "over what it scatters. When nothing changes any more, atoms are put where the residual "
        "asks with 0.6 of the threshold and there is room for one; those stay that, all settled "
        "and with all that others do not know, pass the threshold.\n\n"
        "**Tails** (a second, wider Gaussian) are freed in the last stage: free while many atoms "
        "are missing they take up what these scatter. Only where the atoms of the start with "
        "tails explain the images better than all that were added are they free from there.\n\n"
        "**Springs** between neighbours, as long as the first peak of the pair distribution of the "
        "brighter half of the start, hold a rough start together. They are slackened stage after "
        "stage (`bond_spread`) and gone in the last, in which atoms are still sought, so that "
        "positions, distances and strains come from the images alone.\n\n"
        "**Poses and slopes of backgrounds** wait until the tightest springs find no more atoms, "
        "and are refined together with all atoms from then on.\n\n"
        "**Elements.** Where `elements` are given, the settled heights are seen as a mixture of so "
        "many normal densities. In the last steps each height is drawn to its element's, with the "
        "spread that the heights have beyond their errors (at least what so many heights can tell "
        "of it), which places atoms that overlap along the beam better. That is a prior, though "
        "not on distances; the figure `alike` tells of it. The columns `height` and "
        "`error_height` are those from before it.\n\n"
        "**What is reported.** `expected_false` is what chance makes beyond the threshold; it "
        "holds "
        "while `residual_spread` is near 1, and a warning says where it is not. "
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
