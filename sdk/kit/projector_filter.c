/* projector_filter.c - from the finer samples of a view to pixels.
 *
 * Linear sharing between samples 1/m pixel apart multiplies the spectrum by sinc^2(f / m), f in cycles per pixel, and repeats it around every
 * vector of the voxel lattice; taking every m-th sample folds what lies above 1/2 back. The taps below are the least-squares
 * symmetric filters of 21 taps whose product with sinc^2 is 1 up to 0.36 (m = 2) or 0.33 (m = 3) and, eight times as important, 0 from 0.60 or
 * 0.67 to m/2, with two conditions held exactly: gain 1 at zero frequency and 0 at one cycle per pixel. The taps of each phase then add up
 * to 1, so that no voxel weighs more than another. tests/kit/test_projector.c checks both conditions and the gains. */
#include "kit/projector_inside.h"

enum { REACH = 10 };
static const float taps[3][REACH + 1] = { /* h[0], h[1] = h[-1], ... */
    { 1 },
    { 1.0020119f, 0.6469204f, 0.0209527f, -0.2114861f, -0.0425950f, 0.0909005f, 0.0328084f, -0.0370456f, -0.0197724f, 0.0107108f, 0.0076004f },
    { 1.0351967f, 0.8361518f, 0.3833753f, -0.0224421f, -0.1806782f, -0.1148764f, 0.0073729f, 0.0577801f, 0.0324972f, -0.0025292f, -0.0142497f },
};

static int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

void samples_to_pixels(int oversampling, int64_t fine, int64_t first, int64_t coarse, int64_t width, const float *src, float *restrict dst)
{
    const float *h = taps[oversampling - 1];
    int64_t reach = oversampling == 1 ? 0 : REACH;
    for (int64_t i = 0; i < coarse; i++) {
        int64_t at = first + i * oversampling, low = at - reach > 0 ? at - reach : 0, high = at + reach < fine - 1 ? at + reach : fine - 1;
        for (int64_t j = 0; j < width; j += VECTOR) {
            v8f sum = { 0 };
            for (int64_t m = low; m <= high; m++) sum += h[m < at ? at - m : m - at] * *(const v8f *)(src + m * width + j);
            *(v8f *)(dst + i * width + j) = sum;
        }
    }
}

void pixels_to_samples(int oversampling, int64_t fine, int64_t first, int64_t coarse, int64_t width, const float *src, float *restrict dst)
{
    const float *h = taps[oversampling - 1];
    int64_t reach = oversampling == 1 ? 0 : REACH;
    for (int64_t m = 0; m < fine; m++) {
        int64_t low = floor_div(m - first - reach + oversampling - 1, oversampling), high = floor_div(m - first + reach, oversampling);
        if (low < 0) low = 0;
        if (high > coarse - 1) high = coarse - 1;
        for (int64_t j = 0; j < width; j += VECTOR) {
            v8f sum = { 0 };
            for (int64_t i = low; i <= high; i++) {
                int64_t at = first + i * oversampling;
                sum += h[m < at ? at - m : m - at] * *(const v8f *)(src + i * width + j);
            }
            *(v8f *)(dst + m * width + j) = sum;
        }
    }
}
