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

/* A number and the word after it; false unless there is a number, not negative. */
static bool amount(const char *s, double *out, const char **unit)
{
    char number[64];
    size_t n = strspn(s, "0123456789.");
    if ((s[n] == 'e' || s[n] == 'E') && isdigit((unsigned char)s[n + 1])) n += 1 + strspn(s + n + 1, "0123456789");
    if (!n || n >= sizeof number) return false;
    memcpy(number, s, n);
    number[n] = 0;
    *unit = s + n + strspn(s + n, " ");
    return number_read(number, out) && *out >= 0;
}

bool bytes_read(const char *s, uint64_t *out)
{
    static const char letters[] = "KMGTP";
    const char *unit;
    double v;
    if (!amount(s, &v, &unit)) return false;
    const char *letter = *unit ? strchr(letters, toupper((unsigned char)*unit)) : NULL;
    if (letter) {
        for (const char *l = letters; l <= letter; l++) v *= 1024;
        unit++;
        if (*unit == 'i') unit++;
    }
    if (*unit == 'B') unit++;
    if (*unit || v > 9e18) return false;
    *out = (uint64_t)v;
    return true;
}

bool seconds_read(const char *s, double *out)
{
    static const struct { const char *name; double seconds; } units[] = {
        { "s", 1 }, { "min", 60 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 7 * 86400 },
    };
    const char *unit;
    if (!amount(s, out, &unit)) return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].name, unit)) {
            *out *= units[i].seconds;
            return true;
        }
    return false;
}
