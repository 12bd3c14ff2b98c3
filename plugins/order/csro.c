/* order.csro - chemical short-range order: how much the neighbours of an atom differ from the
 * particle's composition. */
#include <atomloom/op.h>
#include "csro.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/pdf.h"
#include <omp.h>
#include <assert.h>
#include <stdio.h>

enum { NAME = 48 };
typedef struct params {
    double cutoff, smoothing_radius;
    loom_reals concentration;
    const char *reference;
    bool interior;
    const char *where;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "atoms this far apart or closer are neighbours; 0: r_valley of the table at "
                      "'pdf', else of these atoms"),
    LOOM_PARAM(params, reference, .text = "",
               .doc =
                   "symbol whose clustering csro measures; empty: the first symbol of the atoms"),
    LOOM_PARAM(params, concentration, .min = 0, .max = 1, .text = "",
               .doc = "atomic fraction of every symbol, kept fixed between stages; empty: that of "
                      "the atoms used"),
    LOOM_PARAM(
        params, interior, .def = 0,
        .doc =
            "leave atoms with surface = 1 out: as centres, as neighbours and in the composition"),
    LOOM_PARAM(params, smoothing_radius, .unit = "angstrom", .def = 0, .min = 0, .max = 1000,
               .doc = "add columns csro_A_B, the order parameters of the ball of this radius "
                      "around every atom; 0: none"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "the particle", 0 },
    { "pdf", "table", "from structure.pdf, for its r_valley", LOOM_OPTIONAL },
    { "neighbours", "pairs", "neighbour lists to use in place of a cutoff: atom, neighbour",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the same with columns csro (the order about the atom), csro_p (fraction of the reference "
      "among its neighbours), csro_defined (1 where the atom counts and has neighbours; elsewhere "
      "csro is 0 and means nothing), and with smoothing csro_A_B for every pair of species",
      0 },
    { "global", "table",
      "one row per ordered pair of species: alpha of centre and neighbour, alpha_symmetric (mean "
      "of both orders), p (fraction of the neighbour's species around such centres), "
      "concentration (of that species in the particle), centres and neighbours (how many)",
      0 },
    { "means", "table",
      "mean csro over all atoms and over the centres of each species: mean as it is (a), from the "
      "mean of p (b), deviation, count",
      0 },
    { 0 }
};

/* Per atom: alpha_rr for centres of the reference, -alpha_ir for others, so that positive always
 * means rich in the reference. */
static double csro_of(const csro_work *w, int32_t species, double p)
{
    double alpha;
    bool same = species == w->reference;
    if (!csro_alpha(p, w->c[w->reference], same, &alpha)) return 0;
    return same ? alpha : -alpha;
}

static void per_atom(const csro_work *w, double *restrict csro, double *restrict fraction,
                     uint8_t *restrict defined)
{
    for (int64_t i = 0; i < w->atoms.n; i++) {
        int64_t of = 0, n = w->nb.first[i + 1] - w->nb.first[i];
        for (int64_t k = w->nb.first[i]; k < w->nb.first[i + 1]; k++)
            of += w->atoms.species[w->nb.list[k]] == w->reference;
        defined[i] = csro_used(w, i) && n > 0;
        if (!defined[i]) continue;
        fraction[i] = (double)of / (double)n;
        csro[i] = csro_of(w, w->atoms.species[i], fraction[i]);
    }
}

/* ---- local, smoothed ------------------------------------------------------------------------- */

typedef struct scratch {
    int32_t *near;
    int64_t room;
    int64_t *counts;
    double *alpha;
} scratch;

static void smooth_atom(const csro_work *w, const loom_cells *cells, double radius, int64_t i,
                        scratch *s, double *const *column)
{
    int32_t pairs = w->kinds * w->kinds;
    int64_t found = loom_cells_near(cells, w->atoms.position + 3 * i, radius, s->near, s->room);
    assert(found <= s->room);
    memset(s->counts, 0, (size_t)pairs * sizeof *s->counts);
    for (int64_t k = 0; k < found; k++)
        if (csro_used(w, s->near[k])) csro_pool(w, s->near[k], s->counts);
    csro_alphas(w, s->counts, s->alpha);
    for (int32_t a = 0; a < w->kinds; a++)
        for (int32_t b = a; b < w->kinds; b++)
            column[loom_pair_kind(a, b, w->kinds)][i] =
                0.5 * (s->alpha[a * w->kinds + b] + s->alpha[b * w->kinds + a]);
}

