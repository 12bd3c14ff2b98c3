/* pipeline/yaml.c - see yaml.h. The parser is libyaml's event interface; this file builds the tree
 * and sets the limits. */
#include "pipeline/yaml.h"
#include "pipeline/syntax.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* ---- events -> tree -------------------------------------------------------------------------- */

typedef struct reading {
    arena *memory;
    const source *from;
    const char *masked;    /* its text as libyaml has it */
    const place *value_at; /* where a single value stands on a command line; NULL for a file */
    yaml_problem *problem;
    void *user;
    yaml_parser_t parser;
    yaml_event_t event; /* the one under way; deleted before the next */
    bool have_event, stopped;
    tree **stack; /* children under way, malloc'ed */
    size_t stack_count, stack_room;
    names anchors;
    tree **anchored;
    int32_t anchor_count, anchor_room;
} reading;

static place place_of(const reading *r, yaml_mark_t mark)
{
    const place *at = r->value_at;
    if (at) return (place){ at->file, at->line, at->column + (int)mark.column };
    return (place){ r->from->path, (int)mark.line + 1, (int)mark.column + 1 };
}

static void tell(reading *r, span at, const char *hint, const char *message)
{
    r->problem(r->user, at, hint, message);
}

static void *stop(reading *r, span at, const char *hint, const char *message)
{
    if (!r->stopped) tell(r, at, hint, message);
    r->stopped = true;
    return NULL;
}

/* In the text itself, for the explanation of an error. */
static place text_place(const reading *r, yaml_mark_t mark)
{
    return (place){ r->from->path, (int)mark.line + 1, (int)mark.column + 1 };
}

static void syntax_error(reading *r)
{
    const yaml_parser_t *p = &r->parser;
    syntax_fault fault = { .problem = p->problem ? p->problem : "the text cannot be read as YAML",
                           .context = p->context,
                           .at = text_place(r, p->problem_mark),
                           .context_at = text_place(r, p->context_mark),
                           .is_value = r->value_at != NULL };
    syntax_advice advice = syntax_explain(r->memory, r->from, r->masked, &fault);
    if (r->value_at)
        advice.at.at = (place){ r->value_at->file, r->value_at->line,
                                r->value_at->column + advice.at.at.column - 1 };
    stop(r, advice.at, advice.hint, advice.message);
}

static bool next(reading *r)
{
    if (r->have_event) yaml_event_delete(&r->event);
    r->have_event = !r->stopped && yaml_parser_parse(&r->parser, &r->event);
    if (!r->have_event && !r->stopped) {
        if (r->parser.error == YAML_MEMORY_ERROR) longjmp(*r->memory->unwind, 1);
        syntax_error(r);
    }
    return r->have_event;
}

static bool push(reading *r, tree *t)
{
    assert(r->stack_count <= r->stack_room);
    if (!t) return false;
    if (r->stack_count == r->stack_room) {
        size_t room = r->stack_room ? 2 * r->stack_room : 256;
        tree **stack = realloc(r->stack, room * sizeof *stack);
        if (!stack) longjmp(*r->memory->unwind, 1);
        r->stack = stack;
        r->stack_room = room;
    }
    r->stack[r->stack_count++] = t;
    return true;
}

static span event_span(const reading *r)
{
    int length = r->event.end_mark.line == r->event.start_mark.line
                     ? (int)(r->event.end_mark.column - r->event.start_mark.column)
                     : 1;
    return (span){ place_of(r, r->event.start_mark), length > 0 ? length : 1 };
}

static void keep_anchor(reading *r, const yaml_char_t *anchor, tree *t)
{
    assert(t);
    if (!anchor) return;
    r->anchored =
        arena_room(r->memory, r->anchored, r->anchor_count, &r->anchor_room, sizeof *r->anchored);
    r->anchored[r->anchor_count] = t;
    names_put(&r->anchors,
              arena_text(r->memory, (const char *)anchor, strlen((const char *)anchor)),
              r->anchor_count++);
}

static bool refuse_tag(reading *r, const yaml_char_t *tag)
{
    if (!tag || !strcmp((const char *)tag, "!")) return false;
    stop(r, event_span(r), "remove the tag; put a text that begins with ! in quotes",
         arena_printf(r->memory, "the tag '%s' is not supported", (const char *)tag));
    return true;
}

static tree *read_node(reading *r, int depth);

