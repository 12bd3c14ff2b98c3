/* Panels as files: the PNG of an image is decoded again, SVG holds the elements it should and
 * hostile texts stay text, PDF and PNG come from cairo. */
#include "report/encode.h"
#include "report/html.h"
#include "report/markup.h"
#include "report/panels.h"
#include <stdio.h>
#include <zlib.h>

static uint32_t word_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The bytes of its rows, without the filters. */
static uint8_t *decode(const text *png, int w, int h, int channels)
{
    const uint8_t *b = (const uint8_t *)png->data;
    ck_assert_int_eq(word_at(b + 16), w);
    ck_assert_int_eq(word_at(b + 20), h);
    size_t line = 1 + (size_t)w * (size_t)channels, packed = word_at(b + 33);
    uLongf n = line * (size_t)h;
    uint8_t *rows = malloc(n);
    ck_assert_int_eq(uncompress(rows, &n, b + 41, packed), Z_OK);
    ck_assert_int_eq(n, line * (size_t)h);
    ck_assert_int_eq(word_at(b + 41 + packed), crc32(crc32(0, NULL, 0), b + 37, (uInt)packed + 4));
    for (int y = 0; y < h; y++)
        for (size_t x = 1; x < line; x++) {
            uint8_t *p = rows + (size_t)y * line + x;
            size_t step = (size_t)channels;
            int left = x > step ? p[-(ptrdiff_t)step] : 0, up = y ? p[-(ptrdiff_t)line] : 0,
                corner = y && x > step ? p[-(ptrdiff_t)(line + step)] : 0;
            int filter = rows[(size_t)y * line], g = left + up - corner;
            int near = abs(g - left) <= abs(g - up) && abs(g - left) <= abs(g - corner) ? left
                       : abs(g - up) <= abs(g - corner)                                 ? up
                                                                                        : corner;
            ck_assert(filter == 0 || filter == 1 || filter == 2 || filter == 4);
            *p = (uint8_t)(*p + (filter == 1 ? left : filter == 2 ? up : filter == 4 ? near : 0));
        }
    return rows;
}

START_TEST(png_decodes_to_its_pixels)
{
    enum { W = 37, H = 23 };
    for (int kind = 0; kind < 4; kind++) { /* grey, grey and alpha, colours, all */
        static const int channels[] = { 1, 2, 3, 4 };
        uint8_t rgba[4 * W * H];
        for (int i = 0; i < W * H; i++)
            for (int k = 0; k < 4; k++)
                rgba[4 * i + k] = k == 3     ? (kind % 2 ? i % 256 : 255)
                                  : kind < 2 ? i * 7
                                             : i * (k + 3);
        text png = { 0 };
        png_add(&png, &(bitmap){ W, H, rgba });
        uint8_t *rows = decode(&png, W, H, channels[kind]);
        for (int i = 0; i < W * H; i++)
            for (int k = 0; k < channels[kind]; k++) {
                int from = channels[kind] == 2 && k == 1 ? 3 : k;
                ck_assert_int_eq(
                    rows[i / W * (1 + W * channels[kind]) + 1 + i % W * channels[kind] + k],
                    rgba[4 * i + from]);
            }
        free(rows);
        text_free(&png);
    }
}
END_TEST

START_TEST(base64_is_as_in_the_rfc)
{
    static const char *const pairs[][2] = {
        { "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
        { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "foobar", "Zm9vYmFy" }
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        text t = { 0 };
        base64_add(&t, pairs[i][0], strlen(pairs[i][0]));
        ck_assert_str_eq(t.data ? t.data : "", pairs[i][1]);
        text_free(&t);
    }
}
END_TEST

/* Forty texts that break out of what is written carelessly. */
static const char *const hostile[40] = {
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>x</script>",
    "</style><script>x</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "]]>",
    "<![CDATA[x]]>",
    "<!--",
    "-->",
    "--!><script>",
    "\"><svg onload=alert(1)>",
    "'><svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&amp;",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "`",
    "</svg>",
    "</text><text>",
    "</table>",
    "</figure></section>",
    "javascript:alert(1)",
    "{{constructor}}",
    "${x}",
    "%s%n%d",
    "\\u003cscript\\u003e",
    "\x1b[31m",
    "\n</script>\n",
    "\u202e gnp.exe",
    "\u2028",
    "\xef\xbf\xbe", /* a value takes UTF-8 only */
    "<?xml version=\"1.0\"?>",
    "<iframe srcdoc='x'>",
    "<a href=\"//example.org\">",
};

