/* free.c - see free.h. */
#include "free.h"
#include "kit/binomial.h"
#include <assert.h>

enum { THIN_SEED = 1 }; /* which of the counts are left out is the same in every run */

/* Marks the tilts that the first pass does not see. */
static loom_status leave_tilts(problem *q)
{
    const loom_host *h = q->call->host;
    int64_t n = 0;
    if (!(q->left_out = h->scratch(q->call, (size_t)q->nt))) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < q->nt; k++) n += q->left_out[k] = loom_left_out(k, q->set.free_every);
    if (n > 0 && n < q->nt) return LOOM_OK;
    return h->fail(q->call, LOOM_E_PARAM, "free_every",
                   "one of %lld tilts cannot be left out of %lld; lower 'free_every', or set "
                   "'free_split: counts' where the images are counts",
                   (long long)q->set.free_every, (long long)q->nt);
}

/* Of every pixel's counts those left out, times `every`, into `free`, and the others, as many as
 * before on average, into `fitted`. False where a pixel is no count. */
static bool thin(const problem *q, const float *images, int64_t n, float *fitted, float *out)
{
    assert(q->set.free_every > 1 && n >= 0);
    double every = (double)q->set.free_every, share = 1 / every;
    bool counts = true;
#pragma omp parallel for num_threads(q->threads) schedule(static) reduction(&& : counts)
    for (int64_t i = 0; i < n; i++) {
        double all = images[i];
        counts = counts && all >= 0 && all == floor(all);
        double k = all > 0 ? loom_binomial(THIN_SEED, 0, (uint64_t)i, floor(all), share) : 0;
        out[i] = (float)(k * every);
        fitted[i] = (float)((all - k) / (1 - share));
    }
    return counts;
}

/* Splits the counts of every pixel: b becomes what is fitted, b_free what is left out. */
static loom_status leave_counts(problem *q)
{
    const loom_host *h = q->call->host;
    const loom_array *images = loom_need(q->call, "tilts", "images");
    int64_t n = loom_array_count(images);
    float *fitted = problem_floats(q, n), *out = problem_floats(q, n);
    q->b_free = problem_floats(q, q->a->image_floats);
    if (!fitted || !out || !q->b_free) return LOOM_E_MEMORY;
    if (!thin(q, images->data, n, fitted, out))
        return h->fail(q->call, LOOM_E_PARAM, "free_split",
                       "the images are not counts (whole numbers from 0), so they cannot be split: "
                       "connect the images as recorded, or set 'free_split: tilts'");
    loom_projector_load_images(q->a, fitted, (float)q->level, q->b);
    loom_projector_load_images(q->a, out, (float)q->level, q->b_free);
    h->release(q->call, fitted);
    h->release(q->call, out);
    return LOOM_OK;
}

/* Everything as it was opened, for a pass over all data with the iterations found. */
static loom_status start_again(problem *q)
{
    const loom_host *h = q->call->host;
    problem_free_floats(q);
    if (q->b_free) {
        h->release(q->call, q->b_free);
        loom_projector_load_images(q->a, loom_need(q->call, "tilts", "images")->data,
                                   (float)q->level, q->b);
    }
    q->left_out = NULL;
    q->b_free = NULL;
    q->set.stop = STOP_NEVER;
    q->set.iterations = q->free.best;
    q->rows = 0;
    return problem_open_volume(q);
}

static void report(const problem *q)
{
    const loom_host *h = q->call->host;
    const double *r = q->r_free;
    h->note(q->call, "data left out are explained best after %lld of %lld iterations: R_free %.4g",
            (long long)q->free.best, (long long)(q->free.seen - 1), r[q->free.best]);
    if (q->free.best == q->free.seen - 1 && q->free.best > 0)
        h->warn(q->call, "iterations",
                "R_free was still falling after %lld iterations (%.4g): raise 'iterations'",
                (long long)q->free.best, r[q->free.best]);
    if (q->free.best == 0)
        h->warn(q->call, "stop",
                "no iteration explains the data left out (R_free %.4g at the start): the volume is "
                "where it began. Are the angles those of the images, and is 'background' right?",
                r[0]);
}

/* The pass with data left out, and back to the start. */
static loom_status find_iterations(problem *q, problem_pass *pass, const void *params)
{
    assert(!q->r_free && q->set.iterations >= 0);
    q->r_free =
        q->call->host->scratch(q->call, (size_t)(q->set.iterations + 1) * sizeof *q->r_free);
    if (!q->r_free) return LOOM_E_MEMORY;
    loom_status status = q->set.free_split == SPLIT_TILTS ? leave_tilts(q) : leave_counts(q);
    if (status == LOOM_OK) status = pass(q, params);
    if (status != LOOM_OK) return status;
    status = problem_converged(q);
    if (status != LOOM_OK) return status;
    report(q);
    return start_again(q);
}

loom_status problem_solve(loom_call *call, const problem_settings *set, problem_pass *pass,
                          const void *params)
{
    assert(pass && set);
    problem q;
    loom_status status = problem_open(call, set, &q);
    if (status == LOOM_OK && set->stop == STOP_FREE) status = find_iterations(&q, pass, params);
    if (status == LOOM_OK) status = pass(&q, params);
    return status == LOOM_OK ? problem_close(&q) : status;
}
