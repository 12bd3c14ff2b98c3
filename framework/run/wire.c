/* run/wire.c - see wire.h */
#include "run/wire.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

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

bool message_send(int fd, message_kind kind, const void *head, size_t head_bytes, const void *rest, size_t rest_bytes)
{
    message_head h = { kind, (uint32_t)(head_bytes + rest_bytes) };
    struct iovec part[3] = { { &h, sizeof h }, { (void *)head, head_bytes }, { (void *)rest, rest_bytes } };
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

bool message_receive(int fd, message_kind *kind, text *body)
{
    message_head h;
    char chunk[4096];
    text_clear(body);
    if (!receive_all(fd, &h, sizeof h)) return false;
    *kind = (message_kind)h.kind;
    for (size_t left = h.bytes; left;) {
        size_t n = left < sizeof chunk ? left : sizeof chunk;
        if (!receive_all(fd, chunk, n)) return false;
        text_add(body, chunk, n);
        left -= n;
    }
    return !body->failed;
}
