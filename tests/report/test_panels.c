/* Pictures of panels: where marks lie, not which pixels a library makes of them. */
#include "report/panels.h"
#include "report/markup.h"

/* Points of equal steps lie at equal steps, larger numbers further to the right and higher up. */
START_TEST(plot_is_linear)
{
    loom_value *v = make_panel("plot");
    set_text(v, "styles", "points");
    add_column(v, "x", LOOM_F64, 3, (double[]){ 0, 5, 10 });
    add_column(v, "y", LOOM_F64, 3, (double[]){ 0, 1, 2 });
    picture p = must_draw(v);
    const mark *a = nth(&p, MARK_DISC, 0), *b = nth(&p, MARK_DISC, 1), *c = nth(&p, MARK_DISC, 2);
    ck_assert(c && c->x > a->x + 500 && c->y < a->y - 200);
    ck_assert_double_eq_tol(b->x, (a->x + c->x) / 2, 1e-9);
    ck_assert_double_eq_tol(b->y, (a->y + c->y) / 2, 1e-9);
    /* the tick "5" stands under the second point */
    const mark *tick = labelled(&p, "5");
    ck_assert_msg(labelled(&p, "x (\u00c5)") && labelled(&p, "y (\u00c5)"), "names with units");
    if (tick) ck_assert_double_eq_tol(tick->x, b->x, 1e-9);
    picture_free(&p);
    value_free(v);
}
END_TEST

/* There is no layer 0.5: numbers that are all whole have ticks at whole numbers alone. */
START_TEST(whole_numbers_have_whole_ticks)
{
    loom_value *v = make_panel("plot");
    add_column(v, "x", LOOM_F64, 4, (double[]){ 0, 1, 2, 3 });
    add_column(v, "y", LOOM_F64, 4, (double[]){ 0, 20, 10, 40 });
    picture p = must_draw(v);
    ck_assert(labelled(&p, "0") && labelled(&p, "1") && labelled(&p, "2") && labelled(&p, "3"));
    ck_assert(!labelled(&p, "0.5") && !labelled(&p, "1.0"));
    picture_free(&p);
    value_free(v);
}
END_TEST

/* Numbers beyond the ends that were asked for: the bar of colours says so. */
START_TEST(colours_beyond_the_ends_are_said)
{
    loom_value *v = make_panel("points");
    set_text(v, "colour", "order");
    set_number(v, "colour_low", -1, "");
    set_number(v, "colour_high", 2, "");
    make_array(v, "position", LOOM_F64, 2, (int64_t[]){ 2, 3 }, "angstrom",
               (double[]){ 0, 0, 0, 5, 0, 0 });
    add_column(v, "order", LOOM_F64, 2, (double[]){ -3, 2 });
    picture p = must_draw(v);
    ck_assert(labelled(&p, "\u2264 -1") && labelled(&p, "2"));
    picture_free(&p);
    value_free(v);
}
END_TEST

/* Twelve images: two rows of six, no gaps. */
START_TEST(images_fill_their_rows)
{
    loom_value *v = make_panel("image");
    make_array(v, "image", LOOM_F32, 3, (int64_t[]){ 12, 4, 4 }, "", NULL);
    picture p = must_draw(v);
    double first = nth(&p, MARK_IMAGE, 0)->y, last = nth(&p, MARK_IMAGE, 11)->y;
    int rows[2] = { 0 };
    for (int k = 0; k < 12; k++) {
        rows[0] += nth(&p, MARK_IMAGE, k)->y <= first;
        rows[1] += nth(&p, MARK_IMAGE, k)->y >= last;
    }
    ck_assert(rows[0] == 6 && rows[1] == 6);
    picture_free(&p);
    value_free(v);
}
END_TEST

