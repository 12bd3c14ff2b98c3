/* cli/describe_text.c - an op or a type for people to read, see describe.h */
#include "cli/bibtex.h"
#include "cli/describe.h"
#include <atomloom/types.h>
#include "plugin/params.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void param_default(const loom_param *row, text *out)
{
    char number[32];
    if (row->flags & LOOM_REQUIRED) return;
    switch (row->kind) {
    case LOOM_BOOL: text_puts(out, row->def != 0 ? "true" : "false"); break;
    case LOOM_CHOICE: text_puts(out, row->choices[(int)row->def]); break;
    case LOOM_STRING:
    case LOOM_PATH: text_puts(out, row->text ? row->text : "\"\""); break;
    case LOOM_REALS:
    case LOOM_INTS:
    case LOOM_STRINGS:
    case LOOM_PATHS:
    case LOOM_NUMBERS: text_printf(out, "[%s]", row->text ? row->text : ""); break;
    default: text_puts(out, number_text(row->def, number)); break;
    }
}

void param_range(const loom_param *row, text *out)
{
    char low[32], high[32];
    if (row->kind == LOOM_CHOICE) {
        text_puts(out, "one of: ");
        for (int i = 0; row->choices[i]; i++)
            text_printf(out, "%s%s", i ? ", " : "", row->choices[i]);
        return;
    }
    text_puts(out, kind_text(row->kind));
    if (row->flags & PARAM_LENGTHS) {
        text_puts(out, " (");
        param_lengths(row, out);
        text_puts(out, ")");
    }
    if (row->min != row->max)
        text_printf(out, ", %s to %s", number_text(row->min, low), number_text(row->max, high));
}

/* ---- for a terminal -------------------------------------------------------------------------- */

static const char *port_note(const loom_port *p, bool output)
{
    if ((p->flags & LOOM_LIST) && (p->flags & LOOM_OPTIONAL)) return ", any number";
    if (p->flags & LOOM_LIST) return ", one or more";
    if (output && (p->flags & LOOM_FRESH))
        return p->flags & LOOM_OPTIONAL ? ", made anew, not always" : ", made anew";
    if (p->flags & LOOM_OPTIONAL) return output ? ", not always made" : ", optional";
    return "";
}

static void ports_text(const loom_port *ports, bool output, text *out)
{
    assert(ports);
    if (!ports->name) text_puts(out, "  none\n");
    for (const loom_port *p = ports; p->name; p++) {
        text_printf(out, "  %s: %s%s\n      ", p->name, p->type, port_note(p, output));
        cli_wrap(out, p->doc, 6, cli_width());
    }
}

static void param_lines(const loom_param *row, text *out)
{
    text head = { 0 };
    param_default(row, &head);
    if (row->flags & LOOM_REQUIRED) text_printf(out, "  %s (required)", row->name);
    else text_printf(out, "  %s: %s", row->name, head.data ? head.data : "");
    text_free(&head);
    if (row->unit && *row->unit) text_printf(out, " [%s]", row->unit);
    text_puts(out, "   # ");
    param_range(row, out);
    text_puts(out, "\n      ");
    cli_wrap(out, row->doc, 6, cli_width());
}

static void params_lines(const loom_op *op, bool all, text *out)
{
    int hidden = 0, n = params_rows(op);
    if (!n) text_puts(out, "  none\n");
    for (int i = 0; i < n; i++) {
        if (!all && (op->params[i].flags & LOOM_ADVANCED)) hidden++;
        else param_lines(&op->params[i], out);
    }
    if (hidden)
        text_printf(out, "  and %d advanced: `atomloom describe %s --all`\n", hidden, op->id);
}

static bool cites_something(const loom_op *op) { return op->citations && op->citations->size; }

static void cites_lines(const loom_op *op, text *out)
{
    assert(op->citations);
    for (const loom_citation *c = op->citations; c->size; c++) {
        text line = { 0 };
        citation_text(c, &line);
        text_puts(out, "  ");
        cli_wrap(out, line.data ? line.data : "", 2, cli_width());
        text_puts(out, "      ");
        doi_url(c->doi, out);
        text_putc(out, '\n');
        text_free(&line);
    }
}

/* A node as it would stand in a pipeline: the inputs and parameters that must be given. */
static void node_lines(const loom_op *op, const char *indent, text *out)
{
    assert(strchr(op->id, '.'));
    const char *name = strchr(op->id, '.') + 1;
    text_printf(out, "%s%s:\n%s  op: %s\n", indent, name, indent, op->id);
    int n = 0;
    for (const loom_port *p = op->inputs; p->name; p++)
        if (!(p->flags & LOOM_OPTIONAL)) {
            text_printf(out, n++ ? ", " : "%s  in: {", indent);
            text_printf(out,
                        (p->flags & LOOM_LIST) ? "%s: [NODE.PORT, NODE.PORT]" : "%s: NODE.PORT",
                        p->name);
        }
    if (n) text_puts(out, "}\n");
    n = 0;
    for (int i = 0; i < params_rows(op); i++)
        if (op->params[i].flags & LOOM_REQUIRED) {
            text_printf(out, n++ ? ", " : "%s  params: {", indent);
            text_printf(out, "%s: ...", op->params[i].name);
        }
    if (n) text_puts(out, "}\n");
}

