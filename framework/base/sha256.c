/* base/sha256.c - see sha256.h */
/* the plain functions: EVP reads a configuration and looks for providers first, 1 ms of a run of 10
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"
#include "base/io_error.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sha256 {
    SHA256_CTX context;
};

sha256 *sha256_new(void)
{
    sha256 *s = malloc(sizeof *s);
    if (s) SHA256_Init(&s->context);
    return s;
}

void sha256_add(sha256 *s, const void *bytes, size_t n)
{
    assert(bytes || !n);
    if (n) SHA256_Update(&s->context, bytes, n);
}

digest sha256_end(sha256 *s)
{
    assert(s);
    digest d;
    SHA256_Final(d.byte, &s->context);
    free(s);
    return d;
}

digest sha256_of(const void *bytes, size_t n)
{
    assert(bytes || !n);
    digest d;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, n);
    SHA256_Final(d.byte, &context);
    return d;
}

bool sha256_file(const char *path, digest *out, error *e)
{
    enum { CHUNK = 1 << 18 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return io_error(e, errno, IO_USER, "open", path);
    sha256 *s = sha256_new();
    char *chunk = malloc(CHUNK);
    bool good = s && chunk;
    if (!good) error_memory(e, "hashing a file");
    while (good) {
        ssize_t n = read(fd, chunk, CHUNK);
        if (n == 0) break;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) good = io_error(e, errno, IO_USER, "read", path);
        else sha256_add(s, chunk, (size_t)n);
    }
    digest d = { { 0 } };
    if (s) d = sha256_end(s);
    free(chunk);
    close(fd);
    if (good) *out = d;
    return good;
}

char *digest_text(const digest *d, char out[65])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        out[2 * i] = hex[d->byte[i] >> 4];
        out[2 * i + 1] = hex[d->byte[i] & 15];
    }
    out[64] = 0;
    return out;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool digest_read(const char *s, digest *out)
{
    assert(s && out);
    if (strlen(s) != 64) return false;
    for (int i = 0; i < 32; i++) {
        int high = nibble(s[2 * i]), low = nibble(s[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out->byte[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
