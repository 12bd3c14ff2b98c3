/* cli/check_plugin.c - `atomloom check-plugin`: does a plugin keep the contract? Every rule in a child process with a time limit. */
#include "cli/check.h"
#include "cli/commands.h"
#include "plugin/load.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a child process for each thing that may go wrong ------------------------------------------------------------------------- */

typedef struct task { const char *path, *id; const check_rule *rule; const char *const *settings; } task;
typedef check_verdict child_work(const task *t, text *said);

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* All that comes through the pipe until it closes; false when the time is over. */
static bool listen_to(int fd, double limit_s, text *said)
{
    double end = now_s() + limit_s;
    char some[4096];
    for (;;) {
        double left = end - now_s();
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (left <= 0) return false;
        if (poll(&p, 1, (int)(left * 1000) + 1) < 0 && errno != EINTR) return true;
        if (!p.revents) continue;
        ssize_t n = read(fd, some, sizeof some);
        if (n <= 0) return true;
        text_add(said, some, (size_t)n);
    }
}

/* What the op prints is not for this terminal: it may hold anything. */
static void close_streams(void)
{
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0) return;
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    if (nowhere > STDERR_FILENO) close(nowhere);
}

static void work_and_exit(child_work *work, const task *t, int out)
{
    text said = { 0 };
    close_streams();
    check_verdict v = work(t, &said);
    if (said.length && write(out, said.data, said.length) < 0) _exit(CHECK_FAILED);
    _exit((int)v);
}

static check_verdict in_child(child_work *work, const task *t, double limit_s, text *said)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0) return CHECK_SKIPPED;
    fflush(stdout);
    fflush(stderr);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        work_and_exit(work, t, ends[1]);
    }
    close(ends[1]);
    bool in_time = child < 0 || listen_to(ends[0], limit_s, said);
    close(ends[0]);
    if (child < 0) return CHECK_SKIPPED;
    if (!in_time) kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (in_time && WIFEXITED(status) && WEXITSTATUS(status) <= CHECK_SKIPPED) return (check_verdict)WEXITSTATUS(status);
    text_clear(said);
    if (!in_time) text_printf(said, "it did not return within %.0f s; --time gives it longer, --set cheaper parameters", limit_s);
    else if (WIFSIGNALED(status)) text_printf(said, "it crashed: %s", strsignal(WTERMSIG(status)));
    else text_printf(said, "it ended the process with status %d", WEXITSTATUS(status));
    return CHECK_FAILED;
}

/* The ids of the ops, one per line; or why the file cannot be loaded. */
static check_verdict list_ops(const task *t, text *said)
{
    error e = { 0 };
    const loom_plugin *p = plugin_load(t->path, &e);
    for (const loom_op *const *op = p ? p->ops : NULL; op && *op; op++) text_printf(said, "%s\n", (*op)->id);
    if (!p) text_printf(said, "%s; %s", e.message, e.todo);
    return p ? CHECK_PASSED : CHECK_FAILED;
}

static check_verdict prove(const task *t, text *said)
{
    error e = { 0 };
    const loom_plugin *p = plugin_load(t->path, &e);
    for (const loom_op *const *op = p ? p->ops : NULL; op && *op; op++)
        if (!strcmp((*op)->id, t->id)) return t->rule->prove(*op, t->settings, said);
    text_printf(said, "it could not be loaded again: %s", e.message);
    return CHECK_FAILED;
}

/* ---- one file ------------------------------------------------------------------------------------------------------------------- */

typedef struct tally { int passed, failed, skipped; bool brief; double limit_s; const char *const *settings; } tally;

static void tell(tally *t, check_verdict v, const char *subject, const char *what, const text *why)
{
    static const char *const words[] = { "ok", "FAILED", "skipped" };
    bool reason = v != CHECK_PASSED && why && why->length;
    t->passed += v == CHECK_PASSED;
    t->failed += v == CHECK_FAILED;
    t->skipped += v == CHECK_SKIPPED;
    if (t->brief && v != CHECK_FAILED) return;
    cli_line("  %-7s  %s%s%s", words[v], t->brief ? subject : "", t->brief ? ": " : "", what);
    if (reason) cli_line("           %s", why->data);
}

