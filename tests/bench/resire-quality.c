/* Reconstructs a tilt series with a known answer and prints how close it comes:
 *   bench.resire-quality DATA/FOLDER [OP [name=value ...]]
 * FOLDER resire64 or ta_film:AREA. Prints `NAME VALUE` lines: correlation and relative root mean
 * square against the reference volume, R-factor of the volume and of the reference under the same
 * projector. */
#include "support/bench.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static op_call calls[16];
static int call_count;

/* Runs an op on one input; the result lives until the program ends. */
static const loom_value *apply(const char *id, const char *port, const loom_value *in,
                               const char *const *params, const char *output)
{
    op_call *c = &calls[call_count++];
    c->op = op_load(id);
    c->threads = 2;
    for (int i = 0; params[i]; i++) c->params[i] = params[i];
    if (in) op_input(c, port, in);
    op_must_run(c);
    return op_output(c, output);
}

static const loom_value *read_mat(const char *folder, const char *file)
{
    static char files[16][1024];
    char *t = files[call_count];
    snprintf(t, 1024, "file=%s/%s", folder, file);
    /* the published volumes carry two more numbers beside the array */
    return apply("io.read_mat", NULL, NULL,
                 strstr(file, "published") ? (const char *[]){ t, "variable=reconstruction", NULL }
                                           : (const char *[]){ t, NULL },
                 "array");
}

static const loom_value *series_of(const loom_value *images, const loom_value *angles)
{
    op_call *c = &calls[call_count++];
    c->op = op_load("io.tilt_series");
    c->params[0] = "pixel_size=1";
    op_input(c, "images", images);
    op_input(c, "angles", angles);
    op_must_run(c);
    return op_output(c, "tilts");
}

static double r_factor(const loom_value *volume, const loom_value *series)
{
    op_call *c = &calls[call_count++];
    c->op = op_load("reconstruct.project");
    c->threads = 2;
    op_input(c, "volume", volume);
    op_input(c, "tilts", series);
    op_must_run(c);
    const loom_array *b = value_array(series, "images"),
                     *a = value_array(op_output(c, "tilts"), "images");
    const float *p = a->data, *q = b->data;
    int64_t n = b->dim[1] * b->dim[2];
    double mean = 0;
    for (int64_t k = 0; k < b->dim[0]; k++) {
        double difference = 0, sum = 0;
        for (int64_t i = k * n; i < (k + 1) * n; i++) {
            difference += fabs((double)p[i] - q[i]);
            sum += fabs(q[i]);
        }
        mean += difference / sum / (double)b->dim[0];
    }
    return mean;
}

static void compare(const float *a, const float *b, int64_t n)
{
    double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0, dd = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = (double)a[i] - b[i];
        sa += a[i];
        sb += b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
        ab += (double)a[i] * b[i];
        dd += d * d;
    }
    printf("correlation %.5f\nrelative_rms %.5f\n",
           (ab - sa * sb / n) / sqrt((aa - sa * sa / n) * (bb - sb * sb / n)), sqrt(dd / bb));
}

START_TEST(bench)
{
    char folder[512], name[64];
    const char *area = strchr(bench_argv[1], ':');
    snprintf(folder, sizeof folder, "%.*s",
             (int)(area ? area - bench_argv[1] : (long)strlen(bench_argv[1])), bench_argv[1]);
    snprintf(name, sizeof name, area ? "projections_area%s.mat" : "projections.mat",
             area ? area + 1 : "");
    const loom_value *series = series_of(read_mat(folder, name), read_mat(folder, "angles.mat"));
    snprintf(name, sizeof name,
             area ? "published_reconstruction_area%s.mat" : "ground_truth_volume.mat",
             area ? area + 1 : "");
    const loom_value *truth = apply("io.volume", "array", read_mat(folder, name),
                                    (const char *[]){ "voxel_size=1", NULL }, "volume");
    const char *params[32] = { NULL };
    for (int i = 3; i < bench_argc && i < 30; i++) params[i - 3] = bench_argv[i];
    const loom_value *volume = apply(bench_argc > 2 ? bench_argv[2] : "reconstruct.resire", "tilts",
                                     series, params, "volume");
    const loom_array *table =
        value_array(op_output(&calls[call_count - 1], "residuals"), "r_factor");
    const loom_array *a = value_array(volume, "density"), *b = value_array(truth, "density");
    ck_assert_mem_eq(a->dim, b->dim, sizeof a->dim);
    compare(a->data, b->data, loom_array_count(a));
    printf("iterations %lld\nr_own %.5f\nr_volume %.5f\nr_reference %.5f\n",
           (long long)table->dim[0] - 1, ((const double *)table->data)[table->dim[0] - 1],
           r_factor(volume, series), r_factor(truth, series));
}
END_TEST

BENCH_MAIN(bench, 1)
