/* cli/check_plugin.c - `atomloom check-plugin`: does a plugin keep the contract? The rules and how
 * they are tried: check/. */
#include "base/quantity.h"
#include "base/show.h"
#include "check/check.h"
#include "cli/commands.h"
#include "cli/common.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *const verdicts[] = { "not tried", "ok", "BROKEN", "-" }, *const keys[] = {
    "not tried", "kept", "broken", "does not apply"
};

typedef struct tally {
    int count[4]; /* by verdict */
    bool brief;
    const char *path;
    json_t *list; /* NULL: for people */
    char op[128]; /* whose heading was printed */
} tally;

static void print_rule(tally *t, const char *op, check_rule rule, check_verdict verdict,
                       const char *why)
{
    assert((unsigned)rule < CHECK_RULE_COUNT);
    bool bad = verdict == CHECK_BROKEN || verdict == CHECK_NOT_TRIED;
    if (t->brief && (!bad || (verdict == CHECK_NOT_TRIED && !*why)))
        return; /* one reason for all that was not tried */
    if (!t->brief && op && strcmp(t->op, op) != 0) {
        snprintf(t->op, sizeof t->op, "%s", op);
        cli_line("%s", op);
    }
    cli_line("  %-9s  %-12s  %s%s%s", verdicts[verdict], check_rule_id(rule),
             !t->brief ? ""
             : op      ? op
                       : t->path,
             t->brief ? ": " : "", check_rule_asks(rule));
    if (bad && *why) cli_line("                           %s", why);
}

/* What an op says of itself may be no UTF-8. */
static json_t *shown(const char *s)
{
    text t = { 0 };
    show_line(&t, s, strlen(s));
    json_t *j = json_string(t.data ? t.data : "");
    text_free(&t);
    return j;
}

static void on_rule(void *user, const char *op, check_rule rule, check_verdict verdict,
                    const char *why)
{
    tally *t = user;
    t->count[verdict]++;
    if (!t->list) print_rule(t, op, rule, verdict, why);
    else
        json_array_append_new(t->list, json_pack("{so so ss ss ss so}", "file", shown(t->path),
                                                 "op", op ? shown(op) : json_null(), "rule",
                                                 check_rule_id(rule), "asks", check_rule_asks(rule),
                                                 "verdict", keys[verdict], "why", shown(why)));
}

static int print_rules(void)
{
    text out = { 0 };
    text_puts(&out, "| rule | an op | what breaks it |\n|---|---|---|\n");
    for (int i = 0; i < CHECK_RULE_COUNT; i++)
        text_printf(&out, "| `%s` | %s | %s |\n", check_rule_id((check_rule)i),
                    check_rule_asks((check_rule)i), check_rule_breaks((check_rule)i));
    return cli_print(&out);
}

static int finish(tally *t)
{
    int broken = t->count[CHECK_BROKEN], not_tried = t->count[CHECK_NOT_TRIED], status;
    if (t->list)
        status = cli_print_json(json_pack(
            "{so si si si si}", "rules", t->list, "kept", t->count[CHECK_KEPT], "broken", broken,
            "not_tried", not_tried, "do_not_apply", t->count[CHECK_NOT_APPLICABLE]));
    else {
        text nothing = { 0 };
        cli_line("%d rules kept, %d broken, %d not tried, %d do not apply", t->count[CHECK_KEPT],
                 broken, not_tried, t->count[CHECK_NOT_APPLICABLE]);
        status = cli_print(&nothing);
    }
    if (status || (!broken && !not_tried)) return status;
    if (broken)
        return cli_fail(LOOM_E_DATA,
                        "docs/sdk.md and `atomloom check-plugin --rules` say what each rule asks "
                        "for; see the reasons above",
                        "%d rule%s broken", broken, broken == 1 ? " is" : "s are");
    return cli_fail(LOOM_E_DATA,
                    "give the op parameters (--set OP.PARAM=VALUE) and inputs (--input "
                    "OP.PORT=FILE.h5) that it takes; see the reasons above",
                    "%d rule%s could not be tried", not_tried, not_tried == 1 ? "" : "s");
}

