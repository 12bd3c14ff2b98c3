/* structure/match_lattices.c - two stages laid onto each other by their lattices. */
#include "fcc.h"
#include "kit/linalg.h"
#include "match.h"
#include <assert.h>
#include <math.h>
#include <string.h>

void match_centroid(const loom_atoms *a, double c[3])
{
    assert(a->n > 0);
    for (int k = 0; k < 3; k++) c[k] = 0;
    for (int64_t i = 0; i < a->n; i++)
        for (int k = 0; k < 3; k++) c[k] += a->position[3 * i + k] / (double)a->n;
}

typedef struct candidate {
    int32_t rotation, t[3];
    int64_t score;
} candidate;

/* The atom of `fa` at s site + t, -1 where there is none. */
static int32_t partner_at(const fcc_lattice *fa, const int32_t s[9], const int32_t t[3],
                          const int32_t site[3])
{
    int32_t moved[3];
    for (int k = 0; k < 3; k++)
        moved[k] = s[3 * k] * site[0] + s[3 * k + 1] * site[1] + s[3 * k + 2] * site[2] + t[k];
    return fcc_atom_at(fa, moved);
}

/* Sites of `after` that land on a site of `before`, plus those of the same species; every
 * `stride`-th atom is asked. */
static int64_t score_of(const match *m, const fcc_lattice *fa, const fcc_lattice *fb,
                        const candidate *c, int64_t stride)
{
    assert(stride > 0);
    int64_t score = 0;
    int32_t s[9];
    fcc_rotation(c->rotation, s);
    for (int64_t i = 0; i < fb->n; i += stride) {
        if (!fb->has[i]) continue;
        int32_t at = partner_at(fa, s, c->t, fb->site[i]);
        if (at >= 0) score += 1 + (m->before.species[at] == m->after.species[i]);
    }
    return score;
}

/* Mean site of all atoms, indexed or not, in half cube edges. */
static void middle_site(const fcc_lattice *f, const double c[3], double out[3])
{
    double inverse[9], d[3];
    loom_inverse3(f->half, inverse);
    for (int k = 0; k < 3; k++) d[k] = c[k] - f->origin[k];
    loom_apply3(inverse, d, out);
}

/* Translations of even sum for each of the 24 rotations that bring the centroids within `reach` of
 * each other. Counts them; writes where `out`. */
static int64_t list_candidates(const double before[3], const double after[3], double reach,
                               candidate *out)
{
    assert(reach >= 0);
    int64_t n = 0;
    int span = (int)reach + 1;
    for (int k = 0; k < 24; k++) {
        int32_t s[9], base[3];
        double want[3];
        fcc_rotation(k, s);
        for (int a = 0; a < 3; a++) {
            want[a] = before[a]
                      - (s[3 * a] * after[0] + s[3 * a + 1] * after[1] + s[3 * a + 2] * after[2]);
            base[a] = (int32_t)lround(want[a]);
        }
        for (int z = -span; z <= span; z++)
            for (int y = -span; y <= span; y++)
                for (int x = -span; x <= span; x++) {
                    int32_t t[3] = { base[0] + x, base[1] + y, base[2] + z };
                    double d2 = (t[0] - want[0]) * (t[0] - want[0])
                                + (t[1] - want[1]) * (t[1] - want[1])
                                + (t[2] - want[2]) * (t[2] - want[2]);
                    if ((t[0] + t[1] + t[2]) % 2 || d2 > reach * reach) continue;
                    if (out) out[n] = (candidate){ k, { t[0], t[1], t[2] }, 0 };
                    n++;
                }
    }
    return n;
}

/* The rigid motion that the chosen site mapping asks for, from all atoms that share a site. */
static loom_status motion_of(loom_call *call, match *m, const fcc_lattice *fa,
                             const fcc_lattice *fb, const candidate *c)
{
    int32_t s[9];
    int64_t n = 0;
    fcc_rotation(c->rotation, s);
    for (int64_t i = 0; i < fb->n; i++) {
        int32_t at = fb->has[i] ? partner_at(fa, s, c->t, fb->site[i]) : -1;
        if (at < 0) continue;
        memcpy(m->x + 3 * n, m->after.position + 3 * i, 3 * sizeof *m->x);
        memcpy(m->y + 3 * n++, m->before.position + 3 * (int64_t)at, 3 * sizeof *m->y);
    }
    if (n < 4)
        return call->host->fail(call, LOOM_E_DATA, "after",
                                "the lattices of the two stages share %lld sites at best; these "
                                "are not two stages of one particle",
                                (long long)n);
    loom_rigid_fit(n, m->x, m->y, m->r, m->t);
    return LOOM_OK;
}

loom_status match_lattices(loom_call *call, match *m, const loom_shell *shell, double reach)
{
    assert(reach >= 0 && m->x && m->y);
    enum { ASKED = 20000, PART = 64 };
    const loom_host *h = call->host;
    fcc_lattice fa, fb;
    double ca[3], cb[3], ma[3], mb[3];
    loom_status status = fcc_fit(call, "before", &m->before, shell, 0.3, &fa);
    if (status != LOOM_OK
        || (status = fcc_fit(call, "after", &m->after, shell, 0.3, &fb)) != LOOM_OK)
        return status;
    match_centroid(&m->before, ca);
    match_centroid(&m->after, cb);
    middle_site(&fa, ca, ma);
    middle_site(&fb, cb, mb);
    double far = reach * shell->r1 / (fa.a / 2);
    int64_t n = list_candidates(ma, mb, far, NULL), stride = 1 + m->after.n / ASKED, best = 0;
    candidate *c = h->scratch(call, (size_t)(n + 1) * sizeof *c);
    if (!c) return LOOM_E_MEMORY;
    if (!n)
        return h->fail(
            call, LOOM_E_PARAM, "reach",
            "no lattice translation within %g r1 of the centroids' difference; raise 'reach'",
            reach);
    list_candidates(ma, mb, far, c);
    for (int64_t from = 0; from < n; from += PART) {
        if (!h->progress(call, (double)from, (double)n)) return LOOM_E_CANCELLED;
#pragma omp parallel for num_threads(h->threads(call)) schedule(dynamic, 1)
        for (int64_t k = from; k < (from + PART < n ? from + PART : n); k++)
            c[k].score = score_of(m, &fa, &fb, &c[k], stride);
    }
    for (int64_t k = 1; k < n; k++)
        if (c[k].score > c[best].score) best = k;
    return motion_of(call, m, &fa, &fb, &c[best]);
}
