/* io/series_tilts.c - the tilts of a series and their order; see series.h. */
#include "io/series.h"
#include "io/series_check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tilts ----------------------------------------------------------------------------------- */

static double *new_angles(series *s, int64_t n)
{
    s->angles.n = n;
    s->angles.angle_deg = s->call->host->scratch(s->call, (size_t)(3 * n) * sizeof(double));
    for (int64_t i = 0; s->angles.angle_deg && i < 3 * n; i++) s->angles.angle_deg[i] = 0;
    return s->angles.angle_deg;
}

static bool given_twice(const series *s)
{
    const series_params *p = s->p;
    bool angles = p->angles.n || *p->angles.path, steps = p->step < 0 || p->step > 0;
    if (angles && steps)
        s->call->host->fail(s->call, LOOM_E_PARAM, "step",
                            "the tilts are given twice, by 'angles' and by 'start' and 'step'; "
                            "leave one of them out");
    return angles && steps;
}

static bool of_list(series *s)
{
    const loom_numbers *list = &s->p->angles;
    double *angle = new_angles(s, list->n);
    for (int64_t i = 0; angle && i < list->n; i++) angle[3 * i + 1] = list->v[i];
    snprintf(s->tilts_from, sizeof s->tilts_from, "the list 'angles'");
    return angle != NULL;
}

static bool of_steps(series *s)
{
    double *angle = new_angles(s, s->tilts);
    for (int64_t i = 0; angle && i < s->tilts; i++)
        angle[3 * i + 1] = s->p->start + (double)i * s->p->step;
    snprintf(s->tilts_from, sizeof s->tilts_from, "'start' and 'step'");
    return angle != NULL;
}

static bool of_angles_file(series *s)
{
    if (!angles_read(s->call, "angles", s->p->angles.path, &s->angles)) return false;
    snprintf(s->tilts_from, sizeof s->tilts_from, "%s (%s)", s->p->angles.path, s->angles.kind);
    return true;
}

/* The files' own: of each image, or of each file, where frames of one tilt are in it. */
static bool of_files(series *s)
{
    const series_files *f = &s->files;
    if (!f->tilts) {
        const char *without = "";
        for (int64_t i = f->n - 1; i >= 0; i--)
            if (!f->file[i].tilt_deg) without = f->file[i].path;
        s->call->host->fail(s->call, LOOM_E_PARAM, "angles",
                            "'%s' does not say at which tilts its images were taken; give 'angles' "
                            "(a list, or a file such as .rawtlt), or 'start' and 'step'",
                            without);
        return false;
    }
    double *angle = new_angles(s, s->tilts);
    for (int64_t i = 0, k = 0; angle && i < f->n; i++)
        for (int64_t j = 0; j < f->file[i].images; j++, k++)
            if (k % s->frames == 0) angle[3 * (k / s->frames) + 1] = f->file[i].tilt_deg[j];
    s->own_tilts = true;
    snprintf(s->tilts_from, sizeof s->tilts_from, "%s of %s%s", f->file[0].tilts_from,
             f->file[0].path, f->n > 1 ? " and the other files" : "");
    return angle != NULL;
}

/* Do all files hold as many images, more than one? */
static bool even_files(const series_files *f)
{
    for (int64_t i = 1; i < f->n; i++)
        if (f->file[i].images != f->file[0].images) return false;
    return f->n > 1 && f->file[0].images > 1;
}

/* Frames of one tilt, by what the file says of them. */
static bool one_tilt_each(const series_files *f)
{
    for (int64_t i = 0; i < f->n; i++)
        for (int64_t k = 1; f->file[i].tilt_deg && k < f->file[i].images; k++)
            if (fabs(f->file[i].tilt_deg[k] - f->file[i].tilt_deg[0]) > 0.05) return false;
    return f->tilts;
}

/* Images of each tilt: as the parameter says; or those of each file, where there are as many files
 * as `given` tilts (0: the files' own), or all images of each file have one tilt. */
static bool count_frames(series *s, int64_t given)
{
    const series_files *f = &s->files;
    bool by_file =
        even_files(f) && (given ? given == f->n && given != f->images : one_tilt_each(f));
    s->frames = s->p->frames ? s->p->frames : by_file ? f->file[0].images : 1;
    s->tilts = f->images / s->frames;
    if (f->images % s->frames == 0) return true;
    s->call->host->fail(s->call, LOOM_E_PARAM, "frames",
                        "the files hold %lld images, which is not a multiple of %lld frames",
                        (long long)f->images, (long long)s->frames);
    return false;
}

