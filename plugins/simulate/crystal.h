/* crystal.h - an fcc particle as occupied sites of a lattice: what simulate.particle builds and
 * simulate.anneal changes.
 *
 * Sites are (i, j, k) with i + j + k even, at (2i - 1, 2j - 1, 2k) quarters of the lattice
 * parameter: the origin is the midpoint of a bond. A site's identity, the column `site` of the
 * atoms, is ((k + 512) * 1024 + j + 512) * 1024 + i + 512; it never changes, whatever the pose. */
#ifndef SIMULATE_CRYSTAL_H
#define SIMULATE_CRYSTAL_H
#include <atomloom/op.h>

enum {
    CRYSTAL_VACANT = -1,
    CRYSTAL_CORE = 0,
    CRYSTAL_SHELL = 1,
    CRYSTAL_MOST_REACH = 500,
    CRYSTAL_FACETS = 7
};

/* What a random number is for; the low bits of a stream hold the stage or the move. */
typedef enum crystal_stream {
    STREAM_SPECIES = 1,
    STREAM_ROUGHEN,
    STREAM_DISORDER,
    STREAM_POSE,
    STREAM_EXCHANGE,
    STREAM_ACCEPT,
    STREAM_HOP,
    STREAM_FLATTEN,
    STREAM_RIPEN
} crystal_stream;
static inline uint64_t crystal_stream_of(crystal_stream purpose, int64_t stage)
{
    return (uint64_t)purpose << 48 | (uint64_t)stage;
}

/* x = R site + shift */
typedef struct crystal_pose {
    double euler_deg[3], shift_A[3];
} crystal_pose;

/* The grid holds every (i, j, k) within +-reach; its outermost layer stays empty, so that each site
 * has 12 neighbours in it. */
typedef struct crystal {
    /* h100, h111: the truncation of the ideal particle, in lattice parameters */
    double lattice_A, h100, h111;
    /* distance of the ideal particle's outermost planes {100} (3) and {111} (4) from the origin */
    double facet_A[CRYSTAL_FACETS];
    /* standard deviation per axis of the static displacement of a site */
    double disorder_A;
    int64_t disorder_seed;
    crystal_pose pose;
    char symbols[16];           /* "Pd Ir" */
    int64_t reach, span, cells; /* span = 2 reach + 1, cells = span^3 */
    int64_t step[12];           /* from a cell to its neighbours */
    int8_t *species;            /* [cells] CRYSTAL_VACANT, _CORE, _SHELL; scratch of the call */
    uint8_t *cn;                /* [cells] occupied neighbours, of vacant sites too */
    int64_t count;              /* occupied sites */
} crystal;

/* Memory for an empty crystal of that truncation with room for `margin` more half-steps on each
 * side; sets the facets. False when out of memory (already reported). [main] */
bool crystal_start(loom_call *call, double lattice_A, double h100, double h111, int64_t margin,
                   crystal *out);
/* Occupy every site of the ideal particle with the core species. */
void crystal_fill(crystal *c);
/* From an atoms value made by crystal_write, with all it needs to go on. Fails with a message that
 * names `port`. [main] */
loom_status crystal_read(loom_call *call, const char *port, crystal *out);
/* Atoms in the order of their site identities: position, species, site, depth, cn, and the
 * attributes that crystal_read takes. [main] */
loom_status crystal_write(loom_call *call, const crystal *c, loom_value *atoms);

void crystal_put(crystal *c, int64_t cell, int species); /* into a vacant site */
/* from an occupied one; returns the species */
int crystal_take(crystal *c, int64_t cell);
int32_t crystal_site(const crystal *c, int64_t cell);
/* Position before the pose and the disorder, in angstrom. */
void crystal_place(const crystal *c, int64_t cell, double x[3]);
/* Distance to the nearest plane of the ideal particle; 0 for what sits outside. */
double crystal_depth(const crystal *c, const double x[3]);

bool crystal_is_ideal(const crystal *c, int64_t cell); /* a site of the ideal particle */
/* off the outermost layer of the grid, so that an atom may go there */
bool crystal_inside(const crystal *c, int64_t cell);
/* A random site, all alike: occupied with cn <= high and cn >= low, or vacant with that cn; -1
 * where there is none. */
int64_t crystal_pick(const crystal *c, bool occupied, int low, int high, uint64_t bits);
/* Move one atom to a vacant site of CN low .. high: one that others left with CN <= 2, or else one
 * of CN <= 6, or else of the lowest CN there is. `where`, 2 cells, tells from and to. False where
 * no such site is left. */
bool crystal_hop(crystal *c, int low, int high, uint64_t seed, uint64_t stream, uint64_t counter,
                 int64_t where[2]);
/* A random pose about `base`: each angle and each component uniform within +-spread. */
crystal_pose crystal_random_pose(const crystal_pose *base, double spread_deg, double spread_A,
                                 uint64_t seed, int64_t stage);
#endif
