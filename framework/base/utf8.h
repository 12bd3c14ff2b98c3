/* base/utf8.h - UTF-8: one reader of characters for all that looks at foreign text. */
#ifndef ATOMLOOM_BASE_UTF8_H
#define ATOMLOOM_BASE_UTF8_H
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at s, of which `left` bytes may be read; 0 where it is none (overlong
 * forms, surrogates and what lies beyond U+10FFFF are none). *code: the character; may be NULL. NUL
 * is a character of one byte. */
size_t utf8_read(const char *s, size_t left, uint32_t *code);
/* Characters of s[0 .. bytes); a byte that belongs to none counts as one. */
int utf8_count(const char *s, size_t bytes);
/* The longest length <= bytes at which s[0 .. bytes) can be cut without cutting a character. */
size_t utf8_cut(const char *s, size_t bytes);
#endif
