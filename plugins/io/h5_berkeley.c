/* io/h5_berkeley.c - the EMD files of Berkeley (emdatasets.com), openNCEM, Prismatic and py4DSTEM;
 * see h5_images.h. */
#include "io/h5_images.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The group that the dataset is in, without the dataset's name. */
static void group_of(const h5_set *set, char out[H5_PATH])
{
    const char *slash = strrchr(set->path, '/');
    snprintf(out, H5_PATH, "%.*s", slash ? (int)(slash - set->path) : 0, set->path);
}

static bool is_dimension(const char *name)
{
    return !strncmp(name, "dim", 3) && name[3] >= '0' && name[3] <= '9';
}

bool berkeley_is_data(const h5_file *f, const h5_set *set)
{
    char group[H5_PATH];
    double type;
    const char *slash = strrchr(set->path, '/');
    group_of(set, group);
    return slash && !is_dimension(slash + 1) && h5_number(f, group, "emd_group_type", &type)
           && fabs(type - 1) < 0.5;
}

/* The values of dimension k (from 1), all of them or the first two; NULL where there are none that
 * fit. *failed where they cannot be read. */
static const double *values_of(const h5_file *f, const char *path, int64_t length, int64_t *n,
                               bool *failed)
{
    const h5_set *d = h5_find(f, path);
    loom_dtype dtype;
    *n = d && d->rank == 1 ? d->dim[0] : 0;
    if (*n < 2 || (*n != length && *n != 2)) return NULL;
    double *v = f->source->call->host->scratch(f->source->call, (size_t)*n * sizeof *v);
    *failed = !v || !h5_dtype(f, d, &dtype) || !h5_read(f, d, LOOM_F64, v);
    return *failed ? NULL : v;
}

static bool is_tilt(const char *name, const char *unit)
{
    return !strcmp(unit, "deg") || !strcmp(unit, "degree") || !strcmp(unit, "degrees")
           || strstr(name, "tilt") || strstr(name, "Tilt") || strstr(name, "angles");
}

static bool set_tilts(const h5_file *f, image_file *i, const double *v, int64_t n, bool radians)
{
    const double scale = radians ? 180 / 3.14159265358979323846 : 1;
    i->tilt_deg =
        f->source->call->host->scratch(f->source->call, (size_t)i->dim[0] * sizeof(double));
    if (!i->tilt_deg) return false;
    i->tilts = i->dim[0];
    i->tilts_from = "its slowest dimension";
    for (int64_t k = 0; k < i->dim[0]; k++)
        i->tilt_deg[k] = scale * (n == i->dim[0] ? v[k] : v[0] + (double)k * (v[1] - v[0]));
    return true;
}

bool berkeley_describe(const h5_file *f, const h5_set *set, image_file *i)
{
    char group[H5_PATH], path[H5_PATH + 32], name[64], unit[64], plain[64];
    bool failed = false;
    group_of(set, group);
    snprintf(path, sizeof path, "%s/dim0", group);
    int first = h5_find(f, path) ? 0 : 1;
    for (int k = 0; k < i->rank && !failed; k++) {
        int64_t n;
        snprintf(path, sizeof path, "%s/dim%d", group, k + first);
        const double *v = values_of(f, path, i->dim[k], &n, &failed);
        if (!v) continue;
        h5_text(f, path, "name", name, sizeof name);
        h5_text(f, path, "units", unit, sizeof unit);
        snprintf(plain, sizeof plain, "%s", *unit == '[' ? unit + 1 : unit);
        plain[strcspn(plain, "]")] = 0;
        if (!k && i->rank == 3 && is_tilt(name, plain))
            failed = !set_tilts(f, i, v, n, !strcmp(plain, "rad"));
        else if (*plain) image_set_axis(i, k, fabs(v[n - 1] - v[0]) / (double)(n - 1), plain);
    }
    i->size_from = "its dimensions";
    return !failed;
}
