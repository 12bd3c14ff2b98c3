/* classify.flip - labels that differ between stages, decided by which one explains the images. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/pdf.h"
#include "kit/rng.h"
#include "kit/table.h"
#include "linear_images.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct params {
    double width, half_width;
    int32_t norm;
    int64_t max_sweeps, seed;
} params;
static const char *const norms[] = { "l1", "l2", NULL };
enum { L1, L2 };
static const loom_param param_table[] = {
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 10,
               .doc = "width (sigma) of an atom's image; 0: the one that suits the images best. "
                      "Not used where 'profiles' is connected"),
    LOOM_PARAM(params, half_width, .unit = "pixel", .def = 5, .min = 1, .max = LINEAR_MOST_REACH,
               .doc = "pixels as far as this from an atom decide about it"),
    LOOM_PARAM(params, norm, .choices = norms, .def = L1,
               .doc = "what is compared: the sum of absolute residuals, or of their squares"),
    LOOM_PARAM(params, max_sweeps, .def = 20, .min = 1, .max = 10000, .flags = LOOM_ADVANCED,
               .doc = "ends after so many rounds, if not before since no label changed"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 1e15, .flags = LOOM_ADVANCED,
               .doc = "of the order in which atoms are taken"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "atoms with a label each: one of `stages`, where these are connected", 0 },
    { "tilts", "tilt_series", "their aligned images, without background", 0 },
    { "stages", "atoms", "all stages in order of time, with labels", LOOM_LIST | LOOM_OPTIONAL },
    { "pairs", "pairs",
      "which atom of each stage is which of the next (structure.match), one fewer than stages",
      LOOM_LIST | LOOM_OPTIONAL },
    { "profiles", "table",
      "the image of one atom of each element, in the order of the symbols (simulate.atom_profile); "
      "not connected: a Gaussian",
      LOOM_LIST | LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms", "the atoms with their new species, and species_before", 0 },
    { "figures", "table",
      "one row: candidates (labels in doubt), changed, rounds, R-factor before and after, width, "
      "and the height of each element",
      0 },
    { 0 }
};

typedef struct flipping {
    linear_images m;
    const params *p;
    loom_atoms atoms;
    int64_t candidates, *candidate; /* atoms whose label is in doubt */
    linear_patch *patch;
    int64_t changed, rounds;
} flipping;

/* ---- which labels are in doubt --------------------------------------------------------------- */

static bool are_same_atoms(const loom_atoms *a, const loom_atoms *b)
{
    size_t bytes = (size_t)a->n * 3 * sizeof(double);
    return a->n == b->n && !memcmp(a->position, b->position, bytes);
}

/* The stages, and which of them `atoms` is. */
static loom_status read_stages(loom_call *call, const loom_atoms *atoms, int64_t stages,
                               loom_atoms *stage, int64_t *shown)
{
    *shown = -1;
    for (int64_t s = 0; s < stages; s++) {
        loom_status status = loom_atoms_read_at(call, "stages", s, 1, &stage[s]);
        if (status != LOOM_OK) return status;
        if (strcmp(stage[s].symbols, atoms->symbols))
            return call->host->fail(call, LOOM_E_DATA, "stages",
                                    "stage %lld has the symbols '%s', the atoms have '%s'; all "
                                    "need the same, in the same order",
                                    (long long)s, stage[s].symbols, atoms->symbols);
        if (*shown < 0 && are_same_atoms(&stage[s], atoms)) *shown = s;
    }
    if (*shown >= 0) return LOOM_OK;
    return call->host->fail(call, LOOM_E_DATA, "atoms",
                            "none of the %lld stages has the %lld atoms' positions; connect one "
                            "output to 'atoms' and, with [*], to 'stages'",
                            (long long)stages, (long long)atoms->n);
}

/* Marks the atoms of the stage whose partner in its neighbour has another label. `side` is the
 * column of the pairs that numbers its atoms. */
static loom_status mark_differing(loom_call *call, int64_t step, int side, const loom_atoms *own,
                                  const loom_atoms *other, uint8_t *doubt)
{
    const loom_array *pair = call->host->array(call->host->input(call, "pairs", step), "pair");
    if (!pair || pair->dtype != LOOM_I32 || pair->rank != 2 || pair->dim[1] != 2)
        return call->host->fail(call, LOOM_E_DATA, "pairs", "pairs %lld have no array pair[p][2]",
                                (long long)step);
    for (int64_t i = 0; i < pair->dim[0]; i++) {
        int64_t a = ((const int32_t *)pair->data)[2 * i + side],
                b = ((const int32_t *)pair->data)[2 * i + 1 - side];
        if (a < 0 || b < 0 || a >= own->n || b >= other->n)
            return call->host->fail(call, LOOM_E_DATA, "pairs",
                                    "pair %lld of step %lld names atoms %lld and %lld, but the "
                                    "stages have %lld and %lld; are the pairs of these stages, in "
                                    "order?",
                                    (long long)i, (long long)step, (long long)a, (long long)b,
                                    (long long)own->n, (long long)other->n);
        if (own->species[a] != other->species[b]) doubt[a] = 1;
    }
    return LOOM_OK;
}

