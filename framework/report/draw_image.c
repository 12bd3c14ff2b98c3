/* report/draw_image.c - renderer `image`: one image or many, with labels.
 *
 * Arrays of rank 2 [y][x] or 3 [k][y][x], shown in order; row 0 is at the top. Attributes: labels
 * (one per image and line), low and high (the numbers shown darkest and brightest; else the range
 * of all), ramp (grey, sequential, diverging), value_label and value_unit, pixel_size with its unit
 * (then a scale bar is drawn), columns. Optional mark [m][3]: image, y, x in pixels, of a circle of
 * radius mark_radius pixels; mark_word (codes of words) tells kinds of them apart. */
#include "report/colours.h"
#include "report/panel.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IMAGES = 400 };
typedef struct tile {
    const loom_array *array;
    int64_t offset, rows, columns;
    double x, y, w, h;
} tile;
typedef struct images {
    const loom_value *v;
    tile tile[MAX_IMAGES];
    int count;
    double scale; /* points a pixel */
    ramp_range range;
} images;

static bool find_tiles(images *d, error *e)
{
    const loom_array *a;
    for (int64_t i = 0; (a = value_array_at(d->v, i)); i++) {
        if (a->rank < 2 || a->rank > 3 || !strcmp(a->name, "mark")) continue;
        int64_t n = a->rank == 3 ? a->dim[0] : 1, rows = a->dim[a->rank - 2],
                columns = a->dim[a->rank - 1];
        for (int64_t k = 0; k < n && rows > 0 && columns > 0; k++) {
            if (d->count == MAX_IMAGES || rows > 1 << 14 || columns > 1 << 14)
                return error_set(e, LOOM_E_DATA, "",
                                 "array '%s' of the panel: at most %d images of at most 16384 "
                                 "pixels a side are drawn",
                                 a->name, MAX_IMAGES);
            d->tile[d->count++] = (tile){ a, k * rows * columns, rows, columns, 0, 0, 0, 0 };
        }
    }
    return d->count || error_set(e, LOOM_E_DATA, "", "a panel of renderer 'image' holds no image");
}

static void find_range(images *d)
{
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < d->count; k++)
        for (int64_t i = 0; i < d->tile[k].rows * d->tile[k].columns; i++) {
            double x = array_number(d->tile[k].array, d->tile[k].offset + i);
            if (isfinite(x)) low = fmin(low, x), high = fmax(high, x);
        }
    if (!(low <= high)) low = 0, high = 1;
    ramp_range *r = &d->range;
    r->low = panel_number(d->v, "low", low);
    r->high = panel_number(d->v, "high", high);
    if (!(r->high > r->low)) r->high = r->low + 1;
    r->below = low<r->low, r->above = high> r->high;
}

/* About 8 columns to 5 rows; of the numbers near that, the one that leaves the fewest gaps. */
static int columns_for(int count)
{
    assert(count > 0);
    int usual = (int)ceil(sqrt(count * 1.6)), best = usual;
    for (int n = usual + 1; n >= usual - 1 && n > 0; n--) {
        int gaps = (n - count % n) % n;
        if (gaps < (best - count % best) % best) best = n;
    }
    return best;
}

/* Rows of images from left to right, one scale for all. Gives the height. */
static double arrange(images *d, double width)
{
    assert(d->count > 0 && width > 0);
    enum { GAP = 12, HEAD = 20 };
    int columns = (int)panel_number(d->v, "columns", d->count <= 4 ? d->count : 0);
    if (columns < 1) columns = columns_for(d->count);
    if (columns > d->count) columns = d->count;
    double widest = 0;
    for (int row = 0; row * columns < d->count; row++) {
        double sum = 0;
        for (int k = row * columns; k < d->count && k < (row + 1) * columns; k++)
            sum += (double)d->tile[k].columns;
        widest = fmax(widest, sum);
    }
    d->scale = fmin((width - GAP * (columns - 1)) / widest, 6);
    double y = 0;
    for (int k = 0; k < d->count; k += columns) {
        double x = 0, highest = 0;
        for (int i = k; i < d->count && i < k + columns; i++) {
            tile *t = &d->tile[i];
            t->w = (double)t->columns * d->scale, t->h = (double)t->rows * d->scale;
            t->x = x, t->y = y + HEAD;
            x += t->w + GAP;
            highest = fmax(highest, t->h);
        }
        y += HEAD + highest + 8;
    }
    return y;
}

