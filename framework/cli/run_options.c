/* cli/run_options.c - see run_options.h */
#include "cli/run_options.h"
#include "base/quantity.h"
#include "run/executor.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --no-isolate is the old name of --executor inline. */
static bool choose_executor(const cli_args *args, run_options *o, error *e)
{
    const char *name = cli_value(args, "executor");
    bool inside = cli_has(args, "no-isolate");
    if (inside && name && strcmp(name, executor_inline.name))
        return error_set(e, LOOM_E_PARAM, "leave one of them out",
                         "--no-isolate and --executor %s exclude each other", name);
    if (inside) name = executor_inline.name;
    return !name || (o->executor = executor_find(name, e));
}

/* The XDG rules: a relative path is ignored. */
static void config_path(text *out)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && *config == '/') text_printf(out, "%s/atomloom/config.yaml", config);
    else if (home && *home == '/') text_printf(out, "%s/.config/atomloom/config.yaml", home);
}

bool run_profile_read(const cli_args *args, const run_options *o, slurm_profile *out, error *e)
{
    assert(args && o && out);
    const char *given = cli_value(args, "profile");
    text usual = { 0 };
    slurm_profile_usual(out);
    if (given && o->executor != &executor_slurm)
        return error_set(e, LOOM_E_PARAM, "add --executor slurm, or leave it out",
                         "--profile is for --executor slurm");
    if (o->executor != &executor_slurm) return true;
    if (!given) config_path(&usual);
    bool good = true;
    if (given || (usual.data && !access(usual.data, F_OK)))
        good = slurm_profile_read(given ? given : usual.data, out, e);
    text_free(&usual);
    return good;
}

bool run_options_read(const cli_args *args, run_options *o, error *e)
{
    assert(args && o && !o->jobs && !o->threads);
    int64_t jobs, threads;
    if (!cli_number(args, "jobs", 1, 0, &jobs, e)
        || !cli_number(args, "threads", 1, 0, &threads, e))
        return false;
    const char *memory = cli_value(args, "memory"), *time = cli_value(args, "time");
    double bytes = 0;
    if (memory && !quantity_option("--memory", memory, QUANTITY_BYTES, "8GiB", &bytes, e))
        return false;
    if (time && !quantity_option("--time", time, QUANTITY_TIME, "30min", &o->time_s, e))
        return false;
    o->limit_bytes = (uint64_t)bytes;
    if (memory && !o->limit_bytes)
        return error_set(e, LOOM_E_PARAM, "write it as in 4GiB or 500MiB",
                         "option '--memory' is '%s'", memory);
    if (time && o->time_s <= 0)
        return error_set(e, LOOM_E_PARAM, "write it as in 90s, 15min or 12h",
                         "option '--time' is '%s'", time);
    o->jobs = jobs < 4096 ? (int)jobs : 4096;
    o->threads = threads < 4096 ? (int)threads : 4096;
    if (!choose_executor(args, o, e)) return false;
    o->stop_at_failure = cli_has(args, "stop");
    o->trace_path = cli_value(args, "trace");
    return true;
}
