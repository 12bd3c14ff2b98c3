/* yaml/yaml.h - a YAML file as a tree that remembers where everything stands.
 *
 * What YAML leaves open is refused: duplicate keys, tags, several documents, keys that are not
 * plain words. Anchors, aliases and merge keys (<<) work; an aliased part is one tree seen from
 * several places. Two spellings that YAML reserves inside { } are accepted as text, because
 * pipelines need them everywhere: ${...} and word[...]. */
#ifndef ATOMLOOM_YAML_YAML_H
#define ATOMLOOM_YAML_YAML_H
#include "base/arena.h"
#include "base/error.h"
#include "base/place.h"

/* a marked piece of a line; columns and lengths count characters */
typedef struct span {
    place at;
    int length;
} span;

typedef enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP } tree_kind;
typedef struct tree {
    tree_kind kind;
    bool quoted;               /* a scalar in quotes or a block: never null */
    bool flow;                 /* a list or map in [ ] or { } */
    bool block;                /* a scalar after | or > */
    bool reported;             /* wrong as it stands: nothing more is said about its value */
    int32_t count;             /* of items */
    int64_t weight;            /* nodes of the whole, aliases counted as often as they are used */
    span at;                   /* the scalar, or the first character of a list or map */
    const char *text;          /* scalars */
    struct tree **item, **key; /* `key` of maps only; no two keys are equal */
} tree;

/* What a file is meant to be, for messages. */
typedef struct source_kind {
    const char *a, *the, *file; /* "a pipeline", "the pipeline", "a pipeline file" */
    const char *first;          /* the line that it begins with: "atomloom: 1" */
    /* a text is one, well formed or not, if a line begins with one of these keys; NULL where there
     * is no second one */
    const char *key[2];
} source_kind;

/* The text a tree came from. Lives as long as the arena. */
typedef struct source {
    const source_kind *kind; /* NULL for what a command line gives */
    /* dir: "" or ending in '/', what relative paths of the file are relative to */
    const char *path, *dir;
    const char *text; /* NUL-terminated UTF-8 */
    size_t length;
    int mark;           /* bytes of the byte order mark that stands before `text` */
    const size_t *line; /* where each line starts */
    int line_count;
} source;

/* Characters U+10FFF0.. (f4 8f bf b0..) stand in for others while libyaml reads; files that hold
 * one are refused. */
#define YAML_STAND_IN "\xf4\x8f\xbf"
enum { YAML_STAND_IN_BYTES = 4 };

enum { YAML_MAX_BYTES = 32 << 20, YAML_MAX_DEPTH = 64, YAML_MAX_NODES = 4000000 };

/* Called for each problem: a syntax error ends the reading, duplicate keys and the like do not. */
typedef void yaml_problem(void *user, span at, const char *hint, const char *message);

/* Read the text of a file of that kind; false with a message in `e` when it cannot be read, is too
 * large or is not UTF-8 (then `at` is set). */
bool source_read(arena *memory, const char *path, const source_kind *kind, source *out, span *at,
                 error *e);
/* The file's one document; NULL when the text cannot be understood (a problem was told) or is
 * empty. Whether a problem was found in a tree that is returned is the caller's to remember. */
tree *yaml_read(arena *memory, const source *from, yaml_problem *problem, void *user);

/* One value as a command line gives it: `s` is YAML on one line. `at` is where it stands; columns
 * count from there. NULL after reporting. */
tree *yaml_read_value(arena *memory, place at, const char *s, yaml_problem *problem, void *user);

bool tree_is_null(const tree *t); /* nothing, ~ or null without quotes */
/* NULL where there is none; for short maps */
const tree *tree_get(const tree *map, const char *key);
const char *tree_kind_text(const tree *t); /* "a list", "a mapping", "a text" */
#endif
