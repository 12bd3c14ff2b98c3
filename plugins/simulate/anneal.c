/* simulate.anneal - stages of annealing with a diffusion coefficient that is known exactly, and the
 * truth about every site. */
#include "crystal.h"
#include "kit/check.h"
#include "kit/poisson.h"
#include <assert.h>

typedef struct params {
    loom_reals schedule;
    double minutes, diffusion, segregation, temperature, hop;
    int64_t flatten;
    double bond_energy;
    loom_reals ripening;
    double ripening_shell, euler_spread, translation_spread;
    int64_t seed;
} params;

static const loom_param param_table[] = {
    LOOM_PARAM(
        params, schedule, .unit = "minute", .text = "0, 30, 60, 120", .min = 0, .max = 1e9,
        .doc =
            "annealing time of every stage, cumulative, ascending; the first stage is the input"),
    LOOM_PARAM(params, minutes, .unit = "minute", .def = 120, .min = 0, .max = 1e9,
               .doc = "the stage to give: one of the schedule's times"),
    LOOM_PARAM(params, diffusion, .unit = "m^2/second", .def = 8e-24, .min = 0, .max = 1e-12,
               .doc = "diffusion coefficient D of the exchange of neighbours"),
    LOOM_PARAM(params, segregation, .unit = "eV", .def = 0, .min = -5, .max = 5,
               .doc = "energy that a core atom gains at the surface (fewer than 12 neighbours); "
                      "not 0: D is nominal only"),
    LOOM_PARAM(params, temperature, .unit = "kelvin", .def = 673.15, .min = 1, .max = 5000,
               .doc = "for segregation and flattening"),
    LOOM_PARAM(params, hop, .def = 0, .min = 0, .max = 0.5,
               .doc = "surface hops per step, as a fraction of the atoms; an atom may hop again"),
    LOOM_PARAM(params, flatten, .def = 0, .min = 0, .max = 100000,
               .doc = "Metropolis sweeps of surface diffusion per step, each one attempt per atom"),
    LOOM_PARAM(params, bond_energy, .unit = "eV", .def = 0.3, .min = 0, .max = 10,
               .doc = "energy of a bond, for flattening"),
    LOOM_PARAM(params, ripening, .text = "0", .min = -0.5, .max = 1,
               .doc = "atoms gained per step as a fraction (negative: lost), one for all steps or "
                      "one for each"),
    LOOM_PARAM(params, ripening_shell, .def = 0.54, .min = 0, .max = 1,
               .doc = "fraction of the shell element among the gained atoms"),
    LOOM_PARAM(
        params, euler_spread, .unit = "degree", .def = 0, .min = 0, .max = 180,
        .doc = "limit of the random change of each pose angle from the input's pose, per stage"),
    LOOM_PARAM(params, translation_spread, .unit = "angstrom", .def = 0, .min = 0, .max = 1e3,
               .doc = "limit of the random change of each component of the position, per stage"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 0x1p53,
               .doc = "of all random numbers; stages of one seed belong to one history"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "of simulate.particle (or of simulate.anneal): the first stage", 0 }, { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the particle at the asked time, with the columns of simulate.particle; `site` names the "
      "same lattice site in every stage",
      LOOM_FRESH },
    { "truth", "table",
      "a row per stage up to this one: what was done, and what became of the sites since the stage "
      "before",
      0 },
    { "pairs", "pairs",
      "sites occupied in the stage before and in this one, as atom numbers of both; column "
      "`consistent` is 1 where the species is the same",
      LOOM_OPTIONAL },
    { 0 }
};

#define KELVIN_EV 8.617333262e-5
enum { POLL = 1 << 20 };

/* What the truth says about one stage. */
/* clang-format off */
#define STAGE_COUNTS(X) \
    X(atoms) X(core) X(shell) X(exchanges) X(unlike) X(hops) X(gained) X(lost) X(common) \
    X(consistent) X(inconsistent) X(disappeared) X(appeared) X(migrated)
