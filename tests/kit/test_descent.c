/* kit/descent: the bound of the largest eigenvalue bounds, steps below it descend, acceleration
 * gets further in as many steps, and any projector of the same volume takes the volume's state. */
#include "kit/descent.h"
#include "kit/kit_call.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { NT = 7, NY = 11, N = 16, STEPS = 25 };
static double level_deg[NT][3], tipped_deg[NT][3];

static void set_angles(void)
{
    for (int k = 0; k < NT; k++) {
        level_deg[k][1] = -60 + 20.0 * k;
        memcpy(tipped_deg[k], level_deg[k], sizeof level_deg[k]);
        tipped_deg[k][0] = 3 + k;
        tipped_deg[k][2] = -2;
    }
}

static loom_projector *make(loom_call *call, double angles[NT][3])
{
    return loom_projector_make(call, &(loom_projector_spec){ .nt = NT,
                                                             .ny = NY,
                                                             .nx = N,
                                                             .vz = N,
                                                             .vy = NY,
                                                             .vx = N,
                                                             .angles_deg = angles[0],
                                                             .threads = 2 });
}

static float *floats(loom_call *call, int64_t n)
{
    float *v = call->host->scratch(call, (size_t)n * sizeof *v);
    memset(v, 0, (size_t)n * sizeof *v);
    return v;
}

static double square(const float *v, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)v[i] * (double)v[i];
    return sum;
}

START_TEST(a_volume_state_goes_from_projector_to_projector)
{
    kit_call k;
    loom_call *call = kit_begin(&k);
    loom_projector *level = make(call, level_deg), *tipped = make(call, tipped_deg);
    float *state = floats(call, level->volume_floats), *v = floats(call, N * NY * N),
          *w = floats(call, N * NY * N);
    ck_assert(level->single_axis && !tipped->single_axis);
    ck_assert_int_eq(level->volume_floats, loom_volume_floats(N, NY, N));
    ck_assert_int_eq(tipped->volume_floats, loom_volume_floats(N, NY, N));
    ck_assert_int_le(level->image_floats, loom_images_floats(NT, NY, N));
    ck_assert_int_le(tipped->image_floats, loom_images_floats(NT, NY, N));
    for (int i = 0; i < N * NY * N; i++) v[i] = (float)loom_uniform(1, 2, (uint64_t)i);
    loom_projector_load_volume(level, v, state);
    loom_projector_store_volume(tipped, state, w);
    ck_assert_mem_eq(v, w, (size_t)(N * NY * N) * sizeof *v);
    kit_end(&k);
}
END_TEST

START_TEST(the_bound_is_above_every_quotient)
{
    kit_call k;
    loom_call *call = kit_begin(&k);
    for (int which = 0; which < 2; which++) {
        loom_projector *a = make(call, which ? tipped_deg : level_deg);
        float *x = floats(call, a->volume_floats), *w = floats(call, a->image_floats),
              *v = floats(call, N * NY * N);
        double bound = loom_largest_eigenvalue(a, x, w), largest = 0;
        for (int round = 0; round < 40; round++) { /* |A x|^2 / |x|^2 */
            for (int i = 0; i < N * NY * N && round == 0; i++)
                v[i] = (float)loom_uniform(3, 4, (uint64_t)i);
            if (round == 0) loom_projector_load_volume(a, v, x);
            double size = square(x, a->volume_floats);
            loom_project(a, 0, NT, x, w);
            largest = fmax(largest, square(w, a->image_floats) / size);
            loom_back_project(a, 0, NT, w, loom_sink_store, x);
            float scale = (float)(1 / bound);
            for (int64_t i = 0; i < a->volume_floats; i++) x[i] *= scale;
        }
        ck_assert_double_ge(bound, largest * (1 - 1e-5));
        ck_assert_double_le(bound, 1.1 * largest);
    }
    kit_end(&k);
}
END_TEST

/* |A u - b| after so many steps, and whether it fell in each. */
static double descend(loom_call *call, bool accelerate, bool *fell)
{
    loom_projector *a = make(call, level_deg);
    int64_t nv = a->volume_floats, ni = a->image_floats;
    float *truth = floats(call, nv), *v = floats(call, N * NY * N), *b = floats(call, ni),
          *w = floats(call, ni), *x = floats(call, nv);
    uint8_t *mask = call->host->scratch(call, (size_t)nv);
    for (int i = 0; i < N * NY * N; i++)
        v[i] = i / N % NY == 5 ? (float)loom_uniform(5, 6, (uint64_t)i) : 0;
    loom_projector_load_volume(a, v, truth);
    for (int64_t i = 0; i < nv; i++) mask[i] = truth[i] > 0;
    loom_project(a, 0, NT, truth, b);
    loom_descent d = { .u = floats(call, nv), .mask = mask, .positive = true };
    d.before = accelerate ? floats(call, nv) : d.u;
    d.part = call->host->scratch(call, (size_t)a->pieces * LOOM_DESCENT_SUMS * sizeof(double));
    d.step = 1 / loom_largest_eigenvalue(a, x, w);
    loom_descent_begin(&d, a);
    double left = INFINITY;
    *fell = true;
    for (int step = 0; step <= STEPS; step++) {
        loom_project(a, 0, NT, d.u, w);
        for (int64_t i = 0; i < ni; i++) w[i] -= b[i];
        double now = square(w, ni);
        *fell = *fell && now < left;
        left = now;
        for (int64_t i = 0; i < nv; i++) x[i] = d.u[i] + (float)d.momentum * (d.u[i] - d.before[i]);
        loom_project(a, 0, NT, x, w);
        for (int64_t i = 0; i < ni; i++) w[i] -= b[i];
        loom_descent_step(&d, a, w);
        if (accelerate) loom_descent_accelerate(&d, d.uphill);
        for (int64_t i = 0; i < nv; i++) ck_assert(d.u[i] >= 0 && (mask[i] || d.u[i] <= 0));
    }
    return sqrt(left);
}

START_TEST(steps_descend_and_momentum_gets_further)
{
    kit_call k;
    bool fell;
    double plain = descend(kit_begin(&k), false, &fell);
    ck_assert(fell);
    kit_end(&k);
    double fast = descend(kit_begin(&k), true, &fell);
    kit_end(&k);
    ck_assert_double_lt(fast, 0.5 * plain);
}
END_TEST

TEST_MAIN_WITH("kit descent", ((suite_options){ .setup = set_angles, .teardown = set_angles }),
               a_volume_state_goes_from_projector_to_projector, the_bound_is_above_every_quotient,
               steps_descend_and_momentum_gets_further)
