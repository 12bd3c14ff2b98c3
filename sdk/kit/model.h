/* kit/model.h - could these atoms be a metal or a semiconductor? One warning where they could not:
 * positions in nanometres, voxels or fractions of a cell, peaks of noise in place of atoms, an axis
 * with the wrong scale.
 *
 * Who calls it: the op that makes positions or leaves atoms out (readers of atoms, tracing,
 * refinement, classification that drops some), on what it made. Ops that read atoms, or hand the
 * same ones on, do not: their maker has warned, and one fact is worth one warning however many ops
 * measure the model. docs/warnings.md says what each text means. */
#ifndef LOOM_KIT_MODEL_H
#define LOOM_KIT_MODEL_H
#include <atomloom/op.h>

/* What a model is judged by, of all atoms, or of LOOM_MODEL_SAMPLE spread evenly over their list.
 * Distances in angstrom. */
enum { LOOM_MODEL_SAMPLE = 2000 };
typedef struct loom_model {
    int64_t sample; /* atoms looked at; 0: too few (fewer than 4) to say anything */
    double r1;      /* median distance to the nearest neighbour */
    /* atoms per cubic angstrom in the ball that reaches the 12th neighbour: median, and upper
     * quartile, which a surface does not lower */
    double density, density_inside;
    double strange; /* share of atoms without a neighbour between 0.7 and 1.3 r1 */
    double close;   /* share of atoms with a neighbour nearer than 0.7 r1 */
    /* 0, 1, 2: x, y, z, along which the model becomes half as long (`factor` 0.5) or twice as long
     * (2), which would pack equal spheres at least 1.5 times more densely; -1: none */
    int axis;
    double factor, gain;
} loom_model;

/* Measures n finite positions [n][3]. Fewer than 50 atoms are not tried for an axis. Deterministic.
 * False when out of memory (already reported). [main] */
bool loom_model_measure(loom_call *call, int64_t n, const double *position, loom_model *out);

/* Warns at `where` (a port or parameter) of atoms that stand twice at one place; then measures and
 * warns of the first of: a density 3 times away from
 * every metal and semiconductor, more than a tenth of the atoms `strange` or `close`, an axis. Of
 * 12 atoms or fewer only that they lie too close. False when out of memory (already reported).
 * [main] */
bool loom_check_model(loom_call *call, const char *where, int64_t n, const double *position);
#endif
