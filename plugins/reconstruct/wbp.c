/* reconstruct.wbp - weighted back-projection. */
#include "problem.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include <assert.h>
#include <fftw3.h>
#include <omp.h>
#include <stdlib.h>

typedef struct params {
    problem_settings set;
    int32_t filter;
    double cutoff;
} params;
static const char *const filters[] = { "ram-lak", "hann", "cosine", NULL };
enum { RAM_LAK, HANN, COSINE };
static const loom_param param_table[] = {
    PROBLEM_PARAMS(params, 1, false, LOOM_NO_EFFECT, LOOM_BASIC),
    LOOM_PARAM(params, filter, .choices = filters, .def = HANN,
               .doc = "window on the ramp: ram-lak none, hann and cosine fall to 0 at the cutoff"),
    LOOM_PARAM(params, cutoff, .def = 1, .min = 0.01, .max = 1,
               .doc = "highest frequency kept, as a fraction of Nyquist"),
    { 0 }
};

/* Length of the transform: images zero-padded to at least twice their width, so that the filter's
 * tails do not wrap round. */
static int64_t padded(int64_t nx)
{
    assert(nx > 0);
    int64_t n = 64;
    while (n < 2 * nx) n *= 2;
    return n;
}

/* Ramp times window at the n/2+1 frequencies, 1/n included. The ramp is the transform of the
 * sampled kernel 1/4, 0, -1/(pi k)^2 for odd k, which unlike |f| itself keeps the mean density
 * right (Kak and Slaney 1988, 3.3). */
static void make_filter(int64_t n, const params *p, float *work, fftwf_complex *spectrum,
                        float *filter)
{
    assert(n > 0 && n % 2 == 0);
    fftwf_plan plan = fftwf_plan_dft_r2c_1d((int)n, work, spectrum, FFTW_ESTIMATE);
    for (int64_t i = 0; i < n; i++) {
        int64_t k = i <= n / 2 ? i : n - i;
        work[i] = k == 0 ? 0.25f : k % 2 ? (float)(-1 / (LOOM_PI * LOOM_PI * (double)(k * k))) : 0;
    }
    fftwf_execute(plan);
    fftwf_destroy_plan(plan);
    for (int64_t i = 0; i <= n / 2; i++) {
        double f = (double)i / ((double)n / 2) / p->cutoff, window = f > 1 ? 0 : 1;
        if (p->filter == HANN) window *= 0.5 * (1 + cos(LOOM_PI * f));
        if (p->filter == COSINE) window *= cos(0.5 * LOOM_PI * f);
        filter[i] = (float)(spectrum[i][0] * window / (double)n);
    }
}

typedef struct direction {
    double theta;
    int64_t tilt;
} direction;

static int by_theta(const void *a, const void *b)
{
    const direction *x = a, *y = b;
    if (x->theta < y->theta || x->theta > y->theta) return x->theta < y->theta ? -1 : 1;
    return x->tilt < y->tilt ? -1 : x->tilt > y->tilt;
}

/* Each view stands for the angle half-way to its neighbours, in radians modulo pi. A missing wedge
 * (a gap of more than three times the usual) belongs to no view: the views at its edges get on that
 * side what they get on the other. */
static void angular_weights(const problem *q, direction *d, double *weight)
{
    int64_t n = q->nt;
    for (int64_t k = 0; k < n; k++) {
        double r[9];
        loom_euler(q->angles_deg + 3 * k, r);
        double theta = atan2(r[2], r[8]);
        d[k] = (direction){ theta - floor(theta / LOOM_PI) * LOOM_PI, k };
    }
    qsort(d, (size_t)n, sizeof *d, by_theta);
    if (n == 1) {
        weight[0] = LOOM_PI;
        return;
    }
    double wedge = 3 * LOOM_PI / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double after = i + 1 < n ? d[i + 1].theta - d[i].theta : d[0].theta + LOOM_PI - d[i].theta;
        double before = i > 0 ? d[i].theta - d[i - 1].theta : d[0].theta + LOOM_PI - d[n - 1].theta;
        if (after > wedge) after = before < wedge ? before : LOOM_PI / (double)n;
        if (before > wedge) before = after;
        weight[d[i].tilt] = 0.5 * (after + before);
    }
}

