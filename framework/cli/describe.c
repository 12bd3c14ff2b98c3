/* cli/describe.c - `atomloom describe` and `atomloom ops`: what can stand in a pipeline. */
#include "cli/bibtex.h"
#include "cli/describe.h"
#include "base/show.h"
#include "cli/commands.h"
#include "plugin/params.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *ports_json(const loom_port *ports)
{
    json_t *list = json_array();
    for (const loom_port *p = ports; p->name; p++)
        json_array_append_new(list, json_pack("{ss ss sb sb ss}", "name", p->name, "type", p->type,
                                              "optional", !!(p->flags & LOOM_OPTIONAL), "list",
                                              !!(p->flags & LOOM_LIST), "doc", p->doc));
    return list;
}

static json_t *param_json(const loom_param *row)
{
    json_t *o = json_pack("{ss ss ss ss}", "name", row->name, "kind", kind_name(row->kind), "unit",
                          row->unit ? row->unit : "", "doc", row->doc);
    json_object_set_new(o, "required", json_boolean(row->flags & LOOM_REQUIRED));
    json_object_set_new(o, "advanced", json_boolean(row->flags & LOOM_ADVANCED));
    json_object_set_new(o, "changes_result", json_boolean(!(row->flags & LOOM_NO_EFFECT)));
    if (!(row->flags & LOOM_REQUIRED)) {
        if (row->kind == LOOM_REAL) json_object_set_new(o, "default", json_real(row->def));
        else if (row->kind == LOOM_INT)
            json_object_set_new(o, "default", json_integer((json_int_t)row->def));
        else if (row->kind == LOOM_BOOL)
            json_object_set_new(o, "default", json_boolean(row->def != 0));
        else if (row->kind == LOOM_STRING || row->kind == LOOM_PATH)
            json_object_set_new(o, "default", json_string(row->text ? row->text : ""));
        else {
            text t = { 0 };
            param_default(row, &t);
            json_object_set_new(o, "default", json_string(t.data ? t.data : ""));
            text_free(&t);
        }
    }
    if (row->kind != LOOM_CHOICE && row->min != row->max) {
        json_object_set_new(o, "minimum", json_real(row->min));
        json_object_set_new(o, "maximum", json_real(row->max));
    }
    if (row->kind == LOOM_CHOICE) {
        json_t *list = json_array();
        for (int i = 0; row->choices[i]; i++)
            json_array_append_new(list, json_string(row->choices[i]));
        json_object_set_new(o, "choices", list);
    }
    return o;
}

static json_t *citation_json(const loom_citation *c)
{
    text line = { 0 };
    const char *at = c->authors, *name;
    size_t n;
    json_t *authors = json_array();
    while (author_next(&at, &name, &n)) json_array_append_new(authors, json_stringn(name, n));
    citation_text(c, &line);
    json_t *o = json_pack("{ss ss so si ss* ss* ss* ss* ss* ss*}", "doi", c->doi, "text",
                          line.data ? line.data : "", "authors", authors, "year", (int)c->year,
                          "title", c->title, "journal", c->journal, "volume", c->volume, "pages",
                          c->pages, "book", c->book, "publisher", c->publisher);
    text_free(&line);
    return o;
}

json_t *describe_json(const op_entry *entry)
{
    const loom_op *op = entry->op;
    json_t *params = json_array(), *cites = json_array();
    for (int i = 0; i < params_rows(op); i++)
        json_array_append_new(params, param_json(&op->params[i]));
    for (const loom_citation *c = op->citations; c && c->size; c++)
        json_array_append_new(cites, citation_json(c));
    json_t *o = json_pack("{ss si ss ss ss so so so so}", "id", op->id, "revision",
                          (int)op->revision, "summary", op->summary, "method", op->method, "limits",
                          op->limits, "inputs", ports_json(op->inputs), "outputs",
                          ports_json(op->outputs), "params", params, "cites", cites);
    if (op->writes_type)
        json_object_set_new(
            o, "writes",
            json_pack("{ss ss}", "type", op->writes_type, "extension", op->writes_extension));
    if (entry->file && entry->file->path)
        json_object_set_new(o, "plugin",
                            json_pack("{ss ss ss ss}", "name", entry->file->name, "version",
                                      entry->file->version, "licence", entry->file->licence, "path",
                                      entry->file->path));
    return o;
}

/* ---- Markdown pages -------------------------------------------------------------------------- */