START_TEST(logarithmic_axis_has_equal_decades)
{
    loom_value *v = make_panel("plot");
    set_text(v, "styles", "points");
    set_number(v, "log_y", 1, "");
    add_column(v, "x", LOOM_F64, 4, (double[]){ 1, 2, 3, 4 });
    add_column(v, "y", LOOM_F64, 4, (double[]){ 1, 10, 100, 0 }); /* 0 has no place */
    picture p = must_draw(v);
    ck_assert_ptr_null(nth(&p, MARK_DISC, 3));
    double step = nth(&p, MARK_DISC, 0)->y - nth(&p, MARK_DISC, 1)->y;
    ck_assert(step > 50);
    ck_assert_double_eq_tol(nth(&p, MARK_DISC, 1)->y - nth(&p, MARK_DISC, 2)->y, step, 1e-9);
    picture_free(&p);
    value_free(v);
}
END_TEST

/* What is not finite is a gap: two lines of two points. */
START_TEST(gaps_stay_gaps)
{
    loom_value *v = make_panel("plot");
    add_column(v, "x", LOOM_F64, 5, (double[]){ 0, 1, 2, 3, 4 });
    add_column(v, "y", LOOM_F64, 5, (double[]){ 1, 2, NAN, 2, 1 });
    picture p = must_draw(v);
    int lines = 0;
    for (int32_t i = 0; i < p.count; i++)
        lines += p.mark[i].kind == MARK_LINE && p.mark[i].stroke == tint_series(0);
    ck_assert_int_eq(lines, 2);
    picture_free(&p);
    value_free(v);
}
END_TEST

START_TEST(bars_are_as_high_as_their_values)
{
    loom_value *v = make_panel("bars");
    set_text(v, "categories.category", "Pd\nIr");
    add_column(v, "value", LOOM_F64, 2, (double[]){ 2, -1 });
    add_column(v, "category", LOOM_I32, 2, (int32_t[]){ 0, 1 });
    picture p = must_draw(v);
    const mark *up = nth(&p, MARK_RECT, 0), *down = nth(&p, MARK_RECT, 1);
    ck_assert_double_eq_tol(up->h, 2 * down->h, 1e-9);
    ck_assert_double_eq_tol(up->y + up->h, down->y, 1e-9); /* they meet at zero */
    ck_assert(labelled(&p, "Pd") && labelled(&p, "Ir"));
    picture_free(&p);
    value_free(v);
}
END_TEST

/* A sphere in the middle: its colour in the middle, nothing in the corner, a scale bar. */
START_TEST(sphere_lies_in_the_middle)
{
    loom_value *v = make_panel("points");
    set_number(v, "radius", 2, "angstrom");
    make_array(v, "position", LOOM_F64, 2, (int64_t[]){ 1, 3 }, "angstrom", (double[]){ 7, 8, 9 });
    picture p = must_draw(v);
    const mark *m = nth(&p, MARK_IMAGE, 0);
    int w = m->image.width, h = m->image.height;
    const uint8_t *middle = m->image.rgba + 4 * ((size_t)(h / 2) * (size_t)w + (size_t)w / 2);
    ck_assert_int_eq(middle[3], 255);
    ck_assert_int_gt(middle[2], middle[0]); /* the first colour is blue */
    ck_assert_int_eq(m->image.rgba[3], 0);
    ck_assert_msg(labelled(&p, "1 \u00c5"), "a scale bar with its length");
    picture_free(&p);
    value_free(v);
}
END_TEST

/* The nearer of two spheres in one line of sight is seen; inside, the farther. */
START_TEST(nearer_spheres_hide_farther_ones)
{
    camera c;
    camera_turn(&c);
    loom_value *v = make_panel("points");
    double r[6], *z = c.turn[2]; /* towards the reader */
    for (int k = 0; k < 3; k++) r[k] = 5 * z[k], r[3 + k] = -5 * z[k];
    set_text(v, "colour", "species");
    set_text(v, "categories.species", "A\nB");
    set_number(v, "inside", 1, "");
    make_array(v, "position", LOOM_F64, 2, (int64_t[]){ 2, 3 }, "angstrom", r);
    add_column(v, "species", LOOM_I32, 2, (int32_t[]){ 0, 1 });
    picture p = must_draw(v);
    for (int row = 0; row < 2; row++) {
        const mark *m = nth(&p, MARK_IMAGE, row);
        size_t w = (size_t)m->image.width, i = 4 * (w * w / 2 + w / 2);
        ck_assert_int_eq(m->image.rgba[i] > m->image.rgba[i + 2], row == 1); /* B is orange */
    }
    picture_free(&p);
    value_free(v);
}
END_TEST

