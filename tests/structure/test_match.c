/* structure.match: after a random rigid motion, a lattice translation and changes of known atoms,
 * exactly the true pairs come out. */
#include "kit/geometry.h"
#include "kit/linalg.h"
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

static double figure(const op_call *c, const char *name)
{
    return *(const double *)value_array(op_output(c, "table"), name)->data;
}

typedef struct stages {
    particle t;
    int64_t before_n, after_n;
    double (*before)[3], (*after)[3];
    int32_t *before_species, *after_species, *truth;
    int64_t changed;
} stages;

static void stages_free(stages *s)
{
    free(s->before);
    free(s->after);
    free(s->before_species);
    free(s->after_species);
    free(s->truth);
    particle_free(&s->t);
}

/* Two noisy views of one particle: some atoms seen before only, some after only, some with another
 * species; after turned and moved, in another order. truth[i]: the atom after that is atom i
 * before, or -1. */
static stages make_stages(uint64_t seed, double most_deg)
{
    stages s = { .t = truncated_octahedron(3.89, 3.5, 5.5) };
    size_t n = (size_t)s.t.n;
    s.before = calloc(n, sizeof *s.before);
    s.after = calloc(n, sizeof *s.after);
    s.before_species = calloc(n, sizeof *s.before_species);
    s.after_species = calloc(n, sizeof *s.after_species);
    s.truth = calloc(n, sizeof *s.truth);
    double r[9], angles[3], t[3];
    for (int k = 0; k < 3; k++) angles[k] = most_deg * (2 * loom_uniform(seed, 9, (uint64_t)k) - 1);
    for (int k = 0; k < 3; k++) t[k] = 30 * (2 * loom_uniform(seed, 10, (uint64_t)k) - 1);
    loom_euler(angles, r);
    int64_t shift = (int64_t)(loom_random(seed, 11, 0) % n);
    int32_t *number = calloc(n, sizeof *number);
    for (int64_t k = 0; k < s.t.n; k++) { /* after, beginning somewhere else */
        int64_t i = (k + shift) % s.t.n;
        number[i] = -1;
        if (loom_random(seed, 1, (uint64_t)i) % 33 == 0) continue;
        double x[3], g[2][2];
        loom_normal2(seed, 2, (uint64_t)i, g[0]);
        loom_normal2(seed, 3, (uint64_t)i, g[1]);
        for (int a = 0; a < 3; a++) x[a] = s.t.x[i][a] + 0.08 * g[a / 2][a % 2];
        loom_apply3(r, x, s.after[s.after_n]);
        for (int a = 0; a < 3; a++) s.after[s.after_n][a] += t[a];
        s.after_species[s.after_n] = s.t.species[i] ^ (loom_random(seed, 4, (uint64_t)i) % 20 == 0);
        number[i] = (int32_t)s.after_n++;
    }
    for (int64_t i = 0; i < s.t.n; i++) {
        if (loom_random(seed, 5, (uint64_t)i) % 40 == 0) continue;
        double g[2][2];
        loom_normal2(seed, 6, (uint64_t)i, g[0]);
        loom_normal2(seed, 7, (uint64_t)i, g[1]);
        for (int a = 0; a < 3; a++) s.before[s.before_n][a] = s.t.x[i][a] + 0.08 * g[a / 2][a % 2];
        s.before_species[s.before_n] = s.t.species[i];
        s.truth[s.before_n] = number[i];
        if (number[i] >= 0) s.changed += s.after_species[number[i]] != s.t.species[i];
        s.before_n++;
    }
    free(number);
    return s;
}

START_TEST(exactly_the_true_pairs)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        stages s = make_stages(seed, seed % 2 ? 5 : 180);
        loom_value *before = make_atoms(s.before_n, s.before[0], s.before_species, "Pd Ir"),
                   *after = make_atoms(s.after_n, s.after[0], s.after_species, "Pd Ir");
        op_call c = { .op = op_load("structure.match"), .threads = 2 };
        op_input(&c, "before", before);
        op_input(&c, "after", after);
        if (seed == 1) op_must_be_deterministic(&c);
        else op_must_run(&c);
        const loom_value *pairs = op_output(&c, "pairs");
        const int32_t(*pair)[2] = value_array(pairs, "pair")->data;
        int64_t n = value_array(pairs, "pair")->dim[0], common = 0;
        uint8_t *used = calloc((size_t)s.after_n, 1);
        for (int64_t i = 0; i < s.before_n; i++) common += s.truth[i] >= 0;
        for (int64_t k = 0; k < n; k++) {
            ck_assert_msg(s.truth[pair[k][0]] == pair[k][1],
                          "seed %d: atom %d is paired with %d, is %d", (int)seed, pair[k][0],
                          pair[k][1], s.truth[pair[k][0]]);
            ck_assert(!used[pair[k][1]]);
            ck_assert(!k || pair[k][0] > pair[k - 1][0]);
            used[pair[k][1]] = 1;
        }
        ck_assert_int_eq(n, common);
        ck_assert_double_eq(figure(&c, "common"), (double)common);
        ck_assert_double_eq(figure(&c, "disappeared"), (double)(s.before_n - common));
        ck_assert_double_eq(figure(&c, "new"), (double)(s.after_n - common));
        ck_assert_double_eq(figure(&c, "inconsistent"), (double)s.changed);
        ck_assert_double_eq(figure(&c, "migrated"),
                            (double)(s.before_n + s.after_n - 2 * common + s.changed));
        ck_assert_double_eq_tol(figure(&c, "rms"), 0.08 * sqrt(6), 0.02);
        const int32_t *fate = value_array(op_output(&c, "after"), "fate")->data;
        int64_t fates[4] = { 0 };
        for (int64_t i = 0; i < s.after_n; i++) fates[fate[i]]++;
        ck_assert_int_eq(fates[3], s.after_n - common);
        ck_assert_int_eq(fates[1], s.changed);
        free(used);
        op_end(&c);
        value_free(before);
        value_free(after);
        stages_free(&s);
    }
}
END_TEST

START_TEST(refuses_strangers)
{
    stages s = make_stages(3, 0);
    loom_value *before = make_atoms(s.before_n, s.before[0], s.before_species, "Pd Ir"),
               *after = make_atoms(s.after_n, s.after[0], s.after_species, "Pd Ir");
    loom_value *swapped = make_atoms(s.after_n, s.after[0], s.after_species, "Ir Pd");
    op_call c = { .op = op_load("structure.match"), .params = { "align=none" } };
    op_input(&c, "before", before);
    op_input(&c, "after", after); /* moved far away */
    op_must_fail(&c, LOOM_E_DATA, "after", "share too few");
    c.input[1].value = swapped;
    op_must_fail(&c, LOOM_E_DATA, "after", "'Ir Pd'");
    for (int64_t i = 0; i < s.after_n; i++)
        for (int a = 0; a < 3; a++) s.after[i][a] += 3 * loom_uniform(1, (uint64_t)a, (uint64_t)i);
    loom_value *glass = make_atoms(s.after_n, s.after[0], s.after_species, "Pd Ir");
    c.input[1].value = glass;
    c.params[0] = "align=lattice";
    op_must_fail(&c, LOOM_E_DATA, "after", "no fcc order");
    op_end(&c);
    value_free(before);
    value_free(after);
    value_free(swapped);
    value_free(glass);
    stages_free(&s);
}
END_TEST

TEST_MAIN("structure.match", exactly_the_true_pairs, refuses_strangers)
