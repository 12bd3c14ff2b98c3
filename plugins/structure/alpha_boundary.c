/* structure/alpha_boundary.c - see alpha.h */
#include "alpha.h"
#include "kit/mesh.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A triangle under its lowest vertex. `outward`: (lowest, second, third) is counter-clockwise seen
 * from outside its tetrahedron. */
typedef struct corner_face {
    int32_t second, third, outward;
} corner_face;
/* A side of a face under its lower end. */
typedef struct corner_edge {
    int32_t other, face;
} corner_edge;

/* The faces of a tetrahedron of positive determinant, seen from outside. */
static const uint8_t face_of[4][3] = { { 1, 2, 3 }, { 0, 3, 2 }, { 0, 1, 3 }, { 0, 2, 1 } };

/* Rotates the lowest vertex to the front; the sense stays. */
static corner_face face_from_lowest(const int32_t *t, int k, int32_t *lowest)
{
    assert(k >= 0 && k < 4);
    int32_t v[3] = { t[face_of[k][0]], t[face_of[k][1]], t[face_of[k][2]] };
    int first = v[1] < v[0] ? (v[2] < v[1] ? 2 : 1) : (v[2] < v[0] ? 2 : 0);
    int32_t b = v[(first + 1) % 3], c = v[(first + 2) % 3];
    *lowest = v[first];
    return b < c ? (corner_face){ b, c, 1 } : (corner_face){ c, b, 0 };
}

/* Start of every atom's list after counting its entries in start[i + 1]. */
static void to_offsets(int64_t *start, int64_t n)
{
    for (int64_t i = 0; i < n; i++) start[i + 1] += start[i];
}

static int64_t *make_lists(loom_call *call, int64_t n)
{
    int64_t *start = call->host->scratch(call, (size_t)(n + 2) * sizeof *start);
    if (start) memset(start, 0, (size_t)(n + 2) * sizeof *start);
    return start;
}

static corner_face *sort_faces(loom_call *call, const alpha_complex *c, int64_t n, int64_t *start)
{
    int32_t lowest;
    corner_face *list = call->host->scratch(call, (size_t)(4 * c->count + 1) * sizeof *list);
    if (!list) return NULL;
    for (int64_t t = 0; t < c->count; t++)
        for (int k = 0; k < 4; k++) {
            face_from_lowest(c->tetrahedron[t], k, &lowest);
            start[lowest + 2]++;
        }
    to_offsets(start + 1, n);
    for (int64_t t = 0; t < c->count;
         t++) /* start[i + 1] runs through the list of i and ends at its end */
        for (int k = 0; k < 4; k++) {
            corner_face f = face_from_lowest(c->tetrahedron[t], k, &lowest);
            list[start[lowest + 1]++] = f;
        }
    return list;
}

/* Moves the faces that occur once to the front of each atom's list; `start` then counts them. */
static int64_t keep_single(corner_face *list, const int64_t *start, int64_t n, int32_t *single,
                           int threads)
{
    int64_t total = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : total)
    for (int64_t i = 0; i < n; i++) {
        corner_face *f = list + start[i];
        int64_t m = start[i + 1] - start[i], kept = 0;
        for (int64_t k = 0; k < m; k++) {
            if (f[k].second < 0) continue;
            bool twice = false;
            for (int64_t l = k + 1; l < m && !twice; l++)
                if (f[l].second == f[k].second && f[l].third == f[k].third) {
                    twice = true;
                    f[l].second = -1;
                }
            if (!twice) f[kept++] = f[k];
        }
        single[i] = (int32_t)kept;
        total += kept;
    }
    return total;
}

static loom_status find_faces(loom_call *call, int64_t n, const alpha_complex *c,
                              alpha_boundary *out)
{
    const loom_host *h = call->host;
    int64_t *start = make_lists(call, n), at = 0;
    int32_t *single = h->scratch(call, (size_t)(n + 1) * sizeof *single);
    if (!start || !single) return LOOM_E_MEMORY;
    corner_face *list = sort_faces(call, c, n, start);
    if (!list) return LOOM_E_MEMORY;
    out->faces = keep_single(list, start, n, single, h->threads(call));
    out->face = h->scratch(call, (size_t)(out->faces + 1) * sizeof *out->face);
    out->component = h->scratch(call, (size_t)(out->faces + 1) * sizeof *out->component);
    if (!out->face || !out->component) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++)
        for (const corner_face *f = list + start[i]; f < list + start[i] + single[i]; f++, at++) {
            out->face[at][0] = (int32_t)i;
            out->face[at][1] = f->outward ? f->second : f->third;
            out->face[at][2] = f->outward ? f->third : f->second;
        }
    h->release(call, list);
    h->release(call, start);
    h->release(call, single);
    return LOOM_OK;
}

