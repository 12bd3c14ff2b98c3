/* cli/finish.c - `atomloom finish`: what runs ends after its step under way, with what it has. */
#include "cli/commands.h"
#include "cli/common.h"
#include "run/history.h"
#include <time.h>

enum { TRIES = 50 };
static const struct timespec between = { 0, 100000000 };

/* Waits for the run's answer; false where there is none. */
static bool wait_for_answer(const cli_session *s, finish_answer *out)
{
    for (int i = 0; i < TRIES; i++) {
        if (finish_answered(s->store, s->graph->path, out)) return true;
        nanosleep(&between, NULL);
    }
    return false;
}

static int tell(const char *name, const finish_answer *a)
{
    if (!a->running)
        return cli_fail(LOOM_E_PARAM, "wait until it runs, or until it is over",
                        "'%s' is not running now", name);
    if (!a->asked)
        return cli_fail(LOOM_E_PARAM, "its op does not go in steps that it could end after",
                        "'%s' cannot be ended early", name);
    cli_say("%d instance%s of %s asked to end after the step under way", a->asked,
            plural((uint64_t)a->asked), name);
    return 0;
}

static int ask(const cli_session *s, const char *name)
{
    finish_answer answer = { 0 };
    bool known = false;
    for (int32_t i = 0; i < s->graph->instance_count; i++)
        known = known || cli_matches(s->graph, i, name);
    if (!known) return cli_no_node(s->graph, name);
    if (!finish_ask(s->store, s->graph->path, name))
        return cli_fail(LOOM_E_IO, "check that the store can be written to",
                        "the run cannot be asked: a note in %s cannot be written",
                        store_path(s->store));
    bool answered = wait_for_answer(s, &answer);
    finish_forget(s->store, s->graph->path);
    if (answered) return tell(name, &answer);
    return cli_fail(LOOM_E_PARAM,
                    "give the file and the store of the run (--store); jobs of slurm cannot be "
                    "ended early",
                    "no run of '%s' is under way in the store %s", s->graph->path,
                    store_path(s->store));
}

static int run_finish(const cli_args *args)
{
    cli_session s = { 0 };
    int status = cli_session_open(args, &s);
    if (!status) status = ask(&s, cli_operand_at(args, 1));
    cli_session_close(&s);
    return status;
}

const cli_command command_finish = {
    .name = "finish",
    .group = "Pipelines",
    .summary = "end a node that runs after its step under way, and keep what it has",
    .run = run_finish,
    .description =
        "Asks a run that is under way to end a node early: its op stops after the iteration it is "
        "in, and the run goes on with the result. The result is kept as that of the number of "
        "iterations it went, which the run prints at its end: with that number in the pipeline it "
        "is found in the store; with the old one the node runs again, whole.\n"
        "\n"
        "Ops that go in steps of their own can do so: `atomloom describe OP` says it of the "
        "parameter that counts them.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE,
                                       { .name = "NODE", .doc = "the node, or one instance of it" },
                                       { 0 } },
    .options = (const cli_option[]){ OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples = (const cli_example[]){ { "atomloom finish mine.yaml recon",
                                         "in another terminal, while `atomloom run mine.yaml` "
                                         "runs" },
                                       { 0 } },
};
