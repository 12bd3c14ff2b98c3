/* volume.crop, pad, gaussian, mask, resample: what stays stays where it was, sums and positions are
 * kept, bad requests are refused. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>

enum { NZ = 7, NY = 6, NX = 9 };

/* A smooth density of the position in angstrom, so that any grid can be checked against it. */
static double field(double x, double y, double z)
{
    return 2 + sin(0.31 * x) + cos(0.23 * y + 0.4) - sin(0.27 * z - 0.2);
}

static loom_value *field_volume(int64_t nz, int64_t ny, int64_t nx, double voxel)
{
    loom_value *v = make_volume(nz, ny, nx, voxel, NULL);
    float *d = value_array(v, "density")->data;
    for (int64_t z = 0; z < nz; z++)
        for (int64_t y = 0; y < ny; y++)
            for (int64_t x = 0; x < nx; x++)
                d[(z * ny + y) * nx + x] =
                    (float)field((double)(x - nx / 2) * voxel, (double)(y - ny / 2) * voxel,
                                 (double)(z - nz / 2) * voxel);
    return v;
}

/* Largest difference between a volume and the field at the positions its voxel size and origin
 * claim, `margin` voxels from the faces. */
static double field_error(const loom_value *v, int64_t margin)
{
    const loom_array *a = value_array(v, "density"), *o = value_array(v, "origin");
    const double *origin = o ? o->data : (const double[3]){ 0, 0, 0 };
    double worst = 0, voxel = value_attribute(v, "voxel_size")->number;
    for (int64_t z = margin; z < a->dim[0] - margin; z++)
        for (int64_t y = margin; y < a->dim[1] - margin; y++)
            for (int64_t x = margin; x < a->dim[2] - margin; x++) {
                double expected = field((double)(x - a->dim[2] / 2) * voxel + origin[0],
                                        (double)(y - a->dim[1] / 2) * voxel + origin[1],
                                        (double)(z - a->dim[0] / 2) * voxel + origin[2]);
                worst =
                    fmax(worst, fabs(((const float *)a->data)[(z * a->dim[1] + y) * a->dim[2] + x]
                                     - expected));
            }
    return worst;
}

START_TEST(crop_and_pad_keep_positions)
{
    loom_value *v = field_volume(NZ, NY, NX, 0.4);
    static const char *const boxes[][2] = { { "size=5, 4, 3", NULL },
                                            { "size=4", "centre=5, 3, 2" },
                                            { "size=1, 6, 7", "centre=8, 3, 3" } };
    for (int i = 0; i < 3; i++) {
        op_call c = { .op = op_load("volume.crop"), .params = { boxes[i][0], boxes[i][1] } };
        op_input(&c, "volume", v);
        op_must_run(&c);
        ck_assert_double_le(field_error(op_output(&c, "volume"), 0), 1e-6);
        /* padded again it is the same volume, with its origin, inside zeros */
        op_call p = { .op = op_load("volume.pad"), .params = { "size=13, 14, 15" } };
        op_input(&p, "volume", op_output(&c, "volume"));
        op_must_run(&p);
        op_call back = { .op = op_load("volume.crop"), .params = { boxes[i][0] } };
        op_input(&back, "volume", op_output(&p, "volume"));
        op_must_run(&back);
        ck_assert_double_le(field_error(op_output(&back, "volume"), 0), 1e-6);
        op_end(&back);
        op_end(&p);
        op_end(&c);
    }
    op_call c = { .op = op_load("volume.crop"), .params = { "size=4", "centre=8, 3, 3" } };
    op_input(&c, "volume", v);
    op_must_fail(&c, LOOM_E_PARAM, "size", "voxels 6 to 9 along x");
    c.params[0] = "size=4, 4";
    op_must_fail(&c, LOOM_E_PARAM, "size", "has 2 entries, expected 1 or 3");
    op_end(&c);
    op_call p = { .op = op_load("volume.pad"), .params = { "size=8" } };
    op_input(&p, "volume", v);
    op_must_fail(&p, LOOM_E_PARAM, "size", "9 voxels along x");
    op_end(&p);
    value_free(v);
}
END_TEST

