/* io/convert.h - what the ops that give an array its meaning share: its numbers in single
 * precision, and the pixel size that the array's file had. */
#ifndef ATOMLOOM_IO_CONVERT_H
#define ATOMLOOM_IO_CONVERT_H
#include <atomloom/op.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static inline double io_element(const loom_array *a, int64_t i)
{
    switch (a->dtype) {
    case LOOM_U8: return ((const uint8_t *)a->data)[i];
    case LOOM_I32: return ((const int32_t *)a->data)[i];
    case LOOM_I64: return (double)((const int64_t *)a->data)[i];
    case LOOM_F32: return (double)((const float *)a->data)[i];
    default: return ((const double *)a->data)[i];
    }
}

/* "[3][4][5]": where number i of the array is, slowest axis first. */
static inline void io_place(const loom_array *a, int64_t i, char *out, size_t room)
{
    int64_t rest = loom_array_count(a);
    size_t at = 0;
    *out = 0;
    for (int32_t k = 0; k < a->rank && at < room; k++) {
        rest /= a->dim[k];
        at += (size_t)snprintf(out + at, room - at, "[%lld]", (long long)(i / rest));
        i %= rest;
    }
}

#define IO_SINGLE(from) \
    for (int64_t i = 0; i < n; i++) dst[i] = (float)((double)((const from *)src->data)[i] - level)
/* The numbers of `src` less `level`, in single precision. False after failing on `port` where one
 * is too large for it, or where all are so small that nothing would be left of them. */
static inline bool io_single(loom_call *call, const char *port, const loom_array *src, double level,
                             float *restrict dst)
{
    int64_t n = loom_array_count(src);
    switch (src->dtype) {
    case LOOM_U8: IO_SINGLE(uint8_t); break;
    case LOOM_I32: IO_SINGLE(int32_t); break;
    case LOOM_I64: IO_SINGLE(int64_t); break;
    case LOOM_F32: IO_SINGLE(float); break;
    default: IO_SINGLE(double);
    }
    int64_t too_small = -1;
    bool any = false;
    for (int64_t i = 0; i < n; i++) {
        any |= dst[i] != 0;
        if (isfinite(dst[i])) continue;
        char at[160];
        io_place(src, i, at, sizeof at);
        call->host->fail(call, LOOM_E_DATA, port,
                         isfinite(io_element(src, i))
                             ? "the number at %s of '%s', %g, is too large for single precision "
                               "(3.4e38); scale the numbers first"
                             : "the number at %s of '%s' is %g; replace such pixels (with a "
                               "neighbour, or the mean) first",
                         at, port, io_element(src, i));
        return false;
    }
    for (int64_t i = 0; i < n && !any && too_small < 0; i++)
        if (io_element(src, i) - level != 0) too_small = i;
    if (too_small < 0) return true;
    call->host->fail(call, LOOM_E_DATA, port,
                     "all numbers of '%s', such as %g, are too small for single precision "
                     "(1.4e-45); scale them first",
                     port, io_element(src, too_small));
    return false;
}

/* The attribute `name` of the input in angstrom; 0 where there is none. */
static inline double io_length(loom_call *call, const char *port, const char *name)
{
    static const struct {
        const char *unit;
        double angstrom;
    } units[] = { { "angstrom", 1 }, { "nm", 10 }, { "pm", 0.01 } };
    const loom_host *h = call->host;
    const loom_attribute *a;
    for (int64_t i = 0; (a = h->attribute_at(h->input(call, port, 0), i)); i++)
        for (size_t u = 0; u < sizeof units / sizeof *units; u++)
            if (!a->text && !strcmp(a->name, name) && !strcmp(a->unit, units[u].unit))
                return a->number > 0 && isfinite(a->number) ? a->number * units[u].angstrom : 0;
    return 0;
}

/* The size that holds: `given` by the parameter, or, where that is 0, the one `of_file`. Warns
 * where the two differ by more than 1 %. 0 after failing: neither is known. */
static inline double io_size(loom_call *call, const char *parameter, double given, double of_file)
{
    const loom_host *h = call->host;
    if (!(given > 0) && !(of_file > 0))
        h->fail(call, LOOM_E_PARAM, parameter,
                "the file that the array was read from has no %s; give "
                "'%s' in angstrom",
                strcmp(parameter, "voxel_size") ? "pixel size" : "voxel size", parameter);
    if (given > 0 && of_file > 0 && fabs(given - of_file) > 0.01 * of_file)
        h->warn(call, parameter,
                "'%s' is %g angstrom, but the file that the array was read from "
                "has %g angstrom (a factor of %.3g); leave '%s' out to take the file's",
                parameter, given, of_file, given / of_file, parameter);
    return given > 0 ? given : of_file;
}
#endif
