/* pipeline/override.c - --set node.param=V, --var name=V, --sweep node.param=a,b,c: applied to what
 * the file declares, before it is checked. */
#include "pipeline/reader.h"
#include "base/json.h"
#include "base/show.h"
#include <assert.h>
#include <string.h>

bool override_split(reader *r, const char *option, const char *s, override *out)
{
    assert(option[0] == '-' && option[1] == '-');
    const char *file = keep(r, say(r, "%s %s", option, s)), *equal = strchr(s, '=');
    *out = (override){ .option = option,
                       .name_at = { { file, 0, 1 }, equal ? (int)(equal - s) : (int)strlen(s) } };
    if (!equal || equal == s) {
        const char *example = !strcmp(option, "--var")    ? "dose=3e5"
                              : !strcmp(option, "--set")  ? "recon.iterations=100"
                              : !strcmp(option, "--only") ? "minutes=30"
                                                          : "recon.iterations=50,100";
        complain(r, out->name_at, say(r, "as in %s %s", option, example), "'%s' is not NAME=VALUE",
                 s);
        return false;
    }
    out->name = arena_text(r->memory, s, (size_t)(equal - s));
    out->value = equal + 1;
    out->value_at =
        (span){ { file, 0, (int)(equal - s) + 2 }, *out->value ? (int)strlen(out->value) : 1 };
    return true;
}

/* ---- which node, which variable -------------------------------------------------------------- */

/* "recon", or "group.recon". */
static part *part_named(reader *r, const char *name)
{
    const scope *s = r->scopes[0];
    for (const char *dot; (dot = strchr(name, '.')); name = dot + 1) {
        int32_t group = names_find_part(&s->group_of, name, (size_t)(dot - name));
        if (group < 0) return NULL;
        s = r->scopes[group];
    }
    int32_t k = names_find(&s->part_of, name);
    return k >= 0 ? r->parts[k] : NULL;
}

static variable *variable_named(const reader *r, const char *full)
{
    assert(full);
    for (int32_t i = 0; i < r->variable_count; i++)
        if (!strcmp(r->variables[i]->full, full)) return r->variables[i];
    return NULL;
}

static int32_t axis_named(const reader *r, const char *full)
{
    for (int32_t i = 0; i < r->axis_count; i++)
        if (!strcmp(r->axes[i].name, full)) return i;
    return -1;
}

/* What was named is there, but another option changes it. True after reporting. */
static bool is_other_kind(reader *r, const override *g)
{
    bool sweep = !strcmp(g->option, "--sweep"), var = !strcmp(g->option, "--var");
    const variable *v = sweep || var ? NULL : variable_named(r, g->name);
    int32_t a = axis_named(r, g->name);
    const part *p = part_named(r, g->name);
    const char *dot = strrchr(g->name, '.');
    if (v)
        complain(r, g->name_at, say(r, "write --var %s=%s", g->name, g->value),
                 "'%s' is a variable", g->name);
    else if (a >= 0 && r->axes[a].from)
        complain(r, g->name_at,
                 say(r,
                     "every node that depends on it runs for each of its values; they are listed "
                     "in %s, line %d",
                     r->axes[a].at.at.file, r->axes[a].at.at.line),
                 "'%s' is an axis", g->name);
    else if (p && !var) {
        const char *op = arena_text(r->memory, g->value, strcspn(g->value, ","));
        const char *field = registry_find(r->ops, op) ? "op" : "PARAMETER";
        complain(r, g->name_at, say(r, "write %s %s.%s=%s", g->option, g->name, field, g->value),
                 "'%s' is a node", g->name);
    } else if (var && dot && part_named(r, arena_text(r->memory, g->name, (size_t)(dot - g->name))))
        complain(r, g->name_at, say(r, "write --set %s=%s", g->name, g->value),
                 "'%s' is a parameter of a node", g->name);
    else return false;
    return true;
}

