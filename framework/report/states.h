/* report/states.h - what points and meshes share: positions in several states (stages, say), a
 * colour for each by a column, and small pictures of the states next to each other.
 *
 * Optional array state (codes of words); attribute colour: the column that gives the colours, words
 * (categories) or numbers with a ramp from colour_low to colour_high (else its range), ramp:
 * sequential or diverging, colour_label. */
#ifndef ATOMLOOM_REPORT_STATES_H
#define ATOMLOOM_REPORT_STATES_H
#include "report/colours.h"
#include "report/panel.h"
#include "report/scene.h"

enum { MAX_STATES = 64 };
typedef struct states {
    const loom_value *v;
    const loom_array *position; /* [n][3] */
    int64_t n;
    column state, colour;
    bool several, coloured, ramped;
    int64_t count;
    ramp_range range; /* of the colours */
    camera camera;    /* fits all of them */
    double extent;    /* of the largest, in the unit of the positions */
} states;
/* `position` "vertex" of a mesh. `margin`: what lies beyond positions, a radius. */
bool states_read(const loom_value *v, const char *position, double margin, states *out, error *e);
int64_t state_of(const states *s, int64_t i);
void state_colour(const states *s, int64_t i, uint8_t rgb[3]);
void position_of(const states *s, int64_t i, double out[3]);

/* Legend and scale bar below, a square of pixels per state and `rows`, each drawn by `draw`; row 1
 * is the inside: what lies before the middle is left out. */
typedef void draw_state(void *user, const states *s, int64_t state, bool inside, scene *to);
bool states_draw(const states *s, int rows, draw_state *draw, void *user, picture *p, error *e);
#endif
