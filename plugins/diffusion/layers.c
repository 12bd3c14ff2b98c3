/* diffusion/layers.c - see layers.h */
#include "layers.h"
#include "kit/check.h"
#include <math.h>
#include <string.h>

double layer_width(double width, double lattice_parameter) { return width > 0 ? width : lattice_parameter / sqrt(3); }

void profile_of(const stage *s, const double *weight, profile *out)
{
    memset(out, 0, sizeof *out);
    for (int64_t i = 0; i < s->atoms.n; i++) {
        double w = weight ? weight[i] : 1;
        out->count[s->layer[i]] += w;
        out->concentration[s->layer[i]] += w * s->solute[i];
    }
    for (int k = 0; k < s->layers; k++)
        if (out->count[k] > 0) out->concentration[k] /= out->count[k];
}

/* The `index`th value of a list port, read as loom_atoms_read reads the first one. */
static loom_status read_atoms(loom_call *call, const char *port, int64_t index, loom_atoms *out)
{
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, index);
    const loom_array *position = h->array(v, "position"), *species = h->array(v, "species");
    *out = (loom_atoms){ .value = v, .n = position->dim[0], .position = position->data, .species = species->data, .symbols = h->text(v, "symbols") };
    if (!out->n) return h->fail(call, LOOM_E_DATA, port, "stage %lld holds no atoms", (long long)index);
    char word[16];
    while (loom_symbols_word(out->symbols, out->kinds, word)) out->kinds++;
    for (int64_t i = 0; i < out->n; i++) {
        for (int a = 0; a < 3; a++)
            if (!isfinite(out->position[3 * i + a])) return h->fail(call, LOOM_E_DATA, port, "stage %lld: position of atom %lld is not finite", (long long)index, (long long)i);
        if (out->species[i] < 0 || out->species[i] >= out->kinds)
            return h->fail(call, LOOM_E_DATA, port, "stage %lld: atom %lld has species %d, but the symbols are '%s'", (long long)index, (long long)i, (int)out->species[i], out->symbols);
    }
    return LOOM_OK;
}

loom_status stage_read(loom_call *call, const char *port, int64_t index, const char *element, double width, stage *out)
{
    const loom_host *h = call->host;
    loom_status status = read_atoms(call, port, index, &out->atoms);
    if (status) return status;
    const loom_array *depth = h->array(out->atoms.value, "depth");
    if (!depth || depth->dtype != LOOM_F64 || depth->rank != 1 || depth->dim[0] != out->atoms.n)
        return h->fail(call, LOOM_E_DATA, port, "stage %lld has no column depth with a number for each of its %lld atoms; structure.surface makes one", (long long)index, (long long)out->atoms.n);
    int which = -1;
    char word[16];
    for (int k = 0; loom_symbols_word(out->atoms.symbols, k, word); k++)
        if (!strcmp(word, element)) which = k;
    if (which < 0) return h->fail(call, LOOM_E_PARAM, "element", "stage %lld holds '%s', not '%s'", (long long)index, out->atoms.symbols, element);
    out->depth = depth->data;
    out->solute = h->scratch(call, (size_t)out->atoms.n);
    out->layer = h->scratch(call, sizeof *out->layer * (size_t)out->atoms.n);
    if (!out->solute || !out->layer) return LOOM_E_MEMORY;
    out->layers = 0;
    for (int64_t i = 0; i < out->atoms.n; i++) {
        double k = floor((out->depth[i] + width / 2) / width);
        if (!(k >= 0)) return h->fail(call, LOOM_E_DATA, port, "stage %lld: atom %lld lies %g angstrom outside the surface", (long long)index, (long long)i, -out->depth[i]);
        if (k >= MOST_LAYERS)
            return h->fail(call, LOOM_E_PARAM, "width", "layers of %g angstrom make %g of them, more than %d; use thicker layers", width, k + 1, MOST_LAYERS);
        out->layer[i] = (int32_t)k;
        out->solute[i] = out->atoms.species[i] == which;
        if (out->layer[i] >= out->layers) out->layers = out->layer[i] + 1;
    }
    return LOOM_OK;
}
