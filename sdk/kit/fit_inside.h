/* kit/fit_inside.h - shared by fit.c, fit_solve.c and fit_errors.c only. */
#ifndef LOOM_KIT_FIT_INSIDE_H
#define LOOM_KIT_FIT_INSIDE_H
#include "kit/fit.h"

static inline int64_t fit_views(const loom_fit *f) { return VIEW_BACKGROUND + f->background; }
static inline int64_t fit_common(const loom_fit *f) { return f->classes + COMMON_EXTRA; }
static inline int64_t fit_pixels(const loom_fit *f) { return f->ny * f->nx; }
/* The parts of a vector of unknowns. */
static inline double *fit_view_part(const loom_fit *f, double *v) { return v + LOOM_ATOM * f->n; }
static inline double *fit_common_part(const loom_fit *f, double *v)
{
    return v + LOOM_ATOM * f->n + fit_views(f) * f->nt;
}

static inline loom_imaging fit_model(const loom_fit *f)
{
    return (loom_imaging){ .n = f->n,
                           .nt = f->nt,
                           .ny = f->ny,
                           .nx = f->nx,
                           .classes = f->classes,
                           .background = f->background,
                           .atom = f->atom,
                           .class = f->class,
                           .view = f->view,
                           .common = f->common,
                           .threads = f->threads,
                           .tables = f->tables };
}

enum { FIT_VECTORS = 6 };
static inline double *fit_vector(const loom_fit *f, int i)
{
    return f->vectors + i * loom_fit_unknowns(f);
}

/* Zeroes what is held. */
void fit_hold(const loom_fit *f, double *v);
/* out = J' W images; `images` is used up. */
void fit_pull(loom_fit *f, float *images, double *out);
/* out = (blocks on the diagonal)^-1 in. */
void fit_precondition(const loom_fit *f, const double *in, double *out);
double fit_dot(int64_t n, const double *x, const double *y);
#endif
