/* report/draw_text.c - renderer `text`: the attribute `text`, a little Markdown (markup.h), word by
 * word into lines as wide as a panel. In a page it is HTML; this is the picture of it. */
#include "report/axis.h"
#include "report/markup.h"
#include "report/panel.h"
#include <assert.h>
#include <string.h>

enum { LINE = 19, SIZE = 13, ITEM_INDENT = 18, MAX_WORDS = 4000 };

typedef struct pen {
    picture *p;
    double left, x, y; /* where lines begin, where the piece begins, its base line */
    bool bold;         /* the whole block */
    bool strong;       /* the piece: words of one weight on one line, one mark */
    text piece;
    int words;
} pen;

static double piece_width(const pen *at)
{
    double wide = at->piece.length ? text_width(SIZE, at->piece.data) : 0;
    return at->strong ? 1.08 * wide : wide;
}

static void end_piece(pen *at)
{
    if (!at->piece.length) return;
    mark *m = picture_text_in(at->p, at->x, at->y, SIZE, ANCHOR_START, PANEL_WIDTH - 4 - at->x,
                              at->piece.data);
    if (m) m->bold = at->strong;
    at->x += piece_width(at);
    text_clear(&at->piece);
}

static void draw_word(pen *at, const char *word, bool strong, bool blank)
{
    assert(*word);
    if (strong != at->strong) end_piece(at);
    at->strong = strong;
    double gap = blank ? text_width(SIZE, " ") : 0, wide = gap + text_width(SIZE, word) * 1.08;
    double x = at->x + piece_width(at);
    if (x > at->left && x + wide > PANEL_WIDTH - 4) {
        end_piece(at);
        at->x = at->left;
        at->y += LINE;
    } else if (blank && at->piece.length) text_putc(&at->piece, ' ');
    else if (blank && at->x > at->left) at->x += gap;
    text_puts(&at->piece, word);
    at->words++;
}

static void draw_block(pen *at, const char *s, text *word)
{
    markup_run r;
    bool blank = false;
    while (markup_next(&s, &r))
        for (size_t i = 0; i < r.length && at->words < MAX_WORDS;) {
            size_t n = 0;
            while (i + n < r.length && r.start[i + n] != ' ') n++;
            text_clear(word);
            text_add(word, r.start + i, n);
            if (n && word->data)
                draw_word(at, word->data, at->bold || r.style == STYLE_STRONG, blank);
            blank = i + n < r.length;
            i += n + 1;
        }
    end_piece(at);
}

bool draw_text(const loom_value *v, picture *p, error *e)
{
    const char *s = panel_text(v, "text", NULL);
    if (!s)
        return error_set(e, LOOM_E_DATA, "",
                         "a panel of renderer 'text' needs the attribute 'text'");
    text block = { 0 }, word = { 0 };
    markup_kind kind;
    pen at = { .p = p };
    while (markup_block(&s, &kind, &block)) {
        at.y += at.y > 0 && kind != MARKUP_ITEM ? LINE + LINE / 2 : LINE;
        at.left = at.x = kind == MARKUP_ITEM ? 4 + ITEM_INDENT : 4;
        at.bold = kind == MARKUP_HEADING;
        if (kind == MARKUP_ITEM) picture_text(p, 8, at.y, SIZE, ANCHOR_START, "\u2022");
        draw_block(&at, block.data ? block.data : "", &word);
    }
    if (block.failed || word.failed || at.piece.failed) p->failed = true;
    text_free(&at.piece);
    text_free(&block);
    text_free(&word);
    p->width = PANEL_WIDTH;
    p->height = at.y + LINE / 2;
    assert(p->height > 0);
    return true;
}
