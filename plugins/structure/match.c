/* structure.match - which atom of one stage is which atom of the next. */
#include <atomloom/op.h>
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/linalg.h"
#include "kit/table.h"
#include "match.h"
#include <assert.h>
#include <stdio.h>

typedef struct params {
    double distance, reach, min_fraction;
    int32_t align;
    const char *where;
} params;
static const char *const aligns[] = { "lattice", "centroid", "none", NULL };
enum { LATTICE, CENTROID, NONE };
static const char *const old_min_fraction[] = { "least", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, align, .choices = aligns, .def = LATTICE,
               .doc = "how 'after' is brought onto 'before': by their fcc lattices; by their "
                      "centroids; not at all"),
    LOOM_PARAM(params, distance, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "a pair is closer than this; 0: half of r_valley of the table at 'pdf', else "
                      "of the atoms before"),
    LOOM_PARAM(params, reach, .unit = "r1", .def = 2, .min = 0, .max = 10, .flags = LOOM_ADVANCED,
               .doc =
                   "lattice translations up to this far from the centroids' difference are tried"),
    LOOM_PARAM(params, min_fraction, .renamed_from = old_min_fraction, .def = 0.3, .min = 0,
               .max = 1, .flags = LOOM_ADVANCED,
               .doc = "fails when a smaller fraction of the smaller stage finds a partner"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = { { "before", "atoms", "the earlier stage", 0 },
                                    { "after", "atoms", "the later stage, in any pose", 0 },
                                    { "pdf", "table", "from structure.pdf of the earlier stage",
                                      LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = {
    { "pairs", "pairs",
      "pair (number before, number after), distance, same (1 where the species agree), "
      "species_before, species_after, and depth_before, "
      "depth_after where known; attributes r11..r33, tx ty tz: x_before = R x_after + t",
      0 },
    { "table", "table",
      "one row: before, after, common, disappeared, new, consistent, inconsistent, migrated, their "
      "ratios, rms",
      0 },
    { "before", "atoms",
      "the earlier stage with partner (number after, or -1) and fate (0 consistent, 1 "
      "inconsistent, 2 disappeared, 3 new)",
      0 },
    { "after", "atoms", "the later stage, in the pose of the earlier one, with partner and fate",
      0 },
    { 0 }
};
enum { CONSISTENT, INCONSISTENT, DISAPPEARED, NEW, LEFT_OUT };

/* ---- pairs ----------------------------------------------------------------------------------- */

/* Mutual nearest neighbours within the distance: no atom has two partners. */
static loom_status find_pairs(loom_call *call, match *m, const loom_cells *before)
{
    const loom_host *h = call->host;
    int threads = h->threads(call);
    loom_cells after;
    for (int64_t i = 0; i < m->after.n; i++) {
        loom_apply3(m->r, m->after.position + 3 * i, m->moved + 3 * i);
        for (int k = 0; k < 3; k++) m->moved[3 * i + k] += m->t[k];
    }
    if (!loom_cells_build(call, m->moved, m->after.n, m->distance, &after)) return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < m->before.n; i++)
        m->partner[i] =
            (int32_t)loom_cells_nearest(&after, m->before.position + 3 * i, m->distance, NULL);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < m->after.n; i++)
        m->partner_of[i] = (int32_t)loom_cells_nearest(before, m->moved + 3 * i, m->distance, NULL);
    m->pairs = 0;
    double sum2 = 0;
    for (int64_t i = 0; i < m->before.n; i++) {
        int32_t j = m->partner[i];
        if (j < 0 || m->partner_of[j] != i) {
            m->partner[i] = -1;
            continue;
        }
        memcpy(m->x + 3 * m->pairs, m->after.position + 3 * (int64_t)j, 3 * sizeof *m->x);
        memcpy(m->y + 3 * m->pairs++, m->before.position + 3 * i, 3 * sizeof *m->y);
        for (int k = 0; k < 3; k++) {
            double d = m->moved[3 * (int64_t)j + k] - m->before.position[3 * i + k];
            sum2 += d * d;
        }
    }
    for (int64_t j = 0; j < m->after.n; j++)
        if (m->partner_of[j] >= 0 && m->partner[m->partner_of[j]] != j) m->partner_of[j] = -1;
    m->rms = m->pairs ? sqrt(sum2 / (double)m->pairs) : 0;
    h->release(call, after.start);
    h->release(call, after.index);
    return LOOM_OK;
}

static loom_status pair_up(loom_call *call, match *m, const params *p)
{
    enum { ROUNDS = 3 };
    loom_cells before;
    if (!loom_cells_build(call, m->before.position, m->before.n, m->distance, &before))
        return LOOM_E_MEMORY;
    for (int round = 0;; round++) {
        loom_status status = find_pairs(call, m, &before);
        if (status != LOOM_OK) return status;
        if (round == ROUNDS || p->align == NONE || m->pairs < 4) break;
        loom_rigid_fit(m->pairs, m->x, m->y, m->r, m->t);
    }
    int64_t smaller = m->before.n < m->after.n ? m->before.n : m->after.n;
    if (m->pairs && (double)m->pairs >= p->min_fraction * (double)smaller) return LOOM_OK;
    return call->host->fail(call, LOOM_E_DATA, "after",
                            "only %lld of %lld atoms find a partner within %.2f angstrom: the "
                            "stages share too few; check that they are of "
                            "one particle, and 'align'",
                            (long long)m->pairs, (long long)smaller, m->distance);
}

/* ---- outputs --------------------------------------------------------------------------------- */

static int fate_before(const match *m, int64_t i)
{
    assert(i >= 0 && i < m->before.n);
    int32_t j = m->partner[i];
    return j < 0                                         ? DISAPPEARED
           : m->before.species[i] == m->after.species[j] ? CONSISTENT
                                                         : INCONSISTENT;
}

static loom_status add_depths(loom_call *call, const match *m, loom_value *out, const char *name,
                              const loom_atoms *of, const int32_t *pair, int side)
{
    const void *data;
    loom_status status = loom_atoms_optional_column(call, of, "depth", LOOM_F64, &data);
    if (status || !data) return status;
    const double *depth = data;
    double *column = call->host->add_array(call, out, name, LOOM_F64, 1, &m->pairs, "angstrom");
    for (int64_t k = 0; column && k < m->pairs; k++) column[k] = depth[pair[2 * k + side]];
    return column ? LOOM_OK : LOOM_E_MEMORY;
}

static void set_motion(loom_call *call, const match *m, loom_value *v)
{
    char name[8];
    for (int k = 0; k < 9; k++) {
        snprintf(name, sizeof name, "r%d%d", k / 3 + 1, k % 3 + 1);
        call->host->set_number(call, v, name, m->r[k], "");
    }
    for (int k = 0; k < 3; k++)
        call->host->set_number(call, v, (const char *[]){ "tx", "ty", "tz" }[k], m->t[k],
                               "angstrom");
}

static loom_status write_pairs(loom_call *call, const match *m)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, "pairs");
    int32_t *pair = h->add_array(call, out, "pair", LOOM_I32, 2, (int64_t[]){ m->pairs, 2 }, "");
    double *distance = h->add_array(call, out, "distance", LOOM_F64, 1, &m->pairs, "angstrom");
    uint8_t *same = h->add_array(call, out, "same", LOOM_U8, 1, &m->pairs, "");
    int32_t *species[2] = { h->add_array(call, out, "species_before", LOOM_I32, 1, &m->pairs, ""),
                            h->add_array(call, out, "species_after", LOOM_I32, 1, &m->pairs, "") };
    if (!pair || !distance || !same || !species[0] || !species[1]) return LOOM_E_MEMORY;
    for (int64_t i = 0, k = 0; i < m->before.n; i++) {
        int32_t j = m->partner[i];
        if (j < 0) continue;
        double d2 = 0;
        for (int a = 0; a < 3; a++)
            d2 += (m->moved[3 * (int64_t)j + a] - m->before.position[3 * i + a])
                  * (m->moved[3 * (int64_t)j + a] - m->before.position[3 * i + a]);
        pair[2 * k] = (int32_t)i;
        pair[2 * k + 1] = j;
        distance[k] = sqrt(d2);
        species[0][k] = m->before.species[i];
        species[1][k] = m->after.species[j];
        same[k] = species[0][k] == species[1][k];
        k++;
    }
    set_motion(call, m, out);
    loom_status status = add_depths(call, m, out, "depth_before", &m->before, pair, 0);
    if (!status) status = add_depths(call, m, out, "depth_after", &m->after, pair, 1);
    for (int64_t k = 0; k < m->pairs; k++) { /* from here on, numbers among all atoms */
        pair[2 * k] = (int32_t)loom_atoms_number(&m->before, pair[2 * k]);
        pair[2 * k + 1] = (int32_t)loom_atoms_number(&m->after, pair[2 * k + 1]);
    }
    return status;
}

