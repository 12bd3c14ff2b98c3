/* cli/check_rules.c - the rules an op must keep, see check.h. Each runs in a child process: what it leaves behind does not matter. */
#include "cli/check.h"
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_INPUTS = 32 };

/* One call of the op, on generated inputs and its default parameters. */
typedef struct trial {
    const loom_op *op;
    loom_value *value[MOST_INPUTS];
    host_input input[MOST_INPUTS];
    int count, stop_after, calls; /* stop_after > 0: progress says stop from that call on */
    param_set *params;
    host_result result;
} trial;

/* Parameters that the user gave, over the defaults. */
static bool apply_settings(param_set *set, const char *const *settings, error *e)
{
    size_t n = strlen(set->op->id);
    for (; *settings; settings++) {
        char name[128];
        const char *equals = strchr(*settings, '=');
        if (strncmp(*settings, set->op->id, n) != 0 || (*settings)[n] != '.' || !equals) continue;
        snprintf(name, sizeof name, "%.*s", (int)(equals - *settings - (int)n - 1), *settings + n + 1);
        if (!params_assign_text(set, name, equals + 1, e)) return false;
    }
    return params_complete(set, e);
}

/* Inputs and parameters, or why there are none. Lists get two values. `all`: optional inputs as well. */
static bool trial_make(trial *t, const loom_op *op, check_content content, bool all, const char *const *settings, text *why)
{
    error e = { 0 };
    *t = (trial){ .op = op, .params = params_new(op, &e) };
    if (!t->params || !apply_settings(t->params, settings, &e)) {
        text_printf(why, "it has not the parameters to try it with: %s; --set %s.PARAM=VALUE gives them", e.message, op->id);
        return false;
    }
    for (const loom_port *p = op->inputs; p->name; p++)
        for (int k = 0; (all || !(p->flags & LOOM_OPTIONAL)) && k < (p->flags & LOOM_LIST ? 2 : 1) && t->count < MOST_INPUTS; k++) {
            loom_value *v = check_value(p->type, content, &e);
            if (!v) {
                text_printf(why, "no value of type %s can be made for input '%s'", p->type, p->name);
                return false;
            }
            t->value[t->count] = v;
            t->input[t->count++] = (host_input){ p->name, v };
        }
    return true;
}

static bool on_progress(void *user, double done, double total)
{
    trial *t = user;
    (void)done;
    (void)total;
    return !t->stop_after || ++t->calls < t->stop_after;
}

static bool trial_run(trial *t, int threads, size_t memory_limit)
{
    host_request r = { .op = t->op, .params = t->params, .inputs = t->input, .input_count = t->count, .threads = threads,
                       .memory_limit = memory_limit,
                       .progress = on_progress, .user = t };
    host_result_free(&t->result);
    t->calls = 0;
    return host_run(&r, &t->result);
}

/* A refusal that a person can act on: it says something, and names the parameter or input. */
static bool is_clear(const trial *t, text *why)
{
    const error *f = &t->result.failure;
    bool at_fault = f->status == LOOM_E_DATA || f->status == LOOM_E_PARAM;
    if (!*f->message) text_puts(why, "it failed without a message");
    else if (at_fault && !*f->where && !*f->todo) text_printf(why, "it failed without naming the input or parameter at fault: %s",
                                                              f->message);
    else return true;
    return false;
}

/* A run that must succeed for the rule to mean anything: with every input, else with the required ones alone. */
static check_verdict try_plain(trial *t, const loom_op *op, const char *const *settings, text *why)
{
    text ignored = { 0 };
    bool whole = trial_make(t, op, CONTENT_PLAIN, true, settings, &ignored) && trial_run(t, 1, 0);
    text_free(&ignored);
    if (whole) return CHECK_PASSED;
    if (!trial_make(t, op, CONTENT_PLAIN, false, settings, why)) return CHECK_SKIPPED;
    if (trial_run(t, 1, 0)) return CHECK_PASSED;
    if (t->result.failure.status == LOOM_E_BUG || !is_clear(t, why)) {
        if (!why->length) text_puts(why, t->result.failure.message);
        return CHECK_FAILED;
    }
    text_printf(why, "it refused the generated inputs: %s", t->result.failure.message);
    return CHECK_SKIPPED;
}

/* ---- rules -------------------------------------------------------------------------------------------------------------------- */

static check_verdict runs(const loom_op *op, const char *const *settings, text *why)
{
    trial t;
    return try_plain(&t, op, settings, why);
}

static check_verdict same_bytes(const loom_op *op, const char *const *settings, text *why)
{
    static const int threads[] = { 1, 1, 2, 4 };
    digest first[64] = { { { 0 } } };
    trial t;
    check_verdict v = try_plain(&t, op, settings, why);
    for (int k = 0; v == CHECK_PASSED && k < 4; k++) {
        if (!trial_run(&t, threads[k], 0)) {
            text_printf(why, "with %d threads it failed: %s", threads[k], t.result.failure.message);
            return CHECK_FAILED;
        }
        for (int i = 0; i < t.result.output_count && i < 64; i++) {
            if (!t.result.output[i]) continue;
            digest d = value_digest(t.result.output[i]);
            if (!k) first[i] = d;
            if (digest_equal(&d, &first[i])) continue;
            text_printf(why, k == 1 ? "output '%s' differs between two runs with %d thread" : "output '%s' differs between 1 and %d threads",
                        op->outputs[i].name, threads[k]);
            return CHECK_FAILED;
        }
    }
    return v;
}

