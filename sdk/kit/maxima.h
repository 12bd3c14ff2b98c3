/* kit/maxima.h - the local maxima of a volume whose rows are made as they are needed.
 *
 * The volume passes slice by slice: only the slices that a comparison needs are held. Rows are
 * searched in parallel and what they hold is collected in order, so the list does not depend on the
 * number of threads. */
#ifndef LOOM_KIT_MAXIMA_H
#define LOOM_KIT_MAXIMA_H
#include <atomloom/op.h>

/* What a maximum is compared with. */
typedef enum loom_surround {
    LOOM_FACES, /* its six neighbours: not below any of them */
    LOOM_CUBE,  /* its 26 neighbours: above all of them */
    LOOM_BALL   /* all samples within 2.5: above all of them */
} loom_surround;

typedef struct loom_maximum {
    int32_t at[3]; /* sample: x, y, z */
    double value;  /* there */
    double sum;    /* over the 3x3x3 samples about it; BALL only, otherwise `value` */
} loom_maximum;

typedef struct loom_maxima {
    int64_t n[3]; /* samples along x, y, z */
    loom_surround surround;
    double above;   /* only samples above this */
    int64_t border; /* none closer than this to a face; at least what `surround` reaches */
    /* row[n[0]] of the samples (., y, z). `work` holds work_row numbers, its own for each y. [any]
     */
    void (*make_row)(const void *user, int64_t y, int64_t z, double *work, double *restrict row);
    int64_t work_row;
    bool (*wanted)(const void *user, const int64_t at[3]); /* NULL: every place is. [any] */
    const void *user;
    double steps; /* of the op's progress, of which slice z is step z; 0: not reported */
} loom_maxima;

/* In order of z, y, x with x fastest; scratch of the call, to be released by the caller. NULL after
 * failing (out of memory, or asked to stop). [main] */
loom_maximum *loom_maxima_find(loom_call *call, const loom_maxima *m, int64_t *count);

/* Where the parabola through three samples in a row has its maximum, from the middle one; 0 where
 * it has none. [any] */
double loom_parabola(double below, double middle, double above);
#endif
