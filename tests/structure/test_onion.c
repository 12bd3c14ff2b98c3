/* structure.onion: layers of an ideal particle are its planes; peeling ends; the voxel form gives
 * the stored layers. */
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

START_TEST(depths_are_binned_about_whole_layers)
{
    particle t = truncated_octahedron(3.89, 4.5, 7.5);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    double *depth = make_array(v, "depth", LOOM_F64, 1, &t.n, "angstrom", NULL);
    for (int64_t i = 0; i < t.n; i++) depth[i] = 0.37 * (double)(i % 40);
    op_call c = { .op = op_load("structure.onion"), .params = { "width=2.1" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const int32_t *layer = value_array(op_output(&c, "atoms"), "layer")->data;
    const loom_value *table = op_output(&c, "table");
    const int64_t *count = value_array(table, "count")->data,
                  *ir = value_array(table, "count_Ir")->data;
    int64_t sum[16] = { 0 }, sum_ir[16] = { 0 };
    for (int64_t i = 0; i < t.n; i++) {
        ck_assert_int_eq(layer[i], (int)floor(depth[i] / 2.1 + 0.5));
        sum[layer[i]]++;
        sum_ir[layer[i]] += t.species[i];
    }
    for (int64_t k = 0; k < value_array(table, "count")->dim[0]; k++) {
        ck_assert_int_eq(count[k], sum[k]);
        ck_assert_int_eq(ir[k], sum_ir[k]);
        ck_assert_double_eq_tol(((const double *)value_array(table, "fraction_Ir")->data)[k],
                                (double)sum_ir[k] / (double)sum[k], 1e-14);
    }
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

/* The surface is what has fewer than twelve neighbours; the last layer is inside all others. */
START_TEST(peeling)
{
    particle t = truncated_octahedron(3.89, 4.5, 7.5);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.onion"), .params = { "method=peel" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const int32_t *layer = value_array(op_output(&c, "atoms"), "layer")->data;
    int64_t counts[32] = { 0 }, last = 0;
    for (int64_t i = 0; i < t.n; i++) {
        int around = 0, outer = 0;
        for (int64_t j = 0; j < t.n; j++)
            if (j != i && distance(t.x[i], t.x[j]) < 3.3) {
                around += layer[j] >= layer[i];
                outer += layer[j] < layer[i] - 1;
            }
        /* fewer than twelve left when its turn came */
        if (layer[i] < 4) ck_assert_int_lt(around, 12);
        ck_assert_int_eq(outer, 0); /* neighbours are in neighbouring layers */
        counts[layer[i]]++;
        last = layer[i] > last ? layer[i] : last;
    }
    ck_assert_int_eq(counts[0], 638);
    ck_assert_int_gt(last, 3);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

/* Stored: layer (from the core), atoms, Pd, Pt; of PB with another, unknown cutoff for the pure
 * core. */
static void check_stored(const char *model, const char *file, const char *cutoff, double share)
{
    const char *path = test_data(file);
    int64_t rows;
    int columns;
    double *want = path ? rows_read(path, &rows, &columns) : NULL;
    if (!want) return;
    loom_value *v = particle_read_xyz(test_data(model));
    op_call c = { .op = op_load("structure.onion"),
                  .params = { "method=voxel", "voxel=0.3434", cutoff, "core=Pd" },
                  .threads = 2 };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const int64_t *count = value_array(op_output(&c, "table"), "count")->data,
                  *pd = value_array(op_output(&c, "table"), "count_Pd")->data;
    int64_t layers = value_array(op_output(&c, "table"), "count")->dim[0];
    ck_assert_int_eq(layers, rows);
    for (int64_t k = 0; k < rows;
         k++) { /* a voxel of another phase moves an atom to the next layer */
        double n = want[k * columns + 1], of = want[k * columns + 2];
        ck_assert_msg(fabs((double)count[rows - 1 - k] - n) <= 3 + share * n,
                      "layer %ld: %ld atoms, stored %g", (long)k + 1, (long)count[rows - 1 - k], n);
        ck_assert_msg(fabs((double)pd[rows - 1 - k] - of) <= 3 + share * n,
                      "layer %ld: %ld Pd, stored %g", (long)k + 1, (long)pd[rows - 1 - k], of);
    }
    op_end(&c);
    free(want);
    value_free(v);
}

START_TEST(stored_layers)
{
    check_stored("pdpt/TO.xyz", "oracles/onion_TO_ours.txt", "cutoff=3.45", 0.01);
    check_stored("pdpt/PB.xyz", "oracles/onion_PB_ours.txt", "cutoff=3.45", 0.05);
}
END_TEST

START_TEST(refuses_what_is_missing)
{
    particle t = truncated_octahedron(3.89, 2.5, 4);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.onion") };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "structure.surface");
    c.params[0] = "core=Pt";
    op_must_fail(&c, LOOM_E_PARAM, "core", "'Pd Ir'");
    c.params[0] = "method=voxel";
    c.params[1] = "core=Ir";
    op_must_fail(&c, LOOM_E_DATA, "atoms", "12 neighbours");
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

/* A column found by name may be of any kind and length; one that does not fit is refused by every
 * method, also where it would only be averaged. */
START_TEST(refuses_a_column_that_does_not_fit)
{
    particle t = truncated_octahedron(3.89, 2.5, 4);
    loom_value *short_one = make_atoms(t.n, t.x[0], t.species, "Pd Ir"),
               *whole = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    make_array(short_one, "depth", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", NULL);
    make_array(whole, "depth", LOOM_I32, 1, &t.n, "angstrom", NULL);
    static const char *const methods[] = { "method=depth", "method=peel" };
    for (int k = 0; k < 2; k++) {
        op_call c = { .op = op_load("structure.onion"), .params = { methods[k] } },
                d = { .op = c.op, .params = { methods[k] } };
        op_input(&c, "atoms", short_one);
        op_must_fail(&c, LOOM_E_DATA, "atoms",
                     "column 'depth' of 'atoms' is f64 of 3 entries on 1 axes, expected f64, one "
                     "for each of the 336 atoms");
        op_input(&d, "atoms", whole);
        op_must_fail(&d, LOOM_E_DATA, "atoms", "is i32 of 336 entries");
        op_end(&c);
        op_end(&d);
    }
    value_free(short_one);
    value_free(whole);
    particle_free(&t);
}
END_TEST

/* What the host refuses names the port too. */
START_TEST(a_value_of_another_type_names_the_port)
{
    loom_value *volume = make_volume(2, 2, 2, 1, NULL);
    op_call c = { .op = op_load("structure.onion") };
    op_must_fail(&c, LOOM_E_DATA, "atoms", "is not connected");
    op_input(&c, "atoms", volume);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "takes a atoms, found a volume");
    op_end(&c);
    value_free(volume);
}
END_TEST

TEST_MAIN("structure.onion", depths_are_binned_about_whole_layers, peeling, stored_layers,
          refuses_what_is_missing, refuses_a_column_that_does_not_fit,
          a_value_of_another_type_names_the_port)
