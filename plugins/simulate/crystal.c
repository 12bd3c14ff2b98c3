/* crystal.c - see crystal.h */
#include "crystal.h"
#include "kit/check.h"
#include "kit/geometry.h"
#include "kit/rng.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Directions of the facets, in quarters of the lattice parameter per unit: three {100}, four {111};
 * each stands for both signs, since inversion about a bond's midpoint maps the lattice onto itself.
 */
static const int facet_normal[CRYSTAL_FACETS][3] = { { 1, 0, 0 }, { 0, 1, 0 },  { 0, 0, 1 },
                                                     { 1, 1, 1 }, { -1, 1, 1 }, { 1, -1, 1 },
                                                     { 1, 1, -1 } };
static const double facet_length[CRYSTAL_FACETS] = {
    1, 1, 1, 1.7320508075688772, 1.7320508075688772, 1.7320508075688772, 1.7320508075688772
};

typedef struct site {
    int64_t i, j, k;
} site;

static int64_t cell_of(const crystal *c, site s)
{
    return ((s.k + c->reach) * c->span + s.j + c->reach) * c->span + s.i + c->reach;
}

static site site_of(const crystal *c, int64_t cell)
{
    assert(cell >= 0 && cell < c->cells);
    return (site){ cell % c->span - c->reach, cell / c->span % c->span - c->reach,
                   cell / c->span / c->span - c->reach };
}

static void quarters_of(site s, int64_t q[3])
{
    q[0] = 2 * s.i - 1;
    q[1] = 2 * s.j - 1;
    q[2] = 2 * s.k;
}

static bool is_ideal(const crystal *c, site s)
{
    int64_t q[3];
    quarters_of(s, q);
    if ((s.i + s.j + s.k) % 2) return false;
    int64_t sum = llabs(q[0]) + llabs(q[1]) + llabs(q[2]),
            most = llabs(q[0]) > llabs(q[1]) ? llabs(q[0]) : llabs(q[1]);
    if (llabs(q[2]) > most) most = llabs(q[2]);
    return (double)most <= 4 * c->h100 + 1e-6 && (double)sum <= 4 * c->h111 + 1e-6;
}

/* cells of the interior, in the order of site identities */
#define FOR_SITES(c, cell, s) \
    for (int64_t k_ = 1 - (c)->reach; k_ < (c)->reach; k_++) \
        for (int64_t j_ = 1 - (c)->reach; j_ < (c)->reach; j_++) \
            for (int64_t i_ = 1 - (c)->reach, cell = cell_of(c, (site){ i_, j_, k_ }); \
                 i_ < (c)->reach; i_++, cell++) \
                for (site s = { i_, j_, k_ }, *once_ = &s; once_; once_ = NULL)

static void find_facets(crystal *c)
{
    int64_t outermost[CRYSTAL_FACETS] = { 0 };
    FOR_SITES(c, cell, s)
    {
        (void)cell;
        int64_t q[3];
        if (!is_ideal(c, s)) continue;
        quarters_of(s, q);
        for (int f = 0; f < CRYSTAL_FACETS; f++) {
            int64_t along = llabs(facet_normal[f][0] * q[0] + facet_normal[f][1] * q[1]
                                  + facet_normal[f][2] * q[2]);
            if (along > outermost[f]) outermost[f] = along;
        }
    }
    for (int f = 0; f < CRYSTAL_FACETS; f++)
        c->facet_A[f] = (double)outermost[f] / 4 * c->lattice_A / facet_length[f];
}

