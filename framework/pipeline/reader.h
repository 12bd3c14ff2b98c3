/* pipeline/reader.h - what the parts of the checker share while one pipeline is read. Private to
 * this directory.
 *
 *   read.c      the whole: files, command line, checks, expansion, in that order
 *   files.c     the files of a pipeline            source.c, yaml.c, mask.c   text -> tree
 *   syntax.c, brackets.c, indents.c, outline.c     what is wrong with a text that is no YAML
 * (syntax.h) document.c  a file's tree -> scopes, axes, variables, parts keys.c      keys and what
 * stands at them       resources.c  sizes and durations override.c  --set, --var, --sweep
 * evaluate.c   ${...} variables.c checks of axes and variables       points.c     points of axes
 *   only.c      --only
 *   assign.c    parameters of a part -> param_set  paths.c      files that parameters name
 *   refer.c     node.port[...] -> wires            pick.c       what [...] does to the axes
 *   ports.c     ports and types                    check.c      ports, types and axes of every part
 *   literal.c   values of a command line
 *   order.c     producers first, or a cycle        output.c     outputs and report
 *   expand.c    parts -> graph                     complain.c   diagnostics
 *
 * Memory: what is needed while reading lives in one arena, what the graph points at in another;
 * both unwind to read.c when there is no more. Paths of files, and so every `place`, are kept.
 * Diagnostics have an arena of their own. */
#ifndef ATOMLOOM_PIPELINE_READER_H
#define ATOMLOOM_PIPELINE_READER_H
#include "base/arena.h"
#include "pipeline/graph.h"
#include "yaml/yaml.h"

enum {
    MAX_AXES = 64,
    MAX_USE_DEPTH = 16,
    MAX_INSTANCES = 1000000,
    MAX_EDGES = 10000000,
    MAX_PARTS = 200000,
    MAX_SCOPES = 10000,
    MAX_FILES = 256,
    MAX_LOOKED = 32
};

typedef uint64_t axis_set; /* bit i: axis i of the reader */
#define AXIS_BIT(i) ((axis_set)1 << (i))

/* An axis. Its values are texts; equal numbers are equal values. */
typedef struct axis {
    const char *name, *unit, *doc; /* name: "minutes"; "group.minutes" from a `use:` */
    span at;
    const tree *from;         /* as written; NULL for a sweep */
    const tree *const *swept; /* the values of a sweep, which may be lists; NULL elsewhere */
    struct scope *scope;      /* the file that declares it; the main one for a sweep */
    const char **value;
    int32_t count;
    bool *left_out; /* --only: by value; NULL: none is */
    bool used;
} axis;

typedef struct variable {
    const char *name, *full, *unit, *doc;
    span at;
    const tree *value; /* NULL: has none, --var must give it */
    /* where `value` is evaluated: the user's, for what `use:` passes in */
    struct scope *scope;
    const tree *choices, *min, *max;
    /* `along: AXIS` and `values:`, a value for each of its points, where `value` is NULL */
    const tree *along, *values;
    /* --sweep NAME=a,b: takes the values of this axis; -1 otherwise */
    int32_t axis;
    bool used, busy; /* busy: being evaluated */
} variable;

/* One file as it is used once: names in it mean what this says. */
typedef struct scope {
    const char *prefix; /* "" or "group." */
    const char *title, *description;
    const struct loaded *file;
    const source *from; /* of `file` */
    const tree *root;
    struct scope *parent; /* who uses it; NULL for the main file */
    /* its declared inputs; what the `use:` connects (NULL: nothing) */
    const tree *inputs, *given;
    span use_at;
    names axis_of, variable_of, part_of, group_of; /* local name -> index in the reader */
    int32_t index;
    int depth;
} scope;

/* A parameter as given: the last one of a name counts (--set after the file). */
typedef struct setting {
    const char *name;
    span at; /* of the name */
    const tree *value;
    int32_t axis;      /* --sweep: the axis that gives the values; -1: `value` does */
    bool from_command; /* --set or --sweep: must be known to the op */
    struct setting *next;
} setting;

