/* cli/show_rows.h - rows of tables, texts, and images as small pictures, in a terminal. */
#ifndef ATOMLOOM_CLI_SHOW_ROWS_H
#define ATOMLOOM_CLI_SHOW_ROWS_H
#include "base/text.h"
#include "store/value.h"

/* The rows of a table, or of a panel of curves, bars or a table, in aligned columns; at most
 * `most`, and how many are missing. Nothing for other types. */
void show_rows(const loom_value *v, int64_t most, text *out);
/* How many entries each column of words has of each. Nothing where there is none. */
void show_words(const loom_value *v, text *out);
/* The words of a panel of text, in lines of at most `columns`. Nothing for others. */
void show_panel_text(const loom_value *v, int columns, text *out);
/* The middle image of the first array of rank 2 to 4 of reals, `columns` wide, in half blocks with
 * 24-bit greys: for terminals with colours. False where there is no image. */
bool show_image(const loom_value *v, int columns, text *out);
#endif
