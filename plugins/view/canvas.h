/* view/canvas.h - a grey picture that is drawn on: rectangles, blocks of values, and words in a 5x7
 * type. */
#ifndef VIEW_CANVAS_H
#define VIEW_CANVAS_H
#include <stdint.h>

/* [height][width], 0 black */
typedef struct canvas {
    int64_t height, width;
    uint8_t *grey;
} canvas;

enum { LETTER_HEIGHT = 7, LETTER_WIDTH = 5, LETTER_STEP = 6 };

/* What lies outside the picture is left out. [any] */
void canvas_fill(canvas *c, int64_t y, int64_t x, int64_t height, int64_t width, uint8_t grey);
/* Letters, digits and . - + = / ( ) : and the sign of angstrom as UTF-8; others come out blank. (y,
 * x) is the upper left corner, `size` the edge of a dot. Returns the width taken. */
int64_t canvas_write(canvas *c, int64_t y, int64_t x, const char *text, int64_t size, uint8_t grey);
int64_t canvas_text_width(const char *text, int64_t size);
#endif
