/* report/markup.h - the little Markdown that texts of panels may hold: paragraphs, `# headings`,
 * `- items`, **strong**, *emphasis* and `code`. Everything else, links and HTML too, stays text. */
#ifndef ATOMLOOM_REPORT_MARKUP_H
#define ATOMLOOM_REPORT_MARKUP_H
#include "base/text.h"

typedef enum markup_kind { MARKUP_PARAGRAPH, MARKUP_HEADING, MARKUP_ITEM } markup_kind;
typedef enum markup_style { STYLE_PLAIN, STYLE_STRONG, STYLE_EMPHASIS, STYLE_CODE } markup_style;

/* The next block of *at, its lines joined by blanks, into `out` (emptied first). False at the end.
 */
bool markup_block(const char **at, markup_kind *kind, text *out);
/* The next piece of a block in one style, without its marks; false at the end. A mark that is not
 * closed is a letter like any other. */
typedef struct markup_run {
    markup_style style;
    const char *start; /* in the block */
    size_t length;
} markup_run;
bool markup_next(const char **at, markup_run *out);

/* As HTML, every letter safe; headings are h4, below those of a panel. */
void markup_html(const char *s, text *out);
/* As lines of at most `columns` letters for a terminal, without marks; not made safe. */
void markup_lines(const char *s, int columns, text *out);
#endif
