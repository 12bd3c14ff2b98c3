/* `where` of every op that looks at atoms: the same as the op on those atoms alone, with each
 * result at its atom's place among all. */
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

typedef struct both {
    loom_value *all, *some; /* the particle; the atoms with keep = 1 alone */
    int64_t n, kept, *row;  /* number among all of each atom kept */
} both;

/* Columns that ops need, each from the number of the atom among all. */
static void add_columns(loom_value *v, int64_t n, const int64_t *row, const double *x)
{
    uint8_t *keep = calloc((size_t)n, 1), *surface = calloc((size_t)n, 1);
    double *depth = calloc((size_t)n, sizeof *depth), *csro = calloc((size_t)n, sizeof *csro);
    for (int64_t i = 0; i < n; i++) {
        double r =
            sqrt(x[3 * i] * x[3 * i] + x[3 * i + 1] * x[3 * i + 1] + x[3 * i + 2] * x[3 * i + 2]);
        keep[i] = x[3 * i + 2] < 9;
        surface[i] = r > 13;
        depth[i] = r > 20 ? 0 : 20 - r;
        csro[i] = loom_random(7, 0, (uint64_t)row[i]) % 100 / 100.0;
    }
    make_array(v, "keep", LOOM_U8, 1, &n, NULL, keep);
    make_array(v, "surface", LOOM_U8, 1, &n, NULL, surface);
    make_array(v, "on_mesh", LOOM_U8, 1, &n, NULL, surface);
    make_array(v, "depth", LOOM_F64, 1, &n, "angstrom", depth);
    make_array(v, "csro", LOOM_F64, 1, &n, NULL, csro);
    free(keep);
    free(surface);
    free(depth);
    free(csro);
}

static both make_both(void)
{
    particle t = truncated_octahedron(3.9, 5, 7.5);
    both b = { .n = t.n, .row = calloc((size_t)t.n, sizeof *b.row) };
    shake(&t, 0.05, 3);
    for (int64_t i = 0; i < t.n; i++) b.row[i] = i;
    b.all = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    add_columns(b.all, t.n, b.row, t.x[0]);
    const uint8_t *keep = value_array(b.all, "keep")->data;
    for (int64_t i = 0; i < t.n; i++)
        if (keep[i]) {
            memcpy(t.x[b.kept], t.x[i], sizeof *t.x);
            t.species[b.kept] = t.species[i];
            b.row[b.kept++] = i;
        }
    ck_assert(b.kept > 100 && b.kept < b.n - 100);
    b.some = make_atoms(b.kept, t.x[0], t.species, "Pd Ir");
    add_columns(b.some, b.kept, b.row, t.x[0]);
    particle_free(&t);
    return b;
}

static double at(const loom_array *a, int64_t i)
{
    return a->dtype == LOOM_U8    ? ((uint8_t *)a->data)[i]
           : a->dtype == LOOM_I32 ? ((int32_t *)a->data)[i]
           : a->dtype == LOOM_I64 ? (double)((int64_t *)a->data)[i]
                                  : ((double *)a->data)[i];
}

static bool counts_atoms(const char *name)
{
    return !strcmp(name, "atom") || !strcmp(name, "pair") || !strcmp(name, "partner");
}

/* Entry k of `some` is entry `place` of `all`; numbers of atoms are those among all. */
static void same_entry(const both *b, const loom_array *all, int64_t place, const loom_array *some,
                       int64_t k)
{
    double x = at(all, place), y = at(some, k);
    if (counts_atoms(some->name) && y >= 0) y = (double)b->row[(int64_t)y];
    ck_assert_msg(!(x < y) && !(x > y), "'%s' [%lld] is %g, alone [%lld] %g", all->name,
                  (long long)place, x, (long long)k, y);
}

static void same_atoms(const both *b, const loom_value *all, const loom_value *some)
{
    const loom_array *x, *y, *used = value_array(all, "used");
    ck_assert_ptr_nonnull(used);
    for (int64_t k = 0; (y = value_array_at(some, k)); k++) {
        ck_assert_msg((x = value_array(all, y->name)) != NULL, "no column '%s'", y->name);
        ck_assert_int_eq(x->dim[0], b->n);
        int64_t width = y->rank > 1 ? y->dim[1] : 1;
        for (int64_t i = 0; i < b->kept * width; i++)
            same_entry(b, x, b->row[i / width] * width + i % width, y, i);
        for (int64_t i = 0; !value_array(b->all, y->name) && i < b->n * width; i++)
            if (!((uint8_t *)used->data)[i / width])
                ck_assert_msg(at(x, i) <= 0 || !strcmp(y->name, "fate"),
                              "'%s' of an atom left out is %g", y->name, at(x, i));
    }
    for (int64_t i = 0, k = 0; i < b->n; i++) {
        bool is = k < b->kept && b->row[k] == i;
        ck_assert_int_eq(((uint8_t *)used->data)[i], is);
        k += is;
    }
}

