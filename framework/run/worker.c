/* run/worker.c - see worker.h */
#include "run/worker.h"
#include "plugin/load.h"
#include "run/host.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { KEPT_VALUES = 32 };

/* A value that was read or made lately: chains need not read it again. */
typedef struct kept { digest name; loom_value *value; size_t bytes; uint64_t used; bool busy; } kept;

struct worker {
    const graph *graph;
    store *store;
    worker_link link;
    kept kept[KEPT_VALUES];
    size_t kept_bytes, kept_limit;
    uint64_t clock;
    const loom_op **op;      /* by node, once loaded */
    const loom_plugin **plugin; /* by node; NULL for a registry in memory */
    int peak_fd;             /* /proc/self/clear_refs: forgets the largest resident size */
};

/* ---- values kept ------------------------------------------------------------------------------------------------------ */

static size_t machine_bytes(void) { return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE); }

static void drop(worker *w, kept *k)
{
    w->kept_bytes -= k->bytes;
    value_free(k->value);
    *k = (kept){ 0 };
}

/* A free place, after dropping the longest unused values that are not inputs of the action under way. NULL: all are. */
static kept *make_room(worker *w, size_t bytes)
{
    for (;;) {
        kept *empty = NULL, *oldest = NULL;
        for (int i = 0; i < KEPT_VALUES; i++) {
            kept *k = &w->kept[i];
            if (!k->value) empty = k;
            else if (!k->busy && (!oldest || k->used < oldest->used)) oldest = k;
        }
        if (empty && (w->kept_bytes + bytes <= w->kept_limit || !oldest)) return empty;
        if (!oldest) return NULL;
        drop(w, oldest);
    }
}

/* Takes the value; true when it is kept, false when there was no place (it is then still the caller's). */
static bool keep(worker *w, const digest *name, loom_value *value, bool busy)
{
    size_t bytes = value_bytes(value);
    kept *k = make_room(w, bytes);
    if (!k) return false;
    *k = (kept){ *name, value, bytes, ++w->clock, busy };
    w->kept_bytes += bytes;
    return true;
}

/* A kept value is used only while it is still what its name says: an op that wrote to its input harms nobody but itself. */
static const loom_value *find_kept(worker *w, const digest *name)
{
    for (int i = 0; i < KEPT_VALUES; i++) {
        kept *k = &w->kept[i];
        if (!k->value || !digest_equal(&k->name, name)) continue;
        digest now = value_digest(k->value);
        if (digest_equal(&now, name)) {
            k->used = ++w->clock;
            k->busy = true;
            return k->value;
        }
        if (!k->busy) drop(w, k);
    }
    return NULL;
}

/* ---- one action ------------------------------------------------------------------------------------------------------- */

typedef struct inputs { host_input *input; loom_value **own; int32_t count, own_count; } inputs;

static bool read_inputs(worker *w, const loom_op *op, const task *t, const task_input *from, inputs *in, reply *out)
{
    in->input = calloc((size_t)t->input_count + 1, sizeof *in->input);
    in->own = calloc((size_t)t->input_count + 1, sizeof *in->own);
    if (!in->input || !in->own) return error_memory(&out->failure, "inputs");
    for (int32_t i = 0; i < t->input_count; i++) {
        const loom_value *v = find_kept(w, &from[i].value);
        if (!v) {
            loom_value *read = store_get(w->store, &from[i].value, true, &out->failure);
            if (!read) {
                if (out->failure.status == LOOM_E_IO) out->lost_input = i;
                return false;
            }
            if (!keep(w, &from[i].value, read, true)) in->own[in->own_count++] = read;
            v = read;
        }
        in->input[in->count++] = (host_input){ op->inputs[from[i].port].name, v };
    }
    return true;
}

static void inputs_free(worker *w, inputs *in)
{
    for (int32_t i = 0; i < in->own_count; i++) value_free(in->own[i]);
    for (int i = 0; i < KEPT_VALUES; i++) w->kept[i].busy = false;
    free(in->input);
    free(in->own);
}

