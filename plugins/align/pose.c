/* pose.c - see pose.h. */
#include "pose.h"
#include "kit/geometry.h"
#include "kit/linalg.h"
#include <string.h>

/* phi, theta, psi of a rotation, in degrees; those nearest to `near` among the equivalent ones.
 * Inverse of loom_euler. */
static void angles_of(const double r[9], const double near[3], double out[3])
{
    double to_deg = 180 / LOOM_PI, c = hypot(r[0], r[3]);
    double sign =
        cos(near[1] / to_deg) < 0 ? -1 : 1; /* beyond 90 degrees the other of the two solutions */
    out[1] = atan2(-r[6], sign * c) * to_deg;
    out[0] = c > 1e-9 ? atan2(sign * r[3], sign * r[0]) * to_deg : near[0];
    out[2] = c > 1e-9 ? atan2(sign * r[7], sign * r[8]) * to_deg : near[2];
    for (int a = 0; a < 3; a++) out[a] += 360 * round((near[a] - out[a]) / 360);
}

/* Rotation by the vector w (radians). */
static void rotation(const double w[3], double r[9])
{
    double angle = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]),
           s = angle > 1e-12 ? sin(angle) / angle : 1;
    double c = angle > 1e-12 ? (1 - cos(angle)) / (angle * angle) : 0.5;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            r[3 * i + j] = c * w[i] * w[j] + (i == j ? 1 - c * angle * angle : 0);
    r[1] -= s * w[2];
    r[2] += s * w[1];
    r[3] += s * w[2];
    r[5] -= s * w[0];
    r[6] -= s * w[1];
    r[7] += s * w[0];
}

/* How far the specimen moved in the sense of least squares where content was displaced by as much
 * as `to` is from `from`, turned as `to` is: moved by t it displaces every image by the first two
 * components of R^T t. */
static bool mean_translation(int64_t nt, const pose *from, const pose *to, double t[3])
{
    double a[9] = { 0 };
    for (int i = 0; i < 3; i++) t[i] = 0;
    for (int64_t k = 0; k < nt; k++) {
        double r[9];
        loom_euler(to[k].v + POSE_PHI, r);
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < 3; i++) {
                t[i] += r[3 * i + c] * (to[k].v[c] - from[k].v[c]);
                for (int j = 0; j < 3; j++) a[3 * i + j] += r[3 * i + c] * r[3 * j + c];
            }
    }
    /* views along one direction leave the depth open */
    for (int i = 0; i < 3; i++) a[4 * i] *= 1 + 1e-9;
    return loom_solve_spd(3, a, t);
}

static void fix_translation(int64_t nt, const pose *start, pose *p)
{
    double t[3];
    if (!mean_translation(nt, start, p, t)) return;
    for (int64_t k = 0; k < nt; k++) {
        double r[9], moved[3];
        loom_euler(p[k].v + POSE_PHI, r);
        loom_to_detector(r, t, moved);
        for (int c = 0; c < 2; c++) p[k].v[c] -= moved[c];
    }
}

/* A rotation of the specimen turns all R_k from the left: the mean of the small rotations
 * R_k(to) R_k(from)^T, as a vector. */
static void mean_turn(int64_t nt, const pose *from, const pose *to, double mean[3])
{
    for (int i = 0; i < 3; i++) mean[i] = 0;
    for (int64_t k = 0; k < nt; k++) {
        double r[9], s[9], st[9], d[9];
        loom_euler(to[k].v + POSE_PHI, r);
        loom_euler(from[k].v + POSE_PHI, s);
        loom_transpose3(s, st);
        loom_multiply3(r, st, d);
        mean[0] += 0.5 * (d[7] - d[5]) / (double)nt;
        mean[1] += 0.5 * (d[2] - d[6]) / (double)nt;
        mean[2] += 0.5 * (d[3] - d[1]) / (double)nt;
    }
}

static void fix_rotation(int64_t nt, const pose *start, pose *p)
{
    for (int round = 0; round < 3; round++) {
        double mean[3], back[9];
        mean_turn(nt, p, start, mean);
        rotation(mean, back);
        for (int64_t k = 0; k < nt; k++) {
            double r[9], turned[9];
            loom_euler(p[k].v + POSE_PHI, r);
            loom_multiply3(back, r, turned);
            angles_of(turned, start[k].v + POSE_PHI, p[k].v + POSE_PHI);
        }
    }
}

void pose_motion(int64_t nt, const pose *from, const pose *to, double turn[9], double t[3])
{
    double mean[3], before[3];
    mean_turn(nt, from, to, mean);
    rotation(mean, turn);
    /* content stays where it is: R(to)^T t = shift(from) - shift(to), and R(to) = turn R(from) */
    if (!mean_translation(nt, to, from, before)) memset(before, 0, sizeof before);
    for (int i = 0; i < 3; i++)
        t[i] = turn[3 * i] * before[0] + turn[3 * i + 1] * before[1] + turn[3 * i + 2] * before[2];
}

/* tan(theta), bounded for views from the side. */
static double stretch(const pose *p)
{
    return fmax(-5, fmin(5, tan(p->v[POSE_THETA] * LOOM_PI / 180)));
}

/* A tilt scheme stretched as tan(theta) and a specimen longer along the beam give nearly the same
 * images, and what noise remains prefers the stretch: tilts further apart share less, so the volume
 * can follow more of it. That one combination of all theta is left as it was. */
static void fix_stretch(int64_t nt, const pose *start, pose *p)
{
    double along = 0, size = 0, mean = 0;
    for (int64_t k = 0; k < nt; k++) mean += stretch(&start[k]) / (double)nt;
    for (int64_t k = 0; k < nt; k++) {
        double s = stretch(&start[k]) - mean;
        along += s * (p[k].v[POSE_THETA] - start[k].v[POSE_THETA]);
        size += s * s;
    }
    for (int64_t k = 0; k < nt && size > 0; k++)
        p[k].v[POSE_THETA] -= along / size * (stretch(&start[k]) - mean);
}

void pose_fix_gauge(int64_t nt, const pose *start, const pose_rules *rules, pose *p)
{
    const bool *on = rules->refine;
    if (on[POSE_PHI] && on[POSE_THETA] && on[POSE_PSI]) fix_rotation(nt, start, p);
    else if (on[POSE_THETA]) {
        double mean = 0;
        for (int64_t k = 0; k < nt; k++)
            mean += (p[k].v[POSE_THETA] - start[k].v[POSE_THETA]) / (double)nt;
        for (int64_t k = 0; k < nt; k++) p[k].v[POSE_THETA] -= mean;
    }
    if (on[POSE_THETA] && nt > 2 && !rules->stretch) fix_stretch(nt, start, p);
    if (on[POSE_X]) fix_translation(nt, start, p);
}

void pose_clip(int64_t nt, const pose *start, const pose_rules *rules, pose *p)
{
    for (int64_t k = 0; k < nt; k++)
        for (int i = 0; i < POSE_COUNT; i++) {
            double change = p[k].v[i] - start[k].v[i], most = rules->range[i];
            p[k].v[i] = start[k].v[i] + fmax(-most, fmin(most, change));
        }
}