static bool write_page(const char *dir, const char *name, const text *t, error *e)
{
    assert(*name);
    text path = { 0 };
    text_printf(&path, "%s/%s.md", dir, name);
    FILE *f = path.data ? fopen(path.data, "w") : NULL;
    text shown = { 0 };
    show_lines(&shown, t->data ? t->data : "", t->length); /* what the plugin says of itself */
    bool good =
        f && !t->failed && !shown.failed && fwrite(shown.data, 1, shown.length, f) == shown.length;
    int why = errno;
    if (f && fclose(f) != 0) good = false;
    if (!good)
        error_set(e, LOOM_E_IO, "check the directory and its permissions", "cannot write '%s': %s",
                  path.data, strerror(why));
    text_free(&path);
    text_free(&shown);
    return good;
}

static bool make_directories(const char *dir)
{
    text path = { 0 };
    bool good = true;
    for (const char *c = dir; good && *c; c++) {
        size_t n = (size_t)(c - dir) + 1;
        if (c[1] && c[1] != '/') continue;
        text_clear(&path);
        text_add(&path, dir, n);
        good = path.data && (mkdir(path.data, 0777) == 0 || errno == EEXIST);
    }
    text_free(&path);
    return good;
}

/* One page per op, one for the types, and an index by family. */
static int write_pages(const registry *ops, const char *dir)
{
    error e = { 0 };
    text index = { 0 }, page = { 0 };
    const op_entry *entry;
    char family[64] = "";
    if (!make_directories(dir))
        return cli_fail(LOOM_E_IO, "check the path", "cannot make the directory '%s': %s", dir,
                        strerror(errno));
    text_puts(&index,
              "# Ops\n\nMade from the ops' own descriptors by `bash docs/update.sh`; do not edit.\n"
              "What values contain: [types](types.md).\n");
    for (size_t i = 0; !e.status && (entry = registry_at(ops, i)); i++) {
        size_t n = strcspn(entry->op->id, ".");
        if (strncmp(family, entry->op->id, n) != 0 || family[n]) {
            snprintf(family, sizeof family, "%.*s", (int)n, entry->op->id);
            text_printf(&index, "\n## %s\n\n| op | what it does |\n|---|---|\n", family);
        }
        text_printf(&index, "| [%s](%s.md) | %s |\n", entry->op->id, entry->op->id,
                    entry->op->summary);
        text_clear(&page);
        describe_markdown(entry, &page);
        write_page(dir, entry->op->id, &page, &e);
    }
    text_clear(&page);
    describe_types_markdown(&page);
    if (!e.status) write_page(dir, "types", &page, &e);
    if (!e.status) write_page(dir, "index", &index, &e);
    text_free(&index);
    text_free(&page);
    return e.status ? cli_report(&e) : 0;
}

/* ---- describe -------------------------------------------------------------------------------- */

static int unknown_op(const registry *ops, const char *id)
{
    const char *near = registry_nearest(ops, id);
    const plugin_refusal *refused = registry_refusal_of(ops, id);
    text todo = { 0 };
    if (refused) {
        text_printf(&todo, "%s was refused: %s; `atomloom doctor` shows more", refused->path,
                    refused->reason);
        int status = cli_fail(LOOM_E_PARAM, todo.data, "op '%s' cannot be used", id);
        text_free(&todo);
        return status;
    }
    if (near) text_printf(&todo, "did you mean '%s'? ", near);
    text_puts(&todo,
              "`atomloom ops` lists the ops; a plugin may have been refused: `atomloom doctor`");
    int status = cli_fail(LOOM_E_PARAM, todo.data, "no op and no type '%s'", id);
    text_free(&todo);
    return status;
}

static int describe_one(const cli_args *args, const registry *ops, const char *id)
{
    text t = { 0 };
    const op_entry *entry = registry_find(ops, id);
    if (!entry)
        return describe_type(id, cli_has(args, "markdown"), &t) ? cli_print(&t)
                                                                : unknown_op(ops, id);
    if (cli_has(args, "json")) return cli_print_json(describe_json(entry));
    if (cli_has(args, "markdown")) describe_markdown(entry, &t);
    else describe_text(entry, cli_has(args, "all"), &t);
    return cli_print(&t);
}

static int run_describe(const cli_args *args)
{
    error e = { 0 };
    const char *id = cli_operand_at(args, 0), *dir = cli_value(args, "output");
    if (!id && !dir)
        return cli_fail(LOOM_E_PARAM, "`atomloom ops` lists the ops", "no op is named");
    if (id && dir)
        return cli_fail(LOOM_E_PARAM, "remove one of them",
                        "--output writes the pages of all ops, and '%s' asks for one", id);
    registry *ops = cli_registry(args, &e);
    if (!ops) return cli_report(&e);
    int status = id ? describe_one(args, ops, id) : write_pages(ops, dir);
    registry_close(ops);
    return status;
}

