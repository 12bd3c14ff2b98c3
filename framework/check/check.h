/* check/check.h - does a plugin keep the contract of atomloom/op.h? For `atomloom check-plugin`.
 *
 * WHAT CHECK PROMISES
 *   A plugin that passes keeps every rule below in what was tried; one that fails is named with the
 *   rule, what was seen and what breaks it as a rule. It harms nothing: every op is run in
 * processes of its own with a time limit, on values made from the rows of types.h or given by the
 * user.
 *
 * STATES
 *   a plugin   given -> loaded in a child, descriptors read -> each op tried -> reported
 *   a rule     not tried -> kept, broken (and stays so), or left out with the reason
 *   a trial    made (inputs, parameters, threads, surroundings) -> run in a child -> its outputs
 *              compared with those of the first good trial of the op
 *
 * WHO MAY CHANGE WHAT
 *   trial.c runs and watches; same.c, rest.c, memory.c, elsewhere.c, trouble.c and values.c each
 *   judge rules of their own and write what they found to the report; check.c alone decides order
 *   and verdict. Children share nothing with the parent but a pipe and a page.
 *
 * WHEN THINGS FAIL
 *   A child that crashes, exits, hangs or runs out of memory breaks the rule that was being tried;
 * the next trial goes on in a new child. An op that refuses all that it is tried with is not judged
 *   but reported so, with how to give it inputs. What fails of the checker's own (no process, no
 *   memory) is an error, never a verdict.
 *
 * Regrets: an op is tried with small made-up values; what only goes wrong on large or odd ones is
 * not found here. Time limits make a busy machine look like a hang. */
#ifndef ATOMLOOM_CHECK_CHECK_H
#define ATOMLOOM_CHECK_CHECK_H
#include "base/error.h"
#include "base/text.h"

/* name, what it asks for (one line), what breaks it and what to do instead. docs/sdk.md has this
 * table. The first three are of the file, the others of each op. */
