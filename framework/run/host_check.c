/* run/host_check.c - see host_check.h */
#include "run/host_check.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A failure of input port p. Always false. */
static bool __attribute__((format(printf, 3, 4)))
refuse_input(error *e, const loom_port *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(e, LOOM_E_DATA, p->name, p->doc, format, args);
    va_end(args);
    return false;
}

bool host_check_inputs(const host_request *r, error *e)
{
    for (const loom_port *p = r->op->inputs; p->name; p++) {
        int n = 0;
        for (int i = 0; i < r->input_count; i++) {
            if (strcmp(r->inputs[i].port, p->name) != 0) continue;
            n++;
            const char *type = value_type(r->inputs[i].value);
            if (strcmp(p->type, "any") != 0 && strcmp(p->type, type) != 0)
                return refuse_input(e, p, "input '%s' takes a %s, found a %s", p->name, p->type,
                                    type);
        }
        if (!n && !(p->flags & LOOM_OPTIONAL))
            return refuse_input(e, p, "input '%s' is not connected", p->name);
        if (n > 1 && !(p->flags & LOOM_LIST))
            return refuse_input(e, p, "input '%s' takes one value, found %d", p->name, n);
    }
    return true;
}

/* The parameter that an op without inputs reads its numbers from; NULL where there is none. */
static const char *source_file(const loom_op *op)
{
    for (const loom_param *p = op->inputs->name ? NULL : op->params; p && p->name; p++)
        if (is_file_kind(p->kind)) return p->name;
    return NULL;
}

/* Numbers of a file are nobody's computation: what helps is another file. */
static bool not_finite(const loom_op *op, const char *port, const error *inner, error *e)
{
    static const char in_file[] = "replace such entries in the file (with zero, a mean, a "
                                  "neighbour): every value holds finite numbers only, and no op "
                                  "repairs others";
    const char *file = source_file(op);
    error_set(e, inner->status, file ? in_file : inner->todo, "output '%s': %s", port,
              inner->message);
    if (file && !*e->where) snprintf(e->where, sizeof e->where, "%s", file);
    return false;
}

bool host_check_outputs(const host_request *r, host_result *result)
{
    assert(result->output);
    for (int i = 0; i < result->output_count; i++) {
        const loom_port *p = &r->op->outputs[i];
        error inner = { 0 };
        if (!result->output[i]) {
            if (p->flags & LOOM_OPTIONAL) continue;
            return error_set(&result->failure, LOOM_E_BUG,
                             "this is a bug of the op: report it to the op's author",
                             "the op did not make its output '%s'", p->name);
        }
        if (!value_check_type(result->output[i], &inner))
            return error_set(&result->failure, inner.status, inner.todo, "output '%s': %s", p->name,
                             inner.message);
        if (!value_check_finite(result->output[i], &inner))
            return not_finite(r->op, p->name, &inner, &result->failure);
    }
    return true;
}
