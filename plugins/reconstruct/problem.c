/* problem.c - see problem.h. */
#include "problem.h"
#include "kit/geometry.h"
#include "kit/level.h"
#include <assert.h>

/* Width of a slab of that depth that holds every ray meeting a pixel over its whole depth. Rays
 * flatter than 85 degrees would need any width; they get what 85 degrees need. */
static int64_t film_width(int64_t nt, const double *angles_deg, int64_t nx, int64_t depth)
{
    assert(nt >= 0 && nx >= 0);
    double widest = (double)nx;
    for (int64_t k = 0; k < nt; k++) {
        double r[9];
        loom_euler(angles_deg + 3 * k, r);
        double c = fmax(fabs(r[8]), cos(85 * LOOM_PI / 180)), s = hypot(r[2], r[5]);
        widest = fmax(widest, ((double)nx + (double)depth * s) / c);
    }
    return (int64_t)ceil(widest / 2) * 2 + (nx & 1);
}

/* Sizes and views from the input, without looking at the pixels. */
static loom_status measure(loom_call *call, const problem_settings *set, problem *q,
                           const loom_array **images)
{
    const loom_host *h = call->host;
    *q = (problem){ .call = call, .set = *set, .threads = h->threads(call) };
    const loom_array *angles = loom_need(call, "tilts", "angles");
    *images = loom_need(call, "tilts", "images");
    if (!*images || !angles || !loom_need_number(call, "tilts", "pixel_size", &q->pixel_size))
        return LOOM_E_DATA;
    q->nt = (*images)->dim[0];
    q->ny = (*images)->dim[1];
    q->nx = (*images)->dim[2];
    q->angles_deg = angles->data;
    if (loom_array_count(*images) == 0)
        return h->fail(call, LOOM_E_DATA, "tilts",
                       "the tilt series is empty: %lld images of %lld x %lld pixels",
                       (long long)q->nt, (long long)q->ny, (long long)q->nx);
    if (angles->dim[0] != q->nt || angles->dim[1] != 3)
        return h->fail(call, LOOM_E_DATA, "tilts",
                       "%lld images but angles [%lld][%lld]; each image needs its phi, theta, psi",
                       (long long)q->nt, (long long)angles->dim[0], (long long)angles->dim[1]);
    if (!loom_need_finite(call, "tilts", angles)) return LOOM_E_DATA;
    q->vz = set->thickness > 0 ? set->thickness : q->nx;
    q->wide = set->object == OBJECT_FILM ? film_width(q->nt, q->angles_deg, q->nx, q->vz) : q->nx;
    q->vx = set->crop ? q->nx : q->wide;
    return LOOM_OK;
}

static loom_projector_spec spec_of(const problem *q)
{
    return (loom_projector_spec){ .nt = q->nt,
                                  .ny = q->ny,
                                  .nx = q->nx,
                                  .vz = q->vz,
                                  .vy = q->ny,
                                  .vx = q->wide,
                                  .angles_deg = q->angles_deg,
                                  .oversampling = (int)q->set.oversampling,
                                  .threads = q->threads,
                                  .port = "tilts" };
}

float *problem_floats(problem *q, int64_t n)
{
    assert(n >= 0);
    return q->call->host->scratch(q->call, (size_t)n * sizeof(float));
}

float *problem_state(problem *q, int64_t n)
{
    assert(q->states < PROBLEM_STATES);
    return q->state[q->states++] = problem_floats(q, n);
}

void problem_release(problem *q, float *state)
{
    int i = 0;
    while (i < q->states && q->state[i] != state) i++;
    assert(i < q->states);
    q->state[i] = q->state[--q->states];
    q->call->host->release(q->call, state);
}

void problem_free_floats(problem *q)
{
    while (q->states > 0) q->call->host->release(q->call, q->state[--q->states]);
}

void problem_drop_left_out(const problem *q, float *images)
{
    assert(images);
    for (int64_t i = 0; q->left_out && i < q->a->runs; i++) {
        loom_run r = loom_projector_run(q->a, i);
        if (q->left_out[r.tilt]) memset(images + r.at, 0, (size_t)r.count * sizeof *images);
    }
}

/* An array on the output's grid, as floats on the grid worked on, into a state; beyond the output
 * it is `beyond`. */
static bool load_widened(problem *q, const loom_array *a, float beyond, float *state)
{
    assert(q->wide >= q->nx);
    float *wide = problem_floats(q, q->vz * q->ny * q->wide);
    if (!wide) return false;
    int64_t left = loom_centre(q->wide) - loom_centre(q->vx);
    for (int64_t i = 0; i < q->vz * q->ny; i++) {
        float *row = wide + i * q->wide;
        for (int64_t x = 0; x < q->wide; x++) row[x] = beyond;
        for (int64_t x = 0; x < q->vx; x++)
            row[left + x] = a->dtype == LOOM_U8
                                ? (float)(((const uint8_t *)a->data)[i * q->vx + x] != 0)
                                : ((const float *)a->data)[i * q->vx + x];
    }
    loom_projector_load_volume(q->a, wide, state);
    q->call->host->release(q->call, wide);
    return true;
}

