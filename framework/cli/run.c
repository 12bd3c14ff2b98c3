/* cli/run.c - `atomloom run`: compute the outputs of a pipeline. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/narrow.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/reporting.h"
#include "cli/run_options.h"
#include "cli/target.h"
#include "cli/warnings.h"
#include "run/host.h"
#include "run/executor.h"
#include "run/interrupts.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void counts_line(const run_result *r, text *out)
{
    assert(r->totals.cached <= r->totals.needed);
    const run_totals *t = &r->totals;
    char elapsed[32];
    if (t->cached == t->needed && t->needed == 1)
        text_puts(out, "nothing to compute: the instance is in the store\n");
    else if (t->cached == t->needed)
        text_printf(out, "nothing to compute: all %d instances are in the store\n", t->needed);
    else {
        text_printf(out, "%d instance%s: %d run, %d cached, %d failed", t->needed,
                    t->needed == 1 ? "" : "s", t->done, t->cached, t->failed - t->cancelled);
        if (t->cancelled) text_printf(out, ", %d cancelled", t->cancelled);
        if (t->skipped) text_printf(out, ", %d not started", t->skipped);
        if (t->warnings)
            text_printf(out, ", %d warning%s", t->warnings, t->warnings == 1 ? "" : "s");
        text_printf(out, ", in %s\n", seconds_text(t->elapsed_s, elapsed));
    }
}

enum { OUTPUTS_READ = 40 };

/* Nothing ran: how to see again what the last run told. */
static void outputs_hint(const graph *g, text *out)
{
    if (!g->output_count) return;
    text_puts(out, "  atomloom show ");
    shell_word(out, g->path);
    text_putc(out, ' ');
    shell_word(out, g->outputs[0].name);
    if (g->output_count > 1)
        text_printf(out, "    what it contains; the same for %d more output%s", g->output_count - 1,
                    g->output_count == 2 ? "" : "s");
    else text_puts(out, "    what it contains");
    text_putc(out, '\n');
}

static bool results_json(const cli_session *s, const plan *p, const run_result *r, error *e)
{
    text t = { 0 };
    text_puts(&t, "{");
    json_member(&t, "event", "outputs");
    json_name(&t, "exit_status");
    text_printf(&t, "%d", r->exit_status);
    json_name(&t, "outputs");
    text_putc(&t, '[');
    for (int32_t i = 0; i < s->graph->output_count; i++) {
        const graph_output *o = &s->graph->outputs[i];
        digest d;
        char hex[65];
        text_puts(&t, i ? ", {" : "{");
        json_member(&t, "name", o->name);
        json_member(&t, "type", edge_port(s->graph, o->from)->type);
        json_member(&t, "digest", plan_output(p, o->from, &d) ? digest_text(&d, hex) : NULL);
        text_putc(&t, '}');
    }
    text_puts(&t, "]}\n");
    if (t.failed) error_memory(e, "the events");
    return cli_print(&t) == 0 && !e->status;
}

/* What was ended early: the number of steps that makes this result again. */
static void finished_lines(const plan *p)
{
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        const graph_instance *in = &p->graph->instances[i];
        const loom_op *op = p->graph->nodes[in->node].op->op;
        int row = host_iterations_row(op);
        if (!p->step[i].finished || row < 0) continue;
        cli_warn("%s was ended after %lld steps, as asked: with '%s: %lld' this result is found in "
                 "the store; as the pipeline is, the node runs again",
                 in->name, (long long)p->step[i].finished, op->params[row].name,
                 (long long)p->step[i].finished);
    }
}

/* What the run came to, for people: the outputs that are there, the sweep's table, the counts.
 * `again`: where an output turned out damaged there is another round, and *again says so; nothing
 * is printed then. */
static int results_text(const cli_args *args, const cli_session *s, const plan *p,
                        const run_result *r, bool *again)
{
    error e = { 0 };
    text t = { 0 };
    bool good = true, quiet = cli_has(args, "quiet");
    /* nothing ran, and more outputs than anyone reads: opening them would take longer than the run
     */
    bool idle = r->totals.cached == r->totals.needed && !s->graph->sweep_count
                && s->graph->output_count > OUTPUTS_READ;
    if (!quiet && !idle && !r->interrupted) good = outputs_text(args, s, p, &t, &e);
    if (good && !quiet && !r->interrupted && s->graph->sweep_count)
        good = sweep_text(s->graph, p, s->store, cli_values(args, "columns"), &t, &e);
    *again = *again && !good && outputs_lost(p);
    if (*again) {
        cli_warn("%s; it is made again", e.message);
        text_free(&t);
        return 0;
    }
    if (t.length) text_putc(&t, '\n');
    if (!quiet) counts_line(r, &t);
    if (!quiet && idle) outputs_hint(s->graph, &t);
    int status = cli_print(&t);
    if (!good) return cli_report(&e);
    warnings_print(p);
    finished_lines(p);
    if (r->interrupted)
        cli_fail(LOOM_E_CANCELLED,
                 "finished results are kept: run the same command again to continue",
                 "interrupted");
    else if (r->totals.failed) {
        text todo = { 0 };
        text_puts(&todo,
                  "fix the errors above and run again: finished results are kept; the whole log: "
                  "atomloom log ");
        shell_word(&todo, s->graph->path);
        text_puts(&todo, " NODE");
        cli_fail(LOOM_E_DATA, todo.data, "%d instance%s failed", r->totals.failed,
                 r->totals.failed == 1 ? "" : "s");
        text_free(&todo);
    } else if (r->exit_status) /* --strict */
        cli_fail(LOOM_E_DATA,
                 "check the warnings above, or run without --strict: the outputs are in the store",
                 "%d warning%s, a failure under --strict", r->totals.warnings,
                 r->totals.warnings == 1 ? "" : "s");
    return status ? status : r->exit_status;
}

