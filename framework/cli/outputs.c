/* cli/outputs.c - see outputs.h */
#include "cli/outputs.h"
#include "base/show.h"
#include "plugin/params.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

const loom_port *edge_port(const graph *g, graph_edge from)
{
    assert(from.instance >= 0 && from.instance < g->instance_count && from.output >= 0);
    return &g->nodes[g->instances[from.instance].node].op->op->outputs[from.output];
}

const char *place_on_axis(const graph_instance *in, const char *axis)
{
    for (int32_t k = 0; k < in->point_count; k++)
        if (!strcmp(in->point[k].axis, axis)) return in->point[k].value;
    return NULL;
}

/* ---- one line -------------------------------------------------------------------------------- */

static void element_text(const loom_value *v, const loom_array *a, int64_t i, text *out)
{
    assert(i >= 0 && i < loom_array_count(a));
    char number[32], categories[256];
    snprintf(categories, sizeof categories, "categories.%s", a->name);
    const loom_attribute *words = value_attribute(v, categories);
    switch (a->dtype) {
    case LOOM_U8: text_printf(out, "%u", ((const uint8_t *)a->data)[i]); break;
    case LOOM_I64: text_printf(out, "%lld", (long long)((const int64_t *)a->data)[i]); break;
    case LOOM_F32: text_puts(out, number_text((double)((const float *)a->data)[i], number)); break;
    case LOOM_F64: text_puts(out, number_text(((const double *)a->data)[i], number)); break;
    default: {
        int32_t code = ((const int32_t *)a->data)[i];
        const char *word = words ? words->text : NULL;
        for (int32_t k = 0; word && k < code; k++)
            word = strchr(word, '\n') ? strchr(word, '\n') + 1 : NULL;
        if (word && code >= 0) text_printf(out, "%.*s", (int)strcspn(word, "\n"), word);
        else text_printf(out, "%d", code);
    }
    }
}

/* Six digits tell results apart; what is exact is in the value itself. */
static void short_number(double v, char out[32])
{
    char whole[32];
    snprintf(out, 32, "%.6g", v);
    if (strlen(number_text(v, whole)) < strlen(out)) snprintf(out, 32, "%s", whole);
}

static bool is_one_row(const loom_value *v)
{
    const loom_array *a = value_array_at(v, 0);
    return !strcmp(value_type(v), "table") && a && a->rank == 1 && a->dim[0] == 1;
}

/* One number: a column of a table of one row, or an array without axes. */
static bool is_number(const loom_value *v, const loom_array *a)
{
    return a->rank == 0 || is_one_row(v);
}

void value_scalars(const loom_value *v, scalar_visit *visit, void *user)
{
    const loom_array *a;
    const loom_attribute *t;
    char number[32];
    text s = { 0 };
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        if (!is_number(v, a)) continue;
        text_clear(&s);
        if (a->dtype == LOOM_F64) short_number(*(const double *)a->data, number);
        else if (a->dtype == LOOM_F32) short_number((double)*(const float *)a->data, number);
        else element_text(v, a, 0, &s);
        visit(user, a->name, a->unit, s.length ? s.data : number);
    }
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++) {
        if (t->text) continue;
        short_number(t->number, number);
        visit(user, t->name, t->unit, number);
    }
    text_free(&s);
}

static void add_scalar(void *user, const char *name, const char *unit, const char *value)
{
    text *out = user;
    text_printf(out, "%s%s %s%s%s", out->length ? ", " : "", name, value, *unit ? " " : "", unit);
}

void value_line(const loom_value *v, text *out)
{
    text line = { 0 };
    const loom_array *a = value_array_at(v, 0);
    const loom_attribute *t;
    bool table = !strcmp(value_type(v), "table");
    if (table && a && !is_one_row(v)) text_printf(&line, "%lld rows of ", (long long)a->dim[0]);
    for (int64_t i = 0, n = 0; (a = value_array_at(v, i)); i++) {
        if (is_number(v, a)) continue;
        text_printf(&line, "%s%s", n++ ? ", " : "", a->name);
        if (!table) text_putc(&line, ' ');
        for (int32_t k = 0; !table && k < a->rank; k++)
            text_printf(&line, "[%lld]", (long long)a->dim[k]);
        if (*a->unit) text_printf(&line, table ? " [%s]" : " %s", a->unit);
    }
    value_scalars(v, add_scalar, &line);
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++)
        if (t->text && *t->text && strlen(t->text) < 40 && !strchr(t->text, '\n')
            && strncmp(t->name, "categories.", 11) != 0 && strncmp(t->name, "missing.", 8) != 0)
            text_printf(&line, "%s%s %s", line.length ? ", " : "", t->name, t->text);
    if (line.length) show_line(out, line.data, line.length);
    else text_puts(out, "empty");
    text_free(&line);
}

