/* table/figure.h - one line of table.truth: a figure of a run, what is true, what was published and
 * what is asked of it.
 *
 *   LABEL: VALUE [from VALUE to VALUE] [truth VALUE] [paper VALUE]
 *          [>= VALUE] [<= VALUE] [within NUMBER [% | times]] [holds]
 *          [where known]
 *
 * VALUE is made of numbers, + - * / ( ) and entries of tables: TABLE.COLUMN where the table has one
 * row; sum, mean, min, max, first or last TABLE.COLUMN of all rows; TABLE.COLUMN[HEADING=ENTRY] of
 * the first row with that entry, a word or a number. `within`: of the truth, by so much, by so many
 * per cent of it, or by so many times either way. `holds`: the interval holds the truth. `where
 * known`, at the end: a row that the line names may be absent; the figure is unknown then, and
 * nothing asked. */
#ifndef ATOMLOOM_TABLE_FIGURE_H
#define ATOMLOOM_TABLE_FIGURE_H
#include <atomloom/op.h>

/* Tables by name, both borrowed. */
typedef struct figure_tables {
    const loom_host *host;
    int64_t n;
    const loom_value *const *table;
    const char *const *name;
} figure_tables;

typedef struct figure_row {
    const char *label; /* in the line that was read; label_length bytes */
    int label_length;
    /* NAN where the line does not say, or an entry of a table is NAN */
    double value, low, high, truth, paper;
    const char *asked; /* what is asked, in the line; asked_length bytes, 0: nothing */
    int asked_length;
    bool met; /* all that is asked; false where something that it needs is NAN */
} figure_row;

typedef struct figure_fault {
    int at; /* byte of the line, from 0 */
    char text[256];
} figure_fault;

/* False, with the first fault, for a line that does not follow the rules or names what is not
 * there. [any] */
bool figure_read(const char *line, const figure_tables *tables, figure_row *out,
                 figure_fault *fault);
#endif
