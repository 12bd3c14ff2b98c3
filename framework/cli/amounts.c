/* cli/amounts.c - see amounts.h */
#include "cli/amounts.h"
#include <assert.h>
#include <stdio.h>

char *bytes_text(uint64_t bytes, char out[32])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    double v = (double)bytes;
    size_t u = 0;
    while (v >= 1023.5 && u + 1 < sizeof units / sizeof *units) {
        v /= 1024;
        u++;
    }
    snprintf(out, 32, u && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
    return out;
}

char *seconds_text(double s, char out[32])
{
    assert(s == s); /* no NaN */
    if (s < 0) s = 0;
    if (s < 0.0995) snprintf(out, 32, "%.0f ms", 1000 * s);
    else if (s < 9.95) snprintf(out, 32, "%.1f s", s);
    else if (s < 59.5) snprintf(out, 32, "%.0f s", s);
    else if (s < 3599.5)
        snprintf(out, 32, "%d min %02d s", (int)((s + 0.5) / 60), (int)(s + 0.5) % 60);
    else snprintf(out, 32, "%d h %02d min", (int)((s + 30) / 3600), (int)((s + 30) / 60) % 60);
    return out;
}
