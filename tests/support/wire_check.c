/* tests/support/wire_check.c - see wire_check.h */
#include "support/wire_check.h"
#include "run/wire.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_OUTPUTS = WIRE_MAX_OUTPUTS };

static void check_reply(const message *m, const expectation *x, int outputs)
{
    const reply *r = &m->reply;
    if (!x->may_reply || r->good > 1 || r->store_failed > 1
        || (unsigned)r->failure.status >= LOOM_STATUS_COUNT)
        abort();
    if (r->lost_input < -1 || r->lost_input >= x->input_count || !(r->wall_s >= 0)
        || isinf(r->wall_s))
        abort();
    if (strlen(r->failure.message) >= sizeof r->failure.message
        || strlen(r->failure.where) >= sizeof r->failure.where)
        abort();
    if (!r->good) return;
    if (r->output_count != outputs) abort();
    for (int i = 0; i < outputs; i++)
        if (m->made[i].made > 1 || (!m->made[i].made && !(x->outputs[i].flags & LOOM_OPTIONAL)))
            abort();
}

static void check_message(const message *m, const expectation *x, int outputs)
{
    switch (m->kind) {
    case MESSAGE_NEED:
        if (!x->may_need || m->need.uses_threads > 1) abort();
        break;
    case MESSAGE_WARNING:
        if (strlen(m->where) >= MAX_WHERE || strlen(m->line) >= MAX_WHERE + MAX_NOTE) abort();
        break;
    case MESSAGE_NOTE:
        if (strlen(m->line) >= MAX_NOTE) abort();
        break;
    case MESSAGE_REPLY: check_reply(m, x, outputs); break;
    default: abort();
    }
}

/* Sets the serial numbers of the messages as they lie, as far as their lengths lead to the next. */
static void number_heads(uint8_t *bytes, size_t size, uint64_t serial)
{
    message_head h;
    for (size_t at = 0; size - at >= sizeof h; at += sizeof h + h.bytes) {
        memcpy(&h, bytes + at, sizeof h);
        h.serial = serial;
        memcpy(bytes + at, &h, sizeof h);
        if (h.bytes > size - at - sizeof h) return;
    }
}

static void receive(int fd, const expectation *x, int outputs)
{
    inbox in = { 0 };
    message m;
    error e = { 0 };
    inbox_state got = INBOX_PART;
    bool more = true;
    while (more && got != INBOX_BROKEN && got != INBOX_STALE) {
        more = inbox_fill(&in, fd, &e);
        while ((got = inbox_next(&in, x, &m, &e)) == INBOX_MESSAGE) check_message(&m, x, outputs);
        if (in.capacity > 1 << 20) abort();
    }
    if ((got == INBOX_BROKEN || got == INBOX_STALE)
        && (e.status == LOOM_OK || !*e.message || !*e.todo))
        abort();
    inbox_free(&in);
}

void wire_check(const uint8_t *data, size_t size)
{
    int ends[2];
    if (size < WIRE_SETTINGS || size > 100000 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return;
    loom_port ports[MAX_OUTPUTS + 1] = { 0 };
    int outputs = data[1] % (MAX_OUTPUTS + 1);
    for (int i = 0; i < outputs; i++)
        ports[i] = (loom_port){ "port", "array", "", i % 2 ? LOOM_OPTIONAL : 0 };
    expectation x = { .serial = data[0],
                      .may_need = data[2] & 1,
                      .may_reply = data[2] & 2,
                      .input_count = data[3],
                      .outputs = ports };
    uint8_t *bytes = malloc(size);
    size_t n = size - WIRE_SETTINGS, step = data[4] ? data[4] * 16u : n + 1;
    if (!bytes) return;
    memcpy(bytes, data + WIRE_SETTINGS, n);
    if (data[5] % 2 == 0) number_heads(bytes, n, x.serial);
    for (size_t at = 0; at < n; at += step)
        if (send(ends[1], bytes + at, n - at < step ? n - at : step, MSG_NOSIGNAL | MSG_DONTWAIT)
            < 0)
            break;
    close(ends[1]);
    receive(ends[0], &x, outputs);
    close(ends[0]);
    free(bytes);
}
