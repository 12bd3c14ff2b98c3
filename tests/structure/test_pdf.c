/* structure.pdf: counts are those of every pair, the first shell of a crystal is where it is, and
 * published curves come out. */
#include "kit/geometry.h"
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"
#include <math.h>

static const double *column(const op_call *c, const char *name)
{
    return value_array(op_output(c, "table"), name)->data;
}
static double number(const op_call *c, const char *name)
{
    return value_attribute(op_output(c, "table"), name)->number;
}

START_TEST(counts_are_those_of_every_pair)
{
    particle t = truncated_octahedron(3.89, 2.5, 4);
    shake(&t, 0.1, 11);
    loom_value *atoms = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.pdf"),
                  .params = { "r_max=9", "step=0.1", "partial=true", "sigma=1", "scale=none" } };
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    int64_t want[4][90] = { { 0 } };
    for (int64_t i = 0; i < t.n; i++)
        for (int64_t j = 0; j < t.n; j++) {
            int k = (int)(distance(t.x[i], t.x[j]) / 0.1);
            if (i == j || k >= 90) continue;
            want[0][k]++;
            if (!t.species[i]) want[t.species[j] ? 2 : 1][k]++;
            else if (t.species[j]) want[3][k]++;
        }
    static const char *const names[] = { "count", "count_Pd_Pd", "count_Pd_Ir", "count_Ir_Ir" };
    for (int row = 0; row < 4; row++) {
        const int64_t *got = value_array(op_output(&c, "table"), names[row])->data;
        for (int k = 0; k < 90; k++)
            ck_assert_msg(got[k] == want[row][k], "%s bin %d: %ld, counted %ld", names[row], k,
                          (long)got[k], (long)want[row][k]);
    }
    op_end(&c);
    value_free(atoms);
    particle_free(&t);
}
END_TEST

/* Volume of the shells that lies inside a box around atoms of one species, by brute force: along
 * the op's own directions the way to the nearest wall is the crossing. */
static void shells_in_a_box(const particle *t, int species, double wall, int bins, double step,
                            double *v)
{
    enum { DIRECTIONS = 162 };
    for (int64_t i = 0; i < t->n; i++)
        for (int d = 0; t->species[i] == species && d < DIRECTIONS; d++) {
            double z = 1 - (2.0 * d + 1) / DIRECTIONS, rho = sqrt(1 - z * z), way = INFINITY;
            double phase = LOOM_PI * (3 - sqrt(5.0)) * d + 0.1729439;
            double u[3] = { rho * cos(phase), rho * sin(phase), z };
            for (int a = 0; a < 3; a++)
                way = fmin(way, (wall - (u[a] < 0 ? -1 : 1) * t->x[i][a]) / fabs(u[a]));
            for (int b = 0; b < bins && (b + 0.5) * step < way; b++)
                v[b] += 4 * LOOM_PI / 3 * (pow((b + 1) * step, 3) - pow(b * step, 3)) / DIRECTIONS;
        }
}

/* A box of a surface around the particle, for normalisation finite. */
static loom_value *box(double wall)
{
    double corner[8][3];
    for (int k = 0; k < 8; k++)
        for (int a = 0; a < 3; a++) corner[k][a] = k >> a & 1 ? wall : -wall;
    static const int32_t face[12][3] = { { 0, 2, 3 }, { 0, 3, 1 }, { 4, 5, 7 }, { 4, 7, 6 },
                                         { 0, 1, 5 }, { 0, 5, 4 }, { 2, 6, 7 }, { 2, 7, 3 },
                                         { 0, 4, 6 }, { 0, 6, 2 }, { 1, 3, 7 }, { 1, 7, 5 } };
    loom_value *mesh = make_value("mesh");
    make_array(mesh, "vertex", LOOM_F64, 2, (int64_t[]){ 8, 3 }, "angstrom", corner);
    make_array(mesh, "face", LOOM_I32, 2, (int64_t[]){ 12, 3 }, "", face);
    return mesh;
}

