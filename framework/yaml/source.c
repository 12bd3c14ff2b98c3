/* yaml/source.c - the text of a file: read whole, UTF-8, its lines known. */
#include "yaml/yaml.h"
#include "base/io_error.h"
#include "base/utf8.h"
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what else a file may be ----------------------------------------------------------------- */

typedef struct signature {
    int at, length;
    const char *bytes, *name;
} signature;
static const signature signatures[] = {
    { 0, 8, "\x89PNG\r\n\x1a\n", "a PNG image" },
    { 0, 3, "\xff\xd8\xff", "a JPEG image" },
    { 0, 4, "GIF8", "a GIF image" },
    { 0, 4, "II*\0", "a TIFF image" },
    { 0, 4, "MM\0*", "a TIFF image" },
    { 0, 4, "II+\0", "a TIFF image" },
    { 0, 4, "MM\0+", "a TIFF image" },
    { 0, 7, "MATLAB ", "a MATLAB file" },
    { 0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file" },
    { 0, 6, "\x93NUMPY", "a NumPy array" },
    { 208, 4, "MAP ", "an MRC file" },
    { 208, 4, "MAP\0", "an MRC file" },
    { 0, 4,
      "\x7f"
      "ELF",
      "a program or a plugin" },
    { 0, 5, "%PDF-", "a PDF document" },
    { 0, 4, "PK\3\4", "a ZIP archive" },
    { 0, 2, "\x1f\x8b", "a gzip archive" },
    { 0, 6,
      "\xfd"
      "7zXZ\0",
      "an xz archive" },
    { 0, 3, "BZh", "a bzip2 archive" },
    { 257, 5, "ustar", "a tar archive" },
    { 0, 5, "<?xml", "an XML document" },
    { 0, 5, "<html", "a web page" },
    { 0, 9, "<!DOCTYPE", "a web page" },
};

/* What the file is by its first bytes; NULL where nothing is known of them. */
static const char *other_kind(const source *s)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const signature *k = &signatures[i];
        if (s->length >= (size_t)(k->at + k->length)
            && !memcmp(s->text + k->at, k->bytes, (size_t)k->length))
            return k->name;
    }
    return NULL;
}

static bool is_utf16(const source *s)
{
    const unsigned char *u = (const unsigned char *)s->text;
    if (s->length < 2) return false;
    return (u[0] == 0xff && u[1] == 0xfe) || (u[0] == 0xfe && u[1] == 0xff)
           || (!u[0] != !u[1] && s->length >= 4 && !u[2] == !u[0] && !u[3] == !u[1]);
}

static bool check_kind(const source *s, arena *memory, span *at, error *e)
{
    assert(s->text);
    const char *kind = other_kind(s);
    if (!kind && !is_utf16(s)) return true;
    *at = (span){ { s->path, 0, 0 }, 1 };
    if (!kind)
        return error_set(e, LOOM_E_PARAM, "save the file as UTF-8 text",
                         "the file is UTF-16 text, expected UTF-8");
    return error_set(e, LOOM_E_PARAM,
                     arena_printf(memory,
                                  "%s is a YAML file that begins with the line: %s; data files "
                                  "are named in its parameters",
                                  s->kind->a, s->kind->first),
                     "this is not %s but %s", s->kind->a, kind);
}

/* ---- its text -------------------------------------------------------------------------------- */

/* The first byte from i on that is not ASCII, or is NUL; eight bytes at a time. */
static size_t skip_ascii(const source *s, size_t i)
{
    const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    for (uint64_t word; i + sizeof word <= s->length; i += sizeof word) {
        memcpy(&word, s->text + i, sizeof word);
        if ((word | (word - ones)) & tops) break;
    }
    while (i < s->length && (unsigned char)(s->text[i] - 1) < 0x7f) i++;
    return i;
}

/* Line and column, in characters, of byte i; what is before it is UTF-8. */
static place place_of_byte(const source *s, size_t i)
{
    int line = 1, column = 1;
    for (size_t k = 0; k < i; k++) {
        column += ((unsigned char)s->text[k] & 0xc0) != 0x80;
        if (s->text[k] != '\n') continue;
        line++;
        column = 1;
    }
    return (place){ s->path, line, column };
}

