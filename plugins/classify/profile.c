/* classify.profile - species of atoms by k-means of the density about them, with a class for peaks
 * that are no atoms. */
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/table.h"
#include "profiles.h"
#include <math.h>
#include <stdio.h>
#include <assert.h>

enum { MOST_CLASSES = 16, MOST_ROUNDS = 500 };
typedef struct params {
    int64_t classes;
    profile_settings set;
    loom_strings symbols;
    bool non_atoms;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, classes, .def = 2, .min = 1, .max = MOST_CLASSES - 1,
               .doc = "number of elements"),
    LOOM_PARAM(params, symbols,
               .doc = "chemical symbols of the classes, dimmest first; empty: A, B, C, ..."),
    LOOM_PARAM(params, non_atoms,
               .doc = "one class more, whose mean profile is zero everywhere: peaks that are no "
                      "atoms, which are dropped"),
    PROFILE_PARAMS(params, 1),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "positions to classify", 0 },
    { "volume", "volume", "density about them", 0 },
    { "support", "mask",
      "with non_atoms: peaks inside are atoms whatever their profile, peaks outside are none; on "
      "the grid of the volume",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms", "the atoms with their class as species and the column `intensity`", 0 },
    { "classes", "table",
      "a row per class, dimmest first (with non_atoms its own first): count, mean intensity; "
      "attribute `rounds`",
      0 },
    { 0 }
};

typedef struct classes {
    loom_call *call;
    profiles p;
    int64_t k; /* with the one of no atoms */
    bool pinned;
    int32_t *label;
    double *mean;
    int64_t count[MOST_CLASSES];
    const loom_array *support;
    int rounds;
} classes;

/* Equal widths of the range of sums. */
static void start(classes *c)
{
    assert(c->k >= 1 && c->p.n >= c->k);
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < c->p.n; i++) {
        low = fmin(low, c->p.sum[i]);
        high = fmax(high, c->p.sum[i]);
    }
    for (int64_t i = 0; i < c->p.n; i++) {
        double at = high > low ? (c->p.sum[i] - low) / (high - low) * (double)c->k : 0;
        c->label[i] = (int32_t)fmin((double)c->k - 1, floor(at));
    }
}

/* Nearest mean profile by sums of |difference|; ties go to the lower class. */
static bool relabel(classes *c, int threads)
{
    int64_t changed = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : changed)
    for (int64_t i = 0; i < c->p.n; i++) {
        int32_t best = 0;
        double least = INFINITY;
        for (int32_t k = 0; k < c->k; k++) {
            if (c->count[k] == 0 && !(c->pinned && k == 0)) continue;
            double d = profile_distance(profile_of(&c->p, i), c->mean + k * c->p.length,
                                        c->p.length, false);
            if (d < least) {
                least = d;
                best = k;
            }
        }
        changed += best != c->label[i];
        c->label[i] = best;
    }
    return changed > 0;
}

static loom_status settle(classes *c)
{
    int threads = c->call->host->threads(c->call);
    start(c);
    for (c->rounds = 1; c->rounds <= MOST_ROUNDS; c->rounds++) {
        profiles_mean(&c->p, c->k, c->label, NULL, c->p.n, c->mean, c->count);
        if (c->pinned) memset(c->mean, 0, (size_t)c->p.length * sizeof *c->mean);
        if (!relabel(c, threads)) return LOOM_OK;
        if (!c->call->host->progress(c->call, c->rounds, MOST_ROUNDS)) return LOOM_E_CANCELLED;
    }
    c->call->host->warn(c->call, "classes",
                        "labels still change after %d rounds: the classes do not separate",
                        MOST_ROUNDS);
    return LOOM_OK;
}

/* Inside the support a peak is an atom, outside it is none. */
static loom_status use_support(classes *c)
{
    const loom_host *h = c->call->host;
    if (!c->pinned || !h->input(c->call, "support", 0)) return LOOM_OK;
    const loom_array *density = loom_need(c->call, "volume", "density"),
                     *mask = loom_need(c->call, "support", "mask"),
                     *position = loom_need(c->call, "atoms", "position"),
                     *origin = h->array(h->input(c->call, "volume", 0), "origin");
    double voxel;
    if (!mask || !loom_need_same_grid(c->call, "support", mask, "the volume", density->dim)
        || !loom_need_number(c->call, "volume", "voxel_size", &voxel))
        return LOOM_E_DATA;
    for (int64_t i = 0; i < c->p.n; i++) {
        int64_t at = 0;
        bool inside = true;
        for (int k = 2; k >= 0; k--) {
            const double *x = (const double *)position->data + 3 * i;
            double centre = origin ? ((const double *)origin->data)[k] : 0;
            int64_t n = density->dim[2 - k];
            double v = floor((x[k] - centre) / voxel + (double)(n / 2) + 0.5);
            inside = inside && v >= 0 && v < (double)n;
            at = inside ? at * n + (int64_t)v : 0;
        }
        inside = inside && ((const uint8_t *)mask->data)[at];
        c->label[i] = !inside ? 0 : c->label[i] > 0 ? c->label[i] : 1;
    }
    return LOOM_OK;
}

