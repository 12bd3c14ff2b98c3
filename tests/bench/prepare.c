/* bench/prepare.c - the ops of pipelines/prepare.yaml on a simulated series, held against the
 * truth: prints `NAME VALUE` lines. Arguments: rms of the displacements in pixels, threads; then
 * `size=`, ... of simulate.particle.
 *
 *   largest         displacement that was there, pixels along an axis
 *   along, across   rms of what is left of the displacements, pixels, the specimen's own position
 *                   (a translation seen from each angle) taken off
 *   background_M    method M: rms error under the mask over the rms of its variation, median of
 * tilts total_M         largest error that it makes of the particle's total, relative
 *   background_M_without_noise, total_M_without_noise
 *                   the same from the background itself: what the method adds to what counts allow
 *   background_bright
 *                   `series` from a background as bright as that of 20 times the dose
 *   noise           of a pixel, over the rms of the background's variation under the mask
 *   counting        largest error of a total whose background is known: that of its counts
 *   digest          of the series at the end
 *   cpu, wall       seconds; memory: largest resident size with the simulated truth, MB */
#include "kit/geometry.h"
#include "kit/poisson.h"
#include "support/bench.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { NT = 60, NF = 3, EDGE = 256, PIXELS = EDGE * EDGE };

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static op_call start(const char *op, const char *port, const loom_value *v)
{
    op_call c = { .op = op_load(op), .threads = atoi(bench_argv[2]) };
    op_input(&c, port, v);
    return c;
}

static const double *column(const op_call *c, const char *port, const char *name)
{
    return value_array(op_output(c, port), name)->data;
}

/* Residual rms of d[k][2] (x, y) after the best translation t of the specimen: x by t_x cos + t_z
 * sin of the tilt angle, y by t_y. */
static void residuals(const double d[NT][2], const double *angles, double out[2])
{
    double a = 0, b = 0, c = 0, p = 0, q = 0, y = 0;
    for (int k = 0; k < NT; k++) {
        double theta = angles[3 * k + 1] * LOOM_PI / 180, u = cos(theta), v = sin(theta);
        a += u * u;
        b += u * v;
        c += v * v;
        p += u * d[k][0];
        q += v * d[k][0];
        y += d[k][1] / NT;
    }
    double det = a * c - b * b, tx = (c * p - b * q) / det, tz = (a * q - b * p) / det;
    out[0] = out[1] = 0;
    for (int k = 0; k < NT; k++) {
        double theta = angles[3 * k + 1] * LOOM_PI / 180,
               x = d[k][0] - tx * cos(theta) - tz * sin(theta);
        out[0] += x * x / NT;
        out[1] += (d[k][1] - y) * (d[k][1] - y) / NT;
    }
    out[0] = sqrt(out[0]);
    out[1] = sqrt(out[1]);
}

static const float *pixels_of(const op_call *c, const char *port)
{
    return value_array(op_output(c, port), "images")->data;
}

/* Median over tilts of the error under the mask, over the variation there; the largest error of a
 * total that it makes. */
static void judge_background(const op_call *series, const op_call *mask, const op_call *clean,
                             const char *name)
{
    const float *truth = pixels_of(series, "background"), *found = pixels_of(clean, "background"),
                *atoms = pixels_of(series, "truth_tilts");
    const uint8_t *inside = value_array(op_output(mask, "mask"), "mask")->data;
    double share[NT], worst = 0;
    for (int k = 0; k < NT; k++) {
        double off = 0, mean = 0, square = 0, n = 0, total = 0, expected = 0;
        for (int i = k * PIXELS; i < (k + 1) * PIXELS; i++) {
            double b = (double)truth[i], e = (double)found[i] - b;
            expected += (double)atoms[i];
            if (!inside[i]) continue;
            total += e;
            off += e * e;
            mean += b;
            square += b * b;
            n++;
        }
        double variation = sqrt(square / n - mean * mean / n / n);
        double value = variation > 0 ? sqrt(off / n) / variation : 0;
        int at = k;
        for (; at && share[at - 1] > value; at--) share[at] = share[at - 1];
        share[at] = value;
        worst = fmax(worst, fabs(total / expected));
    }
    printf("background_%s %.4f\ntotal_%s %.5f\n", name, share[NT / 2], name, worst);
}

/* What the counts themselves leave open. */
static void judge_counts(const op_call *series, const op_call *sum, const op_call *mask)
{
    const float *truth = pixels_of(series, "background"), *seen = pixels_of(sum, "tilts"),
                *atoms = pixels_of(series, "truth_tilts");
    const uint8_t *inside = value_array(op_output(mask, "mask"), "mask")->data;
    double worst = 0, noise = 0;
    for (int k = 0; k < NT; k++) {
        double total = 0, expected = 0, mean = 0, square = 0, n = 0;
        for (int i = k * PIXELS; i < (k + 1) * PIXELS; i++) {
            expected += (double)atoms[i];
            if (!inside[i]) continue;
            total += (double)(seen[i] - truth[i]);
            mean += (double)truth[i];
            square += (double)truth[i] * (double)truth[i];
            n++;
        }
        worst = fmax(worst, fabs(total / expected - 1));
        noise += sqrt(mean / n / (square / n - mean * mean / n / n)) / NT;
    }
    printf("noise %.1f\ncounting %.5f\n", noise, worst);
}

