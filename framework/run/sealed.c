/* run/sealed.c - see sealed.h */
#include "run/sealed.h"
#include "base/sha256.h"
#include <assert.h>
#include <string.h>

static const char before[] = "\nsha256 ";
enum { HEX = 64, BEFORE = sizeof before - 1, LINE = BEFORE + HEX + 1 };

void sealed_close(text *t)
{
    assert(t->failed || t->length > 0);
    char hex[HEX + 1];
    if (t->failed) return;
    digest d = sha256_of(t->data, t->length);
    text_printf(t, "%s%s\n", before, digest_text(&d, hex));
}

size_t sealed_length(const char *bytes, size_t n)
{
    char hex[HEX + 1] = { 0 };
    digest written;
    if (n <= LINE || memcmp(bytes + n - LINE, before, BEFORE) != 0 || bytes[n - 1] != '\n')
        return 0;
    memcpy(hex, bytes + n - HEX - 1, HEX);
    if (!digest_read(hex, &written)) return 0;
    digest is = sha256_of(bytes, n - LINE);
    assert(n > LINE);
    return digest_equal(&is, &written) ? n - LINE : 0;
}
