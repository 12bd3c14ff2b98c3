/* stage.c - volume and poses descend together, at one binning. */
#include "refinement.h"
#include "hull.h"
#include "kit/geometry.h"
#include "spectrum.h"
#include <assert.h>
#include <string.h>

#define HULL_LEVEL 0.1  /* of the bright pixels: specimen */
#define HULL_MARGIN 3.0 /* pixels of the series that silhouettes are widened by */
/* of volume and poses, as fractions of the steps that would be right for each alone */
#define STEP 0.8

static double mean_r(const refinement *q)
{
    double sum = 0;
    for (int64_t k = 0; k < q->nt; k++) sum += q->report[k].r_factor;
    return sum / (double)q->nt;
}

/* Root mean square differences of the poses from those of the last row; these become the poses now.
 */
double refinement_row(refinement *q, double binning, int64_t iteration)
{
    assert(q->done < q->row_room);
    double *row = q->rows + ROW * q->done++, shift = 0, turn = 0;
    for (int64_t k = 0; k < q->nt; k++)
        for (int i = 0; i < POSE_COUNT; i++) {
            double d = q->now[k].v[i] - q->marked[k].v[i];
            *(i < POSE_PHI ? &shift : &turn) += d * d;
        }
    memcpy(q->marked, q->now, (size_t)q->nt * sizeof(pose));
    row[0] = binning;
    row[1] = (double)iteration;
    row[2] = mean_r(q);
    row[3] = sqrt(shift / (double)q->nt);
    row[4] = sqrt(turn / (double)q->nt);
    return hypot(row[3], row[4] * refinement_lever(q, POSE_PHI));
}

bool refinement_progress(const refinement *q, int64_t done)
{
    return q->call->host->progress(
        q->call, (double)done,
        (double)(q->p->binning.n * q->p->iterations + (q->p->atoms ? ATOM_STEPS : 0)));
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Samples first .. end-1 of n that the binned sample i of m stands for. */
static void block_of(int64_t i, int64_t m, int64_t n, double binning, int64_t *first, int64_t *end)
{
    double low = ((double)(i - loom_centre(m)) - 0.5) * binning + (double)loom_centre(n) + 0.5;
    *first = (int64_t)fmax(floor(low), 0);
    *end = least((int64_t)ceil(low + binning), n);
}

/* Mean of `initial`, as a sum along rays of larger voxels, and any of `mask` over the block that a
 * voxel of the stage stands for. */
static void bin_volumes(const refinement *q, const float *density, const uint8_t *mask,
                        float *restrict to, uint8_t *restrict support)
{
    const tomogram *t = &q->t;
    for (int64_t i = 0; i < t->nz * t->ny * t->nx; i++) {
        int64_t z0, z1, y0, y1, x0, x1;
        double sum = 0;
        uint8_t any = 0;
        block_of(i / (t->ny * t->nx), t->nz, q->nz, t->binning, &z0, &z1);
        block_of(i / t->nx % t->ny, t->ny, q->ny, t->binning, &y0, &y1);
        block_of(i % t->nx, t->nx, q->nx, t->binning, &x0, &x1);
        for (int64_t z = z0; z < z1; z++)
            for (int64_t y = y0; y < y1; y++)
                for (int64_t x = x0; x < x1; x++) {
                    int64_t v = (z * q->ny + y) * q->nx + x;
                    if (density) sum += (double)density[v];
                    if (mask) any |= mask[v] != 0;
                }
        double count = fmax((double)((z1 - z0) * (y1 - y0) * (x1 - x0)), 1);
        if (density) to[i] = (float)(t->binning * sum / count);
        if (mask) support[i] = any;
    }
}

bool stage_open(refinement *q, double binning)
{
    const loom_host *h = q->call->host;
    const loom_array *density = h->array(h->input(q->call, "initial", 0), "density"),
                     *mask = h->array(h->input(q->call, "mask", 0), "mask");
    tomogram *t = &q->t;
    *t = (tomogram){ .call = q->call,
                     .nt = q->nt,
                     .ny = spectrum_binned(q->ny, binning),
                     .nx = spectrum_binned(q->nx, binning),
                     .nz = spectrum_binned(q->nz, binning),
                     .binning = binning,
                     .threads = q->threads,
                     .positive = q->p->positivity };
    size_t image = (size_t)(t->nt * t->ny * t->nx) * sizeof(float),
           voxels = (size_t)(t->nz * t->ny * t->nx);
    float *images = h->scratch(q->call, image);
    uint8_t *support = mask || q->p->hull ? h->scratch(q->call, voxels) : NULL;
    t->images = images;
    t->projected = h->scratch(q->call, image);
    t->depth = h->scratch(q->call, image);
    t->volume = h->scratch(q->call, voxels * sizeof(float));
    t->mask = support;
    if (!images || !t->projected || !t->depth || !t->volume || ((mask || q->p->hull) && !support))
        return false;
    memset(t->volume, 0, voxels * sizeof(float));
    if (density || mask)
        bin_volumes(q, density ? density->data : NULL, mask ? mask->data : NULL, t->volume,
                    support);
    if (!spectrum_move(q->call, &(spectrum_job){ .nt = q->nt,
                                                 .ny = q->ny,
                                                 .nx = q->nx,
                                                 .src = q->images,
                                                 .level = (float)q->level,
                                                 .binning = binning,
                                                 .dst = images,
                                                 .threads = q->threads }))
        return false;
    return mask || !q->p->hull
           || hull_make(t, q->now, HULL_LEVEL, 1 + (int64_t)ceil(HULL_MARGIN / binning), support);
}

void stage_close(refinement *q)
{
    const loom_host *h = q->call->host;
    void *all[] = { q->t.images, q->t.mask, q->t.projected, q->t.depth, q->t.volume };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]) h->release(q->call, all[i]);
}

