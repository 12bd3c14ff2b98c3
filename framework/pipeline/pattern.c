/* pipeline/pattern.c - names of several files at once: scan_*.tif. */
#include "pipeline/reader.h"
#include <assert.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool is_pattern(const char *path) { return strpbrk(path, "*?[") != NULL; }

/* ---- natural order --------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Is the sign at c that of the number behind it? In tilt_-60.tif it is, in 2026-01-05 and scan-12
 * it only separates. */
static bool is_sign(const char *name, const char *c)
{
    assert(c >= name);
    return (*c == '-' || *c == '+') && is_digit(c[1])
           && (c == name || strchr("_ =(/", c[-1]) != NULL);
}

/* The number that begins at *c, which moves behind it. */
static double take_number(const char **c)
{
    assert(is_digit(**c) || **c == '-' || **c == '+');
    const char *at = *c;
    double sign = *at == '-' ? -1 : 1, value = 0, unit = 1;
    if (*at == '-' || *at == '+') at++;
    for (; is_digit(*at); at++) value = 10 * value + (*at - '0');
    if (*at == '.' && is_digit(at[1]))
        for (at++; is_digit(*at); at++) value += (unit /= 10) * (*at - '0');
    *c = at;
    return sign * value;
}

static int natural_order(const char *a, const char *b)
{
    for (const char *x = a, *y = b;;) {
        bool number_x = is_digit(*x) || is_sign(a, x), number_y = is_digit(*y) || is_sign(b, y);
        if (number_x && number_y) {
            double u = take_number(&x), v = take_number(&y);
            if (u < v || u > v) return u < v ? -1 : 1;
        } else {
            if (*x != *y) return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
            if (!*x) return strcmp(a, b); /* 01 and 1 */
            x++;
            y++;
        }
    }
}

static int compare_names(const void *a, const void *b)
{
    return natural_order(*(const char *const *)a, *(const char *const *)b);
}

/* ---- matches --------------------------------------------------------------------------------- */

static bool is_directory(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

const char **pattern_files(reader *r, const char *pattern, int64_t *n)
{
    assert(pattern && n);
    glob_t found = { 0 };
    const char **file = NULL;
    *n = 0;
    if (!glob(pattern, GLOB_NOSORT, NULL, &found) && found.gl_pathc) {
        file = arena_take(r->memory, found.gl_pathc * sizeof *file);
        for (size_t i = 0; i < found.gl_pathc; i++)
            if (!is_directory(found.gl_pathv[i])) file[(*n)++] = say(r, "%s", found.gl_pathv[i]);
    }
    globfree(&found);
    if (!*n) return NULL;
    qsort(file, (size_t)*n, sizeof *file, compare_names);
    return file;
}