/* Images larger than twice their place are averaged down: nobody would see the rest. */
static void draw_tile(const images *d, const tile *t, picture *p)
{
    assert(d->scale > 0);
    int64_t by = (int64_t)floor(1 / (2 * d->scale));
    if (by < 1) by = 1;
    int w = (int)((t->columns + by - 1) / by), h = (int)((t->rows + by - 1) / by);
    mark *m = picture_image(p, t->x, t->y, t->w, t->h, w, h);
    if (!m) return;
    m->smooth = by > 1;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double sum = 0;
            int n = 0;
            for (int64_t r = y * by; r < (y + 1) * by && r < t->rows; r++)
                for (int64_t c = x * by; c < (x + 1) * by && c < t->columns; c++, n++)
                    sum += array_number(t->array, t->offset + r * t->columns + c);
            uint8_t *out = m->image.rgba + 4 * ((size_t)y * (size_t)w + (size_t)x);
            ramp_colour(d->range.ramp, (sum / n - d->range.low) / (d->range.high - d->range.low),
                        out);
            out[3] = 255;
        }
}

static bool draw_marks(const images *d, picture *p, error *e)
{
    const loom_array *a = value_array(d->v, "mark");
    column word;
    bool kinds = value_array(d->v, "mark_word") != NULL;
    if (!a) return true;
    if (a->rank != 2 || a->dim[1] != 3)
        return error_set(e, LOOM_E_DATA, "", "array 'mark' of an image panel is not [m][3]");
    if (kinds && !column_need(d->v, "mark_word", a->dim[0], &word, e)) return false;
    double radius = panel_number(d->v, "mark_radius", 3) * d->scale;
    for (int64_t i = 0; i < a->dim[0]; i++) {
        double k = array_number(a, 3 * i), y = array_number(a, 3 * i + 1),
               x = array_number(a, 3 * i + 2);
        if (!(k >= 0 && k < d->count) || !isfinite(x) || !isfinite(y)) continue;
        const tile *t = &d->tile[(int)k];
        mark *m = picture_disc(p, TINT_NONE, t->x + (x + 0.5) * d->scale,
                               t->y + (y + 0.5) * d->scale, radius);
        /* on an image: not a colour of the page's ground */
        if (m)
            m->stroke = (tint)tint_rgb(tint_series(kinds ? column_code(&word, i) : 0), true),
            m->width = 1.3;
    }
    return true;
}

static double draw_foot(const images *d, picture *p, double y)
{
    const loom_attribute *pixel = value_attribute(d->v, "pixel_size");
    text name = { 0 };
    const loom_attribute *value_unit = value_attribute(d->v, "value_unit");
    if (pixel && !pixel->text && pixel->number > 0)
        scale_bar(p, 0, y + 6, fmin(d->tile[0].w * 0.6, 200), d->scale / pixel->number,
                  pixel->unit);
    with_unit(panel_text(d->v, "value_label", ""),
              value_unit && value_unit->text ? value_unit->text : "", &name);
    ramp_bar(p, 330, y + 4, 160, &d->range, name.data ? name.data : "");
    double used = name.length ? 38 : 22;
    text_free(&name);
    return used;
}

static double draw_keys(const images *d, picture *p, double y)
{
    enum { MAX_KEYS = 8 };
    column word;
    legend_key key[MAX_KEYS];
    char name[MAX_KEYS][80];
    if (!column_find(d->v, "mark_word", &word) || !word.words) return 0;
    int64_t n = line_count(word.words);
    if (n > MAX_KEYS) n = MAX_KEYS;
    for (int64_t k = 0; k < n; k++) {
        line_copy(word.words, k, name[k], sizeof name[k]);
        key[k] = (legend_key){ name[k], (tint)tint_rgb(tint_series(k), true), false, false };
    }
    return legend_draw(p, 0, y, p->width, key, (int)n);
}

bool draw_images(const loom_value *v, picture *p, error *e)
{
    images *d = calloc(1, sizeof *d);
    char label[120];
    const char *labels = panel_text(v, "labels", NULL);
    if (!d) return error_memory(e, "a picture");
    d->v = v;
    d->range.ramp = ramp_named(panel_text(v, "ramp", NULL), RAMP_GREY);
    bool good = find_tiles(d, e);
    if (good) {
        find_range(d);
        double y = arrange(d, p->width);
        for (int k = 0; k < d->count; k++) {
            const tile *t = &d->tile[k];
            if (labels) {
                line_copy(labels, k, label, sizeof label);
                picture_text_in(p, t->x, t->y - 6, TICK_SIZE, ANCHOR_START, t->w + 8, label);
            }
            draw_tile(d, t, p);
        }
        good = draw_marks(d, p, e);
        y += draw_keys(d, p, y);
        p->height = y + draw_foot(d, p, y) + 4;
    }
    free(d);
    return good;
}
