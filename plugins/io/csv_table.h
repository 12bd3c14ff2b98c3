/* io/csv_table.h - a table from a text with one row a line: what io.read_csv and io.read_table
 * share. */
#ifndef ATOMLOOM_IO_CSV_TABLE_H
#define ATOMLOOM_IO_CSV_TABLE_H
#include <atomloom/op.h>

typedef struct csv_table_param {
    loom_path file;
    const char *separator, *comment;
    loom_strings columns, words, missing;
} csv_table_param;
extern const loom_param csv_table_params[];
extern const loom_port csv_table_inputs[], csv_table_outputs[];

#define CSV_TABLE_METHOD \
    "The first line names the columns, `name` or `name [unit]`, unless `columns` does. A field " \
    "in double quotes may hold separators, quotes (doubled) and line breaks (read as blanks). " \
    "Empty lines and comments are skipped.\n\n"
#define CSV_TABLE_COLUMNS \
    " A column holds words where none of its fields is a number and none looks like a damaged " \
    "one (`inf`, `1,5`, `1.0D0`, `1.2.3`). Anything between is an error with its line, unless " \
    "`words` names the column. A column of whole numbers of which one lies beyond 2^53 is i64, " \
    "every other column of numbers f64."
#define CSV_TABLE_LIMITS \
    "The text must be UTF-8. A last line without a line break is read with a warning, since a " \
    "file cut within its last field looks the same; a file cut at the end of a line cannot be " \
    "noticed."

/* Reads the file of `p` into the output `table`. `usual`: what instruments and spreadsheets write
 * where there is no number stands for a missing one, as what `missing` lists does; otherwise that
 * alone does, and an empty field or `nan` is an error. */
loom_status csv_table_read(loom_call *call, const csv_table_param *p, bool usual);
#endif
