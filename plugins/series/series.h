/* series/series.h - what the ops of this family share: a tilt series taken and made, and how its
 * noise follows. */
#ifndef ATOMLOOM_SERIES_SERIES_H
#define ATOMLOOM_SERIES_SERIES_H
#include "kit/check.h"
#include "kit/noise.h"

typedef struct series {
    loom_call *call;
    const loom_value *value;
    const loom_array *images, *angles;
    int64_t nt, ny, nx;
} series;

/* The value `index` of input `tilts`, images finite and not empty; false after failing. */
static inline bool series_take_at(loom_call *call, int64_t index, series *s)
{
    const loom_host *h = call->host;
    *s = (series){ .call = call, .value = h->input(call, "tilts", index) };
    s->images = h->array(s->value, "images");
    s->angles = h->array(s->value, "angles");
    if (!s->images || !s->angles) {
        h->fail(call, LOOM_E_DATA, "tilts", "series %lld holds no images or no angles",
                (long long)index);
        return false;
    }
    if (!loom_need_finite(call, "tilts", s->images)) return false;
    s->nt = s->images->dim[0];
    s->ny = s->images->dim[1];
    s->nx = s->images->dim[2];
    if (loom_array_count(s->images) > 0) return true;
    h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    return false;
}

static inline bool series_take(loom_call *call, series *s) { return series_take_at(call, 0, s); }

static inline const float *series_image(const series *s, int64_t k)
{
    return (const float *)s->images->data + k * s->ny * s->nx;
}

/* Images [nt][ny][nx] of output `tilts`; NULL when out of memory (reported). */
static inline float *series_make(const series *s, int64_t ny, int64_t nx)
{
    const loom_host *h = s->call->host;
    loom_value *out = h->output(s->call, "tilts");
    float *dst = out ? h->add_array(s->call, out, "images", LOOM_F32, 3,
                                    (int64_t[]){ s->nt, ny, nx }, s->images->unit)
                     : NULL;
    return dst && loom_pass_array(s->call, s->angles, out) ? dst : NULL;
}

/* Passes on the rest; `moved` as in loom_rest. */
static inline loom_status series_end(const series *s, const char *moved)
{
    loom_value *out = s->call->host->output(s->call, "tilts");
    return loom_pass_rest_as(s->call, s->value, out, (loom_rest){ .moved = moved }) ? LOOM_OK
                                                                                    : LOOM_E_MEMORY;
}

/* Is the series marked as raw counts? */
static inline bool series_counts(const series *s)
{
    double counts = 0;
    return s->call->host->number(s->value, "counts", &counts) && counts > 0;
}

/* The level without specimen; 0 where it is not noted. */
static inline double series_background(const series *s)
{
    double level = 0;
    s->call->host->number(s->value, "background", &level);
    return level;
}

/* Image k was multiplied by scale[k] (or by `all`, where scale is NULL): its noise, and that it is
 * no count any more unless the scale is 1. False when out of memory or after failing. */
static inline bool series_scale_noise(const series *s, const double *scale, double all,
                                      double share)
{
    const loom_host *h = s->call->host;
    loom_value *out = h->output(s->call, "tilts");
    loom_noise *noise = h->scratch(s->call, (size_t)s->nt * sizeof *noise);
    int known = noise ? loom_noise_read(s->call, "tilts", s->nt, noise) : -1;
    if (known < 0) return false;
    h->set_number(s->call, out, "counts", 0, NULL);
    for (int64_t k = 0; k < s->nt; k++) {
        double factor = scale ? scale[k] : all;
        noise[k].gain *= factor;
        noise[k].read *= factor;
        noise[k].offset *= factor;
        noise[k].factor *= share;
    }
    return !known || loom_noise_write(s->call, out, s->nt, noise, NULL);
}

/* One row of LOOM_PLUGIN, with what all ops of the family have alike. */
#define SERIES_PORTS(doc_in, doc_out) \
    static const loom_port inputs[] = { { "tilts", "tilt_series", doc_in, 0 }, { 0 } }; \
    static const loom_port outputs[] = { { "tilts", "tilt_series", doc_out, 0 }, { 0 } }
#endif
