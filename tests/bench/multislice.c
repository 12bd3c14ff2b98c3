/* bench.multislice: images of a 500-atom cluster against reference runs, and what they cost.
 *   bench.multislice accuracy DIR | floor DIR | speed DIR THREADS | prism-speed DIR THREADS
 *       DIR holds cluster500*.xyz and A*.npy
 * Prints `figure value` lines. */
#include "support/op_test.h"
#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char *dir;
#define COMMON \
    "energy=300", "semiangle=25", "detector_inner=40.6", "detector_outer=49.2", "pixel_size=0.1", \
        "slice_thickness=2", "scan_step=0.352", "keep_bins=true"

static const char *file(const char *name)
{
    static char path[4][4096];
    static int k;
    k = (k + 1) % 4;
    snprintf(path[k], sizeof path[k], "%s/%s", dir, name);
    return path[k];
}

static op_call imaging(const char *id, const char *atoms_file, const char *potential, int threads,
                       char *cell_text)
{
    double cell[3];
    loom_value *atoms = cell_atoms_read(file(atoms_file), cell);
    if (!atoms) exit(3);
    sprintf(cell_text, "cell=%.6f, %.6f, %.6f", cell[0], cell[1], cell[2]);
    op_call c = { .op = op_load(id),
                  .threads = threads,
                  .params = { COMMON, cell_text, potential } };
    op_input(&c, "atoms", atoms);
    return c;
}

/* Relative RMS difference of two fields, after the reference's axes [x][y] are turned to ours
 * [y][x]; `depth` numbers at each. */
static double relative_rms(const float *ours, const float *reference, int n, int depth,
                           int ours_depth)
{
    double difference = 0, power = 0;
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++)
            for (int b = 0; b < depth; b++) {
                double r = reference[(x * n + y) * depth + b],
                       d = ours[(y * n + x) * ours_depth + b] - r;
                difference += d * d;
                power += r * r;
            }
    return sqrt(difference / power);
}

static float *array(op_call *c, const char *port, const char *name, int *last)
{
    const loom_array *a = value_array(op_output(c, port), name);
    *last = (int)a->dim[a->rank - 1];
    return a->data;
}

/* Dark field of the reference: sum of bins from 40.6 mrad up, as far as ours go. */
static void dark_field(const float *bins, int n, int depth, float *out)
{
    for (int i = 0; i < n * n; i++) {
        double sum = 0;
        for (int b = 203; b < 246 && b < depth; b++)
            sum += bins[(size_t)i * (size_t)depth + (size_t)b];
        out[i] = (float)sum;
    }
}

static void accuracy(void)
{
    enum { N = 80 };
    static float ours[N * N], own[N * N];
    char cell[128];
    int depth;
    op_call c =
        imaging("simulate.multislice", "cluster500_snap.xyz", "potential=prismatic_2d", 2, cell);
    op_must_run(&c);
    float *bins = array(&c, "bins", "data", &depth);
    loom_value *a1 = npy_read(file("A1_m2D_bins.npy")), *a3 = npy_read(file("A3_m3D_adf.npy")),
               *a2 = npy_read(file("A2_p2D_f4_adf.npy"));
    printf("bins_relative_rms %.3e\n",
           relative_rms(bins, value_array(a1, "data")->data, N, 246, depth));
    dark_field(bins, N, depth, own);
    op_end(&c);

    op_call p = imaging("simulate.prism", "cluster500_snap.xyz", "potential=prismatic_2d", 2, cell);
    op_must_run(&p);
    bins = array(&p, "bins", "data", &depth);
    dark_field(bins, N, depth, ours);
    double difference = 0, power = 0;
    for (int i = 0; i < N * N; i++) {
        difference += pow(ours[i] - own[i], 2);
        power += pow(own[i], 2);
    }
    printf("prism_vs_multislice_relative_rms %.5f\n", sqrt(difference / power));
    printf("prism_vs_reference_prism_relative_rms %.5f\n",
           relative_rms(ours, value_array(a2, "data")->data, N, 1, 1));
    op_end(&p);

    op_call f = imaging("simulate.multislice", "cluster500.xyz", "potential=prismatic_3d", 2, cell);
    op_must_run(&f);
    bins = array(&f, "bins", "data", &depth);
    dark_field(bins, N, depth, ours);
    printf("potential_3d_relative_rms %.5f\n",
           relative_rms(ours, value_array(a3, "data")->data, N, 1, 1));
    op_end(&f);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void speed(const char *id, int threads)
{
    char cell[128];
    op_call c = imaging(id, "cluster500_snap.xyz", "potential=prismatic_2d", threads, cell);
    c.params[7] = "keep_bins=false";
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    op_must_run(&c);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("cpu_s %.2f\nwall_s %.2f\npeak_MB %.1f\n", seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
           seconds(CLOCK_MONOTONIC) - wall, (double)usage.ru_maxrss / 1000);
    op_end(&c);
}

/* What the transforms alone would take: 24 plain two-dimensional ones of 288 x 288 per probe, 6,400
 * probes. */
static void transforms_floor(void)
{
    enum { N = 288, PROBES = 6400, PER_PROBE = 24, TIMED = 400 };
    fftwf_complex *a = fftwf_alloc_complex(N * N), *b = fftwf_alloc_complex(N * N);
    fftwf_plan plan = fftwf_plan_dft_2d(N, N, a, b, FFTW_FORWARD, FFTW_MEASURE);
    memset(a, 0, sizeof *a * N * N);
    double best = 1e9;
    for (int repeat = 0; repeat < 3; repeat++) {
        double began = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (int i = 0; i < TIMED; i++) fftwf_execute(plan);
        double each = (seconds(CLOCK_PROCESS_CPUTIME_ID) - began) / TIMED;
        if (each < best) best = each;
    }
    printf("transforms_cpu_s %.2f\n", best * PROBES * PER_PROBE);
    fftwf_destroy_plan(plan);
    fftwf_free(a);
    fftwf_free(b);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    dir = argv[2];
    if (!strcmp(argv[1], "accuracy")) accuracy();
    else if (!strcmp(argv[1], "floor")) transforms_floor();
    else
        speed(!strcmp(argv[1], "speed") ? "simulate.multislice" : "simulate.prism",
              argc > 3 ? atoi(argv[3]) : 1);
    return 0;
}
