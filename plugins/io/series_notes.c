/* io/series_notes.c - do notes with tilts (.mdoc) belong to these images? See series.h. */
#include "io/series.h"
#include <math.h>
#include <string.h>

static bool fail(const series *s, const char *what, double notes, double images)
{
    s->call->host->fail(s->call, LOOM_E_DATA, "angles",
                        "by '%s' the images have %s %.6g, but '%s' has %.6g: do they belong "
                        "together? 'header: ignore' takes the tilts alone",
                        s->p->angles.path, what, notes, s->files.file[0].path, images);
    return false;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *other = strrchr(path, '\\');
    const char *last = other > slash ? other : slash;
    return last ? last + 1 : path;
}

/* A series is renamed often, and its axis may be known better: warnings. */
static void compare_loosely(const series *s)
{
    const angle_list *a = &s->angles;
    const char *file = s->files.file[0].path;
    double off = fabs(remainder(a->axis_deg + s->axis_deg, 180));
    if (a->images && s->files.n == 1 && strcmp(name_of(a->images), name_of(file)) != 0)
        s->call->host->warn(s->call, "angles", "'%s' has the tilts of '%s'; they are used for '%s'",
                            s->p->angles.path, a->images, file);
    if (isfinite(off) && off > 5)
        s->call->host->warn(s->call, "tilt_axis",
                            "by '%s' the tilt axis lies %.6g degrees from y, 'tilt_axis' is '%s'",
                            s->p->angles.path, a->axis_deg, s->p->tilt_axis);
}

bool series_compare_notes(const series *s)
{
    const angle_list *a = &s->angles;
    const series_file *sized = s->files.sized;
    if (s->p->header == HEADER_IGNORE || s->own_tilts) return true;
    if (a->nx && a->nx != s->files.nx)
        return fail(s, "a width of", (double)a->nx, (double)s->files.nx);
    if (a->ny && a->ny != s->files.ny)
        return fail(s, "a height of", (double)a->ny, (double)s->files.ny);
    bool unsure = !sized || !(a->pixel_A > 0) || s->p->pixel_size > 0;
    if (!unsure && fabs(sized->pixel_A - a->pixel_A) > 0.01 * a->pixel_A
        && fabs(sized->pixel_A - 1) > 1e-6) /* many programs write 1 where they do not know */
        return fail(s, "pixels of", a->pixel_A, sized->pixel_A);
    compare_loosely(s);
    return true;
}
