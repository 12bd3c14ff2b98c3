/* run/bundle.c - see bundle.h: writing. */
#include "run/bundle.h"
#include "base/json.h"
#include "plugin/script.h"
#include "run/sealed.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The working directory of the other process may be another one. */
static void path_json(const char *path, const char *directory, text *out)
{
    text whole = { 0 };
    if (*path && *path != '/') text_printf(&whole, "%s/", directory);
    text_puts(&whole, path);
    if (whole.failed) out->failed = true;
    json_quoted(out, whole.data ? whole.data : "");
    text_free(&whole);
}

static void item_json(const loom_param *row, const param_value *v, int64_t i, const char *directory,
                      text *out)
{
    char number[32];
    assert(i >= 0 && i < v->count);
    if (row->kind == LOOM_PATHS) path_json(v->strings[i], directory, out);
    else if (row->kind == LOOM_STRINGS) json_quoted(out, v->strings[i]);
    else if (row->kind == LOOM_INTS) text_printf(out, "\"%lld\"", (long long)v->integers[i]);
    else text_printf(out, "\"%s\"", number_text(v->reals[i], number));
}

static void value_json(const loom_param *row, const param_value *v, const char *directory,
                       text *out)
{
    char number[32];
    assert(v->given);
    switch (row->kind) {
    case LOOM_REAL: text_printf(out, "\"%s\"", number_text(v->real, number)); return;
    case LOOM_INT: text_printf(out, "\"%lld\"", (long long)v->integer); return;
    case LOOM_BOOL: text_puts(out, v->integer ? "\"true\"" : "\"false\""); return;
    case LOOM_CHOICE: json_quoted(out, row->choices[v->integer]); return;
    case LOOM_STRING: json_quoted(out, v->text ? v->text : ""); return;
    case LOOM_PATH: path_json(v->text ? v->text : "", directory, out); return;
    default: break;
    }
    if (row->kind == LOOM_NUMBERS && v->text) {
        path_json(v->text, directory, out);
        return;
    }
    text_putc(out, '[');
    for (int64_t i = 0; i < v->count; i++) {
        if (i) text_puts(out, ", ");
        item_json(row, v, i, directory, out);
    }
    text_putc(out, ']');
}

static void parameters_json(const param_set *set, const char *directory, text *out)
{
    char hex[65];
    text_putc(out, '{');
    for (int k = 0; k < set->count; k++) {
        const loom_param *row = &set->op->params[k];
        const param_value *v = &set->value[k];
        if (!v->given) continue;
        json_name(out, row->name);
        text_putc(out, '{');
        json_name(out, "value");
        value_json(row, v, directory, out);
        if (v->hashed) {
            json_name(out, "sha256");
            text_putc(out, '[');
            for (int64_t i = 0; i < param_files(row, v); i++)
                text_printf(out, "%s\"%s\"", i ? ", " : "",
                            digest_text(param_file_content(row, v, i), hex));
            text_putc(out, ']');
        }
        text_putc(out, '}');
    }
    text_putc(out, '}');
}

static void inputs_json(const loom_op *op, const executor_order *order, text *out)
{
    char hex[65];
    assert(order->task.input_count >= 0);
    text_putc(out, '[');
    for (int32_t i = 0; i < order->task.input_count; i++) {
        text_puts(out, i ? ", [" : "[");
        json_quoted(out, op->inputs[order->inputs[i].port].name);
        text_printf(out, ", \"%s\"]", digest_text(&order->inputs[i].value, hex));
    }
    text_putc(out, ']');
}

static void digest_member(text *out, const char *name, const digest *d)
{
    char hex[65];
    json_name(out, name);
    text_printf(out, "\"%s\"", digest_text(d, hex));
}

/* What the program of an op depends on besides its files. */
static bool describe_program(const script *s, text *out, error *e)
{
    digest identity;
    if (!s || !s->identify) return true;
    if (!script_identify(s, &identity, e)) return false;
    digest_member(out, "identify_sha256", &identity);
    return true;
}

bool bundle_describe(const graph *g, const executor_order *order, text *out, error *e)
{
    const graph_instance *instance = &g->instances[order->task.instance];
    const op_entry *entry = g->nodes[instance->node].op;
    char directory[PATH_MAX];
    text canonical = { 0 };
    if (!getcwd(directory, sizeof directory))
        return error_set(e, LOOM_E_IO, "run from a directory that is there",
                         "the working directory cannot be read: %s", strerror(errno));
    params_canonical(instance->params, &canonical);
    if (canonical.failed) return error_memory(e, "an action");
    digest meaning = sha256_of(canonical.length ? canonical.data : "", canonical.length);
    text_free(&canonical);
    text_putc(out, '{');
    digest_member(out, "key", order->key);
    json_member(out, "instance", instance->name);
    json_member(out, "op", entry->op->id);
    json_name(out, "plugin");
    path_json(entry->file->path, directory, out);
    digest_member(out, "plugin_sha256", &entry->file->content);
    if (!describe_program(entry->file->script, out, e)) return false;
    json_name(out, "parameters");
    parameters_json(instance->params, directory, out);
    digest_member(out, "canonical", &meaning);
    json_name(out, "inputs");
    inputs_json(entry->op, order, out);
    json_member_number(out, "threads", order->task.threads);
    json_name(out, "limit_bytes");
    text_printf(out, "%llu", (unsigned long long)order->task.limit_bytes);
    json_member_number(out, "limit_s", order->limit_s);
    text_putc(out, '}');
    return !out->failed || error_memory(e, "an action");
}

bool bundle_write(const text *const *described, int count, uint64_t limit_bytes, text *out,
                  error *e)
{
    assert(count > 0 && count <= BUNDLE_MAX_ACTIONS);
    text_printf(out, "{\"atomloom_bundle\": 1, \"limit_bytes\": %llu, \"actions\": [",
                (unsigned long long)limit_bytes);
    for (int i = 0; i < count; i++) {
        text_puts(out, i ? ",\n" : "\n");
        text_add(out, described[i]->data, described[i]->length);
    }
    text_puts(out, "]}");
    sealed_close(out);
    return !out->failed || error_memory(e, "a bundle");
}
