/* io/series_check.c - see series_check.h */
#include "io/series_check.h"
#include <math.h>
#include <string.h>

/* ---- angles ---------------------------------------------------------------------------------- */

static bool same_orientation(const double *a, const double *b)
{
    return fabs(a[0] - b[0]) < 1e-6 && fabs(a[1] - b[1]) < 1e-6 && fabs(a[2] - b[2]) < 1e-6;
}

/* How many orientations are there already, earlier in the list. */
static int64_t count_repeated(const double *angles_deg, int64_t nt)
{
    int64_t repeated = 0;
    for (int64_t k = 1; k < nt; k++)
        for (int64_t i = 0; i < k; i++)
            if (same_orientation(angles_deg + 3 * k, angles_deg + 3 * i)) {
                repeated++;
                break;
            }
    return repeated;
}

/* Of one of the three angles. */
static double range_of(const double *angles_deg, int64_t nt, int which)
{
    double low = INFINITY, high = -INFINITY;
    for (int64_t k = 0; k < nt; k++) {
        low = fmin(low, angles_deg[3 * k + which]);
        high = fmax(high, angles_deg[3 * k + which]);
    }
    return high - low;
}

static bool warn_of_unit(loom_call *call, const double *angles_deg, int64_t nt)
{
    const loom_host *h = call->host;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < 3 * nt; i++) {
        low = fmin(low, angles_deg[i]);
        high = fmax(high, angles_deg[i]);
    }
    if (low < -360 || high > 360)
        h->warn(call, "angles",
                "the angles reach from %g to %g, beyond a full turn; they are taken "
                "as degrees: are they in another unit?",
                low, high);
    else if (nt > 10 && high > low && low >= -3.2 && high <= 3.2)
        h->warn(call, "angles",
                "the angles of all %lld tilts lie between %.4g and %.4g degrees: are "
                "they in radians? multiply them by 180/pi",
                (long long)nt, low, high);
    else if (nt > 10 && high > low && low >= 0 && high <= 6.3)
        h->warn(call, "angles",
                "the angles of all %lld tilts lie between %.4g and %.4g degrees: are "
                "they in radians, over a full turn? multiply them by 180/pi",
                (long long)nt, low, high);
    else return false;
    return true;
}

/* One orientation may well occur twice or three times (zero again after each half, to see what the
 * beam did), and tilts come in any order (dose-symmetric schemes): neither is a reason to warn. */
static bool warn_of_repeats(loom_call *call, const double *angles_deg, int64_t nt)
{
    const loom_host *h = call->host;
    int64_t repeated = nt <= 5000 ? count_repeated(angles_deg, nt) : 0;
    if (nt > 10 && repeated == nt - 1)
        h->warn(call, "angles", "all %lld orientations are the same", (long long)nt);
    else if (nt > 10 && repeated >= 3 && 10 * repeated > nt)
        h->warn(call, "angles",
                "%lld of %lld orientations occur earlier in the list: does it belong "
                "to these images?",
                (long long)repeated, (long long)nt);
    else return false;
    return true;
}

void series_check_angles(loom_call *call, const double *angles_deg, int64_t nt)
{
    if (nt < 1 || warn_of_unit(call, angles_deg, nt) || warn_of_repeats(call, angles_deg, nt))
        return;
    double phi = range_of(angles_deg, nt, 0), theta = range_of(angles_deg, nt, 1);
    if (nt < 4 || phi < 20 || theta > 0.05 * phi) return;
    call->host->warn(call, "angles",
                     "phi runs over %.4g degrees while theta stays within %.4g: the specimen would "
                     "turn about the beam and show the same side in all %lld images. Are the tilts "
                     "in the first column? The order is phi, theta, psi",
                     phi, theta, (long long)nt);
}

/* ---- pixels ---------------------------------------------------------------------------------- */

void series_check_counts(loom_call *call, const float *images, int64_t n)
{
    int64_t odd = 0;
    for (int64_t i = 0; i < n; i++) odd += images[i] < 0 || images[i] != floorf(images[i]);
    if (odd)
        call->host->warn(call, "counts",
                         "%lld of %lld pixels are negative or no whole numbers: the "
                         "images are not raw electron counts",
                         (long long)odd, (long long)n);
}

/* Where the border runs, on the four sides of an image. */
static bool on_border(int64_t iy, int64_t ix, int64_t ny, int64_t nx)
{
    return iy == 0 || ix == 0 || iy == ny - 1 || ix == nx - 1;
}

void series_check_subtracted(loom_call *call, const float *images, int64_t nt, int64_t ny,
                             int64_t nx)
{
    int64_t n = nt * ny * nx, negative = 0, border = 0;
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) negative += images[i] < 0;
    for (int64_t i = 0; i < n; i++) {
        if (!on_border(i / nx % ny, i % nx, ny, nx)) continue;
        double v = (double)images[i];
        sum += v;
        square += v * v;
        border++;
    }
    double mean = sum / (double)border,
           deviation = sqrt(fmax(0, square / (double)border - mean * mean));
    if (2 * negative <= n || mean >= -0.25 * deviation) return;
    call->host->warn(call, "background",
                     "%.0f %% of the pixels are negative once the background is subtracted, and "
                     "those along the borders are %.4g on average: the background is lower than "
                     "that, or was subtracted before",
                     100 * (double)negative / (double)n, mean);
}

