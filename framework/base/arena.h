/* base/arena.h - memory that is freed all at once, and a table of names that lives in it. */
#ifndef ATOMLOOM_BASE_ARENA_H
#define ATOMLOOM_BASE_ARENA_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of growing size. Whoever makes an arena may set `unwind`: running out of memory then jumps
 * there instead of returning NULL, so that code which builds large structures from many small
 * pieces need not check each one. */
typedef struct arena {
    struct arena_block *block;
    size_t bytes;
    jmp_buf *unwind;
} arena;

arena *arena_new(void);                   /* owned; NULL when out of memory */
void arena_free(arena *a);                /* NULL is fine */
void *arena_take(arena *a, size_t bytes); /* zeroed, 8-byte aligned */
/* of `bytes` bytes, aligned as arena_take gives them */
void *arena_copy(arena *a, const void *from, size_t bytes);
/* Room for one more in an array that lives in the arena and holds `count` of `*room` items: the
 * array, or a larger copy. */
void *arena_room(arena *a, void *array, int32_t count, int32_t *room, size_t item_bytes);
char *arena_text(arena *a, const char *s, size_t length); /* a copy with a NUL at its end */
char *arena_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(arena *a, const char *format, va_list args);

/* Name -> index, in constant time. Zero-initialise with the arena it may use, which must unwind.
 * Names are borrowed. */
typedef struct names {
    arena *memory;
    struct name_slot *slot;
    uint32_t capacity, count;
} names;

int32_t names_find(const names *n, const char *name); /* -1 where there is none */
/* of a name that is the first `length` bytes of `name` */
int32_t names_find_part(const names *n, const char *name, size_t length);
/* room for so many, so that putting them in moves nothing */
void names_reserve(names *n, uint32_t count);
void names_put(names *n, const char *name, int32_t index); /* replaces */
#endif
