/* profiles.c - see profiles.h. */
#include "profiles.h"
#include <assert.h>
#include <math.h>

/* One sample; 0 outside the volume. */
static double sample(const loom_sampled *v, const double at[3])
{
    double weight[3][4], sum = 0;
    int64_t first[3];
    for (int k = 0; k < 3; k++)
        if (!loom_sampled_weights(v->taps, v->n[k], at[k], &first[k], weight[k])) return 0;
    for (int64_t z = 0; z < v->taps; z++)
        for (int64_t y = 0; y < v->taps; y++) {
            const float *row =
                v->data + ((first[2] + z) * v->stored[1] + first[1] + y) * v->stored[0] + first[0];
            double part = 0;
            for (int64_t x = 0; x < v->taps; x++) part += weight[0][x] * (double)row[x];
            sum += weight[2][z] * weight[1][y] * part;
        }
    return sum;
}

/* Offsets of the window, in samples, into offset[][3]; returns how many. */
static int64_t make_window(const profile_settings *set, int64_t (*offset)[3])
{
    assert(set->radius >= 0 && set->radius <= PROFILE_MOST_RADIUS);
    int64_t r = set->radius, n = 0;
    for (int64_t z = -r; z <= r; z++)
        for (int64_t y = -r; y <= r; y++)
            for (int64_t x = -r; x <= r; x++) {
                double most = ((double)r + 0.5) * ((double)r + 0.5);
                if (set->window == PROFILE_BALL && (double)(x * x + y * y + z * z) > most) continue;
                offset[n][0] = x;
                offset[n][1] = y;
                offset[n++][2] = z;
            }
    return n;
}

loom_status profiles_read(loom_call *call, const profile_settings *set, profiles *out)
{
    enum { EDGE = 2 * PROFILE_MOST_RADIUS + 1 };
    const loom_host *h = call->host;
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *density = loom_need(call, "volume", "density"), *origin;
    double voxel, centre[3] = { 0 }, step = 1 / (double)set->upsampling;
    if (!position || !density || !loom_need_number(call, "volume", "voxel_size", &voxel)
        || !loom_need_finite(call, "atoms", position) || !loom_need_finite(call, "volume", density))
        return LOOM_E_DATA;
    int64_t n[3] = { density->dim[2], density->dim[1], density->dim[0] };
    if (n[0] < 4 || n[1] < 4 || n[2] < 4 || !(voxel > 0))
        return h->fail(call, LOOM_E_DATA, "volume",
                       "the volume must have at least 4 voxels along each axis and a positive "
                       "voxel size, found %lld x %lld x %lld of %g angstrom",
                       (long long)n[0], (long long)n[1], (long long)n[2], voxel);
    if ((origin = h->array(h->input(call, "volume", 0), "origin")))
        memcpy(centre, origin->data, sizeof centre);
    loom_sampled v;
    int64_t(*offset)[3] = h->scratch(call, sizeof *offset * EDGE * EDGE * EDGE);
    if (!offset || !loom_sampled_make(call, density->data, n, set->interpolation == 1, &v))
        return LOOM_E_MEMORY;
    *out = (profiles){ .n = position->dim[0], .length = make_window(set, offset) };
    out->value = h->scratch(call, (size_t)(out->n * out->length + 1) * sizeof *out->value);
    out->sum = h->scratch(call, (size_t)(out->n + 1) * sizeof *out->sum);
    if (!out->value || !out->sum) return LOOM_E_MEMORY;
    int threads = h->threads(call);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < out->n; i++) {
        const double *x = (const double *)position->data + 3 * i;
        double sum = 0;
        for (int64_t j = 0; j < out->length; j++) {
            double at[3];
            for (int k = 0; k < 3; k++)
                at[k] =
                    (x[k] - centre[k]) / voxel + (double)(n[k] / 2) + step * (double)offset[j][k];
            double value = sample(&v, at);
            out->value[i * out->length + j] = (float)value;
            sum += value;
        }
        out->sum[i] = sum;
    }
    return LOOM_OK;
}

void profiles_mean(const profiles *p, int64_t k, const int32_t *label, const int32_t *list,
                   int64_t n, double *mean, int64_t *count)
{
    assert(k > 0 && n >= 0);
    memset(mean, 0, (size_t)(k * p->length) * sizeof *mean);
    memset(count, 0, (size_t)k * sizeof *count);
    for (int64_t i = 0; i < n; i++) {
        int64_t atom = list ? list[i] : i;
        if (label[atom] < 0) continue;
        double *to = mean + label[atom] * p->length;
        count[label[atom]]++;
        for (int64_t j = 0; j < p->length; j++) to[j] += (double)profile_of(p, atom)[j];
    }
    for (int64_t c = 0; c < k; c++)
        for (int64_t j = 0; j < p->length && count[c] > 0; j++)
            mean[c * p->length + j] /= (double)count[c];
}

double profile_distance(const float *profile, const double *mean, int64_t length, bool squares)
{
    assert(length > 0);
    double sum = 0;
    for (int64_t j = 0; j < length; j++) {
        double d = (double)profile[j] - mean[j];
        sum += squares ? d * d : fabs(d);
    }
    return sum;
}
