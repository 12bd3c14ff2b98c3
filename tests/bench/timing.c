/* bench.timing ROUNDS -- COMMAND... [-- COMMAND...]: run commands in turn, their output thrown
 * away; for each a line of smallest wall ms, median wall ms, median CPU ms (children included),
 * largest resident KiB. In turn, so that a machine that is busy now and idle later treats them
 * alike. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8 };
typedef struct command {
    char **argv;
    double *wall, *cpu;
    long peak;
} command;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * t.tv_sec + 1e-6 * t.tv_nsec;
}

static double ms(struct timeval t) { return 1e3 * t.tv_sec + 1e-3 * t.tv_usec; }

static void run_once(command *c, int round)
{
    struct rusage use;
    int status;
    double began = now_ms();
    pid_t pid = fork();
    if (!pid) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(c->argv[0], c->argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || status) {
        fprintf(stderr, "bench.timing: %s failed\n", c->argv[0]);
        exit(1);
    }
    c->wall[round] = now_ms() - began;
    c->cpu[round] = ms(use.ru_utime) + ms(use.ru_stime);
    if (use.ru_maxrss > c->peak) c->peak = use.ru_maxrss;
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv)
{
    command c[MOST] = { { 0 } };
    int n = 0, rounds = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 2; i < argc && n < MOST; i++)
        if (!strcmp(argv[i], "--")) {
            argv[i] = NULL;
            c[n++].argv = argv + i + 1;
        }
    if (rounds < 1 || n < 1) return 2;
    for (int k = 0; k < n; k++) {
        c[k].wall = calloc(rounds, sizeof(double));
        c[k].cpu = calloc(rounds, sizeof(double));
    }
    for (int r = 0; r < rounds; r++)
        for (int k = 0; k < n; k++) run_once(&c[k], r);
    for (int k = 0; k < n; k++) {
        qsort(c[k].wall, rounds, sizeof(double), ascending);
        qsort(c[k].cpu, rounds, sizeof(double), ascending);
        printf("%.3f %.3f %.3f %ld\n", c[k].wall[0], c[k].wall[rounds / 2], c[k].cpu[rounds / 2],
               c[k].peak);
        free(c[k].wall);
        free(c[k].cpu);
    }
    return 0;
}