/* ---- components: faces joined over their edges ----------------------------------------------- */

static void join(int32_t *parent, int32_t a, int32_t b)
{
    a = alpha_root(parent, a);
    b = alpha_root(parent, b);
    if (a < b) parent[b] = a;
    else parent[a] = b;
}

/* Angle of a face around the edge i -> k, and whether solid lies on the side of growing angle. */
typedef struct around {
    double angle;
    int32_t face;
    bool solid_after;
} around;
static int compare_angles(const void *a, const void *b)
{
    double x = ((const around *)a)->angle, y = ((const around *)b)->angle;
    return (x > y) - (x < y);
}

static around place_around(const double *x, int32_t i, int32_t k, const int32_t face[3],
                           int32_t number)
{
    assert(i != k);
    int32_t third = face[0] != i && face[0] != k   ? face[0]
                    : face[1] != i && face[1] != k ? face[1]
                                                   : face[2];
    double e[3], u[3], v[3], w[3], length2 = 0, along = 0;
    for (int a = 0; a < 3; a++) {
        e[a] = x[3 * k + a] - x[3 * i + a];
        w[a] = x[3 * third + a] - x[3 * i + a];
        length2 += e[a] * e[a];
        along += e[a] * w[a];
    }
    int axis = fabs(e[0]) < fabs(e[1]) ? (fabs(e[0]) < fabs(e[2]) ? 0 : 2)
                                       : (fabs(e[1]) < fabs(e[2]) ? 1 : 2);
    for (int a = 0; a < 3; a++) u[a] = (a == axis) - e[axis] * e[a] / length2;
    v[0] = e[1] * u[2] - e[2] * u[1];
    v[1] = e[2] * u[0] - e[0] * u[2];
    v[2] = e[0] * u[1] - e[1] * u[0];
    double norm = sqrt(length2), p = 0, q = 0;
    for (int a = 0; a < 3; a++) {
        w[a] -= along / length2 * e[a];
        p += w[a] * u[a];
        q += w[a] * v[a] / norm;
    }
    bool forward = (face[0] == i && face[1] == k) || (face[1] == i && face[2] == k)
                   || (face[2] == i && face[0] == k);
    /* traversed i -> k its outside lies towards growing angle, so solid lies before it */
    return (around){ atan2(q, p), number, !forward };
}

/* Four or more faces at one edge: those on both sides of one empty wedge belong together. `place`
 * holds m. */
static void join_around(const double *x, int32_t i, int32_t k, const corner_edge *edge, int m,
                        const alpha_boundary *b, around *place, int32_t *parent)
{
    for (int j = 0; j < m; j++)
        place[j] = place_around(x, i, k, b->face[edge[j].face], edge[j].face);
    qsort(place, (size_t)m, sizeof *place, compare_angles);
    for (int j = 0; j < m; j++)
        if (!place[j].solid_after) join(parent, place[j].face, place[(j + 1) % m].face);
}

static int compare_edges(const void *a, const void *b)
{
    const corner_edge *x = a, *y = b;
    return x->other != y->other ? (x->other > y->other) - (x->other < y->other)
                                : (x->face > y->face) - (x->face < y->face);
}