/* clang-format on */
typedef struct stage {
#define X(name) int64_t name;
    STAGE_COUNTS(X)
#undef X
    double minutes;
    crystal_pose pose;
} stage;

typedef struct bonds {
    int64_t n;
    int32_t *cell; /* [n][2] */
} bonds;

/* ---- decide ---------------------------------------------------------------------------------- */
static loom_status check(loom_call *call, const params *p, int64_t *last)
{
    const loom_host *h = call->host;
    *last = -1;
    if (p->schedule.n < 1)
        return h->fail(
            call, LOOM_E_PARAM, "schedule",
            "no times; give the cumulative minutes of every stage, as in [0, 30, 60, 120]");
    for (int64_t k = 0; k < p->schedule.n; k++) {
        if (k && !(p->schedule.v[k] > p->schedule.v[k - 1]))
            return h->fail(call, LOOM_E_PARAM, "schedule",
                           "%g minutes follow %g; give cumulative times, ascending",
                           p->schedule.v[k], p->schedule.v[k - 1]);
        if (fabs(p->schedule.v[k] - p->minutes) <= 1e-9 * (1 + p->minutes)) *last = k;
    }
    if (*last < 0)
        return h->fail(call, LOOM_E_PARAM, "minutes",
                       "%g minutes are not in the schedule; give one of its times", p->minutes);
    if (p->ripening.n != 1 && p->ripening.n != p->schedule.n - 1)
        return h->fail(call, LOOM_E_PARAM, "ripening",
                       "%lld values for %lld steps; give one for all or one for each",
                       (long long)p->ripening.n, (long long)(p->schedule.n - 1));
    return LOOM_OK;
}

/* ---- kernels --------------------------------------------------------------------------------- */
/* Pairs of occupied neighbours, each once; `to` has room for 6 per atom, half of their 12
 * neighbours. */
static bonds find_bonds(const crystal *c, int32_t *to)
{
    bonds b = { 0, to };
    for (int64_t cell = 0; cell < c->cells; cell++) {
        if (c->species[cell] == CRYSTAL_VACANT) continue;
        for (int d = 0; d < 12; d++) {
            int64_t other = cell + c->step[d];
            if (other < cell || c->species[other] == CRYSTAL_VACANT) continue;
            assert(b.n < 6 * c->count);
            b.cell[2 * b.n] = (int32_t)cell;
            b.cell[2 * b.n++ + 1] = (int32_t)other;
        }
    }
    return b;
}

/* Exchange of neighbours: event e swaps the species at the ends of a random bond. With segregation
 * an exchange of unlike atoms is accepted as Metropolis has it. False when asked to stop. */
static bool exchange(loom_call *call, const params *p, crystal *c, const bonds *b, int64_t k,
                     int64_t events, stage *s)
{
    assert(events == 0 || b->n > 0);
    uint64_t seed = (uint64_t)p->seed, pick = crystal_stream_of(STREAM_EXCHANGE, k),
             accept = crystal_stream_of(STREAM_ACCEPT, k);
    for (int64_t e = 0; e < events; e++) {
        if (e % POLL == POLL - 1 && !call->host->progress(call, (double)e, (double)events))
            return false;
        const int32_t *cell =
            b->cell + 2 * loom_below(loom_random(seed, pick, (uint64_t)e), (uint64_t)b->n);
        int8_t one = c->species[cell[0]], other = c->species[cell[1]];
        if (one == other) continue;
        int64_t core = one == CRYSTAL_CORE ? cell[0] : cell[1],
                shell = one == CRYSTAL_CORE ? cell[1] : cell[0];
        double gain = p->segregation * ((c->cn[shell] < 12) - (c->cn[core] < 12));
        if (gain < 0
            && loom_uniform(seed, accept, (uint64_t)e) >= exp(gain / (KELVIN_EV * p->temperature)))
            continue;
        c->species[cell[0]] = other;
        c->species[cell[1]] = one;
        s->unlike++;
    }
    s->exchanges = events;
    return true;
}

