/* kit/pdf.c - see pdf.h */
#include "kit/assert_hot.h"
#include "kit/pdf.h"
#include "kit/cells.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

/* ---- pair counts ----------------------------------------------------------------------------- */

/* distances per batch; histograms in turn, so that equal bins in a row do not wait for each other
 */
enum { BATCH = 512, LANES = 4 };

/* The atoms sorted by cell, coordinates apart: the inner loop reads them in order. */
typedef struct sorted {
    const loom_cells *cells;
    double *x, *y, *z;
    int32_t *species;
    int32_t kinds;
    double step, reach2;
    int64_t bins;
} sorted;

/* Distances of one atom to the sorted atoms [from, to), as bins; `bins` itself stands for "too
 * far". */
static void bins_of(const sorted *s, double x, double y, double z, int64_t from, int64_t n,
                    int32_t *restrict bin)
{
    const double *restrict px = s->x + from, *restrict py = s->y + from, *restrict pz = s->z + from;
    double per_step = 1 / s->step, far = (double)s->bins;
    for (int64_t k = 0; k < n; k++) {
        double dx = px[k] - x, dy = py[k] - y, dz = pz[k] - z,
               b = sqrt(dx * dx + dy * dy + dz * dz) * per_step;
        bin[k] = (int32_t)(b < far ? b : far);
    }
}

static void count_run(const sorted *s, int64_t i, int64_t from, int64_t to,
                      int64_t *restrict histogram)
{
    LOOM_ASSERT_HOT(from <= to);
    int32_t bin[BATCH];
    int64_t row[LANES], stride = s->bins + 1, lane = stride * s->kinds * (s->kinds + 1) / 2;
    for (int k = 0; k < LANES; k++) row[k] = k * lane;
    for (; from < to; from += BATCH) {
        int64_t n = to - from < BATCH ? to - from : BATCH;
        bins_of(s, s->x[i], s->y[i], s->z[i], from, n, bin);
        if (s->kinds == 1)
            for (int64_t k = 0; k < n; k++) histogram[row[k % LANES] + bin[k]]++;
        else
            for (int64_t k = 0; k < n; k++)
                histogram[row[k % LANES]
                          + stride * loom_pair_kind(s->species[i], s->species[from + k], s->kinds)
                          + bin[k]]++;
    }
}

static int64_t clamp_cell(double at, double low, double edge, int64_t dim)
{
    assert(edge > 0 && dim > 0);
    double k = floor((at - low) / edge);
    return k < 0 ? 0 : k > (double)(dim - 1) ? dim - 1 : (int64_t)k;
}

/* Squared distance from a coordinate to the cell `k` along one axis; border cells reach outwards
 * without end. */
static double gap2(const loom_cells *c, int axis, double at, int64_t k)
{
    assert(axis >= 0 && axis < 3);
    double low = c->low[axis] + (double)k * c->edge, high = low + c->edge;
    double d = at < low && k > 0 ? low - at : at > high && k < c->dim[axis] - 1 ? at - high : 0;
    return d * d;
}

/* All partners of the sorted atom i that stand behind it: rest of its own cell and row, later rows,
 * later layers. */
static void count_atom(const sorted *s, int64_t i, const int64_t cell[3],
                       int64_t *restrict histogram)
{
    const loom_cells *c = s->cells;
    double reach = sqrt(s->reach2);
    int64_t z_last = clamp_cell(s->z[i] + reach, c->low[2], c->edge, c->dim[2]);
    int64_t y_first = clamp_cell(s->y[i] - reach, c->low[1], c->edge, c->dim[1]),
            y_last = clamp_cell(s->y[i] + reach, c->low[1], c->edge, c->dim[1]);
    for (int64_t z = cell[2]; z <= z_last; z++)
        for (int64_t y = z == cell[2] ? cell[1] : y_first; y <= y_last; y++) {
            bool own = z == cell[2] && y == cell[1];
            double rest2 = s->reach2 - gap2(c, 2, s->z[i], z) - gap2(c, 1, s->y[i], y);
            if (rest2 < 0) continue;
            double rest = sqrt(rest2);
            int64_t row = (z * c->dim[1] + y) * c->dim[0],
                    from = clamp_cell(s->x[i] - rest, c->low[0], c->edge, c->dim[0]);
            int64_t to = clamp_cell(s->x[i] + rest, c->low[0], c->edge, c->dim[0]);
            count_run(s, i, own ? i + 1 : c->start[row + from], c->start[row + to + 1], histogram);
        }
}

