/* volume.threshold: the mask is exactly the set of voxels on the kept side. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>

static const float density[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };

START_TEST(keeps_voxels_at_or_above_the_level)
{
    loom_value *v = make_volume(2, 2, 2, 0.5, density);
    op_call c = { .op = op_load("volume.threshold"), .params = { "level=3" } };
    op_input(&c, "volume", v);
    op_must_be_deterministic(&c);
    const uint8_t *mask = value_array(op_output(&c, "mask"), "mask")->data;
    for (int i = 0; i < 8; i++) ck_assert_int_eq(mask[i], i >= 3);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(refuses_nan_and_bad_choice)
{
    float bad[8] = { 0, 0, 0, NAN };
    loom_value *v = make_volume(2, 2, 2, 0.5, bad);
    op_call c = { .op = op_load("volume.threshold") };
    op_input(&c, "volume", v);
    op_must_fail(&c, LOOM_E_DATA, "volume", "[0][1][1]");
    c.params[0] = "keep=abve";
    op_must_fail(&c, LOOM_E_PARAM, "keep", "did you mean 'above'");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("volume.threshold", keeps_voxels_at_or_above_the_level, refuses_nan_and_bad_choice)
