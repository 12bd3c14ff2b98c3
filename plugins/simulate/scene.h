/* simulate/scene.h - what simulate.tilt_series sees, how, and what it makes of it: decided before
 * the first image (scene.c), imaged tilt by tilt (scene_images.c), written (scene_outputs.c). */
#ifndef ATOMLOOM_SIMULATE_SCENE_H
#define ATOMLOOM_SIMULATE_SCENE_H
#include "counting.h"
#include "footprint.h"
#include "kit/check.h"
#include "kit/elements.h"

typedef struct params {
    loom_ints size;
    double pixel_size, start, stop;
    int64_t tilts;
    loom_reals angles, cross_section, sigma;
    double voltage, inner, outer;
    bool nonlinear;
    loom_reals angle_error;
    double shift_error, drift, jitter;
    counting_params counting;
} params;

enum { MAX_SPECIES = LOOM_SPECIES_MOST };
/* All that is known before the first image; read by all threads. */
typedef struct scene {
    const params *p;
    counting counting; /* electrons of a pixel and frame, size of images */
    int64_t n, nt, nf, ny, nx, margin;
    const double *position;
    const int32_t *species;
    footprint shape[MAX_SPECIES];
    /* fraction of a pixel's electrons that the atom scatters, summed over its pixels */
    float weight[MAX_SPECIES];
    double total_weight;      /* of all atoms */
    double *nominal, *angles; /* [nt][3] degrees */
    double *shift, *drift;    /* [nt][2] pixels; drift from one frame to the next */
    double *line_shift;       /* [nt][nf][ny] pixels, or NULL */
    /* [nt][nf] expected electrons of the atoms, their part inside, electrons of the background */
    double *signal, *captured, *background_sum;
    float *frames, *tilts, *ideal, *expected, *background;
} scene;

/* of one thread */
typedef struct workspace {
    double *x, *y;
    float *image, *scattered, *field, *wave;
} workspace;

/* Atoms, their weights and shapes. [main] */
loom_status scene_read_atoms(loom_call *call, scene *s);
/* Nominal angles: from the parameter, the port, or evenly spaced. [main] */
loom_status scene_choose_angles(loom_call *call, scene *s);
/* True angles, displacements, drift and offsets of lines: random, by the seed. [main] */
void scene_draw_errors(scene *s);
/* Every frame of one tilt into the outputs. [any], one thread per tilt */
void scene_acquire(const scene *s, int64_t it, const workspace *w);
/* Series and their attributes; false when out of memory (reported). [main] */
bool scene_start_outputs(loom_call *call, scene *s);
/* The tables `truth` and `lines`. [main] */
loom_status scene_write_truth(loom_call *call, const scene *s);
loom_status scene_write_lines(loom_call *call, const scene *s);
#endif
