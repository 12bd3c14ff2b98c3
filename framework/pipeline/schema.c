/* pipeline/schema.c - see schema.h. Everything that does not depend on the ops is one text below,
 * between the ops' names and their tables. */
#include "pipeline/schema.h"
#include "base/json.h"
#include "base/unit.h"
#include "plugin/params.h"
#include <assert.h>
#include <string.h>

static const char head[] =
    "{\n"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "  \"title\": \"atomloom pipeline\",\n"
    "  \"type\": \"object\",\n"
    "  \"required\": [\"atomloom\", \"nodes\"],\n"
    "  \"additionalProperties\": false,\n"
    "  \"properties\": {\n"
    "    \"atomloom\": {\"const\": 1, \"description\": \"version of the pipeline language\"},\n"
    "    \"title\": {\"type\": \"string\", \"description\": \"one line, shown in lists and "
    "reports\"},\n"
    "    \"description\": {\"type\": \"string\", \"description\": \"what the pipeline is for\"},\n"
    "    \"axes\": {\"description\": \"lists of values over which nodes repeat\", \"type\": "
    "[\"object\", \"null\"],\n"
    "      \"propertyNames\": {\"$ref\": \"#/$defs/word\"}, \"additionalProperties\": {\"$ref\": "
    "\"#/$defs/axis\"}},\n"
    "    \"vars\": {\"description\": \"values to use as ${name}, changed with --var name=value\", "
    "\"type\": [\"object\", \"null\"],\n"
    "      \"propertyNames\": {\"$ref\": \"#/$defs/word\"}, \"additionalProperties\": {\"$ref\": "
    "\"#/$defs/variable\"}},\n"
    "    \"inputs\": {\"description\": \"what the file needs from the pipeline that uses it with "
    "use:\", \"type\": [\"object\", \"null\"],\n"
    "      \"propertyNames\": {\"$ref\": \"#/$defs/word\"}, \"additionalProperties\": {\"type\": "
    "\"object\", \"required\": [\"type\"], \"additionalProperties\": false,\n"
    "        \"properties\": {\"type\": {\"type\": \"string\"}, \"doc\": {\"type\": "
    "\"string\"}}}},\n"
    "    \"nodes\": {\"description\": \"ops with their parameters and inputs\", \"type\": "
    "\"object\", \"minProperties\": 1,\n"
    "      \"propertyNames\": {\"pattern\": \"^[A-Za-z][A-Za-z0-9_-]*$\", \"not\": {\"const\": "
    "\"inputs\"}}, \"additionalProperties\": {\"$ref\": \"#/$defs/node\"}},\n"
    "    \"outputs\": {\"description\": \"names for results, as in volume: recon.volume\", "
    "\"type\": [\"object\", \"null\"],\n"
    "      \"propertyNames\": {\"pattern\": \"^[^./\\\\[\\\\]= ,][^/\\\\[\\\\]= ,]*$\"}, "
    "\"additionalProperties\": {\"$ref\": \"#/$defs/reference\"}},\n"
    "    \"report\": {\"description\": \"panels of the report, in order\", \"type\": [\"array\", "
    "\"null\"], \"items\": {\"anyOf\": [{\"$ref\": \"#/$defs/reference\"},\n"
    "      {\"type\": \"object\", \"required\": [\"panels\"], \"additionalProperties\": false, "
    "\"properties\": {\"title\": {\"type\": [\"string\", \"number\"]},\n"
    "        \"panels\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/reference\"}}}}]}}\n"
    "  },\n";
