/* bench/noise.c - denoise.estimate_noise on simulated detectors: prints `NAME VALUE` lines, the
 * worst relative error of the gain and of the read noise over 12 settings; each setting's own on
 * stderr. Where there is no read noise the error is what was found, over the gain. */
#include "support/bench.h"
#include "support/op_test.h"
#include <math.h>
#include <string.h>

typedef struct setting {
    double gain, read;
    int frames;
} setting;

static double written(const op_call *c, const char *name)
{
    return ((const double *)value_array(op_output(c, "frames"), name)->data)[0];
}

static void measure(const loom_value *atoms, const setting *s, double worst[2])
{
    char gain[64], read[64], frames[64];
    snprintf(gain, sizeof gain, "gain=%g", s->gain);
    snprintf(read, sizeof read, "read_noise=%g", s->read);
    snprintf(frames, sizeof frames, "frames=%d", s->frames);
    op_call series = { .op = op_load("simulate.tilt_series"),
                       .params = { gain, read, frames, "size=128", "tilts=20", "drift=0.5" } },
            noise = { .op = op_load("denoise.estimate_noise") };
    op_input(&series, "atoms", atoms);
    op_must_run(&series);
    op_input(&noise, "frames", op_output(&series, "frames"));
    op_must_run(&noise);
    double g = written(&noise, "noise_gain"), r = written(&noise, "noise_read"),
           gain_error = fabs(g / s->gain - 1),
           read_error = s->read > 0 ? fabs(r / s->read - 1) : r / s->gain;
    fprintf(stderr, "gain %g read %g frames %d: found %.4g, %.4g\n", s->gain, s->read, s->frames, g,
            r);
    worst[0] = fmax(worst[0], gain_error);
    worst[1] = fmax(worst[1], read_error);
    op_end(&noise);
    op_end(&series);
}

START_TEST(bench)
{
    static const double gains[] = { 0.3, 1, 5, 30 }, reads[] = { 0, 1, 3 };
    double worst[2] = { 0, 0 };
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms1976" } };
    op_must_run(&particle);
    for (int i = 0; i < 12; i++)
        measure(op_output(&particle, "atoms"),
                &(setting){ gains[i % 4], reads[i / 4], i % 2 ? 3 : 1 }, worst);
    op_end(&particle);
    printf("gain %.4g\nread %.4g\n", worst[0], worst[1]);
}
END_TEST

BENCH_MAIN(bench, 0)
