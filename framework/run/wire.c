/* run/wire.c - see wire.h */
#include "run/wire.h"
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* ---- the worker's end ------------------------------------------------------------------------ */

/* Sends the parts; what was sent is cut off their beginning. */
static bool send_all(int fd, struct iovec *part, size_t count)
{
    while (count) {
        struct msghdr m = { .msg_iov = part, .msg_iovlen = count };
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        size_t sent = (size_t)n;
        while (count && sent >= part->iov_len) {
            sent -= part->iov_len;
            part++;
            count--;
        }
        if (count) {
            part->iov_base = (char *)part->iov_base + sent;
            part->iov_len -= sent;
        }
    }
    return true;
}

bool message_send(int fd, message_kind kind, uint64_t serial, const void *head, size_t head_bytes,
                  const void *rest, size_t rest_bytes)
{
    assert(head_bytes + rest_bytes <= UINT32_MAX);
    assert((head || !head_bytes) && (rest || !rest_bytes));
    message_head h = { kind, (uint32_t)(head_bytes + rest_bytes), serial };
    struct iovec part[3] = { { &h, sizeof h },
                             { (void *)head, head_bytes },
                             { (void *)rest, rest_bytes } };
    return send_all(fd, part, rest_bytes ? 3 : head_bytes ? 2 : 1);
}

