/* Images that cannot be prepared, or hardly: every op of prepare, denoise and align.frames refuses
 * them and says why, or makes finite numbers of them. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>

enum { NT = 2, EDGE = 24, MOST = NT * EDGE * EDGE };
typedef enum kind { NOT_FINITE, ONE_PIXEL, NO_TILTS, ALL_EQUAL, ALL_ZERO, KINDS } kind;

/* What the op says of each kind; NULL: it makes something of it. */
typedef struct expectation {
    const char *op, *says[KINDS];
} expectation;
static const expectation table[] = {
    { "denoise.gaussian", { "[0][0][5]", NULL, NULL, NULL, NULL } },
    { "denoise.wiener", { "[0][0][5]", NULL, "empty", NULL, NULL } },
    { "denoise.bm3d", { "[0][0][5]", "at least 8 x 8", "empty", NULL, NULL } },
    { "denoise.nlm", { "[0][0][5]", NULL, "empty", NULL, NULL } },
    { "denoise.tv", { "[0][0][5]", NULL, "empty", NULL, NULL } },
    { "denoise.median", { "[0][0][5]", NULL, "empty", NULL, NULL } },
    { "denoise.estimate_noise", { "[0][0][5]", "of 1 x 1", "0 images", NULL, NULL } },
    { "prepare.mask", { "[0][0][5]", "4 x 4", "at least one", NULL, NULL } },
    { "prepare.background", { "[0][0][5]", "nothing is left", "empty", NULL, NULL } },
    { "prepare.normalise", { "[0][0][5]", NULL, "empty", NULL, "sums to 0" } },
    { "align.frames", { "[0][0][0][5]", "of 1 x 1", "0 tilts", NULL, NULL } },
};

static loom_value *images_of(kind k, bool frames)
{
    static float image[MOST];
    static const double angles[3 * NT];
    int64_t nt = k == NO_TILTS ? 0 : NT, edge = k == ONE_PIXEL ? 1 : EDGE;
    for (int i = 0; i < MOST; i++)
        image[i] = k == ALL_ZERO ? 0 : k == ALL_EQUAL ? 7 : (float)(3 + (7 * i + i / EDGE) % 5);
    if (k == NOT_FINITE) image[5] = NAN;
    loom_value *v =
        frames ? make_value("frames") : make_tilt_series(nt, edge, edge, 0.3, image, angles);
    if (frames) {
        make_array(v, "images", LOOM_F32, 4, (int64_t[]){ nt / 2, 2, edge, edge }, "", image);
        make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ nt / 2, 3 }, "degree", angles);
        value_set_number(v, "pixel_size", 0.3, "angstrom", NULL);
    }
    value_set_number(v, "counts", 1, NULL, NULL);
    return v;
}

static loom_value *mask_of(kind k, int inside)
{
    int64_t nt = k == NO_TILTS ? 0 : NT, edge = k == ONE_PIXEL ? 1 : EDGE;
    loom_value *m = make_value("mask_series");
    uint8_t *set = make_array(m, "mask", LOOM_U8, 3, (int64_t[]){ nt, edge, edge }, "", NULL);
    for (int64_t i = 0; i < nt * edge * edge; i++)
        set[i] = k == ONE_PIXEL
                 || hypot((double)(i % EDGE - 12), (double)(i / EDGE % EDGE - 12)) < inside;
    return m;
}

static void must_be_finite(const op_call *c)
{
    for (int o = 0; o < c->result.output_count; o++) {
        const loom_array *a =
            c->result.output[o] ? value_array(c->result.output[o], "images") : NULL;
        for (int64_t i = 0; a && i < loom_array_count(a); i++)
            ck_assert_msg(isfinite(((const float *)a->data)[i]), "%s: pixel %d is not finite",
                          c->op->id, (int)i);
    }
}

/* An image without an electron is no image that a filter harms. */
static void must_be_quiet(const op_call *c)
{
    ck_assert_msg(!strstr(c->warnings, "squared error"), "%s: %s", c->op->id, c->warnings);
    must_be_finite(c);
}

static void try_kind(const expectation *e, kind k)
{
    bool frames = !strcmp(e->op, "align.frames"), masked = !strcmp(e->op, "prepare.background");
    loom_value *v = images_of(k, frames), *m = mask_of(k, 6);
    op_call c = { .op = op_load(e->op) };
    op_input(&c, frames ? "frames" : "tilts", v);
    if (masked) op_input(&c, "mask", m);
    if (e->says[k]) op_must_fail(&c, LOOM_E_DATA, NULL, e->says[k]);
    else {
        op_must_run(&c);
        must_be_quiet(&c);
    }
    op_end(&c);
    value_free(v);
    value_free(m);
}

START_TEST(odd_images_are_refused_or_give_numbers)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (kind k = 0; k < KINDS; k++) try_kind(table + i, k);
}
END_TEST

/* A mask of nothing leaves nothing, and says so. */
START_TEST(a_mask_of_nothing_is_named)
{
    loom_value *v = images_of(ALL_EQUAL, false), *m = mask_of(ALL_EQUAL, 0);
    op_call c = { .op = op_load("prepare.background") };
    op_input(&c, "tilts", v);
    op_input(&c, "mask", m);
    op_must_run(&c);
    ck_assert_ptr_nonnull(
        strstr(c.warnings, "the masks of 2 of 2 tilts (the first is tilt 0) are empty"));
    must_be_finite(&c);
    op_end(&c);
    value_free(v);
    value_free(m);
}
END_TEST

/* What is seen of images that show nothing is a warning. */
START_TEST(images_of_nothing_are_named)
{
    loom_value *v = images_of(ALL_EQUAL, false);
    static const char *const ops[] = { "prepare.mask", "denoise.estimate_noise" }, *const says[] = {
        "2 of 2 tilts (the first is tilt 0) show no contrast", "2 of 2 tilts are constant"
    };
    for (int i = 0; i < 2; i++) {
        op_call c = { .op = op_load(ops[i]) };
        op_input(&c, "tilts", v);
        op_must_run(&c);
        ck_assert_msg(strstr(c.warnings, says[i]) != NULL, "%s: '%s'", ops[i], c.warnings);
        op_end(&c);
    }
    value_free(v);
}
END_TEST

TEST_MAIN("prepare.odd_images", odd_images_are_refused_or_give_numbers, a_mask_of_nothing_is_named,
          images_of_nothing_are_named)
