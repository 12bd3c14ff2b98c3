/* diffusion.profile - concentration of an element by depth. */
#include "kit/check.h"
#include "layers.h"
#include <math.h>

typedef struct params {
    const char *element;
    double width, lattice;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, element, .text = "Ir", .doc = "whose atomic fraction is measured"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "thickness of a layer; 0: the distance of {111} planes, lattice/sqrt(3)"),
    LOOM_PARAM(params, lattice, .unit = "angstrom", .def = 3.89, .min = 0.5, .max = 50,
               .doc = "fcc lattice parameter"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "with a column depth (structure.surface)", 0 }, { 0 }
};
static const loom_port outputs[] = { { "profile", "table",
                                       "one row per layer: depth of its middle, atoms, "
                                       "concentration and its binomial standard error",
                                       0 },
                                     { 0 } };

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
        error[k] =
            c.count[k] > 0 ? sqrt(c.concentration[k] * (1 - c.concentration[k]) / c.count[k]) : 0;
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
              "is the surface. The standard error is sqrt(C(1-C)/n).",
    .cites = "none",
    .limits = "Depths refer to each stage's own surface: growth of the particle moves them.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("diffusion.profile", "1.0", "BSD-3-Clause", &diffusion_profile);