static loom_status find_doubtful(loom_call *call, flipping *f)
{
    const loom_host *h = call->host;
    int64_t stages = h->input_count(call, "stages"), pairs = h->input_count(call, "pairs"), shown;
    uint8_t *doubt = h->scratch(call, (size_t)f->atoms.n);
    loom_atoms *stage = h->scratch(call, (size_t)(stages + 1) * sizeof *stage);
    f->candidate = h->scratch(call, (size_t)f->atoms.n * sizeof *f->candidate);
    if (!doubt || !stage || !f->candidate) return LOOM_E_MEMORY;
    memset(doubt, stages == 0, (size_t)f->atoms.n);
    if (stages == 1 || pairs != (stages ? stages - 1 : 0))
        return h->fail(call, LOOM_E_DATA, "pairs",
                       "%lld stages and %lld sets of pairs; expected two stages or more and the "
                       "pairs of each with the next, or neither: then every label is in doubt",
                       (long long)stages, (long long)pairs);
    if (stages > 0) {
        loom_status status = read_stages(call, &f->atoms, stages, stage, &shown);
        for (int64_t s = 0; status == LOOM_OK && s < pairs; s++)
            if (s == shown || s + 1 == shown)
                status = mark_differing(call, s, s != shown, stage + shown,
                                        stage + (s == shown ? s + 1 : s), doubt);
        if (status != LOOM_OK) return status;
    }
    for (int64_t i = 0; i < f->atoms.n; i++)
        if (doubt[i]) f->candidate[f->candidates++] = i;
    return LOOM_OK;
}

/* ---- decisions ------------------------------------------------------------------------------- */

/* By how much the change of a patch makes the residual's norm larger. */
static double worse_by(const linear_images *m, int64_t view, const linear_patch *p, int32_t norm)
{
    const float *change = p->change;
    double sum = 0;
    for (int64_t y = p->y0; y < p->y1; y++) {
        const float *r = m->residual + (view * m->ny + y) * m->nx;
        for (int64_t x = p->x0; x < p->x1; x++, change++) {
            double is = (double)r[x], would = is + (double)*change;
            sum += norm == L1 ? fabs(would) - fabs(is) : would * would - is * is;
        }
    }
    return sum;
}

static void apply(const linear_images *m, int64_t view, const linear_patch *p)
{
    const float *change = p->change;
    for (int64_t y = p->y0; y < p->y1; y++) {
        float *r = m->residual + (view * m->ny + y) * m->nx;
        for (int64_t x = p->x0; x < p->x1; x++) r[x] += *change++;
    }
}

/* The label that makes the residual around the atom smallest. */
static int32_t best_label(const flipping *f, int64_t atom)
{
    const linear_images *m = &f->m;
    int32_t best = m->label[atom];
    double least = 0;
    for (int32_t c = 0; c < m->atoms->kinds; c++) {
        if (c == m->label[atom] || !m->seen[c]) continue;
        double worse = 0;
        for (int64_t k = 0; k < m->nt; k++) {
            linear_change(m, k, atom, c, f->p->half_width, f->patch);
            worse += worse_by(m, k, f->patch, f->p->norm);
        }
        if (worse >= least) continue;
        least = worse;
        best = c;
    }
    return best;
}

/* Another label, with the residual brought up to date as far as the atom's image reaches. */
static void flip(flipping *f, int64_t atom, int32_t to)
{
    assert(to != f->m.label[atom]);
    for (int64_t k = 0; k < f->m.nt; k++) {
        linear_change(&f->m, k, atom, to, LINEAR_MOST_REACH, f->patch);
        apply(&f->m, k, f->patch);
    }
    f->m.label[atom] = to;
}

/* Round after round over the doubtful atoms, each time in another order drawn by lot, and with the
 * heights that the labels of the round before give: wrong labels bring heights nearer together. */
static loom_status decide(loom_call *call, flipping *f)
{
    const params *p = f->p;
    for (int64_t changes = 1; changes > 0 && f->rounds < p->max_sweeps; f->rounds++) {
        changes = 0;
        for (int64_t i = f->candidates - 1; i > 0; i--) {
            uint64_t draw = loom_random((uint64_t)p->seed, (uint64_t)f->rounds, (uint64_t)i);
            int64_t j = (int64_t)(draw % (uint64_t)(i + 1)), other = f->candidate[j];
            f->candidate[j] = f->candidate[i];
            f->candidate[i] = other;
        }
        for (int64_t i = 0; i < f->candidates; i++) {
            int32_t to = best_label(f, f->candidate[i]);
            if (to == f->m.label[f->candidate[i]]) continue;
            flip(f, f->candidate[i], to);
            changes++;
        }
        loom_status status = changes > 0 ? linear_fit_again(&f->m) : LOOM_OK;
        if (status != LOOM_OK) return status;
        if (!call->host->progress(call, (double)f->rounds, (double)p->max_sweeps))
            return LOOM_E_CANCELLED;
    }
    for (int64_t i = 0; i < f->atoms.n; i++) f->changed += f->m.label[i] != f->atoms.species[i];
    return LOOM_OK;
}

