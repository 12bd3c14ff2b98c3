/* simulate.detector: the detector of simulate.tilt_series, on images from elsewhere. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

/* dose, tilts and pixel are powers of two, so that dividing by the beam is exact */
#define BEAM "dose=262144", "frames=2", "seed=5"
#define DETECTOR \
    BEAM, "background=0.01", "background_variation=0.5", "gain=3", "offset=7", "read_noise=1.5"
enum { N = 32, TILTS = 4, PIXELS = TILTS * N * N };
static const float incident = 262144.0F / TILTS * 0.25F;

static const float *images(const op_call *c, const char *port)
{
    return value_array(op_output(c, port), "images")->data;
}

/* The scattered fractions of a few atoms, from simulate.tilt_series. */
static loom_value *fractions(const op_call *series)
{
    float scattered[PIXELS];
    const float *truth = images(series, "truth_tilts");
    for (int i = 0; i < PIXELS; i++) scattered[i] = truth[i] / incident;
    return make_tilt_series(TILTS, N, N, 0.5, scattered,
                            value_array(op_output(series, "tilts"), "angles")->data);
}

static void run_series(op_call *series, loom_value *atoms)
{
    op_input(series, "atoms", atoms);
    op_must_run(series);
}

static loom_value *few_atoms(void)
{
    static const double position[] = { 0, 0, 0, 3, 1, -2, -4, 2.2, 3 };
    static const int32_t species[] = { 0, 1, 0 };
    return make_atoms(3, position, species, "Pd Ir");
}

START_TEST(same_seed_same_counts_as_the_series)
{
    loom_value *atoms = few_atoms();
    op_call series = { .op = op_load("simulate.tilt_series"),
                       .params = { "size=32", "pixel_size=0.5", "tilts=4", DETECTOR } };
    run_series(&series, atoms);
    loom_value *scattered = fractions(&series);
    op_call c = { .op = op_load("simulate.detector"), .params = { DETECTOR } };
    op_input(&c, "tilts", scattered);
    op_must_be_deterministic(&c);
    static const char *const ports[] = { "tilts", "expected", "background" };
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(
            memcmp(images(&c, ports[k]), images(&series, ports[k]), PIXELS * sizeof(float)), 0);
    ck_assert_int_eq(
        memcmp(images(&c, "frames"), images(&series, "frames"), 2 * PIXELS * sizeof(float)), 0);
    op_end(&c);
    value_free(scattered);
    op_end(&series);
    value_free(atoms);
}
END_TEST

static double counts_of(const op_call *c, const char *port)
{
    return value_attribute(op_output(c, port), "counts")->number;
}

START_TEST(counts_say_so_only_where_they_are_plain)
{
    loom_value *atoms = few_atoms();
    op_call series = { .op = op_load("simulate.tilt_series"),
                       .params = { "size=32", "pixel_size=0.5", "tilts=4", BEAM } };
    run_series(&series, atoms);
    loom_value *scattered = fractions(&series);
    static const struct {
        const char *param;
        double counts;
    } cases[] = {
        { "gain=1", 1 }, { "gain=2", 0 }, { "read_noise=0.1", 0 }, { "poisson=false", 0 }
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        op_call c = { .op = op_load("simulate.detector"), .params = { BEAM, cases[k].param } };
        op_input(&c, "tilts", scattered);
        op_must_run(&c);
        ck_assert_double_eq(counts_of(&c, "tilts"), cases[k].counts);
        ck_assert_double_eq(counts_of(&c, "frames"), cases[k].counts);
        ck_assert_double_eq(counts_of(&c, "expected"), 0);
        op_end(&c);
    }
    value_free(scattered);
    op_end(&series);
    value_free(atoms);
}
END_TEST

START_TEST(images_that_are_no_fractions_are_refused)
{
    static const double angles[3] = { 0, 0, 0 };
    static const struct {
        float value;
        const char *message;
    } cases[] = { { 1.5F, "tilt 0 has 1.5 at row 1, column 2" },
                  { -0.25F, "tilt 0 has -0.25 at row 1, column 2" },
                  { NAN, "holds nan at [0][1][2]" } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        float image[16] = { 0 };
        image[6] = cases[k].value;
        loom_value *tilts = make_tilt_series(1, 4, 4, 0.5, image, angles);
        op_call c = { .op = op_load("simulate.detector"), .params = { BEAM } };
        op_input(&c, "tilts", tilts);
        op_must_fail(&c, LOOM_E_DATA, "tilts", cases[k].message);
        op_end(&c);
        value_free(tilts);
    }
}
END_TEST

TEST_MAIN("simulate.detector", same_seed_same_counts_as_the_series,
          counts_say_so_only_where_they_are_plain, images_that_are_no_fractions_are_refused)
