/* io/mrc_samples.c - samples as stored to numbers of an array; see mrc.h. */
#include "io/bytes.h"
#include "io/mrc.h"

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
