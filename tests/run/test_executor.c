/* Properties of the seam between coordinator and executor (run/executor.h), shown with an executor
 * that the coordinator does not know: a small batch system. It gathers what it is given into jobs
 * of several actions each, its jobs outlive their coordinator and are taken up by the next, it
 * loses some through no fault of theirs, and its failures have reasons of their own. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include "run/executor.h"
#include "run/interrupts.h"
#include "run/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES = 64, BUNDLE = 3 };

typedef struct berth {
    bool taken, submitted, begun, killed;
    task task;
    task_input inputs[8];
    digest key;
} berth;

typedef struct batch {
    executor base;
    executor_setup setup;
    berth place[PLACES];
    int polls;
} batch;

/* What a test asks of it. */
static struct {
    int lose;         /* so many actions are lost and must begin again */
    int32_t fail;     /* this instance fails for a reason of the system's; -1: none */
    int die_at_poll;  /* the coordinator dies there; 0: it does not */
    int jobs, bundle; /* counted: jobs submitted by this process, actions of the largest */
    bool stopped[MAKER_NODES];
} ask;

static batch *of(const executor *x) { return (batch *)(uintptr_t)x; }

static void file_of(const digest *key, const char *ending, char out[256])
{
    char hex[65];
    snprintf(out, 256, "%s/batch/%s.%s", dir, digest_text(key, hex), ending);
}

static bool exists(const digest *key, const char *ending)
{
    char path[256];
    file_of(key, ending, path);
    return !access(path, F_OK);
}

/* ---- a job: a process of its own, which leaves a file for each action -------------------------
 */

typedef struct result {
    reply reply;
    action_made made[4];
} result;

static int32_t may_start(void *user, const need *n)
{
    (void)user, (void)n;
    return 1;
}
static void drop_note(void *user, const char *line) { (void)user, (void)line; }
static void drop_warning(void *user, const char *where, const char *line)
{
    (void)user, (void)where, (void)line;
}

static void leave(const digest *key, const result *r)
{
    char path[256], aside[256];
    file_of(key, "tmp", aside);
    file_of(key, "result", path);
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0 || write(fd, r, sizeof *r) != (ssize_t)sizeof *r || close(fd)) _exit(1);
    rename(aside, path);
}

static _Noreturn void job(batch *x, const int *places, int count)
{
    static worker_page page;
    error e = { 0 };
    worker_link link = {
        .page = &page, .may_start = may_start, .note = drop_note, .warn = drop_warning
    };
    interrupts_end();
    setsid();
    worker *w = worker_new(x->setup.graph, store_open(dir, &e), link, &e);
    for (int k = 0; w && k < count; k++) {
        const berth *p = &x->place[places[k]];
        result r = { 0 };
        worker_execute(w, &p->task, p->inputs, &r.reply, r.made);
        leave(&p->key, &r);
    }
    _exit(0);
}

static void submit(batch *x, const int *places, int count)
{
    for (int k = 0; k < count; k++) {
        char path[256];
        file_of(&x->place[places[k]].key, "job", path);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
        ck_assert_msg(fd >= 0, "an action was submitted twice: %s", strerror(errno));
        close(fd);
        x->place[places[k]].submitted = true;
    }
    ask.jobs++;
    if (count > ask.bundle) ask.bundle = count;
    if (!fork()) job(x, places, count);
}

/* ---- the executor ---------------------------------------------------------------------------- */

static executor *batch_open(const executor_setup *setup, error *e)
{
    static batch x;
    char path[256];
    (void)e;
    x = (batch){ .setup = *setup };
    x.base.places = setup->jobs < PLACES ? setup->jobs : PLACES;
    x.base.events = setup->events;
    snprintf(path, sizeof path, "%s/batch", dir);
    mkdir(path, 0777);
    extern const executor_kind executor_batch;
    x.base.kind = &executor_batch;
    return &x.base;
}

static void batch_close(executor *x) { (void)x; }

static int batch_start(executor *base, const executor_order *order, error *e)
{
    batch *x = of(base);
    int w = 0;
    (void)e;
    while (x->place[w].taken) w++;
    ck_assert_int_lt(w, base->places);
    ck_assert_int_le(order->task.input_count, 8);
    x->place[w] = (berth){ .taken = true,
                           .task = order->task,
                           .key = *order->key,
                           .submitted = exists(order->key, "job") }; /* taken up */
    memcpy(x->place[w].inputs, order->inputs,
           (size_t)order->task.input_count * sizeof *order->inputs);
    return w;
}

