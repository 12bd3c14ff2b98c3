/* run/bundle_read.c - see bundle.h: reading. */
#include "run/bundle.h"
#include "plugin/script.h"
#include "run/sealed.h"
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(error *e, const char *what)
{
    return error_set(e, LOOM_E_IO, "run again", "a bundle of actions cannot be read: %s", what);
}

static bool read_digest(json_t *object, const char *name, digest *out)
{
    const char *hex = json_string_value(json_object_get(object, name));
    return hex && digest_read(hex, out);
}

/* The list of actions; *root is the caller's to free. */
static json_t *open_text(const char *bytes, size_t n, json_t **root)
{
    size_t length = sealed_length(bytes, n);
    *root = length ? json_loadb(bytes, length, 0, NULL) : NULL;
    json_t *format = json_object_get(*root, "atomloom_bundle"),
           *list = json_object_get(*root, "actions");
    size_t count = json_array_size(list);
    return json_is_integer(format) && json_integer_value(format) == 1 && count
                   && count <= BUNDLE_MAX_ACTIONS
               ? list
               : NULL;
}

digest *bundle_keys(const char *bytes, size_t n, int *count)
{
    json_t *root, *list = open_text(bytes, n, &root);
    digest *keys = list ? calloc(json_array_size(list), sizeof *keys) : NULL;
    bool good = keys != NULL;
    for (size_t i = 0; good && i < json_array_size(list); i++)
        good = read_digest(json_array_get(list, i), "key", &keys[i]);
    *count = good ? (int)json_array_size(list) : 0;
    json_decref(root);
    if (good) return keys;
    free(keys);
    return NULL;
}

/* ---- ops ------------------------------------------------------------------------------------- */

/* The directories of the plugins, each once. */
static registry *open_ops(json_t *list, const char *cache_dir, error *e)
{
    size_t n = json_array_size(list), kept = 0;
    char **directory = calloc(n + 1, sizeof *directory);
    registry *r = NULL;
    for (size_t i = 0; directory && i < n; i++) {
        const char *path = json_string_value(json_object_get(json_array_get(list, i), "plugin")),
                   *slash = path ? strrchr(path, '/') : NULL;
        size_t length = slash ? (size_t)(slash - path) : 0, k = 0;
        while (k < kept
               && (strlen(directory[k]) != length || strncmp(directory[k], path, length) != 0))
            k++;
        if (slash && length && k == kept && (directory[kept] = strndup(path, length))) kept++;
    }
    if (!directory) error_memory(e, "the directories of plugins");
    else r = registry_open((const char *const *)directory, cache_dir, e);
    for (size_t k = 0; k < kept; k++) free(directory[k]);
    free(directory);
    return r;
}

/* An interpreter or library of another version would give other results under the same key. */
static bool same_program(const script *s, json_t *action, error *e)
{
    digest there, here;
    if (!s || !s->identify) return true;
    if (!read_digest(action, "identify_sha256", &there))
        return refuse(e, "the program of an op is not identified");
    if (!script_identify(s, &here, e)) return false;
    return digest_equal(&there, &here)
           || error_set(e, LOOM_E_IO, "install the same versions on all machines",
                        "the program of %s (%s) is of another version here than where the run was "
                        "planned",
                        s->op.id, s->run[0]);
}