static const loom_op *find_op(worker *w, int32_t node, error *e)
{
    const op_entry *entry = w->graph->nodes[node].op;
    if (w->op[node]) return w->op[node];
    if (entry->op->run) return w->op[node] = entry->op; /* a registry in memory */
    const loom_plugin *p = plugin_load_content(entry->file->path, &entry->file->content, e);
    w->plugin[node] = p;
    for (const loom_op *const *op = p ? p->ops : NULL; op && *op; op++)
        if (!strcmp((*op)->id, entry->op->id)) return w->op[node] = *op;
    error_set(e, LOOM_E_IO, "run again", "%s no longer holds the op %s", entry->file->path, entry->op->id);
    return NULL;
}

/* Whatever it gave, or why ever it failed, counts only if its code was what the key says. */
static bool is_still_itself(const worker *w, int32_t node, error *failure)
{
    error e = { 0 };
    if (!w->plugin[node] || plugin_unchanged(w->plugin[node], &e)) return true;
    *failure = e;
    return false;
}

static bool on_progress(void *user, double done, double total)
{
    worker *w = user;
    atomic_store_explicit(&w->link.page->done, done, memory_order_relaxed);
    atomic_store_explicit(&w->link.page->total, total, memory_order_relaxed);
    return true;
}

static bool on_cancelled(void *user)
{
    worker *w = user;
    return atomic_load_explicit(&w->link.page->stop, memory_order_relaxed) || (w->link.stop && w->link.stop(w->link.user));
}

static void on_note(void *user, const char *line)
{
    worker *w = user;
    w->link.note(w->link.user, line);
}

static void on_warning(void *user, const char *where, const char *line)
{
    worker *w = user;
    w->link.warn(w->link.user, where, line);
}

static double clock_s(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* RLIMIT_DATA counts what was already there and the stacks of threads, so the limit is on top of them. Returns the limit to put back. */
static struct rlimit limit_memory(uint64_t bytes, int32_t threads)
{
    const rlim_t stack = 8 << 20;
    struct rlimit before = { RLIM_INFINITY, RLIM_INFINITY };
    unsigned long pages[6] = { 0 };
    getrlimit(RLIMIT_DATA, &before);
    FILE *f = bytes ? fopen("/proc/self/statm", "r") : NULL;
    if (!f) return before;
    int got = fscanf(f, "%lu %lu %lu %lu %lu %lu", &pages[0], &pages[1], &pages[2], &pages[3], &pages[4], &pages[5]);
    fclose(f);
    rlim_t limit = (rlim_t)pages[5] * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)threads * stack + bytes;
    if (got == 6 && limit < before.rlim_cur) setrlimit(RLIMIT_DATA, &(struct rlimit){ limit, before.rlim_max });
    return before;
}

static bool write_outputs(worker *w, host_result *result, reply *out, action_made *outputs)
{
    for (int i = 0; i < result->output_count; i++) {
        outputs[i] = (action_made){ .made = result->output[i] != NULL };
        if (!result->output[i]) continue;
        if (!store_put(w->store, result->output[i], &outputs[i].value, &out->failure)) {
            out->store_failed = true;
            return false;
        }
        if (keep(w, &outputs[i].value, result->output[i], false)) result->output[i] = NULL;
    }
    out->output_count = result->output_count;
    return true;
}

static bool run_action(worker *w, const task *t, const task_input *from, reply *out, action_made *outputs)
{
    const graph_instance *instance = &w->graph->instances[t->instance];
    const loom_op *op = find_op(w, instance->node, &out->failure);
    inputs in = { 0 };
    host_result result = { 0 };
    loom_estimate estimate;
    if (!op) return false;
    bool good = read_inputs(w, op, t, from, &in, out);
    host_request request = { .op = op, .params = instance->params, .inputs = in.input, .input_count = in.count, .threads = t->threads,
                             .memory_limit = t->limit_bytes, .progress = on_progress, .cancelled = on_cancelled, .note = on_note, .warn = on_warning, .user = w };
    if (good && host_estimate(&request, &estimate)) {
        need n = { .bytes = estimate.bytes, .uses_threads = estimate.uses_threads };
        for (int32_t i = 0; i < in.count; i++) n.bytes += value_bytes(in.input[i].value);
        request.threads = w->link.may_start(w->link.user, &n);
    }
    double wall = clock_s(CLOCK_MONOTONIC), cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    errno = 0;
    good = good && host_run(&request, &result);
    if (!good && out->failure.status == LOOM_OK) out->failure = result.failure;
    good = is_still_itself(w, instance->node, &out->failure) && good;
    good = good && write_outputs(w, &result, out, outputs);
    out->wall_s = clock_s(CLOCK_MONOTONIC) - wall;
    out->cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    host_result_free(&result);
    inputs_free(w, &in);
    return good;
}

