/* report/table.h - a value's columns as a table. */
#ifndef ATOMLOOM_REPORT_TABLE_H
#define ATOMLOOM_REPORT_TABLE_H
#include "report/panel.h"

/* Rows, from the first array of rank 1. */
int64_t table_rows(const loom_value *v);
/* The row that the attribute best.NAME (min or max) marks; -1 where there is none. */
int64_t table_best(const loom_value *v, const column *c);
#endif
