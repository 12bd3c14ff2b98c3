/* kit/model: models that could be matter are passed in silence, whatever their size, shape and
 * order; wrong units, noise and a wrong scale along one axis are found. */
#include "kit/kit_call.h"
#include "kit/model.h"
#include "support/particles.h"
#include "support/suite.h"

enum { ROOM = 4000 };
typedef struct points {
    int64_t n;
    double x[ROOM][3];
} points;
static points model;

static void add(double x, double y, double z)
{
    ck_assert_int_lt(model.n, ROOM);
    memcpy(model.x[model.n++], (double[]){ x, y, z }, sizeof *model.x);
}

static void add_noise(double sigma)
{
    for (int64_t i = 0; i < 3 * model.n; i++) {
        double pair[2];
        loom_normal2(7, 1, (uint64_t)i, pair);
        model.x[i / 3][i % 3] += sigma * pair[0];
    }
}

static void scale(double x, double y, double z)
{
    for (int64_t i = 0; i < model.n; i++) {
        model.x[i][0] *= x;
        model.x[i][1] *= y;
        model.x[i][2] *= z;
    }
}

/* A ball of a cubic crystal, its [110] along z where `tilted`. */
static void ball(int sites, const double (*site)[3], double a, double radius, bool tilted)
{
    int reach = (int)(radius / a) + 2;
    model.n = 0;
    for (int i = -reach; i < reach; i++)
        for (int j = -reach; j < reach; j++)
            for (int k = -reach; k < reach; k++)
                for (int s = 0; s < sites; s++) {
                    double x = a * (i + site[s][0]), y = a * (j + site[s][1]),
                           z = a * (k + site[s][2]), r = sqrt(0.5);
                    if (x * x + y * y + z * z > radius * radius) continue;
                    if (tilted) add(r * (x - y), z, r * (x + y));
                    else add(x, y, z);
                }
}

static const double fcc[4][3] = { { 0, 0, 0 }, { .5, .5, 0 }, { .5, 0, .5 }, { 0, .5, .5 } },
                    bcc[2][3] = { { 0, 0, 0 }, { .5, .5, .5 } },
                    diamond[8][3] = { { 0, 0, 0 },       { .5, .5, 0 },     { .5, 0, .5 },
                                      { 0, .5, .5 },     { .25, .25, .25 }, { .75, .75, .25 },
                                      { .75, .25, .75 }, { .25, .75, .75 } };

/* What loom_check_model warns of; until the next call. */
static const char *check(const double *x, int64_t n)
{
    static kit_call k;
    loom_call *call = kit_begin(&k);
    ck_assert(loom_check_model(call, "atoms", n, x));
    ck_assert_int_eq(k.count, 0); /* all scratch released */
    kit_end(&k);
    return k.warnings;
}
static void check_silent(void) { ck_assert_str_eq(check(model.x[0], model.n), ""); }
static void check_silent_with(double noise)
{
    add_noise(noise);
    check_silent();
}
static void check_warns(const char *wanted)
{
    const char *found = check(model.x[0], model.n);
    ck_assert_msg(strstr(found, wanted) != NULL, "expected '%s', found '%s'", wanted, found);
}

START_TEST(crystals_in_any_pose_are_plausible)
{
    for (int tilted = 0; tilted < 2; tilted++)
        for (int noisy = 0; noisy < 3; noisy++) {
            double sigma = 0.1 * noisy;
            ball(4, fcc, 3.9, 15, tilted);
            check_silent_with(sigma);
            ball(2, bcc, 2.87, 13, tilted);
            check_silent_with(sigma);
            ball(1, fcc, 2.8, 13, tilted);
            check_silent_with(sigma);
            ball(8, diamond, 5.43, 15, tilted);
            check_silent_with(sigma);
            ball(2, bcc, 6.14, 30, tilted);
            check_silent_with(sigma); /* caesium */
            ball(8, diamond, 3.567, 9, tilted);
            check_silent_with(sigma / 2);
        }
}
END_TEST

START_TEST(few_atoms_layers_and_surfaces_are_plausible)
{
    for (double radius = 0.1; radius < 8; radius += 0.3) ball(4, fcc, 3.9, radius, false);
    check_silent_with(0.1);
    model.n = 0; /* a triangular layer, then three */
    for (int layer = 0; layer < 3; layer++) {
        for (int i = 0; i < 20; i++)
            for (int j = 0; j < 20; j++)
                add(2.77 * (i + 0.5 * (j + layer)), 2.4 * j + 0.8 * layer, 2.26 * layer);
        check_silent();
    }
    model.n = 0; /* graphite: layers that do not touch */
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 10; j++)
            for (int k = 0; k < 10; k++)
                for (int s = 0; s < 2; s++)
                    add(2.46 * (i + 0.5 * j), 2.13 * j + 1.42 * (s + k % 2), 3.35 * k);
    add_noise(0.03);
    check_silent();
    model.n = 0; /* a row */
    for (int i = 0; i < 100; i++) add(2.7 * i, 0, 0);
    check_silent();
    model.n = 0; /* a single atom, a pair far apart */
    add(1, 2, 3);
    check_silent();
    add(90, 2, 3);
    check_silent();
    for (int i = 0; i < 10; i++) add(10 * i, 20 * (i % 2), 15 * (i % 3)); /* a few on a support */
    check_silent();
}
END_TEST