static bool write_classes(classes *c)
{
    const loom_host *h = c->call->host;
    loom_value *out = h->output(c->call, "classes");
    double *count = loom_table_column(c->call, out, "count", c->k, NULL),
           *mean = loom_table_column(c->call, out, "mean", c->k, NULL);
    if (!count || !mean) return false;
    for (int64_t i = 0; i < c->p.n; i++) {
        assert(c->label[i] >= 0 && c->label[i] < c->k);
        count[c->label[i]]++;
        mean[c->label[i]] += c->p.sum[i];
    }
    for (int64_t k = 0; k < c->k; k++) mean[k] = count[k] > 0 ? mean[k] / count[k] : 0;
    h->set_number(c->call, out, "rounds", c->rounds, NULL);
    return true;
}

static loom_status write_atoms(const classes *c, const char *symbols)
{
    static const char *const made[] = { "species", "intensity", "symbols", NULL };
    const loom_host *h = c->call->host;
    loom_value *out = h->output(c->call, "atoms");
    int64_t kept = 0, *keep = h->scratch(c->call, (size_t)(c->p.n + 1) * sizeof *keep);
    if (!keep) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < c->p.n; i++)
        if (!c->pinned || c->label[i] > 0) keep[kept++] = i;
    if (!loom_pass_rest_as(c->call, h->input(c->call, "atoms", 0), out,
                           (loom_rest){ .but = made, .row = keep, .rows = kept }))
        return LOOM_E_MEMORY;
    int32_t *species = h->add_array(c->call, out, "species", LOOM_I32, 1, &kept, NULL);
    double *intensity = h->add_array(c->call, out, "intensity", LOOM_F64, 1, &kept, NULL);
    if (!species || !intensity) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < kept; i++) {
        species[i] = c->label[keep[i]] - c->pinned;
        assert(species[i] >= 0);
        intensity[i] = c->p.sum[keep[i]];
    }
    h->set_text(c->call, out, "symbols", symbols);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    char symbols[MOST_CLASSES * 17];
    if (p->symbols.n && p->symbols.n != p->classes)
        return h->fail(call, LOOM_E_PARAM, "symbols",
                       "'symbols' has %lld entries for %lld classes; list one for each, dimmest "
                       "first",
                       (long long)p->symbols.n, (long long)p->classes);
    if (!loom_symbols_read(call, "symbols", &p->symbols, symbols, sizeof symbols))
        return LOOM_E_PARAM;
    for (int64_t k = 0, at = 0; !p->symbols.n && k < p->classes; k++)
        at += snprintf(symbols + at, 3, "%s%c", k ? " " : "", (char)('A' + k));
    classes c = { .call = call, .k = p->classes + p->non_atoms, .pinned = p->non_atoms };
    loom_status status = profiles_read(call, &p->set, &c.p);
    if (status != LOOM_OK) return status;
    if (c.p.n < c.k)
        return h->fail(call, LOOM_E_DATA, "atoms", "%lld atoms cannot be %lld classes",
                       (long long)c.p.n, (long long)c.k);
    c.label = h->scratch(call, (size_t)(c.p.n + 1) * sizeof *c.label);
    c.mean = h->scratch(call, (size_t)(c.k * c.p.length) * sizeof *c.mean);
    if (!c.label || !c.mean) return LOOM_E_MEMORY;
    status = settle(&c);
    if (status == LOOM_OK) status = use_support(&c);
    if (status != LOOM_OK) return status;
    return write_classes(&c) ? write_atoms(&c, symbols) : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_YANG_2017, CITE_YANG_2021, { 0 } };

static const loom_op classify_profile = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "classify.profile",
    .summary = "Species of atoms by k-means of the density about them (averaged profiles).",
    .method =
        "The profile of an atom is the density on a lattice of points centred on its sub-voxel "
        "position. Start: equal widths of the range of sums. Then, in turn, the mean profile of "
        "every class, and for every atom the class whose mean is nearest by the sum of "
        "|difference|, until no label changes. With `non_atoms` the lowest class has a mean that "
        "stays zero: a peak nearer to nothing than to the mean of the dimmest atoms is not an atom "
        "and is dropped, unless `support` knows better.",
    .citations = citations,
    .limits = "A local optimum from one start; no probabilities (classify.mixture has them). One "
              "mean for the whole particle (classify.local has one for each place).",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.profile", "1.0", "BSD-3-Clause", &classify_profile);
