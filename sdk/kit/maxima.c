/* maxima.c - see maxima.h. */
#include "kit/assert_hot.h"
#include "kit/maxima.h"
#include <assert.h>
#include <string.h>

enum { BALL_REACH = 2, MAX_SLICES = 2 * BALL_REACH + 1, FIRST_ROOM = 4096 };
static const double ball_radius2 = 2.5 * 2.5;

typedef struct search {
    loom_call *call;
    const loom_maxima *m;
    int64_t reach, margin, nx, ny;
    double *slice[MAX_SLICES]; /* slice of z is slice[z % slices] */
    double *work;              /* [ny][work_row] */
    int32_t *row_x;            /* [ny][nx] maxima of each row */
    int32_t *row_count;        /* [ny] */
    loom_maximum *found;
    int64_t count, room;
} search;

static double *slice_at(const search *s, int64_t z) { return s->slice[z % (2 * s->reach + 1)]; }

static bool above_faces(const search *s, int64_t x, int64_t y, int64_t z)
{
    const double *c = slice_at(s, z) + y * s->nx + x;
    double v = *c;
    return v >= c[-1] && v >= c[1] && v >= c[-s->nx] && v >= c[s->nx]
           && v >= slice_at(s, z - 1)[y * s->nx + x] && v >= slice_at(s, z + 1)[y * s->nx + x];
}

/* Above all samples at most sqrt(radius2) away, other than itself. */
static bool above_all(const search *s, int64_t x, int64_t y, int64_t z, double radius2)
{
    LOOM_ASSERT_HOT(x >= s->reach && x < s->nx - s->reach && y >= s->reach && y < s->ny - s->reach);
    double v = slice_at(s, z)[y * s->nx + x];
    for (int64_t k = -s->reach; k <= s->reach; k++)
        for (int64_t j = -s->reach; j <= s->reach; j++)
            for (int64_t i = -s->reach; i <= s->reach; i++)
                if ((i || j || k) && (double)(i * i + j * j + k * k) <= radius2
                    && !(v > slice_at(s, z + k)[(y + j) * s->nx + x + i]))
                    return false;
    return true;
}

static bool is_maximum(const search *s, int64_t x, int64_t y, int64_t z)
{
    switch (s->m->surround) {
    case LOOM_FACES: return above_faces(s, x, y, z);
    case LOOM_CUBE: return above_all(s, x, y, z, 3);
    default: return above_all(s, x, y, z, ball_radius2);
    }
}

static double sum_about(const search *s, int64_t x, int64_t y, int64_t z)
{
    double sum = 0;
    for (int64_t k = -1; k <= 1; k++)
        for (int64_t j = -1; j <= 1; j++)
            for (int64_t i = -1; i <= 1; i++) sum += slice_at(s, z + k)[(y + j) * s->nx + x + i];
    return sum;
}

static bool is_wanted(const loom_maxima *m, int64_t x, int64_t y, int64_t z)
{
    return !m->wanted || m->wanted(m->user, (int64_t[3]){ x, y, z });
}

static void search_row(const search *s, int64_t y, int64_t z)
{
    assert(y >= 0 && y < s->ny);
    const double *row = slice_at(s, z) + y * s->nx;
    int32_t n = 0;
    if (y >= s->margin && y < s->ny - s->margin)
        for (int64_t x = s->margin; x < s->nx - s->margin; x++)
            if (row[x] > s->m->above && is_maximum(s, x, y, z) && is_wanted(s->m, x, y, z))
                s->row_x[y * s->nx + n++] = (int32_t)x;
    s->row_count[y] = n;
}

static bool make_room(search *s)
{
    assert(s->count <= s->room);
    const loom_host *h = s->call->host;
    if (s->count < s->room) return true;
    loom_maximum *more = h->scratch(s->call, sizeof *more * 2 * (size_t)s->room);
    if (!more) return false;
    memcpy(more, s->found, sizeof *more * (size_t)s->count);
    h->release(s->call, s->found);
    s->found = more;
    s->room *= 2;
    return true;
}

