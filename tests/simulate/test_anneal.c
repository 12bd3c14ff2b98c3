/* simulate.anneal: the mean profile is the lattice heat equation's, the number of swaps is
 * Poisson's, stages are one history, the truth is exact. */
#include "lattice_heat.h"
#include "support/suite.h"

static const int64_t *counts(const op_call *c, const char *name)
{
    return value_array(op_output(c, "truth"), name)->data;
}

static op_call particle(const char *size, const char *more)
{
    op_call c = { .op = op_load("simulate.particle"), .params = { size, more } };
    op_must_run(&c);
    return c;
}

START_TEST(mean_profile_follows_the_lattice_heat_equation)
{
    op_call start = particle("size=atoms1976", NULL);
    heat_verdict v = heat_against(op_output(&start, "atoms"), 8e-24, 7200, 160,
                                  (char *const[2]){ "diffusion=8e-24", "minutes=120" });
    ck_assert_int_ge(v.layers, 5);
    ck_assert_double_lt(v.worst_sigmas, 4.5);
    ck_assert_double_lt(v.chi_square, v.layers + 5 * sqrt(2.0 * v.layers));
    ck_assert_double_lt(fabs(v.exchanges - v.expected_exchanges),
                        4 * sqrt(v.expected_exchanges / 160));
    op_end(&start);
}
END_TEST

/* The comparison above must be able to fail: a coefficient 10 % off is seen. */
START_TEST(a_wrong_coefficient_would_be_seen)
{
    op_call start = particle("size=atoms1976", NULL);
    heat_verdict v = heat_against(op_output(&start, "atoms"), 8e-24, 7200, 160,
                                  (char *const[2]){ "diffusion=8.8e-24", "minutes=120" });
    ck_assert_double_gt(v.worst_sigmas, 4.5);
    op_end(&start);
}
END_TEST

START_TEST(full_particle_has_its_bonds_and_swaps)
{
    op_call start = particle("size=atoms13366", NULL);
    int64_t bonds;
    free(heat_neighbours(op_output(&start, "atoms"), &bonds));
    ck_assert_int_eq(bonds, 75887);
    op_call c = { .op = op_load("simulate.anneal") };
    op_input(&c, "atoms", op_output(&start, "atoms"));
    op_must_be_deterministic(&c);
    int64_t swaps =
        counts(&c, "exchanges")[1] + counts(&c, "exchanges")[2] + counts(&c, "exchanges")[3];
    ck_assert_int_eq(counts(&c, "exchanges")[0], 0);
    ck_assert_double_lt(fabs(swaps - 28886.0), 4 * 170);
    for (int k = 0; k < 4; k++)
        ck_assert_int_eq(counts(&c, "shell")[k], 2662); /* exchange keeps the composition */
    op_end(&c);
    op_end(&start);
}
END_TEST

START_TEST(first_stage_is_the_input_and_later_ones_continue_it)
{
    op_call start = particle("size=atoms852", "euler_spread=4");
    const loom_value *in = op_output(&start, "atoms");
    op_call c = { .op = op_load("simulate.anneal"), .params = { "minutes=0", "hop=0.03" } };
    op_input(&c, "atoms", in);
    op_must_run(&c);
    digest a = value_digest(in), b = value_digest(op_output(&c, "atoms"));
    ck_assert(digest_equal(&a, &b));
    op_call half = { .op = op_load("simulate.anneal"), .params = { "minutes=30", "hop=0.03" } };
    op_call whole = { .op = op_load("simulate.anneal"), .params = { "minutes=120", "hop=0.03" } };
    op_input(&half, "atoms", in);
    op_input(&whole, "atoms", in);
    op_must_run(&half);
    op_must_run(&whole);
    for (int k = 0; k < 2; k++) { /* rows of the truth up to the earlier stage agree */
        ck_assert_int_eq(counts(&half, "exchanges")[k], counts(&whole, "exchanges")[k]);
        ck_assert_int_eq(counts(&half, "migrated")[k], counts(&whole, "migrated")[k]);
    }
    op_end(&half);
    op_end(&whole);
    op_end(&c);
    op_end(&start);
}
END_TEST

static int64_t index_of(const int32_t *site, int64_t n, int32_t key)
{
    const int32_t *found = bsearch(&key, site, (size_t)n, sizeof key, heat_compare);
    return found ? found - site : -1;
}

