/* refine.atoms - all atoms, poses, widths and backgrounds together, by maximum likelihood against
 * the raw images. */
#include "kit/check.h"
#include "kit/citations.h"
#include "result.h"
#include <math.h>

typedef struct params {
    loom_strings hold;
    double width, tail, tail_width;
    int64_t steps, rounds, background_terms, free_every, probes, seed;
    double tolerance;
    loom_reals bond_spread;
} params;

static const loom_param param_table[] = {
    LOOM_PARAM(params, hold, .text = "tail, blur",
               .doc = "what is not refined: positions, heights, widths, tail, background, scale, "
                      "shifts, angles, blur"),
    LOOM_PARAM(params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 20,
               .doc = LOOM_IMAGE_WIDTH_DOC),
    LOOM_PARAM(params, tail, .def = 0, .min = 0, .max = 0.9,
               .doc = "share of an atom's height in a second, wider Gaussian; where it starts"),
    LOOM_PARAM(params, tail_width, .unit = "angstrom", .def = 2, .min = 0.1, .max = 50,
               .doc = "width (sigma) of the second Gaussian; where it starts"),
    LOOM_PARAM(params, background_terms, .def = 1, .min = 0, .max = LOOM_POLYNOMIAL_TERMS,
               .doc = LOOM_BACKGROUND_TERMS_DOC),
    LOOM_PARAM(params, steps, .def = 40, .min = 0, .max = 1000,
               .doc = "Gauss-Newton steps, at most"),
    LOOM_PARAM(params, rounds, .def = 40, .min = 1, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "conjugate gradients in a step, at most"),
    LOOM_PARAM(params, tolerance, .unit = "pixel", .def = 1e-3, .min = 0, .max = 1,
               .doc = "refinement ends when a step moves atoms by less, root mean square"),
    LOOM_PARAM(params, bond_spread, .min = 0.001, .max = 10,
               .doc = "springs between neighbours as a prior, stage after stage: standard "
                      "deviation over the mean length; a last stage without them follows"),
    LOOM_PARAM(params, free_every, .def = 0, .min = 0, .max = 1000,
               .doc = "leave every n-th tilt out of the refinement and report its R-factor "
                      "(R_free); 0: none"),
    LOOM_PARAM(params, probes, .def = 12, .min = 0, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "random vectors for the standard errors; 0: of each atom as if alone"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 1e15, .flags = LOOM_ADVANCED,
               .doc = "of the random vectors"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series",
      "raw images, with their noise: counts, or noise_gain and noise_read for each tilt", 0 },
    { "atoms", "atoms",
      "where refinement starts; species have widths of their own; a column `height` is taken as "
      "the start of heights",
      0 },
    { "poses", "table",
      "where poses start: shift_x, shift_y (pixel), phi, theta, psi (degree) of every tilt, as "
      "from align.refine",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "refined positions and heights with standard errors; every other column as it was", 0 },
    { "poses", "table",
      "a row per tilt: displacement of its content, angles, scale, blur, background, R-factor, "
      "whether it was left out",
      0 },
    { "residual", "tilt_series", "image minus model over the noise's standard deviation", 0 },
    { "figures", "table",
      "one row: atoms, R, chi square, widths, errors, steps; R_free where tilts were left out", 0 },
    { 0 }
};

/* ---- refine ---------------------------------------------------------------------------------- */

typedef struct run_state {
    loom_call *call;
    const params *p;
    loom_fit_input q;
    loom_fit f;
    double *error;
    int64_t steps;
    double moved_px;
    bool settled;
} run_state;

