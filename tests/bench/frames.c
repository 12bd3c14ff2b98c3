/* bench/frames.c - align.frames on pairs of scans with 9 counts in the brightest pixel: prints
 * `NAME VALUE` lines.
 *   rms, largest   error of the displacement between two frames, per axis, over 200 random ones
 *                  within 6 pixels along each axis
 *   bound          what the counts allow (Cramer-Rao), per axis
 *   slips          of the 200 wrong by more than a pixel
 *   drift          largest error of the drift per frame, three frames, a pixel per frame
 *   NAME_slips     the same of a crystal that fills the images, with a period of 8 pixels:
 * `missing` (3 % of its atoms), `thickness` (varies by a half), `perfect` (displaced by up to 3.6
 * pixels; within 6 there is no telling: `jumps`) NAME_unsaid    slips without a warning of that
 * frame NAME_open      pairs that are said to be ambiguous Argument: the .npy of a clean image of
 * 256 x 256 pixels. */
#include "align/lattice.h"
#include "kit/poisson.h"
#include "support/bench.h"
#include "support/op_test.h"
#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EDGE = 256, HALF = EDGE / 2 + 1, PIXELS = EDGE * EDGE, PAIRS = 200, BATCH = 20 };
static double clean[PIXELS], moved[PIXELS];
static double complex spectrum[EDGE * HALF], turned[EDGE * HALF];
static float images[3 * BATCH * PIXELS];

static void read_clean(const char *path)
{
    loom_value *v = npy_read(path);
    ck_assert_msg(v != NULL, "cannot read %s", path);
    const loom_array *a = value_array(v, "data");
    ck_assert_int_eq(loom_array_count(a), PIXELS);
    double most = 0;
    for (int i = 0; i < PIXELS; i++) most = fmax(most, ((const double *)a->data)[i]);
    for (int i = 0; i < PIXELS; i++) moved[i] = 9 * ((const double *)a->data)[i] / most;
    memcpy(clean, moved, sizeof clean);
    value_free(v);
    fftw_plan p = fftw_plan_dft_r2c_2d(EDGE, EDGE, moved, spectrum, FFTW_ESTIMATE);
    fftw_execute(p);
    fftw_destroy_plan(p);
}

/* counts of the clean image displaced by (dx, dy) */
static void scan(fftw_plan back, double dx, double dy, uint64_t stream, float *dst)
{
    for (int y = 0; y < EDGE; y++)
        for (int x = 0; x < HALF; x++) {
            int f = 2 * y <= EDGE ? y : y - EDGE;
            turned[y * HALF + x] = spectrum[y * HALF + x] / PIXELS
                                   * cexp(-2 * I * 3.14159265358979 * (x * dx + f * dy) / EDGE);
        }
    fftw_execute(back);
    for (int i = 0; i < PIXELS; i++)
        dst[i] = (float)loom_poisson(17, stream, (uint64_t)i, fmax(0, moved[i]));
}

static op_call align(int frames)
{
    static const double angles[3 * BATCH];
    loom_value *v = make_value("frames");
    make_array(v, "images", LOOM_F32, 4, (int64_t[]){ BATCH, frames, EDGE, EDGE }, "", images);
    make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ BATCH, 3 }, "degree", angles);
    value_set_number(v, "pixel_size", 0.352, "angstrom", NULL);
    op_call c = { .op = op_load("align.frames") };
    op_input(&c, "frames", v);
    op_must_run(&c);
    value_free(v);
    return c;
}

static const double *column(const op_call *c, const char *name)
{
    return value_array(op_output(c, "shifts"), name)->data;
}

/* Cramer-Rao bound of the displacement of two scans along x. */
static double bound(void)
{
    double information = 0;
    for (int i = 1; i < PIXELS - 1; i++) {
        double slope = (clean[i + 1] - clean[i - 1]) / 2;
        information += slope * slope / fmax(clean[i], 0.01);
    }
    return sqrt(2 / information);
}

