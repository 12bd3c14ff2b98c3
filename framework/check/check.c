/* check/check.c - see check.h: one file, all its ops, one probe after another. */
#include "base/arena.h"
#include "check/inside.h"
#include "plugin/load.h"
#include "plugin/script.h"
#include "run/script_run.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const struct {
    const char *id, *asks, *breaks;
} rules[] = {
#define X(name, id, asks, breaks) { id, asks, breaks },
    CHECK_RULES(X)
#undef X
};

const char *check_rule_id(check_rule rule) { return rules[rule].id; }
const char *check_rule_asks(check_rule rule) { return rules[rule].asks; }
const char *check_rule_breaks(check_rule rule) { return rules[rule].breaks; }

/* In the order in which they run. `lead` is broken where the child does not come to its end;
 * `runs`: calls of the op, for the time limit; `bad_input`: means something also where the op
 * refused the inputs it was tried with. */
static const struct {
    check_work *work;
    check_rule lead;
    int runs;
    bool bad_input;
} probes[] = {
    { check_find, CHECK_RUNS, 4, true },
    { check_baseline, CHECK_RUNS, 1, false },
    { check_plain, CHECK_RUNS, 1, false },
    { check_optional, CHECK_OPTIONAL, 1, false },
    { check_choices, CHECK_CHOICES, 8, false },
    { check_rest, CHECK_REST, 1, false },
    { check_control, CHECK_ELSEWHERE, 1, false },
    { check_threads_2, CHECK_THREADS, 1, false },
    { check_threads_4, CHECK_THREADS, 1, false }, /* races show now and then only */
    { check_threads_4, CHECK_THREADS, 1, false },
    { check_threads_4, CHECK_THREADS, 1, false },
    { check_again, CHECK_AGAIN, 4, false },
    { check_fill_1, CHECK_FILL, 1, false },
    { check_fill_2, CHECK_FILL, 1, false },
    { check_scratch_1, CHECK_SCRATCH, 1, false },
    { check_scratch_2, CHECK_SCRATCH, 1, false },
    { check_inputs, CHECK_INPUTS, 1, false },
    { check_past_end_1, CHECK_PAST_END, 1, false },
    { check_past_end_2, CHECK_PAST_END, 1, false },
    { check_before_start, CHECK_BEFORE_START, 1, false },
    { check_nan, CHECK_NAN, 1, true },
    { check_empty, CHECK_EMPTY, 1, true },
    { check_stop, CHECK_STOP, 1, false },
    { check_out_of_memory, CHECK_MEMORY, 5, false },
    { check_estimate, CHECK_ESTIMATE, 1, false },
    { check_elsewhere, CHECK_ELSEWHERE, 1, false }, /* last: time has gone on by itself */
};

/* ---- in a child: the plugin is loaded there, never in the parent ----------------------------- */

typedef struct probe_case {
    check_case c;
    check_work *work;
} probe_case;

/* A description of a program, as ops that run it; static. */
static const loom_plugin *load_script(const char *path, error *e)
{
    static script_op op;
    static const loom_op *const ops[] = { &op.op, NULL };
    static const loom_plugin plugin = { .ops = ops };
    digest identity;
    arena *memory = arena_new(); /* for the life of the process */
    const script *s = memory ? script_read(memory, path, e) : NULL;
    if (!memory) error_memory(e, path);
    if (!s || (s->identify && !script_identify(s, &identity, e))) return NULL;
    script_op_make(&op, s);
    return &plugin;
}

static const loom_plugin *load(const char *path, error *e)
{
    return script_is_name(path) ? load_script(path, e) : plugin_load(path, e);
}

static void load_and_work(check_case *c)
{
    error e = { 0 };
    check_work *work = ((probe_case *)c)->work;
    if (work == check_elsewhere) check_move_addresses();
    const loom_plugin *p = load(c->path, &e);
    for (const loom_op *const *op = p ? p->ops : NULL; op && *op; op++)
        if (!strcmp((*op)->id, c->id)) {
            c->op = *op;
            work(c);
            return;
        }
    check_settle(c, CHECK_RUNS, CHECK_BROKEN, "it could not be loaded again: %s", e.message);
}