static void check_symbols(tally *t, const char *path)
{
    text symbols = { 0 }, others = { 0 }, why = { 0 };
    error e = { 0 };
    bool good = exported_symbols(path, &symbols, &e);
    for (char *s = symbols.data, *end; good && s && *s; s = end + 1) {
        end = strchr(s, '\n');
        *end = 0;
        bool of_linker = !strcmp(s, "_init") || !strcmp(s, "_fini") || !strncmp(s, "__", 2);
        if (strcmp(s, LOOM_PLUGIN_SYMBOL) != 0 && !of_linker) text_printf(&others, "%s%s", others.length ? ", " : "", s);
    }
    if (!good) text_puts(&why, e.message);
    else if (others.length) text_printf(&why, "it exports %s as well: compile with -fvisibility=hidden, make functions static",
                                        others.data);
    tell(t, why.length ? CHECK_FAILED : CHECK_PASSED, path, "exports " LOOM_PLUGIN_SYMBOL " and nothing else", &why);
    text_free(&symbols);
    text_free(&others);
    text_free(&why);
}

/* Rules that mean nothing for an op that does not run are not tried in vain: one that takes an hour would take nine. */
static void check_op(tally *t, const char *path, const char *id)
{
    text before = { 0 };
    check_verdict ran = CHECK_PASSED;
    for (const check_rule *rule = check_rules; rule->name; rule++) {
        text why = { 0 };
        bool in_vain = rule->plain && ran != CHECK_PASSED;
        check_verdict v = in_vain ? CHECK_SKIPPED : in_child(prove, &(task){ path, id, rule, t->settings }, t->limit_s * rule->runs, &why);
        bool again = before.length && why.length && !strcmp(before.data, why.data);
        if (rule == check_rules) ran = v;
        tell(t, v, id, rule->name, again ? NULL : &why); /* one reason for all is said once */
        text_free(&before);
        before = why;
    }
    text_free(&before);
}

static void check_file(tally *t, const char *path)
{
    text ids = { 0 };
    if (!t->brief) cli_line("%s", path);
    check_symbols(t, path);
    check_verdict loaded = in_child(list_ops, &(task){ .path = path }, t->limit_s, &ids);
    tell(t, loaded, path, "loads; descriptors, documentation, ports and parameters are sound", &ids);
    for (char *id = ids.data, *end; loaded == CHECK_PASSED && id && *id; id = end + 1) {
        end = strchr(id, '\n');
        *end = 0;
        if (!t->brief) cli_line("%s", id);
        check_op(t, path, id);
    }
    text_free(&ids);
}

static int run_check_plugin(const cli_args *args)
{
    tally t = { .brief = cli_has(args, "brief"), .limit_s = 20, .settings = cli_values(args, "set") };
    const char *limit = cli_value(args, "time");
    if (limit && (!seconds_read(limit, &t.limit_s) || t.limit_s <= 0))
        return cli_fail(LOOM_E_PARAM, "write it as in 90s or 5min", "option '--time' is '%s'", limit);
    for (int i = 0; i < args->operand_count; i++) {
        if (access(args->operand[i], R_OK) != 0)
            return cli_fail(LOOM_E_IO, "check the path", "cannot read '%s': %s", args->operand[i], strerror(errno));
        check_file(&t, args->operand[i]);
    }
    cli_line("%d rules kept, %d broken, %d could not be tried", t.passed, t.failed, t.skipped);
    text nothing = { 0 };
    int status = cli_print(&nothing);
    if (!t.failed || status) return status;
    return cli_fail(LOOM_E_DATA, "the contract is told in atomloom/op.h; what is wrong is said above", "%d rule%s broken", t.failed,
                    t.failed == 1 ? " is" : "s are");
}

const cli_command command_check_plugin = {
    .name = "check-plugin", .group = "Ops", .summary = "test whether a plugin keeps the contract of an op", .run = run_check_plugin,
    .description = "Loads the plugin and runs each of its ops, each time in a process of its own, on small inputs made from the standard "
                   "types and with default parameters: "
                   "the same bytes for 1, 2 and 4 threads, inputs left intact, NaN and empty inputs refused clearly, stopping, failed "
                   "allocations, nothing on standard "
                   "output. What cannot be tried (an op that reads files, say) is skipped and said.",
    .operands = (const cli_operand[]){ { .name = "FILE", .doc = "the shared object of the plugin", .complete = COMPLETE_FILE,
                                         .repeat = true }, { 0 } },
    .options = (const cli_option[]){
        { .name = "set", .argument = "OP.PARAM=VALUE", .doc = "a parameter to try the op with, instead of its default", .repeat = true,
          .example = "--set mylab.sharpen.file=test.txt" },
        { .name = "time", .argument = "TIME", .doc = "how long one run of the op may take", .otherwise = "20s" },
        { .name = "brief", .doc = "print the broken rules only" }, { 0 } },
    .examples = (const cli_example[]){ { "atomloom check-plugin build/example.smooth.so", "before giving a plugin to others" }, { 0 } },
};
