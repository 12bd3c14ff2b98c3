/* trace/tracing_out.c - what trace.polynomial gives out: the atoms, the table of candidates, and
 * how they ended. */
#include "kit/model.h"
#include "tracing.h"
#include <assert.h>

static void position_A(const tracing *t, int64_t i, double out[3])
{
    assert(t->voxel_A > 0);
    tracing_position(t, i, out);
    for (int k = 0; k < 3; k++)
        out[k] = (fine_grid_coarse(&t->grid, out[k]) - (double)(t->n[k] / 2)) * t->voxel_A
                 + t->origin[k];
}

bool tracing_write_atoms(const tracing *t, const char *symbol)
{
    const loom_host *h = t->call->host;
    loom_value *atoms = h->output(t->call, "atoms");
    double *position = h->add_array(t->call, atoms, "position", LOOM_F64, 2,
                                    (int64_t[]){ t->accepted, 3 }, "angstrom");
    int32_t *species = h->add_array(t->call, atoms, "species", LOOM_I32, 1, &t->accepted, NULL);
    double *peak =
        h->add_array(t->call, atoms, "peak", LOOM_F64, 1, &t->accepted, t->density->unit);
    double *height =
        h->add_array(t->call, atoms, "height", LOOM_F64, 1, &t->accepted, t->density->unit);
    double *width = h->add_array(t->call, atoms, "width", LOOM_F64, 1, &t->accepted, "angstrom");
    double *last_step =
        h->add_array(t->call, atoms, "last_step", LOOM_F64, 1, &t->accepted, "angstrom");
    if (!position || !species || !peak || !height || !width || !last_step) return false;
    double fine_A = t->voxel_A / (double)t->grid.upsampling;
    for (int64_t i = 0, k = 0; i < t->count; i++) {
        if (t->peaks[i].flag != TRACE_ACCEPTED) continue;
        position_A(t, i, position + 3 * k);
        peak[k] = t->candidates[i].value;
        height[k] = t->peaks[i].height;
        width[k] = t->peaks[i].width * fine_A;
        last_step[k++] = t->peaks[i].last_step * fine_A;
    }
    h->set_text(t->call, atoms, "symbols", symbol);
    return loom_check_model(t->call, "volume", t->accepted, position);
}

bool tracing_write_candidates(const tracing *t)
{
    static const char *const index_names[3] = { "ix", "iy", "iz" }, *const position_names[3] = {
        "x", "y", "z"
    };
    const loom_host *h = t->call->host;
    loom_value *table = h->output(t->call, "candidates");
    double *x[3], at[3];
    int32_t *index[3];
    for (int k = 0; k < 3; k++)
        if (!(index[k] =
                  h->add_array(t->call, table, index_names[k], LOOM_I32, 1, &t->count, NULL)))
            return false;
    double *peak = h->add_array(t->call, table, "peak", LOOM_F64, 1, &t->count, t->density->unit);
    int32_t *flag = h->add_array(t->call, table, "flag", LOOM_I32, 1, &t->count, NULL);
    for (int k = 0; k < 3; k++)
        if (!(x[k] = h->add_array(t->call, table, position_names[k], LOOM_F64, 1, &t->count,
                                  "angstrom")))
            return false;
    if (!peak || !flag) return false;
    for (int64_t i = 0; i < t->count; i++) {
        position_A(t, i, at);
        for (int k = 0; k < 3; k++) {
            index[k][i] = t->candidates[i].at[k];
            x[k][i] = at[k];
        }
        peak[i] = t->candidates[i].value;
        flag[i] = t->peaks[i].flag;
    }
    return true;
}

static void note_flags(const tracing *t, int64_t all)
{
    int64_t n[6] = { 0 };
    for (int64_t i = 0; i < t->count; i++) n[-t->peaks[i].flag]++;
    t->call->host->note(t->call,
                        "%lld maxima, %lld fitted: %lld atoms, %lld no maximum of the polynomial, "
                        "%lld left the window, %lld too "
                        "close to a brighter one, %lld not converged, %lld at the border",
                        (long long)all, (long long)t->count, (long long)n[0], (long long)n[1],
                        (long long)n[2], (long long)n[3], (long long)n[4], (long long)n[5]);
}

/* Atoms give about one maximum each; where noise is traced too, hardly one of many is kept, and
 * what is kept fills the volume as densely as `min_distance` allows. */
static void warn_of_noise(const tracing *t)
{
    enum { MANY = 1000, PER_ATOM = 20 };
    if (t->count < MANY || t->count < PER_ATOM * t->accepted) return;
    t->call->host->warn(t->call, "threshold",
                        "%lld maxima were fitted for %lld atoms that were kept: nearly all of them "
                        "are noise, and so are some, or most, of the atoms. Smooth the images to "
                        "the width of an atom (denoise.gaussian), stop the reconstruction earlier, "
                        "give a 'threshold' or a mask, or lower 'max_candidates' and drop the dim "
                        "class (classify.kmeans, 'discard')",
                        (long long)t->count, (long long)t->accepted);
}

void tracing_report(const tracing *t, int64_t all)
{
    assert(t->count <= all);
    note_flags(t, all);
    warn_of_noise(t);
}