static bool check_utf8(const source *s, arena *memory, span *at, error *e)
{
    for (size_t i = skip_ascii(s, 0), n; i < s->length; i = skip_ascii(s, i + n)) {
        unsigned char c = (unsigned char)s->text[i];
        n = utf8_read(s->text + i, s->length - i, NULL);
        bool stand_in = n == YAML_STAND_IN_BYTES && !memcmp(s->text + i, YAML_STAND_IN, 3);
        if (n && c && !stand_in) continue;
        *at = (span){ place_of_byte(s, i), 1 };
        if (!n)
            return error_set(e, LOOM_E_PARAM, "save the file as UTF-8 text",
                             "byte 0x%02x is not UTF-8 text", c);
        if (!c)
            return error_set(e, LOOM_E_PARAM,
                             arena_printf(memory, "%s is a YAML file, which is text", s->kind->a),
                             "this is not %s: it holds a NUL byte", s->kind->a);
        return error_set(e, LOOM_E_PARAM, "remove it",
                         "a character of the last private-use plane of Unicode");
    }
    return true;
}

static void index_lines(arena *memory, source *s)
{
    assert(s->text[s->length] == 0);
    const char *end = s->text + s->length;
    int n = 1;
    for (const char *c = s->text; (c = memchr(c, '\n', (size_t)(end - c))); c++) n++;
    size_t *line = arena_take(memory, (size_t)(n + 1) * sizeof *line);
    int k = 1;
    for (const char *c = s->text; (c = memchr(c, '\n', (size_t)(end - c))); c++)
        line[k++] = (size_t)(c - s->text) + 1;
    line[n] = s->length + 1;
    s->line = line;
    s->line_count = n;
}

/* The whole file in the arena; false with errno set. */
static bool read_whole(arena *memory, FILE *f, size_t size, source *out)
{
    assert(f && out);
    char *buffer = NULL;
    size_t got = 0, room = size ? size : 4096;
    bool good = true;
    while (good) { /* a pipe or /dev/stdin has no size beforehand */
        char *more = realloc(buffer, room + 1);
        if (!more) {
            errno = ENOMEM;
            good = false;
            break;
        }
        buffer = more;
        got += fread(buffer + got, 1, room - got, f);
        if (got < room || got > YAML_MAX_BYTES) break;
        room *= 2;
    }
    good = good && !ferror(f);
    if (good) {
        out->text = arena_text(memory, buffer, got);
        out->length = got;
    }
    free(buffer);
    return good;
}

static bool cannot_read(error *e, const source_kind *kind, int reason)
{
    char in_it[64];
    snprintf(in_it, sizeof in_it, "name %s in it", kind->file);
    const char *todo = reason == EISDIR ? in_it : io_todo(reason, IO_USER);
    return error_set(e, LOOM_E_IO, todo, "cannot read %s: %s", kind->the, strerror(reason));
}

bool source_read(arena *memory, const char *path, const source_kind *kind, source *out, span *at,
                 error *e)
{
    struct stat st = { 0 };
    const char *slash = strrchr(path, '/');
    *out = (source){ .kind = kind,
                     .path = path,
                     .dir = arena_text(memory, path, slash ? (size_t)(slash - path) + 1 : 0),
                     .text = "" };
    *at = (span){ { path, 0, 0 }, 1 };
    FILE *f = fopen(path, "rb");
    bool good = f && !fstat(fileno(f), &st);
    if (good && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        good = false;
    }
    bool large = good && st.st_size > YAML_MAX_BYTES;
    good = good && !large && read_whole(memory, f, (size_t)st.st_size, out);
    int reason = errno;
    if (f) fclose(f);
    if (large || out->length > YAML_MAX_BYTES)
        return error_set(
            e, LOOM_E_PARAM, "keep large tables in files of their own and name them in a parameter",
            "the file has %lld bytes; %s may have %d",
            (long long)(large ? (size_t)st.st_size : out->length), kind->a, YAML_MAX_BYTES);
    if (!good) return cannot_read(e, kind, reason);
    if (!check_kind(out, memory, at, e)) return false;
    if (out->length >= 3 && !memcmp(out->text, "\xef\xbb\xbf", 3)) {
        out->mark = 3;
        out->text += 3;
        out->length -= 3;
    }
    index_lines(memory, out);
    return check_utf8(out, memory, at, e);
}
