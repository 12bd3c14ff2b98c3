/* cli/common.c - see common.h */
#include "cli/common.h"
#include "base/path.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- registry and store ------------------------------------------------------------------------------------------ */

registry *cli_registry(const cli_args *args, error *e)
{
    struct stat st;
    for (const char *const *dir = cli_values(args, "plugin-dir"); *dir; dir++) {
        char *path = path_expand(*dir, e);
        bool there = path && !stat(path, &st) && S_ISDIR(st.st_mode);
        free(path);
        if (there) continue;
        error_set(e, LOOM_E_PARAM, "check the path", "--plugin-dir: no directory '%s'", *dir);
        return NULL;
    }
    error ignored = { 0 };
    char *cache = store_default_path(&ignored); /* without a home there is no cache of descriptors, which only costs time */
    registry *r = registry_open(cli_values(args, "plugin-dir"), cache, e);
    free(cache);
    return r;
}

store *cli_store(const cli_args *args, error *e)
{
    char *path = store_path_of(cli_value(args, "store"), e);
    store *s = path ? store_open(path, e) : NULL;
    free(path);
    return s;
}

/* ---- amounts ------------------------------------------------------------------------------------------------------------ */

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
    if (s < 0) s = 0;
    if (s < 0.0995) snprintf(out, 32, "%.0f ms", 1000 * s);
    else if (s < 9.95) snprintf(out, 32, "%.1f s", s);
    else if (s < 59.5) snprintf(out, 32, "%.0f s", s);
    else if (s < 3599.5) snprintf(out, 32, "%d min %02d s", (int)((s + 0.5) / 60), (int)(s + 0.5) % 60);
    else snprintf(out, 32, "%d h %02d min", (int)((s + 30) / 3600), (int)((s + 30) / 60) % 60);
    return out;
}
