/* Properties of a run that is interrupted, stopped and continued: in every state a signal is heard,
 * nothing that is done is lost, the next run goes on, and time that passes while the run is stopped
 * does not count. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int32_t add(const char *name, const char *params)
{
    int32_t i = maker_add(m, name, "test.misbehave", params);
    maker_want(m, i, 0);
    return i;
}

/* ---- interrupted at an event ----------------------------------------------------------------- */

/* Raises `number` when the event comes that `at` knows, `times` times; further ones when the run
 * says that it stops. */
typedef struct plot {
    bool (*at)(const run_event *e);
    int number, times;
    run_outcome outcome[MAKER_NODES];
    run_failure reason[MAKER_NODES];
    int raised, finished, skipped, stopping;
} plot;

static void act(void *user, const run_event *e)
{
    plot *p = user;
    if (e->kind == RUN_FINISHED) {
        p->finished++;
        p->outcome[e->instance] = e->outcome;
        p->reason[e->instance] = e->reason;
    }
    p->stopping += e->kind == RUN_STOPPING;
    if ((!p->raised && p->at(e)) || (e->kind == RUN_STOPPING && p->raised < p->times)) {
        p->raised++;
        raise(p->number);
    }
}

static run_result run_plot(plot *p, run_options options)
{
    error e = { 0 };
    int32_t failed;
    run_result r;
    options.event = act;
    options.user = p;
    plan *made = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert_msg(made && run_plan(made, &options, &r, &e), "%s", e.message);
    plan_free(made);
    ck_assert_int_eq(r.totals.cached + r.totals.done + r.totals.failed + r.totals.skipped,
                     r.totals.needed);
    return r;
}

static bool at_start(const run_event *e) { return e->kind == RUN_STARTED; }
static bool at_progress(const run_event *e) { return e->kind == RUN_PROGRESS; }
static bool at_failure(const run_event *e)
{
    return e->kind == RUN_FINISHED && e->outcome == OUTCOME_FAILED;
}
static bool at_done(const run_event *e)
{
    return e->kind == RUN_FINISHED && e->outcome == OUTCOME_DONE;
}
static bool at_waiting(const run_event *e) { return e->kind == RUN_WAITING; }

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

START_TEST(each_signal_stops_what_runs)
{
    plot p = { .at = at_progress, .number = ending[_i] };
    add("long", "how=sleep seconds=60");
    run_result r = run_plot(&p, (run_options){ .jobs = 1 });
    ck_assert(r.interrupted && r.exit_status == 130 && p.reason[0] == FAILURE_CANCELLED
              && p.stopping == 1);
    ck_assert(r.totals.elapsed_s < 20);
}
END_TEST

static void after_a_failure(bool stop)
{
    plot p = { .at = at_failure, .number = SIGINT };
    int32_t bad = add("bad", "how=fail"), slow = add("slow", "how=sleep seconds=60"),
            more = add("more", "how=sleep seconds=59");
    run_result r = run_plot(&p, (run_options){ .jobs = 2, .stop_at_failure = stop });
    ck_assert(r.interrupted && r.exit_status == 130 && p.stopping == 1);
    ck_assert_int_eq(p.reason[bad], FAILURE_ERROR);
    ck_assert_int_eq(p.reason[slow], FAILURE_CANCELLED);
    ck_assert(!stop || p.outcome[more] == OUTCOME_SKIPPED); /* never begun */
    ck_assert(r.totals.elapsed_s < 20);
}

START_TEST(an_interrupt_after_a_failure_is_heard)
{
    after_a_failure(false);
}
END_TEST
START_TEST(an_interrupt_after_a_failure_under_stop_is_heard)
{
    after_a_failure(true);
}
END_TEST

START_TEST(what_was_done_when_the_interrupt_came_is_kept)
{
    plot p = { .at = at_done, .number = SIGINT };
    int32_t first = add("first", "how=well"), second = add("second", "how=sleep seconds=0.1");
    maker_connect(m, first, 0, second, 0);
    run_result r = run_plot(&p, (run_options){ .jobs = 1 });
    ck_assert(r.interrupted && r.totals.done == 1);
    r = run_all(NULL);
    ck_assert(r.exit_status == 0 && r.totals.cached == 1 && r.totals.done == 1);
}
END_TEST

START_TEST(one_that_comes_before_anything_runs_is_heard)
{
    plot p = { .at = at_start, .number = SIGTERM };
    add("a", "how=sleep seconds=60");
    run_result r = run_plot(&p, (run_options){ .jobs = 1 });
    ck_assert(r.exit_status == 130 && r.totals.elapsed_s < 20);
}
END_TEST