static bool check_count(const series *s)
{
    const series_files *f = &s->files;
    char images[400];
    if (s->angles.n == s->tilts) return true;
    snprintf(images, sizeof images, "%s%s%.250s%s", f->n > 1 ? "the files from " : "", "'",
             f->file[0].path, "'");
    if (s->frames > 1)
        s->call->host->fail(s->call, LOOM_E_DATA, "angles",
                            "%s hold%s %lld images, %lld tilts of %lld frames, but %s has %lld "
                            "tilts; give one angle for each tilt, not for each frame",
                            images, f->n > 1 ? "" : "s", (long long)f->images, (long long)s->tilts,
                            (long long)s->frames, s->tilts_from, (long long)s->angles.n);
    else
        s->call->host->fail(s->call, LOOM_E_DATA, "angles",
                            "%s hold%s %lld image%s, but %s has %lld tilts; each image needs one",
                            images, f->n > 1 ? "" : "s", (long long)f->images,
                            f->images == 1 ? "" : "s", s->tilts_from, (long long)s->angles.n);
    return false;
}

static bool check_finite(const series *s)
{
    for (int64_t i = 0; i < 3 * s->angles.n; i++)
        if (!isfinite(s->angles.angle_deg[i])) {
            s->call->host->fail(s->call, LOOM_E_DATA, "angles", "tilt %lld of %s is %g",
                                (long long)(i / 3 + 1), s->tilts_from, s->angles.angle_deg[i]);
            return false;
        }
    return true;
}

/* Tilts that the user gave and tilts that the files have should be about the same. */
static void compare_tilts(const series *s)
{
    const series_files *f = &s->files;
    double most = 0;
    int64_t at = 0;
    if (!f->tilts || s->own_tilts || s->p->header == HEADER_IGNORE) return;
    for (int64_t i = 0, k = 0; i < f->n; i++)
        for (int64_t j = 0; j < f->file[i].images; j++, k++) {
            double off =
                fabs(f->file[i].tilt_deg[j] - s->angles.angle_deg[3 * (k / s->frames) + 1]);
            if (off > most) {
                most = off;
                at = k / s->frames;
            }
        }
    if (most > 2)
        s->call->host->warn(s->call, "angles",
                            "tilt %lld is %.2f degrees by %s, but %s of '%s' differs by %.2f; do "
                            "they belong to these images?",
                            (long long)at + 1, s->angles.angle_deg[3 * at + 1], s->tilts_from,
                            f->file[0].tilts_from, f->file[0].path, most);
}

bool series_find_tilts(series *s)
{
    const series_params *p = s->p;
    bool from_file = *p->angles.path != 0;
    if (given_twice(s)) return false;
    if (from_file && !of_angles_file(s)) return false;
    if (p->angles.n && !of_list(s)) return false;
    if (!count_frames(s, s->angles.n)) return false;
    if (!s->angles.n && !(p->step < 0 || p->step > 0 ? of_steps(s) : of_files(s))) return false;
    if (!check_count(s) || !check_finite(s)) return false;
    compare_tilts(s);
    series_check_angles(s->call, s->angles.angle_deg, s->angles.n);
    return true;
}

/* ---- order ----------------------------------------------------------------------------------- */

typedef struct ranked {
    double theta_deg;
    int64_t index;
} ranked;

static int by_theta(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->theta_deg < y->theta_deg || x->theta_deg > y->theta_deg)
        return x->theta_deg < y->theta_deg ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The first tilt that is not above the one before; 0: they all increase. */
static int64_t first_fall(const series *s)
{
    for (int64_t i = 1; i < s->angles.n; i++)
        if (s->angles.angle_deg[3 * i + 1] <= s->angles.angle_deg[3 * i - 2]) return i;
    return 0;
}

static bool refuse_order(const series *s, int64_t at)
{
    s->call->host->fail(s->call, LOOM_E_DATA, "angles",
                        "tilt %lld of %s is %g degrees, and follows %g: tilts must increase; set "
                        "'sort: tilt' to put the images in order, or 'sort: keep' to leave them",
                        (long long)at + 1, s->tilts_from, s->angles.angle_deg[3 * at + 1],
                        s->angles.angle_deg[3 * at - 2]);
    return false;
}

bool series_order_tilts(series *s)
{
    const loom_host *h = s->call->host;
    int64_t n = s->angles.n, fall = first_fall(s);
    bool listed = s->p->angles.n || *s->p->angles.path, euler = false;
    for (int64_t i = 0; i < n; i++)
        euler = euler || fabs(s->angles.angle_deg[3 * i]) > 0
                || fabs(s->angles.angle_deg[3 * i + 2]) > 0;
    ranked *r = h->scratch(s->call, (size_t)n * sizeof *r);
    s->place = h->scratch(s->call, (size_t)n * sizeof *s->place);
    if (!r || !s->place) return false;
    for (int64_t i = 0; i < n; i++) {
        r[i] = (ranked){ s->angles.angle_deg[3 * i + 1], i };
        s->place[i] = i;
    }
    if (!fall || s->p->sort == SORT_KEEP || (euler && s->p->sort == SORT_CHECK)) return true;
    if (s->p->sort == SORT_CHECK && listed) return refuse_order(s, fall);
    qsort(r, (size_t)n, sizeof *r, by_theta);
    for (int64_t i = 0; i < n; i++) s->place[r[i].index] = i;
    h->note(s->call, "the images are put in the order of their tilts");
    return true;
}
