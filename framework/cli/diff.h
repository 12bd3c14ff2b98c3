/* cli/diff.h - what differs between two pipelines, or two values: lines of a list. */
#ifndef ATOMLOOM_CLI_DIFF_H
#define ATOMLOOM_CLI_DIFF_H
#include "base/text.h"
#include "run/plan.h"

/* One difference: "recon" "iterations" "50" -> "100". Missing on one side: NULL there. */
typedef struct diff_line {
    char *of, *what, *before, *after; /* owned; of: node, output, array */
    int32_t times;                    /* in so many instances */
} diff_line;
typedef struct diff_list {
    diff_line *item;
    int count;
    bool failed; /* out of memory */
} diff_list;
void diff_add(diff_list *list, const char *of, const char *what, const char *before,
              const char *after);
void diff_list_free(diff_list *list);

/* Nodes, ops, parameters (of every instance; files by content), connections, points of axes. */
void diff_graphs(const graph *a, const graph *b, diff_list *out);

/* Two values: attributes, and for each array how many numbers differ and by how much. Nothing where
 * both hold the same bytes. `of`: what to call it. */
void diff_values(const char *of, const loom_value *a, const loom_value *b, diff_list *out);
#endif