/* `[...]` of one reference, as written, innermost first in a chain. */
typedef enum pick_kind { PICK_SAME, PICK_SHIFT, PICK_VALUE, PICK_ALL } pick_kind;
typedef struct pick {
    pick_kind kind;
    int32_t axis; /* -1: "[30]" and "[*]", which name none */
    int32_t shift;
    const char *value;
    span at;
    const struct scope *scope; /* the file it stands in */
    int level;                 /* references it went through: picks of one bracket share it */
    struct pick *next;
} pick;

/* Where a value comes from: a port of a part, with the picks of every reference on the way. */
typedef struct wire {
    int32_t part;
    const char *port, *written; /* written: as in the file, for messages */
    /* type a group's input declares, NULL elsewhere: checked beside the producer's */
    const char *declared;
    pick *picks;
    span at;
    struct wire *next;
    /* set by check.c, for wires with picks: what each axis of the producer does, by rank of the
     * axis in the producer */
    struct reach *reach;
} wire;

typedef enum reach_kind { REACH_SAME, REACH_SHIFT, REACH_FIX, REACH_ALL } reach_kind;
/* by: shift, or index of the fixed value */
typedef struct reach {
    reach_kind kind;
    int32_t by;
} reach;

/* one entry of `outputs:` */
typedef struct shown_output {
    const char *name; /* with the groups' names before it */
    wire *from;
} shown_output;

/* one `in:` entry */
typedef struct binding {
    const char *port;
    span at;
    const tree *value;
    wire *wires;
} binding;

typedef struct row_value {
    int32_t row;
    const setting *given;
    axis_set axes;
    bool failed;
} row_value;

/* A part with one op: more than one only under --sweep part.op=... */
typedef struct variant {
    /* NULL: unknown, told already; nothing about it is checked any more */
    const op_entry *op;
    param_set *base; /* parameters that no axis changes */
    row_value *varying;
    int32_t varying_count;
    axis_set param_axes;
    place *param_at;
    graph_uses *param_uses;
    param_set **sets; /* by point of param_axes, made on demand */
    int32_t node;     /* index in graph.nodes */
} variant;

/* A node while it is checked. */
typedef struct part {
    const char *name, *doc; /* name: with the groups' names before it */
    scope *scope;
    span at, op_at;
    const tree *body, *op_value;
    bool inputs_told, params_told; /* in: or params: is not a mapping: what it lacks is not known */
    /* by --set or --sweep: the file's parameters were written for another op */
    bool op_swapped;
    setting *settings;
    binding *inputs;
    int32_t input_count;
    variant *variants;
    int32_t variant_count, op_axis;
    axis_set over, axes; /* over: written; axes: all it repeats over */
    graph_resources resources;
    bool passing;                   /* keep: false */
    int32_t *axis_list, axis_count; /* of `axes`, ascending */
    int64_t points;                 /* product of the axes' lengths */
    int32_t *instance_of;           /* by point; -1: does not exist */
    int mark;                       /* of the search for an order */
    /* broken: in a cycle or an input unresolved; what depends on its axes is not checked */
    bool feeds, broken;
} part;

/* A file that was read: once, however often it is used. */
typedef struct loaded {
    source from;
    const tree *root;
    const char *real;
    bool failed;
} loaded;

typedef struct reader {
    arena *memory; /* until pipeline_read returns */
    arena *kept;   /* the graph's */
    graph *out;
    const registry *ops;
    const graph_options *options;
    diagnostics *diagnostics;
    int errors;
    loaded files[MAX_FILES];
    int file_count;
    scope **scopes;
    int32_t scope_count, scope_room;
    axis *axes;
    int32_t axis_count;
    variable **variables;
    int32_t variable_count, variable_room;
    part **parts;
    int32_t part_count, part_room;
    int32_t work; /* names looked at by the evaluation under way: bounded */
    int32_t looked[MAX_LOOKED], looked_count; /* the variables among them, each once */
    int32_t wire_count;                       /* wires made: bounded */
    int32_t *order;                           /* parts, producers first */
    names defaults;      /* op id -> index of its default parameters in `sets` */
    names checked_files; /* files of PATH parameters that were seen to be readable */
    param_set **sets;    /* every set made, owned by the graph */
    int32_t set_count, set_room;
    shown_output *outputs;       /* of `outputs:` of the main file */
    shown_output *group_outputs; /* of the others, one value each */
    int32_t output_count, group_output_count, group_output_room;
    wire **panel_wires; /* of its `report:` */
    const char **panel_sections;
    int32_t panel_count, panel_room, section_room;
    bool narrowed;                      /* by --only */
    int64_t instance_count, edge_count; /* expected, before those that do not exist are left out */
} reader;

