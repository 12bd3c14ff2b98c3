/* report/scene.c - see scene.h */
#include "report/scene.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* towards the light: from the upper left, a little behind the reader */
static const double light[3] = { -0.40, 0.55, 0.733 };

void camera_turn(camera *c)
{
    double a = -32 * M_PI / 180, b = 24 * M_PI / 180;
    double turn[3][3] = { { cos(a), 0, sin(a) },
                          { sin(a) * sin(b), cos(b), -cos(a) * sin(b) },
                          { -sin(a) * cos(b), sin(b), cos(a) * cos(b) } };
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) c->turn[i][k] = turn[i][k];
}

void camera_see(const camera *c, const double at[3], double seen[3])
{
    for (int i = 0; i < 3; i++) {
        seen[i] = 0;
        for (int k = 0; k < 3; k++) seen[i] += c->turn[i][k] * (at[k] - c->centre[k]);
    }
}

bool scene_begin(scene *s, bitmap *image, const camera *c)
{
    assert(image->rgba || !image->width || !image->height);
    size_t n = (size_t)image->width * (size_t)image->height;
    *s = (scene){ image, malloc(n * sizeof(float) + 1), *c };
    for (size_t i = 0; s->depth && i < n; i++) s->depth[i] = -INFINITY;
    return s->depth != NULL;
}

void scene_end(scene *s)
{
    free(s->depth);
    s->depth = NULL;
}

/* What light leaves of a colour: of spheres much is shade, by which they are seen to be round; of
 * surfaces little, for their colours are numbers to be read. */
#define SPHERE_SHADE 0.58
#define SURFACE_SHADE 0.28

/* Colour of a point of a surface with this normal, `edge` 0 at a sphere's outline. */
static void put_pixel(scene *s, int x, int y, double depth, const double normal[3], double edge,
                      const double rgb[3], double most_shade)
{
    assert(x >= 0 && x < s->image->width && y >= 0 && y < s->image->height);
    size_t i = (size_t)y * (size_t)s->image->width + (size_t)x;
    if (!(depth > (double)s->depth[i])) return;
    s->depth[i] = (float)depth;
    double lit = normal[0] * light[0] + normal[1] * light[1] + normal[2] * light[2];
    double shade = (1 - most_shade * (1 - fmax(lit, 0))) * (edge < 0.3 ? 0.55 + 1.5 * edge : 1);
    double gloss = 155 * most_shade * pow(fmax(2 * lit * normal[2] - light[2], 0), 24);
    uint8_t *out = s->image->rgba + 4 * i; /* steps of four: unseen, and half the bytes of a PNG */
    for (int k = 0; k < 3; k++) out[k] = (uint8_t)((int)fmin(rgb[k] * shade + gloss, 255) & ~3);
    out[3] = 255;
}

void scene_sphere(scene *s, const double at[3], double radius, const uint8_t rgb[3])
{
    assert(radius >= 0 && s->depth);
    double seen[3], scale = s->camera.scale, colour[3] = { rgb[0], rgb[1], rgb[2] };
    camera_see(&s->camera, at, seen);
    double cx = s->image->width / 2.0 + seen[0] * scale,
           cy = s->image->height / 2.0 - seen[1] * scale, r = radius * scale;
    if (!(fabs(cx) < 1e6) || !(fabs(cy) < 1e6) || !(r > 0 && r < 1e5)) return;
    int x0 = (int)fmax(ceil(cx - r), 0), x1 = (int)fmin(floor(cx + r), s->image->width - 1);
    int y0 = (int)fmax(ceil(cy - r), 0), y1 = (int)fmin(floor(cy + r), s->image->height - 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double nx = (x - cx) / r, ny = (cy - y) / r, rest = 1 - nx * nx - ny * ny;
            if (rest <= 0) continue;
            double nz = sqrt(rest);
            put_pixel(s, x, y, seen[2] * scale + nz * r, (double[3]){ nx, ny, nz }, nz, colour,
                      SPHERE_SHADE);
        }
}

static void normal_of(double p[3][3], double n[3])
{
    double u[3], v[3];
    for (int k = 0; k < 3; k++) u[k] = p[1][k] - p[0][k], v[k] = p[2][k] - p[0][k];
    n[0] = u[1] * v[2] - u[2] * v[1];
    n[1] = u[2] * v[0] - u[0] * v[2];
    n[2] = u[0] * v[1] - u[1] * v[0];
    double length = sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    if (length > 0 && n[2] < 0) length = -length;
    for (int k = 0; k < 3; k++) n[k] = length != 0 ? n[k] / length : 0;
}

void scene_triangle(scene *s, const double *const at[3], uint8_t rgb[3][3])
{
    assert(s->depth);
    double p[3][3], n[3], seen[3];
    for (int i = 0; i < 3; i++) {
        camera_see(&s->camera, at[i], seen);
        p[i][0] = s->image->width / 2.0 + seen[0] * s->camera.scale;
        p[i][1] = -(s->image->height / 2.0 - seen[1] * s->camera.scale);
        p[i][2] = seen[2] * s->camera.scale;
        if (!(fabs(p[i][0]) < 1e6) || !(fabs(p[i][1]) < 1e6)) return;
    }
    normal_of(p, n);
    double area =
        (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[2][0] - p[0][0]) * (p[1][1] - p[0][1]);
    if (area == 0) return;
    int x0 = (int)fmax(ceil(fmin(fmin(p[0][0], p[1][0]), p[2][0])), 0);
    int x1 = (int)fmin(floor(fmax(fmax(p[0][0], p[1][0]), p[2][0])), s->image->width - 1);
    int y0 = (int)fmax(ceil(-fmax(fmax(p[0][1], p[1][1]), p[2][1])), 0);
    int y1 = (int)fmin(floor(-fmin(fmin(p[0][1], p[1][1]), p[2][1])), s->image->height - 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double w[3], colour[3], depth = 0;
            w[1] =
                ((x - p[0][0]) * (p[2][1] - p[0][1]) - (p[2][0] - p[0][0]) * (-y - p[0][1])) / area;
            w[2] =
                ((p[1][0] - p[0][0]) * (-y - p[0][1]) - (x - p[0][0]) * (p[1][1] - p[0][1])) / area;
            w[0] = 1 - w[1] - w[2];
            if (w[0] < -1e-9 || w[1] < -1e-9 || w[2] < -1e-9) continue;
            for (int k = 0; k < 3; k++) {
                colour[k] = w[0] * rgb[0][k] + w[1] * rgb[1][k] + w[2] * rgb[2][k];
                depth += w[k] * p[k][2];
            }
            put_pixel(s, x, y, depth, n, 1, colour, SURFACE_SHADE);
        }
}
