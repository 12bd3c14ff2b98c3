/* tests/pipeline/ops.h - a registry of ops that exist as data only: enough kinds of ports and
 * parameters to meet every rule of the language. */
#ifndef ATOMLOOM_TESTS_PIPELINE_OPS_H
#define ATOMLOOM_TESTS_PIPELINE_OPS_H
#include "plugin/registry.h"

static const char *const elements[] = { "Pd", "Ir", "Au", NULL };
static const char *const sweeps_was[] = { "sweeps", NULL };

typedef struct particle_params {
    double radius;
    int64_t seed;
    int32_t element;
    bool defects;
} particle_params;
static const loom_param particle_table[] = {
    LOOM_PARAM(particle_params, radius, .def = 10, .min = 1, .max = 100, .unit = "angstrom",
               .doc = "of the sphere the atoms fill"),
    LOOM_PARAM(particle_params, seed, .def = 1, .doc = "of the random numbers"),
    LOOM_PARAM(particle_params, element, .choices = elements, .doc = "what the atoms are"),
    LOOM_PARAM(particle_params, defects, .doc = "leave some sites empty"),
    { 0 }
};
typedef struct series_params {
    double dose;
    loom_reals angles;
    const char *label;
    loom_ints size;
    loom_reals shift;
} series_params;
static const loom_param series_table[] = {
    LOOM_PARAM(series_params, dose, .def = 1e5, .min = 1, .max = 1e9, .unit = "e/angstrom^2",
               .doc = "total dose of one tilt series"),
    LOOM_PARAM(series_params, angles, .text = "-60, 0, 60", .min = -90, .max = 90, .unit = "degree",
               .doc = "tilt angles"),
    LOOM_PARAM(series_params, size, .text = "256", .min = 1, .max = 4096, .unit = "pixel",
               .flags = LOOM_LENGTH(1) | LOOM_LENGTH(2), .doc = "edge, or height and width"),
    LOOM_PARAM(series_params, shift, .unit = "pixel", .flags = LOOM_LENGTH(0) | LOOM_LENGTH(3),
               .doc = "x, y, z of the centre; empty: 0, 0, 0"),
    LOOM_PARAM(series_params, label, .text = "", .doc = "name of the series"),
    { 0 }
};
typedef struct read_params {
    loom_path path;
    int64_t skip;
} read_params;
static const loom_param read_table[] = {
    LOOM_PARAM(read_params, path, .flags = LOOM_REQUIRED, .doc = "the file to read"),
    LOOM_PARAM(read_params, skip, .max = 100, .doc = "lines to leave out at the start"),
    { 0 }
};
typedef struct recon_params {
    int64_t iterations;
    double step;
} recon_params;
static const loom_param sirt_table[] = {
    LOOM_PARAM(recon_params, iterations, .def = 100, .min = 1, .max = 10000,
               .doc = "how often the volume is improved", .renamed_from = sweeps_was),
    LOOM_PARAM(recon_params, step, .def = 1, .min = 0, .max = 2, .doc = "length of one step"),
    { 0 }
};
typedef struct resire_params {
    int64_t iterations, oversampling;
} resire_params;
static const loom_param resire_table[] = {
    LOOM_PARAM(resire_params, iterations, .def = 200, .min = 1, .max = 10000,
               .doc = "how often the volume is improved"),
    LOOM_PARAM(resire_params, oversampling, .def = 4, .min = 1, .max = 8,
               .doc = "padding of the Fourier transform"),
    { 0 }
};
typedef struct threshold_params {
    double level;
} threshold_params;
static const loom_param threshold_table[] = {
    LOOM_PARAM(threshold_params, level, .def = 0.5,
               .doc = "voxels equal to the level count as above"),
    { 0 }
};