static bool join_faces(loom_call *call, const loom_atoms *atoms, const alpha_boundary *b,
                       int32_t *parent)
{
    const loom_host *h = call->host;
    int64_t *start = make_lists(call, atoms->n);
    corner_edge *list = h->scratch(call, (size_t)(3 * b->faces + 1) * sizeof *list);
    if (!start || !list) return false;
    for (int64_t e = 0; e < 3 * b->faces; e++) {
        int32_t p = b->face[e / 3][e % 3], q = b->face[e / 3][(e + 1) % 3];
        start[(p < q ? p : q) + 2]++;
    }
    to_offsets(start + 1, atoms->n);
    for (int64_t e = 0; e < 3 * b->faces; e++) {
        int32_t p = b->face[e / 3][e % 3], q = b->face[e / 3][(e + 1) % 3];
        list[start[(p < q ? p : q) + 1]++] = (corner_edge){ p < q ? q : p, (int32_t)(e / 3) };
    }
    int64_t longest = 0;
    for (int64_t i = 0; i < atoms->n; i++)
        longest = start[i + 1] - start[i] > longest ? start[i + 1] - start[i] : longest;
    around *place = h->scratch(call, (size_t)(longest + 1) * sizeof *place);
    if (!place) return false;
    for (int64_t i = 0; i < atoms->n; i++) {
        corner_edge *edge = list + start[i], *end = list + start[i + 1];
        qsort(edge, (size_t)(end - edge), sizeof *edge, compare_edges);
        for (corner_edge *next; edge < end; edge = next) {
            for (next = edge + 1; next < end && next->other == edge->other;) next++;
            if (next - edge == 2) join(parent, edge[0].face, edge[1].face);
            else {
                assert(next - edge <= longest);
                join_around(atoms->position, (int32_t)i, edge->other, edge, (int)(next - edge), b,
                            place, parent);
            }
        }
    }
    h->release(call, place);
    h->release(call, list);
    h->release(call, start);
    return true;
}

typedef struct part {
    double area, volume;
    int32_t root, number;
} part;
static int compare_parts(const void *a, const void *b)
{
    const part *x = a, *y = b;
    double v = fabs(x->volume), w = fabs(y->volume);
    return v != w ? (v < w) - (v > w) : (x->root > y->root) - (x->root < y->root);
}

/* Components in order of size, with area and volume. */
static bool number_components(loom_call *call, const loom_atoms *atoms, int32_t *parent,
                              alpha_boundary *b)
{
    const loom_host *h = call->host;
    int64_t parts = 0;
    for (int64_t f = 0; f < b->faces; f++) parts += alpha_root(parent, (int32_t)f) == f;
    part *p = h->scratch(call, (size_t)(parts + 1) * sizeof *p);
    b->area = h->scratch(call, (size_t)(parts + 1) * sizeof *b->area);
    b->volume = h->scratch(call, (size_t)(parts + 1) * sizeof *b->volume);
    if (!p || !b->area || !b->volume) return false;
    parts = 0;
    for (int64_t f = 0; f < b->faces; f++) { /* a root is the lowest face of its component */
        double area, volume;
        int32_t root = alpha_root(parent, (int32_t)f);
        if (root == f) {
            p[parts] = (part){ .root = root };
            b->component[f] = (int32_t)parts++;
        } else b->component[f] = b->component[root];
        loom_mesh_measure(atoms->position, b->face[f], 1, &area, &volume);
        p[b->component[f]].area += area;
        p[b->component[f]].volume += volume;
    }
    b->components = parts;
    for (int32_t k = 0; k < parts; k++) p[k].number = k;
    qsort(p, (size_t)parts, sizeof *p, compare_parts);
    int32_t *rank = h->scratch(call, (size_t)(parts + 1) * sizeof *rank);
    if (!rank) return false;
    for (int32_t k = 0; k < parts; k++) {
        rank[p[k].number] = k;
        b->area[k] = p[k].area;
        b->volume[k] = p[k].volume;
    }
    for (int64_t f = 0; f < b->faces; f++) b->component[f] = rank[b->component[f]];
    return true;
}

loom_status alpha_boundary_build(loom_call *call, const loom_atoms *atoms,
                                 const alpha_complex *complex, alpha_boundary *out)
{
    const loom_host *h = call->host;
    loom_status status = find_faces(call, atoms->n, complex, out);
    if (status != LOOM_OK) return status;
    int32_t *parent = h->scratch(call, (size_t)(out->faces + 1) * sizeof *parent);
    out->inside = h->scratch(call, (size_t)atoms->n + 1);
    if (!parent || !out->inside) return LOOM_E_MEMORY;
    for (int64_t f = 0; f < out->faces; f++) parent[f] = (int32_t)f;
    if (!join_faces(call, atoms, out, parent) || !number_components(call, atoms, parent, out))
        return LOOM_E_MEMORY;
    memset(out->inside, 0, (size_t)atoms->n + 1);
    for (int64_t t = 0; t < complex->count; t++)
        for (int k = 0; k < 4; k++) out->inside[complex->tetrahedron[t][k]] = 1;
    return LOOM_OK;
}