/* Every row of every image filtered across the tilt axis and multiplied by its view's weight. */
static void filter_images(const problem *q, const float *src, int64_t n, const float *filter,
                          const double *weight, fftwf_plan forward, fftwf_plan backward,
                          float *work, float *restrict dst)
{
    assert(n > 0 && n % 2 == 0);
    int64_t pitch = 2 * (n / 2 + 8);
#pragma omp parallel for num_threads(q->threads) schedule(static)
    for (int64_t i = 0; i < q->nt * q->ny; i++) {
        float *row = work + omp_get_thread_num() * pitch;
        float scale = (float)weight[i / q->ny], level = (float)q->level;
        for (int64_t x = 0; x < n; x++) row[x] = x < q->nx ? src[i * q->nx + x] - level : 0;
        fftwf_complex *spectrum = (fftwf_complex *)row;
        fftwf_execute_dft_r2c(forward, row, spectrum);
        for (int64_t f = 0; f <= n / 2; f++) {
            spectrum[f][0] *= filter[f] * scale;
            spectrum[f][1] *= filter[f] * scale;
        }
        fftwf_execute_dft_c2r(backward, spectrum, row);
        for (int64_t x = 0; x < q->nx; x++) dst[i * q->nx + x] = row[x];
    }
}

static void keep(void *user, loom_piece piece)
{
    const problem *q = user;
    float *u = q->u + piece.at, least = q->set.positivity ? 0 : -INFINITY;
    for (int64_t i = 0; i < piece.count; i++) {
        float sum = piece.sum[i] > least ? piece.sum[i] : least;
        u[i] = q->mask && !q->mask[piece.at + i] ? 0 : sum;
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    problem_settings set = p->set;
    set.iterations = 1;
    set.stop = STOP_NEVER;
    problem q;
    loom_status status = problem_open(call, &set, &q);
    if (status != LOOM_OK) return status;
    int64_t n = padded(q.nx), pitch = 2 * (n / 2 + 8), plain = q.nt * q.ny * q.nx;
    float *filtered = problem_floats(&q, plain), *state = problem_floats(&q, q.a->image_floats),
          *work = problem_floats(&q, pitch * (q.threads + 2));
    direction *directions = h->scratch(call, (size_t)q.nt * (sizeof *directions + sizeof(double)));
    if (!filtered || !state || !work || !directions) return LOOM_E_MEMORY;
    double *weight = (double *)(directions + q.nt);
    angular_weights(&q, directions, weight);
    float *filter = work + pitch * q.threads;
    make_filter(n, p, work, (fftwf_complex *)(filter + pitch), filter);
    fftwf_plan forward = fftwf_plan_dft_r2c_1d((int)n, work, (fftwf_complex *)work, FFTW_ESTIMATE);
    fftwf_plan backward = fftwf_plan_dft_c2r_1d((int)n, (fftwf_complex *)work, work, FFTW_ESTIMATE);
    problem_row(&q, NULL, 0);
    filter_images(&q, loom_need(call, "tilts", "images")->data, n, filter, weight, forward,
                  backward, work, filtered);
    fftwf_destroy_plan(forward);
    fftwf_destroy_plan(backward);
    loom_projector_load_images(q.a, filtered, 0, state);
    h->release(call, filtered);
    loom_back_project(q.a, 0, q.nt, state, keep, &q);
    loom_project(q.a, 0, q.nt, q.u, state);
    problem_row(&q, state, 1);
    if (!problem_progress(&q, 1)) return LOOM_E_CANCELLED;
    q.made = q.u;
    q.spare = state;
    return problem_close(&q);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    return problem_estimate(call, &p->set, 2, 0, out);
}

static const loom_citation citations[] = { CITE_KAK_2001, { 0 } };

static const loom_op reconstruct_wbp = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "reconstruct.wbp",
    .summary = "Tomogram by weighted back-projection.",
    .method =
        "Every image is filtered across the tilt axis with a ramp times a window, multiplied "
        "by the angle between the half-way points to its neighbours (so that uneven tilts are "
        "treated correctly), and back-projected. It is linear, and takes as long as one "
        "iteration of other ops. Parameters of iterative ops are accepted and have no effect; "
        "neither has `initial`.",
    .citations = citations,
    .limits = "Few views and the missing wedge leave streaks, and values next to bright atoms are "
              "negative. With angles beyond one axis the filter still runs along x' of each image, "
              "which is right for small phi only. To trace atoms, use an iterative op.",
    .inputs = problem_inputs,
    .outputs = problem_outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("reconstruct.wbp", "1.0", "BSD-3-Clause", &reconstruct_wbp);
