/* io.read_series: where tilts and sizes come from, what is done to the images, and that what
 * contradicts is an error that names both sides. tests/io/own_data.py has the formats. */
#include "io_files.h"
#include "support/scratch.h"
#include "support/suite.h"
#include <math.h>

enum { NT = 4, NY = 3, NX = 5 };

static void put(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(name, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void put_text(const char *name, const char *s) { put(name, s, strlen(s)); }

/* n images of counts i, i + 1, ... from `first`, with pixels of that edge (0: none). */
static void put_mrc(const char *name, int n, float first, float pixel_A)
{
    uint32_t word[256] = { NX, NY, n, 2 };
    float cell[6] = { NX * pixel_A, NY * pixel_A, n * pixel_A, 90, 90, 90 }, data[64 * NY * NX];
    memcpy(word + 7, (uint32_t[]){ NX, NY, n }, 12);
    memcpy(word + 10, cell, sizeof cell);
    memcpy(word + 16, (uint32_t[]){ 1, 2, 3 }, 12);
    memcpy(word + 52, "MAP \x44\x44\0\0", 8);
    for (int i = 0; i < n * NY * NX; i++) data[i] = first + i;
    FILE *f = fopen(name, "wb");
    ck_assert_ptr_nonnull(f);
    fwrite(word, 1, sizeof word, f);
    fwrite(data, 4, n * NY * NX, f);
    fclose(f);
}

static void set_up(void)
{
    ck_assert_int_eq(chdir(scratch_directory()), 0);
    put_mrc("a.mrc", NT, 0, 2);
    put_text("a.rawtlt", "-30\n-10.5\n\n10\n30\n");
}

static void tear_down(void) {}

#define CALL(...) \
    { \
        .op = op_load("io.read_series"), .params = { __VA_ARGS__ } \
    }

static const float *images_of(op_call *c, const char *port)
{
    return value_array(op_output(c, port), "images")->data;
}

static double tilt_of(op_call *c, int k)
{
    return ((double *)value_array(op_output(c, "tilts"), "angles")->data)[3 * k + 1];
}

START_TEST(text_in_many_forms_gives_the_same_tilts)
{
    static const char *const texts[] = {
        "-30\n-10.5\n10\n30\n",
        "\n -30.00\r\n -10.50\r\n 10.00\r\n 30.00\r\n\r\n",
        "tilt\n-30\n-10.5\n10\n30\n",
        "image,theta [deg]\n0,-30\n1,-10.5\n2,10\n3,30\n",
        "theta_deg\n-30\n-10.5\n10\n30\n",
        "# of the goniometer\n1 -30\n2 -10.5\n3 10\n4 30\n",
        "Series of May\nphi;theta;psi\n0;-30;0\n0;-10.5;0\n0;10;0\n0;30;0\n",
        "0 -30 0\n0 -10.5 0\n0 10 0\n0 30 0\n",
        "-30\xc2\xb0\n-10.5\xc2\xb0\n10\xc2\xb0\n30\xc2\xb0\n",
        "\xe2\x88\x92"
        "30\n\xe2\x88\x92"
        "10.5\n10\n30\n",
        "Bild;Winkel\n0;-30,0\n1;-10,5\n2;10,0\n3;30,0\n",
        "1\t-30,00\n2\t-10,50\n3\t10,00\n4\t30,00\n",
        "\"tilt\"\n\"-30\"\n\"-10.5\"\n\"10\"\n\"30\"\n",
        "-30, -10.5, 10, 30\n",
        "-30 -10.5 10 30\n",
        ("PixelSpacing = 2\n[ZValue = 1]\nTiltAngle = -10.5\n[ZValue = 0]\nTiltAngle = -30\n"
         "[T = note]\n[ZValue = 3]\nTiltAngle = 30\n[ZValue = 2]\nTiltAngle = 10\n")
    };
    static const double wanted[NT] = { -30, -10.5, 10, 30 };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_text("b.txt", texts[i]);
        op_call c = CALL("files=a.mrc", "angles=b.txt");
        op_must_run(&c);
        for (int k = 0; k < NT; k++) ck_assert_msg(tilt_of(&c, k) == wanted[k], "text %zu", i);
        ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "pixel_size")->number, 2);
        op_end(&c);
    }
}
END_TEST

#define MDOC \
    "[ZValue = 0]\nTiltAngle = 1\n[ZValue = 1]\nTiltAngle = 2\nExposureDose = 3\n" \
    "[ZValue = 2]\nTiltAngle = 3\n[ZValue = 3]\nTiltAngle = 4\n"

