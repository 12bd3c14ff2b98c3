/* cli/show_rows.c - see show_rows.h */
#include "cli/show_rows.h"
#include "base/show.h"
#include "base/utf8.h"
#include "report/markup.h"
#include "report/table.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 40, MAX_CELL = 28 };

/* A cell fit to be printed, cut to MAX_CELL characters. */
static void cell_word(const loom_value *v, const cell_format *f, int64_t i, text *out)
{
    text word = { 0 };
    (void)v;
    text_clear(out);
    if (i < 0) with_unit(f->column.array->name, f->column.array->unit, &word);
    else cell_text(f, i, &word);
    show_line(out, word.data ? word.data : "", word.length);
    while (out->data && utf8_count(out->data, out->length) > MAX_CELL) {
        out->length = utf8_cut(out->data, out->length - 1);
        out->data[out->length] = 0;
    }
    text_free(&word);
}

static int count_of(const text *t) { return t->data ? utf8_count(t->data, t->length) : 0; }

static void pad(text *out, int n)
{
    while (n-- > 0) text_putc(out, ' ');
}

/* Panels whose columns are what a reader wants: a curve, bars, a table. */
static bool panel_columns(const loom_value *v)
{
    const char *renderer = panel_text(v, "renderer", "");
    return !strcmp(value_type(v), "panel")
           && (!strcmp(renderer, "plot") || !strcmp(renderer, "bars")
               || !strcmp(renderer, "table"));
}

void show_rows(const loom_value *v, int64_t most, text *out)
{
    assert(most >= 0);
    cell_format f[MAX_COLUMNS];
    int width[MAX_COLUMNS], columns = 0;
    int64_t rows = table_rows(v), shown = rows < most ? rows : most;
    const loom_array *a;
    text word = { 0 };
    if ((strcmp(value_type(v), "table") != 0 && !panel_columns(v)) || !rows) return;
    for (int64_t i = 0; (a = value_array_at(v, i)) && columns < MAX_COLUMNS; i++) {
        if (a->rank != 1 || a->dim[0] != rows) continue;
        f[columns] = cell_format_of(v, a);
        width[columns] = 0;
        for (int64_t r = -1; r < shown; r++) {
            cell_word(v, &f[columns], r, &word);
            if (count_of(&word) > width[columns]) width[columns] = count_of(&word);
        }
        columns++;
    }
    for (int64_t r = -1; r < shown; r++) {
        for (int k = 0; k < columns; k++) {
            cell_word(v, &f[k], r, &word);
            bool left = f[k].column.words != NULL, last = k + 1 == columns;
            text_puts(out, "  ");
            if (!left) pad(out, width[k] - count_of(&word));
            text_puts(out, word.data ? word.data : "");
            if (left && !last) pad(out, width[k] - count_of(&word));
        }
        text_putc(out, '\n');
    }
    if (rows > shown)
        text_printf(out, "  %lld more rows: --all prints them\n", (long long)(rows - shown));
    if (word.failed) out->failed = true;
    text_free(&word);
}

/* Of one column, "fate: 268 consistent, 67 inconsistent". */
static void count_words(const column *c, text *out)
{
    enum { MAX_WORDS = 64 };
    int64_t count[MAX_WORDS] = { 0 }, words = line_count(c->words);
    char word[64];
    if (words > MAX_WORDS) return;
    for (int64_t i = 0; i < c->count; i++) {
        double x = column_number(c, i);
        if (x >= 0 && x < (double)words) count[(int64_t)x]++;
    }
    text_puts(out, "  ");
    show_line(out, c->array->name, strlen(c->array->name));
    for (int64_t k = 0; k < words; k++) {
        line_copy(c->words, k, word, sizeof word);
        text_printf(out, "%s%lld ", k ? ", " : ": ", (long long)count[k]);
        show_line(out, word, strlen(word));
    }
    text_putc(out, '\n');
}

void show_words(const loom_value *v, text *out)
{
    const loom_array *a;
    column c;
    if (!strcmp(value_type(v), "table") || panel_columns(v)) return; /* its rows say it */
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (column_find(v, a->name, &c) && c.words) count_words(&c, out);
}

void show_panel_text(const loom_value *v, int columns, text *out)
{
    assert(columns > 0);
    const char *s = strcmp(value_type(v), "panel") ? NULL : panel_text(v, "text", NULL);
    text lines = { 0 };
    if (!s) return;
    markup_lines(s, columns < 98 ? columns : 98, &lines);
    for (const char *at = lines.data ? lines.data : ""; *at;) {
        size_t n = strcspn(at, "\n");
        text_puts(out, n ? "  " : "");
        show_line(out, at, n);
        text_putc(out, '\n');
        at += n + (at[n] != 0);
    }
    if (lines.failed) out->failed = true;
    text_free(&lines);
}

/* ---- images ---------------------------------------------------------------------------------- */

typedef struct flat {
    const loom_array *array;
    int64_t offset, rows, columns;
    double low, high;
} flat;

static bool find_image(const loom_value *v, flat *f)
{
    const loom_array *a;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        bool reals = a->dtype == LOOM_F32 || a->dtype == LOOM_U8;
        if (!reals || a->rank < 2 || a->dim[a->rank - 1] < 8 || a->dim[a->rank - 2] < 8) continue;
        int64_t rows = a->dim[a->rank - 2], columns = a->dim[a->rank - 1];
        int64_t images = loom_array_count(a) / (rows * columns);
        if (!images) continue;
        *f = (flat){ a, images / 2 * rows * columns, rows, columns, INFINITY, -INFINITY };
        for (int64_t k = 0; k < rows * columns; k++) {
            double x = array_number(a, f->offset + k);
            if (isfinite(x)) f->low = fmin(f->low, x), f->high = fmax(f->high, x);
        }
        return f->low < f->high;
    }
    return false;
}

/* Grey from 0 to 255 of the square of the image that a half block shows. */
static int grey_at(const flat *f, int64_t y, int64_t x, double by)
{
    assert(y >= 0 && x >= 0 && by > 0);
    double sum = 0;
    int n = 0;
    for (int64_t r = (int64_t)((double)y * by);
         r < (int64_t)((double)(y + 1) * by + 0.999) && r < f->rows; r++)
        for (int64_t c = (int64_t)((double)x * by);
             c < (int64_t)((double)(x + 1) * by + 0.999) && c < f->columns; c++, n++)
            sum += array_number(f->array, f->offset + r * f->columns + c);
    double t = n ? (sum / n - f->low) / (f->high - f->low) : 0;
    return isfinite(t) ? (int)(255 * fmin(fmax(t, 0), 1)) : 128;
}

bool show_image(const loom_value *v, int columns, text *out)
{
    assert(columns > 0);
    flat f;
    if (!find_image(v, &f)) return false;
    if (columns > 64) columns = 64;
    double by = fmax((double)f.columns / columns, 1);
    int64_t w = (int64_t)((double)f.columns / by), h = (int64_t)((double)f.rows / by);
    for (int64_t y = 0; y + 1 < h; y += 2) {
        text_puts(out, "  ");
        for (int64_t x = 0; x < w; x++) {
            int up = grey_at(&f, y, x, by), down = grey_at(&f, y + 1, x, by);
            text_printf(out, "\x1b[38;2;%d;%d;%dm\x1b[48;2;%d;%d;%dm\u2580", up, up, up, down, down,
                        down);
        }
        text_puts(out, "\x1b[0m\n");
    }
    return true;
}
