/* table.summary and the writers: the published tables of four stages come out again, and are
 * printed rounded once. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static loom_value *stage(int pd, int ir)
{
    double *x = calloc((size_t)(pd + ir) * 3, sizeof *x);
    int32_t *s = calloc((size_t)(pd + ir), sizeof *s);
    for (int i = 0; i < pd + ir; i++) {
        x[3 * i] = 3 * i;
        s[i] = i >= pd;
    }
    loom_value *v = make_atoms(pd + ir, x, s, "Pd Ir");
    free(x);
    free(s);
    return v;
}

static void number(loom_value *v, const char *name, double value)
{
    make_array(v, name, LOOM_F64, 1, (int64_t[]){ 1 }, NULL, &value);
}

static loom_value *match(double before, double after, double common, double pd, double ir)
{
    loom_value *v = make_value("table");
    number(v, "before", before);
    number(v, "after", after);
    number(v, "common", common);
    number(v, "common_of_before", common / before);
    number(v, "common_of_after", common / after);
    number(v, "consistent", pd + ir);
    number(v, "consistency", (pd + ir) / common);
    number(v, "inconsistent", common - pd - ir);
    number(v, "disappeared", before - common);
    number(v, "new", after - common);
    number(v, "migrated", before + after - common - pd - ir);
    number(v, "consistent_Pd", pd);
    number(v, "consistent_Ir", ir);
    return v;
}

static double at(const loom_value *v, const char *name, int64_t row)
{
    const loom_array *c = value_array(v, name);
    ck_assert_msg(c != NULL, "no column %s", name);
    return ((double *)c->data)[row];
}

/* The particle at 400 C of the published tables; the derived figures are those of its text. */
START_TEST(the_published_particle_comes_out_again)
{
    static const int pd[4] = { 12035, 11906, 12532, 12819 }, ir[4] = { 2797, 3283, 3415, 3733 };
    static const double common[3] = { 14286, 14286, 15416 }, same_pd[3] = { 10309, 10672, 10661 },
                        same_ir[3] = { 1717, 2227, 2034 };
    static const double migrated[3] = { 3709, 3951, 4388 };
    op_call c = { .op = op_load("table.summary"),
                  .params = { "minutes=0, 30, 60, 120", "label=P3, 400 C" } };
    loom_value *stages[4], *matches[3];
    for (int k = 0; k < 4; k++) op_input(&c, "stages", stages[k] = stage(pd[k], ir[k]));
    for (int k = 0; k < 3; k++)
        op_input(&c, "matches",
                 matches[k] = match(pd[k] + ir[k], pd[k + 1] + ir[k + 1], common[k], same_pd[k],
                                    same_ir[k]));
    op_must_run(&c);
    const loom_value *s = op_output(&c, "stages"), *t = op_output(&c, "steps");
    ck_assert_double_eq(at(s, "atoms", 3), 16552);
    ck_assert_double_eq_tol(at(s, "Pd_atomic", 0), 81.1, 0.05);
    ck_assert_double_eq_tol(at(s, "Pd_weight", 0), 70.4, 0.05);
    for (int k = 0; k < 3; k++) ck_assert_double_eq(at(t, "migrated", k), migrated[k]);
    ck_assert_double_eq_tol(at(t, "common_of_after", 0), 94.055, 5e-4);
    ck_assert_double_eq_tol(at(t, "consistency", 2), 82.3495, 5e-5);

    op_call md = { .op = op_load("table.write_markdown") },
            tex = { .op = op_load("table.write_latex") };
    op_input(&md, "table", t);
    op_input(&tex, "table", t);
    op_must_run(&md);
    op_must_run(&tex);
    const loom_array *bytes = value_array(op_output(&md, "file"), "bytes");
    char *text_of = calloc(1, (size_t)bytes->dim[0] + 1);
    memcpy(text_of, bytes->data, (size_t)bytes->dim[0]);
    ck_assert_msg(strstr(text_of, "**P3, 400 C**") && strstr(text_of, "| 94.1 |")
                      && strstr(text_of, "| 82.3 |") && strstr(text_of, "| 10309 |")
                      && strstr(text_of, "\n- migrated: disappeared + new + inconsistent\n"),
                  "%s", text_of);
    free(text_of);
    bytes = value_array(op_output(&tex, "file"), "bytes");
    text_of = calloc(1, (size_t)bytes->dim[0] + 1);
    memcpy(text_of, bytes->data, (size_t)bytes->dim[0]);
    ck_assert_msg(strstr(text_of, "common\\_of\\_before (\\%)") && strstr(text_of, "\\toprule")
                      && strstr(text_of, " & 3709 & "),
                  "%s", text_of);
    free(text_of);

    c.params[0] = "minutes=0, 30";
    op_must_fail(&c, LOOM_E_PARAM, "minutes", "2 times for 4 stages");
    c.input_count = 6;
    c.params[0] = NULL;
    op_must_fail(&c, LOOM_E_DATA, "matches", "4 stages need 3 values at 'matches', found 2");
    op_end(&md);
    op_end(&tex);
    op_end(&c);
    for (int k = 0; k < 4; k++) value_free(stages[k]);
    for (int k = 0; k < 3; k++) value_free(matches[k]);
}
END_TEST

TEST_MAIN("table", the_published_particle_comes_out_again)
