/* kit/fit_input.h - a tilt series and atoms, as ops receive them, made a model to fit (kit/fit.h).
 * [main] */
#ifndef LOOM_KIT_FIT_INPUT_H
#define LOOM_KIT_FIT_INPUT_H
#include "kit/fit.h"
#include <atomloom/op.h>

/* Names that `hold` takes, in this order. */
enum {
    LOOM_HOLD_POSITIONS,
    LOOM_HOLD_HEIGHTS,
    LOOM_HOLD_WIDTHS,
    LOOM_HOLD_TAIL,
    LOOM_HOLD_BACKGROUND,
    LOOM_HOLD_SCALE,
    LOOM_HOLD_SHIFTS,
    LOOM_HOLD_ANGLES,
    LOOM_HOLD_BLUR,
    LOOM_HOLD_COUNT
};
extern const char *const loom_hold_names[LOOM_HOLD_COUNT + 1];

/* What ops say of their parameter `background_terms`. */
#define LOOM_BACKGROUND_TERMS_DOC \
    "polynomial background of every tilt: 0 none, 1 constant, 3 plane, 6 quadratic, 10 cubic, 15 " \
    "quartic"

/* What ops say of their parameter `width`. */
#define LOOM_IMAGE_WIDTH_DOC \
    "where the width (sigma) of an atom's image starts; 0: at the `image_width` of the atoms, " \
    "where " \
    "one of the starts has it, else 0.5"

typedef struct loom_fit_input {
    loom_call *call;
    const loom_array *images, *angles, *position, *species;
    double pixel_A;
    int64_t which; /* of the values at the port `atoms`: where the model starts */
    int64_t n, nt, ny, nx;
    int32_t classes, background;
    bool held[LOOM_HOLD_COUNT];
    loom_fit_noise *noise;  /* [nt] scratch */
    const char *noise_from; /* a word for the log: where the noise model comes from */
} loom_fit_input;

/* Looks at the inputs `tilts` and `atoms` and at the list of what is held; fails with a message.
 * Set `background` (terms) and `which` first. */
loom_status loom_fit_input_read(loom_call *call, loom_strings hold, loom_fit_input *p);

/* Memory, the noise of every tilt, and the start: atoms in pixels, poses from the angles and, where
 * it is connected, from the table `poses`; heights from the column `height`, else equal. `width_A`,
 * `tail` and `tail_width_A` (a share and angstrom) are starts; width 0 takes the first attribute
 * `image_width` of the values at `atoms`, which all see the same images, else 0.5. */
loom_status loom_fit_input_open(loom_fit_input *p, double width_A, double tail, double tail_width_A,
                                int64_t room, loom_fit *f);

/* Leaves every `every`-th tilt out of the fit (f->used), none for 0. False when out of memory. */
bool loom_fit_leave_out(const loom_fit_input *p, int64_t every, loom_fit *f);
#endif
