/* check/plain.c - one plain run: what it made, and what it left changed in the process. */
#include "check/inside.h"
#include <assert.h>
#include <string.h>

/* ---- outputs --------------------------------------------------------------------------------- */

/* An array or attribute that is none of its type's but looks like one that is not there. */
static bool find_misspelt(const loom_port *port, const loom_value *v, text *why)
{
    assert(port && v);
    const loom_array *a;
    const loom_attribute *t;
    const char *meant;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (!check_type_knows_array(value_type(v), a->name)
            && (meant = check_misspelt(v, a->name, false))) {
            text_printf(why, "output '%s' holds an array '%s'; did you mean '%s'?", port->name,
                        a->name, meant);
            return true;
        }
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++)
        if ((meant = check_misspelt(v, t->name, true))) {
            text_printf(why, "output '%s' holds an attribute '%s'; did you mean '%s'?", port->name,
                        t->name, meant);
            return true;
        }
    return false;
}

static void look_at_outputs(check_case *c, const trial *t)
{
    text why = { 0 };
    if (t->result.faulty) text_puts(&why, t->result.failure.message);
    for (int i = 0; !why.length && i < t->result.output_count; i++)
        if (t->result.output[i]) find_misspelt(&c->op->outputs[i], t->result.output[i], &why);
    check_settle_text(c, CHECK_OUTPUTS, CHECK_KEPT, &why);
}

/* The rows of all inputs with rows of that kind; -1: there are none. Several values of one port add
 * up, for they may be joined. */
static int64_t rows_of_inputs(const trial *t, char letter)
{
    assert(t->count >= 0);
    int64_t most = -1;
    for (int i = 0; i < t->count; i++) {
        if (*check_type_shape(value_type(t->value[i])) != letter) continue;
        int64_t sum = 0;
        for (int k = 0; k < t->count; k++)
            if (!strcmp(t->input[k].port, t->input[i].port)) sum += check_rows(t->value[k]);
        if (sum > most) most = sum;
    }
    return most;
}

/* Tables are made anew as a rule, unless they follow one; the rows of other types are things, which
 * inputs have or have not. */
static bool rows_are_bound(const loom_op *op, const loom_port *output)
{
    if (output->flags & LOOM_FRESH) return false;
    return check_followed(op, output) || strcmp(output->type, "table") != 0;
}

static void look_at_rows(check_case *c, const trial *t)
{
    text why = { 0 };
    bool any = false;
    for (int i = 0; i < t->result.output_count && !t->result.faulty; i++) {
        const loom_value *v = t->result.output[i];
        const loom_port *port = &c->op->outputs[i];
        int64_t rows = v ? check_rows(v) : -1,
                most = v && rows >= 0 ? rows_of_inputs(t, *check_type_shape(value_type(v))) : -1;
        if (most < 0 || !rows_are_bound(c->op, port)) continue;
        any = true;
        if (rows > most)
            text_printf(&why,
                        "output '%s' has %lld rows, its inputs have %lld; LOOM_FRESH says that "
                        "rows are made anew",
                        port->name, (long long)rows, (long long)most);
    }
    check_settle_text(c, CHECK_ROWS, any ? CHECK_KEPT : CHECK_NOT_APPLICABLE, &why);
}

/* ---- the process ----------------------------------------------------------------------------- */

static const struct {
    process_part part;
    check_rule rule;
} parts[] = {
    { PROCESS_FLOAT, CHECK_FLOAT },
    { PROCESS_LOCALE, CHECK_LOCALE },
    { PROCESS_ENVIRONMENT, CHECK_ENVIRONMENT },
    { PROCESS_DIRECTORY, CHECK_DIRECTORY },
    { PROCESS_UMASK, CHECK_UMASK },
    { PROCESS_HANDLERS, CHECK_HANDLERS },
    { PROCESS_MASK, CHECK_MASK },
    { PROCESS_LIMITS, CHECK_LIMITS },
    { PROCESS_TIMERS, CHECK_TIMERS },
    { PROCESS_SCHEDULING, CHECK_SCHEDULING },
    { PROCESS_CONTROL, CHECK_CONTROL },
    { PROCESS_DESCRIPTORS, CHECK_DESCRIPTORS },
    { PROCESS_THREADS, CHECK_LEFT_THREADS },
    { PROCESS_CHILDREN, CHECK_CHILDREN },
    { PROCESS_LIBRARIES, CHECK_LIBRARIES },
};
_Static_assert(sizeof parts / sizeof *parts == PROCESS_PART_COUNT,
               "each part of a process's state has its rule");

static void look_at_process(check_case *c, const process_state *before, const process_state *after)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        text what = { 0 }, why = { 0 };
        if (process_state_compare_parts(before, after, PROCESS_BIT(parts[i].part), &what))
            text_printf(&why, "it %s", what.data);
        check_settle_text(c, parts[i].rule, CHECK_KEPT, &why);
        text_free(&what);
    }
}

void check_plain(check_case *c)
{
    error e = { 0 };
    text why = { 0 };
    trial t;
    bool made = trial_make(&t, c, (trial_how){ 0 }, &why);
    int printed = check_stdout_size();
    process_end_idle_threads();
    process_state *before = process_state_capture(&e), *after = NULL;
    bool good = made && before && trial_run(&t, 2, 0);
    process_end_idle_threads();
    if (before) after = process_state_capture(&e);
    if (before && after) {
        look_at_process(c, before, after);
        process_state_restore(before, PROCESS_ALL & ~PROCESS_BIT(PROCESS_CHILDREN), &e);
    }
    if (!good)
        check_settle(c, CHECK_RUNS, CHECK_BROKEN, "with 2 threads it failed: %s",
                     made ? t.result.failure.message : why.data);
    text_clear(&why);
    if (check_stdout_size() > printed)
        text_printf(&why, "it wrote %d bytes to standard output", check_stdout_size() - printed);
    check_settle_text(c, CHECK_STDOUT, CHECK_KEPT, &why);
    if (good) {
        look_at_outputs(c, &t);
        look_at_rows(c, &t);
    }
    process_state_free(before);
    process_state_free(after);
    trial_end(&t);
}