START_TEST(image_pixels_have_their_greys)
{
    loom_value *v = make_panel("image");
    set_text(v, "labels", "a\nb");
    make_array(v, "image", LOOM_F32, 3, (int64_t[]){ 2, 1, 2 }, "", (float[]){ 0, 1, 2, 4 });
    picture p = must_draw(v);
    const mark *a = nth(&p, MARK_IMAGE, 0), *b = nth(&p, MARK_IMAGE, 1);
    ck_assert_int_eq(a->image.rgba[0], 0);
    ck_assert_int_eq(a->image.rgba[4], 64);
    ck_assert_int_eq(b->image.rgba[0], 128);
    ck_assert_int_eq(b->image.rgba[4], 255);
    ck_assert(labelled(&p, "a") && labelled(&p, "b"));
    picture_free(&p);
    value_free(v);
}
END_TEST

START_TEST(mesh_is_drawn_from_both_sides)
{
    for (int side = 0; side < 2; side++) {
        loom_value *v = make_panel("mesh");
        make_array(v, "vertex", LOOM_F64, 2, (int64_t[]){ 3, 3 }, "angstrom",
                   (double[]){ 0, 0, 0, 1, 0, 0, 0, 1, 0 });
        make_array(v, "face", LOOM_I32, 2, (int64_t[]){ 1, 3 }, "",
                   side ? (int32_t[]){ 0, 1, 2 } : (int32_t[]){ 0, 2, 1 });
        picture p = must_draw(v);
        const mark *m = nth(&p, MARK_IMAGE, 0);
        int seen = 0;
        for (int i = 0; i < m->image.width * m->image.height; i++)
            seen += m->image.rgba[4 * i + 3] != 0;
        ck_assert_int_gt(seen, m->image.width * m->image.height / 10);
        picture_free(&p);
        value_free(v);
    }
}
END_TEST

