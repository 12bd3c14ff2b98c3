/* atoms.transform - atoms turned, moved, scaled, mirrored, and what belongs to them with them. */
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/geometry.h"
#include <assert.h>
#include <stdio.h>

typedef struct params {
    loom_strings axes, vectors, errors;
    double scale;
    loom_reals rotate, shift;
    int32_t about;
    bool recentre;
} params;
enum { ABOUT_ORIGIN, ABOUT_MEAN };
static const char *const about_choices[] = { "origin", "mean", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, axes, .text = "x, y, z", .flags = LOOM_LENGTH(3),
               .doc = "first: what becomes x, y and z, of the old axes, with their signs: "
                      "[y, x, -z]"),
    LOOM_PARAM(params, scale, .def = 1, .min = 1e-3, .max = 1e3,
               .doc = "second: all lengths times this: the right pixel size over the one used"),
    LOOM_PARAM(params, rotate, .unit = "degree", .text = "0, 0, 0", .flags = LOOM_LENGTH(3),
               .min = -360, .max = 360,
               .doc = "third: phi, theta, psi of a rotation, as of tilts (docs/geometry.md)"),
    LOOM_PARAM(params, shift, .unit = "angstrom", .text = "0, 0, 0", .flags = LOOM_LENGTH(3),
               .doc = "last: added to x, y, z"),
    LOOM_PARAM(params, about, .choices = about_choices,
               .doc = "what stays in place until the shift: 0, 0, 0, or the mean position"),
    LOOM_PARAM(params, recentre, .doc = "what `about` says comes to lie at 0, 0, 0"),
    LOOM_PARAM(params, vectors, .text = "normal", .flags = LOOM_ADVANCED,
               .doc = "columns NAME_x, NAME_y, NAME_z that turn with the atoms"),
    LOOM_PARAM(params, errors, .text = "error, bound", .flags = LOOM_ADVANCED,
               .doc = "columns NAME_x, NAME_y, NAME_z that are standard errors of x, y, z"),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "any atoms", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms", "the same atoms in their new places, with all their columns", 0 }, { 0 }
};

typedef struct moving {
    loom_call *call;
    const params *p;
    const loom_value *in;
    loom_value *out;
    const double *position; /* [n][3] */
    int64_t n;
    double m[9];           /* row-major: axes, then rotation; lengths stay */
    double from[3], to[3]; /* x' = to + scale m (x - from) */
    bool turns;            /* m is not 1 */
} moving;

/* ---- the map --------------------------------------------------------------------------------- */

/* Rows of the permutation with signs; false after failing. */
static bool read_axes(loom_call *call, const loom_strings *axes, double m[9])
{
    int used = 0;
    assert(axes->n == 3);
    memset(m, 0, 9 * sizeof *m);
    for (int i = 0; i < 3; i++) {
        const char *word = axes->v[i];
        double sign = *word == '-' ? -1 : 1;
        word += *word == '-' || *word == '+';
        int k = *word ? *word - 'x' : -1;
        if (k < 0 || k > 2 || word[1] || (used & 1 << k)) {
            call->host->fail(call, LOOM_E_PARAM, "axes",
                             "'%.20s' as axis %c; expected x, y and z, each once, with or without "
                             "a -: [y, x, -z]",
                             axes->v[i], "xyz"[i]);
            return false;
        }
        used |= 1 << k;
        m[3 * i + k] = sign;
    }
    return true;
}

