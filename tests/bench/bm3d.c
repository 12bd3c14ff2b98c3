/* bench/bm3d.c - denoise.bm3d on the images of a directory: prints `NAME VALUE` lines.
 *   camera_PROFILE   PSNR in dB of camera512_u8.npy with normal noise of 25, and processor seconds
 *   to_PROFILE       PSNR (peak 50.5) of to_p50.npy, counts, and how far its total is off
 *   auto_IMAGE       dB by which `auto` is below the better profile, on four images
 *   ratio            processor time of `standard` on camera over that of its block distances
 *                    alone; ratio_search: over that of distances and lists of the nearest
 * Arguments: the directory; then profiles to run. */
#include "../../plugins/denoise/match.h"
#include "kit/rng.h"
#include "support/bench.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MOST = 512 * 512 };
static const double angles[3];
static float clean[MOST], noisy[MOST];

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int64_t read_image(const char *name, float *dst)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", bench_argv[1], name);
    loom_value *v = npy_read(path);
    ck_assert_msg(v != NULL, "cannot read %s", path);
    const loom_array *a = value_array(v, "data");
    int64_t n = loom_array_count(a);
    ck_assert_int_le(n, MOST);
    for (int64_t i = 0; i < n; i++)
        dst[i] = a->dtype == LOOM_U8    ? ((const unsigned char *)a->data)[i]
                 : a->dtype == LOOM_F32 ? ((const float *)a->data)[i]
                                        : (float)((const double *)a->data)[i];
    value_free(v);
    return n;
}

typedef struct score {
    double db, cpu, total;
} score;

/* read > 0: normal noise of that standard deviation; else counts. */
static score run_profile(int64_t edge, double read, double peak, const char *profile)
{
    char param[64];
    score s = { 0 };
    double squares = 0, before = 0, after = 0;
    loom_value *v = make_tilt_series(1, edge, edge, 0.352, noisy, angles);
    if (read > 0) {
        make_array(v, "noise_gain", LOOM_F64, 1, (int64_t[]){ 1 }, "", NULL);
        make_array(v, "noise_read", LOOM_F64, 1, (int64_t[]){ 1 }, "", &read);
    } else value_set_number(v, "counts", 1, NULL, NULL);
    snprintf(param, sizeof param, "profile=%s", profile);
    op_call c = { .op = op_load("denoise.bm3d"), .params = { param } };
    op_input(&c, "tilts", v);
    double from = cpu();
    op_must_run(&c);
    s.cpu = cpu() - from;
    const float *out = value_array(op_output(&c, "tilts"), "images")->data;
    for (int64_t i = 0; i < edge * edge; i++) {
        squares += (double)(out[i] - clean[i]) * (double)(out[i] - clean[i]);
        before += (double)noisy[i];
        after += (double)out[i];
    }
    s.db = 10 * log10(peak * peak * (double)(edge * edge) / squares);
    s.total = fabs(after / before - 1);
    fprintf(stderr, "%s", c.notes);
    op_end(&c);
    value_free(v);
    return s;
}

/* How far `auto` is below the better of the two. */
static double regret(int64_t edge, double read, double peak, score *standard, score *aet)
{
    *standard = run_profile(edge, read, peak, "standard");
    *aet = run_profile(edge, read, peak, "aet");
    score chosen = run_profile(edge, read, peak, "auto");
    return fmax(standard->db, aet->db) - chosen.db;
}

static void add_noise(int64_t n, double sigma)
{
    double z[2];
    for (int64_t i = 0; i < n; i++) {
        loom_normal2(25, 0, (uint64_t)i, z);
        noisy[i] = (float)((double)clean[i] + sigma * z[0]);
    }
}

/* The search of both steps of `standard` alone, on the noisy image: distances, and with keeping the
 * nearest. */
static double search_time(bool keep)
{
    enum { EDGE = 512, STRIDE = EDGE + MATCH_PAD };
    static float image[(EDGE + 1) * STRIDE];
    match_place found[BLOCK_MAX_GROUP];
    double from = cpu();
    for (int y = 0; y < EDGE; y++)
        memcpy(image + y * STRIDE, noisy + y * EDGE, EDGE * sizeof(float));
    match_planes planes = { EDGE, EDGE, STRIDE, { image }, 1 };
    for (int group = 16; group <= 32; group += 16) {
        match_rule rule = { 8, 19, group, keep ? 64.0f * (group == 16 ? 3125 : 400) : 0 };
        for (int y = 0; y <= EDGE - 8; y += 3)
            for (int x = 0; x <= EDGE - 8; x += 3) match_find(&planes, &rule, y, x, found);
    }
    return cpu() - from;
}

START_TEST(bench)
{
    score a, b;
    add_noise(read_image("camera512_u8.npy", clean), 25);
    printf("auto_camera25 %.3f\n", regret(512, 25, 255, &a, &b));
    printf("camera_standard %.3f\ncamera_aet %.3f\ncamera_cpu %.3f\ncamera_aet_cpu %.3f\n", a.db,
           b.db, a.cpu, b.cpu);
    printf("ratio %.3f\nratio_search %.3f\n", a.cpu / search_time(false),
           a.cpu / search_time(true));
    add_noise(512 * 512, 10);
    printf("auto_camera10 %.3f\n", regret(512, 10, 255, &a, &b));
    read_image("to_clean.npy", clean);
    read_image("to_p50.npy", noisy);
    printf("auto_to %.3f\n", regret(256, 0, 50.5, &a, &b));
    printf("to_standard %.3f\nto_aet %.3f\nto_total %.5f\n", a.db, b.db, fmax(a.total, b.total));
    add_noise(256 * 256, 8);
    printf("auto_to_normal %.3f\n", regret(256, 8, 50.5, &a, &b));
}
END_TEST

BENCH_MAIN(bench, 1)