static tree *read_scalar(reading *r)
{
    assert(r->event.type == YAML_SCALAR_EVENT);
    if (refuse_tag(r, r->event.data.scalar.tag)) return NULL;
    tree *t = arena_take(r->memory, sizeof *t);
    char *s = arena_text(r->memory, (const char *)r->event.data.scalar.value,
                         r->event.data.scalar.length);
    size_t length = unmask_marks(s, r->event.data.scalar.length);
    s[length] = 0;
    yaml_scalar_style_t style = r->event.data.scalar.style;
    *t = (tree){ .kind = TREE_SCALAR,
                 .quoted = style != YAML_PLAIN_SCALAR_STYLE,
                 .weight = 1,
                 .at = event_span(r),
                 .text = s,
                 .block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE };
    if (strlen(s) != length)
        return stop(r, t->at, "remove the escape \\0", "a text cannot hold a NUL character");
    keep_anchor(r, r->event.data.scalar.anchor, t);
    return t;
}

static tree *read_alias(reading *r)
{
    assert(r->event.type == YAML_ALIAS_EVENT);
    const char *name = (const char *)r->event.data.alias.anchor;
    int32_t k = names_find(&r->anchors, name);
    if (k < 0)
        return stop(r, event_span(r),
                    "define it with & before it is used; put a text that begins with * in quotes",
                    arena_printf(r->memory, "no anchor '%s' before this line", name));
    return r->anchored[k];
}

static bool add_weight(reading *r, tree *t, const tree *child)
{
    assert(child->weight > 0);
    t->weight += child->weight;
    if (t->weight <= YAML_MAX_NODES) return true;
    stop(r, event_span(r), "write the values out, or use axes to repeat nodes",
         arena_printf(r->memory, "the aliases of this file expand to more than %d nodes",
                      YAML_MAX_NODES));
    return false;
}

static tree *read_list(reading *r, int depth)
{
    assert(r->event.type == YAML_SEQUENCE_START_EVENT);
    if (refuse_tag(r, r->event.data.sequence_start.tag)) return NULL;
    tree *t = arena_take(r->memory, sizeof *t);
    *t = (tree){ .kind = TREE_LIST,
                 .weight = 1,
                 .at = { place_of(r, r->event.start_mark), 1 },
                 .flow = r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE };
    char *anchor =
        r->event.data.sequence_start.anchor
            ? arena_printf(r->memory, "%s", (const char *)r->event.data.sequence_start.anchor)
            : NULL;
    size_t first = r->stack_count;
    while (next(r) && r->event.type != YAML_SEQUENCE_END_EVENT) {
        tree *child = read_node(r, depth + 1);
        if (!push(r, child) || !add_weight(r, t, child)) return NULL;
    }
    if (r->stopped) return NULL;
    t->count = (int32_t)(r->stack_count - first);
    t->item = arena_copy(r->memory, r->stack + first, (size_t)t->count * sizeof *t->item);
    r->stack_count = first;
    keep_anchor(r, (yaml_char_t *)anchor, t);
    return t;
}

/* Keys of a map while it is read: a hash only where there are many. */
typedef struct key_set {
    names table;
    size_t first;
} key_set;
enum { FEW_KEYS = 16 };

static tree *find_key(reading *r, key_set *keys, const char *name)
{
    assert(r->stack_count >= keys->first && (r->stack_count - keys->first) % 2 == 0);
    size_t pairs = (r->stack_count - keys->first) / 2;
    if (pairs <= FEW_KEYS) {
        for (size_t i = 0; i < pairs; i++)
            if (!strcmp(r->stack[keys->first + 2 * i]->text, name))
                return r->stack[keys->first + 2 * i];
        return NULL;
    }
    if (!keys->table.count)
        for (size_t i = 0; i < pairs; i++)
            names_put(&keys->table, r->stack[keys->first + 2 * i]->text, (int32_t)i);
    int32_t k = names_find(&keys->table, name);
    return k >= 0 ? r->stack[keys->first + 2 * (size_t)k] : NULL;
}

static void add_pair(reading *r, key_set *keys, tree *key, tree *value)
{
    if (keys->table.count)
        names_put(&keys->table, key->text, (int32_t)((r->stack_count - keys->first) / 2));
    push(r, key);
    push(r, value);
}

