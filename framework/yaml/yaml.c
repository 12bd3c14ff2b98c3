/* yaml/yaml.c - see yaml.h. The parser is libyaml's event interface; this file builds the
 * tree, but for the keys of maps (yaml_map.c), and sets the limits. */
#include "yaml/inside.h"
#include "yaml/syntax.h"
#include <stdlib.h>
#include <string.h>

/* ---- events -> tree -------------------------------------------------------------------------- */

static place place_of(const reading *r, yaml_mark_t mark)
{
    const place *at = r->value_at;
    if (at) return (place){ at->file, at->line, at->column + (int)mark.column };
    return (place){ r->from->path, (int)mark.line + 1, (int)mark.column + 1 };
}

static void *stop(reading *r, span at, const char *hint, const char *message)
{
    if (!r->stopped) reading_tell(r, at, hint, message);
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
        if (!reading_push(r, child) || !add_weight(r, t, child)) return NULL;
    }
    if (r->stopped) return NULL;
    t->count = (int32_t)(r->stack_count - first);
    t->item = arena_copy(r->memory, r->stack + first, (size_t)t->count * sizeof *t->item);
    r->stack_count = first;
    keep_anchor(r, (yaml_char_t *)anchor, t);
    return t;
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
    map_take_pair(r, keys, t, merged, key, value);
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
    for (int32_t i = 0; i < merged.count; i++) map_merge(r, &keys, merged.item[i]);
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
