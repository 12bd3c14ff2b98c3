/* plugin/op_check.c - the rules of an op's descriptor, see load.h */
#include "plugin/load.h"
#include "plugin/citation.h"
#include "plugin/params.h"
#include <atomloom/types.h>
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

static bool bug(error *e, const loom_op *op, const char *what, const char *name)
{
    return error_set(e, LOOM_E_BUG, "this is a bug of the op: report it to the op's author",
                     "op '%s': %s%s%s%s", op->id ? op->id : "?", what, name ? " '" : "",
                     name ? name : "", name ? "'" : "");
}

/* Words of lower-case letters, digits and underscores, `dots` of them joined. */
static bool is_identifier(const char *s, int dots)
{
    if (!s || !islower((unsigned char)*s)) return false;
    for (; *s; s++) {
        if (*s == '.') {
            if (dots-- <= 0 || !islower((unsigned char)s[1])) return false;
        } else if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
            return false;
    }
    return dots <= 0;
}

static bool is_known_type(const char *type)
{
    assert(type);
    static const char *const names[] = {
#define X(name, doc) name,
        LOOM_TYPE_NAMES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], type)) return true;
    return strchr(type, '.') != NULL; /* the plugin's own */
}

static bool is_empty(const char *s) { return !s || !*s; }

/* Names travel in records and messages that give them a byte for their length, or a field of this
 * size. */
static bool is_short(const char *name) { return strlen(name) <= LOOM_MAX_NAME; }

/* `what` is too long. The name itself would fill the message. */
static bool too_long(error *e, const loom_op *op, const char *what, const char *name)
{
    return error_set(e, LOOM_E_BUG, "this is a bug of the op: report it to the op's author",
                     "op '%.*s': the %s has %zu characters, more than %d: '%.*s...'", LOOM_MAX_NAME,
                     op->id, what, strlen(name), LOOM_MAX_NAME, LOOM_MAX_NAME, name);
}

static bool check_ports(const loom_op *op, const loom_port *ports, bool outputs, error *e)
{
    for (const loom_port *p = ports; p && p->name; p++) {
        if (!is_identifier(p->name, 0))
            return bug(e, op, "a port's name is not lower-case letters, digits and '_':", p->name);
        if (!is_short(p->name)) return too_long(e, op, "name of a port", p->name);
        if (is_empty(p->doc)) return bug(e, op, "no documentation of port", p->name);
        if (is_empty(p->type)) return bug(e, op, "no type of port", p->name);
        if (!strcmp(p->type, "any") ? outputs : !is_known_type(p->type))
            return bug(e, op, "unknown type of port", p->name);
        if (!outputs && (p->flags & LOOM_FRESH))
            return bug(e, op, "LOOM_FRESH is for outputs, not for input", p->name);
        if (outputs && (p->flags & LOOM_LIST))
            return bug(e, op, "an output cannot be a list:", p->name);
        for (const loom_port *q = ports; q < p; q++)
            if (!strcmp(p->name, q->name)) return bug(e, op, "two ports are named", p->name);
    }
    return true;
}

static size_t kind_bytes(loom_kind kind)
{
    switch (kind) {
    case LOOM_BOOL: return sizeof(bool);
    case LOOM_CHOICE: return sizeof(int32_t);
    case LOOM_REALS:
    case LOOM_INTS:
    case LOOM_STRINGS:
    case LOOM_PATHS: return sizeof(loom_reals);
    case LOOM_NUMBERS: return sizeof(loom_numbers);
    default: return 8;
    }
}