START_TEST(a_second_one_kills_the_deaf_at_once)
{
    plot p = { .at = at_progress, .number = SIGHUP, .times = 2 };
    int32_t loud = add("loud", "how=sleep seconds=60");
    for (int i = 0; i < 3; i++) {
        char name[8], params[64];
        snprintf(name, sizeof name, "d%d", i);
        snprintf(params, sizeof params, "how=deaf seconds=%d", 100 + i);
        add(name, params);
    }
    run_result r = run_plot(&p, (run_options){ .jobs = 4 });
    ck_assert(r.exit_status == 130 && r.totals.failed == 4 && r.totals.cancelled == 4
              && p.reason[loud] == FAILURE_CANCELLED && p.reason[3] == FAILURE_CANCELLED);
    ck_assert_msg(r.totals.elapsed_s < 4, "%g s, the patience with one signal is 5",
                  r.totals.elapsed_s);
}
END_TEST

/* Two actions that do not fit into memory together: the second asks and waits. */
START_TEST(one_that_waits_for_memory_is_cancelled_at_once)
{
    plot p = { .at = at_progress, .number = SIGINT };
    add("a", "how=sleep seconds=60 mebibytes=600 estimated=true");
    add("b", "how=sleep seconds=61 mebibytes=600 estimated=true");
    run_result r = run_plot(&p, (run_options){ .jobs = 2, .memory_bytes = 1ull << 30 });
    ck_assert_int_eq(r.exit_status, 130);
    ck_assert_msg(p.reason[0] == FAILURE_CANCELLED && p.reason[1] == FAILURE_CANCELLED, "%s, %s",
                  run_failure_text(p.reason[0]), run_failure_text(p.reason[1]));
    ck_assert(r.totals.elapsed_s < 4);
}
END_TEST

/* ---- in another process ---------------------------------------------------------------------- */

static void tell(void *user, const run_event *e)
{
    if ((e->kind == RUN_STARTED || e->kind == RUN_WAITING) && write(*(int *)user, "s", 1) != 1)
        _exit(9);
}

/* A run of the graph in a process group of its own, which writes a byte for each start. Ends with
 * the exit status of the run. */
static pid_t run_in_child(int out, void (*before)(void))
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid) {
        setpgid(pid, pid);
        return pid;
    }
    error e = { 0 };
    int32_t failed;
    run_result r = { .exit_status = 99 };
    setpgid(0, 0);
    if (before) before();
    store *own = store_open(dir, &e);
    plan *p = own ? plan_make(&m->graph, own, NULL, &failed, &e) : NULL;
    run_options options = { .jobs = 2, .event = tell, .user = &out };
    if (p) run_plan(p, &options, &r, &e);
    _exit(r.exit_status);
}

static void await_start(int fd)
{
    char c;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    ck_assert_int_eq(poll(&p, 1, 60000), 1);
    ck_assert_int_eq(read(fd, &c, 1), 1);
}

START_TEST(one_that_waits_for_another_run_is_interrupted)
{
    int ends[2], status;
    plot p = { .at = at_waiting, .number = SIGINT };
    add("shared", "how=sleep seconds=3");
    ck_assert_int_eq(pipe(ends), 0);
    pid_t other = run_in_child(ends[1], NULL);
    await_start(ends[0]);
    usleep(20000);
    run_result r = run_plot(&p, (run_options){ .jobs = 1 });
    ck_assert(r.interrupted && r.exit_status == 130 && p.raised == 1);
    ck_assert_int_eq(waitpid(other, &status, WNOHANG), 0); /* the other one goes on */
    ck_assert(waitpid(other, &status, 0) == other && status == 0);
}
END_TEST

static void ignore_hangup(void) { signal(SIGHUP, SIG_IGN); }

START_TEST(a_signal_that_is_ignored_stays_so)
{
    int ends[2], status;
    add("a", "how=sleep seconds=0.5");
    ck_assert_int_eq(pipe(ends), 0);
    pid_t run = run_in_child(ends[1], ignore_hangup);
    await_start(ends[0]);
    ck_assert_int_eq(kill(run, SIGHUP), 0);
    ck_assert(waitpid(run, &status, 0) == run && status == 0);
}
END_TEST

START_TEST(a_third_signal_ends_the_process)
{
    int ends[2], status;
    add("a", "how=sleep seconds=60");
    ck_assert_int_eq(pipe(ends), 0);
    pid_t run = run_in_child(ends[1], NULL);
    await_start(ends[0]);
    ck_assert_int_eq(kill(run, SIGSTOP), 0); /* so that no loop hears the first two in time */
    for (int i = 0; i < 3; i++) kill(run, i == 0 ? SIGINT : i == 1 ? SIGTERM : SIGHUP);
    kill(run, SIGCONT);
    ck_assert_int_eq(waitpid(run, &status, 0), run);
    ck_assert(WIFSIGNALED(status)
              && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM
                  || WTERMSIG(status) == SIGHUP));
}
END_TEST

