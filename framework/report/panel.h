/* report/panel.h - a panel value as its renderers read it: columns, words, labels. docs/panels.md
 * says which arrays and attributes each renderer takes. Everything is borrowed from the value. */
#ifndef ATOMLOOM_REPORT_PANEL_H
#define ATOMLOOM_REPORT_PANEL_H
#include "report/picture.h"
#include "store/value.h"

/* An array of rank 1 (or one column of a rank-2 array), numbers or codes of words. */
typedef struct column {
    const loom_array *array;
    const char *words; /* of `categories.NAME`, one per line; NULL where it holds numbers */
    int64_t count;
} column;
/* False where the value has no such array of rank 1. */
bool column_find(const loom_value *v, const char *name, column *out);
/* The same, and as long as `count`; a failure names what is missing. */
bool column_need(const loom_value *v, const char *name, int64_t count, column *out, error *e);
double column_number(const column *c, int64_t i);
int64_t column_code(const column *c, int64_t i);
/* Of the numbers that are finite; false where there are none. */
bool column_range(const column *c, double *low, double *high);
/* What stands in a cell: a word, or a number with the digits that suit the column. */
typedef struct cell_format {
    column column;
    int decimals; /* < 0: %.4g */
} cell_format;
cell_format cell_format_of(const loom_value *v, const loom_array *a);
void cell_text(const cell_format *f, int64_t i, text *out);

double array_number(const loom_array *a, int64_t i);

/* The k-th line of a text of lines: its length; *start is then where it begins. < 0: no such line.
 */
int line_at(const char *lines, int64_t k, const char **start);
int64_t line_count(const char *lines); /* NULL: 0 */
/* A copy of the k-th line into out (cut), or "1", "2", ... where there is none. */
void line_copy(const char *lines, int64_t k, char *out, size_t room);

const char *panel_text(const loom_value *v, const char *name, const char *otherwise);
double panel_number(const loom_value *v, const char *name, double otherwise);
/* "angstrom" as readers write it: "\u00c5". */
const char *unit_sign(const char *unit);
/* "distance (\u00c5)" */
void with_unit(const char *name, const char *unit, text *out);

/* ---- pictures -------------------------------------------------------------------------------- */

/* Draws the panel with the renderer it names. False with `e` set where an array or attribute it
 * needs is missing or has another shape. picture_free in either case. */
bool panel_draw(const loom_value *v, picture *out, error *e);
/* Renderers; each its own file. */
bool draw_plot(const loom_value *v, picture *p, error *e);
bool draw_bars(const loom_value *v, picture *p, error *e);
bool draw_points(const loom_value *v, picture *p, error *e);
bool draw_mesh(const loom_value *v, picture *p, error *e);
bool draw_images(const loom_value *v, picture *p, error *e);
bool draw_table(const loom_value *v, picture *p, error *e);
bool draw_text(const loom_value *v, picture *p, error *e);
enum { PANEL_WIDTH = 720 };

/* Is it a format that a panel can be written in: svg, png, pdf? */
bool panel_format_known(const char *format);
const char *panel_format_at(int index); /* NULL past the end */
/* The panel as a file: title and caption with the picture. */
bool panel_export(const loom_value *v, const char *format, text *out, error *e);
#endif
