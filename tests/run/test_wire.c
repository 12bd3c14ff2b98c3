/* Properties of messages: what is in order arrives whole, however it is cut; each fault is refused
 * with a reason. */
#include "support/suite.h"
#include "support/wire_check.h"
#include "run/wire.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const loom_port outputs[] = { { "a", "array", "", 0 },
                                     { "b", "array", "", LOOM_OPTIONAL },
                                     { 0 } };
static const expectation usual = {
    .serial = 7, .may_need = true, .may_reply = true, .outputs = outputs, .input_count = 2
};

typedef struct sent {
    reply reply;
    action_made made[3];
} sent;

static sent good_reply(void)
{
    sent s = { .reply = { .good = 1,
                          .lost_input = -1,
                          .output_count = 2,
                          .wall_s = 1.5,
                          .cpu_s = 1,
                          .peak_bytes = 4096 } };
    s.made[0].made = 1;
    s.made[0].value.byte[5] = 9;
    return s;
}

static sent bad_reply(void)
{
    sent s = { .reply = { .lost_input = 1,
                          .wall_s = 0.5,
                          .failure = { .status = LOOM_E_IO, .where = "in", .message = "lost" } } };
    return s;
}

/* The bytes of one message, through a real socket. */
static size_t bytes_of(uint8_t *out, message_kind kind, uint64_t serial, const void *head, size_t n,
                       const void *rest, size_t more)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert(message_send(ends[0], kind, serial, head, n, rest, more));
    ssize_t got = recv(ends[1], out, 1 << 16, 0);
    close(ends[0]);
    close(ends[1]);
    return (size_t)got;
}

static size_t reply_bytes(uint8_t *out, const sent *s, size_t made)
{
    return bytes_of(out, MESSAGE_REPLY, 7, &s->reply, sizeof s->reply, s->made,
                    made * sizeof *s->made);
}

/* The bytes arrive `step` at a time; the state after the last of them, and the last message. */
static inbox_state receive(const uint8_t *bytes, size_t n, size_t step, const expectation *x,
                           message *out, inbox *in, error *e)
{
    int ends[2];
    inbox_state got = INBOX_PART;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (size_t at = 0; at < n && got == INBOX_PART; at += step) {
        size_t some = n - at < step ? n - at : step;
        ck_assert_int_eq(send(ends[1], bytes + at, some, 0), some);
        ck_assert(inbox_fill(in, ends[0], e));
        got = inbox_next(in, x, out, e);
    }
    close(ends[0]);
    close(ends[1]);
    return got;
}

START_TEST(what_is_in_order_arrives_however_it_is_cut)
{
    static uint8_t bytes[1 << 16];
    static const size_t steps[] = { 1, 3, 16, 1700, 65536 };
    sent s = good_reply();
    size_t n = reply_bytes(bytes, &s, 2);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        message m;
        error e = { 0 };
        inbox in = { 0 };
        ck_assert_msg(receive(bytes, n, steps[i], &usual, &m, &in, &e) == INBOX_MESSAGE, "%s",
                      e.message);
        ck_assert(m.kind == MESSAGE_REPLY && m.reply.wall_s == 1.5 && m.made[0].made
                  && m.made[0].value.byte[5] == 9 && !m.made[1].made);
        ck_assert_int_eq(inbox_next(&in, &usual, &m, &e), INBOX_PART);
        inbox_free(&in);
    }
}
END_TEST

START_TEST(several_messages_arrive_one_after_another)
{
    static uint8_t bytes[1 << 16];
    message m;
    error e = { 0 };
    inbox in = { 0 };
    need wanted = { 123, 1 };
    size_t n = bytes_of(bytes, MESSAGE_NOTE, 7, "one", 4, NULL, 0);
    n += bytes_of(bytes + n, MESSAGE_WARNING, 7, "port", 5, "two", 4);
    n += bytes_of(bytes + n, MESSAGE_NEED, 7, &wanted, sizeof wanted, NULL, 0);
    ck_assert_int_eq(receive(bytes, n, n, &usual, &m, &in, &e), INBOX_MESSAGE);
    ck_assert(m.kind == MESSAGE_NOTE && !strcmp(m.line, "one"));
    ck_assert_int_eq(inbox_next(&in, &usual, &m, &e), INBOX_MESSAGE);
    ck_assert(m.kind == MESSAGE_WARNING && !strcmp(m.where, "port") && !strcmp(m.line, "two"));
    ck_assert_int_eq(inbox_next(&in, &usual, &m, &e), INBOX_MESSAGE);
    ck_assert(m.kind == MESSAGE_NEED && m.need.bytes == 123 && m.need.uses_threads);
    ck_assert_int_eq(inbox_next(&in, &usual, &m, &e), INBOX_PART);
    inbox_free(&in);
}
END_TEST