/* ---- Ctrl-Z ---------------------------------------------------------------------------------- */

/* Field `index` of /proc/PID/stat after the name: 0 is the state, 1 the parent. */
static bool stat_of(const char *pid, char *state, int *parent)
{
    char path[300], line[512] = "";
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    bool good = fgets(line, sizeof line, f) && strrchr(line, ')')
                && sscanf(strrchr(line, ')') + 1, " %c %d", state, parent) == 2;
    fclose(f);
    return good;
}

enum { ALIVE = 'A' }; /* neither stopped nor dead */

/* How many children of `parent` are in this state. */
static int children_in(pid_t parent, char wanted)
{
    DIR *d = opendir("/proc");
    int n = 0;
    for (struct dirent *entry; (entry = readdir(d));) {
        char state;
        int of;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9'
            && stat_of(entry->d_name, &state, &of) && of == parent)
            n += wanted == ALIVE ? !strchr("TZX", state) : state == wanted;
    }
    closedir(d);
    return n;
}

static bool soon(pid_t parent, char wanted, int count)
{
    for (int i = 0; i < 500; i++, usleep(10000))
        if (children_in(parent, wanted) == count) return true;
    return false;
}

static const int stopping[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static void stop_and_go_on(int number)
{
    int ends[2], status;
    add("a", "how=loop");
    int32_t b = add("b", "how=deaf seconds=2");
    m->node[0].resources.time_s = 2.5;
    m->node[b].resources.time_s = 20;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t run = run_in_child(ends[1], NULL);
    await_start(ends[0]);
    await_start(ends[0]);
    ck_assert_int_eq(kill(run, number), 0);
    ck_assert_int_eq(waitpid(run, &status, WUNTRACED), run);
    ck_assert(WIFSTOPPED(status));
    ck_assert_msg(soon(run, 'T', 2), "%d workers are stopped", children_in(run, 'T'));
    usleep(3500000); /* longer than the limit of a, which has run for a moment */
    ck_assert_int_eq(kill(run, SIGCONT), 0);
    usleep(300000);
    ck_assert_int_eq(waitpid(run, &status, WNOHANG), 0);
    ck_assert_msg(soon(run, ALIVE, 2), "the time limit did not wait: %d are alive",
                  children_in(run, ALIVE));
    ck_assert_int_eq(waitpid(run, &status, 0), run);
    ck_assert_int_eq(WEXITSTATUS(status), 1); /* a is over its limit in the end */
}

START_TEST(workers_stop_and_go_on_with_their_run)
{
    stop_and_go_on(stopping[0]);
}
END_TEST
START_TEST(so_they_do_when_the_terminal_stops_it)
{
    stop_and_go_on(stopping[1]);
    fixture_teardown();
    fixture_setup();
    stop_and_go_on(stopping[2]);
}
END_TEST

START_TEST(workers_die_with_a_run_that_is_stopped)
{
    int ends[2], status;
    char c;
    add("a", "how=deaf seconds=100");
    ck_assert_int_eq(pipe(ends), 0);
    pid_t run = run_in_child(ends[1], NULL);
    close(ends[1]);
    await_start(ends[0]);
    kill(run, SIGTSTP);
    waitpid(run, &status, WUNTRACED);
    kill(run, SIGKILL);
    waitpid(run, &status, 0);
    struct pollfd p = { .fd = ends[0], .events = POLLIN };
    ck_assert_int_eq(poll(&p, 1, 20000), 1);
    ck_assert_int_eq(read(ends[0], &c, 1), 0); /* all that held the other end are gone */
}
END_TEST

TEST_MAIN_WITH("interrupts",
               ((suite_options){ .setup = fixture_setup,
                                 .teardown = fixture_teardown,
                                 .loop = each_signal_stops_what_runs,
                                 .loops = sizeof ending / sizeof *ending }),
               an_interrupt_after_a_failure_is_heard,
               an_interrupt_after_a_failure_under_stop_is_heard,
               what_was_done_when_the_interrupt_came_is_kept,
               one_that_comes_before_anything_runs_is_heard, a_second_one_kills_the_deaf_at_once,
               one_that_waits_for_memory_is_cancelled_at_once,
               one_that_waits_for_another_run_is_interrupted, a_signal_that_is_ignored_stays_so,
               a_third_signal_ends_the_process, workers_stop_and_go_on_with_their_run,
               so_they_do_when_the_terminal_stops_it, workers_die_with_a_run_that_is_stopped)