static const char definitions[] =
    "  \"$defs\": {\n"
    "    \"word\": {\"pattern\": \"^[A-Za-z][A-Za-z0-9_]*$\"},\n"
    "    \"scalar\": {\"type\": [\"string\", \"number\", \"boolean\"]},\n"
    "    \"value\": {\"anyOf\": [{\"$ref\": \"#/$defs/scalar\"}, {\"type\": \"array\", \"items\": "
    "{\"$ref\": \"#/$defs/scalar\"}}]},\n"
    "    \"expression\": {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"},\n"
    "    \"reference\": {\"type\": \"string\", \"pattern\": "
    "\"^[A-Za-z][A-Za-z0-9_-]*\\\\.[^.\\\\[\\\\]]+(\\\\[[^\\\\[\\\\]]+\\\\])?$\", \"description\": "
    "\"node.port, node.port[30], node.port[minutes-1], node.port[*]\"},\n"
    "    \"references\": {\"anyOf\": [{\"$ref\": \"#/$defs/reference\"}, {\"type\": \"array\", "
    "\"items\": {\"$ref\": \"#/$defs/reference\"}}]},\n"
    "    \"axis\": {\"anyOf\": [{\"$ref\": \"#/$defs/points\"}, {\"type\": \"object\", "
    "\"required\": [\"values\"], \"additionalProperties\": false,\n"
    "      \"properties\": {\"values\": {\"$ref\": \"#/$defs/points\"}, \"unit\": {\"type\": "
    "\"string\"}, \"doc\": {\"type\": \"string\"}}}]},\n"
    "    \"points\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"$ref\": "
    "\"#/$defs/scalar\"}},\n"
    "    \"variable\": {\"anyOf\": [{\"$ref\": \"#/$defs/value\"}, {\"type\": \"null\"}, "
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\n"
    "      \"default\": {\"anyOf\": [{\"$ref\": \"#/$defs/value\"}, {\"type\": \"null\"}]}, "
    "\"unit\": {\"type\": \"string\"}, \"doc\": {\"type\": \"string\"},\n"
    "      \"choices\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/scalar\"}}, \"min\": "
    "{\"type\": \"number\"}, \"max\": {\"type\": \"number\"}, \"along\": {\"type\": \"string\"},\n"
    "      \"values\": {\"type\": \"object\", \"additionalProperties\": {\"$ref\": "
    "\"#/$defs/value\"}}}}]},\n"
    "    \"resources\": {\"type\": [\"object\", \"null\"], \"additionalProperties\": false, "
    "\"properties\": {\n"
    "      \"threads\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 4096, "
    "\"description\": \"cores the node may use\"},\n"
    "      \"memory\": {\"type\": \"string\", \"pattern\": \"^[0-9.]+ *(B|[KMGT]iB|[kMGT]B)$\", "
    "\"description\": \"limit, as in 4 GiB: the node fails when it needs more\"},\n"
    "      \"time\": {\"type\": \"string\", \"pattern\": \"^[0-9.]+ *(s|min|h|d)$\", "
    "\"description\": \"limit, as in 10 min: the node fails when it takes longer\"}}},\n"
    "    \"node\": {\"type\": \"object\", \"if\": {\"required\": [\"use\"]}, \"then\": {\"$ref\": "
    "\"#/$defs/group\"}, \"else\": {\"$ref\": \"#/$defs/opNode\"}},\n"
    "    \"group\": {\"additionalProperties\": false, \"properties\": {\n"
    "      \"use\": {\"type\": \"string\", \"description\": \"another pipeline file, relative to "
    "this one\"},\n"
    "      \"in\": {\"type\": [\"object\", \"null\"], \"additionalProperties\": {\"$ref\": "
    "\"#/$defs/references\"}},\n"
    "      \"vars\": {\"type\": [\"object\", \"null\"], \"additionalProperties\": {\"$ref\": "
    "\"#/$defs/value\"}}, \"doc\": {\"type\": \"string\"}}},\n"
    "    \"opNode\": {\"required\": [\"op\"], \"additionalProperties\": false, \"properties\": {\n"
    "      \"in\": {\"type\": [\"object\", \"null\"], \"description\": \"port: node.port\"}, "
    "\"params\": {\"type\": [\"object\", \"null\"]},\n"
    "      \"over\": {\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"null\"}, {\"type\": "
    "\"array\", \"items\": {\"type\": \"string\"}}], \"description\": \"axes to repeat over, in "
    "addition to those of the inputs\"},\n"
    "      \"resources\": {\"$ref\": \"#/$defs/resources\"}, \"doc\": {\"type\": \"string\"},\n"
    "      \"keep\": {\"type\": \"boolean\", \"description\": \"false: what it gives leaves the "
    "store "
    "once nothing needs it any more\"},\n"
    "      \"op\": {\"anyOf\": [{\"$ref\": \"#/$defs/expression\"}, {";

/* ---- one parameter --------------------------------------------------------------------------- */

