/* structure/alpha_complex.c - see alpha.h; Delaunay by Qhull (Barber, Dobkin, Huhdanpaa 1996) */
#include "alpha.h"
#include "kit/rng.h"
#include <assert.h>
#include <libqhull_r/qhull_ra.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* BLOCKS_MOST: along one axis */
enum { BLOCK_ATOMS = 1500, BLOCKS_MOST = 1 << 20, GUARDS = 8, TETRAHEDRA_PER_ATOM = 12 };
static const double jitter_A = 1e-6;

/* The grid of blocks. Those at the border reach outwards without end. */
typedef struct blocks {
    double low[3], edge[3], alpha;
    int64_t dim[3], count;
} blocks;

typedef struct block {
    double low[3], high[3];
    int64_t points, first, room, kept; /* atoms with margin; its share of the tetrahedra */
    bool failed;
} block;

static void choose_blocks(const loom_atoms *atoms, double alpha, blocks *b)
{
    assert(atoms->n > 0 && alpha > 0);
    double high[3], size[3], volume = 1;
    for (int a = 0; a < 3; a++) b->low[a] = high[a] = atoms->position[a];
    for (int64_t i = 0; i < atoms->n; i++)
        for (int a = 0; a < 3; a++) {
            b->low[a] = fmin(b->low[a], atoms->position[3 * i + a]);
            high[a] = fmax(high[a], atoms->position[3 * i + a]);
        }
    for (int a = 0; a < 3; a++) size[a] = high[a] - b->low[a];
    for (int a = 0; a < 3; a++) volume *= fmax(size[a], 1);
    double want = fmax(cbrt(volume * BLOCK_ATOMS / (double)atoms->n), 6 * alpha);
    b->alpha = alpha;
    do { /* sheets and scattered atoms would make far more blocks than they fill */
        b->count = 1;
        for (int a = 0; a < 3; a++) {
            b->dim[a] = (int64_t)fmin(fmax(1, floor(size[a] / want + 0.5)), BLOCKS_MOST);
            b->edge[a] = size[a] / (double)b->dim[a];
            b->count *= b->dim[a];
        }
        want *= 1.5;
    } while (b->count > 8 + 4 * atoms->n / BLOCK_ATOMS);
}

static int64_t block_of(const blocks *b, const double x[3])
{
    assert(b->dim[0] > 0 && b->dim[1] > 0 && b->dim[2] > 0);
    int64_t at[3];
    for (int a = 0; a < 3; a++) {
        double k = b->edge[a] > 0 ? floor((x[a] - b->low[a]) / b->edge[a]) : 0;
        at[a] = k < 0 ? 0 : k > (double)(b->dim[a] - 1) ? b->dim[a] - 1 : (int64_t)k;
    }
    return (at[2] * b->dim[1] + at[1]) * b->dim[0] + at[0];
}

static void block_box(const blocks *b, int64_t k, block *out)
{
    assert(k >= 0 && k < b->dim[0] * b->dim[1] * b->dim[2]);
    int64_t at[3] = { k % b->dim[0], k / b->dim[0] % b->dim[1], k / b->dim[0] / b->dim[1] };
    double margin = b->alpha * (1 + 1e-6) + 1e-3;
    for (int a = 0; a < 3; a++) {
        out->low[a] = b->low[a] + (double)at[a] * b->edge[a] - margin;
        out->high[a] = b->low[a] + (double)(at[a] + 1) * b->edge[a] + margin;
    }
}

static bool within(const block *b, const double *x)
{
    return x[0] >= b->low[0] && x[0] <= b->high[0] && x[1] >= b->low[1] && x[1] <= b->high[1]
           && x[2] >= b->low[2] && x[2] <= b->high[2];
}

