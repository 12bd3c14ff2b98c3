/* base/program.h - another program, started from a list of arguments and never through a shell. */
#ifndef ATOMLOOM_BASE_PROGRAM_H
#define ATOMLOOM_BASE_PROGRAM_H
#include "base/error.h"
#include <sys/types.h>

typedef struct program {
    const char *const *argv; /* ended by NULL; argv[0] is looked up in PATH */
    /* where it works; relative names in argv count from there; NULL: where we are */
    const char *directory;
    int input, output, errors; /* what it has as descriptors 0, 1, 2; -1: nothing (/dev/null) */
    const char *const *environment; /* "NAME=value", besides our own; ended by NULL; NULL: none */
    /* variables of ours that begin with one of these it does not get; ended by NULL; NULL: none */
    const char *const *without;
    /* a process group of its own, for which the terminal has no signals; else the caller's */
    bool own_group;
} program;

/* Its process, which the caller waits for; it ends with the calling thread. All other descriptors
 * are closed in it, and signals are as a shell has them. -1 with `e` set where it cannot be
 * started: not found, not executable. [main] */
pid_t program_start(const program *p, error *e);
/* Is there a program of this name in PATH that we may start? */
bool program_is_there(const char *name);
/* How it ended, as waitpid tells. */
int program_wait(pid_t id);
/* "ended with exit status 1", "was ended by SIGSEGV" */
void program_end_text(int status, char *out, size_t size);
#endif
