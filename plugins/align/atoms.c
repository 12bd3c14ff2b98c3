/* atoms.c - the last stage of align.refine: the specimen is a sum of atoms, refined together with
 * the poses (see bundle.h).
 *
 * A volume free in every voxel follows much of what is wrong with the poses, and their noise: its
 * neighbouring views share little beyond the lattice's first frequencies. Atoms have 4 unknowns
 * each instead of some 80 voxels, and bonds between neighbours leave them fewer still. */
#include "refinement.h"
#include "kit/gaussian.h"
#include "kit/geometry.h"
#include "peaks.h"
#include <string.h>

#define FIRST_WIDTH 1.5     /* pixels, where the width starts */
#define FAINTEST 0.1        /* of the mean image: no pixel weighs more than one this bright */
#define WEIGHT_BLUR 3.0     /* pixels that images are smoothed by for the weights */
#define LEAST_AMPLITUDE 0.3 /* of the median: fainter atoms go */
#define NEW_AMPLITUDE 0.3   /* of the median: atoms that the residual asks for */
/* Of the distance of neighbours: points nearer than this are one atom. Two points that share an
 * atom, or three that share two, sit closer than atoms do; while positions are rough, so do true
 * neighbours. New ones may be a little nearer: they have yet to settle. */
#define APART_FIRST 0.5
#define APART 0.7
#define NEW_APART 0.6
#define SETTLED 0.25 /* of the tolerance: move of the last step */
enum { ROUNDS = 12, LAST_ROUNDS = 48, SEARCHES = 6, FIRST_ROUGH = 3, LEAST_ATOMS = 30 };
/* What the atoms must reach for their poses to be taken (docs/alignment.md has what they reach
 * where they are right and where they are not). */
/* pixels at the specimen's edge in the last step: poses that the atoms do not hold drift on */
#define MOST_MOVE 0.03
#define MOST_DRIFT 1.0 /* pixels at the specimen's edge from the poses of the voxels */
/* root mean square of the lengths of bonds over their mean: atoms that are none have no shells of
 * neighbours */
#define MOST_SPREAD 0.08
/* of an atom over the distance of neighbours: beyond, images do not show them apart */
#define MOST_WIDTH 0.4
/* power of the residual at an atom's width over that of white noise: where atoms are missing,
 * structure stays */
#define MOST_COLOUR 1.2

int64_t atoms_room(const refinement *q)
{
    double voxels = (double)q->nx * (double)q->ny * (double)q->nz / 200;
    return voxels < 100000 ? (int64_t)voxels + 64 : 100000;
}

/* The variance of every pixel, from the smoothed images: as the series says of its noise, else shot
 * noise above a background that is not below zero. Into `weight`. */
static void find_variances(const refinement *q, bundle *b)
{
    int64_t pixels = b->ny * b->nx;
    loom_gaussian g;
    loom_gaussian_make(WEIGHT_BLUR, &g);
    loom_gaussian_images(&g, LOOM_BORDER_NEAREST, b->images, b->nt, b->ny, b->nx, b->model,
                         b->weight, b->threads);
#pragma omp parallel for num_threads(b->threads) schedule(static)
    for (int64_t k = 0; k < b->nt; k++)
        for (int64_t i = k * pixels; i < (k + 1) * pixels; i++) {
            double v = (double)b->weight[i];
            v = q->noise ? loom_noise_variance(q->noise + k, v + q->level)
                         : fmax(v + fmax(q->level, 0), 0);
            b->weight[i] = (float)v;
        }
}

/* One over the variance, scaled to 1 at its mean. */
static void weigh(const refinement *q, bundle *b)
{
    int64_t all = b->nt * b->ny * b->nx;
    double mean = 0;
    find_variances(q, b);
    for (int64_t i = 0; i < all; i++) mean += (double)b->weight[i] / (double)all;
    float least = (float)(FAINTEST * mean), top = (float)mean;
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++)
        b->weight[i] = mean > 0 ? top / fmaxf(b->weight[i], least) : 0.999f;
    bundle_weigh(b);
}

/* Power of the weighted residual as an atom's image filters it, over what white noise of the same
 * variance would have, where images are bright. */