typedef void spoil(sent *s, message_head *h, expectation *x);
static void stale(sent *s, message_head *h, expectation *x)
{
    h->serial = 6;
    (void)s;
    (void)x;
}
static void idle(sent *s, message_head *h, expectation *x)
{
    x->serial = 0;
    (void)s;
    (void)h;
}
static void early(sent *s, message_head *h, expectation *x)
{
    x->may_reply = false;
    (void)s;
    (void)h;
}
static void unknown(sent *s, message_head *h, expectation *x)
{
    h->kind = 99;
    (void)s;
    (void)x;
}
static void to_worker(sent *s, message_head *h, expectation *x)
{
    h->kind = MESSAGE_TASK;
    (void)s;
    (void)x;
}
static void too_short(sent *s, message_head *h, expectation *x)
{
    h->bytes = 8;
    (void)s;
    (void)x;
}
static void too_long(sent *s, message_head *h, expectation *x)
{
    h->bytes = 0xffffffff;
    (void)s;
    (void)x;
}
static void one_less(sent *s, message_head *h, expectation *x)
{
    h->bytes -= sizeof(action_made);
    (void)s;
    (void)x;
}
static void not_bool(sent *s, message_head *h, expectation *x)
{
    s->reply.good = 2;
    (void)h;
    (void)x;
}
static void not_bool_made(sent *s, message_head *h, expectation *x)
{
    s->made[1].made = 77;
    (void)h;
    (void)x;
}
static void too_many(sent *s, message_head *h, expectation *x)
{
    s->reply.output_count = 3;
    (void)h;
    (void)x;
}
static void negative(sent *s, message_head *h, expectation *x)
{
    s->reply.output_count = -1;
    (void)h;
    (void)x;
}
static void required(sent *s, message_head *h, expectation *x)
{
    s->made[0].made = 0;
    (void)h;
    (void)x;
}
static void no_input(sent *s, message_head *h, expectation *x)
{
    s->reply.lost_input = 2;
    (void)h;
    (void)x;
}
static void no_time(sent *s, message_head *h, expectation *x)
{
    s->reply.wall_s = NAN;
    (void)h;
    (void)x;
}
static void past(sent *s, message_head *h, expectation *x)
{
    s->reply.cpu_s = -1;
    (void)h;
    (void)x;
}
static void status(sent *s, message_head *h, expectation *x)
{
    s->reply.failure.status = (loom_status)55;
    (void)h;
    (void)x;
}
static void both(sent *s, message_head *h, expectation *x)
{
    s->reply.failure.status = LOOM_E_DATA;
    (void)h;
    (void)x;
}
static void neither(sent *s, message_head *h, expectation *x)
{
    s->reply.good = 0;
    (void)h;
    (void)x;
}
static void endless(sent *s, message_head *h, expectation *x)
{
    memset(s->reply.failure.todo, 'x', sizeof s->reply.failure.todo);
    (void)h;
    (void)x;
}
static spoil *const spoils[] = { stale,     idle,     early,    unknown,  to_worker,
                                 too_short, too_long, one_less, not_bool, not_bool_made,
                                 too_many,  negative, required, no_input, no_time,
                                 past,      status,   both,     neither,  endless };

