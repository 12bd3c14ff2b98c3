/* report/scene.h - spheres and triangles seen from one side, parallel light and parallel view, into
 * a bitmap with a depth for every pixel. For pictures that do not move; a page with scripts draws
 * the same numbers itself. */
#ifndef ATOMLOOM_REPORT_SCENE_H
#define ATOMLOOM_REPORT_SCENE_H
#include "report/picture.h"

/* x to the right, y up, z towards the reader, after turning; one unit is `scale` pixels. */
typedef struct camera {
    double turn[3][3], centre[3], scale;
} camera;
/* A view from above and from the side, so that all three axes show. */
void camera_turn(camera *c);
void camera_see(const camera *c, const double at[3], double seen[3]);

typedef struct scene {
    bitmap *image;
    float *depth;
    camera camera;
} scene;
/* `image` is borrowed. False: out of memory. */
bool scene_begin(scene *s, bitmap *image, const camera *c);
void scene_end(scene *s);
void scene_sphere(scene *s, const double at[3], double radius, const uint8_t rgb[3]);
/* Corners with a colour each; lit from both sides. */
void scene_triangle(scene *s, const double *const at[3], uint8_t rgb[3][3]);
#endif