/* clang-format off */
#define CHECK_RULES(X) \
    X(SYMBOLS, "symbols", "exports loom_plugin_v1 and nothing else", \
      "functions that are not static: two plugins would share them") \
    X(LOAD, "load", "loads; descriptors, documentation, ports and parameters are sound", \
      "a missing library, a crash or exit while loading, an empty text, a default out of range") \
    X(LOAD_STATE, "load-state", "loading it changes nothing in the process and prints nothing", \
      "-Ofast at the link step (flush-to-zero), constructors that print, start threads or set " \
      "anything") \
    X(RUNS, "runs", "runs on the inputs it is tried with, and returns", \
      "a crash, exit(), a deadlock; a refusal: give it other parameters (--set) or inputs " \
      "(--input)") \
    X(OPTIONAL, "optional", "runs without its optional inputs, or says what it needs", \
      "an input that is not connected is NULL") \
    X(CHOICES, "choices", "runs with each choice of its parameters, or says why not", \
      "a choice that crashes or never worked") \
    X(OUTPUTS, "outputs", "makes whole, finite outputs of their types", \
      "NaN, an array or attribute that is missing or misnamed, another dtype, shape or unit than " \
      "types.h asks for") \
    X(ROWS, "rows", "makes no more rows than its inputs hold", \
      "one image too many, a loop bound off by one; declare LOOM_FRESH where rows are made anew") \
    X(REST, "rest", "passes on the arrays and attributes that it does not know", \
      "a lost origin or column, a column in the order of other rows: loom_pass_rest; or declare " \
      "LOOM_FRESH") \
    X(THREADS, "threads", "makes the same bytes with 1, 2 and 4 threads", \
      "sums in the order in which threads finish, data races") \
    X(AGAIN, "again", "makes the same bytes in a second call", \
      "static variables, caches, random numbers without a seed") \
    X(ELSEWHERE, "elsewhere", \
      "makes the same bytes at another time and place, in another process and environment", \
      "dates, getpid(), addresses, getenv() in results") \
    X(FILL, "fill", "makes the same bytes whatever malloc and the stack hold", \
      "variables or memory read before they are written") \
    X(SCRATCH, "scratch", "makes the same bytes whatever scratch holds", \
      "scratch read before it is written: it is not zeroed") \
    X(INPUTS, "inputs", "leaves its inputs as they are", \
      "work done in place: inputs are shared and may be mapped read-only") \
    X(PAST_END, "past-end", "touches nothing past the end of an array or of scratch", \
      "loop bounds, kernels that read one more") \
    X(BEFORE_START, "before-start", "touches nothing before the start of an array or of scratch", \
      "index -1 at a border") \
    X(LEAK, "leak", "gives back the memory it takes", \
      "more than 1 MiB lost per call: use scratch, which the host frees") \
    X(GIVEN, "given", "uses no more threads than it is given", \
      "`omp parallel` without num_threads(h->threads(call))") \
    X(STDOUT, "stdout", "writes nothing to standard output", "printf: use note() or warn()") \
    X(FLOAT, "float", "leaves floating-point control alone", "rounding, flush-to-zero, traps") \
    X(LOCALE, "locale", "leaves the locale alone", \
      "setlocale: numbers of all other ops would change") \
    X(ENVIRONMENT, "environment", "leaves the environment alone", "setenv, putenv, unsetenv") \
    X(DIRECTORY, "directory", "leaves the working directory alone", "chdir") \
    X(UMASK, "umask", "leaves the file creation mask alone", "umask") \
    X(HANDLERS, "handlers", "leaves signal handlers alone", "signal, sigaction, sigaltstack") \
    X(MASK, "mask", "leaves the signal mask alone", "pthread_sigmask") \
    X(LIMITS, "limits", "leaves resource limits alone", "setrlimit") \
    X(TIMERS, "timers", "leaves no timer behind", "alarm, setitimer, timer_create") \
    X(SCHEDULING, "scheduling", "leaves priority and CPU affinity alone", \
      "nice, sched_setaffinity") \
    X(CONTROL, "control", "leaves process control settings alone", \
      "prctl, personality, setsid, setuid") \
    X(DESCRIPTORS, "descriptors", "leaves file descriptors as they are", \
      "a file left open, a standard stream closed") \
    X(LEFT_THREADS, "left-threads", "leaves no thread running", \
      "threads that are detached or not joined") \
    X(CHILDREN, "children", "leaves no child process", \
      "a child not waited for, fork() that returns twice from run") \
    X(LIBRARIES, "libraries", "leaves the thread numbers of OpenMP and OpenBLAS alone", \
      "omp_set_num_threads, omp_set_dynamic: num_threads() at each parallel region instead") \
    X(NAN, "nan", "NaN in an input: a clear failure or a finite result", "loom_need_finite") \
    X(EMPTY, "empty", "empty inputs: a clear failure or a result", \
      "a division by the number of rows, a first element that is not there") \
    X(STOP, "stop", "stops when asked to", \
      "a failure other than LOOM_E_CANCELLED after progress() was false") \
    X(MEMORY, "memory", "survives a failed allocation", \
      "a NULL of add_array or scratch that is used") \
    X(ESTIMATE, "estimate", "its estimate of memory works and covers the scratch it takes", \
      "an estimate that fails, makes outputs, or is half of what is taken")
/* clang-format on */

typedef enum check_rule {
#define X(name, id, asks, breaks) CHECK_##name,
    CHECK_RULES(X)
#undef X
        CHECK_RULE_COUNT
} check_rule;

const char *check_rule_id(check_rule rule);     /* "past-end"; static */
const char *check_rule_asks(check_rule rule);   /* static */
const char *check_rule_breaks(check_rule rule); /* static */

typedef enum check_verdict {
    CHECK_NOT_TRIED,
    CHECK_KEPT,
    CHECK_BROKEN,
    CHECK_NOT_APPLICABLE
} check_verdict;

/* One finding: `op` is NULL for rules of the file; `why` is "" where there is nothing to say. */
typedef void check_found(void *user, const char *op, check_rule rule, check_verdict verdict,
                         const char *why);

/* How to try ops. Texts: "family.op.param=value" and "family.op.port=FILE.h5", those of other ops
 * are ignored; NULL-terminated. */
typedef struct check_options {
    const char *const *settings, *const *inputs;
    double limit_s;
    const char *contents; /* a file that gets a line for each array and attribute of every output
                             that no input has: op, port, type, name, kind, unit, with tabs
                             between them; or NULL */
} check_options;

/* Checks a file and all its ops; `found` is called for each rule, in order. False only where
 * checking itself failed. */
bool check_plugin_file(const char *path, const check_options *options, check_found *found,
                       void *user, error *e);

/* Symbols that a shared object defines and exports, one per line. */
bool exported_symbols(const char *path, text *out, error *e);
#endif