static const op_entry *find_op(const registry *ops, json_t *action, error *e)
{
    const char *id = json_string_value(json_object_get(action, "op")),
               *path = json_string_value(json_object_get(action, "plugin"));
    digest content;
    if (!id || !path || !read_digest(action, "plugin_sha256", &content)) {
        refuse(e, "an op is not named");
        return NULL;
    }
    const op_entry *found = registry_find(ops, id);
    if (found && found->file && digest_equal(&found->file->content, &content))
        return same_program(found->file->script, action, e) ? found : NULL;
    if (found)
        error_set(e, LOOM_E_IO, "run again; all machines must see the same plugins",
                  "the plugin of %s here, %s, is not the one that the run was planned with, %s", id,
                  found->file ? found->file->path : "", path);
    else
        error_set(e, LOOM_E_IO, "all machines must see the plugins under the same path",
                  "no op '%s' on this machine; it was in %s", id, path);
    return NULL;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static bool assign(param_set *set, int row, json_t *value, error *e)
{
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    const char **items = calloc(n + 1, sizeof *items);
    bool good = items || error_memory(e, "parameters");
    for (size_t i = 0; good && i < n; i++) {
        items[i] = json_string_value(json_is_array(value) ? json_array_get(value, i) : value);
        good = items[i] || refuse(e, "a parameter is no text");
    }
    good = good && params_assign(set, row, items, (int64_t)n, json_is_array(value), e);
    free(items);
    return good;
}

/* The digests of its files, as the key has them. */
static bool give_digests(const loom_param *row, param_value *v, json_t *list, error *e)
{
    int64_t n = param_files(row, v);
    if (!list) return true;
    if (!n || json_array_size(list) != (size_t)n) return refuse(e, "a parameter lacks a digest");
    if (row->kind == LOOM_PATHS && !(v->contents = calloc((size_t)n, sizeof *v->contents)))
        return error_memory(e, "the digests of files");
    for (int64_t i = 0; i < n; i++) {
        const char *hex = json_string_value(json_array_get(list, (size_t)i));
        if (!hex || !digest_read(hex, row->kind == LOOM_PATHS ? &v->contents[i] : &v->content))
            return refuse(e, "the digest of a file is none");
    }
    return v->hashed = true;
}

static bool means_the_same(const param_set *set, json_t *action, error *e)
{
    text canonical = { 0 };
    digest wanted;
    params_canonical(set, &canonical);
    digest is = sha256_of(canonical.length ? canonical.data : "", canonical.length);
    bool good = !canonical.failed && read_digest(action, "canonical", &wanted)
                && digest_equal(&is, &wanted);
    text_free(&canonical);
    return good
           || error_set(e, LOOM_E_IO, "run again: a file of a parameter changed, most likely",
                        "the parameters read on this machine are not those of the plan");
}

static param_set *read_parameters(const loom_op *op, json_t *action, error *e)
{
    param_set *set = params_new(op, e);
    json_t *all = json_object_get(action, "parameters"), *one;
    const char *name;
    bool good = set && (json_is_object(all) || refuse(e, "there are no parameters"));
    json_object_foreach(all, name, one)
    {
        int row = good ? params_find(op, name, NULL) : -1;
        good =
            good && (row >= 0 || refuse(e, "a parameter is unknown"))
            && assign(set, row, json_object_get(one, "value"), e)
            && give_digests(&op->params[row], &set->value[row], json_object_get(one, "sha256"), e);
    }
    if (good && means_the_same(set, action, e)) return set;
    params_free(set);
    return NULL;
}

/* ---- actions --------------------------------------------------------------------------------- */

static bool read_inputs(const loom_op *op, json_t *list, bundle_action *out, error *e)
{
    size_t n = json_array_size(list);
    out->inputs = calloc(n + 1, sizeof *out->inputs);
    if (!json_is_array(list)) return refuse(e, "there are no inputs");
    if (!out->inputs) return error_memory(e, "inputs");
    for (size_t i = 0; i < n; i++) {
        json_t *pair = json_array_get(list, i);
        const char *port = json_string_value(json_array_get(pair, 0)),
                   *hex = json_string_value(json_array_get(pair, 1));
        int32_t k = 0;
        if (!port || !hex || !digest_read(hex, &out->inputs[i].value))
            return refuse(e, "an input is no digest");
        while (op->inputs[k].name && strcmp(op->inputs[k].name, port) != 0) k++;
        if (!op->inputs[k].name) return refuse(e, "an input has no port");
        out->inputs[i].port = k;
    }
    out->task.input_count = (int32_t)n;
    return true;
}

static bool read_numbers(json_t *action, uint64_t usual, bundle_action *out, error *e)
{
    json_int_t bytes, threads;
    if (json_unpack(action, "{s:I, s:I, s:F}", "threads", &threads, "limit_bytes", &bytes,
                    "limit_s", &out->limit_s)
        || threads < 1 || threads > 4096 || bytes < 0 || !(out->limit_s >= 0))
        return refuse(e, "a number is missing or out of range");
    out->task.threads = (int32_t)threads;
    out->task.limit_bytes = bytes ? (uint64_t)bytes : usual;
    return true;
}

static bool read_action(bundle *b, int i, json_t *action, uint64_t usual, error *e)
{
    assert(i >= 0 && i < b->count);
    bundle_action *out = &b->action[i];
    graph_instance *instance = &b->graph.instances[i];
    const char *name = json_string_value(json_object_get(action, "instance"));
    if (!read_digest(action, "key", &out->key) || !name) return refuse(e, "an action has no key");
    const op_entry *entry = find_op(b->ops, action, e);
    if (!entry || !(instance->params = read_parameters(entry->op, action, e))) return false;
    char *copy = strdup(name);
    if (!copy) return error_memory(e, "an action");
    instance->name = copy;
    instance->node = out->task.instance = i;
    b->graph.nodes[i] = (graph_node){ .name = copy, .op = entry, .first = i, .count = 1 };
    return read_inputs(entry->op, json_object_get(action, "inputs"), out, e)
           && read_numbers(action, usual, out, e);
}

static bool make_room(bundle *b, size_t n, error *e)
{
    assert(n > 0 && n <= BUNDLE_MAX_ACTIONS);
    b->action = calloc(n, sizeof *b->action);
    b->graph.nodes = calloc(n, sizeof *b->graph.nodes);
    b->graph.instances = calloc(n, sizeof *b->graph.instances);
    if (!b->action || !b->graph.nodes || !b->graph.instances) return error_memory(e, "a bundle");
    b->count = b->graph.node_count = b->graph.instance_count = (int)n;
    b->graph.path = b->graph.title = "";
    return true;
}

bool bundle_read(const char *bytes, size_t n, const char *cache_dir, bundle *out, error *e)
{
    json_t *root, *list = open_text(bytes, n, &root);
    json_int_t usual = 0;
    *out = (bundle){ 0 };
    bool good = (list && !json_unpack(root, "{s:I}", "limit_bytes", &usual) && usual >= 0)
                || refuse(e, "it is damaged, or of another version");
    good = good && make_room(out, json_array_size(list), e)
           && (out->ops = open_ops(list, cache_dir, e));
    for (int i = 0; good && i < out->count; i++)
        good = read_action(out, i, json_array_get(list, (size_t)i), (uint64_t)usual, e);
    json_decref(root);
    return good;
}

void bundle_free(bundle *b)
{
    for (int i = 0; i < b->count; i++) {
        params_free(b->graph.instances[i].params);
        free((char *)(uintptr_t)b->graph.instances[i].name);
        free(b->action[i].inputs);
    }
    free(b->action);
    free(b->graph.nodes);
    free(b->graph.instances);
    if (b->ops) registry_close(b->ops);
    *b = (bundle){ 0 };
}
