/* bench.kernels WHAT [DIR]: what a computation costs over the part of it that cannot be left out,
 * in pairs of one process (pairs.h). Processor time of all threads, so that other work on the
 * machine counts little.
 *   iteration   of RESIRE, 200^3 x 51, over its multiply-adds alone; 2 threads
 *   wbp         all of it over one iteration of RESIRE; 2 threads
 *   multislice  over the transforms of its probes, DIR holding cluster500_snap.xyz
 *   alpha       the alpha shape of 20,000 atoms over Qhull on the same blocks */
#include "../../plugins/structure/alpha_complex.c"
#include "pairs.h"
#include "support/bench.h"
#include "support/op_test.h"
#include "support/particles.h"
#include <fftw3.h>
#include <omp.h>

enum { PAIRS = 11, THREADS = 2 };

/* Seconds of all threads of this process. */
static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that `a` and `b` say they took, in turn. */
static void compare(const char *name, double (*a)(void), double (*b)(void))
{
    double a_s[PAIRS], b_s[PAIRS];
    a();
    b();
    for (int i = 0; i < PAIRS; i++) {
        a_s[i] = a();
        b_s[i] = b();
    }
    pairs p = pairs_of(a_s, b_s, PAIRS);
    pairs_print(name, &p);
}

/* ---- reconstruction ---------------------------------------------------------------------------
 */
enum { N = 200, NT = 51, SHORT_RUN = 2, LONG_RUN = 12 };
static loom_value *series;

static void make_series(void)
{
    double angles[3 * NT] = { 0 };
    for (int k = 0; k < NT; k++) angles[3 * k + 1] = -75 + 150 * (double)k / (NT - 1);
    series = make_tilt_series(NT, N, N, 0.35, NULL, angles);
    float *d = value_array(series, "images")->data;
    for (int64_t i = 0; i < (int64_t)NT * N * N; i++)
        d[i] = 1 + (float)(i % 1009) / 2000; /* dense: no line of the volume is skipped */
}

static double reconstruct(const char *id, const char *iterations)
{
    op_call c = { .op = op_load(id), .threads = THREADS, .params = { iterations } };
    op_input(&c, "tilts", series);
    double began = cpu_s();
    op_must_run(&c);
    double took = cpu_s() - began;
    op_end(&c);
    return took;
}

static double iteration(void)
{
    double few = reconstruct("reconstruct.resire", "iterations=2"),
           many = reconstruct("reconstruct.resire", "iterations=12");
    return (many - few) / (LONG_RUN - SHORT_RUN);
}

static double wbp(void) { return reconstruct("reconstruct.wbp", NULL); }

typedef float vector __attribute__((vector_size(32)));

/* The multiply-adds of one iteration, 4 n^3 nt, one operand each from 4 KiB in the first-level
 * cache, sums in registers. Ten times, as the difference of two runs holds ten iterations. */
static double multiply_adds(void)
{
    enum { SUMS = 12, VECTORS = 128 / SUMS * SUMS };
    double began = cpu_s();
#pragma omp parallel num_threads(THREADS)
    {
        static _Thread_local vector x[VECTORS], sink[SUMS];
        vector sum[SUMS] = { 0 };
        for (int i = 0; i < VECTORS; i++) x[i] = (vector){ 1, 2, 3, 4, 5, 6, 7, 8 } * (float)i;
        int64_t rounds = 4LL * N * N * N * NT * (LONG_RUN - SHORT_RUN) / (8 * VECTORS) / THREADS;
        for (int64_t r = 0; r < rounds; r++) {
            float a = 1e-6f * (float)(r & 7);
            for (int i = 0; i < VECTORS; i += SUMS)
                for (int j = 0; j < SUMS; j++) sum[j] += a * x[i + j];
            __asm__ volatile("" ::"r"(x) : "memory");
        }
        for (int j = 0; j < SUMS; j++) sink[j] = sum[j];
        __asm__ volatile("" ::"r"(sink) : "memory");
    }
    return (cpu_s() - began) / (LONG_RUN - SHORT_RUN);
}

/* ---- multislice -------------------------------------------------------------------------------
 */
/* probes of the two runs: their difference leaves out the potential, which is made once */
enum { GRID = 288, SLICES = 12, FEW = 20, MANY = 220 };
static loom_value *cluster;
static char cell_text[128];

static void read_cluster(void)
{
    char path[4096];
    double cell[3];
    snprintf(path, sizeof path, "%s/cluster500_snap.xyz", bench_argv[2]);
    cluster = cell_atoms_read(path, cell);
    ck_assert_msg(cluster, "%s cannot be read", path);
    snprintf(cell_text, sizeof cell_text, "cell=%.6f, %.6f, %.6f", cell[0], cell[1], cell[2]);
}

static double scan(const char *size)
{
    op_call c = { .op = op_load("simulate.multislice"),
                  .threads = 1,
                  .params = { "energy=300", "semiangle=25", "detector_inner=40.6",
                              "detector_outer=49.2", "pixel_size=0.1", "slice_thickness=2",
                              "scan_step=0.352", "potential=prismatic_2d", cell_text, size } };
    op_input(&c, "atoms", cluster);
    double began = cpu_s();
    op_must_run(&c);
    double took = cpu_s() - began;
    op_end(&c);
    return took;
}