static const loom_array *need_on_grid(problem *q, const char *port, const char *name)
{
    const loom_array *a = loom_need(q->call, port, name);
    return a
                   && loom_need_same_grid(q->call, port, a,
                                          "the volume to be made (`thickness` is its depth)",
                                          (int64_t[]){ q->vz, q->ny, q->vx })
               ? a
               : NULL;
}

loom_status problem_open_volume(problem *q)
{
    const loom_host *h = q->call->host;
    int64_t n = q->a->volume_floats;
    memset(q->u, 0, (size_t)n * sizeof(float));
    if (h->input(q->call, "mask", 0)) {
        const loom_array *a = need_on_grid(q, "mask", "mask");
        if (!a) return LOOM_E_DATA;
        if (!q->mask) q->mask = h->scratch(q->call, (size_t)n);
        if (!q->mask || !load_widened(q, a, 1, q->u)) return LOOM_E_MEMORY;
        for (int64_t i = 0; i < n; i++) q->mask[i] = q->u[i] > 0;
        memset(q->u, 0, (size_t)n * sizeof(float));
    }
    if (!h->input(q->call, "initial", 0)) return LOOM_OK;
    const loom_array *a = need_on_grid(q, "initial", "density");
    if (!a || !loom_need_finite(q->call, "initial", a)) return LOOM_E_DATA;
    if (!load_widened(q, a, 0, q->u)) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n && q->mask; i++) q->u[i] = q->mask[i] ? q->u[i] : 0;
    return LOOM_OK;
}

/* Per stretch of the images: sum|r|, sum r^2, sum r^2 / variance with r = images - all, `all` being
 * b or b_free, into part[runs][3]; images NULL: r = all. */
static void measure_residual(problem *q, const float *images, const float *all)
{
    const loom_projector *a = q->a;
    double fixed = q->set.noise * q->set.noise;
#pragma omp parallel for num_threads(q->threads) schedule(static)
    for (int64_t i = 0; i < a->runs; i++) {
        loom_run run = loom_projector_run(a, i);
        const float *b = all + run.at, *f = images ? images + run.at : NULL;
        double absolute = 0, square = 0, weighted = 0;
#pragma omp simd reduction(+ : absolute, square)
        for (int64_t j = 0; j < run.count; j++) {
            float r = f ? f[j] - b[j] : b[j];
            absolute += (double)fabsf(r);
            square += (double)(r * r);
        }
        for (int64_t j = 0; q->set.stop == STOP_NOISE && j < run.count; j++) {
            double r = f ? f[j] - b[j] : b[j],
                   variance = fixed > 0 ? fixed : fmax(b[j] + q->level, 1);
            weighted += r * r / variance;
        }
        double *part = q->part + 3 * i;
        part[0] = absolute;
        part[1] = square;
        part[2] = weighted;
    }
}

/* b = images less the background, and what the R-factors divide by. */
static void open_images(problem *q, const float *images)
{
    q->level = loom_background(q->call, "tilts", q->set.background);
    loom_projector_load_images(q->a, images, (float)q->level, q->b);
    measure_residual(q, NULL, q->b);
    for (int64_t k = 0; k < q->nt; k++) q->image_sum[k] = 0;
    for (int64_t i = 0; i < q->a->runs; i++)
        q->image_sum[loom_projector_run(q->a, i).tilt] += q->part[3 * i];
}

/* Mean over tilts and rows of what is in each column, less the level; into column[nx]. */
static void sum_columns(const problem *q, const float *images, double *restrict column)
{
    for (int64_t x = 0; x < q->nx; x++) column[x] = 0;
    for (int64_t i = 0; i < q->nt * q->ny; i++)
        for (int64_t x = 0; x < q->nx; x++) column[x] += (double)images[i * q->nx + x];
    for (int64_t x = 0; x < q->nx; x++) column[x] = column[x] / (double)(q->nt * q->ny) - q->level;
}

