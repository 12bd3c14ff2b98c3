/* refine/result.c - see result.h */
#include "result.h"
#include "kit/check.h"
#include "kit/geometry.h"
#include "kit/model.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

double *result_column(loom_call *call, loom_value *v, const char *name, int64_t n, const char *unit)
{
    return call->host->add_array(call, v, name, LOOM_F64, 1, &n, unit);
}

static bool is_used(const result *r, int64_t k) { return !r->used || r->used[k]; }

static double r_factor(const loom_fit *f, int64_t k)
{
    double difference = 0, all = 0;
    int64_t pixels = f->ny * f->nx;
    for (int64_t i = k * pixels; i < (k + 1) * pixels; i++) {
        difference += fabs((double)f->residual[i]);
        all += fabs((double)f->images[i]);
    }
    return all > 0 ? difference / all : 0;
}

double result_r(const result *r, bool used)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t k = 0; k < r->fit->nt; k++)
        if (is_used(r, k) == used) {
            sum += r_factor(r->fit, k);
            n++;
        }
    return n ? sum / (double)n : 0;
}

/* Mean of |D - mean| of a Poisson variable (De Moivre): 2 exp(-m) m^(k+1) / k!, k = floor(m). */
static double poisson_deviation(double m)
{
    double k = floor(m);
    return m > 0 ? 2 * exp((k + 1) * log(m) - m - lgamma(k + 1)) : 0;
}

double result_r_noise(const result *r)
{
    const loom_fit *f = r->fit;
    int64_t pixels = f->ny * f->nx;
    double sum = 0, tilts = 0;
    for (int64_t k = 0; k < f->nt; k++) {
        double gain = f->noise[k].gain, read = f->noise[k].read / gain, difference = 0, all = 0;
        if (!is_used(r, k)) continue;
        for (int64_t i = k * pixels; i < (k + 1) * pixels; i++) {
            double mean = fmax(((double)f->model[i] + f->noise[k].level) / gain, 0);
            difference += gain
                          * (read > 0 || mean > 100 ? sqrt(2 / LOOM_PI * (mean + read * read))
                                                    : poisson_deviation(mean));
            all += fabs((double)f->images[i]);
        }
        sum += all > 0 ? difference / all : 0;
        tilts++;
    }
    return tilts > 0 ? sum / tilts : 0;
}

/* R beyond which nothing, and hardly half, is explained, where noise leaves less by that factor. */
#define NOTHING 0.9
#define HALF 0.5
#define MUCH 1.25

loom_status result_check(const result *r)
{
    const loom_host *h = r->call->host;
    double free = result_r(r, false), mine = free > 0 ? free : result_r(r, true),
           noise = result_r_noise(r);
    const char *name = free > 0 ? "R_free" : "R";
    if (mine > NOTHING && mine > MUCH * noise)
        return h->fail(r->call, LOOM_E_DATA, "tilts",
                       "the atoms explain nothing of the images: %s is %.2f, where noise leaves "
                       "%.2f; these are images of something else, or angles, poses or pixel size "
                       "do not match",
                       name, mine, noise);
    if (mine > HALF && mine > MUCH * noise)
        h->warn(r->call, "tilts",
                "%s is %.2f, where noise leaves %.2f: the atoms explain only part of the images; "
                "check angles, their signs and their order, poses, pixel size and background",
                name, mine, noise);
    return LOOM_OK;
}

bool result_atoms(const result *r)
{
    static const char *const errors[] = { "error_x", "error_y", "error_z", "error_height" };
    const loom_host *h = r->call->host;
    loom_value *out = h->output(r->call, "atoms");
    int64_t n = r->fit->n, dim[2] = { n, 3 };
    double *position = h->add_array(r->call, out, "position", LOOM_F64, 2, dim, "angstrom"),
           *height = result_column(r->call, out, "height", n, NULL);
    if (!position || !height) return false;
    for (int64_t j = 0; j < n; j++) {
        for (int i = 0; i < 3; i++)
            position[3 * j + i] = r->fit->atom[LOOM_ATOM * j + i] * r->input->pixel_A;
        height[j] = r->fit->atom[LOOM_ATOM * j + 3];
    }
    if (!loom_check_model(r->call, "atoms", n, position)) return false;
    for (int i = 0; i < LOOM_ATOM; i++) {
        double *e = result_column(r->call, out, errors[i], n, i < 3 ? "angstrom" : NULL);
        if (!e) return false;
        for (int64_t j = 0; j < n; j++)
            e[j] = r->error[LOOM_ATOM * j + i] * (i < 3 ? r->input->pixel_A : 1);
    }
    double width = 0; /* where refinement or a search that goes on from here starts */
    for (int64_t j = 0; j < n; j++) width += r->fit->common[r->fit->class[j]] / (double)n;
    if (n) h->set_number(r->call, out, "image_width", width * r->input->pixel_A, "angstrom");
    return true;
}