/* Radians by the title; notes of other images, of another axis and of some doses: warnings. */
START_TEST(titles_and_notes_are_heeded)
{
    put_text("rad.csv", "image,\"theta [mrad]\"\n0,-100\n1,0\n2,100\n3,200\n");
    op_call c = CALL("files=a.mrc", "angles=rad.csv");
    op_must_run(&c);
    for (int k = 0; k < NT; k++)
        ck_assert_double_eq_tol(tilt_of(&c, k), (k - 1) * 5.72957795130823, 1e-12);
    op_end(&c);
    put_text("other.mdoc",
             "ImageFile = C:\\data\\b.mrc\n[T = Tilt axis angle = 84.5, bin = 1]\n" MDOC);
    c = (op_call)CALL("files=a.mrc", "angles=other.mdoc");
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "has the tilts of 'C:\\data\\b.mrc'"));
    ck_assert_ptr_nonnull(strstr(c.warnings, "the tilt axis lies 84.5 degrees from y"));
    ck_assert_ptr_nonnull(strstr(c.warnings, "an ExposureDose for 1 of 4 images"));
    op_end(&c);
}
END_TEST

START_TEST(what_contradicts_names_both_sides)
{
    static const struct {
        const char *params[4], *where, *text[2];
    } cases[] = {
        { { "files=a.mrc", "angles=[1, 2, 3]" }, "angles", { "4 images", "3 tilts" } },
        { { "files=a.mrc", "angles=a.rawtlt", "step=2" }, "step", { "'angles'", "'start'" } },
        { { "files=a.mrc", "angles=a.rawtlt", "pixel_size=0.2" },
          "pixel_size",
          { "0.2 angstrom", "has 2 " } },
        { { "files=a.mrc", "angles=[1, 3, 2, 4]" }, "angles", { "is 2 degrees", "follows 3" } },
        { { "files=a.mrc" }, "angles", { "a.mrc", "which tilts" } },
        { { "files=a.mrc,c.mrc", "step=2" },
          "files",
          { "'a.mrc' has pixels of 2", "'c.mrc' of 3" } },
        { { "files=a.mrc,d.rawtlt", "step=2" }, "files", { "d.rawtlt", "no format" } },
        { { "files=n.mrc", "step=2" }, "pixel_size", { "n.mrc", "how large" } },
        { { "files=a.mrc", "angles=cut.rawtlt" }, "angles", { "cut short", "cut.rawtlt" } },
        { { "files=a.mrc", "angles=words.txt" }, "angles", { "line 2", "'x'" } },
        { { "files=a.mrc", "angles=length.txt" }, "angles", { "'theta' is in 'nm'", "degrees" } },
        { { "files=a.mrc", "angles=wide.mdoc" }, "angles", { "width of 9", "'a.mrc' has" } },
        { { "files=a.mrc", "angles=fine.mdoc" }, "angles", { "pixels of 1.5", "'a.mrc' has 2" } },
        { { "files=a.mrc", "angles=twice.mdoc" }, "angles", { "line 3", "second TiltAngle" } },
        { { "files=a.mrc,./b.mrc,a.mrc", "step=2" }, "files", { "'a.mrc' is named twice", "" } },
        { { "files=a.mrc", "step=2", "frames=3" }, "frames", { "4 images", "3 frames" } },
        { { "files=a.mrc", "step=2", "tilt_axis=z" }, "tilt_axis", { "'z'", "expected" } },
    };
    put_mrc("c.mrc", NT, 0, 3);
    put_mrc("n.mrc", NT, 0, 0);
    put_mrc("b.mrc", NT, 0, 2);
    put_text("d.rawtlt", "1\n2\n3\n4\n");
    put_text("length.txt", "theta [nm]\n1\n2\n3\n4\n");
    put_text("wide.mdoc", "ImageSize = 9 8\n" MDOC);
    put_text("fine.mdoc", "PixelSpacing = 1.5\n" MDOC);
    put_text("twice.mdoc", "[ZValue = 0]\nTiltAngle = 1\nTiltAngle = 2\n");
    put_text("cut.rawtlt", "1.25\n2.25\n3.25\n4.2");
    put_text("words.txt", "1\nx\n3\n4\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        op_call c = CALL(cases[i].params[0], cases[i].params[1], cases[i].params[2]);
        ck_assert_msg(!op_run(&c), "case %zu", i);
        ck_assert_str_eq(c.result.failure.where, cases[i].where);
        for (int k = 0; k < 2; k++)
            ck_assert_msg(strstr(c.result.failure.message, cases[i].text[k]) != NULL,
                          "case %zu: %s", i, c.result.failure.message);
        op_end(&c);
    }
}
END_TEST

