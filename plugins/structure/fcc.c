/* structure/fcc.c - see fcc.h */
#include "fcc.h"
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/linalg.h"
#include <assert.h>

enum { STEPS = 12, SEEDS = 8, ROUNDS = 6, SITE_LIMIT = 1 << 20 };
static const int32_t step_of[STEPS][3] = { { 1, 1, 0 }, { 1, -1, 0 }, { -1, 1, 0 }, { -1, -1, 0 },
                                           { 1, 0, 1 }, { 1, 0, -1 }, { -1, 0, 1 }, { -1, 0, -1 },
                                           { 0, 1, 1 }, { 0, 1, -1 }, { 0, -1, 1 }, { 0, -1, -1 } };

/* ---- sites ----------------------------------------------------------------------------------- */

static uint64_t pack(const int32_t s[3])
{
    assert(s[0] >= -SITE_LIMIT && s[0] < SITE_LIMIT);
    return ((uint64_t)(s[0] + SITE_LIMIT) << 42 | (uint64_t)(s[1] + SITE_LIMIT) << 21
            | (uint64_t)(s[2] + SITE_LIMIT))
           + 1;
}

static uint64_t slot_of(const fcc_lattice *f, uint64_t key)
{
    assert(f->slots && !(f->slots & (f->slots - 1)));
    uint64_t at = (key * 0x9E3779B97F4A7C15u >> 20) & (f->slots - 1);
    while (f->key[at] && f->key[at] != key) at = (at + 1) & (f->slots - 1);
    return at;
}

int32_t fcc_atom_at(const fcc_lattice *f, const int32_t site[3])
{
    uint64_t at = slot_of(f, pack(site));
    return f->key[at] ? f->atom[at] : -1;
}

static void put(fcc_lattice *f, const int32_t site[3], int32_t atom)
{
    assert(atom >= 0);
    uint64_t at = slot_of(f, pack(site));
    f->key[at] = pack(site);
    f->atom[at] = atom;
    memcpy(f->site[atom], site, sizeof *f->site);
    f->has[atom] = 1;
}

void fcc_rotation(int k, int32_t r[9])
{
    assert(k >= 0 && k < 24);
    static const int permutation[6][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
                                           { 0, 2, 1 }, { 2, 1, 0 }, { 1, 0, 2 } };
    int odd = k / 4 >= 3, s0 = k & 1 ? -1 : 1, s1 = k & 2 ? -1 : 1, s2 = s0 * s1 * (odd ? -1 : 1);
    const int *p = permutation[k / 4], sign[3] = { s0, s1, s2 };
    for (int i = 0; i < 9; i++) r[i] = 0;
    for (int i = 0; i < 3; i++) r[3 * i + p[i]] = sign[i];
}

/* ---- fit ------------------------------------------------------------------------------------- */

/* Least squares of x = origin + half m over the atoms with a site: four unknowns per coordinate,
 * the same matrix for all three. */
static bool refit(const loom_atoms *atoms, fcc_lattice *f)
{
    double a[16] = { 0 }, b[3][4] = { { 0 } };
    for (int64_t i = 0; i < f->n; i++) {
        if (!f->has[i]) continue;
        double m[4] = { 1, f->site[i][0], f->site[i][1], f->site[i][2] };
        for (int p = 0; p < 4; p++) {
            for (int q = 0; q < 4; q++) a[4 * p + q] += m[p] * m[q];
            for (int x = 0; x < 3; x++) b[x][p] += m[p] * atoms->position[3 * i + x];
        }
    }
    for (int x = 0; x < 3; x++) {
        double copy[16];
        memcpy(copy, a, sizeof a);
        if (!loom_solve_spd(4, copy, b[x])) return false;
    }
    for (int x = 0; x < 3; x++) {
        f->origin[x] = b[x][0];
        for (int k = 0; k < 3; k++) f->half[3 * x + k] = b[x][k + 1];
    }
    return true;
}

