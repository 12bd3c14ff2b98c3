/* compare.atoms - found atoms against the truth: how many, how far off, which species. */
#include <atomloom/op.h>
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/table.h"
#include "pairing.h"
#include <assert.h>
#include <stdio.h>

typedef struct params {
    double cutoff;
    int32_t align, orientation;
} params;
static const char *const aligns[] = { "translation", "none", NULL }, *const orientations[] = {
    "fixed", "search", NULL
};
enum { TRANSLATION, NONE, FIXED = 0, SEARCH };
static const loom_param param_table[] = {
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0.9, .min = 1e-3, .max = 10,
               .doc = "a found atom farther than this from every atom of the truth is false; less "
                      "than half a bond length"),
    LOOM_PARAM(params, align, .choices = aligns,
               .doc = "move the found atoms as a whole onto the truth first, or take positions "
                      "as they are"),
    LOOM_PARAM(params, orientation, .choices = orientations,
               .doc = "search: try the 48 exchanges and flips of the axes, for truths in "
                      "another convention, and keep the one that matches most"),
    { 0 }
};
static const loom_port inputs[] = { { "found", "atoms", "atoms to judge", 0 },
                                    { "truth", "atoms", "where the atoms are", 0 },
                                    { 0 } };
static const loom_port outputs[] = {
    { "table", "table",
      "one row: counts, recall, precision, rmsd one-to-one and as published, share of matched "
      "atoms "
      "with the right element (where the truth has a column `surface`, of structure.coordination, "
      "also in the bulk and at the surface), shift, orientation",
      0 },
    { "pairs", "pairs", "one-to-one matches: index in found, index in truth; distance", 0 },
    { 0 }
};

/* found axis k becomes sign[k] * found[axis[k]] */
typedef struct frame {
    int axis[3];
    double sign[3];
} frame;

typedef struct score {
    /* found atoms within the cutoff of a truth atom; truth atoms so reached */
    int64_t near, distinct;
    double rmsd_A;   /* the published figure */
    double shift[3]; /* added to the found atoms after means are removed */
} score;

typedef struct comparison {
    loom_call *call;
    const params *p;
    int64_t n_found, n_truth;
    const double *found_raw;
    double *found, *truth; /* means removed; found in the frame under test */
    double found_mean[3], truth_mean[3];
    loom_cells cells; /* of truth */
    uint8_t *taken;   /* [n_truth] */
    pairing pairs;
} comparison;

/* ---- the published way: nearest truth atom, not one-to-one ----------------------------------- */

static void remove_mean(const double *src, int64_t n, const frame *f, double *restrict dst,
                        double mean[3])
{
    assert(n >= 0 && src != dst);
    for (int k = 0; k < 3; k++) {
        mean[k] = 0;
        for (int64_t i = 0; i < n; i++) mean[k] += f->sign[k] * src[3 * i + f->axis[k]] / (double)n;
        for (int64_t i = 0; i < n; i++)
            dst[3 * i + k] = f->sign[k] * src[3 * i + f->axis[k]] - mean[k];
    }
}

/* One round with the shift as it is: mean difference of the pairs within the cutoff, and the rmsd
 * about it. */
static void round_of_pairs(const comparison *c, score *s, double mean[3])
{
    double sum[3] = { 0 }, square[3] = { 0 };
    memset(c->taken, 0, (size_t)c->n_truth);
    s->near = s->distinct = 0;
    for (int64_t i = 0; i < c->n_found; i++) {
        const double *x = c->found + 3 * i,
                     at[3] = { x[0] + s->shift[0], x[1] + s->shift[1], x[2] + s->shift[2] };
        int64_t j = loom_cells_nearest(&c->cells, at, c->p->cutoff, NULL);
        if (j < 0) continue;
        s->near++;
        s->distinct += !c->taken[j];
        c->taken[j] = 1;
        for (int k = 0; k < 3; k++) {
            double d = c->truth[3 * j + k] - at[k];
            sum[k] += d;
            square[k] += d * d;
        }
    }
    double m = (double)s->near, variance = 0;
    for (int k = 0; k < 3; k++) {
        mean[k] = s->near ? sum[k] / m : 0;
        if (s->near > 1) variance += fmax(0, square[k] - sum[k] * mean[k]) / (m - 1);
    }
    s->rmsd_A = sqrt(variance);
}