/* The ids of the ops go to the report, one per line. */
static void load_only(check_case *c)
{
    error e = { 0 };
    text why = { 0 }, ids = { 0 };
    int printed = check_stdout_size();
    process_state *before = process_state_capture(&e);
    const loom_plugin *p = load(c->path, &e);
    process_end_idle_threads();
    process_state *after = process_state_capture(&e);
    for (const loom_op *const *op = p ? p->ops : NULL; op && *op; op++)
        text_printf(&ids, "%s\n", (*op)->id);
    if (!p)
        check_settle(c, CHECK_LOAD, CHECK_BROKEN, "%s%s%s", e.message, *e.todo ? "; " : "", e.todo);
    else check_settle(c, CHECK_LOAD, CHECK_KEPT, "%s", "");
    if (p && before && after && process_state_compare(before, after, &why)) {}
    if (check_stdout_size() > printed)
        text_printf(&why, "it prints %d bytes", check_stdout_size() - printed);
    check_settle_text(c, CHECK_LOAD_STATE, p ? CHECK_KEPT : CHECK_NOT_APPLICABLE, &why);
    if (ids.length && ids.length < IDS_BYTES) memcpy(c->report->ids, ids.data, ids.length + 1);
    text_free(&ids);
}

/* ---- one op, one file ------------------------------------------------------------------------ */

/* Probes that mean nothing for an op that does not run are not tried in vain: one that takes an
 * hour would take twenty. */
static void check_op(check_case c, check_found *found, void *user)
{
    check_report *r = c.report;
    memset(r->verdict, 0, sizeof r->verdict);
    memset(r->why, 0, sizeof r->why);
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        if (r->verdict[CHECK_RUNS] != CHECK_KEPT && !probes[i].bad_input) continue;
        probe_case p = { c, probes[i].work };
        check_in_child(&p.c, load_and_work, probes[i].lead, c.options->limit_s * probes[i].runs);
        if (!i && r->verdict[CHECK_RUNS] == CHECK_BROKEN) break;
    }
    for (int rule = CHECK_RUNS; rule < CHECK_RULE_COUNT; rule++)
        found(user, c.id, (check_rule)rule, r->verdict[rule], r->why[rule]);
}

static void check_symbols(const char *path, check_found *found, void *user)
{
    text symbols = { 0 }, others = { 0 };
    error e = { 0 };
    bool good = exported_symbols(path, &symbols, &e);
    for (char *s = symbols.data, *end; good && s && *s; s = end + 1) {
        end = strchr(s, '\n');
        *end = 0;
        bool of_linker = !strcmp(s, "_init") || !strcmp(s, "_fini") || !strncmp(s, "__", 2);
        if (strcmp(s, LOOM_PLUGIN_SYMBOL) != 0 && !of_linker)
            text_printf(&others, "%s%s", others.length ? ", " : "", s);
    }
    if (others.length)
        text_puts(&others, " as well: compile with -fvisibility=hidden, make functions static");
    if (!good) found(user, NULL, CHECK_SYMBOLS, CHECK_BROKEN, e.message);
    else if (others.length) {
        text why = { 0 };
        text_printf(&why, "it exports %s", others.data);
        found(user, NULL, CHECK_SYMBOLS, CHECK_BROKEN, why.data ? why.data : "");
        text_free(&why);
    } else found(user, NULL, CHECK_SYMBOLS, CHECK_KEPT, "");
    text_free(&symbols);
    text_free(&others);
}

bool check_plugin_file(const char *path, const check_options *options, check_found *found,
                       void *user, error *e)
{
    check_report *r =
        mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r == MAP_FAILED) return error_memory(e, "a report");
    check_case c = { .path = path, .options = options, .report = r };
    if (script_is_name(path)) found(user, NULL, CHECK_SYMBOLS, CHECK_NOT_APPLICABLE, "");
    else check_symbols(path, found, user);
    check_in_child(&c, load_only, CHECK_LOAD, options->limit_s);
    found(user, NULL, CHECK_LOAD, r->verdict[CHECK_LOAD], r->why[CHECK_LOAD]);
    found(user, NULL, CHECK_LOAD_STATE, r->verdict[CHECK_LOAD_STATE], r->why[CHECK_LOAD_STATE]);
    char *ids = r->verdict[CHECK_LOAD] == CHECK_KEPT ? strdup(r->ids) : NULL;
    for (char *id = ids, *end; id && *id; id = end + 1) {
        end = strchr(id, '\n');
        *end = 0;
        c.id = id;
        check_op(c, found, user);
    }
    free(ids);
    munmap(r, sizeof *r);
    return true;
}