static void prose(text *out, const char *title, const char *s)
{
    text_printf(out, "\n%s\n  ", title);
    cli_wrap(out, s, 2, cli_width());
}

void describe_text(const op_entry *entry, bool all, text *out)
{
    const loom_op *op = entry->op;
    text_printf(out, "%s\n  ", op->id);
    cli_wrap(out, op->summary, 2, cli_width());
    text_puts(out, "\nInputs\n");
    ports_text(op->inputs, false, out);
    text_puts(out, "\nOutputs\n");
    ports_text(op->outputs, true, out);
    text_puts(out, "\nParameters (with their defaults)\n");
    params_lines(op, all, out);
    prose(out, "Method", op->method);
    prose(out, "Limits", op->limits);
    if (cites_something(op)) {
        text_puts(out, "\nCite\n");
        cites_lines(op, out);
    }
    text_puts(out, "\nIn a pipeline\n");
    node_lines(op, "  ", out);
    if (op->writes_type)
        text_printf(out,
                    "\nWrites files\n  `atomloom get FILE OUTPUT -o NAME.%s` uses it for an output "
                    "of type %s.\n",
                    op->writes_extension, op->writes_type);
    text_printf(out, "\nRevision %u", op->revision);
    if (entry->file && entry->file->path)
        text_printf(out, ", plugin %s %s (%s)\n  %s", entry->file->name, entry->file->version,
                    entry->file->licence, entry->file->path);
    text_putc(out, '\n');
}

/* ---- Markdown -------------------------------------------------------------------------------- */

/* Text of a table's cell: bars escaped, line ends gone. */
static void cell(text *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '|') text_puts(out, "\\|");
        else text_putc(out, *s == '\n' ? ' ' : *s);
    }
}

static void ports_markdown(const char *title, const loom_port *ports, bool output, text *out)
{
    text_printf(out, "\n## %s\n\n", title);
    if (!ports->name) {
        text_puts(out, "None.\n");
        return;
    }
    text_puts(out, "| port | type | what it is |\n|---|---|---|\n");
    for (const loom_port *p = ports; p->name; p++) {
        text_printf(out, "| `%s` | %s%s | ", p->name, p->type, port_note(p, output));
        cell(out, p->doc);
        text_puts(out, " |\n");
    }
}

static void params_markdown(const loom_op *op, text *out)
{
    int n = params_rows(op);
    text_puts(out, "\n## Parameters\n\n");
    if (!n) {
        text_puts(out, "None.\n");
        return;
    }
    text_puts(out,
              "| parameter | default | unit | values | what it does |\n|---|---|---|---|---|\n");
    for (int i = 0; i < n; i++) {
        const loom_param *row = &op->params[i];
        text t = { 0 };
        text_printf(out, "| `%s`%s | ", row->name,
                    (row->flags & LOOM_ADVANCED) ? " (advanced)" : "");
        param_default(row, &t);
        if (row->flags & LOOM_REQUIRED) text_puts(out, "required");
        else if (t.length) {
            text_putc(out, '`');
            cell(out, t.data);
            text_putc(out, '`');
        }
        text_printf(out, " | %s | ", row->unit ? row->unit : "");
        text_clear(&t);
        param_range(row, &t);
        cell(out, t.data ? t.data : "");
        text_puts(out, " | ");
        cell(out, row->doc);
        if (row->flags & LOOM_NO_EFFECT) text_puts(out, " (does not change the result)");
        text_puts(out, " |\n");
        text_free(&t);
    }
}

#define PAGE_WIDTH 100 /* columns of a page, tables apart */

/* One item of a list for each publication; the DOI is a link. */
static void cites_markdown(const loom_op *op, text *out)
{
    text_puts(out, "\n## Cite\n\n");
    for (const loom_citation *c = op->citations; c->size; c++) {
        text line = { 0 };
        text_puts(&line, "- ");
        citation_text(c, &line);
        text_printf(&line, " [%s](<", c->doi);
        doi_url(c->doi, &line);
        text_puts(&line, ">)");
        cli_wrap(out, line.data ? line.data : "", 0, PAGE_WIDTH);
        text_free(&line);
    }
}

