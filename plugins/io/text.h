/* io/text.h - what the readers of text share: is it text, its lines, and what reads as a number. */
#ifndef ATOMLOOM_IO_TEXT_H
#define ATOMLOOM_IO_TEXT_H
#include <atomloom/op.h>
#include <string.h>

typedef struct io_span {
    const char *at, *end;
} io_span;

static inline size_t io_length_of(io_span s) { return (size_t)(s.end - s.at); }

static inline bool io_is(io_span s, const char *text)
{
    return io_length_of(s) == strlen(text) && !memcmp(s.at, text, io_length_of(s));
}

/* Does the text begin with `mark`? An empty mark begins nothing. */
static inline bool io_begins(io_span s, const char *mark)
{
    size_t n = mark ? strlen(mark) : 0;
    return n && io_length_of(s) >= n && !memcmp(s.at, mark, n);
}

/* How many bytes of it to show in a message: at most 40, whole characters. */
static inline int io_shown(io_span s)
{
    int n = io_length_of(s) < 40 ? (int)io_length_of(s) : 40;
    while (n && s.at + n < s.end && (s.at[n] & 0xc0) == 0x80) n--;
    return n;
}

/* Without blanks and tabs at both ends. */
io_span io_trimmed(io_span s);

/* The file's n bytes as text, without a byte order mark, into *out. False after failing on the
 * parameter `where` with the place of what no text holds: a NUL or another control character, bytes
 * that are not UTF-8. */
bool io_text_of(loom_call *call, const char *where, const char *path, const unsigned char *bytes,
                size_t n, io_span *out);

/* Lines end with LF, CR LF or CR; the last may end with the file. */
typedef struct io_lines {
    const char *at, *end;
    int64_t line; /* number of the line last taken, from 1 */
} io_lines;

static inline bool io_next_line(io_lines *l, io_span *out)
{
    if (l->at >= l->end) return false;
    const char *stop = l->at;
    while (stop < l->end && *stop != '\n' && *stop != '\r') stop++;
    *out = (io_span){ l->at, stop };
    if (stop < l->end && *stop == '\r' && stop + 1 < l->end && stop[1] == '\n') stop++;
    l->at = stop < l->end ? stop + 1 : stop;
    l->line++;
    return true;
}

/* A text whose last line has no line break may have been cut within its last field (what stands
 * after the last blank or `separator`). `rows`: from the first row to the end. False after failing
 * where the rows before show that it was cut: their last fields all have more decimals, or one of
 * them begins with this one. Warns otherwise. */
bool io_check_last_line(loom_call *call, const char *where, const char *path, io_span rows,
                        char separator);

/* ---- numbers -----------------------------------------------------------------------------------
 */

typedef enum io_number_kind {
    IO_NO_NUMBER,
    IO_REAL,      /* a finite number */
    IO_WHOLE,     /* digits alone, within 64 bits */
    IO_TOO_LARGE, /* a number that has no place: a real beyond 1.8e308, digits beyond 64 bits */
    IO_TOO_SMALL  /* not 0, but nearer to it than any real */
} io_number_kind;

typedef struct io_number {
    io_number_kind kind;
    double real;   /* of both kinds; of a whole number beyond 2^53 the nearest */
    int64_t whole; /* of a whole number */
} io_number;

/* [+-] digits [. digits] [e [+-] digits], and nothing else: no blanks, hexadecimal, nan or inf. */
io_number io_number_of(io_span s);

/* Is the whole number also a double, exactly? */
static inline bool io_exact(const io_number *n)
{
    return n->real < 0x1p63 && (int64_t)n->real == n->whole;
}

/* True for what is no number and looks like one that was damaged or written for another program:
 * nan, inf, 1,5 (decimal comma), 1.0D0 (Fortran), 1.2.3, 1e, 1.5e+, --5, and what
 * io_foreign_number knows. In *why what it looks like, static. */
bool io_damaged_number(io_span s, const char **why);

/* True for a number that is written as people and other programs do: a minus sign of mathematics,
 * marks between thousands, hexadecimal, digits of another script, a percent sign, a unit, an error
 * or a comment behind it. */
bool io_foreign_number(io_span s, const char **why);
#endif
