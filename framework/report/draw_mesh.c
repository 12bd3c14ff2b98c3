/* report/draw_mesh.c - renderer `mesh`: a surface of triangles.
 *
 * Arrays vertex [v][3], face [f][3] (indices of vertices); optional state and colour of every
 * vertex (states.h). A face has the state of its first vertex. */
#include "report/states.h"

static void draw(void *user, const states *s, int64_t state, bool inside, scene *to)
{
    const loom_array *face = user;
    for (int64_t f = 0; f < face->dim[0]; f++) {
        double at[3][3];
        uint8_t rgb[3][3];
        bool good = true;
        for (int k = 0; k < 3; k++) {
            int64_t i = (int64_t)array_number(face, 3 * f + k);
            if (i < 0 || i >= s->n || state_of(s, i) != state) {
                good = false;
                break;
            }
            position_of(s, i, at[k]);
            state_colour(s, i, rgb[k]);
        }
        (void)inside;
        if (good) scene_triangle(to, (const double *const[3]){ at[0], at[1], at[2] }, rgb);
    }
}

bool draw_mesh(const loom_value *v, picture *p, error *e)
{
    states s;
    const loom_array *face = value_array(v, "face");
    if (!face || face->rank != 2 || face->dim[1] != 3)
        return error_set(e, LOOM_E_DATA, "",
                         "a panel of renderer 'mesh' needs an array 'face' [f][3]");
    return states_read(v, "vertex", 0, &s, e) && states_draw(&s, 1, draw, (void *)face, p, e);
}
