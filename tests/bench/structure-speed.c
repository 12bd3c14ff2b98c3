/* structure-speed: wall time and memory of the structure and order ops on a particle of 13,366
 * atoms and on a tiled one of a million. Prints NAME VALUE lines; structure-speed.sh holds them
 * against what is required. Argument: threads. */
#include "support/op_test.h"
#include "support/particles.h"
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_GiB(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / (1024.0 * 1024.0);
}

static int threads;

/* Runs one op on `atoms` (and `mesh`, `pdf` where its ports take them); the seconds it took. */
static double timed(op_call *c, const char *id, const loom_value *atoms, const loom_value *mesh,
                    const loom_value *pdf)
{
    c->op = op_load(id);
    c->threads = threads;
    op_input(c, "atoms", atoms);
    if (mesh) op_input(c, "mesh", mesh);
    if (pdf) op_input(c, "pdf", pdf);
    double from = now();
    op_must_run(c);
    return now() - from;
}

static void small_particle(void)
{
    particle t = truncated_octahedron(3.89, 8.5, 14.5);
    shake(&t, 0.07, 1);
    loom_value *atoms = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call pdf = { 0 }, cn = { 0 }, surface = { 0 }, curvature = { 0 }, csro = { 0 },
            layers = { 0 }, lattice = { 0 }, boo = { 0 }, regions = { 0 };
    double total = timed(&pdf, "structure.pdf", atoms, NULL, NULL), part;
    const loom_value *table = op_output(&pdf, "table");
    printf("pdf_13366 %.3f\n", total);
    total += part = timed(&cn, "structure.coordination", atoms, NULL, table);
    printf("coordination_13366 %.3f\n", part);
    total += part = timed(&surface, "structure.surface", op_output(&cn, "atoms"), NULL, table);
    printf("surface_13366 %.3f\n", part);
    total += part = timed(&curvature, "structure.curvature", op_output(&surface, "atoms"),
                          op_output(&surface, "mesh"), table);
    printf("curvature_13366 %.3f\n", part);
    total += part = timed(&csro, "order.csro", op_output(&curvature, "atoms"), NULL, table);
    printf("csro_13366 %.3f\n", part);
    total += part = timed(&layers, "structure.onion", op_output(&csro, "atoms"), NULL, table);
    printf("onion_13366 %.3f\n", part);
    total += part = timed(&lattice, "structure.lattice", op_output(&layers, "atoms"), NULL, table);
    printf("lattice_13366 %.3f\n", part);
    total += part =
        timed(&boo, "order.bond_orientation", op_output(&lattice, "atoms"), NULL, table);
    printf("bond_orientation_13366 %.3f\n", part);
    /* two stages, as Delta CSROP takes them */
    op_call both = { .op = op_load("order.regions"), .threads = threads };
    op_input(&both, "before", op_output(&csro, "atoms"));
    op_input(&both, "after", op_output(&csro, "atoms"));
    double began = now();
    op_must_run(&both);
    total += part = now() - began;
    regions = both;
    printf("regions_13366 %.3f\n", part);
    printf("together_13366 %.3f\n", total);
    op_call *all[] = { &pdf, &cn, &surface, &curvature, &csro, &layers, &lattice, &boo, &regions };
    for (int k = 0; k < 9; k++) op_end(all[k]);
    value_free(atoms);
    particle_free(&t);
}

/* Copies of the particle side by side, 75 of them: many surfaces, as many atoms as asked for. */
static void million_atoms(void)
{
    enum { MILLION = 1000000 };
    particle t = truncated_octahedron(3.89, 8.5, 14.5);
    double(*x)[3] = calloc(MILLION, sizeof *x);
    int32_t *species = calloc(MILLION, sizeof *species);
    shake(&t, 0.07, 1);
    for (int64_t i = 0; i < MILLION; i++) {
        int64_t copy = i / t.n;
        int64_t at[3] = { copy % 5, copy / 5 % 5, copy / 25 };
        for (int a = 0; a < 3; a++) x[i][a] = t.x[i % t.n][a] + 75 * (double)at[a];
        species[i] = t.species[i % t.n];
    }
    loom_value *atoms = make_atoms(MILLION, x[0], species, "Pd Ir");
    free(x);
    free(species);
    particle_free(&t);
    op_call pdf = { 0 }, cn = { 0 }, surface = { 0 };
    double pairs = timed(&pdf, "structure.pdf", atoms, NULL, NULL);
    printf("pdf_1e6 %.2f\n", pairs);
    double neighbours = timed(&cn, "structure.coordination", atoms, NULL, op_output(&pdf, "table"));
    printf("coordination_1e6 %.2f\n", neighbours);
    printf("pdf_and_coordination_1e6 %.2f\n", pairs + neighbours);
    op_end(&cn);
    printf("surface_1e6 %.2f\n",
           timed(&surface, "structure.surface", atoms, NULL, op_output(&pdf, "table")));
    printf("memory_1e6 %.2f\n", peak_GiB());
    op_end(&surface);
    op_end(&pdf);
    value_free(atoms);
}

int main(int argc, char **argv)
{
    threads = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2;
    small_particle();
    fflush(stdout);
    million_atoms();
    return 0;
}