/* What lacks an array is refused with its name, and nothing is drawn past the end of one. */
START_TEST(panels_that_lack_something_are_refused)
{
    static const struct {
        const char *renderer, *fragment;
    } cases[] = { { "plot", "'x'" },           { "bars", "'value'" },   { "points", "'position'" },
                  { "mesh", "'face'" },        { "image", "no image" }, { "text", "'text'" },
                  { "nonsense", "'nonsense'" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        loom_value *v = make_panel(cases[i].renderer);
        picture p;
        error e = { 0 };
        ck_assert(!panel_draw(v, &p, &e));
        ck_assert_msg(strstr(e.message, cases[i].fragment), "%s", e.message);
        picture_free(&p);
        value_free(v);
    }
    loom_value *v = make_panel("plot");
    add_column(v, "x", LOOM_F64, 2, NULL);
    add_column(v, "y", LOOM_F64, 3, NULL);
    picture p;
    error e = { 0 };
    ck_assert(!panel_draw(v, &p, &e) && strstr(e.message, "'y'"));
    picture_free(&p);
    value_free(v);
}
END_TEST

/* Every word is drawn once, in order, inside the panel, and strong ones are bold. */
START_TEST(texts_are_filled_into_lines)
{
    loom_value *v = make_panel("text");
    text s = { 0 };
    text_puts(&s, "# Head\n\nfirst **strong** 2 * 3 * 4\n\n- item\n- other\n\n");
    for (int i = 0; i < 200; i++) text_puts(&s, "word ");
    set_text(v, "text", s.data);
    picture p = must_draw(v);
    const mark *head = labelled(&p, "Head"), *strong = labelled(&p, "strong");
    const mark *item = labelled(&p, "item"), *stars = labelled(&p, "2 * 3 * 4");
    ck_assert(head && head->bold && strong && strong->bold && item && !item->bold && stars);
    ck_assert(head->y < strong->y && strong->y == stars->y && strong->x < stars->x);
    ck_assert(strong->y < item->y);
    double bottom = 0;
    int words = 0;
    for (int32_t i = 0; i < p.count; i++) {
        const mark *m = &p.mark[i];
        ck_assert(m->kind == MARK_TEXT && m->x >= 0 && m->y > 0 && m->y < p.height);
        ck_assert(m->x + text_width(m->size, m->text) <= p.width);
        if (strncmp(m->text, "word", 4) != 0) continue;
        ck_assert(m->y > bottom);
        bottom = m->y;
        for (const char *c = m->text; (c = strstr(c, "word")); c++) words++;
    }
    ck_assert_int_eq(words, 200);
    text_free(&s);
    picture_free(&p);
    value_free(v);
}
END_TEST

/* As HTML, and as lines of a terminal; marks that are not closed are letters. */
START_TEST(markup_is_small)
{
    static const char s[] = "A *b* **c** `d<e` f_g* 5*6*7\nnext\n# H\n- i\n  more\n- j\n<b>x</b>";
    text out = { 0 };
    markup_html(s, &out);
    ck_assert_str_eq(out.data,
                     "<p>A <em>b</em> <strong>c</strong> <code>d&lt;e</code> f_g* 5*6*7 next</p>\n"
                     "<h4>H</h4>\n<ul>\n<li>i more</li>\n<li>j &lt;b&gt;x&lt;/b&gt;</li>\n</ul>\n");
    text_clear(&out);
    markup_lines("# H\naa bb cc\n- dd ee ff", 6, &out);
    ck_assert_str_eq(out.data, "H\n\naa bb\ncc\n\n- dd\n  ee\n  ff\n");
    text_free(&out);
}
END_TEST

/* No number of a picture in SVG is nan or inf; in the pixels of its images these are letters. */
static bool only_finite(const char *svg)
{
    static const char *const odd[] = { "\"nan", "\"-nan", ",nan", ",-nan", " nan",
                                       "\"inf", "\"-inf", ",inf", ",-inf", " inf" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (strstr(svg, odd[i])) return false;
    return true;
}

/* Numbers that no axis can show, faces without vertices, codes without words: drawn or refused. */
START_TEST(odd_numbers_do_no_harm)
{
    static const double odd[] = { NAN, INFINITY, -INFINITY, 1e308, -1e308, 5e-324, 0 };
    for (int i = 0; i < 7; i++)
        for (int k = 0; k < 7; k++) {
            loom_value *v = make_panel(k % 2 ? "plot" : "points");
            double three[] = { odd[i], odd[k], 1 };
            add_column(v, "x", LOOM_F64, 3, three);
            add_column(v, "y", LOOM_F64, 3, three);
            add_column(v, "series", LOOM_I32, 3, (int32_t[]){ -5, 3, 0 });
            make_array(v, "position", LOOM_F64, 2, (int64_t[]){ 1, 3 }, "angstrom", three);
            picture p;
            error e = { 0 };
            if (panel_draw(v, &p, &e)) {
                text t = { 0 };
                picture_svg(&p, NULL, "x", &t);
                ck_assert(only_finite(t.data));
                text_free(&t);
            }
            picture_free(&p);
            value_free(v);
        }
    loom_value *v = make_panel("mesh");
    make_array(v, "vertex", LOOM_F64, 2, (int64_t[]){ 1, 3 }, "", NULL);
    make_array(v, "face", LOOM_I32, 2, (int64_t[]){ 2, 3 }, "",
               (int32_t[]){ 0, 1, 2, -1, 1 << 30, 0 });
    picture p = must_draw(v);
    picture_free(&p);
    value_free(v);
}
END_TEST

TEST_MAIN("report.panels", plot_is_linear, whole_numbers_have_whole_ticks,
          colours_beyond_the_ends_are_said, images_fill_their_rows,
          logarithmic_axis_has_equal_decades, gaps_stay_gaps, bars_are_as_high_as_their_values,
          sphere_lies_in_the_middle, nearer_spheres_hide_farther_ones,
          image_pixels_have_their_greys, mesh_is_drawn_from_both_sides,
          panels_that_lack_something_are_refused, odd_numbers_do_no_harm,
          texts_are_filled_into_lines, markup_is_small)