bool result_poses(const result *r)
{
    static const char *const names[] = { "shift_x", "shift_y", "phi", "theta",
                                         "psi",     "scale",   "blur" };
    static const char *const units[] = { "pixel",  "pixel", "degree", "degree",
                                         "degree", NULL,    "pixel^2" };
    const loom_fit *f = r->fit;
    loom_value *out = r->call->host->output(r->call, "poses");
    int64_t views = VIEW_BACKGROUND + f->background;
    for (int64_t i = 0; i < views; i++) {
        char name[32];
        snprintf(name, sizeof name, "background_%d", (int)(i - VIEW_BACKGROUND));
        double *c = result_column(r->call, out, i < VIEW_BACKGROUND ? names[i] : name, f->nt,
                                  i < VIEW_BACKGROUND ? units[i] : NULL);
        for (int64_t k = 0; c && k < f->nt; k++) c[k] = f->view[k * views + i];
        if (!c) return false;
    }
    double *factor = result_column(r->call, out, "r_factor", f->nt, NULL),
           *left = result_column(r->call, out, "left_out", f->nt, NULL);
    if (!factor || !left) return false;
    for (int64_t k = 0; k < f->nt; k++) {
        factor[k] = r_factor(f, k);
        left[k] = !is_used(r, k);
    }
    return loom_pass_rest(r->call, r->call->host->input(r->call, "poses", 0), out);
}

bool result_residual(const result *r)
{
    const loom_host *h = r->call->host;
    const loom_fit *f = r->fit;
    loom_value *out = h->output(r->call, "residual");
    float *images = h->add_array(r->call, out, "images", LOOM_F32, 3, r->input->images->dim, NULL);
    double *angles =
        h->add_array(r->call, out, "angles", LOOM_F64, 2, (int64_t[]){ f->nt, 3 }, "degree");
    int64_t all = f->nt * f->ny * f->nx, views = VIEW_BACKGROUND + f->background;
    if (!images || !angles) return false;
    for (int64_t k = 0; k < f->nt; k++)
        memcpy(angles + 3 * k, f->view + k * views + VIEW_PHI, 3 * sizeof(double));
    for (int64_t i = 0; i < all; i++) images[i] = f->residual[i] * sqrtf(f->weight[i]);
    h->set_number(r->call, out, "pixel_size", r->input->pixel_A, "angstrom");
    const loom_value *tilts = h->input(r->call, "tilts", 0);
    if (h->number(tilts, "counts", &(double){ 0 })) h->set_number(r->call, out, "counts", 0, NULL);
    return loom_pass_rest(r->call, tilts, out);
}

/* Mean square of the residual over the noise's variance, of the tilts that are used and pixels that
 * see something. */
static double chi_square(const result *r)
{
    const loom_fit *f = r->fit;
    double sum = 0, n = 0;
    int64_t pixels = f->ny * f->nx;
    for (int64_t i = 0; i < f->nt * pixels; i++) {
        double gain = f->noise[i / pixels].gain;
        if (!is_used(r, i / pixels) || (double)f->weight[i] * gain * gain > 0.999 / f->floor)
            continue;
        sum += (double)(f->residual[i] * f->residual[i] * f->weight[i]);
        n++;
    }
    return n > 0 ? sum / n : 0;
}

static bool leaves_out(const result *r)
{
    for (int64_t k = 0; k < r->fit->nt; k++)
        if (!is_used(r, k)) return true;
    return false;
}

static bool write_figure(const result *r, loom_value *out, const result_figure *figure)
{
    double *c = result_column(r->call, out, figure->name, 1, figure->unit);
    if (c) *c = figure->value;
    return c != NULL;
}

bool result_figures(const result *r, const result_figure *more, int64_t count)
{
    const loom_fit *f = r->fit;
    loom_value *out = r->call->host->output(r->call, "figures");
    double pm = 100 * r->input->pixel_A, square[3] = { 0 };
    for (int64_t j = 0; j < f->n; j++)
        for (int i = 0; i < 3; i++)
            square[i] += r->error[LOOM_ATOM * j + i] * r->error[LOOM_ATOM * j + i] / (double)f->n;
    const result_figure row[] = { { "atoms", NULL, (double)f->n },
                                  { "r_factor", NULL, result_r(r, true) },
                                  { "r_noise", NULL, result_r_noise(r) },
                                  { "chi_square", NULL, chi_square(r) },
                                  { "misfit", NULL, f->misfit },
                                  { "error", "pm", pm * sqrt(square[0] + square[1] + square[2]) },
                                  { "error_x", "pm", pm * sqrt(square[0]) },
                                  { "error_y", "pm", pm * sqrt(square[1]) },
                                  { "error_z", "pm", pm * sqrt(square[2]) },
                                  { "tail", NULL, f->common[f->classes + COMMON_TAIL] },
                                  { "tail_width", "angstrom",
                                    r->input->pixel_A
                                        * sqrt(f->common[f->classes + COMMON_SPREAD]
                                               + f->common[0] * f->common[0]) } };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (!write_figure(r, out, &row[i])) return false;
    if (leaves_out(r)
        && !write_figure(r, out, &(result_figure){ "r_free", NULL, result_r(r, false) }))
        return false;
    for (int64_t i = 0; i < count; i++)
        if (!write_figure(r, out, &more[i])) return false;
    for (int32_t c = 0; c < f->classes; c++) {
        char name[32];
        snprintf(name, sizeof name, "width_%d", (int)c);
        if (!write_figure(r, out,
                          &(result_figure){ name, "angstrom", f->common[c] * r->input->pixel_A }))
            return false;
    }
    return true;
}