/* "node.field": the node, and *field; NULL when told. */
static part *target(reader *r, const override *g, const char **field)
{
    const char *dot = strrchr(g->name, '.');
    if (is_other_kind(r, g)) return NULL;
    if (!dot || dot == g->name || !dot[1]) {
        complain(r, g->name_at, "as in recon.iterations or recon.op", "'%s' is not NODE.PARAMETER",
                 g->name);
        return NULL;
    }
    const char *node = arena_text(r->memory, g->name, (size_t)(dot - g->name));
    part *p = part_named(r, node);
    *field = dot + 1;
    if (p) return p;
    int n = r->part_count < 4096 ? r->part_count : 4096;
    const char **known = arena_take(r->memory, (size_t)(n ? n : 1) * sizeof *known);
    for (int i = 0; i < n; i++) known[i] = r->parts[i]->name;
    complain(r, (span){ g->name_at.at, (int)strlen(node) }, suggest(r, node, known, n, "nodes"),
             "unknown node '%s'", node);
    return NULL;
}

static void add_setting(reader *r, part *p, const char *name, span at, const tree *value,
                        int32_t swept)
{
    assert(value || swept >= 0);
    setting *s = arena_take(r->memory, sizeof *s), **end = &p->settings;
    *s = (setting){ .name = name, .at = at, .value = value, .axis = swept, .from_command = true };
    while (*end && strcmp((*end)->name, name)) end = &(*end)->next;
    if (*end) { /* stands in for it */
        s->next = (*end)->next;
        if ((*end)->value) mark_used(r, p->scope, (*end)->value);
    }
    *end = s;
}

/* ---- options --------------------------------------------------------------------------------- */

static void apply_set(reader *r, const char *s)
{
    override g;
    const char *field;
    part *p = override_split(r, "--set", s, &g) ? target(r, &g, &field) : NULL;
    if (!p) return;
    if (!strcmp(field, "op")) {
        if (p->op_value) mark_used(r, p->scope, p->op_value);
        p->op_swapped = p->op_swapped || !p->op_value || strcmp(p->op_value->text, g.value) != 0;
        p->op_value = literal_text(r, g.value, g.value_at);
        p->op_at = g.value_at;
        return;
    }
    const tree *value = literal_value(r, g.value, g.value_at);
    span at = { { g.name_at.at.file, 0, (int)(field - g.name) + 1 }, (int)strlen(field) };
    if (value) add_setting(r, p, field, at, value, -1);
}

static void apply_var(reader *r, const char *s)
{
    override g;
    if (!override_split(r, "--var", s, &g)) return;
    variable *v = variable_named(r, g.name);
    if (v) {
        bool list = v->value && v->value->kind == TREE_LIST && g.value[0] != '[';
        if (v->value) mark_used(r, v->scope, v->value);
        const tree *value =
            list ? literal_list(r, g.value, g.value_at) : literal_value(r, g.value, g.value_at);
        if (value) v->value = value;
        v->scope = r->scopes[0];
        return;
    }
    const char *known[256];
    int n = 0;
    if (is_other_kind(r, &g)) return;
    for (; n < r->variable_count && n < 256; n++) known[n] = r->variables[n]->full;
    complain(r, g.name_at,
             n ? suggest(r, g.name, known, n, "variables") : "the file declares no variables",
             "unknown variable '%s'", g.name);
}

/* A list of a sweep as one text, for names and tables: "[1, 2]". */
static const char *value_text(reader *r, const tree *t)
{
    text all = { 0 };
    if (t->kind == TREE_SCALAR) return t->text;
    text_putc(&all, '[');
    for (int32_t i = 0; i < t->count; i++) {
        const char *item = t->item[i]->kind == TREE_SCALAR ? t->item[i]->text : "";
        text_puts(&all, i ? ", " : "");
        if (*item && !strpbrk(item, "[]{},\"' ")) text_puts(&all, item);
        else json_quoted(&all, item);
    }
    text_putc(&all, ']');
    const char *s = say(r, "%s", all.data ? all.data : "[]");
    text_free(&all);
    return s;
}