typedef struct growth {
    const loom_atoms *atoms;
    const loom_cells *cells;
    fcc_lattice *f;
    double near; /* an atom this close to where it is expected takes the site */
    int32_t *front, *next;
} growth;

/* Atoms one step around `parent`, where its own position says they should be. */
static int64_t grow_from(growth *g, int32_t parent, int64_t found)
{
    for (int k = 0; k < STEPS; k++) {
        int32_t site[3];
        double expected[3];
        for (int a = 0; a < 3; a++) {
            const double *h = g->f->half + 3 * a;
            site[a] = g->f->site[parent][a] + step_of[k][a];
            expected[a] = g->atoms->position[3 * (int64_t)parent + a] + h[0] * step_of[k][0]
                          + h[1] * step_of[k][1] + h[2] * step_of[k][2];
        }
        if (fcc_atom_at(g->f, site) >= 0) continue;
        int64_t atom = loom_cells_nearest(g->cells, expected, g->near, NULL);
        if (atom < 0 || g->f->has[atom]) continue;
        put(g->f, site, (int32_t)atom);
        g->next[found++] = (int32_t)atom;
    }
    return found;
}

/* From one atom outwards, front by front, with the lattice fitted anew after each. */
static void grow(growth *g, int32_t seed)
{
    fcc_lattice *f = g->f;
    memset(f->has, 0, (size_t)f->n);
    memset(f->key, 0, f->slots * sizeof *f->key);
    memset(f->site, 0, (size_t)f->n * sizeof *f->site);
    put(f, (int32_t[3]){ 0, 0, 0 }, seed);
    f->indexed = 1;
    g->front[0] = seed;
    for (int64_t front = 1, fitted = 1; front > 0;) {
        int64_t found = 0;
        for (int64_t i = 0; i < front; i++) found = grow_from(g, g->front[i], found);
        int32_t *swap = g->front;
        g->front = g->next;
        g->next = swap;
        f->indexed += front = found;
        if (found && f->indexed - fitted >= fitted / 16) { /* later fronts change little */
            refit(g->atoms, f);
            fitted = f->indexed;
        }
    }
    refit(g->atoms, f);
}

/* A start from an atom with 12 neighbours: three of them about 60 degrees apart are (1,1,0),
 * (1,0,1), (0,1,1). */
/* Three of the steps that are about 60 degrees from each other; false where there are none. */
static bool choose_steps(double v[STEPS][3], const double length[STEPS], int choice[3])
{
    double cosine[STEPS][STEPS], best = 0.25; /* worst cosine from 1/2: 41 to 75 degrees */
    for (int i = 0; i < STEPS; i++)
        for (int k = 0; k < STEPS; k++)
            cosine[i][k] = (v[i][0] * v[k][0] + v[i][1] * v[k][1] + v[i][2] * v[k][2])
                           / (length[i] * length[k]);
    choice[0] = -1;
    for (int i = 0; i < STEPS; i++)
        for (int j = i + 1; j < STEPS; j++)
            for (int k = j + 1; k < STEPS; k++) {
                double off = fmax(fabs(cosine[i][j] - 0.5),
                                  fmax(fabs(cosine[i][k] - 0.5), fabs(cosine[j][k] - 0.5)));
                if (off >= best) continue;
                best = off;
                memcpy(choice, (int[3]){ i, j, k }, 3 * sizeof *choice);
            }
    return choice[0] >= 0;
}

