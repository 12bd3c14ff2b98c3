/* classify.flip: wrong labels that were planted come out right, from one stage alone and where
 * stages differ; right labels that a wrong neighbour puts in doubt stay; what does not belong
 * together is refused. */
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

typedef struct stage {
    particle t;
    int32_t *wrong; /* labels with some planted ones; t.species are right */
    int64_t planted;
    op_call series;
    loom_value *right_atoms, *wrong_atoms, *pairs; /* pairs: every atom with itself */
} stage;

static stage make_stage(void)
{
    stage s = { .t = truncated_octahedron(3.89, 2.5, 4) };
    int64_t n = s.t.n;
    int32_t *pair = malloc(2 * (size_t)n * sizeof *pair);
    s.wrong = malloc((size_t)n * sizeof *s.wrong);
    shake(&s.t, 0.05, 7);
    for (int64_t i = 0; i < n; i++) {
        bool plant = loom_random(19, 3, (uint64_t)i) % 12 == 0;
        s.wrong[i] = plant ? !s.t.species[i] : s.t.species[i];
        s.planted += plant;
        pair[2 * i] = pair[2 * i + 1] = (int32_t)i;
    }
    s.right_atoms = make_atoms(n, s.t.x[0], s.t.species, "Pd Ir");
    s.wrong_atoms = make_atoms(n, s.t.x[0], s.wrong, "Pd Ir");
    s.pairs = make_value("pairs");
    make_array(s.pairs, "pair", LOOM_I32, 2, (int64_t[]){ n, 2 }, NULL, pair);
    free(pair);
    s.series = (op_call){ .op = op_load("simulate.tilt_series"),
                          .params = { "size=96", "tilts=25", "start=-72", "stop=72", "frames=1",
                                      "dose=3e5" } };
    op_input(&s.series, "atoms", s.right_atoms);
    op_must_run(&s.series);
    return s;
}

static void free_stage(stage *s)
{
    op_end(&s->series);
    value_free(s->right_atoms);
    value_free(s->wrong_atoms);
    value_free(s->pairs);
    free(s->wrong);
    particle_free(&s->t);
}

static op_call flip(const stage *s, const loom_value *atoms, const char *set)
{
    op_call c = { .op = op_load("classify.flip"), .params = { set } };
    op_input(&c, "atoms", atoms);
    op_input(&c, "tilts", op_output(&s->series, "tilts"));
    return c;
}

static const int32_t *labels(const op_call *c)
{
    return value_array(op_output(c, "atoms"), "species")->data;
}
static double figure(const op_call *c, const char *name)
{
    const loom_array *a = value_array(op_output(c, "figures"), name);
    ck_assert_msg(a != NULL, "no column '%s'", name);
    return a->dtype == LOOM_I32 ? *(const int32_t *)a->data : *(const double *)a->data;
}
static int64_t count_wrong(const stage *s, const int32_t *label)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->t.n; i++) n += label[i] != s->t.species[i];
    return n;
}

START_TEST(planted_labels_come_out_right)
{
    static const char *const norm[] = { "norm=l1", "norm=l2" };
    stage s = make_stage();
    ck_assert_int_gt(s.planted, 20);
    for (int k = 0; k < 2; k++) {
        op_call c = flip(&s, s.wrong_atoms, norm[k]);
        op_must_be_deterministic(&c);
        ck_assert_int_eq(count_wrong(&s, labels(&c)), 0);
        ck_assert_double_eq(figure(&c, "candidates"), (double)s.t.n);
        ck_assert_double_eq(figure(&c, "changed"), (double)s.planted);
        ck_assert_double_lt(figure(&c, "r_after"), figure(&c, "r_before"));
        ck_assert_double_eq_tol(figure(&c, "width"), 0.65, 0.05);
        const int32_t *before = value_array(op_output(&c, "atoms"), "species_before")->data;
        ck_assert_mem_eq(before, s.wrong, (size_t)s.t.n * sizeof *before);
        op_end(&c);
    }
    free_stage(&s);
}
END_TEST

/* Of three stages that are the same particle, the one in the middle has wrong labels: these are in
 * doubt, and become right. The first has right ones: the same atoms are in doubt, and stay. */