/* Can it be a value of a sweep, beside those before it? False after reporting. */
static bool check_swept(reader *r, const axis *a, int32_t i)
{
    assert(i >= 0 && i < a->count);
    const tree *t = a->swept[i];
    const char *hint = "values of a sweep become names: write them without control characters";
    if (t->kind == TREE_MAP) {
        complain(r, t->at, "as in --sweep recon.iterations=50,100,200",
                 "a mapping is not allowed here");
        return false;
    }
    if (!*a->value[i]) {
        complain(r, t->at, "as in --sweep recon.iterations=50,100,200",
                 "value %d of the sweep is empty", i + 1);
        return false;
    }
    if (show_changes(a->value[i])) {
        complain(r, t->at, hint, "value %d of the sweep is '%s'", i + 1, a->value[i]);
        return false;
    }
    for (int32_t j = 0; j < i; j++)
        if (same_value(a->value[i], a->value[j])) {
            complain(r, t->at, "remove one of them", "the sweep has the value '%s' twice",
                     a->value[i]);
            return false;
        }
    return true;
}

static int32_t sweep_axis(reader *r, const override *g)
{
    assert(r->axis_count <= MAX_AXES);
    axis a = { .name = g->name,
               .unit = "",
               .doc = "swept on the command line",
               .at = g->name_at,
               .scope = r->scopes[0],
               .used = true };
    const tree *values = literal_list(r, g->value, g->value_at);
    if (!values) return -1;
    if (r->axis_count == MAX_AXES) {
        complain(r, g->name_at, NULL, "more than %d axes", MAX_AXES);
        return -1;
    }
    if (!values->count) {
        complain(r, g->value_at, "as in --sweep recon.iterations=50,100,200",
                 "the sweep has no values");
        return -1;
    }
    a.count = values->count;
    a.swept = (const tree *const *)values->item;
    a.value = arena_take(r->memory, (size_t)a.count * sizeof *a.value);
    for (int32_t i = 0; i < a.count; i++) {
        a.value[i] = value_text(r, a.swept[i]);
        if (!check_swept(r, &a, i)) return -1;
    }
    r->axes[r->axis_count] = a;
    return r->axis_count++;
}

/* By --set or --var. */
static bool is_given(const reader *r, const char *name)
{
    size_t n = strlen(name);
    for (const char *const *s = r->options->set; s && *s; s++)
        if (!strncmp(*s, name, n) && (*s)[n] == '=') return true;
    for (const char *const *s = r->options->var; s && *s; s++)
        if (!strncmp(*s, name, n) && (*s)[n] == '=') return true;
    return false;
}

static void apply_sweep(reader *r, const char *s)
{
    override g;
    const char *field;
    if (!override_split(r, "--sweep", s, &g)) return;
    variable *v = variable_named(r, g.name);
    part *p = v ? NULL : target(r, &g, &field);
    if (!v && !p) return;
    for (int32_t i = 0; i < r->axis_count; i++)
        if (!strcmp(r->axes[i].name, g.name)) {
            complain(r, g.name_at, "give all values in one --sweep", "'%s' is swept twice", g.name);
            return;
        }
    int32_t swept = sweep_axis(r, &g);
    if (swept < 0) return;
    if (is_given(r, g.name)) {
        complain(r, g.name_at, "remove one of them", "'%s' is both swept and set", g.name);
        return;
    }
    r->out->sweep_count++;
    if (v) v->axis = swept;
    else if (!strcmp(field, "op")) {
        p->op_swapped = true;
        p->op_axis = swept;
        p->op_at = g.value_at;
    } else
        add_setting(
            r, p, field,
            (span){ { g.name_at.at.file, 0, (int)(field - g.name) + 1 }, (int)strlen(field) }, NULL,
            swept);
}

void overrides_apply(reader *r)
{
    const graph_options *o = r->options;
    for (const char *const *s = o ? o->var : NULL; s && *s; s++) apply_var(r, *s);
    for (const char *const *s = o ? o->set : NULL; s && *s; s++) apply_set(r, *s);
    for (const char *const *s = o ? o->sweep : NULL; s && *s; s++) apply_sweep(r, *s);
}