static bool first_cell(const growth *g, const loom_neighbours *nb, int32_t seed)
{
    double v[STEPS][3], length[STEPS];
    const int32_t *list = nb->list + nb->first[seed];
    for (int k = 0; k < STEPS; k++) {
        for (int a = 0; a < 3; a++)
            v[k][a] = g->atoms->position[3 * (int64_t)list[k] + a]
                      - g->atoms->position[3 * (int64_t)seed + a];
        length[k] = sqrt(v[k][0] * v[k][0] + v[k][1] * v[k][1] + v[k][2] * v[k][2]);
    }
    int choice[3];
    if (!choose_steps(v, length, choice)) return false;
    double columns[9], inverse[9];
    for (int k = 0; k < 3; k++)
        for (int a = 0; a < 3; a++) columns[3 * a + k] = v[choice[k]][a];
    if (loom_det3(columns) > 0) /* the three sites are left-handed, so must the vectors be */
        for (int a = 0; a < 3; a++) {
            double t = columns[3 * a];
            columns[3 * a] = columns[3 * a + 1];
            columns[3 * a + 1] = t;
        }
    loom_inverse3((double[9]){ 1, 1, 0, 1, 0, 1, 0, 1, 1 }, inverse);
    loom_multiply3(columns, inverse, g->f->half);
    return true;
}

/* ---- orientation and figures ----------------------------------------------------------------- */

/* Of the 24 descriptions of a cell by whole numbers the one that turns it least. */
static void smallest_rotation(const double half[9], int32_t choice[9])
{
    double r[9], best = -INFINITY;
    int32_t s[9];
    loom_polar3(half, r, NULL);
    for (int k = 0; k < 24; k++) {
        double trace = 0;
        fcc_rotation(k, s);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) trace += r[3 * i + j] * s[3 * j + i];
        if (trace <= best + 1e-9) continue;
        best = trace;
        memcpy(choice, s, sizeof s);
    }
}

/* Renames the axes so that the rotation is as small as it can be, then the figures of the fit. */
static void settle(const loom_atoms *atoms, fcc_lattice *f)
{
    double u[9], turned[9], half[9];
    int32_t choice[9];
    smallest_rotation(f->half, choice);
    for (int k = 0; k < 9; k++) turned[k] = choice[k];
    loom_multiply3(f->half, turned, half);
    memcpy(f->half, half, sizeof half);
    memset(f->key, 0, f->slots * sizeof *f->key);
    double sum2 = 0;
    for (int64_t i = 0; i < f->n; i++) {
        f->residual[i] = 0;
        if (!f->has[i]) continue;
        int32_t old[3], now[3];
        double m[3], x[3], d2 = 0;
        memcpy(old, f->site[i], sizeof old);
        for (int k = 0; k < 3; k++)
            now[k] = choice[k] * old[0] + choice[3 + k] * old[1]
                     + choice[6 + k] * old[2]; /* transpose: inverse */
        put(f, now, (int32_t)i);
        for (int k = 0; k < 3; k++) m[k] = now[k];
        loom_apply3(f->half, m, x);
        for (int k = 0; k < 3; k++)
            d2 += (atoms->position[3 * i + k] - f->origin[k] - x[k])
                  * (atoms->position[3 * i + k] - f->origin[k] - x[k]);
        f->residual[i] = sqrt(d2);
        sum2 += d2;
    }
    f->rms = sqrt(sum2 / (double)f->indexed);
    f->a = 2 * cbrt(loom_det3(f->half));
    loom_polar3(f->half, f->rotation, u);
    for (int k = 0; k < 9; k++) f->strain[k] = u[k] / (f->a / 2) - (k % 4 == 0);
}

/* Atoms with 12 neighbours in order of distance from the centroid; the first `most` of them. */
static int find_seeds(const loom_atoms *atoms, const loom_neighbours *nb, int32_t *seed, int most)
{
    assert(most > 0);
    double centre[3] = { 0 }, distance2[SEEDS];
    int n = 0;
    for (int64_t i = 0; i < atoms->n; i++)
        for (int a = 0; a < 3; a++) centre[a] += atoms->position[3 * i + a] / (double)atoms->n;
    for (int64_t i = 0; i < atoms->n; i++) {
        if (nb->first[i + 1] - nb->first[i] != STEPS) continue;
        double d2 = 0;
        for (int a = 0; a < 3; a++)
            d2 +=
                (atoms->position[3 * i + a] - centre[a]) * (atoms->position[3 * i + a] - centre[a]);
        int k = n < most ? n++ : most;
        for (; k > 0 && distance2[k - 1] > d2; k--)
            if (k < most) {
                distance2[k] = distance2[k - 1];
                seed[k] = seed[k - 1];
            }
        if (k < most) {
            distance2[k] = d2;
            seed[k] = (int32_t)i;
        }
    }
    return n;
}