static check_verdict inputs_intact(const loom_op *op, const char *const *settings, text *why)
{
    trial t;
    digest before[MOST_INPUTS];
    if (!trial_make(&t, op, CONTENT_PLAIN, false, settings, why)) return CHECK_SKIPPED;
    for (int i = 0; i < t.count; i++) before[i] = value_digest(t.value[i]);
    trial_run(&t, 2, 0);
    for (int i = 0; i < t.count; i++) {
        digest after = value_digest(t.value[i]);
        if (digest_equal(&before[i], &after)) continue;
        text_printf(why, "it changed its input '%s'", t.input[i].port);
        return CHECK_FAILED;
    }
    return CHECK_PASSED;
}

static check_verdict survives(const loom_op *op, check_content content, const char *const *settings, text *why)
{
    trial t;
    if (!trial_make(&t, op, content, false, settings, why)) return CHECK_SKIPPED;
    if (!t.count) {
        text_puts(why, "it has no inputs");
        return CHECK_SKIPPED;
    }
    return trial_run(&t, 2, 0) || is_clear(&t, why) ? CHECK_PASSED : CHECK_FAILED;
}

static check_verdict survives_nan(const loom_op *op, const char *const *settings, text *why)
{
    return survives(op, CONTENT_NAN, settings, why);
}

static check_verdict survives_empty(const loom_op *op, const char *const *settings, text *why)
{
    return survives(op, CONTENT_EMPTY, settings, why);
}

static check_verdict stops(const loom_op *op, const char *const *settings, text *why)
{
    trial t;
    check_verdict v = try_plain(&t, op, settings, why);
    if (v != CHECK_PASSED) return v;
    t.stop_after = 1;
    if (trial_run(&t, 2, 0) || t.result.failure.status == LOOM_E_CANCELLED) return CHECK_PASSED;
    text_printf(why, "asked to stop, it failed otherwise: %s", t.result.failure.message);
    return CHECK_FAILED;
}

/* Memory that runs out after the first byte, a quarter, half, all but one byte of what it needs. */
static check_verdict survives_no_memory(const loom_op *op, const char *const *settings, text *why)
{
    trial t;
    check_verdict v = try_plain(&t, op, settings, why);
    size_t peak = t.result.peak_bytes, limits[] = { 1, peak / 4, peak / 2, peak - 1 };
    for (size_t i = 0; v == CHECK_PASSED && peak > 4 && i < sizeof limits / sizeof *limits; i++) {
        bool good = trial_run(&t, 2, limits[i]);
        if (!good && t.result.failure.status == LOOM_E_MEMORY) continue;
        if (good) text_printf(why, "with %zu of the %zu bytes it asks for it claimed success", limits[i], peak);
        else text_printf(why, "without memory it failed with %s: %s", status_name(t.result.failure.status), t.result.failure.message);
        return CHECK_FAILED;
    }
    return v;
}

static check_verdict silent(const loom_op *op, const char *const *settings, text *why)
{
    trial t;
    struct stat st;
    char path[] = "/tmp/atomloom-check-XXXXXX";
    int fd = mkstemp(path), old = dup(STDOUT_FILENO);
    if (fd < 0 || old < 0) return CHECK_SKIPPED;
    unlink(path);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    check_verdict v = try_plain(&t, op, settings, why);
    fflush(stdout);
    dup2(old, STDOUT_FILENO);
    if (v == CHECK_FAILED || fstat(fd, &st) != 0 || st.st_size == 0) return v;
    text_clear(why);
    text_printf(why, "it wrote %lld bytes to standard output; use note()", (long long)st.st_size);
    return CHECK_FAILED;
}

static check_verdict no_global_state(const loom_op *op, const char *const *settings, text *why)
{
    enum { SIGNALS = 32 };
    struct sigaction before[SIGNALS], after;
    char locale[256], where[4096], now[4096];
    trial t;
    snprintf(locale, sizeof locale, "%s", setlocale(LC_ALL, NULL));
    if (!getcwd(where, sizeof where)) return CHECK_SKIPPED;
    for (int i = 1; i < SIGNALS; i++) sigaction(i, NULL, &before[i]);
    check_verdict v = try_plain(&t, op, settings, why);
    if (v == CHECK_FAILED) return v;
    size_t said = why->length;
    if (strcmp(locale, setlocale(LC_ALL, NULL)) != 0) text_puts(why, "it changed the locale");
    else if (!getcwd(now, sizeof now) || strcmp(where, now) != 0) text_puts(why, "it changed the working directory");
    for (int i = 1; i < SIGNALS && why->length == said; i++)
        if (sigaction(i, NULL, &after) == 0 && after.sa_handler != before[i].sa_handler)
            text_printf(why, "it installed a handler of %s", strsignal(i));
    return why->length == said ? v : CHECK_FAILED;
}

const check_rule check_rules[] = {
    { "runs on generated inputs", runs, 2, true },
    { "same bytes for 1, 2 and 4 threads, and again", same_bytes, 6, true },
    { "leaves its inputs as they are", inputs_intact, 1, true },
    { "NaN in its inputs: a clear failure or a finite result", survives_nan, 1, false },
    { "empty inputs: a clear failure or a result", survives_empty, 1, false },
    { "stops when asked to", stops, 3, true },
    { "survives a failed allocation", survives_no_memory, 6, true },
    { "writes nothing to standard output", silent, 2, true },
    { "leaves locale, directory and signal handlers alone", no_global_state, 2, true },
    { 0 }
};