/* ---- output ---------------------------------------------------------------------------------- */

/* sum |model - images| / sum |images| */
static double r_factor(const linear_images *m)
{
    double off = 0, all = 0;
    for (int64_t i = 0; i < m->nt * m->ny * m->nx; i++) {
        off += fabs((double)m->residual[i]);
        all += fabs((double)m->images[i]);
    }
    return all > 0 ? off / all : 0;
}

static bool write_atoms(loom_call *call, const flipping *f)
{
    static const char *const made[] = { "species", "species_before", NULL };
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "atoms");
    if (!loom_atoms_pass(call, &f->atoms, made, out)) return false;
    int32_t *species = h->add_array(call, out, "species", LOOM_I32, 1, &f->atoms.n, NULL),
            *before = h->add_array(call, out, "species_before", LOOM_I32, 1, &f->atoms.n, NULL);
    if (!species || !before) return false;
    memcpy(species, f->m.label, (size_t)f->atoms.n * sizeof *species);
    memcpy(before, f->atoms.species, (size_t)f->atoms.n * sizeof *before);
    return true;
}

static bool write_figures(loom_call *call, const flipping *f, double before, double after)
{
    loom_value *table = call->host->output(call, "figures");
    const loom_figure row[] = {
        { .name = "candidates", .value = (double)f->candidates, .whole = true },
        { .name = "changed", .value = (double)f->changed, .whole = true },
        { .name = "rounds", .value = (double)f->rounds, .whole = true },
        { .name = "r_before", .value = before },
        { .name = "r_after", .value = after },
        { .name = "width", .unit = "angstrom", .value = f->m.width_A },
    };
    if (!loom_table_row(call, table, row, sizeof row / sizeof *row)) return false;
    for (int32_t c = 0; c < f->atoms.kinds; c++) {
        char word[16], name[32];
        loom_symbols_word(f->atoms.symbols, c, word);
        snprintf(name, sizeof name, "height_%s", word);
        if (!loom_table_row(call, table, &(loom_figure){ .name = name, .value = f->m.height[c] },
                            1))
            return false;
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    flipping f = { .p = param_struct };
    loom_status status = loom_atoms_read(call, "atoms", 2, &f.atoms);
    if (status == LOOM_OK) status = linear_read(call, &f.atoms, &f.m);
    if (status == LOOM_OK) status = find_doubtful(call, &f);
    if (status != LOOM_OK) return status;
    f.patch = call->host->scratch(call, sizeof *f.patch);
    if (!f.patch) return LOOM_E_MEMORY;
    if (call->host->input_count(call, "profiles") > 0) status = linear_profiles(&f.m);
    else if (!linear_gaussian(&f.m, f.p->width)) status = loom_stop(call);
    if (status == LOOM_OK) status = linear_fit(&f.m);
    if (status != LOOM_OK) return status;
    double before = r_factor(&f.m);
    if ((status = decide(call, &f)) != LOOM_OK) return status;
    return write_atoms(call, &f) && write_figures(call, &f, before, r_factor(&f.m)) ? LOOM_OK
                                                                                    : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_ZHOU_2019, { 0 } };

static const loom_op classify_flip = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "classify.flip",
    .summary = "Labels that differ between stages, each decided by which label explains the "
               "images better.",
    .method =
        "An image is the sum over atoms of one shape per element, times the element's height: a "
        "Gaussian whose width suits the images, or simulated profiles. Heights, and an offset per "
        "image, are fitted by least squares to the labels as they are, at first and after every "
        "round, never for a single atom.\n\n"
        "In doubt are the atoms whose partner in the stage before or after (structure.match) has "
        "another label; without stages, all. One after the other, in an order drawn by lot, each "
        "takes the label with which the residual within `half_width` pixels of it, over all "
        "images, is smallest; the residual is brought up to date at once. Rounds are repeated "
        "until no label changes. Each stage is judged by its own images and the labels that its "
        "neighbours came with.",
    .citations = citations,
    .limits = "Only labels that differ can change, so stages become more alike by construction; "
              "r_before and r_after say what the images gained. All atoms of an element have one "
              "height, so what dims atoms (depth, channelling) counts for the lighter "
              "element. Columns p_SYMBOL stay as they were. classify.stages uses all "
              "stages with probabilities.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.flip", "1.0", "BSD-3-Clause", &classify_flip);
