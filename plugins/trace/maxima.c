/* trace/maxima.c - see maxima.h
 *
 * The fine grid passes by slice by slice: only the slices that a comparison needs are held. Rows
 * are searched in parallel and their finds are collected in order, so the list does not depend on
 * the number of threads. */
#include "maxima.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BALL_REACH = 2, MOST_SLICES = 2 * BALL_REACH + 1 };
static const double ball_radius2 = 2.5 * 2.5;

typedef struct search {
    loom_call *call;
    const fine_grid *g;
    const maxima_rule *rule;
    int64_t reach, nx, ny, nz;
    double *slice[MOST_SLICES]; /* slice of z is slice[z % slices] */
    double *sums;               /* [ny][stored x] for fine_grid_row */
    int32_t *row_x, *row_count; /* [ny][nx] finds of each row, [ny] */
    candidate *found;
    int64_t count, room;
} search;

static const double *slice_at(const search *s, int64_t z)
{
    return s->slice[z % (2 * s->reach + 1)];
}

static bool above_faces(const search *s, int64_t x, int64_t y, int64_t z)
{
    const double *c = slice_at(s, z) + y * s->nx + x;
    double v = *c;
    return v >= c[-1] && v >= c[1] && v >= c[-s->nx] && v >= c[s->nx]
           && v >= slice_at(s, z - 1)[y * s->nx + x] && v >= slice_at(s, z + 1)[y * s->nx + x];
}

static bool above_ball(const search *s, int64_t x, int64_t y, int64_t z)
{
    double v = slice_at(s, z)[y * s->nx + x];
    for (int64_t k = -BALL_REACH; k <= BALL_REACH; k++)
        for (int64_t j = -BALL_REACH; j <= BALL_REACH; j++)
            for (int64_t i = -BALL_REACH; i <= BALL_REACH; i++)
                if ((i || j || k) && (double)(i * i + j * j + k * k) <= ball_radius2
                    && !(v > slice_at(s, z + k)[(y + j) * s->nx + x + i]))
                    return false;
    return true;
}

static double sum_about(const search *s, int64_t x, int64_t y, int64_t z)
{
    double sum = 0;
    for (int64_t k = -1; k <= 1; k++)
        for (int64_t j = -1; j <= 1; j++)
            for (int64_t i = -1; i <= 1; i++) sum += slice_at(s, z + k)[(y + j) * s->nx + x + i];
    return sum;
}

static bool in_mask(const search *s, int64_t x, int64_t y, int64_t z)
{
    if (!s->rule->mask) return true;
    int64_t fine[3] = { x, y, z }, at[3];
    for (int k = 0; k < 3; k++) {
        at[k] = (int64_t)floor(fine_grid_coarse(s->g, (double)fine[k]) + 0.5);
        if (at[k] < 0 || at[k] >= s->rule->n[k]) return false;
    }
    return s->rule->mask[(at[2] * s->rule->n[1] + at[1]) * s->rule->n[0] + at[0]] != 0;
}

static void search_row(search *s, int64_t y, int64_t z)
{
    int64_t margin = s->rule->border > s->reach ? s->rule->border : s->reach;
    const double *row = slice_at(s, z) + y * s->nx;
    int32_t n = 0;
    if (y >= margin && y < s->ny - margin)
        for (int64_t x = margin; x < s->nx - margin; x++)
            if (row[x] > s->rule->above
                && (s->rule->ball ? above_ball(s, x, y, z) : above_faces(s, x, y, z))
                && in_mask(s, x, y, z))
                s->row_x[y * s->nx + n++] = (int32_t)x;
    s->row_count[y] = n;
}

/* Takes over the finds of slice z in order. */
static bool collect(search *s, int64_t z)
{
    for (int64_t y = 0; y < s->ny; y++)
        for (int32_t k = 0; k < s->row_count[y]; k++) {
            if (s->count == s->room) {
                candidate *more =
                    s->call->host->scratch(s->call, sizeof *more * 2 * (size_t)s->room);
                if (!more) return false;
                memcpy(more, s->found, sizeof *more * (size_t)s->count);
                s->call->host->release(s->call, s->found);
                s->found = more;
                s->room *= 2;
            }
            int32_t x = s->row_x[y * s->nx + k];
            double value = slice_at(s, z)[y * s->nx + x];
            s->found[s->count++] = (candidate){ { x, (int32_t)y, (int32_t)z },
                                                value,
                                                s->rule->ball ? sum_about(s, x, y, z) : value };
        }
    return true;
}

static int brighter_first(const void *a, const void *b)
{
    const candidate *p = a, *q = b;
    if (p->rank > q->rank) return -1;
    if (p->rank < q->rank) return 1;
    for (int k = 2; k >= 0; k--)
        if (p->at[k] != q->at[k]) return p->at[k] < q->at[k] ? -1 : 1;
    return 0;
}

static bool begin(search *s)
{
    const loom_host *h = s->call->host;
    s->room = 4096;
    s->found = h->scratch(s->call, sizeof *s->found * (size_t)s->room);
    s->row_x = h->scratch(s->call, sizeof *s->row_x * (size_t)(s->nx * s->ny));
    s->row_count = h->scratch(s->call, sizeof *s->row_count * (size_t)s->ny);
    s->sums = h->scratch(s->call, sizeof *s->sums * (size_t)(s->g->volume.stored[0] * s->ny));
    for (int64_t k = 0; k < 2 * s->reach + 1; k++)
        if (!(s->slice[k] = h->scratch(s->call, sizeof(double) * (size_t)(s->nx * s->ny))))
            return false;
    return s->found && s->row_x && s->row_count && s->sums;
}

candidate *maxima_find(loom_call *call, const fine_grid *g, const maxima_rule *rule, int64_t *count)
{
    int threads = call->host->threads(call);
    search s = { .call = call,
                 .g = g,
                 .rule = rule,
                 .reach = rule->ball ? BALL_REACH : 1,
                 .nx = g->axis[0].n,
                 .ny = g->axis[1].n,
                 .nz = g->axis[2].n };
    int64_t margin = rule->border > s.reach ? rule->border : s.reach;
    if (!begin(&s)) return NULL;
    for (int64_t z = 0; z < s.nz; z++) {
        int64_t centre = z - s.reach;
        bool look = centre >= margin && centre < s.nz - margin;
#pragma omp parallel num_threads(threads)
        {
#pragma omp for schedule(static)
            for (int64_t y = 0; y < s.ny; y++)
                fine_grid_row(g, y, z, s.sums + y * g->volume.stored[0],
                              s.slice[z % (2 * s.reach + 1)] + y * s.nx);
            if (look) {
#pragma omp for schedule(static)
                for (int64_t y = 0; y < s.ny; y++) search_row(&s, y, centre);
            }
        }
        if (look && !collect(&s, centre)) return NULL;
        if (!call->host->progress(call, (double)z, 2.0 * (double)s.nz)) {
            call->host->fail(call, LOOM_E_CANCELLED, NULL, "stopped while looking for maxima");
            return NULL;
        }
    }
    qsort(s.found, (size_t)s.count, sizeof *s.found, brighter_first);
    *count = s.count;
    return s.found;
}
