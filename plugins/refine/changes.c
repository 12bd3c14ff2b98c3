/* refine/changes.c - see changes.h */
#include "changes.h"
#include "kit/cells.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void note_change(change_log *log, change c)
{
    const loom_host *h = log->call->host;
    if (log->lost) return;
    if (log->n == log->room) {
        int64_t room = log->room ? 2 * log->room : 1024;
        change *more = h->scratch(log->call, (size_t)room * sizeof *more);
        if (!more) {
            log->lost = true;
            return;
        }
        if (log->n) memcpy(more, log->row, (size_t)log->n * sizeof *more);
        if (log->row) h->release(log->call, log->row);
        log->row = more;
        log->room = room;
    }
    c.round = log->round;
    log->row[log->n++] = c;
}

static void note_atom(change_log *log, change_kind kind, const double *atom, double gain)
{
    change c = { .kind = kind, .height = atom[3], .gain = gain };
    memcpy(c.at, atom, sizeof c.at);
    note_change(log, c);
}

/* Drops the atoms that stay[] does not keep. */
static int64_t compact(loom_fit *f, const uint8_t *stay, change_log *log)
{
    int64_t to = 0, before = f->n, established = 0;
    for (int64_t j = 0; j < before; j++) {
        if (!stay[j]) continue;
        established += j < log->established;
        memmove(f->atom + LOOM_ATOM * to, f->atom + LOOM_ATOM * j, LOOM_ATOM * sizeof(double));
        log->origin[to] = log->origin[j];
        f->class[to++] = f->class[j];
    }
    f->n = to;
    log->established = established;
    return before - to;
}

/* ---- what is asked of an atom ---------------------------------------------------------------- */

/* Of one element, heights vary about so much, relative, by channelling, place and vibration. */
#define LIKE 0.2
#define MOST_RATIO 30.0 /* of heights to the sure atoms' mean */

static double z_of(const loom_fit *f, const double *error, int64_t j)
{
    double s = error[LOOM_ATOM * j + 3], height = f->atom[LOOM_ATOM * j + 3];
    return s > 0 && height > 0 ? height / s : 0;
}

demand demand_make(const loom_fit *f, const double *error, double z, double most)
{
    demand d = { .gain = 0.5 * z * z, .most = most };
    double mean = 0;
    int64_t sure = 0;
    for (int64_t j = 0; j < f->n; j++)
        if (0.5 * z_of(f, error, j) * z_of(f, error, j) > 2 * d.gain) {
            mean += log(f->atom[LOOM_ATOM * j + 3]);
            sure++;
        }
    if (sure < 10) return d; /* too few to say what is common */
    d.low = mean / (double)sure - log(MOST_RATIO);
    d.step = 2 * log(MOST_RATIO) / DEMAND_BINS;
    for (int64_t j = 0; j < f->n; j++) {
        double bin = (log(fmax(f->atom[LOOM_ATOM * j + 3], 1e-300)) - d.low) / d.step;
        if (0.5 * z_of(f, error, j) * z_of(f, error, j) > 2 * d.gain && bin >= 0
            && bin < DEMAND_BINS)
            d.count[(int)bin]++;
    }
    return d;
}

/* Minus the logarithm of how common such a height is among sure atoms, over the commonest. */
static double unlike(const demand *d, double height, double z)
{
    double here = 0, top = 0, wide2 = LIKE * LIKE + 1 / (z * z),
           bin = (log(fmax(height, 1e-300)) - d->low) / d->step;
    if (!(bin >= 0 && bin < DEMAND_BINS)) return d->most;
    for (int i = 0; i < DEMAND_BINS; i++) {
        double sum = 0, off = ((double)(int)bin - i) * d->step;
        here += d->count[i] * exp(-0.5 * off * off / wide2);
        for (int k = 0; k < DEMAND_BINS && d->count[i] > 0; k++) {
            double x = (double)(i - k) * d->step;
            sum += d->count[k] * exp(-0.5 * x * x / wide2);
        }
        top = fmax(top, sum);
    }
    return here > 0 ? fmax(0, fmin(log(top / here), d->most)) : d->most;
}

bool demand_meets(const demand *d, double height, double z)
{
    if (!(height > 0) || !(z > 0) || 0.5 * z * z < d->gain) return false;
    if (!(d->step > 0) || 0.5 * z * z >= d->gain + d->most) return true;
    return 0.5 * z * z >= d->gain + unlike(d, height, z);
}

double demand_least(const demand *d, double height, double z)
{
    double low = 0, high = z;
    for (int i = 0; i < 20; i++) {
        double middle = 0.5 * (low + high);
        if (demand_meets(d, height * middle / z, middle)) high = middle;
        else low = middle;
    }
    return high;
}