void describe_markdown(const op_entry *entry, text *out)
{
    const loom_op *op = entry->op;
    text_printf(out, "# %s\n\n", op->id);
    cli_wrap(out, op->summary, 0, PAGE_WIDTH);
    ports_markdown("Inputs", op->inputs, false, out);
    ports_markdown("Outputs", op->outputs, true, out);
    params_markdown(op, out);
    text_puts(out, "\n## In a pipeline\n\n```yaml\n");
    node_lines(op, "", out);
    text_puts(out, "```\n\n## Method\n\n");
    cli_wrap(out, op->method, 0, PAGE_WIDTH);
    text_puts(out, "\n## Limits\n\n");
    cli_wrap(out, op->limits, 0, PAGE_WIDTH);
    if (cites_something(op)) cites_markdown(op, out);
    if (op->writes_type)
        text_printf(
            out,
            "\n`atomloom get FILE OUTPUT -o NAME.%s` uses this op for an output of type `%s`.\n",
            op->writes_extension, op->writes_type);
    text_printf(out, "\nRevision %u.\n", op->revision);
}

/* ---- types ----------------------------------------------------------------------------------- */

typedef struct type_row {
    const char *name, *doc;
} type_row;
typedef struct array_row {
    const char *type, *name;
    unsigned dtypes;
    const char *shape, *unit;
    bool required;
    const char *doc;
} array_row;
typedef struct attribute_row {
    const char *type, *name;
    char kind;
    const char *unit;
    bool required;
    const char *doc;
} attribute_row;
static const type_row types[] = {
#define X(name, doc) { name, doc },
    LOOM_TYPE_NAMES(X)
#undef X
};
static const array_row arrays[] = {
#define X(type, name, dtypes, shape, unit, required, doc) \
    { type, name, dtypes, shape, unit, required, doc },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
static const attribute_row attributes[] = {
#define X(type, name, kind, unit, required, doc) { type, name, kind, unit, required, doc },
    LOOM_TYPE_ATTRIBUTES(X)
#undef X
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* "f32 [k][y][x]"; a shape of "*" is any. */
static void array_form(const array_row *a, text *out)
{
    if (a->dtypes == LOOM_ANY_DTYPE) text_puts(out, "any dtype");
    else
        for (int d = 0, n = 0; d < LOOM_DTYPE_COUNT; d++)
            if (a->dtypes & (1u << d))
                text_printf(out, "%s%s", n++ ? " or " : "", loom_dtype_text((loom_dtype)d));
    text_putc(out, ' ');
    if (!strcmp(a->shape, "*")) text_puts(out, "of any shape");
    else
        for (const char *s = a->shape; *s; s++) text_printf(out, "[%c]", *s);
}

static void type_row_line(bool markdown, const char *name, const char *form, const char *unit,
                          bool required, const char *doc, text *out)
{
    if (markdown)
        text_printf(out, "| `%s` | %s | %s | %s | %s |\n", name, form, unit,
                    required ? "yes" : "no", doc);
    else
        text_printf(out, "  %s: %s%s%s%s%s\n      %s\n", name, form, *unit ? " [" : "", unit,
                    *unit ? "]" : "", required ? "" : ", optional", doc);
}

bool describe_type(const char *type, bool markdown, text *out)
{
    const type_row *row = NULL;
    for (size_t i = 0; i < COUNT(types); i++)
        if (!strcmp(types[i].name, type)) row = &types[i];
    if (!row) return false;
    text rows = { 0 };
    for (size_t i = 0; i < COUNT(arrays); i++) {
        text form = { 0 };
        if (strcmp(arrays[i].type, type) != 0) continue;
        array_form(&arrays[i], &form);
        type_row_line(markdown, arrays[i].name, form.data ? form.data : "", arrays[i].unit,
                      arrays[i].required, arrays[i].doc, &rows);
        text_free(&form);
    }
    for (size_t i = 0; i < COUNT(attributes); i++)
        if (!strcmp(attributes[i].type, type))
            type_row_line(markdown, attributes[i].name,
                          attributes[i].kind == 'n' ? "a number" : "a text", attributes[i].unit,
                          attributes[i].required, attributes[i].doc, &rows);
    if (!strcmp(type, "table") && !markdown)
        text_puts(&rows, "  any columns: arrays of one axis and one length, each with its unit\n");
    text_printf(out, markdown ? "\n## %s\n\n%s.\n" : "%s (type of a value)\n  %s\n\n", row->name,
                row->doc);
    if (markdown && rows.length)
        text_puts(out,
                  "\n| name | shape | unit | required | what it is |\n|---|---|---|---|---|\n");
    if (rows.length) text_puts(out, rows.data);
    text_free(&rows);
    return true;
}

void describe_types_markdown(text *out)
{
    text_puts(out, "# Types of values\n\nShapes are written slowest axis first; equal letters mean "
                   "equal lengths within a value,\ndigits are fixed lengths. "
                   "A type may hold more arrays and attributes than these.\n");
    for (size_t i = 0; i < COUNT(types); i++) {
        describe_type(types[i].name, true, out);
        if (!strcmp(types[i].name, "table"))
            text_puts(out, "\nEvery array has one axis and the same length: each is a column with "
                           "its unit. A column\n"
                           "of words is an `i32` array of codes and a text attribute "
                           "`categories.NAME`, one word per line. NaN\nstands for a missing "
                           "number in columns with a text attribute `missing.NAME`, and\n"
                           "nowhere else.\n");
    }
}