/* ---- how to get it --------------------------------------------------------------------------- */

/* Lower is better: of several forms the one that can be read again, then the one with the fewest
 * parameters. */
static int rank_of(const registry *ops, const loom_op *writer)
{
    char reader[LOOM_MAX_NAME + 16];
    snprintf(reader, sizeof reader, "io.read_%s", writer->writes_extension);
    return params_rows(writer) + (registry_find(ops, reader) ? 0 : 1000);
}

const char *usual_extension(const registry *ops, const char *type)
{
    const op_entry *entry;
    const char *usual = NULL;
    int best = 1 << 30;
    if (!strcmp(type, "table")) return "csv";
    if (!strcmp(type, "array")) return "npy";
    if (!strcmp(type, "panel")) return "svg";
    for (size_t i = 0; (entry = registry_at(ops, i)); i++) {
        const loom_op *op = entry->op;
        if (!op->writes_type || strcmp(op->writes_type, type) || rank_of(ops, op) >= best) continue;
        best = rank_of(ops, op);
        usual = op->writes_extension;
    }
    return usual ? usual : "h5";
}

void shell_word(text *out, const char *s)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
    if (*s && !s[strspn(s, plain)]) {
        text_puts(out, s);
        return;
    }
    text_putc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'') text_puts(out, "'\\''");
        else text_putc(out, *s);
    }
    text_putc(out, '\'');
}

