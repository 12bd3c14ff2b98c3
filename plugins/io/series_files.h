/* io/series_files.h - the files of one series: how many images they hold, of what size, and what
 * they say of tilts and pixels. */
#ifndef ATOMLOOM_IO_SERIES_FILES_H
#define ATOMLOOM_IO_SERIES_FILES_H
#include "io/image_file.h"

typedef struct series_file {
    const char *path;
    int64_t images;
    int64_t first;    /* of all images, its first */
    double pixel_A;   /* 0: it does not say */
    double *tilt_deg; /* [images]; NULL: it does not say */
    const char *size_from, *tilts_from;
} series_file;

typedef struct series_files {
    loom_call *call;
    image_wishes wishes;
    int64_t n; /* files of images */
    series_file *file;
    int64_t images, ny, nx;
    const series_file *sized; /* the first that gives a pixel size; NULL: none does */
    bool tilts;               /* all have tilts */
} series_files;

/* Looks at every file; TIA's notes (.emi) among them give their tilts to the .ser of their name.
 * False after failing on parameter `files`. */
bool series_look(series_files *s, const loom_paths *paths);

/* All images of all files, in order, one after the other: image k in single precision, [ny][nx],
 * borrowed until `give` returns. False from `give`: stop. False after failing. */
typedef bool series_give(void *user, int64_t k, const float *image);
bool series_read(const series_files *s, series_give *give, void *user);

/* The name of a file without the folders. */
const char *series_name(const char *path);
#endif
