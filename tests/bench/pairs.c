/* bench.pairs NAME PAIRS [--before COMMAND] -- A... -- B...: run two commands in turn, their output
 * thrown away; prints the ratio of their wall times as pairs.h says, then NAME-cpu, the ratio of
 * their processor times with those of their children. `--before` is a command for the shell, run
 * before each of them and not measured. */
#include "pairs.h"
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

static void run_once(char **argv, double *wall, double *cpu)
{
    struct rusage use;
    int status;
    double began = pairs_now_s();
    pid_t pid = fork();
    if (!pid) {
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++) dup2(null, fd);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || status) {
        fprintf(stderr, "bench.pairs: %s failed\n", argv[0]);
        exit(1);
    }
    *wall = pairs_now_s() - began;
    *cpu = seconds(use.ru_utime) + seconds(use.ru_stime);
}

static void prepare(const char *command)
{
    if (command && system(command)) {
        fprintf(stderr, "bench.pairs: '%s' failed\n", command);
        exit(1);
    }
}

static int usage(void)
{
    fprintf(stderr, "bench.pairs NAME PAIRS(%d-%d) [--before COMMAND] -- A... -- B...\n", PAIRS_MIN,
            PAIRS_MAX);
    return 2;
}

int main(int argc, char **argv)
{
    static double wall[2][PAIRS_MAX], cpu[2][PAIRS_MAX];
    char **command[2] = { NULL }, cpu_name[128];
    const char *before = NULL;
    int found = 0;
    int count = argc > 2 ? atoi(argv[2]) : 0;
    for (int i = 3; i < argc; i++)
        if (!found && i + 1 < argc && !strcmp(argv[i], "--before")) before = argv[++i];
        else if (found < 2 && !strcmp(argv[i], "--")) {
            argv[i] = NULL;
            command[found++] = argv + i + 1;
        }
    if (count < PAIRS_MIN || count > PAIRS_MAX || found < 2 || !*command[0] || !*command[1])
        return usage();
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 2; k++) {
            prepare(before);
            run_once(command[k], &wall[k][i], &cpu[k][i]);
        }
    pairs p = pairs_of(wall[0], wall[1], count);
    pairs_print(argv[1], &p);
    p = pairs_of(cpu[0], cpu[1], count);
    snprintf(cpu_name, sizeof cpu_name, "%s-cpu", argv[1]);
    pairs_print(cpu_name, &p);
    return 0;
}