/* All atoms, in the pose of the earlier stage where `moves`. */
static double *write_positions(loom_call *call, const match *m, const loom_atoms *atoms, bool moves,
                               loom_value *out)
{
    const loom_array *from = call->host->array(atoms->value, "position");
    double *x = call->host->add_array(call, out, "position", LOOM_F64, 2, from->dim, "angstrom");
    for (int64_t i = 0; x && i < from->dim[0]; i++) {
        const double *at = (const double *)from->data + 3 * i;
        if (moves) loom_apply3(m->r, at, x + 3 * i);
        else memcpy(x + 3 * i, at, 3 * sizeof *x);
        for (int k = 0; moves && k < 3; k++) x[3 * i + k] += m->t[k];
    }
    return x;
}

/* Atoms that `where` leaves out have the fate `left out`. */
static void mark_left_out(loom_call *call, const loom_atoms *atoms, loom_value *out, int32_t *fate)
{
    const char *words = "consistent\ninconsistent\ndisappeared\nnew";
    int64_t all = call->host->array(atoms->value, "position")->dim[0];
    if (atoms->row) words = "consistent\ninconsistent\ndisappeared\nnew\nleft out";
    for (int64_t i = 0; atoms->row && i < all; i++) fate[i] = fate[i] < 0 ? LEFT_OUT : fate[i];
    call->host->set_text(call, out, "categories.fate", words);
}

