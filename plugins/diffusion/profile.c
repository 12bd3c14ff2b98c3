/* diffusion.profile - concentration of an element by depth. */
#include "kit/check.h"
#include "layers.h"
#include <math.h>
#include <stdio.h>
#include <assert.h>

typedef struct params {
    const char *element;
    double width, lattice;
    int32_t labels;
} params;
static const char *const label_kinds[] = { "hard", "soft", NULL };
enum { HARD, SOFT };
static const loom_param param_table[] = {
    LOOM_PARAM(params, element, .text = "Ir", .doc = "whose atomic fraction is measured"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "thickness of a layer; 0: the distance of {111} planes, lattice/sqrt(3)"),
    LOOM_PARAM(params, lattice, .unit = "angstrom", .def = 3.89, .min = 0.5, .max = 50,
               .doc = "fcc lattice parameter"),
    LOOM_PARAM(params, labels, .choices = label_kinds,
               .doc = "hard: by species; soft: sums of the probabilities p_SYMBOL "
                      "(classify.mixture, classify.stages)"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "with a column depth (structure.surface)", 0 }, { 0 }
};
static const loom_port outputs[] = { { "profile", "table",
                                       "one row per layer: depth of its middle, atoms, "
                                       "concentration and its standard error",
                                       0 },
                                     { 0 } };

/* Sums of p in place of counts, and the variance that the labels themselves add to each layer's
 * concentration. */
static loom_status soften(loom_call *call, const stage *s, const char *element, profile *c,
                          double variance[MAX_LAYERS])
{
    char word[16], name[32];
    loom_symbols_word(s->atoms.symbols, loom_symbols_find(s->atoms.symbols, element), word);
    snprintf(name, sizeof name, "p_%s", word);
    const double *p = loom_atoms_column(call, &s->atoms, name, LOOM_F64, "classify.mixture");
    if (!p) return LOOM_E_DATA;
    for (int k = 0; k < s->layers; k++) c->concentration[k] = 0;
    for (int64_t i = 0; i < s->atoms.n; i++) {
        if (!(p[i] >= 0 && p[i] <= 1 + 1e-9))
            return call->host->fail(call, LOOM_E_DATA, "atoms",
                                    "%s of atom %lld is %g; expected a probability", name,
                                    (long long)i, p[i]);
        assert(s->layer[i] >= 0 && s->layer[i] < s->layers && c->count[s->layer[i]] > 0);
        double n = c->count[s->layer[i]];
        c->concentration[s->layer[i]] += p[i] / n;
        variance[s->layer[i]] += fmax(0, p[i] * (1 - p[i])) / (n * n);
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    double width = layer_width(p->width, p->lattice);
    stage s;
    profile c;
    loom_status status = stage_read(call, "atoms", 0, p->element, width, &s);
    if (status) return status;
    profile_of(&s, &c);
    double label_variance[MAX_LAYERS] = { 0 };
    if (p->labels == SOFT) status = soften(call, &s, p->element, &c, label_variance);
    if (status) return status;
    loom_value *out = h->output(call, "profile");
    int64_t n = s.layers;
    int64_t *layer = h->add_array(call, out, "layer", LOOM_I64, 1, &n, NULL),
            *atoms = h->add_array(call, out, "atoms", LOOM_I64, 1, &n, NULL);
    double *depth = h->add_array(call, out, "depth", LOOM_F64, 1, &n, "angstrom");
    double *concentration = h->add_array(call, out, "concentration", LOOM_F64, 1, &n, NULL),
           *error = h->add_array(call, out, "error", LOOM_F64, 1, &n, NULL);
    if (!layer || !atoms || !depth || !concentration || !error) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < n; k++) {
        layer[k] = k;
        atoms[k] = llround(c.count[k]);
        depth[k] = (double)k * width;
        concentration[k] = c.concentration[k];
        double counting = c.count[k] > 0
                              ? fmax(0, c.concentration[k] * (1 - c.concentration[k])) / c.count[k]
                              : 0;
        error[k] = sqrt(counting + label_variance[k]);
    }
    h->set_text(call, out, "element", p->element);
    h->set_number(call, out, "width", width, "angstrom");
    return LOOM_OK;
}

static const loom_op diffusion_profile = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "diffusion.profile",
    .summary = "Atomic fraction of an element in layers of equal depth.",
    .method = "Layer k holds the atoms whose depth is within half a width of k widths, so layer 0 "
              "is the surface. The standard error is sqrt(C(1-C)/n). With `labels: soft` C is "
              "the mean of the probabilities, which wrong labels do not bias as they do counts, "
              "and the variance of the labels, sum p(1-p)/n^2, is added.",
    .cites = "none",
    .limits = "Depths refer to each stage's own surface: growth of the particle moves them.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("diffusion.profile", "1.0", "BSD-3-Clause", &diffusion_profile);