static double colour(bundle *b)
{
    int64_t all = b->nt * b->ny * b->nx, count = 0;
    double sum = 0;
    loom_gaussian g;
    loom_gaussian_make(b->sigma_px, &g);
    double white = 0;
    for (int64_t i = -g.reach; i <= g.reach; i++)
        white += (double)g.weight[i < 0 ? -i : i] * (double)g.weight[i < 0 ? -i : i];
#pragma omp parallel for simd num_threads(b->threads) schedule(static)
    for (int64_t i = 0; i < all; i++) b->widened[i] = b->residual[i] * sqrtf(b->weight[i]);
    loom_gaussian_images(&g, LOOM_BORDER_REFLECT, b->widened, b->nt, b->ny, b->nx, b->model,
                         b->widened, b->threads);
    for (int64_t i = 0; i < all; i++)
        if (b->weight[i] < 1) {
            sum += (double)(b->widened[i] * b->widened[i]);
            count++;
        }
    return count && b->noise > 0 ? sum / (double)count / (b->noise * white * white) : 0;
}

/* R-factors of the tilts; standard errors that take the atoms as known. */
static void report(refinement *q, const bundle *b)
{
    int64_t pixels = b->ny * b->nx;
    for (int64_t k = 0; k < b->nt; k++) {
        double difference = 0, total = 0, column[LOOM_VIEW];
        for (int64_t i = k * pixels; i < (k + 1) * pixels; i++) {
            difference += fabs((double)b->residual[i]);
            total += fabs((double)b->images[i]);
        }
        q->report[k].r_factor = total > 0 ? difference / total : 0;
        for (int i = 0; i < LOOM_VIEW; i++) {
            double unit[LOOM_VIEW] = { 0 };
            unit[i] = 1;
            bundle_divide_pose(b, k, unit, column);
            q->report[k].sigma[i] = sqrt(fmax(0, b->noise * column[i]));
        }
    }
}

/* Root mean square distance at the specimen's edge, in pixels. */
static double distance(const refinement *q, const pose *a, const pose *b)
{
    double sum = 0;
    for (int64_t k = 0; k < q->nt; k++)
        for (int i = 0; i < POSE_COUNT; i++) {
            double d = (a[k].v[i] - b[k].v[i]) * refinement_lever(q, i);
            sum += d * d;
        }
    return sqrt(sum / (double)q->nt);
}

/* A step of atoms and poses, and what they lose and gain in it. */
typedef struct progress {
    double moved;
    int64_t changed;
} progress;

static loom_status advance(refinement *q, bundle *b, int64_t i, bool search, bool thorough,
                           progress *out)
{
    int64_t gone, new = 0;
    if (!bundle_step(b, thorough ? LAST_ROUNDS : ROUNDS, i > 0, thorough)) return LOOM_E_MEMORY;
    if ((gone = peaks_prune(b, LEAST_AMPLITUDE,
                            (i < FIRST_ROUGH ? APART_FIRST : APART) * b->bonds.length))
        < 0)
        return LOOM_E_MEMORY;
    bundle_measure(b);
    if (search && (new = peaks_add(b, NEW_AMPLITUDE, NEW_APART * b->bonds.length)) < 0)
        return LOOM_E_MEMORY;
    report(q, b);
    *out = (progress){ .moved = refinement_row(q, 1, i + 1), .changed = gone + new };
    return refinement_progress(q, q->p->binning.n * q->p->iterations + i + 1) ? LOOM_OK
                                                                              : LOOM_E_CANCELLED;
}

/* Atoms are sought until none come or go, then atoms and poses settle; `moved` by the last step. */
static loom_status fit(refinement *q, bundle *b, const pose *voxels, double *moved)
{
    bundle_begin(b);
    bool searching = true;
    for (int64_t i = 0, settling = 0; i < ATOM_STEPS && b->n >= LEAST_ATOMS; i++) {
        progress p;
        loom_status status = advance(q, b, i, searching && i % 2 == 1, !searching, &p);
        if (status != LOOM_OK) return status;
        *moved = p.moved;
        if (distance(q, q->now, voxels) > MOST_DRIFT) break;
        settling += !searching;
        if (settling > 1 && p.moved < SETTLED * q->p->tolerance) break;
        if (searching && (i + 1 == 2 * SEARCHES || (i > 2 && i % 2 == 1 && p.changed == 0)))
            searching = false;
    }
    return LOOM_OK;
}