static double probes(void)
{
    double few = scan("scan_size=20, 1"), many = scan("scan_size=20, 11");
    return (many - few) / (MANY - FEW);
}

/* Two plain transforms of the grid for every slice, as FFTW does them best. */
static double transforms(void)
{
    static fftwf_complex *a, *b;
    static fftwf_plan plan;
    if (!plan) {
        a = fftwf_alloc_complex(GRID * GRID);
        b = fftwf_alloc_complex(GRID * GRID);
        plan = fftwf_plan_dft_2d(GRID, GRID, a, b, FFTW_FORWARD, FFTW_MEASURE);
        memset(a, 0, sizeof *a * GRID * GRID);
    }
    double began = cpu_s();
    for (int i = 0; i < 2 * SLICES * (MANY - FEW); i++) fftwf_execute(plan);
    return (cpu_s() - began) / (MANY - FEW);
}

/* ---- alpha shape ------------------------------------------------------------------------------
 */
enum { ALPHA_ATOMS = 20000 };
#define ALPHA 3.5 /* angstrom */
static loom_atoms atoms;

static void *plain_scratch(loom_call *call, size_t bytes)
{
    (void)call;
    return aligned_alloc(64, (bytes + 64) / 64 * 64);
}
static void plain_release(loom_call *call, void *memory)
{
    (void)call;
    free(memory);
}
static int one_thread(loom_call *call)
{
    (void)call;
    return 1;
}
static bool go_on(loom_call *call, double done, double total)
{
    (void)call;
    (void)done;
    (void)total;
    return true;
}
static const loom_host plain_host = { .size = sizeof plain_host,
                                      .abi = LOOM_ABI,
                                      .scratch = plain_scratch,
                                      .release = plain_release,
                                      .threads = one_thread,
                                      .progress = go_on };
static loom_call plain_call = { &plain_host, NULL };

static void make_particle(void)
{
    particle p = truncated_octahedron(3.89, 9.9, 16.9);
    shake(&p, 0.07, 1);
    double *x = calloc((size_t)p.n, 3 * sizeof *x);
    memcpy(x, p.x, (size_t)p.n * 3 * sizeof *x);
    atoms = (loom_atoms){ .n = p.n, .position = x };
    fprintf(stderr, "%lld atoms\n", (long long)p.n);
    particle_free(&p);
}

static double shape(void)
{
    alpha_complex complex;
    alpha_boundary boundary;
    double began = cpu_s();
    ck_assert(alpha_complex_build(&plain_call, &atoms, ALPHA, &complex) == LOOM_OK);
    ck_assert(alpha_boundary_build(&plain_call, &atoms, &complex, &boundary) == LOOM_OK);
    double took = cpu_s() - began;
    void *all[] = { complex.tetrahedron, complex.radius,  boundary.face,  boundary.component,
                    boundary.area,       boundary.volume, boundary.inside };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    return took;
}

/* Qhull alone on the blocks of alpha_complex_build. */
static double qhull(void)
{
    blocks b;
    choose_blocks(&atoms, ALPHA, &b);
    double *moved = move_slightly(&plain_call, &atoms), took = 0;
    block *block_at = malloc((size_t)b.count * sizeof *block_at);
    int64_t room = measure_blocks(&b, moved, atoms.n, 1, block_at) + GUARDS;
    double *x = malloc((size_t)room * 3 * sizeof *x);
    int32_t *number = malloc((size_t)room * sizeof *number);
    for (int64_t k = 0; k < b.count; k++) {
        qhT qh;
        int left, all;
        char command[] = "qhull d Qbb Qt";
        gather_points(&b, moved, atoms.n, &block_at[k], x, number);
        double began = cpu_s();
        qh_zero(&qh, stderr);
        ck_assert(!qh_new_qhull(&qh, 3, (int)(block_at[k].points + GUARDS), x, False, command, NULL,
                                stderr));
        qh_freeqhull(&qh, !qh_ALL);
        qh_memfreeshort(&qh, &left, &all);
        took += cpu_s() - began;
    }
    free(x);
    free(number);
    free(block_at);
    free(moved);
    return took;
}

START_TEST(bench)
{
    const char *what = bench_argv[1];
    if (!strcmp(what, "iteration") || !strcmp(what, "wbp")) make_series();
    if (!strcmp(what, "iteration")) compare("resire-over-multiply-adds", iteration, multiply_adds);
    else if (!strcmp(what, "wbp")) compare("wbp-over-resire", wbp, iteration);
    else if (!strcmp(what, "multislice") && bench_argc > 2) {
        read_cluster();
        compare("multislice-over-transforms", probes, transforms);
    } else if (!strcmp(what, "alpha")) {
        make_particle();
        compare("alpha-shape-over-qhull", shape, qhull);
    } else ck_abort_msg("what: iteration, wbp, multislice DIR or alpha");
}
END_TEST

BENCH_MAIN(bench, 1)
