/* io/series_check.h - what is implausible about a tilt series, said where it is put together; ops
 * further on do not say it again. */
#ifndef ATOMLOOM_IO_SERIES_CHECK_H
#define ATOMLOOM_IO_SERIES_CHECK_H
#include <atomloom/op.h>

/* phi, theta, psi in degrees [nt][3]: another unit, a list that belongs to other images, tilts in
 * the column of phi. Warns on `angles`. [main] */
void series_check_angles(loom_call *call, const double *angles_deg, int64_t nt);

/* Images as counts [n]: whole and not negative. Warns on `counts`. [main] */
void series_check_counts(loom_call *call, const float *images, int64_t n);

/* After a background was taken off: most pixels negative, and those along the borders below zero by
 * more than their noise. Warns on `background`. images[nt][ny][nx] [main] */
void series_check_subtracted(loom_call *call, const float *images, int64_t nt, int64_t ny,
                             int64_t nx);

/* How much the images' sums along an axis differ from tilt to tilt: spread[0] of the sums along x
 * (the profile along y, which is the same in all images where y is the tilt axis), spread[1] of
 * those along y; mean square difference from their mean over mean square, each profile less its
 * ends, moved to its centre of mass, scaled to the same total and summed to 16 samples. -1 where a
 * profile has no positive total. False when out of memory (reported). [main] */
bool series_spread(loom_call *call, const float *images, int64_t nt, int64_t ny, int64_t nx,
                   double spread[2]);
/* Warns on `where` where x is likelier the tilt axis than y: at least 5 tilts over 30 degrees
 * about one axis, and a spread 1.5 times as large as with the axes exchanged (more for few tilts).
 * False when out of memory (reported). [main] */
bool series_check_axis(loom_call *call, const char *where, const float *images,
                       const double *angles_deg, int64_t nt, int64_t ny, int64_t nx);
#endif
