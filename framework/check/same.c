/* check/same.c - the same inputs and parameters give the same bytes, whatever else is different.
 * Each comparison is one run in a process of its own against the baseline, so that only what is
 * changed for it can matter. */
#include "check/inside.h"
#include <assert.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void check_baseline(check_case *c)
{
    if (!trial_once(c, (trial_how){ 0 }, 1, CHECK_RUNS, &c->report->baseline)) return;
    c->report->second = (int64_t)time(NULL);
}

/* One run compared with the baseline. Where nothing was changed and the bytes differ all the same,
 * the other comparisons mean nothing. */
static void compare(check_case *c, trial_how how, int threads, check_rule rule, const char *when)
{
    assert(threads > 0);
    digest d;
    if (c->report->verdict[CHECK_ELSEWHERE] == CHECK_BROKEN) {
        check_settle(c, rule, CHECK_NOT_APPLICABLE, "its outputs differ from process to process");
        return;
    }
    if (!trial_once(c, how, threads, rule, &d)) return;
    if (digest_equal(&d, &c->report->baseline)) check_settle(c, rule, CHECK_KEPT, "%s", "");
    else check_settle(c, rule, CHECK_BROKEN, "its outputs differ %s", when);
}

void check_control(check_case *c)
{
    compare(c, (trial_how){ 0 }, 1, CHECK_ELSEWHERE, "from process to process");
}
void check_threads_2(check_case *c)
{
    compare(c, (trial_how){ 0 }, 2, CHECK_THREADS, "between 1 and 2 threads");
}
void check_threads_4(check_case *c)
{
    compare(c, (trial_how){ 0 }, 4, CHECK_THREADS, "between 1 and 4 threads");
}

/* ---- what memory holds before it is written -------------------------------------------------- */

static const char unwritten[] = "with what scratch holds: some of it is read before it is written";
void check_scratch_1(check_case *c)
{
    compare(c, (trial_how){ .scratch_fill = 0xff }, 1, CHECK_SCRATCH, unwritten);
}
void check_scratch_2(check_case *c)
{
    compare(c, (trial_how){ .scratch_fill = 0x3e }, 1, CHECK_SCRATCH, unwritten);
}

static void fill_with(check_case *c, int byte)
{
    assert(byte >= 0 && byte <= 255);
    mallopt(M_PERTURB, byte);
    compare(
        c, (trial_how){ .stack_fill = byte }, 1, CHECK_FILL,
        "with what malloc and the stack hold: a variable or memory is read before it is written");
}

void check_fill_1(check_case *c) { fill_with(c, 0xc1); }
void check_fill_2(check_case *c) { fill_with(c, 0x01); }

/* What lies in the last page after the data differs between the two: results that differ were made
 * from it. */
static const char beyond[] = "with what lies past the end of an array or of scratch";
void check_past_end_1(check_case *c)
{
    compare(c, (trial_how){ .layout = LAYOUT_END, .margin_fill = 0xff }, 1, CHECK_PAST_END, beyond);
}
void check_past_end_2(check_case *c)
{
    compare(c, (trial_how){ .layout = LAYOUT_END, .margin_fill = 0x3e }, 1, CHECK_PAST_END, beyond);
}

/* ---- again, memory that is lost, threads that were not given --------------------------------- */

/* Of the process, as the kernel counts them. A sanitizer's own memory grows with every thread and
 * block that it remembers: there only the allocator can be asked. */
static size_t data_bytes(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    return 0;
#else
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
#endif
}

