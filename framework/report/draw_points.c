/* report/draw_points.c - renderer `points`: spheres in space.
 *
 * Array position [n][3]; optional radius [n] (else the attribute radius), and those of states.h.
 * Attribute inside 1: also the half behind the middle. Every other array of n numbers is a column
 * that a page shows where a point is picked. */
#include "report/states.h"
#include <math.h>

typedef struct points {
    column radius;
    bool radii;
    double usual;
} points;

static double radius_of(const points *d, int64_t i)
{
    return d->radii ? column_number(&d->radius, i) : d->usual;
}

static void draw(void *user, const states *s, int64_t state, bool inside, scene *to)
{
    const points *d = user;
    for (int64_t i = 0; i < s->n; i++) {
        double at[3], seen[3];
        uint8_t rgb[3];
        if (state_of(s, i) != state) continue;
        position_of(s, i, at);
        camera_see(&to->camera, at, seen);
        if (inside && seen[2] > 0) continue;
        state_colour(s, i, rgb);
        scene_sphere(to, at, radius_of(d, i), rgb);
    }
}

bool draw_points(const loom_value *v, picture *p, error *e)
{
    points d = { .usual = panel_number(v, "radius", 1) };
    states s;
    const loom_array *position = value_array(v, "position");
    double largest = d.usual, low;
    d.radii = value_array(v, "radius") != NULL;
    if (d.radii
        && !column_need(v, "radius", position && position->rank ? position->dim[0] : -1, &d.radius,
                        e))
        return false;
    if (d.radii) column_range(&d.radius, &low, &largest);
    return states_read(v, "position", largest, &s, e)
           && states_draw(&s, panel_number(v, "inside", 0) != 0 ? 2 : 1, draw, &d, p, e);
}
