/* kit/geometry.h - rotations and centres, in the one convention of atomloom (types.h). */
#ifndef LOOM_KIT_GEOMETRY_H
#define LOOM_KIT_GEOMETRY_H
#include <math.h>
#include <stdint.h>

#define LOOM_PI 3.14159265358979323846

/* R = Rz(phi) Ry(theta) Rx(psi), right-handed, angles in degrees; r is row-major. Detector
 * coordinates of a point v are the first two components of R^T v, so for theta alone x' = x
 * cos(theta) - z sin(theta), y' = y. */
static inline void loom_euler(const double angles_deg[3], double r[9])
{
    double a = angles_deg[0] * (LOOM_PI / 180), b = angles_deg[1] * (LOOM_PI / 180),
           c = angles_deg[2] * (LOOM_PI / 180);
    double ca = cos(a), sa = sin(a), cb = cos(b), sb = sin(b), cc = cos(c), sc = sin(c);
    r[0] = ca * cb;
    r[1] = ca * sb * sc - sa * cc;
    r[2] = ca * sb * cc + sa * sc;
    r[3] = sa * cb;
    r[4] = sa * sb * sc + ca * cc;
    r[5] = sa * sb * cc - ca * sc;
    r[6] = -sb;
    r[7] = cb * sc;
    r[8] = cb * cc;
}

/* out = R^T v: from the specimen to the detector (out[2] is along the beam). */
static inline void loom_to_detector(const double r[9], const double v[3], double out[3])
{
    for (int i = 0; i < 3; i++) out[i] = r[i] * v[0] + r[3 + i] * v[1] + r[6 + i] * v[2];
}

/* What a small change of the angles (degrees) does to what is seen: the specimen turns, in the
 * frame of the detector, by the rotation vector sum over a of change[a] column[a] (radians), so
 * that out of loom_to_detector changes by its cross product with `out`. r as from loom_euler. */
static inline void loom_angle_columns(const double angles_deg[3], const double r[9],
                                      double column[3][3])
{
    double d = LOOM_PI / 180, c = cos(angles_deg[2] * d), s = sin(angles_deg[2] * d);
    for (int i = 0; i < 3; i++) column[0][i] = -d * r[6 + i];
    column[1][0] = 0;
    column[1][1] = -d * c;
    column[1][2] = d * s;
    column[2][0] = -d;
    column[2][1] = column[2][2] = 0;
}

/* Index of the rotation centre of n samples. */
static inline int64_t loom_centre(int64_t n) { return n / 2; }
#endif