/* Where the momentum carries the poses. */
static void carry_on(refinement *q, double momentum)
{
    for (int64_t k = 0; k < q->nt; k++)
        for (int i = 0; i < POSE_COUNT; i++)
            q->ahead[k].v[i] = q->now[k].v[i] + momentum * (q->now[k].v[i] - q->before[k].v[i]);
}

/* The poses after the step measured at `ahead`. */
static void move(refinement *q, double step)
{
    for (int64_t k = 0; k < q->nt; k++) {
        q->before[k] = q->now[k];
        for (int i = 0; i < POSE_COUNT; i++)
            q->now[k].v[i] = q->ahead[k].v[i] + step * q->change[k].v[i];
    }
    pose_fix_gauge(q->nt, q->start, &q->rules, q->now);
    pose_clip(q->nt, q->start, &q->rules, q->now);
}

/* What is refined in this iteration. The volume comes first: from an unfinished one, long along the
 * beam, angles would be wrong. theta follows last and at the finest scale only: coarse images
 * hardly tell a wrong theta from a volume sheared to fit it. */
static pose_rules rules_at(const refinement *q, bool last, int64_t iteration)
{
    pose_rules rules = q->rules;
    int64_t most = q->p->iterations, first = least(STRETCH, most / 4),
            theta = least(3 * STRETCH, most / 2);
    for (int i = 0; i < POSE_COUNT; i++)
        if (iteration < (i == POSE_THETA ? theta : first) || (i == POSE_THETA && !last))
            rules.refine[i] = false;
    return rules;
}

static int count(const pose_rules *rules)
{
    int n = 0;
    for (int i = 0; i < POSE_COUNT; i++) n += rules->refine[i];
    return n;
}

/* Volume and poses descend together: one gradient step of the volume and one Gauss-Newton step of
 * every pose per iteration, both with the same momentum. */
loom_status stage_run(refinement *q, int64_t stage)
{
    const params *p = q->p;
    const loom_host *h = q->call->host;
    tomogram *t = &q->t;
    bool last = stage + 1 == p->binning.n;
    int free_before = 0;
    if (!tomogram_open(t, q->now)) return LOOM_E_MEMORY;
    memcpy(q->before, q->now, (size_t)q->nt * sizeof(pose));
    memcpy(q->marked, q->now, (size_t)q->nt * sizeof(pose));
    for (int64_t i = 0; i < p->iterations; i++) {
        pose_rules rules = rules_at(q, last, i);
        int free = count(&rules);
        if (free != free_before) t->steps.momentum = 0;
        carry_on(q, t->steps.momentum);
        t->step = STEP;
        if (!tomogram_step(t, q->ahead, free > 0)) return LOOM_E_MEMORY;
        if (free > 0 && !step_measure(t, q->ahead, &rules, p->damping, q->change, q->report))
            return LOOM_E_MEMORY;
        if (free > 0) move(q, STEP);
        loom_descent_accelerate(&t->steps, t->steps.uphill || free != free_before);
        bool settled = free == free_before && free > 0;
        free_before = free;
        if (!refinement_progress(q, stage * p->iterations + i + 1)) return LOOM_E_CANCELLED;
        if ((i + 1) % STRETCH != 0 || free == 0) continue;
        double moved = refinement_row(q, t->binning, i + 1);
        if (!isfinite(moved))
            return h->fail(q->call, LOOM_E_NUMERIC, "tilts",
                           "the reconstruction diverged after %lld iterations; scale the images",
                           (long long)i + 1);
        if (settled && moved < p->tolerance
            && (!last || !q->rules.refine[POSE_THETA] || rules.refine[POSE_THETA]))
            break;
    }
    if (!tomogram_store(t, q->now)
        || !step_measure(t, q->now, &q->rules, p->damping, q->change, q->report))
        return LOOM_E_MEMORY;
    tomogram_close(t);
    return LOOM_OK;
}