static void same_value(const both *b, const loom_value *all, const loom_value *some)
{
    const loom_array *x, *y;
    for (int64_t k = 0; (y = value_array_at(some, k)); k++) {
        ck_assert_ptr_nonnull(x = value_array(all, y->name));
        ck_assert_int_eq(loom_array_count(x), loom_array_count(y));
        for (int64_t i = 0; i < loom_array_count(y); i++) same_entry(b, x, i, y, i);
    }
}

/* Runs the op with `where` on all and without it on some, on every port in `ports`. */
static void compare(const both *b, const char *id, const char *const *ports, const char *extra)
{
    op_call x = { .op = op_load(id), .threads = 2, .params = { "where=keep == 1", extra } };
    op_call y = { .op = x.op, .threads = 2, .params = { extra } };
    for (; *ports; ports++) {
        op_input(&x, *ports, b->all);
        op_input(&y, *ports, b->some);
    }
    op_must_run(&x);
    op_must_run(&y);
    for (const loom_port *port = x.op->outputs; port->name; port++) {
        const loom_value *all = op_output(&x, port->name), *some = op_output(&y, port->name);
        ck_assert_int_eq(all != NULL, some != NULL);
        if (all && !strcmp(port->type, "atoms")) same_atoms(b, all, some);
        else if (all) same_value(b, all, some);
    }
    op_end(&x);
    op_end(&y);
}

static const char *const one[] = { "atoms", NULL }, *const two[] = { "before", "after", NULL },
                         *const before[] = { "before", NULL };

START_TEST(the_op_sees_the_atoms_chosen_alone)
{
    both b = make_both();
    compare(&b, "structure.coordination", one, "partial=true");
    compare(&b, "structure.pdf", one, "partial=true");
    compare(&b, "structure.surface", one, NULL);
    compare(&b, "structure.curvature", one, NULL);
    compare(&b, "structure.onion", one, NULL);
    compare(&b, "structure.lattice", one, NULL);
    compare(&b, "structure.match", two, NULL);
    compare(&b, "structure.strain", one, NULL);
    compare(&b, "order.csro", one, "smoothing_radius=5");
    compare(&b, "order.bond_orientation", one, NULL);
    compare(&b, "order.local_concentration", one, "solute=Ir");
    compare(&b, "order.regions", before, NULL);
    compare(&b, "order.regions", two, NULL);
    value_free(b.all);
    value_free(b.some);
    free(b.row);
}
END_TEST

START_TEST(given_neighbours_are_numbered_among_all)
{
    both b = make_both();
    loom_value *all = make_value("pairs"), *some = make_value("pairs");
    int32_t pair[6], small[2] = { 1, 4 };
    pair[0] = (int32_t)b.row[1];
    pair[1] = (int32_t)b.row[4];
    pair[2] = (int32_t)(b.n - 1); /* left out */
    pair[3] = (int32_t)b.row[1];
    pair[4] = (int32_t)b.row[4];
    pair[5] = (int32_t)(b.n - 1);
    make_array(all, "pair", LOOM_I32, 2, (int64_t[]){ 3, 2 }, NULL, pair);
    make_array(some, "pair", LOOM_I32, 2, (int64_t[]){ 1, 2 }, NULL, small);
    op_call x = { .op = op_load("order.csro"), .params = { "where=keep" } }, y = { .op = x.op };
    op_input(&x, "atoms", b.all);
    op_input(&y, "atoms", b.some);
    op_input(&x, "neighbours", all);
    op_input(&y, "neighbours", some);
    op_must_run(&x);
    op_must_run(&y);
    same_atoms(&b, op_output(&x, "atoms"), op_output(&y, "atoms"));
    op_end(&x);
    op_end(&y);
    value_free(all);
    value_free(some);
    value_free(b.all);
    value_free(b.some);
    free(b.row);
}
END_TEST

START_TEST(too_few_and_nonsense_are_refused)
{
    both b = make_both();
    op_call c = { .op = op_load("structure.surface"), .params = { "where=index < 3" } };
    op_input(&c, "atoms", b.all);
    op_must_fail(&c, LOOM_E_PARAM, "where", "leaves 3 of the");
    c.params[0] = "where=on mesh == 0";
    op_must_fail(&c, LOOM_E_PARAM, "where", "letter 4: found 'mesh'; expected an operator");
    op_end(&c);
    value_free(b.all);
    value_free(b.some);
    free(b.row);
}
END_TEST

TEST_MAIN("where", the_op_sees_the_atoms_chosen_alone, given_neighbours_are_numbered_among_all,
          too_few_and_nonsense_are_refused)
