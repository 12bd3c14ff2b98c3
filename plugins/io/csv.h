/* io/csv.h - the records of a CSV text, as RFC 4180 has them: fields between separators, in double
 * quotes where they hold separators, quotes (doubled) or line breaks. */
#ifndef ATOMLOOM_IO_CSV_H
#define ATOMLOOM_IO_CSV_H
#include "io/text.h"

typedef struct csv_text {
    const char *at, *end;
    int64_t line;        /* lines begun so far; of the field last taken */
    char separator;      /* ' ': any run of blanks and tabs */
    const char *comment; /* records that begin with it are skipped; "": none are */
    int columns;         /* for `hidden`; 0: not known yet */
    int64_t hidden;      /* comments that read as rows of so many columns, with numbers */
    const char *fault;   /* why csv_next_field returned false other than at the end; NULL */
} csv_text;

typedef struct csv_field {
    io_span text; /* without the quotes around it and blanks at its ends */
    int64_t line; /* where it begins, from 1 */
    bool doubled; /* it holds quotes, which stand twice */
    bool quoted;
} csv_field;

/* Moves to the next record that is neither empty nor a comment; false at the end of the text. */
bool csv_next_record(csv_text *t);
/* The next field of the record. `more` is true before the first; false from csv_next_field with
 * *more false is the end of the record, with t->fault set an error. */
bool csv_next_field(csv_text *t, bool *more, csv_field *out);
/* What the field says, quotes single and line breaks as blanks, into out (room for its length + 1).
 */
void csv_plain(const csv_field *f, char *out);
/* Is it numbers with another separator between them: "1;5" in a file whose separator is a comma? */
bool csv_is_split_number(io_span s);
#endif