static double determinant(const double m[9])
{
    return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
           + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

static bool is_one(const double m[9])
{
    for (int i = 0; i < 9; i++) {
        double want = i % 4 ? 0 : 1;
        if (m[i] < want || m[i] > want) return false;
    }
    return true;
}

static bool read_map(moving *w)
{
    const params *p = w->p;
    double axes[9], r[9];
    if (!read_axes(w->call, &p->axes, axes)) return false;
    if (determinant(axes) < 0)
        w->call->host->warn(w->call, "axes",
                            "'%s, %s, %s' makes a mirror image: what was right-handed becomes "
                            "left-handed",
                            p->axes.v[0], p->axes.v[1], p->axes.v[2]);
    loom_euler(p->rotate.v, r);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            w->m[3 * i + k] =
                r[3 * i] * axes[k] + r[3 * i + 1] * axes[3 + k] + r[3 * i + 2] * axes[6 + k];
    w->turns = !is_one(w->m);
    for (int64_t i = 0; p->about == ABOUT_MEAN && i < 3 * w->n; i++)
        w->from[i % 3] += w->position[i] / (double)w->n;
    for (int k = 0; k < 3; k++) w->to[k] = p->shift.v[k] + (p->recentre ? 0 : w->from[k]);
    return true;
}

static void turn(const double m[9], const double v[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = m[3 * i] * v[0] + m[3 * i + 1] * v[1] + m[3 * i + 2] * v[2];
}

static loom_status move_positions(moving *w)
{
    double *dst = w->call->host->add_array(w->call, w->out, "position", LOOM_F64, 2,
                                           (int64_t[]){ w->n, 3 }, "angstrom");
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < w->n; i++) {
        const double *x = w->position + 3 * i;
        double v[3] = { x[0] - w->from[0], x[1] - w->from[1], x[2] - w->from[2] }, moved[3];
        turn(w->m, v, moved);
        for (int k = 0; k < 3; k++) dst[3 * i + k] = w->to[k] + w->p->scale * moved[k];
    }
    return LOOM_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* What a number in that unit is multiplied by: areas by the square, curvatures by the inverse. */
static double factor_of(const moving *w, const char *unit)
{
    static const char *const known[] = { "1/angstrom^2", "1/angstrom", NULL,
                                         "angstrom",     "angstrom^2", "angstrom^3" };
    double factor = 1;
    for (int i = 0; unit && i < 6; i++)
        if (known[i] && !strcmp(known[i], unit)) factor = pow(w->p->scale, i - 2);
    return factor;
}

static bool is_scaled(const moving *w) { return w->p->scale < 1 || w->p->scale > 1; }

/* The three columns NAME_x, NAME_y, NAME_z; false where they are not all there. */
static bool find_three(const moving *w, const char *name, const loom_array *a[3])
{
    char key[LOOM_MAX_NAME + 8];
    bool all = strlen(name) < LOOM_MAX_NAME;
    for (int k = 0; all && k < 3; k++) {
        snprintf(key, sizeof key, "%s_%c", name, "xyz"[k]);
        a[k] = w->call->host->array(w->in, key);
        all = loom_is_column(a[k], LOOM_F64, w->n);
    }
    return all;
}

/* Vectors turn; standard errors of independent coordinates add up in squares. */
static bool turn_three(const moving *w, const loom_array *a[3], bool errors)
{
    double *dst[3], factor = factor_of(w, a[0]->unit);
    for (int k = 0; k < 3; k++) {
        dst[k] =
            w->call->host->add_array(w->call, w->out, a[k]->name, LOOM_F64, 1, &w->n, a[k]->unit);
        if (!dst[k]) return false;
    }
    for (int64_t i = 0; i < w->n; i++)
        for (int k = 0; k < 3; k++) {
            double sum = 0;
            for (int j = 0; j < 3; j++) {
                double part = w->m[3 * k + j] * ((const double *)a[j]->data)[i];
                sum += errors ? part * part : part;
            }
            dst[k][i] = factor * (errors ? sqrt(sum) : sum);
        }
    return true;
}

static bool turn_columns(const moving *w, const loom_strings *names, bool errors)
{
    const loom_array *a[3];
    for (int64_t i = 0; w->turns && i < names->n; i++)
        if (find_three(w, names->v[i], a) && !w->call->host->array(w->out, a[0]->name)
            && !turn_three(w, a, errors))
            return false;
    return true;
}

static bool scale_columns(const moving *w)
{
    const loom_host *h = w->call->host;
    const loom_array *a;
    for (int64_t i = 0; is_scaled(w) && (a = h->array_at(w->in, i)); i++) {
        double factor = factor_of(w, a->unit);
        bool same = factor >= 1 && factor <= 1;
        if (same || a->dtype != LOOM_F64 || h->array(w->out, a->name)) continue;
        double *dst = h->add_array(w->call, w->out, a->name, a->dtype, a->rank, a->dim, a->unit);
        if (!dst) return false;
        for (int64_t k = 0; k < loom_array_count(a); k++)
            dst[k] = factor * ((const double *)a->data)[k];
    }
    return true;
}

static void scale_attributes(const moving *w)
{
    const loom_attribute *a;
    for (int64_t i = 0; is_scaled(w) && (a = w->call->host->attribute_at(w->in, i)); i++) {
        double factor = factor_of(w, a->unit);
        if (!a->text && (factor < 1 || factor > 1))
            w->call->host->set_number(w->call, w->out, a->name, factor * a->number, a->unit);
    }
}

/* What lies along x, y, z and does not turn: a person should know. */
static void warn_of_directions(const moving *w)
{
    const loom_host *h = w->call->host;
    const loom_array *a;
    for (int64_t i = 0; w->turns && (a = h->array_at(w->in, i)); i++) {
        bool three = a->rank > 1 && a->dim[a->rank - 1] == 3 && a->dtype == LOOM_F64;
        if ((three && strcmp(a->name, "position") != 0) || !strcmp(a->name, "strain_11"))
            h->warn(w->call, NULL,
                    "'%s' keeps its numbers; where they are along x, y and z, compute it again",
                    a->name);
    }
}

/* ---- run ------------------------------------------------------------------------------------- */

static loom_status run(loom_call *call, const void *param_struct)
{
    static const char *const pose[] = { "pose_phi", "pose_theta", "pose_psi", "pose_x",
                                        "pose_y",   "pose_z",     NULL };
    loom_atoms atoms;
    loom_status status = loom_atoms_read_any(call, "atoms", 0, 1, &atoms);
    if (status) return status;
    moving w = { .call = call,
                 .p = param_struct,
                 .in = atoms.value,
                 .out = call->host->output(call, "atoms"),
                 .position = atoms.position,
                 .n = atoms.n };
    if (!w.out) return LOOM_E_MEMORY;
    if (!read_map(&w)) return LOOM_E_PARAM;
    status = move_positions(&w);
    if (status) return status;
    if (!turn_columns(&w, &w.p->vectors, false) || !turn_columns(&w, &w.p->errors, true)
        || !scale_columns(&w))
        return LOOM_E_MEMORY;
    scale_attributes(&w);
    warn_of_directions(&w);
    return loom_pass_rest_as(call, w.in, w.out, (loom_rest){ .but = pose }) ? LOOM_OK
                                                                            : LOOM_E_MEMORY;
}

static const loom_op atoms_transform = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "atoms.transform",
    .summary = "Atoms turned, moved, scaled or mirrored, and their columns with them.",
    .method =
        "x' = c + shift + scale R A (x - c), where A takes the axes in another order or direction "
        "(`axes`), R = Rz(phi) Ry(theta) Rx(psi) is the rotation and c the point of `about`; with "
        "`recentre` the first c is 0. Columns and attributes in angstrom are multiplied by "
        "`scale`, those in angstrom^2, angstrom^3, 1/angstrom and 1/angstrom^2 by its powers. "
        "Three "
        "columns NAME_x, NAME_y, NAME_z turn as a vector (`vectors`), or as standard errors of "
        "independent coordinates, in squares (`errors`). All else is passed on as it is.",
    .cites = "none",
    .limits = "Strain along x, y, z and other columns with directions keep their numbers, with a "
              "warning. Attributes that say how a simulated particle is turned (`pose_*`) are left "
              "out. Aligning two sets with each other: `structure.match`, `compare.atoms`.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("atoms.transform", "1.0", "BSD-3-Clause", &atoms_transform);
