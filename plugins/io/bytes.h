/* io/bytes.h - what every reader of foreign bytes does first: the whole file in memory, bounds
 * known. */
#ifndef ATOMLOOM_IO_BYTES_H
#define ATOMLOOM_IO_BYTES_H
#include <atomloom/op.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The content of the regular file `path`, followed by one NUL byte, as scratch of the call; the
 * length in *n. NULL after failing with the name of the parameter. [main] */
static inline unsigned char *io_read_file(loom_call *call, const char *parameter, const char *path,
                                          size_t *n)
{
    const loom_host *h = call->host;
    struct stat info;
    unsigned char *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info)) {
        h->fail(call, LOOM_E_IO, parameter, "cannot read '%s': %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        h->fail(call, LOOM_E_IO, parameter, "cannot read '%s': it is not a regular file", path);
    } else if ((bytes = h->scratch(call, (size_t)info.st_size + 1))) {
        size_t done = 0;
        ssize_t got;
        while (done < (size_t)info.st_size
               && (got = read(fd, bytes + done, (size_t)info.st_size - done)) > 0)
            done += (size_t)got;
        bytes[done] = 0;
        *n = done;
        if (done < (size_t)info.st_size) {
            h->fail(call, LOOM_E_IO, parameter, "cannot read '%s': it ended after %zu of %zu bytes",
                    path, done, (size_t)info.st_size);
            bytes = NULL;
        }
    }
    if (fd >= 0) close(fd);
    return bytes;
}

/* Little- or big-endian numbers at any address. */
static inline uint32_t io_u32(const unsigned char *b, bool big)
{
    return big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
               : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline uint16_t io_u16(const unsigned char *b, bool big)
{
    return (uint16_t)(big ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

static inline uint64_t io_u64(const unsigned char *b, bool big)
{
    uint64_t low = io_u32(b + (big ? 4 : 0), big), high = io_u32(b + (big ? 0 : 4), big);
    return high << 32 | low;
}

static inline float io_f32(const unsigned char *b, bool big)
{
    uint32_t bits = io_u32(b, big);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* The number of IEEE half precision (binary16) with these bits, exactly. */
static inline float io_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31;
    uint32_t mantissa = half & 1023;
    uint32_t bits = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | mantissa << 13;
    float f;
    if (!exponent) { /* zero and subnormal numbers: mantissa times 2^-24 */
        f = (float)mantissa * 0x1p-24f;
        return sign ? -f : f;
    }
    memcpy(&f, &bits, sizeof f);
    return f;
}
#endif
