/* cli/main.c - the program: finds the command, reads its options, runs it. */
#include "cli/commands.h"
#include "cli/common.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static const cli_command *const commands[] = {
    &command_run,          &command_plan,       &command_get,         &command_show,
    &command_graph,        &command_diff,       &command_report,      &command_log,
    &command_finish,       &command_why,        &command_cite,        &command_crate,
    &command_ops,          &command_describe,   &command_new,         &command_check_plugin,
    &command_schema,       &command_cache_ls,   &command_cache_stats, &command_cache_gc,
    &command_cache_verify, &command_cache_rm,   &command_cache_init,  &command_action,
    &command_doctor,       &command_completion, &command_help,        NULL
};

/* What the program was started with may be odd. A stream that came closed would give its number to
 * the next file opened, and what is printed would go there: it is opened the wrong way round, so
 * that using it fails as it should. A file over the limit of the user is to be a failed write,
 * which is reported, and not a signal. */
static void settle(void)
{
    signal(SIGXFSZ, SIG_IGN);
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0) return;
}

/* The program needs little stack; ops and the libraries that they call are used to 8 MiB, and with
 * less they die of a signal that nobody understands. A limit that may be raised is raised, also for
 * the threads to come. Returns an exit status, 0 where there is enough. */
static int check_stack(void)
{
    enum { NEEDED = 1 << 20, USUAL = 8 << 20 };
    struct rlimit l;
    pthread_attr_t a;
    if (getrlimit(RLIMIT_STACK, &l) || l.rlim_cur >= NEEDED) return 0;
    rlim_t was = l.rlim_cur;
    l.rlim_cur = l.rlim_max < USUAL ? l.rlim_max : USUAL;
    if (l.rlim_cur < NEEDED || setrlimit(RLIMIT_STACK, &l))
        return cli_fail(LOOM_E_IO, "raise the limit first: ulimit -s 8192",
                        "the stack is limited to %llu KiB, and ops need %d KiB",
                        (unsigned long long)was >> 10, NEEDED >> 10);
    if (pthread_attr_init(&a)) return 0;
    if (!pthread_attr_setstacksize(&a, l.rlim_cur)) pthread_setattr_default_np(&a);
    pthread_attr_destroy(&a);
    return 0;
}

static int version(void)
{
    text t = { 0 };
    text_printf(&t, "atomloom %s (plugin ABI %u)\n", ATOMLOOM_VERSION, LOOM_ABI);
    return cli_print(&t);
}

static int help(const cli_command *command)
{
    text t = { 0 };
    if (command) cli_help(command, &t);
    else cli_overview(&t, "");
    return cli_print(&t);
}

/* `atomloom cache --help`: the commands that begin with this word. */
static int help_family(const char *word)
{
    text t = { 0 };
    cli_overview(&t, word);
    return cli_print(&t);
}

static bool is_help(const char *word) { return !strcmp(word, "--help") || !strcmp(word, "-h"); }

int main(int argc, char **argv)
{
    const char *const *words = (const char *const *)argv + 1;
    int count = argc - 1, used;
    error e = { 0 };
    settle();
    int status = check_stack();
    if (status) return status;
    cli_commands = commands;
    if (!count || is_help(words[0])) return help(NULL);
    if (!strcmp(words[0], "--version") || !strcmp(words[0], "-V")) return version();
    if (count == 2 && is_help(words[1]) && cli_is_family(words[0])) return help_family(words[0]);
    const cli_command *command = cli_find(words, count, &used, &e);
    if (!command) return cli_report(&e);
    cli_args args;
    if (!cli_parse(command, words + used, count - used, &args, &e)) status = cli_report(&e);
    else status = args.help ? help(command) : command->run(&args);
    cli_args_free(&args);
    return status;
}
