/* base/sha256.h - digests (libcrypto, which uses the processor's SHA instructions). */
#ifndef ATOMLOOM_BASE_SHA256_H
#define ATOMLOOM_BASE_SHA256_H
#include "base/error.h"

typedef struct digest {
    uint8_t byte[32];
} digest;
typedef struct sha256 sha256; /* a digest under way */

/* A digest made piece by piece. NULL when out of memory. */
sha256 *sha256_new(void);
void sha256_add(sha256 *s, const void *bytes, size_t n);
digest sha256_end(sha256 *s); /* frees s */

digest sha256_of(const void *bytes, size_t n); /* of one piece */
/* Of the content of a file. False with `e` where it cannot be read. */
bool sha256_file(const char *path, digest *out, error *e);

char *digest_text(const digest *d, char out[65]); /* 64 hexadecimal digits; returns out */
/* false unless exactly 64 hexadecimal digits */
bool digest_read(const char *text, digest *out);
static inline bool digest_equal(const digest *a, const digest *b)
{
    for (int i = 0; i < 32; i++)
        if (a->byte[i] != b->byte[i]) return false;
    return true;
}
#endif