/* A core of one element in a shell of another: every partial curve from pairs and shells counted
 * by hand, and the sum of all with the weights that the docs give is g. */
START_TEST(partial_curves_are_those_of_every_pair)
{
    enum { BINS = 60 };
    const double step = 0.2, wall = 12;
    static const char *const names[2][2] = { { "g_Pd_Pd", "g_Pd_Ir" }, { "g_Pd_Ir", "g_Ir_Ir" } };
    particle t = truncated_octahedron(3.89, 2.5, 4);
    shake(&t, 0.1, 11);
    double v[2][BINS] = { { 0 } }, pairs[2][2][BINS] = { { { 0 } } }, c[2] = { 0 };
    for (int64_t i = 0; i < t.n; i++) {
        t.species[i] = distance(t.x[i], (double[3]){ 0 }) > 7;
        c[t.species[i]] += 1 / (double)t.n;
    }
    for (int64_t i = 0; i < t.n; i++)
        for (int64_t j = 0; j < t.n; j++) {
            int b = (int)(distance(t.x[i], t.x[j]) / step);
            if (i != j && b < BINS) pairs[t.species[i]][t.species[j]][b]++;
        }
    for (int s = 0; s < 2; s++) shells_in_a_box(&t, s, wall, BINS, step, v[s]);
    loom_value *atoms = make_atoms(t.n, t.x[0], t.species, "Pd Ir"), *mesh = box(wall);
    op_call call = { .op = op_load("structure.pdf"),
                     .params = { "normalisation=finite", "r_max=12", "step=0.2", "sigma=0",
                                 "partial=true" } };
    op_input(&call, "atoms", atoms);
    op_input(&call, "surface", mesh);
    op_must_be_deterministic(&call);
    double density = (double)t.n / (8 * wall * wall * wall);
    for (int b = 0; b < BINS; b++) {
        double sum = 0, all = v[0][b] + v[1][b];
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++) {
                double shell = (v[i][b] * c[j] + v[j][b] * c[i]) / 2,
                       got = column(&call, names[i][j])[b];
                ck_assert_double_eq_tol(got, pairs[i][j][b] / shell / density, 1e-9 * (1 + got));
                sum += shell / all * got;
            }
        ck_assert_double_eq_tol(sum, column(&call, "g")[b], 1e-9 * (1 + sum));
        ck_assert_double_eq_tol(column(&call, "shell_volume_Ir")[b], v[1][b], 1e-9 * all);
    }
    op_end(&call);
    value_free(atoms);
    value_free(mesh);
    particle_free(&t);
}
END_TEST

/* Elements by lot: each partial curve is g but for the chance of the draw, and with full shells
 * the sum of c_A c_B g_A_B is g itself, smoothed or not. */
START_TEST(partial_curves_of_a_random_alloy_are_the_total)
{
    static const char *const names[3][3] = { { "g_Pd_Pd", "g_Pd_Ir", "g_Pd_Pt" },
                                             { "g_Pd_Ir", "g_Ir_Ir", "g_Ir_Pt" },
                                             { "g_Pd_Pt", "g_Ir_Pt", "g_Pt_Pt" } };
    particle t = truncated_octahedron(3.89, 4.5, 7.5);
    shake(&t, 0.1, 5);
    double c[3] = { 0 };
    for (int64_t i = 0; i < t.n; i++) {
        t.species[i] = (int32_t)(loom_random(77, 2, (uint64_t)i) % 3);
        c[t.species[i]] += 1 / (double)t.n;
    }
    loom_value *atoms = make_atoms(t.n, t.x[0], t.species, "Pd Ir Pt");
    op_call call = { .op = op_load("structure.pdf"),
                     .params = { "r_max=10", "step=0.05", "partial=true" } };
    op_input(&call, "atoms", atoms);
    op_must_run(&call);
    const double *g = column(&call, "g");
    double area[3][3] = { { 0 } }, total = 0;
    for (int b = 0; b < 200; b++) {
        double sum = 0;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                sum += c[i] * c[j] * column(&call, names[i][j])[b];
                area[i][j] += column(&call, names[i][j])[b];
            }
        ck_assert_double_eq_tol(sum, g[b], 1e-9 * (1 + sum));
        total += g[b];
    }
    for (int i = 0; i < 3;
         i++) /* some 650 atoms of each: 1/sqrt of the number of pairs is below 1 % */
        for (int j = 0; j < 3; j++) ck_assert_double_eq_tol(area[i][j] / total, 1, 0.03);
    op_end(&call);
    value_free(atoms);
    particle_free(&t);
}
END_TEST

