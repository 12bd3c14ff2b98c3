/* bench/denoisers.c - every denoiser with its own settings on a simulated tilt series whose
 * expected images are known: prints `DOSE DENOISER ERROR ATOMS CPU` lines. ERROR   rms difference
 * from the expected images, over that of the counts ATOMS   the same over the pixels of the
 * specimen, brighter than a tenth of the brightest CPU     processor time over that of the Gaussian
 * Arguments: doses of the whole series in electrons per square angstrom. */
#include "support/bench.h"
#include "support/op_test.h"
#include <math.h>
#include <time.h>

typedef struct denoiser {
    const char *name, *op, *param;
} denoiser;
static const denoiser denoisers[] = {
    { "Gaussian", "denoise.gaussian", "sigma=1.85" }, /* the width of an atom's image */
    { "Wiener", "denoise.wiener", NULL },
    { "BM3D", "denoise.bm3d", NULL },
    { "joint-BM3D", "denoise.bm3d", "neighbours=1" },
    { "non-local-means", "denoise.nlm", NULL },
    { "total-variation", "denoise.tv", NULL },
    { "median", "denoise.median", NULL },
};
enum { DENOISERS = sizeof denoisers / sizeof *denoisers };

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct errors {
    double all, specimen; /* mean squares */
} errors;

static errors errors_of(const loom_array *images, const loom_array *expected)
{
    const float *a = images->data, *b = expected->data;
    int64_t n = loom_array_count(expected), seen = 0;
    errors e = { 0 };
    float most = 0;
    ck_assert_int_eq(loom_array_count(images), n);
    for (int64_t i = 0; i < n; i++) most = fmaxf(most, b[i]);
    for (int64_t i = 0; i < n; i++) {
        double d = (double)(a[i] - b[i]);
        e.all += d * d / (double)n;
        if (b[i] <= most / 10) continue;
        e.specimen += d * d;
        seen++;
    }
    e.specimen /= (double)seen;
    return e;
}

static void judge(const denoiser *d, const char *dose, const op_call *series, errors counts,
                  double *unit)
{
    op_call c = { .op = op_load(d->op), .threads = 1, .params = { d->param } };
    op_input(&c, "tilts", op_output(series, "tilts"));
    double from = cpu();
    op_must_run(&c);
    double taken = cpu() - from;
    if (!(*unit > 0)) *unit = taken;
    errors e = errors_of(value_array(op_output(&c, "tilts"), "images"),
                         value_array(op_output(series, "expected"), "images"));
    printf("%s %s %.3f %.3f %.2f\n", dose, d->name, sqrt(e.all / counts.all),
           sqrt(e.specimen / counts.specimen), taken / *unit);
    fprintf(stderr, "%s %s: %s%s\n", dose, d->name, c.notes, c.warnings);
    op_end(&c);
}

START_TEST(bench)
{
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms1976" } };
    op_must_run(&particle);
    for (int i = 1; i < bench_argc; i++) {
        char dose[64];
        double unit = 0;
        snprintf(dose, sizeof dose, "dose=%s", bench_argv[i]);
        op_call series = { .op = op_load("simulate.tilt_series"),
                           .params = { "size=128", "tilts=20", dose } };
        op_input(&series, "atoms", op_output(&particle, "atoms"));
        op_must_run(&series);
        errors counts = errors_of(value_array(op_output(&series, "tilts"), "images"),
                                  value_array(op_output(&series, "expected"), "images"));
        for (int k = 0; k < DENOISERS; k++)
            judge(denoisers + k, bench_argv[i], &series, counts, &unit);
        op_end(&series);
    }
    op_end(&particle);
}
END_TEST

BENCH_MAIN(bench, 1)