/* ---- complain.c ---- */
void complain(reader *r, span at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void warn(reader *r, span at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* a text that lives while reading */
const char *say(reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* a copy that lives with the graph */
const char *keep(reader *r, const char *s);
/* "did you mean 'x'?" or, where nothing is near, "LABEL: a, b, c" (or NULL where there are no
 * candidates). */
const char *suggest(reader *r, const char *word, const char *const *known, int n,
                    const char *label);
/* NULL: the command line */
const source *source_of(const reader *r, place at);
void diagnostics_sort(reader *r);

/* ---- files.c ---- */
/* The file, read before or now; NULL when it cannot be used (reported, at `at`). */
loaded *file_read(reader *r, const char *path, span at);
void files_keep(reader *r); /* their names, for the graph */

/* ---- declared.c ---- */
/* Add what one entry under `axes:` or `vars:` declares; what is wrong with it is told. */
void axis_read(reader *r, scope *s, const tree *key, const tree *t);
void variable_read(reader *r, scope *s, const tree *key, const tree *t);

/* ---- document.c ---- */
/* Read what a file declares, and the files it uses. `prefix`: "" or "group."; `body`: what stands
 * under `use:`. NULL when told. */
scope *scope_read(reader *r, const loaded *file, const char *prefix, scope *parent, span use_at,
                  const tree *body);
/* ---- keys.c ---- */
span key_at(const tree *map, const char *key); /* where a key stands */
bool is_among(const char *const *known, int n, const char *word);
/* Every key of `map` must be one of `known`; `what` names the map in messages ("a node"). */
void keys_check(reader *r, const tree *map, const char *const *known, int n, const char *what);
/* The same, with a hint for a key that stands in the wrong place; NULL where there is none for it.
 */
typedef const char *key_hint(reader *r, const tree *map, const char *key, const tree *value);
void keys_check_hinted(reader *r, const tree *map, const char *const *known, int n,
                       const char *what, key_hint *hinted);
/* `t` as a map, or NULL after reporting; nothing (`params:` with no value) is an empty one, and
 * NULL too. */
const tree *want_map(reader *r, const tree *t, const char *what, const char *example);
bool is_wrong_map(const tree *t);
const char *want_text(reader *r, const tree *t,
                      const char *what); /* NULL where absent, or after reporting */
bool want_name(reader *r, const tree *key, const char *what, bool dashes);

/* ---- ports.c ---- */
void type_check(reader *r, span at, const char *type); /* is it a type at all? */
const loom_port *port_of(const loom_port *ports, const char *name, int32_t *index);
const char *port_suggest(reader *r, const char *name, const loom_port *ports, const char *label);
/* `lead`, and the ops that would make the one type from the other. */
const char *type_hint(reader *r, const char *lead, const char *from, const char *to);
bool type_fits(const char *wanted, const char *got);

/* ---- resources.c ---- */
void resources_read(reader *r, const tree *t, graph_resources *out);

/* ---- literal.c ---- */
/* What a command line gives at `at`: "[1, 2]" is a list in the grammar of YAML, anything else one
 * text. NULL after reporting. */
tree *literal_text(reader *r, const char *s, span at); /* a text, whatever it holds */
tree *literal_value(reader *r, const char *s, span at);
/* a list whose brackets may be left out: "1, 2" */
tree *literal_list(reader *r, const char *s, span at);

/* ---- override.c ---- */
/* "name=value" of an option. The option and what was given make up the `file` of its place. */
typedef struct override {
    const char *option, *name, *value;
    span name_at, value_at;
} override;
bool override_split(reader *r, const char *option, const char *s, override *out); /* or reported */
void overrides_apply(reader *r);

/* ---- only.c ---- */
void only_apply(reader *r); /* when the values of all axes are known */
void only_check(reader *r); /* is an output left? */
bool point_left_out(const reader *r, axis_set axes, const int32_t *at);

/* ---- evaluate.c ---- */
/* The texts a scalar or a list of scalars comes to at one point of the axes. */
typedef struct evaluated {
    const char **item;
    int64_t count;
    bool is_list;
    const char *base;
    axis_set axes;
} evaluated;
/* `at`: index of the value of every axis of the reader; NULL: the first of each. False when
 * something is wrong (told). `base` is the directory that a relative path is relative to ("" for
 * the current one); `axes` those that were looked at. */
bool evaluate(reader *r, scope *s, const tree *value, const int32_t *at, evaluated *out);
/* of the name that begins here; 0 where none does */
size_t name_length(const char *c);

/* ---- variables.c ---- */
void axes_evaluate(reader *r);
void variables_check(reader *r);
/* The names in a value that is given but does not count (a --set stands in for it): no reason to
 * call a variable unused. */
void mark_used(reader *r, const scope *s, const tree *value);
void unused_report(reader *r); /* after everything was evaluated */

/* ---- along.c ---- */
/* The value of a variable that follows an axis, at a point (NULL: its first); NULL where it has
 * none (told by along_check). The axis joins *axes. */
const tree *along_value(const reader *r, const variable *v, const int32_t *at, axis_set *axes);
void along_check(reader *r, const variable *v);

/* ---- points.c ---- */
/* values of an axis: equal as numbers, or as texts */
bool same_value(const char *a, const char *b);
/* of an axis whose values are known; -1 where it has no such value */
int32_t value_index(const axis *a, const char *value);
/* A point of some axes and its index, last axis fastest. */
int64_t point_count(const reader *r, axis_set axes);
void point_of(const reader *r, axis_set axes, int64_t index, int32_t *at);
int64_t point_index(const reader *r, axis_set axes, const int32_t *at);

/* ---- assign.c ---- */
void params_check(reader *r, part *p, variant *v);
param_set *params_at(const reader *r, const variant *v, const int32_t *at);

/* ---- paths.c ---- */
/* The files that a parameter names, relative to the file that holds the names: *v has their paths
 * then, and for a parameter that takes several, what matches patterns in their place. False when
 * one cannot be read, or nothing matches. */
bool paths_resolve(reader *r, const part *p, const loom_op *op, int row, const tree *value,
                   evaluated *v);

/* ---- pattern.c ---- */
bool is_pattern(const char *path);
/* The regular files that match, in natural order (numbers in names by their size, with the sign
 * that stands before them); NULL where there are none. At most MAX_MATCHES are returned; *n counts
 * all. */
enum { MAX_MATCHES = 200000 };
const char **pattern_files(reader *r, const char *pattern, int64_t *n);

/* ---- refer.c ---- */
/* Wires of a reference "name.port[...]", or of a list of them, in a scope; false when one is wrong
 * (told). `type`: what the input takes, NULL where that is not known. */
bool refer(reader *r, scope *s, const tree *where, const char *type, wire **out);
const char *shift_sign(
    const char *c, size_t n); /* "minutes-1": the place of the sign; NULL where it is no shift */
/* -1 where there is none */
int32_t axis_in_scope(const reader *r, const scope *s, const char *name, size_t length);
/* tells so */
void axis_unknown(reader *r, const scope *s, span at, const char *name);

/* ---- check.c ---- */
void parts_check(reader *r);

/* ---- order.c ---- */
void parts_order(reader *r);

/* ---- pick.c ---- */
/* Does the port exist, and what do the picks do to each axis of the producer (wire.reach)? False
 * when told, or when nothing can be said. */
bool wire_check(reader *r, wire *l);
axis_set wire_axes(const reader *r, const wire *l); /* the axes of what comes out */
/* how many points come to one instance */
int64_t wire_gathers(const reader *r, const wire *l);

/* ---- output.c ---- */
void outputs_check(reader *r);

/* ---- expand.c ---- */
void expand(reader *r);
#endif