/* Surface diffusion: a random atom tries a random neighbouring site, which must be vacant and leave
 * it 3 neighbours or more; energy: bond_energy per bond. `cell` has room for one entry per atom. */
static bool flatten(loom_call *call, const params *p, crystal *c, int64_t k, int64_t *cell)
{
    uint64_t seed = (uint64_t)p->seed, stream = crystal_stream_of(STREAM_FLATTEN, k), bits[2];
    int64_t n = 0, attempts = p->flatten * c->count;
    for (int64_t i = 0; i < c->cells; i++)
        if (c->species[i] != CRYSTAL_VACANT) cell[n++] = i;
    assert(n == c->count);
    for (int64_t e = 0; e < attempts; e++) {
        if (e % POLL == POLL - 1 && !call->host->progress(call, (double)e, (double)attempts))
            return false;
        loom_random128(seed, stream, 2 * (uint64_t)e, bits);
        int64_t *atom = cell + loom_below(bits[0], (uint64_t)n),
                to = *atom + c->step[loom_below(bits[1], 12)];
        /* itself is one of the site's neighbours */
        if (c->species[to] != CRYSTAL_VACANT || c->cn[to] < 4 || !crystal_inside(c, to)) continue;
        double gain = p->bond_energy * (c->cn[to] - 1 - c->cn[*atom]);
        if (gain < 0
            && loom_uniform(seed, stream, 2 * (uint64_t)e + 1)
                   >= exp(gain / (KELVIN_EV * p->temperature)))
            continue;
        crystal_put(c, to, crystal_take(c, *atom));
        *atom = to;
    }
    return true;
}

/* Atoms join the best coordinated vacant sites, so that layers grow from their steps; every tenth
 * takes any site of 3 neighbours. Lost ones leave where the coordination is lowest. */
static void ripen(const params *p, crystal *c, int64_t k, double fraction, stage *s)
{
    int64_t wanted = llround(fabs(fraction) * (double)c->count);
    for (int64_t e = 0; e < wanted; e++) {
        uint64_t stream = crystal_stream_of(STREAM_RIPEN, k), bits[2];
        int64_t cell = -1;
        loom_random128((uint64_t)p->seed, stream, 2 * (uint64_t)e, bits);
        if (fraction < 0) {
            for (int cn = 6; cell < 0 && cn <= 12; cn++)
                cell = crystal_pick(c, true, 0, cn, bits[0]);
            if (cell < 0) return;
            crystal_take(c, cell);
            s->lost++;
            continue;
        }
        for (int cn = loom_below(bits[1], 10) ? 5 : 3; cell < 0 && cn >= 3; cn--)
            cell = crystal_pick(c, false, cn, 12, bits[0]);
        if (cell < 0) return;
        bool shell =
            loom_uniform((uint64_t)p->seed, stream, 2 * (uint64_t)e + 1) < p->ripening_shell;
        crystal_put(c, cell, shell ? CRYSTAL_SHELL : CRYSTAL_CORE);
        s->gained++;
    }
}

static void hop(const params *p, crystal *c, int64_t k, stage *s)
{
    int64_t wanted = llround(p->hop * (double)c->count), where[2];
    while (s->hops < wanted
           && crystal_hop(c, 3, 12, (uint64_t)p->seed, crystal_stream_of(STREAM_HOP, k),
                          (uint64_t)s->hops, where))
        s->hops++;
}

/* What became of the sites since `before`. */
static void compare(const crystal *c, const int8_t *before, stage *s)
{
    for (int64_t i = 0; i < c->cells; i++) {
        bool was = before[i] != CRYSTAL_VACANT, is = c->species[i] != CRYSTAL_VACANT;
        s->atoms += is;
        s->shell += c->species[i] == CRYSTAL_SHELL;
        s->common += was && is;
        s->consistent += was && is && before[i] == c->species[i];
        s->disappeared += was && !is;
        s->appeared += is && !was;
    }
    s->core = s->atoms - s->shell;
    s->inconsistent = s->common - s->consistent;
    s->migrated = s->inconsistent + s->disappeared + s->appeared;
}