/* A particle that is all inside its images leaves their sides empty. */
static bool check_sides(problem *q, const float *images)
{
    enum { SIDE = 2, NARROW = 16 };
    const loom_host *h = q->call->host;
    if (q->set.object == OBJECT_FILM || q->nx < NARROW) return true;
    double *column = h->scratch(q->call, (size_t)q->nx * sizeof *column), most = 0, side[2] = { 0 };
    if (!column) return false;
    sum_columns(q, images, column);
    for (int64_t x = 0; x < q->nx; x++) most = fmax(most, column[x]);
    for (int64_t x = 0; x < SIDE; x++) {
        side[0] += column[x] / SIDE;
        side[1] += column[q->nx - 1 - x] / SIDE;
    }
    double worst = fmax(side[0], side[1]);
    if (most > 0 && worst > 0.2 * most)
        h->warn(
            q->call, "object",
            "the images are %.0f %% as bright along their %s side as in their brightest column: "
            "where that is empty space, give its level as 'background'; where the specimen "
            "goes on beyond the images, set 'object: film'",
            100 * worst / most, side[0] > side[1] ? "left" : "right");
    h->release(q->call, column);
    return true;
}

/* Sum of squares over the stretches that are left out. */
static double sum_left_out(const problem *q)
{
    double sum = 0;
    for (int64_t i = 0; i < q->a->runs; i++) {
        if (q->left_out && !q->left_out[loom_projector_run(q->a, i).tilt]) continue;
        sum += q->part[3 * i + 1];
    }
    return sum;
}

/* How well A u explains the data left out, as the next score: by squares, of which noise is a
 * constant part, while sums of |r| prefer the median of sparse counts to their mean. */
static bool score_left_out(problem *q, const float *images)
{
    const float *all = q->b_free ? q->b_free : q->b;
    measure_residual(q, NULL, all);
    double whole = sum_left_out(q);
    measure_residual(q, images, all);
    double r = whole > 0 ? sqrt(sum_left_out(q) / whole) : 0;
    q->r_free[q->free.seen] = r;
    return loom_free_next(&q->free, r);
}

bool problem_row(problem *q, const float *images, double change)
{
    assert(q->rows <= q->set.iterations);
    double absolute = 0, square = 0, weighted = 0, total = 0, mean = 0;
    int64_t counted = 0;
    measure_residual(q, images, q->b);
    for (int64_t k = 0; k < q->nt; k++) q->tilt_sum[k] = 0;
    for (int64_t i = 0; i < q->a->runs; i++) {
        const double *part = q->part + 3 * i;
        q->tilt_sum[loom_projector_run(q->a, i).tilt] += part[0];
        absolute += part[0];
        square += part[1];
        weighted += part[2];
    }
    for (int64_t k = 0; k < q->nt; k++) {
        total += q->image_sum[k];
        if (q->image_sum[k] > 0) { /* an empty image has no R-factor */
            mean += q->tilt_sum[k] / q->image_sum[k];
            counted++;
        }
    }
    assert(q->rows <= q->set.iterations);
    double *row = q->table + 4 * q->rows++, pixels = (double)(q->nt * q->ny * q->nx);
    row[0] = counted ? mean / (double)counted : 0;
    row[1] = total > 0 ? absolute / total : 0;
    row[2] = sqrt(square / pixels);
    row[3] = change;
    if (q->set.stop == STOP_FREE) return score_left_out(q, images);
    if (q->set.stop == STOP_NOISE)
        return weighted / pixels <= (q->set.tolerance > 0 ? q->set.tolerance : 1);
    return q->set.stop == STOP_CHANGE && q->rows > 1
           && change <= (q->set.tolerance > 0 ? q->set.tolerance : 1e-4);
}

bool problem_progress(problem *q, int64_t done)
{
    assert(done >= 0);
    return q->call->host->progress(q->call, (double)done,
                                   (double)(q->set.iterations > 0 ? q->set.iterations : 1));
}

bool problem_finish(problem *q, int64_t done)
{
    /* the second pass of `stop: free` goes as far as the first one found best */
    bool second = q->r_free && q->set.stop == STOP_NEVER;
    return !second && q->call->host->finish(q->call, done);
}

double problem_sum(const problem *q, int column)
{
    assert(column >= 0 && column < 3);
    double sum = 0;
    for (int64_t i = 0; i < q->a->pieces; i++) sum += q->part[3 * i + column];
    return sum;
}