/* Sums of whole numbers, so the share of each thread does not matter. */
static void count_layer(const sorted *s, int64_t z, int threads, size_t room, int64_t *histograms)
{
    assert(z >= 0 && z < s->cells->dim[2] && threads > 0);
    const loom_cells *c = s->cells;
    int64_t rows = c->dim[1] * c->dim[0];
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
    for (int64_t k = 0; k < rows; k++) {
        int64_t cell[3] = { k % c->dim[0], k / c->dim[0], z }, at = z * rows + k;
        for (int64_t i = c->start[at]; i < c->start[at + 1]; i++)
            count_atom(s, i, cell, histograms + room * (size_t)omp_get_thread_num());
    }
}

static bool sort_atoms(loom_call *call, const loom_cells *cells, const int32_t *species, sorted *s)
{
    size_t n = (size_t)cells->n;
    s->cells = cells;
    s->x = call->host->scratch(call, n * sizeof *s->x + 1);
    s->y = call->host->scratch(call, n * sizeof *s->y + 1);
    s->z = call->host->scratch(call, n * sizeof *s->z + 1);
    s->species = call->host->scratch(call, n * sizeof *s->species + 1);
    if (!s->x || !s->y || !s->z || !s->species) return false;
    for (size_t k = 0; k < n; k++) {
        int32_t i = cells->index[k];
        s->x[k] = cells->position[3 * i];
        s->y[k] = cells->position[3 * i + 1];
        s->z[k] = cells->position[3 * i + 2];
        s->species[k] = species ? species[i] : 0;
    }
    return true;
}

static void release_atoms(loom_call *call, const sorted *s)
{
    void *const owned[] = { s->x, s->y, s->z, s->species, s->cells->start, s->cells->index };
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) call->host->release(call, owned[k]);
}

bool loom_pair_counts(loom_call *call, const double *position, const int32_t *species,
                      int32_t kinds, int64_t n, double step, int64_t bins, int64_t *restrict count)
{
    assert(step > 0 && bins > 0 && kinds > 0 && n >= 0);
    const loom_host *h = call->host;
    double reach = step * (double)bins;
    int threads = h->threads(call);
    int32_t rows = kinds * (kinds + 1) / 2;
    size_t room = (size_t)(LANES * rows) * (size_t)(bins + 1);
    sorted s = { .kinds = kinds, .step = step, .reach2 = reach * reach, .bins = bins };
    loom_cells cells;
    int64_t *histograms = h->scratch(call, room * (size_t)threads * sizeof *histograms);
    if (!histograms || !loom_cells_build(call, position, n, reach / 4, &cells)
        || !sort_atoms(call, &cells, species, &s))
        return false;
    memset(histograms, 0, room * (size_t)threads * sizeof *histograms);
    for (int64_t z = 0; z < cells.dim[2]; z++) {
        if (!h->progress(call, (double)z, (double)cells.dim[2])) return false;
        count_layer(&s, z, threads, room, histograms);
    }
    memset(count, 0, (size_t)rows * (size_t)bins * sizeof *count);
    for (int64_t part = 0; part < (int64_t)threads * LANES; part++)
        for (int32_t row = 0; row < rows; row++)
            for (int64_t b = 0; b < bins; b++)
                count[row * bins + b] += histograms[(part * rows + row) * (bins + 1) + b];
    release_atoms(call, &s);
    h->release(call, histograms);
    return true;
}

/* ---- the first shell ------------------------------------------------------------------------- */

void loom_pdf_smooth(int64_t bins, const double *src, double sigma, double *restrict dst)
{
    assert(src != dst && bins > 0);
    enum { HALF = 3 };
    double weight[2 * HALF + 1], sum = 0;
    for (int k = -HALF; k <= HALF; k++)
        sum += weight[k + HALF] = sigma > 0 ? exp(-k * k / (2 * sigma * sigma)) : k == 0;
    for (int64_t i = 0; i < bins; i++) {
        double v = 0;
        for (int k = -HALF; k <= HALF; k++) {
            int64_t at = i + k < 0 ? 0 : i + k >= bins ? bins - 1 : i + k;
            v += weight[k + HALF] * src[at];
        }
        dst[i] = v / sum;
    }
}

/* Centre of the Gaussian through the bins around `peak` that stand above half of it: ln g is a
 * parabola there, fitted with weights g^2. */
