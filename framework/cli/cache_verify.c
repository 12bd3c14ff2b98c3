/* cli/cache_verify.c - `atomloom cache verify`: is everything in the store what it was written as?
 */
#include "cli/commands.h"
#include "cli/common.h"
#include <assert.h>

static void report_damage(void *user, const digest *d, const char *problem)
{
    char hex[65];
    text_printf(user, "%s: %s\n", digest_text(d, hex), problem);
}

static void put_count(text *out, uint64_t n, const char *what)
{
    assert(what);
    if (n)
        text_printf(out, "%s %llu %s%s", out->length ? "," : "", (unsigned long long)n, what,
                    plural(n));
}

static void journal_text(const action_check *c, text *out)
{
    text found = { 0 };
    put_count(&found, c->journal_bytes_damaged, "damaged byte");
    put_count(&found, c->journal_bytes_torn, "unfinished byte");
    put_count(&found, c->journal_differs, "other record");
    put_count(&found, c->journal_alone, "removed record");
    put_count(&found, c->not_in_journal, "missing record");
    if (found.length) text_printf(out, "journal:%s; it was made again\n", found.data);
    text_free(&found);
}

static void actions_text(const action_check *c, text *out)
{
    text_printf(out, "%llu record%s of actions checked, %llu damaged",
                (unsigned long long)c->records, plural(c->records), (unsigned long long)c->damaged);
    if (c->older) text_printf(out, ", %llu of an older version", (unsigned long long)c->older);
    text_putc(out, '\n');
    if (c->outputs_missing)
        text_printf(out,
                    "%llu output%s of %llu action%s not in the store: computed again when wanted\n",
                    (unsigned long long)c->outputs_missing, plural(c->outputs_missing),
                    (unsigned long long)c->actions_without, plural(c->actions_without));
    journal_text(c, out);
}

/* Exit status 3 where anything was not as it was written. */
static int verdict(uint64_t values, const action_check *c)
{
    assert(c);
    text what = { 0 };
    if (values)
        text_printf(&what, "%llu value%s different from the digest in the name",
                    (unsigned long long)values, values == 1 ? " is" : "s are");
    if (c->damaged)
        text_printf(&what, "%s%llu record%s of actions %s damaged", what.length ? "; " : "",
                    (unsigned long long)c->damaged, plural(c->damaged),
                    c->damaged == 1 ? "is" : "are");
    if (c->journal_bytes_damaged || c->journal_differs)
        text_printf(&what, "%sthe journal was damaged", what.length ? "; " : "");
    static const char again[] =
        "they were moved aside: the next run that needs them computes them again; check the disk";
    static const char anew[] = "it was made again from the records; check the disk";
    int status =
        what.length ? cli_fail(LOOM_E_IO, values || c->damaged ? again : anew, "%s", what.data) : 0;
    text_free(&what);
    return status;
}

static int run_verify(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    uint64_t checked = 0, damaged = 0;
    action_check actions = { 0 };
    store *s = cli_store(args, &e);
    int status;
    if (!s || !store_verify(s, report_damage, &t, &checked, &damaged, &e)
        || !store_verify_actions(s, report_damage, &t, &actions, &e))
        status = cli_report(&e);
    else {
        text_printf(&t, "%llu value%s checked, %llu damaged\n", (unsigned long long)checked,
                    plural(checked), (unsigned long long)damaged);
        actions_text(&actions, &t);
        status = cli_print(&t);
        if (!status) status = verdict(damaged, &actions);
    }
    text_free(&t);
    if (s) store_close(s);
    return status;
}

const cli_command command_cache_verify = {
    .name = "cache verify",
    .group = COMMANDS_STORE,
    .summary = "check every value and every record of an action",
    .run = run_verify,
    .description = "Reads everything: values against their digests, records of actions against "
                   "their checksums and the journal, and whether "
                   "the outputs of actions are there. What differs by one bit is moved aside, and "
                   "computed again by the next run that needs "
                   "it. Exit status 3 when anything was damaged.",
    .options = (const cli_option[]){ OPTION_STORE, { 0 } },
    .examples =
        (const cli_example[]){ { "atomloom cache verify", "after trouble with a disk" }, { 0 } },
};