START_TEST(units_are_found_out)
{
    ball(4, fcc, 3.9, 15, false);
    add_noise(0.1);
    scale(0.1, 0.1, 0.1);
    check_warns("in nanometres");
    scale(0.1, 0.1, 0.1);
    check_warns("in nanometres");
    scale(500, 500, 500); /* voxels of 0.2 angstrom */
    check_warns("in voxels");
    scale(20, 20, 20);
    check_warns("in picometres");
}
END_TEST

START_TEST(noise_is_found_out)
{
    model.n = 0;
    for (uint64_t i = 0; i < 2000; i++)
        add(30 * loom_uniform(1, 0, i), 30 * loom_uniform(1, 1, i), 30 * loom_uniform(1, 2, i));
    check_warns("% of 2000 atoms have no neighbour between 0.7 and 1.3 times");
    for (int percent = 8; percent < 16; percent += 4) { /* atoms that lie alone, about a particle */
        ball(4, fcc, 3.9, 15, false);
        add_noise(0.1);
        int64_t alone = model.n * percent / (100 - percent);
        for (int64_t i = 0; i < alone; i++)
            add(20 + 5.5 * (double)(i / 36), -15 + 5.5 * (double)(i % 6),
                -15 + 5.5 * (double)(i / 6 % 6));
        if (percent < 10) check_silent();
        else check_warns("atoms have no neighbour between");
    }
}
END_TEST

START_TEST(a_wrong_scale_along_one_axis_is_found_out)
{
    for (int axis = 0; axis < 3; axis++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "with %c half as long", "xyz"[axis]);
        ball(4, fcc, 3.9, 15, false);
        add_noise(0.1);
        scale(axis == 0 ? 2 : 1, axis == 1 ? 2 : 1, axis == 2 ? 2 : 1);
        check_warns(wanted);
    }
}
END_TEST

START_TEST(atoms_at_one_place_are_found)
{
    ball(4, fcc, 3.9, 12, false);
    add_noise(0.1);
    check_silent();
    add(model.x[6][0] + 2e-4, model.x[6][1], model.x[6][2]);
    char wanted[100];
    snprintf(wanted, sizeof wanted, "1 of %lld atoms stands at the place of another, atom %lld at",
             (long long)model.n, (long long)model.n);
    model.x[6][0] = round(model.x[6][0] * 1e3) / 1e3; /* within the rounding of one place */
    model.x[model.n - 1][0] = model.x[6][0] + 2e-4;
    check_warns(wanted);
    model.n--;
    check_silent();
    model.x[7][0] = model.x[6][0] + 0.01;
    add(-0.0, 0, 0);
    add(0, 0, -0.0);
    check_warns("of another, atom");
}
END_TEST

START_TEST(far_atoms_cost_no_time)
{
    ball(4, fcc, 3.9, 15, false);
    add_noise(0.1);
    add(1e12, 0, 0);
    add(0, -1e300, 0);
    check_silent();
    for (int i = 0; i < 1000; i++) add(5, 5, 5); /* and no endless search at one place */
    ck_assert_ptr_nonnull(check(model.x[0], model.n));
}
END_TEST

static void check_stored(const char *name, bool csv)
{
    const char *path = test_data(name);
    if (!path) return;
    loom_value *v = csv ? particle_read(path, 3) : particle_read_xyz(path);
    ck_assert_ptr_nonnull(v);
    const loom_array *position = value_array(v, "position");
    int64_t n = position->dim[0];
    double *x = malloc((size_t)(3 * n) * sizeof *x);
    memcpy(x, position->data, (size_t)(3 * n) * sizeof *x);
    ck_assert_str_eq(check(x, n), "");
    for (int64_t i = 0; i < n; i++) x[3 * i + 2] *= 2;
    ck_assert_ptr_nonnull(strstr(check(x, n), "with z half as long"));
    for (int64_t i = 0; i < n; i++) x[3 * i + 2] /= 2;
    for (int64_t i = 0; i < 3 * n; i++) x[i] /= 10;
    ck_assert_ptr_nonnull(strstr(check(x, n), "in nanometres"));
    free(x);
    value_free(v);
}

START_TEST(measured_models_are_plausible)
{
    check_stored("oracles/hea4_atoms.csv", true);
    check_stored("oracles/mea1_atoms.csv", true);
    check_stored("oracles/mea4_atoms.csv", true);
    check_stored("oracles/mg_atoms_boo.csv", true);
    check_stored("pdpt/TO.xyz", false);
    check_stored("pdpt/PB.xyz", false);
}
END_TEST

TEST_MAIN("model", crystals_in_any_pose_are_plausible, few_atoms_layers_and_surfaces_are_plausible,
          units_are_found_out, noise_is_found_out, a_wrong_scale_along_one_axis_is_found_out,
          atoms_at_one_place_are_found, far_atoms_cost_no_time, measured_models_are_plausible)