START_TEST(each_fault_of_a_reply_is_refused_with_a_reason)
{
    static uint8_t bytes[1 << 16];
    sent s = good_reply();
    message_head h = { MESSAGE_REPLY, sizeof s.reply + 2 * sizeof *s.made, 7 };
    expectation x = usual;
    message m;
    error e = { 0 };
    inbox in = { 0 };
    spoils[_i](&s, &h, &x);
    memcpy(bytes, &h, sizeof h);
    memcpy(bytes + sizeof h, &s.reply, sizeof s.reply);
    memcpy(bytes + sizeof h + sizeof s.reply, s.made, 2 * sizeof *s.made);
    inbox_state got =
        receive(bytes, sizeof h + sizeof s.reply + 2 * sizeof *s.made, 1 << 16, &x, &m, &in, &e);
    ck_assert_msg(got == (_i ? INBOX_BROKEN : INBOX_STALE) && *e.message && *e.todo
                      && e.status == LOOM_E_BUG,
                  "fault %d was taken", _i);
    inbox_free(&in);
}
END_TEST

START_TEST(texts_end_where_their_message_ends)
{
    static const struct {
        message_kind kind;
        const char *bytes;
        size_t n;
        bool good;
    } texts[] = {
        { MESSAGE_NOTE, "abc", 4, true },         { MESSAGE_NOTE, "abc", 3, false },
        { MESSAGE_NOTE, "a\0c", 4, false },       { MESSAGE_NOTE, "", 1, true },
        { MESSAGE_WARNING, "w\0line", 7, true },  { MESSAGE_WARNING, "w\0line", 6, false },
        { MESSAGE_WARNING, "wline", 6, false },   { MESSAGE_WARNING, "\0", 2, true },
        { MESSAGE_WARNING, "w\0x\0y", 6, false },
    };
    static uint8_t bytes[1 << 16];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        message m;
        error e = { 0 };
        inbox in = { 0 };
        size_t n = bytes_of(bytes, texts[i].kind, 7, texts[i].bytes, texts[i].n, NULL, 0);
        ck_assert_msg(receive(bytes, n, n, &usual, &m, &in, &e)
                          == (texts[i].good ? INBOX_MESSAGE : INBOX_BROKEN),
                      "text %zu", i);
        inbox_free(&in);
    }
}
END_TEST

static uint64_t next(uint64_t *state) /* xorshift */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* A stream of one to four messages, then up to eight bytes of it changed: settings included. */
static size_t make_stream(uint8_t *out, uint64_t *state)
{
    uint8_t *at = out + WIRE_SETTINGS;
    memcpy(out, (uint8_t[]){ 7, 2, 3, 2, 0, 1 }, WIRE_SETTINGS);
    out[4] = (uint8_t)(next(state) % 4 * 7);
    for (uint64_t k = 1 + next(state) % 4; k; k--) {
        sent good = good_reply(), bad = bad_reply();
        need wanted = { next(state), 1 };
        switch (next(state) % 5) {
        case 0: at += bytes_of(at, MESSAGE_NOTE, 7, "a note", 7, NULL, 0); break;
        case 1: at += bytes_of(at, MESSAGE_WARNING, 7, "port", 5, "a warning", 10); break;
        case 2: at += bytes_of(at, MESSAGE_NEED, 7, &wanted, sizeof wanted, NULL, 0); break;
        case 3: at += reply_bytes(at, &good, 2); break;
        default: at += reply_bytes(at, &bad, 0);
        }
    }
    size_t n = (size_t)(at - out);
    for (uint64_t k = next(state) % 9; k; k--) {
        uint64_t where = next(state) % 3 ? next(state) % n : next(state) % 64 % n;
        out[where] =
            next(state) % 4 ? (uint8_t)next(state) : out[where] ^ (uint8_t)(1 << next(state) % 8);
    }
    return next(state) % 4 ? n : next(state) % (n + 1);
}

START_TEST(ten_thousand_changed_streams_are_taken_or_refused)
{
    static uint8_t bytes[1 << 16];
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 10000; i++) wire_check(bytes, make_stream(bytes, &state));
}
END_TEST

TEST_MAIN_WITH("wire",
               ((suite_options){ .loop = each_fault_of_a_reply_is_refused_with_a_reason,
                                 .loops = sizeof spoils / sizeof *spoils }),
               what_is_in_order_arrives_however_it_is_cut,
               several_messages_arrive_one_after_another, texts_end_where_their_message_ends,
               ten_thousand_changed_streams_are_taken_or_refused)