static double gaussian_centre(int64_t bins, double step, const double *g, int64_t peak)
{
    assert(peak >= 0 && peak < bins);
    int64_t from = peak, to = peak;
    while (from > 0 && g[from - 1] > g[peak] / 2) from--;
    while (to < bins - 1 && g[to + 1] > g[peak] / 2) to++;
    double m[5] = { 0 }, v[3] = { 0 }; /* moments of u = bin - peak, and of u^k ln g */
    for (int64_t i = from; i <= to; i++) {
        double u = (double)(i - peak), w = g[i] * g[i], power = w;
        for (int k = 0; k < 5; k++, power *= u) {
            m[k] += power;
            if (k < 3) v[k] += power * log(g[i]);
        }
    }
    double det = m[0] * (m[2] * m[4] - m[3] * m[3]) - m[1] * (m[1] * m[4] - m[2] * m[3])
                 + m[2] * (m[1] * m[3] - m[2] * m[2]);
    double linear = m[0] * (v[1] * m[4] - v[2] * m[3]) - m[1] * (v[0] * m[4] - v[2] * m[2])
                    + m[2] * (v[0] * m[3] - v[1] * m[2]);
    double square = m[0] * (m[2] * v[2] - m[3] * v[1]) - m[1] * (m[1] * v[2] - m[2] * v[1])
                    + v[0] * (m[1] * m[3] - m[2] * m[2]);
    double shift = det > 0 && square < 0 ? -linear / (2 * square) : 0;
    if (!(fabs(shift) <= (double)(to - from))) shift = 0;
    return ((double)peak + 0.5 + shift) * step;
}

/* The valley behind bin `peak`, up to bin `last`: the middle of the first stretch below 1 % of the
 * peak, else the lowest minimum. */
static int64_t valley_behind(const double *g, int64_t peak, int64_t last, double *middle)
{
    assert(peak <= last);
    int64_t low = -1;
    for (int64_t i = peak + 1; i <= last; i++) {
        if (g[i] < 0.01 * g[peak]) {
            int64_t end = i;
            while (g[end + 1] < 0.01 * g[peak] && end < last) end++;
            *middle = 0.5 * (double)(i + end);
            return i;
        }
        if (g[i] <= g[i - 1] && g[i] < g[i + 1] && (low < 0 || g[i] < g[low])) low = i;
    }
    *middle = (double)low;
    return low;
}

bool loom_pdf_shell(int64_t bins, double step, const double *g, double low, double high,
                    loom_shell *out)
{
    assert(bins > 2 && step > 0 && low <= high);
    int64_t peak = -1;
    for (int64_t i = 1; i < bins - 1; i++) {
        double r = ((double)i + 0.5) * step;
        if (r < low || r > high || g[i] < g[i - 1] || g[i] <= g[i + 1]) continue;
        if (peak < 0 || g[i] > g[peak]) peak = i;
    }
    if (peak < 0 || !(g[peak] > 0)) return false;
    out->r1 = gaussian_centre(bins, step, g, peak);
    int64_t last = (int64_t)(1.5 * out->r1 / step);
    if (last > bins - 2) last = bins - 2;
    double middle;
    if (valley_behind(g, peak, last, &middle) < 0) return false;
    out->r_valley = (middle + 0.5) * step;
    return true;
}

static loom_status measure_shell(loom_call *call, const char *parameter, const double *position,
                                 int64_t n, loom_shell *out)
{
    enum { BINS = 320 };
    const double step = 0.02;
    int64_t count[BINS];
    double g[BINS], smooth[BINS];
    if (!loom_pair_counts(call, position, NULL, 1, n, step, BINS, count)) return loom_stop(call);
    for (int64_t k = 0; k < BINS; k++)
        g[k] = (double)count[k] / (((double)k + 0.5) * ((double)k + 0.5));
    loom_pdf_smooth(BINS, g, 1.5, smooth);
    if (loom_pdf_shell(BINS, step, smooth, 1, 4, out)) return LOOM_OK;
    return call->host->fail(call, LOOM_E_DATA, parameter,
                            "the distances between these %lld atoms show no first shell (a peak "
                            "within 1 .. 4 angstrom with a minimum "
                            "behind it); "
                            "set '%s' by hand, and check that the positions are in angstrom",
                            (long long)n, parameter);
}

loom_status loom_first_shell(loom_call *call, const char *pdf, const char *parameter,
                             const double *position, int64_t n, loom_shell *out)
{
    const loom_host *h = call->host;
    const loom_value *table = h->input(call, pdf, 0);
    if (!table) return measure_shell(call, parameter, position, n, out);
    if (h->number(table, "r1", &out->r1) && h->number(table, "r_valley", &out->r_valley)
        && out->r1 > 0 && out->r_valley > out->r1)
        return LOOM_OK;
    return h->fail(call, LOOM_E_DATA, pdf,
                   "the table at '%s' has no attributes 'r1' and 'r_valley'; connect the output "
                   "'table' of structure.pdf",
                   pdf);
}

loom_status loom_bond_cutoff(loom_call *call, const char *port, const char *param, double given,
                             const double *position, int64_t n, double *cutoff)
{
    assert(cutoff && (position || !n));
    loom_shell shell;
    *cutoff = given;
    if (given > 0) return LOOM_OK;
    loom_status status = loom_first_shell(call, port, param, position, n, &shell);
    if (status == LOOM_OK) *cutoff = shell.r_valley;
    return status;
}
