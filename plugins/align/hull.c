/* hull.c - see hull.h. */
#include "hull.h"
#include "kit/geometry.h"
#include "kit/level.h"
#include <omp.h>
#include <string.h>

/* 1 within `margin` (along both axes) of a pixel whose 3x3 mean reaches `least`. */
static void silhouette(const tomogram *t, const float *image, double least, int64_t margin,
                       uint8_t *restrict out)
{
    memset(out, 0, (size_t)(t->ny * t->nx));
    for (int64_t y = 1; y < t->ny - 1; y++)
        for (int64_t x = 1; x < t->nx - 1; x++) {
            double sum = 0;
            for (int64_t i = -1; i <= 1; i++)
                for (int64_t j = -1; j <= 1; j++) sum += (double)image[(y + i) * t->nx + x + j];
            if (sum < 9 * least) continue;
            for (int64_t i = y < margin ? 0 : y - margin; i <= y + margin && i < t->ny; i++) {
                int64_t first = x < margin ? 0 : x - margin,
                        end = x + margin < t->nx ? x + margin + 1 : t->nx;
                memset(out + i * t->nx + first, 1, (size_t)(end - first));
            }
        }
}

bool hull_make(const tomogram *t, const pose *poses, double fraction, int64_t margin,
               uint8_t *support)
{
    const loom_host *h = t->call->host;
    int64_t pixels = t->ny * t->nx;
    uint8_t *seen = h->scratch(t->call, (size_t)(t->nt * pixels));
    double *rotation = h->scratch(t->call, (size_t)(9 * t->nt) * sizeof(double));
    if (!seen || !rotation) return false;
#pragma omp parallel for num_threads(t->threads) schedule(static)
    for (int64_t k = 0; k < t->nt; k++) {
        loom_euler(poses[k].v + POSE_PHI, rotation + 9 * k);
        silhouette(t, t->images + k * pixels,
                   fraction * loom_bright_level(t->images + k * pixels, pixels), margin,
                   seen + k * pixels);
    }
#pragma omp parallel for num_threads(t->threads) schedule(static)
    for (int64_t i = 0; i < t->nz * t->ny * t->nx; i++) {
        double v[3] = { (double)(i % t->nx - loom_centre(t->nx)),
                        (double)(i / t->nx % t->ny - loom_centre(t->ny)),
                        (double)(i / (t->ny * t->nx) - loom_centre(t->nz)) };
        int against = 0;
        for (int64_t k = 0; k < t->nt && against < 2; k++) {
            double at[3];
            loom_to_detector(rotation + 9 * k, v, at);
            int64_t x = llround(at[0] + poses[k].v[POSE_X] / t->binning) + loom_centre(t->nx),
                    y = llround(at[1] + poses[k].v[POSE_Y] / t->binning) + loom_centre(t->ny);
            if (x >= 0 && x < t->nx && y >= 0 && y < t->ny)
                against += !seen[k * pixels + y * t->nx + x];
        }
        support[i] = against < 2;
    }
    h->release(t->call, seen);
    h->release(t->call, rotation);
    return true;
}