static bool allocate(loom_call *call, int64_t n, fcc_lattice *f, growth *g)
{
    const loom_host *h = call->host;
    *f = (fcc_lattice){ .n = n, .slots = 1024 };
    while (f->slots < (uint64_t)(3 * n)) f->slots *= 2;
    f->site = h->scratch(call, (size_t)n * sizeof *f->site);
    f->has = h->scratch(call, (size_t)n);
    f->residual = h->scratch(call, (size_t)n * sizeof *f->residual);
    f->key = h->scratch(call, f->slots * sizeof *f->key);
    f->atom = h->scratch(call, f->slots * sizeof *f->atom);
    g->front = h->scratch(call, (size_t)n * sizeof *g->front);
    g->next = h->scratch(call, (size_t)n * sizeof *g->next);
    g->f = f;
    return f->site && f->has && f->residual && f->key && f->atom && g->front && g->next;
}

/* The lattice grown from the seed that most atoms follow; its number, or -1. */
static int grow_from_best(growth *g, const loom_neighbours *nb, const int32_t *seed, int seeds)
{
    int64_t largest = 0, before = -1;
    int best = -1;
    /* twins and faults: another seed may lie in a larger part */
    for (int k = 0; k < seeds && (double)largest < 0.9 * (double)g->atoms->n; k++) {
        if (!first_cell(g, nb, seed[k])) continue;
        grow(g, seed[k]);
        if (g->f->indexed <= largest) continue;
        largest = g->f->indexed;
        best = k;
    }
    if (best < 0 || !first_cell(g, nb, seed[best])) return best;
    /* again with the cell just found, until it stays */
    for (int round = 0; round < ROUNDS && g->f->indexed != before; round++) {
        before = round ? g->f->indexed : -1;
        grow(g, seed[best]);
    }
    return best;
}

loom_status fcc_fit(loom_call *call, const char *port, const loom_atoms *atoms,
                    const loom_shell *shell, double min_fraction, fcc_lattice *out)
{
    const loom_host *h = call->host;
    loom_cells cells;
    loom_neighbours nb;
    int32_t seed[SEEDS];
    growth g = { .atoms = atoms, .cells = &cells, .near = 0.25 * shell->r1 };
    if (!allocate(call, atoms->n, out, &g)
        || !loom_cells_build(call, atoms->position, atoms->n, shell->r_valley, &cells)
        || !loom_neighbours_build(call, &cells, shell->r_valley, &nb))
        return LOOM_E_MEMORY;
    int seeds = find_seeds(atoms, &nb, seed, SEEDS), best = grow_from_best(&g, &nb, seed, seeds);
    if (best < 0 || out->indexed < 4 || (double)out->indexed < min_fraction * (double)atoms->n
        || !(loom_det3(out->half) > 0))
        return h->fail(call, LOOM_E_DATA, port,
                       "no fcc order: %lld of the %lld atoms at '%s' fit one fcc lattice (%d atoms "
                       "near the middle with 12 neighbours "
                       "within %.2f "
                       "angstrom were tried as starts), fewer than %.0f %%; check the cutoff, or "
                       "use an op that needs no lattice",
                       (long long)(best < 0 ? 0 : out->indexed), (long long)atoms->n, port, seeds,
                       shell->r_valley, 100 * min_fraction);
    settle(atoms, out);
    void *const done[] = { g.front, g.next, nb.first, nb.list, cells.start, cells.index };
    for (int k = 0; k < 6; k++) h->release(call, done[k]);
    return LOOM_OK;
}