static double determinant(const double *a, const double *b, const double *c)
{
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
           + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/* Circumcentre relative to the first vertex: |e_k|^2 = 2 e_k . centre for the three edges e_k.
 * Returns the radius, infinite when flat. */
static double circumsphere(const double *const v[4], double centre[3], double *det)
{
    double e[3][3], half[3], column[3][3];
    for (int k = 0; k < 3; k++) {
        for (int a = 0; a < 3; a++) e[k][a] = v[k + 1][a] - v[0][a];
        half[k] = 0.5 * (e[k][0] * e[k][0] + e[k][1] * e[k][1] + e[k][2] * e[k][2]);
    }
    *det = determinant(e[0], e[1], e[2]);
    if (*det == 0) return INFINITY;
    for (int a = 0; a < 3; a++) {
        memcpy(column, e, sizeof e);
        for (int k = 0; k < 3; k++) column[k][a] = half[k];
        centre[a] = determinant(column[0], column[1], column[2]) / *det;
    }
    double radius = sqrt(centre[0] * centre[0] + centre[1] * centre[1] + centre[2] * centre[2]);
    for (int a = 0; a < 3; a++) centre[a] += v[0][a];
    return radius;
}

/* Vertices in ascending order, so that every block computes the same numbers for the same four
 * atoms. */
static void sort4(int32_t v[4])
{
    for (int i = 1; i < 4; i++)
        for (int k = i; k > 0 && v[k - 1] > v[k]; k--) {
            int32_t t = v[k];
            v[k] = v[k - 1];
            v[k - 1] = t;
        }
}

static void keep_small(qhT *qh, const blocks *b, const double *moved, const int32_t *number,
                       int64_t self, block *mine, alpha_complex *all)
{
    facetT *facet;
    vertexT *vertex, **vertexp;
    FORALLfacets
    {
        if (facet->upperdelaunay) continue;
        int32_t v[4];
        int n = 0;
        FOREACHvertex_(facet->vertices)
        {
            int64_t id = qh_pointid(qh, vertex->point);
            if (n < 4) v[n] = id < mine->points ? number[id] : -1;
            n++;
        }
        if (n != 4 || v[0] < 0 || v[1] < 0 || v[2] < 0 || v[3] < 0) continue;
        sort4(v);
        const double *const x[4] = { moved + 3 * (int64_t)v[0], moved + 3 * (int64_t)v[1],
                                     moved + 3 * (int64_t)v[2], moved + 3 * (int64_t)v[3] };
        double centre[3] = { 0 }, det, radius = circumsphere(x, centre, &det);
        if (!(radius <= b->alpha) || block_of(b, centre) != self) continue;
        if (mine->kept == mine->room) {
            mine->failed = true;
            return;
        }
        if (det < 0) {
            int32_t t = v[2];
            v[2] = v[3];
            v[3] = t;
        }
        all->radius[mine->first + mine->kept] = radius;
        memcpy(all->tetrahedron[mine->first + mine->kept++], v, sizeof v);
    }
}

/* Eight far corners (not quite of a box) are added, so that no set of atoms is flat; their
 * tetrahedra have large spheres. */
static void add_guards(const blocks *b, const block *mine, double *x)
{
    double far = 5 * b->alpha + 10;
    for (int g = 0; g < GUARDS; g++)
        for (int a = 0; a < 3; a++)
            x[3 * g + a] =
                (g >> a & 1 ? 1 : -1)
                * (0.5 * (mine->high[a] - mine->low[a]) + far * (1 + 0.01 * g + 0.003 * a));
}

/* The atoms of a block from its centre, so that small numbers round less, and the far corners. */
static void gather_points(const blocks *b, const double *moved, int64_t n, const block *mine,
                          double *x, int32_t *number)
{
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++)
        if (within(mine, moved + 3 * i)) {
            for (int a = 0; a < 3; a++)
                x[3 * k + a] = moved[3 * i + a] - 0.5 * (mine->low[a] + mine->high[a]);
            number[k++] = (int32_t)i;
        }
    assert(k == mine->points);
    add_guards(b, mine, x + 3 * k);
}

static void tetrahedralise(const blocks *b, const double *moved, int64_t n, int64_t self, double *x,
                           int32_t *number, block *mine, alpha_complex *all)
{
    qhT qh;
    int curlong, totlong;
    char *text = NULL, command[] = "qhull d Qbb Qt";
    size_t length;
    if (mine->points < 4) return;
    gather_points(b, moved, n, mine, x, number);
    FILE *messages = open_memstream(&text, &length);
    if (!messages) {
        mine->failed = true;
        return;
    }
    qh_zero(&qh, messages);
    if (qh_new_qhull(&qh, 3, (int)(mine->points + GUARDS), x, False, command, NULL, messages))
        mine->failed = true;
    else keep_small(&qh, b, moved, number, self, mine, all);
    qh_freeqhull(&qh, !qh_ALL);
    qh_memfreeshort(&qh, &curlong, &totlong);
    fclose(messages);
    free(text);
}

