/* classify.local - species of atoms compared with the mean atoms of their surroundings. */
#include "kit/atoms.h"
#include "kit/cells.h"
#include "kit/citations.h"
#include "kit/table.h"
#include "profiles.h"
#include <assert.h>
#include <math.h>

enum { MOST_ROUNDS = 500, SAME_ROUNDS = 5 };
typedef struct params {
    profile_settings set;
    double reach;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, reach, .unit = "angstrom", .def = 10, .min = 1, .max = 1000,
               .doc = "atoms this near make the mean profiles that an atom is compared with"),
    PROFILE_PARAMS(params, 0),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "atoms with a first label each (classify.kmeans, .profile, .mixture)", 0 },
    { "volume", "volume", "density about them", 0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms", "the atoms with their new species, and species_before", 0 },
    { "classes", "table",
      "a row per element: count, count_before; attributes `changed` (atoms) and `rounds`", 0 },
    { 0 }
};

typedef struct local {
    loom_call *call;
    loom_atoms atoms;
    profiles p;
    loom_neighbours near;
    int32_t *label, *next;
    double *mean; /* [threads][kinds][length] */
    int threads, rounds;
} local;

/* The class of atom i by its surroundings' labels; a class that is not there cannot be taken, and
 * where none is, the label stays. */
static int32_t compare(const local *l, int64_t i, double *mean)
{
    assert(i >= 0 && i < l->atoms.n);
    int64_t count[LOOM_SPECIES_MOST], first = l->near.first[i];
    int32_t best = l->label[i];
    double least = INFINITY;
    profiles_mean(&l->p, l->atoms.kinds, l->label, l->near.list + first,
                  l->near.first[i + 1] - first, mean, count);
    for (int32_t k = 0; k < l->atoms.kinds; k++) {
        double d = count[k] > 0 ? profile_distance(profile_of(&l->p, i), mean + k * l->p.length,
                                                   l->p.length, true)
                                : INFINITY;
        if (d < least) {
            least = d;
            best = k;
        }
    }
    return best;
}

/* All atoms at once from the labels before; returns how many change. */
static int64_t relabel(local *l)
{
    int64_t changed = 0, each = l->atoms.kinds * l->p.length;
#pragma omp parallel for num_threads(l->threads) schedule(static) reduction(+ : changed)
    for (int worker = 0; worker < l->threads; worker++)
        for (int64_t i = worker; i < l->atoms.n; i += l->threads) {
            l->next[i] = compare(l, i, l->mean + worker * each);
            changed += l->next[i] != l->label[i];
        }
    memcpy(l->label, l->next, (size_t)l->atoms.n * sizeof *l->label);
    return changed;
}

/* Until nothing changes, or as many change back and forth in every round. */
static loom_status settle(local *l)
{
    int64_t before = -1;
    int same = 0;
    for (l->rounds = 1; l->rounds <= MOST_ROUNDS; l->rounds++) {
        int64_t changed = relabel(l);
        same = changed == before ? same + 1 : 1;
        before = changed;
        if (changed == 0 || same >= SAME_ROUNDS) break;
        if (!l->call->host->progress(l->call, l->rounds, MOST_ROUNDS)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status open_states(local *l, double reach)
{
    const loom_host *h = l->call->host;
    loom_cells cells;
    size_t n = (size_t)l->atoms.n;
    l->threads = h->threads(l->call);
    l->label = h->scratch(l->call, n * sizeof *l->label);
    l->next = h->scratch(l->call, n * sizeof *l->next);
    l->mean =
        h->scratch(l->call, (size_t)(l->threads * l->atoms.kinds * l->p.length) * sizeof *l->mean);
    if (!l->label || !l->next || !l->mean
        || !loom_cells_build(l->call, l->atoms.position, l->atoms.n, reach, &cells)
        || !loom_neighbours_build(l->call, &cells, reach, &l->near))
        return LOOM_E_MEMORY;
    memcpy(l->label, l->atoms.species, n * sizeof *l->label);
    return LOOM_OK;
}

static loom_status write(const local *l)
{
    static const char *const made[] = { "species", "species_before", NULL };
    const loom_host *h = l->call->host;
    loom_value *out = h->output(l->call, "atoms"), *table = h->output(l->call, "classes");
    int64_t n = l->atoms.n, changed = 0;
    if (!loom_atoms_pass(l->call, &l->atoms, made, out)) return LOOM_E_MEMORY;
    int32_t *species = h->add_array(l->call, out, "species", LOOM_I32, 1, &n, NULL),
            *before = h->add_array(l->call, out, "species_before", LOOM_I32, 1, &n, NULL);
    double *count = loom_table_column(l->call, table, "count", l->atoms.kinds, NULL),
           *count_before = loom_table_column(l->call, table, "count_before", l->atoms.kinds, NULL);
    if (!species || !before || !count || !count_before) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        species[i] = l->label[i];
        before[i] = l->atoms.species[i];
        count[species[i]]++;
        count_before[before[i]]++;
        changed += species[i] != before[i];
    }
    h->set_number(l->call, table, "changed", (double)changed, NULL);
    h->set_number(l->call, table, "rounds", l->rounds, NULL);
    h->note(l->call, "%lld of %lld labels changed in %d rounds", (long long)changed, (long long)n,
            l->rounds);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    local l = { .call = call };
    loom_status status = loom_atoms_read(call, "atoms", 1, &l.atoms);
    if (status == LOOM_OK) status = profiles_read(call, &p->set, &l.p);
    if (status == LOOM_OK) status = open_states(&l, p->reach);
    if (status == LOOM_OK) status = settle(&l);
    return status == LOOM_OK ? write(&l) : status;
}

static const loom_citation citations[] = { CITE_YANG_2017, { 0 } };

static const loom_op classify_local = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "classify.local",
    .summary = "Species of atoms compared with the mean atoms of their surroundings.",
    .method =
        "For every atom the mean profile of each element is made from the atoms within `reach`, "
        "the atom itself left out, and it takes the element whose mean is nearest in the sense of "
        "least squares. All atoms change at once; rounds go on until nothing changes, or as many "
        "have changed in each of five rounds. So what dims a whole region (the missing wedge, the "
        "surface) does not decide on elements.",
    .citations = citations,
    .limits = "An element that is rare in a region has a mean of few atoms there, and one that is "
              "absent cannot be found. No probabilities.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("classify.local", "1.0", "BSD-3-Clause", &classify_local);