/* Shifts by the mean difference until it moves by less than 1e-4 angstrom. */
static score published(const comparison *c, int rounds)
{
    assert(rounds > 0);
    score s = { 0 };
    for (int i = 0; i < rounds; i++) {
        double mean[3];
        round_of_pairs(c, &s, mean);
        for (int k = 0; k < 3; k++) s.shift[k] += mean[k];
        if (fabs(mean[0]) + fabs(mean[1]) + fabs(mean[2]) < 1e-4) break;
    }
    return s;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static frame frame_of(int index)
{
    assert(index >= 0);
    static const int axes[6][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 0, 2, 1 },
                                    { 2, 1, 0 }, { 1, 2, 0 }, { 2, 0, 1 } };
    frame f;
    for (int k = 0; k < 3; k++) {
        f.axis[k] = axes[index / 8][k];
        f.sign[k] = index >> k & 1 ? -1 : 1;
    }
    return f;
}

/* The frame of most matches, then of the least rmsd; the first of equals. */
static bool best_frame(comparison *c, frame *out)
{
    enum { ROUNDS = 30 };
    score best = { .distinct = -1 };
    *out = frame_of(0);
    for (int i = 0; c->p->orientation == SEARCH && i < 48; i++) {
        frame f = frame_of(i);
        remove_mean(c->found_raw, c->n_found, &f, c->found, c->found_mean);
        score s = published(c, ROUNDS);
        if (s.distinct > best.distinct || (s.distinct == best.distinct && s.rmsd_A < best.rmsd_A)) {
            best = s;
            *out = f;
        }
        if (!c->call->host->progress(c->call, i, 48)) return false;
    }
    return true;
}

/* ---- one-to-one ------------------------------------------------------------------------------ */

/* Of the one-to-one pairs: about their mean difference where the sets were aligned, else as the
 * positions are. */
static double rmsd_of_matches(const comparison *c, const double offset[3])
{
    assert(c->pairs.n >= 0);
    double sum[3] = { 0 }, square = 0, m = (double)c->pairs.n;
    for (int64_t i = 0; i < c->pairs.n; i++)
        for (int k = 0; k < 3; k++) {
            double d = c->truth[3 * c->pairs.match[i].truth + k]
                       - c->found[3 * c->pairs.match[i].found + k] - offset[k];
            sum[k] += d;
            square += d * d;
        }
    if (c->p->align == NONE) return sqrt(square / m);
    return sqrt(fmax(0, square - (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]) / m)
                / (m - 1));
}

/* Whether found atom i and truth atom k carry the same symbol. */
static bool same_symbol(const comparison *c, int32_t i, int32_t k)
{
    assert(i >= 0 && k >= 0);
    const loom_host *h = c->call->host;
    const loom_value *found = h->input(c->call, "found", 0), *truth = h->input(c->call, "truth", 0);
    int32_t a = ((const int32_t *)h->array(found, "species")->data)[i],
            b = ((const int32_t *)h->array(truth, "species")->data)[k];
    char word[2][16];
    return loom_symbols_word(h->text(found, "symbols"), a, word[0])
           && loom_symbols_word(h->text(truth, "symbols"), b, word[1]) && !strcmp(word[0], word[1]);
}

static bool share_symbols(const comparison *c)
{
    const loom_host *h = c->call->host;
    const char *found = h->text(h->input(c->call, "found", 0), "symbols"),
               *truth = h->text(h->input(c->call, "truth", 0), "symbols");
    char word[2][16];
    for (int i = 0; loom_symbols_word(found, i, word[0]); i++)
        for (int k = 0; loom_symbols_word(truth, k, word[1]); k++)
            if (!strcmp(word[0], word[1])) return true;
    return false;
}

/* Shares of matched atoms with the same symbol: of all, and of those that the truth has in the bulk
 * and at the surface. -1 where there are none, or it does not say. */
typedef struct agreement {
    double all, bulk, surface;
} agreement;