bool crystal_start(loom_call *call, double lattice_A, double h100, double h111, int64_t margin,
                   crystal *out)
{
    assert(lattice_A > 0 && margin >= 0);
    double extent = h100 < h111 ? h100 : h111;
    *out = (crystal){ .lattice_A = lattice_A,
                      .h100 = h100,
                      .h111 = h111,
                      .reach = (int64_t)ceil(2 * extent) + 1 + margin };
    out->span = 2 * out->reach + 1;
    out->cells = out->span * out->span * out->span;
    for (int n = 0, axis = 0; axis < 3; axis++)
        for (int corner = 0; corner < 4; corner++) {
            int64_t along[3] = { 1, out->span, out->span * out->span };
            int64_t a = along[(axis + 1) % 3], b = along[(axis + 2) % 3];
            out->step[n++] = (corner & 1 ? a : -a) + (corner & 2 ? b : -b);
        }
    out->species = call->host->scratch(call, (size_t)out->cells);
    out->cn = call->host->scratch(call, (size_t)out->cells);
    if (!out->species || !out->cn) return false;
    memset(out->species, CRYSTAL_VACANT, (size_t)out->cells);
    memset(out->cn, 0, (size_t)out->cells);
    find_facets(out);
    return true;
}

void crystal_put(crystal *c, int64_t cell, int species)
{
    assert(cell >= 0 && cell < c->cells && c->species[cell] == CRYSTAL_VACANT);
    c->species[cell] = (int8_t)species;
    c->count++;
    for (int n = 0; n < 12; n++) c->cn[cell + c->step[n]]++;
}

int crystal_take(crystal *c, int64_t cell)
{
    assert(cell >= 0 && cell < c->cells && c->species[cell] != CRYSTAL_VACANT && c->count > 0);
    int species = c->species[cell];
    c->species[cell] = CRYSTAL_VACANT;
    c->count--;
    for (int n = 0; n < 12; n++) c->cn[cell + c->step[n]]--;
    return species;
}

void crystal_fill(crystal *c)
{
    assert(c->count == 0);
    FOR_SITES(c, cell, s)
    if (is_ideal(c, s)) crystal_put(c, cell, CRYSTAL_CORE);
}

int32_t crystal_site(const crystal *c, int64_t cell)
{
    site s = site_of(c, cell);
    return (int32_t)(((s.k + 512) * 1024 + s.j + 512) * 1024 + s.i + 512);
}

void crystal_place(const crystal *c, int64_t cell, double x[3])
{
    int64_t q[3];
    quarters_of(site_of(c, cell), q);
    for (int a = 0; a < 3; a++) x[a] = (double)q[a] * (c->lattice_A / 4);
}

double crystal_depth(const crystal *c, const double x[3])
{
    double depth = INFINITY;
    for (int f = 0; f < CRYSTAL_FACETS; f++) {
        double along =
            facet_normal[f][0] * x[0] + facet_normal[f][1] * x[1] + facet_normal[f][2] * x[2];
        depth = fmin(depth, c->facet_A[f] - fabs(along) / facet_length[f]);
    }
    return depth > 1e-9 ? depth : 0;
}

/* How many of the n cells of a row are as wanted; a plain loop over bytes, so that picking costs
 * microseconds. */
static int count_in_row(const int8_t *species, const uint8_t *cn, int64_t n, bool occupied, int low,
                        int high)
{
    int count = 0;
    for (int64_t i = 0; i < n; i++)
        count += ((species[i] != CRYSTAL_VACANT) == occupied) & (cn[i] >= low) & (cn[i] <= high);
    return count;
}

int64_t crystal_pick(const crystal *c, bool occupied, int low, int high, uint64_t bits)
{
    uint64_t found = 0, wanted = UINT64_MAX;
    int64_t n = c->span - 2;               /* interior cells of a row */
    for (int pass = 0; pass < 2; pass++) { /* count, draw, find */
        found = 0;
        for (int64_t k = 1; k <= n; k++)
            for (int64_t j = 1; j <= n; j++) {
                int64_t row = (k * c->span + j) * c->span + 1;
                uint64_t here =
                    (uint64_t)count_in_row(c->species + row, c->cn + row, n, occupied, low, high);
                if (wanted < found + here)
                    for (int64_t cell = row;; cell++)
                        if (count_in_row(c->species + cell, c->cn + cell, 1, occupied, low, high)
                            && found++ == wanted)
                            return cell;
                found += here;
            }
        if (!found) return -1;
        wanted = loom_below(bits, found);
    }
    return -1;
}

bool crystal_is_ideal(const crystal *c, int64_t cell) { return is_ideal(c, site_of(c, cell)); }

