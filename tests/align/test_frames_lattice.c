/* align.frames on lattices that fill the images: displacements that differ by a period are told
 * apart by what is not periodic, whatever the displacement, and where nothing is that is said. */
#include "align/lattice.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { NT = 8, NF = 3, E = 128, N = E * E };
static float image[NT * NF * N];

typedef struct scene {
    lattice crystal;
    double shift[NT][NF][2];
} scene;

static void record(const scene *s)
{
    for (int k = 0; k < NT * NF; k++) {
        const double *d = s->shift[k / NF][k % NF];
        lattice_scan(&s->crystal, k / NF, E, d[0], d[1], (uint64_t)k, image + k * N);
    }
}

static op_call align(const char *param)
{
    static const double angles[3 * NT];
    loom_value *v = make_value("frames");
    make_array(v, "images", LOOM_F32, 4, (int64_t[]){ NT, NF, E, E }, "", image);
    make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ NT, 3 }, "degree", angles);
    value_set_number(v, "pixel_size", 0.3, "angstrom", NULL);
    value_set_number(v, "counts", 1, NULL, NULL);
    op_call c = { .op = op_load("align.frames"), .params = { param } };
    op_input(&c, "frames", v);
    op_must_run(&c);
    value_free(v);
    return c;
}

static const double *column(const op_call *c, const char *name)
{
    return value_array(op_output(c, "shifts"), name)->data;
}

/* Frames whose displacement from the one before is wrong by more than `most` pixels. */
static int count_wrong(const op_call *c, const scene *s, double most)
{
    const double *found[2] = { column(c, "shift_x"), column(c, "shift_y") };
    int wrong = 0;
    for (int t = 0; t < NT; t++)
        for (int f = 1; f < NF; f++) {
            double off = 0;
            for (int a = 0; a < 2; a++)
                off = fmax(off, fabs(found[a][t * NF + f] - found[a][t * NF + f - 1]
                                     - s->shift[t][f][a] + s->shift[t][f - 1][a]));
            wrong += off > most;
        }
    return wrong;
}

static void random_shifts(scene *s, double most, uint64_t seed)
{
    for (int k = 0; k < 2 * NT * NF; k++)
        s->shift[k / (2 * NF)][k / 2 % NF][k % 2] =
            most * (2 * loom_uniform(9, seed, (uint64_t)k) - 1);
}

static void steady_drift(scene *s, double most)
{
    for (int t = 0; t < NT; t++)
        for (int f = 0; f < NF; f++) {
            s->shift[t][f][0] = f * most * cos(0.7 * t);
            s->shift[t][f][1] = f * most * sin(0.7 * t);
        }
}

static int64_t rivals(const op_call *c)
{
    const int32_t *n = value_array(op_output(c, "shifts"), "rivals")->data;
    int64_t sum = 0;
    for (int i = 0; i < NT * NF; i++) sum += n[i];
    return sum;
}

/* All that tells periods apart is enough: no slip, no warning. */
static void must_be_exact(lattice crystal)
{
    scene s = { .crystal = crystal };
    for (int drift = 0; drift < 2; drift++) {
        if (drift) steady_drift(&s, 6);
        else random_shifts(&s, 6, 1);
        record(&s);
        op_call c = align(NULL);
        ck_assert_int_eq(count_wrong(&c, &s, 0.15), 0);
        ck_assert_str_eq(c.warnings, "");
        ck_assert_int_eq(rivals(&c), 0);
        op_end(&c);
    }
}

START_TEST(atoms_that_are_missing_exclude_slips)
{
    must_be_exact((lattice){ .period = 8, .vacancies = 0.1 });
    must_be_exact((lattice){ .period = 7.3, .vacancies = 0.1, .hexagonal = true });
}
END_TEST

START_TEST(thickness_that_varies_slowly_excludes_slips)
{
    must_be_exact((lattice){ .period = 8, .slow = 1 });
    must_be_exact((lattice){ .period = 7.3, .slow = 1, .hexagonal = true });
}
END_TEST

