/* check/trouble.c - inputs that are read-only, memory that ends where it begins, bad inputs, a stop
 * request, memory that runs out, an estimate. In the first two, memory.c notices and the handler of
 * fatal signals says what. */
#include "check/inside.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A write to the data is a crash. Names, shapes and attributes lie in ordinary memory: their digest
 * tells. */
void check_inputs(check_case *c)
{
    trial t;
    text why = { 0 };
    digest before[MOST_INPUTS];
    if (!trial_make(&t, c, (trial_how){ .locked = true }, &why)) return;
    for (int i = 0; i < t.count; i++) before[i] = value_digest(t.value[i]);
    if (!trial_run(&t, 2, 0))
        text_printf(&why, "with inputs that are read-only it failed: %s", t.result.failure.message);
    for (int i = 0; i < t.count && !why.length; i++) {
        digest after = value_digest(t.value[i]);
        if (!digest_equal(&before[i], &after))
            text_printf(&why, "it changed its input '%s'", t.input[i].port);
    }
    check_settle_text(c, CHECK_INPUTS, CHECK_KEPT, &why);
}

void check_before_start(check_case *c)
{
    digest d;
    if (trial_once(c, (trial_how){ .layout = LAYOUT_START }, 2, CHECK_BEFORE_START, &d))
        check_settle(c, CHECK_BEFORE_START, CHECK_KEPT, "%s", "");
}

static bool is_finite(const loom_array *a)
{
    int64_t n = loom_array_count(a);
    for (int64_t i = 0; i < n; i++) {
        double v = a->dtype == LOOM_F32   ? (double)((const float *)a->data)[i]
                   : a->dtype == LOOM_F64 ? ((const double *)a->data)[i]
                                          : 0;
        if (!isfinite(v)) return false;
    }
    return true;
}

/* Is each row of `a` a row of `b`? */
static bool rows_are_in(const loom_array *a, const loom_array *b)
{
    assert(a->rank >= 0 && b->rank >= 0);
    int64_t rows = a->rank ? a->dim[0] : 1, others = b->rank ? b->dim[0] : 1;
    if (a->dtype != b->dtype || a->rank != b->rank || !rows || !others) return false;
    size_t bytes = (size_t)(loom_array_count(a) / rows) * loom_dtype_bytes(a->dtype);
    if (bytes != (size_t)(loom_array_count(b) / others) * loom_dtype_bytes(b->dtype)) return false;
    for (int64_t i = 0; i < rows; i++) {
        const char *row = (const char *)a->data + (size_t)i * bytes;
        bool found = false;
        for (int64_t k = 0; k < others && !found; k++)
            found = !memcmp(row, (const char *)b->data + (size_t)k * bytes, bytes);
        if (!found) return false;
    }
    return true;
}

static bool is_in_an_input(const trial *t, const loom_array *a)
{
    for (int i = 0; i < t->count; i++) {
        const loom_array *b = value_array(t->value[i], a->name);
        if (b && rows_are_in(a, b)) return true;
    }
    return false;
}

/* An array that an op only passes on need not be looked at: are all that is not finite in the
 * outputs arrays of inputs, as they were? */
static bool is_passed_on(const trial *t)
{
    error e = { 0 };
    const loom_array *a;
    const loom_attribute *b;
    for (int i = 0; i < t->result.output_count; i++) {
        const loom_value *v = t->result.output[i];
        if (!v) continue;
        if (!value_check_type(v, &e)) return false;
        for (int64_t k = 0; (a = value_array_at(v, k)); k++)
            if (!is_finite(a) && !is_in_an_input(t, a)) return false;
        for (int64_t k = 0; (b = value_attribute_at(v, k)); k++)
            if (!b->text && !isfinite(b->number)) return false;
    }
    return true;
}

/* A result or a refusal that says why; the rest goes to `why`. `before`: what was special, for
 * people. */
static void run_or_refuse(trial *t, int threads, const char *before, text *why)
{
    assert(threads > 0);
    text unclear = { 0 };
    snprintf(t->c->report->doing, sizeof t->c->report->doing, "%s ", before);
    bool good = trial_run(t, threads, 0),
         faulty_anyway = t->c->report->verdict[CHECK_OUTPUTS] == CHECK_BROKEN;
    if (t->result.faulty && !faulty_anyway && !(t->how.spoil && is_passed_on(t)))
        text_printf(why, "%s it claimed success, but %s\n", before, t->result.failure.message);
    else if (!good && !trial_is_clear(t, &unclear))
        text_printf(why, "%s %s\n", before, unclear.data);
    text_free(&unclear);
}

/* One array at a time: an op that looks at its images may forget their angles. */
void check_nan(check_case *c)
{
    text why = { 0 }, nothing = { 0 };
    char before[192];
    bool any = false;
    for (int n = 1;; n++) {
        trial t;
        bool made = trial_make(&t, c, (trial_how){ .spoil = n }, &nothing);
        snprintf(before, sizeof before, "with a NaN in %s", t.spoilt);
        if (made) run_or_refuse(&t, 2, before, &why);
        any = any || made;
        trial_end(&t);
        if (!made) break;
    }
    check_settle_text(c, CHECK_NAN, any ? CHECK_KEPT : CHECK_NOT_APPLICABLE, &why);
    text_free(&nothing);
}

