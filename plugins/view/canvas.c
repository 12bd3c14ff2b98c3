/* canvas.c - see canvas.h. */
#include "canvas.h"
#include <stddef.h>
#include <string.h>

/* A letter is seven rows of five dots, '#' black. */
typedef struct letter {
    char code[3];
    const char *dots;
} letter;
static const letter letters[] = {
    { "0", " ### #   ##  ### # ###  ##   # ### " },
    { "1", "  #   ##    #    #    #    #   ### " },
    { "2", " ### #   #    #   #   #   #   #####" },
    { "3", "#####   #   #     #     ##   # ### " },
    { "4", "   #   ##  # # #  # #####   #    # " },
    { "5", "######    ####     #    ##   # ### " },
    { "6", "  ##  #   #    #### #   ##   # ### " },
    { "7", "#####    #   #   #   #    #    #   " },
    { "8", " ### #   ##   # ### #   ##   # ### " },
    { "9", " ### #   ##   # ####    #   #  ##  " },
    { ".", "                           ##   ## " },
    { "-", "               #####               " },
    { "+", "       #    #  #####  #    #       " },
    { "=", "          #####     #####          " },
    { "/", "         #   #   #   #   #         " },
    { ":", "       #              #            " },
    { "(", "   #   #   #    #    #     #     # " },
    { ")", " #     #     #    #    #   #   #   " },
    { "\xc3\x85", "  #   # #   #   ### #   #######   #" },
    { "a", "           ###     # #####   # ####" },
    { "b", "#    #    # ## ##  ##   ##   ##### " },
    { "c", "           ### #    #    #   # ### " },
    { "d", "    #    # ## ##  ###   ##   # ####" },
    { "e", "           ### #   #######     ### " },
    { "f", "  ##  #  # #   ###   #    #    #   " },
    { "g", "      #####   ##   # ####    # ### " },
    { "h", "#    #    # ## ##  ##   ##   ##   #" },
    { "i", "  #        ##    #    #    #   ### " },
    { "j", "   #        ##    #    ##  # # ##  " },
    { "k", "#    #    #  # # #  ##   # #  #  # " },
    { "l", " ##    #    #    #    #    #   ### " },
    { "m", "          ## # # # ## # ##   ##   #" },
    { "n", "          # ## ##  ##   ##   ##   #" },
    { "o", "           ### #   ##   ##   # ### " },
    { "p", "          #### #   ##### #    #    " },
    { "q", "           ## ##  ## ####    #    #" },
    { "r", "          # ## ##  ##    #    #    " },
    { "s", "           ### #     ###     ##### " },
    { "t", " #    #   ###   #    #    #  #  ## " },
    { "u", "          #   ##   ##   ##  ## ## #" },
    { "v", "          #   ##   ##   # # #   #  " },
    { "w", "          #   ##   ## # ## # # # # " },
    { "x", "          #   # # #   #   # # #   #" },
    { "y", "          #   ##   # ####    # ### " },
    { "z", "          #####   #   #   #   #####" },
};

void canvas_fill(canvas *c, int64_t y, int64_t x, int64_t height, int64_t width, uint8_t grey)
{
    for (int64_t i = y < 0 ? 0 : y; i < y + height && i < c->height; i++)
        for (int64_t j = x < 0 ? 0 : x; j < x + width && j < c->width; j++)
            c->grey[i * c->width + j] = grey;
}

/* The letter that a text begins with, and its bytes; NULL for one that is not known. */
static const letter *find(const char *text, size_t *bytes)
{
    *bytes = 1;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        size_t n = strlen(letters[i].code);
        if (strncmp(text, letters[i].code, n)) continue;
        *bytes = n;
        return &letters[i];
    }
    return NULL;
}

int64_t canvas_write(canvas *c, int64_t y, int64_t x, const char *text, int64_t size, uint8_t grey)
{
    int64_t at = x;
    size_t bytes;
    for (; *text; text += bytes, at += LETTER_STEP * size) {
        const letter *l = find(text, &bytes);
        for (int64_t i = 0; l && l->dots[i]; i++)
            if (l->dots[i] == '#')
                canvas_fill(c, y + i / LETTER_WIDTH * size, at + i % LETTER_WIDTH * size, size,
                            size, grey);
    }
    return at - x;
}

int64_t canvas_text_width(const char *text, int64_t size)
{
    int64_t n = 0;
    size_t bytes;
    for (; *text; text += bytes, n++) find(text, &bytes);
    return n * LETTER_STEP * size - (n ? size : 0);
}
