/* cli/cache.c - `atomloom cache ...`: the store's upkeep. */
#include "base/json.h"
#include "base/quantity.h"
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/outputs.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void when_text(double seconds, char out[32])
{
    time_t t = (time_t)seconds;
    struct tm local;
    if (seconds <= 0 || !localtime_r(&t, &local) || !strftime(out, 32, "%Y-%m-%d %H:%M", &local))
        snprintf(out, 32, "%-16s", "-");
}

/* ---- ls -------------------------------------------------------------------------------------- */

typedef struct listing {
    store *store;
    text out;
    bool json, contents;
    int count;
    uint64_t bytes;
    error e;
} listing;

static bool list_object(void *user, const digest *d, uint64_t bytes, double used)
{
    listing *l = user;
    char hex[65], size[32], when[32];
    l->count++;
    l->bytes += bytes;
    digest_text(d, hex);
    when_text(used, when);
    if (l->json) {
        text_puts(&l->out, "{");
        json_member(&l->out, "digest", hex);
        json_member_number(&l->out, "bytes", (double)bytes);
        json_member_number(&l->out, "used", used);
        text_puts(&l->out, "}\n");
        return true;
    }
    text_printf(&l->out, "%.16s  %9s  %s", hex, bytes_text(bytes, size), when);
    error ignored = { 0 }; /* a damaged object is the business of `cache verify` */
    loom_value *v = l->contents ? store_get(l->store, d, false, &ignored) : NULL;
    if (v) {
        text_printf(&l->out, "  %s: ", value_type(v));
        value_line(v, &l->out);
    }
    text_putc(&l->out, '\n');
    value_free(v);
    return true;
}

static int run_ls(const cli_args *args)
{
    listing l = { .json = cli_has(args, "json"), .contents = cli_has(args, "contents") };
    l.store = cli_store(args, &l.e);
    char size[32];
    int status;
    if (!l.store || !store_each_object(l.store, list_object, &l, &l.e)) status = cli_report(&l.e);
    else {
        if (!l.json)
            text_printf(&l.out, "%d value%s, %s\n", l.count, l.count == 1 ? "" : "s",
                        bytes_text(l.bytes, size));
        status = cli_print(&l.out);
    }
    text_free(&l.out);
    if (l.store) store_close(l.store);
    return status;
}

const cli_command command_cache_ls = {
    .name = "cache ls",
    .group = COMMANDS_STORE,
    .summary = "list the values of the store",
    .run = run_ls,
    .description = "One line per value: the beginning of its digest (enough for `atomloom show`), "
                   "its size on disk and when it was last "
                   "used.",
    .options =
        (const cli_option[]){
            { .name = "contents", .doc = "show what each contains as well; reads every value" },
            OPTION_JSON,
            OPTION_STORE,
            { 0 } },
    .examples =
        (const cli_example[]){ { "atomloom cache ls --contents", "what is in the default store" },
                               { 0 } },
};

/* ---- stats ----------------------------------------------------------------------------------- */

static int run_stats(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    store_stats n = { 0 };
    char size[32];
    store *s = cli_store(args, &e);
    int status;
    if (!s || !store_count(s, &n, &e)) status = cli_report(&e);
    else if (cli_has(args, "json")) {
        text_puts(&t, "{");
        json_member(&t, "store", store_path(s));
        json_member_number(&t, "values", (double)n.objects);
        json_member_number(&t, "value_bytes", (double)n.object_bytes);
        json_member_number(&t, "actions", (double)n.actions);
        json_member_number(&t, "action_bytes", (double)n.action_bytes);
        json_member_number(&t, "temporary_files", (double)n.temporary_files);
        json_member_number(&t, "temporary_bytes", (double)n.temporary_bytes);
        json_member_number(&t, "damaged", (double)n.damaged);
        text_puts(&t, "}\n");
        status = cli_print(&t);
    } else {
        text_printf(&t, "store       %s\n", store_path(s));
        text_printf(&t, "values      %llu, %s\n", (unsigned long long)n.objects,
                    bytes_text(n.object_bytes, size));
        text_printf(&t, "actions     %llu, %s\n", (unsigned long long)n.actions,
                    bytes_text(n.action_bytes, size));
        text_printf(&t, "unfinished  %llu, %s\n", (unsigned long long)n.temporary_files,
                    bytes_text(n.temporary_bytes, size));
        if (n.damaged)
            text_printf(&t, "damaged     %llu, moved aside\n", (unsigned long long)n.damaged);
        status = cli_print(&t);
    }
    if (s) store_close(s);
    return status;
}

const cli_command command_cache_stats = {
    .name = "cache stats",
    .group = COMMANDS_STORE,
    .summary = "count what the store holds",
    .run = run_stats,
    .description = "Numbers and sizes of values, of records of actions, and of unfinished files.",
    .options = (const cli_option[]){ OPTION_JSON, OPTION_STORE, { 0 } },
    .examples = (const cli_example[]){ { "atomloom cache stats", "how large the default store is" },
                                       { 0 } },
};

/* ---- gc -------------------------------------------------------------------------------------- */

static bool gc_options(const cli_args *args, gc_request *request, error *e)
{
    const char *size = cli_value(args, "max-size"), *age = cli_value(args, "older-than");
    double bytes = 0, seconds = 0;
    if (!size && !age)
        return error_set(e, LOOM_E_PARAM, "give --max-size 10GiB, --older-than 30d, or both",
                         "nothing is selected to be removed");
    if (size && !quantity_option("--max-size", size, QUANTITY_BYTES, "10GiB", &bytes, e))
        return false;
    if (age && !quantity_option("--older-than", age, QUANTITY_TIME, "30d", &seconds, e))
        return false;
    /* for the store 0 is "no such rule" */
    if (size) request->max_bytes = bytes >= 1 ? (uint64_t)bytes : 1;
    if (age) request->older_than_s = seconds > 0 ? seconds : 1e-6;
    return true;
}