static loom_status write_atoms(loom_call *call, const match *m, loom_atoms *atoms,
                               const loom_atoms *others, const int32_t *partner, int unmatched)
{
    static const char *const made[] = { "partner", "fate", "position", NULL };
    loom_value *out = call->host->output(call, atoms->port);
    if (!write_positions(call, m, atoms, unmatched == NEW, out)
        || !loom_atoms_pass(call, atoms, made, out))
        return LOOM_E_MEMORY;
    int32_t *other = loom_atoms_make(call, atoms, out, "partner", LOOM_I32, 1, ""),
            *fate = loom_atoms_make(call, atoms, out, "fate", LOOM_I32, 1, "");
    if (!other || !fate) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < atoms->n; i++) {
        other[i] = partner[i] < 0 ? -1 : (int32_t)loom_atoms_number(others, partner[i]);
        fate[i] = partner[i] < 0             ? unmatched
                  : unmatched == DISAPPEARED ? fate_before(m, i)
                                             : fate_before(m, partner[i]);
    }
    loom_atoms_spread(atoms);
    mark_left_out(call, atoms, out, fate);
    return LOOM_OK;
}

static loom_status write_table(loom_call *call, const match *m)
{
    const loom_host *h = call->host;
    double consistent = 0, common = (double)m->pairs, before = (double)m->before.n,
           after = (double)m->after.n;
    for (int64_t i = 0; i < m->before.n; i++) consistent += fate_before(m, i) == CONSISTENT;
    const loom_figure row[] = {
        { .name = "before", .value = before },
        { .name = "after", .value = after },
        { .name = "common", .value = common },
        { .name = "disappeared", .value = before - common },
        { .name = "new", .value = after - common },
        { .name = "consistent", .value = consistent },
        { .name = "inconsistent", .value = common - consistent },
        { .name = "migrated", .value = before - common + after - common + common - consistent },
        { .name = "common_of_before", .value = common / before },
        { .name = "common_of_after", .value = common / after },
        { .name = "consistency", .value = consistent / common },
        { .name = "rms", .unit = "angstrom", .value = m->rms },
        { .name = "distance", .unit = "angstrom", .value = m->distance },
    };
    loom_value *t = h->output(call, "table");
    if (!loom_table_row(call, t, row, sizeof row / sizeof *row)) return LOOM_E_MEMORY;
    for (int32_t s = 0; s < m->before.kinds; s++) { /* consistent_Pd and so on */
        char word[16], name[32];
        loom_symbols_word(m->before.symbols, s, word);
        snprintf(name, sizeof name, "consistent_%s", word);
        double *at = loom_table_column(call, t, name, 1, NULL);
        if (!at) return LOOM_E_MEMORY;
        for (int64_t i = 0; i < m->before.n; i++)
            *at += m->before.species[i] == s && fate_before(m, i) == CONSISTENT;
    }
    set_motion(call, m, t);
    return LOOM_OK;
}

