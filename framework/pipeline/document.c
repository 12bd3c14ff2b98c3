/* pipeline/document.c - a file's tree -> what it declares: inputs, nodes and groups, and the axes
 * and variables of declared.c. Nothing is looked up yet. */
#include "pipeline/reader.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

/* ---- nodes ----------------------------------------------------------------------------------- */

static const char *const node_keys[] = { "op",        "in",   "params", "over",
                                         "resources", "keep", "doc",    "use" };

/* A parameter or an input of the op, written beside `params:` or `in:`. */
static const char *node_key_hint(reader *r, const tree *body, const char *key, const tree *value)
{
    const tree *op = tree_get(body, "op");
    const op_entry *entry = op && op->kind == TREE_SCALAR ? registry_find(r->ops, op->text) : NULL;
    (void)value;
    if (!entry) return NULL;
    if (params_find(entry->op, key, NULL) >= 0)
        return say(r, "it is a parameter of %s: indent it under params:", entry->op->id);
    if (port_of(entry->op->inputs, key, NULL))
        return say(r, "it is an input of %s: indent it under in:", entry->op->id);
    return NULL;
}

static void read_settings(reader *r, part *p, const tree *params)
{
    setting **end = &p->settings;
    for (int32_t i = 0; params && i < params->count; i++) {
        setting *given = arena_take(r->memory, sizeof *given);
        *given = (setting){ .name = params->key[i]->text,
                            .at = params->key[i]->at,
                            .value = params->item[i],
                            .axis = -1 };
        *end = given;
        end = &given->next;
    }
}

static void read_inputs(reader *r, part *p, const tree *in)
{
    assert(!in || in->kind == TREE_MAP);
    p->input_count = in ? in->count : 0;
    p->inputs = arena_take(r->memory, (size_t)p->input_count * sizeof *p->inputs);
    for (int32_t i = 0; i < p->input_count; i++)
        p->inputs[i] =
            (binding){ .port = in->key[i]->text, .at = in->key[i]->at, .value = in->item[i] };
}

/* `over: minutes` or `over: [minutes, particle]`. */
static void read_over(reader *r, part *p, const tree *over)
{
    if (!over || tree_is_null(over)) return;
    const tree *one[] = { over }, *const *item = over->kind == TREE_LIST
                                                     ? (const tree *const *)over->item
                                                     : one;
    int32_t n = over->kind == TREE_LIST ? over->count : 1;
    for (int32_t i = 0; i < n; i++) {
        const char *name = want_text(r, item[i], "the name of an axis");
        int32_t a = name ? axis_in_scope(r, p->scope, name, strlen(name)) : -1;
        if (a >= 0) p->over |= AXIS_BIT(a);
        else if (name) axis_unknown(r, p->scope, item[i]->at, name);
    }
}

/* `keep: false`. */
static void read_keep(reader *r, part *p, const tree *keep)
{
    if (!keep || tree_is_null(keep)) return;
    bool scalar = keep->kind == TREE_SCALAR;
    if (scalar && !strcmp(keep->text, "false")) p->passing = true;
    else if (!scalar || strcmp(keep->text, "true") != 0)
        complain(r, keep->at, "false: what it gives may leave the store once nothing needs it",
                 "keep is '%s', expected true or false",
                 scalar ? keep->text : tree_kind_text(keep));
}

/* `in: {volume: recon.volume}` for this op, with what is there. */
static const char *inputs_example(reader *r, const tree *body)
{
    const tree *op = tree_get(body, "op"), *in = tree_get(body, "in");
    const op_entry *entry = op && op->kind == TREE_SCALAR ? registry_find(r->ops, op->text) : NULL;
    const tree *one = in && in->kind == TREE_LIST && in->count ? in->item[0] : in;
    if (!entry || !entry->op->inputs->name) return "in: {volume: recon.volume}";
    return say(r, "in: {%s: %s}", entry->op->inputs->name,
               one && one->kind == TREE_SCALAR ? one->text : "node.port");
}

