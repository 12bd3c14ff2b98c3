/* io.read_series - a tilt series from the files that a microscope writes. */
#include <atomloom/op.h>
#include "io/series.h"
#include "io/series_check.h"
#include "kit/noise.h"
#include "kit/turn.h"
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

typedef series_params params;
static const char *const flip_choices[] = { "none", "x", "y", "xy", NULL };
static const char *const sort_choices[] = { "check", "tilt", "keep", NULL };
static const char *const header_choices[] = { "check", "ignore", NULL };
static const char *const byte_choices[] = { "auto", "signed", "unsigned", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, files, .flags = LOOM_REQUIRED,
               .doc = "files of images, in the order of the tilts: one stack, or one file for each "
                      "tilt (scan_*.tif)"),
    LOOM_PARAM(params, angles, .unit = "degree",
               .doc = "tilts: a list, or a file (.rawtlt, .tlt, .txt, .csv, .mdoc, .npy, .mat, "
                      ".emi); empty: as the files of images have them"),
    LOOM_PARAM(params, start, .unit = "degree", .min = -360, .max = 360,
               .doc = "first tilt, where `step` is given"),
    LOOM_PARAM(params, step, .unit = "degree", .min = -180, .max = 180,
               .doc = "from one tilt to the next, in place of `angles`; 0: not used"),
    LOOM_PARAM(params, pixel_size, .unit = "angstrom", .min = 0, .max = 1e8,
               .doc = "edge of a pixel, in any unit of length (0.035 nm); 0: as the files have it"),
    LOOM_PARAM(params, tilt_axis, .text = "y",
               .doc =
                   "where the tilt axis lies in the images: y, x, or its angle in degrees from y, "
                   "anti-clockwise where y points up; the images are turned so that it is y"),
    LOOM_PARAM(params, flip, .choices = flip_choices,
               .doc = "mirror the images first: the order of columns (x), of rows (y), or of both"),
    LOOM_PARAM(params, sort, .choices = sort_choices,
               .doc =
                   "tilts that do not increase: refuse them where they were given for the images "
                   "(check), put them in order (tilt), or leave them as they are (keep)"),
    LOOM_PARAM(params, background, .min = -1e30, .max = 1e30,
               .doc = "level of every pixel where there is no specimen, in units of the images"),
    LOOM_PARAM(params, subtract,
               .doc = "take the background off the images; otherwise it is noted as an attribute "
                      "for ops that model it"),
    LOOM_PARAM(params, counts, .doc = "the images are raw electron counts, with Poisson noise"),
    LOOM_PARAM(params, dose, .unit = "e/angstrom^2", .min = 0, .max = 1e12,
               .doc = "total dose of the series; 0: not known, or as .mdoc has it"),
    LOOM_PARAM(params, frames, .min = 0, .max = 1e6,
               .doc = "images of each tilt, one after the other; 0: one, or as many as each file "
                      "has where there is a file for each tilt"),
    LOOM_PARAM(params, dataset, .text = "", .flags = LOOM_ADVANCED,
               .doc = "which of several images, datasets, detectors or variables of a file: its "
                      "name, path or number; empty: the only one"),
    LOOM_PARAM(params, header, .choices = header_choices, .flags = LOOM_ADVANCED,
               .doc =
                   "what the files say of the size of pixels: a parameter that contradicts it is "
                   "an error (check), or wins (ignore)"),
    LOOM_PARAM(params, bytes, .choices = byte_choices, .flags = LOOM_ADVANCED,
               .doc = "sign of the bytes of MRC mode 0; auto: as the header says"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the series, where there is one image for each tilt", LOOM_OPTIONAL },
    { "frames", "frames", "the series, where there are several", LOOM_OPTIONAL },
    { 0 }
};

/* ---- size and axis --------------------------------------------------------------------------- */

/* Programs that know no size write 1 angstrom into MRC headers. */
static bool is_default(const series_file *f)
{
    return fabs(f->pixel_A - 1) < 1e-6 && !strcmp(f->size_from, "the header");
}

