/* io/series.h - the parts of io.read_series: its parameters, and what is known of the series while
 * it is read. */
#ifndef ATOMLOOM_IO_SERIES_H
#define ATOMLOOM_IO_SERIES_H
#include "io/angles.h"
#include "io/series_files.h"

typedef struct series_params {
    loom_paths files;
    loom_numbers angles;
    double start, step, pixel_size, dose, background;
    const char *tilt_axis, *dataset;
    int64_t frames;
    int32_t flip, sort, header, bytes;
    bool counts, subtract;
} series_params;
enum { FLIP_NONE, FLIP_X, FLIP_Y, FLIP_XY };
enum { SORT_CHECK, SORT_TILT, SORT_KEEP };
enum { HEADER_CHECK, HEADER_IGNORE };

typedef struct series {
    loom_call *call;
    const series_params *p;
    series_files files;
    angle_list angles;
    bool own_tilts;       /* the tilts are the files' own: each image brings its own */
    char tilts_from[400]; /* for the note */
    int64_t tilts, frames;
    double pixel_A, axis_deg;
    int64_t *place; /* of each tilt in the order of the files, its place in the series */
    /* ---- while pixels are read ---- */
    float *dst, *flipped;
    int64_t ny, nx; /* of the series, after turning */
    int quarters;
    bool exact;
    double share;
} series;

/* Where the tilts come from, how many images each has, and whether that fits the images
 * (series_tilts.c). False after failing. */
bool series_find_tilts(series *s);
/* Fills `place`. Tilts that came with the images, or by start and step, are put in order without
 * asking: no image can get another's. Series about several axes have no such order. False after
 * failing. */
bool series_order_tilts(series *s);
/* What a file of tilts says of its images, against these: another size is an error, another name
 * or tilt axis a warning (series_notes.c). Needs `axis_deg`. False after failing. */
bool series_compare_notes(const series *s);
#endif