static void run_pairs(fftw_plan back)
{
    double rms = 0, largest = 0;
    int slips = 0;
    for (int batch = 0; batch < PAIRS / BATCH; batch++) {
        double shift[BATCH][2];
        for (int k = 0; k < BATCH; k++) {
            uint64_t id = (uint64_t)(batch * BATCH + k);
            for (int a = 0; a < 2; a++) shift[k][a] = 12 * loom_uniform(3, id, (uint64_t)a) - 6;
            scan(back, 0, 0, 2 * id, images + 2 * k * PIXELS);
            scan(back, shift[k][0], shift[k][1], 2 * id + 1, images + (2 * k + 1) * PIXELS);
        }
        op_call c = align(2);
        for (int k = 0; k < BATCH; k++)
            for (int a = 0; a < 2; a++) {
                const double *found = column(&c, a ? "shift_y" : "shift_x");
                double off = found[2 * k + 1] - found[2 * k] - shift[k][a];
                rms += off * off / (2 * PAIRS);
                largest = fmax(largest, fabs(off));
                slips += fabs(off) > 1;
            }
        op_end(&c);
    }
    printf("rms %.4f\nlargest %.4f\nslips %d\nbound %.4f\n", sqrt(rms), largest, slips, bound());
}

static void run_drift(fftw_plan back)
{
    double worst = 0;
    for (int k = 0; k < BATCH; k++)
        for (int f = 0; f < 3; f++)
            scan(back, f * cos(k), f * sin(k), (uint64_t)(1000 + 3 * k + f),
                 images + (3 * k + f) * PIXELS);
    op_call c = align(3);
    for (int k = 0; k < BATCH; k++)
        worst = fmax(worst, fmax(fabs(column(&c, "drift_x")[3 * k] - cos(k)),
                                 fabs(column(&c, "drift_y")[3 * k] - sin(k))));
    op_end(&c);
    printf("drift %.4f\n", worst);
}

/* Pairs displaced at random within `most` pixels along each axis. */
static void run_lattice(const char *name, lattice crystal, double most)
{
    int slips = 0, unsaid = 0, open = 0;
    for (int batch = 0; batch < PAIRS / BATCH; batch++) {
        double shift[BATCH][2];
        for (int k = 0; k < BATCH; k++) {
            int id = batch * BATCH + k;
            for (int a = 0; a < 2; a++)
                shift[k][a] = most * (2 * loom_uniform(8, (uint64_t)id, (uint64_t)a) - 1);
            for (int f = 0; f < 2; f++)
                lattice_scan(&crystal, id, EDGE, f * shift[k][0], f * shift[k][1],
                             (uint64_t)(2 * id + f), images + (2 * k + f) * PIXELS);
        }
        op_call c = align(2);
        const int32_t *rivals = value_array(op_output(&c, "shifts"), "rivals")->data;
        for (int k = 0; k < BATCH; k++) {
            double off = 0;
            for (int a = 0; a < 2; a++) {
                const double *found = column(&c, a ? "shift_y" : "shift_x");
                off = fmax(off, fabs(found[2 * k + 1] - found[2 * k] - shift[k][a]));
            }
            slips += off > 1;
            unsaid += off > 1 && !rivals[2 * k + 1];
            open += rivals[2 * k + 1] > 0;
        }
        op_end(&c);
    }
    printf("%s_slips %d\n%s_unsaid %d\n%s_open %d\n", name, slips, name, unsaid, name, open);
}

START_TEST(bench)
{
    read_clean(bench_argv[1]);
    fftw_plan back = fftw_plan_dft_c2r_2d(EDGE, EDGE, turned, moved, FFTW_ESTIMATE);
    run_pairs(back);
    run_drift(back);
    fftw_destroy_plan(back);
    run_lattice("missing", (lattice){ .period = 8, .vacancies = 0.03 }, 6);
    run_lattice("thickness", (lattice){ .period = 8, .slow = 0.5 }, 6);
    run_lattice("perfect", (lattice){ .period = 8 }, 3.6);
    run_lattice("jumps", (lattice){ .period = 8 }, 6);
}
END_TEST

BENCH_MAIN(bench, 1)
