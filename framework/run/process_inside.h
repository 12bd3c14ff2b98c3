/* run/process_inside.h - how a process's state is held; for the files process_*.c only. */
#ifndef ATOMLOOM_RUN_PROCESS_INSIDE_H
#define ATOMLOOM_RUN_PROCESS_INSIDE_H
#include "run/process_state.h"
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>

enum {
    PROCESS_SIGNALS = 65,
    PROCESS_CONTROLS = 11,
    PROCESS_FLOAT_WORDS = 2,
    PROCESS_ITIMERS = 3,
    PROCESS_LIBRARY_WORDS = 16
};

typedef struct open_file {
    int fd, status_flags, fd_flags;
    dev_t device;
    ino_t inode;
} open_file;
typedef struct open_files {
    open_file *file;
    size_t count;
} open_files;
typedef struct ids {
    int *id;
    size_t count;
} ids; /* ascending */

struct process_state {
    unsigned floating[PROCESS_FLOAT_WORDS];
    char *locale_name;
    locale_t thread_locale;
    char **environment; /* NULL-terminated copy */
    int directory;      /* O_PATH */
    struct stat directory_is;
    char *directory_path;
    mode_t mask;
    struct sigaction handler[PROCESS_SIGNALS];
    stack_t stack;
    sigset_t blocked;
    struct rlimit limit[RLIM_NLIMITS];
    struct itimerval timer[PROCESS_ITIMERS];
    ids posix_timer, thread, child;
    int nice, policy;
    cpu_set_t cpus;
    long control[PROCESS_CONTROLS];
    open_files files;
    int library[PROCESS_LIBRARY_WORDS];
};

/* One part: `capture` is false when out of memory; `compare` prints each difference as a line and
 * is true when there is one; `restore` does what it can (whether it worked is found by comparing
 * again). */
typedef struct part_work {
    bool (*capture)(process_state *s);
    bool (*compare)(const process_state *before, const process_state *after, text *what);
    void (*restore)(const process_state *before, const process_state *now);
} part_work;

extern const part_work process_work_float, process_work_locale, process_work_environment,
    process_work_directory, process_work_umask;
extern const part_work process_work_handlers, process_work_mask, process_work_limits,
    process_work_timers, process_work_scheduling, process_work_control;
extern const part_work process_work_descriptors, process_work_threads, process_work_children,
    process_work_libraries;

/* The floating-point control words of this thread. */
void process_float_read(unsigned word[PROCESS_FLOAT_WORDS]);
/* Do both do the same with a signal? */
bool process_same_handler(const struct sigaction *a, const struct sigaction *b);
/* What prctl and personality say of this process. */
void process_control_read(long now[PROCESS_CONTROLS]);
void process_libraries_find(void); /* those that are loaded by now */
/* The numbers that libraries keep, in the order of the table. */
void process_libraries_read(int word[PROCESS_LIBRARY_WORDS]);

void ids_free(ids *list);
bool ids_add(ids *list, int id); /* false: out of memory */
bool ids_hold(const ids *list, int id);
void ids_sort(ids *list);
#endif
