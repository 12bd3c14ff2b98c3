/* collaborative.c - see collaborative.h. */
#include "collaborative.h"
#include <math.h>
#include <string.h>

/* One step on one image; group buffers and accumulators of one thread. */
typedef struct filter {
    const bm3d_step *step;
    const match_planes *noisy, *basic; /* basic NULL: the first step */
    float lambda;
    block_kind kind;
    block_tables tables;
    match_place found[BLOCK_MAX_GROUP];
    float window[BLOCK_MAX];
    float *group, *guide; /* [BLOCK_MAX_GROUP][BLOCK_MAX] */
    float *sum, *weight;  /* [ny][nx] */
} filter;

int64_t bm3d_work(int64_t ny, int64_t nx) { return 2 * BLOCK_MAX_GROUP * BLOCK_MAX + 2 * ny * nx; }

/* Coefficients of the matches in `planes`. */
static void gather(const filter *f, const match_planes *planes, int n, float *group)
{
    int pixels = f->step->edge * f->step->edge;
    for (int i = 0; i < n; i++) {
        const match_place *m = f->found + i;
        block_forth(&f->tables, planes->plane[m->plane] + m->y * planes->stride + m->x,
                    planes->stride, group + i * pixels);
    }
    group_forth(group, n, pixels);
}

/* What is small is set to zero; returns the weight of the group, one over the number kept. */
static float threshold(float *restrict group, int count, float lambda)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        bool keep = fabsf(group[i]) >= lambda;
        kept += keep;
        group[i] = keep ? group[i] : 0;
    }
    return 1 / (float)(kept > 1 ? kept : 1);
}

/* Wiener's gain with the basic estimate as the signal; returns one over the sum of its squares. */
static float shrink(float *restrict group, const float *restrict guide, int count)
{
    float squares = 0;
    for (int i = 0; i < count; i++) {
        float power = guide[i] * guide[i], gain = power / (power + 1);
        squares += gain * gain;
        group[i] *= gain;
    }
    return 1 / (squares > 1e-6f ? squares : 1e-6f);
}

/* Adds the blocks of the image itself; those lent by others stay with them. */
static void scatter(const filter *f, int n, float weight)
{
    int edge = f->step->edge;
    int64_t nx = f->noisy->nx;
    float block[BLOCK_MAX];
    for (int i = 0; i < n; i++) {
        const match_place *m = f->found + i;
        if (m->plane) continue;
        block_back(&f->tables, f->group + i * edge * edge, block);
        for (int r = 0; r < edge; r++) {
            float *restrict sum = f->sum + (m->y + r) * nx + m->x, *restrict all = f->weight
                                                                                   + (m->y + r) * nx
                                                                                   + m->x;
            for (int c = 0; c < edge; c++) {
                float w = weight * f->window[r * edge + c];
                sum[c] += w * block[r * edge + c];
                all[c] += w;
            }
        }
    }
}

static void filter_at(filter *f, const match_rule *rule, int64_t y, int64_t x)
{
    const match_planes *looks = f->basic ? f->basic : f->noisy;
    int n = match_find(looks, rule, y, x, f->found), count = n * rule->edge * rule->edge;
    float weight;
    gather(f, f->noisy, n, f->group);
    if (f->basic) {
        gather(f, f->basic, n, f->guide);
        weight = shrink(f->group, f->guide, count);
    } else weight = threshold(f->group, count, f->lambda);
    group_back(f->group, n, rule->edge * rule->edge);
    scatter(f, n, weight);
}

/* Reference blocks every `step` pixels, and at the last row and column. */
static int64_t next(int64_t at, int64_t step, int64_t last)
{
    return at < last && at + step > last ? last : at + step;
}

static void run_filter(filter *f, double sigma255, float *dst)
{
    const bm3d_step *s = f->step;
    int64_t ny = f->noisy->ny, nx = f->noisy->nx, n = ny * nx;
    match_rule rule = { s->edge, s->search, s->group,
                        (float)(s->tau / (sigma255 * sigma255) * s->edge * s->edge) };
    memset(f->sum, 0, (size_t)n * sizeof(float));
    memset(f->weight, 0, (size_t)n * sizeof(float));
    block_tables_make(f->kind, s->edge, &f->tables);
    block_window(s->edge, s->beta, f->window);
    for (int64_t y = 0; y <= ny - s->edge; y = next(y, s->step, ny - s->edge))
        for (int64_t x = 0; x <= nx - s->edge; x = next(x, s->step, nx - s->edge))
            filter_at(f, &rule, y, x);
    for (int64_t i = 0; i < n; i++) dst[i] = f->sum[i] / f->weight[i];
}

static void start(filter *f, float *work)
{
    f->group = work;
    f->guide = work + BLOCK_MAX_GROUP * BLOCK_MAX;
    f->sum = f->guide + BLOCK_MAX_GROUP * BLOCK_MAX;
    f->weight = f->sum + f->noisy->ny * f->noisy->nx;
}

void bm3d_first(const bm3d_profile *p, const match_planes *noisy, double sigma255, float *work,
                float *dst)
{
    filter f = { .step = &p->hard, .noisy = noisy, .lambda = (float)p->lambda, .kind = p->kind };
    start(&f, work);
    run_filter(&f, sigma255, dst);
}

void bm3d_second(const bm3d_profile *p, const match_planes *noisy, const match_planes *basic,
                 double sigma255, float *work, float *dst)
{
    filter f = { .step = &p->wiener, .noisy = noisy, .basic = basic };
    start(&f, work);
    run_filter(&f, sigma255, dst);
}
