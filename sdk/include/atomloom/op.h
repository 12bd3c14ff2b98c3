/* atomloom/op.h - the contract between atomloom and an op (ABI 1).
 *
 * A plugin is a shared object that exports one data symbol, `loom_plugin_v1`, made by LOOM_PLUGIN.
 * It points at ops; an op is data (ports, parameters, documentation) plus one function, `run`.
 * Reading the data runs no code of the plugin. A running op reaches the host only through the
 * function table in its `loom_call`, so a plugin links against nothing of atomloom.
 *
 * Rules for growth: structs begin with their size and grow at the end only; host tables are
 * append-only; what is optional is a named extension (`host->extension`). A change of the meaning
 * of anything here is a new ABI number.
 *
 * Thread tags: [main] only on the thread that entered `run`; [any] from any thread of the op.
 * Ownership words: borrowed (valid until `run` returns unless said otherwise), owned, taken,
 * static. */
#ifndef ATOMLOOM_OP_H
#define ATOMLOOM_OP_H
#include "value.h"
#ifdef __cplusplus
extern "C" {
#endif

#define LOOM_ABI 1u
/* bytes of the id of an op and of the name of a port or parameter; a plugin with a longer one is
 * refused */
#define LOOM_MAX_NAME 64

/* name, exit status of the program, meaning. The enum, its texts and docs/errors.md come from here.
 */
/* clang-format off */
#define LOOM_STATUS_MAP(X) \
    X(OK, 0, "success") \
    X(E_PARAM, 2, "a parameter is missing, of the wrong kind or out of range") \
    X(E_DATA, 1, "an input has the wrong type, shape, unit or content") \
    X(E_IO, 3, "a file cannot be read or written") \
    X(E_MEMORY, 3, "not enough memory") \
    X(E_NUMERIC, 1, "the computation diverged or produced non-finite values") \
    X(E_CANCELLED, 130, "asked to stop") \
    X(E_BUG, 70, "a broken invariant of atomloom or of an op")
/* clang-format on */
typedef enum loom_status {
#define X(name, exit_status, text) LOOM_##name,
    LOOM_STATUS_MAP(X)
#undef X
        LOOM_STATUS_COUNT
} loom_status;

/* ---- parameters ---------------------------------------------------------------------------------
 * A parameter table binds rows to members of the op's own parameter struct. The host parses, checks
 * and fills the struct; an op contains no parsing. Lists and texts in the struct are borrowed from
 * the host. */
typedef enum loom_kind {
    LOOM_REAL,
    LOOM_INT,
    LOOM_BOOL,
    LOOM_CHOICE,
    LOOM_STRING,
    LOOM_PATH,
    LOOM_REALS,
    LOOM_INTS,
    LOOM_STRINGS,
    LOOM_PATHS,
    LOOM_NUMBERS,
    LOOM_KIND_COUNT
} loom_kind;

/* a file to read; the content, not the name, is in the action's key */
typedef struct loom_path {
    const char *path;
} loom_path;
/* files to read, in order; the content of each is in the key. A pipeline gives names and patterns
 * (scan_*.tif), which the host replaces by the files that match, in the order of the numbers in
 * their names */
typedef struct loom_paths {
    const char *const *v;
    int64_t n;
} loom_paths;
typedef struct loom_reals {
    const double *v;
    int64_t n;
} loom_reals;
/* a list of numbers, or a file that has them: the op reads it. `path` is "" where a list was given,
 * n is 0 where a file was, and both are so where neither was */
typedef struct loom_numbers {
    const double *v;
    int64_t n;
    const char *path;
} loom_numbers;
typedef struct loom_ints {
    const int64_t *v;
    int64_t n;
} loom_ints;
typedef struct loom_strings {
    const char *const *v;
    int64_t n;
} loom_strings;

enum { /* loom_param.flags */
       LOOM_BASIC = 0,
       LOOM_ADVANCED = 1,  /* shown by `describe --all` and in the full documentation only */
       LOOM_NO_EFFECT = 2, /* cannot change the output's bytes; left out of the key */
       LOOM_REQUIRED = 4,  /* has no default: the pipeline must give it */
       LOOM_ITERATIONS = 8 /* INT: how many steps the op goes; see loom_host.finish */
};

typedef struct loom_param {
    uint32_t size;
    const char *name;
    /* "angstrom", "degree", "pixel", ...; NULL where it has none. See docs/conventions.md */
    const char *unit;
    const char *doc; /* one line, lower case, no full stop */
    loom_kind kind;
    uint32_t offset; /* in the parameter struct */
    uint32_t flags;
    /* numbers and list members; min == max: unbounded. CHOICE: def is the index; BOOL: 0 or 1 */
    double def, min, max;
    /* default of STRING and PATH, or of a list of numbers or texts, written as in YAML: "1, 2, 3".
     * NULL: empty */
    const char *text;
    const char *const *choices;      /* NULL-terminated; CHOICE only */
    const char *const *renamed_from; /* NULL-terminated names that older pipelines use, or NULL */
} loom_param;

/* One row. The member's C type picks the kind, so table and struct cannot disagree. The flags of a
 * list may hold the lengths it can have, 0 to 8 (LOOM_LENGTH(1) | LOOM_LENGTH(3)); none: any. */
#define LOOM_LENGTH(n) (1u << (8 + (n)))
#ifndef __cplusplus
/* clang-format off */
#define LOOM_PARAM(S, member, ...) LOOM_PARAM_AT_(S, member, member, __VA_ARGS__)
/* The same for a struct that S holds as its member `common`: how several ops share parameters. */
#define LOOM_PARAM_IN(S, common, member, ...) LOOM_PARAM_AT_(S, common.member, member, __VA_ARGS__)
#define LOOM_PARAM_AT_(S, place, member, ...) \
    { .size = sizeof(loom_param), .name = #member, .offset = (uint32_t)offsetof(S, place), \
      .kind = _Generic(((S *)0)->place, double: LOOM_REAL, int64_t: LOOM_INT, bool: LOOM_BOOL, \
          int32_t: LOOM_CHOICE, const char *: LOOM_STRING, loom_path: LOOM_PATH, \
          loom_paths: LOOM_PATHS, loom_numbers: LOOM_NUMBERS, \
          loom_reals: LOOM_REALS, loom_ints: LOOM_INTS, loom_strings: LOOM_STRINGS), __VA_ARGS__ }
/* clang-format on */
#endif

/* ---- ports ----------------------------------------------------------------------------------- */
/* loom_port.flags */
enum {
    LOOM_OPTIONAL = 1, /* may be left unconnected; as an output: may be left unmade */
    /* inputs only: takes any number (at least one, unless optional) of values, in order */
    LOOM_LIST = 2,
    LOOM_FRESH = 4 /* outputs only: made anew. An output without it whose type an input has (the
                    * one of the same name, else the first required one) holds what that input
                    * holds and the op does not know: kit/check.h, loom_pass_rest */
};
typedef struct loom_port {
    const char *name;
    /* a type of types.h or the plugin's own "family.type"; "any" takes every type (inputs only) */
    const char *type;
    const char *doc;
    uint32_t flags;
} loom_port;

/* ---- what the host gives to a running op: the only way out of a plugin ----------------------- */
typedef struct loom_call loom_call;
#define LOOM_MAX_WARNINGS 64
typedef struct loom_host {
    uint32_t size, abi;

    /* Inputs: borrowed, read-only. `input` is NULL for an optional port that is not connected.
     * [main] */
    int64_t (*input_count)(loom_call *, const char *port);
    const loom_value *(*input)(loom_call *, const char *port, int64_t index);

    /* What a value holds. NULL or false where there is none of that name or index. [any] */
    const char *(*type)(const loom_value *);
    const loom_array *(*array)(const loom_value *, const char *name);
    const loom_array *(*array_at)(const loom_value *, int64_t index);
    bool (*number)(const loom_value *, const char *name, double *out);
    const char *(*text)(const loom_value *, const char *name);
    const loom_attribute *(*attribute_at)(const loom_value *, int64_t index);

    /* Outputs: owned by the host; array data arrive zeroed and may be written until `run` returns.
     * The same port gives the same value each time. NULL: out of memory or a bug of the op, already
     * reported; return LOOM_E_MEMORY. [main] */
    loom_value *(*output)(loom_call *, const char *port);
    void *(*add_array)(loom_call *, loom_value *, const char *name, loom_dtype, int32_t rank,
                       const int64_t *dim, const char *unit);
    void (*set_number)(loom_call *, loom_value *, const char *name, double value, const char *unit);
    void (*set_text)(loom_call *, loom_value *, const char *name, const char *value);

    /* Scratch: 64-byte aligned, not zeroed, freed by the host when `run` returns, however it
     * returns; `release` frees it earlier. NULL: out of memory, already reported. [main] */
    void *(*scratch)(loom_call *, size_t bytes);
    void (*release)(loom_call *, void *scratch);

    int (*threads)(loom_call *); /* how many threads the op may use (OpenMP: num_threads). [any] */
    /* Report done of total; false: stop and return LOOM_E_CANCELLED. Cheap enough to call every
     * millisecond. [main] */
    bool (*progress)(loom_call *, double done, double total);
    bool (*cancelled)(loom_call *);                    /* [any] */
    void (*note)(loom_call *, const char *format, ...) /* a line of the action's log. [any] */
        __attribute__((format(printf, 2, 3)));
    /* The message the user reads: what was found, what was expected, what to do; lower case, no
     * full stop. `where` is the name of the parameter or port at fault (the host points at its line
     * in the pipeline), or NULL. The first call wins. Returns the status it was given: `return
     * h->fail(call, LOOM_E_DATA, "angles", "...")`. [any] */
    loom_status (*fail)(loom_call *, loom_status, const char *where, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
    /* Counter-based random bits (Philox 4x32-10, docs/conventions.md): a pure function of its
     * arguments. [any] */
    uint64_t (*random)(uint64_t seed, uint64_t stream, uint64_t counter);
    /* A named, versioned extension table ("atomloom.metrics/1"), static, or NULL where the host has
     * none. [any] */
    const void *(*extension)(loom_call *, const char *name);
    /* The result stands, but a person should look: it, or what it was made from, is implausible.
     * The text says what was found, what is usual and what to check, with the figure that shows it;
     * lower case, no full stop. `where` as for `fail`. Kept with the action, so that it is shown
     * again wherever the result is taken from the store; the same text counts once, and an action
     * keeps the first LOOM_MAX_WARNINGS. Deterministic, like an output: it depends on inputs and
     * parameters alone. [any] */
    void (*warn)(loom_call *, const char *where, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    /* For ops with a parameter flagged LOOM_ITERATIONS, after each step: `done` of them are
     * complete. True: a person asks that the op end now with what it has (`atomloom finish`). The
     * op must then return the very outputs that this parameter set to `done` would have given: the
     * host keeps them as the result of that. False where nobody asks, or it cannot be: more steps
     * than the parameter allows, none, the last one. An op built for an older host than it runs in
     * need not care; one that may meet an older host compares `size`. [main] */
    bool (*finish)(loom_call *, int64_t done);
} loom_host;

struct loom_call {
    const loom_host *host;
    void *host_data;
};

/* What an action will need, for the scheduler: filled by `estimate` from the shapes of inputs and
 * the parameters. */
typedef struct loom_estimate {
    uint32_t size;
    bool uses_threads; /* more threads make it faster */
    uint64_t bytes;    /* peak memory beyond inputs and outputs as stored; 0: unknown */
} loom_estimate;

/* ---- publications -------------------------------------------------------------------------------
 * A publication that a method comes from. Plain UTF-8 texts as printed, without TeX: `atomloom
 * cite` writes the BibTeX. Titles are in sentence case: a capital after the first letter stays one
 * ("Array programming with NumPy"). */
typedef struct loom_citation {
    uint32_t size;
    int32_t year;
    const char *doi; /* "10.1038/s41586-020-2649-2" */
    /* all of them, "Last, First and Last, First"; a name without a comma is that of an organisation
     */
    const char *authors;
    const char *title;
    const char *journal;   /* NULL where it appeared in a book, or is one */
    const char *volume;    /* NULL where there is none */
    const char *pages;     /* "357-362", or the number of the article; NULL where there is none */
    const char *book;      /* title of the proceedings or collection that it is a chapter of */
    const char *publisher; /* of a book */
} loom_citation;
/* One row of a table of citations: static const loom_citation citations[] = { LOOM_CITATION(.doi =
 * "...", ...), { 0 } }; */
#define LOOM_CITATION(...) \
    { \
        .size = sizeof(loom_citation), __VA_ARGS__ \
    }

/* ---- an op ----------------------------------------------------------------------------------- */
typedef struct loom_op {
    uint32_t size;
    uint32_t revision;   /* from 1; bumped when the same inputs give other bytes */
    const char *id;      /* "family.name" */
    const char *summary; /* one sentence with a full stop */
    const char *method;  /* Markdown: how it works, formulas, choices */
    /* "none" where there is nothing to cite, else NULL and `citations`. Plugins built before
     * `citations`: DOIs, one per line, each "10.xxxx/yyyy  Author, Journal (year)"; these are still
     * read. */
    const char *cites;
    const char *limits;       /* Markdown: what it cannot do, and what to use then */
    const loom_port *inputs;  /* ended by {0} */
    const loom_port *outputs; /* ended by {0} */
    const loom_param *params; /* ended by {0}; NULL: no parameters */
    size_t params_size;       /* sizeof the parameter struct */
    const char *writes_type;  /* a writer op: turns its input of this type ... */
    /* ... into a `file` value of this extension ("xyz"); NULL otherwise */
    const char *writes_extension;
    loom_status (*estimate)(loom_call *, const void *params, loom_estimate *out); /* optional */
    loom_status (*run)(loom_call *, const void *params);
    const loom_citation *citations; /* ended by {0}; NULL where `cites` says it */
} loom_op;

typedef struct loom_plugin {
    char magic[8]; /* "atomloom", compared before anything else is read */
    uint32_t size, abi;
    const char *name, *version, *licence;
    const loom_op *const *ops; /* ended by NULL */
} loom_plugin;

#define LOOM_PLUGIN_SYMBOL "loom_plugin_v1"
#define LOOM_EXPORT __attribute__((visibility("default")))
/* Once per shared object, at file scope: LOOM_PLUGIN("volume.threshold", "1.0", "BSD-3-Clause",
 * &volume_threshold); */
#ifndef __cplusplus
#define LOOM_PLUGIN(NAME, VERSION, LICENCE, ...) \
    static const loom_op *const loom_ops_[] = { __VA_ARGS__, NULL }; \
    extern LOOM_EXPORT const loom_plugin loom_plugin_v1; \
    LOOM_EXPORT const loom_plugin loom_plugin_v1 = { { 'a', 't', 'o', 'm', 'l', 'o', 'o', 'm' }, \
                                                     sizeof(loom_plugin), \
                                                     LOOM_ABI, \
                                                     NAME, \
                                                     VERSION, \
                                                     LICENCE, \
                                                     loom_ops_ }
#endif

#ifdef __cplusplus
}
#endif
#endif