void file_word(text *out, const char *name)
{
    assert(name);
    for (; *name; name++) {
        bool good = (*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z')
                    || (*name >= 'A' && *name <= 'Z') || strchr("_-=.", *name);
        if (good) text_putc(out, *name);
        else if (*name != ']') text_putc(out, '_');
    }
}

void pipeline_options(const cli_args *args, bool places, text *out)
{
    static const char *const kept[] = {
        "set", "var", "sweep", "only", "store", "plugin-dir", NULL
    };
    enum { PLACES = 4 }; /* from here on */
    for (int i = 0; i < args->given_count; i++)
        for (int k = 0; kept[k] && (places || k < PLACES); k++)
            if (!strcmp(args->given[i].option->name, kept[k])) {
                text_printf(out, " --%s ", kept[k]);
                shell_word(out, args->given[i].value);
            }
}

void get_command(const cli_args *args, const char *name, const char *extension, text *out)
{
    text file = { 0 };
    text_puts(out, "atomloom get ");
    shell_word(out, cli_operand_at(args, 0));
    text_putc(out, ' ');
    shell_word(out, name);
    file_word(&file, name);
    text_printf(&file, ".%s", extension);
    text_puts(out, " -o ");
    if (file.data) shell_word(out, file.data);
    pipeline_options(args, true, out);
    text_free(&file);
}

void run_command(const cli_args *args, bool places, text *out)
{
    text_puts(out, "atomloom run ");
    shell_word(out, cli_operand_at(args, 0));
    pipeline_options(args, places, out);
}

/* ---- at the end of a run --------------------------------------------------------------------- */

enum { MOST_GROUPS = 40, MOST_POINTS = 12 };

/* Shortened at a comma to `most` characters. */
static void add_short(text *out, const char *s, size_t most)
{
    assert(most > 5);
    size_t n = strlen(s);
    if (n > most) {
        for (n = most - 5; n > most / 2 && s[n] != ','; n--) {}
        text_add(out, s, n);
        text_puts(out, ", ...");
    } else text_puts(out, s);
}

/* What one output holds; its own extension where it is a file, else NULL in *extension; *there: the
 * store has it. False with `e` set. */
static bool content(const cli_session *s, const plan *p, graph_edge from, text *line,
                    text *extension, bool *there, error *e)
{
    digest d;
    *there = false;
    if (!plan_output(p, from, &d)) {
        text_puts(line, p->step[from.instance].state == PLAN_CACHED ? "not made: an optional output"
                                                                    : "not computed");
        return true;
    }
    if (!store_has(s->store, &d)) {
        text_puts(line, "no longer in the store");
        return true;
    }
    loom_value *v = store_get(s->store, &d, false, e);
    if (!v) {
        text_puts(line, "cannot be read");
        return false;
    }
    *there = true;
    const loom_attribute *own =
        !strcmp(value_type(v), "file") ? value_attribute(v, "extension") : NULL;
    text_clear(extension);
    if (own && own->text) text_puts(extension, own->text);
    value_line(v, line);
    value_free(v);
    return true;
}

/* One output, or all points of an output that has axes: outputs [first, end). */
static bool group_lines(const cli_args *args, const cli_session *s, const plan *p, int32_t first,
                        int32_t end, text *out, error *e)
{
    assert(first >= 0 && first < end && end <= s->graph->output_count);
    const graph_output *outputs = s->graph->outputs;
    const char *type = edge_port(s->graph, outputs[first].from)->type;
    int base = (int)strcspn(outputs[first].name, "["), width = 0;
    text line = { 0 }, extension = { 0 };
    int32_t found = -1;
    bool good = true, there, alone = end == first + 1;
    for (int32_t i = first; i < end; i++)
        width = (int)strlen(outputs[i].name) - base > width ? (int)strlen(outputs[i].name) - base
                                                            : width;
    int columns = cli_width(), room = columns - width - 8 > 40 ? columns - width - 8 : 40;
    text_printf(out, "  %.*s: %s\n", alone ? (int)strlen(outputs[first].name) : base,
                outputs[first].name, type);
    for (int32_t i = first; good && i < end && i < first + MOST_POINTS; i++) {
        text shortened = { 0 };
        text_clear(&line);
        good = content(s, p, outputs[i].from, &line, &extension, &there, e);
        if (there && found < 0) found = i;
        add_short(&shortened, line.data ? line.data : "",
                  (size_t)(alone ? 2 * columns - 20 : room));
        if (alone) text_puts(out, "      ");
        else text_printf(out, "      %-*s  ", width, outputs[i].name + base);
        cli_wrap(out, shortened.data ? shortened.data : "", alone ? 6 : 8 + width,
                 alone ? columns : 8 + width + room);
        text_free(&shortened);
    }
    if (end - first > MOST_POINTS)
        text_printf(out, "      and %d more points\n", end - first - MOST_POINTS);
    if (found >= 0) {
        text_puts(out, "      ");
        get_command(args, outputs[found].name,
                    extension.length ? extension.data : usual_extension(s->ops, type), out);
        text_putc(out, '\n');
    }
    text_free(&line);
    text_free(&extension);
    return good;
}

bool outputs_text(const cli_args *args, const cli_session *s, const plan *p, text *out, error *e)
{
    const graph *g = s->graph;
    if (g->output_count) text_puts(out, "Outputs\n");
    for (int32_t i = 0, end, groups = 0; i < g->output_count; i = end, groups++) {
        size_t base = strcspn(g->outputs[i].name, "[") + 1;
        bool axes = strchr(g->outputs[i].name, '[') != NULL;
        for (end = i + 1; axes && end < g->output_count
                          && !strncmp(g->outputs[end].name, g->outputs[i].name, base);
             end++) {}
        if (groups == MOST_GROUPS) {
            text_printf(out, "  and %d more: `atomloom plan %s --json` names them all\n",
                        g->output_count - i, g->path);
            break;
        }
        if (!group_lines(args, s, p, i, end, out, e)) return false;
    }
    return true;
}

bool outputs_lost(const plan *p)
{
    const graph *g = p->graph;
    for (int32_t i = 0; i < g->instance_count; i++)
        for (int32_t o = p->first_output[i]; p->step[i].output && o < p->first_output[i + 1]; o++)
            if (p->wanted[o] && !plan_has_object(p, (graph_edge){ i, o - p->first_output[i] }))
                return true;
    return false;
}
