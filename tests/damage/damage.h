/* tests/damage/damage.h - whole files of every format that is read, cut short and with single bits
 * flipped: what does the reader make of them?
 *
 * A format is one row of a table (formats.c). Every damaged file is read in a child process, three
 * times, with freed and fresh memory filled with other bytes each time (as MALLOC_PERTURB_ does).
 * Right outcomes are a failure with a message, or exactly the values of the whole file. Where a
 * format keeps no checksum, damage to a number itself is that number as far as anyone can know:
 * then the reader must return exactly what the damaged bytes say, and the case is counted apart. */
#ifndef ATOMLOOM_TESTS_DAMAGE_H
#define ATOMLOOM_TESTS_DAMAGE_H
#include "store/value.h"

enum { DAMAGE_MAX_RUNS = 64 };

/* `count` elements of `width` bytes each at `offset` of the file: elements first, first + 1, ... of
 * array `array` of the value. */
typedef struct damage_run {
    size_t offset, count, width;
    int64_t first;
    const char *array; /* "": what is described there is no number of an array (damage_mark) */
} damage_run;

typedef struct damage_file {
    unsigned char *bytes; /* owned (malloc) */
    size_t size;
    damage_run run[DAMAGE_MAX_RUNS]; /* where numbers lie that no checksum covers */
    int runs;
} damage_file;

typedef struct damage_format {
    const char *name;
    const char *op; /* "io.read_mat"; NULL: the framework's own reader of values */
    bool (*make)(damage_file *out);
    /* Is `got` what these damaged bytes say, damage that nobody can see? NULL: the rule of the runs
     * alone. */
    bool (*explains)(const unsigned char *bytes, size_t size, const loom_value *whole,
                     const loom_value *got);
    const char *params[4]; /* besides `file` */
    const char *file;      /* the parameter that takes the file; NULL: "file" */
    /* of io.read_series: the whole file of images that the damaged one is read with, as `files` */
    bool (*images)(damage_file *out);
} damage_format;

extern const damage_format damage_formats[];
extern const int damage_format_count;

/* What was tried: `cuts` lengths spread over the file, `flips` bits drawn at random (0: every
 * length, every bit). */
typedef struct damage_plan {
    int cuts, flips;
    uint64_t seed;
    bool show;
} damage_plan; /* show: each wrong outcome on standard error */

typedef enum damage_outcome {
    DAMAGE_ERROR,
    DAMAGE_WHOLE,
    DAMAGE_UNSEEN,   /* right; the last: not detectable by the format */
    DAMAGE_WRONG,    /* other values */
    DAMAGE_UNSTABLE, /* not the same outcome each time */
    DAMAGE_SILENT,   /* a failure without a message */
    DAMAGE_CRASH,    /* the reader died, or never came to an end */
    DAMAGE_OUTCOMES
} damage_outcome;
extern const char *const damage_outcome_names[DAMAGE_OUTCOMES];

/* [0]: files cut short, [1]: bits flipped. */
typedef struct damage_count {
    int64_t tried[2], outcome[2][DAMAGE_OUTCOMES];
    char example[512];
} damage_count;

/* Makes the file, reads it whole, and counts what comes of the plan. False with a message in
 * `example` where the whole file cannot be made or read. `example` otherwise describes the first
 * outcome that is not right. */
bool damage_try(const damage_format *f, const damage_plan *plan, damage_count *out);
int64_t damage_bad(const damage_count *c); /* outcomes that are not right */

/* ---- for makers of files (files_*.c) ---- */
void damage_bytes(damage_file *f, const void *bytes, size_t n); /* append */
void damage_u32(damage_file *f, uint32_t v);                    /* append, little-endian */
void damage_file_free(damage_file *f);
bool damage_load(damage_file *f, const char *path); /* the file's bytes; removes it */
/* Finds the bytes of `data` in the file and makes them a run of array `array`, from its element
 * `first` on. */
bool damage_find(damage_file *f, const void *data, size_t count, size_t width, int64_t first,
                 const char *array);
/* The n bytes from there on describe the numbers (sizes of pixels, tilts), without a checksum: what
 * is damaged there changes or removes that description, and no number of the array `data`. */
void damage_mark(damage_file *f, size_t at, size_t n);
const char *damage_temporary(
    void); /* a path in the scratch directory of this process; static buffer */
#endif