/* An ideal crystal has nothing between its first two shells: r_valley is the middle, 1.207 d. */
START_TEST(first_shell_of_fcc)
{
    particle t = truncated_octahedron(3.89, 4.5, 7.5);
    loom_value *atoms = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.pdf") };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    double d = 3.89 / sqrt(2);
    ck_assert_double_eq_tol(number(&c, "r1"), d, 0.011);
    ck_assert_double_eq_tol(number(&c, "a"), 3.89, 0.016);
    ck_assert_double_eq_tol(number(&c, "r_valley"), 0.5 * (d + 3.89), 0.02);
    op_end(&c);
    value_free(atoms);
    particle_free(&t);
}
END_TEST

/* Inside a large octahedron: close shells are whole, and all shells of an atom together are the
 * octahedron. */
START_TEST(shells_inside_a_surface)
{
    static const int32_t face[8][3] = { { 0, 2, 4 }, { 2, 1, 4 }, { 1, 3, 4 }, { 3, 0, 4 },
                                        { 2, 0, 5 }, { 1, 2, 5 }, { 3, 1, 5 }, { 0, 3, 5 } };
    double corner[6][3] = { { 30 }, { -30 }, { 0, 30 }, { 0, -30 }, { 0, 0, 30 }, { 0, 0, -30 } },
           sum = 0, octahedron = 4.0 / 3 * 30 * 30 * 30;
    particle t = truncated_octahedron(3.89, 2.5, 4);
    loom_value *atoms = make_atoms(t.n, t.x[0], t.species, "Pd Ir"), *mesh = make_value("mesh");
    make_array(mesh, "vertex", LOOM_F64, 2, (int64_t[]){ 6, 3 }, "angstrom", corner);
    make_array(mesh, "face", LOOM_I32, 2, (int64_t[]){ 8, 3 }, "", face);
    op_call c = { .op = op_load("structure.pdf"),
                  .params = { "normalisation=finite", "r_max=50", "step=0.1" } };
    op_input(&c, "atoms", atoms);
    op_input(&c, "surface", mesh);
    op_must_be_deterministic(&c);
    const double *v = column(&c, "shell_volume"), *raw = column(&c, "g_raw");
    const int64_t *count = value_array(op_output(&c, "table"), "count")->data;
    for (int k = 0; k < 500; k++) {
        double high = 0.1 * (k + 1), low = 0.1 * k,
               whole = 4.0 / 3 * LOOM_PI * (high * high * high - low * low * low) * (double)t.n;
        if (high < 4) ck_assert_double_eq_tol(v[k], whole, 1e-9 * whole);
        if (v[k] > 0)
            ck_assert_double_eq_tol(raw[k], (double)count[k] / v[k] / ((double)t.n / octahedron),
                                    1e-9 * (1 + raw[k]));
        sum += v[k];
    }
    ck_assert_double_eq_tol(sum / (double)t.n, octahedron, 0.01 * octahedron);
    op_end(&c);
    value_free(atoms);
    value_free(mesh);
    particle_free(&t);
}
END_TEST