static void number_type(const loom_param *row, text *out)
{
    assert(row->kind == LOOM_INT || row->kind == LOOM_INTS || row->kind == LOOM_REAL
           || row->kind == LOOM_REALS || row->kind == LOOM_NUMBERS);
    json_member(out, "type",
                row->kind == LOOM_INT || row->kind == LOOM_INTS ? "integer" : "number");
    if (row->min == row->max) return;
    json_member_number(out, "minimum", row->min);
    json_member_number(out, "maximum", row->max);
}

/* The members of a schema for one scalar of the row's kind, without braces. */
static void scalar_type(const loom_param *row, text *out)
{
    switch (row->kind) {
    case LOOM_REAL:
    case LOOM_INT:
    case LOOM_REALS:
    case LOOM_INTS: number_type(row, out); break;
    case LOOM_BOOL: json_member(out, "type", "boolean"); break;
    case LOOM_CHOICE:
        json_name(out, "enum");
        for (int i = 0; row->choices[i]; i++) {
            text_puts(out, i ? ", " : "[");
            json_quoted(out, row->choices[i]);
        }
        text_puts(out, "]");
        break;
    default: json_name(out, "type"); text_puts(out, "[\"string\", \"number\", \"boolean\"]");
    }
}

static void expression(text *out) { text_puts(out, "{\"$ref\": \"#/$defs/expression\"}"); }

/* The default of a scalar as JSON. */
static void default_value(const loom_param *row, text *out)
{
    assert(row->name);
    if (row->flags & LOOM_REQUIRED) return;
    json_name(out, "default");
    switch (row->kind) {
    case LOOM_REAL:
    case LOOM_INT: json_number(out, row->def); break;
    case LOOM_BOOL: text_puts(out, row->def != 0 ? "true" : "false"); break;
    case LOOM_CHOICE: json_quoted(out, row->choices[(int)row->def]); break;
    default: json_quoted(out, row->text ? row->text : ""); break;
    }
}

static void described(const char *doc, const char *bracket, text *out)
{
    assert(doc);
    text line = { 0 };
    text_printf(&line, bracket && *bracket ? "%s [%s]" : "%s", doc, bracket);
    json_member(out, "description", line.data);
    out->failed |= line.failed;
    text_free(&line);
}

/* Numbers may bring a unit of their own: "0.35 nm". */
static void with_unit(const loom_param *row, text *out)
{
    bool real = row->kind == LOOM_REAL || row->kind == LOOM_REALS;
    if (real && unit_choices(row->unit))
        text_puts(out, "{\"type\": \"string\", \"pattern\": \"^[-+.0-9]\"}, ");
}

/* The lengths that a list may have (LOOM_LENGTH). */
static void lengths(const loom_param *row, text *out)
{
    int least = -1, most = -1, gaps = 0;
    for (int n = 0; n <= PARAM_MAX_LENGTH && (row->flags & PARAM_LENGTHS); n++) {
        if (!(row->flags & LOOM_LENGTH((uint32_t)n))) continue;
        most = n;
        if (least < 0) least = n;
    }
    if (least < 0) return;
    json_member_number(out, "minItems", least);
    json_member_number(out, "maxItems", most);
    for (int n = least; n <= most; n++) {
        if (param_length_fits(row, n)) continue;
        text_printf(out, "%s{\"not\": {\"minItems\": %d, \"maxItems\": %d}}",
                    gaps++ ? ", " : ", \"allOf\": [", n, n);
    }
    if (gaps) text_puts(out, "]");
}

static void param(const loom_param *row, text *out)
{
    bool list = is_list_kind(row->kind) || row->kind == LOOM_NUMBERS;
    json_quoted(out, row->name);
    text_puts(out, ": {");
    described(row->doc, row->unit, out);
    if (!list) default_value(row, out);
    json_name(out, "anyOf");
    text_puts(out, "[");
    if (!list || param_length_fits(row, 1)) { /* one value stands for a list of one */
        text_puts(out, "{");
        scalar_type(row, out);
        text_puts(out, "}, ");
        with_unit(row, out);
    }
    expression(out);
    if (list) {
        text_puts(out, ", {\"type\": \"array\", \"items\": {\"anyOf\": [{");
        scalar_type(row, out);
        text_puts(out, "}, ");
        with_unit(row, out);
        expression(out);
        text_puts(out, "]}");
        lengths(row, out);
        text_puts(out, "}");
    }
    text_puts(out, "]}");
}