void check_empty(check_case *c)
{
    trial t;
    text why = { 0 };
    if (!c->op->inputs->name)
        check_settle(c, CHECK_EMPTY, CHECK_NOT_APPLICABLE, "it has no inputs");
    else if (!trial_make(&t, c, (trial_how){ .empty = true, .required_only = true }, &why))
        check_settle(c, CHECK_EMPTY, CHECK_NOT_APPLICABLE, "%s", why.data);
    else {
        run_or_refuse(&t, 2, "with empty inputs", &why);
        check_settle_text(c, CHECK_EMPTY, CHECK_KEPT, &why);
        trial_end(&t);
    }
}

void check_stop(check_case *c)
{
    trial t;
    text why = { 0 };
    bool made = trial_make(&t, c, (trial_how){ 0 }, &why);
    t.stop_after = 1;
    if (made && !trial_run(&t, 2, 0) && t.result.failure.status != LOOM_E_CANCELLED)
        text_printf(&why, "asked to stop, it failed otherwise: %s", t.result.failure.message);
    check_settle_text(c, CHECK_STOP, CHECK_KEPT, &why);
    trial_end(&t);
}

/* Memory that runs out after the first byte, a quarter, half, all but one byte of what it needs. */
void check_out_of_memory(check_case *c)
{
    text why = { 0 };
    size_t peak = 0;
    for (int i = 0; i < 5 && !why.length && (!i || peak > 4); i++) {
        trial t;
        size_t limit = i == 0 ? 0 : i == 1 ? 1 : i == 2 ? peak / 4 : i == 3 ? peak / 2 : peak - 1;
        bool good = trial_make(&t, c, (trial_how){ 0 }, &why) && trial_run(&t, 2, limit);
        if (!i) peak = t.result.peak_bytes;
        else if (good)
            text_printf(&why, "with %zu of the %zu bytes it asks for it claimed success", limit,
                        peak);
        else if (t.result.failure.status != LOOM_E_MEMORY)
            text_printf(&why, "without memory it failed with %s: %s",
                        status_name(t.result.failure.status), t.result.failure.message);
        trial_end(&t);
    }
    check_settle_text(c, CHECK_MEMORY, CHECK_KEPT, &why);
}

/* ---- other ways to run it -------------------------------------------------------------------- */

static void try_other_way(check_case *c, trial_how how, check_rule rule, const char *what)
{
    trial t;
    text why = { 0 };
    if (trial_make(&t, c, how, &why)) run_or_refuse(&t, 1, what, &why);
    check_settle_text(c, rule, CHECK_KEPT, &why);
    trial_end(&t);
}

void check_optional(check_case *c)
{
    bool any = false;
    for (const loom_port *p = c->op->inputs; p->name; p++) any = any || (p->flags & LOOM_OPTIONAL);
    if (!any) check_settle(c, CHECK_OPTIONAL, CHECK_NOT_APPLICABLE, "it has no optional inputs");
    else
        try_other_way(c, (trial_how){ .required_only = true }, CHECK_OPTIONAL,
                      "without its optional inputs");
}

void check_choices(check_case *c)
{
    int rows = params_rows(c->op);
    char what[256];
    check_settle(c, CHECK_CHOICES, CHECK_NOT_APPLICABLE, "no parameter is a choice");
    for (int i = 0; i < rows; i++) {
        const loom_param *row = &c->op->params[i];
        int n = row->kind == LOOM_BOOL ? 2 : 0;
        while (row->kind == LOOM_CHOICE && row->choices[n]) n++;
        for (int k = 0; k < n; k++) {
            snprintf(what, sizeof what, "with %s: %s", row->name,
                     row->kind == LOOM_BOOL ? (k ? "true" : "false") : row->choices[k]);
            try_other_way(c, (trial_how){ .param = i + 1, .choice = k }, CHECK_CHOICES, what);
        }
    }
}

void check_estimate(check_case *c)
{
    trial t;
    text why = { 0 };
    loom_estimate estimate;
    const size_t forgiven = 1 << 20; /* an estimate is one */
    if (!c->op->estimate) {
        check_settle(c, CHECK_ESTIMATE, CHECK_NOT_APPLICABLE, "it has none");
        return;
    }
    if (!trial_make(&t, c, (trial_how){ 0 }, &why)) return;
    error e = { 0 };
    host_request r = {
        .op = c->op, .params = t.params, .inputs = t.input, .input_count = t.count, .threads = 2
    };
    process_state *before = process_state_capture(&e);
    bool good = host_estimate(&r, &estimate);
    process_end_idle_threads();
    process_state *after = process_state_capture(&e);
    text changed = { 0 };
    if (before && after && process_state_compare(before, after, &changed))
        text_printf(&why, "while estimating it %s", changed.data);
    if (before) process_state_restore(before, PROCESS_ALL, &e);
    if (!good) text_puts(&why, "it failed on inputs on which the op runs");
    else if (!why.length && trial_run(&t, 2, 0) && estimate.bytes
             && t.result.peak_scratch > 2 * estimate.bytes + forgiven)
        text_printf(&why, "it says %llu bytes, but the op takes %zu bytes of scratch",
                    (unsigned long long)estimate.bytes, t.result.peak_scratch);
    process_state_free(before);
    process_state_free(after);
    text_free(&changed);
    check_settle_text(c, CHECK_ESTIMATE, CHECK_KEPT, &why);
    trial_end(&t);
}