void worker_execute(worker *w, const task *t, const task_input *from, reply *out, action_made *outputs)
{
    *out = (reply){ .lost_input = -1 };
    on_progress(w, 0, 0);
    if (w->peak_fd >= 0 && pwrite(w->peak_fd, "5", 1, 0) < 0) w->peak_fd = -1;
    struct rlimit before = limit_memory(t->limit_bytes, t->threads);
    out->good = run_action(w, t, from, out, outputs);
    if (out->good) out->failure = (error){ 0 };
    if (t->limit_bytes) setrlimit(RLIMIT_DATA, &before);
    struct rusage use;
    if (!getrusage(RUSAGE_SELF, &use)) out->peak_bytes = (uint64_t)use.ru_maxrss * 1024;
}

worker *worker_new(const graph *g, store *s, worker_link link, error *e)
{
    worker *w = calloc(1, sizeof *w);
    if (w) w->op = calloc((size_t)g->node_count + 1, sizeof *w->op);
    if (w) w->plugin = calloc((size_t)g->node_count + 1, sizeof *w->plugin);
    if (!w || !w->op || !w->plugin) {
        if (w) free(w->op);
        if (w) free(w->plugin);
        free(w);
        error_memory(e, "a worker");
        return NULL;
    }
    w->graph = g;
    w->store = s;
    w->link = link;
    w->kept_limit = machine_bytes() / 8 / (size_t)sysconf(_SC_NPROCESSORS_ONLN); /* all workers together: an eighth */
    w->peak_fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    return w;
}

void worker_free(worker *w)
{
    if (!w) return;
    for (int i = 0; i < KEPT_VALUES; i++)
        if (w->kept[i].value) drop(w, &w->kept[i]);
    if (w->peak_fd >= 0) close(w->peak_fd);
    free(w->op);
    free(w->plugin);
    free(w);
}

/* ---- a worker process -------------------------------------------------------------------------------------------------- */

/* How a worker process reaches its coordinator. A process that an op made with fork() has a copy, and is not to use it. */
typedef struct socket_link { int fd, log_fd; pid_t pid; uint64_t serial; worker_page *page; pthread_mutex_t lock; } socket_link;

/* Where a message cannot be sent, the coordinator is gone, or an op closed our descriptors, which the page still tells. */
static _Noreturn void end_cut_off(const socket_link *l)
{
    atomic_store(&l->page->cut, true);
    _exit(1);
}

static int32_t ask_to_start(void *user, const need *n)
{
    const socket_link *l = user;
    message_head head;
    text body = { 0 };
    int32_t threads = 1;
    if (!message_send(l->fd, MESSAGE_NEED, l->serial, n, sizeof *n, NULL, 0) || !message_receive(l->fd, &head, &body)) end_cut_off(l);
    assert(head.kind == MESSAGE_GO && head.serial == l->serial && body.length == sizeof threads);
    memcpy(&threads, body.data, sizeof threads);
    text_free(&body);
    return threads;
}

/* As much of `line` as fits into `room` bytes with its NUL: its length with the NUL. */
static size_t cut_text(char *out, size_t room, const char *line)
{
    int n = snprintf(out, room, "%s", line);
    return (n < (int)room ? (size_t)(n > 0 ? n : 0) : room - 1) + 1;
}