static size_t heap_bytes(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

enum { CALLS = 4 };
typedef struct calls {
    digest made[CALLS];
    size_t heap[CALLS], data[CALLS];
    int most_threads;
} calls;

/* With other numbers first: what an op keeps of them must not show. Whether it takes them does not
 * matter. */
static void call_with_others(check_case *c)
{
    error e = { 0 };
    trial t;
    text why = { 0 };
    process_state *before = process_state_capture(&e);
    if (trial_make(&t, c, (trial_how){ .other = true }, &why)) trial_run(&t, 1, 0);
    trial_end(&t);
    if (before) process_state_restore(before, PROCESS_ALL, &e);
    process_state_free(before);
    text_free(&why);
}

/* False, with the rule broken, where one of them fails. What a call changes in the process is put
 * back: other rules are about that. */
static bool call_often(check_case *c, calls *all)
{
    error e = { 0 };
    call_with_others(c);
    for (int i = 0; i < CALLS; i++) {
        trial t;
        text why = { 0 };
        process_state *before = process_state_capture(&e);
        if (!before || !trial_make(&t, c, (trial_how){ 0 }, &why)) return false;
        t.most_threads = 1;
        if (!trial_run(&t, 1, 0)) {
            check_settle(c, CHECK_AGAIN, CHECK_BROKEN, "call %d in one process failed: %s", i + 1,
                         t.result.failure.message);
            return false;
        }
        if (t.most_threads > all->most_threads) all->most_threads = t.most_threads;
        all->made[i] = trial_digest(&t);
        trial_end(&t);
        process_state_restore(before, PROCESS_ALL, &e);
        process_state_free(before);
        all->heap[i] = heap_bytes();
        all->data[i] = data_bytes();
    }
    return true;
}

/* The growth of the last two calls; a cache that fills in the first is no leak. */
static void look_at_memory(check_case *c, const calls *all)
{
    const size_t most = 1 << 20;
    text why = { 0 };
    for (int kind = 0; kind < 2; kind++) {
        const size_t *at = kind ? all->data : all->heap;
        size_t lost[2] = { at[2] > at[1] ? at[2] - at[1] : 0, at[3] > at[2] ? at[3] - at[2] : 0 };
        if (lost[0] > most && lost[1] > most && !why.length)
            text_printf(&why, "each call leaves %.1f MiB behind (%s)", (double)lost[1] / 1048576,
                        kind ? "pages of the process" : "malloc");
    }
    check_settle_text(c, CHECK_LEAK, CHECK_KEPT, &why);
}

void check_again(check_case *c)
{
    calls all = { .most_threads = 1 };
    if (!call_often(c, &all)) return;
    check_settle(c, CHECK_AGAIN, CHECK_KEPT, "%s", "");
    bool control = c->report->verdict[CHECK_ELSEWHERE] != CHECK_BROKEN;
    for (int i = 0; i < CALLS; i++)
        if (!digest_equal(&all.made[i], &all.made[0]))
            check_settle(c, CHECK_AGAIN, CHECK_BROKEN,
                         "its outputs differ between two calls in one process");
        else if (control && !digest_equal(&all.made[i], &c->report->baseline))
            check_settle(c, CHECK_AGAIN, CHECK_BROKEN,
                         "its outputs differ after a call with other inputs in the same process");
    if (c->report->verdict[CHECK_LEFT_THREADS]
        == CHECK_BROKEN) { /* their stacks would be taken for a leak */
        check_settle(c, CHECK_LEAK, CHECK_NOT_APPLICABLE, "it leaves threads running");
        check_settle(c, CHECK_GIVEN, CHECK_NOT_APPLICABLE, "it leaves threads running");
        return;
    }
    look_at_memory(c, &all);
    if (all.most_threads > 1)
        check_settle(c, CHECK_GIVEN, CHECK_BROKEN, "given 1 thread, it used %d", all.most_threads);
    check_settle(c, CHECK_GIVEN, CHECK_KEPT, "%s", "");
}

/* ---- elsewhere ------------------------------------------------------------------------------- */

/* A year and some odd days, hours, minutes and seconds ahead; and the next second in any case, for
 * clocks that are read through a library. */
static void move_in_time(check_case *c)
{
    check_go_elsewhere(c->op, 400 * 86400 + 5 * 3600 + 17 * 60 + 23);
    while ((int64_t)time(NULL) == c->report->second)
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
}

static void move_in_space(void)
{
    static const char *const variables[][2] = { { "HOME", "/nonexistent" },
                                                { "USER", "nobody" },
                                                { "LOGNAME", "nobody" },
                                                { "PWD", "/" },
                                                { "TZ", "Pacific/Kiritimati" },
                                                { "LANG", "de_DE.UTF-8" },
                                                { "SHELL", "/bin/false" },
                                                { "HOSTNAME", "elsewhere" },
                                                { "TERM", "dumb" },
                                                { "COLUMNS", "40" } };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        setenv(variables[i][0], variables[i][1], 1);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu() >= 0 ? (unsigned)sched_getcpu() : 0, &one);
    sched_setaffinity(0, sizeof one, &one);
    umask(027);
    if (chdir("/")) return; /* one difference less */
}

/* Before the plugin is loaded: its code, its data and its memory come to lie elsewhere. */
void check_move_addresses(void)
{
    const size_t odd = 12345 * (size_t)sysconf(_SC_PAGESIZE);
    mmap(NULL, odd, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (int i = 0; i < 3; i++) {
        volatile char *lost = malloc(40000);
        if (lost) *lost = 1;
    }
}

void check_elsewhere(check_case *c)
{
    trial t;
    text why = { 0 };
    bool made = trial_make(&t, c, (trial_how){ 0 }, &why);
    move_in_time(c);
    move_in_space();
    if (made && !trial_run(&t, 1, 0))
        text_printf(&why, "at another time, in another directory and environment it failed: %s",
                    t.result.failure.message);
    digest d = trial_digest(&t);
    if (!why.length && !digest_equal(&d, &c->report->baseline))
        text_puts(&why, "its outputs differ at another time, in another directory and environment");
    check_settle_text(c, CHECK_ELSEWHERE, CHECK_KEPT, &why);
    trial_end(&t);
}