static op_call clean_with(const loom_value *tilts, const op_call *mask, const char *method)
{
    op_call clean = start("prepare.background", "tilts", tilts);
    clean.params[0] = method;
    op_input(&clean, "mask", op_output(mask, "mask"));
    op_must_run(&clean);
    return clean;
}

/* Each method on the counts, and on the background as it is. */
static void judge_methods(const op_call *series, const op_call *sum, const op_call *mask)
{
    static const char *const names[] = { "laplace", "series" };
    for (int i = 0; i < 2; i++) {
        char method[32], name[64];
        snprintf(method, sizeof method, "method=%s", names[i]);
        snprintf(name, sizeof name, "%s_without_noise", names[i]);
        op_call c = clean_with(op_output(sum, "tilts"), mask, method);
        judge_background(series, mask, &c, names[i]);
        op_end(&c);
        c = clean_with(op_output(series, "background"), mask, method);
        judge_background(series, mask, &c, name);
        op_end(&c);
    }
}

/* The background under the noise of 20 times as many counts. */
static void judge_bright(const op_call *series, const op_call *mask)
{
    const loom_array *truth = value_array(op_output(series, "background"), "images");
    const float *mean = truth->data;
    float *counts = malloc((size_t)(NT * PIXELS) * sizeof *counts);
    ck_assert_ptr_nonnull(counts);
    for (int64_t i = 0; i < NT * PIXELS; i++)
        counts[i] = (float)loom_poisson(23, 1, (uint64_t)i, 20 * (double)mean[i]) / 20;
    loom_value *v = make_tilt_series(NT, EDGE, EDGE, 0.3, counts,
                                     value_array(op_output(series, "tilts"), "angles")->data);
    op_call c = clean_with(v, mask, "method=series");
    judge_background(series, mask, &c, "bright");
    op_end(&c);
    value_free(v);
    free(counts);
}

/* What is left of the displacements, and how large they were. */
static void judge_shifts(const op_call *series, const op_call *line)
{
    double d[NT][2], out[2], largest = 0;
    for (int k = 0; k < NT; k++)
        for (int a = 0; a < 2; a++) {
            const double *truth = column(series, "truth", a ? "shift_y" : "shift_x");
            double mean = 0; /* of the frames: what the sum is centred on */
            for (int f = 0; f < NF; f++) mean += truth[NF * k + f] / NF;
            d[k][a] = column(line, "shifts", a ? "shift_y" : "shift_x")[k] - mean;
            largest = fmax(largest, fabs(mean));
        }
    residuals(d, value_array(op_output(series, "tilts"), "angles")->data, out);
    printf("largest %.2f\nacross %.4f\nalong %.4f\n", largest, out[0], out[1]);
}

/* The bytes at the end, seconds, memory. */
static void judge_run(const op_call *last, double cpu, double wall)
{
    struct rusage usage;
    const float *v = pixels_of(last, "tilts");
    uint64_t hash = 14695981039346656037u;
    for (int64_t i = 0; i < (int64_t)NT * PIXELS * (int64_t)sizeof *v; i++)
        hash = (hash ^ ((const uint8_t *)v)[i]) * 1099511628211u;
    getrusage(RUSAGE_SELF, &usage);
    printf("digest %016llx\ncpu %.2f\nwall %.2f\nmemory %.0f\n", (unsigned long long)hash, cpu,
           wall, (double)usage.ru_maxrss / 1024);
}

START_TEST(bench)
{
    char shift[64];
    snprintf(shift, sizeof shift, "shift_error=%s", bench_argv[1]);
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms1976" } };
    if (bench_argc > 3) particle.params[0] = bench_argv[3];
    op_must_run(&particle);
    op_call series = { .op = op_load("simulate.tilt_series"),
                       .threads = 2,
                       .params = { shift, "tilts=60", "size=256", "dose=3e5", "frames=3",
                                   "drift=0.3", "background=0.01" } };
    op_input(&series, "atoms", op_output(&particle, "atoms"));
    op_must_run(&series);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    op_call noise = start("denoise.estimate_noise", "frames", op_output(&series, "frames"));
    op_must_run(&noise);
    op_call sum = start("align.frames", "frames", op_output(&noise, "frames"));
    op_must_run(&sum);
    op_call mask = start("prepare.mask", "tilts", op_output(&sum, "tilts"));
    op_must_run(&mask);
    op_call clean = clean_with(op_output(&sum, "tilts"), &mask, "method=series");
    op_call equal = start("prepare.normalise", "tilts", op_output(&clean, "tilts"));
    op_must_run(&equal);
    op_call line = start("align.common_line", "tilts", op_output(&equal, "tilts"));
    op_must_run(&line);
    op_call wiener = start("denoise.wiener", "tilts", op_output(&line, "tilts"));
    op_must_run(&wiener);
    judge_run(&wiener, now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall);
    fprintf(stderr, "%s%s%s%s%s%s", noise.notes, sum.warnings, mask.warnings, clean.warnings,
            equal.warnings, line.warnings);
    judge_shifts(&series, &line);
    judge_counts(&series, &sum, &mask);
    judge_methods(&series, &sum, &mask);
    judge_bright(&series, &mask);
}
END_TEST

BENCH_MAIN(bench, 2)