static bool find_size(series *s)
{
    const loom_host *h = s->call->host;
    const series_file *f = s->files.sized;
    double given = s->p->pixel_size, of_file = f ? f->pixel_A : s->angles.pixel_A;
    const char *from = f ? f->size_from : s->angles.kind, *path = f ? f->path : s->p->angles.path;
    s->pixel_A = given > 0 ? given : of_file;
    if (!(s->pixel_A > 0)) {
        h->fail(s->call, LOOM_E_PARAM, "pixel_size",
                "'%s' does not say how large its pixels are; give 'pixel_size', such as 0.35 "
                "angstrom or 0.035 nm",
                s->files.file[0].path);
        return false;
    }
    bool checked =
        given > 0 && of_file > 0 && s->p->header == HEADER_CHECK && !(f && is_default(f));
    if (checked && fabs(given - of_file) > 0.01 * of_file) {
        h->fail(s->call, LOOM_E_PARAM, "pixel_size",
                "'pixel_size' is %.6g angstrom, but '%s' has %.6g (from %s), a factor of %.3g; "
                "leave 'pixel_size' out, or set 'header: ignore' where the file is wrong",
                given, path, of_file, from, given / of_file);
        return false;
    }
    if (!(given > 0) && f && is_default(f))
        h->warn(s->call, "pixel_size",
                "'%s' has pixels of exactly 1 angstrom, which many programs write when they do not "
                "know; give 'pixel_size' to be sure",
                f->path);
    if (given > 0) h->note(s->call, "pixel %.6g angstrom from 'pixel_size'", given);
    else h->note(s->call, "pixel %.6g angstrom from %s of %s", of_file, from, path);
    return true;
}

/* The angle that images are turned by, from x towards y. */
static bool find_axis(series *s)
{
    const char *axis = s->p->tilt_axis;
    char *end;
    double angle = strtod(axis, &end);
    bool is_number = *axis && !*end && isfinite(angle);
    if (!strcmp(axis, "y")) angle = 0;
    else if (!strcmp(axis, "x")) angle = -90;
    else if (!is_number || fabs(angle) > 360) {
        s->call->host->fail(s->call, LOOM_E_PARAM, "tilt_axis",
                            "'tilt_axis' is '%s'; expected y, x, or an angle in degrees", axis);
        return false;
    }
    s->axis_deg = -angle;
    s->exact = loom_turn_is_exact(s->axis_deg, &s->quarters);
    bool exchanged = s->exact && s->quarters & 1;
    s->ny = exchanged ? s->files.nx : s->files.ny;
    s->nx = exchanged ? s->files.ny : s->files.nx;
    return true;
}

/* ---- pixels ---------------------------------------------------------------------------------- */

static void flip(const float *src, int64_t ny, int64_t nx, int how, float *restrict dst)
{
    bool x = how == FLIP_X || how == FLIP_XY, y = how == FLIP_Y || how == FLIP_XY;
    for (int64_t j = 0; j < ny; j++) {
        const float *row = src + (y ? ny - 1 - j : j) * nx;
        for (int64_t i = 0; i < nx; i++) dst[j * nx + i] = row[x ? nx - 1 - i : i];
    }
}

static bool take_image(void *user, int64_t k, const float *image)
{
    series *s = user;
    int64_t pixels = s->ny * s->nx, ny = s->files.ny, nx = s->files.nx;
    float *to = s->dst + (s->place[k / s->frames] * s->frames + k % s->frames) * pixels;
    if (s->p->flip != FLIP_NONE) {
        flip(image, ny, nx, s->p->flip, s->flipped);
        image = s->flipped;
    }
    if (s->exact) loom_turn_quarters(image, ny, nx, s->quarters, to);
    else s->share = loom_turn_image(image, ny, nx, s->axis_deg, (float)s->p->background, to);
    if (s->p->subtract)
        for (int64_t i = 0; i < pixels; i++) to[i] -= (float)s->p->background;
    return true;
}

static void set_attributes(series *s, loom_value *out)
{
    const loom_host *h = s->call->host;
    const params *p = s->p;
    double dose = p->dose > 0 ? p->dose : s->angles.dose;
    bool level = !p->subtract && (p->background < 0 || p->background > 0);
    h->set_number(s->call, out, "pixel_size", s->pixel_A, "angstrom");
    if (dose > 0) h->set_number(s->call, out, "dose", dose, "e/angstrom^2");
    if (p->counts && !p->subtract && s->exact) h->set_number(s->call, out, "counts", 1, NULL);
    if (level) h->set_number(s->call, out, "background", p->background, NULL);
}

/* Counts of which something was done to are no counts, but their noise is known. */
static bool set_noise(series *s, loom_value *out)
{
    const params *p = s->p;
    if (!p->counts || (!p->subtract && s->exact)) return true;
    loom_noise *noise = s->call->host->scratch(s->call, (size_t)s->tilts * sizeof *noise);
    for (int64_t i = 0; noise && i < s->tilts; i++)
        noise[i] = (loom_noise){ .gain = 1,
                                 .offset = p->subtract ? -p->background : 0,
                                 .factor = s->exact ? 1 : s->share };
    return noise && loom_noise_write(s->call, out, s->tilts, noise, "known");
}