static loom_status read_inputs(loom_call *call, const params *p, match *m, loom_shell *shell)
{
    const loom_host *h = call->host;
    int64_t least = p->align == LATTICE ? 13 : 1;
    loom_status status = loom_atoms_read_where(call, "before", least, p->where, &m->before);
    if (status != LOOM_OK
        || (status = loom_atoms_read_where(call, "after", least, p->where, &m->after)) != LOOM_OK)
        return status;
    if (strcmp(m->before.symbols, m->after.symbols))
        return h->fail(call, LOOM_E_DATA, "after",
                       "'before' has the symbols '%s', 'after' has '%s'; the two stages need the "
                       "same, in the same order",
                       m->before.symbols, m->after.symbols);
    if (p->align == LATTICE || p->distance == 0) {
        if ((status =
                 loom_first_shell(call, "pdf", "distance", m->before.position, m->before.n, shell))
            != LOOM_OK)
            return status;
    }
    m->distance = p->distance > 0 ? p->distance : shell->r_valley / 2;
    size_t most = (size_t)(m->before.n > m->after.n ? m->before.n : m->after.n);
    m->moved = h->scratch(call, (size_t)m->after.n * 3 * sizeof *m->moved);
    m->partner = h->scratch(call, (size_t)m->before.n * sizeof *m->partner);
    m->partner_of = h->scratch(call, (size_t)m->after.n * sizeof *m->partner_of);
    m->x = h->scratch(call, most * 3 * sizeof *m->x);
    m->y = h->scratch(call, most * 3 * sizeof *m->y);
    return m->moved && m->partner && m->partner_of && m->x && m->y ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    match m = { .r = { 1, 0, 0, 0, 1, 0, 0, 0, 1 } };
    loom_shell shell = { 0 };
    loom_status status = read_inputs(call, p, &m, &shell);
    if (status != LOOM_OK) return status;
    if (p->align == LATTICE && (status = match_lattices(call, &m, &shell, p->reach)) != LOOM_OK)
        return status;
    if (p->align == CENTROID) {
        double before[3], after[3];
        match_centroid(&m.before, before);
        match_centroid(&m.after, after);
        for (int k = 0; k < 3; k++) m.t[k] = before[k] - after[k];
    }
    if ((status = pair_up(call, &m, p)) != LOOM_OK || (status = write_pairs(call, &m)) != LOOM_OK
        || (status = write_table(call, &m)) != LOOM_OK)
        return status;
    status = write_atoms(call, &m, &m.before, &m.after, m.partner, DISAPPEARED);
    return status ? status : write_atoms(call, &m, &m.after, &m.before, m.partner_of, NEW);
}

static const loom_citation citations[] = { CITE_ZHOU_2019, CITE_LI_2023, { 0 } };

static const loom_op structure_match = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.match",
    .summary = "Pairs the atoms of two stages of one particle, in any pose: common, disappeared, "
               "new, consistent, inconsistent, "
               "migrated.",
    .method = "With `align: lattice` an fcc lattice is fitted to both stages. It leaves open which "
              "of the 24 equal orientations is right, and by how many lattice sites the stages are "
              "shifted. All translations within `reach` of the difference of the centroids are "
              "tried in all orientations. The mapping is taken that has the most shared sites plus "
              "shared sites of the same element. Three rounds of a rigid least-squares fit on the "
              "pairs follow.\n\n"
              "A pair is two atoms that are each other's nearest within `distance`, so no atom is "
              "used twice.\n\n"
              "`common` counts pairs, `disappeared` and `new` the atoms of the earlier and the "
              "later stage without a partner, `consistent` and `inconsistent` the pairs with the "
              "same and with another element; migrated = disappeared + new + inconsistent.",
    .citations = citations,
    .limits =
        "A particle that looks the same after a rotation, in shape and in elements, can be "
        "paired in any of its equal poses. Wrong labels count as inconsistent: even where "
        "nothing moved, about twice the label error of one stage. Particles without fcc order "
        "need `align: centroid` and poses that agree to a fraction of `distance`.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.match", "1.0", "BSD-3-Clause", &structure_match);
