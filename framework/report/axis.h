/* report/axis.h - an axis of numbers: range, ticks, and where a number lies on the paper. */
#ifndef ATOMLOOM_REPORT_AXIS_H
#define ATOMLOOM_REPORT_AXIS_H
#include "report/picture.h"

typedef struct axis {
    double low, high; /* of the data, widened to the ticks */
    double from, to;  /* on the paper: where low and high lie */
    double step;      /* between ticks; of a logarithmic axis decades */
    bool log;
    int decimals; /* of the labels; < 0: with an exponent */
} axis;

/* An axis for numbers from low to high; logarithmic only where low > 0. At most so many ticks. */
axis axis_make(double low, double high, bool log, int max_ticks);
double axis_place(const axis *a, double value);
int axis_ticks(const axis *a);
double axis_tick(const axis *a, int k);
void axis_label(const axis *a, double value, char out[32]);
/* The widest label, in points. */
double axis_label_width(const axis *a, double size);
/* The largest of 1, 2, 5 times a power of ten that is at most `most`: for scale bars. */
double round_length(double most);

/* The frame of a plot: both axes with grid, ticks, labels and names. Texts may be "". */
typedef struct frame {
    axis x, y;
    double left, top, right, bottom;
} frame;
enum { TICK_SIZE = 11, NAME_SIZE = 12 };
/* Places a frame in the picture below `top` and draws it. `x_ticks` false: the caller labels x. */
void frame_draw(picture *p, frame *f, double top, double below, bool x_ticks, const char *x_name,
                const char *y_name);

/* A row of keys to colours, wrapped; gives the height used. `line`: a line instead of a square. */
typedef struct legend_key {
    const char *name;
    tint colour;
    bool line, dashed;
} legend_key;
double legend_draw(picture *p, double x, double y, double room, const legend_key *key, int count);
#endif
