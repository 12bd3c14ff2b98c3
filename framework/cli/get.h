/* cli/get.h - the parts of `atomloom get`: one output (get_value.c), some of its
 * columns (get_columns.c), several into a directory
 * (get_directory.c), the points of an output as one table (get_points.c). Whatever fails is
 * reported; the caller gets the exit status. */
#ifndef ATOMLOOM_CLI_GET_H
#define ATOMLOOM_CLI_GET_H
#include "cli/common.h"
#include "run/run.h"

typedef struct get_how {
    bool strict;               /* nothing is written where an op warned */
    bool warned;               /* what the ops warned of was shown already */
    const char *format;        /* lower case; "" where neither --format nor a name says it */
    const char *const *column; /* --columns */
    int64_t columns;           /* 0: all */
} get_how;

/* Plans and runs what these instances of `g` need. 0 with *p the plan, which is the caller's. */
int get_ready(const cli_session *s, graph *g, const int32_t *wanted, int32_t count, plan **p);

/* What the ops behind the values warned of; under --strict a failure. */
int get_warnings(const plan *p, bool strict);

/* One output into a file, computed where it is not in the store. */
int get_value(const cli_session *s, graph_edge from, const get_how *how, const char *path);

/* The value in one of the framework's own formats, or a picture of a panel; a file as it is. */
int get_write(const loom_value *v, const char *format, const char *path);

/* All outputs of the session's graph into a directory, a file for each. */
int get_directory(const cli_session *s, const get_how *how, const char *path);

/* All outputs of the session's graph, points of one output, as one table: where they are on their
 * axes, then their rows, or the single numbers of those that are no tables. */
int get_points(const cli_session *s, const get_how *how, const char *path);

/* The text attribute "KIND.COLUMN" (categories, missing); NULL where there is none. */
const char *column_attribute(const loom_value *v, const char *kind, const char *column);
bool set_column_attribute(loom_value *v, const char *kind, const char *column, const char *content,
                          error *e);

/* The names of --columns, "A,B" taken apart; all owned, NULL when out of memory. */
const char **get_column_names(const cli_args *args, int64_t *count);
/* The columns of a table that --columns names, in that order; NULL with `e` set where one is not
 * there. Owned. */
loom_value *get_columns(const loom_value *v, const get_how *how, error *e);
/* Hands them to a writer op that has a parameter `columns`. */
int get_writer_columns(param_set *params, const get_how *how);
#endif
