/* test.misbehave: an op that does what an op must not do; `how` says what. */
#include <atomloom/op.h>
#include "run/wire.h" /* types only: an op that knows them can do most harm */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct params {
    int32_t how;
    double seconds;
    int64_t mebibytes;
    bool estimated;
} params;
/* clang-format off */
#define WAYS(X) \
    X(WELL, "well") X(CRASH, "crash") X(ABORT, "abort") X(LOOP, "loop") X(ALLOCATE, "allocate") \
    X(MALLOC, "malloc") X(NOT_FINITE, "nan") X(NOTHING, "nothing") X(PRINT, "print") \
    X(DEAF, "deaf") X(EXIT, "exit") X(FAIL, "fail") X(FORK, "fork") X(SLEEP, "sleep") \
    X(WRITE_INPUT, "write_input") X(KILLED, "killed") X(WARN, "warn") X(STATUS, "status") \
    X(CHATTER, "chatter") X(FORK_RETURN, "fork_return") X(FORK_LATE, "fork_late") \
    X(DAEMON, "daemon") X(GARBLE, "garble") X(HALF, "half") X(HUGE, "huge") \
    X(CLOSE_ALL, "close_all") X(CLOSE_DEAF, "close_deaf") X(FORGE, "forge") \
    X(GIVE_UP, "give_up")
