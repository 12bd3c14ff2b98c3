/* io/csv_columns.h - the columns of a table that is read from text: their names and units, from the
 * first line or from a parameter. */
#ifndef ATOMLOOM_IO_CSV_COLUMNS_H
#define ATOMLOOM_IO_CSV_COLUMNS_H
#include "io/csv.h"

enum { CSV_COLUMNS = 256, CSV_NAME_ROOM = 64 };
typedef enum csv_kind { CSV_REALS, CSV_WHOLES, CSV_WORDS } csv_kind;

typedef struct csv_column {
    char name[CSV_NAME_ROOM], unit[CSV_NAME_ROOM];
    csv_kind kind;
    bool forced;                      /* listed in `words` */
    int64_t numbers, wholes, missing; /* how many fields are */
    /* the first that is no number; that looks like a damaged one; line 0: none */
    csv_field other, damaged;
    csv_field inexact; /* the first whole number that a real cannot hold */
    csv_field absent;  /* the first that is missing, or that is empty or `nan` and does not count as
                          that */
    const char *why;   /* of `damaged` */
    void *data;        /* double, int64_t or int32_t codes */
    char *categories;
} csv_column;

typedef struct csv_reader {
    loom_call *call;
    const char *path;
    loom_strings columns, words, missing; /* the parameters of these names */
    bool usual;                           /* the usual marks stand for a missing number, too */
    int n_columns;
    int64_t n_rows;
    io_span heading; /* from the line of the names to the end of the file; empty without one */
    csv_column column[CSV_COLUMNS];
} csv_reader;

/* Fails on `file` at a line; returns false. */
bool csv_fail_at(const csv_reader *r, int64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Names and units of all columns, from `columns` or from the next record of `t`, and which of them
 * hold words whatever they look like. False after failing. */
bool csv_name_columns(csv_reader *r, csv_text *t);
#endif