static bool is_most(const gc_result *r)
{
    return 2 * r->bytes_freed > r->object_bytes || 2 * r->objects_removed > r->objects;
}

/* More than half of a store goes only where somebody says so: on a terminal, or with --yes. */
static int confirm(store *s, const gc_request *request)
{
    assert(!request->dry_run);
    error e = { 0 };
    gc_result r;
    gc_request dry = *request;
    char freed[32], all[32], what[200];
    dry.dry_run = true;
    if (!store_gc(s, &dry, &r, &e)) return cli_report(&e);
    if (!r.objects_removed || !is_most(&r)) return 0;
    snprintf(what, sizeof what,
             "this removes %llu of %llu value%s, %s of %s: more than half of the store",
             (unsigned long long)r.objects_removed, (unsigned long long)r.objects,
             plural(r.objects), bytes_text(r.bytes_freed, freed), bytes_text(r.object_bytes, all));
    if (!can_ask())
        return cli_fail(LOOM_E_PARAM, "add --yes if that is meant; --dry-run removes nothing", "%s",
                        what);
    char question[256];
    snprintf(question, sizeof question, "%s.", what);
    return ask(question) ? 0 : cli_fail(LOOM_E_CANCELLED, "", "nothing was removed");
}

static int collect(const cli_args *args, store *s, const gc_request *request)
{
    error e = { 0 };
    text t = { 0 };
    gc_result r = { 0 };
    char freed[32];
    int status = request->dry_run || cli_has(args, "yes") ? 0 : confirm(s, request);
    if (status) return status;
    if (!store_gc(s, request, &r, &e)) return cli_report(&e);
    text_printf(&t, "%s %llu value%s and %llu record%s of actions, %s\n",
                request->dry_run ? "would remove" : "removed",
                (unsigned long long)r.objects_removed, plural(r.objects_removed),
                (unsigned long long)r.actions_removed, plural(r.actions_removed),
                bytes_text(r.bytes_freed, freed));
    if (r.kept_for_runs)
        text_printf(&t, "kept %llu value%s that another run may need\n",
                    (unsigned long long)r.kept_for_runs, plural(r.kept_for_runs));
    return cli_print(&t);
}

static int run_gc(const cli_args *args)
{
    error e = { 0 };
    gc_request request = { .dry_run = cli_has(args, "dry-run") };
    store *s = gc_options(args, &request, &e) ? cli_store(args, &e) : NULL;
    int status = s ? collect(args, s, &request) : cli_report(&e);
    if (s) store_close(s);
    return status;
}

const cli_command command_cache_gc = {
    .name = "cache gc",
    .group = COMMANDS_STORE,
    .summary = "remove the values that were unused for longest",
    .run = run_gc,
    .description = "Removes values, least recently used first; the small records of actions stay, "
                   "so that only what is needed again is "
                   "computed again. Values that another run may need are never removed. Where more "
                   "than half of the store would be "
                   "removed the command asks first; where it cannot ask it needs --yes.",
    .options =
        (const cli_option[]){
            { .name = "max-size",
              .argument = "SIZE",
              .doc = "remove until the values take at most this much",
              .example = "--max-size 10GiB" },
            { .name = "older-than",
              .argument = "TIME",
              .doc = "remove what was unused for longer than this",
              .example = "--older-than 30d" },
            { .name = "dry-run", .doc = "show what would be removed, and remove nothing" },
            { .name = "yes",
              .letter = 'y',
              .doc = "do not ask, also where more than half of the store is removed" },
            OPTION_STORE,
            { 0 } },
    .examples = (const cli_example[]){ { "atomloom cache gc --max-size 10GiB",
                                         "keep the 10 GiB used last" },
                                       { "atomloom cache gc --older-than 30d --dry-run",
                                         "what has not been used for a month" },
                                       { 0 } },
};

/* ---- rm -------------------------------------------------------------------------------------- */

static int remove_all(store *s, const cli_args *args)
{
    for (int i = 0; i < args->operand_count; i++) {
        error e = { 0 };
        digest d;
        if (!digest_read(args->operand[i], &d))
            return cli_fail(LOOM_E_PARAM, "`atomloom cache ls --json` lists whole digests",
                            "'%s' is not a digest of 64 hexadecimal digits", args->operand[i]);
        if (!store_remove(s, &d, &e)) return cli_report(&e);
        cli_say("removed %.16s", args->operand[i]);
    }
    return 0;
}

static int run_rm(const cli_args *args)
{
    error e = { 0 };
    store *s = cli_store(args, &e);
    int status = s ? remove_all(s, args) : cli_report(&e);
    if (s) store_close(s);
    return status;
}

const cli_command command_cache_rm = {
    .name = "cache rm",
    .group = COMMANDS_STORE,
    .summary = "remove values, or records of actions, by digest",
    .run = run_rm,
    .description = "A value that is removed is computed again when it is needed again.",
    .operands =
        (const cli_operand[]){ { .name = "DIGEST",
                                 .doc = "64 hexadecimal digits, of a value or the key of an action",
                                 .repeat = true },
                               { 0 } },
    .options = (const cli_option[]){ OPTION_STORE, { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom cache rm $(atomloom plan p.yaml --json | jq -r '.outputs[0].digest')",
              "remove the first output of a pipeline" },
            { 0 } },
};