static bool check_param(const loom_op *op, const loom_param *row, error *e)
{
    assert(row->name);
    if (row->size < sizeof *row)
        return bug(e, op, "made without LOOM_PARAM, or for an older SDK: parameter", row->name);
    if (!is_identifier(row->name, 0))
        return bug(e, op,
                   "a parameter's name is not lower-case letters, digits and '_':", row->name);
    if (!is_short(row->name)) return too_long(e, op, "name of a parameter", row->name);
    if (is_empty(row->doc)) return bug(e, op, "no documentation of parameter", row->name);
    if ((unsigned)row->kind >= LOOM_KIND_COUNT)
        return bug(e, op, "unknown kind of parameter", row->name);
    if (row->offset + kind_bytes(row->kind) > op->params_size)
        return bug(e, op, "outside the parameter struct: parameter", row->name);
    if (row->kind == LOOM_CHOICE) {
        int n = 0;
        while (row->choices && row->choices[n]) n++;
        if (n < 2) return bug(e, op, "fewer than two choices for parameter", row->name);
        if (!(row->def >= 0 && row->def < n))
            return bug(e, op, "the default is not one of the choices of parameter", row->name);
    } else if (row->min > row->max || !isfinite(row->def) || !isfinite(row->min)
               || !isfinite(row->max))
        return bug(e, op, "min above max, or not finite: parameter", row->name);
    else if ((row->kind == LOOM_REAL || row->kind == LOOM_INT) && row->min != row->max
             && !(row->flags & LOOM_REQUIRED) && (row->def < row->min || row->def > row->max))
        return bug(e, op, "the default is out of range: parameter", row->name);
    if ((row->flags & PARAM_LENGTHS) && !is_list_kind(row->kind))
        return bug(e, op, "a length, but it is no list: parameter", row->name);
    return true;
}

static bool check_params(const loom_op *op, error *e)
{
    int n = params_rows(op);
    for (int i = 0; i < n; i++) {
        if (!check_param(op, &op->params[i], e)) return false;
        for (int k = 0; k < i; k++)
            if (!strcmp(op->params[i].name, op->params[k].name))
                return bug(e, op, "two parameters are named", op->params[i].name);
        for (const char *const *old = op->params[i].renamed_from; old && *old; old++)
            for (int k = 0; k < n; k++)
                if (!strcmp(*old, op->params[k].name))
                    return bug(e, op,
                               "an older name of one parameter is the name of another:", *old);
    }
    error inner = { 0 };
    param_set *defaults = params_new(op, &inner); /* reads the defaults of lists */
    if (!defaults) return bug(e, op, "a default cannot be read:", inner.message);
    params_free(defaults);
    return true;
}

static bool check_citations(const loom_op *op, error *e)
{
    const loom_citation *table = citations_of(op);
    const char *what, *name;
    if (table && !citations_check(table, &what, &name)) return bug(e, op, what, name);
    if ((table && table->size) || !is_empty(op->cites)) return true;
    return bug(e, op, "no citations, and cites does not say \"none\"", NULL);
}

bool op_check(const loom_op *op, error *e)
{
    if (op->size < OP_FIRST_SIZE)
        return error_set(e, LOOM_E_BUG, "", "op descriptor of %u bytes, this atomloom needs %d",
                         op->size, OP_FIRST_SIZE);
    if (!is_identifier(op->id, 1))
        return bug(e, op, "the id is not family.name in lower-case letters, digits and '_'", NULL);
    if (!is_short(op->id)) return too_long(e, op, "id", op->id);
    if (!op->revision) return bug(e, op, "the revision must be 1 or more", NULL);
    if (is_empty(op->summary) || op->summary[strlen(op->summary) - 1] != '.')
        return bug(e, op, "the summary must be a sentence with a full stop", NULL);
    if (is_empty(op->method) || is_empty(op->limits))
        return bug(e, op, "method or limits is empty", NULL);
    if (!op->run || !op->inputs || !op->outputs || !op->outputs->name)
        return bug(e, op, "run, inputs or outputs is missing", NULL);
    if (!op->writes_type != !op->writes_extension)
        return bug(e, op, "a writer declares both writes_type and writes_extension", NULL);
    return check_citations(op, e) && check_ports(op, op->inputs, false, e)
           && check_ports(op, op->outputs, true, e) && check_params(op, e);
}
