/* structure/critical_alpha.c - see voxel_onion.h */
#include "voxel_onion.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct face {
    int32_t v[3], tetrahedron;
} face;
typedef struct by_radius {
    double radius;
    int32_t tetrahedron;
} by_radius;

static int compare_faces(const void *a, const void *b)
{
    const face *x = a, *y = b;
    for (int k = 0; k < 3; k++)
        if (x->v[k] != y->v[k]) return x->v[k] < y->v[k] ? -1 : 1;
    return (x->tetrahedron > y->tetrahedron) - (x->tetrahedron < y->tetrahedron);
}

static int compare_radii(const void *a, const void *b)
{
    const by_radius *x = a, *y = b;
    return x->radius != y->radius
               ? (x->radius > y->radius) - (x->radius < y->radius)
               : (x->tetrahedron > y->tetrahedron) - (x->tetrahedron < y->tetrahedron);
}

static void order2(int32_t *a, int32_t *b)
{
    if (*a > *b) {
        int32_t t = *a;
        *a = *b;
        *b = t;
    }
}

static face face_without(const int32_t t[4], int skip, int32_t number)
{
    assert(skip >= 0 && skip < 4);
    face f = { .tetrahedron = number };
    for (int k = 0, n = 0; k < 4; k++)
        if (k != skip) f.v[n++] = t[k];
    order2(&f.v[0], &f.v[1]);
    order2(&f.v[1], &f.v[2]);
    order2(&f.v[0], &f.v[1]);
    return f;
}

/* Four neighbours of every tetrahedron, -1 without. */
static int32_t (*find_neighbours(loom_call *call, const alpha_complex *c))[4]
{
    face *f = call->host->scratch(call, (size_t)(4 * c->count + 1) * sizeof *f);
    int32_t(*neighbour)[4] = call->host->scratch(call, (size_t)(c->count + 1) * sizeof *neighbour);
    if (!f || !neighbour) return NULL;
    for (int64_t t = 0; t < c->count; t++)
        for (int k = 0; k < 4; k++) {
            f[4 * t + k] = face_without(c->tetrahedron[t], k, (int32_t)t);
            neighbour[t][k] = -1;
        }
    qsort(f, (size_t)(4 * c->count), sizeof *f, compare_faces);
    for (int64_t k = 0; k + 1 < 4 * c->count; k++) {
        if (memcmp(f[k].v, f[k + 1].v, sizeof f[k].v)) continue;
        int32_t a = f[k].tetrahedron, b = f[k + 1].tetrahedron;
        for (int s = 0; s < 4; s++)
            if (neighbour[a][s] < 0) {
                neighbour[a][s] = b;
                break;
            }
        for (int s = 0; s < 4; s++)
            if (neighbour[b][s] < 0) {
                neighbour[b][s] = a;
                break;
            }
    }
    call->host->release(call, f);
    return neighbour;
}

/* Tetrahedra come in by growing radius; the first moment of one region and no point left out. 0
 * when that never comes. */
static loom_status first_whole(loom_call *call, int64_t n, const alpha_complex *c, double *alpha)
{
    const loom_host *h = call->host;
    int32_t(*neighbour)[4] = find_neighbours(call, c),
    *parent = h->scratch(call, (size_t)(c->count + 1) * sizeof *parent);
    by_radius *sorted = h->scratch(call, (size_t)(c->count + 1) * sizeof *sorted);
    uint8_t *covered = h->scratch(call, (size_t)n + 1);
    if (!neighbour || !parent || !sorted || !covered) return LOOM_E_MEMORY;
    memset(covered, 0, (size_t)n + 1);
    for (int64_t t = 0; t < c->count; t++) {
        parent[t] = -1;
        sorted[t] = (by_radius){ c->radius[t], (int32_t)t };
    }
    qsort(sorted, (size_t)c->count, sizeof *sorted, compare_radii);
    int64_t regions = 0, points = 0;
    *alpha = 0;
    for (int64_t k = 0; k < c->count && *alpha == 0; k++) {
        int32_t t = sorted[k].tetrahedron;
        parent[t] = t;
        regions++;
        for (int s = 0; s < 4; s++) {
            int32_t v = c->tetrahedron[t][s], other = neighbour[t][s];
            points += !covered[v];
            covered[v] = 1;
            if (other < 0 || parent[other] < 0) continue;
            int32_t a = alpha_root(parent, t), b = alpha_root(parent, other);
            if (a == b) continue;
            parent[a] = b;
            regions--;
        }
        if (regions == 1 && points == n) *alpha = sorted[k].radius;
    }
    void *const done[] = { neighbour, parent, sorted, covered };
    for (int k = 0; k < 4; k++) h->release(call, done[k]);
    return LOOM_OK;
}

loom_status critical_alpha(loom_call *call, const loom_atoms *atoms, double r1, double *alpha,
                           alpha_complex *out)
{
    enum { DOUBLINGS = 6 };
    double largest = 3 * r1;
    for (int k = 0; k < DOUBLINGS; k++, largest *= 2) {
        loom_status status = alpha_complex_build(call, atoms, largest, out);
        if (status != LOOM_OK || (status = first_whole(call, atoms->n, out, alpha)) != LOOM_OK)
            return status;
        if (*alpha > 0 && 2 * *alpha <= largest) return LOOM_OK;
        call->host->release(call, out->tetrahedron);
        call->host->release(call, out->radius);
    }
    return call->host->fail(call, LOOM_E_DATA, "atoms",
                            "no alpha up to %.0f angstrom makes one body of these %lld atoms: they "
                            "lie in one plane or far apart; use "
                            "'method: depth' or 'peel'",
                            largest / 2, (long long)atoms->n);
}
