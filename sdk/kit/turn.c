/* kit/turn.c - see turn.h. */
#include "kit/turn.h"
#include <assert.h>
#include <math.h>
#include <string.h>

bool loom_turn_is_exact(double angle_deg, int *quarters)
{
    assert(quarters);
    double turns = angle_deg / 90, nearest = round(turns);
    *quarters = (int)(nearest - 4 * floor(nearest / 4));
    return fabs(turns - nearest) < 1e-9;
}

void loom_turn_quarters(const float *src, int64_t ny, int64_t nx, int quarters, float *restrict dst)
{
    assert(ny >= 0 && nx >= 0 && src != dst);
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            float v = src[y * nx + x];
            switch (quarters & 3) {
            case 0: dst[y * nx + x] = v; break;
            case 1: dst[x * ny + (ny - 1 - y)] = v; break;
            case 2: dst[(ny - 1 - y) * nx + (nx - 1 - x)] = v; break;
            default: dst[(nx - 1 - x) * ny + y] = v;
            }
        }
}

/* Weights of the samples -1, 0, 1, 2 for a place t in 0 .. 1 between 0 and 1. */
static void cubic_weights(double t, double w[4])
{
    assert(t >= 0 && t <= 1);
    double t2 = t * t, t3 = t2 * t;
    w[0] = 0.5 * (-t3 + 2 * t2 - t);
    w[1] = 0.5 * (3 * t3 - 5 * t2 + 2);
    w[2] = 0.5 * (-3 * t3 + 4 * t2 + t);
    w[3] = 0.5 * (t3 - t2);
}

typedef struct picture {
    const float *v;
    int64_t ny, nx;
    double fill;
} picture;

static double sample(const picture *p, double y, double x, double *share)
{
    double wy[4], wx[4], sum = 0, square_y = 0, square_x = 0;
    int64_t y0 = (int64_t)floor(y), x0 = (int64_t)floor(x);
    cubic_weights(y - (double)y0, wy);
    cubic_weights(x - (double)x0, wx);
    for (int j = 0; j < 4; j++) {
        int64_t iy = y0 - 1 + j;
        square_y += wy[j] * wy[j];
        square_x += wx[j] * wx[j];
        for (int i = 0; i < 4; i++) {
            int64_t ix = x0 - 1 + i;
            bool inside = iy >= 0 && iy < p->ny && ix >= 0 && ix < p->nx;
            sum += wy[j] * wx[i] * (inside ? (double)p->v[iy * p->nx + ix] : p->fill);
        }
    }
    *share += square_y * square_x;
    return sum;
}

double loom_turn_image(const float *src, int64_t ny, int64_t nx, double angle_deg, float fill,
                       float *restrict dst)
{
    assert(src != dst && ny >= 0 && nx >= 0);
    const double angle = angle_deg * 3.14159265358979323846 / 180, c = cos(angle), s = sin(angle);
    const double cy = (double)(ny / 2), cx = (double)(nx / 2);
    const picture p = { src, ny, nx, (double)fill };
    double share = 0;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) { /* where the content of this pixel was */
            double dx = (double)x - cx, dy = (double)y - cy;
            dst[y * nx + x] = (float)sample(&p, cy - s * dx + c * dy, cx + c * dx + s * dy, &share);
        }
    return share / (double)(ny * nx);
}