static void read_part(reader *r, scope *s, const tree *key, const tree *body)
{
    assert(key->kind == TREE_SCALAR);
    const tree *op = tree_get(body, "op");
    keys_check_hinted(r, body, node_keys, COUNT(node_keys) - 1, "a node", node_key_hint);
    part *p = arena_take(r->memory, sizeof *p);
    *p = (part){ .name = *s->prefix ? say(r, "%s%s", s->prefix, key->text) : key->text,
                 .scope = s,
                 .at = key->at,
                 .body = body,
                 .op_axis = -1 };
    if (!op)
        complain(r, key->at, "as in op: family.name; `atomloom ops` lists them",
                 "node '%s' has no op", key->text);
    else if (want_text(r, op, "the op")) p->op_value = op;
    p->op_at = op ? op->at : key->at;
    p->doc = want_text(r, tree_get(body, "doc"), "the documentation");
    p->inputs_told = is_wrong_map(tree_get(body, "in"));
    p->params_told = is_wrong_map(tree_get(body, "params"));
    read_settings(r, p,
                  want_map(r, tree_get(body, "params"), "params", "params: {iterations: 100}"));
    read_inputs(
        r, p,
        want_map(r, tree_get(body, "in"), "in", p->inputs_told ? inputs_example(r, body) : NULL));
    read_over(r, p, tree_get(body, "over"));
    resources_read(r,
                   want_map(r, tree_get(body, "resources"), "resources",
                            "resources: {threads: 4, memory: 4 GiB, time: 10 min}"),
                   &p->resources);
    read_keep(r, p, tree_get(body, "keep"));
    r->parts = arena_room(r->memory, r->parts, r->part_count, &r->part_room, sizeof *r->parts);
    names_put(&s->part_of, key->text, r->part_count);
    r->parts[r->part_count++] = p;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* `vars:` of a `use:`: values for the other file's variables, meant in this file's words. */
static void pass_variables(reader *r, scope *inner, scope *s, const tree *vars)
{
    assert(inner != s);
    for (int32_t i = 0; vars && i < vars->count; i++) {
        int32_t k = names_find(&inner->variable_of, vars->key[i]->text);
        if (k >= 0) {
            if (r->variables[k]->value) mark_used(r, inner, r->variables[k]->value);
            r->variables[k]->value = vars->item[i];
            r->variables[k]->scope = s;
            continue;
        }
        const char *known[64];
        int n = 0;
        for (int32_t j = 0; j < r->variable_count && n < COUNT(known); j++)
            if (names_find(&inner->variable_of, r->variables[j]->name) == j)
                known[n++] = r->variables[j]->name;
        complain(r, vars->key[i]->at, suggest(r, vars->key[i]->text, known, n, "its variables"),
                 "%s has no variable '%s'", inner->from->path, vars->key[i]->text);
    }
}

static void check_given(reader *r, const scope *inner)
{
    const tree *declared = inner->inputs, *given = inner->given;
    for (int32_t i = 0; given && i < given->count; i++)
        if (!declared || !tree_get(declared, given->key[i]->text)) {
            const char *known[64];
            int n = 0;
            for (; declared && n < declared->count && n < COUNT(known); n++)
                known[n] = declared->key[n]->text;
            complain(r, given->key[i]->at,
                     n ? suggest(r, given->key[i]->text, known, n, "its inputs")
                       : "it declares no inputs",
                     "%s has no input '%s'", inner->from->path, given->key[i]->text);
        }
    for (int32_t i = 0; declared && i < declared->count; i++)
        if (!given || !tree_get(given, declared->key[i]->text)) {
            const tree *doc = tree_get(declared->item[i], "doc");
            complain(r, inner->use_at,
                     doc && doc->kind == TREE_SCALAR
                         ? say(r, "%s: %s", declared->key[i]->text, doc->text)
                         : NULL,
                     "input '%s' of %s is not connected", declared->key[i]->text,
                     inner->from->path);
        }
}

static bool is_in_use(reader *r, const scope *s, const loaded *file, const tree *use)
{
    assert(file->real);
    text path = { 0 };
    bool found = false;
    for (const scope *up = s; up && !found; up = up->parent) {
        found = !strcmp(up->file->real, file->real);
        text way = { 0 };
        text_printf(&way, "%s%s%s", up->from->path, path.length ? " -> " : "",
                    path.data ? path.data : "");
        text_free(&path);
        path = way;
    }
    if (found)
        complain(r, use->at, "move the common part to a separate file",
                 "a file cannot use itself: %s -> %s", path.data, file->from.path);
    text_free(&path);
    return found;
}

/* A relative path counts from the file that holds it; where nothing is there, from the pipelines
 * that came with the program. */
static const char *used_path(reader *r, const scope *s, const char *path)
{
    const char *own = *path == '/' ? path : say(r, "%s%s", s->from->dir, path);
    const char *installed = r->options ? r->options->installed : NULL;
    if (*path == '/' || !installed || !access(own, F_OK)) return own;
    const char *there = say(r, "%s/%s", installed, path);
    return access(there, F_OK) ? own : there;
}

static void read_group(reader *r, scope *s, const tree *key, const tree *body)
{
    static const char *const known[] = { "use", "in", "vars", "doc" };
    const tree *use = tree_get(body, "use");
    keys_check(r, body, known, COUNT(known), "a node with `use:`");
    const char *path = want_text(r, use, "the file to use");
    const tree *given = want_map(r, tree_get(body, "in"), "in", "in: {volume: recon.volume}");
    const tree *vars = want_map(r, tree_get(body, "vars"), "vars", "vars: {dose: 3e5}");
    want_text(r, tree_get(body, "doc"), "the documentation");
    if (!path) return;
    if (s->depth + 1 >= MAX_USE_DEPTH || r->scope_count >= MAX_SCOPES) {
        bool deep = s->depth + 1 >= MAX_USE_DEPTH;
        complain(r, use->at, "flatten them",
                 deep ? "files that use files, more than %d levels deep" : "more than %d groups",
                 deep ? MAX_USE_DEPTH : MAX_SCOPES);
        return;
    }
    loaded *file = file_read(r, used_path(r, s, path), use->at);
    if (!file || is_in_use(r, s, file, use)) return;
    scope *inner = scope_read(r, file, say(r, "%s%s.", s->prefix, key->text), s, use->at, given);
    if (!inner) return;
    names_put(&s->group_of, key->text, inner->index);
    pass_variables(r, inner, s, vars);
    check_given(r, inner);
}

static void read_node(reader *r, scope *s, const tree *key, const tree *body)
{
    bool has_op = tree_get(body, "op") || tree_get(body, "use");
    if (!want_name(r, key, "a node", true)) return;
    if (!strcmp(key->text, "inputs"))
        complain(r, key->at, "rename the node", "'inputs' means the inputs of the file");
    else if (!has_op && is_among(node_keys, COUNT(node_keys), key->text))
        complain(r, key->at, "indent it, so that it belongs to the node above it",
                 "'%s' is at the level of the nodes", key->text);
    else if (body->kind != TREE_MAP)
        complain(r, body->at,
                 say(r, "as in %s: {op: family.name, in: {...}, params: {...}}", key->text),
                 "node '%s' is %s, expected a mapping", key->text,
                 tree_is_null(body) ? "empty" : tree_kind_text(body));
    else if (r->part_count >= MAX_PARTS)
        complain(r, key->at, "use axes to repeat nodes", "more than %d nodes", MAX_PARTS);
    else if (!tree_get(body, "use")) read_part(r, s, key, body);
    else read_group(r, s, key, body);
}

/* ---- a file ---------------------------------------------------------------------------------- */

/* Files of another version are not looked into: their errors would be guesses. */
static bool check_version(reader *r, const tree *root)
{
    const tree *t = tree_get(root, "atomloom");
    int64_t version = 0;
    if (!t) {
        complain(r, root->at, "begin the file with the line: atomloom: 1",
                 "the file does not state its version of the language");
        return true;
    }
    if (t->kind != TREE_SCALAR || !integer_read(t->text, &version)) {
        complain(r, t->at, "write atomloom: 1",
                 "the version of the language is not a whole number");
        return true;
    }
    if (version == 1) return true;
    complain(r, t->at,
             version > 1 ? "install a later atomloom, or write the file in version 1"
                         : "write atomloom: 1",
             "the file is in version %lld of the language; this atomloom reads version 1",
             (long long)version);
    return false;
}

/* A node that is not indented. */
static const char *root_key_hint(reader *r, const tree *root, const char *key, const tree *value)
{
    (void)r;
    (void)root;
    (void)key;
    return tree_get(value, "op") || tree_get(value, "use") ? "indent it, so that it is under nodes:"
                                                           : NULL;
}

static void read_input_types(reader *r, scope *s)
{
    static const char *const known[] = { "type", "doc" };
    for (int32_t i = 0; s->inputs && i < s->inputs->count; i++) {
        const tree *t = s->inputs->item[i];
        want_name(r, s->inputs->key[i], "an input", false);
        if (t->kind != TREE_MAP || !tree_get(t, "type")) {
            complain(r, s->inputs->key[i]->at,
                     say(r, "as in %s: {type: volume, doc: what it is}", s->inputs->key[i]->text),
                     "input '%s' has no type", s->inputs->key[i]->text);
            continue;
        }
        keys_check(r, t, known, COUNT(known), "an input");
        const char *type = want_text(r, tree_get(t, "type"), "the type");
        if (type) type_check(r, tree_get(t, "type")->at, type);
        want_text(r, tree_get(t, "doc"), "the documentation");
    }
}

scope *scope_read(reader *r, const loaded *file, const char *prefix, scope *parent, span use_at,
                  const tree *given)
{
    assert(file->root && prefix);
    static const char *const known[] = { "atomloom", "title", "description", "axes",  "vars",
                                         "inputs",   "nodes", "outputs",     "report" };
    const tree *root = file->root;
    if (!check_version(r, root)) return NULL;
    keys_check_hinted(r, root, known, COUNT(known), "a pipeline", root_key_hint);
    scope *s = arena_take(r->memory, sizeof *s);
    *s = (scope){ .prefix = prefix,
                  .file = file,
                  .from = &file->from,
                  .root = root,
                  .parent = parent,
                  .given = given,
                  .use_at = use_at,
                  .index = r->scope_count,
                  .depth = parent ? parent->depth + 1 : 0 };
    s->axis_of.memory = s->variable_of.memory = s->part_of.memory = s->group_of.memory = r->memory;
    r->scopes = arena_room(r->memory, r->scopes, r->scope_count, &r->scope_room, sizeof *r->scopes);
    r->scopes[r->scope_count++] = s;
    s->title = want_text(r, tree_get(root, "title"), "the title");
    s->description = want_text(r, tree_get(root, "description"), "the description");
    const tree *axes = want_map(r, tree_get(root, "axes"), "axes", "axes: {minutes: [0, 30, 60]}");
    for (int32_t i = 0; axes && i < axes->count; i++) axis_read(r, s, axes->key[i], axes->item[i]);
    const tree *vars = want_map(r, tree_get(root, "vars"), "vars", "vars: {dose: 3e5}");
    for (int32_t i = 0; vars && i < vars->count; i++)
        variable_read(r, s, vars->key[i], vars->item[i]);
    s->inputs = want_map(r, tree_get(root, "inputs"), "inputs",
                         "inputs: {volume: {type: volume, doc: what it is}}");
    read_input_types(r, s);
    if (s->inputs && !parent)
        complain(r, key_at(root, "inputs"),
                 "use it in another pipeline with use:, which connects the inputs",
                 "a file with inputs cannot run by itself");
    const tree *nodes =
        want_map(r, tree_get(root, "nodes"), "nodes", "nodes: {recon: {op: family.name}}");
    if ((!nodes || !nodes->count) && !is_wrong_map(tree_get(root, "nodes")))
        complain(r, tree_get(root, "nodes") ? key_at(root, "nodes") : root->at,
                 "as in nodes: {recon: {op: family.name}}", "the pipeline has no nodes");
    names_reserve(&s->part_of, nodes ? (uint32_t)nodes->count : 0);
    for (int32_t i = 0; nodes && i < nodes->count; i++)
        read_node(r, s, nodes->key[i], nodes->item[i]);
    return s;
}
