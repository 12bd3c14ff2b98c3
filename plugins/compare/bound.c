/* compare.bound - how precisely any unbiased method can place these atoms, from these images: the
 * Cramer-Rao bound. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/fit_input.h"
#include <math.h>
#include <assert.h>

typedef struct params {
    loom_strings hold;
    double width, tail, tail_width;
    int64_t steps, background_terms, probes, seed;
} params;

static const loom_param param_table[] = {
    LOOM_PARAM(params, hold, .text = "widths, tail, background, scale, shifts, angles, blur",
               .doc = "what is taken as known: positions, heights, widths, tail, background, "
                      "scale, shifts, angles, blur"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0.5, .min = 0.05, .max = 20,
               .doc = "where the width (sigma) of an atom's image starts"),
    LOOM_PARAM(params, tail, .def = 0, .min = 0, .max = 0.9,
               .doc = "share of an atom's height in a second, wider Gaussian"),
    LOOM_PARAM(params, tail_width, .unit = "angstrom", .def = 2, .min = 0.1, .max = 50,
               .doc = "width (sigma) of the second Gaussian"),
    LOOM_PARAM(params, background_terms, .def = 1, .min = 0, .max = LOOM_POLYNOMIAL_TERMS,
               .doc = LOOM_BACKGROUND_TERMS_DOC),
    LOOM_PARAM(
        params, steps, .def = 10, .min = 0, .max = 1000, .flags = LOOM_ADVANCED,
        .doc =
            "steps that fit heights, widths and backgrounds to the images first; positions stay"),
    LOOM_PARAM(params, probes, .def = 24, .min = 0, .max = 10000,
               .doc = "random vectors; the error of the bound falls with the root of their number; "
                      "0: of each atom as if alone"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 1e15, .flags = LOOM_ADVANCED,
               .doc = "of the random vectors"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series",
      "raw images, with their noise: counts, or noise_gain and noise_read for each tilt", 0 },
    { "atoms", "atoms", "the atoms: the truth of a simulation, or a refined model", 0 },
    { "poses", "table",
      "shift_x, shift_y (pixel), phi, theta, psi (degree) of every tilt; not connected: the angles "
      "of the series",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the atoms with the bound of each as columns bound_x, bound_y, bound_z, bound_height", 0 },
    { "table", "table",
      "one row: root mean square bounds over all atoms, and of heights over the heights", 0 },
    { 0 }
};

/* counts: dark pixels are known to be dark, which tells where atoms are not. The likelihood that is
 * fitted is continued from a higher value on, so that single electrons far out do not upset it. */
#define DARK 1e-3

/* Heights, widths and backgrounds as the images have them, at the positions given. */
static loom_status fit_rest(loom_call *call, const params *p, loom_fit *f)
{
    loom_fit_free known = f->free;
    f->free = (loom_fit_free){ .height = true };
    for (int32_t c = 0; c < f->classes; c++) f->free.common[c] = p->steps > 0;
    for (int32_t t = 0; t < f->background; t++) f->free.view[VIEW_BACKGROUND + t] = true;
    loom_fit_begin(f);
    for (int64_t i = 0; i < p->steps; i++) {
        loom_fit_moved m;
        if (!loom_fit_step(f, 40, &m)) return LOOM_E_MEMORY;
        if (!call->host->progress(call, (double)i, (double)(p->steps + p->probes)))
            return LOOM_E_CANCELLED;
        if (m.length == 0 || m.gain < 1e-6 * fabs(f->misfit)) break;
    }
    f->free = known;
    call->host->note(call,
                     "width %.4f pixels, background of the first tilt %.4g counts, misfit %.8g",
                     f->common[0], f->background ? f->view[VIEW_BACKGROUND] : 0.0, f->misfit);
    return LOOM_OK;
}

static bool write_outputs(loom_call *call, const loom_fit_input *q, const loom_fit *f,
                          const double *error)
{
    assert(f->n == q->n);
    static const char *const columns[] = { "bound_x", "bound_y", "bound_z", "bound_height" };
    static const char *const figures[] = { "bound",   "bound_x",      "bound_y",
                                           "bound_z", "bound_height", "atoms" };
    const loom_host *h = call->host;
    loom_value *atoms = h->output(call, "atoms"), *table = h->output(call, "table");
    double square[LOOM_ATOM] = { 0 }, relative = 0, one = 1;
    for (int i = 0; i < LOOM_ATOM; i++) {
        double *c =
            h->add_array(call, atoms, columns[i], LOOM_F64, 1, &f->n, i < 3 ? "angstrom" : NULL);
        if (!c) return false;
        for (int64_t j = 0; j < f->n; j++) {
            c[j] = error[LOOM_ATOM * j + i] * (i < 3 ? q->pixel_A : 1);
            square[i] += c[j] * c[j] / (double)f->n;
            if (i == 3)
                relative += c[j] / f->atom[LOOM_ATOM * j + 3] * c[j] / f->atom[LOOM_ATOM * j + 3]
                            / (double)f->n;
        }
    }
    one = sqrt(square[0] + square[1] + square[2]);
    double value[] = { 100 * one,
                       100 * sqrt(square[0]),
                       100 * sqrt(square[1]),
                       100 * sqrt(square[2]),
                       100 * sqrt(relative),
                       (double)f->n };
    for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
        double *c = h->add_array(call, table, figures[i], LOOM_F64, 1, (int64_t[]){ 1 },
                                 i < 4    ? "pm"
                                 : i == 4 ? "percent"
                                          : NULL);
        if (!c) return false;
        *c = value[i];
    }
    return loom_pass_rest(call, h->input(call, "atoms", 0), atoms);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    loom_fit_input q = { .background = (int32_t)p->background_terms };
    loom_fit f;
    loom_status status = loom_fit_input_read(call, p->hold, &q);
    if (status == LOOM_OK)
        status = loom_fit_input_open(&q, p->width, p->tail, p->tail_width, q.n, &f);
    if (status == LOOM_OK) {
        f.floor = DARK;
        status = fit_rest(call, p, &f);
    }
    if (status != LOOM_OK) return status;
    double *error = call->host->scratch(call, (size_t)(LOOM_ATOM * q.n) * sizeof(double));
    if (!error || !loom_fit_errors(&f, p->probes, 64, (uint64_t)p->seed, error))
        return LOOM_E_MEMORY;
    return write_outputs(call, &q, &f, error) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_citation citations[] = { CITE_DE_BACKER_2016, { 0 } };

static const loom_op compare_bound = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "compare.bound",
    .summary = "How precisely any unbiased method can place these atoms from these images "
               "(Cramer-Rao bound).",
    .method = "The Fisher information of the images' counts about all unknowns that are free, in "
              "the model of `refine.atoms`: the sum over pixels of products of "
              "derivatives over the variance. The bound of an unknown is the root of its entry on "
              "the diagonal of the inverse. For many atoms that diagonal is found from "
              "the inverse of each atom's own block and random vectors for what goes beyond it, "
              "averaged over some 64 neighbours.\n\n"
              "Heights, widths and backgrounds that the bound needs are fitted to the images "
              "first, with the positions as they are.",
    .citations = citations,
    .limits = "A bound for the model: where the images are not sums of Gaussians (multiple "
              "scattering) no method reaches it. Movements of the whole specimen and the "
              "unit of heights, which images cannot tell when poses and scales are free, are left "
              "out. An atom that overlaps others more than its neighbourhood does has a worse "
              "bound than shown.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("compare.bound", "1.0", "BSD-3-Clause", &compare_bound);
