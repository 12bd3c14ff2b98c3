/* order.regions and order.local_concentration: averages and counts that can be made by hand. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { SIDE = 9, MOST = SIDE * SIDE * SIDE * 4 };
static const double a = 4;

/* A cube of fcc, edges along x, y, z; `poked` of the middle atoms are solute. Returns the number of
 * atoms. */
static int make_cube(double x[][3], int32_t *species, int poked)
{
    int n = 0;
    for (int i = -SIDE; i <= SIDE; i++)
        for (int j = -SIDE; j <= SIDE; j++)
            for (int k = -SIDE; k <= SIDE; k++)
                if ((i + j + k) % 2 == 0 && abs(i) <= 6 && abs(j) <= 6 && abs(k) <= 6) {
                    x[n][0] = i * a / 2;
                    x[n][1] = j * a / 2;
                    x[n][2] = k * a / 2;
                    species[n] = i == 0 && j == 0 && k == 0   ? poked > 0
                                 : i == 1 && j == 1 && k == 0 ? poked > 1
                                                              : 0;
                    n++;
                }
    return n;
}

static double at(const loom_value *v, const char *name, int64_t row)
{
    const loom_array *c = value_array(v, name);
    ck_assert_msg(c != NULL, "no column %s", name);
    return c->dtype == LOOM_I64   ? (double)((int64_t *)c->data)[row]
           : c->dtype == LOOM_I32 ? ((int32_t *)c->data)[row]
                                  : ((double *)c->data)[row];
}

/* Surface atoms carry x as their order parameter in the first stage and 2x + 1 in the second: the
 * change along each direction is known. */
START_TEST(regions_average_and_subtract)
{
    static double x[MOST][3], value[MOST], later[MOST];
    static int32_t species[MOST];
    static uint8_t surface[MOST];
    int n = make_cube(x, species, 0);
    for (int i = 0; i < n; i++) {
        surface[i] = fabs(x[i][0]) > 11.9 || fabs(x[i][1]) > 11.9 || fabs(x[i][2]) > 11.9;
        value[i] = x[i][0];
        later[i] = 2 * x[i][0] + 1;
    }
    loom_value *before = make_atoms(n, x[0], species, "Pd"),
               *after = make_atoms(n, x[0], species, "Pd");
    make_array(before, "surface", LOOM_U8, 1, (int64_t[]){ n }, NULL, surface);
    make_array(after, "surface", LOOM_U8, 1, (int64_t[]){ n }, NULL, surface);
    make_array(before, "csro", LOOM_F64, 1, (int64_t[]){ n }, NULL, value);
    make_array(after, "csro", LOOM_F64, 1, (int64_t[]){ n }, NULL, later);
    op_call c = { .op = op_load("order.regions") };
    op_input(&c, "before", before);
    op_input(&c, "after", after);
    op_must_run(&c);
    const loom_value *r = op_output(&c, "regions");
    ck_assert_int_eq(value_array(r, "change")->dim[0], 14);
    double counted = 0, surface_atoms = 0;
    for (int i = 0; i < n; i++) surface_atoms += surface[i];
    for (int k = 0; k < 14; k++) {
        counted += at(r, "atoms_before", k);
        ck_assert_double_eq_tol(at(r, "mean_after", k), 2 * at(r, "mean_before", k) + 1, 1e-12);
        ck_assert_double_eq_tol(at(r, "change", k), at(r, "mean_before", k) + 1, 1e-12);
        double expected =
            sqrt((pow(at(r, "deviation_before", k), 2) + pow(at(r, "deviation_after", k), 2))
                 / at(r, "atoms_before", k));
        if (at(r, "atoms_before", k) > 0)
            ck_assert_double_eq_tol(at(r, "error", k), expected, 1e-12);
    }
    ck_assert_double_eq(counted, surface_atoms);
    ck_assert_double_eq_tol(at(r, "mean_before", 8), 12, 1e-12); /* [100]: the facet x = 12 */
    ck_assert_double_eq_tol(at(r, "mean_before", 9), -12, 1e-12);
    op_end(&c);
    value_free(before);
    value_free(after);
}
END_TEST

START_TEST(two_solute_neighbours_are_found_and_counted)
{
    static double x[MOST][3], depth[MOST];
    static int32_t species[MOST];
    int n = make_cube(x, species, 2), atoms = 0, hosts_alone = 0;
    loom_value *v = make_atoms(n, x[0], species, "Pd Ir");
    for (int i = 0; i < n; i++) depth[i] = i;
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ n }, "angstrom", depth);
    op_call c = { .op = op_load("order.local_concentration"),
                  .params = { "cutoff=3.4", "label_error=0.1" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const loom_value *centres = op_output(&c, "centres"), *histogram = op_output(&c, "histogram"),
                     *scan = op_output(&c, "scan");
    ck_assert_int_eq(value_array(centres, "atom")->dim[0], 2);
    for (int k = 0; k < 2; k++) {
        int i = (int)at(centres, "atom", k);
        ck_assert_int_eq(species[i], 1);
        ck_assert_double_eq(at(centres, "solute_neighbours", k), 1);
        ck_assert_double_eq(at(centres, "depth", k), i);
    }
    ck_assert_double_eq(at(histogram, "solute_centres", 1), 2);
    ck_assert_double_eq(at(histogram, "host_centres", 2),
                        4); /* the four common neighbours of a bond in fcc */
    ck_assert_double_eq(at(histogram, "host_centres", 1),
                        14); /* 12 + 12 - 2 (each other) - 2 * 4 */
    for (int k = 0; k <= 12; k++)
        atoms += (int)(at(histogram, "solute_centres", k) + at(histogram, "host_centres", k));
    hosts_alone = (int)(at(histogram, "host_centres", 0) + at(histogram, "host_centres", 1));
    ck_assert_double_eq(at(scan, "bulk", 1), atoms);
    ck_assert_double_eq_tol(at(scan, "expected_false", 1), 0.1 * hosts_alone, 1e-9);
    c.params[0] = "solute=Au";
    op_must_fail(&c, LOOM_E_PARAM, "solute", "'Au' is none of them");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("order regions", regions_average_and_subtract,
          two_solute_neighbours_are_found_and_counted)
