/* frame_place.c - where the scans of a tilt lie; see frames.h. */
#include "frames.h"
#include "kit/geometry.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Maxima of the correlation below this share of the largest are not of the same lattice. */
#define RIVAL_SHARE 0.5

int64_t count_kept(const stack *s, int64_t it)
{
    int64_t n = 0;
    assert(it >= 0 && it < s->nt);
    for (int64_t f = 0; f < s->nf; f++) n += s->state[it * s->nf + f].kept;
    return n;
}

void add_moved(const registrar *r, const float complex *spec, double x, double y, float factor,
               float complex *restrict sum)
{
    for (int64_t iy = 0; iy < r->ny; iy++) {
        int64_t f = 2 * iy <= r->ny ? iy : iy - r->ny;
        double py = 2 * LOOM_PI * (double)f * y / (double)r->ny,
               step = 2 * LOOM_PI * x / (double)r->nx;
        double complex turn = cexp(I * step), phase = cexp(I * py);
        for (int64_t ix = 0; ix < r->hx; ix++) {
            sum[iy * r->hx + ix] += factor * (float complex)phase * spec[iy * r->hx + ix];
            phase *= turn;
        }
    }
}

static void measure(const stack *s, int64_t it, workspace *w)
{
    const registrar *r = &s->r;
    for (int64_t f = 0; f < s->nf; f++)
        registrar_spectrum(r, s->src + (it * s->nf + f) * s->ny * s->nx, w->work,
                           w->spec + f * r->spec);
    registrar_power(r, w->spec, s->nf, w->work, w->noise, w->peaks, w->rings);
    for (int64_t i = 0; i < r->ny * r->hx; i++) w->signal[i] = fmaxf(w->peaks[i], w->rings[i]);
}

/* ---- one after the other --------------------------------------------------------------------- */

/* The frames placed so far whose place no rival contests, moved onto the first. */
typedef struct reference {
    int64_t n;
    double noise;         /* of a spectrum, of their mean */
    rival_image image;    /* their mean, where all of them reach */
    float complex *faded; /* [spec] sum of the spectra that the correlation is made of */
    float complex *whole; /* [spec] sum of the spectra of the images as they are */
} reference;

/* What a pixel's noise is by the spectra, and how much of it goes with the brightness: all of it
 * where the noise is not known, as with electrons. */
static void describe_noise(const stack *s, int64_t it, double spectral, rival_image *image)
{
    const loom_noise *known = s->noise ? s->noise + it : NULL;
    double mean = 0, n = (double)(s->ny * s->nx);
    image->variance = spectral / (s->r.area[0] * s->r.area[1]);
    image->bright = 1;
    if (!known) return;
    for (int64_t i = 0; i < s->ny * s->nx; i++)
        mean += (double)s->src[it * s->nf * s->ny * s->nx + i] / n;
    double all = loom_noise_variance(known, mean), gain = known->factor * known->gain;
    image->bright = all > 0 ? fmax(0, gain * mean / all) : 0;
}

static rival_image whole_frame(const stack *s, int64_t it, int64_t f, double spectral)
{
    rival_image image = { .pixels = s->src + (it * s->nf + f) * s->ny * s->nx,
                          .y1 = (double)s->ny,
                          .x1 = (double)s->nx };
    describe_noise(s, it, spectral, &image);
    return image;
}

/* Takes frame f at its displacement into the reference. */
static void add_to_reference(const stack *s, int64_t it, int64_t f, workspace *w, reference *ref)
{
    const registrar *r = &s->r;
    const frame_state *state = s->state + it * s->nf + f;
    double noise = ref->noise * (double)(ref->n * ref->n) + w->noise[f];
    memcpy(w->image, s->src + (it * s->nf + f) * s->ny * s->nx,
           (size_t)(s->ny * s->nx) * sizeof *w->image);
    fftwf_execute_dft_r2c(r->forth, w->image, w->product);
    add_moved(r, w->spec + f * r->spec, state->x, state->y, 1, ref->faded);
    add_moved(r, w->product, state->x, state->y, 1, ref->whole);
    ref->n++;
    ref->noise = noise / (double)(ref->n * ref->n);
    float share = 1 / (float)(ref->n * s->ny * s->nx);
    for (int64_t i = 0; i < r->ny * r->hx; i++) w->product[i] = ref->whole[i] * share;
    fftwf_execute_dft_c2r(s->back, w->product, w->image);
    ref->image.pixels = w->image;
    describe_noise(s, it, ref->noise, &ref->image);
    ref->image.y0 = fmax(ref->image.y0, -state->y);
    ref->image.x0 = fmax(ref->image.x0, -state->x);
    ref->image.y1 = fmin(ref->image.y1, (double)s->ny - state->y);
    ref->image.x1 = fmin(ref->image.x1, (double)s->nx - state->x);
}

/* Nearer than two pixels, the shortest period that there can be, to a higher one: noise on one
 * maximum, no rival. */
static bool is_beside_higher(const register_maximum *list, int64_t n, const register_maximum *m)
{
    for (int64_t i = 0; i < n; i++)
        if (list[i].c > m->c && hypot(list[i].x - m->x, list[i].y - m->y) < 2) return true;
    return false;
}

/* Maxima of w->product into the list of rivals, those nearest to `expected`. */
static int64_t list_rivals(const stack *s, workspace *w, const double expected[2])
{
    rival_room *room = &w->room;
    int64_t n = registrar_maxima(&s->r, w->product, expected, s->max_px, RIVAL_SHARE, w->work,
                                 RIVALS_MAX, room->maxima);
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        const register_maximum *m = room->maxima + i;
        if (!is_beside_higher(room->maxima, n, m))
            room->list[kept++] = (rival){ .x = m->x, .y = m->y, .far = m->far };
    }
    return kept;
}

