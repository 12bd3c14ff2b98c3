/* kit/model.c - see model.h */
#include "kit/model.h"
#include "kit/cells.h"
#include "kit/coincide.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer distances would not fit into whole numbers of cells. */
static const double longest = 1e15;
/* Number densities at room temperature: caesium has the lowest of the metals, diamond the highest
 * of all solids; a model may be 3 times away from them. */
static const double sparsest = 0.0085 / 3, densest = 0.176 * 3, longest_bond = 5.3;
/* Perfect crystals (fcc, bcc, hcp, diamond, rock salt) in any orientation gain 1.42 at most. */
static const double gain_limit = 1.5, gain_uneven = 1.1;
enum {
    FEWEST = 4,       /* atoms to say anything of */
    FEW = 50,         /* atoms to say something of axes of */
    NEIGHBOURS = 12,  /* in the ball whose density is taken */
    MOST_NEAR = 256,  /* neighbours looked at */
    FEW_SAMPLE = 300, /* of the sample, for density and axes */
    FACTORS = 3,      /* scales tried along each axis */
    CURVES = 3 * FACTORS
};
/* 0.42 tells layers that do not touch (graphite: 2.36 bond lengths apart) from an axis that is
 * twice too long: layers gain more still when they come closer than half. */
#define REACH 2.4 /* r1: a neighbour twice as far as the nearest along one axis is within */
static const double factors[FACTORS] = { 0.5, 0.42, 2 };

typedef struct offset {
    double along[3], square;
} offset;

typedef struct survey {
    const double *x;
    int64_t n, m; /* all atoms, and the sample */
    loom_cells cells;
    double low[3], extent[3]; /* of the middle 96 % along each axis */
    double spacing;           /* estimated */
    double radius, wide;      /* where searches for one neighbour, and for 13, begin */
    offset near[MOST_NEAR];
    double bonds[3];          /* squares of the directions of pairs nearer than 1.3 r1, summed */
    double *nearest, *sorted; /* [m]; sorted: room for finding quantiles */
    int64_t stride, few;      /* every `stride`th of the sample, so many */
    double *scaled[CURVES];   /* [few] the nearest neighbour when one axis is scaled */
    double plain;             /* median of the nearest when none is */
} survey;