START_TEST(refuses_what_has_no_shell)
{
    double one[3] = { 0 }, same[3][3] = { { 0 }, { 3, 0, 0 }, { 3, 0, 0.01 } };
    int32_t species[3] = { 0 };
    op_call c = { .op = op_load("structure.pdf") };
    loom_value *none = make_atoms(0, one, species, "Pd"),
               *two = make_atoms(3, same[0], species, "Pd"),
               *pair = make_atoms(2, same[0], species, "Pd");
    op_input(&c, "atoms", none);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "0 atoms");
    c.input[0].value = two;
    op_must_fail(&c, LOOM_E_DATA, "atoms", "at one place");
    c.input[0].value = pair;
    c.params[0] = "normalisation=finite";
    op_must_fail(&c, LOOM_E_PARAM, "normalisation", "structure.surface");
    c.params[0] = "r_max=2";
    op_must_fail(&c, LOOM_E_DATA, "atoms", "no first peak");
    op_end(&c);
    value_free(none);
    value_free(two);
    value_free(pair);
}
END_TEST

static loom_value *atoms_of_rows(const char *file, int least_columns)
{
    const char *path = test_data(file);
    return path ? particle_read(path, least_columns) : NULL;
}

/* The published counts have their bin edges shifted down by 1 % of a bin (0.001 angstrom): fine
 * bins added up give the same ones. */
START_TEST(pair_counts_of_a_metallic_glass)
{
    loom_value *atoms = atoms_of_rows("oracles/mg_atoms_boo.csv", 4);
    const char *path = test_data("oracles/mg_rdf.csv");
    if (!atoms || !path) return;
    int64_t rows;
    int columns;
    double *want = rows_read(path, &rows, &columns);
    op_call c = { .op = op_load("structure.pdf"),
                  .params = { "step=0.001", "r_max=20", "sigma=0" },
                  .threads = 2 };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const int64_t *count = value_array(op_output(&c, "table"), "count")->data;
    double worst = 0;
    for (int k = 1; k < 199; k++) {
        int64_t sum = 0;
        for (int fine = 100 * k - 1; fine < 100 * k + 99; fine++) sum += count[fine];
        worst = fmax(worst, fabs((double)sum - want[k * columns + 1]));
    }
    ck_assert_double_le(worst, 10);
    op_end(&c);
    free(want);
    value_free(atoms);
}
END_TEST

static double worst_after_one_scale(const double *g, const double *want, int64_t rows, int columns,
                                    int64_t first)
{
    double gw = 0, gg = 0, worst = 0, top = 0;
    for (int64_t k = 0; k < rows - 3;
         k++) { /* the last three feel where the curve was cut before it was smoothed */
        gw += g[k + first] * want[k * columns + 1];
        gg += g[k + first] * g[k + first];
        top = fmax(top, want[k * columns + 1]);
    }
    for (int64_t k = 0; k < rows - 3; k++)
        worst = fmax(worst, fabs(g[k + first] * gw / gg - want[k * columns + 1]));
    return worst / top;
}

START_TEST(fast_pdf_of_palladium_platinum)
{
    static const char *const models[][2] = { { "pdpt/TO.xyz", "oracles/pdpt_TO_fastpdf.csv" },
                                             { "pdpt/PB.xyz", "oracles/pdpt_PB_fastpdf.csv" } };
    for (int m = 0; m < 2; m++) {
        const char *path = test_data(models[m][0]);
        if (!path) return;
        loom_value *atoms = particle_read_xyz(path);
        int64_t rows;
        int columns;
        double *want = rows_read(test_data(models[m][1]), &rows, &columns);
        op_call c = { .op = op_load("structure.pdf") };
        op_input(&c, "atoms", atoms);
        op_must_run(&c);
        ck_assert_double_lt(worst_after_one_scale(column(&c, "g"), want, rows, columns, 1), 2e-5);
        op_end(&c);
        free(want);
        value_free(atoms);
    }
}
END_TEST

TEST_MAIN("structure.pdf", counts_are_those_of_every_pair, partial_curves_are_those_of_every_pair,
          partial_curves_of_a_random_alloy_are_the_total, first_shell_of_fcc,
          shells_inside_a_surface, refuses_what_has_no_shell, pair_counts_of_a_metallic_glass,
          fast_pdf_of_palladium_platinum)
