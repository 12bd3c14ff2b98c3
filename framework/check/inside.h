/* check/inside.h - what the files of this room share. */
#ifndef ATOMLOOM_CHECK_INSIDE_H
#define ATOMLOOM_CHECK_INSIDE_H
#include "check/check.h"
#include "run/host.h"
#include "run/process_state.h"
#include <stdatomic.h>
#include <sys/types.h>

/* ---- what an op is tried with ---------------------------------------------------------------- */

enum { MOST_INPUTS = 32, MOST_ADDED = 24, WHY_BYTES = 600, IDS_BYTES = 16384 };

/* Something an op asked for that types.h does not know: an array ('a'), a number ('n') or a text
 * ('t') of the values at `port`. */
typedef struct check_added {
    char port[64], name[64], kind;
    loom_dtype dtype;
} check_added;

/* How the op runs: with its optional inputs or without, and with what was added. */
typedef struct check_setup {
    bool all;
    int added_count;
    check_added added[MOST_ADDED];
} check_setup;

/* What the child processes find, in memory shared with the parent: an op may close every
 * descriptor. */
typedef struct check_report {
    pid_t owner;      /* the child that writes */
    atomic_bool done; /* it came to its end */
    check_verdict verdict[CHECK_RULE_COUNT];
    char why[CHECK_RULE_COUNT][WHY_BYTES];
    char crash[WHY_BYTES]; /* by the handler of fatal signals; "" where there was none */
    char doing[200]; /* what is special about the call under way, with a blank at its end; "" for
                        nothing */
    check_setup setup;
    digest baseline; /* of everything the op makes with `setup` and one thread, in a new process */
    int64_t second;  /* when that was */
    char ids[IDS_BYTES]; /* of the file's ops, one per line */
} check_report;

/* One op under test, as a child sees it. */
typedef struct check_case {
    const char *path, *id;
    const check_options *options;
    const loom_op *op;
    check_report *report;
} check_case;

/* ---- a child process for each thing that may go wrong ---------------------------------------- */

typedef void check_work(check_case *c);

/* Runs `work` in a child process. Where it does not come to its end, rule `lead` is broken, and
 * says how it ended. */
void check_in_child(check_case *c, check_work *work, check_rule lead, double limit_s);

/* In a child: settle a rule. A rule that is broken stays so. */
void check_settle(check_case *c, check_rule rule, check_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void check_settle_text(check_case *c, check_rule rule, check_verdict otherwise,
                       text *why); /* broken where `why` holds anything; freed */

int check_stdout_size(void); /* bytes that the child has written to its standard output */

/* ---- memory that notices --------------------------------------------------------------------- */

/* ROOMY: wide margins that forgive. END: the end of the data, START: its beginning next to pages
 * that nobody may touch. */
typedef enum check_layout { LAYOUT_ROOMY, LAYOUT_END, LAYOUT_START } check_layout;

/* For the next call of the op: layout, the byte that scratch is filled with, the byte in what is
 * left of the last page. */
void check_memory_begin(check_layout layout, int scratch_fill, int margin_fill);
void *check_memory_input(size_t bytes, const char *port, const char *name);
void check_memory_release(void *data);
void check_memory_protect_inputs(void); /* from now on a write to one is a crash */
bool check_memory_margins(text *why);   /* false where one was written to */
void check_memory_explain(const void *address, bool write, char *out,
                          size_t size); /* async-signal-safe enough for a dying process */
extern const host_memory check_memory;

/* ---- values ---------------------------------------------------------------------------------- */

/* A small value of a standard type, the same each time; NULL where the type is not known (`e` is
 * set only when out of memory). */
loom_value *check_value(const char *type, bool empty, error *e);
bool check_add_optional(loom_value *v,
                        error *e); /* the arrays and attributes that its type may hold */
bool check_add(loom_value *v, const check_added *what, error *e);
loom_value *check_copy(const loom_value *v, const char *port,
                       error *e);       /* a copy in memory of check_memory */
void check_change(const loom_array *a); /* other numbers, as good as those there were */
bool check_put_nan(
    const loom_array *a); /* in the middle; false where it holds no floating-point numbers */

/* What types.h says of a type. */
const char *check_type_shape(const char *type);   /* shape of its first required array, "r" for a
                                                     table, "" where there is none */
const char *check_type_content(const char *type); /* name of that array; NULL where there is none */
bool check_type_knows_array(const char *type, const char *name);
/* A name of types.h that `name` looks like, while the value has no array (attribute) of that name;
 * NULL where there is none. */
const char *check_misspelt(const loom_value *v, const char *name, bool attribute);
int64_t check_rows(const loom_value *v); /* -1: its type has no rows */

/* ---- one call of the op ---------------------------------------------------------------------- */

/* What a trial is made with. Zero-initialised: as found by the first trial, in roomy memory, one
 * thread. */
typedef struct trial_how {
    bool other; /* other numbers in the same shapes */
    bool empty; /* axes of length 0 */
    int spoil;  /* n: a NaN in the middle of the n-th floating-point array of the inputs; 0: none */
    check_layout layout;
    bool extras; /* unknown arrays and attributes, and the optional ones */
    bool required_only;
    int param, choice; /* the choice of parameter `param` - 1; 0: as set */
    bool locked;       /* inputs are mapped read-only */
    int scratch_fill, margin_fill, stack_fill;
} trial_how;

typedef struct trial {
    check_case *c;
    trial_how how;
    loom_value *value[MOST_INPUTS];
    host_input input[MOST_INPUTS];
    int count;
    int stop_after, calls; /* stop_after > 0: progress says stop from that call on */
    int most_threads; /* of the process, as seen at each call of progress and at the end; 0: not
                         counted */
    param_set *params;
    host_result result;
    text warned;
    char spoilt[160]; /* which array has a NaN, for people */
    const loom_host *table;
} trial;

/* Inputs and parameters; false with the reason in `why` where there are none. */
bool trial_make(trial *t, check_case *c, trial_how how, text *why);
/* Runs the op. True where it succeeded or claims so (result.faulty). */
bool trial_run(trial *t, int threads, size_t memory_limit);
void trial_end(trial *t);
digest trial_digest(const trial *t);            /* of the outputs and warnings */
bool trial_is_clear(const trial *t, text *why); /* the failure is one that a person can act on */
/* Makes, runs and digests; false, with the rule broken, where the op fails. */
bool trial_once(check_case *c, trial_how how, int threads, check_rule rule, digest *out);
int check_thread_count(void);

/* The input that an output follows (loom_port.flags, LOOM_FRESH), or NULL. */
const loom_port *check_followed(const loom_op *op, const loom_port *output);

/* The names by which the `rest` rule knows again what it put in. */
extern const char check_extra_text[], check_extra_number[], check_extra_fixed[], check_extra_row[],
    check_extra_grid[];
bool check_add_extras(loom_value *v, error *e);

/* ---- the probes: each settles some rules ----------------------------------------------------- */
check_work check_find, check_baseline, check_plain, check_rest, check_control, check_elsewhere,
    check_threads_2, check_threads_4, check_again, check_fill_1, check_fill_2, check_scratch_1,
    check_scratch_2, check_inputs, check_past_end_1, check_past_end_2, check_before_start,
    check_nan, check_empty, check_stop, check_out_of_memory, check_estimate, check_optional,
    check_choices;

void check_move_addresses(void); /* before the plugin is loaded */

/* From now on the plugin's own code sees clocks that are `seconds` ahead, and another machine. */
void check_go_elsewhere(const loom_op *op, int64_t seconds);
#endif