static int by_size(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* The entry a share of the way up; sorts. */
static double quantile(double *v, int64_t n, double share)
{
    assert(n > 0 && share >= 0 && share <= 1);
    qsort(v, (size_t)n, sizeof *v, by_size);
    return v[(int64_t)(share * (double)(n - 1) + 0.5)];
}

static const double *atom(const survey *s, int64_t k) { return s->x + 3 * (k * s->n / s->m); }

static void choose_few(survey *s)
{
    assert(s->m > 0);
    s->stride = 1 + s->m / FEW_SAMPLE;
    s->few = (s->m + s->stride - 1) / s->stride;
}

/* Where the model is, and the spacing of a simple cubic lattice that fills it; of a square one, or
 * a row, where it is flat or thin. */
static double find_middle(survey *s)
{
    double side[3];
    for (int a = 0; a < 3; a++) {
        for (int64_t j = 0; j < s->few; j++) s->sorted[j] = atom(s, j * s->stride)[a];
        s->low[a] = quantile(s->sorted, s->few, 0.02);
        side[a] = s->extent[a] = quantile(s->sorted, s->few, 0.98) - s->low[a];
    }
    qsort(side, 3, sizeof *side, by_size);
    double spacing = cbrt(side[0]) * cbrt(side[1]) * cbrt(side[2]) / cbrt((double)s->n);
    if (side[0] < spacing) spacing = sqrt(side[1]) * sqrt(side[2]) / sqrt((double)s->n);
    if (side[1] < spacing) spacing = side[2] / (double)s->n;
    return fmax(spacing, 1e-3);
}

/* Atoms that lie far from all others would make the cells of the rest large and the search slow:
 * they are left out (4 % at most can be so far). Returns what to release, or NULL; *ok is false
 * when out of memory. */
static double *leave_out_far(loom_call *call, survey *s, double spacing, bool *ok)
{
    int64_t inside = 0;
    double *kept = NULL;
    for (int copy = 0; copy < 2; copy++) {
        int64_t n = 0;
        for (int64_t i = 0; i < s->n; i++) {
            bool far = false;
            for (int a = 0; a < 3; a++) {
                double x = s->x[3 * i + a] - s->low[a], margin = 2 * s->extent[a] + 20 * spacing;
                far |= x < -margin || x > s->extent[a] + margin;
            }
            if (far) continue;
            if (copy) memcpy(kept + 3 * n, s->x + 3 * i, 3 * sizeof *kept);
            n++;
        }
        if (n == s->n || n < FEWEST) return NULL;
        inside = n;
        if (!copy && !(kept = call->host->scratch(call, (size_t)(3 * n) * sizeof *kept)))
            return *ok = false, NULL;
    }
    s->x = kept;
    s->n = inside;
    if (s->m > s->n) s->m = s->n;
    choose_few(s);
    return kept;
}

/* Where an atom's neighbours lie: offsets in s->near, at most MOST_NEAR of those within `radius`.
 * Returns how many there are. */
static int64_t neighbours(survey *s, const double *at, double radius)
{
    const loom_cells *c = &s->cells;
    int64_t low[3], high[3], found = 0;
    for (int a = 0; a < 3; a++) {
        low[a] = loom_cells_along(c, a, at[a] - radius);
        high[a] = loom_cells_along(c, a, at[a] + radius);
    }
    for (int64_t z = low[2]; z <= high[2]; z++)
        for (int64_t y = low[1]; y <= high[1]; y++) {
            int64_t row = (z * c->dim[1] + y) * c->dim[0];
            for (int64_t i = c->start[row + low[0]]; i < c->start[row + high[0] + 1]; i++) {
                const double *other = s->x + 3 * c->index[i];
                offset d = { { other[0] - at[0], other[1] - at[1], other[2] - at[2] }, 0 };
                d.square =
                    d.along[0] * d.along[0] + d.along[1] * d.along[1] + d.along[2] * d.along[2];
                if (other == at || d.square > radius * radius) continue;
                if (found < MOST_NEAR) s->near[found] = d;
                found++;
            }
        }
    return found;
}

/* At least `least` neighbours and at most MOST_NEAR, which are in s->near; returns how many. The
 * radius, where the last such search ended, is widened, then halved, until it fits; many points at
 * one place never do. */
static int64_t gather(survey *s, const double *at, int64_t least, double *radius)
{
    assert(least > 0 && *radius > 0);
    double low = 0, high = INFINITY;
    for (int round = 0; round < 1000; round++) {
        int64_t found = neighbours(s, at, *radius);
        if (found >= least && found <= MOST_NEAR) return found;
        if (found > MOST_NEAR && *radius < 1e-6 * s->spacing) return MOST_NEAR;
        if (found < least) low = *radius;
        else high = *radius;
        *radius = isfinite(high) ? (low + high) / 2 : 1.5 * low;
        if (low >= high * (1 - 1e-9)) break;
    }
    int64_t found = neighbours(s, at, *radius = high);
    return found < MOST_NEAR ? found : MOST_NEAR;
}

static double nearest_of(survey *s, int64_t k)
{
    double least = INFINITY;
    int64_t found = gather(s, atom(s, k), 1, &s->radius);
    for (int64_t i = 0; i < found; i++) least = fmin(least, s->near[i].square);
    return sqrt(least);
}

/* Atoms per volume of the ball that ends half way between two neighbours. */
static double density_of(survey *s, int64_t k)
{
    assert(k >= 0 && k < s->m);
    double square[MOST_NEAR];
    int64_t wanted = s->n - 1 < NEIGHBOURS + 1 ? s->n - 1 : NEIGHBOURS + 1,
            found = gather(s, atom(s, k), wanted, &s->wide);
    if (wanted > found) wanted = found;
    assert(wanted > 1);
    for (int64_t i = 0; i < found; i++) square[i] = s->near[i].square;
    for (int64_t i = 0; i < wanted; i++)
        for (int64_t j = i + 1; j < found; j++)
            if (square[j] < square[i]) {
                double swap = square[i];
                square[i] = square[j];
                square[j] = swap;
            }
    double radius = (sqrt(square[wanted - 2]) + sqrt(square[wanted - 1])) / 2;
    return (double)wanted / (4 * M_PI / 3 * radius * radius * radius);
}

static bool has_usual_neighbour(survey *s, int64_t k, double r1)
{
    assert(k >= 0 && k < s->m && r1 >= 0);
    if (s->nearest[k] >= 0.7 * r1) return s->nearest[k] <= 1.3 * r1;
    int64_t found = neighbours(s, atom(s, k), 1.3 * r1);
    for (int64_t i = 0; i < found && i < MOST_NEAR; i++)
        if (s->near[i].square >= 0.49 * r1 * r1) return true;
    return false;
}

/* Where the neighbours nearer than 1.3 r1 lie, and the nearest under each scale. */
static void look_along_axes(survey *s, int64_t j, double r1)
{
    double least[CURVES];
    int64_t found = neighbours(s, atom(s, j * s->stride), REACH * r1);
    if (found > MOST_NEAR) found = MOST_NEAR;
    for (int c = 0; c < CURVES; c++) least[c] = REACH * REACH * r1 * r1;
    for (int64_t i = 0; i < found; i++) {
        const offset *d = &s->near[i];
        for (int a = 0; a < 3; a++) {
            double square = d->along[a] * d->along[a];
            if (d->square <= 1.69 * r1 * r1 && d->square > 0) s->bonds[a] += square / d->square;
            for (int f = 0; f < FACTORS; f++)
                least[FACTORS * a + f] = fmin(least[FACTORS * a + f],
                                              d->square + (factors[f] * factors[f] - 1) * square);
        }
    }
    for (int c = 0; c < CURVES; c++) s->scaled[c][j] = sqrt(fmax(0, least[c]));
}

/* How much more densely spheres as wide as the nearest neighbours' distance are packed when one
 * axis is scaled. */
static double gain_of(survey *s, int axis, int which)
{
    assert(axis >= 0 && axis < 3 && which >= 0 && which < FACTORS);
    double d = quantile(s->scaled[FACTORS * axis + which], s->few, 0.5) / s->plain;
    return d * d * d / factors[which];
}

/* Chains and single layers have nothing to compare along some axes: those are not tried. Bonds that
 * keep to some directions are reason enough with less of a gain: they do in a stretched glass. */
static void find_axis(survey *s, loom_model *out)
{
    double all = s->bonds[0] + s->bonds[1] + s->bonds[2], r1 = out->r1;
    int wide = 0;
    bool thick = true, flat = false;
    for (int a = 0; a < 3; a++) {
        wide += s->extent[a] > 4 * r1;
        thick &= s->extent[a] > 6 * r1;
        flat |= s->bonds[a] < 0.1 * all;
    }
    for (int a = 0; a < 3 && wide > 1 && all > 0; a++) {
        double half = gain_of(s, a, 0), less = gain_of(s, a, 1), twice = gain_of(s, a, 2),
               share = s->bonds[a] / all;
        bool few = thick && share < 0.3, many = thick && !flat && share > 0.4;
        if (s->extent[a] > 4 * r1 && half > less && half > out->gain
            && half > (few ? gain_uneven : gain_limit))
            out->axis = a, out->factor = 0.5, out->gain = half;
        if (s->extent[a] > 2 * r1 && twice > out->gain && twice > (many ? gain_uneven : gain_limit))
            out->axis = a, out->factor = 2, out->gain = twice;
    }
}

static void try_axes(survey *s, loom_model *out)
{
    for (int64_t j = 0; j < s->few; j++) {
        look_along_axes(s, j, out->r1);
        s->sorted[j] = s->nearest[j * s->stride];
    }
    s->plain = quantile(s->sorted, s->few, 0.5);
    if (s->plain > 0) find_axis(s, out);
}

static void measure(survey *s, loom_model *out)
{
    int64_t close = 0, strange = 0;
    for (int64_t j = 0; j < s->few; j++) s->sorted[j] = density_of(s, j * s->stride);
    out->density_inside = quantile(s->sorted, s->few, 0.75);
    out->density = quantile(s->sorted, s->few, 0.5);
    for (int64_t k = 0; k < s->m; k++) s->sorted[k] = s->nearest[k] = nearest_of(s, k);
    out->r1 = quantile(s->sorted, s->m, 0.5);
    for (int64_t k = 0; k < s->m; k++) {
        close += s->nearest[k] < 0.7 * out->r1;
        strange += !has_usual_neighbour(s, k, out->r1);
    }
    out->close = (double)close / (double)s->m;
    out->strange = (double)strange / (double)s->m;
    if (s->n >= FEW && out->r1 > 0) try_axes(s, out);
}

bool loom_model_measure(loom_call *call, int64_t n, const double *position, loom_model *out)
{
    const loom_host *h = call->host;
    bool ok = true;
    *out = (loom_model){ .axis = -1 };
    if (n < FEWEST || n > INT32_MAX) return true;
    survey *s = h->scratch(call, sizeof *s);
    int64_t m = n < LOOM_MODEL_SAMPLE ? n : LOOM_MODEL_SAMPLE;
    double *room = h->scratch(call, (size_t)((CURVES + 2) * m) * sizeof *room);
    if (!s || !room) return false;
    *s = (survey){ .x = position, .n = n, .m = m, .nearest = room };
    s->sorted = room + m;
    choose_few(s);
    for (int c = 0; c < CURVES; c++) s->scaled[c] = room + (c + 2) * m;
    double spacing = find_middle(s), *kept = leave_out_far(call, s, spacing, &ok);
    s->spacing = spacing;
    s->radius = 1.3 * spacing;
    s->wide = 1.7 * spacing;
    out->sample = s->m;
    out->r1 = spacing;
    if (!(spacing < longest)) return true; /* the density stays 0 */
    if (!ok || !loom_cells_build(call, s->x, s->n, spacing, &s->cells)) return false;
    measure(s, out);
    void *all[] = { s->cells.start, s->cells.index, room, s, kept };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]) h->release(call, all[i]);
    return true;
}