static loom_status smooth(loom_call *call, const csro_work *w, double radius, double *const *column)
{
    enum { PART = 1 << 13 };
    const loom_host *h = call->host;
    int threads = h->threads(call);
    size_t pairs = (size_t)(w->kinds * w->kinds);
    loom_cells cells;
    int64_t most = 0;
    if (!loom_cells_build(call, w->atoms.position, w->atoms.n, radius, &cells))
        return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256) reduction(max : most)
    for (int64_t i = 0; i < w->atoms.n; i++) {
        int64_t n = loom_cells_near(&cells, w->atoms.position + 3 * i, radius, NULL, 0);
        most = n > most ? n : most;
    }
    int32_t *near = h->scratch(call, (size_t)(most * threads) * sizeof *near);
    int64_t *counts = h->scratch(call, pairs * (size_t)threads * sizeof *counts);
    double *alpha = h->scratch(call, pairs * (size_t)threads * sizeof *alpha);
    if (!near || !counts || !alpha) return LOOM_E_MEMORY;
    for (int64_t from = 0; from < w->atoms.n; from += PART) {
        int64_t to = from + PART < w->atoms.n ? from + PART : w->atoms.n;
        if (!h->progress(call, (double)from, (double)w->atoms.n)) return LOOM_E_CANCELLED;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 64)
        for (int64_t i = from; i < to; i++) {
            int t = omp_get_thread_num();
            scratch s = { near + most * t, most, counts + pairs * (size_t)t,
                          alpha + pairs * (size_t)t };
            if (csro_used(w, i)) smooth_atom(w, &cells, radius, i, &s, column);
        }
    }
    return LOOM_OK;
}

/* ---- what goes in ---------------------------------------------------------------------------- */

static loom_status choose_reference(loom_call *call, const params *p, csro_work *w)
{
    w->reference = *p->reference ? loom_symbols_find(w->atoms.symbols, p->reference) : 0;
    if (w->reference >= 0) return LOOM_OK;
    return call->host->fail(call, LOOM_E_PARAM, "reference",
                            "'%s' is not a symbol of these atoms; expected one of '%s'",
                            p->reference, w->atoms.symbols);
}

static loom_status choose_composition(loom_call *call, const params *p, csro_work *w)
{
    const loom_host *h = call->host;
    int64_t count[LOOM_SPECIES_MOST] = { 0 }, n = 0;
    double sum = 0;
    int present = 0;
    for (int64_t i = 0; i < w->atoms.n; i++)
        if (csro_used(w, i)) {
            count[w->atoms.species[i]]++;
            n++;
        }
    for (int32_t s = 0; s < w->kinds; s++) present += count[s] > 0;
    if (present < 2)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "the %lld atoms in use are all of one species; chemical order needs two, so "
                       "classify them first",
                       (long long)n);
    if (p->concentration.n && p->concentration.n != w->kinds)
        return h->fail(call, LOOM_E_PARAM, "concentration",
                       "%lld fractions given for %d symbols ('%s')", (long long)p->concentration.n,
                       w->kinds, w->atoms.symbols);
    for (int32_t s = 0; s < w->kinds; s++)
        sum += w->c[s] = p->concentration.n ? p->concentration.v[s] : (double)count[s] / (double)n;
    if (fabs(sum - 1) > 1e-3)
        return h->fail(call, LOOM_E_PARAM, "concentration",
                       "the fractions add up to %g, expected 1", sum);
    return LOOM_OK;
}

/* Names of the smoothed order parameters, csro_A_B for A not after B in `symbols`, each NAME bytes,
 * in the order of loom_pair_kind. */
static void name_smoothed(const csro_work *w, char (*names)[NAME])
{
    char a[16], b[16];
    for (int32_t i = 0; i < w->kinds; i++)
        for (int32_t j = i; j < w->kinds; j++) {
            loom_symbols_word(w->atoms.symbols, i, a);
            loom_symbols_word(w->atoms.symbols, j, b);
            snprintf(names[loom_pair_kind(i, j, w->kinds)], NAME, "csro_%s_%s", a, b);
        }
}

