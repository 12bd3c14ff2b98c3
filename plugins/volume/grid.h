/* volume/grid.h - what the ops on volumes share: fetch the input, copy boxes, keep positions in
 * angstrom where they were. */
#ifndef VOLUME_GRID_H
#define VOLUME_GRID_H
#include "kit/check.h"
#include "kit/geometry.h"

/* n, origin: x, y, z */
typedef struct grid {
    const loom_array *density;
    int64_t n[3];
    double voxel, origin[3];
} grid;

/* The input `volume`, checked: three axes, something in it, finite. False after failing. */
static inline bool grid_open(loom_call *call, grid *g)
{
    g->density = loom_need(call, "volume", "density");
    if (!g->density || !loom_need_number(call, "volume", "voxel_size", &g->voxel)) return false;
    for (int i = 0; i < 3; i++) g->n[i] = g->density->dim[2 - i];
    if (loom_array_count(g->density) == 0) {
        call->host->fail(call, LOOM_E_DATA, "volume", "the volume is empty: [%lld][%lld][%lld]",
                         (long long)g->n[2], (long long)g->n[1], (long long)g->n[0]);
        return false;
    }
    const loom_array *origin = call->host->array(call->host->input(call, "volume", 0), "origin");
    for (int i = 0; i < 3; i++) g->origin[i] = origin ? ((const double *)origin->data)[i] : 0;
    return loom_need_finite(call, "volume", g->density);
}

/* Makes the output `volume` of n[x, y, z] samples with that voxel and origin, and passes on what
 * else the input holds (not what lies on its grid where that is another); its density, or NULL when
 * out of memory (reported). */
static inline float *grid_make(loom_call *call, const int64_t n[3], double voxel,
                               const double origin[3])
{
    const loom_host *h = call->host;
    loom_value *v = h->output(call, "volume");
    if (!v) return NULL;
    const loom_value *in = h->input(call, "volume", 0);
    const loom_array *old = h->array(in, "density");
    double old_voxel = voxel;
    h->number(in, "voxel_size", &old_voxel);
    float *density =
        h->add_array(call, v, "density", LOOM_F32, 3, (int64_t[]){ n[2], n[1], n[0] }, old->unit);
    h->set_number(call, v, "voxel_size", voxel, "angstrom");
    if (density && (h->array(in, "origin") || origin[0] != 0 || origin[1] != 0 || origin[2] != 0)) {
        double *out = h->add_array(call, v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom");
        if (!out) return NULL;
        memcpy(out, origin, 3 * sizeof *out);
    }
    /* then the same number of samples lies elsewhere */
    bool resampled = voxel < old_voxel || voxel > old_voxel;
    return density
                   && loom_pass_rest_as(call, in, v,
                                        (loom_rest){ .moved = resampled ? "zyx" : NULL })
               ? density
               : NULL;
}

/* Copies src (n) into dst (m), sample first[] of src on sample 0 of dst; only where both are. */
static inline void grid_copy(const float *src, const int64_t n[3], const int64_t first[3],
                             float *dst, const int64_t m[3])
{
    int64_t low[3], high[3];
    for (int i = 0; i < 3; i++) {
        low[i] = first[i] < 0 ? -first[i] : 0;
        high[i] = n[i] - first[i] < m[i] ? n[i] - first[i] : m[i];
        if (high[i] <= low[i]) return;
    }
    for (int64_t z = low[2]; z < high[2]; z++)
        for (int64_t y = low[1]; y < high[1]; y++)
            memcpy(dst + (z * m[1] + y) * m[0] + low[0],
                   src + ((z + first[2]) * n[1] + y + first[1]) * n[0] + first[0] + low[0],
                   (size_t)(high[0] - low[0]) * sizeof(float));
}

/* Origin of a volume whose sample 0 is sample first[] of g: where its own centre sample n/2 lies.
 */
static inline void grid_origin(const grid *g, const int64_t first[3], const int64_t m[3],
                               double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] =
            g->origin[i] + (double)(first[i] + loom_centre(m[i]) - loom_centre(g->n[i])) * g->voxel;
        if (fabs(out[i]) < 1e-9 * g->voxel) out[i] = 0;
    }
}

/* `size` and `centre` of crop and pad: one number for all axes, or three (x, y, z). Absent:
 * `otherwise`. False after failing. */
static inline bool grid_triple(loom_call *call, const char *name, loom_ints list,
                               const int64_t otherwise[3], int64_t out[3])
{
    if (list.n != 0 && list.n != 1 && list.n != 3) {
        call->host->fail(call, LOOM_E_PARAM, name,
                         "'%s' has %lld numbers; give one for all axes, or three for x, y, z", name,
                         (long long)list.n);
        return false;
    }
    for (int i = 0; i < 3; i++) out[i] = list.n == 0 ? otherwise[i] : list.v[list.n == 3 ? i : 0];
    return true;
}
#endif