START_TEST(truth_and_pairs_agree_with_the_sites_themselves)
{
    op_call start = particle("size=atoms1976", NULL);
    op_call one = { .op = op_load("simulate.anneal"),
                    .params = { "minutes=30", "hop=0.05", "ripening=0.04", "flatten=5",
                                "segregation=0.2", "euler_spread=4" } };
    op_call two = { .op = op_load("simulate.anneal"),
                    .params = { "minutes=60", "hop=0.05", "ripening=0.04", "flatten=5",
                                "segregation=0.2", "euler_spread=4" } };
    op_input(&one, "atoms", op_output(&start, "atoms"));
    op_input(&two, "atoms", op_output(&start, "atoms"));
    op_must_run(&one);
    op_must_run(&two);
    const loom_value *a = op_output(&one, "atoms"), *b = op_output(&two, "atoms"),
                     *pairs = op_output(&two, "pairs");
    const int32_t *pair = heat_column(pairs, "pair"),
                  *consistent = heat_column(pairs, "consistent");
    int64_t common = 0, same = 0, na = heat_count(a), nb = heat_count(b);
    for (int64_t i = 0; i < na; i++) {
        int64_t j = index_of(heat_column(b, "site"), nb, heat_column(a, "site")[i]);
        if (j < 0) continue;
        ck_assert(pair[2 * common] == i && pair[2 * common + 1] == j);
        bool alike = heat_column(a, "species")[i] == heat_column(b, "species")[j];
        ck_assert_int_eq(consistent[common++], alike);
        same += alike;
    }
    ck_assert_int_eq(value_array(pairs, "pair")->dim[0], common);
    ck_assert_int_eq(counts(&two, "common")[2], common);
    ck_assert_int_eq(counts(&two, "inconsistent")[2], common - same);
    ck_assert_int_eq(counts(&two, "disappeared")[2], na - common);
    ck_assert_int_eq(counts(&two, "appeared")[2], nb - common);
    ck_assert_int_eq(counts(&two, "migrated")[2], na + nb - common - same);
    ck_assert_int_eq(nb, 1976 + counts(&two, "gained")[1] + counts(&two, "gained")[2]);
    ck_assert_int_eq(counts(&two, "gained")[1], 79); /* 4 % of 1976 */
    op_end(&one);
    op_end(&two);
    op_end(&start);
}
END_TEST

/* Broken bonds of the particle, from its coordination column. */
static double bonds_of(const loom_value *atoms)
{
    double sum = 0;
    for (int64_t i = 0; i < heat_count(atoms); i++) sum += heat_column(atoms, "cn")[i];
    return sum / 2;
}

START_TEST(hops_and_flattening_move_surface_atoms_only_and_flattening_heals)
{
    op_call start = particle("size=atoms1976", "roughen=0.05");
    op_call hop = { .op = op_load("simulate.anneal"),
                    .params = { "minutes=30", "diffusion=0", "hop=0.05" } };
    op_call flat = { .op = op_load("simulate.anneal"),
                     .params = { "minutes=30", "diffusion=0", "flatten=300", "temperature=573" } };
    const loom_value *in = op_output(&start, "atoms");
    op_input(&hop, "atoms", in);
    op_input(&flat, "atoms", in);
    op_must_run(&hop);
    op_must_run(&flat);
    ck_assert_int_eq(counts(&hop, "hops")[1], 99);
    ck_assert(counts(&hop, "disappeared")[1] > 0 && counts(&hop, "disappeared")[1] <= 99);
    ck_assert_int_eq(counts(&hop, "disappeared")[1], counts(&hop, "appeared")[1]);
    ck_assert_int_eq(heat_count(op_output(&flat, "atoms")), 1976);
    ck_assert_double_gt(bonds_of(op_output(&flat, "atoms")), bonds_of(in));
    for (int64_t i = 0; i < 1976;
         i++) { /* what had all its neighbours and lies 6 angstrom deep is still there */
        if (((const double *)value_array(in, "depth")->data)[i] < 6) continue;
        ck_assert(index_of(heat_column(op_output(&hop, "atoms"), "site"), 1976,
                           heat_column(in, "site")[i])
                  >= 0);
    }
    op_end(&hop);
    op_end(&flat);
    op_end(&start);
}
END_TEST