static const rival *nearest_left(const rival_room *room, int64_t n)
{
    const rival *best = NULL;
    for (int64_t i = 0; i < n; i++) {
        const rival *q = room->list + i;
        if (!q->excluded && (!best || q->far < best->far)) best = q;
    }
    return best;
}

/* Frame f against the reference, expected where the frame before is. */
static void place(const stack *s, int64_t it, int64_t f, workspace *w, reference *ref)
{
    const registrar *r = &s->r;
    frame_state *state = s->state + it * s->nf;
    double expected[2] = { state[f - 1].x, state[f - 1].y }, share = 1 / (double)ref->n;
    for (int64_t i = 0; i < r->ny * r->hx; i++) w->sum[i] = (float)share * ref->faded[i];
    double possible = registrar_product(r, w->sum, ref->noise, w->spec + f * r->spec, w->noise[f],
                                        w->signal, w->product);
    int64_t n = list_rivals(s, w, expected);
    rival_image frame = whole_frame(s, it, f, w->noise[f]);
    state[f].rivals =
        n ? rivals_judge(&w->room, &ref->image, &frame, w->peaks, w->rings, w->noise[f], n) - 1 : 0;
    const rival *best = nearest_left(&w->room, n);
    double at[2] = { best ? best->x : expected[0], best ? best->y : expected[1] };
    double score = best ? registrar_refine(r, w->product, w->work, at) : 0;
    state[f].x = at[0];
    state[f].y = at[1];
    if (best && !state[f].rivals && score >= MIN_CORRELATION * possible)
        add_to_reference(s, it, f, w, ref);
}

/* Frames whose place is contested get a second chance when the reference has grown. */
static void place_all(const stack *s, int64_t it, workspace *w)
{
    const registrar *r = &s->r;
    reference ref = { .faded = w->total, .whole = w->placed };
    memset(ref.faded, 0, (size_t)r->spec * sizeof *ref.faded);
    memset(ref.whole, 0, (size_t)r->spec * sizeof *ref.whole);
    ref.image = whole_frame(s, it, 0, w->noise[0]);
    add_to_reference(s, it, 0, w, &ref);
    for (int64_t f = 1; f < s->nf; f++) place(s, it, f, w, &ref);
    int64_t first = ref.n;
    for (int64_t f = 1; f < s->nf && first > 1; f++)
        if (s->state[it * s->nf + f].rivals) place(s, it, f, w, &ref);
}

/* ---- each against all others ----------------------------------------------------------------- */

/* Each frame against the sum of the others where they are thought to be: the sum has less noise. */
static void refine(const stack *s, int64_t it, workspace *w)
{
    const registrar *r = &s->r;
    frame_state *state = s->state + it * s->nf;
    memset(w->total, 0, (size_t)r->spec * sizeof *w->total);
    for (int64_t f = 0; f < s->nf; f++)
        if (state[f].kept) add_moved(r, w->spec + f * r->spec, state[f].x, state[f].y, 1, w->total);
    for (int64_t f = 0; f < s->nf; f++) {
        double n = (double)(count_kept(s, it) - state[f].kept), noise = 0;
        if (!(n > 0)) continue;
        memcpy(w->sum, w->total, (size_t)r->spec * sizeof *w->sum);
        if (state[f].kept) add_moved(r, w->spec + f * r->spec, state[f].x, state[f].y, -1, w->sum);
        for (int64_t i = 0; i < r->ny * r->hx; i++) w->sum[i] /= (float)n;
        for (int64_t g = 0; g < s->nf; g++)
            if (g != f && state[g].kept) noise += w->noise[g] / (n * n);
        double expected = registrar_product(r, w->sum, noise, w->spec + f * r->spec, w->noise[f],
                                            w->signal, w->product);
        double at[2] = { state[f].x, state[f].y };
        double score = registrar_refine(r, w->product, w->work, at);
        state[f].correlation = expected > 0 ? score / expected : 0;
        state[f].x = at[0];
        state[f].y = at[1];
    }
}

/* Displacements from the mean of the frames that are added; their steady part per frame. */
static void centre(const stack *s, int64_t it)
{
    frame_state *state = s->state + it * s->nf;
    double n = (double)count_kept(s, it), x = 0, y = 0, mean = 0, tt = 0, tx = 0, ty = 0;
    if (!(n > 0)) return;
    for (int64_t f = 0; f < s->nf; f++)
        if (state[f].kept) {
            x += state[f].x / n;
            y += state[f].y / n;
            mean += (double)f / n;
        }
    for (int64_t f = 0; f < s->nf; f++) {
        state[f].x -= x;
        state[f].y -= y;
        if (!state[f].kept) continue;
        double t = (double)f - mean;
        tt += t * t;
        tx += t * state[f].x;
        ty += t * state[f].y;
    }
    s->drift[2 * it] = tt > 0 ? tx / tt : 0;
    s->drift[2 * it + 1] = tt > 0 ? ty / tt : 0;
}

void place_tilt(const stack *s, int64_t it, workspace *w)
{
    enum { ROUNDS = 3 };
    frame_state *state = s->state + it * s->nf;
    for (int64_t f = 0; f < s->nf; f++)
        state[f] = (frame_state){ .correlation = s->nf == 1, .kept = true };
    if (s->nf == 1) return;
    measure(s, it, w);
    place_all(s, it, w);
    for (int round = 0; round < ROUNDS; round++) refine(s, it, w);
    centre(s, it);
}

void place_again(const stack *s, int64_t it, workspace *w)
{
    measure(s, it, w);
    refine(s, it, w);
    centre(s, it);
}
