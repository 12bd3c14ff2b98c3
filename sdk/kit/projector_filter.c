/* projector_filter.c - from the finer samples of a view to pixels.
 *
 * Linear sharing between samples 1/m pixel apart multiplies the spectrum by sinc^2(f / m), f in cycles per pixel, and repeats it around every
 * vector of the voxel lattice; taking every m-th sample folds what lies above 1/2 back. The taps below are the least-squares
 * symmetric filters of 21 taps whose product with sinc^2 is 1 up to 0.36 (m = 2) or 0.33 (m = 3) and, eight times as important, 0 from 0.60 or
 * 0.67 to m/2, with two conditions held exactly: gain 1 at zero frequency and 0 at one cycle per pixel. The taps of each phase then add up
 * to 1, so that no voxel weighs more than another. tests/kit/test_projector.c checks both conditions and the gains. */
#include "kit/projector_inside.h"
#include <string.h>

enum { REACH = 10, TAPS = 2 * REACH + 1 };
static const float taps[2][TAPS] = {
    { 0.0076004f, 0.0107108f, -0.0197724f, -0.0370456f, 0.0328084f, 0.0909005f, -0.0425950f, -0.2114861f, 0.0209527f, 0.6469204f,
      1.0020119f,
      0.6469204f, 0.0209527f, -0.2114861f, -0.0425950f, 0.0909005f, 0.0328084f, -0.0370456f, -0.0197724f, 0.0107108f, 0.0076004f },
    { -0.0142497f, -0.0025292f, 0.0324972f, 0.0577801f, 0.0073729f, -0.1148764f, -0.1806782f, -0.0224421f, 0.3833753f, 0.8361518f,
      1.0351967f,
      0.8361518f, 0.3833753f, -0.0224421f, -0.1806782f, -0.1148764f, 0.0073729f, 0.0577801f, 0.0324972f, -0.0025292f, -0.0142497f },
};

/* dst = sum over i of h[i step] * row i of src, n rows of `width`, for one row of dst. */
static void weigh_rows(int64_t n, int64_t step, const float *h, int64_t width, const float *src, float *restrict dst)
{
    int64_t j = 0;
    for (; j + 2 * VECTOR <= width; j += 2 * VECTOR) {
        v8f a = { 0 }, b = { 0 };
        for (int64_t i = 0; i < n; i++) {
            const v8f *row = (const v8f *)(src + i * width + j);
            a += h[i * step] * row[0];
            b += h[i * step] * row[1];
        }
        ((v8f *)(dst + j))[0] = a;
        ((v8f *)(dst + j))[1] = b;
    }
    for (; j < width; j += VECTOR) {
        v8f a = { 0 };
        for (int64_t i = 0; i < n; i++) a += h[i * step] * *(const v8f *)(src + i * width + j);
        *(v8f *)(dst + j) = a;
    }
}

static int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

void samples_to_pixels(int oversampling, int64_t fine, int64_t first, int64_t coarse, int64_t width, const float *src, float *restrict dst)
{
    if (oversampling == 1) {
        memcpy(dst, src + first * width, (size_t)(coarse * width) * sizeof(float));
        return;
    }
    const float *h = taps[oversampling - 2] + REACH;
    for (int64_t i = 0; i < coarse; i++) {
        int64_t at = first + i * oversampling, low = at - REACH > 0 ? at - REACH : 0, high = at + REACH < fine - 1 ? at + REACH : fine - 1;
        weigh_rows(high - low + 1, 1, h + low - at, width, src + low * width, dst + i * width);
    }
}

void pixels_to_samples(int oversampling, int64_t fine, int64_t first, int64_t coarse, int64_t width, const float *src, float *restrict dst)
{
    if (oversampling == 1) {
        memset(dst, 0, (size_t)(fine * width) * sizeof(float));
        memcpy(dst + first * width, src, (size_t)(coarse * width) * sizeof(float));
        return;
    }
    const float *h = taps[oversampling - 2] + REACH;
    for (int64_t m = 0; m < fine; m++) {
        int64_t low = floor_div(m - first - REACH + oversampling - 1, oversampling), high = floor_div(m - first + REACH, oversampling);
        if (low < 0) low = 0;
        if (high > coarse - 1) high = coarse - 1;
        int64_t n = high < low ? 0 : high - low + 1;
        weigh_rows(n, oversampling, n ? h + low * oversampling + first - m : h, width, src + (n ? low : 0) * width, dst + m * width);
    }
}
