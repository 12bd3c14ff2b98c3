/* base/utf8.c - see utf8.h */
#include "base/utf8.h"
#include <assert.h>
#include <stdbool.h>

size_t utf8_read(const char *s, size_t left, uint32_t *code)
{
    assert(s || !left);
    const unsigned char *u = (const unsigned char *)s;
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (!left) return 0;
    size_t n = u[0] < 0x80             ? 1
               : (u[0] & 0xe0) == 0xc0 ? 2
               : (u[0] & 0xf0) == 0xe0 ? 3
               : (u[0] & 0xf8) == 0xf0 ? 4
                                       : 0;
    if (!n || n > left) return 0;
    uint32_t c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (u[i] & 0x3fu);
    }
    bool surrogate = c >= 0xd800 && c < 0xe000;
    if (c < least[n] || surrogate || c > 0x10ffff) return 0;
    if (code) *code = c;
    return n;
}

int utf8_count(const char *s, size_t bytes)
{
    int count = 0;
    for (size_t i = 0; i < bytes; count++) {
        size_t n = utf8_read(s + i, bytes - i, NULL);
        i += n ? n : 1;
    }
    return count;
}

size_t utf8_cut(const char *s, size_t bytes)
{
    assert(s || !bytes);
    size_t start = bytes;
    for (int back = 0; start && back < 4; back++) {
        start--;
        if (((unsigned char)s[start] & 0xc0) == 0x80) continue;
        return utf8_read(s + start, bytes - start, NULL) || (unsigned char)s[start] < 0xc0 ? bytes
                                                                                           : start;
    }
    return bytes;
}