/* ---- run ------------------------------------------------------------------------------------- */
/* One step of the schedule: hops, flattening, ripening, then exchange for the whole time of the
 * step. */
static loom_status step(loom_call *call, const params *p, crystal *c, int64_t k, stage *s)
{
    assert(k >= 1 && k < p->schedule.n);
    const loom_host *h = call->host;
    double seconds = 60 * (p->schedule.v[k] - p->schedule.v[k - 1]),
           lattice_m = 1e-10 * c->lattice_A, nu = p->diffusion / (lattice_m * lattice_m);
    if (nu * seconds * 6 * (double)c->count > 2e9)
        return h->fail(call, LOOM_E_PARAM, "diffusion",
                       "about %.2g exchanges in stage %lld, every bond %.0f times; the limit is "
                       "2e9: lower diffusion or the time",
                       nu * seconds * 6 * (double)c->count, (long long)k, nu * seconds);
    hop(p, c, k, s);
    if (p->flatten > 0) {
        int64_t *cell = h->scratch(call, sizeof *cell * (size_t)(c->count + 1));
        if (!cell) return LOOM_E_MEMORY;
        if (!flatten(call, p, c, k, cell)) return LOOM_E_CANCELLED;
        h->release(call, cell);
    }
    ripen(p, c, k, p->ripening.v[p->ripening.n > 1 ? k - 1 : 0], s);
    int32_t *room = h->scratch(call, sizeof *room * (size_t)(12 * c->count + 1));
    if (!room) return LOOM_E_MEMORY;
    bonds b = find_bonds(c, room);
    double mean = nu * seconds * (double)b.n;
    int64_t events = (int64_t)loom_poisson((uint64_t)p->seed, crystal_stream_of(STREAM_EXCHANGE, k),
                                           UINT64_MAX / LOOM_POISSON_TRIALS - 1, mean);
    bool good = exchange(call, p, c, &b, k, events, s);
    h->release(call, room);
    return good ? LOOM_OK : LOOM_E_CANCELLED;
}

