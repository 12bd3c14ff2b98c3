/* io/mrc_samples.c - samples as stored to numbers of an array; see mrc.h. */
#include "io/bytes.h"
#include "io/mrc.h"
#include <math.h>

#define CONVERT(to, value) \
    for (int64_t i = 0; i < n; i++) ((to *)dst)[i] = (value)
void mrc_convert(const mrc_layout *m, bool is_signed, const unsigned char *src, int64_t n,
                 void *restrict dst)
{
    bool big = m->big;
    switch (m->mode) {
    case MRC_INT8:
        if (is_signed) CONVERT(int32_t, (int8_t)src[i]);
        else memcpy(dst, src, (size_t)n);
        break;
    case MRC_INT16: CONVERT(int32_t, (int16_t)io_u16(src + 2 * i, big)); break;
    case MRC_UINT16: CONVERT(int32_t, io_u16(src + 2 * i, big)); break;
    case MRC_HALF: CONVERT(float, io_half(io_u16(src + 2 * i, big))); break;
    case MRC_NIBBLE: CONVERT(uint8_t, i & 1 ? src[i / 2] >> 4 : src[i / 2] & 15); break;
    default: CONVERT(float, io_f32(src + 4 * i, big));
    }
}

void mrc_widen(const mrc_layout *m, bool is_signed, const void *numbers, int64_t n, mrc_extremes *e)
{
    loom_dtype dtype = mrc_dtype(m->mode, is_signed);
    for (int64_t i = 0; i < n; i++) {
        double v = dtype == LOOM_F32   ? (double)((const float *)numbers)[i]
                   : dtype == LOOM_I32 ? ((const int32_t *)numbers)[i]
                                       : ((const uint8_t *)numbers)[i];
        if (v < e->low) e->low = v;
        if (v > e->high) e->high = v;
    }
}

void mrc_check_extremes(loom_call *call, const char *where, const char *path,
                        const unsigned char *header, const mrc_layout *m, const mrc_extremes *found)
{
    double low = (double)io_f32(header + 4 * MRC_MIN, m->big),
           high = (double)io_f32(header + 4 * MRC_MAX, m->big);
    double room = fmax(0.01 * (high - low), 1e-5 * fmax(fabs(low), fabs(high)));
    if (!(high > low) || !isfinite(room)) return;             /* not known, as MRC2014 has it */
    if (m->mode == MRC_INT8 || m->mode == MRC_NIBBLE) return; /* their sign was judged by these */
    if (found->low >= low - room && found->high <= high + room) return;
    call->host->warn(call, where,
                     "by the header of '%s' its samples go from %.6g to %.6g, but they go from "
                     "%.6g to %.6g%s",
                     path, low, high, found->low, found->high,
                     m->mode == MRC_INT16 && found->low < 0 && low >= 0
                         ? ": were they written without a sign (mode 6)?"
                         : ": was the file damaged, or changed by a program that keeps old ones?");
}

loom_dtype mrc_dtype(int mode, bool is_signed)
{
    if (mode == MRC_FLOAT || mode == MRC_HALF) return LOOM_F32;
    return mode == MRC_NIBBLE || (mode == MRC_INT8 && !is_signed) ? LOOM_U8 : LOOM_I32;
}

const char *mrc_unreadable(int mode)
{
    if (mode == MRC_COMPLEX16 || mode == MRC_COMPLEX) return "complex numbers";
    return mode == MRC_RGB ? "colour" : NULL;
}