/* clang-format on */
enum {
#define X(name, text) name,
    WAYS(X)
#undef X
};
static const char *const ways[] = {
#define X(name, text) text,
    WAYS(X)
#undef X
        NULL
};
static const loom_param param_table[] = {
    LOOM_PARAM(params, how, .choices = ways, .def = WELL, .doc = "what it does wrong"),
    LOOM_PARAM(params, seconds, .unit = "second", .def = 0, .min = 0, .max = 1000,
               .doc = "how long it takes"),
    LOOM_PARAM(params, mebibytes, .def = 1, .min = 0, .max = 1e9, .doc = "memory it asks for"),
    LOOM_PARAM(params, estimated, .flags = LOOM_NO_EFFECT,
               .doc = "estimates its memory truthfully"),
    { 0 }
};
static const loom_port inputs[] = { { "before", "array", "runs after this", LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = { { "out", "array", "one number", 0 }, { 0 } };

/* Polls for cancellation every 10 ms unless deaf. */
static loom_status wait(loom_call *call, double seconds, bool deaf)
{
    for (int i = 0; i < (int)(seconds * 100); i++) {
        usleep(10000);
        if (!deaf && !call->host->progress(call, i + 1, seconds * 100)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status touch_memory(loom_call *call, size_t bytes, bool own)
{
    volatile char *p = own ? malloc(bytes) : call->host->scratch(call, bytes);
    if (!p && !own) return LOOM_E_MEMORY;
    /* malloc is not asked whether it worked: that is the misbehaviour */
    for (size_t i = 0; i < bytes; i += 4096) p[i] = 1;
    return LOOM_OK;
}

/* ---- on the worker's connection to its coordinator, which is no op's business ---- */

static int find_socket(void)
{
    struct stat st;
    for (int fd = 3; fd < 256; fd++)
        if (!fstat(fd, &st) && S_ISSOCK(st.st_mode)) return fd;
    return -1;
}

typedef message_head frame;

static void send_bytes(int fd, const void *bytes, size_t n)
{
    if (send(fd, bytes, n, MSG_NOSIGNAL) < 0) _exit(9);
}

/* `count` messages with heads that are mostly in order and bodies that are not. */
static void send_garbage(loom_call *call, uint64_t seed, int count)
{
    int fd = find_socket();
    for (int i = 0; i < count; i++) {
        unsigned char body[4096];
        uint64_t r = call->host->random(seed, 1, (uint64_t)i);
        frame f = { (uint32_t)(r % 8), (uint32_t)(r >> 8) % 4096, (r >> 24) % 4 ? seed : r >> 32 };
        for (size_t k = 0; k < sizeof body; k += 8) {
            uint64_t bits = call->host->random(seed, 2 + (uint64_t)i, k);
            memcpy(body + k, &bits, sizeof bits);
        }
        send_bytes(fd, &f, sizeof f);
        send_bytes(fd, body, f.bytes);
    }
}

/* A reply that is in order, with a value that is nowhere. */
static void send_forged_reply(uint64_t serial)
{
    struct {
        frame head;
        reply reply;
        action_made made;
    } m = { .reply = { .good = 1, .lost_input = -1, .output_count = 1 }, .made = { .made = 1 } };
    m.head = (frame){ MESSAGE_REPLY, sizeof m.reply + sizeof m.made, serial };
    send_bytes(find_socket(), &m, sizeof m.head + m.head.bytes);
}

static void close_all(void)
{
    for (int fd = 0; fd < 256; fd++) close(fd);
}

/* Forks; the child waits and then returns from `run` as if it were the op. */
static loom_status fork_and_return(double seconds)
{
    if (!fork()) usleep((useconds_t)(seconds * 1e6));
    return LOOM_OK;
}

static loom_status misbehave(loom_call *call, const params *p, double *out)
{
    const loom_host *h = call->host;
    switch (p->how) {
    /* past a sanitizer's handler */
    case CRASH:
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        return LOOM_OK;
    case ABORT: abort();
    case LOOP:
        for (volatile int i = 0;; i++) i = 0;
    case ALLOCATE: return touch_memory(call, (size_t)p->mebibytes << 20, false);
    case MALLOC: return touch_memory(call, (size_t)p->mebibytes << 20, true);
    case NOT_FINITE: *out = *out / 0.0; return LOOM_OK;
    case PRINT:
        printf("printed to stdout\n");
        fprintf(stderr, "printed to stderr\n");
        return LOOM_OK;
    case DEAF: return wait(call, p->seconds, true);
    case SLEEP: return wait(call, p->seconds, false);
    case EXIT: exit(3);
    case FAIL: return h->fail(call, LOOM_E_DATA, "seconds", "it shall fail");
    case FORK:
        if (!fork()) sleep(1000);
        return LOOM_OK;
    case WRITE_INPUT:
        *(double *)h->array(h->input(call, "before", 0), "data")->data += 1;
        return LOOM_OK;
    case KILLED: raise(SIGKILL); return LOOM_OK; /* as `kill -9` from outside */
    case WARN:
        for (int i = 0; i < 3; i++)
            h->warn(call, "seconds", "takes %g s, which is implausible",
                    p->seconds); /* the same: once */
        h->warn(call, NULL, "a node is at fault");
        return LOOM_OK;
    case STATUS: return (loom_status)12345;
    case GIVE_UP: return LOOM_E_CANCELLED; /* and nobody asked */
    case CHATTER:
        for (int i = 0; i < 20000; i++) h->note(call, "line %d of many", i);
        return LOOM_OK;
    case FORK_RETURN: return fork_and_return(0);
    case FORK_LATE: return fork_and_return(p->seconds);
    case DAEMON:
        if (fork()) _exit(0);
        return LOOM_OK;
    case GARBLE:
        send_garbage(call, (uint64_t)p->mebibytes, 40);
        return wait(call, p->seconds, false);
    case HALF:
        send_bytes(find_socket(), &(frame){ 4, 500, (uint64_t)p->mebibytes }, sizeof(frame));
        return wait(call, p->seconds, true);
    case HUGE:
        send_bytes(find_socket(), &(frame){ 4, UINT32_MAX, (uint64_t)p->mebibytes }, sizeof(frame));
        return wait(call, p->seconds, true);
    case FORGE: send_forged_reply((uint64_t)p->mebibytes); return LOOM_OK;
    case CLOSE_ALL: close_all(); return LOOM_OK;
    case CLOSE_DEAF: close_all(); return wait(call, p->seconds, true);
    default: return LOOM_OK;
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    double *out = NULL;
    if (p->how != NOTHING) {
        out = call->host->add_array(call, call->host->output(call, "out"), "data", LOOM_F64, 0,
                                    NULL, NULL);
        if (!out) return LOOM_E_MEMORY;
        *out = 1;
    }
    return misbehave(call, p, out);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    (void)call;
    if (!p->estimated) return LOOM_E_DATA;
    out->bytes = (uint64_t)p->mebibytes << 20;
    return LOOM_OK;
}

static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.misbehave",
    .summary = "Does what an op must not do.",
    .method = "None.",
    .cites = "none",
    .limits = "For tests only.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("test.misbehave", "1.0", "BSD-3-Clause", &op);