static void send_note(void *user, const char *line)
{
    socket_link *l = user;
    char cut[MAX_NOTE];
    if (getpid() != l->pid) return;
    pthread_mutex_lock(&l->lock);
    fflush(stdout);
    dprintf(l->log_fd, "%s\n", line);
    message_send(l->fd, MESSAGE_NOTE, l->serial, cut, cut_text(cut, sizeof cut, line), NULL, 0);
    pthread_mutex_unlock(&l->lock);
}

static void send_warning(void *user, const char *where, const char *line)
{
    socket_link *l = user;
    char where_cut[MAX_WHERE], cut[MAX_NOTE];
    if (getpid() != l->pid) return;
    size_t n = cut_text(where_cut, sizeof where_cut, where);
    pthread_mutex_lock(&l->lock);
    fflush(stdout);
    dprintf(l->log_fd, "warning: %s\n", line);
    message_send(l->fd, MESSAGE_WARNING, l->serial, where_cut, n, cut, cut_text(cut, sizeof cut, line));
    pthread_mutex_unlock(&l->lock);
}

static worker_page *own_page;

/* An op that does not ask whether malloc worked dies from the NULL it got. That is a lack of memory, not a crash, and errno still says so. */
static void on_death(int number)
{
    if (errno == ENOMEM) atomic_store(&own_page->starved, true);
    raise(number); /* SA_RESETHAND: now it kills */
}

static void watch_deaths(worker_page *page)
{
#ifndef __SANITIZE_ADDRESS__ /* which reports crashes itself */
    static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT };
    struct sigaction action = { .sa_handler = on_death, .sa_flags = SA_RESETHAND | SA_NODEFER };
    own_page = page;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
#else
    (void)page;
    (void)on_death;
#endif
}

/* Outputs to the log, the usual signals back, one thread each for libraries that would take all cores, and first in line when the
 * kernel runs out of memory: the coordinator must survive. */
static void settle(int log_fd)
{
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, STDIN_FILENO);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGWINCH, SIGTSTP };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    setenv("OMP_WAIT_POLICY", "passive", 0);
    int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (oom >= 0) {
        if (write(oom, "500", 3) < 0) { /* not allowed here: the kernel chooses for itself */ }
        close(oom);
    }
}

static int count_outputs(const loom_op *op)
{
    int n = 0;
    while (op->outputs[n].name) n++;
    return n;
}

/* One task from its message to its reply. `failed`: what kept this worker from being made, if anything. */
static void serve(worker *w, const graph *g, socket_link *l, const text *body, const error *failed)
{
    task t;
    reply r = { .lost_input = -1, .failure = *failed, .store_failed = !w };
    memcpy(&t, body->data, sizeof t);
    int outputs = count_outputs(g->nodes[g->instances[t.instance].node].op->op);
    action_made *made = calloc((size_t)outputs + 1, sizeof *made);
    if (!made) error_memory(&r.failure, "outputs");
    else if (w) worker_execute(w, &t, (const task_input *)(const void *)(body->data + sizeof t), &r, made);
    fflush(NULL);
    pthread_mutex_lock(&l->lock); /* a thread that the op left may be noting something */
    bool sent = message_send(l->fd, MESSAGE_REPLY, l->serial, &r, sizeof r, made,
                             r.good ? (size_t)outputs * sizeof *made : 0);
    pthread_mutex_unlock(&l->lock);
    if (!sent) end_cut_off(l);
    free(made);
}

_Noreturn void worker_main(const graph *g, const char *store_dir, int fd, int log_fd, worker_page *page)
{
    error e = { 0 };
    message_head head;
    text body = { 0 };
    socket_link l = { .fd = fd, .log_fd = log_fd, .pid = getpid(), .page = page, .lock = PTHREAD_MUTEX_INITIALIZER };
    settle(log_fd);
    watch_deaths(page);
    store *s = store_open(store_dir, &e);
    worker *w = s ? worker_new(g, s, (worker_link){ page, ask_to_start, send_note, send_warning, NULL, &l }, &e) : NULL;
    while (message_receive(fd, &head, &body) && head.kind == MESSAGE_TASK) {
        l.serial = head.serial;
        serve(w, g, &l, &body, &e);
    }
    _exit(0);
}