bool demand_joins(const demand *d, const double h[2], const double e[2])
{
    if (!(d->step > 0) || !(e[0] > 0 && e[1] > 0)) return true;
    double both = h[0] + h[1];
    return unlike(d, both, both / hypot(e[0], e[1]))
           < unlike(d, h[0], h[0] / e[0]) + unlike(d, h[1], h[1] / e[1]);
}

/* ---- changes --------------------------------------------------------------------------------- */

/* Positions apart from heights, sorted into cells. */
static bool cells_of(loom_fit *f, double edge, double **position, loom_cells *cells)
{
    *position = f->call->host->scratch(f->call, (size_t)(3 * f->n + 3) * sizeof(double));
    if (!*position) return false;
    for (int64_t i = 0; i < 3 * f->n; i++) (*position)[i] = f->atom[LOOM_ATOM * (i / 3) + i % 3];
    return loom_cells_build(f->call, *position, f->n, edge, cells);
}

static void cells_free(loom_fit *f, double *position, loom_cells *cells)
{
    void *all[] = { position, cells->start, cells->index };
    for (int i = 0; i < 3; i++) f->call->host->release(f->call, all[i]);
}

static double distance2(const double *p, const double *q)
{
    return (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1])
           + (p[2] - q[2]) * (p[2] - q[2]);
}

/* q goes into p. */
static void merge(double *p, const double *q)
{
    double sum = p[3] + q[3];
    for (int a = 0; a < 3; a++) p[a] = (p[a] * p[3] + q[a] * q[3]) / sum;
    p[3] = sum;
}

/* Whether atom j is the least likely of those that are to go within `alone`. */
static bool is_least(const loom_neighbours *near, const double *z, const uint8_t *stay, int64_t j)
{
    for (int64_t k = near->first[j]; k < near->first[j + 1]; k++) {
        int32_t i = near->list[k];
        if (!stay[i] && (z[i] < z[j] || (z[i] == z[j] && i < j))) return false;
    }
    return true;
}

#define SHELL 0.2     /* of the springs' length: neighbours are at that distance, give or take */
#define VOUCHING 0.75 /* of the neighbours that sure atoms have */

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Whether about as many neighbours stand about each atom, at the length of the springs, as about
 * sure atoms: they say where it is, so that what chance does elsewhere counts nothing against it.
 * None where there are no springs. False when out of memory. */
static bool find_vouched(loom_fit *f, const double *z, double gain, uint8_t *vouched)
{
    const loom_host *h = f->call->host;
    double *position, reach = (1 + SHELL) * f->spring_length;
    int32_t *count = h->scratch(f->call, 2 * ((size_t)f->n + 1) * sizeof *count),
            *of_sure = count + f->n + 1;
    int64_t sure = 0;
    loom_cells cells;
    loom_neighbours near;
    if (!count || !cells_of(f, reach, &position, &cells)
        || !loom_neighbours_build(f->call, &cells, reach, &near))
        return false;
    for (int64_t j = 0; j < f->n; j++) {
        count[j] = 0;
        for (int64_t k = near.first[j]; k < near.first[j + 1]; k++) {
            double least = (1 - SHELL) * f->spring_length;
            count[j] += distance2(position + 3 * j, position + 3 * near.list[k]) > least * least;
        }
        if (0.5 * z[j] * z[j] > 2 * gain) of_sure[sure++] = count[j];
    }
    qsort(of_sure, (size_t)sure, sizeof *of_sure, ascending);
    for (int64_t j = 0; j < f->n; j++)
        vouched[j] = vouched[j] || (sure >= 10 && count[j] >= VOUCHING * of_sure[sure / 2]);
    cells_free(f, position, &cells);
    void *done[] = { count, near.first, near.list };
    for (int i = 0; i < 3; i++) h->release(f->call, done[i]);
    return true;
}

