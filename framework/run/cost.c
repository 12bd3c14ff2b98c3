/* run/cost.c - see cost.h */
#include "run/cost.h"
#include "run/coordinator.h"
#include "run/worker.h"
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* An estimate looks at shapes; what takes longer does something else. */
enum { ASK_MS = 30000 };

static bool is_to_come(const plan_step *s) { return s->state == PLAN_RUN || s->state == PLAN_WAIT; }

/* ---- the op's own estimate ------------------------------------------------------------------- */

static int32_t one_thread(void *user, const need *n)
{
    (void)user, (void)n;
    return 1;
}
static void ignore_note(void *user, const char *line) { (void)user, (void)line; }
static void ignore_warning(void *user, const char *where, const char *line)
{
    (void)user, (void)where, (void)line;
}

/* In the child: the answer goes to `fd`, nothing else leaves. */
static _Noreturn void answer(const plan *p, int32_t i, int fd)
{
    worker_page page = { 0 };
    need n;
    error e = { 0 };
    int nowhere = open("/dev/null", O_RDWR);
    for (int k = 0; k < 3 && nowhere >= 0; k++) dup2(nowhere, k);
    worker_link link = { &page, one_thread, ignore_note, ignore_warning, NULL, NULL };
    worker *w = worker_new(p->graph, p->store, link, &e);
    task t = { .instance = i, .threads = 1 };
    task_input *inputs = dispatch_inputs(p, i, &t.input_count);
    bool good = w && inputs && worker_estimate(w, &t, inputs, &n)
                && write(fd, &n.bytes, sizeof n.bytes) == sizeof n.bytes;
    _exit(good ? 0 : 1);
}

/* Bytes, or 0 where the op says nothing, dies, or takes too long over it. */
static uint64_t ask(const plan *p, int32_t i)
{
    int ends[2];
    assert(p->step[i].state == PLAN_RUN && p->step[i].has_key);
    uint64_t bytes = 0;
    if (pipe2(ends, O_CLOEXEC)) return 0;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        answer(p, i, ends[1]);
    }
    close(ends[1]);
    struct pollfd wait = { .fd = ends[0], .events = POLLIN };
    if (child > 0 && poll(&wait, 1, ASK_MS) > 0
        && read(ends[0], &bytes, sizeof bytes) != sizeof bytes)
        bytes = 0;
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return bytes;
}

/* Of at most COST_MOST_ASKED of the node's instances whose inputs are known, the largest. */
static void ask_node(const plan *p, const graph_node *n, cost_node *c)
{
    int32_t asked = 0;
    assert(n->first >= 0 && n->first + n->count <= p->graph->instance_count);
    for (int32_t i = n->first; i < n->first + n->count && asked < COST_MOST_ASKED; i++) {
        if (p->step[i].state != PLAN_RUN || !p->step[i].has_key) continue;
        uint64_t bytes = ask(p, i);
        if (!bytes) return; /* so would the others */
        asked++;
        c->from = COST_ESTIMATE;
        if (bytes > c->bytes) c->bytes = bytes;
    }
}

/* ---- earlier runs ---------------------------------------------------------------------------- */

/* What is known of those of the node's (or the op's) instances that ran: largest peak, mean time.
 */
typedef struct earlier {
    uint64_t bytes;
    double sum;
    int32_t timed;
} earlier;

static void look_at(const plan *p, int32_t i, earlier *out)
{
    assert(i >= 0 && i < p->graph->instance_count);
    const plan_step *s = &p->step[i];
    if (s->expected_bytes > out->bytes) out->bytes = s->expected_bytes;
    if (s->expected_s < 0) return;
    out->sum += s->expected_s;
    out->timed++;
}

/* What other instances took stands for one that never ran. */
static earlier others_of(const plan *p, int32_t node)
{
    const graph *g = p->graph;
    earlier same = { 0 };
    assert(node >= 0 && node < g->node_count);
    for (int32_t i = 0; i < g->nodes[node].count; i++) look_at(p, g->nodes[node].first + i, &same);
    if (same.timed) return same;
    for (int32_t k = 0; k < g->node_count; k++)
        for (int32_t i = 0; g->nodes[k].op == g->nodes[node].op && i < g->nodes[k].count; i++)
            look_at(p, g->nodes[k].first + i, &same);
    return same;
}

static void look_back(const plan *p, int32_t node, cost_node *c)
{
    const graph_node *n = &p->graph->nodes[node];
    earlier others = others_of(p, node);
    uint64_t most = 0;
    assert(c->count > 0);
    cost_source from = COST_UNKNOWN;
    for (int32_t i = n->first; i < n->first + n->count; i++) {
        const plan_step *s = &p->step[i];
        if (!is_to_come(s)) continue;
        bool ran = s->expected_s >= 0;
        double seconds = ran ? s->expected_s : others.timed ? others.sum / others.timed : -1;
        uint64_t bytes = ran ? s->expected_bytes : others.bytes;
        cost_source source = ran ? COST_BEFORE : others.timed ? COST_OTHERS : COST_UNKNOWN;
        if (seconds >= 0) c->seconds += seconds;
        if (source > c->timed) c->timed = source;
        if (bytes > most) most = bytes, from = source;
    }
    if (c->from == COST_UNKNOWN && most) c->from = from, c->bytes = most;
}

void plan_cost(const plan *p, cost_node *out)
{
    const graph *g = p->graph;
    assert(g->node_count >= 0 && out);
    for (int32_t k = 0; k < g->node_count; k++) {
        const graph_node *n = &g->nodes[k];
        out[k] = (cost_node){ 0 };
        for (int32_t i = n->first; i < n->first + n->count; i++)
            out[k].count += is_to_come(&p->step[i]);
        if (!out[k].count) continue;
        ask_node(p, n, &out[k]);
        look_back(p, k, &out[k]);
    }
}
