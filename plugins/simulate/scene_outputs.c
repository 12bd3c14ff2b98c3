/* scene_outputs.c - outputs of simulate.tilt_series, see scene.h. */
#include "scene.h"
#include <assert.h>

static bool start_series(loom_call *call, const scene *s, const char *port, const double *angles,
                         float **images)
{
    assert(s->nt > 0 && angles);
    const loom_host *h = call->host;
    loom_value *v = h->output(call, port);
    *images =
        h->add_array(call, v, "images", LOOM_F32, 3, (int64_t[]){ s->nt, s->ny, s->nx }, NULL);
    double *to = h->add_array(call, v, "angles", LOOM_F64, 2, (int64_t[]){ s->nt, 3 }, "degree");
    if (!*images || !to) return false;
    memcpy(to, angles, sizeof(double) * (size_t)(3 * s->nt));
    h->set_number(call, v, "pixel_size", s->p->pixel_size, "angstrom");
    h->set_number(call, v, "dose", s->p->counting.dose, "e/angstrom^2");
    h->set_number(call, v, "counts", 0, "");
    return true;
}

bool scene_start_outputs(loom_call *call, scene *s)
{
    assert(s->nf > 0 && s->nominal && s->angles);
    const loom_host *h = call->host;
    const params *p = s->p;
    loom_value *frames = h->output(call, "frames");
    s->frames = h->add_array(call, frames, "images", LOOM_F32, 4,
                             (int64_t[]){ s->nt, s->nf, s->ny, s->nx }, NULL);
    double *angles =
        h->add_array(call, frames, "angles", LOOM_F64, 2, (int64_t[]){ s->nt, 3 }, "degree");
    if (!s->frames || !angles || !start_series(call, s, "tilts", s->nominal, &s->tilts)
        || !start_series(call, s, "truth_tilts", s->angles, &s->ideal)
        || !start_series(call, s, "expected", s->angles, &s->expected)
        || !start_series(call, s, "background", s->angles, &s->background))
        return false;
    memcpy(angles, s->nominal, sizeof(double) * (size_t)(3 * s->nt));
    double counts = counting_is_plain(&p->counting);
    h->set_number(call, frames, "pixel_size", p->pixel_size, "angstrom");
    h->set_number(call, frames, "dose", p->counting.dose, "e/angstrom^2");
    h->set_number(call, frames, "counts", counts, "");
    h->set_number(call, h->output(call, "tilts"), "counts", counts, "");
    return true;
}

/* A particle that leaves the image is no fault of an experiment, but hardly what was meant here. */
static void warn_of_lost(loom_call *call, const scene *s)
{
    assert(s->nt * s->nf > 0);
    const double enough = 0.95;
    int64_t rows = s->nt * s->nf, worst = 0, few = 0;
    for (int64_t k = 0; k < rows; k++) {
        if (s->captured[k] < s->captured[worst]) worst = k;
        few += s->captured[k] < enough;
    }
    if (!few) return;
    if (!(s->total_weight > 0))
        call->host->warn(call, "atoms", "no atom scatters: all images are background");
    else
        call->host->warn(
            call, "size",
            "%lld of %lld images hold less than 95 %% of what the atoms scatter, image "
            "%lld only %.3g %%: the rest falls outside. Are the atoms centred on 0, "
            "0, 0? Else take a larger 'size' or 'pixel_size'",
            (long long)few, (long long)rows, (long long)worst + 1, 100 * s->captured[worst]);
}

loom_status scene_write_truth(loom_call *call, const scene *s)
{
    static const struct {
        const char *name, *unit;
    } columns[] = {
        { "phi", "degree" },
        { "theta", "degree" },
        { "psi", "degree" },
        { "nominal_phi", "degree" },
        { "nominal_theta", "degree" },
        { "nominal_psi", "degree" },
        { "shift_x", "pixel" },
        { "shift_y", "pixel" },
        { "drift_x", "pixel" },
        { "drift_y", "pixel" },
        { "signal", "" },
        { "background", "" },
        { "captured", "" },
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    const loom_host *h = call->host;
    loom_value *truth = h->output(call, "truth");
    int64_t rows = s->nt * s->nf;
    int32_t *tilt = h->add_array(call, truth, "tilt", LOOM_I32, 1, &rows, NULL),
            *frame = h->add_array(call, truth, "frame", LOOM_I32, 1, &rows, NULL);
    double *to[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        if (!(to[c] =
                  h->add_array(call, truth, columns[c].name, LOOM_F64, 1, &rows, columns[c].unit)))
            return LOOM_E_MEMORY;
    if (!tilt || !frame) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < rows; k++) {
        int64_t it = k / s->nf, f = k % s->nf;
        const double *a = s->angles + 3 * it, *n = s->nominal + 3 * it, *move = s->shift + 2 * it,
                     *drift = s->drift + 2 * it;
        double dx = (double)f * drift[0], dy = (double)f * drift[1];
        const double row[COLUMNS] = {
            a[0],          a[1],         a[2], n[0], n[1],         n[2],
            move[0] + dx,  move[1] + dy, dx,   dy,   s->signal[k], s->background_sum[k],
            s->captured[k]
        };
        tilt[k] = (int32_t)it;
        frame[k] = (int32_t)f;
        for (int c = 0; c < COLUMNS; c++) to[c][k] = row[c];
    }
    warn_of_lost(call, s);
    return LOOM_OK;
}

loom_status scene_write_lines(loom_call *call, const scene *s)
{
    const loom_host *h = call->host;
    if (!s->line_shift) return LOOM_OK;
    loom_value *lines = h->output(call, "lines");
    int64_t rows = s->nt * s->nf * s->ny;
    int32_t *tilt = h->add_array(call, lines, "tilt", LOOM_I32, 1, &rows, NULL),
            *frame = h->add_array(call, lines, "frame", LOOM_I32, 1, &rows, NULL);
    int32_t *line = h->add_array(call, lines, "line", LOOM_I32, 1, &rows, NULL);
    double *offset = h->add_array(call, lines, "offset", LOOM_F64, 1, &rows, "pixel");
    if (!tilt || !frame || !line || !offset) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < rows; i++) {
        tilt[i] = (int32_t)(i / s->ny / s->nf);
        frame[i] = (int32_t)(i / s->ny % s->nf);
        line[i] = (int32_t)(i % s->ny);
        offset[i] = s->line_shift[i];
    }
    return LOOM_OK;
}
