/* run/provenance.c - see provenance.h */
#include "run/provenance.h"
#include "base/json.h"
#include "plugin/script.h"
#include <assert.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void hex_member(text *out, const char *name, const digest *d)
{
    char hex[65];
    json_member(out, name, digest_text(d, hex));
}

static void parameter_value(const loom_param *row, const param_value *v, text *out)
{
    switch (row->kind) {
    case LOOM_BOOL: text_puts(out, v->integer ? "true" : "false"); break;
    case LOOM_REAL: json_number(out, v->real); break;
    case LOOM_INT: text_printf(out, "%lld", (long long)v->integer); break;
    case LOOM_CHOICE: json_quoted(out, row->choices[v->integer]); break;
    case LOOM_STRING:
    case LOOM_PATH: json_quoted(out, v->text ? v->text : ""); break;
    case LOOM_NUMBERS:
        if (v->text) {
            json_quoted(out, v->text);
            break;
        }
        /* fall through */
    default:
        text_putc(out, '[');
        for (int64_t i = 0; i < v->count; i++) {
            if (i) text_puts(out, ", ");
            if (v->reals) json_number(out, v->reals[i]);
            else if (v->integers) text_printf(out, "%lld", (long long)v->integers[i]);
            else json_quoted(out, v->strings[i]);
        }
        text_putc(out, ']');
    }
}

/* Of each file, in order, blanks between them. */
static void digests(const loom_param *row, const param_value *v, text *out)
{
    char hex[65];
    json_name(out, "sha256");
    text_putc(out, '"');
    for (int64_t i = 0; i < param_files(row, v); i++)
        text_printf(out, "%s%s", i ? " " : "", digest_text(param_file_content(row, v, i), hex));
    text_putc(out, '"');
}

static void parameters(const param_set *set, text *out)
{
    text_putc(out, '{');
    for (int i = 0; i < set->count; i++) {
        const loom_param *row = &set->op->params[i];
        json_name(out, row->name);
        text_putc(out, '{');
        json_name(out, "value");
        parameter_value(row, &set->value[i], out);
        if (row->unit) json_member(out, "unit", row->unit);
        if (set->value[i].hashed) digests(row, &set->value[i], out);
        if (row->flags & LOOM_NO_EFFECT) {
            json_name(out, "no_effect");
            text_puts(out, "true");
        }
        text_putc(out, '}');
    }
    text_putc(out, '}');
}

static void inputs(const plan *p, int32_t i, text *out)
{
    const graph *g = p->graph;
    const char *comma = "";
    text_putc(out, '[');
    for (int32_t k = 0; k < g->instances[i].input_count; k++) {
        const graph_input *input = &g->instances[i].input[k];
        for (int32_t j = 0; j < input->count; j++) {
            graph_edge from = input->from[j];
            const plan_step *step = &p->step[from.instance];
            text_printf(out, "%s{", comma);
            json_member(out, "port", input->port->name);
            if (step->output && step->output[from.output].made)
                hex_member(out, "sha256", &step->output[from.output].value);
            json_member(out, "from", g->instances[from.instance].name);
            json_member(
                out, "output",
                g->nodes[g->instances[from.instance].node].op->op->outputs[from.output].name);
            if (step->has_key) hex_member(out, "action", &step->key);
            text_putc(out, '}');
            comma = ", ";
        }
    }
    text_putc(out, ']');
}

static void outputs(const plan *p, int32_t i, text *out)
{
    assert(i >= 0 && i < p->graph->instance_count);
    const plan_step *step = &p->step[i];
    const char *comma = "";
    text_putc(out, '[');
    for (int k = 0; step->output && k < p->first_output[i + 1] - p->first_output[i]; k++) {
        if (!step->output[k].made) continue;
        text_printf(out, "%s{", comma);
        json_member(out, "port", step->output[k].port);
        hex_member(out, "sha256", &step->output[k].value);
        text_putc(out, '}');
        comma = ", ";
    }
    text_putc(out, ']');
}

static void circumstances(const plan *p, int32_t i, const execution *how, text *out)
{
    assert(how);
    char host[256] = "", when[32] = "";
    time_t started = (time_t)how->started;
    struct tm utc;
    if (!how->host) gethostname(host, sizeof host - 1);
    if (gmtime_r(&started, &utc)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_name(out, "outputs");
    outputs(p, i, out);
    json_member(out, "instance", p->graph->instances[i].name);
    json_member(out, "pipeline", p->graph->path);
    json_member(out, "host", how->host ? how->host : host);
    json_member(out, "started", when);
    json_member_number(out, "wall_s", how->wall_s);
    json_member_number(out, "cpu_s", how->cpu_s);
    json_member_number(out, "peak_bytes", (double)how->peak_bytes);
    json_member_number(out, "threads", how->threads);
}

void provenance_write(const plan *p, int32_t i, const execution *how, text *out)
{
    assert(i >= 0 && i < p->graph->instance_count);
    const op_entry *entry = p->graph->nodes[p->graph->instances[i].node].op;
    text_putc(out, '{');
    json_member(out, "atomloom", ATOMLOOM_VERSION);
    json_member(out, "op", entry->op->id);
    json_member_number(out, "revision", entry->op->revision);
    json_name(out, "plugin");
    text_putc(out, '{');
    json_member(out, "name", entry->file->name);
    json_member(out, "version", entry->file->version);
    json_member(out, "licence", entry->file->licence);
    json_member(out, "file", entry->file->path);
    hex_member(out, "sha256", &entry->file->content);
    const script *s = entry->file->script;
    if (s && s->identity->known) hex_member(out, "identify_sha256", &s->identity->of);
    text_putc(out, '}');
    json_name(out, "parameters");
    parameters(p->graph->instances[i].params, out);
    json_name(out, "inputs");
    inputs(p, i, out);
    if (how) circumstances(p, i, how, out);
    text_putc(out, '}');
}