static loom_status fill(series *s)
{
    const loom_host *h = s->call->host;
    bool several = s->frames > 1;
    int64_t dim[4] = { s->tilts, s->frames, s->ny, s->nx };
    if (!several) memcpy(dim + 1, (int64_t[]){ s->ny, s->nx }, 2 * sizeof *dim);
    loom_value *out = h->output(s->call, several ? "frames" : "tilts");
    s->dst = h->add_array(s->call, out, "images", LOOM_F32, several ? 4 : 3, dim, NULL);
    double *angles =
        h->add_array(s->call, out, "angles", LOOM_F64, 2, (int64_t[]){ s->tilts, 3 }, "degree");
    s->flipped = h->scratch(s->call, (size_t)(s->ny * s->nx) * sizeof(float));
    if (!s->dst || !angles || !s->flipped) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < s->tilts; i++)
        memcpy(angles + 3 * s->place[i], s->angles.angle_deg + 3 * i, 3 * sizeof *angles);
    if (!series_read(&s->files, take_image, s))
        return h->cancelled(s->call) ? LOOM_E_CANCELLED : LOOM_E_DATA;
    if (s->p->counts && !s->p->subtract && s->exact)
        series_check_counts(s->call, s->dst, s->files.images * s->ny * s->nx);
    if (s->p->subtract) series_check_subtracted(s->call, s->dst, s->files.images, s->ny, s->nx);
    if (!several
        && !series_check_axis(s->call, "tilt_axis", s->dst, angles, s->tilts, s->ny, s->nx))
        return LOOM_E_MEMORY;
    set_attributes(s, out);
    return set_noise(s, out) ? LOOM_OK : LOOM_E_MEMORY;
}

static void note_tilts(const series *s)
{
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < s->tilts; i++) {
        low = fmin(low, s->angles.angle_deg[3 * i + 1]);
        high = fmax(high, s->angles.angle_deg[3 * i + 1]);
    }
    s->call->host->note(s->call, "%lld tilts%s, %.2f to %.2f degrees, from %s", (long long)s->tilts,
                        s->frames > 1 ? " of several frames" : "", low, high, s->tilts_from);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    series s = { .call = call,
                 .p = p,
                 .share = 1,
                 .files = {
                     .call = call,
                     .wishes = { .dataset = p->dataset, .stack = true, .bytes = p->bytes } } };
    if (!series_look(&s.files, &p->files) || !series_find_tilts(&s) || !series_order_tilts(&s)
        || !find_axis(&s) || !find_size(&s) || !series_compare_notes(&s))
        return LOOM_E_DATA;
    note_tilts(&s);
    return fill(&s);
}

static const loom_op io_read_series = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_series",
    .summary = "A tilt series from the files that a microscope writes.",
    .method =
        "Formats are known by their content: MRC (with the extended headers of SerialEM and FEI), "
        "DigitalMicrograph 3 and 4, EMD of Velox and of Berkeley, any dataset of HDF5, series of "
        "TIA, TIFF, MATLAB, NumPy; docs/formats.md says where each number comes from. "
        "Tilts come from `angles`, from `start` and `step`, or from the files themselves, the size "
        "of pixels from `pixel_size` or the files; the log says what was taken from where.\n\n"
        "What contradicts is an error that names both sides: another number of tilts than of "
        "images, a `pixel_size` more than 1 % off the one in the file, files of different sizes, "
        "notes (.mdoc) of images of another size, "
        "tilts given for the images that do not increase. "
        "Where the files bring their own tilts, images are put in the order of these.\n\n"
        "Rows and columns are taken as they are stored: `flip: y` for programs that count rows the "
        "other way (docs/geometry.md). Then the images are turned so that the tilt axis is y: by "
        "quarter turns exactly, otherwise by cubic convolution, and what lies outside is "
        "`background`. Counts whose background was subtracted, or that were turned between pixels, "
        "are no longer marked as counts; what is known of their noise goes with them.",
    .cites = "none",
    .limits = "One size of images and of pixels for all files. Tilts about one axis, or Euler "
              "angles from "
              "a file with three columns. Notes next to a file (.mdoc, .emi) are read only where "
              "they are "
              "named, so that every byte that counts is in the key of the action.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_series", "1.0", "BSD-3-Clause", &io_read_series);