static void batch_go(executor *x, int w, int threads) { (void)x, (void)w, (void)threads; }

/* All that is new, in jobs of BUNDLE actions. */
static void submit_new(batch *x)
{
    int bundle[BUNDLE], n = 0;
    for (int w = 0; w < x->base.places; w++) {
        if (!x->place[w].taken || x->place[w].submitted) continue;
        bundle[n++] = w;
        if (n == BUNDLE) {
            submit(x, bundle, n);
            n = 0;
        }
    }
    if (n) submit(x, bundle, n);
}

static bool lost(batch *x, int w)
{
    if (ask.lose <= 0 || x->place[w].submitted) return false;
    ask.lose--;
    if (!x->base.events.again(x->base.events.user, w, "the node went down")) return false;
    x->place[w].taken = false;
    return true;
}

static void batch_poll(executor *base, double wait_s)
{
    batch *x = of(base);
    void *user = base->events.user;
    for (int w = 0; w < base->places; w++)
        if (x->place[w].taken) lost(x, w);
    submit_new(x);
    if (++x->polls == ask.die_at_poll) _exit(0);
    interrupts_wait(wait_s < 0.01 ? wait_s : 0.01);
    for (int w = 0; w < base->places; w++) {
        berth *p = &x->place[w];
        if (!p->taken || (!p->killed && !exists(&p->key, "result"))) continue;
        if (!p->begun) base->events.began(user, w);
        p->begun = true;
        base->events.note(user, w, "from a job");
        base->events.ended(user, w);
        ck_assert(!p->taken);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

static void batch_progress(const executor *x, int w, double *done, double *total)
{
    (void)x, (void)w;
    *done = *total = 0;
}
static void batch_request_stop(executor *x, int w)
{
    ask.stopped[of(x)->place[w].task.instance] = true;
}
static void batch_kill(executor *x, int w) { of(x)->place[w].killed = true; }

static void batch_collect(executor *base, int w, executor_outcome *out)
{
    static result r;
    char path[256];
    berth *p = &of(base)->place[w];
    p->taken = false;
    *out = (executor_outcome){ 0 };
    if (p->killed) return;
    file_of(&p->key, "result", path);
    int fd = open(path, O_RDONLY);
    ck_assert(fd >= 0 && read(fd, &r, sizeof r) == (ssize_t)sizeof r);
    close(fd);
    *out = (executor_outcome){ .replied = true, .reply = r.reply, .made = r.made };
    if (p->task.instance == ask.fail) {
        *out = (executor_outcome){ .reason = FAILURE_SIGNAL, .signal = 9 };
        error_set(&out->failure, LOOM_E_IO, "run again", "the node was drained");
    }
}

const executor_kind executor_batch = { .name = "batch",
                                       .doc = "for this test",
                                       .open = batch_open,
                                       .close = batch_close,
                                       .start = batch_start,
                                       .go = batch_go,
                                       .poll = batch_poll,
                                       .progress = batch_progress,
                                       .request_stop = batch_request_stop,
                                       .kill = batch_kill,
                                       .collect = batch_collect };

/* ---- properties ------------------------------------------------------------------------------ */

enum { WIDTH = 8 };

/* `WIDTH` numbers that take a while, and their sum: WIDTH * (WIDTH + 1) / 2. */
static int32_t make_fan(double seconds)
{
    int32_t from[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        char name[8], params[64];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "add=%d seconds=%g", i + 1, seconds);
        from[i] = maker_add(m, name, "test.sum", params);
    }
    int32_t sum = maker_add(m, "sum", "test.sum", NULL);
    for (int i = 0; i < WIDTH; i++) maker_connect(m, from[i], 0, sum, 0);
    maker_want(m, sum, 0);
    return sum;
}

static void setup(void)
{
    fixture_setup();
    memset(&ask, 0, sizeof ask);
    ask.fail = -1;
}

static const run_options with_batch = { .executor = &executor_batch, .jobs = 32 };

START_TEST(what_is_ready_together_can_go_in_bundles)
{
    double v = 0;
    seen s = { 0 };
    make_fan(0);
    run_result r = run_with(with_batch, &s, NULL, &v);
    ck_assert_int_eq(r.totals.done, WIDTH + 1);
    ck_assert(v == WIDTH * (WIDTH + 1) / 2);
    ck_assert_int_eq(ask.bundle, BUNDLE);
    ck_assert_int_eq(ask.jobs, (WIDTH + BUNDLE - 1) / BUNDLE + 1); /* and one for the sum */
    ck_assert_int_eq(s.most_running, WIDTH);
    for (int i = 0; i <= WIDTH; i++) ck_assert(s.started[i] == 1 && s.finished[i] == 1);
}
END_TEST

START_TEST(what_outlives_its_coordinator_is_taken_up)
{
    double v = 0;
    make_fan(0.3);
    pid_t first = fork();
    if (!first) {
        ask.die_at_poll = 1; /* its jobs are under way */
        run_with(with_batch, NULL, NULL, NULL);
        _exit(1);
    }
    int status;
    ck_assert(waitpid(first, &status, 0) == first && WIFEXITED(status) && !WEXITSTATUS(status));
    run_result r = run_with(with_batch, NULL, NULL, &v);
    ck_assert_int_eq(r.totals.done, WIDTH + 1);
    ck_assert_int_eq(ask.jobs, 1); /* the sum; nothing else was submitted again */
    ck_assert(v == WIDTH * (WIDTH + 1) / 2);
}
END_TEST

START_TEST(what_is_lost_without_fault_begins_again)
{
    double v = 0;
    seen s = { 0 };
    make_fan(0);
    ask.lose = WIDTH;
    run_result r = run_with(with_batch, &s, NULL, &v);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert_int_eq(r.totals.done, WIDTH + 1);
    ck_assert(v == WIDTH * (WIDTH + 1) / 2);
    ck_assert(strstr(s.notes, "the node went down") != NULL);
    ck_assert_int_eq(s.starts, 2 * WIDTH + 1);
}
END_TEST

START_TEST(a_failure_has_the_reason_that_the_executor_gives)
{
    seen s = { 0 };
    int32_t sum = make_fan(0);
    ask.fail = 2;
    run_result r = run_with(with_batch, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 1);
    ck_assert_int_eq(r.totals.failed, 1);
    ck_assert_int_eq(r.totals.done, WIDTH - 1);
    ck_assert_int_eq(s.reason[2], FAILURE_SIGNAL);
    ck_assert_int_eq(s.signal[2], 9);
    ck_assert_str_eq(s.failure[2].message, "the node was drained");
    ck_assert_int_eq(s.outcome[sum], OUTCOME_SKIPPED);
}
END_TEST

START_TEST(a_signal_asks_everything_that_is_under_way_to_stop)
{
    seen s = { .interrupt_at_start = WIDTH };
    make_fan(0.1);
    run_result r = run_with(with_batch, &s, NULL, NULL);
    ck_assert(r.interrupted && r.exit_status == 130);
    for (int i = 0; i < WIDTH; i++) ck_assert(ask.stopped[i]);
    ck_assert_int_eq(r.totals.done, WIDTH); /* their ends were under way, and count */
    ck_assert_int_eq(s.started[WIDTH], 0);
}
END_TEST

START_TEST(a_limit_kills_and_is_the_reason)
{
    seen s = { 0 };
    run_options o = with_batch;
    make_fan(1);
    o.time_s = 0.3;
    run_result r = run_with(o, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 1);
    ck_assert_int_eq(s.reason[0], FAILURE_TIME);
    ck_assert_ptr_nonnull(strstr(s.failure[0].message, "its time limit"));
}
END_TEST

START_TEST(executors_are_found_by_name)
{
    error e = { 0 };
    ck_assert_ptr_eq(executor_find("local", &e), &executor_local);
    ck_assert_ptr_eq(executor_find("inline", &e), &executor_inline);
    ck_assert_ptr_eq(executor_find("slurm", &e), &executor_slurm);
    ck_assert_ptr_null(executor_find("cloud", &e));
    ck_assert_ptr_nonnull(strstr(e.message, "'cloud', expected local, inline or slurm"));
}
END_TEST

TEST_MAIN_WITH("executor", ((suite_options){ .setup = setup, .teardown = fixture_teardown }),
               what_is_ready_together_can_go_in_bundles, what_outlives_its_coordinator_is_taken_up,
               what_is_lost_without_fault_begins_again,
               a_failure_has_the_reason_that_the_executor_gives,
               a_signal_asks_everything_that_is_under_way_to_stop, a_limit_kills_and_is_the_reason,
               executors_are_found_by_name)