/* Only elements that the writer itself makes, with no more and no fewer of them than `count`. */
static void must_hold_only(const text *t, const char *allowed)
{
    for (const char *s = t->data; (s = strchr(s, '<')); s++) {
        char name[40], word[44];
        const char *from = s[1] == '/' ? s + 2 : s + 1;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(from, " >/\n"), from);
        snprintf(word, sizeof word, " %s ", name);
        ck_assert_msg(strstr(allowed, word), "an element <%s>: %.80s", name, s);
    }
    for (const char *s = t->data; (s = strchr(s, '&')); s++)
        ck_assert_msg(strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789#") > 0, "%.40s", s);
}

static loom_value *hostile_panel(const char *renderer, const char *s)
{
    loom_value *v = make_panel(renderer);
    text two = { 0 };
    text_printf(&two, "%s\n%s", s, s);
    set_text(v, "title", s);
    set_text(v, "text", s);
    set_text(v, "caption", s);
    set_text(v, "x_label", s);
    set_text(v, "y_label", s);
    set_text(v, "value_label", s);
    set_text(v, "labels", two.data);
    set_text(v, "categories.series", two.data);
    set_text(v, "categories.category", two.data);
    set_text(v, "categories.state", two.data);
    add_column(v, "x", LOOM_F64, 2, (double[]){ 0, 1 });
    add_column(v, "y", LOOM_F64, 2, (double[]){ 0, 1 });
    add_column(v, "value", LOOM_F64, 2, (double[]){ 0, 1 });
    add_column(v, "series", LOOM_I32, 2, (int32_t[]){ 0, 1 });
    add_column(v, "category", LOOM_I32, 2, (int32_t[]){ 0, 1 });
    add_column(v, "state", LOOM_I32, 2, (int32_t[]){ 0, 1 });
    make_array(v, "position", LOOM_F64, 2, (int64_t[]){ 2, 3 }, strlen(s) < 200 ? s : "", NULL);
    text_free(&two);
    return v;
}

START_TEST(hostile_texts_stay_text)
{
    static const char *const renderers[] = { "plot", "bars", "points", "image", "table", "text" };
    char long_name[10001];
    memset(long_name, 'x', 10000);
    long_name[10000] = 0;
    for (int i = 0; i <= 40; i++)
        for (int k = 0; k < 6; k++) {
            loom_value *v = hostile_panel(renderers[k], i < 40 ? hostile[i] : long_name);
            text svg = { 0 }, html = { 0 };
            error e = { 0 };
            ck_assert_msg(panel_export(v, "svg", &svg, &e), "%s", e.message);
            must_hold_only(&svg, " svg title rect text image circle polyline polygon ");
            html_table(&html, v, hostile[i % 40], 10);
            html_printf(&html, "<p>%s</p>", hostile[i % 40]);
            markup_html(hostile[i % 40], &html);
            must_hold_only(&html,
                           " h4 ul li em code div table caption thead tbody tr th td strong p ");
            text_free(&svg);
            text_free(&html);
            value_free(v);
        }
}
END_TEST

START_TEST(json_cannot_end_its_script)
{
    for (int i = 0; i < 40; i++) {
        text t = { 0 };
        html_json(&t, hostile[i], strlen(hostile[i]));
        ck_assert(!t.data || !strpbrk(t.data, "<>&"));
        text_free(&t);
    }
}
END_TEST

/* PNG and PDF have the size of the picture, and the same panel gives the same bytes. */
START_TEST(cairo_makes_png_and_pdf)
{
    loom_value *v = make_panel("plot");
    add_column(v, "x", LOOM_F64, 2, (double[]){ 0, 1 });
    add_column(v, "y", LOOM_F64, 2, (double[]){ 0, 1 });
    text png = { 0 }, again = { 0 }, pdf = { 0 };
    error e = { 0 };
    ck_assert_msg(panel_export(v, "png", &png, &e), "%s", e.message);
    ck_assert(!memcmp(png.data, "\x89PNG", 4));
    ck_assert_int_eq(word_at((const uint8_t *)png.data + 16), 2 * (PANEL_WIDTH + 32));
    ck_assert_msg(panel_export(v, "pdf", &pdf, &e), "%s", e.message);
    ck_assert(!memcmp(pdf.data, "%PDF-1.", 7));
    ck_assert(panel_export(v, "pdf", &again, &e));
    ck_assert(pdf.length == again.length && !memcmp(pdf.data, again.data, pdf.length));
    text_free(&png);
    text_free(&pdf);
    text_free(&again);
    value_free(v);
}
END_TEST

TEST_MAIN("report.forms", png_decodes_to_its_pixels, base64_is_as_in_the_rfc,
          hostile_texts_stay_text, json_cannot_end_its_script, cairo_makes_png_and_pdf)