int64_t changes_remove(loom_fit *f, const double *error, const demand *d, double alone,
                       change_log *log)
{
    const loom_host *h = f->call->host;
    double *position, *z = h->scratch(f->call, ((size_t)f->n + 1) * sizeof(double));
    uint8_t *stay = h->scratch(f->call, 3 * ((size_t)f->n + 1)), *keep = stay + f->n + 1,
            *vouched = keep + f->n + 1;
    loom_cells cells;
    loom_neighbours near;
    if (!z || !stay || !cells_of(f, fmax(alone, 1e-3), &position, &cells)
        || !loom_neighbours_build(f->call, &cells, fmax(alone, 1e-3), &near))
        return -1;
    demand less = *d;
    less.gain = 0;
    for (int64_t j = 0; j < f->n; j++) {
        z[j] = z_of(f, error, j);
        vouched[j] = j < log->established;
    }
    if (f->spring_spread > 0 && !find_vouched(f, z, d->gain, vouched)) return -1;
    for (int64_t j = 0; j < f->n; j++)
        stay[j] = demand_meets(vouched[j] ? &less : d, f->atom[LOOM_ATOM * j + 3], z[j]);
    for (int64_t j = 0; j < f->n; j++) {
        keep[j] = stay[j] || !is_least(&near, z, stay, j);
        if (!keep[j]) note_atom(log, CHANGE_REMOVED, f->atom + LOOM_ATOM * j, -0.5 * z[j] * z[j]);
    }
    cells_free(f, position, &cells);
    int64_t gone = compact(f, keep, log);
    void *done[] = { stay, z, near.first, near.list };
    for (int i = 0; i < 4; i++) h->release(f->call, done[i]);
    return log->lost ? -1 : gone;
}

static bool are_one(const loom_fit *f, const double *error, const demand *d, int64_t i, int64_t j)
{
    const double h[2] = { f->atom[LOOM_ATOM * i + 3], f->atom[LOOM_ATOM * j + 3] },
                 e[2] = { error[LOOM_ATOM * i + 3], error[LOOM_ATOM * j + 3] };
    return demand_joins(d, h, e);
}

int64_t changes_join(loom_fit *f, double apart, const double *error, const demand *d,
                     change_log *log)
{
    double *position;
    loom_cells cells;
    loom_neighbours near;
    uint8_t *stay = f->call->host->scratch(f->call, (size_t)f->n + 1);
    if (!stay || !cells_of(f, fmax(apart, 1e-3), &position, &cells)
        || !loom_neighbours_build(f->call, &cells, fmax(apart, 1e-3), &near))
        return -1;
    memset(stay, 1, (size_t)f->n + 1);
    /* by their places before; each takes in those of higher number */
    for (int64_t i = 0; i < f->n; i++)
        for (int64_t k = near.first[i]; stay[i] && k < near.first[i + 1]; k++) {
            int32_t j = near.list[k];
            if (j <= i || !stay[j] || (d && !are_one(f, error, d, i, j))) continue;
            note_atom(log, CHANGE_JOINED, f->atom + LOOM_ATOM * j, 0);
            merge(f->atom + LOOM_ATOM * i, f->atom + LOOM_ATOM * j);
            stay[j] = 0;
        }
    cells_free(f, position, &cells);
    int64_t gone = compact(f, stay, log);
    void *done[] = { stay, near.first, near.list };
    for (int i = 0; i < 3; i++) f->call->host->release(f->call, done[i]);
    return log->lost ? -1 : gone;
}

/* Whether a better score was accepted nearby, or an atom removed there since. */
static bool is_taken(const loom_fit *f, int64_t from, const change_log *log, int64_t since,
                     const double at[3], double apart)
{
    for (int64_t j = from; j < f->n; j++)
        if (distance2(f->atom + LOOM_ATOM * j, at) < apart * apart) return true;
    for (int64_t i = log->n - 1; i >= 0 && log->row[i].round >= since; i--)
        if (log->row[i].kind == CHANGE_REMOVED && distance2(log->row[i].at, at) < apart * apart)
            return true;
    return false;
}

int64_t changes_add(loom_fit *f, const loom_scores *s, const loom_chance *c, const demand *d,
                    double apart, int64_t since, int64_t most, change_log *log)
{
    int64_t old = f->n, room = most < f->room - old ? old + most : f->room;
    double *position;
    loom_cells cells;
    if (!cells_of(f, fmax(apart, 1e-3), &position, &cells)) return -1;
    for (int64_t i = 0; i < s->maxima && f->n < room; i++) {
        const loom_score *m = &s->maximum[i];
        /* what neighbours have taken of it comes back when they settle */
        double z = m->z / c->spread, height = m->height / fmin(1, c->spread * c->spread);
        if (0.5 * z * z < d->gain) break;
        if (!demand_meets(d, height, z)
            || loom_cells_nearest(&cells, m->at, fmax(apart, 1e-3), NULL) >= 0
            || is_taken(f, old, log, since, m->at, apart))
            continue;
        double *atom = f->atom + LOOM_ATOM * f->n;
        memcpy(atom, m->at, sizeof m->at);
        atom[3] = m->height;
        log->origin[f->n] = -1;
        f->class[f->n++] = 0;
        note_atom(log, CHANGE_ADDED, atom, 0.5 * z * z);
    }
    cells_free(f, position, &cells);
    return log->lost ? -1 : f->n - old;
}