/* ---- one op ---------------------------------------------------------------------------------- */

static void params(const loom_op *op, text *out)
{
    int n = params_rows(op), required = 0;
    text_puts(out, "\"params\": {\"additionalProperties\": false, \"properties\": {");
    for (int i = 0, shown = 0; i < n; i++) {
        text_puts(out, shown++ ? ",\n        " : "\n        ");
        param(&op->params[i], out);
        for (const char *const *old = op->params[i].renamed_from; old && *old; old++) {
            text_puts(out, ",\n        ");
            json_quoted(out, *old);
            text_puts(out, ": {\"deprecated\": true");
            json_member(out, "description", op->params[i].name);
            text_puts(out, "}");
        }
    }
    text_puts(out, "}");
    for (int i = 0; i < n; i++) {
        if (!(op->params[i].flags & LOOM_REQUIRED)) continue;
        text_puts(out, required++ ? ", " : ", \"required\": [");
        json_quoted(out, op->params[i].name);
    }
    text_puts(out, required ? "]}" : "}");
}

static void inputs(const loom_op *op, text *out)
{
    int n = 0, required = 0;
    text_puts(out, "\"in\": {\"additionalProperties\": false, \"properties\": {");
    for (const loom_port *p = op->inputs; p && p->name; p++, n++) {
        text_puts(out, n ? ",\n        " : "\n        ");
        json_quoted(out, p->name);
        text_puts(out, ": {");
        described(p->doc, p->type, out);
        json_member(out, "$ref", p->flags & LOOM_LIST ? "#/$defs/references" : "#/$defs/reference");
        text_puts(out, "}");
    }
    text_puts(out, "}");
    for (const loom_port *p = op->inputs; p && p->name; p++) {
        if (p->flags & LOOM_OPTIONAL) continue;
        text_puts(out, required++ ? ", " : ", \"required\": [");
        json_quoted(out, p->name);
    }
    text_puts(out, required ? "]}" : "}");
}

static bool has_required_param(const loom_op *op)
{
    for (int i = 0; i < params_rows(op); i++)
        if (op->params[i].flags & LOOM_REQUIRED) return true;
    return false;
}

static bool has_required_input(const loom_op *op)
{
    for (const loom_port *p = op->inputs; p && p->name; p++)
        if (!(p->flags & LOOM_OPTIONAL)) return true;
    return false;
}

static void op_rule(const loom_op *op, text *out)
{
    bool in = has_required_input(op), given = has_required_param(op);
    text_puts(out, "      {\"if\": {\"properties\": {\"op\": {\"const\": ");
    json_quoted(out, op->id);
    text_puts(out, "}}, \"required\": [\"op\"]}, \"then\": {");
    if (in || given)
        text_printf(out, "\"required\": [%s%s%s], ", in ? "\"in\"" : "", in && given ? ", " : "",
                    given ? "\"params\"" : "");
    text_puts(out, "\"properties\": {");
    params(op, out);
    text_puts(out, ",\n        ");
    inputs(op, out);
    text_puts(out, "}}}");
}

bool pipeline_schema(const registry *ops, text *out)
{
    assert(ops && out);
    const op_entry *entry;
    text_puts(out, head);
    text_puts(out, definitions);
    text_puts(out, "\"enum\": [");
    for (size_t i = 0; (entry = registry_at(ops, i)); i++) {
        text_puts(out, i ? ", " : "");
        json_quoted(out, entry->op->id);
    }
    text_puts(out, "],\n        \"enumDescriptions\": [");
    for (size_t i = 0; (entry = registry_at(ops, i)); i++) {
        text_puts(out, i ? ", " : "");
        json_quoted(out, entry->op->summary);
    }
    text_puts(out, "]}]}},\n      \"allOf\": [\n");
    for (size_t i = 0; (entry = registry_at(ops, i)); i++) {
        if (i) text_puts(out, ",\n");
        op_rule(entry->op, out);
    }
    text_puts(out, "]}\n  }\n}\n");
    return !out->failed;
}