/* A plan of the outputs, and with --report also of the panels. In another round nothing is forced.
 * NULL after reporting why. */
static plan *plan_of(const cli_args *args, const cli_session *s, int round, int *status)
{
    assert(round >= 1);
    plan_options o = { .force = round == 1 ? cli_values(args, "force") : NULL };
    int32_t *wanted = NULL;
    if (cli_has(args, "report")) {
        o.wanted = wanted = reporting_wanted(s->graph, &o.wanted_count);
        if (!wanted) {
            *status = cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory for the plan");
            return NULL;
        }
    }
    plan *p = cli_plan(s, &o, status);
    free(wanted);
    if (p && (*status = narrow_check_forced(args, p))) {
        plan_free(p);
        p = NULL;
    }
    return p;
}

/* The page of --report, at the end. The exit status of the command. */
static int write_page(const cli_args *args, reporting *r, int status)
{
    error e = { 0 };
    const char *path = cli_value(args, "report");
    if (!path) return status;
    r->track.live = false;
    if (!reporting_write(r, 1, path, 0, &e)) return cli_report(&e);
    cli_say("wrote %s", path);
    return status;
}

/* Plan, run, tell. *again as in results_text. */
static int run_once(const cli_args *args, const cli_session *s, const run_options *wanted,
                    int round, bool *again)
{
    error e = { 0 };
    int status;
    bool json = cli_has(args, "json"), may_go_on = *again;
    run_options o = *wanted;
    run_result result = { 0 };
    reporting watched = { .path = cli_value(args, "report") };
    plan *p = plan_of(args, s, round, &status);
    *again = false;
    if (!p) return status;
    progress *shown = progress_new(s->graph,
                                   json                     ? PROGRESS_JSON
                                   : cli_has(args, "quiet") ? PROGRESS_QUIET
                                                            : PROGRESS_AUTO,
                                   &e);
    if (!reporting_begin(&watched, args, s, p, &e) || !shown) {
        reporting_end(&watched);
        if (shown) progress_free(shown);
        return cli_report(&e);
    }
    watched.next = progress_event;
    watched.next_user = shown;
    o.event = reporting_event;
    o.user = &watched;
    bool good = run_plan(p, &o, &result, &e);
    progress_free(shown);
    if (!result.exit_status && result.totals.warnings && cli_has(args, "strict"))
        result.exit_status = status_exit(LOOM_E_DATA);
    if (!good) status = cli_report(&e);
    else if (json)
        status = results_json(s, p, &result, &e) ? result.exit_status : status_exit(LOOM_E_IO);
    else {
        *again = may_go_on;
        status = results_text(args, s, p, &result, again);
    }
    if (!*again) status = write_page(args, &watched, status);
    reporting_end(&watched);
    if (!*again) interrupts_settle();
    return status;
}

/* An output that turns out damaged when it is shown is made again at once. */
static int run_session(const cli_args *args, const cli_session *s, const run_options *wanted)
{
    int status;
    for (int round = 1;; round++) {
        bool again = round < MAX_ROUNDS;
        status = run_once(args, s, wanted, round, &again);
        if (!again) return status;
    }
}

static int run_run(const cli_args *args)
{
    error e = { 0 };
    run_options options = { 0 };
    slurm_profile profile;
    cli_session s = { 0 };
    if (!run_options_read(args, &options, &e)) return cli_report(&e);
    if (!run_profile_read(args, &options, &profile, &e)) {
        slurm_profile_free(&profile);
        return cli_report(&e);
    }
    options.slurm = &profile;
    if (options.executor && options.executor->in_process)
        cli_warn("%s: ops run inside this process, one at a time; a crash of an op ends "
                 "the run",
                 cli_has(args, "no-isolate") ? "--no-isolate" : "--executor inline");
    int status = cli_session_open(args, &s);
    if (!status) status = narrow_outputs(args, &s);
    if (!status && options.trace_path) status = target_check(&s, "--trace", options.trace_path);
    if (!status && cli_has(args, "report"))
        status = target_check(&s, "--report", cli_value(args, "report"));
    if (!status) status = run_session(args, &s, &options);
    cli_session_close(&s);
    slurm_profile_free(&profile);
    return status;
}

