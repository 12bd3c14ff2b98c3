/* kit/mesh.c - see mesh.h */
#include "kit/assert_hot.h"
#include "kit/mesh.h"
#include "kit/check.h"
#include <assert.h>
#include <stdlib.h>

enum { LEAF = 4, STACK = 128 };

static void subtract(const double *a, const double *b, double out[3])
{
    for (int k = 0; k < 3; k++) out[k] = a[k] - b[k];
}
static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
static void cross(const double *a, const double *b, double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static const double *corner(const loom_mesh *m, int64_t face, int k)
{
    LOOM_ASSERT_HOT(k >= 0 && k < 3 && face >= 0 && face < m->faces);
    return m->vertex + 3 * (int64_t)m->face[3 * face + k];
}

/* ---- the tree -------------------------------------------------------------------------------- */

static double centre_along(const loom_mesh *m, int32_t face, int axis)
{
    return corner(m, face, 0)[axis] + corner(m, face, 1)[axis] + corner(m, face, 2)[axis];
}

typedef struct by_axis {
    const loom_mesh *mesh;
    int axis;
} by_axis;
static int compare_centres(const void *a, const void *b, void *context)
{
    const by_axis *c = context;
    int32_t i = *(const int32_t *)a, k = *(const int32_t *)b;
    double x = centre_along(c->mesh, i, c->axis), y = centre_along(c->mesh, k, c->axis);
    return x < y ? -1 : x > y ? 1 : (i > k) - (i < k);
}

static int32_t build_node(loom_mesh *m, int32_t *used, int32_t first, int32_t count)
{
    assert(first >= 0 && count > 0 && first + count <= m->faces);
    int32_t self = (*used)++;
    assert(self <= 2 * m->faces);
    loom_mesh_node n = {
        { INFINITY, INFINITY, INFINITY }, { -INFINITY, -INFINITY, -INFINITY }, first, count
    };
    for (int32_t i = first; i < first + count; i++)
        for (int k = 0; k < 3; k++)
            for (int a = 0; a < 3; a++) {
                n.low[a] = fmin(n.low[a], corner(m, m->order[i], k)[a]);
                n.high[a] = fmax(n.high[a], corner(m, m->order[i], k)[a]);
            }
    if (count > LEAF) {
        by_axis along = { m, 0 };
        for (int a = 1; a < 3; a++)
            if (n.high[a] - n.low[a] > n.high[along.axis] - n.low[along.axis]) along.axis = a;
        qsort_r(m->order + first, (size_t)count, sizeof *m->order, compare_centres, &along);
        build_node(m, used, first, count / 2);
        n.first = build_node(m, used, first + count / 2, count - count / 2);
        n.count = 0;
    }
    m->node[self] = n;
    return self;
}

bool loom_mesh_build(loom_call *call, const double *vertex, const int32_t *face, int64_t faces,
                     loom_mesh *out)
{
    assert(faces > 0 && faces < INT32_MAX / 2);
    const loom_host *h = call->host;
    loom_mesh m = { .vertex = vertex, .face = face, .faces = faces };
    int32_t used = 0;
    m.node = h->scratch(call, (size_t)(2 * faces + 1) * sizeof *m.node);
    m.order = h->scratch(call, (size_t)(faces + 1) * sizeof *m.order);
    if (!m.node || !m.order) return false;
    for (int64_t i = 0; i < faces; i++) m.order[i] = (int32_t)i;
    build_node(&m, &used, 0, (int32_t)faces);
    assert(used <= 2 * faces + 1);
    *out = m;
    return true;
}

loom_status loom_mesh_read(loom_call *call, const char *port, loom_mesh *out)
{
    const loom_host *h = call->host;
    const loom_array *vertex = loom_need(call, port, "vertex"),
                     *face = loom_need(call, port, "face");
    if (!vertex || !face || !loom_need_finite(call, port, vertex)) return LOOM_E_DATA;
    int64_t n = loom_array_count(face);
    if (n < 3 || n > INT32_MAX / 2)
        return h->fail(call, LOOM_E_DATA, port, "the mesh at '%s' has %lld faces, expected 1 to %d",
                       port, (long long)(n / 3), INT32_MAX / 6);
    for (int64_t i = 0; i < n; i++) {
        int32_t v = ((const int32_t *)face->data)[i];
        if (v < 0 || v >= vertex->dim[0])
            return h->fail(call, LOOM_E_DATA, port,
                           "face %lld of the mesh at '%s' names vertex %d, expected 0 to %lld",
                           (long long)(i / 3), port, v, (long long)vertex->dim[0] - 1);
    }
    return loom_mesh_build(call, vertex->data, face->data, n / 3, out) ? LOOM_OK : LOOM_E_MEMORY;
}

/* ---- distance -------------------------------------------------------------------------------- */

static double segment_parameter(const double *ap, const double *ab)
{
    double length2 = dot(ab, ab), t = length2 > 0 ? dot(ap, ab) / length2 : 0;
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

static double distance2_to(const double *x, const double *a, const double *e, double t,
                           double out[3])
{
    double d[3];
    for (int k = 0; k < 3; k++) out[k] = a[k] + t * e[k];
    subtract(x, out, d);
    return dot(d, d);
}

/* The foot of the perpendicular where it falls inside the triangle, else the nearest point of its
 * three edges. */
static double triangle_distance2(const double *x, const double *a, const double *b, const double *c,
                                 double out[3])
{
    double ab[3], ac[3], bc[3], ax[3], bx[3], normal[3], side[3], edge[3];
    subtract(b, a, ab);
    subtract(c, a, ac);
    subtract(c, b, bc);
    subtract(x, a, ax);
    subtract(x, b, bx);
    cross(ab, ac, normal);
    double area2 = dot(normal, normal);
    if (area2 > 0) {
        cross(ab, ax, side);
        double w = dot(side, normal) / area2;
        cross(ax, ac, side);
        double v = dot(side, normal) / area2;
        if (v >= 0 && w >= 0 && v + w <= 1) {
            double height = dot(ax, normal) / area2;
            for (int k = 0; k < 3; k++) out[k] = x[k] - height * normal[k];
            return height * height * area2;
        }
    }
    double best = distance2_to(x, a, ab, segment_parameter(ax, ab), out);
    double other = distance2_to(x, a, ac, segment_parameter(ax, ac), edge);
    if (other < best) {
        best = other;
        memcpy(out, edge, sizeof edge);
    }
    other = distance2_to(x, b, bc, segment_parameter(bx, bc), edge);
    if (other < best) {
        best = other;
        memcpy(out, edge, sizeof edge);
    }
    return best;
}

static double box_distance2(const loom_mesh_node *n, const double *x)
{
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        double d = fmax(fmax(n->low[a] - x[a], x[a] - n->high[a]), 0);
        sum += d * d;
    }
    return sum;
}

double loom_mesh_distance2(const loom_mesh *mesh, const double x[3], double nearest[3],
                           int64_t *face)
{
    assert(mesh->node && mesh->faces > 0);
    int32_t stack[STACK], depth = 0;
    double best = INFINITY, point[3], at[3] = { 0 };
    int64_t best_face = -1;
    stack[depth++] = 0;
    while (depth) {
        int32_t self = stack[--depth];
        const loom_mesh_node *n = mesh->node + self;
        if (box_distance2(n, x) > best) continue;
        if (!n->count) { /* the nearer child last, so that it is taken first */
            bool left_nearer = box_distance2(n + 1, x) <= box_distance2(mesh->node + n->first, x);
            stack[depth++] = left_nearer ? n->first : self + 1;
            stack[depth++] = left_nearer ? self + 1 : n->first;
        }
        for (int32_t i = n->first; i < n->first + n->count; i++) {
            int64_t f = mesh->order[i];
            double d2 = triangle_distance2(x, corner(mesh, f, 0), corner(mesh, f, 1),
                                           corner(mesh, f, 2), point);
            if (d2 > best || (d2 == best && f > best_face)) continue;
            best = d2;
            best_face = f;
            memcpy(at, point, sizeof at);
        }
    }
    if (nearest) memcpy(nearest, at, sizeof at);
    if (face) *face = best_face;
    return best;
}

/* ---- rays ------------------------------------------------------------------------------------ */

static bool ray_meets_box(const loom_mesh_node *n, const double *x, const double *per_u)
{
    double from = 0, to = INFINITY;
    for (int a = 0; a < 3; a++) {
        double t0 = (n->low[a] - x[a]) * per_u[a], t1 = (n->high[a] - x[a]) * per_u[a];
        from = fmax(from, fmin(t0, t1));
        to = fmin(to, fmax(t0, t1));
    }
    return from <= to * (1 + 1e-12);
}

/* Moeller and Trumbore (1997): barycentric coordinates of the crossing from three determinants; 0
 * where there is none. */
static double ray_triangle(const double *x, const double *u, const double *a, const double *b,
                           const double *c)
{
    double ab[3], ac[3], ax[3], p[3], q[3];
    subtract(b, a, ab);
    subtract(c, a, ac);
    subtract(x, a, ax);
    cross(u, ac, p);
    double det = dot(ab, p);
    if (det == 0) return 0;
    double v = dot(ax, p) / det;
    cross(ax, ab, q);
    double w = dot(u, q) / det;
    return v >= 0 && w >= 0 && v + w <= 1 ? dot(ac, q) / det : 0;
}

int64_t loom_mesh_crossings(const loom_mesh *mesh, const double x[3], const double u[3], double *t,
                            int64_t most)
{
    assert(mesh->node && (t || most == 0));
    int32_t stack[STACK], depth = 0;
    int64_t found = 0;
    double per_u[3];
    for (int a = 0; a < 3; a++) per_u[a] = 1 / (u[a] != 0 ? u[a] : 1e-300);
    stack[depth++] = 0;
    while (depth) {
        int32_t self = stack[--depth];
        const loom_mesh_node *n = mesh->node + self;
        if (!ray_meets_box(n, x, per_u)) continue;
        if (!n->count) {
            stack[depth++] = n->first;
            stack[depth++] = self + 1;
        }
        for (int32_t i = n->first; i < n->first + n->count; i++) {
            int64_t f = mesh->order[i], k = found < most ? found : most;
            double at =
                ray_triangle(x, u, corner(mesh, f, 0), corner(mesh, f, 1), corner(mesh, f, 2));
            if (!(at > 0)) continue;
            found++;
            for (; k > 0 && t[k - 1] > at; k--)
                if (k < most) t[k] = t[k - 1];
            if (k < most) t[k] = at;
        }
    }
    return found;
}

void loom_mesh_measure(const double *vertex, const int32_t *face, int64_t faces, double *area,
                       double *volume)
{
    assert(faces >= 0);
    double ab[3], ac[3], normal[3], sum_area = 0, sum_volume = 0;
    for (int64_t f = 0; f < faces; f++) {
        const double *a = vertex + 3 * (int64_t)face[3 * f],
                     *b = vertex + 3 * (int64_t)face[3 * f + 1],
                     *c = vertex + 3 * (int64_t)face[3 * f + 2];
        subtract(b, a, ab);
        subtract(c, a, ac);
        cross(ab, ac, normal);
        sum_area += 0.5 * sqrt(dot(normal, normal));
        sum_volume += dot(a, normal) / 6;
    }
    *area = sum_area;
    *volume = sum_volume;
}