/* `<<: map` or `<<: [map, map]`: keys that are not given otherwise. */
static void merge(reading *r, key_set *keys, const tree *value)
{
    if (value->kind == TREE_MAP) {
        for (int32_t i = 0; i < value->count; i++)
            if (!find_key(r, keys, value->key[i]->text))
                add_pair(r, keys, value->key[i], value->item[i]);
    } else if (value->kind == TREE_LIST) {
        for (int32_t i = 0; i < value->count; i++) {
            if (value->item[i]->kind == TREE_MAP) merge(r, keys, value->item[i]);
            else
                tell(r, value->item[i]->at, "as in <<: [*first, *second]",
                     "a merge key takes mappings");
        }
    } else
        tell(r, value->at, "as in <<: *defaults",
             "a merge key takes a mapping or a list of mappings");
}

/* `{sigma:1.0}` and `{sigma = 1.0}`: one word to YAML, whose value is nothing. Taken apart after it
 * was reported. */
static bool split_word(reading *r, tree *key, tree *value)
{
    assert(key->kind == TREE_SCALAR);
    const char *name, *given, *hint = syntax_one_word(r->memory, key->text, &name, &given);
    if (!hint) return false;
    tell(r, key->at, hint, arena_printf(r->memory, "'%s' is not a key with a value", key->text));
    *value = (tree){ .kind = TREE_SCALAR, .weight = 1, .at = key->at, .text = given };
    key->text = name;
    return true;
}

/* `{dose: 300,000}`: to YAML the end of one entry and a second one. True after reporting. */
static bool is_split_number(reading *r, const key_set *keys, const tree *key)
{
    tree *last = r->stack_count > keys->first ? r->stack[r->stack_count - 1] : NULL;
    char advice[160], *number;
    if (!last || last->kind != TREE_SCALAR || key->text[strspn(key->text, "0123456789.eE")]
        || last->at.at.line != key->at.at.line
        || last->at.at.column + last->at.length + 1 != key->at.at.column)
        return false;
    number = arena_printf(r->memory, "%s,%s", last->text, key->text);
    if (!number_advice(number, NULL, advice, sizeof advice)) return false;
    tell(r, (span){ last->at.at, last->at.length + 1 + key->at.length },
         arena_printf(r->memory, "%s", advice),
         arena_printf(r->memory, "'%s' is two entries: a comma ends the first", number));
    last->reported = true;
    return true;
}

static bool read_pair(reading *r, key_set *keys, tree *t, tree *merged, int depth)
{
    tree *key = read_node(r, depth + 1);
    if (!key) return false;
    if (key->kind != TREE_SCALAR)
        return stop(r, key->at, "quote the text where it begins with [ or {",
                    "a key must be a word")
               != NULL;
    if (!next(r)) return false;
    tree *value = read_node(r, depth + 1);
    if (!value || !add_weight(r, t, value)) return false;
    t->weight++;
    if (!strcmp(key->text, "<<") && !key->quoted) {
        tree **item = arena_take(r->memory, (size_t)(merged->count + 1) * sizeof *item);
        if (merged->count) memcpy(item, merged->item, (size_t)merged->count * sizeof *item);
        item[merged->count++] = value;
        merged->item = item;
        return true;
    }
    if (t->flow && !key->quoted && tree_is_null(value) && !*value->text) {
        if (!split_word(r, key, value) && is_split_number(r, keys, key)) return true;
    }
    if (syntax_odd_blank(key->text))
        tell(r, key->at, "replace it with an ordinary blank",
             "a character that looks like a blank but is not one");
    const tree *twin = find_key(r, keys, key->text);
    if (!twin) add_pair(r, keys, key, value);
    else
        tell(r, key->at, "remove or rename one of them",
             arena_printf(r->memory, "'%s' is given twice; first at line %d, column %d", key->text,
                          twin->at.at.line, twin->at.at.column));
    return true;
}

