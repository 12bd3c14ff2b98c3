/* diffusion/layers.h - stages of an anneal, and their onion layers by depth: layer k holds depths
 * within half a width of k widths. */
#ifndef ATOMLOOM_DIFFUSION_LAYERS_H
#define ATOMLOOM_DIFFUSION_LAYERS_H
#include "kit/atoms.h"

enum { MAX_LAYERS = 256 };

typedef struct stage {
    loom_atoms atoms;
    const double *depth; /* angstrom below the surface */
    uint8_t *solute;     /* [n] 1 for the element that is followed */
    int32_t *layer;      /* [n] 0 at the surface */
    int32_t layers;      /* 1 + the largest, at most MAX_LAYERS */
} stage;

/* Atoms and concentration of the solute by layer. Entries of empty layers, and beyond the stage's
 * layers, are 0. */
typedef struct profile {
    double count[MAX_LAYERS], concentration[MAX_LAYERS];
} profile;
void profile_of(const stage *s, profile *out);

/* One stage of input `port`. Fails where depth is missing, the element is not among the symbols, or
 * there are too many layers. */
loom_status stage_read(loom_call *call, const char *port, int64_t index, const char *element,
                       double width, stage *out);

/* Thickness of a layer: as given, or the distance of {111} planes, a/sqrt(3). */
double layer_width(double width, double lattice_parameter);
#endif