/* The output atoms with all columns of the input but those about to be made anew. */
static loom_status pass_atoms(loom_call *call, const csro_work *w, char (*names)[NAME],
                              int32_t smoothed, loom_value *out)
{
    static const char *const made[] = { "csro", "csro_p", "csro_defined" };
    enum { MADE = sizeof made / sizeof *made };
    const char **but = call->host->scratch(call, (size_t)(MADE + smoothed + 1) * sizeof *but);
    if (!but) return LOOM_E_MEMORY;
    for (int k = 0; k < MADE; k++) but[k] = made[k];
    for (int32_t k = 0; k < smoothed; k++) but[MADE + k] = names[k];
    but[MADE + smoothed] = NULL;
    return out && loom_atoms_pass(call, &w->atoms, but, out) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status add_smoothed(loom_call *call, csro_work *w, double radius, char (*names)[NAME],
                                int32_t smoothed, loom_value *out)
{
    const loom_host *h = call->host;
    double **column = h->scratch(call, (size_t)smoothed * sizeof *column);
    if (!column) return LOOM_E_MEMORY;
    for (int32_t k = 0; k < smoothed; k++)
        if (!(column[k] = loom_atoms_make(call, &w->atoms, out, names[k], LOOM_F64, 1, "")))
            return LOOM_E_MEMORY;
    return smooth(call, w, radius, column);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    csro_work w = { 0 };
    char word[16];
    double cutoff = p->cutoff;
    loom_status status = loom_atoms_read_where(call, "atoms", 2, p->where, &w.atoms);
    if (status != LOOM_OK) return status;
    w.kinds = w.atoms.kinds;
    if (p->interior
        && !(w.skip =
                 loom_atoms_column(call, &w.atoms, "surface", LOOM_U8, "structure.coordination")))
        return LOOM_E_DATA;
    if ((status = choose_reference(call, p, &w)) != LOOM_OK
        || (status = choose_composition(call, p, &w)) != LOOM_OK)
        return status;
    if ((status = csro_find_neighbours(call, &w, &cutoff)) != LOOM_OK) return status;
    int32_t smoothed = p->smoothing_radius > 0 ? w.kinds * (w.kinds + 1) / 2 : 0;
    char(*names)[NAME] = h->scratch(call, (size_t)(smoothed + 1) * sizeof *names);
    if (!names) return LOOM_E_MEMORY;
    if (smoothed) name_smoothed(&w, names);
    loom_value *out = h->output(call, "atoms");
    if ((status = pass_atoms(call, &w, names, smoothed, out)) != LOOM_OK) return status;
    double *csro = loom_atoms_make(call, &w.atoms, out, "csro", LOOM_F64, 1, ""),
           *fraction = loom_atoms_make(call, &w.atoms, out, "csro_p", LOOM_F64, 1, "");
    uint8_t *defined = loom_atoms_make(call, &w.atoms, out, "csro_defined", LOOM_U8, 1, "");
    if (!csro || !fraction || !defined) return LOOM_E_MEMORY;
    loom_symbols_word(w.atoms.symbols, w.reference, word);
    h->set_text(call, out, "csro_reference", word);
    h->set_number(call, out, "csro_concentration", w.c[w.reference], "");
    if (cutoff > 0) h->set_number(call, out, "csro_cutoff", cutoff, "angstrom");
    per_atom(&w, csro, fraction, defined);
    if (smoothed
        && (status = add_smoothed(call, &w, p->smoothing_radius, names, smoothed, out)) != LOOM_OK)
        return status;
    if ((status = csro_write_global(call, &w)) != LOOM_OK) return status;
    status = csro_write_means(call, &w, csro, fraction, defined);
    loom_atoms_spread(&w.atoms);
    return status;
}

static const loom_citation citations[] = {
    CITE_LI_2019, CITE_COWLEY_1950, CITE_MONIRI_2023, { 0 }
};

static const loom_op order_csro = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "order.csro",
    .summary = "Chemical short-range order parameters (Warren-Cowley) per atom, smoothed over a "
               "ball, and of the whole particle.",
    .method = "`alpha_ij = (p_ij - C_j) / (delta_ij - C_j)`: p_ij is the fraction of species j "
              "among the neighbours of a centre of "
              "species i, C_j the atomic fraction of j. **Per atom** (csro): p from the atom's own "
              "neighbours, as many as it has; "
              "alpha_rr for centres of the reference species r, -alpha_ir for all others. So "
              "positive means rich in the reference for "
              "every atom, but scales differ: up to `C/(1-C)` below zero for centres of r, 1 for "
              "the others. **Means** come in two "
              "forms: (a) csro as it is; (b) p averaged first, then put on the scale of the "
              "reference, `(p - C)/(1 - C)`. **Global**: "
              "neighbours counted together over all centres of a species. **Smoothed**: the same "
              "over all centres in a ball around the "
              "atom (itself included), then `(alpha_ij + alpha_ji) / 2`.",
    .citations = citations,
    .limits = "An atom without neighbours has csro_defined 0. The composition changes between "
              "stages when a particle ripens, so "
              "differences of csro mix composition and order: give the first stage's "
              "`concentration` to compare.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("order.csro", "1.0", "BSD-3-Clause", &order_csro);
