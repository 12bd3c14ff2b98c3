/* plugin/params.h - the values of one op's parameters: read from text, checked against the table,
 * put in canonical form, bound into the op's struct. */
#ifndef ATOMLOOM_PLUGIN_PARAMS_H
#define ATOMLOOM_PLUGIN_PARAMS_H
#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"

/* One parameter's value; which member counts follows from the row's kind. */
typedef struct param_value {
    bool given;        /* by the pipeline; otherwise the default */
    bool hashed;       /* PATH, PATHS, NUMBERS: the digests of its files are known */
    double real;       /* REAL */
    int64_t integer;   /* INT, BOOL (0 or 1), CHOICE (index) */
    char *text;        /* STRING, PATH, file of NUMBERS; owned; NULL for an empty one */
    digest content;    /* PATH, NUMBERS: digest of the file */
    int64_t count;     /* lists */
    double *reals;     /* REALS, NUMBERS, `count` of them; owned */
    int64_t *integers; /* INTS */
    char **strings;    /* STRINGS, PATHS */
    digest *contents;  /* PATHS: digests of the files; owned; NULL before params_hash_paths */
} param_value;

/* `value[i]` belongs to `op->params[i]`. */
typedef struct param_set {
    const loom_op *op;
    int count;
    param_value *value;
} param_set;

int params_rows(const loom_op *op); /* number of rows in the table */
/* Row of that name, or of an older name (then *renamed is true); -1 where there is none. */
int params_find(const loom_op *op, const char *name, bool *renamed);
/* "real", "int", "choice", ...: as programs read it */
const char *kind_name(loom_kind kind);
/* "number", "whole number", "list of numbers", ... */
const char *kind_text(loom_kind kind);
bool is_list_kind(loom_kind kind);
/* May a value of this kind name files? */
bool is_file_kind(loom_kind kind);
/* LOOM_LENGTH of a list: may it have `n` entries? The lengths it may have ("1 or 3"), nothing for
 * any. */
enum { PARAM_MAX_LENGTH = 8 };
#define PARAM_LENGTHS (0x1ffu * LOOM_LENGTH(0))
bool param_length_fits(const loom_param *row, int64_t n);
void param_lengths(const loom_param *row, text *out);
/* "sigma of denoise.gaussian: its width [pixel]": what every message about a parameter ends with.
 */
void param_doc(const loom_op *op, const loom_param *row, char *out, size_t size);

param_set *params_new(const loom_op *op, error *e); /* all defaults; owned */
/* owned, with everything in it; NULL when out of memory */
param_set *params_copy(const param_set *set, error *e);
void params_free(param_set *set); /* NULL is fine */

/* Give row `row` a value from `n` scalar texts as written in YAML; `is_list` tells `[1]` from `1`
 * (a list parameter takes a scalar as a list of one). Checks kind, range and choices; the message
 * quotes the op's documentation of the parameter. */
bool params_assign(param_set *set, int row, const char *const *items, int64_t n, bool is_list,
                   error *e);
/* as on a command line: `3`, `a`, `[1, 2]` */
bool params_assign_text(param_set *set, const char *name, const char *text, error *e);
/* Items of "[1, 2]" or "1, 2" for a row that takes a list. */
bool params_assign_list(param_set *set, int row, const char *text, error *e);
void param_value_clear(param_value *value); /* frees what it holds; all zero afterwards */
/* every LOOM_REQUIRED one was given */
bool params_complete(const param_set *set, error *e);

/* The files that a value names: their number, the name of one (borrowed), and its digest (NULL
 * before params_hash_paths). */
int64_t param_files(const loom_param *row, const param_value *v);
char **param_file(const loom_param *row, param_value *v, int64_t i); /* may be replaced; owned */
const char *param_file_name(const loom_param *row, const param_value *v, int64_t i);
const digest *param_file_content(const loom_param *row, const param_value *v, int64_t i);

/* Fill in the digests of parameters that name files by reading the files (`hash`: from a cache, or
 * sha256_file). */
typedef bool params_hash_file(void *user, const char *path, digest *out, error *e);
bool params_hash_paths(param_set *set, params_hash_file *hash, void *user, error *e);

/* One line per parameter that has an effect, sorted by name: `name = value`. Equal meanings give
 * equal texts: defaults are spelt out, 3e5 and 300000.0 are one, paths stand as the digest of their
 * content (params_hash_paths first). */
void params_canonical(const param_set *set, text *out);
/* the value for people; paths as paths */
void param_text(const loom_param *row, const param_value *value, text *out);

/* Fill the op's parameter struct (`op->params_size` bytes). Texts and lists in it are borrowed from
 * `set`. Strings that need memory of their own (lists of strings) use `set` too. */
void params_bind(const param_set *set, void *params_struct);
#endif
