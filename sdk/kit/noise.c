/* kit/noise.c - see noise.h. */
#include "kit/noise.h"
#include "kit/check.h"
#include <assert.h>

enum { COLUMNS = 4 };
static const char *const column_names[COLUMNS] = { "noise_gain", "noise_read", "offset",
                                                   "noise_factor" };
/* what a missing column means where others are there */
static const loom_noise assumed = { .gain = 1, .read = 0, .offset = 0, .factor = 1 };

static double *member(loom_noise *n, int column)
{
    assert(column >= 0 && column < COLUMNS);
    return (double *[COLUMNS]){ &n->gain, &n->read, &n->offset, &n->factor }[column];
}

/* False after failing. */
static bool read_column(loom_call *call, const char *port, int column, int64_t nt,
                        const loom_array *a, loom_noise *noise)
{
    assert(column >= 0 && column < COLUMNS && nt >= 0);
    const loom_host *h = call->host;
    if (!loom_is_column(a, LOOM_F64, nt)) {
        h->fail(call, LOOM_E_DATA, port,
                "input '%s': array '%s' must hold one f64 for each of the %lld tilts", port,
                a->name, (long long)nt);
        return false;
    }
    for (int64_t k = 0; k < nt; k++) {
        double v = ((const double *)a->data)[k];
        bool may_be_negative = !strcmp(column_names[column], "offset");
        if (!isfinite(v) || (v < 0 && !may_be_negative)) {
            h->fail(call, LOOM_E_DATA, port,
                    "input '%s': '%s' of tilt %lld is %g; expected a finite number%s; correct it "
                    "or estimate the noise again",
                    port, a->name, (long long)k, v, may_be_negative ? "" : " that is not negative");
            return false;
        }
        *member(noise + k, column) = v;
    }
    return true;
}

int loom_noise_read_at(loom_call *call, const char *port, int64_t index, int64_t nt,
                       loom_noise *noise)
{
    assert(noise || !nt);
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, index);
    double counts = 0;
    bool known = h->number(v, "counts", &counts) && counts > 0;
    for (int64_t k = 0; k < nt; k++) noise[k] = assumed;
    for (int c = 0; c < COLUMNS; c++) {
        const loom_array *a = h->array(v, column_names[c]);
        if (a && !read_column(call, port, c, nt, a, noise)) return -1;
        known = known || (a && c < 2); /* a factor or an offset alone says nothing */
    }
    return known;
}

int loom_noise_read(loom_call *call, const char *port, int64_t nt, loom_noise *noise)
{
    return loom_noise_read_at(call, port, 0, nt, noise);
}

bool loom_noise_write(loom_call *call, loom_value *out, int64_t nt, const loom_noise *noise,
                      const char *model)
{
    assert(nt >= 0);
    const loom_host *h = call->host;
    for (int c = 0; c < COLUMNS; c++) {
        double *dst = h->add_array(call, out, column_names[c], LOOM_F64, 1, &nt, NULL);
        if (!dst) return false;
        for (int64_t k = 0; k < nt; k++) {
            loom_noise n = noise[k];
            dst[k] = *member(&n, c);
        }
    }
    if (model) h->set_text(call, out, "noise_model", model);
    return true;
}

bool loom_noise_pass(loom_call *call, const char *port, loom_value *out, int64_t nt,
                     const double *share)
{
    const loom_host *h = call->host;
    loom_noise *noise = h->scratch(call, (size_t)(nt + 1) * sizeof *noise);
    if (!noise || !out) return false;
    int known = loom_noise_read(call, port, nt, noise);
    for (int64_t k = 0; share && k < nt; k++) noise[k].factor *= share[k];
    bool good = known == 0 || (known > 0 && loom_noise_write(call, out, nt, noise, NULL));
    h->release(call, noise);
    return good;
}