loom_status problem_open(loom_call *call, const problem_settings *set, problem *q)
{
    const loom_host *h = call->host;
    const loom_array *images;
    loom_status status = measure(call, set, q, &images);
    if (status != LOOM_OK) return status;
    if (!loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    loom_projector_spec spec = spec_of(q);
    if (!(q->a = loom_projector_make(call, &spec))) return LOOM_E_MEMORY;
    int64_t parts = 3 * (q->a->runs > q->a->pieces ? q->a->runs : q->a->pieces);
    q->b = problem_floats(q, q->a->image_floats);
    q->u = problem_floats(q, q->a->volume_floats);
    q->image_sum = h->scratch(call, (size_t)q->nt * sizeof(double));
    q->tilt_sum = h->scratch(call, (size_t)q->nt * sizeof(double));
    q->part = h->scratch(call, (size_t)parts * sizeof(double));
    q->table = h->scratch(call, (size_t)(set->iterations + 1) * 4 * sizeof(double));
    if (!q->b || !q->u || !q->image_sum || !q->tilt_sum || !q->part || !q->table)
        return LOOM_E_MEMORY;
    open_images(q, images->data);
    if (!check_sides(q, images->data)) return LOOM_E_MEMORY;
    return problem_open_volume(q);
}

static loom_status close_table(problem *q)
{
    static const char *const names[] = { "r_factor", "r_factor_pooled", "rms_residual", "change" };
    const loom_host *h = q->call->host;
    loom_value *table = h->output(q->call, "residuals");
    int64_t *iteration =
        table ? h->add_array(q->call, table, "iteration", LOOM_I64, 1, &q->rows, NULL) : NULL;
    if (!iteration) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < q->rows; i++) iteration[i] = i;
    for (int c = 0; c < 4; c++) {
        double *column = h->add_array(q->call, table, names[c], LOOM_F64, 1, &q->rows, NULL);
        if (!column) return LOOM_E_MEMORY;
        for (int64_t i = 0; i < q->rows; i++) column[i] = q->table[4 * i + c];
    }
    double *r_free =
        q->r_free ? h->add_array(q->call, table, "r_free", LOOM_F64, 1, &q->rows, NULL) : NULL;
    if (q->r_free && !r_free) return LOOM_E_MEMORY;
    assert(!r_free || q->rows <= q->free.seen);
    for (int64_t i = 0; r_free && i < q->rows; i++) r_free[i] = q->r_free[i];
    return LOOM_OK;
}

loom_status problem_converged(const problem *q)
{
    if (q->rows == 0 || isfinite(q->table[4 * (q->rows - 1)])) return LOOM_OK;
    return q->call->host->fail(
        q->call, LOOM_E_NUMERIC, "tilts",
        "the reconstruction diverged; lower `step` or `relaxation`, or scale the images");
}

loom_status problem_close(problem *q)
{
    const loom_host *h = q->call->host;
    const float *u = q->made;
    loom_status status = problem_converged(q);
    if (status != LOOM_OK) return status;
    if (q->spare) h->release(q->call, q->spare);
    h->release(q->call, q->b);
    loom_value *volume = h->output(q->call, "volume");
    float *density = volume ? h->add_array(q->call, volume, "density", LOOM_F32, 3,
                                           (int64_t[]){ q->vz, q->ny, q->vx }, NULL)
                            : NULL;
    if (!density) return LOOM_E_MEMORY;
    h->set_number(q->call, volume, "voxel_size", q->pixel_size, "angstrom");
    if (q->wide == q->vx) loom_projector_store_volume(q->a, u, density);
    else {
        float *wide = problem_floats(q, q->vz * q->ny * q->wide);
        if (!wide) return LOOM_E_MEMORY;
        loom_projector_store_volume(q->a, u, wide);
        int64_t left = loom_centre(q->wide) - loom_centre(q->vx);
        for (int64_t i = 0; i < q->vz * q->ny; i++)
            memcpy(density + i * q->vx, wide + i * q->wide + left, (size_t)q->vx * sizeof(float));
    }
    return close_table(q);
}

loom_status problem_estimate(loom_call *call, const problem_settings *set, int more_images,
                             int more_volumes, loom_estimate *out)
{
    problem q;
    const loom_array *images;
    loom_status status = measure(call, set, &q, &images);
    if (status != LOOM_OK) return status;
    loom_projector_spec spec = spec_of(&q);
    uint64_t image = sizeof(float) * (uint64_t)loom_images_floats(q.nt, q.ny, q.nx),
             volume = sizeof(float) * (uint64_t)loom_volume_floats(q.vz, q.ny, q.wide);
    /* counts that are split: those left out, and while splitting the parts as plain images */
    if (set->stop == STOP_FREE && set->free_split == SPLIT_COUNTS) more_images += 3;
    uint64_t states = (uint64_t)(1 + more_images) * image + (uint64_t)(1 + more_volumes) * volume;
    if (call->host->input(call, "mask", 0)) states += volume / 4;
    if (q.wide > q.vx) states += volume; /* the crop at the end */
    out->bytes = states + loom_projector_bytes(&spec) + (uint64_t)(set->iterations + 1) * 32
                 + (1u << 20)
                 + (more_volumes ? 0 : volume); /* without a spare volume the output comes on top */
    out->uses_threads = true;
    return LOOM_OK;
}