static agreement species_agreement(const comparison *c)
{
    const loom_host *h = c->call->host;
    const loom_array *a = h->array(h->input(c->call, "truth", 0), "surface");
    const uint8_t *surface = loom_is_column(a, LOOM_U8, c->n_truth) ? a->data : NULL;
    int64_t equal[2] = { 0 }, count[2] = { 0 };
    if (!c->pairs.n || !share_symbols(c)) return (agreement){ -1, -1, -1 };
    for (int64_t i = 0; i < c->pairs.n; i++) {
        bool outside = surface && surface[c->pairs.match[i].truth];
        count[outside]++;
        equal[outside] += same_symbol(c, c->pairs.match[i].found, c->pairs.match[i].truth);
    }
    return (agreement){ (double)(equal[0] + equal[1]) / (double)c->pairs.n,
                        surface && count[0] ? (double)equal[0] / (double)count[0] : -1,
                        surface && count[1] ? (double)equal[1] / (double)count[1] : -1 };
}

/* ---- what comes out -------------------------------------------------------------------------- */

typedef struct figures {
    loom_figure row[17];
    int n;
} figures;

static void add(figures *f, bool there, const char *name, const char *unit, double value)
{
    assert(f->n < (int)(sizeof f->row / sizeof *f->row));
    if (there) f->row[f->n++] = (loom_figure){ .name = name, .unit = unit, .value = value };
}

static void add_count(figures *f, const char *name, int64_t value)
{
    add(f, true, name, NULL, (double)value);
    f->row[f->n - 1].whole = true;
}

/* Figures that need a match, or labels, are there only where these are. */
static figures measure(const comparison *c, const score *s, const double offset[3])
{
    static const char *const names[3] = { "shift_x", "shift_y", "shift_z" };
    agreement right = species_agreement(c);
    double matched = (double)c->pairs.n;
    figures f = { .n = 0 };
    add_count(&f, "truth", c->n_truth);
    add_count(&f, "found", c->n_found);
    add_count(&f, "matched", c->pairs.n);
    add_count(&f, "false", c->n_found - c->pairs.n);
    add_count(&f, "missed", c->n_truth - c->pairs.n);
    add(&f, true, "recall", NULL, matched / (double)c->n_truth);
    add(&f, true, "precision", NULL, c->n_found ? matched / (double)c->n_found : 0);
    add(&f, c->pairs.n > 1, "rmsd_pm", "pm", 100 * rmsd_of_matches(c, offset));
    add_count(&f, "matched_published", s->distinct);
    add(&f, s->near > 1, "rmsd_published_pm", "pm", 100 * s->rmsd_A);
    add(&f, right.all >= 0, "species_agreement", NULL, right.all);
    add(&f, right.bulk >= 0, "species_bulk", NULL, right.bulk);
    add(&f, right.surface >= 0, "species_surface", NULL, right.surface);
    for (int k = 0; k < 3; k++)
        add(&f, true, names[k], "angstrom", c->truth_mean[k] - c->found_mean[k] + offset[k]);
    add_count(&f, "orientation", 0);
    return f;
}

static bool write_table(const comparison *c, const score *s, const frame *f, const double offset[3])
{
    loom_call *call = c->call;
    loom_value *t = call->host->output(call, "table");
    figures figure = measure(c, s, offset);
    char text[16];
    if (!t || !loom_table_row(call, t, figure.row, figure.n)) return false;
    snprintf(text, sizeof text, "%c%c %c%c %c%c", f->sign[0] < 0 ? '-' : '+', "xyz"[f->axis[0]],
             f -> sign[1] < 0 ? '-' : '+', "xyz"[f->axis[1]], f -> sign[2] < 0 ? '-' : '+',
             "xyz"[f->axis[2]]);
    call->host->set_text(call, t, "categories.orientation", text);
    return true;
}

