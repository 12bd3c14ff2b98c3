/* order.csro: sum rules hold, definitions agree with direct counting, published values come out. */
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

static const double *column(const op_call *c, const char *port, const char *name)
{
    const loom_array *a = value_array(op_output(c, port), name);
    ck_assert_msg(a != NULL, "no column '%s'", name);
    return a->data;
}

/* Two species: alpha_PdPd is (p_PdIr - C_Ir) / -C_Ir too; likewise for Ir centres; a frozen
 * composition is used as given. */
START_TEST(sum_rules)
{
    particle t = truncated_octahedron(3.89, 4.5, 7.5);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("order.csro"), .params = { "smoothing_radius=5" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const double *alpha = column(&c, "global", "alpha"), *p = column(&c, "global", "p"),
                 *conc = column(&c, "global", "concentration");
    ck_assert_double_eq_tol(p[0] + p[1], 1, 1e-14);
    ck_assert_double_eq_tol(conc[0] + conc[1], 1, 1e-14);
    ck_assert_double_eq_tol(alpha[0], (p[1] - conc[1]) / -conc[1], 1e-12);
    ck_assert_double_eq_tol(alpha[3], alpha[2], 1e-12);
    const double *csro = column(&c, "atoms", "csro"), *fraction = column(&c, "atoms", "csro_p");
    double mean[3] = { 0 }, mean_p[3] = { 0 }, count[3] = { 0 };
    for (int64_t i = 0; i < t.n; i++) {
        double want = t.species[i] ? (fraction[i] - conc[0]) / conc[0]
                                   : (fraction[i] - conc[0]) / (1 - conc[0]);
        int of = 0, n = 0;
        for (int64_t j = 0; j < t.n; j++)
            if (i != j && distance(t.x[i], t.x[j]) < 3.3) {
                n++;
                of += !t.species[j];
            }
        ck_assert_double_eq_tol(fraction[i], (double)of / n, 1e-15);
        ck_assert_double_eq_tol(csro[i], want, 1e-13);
        for (int k = 0; k <= 1 + t.species[i]; k += 1 + t.species[i]) {
            mean[k] += csro[i];
            mean_p[k] += fraction[i];
            count[k]++;
        }
    }
    for (int k = 0; k < 3; k++) {
        ck_assert_double_eq_tol(column(&c, "means", "mean")[k], mean[k] / count[k], 1e-12);
        ck_assert_double_eq_tol(column(&c, "means", "mean_of_p")[k],
                                (mean_p[k] / count[k] - conc[0]) / (1 - conc[0]), 1e-12);
    }
    c.params[1] = "concentration=0.7,0.3";
    op_must_run(&c);
    for (int64_t i = 0; i < t.n; i++) {
        double f = column(&c, "atoms", "csro_p")[i];
        ck_assert_double_eq_tol(column(&c, "atoms", "csro")[i],
                                t.species[i] ? (f - 0.7) / 0.7 : (f - 0.7) / 0.3, 1e-13);
    }
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

START_TEST(palladium_platinum)
{
    const char *path = test_data("oracles/derived_TO.csv");
    int64_t rows;
    int columns;
    double *want = path ? rows_read(path, &rows, &columns) : NULL;
    if (!want) return;
    loom_value *v = particle_read_xyz(test_data("pdpt/TO.xyz"));
    op_call c = { .op = op_load("order.csro"), .params = { "cutoff=3.45", "reference=Pd" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    double worst = 0;
    for (int64_t i = 0; i < rows; i++)
        worst = fmax(worst, fabs(column(&c, "atoms", "csro")[i] - want[i * columns + 2]));
    ck_assert_double_le(worst, 1e-8); /* printed with nine digits */
    ck_assert_double_eq_tol(column(&c, "global", "alpha")[0], 0.732122, 1e-6);
    op_end(&c);
    free(want);
    value_free(v);
}
END_TEST

/* Columns a11 a22 a33 a12 a13 a23 of the stored tables. */
static double worst_of(const op_call *c, const double *want, int columns, int64_t n,
                       const double *skip, int skip_columns)
{
    static const char *const names[] = { "csro_A_A", "csro_B_B", "csro_C_C",
                                         "csro_A_B", "csro_A_C", "csro_B_C" };
    double worst = 0;
    for (int64_t i = 0, row = 0; i < n; i++) {
        if (skip && skip[i * skip_columns + 4] != 0) continue;
        for (int k = 0; k < 6; k++)
            worst = fmax(worst, fabs(column(c, "atoms", names[k])[i] - want[row * columns + k]));
        row++;
    }
    return worst;
}

/* Medium-entropy alloys: without surface atoms, ball and bond of the same length. */
START_TEST(published_local_order)
{
    static const char *const models[][3] = {
        { "oracles/mea1_atoms.csv", "oracles/mea1_csro.csv", "3.49" },
        { "oracles/mea4_atoms.csv", "oracles/mea4_csro.csv", "3.47" }
    };
    for (int m = 0; m < 2; m++) {
        const char *path = test_data(models[m][0]);
        int64_t n, rows;
        int columns, want_columns;
        if (!path) return;
        loom_value *v = particle_read(path, 5);
        double *atoms = rows_read(path, &n, &columns),
               *want = rows_read(test_data(models[m][1]), &rows, &want_columns);
        uint8_t *surface = make_array(v, "surface", LOOM_U8, 1, &n, "", NULL);
        for (int64_t i = 0; i < n; i++) surface[i] = atoms[i * columns + 4] != 0;
        char cutoff[32], radius[32];
        snprintf(cutoff, sizeof cutoff, "cutoff=%s", models[m][2]);
        snprintf(radius, sizeof radius, "smoothing_radius=%s", models[m][2]);
        op_call c = { .op = op_load("order.csro"),
                      .params = { cutoff, radius, "interior=true" },
                      .threads = 2 };
        op_input(&c, "atoms", v);
        op_must_run(&c);
        ck_assert_double_le(worst_of(&c, want, want_columns, n, atoms, columns), 1e-12);
        op_end(&c);
        free(atoms);
        free(want);
        value_free(v);
    }
}
END_TEST

/* Lines of numbers: the neighbours of atom 0, 1, .. */
static loom_value *lists_read(const char *path)
{
    enum { MOST = 100000 };
    static int32_t pair[MOST][2];
    char line[4096];
    int64_t n = 0;
    int32_t atom = 0;
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    while (fgets(line, sizeof line, f)) {
        if (*line == '#') continue;
        for (char *at = line, *end;; at = end) {
            long j = strtol(at, &end, 10);
            if (end == at) break;
            pair[n][0] = atom;
            pair[n++][1] = (int32_t)j;
        }
        atom++;
    }
    fclose(f);
    loom_value *v = make_value("pairs");
    make_array(v, "pair", LOOM_I32, 2, (int64_t[]){ n, 2 }, "", pair);
    return v;
}

START_TEST(published_order_from_stored_neighbours)
{
    const char *path = test_data("oracles/hea4_atoms.csv");
    int64_t rows, global_rows;
    int columns, global_columns;
    if (!path) return;
    loom_value *v = particle_read(path, 4),
               *lists = lists_read(test_data("oracles/hea4_neighbours.csv"));
    double *want = rows_read(test_data("oracles/hea4_csro.csv"), &rows, &columns);
    double *global =
        rows_read(test_data("oracles/hea4_csro_global.csv"), &global_rows, &global_columns);
    op_call c = { .op = op_load("order.csro"), .params = { "smoothing_radius=5" }, .threads = 2 };
    op_input(&c, "atoms", v);
    op_input(&c, "neighbours", lists);
    op_must_run(&c);
    ck_assert_double_le(worst_of(&c, want, columns, rows, NULL, 0), 1e-12);
    for (int k = 0; k < 9; k++) {
        ck_assert_double_eq_tol(column(&c, "global", "alpha")[k],
                                global[k / 3 * global_columns + k % 3], 1e-12);
        ck_assert_double_eq_tol(column(&c, "global", "alpha_symmetric")[k],
                                global[(3 + k / 3) * global_columns + k % 3], 1e-12);
    }
    op_end(&c);
    free(want);
    free(global);
    value_free(lists);
    value_free(v);
}
END_TEST

/* Columns of the input that have the names of the op's own are made anew, whatever they hold: whole
 * numbers, or too few of them. */
START_TEST(columns_of_the_same_name_are_made_anew)
{
    particle t = truncated_octahedron(3.89, 2.5, 4);
    loom_value *plain = make_atoms(t.n, t.x[0], t.species, "Pd Ir"),
               *laden = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    make_array(laden, "csro_Pd_Ir", LOOM_I32, 1, (int64_t[]){ 2 }, NULL, NULL);
    make_array(laden, "csro", LOOM_U8, 1, &t.n, NULL, NULL);
    op_call c = { .op = op_load("order.csro"), .params = { "smoothing_radius=5" } },
            d = { .op = c.op, .params = { "smoothing_radius=5" } };
    op_input(&c, "atoms", plain);
    op_input(&d, "atoms", laden);
    op_must_run(&c);
    op_must_run(&d);
    digest one = value_digest(op_output(&c, "atoms")), other = value_digest(op_output(&d, "atoms"));
    ck_assert(digest_equal(&one, &other));
    op_end(&c);
    op_end(&d);
    value_free(plain);
    value_free(laden);
    particle_free(&t);
}
END_TEST

START_TEST(refuses_one_species_and_wrong_names)
{
    particle t = truncated_octahedron(3.89, 2.5, 4);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    memset(t.species, 0, (size_t)t.n * sizeof *t.species);
    loom_value *one = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("order.csro") };
    op_input(&c, "atoms", one);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "one species");
    c.input[0].value = v;
    c.params[0] = "reference=Pt";
    op_must_fail(&c, LOOM_E_PARAM, "reference", "'Pd Ir'");
    c.params[0] = "concentration=0.7,0.4";
    op_must_fail(&c, LOOM_E_PARAM, "concentration", "expected 1");
    c.params[0] = "interior=true";
    op_must_fail(&c, LOOM_E_DATA, "atoms", "structure.coordination");
    op_end(&c);
    value_free(v);
    value_free(one);
    particle_free(&t);
}
END_TEST

TEST_MAIN("order.csro", sum_rules, palladium_platinum, published_local_order,
          published_order_from_stored_neighbours, refuses_one_species_and_wrong_names,
          columns_of_the_same_name_are_made_anew)