static double *move_slightly(loom_call *call, const loom_atoms *atoms)
{
    double *x = call->host->scratch(call, (size_t)atoms->n * 3 * sizeof *x);
    for (int64_t i = 0; x && i < 3 * atoms->n; i++)
        x[i] = atoms->position[i] + jitter_A * (2 * loom_uniform(1, 0, (uint64_t)i) - 1);
    return x;
}

/* One scratch area for all blocks: where each begins, and room for what it keeps. Returns the most
 * points of one block. */
static int64_t measure_blocks(const blocks *b, const double *moved, int64_t n, int threads,
                              block *block_at)
{
    assert(threads > 0);
    int64_t most = 0, first = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) reduction(max : most)
    for (int64_t k = 0; k < b->count; k++) {
        block *mine = &block_at[k];
        *mine = (block){ 0 };
        block_box(b, k, mine);
        for (int64_t i = 0; i < n; i++) mine->points += within(mine, moved + 3 * i);
        most = mine->points > most ? mine->points : most;
    }
    for (int64_t k = 0; k < b->count; k++) {
        block_at[k].first = first;
        block_at[k].room = TETRAHEDRA_PER_ATOM * block_at[k].points;
        first += block_at[k].room;
    }
    return most;
}

/* What the blocks kept, without the gaps between them. */
static loom_status close_up(loom_call *call, const block *block_at, int64_t count,
                            alpha_complex *out)
{
    out->count = 0;
    for (int64_t k = 0; k < count; k++) {
        const block *b = &block_at[k];
        if (b->failed)
            return call->host->fail(
                call, LOOM_E_NUMERIC, "atoms",
                "the Delaunay tetrahedra of %lld atoms near (%.1f, %.1f, %.1f) angstrom could not "
                "be made; look for far too many atoms in little space there",
                (long long)b->points, b->low[0], b->low[1], b->low[2]);
        assert(b->kept <= b->room && out->count <= b->first);
        memmove(out->tetrahedron + out->count, out->tetrahedron + b->first,
                (size_t)b->kept * sizeof *out->tetrahedron);
        memmove(out->radius + out->count, out->radius + b->first,
                (size_t)b->kept * sizeof *out->radius);
        out->count += b->kept;
    }
    return LOOM_OK;
}

loom_status alpha_complex_build(loom_call *call, const loom_atoms *atoms, double alpha,
                                alpha_complex *out)
{
    const loom_host *h = call->host;
    int threads = h->threads(call);
    blocks b;
    choose_blocks(atoms, alpha, &b);
    double *moved = move_slightly(call, atoms);
    block *block_at = h->scratch(call, (size_t)b.count * sizeof *block_at);
    if (!moved || !block_at) return LOOM_E_MEMORY;
    int64_t most = measure_blocks(&b, moved, atoms->n, threads, block_at) + GUARDS,
            wave = 2 * threads;
    const block *last = &block_at[b.count - 1];
    size_t room = (size_t)(last->first + last->room + 1);
    out->tetrahedron = h->scratch(call, room * sizeof *out->tetrahedron);
    out->radius = h->scratch(call, room * sizeof *out->radius);
    double *x = h->scratch(call, (size_t)(wave * most * 3) * sizeof *x);
    int32_t *number = h->scratch(call, (size_t)(wave * most) * sizeof *number);
    if (!out->tetrahedron || !out->radius || !x || !number) return LOOM_E_MEMORY;
    for (int64_t from = 0; from < b.count; from += wave) {
        int64_t to = from + wave < b.count ? from + wave : b.count;
        if (!h->progress(call, (double)from, (double)b.count)) return LOOM_E_CANCELLED;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int64_t k = from; k < to; k++)
            tetrahedralise(&b, moved, atoms->n, k, x + 3 * most * (k - from),
                           number + most * (k - from), &block_at[k], out);
    }
    loom_status status = close_up(call, block_at, b.count, out);
    void *const done[] = { x, number, moved, block_at };
    for (int k = 0; k < 4; k++) h->release(call, done[k]);
    return status;
}