const cli_command command_describe = {
    .name = "describe",
    .group = "Ops",
    .summary = "explain an op, or what a type of value contains",
    .run = run_describe,
    .description = "Prints the inputs, outputs, parameters (defaults, units, ranges), method, "
                   "limits and citations of an op, all of it "
                   "from the op itself.",
    .operands =
        (const cli_operand[]){ { .name = "OP",
                                 .doc = "id of an op (FAMILY.NAME), or name of a type of values",
                                 .optional = true,
                                 .complete = COMPLETE_OP },
                               { 0 } },
    .options =
        (const cli_option[]){
            { .name = "all", .doc = "advanced parameters as well" },
            OPTION_JSON,
            { .name = "markdown", .doc = "print Markdown" },
            { .name = "output",
              .letter = 'o',
              .argument = "DIR",
              .doc = "write a Markdown page of every op, and an index, to this directory",
              .complete = COMPLETE_DIRECTORY },
            OPTION_PLUGIN_DIR,
            { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom describe volume.threshold", "what it takes, makes and does" },
            { "atomloom describe tilt_series", "the arrays and attributes of a type" },
            { "atomloom describe --markdown --output docs/ops",
              "the reference pages of the documentation" },
            { 0 } },
};

/* ---- ops ------------------------------------------------------------------------------------- */

static bool is_wanted(const op_entry *entry, const char *word)
{
    return !word || strstr(entry->op->id, word) || strcasestr(entry->op->summary, word);
}

static void list_line(const op_entry *entry, char family[64], text *out)
{
    assert(strchr(entry->op->id, '.'));
    enum { COLUMN = 32 };
    const char *id = entry->op->id;
    size_t n = strcspn(id, ".");
    if (strncmp(family, id, n) != 0 || family[n]) {
        text_printf(out, "%s%.*s\n", *family ? "\n" : "", (int)n, id);
        snprintf(family, 64, "%.*s", (int)n, id);
    }
    text_printf(out, "  %-*s ", COLUMN - 3, id);
    if (strlen(id) > COLUMN - 3) text_printf(out, "\n%*s", COLUMN, "");
    cli_wrap(out, entry->op->summary, COLUMN, cli_width());
}

static int run_ops(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    char family[64] = "";
    const char *word = cli_operand_at(args, 0);
    registry *ops = cli_registry(args, &e);
    if (!ops) return cli_report(&e);
    json_t *list = cli_has(args, "json") ? json_array() : NULL;
    const op_entry *entry;
    int found = 0, status;
    for (size_t i = 0; (entry = registry_at(ops, i)); i++) {
        if (!is_wanted(entry, word)) continue;
        found++;
        if (list) json_array_append_new(list, describe_json(entry));
        else if (cli_has(args, "names")) text_printf(&t, "%s\n", entry->op->id);
        else list_line(entry, family, &t);
    }
    int refused = 0;
    while (registry_refusal_at(ops, (size_t)refused)) refused++;
    if (list) status = cli_print_json(list);
    else if (!found && word)
        status = cli_fail(LOOM_E_PARAM, "`atomloom ops` alone lists them all",
                          "no op has '%s' in its id or summary", word);
    else status = cli_print(&t);
    if (refused && !cli_has(args, "names"))
        cli_warn("%d plugin file%s refused: `atomloom doctor` shows why", refused,
                 refused == 1 ? " was" : "s were");
    registry_close(ops);
    return status;
}

const cli_command command_ops = {
    .name = "ops",
    .group = "Ops",
    .summary = "list the ops that a pipeline can use",
    .run = run_ops,
    .description = "Lists every op of every plugin that was found, with its summary.",
    .operands = (const cli_operand[]){ { .name = "WORD",
                                         .doc = "only ops with this word in their id or summary",
                                         .optional = true },
                                       { 0 } },
    .options =
        (const cli_option[]){
            { .name = "json", .doc = "print JSON: all that `describe --json` prints for each" },
            { .name = "names", .doc = "print the ids alone, one per line" },
            OPTION_PLUGIN_DIR,
            { 0 } },
    .examples = (const cli_example[]){ { "atomloom ops reconstruct", "what can reconstruct" },
                                       { "atomloom ops --json | jq '.[].id'", "for a script" },
                                       { 0 } },
};