/* NULL when the atoms' poses are to be taken, else what is wrong with the atoms. */
static const char *objection(const refinement *q, bundle *b, const pose *voxels, double moved,
                             double *found)
{
    if (b->n < LEAST_ATOMS) return *found = (double)b->n, "too few (number)";
    if (!((*found = distance(q, q->now, voxels)) <= MOST_DRIFT))
        return "poses leave those of the voxels (pixels)";
    if (!((*found = moved) <= MOST_MOVE)) return "poses do not settle (pixels)";
    if (!((*found = b->bonds.spread / b->bonds.length) <= MOST_SPREAD))
        return "distances of neighbours scatter (relative)";
    if (!((*found = b->sigma_px / b->bonds.length) <= MOST_WIDTH))
        return "neighbours are not resolved (width over distance)";
    if (!((*found = colour(b)) <= MOST_COLOUR))
        return "structure is left over (residual's power over white noise)";
    return NULL;
}

/* Keeps the points, moved as what no image can tell of the poses was taken off: from `before` to
 * those of now. */
static bool keep_points(refinement *q, const bundle *b, const pose *before)
{
    double turn[9], shift[3];
    q->point = q->call->host->scratch(q->call, (size_t)(LOOM_POINT * b->n) * sizeof(double));
    if (!q->point) return false;
    pose_motion(q->nt, before, q->now, turn, shift);
    for (int64_t j = 0; j < b->n; j++) {
        const double *from = b->point + LOOM_POINT * j;
        double *to = q->point + LOOM_POINT * j;
        for (int i = 0; i < 3; i++)
            to[i] = turn[3 * i] * from[0] + turn[3 * i + 1] * from[1] + turn[3 * i + 2] * from[2]
                    + shift[i];
        to[3] = from[3];
    }
    q->n = b->n;
    q->sigma_px = b->sigma_px;
    return true;
}

static bool begin(refinement *q, bundle *b, float *images)
{
    const tomogram *t = &q->t;
    int64_t all = q->nt * q->ny * q->nx;
    if (!images || !bundle_open(b)) return false;
    for (int64_t i = 0; i < all; i++) images[i] = q->images[i] - (float)q->level;
    weigh(q, b);
    return peaks_begin(b, t->volume, (int64_t[]){ t->nx, t->ny, t->nz }, t->binning);
}

loom_status atoms_run(refinement *q)
{
    const loom_host *h = q->call->host;
    int64_t rows = q->done;
    double moved = INFINITY, found = 0;
    pose *voxels = h->scratch(q->call, (size_t)q->nt * sizeof(pose)),
         *fitted = h->scratch(q->call, (size_t)q->nt * sizeof(pose));
    step_tilt *known = h->scratch(q->call, (size_t)q->nt * sizeof *known);
    float *images = h->scratch(q->call, (size_t)(q->nt * q->ny * q->nx) * sizeof(float));
    pose_rules rules = q->rules;
    bundle b = { .call = q->call,
                 .nt = q->nt,
                 .ny = q->ny,
                 .nx = q->nx,
                 .threads = q->threads,
                 .images = images,
                 .rules = &rules,
                 .poses = q->now,
                 .sigma_px = FIRST_WIDTH,
                 .spread = q->p->bond_spread,
                 .room = atoms_room(q) };
    if (!voxels || !fitted || !known || !begin(q, &b, images)) return LOOM_E_MEMORY;
    memcpy(voxels, q->now, (size_t)q->nt * sizeof(pose));
    memcpy(known, q->report, (size_t)q->nt * sizeof *known);
    if (b.n > b.room) b.n = 0; /* noise in every corner */
    loom_status status = fit(q, &b, voxels, &moved);
    if (status != LOOM_OK) return status;
    rules.stretch = true;
    memcpy(fitted, q->now, (size_t)q->nt * sizeof(pose));
    pose_fix_gauge(q->nt, q->start, &rules, q->now);
    pose_clip(q->nt, q->start, &rules, q->now);
    const char *why = objection(q, &b, voxels, moved, &found);
    if (why) {
        h->note(q->call, "atoms: %s: %.3g; poses are those of the voxels", why, found);
        memcpy(q->now, voxels, (size_t)q->nt * sizeof(pose));
        memcpy(q->report, known, (size_t)q->nt * sizeof *known);
        q->done = rows;
    } else {
        if (!keep_points(q, &b, fitted)) return LOOM_E_MEMORY;
        h->note(q->call,
                "atoms: %lld, %.3f pixels wide, %.2f bonds each, of %.2f pixels +- %.1f %%; "
                "residual's power at their width %.2f of white noise",
                (long long)b.n, b.sigma_px, 2 * (double)b.bonds.n / (double)b.n, b.bonds.length,
                100 * b.bonds.spread / b.bonds.length, colour(&b));
    }
    bundle_close(&b);
    return LOOM_OK;
}