const cli_command command_run = {
    .name = "run",
    .group = "Pipelines",
    .summary = "compute the outputs of a pipeline; nothing is computed twice",
    .run = run_run,
    .description = "Checks the whole pipeline, then runs what is not in the store yet, in worker "
                   "processes on all cores. Nodes that do not depend on a failure still run. A run "
                   "that was stopped or killed continues when it is started again. Ctrl-C stops it "
                   "cleanly, a second Ctrl-C at once.\n\nProgress goes to stderr (bars on a "
                   "terminal, lines elsewhere), the outputs to stdout.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { 0 } },
    .options =
        (const cli_option[]){
            OPTION_SET,
            OPTION_VAR,
            OPTION_SWEEP,
            OPTION_ONLY,
            OPTION_UNTIL,
            OPTION_OUTPUTS,
            OPTION_FORCE,
            { .name = "columns",
              .argument = "A,B",
              .doc = "the numbers that the table of a sweep shows: OUTPUT.NUMBER, or NUMBER of "
                     "every output",
              .otherwise = "those that the sweep changes",
              .example = "--columns score.rmsd",
              .repeat = true },
            { .name = "jobs",
              .letter = 'j',
              .argument = "N",
              .doc = "instances that run at the same time; slurm: that are under way",
              .otherwise = "as many as there are processors; slurm: 1000" },
            { .name = "threads",
              .argument = "N",
              .doc = "threads in use at once, over all instances",
              .otherwise = "as many as jobs" },
            { .name = "memory",
              .argument = "SIZE",
              .doc = "memory limit of every instance that sets none itself",
              .otherwise = "the machine's memory",
              .example = "--memory 8GiB" },
            { .name = "time",
              .argument = "TIME",
              .doc = "time limit of every instance that sets none itself; checked ten times a "
                     "second",
              .otherwise = "none",
              .example = "--time 30min" },
            { .name = "strict",
              .doc = "end with exit status 1 if an op warns, now or when it made what is in the "
                     "store" },
            { .name = "stop", .doc = "start nothing new after a failure" },
            { .name = "quiet", .letter = 'q', .doc = "print only errors and warnings" },
            OPTION_STORE,
            OPTION_PLUGIN_DIR,
            { .name = "json",
              .doc = "print one JSON event per line, as described in docs/events.md" },
            { .name = "trace",
              .argument = "FILE",
              .doc = "write a trace of the run for chrome://tracing or Perfetto",
              .complete = COMPLETE_FILE },
            { .name = "report",
              .argument = "PATH",
              .doc = "also compute the panels, and write the page of `atomloom report`, again and "
                     "again while the run goes on",
              .complete = COMPLETE_FILE },
            { .name = "no-isolate", .doc = "the same as --executor inline" },
            { .name = "executor",
              .argument = "NAME",
              .doc =
                  "what runs the instances; local: worker processes of this machine; inline: "
                  "this process, one at a time, for debuggers; slurm: jobs of this batch system, "
                  "on machines that see the store and this program (docs/cluster.md)",
              .words = "local inline slurm",
              .complete = COMPLETE_WORDS,
              .otherwise = "local" },
            { .name = "profile",
              .argument = "FILE",
              .doc = "partition, account, time and the like of jobs, for --executor slurm",
              .complete = COMPLETE_FILE,
              .otherwise = "~/.config/atomloom/config.yaml, where it is there" },
            { 0 } },
    .habits =
        (const cli_habit[]){
            { "n dry-run dryrun just-print what-if",
              "`atomloom plan FILE` shows what would run, and runs nothing" },
            { "k keep-going",
              "nodes that do not depend on a failure still run; --stop ends the run at the first "
              "failure" },
            { "o output", "`atomloom get FILE OUTPUT -o PATH` writes an output to a file" },
            { "f rerun no-cache", "--force NODE executes a node again" },
            { "v verbose", "`atomloom log FILE NODE` prints what a node wrote while it ran" },
            { "c cores cpus workers",
              "--jobs N: instances that run at the same time; --threads N: processors in use" },
            { "p param parameter", "--set NODE.PARAMETER=VALUE" },
            { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom run pipelines/quickstart.yaml",
              "compute the outputs and show how to get them" },
            { "atomloom run pipelines/quickstart.yaml --set recon.iterations=50",
              "with one parameter changed: only what depends on it runs" },
            { "atomloom run pipelines/quickstart.yaml --sweep recon.iterations=25,50,100",
              "three runs side by side, with a table of the results" },
            { 0 } },
};