static tree *read_map(reading *r, int depth)
{
    assert(r->event.type == YAML_MAPPING_START_EVENT);
    if (refuse_tag(r, r->event.data.mapping_start.tag)) return NULL;
    tree *t = arena_take(r->memory, sizeof *t);
    *t = (tree){ .kind = TREE_MAP,
                 .weight = 1,
                 .at = { place_of(r, r->event.start_mark), 1 },
                 .flow = r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE };
    char *anchor =
        r->event.data.mapping_start.anchor
            ? arena_printf(r->memory, "%s", (const char *)r->event.data.mapping_start.anchor)
            : NULL;
    key_set keys = { .table.memory = r->memory, .first = r->stack_count };
    tree merged = { 0 };
    while (next(r) && r->event.type != YAML_MAPPING_END_EVENT)
        if (!read_pair(r, &keys, t, &merged, depth)) return NULL;
    if (r->stopped) return NULL;
    for (int32_t i = 0; i < merged.count; i++) merge(r, &keys, merged.item[i]);
    t->count = (int32_t)((r->stack_count - keys.first) / 2);
    t->key = arena_take(r->memory, (size_t)t->count * sizeof *t->key);
    t->item = arena_take(r->memory, (size_t)t->count * sizeof *t->item);
    for (int32_t i = 0; i < t->count; i++) {
        t->key[i] = r->stack[keys.first + 2 * (size_t)i];
        t->item[i] = r->stack[keys.first + 2 * (size_t)i + 1];
    }
    r->stack_count = keys.first;
    keep_anchor(r, (yaml_char_t *)anchor, t);
    return t;
}

static tree *read_node(reading *r, int depth)
{
    assert(depth >= 0 && r->have_event);
    if (depth > YAML_MAX_DEPTH)
        return stop(
            r, event_span(r), "flatten it",
            arena_printf(r->memory, "lists and mappings nested more than %d deep", YAML_MAX_DEPTH));
    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return read_scalar(r);
    case YAML_ALIAS_EVENT: return read_alias(r);
    case YAML_SEQUENCE_START_EVENT: return read_list(r, depth);
    case YAML_MAPPING_START_EVENT: return read_map(r, depth);
    default: return stop(r, event_span(r), NULL, "YAML syntax: nothing expected here");
    }
}

static tree *read_document(reading *r)
{
    tree *root = NULL;
    while (next(r) && r->event.type != YAML_STREAM_END_EVENT) {
        if (r->event.type == YAML_STREAM_START_EVENT || r->event.type == YAML_DOCUMENT_END_EVENT)
            continue;
        if (r->event.type != YAML_DOCUMENT_START_EVENT) root = read_node(r, 0);
        else if (root)
            return stop(r, event_span(r), "keep one pipeline in a file; `use:` brings in another",
                        "a second YAML document starts here");
    }
    return r->stopped ? NULL : root;
}

static tree *read_text(arena *memory, const source *from, const place *value_at,
                       yaml_problem *problem, void *user)
{
    reading *r = arena_take(memory, sizeof *r);
    *r = (reading){ .memory = memory,
                    .from = from,
                    .value_at = value_at,
                    .problem = problem,
                    .user = user,
                    .anchors.memory = memory };
    text masked = { 0 };
    jmp_buf *outer = memory->unwind, here;
    bool out_of_memory = !mask_marks(from, &masked) || !yaml_parser_initialize(&r->parser);
    tree *volatile root = NULL;
    memory->unwind = &here;
    if (!out_of_memory && !setjmp(here)) {
        r->masked = masked.data ? masked.data : "";
        yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->masked, masked.length);
        root = read_document(r);
    } else out_of_memory = true;
    memory->unwind = outer;
    if (r->have_event) yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    free(r->stack);
    text_free(&masked);
    if (out_of_memory && outer) longjmp(*outer, 1);
    return root;
}

tree *yaml_read(arena *memory, const source *from, yaml_problem *problem, void *user)
{
    return read_text(memory, from, NULL, problem, user);
}

tree *yaml_read_value(arena *memory, place at, const char *s, yaml_problem *problem, void *user)
{
    assert(!strchr(s, '\n'));
    size_t start = 0;
    source from = {
        .path = at.file, .dir = "", .text = s, .length = strlen(s), .line = &start, .line_count = 1
    };
    return read_text(memory, &from, &at, problem, user);
}

/* ---- looking at a tree ----------------------------------------------------------------------- */

bool tree_is_null(const tree *t)
{
    return t->kind == TREE_SCALAR && !t->quoted
           && (!*t->text || !strcmp(t->text, "~") || !strcmp(t->text, "null"));
}

const tree *tree_get(const tree *map, const char *key)
{
    for (int32_t i = 0; map->kind == TREE_MAP && i < map->count; i++)
        if (!strcmp(map->key[i]->text, key)) return map->item[i];
    return NULL;
}

const char *tree_kind_text(const tree *t)
{
    return t->kind == TREE_LIST ? "a list" : t->kind == TREE_MAP ? "a mapping" : "a text";
}
