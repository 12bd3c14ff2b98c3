/* cli/report.c - `atomloom report`: pipelines as one page to look at. What is missing is computed
 * first. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/reporting.h"
#include "cli/target.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PIPELINES = 16 };
typedef struct pages {
    cli_session session[MAX_PIPELINES];
    reporting run[MAX_PIPELINES];
    int count;
} pages;

/* Computes what the page shows; failures are shown there. The exit status. */
static int compute(reporting *r)
{
    error e = { 0 };
    run_result result = { 0 };
    progress *shown = progress_new(r->session->graph, PROGRESS_AUTO, &e);
    if (!shown) return cli_report(&e);
    r->next = progress_event;
    r->next_user = shown;
    run_options o = { .event = reporting_event, .user = r };
    bool good = run_plan(r->plan, &o, &result, &e);
    progress_free(shown);
    r->next = NULL;
    r->track.live = false;
    return good ? result.exit_status : cli_report(&e);
}

static int prepare(const cli_args *args, pages *p, int k)
{
    assert(k >= 0);
    error e = { 0 };
    int status = 0;
    int32_t count, *wanted = reporting_wanted(p->session[k].graph, &count);
    plan *made = NULL;
    if (!wanted) error_memory(&e, "the page");
    else
        made = cli_plan(&p->session[k], &(plan_options){ .wanted = wanted, .wanted_count = count },
                        &status);
    free(wanted);
    if (e.status) return cli_report(&e);
    if (!made) return status;
    if (!reporting_begin(&p->run[k], args, &p->session[k], made, &e)) return cli_report(&e);
    p->count = k + 1;
    bool whole = made->run + made->wait == 0;
    return whole || cli_has(args, "as-is") ? 0 : compute(&p->run[k]);
}

static int open_all(const cli_args *args, pages *p, const char *path)
{
    int worst = 0;
    for (int k = 0; k < args->operand_count; k++) {
        cli_session *s = &p->session[k];
        int status = cli_session_open_file(args, cli_operand_at(args, k), s);
        if (!status && strcmp(path, "-") != 0) status = target_check(s, "-o", path);
        if (status) return status;
        status = prepare(args, p, k);
        if (status && p->count <= k) return status;
        if (status == status_exit(LOOM_E_CANCELLED)) return status;
        if (status) worst = status;
    }
    return worst;
}

static int run_report(const cli_args *args)
{
    error e = { 0 };
    const char *path = cli_value(args, "output") ? cli_value(args, "output") : "report.html";
    if (args->operand_count > MAX_PIPELINES)
        return cli_fail(LOOM_E_PARAM, "make several pages", "%d pipelines; a page holds at most %d",
                        args->operand_count, MAX_PIPELINES);
    pages *p = calloc(1, sizeof *p);
    if (!p) return cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory for the page");
    int status = open_all(args, p, path);
    if (p->count == args->operand_count && status != status_exit(LOOM_E_CANCELLED)) {
        if (!reporting_write(p->run, p->count, path, 0, &e)) status = cli_report(&e);
        else if (strcmp(path, "-") != 0) cli_say("wrote %s", path);
    }
    for (int k = 0; k < args->operand_count; k++) {
        reporting_end(&p->run[k]);
        cli_session_close(&p->session[k]);
    }
    free(p);
    return status;
}

const cli_command command_report = {
    .name = "report",
    .group = "Pipelines",
    .summary = "write a page that shows the results of a pipeline",
    .run = run_report,
    .description =
        "Writes one HTML file: the panels that the pipeline names in `report:` (else its outputs), "
        "what was warned of, the graph with states and times, parameters, and where everything "
        "comes from. The file needs no network and no program but a browser. What is missing is "
        "computed first.\n\nSeveral pipelines, or --sweep, stand next to each other on one page.",
    .operands = (const cli_operand[]){ { .name = "FILE",
                                         .doc = "the pipeline, a YAML file; several are compared",
                                         .complete = COMPLETE_FILE,
                                         .repeat = true },
                                       { 0 } },
    .options = (const cli_option[]){ { .name = "output",
                                       .letter = 'o',
                                       .argument = "PATH",
                                       .doc = "the page; - is standard output",
                                       .complete = COMPLETE_FILE,
                                       .otherwise = "report.html" },
                                     { .name = "as-is",
                                       .doc = "compute nothing: show what is in the store" },
                                     OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom report pipelines/quickstart.yaml -o quickstart.html",
              "everything on one page" },
            { "atomloom report pipelines/quickstart.yaml --sweep recon.iterations=10,20,40",
              "three reconstructions next to each other" },
            { 0 } },
};