static int run_check_plugin(const cli_args *args)
{
    check_options options = { .settings = cli_values(args, "set"),
                              .inputs = cli_values(args, "input"),
                              .contents = cli_value(args, "contents"),
                              .limit_s = 20 };
    tally t = { .brief = cli_has(args, "brief") };
    const char *limit = cli_value(args, "time");
    error e = { 0 };
    if (cli_has(args, "rules")) return print_rules();
    if (!args->operand_count)
        return cli_fail(LOOM_E_PARAM,
                        "name the shared object, or the description of an op in another language: "
                        "atomloom check-plugin build/mylab.sharpen.so",
                        "no file is given");
    if (limit && !quantity_option("--time", limit, QUANTITY_TIME, "90s", &options.limit_s, &e))
        return cli_report(&e);
    if (options.limit_s <= 0)
        return cli_fail(LOOM_E_PARAM, "write it as in 90s or 5min", "option '--time' is '%s'",
                        limit);
    if (cli_has(args, "json")) t.list = json_array();
    for (int i = 0; i < args->operand_count; i++) {
        t.path = args->operand[i];
        if (access(t.path, R_OK) != 0)
            return cli_fail(LOOM_E_IO, "check the path", "cannot read '%s': %s", t.path,
                            strerror(errno));
        if (!t.list && !t.brief) cli_line("%s", t.path);
        if (!check_plugin_file(t.path, &options, on_rule, &t, &e)) return cli_report(&e);
    }
    return finish(&t);
}

const cli_command command_check_plugin = {
    .name = "check-plugin",
    .group = "Ops",
    .summary = "test whether a plugin keeps the contract of an op",
    .run = run_check_plugin,
    .description = "Loads the plugin and runs each of its ops some thirty times, each time in a "
                   "process of its own, on small inputs made from the "
                   "standard types and with default parameters: whole outputs; the same bytes for "
                   "any number of threads, in a second call, "
                   "at another time, whatever memory holds; nothing touched outside of what it was "
                   "given; nothing left changed in the process; what it does not know "
                   "passed on; bad inputs refused clearly. A rule that is broken, and an op that "
                   "could not be tried, are failures. Columns and attributes that "
                   "the op asks for by name are added to the inputs.",
    .operands =
        (const cli_operand[]){ { .name = "FILE",
                                 .doc = "the shared object of the plugin, or FAMILY.NAME.op.yaml",
                                 .complete = COMPLETE_FILE,
                                 .repeat = true,
                                 .optional = true },
                               { 0 } },
    .options =
        (const cli_option[]){
            { .name = "set",
              .argument = "OP.PARAM=VALUE",
              .doc = "a parameter to try the op with, instead of its default",
              .repeat = true,
              .example = "--set mylab.sharpen.file=test.txt" },
            { .name = "input",
              .argument = "OP.PORT=FILE",
              .doc = "an input to try the op with, an HDF5 value (atomloom get -o); once more for "
                     "each value of a list",
              .repeat = true,
              .complete = COMPLETE_FILE,
              .example = "--input mylab.sharpen.volume=small.h5" },
            { .name = "time",
              .argument = "TIME",
              .doc = "how long one run of the op may take",
              .otherwise = "20s" },
            { .name = "contents",
              .argument = "FILE",
              .doc =
                  "append to FILE what the outputs hold that no input has: op, port, type, name, "
                  "kind, unit",
              .complete = COMPLETE_FILE },
            { .name = "brief", .doc = "print only what is broken or was not tried" },
            { .name = "rules", .doc = "print the table of rules, and do nothing else" },
            OPTION_JSON,
            { 0 } },
    .examples = (const cli_example[]){ { "atomloom check-plugin build/example.smooth.so",
                                         "before giving a plugin to others" },
                                       { 0 } },
};
