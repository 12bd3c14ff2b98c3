/* run/script_report.h - what a program says while it runs: lines of its report (progress, notes,
 * warnings, failures) and its standard error. */
#ifndef ATOMLOOM_RUN_SCRIPT_REPORT_H
#define ATOMLOOM_RUN_SCRIPT_REPORT_H
#include "base/error.h"

enum { SCRIPT_LINE = 1024 }; /* longer ones are cut */

typedef struct script_line {
    char text[SCRIPT_LINE];
    size_t length;
} script_line;

typedef struct script_report {
    loom_call *call;
    const loom_op *op;
    int lines, errors; /* to read from; -1: at its end */
    script_line line, error_line;
    char last[SCRIPT_LINE]; /* of the standard error: the last line that is not empty */
    bool failed;            /* it reported a failure, or something that is no report */
} script_report;

/* Makes the pipe FOLDER/report and one for the standard error, whose other end goes to *errors and
 * is the caller's to close. False with `e`. */
bool script_report_open(script_report *r, loom_call *call, const loom_op *op, const char *folder,
                        int *errors, error *e);
/* Passes on what there is, without waiting. */
void script_report_read(script_report *r);
void script_report_end(script_report *r); /* a last line may have no end */
void script_report_close(script_report *r);
#endif