/* Nothing tells periods apart: the smallest step is taken, which is right for slow drift, and a
 * warning says how many there are to choose from. */
START_TEST(a_perfect_lattice_is_placed_by_the_smallest_step_and_reported)
{
    for (int hexagonal = 0; hexagonal < 2; hexagonal++) {
        scene s = { .crystal = { .period = 8, .hexagonal = hexagonal } };
        steady_drift(&s, 3.6);
        record(&s);
        op_call c = align(NULL);
        ck_assert_int_eq(count_wrong(&c, &s, 0.15), 0);
        ck_assert_ptr_nonnull(strstr(c.warnings, "16 of 24 frames"));
        ck_assert_ptr_nonnull(strstr(c.warnings, "frame 1 of tilt 0"));
        ck_assert_int_ge(rivals(&c), 16 * 4);
        op_end(&c);
    }
}
END_TEST

/* Displacements beyond half a period cannot be known, but for a multiple of it. */
START_TEST(jumps_of_a_perfect_lattice_are_right_up_to_a_period)
{
    scene s = { .crystal = { .period = 8 } };
    random_shifts(&s, 6, 2);
    record(&s);
    op_call c = align(NULL);
    const double *found[2] = { column(&c, "shift_x"), column(&c, "shift_y") };
    for (int i = 1; i < NT * NF; i++)
        for (int a = 0; a < 2 && i % NF; a++) {
            double step = found[a][i] - found[a][i - 1],
                   off = step - s.shift[i / NF][i % NF][a] + s.shift[i / NF][i % NF - 1][a];
            ck_assert_double_lt(fabs(off - 8 * round(off / 8)), 0.15);
            ck_assert_double_lt(fabs(step), 4.2);
        }
    ck_assert_ptr_nonnull(strstr(c.warnings, "16 of 24 frames"));
    op_end(&c);
}
END_TEST

/* Along an edge periods are equal, across it they are not. */
START_TEST(an_edge_of_the_crystal_tells_periods_apart_across_it)
{
    scene s = { .crystal = { .period = 8, .outside = true } };
    steady_drift(&s, 3.6);
    record(&s);
    op_call c = align(NULL);
    ck_assert_int_eq(count_wrong(&c, &s, 0.15), 0);
    op_end(&c);
    random_shifts(&s, 6, 3);
    record(&s);
    c = align(NULL);
    const double *x = column(&c, "shift_x"), *y = column(&c, "shift_y");
    for (int i = 1; i < NT * NF; i++) {
        const double *to = s.shift[i / NF][i % NF], *from = s.shift[(i - 1) / NF][(i - 1) % NF];
        double dx = x[i] - x[i - 1] - to[0] + from[0], dy = y[i] - y[i - 1] - to[1] + from[1];
        if (i % NF) ck_assert_double_lt(fabs(dx + 0.3 * dy) / hypot(1, 0.3), 4);
    }
    op_end(&c);
}
END_TEST

/* Counts a million times as many: what is left are errors of the images' description, not noise. */
START_TEST(bright_images_are_judged_alike)
{
    scene s = { .crystal = { .period = 8, .bright = 1e6 } };
    steady_drift(&s, 3.6);
    record(&s);
    op_call c = align(NULL);
    ck_assert_int_eq(count_wrong(&c, &s, 0.15), 0);
    op_end(&c);
    must_be_exact((lattice){ .period = 8, .vacancies = 0.03, .bright = 1e6 });
    must_be_exact((lattice){ .period = 8, .slow = 0.3, .bright = 1e6 });
}
END_TEST

TEST_MAIN("align.frames, lattices", atoms_that_are_missing_exclude_slips,
          thickness_that_varies_slowly_excludes_slips,
          a_perfect_lattice_is_placed_by_the_smallest_step_and_reported,
          jumps_of_a_perfect_lattice_are_right_up_to_a_period,
          an_edge_of_the_crystal_tells_periods_apart_across_it, bright_images_are_judged_alike)