/* One stage; `spread` 0: without springs. */
static loom_status stage(run_state *s, double spread, int64_t done, int64_t total)
{
    const loom_host *h = s->call->host;
    s->f.spring_spread = spread;
    s->settled = false;
    for (int64_t i = 0; i < s->p->steps && !s->settled; i++) {
        loom_fit_moved m;
        if (!loom_fit_step(&s->f, s->p->rounds, &m)) return LOOM_E_MEMORY;
        s->steps++;
        s->moved_px = m.atom_px;
        s->settled = m.length == 0 || m.atom_px < s->p->tolerance;
        h->note(s->call,
                "step %lld: misfit %.8g, prior %.4g, moved %.4f px, length %g, %lld rounds, width "
                "%.4f px",
                (long long)s->steps, s->f.misfit, s->f.prior, m.atom_px, m.length,
                (long long)m.rounds, s->f.common[0]);
        if (!h->progress(s->call, (double)(done + i + 1), (double)total)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status refine(run_state *s)
{
    int64_t stages = s->p->bond_spread.n + 1;
    loom_fit_begin(&s->f);
    for (int64_t i = 0; i < stages; i++) {
        loom_status status = stage(s, i + 1 < stages ? s->p->bond_spread.v[i] : 0, i * s->p->steps,
                                   stages * s->p->steps);
        if (status != LOOM_OK) return status;
    }
    loom_fit_left_out(&s->f);
    if (!isfinite(s->f.misfit))
        return s->call->host->fail(
            s->call, LOOM_E_NUMERIC, "atoms",
            "the refinement diverged; start from better positions or hold more");
    return LOOM_OK;
}

/* ---- outputs --------------------------------------------------------------------------------- */

static loom_status write_outputs(run_state *s)
{
    const loom_host *h = s->call->host;
    const result r = {
        .call = s->call, .input = &s->q, .fit = &s->f, .used = s->f.used, .error = s->error
    };
    const result_figure more[] = { { "steps", NULL, (double)s->steps },
                                   { "settled", NULL, s->settled },
                                   { "prior", NULL, s->p->bond_spread.n > 0 } };
    loom_status status = result_check(&r);
    if (status != LOOM_OK) return status;
    bool good =
        result_atoms(&r)
        && loom_pass_rest(s->call, h->input(s->call, "atoms", 0), h->output(s->call, "atoms"))
        && result_poses(&r) && result_residual(&r)
        && result_figures(&r, more, sizeof more / sizeof *more);
    return good ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    run_state s = { .call = call, .p = p, .q = { .background = (int32_t)p->background_terms } };
    loom_status status = loom_fit_input_read(call, p->hold, &s.q);
    if (status != LOOM_OK) return status;
    if (p->free_every > 0 && s.q.nt < 2 * p->free_every)
        return call->host->fail(call, LOOM_E_PARAM, "free_every",
                                "%lld tilts are too few to leave out every %lld-th",
                                (long long)s.q.nt, (long long)p->free_every);
    if ((status = loom_fit_input_open(&s.q, p->width, p->tail, p->tail_width, s.q.n, &s.f))
        != LOOM_OK)
        return status;
    s.error = call->host->scratch(call, (size_t)(LOOM_ATOM * s.q.n) * sizeof(double));
    if (!s.error || !loom_fit_leave_out(&s.q, s.p->free_every, &s.f)) return LOOM_E_MEMORY;
    if ((status = refine(&s)) != LOOM_OK) return status;
    if (!loom_fit_errors(&s.f, p->probes, 64, (uint64_t)p->seed, s.error)) return LOOM_E_MEMORY;
    return write_outputs(&s);
}

static const loom_citation citations[] = {
    CITE_DE_BACKER_2016, CITE_SNYDER_1993, CITE_TRIGGS_2000, { 0 }
};

static const loom_op refine_atoms = {
    .size = sizeof(loom_op),
    .revision = 6,
    .id = "refine.atoms",
    .summary = "All atoms refined together against the raw images by maximum likelihood, with "
               "standard errors.",
    .method = "**Model.** Every image is a smooth background plus a scale times the sum of the "
              "atoms' images: a Gaussian of the species' width, integrated over "
              "each pixel, at the place where the tilt's rotation and displacement put the atom, "
              "times the atom's height. A `tail` adds a wider Gaussian; `blur` "
              "adds a variance to every width of one tilt (defocus).\n\n"
              "**Likelihood.** Counts are Poisson. With a gain g and read noise s the image is "
              "shifted by s^2/g^2 and is Poisson to second order. The sum of "
              "`lambda - D log lambda` over all pixels is minimised over all unknowns at once; "
              "`hold` names those that stay as they are.\n\n"
              "**Steps** are Fisher scoring: the normal equations, weighed by one over the "
              "variance of the *model*, are solved by conjugate gradients with each atom's "
              "4 x 4 block and each tilt's block as preconditioner. An atom moves by half a width "
              "at most; a step is shortened until the likelihood rises.\n\n"
              "**Priors.** Displacements (5 pixels), angles (2 degrees), scales (20 %) and blurs "
              "are held loosely about their start, which fixes what no image can tell. "
              "`bond_spread` adds springs between neighbours, stage after stage, for a start in "
              "which points share atoms; the last stage is without them, so that "
              "positions, distances and strains come from the images alone.\n\n"
              "**Errors** are the square roots of the diagonal of the inverse Fisher matrix: each "
              "atom's own block, times the widening by all other unknowns, which is "
              "estimated with random vectors (`probes`) and averaged over some 64 neighbours. They "
              "hold where the model does: a model that misses tails or channelling "
              "has a `chi_square` above 1 and errors that are too small.\n\n"
              "**R_free.** With `free_every: 10` every tenth tilt is left out of the refinement, "
              "and the R-factor of those tilts is reported: it falls while signal is "
              "fitted and rises when noise is.",
    .citations = citations,
    .limits = "Atoms are neither added nor removed. The start must be right to about an atom's "
              "width. Images add up linearly: multiple scattering is not in the "
              "model. With poses free the specimen as a whole is placed by its start. Species "
              "share a width; heights of species are free.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("refine.atoms", "1.0", "BSD-3-Clause", &refine_atoms);