bool crystal_inside(const crystal *c, int64_t cell)
{
    site s = site_of(c, cell);
    int64_t most = c->reach - 1;
    return llabs(s.i) <= most && llabs(s.j) <= most && llabs(s.k) <= most;
}

bool crystal_hop(crystal *c, int low, int high, uint64_t seed, uint64_t stream, uint64_t counter,
                 int64_t where[2])
{
    uint64_t bits[2];
    loom_random128(seed, stream, counter, bits);
    int64_t from = crystal_pick(c, true, 0, 2, bits[0]);
    for (int cn = 6; from < 0 && cn < 12; cn++) from = crystal_pick(c, true, 0, cn, bits[0]);
    if (from < 0) return false;
    int species = crystal_take(c, from);
    uint8_t own = c->cn[from];
    c->cn[from] = UINT8_MAX; /* the site it leaves is no choice */
    int64_t to = crystal_pick(c, false, low, high, bits[1]);
    c->cn[from] = own;
    crystal_put(c, to < 0 ? from : to, species);
    where[0] = from;
    where[1] = to;
    return to >= 0;
}

crystal_pose crystal_random_pose(const crystal_pose *base, double spread_deg, double spread_A,
                                 uint64_t seed, int64_t stage)
{
    crystal_pose pose = *base;
    for (uint64_t a = 0; a < 3; a++) {
        uint64_t stream = crystal_stream_of(STREAM_POSE, stage);
        pose.euler_deg[a] += spread_deg * (2 * loom_uniform(seed, stream, a) - 1);
        pose.shift_A[a] += spread_A * (2 * loom_uniform(seed, stream, 3 + a) - 1);
    }
    return pose;
}

/* ---- to and from values ---------------------------------------------------------------------- */
/* The numbers a crystal holds besides its sites: attribute, unit, member. */
/* clang-format off */
#define CRYSTAL_NUMBERS(X) \
    X("lattice", "angstrom", c->lattice_A) \
    X("h100", "", c->h100) \
    X("h111", "", c->h111) \
    X("disorder", "angstrom", c->disorder_A) \
    X("pose_phi", "degree", c->pose.euler_deg[0]) \
    X("pose_theta", "degree", c->pose.euler_deg[1]) \
    X("pose_psi", "degree", c->pose.euler_deg[2]) \
    X("pose_x", "angstrom", c->pose.shift_A[0]) \
    X("pose_y", "angstrom", c->pose.shift_A[1]) \
    X("pose_z", "angstrom", c->pose.shift_A[2])
/* clang-format on */

static void displace(const crystal *c, int32_t id, double x[3])
{
    double z[4];
    uint64_t seed = (uint64_t)c->disorder_seed, stream = crystal_stream_of(STREAM_DISORDER, 0);
    loom_normal2(seed, stream, 2 * (uint64_t)id, z);
    loom_normal2(seed, stream, 2 * (uint64_t)id + 1, z + 2);
    for (int a = 0; a < 3; a++) x[a] += c->disorder_A * z[a];
}

loom_status crystal_write(loom_call *call, const crystal *c, loom_value *atoms)
{
    const loom_host *h = call->host;
    double *position =
        h->add_array(call, atoms, "position", LOOM_F64, 2, (int64_t[]){ c->count, 3 }, "angstrom");
    int32_t *species = h->add_array(call, atoms, "species", LOOM_I32, 1, &c->count, NULL);
    int32_t *id = h->add_array(call, atoms, "site", LOOM_I32, 1, &c->count, NULL);
    double *depth = h->add_array(call, atoms, "depth", LOOM_F64, 1, &c->count, "angstrom");
    int32_t *cn = h->add_array(call, atoms, "cn", LOOM_I32, 1, &c->count, NULL);
    if (!position || !species || !id || !depth || !cn) return LOOM_E_MEMORY;
    double r[9], x[3];
    int64_t n = 0;
    loom_euler(c->pose.euler_deg, r);
    FOR_SITES(c, cell, s)
    {
        (void)s;
        if (c->species[cell] == CRYSTAL_VACANT) continue;
        crystal_place(c, cell, x);
        species[n] = c->species[cell];
        id[n] = crystal_site(c, cell);
        depth[n] = crystal_depth(c, x);
        cn[n] = c->cn[cell];
        if (c->disorder_A > 0) displace(c, id[n], x);
        for (int a = 0; a < 3; a++)
            position[3 * n + a] =
                r[3 * a] * x[0] + r[3 * a + 1] * x[1] + r[3 * a + 2] * x[2] + c->pose.shift_A[a];
        n++;
    }
    h->set_text(call, atoms, "symbols", c->symbols);
    h->set_number(call, atoms, "disorder_seed", (double)c->disorder_seed, "");
#define X(name, unit, member) h->set_number(call, atoms, name, member, unit);
    CRYSTAL_NUMBERS(X)
#undef X
    return LOOM_OK;
}

