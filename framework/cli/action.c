/* cli/action.c - `atomloom action`: carry out actions that a run left in the store. */
#include "cli/commands.h"
#include "cli/common.h"
#include "run/bundle.h"
#include "run/serve.h"
#include "store/jobs.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "slurm 1234_5", which is the same when the job is begun again; else the process. */
static void own_name(text *out)
{
    const char *job = getenv("SLURM_ARRAY_JOB_ID"), *index = getenv("SLURM_ARRAY_TASK_ID");
    char host[64] = "";
    if (!job) job = getenv("SLURM_JOB_ID");
    gethostname(host, sizeof host - 1);
    if (job && index) text_printf(out, "slurm %s_%s", job, index);
    else if (job) text_printf(out, "slurm %s", job);
    else text_printf(out, "process %ld on %s", (long)getpid(), host);
}

static void report_result(void *user, const char *instance, const job_result *r)
{
    const executor_outcome *o = &r->outcome;
    const error *e = o->replied ? &o->reply.failure : &o->failure;
    char took[32];
    (void)user;
    assert(o->replied || o->reason != FAILURE_NONE);
    if (o->replied && o->reply.good)
        cli_line("%s  done in %s", instance, seconds_text(o->reply.wall_s, took));
    else cli_line("%s  failed: %s", instance, e->message);
}

/* Which bundle holds the action of this key? */
static bool find_key(store *s, const digest *key, text *name, error *e)
{
    char **names;
    size_t n;
    if (!store_job_names(s, &names, &n, e)) return false;
    for (size_t i = 0; i < n && !name->length; i++) {
        text orders = { 0 };
        int count = 0;
        store_job_read(s, names[i], JOB_ORDERS, BUNDLE_MAX_BYTES, &orders);
        digest *keys = orders.data ? bundle_keys(orders.data, orders.length, &count) : NULL;
        for (int k = 0; k < count && !name->length; k++)
            if (digest_equal(&keys[k], key)) text_puts(name, names[i]);
        free(keys);
        text_free(&orders);
    }
    free(names);
    return name->length > 0
           || error_set(e, LOOM_E_PARAM, "keys are there while jobs of a run are under way",
                        "no action with this key waits in the store %s", store_path(s));
}

/* A name that a shell script was given may be anything. */
static bool name_bundle(const cli_args *args, text *name, error *e)
{
    const char *first = cli_operand_at(args, 0), *index = cli_operand_at(args, 1);
    if (!*first || *first == '.' || strchr(first, '/') || (index && strchr(index, '/'))
        || strlen(first) > 200 || (index && strlen(index) > 20))
        return error_set(e, LOOM_E_PARAM, "bundles are named by the run that made them",
                         "'%s' is no name of a bundle", first);
    text_puts(name, first);
    if (index) text_printf(name, "-%s", index);
    return !name->failed || error_memory(e, "a name");
}

static int run_action(const cli_args *args)
{
    error e = { 0 }, ignored = { 0 };
    text name = { 0 }, who = { 0 };
    digest key;
    bool one = digest_read(cli_operand_at(args, 0), &key);
    char *cache = store_private_path(&ignored);
    store *s = cli_store(args, &e);
    own_name(&who);
    bool good = s && (one ? find_key(s, &key, &name, &e) : name_bundle(args, &name, &e));
    const serve_request request = { .name = name.data,
                                    .who = who.data,
                                    .only = one ? &key : NULL,
                                    .cache_dir = cache,
                                    .told = report_result };
    good = good && serve_bundle(s, &request, &e);
    store_close(s);
    text_free(&name);
    text_free(&who);
    free(cache);
    return good ? 0 : cli_report(&e);
}

const cli_command command_action = {
    .name = "action",
    .group = "Pipelines",
    .summary = "carry out actions that a run left in the store, for jobs on other machines",
    .run = run_action,
    .description =
        "Jobs of `atomloom run --executor slurm` call this on the machine where they run: it takes "
        "a bundle of actions from the store, carries them out one after another, each in a worker "
        "process, and leaves what came of them in the store, where the run finds it. A bundle is "
        "taken once: a second process is refused.\n\nWith a KEY it carries out one action that "
        "waits, as a job would, and takes nothing: to see on a machine why it fails.\n\nExit "
        "status "
        "0 when every action has a result, good or not.",
    .operands =
        (const cli_operand[]){
            { .name = "BUNDLE", .doc = "its name, or the KEY of one action" },
            { .name = "TASK",
              .doc = "number of the task in an array of jobs: BUNDLE-TASK is meant",
              .optional = true },
            { 0 } },
    .options = (const cli_option[]){ OPTION_STORE, { 0 } },
    .examples =
        (const cli_example[]){ { "atomloom action 5d1c07aa90be3f42-0 3 --store /shared/store",
                                 "what task 3 of a job array runs" },
                               { 0 } },
};