/* Takes over the maxima of slice z in order. */
static bool collect(search *s, int64_t z)
{
    assert(z >= 0 && z < s->m->n[2]);
    for (int64_t y = 0; y < s->ny; y++)
        for (int32_t k = 0; k < s->row_count[y]; k++) {
            if (!make_room(s)) return false;
            int32_t x = s->row_x[y * s->nx + k];
            double value = slice_at(s, z)[y * s->nx + x];
            s->found[s->count++] =
                (loom_maximum){ { x, (int32_t)y, (int32_t)z },
                                value,
                                s->m->surround == LOOM_BALL ? sum_about(s, x, y, z) : value };
        }
    return true;
}

static bool begin(search *s)
{
    assert(s->nx >= 0 && s->ny >= 0 && s->m->work_row >= 0);
    const loom_host *h = s->call->host;
    size_t plane = (size_t)(s->nx * s->ny);
    s->room = FIRST_ROOM;
    s->found = h->scratch(s->call, sizeof *s->found * (size_t)s->room);
    s->row_x = h->scratch(s->call, sizeof *s->row_x * plane);
    s->row_count = h->scratch(s->call, sizeof *s->row_count * (size_t)s->ny);
    s->work = h->scratch(s->call, sizeof *s->work * (size_t)(s->m->work_row * s->ny + 1));
    for (int64_t k = 0; k < 2 * s->reach + 1; k++)
        if (!(s->slice[k] = h->scratch(s->call, sizeof(double) * plane))) return false;
    return s->found && s->row_x && s->row_count && s->work;
}

static void end(search *s)
{
    const loom_host *h = s->call->host;
    h->release(s->call, s->row_x);
    h->release(s->call, s->row_count);
    h->release(s->call, s->work);
    for (int64_t k = 0; k < 2 * s->reach + 1; k++) h->release(s->call, s->slice[k]);
}

/* Makes slice z and searches the one that is now between its neighbours. */
static bool pass_slice(search *s, int64_t z, int threads)
{
    const loom_maxima *m = s->m;
    int64_t centre = z - s->reach;
    bool look = centre >= s->margin && centre < m->n[2] - s->margin;
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int64_t y = 0; y < s->ny; y++)
            m->make_row(m->user, y, z, s->work + y * m->work_row, slice_at(s, z) + y * s->nx);
        if (look) {
#pragma omp for schedule(static)
            for (int64_t y = 0; y < s->ny; y++) search_row(s, y, centre);
        }
    }
    return !look || collect(s, centre);
}

loom_maximum *loom_maxima_find(loom_call *call, const loom_maxima *m, int64_t *count)
{
    const loom_host *h = call->host;
    int threads = h->threads(call);
    int64_t reach = m->surround == LOOM_BALL ? BALL_REACH : 1;
    search s = { .call = call,
                 .m = m,
                 .reach = reach,
                 .margin = m->border > reach ? m->border : reach,
                 .nx = m->n[0],
                 .ny = m->n[1] };
    assert(m->n[0] > 0 && m->n[0] <= INT32_MAX && m->n[1] > 0 && m->n[1] <= INT32_MAX);
    assert(m->n[2] > 0 && m->n[2] <= INT32_MAX && m->make_row);
    if (!begin(&s)) return NULL;
    for (int64_t z = 0; z < m->n[2]; z++) {
        if (!pass_slice(&s, z, threads)) return NULL;
        if (m->steps > 0 && !h->progress(call, (double)z, m->steps)) {
            h->fail(call, LOOM_E_CANCELLED, NULL, "stopped while looking for maxima");
            return NULL;
        }
    }
    end(&s);
    *count = s.count;
    return s.found;
}

double loom_parabola(double below, double middle, double above)
{
    double bend = below - 2 * middle + above;
    return bend < 0 ? 0.5 * (below - above) / bend : 0;
}