static loom_status write_truth(loom_call *call, const params *p, const stage *s, int64_t n)
{
    const loom_host *h = call->host;
    loom_value *truth = h->output(call, "truth");
    int64_t *to;
#define X(name) \
    if (!(to = h->add_array(call, truth, #name, LOOM_I64, 1, &n, NULL))) return LOOM_E_MEMORY; \
    for (int64_t k = 0; k < n; k++) to[k] = s[k].name;
    STAGE_COUNTS(X)
#undef X
    const char *const names[] = { "minutes", "D", "phi", "theta", "psi", "x", "y", "z" };
    const char *const units[] = { "minute", "m^2/second", "degree",   "degree",
                                  "degree", "angstrom",   "angstrom", "angstrom" };
    for (int c = 0; c < 8; c++) {
        double *v = h->add_array(call, truth, names[c], LOOM_F64, 1, &n, units[c]);
        if (!v) return LOOM_E_MEMORY;
        for (int64_t k = 0; k < n; k++)
            v[k] = c == 0   ? s[k].minutes
                   : c == 1 ? (k ? p->diffusion : 0)
                   : c < 5  ? s[k].pose.euler_deg[c - 2]
                            : s[k].pose.shift_A[c - 5];
    }
    return LOOM_OK;
}

static loom_status write_pairs(loom_call *call, const crystal *c, const int8_t *before,
                               const stage *s)
{
    const loom_host *h = call->host;
    loom_value *v = h->output(call, "pairs");
    int32_t *pair = h->add_array(call, v, "pair", LOOM_I32, 2, (int64_t[]){ s->common, 2 }, NULL);
    int32_t *consistent = h->add_array(call, v, "consistent", LOOM_I32, 1, &s->common, NULL),
            was = 0, is = 0;
    if (!pair || !consistent) return LOOM_E_MEMORY;
    for (int64_t i = 0, n = 0; i < c->cells;
         i++) { /* atoms are numbered in the order of their sites */
        bool both = before[i] != CRYSTAL_VACANT && c->species[i] != CRYSTAL_VACANT;
        if (both) {
            pair[2 * n] = was;
            pair[2 * n + 1] = is;
            consistent[n++] = before[i] == c->species[i];
        }
        was += before[i] != CRYSTAL_VACANT;
        is += c->species[i] != CRYSTAL_VACANT;
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    crystal c;
    int64_t last;
    loom_status status = check(call, p, &last);
    if (status != LOOM_OK || (status = crystal_read(call, "atoms", &c)) != LOOM_OK) return status;
    stage *stages = h->scratch(call, sizeof *stages * (size_t)(last + 1));
    int8_t *before = h->scratch(call, (size_t)c.cells);
    if (!stages || !before) return LOOM_E_MEMORY;
    crystal_pose first = c.pose;
    for (int64_t k = 0; k <= last; k++) {
        stages[k] =
            (stage){ .minutes = p->schedule.v[k],
                     .pose = k ? crystal_random_pose(&first, p->euler_spread, p->translation_spread,
                                                     (uint64_t)p->seed, k)
                               : first };
        memcpy(before, c.species, (size_t)c.cells);
        if (k && (status = step(call, p, &c, k, &stages[k])) != LOOM_OK) return status;
        compare(&c, before, &stages[k]);
        if (!h->progress(call, (double)(k + 1), (double)(last + 1))) return LOOM_E_CANCELLED;
    }
    c.pose = stages[last].pose;
    status = crystal_write(call, &c, h->output(call, "atoms"));
    if (status == LOOM_OK) status = write_truth(call, p, stages, last + 1);
    return status == LOOM_OK && last > 0 ? write_pairs(call, &c, before, &stages[last]) : status;
}

static const loom_op simulate_anneal = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.anneal",
    .summary = "Stages of annealing of a simulated particle with an exactly known diffusion "
               "coefficient, and the truth about every site.",
    .method =
        "A step of the schedule does, in this order: surface hops, flattening, ripening, exchange. "
        "Its random numbers depend on the seed, the step and the "
        "number of the event, so the stages asked for one by one (an axis over `minutes`) are one "
        "history.\n\n"
        "**Exchange** (400 C): symmetric exclusion on the bonds of nearest neighbours. The species "
        "at the two ends of a bond are swapped at the rate nu = D/a^2, "
        "whatever they are: Poisson(nu * time * bonds) swaps of random bonds. The mean occupation "
        "then obeys ds/dt = nu L s with the Laplacian L of the bonds, "
        "which is diffusion with exactly that D, the same in all directions.\n\n"
        "**Segregation** accepts an exchange of unlike atoms as Metropolis has it, with an energy "
        "gain for each core atom that has fewer than 12 neighbours.\n\n"
        "**Hops** (200 C): an atom of at most 6 neighbours goes to a vacant surface site of at "
        "least 3. **Flattening** (300 C): Metropolis moves of atoms to "
        "vacant neighbouring sites, with an energy per bond. **Ripening**: atoms join the best "
        "coordinated vacant sites.\n\n"
        "`migrated` = `inconsistent` + `disappeared` + `appeared`; `common` sites are occupied in "
        "both stages. `exchanges` counts all swaps drawn, `unlike` those that changed something.",
    .cites = "none",
    .limits = "Atoms sit on one rigid lattice: no vacancies that diffuse, no interstitials, no "
              "change of lattice parameter. With segregation, hops or ripening the apparent D "
              "differs from `diffusion`. Growth stops at four lattice parameters around the ideal "
              "particle.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("simulate.anneal", "1.0", "BSD-3-Clause", &simulate_anneal);