START_TEST(stages_put_labels_in_doubt)
{
    stage s = make_stage();
    loom_value *moved = make_atoms(s.t.n, s.t.x[0], s.t.species, "Pd Ir"), *stages[3];
    for (int shown = 0; shown < 2; shown++) {
        stages[0] = moved; /* another value at another place, so that the stages differ */
        stages[1] = shown ? s.wrong_atoms : s.right_atoms;
        stages[2] = shown ? moved : s.wrong_atoms;
        ((double *)value_array(moved, "position")->data)[0] = s.t.x[0][0] + 0.01;
        op_call c = flip(&s, stages[1], "norm=l1");
        for (int k = shown ? 0 : 1; k < 3; k++) op_input(&c, "stages", stages[k]);
        for (int k = shown ? 0 : 1; k < 2; k++) op_input(&c, "pairs", s.pairs);
        if (!shown) { /* two stages at one place: the first is taken, so the right one is shown */
            op_must_run(&c);
            ck_assert_double_eq(figure(&c, "changed"), 0);
        } else {
            op_must_be_deterministic(&c);
            ck_assert_double_eq(figure(&c, "changed"), (double)s.planted);
        }
        ck_assert_double_eq(figure(&c, "candidates"), (double)s.planted);
        ck_assert_int_eq(count_wrong(&s, labels(&c)), 0);
        op_end(&c);
    }
    value_free(moved);
    free_stage(&s);
}
END_TEST

/* A profile that is the Gaussian of the images does as that Gaussian does. */
START_TEST(profiles_take_the_place_of_the_gaussian)
{
    enum { POINTS = 121 };
    double radius[POINTS], intensity[POINTS];
    int64_t n = POINTS;
    stage s = make_stage();
    for (int i = 0; i < POINTS; i++) {
        radius[i] = 0.025 * i;
        intensity[i] = 5 * exp(-radius[i] * radius[i] / (2 * 0.65 * 0.65));
    }
    loom_value *profile = make_value("table");
    make_array(profile, "radius", LOOM_F64, 1, &n, "angstrom", radius);
    make_array(profile, "intensity", LOOM_F64, 1, &n, NULL, intensity);
    op_call gaussian = flip(&s, s.wrong_atoms, "width=0.65"),
            sampled = flip(&s, s.wrong_atoms, "norm=l1");
    op_input(&sampled, "profiles", profile);
    op_must_fail(&sampled, LOOM_E_DATA, "profiles", "1 profiles for the 2 elements");
    op_input(&sampled, "profiles", profile);
    op_must_run(&gaussian);
    op_must_run(&sampled);
    ck_assert_int_eq(count_wrong(&s, labels(&sampled)), 0);
    ck_assert_double_eq_tol(figure(&sampled, "height_Ir") / figure(&gaussian, "height_Ir"), 1,
                            0.01);
    ck_assert_double_eq_tol(figure(&sampled, "height_Pd") / figure(&gaussian, "height_Pd"), 1,
                            0.01);
    op_end(&gaussian);
    op_end(&sampled);
    value_free(profile);
    free_stage(&s);
}
END_TEST

START_TEST(refuses_what_does_not_belong_together)
{
    stage s = make_stage();
    op_call c = flip(&s, s.wrong_atoms, "norm=l1");
    op_input(&c, "pairs", s.pairs);
    op_must_fail(&c, LOOM_E_DATA, "pairs", "0 stages and 1 sets of pairs");
    loom_value *others = make_atoms(s.t.n - 1, s.t.x[0], s.t.species, "Pd Ir");
    op_input(&c, "stages", others);
    op_input(&c, "stages", others);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "none of the 2 stages");
    op_end(&c);
    c = flip(&s, s.wrong_atoms, "norm=l1");
    op_input(&c, "stages", s.wrong_atoms);
    op_input(&c, "stages", others);
    op_input(&c, "pairs", s.pairs);
    op_must_fail(&c, LOOM_E_DATA, "pairs", "the stages have");
    op_end(&c);
    /* images of nothing: dark where the atoms are */
    const loom_array *images = value_array(op_output(&s.series, "tilts"), "images");
    float *dark = malloc((size_t)loom_array_count(images) * sizeof *dark);
    for (int64_t i = 0; i < loom_array_count(images); i++)
        dark[i] = -((const float *)images->data)[i];
    loom_value *series = make_tilt_series(
        25, 96, 96, 0.352, dark, value_array(op_output(&s.series, "tilts"), "angles")->data);
    c = flip(&s, s.wrong_atoms, "width=0.65");
    c.input[1].value = series;
    op_must_fail(&c, LOOM_E_DATA, "tilts", "the height -");
    op_end(&c);
    value_free(series);
    free(dark);
    value_free(others);
    free_stage(&s);
}
END_TEST

TEST_MAIN("classify.flip", planted_labels_come_out_right, stages_put_labels_in_doubt,
          profiles_take_the_place_of_the_gaussian, refuses_what_does_not_belong_together)