/* ---- warnings -------------------------------------------------------------------------------- */

/* A row of atoms is not sparse; a few atoms may lie anywhere, but not too close to each other. */
static bool warn_of_density(loom_call *call, const char *where, const loom_model *m)
{
    bool dense = m->density > densest,
         sparse = m->density_inside < sparsest && m->r1 > longest_bond && m->sample > NEIGHBOURS;
    if (!dense && !sparse) return false;
    call->host->warn(call, where,
                     "the atoms lie %.3g angstrom from their nearest neighbours, %.3g of them in a "
                     "cubic angstrom; metals and semiconductors have 0.0085 to 0.18. Are positions "
                     "or the size of a voxel given in %s? They must be in angstrom",
                     m->r1, dense ? m->density : m->density_inside,
                     dense ? "nanometres, or as fractions of a cell" : "voxels, or in picometres");
    return true;
}

static bool warn_of_neighbours(loom_call *call, const char *where, const loom_model *m)
{
    bool close = m->close > m->strange;
    double share = close ? m->close : m->strange;
    if (share <= 0.1 || m->sample <= NEIGHBOURS) return false;
    call->host->warn(call, where,
                     "%.0f %% of %lld atoms have %s times the usual distance of neighbours, %.3g "
                     "angstrom; in metals and semiconductors hardly any do. Are some of them peaks "
                     "of noise (drop the dim ones: classify.kmeans with 'discard', or a mask)? Are "
                     "x, y and z read right?",
                     100 * share, (long long)m->sample,
                     close ? "a neighbour within 0.7" : "no neighbour between 0.7 and 1.3", m->r1);
    return true;
}