/* ---- the tilt axis --------------------------------------------------------------------------- */

enum { BINS = 16 };

/* Less its ends, to unit sum, moved so that its centre of mass lies in the middle, as the sums of
 * BINS stretches (fewer samples hold less noise, and the outline is what differs). `in` is changed.
 * False where there is no positive sum. */
static bool centre_profile(int64_t n, double *in, double out[BINS])
{
    int64_t ends = 1 + n / 20;
    double level = 0, sum = 0, moment = 0;
    for (int64_t i = 0; i < ends; i++) level += (in[i] + in[n - 1 - i]) / (double)(2 * ends);
    for (int64_t i = 0; i < n; i++) {
        in[i] -= level;
        sum += in[i];
        moment += in[i] * (double)i;
    }
    double move = (double)(n - 1) / 2 - moment / sum;
    if (!(sum > 0) || !(fabs(move) < (double)n)) return false;
    for (int k = 0; k < BINS; k++) out[k] = 0;
    for (int64_t i = 0; i < n; i++) { /* a sample covers from i - 1/2 to i + 1/2 */
        double low = ((double)i + move) * BINS / (double)n,
               high = ((double)(i + 1) + move) * BINS / (double)n;
        for (int64_t k = (int64_t)floor(low); (double)k < high; k++)
            if (k >= 0 && k < BINS)
                out[k] += in[i] / sum * (fmin(high, (double)(k + 1)) - fmax(low, (double)k))
                          / (high - low);
    }
    return true;
}

static double spread_of(int64_t nt, int64_t n, const double *profile)
{
    double difference = 0, all = 0;
    for (int64_t i = 0; i < n; i++) {
        double mean = 0;
        for (int64_t k = 0; k < nt; k++) mean += profile[k * n + i] / (double)nt;
        for (int64_t k = 0; k < nt; k++)
            difference += (profile[k * n + i] - mean) * (profile[k * n + i] - mean);
        all += (double)nt * mean * mean;
    }
    return all > 0 ? difference / all : 0;
}

bool series_spread(loom_call *call, const float *images, int64_t nt, int64_t ny, int64_t nx,
                   double spread[2])
{
    const loom_host *h = call->host;
    double *along_y = h->scratch(call, (size_t)(2 * nt * BINS + ny + nx) * sizeof *along_y);
    if (!along_y) return false;
    double *along_x = along_y + nt * BINS, *row = along_x + nt * BINS, *column = row + ny;
    bool known = true;
    for (int64_t k = 0; k < nt && known; k++) {
        memset(column, 0, (size_t)nx * sizeof *column);
        for (int64_t iy = 0; iy < ny; iy++) {
            const float *from = images + (k * ny + iy) * nx;
            row[iy] = 0;
            for (int64_t ix = 0; ix < nx; ix++) row[iy] += (double)from[ix];
            for (int64_t ix = 0; ix < nx; ix++) column[ix] += (double)from[ix];
        }
        known = centre_profile(ny, row, along_y + k * BINS)
                && centre_profile(nx, column, along_x + k * BINS);
    }
    spread[0] = known ? spread_of(nt, BINS, along_y) : -1;
    spread[1] = known ? spread_of(nt, BINS, along_x) : -1;
    h->release(call, along_y);
    return true;
}

bool series_check_axis(loom_call *call, const char *where, const float *images,
                       const double *angles_deg, int64_t nt, int64_t ny, int64_t nx)
{
    double spread[2];
    if (nt < 5 || ny < 16 || nx < 16 || range_of(angles_deg, nt, 1) < 30
        || range_of(angles_deg, nt, 0) > 5 || range_of(angles_deg, nt, 2) > 5)
        return true;
    if (!series_spread(call, images, nt, ny, nx, spread)) return false;
    if (spread[0] < 0) return true;
    call->host->note(call,
                     "from tilt to tilt, the sums along x differ by %.3g, those along y by %.3g",
                     sqrt(spread[0]), sqrt(spread[1]));
    /* five deviations of the ratio where noise is all there is */
    double limit = fmax(1.5, 1 + 5 * sqrt(4.0 / (double)(nt * BINS)));
    if (spread[0] < 1e-4 || spread[0] < limit * spread[1]) return true;
    call->host->warn(call, where,
                     "x is likelier the tilt axis of these images than y: from tilt to tilt, their "
                     "sums along x differ by %.2g %%, those along y by %.2g %%, and it is the sums "
                     "along x that a tilt about y leaves the same. %s",
                     100 * sqrt(spread[0]), 100 * sqrt(spread[1]),
                     strcmp(where, "tilt_axis")
                         ? "Exchange the last two axes of the array (the readers' 'axes')"
                         : "Set 'tilt_axis' to the other one (x or y), or to its angle");
    return true;
}
