/* starts.c - which of several starts a search sets out from; see seek.h. */
#include "seek.h"
#include <math.h>

enum { STEPS = 3, CG = 12 };

static bool has_atoms(loom_call *call, int64_t which)
{
    const loom_array *a = call->host->array(call->host->input(call, "atoms", which), "position");
    return a && a->dim[0] >= 2;
}

/* The model from one of the starts. */
static loom_status open_start(search *s, loom_call *call, const params *p, int64_t which)
{
    *s = (search){ .call = call,
                   .p = p,
                   .q = { .background = (int32_t)p->background_terms, .which = which } };
    loom_status status = loom_fit_input_read(call, p->hold, &s->q);
    return status == LOOM_OK ? search_begin(s) : status;
}

/* How badly a start explains the images when its atoms have settled a little under the tightest
 * springs: the logarithm of the likelihood, and what is asked of an atom for each. */
static loom_status weigh(search *s, double *loss)
{
    const loom_host *h = s->call->host;
    loom_scores scores;
    s->f.spring_spread = s->p->bond_spread.n > 0 ? s->p->bond_spread.v[0] : 0;
    s->f.spring_length = s->bond;
    (void)search_release_views(s, false);
    loom_status status = search_settle(s, STEPS, CG);
    if (status != LOOM_OK) return status;
    if (!search_find_errors(s, ERRORS_ALONE) || !search_look(s, &scores)) return LOOM_E_MEMORY;
    loom_fit_scores_free(&s->f, &scores);
    loom_fit_measure(&s->f);
    double z = s->threshold / s->chance.spread;
    *loss = s->f.misfit + 0.5 * z * z * (double)s->f.n;
    h->note(s->call, "start %lld: %lld atoms, misfit %.8g, with %.3g asked of each %.8g",
            (long long)s->q.which, (long long)s->f.n, s->f.misfit, 0.5 * z * z, *loss);
    return LOOM_OK;
}

loom_status search_open(search *s, loom_call *call, const params *p)
{
    int64_t count = call->host->input_count(call, "atoms"), able = 0, best = 0;
    double least = INFINITY, loss;
    for (int64_t i = count - 1; i >= 0; i--)
        if (has_atoms(call, i)) {
            able++;
            best = i;
        }
    for (int64_t i = 0; able > 1 && i < count; i++) {
        if (!has_atoms(call, i)) continue;
        loom_status status = open_start(s, call, p, i);
        if (status == LOOM_OK) status = weigh(s, &loss);
        if (status != LOOM_OK) return status;
        loom_fit_close(&s->f);
        if (!(loss < least)) continue;
        least = loss;
        best = i;
    }
    return open_start(s, call, p, best);
}