/* False when out of memory. */
static bool warn_of_twice(loom_call *call, const char *where, int64_t n, const double *position)
{
    int64_t pair[2], twice = loom_coincident(call, n, position, pair);
    if (twice > 0)
        call->host->warn(call, where,
                         "%lld of %lld atoms stand%s at the place of another, atom %lld at that of "
                         "atom %lld; was a list joined to itself, or a cell repeated with its "
                         "edges?",
                         (long long)twice, (long long)n, twice == 1 ? "s" : "",
                         (long long)pair[0] + 1, (long long)pair[1] + 1);
    return twice >= 0;
}

bool loom_check_model(loom_call *call, const char *where, int64_t n, const double *position)
{
    assert(where && (position || !n));
    loom_model m;
    if (!warn_of_twice(call, where, n, position)) return false;
    if (!loom_model_measure(call, n, position, &m)) return false;
    if (!m.sample || warn_of_density(call, where, &m) || warn_of_neighbours(call, where, &m)
        || m.axis < 0)
        return true;
    call->host->warn(call, where,
                     "the scales of the axes do not fit each other: with %c %s the atoms would be "
                     "packed %.2f times as densely without coming closer. Check the size of a "
                     "voxel, or the unit, along x, y and z",
                     "xyz"[m.axis], m.factor < 1 ? "half as long" : "twice as long", m.gain);
    return true;
}
