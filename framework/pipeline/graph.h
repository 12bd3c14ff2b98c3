/* pipeline/graph.h - a pipeline file, checked and expanded: what may run. Made by pipeline_read.
 *
 * WHAT PIPELINE PROMISES
 *   A graph that can be run: every op is known, every port connected that must be, every type fits,
 *   every parameter has a kind, a value in range and a place in a text; no node depends on itself.
 *   Instances are in an order in which every input comes before its consumer. Every error of a file
 *   is found in one pass, with file, line and column, what was found, what was expected, and what
 * to write. No key of a file is ignored; no default stands in for a value that could not be read.
 *
 * STATES
 *   text -> (yaml.c) nodes of YAML, or a syntax error that syntax.c explains
 *        -> (document.c, evaluate.c) nodes of the pipeline, variables replaced, parts (`use:`) read
 *        -> (check.c, refer.c) names resolved: every reference is a node, a port, points of axes
 *        -> (expand.c) one instance for each point
 *        -> (output.c) the outputs; then the graph never changes, but for digests of files in
 *           parameters, which plan.c fills in
 *   A stage begins when the one before has no error left that would make it guess.
 *
 * WHO MAY CHANGE WHAT
 *   The reader (reader.h) is the one struct that stages share; each writes what the next reads, and
 *   complain.c alone adds diagnostics. Everything lives in one arena that the graph owns.
 *
 * WHEN THINGS FAIL
 *   An error is added to the list and its node is passed over, so that what follows from it is not
 *   reported as well. Any error at all: no graph. Out of memory unwinds to pipeline_read, which
 * says so. A file that changes while it is read is whatever was read: it is read once.
 *
 * Regrets: --set, --var and --sweep are rewritten as if they stood in the file, so their places are
 * of another kind (line 0). */
#ifndef ATOMLOOM_PIPELINE_GRAPH_H
#define ATOMLOOM_PIPELINE_GRAPH_H
#include "base/place.h"
#include "plugin/params.h"
#include "plugin/registry.h"

/* output: index into the producer's op->outputs */
typedef struct graph_edge {
    int32_t instance, output;
} graph_edge;

typedef struct graph_input {
    const loom_port *port;
    int32_t count; /* 0: optional and not connected; > 1 only for list ports */
    const graph_edge *from;
    place at;
} graph_input;

typedef struct graph_resources {
    int32_t threads;       /* 0: as many as the run may use, where the op can use them */
    uint64_t memory_bytes; /* 0: no limit of its own */
    double time_s;         /* 0: no limit */
} graph_resources;

/* The variables that a value is made of, also by way of other variables: indices into graph.vars,
 * in order of look-up; and the axes, bit i for graph.axes[i]. */
typedef struct graph_uses {
    int32_t count;
    const int32_t *var;
    uint64_t axes;
} graph_uses;

/* A value of one axis, as written. */
typedef struct graph_point {
    const char *axis, *value;
} graph_point;

/* A node as written in the file. Its instances share op and places, and parameters unless they
 * depend on the axes. */
typedef struct graph_node {
    /* "recon"; "group.recon" from a `use:`. Under --sweep recon.op=x,y one node per op has this
     * name */
    const char *name;
    const op_entry *op;
    place at, op_at;
    const place *param_at;        /* by row of op->params; file NULL where the default stands */
    const graph_uses *param_uses; /* by row */
    int32_t first, count;         /* instances [first, first + count) */
    const char *doc;              /* what the file says about it, or NULL */
    graph_resources resources;
    bool passing;        /* keep: false */
    int32_t axis_count;  /* the axes it repeats over: */
    const int32_t *axis; /* indices into graph.axes */
} graph_node;

typedef struct graph_instance {
    const char *name; /* "recon" or "recon[minutes=30]": unique */
    int32_t node, point_count;
    const graph_point *point;
    /* shared between instances of a node where equal: compare pointers before freeing; the graph
     * owns them */
    param_set *params;
    int32_t input_count;
    const graph_input *input; /* one per port of the op, in the op's order */
    bool left_out; /* by --only: there for what refers to it; its node's name does not mean it */
} graph_instance;

typedef struct graph_output {
    /* "D", as in `outputs:`; "D[minutes=30]" for an instance of an axis */
    const char *name;
    graph_edge from;
    place at;
} graph_output;

/* A line of `report:`, in the order of the page. */
typedef struct graph_panel {
    const char *section; /* heading it stands under; "" where it has none */
    const char *name;    /* "view.panel", or "view.panel[minutes=30]" */
    graph_edge from;
    place at;
} graph_panel;

typedef struct graph_axis {
    const char *name, *unit, *doc;
    const char *const *value;
    int32_t count;
    place at;
} graph_axis;
typedef struct graph_var {
    const char *name, *value, *unit, *doc;
    place at; /* where it is declared */
    /* where its value stands: there, in a `use:`, or in --var or --sweep */
    place value_at;
} graph_var;

/* A file that the pipeline was read from, byte for byte. */
typedef struct graph_file {
    const char *path, *bytes;
    size_t length;
} graph_file;

typedef struct graph {
    const char *path, *title, *description;
    int32_t node_count, instance_count, output_count, panel_count, var_count, axis_count;
    graph_node *nodes;
    graph_instance *instances; /* topological order */
    /* where the file names none: the outputs of nodes that feed nothing */
    graph_output *outputs;
    /* what the files of `use:` list under `outputs:`, as "group.D"; gathers are left out */
    int32_t group_output_count;
    graph_output *group_outputs;
    graph_panel *panels; /* `report:` */
    graph_var *vars;
    graph_axis *axes; /* in order of declaration; those of a sweep last */
    int32_t file_count;
    graph_file *files; /* the main one, then those of every `use:` */
    /* of --sweep: so many of the last axes; a table of the outputs is wanted at the end */
    int32_t sweep_count;
    void *memory; /* what everything above lives in */
} graph;

/* What the command line changes. All borrowed, NULL-terminated lists of "name=value" texts. */
typedef struct graph_options {
    const char *const *set, *const *var, *const *sweep, *const *only;
    const char *installed; /* directory of the pipelines that came with the program, where files of
                              `use:` are looked for that are not where they are named; NULL: none */
} graph_options;

/* What is wrong with a file, all of it, in order of place. */
typedef struct diagnostic {
    place at;
    int length;    /* of the marked text, at least 1 */
    char *message; /* what was found, what was expected */
    /* what to do, the nearest known name, the op's documentation line; NULL where none */
    char *hint;
    bool warning; /* renamed parameter and the like: does not stop the run */
    /* the line of the file, or the text given on the command line; NULL where there is none */
    const char *source;
} diagnostic;
/* zero-initialise */
typedef struct diagnostics {
    diagnostic *item;
    int count, room;
    void *memory;
} diagnostics;

/* Read, check and expand. NULL when any diagnostic is an error. Every problem of the file is
 * reported in one pass. Nothing is run, no file parameter is opened except to see that it can be.
 */
graph *pipeline_read(const char *path, const registry *ops, const graph_options *options,
                     diagnostics *out);
void graph_free(graph *g);

/* "file:line:column: error: message", the source line, a caret, and the hint. */
void diagnostics_print(const diagnostics *d, bool colour, text *out);
void diagnostics_free(diagnostics *d);
/* One message in that form about a place of a graph, for failures and warnings at run time (an op
 * that names a parameter or a port). */
void place_print(place at, bool warning, const char *message, const char *hint, bool colour,
                 text *out);
#endif