static bool receive_all(int fd, void *bytes, size_t n)
{
    for (char *at = bytes; n;) {
        ssize_t k = recv(fd, at, n, MSG_WAITALL);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

bool message_receive(int fd, message_head *head, text *body)
{
    char chunk[4096];
    text_clear(body);
    if (!receive_all(fd, head, sizeof *head)) return false;
    for (size_t left = head->bytes; left;) {
        size_t n = left < sizeof chunk ? left : sizeof chunk;
        if (!receive_all(fd, chunk, n)) return false;
        text_add(body, chunk, n);
        left -= n;
    }
    return !body->failed;
}

/* ---- the coordinator's end ------------------------------------------------------------------- */

bool outbox_flush(text *outbox, int fd)
{
    while (outbox->length) {
        ssize_t n = send(fd, outbox->data, outbox->length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        outbox->length -= (size_t)n;
        memmove(outbox->data, outbox->data + n, outbox->length);
    }
    return true;
}

bool outbox_post(text *outbox, int fd, message_kind kind, uint64_t serial, const void *head,
                 size_t head_bytes, const void *rest, size_t rest_bytes)
{
    assert(head_bytes + rest_bytes <= UINT32_MAX);
    message_head h = { kind, (uint32_t)(head_bytes + rest_bytes), serial };
    text_add(outbox, &h, sizeof h);
    if (head_bytes) text_add(outbox, head, head_bytes);
    if (rest_bytes) text_add(outbox, rest, rest_bytes);
    return !outbox->failed && outbox_flush(outbox, fd);
}

/* Room for `more` bytes after what is there. */
static bool make_room(inbox *b, size_t more)
{
    assert(b->begin <= b->end && b->end <= b->capacity);
    if (b->begin) memmove(b->data, b->data + b->begin, b->end - b->begin);
    b->end -= b->begin;
    b->begin = 0;
    if (b->capacity - b->end >= more) return true;
    char *grown = realloc(b->data, b->end + more);
    if (!grown) return false;
    b->data = grown;
    b->capacity = b->end + more;
    return true;
}

bool inbox_fill(inbox *b, int fd, error *e)
{
    enum { CHUNK = 64 << 10 };
    if (!make_room(b, CHUNK)) return error_memory(e, "a message");
    ssize_t n = recv(fd, b->data + b->end, CHUNK, MSG_DONTWAIT);
    if (n > 0) b->end += (size_t)n;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

void inbox_free(inbox *b)
{
    free(b->data);
    *b = (inbox){ 0 };
}

/* ---- what is in order ------------------------------------------------------------------------ */

static bool broken(error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool broken(error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(
        e, LOOM_E_BUG, NULL,
        "report this to the op's author: it writes over memory that is not its own, or a process "
        "that it started with fork() answers in its place",
        format, args);
    va_end(args);
    return false;
}

static int32_t count_outputs(const loom_port *outputs)
{
    int32_t n = 0;
    while (outputs && outputs[n].name) n++;
    return n;
}

static bool check_length(const message_head *h, const expectation *x, error *e)
{
    size_t min = 0, max = 0, outputs = (size_t)count_outputs(x->outputs);
    switch (h->kind) {
    case MESSAGE_NEED: min = max = sizeof(need); break;
    case MESSAGE_NOTE: min = 1, max = MAX_NOTE; break;
    case MESSAGE_WARNING: min = 2, max = MAX_WHERE + MAX_NOTE; break;
    case MESSAGE_REPLY:
        min = sizeof(reply), max = sizeof(reply) + outputs * sizeof(action_made);
        break;
    default: return broken(e, "the worker sent a message of the unknown kind %u", h->kind);
    }
    if (h->bytes >= min && h->bytes <= max) return true;
    return broken(e, "the worker sent a message of kind %u with %u bytes, expected %zu to %zu",
                  h->kind, h->bytes, min, max);
}

static bool check_head(const message_head *h, const expectation *x, error *e)
{
    if (!x->serial) return broken(e, "the worker sent a message while it had nothing to do");
    if (h->serial != x->serial)
        return broken(e, "the worker answered for action %llu while action %llu was under way",
                      (unsigned long long)h->serial, (unsigned long long)x->serial);
    if (h->kind == MESSAGE_NEED && !x->may_need)
        return broken(e, "the worker asked for memory twice");
    if (h->kind == MESSAGE_REPLY && !x->may_reply)
        return broken(e, "the worker sent a result before it was allowed to begin");
    return check_length(h, x, e);
}

/* The text from `at` with its NUL within `room` bytes; where the next one begins, or NULL. */
static const char *text_end(const char *at, size_t room)
{
    const char *end = room ? memchr(at, 0, room) : NULL;
    return end ? end + 1 : NULL;
}

static bool read_lines(const message_head *h, const char *body, message *out, error *e)
{
    assert(h->bytes > 0);
    const char *end = body + h->bytes, *next = body;
    if (h->kind == MESSAGE_WARNING) {
        out->where = body;
        next = text_end(body, h->bytes < MAX_WHERE ? h->bytes : MAX_WHERE);
    }
    out->line = next;
    if (next) next = text_end(next, (size_t)(end - next));
    return next == end || broken(e, "the worker sent a text that is not terminated where it ends");
}

static bool read_need(const char *body, message *out, error *e)
{
    assert(body);
    memcpy(&out->need, body, sizeof out->need);
    return out->need.uses_threads <= 1
           || broken(e, "the worker's need of threads is neither yes nor no");
}

#define TERMINATED(member) (memchr(member, 0, sizeof(member)) != NULL)

static bool is_error(const error *f)
{
    return (unsigned)f->status < LOOM_STATUS_COUNT && TERMINATED(f->where) && TERMINATED(f->message)
           && TERMINATED(f->todo);
}

static bool is_time(double s) { return isfinite(s) && s >= 0; }

static bool check_outputs(const reply *r, const action_made *made, const loom_port *outputs,
                          error *e)
{
    assert(made || !r->output_count);
    for (int32_t i = 0; i < r->output_count; i++) {
        if (made[i].made > 1)
            return broken(e, "the worker's word on output '%s' is neither yes nor no",
                          outputs[i].name);
        if (!made[i].made && !(outputs[i].flags & LOOM_OPTIONAL))
            return broken(e, "the worker reports success without the output '%s'", outputs[i].name);
    }
    return true;
}

static bool read_reply(const message_head *h, const char *body, const expectation *x, message *out,
                       error *e)
{
    reply *r = &out->reply;
    memcpy(r, body, sizeof *r);
    int32_t outputs = count_outputs(x->outputs);
    if (r->good > 1 || r->store_failed > 1 || r->retire > 1 || !is_error(&r->failure)
        || !is_time(r->wall_s) || !is_time(r->cpu_s) || r->lost_input < -1
        || r->lost_input >= x->input_count)
        return broken(e, "the worker sent a result with members out of range");
    if (r->good == (r->failure.status != LOOM_OK))
        return broken(e, "the worker sent a result that is neither a success nor a failure");
    if (!r->good) {
        r->output_count = 0;
        return h->bytes == sizeof *r
               || broken(e, "the worker sent outputs of an action that failed");
    }
    if (r->output_count != outputs || h->bytes != sizeof *r + (size_t)outputs * sizeof *out->made)
        return broken(e, "the worker sent %d outputs, the op has %d", r->output_count, outputs);
    out->made = (const action_made *)(const void *)(body + sizeof *r);
    return check_outputs(r, out->made, x->outputs, e);
}

static bool read_body(const message_head *h, const char *body, const expectation *x, message *out,
                      error *e)
{
    *out = (message){ .kind = (message_kind)h->kind };
    switch (out->kind) {
    case MESSAGE_NEED: return read_need(body, out, e);
    case MESSAGE_REPLY: return read_reply(h, body, x, out, e);
    default: return read_lines(h, body, out, e);
    }
}

inbox_state inbox_next(inbox *b, const expectation *x, message *out, error *e)
{
    message_head h;
    size_t there = b->end - b->begin;
    assert(b->begin <= b->end && b->end <= b->capacity);
    if (there < sizeof h) return INBOX_PART;
    memcpy(&h, b->data + b->begin, sizeof h);
    if (!check_head(&h, x, e))
        return x->serial && h.serial && h.serial < x->serial ? INBOX_STALE : INBOX_BROKEN;
    if (there - sizeof h < h.bytes) return INBOX_PART;
    const char *body = b->data + b->begin + sizeof h;
    b->begin += sizeof h + h.bytes;
    return read_body(&h, body, x, out, e) ? INBOX_MESSAGE : INBOX_BROKEN;
}
