/* kriging.c - see kriging.h. */
#include "kriging.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

static double longer_edge(const polynomial_image *image)
{
    return (double)(image->nx > image->ny ? image->nx : image->ny);
}

static int64_t cell_of(const polynomial_image *image, int64_t i)
{
    int64_t y = i / image->nx * KRIGING_EDGE / image->ny,
            x = i % image->nx * KRIGING_EDGE / image->nx;
    assert(y >= 0 && y < KRIGING_EDGE && x >= 0 && x < KRIGING_EDGE);
    return y * KRIGING_EDGE + x;
}

void kriging_see(const polynomial_image *image, kriging_cells *out)
{
    double edge = longer_edge(image), square = 0, all = 0;
    int64_t kept = 0;
    memset(out, 0, sizeof *out);
    for (int64_t i = 0; i < image->ny * image->nx; i++) {
        int64_t c = cell_of(image, i);
        if (image->mask[i]) continue;
        out->count[c]++;
        out->x[c] += (double)(i % image->nx) / edge;
        out->y[c] += (double)(i / image->nx) / edge;
        out->value[c] += (double)image->src[i];
    }
    for (int c = 0; c < KRIGING_CELLS; c++)
        if (out->count[c] > 0) out->value[c] /= out->count[c];
    for (int64_t i = 0; i < image->ny * image->nx; i++) {
        double off = (double)image->src[i] - out->value[cell_of(image, i)];
        if (!image->mask[i]) square += off * off;
    }
    for (int c = 0; c < KRIGING_CELLS; c++) {
        double n = out->count[c];
        if (!(n > 0)) continue;
        all += n;
        out->count[kept] = n;
        out->value[kept] = out->value[c];
        out->x[kept] = out->x[c] / n;
        out->y[kept++] = out->y[c] / n;
    }
    out->n = kept;
    out->noise = all > (double)kept ? square / (all - (double)kept) : 0;
}

static double covariance(kriging_smoothness s, double dx, double dy)
{
    return s.variance / (1 + (dx * dx + dy * dy) / (2 * s.length * s.length));
}

/* room->matrix = Cholesky's factor of the covariance of the cells, as they are seen. */
static bool factorise(const kriging_cells *c, kriging_smoothness s, kriging_room *room)
{
    double(*l)[KRIGING_CELLS] = room->matrix;
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j <= i; j++) {
            double sum = covariance(s, c->x[i] - c->x[j], c->y[i] - c->y[j]);
            if (i == j) sum += c->noise / c->count[i] + 1e-9 * s.variance;
            for (int64_t k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 0)) return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    return true;
}

/* b = L^-1 b */
static void substitute(const kriging_cells *c, const kriging_room *room, double *b)
{
    for (int64_t i = 0; i < c->n; i++) {
        for (int64_t k = 0; k < i; k++) b[i] -= room->matrix[i][k] * b[k];
        b[i] /= room->matrix[i][i];
    }
}

/* The constant: its generalised least squares; room->z, one: L^-1 of the values and of 1s. */
static double find_constant(const kriging_cells *c, kriging_room *room, double *information)
{
    double sum = 0, both = 0;
    for (int64_t i = 0; i < c->n; i++) {
        room->z[i] = c->value[i];
        room->one[i] = 1;
    }
    substitute(c, room, room->z);
    substitute(c, room, room->one);
    for (int64_t i = 0; i < c->n; i++) {
        sum += room->one[i] * room->one[i];
        both += room->one[i] * room->z[i];
    }
    *information = sum;
    return both / sum;
}

/* Logarithm of the likelihood of an image, the constant integrated out. */
static double evidence(const kriging_cells *c, kriging_smoothness s, kriging_room *room)
{
    double information, sum = 0;
    if (!c->n || !factorise(c, s, room)) return c->n ? -HUGE_VAL : 0;
    double constant = find_constant(c, room, &information);
    for (int64_t i = 0; i < c->n; i++) {
        double z = room->z[i] - constant * room->one[i];
        sum -= log(room->matrix[i][i]) + z * z / 2;
    }
    return sum - log(information) / 2;
}

/* Mean variance of the cells of an image: the scale of s^2. */
static double spread(const kriging_cells *cells, int64_t n)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        const kriging_cells *c = cells + k;
        double mean = 0, square = 0, of = (double)(c->n > 0 ? c->n : 1);
        for (int64_t i = 0; i < c->n; i++) {
            mean += c->value[i] / of;
            square += c->value[i] * c->value[i] / of;
        }
        sum += fmax(square - mean * mean, 0) / (double)n;
    }
    return sum;
}

kriging_smoothness kriging_learn(const kriging_cells *cells, int64_t n, int threads,
                                 kriging_room *rooms)
{
    enum { LENGTHS = 9, HEIGHTS = 9, GRID = LENGTHS * HEIGHTS, IMAGES = 16 };
    double unit = spread(cells, n), sum[GRID] = { 0 };
    int64_t seen = n < IMAGES ? n : IMAGES;
    int best = -1;
    assert(n > 0 && threads > 0);
    if (!(unit > 0)) return (kriging_smoothness){ 1, 0 };
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int g = 0; g < GRID; g++) {
        kriging_smoothness s = { 0.1 * pow(2, 0.5 * (g % LENGTHS)),
                                 unit * pow(10, 0.5 * (g / LENGTHS) - 2) };
        for (int64_t k = 0; k < seen; k++)
            sum[g] += evidence(cells + k * n / seen, s, rooms + omp_get_thread_num());
    }
    for (int g = 0; g < GRID; g++)
        if (sum[g] > -HUGE_VAL && (best < 0 || sum[g] > sum[best])) best = g;
    if (best < 0) return (kriging_smoothness){ 1, 0 };
    return (kriging_smoothness){ 0.1 * pow(2, 0.5 * (best % LENGTHS)),
                                 unit * pow(10, 0.5 * (best / LENGTHS) - 2) };
}

/* room->z = (covariance)^-1 (values - constant) */
static double solve(const kriging_cells *c, kriging_room *room)
{
    double information, constant = find_constant(c, room, &information);
    for (int64_t i = 0; i < c->n; i++) room->z[i] -= constant * room->one[i];
    for (int64_t i = c->n - 1; i >= 0; i--) {
        room->z[i] /= room->matrix[i][i];
        for (int64_t k = 0; k < i; k++) room->z[k] -= room->matrix[i][k] * room->z[i];
    }
    return constant;
}

static double weighted_mean(const kriging_cells *c)
{
    double sum = 0, n = 0;
    for (int64_t i = 0; i < c->n; i++) {
        sum += c->count[i] * c->value[i];
        n += c->count[i];
    }
    return n > 0 ? sum / n : 0;
}

void kriging_continue(const polynomial_image *image, const kriging_cells *cells,
                      kriging_smoothness s, kriging_room *room, double *v)
{
    double edge = longer_edge(image);
    bool flat = !(s.variance > 0) || cells->n < 3 || !factorise(cells, s, room);
    double constant = flat ? weighted_mean(cells) : solve(cells, room);
    for (int64_t i = 0; i < image->ny * image->nx; i++) v[i] = constant;
    for (int64_t c = 0; c < cells->n && !flat; c++)
        for (int64_t y = 0; y < image->ny; y++) {
            double dy = (double)y / edge - cells->y[c];
            for (int64_t x = 0; x < image->nx; x++)
                v[y * image->nx + x] +=
                    room->z[c] * covariance(s, (double)x / edge - cells->x[c], dy);
        }
}