START_TEST(gaussian_keeps_the_sum_and_widens_a_point)
{
    loom_value *v = make_volume(21, 23, 25, 1, NULL);
    ((float *)value_array(v, "density")->data)[(10 * 23 + 11) * 25 + 12] = 100;
    op_call c = { .op = op_load("volume.gaussian"), .params = { "sigma=1.7" } };
    op_input(&c, "volume", v);
    op_must_be_deterministic(&c);
    const float *d = value_array(op_output(&c, "volume"), "density")->data;
    double sum = 0, square = 0;
    for (int64_t z = 0; z < 21; z++)
        for (int64_t y = 0; y < 23; y++)
            for (int64_t x = 0; x < 25; x++) {
                sum += d[(z * 23 + y) * 25 + x];
                square += d[(z * 23 + y) * 25 + x] * (double)((x - 12) * (x - 12));
            }
    ck_assert_double_eq_tol(sum, 100, 1e-3);
    ck_assert_double_eq_tol(sqrt(square / sum), 1.7, 0.02);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(mask_keeps_one_side)
{
    loom_value *v = field_volume(NZ, NY, NX, 0.4);
    op_call t = { .op = op_load("volume.threshold"), .params = { "level=2.5" } };
    op_input(&t, "volume", v);
    op_must_run(&t);
    const float *src = value_array(v, "density")->data;
    for (int invert = 0; invert < 2; invert++) {
        op_call c = { .op = op_load("volume.mask"),
                      .params = { "value=-1", invert ? "invert=true" : "invert=false" } };
        op_input(&c, "volume", v);
        op_input(&c, "mask", op_output(&t, "mask"));
        op_must_run(&c);
        const float *d = value_array(op_output(&c, "volume"), "density")->data;
        for (int i = 0; i < NZ * NY * NX; i++)
            ck_assert(d[i] == ((src[i] >= 2.5f) != invert ? src[i] : -1));
        op_end(&c);
    }
    loom_value *other = field_volume(NZ, NY, NX + 1, 0.4);
    op_call c = { .op = op_load("volume.mask") };
    op_input(&c, "volume", other);
    op_input(&c, "mask", op_output(&t, "mask"));
    op_must_fail(&c, LOOM_E_DATA, "mask", "both must be on one grid");
    op_end(&c);
    op_end(&t);
    value_free(other);
    value_free(v);
}
END_TEST

START_TEST(resampled_values_are_those_of_the_place)
{
    loom_value *v = field_volume(24, 21, 30, 0.6);
    static const struct {
        const char *params[3];
        int64_t nx;
        double error;
    } cases[] = { { { "factor=3" }, 90, 2e-4 },
                  { { "voxel_size=0.5" }, 36, 2e-4 },
                  { { "factor=2", "interpolation=linear" }, 60, 0.01 },
                  { { "voxel_size=0.9", "antialias=false" }, 20, 2e-4 },
                  { { "voxel_size=1.2" }, 15, 0.03 } };
    for (int i = 0; i < 5; i++) {
        op_call c = { .op = op_load("volume.resample"),
                      .params = { cases[i].params[0], cases[i].params[1] } };
        op_input(&c, "volume", v);
        op_must_be_deterministic(&c);
        ck_assert_int_eq(value_array(op_output(&c, "volume"), "density")->dim[2], cases[i].nx);
        ck_assert_double_le(field_error(op_output(&c, "volume"), 4), cases[i].error);
        op_end(&c);
    }
    loom_value *thin = field_volume(3, 8, 8, 0.6);
    op_call c = { .op = op_load("volume.resample") };
    op_input(&c, "volume", thin);
    op_must_fail(&c, LOOM_E_PARAM, "factor", "at least 4");
    op_end(&c);
    value_free(thin);
    value_free(v);
}
END_TEST

TEST_MAIN("volume.grid_ops", crop_and_pad_keep_positions, gaussian_keeps_the_sum_and_widens_a_point,
          mask_keeps_one_side, resampled_values_are_those_of_the_place)
