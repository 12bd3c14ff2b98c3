/* kit/bonds.c - see bonds.h */
#include "kit/bonds.h"
#include "kit/cells.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define NEAR 0.8 /* of the mean distance: shorter ones are errors and do not count in it */
/* beyond lies the second shell (1.41 in fcc, 1.15 in bcc, whose second shell counts with the first)
 */
#define FAR 1.2

static double distance(const double *point, int64_t i, int64_t j, double along[3])
{
    assert(i >= 0 && j >= 0 && i != j);
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        along[a] = point[4 * i + a] - point[4 * j + a];
        sum += along[a] * along[a];
    }
    sum = sqrt(sum);
    for (int a = 0; a < 3 && sum > 0; a++) along[a] /= sum;
    return sum;
}

/* Where to look at first: 1.8 times the spacing of a simple cubic lattice in a ball as wide as the
 * points. */
static double reach_of(int64_t n, const double *position)
{
    assert(n > 1);
    double mean[3] = { 0 }, sum = 0;
    for (int64_t i = 0; i < 3 * n; i++) mean[i % 3] += position[i] / (double)n;
    for (int64_t i = 0; i < 3 * n; i++)
        sum += (position[i] - mean[i % 3]) * (position[i] - mean[i % 3]) / (double)n;
    double radius = sqrt(5.0 / 3 * sum);
    return fmax(1.8 * radius * cbrt(4 / 3.0 * M_PI / (double)n), 1e-3);
}

/* Mean distance of neighbours: from the mean of the nearest ones, improved by the mean of all
 * within a shell. */
static double mean_distance(int64_t n, const double *point, const loom_neighbours *near)
{
    double along[3], length = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        double least = INFINITY;
        for (int64_t k = near->first[i]; k < near->first[i + 1]; k++)
            least = fmin(least, distance(point, i, near->list[k], along));
        if (!isfinite(least)) continue;
        length += least;
        count++;
    }
    length = count ? 1.05 * length / (double)count : 0;
    for (int round = 0; round < 4; round++) {
        double sum = 0;
        count = 0;
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = near->first[i]; k < near->first[i + 1]; k++) {
                double d = distance(point, i, near->list[k], along);
                if (d <= NEAR * length || d >= FAR * length) continue;
                sum += d;
                count++;
            }
        if (count) length = sum / (double)count;
    }
    return length;
}

bool loom_bonds_find(loom_call *call, int64_t n, const double *point, double length,
                     loom_bonds *out)
{
    assert(n >= 0);
    const loom_host *h = call->host;
    loom_cells cells;
    loom_neighbours near;
    double *position = h->scratch(call, (size_t)(3 * n + 3) * sizeof(double)), along[3];
    *out = (loom_bonds){ .n = 0 };
    if (!position) return false;
    for (int64_t i = 0; i < 3 * n; i++) position[i] = point[4 * (i / 3) + i % 3];
    double reach = n > 1 ? reach_of(n, position) : 1;
    if (!loom_cells_build(call, position, n, reach, &cells)
        || !loom_neighbours_build(call, &cells, reach, &near))
        return false;
    out->bond = h->scratch(call, (size_t)(near.first[n] / 2 + 1) * sizeof *out->bond);
    if (!out->bond) return false;
    double sum = 0;
    if (!(length > 0)) length = mean_distance(n, point, &near);
    out->length = length;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = near.first[i]; k < near.first[i + 1]; k++) {
            int32_t j = near.list[k];
            double d = distance(point, i, j, along);
            if (j >= i || d >= FAR * length || !(d > 0)) continue;
            assert(out->n < near.first[n] / 2);
            loom_bond *b = &out->bond[out->n++];
            *b = (loom_bond){ .i = (int32_t)i, .j = j, .excess = d - length };
            memcpy(b->along, along, sizeof along);
            sum += b->excess * b->excess;
        }
    out->spread = out->n ? sqrt(sum / (double)out->n) : 0;
    void *all[] = { position, cells.start, cells.index, near.first, near.list };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) h->release(call, all[i]);
    return true;
}

void loom_bonds_free(loom_call *call, loom_bonds *b)
{
    if (b->bond) call->host->release(call, b->bond);
    *b = (loom_bonds){ .n = 0 };
}

double loom_bonds_energy(const loom_bonds *b, const double *point)
{
    assert(b->n == 0 || b->bond);
    double along[3], sum = 0;
    for (int64_t e = 0; e < b->n; e++) {
        double excess = distance(point, b->bond[e].i, b->bond[e].j, along) - b->length;
        sum += excess * excess;
    }
    return b->stiffness * sum;
}

/* Pulls both ends of a bond together, `force` long. */
static void pull(const loom_bond *b, double force, double *out)
{
    for (int a = 0; a < 3; a++) {
        out[4 * b->i + a] -= force * b->along[a];
        out[4 * b->j + a] += force * b->along[a];
    }
}

void loom_bonds_curve(const loom_bonds *b, const double *d, double *out)
{
    for (int64_t e = 0; e < b->n; e++) {
        const loom_bond *p = &b->bond[e];
        double longer = 0;
        for (int a = 0; a < 3; a++) longer += p->along[a] * (d[4 * p->i + a] - d[4 * p->j + a]);
        pull(p, -b->stiffness * longer, out);
    }
}

void loom_bonds_pull(const loom_bonds *b, double *out)
{
    for (int64_t e = 0; e < b->n; e++) pull(&b->bond[e], b->stiffness * b->bond[e].excess, out);
}

void loom_bonds_blocks(const loom_bonds *b, int stride, double *block)
{
    assert(stride >= 6 /* a symmetric 3 by 3 block */);
    for (int64_t e = 0; e < b->n; e++)
        for (int end = 0; end < 2; end++) {
            double *to = block + stride * (end ? b->bond[e].i : b->bond[e].j);
            for (int i = 0, q = 0; i < 3; i++)
                for (int c = 0; c <= i; c++, q++)
                    to[q] += b->stiffness * b->bond[e].along[i] * b->bond[e].along[c];
        }
}
