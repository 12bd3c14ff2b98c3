/* diffusion/layers.c - see layers.h */
#include "layers.h"
#include "kit/check.h"
#include <assert.h>
#include <math.h>
#include <string.h>

double layer_width(double width, double lattice_parameter)
{
    return width > 0 ? width : lattice_parameter / sqrt(3);
}

void profile_of(const stage *s, profile *out)
{
    assert(s->layers <= MAX_LAYERS);
    memset(out, 0, sizeof *out);
    for (int64_t i = 0; i < s->atoms.n; i++) {
        assert(s->layer[i] >= 0 && s->layer[i] < s->layers);
        out->count[s->layer[i]]++;
        out->concentration[s->layer[i]] += s->solute[i];
    }
    for (int k = 0; k < s->layers; k++)
        if (out->count[k] > 0) out->concentration[k] /= out->count[k];
}

/* The number of `element` among the symbols, or -1 after failing. */
static int find_element(loom_call *call, const loom_atoms *atoms, const char *element)
{
    int found = loom_symbols_find(atoms->symbols, element);
    if (found >= 0) return found;
    call->host->fail(call, LOOM_E_PARAM, "element", "stage %lld holds '%s', not '%s'",
                     (long long)atoms->index, atoms->symbols, element);
    return -1;
}

static loom_status find_layers(loom_call *call, double width, stage *s)
{
    const loom_host *h = call->host;
    for (int64_t i = 0; i < s->atoms.n; i++) {
        double k = floor((s->depth[i] + width / 2) / width);
        if (!(k >= 0))
            return h->fail(call, LOOM_E_DATA, s->atoms.port,
                           "stage %lld: atom %lld lies %g angstrom outside the surface",
                           (long long)s->atoms.index, (long long)i, -s->depth[i]);
        if (k >= MAX_LAYERS)
            return h->fail(
                call, LOOM_E_PARAM, "width",
                "layers of %g angstrom make %g of them, more than %d; use thicker layers", width,
                k + 1, MAX_LAYERS);
        s->layer[i] = (int32_t)k;
        if (s->layer[i] >= s->layers) s->layers = s->layer[i] + 1;
    }
    return LOOM_OK;
}

loom_status stage_read(loom_call *call, const char *port, int64_t index, const char *element,
                       double width, stage *out)
{
    const loom_host *h = call->host;
    *out = (stage){ 0 };
    loom_status status = loom_atoms_read_at(call, port, index, 1, &out->atoms);
    if (status) return status;
    if (!(out->depth =
              loom_atoms_column(call, &out->atoms, "depth", LOOM_F64, "structure.surface")))
        return LOOM_E_DATA;
    int which = find_element(call, &out->atoms, element);
    if (which < 0) return LOOM_E_PARAM;
    out->solute = h->scratch(call, (size_t)out->atoms.n);
    out->layer = h->scratch(call, sizeof *out->layer * (size_t)out->atoms.n);
    if (!out->solute || !out->layer) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < out->atoms.n; i++) out->solute[i] = out->atoms.species[i] == which;
    return find_layers(call, width, out);
}