START_TEST(images_follow_their_tilts)
{
    op_call c = CALL("files=a.mrc", "angles=[30, -10, 10, -30]", "sort=tilt");
    op_must_run(&c);
    const float *images = images_of(&c, "tilts");
    static const int order[NT] = { 3, 1, 2, 0 };
    static const double tilts[NT] = { -30, -10, 10, 30 };
    for (int k = 0; k < NT; k++) {
        ck_assert_double_eq(tilt_of(&c, k), tilts[k]);
        ck_assert_float_eq(images[k * NY * NX], order[k] * NY * NX);
    }
    op_end(&c);
}
END_TEST

START_TEST(the_parameter_wins_where_it_is_asked_to)
{
    op_call c = CALL("files=a.mrc", "step=2", "start=-3", "pixel_size=0.2", "header=ignore");
    op_must_run(&c);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "pixel_size")->number, 0.2);
    ck_assert_double_eq(tilt_of(&c, 3), 3);
    op_end(&c);
}
END_TEST

/* Pixel (y, x) of the series, for every way of turning and mirroring. */
START_TEST(images_are_turned_and_mirrored_exactly)
{
    static const struct {
        const char *flip, *axis;
        int ny, nx, cy, cx, y0, xy, xx, x0, yy, yx; /* source = (y0 + yy y + yx x, x0 + ...) */
    } cases[] = {
        { "flip=none", "tilt_axis=y", NY, NX, 0, 0, 0, 0, 1, 0, 1, 0 },
        { "flip=x", "tilt_axis=y", NY, NX, 0, 0, 0, 0, -1, NX - 1, 1, 0 },
        { "flip=y", "tilt_axis=0", NY, NX, 0, 0, NY - 1, 0, 1, 0, -1, 0 },
        { "flip=none", "tilt_axis=180", NY, NX, 0, 0, NY - 1, 0, -1, NX - 1, -1, 0 },
        /* the tilt axis along x becomes y: what was at +x is at -y of the source turned back */
        { "flip=none", "tilt_axis=x", NX, NY, 0, 0, 0, 1, 0, NX - 1, 0, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        op_call c = CALL("files=a.mrc", "step=2", cases[i].flip, cases[i].axis);
        op_must_run(&c);
        const loom_array *a = value_array(op_output(&c, "tilts"), "images");
        ck_assert_int_eq(a->dim[1], cases[i].ny);
        ck_assert_int_eq(a->dim[2], cases[i].nx);
        const float *v = a->data;
        float sum = 0;
        for (int k = 0; k < NY * NX; k++) sum += v[k];
        ck_assert_float_eq(sum, NY * NX * (NY * NX - 1) / 2.0f);
        if (i < 4)
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    ck_assert_float_eq(v[y * NX + x], (cases[i].y0 + cases[i].yy * y) * NX
                                                          + cases[i].x0 + cases[i].xx * x);
        else /* anti-clockwise: (x, y) goes to (-y, x) */
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++) ck_assert_float_eq(v[x * NY + NY - 1 - y], y * NX + x);
        op_end(&c);
    }
}
END_TEST

START_TEST(several_images_of_a_tilt_are_frames)
{
    put_mrc("f_1.mrc", 3, 0, 2);
    put_mrc("f_2.mrc", 3, 100, 2);
    op_call c = CALL("files=f_1.mrc,f_2.mrc", "angles=[-5, 5]");
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "frames"), "images");
    ck_assert_int_eq(a->rank, 4);
    ck_assert_int_eq(a->dim[0], 2);
    ck_assert_int_eq(a->dim[1], 3);
    ck_assert_float_eq(((float *)a->data)[3 * NY * NX], 100);
    op_end(&c);
    op_call d = CALL("files=a.mrc", "angles=[-5, 5]", "frames=2");
    op_must_run(&d);
    ck_assert_int_eq(value_array(op_output(&d, "frames"), "images")->dim[1], 2);
    op_end(&d);
}
END_TEST

START_TEST(counts_that_were_changed_are_counts_no_more)
{
    op_call c = CALL("files=a.mrc", "step=2", "counts=true", "background=3");
    op_must_run(&c);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 1);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "background")->number, 3);
    op_end(&c);
    op_call d = CALL("files=a.mrc", "step=2", "counts=true", "tilt_axis=30");
    op_must_run(&d);
    ck_assert_ptr_null(value_attribute(op_output(&d, "tilts"), "counts"));
    double factor = ((double *)value_array(op_output(&d, "tilts"), "noise_factor")->data)[0];
    ck_assert(factor > 0.3 && factor < 1);
    op_end(&d);
}
END_TEST

TEST_MAIN_WITH("io.read_series", ((suite_options){ .setup = set_up, .teardown = tear_down }),
               text_in_many_forms_gives_the_same_tilts, titles_and_notes_are_heeded,
               what_contradicts_names_both_sides, images_follow_their_tilts,
               the_parameter_wins_where_it_is_asked_to, images_are_turned_and_mirrored_exactly,
               several_images_of_a_tilt_are_frames, counts_that_were_changed_are_counts_no_more)