static double core_at_surface(const loom_value *atoms)
{
    double core = 0, surface = 0;
    for (int64_t i = 0; i < heat_count(atoms); i++) {
        if (heat_column(atoms, "cn")[i] == 12) continue;
        core += heat_column(atoms, "species")[i] == 0;
        surface++;
    }
    return core / surface;
}

/* Two boxes in equilibrium: ln[p/(1-p)] of the core element at the surface exceeds that below by
 * E/kT when all sites exchange freely. */
START_TEST(segregation_reaches_its_equilibrium)
{
    op_call start = particle("size=atoms852", NULL);
    op_call c = { .op = op_load("simulate.anneal"),
                  .params = { "schedule=[0, 6000]", "minutes=6000", "segregation=0.1",
                              "temperature=1160.4518" } };
    op_input(&c, "atoms", op_output(&start, "atoms"));
    op_must_run(&c); /* E/kT = 1 */
    const loom_value *atoms = op_output(&c, "atoms");
    double core = 0, surface = core_at_surface(atoms), inside = 0, n_inside = 0;
    for (int64_t i = 0; i < 852; i++) {
        if (heat_column(atoms, "cn")[i] < 12) continue;
        inside += heat_column(atoms, "species")[i] == 0;
        n_inside++;
    }
    for (int64_t i = 0; i < 852; i++) core += heat_column(atoms, "species")[i] == 0;
    inside /= n_inside;
    double spread =
        sqrt(1 / (354 * surface * (1 - surface)) + 1 / (n_inside * inside * (1 - inside)));
    ck_assert_double_eq_tol(log(surface / (1 - surface)) - log(inside / (1 - inside)), 1,
                            4 * spread);
    ck_assert_double_gt(surface, core / 852);
    op_end(&c);
    op_end(&start);
}
END_TEST

START_TEST(refuses_what_it_cannot_anneal)
{
    static const double x[3] = { 0, 0, 0 };
    static const int32_t kind[1] = { 0 };
    loom_value *foreign = make_atoms(1, x, kind, "Pd Ir");
    op_call start = particle("size=atoms336", NULL);
    op_call c = { .op = op_load("simulate.anneal") };
    op_input(&c, "atoms", foreign);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "simulate.particle");
    c.input_count = 0;
    op_input(&c, "atoms", op_output(&start, "atoms"));
    c.params[0] = "minutes=45";
    op_must_fail(&c, LOOM_E_PARAM, "minutes", "not in the schedule");
    c.params[0] = "schedule=[0, 60, 30, 120]";
    op_must_fail(&c, LOOM_E_PARAM, "schedule", "ascending");
    c.params[0] = "ripening=[0.1, 0.2]";
    op_must_fail(&c, LOOM_E_PARAM, "ripening", "2 values for 3 steps");
    c.params[0] = "diffusion=1e-13";
    op_must_fail(&c, LOOM_E_PARAM, "diffusion", "the limit is");
    op_end(&c);
    op_end(&start);
    value_free(foreign);
}
END_TEST

START_TEST(stops_when_asked_to)
{
    op_call start = particle("size=atoms1976", NULL);
    op_call c = { .op = op_load("simulate.anneal"),
                  .params = { "diffusion=1e-20" },
                  .cancel_after = 2 };
    op_input(&c, "atoms", op_output(&start, "atoms"));
    ck_assert(!op_run(&c));
    ck_assert_int_eq(c.result.failure.status, LOOM_E_CANCELLED);
    /* within the first step, not after its 30 million swaps */
    ck_assert_int_eq(c.progress_calls, 2);
    op_end(&c);
    op_end(&start);
}
END_TEST

TEST_MAIN("simulate.anneal", mean_profile_follows_the_lattice_heat_equation,
          a_wrong_coefficient_would_be_seen, full_particle_has_its_bonds_and_swaps,
          first_stage_is_the_input_and_later_ones_continue_it,
          truth_and_pairs_agree_with_the_sites_themselves,
          hops_and_flattening_move_surface_atoms_only_and_flattening_heals,
          segregation_reaches_its_equilibrium, refuses_what_it_cannot_anneal, stops_when_asked_to)