static loom_status read_numbers(loom_call *call, const char *port, crystal *c)
{
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, 0);
    const char *symbols = h->text(v, "symbols");
    double seed = 0;
    bool good = h->number(v, "disorder_seed", &seed) && seed >= 0 && seed <= 0x1p53 && symbols
                && strlen(symbols) < sizeof c->symbols;
#define X(name, unit, member) good = good && h->number(v, name, &member) && isfinite(member);
    CRYSTAL_NUMBERS(X)
#undef X
    good = good && c->lattice_A > 0 && c->h100 > 0 && c->h111 > 0
           && fmin(c->h100, c->h111) < CRYSTAL_MOST_REACH / 2.0 - 20 && c->disorder_A >= 0;
    if (!good)
        return h->fail(call, LOOM_E_DATA, port,
                       "the atoms do not carry a crystal (lattice, h100, h111, pose and disorder); "
                       "give it atoms of simulate.particle or simulate.anneal");
    snprintf(c->symbols, sizeof c->symbols, "%s", symbols);
    c->disorder_seed = (int64_t)seed;
    return LOOM_OK;
}

loom_status crystal_read(loom_call *call, const char *port, crystal *out)
{
    enum { MARGIN = 8 }; /* half-steps of room for what grows: 4 lattice parameters */
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, 0);
    crystal written = { 0 };
    loom_status status = read_numbers(call, port, &written);
    if (status != LOOM_OK) return status;
    const loom_array *id = h->array(v, "site"), *species = loom_need(call, port, "species");
    if (!species) return LOOM_E_DATA;
    if (!id || id->dtype != LOOM_I32 || id->rank != 1 || id->dim[0] != species->dim[0])
        return h->fail(call, LOOM_E_DATA, port,
                       "the atoms have no column 'site' of whole numbers; give it atoms of "
                       "simulate.particle or simulate.anneal");
    if (!crystal_start(call, written.lattice_A, written.h100, written.h111, MARGIN, out))
        return LOOM_E_MEMORY;
    out->pose = written.pose;
    out->disorder_A = written.disorder_A;
    out->disorder_seed = written.disorder_seed;
    memcpy(out->symbols, written.symbols, sizeof out->symbols);
    for (int64_t n = 0; n < id->dim[0]; n++) {
        int32_t code = ((const int32_t *)id->data)[n], kind = ((const int32_t *)species->data)[n];
        site s = { code % 1024 - 512, code / 1024 % 1024 - 512, code / (1024 * 1024) - 512 };
        int64_t most = out->reach - 1;
        bool inside = code >= 0 && llabs(s.i) <= most && llabs(s.j) <= most && llabs(s.k) <= most
                      && (s.i + s.j + s.k) % 2 == 0;
        if (!inside || kind < CRYSTAL_CORE || kind > CRYSTAL_SHELL
            || out->species[cell_of(out, s)] != CRYSTAL_VACANT)
            return h->fail(call, LOOM_E_DATA, port,
                           "atom %lld has site %d and species %d: expected a free fcc site in or "
                           "near the particle, and species 0 or 1",
                           (long long)n, (int)code, (int)kind);
        crystal_put(out, cell_of(out, s), kind);
    }
    return LOOM_OK;
}