static bool write_pairs(const comparison *c)
{
    loom_call *call = c->call;
    loom_value *v = call->host->output(call, "pairs");
    int32_t *pair =
        call->host->add_array(call, v, "pair", LOOM_I32, 2, (int64_t[]){ c->pairs.n, 2 }, NULL);
    double *distance =
        call->host->add_array(call, v, "distance", LOOM_F64, 1, &c->pairs.n, "angstrom");
    if (!pair || !distance) return false;
    for (int64_t i = 0; i < c->pairs.n; i++) {
        pair[2 * i] = c->pairs.match[i].found;
        pair[2 * i + 1] = c->pairs.match[i].truth;
        distance[i] = c->pairs.match[i].distance;
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const loom_array *found = loom_need(call, "found", "position"),
                     *truth = loom_need(call, "truth", "position");
    comparison c = { .call = call, .p = param_struct };
    if (!found || !truth || !loom_need_finite(call, "found", found)
        || !loom_need_finite(call, "truth", truth))
        return LOOM_E_DATA;
    c.n_found = found->dim[0];
    c.n_truth = truth->dim[0];
    c.found_raw = found->data;
    if (!c.n_truth) return h->fail(call, LOOM_E_DATA, "truth", "the truth holds no atoms");
    c.found = h->scratch(call, sizeof *c.found * (size_t)(3 * c.n_found + 1));
    c.truth = h->scratch(call, sizeof *c.truth * (size_t)(3 * c.n_truth));
    c.taken = h->scratch(call, (size_t)c.n_truth);
    if (!c.found || !c.truth || !c.taken) return LOOM_E_MEMORY;
    frame plain = frame_of(0), f;
    remove_mean(truth->data, c.n_truth, &plain, c.truth, c.truth_mean);
    if (!loom_cells_build(call, c.truth, c.n_truth, c.p->cutoff, &c.cells)) return LOOM_E_MEMORY;
    if (!best_frame(&c, &f)) return LOOM_E_CANCELLED;
    remove_mean(c.found_raw, c.n_found, &f, c.found, c.found_mean);
    score s = published(&c, 300);
    double offset[3];
    for (int k = 0; k < 3; k++)
        offset[k] = c.p->align == TRANSLATION ? s.shift[k] : c.found_mean[k] - c.truth_mean[k];
    c.pairs = (pairing){ .found = c.found,
                         .n_found = c.n_found,
                         .truth = c.truth,
                         .n_truth = c.n_truth,
                         .cells = &c.cells };
    if (!pairing_make(call, c.p->cutoff, offset, &c.pairs)) return LOOM_E_MEMORY;
    if (!c.pairs.n)
        h->warn(call, "found",
                "none of the %lld atoms found lies within %g angstrom of one of the %lld of the "
                "truth: are both in angstrom, and in one orientation ('orientation: search')?",
                (long long)c.n_found, c.p->cutoff, (long long)c.n_truth);
    return write_table(&c, &s, &f, offset) && write_pairs(&c) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_YANG_2021, { 0 } };

static const loom_op compare_atoms = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "compare.atoms",
    .summary = "Found atoms against the truth: how many, how far off, which species.",
    .method = "Two ways side by side. **As published**: the means of both sets are removed, each "
              "found atom takes the nearest atom of the "
              "truth within `cutoff`, the found atoms are shifted by the mean "
              "difference until it moves by less than 1e-4 angstrom, and `rmsd_published_pm` is "
              "the root of the summed sample variances (n "
              "- 1) of the differences; several found atoms may share one atom of the truth, "
              "`matched_published` counts the different ones. **One-to-one**: of all pairs within "
              "`cutoff` the closest is matched first and "
              "both atoms are used up; `matched`, `false`, `missed`, `recall`, `precision` and "
              "`rmsd_pm` belong to these pairs (with `align: none` the rmsd keeps the offset of "
              "the two sets, otherwise the mean difference "
              "is removed). `species_agreement` is the share of matched atoms with the same "
              "symbol, given where the two sets share symbols. `shift_x`, `shift_y`, `shift_z` is "
              "what was added to the found atoms, in the "
              "orientation named. Fewer than two matches have no rmsd.",
    .citations = citations,
    .limits =
        "No rotation other than exchanges and flips of axes (which include mirror images). "
        "Matching the closest pairs first is not "
        "always the matching of most pairs; with a cutoff below half a bond length the two agree.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("compare.atoms", "1.0", "BSD-3-Clause", &compare_atoms);