static const loom_port none[] = { { 0 } };
static const loom_port atoms_out[] = { { "atoms", "atoms", "positions and species", 0 }, { 0 } };
static const loom_port atoms_in[] = { { "atoms", "atoms", "positions and species", 0 }, { 0 } };
static const loom_port tilts_out[] = { { "tilts", "tilt_series", "projections", 0 }, { 0 } };
static const loom_port recon_in[] = { { "tilts", "tilt_series", "aligned projections", 0 },
                                      { "support", "mask", "where the density may be non-zero",
                                        LOOM_OPTIONAL },
                                      { 0 } };
static const loom_port volume_in[] = { { "volume", "volume", "any density", 0 }, { 0 } };
static const loom_port volume_out[] = { { "volume", "volume", "the density", 0 }, { 0 } };
static const loom_port mask_out[] = { { "mask", "mask", "1 where kept", 0 }, { 0 } };
static const loom_port match_in[] = { { "before", "atoms", "first set", 0 },
                                      { "after", "atoms", "second set", 0 },
                                      { 0 } };
static const loom_port pairs_out[] = { { "pairs", "pairs", "who is who", 0 }, { 0 } };
static const loom_port profile_out[] = { { "table", "table", "concentration against depth", 0 },
                                         { 0 } };
static const loom_port profiles_in[] = {
    { "profiles", "table", "one profile per stage, in order", LOOM_LIST }, { 0 }
};
static const loom_port volumes_in[] = {
    { "volumes", "volume", "what is averaged", LOOM_LIST | LOOM_OPTIONAL }, { 0 }
};
static const loom_port any_in[] = { { "value", "any", "anything", 0 }, { 0 } };
static const loom_port panel_out[] = { { "panel", "panel", "what the report shows", 0 }, { 0 } };

static loom_status test_run(loom_call *call, const void *params)
{
    (void)call;
    (void)params;
    return LOOM_OK;
}

#define OP(ID, SUMMARY, IN, OUT, PARAMS, SIZE) \
    { \
        .size = sizeof(loom_op), .revision = 1, .id = ID, .summary = SUMMARY, \
        .method = "None: a test.", .cites = "none", .limits = "Does nothing.", .inputs = IN, \
        .outputs = OUT, .params = PARAMS, .params_size = SIZE, .run = test_run \
    }
static const loom_op test_ops[] = {
    OP("simulate.particle", "Atoms of a sphere.", none, atoms_out, particle_table,
       sizeof(particle_params)),
    OP("simulate.tilt_series", "Projections of atoms.", atoms_in, tilts_out, series_table,
       sizeof(series_params)),
    OP("io.read_volume", "A volume from a file.", none, volume_out, read_table,
       sizeof(read_params)),
    OP("reconstruct.sirt", "A volume from projections, by SIRT.", recon_in, volume_out, sirt_table,
       sizeof(recon_params)),
    OP("reconstruct.resire", "A volume from projections, by RESIRE.", recon_in, volume_out,
       resire_table, sizeof(resire_params)),
    OP("volume.threshold", "Mask of the voxels on one side of a level.", volume_in, mask_out,
       threshold_table, sizeof(threshold_params)),
    OP("volume.mean", "Mean of volumes.", volumes_in, volume_out, NULL, 0),
    OP("trace.peaks", "Atoms at the maxima of a volume.", volume_in, atoms_out, NULL, 0),
    OP("structure.match", "Pairs of atoms of two sets.", match_in, pairs_out, NULL, 0),
    OP("structure.profile", "Concentration against depth.", atoms_in, profile_out, NULL, 0),
    OP("diffusion.fick", "Diffusion coefficient from profiles.", profiles_in, profile_out, NULL, 0),
    OP("view.any", "A panel of anything.", any_in, panel_out, NULL, 0),
};
enum { TEST_OPS = sizeof test_ops / sizeof *test_ops };

static inline registry *test_registry(void)
{
    static const loom_op *list[TEST_OPS];
    for (int i = 0; i < TEST_OPS; i++) list[i] = &test_ops[i];
    return registry_of(list, TEST_OPS, NULL);
}
#endif
